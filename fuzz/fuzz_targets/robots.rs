//! robots.txt: any text gives a verdict for an address, and the same one again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use samestory::fetch::{RobotsRecord, Verdict};
use std::time::Duration;
use url::Url;

fuzz_target!(|data: &[u8]| {
    let page = Url::parse("https://paper.example/news/2026/bridge.html?page=1").expect("an address");
    let record = RobotsRecord {
        host: "paper.example".to_owned(),
        fetched_at: jiff::Timestamp::UNIX_EPOCH,
        status: Some(200),
        retry_after: None,
        body: data.to_vec(),
    };
    let verdict = record.verdict(&page);
    assert_eq!(verdict, record.verdict(&page));
    if let Verdict::Allowed(delay) = verdict {
        assert!(delay <= Duration::from_secs(60), "{delay:?}");
    }
});
