//! Takes the article out of a page or a plain text, and nothing but the article.
//!
//! A numbered cascade, each step in its file:
//!
//! 1. [`guard`](self): what is no text is refused; size and depth are limited before parsing.
//! 2. `metadata`: what the page says about itself.
//! 3. `site`: what a rule of the site keeps or drops, which counts before every guess.
//! 4. `prune`: what is certainly no text goes, then what its name says is something else; `cards`: teasers of other pages.
//! 5. `score`: the element whose lines add up to most holds the article.
//! 6. `clean`: the source line and what follows, captions, labels, the title again, repeated blocks.
//! 7. A second candidate, without trust in names, where the first is short.
//! 8. `gate`: a page that only asks for scripts, consent or a proof is refused by name.
//! 9. Rescue: the body that JSON-LD carries, the one that scripts would show, the page's description.
//!
//! Measured with `cargo run -p samestory-tools --bin extract_pages` and the 4-gram F1 of the extraction benchmark:
//! .966 on 253 pages of publishers in 24 languages, .957 on 258 article pages in English; what each rule of
//! shape is worth stands in `docs/decisions/057-parts-by-shape.md`.
//!
//! Promises: pure (no clock, no network), linear in the page's length, the same for every script;
//! what was taken away stands in [`Extracted::removed`]. A page that would cost the parser more than its length says is
//! given up by name. What is repeated over a host's pages is
//! learned in [`RepeatedCounts`] and handed in as [`Repeated`]; keeping it is the store's work.

mod authors;
mod blocks;
mod byline;
mod cards;
mod clean;
mod embedded;
mod ending;
mod error;
mod gate;
mod guard;
mod headline;
mod hidden;
mod json_ld;
mod lines;
mod marks;
mod metadata;
mod names;
mod people;
mod plain;
mod prune;
mod published;
mod repeated;
mod score;
mod settings;
mod shape;
mod site;
mod site_rules;
mod source_line;
mod state;
mod stated;
mod tree;

pub use error::ExtractError;
pub use guard::admit_bytes;
pub use repeated::{Repeated, RepeatedCounts, blocks, text_blocks, without};
pub use settings::Settings;
pub use site_rules::{SITES_TOML, SiteRule, SiteRules};

use blocks::{Block, Kind};
use clean::Cleaned;
use lines::Line;
use samestory_model::markup::{parse_fragment, plain_text};
use samestory_model::{Extracted, Removed, RemovedWhy, into_nfc, nfc};
use site::Ruled;
use stated::Metadata;
use std::ops::Range;
use tree::{Tag, Tree};
use url::Url;

/// Weight under which a result is short and a second candidate is asked for. Asking as well where
/// the result is under .35 of the page's prose costs .0044 on `pages-wcxb_article` and gains nothing
/// on `pages-fundus`: what is left out there are comments.
const SHORT: u32 = 300;
/// Weight from which a short result is one at all.
const LEAST: u32 = 60;
/// Limits of a body that stands in a string.
const EMBEDDED_BYTES: usize = 1_000_000;
const EMBEDDED_DEPTH: usize = 64;
/// Longest text of one removed piece that is kept, in characters, and how many pieces.
const REMOVED_CHARS: usize = 600;
const REMOVED_PIECES: usize = 400;

/// Extracts the article of an HTML page that came from `address`.
///
/// # Errors
/// [`ExtractError`], where the bytes are no page or the page holds no text.
pub fn page(
    html: &str,
    address: Option<&Url>,
    settings: &Settings,
    repeated: &Repeated,
) -> Result<Extracted, ExtractError> {
    guard::admit(html, address)?;
    let parsed = guard::parse(html, address, settings)?;
    let tree = Tree::of(&parsed);
    let mut said = metadata::read(&tree, address);

    let mut hard = prune::Cuts::none(&tree);
    prune::hard(&tree, &mut hard);
    let everything = blocks::gather(&tree, 0, &hard.cut);
    said.published = said.published.or_else(|| published::shown(&everything, &said));
    said.byline = authors::of(&tree, &everything, &said);
    let host = address.or(said.canonical.as_ref()).and_then(Url::host_str).unwrap_or_default();
    let ruled = Ruled::of(&parsed, &tree, &settings.rules.of(host));
    ruled.drop(&tree, &mut hard);
    ruled.tell(&tree, &mut said);
    let prose = score::prose(&tree, &everything);
    // A large page's texts are not held twice.
    drop(everything);

    hidden::twins(&tree, &prose, &mut hard);
    let mut named = hard.clone();
    prune::named(&tree, &prose, &ruled.spared, &mut named);
    cards::cut(&tree, &prose, &said, address.or(said.canonical.as_ref()), &ruled.spared, &mut named);
    let mut result = candidate(&tree, &named, &ruled.kept, address, &said, repeated);
    if result.weight() < SHORT && ruled.kept.is_empty() {
        // Comments and consent stay out as long as anything else is there: a short text is not theirs.
        for cuts in [named.sure(&hard), hard] {
            let second = candidate(&tree, &cuts, &[], address, &said, repeated);
            if second.weight() > 2 * result.weight() {
                result = second;
            }
            if result.weight() >= LEAST {
                break;
            }
        }
    }
    let asks = gate::asks(&tree, &said, &result.lines);
    if asks.is_some() {
        result.lines.clear();
        if !said.article {
            // What such a page says of itself is said of the site.
            said.description.clear();
        }
    }
    rescue(&tree, &mut result, address, &said, repeated);
    if result.lines.is_empty() {
        if let Some(asks) = asks {
            return Err(ExtractError::Gate { subject: guard::subject(address), asks });
        }
        let frames = tree.nodes.iter().any(|node| matches!(node.name(), "frameset" | "frame" | "iframe"));
        let scripts = tree.nodes.iter().any(|node| node.name() == "script");
        let reason = if frames {
            "its text is in frames"
        } else if scripts {
            "no readable text, only scripts"
        } else {
            "no readable text"
        };
        return Err(ExtractError::NoText { subject: guard::subject(address), reason });
    }
    Ok(assemble(address, said, result))
}

/// Extracts the article of a plain text, such as a saved page without its tags.
///
/// # Errors
/// [`ExtractError`], where there is nothing to read.
pub fn plain(
    text: &str,
    address: Option<&Url>,
    settings: &Settings,
    repeated: &Repeated,
) -> Result<Extracted, ExtractError> {
    guard::admit(text, address)?;
    let text = nfc(guard::cut(text, settings.max_bytes).trim_start_matches('\u{feff}'));
    let text = text.as_ref();
    let mut extracted = plain::read(text, address, repeated);
    trim_removed(&mut extracted.removed);
    if extracted.text.is_empty() && extracted.title.is_empty() {
        return Err(ExtractError::NoText { subject: guard::subject(address), reason: "no readable text" });
    }
    Ok(extracted)
}

/// Cleans what a feed carries as an item's content; `base` is the item's address.
///
/// The publisher chose this text, so nothing is scored: only what is certainly no text goes. Of markup that would
/// cost too much the bare text is taken.
pub fn fragment(html: &str, base: &Url, settings: &Settings, repeated: &Repeated) -> Extracted {
    let said = Metadata::default();
    let Ok(parsed) = guard::parse(html, Some(base), settings) else {
        let mut out = Cleaned::default();
        let text = plain_text(guard::cut(html, settings.max_bytes));
        tidy(text.lines().map(Line::plain).collect(), Some(base), &said, repeated, &mut out);
        return assemble(Some(base), said, out);
    };
    let tree = Tree::of(&parsed);
    let mut cuts = prune::Cuts::none(&tree);
    prune::hard(&tree, &mut cuts);
    let ruled = Ruled::of(&parsed, &tree, &settings.rules.of(base.host_str().unwrap_or_default()));
    ruled.drop(&tree, &mut cuts);
    let everything = blocks::gather(&tree, 0, &cuts.cut);
    let prose = score::prose(&tree, &everything);
    prune::named(&tree, &prose, &ruled.spared, &mut cuts);
    let lines = blocks::gather(&tree, 0, &cuts.cut);
    let mut out = Cleaned::default();
    cut_pieces(&tree, &cuts, std::slice::from_ref(&(0..tree.nodes.len())), &mut out);
    tidy(lines.into_iter().map(Line::from).collect(), Some(base), &said, repeated, &mut out);
    assemble(Some(base), said, out)
}

/// One candidate: the elements that a rule keeps, else the best one under the given cuts, cleaned.
fn candidate(
    tree: &Tree,
    cuts: &prune::Cuts,
    kept: &[usize],
    address: Option<&Url>,
    said: &Metadata,
    repeated: &Repeated,
) -> Cleaned {
    let all = blocks::gather(tree, 0, &cuts.cut);
    let mut out = Cleaned::default();
    let chosen = if kept.is_empty() { score::choose(tree, &all, &cuts.cut) } else { kept.to_vec() };
    let chosen: Vec<Range<usize>> = chosen.into_iter().map(|at| at..tree.nodes[at].end).collect();
    let Some(first) = chosen.first() else { return out };
    cut_pieces(tree, cuts, &chosen, &mut out);
    // A site rule that says where the article is, says where its summary is.
    let mut lines: Vec<Line> = if kept.is_empty() { lead(&all, first.start, said) } else { Vec::new() };
    let own = |block: &Block| holder(&chosen, block.at).is_some();
    // What stands above the headline is the section's name, or asks for consent. A lower heading that is taken for the
    // headline may stand in the text.
    let prose_where = |side: &dyn Fn(usize) -> bool| -> u32 {
        all.iter().filter(|block| own(block) && block.prose && side(block.at)).map(|block| block.weight).sum()
    };
    let headline = said.headline_at.filter(|&at| holder(&chosen, at).is_some()).filter(|&headline| {
        let above = prose_where(&|at| at < headline);
        above == 0 || tree.nodes[headline].tag == Tag::Heading(1) && prose_where(&|at| at > headline) * 2 >= above
    });
    for block in all.into_iter().filter(own) {
        if headline.is_some_and(|headline| block.at < headline) {
            out.remove(RemovedWhy::Navigation, block.text);
        } else {
            lines.push(Line::from(block));
        }
    }
    tidy(lines, address, said, repeated, &mut out);
    out
}

/// The summary between headline and article, where the article's element does not hold it.
fn lead(all: &[Block], start: usize, said: &Metadata) -> Vec<Line> {
    let Some(headline) = said.headline_at.filter(|&at| at < start) else { return Vec::new() };
    let between: Vec<&Block> = all
        .iter()
        .filter(|block| block.at > headline && block.at < start && !matches!(block.kind, Kind::Heading(1)))
        .collect();
    let leads: Vec<Line> =
        between.into_iter().filter(|block| score::is_lead(block)).map(|block| Line::from(block.clone())).collect();
    if leads.len() <= 3 { leads } else { Vec::new() }
}

/// Which of a few ranges in page order, none in another, holds a node.
fn holder(ranges: &[Range<usize>], at: usize) -> Option<usize> {
    let place = ranges.partition_point(|range| range.start <= at).checked_sub(1)?;
    ranges[place].contains(&at).then_some(place)
}

/// Notes what was cut inside ranges, one range after the other.
fn cut_pieces(tree: &Tree, cuts: &prune::Cuts, ranges: &[Range<usize>], out: &mut Cleaned) {
    let said = |&(at, why): &(usize, RemovedWhy)| {
        let silent = why == RemovedWhy::Chrome && tree.nodes[at].tag == Tag::Chrome;
        holder(ranges, at).filter(|_| !silent).map(|range| (range, at, why))
    };
    let mut inside: Vec<(usize, usize, RemovedWhy)> = cuts.why.iter().filter_map(said).collect();
    inside.sort_by_key(|(range, ..)| *range);
    for (_, at, why) in inside {
        let text = tree.text(at);
        if text.is_empty() {
            continue;
        }
        if why == RemovedWhy::Caption {
            out.captions.push(text.clone());
        }
        out.remove(why, text);
    }
}

/// Steps of cleaning that every candidate goes through.
fn tidy(mut lines: Vec<Line>, address: Option<&Url>, said: &Metadata, repeated: &Repeated, out: &mut Cleaned) {
    clean::cut_at_source(&mut lines, address, out);
    let mut titles = said.titles.clone();
    titles.push(said.title.clone());
    clean::cut_appended(&mut lines, &said.title, out);
    clean::sweep(lines, &titles, &said.byline, repeated, out);
    ending::trim_end(out);
}

/// Replaces a text that is too short, or that differs from the body in JSON-LD: by that body, else by the one in the
/// page's scripts, else by the description. A body in JSON-LD that is less than half as long as the text is a summary, and
/// replaces nothing.
fn rescue(tree: &Tree, result: &mut Cleaned, address: Option<&Url>, said: &Metadata, repeated: &Repeated) {
    let mut embedded_text = said.body.as_deref().map(embedded_lines).unwrap_or_default();
    if embedded_text.is_empty() && result.weight() < SHORT {
        let titles: Vec<&str> = said.titles.iter().chain([&said.title]).map(String::as_str).collect();
        embedded_text = embedded::body(tree, &titles).as_deref().map(embedded_lines).unwrap_or_default();
    }
    let embedded_weight: u32 = embedded_text.iter().map(|line| line.weight).sum();
    let lines = if embedded_weight >= SHORT
        && (result.weight() < SHORT && embedded_weight > result.weight()
            || embedded_weight * 2 >= result.weight() && !shares_text(&embedded_text, &result.lines))
    {
        embedded_text
    } else if result.lines.is_empty() && shape::is_prose(&said.description) {
        vec![Line::plain(&said.description)]
    } else {
        return;
    };
    let mut rescued = Cleaned { removed: std::mem::take(&mut result.removed), ..Cleaned::default() };
    tidy(lines, address, said, repeated, &mut rescued);
    if rescued.weight() > 0 {
        *result = rescued;
    }
}

/// The lines of a JSON-LD body, which may be text or HTML.
fn embedded_lines(body: &str) -> Vec<Line> {
    let marked = body.contains('<') && body.contains('>') || body.contains("&#") || body.contains("&lt;");
    if !marked {
        return body.lines().map(Line::plain).filter(|line| !line.text.is_empty()).collect();
    }
    let Ok(parsed) = parse_fragment(guard::cut(body, EMBEDDED_BYTES), EMBEDDED_DEPTH) else { return Vec::new() };
    let tree = Tree::of(&parsed);
    let mut cuts = prune::Cuts::none(&tree);
    prune::hard(&tree, &mut cuts);
    let everything = blocks::gather(&tree, 0, &cuts.cut);
    let prose = score::prose(&tree, &everything);
    prune::named(&tree, &prose, &[], &mut cuts);
    blocks::gather(&tree, 0, &cuts.cut).into_iter().map(Line::from).collect()
}

/// Whether any of a few samples of one text stands in the other.
fn shares_text(embedded_text: &[Line], shown: &[Line]) -> bool {
    let skeleton = |lines: &[Line]| -> Vec<char> {
        lines.iter().flat_map(|line| shape::skeleton(&line.text).chars().collect::<Vec<_>>()).collect()
    };
    let shown: String = skeleton(shown).into_iter().collect();
    let embedded_text = skeleton(embedded_text);
    (0..8).any(|part| {
        let from = embedded_text.len() * part / 8;
        let sample: String = embedded_text[from..(from + 24).min(embedded_text.len())].iter().collect();
        shown.contains(&sample)
    })
}

fn assemble(address: Option<&Url>, said: Metadata, mut result: Cleaned) -> Extracted {
    trim_removed(&mut result.removed);
    let text = result.text();
    let byline = if said.byline.is_empty() { result.signed.into_iter().collect() } else { said.byline };
    Extracted {
        url: address.cloned(),
        canonical: said.canonical,
        title: into_nfc(said.title),
        byline: byline.into_iter().map(into_nfc).collect(),
        published: said.published,
        modified: said.modified,
        lang: said.lang,
        site: said.site.map(into_nfc),
        image: said.image,
        source_url: result.source.url.clone(),
        source_name: result.source.name.clone().map(into_nfc),
        alternates: said.alternates,
        amp: said.amp,
        text: into_nfc(text),
        captions: result.captions.into_iter().map(into_nfc).collect(),
        removed: result.removed,
    }
}

/// An empty article at an address.
fn metadata_of_text(address: Option<&Url>) -> Extracted {
    Extracted { url: address.cloned(), ..Extracted::default() }
}

fn trim_removed(removed: &mut Vec<Removed>) {
    removed.truncate(REMOVED_PIECES);
    for piece in removed {
        if let Some((end, _)) = piece.text.char_indices().nth(REMOVED_CHARS) {
            piece.text.truncate(end);
            piece.text.push('…');
        }
    }
}
