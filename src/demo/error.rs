//! Names what can go wrong with the invented world: its files, or its server.
//!
//! The files are compiled in, so only a developer ever meets the first kind.

use samestory_model::Fault;

/// Why the world could not be read or served.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A file of the world is not what it should be.
    #[error("{file}, line {line}: {what}")]
    Script {
        /// Which file.
        file: String,
        /// Which line, from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// The list of publishers cannot be read.
    #[error("publishers.toml: {0}")]
    Publishers(#[from] toml::de::Error),
    /// No port on loopback could be had.
    #[error("cannot serve the demo's world on 127.0.0.1: {0}")]
    Listen(#[source] std::io::Error),
}

impl DemoError {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Script { .. } | Self::Publishers(_) => Fault::Ours,
            Self::Listen(_) => Fault::Configuration,
        }
    }

    /// What a person can do; empty where nothing helps.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Script { .. } | Self::Publishers(_) => "the files stand in src/demo/world/",
            Self::Listen(_) => "the demo needs one free port on loopback; a sandbox may forbid it",
        }
    }
}
