//! Reads numbers out of a text, normalised over languages: 4.2 million = 4,2 Millionen = 4,2 triệu.
//!
//! Separators are read by the language's habit where they are ambiguous. Number words other than
//! magnitudes are left out: small numbers tell stories apart too rarely to be worth forty languages.

use samestory_model::languages;
use samestory_model::{Lang, Quantity};

/// Most quantities kept of one document.
const MOST: usize = 64;

/// Signs of a text that are looked at; no report is so long.
const LOOKED_AT: usize = 1_000_000;

/// Signs that make a number a percentage; the words of all languages stand in [`lang`].
const PERCENT: [&str; 3] = ["%", "٪", "％"];

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

/// Quantities of a text in order of first appearance, without repetition.
pub fn quantities(text: &str, lang: Option<Lang>) -> Vec<Quantity> {
    figures(text, lang).into_iter().map(|(_, quantity)| quantity).collect()
}

/// Quantities of a text with the digits by which each stands there first.
pub fn figures(text: &str, lang: Option<Lang>) -> Vec<(String, Quantity)> {
    let point = lang.and_then(languages::of).is_some_and(|language| language.decimal_point);
    let signs: Vec<char> = text.chars().take(LOOKED_AT).collect();
    let magnitudes = languages::magnitudes();
    let mut found: Vec<(String, Quantity)> = Vec::new();
    let mut place = 0;
    while place < signs.len() && found.len() < MOST {
        if digit(signs[place]).is_none() {
            place += 1;
            continue;
        }
        let mut end = place + 1;
        while end < signs.len()
            && (digit(signs[end]).is_some()
                || (matches!(signs[end], '.' | ',' | '\u{a0}' | '\u{202f}' | '\'' | '’' | '٫' | '٬')
                    && signs.get(end + 1).is_some_and(|next| digit(*next).is_some())))
        {
            end += 1;
        }
        // "4 200" and "12 000": a plain space groups thousands only before exactly three digits.
        let leads = end - place <= 3;
        while leads
            && signs.get(end) == Some(&' ')
            && (1..=3).all(|step| signs.get(end + step).is_some_and(|next| digit(*next).is_some()))
            && signs.get(end + 4).is_none_or(|next| digit(*next).is_none())
        {
            end += 4;
        }
        let run: Vec<char> = signs[place..end].iter().map(|sign| if *sign == ' ' { '\u{a0}' } else { *sign }).collect();
        let glued = place > 0 && signs[place - 1].is_alphabetic() && signs[place - 1].is_ascii();
        if let Some(mut number) = value(&run, point).filter(|_| !glued) {
            let after: String = signs[end..signs.len().min(end + 18)].iter().collect::<String>().to_lowercase();
            if let Some((minutes, length)) = minutes_of(&run, &after) {
                number += f64::from(minutes) / 100.0;
                end += length;
            }
            let mut after = after.trim_start_matches(|sign: char| sign.is_whitespace() || sign == '-');
            while let Some((word, power)) =
                magnitudes.iter().filter(|(word, _)| after.starts_with(word)).max_by_key(|(word, _)| word.len())
            {
                number *= 10f64.powi(*power);
                after = after[word.len()..].trim_start();
            }
            let percent = PERCENT.iter().chain(languages::percent()).any(|word| after.starts_with(word));
            let quantity = Quantity { thousandths: (number * 1000.0).round() as i64, percent };
            if number < 9e15 && found.iter().all(|(_, known)| *known != quantity) {
                found.push((signs[place..end].iter().collect(), quantity));
            }
        }
        place = end;
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
