//! The command `serve` and its arguments. What it does stands in `serving`, where the program is built with the feature
//! `serve`; without it the command is still there, and says what is missing.

use std::net::SocketAddr;
use std::path::PathBuf;

#[cfg(feature = "serve")]
pub use super::serving::run;

/// Arguments of `serve`.
#[derive(Debug, clap::Args)]
pub struct ServeArguments {
    /// Address and port to listen on, instead of serve.bind
    #[arg(long, value_name = "ADDR")]
    pub(super) bind: Option<SocketAddr>,
    /// Allow an address that others can reach; wants a token
    #[arg(long)]
    pub(super) expose: bool,
    /// File with the token that has to be shown, instead of serve.token_file
    #[arg(long, value_name = "FILE")]
    pub(super) token_file: Option<PathBuf>,
}

/// Says that this program cannot serve.
#[cfg(not(feature = "serve"))]
pub fn run(_: &super::context::Context, _: &ServeArguments) -> Result<super::Exit, super::Report> {
    let hint = "build it with the command: cargo build --release --features serve; or write files with `publish`";
    Err(super::Report::usage("serve", "this program was built without it", hint))
}
