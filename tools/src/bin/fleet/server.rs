//! A PostgreSQL server of its own for as long as it lives, and schemas in it.

use super::Failed;
use samestory_store::Address;
use std::process::{Command, Output};
use std::time::Duration;
use tokio_postgres::NoTls;

/// A server that `.ci/postgres` started, or one that was named.
pub struct Server {
    /// Where its data and its address are noted; `None` where it was named and stays.
    folder: Option<tempfile::TempDir>,
    address: String,
}

impl Server {
    /// Starts one that may be started again, whatever the environment names.
    pub fn own() -> Result<Self, Failed> {
        let folder = tempfile::tempdir()?;
        let address = asked(&folder, &[])?;
        Ok(Self { folder: Some(folder), address })
    }

    /// The one that the environment names, or one of its own.
    pub fn any() -> Result<Self, Failed> {
        match std::env::var("SAMESTORY_TEST_POSTGRES") {
            Ok(address) if !address.is_empty() => Ok(Self { folder: None, address }),
            _ => Self::own(),
        }
    }

    /// Stops it and starts it again.
    pub fn restart(&self) -> Result<(), Failed> {
        let folder = self.folder.as_ref().ok_or("a server that was named is not started again")?;
        asked(folder, &["restart"]).map(drop)
    }

    /// Runs statements and gives the rows of their answers.
    pub fn sql(&self, statements: &str) -> Result<Vec<Vec<String>>, Failed> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&self.address, NoTls).await?;
            tokio::spawn(connection);
            let rows = client.simple_query(statements).await?.into_iter().filter_map(|message| match message {
                tokio_postgres::SimpleQueryMessage::Row(row) => {
                    Some((0..row.len()).map(|at| row.get(at).unwrap_or_default().to_owned()).collect())
                }
                _ => None,
            });
            Ok(rows.collect())
        })
    }

    /// A new schema; the address of a store in it.
    pub fn schema(&self, name: &str) -> Result<Address, Failed> {
        self.sql(&format!("DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}"))?;
        let mark = if self.address.contains('?') { '&' } else { '?' };
        Ok(address(format!("{}{mark}options=-csearch_path%3D{name}", self.address)))
    }

    /// Drops a schema.
    pub fn drop_schema(&self, name: &str) -> Result<(), Failed> {
        self.sql(&format!("DROP SCHEMA IF EXISTS {name} CASCADE")).map(drop)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            let _ = asked(folder, &["stop"]);
        }
    }
}

/// How a store is reached.
pub fn address(url: String) -> Address {
    let (statement, reconnect) = (Duration::from_mins(1), Duration::from_mins(1));
    Address { url, password_file: None, ca_file: None, statement, reconnect, lease: Duration::from_secs(10) }
}

/// What `.ci/postgres` answers.
fn asked(folder: &tempfile::TempDir, arguments: &[&str]) -> Result<String, Failed> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/.ci/postgres");
    let mut command = Command::new(script);
    command.args(arguments).env("CARGO_TARGET_DIR", folder.path()).env_remove("SAMESTORY_TEST_POSTGRES");
    let Output { status, stdout, stderr } = command.output()?;
    let said = String::from_utf8_lossy(&stdout).trim().to_owned();
    if !status.success() || (said.is_empty() && arguments != ["stop"]) {
        return Err(format!(".ci/postgres: {}", String::from_utf8_lossy(&stderr)).into());
    }
    Ok(said)
}
