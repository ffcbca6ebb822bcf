//! Measures one line of text in any script: how much it says, how it ends, what it looks like.
//!
//! Nothing here counts words or knows a language. [`weight`] counts signs, those of scripts that
//! write a syllable or a word per sign more than once, so that one threshold serves all; it
//! surprises only with Thai and Lao, whose sentences end with no mark at all: see [`is_prose`].

/// Marks that end a sentence.
pub(super) fn is_terminator(sign: char) -> bool {
    matches!(
        sign,
        '.' | '!'
            | '?'
            | '…'
            | '。'
            | '！'
            | '？'
            | '．'
            | '｡'
            | '؟'
            | '۔'
            | '।'
            | '॥'
            | '።'
            | '፧'
            | '။'
            | '។'
            | '៕'
            | '։'
            | '՞'
            | '།'
            | '‽'
            | '\u{37e}'
            | '᙮'
            | '꓿'
            | '܀'
    )
}

/// Marks that stand inside sentences.
pub(super) fn is_comma(sign: char) -> bool {
    matches!(sign, ',' | '，' | '、' | '،' | '፣' | '၊' | ';' | '；' | '؛')
}

/// Quotation marks and brackets that may follow a sentence's last mark.
pub(super) fn is_closer(sign: char) -> bool {
    matches!(
        sign,
        '"' | '\''
            | '”'
            | '’'
            | '“'
            | '»'
            | '›'
            | '«'
            | ')'
            | ']'
            | '」'
            | '』'
            | '）'
            | '】'
            | '〉'
            | '》'
            | '〕'
            | '*'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202c}'
    )
}

/// How much one sign says, in Latin letters.
pub(super) fn sign_weight(sign: char) -> u32 {
    match sign as u32 {
        0x3400..0xa000 | 0xf900..0xfb00 | 0x20000..0x32000 => 3,
        0x1100..0x1200 | 0x3040..0x3100 | 0xac00..0xd7b0 => 2,
        _ => 1,
    }
}

/// How much a text says, in Latin letters.
pub(super) fn weight(text: &str) -> u32 {
    text.chars().map(sign_weight).sum()
}

/// Whether a text ends as a sentence does.
pub(super) fn ends_as_sentence(text: &str) -> bool {
    text.chars().rev().find(|&sign| !is_closer(sign) && !sign.is_whitespace()).is_some_and(is_terminator)
}

/// Sentence marks inside the text that are followed by a space, or need none.
pub(super) fn sentences(text: &str) -> u32 {
    let mut count = 0;
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        if !is_terminator(sign) {
            continue;
        }
        while signs.peek().is_some_and(|&next| is_closer(next) || is_terminator(next)) {
            signs.next();
        }
        let free = sign as u32 > 0x2fff || sign as u32 > 0x0530 && sign as u32 != 0x2026;
        if free || signs.peek().is_none_or(|next| next.is_whitespace()) {
            count += 1;
        }
    }
    count
}

/// Whether the text holds neither letter nor digit.
pub(super) fn is_signs_only(text: &str) -> bool {
    !text.chars().any(char::is_alphanumeric)
}

/// Whether the text reads as running prose: a sentence of some length, or long enough to be one
/// where the script marks no end of sentence.
pub(super) fn is_prose(text: &str) -> bool {
    is_prose_of(text, weight(text))
}

/// [`is_prose`] where the weight is known.
pub(super) fn is_prose_of(text: &str, weight: u32) -> bool {
    weight >= 160 || weight >= 40 && ends_as_sentence(text) || weight >= 25 && sentences(text) >= 2
}

/// A short line that ends with a counter in brackets, as comment headings do in every language.
pub(super) fn is_counter(text: &str) -> bool {
    let Some(rest) = text.trim_end().strip_suffix([')', '）', ']']) else { return false };
    let Some((head, inside)) = rest.rsplit_once(['(', '（', '[']) else { return false };
    let inside = inside.trim();
    !inside.is_empty()
        && inside.chars().all(char::is_numeric)
        && inside.chars().count() <= 4
        && weight(head) <= 30
        && !head.chars().any(char::is_numeric)
}

/// The text with runs of whitespace as one space, without invisible signs, trimmed.
pub(super) fn squeeze(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    squeeze_into(text, &mut out);
    out.truncate(out.trim_end().len());
    out
}

/// Appends a text as [`squeeze`] writes it; a space may stand at the end.
pub(super) fn squeeze_into(text: &str, out: &mut String) {
    for sign in text.chars() {
        if sign.is_whitespace() {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else if !matches!(sign, '\u{ad}' | '\u{200b}' | '\u{feff}' | '\u{2060}') {
            out.push(sign);
        }
    }
}

/// Letters and digits only, lower case: what two spellings of one line share.
pub(super) fn skeleton(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        if sign.is_ascii() {
            if sign.is_ascii_alphanumeric() {
                out.push(sign.to_ascii_lowercase());
            }
        } else if sign.is_alphanumeric() {
            out.extend(sign.to_lowercase());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_known_in_scripts_that_nobody_listed() {
        for prose in [
            "Der Rat hat am Dienstag beschlossen, die Brücke zu sperren.",
            "市議会は火曜日、橋の通行を止めることを決めた。工事は来月から始まる。",
            "परिषद ने मंगलवार को पुल बंद करने का निर्णय लिया है।",
            "قرر المجلس يوم الثلاثاء إغلاق الجسر أمام حركة المرور.",
        ] {
            assert!(is_prose(prose), "{prose}");
        }
        for label in ["Gleiches Thema", "같은 주제", "Comments (0)", "同じテーマ", ";"] {
            assert!(!is_prose(label), "{label}");
        }
    }

    #[test]
    fn counters_are_known_by_shape() {
        for counter in ["Comments (0)", "Bình luận (12)", "댓글 (0)", "コメント（3）", "التعليقات (٠)"]
        {
            assert!(is_counter(counter), "{counter}");
        }
        for other in ["Er starb (1999) in Rom.", "Group of 7 (2)", "(VNA)"] {
            assert!(!is_counter(other), "{other}");
        }
    }
}
