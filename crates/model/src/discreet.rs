//! An address as it may be printed: what it holds that only its owner should know does not come out.
//!
//! Addresses carry secrets in three places: `user:password@`, the values of a query (the private feeds of
//! many sites), and the path (webhooks). [`Discreet`] is made for the address at hand and has no way to show
//! these; errors, logs and stored failures print addresses through it. The surprising case is a text that is
//! no address: the slip that breaks it may stand inside the password.

use std::fmt;
use url::Url;

/// Shortest key.
const LEAST_KEY: usize = 8;
/// What stands for what is not shown.
const HIDDEN: &str = "…";

/// An address, or what was meant to be one, without its secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Discreet(String);

impl Discreet {
    /// The address of a page, which strangers named: without `user:password@`.
    pub fn page(url: &Url) -> Self {
        Self(without_credentials(url).into())
    }

    /// The address of something that the user follows: the names of its query are shown, and no value.
    pub fn followed(url: &Url) -> Self {
        let mut url = without_credentials(url);
        let query = url.query().map(without_values);
        url.set_query(None);
        let fragment = url.fragment().map(ToOwned::to_owned);
        url.set_fragment(None);
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        let fragment = fragment.map(|fragment| format!("#{fragment}")).unwrap_or_default();
        Self(format!("{url}{query}{fragment}"))
    }

    /// The address of a receiver: whatever follows its host may be what it is known by.
    pub fn receiver(url: &Url) -> Self {
        let host = url.host_str().unwrap_or(HIDDEN);
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        Self(format!("{}://{host}{port}/{HIDDEN}", url.scheme()))
    }

    /// What was given for an address, whether or not it is one.
    pub fn given(text: &str) -> Self {
        match Url::parse(text) {
            Ok(url) if url.has_host() => Self::followed(&url),
            Ok(url) if url.scheme() == "file" => Self(text.to_owned()),
            _ => Self(broken(text)),
        }
    }

    /// A text of ours that may quote an address, with that address as it may be shown.
    pub fn within(text: &str, url: &Url) -> String {
        if url.query().is_none() { text.to_owned() } else { text.replace(url.as_str(), &Self::followed(url).0) }
    }
}

impl fmt::Display for Discreet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Debug for Discreet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, out)
    }
}

impl From<Discreet> for String {
    fn from(shown: Discreet) -> Self {
        shown.0
    }
}

/// Whether the value of a query looks like a key that only its reader has, and not like a number, a date or
/// words: letters and digits in one run. What is published anyway (a source's name, an address in its list) holds
/// a digest in its place.
pub fn is_key(value: &str) -> bool {
    let whole = value.bytes().all(|sign| sign.is_ascii_alphanumeric() || b"-_.~=".contains(&sign));
    let has = |kind: fn(&u8) -> bool| value.as_bytes().iter().any(kind);
    whole && value.len() >= LEAST_KEY && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic)
}

/// A query whose keys are told apart by their digests.
pub fn without_keys(query: &str) -> String {
    let shown = |value: &str| {
        if is_key(value) {
            super::DocumentId::of(&["key", value]).to_string()[..9].to_owned()
        } else {
            value.to_owned()
        }
    };
    let part = |part: &str| match part.split_once('=') {
        Some((name, value)) => format!("{name}={}", shown(value)),
        None => shown(part),
    };
    query.split('&').map(part).collect::<Vec<_>>().join("&")
}

/// A text of any kind with every `user:password@` in it taken out: the last hold for texts that others wrote. On
/// the web a user alone may be a key; elsewhere, as at a database, it is a name and stays.
pub fn without_userinfo(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (head, tail) = rest.split_at(at + 3);
        out.push_str(head);
        let end = tail.find(|sign: char| sign.is_whitespace() || "\"'`<>/?#".contains(sign)).unwrap_or(tail.len());
        let (authority, after) = tail.split_at(end);
        match authority.rsplit_once('@') {
            Some((user, host)) => {
                let (name, password) = user.split_once(':').map_or((user, false), |(name, _)| (name, true));
                let scheme = out.as_bytes()[out.len().saturating_sub(8)..].to_ascii_lowercase();
                let web = scheme.ends_with(b"http://") || scheme.ends_with(b"https://");
                out.push_str(if web { "" } else { name });
                out.push_str(if web || password { HIDDEN } else { "" });
                out.push('@');
                out.push_str(host);
            }
            None => out.push_str(authority),
        }
        rest = after;
    }
    out + rest
}

/// An address without user and password.
pub fn without_credentials(url: &Url) -> Url {
    let mut url = url.clone();
    // Both fail only for addresses without a host, which have neither.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}

/// A query whose values are gone; a part without a name is a value.
fn without_values(query: &str) -> String {
    let part = |part: &str| match part.split_once('=') {
        Some((name, "")) => format!("{name}="),
        Some((name, _)) => format!("{name}={HIDDEN}"),
        None if part.is_empty() => String::new(),
        None => HIDDEN.to_owned(),
    };
    query.split('&').map(part).collect::<Vec<_>>().join("&")
}

/// What is surely no secret of a text that does not read as an address: its scheme, and the host where nothing
/// before it can be a password.
fn broken(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        // `user:password@host`, or a word.
        return if text.contains([':', '@', '?', '=']) { HIDDEN.to_owned() } else { text.to_owned() };
    };
    let scheme =
        if scheme.chars().all(|sign| sign.is_ascii_alphanumeric() || "+-.".contains(sign)) { scheme } else { HIDDEN };
    let (authority, after) = rest.split_at(rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len()));
    let (hidden, host) = authority.rsplit_once('@').map_or(("", authority), |(_, host)| ("…@", host));
    // A password may hold any sign: an `@` further on may be the one that ends it.
    if after.contains('@') || host.starts_with('[') {
        return format!("{scheme}://{HIDDEN}");
    }
    let (name, port) = host.split_once(':').unwrap_or((host, ""));
    let is_port = port.len() <= 5 && port.bytes().all(|sign| sign.is_ascii_digit());
    let host = if is_port { host.to_owned() } else { format!("{name}:{HIDDEN}") };
    let after = if after.is_empty() { "" } else { "/…" };
    format!("{scheme}://{hidden}{host}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_shows_what_it_is_and_none_of_its_secrets() {
        let url = Url::parse("https://user:s3cr3t@blatt.example:8443/feed?token=s3cr3t&page=&s3cr3t#top")
            .expect("an address");
        assert_eq!(Discreet::page(&url).to_string(), "https://blatt.example:8443/feed?token=s3cr3t&page=&s3cr3t#top");
        assert_eq!(Discreet::followed(&url).to_string(), "https://blatt.example:8443/feed?token=…&page=&…#top");
        assert_eq!(Discreet::receiver(&url).to_string(), "https://blatt.example:8443/…");
        assert!(!format!("{:?}", Discreet::followed(&url)).contains("s3cr3t"));
    }

    #[test]
    fn keys_are_told_from_words_numbers_and_dates() {
        for key in ["s3cr3t-value", "0123456789abcdef", "eyJhbGciOi.x1y2", "a1b2c3d4"] {
            assert!(is_key(key), "{key}");
        }
        for other in ["vietnam-economy", "2026-03-01", "12345678901234", "viet+nam+2026", "page2", "rss.xml"] {
            assert!(!is_key(other), "{other}");
        }
        let query = without_keys("id=5&auth=s3cr3t-value&s3cr3t-value");
        assert!(query.starts_with("id=5&auth=d") && !query.contains("s3cr3t"), "{query}");
        assert_ne!(query, without_keys("id=5&auth=s3cr3t-other&s3cr3t-value"));
    }

    #[test]
    fn what_is_no_address_shows_no_secret_either() {
        for text in [
            "https://user:s3cr3t@blatt example/feed",
            "https://user:s3cr3t@@blatt.example:http/feed",
            "https://user:s3/cr3t@blatt.example/feed",
            "https://user:s3cr3t/feed",
            "https://user:s3?cr3t@/s3cr3t?s3cr3t",
            "https://blatt example/feed?password=s3@cr3t",
            "https:// user:s3cr3t@blatt.example/",
            "user:s3cr3t@blatt.example/feed",
            "https//user:s3cr3t@blatt.example/feed",
            "https://[s3:cr3t/s3cr3t?key=s3cr3t",
            "https://blatt.example:99999/hook/s3cr3t",
            "postgres://user:s3cr3t@host:port/database",
            "postgres://user:s3cr3t@one:1,two:2/database?password=s3cr3t",
        ] {
            let shown = Discreet::given(text).to_string();
            assert!(!shown.contains("s3") && !shown.contains("cr3t"), "{text}: {shown}");
            assert!(!shown.is_empty());
        }
        assert_eq!(Discreet::given("not an address").to_string(), "not an address");
        assert_eq!(Discreet::given("https://blatt example/feed").to_string(), "https://blatt example/…");
        assert_eq!(Discreet::given("https://u:s3cr3t@blatt example/feed").to_string(), "https://…@blatt example/…");
    }

    #[test]
    fn a_text_that_quotes_addresses_loses_what_stands_before_the_host() {
        let text = "moved from `http://a:s3cr3t@x.example/p` to https://b@y.example, and http://z.example/@me";
        let clean = "moved from `http://…@x.example/p` to https://…@y.example, and http://z.example/@me";
        assert_eq!(without_userinfo(text), clean);
        assert_eq!(without_userinfo("://@"), "://@");
        let database = without_userinfo("postgres://me@host/db and postgres://me:s3cr3t@host/db");
        assert_eq!(database, "postgres://me@host/db and postgres://me…@host/db");
    }
}
