//! Stories as Markdown, for mail and notes.

use super::address::link;
use super::headline::{Reading, named, tag};
use super::inert::inert;
use samestory_model::StoryView;

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

/// A title as a link where its address may be one, else by itself.
fn linked(title: &str, url: &str) -> String {
    let title = escaped(named(title));
    let Some(url) = link(url) else { return title };
    let url = url.replace('(', "%28").replace(')', "%29").replace('\\', "%5C").replace(['<', '>', ' '], "");
    format!("[{title}]({url})")
}

/// Stories, one heading each, with every version as a link.
pub fn markdown(stories: &[StoryView], reading: &Reading) -> String {
    let mut out = String::new();
    for story in stories {
        out.push_str(&format!("## {}\n\n", escaped(named(reading.headline(story).text))));
        for article in &story.articles {
            for (place, version) in article.documents.iter().enumerate() {
                let tag = tag(version.lang);
                let indent = if place == 0 { "" } else { "  " };
                out.push_str(&format!(
                    "{indent}- {} ({}, {tag})\n",
                    linked(&version.title, &version.url),
                    escaped(&version.source)
                ));
            }
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::linked;

    #[test]
    fn an_address_that_would_run_something_is_no_link() {
        for url in [
            "javascript:alert(1)",
            "java\tscript:alert(1)",
            "\u{1}data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
        ] {
            assert_eq!(linked("A [title]", url), "A \\[title\\]", "{url:?}");
        }
        assert_eq!(linked("A", "https://a.example/b(c)\\?d=\\)"), "[A](https://a.example/b%28c%29/?d=%5C%29)");
    }
}
