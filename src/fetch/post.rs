//! Sends a text to an address that the user named, past the same guard as everything that goes out.
//!
//! No redirect is followed: where a story goes is what the configuration says, and nowhere else. Receivers are
//! known by what follows their host, so errors end there.

use super::connect::kind_of;
use super::{FetchError, FetchErrorKind, Fetcher};
use reqwest::header;
use std::time::Duration;
use tokio::time::timeout;
use url::Url;

impl Fetcher {
    /// Posts JSON and returns the status of the answer, whose body is not read.
    pub async fn post(&self, url: &Url, json: String, most: Duration) -> Result<u16, FetchError> {
        self.posted(url, json, most).await.map_err(FetchError::of_receiver)
    }

    async fn posted(&self, url: &Url, json: String, most: Duration) -> Result<u16, FetchError> {
        let client = self.way_to(url)?;
        let request = client.post(url.clone()).header(header::CONTENT_TYPE, "application/json").body(json);
        match timeout(most, request.send()).await {
            Ok(Ok(response)) => Ok(response.status().as_u16()),
            Ok(Err(error)) => Err(FetchError::new(url, kind_of(&error, self.settings()))),
            Err(_) => {
                let kind = FetchErrorKind::TimedOut { phase: "the answer", seconds: most.as_secs() };
                Err(FetchError::new(url, kind))
            }
        }
    }
}
