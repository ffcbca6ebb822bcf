//! Stories as Markdown, for mail and notes.

use super::headline::{Reading, tag};
use super::inert::inert;
use crate::model::StoryView;

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
pub fn markdown(stories: &[StoryView], reading: &Reading) -> String {
    let mut out = String::new();
    for story in stories {
        out.push_str(&format!("## {}\n\n", escaped(reading.headline(story).text)));
        for article in &story.articles {
            for (place, version) in article.documents.iter().enumerate() {
                let tag = tag(version.lang);
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
