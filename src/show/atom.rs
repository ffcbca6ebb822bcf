//! Stories as an Atom feed (RFC 4287): one entry a story, its versions as links with `hreflang`.

use super::inert::escaped;
use super::table::headline;
use crate::model::{Lang, StoryView};
use jiff::Timestamp;

fn second(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A feed of stories.
pub fn atom(stories: &[StoryView], languages: &[Lang], now: Timestamp) -> String {
    let updated = stories.iter().map(|story| story.last_published).max().unwrap_or(now);
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n  <id>urn:samestory:stories</id>\n  <title>samestory</title>\n  <updated>{}</updated>\n  <author><name>samestory</name></author>\n",
        second(updated)
    );
    for story in stories {
        let title = escaped(headline(story, languages));
        out.push_str(&format!("  <entry>\n    <id>urn:samestory:story:{}</id>\n    <title>{title}</title>\n    <updated>{}</updated>\n    <published>{}</published>\n", story.story, second(story.last_published), second(story.first_published)));
        let mut listed = String::new();
        let mut seen: Vec<(String, String)> = Vec::new();
        for version in story.articles.iter().flat_map(|article| &article.documents) {
            let tag = version.lang.map(|lang| lang.to_string()).unwrap_or_default();
            let key = ("text/html".to_owned(), tag.clone());
            // RFC 4287 allows one alternate a type and language; further ones are related.
            let rel = if seen.contains(&key) { "related" } else { "alternate" };
            seen.push(key);
            let lang = if tag.is_empty() { String::new() } else { format!(" hreflang=\"{tag}\"") };
            out.push_str(&format!(
                "    <link rel=\"{rel}\" type=\"text/html\"{lang} href=\"{}\" title=\"{}\"/>\n",
                escaped(&version.url),
                escaped(&version.title)
            ));
            listed.push_str(&format!(
                "<li><a href=\"{}\">{}</a> ({}, {tag})</li>",
                escaped(&version.url),
                escaped(&version.title),
                escaped(&version.source)
            ));
        }
        out.push_str(&format!(
            "    <content type=\"html\">{}</content>\n  </entry>\n",
            escaped(&format!("<ul>{listed}</ul>"))
        ));
    }
    out.push_str("</feed>\n");
    out
}
