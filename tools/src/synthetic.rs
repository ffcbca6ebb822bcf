//! Makes documents, features and placements quickly and without the model, for measures of the store.
//!
//! Texts are of made-up words, vectors are noise; sizes are those of ordinary articles: about 2,300
//! letters, eight sentences, 7 kB a document with its features. The same number gives the same document.

use jiff::{SignedDuration, Timestamp};
use samestory_model::{
    ArticleId, Document, DocumentId, Evidence, Features, Lang, Name, Placement, Quantity, Role, SentenceVector, Signal,
    SourceId, StoryId, Vector,
};
use samestory_store::{Commit, ItemRecord};

/// Numbers that look random and are the same each time.
#[derive(Debug, Clone)]
pub struct Numbers(u64);

impl Numbers {
    /// A row of numbers for one thing.
    pub fn of(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03)
    }

    /// The next one.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below another.
    pub fn below(&mut self, end: u64) -> u64 {
        self.draw() % end
    }
}

/// Languages of the made-up sources.
const LANGUAGES: [&str; 8] = ["vi", "en", "de", "sv", "ko", "ru", "ar", "zh"];
const SYLLABLES: [&str; 24] = [
    "ba", "ko", "ri", "ten", "mu", "sal", "vo", "ne", "dir", "ka", "lo", "pra", "shi", "gan", "er", "ul", "ti", "mon",
    "fe", "xa", "ju", "wil", "os", "hy",
];

fn words(numbers: &mut Numbers, letters: usize) -> String {
    let mut text = String::with_capacity(letters + 16);
    while text.len() < letters {
        for _ in 0..2 + numbers.below(3) {
            text.push_str(SYLLABLES[numbers.below(24) as usize]);
        }
        text.push_str(if numbers.below(12) == 0 { ". " } else { " " });
    }
    text.trim_end().to_owned()
}

fn vector(numbers: &mut Numbers) -> Vector {
    let mut bytes = Vec::with_capacity(384);
    while bytes.len() < 384 {
        bytes.extend(numbers.draw().to_be_bytes().map(|byte| byte as i8));
    }
    Vector { bytes, scale: 0.0009 }
}

/// The document with a number, of one of so many sources.
pub fn document(number: u64, sources: u64, seen: Timestamp) -> (Document, Features) {
    let mut numbers = Numbers::of(number);
    let source = numbers.below(sources);
    let lang = Lang::parse(LANGUAGES[(source % 8) as usize]);
    let title = words(&mut numbers, 60);
    let slug = title.replace([' ', '.'], "-");
    let url = format!("https://paper{source}.example/{slug}-{number}");
    let letters = 1200 + numbers.below(2200) as usize;
    let text = words(&mut numbers, letters);
    let document = Document {
        id: DocumentId::of(&["synthetic", &number.to_string()]),
        source: SourceId(format!("paper{source}")),
        item: url.clone(),
        url: url.parse().expect("a URL"),
        canonical: None,
        aliases: Vec::new(),
        lang,
        stated_lang: lang,
        title,
        text,
        byline: vec![words(&mut numbers, 14)],
        published: Some(seen - SignedDuration::from_mins(numbers.below(180) as i64)),
        modified: None,
        seen,
        site: None,
        image: None,
        source_url: None,
        source_name: None,
        alternates: Vec::new(),
        revision: 0,
    };
    let sentences = (0..8).map(|_| SentenceVector { vector: vector(&mut numbers), pieces: 31 }).collect();
    let names =
        (0..14).map(|_| Name { shown: words(&mut numbers, 9), skeleton: numbers.below(100_000).to_string() }).collect();
    let quantities = (0..6).map(|_| Quantity { thousandths: numbers.below(90_000) as i64, percent: false }).collect();
    let features = Features {
        model: "synthetic".to_owned(),
        lang,
        known_language: true,
        grasp: 0.8,
        title: vector(&mut numbers),
        head: vector(&mut numbers),
        sentences,
        quantities,
        names,
        slug,
        text_hash: numbers.draw(),
        shingles: (0..64).map(|_| numbers.draw() as u32).collect(),
        length: letters as u32,
    };
    (document, features)
}

/// The number of the document that opened the story of a document: stories have one to four.
fn opener(number: u64) -> u64 {
    number - Numbers::of(number / 4 + 7).below(4).min(number % 4)
}

/// A commit of the documents with these numbers, placed, with the items that brought them.
pub fn commit(numbers: std::ops::Range<u64>, sources: u64, seen: impl Fn(u64) -> Timestamp) -> Commit {
    let mut commit = Commit::default();
    for number in numbers {
        let (document, features) = document(number, sources, seen(number));
        let first = DocumentId::of(&["synthetic", &opener(number).to_string()]);
        let alone = first == document.id;
        let evidence = Evidence {
            signal: Signal::PairModel,
            with: first,
            evidence: "reports of the same event".to_owned(),
            score: Some(0.93),
            threshold: Some(0.5),
        };
        commit.placements.push(Placement {
            document: document.id,
            article: ArticleId::of(&["article", &document.id.to_string()]),
            story: StoryId::of(&["story", &first.to_string()]),
            role: Role::Original,
            evidence: if alone { Vec::new() } else { vec![evidence] },
            rules: 1,
            at: document.seen,
        });
        let (url, document_id, seen) = (Some(document.url.clone()), Some(document.id), document.seen);
        let record = ItemRecord { url, document: document_id, content: number, seen };
        commit.items.push((document.source.clone(), document.item.clone(), record));
        commit.documents.push((document, features));
    }
    commit
}
