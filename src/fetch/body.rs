//! Reads the body of an answer: unpacked while it comes, up to a limit, with what is wrong about its end.

use super::FetchErrorKind;
use super::coding::{Ended, Unpacker};
use super::connect::kind_of;
use super::room::Taken;
use crate::config;
use tokio::time::{Instant, timeout_at};

/// How many times its size a packed piece may become in the ordinary way; room is made for that before it is unpacked.
const SWELLS: usize = 8;

/// Bytes by which a packed body may be longer than an unpacked one.
const SLACK: usize = 64 << 10;

/// A body, and how it ended.
#[derive(Debug, Default)]
pub(super) struct Body {
    /// What had come, unpacked.
    pub(super) bytes: Vec<u8>,
    /// Whether it was cut at the limit.
    pub(super) truncated: bool,
    /// Why it ended, where that was not its end.
    pub(super) broke: Option<FetchErrorKind>,
}

/// That the answer was not whole in time.
pub(super) fn late(settings: &config::Fetch) -> FetchErrorKind {
    FetchErrorKind::TimedOut { phase: "the whole answer", seconds: settings.total_timeout }
}

/// Reads a body until it ends, breaks off, is late or as long as it may become. What is waited for room counts as no
/// host's delay.
pub(super) async fn read(
    response: &mut reqwest::Response,
    limit: usize,
    taken: &mut Taken,
    mut end: Instant,
    settings: &config::Fetch,
) -> Body {
    let mut body = Body::default();
    let mut unpacker = match Unpacker::new(response.headers()) {
        Ok(unpacker) => unpacker,
        Err(what) => return Body { broke: Some(FetchErrorKind::Broken(what)), ..body },
    };
    // What is packed is hardly longer than what it holds, unless it was made to be.
    let mut left = limit.saturating_add(limit / 8).saturating_add(SLACK);
    loop {
        let chunk = match timeout_at(end, response.chunk()).await {
            Ok(Ok(Some(chunk))) => chunk,
            Ok(Ok(None)) => break,
            Ok(Err(error)) => {
                body.broke = Some(kind_of(&error, settings));
                break;
            }
            Err(_) => {
                body.broke = Some(late(settings));
                break;
            }
        };
        let (asked, swells) = (Instant::now(), if unpacker.is_needed() { SWELLS } else { 1 });
        if taken.grow((body.bytes.len() + swells * chunk.len()).min(limit), limit).await {
            end += asked.elapsed();
        }
        let pushed = unpacker.push(&chunk, &mut body.bytes, limit);
        if body.ended(pushed) {
            break;
        }
        let Some(rest) = left.checked_sub(chunk.len()) else {
            body.truncated = true;
            break;
        };
        left = rest;
    }
    if !body.truncated {
        // A stream that breaks off in the middle is told by what broke it, not by what it lacks.
        let lacks = unpacker.end(&mut body.bytes, limit);
        if body.broke.is_none() {
            body.ended(lacks);
        }
    }
    taken.grow(body.bytes.len(), limit).await;
    body.bytes.shrink_to_fit();
    body
}

impl Body {
    /// Whether nothing more is to be read; notes why.
    fn ended(&mut self, result: Result<(), Ended>) -> bool {
        match result {
            Ok(()) => return false,
            Err(Ended::Full) => self.truncated = true,
            Err(Ended::Broken(what)) => self.broke = Some(FetchErrorKind::Broken(what)),
        }
        true
    }
}
