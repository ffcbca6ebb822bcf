//! Finds the authors of an article in the visible page, where JSON-LD and meta elements name none: in an element that is
//! marked as the author's (`itemprop`, `rel`, a class, a link to an author's page), or in a line "By …" at the headline.
//!
//! Authors stand at the headline or under the text. Which elements are marked is `marks`' to say, and what is a name
//! `people`'s; what is stated and what is shown meet in `authors`.

use super::blocks::Block;
use super::guard::cut;
use super::marks::{AUTHOR_PAGE, Candidate, MOST, Mark, NEAR, candidates, far, holds, is_relation, leads_to};
pub(super) use super::people::signature;
use super::people::{Trust, cleaned};
use super::shape;
use super::tree::{Tag, Tree};
use samestory_model::languages;

/// The authors that a page shows.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    pub names: Vec<String>,
    pub mark: Mark,
    /// Whether they stand at the headline.
    pub near: bool,
    /// Whether every name is one that the page links or marks by itself.
    pub each: bool,
}

/// Longest text of an element that names authors, in bytes, and most names in it.
const LONGEST_BYLINE: usize = 300;
const MOST_NAMES: usize = 20;
/// Lines around the headline in which "By …" is looked for.
const LINES: usize = 8;

/// The authors that a page shows; `others` are names that are no author's: the site's, the headline.
pub(super) fn shown(tree: &Tree, headline: Option<usize>, others: &[&str]) -> Option<Shown> {
    let candidates = candidates(tree, headline);
    let others: Vec<String> = others.iter().map(|name| shape::skeleton(name)).collect();
    let order =
        |candidate: &&Candidate| (far(candidate.at, headline) > NEAR, candidate.mark, far(candidate.at, headline));
    let mut sorted: Vec<&Candidate> = candidates.iter().collect();
    sorted.sort_by_key(order);
    for first in sorted {
        let (mut names, mut each) = names(tree, first, &others);
        if names.is_empty() {
            continue;
        }
        // Authors of one article stand in one row.
        let row = |at: usize| tree.ancestors(at).nth(1);
        for other in &candidates {
            let page = |at: usize| tree.nodes[at].attr("href");
            let further = other.at != first.at && (page(other.at).is_none() || page(other.at) != page(first.at));
            if other.mark == first.mark && further && row(other.at) == row(first.at) {
                let (further, marked) = self::names(tree, other, &others);
                // "All articles" stands in the same row.
                names.extend(further.into_iter().filter(|name| !name.contains(' ') || is_whole(name)));
                each &= marked;
            }
        }
        let mut seen = Vec::new();
        names.retain(|name| {
            let key = shape::skeleton(name);
            let new = !seen.contains(&key);
            seen.push(key);
            new
        });
        names.truncate(MOST_NAMES);
        return Some(Shown { names, mark: first.mark, near: far(first.at, headline) <= NEAR, each });
    }
    None
}

/// Whether a name has several words, each with a capital.
pub(super) fn is_whole(name: &str) -> bool {
    let mut words = name.split_whitespace();
    words.clone().count() >= 2 && words.all(|word| word.starts_with(char::is_uppercase))
}

/// The authors in a line "By …" beside the headline, which is block `from`; else those in a line "Author: …" anywhere.
pub(super) fn in_line(all: &[Block], from: usize, others: &[&str]) -> Vec<String> {
    let others: Vec<String> = others.iter().map(|name| shape::skeleton(name)).collect();
    let short = |block: &&Block| !block.prose && block.weight <= 80;
    let near = all[from..].iter().take(LINES).filter(short).map(|block| by_line(&block.text, &others));
    let labelled = all.iter().filter(short).map(|block| labelled(&block.text, &others));
    near.chain(labelled).find(|names| !names.is_empty()).unwrap_or_default()
}

/// The names in "By Ida Berg", "Written by: Ida Berg" and "A column by Ida Berg".
fn by_line(line: &str, others: &[String]) -> Vec<String> {
    let line = line.trim_start_matches(|sign: char| !sign.is_alphanumeric());
    let mut words = line.split_whitespace();
    let bare = |word: &str| word.trim_end_matches([':', '：']).to_lowercase();
    let Some(place) = words.by_ref().take(4).position(|word| languages::is_byline_label(&bare(word))) else {
        return Vec::new();
    };
    let names = cleaned(line, others, Trust::Likely);
    // In the middle of a line the label may be any word.
    let whole =
        |name: &String| name.split_whitespace().filter(|word| word.starts_with(char::is_uppercase)).count() >= 2;
    if place == 0 || names.iter().all(whole) { names } else { Vec::new() }
}

/// The names in "Author: Ida Berg".
fn labelled(line: &str, others: &[String]) -> Vec<String> {
    let Some((label, rest)) = line.split_once([':', '：']) else { return Vec::new() };
    let label = label.trim().to_lowercase();
    let is_label = languages::is_byline_label(&label) && !languages::is_source_label(&label);
    if is_label { cleaned(rest, others, Trust::Likely) } else { Vec::new() }
}

/// The names that an element holds: those marked as names, else links to authors' pages, else its text or first link.
/// Whether each is linked or marked by itself stands beside them.
fn names(tree: &Tree, candidate: &Candidate, others: &[String]) -> (Vec<String>, bool) {
    let at = candidate.at;
    let end = tree.nodes[at].end;
    let trust = match candidate.mark {
        Mark::Property | Mark::Relation | Mark::Class => Trust::Marked,
        Mark::Address | Mark::Likely => Trust::Likely,
    };
    let whole_name = |name: &String| {
        candidate.mark != Mark::Likely
            || name.contains(' ')
            || !name.contains(|sign: char| sign.is_uppercase() || sign.is_lowercase())
    };
    let of = |nodes: Vec<usize>| -> Vec<String> {
        let texts = nodes.into_iter().take(MOST_NAMES).map(|node| words(tree, node));
        texts.flat_map(|text| cleaned(&text, others, trust)).filter(whole_name).collect()
    };
    let marked = of(marked_names(tree, at));
    if !marked.is_empty() {
        return (marked, candidate.mark < Mark::Class);
    }
    let leads = |node: &usize| is_relation(&tree.nodes[*node]) || leads_to(&tree.nodes[*node], AUTHOR_PAGE);
    // An author's picture, name and "all articles" lead to one page.
    let mut met = Vec::new();
    let first = |node: &usize| {
        let page = tree.nodes[*node].attr("href").filter(|_| !words(tree, *node).is_empty());
        let new = page.is_none_or(|page| !met.contains(&page));
        met.extend(page);
        new
    };
    let pages = of((at..end).filter(leads).take(MOST).filter(first).collect());
    if !pages.is_empty() {
        return (pages, true);
    }
    let text = words(tree, at);
    let whole = if text.len() > LONGEST_BYLINE || text.ends_with([':', '：']) {
        Vec::new()
    } else {
        cleaned(&text, others, trust).into_iter().filter(whole_name).collect()
    };
    let linked = of((at + 1..end).find(|node| tree.nodes[*node].tag == Tag::Link).into_iter().collect());
    // A linked name, with its bearer's role behind it.
    let role =
        linked.len() == 1 && whole.first().is_some_and(|whole| whole.starts_with(&linked[0]) && *whole != linked[0]);
    if whole.is_empty() || role {
        return (linked, false);
    }
    (whole, candidate.mark == Mark::Relation)
}

/// Elements inside one that are marked as names, without those of a list of sections.
fn marked_names(tree: &Tree, at: usize) -> Vec<usize> {
    let mut found = Vec::new();
    let mut here = at;
    while here < tree.nodes[at].end {
        let node = &tree.nodes[here];
        let listed = node.attr("itemtype").is_some_and(|kind| kind.contains("List"));
        if here > at && (listed || holds(node, &["breadcrumb"])) {
            here = node.end;
            continue;
        }
        let is = |name: &str| matches!(name, "fn" | "name" | "username" | "full-name" | "author-name");
        if node.attr("itemprop") == Some("name")
            || node.attr("class").is_some_and(|class| class.split_ascii_whitespace().any(is))
        {
            found.push(here);
        }
        here += 1;
    }
    found
}

/// The text inside an element, its blocks and list items apart, without its times. A `link` states its text.
fn words(tree: &Tree, at: usize) -> String {
    if let Some(stated) = tree.nodes[at].attr("content") {
        return cut(stated, LONGEST_BYLINE + 1).to_owned();
    }
    let mut out = String::new();
    let mut open: Vec<(usize, char)> = Vec::new();
    let mut here = at;
    while here < tree.nodes[at].end && out.len() <= LONGEST_BYLINE {
        while let Some((_, sign)) = open.pop_if(|(end, _)| *end <= here) {
            out.push(sign);
        }
        let node = &tree.nodes[here];
        let timed = here > at && (node.name() == "time" || holds(node, &["date", "time", "published"]));
        if node.tag == Tag::Chrome && here != at || timed {
            if let Some(before) = out.trim_end().strip_suffix([':', '：']) {
                // The label of the time.
                out.truncate(before.trim_end_matches(char::is_alphanumeric).len());
            }
            out.push('|');
            here = node.end;
            continue;
        }
        match (node.text, node.tag) {
            (Some(text), _) => shape::squeeze_into(cut(text, LONGEST_BYLINE + 1), &mut out),
            (None, Tag::Inline | Tag::Link) => {
                // "by<span>Ida Berg</span>"
                let last = out.rsplit(|sign: char| !sign.is_alphanumeric()).next().unwrap_or_default();
                if languages::is_byline_label(&last.to_lowercase()) {
                    out.push(' ');
                }
            }
            (None, Tag::Item) => open.push((node.end, ';')),
            (None, Tag::Break) => out.push('|'),
            (None, _) if here > at => {
                shape::squeeze_into(" ", &mut out);
                open.push((node.end, '|'));
            }
            (None, _) => {}
        }
        here += 1;
    }
    out
}

#[cfg(test)]
mod tests {

    fn of(html: &str) -> Vec<String> {
        let page = format!("<html><head><title>Ships wait in the harbour</title></head><body>{html}</body></html>");
        let settings = crate::article::Settings::default();
        crate::article::page(&page, None, &settings, &crate::article::Repeated::none()).expect("an article").byline
    }

    const TEXT: &str = "<p>The harbour is closed to ships until Sunday because of the storm, the office says.</p><p>Some \
        forty ships wait outside, and the pilots sleep on board until the wind turns.</p>";

    #[test]
    fn an_author_is_found_where_the_page_marks_one() {
        for mark in [
            "<span itemprop='author' itemscope><span itemprop='name'>Ida Berg</span></span>",
            "<a rel='author' href='/staff/7'>Ida Berg</a>",
            "<div class='c-article__byline'>By Ida Berg, 3 March 2026</div>",
            "<div class='tac-gia'>Tác giả: Ida Berg</div>",
            "<p>Words <a href='/authors/ida-berg'>Ida Berg</a></p>",
            "<p class='meta'>By Ida Berg</p>",
            "<p>von Ida Berg</p>",
            "<p class='byline'>By<span>Ida Berg</span></p>",
            "<div class='has-bio'><span data-testid='prism-byline'>By <a href='/people/ida'>Ida Berg</a></span></div>",
            "<div class='author-wrap'><div><b>Ida Berg</b></div><time>Thứ ba, 03/03/2026</time></div>",
            "<aside data-gu-name='meta'><a rel='author' href='/profile/ida-berg'>Ida Berg</a></aside>",
            "<p><a href='/staff/ida-berg'>Ida Berg</a></p>",
            "<p>Ein Artikel von <strong>Ida Berg</strong> | 3.3.2026 - 12:45</p>",
            "<div class='submitted'>Gespeichert von <span class='username'>Ida Berg</span> am 3. März 2026</div>",
            "<div class='author'><span>Autor:</span> Ida Berg<br><span class='label'>Quelle:</span> Post</div>",
            "<div class='detail-author' data-role='author'><div class='author-info'><a class='name'>Ida Berg</a></div></div>",
        ] {
            let page = format!("<article><h1>Ships wait in the harbour</h1>{mark}{TEXT}</article>");
            assert_eq!(of(&page), ["Ida Berg"], "{mark}");
        }
        let below = format!("<article><h1>Ships wait in the harbour</h1>{TEXT}<p>Ida Berg</p></article>");
        assert_eq!(of(&below), ["Ida Berg"]);
        let two = format!(
            "<article><h1>Ships wait in the harbour</h1><p><a rel='author'>Ida Berg</a> and <a rel='author'>Ivar Kvist</a></p>\
             {TEXT}</article>"
        );
        assert_eq!(of(&two), ["Ida Berg", "Ivar Kvist"]);
    }

    #[test]
    fn who_is_quoted_or_comments_or_wrote_another_story_is_no_author() {
        for around in [
            "<div class='comments'><span class='comment-author'>Ida Berg</span></div>",
            "<table class='quote'><tr><td class='quote__author'>Ida Berg</td></tr></table>",
            "<div class='related'><article><h3><a href='/2'>Herring is cheap</a></h3><span class='author'>Ida Berg</span>\
             </article></div>",
            "<figure><img src='a.jpg'><figcaption><span class='author'>Ida Berg</span></figcaption></figure>",
            "<ul><li><h4><a href='/2'>Herring is cheap</a></h4><a href='/author/ida'>Ida Berg</a></li></ul>",
            "<ul><li><a href='/2'>Herring is cheap as it was in the spring</a><div class='autor'>Ida Berg</div></li></ul>",
            "<div class='toolbar'><a href='/profile/'>Sign out</a></div>",
        ] {
            let page = format!("<main><h1>Ships wait in the harbour</h1>{TEXT}{around}</main>");
            assert_eq!(of(&page), Vec::<String>::new(), "{around}");
        }
    }
}
