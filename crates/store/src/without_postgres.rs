//! Stands in for the engine on a server where the program is built without it: whatever is asked, the answer says so.

use crate::contract::{ReadStore, Store};
use crate::error::StoreError;
use crate::server_address::Address;
use std::convert::Infallible;
use std::path::Path;

const WHY: &str = "this program was built without PostgreSQL";
const HINT: &str = "build it with the feature `postgres`, or take `store.url` out of the configuration";

fn absent<T>(address: &Address) -> Result<T, StoreError> {
    Err(StoreError::Server { address: address.shown(), why: WHY.to_owned(), hint: HINT })
}

impl Address {
    /// Why nothing can be asked at this address.
    pub fn problem(&self) -> Option<String> {
        Some(WHY.to_owned())
    }
}

pub(crate) fn open(address: &Address) -> Result<Box<dyn Store>, StoreError> {
    absent(address)
}

pub(crate) fn reader(address: &Address) -> Result<Box<dyn ReadStore>, StoreError> {
    absent(address)
}

pub(crate) fn restore(address: &Address, _: &Path) -> Result<(Box<dyn Store>, u64), StoreError> {
    absent(address)
}

/// A schema of its own: there is none.
pub(crate) struct Schema {
    pub(crate) address: Address,
    #[expect(dead_code, reason = "cannot be made")]
    never: Infallible,
}

impl Schema {
    pub(crate) fn make(over: &Address) -> Result<Self, StoreError> {
        absent(over)
    }
}

/// Notices commits: there are none.
pub(crate) struct Marking((u64, u64));

impl Marking {
    pub(crate) fn of(_: &Address) -> Self {
        Self((0, 0))
    }

    pub(crate) fn mark(&mut self) -> (u64, u64) {
        self.0
    }
}

/// The right to do something alone: it cannot be taken.
pub(crate) struct Sole(Infallible);

impl Sole {
    pub(crate) fn take(address: &Address, _: &str) -> Result<Option<Self>, StoreError> {
        absent(address)
    }

    pub(crate) fn note(&self, _: &str) -> Result<Option<String>, StoreError> {
        match self.0 {}
    }

    pub(crate) fn put_value(&self, _: &str, _: &str) -> Result<(), StoreError> {
        match self.0 {}
    }
}

pub(crate) mod notes {
    use super::{Address, StoreError, absent};
    use jiff::Timestamp;

    pub(crate) fn note(address: &Address, _: &str) -> Result<Option<String>, StoreError> {
        absent(address)
    }

    pub(crate) fn put_value(address: &Address, _: &str, _: &str) -> Result<(), StoreError> {
        absent(address)
    }

    pub(crate) fn put_new_value(address: &Address, _: &str, _: &str) -> Result<(), StoreError> {
        absent(address)
    }

    pub(crate) fn value_changed_at(_: &Address, _: &str) -> Option<Timestamp> {
        None
    }

    pub(crate) fn size(address: &Address) -> Result<u64, StoreError> {
        absent(address)
    }

    pub(crate) fn version(address: &Address) -> Result<String, StoreError> {
        absent(address)
    }
}
