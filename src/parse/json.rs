//! Reads JSON Feed, more tolerantly than its specification: any version, numbers as ids.

use super::{MOST_ENTRIES, dates, item_id, shown, told_apart};
use crate::markup::{plain_text, rebase, title_text};
use crate::model::{FeedFormat, Item, Lang, ParsedFeed};
use serde_json::Value;
use url::Url;

/// Brackets, commas and colons of a feed at most: each may stand for a value, which takes a hundred bytes.
const MOST_SIGNS: usize = 1_500_000;

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

/// Reads a JSON Feed; `None` where the text is no JSON or holds no items.
pub(super) fn read(json: &str, base: &Url) -> Option<ParsedFeed> {
    if json.bytes().filter(|byte| matches!(byte, b'{' | b'[' | b',' | b':')).count() > MOST_SIGNS {
        return None;
    }
    let feed: Value = serde_json::from_str(json.trim_start_matches('\u{feff}')).ok()?;
    let entries = feed.get("items").and_then(Value::as_array);
    let named = text(&feed["version"]).contains("jsonfeed.org");
    if entries.is_none() && !named {
        return None;
    }
    let mut parsed = ParsedFeed::empty(FeedFormat::Json);
    parsed.title = Some(title_text(&text(&feed["title"]))).filter(|title| !title.is_empty());
    parsed.lang = Lang::parse(&text(&feed["language"]));
    parsed.home = base.join(&text(&feed["home_page_url"])).ok().filter(|_| feed["home_page_url"].is_string());
    let items = entries.map(Vec::as_slice).unwrap_or_default().iter().take(MOST_ENTRIES);
    let items = items.filter(|entry| entry.is_object()).map(|entry| {
        let address =
            |name: &str| entry[name].as_str().filter(|text| !text.is_empty()).and_then(|text| base.join(text).ok());
        let own = text(&entry["id"]);
        let url = address("url")
            .or_else(|| address("external_url"))
            .or_else(|| Url::parse(&own).ok().filter(|url| matches!(url.scheme(), "http" | "https")));
        let within = url.clone().unwrap_or_else(|| base.clone());
        let content_html = rebase(&text(&entry["content_html"]), &within);
        let plain = text(&entry["content_text"]);
        let title = title_text(&text(&entry["title"]));
        let date = |name: &str| entry.get(name).map(text).and_then(|text| dates::read(&text));
        let authors = entry["authors"].as_array().cloned().unwrap_or_else(|| vec![entry["author"].clone()]);
        let summary = text(&entry["summary"]);
        Item {
            id: item_id(&own, url.as_ref(), &title, &text(&entry["date_published"]), &format!("{plain}{content_html}")),
            url: url.clone().map(shown),
            title,
            published: date("date_published").or_else(|| date("date_modified")),
            updated: date("date_modified"),
            lang: Lang::parse(&text(&entry["language"])).or(parsed.lang),
            summary_text: plain_text(&summary),
            summary_html: summary,
            content_text: if plain.is_empty() { plain_text(&content_html) } else { plain },
            content_html,
            byline: authors
                .iter()
                .map(|author| title_text(&text(&author["name"])))
                .filter(|name| !name.is_empty())
                .collect(),
            alternates: Vec::new(),
            image: address("image").or_else(|| address("banner_image")),
        }
    });
    parsed.items = told_apart(items.collect());
    Some(parsed)
}
