//! Stands in the encoder's place where the crate is built without the feature `model`: there is no model to load, and
//! so no value of its type.

use crate::error::UnderstandError;

/// The model that this build has not.
pub(super) enum Shipped {}

impl Shipped {
    /// Says that there is none.
    pub(super) fn load() -> Result<Self, UnderstandError> {
        Err(UnderstandError::NoModel)
    }

    /// The first `most` tokens of a text.
    pub(super) fn pieces(&self, _: &str, _: usize) -> Vec<u32> {
        match *self {}
    }

    /// The debiased vectors of texts' tokens.
    pub(super) fn vectors(&self, _: &[&[u32]]) -> Result<Vec<Vec<f32>>, UnderstandError> {
        match *self {}
    }
}

#[cfg(test)]
mod tests {
    use crate::{Settings, Understanding};

    #[test]
    fn a_build_without_the_model_says_so_and_what_to_do() {
        let error = Understanding::shipped(&Settings::default()).err().expect("there is no model");
        assert_eq!(error.to_string(), "this program was built without the language model");
        assert!(error.hint().contains("--features model"), "{}", error.hint());
    }
}
