//! A bed for one test of the program itself: a store of its own on one of the engines, a fixed clock, a clean
//! environment.

use super::engines::Schema;
use samestory_store::{Cursor, Reader, Store, StoreError, StoreLocation, cursor, move_cursor};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A folder that goes away, and the program run in it; where it stands on a server, a schema that goes, too.
pub struct Bed {
    folder: tempfile::TempDir,
    schema: Option<Schema>,
}

/// What one run gave.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// The lines of stdout as JSON.
    pub fn json_lines(&self) -> Vec<serde_json::Value> {
        self.out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
            .collect()
    }

    /// Holds the run to an exit code and returns it.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.out, self.err);
        self
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program prints UTF-8");
        Self { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Bed {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder"), schema: None }
    }

    /// A bed whose store is on a server.
    pub fn on(schema: Schema) -> Self {
        Self { schema: Some(schema), ..Self::new() }
    }

    /// The engine of its store, for what a failed test says.
    pub fn engine(&self) -> &'static str {
        self.schema.as_ref().map_or("folder", |schema| schema.engine)
    }

    /// The schema of its store; `None` where that is in files.
    pub fn schema(&self) -> Option<&Schema> {
        self.schema.as_ref()
    }

    /// A path in the bed's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where the store lies, and where it is on a server, what stays on this machine.
    pub fn store(&self) -> PathBuf {
        self.path("store")
    }

    /// The same, as the library wants it.
    pub fn place(&self) -> StoreLocation {
        self.schema.as_ref().map_or_else(|| self.store().into(), |schema| StoreLocation::Server(schema.server()))
    }

    /// Opens its store to write there.
    pub fn writer(&self) -> Box<dyn Store> {
        self.place().open().expect("a store")
    }

    /// Opens its store to read there.
    pub fn reader(&self) -> Reader {
        self.place().reader().expect("the readers' side")
    }

    /// What a reader has seen.
    pub fn cursor(&self, reader: &str) -> Cursor {
        cursor(&self.place(), reader).expect("a cursor")
    }

    /// Moves a reader's cursor.
    pub fn move_cursor(&self, reader: &str, cursor: &Cursor) {
        move_cursor(&self.place(), reader, cursor).expect("room");
    }

    /// Reads a backup into its store, of which there is none yet.
    pub fn restore(&self, backup: &Path) -> Result<(Box<dyn Store>, u64), StoreError> {
        self.place().restore(backup)
    }

    /// Writes a file and returns its path.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("inside the folder")).expect("a folder");
        std::fs::write(&path, bytes).expect("a file");
        path
    }

    /// The program with the bed's store and a clean environment, not yet run.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.command_at("2026-11-12T08:00:00Z", arguments)
    }

    /// The same by another clock.
    pub fn command_at(&self, now: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_samestory"));
        command.env_clear().env("HOME", self.folder.path()).env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("TMPDIR", std::env::temp_dir());
        if let Some(schema) = &self.schema {
            command.env("SAMESTORY_STORE__URL", &schema.url);
        }
        command.args(["--now", now]).arg("--data").arg(self.store()).args(arguments);
        command.current_dir(self.folder.path());
        command
    }

    /// Runs the program.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.command(arguments).output().expect("the program starts").into()
    }

    /// Runs the program and counts its processor time, which other work on the machine hardly lengthens; where the
    /// system does not say it, the time by the clock.
    pub fn run_counted(&self, arguments: &[&str]) -> (Ran, Duration) {
        let begun = Instant::now();
        let mut command = self.command(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let err = child.stderr.take().expect("stderr");
        let err = std::thread::spawn(move || std::io::read_to_string(err).expect("the program prints UTF-8"));
        let out = std::io::read_to_string(child.stdout.take().expect("stdout")).expect("the program prints UTF-8");
        // Until it is waited for, its books stay open.
        let spent = loop {
            match spent(child.id()) {
                Some((false, _)) => std::thread::sleep(Duration::from_millis(1)),
                Some((true, spent)) => break spent,
                None => break begun.elapsed(),
            }
        };
        let code = child.wait().expect("an end").code().unwrap_or(-1);
        (Ran { code, out, err: err.join().expect("a thread") }, spent)
    }

    /// Runs the program with a configuration.
    pub fn run_with(&self, config: &str, arguments: &[&str]) -> Ran {
        let path = self.file("config.toml", config);
        let mut all = vec!["--config", path.to_str().expect("UTF-8")];
        all.extend_from_slice(arguments);
        self.run(&all)
    }
}

/// Whether a process has ended, and its processor time, in hundredths of a second (proc_pid_stat(5)).
fn spent(process: u32) -> Option<(bool, Duration)> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some((fields[0] == "Z", Duration::from_millis(ticks * 10)))
}

/// A folder or file among the fixtures.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}
