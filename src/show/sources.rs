//! Sources and how they fare: next poll, which rule set it, what failed.

use super::headline::named;
use super::inert::inert;
use jiff::Timestamp;
use samestory_model::{Discreet, ParsedFeed, Source, SourceState, stand_in};
use serde_json::json;

fn when(time: Option<Timestamp>, now: Timestamp) -> String {
    match time.map(|time| (time, time.duration_since(now).as_secs())) {
        None => "at the next run".to_owned(),
        Some((_, ..=0)) => "due".to_owned(),
        Some((_, seconds @ 1..7200)) => format!("in {} min", seconds / 60),
        Some((_, seconds)) => format!("in {} h", seconds / 3600),
    }
}

/// One source a block of lines.
pub fn sources(list: &[(Source, SourceState)], now: Timestamp) -> String {
    let mut out = String::new();
    for (source, state) in list {
        let kind = source.kind.as_str();
        let off = if source.enabled { "" } else { "  (not followed)" };
        out.push_str(&format!(
            "{}  {kind}  {}{off}\n",
            inert(&source.name.0),
            inert(&Discreet::followed(&source.url).to_string())
        ));
        let rule = state.rule.as_ref().map(|rule| format!(" ({})", inert(&rule.detail))).unwrap_or_default();
        let next = if state.gone { "never: the publisher took it down".to_owned() } else { when(state.next_poll, now) };
        out.push_str(&format!("    next poll {next}{rule}\n"));
        if let Some(failure) = &state.failure {
            let since = state
                .failing_since
                .map(|time| format!(", since {}", time.strftime("%Y-%m-%d %H:%M UTC")))
                .unwrap_or_default();
            out.push_str(&format!("    failing{since}: {}\n", inert(&failure.to_string())));
        }
        if !state.repairs.is_empty() {
            out.push_str(&format!("    repaired: {}\n", inert(&state.repairs.join(", "))));
        }
    }
    out
}

/// What a source sent, for a person: its facts, then one line an item.
pub fn feed(feed: &ParsedFeed, format: &str, rule: &str, subject: &str) -> String {
    let title = feed.title.as_deref().unwrap_or("(no title)");
    let lang = feed.lang.map(|lang| format!(", {lang}")).unwrap_or_default();
    let mut out = format!("{}\n    {format}{lang}: {}\n", inert(subject), inert(title));
    out.push_str(&format!("    {} items; next poll: {}\n", feed.items.len(), inert(rule)));
    for repair in &feed.repairs {
        out.push_str(&format!("    repaired: {} ({})\n", inert(&repair.name), inert(&repair.why)));
    }
    for url in &feed.discovered {
        out.push_str(&format!("    links to the feed {}\n", inert(&Discreet::page(url).to_string())));
    }
    for item in &feed.items {
        let time =
            item.published.map_or_else(|| "no date".to_owned(), |time| time.strftime("%Y-%m-%d %H:%M").to_string());
        let url = item.url.as_ref().map_or_else(|| "no address".to_owned(), |url| Discreet::page(url).to_string());
        let text = if item.summary_text.is_empty() { &item.content_text } else { &item.summary_text };
        let title = if item.title.is_empty() { stand_in(text) } else { item.title.clone() };
        out.push_str(&format!("    {time:<16}  {}\n                      {}\n", inert(named(&title)), inert(&url)));
    }
    out
}

/// One JSON object with every source.
pub fn sources_json(list: &[(Source, SourceState)]) -> String {
    let all: Vec<_> = list
        .iter()
        .map(|(source, state)| {
            json!({
                "name": source.name.0,
                "kind": source.kind,
                "url": source.url.as_str(),
                "title": source.title.as_ref().or(state.feed_title.as_ref()),
                "tags": source.tags,
                "enabled": source.enabled,
                "gone": state.gone,
                "next_poll": state.next_poll.map(|time| time.to_string()),
                "next_poll_rule": state.rule,
                "last_success": state.last_success.map(|time| time.to_string()),
                "failing_since": state.failing_since.map(|time| time.to_string()),
                "failure": state.failure.as_ref().map(ToString::to_string),
                "repairs": state.repairs,
            })
        })
        .collect();
    format!("{}\n", json!({"sources": all}))
}
