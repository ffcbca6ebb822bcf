//! A feed whose items all link to one page, over a week and over every engine: none is lost and none comes twice.

use super::engines::{Engine, over_engines};
use super::pass::{Entry, MODEL, PAPER, feed_of, hours, start, url};
use super::town::Town;
use samestory::config::Settings;
use samestory::pipeline::pass::Pass;
use samestory::pipeline::{Silent, Stop};
use samestory_model::Source;
use std::collections::BTreeSet;

/// Twelve notices of an authority that have nothing in common.
const NOTICES: [(&str, &str); 12] = [
    ("Ferry stops at night", "From Monday the ferry to the island makes no trips after ten in the evening."),
    ("Bakers may open on Sundays", "The council has changed the rules on the opening hours of bakeries."),
    ("Measles in two schools", "Parents of children at both schools are asked to look at vaccination cards."),
    ("Tax forms for farmers", "Farmers hand in the form for diesel by the end of March at the latest."),
    ("New mayor sworn in", "Ms Lindqvist took her oath before sixty guests in the old town hall."),
    ("Bridge is being painted", "Painters work on the railway bridge, and trains run at walking pace."),
    ("Wolves seen near the lake", "Three animals crossed the road; owners of sheep can borrow fences."),
    ("Water is to be boiled", "Bacteria were found in the northern reservoir, the office says."),
    ("Library lends tools", "Drills and saws can be borrowed for two weeks with a library card."),
    ("Fireworks are banned", "Because of the drought no fireworks may be lit until September."),
    ("Tram drivers wanted", "The transport office trains forty people, also without a driving licence."),
    ("Theatre roof mended", "After eleven months the stage opens again with a comedy by Goldoni."),
];

fn six_items_on_one_link_then_one_a_day_for_a_week(engine: Engine) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    for bed in engine.beds() {
        runtime.block_on(async {
            let town = Town::open().await;
            let ids: Vec<String> = (0..NOTICES.len()).map(|number| format!("notice-{number}")).collect();
            let entry = |number: usize| Entry {
                id: &ids[number],
                link: "http://paper.example/notices",
                title: NOTICES[number].0,
                html: NOTICES[number].1,
                minute: number as u8,
            };
            // The newest stands first; the feed holds six.
            let days = (6..=NOTICES.len()).map(|end| feed_of(&(end - 6..end).rev().map(entry).collect::<Vec<_>>()));
            town.says(PAPER, "/feed.xml", days);
            let settings = Settings { fetch: town.settings(&[PAPER]), ..Settings::default() };
            let sources = [Source::feed("paper", url("http://paper.example/feed.xml"))];
            let mut store = bed.writer();
            let mut met = BTreeSet::new();
            for day in 0..7 {
                let pass = Pass {
                    settings: &settings,
                    store: &*store,
                    understanding: &MODEL,
                    sources: &sources,
                    now: start() + hours(24 * day),
                    force: false,
                    progress: &Silent,
                    stop: &Stop::never(),
                    folder: Some(&bed.store()),
                };
                let summary = pass.run().await.expect("a pass");
                assert_eq!(summary.documents, if day == 0 { 6 } else { 1 }, "day {day} over a {}", bed.engine());
                // The next day's run is another process.
                drop(store);
                store = bed.writer();
                let documents = bed.reader().documents().expect("whole documents");
                met = documents.into_iter().map(|frame| frame.document.title).collect::<BTreeSet<_>>();
                assert_eq!(met.len(), 6 + day as usize);
            }
            assert!(NOTICES.iter().all(|(title, _)| met.contains(*title)), "{met:?}");
            assert!(town.paths().iter().all(|path| path == "/feed.xml" || path == "/robots.txt"), "{:?}", town.paths());
        });
    }
}

over_engines! { each: [six_items_on_one_link_then_one_a_day_for_a_week] }
