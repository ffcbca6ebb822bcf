//! Finds the article in plain text: a page that was saved or pasted, with its leftovers and no tags.
//!
//! Works without knowing the language. Every line has a value: running text adds what it says,
//! labels, headlines, counters and lines of one sign take away; the article is the run of lines
//! with the largest sum. Subheads and short quotes between paragraphs stay, because the paragraphs
//! around them outweigh them; lists of headlines fall off both ends. A source line ends the text
//! for certain. Among the lines before the text, the one that shares most with it is the title.

use super::blocks::Kind;
use super::clean::{self, Cleaned};
use super::ending;
use super::lines::{self, Line};
use super::repeated::Repeated;
use super::shape;
use super::{guard, metadata_of_text};
use samestory_model::dates::{Found, Habit};
use samestory_model::{Extracted, Removed, RemovedWhy};
use std::collections::HashSet;
use url::Url;

/// Bytes of a text that headlines are compared with: each sign of it costs a short string.
const COMPARED: usize = 200_000;

/// Reads a text; the caller has checked that it is one.
pub(super) fn read(text: &str, address: Option<&Url>, repeated: &Repeated) -> Extracted {
    let mut lines: Vec<Line> =
        paragraphs(text).iter().map(|line| Line::plain(line)).filter(|line| !line.text.is_empty()).collect();
    let mut out = Cleaned::default();
    clean::cut_at_source(&mut lines, address, &mut out);
    let sourced = !out.removed.is_empty();
    let tail = std::mem::take(&mut out.removed);
    let (start, end) = window(&lines, sourced, repeated);
    let after: Vec<Line> = lines.split_off(end);
    let mut body = lines.split_off(start);
    let mut head = lines;

    let mut extracted = metadata_of_text(address);
    // A headline that asks or exclaims reads as a sentence: it stands first in the run.
    let asks = body.len() > 1 && is_loud(&body[0]) && body[1].weight > body[0].weight;
    if asks {
        head.push(body.remove(0));
    }
    let title_at = title(&head, &body, repeated);
    if asks && title_at != Some(head.len() - 1) {
        body.extend(head.pop());
        body.rotate_right(1);
    }
    let mut titles = Vec::new();
    for (at, line) in head.into_iter().enumerate() {
        let why = if Some(at) == title_at {
            extracted.title.clone_from(&line.text);
            titles.push(line.text);
            continue;
        } else if repeated.contains(&line.text) {
            RemovedWhy::Repeated
        } else if let Some(found) = lines::date_line(&line.text, false) {
            dated(&mut extracted, &line.text, found);
            RemovedWhy::Byline
        } else if lines::is_caption(&line.text) || title_at.is_some_and(|title| at > title && line.weight > 40) {
            out.captions.push(line.text.clone());
            RemovedWhy::Caption
        } else {
            RemovedWhy::Navigation
        };
        out.remove(why, line.text);
    }
    if extracted.title.is_empty() && opens_with_title(&body) {
        let first = body.remove(0);
        extracted.title = first.text;
        titles.push(extracted.title.clone());
    }
    clean::sweep(body, &titles, &[], repeated, &mut out);
    for line in after {
        let why = if repeated.contains(&line.text) { RemovedWhy::Repeated } else { ending::tail_reason(&line) };
        out.remove(why, line.text);
    }
    out.removed.extend(tail.into_iter().map(|removed: Removed| {
        let why = if removed.why != RemovedWhy::Source && repeated.contains(&removed.text) {
            RemovedWhy::Repeated
        } else {
            removed.why
        };
        Removed { why, ..removed }
    }));
    extracted.text = out.text();
    extracted.captions = out.captions;
    extracted.removed = out.removed;
    extracted.source_url = out.source.url;
    let outlet = extracted.site.take();
    extracted.source_name = out.source.name.or_else(|| outlet.clone().filter(|_| extracted.source_url.is_some()));
    if extracted.source_url.is_none() {
        extracted.site = outlet;
    }
    extracted
}

/// The text's paragraphs: its lines, or, where lines were wrapped at a width, the runs between
/// empty lines.
fn paragraphs(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let full: Vec<usize> =
        lines.iter().filter(|line| !line.trim().is_empty()).map(|line| line.chars().count()).collect();
    let longest = full.iter().copied().max().unwrap_or(0);
    let near = full.iter().filter(|&&length| length + 16 >= longest).count();
    let broken = lines
        .windows(2)
        .filter(|two| {
            two[0].chars().count() + 16 >= longest && !two[1].trim().is_empty() && !shape::ends_as_sentence(two[0])
        })
        .count();
    let wrapped =
        (50..=100).contains(&longest) && full.len() >= 6 && near * 2 >= full.len() && broken * 3 >= full.len();
    if !wrapped {
        return lines.into_iter().map(str::to_owned).collect();
    }
    let mut out = vec![String::new()];
    let mut previous_full = false;
    for line in lines {
        let last = out.last_mut().expect("never empty");
        if line.trim().is_empty() {
            out.push(String::new());
            previous_full = false;
        } else if previous_full && !lines::list_mark(line.trim_start()) {
            last.push(' ');
            last.push_str(line.trim());
            previous_full = line.chars().count() + 20 >= longest;
        } else {
            out.push(line.trim().to_owned());
            previous_full = line.chars().count() + 20 >= longest;
        }
    }
    out
}

/// What a line adds to the run of lines that holds it.
fn value(line: &Line, repeated: &Repeated) -> f32 {
    let weight = line.weight as f32;
    if lines::is_divider(&line.text) {
        return -60.0;
    }
    if repeated.contains(&line.text) {
        return -40.0;
    }
    if shape::is_counter(&line.text) {
        return -90.0;
    }
    if lines::is_caption(&line.text) {
        return -10.0;
    }
    if line.prose {
        return if is_loud(line) { 5.0 } else { weight.min(400.0) };
    }
    if lines::date_line(&line.text, false).is_some() {
        return -15.0;
    }
    if shape::ends_as_sentence(&line.text) && line.weight >= 8 {
        return 4.0;
    }
    if line.kind == Kind::Item {
        return -3.0;
    }
    -(14.0 + weight.min(110.0) * 0.45)
}

/// Whether a line is one question or exclamation, as headlines are.
fn is_loud(line: &Line) -> bool {
    let end = line.text.trim_end_matches(shape::is_closer);
    line.weight < 130 && end.ends_with(['?', '!', '？', '！', '؟', '…']) && shape::sentences(&line.text) <= 1
}

/// The run of lines with the largest sum: first index and index after the last.
fn window(lines: &[Line], sourced: bool, repeated: &Repeated) -> (usize, usize) {
    let mut best = (0usize, 0usize, 0f32);
    let (mut start, mut sum) = (0usize, 0f32);
    for (at, line) in lines.iter().enumerate() {
        if sum <= 0.0 {
            start = at;
            sum = 0.0;
        }
        sum += value(line, repeated);
        if sum > best.2 {
            best = (start, at + 1, sum);
        }
    }
    let (start, mut end, sum) = best;
    if sum <= 0.0 {
        // Nothing reads as prose: all of it, or a bare headline.
        return (usize::from(lines.len() > 1), lines.len());
    }
    if sourced {
        end = lines.len();
    }
    // List items right after the text belong to it; labels and headlines do not bear list marks.
    while !sourced && end < lines.len() && lines[end].kind == Kind::Item && !lines::is_divider(&lines[end].text) {
        end += 1;
    }
    (start, end)
}

fn is_headline(line: &Line) -> bool {
    (12..=260).contains(&line.weight) && shape::sentences(&line.text) <= 1 && line.kind != Kind::Item
}

/// Whether the first line is a headline and not the first paragraph of a text without one.
fn opens_with_title(body: &[Line]) -> bool {
    let [first, second, ..] = body else { return false };
    is_headline(first) && (!first.prose || is_loud(first) || first.weight <= 90 && second.weight >= 2 * first.weight)
}

/// Which line of the head is the title.
fn title(head: &[Line], body: &[Line], repeated: &Repeated) -> Option<usize> {
    let text: String = body.iter().take(12).map(|line| line.text.as_str()).collect::<Vec<_>>().join(" ");
    let known = pieces(guard::cut(&text, COMPARED));
    let mut best: Option<(usize, f32)> = None;
    for (at, line) in head.iter().enumerate() {
        let usable = is_headline(line)
            && !lines::is_caption(&line.text)
            && !shape::is_counter(&line.text)
            && lines::date_line(&line.text, false).is_none();
        if !usable {
            continue;
        }
        let own = pieces(&line.text);
        let shared = own.iter().filter(|piece| known.contains(*piece)).count() as f32 / own.len().max(1) as f32;
        let dated = (at + 1..head.len().min(at + 3)).any(|next| lines::date_line(&head[next].text, false).is_some());
        let after_date =
            (at.saturating_sub(3)..at).any(|earlier| lines::date_line(&head[earlier].text, false).is_some());
        // What it shares with the text counts most: a paper's motto stands before the date as well.
        // A site's header repeats, and so does a headline that other pages list beside theirs.
        let again = if repeated.contains(&line.text) { 0.3 } else { 0.0 };
        let score = 2.0 * shared - again + if dated { 0.25 } else { 0.0 } - if after_date { 0.1 } else { 0.0 }
            + (line.weight.min(60) as f32) / 300.0;
        if best.is_none_or(|(_, most)| score > most) {
            best = Some((at, score));
        }
    }
    best.map(|(at, _)| at)
}

/// Short runs of signs, by which two texts of one language and subject are alike.
fn pieces(text: &str) -> HashSet<String> {
    let signs: Vec<char> = text.chars().filter(|sign| sign.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let wide = signs.iter().filter(|sign| shape::sign_weight(**sign) > 1).count() * 2 > signs.len();
    signs.windows(if wide { 2 } else { 5 }).map(|run| run.iter().collect()).collect()
}

/// Takes date and outlet out of a line such as `Báo Nhân Dân25/11/2025`.
fn dated(extracted: &mut Extracted, line: &str, found: Found) {
    if extracted.published.is_none() {
        extracted.published = found.instant(Habit::default());
    }
    let outlet = line[..found.start].trim().trim_end_matches(['|', '-', '–', '—', ',', '·', '•', '/']).trim();
    if extracted.site.is_none()
        && (3..=40).contains(&shape::weight(outlet))
        && !outlet.chars().any(char::is_numeric)
        && !outlet.contains(',')
    {
        extracted.site = Some(outlet.to_owned());
    }
}
