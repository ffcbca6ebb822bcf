//! What can go wrong while a text is understood.

use samestory_model::Fault;

/// A failure of the model; a text itself is never refused.
#[derive(Debug, thiserror::Error)]
pub enum UnderstandError {
    /// The model's files do not load.
    #[error("the language model does not load: {what}")]
    Model {
        /// Which file and why.
        what: String,
    },
    /// The program was built without the feature `model`.
    #[error("this program was built without the language model")]
    NoModel,
    /// The model did not run.
    #[error("the language model failed on a text: {why}")]
    Run {
        /// What the runtime said.
        why: String,
    },
}

impl UnderstandError {
    /// Whose fault it is: always the program's or its files'.
    pub fn fault(&self) -> Fault {
        Fault::Ours
    }

    /// What a person can do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoModel => "build it with the model: cargo build --release --features model",
            Self::Model { .. } | Self::Run { .. } => {
                "install samestory again, or leave `understand.model` empty to use the shipped model"
            }
        }
    }
}
