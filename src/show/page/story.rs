//! One story's page: timeline, versions by language, why together.

use super::super::address::link;
use super::super::feed_place::{cut, title};
use super::super::headline::{Reading, count, tag as shown_tag, versions};
use super::{ROOM, direction, headed, page, pictures, tag};
use maud::{Markup, PreEscaped, html};
use samestory_model::{ArticleView, DocumentView, StoryView};

/// Why a version stands where it does, as a person can check it.
fn reasons(version: &DocumentView, story: &StoryView) -> Markup {
    if version.signals.is_empty() {
        return html! { p.facts { "It opened this report: nothing known before belonged with it." } };
    }
    html! {
        details {
            summary { "Why together" span { ": " (count(version.signals.len(), "reason", "reasons")) } }
            ul {
                @for one in version.signals.iter().take(8) {
                    @let with = versions(story).find(|other| other.document == one.with);
                    li {
                        b { (one.signal.label()) }
                        @if let Some(score) = one.score {
                            (format!(" {score:.2}"))
                            @if let Some(least) = one.threshold { (format!(" (at least {least:.2})")) }
                        }
                        ": " bdi { (cut(&one.evidence, 240)) }
                        @if let Some(with) = with {
                            " — with " a href={ "#" (with.document) } { bdi { (cut(&with.source, 40)) } " " (tag(with.lang)) }
                        }
                    }
                }
            }
        }
    }
}

fn shown(version: &DocumentView, beside: Option<&DocumentView>, story: &StoryView) -> Markup {
    let time = version.published.map(|time| time.strftime("%Y-%m-%d %H:%M").to_string());
    html! {
        li id=(version.document) {
            div lang=(tag(version.lang)) dir=(direction(version.lang)) {
                @if let Some(url) = link(&version.url) {
                    a href=(url) rel="noreferrer" { (title(&version.title)) }
                } @else { (title(&version.title)) }
            }
            p.facts {
                (version.role) " · " (shown_tag(version.lang))
                " · " bdi { (cut(&version.source, 80)) } " · " (time.unwrap_or_else(|| "no date".to_owned()))
                @if let Some(name) = &version.source_name { " · names as its source: " bdi { (cut(name, 80)) } }
            }
            @if let Some(other) = beside {
                p.facts { a href={ "../compare/" (other.document) "/" (version.document) ".html" } {
                    "Compare with the " (other.role) " in " (tag(other.lang))
                } }
            }
            (reasons(version, story))
        }
    }
}

fn report(article: &ArticleView, story: &StoryView, room: usize, compares: bool) -> (String, usize) {
    let (mut list, mut left) = (String::new(), 0);
    // Versions are compared with the first, which is the original where there is one.
    let first = article.documents.first().filter(|_| compares);
    for version in &article.documents {
        let beside = first.filter(|first| first.document != version.document);
        let one = shown(version, beside, story).into_string();
        if list.len() + one.len() > room {
            left += 1;
        } else {
            list.push_str(&one);
        }
    }
    let whole = html! {
        section {
            h3 { (headed(&article.title, article.lang)) }
            ul.versions { (PreEscaped(list)) }
        }
    };
    (whole.into_string(), left)
}

/// A story whole. With `compares`, versions lead to their comparison with the first one.
pub fn story_page(story: &StoryView, reading: &Reading, compares: bool) -> String {
    let shown_as = reading.headline(story);
    let (mut body, mut left) = (String::new(), 0);
    for article in &story.articles {
        if body.len() > ROOM {
            left += article.documents.len();
            continue;
        }
        let (one, more) = report(article, story, ROOM.saturating_sub(body.len()), compares);
        body.push_str(&one);
        left += more;
    }
    let span = |time: jiff::Timestamp| time.strftime("%Y-%m-%d %H:%M").to_string();
    let whole = html! {
        h1 { (headed(shown_as.text, shown_as.lang)) }
        p.facts {
            (count(story.articles.len(), "report", "reports")) ", "
            (count(versions(story).count(), "text", "texts")) " · "
            (count(story.languages.len(), "language", "languages")) " · "
            (span(story.first_published)) " to " (span(story.last_published)) " · " (story.story)
        }
        (pictures::coverage(story))
        h2 { "Timeline" }
        (PreEscaped(body))
        @if left > 0 { p { (left) " more versions did not fit this page: samestory show " (story.story) } }
    };
    page(&format!("{} · samestory", title(shown_as.text)), "../", "", whole)
}
