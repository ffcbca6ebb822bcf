//! Places three short reports, in three languages, and prints the stories with the reasons.
//!
//! `cargo run --example place_documents`. Two of them tell one event. Nothing is stored: with a store, start at
//! `samestory::pipeline::Ingest`.

use jiff::Timestamp;
use samestory_cluster::{Placer, Settings};
use samestory_model::{Document, DocumentId, Placement, StoryId};
use samestory_understand::Understanding;
use std::collections::BTreeMap;
use std::error::Error;
use url::Url;

const REPORTS: [(&str, &str, &str); 3] = [
    (
        "https://blatt.example/bruecke",
        "Brücke über die Ems nach drei Jahren wieder offen",
        "Die alte Brücke über die Ems wurde am Dienstag nach drei Jahren Bauzeit wieder eröffnet. \
         Die Arbeiten kosteten 4,2 Millionen Euro, eine Million mehr als geplant.",
    ),
    (
        "https://leaf.example/bridge",
        "Bridge over the Ems open again after three years",
        "The old bridge over the Ems was reopened on Tuesday after three years of construction. \
         The work cost 4.2 million euros, a million more than planned.",
    ),
    (
        "https://hoja.example/tipos",
        "El banco central mantiene los tipos de interés",
        "El banco central mantiene los tipos de interés en el dos por ciento. \
         La inflación sigue por encima del objetivo, dijo su presidenta el martes.",
    ),
];

fn main() -> Result<(), Box<dyn Error>> {
    let now = "2026-03-03T20:00:00Z".parse::<Timestamp>()?;
    let understanding = Understanding::shipped(&samestory_understand::Settings::default())?;
    let mut placer = Placer::new(&Settings::default(), Vec::new());

    let mut titles: BTreeMap<DocumentId, &str> = BTreeMap::new();
    let mut placements: BTreeMap<DocumentId, Placement> = BTreeMap::new();
    for (address, title, text) in REPORTS {
        let document = Document::at(Url::parse(address)?, title, text, now);
        let features = understanding.features(&document)?;
        titles.insert(document.id, title);
        // A document may move others: every placement that comes back replaces the one before.
        let placed = placer.place(&document, features, now);
        placements.extend(placed.placements.into_iter().map(|placement| (placement.document, placement)));
    }

    let mut stories: BTreeMap<StoryId, Vec<&Placement>> = BTreeMap::new();
    for placement in placements.values() {
        stories.entry(placement.story).or_default().push(placement);
    }
    for (story, members) in stories {
        println!("story {story}");
        for placement in members {
            println!("  {} of article {}: {}", placement.role, placement.article, titles[&placement.document]);
            for reason in &placement.evidence {
                println!("    {:?} with \"{}\": {}", reason.signal, titles[&reason.with], reason.evidence);
            }
        }
    }
    Ok(())
}
