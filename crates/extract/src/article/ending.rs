//! Ends a text: takes short lines off its end and says why each goes, but leaves a list that belongs to the text.

use super::blocks::Kind;
use super::byline;
use super::clean::Cleaned;
use super::lines::{self, Line};
use super::shape;
use samestory_model::RemovedWhy;

/// Why a line after the end of the text is none of it.
pub(super) fn tail_reason(line: &Line) -> RemovedWhy {
    if shape::is_counter(&line.text) {
        RemovedWhy::Comments
    } else if lines::is_divider(&line.text) {
        RemovedWhy::Navigation
    } else if line.weight <= 30 {
        RemovedWhy::Label
    } else {
        RemovedWhy::Related
    }
}

/// The last line of a list that the text announces ("The winners:") or that is one by its form: three paragraphs or
/// more below the text, none a link, all with the same sign between their parts.
fn listed(lines: &[Line], last: usize) -> usize {
    let plain = |line: &Line| line.kind == Kind::Paragraph && line.link_share == 0.0;
    let tail = &lines[last + 1..];
    let run = tail.iter().take_while(|line| plain(line)).count();
    let announced = run >= 2 && tail[0].text.ends_with([':', '：']);
    // A refrain, the last time.
    let stood = |line: &&Line| plain(line) && lines[..=last].iter().any(|other| other.text == line.text);
    let again = tail.iter().take(2).take_while(stood).count();
    let run_of = |mark: &str| tail[..run].iter().take_while(|line| line.text.contains(mark)).count();
    let alike = [" – ", " — ", " - ", ": ", "：", ", "].into_iter().map(run_of).max().unwrap_or(0);
    if announced {
        last + run
    } else if alike >= 3 {
        last + alike
    } else {
        last + again
    }
}

/// Takes short lines that are no sentences off the end, and headings that head nothing.
pub(super) fn trim_end(out: &mut Cleaned) {
    let Some(last) = out.lines.iter().rposition(|line| {
        line.prose
            || matches!(line.kind, Kind::Item | Kind::Cell)
            || line.weight > 60
            || shape::ends_as_sentence(&line.text)
    }) else {
        return;
    };
    let last = listed(&out.lines, last);
    for (place, line) in out.lines.split_off(last + 1).into_iter().enumerate() {
        let signs = place == 0 && line.kind == Kind::Paragraph && line.link_share == 0.0 && out.signed.is_none();
        out.signed = out.signed.take().or_else(|| signs.then(|| byline::signature(&line.text)).flatten());
        let why = if signs && out.signed.is_some() { RemovedWhy::Byline } else { tail_reason(&line) };
        out.remove(why, line.text);
    }
}
