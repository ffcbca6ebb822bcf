//! One line of JSON Lines: how much of it is read, and what its fields may be.
//!
//! Fields are texts; a number stands for its digits. Lists and objects in their place are refused before they are
//! built, since values take a hundred times what they take as text.

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;
use std::io::BufRead;

/// Bytes of one line that are read. 16 MiB: twice the largest page.
pub(crate) const LONGEST_LINE: usize = 16 << 20;
/// Translations of one document that are kept.
const MOST_ALTERNATES: usize = 200;

/// What was taken from a stream of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Nothing: it has ended.
    Nothing,
    /// A line, with its end where it has one.
    Line,
    /// A line that is too long; it was passed over.
    TooLong,
}

/// Takes the next line; of one that is too long nothing is kept.
pub(crate) fn take_line(reader: &mut (impl BufRead + ?Sized), line: &mut Vec<u8>) -> std::io::Result<Taken> {
    let mut taken = Taken::Nothing;
    loop {
        let held = match reader.fill_buf() {
            Ok(held) => held,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if held.is_empty() {
            return Ok(taken);
        }
        let end = held.iter().position(|byte| *byte == b'\n').map(|place| place + 1);
        let count = end.unwrap_or(held.len());
        if taken == Taken::TooLong || line.len() + count > LONGEST_LINE {
            taken = Taken::TooLong;
            *line = Vec::new();
        } else {
            taken = Taken::Line;
            line.try_reserve(count).map_err(|error| std::io::Error::new(std::io::ErrorKind::OutOfMemory, error))?;
            line.extend_from_slice(&held[..count]);
        }
        reader.consume(count);
        if end.is_some() {
            return Ok(taken);
        }
    }
}

/// One line of a labelled file.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Line {
    pub(super) id: Id,
    #[serde(default)]
    pub(super) title: Text,
    #[serde(default)]
    pub(super) text: Text,
    #[serde(default)]
    pub(super) lang: Text,
    #[serde(default)]
    pub(super) url: Text,
    #[serde(default)]
    pub(super) source: Text,
    #[serde(default)]
    pub(super) source_url: Text,
    #[serde(default)]
    pub(super) canonical: Text,
    #[serde(default)]
    pub(super) alternates: Alternates,
    #[serde(default)]
    pub(super) published: Text,
    #[serde(default)]
    pub(super) article: Text,
    #[serde(default)]
    pub(super) story: Text,
}

/// A text, where there is one.
#[derive(Debug, Clone, Default)]
pub(super) struct Text(pub(super) Option<String>);

/// An id: a text, or whatever single value stands there, as it is written.
#[derive(Debug, Clone)]
pub(super) struct Id(pub(super) String);

/// Addresses by language; what is no text among them is passed over.
#[derive(Debug, Clone, Default)]
pub(super) struct Alternates(pub(super) Vec<(String, String)>);

/// Takes a single value as text.
struct Single;

impl Visitor<'_> for Single {
    type Value = Option<String>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Option<String>, E> {
        Ok(Some(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Option<String>, E> {
        Ok(Some(text))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Option<String>, E> {
        Ok(Some(value.to_string()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Option<String>, E> {
        Ok(Some(value.to_string()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Option<String>, E> {
        Ok(Some(value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Option<String>, E> {
        Ok(Some(serde_json::Number::from_f64(value).map_or_else(|| "null".to_owned(), |number| number.to_string())))
    }

    fn visit_unit<E: Error>(self) -> Result<Option<String>, E> {
        Ok(None)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Single).map(Self)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Single).map(|text| Self(text.unwrap_or_else(|| "null".to_owned())))
    }
}

impl<'de> Deserialize<'de> for Alternates {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Alternates;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("addresses by language")
            }

            fn visit_unit<E: Error>(self) -> Result<Alternates, E> {
                Ok(Alternates::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Alternates, A::Error> {
                let mut found = Vec::new();
                while let Some(lang) = map.next_key::<String>()? {
                    if let Some(address) = map.next_value::<Loose>()?.0
                        && found.len() < MOST_ALTERNATES
                    {
                        found.push((lang, address));
                    }
                }
                // In the order of the languages, as ever; the last of two counts.
                found.reverse();
                found.sort_by(|a: &(String, String), b| a.0.cmp(&b.0));
                found.dedup_by(|a, b| a.0 == b.0);
                Ok(Alternates(found))
            }
        }
        from.deserialize_any(All)
    }
}

/// A text, or anything else, which is not kept.
struct Loose(Option<String>);

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Loose;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("anything")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Loose, E> {
                Ok(Loose(Some(text.to_owned())))
            }

            fn visit_bool<E: Error>(self, _: bool) -> Result<Loose, E> {
                Ok(Loose(None))
            }

            fn visit_i64<E: Error>(self, _: i64) -> Result<Loose, E> {
                Ok(Loose(None))
            }

            fn visit_u64<E: Error>(self, _: u64) -> Result<Loose, E> {
                Ok(Loose(None))
            }

            fn visit_f64<E: Error>(self, _: f64) -> Result<Loose, E> {
                Ok(Loose(None))
            }

            fn visit_unit<E: Error>(self) -> Result<Loose, E> {
                Ok(Loose(None))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Loose, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Loose(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Loose, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Loose(None))
            }
        }
        from.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    #[test]
    fn a_line_that_is_too_long_is_passed_over_and_the_next_one_read() {
        let long = [b"a\n".to_vec(), vec![b'x'; LONGEST_LINE + 5], b"\nb\nc".to_vec()].concat();
        let (mut reader, mut line) = (BufReader::new(long.as_slice()), Vec::new());
        let mut met = Vec::new();
        loop {
            line.clear();
            match take_line(&mut reader, &mut line).expect("memory") {
                Taken::Nothing => break,
                Taken::TooLong => met.push("too long".to_owned()),
                Taken::Line => met.push(String::from_utf8_lossy(&line).trim().to_owned()),
            }
        }
        assert_eq!(met, ["a", "too long", "b", "c"]);
    }

    #[test]
    fn lists_stand_for_no_text_and_one_odd_translation_loses_no_other() {
        assert!(serde_json::from_str::<Line>(r#"{"id": [1, 2, 3]}"#).is_err());
        assert!(serde_json::from_str::<Line>(r#"{"id": 1, "text": {"a": 1}}"#).is_err());
        let line = r#"{"id": 1.5, "title": 7, "more": [1, {"a": []}], "alternates": {"de": 5, "sv": "a", "fr": [1]}}"#;
        let read: Line = serde_json::from_str(line).expect("a good line");
        assert_eq!((read.id.0.as_str(), read.title.0.as_deref()), ("1.5", Some("7")));
        assert_eq!(read.alternates.0, [("sv".to_owned(), "a".to_owned())]);
    }
}
