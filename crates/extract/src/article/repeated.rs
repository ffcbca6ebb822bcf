//! Learns which blocks stand on several different articles of one host or folder: those are not
//! the article, whatever they look like.
//!
//! Promises that an article counts once however often it was saved: an article that shares half of its long blocks with
//! one already counted, or with what was met once before, is the same one and adds nothing, unless headline and opening
//! are another's. What was not met for a
//! while is forgotten. Which blocks earlier texts were freed of already is remembered, so that each of them is looked
//! for once ([`without`]). The store keeps one [`RepeatedCounts`] a host; which text to learn from is the caller's
//! choice ([`super::blocks`] and [`super::text_blocks`] make the blocks).
//!
//! The lowest bit of a block's hash says whether it is long, so that nothing else must be kept.

use super::shape;
use samestory_model::{Extracted, RemovedWhy};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

/// Weight from which a block is long enough to tell one article from another.
const LONG: u32 = 40;
/// Letters of a headline's word from which it counts.
const TELLING_WORD: usize = 4;
/// Articles whose long blocks are remembered, to know them when they come again.
const REMEMBERED: usize = 64;
/// Blocks that are counted at most; the oldest single ones go first.
const MOST_BLOCKS: usize = 20_000;

/// Blocks of one article that are learned; as many leave at once where there are too many.
const MOST_LEARNED: usize = MOST_BLOCKS / 4;

/// Blocks known to be boilerplate of a host or of a set of files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Repeated(HashSet<u64>);

impl Repeated {
    /// Nothing is known yet.
    pub fn none() -> Self {
        Self::default()
    }

    /// Whether a line is known boilerplate.
    pub fn contains(&self, line: &str) -> bool {
        !self.0.is_empty() && block(line).is_some_and(|hash| self.0.contains(&hash))
    }

    /// Whether a text has a line that is known boilerplate. Where an article that was extracted without this has none,
    /// extracting its page with it gives the same text.
    pub fn touches(&self, text: &str) -> bool {
        text.lines().any(|line| self.contains(line))
    }

    /// How many blocks are known.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<u64> for Repeated {
    fn from_iter<I: IntoIterator<Item = u64>>(blocks: I) -> Self {
        Self(blocks.into_iter().collect())
    }
}

/// The hash of one line, without case, punctuation and spacing; `None` where no letter is left.
fn block(line: &str) -> Option<u64> {
    let skeleton = shape::skeleton(line);
    if !skeleton.chars().any(char::is_alphabetic) {
        return None;
    }
    let digest = Sha256::digest(skeleton.as_bytes());
    let hash = u64::from_be_bytes(digest[..8].try_into().expect("a SHA-256 has 32 bytes"));
    Some(hash & !1 | u64::from(shape::weight(&skeleton) >= LONG))
}

/// Whether a block is long enough to tell one article from another.
fn is_long(hash: u64) -> bool {
    hash & 1 == 1
}

/// The words of a headline that count, as marks that are no long block's.
fn headline_marks(headline: &str) -> impl Iterator<Item = u64> {
    let words: Vec<String> = headline.split_whitespace().map(shape::skeleton).collect();
    let wide = words.len() < 2;
    words.into_iter().filter(move |word| wide || word.chars().count() >= TELLING_WORD).map(|word| {
        let digest = Sha256::digest(format!("headline {word}").as_bytes());
        u64::from_be_bytes(digest[..8].try_into().expect("a SHA-256 has 32 bytes")) & !1
    })
}

/// The blocks of a text with one paragraph a line, in order, each once.
pub fn text_blocks(text: &str) -> Vec<u64> {
    let mut seen = HashSet::new();
    text.lines().filter_map(block).filter(|&hash| seen.insert(hash)).collect()
}

/// The blocks of an extracted page: its text, and what was taken out of it as repeated, so that
/// what is known stays known.
pub fn blocks(page: &Extracted) -> Vec<u64> {
    let known = page.removed.iter().filter(|removed| removed.why == RemovedWhy::Repeated).map(|removed| &*removed.text);
    let mut seen = HashSet::new();
    page.text.lines().chain(known).filter_map(block).filter(|&hash| seen.insert(hash)).collect()
}

/// A text without its lines that are known boilerplate; `None` where it has none, or nothing else.
pub fn without(text: &str, repeated: &Repeated) -> Option<String> {
    let kept: Vec<&str> = text.lines().filter(|line| !repeated.contains(line)).collect();
    (!kept.is_empty() && kept.len() < text.lines().count()).then(|| kept.join("\n"))
}

/// On how many different articles one block stood, and when last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Count {
    articles: u32,
    last_day: i32,
}

/// What was learned about one host or folder; serialisable, so that the store can keep it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepeatedCounts {
    counts: BTreeMap<u64, Count>,
    /// Of each of the latest articles the long blocks and the words of the headline, sorted; words are even.
    articles: VecDeque<Vec<u64>>,
    /// Repeated blocks that earlier texts are free of.
    applied: BTreeSet<u64>,
}

impl RepeatedCounts {
    /// Counts one article's blocks, met on `day` (days since 1970-01-01). Returns whether it was
    /// a new article; one that was counted before only keeps its blocks from being forgotten.
    pub fn learn(&mut self, blocks: &[u64], day: i32) -> bool {
        self.learn_under("", blocks, day)
    }

    /// The same of an article whose headline is known: one under another headline, with another opening, is another one
    /// even where half of it stands on the first one as well, as a wall and a footer under one sentence do.
    pub fn learn_under(&mut self, headline: &str, blocks: &[u64], day: i32) -> bool {
        let blocks = &blocks[..blocks.len().min(MOST_LEARNED)];
        let opening = blocks.iter().copied().find(|hash| is_long(*hash));
        let mut marks: Vec<u64> = blocks.iter().copied().filter(|hash| is_long(*hash)).collect();
        marks.extend(headline_marks(headline));
        marks.sort_unstable();
        let (mut known, mut of_others) = (false, HashSet::new());
        for earlier in &self.articles {
            let shared: Vec<u64> = marks.iter().copied().filter(|mark| earlier.binary_search(mark).is_ok()).collect();
            let (shared, headline): (Vec<u64>, Vec<u64>) = shared.into_iter().partition(|mark| is_long(*mark));
            let longs = |marks: &[u64]| marks.iter().filter(|mark| is_long(**mark)).count();
            let titled = |marks: &[u64]| longs(marks) < marks.len();
            let least = longs(&marks).min(longs(earlier));
            if shared.is_empty() || shared.len() * 2 < least {
                continue;
            }
            let opens_alike = opening.is_some_and(|opening| shared.contains(&opening));
            if titled(&marks) && titled(earlier) && headline.is_empty() && !opens_alike && shared.len() < least {
                of_others.extend(shared);
            } else {
                known = true;
                break;
            }
        }
        let own: Vec<u64> = marks.iter().copied().filter(|mark| is_long(*mark) && !of_others.contains(mark)).collect();
        if known || self.was_met(&own) {
            for hash in blocks {
                if let Some(count) = self.counts.get_mut(hash) {
                    count.last_day = day;
                }
            }
            return false;
        }
        for &hash in blocks {
            let count = self.counts.entry(hash).or_insert(Count { articles: 0, last_day: day });
            count.articles += 1;
            count.last_day = day;
        }
        self.articles.push_back(marks);
        if self.articles.len() > REMEMBERED {
            self.articles.pop_front();
        }
        self.shrink();
        true
    }

    /// Whether half of what is an article's own was met before, however long ago: it is one that came
    /// again. What stands on several articles is no article's own.
    fn was_met(&self, long: &[u64]) -> bool {
        let count = |hash: &u64| self.counts.get(hash).map_or(0, |count| count.articles);
        let own: Vec<&u64> = long.iter().filter(|hash| count(hash) < 2).collect();
        let met = own.iter().filter(|hash| count(hash) == 1).count();
        met > 0 && met * 2 >= own.len()
    }

    /// Forgets blocks that were last met before `day`.
    pub fn forget_before(&mut self, day: i32) {
        self.counts.retain(|_, count| count.last_day >= day);
        let counts = &self.counts;
        self.applied.retain(|hash| counts.contains_key(hash));
    }

    /// The repeated blocks that earlier texts were not freed of yet.
    pub fn unapplied(&self, after: u32) -> Repeated {
        self.repeated(after).0.into_iter().filter(|hash| !self.applied.contains(hash)).collect()
    }

    /// Notes that earlier texts are free of some blocks.
    pub fn apply(&mut self, blocks: &Repeated) {
        self.applied.extend(&blocks.0);
    }

    /// The blocks that stand on at least `after` different articles.
    pub fn repeated(&self, after: u32) -> Repeated {
        let after = after.max(2);
        self.counts.iter().filter(|(_, count)| count.articles >= after).map(|(&hash, _)| hash).collect()
    }

    fn shrink(&mut self) {
        if self.counts.len() <= MOST_BLOCKS {
            return;
        }
        let mut single: Vec<(i32, u64)> = self
            .counts
            .iter()
            .filter(|(_, count)| count.articles == 1)
            .map(|(&hash, count)| (count.last_day, hash))
            .collect();
        single.sort_unstable();
        for (_, hash) in single.into_iter().take(MOST_BLOCKS / 4) {
            self.counts.remove(&hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOOT: &str = "Subscribe to the weekly letter";

    fn article(subject: &str) -> String {
        let body: Vec<String> = (1..=4)
            .map(|n| {
                format!(
                    "Paragraph {n} about {subject} says at some length what happened there, so that nobody can mistake it for another one."
                )
            })
            .collect();
        format!("{}\n{FOOT}", body.join("\n"))
    }

    #[test]
    fn a_block_on_two_different_articles_is_boilerplate() {
        let mut counts = RepeatedCounts::default();
        assert!(counts.learn(&text_blocks(&article("bridges")), 1));
        assert!(!counts.repeated(2).contains(FOOT));
        assert!(counts.learn(&text_blocks(&article("harbours")), 2));
        let known = counts.repeated(2);
        assert!(known.contains("subscribe to the WEEKLY letter!"));
        assert_eq!(known.len(), 1);
    }

    #[test]
    fn the_same_article_saved_twice_counts_once() {
        let mut counts = RepeatedCounts::default();
        counts.learn(&text_blocks(&article("bridges")), 1);
        let later = format!("{}\nUpdate: one more line.", article("bridges"));
        assert!(!counts.learn(&text_blocks(&later), 2));
        assert!(counts.repeated(2).is_empty());
    }

    const WALL: [&str; 3] = [
        "This article is for subscribers, who read everything on the site and in the app for a month for one crown.",
        "The subscription can be ended at any time and goes on at the usual price unless it is ended in the first month.",
        "You have an account already? Then log in at the top of the page, or ask the office for help by telephone.",
    ];

    fn walled(opening: &str) -> Vec<u64> {
        text_blocks(&format!("{opening}\n{}", WALL.join("\n")))
    }

    #[test]
    fn a_wall_that_is_most_of_each_page_is_learned() {
        let mut counts = RepeatedCounts::default();
        let pages = [
            (
                "Council closes the old bridge",
                "The council has closed the bridge on the Ems for a year, it was said on Monday.",
            ),
            (
                "Baker wins a medal for rye",
                "A baker from the valley has won a medal for her bread made of nothing but rye.",
            ),
            (
                "Harbour gets a second crane",
                "The harbour buys a second crane for four million crowns and moves the first one.",
            ),
        ];
        for (headline, opening) in pages {
            assert!(counts.learn_under(headline, &walled(opening), 1), "{headline}");
        }
        let known = counts.repeated(2);
        assert!(WALL.iter().all(|line| known.contains(line)) && known.len() == WALL.len());
    }

    #[test]
    fn an_article_under_a_new_headline_or_with_a_new_opening_is_the_same_one() {
        for (headline, opening) in [
            (
                "Bridge on the Ems shut for twelve months",
                "Drivers will have to go round by the mill for twelve months, the mayor said.",
            ),
            (
                "Drivers must take the way by the mill",
                "The council has closed the bridge on the Ems for a year, it was said on Monday.",
            ),
            ("", "Drivers will have to go round by the mill for twelve months, the mayor said."),
        ] {
            let mut counts = RepeatedCounts::default();
            let first = "The council has closed the bridge on the Ems for a year, it was said on Monday.";
            assert!(counts.learn_under("Council closes the old bridge", &walled(first), 1));
            assert!(!counts.learn_under(headline, &walled(opening), 2), "{headline}");
            assert!(counts.repeated(2).is_empty());
        }
    }

    #[test]
    fn an_article_that_comes_again_after_many_others_teaches_nothing() {
        let mut counts = RepeatedCounts::default();
        counts.learn(&text_blocks(&article("bridges")), 1);
        for number in 0..100 {
            assert!(counts.learn(&text_blocks(&article(&format!("harbour {number}"))), 2));
        }
        assert!(!counts.learn(&text_blocks(&article("bridges")), 3));
        assert_eq!(counts.repeated(2).len(), 1);
    }

    #[test]
    fn earlier_texts_are_freed_of_each_block_once() {
        let mut counts = RepeatedCounts::default();
        counts.learn(&text_blocks(&article("bridges")), 1);
        counts.learn(&text_blocks(&article("harbours")), 1);
        let fresh = counts.unapplied(2);
        let clean = without(&article("bridges"), &fresh).expect("a line goes");
        assert_eq!(clean.lines().count(), 4);
        assert_eq!(without(&clean, &fresh), None);
        assert_eq!(without(FOOT, &fresh), None, "a text of nothing else stays");
        counts.apply(&fresh);
        assert!(counts.unapplied(2).is_empty() && counts.repeated(2).contains(FOOT));
        counts.forget_before(9);
        assert!(counts.applied.is_empty());
    }

    #[test]
    fn what_is_not_met_again_is_forgotten() {
        let mut counts = RepeatedCounts::default();
        counts.learn(&text_blocks(&article("bridges")), 1);
        counts.learn(&text_blocks(&article("harbours")), 2);
        counts.forget_before(3);
        assert!(counts.repeated(2).is_empty());
    }
}
