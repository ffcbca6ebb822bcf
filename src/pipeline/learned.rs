//! What `fetch` and `extract` learned of a host, as the store keeps it: bytes with the version of their form.
//!
//! Postcard has no names, so a change of a field of [`RobotsRecord`] or [`RepeatedCounts`] needs the next form here,
//! and code that reads the earlier one where what was learned is worth it. What does not read is said and learned anew.

use crate::fetch::RobotsRecord;
use samestory_extract::article::RepeatedCounts;
use samestory_model::{Failure, Fault};
use samestory_store::Learned;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Something that is learned of a host.
pub(super) trait Learnable: Serialize + DeserializeOwned {
    /// What it is called where it does not read.
    const WHAT: &'static str;
    /// The version of its form.
    const FORM: u8;
}

impl Learnable for RobotsRecord {
    const WHAT: &'static str = "its robots.txt, as it was kept,";
    const FORM: u8 = 1;
}

impl Learnable for RepeatedCounts {
    const WHAT: &'static str = "what was learned of the lines that its pages repeat";
    const FORM: u8 = 1;
}

/// As the store keeps it.
pub(super) fn kept<T: Learnable>(value: &T) -> Learned {
    Learned::of(T::FORM, postcard::to_stdvec(value).unwrap_or_default())
}

/// As it was kept; `None` where nothing was.
pub(super) fn known<T: Learnable>(host: &str, learned: &Learned) -> Result<Option<T>, Failure> {
    if learned.bytes.is_empty() {
        return Ok(None);
    }
    let read = if learned.version == T::FORM { postcard::from_bytes(&learned.bytes).ok() } else { None };
    read.map(Some).ok_or_else(|| {
        let message = format!("{} does not read (form {}, this is {})", T::WHAT, learned.version, T::FORM);
        Failure::new(host, Fault::Ours, message, "nothing is to be done: it is learned anew")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_form_kept_is_said_and_not_taken_for_this_one() {
        let counts = RepeatedCounts::default();
        let learned = kept(&counts);
        assert_eq!(known::<RepeatedCounts>("a.example", &learned), Ok(Some(counts)));
        assert_eq!(known::<RepeatedCounts>("a.example", &Learned::default()), Ok(None));
        for damaged in [Learned { version: 9, ..learned.clone() }, Learned::of(1, vec![0xff; 3])] {
            let failure = known::<RepeatedCounts>("a.example", &damaged).expect_err("another form");
            assert!(failure.to_string().starts_with("a.example: what was learned"), "{failure}");
        }
    }
}
