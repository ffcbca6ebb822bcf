//! How values lie on disk: one version byte, a CRC-32, then postcard.
//!
//! The checksum is ours because sled 0.34 does not promise to notice a flipped byte on read.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Version of the encoding of every value.
const VERSION: u8 = 1;

/// A value as bytes.
pub(super) fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    let body = postcard::to_stdvec(value).expect("plain values without maps of unknown length always encode");
    let mut bytes = Vec::with_capacity(body.len() + 5);
    bytes.push(VERSION);
    bytes.extend_from_slice(&crc32fast::hash(&body).to_be_bytes());
    bytes.extend_from_slice(&body);
    bytes
}

/// The body of a value's bytes, or why they are not as they were written.
pub(super) fn check(bytes: &[u8]) -> Result<&[u8], String> {
    let (head, body) = bytes.split_at_checked(5).ok_or("a record is cut off")?;
    if head[0] != VERSION {
        return Err(format!("a record has version {}", head[0]));
    }
    if crc32fast::hash(body).to_be_bytes() != head[1..5] {
        return Err("a record fails its checksum".to_owned());
    }
    Ok(body)
}

/// A value from bytes, or why it does not read.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let body = check(bytes)?;
    postcard::from_bytes(body).map_err(|error| format!("a record does not read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flipped_bit_is_noticed() {
        let mut bytes = encode(&("text".to_owned(), 7u32));
        assert_eq!(decode::<(String, u32)>(&bytes), Ok(("text".to_owned(), 7)));
        for place in 0..bytes.len() {
            bytes[place] ^= 4;
            assert!(decode::<(String, u32)>(&bytes).is_err(), "byte {place}");
            bytes[place] ^= 4;
        }
    }
}
