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

#[cfg(test)]
mod tests {
    use super::*;

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
