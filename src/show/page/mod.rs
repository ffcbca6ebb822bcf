//! Stories as HTML pages, pure: what `publish` writes and `serve` answers, letter by letter the same.
//!
//! A page loads nothing: its style and pictures stand in it, there is no script, and its policy
//! allows neither. Everything from outside is cut, made inert and escaped. A page stays below 100 KB: what
//! does not fit is said and left to the JSON.

mod compare;
mod index;
mod pictures;
mod story;

pub use compare::compare_page;
pub use index::{Form, index_page};
pub use story::story_page;

use super::feed_place::{cut, title};
use base64::Engine;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use samestory_model::Lang;
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("style.css");

/// Bytes of a page's changing part from which on nothing more is added.
const ROOM: usize = 70_000;

/// The Content-Security-Policy of every page.
pub fn policy() -> String {
    let digest = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{digest}'; img-src data:; form-action 'self'; base-uri 'none'")
}

/// Which way a language is written; unknown ones decide by their letters.
fn direction(lang: Option<Lang>) -> &'static str {
    match lang.as_ref().map(Lang::as_str) {
        None => "auto",
        Some("ar" | "arc" | "arz" | "ckb" | "dv" | "fa" | "he" | "ps" | "sd" | "ug" | "ur" | "yi") => "rtl",
        Some(_) => "ltr",
    }
}

fn tag(lang: Option<Lang>) -> String {
    lang.map(|lang| lang.to_string()).unwrap_or_default()
}

/// A headline in its own language and direction.
fn headed(text: &str, lang: Option<Lang>) -> Markup {
    html! { bdi lang=(tag(lang)) dir=(direction(lang)) { (title(text)) } }
}

/// The frame of every page; `root` leads to the folder that all pages stand under.
fn page(name: &str, root: &str, query: &str, body: Markup) -> String {
    let query = if query.is_empty() { String::new() } else { format!("?{query}") };
    let atom = format!("{root}atom.xml{query}");
    let json = format!("{root}feed.json{query}");
    let whole = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { (name) }
                link rel="icon" href="data:,";
                link rel="alternate" type="application/atom+xml" title="Atom" href=(atom);
                link rel="alternate" type="application/feed+json" title="JSON Feed" href=(json);
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#stories" { "Skip to the content" }
                header { a href={ (root) "index.html" } { "samestory" } ": each story once" }
                main #stories { (body) }
                footer { a href=(atom) { "Atom" } " · " a href=(json) { "JSON Feed" } " · times are UTC" }
            }
        }
    };
    whole.into_string()
}

/// A page that says why there is none.
pub fn refusal_page(what: &str) -> String {
    let what = cut(what, 200);
    page(&what, "/", "", html! { h1 { (what) } p { a href="/index.html" { "All stories" } } })
}
