//! Makes the HTTP clients and reads their errors.
//!
//! Everything that a client might do on its own is switched off here: cookies, referers,
//! redirects. The environment's proxies are honoured by a second client, because a proxy
//! resolves names itself and must itself be reachable at a private address.

use super::guard::{Guard, Refused, Unresolved};
use super::{FetchError, FetchErrorKind};
use crate::config;
use reqwest::header::HeaderValue;
use std::time::Duration;
use url::Url;

pub(super) fn client(settings: &config::Fetch, guard: Guard, proxied: bool) -> Result<reqwest::Client, FetchError> {
    let contact = settings.contact.trim();
    let agent = match contact {
        "" => format!("samestory/{}", env!("CARGO_PKG_VERSION")),
        contact => format!("samestory/{} (+{contact})", env!("CARGO_PKG_VERSION")),
    };
    let agent = HeaderValue::from_str(&agent).map_err(|_| {
        setting_error(FetchErrorKind::Setting { key: "contact", reason: "holds what a header cannot carry".to_owned() })
    })?;
    let builder = reqwest::Client::builder()
        .user_agent(agent)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(Duration::from_secs(settings.connect_timeout))
        .pool_max_idle_per_host(1)
        .pool_idle_timeout(Duration::from_secs(15))
        .http1_ignore_invalid_headers_in_responses(true)
        .http1_allow_spaces_after_header_name_in_responses(true)
        .http1_allow_obsolete_multiline_headers_in_responses(true)
        .http1_max_headers(200)
        .http2_max_header_list_size(64 * 1024)
        .dns_resolver(guard);
    let builder = match (proxied, settings.proxy.trim()) {
        (false, _) => builder.no_proxy(),
        (true, "") => builder,
        (true, proxy) => {
            let proxy = reqwest::Proxy::all(proxy).map_err(|_| {
                // The address may carry a password, so it is not repeated.
                let reason = "is no address of a proxy, such as http://proxy.lan:3128".to_owned();
                setting_error(FetchErrorKind::Setting { key: "proxy", reason })
            })?;
            builder.no_proxy().proxy(proxy.no_proxy(reqwest::NoProxy::from_env()))
        }
    };
    let builder = builder.tls_certs_merge(authorities(settings.ca_file.trim())?);
    builder.build().map_err(|error| {
        setting_error(FetchErrorKind::Setting {
            key: "*",
            reason: format!("no client can be made: {}", root_of(&error)),
        })
    })
}

/// The certificate authorities of a file.
fn authorities(file: &str) -> Result<Vec<reqwest::Certificate>, FetchError> {
    if file.is_empty() {
        return Ok(Vec::new());
    }
    let wrong = |reason: String| setting_error(FetchErrorKind::Setting { key: "ca_file", reason });
    let bytes = std::fs::read(file).map_err(|error| wrong(format!("{file}: {error}")))?;
    let found = reqwest::Certificate::from_pem_bundle(&bytes).map_err(|error| wrong(format!("{file}: {error}")))?;
    if found.is_empty() { Err(wrong(format!("{file} holds no certificate in PEM"))) } else { Ok(found) }
}

/// Names of the proxies that the settings or the environment ask for; these may be private.
pub(super) fn proxies(settings: &config::Fetch) -> Vec<String> {
    let configured = Some(settings.proxy.trim().to_owned()).filter(|proxy| !proxy.is_empty());
    let environment = ["ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"]
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .filter(|value| !value.trim().is_empty());
    configured
        .into_iter()
        .chain(environment)
        .filter_map(|value| {
            let url =
                Url::parse(&value).ok().filter(Url::has_host).or_else(|| Url::parse(&format!("http://{value}")).ok());
            url?.host_str().map(ToOwned::to_owned)
        })
        .collect()
}

pub(super) fn setting_error(kind: FetchErrorKind) -> FetchError {
    let subject = Url::parse("config:fetch").expect("a constant that is a URL");
    FetchError::new(&subject, kind)
}

pub(super) fn kind_of(error: &reqwest::Error, settings: &config::Fetch) -> FetchErrorKind {
    let chain = || std::iter::successors(Some(error as &(dyn std::error::Error + 'static)), |error| error.source());
    if let Some(refused) = chain().find_map(|error| error.downcast_ref::<Refused>()) {
        return FetchErrorKind::Private { address: refused.address, what: refused.what };
    }
    if let Some(Unresolved(reason)) = chain().find_map(|error| error.downcast_ref::<Unresolved>()) {
        return FetchErrorKind::Name(reason.clone());
    }
    if error.is_connect() && error.is_timeout() {
        return FetchErrorKind::TimedOut { phase: "connecting", seconds: settings.connect_timeout };
    }
    if error.is_connect() {
        return FetchErrorKind::Connect(root_of(error));
    }
    FetchErrorKind::Broken(root_of(error))
}

/// The innermost reason: the outer ones repeat the address.
fn root_of(error: &reqwest::Error) -> String {
    let innermost = std::iter::successors(Some(error as &(dyn std::error::Error + 'static)), |error| error.source());
    innermost.last().map(ToString::to_string).unwrap_or_default()
}
