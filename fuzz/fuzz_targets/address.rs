//! Addresses as publishers write them: cleaning is stable, takes parameters off and changes nothing else, and an item's
//! mark can be put on and taken off.
#![no_main]

use libfuzzer_sys::fuzz_target;
use samestory_model::{canonical_key, canonical_url, item_address, item_mark, page_of};
use url::Url;

fuzz_target!(|text: &str| {
    let Ok(url) = Url::parse(text) else { return };
    let clean = canonical_url(&url);
    assert_eq!(canonical_url(&clean), clean);
    assert_eq!(canonical_key(&clean), canonical_key(&url));
    assert_eq!((clean.scheme(), clean.host_str(), clean.path()), (url.scheme(), url.host_str(), url.path()));
    let written: Vec<&str> = url.query().unwrap_or_default().split('&').collect();
    let kept: Vec<&str> = clean.query().unwrap_or_default().split('&').collect();
    let mut rest = written.iter();
    assert!(clean.query().is_none() || kept.iter().all(|part| rest.any(|other| other == part)), "{url} became {clean}");
    if !url.cannot_be_a_base() {
        let (one, two) = (item_address(&url, "1"), item_address(&url, "2"));
        assert!(item_mark(&one).is_some() && canonical_key(&one) != canonical_key(&two));
        assert_eq!(page_of(&one).query(), clean.query());
    }
});
