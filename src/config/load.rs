//! Lays a user's file and the environment over the reference, and checks every key.

use super::file::{File, kind};
use super::{Rule, Settings, SourceEntry};
use samestory_extract::article::SiteRules;
use samestory_model::settings::{ConfigError, DEFAULT_TOML, REFERENCE, suggestion};
use samestory_model::{Discreet, Lang, Source, SourceId, SourceKind, into_nfc, name_of, parted};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use toml::{Table, Value};
use url::Url;

/// What begins the name of a setting in the environment.
const PREFIX: &str = "SAMESTORY_";

/// A value of the environment in the type that the reference has.
fn typed(text: &str, like: &Value) -> Option<Value> {
    match like {
        Value::String(_) => Some(Value::String(text.to_owned())),
        Value::Integer(_) => text.parse().ok().map(Value::Integer),
        Value::Float(_) => text.parse().ok().map(Value::Float),
        Value::Boolean(_) => text.parse().ok().map(Value::Boolean),
        Value::Array(_) => Some(Value::Array(
            text.split(',')
                .map(|part| Value::String(part.trim().to_owned()))
                .filter(|part| part.as_str() != Some(""))
                .collect(),
        )),
        _ => None,
    }
}

impl Settings {
    /// Defaults, then a file, then the environment.
    pub fn load(file: Option<&Path>, environment: impl Iterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let reference: Table = DEFAULT_TOML.parse().expect("config/default.toml is checked by a test");
        let mut settings = match file {
            None => Self::default(),
            Some(path) => {
                let name = path.display().to_string();
                let text = std::fs::read_to_string(path).map_err(|error| {
                    ConfigError::new(&name, error.to_string(), "check the path given with --config")
                })?;
                let given = File::read(&text, &name)?;
                given.check(&reference)?;
                let settings = given.settings()?;
                settings.check_rules(&|section, key, index| given.element(section, key, index))?;
                settings
            }
        };
        for (variable, value) in environment {
            let Some((section, key)) = variable.strip_prefix(PREFIX).and_then(|rest| rest.split_once("__")) else {
                continue;
            };
            settings = settings.changed(&variable, (&section.to_lowercase(), &key.to_lowercase()), &value)?;
        }
        settings.read_sites(file.and_then(Path::parent))?;
        Ok(settings)
    }

    /// A rule that says nothing would fit everything, and a language that is none would fit nothing.
    /// `place` says where an element of an array of a section stands.
    pub(super) fn check_rules(&self, place: &dyn Fn(&str, &str, usize) -> String) -> Result<(), ConfigError> {
        let no_language = |place: String, tag: &str| {
            ConfigError::new(place, format!("`{tag}` is no language"), "write BCP 47 tags such as vi")
        };
        for (key, rules) in [("keep", &self.filter.keep), ("block", &self.filter.block)] {
            for (index, rule) in rules.iter().enumerate() {
                let place = || place("filter", key, index);
                if *rule == Rule::default() {
                    let hint = "give it a source, lang, title, text or url";
                    return Err(ConfigError::new(place(), "a filter rule without any part", hint));
                }
                if let Some(tag) = rule.lang.as_ref().filter(|tag| Lang::parse(tag).is_none()) {
                    return Err(no_language(place(), tag));
                }
            }
        }
        let languages = self.notify.languages.iter().enumerate();
        match languages.into_iter().find(|(_, tag)| Lang::parse(tag).is_none()) {
            Some((index, tag)) => Err(no_language(place("notify", "languages", index), tag)),
            None => Ok(()),
        }
    }

    /// Takes up the user's rules of single sites: the file that `extract.sites` names, else `sites.toml` in
    /// `folder`, where there is one. A relative path begins in `folder`.
    pub fn read_sites(&mut self, folder: Option<&Path>) -> Result<(), ConfigError> {
        let named = !self.extract.sites.is_empty();
        let path = match folder {
            _ if named => folder.unwrap_or(Path::new("")).join(&self.extract.sites),
            Some(folder) if folder.join("sites.toml").is_file() => folder.join("sites.toml"),
            _ => return Ok(()),
        };
        let name = path.display().to_string();
        let text = std::fs::read_to_string(&path)
            .map_err(|error| ConfigError::new(&name, error.to_string(), "check the path given as extract.sites"))?;
        self.extract.rules = SiteRules::read(&text, &name)?.before(&SiteRules::default());
        Ok(())
    }

    /// The settings with one key, written `section.key`, changed.
    pub fn with(&self, name: &str, value: &str) -> Result<Self, ConfigError> {
        self.changed(name, name.split_once('.').unwrap_or((name, "")), value)
    }

    /// The settings with a key of a section changed; `subject` is what changes it, for messages.
    fn changed(&self, subject: &str, (section, key): (&str, &str), value: &str) -> Result<Self, ConfigError> {
        let reference: Table = DEFAULT_TOML.parse().expect("config/default.toml is checked by a test");
        let known = reference.get(section).and_then(Value::as_table);
        let Some(like) = known.and_then(|table| table.get(key)) else {
            let names = known.map_or_else(|| reference.keys(), Table::keys);
            let wanted = if known.is_some() { key } else { section };
            let hint = suggestion(wanted, names.map(String::as_str), REFERENCE);
            return Err(ConfigError::new(subject, "there is no such setting", hint));
        };
        let wrong = |what: String| ConfigError::new(subject, what, format!("the default is `{like}`"));
        let value = typed(value, like).ok_or_else(|| wrong(format!("`{value}` is not {}", kind(like.type_str()))))?;
        let mut settings = Table::try_from(self).map_err(|error| wrong(error.to_string()))?;
        if let Some(Value::Table(table)) = settings.get_mut(section) {
            table.insert(key.to_owned(), value);
        }
        let mut settings: Self =
            settings.try_into().map_err(|error: toml::de::Error| wrong(error.message().to_owned()))?;
        settings.check_rules(&|_, _, _| subject.to_owned())?;
        // What TOML does not hold.
        settings.extract.rules = self.extract.rules.clone();
        settings.sources.clone_from(&self.sources);
        Ok(settings)
    }

    /// The sources of a TOML file that holds `[[sources]]` and nothing else.
    pub fn sources_of(text: &str, name: &str) -> Result<Vec<Source>, ConfigError> {
        let reference: Table = DEFAULT_TOML.parse().expect("config/default.toml is checked by a test");
        let file = File::read(text, name)?;
        file.check(&reference)?;
        Self { sources: file.settings()?.sources, ..Self::default() }.followed()
    }

    /// The same of a list that may come from a stranger: an entry that is wrong costs none of the others, and names may
    /// stand twice. What is wrong with each such entry comes second.
    pub fn listed(text: &str, name: &str) -> Result<(Vec<Source>, Vec<ConfigError>), ConfigError> {
        let reference: Table = DEFAULT_TOML.parse().expect("config/default.toml is checked by a test");
        let file = File::read(text, name)?;
        file.check(&reference)?;
        let (mut sources, mut wrong) = (Vec::new(), Vec::new());
        for entry in file.settings()?.sources {
            match Self::source(&entry) {
                Ok(source) => sources.push(source),
                Err(error) => wrong.push(error),
            }
        }
        Ok((sources, wrong))
    }

    /// The sources of `[[sources]]`; names are made where they are absent, an address counts once.
    pub fn followed(&self) -> Result<Vec<Source>, ConfigError> {
        let (mut sources, mut names) = (Vec::new(), HashSet::new());
        for entry in &self.sources {
            let source = Self::source(entry)?;
            if !names.insert(source.name.clone()) {
                return Err(ConfigError::new(
                    subject(entry),
                    format!("two sources are called `{}`", source.name),
                    "give one of them another `name`",
                ));
            }
            sources.push(source);
        }
        Ok(sources)
    }

    /// The source of one entry.
    fn source(entry: &SourceEntry) -> Result<Source, ConfigError> {
        let url = if entry.kind == SourceKind::Folder && !entry.url.contains("://") {
            let path = std::path::absolute(PathBuf::from(&entry.url)).unwrap_or_default();
            Url::from_directory_path(path)
                .map_err(|()| ConfigError::new(subject(entry), "this is no path", "write the folder's path"))?
        } else {
            Url::parse(&entry.url).map_err(|error| {
                ConfigError::new(
                    subject(entry),
                    format!("`{}` is no address: {error}", Discreet::given(&entry.url)),
                    "write it whole, with https://",
                )
            })?
        };
        let (url, inside) = parted(&url);
        let name = entry.name.clone().unwrap_or_else(|| name_of(&url));
        Ok(Source {
            name: SourceId(name),
            url,
            kind: entry.kind,
            title: entry.title.clone().map(into_nfc),
            lang: entry.lang.as_deref().and_then(Lang::parse),
            tags: entry.tags.iter().cloned().map(into_nfc).collect(),
            full_text: entry.full_text,
            every_seconds: entry.every,
            link_pattern: entry.link_pattern.clone(),
            link_selector: entry.link_selector.clone(),
            credentials: entry.credentials.clone().or(inside),
            enabled: entry.enabled,
        })
    }
}

/// What an error about an entry names: its place, or its name, or its address.
fn subject(entry: &SourceEntry) -> String {
    entry.place.clone().or_else(|| entry.name.clone()).unwrap_or_else(|| match entry.kind {
        SourceKind::Folder => entry.url.clone(),
        _ => Discreet::given(&entry.url).into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<Settings, ConfigError> {
        let folder = std::env::temp_dir().join(format!("samestory-config-{}-{}", std::process::id(), text.len()));
        std::fs::write(&folder, text).expect("a temporary file");
        let loaded = Settings::load(Some(&folder), std::iter::empty());
        let _ = std::fs::remove_file(folder);
        loaded
    }

    #[test]
    fn a_file_holds_only_what_differs() {
        let settings = load("[fetch]\ninterval = 7200\n").expect("a good file");
        assert_eq!((settings.fetch.interval, settings.fetch.max_redirects), (7200, 5));
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_a_suggestion() {
        let error = load("[fetch]\n\nintervall = 7200\n").expect_err("a slip of the pen");
        assert!(error.subject.ends_with(":3"), "{error}");
        assert!(error.what.contains("fetch.intervall") && error.hint().contains("`interval`"), "{error:?}");
        assert!(load("[fetch]\ninterval = \"soon\"\n").expect_err("a wrong type").what.contains("integer"));
        assert!(
            load("[[sources]]\nurl = \"https://a.example\"\nnmae = \"x\"\n")
                .expect_err("a slip")
                .hint()
                .contains("`name`")
        );
    }

    #[test]
    fn the_environment_comes_after_the_file() {
        let set = |name: &str, value: &str| Settings::load(None, std::iter::once((name.to_owned(), value.to_owned())));
        assert_eq!(set("SAMESTORY_FETCH__INTERVAL", "60").expect("a number").fetch.interval, 60);
        assert!(set("SAMESTORY_FETCH__INTERVAL", "x").is_err());
        assert!(set("SAMESTORY_FETCH__INTERVALL", "60").expect_err("a slip").hint().contains("`interval`"));
    }
}
