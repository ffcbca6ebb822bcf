//! Stories as an Atom feed (RFC 4287): one entry a story, its versions as links with `hreflang`.

use super::address::link;
use super::feed_place::{FeedPlace, VERSIONS, listed, moved, second, title};
use super::headline::{Reading, versions};
use super::inert::escaped;
use jiff::Timestamp;
use samestory_model::StoryView;

/// A feed of stories that stands nowhere in particular.
pub fn atom(stories: &[StoryView], reading: &Reading, now: Timestamp) -> String {
    atom_at(stories, reading, now, &FeedPlace::default())
}

/// A feed of stories; `now` is when an empty one was updated.
pub fn atom_at(stories: &[StoryView], reading: &Reading, now: Timestamp, place: &FeedPlace) -> String {
    let updated = stories.iter().map(moved).max().unwrap_or(now);
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n  <id>{}</id>\n  <title>samestory</title>\n  <updated>{}</updated>\n  <author><name>samestory</name></author>\n",
        escaped(&place.id()),
        second(updated)
    );
    for (rel, kind, name) in [("self", "application/atom+xml", "atom.xml"), ("alternate", "text/html", "index.html")] {
        if let Some(url) = place.address(name) {
            out.push_str(&format!("  <link rel=\"{rel}\" type=\"{kind}\" href=\"{}\"/>\n", escaped(&url)));
        }
    }
    for story in stories {
        out.push_str(&format!("  <entry>\n    <id>urn:samestory:story:{}</id>\n    <title>{}</title>\n    <updated>{}</updated>\n    <published>{}</published>\n", story.story, escaped(&title(reading.headline(story).text)), second(moved(story)), second(story.first_published)));
        let mut seen: Vec<String> = Vec::new();
        if let Some(page) = place.page(story) {
            out.push_str(&format!("    <link rel=\"alternate\" type=\"text/html\" href=\"{}\"/>\n", escaped(&page)));
            seen.push(String::new());
        }
        for version in versions(story).take(VERSIONS) {
            let Some(url) = link(&version.url) else { continue };
            let tag = version.lang.map(|lang| lang.to_string()).unwrap_or_default();
            // RFC 4287 allows one alternate a type and language; further ones are related.
            let rel = if seen.contains(&tag) { "related" } else { "alternate" };
            let lang = if tag.is_empty() { String::new() } else { format!(" hreflang=\"{tag}\"") };
            seen.push(tag);
            out.push_str(&format!(
                "    <link rel=\"{rel}\" type=\"text/html\"{lang} href=\"{}\" title=\"{}\"/>\n",
                escaped(&url),
                escaped(&title(&version.title))
            ));
        }
        out.push_str(&format!("    <content type=\"html\">{}</content>\n  </entry>\n", escaped(&listed(story))));
    }
    out.push_str("</feed>\n");
    out
}
