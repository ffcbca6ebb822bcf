//! A user's file with the place of each value, held to the reference key by key.
//!
//! Every error names the line of what is wrong, from the spans that `toml` keeps. So the file is laid over the
//! reference before values lose their spans.

use super::Settings;
use samestory_model::settings::{ConfigError, DEFAULT_TOML, REFERENCE, line, suggestion};
use serde::Deserialize;
use std::ops::Range;
use toml::de::{DeTable, DeValue, Deserializer};
use toml::{Spanned, Table, Value};

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

/// A type's name with its article.
pub(super) fn kind(name: &str) -> String {
    let article = if name.starts_with(['a', 'i']) { "an" } else { "a" };
    format!("{article} {name}")
}

/// A file whose TOML reads.
pub(super) struct File<'a> {
    name: &'a str,
    table: DeTable<'a>,
    /// Where its lines end.
    ends: Vec<usize>,
}

impl<'a> File<'a> {
    /// Reads TOML; `name` is the file's, for messages.
    pub(super) fn read(text: &'a str, name: &'a str) -> Result<Self, ConfigError> {
        let table = DeTable::parse(text).map_err(|error| {
            let subject = error.span().map_or_else(|| name.to_owned(), |span| line(name, text, span));
            ConfigError::new(subject, error.message(), "config/default.toml shows how it is written")
        })?;
        let ends = text.match_indices('\n').map(|pair| pair.0).collect();
        Ok(Self { name, table: table.into_inner(), ends })
    }

    /// The file with the line of a span.
    fn at(&self, span: Range<usize>) -> String {
        format!("{}:{}", self.name, self.ends.partition_point(|end| *end < span.start) + 1)
    }

    /// The file with the line of a value in an array of a section; without one where it is not written there.
    pub(super) fn element(&self, section: &str, key: &str, index: usize) -> String {
        let array = self.table.get(section).and_then(|section| section.get_ref().get(key));
        let element = array.and_then(|array| array.get_ref().get(index));
        element.map_or_else(|| self.name.to_owned(), |element| self.at(element.span()))
    }

    /// Holds the keys, and the types of values, to the reference.
    pub(super) fn check(&self, reference: &Table) -> Result<(), ConfigError> {
        self.check_table(&self.table, reference, "")
    }

    fn check_table(&self, given: &DeTable<'_>, known: &Table, path: &str) -> Result<(), ConfigError> {
        for (key, value) in given {
            let full = if path.is_empty() { key.get_ref().to_string() } else { format!("{path}.{}", key.get_ref()) };
            if full == "sources" {
                self.check_sources(value.get_ref())?;
                continue;
            }
            let Some(like) = known.get(key.get_ref().as_ref()) else {
                return Err(ConfigError::new(
                    self.at(key.span()),
                    format!("unknown key `{full}`"),
                    suggestion(key.get_ref(), known.keys().map(String::as_str), REFERENCE),
                ));
            };
            match (like, value.get_ref()) {
                (Value::Table(known), DeValue::Table(given)) if full != "fetch.hosts" => {
                    self.check_table(given, known, &full)?;
                }
                (like, given) if like.type_str() != given.type_str() => {
                    let hint = match like {
                        Value::Table(table) if !table.is_empty() => format!("write its keys under `[{full}]`"),
                        _ => format!("the default is `{full} = {like}`"),
                    };
                    return Err(ConfigError::new(
                        self.at(key.span()),
                        format!("`{full}` is {}, not {}", kind(like.type_str()), kind(given.type_str())),
                        hint,
                    ));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn check_sources(&self, sources: &DeValue<'_>) -> Result<(), ConfigError> {
        let entries = sources.as_array().into_iter().flatten().filter_map(|entry| entry.get_ref().as_table());
        let unknown = |key: &&Spanned<_>| !SOURCE_KEYS.contains(&std::convert::AsRef::<str>::as_ref(key.get_ref()));
        match entries.flat_map(DeTable::keys).find(|key: &&Spanned<toml::de::DeString<'_>>| unknown(key)) {
            Some(key) => Err(ConfigError::new(
                self.at(key.span()),
                format!("unknown key `sources.{}`", key.get_ref()),
                suggestion(key.get_ref(), SOURCE_KEYS.into_iter(), REFERENCE),
            )),
            None => Ok(()),
        }
    }

    /// The reference with the file laid over it. Sources know their lines.
    pub(super) fn settings(&self) -> Result<Settings, ConfigError> {
        let mut whole = DeTable::parse(DEFAULT_TOML).expect("config/default.toml is checked by a test");
        lay_over(whole.get_mut(), self.table.clone());
        let mut settings = Settings::deserialize(Deserializer::from(whole)).map_err(|error| {
            // What the reference holds fits, so a span is one of the file.
            let subject = error.span().map_or_else(|| self.name.to_owned(), |span| self.at(span));
            let hint = "config/default.toml shows every key with its type";
            ConfigError::new(subject, without_value(error.message()), hint)
        })?;
        let entries = self.table.get("sources").and_then(|sources| sources.get_ref().as_array()).into_iter().flatten();
        for (source, entry) in settings.sources.iter_mut().zip(entries) {
            source.place = Some(self.at(entry.span()));
        }
        Ok(settings)
    }
}

fn lay_over<'a>(base: &mut DeTable<'a>, over: DeTable<'a>) {
    for (key, value) in over {
        let (span, value) = (value.span(), value.into_inner());
        match (base.get_mut(key.get_ref().as_ref()).map(Spanned::get_mut), value) {
            (Some(DeValue::Table(below)), DeValue::Table(above)) => lay_over(below, above),
            (_, value) => {
                base.insert(key, Spanned::new(span, value));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> ConfigError {
        let read = |text: &str| -> Result<Settings, ConfigError> {
            let reference: Table = DEFAULT_TOML.parse().expect("the reference");
            let file = File::read(text, "c.toml")?;
            file.check(&reference)?;
            let settings = file.settings()?;
            settings.check_rules(&|section, key, index| file.element(section, key, index))?;
            settings.followed()?;
            Ok(settings)
        };
        read(text).expect_err(text)
    }

    #[test]
    fn an_error_names_the_line_of_the_value_and_not_of_one_of_the_same_name() {
        let wrong_type = [
            ("[store]\nurl = \"\"\n\n[publish]\nurl = 3\n", 5),
            ("[notify]\ntimeout = 5\n\n[serve]\nhosts = []\ntimeout = \"a\"\n", 6),
            ("# timeout = 1\nnotify.timeout = 5\nserve.timeout = \"a\"\n", 3),
            ("[fetch]\ncontact = \"\"\"\ninterval = 5\n\"\"\"\ninterval = \"soon\"\n", 5),
            ("fetch = { contact = \"a\",\n  interval = \"soon\" }\n", 2),
            ("[store]\n\"url\" = \"\"\n[publish]\n\"url\" = 3\n", 4),
            ("[serve]\ntimeout = -1\n", 2),
            ("[notify]\ntimeout = 5\n[serve]\ntimeout = -1\n", 4),
            ("[read]\nlanguages = [\n  \"vi\",\n  3,\n]\n", 4),
            ("[fetch]\n[fetch.hosts]\n\"a.example\" = \"127.0.0.1:1\"\n\"b.example\" = 4\n", 4),
            ("fetch.interval.x = 3\n", 1),
            ("\n\nfetch = 3\n", 3),
            ("[read]\n[[fetch]]\n", 2),
            ("\nsources = 3\n", 2),
        ];
        let unknown = [
            ("[store]\nurl = \"\"\n[serve]\nurl = \"\"\n", 4),
            ("url = 3\n", 1),
            ("[notify]\n\n[notify.timeout_]\n", 3),
            ("[fetch]\nintervall.x = 3\n", 2),
            ("fetch = { interval = 3,\n intervall = 3 }\n", 2),
            ("[filter]\nkeep = [\n  { lang = \"vi\" },\n  { language = \"vi\" },\n]\n", 4),
            ("[[filter.keep]]\nlang = \"vi\"\n[[filter.keep]]\nlang = \"vi\"\nlanguage = \"vi\"\n", 5),
        ];
        let bad = [
            ("[filter]\nkeep = [{ lang = \"vi\" }, {}]\n", 2),
            ("[filter]\nkeep = [\n  { lang = \"vi\" },\n  {},\n]\n", 4),
            ("[[filter.block]]\nlang = \"vi\"\n\n[[filter.block]]\nlang = \"no language\"\n", 4),
            ("[notify]\nlanguages = [\"vi\",\n\"no language\"]\n", 3),
            ("[fetch]\n\ninterval = \n", 3),
            ("[fetch]\ninterval = 1\n[fetch]\n", 3),
            ("[fetch]\ninterval = 1\n\ninterval = 2\n", 4),
        ];
        let first = "[[sources]]\nurl = \"https://a.example\"\nname = \"a\"\nkind = \"feed\"\n";
        let sources = [
            ("[[sources]]\nurl = \"https://b.example\"\nnmae = \"x\"\n", 7),
            ("[[sources]]\nname = \"b\"\n", 5),
            ("[[sources]]\nurl = \"https://b.example\"\nkind = \"feeed\"\n", 7),
            ("[[sources]]\nurl = \"https://b.example\"\nevery = \"day\"\n", 7),
            ("[[sources]]\nurl = \"https://b.example\"\ntags = [\"a\",\n1]\n", 8),
            ("[[sources]]\nurl = \"nowhere\"\n", 5),
            ("\n[[sources]]\nurl = \"https://b.example\"\nname = \"a\"\n", 6),
        ];
        let sources = sources.map(|(text, line)| (format!("{first}{text}"), line));
        let all = wrong_type.into_iter().chain(unknown).chain(bad).map(|(text, line)| (text.to_owned(), line));
        for (text, line) in all.chain(sources) {
            let error = error(&text);
            assert_eq!(error.subject, format!("c.toml:{line}"), "{}\n{text}", error.what);
            assert!(!error.hint().is_empty());
        }
    }

    #[test]
    fn an_error_names_types_in_english_and_keeps_a_value_to_itself() {
        assert!(error("[serve]\ntimeout = [1]\n").what.contains("is an integer, not an array"));
        let secret = error("[[sources]]\nurl = \"https://a.example\"\nevery = \"user:secret\"\n");
        assert!(!secret.to_string().contains("secret"), "{secret}");
        assert_eq!(error("fetch = 3\n").hint(), "write its keys under `[fetch]`");
    }
}
