//! Applies the rules of a page's site: what a selector keeps or drops, and what headline and date it names.
//!
//! A rule that selects nothing changes nothing: sites change their pages without telling anyone.

use super::SiteRule;
use super::prune::Cuts;
use super::stated::Metadata;
use super::tree::Tree;
use samestory_model::RemovedWhy;
use samestory_model::dates::prose;
use scraper::node::Element;
use scraper::{Html, Selector};
use std::collections::HashSet;

/// What the rules of a site say about one page, by index of node.
#[derive(Debug, Default)]
pub(super) struct Ruled {
    /// The outermost elements that hold the article; empty where no rule says so.
    pub kept: Vec<usize>,
    /// What no name may take away: what is kept, and whatever is around it. May be empty.
    pub spared: Vec<bool>,
    dropped: Vec<usize>,
    title: Option<usize>,
    date: Option<usize>,
}

/// The elements that a list of selectors finds, by their place in memory.
fn selected(parsed: &Html, selectors: &[Selector]) -> HashSet<*const Element> {
    selectors
        .iter()
        .flat_map(|selector| parsed.select(selector))
        .map(|found| std::ptr::from_ref(found.value()))
        .collect()
}

impl Ruled {
    /// Finds what `rules`, the most specific first, select on a page.
    pub fn of(parsed: &Html, tree: &Tree, rules: &[&SiteRule]) -> Self {
        let mut ruled = Self::default();
        if rules.is_empty() {
            return ruled;
        }
        let all = |list: fn(&SiteRule) -> &[Selector]| -> Vec<usize> {
            let found: HashSet<_> = rules.iter().flat_map(|rule| selected(parsed, list(rule))).collect();
            let is = |at: &usize| tree.nodes[*at].element.is_some_and(|own| found.contains(&std::ptr::from_ref(own)));
            (0..tree.nodes.len()).filter(is).collect()
        };
        let first = |one: fn(&SiteRule) -> &[Selector]| {
            rules.iter().find_map(|rule| {
                let found = selected(parsed, one(rule));
                tree.nodes
                    .iter()
                    .position(|node| node.element.is_some_and(|own| found.contains(&std::ptr::from_ref(own))))
            })
        };
        let kept = all(|rule| &rule.keep);
        ruled.dropped = all(|rule| &rule.drop);
        ruled.title = first(|rule| rule.title.as_slice());
        ruled.date = first(|rule| rule.date.as_slice());
        if !kept.is_empty() {
            ruled.spared = vec![false; tree.nodes.len()];
        }
        let mut end = 0;
        for at in kept {
            ruled.spared[at] = true;
            for around in tree.ancestors(at) {
                ruled.spared[around] = true;
            }
            if at >= end {
                ruled.kept.push(at);
                end = tree.nodes[at].end;
            }
        }
        ruled
    }

    /// Cuts what a rule drops.
    pub fn drop(&self, tree: &Tree, cuts: &mut Cuts) {
        let mut end = 0;
        for &at in &self.dropped {
            if at >= end {
                cuts.add(at, RemovedWhy::Rule);
                end = tree.nodes[at].end;
            }
        }
    }

    /// Puts headline and date in place of what the page says.
    pub fn tell(&self, tree: &Tree, said: &mut Metadata) {
        if let Some(title) = self.title.map(|at| tree.text(at)).filter(|title| !title.is_empty()) {
            said.titles.push(std::mem::replace(&mut said.title, title));
        }
        let Some(at) = self.date else { return };
        let node = &tree.nodes[at];
        let written = node.attr("datetime").or_else(|| node.attr("content")).map(str::to_owned);
        let read = prose::read(&written.unwrap_or_else(|| tree.text(at)), said.habit());
        said.published = read.or(said.published);
    }
}
