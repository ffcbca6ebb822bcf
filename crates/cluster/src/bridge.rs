//! Finds a document that reports two events: a column that sets one beside the other, a review of the week.
//!
//! Such a document is near to both stories and belongs to neither: joined with one, it draws the other in by what it
//! says of that. A report in the middle of one story is near to many others as well, so both stories must have nothing to
//! do with one another: no chain of links leads from one to the other, no pair between them is anything but plainly
//! none, and no sentence of one is near a sentence of the other.

use super::cohesion::HARD_CONSTRAINT;
use super::placer::Placer;
use samestory_model::SentenceVector;

/// Cosine from which a sentence of a document is about a story's sentence, and below which two stories' sentences are
/// about two things.
const ABOUT: f32 = 0.5;
const STRANGE: f32 = 0.4;
/// Log-odds below which two articles are plainly none of one story.
const PLAINLY_APART: f32 = -2.0;
/// How far below the threshold a link still shows that a document speaks of an article.
const SPEAKS_OF: f32 = 2.0;

/// Log-odds of each pair of articles.
pub(super) type Table = Vec<Vec<Option<f32>>>;

/// Items in groups that no link leads out of.
fn components(items: &[usize], linked: impl Fn(usize, usize) -> bool) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for item in items {
        let (near, far): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|group: &Vec<usize>| group.iter().any(|other| linked(*item, *other)));
        groups = far;
        groups.push(near.into_iter().flatten().chain([*item]).collect());
    }
    groups
}

/// The best cosine of a sentence with some others.
fn nearest(sentence: &SentenceVector, others: &[SentenceVector]) -> f32 {
    others.iter().map(|other| sentence.vector.cosine(&other.vector)).fold(-1.0, f32::max)
}

impl Placer<'_> {
    /// Whether a member has a sentence about one group of members and one about another, which share none.
    fn reports_both(&self, slot: usize, one: &[usize], other: &[usize]) -> bool {
        let sentences = |slots: &[usize]| -> Vec<SentenceVector> {
            slots.iter().flat_map(|slot| self.window.full(*slot).features.sentences.clone()).collect()
        };
        let (document, one, other) = (sentences(&[slot]), sentences(one), sentences(other));
        let is_about = |group: &[SentenceVector]| document.iter().any(|sentence| nearest(sentence, group) >= ABOUT);
        is_about(&one) && is_about(&other) && one.iter().all(|sentence| nearest(sentence, &other) < STRANGE)
    }

    /// Takes the links of what reports two events at once out of a table of articles, each given by members that speak for
    /// it; what an exact signal or a user override holds together stays. `more` is added to a link as in the linkage.
    pub(super) fn part_bridges(
        &self,
        table: &mut Table,
        items: &[Vec<usize>],
        more: impl Fn(&[usize], &[usize]) -> f32,
    ) {
        let least = self.thresholds.event;
        let link = |table: &Table, one: usize, other: usize| {
            table[one][other].map_or(f32::MIN, |logit| logit + more(&[one], &[other]))
        };
        let slots = |group: &[usize]| group.iter().flat_map(|item| items[*item].clone()).collect::<Vec<_>>();
        let mut bridges = Vec::new();
        for (item, members) in items.iter().enumerate() {
            let speaks_of = |other: &usize| *other != item && link(table, item, *other) >= least - SPEAKS_OF;
            let near: Vec<usize> = (0..items.len()).filter(speaks_of).collect();
            let groups = components(&near, |one, other| link(table, one, other) >= least);
            let parts = |one: &[usize], other: &[usize]| {
                let mut across = one.iter().flat_map(|one| other.iter().map(move |other| (*one, *other)));
                across.all(|(one, other)| table[one][other].is_some_and(|logit| logit < PLAINLY_APART))
                    && self.reports_both(members[0], &slots(one), &slots(other))
            };
            if groups.iter().enumerate().any(|(at, one)| groups[at + 1..].iter().any(|other| parts(one, other))) {
                bridges.push(item);
            }
        }
        for item in bridges {
            for other in 0..items.len() {
                for (row, column) in [(item, other), (other, item)] {
                    table[row][column] =
                        table[row][column].map(|logit| if logit < HARD_CONSTRAINT { -HARD_CONSTRAINT } else { logit });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::components;

    #[test]
    fn a_chain_of_links_makes_one_group() {
        let linked = |one: usize, other: usize| one.abs_diff(other) == 1;
        let mut groups = components(&[0, 2, 4, 1], linked);
        groups.iter_mut().for_each(|group| group.sort_unstable());
        groups.sort();
        assert_eq!(groups, [vec![0, 1, 2], vec![4]]);
    }
}
