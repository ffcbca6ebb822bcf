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
    let word: String =
        head.trim_end_matches('.').chars().rev().take_while(|sign| sign.is_alphanumeric() || *sign == '.').collect();
    let letters = word.chars().count();
    let capital = word.chars().last().is_some_and(char::is_uppercase);
    let number = !word.is_empty() && word.chars().all(|sign| sign.is_ascii_digit());
    letters == 1 || (capital && letters <= 3) || word.contains('.') || (number && letters <= 2)
}

/// The sentences of one line.
fn of_line<'a>(line: &'a str, out: &mut Vec<&'a str>) {
    let signs: Vec<(usize, char)> = line.char_indices().collect();
    let (mut start, mut heavy, mut place) = (0, 0, 0);
    while place < signs.len() {
        let (at, sign) = signs[place];
        heavy += weight(sign);
        let mut end = place + 1;
        while end < signs.len()
            && (closes(signs[end].1) || ends_before_space(signs[end].1) || ends_always(signs[end].1))
        {
            end += 1;
        }
        let after = signs.get(end).map_or(line.len(), |(index, _)| *index);
        let spaced = signs.get(end).is_none_or(|(_, next)| next.is_whitespace());
        let beyond = signs[end.min(signs.len())..].iter().map(|(_, next)| *next).find(|next| next.is_alphanumeric());
        let head = &line[start..at + sign.len_utf8()];
        let ends = ends_always(sign)
            || (ends_before_space(sign) && spaced && !(sign == '.' && abbreviates(head, beyond)))
            || (sign == ' ' && heavy >= SPACED && place > 0 && without_stops(signs[place - 1].1))
            || (heavy >= LONG && (ends_clause(sign) || sign.is_whitespace()));
        if ends && heavy >= SHORT {
            out.push(line[start..after].trim());
            start = after;
            heavy = 0;
            place = end;
        } else {
            place += 1;
        }
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
