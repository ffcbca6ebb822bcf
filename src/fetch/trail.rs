//! Follows redirects on paper: which hop may come next, and whether all of them were for good.
//!
//! Pure: `client` asks each hop and brings what it said. A trail carries credentials and
//! fragments nowhere; whether the next address may be asked at all is for `guard`.

use super::FetchErrorKind;
use url::Url;

/// The addresses of one request, from the one asked for to the last hop.
#[derive(Debug, Clone)]
pub(super) struct Trail {
    been: Vec<Url>,
    for_good: bool,
}

impl Trail {
    pub(super) fn new(start: &Url) -> Self {
        Self { been: vec![bare(start)], for_good: true }
    }

    /// The address to ask now.
    pub(super) fn last(&self) -> &Url {
        self.been.last().unwrap_or(&self.been[0])
    }

    /// Whether any redirect was followed.
    pub(super) fn redirected(&self) -> bool {
        self.been.len() > 1
    }

    /// Where the address has moved for good: every hop said so.
    pub(super) fn permanent(&self) -> Option<Url> {
        (self.redirected() && self.for_good).then(|| self.last().clone())
    }

    /// Takes one hop, by the bytes of its `Location` header; some publishers send raw UTF-8.
    pub(super) fn follow(&mut self, status: u16, location: Option<&[u8]>, max: usize) -> Result<(), FetchErrorKind> {
        let from = self.last();
        let location = location.and_then(|bytes| std::str::from_utf8(bytes).ok()).map(str::trim);
        let to = location.and_then(|to| from.join(to).ok()).ok_or(FetchErrorKind::NoTarget)?;
        let to = bare(&to);
        if from.scheme() == "https" && to.scheme() == "http" {
            return Err(FetchErrorKind::Downgrade(to));
        }
        if self.been.contains(&to) {
            return Err(FetchErrorKind::Circle);
        }
        if self.been.len() > max {
            return Err(FetchErrorKind::TooManyHops(max));
        }
        self.for_good &= matches!(status, 301 | 308);
        self.been.push(to);
        Ok(())
    }
}

/// An address without credentials and fragment, which are never part of what is asked for.
pub(super) fn bare(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_fragment(None);
    // Both fail only for addresses that have no host, which the guard refuses.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trail(start: &str) -> Trail {
        Trail::new(&start.parse().expect("a URL"))
    }

    #[test]
    fn https_never_leads_to_http() {
        let mut trail = trail("https://paper.example/feed");
        let error = trail.follow(301, Some(b"http://paper.example/feed"), 5).expect_err("a downgrade");
        assert!(matches!(error, FetchErrorKind::Downgrade(_)));
        assert!(trail.follow(301, Some(b"//other.example/feed"), 5).is_ok());
        assert_eq!(trail.last().as_str(), "https://other.example/feed");
    }

    #[test]
    fn one_hop_that_is_not_for_good_spoils_all() {
        let mut trail = trail("http://paper.example/feed");
        assert_eq!(trail.permanent(), None);
        trail.follow(301, Some(b"/a"), 5).expect("a hop");
        assert_eq!(trail.permanent().as_ref(), Some(trail.last()));
        trail.follow(302, Some(b"/b"), 5).expect("a hop");
        trail.follow(308, Some(b"/c"), 5).expect("a hop");
        assert_eq!(trail.permanent(), None);
    }

    #[test]
    fn a_location_that_leads_nowhere_is_no_target() {
        for location in [None, Some(&b"http://"[..]), Some(b"\xff\xfe")] {
            let mut trail = trail("http://paper.example/feed");
            assert_eq!(trail.follow(302, location, 5).expect_err("nowhere"), FetchErrorKind::NoTarget);
        }
    }

    #[test]
    fn what_stands_before_a_host_is_never_taken_along() {
        let mut trail = trail("http://user:word@paper.example/a#part");
        trail.follow(302, Some(b"http://user:word@other.example/b#part"), 5).expect("a hop");
        assert!(trail.been.iter().all(|url| url.username().is_empty() && url.password().is_none()), "{trail:?}");
        assert_eq!(trail.last().as_str(), "http://other.example/b");
    }
}
