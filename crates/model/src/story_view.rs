//! Makes the view of a story from its documents: pure, so that writer and reader agree.

use crate::{ArticleId, ArticleView, Change, Document, DocumentView, Lang, Placement, Role, StoryId, StoryView};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Letters of a text's first line that stand for a headline.
const FIRST_LINE: usize = 120;

/// What stands for the headline of a text without one: its beginning, which ends in an ellipsis so that it is not taken
/// for a headline; empty where there is no text.
pub fn stand_in(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("");
    let cut = line.char_indices().nth(FIRST_LINE).map_or(line, |(end, _)| {
        let whole = line[..end].rfind(char::is_whitespace).filter(|space| *space > end / 2);
        &line[..whole.unwrap_or(end)]
    });
    let cut = cut.trim_end_matches(|sign: char| sign.is_whitespace() || matches!(sign, '.' | ',' | '…' | ';' | ':'));
    if cut.is_empty() { String::new() } else { format!("{cut}…") }
}

/// The headline of a document, or what stands for it.
fn headline(document: &Document) -> String {
    if document.title.trim().is_empty() { stand_in(&document.text) } else { document.title.clone() }
}

fn version(document: &Document, placement: &Placement, texts: bool) -> DocumentView {
    DocumentView {
        document: document.id,
        url: document.url.to_string(),
        source: document.source.to_string(),
        lang: document.lang,
        title: headline(document),
        published: document.published,
        role: placement.role,
        signals: placement.evidence.clone(),
        source_url: document.source_url.as_ref().map(ToString::to_string),
        source_name: document.source_name.clone(),
        text: texts.then(|| document.text.clone()),
    }
}

/// Prominence without age: reports count most, then outlets, then languages.
fn weight(articles: usize, sources: usize, languages: usize) -> f32 {
    ((1 + articles) as f32).log2() + 0.5 * ((1 + sources) as f32).log2() + 0.25 * languages as f32
}

/// A story of documents and their placements; `None` where there are none.
///
/// Articles stand by time, versions original first and then by time. The headline is the oldest
/// article's. `texts` says whether versions carry their text.
pub fn story_view(id: StoryId, documents: &[(Document, Placement)], texts: bool) -> Option<StoryView> {
    let first = documents.iter().map(|pair| pair.0.time()).min()?;
    let last = documents.iter().map(|pair| pair.0.time()).max()?;
    let mut grouped: BTreeMap<ArticleId, Vec<&(Document, Placement)>> = BTreeMap::new();
    for pair in documents {
        grouped.entry(pair.1.article).or_default().push(pair);
    }
    let mut articles: Vec<(Timestamp, ArticleView)> = grouped
        .into_iter()
        .map(|(article, mut versions)| {
            versions.sort_by_key(|pair| (pair.1.role != Role::Original, pair.0.time(), pair.0.id));
            let head = &versions[0].0;
            let time = versions.iter().map(|pair| pair.0.time()).min().unwrap_or(first);
            let documents = versions.iter().map(|pair| version(&pair.0, &pair.1, texts)).collect();
            // A version with a headline speaks for one without.
            let mut titled = versions.iter().map(|pair| &pair.0).filter(|one| !one.title.trim().is_empty());
            let title = headline(titled.find(|one| one.lang == head.lang).unwrap_or(head));
            (time, ArticleView { article, title, lang: head.lang, documents })
        })
        .collect();
    articles.sort_by_key(|(time, view)| (*time, view.article));
    let articles: Vec<ArticleView> = articles.into_iter().map(|pair| pair.1).collect();
    let (title, lang) = (articles[0].title.clone(), articles[0].lang);
    let mut languages: Vec<Lang> = lang.into_iter().collect();
    let mut sources: Vec<&str> = Vec::new();
    for shown in articles.iter().flat_map(|article| &article.documents) {
        if let Some(lang) = shown.lang.filter(|lang| !languages.contains(lang)) {
            languages.push(lang);
        }
        if !sources.contains(&shown.source.as_str()) {
            sources.push(&shown.source);
        }
    }
    let score = weight(articles.len(), sources.len(), languages.len());
    Some(StoryView {
        story: id,
        title,
        lang,
        languages,
        first_published: first,
        last_published: last,
        change: Change::New,
        score,
        articles,
    })
}
