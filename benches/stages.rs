//! Times each stage alone: parsing a feed, extracting a page, understanding, placing, storing.
//!
//! `cargo bench --bench stages`. Inputs are made by `input`; the whole pass is in `pass`, the search for neighbours in a
//! growing window in `neighbours`.

mod input;

use criterion::{BatchSize, Criterion, Throughput, criterion_group};
use samestory::config::Settings;
use samestory::pipeline::Ingest;
use samestory_cluster::Placer;
use samestory_extract::article::{self, Repeated};
use samestory_extract::feed;
use samestory_model::{Document, Placement};
use samestory_store::{Commit, SledStore, Store};
use samestory_understand::Understanding;
use url::Url;

/// Documents whose features the later stages share.
const DOCUMENTS: usize = 200;

/// An RSS feed of articles, with an HTML summary each.
fn feed(articles: &[Document]) -> String {
    let items: String = articles
        .iter()
        .map(|one| {
            let summary: String = one.text.lines().take(3).map(|line| format!("&lt;p&gt;{line}&lt;/p&gt;")).collect();
            format!("<item><title>{}</title><link>{}</link><guid>{}</guid><pubDate>Tue, 03 Nov 2026 08:00:00 +0000</pubDate><description>{summary}</description></item>", one.title.replace('&', "+"), one.url, one.item)
        })
        .collect();
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Paper</title><link>https://paper.example/</link>{items}</channel></rss>"
    )
}

/// A page of an article between a menu, related links and a foot.
fn page(articles: &[Document], at: usize) -> String {
    let one = &articles[at];
    let links: String = articles
        .iter()
        .take(60)
        .map(|other| {
            format!("<li><a href=\"{}\"><img src=\"/i.jpg\" alt=\"\"><span>{}</span></a></li>", other.url, other.title)
        })
        .collect();
    let text: String = one.text.lines().map(|line| format!("<p>{line}</p>")).collect();
    format!(
        "<!DOCTYPE html><html><head><title>{0} | Paper</title><meta property=\"og:title\" content=\"{0}\"></head><body><nav><ul>{links}</ul></nav><main><article><h1>{0}</h1>{text}</article><aside><h2>More</h2><ul>{links}</ul></aside></main><footer><p>Imprint and privacy</p></footer></body></html>",
        one.title.replace('"', "")
    )
}

fn stages(criterion: &mut Criterion) {
    println!("{}", input::machine());
    let settings = Settings::default();
    let articles = input::articles(DOCUMENTS);
    let address = Url::parse("https://paper.example/feed").expect("an address");

    let xml = feed(&articles[..100]);
    let mut group = criterion.benchmark_group("parse");
    group.throughput(Throughput::Bytes(xml.len() as u64));
    group.bench_function("a feed of 100 items", |bench| {
        bench.iter(|| feed::feed(xml.as_bytes(), None, &address).expect("it reads"));
    });
    group.finish();

    let html = page(&articles, 0);
    let mut group = criterion.benchmark_group("extract");
    group.throughput(Throughput::Bytes(html.len() as u64));
    group.bench_function("a page", |bench| {
        bench.iter(|| {
            article::page(&html, Some(&articles[0].url), &settings.extract, &Repeated::none()).expect("it reads")
        });
    });
    group.finish();

    let mut group = criterion.benchmark_group("understand");
    group.sample_size(10);
    group.bench_function("loading the model", |bench| {
        bench.iter(|| Understanding::shipped(&settings.understand).expect("it loads"));
    });
    let understanding = Understanding::shipped(&settings.understand).expect("it loads");
    let mut more = input::articles(4000).into_iter().skip(DOCUMENTS).cycle();
    group.throughput(Throughput::Elements(1));
    group.bench_function("a document, on one core", |bench| {
        // Each is another one, until they are all known.
        bench.iter_batched(
            || more.next().expect("there is always one"),
            |one| understanding.features(&one).expect("it runs"),
            BatchSize::PerIteration,
        );
    });
    group.finish();

    let features: Vec<_> = articles.iter().map(|one| understanding.features(one).expect("it runs")).collect();
    let mut group = criterion.benchmark_group("place");
    group.throughput(Throughput::Elements(DOCUMENTS as u64));
    group.sample_size(10);
    group.bench_function("200 documents, from an empty window", |bench| {
        bench.iter(|| {
            let mut placer = Placer::new(&settings.cluster, Vec::new());
            articles
                .iter()
                .zip(&features)
                .map(|(one, features)| placer.place(one, features.clone(), one.seen).placements.len())
                .sum::<usize>()
        });
    });
    group.finish();

    let mut placer = Placer::new(&settings.cluster, Vec::new());
    let placements: Vec<Placement> = articles
        .iter()
        .zip(&features)
        .map(|(one, features)| placer.place(one, features.clone(), one.seen).placements.remove(0))
        .collect();
    let commit =
        Commit { documents: articles.iter().cloned().zip(features).collect(), placements, ..Commit::default() };
    let mut group = criterion.benchmark_group("store");
    group.throughput(Throughput::Elements(DOCUMENTS as u64));
    group.sample_size(10);
    group.bench_function("a commit of 200 documents", |bench| {
        bench.iter_batched(
            || {
                let folder = tempfile::tempdir().expect("a folder");
                let store = SledStore::open(folder.path()).expect("a store");
                (folder, store)
            },
            |(folder, store)| {
                store.commit(&commit).expect("it is stored");
                (folder, store)
            },
            BatchSize::PerIteration,
        );
    });
    let folder = tempfile::tempdir().expect("a folder");
    let store = SledStore::open(folder.path()).expect("a store");
    store.commit(&commit).expect("it is stored");
    group.bench_function("a window of 200 documents", |bench| {
        bench.iter(|| Ingest::new(&store, &understanding, &settings, articles[DOCUMENTS - 1].seen).expect("it reads"));
    });
    group.finish();
}

criterion_group!(benches, stages);

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
}
