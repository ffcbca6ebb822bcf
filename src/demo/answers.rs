//! Answers one request of the invented web: which status, which headers, which bytes.
//!
//! Pure: a host, a path, three request headers and the pass decide everything. Sockets and the log
//! are `server`'s, the bodies come from `feeds` and `pages`.

use super::publisher::{Behaviour, Charset, Publisher, Validators};
use super::{World, feeds, pages};
use flate2::{Compression, write::GzEncoder};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use std::io::Write;

/// What is asked.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// The `Host` header.
    pub host: &'a str,
    /// Path and query.
    pub path: &'a str,
    /// `If-None-Match`, byte for byte.
    pub if_none_match: Option<&'a [u8]>,
    /// `If-Modified-Since`, byte for byte.
    pub if_modified_since: Option<&'a [u8]>,
    /// Whether gzip is accepted.
    pub accepts_gzip: bool,
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Headers in order.
    pub headers: Vec<(&'static str, String)>,
    /// The bytes after the headers.
    pub body: Vec<u8>,
}

impl Answer {
    fn new(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: vec![("content-type", kind.to_owned())], body: body.into() }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// A time as HTTP writes it.
pub(super) fn http_date(time: Timestamp) -> String {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&time).expect("the world's years have four digits")
}

impl World {
    /// The answer to a request in the given pass. Unknown hosts and paths get 404.
    pub fn answer(&self, asked: Asked<'_>, pass: u8) -> Answer {
        self.route(asked, pass).with("date", http_date(Self::now(pass)))
    }

    fn route(&self, mut asked: Asked<'_>, pass: u8) -> Answer {
        let whole = asked.path;
        asked.path = whole.split('?').next().unwrap_or_default();
        let missing = || Answer::new(404, "text/html; charset=utf-8", "<html><body><h1>404</h1></body></html>");
        if let Some(trouble) =
            self.troubled.iter().find(|trouble| trouble.host == asked.host && trouble.path == asked.path)
        {
            let behaviour = if pass < 2 { trouble.first } else { trouble.second };
            match behaviour {
                Behaviour::Gone => return Answer::new(410, "text/plain", "This feed has been discontinued.\n"),
                Behaviour::Busy => {
                    return Answer::new(429, "text/plain", "Too many requests\n").with("retry-after", "7200");
                }
                Behaviour::Html => {
                    return Answer::new(200, "text/html; charset=utf-8", pages::promised_feed(&trouble.host));
                }
                Behaviour::Silent => return missing(),
                Behaviour::Ordinary => {}
            }
        }
        let Some(any) = self.publishers.iter().find(|publisher| publisher.host == asked.host) else {
            return missing();
        };
        if asked.path == "/robots.txt" {
            return match &any.robots {
                Some(rules) => Answer::new(200, "text/plain", rules.as_str()),
                None => missing(),
            };
        }
        let here = || self.publishers.iter().filter(|publisher| publisher.host == asked.host);
        if let Some(publisher) = here().find(|publisher| publisher.redirected_from.as_deref() == Some(asked.path)) {
            return Answer::new(302, "text/html", "").with("location", publisher.address(&publisher.feed));
        }
        if let Some(publisher) = here().find(|publisher| publisher.feed == asked.path) {
            return self.list(publisher, asked, pass);
        }
        let Some(document) = self.document(asked.host, whole, pass) else { return missing() };
        let Some(publisher) = self.publisher(&document.publisher) else { return missing() };
        let page = pages::article(self, publisher, document, pass);
        let kind = match publisher.charset {
            Charset::Utf8 => "text/html; charset=utf-8",
            Charset::SaysLatin1 => "text/html; charset=iso-8859-1",
            Charset::SaysUtf8 => "text/html; charset=UTF-8",
            Charset::Cyrillic => "text/html",
        };
        pack(Answer::new(200, kind, encode(&page, publisher.charset)), publisher.gzip && asked.accepts_gzip)
    }

    fn list(&self, publisher: &Publisher, asked: Asked<'_>, pass: u8) -> Answer {
        let (kind, body) = feeds::write(self, publisher, pass);
        let body = encode(&body, publisher.charset);
        let newest =
            self.listed(publisher, pass).iter().map(|document| document.updated.unwrap_or(document.published)).max();
        // A comma and no weakness rule: validators are opaque and go back byte for byte.
        let etag = (publisher.validators != Validators::LastModified)
            .then(|| format!("W/\"{},{:08x}\"", publisher.name, crc32fast::hash(&body)));
        let modified = newest.filter(|_| publisher.validators != Validators::Etag).map(http_date);
        let unchanged = match (&etag, asked.if_none_match) {
            (Some(etag), Some(known)) => etag.as_bytes() == known,
            (None, _) => modified.is_some() && modified.as_deref().map(str::as_bytes) == asked.if_modified_since,
            (Some(_), None) => false,
        };
        let mut answer = if unchanged {
            Answer { status: 304, headers: Vec::new(), body: Vec::new() }
        } else {
            pack(Answer::new(200, kind, body), publisher.gzip && asked.accepts_gzip)
        };
        if let Some(etag) = etag {
            answer = answer.with("etag", etag);
        }
        if let Some(modified) = modified {
            answer = answer.with("last-modified", modified);
        }
        answer
    }
}

fn pack(answer: Answer, gzip: bool) -> Answer {
    if !gzip {
        return answer;
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    match encoder.write_all(&answer.body).and_then(|()| encoder.finish()) {
        Ok(body) => Answer { body, ..answer }.with("content-encoding", "gzip"),
        Err(_) => answer,
    }
}

fn encode(text: &str, charset: Charset) -> Vec<u8> {
    match charset {
        Charset::Utf8 | Charset::SaysLatin1 => text.as_bytes().to_vec(),
        Charset::SaysUtf8 => encoding_rs::WINDOWS_1252.encode(text).0.into_owned(),
        Charset::Cyrillic => encoding_rs::WINDOWS_1251.encode(text).0.into_owned(),
    }
}
