//! Serves the invented world on one loopback port and records what it was asked.
//!
//! Publishers are told apart by the `Host` header. What is answered is decided in `answers`; this
//! file only moves bytes, keeps the log and knows which pass it is.

use super::{Asked, DemoError, World};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, header, uri::PathAndQuery};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};

/// One request as it was answered.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// `GET`, …
    pub method: String,
    /// The `Host` header, without a port.
    pub host: String,
    /// Path and query.
    pub path: String,
    /// Request headers; bytes that are no UTF-8 are replaced.
    pub headers: Vec<(String, String)>,
    /// Status of the answer.
    pub status: u16,
    /// The pass it came in.
    pub pass: u8,
    /// Time since the server started.
    pub at: Duration,
}

impl Recorded {
    /// A request header by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

struct Shared {
    world: World,
    pass: AtomicU8,
    log: Mutex<Vec<Recorded>>,
    started: Instant,
}

/// The world while it is being served; ends when stopped or dropped.
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl World {
    /// Serves this world on a free loopback port, in its first pass.
    pub async fn serve(self) -> Result<Running, DemoError> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(DemoError::Listen)?;
        let addr = listener.local_addr().map_err(DemoError::Listen)?;
        let shared = Arc::new(Shared {
            world: self,
            pass: AtomicU8::new(1),
            log: Mutex::new(Vec::new()),
            started: Instant::now(),
        });
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(listen(listener, Arc::clone(&shared), stopped));
        Ok(Running { addr, shared, stop: Some(stop), task })
    }
}

impl Running {
    /// The world that is served.
    pub fn world(&self) -> &World {
        &self.shared.world
    }

    /// Moves the world to a pass: from now on feeds and pages answer as they are then.
    pub fn set_pass(&self, pass: u8) {
        self.shared.pass.store(pass, Ordering::SeqCst);
    }

    /// Every request so far, in the order in which they were answered.
    pub fn requests(&self) -> Vec<Recorded> {
        self.shared.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stops listening. Connections that stay open for more than a second are dropped.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        let _ = tokio::time::timeout(Duration::from_secs(1), &mut self.task).await;
        self.task.abort();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Takes connections until it is stopped; those that are open then end after what they answer.
async fn listen(listener: TcpListener, shared: Arc<Shared>, mut stopped: oneshot::Receiver<()>) {
    // They end with this task.
    let mut connections = JoinSet::new();
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            _ = &mut stopped => break,
            Some(_) = connections.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        // An accept error ends the demo's server; the passes then report unreachable sources.
        let Ok((stream, _)) = accepted else { break };
        let shared = Arc::clone(&shared);
        let service = service_fn(move |request| {
            let answer = reply(&shared, &request);
            async move { Ok::<_, Infallible>(answer) }
        });
        let mut http = hyper::server::conn::http1::Builder::new();
        let connection = http.timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
        connections.spawn(graceful.watch(connection));
    }
    drop(listener);
    graceful.shutdown().await;
}

fn reply(shared: &Shared, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let pass = shared.pass.load(Ordering::SeqCst);
    let headers = request.headers();
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let asked = Asked {
        host: &host,
        path: request.uri().path_and_query().map_or("/", PathAndQuery::as_str),
        if_none_match: headers.get(header::IF_NONE_MATCH).map(HeaderValue::as_bytes),
        if_modified_since: headers.get(header::IF_MODIFIED_SINCE).map(HeaderValue::as_bytes),
        accepts_gzip: accepts_gzip(headers),
    };
    let answer = shared.world.answer(asked, pass);
    let recorded = Recorded {
        method: request.method().to_string(),
        path: request.uri().path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
        headers: headers
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect(),
        status: answer.status,
        pass,
        at: shared.started.elapsed(),
        host,
    };
    shared.log.lock().unwrap_or_else(PoisonError::into_inner).push(recorded);
    let mut response = Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(*name, value);
    }
    response.body(Full::from(answer.body)).unwrap_or_default()
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    headers.get_all(header::ACCEPT_ENCODING).iter().any(|value| value.to_str().is_ok_and(|text| text.contains("gzip")))
}
