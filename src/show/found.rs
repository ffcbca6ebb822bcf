//! Stories that a search found: those of a list, each with the document that answers best and why.

use super::headline::tag;
use super::inert::inert;
use super::json::{in_one_line, rounded, story as story_json};
use super::table::{Style, fit, painted, table};
use samestory_cluster::search::Found;
use samestory_model::{DocumentView, StoryView};
use serde_json::{Value, json};

fn version<'a>(story: &'a StoryView, found: &Found) -> Option<&'a DocumentView> {
    story.articles.iter().flat_map(|article| &article.documents).find(|view| view.document == found.document)
}

/// Why a document answers, in words.
fn why(found: &Found) -> String {
    let mut out = format!("meaning {:.2}", found.answer.meaning);
    for (word, there) in [
        ("words", found.answer.words != 0),
        ("names", found.answer.names > 0.0),
        ("numbers", found.answer.numbers > 0.0),
    ] {
        if there {
            out.push_str(", ");
            out.push_str(word);
        }
    }
    out
}

/// What was found, for a terminal: a story as in a list, and the text that answers where its headline is another.
pub fn found(stories: &[(StoryView, Found)], style: &Style) -> String {
    let mut out = String::new();
    for (story, found) in stories {
        out.push_str(&table(std::slice::from_ref(story), style));
        let Some(view) = version(story, found) else { continue };
        let tag = tag(view.lang);
        let room = style.width.saturating_sub(10).max(20);
        let line = fit(&format!("{tag} ({}) {}", why(found), inert(&view.title)), room);
        out.push_str(&format!("      {}\n", painted(&style.isolated(&line), "2", style)));
    }
    out
}

fn one(story: &StoryView, found: &Found) -> Value {
    let mut out = story_json(story);
    out["match"] = json!({
        "document": found.document.to_string(),
        "score": rounded(found.score),
        "meaning": rounded(found.answer.meaning),
        "words": found.answer.words.count_ones(),
        "names": rounded(found.answer.names),
        "numbers": rounded(found.answer.numbers),
    });
    out
}

/// One object: `{"stories":[…]}`, each as in a list, with `match`.
pub fn found_json(stories: &[(StoryView, Found)]) -> String {
    let all: Vec<Value> = stories.iter().map(|(story, found)| one(story, found)).collect();
    in_one_line(&json!({"stories": all}))
}

/// One story a line.
pub fn found_jsonl(stories: &[(StoryView, Found)]) -> String {
    stories.iter().map(|(story, found)| in_one_line(&one(story, found))).collect()
}
