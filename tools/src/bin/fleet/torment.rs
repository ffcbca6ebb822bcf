//! Daemons that are killed and a database that is started again, over local publishers; then what must hold.

use super::Failed;
use super::publishers::{Books, open};
use super::server::Server;
use samestory_model::{DocumentId, Source, StoryId};
use samestory_store::{Reader, StoreLocation};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use url::Url;

/// Milliseconds between two starts at a host.
const GAP: u64 = 500;
/// Longest time that all of it may take.
const LONGEST: Duration = Duration::from_mins(9);
/// The schema of the store.
const SCHEMA: &str = "fleet_torment";

/// The program beside this example, or the one that `SAMESTORY_PROGRAM` names.
fn program() -> Result<PathBuf, Failed> {
    if let Some(named) = std::env::var_os("SAMESTORY_PROGRAM") {
        return Ok(named.into());
    }
    let here = std::env::current_exe()?;
    let path = here.ancestors().nth(2).ok_or("no folder")?.join("samestory");
    if path.exists() { Ok(path) } else { Err("build the program first: cargo build --release".into()) }
}

/// A daemon with a folder of its own.
fn daemon(program: &Path, folder: &Path, config: &Path, number: usize) -> Result<Child, Failed> {
    let data = folder.join(format!("worker-{number}"));
    let log = std::fs::File::create(folder.join(format!("worker-{number}.log")))?;
    let mut command = Command::new(program);
    command.arg("--config").arg(config).arg("--data").arg(data).arg("daemon");
    command.env("MALLOC_ARENA_MAX", "2").stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    Ok(command.spawn()?)
}

/// How many documents the server has, and which processes hold claims.
fn look(server: &Server) -> Result<(usize, Vec<u32>), Failed> {
    let documents = server.sql(&format!("SELECT documents FROM {SCHEMA}.meta"))?;
    let workers = server.sql(&format!(
        "SELECT DISTINCT split_part(w.name, ' ', 2) FROM {SCHEMA}.claim c JOIN {SCHEMA}.worker w ON w.id = c.worker \
         WHERE c.until > now()"
    ))?;
    let count = documents.first().and_then(|row| row.first()).map_or(Ok(0), |text| text.parse())?;
    Ok((count, workers.iter().filter_map(|row| row.first()?.parse().ok()).collect()))
}

/// Torments and checks.
pub fn run(workers: usize, sources: usize, hosts: usize, items: usize) -> Result<(), Failed> {
    let program = program()?;
    let server = Server::own()?;
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let books = Books::default();
    let publishers = runtime.block_on(open(items, books.clone()))?;
    let address = server.schema(SCHEMA)?;
    let place = StoreLocation::Server(address.clone());
    let named: Vec<String> = (0..hosts).map(|host| format!("host{host}.example")).collect();
    let followed: Vec<Source> = (0..sources)
        .map(|number| {
            let url = format!("http://{}/feed{number}", named[number % hosts]);
            Ok(Source::feed(&format!("source-{number}"), Url::parse(&url)?))
        })
        .collect::<Result<_, url::ParseError>>()?;
    place.open()?.put_sources(&followed)?;
    let mut config = format!(
        "[store]\nurl = \"{}\"\nlease_seconds = 10\n[daemon]\nevery = 1\nlongest = 2\njitter = 0\n[fetch]\n\
         contact = \"fleet@example.org\"\nhost_gap_ms = {GAP}\nallow_private_hosts = {named:?}\n[fetch.hosts]\n",
        address.url
    );
    for name in &named {
        let _ = writeln!(config, "\"{name}\" = \"{publishers}\"");
    }
    let path = folder.path().join("config.toml");
    std::fs::write(&path, config)?;
    let wanted = sources * items;
    let clock = Instant::now();
    let mut daemons: Vec<Child> =
        (0..workers).map(|number| daemon(&program, folder.path(), &path, number)).collect::<Result<_, _>>()?;
    let (mut killed, mut restarted) = (Vec::new(), false);
    let done = loop {
        std::thread::sleep(Duration::from_millis(100));
        // The server may be on its way down or up.
        let Ok((documents, busy)) = look(&server) else { continue };
        if killed.len() < workers / 2 && documents * (workers + 1) > wanted * (killed.len() + 1) {
            // One that holds claims, in the middle of a pass.
            if let Some(at) = daemons.iter().position(|daemon| busy.contains(&daemon.id())) {
                let mut daemon = daemons.remove(at);
                daemon.kill().and_then(|()| daemon.wait())?;
                println!(
                    "{:.1} s: killed {} with -9 at {documents} documents",
                    clock.elapsed().as_secs_f64(),
                    daemon.id()
                );
                killed.push(daemon.id());
            }
        }
        if !restarted && killed.len() == workers / 2 && documents * 2 > wanted {
            let begun = Instant::now();
            server.restart()?;
            restarted = true;
            let (at, took) = (clock.elapsed().as_secs_f64(), begun.elapsed().as_secs_f64());
            println!("{at:.1} s: started the database again at {documents} documents, in {took:.1} s");
        }
        if documents >= wanted || clock.elapsed() > LONGEST {
            break clock.elapsed();
        }
    };
    // A pass that is in hand may still bring something twice, if it could.
    std::thread::sleep(Duration::from_secs(5));
    for daemon in &mut daemons {
        Command::new("kill").arg(daemon.id().to_string()).status()?;
        daemon.wait()?;
    }
    println!("{:.1} s for {wanted} documents by {workers} workers", done.as_secs_f64());
    let whole = check(&place.reader()?, &server, wanted)?;
    let polite = visits(&books, wanted);
    if !restarted || killed.len() < workers / 2 {
        return Err("it was over before everybody had been tormented: give more sources".into());
    }
    if whole && polite { Ok(()) } else { Err("not everything held".into()) }
}

/// Every item once, and nothing half placed.
fn check(reader: &Reader, server: &Server, wanted: usize) -> Result<bool, Failed> {
    let documents = reader.documents()?;
    let mut times: HashMap<(String, String), usize> = HashMap::new();
    for frame in &documents {
        *times.entry((frame.document.source.0.clone(), frame.document.item.clone())).or_default() += 1;
    }
    let twice = times.values().filter(|times| **times > 1).count();
    let mut stories: HashMap<DocumentId, Vec<StoryId>> = HashMap::new();
    for listed in reader.stories()? {
        for shown in listed.view.articles.iter().flat_map(|article| &article.documents) {
            stories.entry(shown.document).or_default().push(listed.view.story);
        }
    }
    let placed =
        |frame: &&samestory_store::DocumentFrame| stories.get(&frame.document.id) != Some(&vec![frame.placement.story]);
    let astray = documents.iter().filter(placed).count();
    let count = |what: &str, sql: &str| -> Result<usize, Failed> {
        let rows = server.sql(&format!("SET search_path = {SCHEMA}; {sql}"))?;
        let found = rows.first().and_then(|row| row.first()).map_or(Ok(0), |text| text.parse())?;
        println!("{what}: {found}");
        Ok(found)
    };
    println!("items stored: {} of {wanted}; stored more than once: {twice}", times.len());
    println!("documents that no story, or another one, or two hold: {astray}");
    for frame in documents.iter().filter(placed).take(10) {
        let (id, story) = (frame.document.id, frame.placement.story);
        let alias = server.sql(&format!("SELECT kept FROM {SCHEMA}.story_alias WHERE gone = {}", story.0 as i64))?;
        println!("  {id}: its placement says {story} (alias: {alias:?}), held by {:?}", stories.get(&id));
    }
    let half = [
        count(
            "documents without a placement",
            "SELECT count(*) FROM document d WHERE NOT EXISTS (SELECT 1 FROM placement p WHERE p.document = d.id AND p.body IS NOT NULL)",
        )?,
        count(
            "placements without a document",
            "SELECT count(*) FROM placement p WHERE NOT EXISTS (SELECT 1 FROM document d WHERE d.id = p.document AND d.time = p.time)",
        )?,
        count(
            "placements without a story",
            "SELECT count(*) FROM placement p WHERE NOT EXISTS (SELECT 1 FROM story s WHERE s.id = p.story)",
        )?,
        count(
            "counters that are wrong",
            "SELECT count(*) FROM meta WHERE documents <> (SELECT count(*) FROM placement) OR stories <> (SELECT count(*) FROM story)",
        )?,
        count("items that wait for their page", "SELECT count(*) FROM waiting")?,
    ];
    Ok(times.len() == wanted && documents.len() == wanted && twice + astray + half.iter().sum::<usize>() == 0)
}

/// What publishers saw.
fn visits(books: &Books, wanted: usize) -> bool {
    let books = books.lock().expect("the books");
    let gaps = |seen: &super::publishers::Seen| {
        let mut times: Vec<Instant> = seen.arrivals.iter().map(|pair| pair.0).collect();
        times.sort_unstable();
        times.windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<Duration>>()
    };
    let mut all: Vec<Duration> = books.values().flat_map(gaps).collect();
    all.sort_unstable();
    let shortest = all.first().copied().unwrap_or_default();
    let short = all.iter().filter(|gap| **gap < Duration::from_millis(GAP)).count();
    let most = books.values().map(|seen| seen.most).max().unwrap_or(0);
    let mut addresses: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (host, seen) in books.iter() {
        for (_, path) in &seen.arrivals {
            *addresses.entry((host, path)).or_default() += 1;
        }
    }
    let again = addresses.values().filter(|times| **times > 1).count();
    println!(
        "requests: {} to {} hosts for {wanted} items; addresses asked more than once: {again}",
        books.values().map(|seen| seen.arrivals.len()).sum::<usize>(),
        books.len()
    );
    println!(
        "shortest gap between two requests at a host, as they arrived there: {:.1} ms of {GAP} ms; shorter ones: {short}; \
         most in flight at a host: {most}",
        shortest.as_secs_f64() * 1000.0
    );
    // What a request needs to arrive varies by a little.
    shortest + Duration::from_millis(20) >= Duration::from_millis(GAP) && most <= 1
}
