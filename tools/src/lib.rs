//! What the tools share: a synthetic year of news. Each tool is a binary in `src/bin`:
//! `cargo run --release -p samestory-tools --bin NAME`.

pub mod synthetic;
