//! Dates as publishers write them: a text is a moment or none, never a panic; what we write ourselves reads back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use samestory_extract::feed;

fuzz_target!(|text: &str| {
    if let Some(time) = feed::read_date(text) {
        let year = time.strftime("%Y").to_string();
        if year.len() == 4 && !year.starts_with('-') {
            assert_eq!(feed::read_date(&time.to_string()), Some(time), "{text}");
        }
    }
});
