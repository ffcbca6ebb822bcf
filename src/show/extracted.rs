//! One page's article for a person: headline, what the page says about itself, text, what went.

use super::inert::inert;
use samestory_model::Extracted;
use std::collections::BTreeMap;

/// An article in full, and what was taken away in one line.
pub fn extracted(page: &Extracted) -> String {
    let mut out = format!("{}\n", inert(&page.title));
    let mut fact = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            out.push_str(&format!("{name:<10} {}\n", inert(&value)));
        }
    };
    fact("by", Some(page.byline.join(", ")));
    fact("published", page.published.map(|time| time.to_string()));
    fact("modified", page.modified.map(|time| time.to_string()));
    fact("language", page.lang.map(|lang| lang.to_string()));
    fact("site", page.site.clone());
    fact("canonical", page.canonical.as_ref().map(ToString::to_string));
    fact("source", page.source_url.as_ref().map(ToString::to_string).or_else(|| page.source_name.clone()));
    fact("image", page.image.as_ref().map(ToString::to_string));
    out.push('\n');
    for line in page.text.lines() {
        out.push_str(&format!("{}\n\n", inert(line)));
    }
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for removed in &page.removed {
        *counts.entry(format!("{:?}", removed.why).to_lowercase()).or_default() += 1;
    }
    if !counts.is_empty() {
        let reasons: Vec<String> = counts.iter().map(|(why, count)| format!("{count} {why}")).collect();
        out.push_str(&format!("left out: {} (--format json shows each)\n", reasons.join(", ")));
    }
    out
}
