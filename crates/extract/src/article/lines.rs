//! Tells what one line of an article is, by its shape: a caption, a counter, a date line, a label.
//!
//! Shared by pages and plain text, so that both lose the same leftovers. Lists of words only help
//! where a shape alone would be wrong ("Foto: …"); no rule rests on a list alone when the same
//! line can be known by where it stands.

use super::blocks::{Block, Kind};
use super::shape;
use samestory_model::dates::{Found, Habit, prose};
use samestory_model::languages;

/// One line on its way to becoming text.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// Its text.
    pub text: String,
    /// What it says, in Latin letters.
    pub weight: u32,
    /// What it stood in; [`Kind::Bare`] for plain text.
    pub kind: Kind,
    /// Share of it that is links.
    pub link_share: f32,
    /// Whether commas part its links: names in a text, no menu.
    pub listed: bool,
    /// Whether it reads as running text.
    pub prose: bool,
}

impl Line {
    /// A line of plain text.
    pub fn plain(text: &str) -> Self {
        let text = shape::squeeze(text);
        Self {
            weight: shape::weight(&text),
            prose: shape::is_prose(&text),
            kind: if list_mark(&text) { Kind::Item } else { Kind::Bare },
            link_share: 0.0,
            listed: false,
            text,
        }
    }
}

impl From<Block> for Line {
    fn from(block: Block) -> Self {
        Self {
            weight: block.weight,
            prose: block.prose,
            kind: block.kind,
            link_share: block.link_share(),
            listed: block.commas > 0 && block.kind == Kind::Paragraph,
            text: block.text,
        }
    }
}

/// Whether a line begins as a list item does.
pub(super) fn list_mark(text: &str) -> bool {
    let mut signs = text.chars();
    match signs.next() {
        Some('-' | '*' | '•' | '–' | '—' | '·' | '▪' | '●' | '+' | '‣' | '◦' | '→') => {
            signs.next().is_some_and(char::is_whitespace)
        }
        Some(sign) if sign.is_numeric() => {
            let rest = text.trim_start_matches(char::is_numeric);
            text.len() - rest.len() <= 6
                && rest.starts_with([')', '.', '、'])
                && rest.chars().nth(1).is_some_and(char::is_whitespace)
        }
        _ => false,
    }
}

/// Whether a line is a picture's caption or credit.
pub(super) fn is_caption(text: &str) -> bool {
    if text.len() > 1300 || !text.contains([':', '：', '/', '©']) {
        return false;
    }
    let weight = shape::weight(text);
    if weight > 320 {
        return false;
    }
    // "… (Foto: NVCC)": brackets with a short label, a colon and a name close the line.
    let end = text.trim_end_matches(['.', '。', ' ']);
    if let Some(inside) =
        end.strip_suffix([')', '）', ']']).and_then(|rest| rest.rsplit_once(['(', '（', '['])).map(|pair| pair.1)
        && let Some((label, name)) = inside.split_once([':', '：', '/'])
        && shape::weight(label) <= 24
        && shape::weight(name) <= 60
        && !shape::is_signs_only(name)
        && !label.chars().any(char::is_numeric)
    {
        let alone = end.starts_with(['(', '（', '[']);
        // A label that is not known counts only where the bracket is no part of a sentence and what follows is a name.
        let named = name.trim_start().chars().find(|sign| sign.is_alphabetic()).is_none_or(|sign| !sign.is_lowercase());
        let part = !alone && (end.len() < text.trim_end().len() || !named);
        if part && !is_credit_word(label) {
            return false;
        }
        return alone || weight <= 200 && shape::sentences(text) <= 1 || is_credit_word(label);
    }
    if text.starts_with('©') && weight <= 120 {
        return true;
    }
    // "Foto: NVCC" alone or as the end of a short line.
    if let Some((head, name)) = text.rsplit_once([':', '：'])
        && shape::weight(name) <= 50
        && weight <= 260
        && shape::sentences(name) <= 1
    {
        let label = head.rsplit(['.', '。', '(', '|', '!', '?', '-', '–', '—', '/']).next().unwrap_or(head).trim();
        if is_credit_word(label) {
            return true;
        }
        let last = label.split_whitespace().next_back().unwrap_or("");
        return last.len() < label.len() && is_credit_word(last) && weight <= 200 && !shape::is_prose(name);
    }
    false
}

fn is_credit_word(word: &str) -> bool {
    let word = word.trim().to_lowercase();
    let word = word.trim_end_matches('.');
    word == "©" || languages::is_credit(word)
}

/// Whether a line holds little but a date, with the outlet or author run into it, and the day of a change.
pub(super) fn date_line(text: &str, habit: impl Into<Habit>) -> Option<Found> {
    if shape::weight(text) > 110 {
        return None;
    }
    let habit = habit.into();
    let found = prose::find(text, habit)?;
    let mut rest = format!("{} {}", &text[..found.start], &text[found.end..]);
    if let Some(second) = prose::find(&rest, habit) {
        rest.replace_range(second.start..second.end, "");
    }
    let rest = shape::squeeze(&rest);
    let weight = shape::weight(&rest);
    // Dots of abbreviated months look like ends of sentences; then little may be left, and no end of a sentence.
    let fits = if shape::is_prose(text) { weight <= TIMES && !shape::ends_as_sentence(text) } else { weight <= 60 };
    (fits && !shape::is_prose(&rest)).then_some(found)
}

/// Weight of what may stand beside the dates of a line that looks like prose: times, zones, "Updated".
const TIMES: u32 = 40;

/// Whether a line is a label with a colon and a link that is all the rest: "Read also: …" in any language.
pub(super) fn is_labelled_link(line: &Line) -> bool {
    let Some((label, rest)) = line.text.split_once([':', '：']) else { return false };
    let linked = line.weight as f32 * line.link_share;
    let says = |text: &str| -> u32 { text.split_whitespace().map(shape::weight).sum() };
    let label_weight = says(label);
    linked >= 28.0 && line.link_share > 0.4 && label_weight <= 40 && (says(rest) as f32 - linked).abs() <= 2.0
}

/// Whether a line holds only signs (";", "|", "***").
pub(super) fn is_divider(text: &str) -> bool {
    shape::is_signs_only(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captions_are_known_by_brackets_or_by_a_word() {
        for caption in [
            "(Foto: NVCC)",
            "(Qqq: NVCC)",
            "Students at the opening day. (Foto: NVCC)",
            "Quang cảnh buổi lễ. Ảnh: VGP",
            "사진: 연합뉴스",
            "© dpa",
        ] {
            assert!(is_caption(caption), "{caption}");
        }
        for text in [
            "Der Rat sagte am Dienstag: Die Brücke bleibt zu.",
            "Result: 2 to 1",
            "He met the minister (and others) in Rome.",
        ] {
            assert!(!is_caption(text), "{text}");
        }
    }

    #[test]
    fn a_date_line_is_short() {
        assert!(date_line("Báo Nhân Dân25/11/2025", false).is_some());
        assert!(date_line("Nov. 20, 2025, 12:44 PM UTC / Updated Nov. 21, 2025, 1:00 PM UTC", false).is_some());
        assert!(date_line("On 25 November 2025 the bridge was closed.", false).is_none());
        assert!(
            date_line("On 25 November 2025 the council met and decided to close the bridge for a year.", false)
                .is_none()
        );
    }
}
