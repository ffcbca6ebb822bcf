//! Finds what a document may belong to: members that share an exact key, articles and stories whose
//! members agree with it in the mean.

use super::keys::{Key, Mark, site_of};
use super::pair_score::{PairScore, promptness};
use super::placer::{DISAGREE, Placer, clipped, mean};
use super::shared_text::is_one_article;
use jiff::Timestamp;
use samestory_model::{ArticleId, Evidence, Level, Signal, StoryId};
use std::collections::{BTreeMap, HashMap};

/// Nearest members that are compared sentence by sentence, and cosine below which none is.
const NEIGHBOURS: usize = 64;
const NEIGHBOUR_FLOOR: f32 = 0.2;
/// Members of an article, and articles of a story, that a linkage is averaged over.
const AVERAGED: usize = 12;
/// Log-odds of a pair from which its two stories are looked at together.
const ALIKE: f32 = -2.0;
/// Mirror keys of a site that its trust is read from, the latest; and how many of them have to agree.
const JUDGED: usize = 32;
const AGREED: usize = 2;
/// Holders of an equal text whose headlines are looked at, the latest.
const HOLDERS: usize = 32;

/// Whose word a shared key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Claim {
    /// Both stand at one address, which is no claim.
    Own,
    /// A page says it of itself or of the other document.
    Page,
    /// Both name an address at which neither stands.
    NamedByBoth,
}

/// Comparisons of one member with others, made when first asked for.
pub(super) struct Pairs {
    slot: usize,
    pub made: HashMap<usize, PairScore>,
}

impl Pairs {
    pub fn of(slot: usize) -> Self {
        Self { slot, made: HashMap::new() }
    }

    /// The score with another member; `None` where vectors say nothing.
    fn with(&mut self, other: usize, placer: &Placer<'_>) -> Option<&PairScore> {
        let window = &placer.window;
        let judged = || placer.score(self.slot, other);
        let comparable = window.member(self.slot).comparable(window.member(other));
        comparable.then(|| &*self.made.entry(other).or_insert_with(judged))
    }
}

impl Placer<'_> {
    /// The nearest placed members, nearest first.
    pub(super) fn near(&self, slot: usize) -> Vec<usize> {
        let nearest = self.window.nearest(&self.window.full(slot).features, NEIGHBOURS, NEIGHBOUR_FLOOR);
        nearest.into_iter().map(|pair| pair.0).filter(|other| *other != slot).collect()
    }

    /// Whether a key is ambiguous: texts that can be compared stand under it in two articles, as
    /// under a canonical link that every page of a site carries.
    fn is_ambiguous_key(&self, key: Mark) -> bool {
        let holders: Vec<usize> =
            self.window.holding(key).iter().copied().filter(|slot| self.window.member(*slot).is_placed).collect();
        holders.iter().enumerate().any(|(at, one)| {
            holders[at + 1..].iter().any(|other| {
                let (one, other) = (self.window.member(*one), self.window.member(*other));
                one.article != other.article && one.comparable(other)
            })
        })
    }

    /// Whether a member's text turned out to be no article: another document has it under a headline with which it has
    /// nothing to do.
    pub(super) fn is_stub(&self, slot: usize) -> bool {
        let holders = self.window.holding(self.window.member(slot).text);
        let strange = |holder: &usize| {
            let (ours, theirs) = (self.window.full(slot), self.window.full(*holder));
            !is_one_article(&ours.features, &theirs.features)
        };
        holders.len() > 1 && holders.iter().rev().take(HOLDERS).filter(|holder| **holder != slot).any(strange)
    }

    /// Whether a site's mirror keys are trusted: of its latest keys that two comparable documents of
    /// two languages hold, at least two stand in one article, and at most one in five does not.
    pub(super) fn is_trusted_site(&self, site: &str) -> bool {
        let (mut agreed, mut differed) = (0, 0);
        for key in self.window.mirrored(site).iter().rev().take(JUDGED) {
            let members: Vec<_> = self.window.holding(*key).iter().map(|slot| self.window.member(*slot)).collect();
            let pair = members.iter().enumerate().find_map(|(at, one)| {
                let fits = |other: &&&super::Member| {
                    one.is_placed && other.is_placed && one.lang != other.lang && one.comparable(other)
                };
                members[at + 1..].iter().find(fits).map(|other| one.article == other.article)
            });
            match pair {
                Some(true) => agreed += 1,
                Some(false) => differed += 1,
                None => {}
            }
        }
        agreed >= AGREED && differed * 5 <= agreed
    }

    /// Whether a key that two members share puts them together, for all that their texts say.
    fn accepts_key(&self, key: &Key, claim: Claim, far: bool, verdict: Option<&PairScore>) -> bool {
        if claim == Claim::Own {
            // An address whose text is rewritten keeps its article; one that is used again for
            // something else, long after, does not.
            return !far || verdict.is_none_or(|verdict| verdict.event >= self.thresholds.event);
        }
        if key.signal == Signal::MirrorKey {
            let is_trusted_site = self.is_trusted_site(site_of(&key.text));
            let least = if is_trusted_site { DISAGREE } else { DISAGREE / 2.0 };
            return verdict.map_or(is_trusted_site, |verdict| verdict.article >= least);
        }
        let is_ambiguous_key = self.is_ambiguous_key(key.mark());
        // What a page claims stands where the texts agree at least in the event: a shortened reprint
        // is far from its original as a text.
        verdict.map_or(!is_ambiguous_key, |verdict| {
            let (article, event) = (self.thresholds.article, self.thresholds.event);
            // Reports of one find name one study and are no versions of each other; copies of one text agree in it.
            if is_ambiguous_key || claim == Claim::NamedByBoth {
                verdict.article >= article
            } else {
                verdict.article >= DISAGREE || verdict.event >= event
            }
        })
    }

    /// Members that share an exact key, with the evidence; the surest first.
    pub(super) fn certain(&self, slot: usize, pairs: &mut Pairs) -> Vec<(usize, Evidence)> {
        let here = self.window.member(slot);
        let mut found: Vec<(usize, Evidence)> = Vec::new();
        for key in &self.window.full(slot).keys {
            for other in self.window.holding(key.counterpart().mark()) {
                let member = self.window.member(*other);
                if *other == slot || !member.is_placed {
                    continue;
                }
                let translated = matches!(key.signal, Signal::MirrorKey | Signal::TitleSlug | Signal::Alternate);
                if translated && (here.lang == member.lang || member.lang.is_none()) {
                    continue;
                }
                let at = Mark::of_address(&key.text);
                let claim =
                    if key.signal == Signal::CanonicalUrl && member.address == here.address && at == here.address {
                        Claim::Own
                    } else if key.signal == Signal::SourceLink && at != here.address && at != member.address {
                        Claim::NamedByBoth
                    } else {
                        Claim::Page
                    };
                let far = here.time.duration_since(member.time).abs() > self.story_span;
                let is_accepted = if key.signal == Signal::TextHash {
                    !self.is_stub(slot) && !self.is_stub(*other)
                } else {
                    self.accepts_key(key, claim, far, pairs.with(*other, self))
                };
                if !is_accepted {
                    continue;
                }
                if key.signal == Signal::TitleSlug && far {
                    continue;
                }
                let evidence = key.shown().to_owned();
                found.push((
                    *other,
                    Evidence { signal: key.signal, with: member.document, evidence, score: None, threshold: None },
                ));
            }
        }
        found.sort_by(|a, b| a.1.signal.rank().cmp(&b.1.signal.rank()).then(a.0.cmp(&b.0)));
        let mut seen = Vec::new();
        found.retain(|(_, evidence)| {
            let first = !seen.contains(&(evidence.signal, evidence.evidence.clone()));
            seen.push((evidence.signal, evidence.evidence.clone()));
            first
        });
        found
    }

    /// Placed members that a user override puts together with one at a level, with the evidence.
    pub(super) fn override_partners(&self, slot: usize, level: Level) -> Vec<(usize, Evidence)> {
        let partners = self.constraints.partners(self.window.member(slot).document);
        let mut found: Vec<(usize, Evidence)> = partners
            .into_iter()
            .filter(|(_, at, _)| *at == level)
            .filter_map(|(document, _, word)| {
                let other = self.window.slot_of(document).filter(|other| self.window.member(*other).is_placed)?;
                let evidence = format!("your word {word}");
                let reason =
                    Evidence { signal: Signal::Reader, with: document, evidence, score: None, threshold: None };
                Some((other, reason))
            })
            .collect();
        found.sort_by_key(|(other, _)| *other);
        found
    }

    /// Articles whose members, on average, are versions of a member; best first.
    pub(super) fn linked_articles(&self, near: &[usize], pairs: &mut Pairs) -> Vec<(ArticleId, f32, usize)> {
        let mut linked: Vec<(ArticleId, f32, usize)> = Vec::new();
        for slot in near {
            let article = self.window.member(*slot).article;
            if linked.iter().any(|known| known.0 == article) {
                continue;
            }
            let logits = self.article_logits(article, near, pairs);
            linked.push((article, mean(&logits).unwrap_or(f32::MIN), logits.len()));
        }
        linked.retain(|known| known.1 >= self.thresholds.article);
        linked.sort_by(|a, b| b.1.total_cmp(&a.1));
        linked
    }

    /// Logits with the members of an article: its oldest and the nearest ones.
    fn article_logits(&self, article: ArticleId, near: &[usize], pairs: &mut Pairs) -> Vec<f32> {
        let members = self.window.article(article);
        let nearest = near.iter().filter(|slot| self.window.member(**slot).article == article).take(AVERAGED / 2);
        let mut chosen: Vec<usize> = nearest.copied().collect();
        for slot in members {
            if chosen.len() >= AVERAGED {
                break;
            }
            if !chosen.contains(slot) {
                chosen.push(*slot);
            }
        }
        let logits = chosen.iter().filter_map(|slot| pairs.with(*slot, self).map(|pair| clipped(pair.article)));
        logits.collect()
    }

    /// Stories whose articles, on average, tell a member's event; best first.
    pub(super) fn linked_stories(&self, slot: usize, near: &[usize], pairs: &mut Pairs) -> Vec<(StoryId, f32, usize)> {
        let time = self.window.member(slot).time;
        let mut linked: Vec<(StoryId, f32, usize)> = Vec::new();
        for other in near {
            let story = self.window.member(*other).story;
            if linked.iter().any(|known| known.0 == story) || !self.accepts_at(story, time) {
                continue;
            }
            let mut best: BTreeMap<ArticleId, f32> = BTreeMap::new();
            let mut is_apart = false;
            for other in self.window.story(story).iter().rev().take(AVERAGED * 3) {
                if let Some(verdict) = pairs.with(*other, self) {
                    let logit = best.entry(self.window.member(*other).article).or_insert(f32::MIN);
                    *logit = logit.max(clipped(verdict.event));
                    is_apart |= verdict.is_apart;
                }
            }
            let logits: Vec<f32> = best.into_values().collect();
            if is_apart {
                continue;
            }
            let prompt = promptness(self.window.hours_between(&[slot], self.window.story(story)));
            linked.push((story, mean(&logits).map_or(f32::MIN, |mean| mean + prompt), logits.len()));
        }
        linked.retain(|known| known.1 >= self.thresholds.event);
        linked.sort_by(|a, b| b.1.total_cmp(&a.1));
        linked
    }

    /// Stories that still take in a member and hold one that may tell its event, most alike first.
    pub(super) fn nearby_stories(&self, slot: usize, pairs: &Pairs) -> Vec<StoryId> {
        let time = self.window.member(slot).time;
        let mut alike: Vec<(usize, f32)> =
            pairs.made.iter().map(|(other, pair)| (*other, pair.event)).filter(|pair| pair.1 >= ALIKE).collect();
        alike.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut stories: Vec<StoryId> = Vec::new();
        for (other, _) in alike {
            let story = self.window.member(other).story;
            if !stories.contains(&story) && self.accepts_at(story, time) {
                stories.push(story);
            }
        }
        stories
    }

    /// Whether a story still takes in an article of a time.
    fn accepts_at(&self, story: StoryId, time: Timestamp) -> bool {
        let times = || self.window.story(story).iter().map(|slot| self.window.member(*slot).time);
        let (Some(first), Some(last)) = (times().min(), times().max()) else { return false };
        time.duration_since(last) <= self.story_span && first.duration_since(time) <= self.story_span
    }
}
