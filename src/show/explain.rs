//! Draws evidence as a tree: signal, what it was held against, score, threshold, verdict.

use super::headline::tag;
use super::inert::inert;
use samestory_model::{DocumentId, DocumentView, Evidence, StoryView};

/// How two documents stand to one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Together {
    /// Versions of one article.
    Article,
    /// Reports of one event.
    Story,
    /// Neither.
    Apart,
}

fn named(document: &DocumentView) -> String {
    let tag = tag(document.lang);
    format!("{} [{tag}] {} — {}", document.document, inert(&document.source), inert(&document.title))
}

fn tree(evidence: &[Evidence], name: impl Fn(DocumentId) -> String) -> String {
    let mut out = String::new();
    let mut groups: Vec<DocumentId> = Vec::new();
    for one in evidence {
        if !groups.contains(&one.with) {
            groups.push(one.with);
        }
    }
    for (place, with) in groups.iter().enumerate() {
        let last_group = place + 1 == groups.len();
        out.push_str(&format!("{} with {}\n", if last_group { "└─" } else { "├─" }, name(*with)));
        let inside: Vec<&Evidence> = evidence.iter().filter(|one| one.with == *with).collect();
        for (at, one) in inside.iter().enumerate() {
            let branch = if at + 1 == inside.len() { "└─" } else { "├─" };
            let figures = match (one.score, one.threshold) {
                (Some(score), Some(threshold)) => {
                    format!("  {score:.3} {} {threshold:.3}", if score >= threshold { "≥" } else { "<" })
                }
                (Some(score), None) => format!("  {score:.3}"),
                _ => String::new(),
            };
            out.push_str(&format!(
                "{}  {branch} {}{figures}: {}\n",
                if last_group { " " } else { "│" },
                one.signal.label(),
                inert(&one.evidence)
            ));
        }
    }
    out
}

/// Why a document is where it is.
pub fn explain(document: &DocumentView, story: &StoryView) -> String {
    let all = || story.articles.iter().flat_map(|article| &article.documents);
    let article =
        story.articles.iter().find(|article| article.documents.iter().any(|other| other.document == document.document));
    let mut out = format!("{}\n", named(document));
    if let Some(article) = article {
        out.push_str(&format!(
            "is in article {} ({}) of story {} ({})\n",
            article.article,
            inert(&article.title),
            story.story,
            inert(&story.title)
        ));
    }
    if document.signals.is_empty() {
        out.push_str("└─ nothing that was known when it came belonged with it: it opened this article\n");
    }
    out.push_str(&tree(&document.signals, |with| {
        all().find(|other| other.document == with).map_or_else(|| with.to_string(), named)
    }));
    out
}

/// Why two documents are together or apart; `missing` says which signals would have been needed.
pub fn explain_pair(
    a: &DocumentView,
    b: &DocumentView,
    together: Together,
    evidence: &[Evidence],
    missing: &[String],
) -> String {
    let verdict = match together {
        Together::Article => "are versions of one article",
        Together::Story => "are reports of one event, in one story",
        Together::Apart => "are in different stories",
    };
    let mut out = format!("{}\n{}\n{verdict}\n", named(a), named(b));
    out.push_str(&tree(evidence, |with| {
        if with == a.document {
            named(a)
        } else if with == b.document {
            named(b)
        } else {
            with.to_string()
        }
    }));
    if !missing.is_empty() {
        out.push_str("what would have put them together, and is missing:\n");
        for one in missing {
            out.push_str(&format!("  · {one}\n"));
        }
    }
    out
}
