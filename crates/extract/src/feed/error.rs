//! Why a source's bytes could not be read as what they were said to be.

use samestory_model::{Failure, Fault};

/// A body that is no source. The subject is its address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Nothing was sent.
    #[error("{subject}: the answer is empty")]
    Empty {
        /// The address.
        subject: String,
    },
    /// The bytes are something else.
    #[error("{subject}: this is no feed: {found}")]
    NotAFeed {
        /// The address.
        subject: String,
        /// What it looks like.
        found: String,
    },
    /// It grows beyond measure while it is read.
    #[error(
        "{subject}: its entities and attributes stand for more than {limit} bytes, the most that is read of a feed of this size"
    )]
    Swells {
        /// The address.
        subject: String,
        /// Bytes that it may have.
        limit: usize,
    },
    /// A selector of a listing source does not read.
    #[error("{subject}: the link selector `{selector}` does not read")]
    Selector {
        /// The address.
        subject: String,
        /// The selector.
        selector: String,
    },
    /// The markup of a listing page would take the parser longer than any real page does.
    #[error("{subject}: its markup would cost more than that of any real page")]
    TooCostly {
        /// The address.
        subject: String,
    },
}

impl ParseError {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Selector { .. } => Fault::Configuration,
            _ => Fault::Publisher,
        }
    }

    /// The failure as it is stored with its source.
    pub fn failure(&self) -> Failure {
        let (Self::Empty { subject }
        | Self::NotAFeed { subject, .. }
        | Self::Swells { subject, .. }
        | Self::Selector { subject, .. }
        | Self::TooCostly { subject }) = self;
        let text = self.to_string();
        let message = text.strip_prefix(&format!("{subject}: ")).unwrap_or(&text);
        Failure::new(subject, self.fault(), message, self.hint())
    }

    /// What a person can do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "the publisher may be at work on it; it is asked again later",
            Self::NotAFeed { .. } => {
                "check the address: samestory sources check ADDRESS names the feeds that a page links to"
            }
            Self::TooCostly { .. } => "the page is made so or broken: follow a feed of this publisher in its place",
            Self::Swells { .. } => {
                "such a feed wants to do harm, or is broken: remove the source, or ask the publisher"
            }
            Self::Selector { .. } => "write a CSS selector such as `h2 a`, or use `link_pattern`",
        }
    }
}
