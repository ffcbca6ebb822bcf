//! Decode, repair, parse: any bytes are read without a panic, twice alike.
#![no_main]

use libfuzzer_sys::fuzz_target;
use samestory_extract::feed;
use url::Url;

fuzz_target!(|data: &[u8]| {
    let address = Url::parse("https://paper.example/feed").expect("an address");
    let once = feed::feed(data, None, &address);
    assert!(once == feed::feed(data, None, &address), "two parses differ");
    for item in once.iter().flat_map(|feed| &feed.items) {
        assert!(!item.id.is_empty(), "an item without an id");
        assert!(!item.title.contains(char::is_control), "a headline with control characters");
    }
});
