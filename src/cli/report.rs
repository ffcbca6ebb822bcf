//! How an error reaches a person: what failed, the cause, an empty line, and a hint.

use crate::config::ConfigError;
use crate::pipeline::PipelineError;
use crate::show::inert;
use samestory_model::Failure;
use samestory_store::StoreError;
use std::fmt;
use std::process::ExitCode;

/// Says something on stderr, harmless whatever it quotes.
macro_rules! say {
    ($($what:tt)*) => {
        $crate::cli::output::say_line(&format!($($what)*))
    };
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

/// Whether trying again helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Again {
    Never,
    Perhaps,
    Soon,
}

/// An error as it is printed.
#[derive(Debug, Clone)]
pub struct Report {
    message: String,
    hint: String,
    again: Again,
    /// With which code the process ends.
    pub exit: Exit,
}

impl Report {
    /// An error of usage or configuration.
    pub fn usage(subject: impl fmt::Display, what: impl fmt::Display, hint: impl Into<String>) -> Self {
        Self { message: format!("{subject}: {what}"), hint: hint.into(), again: Again::Perhaps, exit: Exit::Usage }
    }
}

impl Report {
    /// The database gave up in the middle of something, which its makers did not foresee.
    pub fn database() -> Self {
        let message = "the store: the database gave up, on a damaged file or a failing disk".to_owned();
        let hint =
            "samestory doctor shows what is readable; read your last backup into a new folder: samestory restore FILE";
        Self { message, hint: hint.to_owned(), again: Again::Never, exit: Exit::Store }
    }

    /// In one line, without the hint.
    pub fn line(&self) -> String {
        self.message.clone()
    }

    /// Whether trying again would not help: a damaged store, or one of a later version.
    pub fn is_final(&self) -> bool {
        self.again == Again::Never
    }

    /// Whether another process has the store and will give it back, or was faster.
    pub fn is_busy(&self) -> bool {
        self.again == Again::Soon
    }

    /// One source, page or file that failed, where it was all that was asked for.
    pub fn failed(failure: &Failure) -> Self {
        let exit = match failure.fault {
            samestory_model::Fault::Configuration => Exit::Usage,
            _ => Exit::Some,
        };
        Self {
            message: format!("{}: {}", failure.subject, failure.message),
            hint: failure.hint.clone(),
            again: Again::Perhaps,
            exit,
        }
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
        let again = match error {
            _ if error.is_final() => Again::Never,
            StoreError::Busy { .. } | StoreError::Conflict { .. } => Again::Soon,
            _ => Again::Perhaps,
        };
        Self { message: error.to_string(), hint: error.hint().to_owned(), again, exit: Exit::Store }
    }
}

impl From<ConfigError> for Report {
    fn from(error: ConfigError) -> Self {
        Self { message: error.to_string(), hint: error.hint().to_owned(), again: Again::Perhaps, exit: Exit::Usage }
    }
}

impl From<PipelineError> for Report {
    fn from(error: PipelineError) -> Self {
        let (message, hint) = (error.to_string(), error.hint());
        match error {
            PipelineError::Store(error) => error.into(),
            _ => Self { message, hint, again: Again::Perhaps, exit: Exit::Usage },
        }
    }
}

impl From<samestory_understand::UnderstandError> for Report {
    fn from(error: samestory_understand::UnderstandError) -> Self {
        PipelineError::from(error).into()
    }
}

/// Tells what failed without stopping anything, one line each.
pub fn tell(failures: &[Failure]) {
    for failure in failures {
        say!("failed: {}", inert(&failure.to_string()));
    }
}
