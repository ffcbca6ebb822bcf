//! Chooses the stories that a reader is shown, and says where its cursor stands then.
//!
//! Everything is decided from what the index knows of a story; a story is read whole only where a filter
//! or the output wants it. A reader that is far behind and asks for a few gets them without the rest being
//! looked at; the cursor then keeps from where on nothing but these was seen ([`Backlog`]).

use super::cursor::{Backlog, Cursor};
use super::error::StoreError;
use super::reader::Reader;
use super::story_head::StoryHead;
use samestory_model::{Change, StoryView};

use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Stories from which on a cursor keeps what was seen rather than what was not.
const MANY: usize = 2000;

/// How many stories were left for the next call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// So many.
    Some(usize),
    /// More than was counted.
    Many,
}

/// What is shown, what is left, and the cursor that goes with it.
pub struct Choice {
    /// What is shown.
    pub shown: Vec<StoryView>,
    /// What is left for the next call.
    pub left: Left,
    /// Where the reader stands then.
    pub moved: Cursor,
}

/// Stories that were published since a time, the latest first.
pub fn since_then(
    reader: &Reader,
    from: Timestamp,
    limit: usize,
    wanted: &dyn Fn(&StoryView) -> bool,
) -> Result<Choice, StoreError> {
    let (mut shown, mut left) = (Vec::new(), Left::Some(0));
    for head in reader.published_since(from) {
        let view = reader.view(&head?)?.view;
        if !wanted(&view) {
            continue;
        }
        if shown.len() == limit {
            left = Left::Many;
            break;
        }
        let change = if view.first_published < from { Change::Grown } else { Change::New };
        shown.push(StoryView { change, ..view });
    }
    Ok(Choice { shown, left, moved: Cursor::default() })
}

/// Stories that came up for a reader since it last looked, the latest published first.
pub fn unseen(
    reader: &Reader,
    at: &Cursor,
    limit: usize,
    wanted: &dyn Fn(&StoryView) -> bool,
) -> Result<Choice, StoreError> {
    if limit < MANY && reader.changes_since(at.floor())? > MANY as u64 {
        return few_of_many(reader, at, limit, wanted);
    }
    let change = |head: &StoryHead| at.change(head.story, head.born, head.grown);
    let mut heads = reader.changed_since(at.floor())?;
    let known: BTreeSet<_> = heads.iter().map(|head| head.story).collect();
    for id in at.owed.keys().filter(|id| !known.contains(id)) {
        heads.extend(reader.head(*id)?);
    }
    heads.sort_by_key(StoryHead::order);
    let (mut shown, mut left, mut owed) = (Vec::new(), 0, BTreeMap::new());
    for head in heads {
        let Some(change) = change(&head) else { continue };
        let view = reader.view(&head)?.view;
        let fits = wanted(&view);
        if fits && shown.len() < limit {
            shown.push(StoryView { change, ..view });
        } else {
            left += usize::from(fits);
            owed.insert(head.story, change);
        }
    }
    let sequence = reader.sequence();
    let moved = if owed.len() > MANY {
        // Stories that the floor sequence already implies need no entry of their own.
        let seen = at.seen().chain(shown.iter().map(|story| story.story)).collect();
        let backlog = Backlog { floor: at.floor(), seen };
        let implied = Cursor { sequence, owed: BTreeMap::new(), backlog: Some(backlog.clone()) };
        for (story, change) in std::mem::take(&mut owed) {
            let head = reader.head(story)?;
            if head.is_none_or(|head| implied.change(story, head.born, head.grown) != Some(change)) {
                owed.insert(story, change);
            }
        }
        Cursor { sequence, owed, backlog: Some(backlog) }
    } else {
        Cursor { sequence, owed, backlog: None }
    };
    Ok(Choice { shown, left: Left::Some(left), moved })
}

/// The latest few for a reader that is far behind.
fn few_of_many(
    reader: &Reader,
    at: &Cursor,
    limit: usize,
    wanted: &dyn Fn(&StoryView) -> bool,
) -> Result<Choice, StoreError> {
    let (mut shown, mut left, mut out) = (Vec::new(), Left::Some(0), BTreeMap::new());
    for head in reader.by_time() {
        let head = head?;
        let Some(change) = at.change(head.story, head.born, head.grown) else { continue };
        let view = reader.view(&head)?.view;
        if !wanted(&view) {
            if out.len() <= MANY {
                out.insert(head.story, change);
            }
            continue;
        }
        if shown.len() == limit {
            left = Left::Many;
            break;
        }
        shown.push(StoryView { change, ..view });
    }
    if left == Left::Some(0) && out.len() <= MANY {
        // The end was reached: what was left out has names again.
        let moved = Cursor { sequence: reader.sequence(), owed: out, backlog: None };
        return Ok(Choice { shown, left, moved });
    }
    let now_seen: BTreeSet<_> = shown.iter().map(|story| story.story).collect();
    let mut owed = at.owed.clone();
    owed.retain(|story, _| !now_seen.contains(story));
    // What was seen once and came up again is left out by its name; all else the floor says.
    for story in at.seen().filter(|story| !now_seen.contains(story)) {
        if let Some(head) = reader.head(story)?
            && let Some(change) = at.change(story, head.born, head.grown)
        {
            owed.insert(story, change);
        }
    }
    let backlog = Backlog { floor: at.floor(), seen: at.seen().chain(now_seen).collect() };
    Ok(Choice { shown, left, moved: Cursor { sequence: reader.sequence(), owed, backlog: Some(backlog) } })
}
