//! How values lie on disk: one version byte, a CRC-32, then postcard of the kind's stored form.
//!
//! A stored form ([`form`]) is a type of its own beside the domain's, because postcard has no names: a field that is
//! added or moved makes every earlier record read as something else. Each kind of record has a version of its own. The
//! latest form is written; every earlier one is kept as a type and brought forward when a record is read, so that no
//! store has to be written anew. The checksum is ours because sled 0.34 does not promise to notice a flipped byte.
//!
//! To change a kind: keep its form under its old name, add the next (`SourceV2`) with [`Upgrade`] for the old one, name
//! both in its `record!`, raise the store's format (`layout::FORMAT`), so that earlier programs refuse rather than
//! misread, and add the lines that the test in `golden` prints to `tests/fixtures/records.txt`. A form that contains
//! another (a readers' frame holds a source) gets a version with it; the compiler leads there.

mod document;
mod form;
mod frame;
#[cfg(test)]
pub(super) mod golden;
mod item;
mod placement;
mod source;
mod story;
mod word;

use form::Upgrade;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A value that can be written as a record.
pub(super) trait Written {
    /// The version of its form that is written.
    const VERSION: u8;
    /// Appends its body.
    fn write(&self, out: &mut Vec<u8>);
}

/// A value that can be read from a record of any version up to the latest.
pub(super) trait Record: Written + Sized {
    /// Reads a body; gives what follows it, too.
    fn read(version: u8, body: &[u8]) -> Result<(Self, &[u8]), String>;
}

impl<T: Written> Written for &T {
    const VERSION: u8 = T::VERSION;
    fn write(&self, out: &mut Vec<u8>) {
        (*self).write(out);
    }
}

impl<T: Written> Written for Box<T> {
    const VERSION: u8 = T::VERSION;
    fn write(&self, out: &mut Vec<u8>) {
        (**self).write(out);
    }
}

impl<T: Record> Record for Box<T> {
    fn read(version: u8, body: &[u8]) -> Result<(Self, &[u8]), String> {
        T::read(version, body).map(|(value, rest)| (Box::new(value), rest))
    }
}

/// Something that may be missing.
impl<T: Written> Written for Option<T> {
    const VERSION: u8 = T::VERSION;
    fn write(&self, out: &mut Vec<u8>) {
        put(&self.is_some(), out);
        if let Some(value) = self {
            value.write(out);
        }
    }
}

impl<T: Record> Record for Option<T> {
    fn read(version: u8, body: &[u8]) -> Result<(Self, &[u8]), String> {
        let (is_there, rest) = take::<bool, bool>(body)?;
        if is_there { T::read(version, rest).map(|(value, rest)| (Some(value), rest)) } else { Ok((None, rest)) }
    }
}

/// A record with a key before it, for engines whose own key is a hash.
#[cfg(any(feature = "postgres", fuzzing, test))]
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Keyed<K, T>(pub(super) K, pub(super) T);

#[cfg(any(feature = "postgres", fuzzing, test))]
impl<K: Serialize, T: Written> Written for Keyed<K, T> {
    const VERSION: u8 = T::VERSION;
    fn write(&self, out: &mut Vec<u8>) {
        put(&self.0, out);
        self.1.write(out);
    }
}

#[cfg(any(feature = "postgres", fuzzing, test))]
impl<K: Serialize + DeserializeOwned, T: Record> Record for Keyed<K, T> {
    fn read(version: u8, body: &[u8]) -> Result<(Self, &[u8]), String> {
        let (key, rest) = postcard::take_from_bytes(body).map_err(|error| unread(&error))?;
        let (value, rest) = T::read(version, rest)?;
        Ok((Self(key, value), rest))
    }
}

/// A record with something of the same file behind it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Trailed<T, B>(pub(super) T, pub(super) B);

impl<T: Written, B: Serialize> Written for Trailed<T, B> {
    const VERSION: u8 = T::VERSION;
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
        put(&self.1, out);
    }
}

impl<T: Record, B: Serialize + DeserializeOwned> Record for Trailed<T, B> {
    fn read(version: u8, body: &[u8]) -> Result<(Self, &[u8]), String> {
        let (value, rest) = T::read(version, body)?;
        let (behind, rest) = postcard::take_from_bytes(rest).map_err(|error| unread(&error))?;
        Ok((Self(value, behind), rest))
    }
}

/// Names the forms of a kind, the latest first.
macro_rules! record {
    ($domain:ty, $kind:literal, $version:literal => $form:ty $(; $old:literal => $earlier:ty)*) => {
        impl $crate::records::Written for $domain {
            const VERSION: u8 = $version;
            fn write(&self, out: &mut Vec<u8>) {
                $crate::records::put(&<$form as $crate::records::form::Form<$domain>>::of(self), out);
            }
        }

        impl $crate::records::Record for $domain {
            fn read(version: u8, body: &[u8]) -> Result<(Self, &[u8]), String> {
                match version {
                    $version => $crate::records::take::<$form, $domain>(body),
                    $($old => $crate::records::take::<$earlier, $domain>(body),)*
                    later => Err($crate::records::unknown($kind, later, $version)),
                }
            }
        }
    };
}
pub(super) use record;

/// Kinds whose own form is stored: numbers, ids and what the store keeps for itself alone.
macro_rules! plain {
    ($($kind:literal: $plain:ty),* $(,)?) => {
        $($crate::records::form::itself!($plain);
        $crate::records::record!($plain, $kind, 1 => $plain);)*
    };
}
pub(super) use plain;

fn put(value: &impl Serialize, out: &mut Vec<u8>) {
    let written = postcard::to_extend(value, std::mem::take(out));
    *out = written.expect("plain values without maps of unknown length always encode");
}

fn take<F: Upgrade<T>, T>(body: &[u8]) -> Result<(T, &[u8]), String> {
    let read = postcard::take_from_bytes::<F>(body).map_err(|error| unread(&error));
    read.map(|(form, rest)| (form.upgrade(), rest))
}

fn unread(error: &postcard::Error) -> String {
    format!("a record does not read: {error}")
}

fn unknown(kind: &str, version: u8, known: u8) -> String {
    format!("a record ({kind}) has version {version}, this program reads up to {known}")
}

/// A value as bytes.
pub(super) fn encode<T: Written>(value: &T) -> Vec<u8> {
    let mut bytes = vec![T::VERSION, 0, 0, 0, 0];
    value.write(&mut bytes);
    let sum = crc32fast::hash(&bytes[5..]);
    bytes[1..5].copy_from_slice(&sum.to_be_bytes());
    bytes
}

/// The version and the body of a record's bytes, or why they are not as they were written.
pub(super) fn check(bytes: &[u8]) -> Result<(u8, &[u8]), String> {
    let (head, body) = bytes.split_at_checked(5).ok_or("a record is cut off")?;
    if head[0] == 0 {
        return Err("a record has no version".to_owned());
    }
    if crc32fast::hash(body).to_be_bytes() != head[1..5] {
        return Err("a record fails its checksum".to_owned());
    }
    Ok((head[0], body))
}

/// A value from bytes, or why it does not read.
pub(super) fn decode<T: Record>(bytes: &[u8]) -> Result<T, String> {
    let (version, body) = check(bytes)?;
    T::read(version, body).map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flipped_bit_is_noticed() {
        let value = || Keyed("text".to_owned(), 7u32);
        let mut bytes = encode(&value());
        assert_eq!(decode::<Keyed<String, u32>>(&bytes), Ok(value()));
        for place in 1..bytes.len() {
            bytes[place] ^= 4;
            assert!(decode::<Keyed<String, u32>>(&bytes).is_err(), "byte {place}");
            bytes[place] ^= 4;
        }
        for version in [0, 2, 255] {
            bytes[0] = version;
            let why = decode::<Keyed<String, u32>>(&bytes).expect_err("a version that is not there");
            assert!(why.contains("version"), "{why}");
        }
    }
}
