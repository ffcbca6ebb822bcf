//! Tells a page that wants to see a browser or a person from an ordinary refusal.
//!
//! Such a page is reported as what it is; nothing here or elsewhere tries to pass it. The marks
//! are headers that the guards set themselves and addresses of their scripts: words of a
//! language would be found in articles about them.

use reqwest::header::HeaderMap;

/// Bytes of a refusal that are looked at.
pub(super) const LOOKED_AT: usize = 64 * 1024;

/// A header, a text in its value (empty for any), and whose header it is.
const HEADER_MARKS: [(&str, &str, &str); 6] = [
    ("cf-mitigated", "challenge", "Cloudflare"),
    ("x-amzn-waf-action", "", "AWS WAF"),
    ("x-datadome", "", "DataDome"),
    ("x-vercel-mitigated", "challenge", "Vercel"),
    ("x-sucuri-block", "", "Sucuri"),
    ("x-px-block", "", "HUMAN"),
];

/// A text in a page, and whose page it is.
const BODY_MARKS: [(&str, &str); 10] = [
    ("/cdn-cgi/challenge-platform/", "Cloudflare"),
    ("challenges.cloudflare.com/", "Cloudflare"),
    ("_incapsula_resource", "Imperva"),
    ("captcha-delivery.com", "DataDome"),
    (".awswaf.com/", "AWS WAF"),
    ("ddos-guard.net", "DDoS-Guard"),
    ("/.within.website/x/cmd/anubis", "Anubis"),
    ("window._pxappid", "HUMAN"),
    ("www.google.com/recaptcha/", "reCAPTCHA"),
    ("hcaptcha.com/1/api.js", "hCaptcha"),
];

/// Whose challenge this is, if it is one.
///
/// A success is one only by its headers (a page of news may well carry a captcha for its
/// comments); a refusal also by its body.
pub(super) fn guard_of(status: u16, headers: &HeaderMap, body: &[u8]) -> Option<&'static str> {
    let by_header = HEADER_MARKS.iter().find(|(name, mark, _)| {
        headers.get(*name).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains(mark))
    });
    // DataDome marks every answer that it let through too.
    if let Some((name, _, guard)) = by_header
        && (status >= 400 || *name != "x-datadome")
    {
        return Some(guard);
    }
    if status < 400 {
        return None;
    }
    let page = String::from_utf8_lossy(&body[..body.len().min(LOOKED_AT)]).to_ascii_lowercase();
    BODY_MARKS.iter().find(|(mark, _)| page.contains(mark)).map(|(_, guard)| *guard)
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderName;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        [(HeaderName::from_static(name), value.parse().expect("a header"))].into_iter().collect()
    }

    #[test]
    fn a_challenge_is_told_from_an_ordinary_refusal() {
        let none = HeaderMap::new();
        assert_eq!(guard_of(403, &headers("cf-mitigated", "challenge"), b""), Some("Cloudflare"));
        assert_eq!(guard_of(202, &headers("x-amzn-waf-action", "challenge"), b""), Some("AWS WAF"));
        let script = b"<script src='/CDN-cgi/challenge-platform/h/b/orchestrate'></script>";
        assert_eq!(guard_of(503, &none, script), Some("Cloudflare"));
        assert_eq!(guard_of(403, &none, b"<h1>Forbidden</h1>"), None);
        assert_eq!(guard_of(403, &headers("server", "cloudflare"), b"Access denied"), None);
    }

    #[test]
    fn a_page_that_only_carries_a_captcha_is_no_challenge() {
        assert_eq!(guard_of(200, &HeaderMap::new(), b"<script src='https://www.google.com/recaptcha/api.js'>"), None);
        assert_eq!(guard_of(200, &headers("x-datadome", "protected"), b"<rss/>"), None);
    }
}
