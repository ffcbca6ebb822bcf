//! Two versions of an article side by side: what one of them left out, and numbers and names that differ.

use super::super::address::link;
use super::super::feed_place::cut;
use super::super::headline::count;
use super::super::inert::inert;
use super::{ROOM, direction, headed, page, tag};
use maud::{Markup, PreEscaped, html};
use samestory_model::{Aligned, Differs, DocumentView, Piece, StoryId};

fn pieces(pieces: &[Piece], of: &DocumentView) -> Markup {
    html! {
        div lang=(tag(of.lang)) dir=(direction(of.lang)) {
            @for piece in pieces {
                @match piece.differs {
                    None => (inert(&piece.text)),
                    Some(Differs::Number) => mark title="a number that the other version lacks" { (inert(&piece.text)) },
                    Some(Differs::Name) => mark title="a name that the other version lacks" { (inert(&piece.text)) },
                }
            }
        }
    }
}

fn head(version: &DocumentView) -> Markup {
    html! {
        div {
            p.facts { bdi { (cut(&version.source, 80)) } " · " (tag(version.lang)) }
            @if let Some(url) = link(&version.url) {
                a href=(url) rel="noreferrer" { (headed(&version.title, version.lang)) }
            } @else { (headed(&version.title, version.lang)) }
        }
    }
}

/// The page of a comparison of two versions of a story.
pub fn compare_page(aligned: &Aligned, story: StoryId) -> String {
    let (mut rows, mut left_out) = (String::new(), 0);
    for row in &aligned.rows {
        let one = html! {
            div.row.lone[!row.is_matched()] {
                @if row.left.is_empty() { div.none { "not in this version" } } @else { (pieces(&row.left, &aligned.left)) }
                @if row.right.is_empty() { div.none { "not in this version" } } @else { (pieces(&row.right, &aligned.right)) }
            }
        };
        let one = one.into_string();
        if rows.len() + one.len() > ROOM {
            left_out += 1;
        } else {
            rows.push_str(&one);
        }
    }
    let said = |of: &DocumentView, number: usize| {
        format!("{} only in {}", count(number, "sentence stands", "sentences stand"), tag(of.lang))
    };
    let marks = |kind| aligned.marks(kind);
    let whole = html! {
        h1 { "What each version left out" }
        p { a href={ "../../story/" (story) ".html" } { "The story" } }
        p.facts {
            (said(&aligned.left, aligned.only_left())) "; " (said(&aligned.right, aligned.only_right())) "; "
            (count(marks(Differs::Number), "number", "numbers")) " and "
            (count(marks(Differs::Name), "name", "names")) " without a counterpart, marked. "
            "Sentences are paired by their meaning, which errs at times."
        }
        div.row.heads { (head(&aligned.left)) (head(&aligned.right)) }
        (PreEscaped(rows))
        @if aligned.cut { p { "Only the beginning was compared: a text is very long." } }
        @if left_out > 0 { p { (left_out) " more rows did not fit this page: samestory show --compare" } }
    };
    page("Two versions · samestory", "../../", "", whole)
}
