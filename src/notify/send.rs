//! Hands one story to the receiver and says whether it was taken.

use crate::fetch::{FetchErrorKind, Fetcher};
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use url::Url;

/// What is notified.
pub(super) enum Receiver {
    /// A program, with its arguments; it gets the story on its stdin.
    Command { words: Vec<String>, timeout: Duration },
    /// An address, which gets the story as the body of a POST.
    Webhook { url: Url, fetcher: Fetcher, runtime: Runtime, timeout: Duration },
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sent {
    /// It was taken.
    Taken,
    /// It surely was not.
    Refused(String),
    /// It is not known whether it was taken.
    Unknown(String),
}

impl Receiver {
    /// Hands a story over, as one line of JSON.
    pub(super) fn send(&self, story: &str) -> Sent {
        match self {
            Self::Command { words, timeout } => run(words, story, *timeout),
            Self::Webhook { url, fetcher, runtime, timeout } => {
                match runtime.block_on(fetcher.post(url, story.to_owned(), *timeout)) {
                    Ok(status) if (200..300).contains(&status) => Sent::Taken,
                    Ok(status) => Sent::Refused(format!("answered {status}")),
                    Err(error) if matches!(error.kind, FetchErrorKind::TimedOut { .. }) => {
                        Sent::Unknown(error.to_string())
                    }
                    Err(error) => Sent::Refused(error.to_string()),
                }
            }
        }
    }
}

fn run(words: &[String], story: &str, timeout: Duration) -> Sent {
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return Sent::Refused(format!("`{}` does not start: {error}", words[0])),
    };
    if let Some(mut stdin) = child.stdin.take() {
        let story = story.to_owned();
        // A program need not read what it is given, nor read it soon.
        std::thread::spawn(move || {
            let _ = stdin.write_all(story.as_bytes());
        });
    }
    let begun = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Sent::Taken,
            Ok(Some(status)) => return Sent::Refused(format!("`{}` failed: {status}", words[0])),
            Ok(None) if begun.elapsed() < timeout => std::thread::sleep(Duration::from_millis(5)),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Sent::Unknown(format!("`{}` took longer than {} s", words[0], timeout.as_secs()));
            }
            Err(error) => return Sent::Unknown(error.to_string()),
        }
    }
}
