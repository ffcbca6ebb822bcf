//! Serves the pages, feeds and JSON over HTTP, read-only.

use super::context::Context;
use super::report::{Exit, Report};
use super::serve::ServeArguments;
use super::signals::signals;
use crate::serve::{Access, Comparing, Site, TOKEN, serve};
use samestory_understand::Understanding;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;
use tokio::net::TcpListener;

fn token(path: &Path) -> Result<String, Report> {
    let hint = "make one: head -c 24 /dev/urandom | base64 > token";
    let text = std::fs::read_to_string(path).map_err(|error| Report::usage(path.display(), error, hint))?;
    let token = text.trim();
    let plain = |sign: u8| sign.is_ascii_alphanumeric() || b"+/=._~-".contains(&sign);
    if token.len() < TOKEN || !token.bytes().all(plain) {
        return Err(Report::usage(path.display(), "a token has 16 or more letters, digits and + / = . _ ~ -", hint));
    }
    Ok(token.to_owned())
}

/// Compares versions with the model, which is loaded when the first pair is asked for.
fn comparing(context: &Context) -> Comparing {
    let (settings, loaded) = (context.settings.understand.clone(), OnceLock::new());
    Comparing::new(Box::new(move |pair| {
        let understanding = loaded.get_or_init(|| Understanding::shipped(&settings).ok()).as_ref()?;
        super::compare::versions(understanding, pair).ok()
    }))
}

/// Serves until it is asked to stop.
pub fn run(context: &Context, arguments: &ServeArguments) -> Result<Exit, Report> {
    let settings = &context.settings.serve;
    let bind = match arguments.bind {
        Some(bind) => bind,
        None => settings.bind.parse().map_err(|error| {
            Report::usage("serve.bind", error, "write an address and a port, such as 127.0.0.1:7878")
        })?,
    };
    let configured = Some(PathBuf::from(&settings.token_file)).filter(|path| !path.as_os_str().is_empty());
    let file = arguments.token_file.clone().or(configured);
    let token = file.as_deref().map(token).transpose()?;
    let allowed = bind.ip().is_loopback() || (arguments.expose && token.is_some());
    if !allowed {
        let hint = "give --expose and --token-file FILE, or put a proxy before 127.0.0.1";
        return Err(Report::usage(bind, "others can reach this address", hint));
    }
    // A store that is not there, or an older one, is reported now and not at the first request.
    drop(context.reader()?);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(16)
        .build()
        .map_err(|error| Report::usage("runtime", error, ""))?;
    let stop = signals(|_| {})?.stop;
    runtime.block_on(async {
        let listener = TcpListener::bind(bind).await;
        let listener = listener.map_err(|error| Report::usage(bind, error, "choose another port with --bind"))?;
        let at = listener.local_addr().map_err(|error| Report::usage(bind, error, ""))?;
        context.say(&format!("listening on http://{at}/"));
        let site = Site {
            place: context.place.clone(),
            reading: context.style().reading,
            access: Access { bind: at, hosts: settings.hosts.clone(), token },
            connections: settings.connections.max(1),
            timeout: Duration::from_secs(settings.timeout.max(1)),
            comparing: Some(comparing(context)),
            now: context.fixed(),
        };
        serve(listener, site, stop.asked()).await;
        context.say("stopped in order");
        Ok(Exit::Done)
    })
}
