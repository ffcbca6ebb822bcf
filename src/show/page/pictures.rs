//! Two pictures as inline SVG: when each language reported a story, and which outlets share stories.
//!
//! 360 units wide, so that their letters stay readable on a phone; colours come from the page's style.

use super::super::feed_place::cut;
use super::super::headline::{count, versions};
use super::tag;
use maud::{Markup, html};
use samestory_model::StoryView;
use std::collections::{BTreeMap, BTreeSet};

/// Rows of the first picture, and versions in it.
const ROWS: usize = 12;
const DOTS: usize = 120;
/// Outlets in the second picture.
const OUTLETS: usize = 8;

/// A row a language, a dot a version, time to the right.
pub(super) fn coverage(story: &StoryView) -> Markup {
    let mut rows: Vec<String> = Vec::new();
    let dated: Vec<_> = versions(story).filter_map(|version| Some((version, version.published?))).take(DOTS).collect();
    for (version, _) in &dated {
        if !rows.contains(&tag(version.lang)) && rows.len() < ROWS {
            rows.push(tag(version.lang));
        }
    }
    let (Some(first), Some(last)) =
        (dated.iter().map(|(_, time)| *time).min(), dated.iter().map(|(_, time)| *time).max())
    else {
        return html! {};
    };
    let whole = (last.duration_since(first).as_secs() as f64).max(1.0);
    let height = rows.len() * 20 + 26;
    let label = format!("{} over time in {} languages", count(dated.len(), "text", "texts"), rows.len());
    html! {
        figure {
            svg viewBox={ "0 0 360 " (height) } role="img" aria-label=(label) {
                @for (place, row) in rows.iter().enumerate() {
                    @let y = place * 20 + 12;
                    line.axis x1="44" x2="352" y1=(y) y2=(y) {}
                    text x="0" y=(y + 4) { @if row.is_empty() { "?" } @else { (row) } }
                }
                @for (version, time) in &dated {
                    @if let Some(place) = rows.iter().position(|row| *row == tag(version.lang)) {
                        @let x = 50.0 + time.duration_since(first).as_secs() as f64 / whole * 296.0;
                        circle.dot cx=(format!("{x:.1}")) cy=(place * 20 + 12) r="5" {
                            title { (cut(&version.source, 40)) " " (time.strftime("%Y-%m-%d %H:%M").to_string()) }
                        }
                    }
                }
                text.soft x="44" y=(height - 4) { (first.strftime("%m-%d %H:%M").to_string()) }
                @if last != first {
                    text.soft x="352" y=(height - 4) text-anchor="end" { (last.strftime("%m-%d %H:%M").to_string()) }
                }
            }
            figcaption { "Coverage over time by language" }
        }
    }
}

/// A square of outlets: how many of these stories two of them share.
pub(super) fn outlets(stories: &[StoryView]) -> Markup {
    let (mut reports, mut shared) = (BTreeMap::<String, usize>::new(), BTreeMap::<(String, String), usize>::new());
    for story in stories {
        let all: BTreeSet<String> = versions(story).map(|version| version.source.clone()).collect();
        if all.len() < 2 {
            continue;
        }
        for one in all.iter().take(40) {
            *reports.entry(one.clone()).or_default() += 1;
            for other in all.iter().take(40) {
                *shared.entry((one.clone(), other.clone())).or_default() += 1;
            }
        }
    }
    let mut names: Vec<(String, usize)> = reports.into_iter().collect();
    names.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    names.truncate(OUTLETS);
    if names.len() < 2 {
        return html! {};
    }
    let most = shared.iter().filter(|((a, b), _)| a != b).map(|(_, count)| *count).max().unwrap_or(1).max(1);
    let height = names.len() * 24 + 24;
    html! {
        h2 { "Who shares stories with whom" }
        figure {
            svg viewBox={ "0 0 360 " (height) } role="img" aria-label="How many of the stories on this page two outlets both tell" {
                @for (row, (name, _)) in names.iter().enumerate() {
                    @let y = row * 24 + 22;
                    text x="0" y=(y + 16) { (row + 1) " " (cut(name, 18)) }
                    text.soft x=(168 + row * 24 + 11) y="14" text-anchor="middle" { (row + 1) }
                    @for (column, (other, _)) in names.iter().enumerate() {
                        @let count = shared.get(&(name.clone(), other.clone())).copied().unwrap_or(0);
                        @let level = if row == column { "own" } else { ["l1", "l2", "l3"][(count * 3 / (most + 1)).min(2)] };
                        @if count > 0 {
                            rect class={ "cell " (level) } x=(168 + column * 24) y=(y) width="22" height="22" rx="3" {
                                title { (cut(name, 40)) ", " (cut(other, 40)) ": " (count) }
                            }
                            text x=(168 + column * 24 + 11) y=(y + 15) text-anchor="middle" { (count) }
                        }
                    }
                }
            }
            figcaption { "Stories on this page that two outlets both tell; the grey squares count those that one shares with any" }
        }
    }
}
