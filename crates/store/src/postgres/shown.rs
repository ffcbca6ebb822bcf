//! Writes stories with the views that readers see, made of what the transaction holds.

use super::connect::{Link, Trouble};
use super::rows::record;
use super::sql::{PLACEMENTS, PUT_STORIES};
use super::texts::{column, documents};
use crate::records::encode;
use samestory_model::StoryRecord;
use samestory_model::{Document, DocumentId, Placement, StoryId};
use std::collections::HashMap;

/// Stories of one statement: each of their texts is read for it.
const TOGETHER: usize = 200;

pub(super) const SIZES: &str = "SELECT document, bytes FROM placement WHERE document = ANY($1)";

/// Puts stories with their views; one whose documents are all gone is left out. Returns how many.
pub(super) fn put<'a>(
    link: &Link,
    stories: impl Iterator<Item = (&'a StoryId, &'a StoryRecord)>,
) -> Result<usize, Trouble> {
    let all: Vec<(&StoryId, &StoryRecord)> = stories.collect();
    let mut count = 0;
    for part in all.chunks(TOGETHER) {
        count += put_some(link, part)?;
    }
    Ok(count)
}

fn put_some(link: &Link, stories: &[(&StoryId, &StoryRecord)]) -> Result<usize, Trouble> {
    let ids: Vec<DocumentId> = stories.iter().flat_map(|pair| pair.1.documents.iter().copied()).collect();
    let columns: Vec<i64> = ids.iter().map(|id| column(*id)).collect();
    let mut texts: HashMap<DocumentId, Document> = documents(link, &ids)?;
    let mut placements: HashMap<DocumentId, Placement> = HashMap::new();
    for row in link.query(PLACEMENTS, &[&columns])? {
        let placement: Placement = record(&row, 0)?;
        placements.insert(placement.document, placement);
    }
    let mut sizes: HashMap<i64, i64> = HashMap::new();
    for row in link.query(SIZES, &[&columns])? {
        sizes.insert(row.try_get(0)?, row.try_get(1)?);
    }
    let mut numbers: [Vec<i64>; 7] = Default::default();
    let mut bodies: [Vec<Vec<u8>>; 2] = Default::default();
    for (id, story) in stories {
        let both: Vec<(Document, Placement)> = story
            .documents
            .iter()
            .filter_map(|document| Some((texts.remove(document)?, placements.remove(document)?)))
            .collect();
        let Some(view) = samestory_model::story_view(**id, &both, false) else { continue };
        let size: i64 = story.documents.iter().filter_map(|document| sizes.get(&column(*document))).sum();
        let last = story.last.map_or(i64::MIN, jiff::Timestamp::as_second);
        let row = [
            id.0 as i64,
            story.born as i64,
            story.grown as i64,
            view.last_published.as_second(),
            last,
            story.documents.len() as i64,
            size,
        ];
        for (column, value) in numbers.iter_mut().zip(row) {
            column.push(value);
        }
        bodies[0].push(encode(story));
        bodies[1].push(encode(&view));
    }
    if !numbers[0].is_empty() {
        let [ids, born, grown, published, last, documents, bytes] = &numbers;
        let [body, view] = &bodies;
        link.execute(PUT_STORIES, &[ids, born, grown, published, last, documents, bytes, body, view])?;
    }
    Ok(numbers[0].len())
}
