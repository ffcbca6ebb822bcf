//! Decides between the authors that a page states for machines and those that it shows.
//!
//! What is stated counts, unless the page shows more: further authors beside all that are stated, a family name, or
//! another name at the headline than the one in a meta element, which may be the name of the account that uploaded the text.

use super::blocks::Block;
use super::byline::{self, Shown};
use super::marks::Mark;
use super::shape;
use super::stated::Metadata;
use super::tree::Tree;
use samestory_model::unmarked;

/// Most authors that are believed because they are shown beside those that are stated.
const FURTHER: usize = 8;

/// The authors of a page.
pub(super) fn of(tree: &Tree, everything: &[Block], said: &Metadata) -> Vec<String> {
    let others: Vec<&str> = said.site.iter().chain(&said.titles).chain([&said.title]).map(String::as_str).collect();
    let shown = byline::shown(tree, said.headline_at, &others).and_then(|shown| {
        let names: Vec<String> = shown.names.into_iter().filter(|name| !said.outlets.is(name)).collect();
        (!names.is_empty()).then_some(Shown { names, ..shown })
    });
    if said.byline.is_empty() {
        if let Some(shown) = shown {
            return shown.names;
        }
        let own = shape::skeleton(&said.title);
        let from = match said.headline_at {
            Some(at) => everything.partition_point(|block| block.at <= at),
            None => everything.iter().position(|block| shape::skeleton(&block.text) == own).unwrap_or(0),
        };
        let mut names = byline::in_line(everything, from, &others);
        names.retain(|name| !said.outlets.is(name));
        return if names.is_empty() { said.uploaded.clone() } else { names };
    }
    match shown {
        Some(shown) if says_more(&shown, said) => shown.names,
        _ => said.byline.clone(),
    }
}

/// Whether what is shown is more than what is stated.
fn says_more(shown: &Shown, said: &Metadata) -> bool {
    let key = |name: &String| unmarked(&shape::skeleton(name));
    let names: Vec<String> = shown.names.iter().map(key).collect();
    let stated: Vec<String> = said.byline.iter().map(key).collect();
    let person = |name: &String| byline::is_whole(name);
    let marked = shown.near && shown.mark < Mark::Address;
    if stated.iter().all(|name| names.contains(name)) {
        let further = names.len() > stated.len() && names.len() <= FURTHER;
        return marked && shown.each && further && shown.names.iter().all(person);
    }
    let one_word = said.byline.iter().all(|name| !name.contains(char::is_whitespace));
    let whole = |(name, whole): (&String, &String)| whole.starts_with(name.as_str());
    if one_word && names.len() == stated.len() && stated.iter().zip(&names).all(whole) {
        return shown.names.iter().all(person);
    }
    let apart = !names.iter().any(|name| stated.iter().any(|other| name.contains(other) || other.contains(name)));
    if said.byline.iter().all(|name| said.outlets.may_be(name)) {
        return marked && apart && !shown.names.iter().any(|name| said.outlets.may_be(name));
    }
    !said.signed && marked && apart && shown.each && shown.names.iter().all(person)
}

#[cfg(test)]
mod tests {
    use crate::article::{Repeated, Settings, page};

    fn of(head: &str, shown: &str) -> Vec<String> {
        let html = format!(
            "<html><head><title>Ships wait in the harbour - Sandvik Post</title>{head}</head><body><article>\
             <h1>Ships wait in the harbour</h1>{shown}<p>The harbour is closed to ships until Sunday because of the storm, \
             the office says.</p></article></body></html>"
        );
        page(&html, None, &Settings::default(), &Repeated::none()).expect("an article").byline
    }

    #[test]
    fn what_is_stated_counts_unless_the_page_shows_more() {
        let ld = |author: &str| {
            format!("<script type='application/ld+json'>{{\"@type\":\"NewsArticle\",\"author\":{author}}}</script>")
        };
        let one = ld(r#"{"name":"Ida Berg"}"#);
        let meta = "<meta name='author' content='Olga Stone'>";
        let two = "<p><a rel='author' href='/a'>Ida Berg</a>, <a rel='author' href='/b'>Ivar Kvist</a></p>";
        for (head, shown, names) in [
            (one.as_str(), "<p class='byline'>By Olga Stone</p>", vec!["Ida Berg"]),
            (&one, two, vec!["Ida Berg", "Ivar Kvist"]),
            (
                &one,
                "<p><a rel='author' href='/a'>Ida Berg</a> <a rel='author' href='/a'>All Articles</a></p>",
                vec!["Ida Berg"],
            ),
            (&ld(r#""Ida""#), "<p class='byline'>By Ida Berg</p>", vec!["Ida Berg"]),
            (meta, two, vec!["Ida Berg", "Ivar Kvist"]),
            (meta, "<p class='byline'>Photo Desk</p>", vec!["Olga Stone"]),
            ("<meta name='author' content='SANDVIK POST'>", "<p class='byline'>By Ida Berg</p>", vec!["Ida Berg"]),
            ("<meta property='og:site_name' content='Sandvik Post'>", "<p class='byline'>Sandvik Post</p>", vec![]),
            (
                "<meta name='author' content='Desk'><meta name='parsely-author' content='Ida Berg'>",
                "",
                vec!["Ida Berg"],
            ),
            (
                "<meta name='twitter:label1' content='Written by'><meta name='twitter:data1' content='Ida Berg'>",
                "",
                vec!["Ida Berg"],
            ),
            ("<meta name='smartbanner:author' content='In the app'>", "", vec![]),
        ] {
            assert_eq!(of(head, shown), names, "{head} {shown}");
        }
    }
}
