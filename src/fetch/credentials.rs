//! Binds a user and a password to the one origin that may see them.
//!
//! An origin is scheme, host and port. Credentials are made for an address and give themselves out for addresses
//! of its origin only, so that no redirect, no move that was believed and no sitemap of another port gets them,
//! whatever asks. The surprising fact: the `https` twin of an `http` address is another origin, so credentials for it
//! need a source that is configured with `https`.

use std::fmt;
use url::{Origin, Url};

/// A user and a password, and the origin that they are for.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    origin: Origin,
    user: String,
    password: String,
}

impl Credentials {
    /// `user:password`, for the origin of an address.
    pub fn of(address: &Url, text: &str) -> Self {
        let (user, password) = text.split_once(':').unwrap_or((text, ""));
        Self { origin: address.origin(), user: user.to_owned(), password: password.to_owned() }
    }

    /// User and password, where the address is of their origin.
    pub(super) fn seen_by(&self, url: &Url) -> Option<(&str, &str)> {
        let is_theirs = self.origin.is_tuple() && url.origin() == self.origin;
        is_theirs.then_some((self.user.as_str(), self.password.as_str()))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Credentials(for {})", self.origin.ascii_serialization())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_scheme_host_and_port_sees_them() {
        let url = |text: &str| Url::parse(text).expect(text);
        let credentials = Credentials::of(&url("https://paper.example/feed"), "user:s3cr3t:more");
        for theirs in ["https://paper.example/other", "https://PAPER.example:443/", "https://else@paper.example/"] {
            assert_eq!(credentials.seen_by(&url(theirs)), Some(("user", "s3cr3t:more")), "{theirs}");
        }
        for other in [
            "http://paper.example/feed",
            "https://paper.example:8443/feed",
            "https://www.paper.example/feed",
            "https://paper.example.evil.example/feed",
            "https://evil.example/https://paper.example/feed",
            "file:///feed",
            "data:text/plain,feed",
        ] {
            assert_eq!(credentials.seen_by(&url(other)), None, "{other}");
        }
        assert_eq!(Credentials::of(&url("data:,x"), "a:b").seen_by(&url("data:,x")), None);
        assert!(!format!("{credentials:?}").contains("s3cr3t"));
    }
}
