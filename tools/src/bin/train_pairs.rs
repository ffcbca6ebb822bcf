//! Trains the pair model on labelled documents and writes `data/pair_model.toml`.
//!
//! usage: `cargo run --release -p samestory-tools --bin train_pairs -- ../shared/eval [CACHE]`
//!
//! Reads translations, languages, events-vi and the SemEval pairs, computes features (kept in the
//! folder CACHE for the next time), and fits two logistic regressions by Newton's method: versions
//! of one article, and reports of one event. A figure that says how alike two texts are may never count
//! against them: where the fit would, it is left out, most negative first. The SemEval pairs and the
//! events show what is hard: another report of the same event is no version of the article. Scores are cross-validated over five folds by story, so
//! that no story is in both halves; they are written beside the weights.

use jiff::Timestamp;
use rayon::prelude::*;
use samestory::config::Settings;
use samestory::evaluate::{Labelled, read};
use samestory_cluster::{FIGURES, Figures, Logistic, PairModel, Says, compare};
use samestory_model::{DIMENSIONS, Features, Vector};
use samestory_understand::{Understanding, fingerprint, names, quantities};
use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::path::Path;

/// Pulls weights towards zero; figures are standardised first.
const RIDGE: f64 = 3.0;
const FOLDS: u64 = 5;
/// Weight of one pair of the scored set that shows where another report differs from a version, and
/// of all pairs of reports in the event set together. There are few of them and many easy pairs.
const HARD: f64 = 20.0;
const REPORTS: f64 = 3_000.0;

struct Pair {
    figures: Figures,
    /// Estimated Jaccard of shingles in one language; no figure of the model.
    likeness: f32,
    together: bool,
    weight: f64,
    fold: u64,
}

fn features(path: &Path, cache: Option<&Path>) -> Result<(Vec<Labelled>, Vec<Features>), Box<dyn Error>> {
    let (labelled, _) = read(path, Timestamp::UNIX_EPOCH)?;
    let settings = Settings::default().understand;
    let kept = cache.map(|folder| {
        folder.join(format!(
            "{}-{}.features",
            path.file_name().unwrap_or_default().to_string_lossy(),
            settings.sentences
        ))
    });
    if let Some(bytes) = kept.as_ref().and_then(|file| std::fs::read(file).ok()) {
        let mut features: Vec<Features> = postcard::from_bytes(&bytes)?;
        // Vectors are what takes long; the rest is read anew, as the rules stand now.
        for (one, features) in labelled.iter().zip(&mut features) {
            let (title, text) = (&one.document.title, &one.document.text);
            features.names = names(title, text);
            features.length = fingerprint(text).length;
            features.quantities = quantities(&format!("{title}\n{text}"), features.lang);
        }
        return Ok((labelled, features));
    }
    let documents: Vec<_> = labelled.iter().map(|one| one.document.clone()).collect();
    let started = std::time::Instant::now();
    let understanding = Understanding::shipped(&settings)?;
    let features = understanding.all(&documents, &|| ()).into_iter().collect::<Result<Vec<_>, _>>()?;
    eprintln!(
        "{}: {} documents, {:.1} a second",
        path.display(),
        documents.len(),
        documents.len() as f64 / started.elapsed().as_secs_f64()
    );
    if let Some(file) = kept {
        std::fs::write(file, postcard::to_stdvec(&features)?)?;
    }
    Ok((labelled, features))
}

fn hash(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

/// How near each language's texts lie to the mean of the same article in the other languages; written
/// to `data/grasp.toml`.
fn grasp(labelled: &[Labelled], features: &[Features]) -> Result<BTreeMap<String, f32>, Box<dyn Error>> {
    let mut sums: HashMap<&str, Vec<f32>> = HashMap::new();
    let known = || labelled.iter().zip(features).filter(|(_, features)| features.known_language);
    for (one, features) in known() {
        let sum = sums.entry(one.article.as_deref().unwrap_or("")).or_insert_with(|| vec![0.0; DIMENSIONS]);
        sum.iter_mut().zip(features.head.to_floats()).for_each(|(total, value)| *total += value);
    }
    let mut found: BTreeMap<String, (f32, f32)> = BTreeMap::new();
    for (one, features) in known() {
        let Some(lang) = features.lang else { continue };
        let own = features.head.to_floats();
        let others: Vec<f32> =
            sums[one.article.as_deref().unwrap_or("")].iter().zip(&own).map(|(sum, value)| sum - value).collect();
        let entry = found.entry(lang.to_string()).or_default();
        entry.0 += Vector::new(&own).cosine(&Vector::new(&others));
        entry.1 += 1.0;
    }
    let table: BTreeMap<String, f32> = found
        .into_iter()
        .filter(|(_, (_, count))| *count >= 20.0)
        .map(|(lang, (sum, count))| (lang, (sum / count * 1000.0).round() / 1000.0))
        .collect();
    let mut text =
        String::from("# Made by: cargo run --release -p samestory-tools --bin train_pairs -- ../shared/eval\n");
    for (lang, value) in &table {
        text.push_str(&format!("{lang} = {value:.3}\n"));
    }
    std::fs::write("data/grasp.toml", text)?;
    Ok(table)
}

/// Pairs of a set: all that belong together, and those apart that look alike; thinned to `most` of each.
fn pairs(labels: &[Option<String>], features: &[Features], most: usize, total: f64) -> Vec<Pair> {
    let known: Vec<usize> =
        (0..features.len()).filter(|place| features[*place].known_language && labels[*place].is_some()).collect();
    let found: Vec<(usize, usize, bool)> = known
        .par_iter()
        .flat_map_iter(|a| {
            known.iter().filter(move |b| *b > a).filter_map(move |b| {
                let together = labels[*a] == labels[*b];
                let near = features[*a].head.cosine(&features[*b].head) > 0.2;
                // Some that look nothing alike too, so that the model need not guess about them.
                let far = (a * 7919 + b * 104_729) % 97 == 0;
                (together || near || far).then_some((*a, *b, together))
            })
        })
        .collect();
    let thin = |together: bool| -> Vec<(usize, usize, bool)> {
        let side: Vec<_> = found.iter().copied().filter(|pair| pair.2 == together).collect();
        let keep = most as f64 / side.len().max(1) as f64;
        side.into_iter()
            .filter(|pair| (hash(&format!("{} {}", pair.0, pair.1)) % 100_000) as f64 / 100_000.0 < keep)
            .collect()
    };
    let (together, apart) = (thin(true), thin(false));
    let weight = total / (together.len() + apart.len()).max(1) as f64;
    eprintln!("  {} pairs together, {} apart", together.len(), apart.len());
    together
        .into_iter()
        .chain(apart)
        .map(|(a, b, together)| {
            let comparison = compare(&features[a], &features[b]);
            let fold = hash(labels[a].as_deref().unwrap_or("")) % FOLDS;
            Pair { figures: comparison.figures, likeness: comparison.likeness, together, weight, fold }
        })
        .collect()
}

/// What the SemEval texts tell: a text and its machine translations are versions of one article; two
/// texts that were scored as a pair are not, however alike, unless they are copies in one language.
fn told_pairs(
    folder: &Path,
    told: &[Labelled],
    features: &[Features],
) -> Result<(Vec<Pair>, Vec<Pair>), Box<dyn Error>> {
    let mut versions: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, one) in told.iter().enumerate().filter(|(at, _)| features[*at].known_language) {
        versions.entry(one.id.split(':').next().unwrap_or(&one.id)).or_default().push(at);
    }
    let pair = |a: usize, b: usize, together: bool, weight: f64, fold: &str| Pair {
        figures: compare(&features[a], &features[b]).figures,
        likeness: 0.0,
        together,
        weight,
        fold: hash(fold) % FOLDS,
    };
    let (mut article, mut event) = (Vec::new(), Vec::new());
    let mut fold_of: HashMap<String, String> = HashMap::new();
    let reader = flate2::read::GzDecoder::new(std::fs::File::open(folder.join("pairs.jsonl.gz"))?);
    for line in std::io::BufRead::lines(std::io::BufReader::new(reader)) {
        let line: serde_json::Value = serde_json::from_str(&line?)?;
        let base = |name: &str| line[name].as_str().map(|id| id.split(':').next().unwrap_or(id).to_owned());
        let (Some(a), Some(b), Some(overall)) = (base("a"), base("b"), line["overall"].as_f64()) else { continue };
        // Texts that any pair joins lie in one fold.
        let fold = fold_of.get(&a).or(fold_of.get(&b)).cloned().unwrap_or_else(|| a.clone());
        fold_of.insert(a.clone(), fold.clone());
        fold_of.insert(b.clone(), fold.clone());
        let side = |id: &str| versions.get(id).cloned().unwrap_or_default();
        let (ours, theirs) = (side(&a), side(&b));
        let share = 1.0 / (ours.len() * theirs.len()).max(1) as f64;
        for one in &ours {
            for two in &theirs {
                let copies =
                    features[*one].lang == features[*two].lang && features[*one].likeness(&features[*two]) > 0.15;
                if !copies {
                    let weight = if overall <= 2.5 { HARD } else { 1.0 };
                    article.push(pair(*one, *two, false, weight * share, &fold));
                }
                if overall <= 1.75 || overall >= 2.75 {
                    event.push(pair(*one, *two, overall <= 1.75, 3.0 * share, &fold));
                }
            }
        }
    }
    for (base, places) in &versions {
        let fold = fold_of.get(*base).map_or(*base, String::as_str);
        for (at, one) in places.iter().enumerate() {
            for two in &places[at + 1..] {
                article.push(pair(*one, *two, true, HARD, fold));
            }
        }
    }
    Ok((article, event))
}

/// Languages that versions are looked for in: the well-known ones of many families.
const PARTNERS: [&str; 14] = ["en", "de", "sv", "vi", "fr", "ru", "zh", "ko", "ja", "ar", "es", "th", "hi", "fi"];
/// Share of true versions that may fall short of [`PairModel::reach`].
const SHORT: f64 = 0.05;

/// What nearly all true versions reach in each language, against the partners.
fn reach(labelled: &[Labelled], features: &[Features], model: &Logistic) -> BTreeMap<String, f32> {
    let known: Vec<usize> = (0..features.len()).filter(|place| features[*place].known_language).collect();
    let partner = |place: usize| features[place].lang.is_some_and(|lang| PARTNERS.contains(&lang.as_str()));
    let found: Vec<(String, f32)> = known
        .par_iter()
        .flat_map_iter(|one| {
            let article = &labelled[*one].article;
            let same = known.iter().filter(|two| *two != one && partner(**two) && labelled[**two].article == *article);
            let logit = |two: &usize| model.logit(&compare(&features[*one], &features[*two]));
            same.filter_map(|two| features[*one].lang.map(|lang| (lang.to_string(), logit(two)))).collect::<Vec<_>>()
        })
        .collect();
    let mut by_language: BTreeMap<String, Vec<f32>> = BTreeMap::new();
    found.into_iter().for_each(|(lang, logit)| by_language.entry(lang).or_default().push(logit));
    by_language
        .into_iter()
        .filter(|(_, logits)| logits.len() >= 100)
        .map(|(lang, mut logits)| {
            logits.sort_by(f32::total_cmp);
            (lang, (logits[(logits.len() as f64 * SHORT) as usize] * 100.0).round() / 100.0)
        })
        .collect()
}

/// Solves a symmetric positive system by Gaussian elimination.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let size = right.len();
    for column in 0..size {
        let pivot = (column..size)
            .max_by(|a, b| matrix[*a][column].abs().total_cmp(&matrix[*b][column].abs()))
            .unwrap_or(column);
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        for row in column + 1..size {
            let factor = matrix[row][column] / matrix[column][column];
            let above = matrix[column].clone();
            for (value, other) in matrix[row].iter_mut().zip(&above).skip(column) {
                *value -= factor * other;
            }
            right[row] -= factor * right[column];
        }
    }
    for row in (0..size).rev() {
        let sum: f64 = (row + 1..size).map(|column| matrix[row][column] * right[column]).sum();
        right[row] = (right[row] - sum) / matrix[row][row];
    }
    right
}

/// Fits a logistic regression; weights come back for the figures as they are.
fn fit(pairs: &[&Pair]) -> Logistic {
    let mut used = [true; FIGURES];
    loop {
        let model = fit_with(pairs, &used);
        let worst = (0..FIGURES).filter(|at| Figures::SAYS[*at] == Says::Likeness && model.weights[*at] < 0.0).min_by(
            |a, b| {
                let strength = |at: &usize| model.weights[*at];
                strength(a).total_cmp(&strength(b))
            },
        );
        match worst {
            Some(at) => used[at] = false,
            None => return model,
        }
    }
}

/// The fit over the figures that are used; the others get no weight.
fn fit_with(pairs: &[&Pair], used: &[bool; FIGURES]) -> Logistic {
    let total: f64 = pairs.iter().map(|pair| pair.weight).sum();
    let mean: Vec<f64> = (0..FIGURES)
        .map(|at| pairs.iter().map(|pair| pair.weight * f64::from(pair.figures.values()[at])).sum::<f64>() / total)
        .collect();
    let spread: Vec<f64> = (0..FIGURES)
        .map(|at| {
            (pairs
                .iter()
                .map(|pair| pair.weight * (f64::from(pair.figures.values()[at]) - mean[at]).powi(2))
                .sum::<f64>()
                / total)
                .sqrt()
                .max(1e-6)
        })
        .collect();
    let size = FIGURES + 1;
    let row = |pair: &Pair| -> Vec<f64> {
        (0..FIGURES)
            .map(|at| if used[at] { (f64::from(pair.figures.values()[at]) - mean[at]) / spread[at] } else { 0.0 })
            .chain([1.0])
            .collect()
    };
    let mut weights = vec![0.0; size];
    for _ in 0..25 {
        let (gradient, hessian) = pairs
            .par_chunks(4096)
            .map(|chunk| {
                let (mut gradient, mut hessian) = (vec![0.0; size], vec![vec![0.0; size]; size]);
                for pair in chunk {
                    let values = row(pair);
                    let logit: f64 = values.iter().zip(&weights).map(|(value, weight)| value * weight).sum();
                    let chance = 1.0 / (1.0 + (-logit).exp());
                    let error = pair.weight * (f64::from(u8::from(pair.together)) - chance);
                    let curve = pair.weight * (chance * (1.0 - chance)).max(1e-6);
                    for (at, value) in values.iter().enumerate() {
                        gradient[at] += error * value;
                        for (other, second) in values.iter().enumerate() {
                            hessian[at][other] += curve * value * second;
                        }
                    }
                }
                (gradient, hessian)
            })
            .reduce(
                || (vec![0.0; size], vec![vec![0.0; size]; size]),
                |mut a, b| {
                    a.0.iter_mut().zip(b.0).for_each(|(sum, value)| *sum += value);
                    a.1.iter_mut()
                        .zip(b.1)
                        .for_each(|(row, other)| row.iter_mut().zip(other).for_each(|(sum, value)| *sum += value));
                    a
                },
            );
        let (mut gradient, mut hessian) = (gradient, hessian);
        for at in 0..FIGURES {
            gradient[at] -= RIDGE * weights[at];
            hessian[at][at] += RIDGE;
        }
        hessian[FIGURES][FIGURES] += 1e-9;
        let step = solve(hessian, gradient);
        weights.iter_mut().zip(&step).for_each(|(weight, change)| *weight += change);
        if step.iter().all(|change| change.abs() < 1e-6) {
            break;
        }
    }
    let plain: Vec<f64> = (0..FIGURES).map(|at| weights[at] / spread[at]).collect();
    let bias = weights[FIGURES] - plain.iter().zip(&mean).map(|(weight, mean)| weight * mean).sum::<f64>();
    Logistic { bias: bias as f32, weights: plain.iter().map(|weight| *weight as f32).collect() }
}

/// Weighted F1 and mean logarithmic loss at probability one half.
fn grade(model: &Logistic, pairs: &[&Pair]) -> (f64, f64) {
    let (mut hit, mut said, mut true_ones, mut loss, mut total) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for pair in pairs {
        let comparison =
            samestory_cluster::Comparison { figures: pair.figures, likeness: 0.0, contained: 0.0, best: None };
        let logit = f64::from(model.logit(&comparison));
        let truth = f64::from(u8::from(pair.together));
        said += pair.weight * f64::from(u8::from(logit > 0.0));
        true_ones += pair.weight * truth;
        hit += pair.weight * truth * f64::from(u8::from(logit > 0.0));
        loss += pair.weight * ((-(2.0 * truth - 1.0) * logit).exp().ln_1p());
        total += pair.weight;
    }
    (2.0 * hit / (said + true_ones), loss / total)
}

fn train(name: &str, pairs: &[Pair], scores: &mut String) -> Logistic {
    let every: Vec<&Pair> = pairs.iter().collect();
    let model = fit(&every);
    let (whole, whole_loss) = grade(&model, &every);
    let folds: Vec<(f64, f64)> = (0..FOLDS)
        .map(|fold| {
            let (test, train): (Vec<&Pair>, Vec<&Pair>) = pairs.iter().partition(|pair| pair.fold == fold);
            grade(&fit(&train), &test)
        })
        .collect();
    let mean = |of: &dyn Fn(&(f64, f64)) -> f64| folds.iter().map(of).sum::<f64>() / folds.len() as f64;
    let line = format!(
        "# {name}: {} pairs; F1 at one half, weighted: training {whole:.4}, five folds by story {:.4}; log loss {whole_loss:.4}, {:.4}\n",
        pairs.len(),
        mean(&|fold| fold.0),
        mean(&|fold| fold.1)
    );
    eprint!("{line}");
    for (figure, weight) in Figures::NAMES.iter().zip(&model.weights) {
        eprintln!("  {figure:22} {weight:8.3}");
    }
    scores.push_str(&line);
    model
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let folder = arguments.next().ok_or("usage: train_pairs EVAL_FOLDER [CACHE]")?;
    let folder = Path::new(&folder);
    let cache = arguments.next();
    let cache = cache.as_deref().map(Path::new);
    let (translations, mut translated) = features(&folder.join("translations.jsonl.gz"), cache)?;
    let (languages, mut spoken) = features(&folder.join("languages.jsonl.gz"), cache)?;
    let (events, mut happened) = features(&folder.join("events-vi.jsonl.gz"), cache)?;
    let (semeval, mut told) = features(&folder.join("pairs-articles.jsonl.gz"), cache)?;

    let table = grasp(&languages, &spoken)?;
    let mut values: Vec<f32> = table.values().copied().collect();
    values.sort_by(f32::total_cmp);
    for one in [&mut translated, &mut spoken, &mut happened, &mut told].into_iter().flatten() {
        let own = one.lang.and_then(|lang| table.get(lang.as_str()).copied());
        one.grasp = own.unwrap_or(values[values.len() / 2]);
    }

    let articles = |labelled: &[Labelled]| labelled.iter().map(|one| one.article.clone()).collect::<Vec<_>>();
    let mut article = pairs(&articles(&translations), &translated, 40_000, 40_000.0);
    article.extend(pairs(&articles(&languages), &spoken, 40_000, 40_000.0));

    let stories: Vec<_> = events.iter().map(|one| one.story.clone()).collect();
    let mut event = pairs(&stories, &happened, 20_000, 6_000.0);
    event.extend(pairs(&articles(&translations), &translated, 6_000, 2_000.0));
    let (versions, reports) = told_pairs(folder, &semeval, &told)?;
    article.extend(versions);
    event.extend(reports);
    // Two reports of one event in one language are two articles, unless one is a copy of the other.
    let mut apart = pairs(&stories, &happened, 20_000, 1.0);
    apart.retain(|pair| pair.together);
    let weight = REPORTS / apart.len().max(1) as f64;
    article.extend(apart.into_iter().filter(|pair| pair.likeness < 0.15).map(|pair| Pair {
        together: false,
        weight,
        ..pair
    }));

    let mut scores =
        String::from("# Made by: cargo run --release -p samestory-tools --bin train_pairs -- ../shared/eval\n");
    let article = train("article", &article, &mut scores);
    let event = train("event", &event, &mut scores);
    let reach = reach(&languages, &spoken, &article);
    let model =
        PairModel { figures: Figures::NAMES.iter().map(|name| (*name).to_owned()).collect(), article, event, reach };
    std::fs::write("data/pair_model.toml", format!("{scores}\n{}", toml::to_string(&model)?))?;
    Ok(())
}
