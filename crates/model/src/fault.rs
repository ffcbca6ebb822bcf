//! What went wrong, whose fault it is, and what to do: a stored row, not an exception.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Whose fault a failure is; decides retry, back-off and wording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fault {
    /// The way there: DNS, connect, time-out. Tried again with back-off.
    Network,
    /// What the publisher sent: a status, HTML for a feed, a broken document.
    Publisher,
    /// What the user configured: an unknown key, a refused address, a path that is not there.
    Configuration,
    /// This program or its store.
    Ours,
}

/// One thing that failed, as it is stored with its source and shown by `doctor`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What failed: an address, a source's name, a file and line.
    pub subject: String,
    /// Whose fault it is.
    pub fault: Fault,
    /// What is wrong, in one line without the subject.
    pub message: String,
    /// What a person can do; empty where nothing helps.
    pub hint: String,
    /// When it is tried again, where it is.
    pub next_try: Option<Timestamp>,
}

impl Failure {
    /// A failure without a next try.
    pub fn new(subject: impl Into<String>, fault: Fault, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { subject: subject.into(), fault, message: message.into(), hint: hint.into(), next_try: None }
    }
}

/// Characters of one part of a failure that are shown: strangers write addresses of any length.
const SHOWN: usize = 1000;

fn cut(text: &str) -> std::borrow::Cow<'_, str> {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}: {}", cut(&self.subject), cut(&self.message))?;
        if !self.hint.is_empty() {
            write!(out, " (hint: {})", cut(&self.hint))?;
        }
        Ok(())
    }
}
