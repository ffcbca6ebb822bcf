//! Reads what a page says about itself: JSON-LD, OpenGraph, meta and link elements, headings, times.
//!
//! Believes the most specific statement first: JSON-LD of an article type, then `article:*`
//! properties, then elements in the text. JSON-LD serves for metadata; its `articleBody` is only
//! kept for the rescue, since most pages have none and many cut it short.

use super::dates;
use super::headline;
use super::shape::squeeze;
use super::tree::{Tag, Tree};
use crate::model::Lang;
use jiff::Timestamp;
use serde_json::Value;
use url::Url;

/// What the page says.
#[derive(Debug, Clone, Default)]
pub(super) struct Metadata {
    pub canonical: Option<Url>,
    pub title: String,
    /// Headlines as told elsewhere on the page; a line equal to one of them is the title again.
    pub titles: Vec<String>,
    pub byline: Vec<String>,
    pub published: Option<Timestamp>,
    pub modified: Option<Timestamp>,
    pub lang: Option<Lang>,
    pub site: Option<String>,
    pub image: Option<Url>,
    pub alternates: Vec<(Lang, Url)>,
    pub amp: Option<Url>,
    /// Meta description.
    pub description: String,
    /// JSON-LD `articleBody`, as text or HTML.
    pub body: Option<String>,
    /// Index of the heading that was taken as the title.
    pub headline_at: Option<usize>,
    /// Whether the page says that it is American, and so writes the month first.
    pub american: bool,
}

#[derive(Default)]
struct Said {
    og_title: Option<String>,
    page_title: Option<String>,
    ld_title: Option<String>,
    ld_published: Option<String>,
    ld_modified: Option<String>,
    ld_authors: Vec<String>,
    ld_site: Option<String>,
    ld_lang: Option<String>,
    meta_published: Option<String>,
    meta_modified: Option<String>,
    meta_authors: Vec<String>,
    og_site: Option<String>,
    og_locale: Option<String>,
    item_published: Option<String>,
    times: Vec<(usize, String)>,
}

/// Reads a page's metadata; `address` is where it came from.
pub(super) fn read(tree: &Tree, address: Option<&Url>) -> Metadata {
    let mut found = Metadata::default();
    let mut said = Said::default();
    let mut base = address.cloned();
    let mut headings: Vec<usize> = Vec::new();
    let mut below: Vec<usize> = Vec::new();
    for (at, node) in tree.nodes.iter().enumerate() {
        let Some(element) = node.element else { continue };
        match element.name() {
            "base" => {
                if let Some(href) = node.attr("href") {
                    let joined = base.as_ref().map_or_else(|| Url::parse(href), |base| base.join(href));
                    base = joined.ok().or(base);
                }
            }
            "html" => {
                found.american = node.attr("lang").is_some_and(|lang| lang.to_ascii_lowercase().ends_with("-us"));
                found.lang = node.attr("lang").or_else(|| node.attr("xml:lang")).and_then(Lang::parse);
            }
            "title" if said.page_title.is_none() && !inside_svg(tree, at) => {
                said.page_title = Some(tree.text(at)).filter(|title| !title.is_empty());
            }
            "meta" => meta(tree, at, &mut found, &mut said, base.as_ref()),
            "link" => link(tree, at, &mut found, base.as_ref()),
            "script" if node.attr("type").is_some_and(|kind| kind.to_ascii_lowercase().contains("ld+json")) => {
                let text: String = tree.nodes[at..node.end].iter().filter_map(|inside| inside.text).collect();
                if let Some(value) = json(&text) {
                    json_ld(&value, &mut said, &mut found, 0);
                }
            }
            "h1" if !headline::is_site_name(tree, at) => headings.push(at),
            "h2" | "h3" if headline::is_named_headline(tree, at) => below.push(at),
            "time" => {
                let written = node.attr("datetime").map_or_else(|| tree.text(at), str::to_owned);
                said.times.push((at, written));
            }
            _ => {}
        }
        if node.attr("itemprop") == Some("datePublished") && said.item_published.is_none() {
            said.item_published = node
                .attr("content")
                .or_else(|| node.attr("datetime"))
                .map(str::to_owned)
                .or_else(|| Some(tree.text(at)));
        }
    }
    settle(tree, found, said, if headings.is_empty() { &below } else { &headings })
}

fn inside_svg(tree: &Tree, at: usize) -> bool {
    tree.ancestors(at).any(|around| tree.nodes[around].name() == "svg")
}

fn meta(tree: &Tree, at: usize, found: &mut Metadata, said: &mut Said, base: Option<&Url>) {
    let node = &tree.nodes[at];
    let Some(content) = node.attr("content").map(squeeze).filter(|content| !content.is_empty()) else { return };
    let name = node
        .attr("property")
        .or_else(|| node.attr("name"))
        .or_else(|| node.attr("itemprop"))
        .or_else(|| node.attr("http-equiv"))
        .unwrap_or("")
        .to_ascii_lowercase();
    let first = |slot: &mut Option<String>, content: String| {
        if slot.is_none() {
            *slot = Some(content);
        }
    };
    match name.as_str() {
        "og:title" => first(&mut said.og_title, content),
        "twitter:title" | "dc.title" | "title" | "headline" => found.titles.push(content),
        "og:description" | "description" | "twitter:description" if content.len() > found.description.len() => {
            found.description = content;
        }
        "og:site_name" | "application-name" => first(&mut said.og_site, content),
        "og:locale" => first(&mut said.og_locale, content),
        "content-language" | "language" | "dc.language" if found.lang.is_none() => found.lang = Lang::parse(&content),
        "og:image" | "og:image:url" | "og:image:secure_url" if found.image.is_none() => {
            found.image = join(base, &content);
        }
        "article:published_time"
        | "og:article:published_time"
        | "datepublished"
        | "article:published"
        | "date"
        | "pubdate"
        | "publish-date"
        | "publish_date"
        | "publishdate"
        | "parsely-pub-date"
        | "sailthru.date"
        | "dc.date"
        | "dc.date.issued"
        | "dcterms.created"
        | "dc.date.created"
        | "article.published"
        | "cxenseparse:recs:publishtime"
        | "cxenseparse:publishtime"
        | "published_time"
        | "last-published"
        | "article:publicationdate"
        | "dcterms.date"
        | "publication_date"
        | "release_date"
        | "displaydate"
        | "article.created"
        | "og:pubdate"
        | "date.release" => {
            first(&mut said.meta_published, content);
        }
        "article:modified_time"
        | "og:updated_time"
        | "datemodified"
        | "last-modified"
        | "dcterms.modified"
        | "dc.date.modified"
        | "article:modified" => first(&mut said.meta_modified, content),
        "author"
        | "article:author"
        | "byl"
        | "parsely-author"
        | "dc.creator"
        | "sailthru.author"
        | "article:author_name"
        | "cxenseparse:author"
            if !content.contains("://") =>
        {
            said.meta_authors.extend(people(&content));
        }
        _ => {}
    }
}

fn link(tree: &Tree, at: usize, found: &mut Metadata, base: Option<&Url>) {
    let node = &tree.nodes[at];
    let (Some(rel), Some(href)) = (node.attr("rel"), node.attr("href")) else { return };
    for rel in rel.to_ascii_lowercase().split_ascii_whitespace() {
        match rel {
            "canonical" if found.canonical.is_none() => found.canonical = join(base, href),
            "amphtml" if found.amp.is_none() => found.amp = join(base, href),
            "alternate" => {
                if let Some(lang) = node.attr("hreflang").and_then(Lang::parse)
                    && !node.attr("type").is_some_and(|kind| kind.contains("xml") || kind.contains("json"))
                    && let Some(url) = join(base, href)
                    && !found.alternates.contains(&(lang, url.clone()))
                {
                    found.alternates.push((lang, url));
                }
            }
            _ => {}
        }
    }
}

fn join(base: Option<&Url>, href: &str) -> Option<Url> {
    let href = href.trim();
    if href.is_empty() {
        return None;
    }
    base.map_or_else(|| Url::parse(href), |base| base.join(href))
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https" | "file"))
}

/// JSON as pages write it: with raw line breaks in strings, comment marks and trailing signs.
fn json(text: &str) -> Option<Value> {
    let text = text.trim().trim_start_matches("<!--").trim_start_matches("//<![CDATA[").trim_end_matches("-->");
    let text = text.trim().trim_end_matches("//]]>").trim().trim_end_matches(';');
    serde_json::from_str(text).ok().or_else(|| {
        let clean: String = text.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).collect();
        serde_json::from_str(&clean).ok()
    })
}

fn json_ld(value: &Value, said: &mut Said, found: &mut Metadata, depth: usize) {
    if depth > 6 {
        return;
    }
    match value {
        Value::Array(values) => values.iter().take(50).for_each(|value| json_ld(value, said, found, depth + 1)),
        Value::Object(object) => {
            if is_article(object.get("@type")) {
                article(value, said, found);
            } else {
                for key in ["@graph", "mainEntity", "mainEntityOfPage"] {
                    if let Some(inside) = object.get(key) {
                        json_ld(inside, said, found, depth + 1);
                    }
                }
            }
        }
        _ => {}
    }
}

fn is_article(kind: Option<&Value>) -> bool {
    let known = |kind: &str| {
        kind.ends_with("Article") || kind.ends_with("Posting") || kind.contains("Report") || kind.ends_with("NewsItem")
    };
    match kind {
        Some(Value::String(kind)) => known(kind),
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).any(known),
        _ => false,
    }
}

fn article(value: &Value, said: &mut Said, found: &mut Metadata) {
    let text = |key: &str| value.get(key).and_then(Value::as_str).map(decode).filter(|text| !text.is_empty());
    let first = |slot: &mut Option<String>, told: Option<String>| {
        if slot.is_none() {
            *slot = told;
        }
    };
    first(&mut said.ld_title, text("headline").or_else(|| text("name")));
    first(&mut said.ld_published, text("datePublished").or_else(|| text("dateCreated")));
    first(&mut said.ld_modified, text("dateModified"));
    first(&mut said.ld_lang, text("inLanguage"));
    if said.ld_authors.is_empty() {
        said.ld_authors = names(value.get("author"));
    }
    if said.ld_site.is_none() {
        said.ld_site = names(value.get("publisher")).into_iter().next();
    }
    if found.body.is_none() {
        found.body = value.get("articleBody").and_then(Value::as_str).map(str::to_owned);
    }
    if found.image.is_none() {
        let image = value.get("image");
        let address = image
            .and_then(|image| image.as_str().or_else(|| image.get("url")?.as_str()).or_else(|| image.get(0)?.as_str()));
        found.image = address.and_then(|address| Url::parse(address).ok());
    }
}

/// Entities that JSON-LD carries over from HTML.
fn decode(text: &str) -> String {
    if !text.contains('&') && !text.contains('<') {
        return squeeze(text);
    }
    let fragment = scraper::Html::parse_fragment(text);
    squeeze(&fragment.root_element().text().collect::<String>())
}

fn names(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(name)) if !name.contains("://") => people(&decode(name)),
        Some(Value::Array(values)) => values.iter().take(20).flat_map(|value| names(Some(value))).collect(),
        Some(Value::Object(object)) => match object.get("name") {
            Some(name @ (Value::String(_) | Value::Array(_))) => names(Some(name)),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// The names in one author field.
fn people(field: &str) -> Vec<String> {
    field
        .split([';', '|', '、'])
        .flat_map(|part| part.split(" and "))
        .flat_map(|part| {
            if part.matches(',').count() > 0 && part.len() < 200 { part.split(',').collect() } else { vec![part] }
        })
        .map(|name| squeeze(name.trim().trim_start_matches("By ").trim_start_matches("Von ").trim_start_matches("by ")))
        .filter(|name| !name.is_empty() && name.chars().count() <= 80)
        .collect()
}

fn settle(tree: &Tree, mut found: Metadata, said: Said, headings: &[usize]) -> Metadata {
    let american = found.american || said.og_locale.as_deref().is_some_and(|locale| locale.ends_with("US"));
    found.american = american;
    let read = |text: &Option<String>| text.as_deref().and_then(|text| dates::read(text, american));
    let others: Vec<&String> = [&said.ld_title, &said.og_title, &said.page_title].into_iter().flatten().collect();
    let heading = headline::headline(tree, headings, &others);
    let heading_text = heading.map(|at| tree.text(at));
    found.headline_at = heading;
    found.titles.extend(others.into_iter().cloned());
    found.titles.extend(heading_text.clone());
    found.title =
        headline::headline_of(heading_text, said.ld_title, said.og_title, said.page_title, said.og_site.as_deref());
    found.published =
        read(&said.ld_published).or_else(|| read(&said.meta_published)).or_else(|| read(&said.item_published));
    if found.published.is_none() {
        let near = said.times.iter().find(|(at, _)| {
            tree.ancestors(*at).any(|around| matches!(tree.nodes[around].tag, Tag::Article | Tag::Header))
        });
        found.published = near.into_iter().chain(&said.times).find_map(|(_, written)| dates::read(written, american));
    }
    found.modified = read(&said.ld_modified).or_else(|| read(&said.meta_modified));
    found.byline = if said.ld_authors.is_empty() { said.meta_authors } else { said.ld_authors };
    let mut seen = std::collections::HashSet::new();
    found.byline.retain(|name| seen.insert(name.to_lowercase()));
    found.lang = found
        .lang
        .or_else(|| said.ld_lang.as_deref().and_then(Lang::parse))
        .or_else(|| said.og_locale.as_deref().and_then(Lang::parse));
    found.site = said.og_site.or(said.ld_site);
    found
}
