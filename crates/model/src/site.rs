//! Says which site answers for an address: what a host says counts within its site and nowhere else.
//!
//! A site is a registrable domain of the Public Suffix List, so `www.blatt.example` and `feeds.blatt.example`
//! are one, and two users of a host that gives each a name of his own are two. An IP address, whose ports may
//! belong to different people, is a site with its port.

use url::{Host, Url};

/// The site of an address; all files of this machine are one.
pub fn site(url: &Url) -> String {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            psl::domain_str(&name).unwrap_or(&name).to_owned()
        }
        Some(address) => format!("{address}:{}", url.port_or_known_default().unwrap_or_default()),
        None => format!("{}:", url.scheme()),
    }
}

/// Whether one site answers for both addresses.
pub fn same_site(one: &Url, other: &Url) -> bool {
    one.host() == other.host() && one.port() == other.port() || site(one) == site(other)
}

/// Prefixes under which a host answers as the same one: its web, mobile and AMP twins.
const TWINS: [&str; 4] = ["www.", "m.", "mobile.", "amp."];

/// A host without the prefixes of its twins.
fn plain(url: &Url) -> String {
    let name = url.host_str().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
    TWINS.iter().find_map(|twin| name.strip_prefix(twin)).unwrap_or(&name).to_owned()
}

/// Whether what stands at one address may claim the other: one host, or the site's own host and one below it. Two names
/// below one site may belong to two people, as with a host of blogs that the Public Suffix List does not know.
pub fn may_claim(one: &Url, other: &Url) -> bool {
    if one.host() == other.host() && one.port() == other.port() {
        return true;
    }
    let (own, site) = ([plain(one), plain(other)], site(one));
    same_site(one, other) && (own[0] == own[1] || own.contains(&site) || !matches!(one.host(), Some(Host::Domain(_))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_below_a_site_claims_nothing_of_another_one_there() {
        let may = |one: &str, other: &str| may_claim(&Url::parse(one).expect(one), &Url::parse(other).expect(other));
        for (one, other) in [
            ("https://www.blatt.example/a", "http://feeds.blatt.example:8080/b"),
            ("https://feeds.blatt.example/a", "https://blatt.example/b"),
            ("https://m.sport.blatt.example/a", "https://sport.blatt.example/b"),
            ("http://192.0.2.1/a", "http://192.0.2.1:80/b"),
            ("http://localhost/a", "http://localhost:8080/b"),
        ] {
            assert!(may(one, other) && may(other, one), "{one} {other}");
        }
        for (one, other) in [
            ("https://anna.blogs.example/a", "https://ben.blogs.example/a"),
            ("https://anna.blogs.example/a", "https://other.example/a"),
            ("https://www.anna.blogs.example/a", "https://ben.blogs.example/a"),
            ("http://192.0.2.1/a", "http://192.0.2.1:8080/a"),
        ] {
            assert!(!may(one, other) && !may(other, one), "{one} {other}");
        }
    }

    fn together(one: &str, other: &str) -> bool {
        same_site(&Url::parse(one).expect(one), &Url::parse(other).expect(other))
    }

    #[test]
    fn a_site_is_a_registrable_domain() {
        for (one, other) in [
            ("https://www.blatt.example/a", "http://feeds.blatt.example:8080/b"),
            ("https://m.blatt.co.uk/a", "https://blatt.co.uk./b"),
            ("http://192.0.2.1/a", "http://192.0.2.1:80/b"),
            ("http://localhost/a", "http://localhost:8080/b"),
            ("file:///a", "file:///b"),
        ] {
            assert!(together(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("https://blatt.example/a", "https://blatt.example.evil.example/a"),
            ("https://blatt.co.uk/a", "https://evil.co.uk/a"),
            ("https://anna.github.io/a", "https://ben.github.io/a"),
            ("http://192.0.2.1/a", "http://192.0.2.1:8080/a"),
            ("http://192.0.2.1/a", "http://10.0.2.1/a"),
            ("http://[2001:db8::1]/a", "http://[2001:db8::2]/a"),
            ("https://blatt.example/a", "file:///a"),
        ] {
            assert!(!together(one, other), "{one} {other}");
        }
    }
}
