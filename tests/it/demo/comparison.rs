//! Gives the comparison a perfect answer and spoils it: each mistake must be named, and no other.

use samestory::demo::{Difference, Expected, Truth, World, compare, compare_sources};
use samestory_model::{ArticleId, ArticleView, Change, DocumentId, DocumentView, Lang, Role, StoryId, StoryView};
use std::collections::BTreeMap;

/// Views as a perfect program would give them.
fn perfect(truth: &Truth) -> Vec<StoryView> {
    let mut stories: BTreeMap<&str, BTreeMap<&str, Vec<&Expected>>> = BTreeMap::new();
    for document in &truth.documents {
        stories.entry(&document.story).or_default().entry(&document.article).or_default().push(document);
    }
    let now = World::now(2);
    stories
        .into_iter()
        .map(|(story, articles)| StoryView {
            story: StoryId::of(&[story]),
            title: story.to_owned(),
            lang: None,
            languages: Vec::new(),
            first_published: now,
            last_published: now,
            change: Change::New,
            score: 1.0,
            articles: articles
                .into_iter()
                .map(|(article, documents)| ArticleView {
                    article: ArticleId::of(&[article]),
                    title: article.to_owned(),
                    lang: None,
                    documents: documents.into_iter().map(view).collect(),
                })
                .collect(),
        })
        .collect()
}

/// Another spelling of an address, as it may be met.
fn disguised(url: &str) -> String {
    let glue = if url.contains('?') { '&' } else { '?' };
    format!("{}{glue}utm_source=rss", url.replace("http://", "https://"))
}

fn view(document: &Expected) -> DocumentView {
    DocumentView {
        document: DocumentId::of(&[&document.url, &document.revision.to_string()]),
        url: disguised(&document.url),
        source: document.source.clone(),
        lang: Lang::parse(&document.lang),
        title: document.title.clone(),
        published: None,
        role: document.role,
        signals: Vec::new(),
        source_url: document.source_url.clone(),
        source_name: None,
        text: Some(document.paragraphs.join("\n")),
    }
}

#[test]
fn a_perfect_answer_has_no_difference() {
    let truth = World::load().truth();
    let differences = compare(&perfect(&truth), &truth);
    assert!(differences.is_empty(), "{differences:?}");
}

#[test]
fn each_kind_of_mistake_is_named() {
    let truth = World::load().truth();
    let mut stories = perfect(&truth);
    let mut taken = stories.remove(0);
    let lost = taken.articles.remove(0).documents.remove(0);
    let moved = stories[0].articles.remove(0);
    stories[1].articles.push(moved);
    let article = stories.iter_mut().flat_map(|story| &mut story.articles).find(|article| article.documents.len() > 2);
    let article = article.expect("an article of three");
    let alone = article.documents.remove(1);
    let with_extra = DocumentView {
        text: Some(format!("{}\nComments (0)", alone.text.clone().unwrap_or_default())),
        role: Role::Copy,
        ..alone
    };
    stories[2].articles.push(ArticleView {
        article: ArticleId::of(&["elsewhere"]),
        title: String::new(),
        lang: None,
        documents: vec![with_extra],
    });
    let differences = compare(&stories, &truth);
    let has = |wanted: fn(&Difference) -> bool| differences.iter().any(wanted);
    assert!(differences.iter().any(|one| matches!(one, Difference::Missing { url, .. } if disguised(url) == lost.url)));
    assert!(has(|one| matches!(one, Difference::Together { level: "story", .. })));
    assert!(has(|one| matches!(one, Difference::Apart { level: "article", .. })));
    assert!(has(|one| matches!(one, Difference::Role { .. })));
    let told = differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    assert!(told.contains("were put together") && told.contains("pieces"), "{told}");
}

#[test]
fn a_sidebar_in_a_text_and_a_lost_paragraph_are_differences() {
    let truth = World::load().truth();
    let mut stories = perfect(&truth);
    let place = stories.iter_mut().flat_map(|story| &mut story.articles).flat_map(|article| &mut article.documents);
    let document = place.into_iter().find(|document| document.source == "harbourpost").expect("one of them");
    let text = document.text.clone().unwrap_or_default();
    let kept: Vec<&str> = text.lines().skip(1).chain(["Comments (0)", "Crossword No. 4,118"]).collect();
    document.text = Some(kept.join("\n"));
    let differences = compare(&stories, &truth);
    assert_eq!(differences.len(), 3, "{differences:?}");
    assert_eq!(differences.iter().filter(|one| matches!(one, Difference::Leftover { .. })).count(), 2);
    assert!(differences.iter().any(|one| matches!(one, Difference::Lost { .. })));
}

#[test]
fn sources_are_held_to_the_failures_of_their_pass() {
    let truth = World::load().truth();
    let first = ["eilbote", "alte-post", "inselruf", "funkstille"];
    assert!(compare_sources(first, &truth, 1).is_empty());
    assert!(compare_sources(["alte-post", "inselruf", "funkstille"], &truth, 2).is_empty());
    let differences = compare_sources(["eilbote", "alte-post", "inselruf", "songtin"], &truth, 2);
    let told: Vec<String> = differences.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told.iter().any(|line| line.contains("funkstille should have failed")));
    assert!(told.iter().any(|line| line.contains("songtin failed and should not have")));
}

#[test]
fn a_wrong_headline_language_or_source_line_is_a_difference() {
    let truth = World::load().truth();
    let mut stories = perfect(&truth);
    let documents = stories.iter_mut().flat_map(|story| &mut story.articles).flat_map(|article| &mut article.documents);
    let document =
        documents.into_iter().find(|document| document.source_url.is_some()).expect("one with a source line");
    document.title = "Sóng Tin".to_owned();
    document.lang = None;
    document.source_url = None;
    let told: Vec<String> = compare(&stories, &truth).iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 3, "{told:?}");
    for what in ["headline", "language", "source line"] {
        assert!(told.iter().any(|line| line.starts_with(what)), "{what}");
    }
}
