//! The text of a backup: restored, and where that works, backed up and restored again.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    samestory_store::fuzzing::backup(data, folder.path());
});
