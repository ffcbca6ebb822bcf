//! Cleans the lines of a chosen article: takes out what is no part of the text and says why.
//!
//! The same steps serve pages and plain text: the source line and all after it, repeated blocks,
//! dividers and counters, captions, the title once more, byline and date lines at the head, link-only
//! lines, doubled lines. Order matters: the source line first, because it says where the text ends.

use super::blocks::Kind;
use super::byline;
use super::ending::tail_reason;
use super::lines::{self, Line};
use super::repeated::Repeated;
use super::shape;
use super::source_line::{self, SourceLine};
use samestory_model::{Removed, RemovedWhy};
use std::collections::{HashMap, HashSet};
use url::Url;

/// What cleaning found beside the text.
#[derive(Debug, Default)]
pub(super) struct Cleaned {
    /// The lines that stay.
    pub lines: Vec<Line>,
    /// What the source line said.
    pub source: SourceLine,
    /// Captions, kept beside the text.
    pub captions: Vec<String>,
    /// What went, in order.
    pub removed: Vec<Removed>,
    /// The name under the text, where one stands there.
    pub signed: Option<String>,
}

impl Cleaned {
    pub fn remove(&mut self, why: RemovedWhy, text: impl Into<String>) {
        self.removed.push(Removed { why, text: text.into() });
    }

    /// The text, one paragraph a line.
    pub fn text(&self) -> String {
        let lines: Vec<&str> = self.lines.iter().map(|line| line.text.as_str()).collect();
        lines.join("\n")
    }

    /// What the text says, in Latin letters.
    pub fn weight(&self) -> u32 {
        self.lines.iter().map(|line| line.weight).sum()
    }
}

/// Share of links from which a short line is no text. Of .70, .85: .9543 and .9536 on `pages-fundus`,
/// .9528 and .9530 on `pages-wcxb_article` (`cargo run -p samestory-tools --bin extract_pages`, then `score_pages.py`).
const LINKED_LINE: f32 = 0.7;

/// Where a text is cut at its source line.
struct Cut {
    /// Index of the line.
    at: usize,
    /// How many lines it takes up: two where a label stands above its address.
    lines: usize,
    found: SourceLine,
    /// Whether everything below is the page's foot.
    ends: bool,
}

/// Finds the source line and takes it out with the boilerplate below it; `page` is where the text stands.
pub(super) fn cut_at_source(lines: &mut Vec<Line>, page: Option<&Url>, out: &mut Cleaned) {
    let prose: Vec<u32> = lines.iter().map(|line| if line.prose { line.weight } else { 0 }).collect();
    let total: u32 = prose.iter().sum();
    // Where the last two paragraphs in a row begin.
    let last_run = prose.windows(2).rposition(|two| two[0] > 0 && two[1] > 0).unwrap_or(0);
    let mut before = 0;
    let mut best: Option<Cut> = None;
    for (at, line) in lines.iter().enumerate() {
        before += prose[at];
        if before == 0 {
            continue;
        }
        let own = prose[at];
        let head = before - own;
        let (found, sure, long) = match source_line::read(&line.text) {
            Some(found) => {
                let sure = found.is_labelled && found.url.is_some() && line.text.contains("://");
                (Some(found), sure, 1)
            }
            None if source_line::is_bare_label(&line.text) => {
                let next = lines.get(at + 1).and_then(|next| source_line::read(&next.text));
                let next = next.filter(|next| next.url.is_some());
                (next.map(|next| SourceLine { is_labelled: true, ..next }), true, 2)
            }
            None => (None, false, 0),
        };
        let Some(found) = found else { continue };
        let after = total - before;
        // A comment counter or a line of one sign says that the page's foot begins.
        let near = || lines[at + 1..].iter().take(4);
        let counted = near().any(|next| shape::is_counter(&next.text));
        let foot = counted || near().any(|next| lines::is_divider(&next.text));
        // Two paragraphs in a row are more of the text: the line above belongs to a chart or a quotation.
        let goes_on = last_run > at;
        if !found.is_labelled {
            let mirrors = found.url.as_ref().is_some_and(|url| source_line::is_mirrors(url, page));
            if !mirrors || goes_on || !foot && page.is_none() {
                continue;
            }
        }
        let enough =
            if sure { foot || after * 5 <= head || !goes_on } else { foot && head > after || after * 6 <= head };
        // A weaker line (a bare address, a name) does not replace a labelled address.
        let better = best.as_ref().is_none_or(|earlier| earlier.found.url.is_none() || sure);
        if head > 0 && enough && better {
            // A divider may part the text as well.
            let ends = counted || foot && (!goes_on || after * 2 <= head);
            best = Some(Cut { at, lines: long, found, ends });
        }
    }
    let Some(Cut { at, lines: long, found, ends }) = best else {
        split_last(lines, out);
        return;
    };
    out.source = found;
    let at = without_signature(lines, at, out);
    let mut tail: Vec<Line> = lines.drain(at..).collect();
    for line in tail.drain(..long.min(tail.len())) {
        out.remove(RemovedWhy::Source, line.text);
    }
    lines.extend(without_foot(tail, ends, out));
}

/// What of the lines below a source line is text: up to the last running text, unless the page's foot begins at once.
fn without_foot(mut tail: Vec<Line>, ends: bool, out: &mut Cleaned) -> Vec<Line> {
    let is_text = |line: &Line| !ends && line.prose && line.link_share < LINKED_LINE;
    let kept = tail.iter().rposition(is_text).map_or(0, |last| last + 1);
    for line in tail.drain(kept..) {
        let why = tail_reason(&line);
        out.remove(why, line.text);
    }
    tail
}

/// Takes out the names under a text, up to two short lines before `end`; returns the new end.
fn without_signature(lines: &mut Vec<Line>, end: usize, out: &mut Cleaned) -> usize {
    let mut from = end;
    while from > 0 && end - from < 2 {
        let line = &lines[from - 1];
        let signs = line.weight <= 40 && !line.prose && line.kind != Kind::Item && !shape::ends_as_sentence(&line.text);
        if !signs {
            break;
        }
        from -= 1;
    }
    // What stands under a short line is a list or a verse, not a text with its author's name.
    if from == 0 || from == end || !lines[from - 1].prose {
        return end;
    }
    for line in lines.drain(from..end) {
        out.signed = out.signed.take().or_else(|| byline::signature(&line.text));
        out.remove(RemovedWhy::Byline, line.text);
    }
    from
}

/// The source that hangs on the last paragraph of prose.
fn split_last(lines: &mut Vec<Line>, out: &mut Cleaned) {
    let Some(last) = lines.iter().rposition(|line| line.prose) else { return };
    let from = last.saturating_sub(2);
    for at in (from..=last).rev() {
        let Some((kept, found)) = source_line::split_off(&lines[at].text) else { continue };
        let kept = kept.to_owned();
        out.source = found;
        let whole = std::mem::replace(&mut lines[at], Line::plain(&kept));
        out.remove(RemovedWhy::Source, whole.text[kept.len()..].trim());
        let tail = lines.drain(at + 1..).collect();
        lines.extend(without_foot(tail, false, out));
        return;
    }
}

/// Cuts what follows the article in the same element: another article with its own headline, or a
/// list of linked headlines with their teasers.
pub(super) fn cut_appended(lines: &mut Vec<Line>, title: &str, out: &mut Cleaned) {
    let total: u32 = lines.iter().filter(|line| line.prose).map(|line| line.weight).sum();
    let own = shape::skeleton(title);
    let linked = |line: &Line| line.link_share > 0.8 && line.weight >= 20;
    let mut before = 0;
    let mut end = lines.len();
    // Where the last two paragraphs in a row begin.
    let last_run = lines.windows(2).rposition(|two| two[0].prose && two[1].prose);
    let mut links_after: usize = lines.iter().filter(|line| linked(line)).count();
    for (at, line) in lines.iter().enumerate() {
        let enough = before >= 400 && before * 4 >= total;
        let headline = line.kind == Kind::Heading(1) && line.link_share > 0.5 && shape::skeleton(&line.text) != own;
        let rest = lines.len() - at;
        let list = linked(line)
            && links_after >= 3
            && links_after * 3 >= rest
            && before * 4 >= total * 3
            && last_run.is_none_or(|run| run < at);
        if enough && (headline || list) {
            end = at;
            break;
        }
        if linked(line) {
            links_after -= 1;
        }
        if line.prose {
            before += line.weight;
        }
    }
    for line in lines.drain(end..) {
        out.remove(RemovedWhy::Related, line.text);
    }
}

/// Short lines that stand three times and more: marks of advertisements and of agencies. A paragraph that comes again
/// is a refrain of the text.
fn often(lines: &[Line]) -> HashSet<String> {
    let mut counts: HashMap<&str, u32> = HashMap::new();
    for line in lines {
        if !line.prose && line.kind == Kind::Bare && line.weight <= 60 {
            *counts.entry(&line.text).or_default() += 1;
        }
    }
    counts.into_iter().filter(|(_, count)| *count >= 3).map(|(text, _)| text.to_owned()).collect()
}

/// Whether a short line at the article's edge names its authors.
fn names_author(line: &Line, authors: &[String]) -> bool {
    line.weight <= 90 && authors.iter().any(|author| author.chars().count() >= 5 && line.text.contains(author.as_str()))
}

/// Whether a line that is no running text is all a link, or a label and a link.
fn is_linked(line: &Line) -> bool {
    line.link_share > LINKED_LINE && !line.listed && !matches!(line.kind, Kind::Heading(_))
        || line.kind == Kind::Paragraph && lines::is_labelled_link(line)
}

/// Which lines are a few bare words between two paragraphs of running text: the mark of an advertisement that is not there.
fn between(lines: &[Line]) -> Vec<bool> {
    let text = |at: usize| lines.get(at).is_some_and(|line| line.prose && line.kind == Kind::Paragraph);
    let mark = |line: &Line| line.kind == Kind::Bare && line.weight <= 18 && !shape::ends_as_sentence(&line.text);
    let is = |at: usize| mark(&lines[at]) && at > 0 && text(at - 1) && text(at + 1);
    (0..lines.len()).map(is).collect()
}

/// Whether a line may be the label of what stands below it.
fn is_label(line: &Line) -> bool {
    !line.prose
        && line.weight <= 40
        && line.link_share == 0.0
        && matches!(line.kind, Kind::Bare | Kind::Paragraph)
        && !shape::ends_as_sentence(&line.text)
}

/// Which lines stand in a list or a table that the text has as its own: fewer than half of its lines are links.
fn own_lists(lines: &[Line]) -> Vec<bool> {
    let mut own = vec![false; lines.len()];
    let mut from = 0;
    while from < lines.len() {
        let kind = lines[from].kind;
        let mut to = from + 1;
        while to < lines.len() && lines[to].kind == kind {
            to += 1;
        }
        if matches!(kind, Kind::Item | Kind::Cell) {
            let linked = lines[from..to].iter().filter(|line| line.link_share > LINKED_LINE).count();
            own[from..to].fill(linked * 2 < to - from);
        }
        from = to;
    }
    own
}

/// Takes out lines that are no text wherever they stand. `titles` are the headlines that the page
/// tells, `authors` the names in its byline.
pub(super) fn sweep(lines: Vec<Line>, titles: &[String], authors: &[String], repeated: &Repeated, out: &mut Cleaned) {
    let often = often(&lines);
    let titles: HashSet<String> =
        titles.iter().map(|title| shape::skeleton(title)).filter(|title| title.len() >= 6).collect();
    let mut seen: HashSet<String> = HashSet::new();
    let mut prose_seen = false;
    // The place under a label that was kept and under the links that went below it, and whether there are any.
    let mut above: Option<usize> = None;
    let mut links_follow = false;
    let count = lines.len();
    let known: Vec<bool> = lines.iter().map(|line| repeated.contains(&line.text)).collect();
    // Articles of one host share the names of their sections ("Introduction"), which head own text.
    let heads: Vec<bool> = (0..count)
        .map(|at| {
            let next = lines.get(at + 1);
            matches!(lines[at].kind, Kind::Heading(_)) && next.is_some_and(|next| next.prose && !known[at + 1])
        })
        .collect();
    let of_text = own_lists(&lines);
    let between = between(&lines);
    for (at, line) in lines.into_iter().enumerate() {
        let key = shape::skeleton(&line.text);
        let why = if known[at] && !heads[at] {
            Some(RemovedWhy::Repeated)
        } else if lines::is_divider(&line.text) {
            Some(RemovedWhy::Navigation)
        } else if shape::is_counter(&line.text) {
            Some(RemovedWhy::Comments)
        } else if lines::is_caption(&line.text) {
            Some(RemovedWhy::Caption)
        } else if titles.contains(&key) {
            Some(RemovedWhy::Title)
        } else if (!prose_seen || at + 3 >= count) && lines::date_line(&line.text, false).is_some()
            || !line.prose && (!prose_seen || at + 6 >= count) && names_author(&line, authors)
        {
            Some(RemovedWhy::Byline)
        } else if between[at] {
            Some(RemovedWhy::Label)
        } else if often.contains(&line.text) {
            Some(RemovedWhy::Repeated)
        } else if !line.prose && is_linked(&line) && !of_text[at] {
            Some(RemovedWhy::Related)
        } else if line.weight >= 30 && !seen.insert(key) {
            Some(RemovedWhy::Repeated)
        } else {
            None
        };
        prose_seen |= line.prose && why.is_none();
        // What stands right above a link that goes is its label ("See also"); a heading may head what comes then.
        match why {
            Some(RemovedWhy::Related) if above == Some(at) => {
                above = Some(at + 1);
                links_follow = true;
            }
            Some(_) => {}
            None => {
                if links_follow {
                    let label = out.lines.pop().expect("what stands above was kept");
                    out.remove(RemovedWhy::Label, label.text);
                }
                links_follow = false;
                above = is_label(&line).then_some(at + 1);
            }
        }
        match why {
            Some(why) => {
                if why == RemovedWhy::Caption {
                    out.captions.push(line.text.clone());
                }
                out.remove(why, line.text);
            }
            None => out.lines.push(line),
        }
    }
}
