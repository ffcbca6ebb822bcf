//! Makes a schema of its own for a store that is thrown away, beside the one that an address names.

use super::connect::Connection;
use crate::error::StoreError;
use crate::server_address::Address;
use std::hash::{BuildHasher, RandomState};

/// A schema, dropped with everything in it when this goes.
pub struct Schema {
    over: Address,
    name: String,
    /// Where a store in it is.
    pub address: Address,
}

/// An address with another schema: what its options said besides still counts.
fn within(url: &str, schema: &str) -> String {
    let (before, query) = url.split_once('?').unwrap_or((url, ""));
    let mut options = String::new();
    let mut parts: Vec<&str> = Vec::new();
    for part in query.split('&').filter(|part| !part.is_empty()) {
        match part.strip_prefix("options=") {
            Some(given) => options = format!("{given}%20"),
            None => parts.push(part),
        }
    }
    let options = format!("options={options}-csearch_path%3D{schema}");
    parts.push(&options);
    format!("{before}?{}", parts.join("&"))
}

impl Schema {
    /// Makes one; its role needs the right to make schemas in the database.
    pub fn make(over: &Address) -> Result<Self, StoreError> {
        let name = format!("samestory_scratch_{:016x}", RandomState::new().hash_one(std::process::id()));
        Connection::open(over)?.with(|link| link.batch(&format!("CREATE SCHEMA {name}")))?;
        let address = Address { url: within(&over.url, &name), ..over.clone() };
        Ok(Self { over: over.clone(), name, address })
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        let dropped = Connection::open(&self.over)
            .and_then(|connection| connection.with(|link| link.batch(&format!("DROP SCHEMA {} CASCADE", self.name))));
        if let Err(error) = dropped {
            tracing::warn!("the schema {} stays: {error}", self.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_schema_comes_last_and_what_was_said_stays() {
        assert_eq!(within("postgres://u:p+w@h/d", "s"), "postgres://u:p+w@h/d?options=-csearch_path%3Ds");
        let given = "postgres://h/d?options=-csearch_path%3Dnews&sslmode=require";
        let with = "postgres://h/d?sslmode=require&options=-csearch_path%3Dnews%20-csearch_path%3Ds";
        assert_eq!(within(given, "s"), with);
    }
}
