//! Reads the few headers that matter: validators, freshness, `Retry-After`, types.
//!
//! Pure functions from headers (and the time of arrival) to values. A malformed header is read
//! as if it were absent, except validators, which are kept byte for byte, whatever they are.
//! Dates are held against the answer's own `Date`, so a publisher's wrong clock cancels out.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use reqwest::header::{self, HeaderMap, HeaderName};
use samestory_model::{Freshness, Validators};

/// Validators, each on its own.
pub(super) fn validators(headers: &HeaderMap) -> Validators {
    let bytes = |name: HeaderName| headers.get(name).map(|value| value.as_bytes().to_vec());
    Validators { etag: bytes(header::ETAG), last_modified: bytes(header::LAST_MODIFIED) }
}

/// What the answer says about how long it stays fresh.
pub(super) fn freshness(headers: &HeaderMap, now: Timestamp) -> Freshness {
    Freshness {
        max_age: headers
            .get_all(header::CACHE_CONTROL)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .find_map(max_age),
        expires_in: text(headers, &header::EXPIRES)
            .and_then(http_date)
            .map(|expires| expires.as_second() - sent_at(headers, now).as_second()),
        age: text(headers, &header::AGE).and_then(seconds).unwrap_or(0),
    }
}

/// Seconds that `Retry-After` asks for; `None` where it is absent, malformed or not in the future.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<u64> {
    let value = text(headers, &header::RETRY_AFTER)?;
    let wait = seconds(value).or_else(|| {
        let until = http_date(value)?.as_second() - sent_at(headers, now).as_second();
        u64::try_from(until).ok()
    })?;
    (wait > 0).then_some(wait)
}

/// One header as text, trimmed; `None` where it is absent or holds other bytes than ASCII.
pub(super) fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim).filter(|value| !value.is_empty())
}

fn max_age(cache_control: &str) -> Option<u64> {
    cache_control.split(',').find_map(|directive| {
        let (name, value) = directive.split_once('=')?;
        name.trim().eq_ignore_ascii_case("max-age").then(|| seconds(value.trim().trim_matches('"')))?
    })
}

/// Digits and nothing else; more than fit mean "very long", as RFC 9111 asks.
fn seconds(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // 2^31 seconds are the most that RFC 9111 lets a cache distinguish.
    digits.then(|| text.parse().unwrap_or(u64::MAX).min(1 << 31))
}

fn sent_at(headers: &HeaderMap, now: Timestamp) -> Timestamp {
    text(headers, &header::DATE).and_then(http_date).unwrap_or(now)
}

/// The three forms of RFC 9110; all of them mean UTC.
fn http_date(text: &str) -> Option<Timestamp> {
    if let Ok(zoned) = jiff::fmt::rfc2822::parse(text) {
        return Some(zoned.timestamp());
    }
    ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"]
        .iter()
        .find_map(|form| DateTime::strptime(form, text).ok())
        .and_then(|time| time.to_zoned(TimeZone::UTC).ok())
        .map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        lines.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().expect("a header"))).collect()
    }

    fn now() -> Timestamp {
        "2026-03-02T12:00:00Z".parse().expect("an instant")
    }

    #[test]
    fn validators_are_kept_byte_for_byte() {
        let mut given = headers(&[("last-modified", "tuesday-ish")]);
        given.insert(header::ETAG, reqwest::header::HeaderValue::from_bytes(b"W/\"a,b-\xc3\xa9==\"").expect("bytes"));
        let read = validators(&given);
        assert_eq!(read.etag.as_deref(), Some(&b"W/\"a,b-\xc3\xa9==\""[..]));
        assert_eq!(read.last_modified.as_deref(), Some(&b"tuesday-ish"[..]));
    }

    #[test]
    fn max_age_is_read_among_other_directives_and_only_there() {
        for (value, expected) in [
            ("max-age=60", Some(60)),
            ("public, Max-Age = 60 , must-revalidate", Some(60)),
            ("max-age=\"60\"", Some(60)),
            ("s-maxage=60", None),
            ("max-age=-1", None),
            ("max-age=soon", None),
            ("max-age=", None),
            ("max-age=99999999999999999999999", Some(1 << 31)),
        ] {
            assert_eq!(freshness(&headers(&[("cache-control", value)]), now()).max_age, expected, "{value}");
        }
    }

    #[test]
    fn expires_is_held_against_the_answers_own_date() {
        let late = headers(&[("date", "Mon, 02 Mar 2020 12:00:00 GMT"), ("expires", "Mon, 02 Mar 2020 14:00:00 GMT")]);
        assert_eq!(freshness(&late, now()).expires_in, Some(7200));
        let undated = headers(&[("expires", "Mon, 02 Mar 2026 13:00:00 GMT")]);
        assert_eq!(freshness(&undated, now()).expires_in, Some(3600));
        for malformed in ["0", "-1", "never", "Mon, 99 Mar 2026 13:00:00 GMT"] {
            assert_eq!(freshness(&headers(&[("expires", malformed)]), now()).expires_in, None, "{malformed}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_in_the_future() {
        for (value, expected) in [
            ("3601", Some(3601)),
            (" 10 ", Some(10)),
            ("0", None),
            ("-5", None),
            ("xyz", None),
            ("12.5", None),
            ("Mon, 02 Mar 2026 12:10:00 GMT", Some(600)),
            ("Monday, 02-Mar-26 12:10:00 GMT", Some(600)),
            ("Mon Mar  2 12:10:00 2026", Some(600)),
            ("Mon, 02 Mar 2026 11:50:00 GMT", None),
        ] {
            assert_eq!(retry_after(&headers(&[("retry-after", value)]), now()), expected, "{value}");
        }
        let wrong_clock =
            headers(&[("date", "Thu, 01 Jan 1970 00:00:00 GMT"), ("retry-after", "Thu, 01 Jan 1970 02:00:00 GMT")]);
        assert_eq!(retry_after(&wrong_clock, now()), Some(7200));
    }

    #[test]
    fn an_age_that_is_no_number_counts_as_none() {
        assert_eq!(freshness(&headers(&[("age", "30")]), now()).age, 30);
        assert_eq!(freshness(&headers(&[("age", "old")]), now()).age, 0);
    }
}
