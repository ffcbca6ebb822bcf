//! Exact keys: strings under which two documents meet without a model.
//!
//! Each key is a text with its signal; two documents that share one are candidates with evidence.
//! What an address claims is never the last word: `decide` still refuses a certain signal whose
//! texts plainly disagree (a canonical link at the home page, a slug used twice).

use samestory_model::{
    Document, Features, Lang, SLUG_WORDS, Signal, address_slug, canonical_key, is_specific, naming_parameters, site,
};
use sha2::{Digest, Sha256};
use url::Url;

/// Letters and digits that a path or slug needs before it can identify a text.
const TELLING: usize = 12;
/// Length of normalised text from which equal hashes mean the same text.
const HASHED: u32 = 160;

/// Marks of a slug that stands in an address, and of one that was made from a headline.
const ADDRESS: &str = "address ";
const HEADLINE: &str = "headline ";

/// One key of a document: documents with the same key meet.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// Which signal it stands for.
    pub signal: Signal,
    /// What has to be equal.
    pub text: String,
}

/// A key, or an address, as 128 bits of a SHA-256: what is held of every document in the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mark(u128);

impl Mark {
    fn of(tag: u8, text: &str) -> Self {
        let mut sha = Sha256::new();
        sha.update([tag]);
        sha.update(text.as_bytes());
        Self(sha.finalize().iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte)))
    }

    /// The mark of an address, by its canonical key.
    pub fn of_address(key: &str) -> Self {
        Self::of(u8::MAX, key)
    }
}

impl Key {
    /// The key's mark.
    pub fn mark(&self) -> Mark {
        Mark::of(self.signal.tag(), &self.text)
    }

    /// What a person can check: the address, the path, the slug.
    pub fn shown(&self) -> &str {
        let text = self.text.as_str();
        text.strip_prefix(ADDRESS).or_else(|| text.strip_prefix(HEADLINE)).unwrap_or(text)
    }

    /// The key that meets this one: itself, but a headline's slug meets an address's and the other
    /// way round. Two equal headlines are no evidence, they come up for different events.
    #[must_use]
    pub fn counterpart(&self) -> Key {
        let turned = match (self.text.strip_prefix(ADDRESS), self.text.strip_prefix(HEADLINE)) {
            (Some(slug), _) => format!("{HEADLINE}{slug}"),
            (_, Some(slug)) => format!("{ADDRESS}{slug}"),
            _ => self.text.clone(),
        };
        key(self.signal, turned)
    }
}

fn key(signal: Signal, text: String) -> Key {
    Key { signal, text }
}

/// The registrable domain of an address, or its host where there is none.
fn domain(url: &Url) -> Option<String> {
    url.has_host().then(|| site(url))
}

/// Whether a path segment, a subdomain or a parameter is a language tag that sites use.
fn language(segment: &str) -> Option<Lang> {
    let shape = matches!(segment.len(), 2 | 3) || (segment.len() == 5 && matches!(segment.as_bytes()[2], b'-' | b'_'));
    let plain = segment.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_'));
    (shape && plain).then(|| Lang::parse(segment)).flatten()
}

fn telling(path: &str) -> bool {
    path.chars().filter(char::is_ascii_alphanumeric).count() >= TELLING
}

/// The address without its language: registrable domain and path. `None` where the rest tells nothing.
///
/// The language may be the first or second segment, the first label of the host, or `lang=`/`hl=`.
pub fn mirror_key(url: &Url) -> Option<String> {
    let domain = domain(url)?;
    let mut segments: Vec<&str> = url.path_segments()?.filter(|segment| !segment.is_empty()).collect();
    if let Some(slot) = segments.iter().take(2).position(|segment| language(segment).is_some()) {
        segments.remove(slot);
    }
    let path = segments.join("/");
    let query: Vec<String> = naming_parameters(url)
        .into_iter()
        .filter(|(name, _)| !matches!(name.as_str(), "lang" | "hl" | "language" | "locale"))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let rest = if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) };
    telling(&rest).then(|| format!("{domain}/{}", rest.trim_end_matches(".html").to_ascii_lowercase()))
}

/// The site of a mirror key: its registrable domain.
pub fn site_of(mirror: &str) -> &str {
    mirror.split('/').next().unwrap_or(mirror)
}

/// The key of a text, letter by letter.
pub(super) fn text_key(hash: u64) -> Key {
    key(Signal::TextHash, format!("{hash:016x}"))
}

/// Every key of a document.
pub fn keys(document: &Document, features: &Features) -> Vec<Key> {
    let mut keys = Vec::new();
    let http = matches!(document.url.scheme(), "http" | "https");
    keys.push(key(Signal::CanonicalUrl, canonical_key(&document.url)));
    for alias in &document.aliases {
        keys.push(key(Signal::CanonicalUrl, canonical_key(alias)));
    }
    if let Some(canonical) = document.canonical.as_ref().filter(|canonical| is_specific(canonical)) {
        keys.push(key(Signal::CanonicalUrl, canonical_key(canonical)));
    }
    for (_, alternate) in document.alternates.iter().filter(|(_, alternate)| is_specific(alternate)) {
        keys.push(key(Signal::Alternate, canonical_key(alternate)));
    }
    if http {
        keys.push(key(Signal::Alternate, canonical_key(&document.url)));
        keys.push(key(Signal::SourceLink, canonical_key(&document.url)));
        if let Some(mirror) = mirror_key(&document.url) {
            keys.push(key(Signal::MirrorKey, mirror));
        }
        if let Some(slug) = address_slug(&document.url) {
            keys.push(key(Signal::TitleSlug, format!("{ADDRESS}{slug}")));
        }
    }
    if features.slug.split('-').count() >= SLUG_WORDS {
        keys.push(key(Signal::TitleSlug, format!("{HEADLINE}{}", features.slug)));
    }
    if let Some(source) = document.source_url.as_ref().filter(|source| is_specific(source)) {
        keys.push(key(Signal::SourceLink, canonical_key(source)));
    }
    if features.length >= HASHED {
        keys.push(text_key(features.text_hash));
    }
    let mut unique: Vec<Key> = Vec::with_capacity(keys.len());
    for key in keys {
        if !unique.contains(&key) {
            unique.push(key);
        }
    }
    unique
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(address: &str) -> Url {
        Url::parse(address).expect(address)
    }

    #[test]
    fn a_mirror_keeps_its_key_in_every_language() {
        let slug = "viet-nam-mo-rong-hop-tac-nang-luong";
        let key = mirror_key(&url(&format!("https://www.vietnam.vn/{slug}")));
        for address in [
            format!("https://vietnam.vn/de/{slug}"),
            format!("https://thongtin.vietnam.vn/sv/{slug}/"),
            format!("https://ko.vietnam.vn/{slug}"),
            format!("https://vietnam.vn/{slug}?lang=en"),
        ] {
            assert_eq!(mirror_key(&url(&address)), key, "{address}");
        }
        assert_eq!(mirror_key(&url("https://vietnam.vn/de/kontakt")), None);
    }
}
