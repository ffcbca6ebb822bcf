//! Writes the whole world as labelled lines for `samestory eval`: text and truth, no pages.

use super::World;

/// Every document of the world in the order of publication, one JSON object a line, with the labels
/// `article` and `story`. Ids are addresses, with `#1` for a first update.
pub fn world_jsonl() -> String {
    let world = World::load();
    let mut documents: Vec<_> = world.documents.iter().collect();
    documents
        .sort_by_key(|document| (document.updated.unwrap_or(document.published), document.url(), document.revision));
    let mut out = String::new();
    for document in documents {
        let url = document.url();
        let id = if document.revision == 0 { url.clone() } else { format!("{url}#{}", document.revision) };
        let line = serde_json::json!({
            "id": id,
            "url": url,
            "lang": document.lang,
            "title": document.title,
            "text": document.text(),
            "published": document.updated.unwrap_or(document.published).to_string(),
            "article": document.article,
            "story": document.story,
        });
        out.push_str(&line.to_string());
        out.push('\n');
    }
    out
}
