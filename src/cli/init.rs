//! `samestory init`: a configuration to begin with, and the shipped lists of sources.
//!
//! The file holds every key of the reference as a comment, so that it changes nothing until a person takes a
//! `#` away; what the flags say stands in it as it counts. Nothing that is there is ever overwritten unasked.

use super::form::languages;
use super::report::{Exit, Report, say};
use crate::config::{DEFAULT_TOML, Settings};
use samestory_store::private;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The lists that ship with the program: name, what it holds, `[[sources]]`.
const SEEDS: &[(&str, &str, &str)] =
    &[("vietnam", "Vietnamese papers, agencies and broadcasters", include_str!("../../seeds/vietnam.toml"))];

/// Arguments of `init`.
#[derive(Debug, clap::Args)]
pub struct InitArguments {
    /// Follow these shipped lists of sources (`--list` shows them)
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    seeds: Vec<String>,
    /// Show the shipped lists and write nothing
    #[arg(long)]
    list: bool,
    /// Address or mailbox by which publishers can reach you
    #[arg(long, value_name = "ADDRESS")]
    contact: Option<String>,
    /// Languages for headlines, best first
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    languages: Vec<String>,
    /// Hosts whose addresses may be private or loopback
    #[arg(long, value_name = "HOSTS", value_delimiter = ',')]
    private_hosts: Vec<String>,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
}

/// The reference with every key as a comment, save those that were given.
fn commented(given: &[(&str, String)]) -> String {
    let mut out = String::from(
        "# samestory: your settings. Every key stands here with its default; take the # before a key away to change it.\n",
    );
    let mut section = String::new();
    for line in DEFAULT_TOML.lines().skip_while(|line| !line.is_empty()) {
        let key = line.split(" = ").next().unwrap_or_default();
        if let Some(name) = line.strip_prefix('[') {
            name.trim_end_matches(']').clone_into(&mut section);
        }
        if line.is_empty() || line.starts_with('#') || line.starts_with('[') {
            out.push_str(line);
        } else if let Some((_, value)) = given.iter().find(|(name, _)| *name == format!("{section}.{key}")) {
            out.push_str(&format!("{key} = {value}"));
        } else {
            out.push_str(&format!("#{line}"));
        }
        out.push('\n');
    }
    out
}

/// A list of texts as TOML.
fn array(values: &[String]) -> String {
    toml::Value::from(values.to_vec()).to_string()
}

/// Where the configuration is looked for when `--config` is absent.
fn usual() -> Result<PathBuf, Report> {
    directories::ProjectDirs::from("", "", "samestory")
        .map(|folders| folders.config_dir().join("config.toml"))
        .ok_or_else(|| {
            Report::usage("init", "this system names no folder for configuration", "give a file with --config FILE")
        })
}

/// Number of sources of a list.
fn count(name: &str, text: &str) -> Result<usize, Report> {
    Ok(Settings::sources_of(text, name)?.len())
}

/// Writes the configuration.
pub fn run(config: Option<&Path>, quiet: bool, arguments: &InitArguments) -> Result<Exit, Report> {
    if arguments.list {
        for (name, what, text) in SEEDS {
            super::print(&format!("{name:<12} {what} ({} sources)\n", count(name, text)?))?;
        }
        return Ok(Exit::Done);
    }
    let path = config.map_or_else(usual, |path| Ok(path.to_owned()))?;
    let shown = path.display().to_string();
    if path.exists() && !arguments.force {
        let hint = "it is left as it is; samestory init --force writes it anew, --config FILE writes another";
        return Err(Report::usage(&shown, "there is a configuration already", hint));
    }
    let mut given: Vec<(&str, String)> = Vec::new();
    if let Some(contact) = &arguments.contact {
        given.push(("fetch.contact", toml::Value::from(contact.as_str()).to_string()));
    }
    if !arguments.private_hosts.is_empty() {
        given.push(("fetch.allow_private_hosts", array(&arguments.private_hosts)));
    }
    if !arguments.languages.is_empty() {
        languages("--languages", &arguments.languages)?;
        given.push(("read.languages", array(&arguments.languages)));
    }
    let mut text = commented(&given);
    let mut followed = 0;
    for wanted in &arguments.seeds {
        let Some((name, _, list)) = SEEDS.iter().find(|seed| seed.0 == wanted) else {
            let hint = "samestory init --list shows the lists";
            return Err(Report::usage("--seeds", format!("there is no list `{wanted}`"), hint));
        };
        followed += count(name, list)?;
        text.push_str(&format!("\n{list}"));
    }
    let wrong =
        |error: std::io::Error| Report::usage(&shown, error, "give a file that you may write with --config FILE");
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(wrong)?;
    }
    // Written beside and renamed, so that a full disk leaves the old file whole.
    let fresh = path.with_extension("toml.new");
    // It may come to hold passwords.
    private::create(&fresh)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .and_then(|()| std::fs::rename(&fresh, &path))
        .map_err(wrong)?;
    if !quiet {
        let flag = if config.is_some() { format!(" --config {shown}") } else { String::new() };
        say!("wrote {shown}; {followed} sources in it");
        if followed == 0 {
            say!("next: samestory{flag} sources add URL, or samestory init --list for the lists that ship with it");
        }
        say!("then: samestory{flag} run, and samestory{flag} list");
    }
    Ok(Exit::Done)
}
