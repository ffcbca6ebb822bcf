//! Labelled documents: reads them, and scores clusters against them.
//!
//! Gold labels never leave this file: what is read for the pipeline is a [`Document`] without them.

use jiff::Timestamp;
use samestory_model::{Document, DocumentId, Lang, SourceId, into_nfc, item_address};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::hash::Hash;
use std::io::{BufReader, Read};
use std::path::Path;
use url::Url;

mod line;

use line::Line;
pub(crate) use line::{LONGEST_LINE, Taken, take_line};

/// Bytes of a line's fields that are read: what is longer names nothing.
const LONGEST_ID: usize = 2_000;
const LONGEST_NAME: usize = 500;
const LONGEST_TITLE: usize = 64 << 10;
const LONGEST_ADDRESS: usize = 8192;

/// A document with its gold labels.
#[derive(Debug, Clone)]
pub struct Labelled {
    /// The id in the file.
    pub id: String,
    /// The document, without labels.
    pub document: Document,
    /// Gold: versions of one article.
    pub article: Option<String>,
    /// Gold: one event.
    pub story: Option<String>,
}

/// A line that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLine {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

fn time(text: &str) -> Option<Timestamp> {
    text.parse::<Timestamp>().ok().or_else(|| {
        let civil = text
            .parse::<jiff::civil::DateTime>()
            .ok()
            .or_else(|| text.parse::<jiff::civil::Date>().ok().map(|date| date.at(0, 0, 0, 0)))?;
        civil.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    })
}

/// One line as a document of `source`; `file` is the address of the file that holds it, `now` when it was
/// seen. A line without an address of its own gets the file's with its id.
pub fn document(line: &str, source: &str, file: &Url, now: Timestamp) -> Result<Labelled, String> {
    let read: Line = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let id = read.id.0;
    let limits = [
        ("id", Some(&id), LONGEST_ID),
        ("title", read.title.0.as_ref(), LONGEST_TITLE),
        ("source", read.source.0.as_ref(), LONGEST_NAME),
        ("url", read.url.0.as_ref(), LONGEST_ADDRESS),
    ];
    for (name, value, most) in limits {
        if value.is_some_and(|value| value.len() > most) {
            return Err(format!("its `{name}` is longer than {most} bytes, the most that is read of one"));
        }
    }
    let text = read.text.0.unwrap_or_default();
    let title = read.title.0.unwrap_or_default();
    if title.trim().is_empty() && text.trim().is_empty() {
        return Err("neither `title` nor `text`".to_owned());
    }
    let short = |given: &String| given.len() <= LONGEST_ADDRESS;
    let address = |given: Option<String>| given.filter(short).and_then(|given| Url::parse(&given).ok());
    let url = address(read.url.0).unwrap_or_else(|| item_address(file, &id));
    let lang = read.lang.0.as_deref().and_then(Lang::parse);
    let alternates = read.alternates.0.into_iter();
    let alternates = alternates.filter_map(|(lang, url)| Lang::parse(&lang).zip(address(Some(url)))).collect();
    let document = Document {
        id: DocumentId::of(&["document", source, &id, url.as_str()]),
        source: SourceId(read.source.0.unwrap_or_else(|| source.to_owned())),
        item: id.clone(),
        url,
        canonical: address(read.canonical.0),
        aliases: Vec::new(),
        lang,
        stated_lang: lang,
        title: into_nfc(title),
        text: into_nfc(text),
        byline: Vec::new(),
        published: read.published.0.as_deref().and_then(time),
        modified: None,
        seen: now,
        site: None,
        image: None,
        source_url: address(read.source_url.0),
        source_name: None,
        alternates,
        revision: 0,
    };
    Ok(Labelled { id, document, article: read.article.0, story: read.story.0 })
}

/// Hands on each line of a file, unpacked, with its number from 1; `None` for one that is too long.
fn lines(path: &Path, mut hear: impl FnMut(usize, Option<&[u8]>)) -> std::io::Result<()> {
    let file = std::fs::File::open(path)?;
    let reader: Box<dyn Read> = if path.extension().is_some_and(|end| end == "gz") {
        Box::new(flate2::read::MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let (mut reader, mut line) = (BufReader::new(reader), Vec::new());
    for number in 1.. {
        line.clear();
        match take_line(&mut reader, &mut line)? {
            Taken::Nothing => break,
            Taken::Line if line.trim_ascii().is_empty() => {}
            Taken::Line => hear(number, Some(&line)),
            Taken::TooLong => hear(number, None),
        }
    }
    Ok(())
}

/// What is reported of a line that is too long.
fn too_long(line: usize) -> BadLine {
    BadLine { line, why: format!("longer than {} MiB, the most that is read of one", LONGEST_LINE >> 20) }
}

/// Reads JSON Lines, gzipped or not. A bad line is reported and never stops the rest.
pub fn read(path: &Path, now: Timestamp) -> std::io::Result<(Vec<Labelled>, Vec<BadLine>)> {
    let name = path.file_name().map_or_else(|| "eval".to_owned(), |name| name.to_string_lossy().into_owned());
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let address = Url::from_file_path(whole).unwrap_or_else(|()| Url::parse("file:///").expect("a constant"));
    let (mut labelled, mut bad) = (Vec::new(), Vec::new());
    lines(path, |number, line| {
        let Some(line) = line else { return bad.push(too_long(number)) };
        match document(&String::from_utf8_lossy(line), &name, &address, now) {
            Ok(document) => labelled.push(document),
            Err(why) => bad.push(BadLine { line: number, why }),
        }
    })?;
    Ok((labelled, bad))
}

/// A pair of labelled texts with a person's verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredPair {
    /// Ids in the file of texts.
    pub texts: (String, String),
    /// From 1, one story, to 4, nothing in common.
    pub overall: f64,
}

/// Reads scored pairs, JSON Lines with `a`, `b` and `overall`, gzipped or not.
pub fn read_pairs(path: &Path) -> std::io::Result<(Vec<ScoredPair>, Vec<BadLine>)> {
    #[derive(Deserialize)]
    struct Pair {
        a: String,
        b: String,
        overall: f64,
    }
    let (mut pairs, mut bad) = (Vec::new(), Vec::new());
    lines(path, |number, line| {
        let Some(line) = line else { return bad.push(too_long(number)) };
        match serde_json::from_slice::<Pair>(line) {
            Ok(Pair { a, b, overall }) => pairs.push(ScoredPair { texts: (a, b), overall }),
            Err(error) => bad.push(BadLine { line: number, why: error.to_string() }),
        }
    })?;
    Ok((pairs, bad))
}

/// Pearson's correlation; 0 where one side does not vary.
pub fn pearson(one: &[f64], other: &[f64]) -> f64 {
    let count = one.len().max(1) as f64;
    let (mean_one, mean_other) = (one.iter().sum::<f64>() / count, other.iter().sum::<f64>() / count);
    let (mut both, mut first, mut second) = (0.0, 0.0, 0.0);
    for (a, b) in one.iter().zip(other) {
        both += (a - mean_one) * (b - mean_other);
        first += (a - mean_one).powi(2);
        second += (b - mean_other).powi(2);
    }
    if first > 0.0 && second > 0.0 { both / (first * second).sqrt() } else { 0.0 }
}

/// Area under the ROC curve: how often one of `higher` is above one of `lower`, ties counting half.
pub fn area(higher: &[f64], lower: &[f64]) -> f64 {
    let wins: f64 = higher
        .iter()
        .flat_map(|high| {
            lower.iter().map(move |low| if high > low { 1.0 } else { f64::from(u8::from(high >= low)) / 2.0 })
        })
        .sum();
    wins / (higher.len() * lower.len()).max(1) as f64
}

/// Precision, recall and their harmonic mean.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Score {
    /// Share of what was put together that belongs together.
    pub precision: f64,
    /// Share of what belongs together that was put together.
    pub recall: f64,
    /// Harmonic mean of the two.
    pub f1: f64,
}

impl Score {
    fn of(precision: f64, recall: f64) -> Self {
        let sum = precision + recall;
        Self { precision, recall, f1: if sum > 0.0 { 2.0 * precision * recall / sum } else { 0.0 } }
    }
}

/// Scores of one label.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Scores {
    /// BCubed (Bagga and Baldwin): averaged over documents.
    pub bcubed: Score,
    /// Averaged over pairs.
    pub pairwise: Score,
    /// Clusters that were made.
    pub clusters: usize,
    /// Clusters in the gold labels.
    pub gold: usize,
}

/// Scores predicted clusters against gold ones; both lists are in the same order.
pub fn score<G: Eq + Hash, P: Eq + Hash>(gold: &[G], predicted: &[P]) -> Scores {
    let (mut golds, mut made, mut both) = (HashMap::new(), HashMap::new(), HashMap::new());
    for (label, cluster) in gold.iter().zip(predicted) {
        *golds.entry(label).or_insert(0usize) += 1;
        *made.entry(cluster).or_insert(0usize) += 1;
        *both.entry((label, cluster)).or_insert(0usize) += 1;
    }
    let count = gold.len().max(1) as f64;
    let share = |of: &dyn Fn(&G, &P) -> usize| {
        gold.iter()
            .zip(predicted)
            .map(|(label, cluster)| both[&(label, cluster)] as f64 / of(label, cluster) as f64)
            .sum::<f64>()
            / count
    };
    let pairs = |sizes: &mut dyn Iterator<Item = usize>| sizes.map(|size| size * (size - 1) / 2).sum::<usize>() as f64;
    let shared = pairs(&mut both.values().copied());
    Scores {
        bcubed: Score::of(share(&|_, cluster| made[cluster]), share(&|label, _| golds[label])),
        pairwise: Score::of(
            shared / pairs(&mut made.values().copied()).max(1.0),
            shared / pairs(&mut golds.values().copied()).max(1.0),
        ),
        clusters: made.len(),
        gold: golds.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn perfect_clusters_score_one_and_everything_in_one_scores_by_size() {
        let perfect = score(&["a", "a", "b"], &[1, 1, 2]);
        assert!((perfect.bcubed.f1 - 1.0).abs() < 1e-9 && (perfect.pairwise.f1 - 1.0).abs() < 1e-9);
        let lumped = score(&["a", "a", "b"], &[1, 1, 1]);
        assert!((lumped.bcubed.precision - 5.0 / 9.0).abs() < 1e-9);
        assert!((lumped.bcubed.recall - 1.0).abs() < 1e-9);
        assert!((lumped.pairwise.precision - 1.0 / 3.0).abs() < 1e-9);
    }

    #[test]
    fn correlation_and_area_are_those_of_the_textbook() {
        assert!((pearson(&[1.0, 2.0, 3.0], &[2.0, 4.0, 6.0]) - 1.0).abs() < 1e-9);
        assert!((pearson(&[1.0, 2.0, 3.0, 4.0], &[1.0, 3.0, 2.0, 4.0]) - 0.8).abs() < 1e-9);
        assert!((pearson(&[1.0, 1.0], &[1.0, 2.0])).abs() < 1e-9);
        assert!((area(&[3.0, 1.0], &[1.0, 0.0]) - 0.875).abs() < 1e-9);
    }

    #[test]
    fn what_a_page_claims_of_its_address_and_its_translations_is_read_too() {
        let file = Url::parse("file:///f.jsonl").expect("an address");
        let line = r#"{"id": 1, "title": "T", "canonical": "https://a.example/front",
            "alternates": {"swe": "https://a.example/sv/1", "x-default": "https://a.example/", "de": "no address"}}"#;
        let read = document(line, "f", &file, Timestamp::UNIX_EPOCH).expect("a good line").document;
        assert_eq!(read.canonical.as_ref().map(Url::as_str), Some("https://a.example/front"));
        let alternates: Vec<String> = read.alternates.iter().map(|(lang, url)| format!("{lang} {url}")).collect();
        assert_eq!(alternates, ["sv https://a.example/sv/1"]);
        let line = r#"{"id": 1, "title": "T", "canonical": null, "alternates": null}"#;
        let read = document(line, "f", &file, Timestamp::UNIX_EPOCH).expect("a good line").document;
        assert_eq!((read.canonical, read.alternates), (None, Vec::new()));
    }

    #[test]
    fn labels_stay_out_of_the_document() {
        let file = Url::parse("file:///f.jsonl").expect("an address");
        let line =
            r#"{"id": 7, "title": "T", "text": "x", "lang": "deu", "article": "gold", "published": "2024-05-01"}"#;
        let read = document(line, "f", &file, Timestamp::UNIX_EPOCH).expect("a good line");
        assert_eq!(read.article.as_deref(), Some("gold"));
        assert!(!format!("{:?}", read.document).contains("gold"));
        assert_eq!(read.document.published.map(|time| time.to_string()).as_deref(), Some("2024-05-01T00:00:00Z"));
        assert!(document("{}", "f", &file, Timestamp::UNIX_EPOCH).is_err());
    }
}
