//! A town of invented publishers on one loopback port, told apart by the Host header.
//!
//! Tests say what each address answers, in order (the last answer repeats), down to the raw
//! bytes, so that broken HTTP is possible; the town records every request with its headers and
//! how many requests were in flight to each host. Unknown addresses answer 404. Nothing leaves
//! the loopback interface.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::{AbortHandle, JoinSet};

/// One answer.
#[derive(Debug, Clone)]
pub enum Says {
    /// These bytes, then the end of the connection.
    Raw(Vec<u8>),
    /// These bytes after a while.
    Late(Duration, Vec<u8>),
    /// These bytes once this is told.
    Once(Arc<Notify>, Vec<u8>),
    /// This head, then this piece again and again until the other side has enough.
    Endless(Vec<u8>, Vec<u8>),
    /// This head, then a byte ten times a second for ever.
    Drip(Vec<u8>),
    /// Nothing at all, with the connection held open.
    Silence,
    /// These bytes, with the connection held open for more that never come.
    Half(Vec<u8>),
}

/// One request as it came in.
#[derive(Debug, Clone)]
pub struct Call {
    /// `GET`, …
    pub method: String,
    /// The Host header without a port.
    pub host: String,
    /// Path and query as they were asked for.
    pub path: String,
    /// Headers in order; names in lower case, values byte for byte.
    pub headers: Vec<(String, Vec<u8>)>,
    /// When it had come in.
    pub at: Instant,
}

impl Call {
    /// A header's bytes.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_slice())
    }

    /// A header as text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.header(name).map(|value| std::str::from_utf8(value).expect("a header in UTF-8"))
    }
}

#[derive(Default)]
struct Books {
    answers: HashMap<(String, String), (Vec<Says>, usize)>,
    calls: Vec<Call>,
    in_flight: HashMap<String, usize>,
    most_in_flight: HashMap<String, usize>,
}

/// The town; it closes when dropped.
pub struct Town {
    /// Where it listens.
    pub addr: SocketAddr,
    books: Arc<Mutex<Books>>,
    gate: AbortHandle,
}

impl Drop for Town {
    fn drop(&mut self) {
        self.gate.abort();
    }
}

impl Town {
    /// Opens a town in which no publisher says anything yet.
    pub async fn open() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free loopback port");
        let addr = listener.local_addr().expect("a bound socket has an address");
        let books = Arc::new(Mutex::new(Books::default()));
        let shared = Arc::clone(&books);
        let gate = tokio::spawn(async move {
            // A set, so that connections end with the town.
            let mut visitors = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                visitors.spawn(serve(stream, Arc::clone(&shared)));
            }
        })
        .abort_handle();
        Self { addr, books, gate }
    }

    /// What `http://host/path` answers from now on, one after the other; the last one repeats.
    pub fn says(&self, host: &str, path: &str, answers: impl IntoIterator<Item = Says>) -> &Self {
        let answers = (answers.into_iter().collect(), 0);
        self.books.lock().expect("books").answers.insert((host.to_owned(), path.to_owned()), answers);
        self
    }

    /// Every request so far, in order of arrival.
    pub fn calls(&self) -> Vec<Call> {
        self.books.lock().expect("books").calls.clone()
    }

    /// Paths asked so far, in order of arrival.
    pub fn paths(&self) -> Vec<String> {
        self.calls().into_iter().map(|call| call.path).collect()
    }

    /// The most requests that a host ever had in flight at once.
    pub fn most_in_flight(&self, host: &str) -> usize {
        self.books.lock().expect("books").most_in_flight.get(host).copied().unwrap_or(0)
    }

    /// Fetch settings under which these hosts live in the town, without a gap between starts.
    pub fn settings(&self, hosts: &[&str]) -> samestory::config::Fetch {
        let mut settings = samestory::config::Settings::default().fetch;
        settings.host_gap_ms = 0;
        settings.hosts =
            hosts.iter().map(|host| ((*host).to_owned(), self.addr.to_string())).collect::<BTreeMap<_, _>>();
        settings.allow_private_hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
        settings
    }
}

/// An ordinary answer with its length; `Connection: close` keeps calls and connections equal.
pub fn answer(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Says {
    let mut head = format!("HTTP/1.1 {status} Said\r\nConnection: close\r\n");
    if status != 304 {
        let _ = write!(head, "Content-Length: {}\r\n", body.as_ref().len());
    }
    for (name, value) in headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    head += "\r\n";
    Says::Raw([head.as_bytes(), body.as_ref()].concat())
}

/// A feed with the given headers.
pub fn feed(headers: &[(&str, &str)]) -> Says {
    let headers = [&[("Content-Type", "application/rss+xml")], headers].concat();
    answer(200, &headers, "<rss version=\"2.0\"><channel><title>Paper</title></channel></rss>")
}

/// A redirect.
pub fn redirect(status: u16, to: &str) -> Says {
    answer(status, &[("Location", to)], "moved")
}

async fn serve(mut stream: TcpStream, books: Arc<Mutex<Books>>) {
    let Some(call) = read_call(&mut stream).await else { return };
    let host = call.host.clone();
    let says = {
        let mut books = books.lock().expect("books");
        let in_flight = books.in_flight.entry(host.clone()).or_default();
        *in_flight += 1;
        let now = *in_flight;
        let most = books.most_in_flight.entry(host.clone()).or_default();
        *most = now.max(*most);
        let says = match books.answers.get_mut(&(host.clone(), call.path.clone())) {
            Some((answers, next)) => {
                let says = answers[(*next).min(answers.len() - 1)].clone();
                *next += 1;
                says
            }
            None => answer(404, &[], "nobody lives here"),
        };
        books.calls.push(call);
        says
    };
    let leave = |books: &Mutex<Books>| {
        *books.lock().expect("books").in_flight.entry(host.clone()).or_default() -= 1;
    };
    // Counted out before the last byte: the caller may come again as soon as it has that.
    match says {
        Says::Raw(bytes) => {
            leave(&books);
            let _ = stream.write_all(&bytes).await;
        }
        Says::Late(wait, bytes) => {
            tokio::time::sleep(wait).await;
            leave(&books);
            let _ = stream.write_all(&bytes).await;
        }
        Says::Once(told, bytes) => {
            told.notified().await;
            leave(&books);
            let _ = stream.write_all(&bytes).await;
        }
        Says::Endless(head, piece) => {
            leave(&books);
            let _ = stream.write_all(&head).await;
            while stream.write_all(&piece).await.is_ok() {}
        }
        Says::Drip(head) => {
            leave(&books);
            let _ = stream.write_all(&head).await;
            while stream.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        Says::Silence => {
            let _ = stream.read(&mut [0; 1]).await;
            leave(&books);
        }
        Says::Half(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.read(&mut [0; 1]).await;
            leave(&books);
        }
    }
    let _ = stream.shutdown().await;
}

async fn read_call(stream: &mut TcpStream) -> Option<Call> {
    let mut head = Vec::new();
    let mut byte = [0; 1];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).await.ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    let mut lines = head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let first = String::from_utf8_lossy(lines.next()?).into_owned();
    let mut words = first.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let headers: Vec<(String, Vec<u8>)> = lines
        .filter_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            let name = String::from_utf8_lossy(&line[..colon]).to_ascii_lowercase();
            Some((name, line[colon + 1..].trim_ascii().to_vec()))
        })
        .collect();
    let host = headers.iter().find(|(name, _)| name == "host").map(|(_, value)| String::from_utf8_lossy(value))?;
    let host = host.split(':').next().unwrap_or_default().to_owned();
    Some(Call { method, host, path, headers, at: Instant::now() })
}
