//! Two versions side by side: what one of them lacks stands alone in its row, and numbers and names that the
//! other does not have stand in brackets.
//!
//! In a wide window the versions are two columns, in a narrow one they stand below one another. Colour
//! repeats what the brackets and the words say.

use super::headline::{count, tag};
use super::inert::inert;
use super::json::{in_one_line, rounded};
use super::table::{Style, painted};
use samestory_model::{Aligned, AlignedRow, Differs, DocumentView, Piece};
use serde_json::{Value, json};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Cells from which on two columns are easier to read than two paragraphs.
const TWO_COLUMNS: usize = 100;
/// Cells between the columns: a mark with space around it.
const GUTTER: usize = 3;

/// Signs of one side, each with whether it is in brackets.
fn signs(pieces: &[Piece]) -> Vec<(char, bool)> {
    let mut out = Vec::new();
    for piece in pieces {
        let differs = piece.differs.is_some();
        let text = inert(&piece.text);
        if differs {
            out.push(('[', true));
        }
        out.extend(text.chars().map(|sign| (sign, differs)));
        if differs {
            out.push((']', true));
        }
    }
    out
}

/// Lines of at most so many cells: broken at spaces, or anywhere in scripts without them.
fn wrapped(signs: &[(char, bool)], cells: usize) -> Vec<&[(char, bool)]> {
    let (mut lines, mut start, mut used, mut space) = (Vec::new(), 0, 0, None);
    let mut at = 0;
    while at < signs.len() {
        let wide = signs[at].0.width().unwrap_or(0);
        if signs[at].0 == ' ' {
            space = Some(at);
        }
        if used + wide > cells && at > start {
            let (end, next) = match space {
                Some(place) if place > start => (place, place + 1),
                _ => (at, at),
            };
            lines.push(&signs[start..end]);
            (start, at, used, space) = (next, next, 0, None);
            continue;
        }
        used += wide;
        at += 1;
    }
    if start < signs.len() {
        lines.push(&signs[start..]);
    }
    lines
}

/// One line with its colours, and the cells that it takes.
fn drawn(line: &[(char, bool)], colour: &str, style: &Style) -> (String, usize) {
    let mut out = String::new();
    let cells = line.iter().map(|(sign, _)| sign.width().unwrap_or(0)).sum();
    for run in line.chunk_by(|a, b| a.1 == b.1) {
        let text: String = run.iter().map(|(sign, _)| *sign).collect();
        let code = if run[0].1 { "1;33" } else { colour };
        out.push_str(&if code.is_empty() { text } else { painted(&text, code, style) });
    }
    (style.isolated(&out), cells)
}

fn head(view: &DocumentView) -> [String; 2] {
    [format!("{}  {}  {}", tag(view.lang), view.document, inert(&view.source)), inert(&view.title)]
}

fn plain(text: &str) -> Vec<(char, bool)> {
    text.chars().map(|sign| (sign, false)).collect()
}

/// Two columns; the gutter says which side stands alone.
fn columns(left: &[(char, bool)], right: &[(char, bool)], mark: &str, colour: &str, style: &Style) -> String {
    let cells = (style.width - GUTTER) / 2;
    let (ours, theirs) = (wrapped(left, cells), wrapped(right, cells));
    let mut out = String::new();
    for place in 0..ours.len().max(theirs.len()) {
        let (one, used) = drawn(ours.get(place).copied().unwrap_or_default(), colour, style);
        let (other, _) = drawn(theirs.get(place).copied().unwrap_or_default(), colour, style);
        let mark = if place == 0 { mark } else { " " };
        let line = format!("{one}{} {mark} {other}", " ".repeat(cells.saturating_sub(used)));
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// One side below a label.
fn paragraph(label: &str, signs: &[(char, bool)], colour: &str, style: &Style) -> String {
    let indent = label.width() + 2;
    let mut out = String::new();
    for (place, line) in wrapped(signs, style.width.saturating_sub(indent).max(20)).into_iter().enumerate() {
        let label = if place == 0 { label.to_owned() } else { " ".repeat(label.width()) };
        out.push_str(&format!("{label}  {}\n", drawn(line, colour, style).0));
    }
    out
}

fn row(row: &AlignedRow, aligned: &Aligned, style: &Style) -> String {
    let (left, right) = (signs(&row.left), signs(&row.right));
    let colour = if row.is_matched() { "" } else { "36" };
    if style.width >= TWO_COLUMNS {
        let mark = match (left.is_empty(), right.is_empty()) {
            (false, true) => "<",
            (true, false) => ">",
            _ => " ",
        };
        return columns(&left, &right, mark, colour, style);
    }
    let label =
        |view: &DocumentView| if row.is_matched() { tag(view.lang) } else { format!("only {}", tag(view.lang)) };
    let mut out = String::new();
    for (side, view) in [(&left, &aligned.left), (&right, &aligned.right)] {
        if !side.is_empty() {
            out.push_str(&paragraph(&label(view), side, colour, style));
        }
    }
    out
}

/// What was found, in words.
fn summary(aligned: &Aligned) -> String {
    let (left, right) = (aligned.only_left(), aligned.only_right());
    let matched = aligned.rows.len() - left - right;
    let (one, other) = (tag(aligned.left.lang), tag(aligned.right.lang));
    let sides = if one == other { ["left".to_owned(), "right".to_owned()] } else { [one, other] };
    let mut out = format!(
        "{matched} in both, {left} only in {}, {right} only in {}; in brackets: {} and {} that the other lacks",
        sides[0],
        sides[1],
        count(aligned.marks(Differs::Number), "number", "numbers"),
        count(aligned.marks(Differs::Name), "name", "names")
    );
    if aligned.cut {
        out.push_str("; only the beginning of a long text was compared");
    }
    out
}

/// Two versions for a terminal.
pub fn compared(aligned: &Aligned, style: &Style) -> String {
    let heads = [head(&aligned.left), head(&aligned.right)];
    let mut out = String::new();
    for [one, other] in heads[0].iter().zip(&heads[1]).map(|pair| [plain(pair.0), plain(pair.1)]) {
        if style.width >= TWO_COLUMNS {
            out.push_str(&columns(&one, &other, " ", "1", style));
        }
    }
    if style.width < TWO_COLUMNS {
        for (view, head) in [&aligned.left, &aligned.right].into_iter().zip(&heads) {
            out.push_str(&paragraph(&tag(view.lang), &plain(&head[1]), "1", style));
            out.push_str(&paragraph(&" ".repeat(tag(view.lang).width()), &plain(&head[0]), "2", style));
        }
    }
    for line in &aligned.rows {
        out.push('\n');
        out.push_str(&row(line, aligned, style));
    }
    out.push('\n');
    for line in wrapped(&plain(&summary(aligned)), style.width.max(20)) {
        out.extend(line.iter().map(|(sign, _)| sign));
        out.push('\n');
    }
    out
}

fn side(view: &DocumentView) -> Value {
    json!({
        "document": view.document.to_string(),
        "url": view.url,
        "source": view.source,
        "lang": view.lang.map(|lang| lang.to_string()),
        "title": view.title,
        "published": view.published.map(|time| time.to_string()),
    })
}

fn pieces(pieces: &[Piece]) -> Value {
    let text: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
    if text.is_empty() {
        return Value::Null;
    }
    let differs: Vec<Value> =
        pieces.iter().filter_map(|piece| piece.differs.map(|kind| json!({"kind": kind, "text": piece.text}))).collect();
    json!({"text": text, "differs": differs})
}

/// Two versions as one object: a row has a null where that version lacks what the other says.
pub fn compared_json(aligned: &Aligned) -> String {
    let rows: Vec<Value> = aligned
        .rows
        .iter()
        .map(|row| {
            json!({
                "left": pieces(&row.left),
                "right": pieces(&row.right),
                "likeness": row.likeness.map(rounded),
            })
        })
        .collect();
    let out = json!({
        "left": side(&aligned.left),
        "right": side(&aligned.right),
        "only_left": aligned.only_left(),
        "only_right": aligned.only_right(),
        "cut": aligned.cut,
        "rows": rows,
    });
    in_one_line(&out)
}
