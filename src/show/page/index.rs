//! The list of stories, by day, the latest first, and which outlets share stories.

use super::super::feed_place::cut;
use super::super::headline::{Reading, count, versions};
use super::{ROOM, headed, page, pictures};
use maud::{Markup, html};
use samestory_model::{Lang, StoryView};
use std::collections::BTreeSet;

/// What the reader asked a server for; a site of files has no form.
#[derive(Debug, Clone, Default)]
pub struct Form {
    /// Languages as they were written.
    pub lang: String,
    /// Sources as they were written.
    pub source: String,
    /// Words as they were written.
    pub query: String,
    /// All of it as a query string.
    pub string: String,
}

fn fields(form: &Form) -> Markup {
    let one = |label: &str, name: &str, value: &str| html! { label { (label) input name=(name) value=(value); } };
    html! {
        form action="index.html" method="get" role="search" {
            (one("Words", "q", &form.query)) (one("Languages", "lang", &form.lang))
            (one("Sources", "source", &form.source))
            button type="submit" { "Show" }
        }
    }
}

fn name(number: usize) -> String {
    if number <= 1 { "index.html".to_owned() } else { format!("page-{number}.html") }
}

fn entry(story: &StoryView, reading: &Reading) -> Markup {
    let shown = reading.headline(story);
    let outlets: BTreeSet<&str> = versions(story).map(|version| version.source.as_str()).collect();
    let tags: Vec<&str> = story.languages.iter().take(12).map(Lang::as_str).collect();
    let outlets: Vec<String> = outlets.into_iter().take(6).map(|outlet| cut(outlet, 40)).collect();
    html! {
        article {
            h3 { a href={ "story/" (story.story) ".html" } { (headed(shown.text, shown.lang)) } }
            p.facts {
                (count(story.articles.len(), "report", "reports")) ", "
                (count(versions(story).count(), "text", "texts")) " · " (tags.join(" ")) " · "
                (story.last_published.strftime("%H:%M").to_string()) " · " bdi { (outlets.join(", ")) }
            }
        }
    }
}

/// Page `number` of the list, from 1; `more` says whether another one follows.
pub fn index_page(stories: &[StoryView], reading: &Reading, number: usize, more: bool, form: Option<&Form>) -> String {
    let string = form.map(|form| form.string.clone()).unwrap_or_default();
    let query = if string.is_empty() { String::new() } else { format!("?{string}") };
    let (mut day, mut body, mut left) = (String::new(), String::new(), 0);
    for story in stories {
        if body.len() > ROOM {
            left += 1;
            continue;
        }
        let this = story.last_published.strftime("%A, %Y-%m-%d").to_string();
        if this != day {
            body.push_str(&html! { h2 { (this) } }.into_string());
            day = this;
        }
        body.push_str(&entry(story, reading).into_string());
    }
    let whole = html! {
        h1 { "Stories" }
        @if let Some(form) = form { (fields(form)) }
        @if stories.is_empty() { p { "No story matches." } }
        (maud::PreEscaped(body))
        @if left > 0 { p { (left) " more did not fit this page." } }
        nav aria-label="Pages" {
            @if number > 1 { a href={ (name(number - 1)) (query) } rel="prev" { "Newer stories" } }
            @if more { a href={ (name(number + 1)) (query) } rel="next" { "Older stories" } }
        }
        (pictures::outlets(stories))
    };
    page("Stories · samestory", "", &string, whole)
}
