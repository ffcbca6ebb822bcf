//! Lays a user's file and the environment over the reference, and checks every key.

use super::{DEFAULT_TOML, Rule, Settings, SiteRules};
use crate::model::{Discreet, Fault, Lang, Source, SourceId, name_of, parted};
use std::path::{Path, PathBuf};
use toml::{Table, Value};
use url::Url;

/// What begins the name of a setting in the environment.
const PREFIX: &str = "SAMESTORY_";
/// The file that shows every key.
const REFERENCE: &str = "config/default.toml";
/// Likeness from which an unknown key is taken for a slip of the pen.
const ALIKE: f64 = 0.7;

/// What is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{subject}: {what}")]
pub struct ConfigError {
    /// The file, with its line where one is known, or the environment variable.
    pub subject: String,
    /// What is wrong.
    pub what: String,
    hint: String,
}

impl ConfigError {
    pub(super) fn new(subject: impl Into<String>, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { subject: subject.into(), what: what.into(), hint: hint.into() }
    }

    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        Fault::Configuration
    }

    /// What a person can do.
    pub fn hint(&self) -> &str {
        &self.hint
    }
}

/// Keys of a `[[sources]]` entry.
const SOURCE_KEYS: [&str; 12] = [
    "name",
    "url",
    "kind",
    "title",
    "lang",
    "tags",
    "full_text",
    "every",
    "link_pattern",
    "link_selector",
    "credentials",
    "enabled",
];

/// What a reader of values found wrong, without the value: it may stand under the wrong key.
fn without_value(message: &str) -> String {
    for (before, after) in [("string \"", "\", expected"), ("unknown variant `", "`, expected")] {
        if let Some((start, end)) = message.find(before).zip(message.rfind(after)) {
            let start = start + before.len();
            return if start <= end {
                format!("{}…{}", &message[..start], &message[end..])
            } else {
                message.to_owned()
            };
        }
    }
    message.to_owned()
}

/// The line of a key in a text, from 1.
fn line_of(text: &str, key: &str) -> Option<usize> {
    text.lines().position(|line| line.trim_start().trim_start_matches('[').starts_with(key)).map(|place| place + 1)
}

/// What an unknown key may have meant; `reference` names the file that shows every key.
pub(super) fn suggestion<'a>(key: &str, known: impl Iterator<Item = &'a str>, reference: &str) -> String {
    let best = known.map(|name| (strsim::jaro_winkler(key, name), name)).max_by(|a, b| a.0.total_cmp(&b.0));
    match best {
        Some((likeness, name)) if likeness >= ALIKE => format!("did you mean `{name}`?"),
        _ => format!("every key stands in {reference}"),
    }
}

/// Checks a table's keys against the reference.
fn check(given: &Table, known: &Table, path: &str, text: &str, file: &str) -> Result<(), ConfigError> {
    for (key, value) in given {
        let full = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let place = || line_of(text, key).map_or_else(|| file.to_owned(), |line| format!("{file}:{line}"));
        if full == "sources" {
            for entry in value.as_array().into_iter().flatten().filter_map(Value::as_table) {
                if let Some(unknown) = entry.keys().find(|key| !SOURCE_KEYS.contains(&key.as_str())) {
                    let line = line_of(text, unknown).map_or_else(|| file.to_owned(), |line| format!("{file}:{line}"));
                    return Err(ConfigError::new(
                        line,
                        format!("unknown key `sources.{unknown}`"),
                        suggestion(unknown, SOURCE_KEYS.into_iter(), REFERENCE),
                    ));
                }
            }
            continue;
        }
        match (known.get(key), value) {
            (None, _) => {
                return Err(ConfigError::new(
                    place(),
                    format!("unknown key `{full}`"),
                    suggestion(key, known.keys().map(String::as_str), REFERENCE),
                ));
            }
            (Some(Value::Table(known)), Value::Table(given)) if full != "fetch.hosts" => {
                check(given, known, &full, text, file)?;
            }
            (Some(known), given) if known.type_str() != given.type_str() => {
                return Err(ConfigError::new(
                    place(),
                    format!("`{full}` is a {}, not a {}", known.type_str(), given.type_str()),
                    format!("the default is `{full} = {known}`"),
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

fn lay_over(base: &mut Table, over: Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => lay_over(below, above),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

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
        let mut settings = reference.clone();
        if let Some(path) = file {
            let name = path.display().to_string();
            let text = std::fs::read_to_string(path)
                .map_err(|error| ConfigError::new(&name, error.to_string(), "check the path given with --config"))?;
            let given: Table = text.parse().map_err(|error: toml::de::Error| {
                let line = error.span().map_or(0, |span| text[..span.start.min(text.len())].lines().count().max(1));
                ConfigError::new(
                    format!("{name}:{line}"),
                    error.message().to_owned(),
                    "config/default.toml shows how it is written",
                )
            })?;
            check(&given, &reference, "", &text, &name)?;
            lay_over(&mut settings, given);
        }
        for (variable, value) in environment {
            let Some((section, key)) = variable.strip_prefix(PREFIX).and_then(|rest| rest.split_once("__")) else {
                continue;
            };
            let (section, key) = (section.to_lowercase(), key.to_lowercase());
            let known = reference.get(&section).and_then(Value::as_table);
            let Some(like) = known.and_then(|table| table.get(&key)) else {
                let names = known.map_or_else(|| reference.keys(), Table::keys);
                return Err(ConfigError::new(
                    variable,
                    "there is no such setting",
                    suggestion(if known.is_some() { &key } else { &section }, names.map(String::as_str), REFERENCE),
                ));
            };
            let value = typed(&value, like).ok_or_else(|| {
                ConfigError::new(
                    &variable,
                    format!("`{value}` is no {}", like.type_str()),
                    format!("the default is `{like}`"),
                )
            })?;
            if let Some(Value::Table(table)) = settings.get_mut(&section) {
                table.insert(key, value);
            }
        }
        let subject = &file.map_or_else(|| "configuration".to_owned(), |path| path.display().to_string());
        let mut settings: Self = settings.try_into().map_err(|error: toml::de::Error| {
            ConfigError::new(
                subject,
                without_value(error.message()),
                "config/default.toml shows every key with its type",
            )
        })?;
        settings.check_rules(subject)?;
        settings.read_sites(file.and_then(Path::parent))?;
        Ok(settings)
    }

    /// A rule that says nothing would fit everything, and a language that is none would fit nothing.
    fn check_rules(&self, subject: &str) -> Result<(), ConfigError> {
        for rule in self.filter.keep.iter().chain(&self.filter.block) {
            if *rule == Rule::default() {
                let hint = "give it a source, lang, title, text or url";
                return Err(ConfigError::new(subject, "a filter rule without any part", hint));
            }
        }
        let rules = self.filter.keep.iter().chain(&self.filter.block).filter_map(|rule| rule.lang.as_ref());
        if let Some(tag) = rules.chain(&self.notify.languages).find(|tag| Lang::parse(tag).is_none()) {
            return Err(ConfigError::new(subject, format!("`{tag}` is no language"), "write BCP 47 tags such as vi"));
        }
        Ok(())
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
        let reference: Table = DEFAULT_TOML.parse().expect("config/default.toml is checked by a test");
        let (section, key) = name.split_once('.').unwrap_or((name, ""));
        let known = reference.get(section).and_then(Value::as_table);
        let Some(like) = known.and_then(|table| table.get(key)) else {
            let names = known.map_or_else(|| reference.keys(), Table::keys);
            let wanted = if known.is_some() { key } else { section };
            let hint = suggestion(wanted, names.map(String::as_str), REFERENCE);
            return Err(ConfigError::new(name, "there is no such setting", hint));
        };
        let wrong = |what: String| ConfigError::new(name, what, format!("the default is `{like}`"));
        let value = typed(value, like).ok_or_else(|| wrong(format!("`{value}` is no {}", like.type_str())))?;
        let mut settings = Table::try_from(self).map_err(|error| wrong(error.to_string()))?;
        if let Some(Value::Table(table)) = settings.get_mut(section) {
            table.insert(key.to_owned(), value);
        }
        settings.try_into().map_err(|error: toml::de::Error| wrong(error.message().to_owned()))
    }

    /// The sources of a TOML file that holds `[[sources]]` and nothing else.
    pub fn sources_of(text: &str, name: &str) -> Result<Vec<Source>, ConfigError> {
        let wrong = |error: toml::de::Error| {
            let line = error.span().map_or(0, |span| text[..span.start.min(text.len())].lines().count().max(1));
            let hint = "seeds/vietnam.toml shows how sources are written";
            ConfigError::new(format!("{name}:{line}"), without_value(error.message()), hint)
        };
        let given: Table = text.parse().map_err(wrong)?;
        let reference: Table = DEFAULT_TOML.parse().expect("config/default.toml is checked by a test");
        check(&given, &reference, "", text, name)?;
        let sources = given.get("sources").cloned().map(Value::try_into).transpose().map_err(wrong)?;
        Self { sources: sources.unwrap_or_default(), ..Self::default() }.followed()
    }

    /// The sources of `[[sources]]`; names are made where they are absent, an address counts once.
    pub fn followed(&self) -> Result<Vec<Source>, ConfigError> {
        let mut sources: Vec<Source> = Vec::new();
        for entry in &self.sources {
            let subject = entry.name.clone().unwrap_or_else(|| match entry.kind {
                crate::model::SourceKind::Folder => entry.url.clone(),
                _ => Discreet::given(&entry.url).into(),
            });
            let url = if entry.kind == crate::model::SourceKind::Folder && !entry.url.contains("://") {
                let path = std::path::absolute(PathBuf::from(&entry.url)).unwrap_or_default();
                Url::from_directory_path(path)
                    .map_err(|()| ConfigError::new(&subject, "this is no path", "write the folder's path"))?
            } else {
                Url::parse(&entry.url).map_err(|error| {
                    ConfigError::new(
                        &subject,
                        format!("`{}` is no address: {error}", Discreet::given(&entry.url)),
                        "write it whole, with https://",
                    )
                })?
            };
            let (url, inside) = parted(&url);
            let name = entry.name.clone().unwrap_or_else(|| name_of(&url));
            if sources.iter().any(|known| known.name.0 == name) {
                return Err(ConfigError::new(
                    subject,
                    format!("two sources are called `{name}`"),
                    "give one of them another `name`",
                ));
            }
            sources.push(Source {
                name: SourceId(name),
                url,
                kind: entry.kind,
                title: entry.title.clone(),
                lang: entry.lang.as_deref().and_then(Lang::parse),
                tags: entry.tags.clone(),
                full_text: entry.full_text,
                every_seconds: entry.every,
                link_pattern: entry.link_pattern.clone(),
                link_selector: entry.link_selector.clone(),
                credentials: entry.credentials.clone().or(inside),
                enabled: entry.enabled,
            });
        }
        Ok(sources)
    }
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
