//! Sitemaps and indexes of them: the bytes stand inside a sitemap, so that its reader sees them all.
#![no_main]

use libfuzzer_sys::fuzz_target;
use samestory_model::FeedFormat;
use samestory_extract::feed;
use url::Url;

fuzz_target!(|data: &[u8]| {
    let address = Url::parse("https://paper.example/sitemap.xml").expect("an address");
    let body = [b"<urlset>", data].concat();
    if let Ok(map) = feed::feed(&body, None, &address) {
        assert_eq!(map.format, FeedFormat::Sitemap);
        assert!(map.items.iter().all(|item| item.url.is_some()), "a page without an address");
        assert!(map.children.len() <= 8, "more sitemaps than are worth asking");
    }
});
