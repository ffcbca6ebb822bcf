//! The address of a database, which may hold a password that is never shown.

use std::path::PathBuf;
use std::time::Duration;

/// A database, and how to work with it.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// `postgres://user@host:port/database?sslmode=require`; may hold a password.
    pub url: String,
    /// File that holds the password in its first line. Without it `PGPASSWORD` counts, then the address.
    pub password_file: Option<PathBuf>,
    /// File of certificate authorities in PEM instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// How long one statement may take.
    pub statement: Duration,
    /// How long a server that is away is waited for.
    pub reconnect: Duration,
    /// How long a lease holds that is not renewed.
    pub lease: Duration,
}

impl std::fmt::Debug for Address {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Never the password, wherever it is printed.
        out.debug_tuple("Address").field(&self.shown()).finish()
    }
}

impl Address {
    /// The address without a password.
    pub fn shown(&self) -> String {
        let Ok(mut url) = url::Url::parse(&self.url) else { return "the address of the store".to_owned() };
        if url.password().is_some() {
            let _ = url.set_password(None);
        }
        url.set_query(None);
        url.to_string()
    }
}
