//! JSON and JSON Lines: the shapes that others script against; fields are only ever added.

use samestory_model::{
    Change, Discreet, DocumentView, Evidence, Extracted, Lang, ParsedFeed, StoryView, without_userinfo,
};
use serde_json::{Value, json};

fn lang(lang: Option<Lang>) -> Value {
    lang.map_or(Value::Null, |lang| Value::from(lang.as_str()))
}

fn signal(evidence: &Evidence) -> Value {
    let mut out = json!({"signal": evidence.signal, "with": evidence.with.to_string(), "evidence": evidence.evidence});
    if let Some(score) = evidence.score {
        out["score"] = rounded(score);
    }
    if let Some(threshold) = evidence.threshold {
        out["threshold"] = rounded(threshold);
    }
    out
}

pub(super) fn rounded(value: f32) -> Value {
    Value::from((f64::from(value) * 1000.0).round() / 1000.0)
}

fn document(view: &DocumentView) -> Value {
    let mut out = json!({
        "document": view.document.to_string(),
        "url": view.url,
        "source": view.source,
        "lang": lang(view.lang),
        "title": view.title,
        "published": view.published.map(|time| time.to_string()),
        "role": view.role,
        "signals": view.signals.iter().map(signal).collect::<Vec<_>>(),
    });
    for (name, value) in [("source_url", &view.source_url), ("source_name", &view.source_name), ("text", &view.text)] {
        if let Some(value) = value {
            out[name] = Value::from(value.as_str());
        }
    }
    out
}

pub(super) fn story(view: &StoryView) -> Value {
    let articles: Vec<Value> = view
        .articles
        .iter()
        .map(|article| {
            json!({
                "article": article.article.to_string(),
                "title": article.title,
                "lang": lang(article.lang),
                "documents": article.documents.iter().map(document).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "story": view.story.to_string(),
        "title": view.title,
        "lang": lang(view.lang),
        "languages": view.languages.iter().map(Lang::as_str).collect::<Vec<_>>(),
        "first_published": view.first_published.to_string(),
        "last_published": view.last_published.to_string(),
        "change": match view.change { Change::New => "new", Change::Grown => "grown" },
        "score": rounded(view.score),
        "articles": articles,
    })
}

/// A value in one line in which nothing moves a terminal: further control characters and bidirectional
/// overrides are escaped, which changes nothing of what the JSON says.
pub(super) fn in_one_line(value: &Value) -> String {
    let mut out = String::new();
    for sign in value.to_string().chars() {
        match sign {
            '\u{7f}'..='\u{9f}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(sign)));
            }
            _ => out.push(sign),
        }
    }
    out.push('\n');
    out
}

/// One object: `{"stories":[…],"cursor":"…"}`.
pub fn json(stories: &[StoryView], cursor: &str) -> String {
    let all: Vec<Value> = stories.iter().map(story).collect();
    in_one_line(&json!({"stories": all, "cursor": cursor}))
}

/// One story a line.
pub fn jsonl(stories: &[StoryView]) -> String {
    stories.iter().map(|view| in_one_line(&story(view))).collect()
}

/// What a page holds, in the form of `extract --format json`; `file` for `--dir`.
pub fn extracted_json(page: &Extracted, file: Option<&str>) -> String {
    let alternates: serde_json::Map<String, Value> =
        page.alternates.iter().map(|(tag, url)| (tag.to_string(), Value::from(url.as_str()))).collect();
    let address = |url: &Option<url::Url>| url.as_ref().map(ToString::to_string);
    let mut out = json!({
        "url": address(&page.url),
        "canonical": address(&page.canonical),
        "title": page.title,
        "byline": page.byline,
        "published": page.published.map(|time| time.to_string()),
        "modified": page.modified.map(|time| time.to_string()),
        "lang": lang(page.lang),
        "site": page.site,
        "image": address(&page.image),
        "source_url": address(&page.source_url),
        "source_name": page.source_name,
        "alternates": alternates,
        "text": page.text,
        "captions": page.captions,
        "removed": page.removed.iter().map(|removed| json!({"why": removed.why, "text": removed.text})).collect::<Vec<_>>(),
    });
    if let Some(file) = file {
        out["file"] = Value::from(file);
    }
    format!("{out}\n")
}

/// What a source sent, in the form of `sources check --format json`.
pub fn feed_json(feed: &ParsedFeed, format: &str, rule: &str, subject: &str) -> String {
    let items: Vec<Value> = feed
        .items
        .iter()
        .map(|item| {
            json!({
                "id": without_userinfo(&item.id),
                "url": item.url.as_ref().map(|url| Discreet::page(url).to_string()),
                "title": item.title,
                "published": item.published.map(|time| time.to_string()),
                "updated": item.updated.map(|time| time.to_string()),
                "lang": lang(item.lang),
                "summary_text": item.summary_text,
                "content_text": item.content_text,
            })
        })
        .collect();
    let out = json!({
        "subject": subject,
        "format": format,
        "title": feed.title,
        "lang": lang(feed.lang),
        "next_poll_rule": rule,
        "repairs": feed.repairs.iter().map(|repair| json!({"name": repair.name, "why": repair.why})).collect::<Vec<_>>(),
        "items": items,
        "discovered": feed.discovered.iter().map(|url| Discreet::page(url).to_string()).collect::<Vec<_>>(),
        "failures": feed.failures.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    format!("{out}\n")
}
