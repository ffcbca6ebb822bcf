//! Two versions side by side: what one of them left out, and numbers that are not the same.

use super::bed::Bed;
use serde_json::{Value, json};

const ENGLISH: [&str; 6] = [
    "The old lock at Weirhaven was opened again on Tuesday after repairs that took 14 months.",
    "Engineers replaced both gates, which weigh 38 tonnes each and were cast in 1911.",
    "Residents had feared that the harbour festival would be cancelled for a third time.",
    "The work cost 6.3 million crowns, most of it paid by the province.",
    "A choir of schoolchildren sang while the first barge passed through the chamber.",
    "The next inspection is planned for the spring of 2031.",
];
const GERMAN: [&str; 5] = [
    "Die alte Schleuse von Weirhaven ist am Dienstag nach Reparaturen von 14 Monaten wieder geöffnet worden.",
    "Die Ingenieure ersetzten beide Tore, die je 83 Tonnen wiegen und 1911 gegossen wurden.",
    "Die Arbeiten kosteten 6,3 Millionen Kronen, das meiste davon bezahlte die Provinz.",
    "Ein Chor von Schulkindern sang, während der erste Lastkahn die Kammer durchquerte.",
    "Die nächste Prüfung ist für das Frühjahr 2031 geplant.",
];

fn told() -> Bed {
    let bed = Bed::new();
    let line = |name: &str, lang: &str, title: &str, text: String| {
        json!({"id": name, "url": format!("https://weir.example/{name}"), "lang": lang, "title": title, "text": text,
            "published": "2026-11-11T08:00:00Z"})
        .to_string()
    };
    let lines = [
        line("en/lock", "en", "Old lock opens again", ENGLISH.join("\n")),
        line("de/lock", "de", "Alte Schleuse wieder offen", GERMAN.join("\n")),
    ];
    bed.file("lock.jsonl", lines.join("\n"));
    bed.run(&["import", "lock.jsonl"]).expect(0);
    bed
}

const NAMES: [&str; 2] = ["https://weir.example/en/lock", "https://weir.example/de/lock"];

#[test]
fn the_sentence_that_was_left_out_and_the_number_that_was_changed_are_marked() {
    let bed = told();
    let ran = bed.run(&["show", "--compare", NAMES[0], NAMES[1], "--format", "json"]).expect(0);
    let found: Value = serde_json::from_str(&ran.out).expect("JSON");
    let rows = found["rows"].as_array().expect("rows");
    let alone: Vec<&str> =
        rows.iter().filter(|row| row["right"].is_null()).filter_map(|row| row["left"]["text"].as_str()).collect();
    assert_eq!(alone, [ENGLISH[2]], "{found}");
    assert_eq!((&found["only_left"], &found["only_right"]), (&json!(1), &json!(0)));
    let marks = |side: &str| -> Vec<Value> {
        rows.iter().filter_map(|row| row[side]["differs"].as_array()).flatten().cloned().collect()
    };
    assert_eq!(marks("left"), [json!({"kind": "number", "text": "38"})]);
    assert_eq!(marks("right"), [json!({"kind": "number", "text": "83"})]);
    assert_eq!((&found["left"]["lang"], &found["right"]["lang"]), (&json!("en"), &json!("de")));
}

#[test]
fn a_wide_window_has_two_columns_and_a_narrow_one_paragraphs() {
    let bed = told();
    let shown = |columns: &str| {
        let mut command = bed.command(&["show", "--compare", NAMES[0], NAMES[1]]);
        let ran: super::bed::Ran = command.env("COLUMNS", columns).output().expect("the program starts").into();
        ran.expect(0).out
    };
    let wide = shown("120");
    assert!(wide.lines().any(|line| line.contains("weigh [38] tonnes") && line.contains("Tore")), "{wide}");
    assert!(wide.lines().any(|line| line.contains("Residents had feared") && line.ends_with('<')), "{wide}");
    let narrow = shown("60");
    assert!(narrow.contains("only en  Residents had feared"), "{narrow}");
    assert!(narrow.lines().all(|line| line.chars().count() <= 60), "{narrow}");
    assert!(narrow.contains("5 in both, 1 only in en, 0 only in de"), "{narrow}");
}

#[test]
fn a_document_that_is_not_there_is_named_and_a_story_is_not_asked_for_beside_two() {
    let bed = told();
    let ran = bed.run(&["show", "--compare", NAMES[0], "https://weir.example/fr/lock"]).expect(2);
    assert!(ran.err.contains("https://weir.example/fr/lock") && ran.err.contains("hint:"), "{}", ran.err);
    bed.run(&["show", "--compare", NAMES[0]]).expect(2);
    bed.run(&["show", "s1", "--compare", NAMES[0], NAMES[1]]).expect(2);
}
