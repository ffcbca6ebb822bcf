//! Records as each version wrote them read back as the same values, and the latest version writes the same bytes.
//!
//! `tests/fixtures/records.txt` holds a line a record: kind, version, bytes as hexadecimal digits. A line is never
//! edited: a new version of a kind adds one.

use super::{Keyed, Record, decode, encode};
use crate::files::document_log::Located;
use crate::files::index;
use crate::files::log::StoryFrame;
use crate::files::published::{Changes, PendingChanges};
use crate::{HostRecord, ItemRecord, Learned, PageRecord, Totals, Waiting};
use jiff::Timestamp;
use samestory_model::{
    ArticleId, ArticleView, Change, Document, DocumentId, DocumentView, Evidence, Failure, Fault, Features, FullText,
    Item, Lang, Level, Name, Placement, PollHints, PollRule, Quantity, Redirect, Role, SentenceVector, Signal, Source,
    SourceId, SourceKind, SourceState, StoredOverride, StoryId, StoryRecord, StoryView, Validators, Vector, Word,
};
use std::fmt::Debug;
use url::Url;

fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).expect("a time")
}

fn url(text: &str) -> Url {
    Url::parse(text).expect("an address")
}

fn lang(tag: &str) -> Lang {
    Lang::parse(tag).expect("a tag")
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn validators() -> Validators {
    Validators { etag: Some(b"\"v1\"".to_vec()), last_modified: Some(b"Mon, 02 Mar 2026".to_vec()) }
}

fn source() -> Source {
    Source {
        kind: SourceKind::Listing,
        title: Some(text("Sông Lam")),
        lang: Some(lang("vi")),
        tags: vec!["north".to_owned(), "bridges".to_owned()],
        full_text: FullText::Page,
        every_seconds: Some(900),
        link_pattern: Some(text("/news/*")),
        link_selector: Some(text("a.h")),
        credentials: Some(text("user:word")),
        enabled: false,
        ..Source::feed("songlam", url("https://songlam.example/list?x=1"))
    }
}

fn state() -> SourceState {
    SourceState {
        of: Some(url("https://songlam.example/list")),
        validators: validators(),
        validators_of: Some(url("https://songlam.example/moved")),
        moved_to: Some(url("https://songlam.example/moved")),
        redirect: Some(Redirect { to: url("https://songlam.example/new"), days: vec![20_514, 20_515] }),
        body_hash: Some(0xDEAD_BEEF_0102_0304),
        next_poll: Some(time(1_772_440_000)),
        rule: Some(PollRule { rule: "ttl".to_owned(), detail: "30 minutes".to_owned() }),
        last_checked: Some(time(1_772_430_000)),
        last_success: Some(time(1_772_420_000)),
        errors: 3,
        failing_since: Some(time(1_772_410_000)),
        gone: true,
        failure: Some(Failure {
            next_try: Some(time(1_772_450_000)),
            ..Failure::new("https://songlam.example/list", Fault::Publisher, "the publisher answered 500", "wait")
        }),
        repairs: vec!["bare-ampersand".to_owned()],
        feed_title: Some(text("Sông Lam")),
        recent_items: vec![time(1_772_400_000), time(1_772_400_060)],
        hints: PollHints {
            ttl_minutes: Some(30),
            update_seconds: Some(3600),
            skip_hours: vec![0, 23],
            skip_days: vec![7],
        },
    }
}

fn item() -> Item {
    Item {
        published: Some(time(1_772_430_000)),
        updated: Some(time(1_772_430_500)),
        lang: Some(lang("vi")),
        summary_html: "<p>Short.</p>".to_owned(),
        content_html: "<p>Long.</p>".to_owned(),
        summary_text: "Short.".to_owned(),
        content_text: "Long.".to_owned(),
        byline: vec!["Desk".to_owned()],
        alternates: vec![(lang("de"), url("https://songlam.example/de"))],
        image: Some(url("https://songlam.example/i.jpg")),
        ..Item::headline("id-1".to_owned(), Some(url("https://songlam.example/1")), "Cầu".to_owned())
    }
}

pub(crate) fn document() -> Document {
    Document {
        id: DocumentId(0x0102_0304_0506_0708),
        source: SourceId("songlam".to_owned()),
        item: "id-1".to_owned(),
        url: url("https://songlam.example/1"),
        canonical: Some(url("https://songlam.example/one")),
        aliases: vec![url("https://songlam.example/amp/1")],
        lang: Some(lang("vi")),
        stated_lang: Some(lang("en")),
        title: "Cầu Lam Giang".to_owned(),
        text: "Thông xe.\n\nSau ba năm.".to_owned(),
        byline: vec!["Desk".to_owned()],
        published: Some(time(1_772_430_000)),
        modified: Some(time(1_772_430_500)),
        seen: time(1_772_431_000),
        site: Some(text("Sông Lam")),
        image: Some(url("https://songlam.example/i.jpg")),
        source_url: Some(url("https://agency.example/a")),
        source_name: Some(text("Agency")),
        alternates: vec![(lang("de"), url("https://songlam.example/de"))],
        revision: 2,
    }
}

pub(crate) fn features() -> Features {
    let vector = |first: i8| Vector { bytes: vec![first, -128, 127, 0], scale: 0.0125 };
    Features {
        model: "m1".to_owned(),
        lang: Some(lang("vi")),
        known_language: true,
        grasp: 0.75,
        title: vector(1),
        head: vector(-2),
        sentences: vec![SentenceVector { vector: vector(3), pieces: 17 }],
        quantities: vec![Quantity { thousandths: -1_240_000, percent: true }],
        names: vec![Name { shown: "Lam Giang".to_owned(), skeleton: "lmgng".to_owned() }],
        slug: "cau-lam-giang".to_owned(),
        text_hash: 0xFEED,
        shingles: vec![1, u32::MAX],
        length: 321,
    }
}

fn evidence() -> Vec<Evidence> {
    let all = [
        Signal::CanonicalUrl,
        Signal::Alternate,
        Signal::MirrorKey,
        Signal::SourceLink,
        Signal::TitleSlug,
        Signal::TextHash,
        Signal::NearDuplicate,
        Signal::Embedding,
        Signal::Alignment,
        Signal::Quantities,
        Signal::Names,
        Signal::Time,
        Signal::PairModel,
        Signal::Reader,
    ];
    let one = |(at, signal)| Evidence {
        signal,
        with: DocumentId(at as u64),
        evidence: format!("{at}"),
        score: (at % 2 == 0).then_some(0.5),
        threshold: (at % 3 == 0).then_some(0.25),
    };
    all.into_iter().enumerate().map(one).collect()
}

pub(crate) fn placement(role: Role) -> Placement {
    Placement {
        document: DocumentId(1),
        article: ArticleId(2),
        story: StoryId(3),
        role,
        evidence: evidence(),
        rules: 7,
        at: time(1_772_431_000),
    }
}

fn view() -> StoryView {
    let shown = |role, text: Option<String>| DocumentView {
        document: DocumentId(1),
        url: "https://songlam.example/1".to_owned(),
        source: "songlam".to_owned(),
        lang: Some(lang("vi")),
        title: "Cầu".to_owned(),
        published: Some(time(1_772_430_000)),
        role,
        signals: evidence(),
        source_url: Some("https://agency.example/a".to_owned()),
        source_name: Some("Agency".to_owned()),
        text,
    };
    StoryView {
        story: StoryId(3),
        title: "Cầu".to_owned(),
        lang: Some(lang("vi")),
        languages: vec![lang("vi"), lang("de")],
        first_published: time(1_772_430_000),
        last_published: time(1_772_431_000),
        change: Change::Grown,
        score: 2.5,
        articles: vec![ArticleView {
            article: ArticleId(2),
            title: "Cầu".to_owned(),
            lang: None,
            documents: vec![shown(Role::Original, None), shown(Role::Copy, Some(text("Text.")))],
        }],
    }
}

fn words() -> Vec<Word> {
    vec![
        Word::Split { document: DocumentId(1), from: vec![DocumentId(2)], level: Level::Article },
        Word::Merge { level: Level::Story, one: vec![DocumentId(1)], other: vec![DocumentId(2), DocumentId(3)] },
        Word::Pin { articles: vec![vec![DocumentId(1)], vec![]] },
        Word::Apart { one: SourceId("a".to_owned()), other: SourceId("b".to_owned()) },
    ]
}

fn reader_word(word: Word) -> StoredOverride {
    StoredOverride { number: 4, at: time(1_772_431_000), word }
}

fn item_record() -> ItemRecord {
    let (url, document) = (Some(url("https://songlam.example/1")), Some(DocumentId(1)));
    ItemRecord { url, document, content: 99, seen: time(1_772_431_000) }
}

fn waiting() -> Waiting {
    Waiting { source: SourceId("songlam".to_owned()), item: item(), tries: 2, not_before: Some(time(1_772_431_000)) }
}

fn unreported() -> PendingChanges {
    let changes = Changes {
        documents: [DocumentId(1)].into(),
        stories: [StoryId(3)].into(),
        sources: [SourceId("songlam".to_owned())].into(),
        aliases: [(StoryId(8), StoryId(3))].into(),
        articles: [(ArticleId(8), ArticleId(2))].into(),
        gone_articles: [ArticleId(9)].into(),
        gone_documents: [DocumentId(9)].into(),
        words: [4].into(),
    };
    PendingChanges { since: 11, changes }
}

fn page_record() -> PageRecord {
    PageRecord { url: url("https://songlam.example/1"), validators: validators() }
}

fn host_record() -> HostRecord {
    let (robots, blocks) = (Learned::of(1, vec![1, 2, 3]), Learned::of(1, vec![4, 5]));
    HostRecord { robots, paused_until: Some(time(1_772_431_000)), blocks }
}

fn story_record() -> StoryRecord {
    StoryRecord {
        born: 3,
        grown: 5,
        documents: vec![DocumentId(1), DocumentId(2)],
        sources: ["a".to_owned(), "b".to_owned()].into(),
        languages: [lang("vi"), lang("de")].into(),
        last: Some(time(1_772_431_000)),
    }
}

const HOLDS: Totals = Totals { stories: 1, documents: 300, bytes: 70_000, waiting: 2 };
const LOCATED: Located = Located { offset: 1 << 40, document: 900, features: 12_000 };

fn frames() -> Vec<StoryFrame> {
    vec![
        StoryFrame::Story { view: view(), born: 3, grown: 5 },
        StoryFrame::Documents(vec![(DocumentId(1), LOCATED)]),
        StoryFrame::Alias { gone: StoryId(8), kept: StoryId(3) },
        StoryFrame::ArticleAlias { gone: ArticleId(8), kept: ArticleId(2) },
        StoryFrame::Gone { stories: vec![StoryId(9)], articles: vec![ArticleId(9)], documents: vec![DocumentId(9)] },
        StoryFrame::Source { source: Box::new(source()), state: Box::new(state()) },
        StoryFrame::Unfollowed { name: "gone".to_owned() },
        StoryFrame::Word { number: 4, word: Some(Box::new(reader_word(words().remove(0)))) },
        StoryFrame::Word { number: 5, word: None },
        StoryFrame::Committed { sequence: 12, holds: HOLDS },
    ]
}

fn head() -> index::Head {
    index::Head {
        log: 1,
        covered: 2,
        sequence: 12,
        holds: HOLDS,
        sources: [("songlam".to_owned(), (source(), state()))].into(),
        words: [(4, reader_word(words().remove(1)))].into(),
    }
}

/// Whether bytes read as a value.
type Reads = Box<dyn Fn(&[u8]) -> Result<(), String>>;

/// A value of a kind: as it is written now, and whether bytes read as it.
struct Case {
    kind: String,
    bytes: Vec<u8>,
    reads: Reads,
}

fn case<T>(kind: impl Into<String>, value: T) -> Case
where
    T: Record + PartialEq + Debug + 'static,
{
    let bytes = encode(&value);
    let reads = move |bytes: &[u8]| {
        let read: T = decode(bytes)?;
        if read == value { Ok(()) } else { Err(format!("it reads as {read:?}")) }
    };
    Case { kind: kind.into(), bytes, reads: Box::new(reads) }
}

fn cases() -> Vec<Case> {
    let mut cases = vec![
        case("source", source()),
        case("source-state", state()),
        case("item", item_record()),
        case("item-of-source", Keyed((SourceId("songlam".to_owned()), "id-1".to_owned()), item_record())),
        case("waiting", waiting()),
        case("page", page_record()),
        case("page-at", Keyed("songlam.example/1".to_owned(), page_record())),
        case("host", host_record()),
        case("document", document()),
        case("features", features()),
        case("placement-original", placement(Role::Original)),
        case("placement-translation", placement(Role::Translation)),
        case("placement-copy", placement(Role::Copy)),
        case("placement-update", placement(Role::Update)),
        case("story", story_record()),
        case("story-view", view()),
        case("located", LOCATED),
        case("holdings", HOLDS),
        case("unreported", unreported()),
        case("index-head", head()),
        case("document-id", DocumentId(1)),
        case("time", time(1_772_431_000)),
        case("number", 7u64),
        case("text", "songlam.example/1".to_owned()),
        case("tombstone", ()),
        case("word-taken-back", None::<StoredOverride>),
    ];
    let words = words().into_iter().map(|word| Some(reader_word(word)));
    cases.extend(words.enumerate().map(|(at, word)| case(format!("word-{at}"), word)));
    cases.extend(frames().into_iter().enumerate().map(|(at, frame)| case(format!("frame-{at}"), frame)));
    let kinds = [SourceKind::Feed, SourceKind::Sitemap, SourceKind::Listing, SourceKind::Folder];
    let full = [FullText::Auto, FullText::Feed, FullText::Page, FullText::Auto];
    let faults = [Fault::Network, Fault::Publisher, Fault::Configuration, Fault::Ours];
    for (at, ((kind, full_text), fault)) in kinds.into_iter().zip(full).zip(faults).enumerate() {
        cases.push(case(format!("source-{at}"), Source { kind, full_text, ..source() }));
        let failure = Some(Failure::new("a", fault, "b", "c"));
        cases.push(case(format!("source-state-{at}"), SourceState { failure, ..SourceState::default() }));
    }
    cases
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal digits");
    (0..text.len()).step_by(2).map(digit).collect()
}

#[test]
fn records_of_every_version_read_and_the_latest_is_written_as_it_was() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/records.txt");
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    let mut fresh = String::new();
    for Case { kind, bytes, reads } in cases() {
        let version = bytes[0];
        let lines = stored.lines().filter_map(|line| line.strip_prefix(&format!("{kind} ")));
        let mut known = false;
        for (of, body) in lines.filter_map(|line| line.split_once(' ')) {
            let old = unhex(body);
            reads(&old).unwrap_or_else(|why| panic!("{kind} of version {of}: {why}"));
            if of == version.to_string() {
                known = true;
                assert_eq!(hex(&old), hex(&bytes), "{kind} is written in another way under the same version");
            }
        }
        if !known {
            fresh.push_str(&format!("{kind} {version} {}\n", hex(&bytes)));
        }
    }
    assert_eq!(fresh, "", "lines to add to {}", path.display());
}
