//! `samestory show --compare DOC DOC`: what one version of a text has and the other lacks.

use super::context::Context;
use super::explain::found;
use super::report::Report;
use samestory_cluster::align::{Version, side_by_side};
use samestory_model::{Aligned, Document, DocumentView};
use samestory_store::Reader;
use samestory_understand::{UnderstandError, Understanding};

/// Lays two versions side by side: documents, and how they are shown.
pub fn versions(
    understanding: &Understanding,
    [left, right]: [(&Document, DocumentView); 2],
) -> Result<Aligned, UnderstandError> {
    let version = |(document, view): (&Document, DocumentView)| {
        let (sentences, cut) = understanding.read(document)?;
        Ok(Version { view, sentences, cut })
    };
    Ok(side_by_side(version(left)?, version(right)?, &understanding.kin()))
}

/// Lays two stored documents side by side; each is named by its id or address.
pub fn aligned(context: &Context, reader: &Reader, names: [&str; 2]) -> Result<Aligned, Report> {
    let understanding = Understanding::shipped(&context.settings.understand)?;
    let (left, right) = (found(reader, names[0])?, found(reader, names[1])?);
    Ok(versions(&understanding, [(&left.0.document, left.1), (&right.0.document, right.1)])?)
}
