//! Dates as publishers write them: a text is a moment or none, never a panic; what we write ourselves reads back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use samestory::parse;

fuzz_target!(|text: &str| {
    if let Some(time) = parse::read_date(text) {
        let year = time.strftime("%Y").to_string();
        if year.len() == 4 && !year.starts_with('-') {
            assert_eq!(parse::read_date(&time.to_string()), Some(time), "{text}");
        }
    }
});
