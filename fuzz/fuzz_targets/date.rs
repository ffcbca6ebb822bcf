//! Dates as publishers write them: a text is a moment or none, never a panic; what we write ourselves reads back, and
//! what is found in a line stands in it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use samestory_extract::feed;
use samestory_model::Lang;
use samestory_model::dates::{Habit, prose, usual};

fuzz_target!(|text: &str| {
    if let Some(time) = feed::read_date(text) {
        assert_eq!(feed::read_date(&time.to_string()), Some(time), "{text}");
    }
    for tag in ["", "vi", "fa", "th"] {
        let lang = Lang::parse(tag);
        let habit = Habit { american: tag.is_empty(), lang, zone: usual(lang, None) };
        let _ = prose::read(text, habit);
        if let Some(found) = prose::find(text, habit) {
            assert!(text.get(found.start..found.end).is_some_and(|part| !part.is_empty()), "{text}");
        }
    }
});
