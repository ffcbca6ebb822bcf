//! Stories as Markdown, for mail and notes.

use super::inert::inert;
use super::table::headline;
use crate::model::{Lang, StoryView};

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for sign in inert(text).chars() {
        if matches!(sign, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '&') {
            out.push('\\');
        }
        out.push(sign);
    }
    out
}

fn address(url: &str) -> String {
    url.replace('(', "%28").replace(')', "%29").replace(['<', '>', ' '], "")
}

/// Stories, one heading each, with every version as a link.
pub fn markdown(stories: &[StoryView], languages: &[Lang]) -> String {
    let mut out = String::new();
    for story in stories {
        out.push_str(&format!("## {}\n\n", escaped(headline(story, languages))));
        for article in &story.articles {
            for (place, version) in article.documents.iter().enumerate() {
                let tag = version.lang.map_or_else(|| "?".to_owned(), |lang| lang.to_string());
                let indent = if place == 0 { "" } else { "  " };
                out.push_str(&format!(
                    "{indent}- [{}]({}) ({}, {tag})\n",
                    escaped(&version.title),
                    address(&version.url),
                    escaped(&version.source)
                ));
            }
        }
        out.push('\n');
    }
    out
}
