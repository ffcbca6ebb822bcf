//! Connects to a PostgreSQL server: address and credentials, TLS, limits of time, and a way back when it was away.
//!
//! A [`Link`] is one connection, driven by a thread of its own, so that a caller that waits for an answer needs no
//! runtime and may stand inside one. A [`Connection`] gives out a link that works and makes a new one where the
//! old one broke, for as long as [`Address::reconnect`] says.

use crate::StoreError;
use crate::server_address::Address;
use rustls_platform_verifier::ConfigVerifierExt;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::mpsc::{RecvError, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, Row, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

/// First and longest wait before another try to connect.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));
/// How long one try to connect may take.
const CONNECTING: Duration = Duration::from_secs(10);
/// How long a connection may say nothing before it is asked whether it lives, and be dead before that is noticed.
const SILENCE: Duration = Duration::from_secs(30);

impl Address {
    /// Why nothing can be asked at this address, whatever answers there.
    pub fn problem(&self) -> Option<String> {
        let scheme = self.url.split_once("://").map_or("", |parts| parts.0);
        if !["postgres", "postgresql"].contains(&scheme) {
            return Some("this is no address of a PostgreSQL server".to_owned());
        }
        self.url.parse::<Config>().err().map(|error| format!("this is no address: {}", error_chain(&error)))
    }

    fn wrong(&self, why: impl Into<String>, hint: &'static str) -> StoreError {
        StoreError::Server { address: self.shown(), why: why.into(), hint }
    }

    /// What to connect with.
    fn config(&self) -> Result<Config, StoreError> {
        let form = "write postgres://user@host:port/database, and the password into PGPASSWORD or store.password_file";
        let mut config: Config = self
            .url
            .parse()
            .map_err(|error| self.wrong(format!("this is no address: {}", error_chain(&error)), form))?;
        let from_file = |path: &PathBuf| {
            let text = std::fs::read_to_string(path).map_err(|error| StoreError::disk(path, &error))?;
            Ok::<_, StoreError>(text.lines().next().unwrap_or_default().to_owned())
        };
        let password =
            self.password_file.as_ref().map(from_file).transpose()?.or_else(|| std::env::var("PGPASSWORD").ok());
        if let Some(password) = password {
            config.password(password);
        }
        if config.get_user().is_none() {
            config.user(std::env::var("PGUSER").or_else(|_| std::env::var("USER")).unwrap_or_default());
        }
        config.application_name("samestory").connect_timeout(CONNECTING);
        config.keepalives_idle(SILENCE).keepalives_interval(SILENCE / 3).keepalives_retries(3);
        config.tcp_user_timeout(SILENCE);
        Ok(config)
    }

    /// How the server proves who it is, where TLS is spoken: by the authorities of `ca_file` or of the system.
    fn tls(&self) -> Result<rustls::ClientConfig, StoreError> {
        use rustls::pki_types::CertificateDer;
        use rustls::pki_types::pem::PemObject;
        let failed = |what: String| self.wrong(format!("TLS cannot be set up: {what}"), "check store.ca_file");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = rustls::ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|error| failed(error.to_string()))?;
        let Some(path) = &self.ca_file else {
            // The verifier asks for a provider of the whole process; a second one is no harm.
            let _ = rustls::crypto::CryptoProvider::install_default((*provider).clone());
            return rustls::ClientConfig::with_platform_verifier().map_err(|error| failed(error.to_string()));
        };
        let mut roots = rustls::RootCertStore::empty();
        let read = CertificateDer::pem_file_iter(path).map_err(|error| failed(error.to_string()))?;
        for certificate in read {
            let certificate = certificate.map_err(|error| failed(format!("{}: {error}", path.display())))?;
            roots.add(certificate).map_err(|error| failed(format!("{}: {error}", path.display())))?;
        }
        if roots.is_empty() {
            return Err(failed(format!("{}: no certificate in it", path.display())));
        }
        Ok(builder.with_root_certificates(roots).with_no_client_auth())
    }

    /// One try to connect.
    fn connect(&self) -> Result<Link, Trouble> {
        let config = self.config()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| self.wrong(error.to_string(), "the system has no room for another thread"))?;
        let plain = config.get_ssl_mode() == SslMode::Disable;
        let client = if plain {
            served(runtime, config, tokio_postgres::NoTls)
        } else {
            served(runtime, config, MakeRustlsConnect::new(self.tls()?))
        };
        let client = client.map_err(|_| self.wrong("the thread that connects has ended".to_owned(), "try again"))??;
        let limits = format!(
            "SET statement_timeout = {0}; SET lock_timeout = {0}; \
             SET idle_in_transaction_session_timeout = {1}; SET client_min_messages = warning; SET timezone = 'UTC'; {2}",
            self.statement.as_millis(),
            self.lease.as_millis() * 4,
            DURABLE,
        );
        pollster::block_on(client.batch_execute(&limits))?;
        Ok(Link { client, prepared: Mutex::default() })
    }
}

/// A commit is on the server's disk before it is acknowledged, whatever the server does by default; what it does beyond
/// that, for a replica, stays.
const DURABLE: &str = "SELECT set_config('synchronous_commit', 'on', false) \
     WHERE current_setting('synchronous_commit') = 'off'";

/// Connects on the thread that serves the connection from then on: the caller may be inside a runtime of its own,
/// where no other one can be waited for.
fn served<T>(
    runtime: tokio::runtime::Runtime,
    config: Config,
    tls: T,
) -> Result<Result<Client, tokio_postgres::Error>, RecvError>
where
    T: tokio_postgres::tls::MakeTlsConnect<tokio_postgres::Socket> + Send + 'static,
{
    let (sender, receiver) = channel();
    std::thread::spawn(move || match runtime.block_on(config.connect(tls)) {
        Ok((client, connection)) => {
            // The receiver may be gone: the connection ends with its client.
            drop(sender.send(Ok(client)));
            drop(runtime.block_on(connection));
        }
        Err(error) => drop(sender.send(Err(error))),
    });
    receiver.recv()
}

/// What an error says, with its causes: the outer ones of this library say little.
fn error_chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        cause = inner.source();
    }
    text
}

/// What went wrong inside a piece of work.
#[derive(Debug)]
pub enum Trouble {
    /// The server, or the way to it.
    Sql(tokio_postgres::Error),
    /// A record that does not read, and why.
    Damaged(String),
    /// Something else; the work is not repeated for it.
    Store(StoreError),
}

impl From<tokio_postgres::Error> for Trouble {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Trouble {
    /// Whether the server may answer again by itself: the connection is gone, or it is starting or stopping.
    pub fn is_passing(&self) -> bool {
        let Self::Sql(error) = self else { return false };
        let away = [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::CANNOT_CONNECT_NOW];
        match error.code() {
            Some(code) => {
                away.contains(code) || code.code().starts_with("08") || *code == SqlState::TOO_MANY_CONNECTIONS
            }
            // Nothing that the server said: the way to it.
            None => {
                let cause = std::error::Error::source(error);
                error.is_closed() || cause.and_then(|cause| cause.downcast_ref::<std::io::Error>()).is_some()
            }
        }
    }

    /// Whether two transactions met and this one was sent back: it is done again.
    pub fn is_collision(&self) -> bool {
        let Self::Sql(error) = self else { return false };
        [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED]
            .iter()
            .any(|state| error.code() == Some(state))
    }

    /// As the store's own error.
    pub fn at(self, address: &Address) -> StoreError {
        let error = match self {
            Self::Store(error) => return error,
            Self::Damaged(what) => return StoreError::Damaged { path: PathBuf::from(address.shown()), what },
            Self::Sql(error) => error,
        };
        let code = error.code().map(SqlState::code).unwrap_or_default();
        let hint = match code {
            "28P01" | "28000" => "check user and password: PGPASSWORD, store.password_file, or the address",
            "3D000" => "make the database first: createdb, or CREATE DATABASE",
            "42501" => "the role lacks a right; docs/POSTGRES.md lists what it needs",
            "53100" => "the server's disk is full; nothing was changed",
            "57014" | "55P03" => {
                "it took too long; nothing was changed. Raise store.statement_seconds, or look what else the server does"
            }
            "25006" => "this server only reads; give the address of the one that writes",
            "42P01" => "there is no store in this database yet, or the search_path names another schema",
            _ => "check that the server runs and can be reached from here; nothing was changed",
        };
        StoreError::Server { address: address.shown(), why: error_chain(&error), hint }
    }
}

/// One connection with the statements that were prepared on it.
pub struct Link {
    client: Client,
    prepared: Mutex<HashMap<String, Statement>>,
}

/// Values of a statement.
pub type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

impl Link {
    fn prepared(&self, sql: &str) -> Result<Statement, Trouble> {
        let known = self.prepared.lock().unwrap_or_else(PoisonError::into_inner).get(sql).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let made = pollster::block_on(self.client.prepare(sql))?;
        self.prepared.lock().unwrap_or_else(PoisonError::into_inner).insert(sql.to_owned(), made.clone());
        Ok(made)
    }

    /// Every row of an answer.
    pub fn query(&self, sql: &str, values: Values<'_>) -> Result<Vec<Row>, Trouble> {
        Ok(pollster::block_on(self.client.query(&self.prepared(sql)?, values))?)
    }

    /// The one row of an answer, if there is one.
    pub fn query_opt(&self, sql: &str, values: Values<'_>) -> Result<Option<Row>, Trouble> {
        Ok(pollster::block_on(self.client.query_opt(&self.prepared(sql)?, values))?)
    }

    /// The one row of an answer.
    pub fn query_one(&self, sql: &str, values: Values<'_>) -> Result<Row, Trouble> {
        Ok(pollster::block_on(self.client.query_one(&self.prepared(sql)?, values))?)
    }

    /// How many rows a statement changed.
    pub fn execute(&self, sql: &str, values: Values<'_>) -> Result<u64, Trouble> {
        Ok(pollster::block_on(self.client.execute(&self.prepared(sql)?, values))?)
    }

    /// Statements without values.
    pub fn batch(&self, sql: &str) -> Result<(), Trouble> {
        Ok(pollster::block_on(self.client.batch_execute(sql))?)
    }

    fn is_closed(&self) -> bool {
        self.client.is_closed()
    }
}

/// A link that is made anew when it broke.
pub struct Connection {
    /// Where to.
    pub address: Address,
    link: Mutex<Option<Link>>,
}

impl Connection {
    /// Connects, or says why not. A server that is starting is waited for.
    pub fn open(address: &Address) -> Result<Self, StoreError> {
        let connection = Self { address: address.clone(), link: Mutex::new(None) };
        connection.with(|_| Ok(()))?;
        Ok(connection)
    }

    /// Gives a working link to work that may be done twice, and does it again where the link broke under it or
    /// where it met another transaction.
    pub fn with<T>(&self, mut work: impl FnMut(&Link) -> Result<T, Trouble>) -> Result<T, StoreError> {
        let mut guard = self.link.lock().unwrap_or_else(PoisonError::into_inner);
        self.on(&mut guard, &mut work)
    }

    /// The same with the link in hand.
    pub fn on<T>(
        &self,
        guard: &mut MutexGuard<'_, Option<Link>>,
        work: &mut dyn FnMut(&Link) -> Result<T, Trouble>,
    ) -> Result<T, StoreError> {
        let (begun, mut wait) = (Instant::now(), BACK_OFF.0);
        loop {
            let done = match guard.take().filter(|link| !link.is_closed()) {
                Some(link) => Ok(link),
                None => self.address.connect(),
            };
            let done = done.and_then(|link| {
                let done = work(&link);
                **guard = Some(link);
                done
            });
            match done {
                Err(trouble) if trouble.is_passing() && begun.elapsed() < self.address.reconnect => {
                    **guard = None;
                    if wait == BACK_OFF.0 {
                        let seconds = self.address.reconnect.as_secs();
                        let error = trouble.at(&self.address);
                        tracing::warn!("{error}; trying again for {seconds} seconds at most");
                    }
                    std::thread::sleep(wait);
                    wait = (wait * 2).min(BACK_OFF.1);
                }
                Err(trouble) if trouble.is_collision() && begun.elapsed() < self.address.reconnect => {}
                Err(trouble) => return Err(trouble.at(&self.address)),
                Ok(value) => return Ok(value),
            }
        }
    }

    /// Runs a transaction; what it does is done whole or not at all, and again where it has to be.
    pub fn transaction<T>(&self, mut work: impl FnMut(&Link) -> Result<T, Trouble>) -> Result<T, StoreError> {
        self.with(|link| {
            link.batch("BEGIN")?;
            match work(link).and_then(|value| link.batch("COMMIT").map(|()| value)) {
                Ok(value) => Ok(value),
                Err(trouble) => {
                    let _ = link.batch("ROLLBACK");
                    Err(trouble)
                }
            }
        })
    }

    /// The link, for work of several steps that must not go on over another one.
    pub fn hold(&self) -> MutexGuard<'_, Option<Link>> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
