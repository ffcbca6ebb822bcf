//! The edge at which text leaves the program: stdout, stderr and the log, each made harmless for its reader.
//!
//! Titles, names, addresses and error messages come from strangers, and a terminal obeys what they hold. The code that
//! makes a text makes its fields inert; here nothing passes that was forgotten there. A text that may quote an
//! address loses `user:password@` as well.

use super::report::Report;
use crate::show::{inert_json, inert_markup, inert_styled, inert_text};
use samestory_model::without_userinfo;
use std::borrow::Cow;
use std::io::Write;

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Lines for a person.
    Plain,
    /// Lines with colours and links of our own.
    Styled,
    /// JSON, one object or one a line.
    Json,
    /// XML, Markdown.
    Markup,
    /// Nothing of it came from outside.
    Own,
}

impl Form {
    /// A text in this form without what a terminal would obey.
    pub(crate) fn harmless(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Plain => inert_text(text).into(),
            Self::Styled => inert_styled(text).into(),
            Self::Json => inert_json(text).into(),
            Self::Markup => inert_markup(text).into(),
            Self::Own => text.into(),
        }
    }
}

/// Prints to stdout. A reader that went away is no error; `false` says that it did not get everything.
pub(crate) fn print_as(form: Form, text: &str) -> Result<bool, Report> {
    let text = form.harmless(text);
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Report::usage("stdout", error.to_string(), "check that the disk is not full")),
    }
}

/// Prints lines for a person to stdout.
pub(crate) fn print(text: &str) -> Result<bool, Report> {
    print_as(Form::Plain, text)
}

/// Writes a line to stderr; where that is closed, it is no error.
pub(crate) fn say_line(text: &str) {
    let _ = writeln!(std::io::stderr(), "{}", inert_text(&without_userinfo(text)));
}

/// Where the log goes: stderr, an event at a time.
pub(super) struct Log {
    form: Form,
    event: Vec<u8>,
}

impl Log {
    /// The place for one event, in a form.
    pub(super) fn of(form: Form) -> Self {
        Self { form, event: Vec::new() }
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.event.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let event = std::mem::take(&mut self.event);
        let text = without_userinfo(&String::from_utf8_lossy(&event));
        // An event is one line, whatever its message holds.
        let line = self.form.harmless(text.trim_end()).replace(['\n', '\t'], " ");
        std::io::stderr().write_all(format!("{line}\n").as_bytes())
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        if !self.event.is_empty() {
            let _ = self.flush();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_made_harmless_in_every_form_and_keeps_no_password() {
        let message = "http://a:s3cr3t@b.example\u{9b}2J";
        assert_eq!(Form::Plain.harmless(message), "http://a:s3cr3t@b.example2J");
        assert_eq!(Form::Json.harmless(message), "http://a:s3cr3t@b.example\\u009b2J");
        assert_eq!(Form::Own.harmless(message), message);
        assert_eq!(without_userinfo(message), "http://…@b.example\u{9b}2J");
    }
}
