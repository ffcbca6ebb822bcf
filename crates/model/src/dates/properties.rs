//! What holds for every text: none panics, and a moment that is written by a standard reads back.

use super::{Habit, feed, prose};
use crate::Lang;
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

/// A small generator of numbers, so that each run tries the same.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len() as u64) as usize]
    }
}

/// Pieces that dates are made of, and some that they are not.
const PIECES: &[&str] = &[
    "Mon",
    ",",
    " ",
    " ",
    "13",
    "Oct",
    "2025",
    "09:30",
    ":",
    "00",
    "+0700",
    "+07:00",
    "GMT",
    "-",
    "/",
    ".",
    "T",
    "Z",
    "(",
    ")",
    "th",
    "h",
    "30",
    "년",
    "월",
    "일",
    "오후",
    "年",
    "月",
    "日",
    "下午",
    "時",
    "二〇二五",
    "十",
    "元",
    "令和",
    "民國",
    "พ.ศ.",
    "ต.ค.",
    "2568",
    "١٣",
    "أكتوبر",
    "م",
    "هـ",
    "۱۴۰۴",
    "مهر",
    "באוקטובר",
    "״",
    "'",
    "25",
    "mar",
    "p.",
    "m.",
    "de",
    "du",
    "America/New_York",
    "Etc/",
    "Eastern",
    "Daylight",
    "Time",
    "\u{301}",
    "\u{200f}",
    "\u{0}",
    "½",
    "１",
    "99999999999999999999",
    "20251013",
    "093000",
    "1760347800",
    "/Date(",
    ")/",
    "[",
    "]",
    "PM",
    "sáng",
    "ngày",
    "tháng",
    "Th2",
    "CN",
    "EST",
    "−",
    "🙂",
    "İ",
    "ẞ",
    "\u{ad}",
    "\t",
    "0",
    "2",
    "1",
];

fn try_one(random: &mut Random, seed: &str) {
    let mut text = seed.to_owned();
    for _ in 0..=random.below(6) {
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let at = places[random.below(places.len() as u64) as usize];
        match random.below(3) {
            0 => text.insert_str(at, random.one(PIECES)),
            1 if at < text.len() => drop(text.remove(at)),
            _ => text.truncate(at),
        }
    }
    if let Some(time) = feed::read(&text) {
        assert_eq!(feed::read(&time.to_string()), Some(time), "{text:?}");
    }
    let lang = Lang::parse(random.one(&["", "vi", "fa", "th", "hu"]));
    let habit = Habit { american: random.below(2) == 0, lang, zone: super::usual(lang, None) };
    let _ = prose::read(&text, habit);
    if let Some(found) = prose::find(&text, habit) {
        assert!(found.start < found.end && text.get(found.start..found.end).is_some(), "{text:?} {found:?}");
    }
}

fn mutate(rounds: usize) {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let seeds = [
        "Mon, 13 Oct 2025 09:30:00 +0700",
        "Thứ Hai, 13/10/2025, 09:30 (GMT+7)",
        "2025년 10월 13일 오후 3:30",
        "2025-10-13T09:30:00.123+07:00[Asia/Ho_Chi_Minh]",
        "13 ต.ค. 2568 09.30 น.",
        "الأربعاء 24 رمضان 1445هـ - 3 أبريل 2024م",
        "中華民國一一五年十一月二十四日",
        "",
    ];
    for round in 0..rounds {
        try_one(&mut random, seeds[round % seeds.len()]);
    }
}

#[test]
fn no_text_panics_and_what_is_read_reads_back() {
    mutate(2_000);
}

#[test]
#[ignore = "minutes; the fuzz target `date` does the same with coverage"]
fn no_text_panics_in_many_rounds() {
    mutate(3_000_000);
}

#[test]
fn what_standards_write_reads_back_in_any_zone() {
    let mut random = Random(88_172_645_463_325_252);
    for _ in 0..300 {
        // 1971 to 2060.
        let second = 31_536_000 + random.below(2_800_000_000) as i64;
        let time = Timestamp::from_second(second).expect("in range");
        let minutes = random.below(113) as i32 * 15 - 840;
        let offset = Offset::from_seconds(minutes * 60).expect("in range");
        let zoned = time.to_zoned(TimeZone::fixed(offset));
        let mail = jiff::fmt::rfc2822::to_string(&zoned).expect("in range");
        for form in [
            mail.clone(),
            mail.replace(" +", " GMT+").replace(" -", " GMT-"),
            format!("{}", zoned.strftime("%Y-%m-%dT%H:%M:%S%:z")),
            format!("{}", zoned.strftime("%Y-%m-%d %H:%M:%S %z")),
            format!("{}", zoned.strftime("%a %b %e %H:%M:%S %z %Y")),
            format!("{}", zoned.strftime("%A, %d %B %Y %I:%M:%S %p %:z")),
            format!("{}", zoned.strftime("%d/%m/%Y %H:%M:%S (GMT%:z)")),
            format!("{}", zoned.strftime("%d.%m.%Y, %H:%M:%S UTC%z")),
            format!("{}", zoned.strftime("%Y年%m月%d日 %H時%M分%S秒 %z")),
            format!("{}", zoned.strftime("%Y%m%dT%H%M%S%z")),
            time.to_string(),
        ] {
            assert_eq!(feed::read(&form), Some(time), "{form}");
        }
    }
}

#[test]
fn a_long_text_costs_little() {
    for text in ["13 ", "th 2 ", "年", "ต.ค.", "a.b.", "+07:00 ", "十", "(", "mar "] {
        let long = text.repeat(480 / text.len());
        assert_eq!(feed::read(&long), None, "{text}");
        assert_eq!(prose::read(&long, Habit::default()), None, "{text}");
    }
}
