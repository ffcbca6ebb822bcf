//! Stories as a JSON Feed 1.1: one item a story; `_samestory` holds its versions.

use super::address::link;
use super::feed_place::{FeedPlace, VERSIONS, cut, listed, moved, second, title};
use super::headline::{Reading, versions};
use samestory_model::{Lang, StoryView};
use serde_json::{Value, json};

fn item(story: &StoryView, reading: &Reading, place: &FeedPlace) -> Value {
    let entries: Vec<Value> = versions(story)
        .take(VERSIONS)
        .map(|version| {
            json!({
                "document": version.document.to_string(),
                "url": link(&version.url),
                "hreflang": version.lang.map(|lang| lang.to_string()),
                "title": title(&version.title),
                "source": cut(&version.source, 80),
                "role": version.role,
            })
        })
        .collect();
    let headline = reading.headline(story);
    let mut out = json!({
        "id": format!("urn:samestory:story:{}", story.story),
        "title": title(headline.text),
        "content_html": listed(story),
        "date_published": second(story.first_published),
        "date_modified": second(moved(story)),
        "_samestory": {
            "story": story.story.to_string(),
            "languages": story.languages.iter().map(Lang::as_str).collect::<Vec<_>>(),
            "versions": entries,
        },
    });
    if let Some(url) = place.page(story).or_else(|| versions(story).find_map(|version| link(&version.url))) {
        out["url"] = Value::from(url);
    }
    if let Some(lang) = headline.lang.or(story.lang) {
        out["language"] = Value::from(lang.as_str());
    }
    out
}

/// A feed of stories.
pub fn json_feed(stories: &[StoryView], reading: &Reading, place: &FeedPlace) -> String {
    let mut out = json!({"version": "https://jsonfeed.org/version/1.1", "title": "samestory"});
    for (field, name) in [("home_page_url", "index.html"), ("feed_url", "feed.json")] {
        if let Some(url) = place.address(name) {
            out[field] = Value::from(url);
        }
    }
    out["items"] = stories.iter().map(|story| item(story, reading, place)).collect();
    format!("{out}\n")
}
