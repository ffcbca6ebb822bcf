//! Says what a reader of the invented world should find: which texts belong together, which sources
//! fail, and which strings no extracted text may hold.
//!
//! Made from the story files, so truth and world cannot drift apart.

use super::publisher::Behaviour;
use super::{World, Written};
use samestory_model::{Fault, Role};

/// One document as it should be found.
#[derive(Debug, Clone)]
pub struct Expected {
    /// Its address.
    pub url: String,
    /// Name of its source.
    pub source: String,
    /// Its language.
    pub lang: String,
    /// Its headline.
    pub title: String,
    /// Its part in the article.
    pub role: Role,
    /// Whether its source line names a text that the world does not hold: then it may as well count
    /// as the original as far as is known, or as a translation.
    pub original_elsewhere: bool,
    /// 0 for the first text at the address.
    pub revision: u32,
    /// Which piece of journalism it is a version of.
    pub article: String,
    /// Which event it reports.
    pub story: String,
    /// The pass in which it can first be found.
    pub pass: u8,
    /// Its paragraphs: the extracted text must hold each of them and nothing else.
    pub paragraphs: Vec<String>,
    /// The address of the original that its source line names.
    pub source_url: Option<String>,
}

/// One source that must fail, and in which passes.
#[derive(Debug, Clone)]
pub struct ExpectedFailure {
    /// Name of the source.
    pub source: String,
    /// The passes in which it stands as failed.
    pub passes: Vec<u8>,
    /// Whose fault it is.
    pub fault: Fault,
    /// What happens, in words.
    pub why: String,
}

/// What should be known after a pass.
#[derive(Debug, Clone)]
pub struct Truth {
    /// Every document, in the order of the story files.
    pub documents: Vec<Expected>,
    /// Every source that fails at least once.
    pub failing: Vec<ExpectedFailure>,
    /// Strings that no extracted text of a host may hold: host, string.
    pub leftovers: Vec<(String, String)>,
}

impl Truth {
    /// What should be known of `world` after `pass`.
    pub(super) fn of(world: &World, pass: u8) -> Self {
        let known = || world.documents.iter().filter(|document| document.pass <= pass);
        let mut leftovers = Vec::new();
        for publisher in &world.publishers {
            leftovers.extend(publisher.leftovers.iter().map(|text| (publisher.host.clone(), text.clone())));
        }
        Self {
            documents: known().map(|document| expected(world, document)).collect(),
            failing: failing(world, pass),
            leftovers,
        }
    }

    /// How many stories there are.
    pub fn stories(&self) -> usize {
        distinct(self.documents.iter().map(|document| document.story.as_str()))
    }

    /// How many articles there are.
    pub fn articles(&self) -> usize {
        distinct(self.documents.iter().map(|document| document.article.as_str()))
    }

    /// How many languages there are.
    pub fn languages(&self) -> usize {
        distinct(self.documents.iter().map(|document| document.lang.as_str()))
    }
}

fn distinct<'a>(values: impl Iterator<Item = &'a str>) -> usize {
    values.collect::<std::collections::BTreeSet<_>>().len()
}

fn expected(world: &World, document: &Written) -> Expected {
    Expected {
        url: document.url(),
        source: document.publisher.clone(),
        lang: document.lang.clone(),
        title: document.title.clone(),
        role: document.role,
        original_elsewhere: document
            .source
            .as_ref()
            .is_some_and(|address| !world.documents.iter().any(|other| other.url() == *address)),
        revision: document.revision,
        article: document.article.clone(),
        story: document.story.clone(),
        pass: document.pass,
        paragraphs: document.paragraphs.clone(),
        source_url: document.source.clone(),
    }
}

fn failing(world: &World, pass: u8) -> Vec<ExpectedFailure> {
    world
        .troubled
        .iter()
        .map(|trouble| {
            let behaviours = [trouble.first, trouble.second];
            let passes = (1..=pass)
                .zip(behaviours)
                .filter(|(_, behaviour)| *behaviour != Behaviour::Ordinary)
                .map(|(number, _)| number)
                .collect();
            ExpectedFailure { source: trouble.name.clone(), passes, fault: trouble.fault, why: trouble.why.clone() }
        })
        .collect()
}
