//! A record of the store: the first byte says of which kind, the rest is what lies behind the checksum.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Some((kind, body)) = data.split_first() {
        samestory_store::fuzzing::record(*kind, body);
    }
});
