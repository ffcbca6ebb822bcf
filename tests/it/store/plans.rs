//! Every statement that runs for a document, an item, a story or a permit finds its rows by an index: the server's own
//! plans over a store that was filled by SQL, 20,000 rows a table in the ordinary suite and a million by name
//! (`cargo test --release --test it -- --ignored --nocapture a_million`), where the program is timed, too.
//!
//! Plans are the generic ones, which hold whatever the values are. Where a comparison lets those expect a third of a
//! table, the server plans for the values that came, and so does this test, with values as they come.

use super::{commit, placement, source, start};
use crate::bed::Bed;
use crate::engines::{over_engines, server_bed, server_beds};
use jiff::SignedDuration;
use samestory_model::{ArticleId, DocumentId, SourceId, StoryId, Validators};
use samestory_store::{Commit, ItemRecord, PageRecord, PostgresStore};
use std::time::{Duration, Instant};

/// Tables that grow with what is stored. Partitions of `document` begin with its name.
const LARGE: [&str; 10] =
    ["placement", "document", "story", "item", "address", "waiting", "page", "purged", "story_alias", "article_alias"];

/// Weeks over which the documents lie.
const WEEKS: i64 = 8;

/// A store with a record of each kind, and a table for each week.
fn begun(bed: &Bed) {
    let store = bed.writer();
    store.put_sources(&[source("paper")]).expect("room");
    let names: Vec<String> = (0..WEEKS).map(|week| format!("first-of-{week}")).collect();
    let placed = names
        .iter()
        .zip(0..)
        .map(|(name, week)| (name.as_str(), "paper", week * 168, week as u64 + 1, week as u64 + 1));
    let mut first = commit(&placed.collect::<Vec<_>>());
    let url: url::Url = "https://paper.example/feed-link".parse().expect("a URL");
    let record = ItemRecord {
        url: Some(url.clone()),
        document: Some(DocumentId::of(&["first-of-0"])),
        content: 7,
        seen: start(),
    };
    first.items = vec![(SourceId("paper".to_owned()), "one".to_owned(), record)];
    first.pages = vec![("paper.example/x".to_owned(), PageRecord { url, validators: Validators::default() })];
    let (key, waiting) = super::records::waiting("later", Some(1));
    first.queue.insert(key, waiting);
    store.commit(&first).expect("room");
    let merge = Commit {
        placements: vec![placement("first-of-7", 7, 7)],
        merged_articles: vec![(ArticleId(8), ArticleId(7))],
        merged_stories: vec![(StoryId(8), StoryId(7))],
        ..Commit::default()
    };
    store.commit(&merge).expect("room");
}

/// Multiplies what is there to so many rows a table; ids go from 1,000 on.
fn fill(bed: &Bed, rows: u64) {
    let first = DocumentId::of(&["first-of-0"]).0 as i64;
    let many = format!("generate_series(1000, {rows} + 999) AS g");
    let days = (WEEKS - 1) * 7 + 1;
    let day = format!("t.time + (g % {days}) * 86400");
    let key = |kind: &str| format!("decode(md5('{kind}' || g), 'hex')");
    let (address, item, page, waiting) = (key("address"), key("item"), key("page"), key("waiting"));
    let schema = bed.schema().expect("a bed on a server");
    schema.sql(&format!(
        "SET synchronous_commit = off; SET statement_timeout = 0;
         INSERT INTO document (id, time, body, features)
             SELECT g, {day}, t.body, t.features FROM document t, {many} WHERE t.id = {first};
         INSERT INTO placement (document, time, placed, bytes, sequence, address, article, story, body)
             SELECT g, {day}, g, t.bytes, g, {address}, g, g, t.body FROM placement t, {many} WHERE t.document = {first};
         INSERT INTO story (id, born, grown, published, last, documents, bytes, body, view)
             SELECT g, g, 0, t.published + (g::bigint - 1000) * 3600, t.last + (g % {days}) * 86400, 1, t.bytes, t.body,
             t.view FROM story t, {many} WHERE t.id = 1;
         INSERT INTO address (key, host, document, body)
             SELECT {address}, 'host' || g % 1000, g, t.body FROM (SELECT body FROM address LIMIT 1) t, {many};
         INSERT INTO item (key, document, body) SELECT {item}, g, t.body FROM (SELECT body FROM item LIMIT 1) t, {many};
         INSERT INTO page (key, body) SELECT {page}, t.body FROM (SELECT body FROM page LIMIT 1) t, {many};
         INSERT INTO waiting (key, source, body)
             SELECT {waiting}, 'source' || g % 1000, t.body FROM (SELECT body FROM waiting LIMIT 1) t, {many} WHERE g % 10 = 0;
         INSERT INTO purged (hash) SELECT g FROM {many};
         INSERT INTO story_alias (gone, kept) SELECT -g, g FROM {many} WHERE g % 5 = 0;
         INSERT INTO article_alias (gone, kept) SELECT -g, g FROM {many} WHERE g % 5 = 0;
         UPDATE meta SET sequence = {rows} + 999, placed = {rows} + 999, stories = stories + {rows},
             documents = documents + {rows};
         ANALYZE",
    ));
}

/// Values as they come, of statements whose generic plan would have to expect a third of a table.
fn values(name: &str, rows: u64) -> Option<String> {
    let latest = rows + 990;
    let late = (start() + SignedDuration::from_hours((WEEKS - 1) * 7 * 24 - 48)).as_second();
    Some(match name {
        "window" => format!("{late}, 30000"),
        "since" => latest.to_string(),
        "changed" => format!("{latest}, 100"),
        "count changed" => format!("{latest}, 2001"),
        "aged" => start().as_second().to_string(),
        _ => return None,
    })
}

/// The plan of a statement, a line a step.
fn plan(bed: &Bed, sql: &str, values: Option<&str>) -> Vec<String> {
    let highest = (1..10).rev().find(|number| sql.contains(&format!("${number}"))).unwrap_or(0);
    let nothing = vec!["NULL"; highest].join(", ");
    let mode = if values.is_some() { "force_custom_plan" } else { "force_generic_plan" };
    let arguments = match values.unwrap_or(&nothing) {
        "" => String::new(),
        some => format!("({some})"),
    };
    let asked = format!("PREPARE asked AS {sql}; SET plan_cache_mode = {mode}; EXPLAIN EXECUTE asked{arguments}");
    bed.schema().expect("a bed on a server").sql(&asked).into_iter().map(|row| row.concat()).collect()
}

/// A step that reads a large table from end to end.
fn reads_whole(plan: &[String]) -> Option<&String> {
    plan.iter().find(|step| {
        let Some((_, table)) = step.split_once("Seq Scan on ") else { return false };
        let table = table.split_whitespace().next().unwrap_or_default();
        LARGE.contains(&table) || table.starts_with("document_")
    })
}

/// Asks for the plan of every statement.
fn look(bed: &Bed, rows: u64) {
    let mut bad = Vec::new();
    for (name, sql) in PostgresStore::statements() {
        let asked = plan(bed, sql, values(name, rows).as_deref());
        if reads_whole(&asked).is_some() {
            bad.push(format!("{name}: {sql}\n{}", asked.join("\n")));
        }
    }
    assert!(bad.is_empty(), "{} of {}:\n{}", bad.len(), bed.engine(), bad.join("\n\n"));
}

fn no_statement_reads_a_large_table_from_end_to_end() {
    for bed in server_beds() {
        begun(&bed);
        fill(&bed, 20_000);
        look(&bed, 20_000);
    }
}

fn a_plan_that_reads_a_table_whole_is_noticed() {
    let bed = server_bed();
    begun(&bed);
    for sql in ["SELECT body FROM placement", "SELECT body FROM document WHERE id > $1"] {
        assert!(reads_whole(&plan(&bed, sql, None)).is_some(), "{sql}");
    }
    assert!(reads_whole(&plan(&bed, "SELECT body FROM source", None)).is_none(), "a small table");
}

/// The median of some runs of the program, start to exit.
fn median(bed: &Bed, arguments: &[&str]) -> Duration {
    let mut times: Vec<Duration> = (0..15)
        .map(|_| {
            let begun = Instant::now();
            bed.run(arguments).expect(0);
            begun.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

#[test]
#[ignore = "a million rows a table: minutes, and gigabytes on the server"]
fn a_million_rows_are_found_by_index_and_listed_at_once() {
    let bed = server_bed();
    begun(&bed);
    let clock = Instant::now();
    fill(&bed, 1_000_000);
    println!("filled in {:.1} s", clock.elapsed().as_secs_f64());
    look(&bed, 1_000_000);
    let size = bed.schema().expect("a server").sql(
        "SELECT sum(pg_total_relation_size(c.oid))::bigint / 1000000 FROM pg_class c \
         WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'",
    );
    println!("{} statements; {} MB", PostgresStore::statements().len(), size[0][0]);
    let name = StoryId(500_000).to_string();
    for arguments in [
        &["list", "--peek", "--limit", "20"][..],
        &["list", "--peek", "--since", "all", "--limit", "20"],
        &["show", &name],
        &["sources", "list"],
    ] {
        println!("{}: {:.0} ms", arguments.join(" "), median(&bed, arguments).as_secs_f64() * 1000.0);
    }
}

over_engines! {
    postgres: [
        no_statement_reads_a_large_table_from_end_to_end,
        a_plan_that_reads_a_table_whole_is_noticed,
    ]
}
