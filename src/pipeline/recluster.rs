//! Back-test: places the stored window again from nothing, under other settings or the rules of today,
//! and says which pairs that gains and loses; on request it stores the result.

use super::PipelineError;
use super::concurrent_ingest::exclusively;
use super::curate::earliest;
use super::window::since;
use crate::config::Settings;
use jiff::Timestamp;
use samestory_cluster::{Placer, RULES};
use samestory_model::{ArticleId, Document, DocumentId, Features, Placement, StoryId};
use samestory_store::{Commit, Store};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;

/// How one level changes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Difference {
    /// Groups as they are stored, and as they would be.
    pub groups: (usize, usize),
    /// Pairs of documents that would come together.
    pub gained: Pairs,
    /// Pairs of documents that would come apart.
    pub lost: Pairs,
}

/// Pairs of documents: how many, and the first few, each of two other groups than those before.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pairs {
    /// How many there are.
    pub count: usize,
    /// Some of them.
    pub samples: Vec<(DocumentId, DocumentId)>,
}

/// What placing the window again gives.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reclustered {
    /// Documents that were placed again.
    pub documents: usize,
    /// Versions of one article.
    pub articles: Difference,
    /// Reports of one event.
    pub stories: Difference,
}

/// Pairs that stand in one group of `one` and not in one of `other`.
fn only_in<A: Eq + Hash + Ord + Copy, B: Eq + Hash + Ord + Copy>(
    documents: &[DocumentId],
    one: &[A],
    other: &[B],
    most: usize,
) -> Pairs {
    let mut groups: BTreeMap<A, BTreeMap<B, Vec<usize>>> = BTreeMap::new();
    for (at, (a, b)) in one.iter().zip(other).enumerate() {
        groups.entry(*a).or_default().entry(*b).or_default().push(at);
    }
    let mut pairs = Pairs::default();
    for parts in groups.values().filter(|parts| parts.len() > 1) {
        let total: usize = parts.values().map(Vec::len).sum();
        let within: usize = parts.values().map(|part| part.len() * (part.len() - 1) / 2).sum();
        pairs.count += total * (total - 1) / 2 - within;
        let mut firsts: Vec<usize> = parts.values().map(|part| part[0]).collect();
        firsts.sort_unstable();
        let named = firsts.windows(2).map(|pair| (documents[pair[0]], documents[pair[1]]));
        pairs.samples.extend(named.take(most.saturating_sub(pairs.samples.len())));
    }
    pairs
}

fn difference<I: Eq + Hash + Ord + Copy>(
    documents: &[DocumentId],
    before: &[I],
    after: &[I],
    most: usize,
) -> Difference {
    let count = |groups: &[I]| groups.iter().collect::<BTreeSet<_>>().len();
    Difference {
        groups: (count(before), count(after)),
        gained: only_in(documents, after, before, most),
        lost: only_in(documents, before, after, most),
    }
}

/// Names groups by the ids that stand already: each takes that of its oldest document whose id no
/// older group has taken, or one made by `again`. Returns the new id of each group, and each id that is left with where
/// its oldest document is now.
fn renamed<I: Eq + Hash + Ord + Copy>(
    before: &[I],
    after: &[I],
    again: impl Fn(I) -> I,
) -> (HashMap<I, I>, Vec<(I, I)>) {
    let mut members: HashMap<I, Vec<usize>> = HashMap::new();
    let mut order: Vec<I> = Vec::new();
    for (at, group) in after.iter().enumerate() {
        let places = members.entry(*group).or_default();
        if places.is_empty() {
            order.push(*group);
        }
        places.push(at);
    }
    let mut taken: BTreeSet<I> = BTreeSet::new();
    let mut names: HashMap<I, I> = HashMap::new();
    for group in &order {
        if let Some(at) = members[group].iter().find(|at| !taken.contains(&before[**at])) {
            taken.insert(before[*at]);
            names.insert(*group, before[*at]);
        }
    }
    for group in &order {
        if !names.contains_key(group) {
            let mut id = *group;
            while !taken.insert(id) {
                id = again(id);
            }
            names.insert(*group, id);
        }
    }
    let mut left: Vec<(I, I)> = Vec::new();
    for (at, old) in before.iter().enumerate() {
        if !names.values().any(|name| name == old) && left.iter().all(|known| known.0 != *old) {
            left.push((*old, names[&after[at]]));
        }
    }
    (names, left)
}

/// Places the documents of the last `cluster.window_days` again; with `keep` the result is stored.
///
/// At most `samples` pairs are returned of what is gained and lost at each level.
pub fn recluster(
    store: &dyn Store,
    settings: &Settings,
    now: Timestamp,
    samples: usize,
    keep: bool,
) -> Result<Reclustered, PipelineError> {
    let again = || recluster_now(store, settings, now, samples, keep);
    if keep { exclusively(store, again) } else { again() }
}

fn recluster_now(
    store: &dyn Store,
    settings: &Settings,
    now: Timestamp,
    samples: usize,
    keep: bool,
) -> Result<Reclustered, PipelineError> {
    let words = store.words()?;
    // What the reader put together has to be looked at together, however old it is.
    let mut oldest: Option<Timestamp> = None;
    for word in &words {
        oldest = oldest.into_iter().chain(earliest(store, &word.word)?).min();
    }
    let mut window: Vec<(Document, Features, Placement)> = Vec::new();
    store.window(since(&settings.cluster, now, oldest), usize::MAX, &mut |document, features, placement| {
        // Only what is compared is needed; texts would be most of the memory.
        window.push((Document { text: String::new(), ..document }, features, placement));
    })?;
    let mut placer = Placer::new(&settings.cluster, words);
    let documents: Vec<DocumentId> = window.iter().map(|one| one.0.id).collect();
    let before: Vec<Placement> = window.iter().map(|one| one.2.clone()).collect();
    for (document, features, _) in window {
        placer.place(&document, features, now);
    }
    let members = placer.window();
    let after: Vec<Placement> = (0..members.len()).map(|place| members.placement(place, RULES, now)).collect();
    let articles = |placements: &[Placement]| placements.iter().map(|one| one.article).collect::<Vec<ArticleId>>();
    let stories = |placements: &[Placement]| placements.iter().map(|one| one.story).collect::<Vec<StoryId>>();
    let (old_articles, new_articles) = (articles(&before), articles(&after));
    let (old_stories, new_stories) = (stories(&before), stories(&after));
    let found = Reclustered {
        documents: documents.len(),
        articles: difference(&documents, &old_articles, &new_articles, samples),
        stories: difference(&documents, &old_stories, &new_stories, samples),
    };
    if keep {
        let (article_names, gone_articles) =
            renamed(&old_articles, &new_articles, |id| ArticleId::of(&["again", &id.to_string()]));
        let (story_names, gone_stories) =
            renamed(&old_stories, &new_stories, |id| StoryId::of(&["again", &id.to_string()]));
        let placements = after.into_iter().zip(&before).filter_map(|(placement, before)| {
            let (article, story) = (article_names[&placement.article], story_names[&placement.story]);
            let placement = Placement { article, story, ..placement };
            let same = (placement.article, placement.story, placement.role)
                == (before.article, before.story, before.role)
                && placement.evidence == before.evidence;
            (!same).then_some(placement)
        });
        store.commit(&Commit {
            placements: placements.collect(),
            merged_articles: gone_articles,
            merged_stories: gone_stories,
            ..Commit::default()
        })?;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_keeps_the_id_of_its_oldest_document_and_no_id_is_left_hanging() {
        // 1 loses its second document to a group of its own; 3 joins 2.
        let (names, left) = renamed(&[1, 1, 2, 3], &[10, 11, 12, 12], |id| id + 100);
        assert_eq!((names[&10], names[&11], names[&12]), (1, 11, 2));
        assert_eq!(left, [(3, 2)]);
        // The second group was made under an id that the first one keeps.
        let (names, _) = renamed(&[1, 1], &[7, 1], |id| id + 100);
        assert_eq!((names[&7], names[&1]), (1, 101));
    }

    #[test]
    fn pairs_are_counted_both_ways() {
        let documents: Vec<DocumentId> = (0..4).map(DocumentId).collect();
        let change = difference(&documents, &[1, 1, 2, 2], &[5, 6, 7, 7], 8);
        assert_eq!((change.groups, change.gained.count, change.lost.count), ((2, 3), 0, 1));
        assert_eq!(change.lost.samples, [(DocumentId(0), DocumentId(1))]);
        let change = difference(&documents, &[1, 1, 2, 2], &[5, 5, 5, 5], 8);
        assert_eq!((change.gained.count, change.lost.count), (4, 0));
    }
}
