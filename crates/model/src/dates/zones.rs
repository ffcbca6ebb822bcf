//! Names of time zones, and offsets written in figures.

/// Zone names and their offsets in minutes; names that two zones share take the one that feeds mean.
const ZONES: &[(&str, i32)] = &[
    ("utc", 0),
    ("gmt", 0),
    ("ut", 0),
    ("z", 0),
    ("wet", 0),
    ("est", -300),
    ("edt", -240),
    ("cst", -360),
    ("cdt", -300),
    ("mst", -420),
    ("mdt", -360),
    ("pst", -480),
    ("pdt", -420),
    ("akst", -540),
    ("akdt", -480),
    ("hst", -600),
    ("ast", -240),
    ("adt", -180),
    ("nst", -210),
    ("brt", -180),
    ("art", -180),
    ("bst", 60),
    ("ist", 330),
    ("wat", 60),
    ("cet", 60),
    ("met", 60),
    ("mez", 60),
    ("cest", 120),
    ("mest", 120),
    ("mesz", 120),
    ("eet", 120),
    ("cat", 120),
    ("sast", 120),
    ("eest", 180),
    ("eat", 180),
    ("msk", 180),
    ("msd", 240),
    ("gst", 240),
    ("pkt", 300),
    ("ict", 420),
    ("wib", 420),
    ("sgt", 480),
    ("hkt", 480),
    ("awst", 480),
    ("pht", 480),
    ("jst", 540),
    ("kst", 540),
    ("acst", 570),
    ("aest", 600),
    ("aedt", 660),
    ("nzst", 720),
    ("nzdt", 780),
];

/// The offset of a zone in minutes by its lower-case name, which an offset may follow (`gmt+7`).
pub(super) fn named(word: &str) -> Option<i32> {
    let begins =
        |name: &str| word.strip_prefix(name).is_some_and(|tail| tail.is_empty() || tail.starts_with(['+', '-']));
    ZONES.iter().find(|(name, _)| begins(name)).map(|pair| pair.1)
}

/// `+07:00`, `-0530`, `+7`, `−3`, as minutes; further text may follow.
pub(super) fn offset(text: &str) -> Option<i32> {
    let sign = match text.chars().next()? {
        '+' => 1,
        '-' | '−' => -1,
        _ => return None,
    };
    let rest: String = text.chars().skip(1).take_while(|sign| sign.is_ascii_digit() || *sign == ':').collect();
    let (hours, minutes) = match rest.split_once(':') {
        Some((hours, minutes)) => {
            (hours.parse::<i32>().ok()?, minutes.get(..2).unwrap_or(minutes).parse::<i32>().unwrap_or(0))
        }
        None if rest.len() >= 3 => (rest[..rest.len() - 2].parse().ok()?, rest[rest.len() - 2..].parse().ok()?),
        None => (rest.parse().ok()?, 0),
    };
    (hours <= 15 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_in_figures_and_names() {
        for (text, minutes) in
            [("+07:00", 420), ("-0530", -330), ("+7", 420), ("−3", -180), ("+530", 330), ("+05:30)", 330)]
        {
            assert_eq!(offset(text), Some(minutes), "{text}");
        }
        for nothing in ["", "7", "+", "+99", "+0790", "+:"] {
            assert_eq!(offset(nothing), None, "{nothing}");
        }
        assert_eq!((named("mesz"), named("gmt+7"), named("gmtx"), named("")), (Some(120), Some(0), None, None));
    }
}
