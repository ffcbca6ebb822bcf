//! Refuses addresses that are not on the public internet, before and after name resolution.
//!
//! A publisher's feed, page or redirect must never make this program knock at doors behind the
//! user's own router. Names are resolved here, every address is checked, and the connection goes
//! to exactly the addresses that were checked: a name that changes its mind between check and
//! connection gains nothing. The surprising fact: `http://2130706433/` is `127.0.0.1`; the URL
//! parser turns all such spellings into addresses before they come here.

use super::{FetchError, FetchErrorKind};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use url::{Host, Url};

/// A name that stands for an address that is refused; travels inside reqwest's error.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{address} is {what}")]
pub(super) struct Refused {
    pub(super) address: IpAddr,
    pub(super) what: &'static str,
}

/// A name that could not be resolved; travels inside reqwest's error.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub(super) struct Unresolved(pub(super) String);

/// Which hosts may be where; also the resolver of the client.
#[derive(Debug, Clone)]
pub(super) struct Guard {
    allowed: Arc<BTreeSet<String>>,
    fixed: Arc<BTreeMap<String, SocketAddr>>,
}

impl Guard {
    /// From `allow_private_hosts`, `hosts` and the names of configured proxies.
    pub(super) fn new(
        allowed: impl IntoIterator<Item = String>,
        hosts: &BTreeMap<String, String>,
    ) -> Result<Self, FetchErrorKind> {
        let fixed = hosts
            .iter()
            .map(|(name, address)| {
                let address = address.parse().map_err(|_| FetchErrorKind::Setting {
                    key: "hosts",
                    reason: format!("`{address}` for {name} is not of the form ip:port"),
                })?;
                Ok((plain_name(name), address))
            })
            .collect::<Result<_, FetchErrorKind>>()?;
        Ok(Self {
            allowed: Arc::new(allowed.into_iter().map(|name| plain_name(&name)).collect()),
            fixed: Arc::new(fixed),
        })
    }

    /// Whether this host has a fixed address or may be private: it is never asked through a proxy.
    pub(super) fn is_local(&self, url: &Url) -> bool {
        let name = plain_name(url.host_str().unwrap_or_default());
        self.fixed.contains_key(&name) || self.allowed.contains(&name)
    }

    /// Checks scheme, host and a literal address; names are checked once they are resolved.
    pub(super) fn check(&self, url: &Url) -> Result<(), FetchError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(FetchError::new(url, FetchErrorKind::NotWeb));
        }
        let (address, name) = match url.host() {
            Some(Host::Ipv4(address)) => (IpAddr::V4(address), address.to_string()),
            Some(Host::Ipv6(address)) => (IpAddr::V6(address), address.to_string()),
            // A proxy would resolve this name on its own; it never means a publisher.
            Some(Host::Domain(name)) if is_localhost(name) => (IpAddr::V4(Ipv4Addr::LOCALHOST), plain_name(name)),
            Some(Host::Domain(_)) => return Ok(()),
            None => return Err(FetchError::new(url, FetchErrorKind::NotWeb)),
        };
        self.check_address(&name, address).map_err(|refused| {
            FetchError::new(url, FetchErrorKind::Private { address: refused.address, what: refused.what })
        })
    }

    fn check_address(&self, name: &str, address: IpAddr) -> Result<(), Refused> {
        match not_public(address) {
            Some(what) if !self.allowed.contains(name) => Err(Refused { address, what }),
            _ => Ok(()),
        }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let host = plain_name(name.as_str());
            let addresses: Vec<SocketAddr> = match guard.fixed.get(&host) {
                Some(address) => vec![*address],
                None => tokio::net::lookup_host((name.as_str(), 0))
                    .await
                    .map_err(|error| Unresolved(error.to_string()))?
                    .collect(),
            };
            if addresses.is_empty() {
                return Err(Unresolved("the name server knows none".to_owned()).into());
            }
            // One refused address refuses the name: a mixed answer is how rebinding looks.
            for address in &addresses {
                guard.check_address(&host, address.ip())?;
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// A host as it is compared: lower case, without the root's dot or an IPv6 address's brackets.
fn plain_name(host: &str) -> String {
    host.trim_end_matches('.').trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase()
}

fn is_localhost(name: &str) -> bool {
    let name = plain_name(name);
    name == "localhost" || name.ends_with(".localhost")
}

/// What kind of address it is, where it is not a public one.
pub(super) fn not_public(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => not_public_v4(address),
        IpAddr::V6(address) => not_public_v6(address),
    }
}

fn not_public_v4(address: Ipv4Addr) -> Option<&'static str> {
    let [a, b, c, _] = address.octets();
    match (a, b, c) {
        (0, ..) => Some("an address of this network"),
        (127, ..) => Some("a loopback address"),
        (10, ..) | (192, 168, _) | (172, 16..=31, _) => Some("a private address"),
        (100, 64..=127, _) => Some("a carrier's shared address"),
        (169, 254, _) => Some("a link-local address (cloud metadata among them)"),
        (192, 0, 0) | (192, 31, 196) | (192, 52, 193) | (192, 175, 48) | (198, 18..=19, _) => {
            Some("an address for special use")
        }
        (192, 0, 2) | (198, 51, 100) | (203, 0, 113) => Some("an address for documentation"),
        (224..=239, ..) => Some("a multicast address"),
        (240.., ..) => Some("a reserved or broadcast address"),
        _ if address.octets() == [168, 63, 129, 16] => Some("a metadata address (Azure's, within a public block)"),
        _ => None,
    }
}

fn not_public_v6(address: Ipv6Addr) -> Option<&'static str> {
    let parts = address.segments();
    let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match parts {
        [0, 0, 0, 0, 0, 0, 0, 0] => Some("the unspecified address"),
        [0, 0, 0, 0, 0, 0, 0, 1] => Some("a loopback address"),
        // IPv4-mapped, IPv4-compatible and translated addresses hide an IPv4 address: none of
        // them is how a publisher is reached, save the well-known NAT64 prefix.
        [0, 0, 0, 0, 0, 0xffff, ..] => Some("an IPv4-mapped address"),
        [0, 0, 0, 0, 0, 0, ..] => Some("an IPv4-compatible address"),
        [0, 0, 0, 0, 0xffff, 0, ..] => Some("a translated address"),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => not_public_v4(v4(high, low)),
        [0x64, 0xff9b, 1, ..] => Some("a locally translated address"),
        [0x2001, 0, ..] => Some("a Teredo address"),
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Some("an address for documentation"),
        [0x100, 0, 0, 0, ..] => Some("a discarding address"),
        [0xfc00..=0xfdff, ..] => Some("a unique-local address"),
        [0xfe80..=0xfebf, ..] => Some("a link-local address"),
        [0xfec0..=0xfeff, ..] => Some("a site-local address"),
        [0xff00..=0xffff, ..] => Some("a multicast address"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(allowed: &[&str]) -> Guard {
        Guard::new(allowed.iter().map(|name| (*name).to_owned()), &BTreeMap::new()).expect("no fixed hosts")
    }

    fn url(text: &str) -> Url {
        text.parse().expect("a URL")
    }

    #[test]
    fn every_address_that_is_not_public_is_named() {
        for address in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "192.0.0.192",
            "192.0.2.1",
            "198.18.0.1",
            "224.0.0.1",
            "239.255.255.250",
            "240.0.0.1",
            "255.255.255.255",
            "168.63.129.16",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(not_public(address.parse().expect("an address")).is_some(), "{address} passed");
        }
    }

    #[test]
    fn public_addresses_pass() {
        for address in ["1.1.1.1", "8.8.8.8", "100.63.0.1", "172.15.0.1", "172.32.0.1", "192.167.1.1", "223.255.255.1"]
        {
            assert_eq!(not_public(address.parse().expect("an address")), None, "{address}");
        }
        for address in ["2606:4700::1111", "2a00:1450:4001::1", "64:ff9b::808:808"] {
            assert_eq!(not_public(address.parse().expect("an address")), None, "{address}");
        }
    }

    #[test]
    fn every_spelling_of_a_loopback_address_is_refused() {
        for text in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f.0.0.1/",
            "http://0177.0.0.1/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://localhost/",
            "http://LOCALHOST./",
            "http://feeds.localhost/",
            "https://user@127.0.0.1:8443/feed",
        ] {
            let error = guard(&[]).check(&url(text)).expect_err(text);
            assert!(matches!(error.kind, FetchErrorKind::Private { .. }), "{text}: {error}");
        }
    }

    #[test]
    fn only_http_and_https_are_asked() {
        for text in ["ftp://example.org/feed", "file:///etc/passwd", "gopher://example.org/", "data:text/plain,hi"] {
            assert_eq!(guard(&[]).check(&url(text)).expect_err(text).kind, FetchErrorKind::NotWeb);
        }
    }

    #[test]
    fn an_allowed_host_may_be_private_and_no_other() {
        let guard = guard(&["192.168.1.7", "::1"]);
        assert!(guard.check(&url("http://192.168.1.7:8080/feed")).is_ok());
        assert!(guard.check(&url("http://[::1]/feed")).is_ok());
        assert!(guard.check(&url("http://192.168.1.8/feed")).is_err());
    }

    #[test]
    fn a_fixed_host_that_is_no_address_with_a_port_is_a_settings_error() {
        let hosts = BTreeMap::from([("paper.example".to_owned(), "127.0.0.1".to_owned())]);
        let error = Guard::new([], &hosts).expect_err("no port");
        assert!(error.to_string().contains("paper.example"), "{error}");
    }
}
