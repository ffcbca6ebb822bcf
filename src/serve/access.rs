//! Access control: by method, by the name that the server is called, and by a token where it is exposed.
//!
//! A page elsewhere can point a name of its own at 127.0.0.1 and read what answers. It cannot change the
//! `Host` header, so names that this server was not given are refused; bare IP addresses cannot be rebound.

use http::{HeaderMap, Method, StatusCode, Uri, header};
use sha2::{Digest, Sha256};
use std::net::{IpAddr, SocketAddr};

/// Shortest token that is taken.
pub const TOKEN: usize = 16;

/// Which requests are answered.
#[derive(Debug, Clone)]
pub struct Access {
    /// Where the server listens.
    pub bind: SocketAddr,
    /// Further names that it is called by.
    pub hosts: Vec<String>,
    /// What has to be shown, where it is exposed.
    pub token: Option<String>,
}

/// A refusal, with the reason.
pub type Refusal = (StatusCode, &'static str);

fn same(a: &str, b: &str) -> bool {
    // Digests, and every byte of them, so that the time it takes says nothing about how much was right.
    let (a, b) = (Sha256::digest(a.as_bytes()), Sha256::digest(b.as_bytes()));
    a.iter().zip(&b).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

impl Access {
    fn is_host(&self, host: &str) -> bool {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|sign| sign.is_ascii_digit()) && !name.ends_with(':') => name,
            _ => host,
        };
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let ip = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        let by_ip = ip.is_ok_and(|ip| ip.is_loopback() || !self.bind.ip().is_loopback());
        by_ip || name == "localhost" || self.hosts.iter().any(|known| known.eq_ignore_ascii_case(&name))
    }

    /// The host that was asked for, or why the request is refused; and whether the token stood in the address.
    pub fn check(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(String, bool), Refusal> {
        if method != Method::GET && method != Method::HEAD {
            return Err((StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD"));
        }
        let mut hosts = headers.get_all(header::HOST).iter();
        let host = hosts.next().and_then(|host| host.to_str().ok()).filter(|_| hosts.next().is_none());
        let host = host.ok_or((StatusCode::BAD_REQUEST, "no single Host header"))?;
        if !self.is_host(host) {
            return Err((StatusCode::MISDIRECTED_REQUEST, "this server is not called so"));
        }
        let Some(token) = &self.token else { return Ok((host.to_owned(), false)) };
        let text = |name| headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
        let bearer = text(header::AUTHORIZATION).and_then(|value| {
            // The scheme's name has no case (RFC 9110, 11.1).
            let (scheme, shown) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| shown.trim_matches(' '))
        });
        let cookies = text(header::COOKIE).unwrap_or_default().split(';');
        let mut cookies = cookies.filter_map(|one| one.trim().strip_prefix("samestory="));
        let asked = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        let in_query = asked.into_iter().any(|(name, value)| name == "token" && same(&value, token));
        if in_query || bearer.is_some_and(|shown| same(shown, token)) || cookies.any(|shown| same(shown, token)) {
            return Ok((host.to_owned(), in_query));
        }
        Err((StatusCode::UNAUTHORIZED, "a token is wanted"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_shown_in_any_spelling_of_its_scheme() {
        let bind = "127.0.0.1:7878".parse().expect("an address");
        let access = Access { bind, hosts: Vec::new(), token: Some("0123456789abcdef".to_owned()) };
        let asked = |shown: &str| {
            let headers = [(header::HOST, "localhost"), (header::AUTHORIZATION, shown)];
            let headers = headers.into_iter().map(|(name, value)| (name, value.parse().expect("a header"))).collect();
            access.check(&Method::GET, &Uri::from_static("/"), &headers).is_ok()
        };
        for shown in ["Bearer 0123456789abcdef", "bearer 0123456789abcdef", "BEARER   0123456789abcdef"] {
            assert!(asked(shown), "{shown}");
        }
        for shown in [
            "Bearer",
            "Bearer 0123456789abcdeF",
            "Basic 0123456789abcdef",
            "Bearer0123456789abcdef",
            "Bearer x 0123456789abcdef",
        ] {
            assert!(!asked(shown), "{shown}");
        }
    }

    #[test]
    fn only_names_that_are_ours_are_answered() {
        let bind = "127.0.0.1:7878".parse().expect("an address");
        let access = Access { bind, hosts: vec!["news.home".to_owned()], token: None };
        for host in ["127.0.0.1", "127.0.0.1:7878", "localhost:1", "[::1]:7878", "NEWS.home:80"] {
            assert!(access.is_host(host), "{host}");
        }
        for host in ["evil.example", "evil.example:7878", "10.0.0.1", "localhost.evil.example", "", ":80"] {
            assert!(!access.is_host(host), "{host}");
        }
    }
}
