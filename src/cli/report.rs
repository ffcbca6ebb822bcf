//! How an error reaches a person: what failed, the cause, an empty line, and a hint.

use crate::config::ConfigError;
use crate::model::Failure;
use crate::pipeline::PipelineError;
use crate::show::inert;
use crate::store::StoreError;
use std::fmt;
use std::process::ExitCode;

/// Says something on stderr; where nobody listens, that is no error.
macro_rules! say {
    ($($what:tt)*) => {{
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), $($what)*);
    }};
}
pub(crate) use say;

/// Exit codes, as the documentation promises them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Done, but some sources, files or lines failed.
    Some = 1,
    /// Usage or configuration.
    Usage = 2,
    /// The store.
    Store = 3,
    /// Interrupted.
    Interrupted = 4,
}

impl Exit {
    /// As the process returns it.
    pub fn code(self) -> ExitCode {
        ExitCode::from(self as u8)
    }
}

/// An error as it is printed.
#[derive(Debug, Clone)]
pub struct Report {
    message: String,
    hint: String,
    /// With which code the process ends.
    pub exit: Exit,
}

impl Report {
    /// An error of usage or configuration.
    pub fn usage(subject: impl fmt::Display, what: impl fmt::Display, hint: impl Into<String>) -> Self {
        Self { message: format!("{subject}: {what}"), hint: hint.into(), exit: Exit::Usage }
    }
}

impl Report {
    /// One source, page or file that failed, where it was all that was asked for.
    pub fn failed(failure: &Failure) -> Self {
        let exit = match failure.fault {
            crate::model::Fault::Configuration => Exit::Usage,
            _ => Exit::Some,
        };
        Self { message: format!("{}: {}", failure.subject, failure.message), hint: failure.hint.clone(), exit }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "error: {}", inert(&self.message))?;
        if !self.hint.is_empty() {
            writeln!(out, "\nhint: {}", inert(&self.hint))?;
        }
        Ok(())
    }
}

impl From<StoreError> for Report {
    fn from(error: StoreError) -> Self {
        Self { message: error.to_string(), hint: error.hint().to_owned(), exit: Exit::Store }
    }
}

impl From<ConfigError> for Report {
    fn from(error: ConfigError) -> Self {
        Self { message: error.to_string(), hint: error.hint().to_owned(), exit: Exit::Usage }
    }
}

impl From<PipelineError> for Report {
    fn from(error: PipelineError) -> Self {
        let exit = if matches!(error, PipelineError::Store(_)) { Exit::Store } else { Exit::Usage };
        Self { message: error.to_string(), hint: error.hint(), exit }
    }
}

impl From<crate::understand::UnderstandError> for Report {
    fn from(error: crate::understand::UnderstandError) -> Self {
        PipelineError::from(error).into()
    }
}

/// Tells what failed without stopping anything, one line each.
pub fn tell(failures: &[Failure]) {
    for failure in failures {
        say!("failed: {}", inert(&failure.to_string()));
    }
}
