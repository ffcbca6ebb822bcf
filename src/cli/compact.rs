//! `samestory compact`: the store written anew without what is no longer used.

use super::context::Context;
use super::report::{Exit, Report};
use crate::store::{SledStore, StoreError};

/// Writes the store anew and tells what that saved.
pub(super) fn compacted(store: SledStore, tell: &dyn Fn(&str)) -> Result<(), Report> {
    let before = store.on_disk();
    let after = store.compact()?.on_disk();
    tell(&format!("compacted: {:.1} MB on disk became {:.1} MB", before as f64 / 1e6, after as f64 / 1e6));
    Ok(())
}

/// Compacts the store.
pub fn run(context: &Context) -> Result<Exit, Report> {
    if context.reader_if_any()?.is_none() {
        return Err(StoreError::Missing { path: context.data.clone() }.into());
    }
    compacted(context.store_after_a_pass()?, &|what| context.say(what))?;
    Ok(Exit::Done)
}
