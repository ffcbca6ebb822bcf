//! Prefixes of namespaces: those that a feed declares, uses without declaring, or calls otherwise than others do.
//! Part of `repair`.
//!
//! What reads an entry knows elements by the prefix that nearly every feed has for their namespace. A feed that calls
//! it otherwise (`m:group` for `media:group`) is written with the usual one, declaration and all.

use super::vocabulary::{PREFIXES, usual_prefix};
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

/// Prefixes without a declaration that get one.
const MOST: usize = 256;

/// What is known of a feed's prefixes.
#[derive(Default)]
pub(super) struct Prefixes {
    used: BTreeSet<String>,
    bound: BTreeSet<String>,
    /// Prefixes of the feed that stand for usual ones; for none where that is empty.
    usual: HashMap<String, &'static str>,
}

impl Prefixes {
    /// Notes which of a tag's declarations bind a known namespace to a prefix of the feed's own.
    pub(super) fn learn(&mut self, attributes: &[(&str, &str)]) {
        for (name, namespace) in attributes {
            let Some(prefix) = name.strip_prefix("xmlns:") else { continue };
            let Some(usual) = usual_prefix(namespace).filter(|usual| *usual != prefix) else {
                self.usual.remove(prefix);
                continue;
            };
            let own = declaration(usual);
            let taken = attributes.iter().any(|(other, space)| *other == own && usual_prefix(space) != Some(usual));
            if !taken && self.usual.len() < MOST {
                self.usual.insert((*prefix).to_owned(), usual);
            }
        }
    }

    fn uses(&mut self, prefix: &str) {
        if self.used.len() < MOST && !self.used.contains(prefix) {
            self.used.insert(prefix.to_owned());
        }
    }

    /// An element's name, which has a prefix, with the usual one.
    pub(super) fn name<'n>(&mut self, name: &'n str) -> Cow<'n, str> {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        let usual = self.usual.get(prefix).copied();
        if usual == Some("") {
            return Cow::Borrowed(local);
        }
        self.uses(usual.unwrap_or(prefix));
        usual.map_or(Cow::Borrowed(name), |usual| Cow::Owned(format!("{usual}:{local}")))
    }

    /// An attribute's name with the usual prefix; of a declaration, the declaration of that.
    pub(super) fn attribute<'n>(&self, name: &'n str) -> Cow<'n, str> {
        let Some((prefix, local)) = name.split_once(':') else { return Cow::Borrowed(name) };
        let usual = self.usual.get(if prefix == "xmlns" { local } else { prefix });
        match (prefix, usual) {
            ("xmlns", Some(usual)) => Cow::Owned(declaration(usual)),
            (_, None | Some(&"")) => Cow::Borrowed(name),
            (_, Some(usual)) => Cow::Owned(format!("{usual}:{local}")),
        }
    }

    /// Notes the prefix of an attribute, or the one that it declares.
    pub(super) fn note(&mut self, attribute: &str) {
        match attribute.split_once(':') {
            Some(("xmlns", prefix)) => drop(self.bound.insert(prefix.to_owned())),
            Some((prefix, _)) => self.uses(prefix),
            None => {}
        }
    }

    /// Declarations of those that were used without one.
    pub(super) fn missing(&self) -> String {
        let missing = self.used.difference(&self.bound).filter(|prefix| *prefix != "xml" && *prefix != "xmlns");
        missing
            .map(|prefix| {
                let known = PREFIXES.iter().find(|(known, _)| known == prefix);
                let space = known.map_or_else(|| format!("urn:undeclared:{prefix}"), |pair| pair.1.to_owned());
                format!(" xmlns:{prefix}=\"{space}\"")
            })
            .collect()
    }
}

/// The attribute that declares a prefix.
fn declaration(prefix: &str) -> String {
    if prefix.is_empty() { "xmlns".to_owned() } else { format!("xmlns:{prefix}") }
}
