//! Writes the last section of NOTICE: every crate that Cargo.lock names, with its licence, as `cargo metadata` says it.
//! `cargo run -p samestory-tools --bin make_notice`, after each change of Cargo.lock; a test holds NOTICE to Cargo.lock.

use std::process::Command;

/// How the section begins.
const HEADING: &str = "5. Crates\n";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let out = Command::new("cargo").args(["metadata", "--locked", "--format-version", "1"]).output()?;
    if !out.status.success() {
        return Err(String::from_utf8_lossy(&out.stderr).into());
    }
    let metadata: serde_json::Value = serde_json::from_slice(&out.stdout)?;
    let mut lines = Vec::new();
    for package in metadata["packages"].as_array().ok_or("no packages")? {
        let text = |key: &str| package[key].as_str().unwrap_or_default().to_owned();
        // What comes from no registry is the workspace's own.
        if package["source"].is_null() {
            continue;
        }
        let licence = match (text("license"), text("license_file")) {
            (licence, _) if !licence.is_empty() => licence,
            (_, file) => format!("see {file} in the crate"),
        };
        lines.push(format!("   {} {}: {licence}\n", text("name"), text("version")));
    }
    lines.sort();
    let notice = std::fs::read_to_string("NOTICE")?;
    let before = notice.split(HEADING).next().unwrap_or(&notice).trim_end();
    let section = format!(
        "{before}\n\n\n{HEADING}\n   The program is built from these crates of crates.io, some of them on some systems only, some for \
         tests\n   only. Each carries the text of its licence. Written by tools/src/bin/make_notice.rs.\n\n{}",
        lines.concat()
    );
    std::fs::write("NOTICE", section)?;
    Ok(())
}
