//! Reads numbers out of a text, normalised over languages: 4.2 million = 4,2 Millionen = 4,2 triệu.
//!
//! Separators are read by the language's habit where they are ambiguous. Number words other than
//! magnitudes are left out: small numbers tell stories apart too rarely to be worth forty languages.

use super::magnitudes::Beside;
use samestory_model::languages;
use samestory_model::{Lang, Quantity};

/// Most quantities kept of one document.
const MOST: usize = 64;

/// Signs of a text that are looked at; no report is so long.
const LOOKED_AT: usize = 1_000_000;

/// The value of a decimal digit. Khmer digits are no figures: the pair model was trained without them.
fn digit(sign: char) -> Option<i64> {
    let khmer = matches!(sign, '\u{17e0}'..='\u{17e9}');
    languages::digit(sign).filter(|_| !khmer).map(i64::from)
}

/// A run of digits and separators as a value in thousandths; `None` for dates, versions, telephone numbers.
fn value(run: &[char], point: bool) -> Option<f64> {
    // Of 18 digits at most each has one sign beside it.
    if run.len() > 40 {
        return None;
    }
    let mut parts: Vec<(Option<char>, String)> = vec![(None, String::new())];
    for sign in run {
        match digit(*sign) {
            Some(value) => {
                parts.last_mut().expect("never empty").1.push(char::from_digit(value as u32, 10).expect("a digit"));
            }
            None => parts.push((Some(*sign), String::new())),
        }
    }
    let first = &parts[0].1;
    let groups = |from: &[(Option<char>, String)]| {
        !first.is_empty() && first.len() <= 3 && from.iter().all(|part| part.1.len() == 3)
    };
    let whole = |upto: usize| parts[..upto].iter().map(|part| part.1.as_str()).collect::<String>();
    let last = parts.len() - 1;
    let text = if last == 0 {
        first.clone()
    } else {
        let sign = parts[last].0?;
        let decimal_sign = if point { '.' } else { ',' };
        let mixed = last > 1 && parts[1..last].iter().all(|part| part.0 != Some(sign));
        let decimal = matches!(sign, '.' | ',')
            && ((last == 1 && (parts[1].1.len() != 3 || sign == decimal_sign)) || (mixed && groups(&parts[1..last])));
        if decimal {
            format!("{}.{}", whole(last), parts[last].1)
        } else if groups(&parts[1..]) {
            whole(last + 1)
        } else {
            return None;
        }
    };
    (text.len() <= 18).then(|| text.parse().ok()).flatten()
}

/// The minutes that follow an hour, and how many signs they and what stands before them take: 16:30,
/// 4時26分 and 4.26 are one quantity.
fn minutes_of(hour: &[char], after: &str) -> Option<(u32, usize)> {
    let hours = hour.iter().map(|sign| digit(*sign)).try_fold(0, |sum, digit| Some(sum * 10 + digit?))?;
    let after: Vec<char> = after.chars().collect();
    let skip = |from: usize| from + usize::from(after.get(from) == Some(&' '));
    let start = skip(0);
    let rest = &after[start.min(after.len())..];
    let stands = |mark: &str| mark.chars().enumerate().all(|(at, sign)| rest.get(at) == Some(&sign));
    // 4.26 is a decimal already where it is written so.
    let mark = std::iter::once(&":").chain(languages::clock()).find(|mark| stands(mark))?;
    let at = skip(start + mark.chars().count());
    let figures: Vec<i64> = after[at.min(after.len())..].iter().map_while(|sign| digit(*sign)).collect();
    let wide = !mark.is_ascii();
    let fits = hours <= 24 && (figures.len() == 2 || wide && figures.len() == 1);
    let minutes = figures.iter().fold(0, |sum, digit| sum * 10 + digit);
    (fits && minutes < 60).then_some((minutes as u32, at + figures.len()))
}

/// Signs before and after a number that are looked at.
const BESIDE: usize = 32;
/// Currencies whose letters are glued to the number that follows.
const CURRENCIES: [&str; 20] = [
    "rp", "rm", "rs", "ksh", "tsh", "ush", "sh", "kr", "chf", "usd", "eur", "gbp", "idr", "myr", "php", "cny", "rmb",
    "inr", "aed", "ngn",
];

/// Quantities of a text in order of first appearance, without repetition.
pub fn quantities(text: &str, lang: Option<Lang>) -> Vec<Quantity> {
    figures(text, lang).into_iter().map(|(_, quantity)| quantity).collect()
}

/// Where the run of digits and separators that begins at a place ends.
fn end_of_run(signs: &[char], place: usize) -> usize {
    let is_digit = |at: usize| signs.get(at).is_some_and(|sign| digit(*sign).is_some());
    let mut end = place + 1;
    while is_digit(end)
        || (is_digit(end + 1)
            && signs
                .get(end)
                .is_some_and(|sign| matches!(sign, '.' | ',' | '\u{a0}' | '\u{202f}' | '\'' | '’' | '٫' | '٬')))
    {
        end += 1;
    }
    // "4 200" and "12 000": a plain space groups thousands only before exactly three digits.
    let leads = end - place <= 3;
    while leads && signs.get(end) == Some(&' ') && (1..=3).all(|step| is_digit(end + step)) && !is_digit(end + 4) {
        end += 4;
    }
    end
}

/// A number as it stands in a text.
struct Found {
    value: f64,
    percent: bool,
    /// Where its digits end, and where all of it does.
    digits: usize,
    end: usize,
}

/// The text of some signs, lower case.
fn lower(signs: &[char]) -> String {
    signs.iter().flat_map(|sign| sign.to_lowercase()).collect()
}

/// How many of some signs lower case makes a number of bytes of.
fn signs_in(signs: &[char], bytes: usize) -> usize {
    let mut sum = 0;
    let within = |sign: &&char| {
        sum += sign.to_lowercase().map(char::len_utf8).sum::<usize>();
        sum <= bytes
    };
    signs.iter().take_while(within).count()
}

/// The number that begins at a place with all that belongs to it; `None` for what is no quantity.
fn number(signs: &[char], place: usize, point: bool, lang: Option<Lang>) -> Option<Found> {
    let run = |place: usize, end: usize| -> Vec<char> {
        signs[place..end].iter().map(|sign| if *sign == ' ' { '\u{a0}' } else { *sign }).collect()
    };
    let mut end = end_of_run(signs, place);
    let first = run(place, end);
    let mut sum = value(&first, point)?;
    let before = lower(&signs[place.saturating_sub(BESIDE)..place]);
    let after = |end: usize| &signs[end..signs.len().min(end + BESIDE)];
    let mut text = lower(after(end));
    if let Some((minutes, length)) = minutes_of(&first, &text) {
        sum += f64::from(minutes) / 100.0;
        end += length;
        text = lower(after(end));
    }
    let digits = end;
    let decimal = sum.fract() != 0.0;
    if let Some(mut read) = (Beside { before: &before, after: &text, lang, decimal }).magnitude() {
        sum *= 10f64.powi(read.power);
        end += signs_in(after(end), read.length);
        // A smaller magnitude goes on with the number: 5万1238, 4兆6200億, 2 tỷ 300 triệu.
        loop {
            let gap = usize::from(signs.get(end) == Some(&' '));
            if signs.get(end + gap).is_none_or(|sign| digit(*sign).is_none()) {
                break;
            }
            let next = end_of_run(signs, end + gap);
            let rest = lower(after(next));
            let Some(more) = value(&run(end + gap, next), point) else { break };
            let smaller = Beside { before: "", after: &rest, lang, decimal: false }
                .magnitude()
                .filter(|smaller| smaller.length > 0);
            let power = smaller.map_or(0, |smaller| smaller.power);
            let bare = smaller.is_none() && (!read.unspaced || more.fract() != 0.0);
            let total = more * 10f64.powi(power);
            if bare || power >= read.power || total >= 10f64.powi(read.power) || read.length == 0 {
                break;
            }
            sum += total;
            end = next + smaller.map_or(0, |smaller| signs_in(after(next), smaller.length));
            match smaller {
                Some(smaller) => read = smaller,
                None => break,
            }
        }
        text = lower(after(end));
    }
    let percent = Beside { before: &before, after: &text, lang, decimal }.is_percent();
    Some(Found { value: sum, percent, digits, end })
}

/// Whether a number is part of a word or name: A320, but not Rp740.
fn is_glued(signs: &[char], place: usize) -> bool {
    let letters = signs[..place].iter().rev().take_while(|sign| sign.is_ascii_alphabetic()).take(5).count();
    letters > 0 && !CURRENCIES.contains(&lower(&signs[place - letters..place]).as_str())
}

/// Quantities of a text with the digits by which each stands there first.
pub fn figures(text: &str, lang: Option<Lang>) -> Vec<(String, Quantity)> {
    let point = lang.and_then(languages::of).is_some_and(|language| language.decimal_point);
    let signs: Vec<char> = text.chars().take(LOOKED_AT).collect();
    let mut found: Vec<(String, Quantity)> = Vec::new();
    let mut place = 0;
    while place < signs.len() && found.len() < MOST {
        if digit(signs[place]).is_none() {
            place += 1;
            continue;
        }
        let end = end_of_run(&signs, place);
        let number = number(&signs, place, point, lang).filter(|_| !is_glued(&signs, place));
        if let Some(number) = number.as_ref().filter(|number| number.value < 9e15) {
            let quantity = Quantity { thousandths: (number.value * 1000.0).round() as i64, percent: number.percent };
            if found.iter().all(|(_, known)| *known != quantity) {
                found.push((signs[place..number.digits].iter().collect(), quantity));
            }
        }
        place = number.map_or(end, |number| number.end.max(end));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, lang: &str) -> Vec<(f64, bool)> {
        quantities(text, Lang::parse(lang))
            .iter()
            .map(|found| (found.thousandths as f64 / 1000.0, found.percent))
            .collect()
    }

    #[test]
    fn one_quantity_in_seven_languages() {
        for (text, lang) in [
            ("4.2 million people", "en"),
            ("4,2 Millionen Menschen", "de"),
            ("4,2 triệu người", "vi"),
            ("420万人", "ja"),
            ("4,2 млн человек", "ru"),
            ("420만 명", "ko"),
            ("4 200 000 personer", "sv"),
        ] {
            assert_eq!(read(text, lang).first(), Some(&(4_200_000.0, false)), "{text}");
        }
    }

    #[test]
    fn separators_follow_the_language() {
        assert_eq!(read("1.234 Euro", "de"), [(1234.0, false)]);
        assert_eq!(read("1,234 dollars", "en"), [(1234.0, false)]);
        assert_eq!(read("1.234,5 und 1,5", "de"), [(1234.5, false), (1.5, false)]);
        assert_eq!(read("12.5 %", "en"), [(12.5, true)]);
        assert_eq!(read("12,5 phần trăm", "vi"), [(12.5, true)]);
        assert_eq!(read("١٢ مليون", "ar"), [(12_000_000.0, false)]);
    }

    #[test]
    fn a_time_of_day_is_one_quantity_however_it_is_written() {
        for (text, lang) in [
            ("at 16:30", "en"),
            ("午後16時30分", "ja"),
            ("오후 16시 30분", "ko"),
            ("lúc 16 giờ 30", "vi"),
            ("16h30", "fr"),
            ("klockan 16.30", "sv"),
        ] {
            assert_eq!(read(text, lang), [(16.3, false)], "{text}");
        }
        assert_eq!(read("ratio 3:2", "en"), [(3.0, false), (2.0, false)]);
    }

    #[test]
    fn what_is_no_quantity_is_left_out() {
        assert_eq!(read("Version 1.2.3.4, A320", "en"), []);
    }
}
