//! What only a store on a server can do: many writers at once, a form that is brought forward once, a way to the
//! server that breaks at any moment, and roles that may do less.

use super::{commit, placement, source, titles};
use crate::bed::Bed;
use crate::engines::{over_engines, server_bed, server_beds};
use samestory_model::{DocumentId, Fault, StoryId};
use samestory_store::{Address, Commit, PostgresStore, Store, StoreError, StoreLocation};
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A way to the server on which connections end at once, when they are cut or have carried what they may.
struct Way {
    open: Arc<Mutex<Vec<TcpStream>>>,
    ended: Arc<AtomicU32>,
}

/// Bytes to the server that a connection carries: some end when they are being made, some in a transaction, most later.
fn carries(number: u32) -> usize {
    let drawn = number.wrapping_mul(2_654_435_761) >> 16;
    300 + (drawn as usize % 60_000)
}

/// The server's own address, a listener beside it, and the store's address by way of that.
fn beside(bed: &Bed) -> ((String, u16), TcpListener, Address) {
    let mut address = bed.schema().expect("a bed on a server").server();
    let mut url = url::Url::parse(&address.url).expect("an address");
    let server = (url.host_str().expect("a host").to_owned(), url.port().unwrap_or(5432));
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    url.set_host(Some("127.0.0.1")).expect("a host");
    url.set_port(Some(listener.local_addr().expect("an address").port())).expect("a port");
    address.url = url.into();
    (server, listener, address)
}

impl Way {
    /// A way whose connections break by themselves, or only when they are cut.
    fn to(bed: &Bed, breaks: bool) -> (Self, Address) {
        let (server, listener, address) = beside(bed);
        let way = Self { open: Arc::default(), ended: Arc::default() };
        let (open, ended) = (Arc::clone(&way.open), Arc::clone(&way.ended));
        std::thread::spawn(move || {
            for (number, here) in (0..).zip(listener.incoming().flatten()) {
                let Ok(there) = TcpStream::connect(&server) else { continue };
                let copy = |stream: &TcpStream| stream.try_clone().expect("a stream");
                open.lock().expect("the list").extend([copy(&here), copy(&there)]);
                let left = if breaks { carries(number) } else { usize::MAX };
                let (from, to, ended) = (copy(&there), copy(&here), Arc::clone(&ended));
                std::thread::spawn(move || carry(from, to, usize::MAX));
                std::thread::spawn(move || {
                    if carry(here, there, left) {
                        ended.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        (way, address)
    }

    /// A way whose connections end once they have carried so many bytes more to the server, or from it.
    fn counting(bed: &Bed) -> (Arc<Budget>, Address) {
        let (server, listener, address) = beside(bed);
        let budget = Arc::new(Budget { to: AtomicI64::new(UNLIMITED), from: AtomicI64::new(UNLIMITED) });
        let shared = Arc::clone(&budget);
        std::thread::spawn(move || {
            for here in listener.incoming().flatten() {
                let Ok(there) = TcpStream::connect(&server) else { continue };
                let copy = |stream: &TcpStream| stream.try_clone().expect("a stream");
                let (from, to) = (copy(&there), copy(&here));
                let (up, down) = (Arc::clone(&shared), Arc::clone(&shared));
                std::thread::spawn(move || carry_counted(from, to, &down.from));
                std::thread::spawn(move || carry_counted(here, there, &up.to));
            }
        });
        (budget, address)
    }

    fn cut(&self) {
        for stream in self.open.lock().expect("the list").drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// Hands bytes on until one side ends, or so many have gone; then both end. Whether it was for their number.
fn carry(mut from: TcpStream, mut to: TcpStream, mut left: usize) -> bool {
    let (mut bytes, mut full) = ([0; 4096], false);
    while let Ok(read @ 1..) = from.read(&mut bytes) {
        let part = read.min(left);
        full = part < read;
        if to.write_all(&bytes[..part]).is_err() || full {
            break;
        }
        left -= part;
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
    full
}

/// More than any test sends.
const UNLIMITED: i64 = i64::MAX / 2;

/// Bytes that may go yet, over all connections of a way.
struct Budget {
    to: AtomicI64,
    from: AtomicI64,
}

/// Hands bytes on until a side ends or the budget is used up; then both end, and the next connection has no limit.
fn carry_counted(mut from: TcpStream, mut to: TcpStream, budget: &AtomicI64) {
    let mut bytes = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut bytes) {
        let left = budget.fetch_sub(read as i64, Ordering::SeqCst);
        let part = read.min(usize::try_from(left).unwrap_or(0));
        if to.write_all(&bytes[..part]).is_err() || part < read {
            budget.store(UNLIMITED, Ordering::SeqCst);
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}

/// A commit of one document with a story of its own.
fn one(name: &str, id: u64) -> Commit {
    commit(&[(name, "a", 0, id, id)])
}

fn any_number_of_writers_commit_at_once_and_readers_are_told_of_each_commit_in_its_order() {
    for bed in server_beds() {
        std::thread::scope(|scope| {
            for writer in 0..4u64 {
                let place = bed.place();
                scope.spawn(move || {
                    // All open at the same time: the form is made once.
                    let store = place.open().expect("a store");
                    for round in 0..15 {
                        let id = 1 + writer * 100 + round;
                        store.commit(&one(&format!("{writer}-{round}"), id)).expect("room");
                        // And all write one row.
                        store.put_sources(&[source("same")]).expect("room");
                        let host = ("paper.example".to_owned(), samestory_store::HostRecord::default());
                        store.commit(&Commit { hosts: vec![host], ..Commit::default() }).expect("room");
                    }
                });
            }
        });
        let seen = bed.reader();
        let stories = seen.stories().expect("reads");
        let born: BTreeSet<u64> = stories.iter().map(|listed| listed.born).collect();
        assert_eq!((stories.len(), born.len()), (60, 60), "each commit has a number of its own");
        assert_eq!(seen.holds(), bed.writer().holds().expect("reads"));
        assert_eq!(seen.holds().documents, 60);
        let applied = bed.schema().expect("a server").sql("SELECT count(*) FROM migration WHERE number = 1");
        assert_eq!(applied, [["1"]]);
    }
}

fn a_way_that_breaks_again_and_again_loses_nothing_and_doubles_nothing() {
    for bed in server_beds() {
        let (way, address) = Way::to(&bed, true);
        let store = PostgresStore::open(&address).expect("a store");
        for id in 1..=80 {
            store.commit(&one(&format!("one-{id}"), id)).expect("the server comes back");
            let (_, waiting) = super::records::waiting(&id.to_string(), Some(1));
            let queue = [(format!("a\u{0}{id}"), waiting)].into_iter().collect();
            store.commit(&Commit { queue, ..Commit::default() }).expect("the server comes back");
            assert!(store.document(DocumentId::of(&[&format!("one-{id}")])).expect("reads").is_some());
        }
        let ended = way.ended.load(Ordering::Relaxed);
        assert!(ended > 10, "{ended}");
        let holds = bed.writer().holds().expect("reads");
        assert_eq!((holds.documents, holds.stories, holds.waiting), (80, 80, 80));
        let rows = bed.schema().expect("a server").sql("SELECT documents, stories FROM meta");
        assert_eq!(rows, [["80", "80"]], "counted once each");
    }
}

fn a_commit_is_made_once_wherever_its_connection_ends_on_the_way_there_and_back() {
    for bed in server_beds() {
        let (budget, address) = Way::counting(&bed);
        let store = PostgresStore::open(&address).expect("a store");
        let mut stored = 0;
        let mut next = || {
            stored += 1;
            one(&format!("one-{stored}"), stored)
        };
        // The second of two, so that every statement has been prepared.
        store.commit(&next()).expect("room");
        let before = (budget.to.load(Ordering::SeqCst), budget.from.load(Ordering::SeqCst));
        store.commit(&next()).expect("room");
        let used = (before.0 - budget.to.load(Ordering::SeqCst), before.1 - budget.from.load(Ordering::SeqCst));
        assert!(used.0 > 500 && used.1 > 50, "{used:?}");
        let places = |used: i64| (0..used).step_by((used as usize / 24).max(1));
        for left in places(used.0) {
            budget.to.store(left, Ordering::SeqCst);
            store.commit(&next()).unwrap_or_else(|error| panic!("{left} bytes there: {error}"));
        }
        // An answer that is lost may belong to a commit that was made.
        for left in places(used.1) {
            budget.from.store(left, Ordering::SeqCst);
            store.commit(&next()).unwrap_or_else(|error| panic!("{left} bytes back: {error}"));
        }
        budget.to.store(UNLIMITED, Ordering::SeqCst);
        budget.from.store(UNLIMITED, Ordering::SeqCst);
        let holds = bed.writer().holds().expect("reads");
        assert_eq!((holds.documents, holds.stories), (stored, stored), "each once");
        let rows = bed.schema().expect("a server").sql("SELECT documents, stories FROM meta");
        assert_eq!(rows, [[stored.to_string(), stored.to_string()]], "counted once each");
        let seen = bed.reader();
        let listed = seen.stories().expect("reads");
        let born: BTreeSet<u64> = listed.iter().map(|story| story.born).collect();
        assert_eq!((listed.len() as u64, born.len() as u64), (stored, stored), "each with a number of its own");
    }
}

fn a_placing_whose_connection_was_lost_is_told_and_nothing_of_it_is_stored() {
    for bed in server_beds() {
        let (way, address) = Way::to(&bed, false);
        let store = PostgresStore::open(&address).expect("a store");
        let other = bed.writer();
        store.commit(&one("before", 1)).expect("room");
        let fleet = store.fleet().expect("workers");
        fleet.lock_placement(fleet.sequence().expect("reads")).expect("nobody places");
        way.cut();
        // Another worker may place as soon as the server has noticed.
        let theirs = other.fleet().expect("workers");
        assert_eq!(theirs.lock_placement(0).expect("the lock is free").placements.len(), 1);
        other.commit(&one("theirs", 2)).expect("room");
        let error = store.commit(&one("lost", 3)).expect_err("it was decided without knowing of theirs");
        assert!(matches!(error, StoreError::Conflict { .. }), "{error}");
        assert!(bed.reader().story(StoryId(3)).expect("reads").is_none());
        let beside = fleet.lock_placement(1).expect("nobody places");
        assert_eq!(beside.placements, [placement("theirs", 2, 2)]);
        store.commit(&one("lost", 3)).expect("room");
        assert_eq!(titles(&bed.reader(), 3), ["lost"]);
    }
}

fn a_store_of_a_later_version_is_left_alone() {
    for bed in server_beds() {
        bed.writer().commit(&one("one", 1)).expect("room");
        let schema = bed.schema().expect("a server");
        schema.sql("INSERT INTO migration (number) VALUES (99)");
        let errors = [bed.place().open().err(), bed.place().reader().err()];
        for error in errors.into_iter().map(|error| error.expect("a refusal")) {
            assert!(matches!(error, StoreError::Newer { found: 99, .. }), "{error}");
            assert_eq!(error.fault(), Fault::Configuration);
        }
        schema.sql("DELETE FROM migration WHERE number = 99");
        assert_eq!(titles(&bed.reader(), 1), ["one"]);
    }
}

fn a_server_without_tls_is_not_spoken_to_in_the_clear_where_tls_is_required() {
    let bed = server_bed();
    let mut address = bed.schema().expect("a server").server();
    address.url += "&sslmode=require";
    address.reconnect = Duration::ZERO;
    // A server that speaks TLS has a certificate that this machine knows or does not know; it is not asked here.
    let speaks = bed.schema().expect("a server").sql("SHOW ssl") == [["on"]];
    if let Err(error) = StoreLocation::Server(address).open() {
        assert!(matches!(error, StoreError::Server { .. }), "{error}");
    } else {
        assert!(speaks, "it was spoken to in the clear");
    }
}

fn a_role_that_may_only_read_lists_and_keeps_its_cursor_and_can_change_nothing_else() {
    let bed = server_bed();
    bed.writer().commit(&one("one", 1)).expect("room");
    let schema = bed.schema().expect("a server");
    let role = format!("reads_{}", schema.name);
    // As docs/POSTGRES.md says it.
    schema.sql(&format!(
        "CREATE ROLE {role} LOGIN PASSWORD 'read'; GRANT USAGE ON SCHEMA {0} TO {role};
         GRANT SELECT ON ALL TABLES IN SCHEMA {0} TO {role}; GRANT INSERT, UPDATE ON note TO {role}",
        schema.name
    ));
    let mut url = url::Url::parse(&schema.url).expect("an address");
    url.set_username(&role).expect("a user");
    url.set_password(Some("read")).expect("a password");
    let run = |arguments: &[&str]| {
        let mut command = bed.command(arguments);
        command.env("SAMESTORY_STORE__URL", url.as_str());
        crate::bed::Ran::from(command.output().expect("the program starts"))
    };
    let first = run(&["list", "--format", "jsonl"]);
    let again = run(&["list", "--format", "jsonl"]);
    let shown = run(&["show", &StoryId(1).to_string()]);
    let changed = run(&["sources", "add", "https://paper.example/rss", "--name", "paper", "--unchecked"]);
    schema.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
    assert_eq!((first.expect(0).json_lines().len(), again.expect(0).out.as_str()), (1, ""));
    assert!(shown.expect(0).out.contains("one"));
    assert_ne!(changed.code, 0);
    assert!(changed.err.contains("permission denied") && changed.err.contains("docs/POSTGRES.md"), "{}", changed.err);
}

over_engines! {
    postgres: [
        any_number_of_writers_commit_at_once_and_readers_are_told_of_each_commit_in_its_order,
        a_way_that_breaks_again_and_again_loses_nothing_and_doubles_nothing,
        a_commit_is_made_once_wherever_its_connection_ends_on_the_way_there_and_back,
        a_placing_whose_connection_was_lost_is_told_and_nothing_of_it_is_stored,
        a_store_of_a_later_version_is_left_alone,
        a_server_without_tls_is_not_spoken_to_in_the_clear_where_tls_is_required,
        a_role_that_may_only_read_lists_and_keeps_its_cursor_and_can_change_nothing_else,
    ]
}
