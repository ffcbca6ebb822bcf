//! `samestory show --compare DOC DOC`: what one version of a text has and the other lacks.

use super::context::Context;
use super::explain::found;
use super::report::Report;
use crate::align::{Version, side_by_side};
use crate::model::Aligned;
use crate::store::Reader;
use crate::understand::Understanding;

/// Lays two stored documents side by side; each is named by its id or address.
pub fn aligned(context: &Context, reader: &Reader, names: [&str; 2]) -> Result<Aligned, Report> {
    let understanding = Understanding::shipped(&context.settings.understand)?;
    let version = |name: &str| -> Result<Version, Report> {
        let (frame, view) = found(reader, name)?;
        let (sentences, cut) = understanding.read(&frame.document)?;
        Ok(Version { view, sentences, cut })
    };
    Ok(side_by_side(version(names[0])?, version(names[1])?, &understanding.kin()))
}
