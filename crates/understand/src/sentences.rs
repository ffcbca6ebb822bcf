//! Cuts a text into sentences in any script.
//!
//! Promises: nothing is lost, order is kept, a line break always ends a sentence. Very short
//! sentences join their successor and very long ones are cut at a clause, because what is compared
//! later are vectors of a handful of words to a few dozen. Thai, Lao and Khmer put spaces where
//! others put full stops, so there a space ends a piece once it is long enough.

/// Letters and digits below which a sentence joins the next one of its line.
const SHORT: usize = 14;
/// Letters and digits above which a sentence is cut at a clause; wide scripts count double.
const LONG: usize = 260;
/// Letters after which a space ends a piece in scripts that write no full stop.
const SPACED: usize = 70;

/// Signs from which a sentence is cut wherever it stands: no clause of any script is so long.
const WHOLE: usize = 8000;
/// Signs of a word, or of a row of full stops, that are looked at.
const WORD: usize = 64;

fn ends_always(sign: char) -> bool {
    matches!(sign, '。' | '！' | '？' | '｡' | '।' | '॥' | '։' | '።' | '፧' | '།' | '؟' | '۔' | '။' | '។' | '…')
}

fn ends_before_space(sign: char) -> bool {
    matches!(sign, '.' | '!' | '?')
}

fn ends_clause(sign: char) -> bool {
    matches!(sign, ',' | ';' | ':' | '，' | '、' | '；' | '：' | '،' | '؛' | '–' | '—' | '၊')
}

fn closes(sign: char) -> bool {
    matches!(sign, '"' | '\'' | '”' | '’' | '»' | '«' | '“' | ')' | ']' | '」' | '』' | '）' | '】')
}

fn without_stops(sign: char) -> bool {
    matches!(u32::from(sign), 0x0E00..=0x0EFF | 0x1780..=0x17FF)
}

/// Letters and digits, with signs of wide scripts counted twice.
fn weight(sign: char) -> usize {
    match u32::from(sign) {
        0x1100..=0x11FF | 0x2E80..=0x9FFF | 0xAC00..=0xD7AF | 0xF900..=0xFAFF => 2,
        _ => usize::from(sign.is_alphanumeric()),
    }
}

/// Whether the full stop at the end of `head` belongs to an abbreviation, an initial or a number.
fn abbreviates(head: &str, next: Option<char>) -> bool {
    if next.is_some_and(char::is_lowercase) {
        return true;
    }
    if head.bytes().rev().take_while(|byte| *byte == b'.').take(WORD + 1).count() > WORD {
        return false;
    }
    let signs = head.trim_end_matches('.').chars().rev();
    let word: String = signs.take_while(|sign| sign.is_alphanumeric() || *sign == '.').take(WORD).collect();
    let letters = word.chars().count();
    let capital = word.chars().last().is_some_and(char::is_uppercase);
    let number = !word.is_empty() && word.chars().all(|sign| sign.is_ascii_digit());
    letters == 1 || (capital && letters <= 3) || word.contains('.') || (number && letters <= 2)
}

/// Byte of the first sign from `from` on that fits; `known` is what was found from an earlier byte on.
fn first(line: &str, from: usize, known: &mut usize, fits: impl Fn(char) -> bool) -> usize {
    if *known < from {
        *known = line[from..].find(fits).map_or(line.len(), |found| from + found);
    }
    *known
}

/// The sentences of one line. Costs one walk over it: what is looked for ahead is looked for once.
fn of_line<'a>(line: &'a str, out: &mut Vec<&'a str>) {
    let sign_at = |at: usize| line[at..].chars().next();
    let belongs = |sign: char| closes(sign) || ends_before_space(sign) || ends_always(sign);
    let (mut start, mut heavy, mut signs, mut at) = (0, 0, 0, 0);
    let (mut closed, mut letter) = (0, 0);
    while let Some(sign) = sign_at(at) {
        heavy += weight(sign);
        signs += 1;
        let next = at + sign.len_utf8();
        let after = first(line, next, &mut closed, |sign| !belongs(sign));
        let spaced = || sign_at(after).is_none_or(char::is_whitespace);
        let mut abbreviated = || {
            let beyond = sign_at(first(line, after, &mut letter, char::is_alphanumeric));
            sign == '.' && abbreviates(&line[start..next], beyond)
        };
        let stopless = || line[..at].chars().next_back().is_some_and(without_stops);
        let ends = ends_always(sign)
            || (ends_before_space(sign) && spaced() && !abbreviated())
            || (sign == ' ' && heavy >= SPACED && stopless())
            || (heavy >= LONG && (ends_clause(sign) || sign.is_whitespace()));
        let cut = if ends && heavy >= SHORT {
            after
        } else if signs >= WHOLE {
            next
        } else {
            at = next;
            continue;
        };
        out.push(line[start..cut].trim());
        (start, at) = (cut, cut);
        (heavy, signs) = (0, 0);
    }
    let rest = line[start..].trim();
    if rest.chars().any(char::is_alphanumeric) {
        out.push(rest);
    }
}

/// The sentences of a text, in order.
pub fn sentences(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    for line in text.lines() {
        of_line(line.trim(), &mut out);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::sentences;

    #[test]
    fn full_stops_of_every_script_end_a_sentence() {
        assert_eq!(sentences("Die Brücke war gesperrt. Am Abend kam die Feuerwehr.").len(), 2);
        assert_eq!(sentences("橋は午後から閉鎖された。夕方には消防隊が到着した。").len(), 2);
        assert_eq!(sentences("पुल दोपहर से बंद कर दिया गया था। शाम को दमकल पहुँची।").len(), 2);
        assert_eq!(sentences("Мост был закрыт с полудня! Вечером приехали пожарные.").len(), 2);
    }

    #[test]
    fn abbreviations_initials_and_ordinals_do_not() {
        assert_eq!(sentences("Dr. M. Lindqvist sprach am 3. Mai in der Halle z. B. über Wasser.").len(), 1);
        assert_eq!(sentences("Prices rose 4.5 percent in the U.S. last year, Mr. Hale said.").len(), 1);
    }

    #[test]
    fn what_never_ends_is_cut_and_costs_no_more_than_its_length() {
        for part in ["a", "\u{301}", "\"", ". ", "- ", "a. ", ".", "橋"] {
            let text = format!("Abc{}", part.repeat(120_000));
            let began = std::time::Instant::now();
            let cut = sentences(&text);
            assert!(cut.iter().all(|piece| piece.chars().count() <= 130_000 && !piece.is_empty()), "{part:?}");
            assert!(began.elapsed().as_secs() < 10, "{part:?}");
        }
        assert!(sentences(&"a".repeat(100_000)).iter().all(|piece| piece.len() <= super::WHOLE));
    }

    #[test]
    fn nothing_is_lost() {
        let text = "Kurz. Ja! Der zweite Satz ist deutlich länger als der erste. \"Und dann?\", fragte sie. Ende";
        let joined: String = sentences(text).concat().split_whitespace().collect();
        assert_eq!(joined, text.split_whitespace().collect::<String>());
    }

    #[test]
    fn a_text_without_any_stop_is_cut_all_the_same() {
        let long = "wort, ".repeat(200);
        assert!(sentences(&long).iter().all(|piece| piece.len() < 500));
        assert!(sentences(&"ประชาชนจำนวนมากเดินทางมาที่สะพาน ".repeat(20)).len() > 3);
    }
}
