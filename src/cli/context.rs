//! What every command starts from: settings, the store's folder, the clock, the terminal.

use super::report::{Report, say};
use crate::config::Settings;
use crate::show::{Reading, Style};
use jiff::Timestamp;
use samestory_model::{Lang, Source};
use samestory_store::{Address, Reader, Store, StoreError, StoreLocation};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What a command is run with.
pub struct Context {
    /// Every setting.
    pub settings: Settings,
    /// The folder of what belongs to this machine alone; without a server the store's too.
    pub data: PathBuf,
    /// Where the store is.
    pub place: StoreLocation,
    /// Say less.
    pub quiet: bool,
    /// Print long output straight on.
    pub no_pager: bool,
    file: Option<PathBuf>,
    fixed: Option<Timestamp>,
}

/// The environment's variables; one that is no text is none of ours.
fn readable(variables: std::env::VarsOs) -> impl Iterator<Item = (String, String)> {
    variables.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// Whether the terminal of this environment is one that makes links of OSC 8; others might print them.
fn follows_links(variable: impl Fn(&str) -> Option<String>) -> bool {
    const KNOWN: [&str; 8] = ["iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "rio", "WarpTerminal", "contour"];
    let set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
    let term = variable("TERM").unwrap_or_default();
    // libvte has them since 0.50; a multiplexer passes them on or not, which cannot be asked.
    let vte =
        variable("VTE_VERSION").and_then(|value| value.parse::<u32>().ok()).is_some_and(|version| version >= 5000);
    let multiplexed = term.starts_with("screen") || term.starts_with("tmux");
    let named = variable("TERM_PROGRAM").is_some_and(|name| KNOWN.contains(&name.as_str()));
    let kind = ["kitty", "foot", "alacritty", "ghostty", "wezterm"].iter().any(|kind| term.contains(kind));
    term != "dumb" && !multiplexed && (vte || named || kind || set("WT_SESSION") || set("KONSOLE_VERSION"))
}

impl Context {
    /// Reads settings and finds the store's folder.
    pub fn new(
        config: Option<&Path>,
        data: Option<PathBuf>,
        now: Option<Timestamp>,
        quiet: bool,
        _verbose: u8,
    ) -> Result<Self, Report> {
        let folders = directories::ProjectDirs::from("", "", "samestory");
        let usual =
            folders.as_ref().map(|folders| folders.config_dir().join("config.toml")).filter(|path| path.exists());
        let file = config.map(Path::to_owned).or(usual);
        let settings = Self::load(file.as_deref())?;
        let data = data.or_else(|| folders.map(|folders| folders.data_dir().to_owned())).ok_or_else(|| {
            Report::usage("--data", "this system names no folder for data", "give one with --data DIR")
        })?;
        let place = Self::place(&settings, &data)?;
        Ok(Self { settings, data, place, quiet, no_pager: false, file, fixed: now })
    }

    /// The same without a pager, or with one where it helps.
    pub fn unpaged(self, no_pager: bool) -> Self {
        Self { no_pager, ..self }
    }

    /// Prints for a person: through a pager where a terminal is too short.
    pub fn page(&self, text: &str) -> Result<bool, Report> {
        super::pager::print(text, self.no_pager)
    }

    /// Settings of a file, or without one; rules of sites may stand in the usual folder all the same.
    fn load(file: Option<&Path>) -> Result<Settings, Report> {
        let mut settings = Settings::load(file, readable(std::env::vars_os()))?;
        let usual = directories::ProjectDirs::from("", "", "samestory").filter(|_| file.is_none());
        if let Some(folders) = usual.filter(|_| settings.extract.sites.is_empty()) {
            settings.read_sites(Some(folders.config_dir()))?;
        }
        Ok(settings)
    }

    /// Where the settings say that the store is.
    fn place(settings: &Settings, data: &Path) -> Result<StoreLocation, Report> {
        let keep = &settings.store;
        if keep.url.is_empty() {
            return Ok(StoreLocation::Folder(data.to_owned()));
        }
        let file = |path: &String| Some(PathBuf::from(path)).filter(|path| !path.as_os_str().is_empty());
        let address = Address {
            url: keep.url.clone(),
            password_file: file(&keep.password_file),
            ca_file: file(&keep.ca_file),
            statement: Duration::from_secs(keep.statement_seconds.max(1)),
            reconnect: Duration::from_secs(keep.reconnect_seconds),
            lease: Duration::from_secs(keep.lease_seconds.max(1)),
        };
        if let Some(why) = address.problem() {
            let hint = "write postgres://user@host:port/database, or leave it empty for files in the folder of --data";
            return Err(Report::usage("store.url", why, hint));
        }
        Ok(StoreLocation::Server(address))
    }

    /// Reads the settings again, from where they were read before.
    pub fn reload(&mut self) -> Result<(), Report> {
        let settings = Self::load(self.file.as_deref())?;
        self.place = Self::place(&settings, &self.data)?;
        self.settings = settings;
        Ok(())
    }

    /// The clock.
    pub fn now(&self) -> Timestamp {
        self.fixed.unwrap_or_else(Timestamp::now)
    }

    /// The clock, where `--now` fixed it.
    pub fn fixed(&self) -> Option<Timestamp> {
        self.fixed
    }

    /// Whether the store is on a server, where any number of processes may write.
    pub fn on_server(&self) -> bool {
        matches!(self.place, StoreLocation::Server(_))
    }

    /// The store for writing.
    pub fn store(&self) -> Result<Box<dyn Store>, Report> {
        Ok(self.place.open()?)
    }

    /// The store for writing, once a pass that is under way is over: what a person asked for waits a while.
    pub fn store_after_a_pass(&self) -> Result<Box<dyn Store>, Report> {
        let until = Instant::now() + Duration::from_secs(self.settings.store.wait);
        let mut is_said = false;
        loop {
            match self.place.open() {
                Err(error @ StoreError::Busy { .. }) if Instant::now() < until => {
                    if !is_said && !self.quiet {
                        say!("note: {error}; waiting until it is done");
                        is_said = true;
                    }
                    std::thread::sleep(Duration::from_millis(100));
                }
                other => return Ok(other?),
            }
        }
    }

    /// The store for reading, beside its writers. One of an earlier format is brought forward first.
    pub fn reader(&self) -> Result<Reader, Report> {
        match self.place.reader() {
            Err(StoreError::Older { .. }) => {
                drop(self.store()?);
                Ok(self.place.reader()?)
            }
            other => Ok(other?),
        }
    }

    /// The store for reading, where there is one already.
    pub fn reader_if_any(&self) -> Result<Option<Reader>, Report> {
        match self.place.reader() {
            Err(StoreError::Missing { .. }) => Ok(None),
            _ => self.reader().map(Some),
        }
    }

    /// What is followed: the configuration's sources, then those added by command.
    pub fn sources(&self, store: &dyn Store) -> Result<Vec<Source>, Report> {
        let mut sources = self.settings.followed()?;
        for source in store.sources()? {
            if !sources.iter().any(|known| known.name == source.name) {
                sources.push(source);
            }
        }
        Ok(sources)
    }

    /// Says something on stderr, unless less is to be said.
    pub fn say(&self, what: &str) {
        if !self.quiet {
            say!("{what}");
        }
    }

    /// How the terminal wants text.
    pub fn style(&self) -> Style {
        let terminal = std::io::stdout().is_terminal();
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let width = std::env::var("COLUMNS")
            .ok()
            .and_then(|text| text.parse().ok())
            .or_else(|| comfy_table::Table::new().width().map(usize::from));
        Style {
            width: width.unwrap_or(100),
            colour: terminal && !plain,
            reading: Reading {
                languages: self.settings.read.languages.iter().filter_map(|tag| Lang::parse(tag)).collect(),
                sources: self.settings.read.sources.clone(),
            },
            now: self.now(),
            terminal,
            links: terminal && follows_links(|name| std::env::var(name).ok()),
        }
    }
}
