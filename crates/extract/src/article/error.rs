//! Says why a page or a file gave no article, whose fault it is, and what a person can do.
//!
//! Every message begins with its subject (the address, or the file) and most say
//! `not an article: …`, so that a list of failures reads as one column. Nothing here is fatal to
//! a pass: the item keeps its headline and its feed's summary.

use samestory_model::{Failure, Fault};

/// Why there is no article.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExtractError {
    /// The bytes are of another kind, whatever their name says.
    #[error("{subject}: not an article: this is {kind}")]
    OtherKind {
        /// Address or file.
        subject: String,
        /// What it is, with its article: "a PDF file".
        kind: &'static str,
    },
    /// Nothing to read at all.
    #[error("{subject}: not an article: empty")]
    Empty {
        /// Address or file.
        subject: String,
    },
    /// The page has markup but no readable text: scripts that would build it, or frames.
    #[error("{subject}: not an article: {reason}")]
    NoText {
        /// Address or file.
        subject: String,
        /// What was found in place of text.
        reason: &'static str,
    },
    /// The page stands in front of the article and asks for something.
    #[error("{subject}: not an article: {asks}")]
    Gate {
        /// Address or file.
        subject: String,
        /// What it asks for, as a sentence: "it only asks for consent".
        asks: &'static str,
    },
    /// The markup would take the parser longer than any real page does.
    #[error("{subject}: its markup would cost more than that of any real page")]
    TooCostly {
        /// Address or file.
        subject: String,
    },
}

impl ExtractError {
    /// Whose fault it is: always what the publisher sent.
    pub fn fault(&self) -> Fault {
        Fault::Publisher
    }

    /// The failure of a page, under the name that a person knows it by.
    pub fn failure(&self, name: &str) -> Failure {
        let (Self::OtherKind { subject, .. }
        | Self::Empty { subject }
        | Self::NoText { subject, .. }
        | Self::Gate { subject, .. }
        | Self::TooCostly { subject }) = self;
        let text = self.to_string();
        let message = text.strip_prefix(&format!("{subject}: ")).unwrap_or(&text);
        Failure::new(name, self.fault(), message, self.hint())
    }

    /// What a person can do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::OtherKind { .. } => "only HTML and plain text are read; convert it first, or leave it out",
            Self::Empty { .. } => "fetch or save it again",
            Self::TooCostly { .. } => {
                "the page is made so or broken: set full_text = \"feed\" for this source to read what its feed carries"
            }
            Self::Gate { .. } => {
                "the site shows its pages to browsers only: set full_text = \"feed\" for this source, or save the page in a browser"
            }
            Self::NoText { .. } => {
                "the page may need a browser or a subscription; set full_text = \"feed\" for this source"
            }
        }
    }
}
