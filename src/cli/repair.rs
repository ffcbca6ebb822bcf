//! `samestory repair`: a damaged store built anew from what can be read.

use super::context::Context;
use super::report::{Exit, Report, say};
use crate::show::inert;
use samestory_store::Repaired;

/// Repairs the store.
pub fn run(context: &Context) -> Result<Exit, Report> {
    let Some(repaired) = context.place.repair(context.now())? else {
        let hint = "use the server's own backups and tools, or read your last backup: samestory restore FILE";
        return Err(Report::usage(context.place.shown(), "a store on a server is not repaired by samestory", hint));
    };
    let Repaired { documents, stories, alone, notes, aside } = repaired;
    for note in &notes {
        say!("{}", inert(note));
    }
    let Some(aside) = aside else {
        context.say(&format!("nothing else is wrong: {stories} stories, {documents} documents"));
        return Ok(Exit::Done);
    };
    if alone > 0 {
        say!(
            "{alone} documents stand in a story of their own, because their place was lost; some may have been purged \
             before"
        );
    }
    context.say(&format!("built anew: {stories} stories, {documents} documents"));
    context.say(&format!("the damaged files lie in {}; remove them once all is well", aside.display()));
    Ok(Exit::Done)
}
