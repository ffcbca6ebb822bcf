//! Checks the invented world: that it holds what it promises and that its truth fits it. What its
//! server answers, what the comparison says and what a reader saved stand in the files beside.

mod comparison;
mod saved;
mod server;

use samestory::demo::{Content, Format, World, world_jsonl};
use samestory_model::Role;
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn the_world_is_as_large_and_varied_as_promised() {
    let world = World::load();
    let truth = world.truth();
    assert!(truth.documents.len() >= 45, "{} documents", truth.documents.len());
    assert!(truth.stories() >= 16, "{} stories", truth.stories());
    assert!(truth.languages() >= 8, "{} languages", truth.languages());
    let formats: BTreeSet<Format> = world.publishers.iter().map(|publisher| publisher.format).collect();
    assert_eq!(formats.len(), 8, "{formats:?}");
    let hosts: BTreeSet<&str> = world.publishers.iter().map(|publisher| publisher.host.as_str()).collect();
    assert!(hosts.len() >= 6);
    assert!(hosts.iter().all(|host| host.ends_with(".example")));
    for role in [Role::Original, Role::Translation, Role::Copy, Role::Update] {
        assert!(truth.documents.iter().any(|document| document.role == role), "no {role:?}");
    }
    for document in &truth.documents {
        assert!((5..=14).contains(&document.paragraphs.len()), "{}: {}", document.url, document.paragraphs.len());
    }
}

#[test]
fn no_two_texts_share_an_address_and_a_revision() {
    let world = World::load();
    let mut seen = BTreeSet::new();
    for document in &world.documents {
        assert!(seen.insert((document.url(), document.revision)), "{}", document.url());
        assert!(document.updated.unwrap_or(document.published) <= World::now(document.pass), "{}", document.url());
    }
}

#[test]
fn every_article_lies_in_one_story_and_has_one_original() {
    let truth = World::load().truth();
    let mut stories: BTreeMap<&str, &str> = BTreeMap::new();
    let mut originals: BTreeMap<&str, usize> = BTreeMap::new();
    for document in &truth.documents {
        assert_eq!(*stories.entry(&document.article).or_insert(&document.story), document.story, "{}", document.url);
        *originals.entry(&document.article).or_default() += usize::from(document.role == Role::Original);
    }
    for (article, count) in originals {
        assert_eq!(count, 1, "{article}");
    }
}

#[test]
fn what_must_not_be_read_is_no_part_of_what_must() {
    let truth = World::load().truth();
    for document in &truth.documents {
        for paragraph in &document.paragraphs {
            for (host, left) in &truth.leftovers {
                let here = document.url.starts_with(&format!("http://{host}/"));
                assert!(!(here && paragraph.contains(left)), "{}: {left}", document.url);
            }
        }
    }
}

#[test]
fn settings_follow_every_source_and_reach_nothing_but_loopback() {
    let world = World::load();
    let settings = world.settings(&"127.0.0.1:4000".parse().expect("an address"));
    let named: BTreeSet<&str> = settings.sources.iter().filter_map(|source| source.name.as_deref()).collect();
    for name in world.publishers.iter().map(|publisher| &publisher.name).chain(world.troubled.iter().map(|s| &s.name)) {
        assert!(named.contains(name.as_str()), "{name}");
    }
    assert_eq!(named.len(), settings.sources.len(), "a source is configured twice");
    for source in &settings.sources {
        let url = url::Url::parse(&source.url).expect("an address");
        let host = url.host_str().expect("a host").to_owned();
        assert!(settings.fetch.hosts[&host].starts_with("127.0.0.1:"));
        assert!(settings.fetch.allow_private_hosts.contains(&host));
    }
    assert!(!settings.fetch.contact.is_empty());
}

#[test]
fn the_labelled_lines_hold_every_document_in_order() {
    let lines: Vec<serde_json::Value> =
        world_jsonl().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), World::load().documents.len());
    let times: Vec<jiff::Timestamp> =
        lines.iter().map(|line| line["published"].as_str().expect("text").parse().expect("a time")).collect();
    assert!(times.is_sorted());
    let ids: BTreeSet<&str> = lines.iter().filter_map(|line| line["id"].as_str()).collect();
    assert_eq!(ids.len(), lines.len());
}

#[test]
fn a_feed_with_the_whole_text_shows_its_update_without_the_page() {
    let world = World::load();
    let full = world.publishers.iter().find(|publisher| publisher.content == Content::Full).expect("one");
    let changed: Vec<_> = world.listed(full, 2).into_iter().filter(|document| document.revision > 0).collect();
    assert_eq!(changed.len(), 1);
    assert!(world.listed(full, 1).iter().any(|document| document.path == changed[0].path && document.revision == 0));
}

#[test]
fn the_first_pass_knows_nothing_of_the_second() {
    let world = World::load();
    let first = world.truth_after(1);
    let late = world.truth().documents.len() - first.documents.len();
    assert!(late >= 4, "{late} documents come late");
    assert!(first.documents.iter().all(|document| document.pass == 1 && document.role != Role::Update));
    assert!(first.failing.iter().any(|failing| failing.source == "eilbote" && failing.passes == [1]));
    assert!(world.truth().failing.iter().any(|failing| failing.source == "alte-post" && failing.passes == [1, 2]));
}
