//! Looks through the stories of a time, one after the other, for those that answer a few words.

use super::PipelineError;
use jiff::Timestamp;
use samestory_cluster::search::{Found, Query, Search};
use samestory_model::{Lang, StoryView};
use samestory_store::Reader;
use samestory_understand::Understanding;

/// What a search found.
#[derive(Debug)]
pub struct Hits {
    /// The best stories, the best first, each with how it answers.
    pub stories: Vec<(StoryView, Found)>,
    /// How many stories answer.
    pub all: usize,
    /// Texts that were looked at.
    pub seen: usize,
}

/// Searches what was published since a time; where languages are named, in stories that are told in one of them.
pub fn search(
    reader: &Reader,
    understanding: &Understanding,
    text: &str,
    languages: &[Lang],
    since: Timestamp,
    now: Timestamp,
    most: usize,
) -> Result<Hits, PipelineError> {
    let (vector, lang) = understanding.wanted(text)?;
    let mut search = Search::new(Query::new(text, vector, lang), now);
    for head in reader.published_since(since) {
        let view = reader.view(&head?)?.view;
        if !languages.is_empty() && !view.languages.iter().any(|lang| languages.contains(lang)) {
            continue;
        }
        for shown in view.articles.iter().flat_map(|article| &article.documents) {
            if let Some((document, features)) = reader.text(shown.document)? {
                search.look(view.story, &document, &features);
            }
        }
    }
    let seen = search.seen();
    let found = search.done();
    let mut stories = Vec::new();
    for one in found.iter().take(most) {
        if let Some(listed) = reader.story(one.story)? {
            stories.push((listed.view, *one));
        }
    }
    Ok(Hits { stories, all: found.len(), seen })
}
