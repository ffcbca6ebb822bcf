//! Reads what a page says about itself: JSON-LD, OpenGraph, meta and link elements, headings, times.
//!
//! Believes the most specific statement first: JSON-LD of an article type, then `article:*`
//! properties, then elements in the text. JSON-LD serves for metadata; its `articleBody` is only
//! kept for the rescue, since most pages have none and many cut it short.

use super::guard::cut;
use super::headline::{self, LONGEST};
use super::json_ld;
use super::people::{Outlets, listed};
use super::published;
use super::shape::{skeleton, squeeze};
use super::stated::{ADDRESS, Metadata, Said};
use super::tree::Tree;
use samestory_model::Lang;
use samestory_model::dates::{Habit, prose, usual};
use samestory_model::languages;
use std::collections::HashSet;
use url::Url;

/// Headings, times, headlines told elsewhere, authors and other languages of one page that are read. The 1,243 labelled
/// pages hold fewer (the most authors: 76, where a paper's references are told); pages that are made to cost hold a
/// hundred thousand.
const MOST_HEADINGS: usize = 1_000;
const MOST_TIMES: usize = 2_000;
const MOST_TITLES: usize = 50;
const MOST_AUTHORS: usize = 100;
const MOST_ALTERNATES: usize = 500;
/// `base` elements that are heard; the first one counts, and a few pages have two.
const MOST_BASES: usize = 16;
/// Bytes of a site's name.
const SITE: usize = 1_000;

/// Reads a page's metadata; `address` is where it came from.
pub(super) fn read(tree: &Tree, address: Option<&Url>) -> Metadata {
    let mut found = Metadata::default();
    let mut said = Said::default();
    let mut base = address.cloned();
    let mut bases = 0;
    let mut ld = json_ld::Reader::default();
    let mut alternates = HashSet::new();
    let mut headings: Vec<usize> = Vec::new();
    let mut named: Vec<usize> = Vec::new();
    let mut below: Vec<usize> = Vec::new();
    for (at, node) in tree.nodes.iter().enumerate() {
        let Some(element) = node.element else { continue };
        match element.name() {
            "base" => {
                bases += 1;
                if let Some(href) = node.attr("href").filter(|href| bases <= MOST_BASES && href.len() <= ADDRESS) {
                    let joined = base.as_ref().map_or_else(|| Url::parse(href), |base| base.join(href));
                    base = joined.ok().or(base);
                }
            }
            "html" => {
                found.american = node.attr("lang").is_some_and(|lang| lang.to_ascii_lowercase().ends_with("-us"));
                found.lang = node.attr("lang").or_else(|| node.attr("xml:lang")).and_then(Lang::parse);
            }
            "title" if said.page_title.is_none() && !inside_svg(tree, at) => {
                said.page_title = Some(tree.beginning(at, LONGEST)).filter(|title| !title.is_empty());
            }
            "meta" => meta(tree, at, &mut found, &mut said, base.as_ref()),
            "link" => link(tree, at, &mut found, base.as_ref(), &mut alternates),
            "script" if node.attr("type").is_some_and(|kind| kind.to_ascii_lowercase().contains("ld+json")) => {
                let text: String = tree.nodes[at..node.end].iter().filter_map(|inside| inside.text).collect();
                ld.read(&text, &mut said, &mut found);
            }
            "h1" if headings.len() < MOST_HEADINGS && !headline::is_site_name(tree, at) => headings.push(at),
            "h2" | "h3" if named.len() < MOST_HEADINGS && headline::is_named_headline(tree, at) => named.push(at),
            _ => {}
        }
        if below.len() < MOST_HEADINGS && headline::is_below(node) {
            below.push(at);
        }
        if said.times.len() < MOST_TIMES {
            said.times.extend(published::time_element(tree, at));
        }
    }
    found.zone = address.and_then(Url::host_str).and_then(|host| usual(None, Some(host)));
    settle(tree, address, found, said, [if headings.is_empty() { &named } else { &headings }, &below])
}

fn inside_svg(tree: &Tree, at: usize) -> bool {
    tree.ancestors(at).any(|around| tree.nodes[around].name() == "svg")
}

fn meta(tree: &Tree, at: usize, found: &mut Metadata, said: &mut Said, base: Option<&Url>) {
    let node = &tree.nodes[at];
    // Some publishers, and copies of pages, write `value`.
    let written = node.attr("content").or_else(|| node.attr("value"));
    let Some(content) = written.map(squeeze).filter(|content| !content.is_empty()) else { return };
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
        "og:title" => first(&mut said.og_title, cut(&content, LONGEST).to_owned()),
        "twitter:title" | "dc.title" | "title" | "headline" if found.titles.len() < MOST_TITLES => {
            found.titles.push(cut(&content, LONGEST).to_owned());
        }
        "og:description" | "description" | "twitter:description" if content.len() > found.description.len() => {
            found.description = content;
        }
        "og:site_name" | "application-name" => first(&mut said.og_site, cut(&content, SITE).to_owned()),
        "og:type" => found.article |= content.to_ascii_lowercase().contains("article"),
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
        "twitter:label1" | "twitter:label2" => {
            let last = content.rsplit(' ').next().unwrap_or_default();
            said.labelled = languages::is_byline_label(&last.to_lowercase()).then(|| name.replace("label", "data"));
        }
        _ if (is_author(&name) || said.labelled.as_ref() == Some(&name))
            && !content.contains("://")
            && said.meta_authors.len() < MOST_AUTHORS =>
        {
            let names = listed(&content);
            match said.meta_authors.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) if known.len() < MOST_AUTHORS => known.extend(names),
                Some(_) => {}
                None => said.meta_authors.push((name, names)),
            }
        }
        _ => {}
    }
}

/// Whether a meta element of this name holds authors: `author`, and those that a service has named for itself.
fn is_author(name: &str) -> bool {
    let own = name.rsplit([':', '.', '-']).next().unwrap_or(name);
    let app = name.starts_with("smartbanner");
    !app && matches!(own, "author" | "authors" | "author_name" | "byl" | "byline") || name == "dc.creator"
}

fn link(tree: &Tree, at: usize, found: &mut Metadata, base: Option<&Url>, alternates: &mut HashSet<(Lang, Url)>) {
    let node = &tree.nodes[at];
    let (Some(rel), Some(href)) = (node.attr("rel"), node.attr("href")) else { return };
    for rel in rel.to_ascii_lowercase().split_ascii_whitespace() {
        match rel {
            "canonical" if found.canonical.is_none() => found.canonical = join(base, href),
            "amphtml" if found.amp.is_none() => found.amp = join(base, href),
            "alternate" => {
                if found.alternates.len() < MOST_ALTERNATES
                    && let Some(lang) = node.attr("hreflang").and_then(Lang::parse)
                    && !node.attr("type").is_some_and(|kind| kind.contains("xml") || kind.contains("json"))
                    && let Some(url) = join(base, href)
                    && alternates.insert((lang, url.clone()))
                {
                    found.alternates.push((lang, url));
                }
            }
            _ => {}
        }
    }
}

pub(super) fn join(base: Option<&Url>, href: &str) -> Option<Url> {
    let href = href.trim();
    if href.is_empty() || href.len() > ADDRESS {
        return None;
    }
    base.map_or_else(|| Url::parse(href), |base| base.join(href))
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https" | "file"))
}

fn settle(
    tree: &Tree,
    address: Option<&Url>,
    mut found: Metadata,
    mut said: Said,
    headings: [&[usize]; 2],
) -> Metadata {
    let american = found.american || said.og_locale.as_deref().is_some_and(|locale| locale.ends_with("US"));
    found.american = american;
    found.lang = found
        .lang
        .or_else(|| said.ld_lang.as_deref().and_then(Lang::parse))
        .or_else(|| said.og_locale.as_deref().and_then(Lang::parse));
    found.zone = found.zone.or_else(|| usual(found.lang, None));
    let habit = found.habit();
    // What programs write is in the clocks of the publisher.
    let by_program = Habit { zone: found.zone, ..habit };
    let read = |text: &Option<String>| text.as_deref().and_then(|text| prose::read(text, by_program));
    let sites = said.og_site.iter().chain(&said.ld_site).map(String::as_str);
    found.outlets = Outlets::of(sites, said.page_title.as_deref(), address.or(found.canonical.as_ref()));
    // Encyclopaedias give a description as their headline.
    let titled = |text: &Option<String>| {
        let page = said.page_title.as_deref().map(skeleton).unwrap_or_default();
        text.as_deref().map(skeleton).is_some_and(|text| page.contains(&text))
    };
    let shown = said
        .ld_title
        .as_deref()
        .map(skeleton)
        .is_some_and(|title| headings[0].iter().any(|&at| skeleton(&tree.beginning(at, LONGEST)) == title));
    if titled(&said.ld_name) && !titled(&said.ld_title) && !shown {
        said.ld_title = said.ld_name.take();
    }
    let others: Vec<&String> = [&said.ld_title, &said.og_title, &said.page_title].into_iter().flatten().collect();
    let heading = headline::headline(tree, headings[0], headings[1], &others, &found.outlets);
    let heading_text = heading.map(|at| headline::undated(&tree.beginning(at, LONGEST)).into_owned());
    found.headline_at = heading;
    found.titles.extend(others.into_iter().cloned());
    found.titles.extend(heading_text.clone());
    found.title = headline::headline_of(
        heading_text,
        said.ld_title.take(),
        said.og_title.take(),
        said.page_title.take(),
        said.og_site.as_deref(),
    );
    found.published = published::stated(tree, &said, &found, address);
    found.modified = read(&said.ld_modified).or_else(|| read(&said.meta_modified));
    let pointed = said.ld_author_ids.iter().filter_map(|id| said.ld_named.iter().find(|(known, _)| known == id));
    let pointed: Vec<String> = pointed.map(|(_, name)| name.clone()).collect();
    found.byline = people(if said.ld_authors.is_empty() { pointed } else { said.ld_authors }, &found.outlets);
    found.signed = !found.byline.is_empty();
    if found.byline.is_empty() {
        // `author` is at times the outlet or an editor where another element has the reporters.
        let (plain, special): (Vec<_>, Vec<_>) = said.meta_authors.into_iter().partition(|(name, _)| name == "author");
        let (previews, special): (Vec<_>, Vec<_>) =
            special.into_iter().partition(|(name, _)| name.starts_with("twitter:"));
        let mut groups = special.into_iter().chain(plain).map(|(_, names)| people(names, &found.outlets));
        found.byline = groups.find(|names| !names.is_empty()).unwrap_or_default();
        found.uploaded = people(previews.into_iter().flat_map(|(_, names)| names).collect(), &found.outlets);
    }
    found.site = said.og_site.or(said.ld_site);
    found
}

/// The authors of a list: an outlet is none, and each is one once.
fn people(names: Vec<String>, outlets: &Outlets) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut names: Vec<String> = names.into_iter().filter(|name| !outlets.is(name)).take(MOST_AUTHORS).collect();
    names.retain(|name| seen.insert(name.to_lowercase()));
    names
}
