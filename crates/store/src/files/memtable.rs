//! The memtable: what the readers' log holds beyond the index, read when a store is opened, folded when it has grown.

use super::document_log::Located;
use super::log::{Log, StoryFrame};
use crate::Totals;
use crate::error::StoreError;
use crate::keys::address_hash;
use crate::story_head::StoryHead;
use samestory_model::{ArticleId, DocumentId, Source, SourceState, StoredOverride, StoryId, canonical_key};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use url::Url;

/// What the log holds beyond the index.
#[derive(Debug, Default)]
pub(crate) struct Memtable {
    /// Stories; `None` for one that is not there any more.
    pub(crate) stories: HashMap<StoryId, Option<StoryHead>>,
    pub(crate) in_story: HashMap<DocumentId, Option<StoryId>>,
    pub(crate) located: HashMap<DocumentId, Located>,
    pub(crate) articles: HashMap<ArticleId, Option<StoryId>>,
    pub(crate) aliases: HashMap<StoryId, StoryId>,
    pub(crate) article_aliases: HashMap<ArticleId, ArticleId>,
    pub(crate) addresses: BTreeSet<(u64, DocumentId)>,
    /// Sources, by name; `None` for one that is not followed any more.
    pub(crate) sources: BTreeMap<String, Option<(Source, SourceState)>>,
    /// The user overrides, by number; `None` for one that was taken back.
    pub(crate) words: BTreeMap<u64, Option<StoredOverride>>,
    /// The last commit, where there was one.
    pub(crate) committed: Option<(u64, Totals)>,
    /// Where it ends in the log.
    pub(crate) end: u64,
}

impl Memtable {
    /// Reads a log from an offset on.
    pub(crate) fn read(log: &Log, from: u64) -> Result<Self, StoreError> {
        let (frames, end) = log.tail(from)?;
        let mut tail = Self { end, ..Self::default() };
        for placed in frames {
            tail.take(placed.frame, placed.offset, placed.length);
        }
        Ok(tail)
    }

    /// Takes a frame in.
    pub(crate) fn take(&mut self, frame: StoryFrame, offset: u64, length: u32) {
        match frame {
            StoryFrame::Story { view, born, grown } => {
                for article in &view.articles {
                    self.articles.insert(article.article, Some(view.story));
                    self.article_aliases.remove(&article.article);
                    for shown in &article.documents {
                        self.in_story.insert(shown.document, Some(view.story));
                        if let Ok(url) = Url::parse(&shown.url) {
                            self.addresses.insert((address_hash(&canonical_key(&url)), shown.document));
                        }
                    }
                }
                self.aliases.remove(&view.story);
                self.stories.insert(view.story, Some(StoryHead::of(&view, born, grown, offset, length)));
            }
            StoryFrame::Documents(documents) => self.located.extend(documents),
            StoryFrame::Alias { gone, kept } => {
                self.stories.insert(gone, None);
                self.aliases.insert(gone, kept);
            }
            StoryFrame::ArticleAlias { gone, kept } => {
                self.articles.insert(gone, None);
                self.article_aliases.insert(gone, kept);
            }
            StoryFrame::Gone { stories, articles, documents } => {
                self.stories.extend(stories.into_iter().map(|story| (story, None)));
                self.articles.extend(articles.into_iter().map(|article| (article, None)));
                self.in_story.extend(documents.into_iter().map(|document| (document, None)));
            }
            StoryFrame::Source { source, state } => {
                self.sources.insert(source.name.0.clone(), Some((*source, *state)));
            }
            StoryFrame::Unfollowed { name } => {
                self.sources.insert(name, None);
            }
            StoryFrame::Word { number, word } => {
                self.words.insert(number, word.map(|word| *word));
            }
            StoryFrame::Committed { sequence, holds } => self.committed = Some((sequence, holds)),
        }
    }
}
