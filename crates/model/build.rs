//! Lists the files of `data/languages` for `src/languages`, so that a new language is one new file and nothing else.

use std::path::PathBuf;

fn main() {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let folder = root.join("../../data/languages");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("data/languages is part of the source")
        .map(|entry| entry.expect("a folder that can be read").path())
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .collect();
    files.sort();
    let lines: String = files
        .iter()
        .map(|path| {
            let name = path.file_stem().expect("a file has a name").to_string_lossy();
            format!("    ({name:?}, include_str!({:?})),\n", path.to_string_lossy())
        })
        .collect();
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it")).join("languages.rs");
    std::fs::write(out, format!("&[\n{lines}]\n")).expect("room for a small file");
}
