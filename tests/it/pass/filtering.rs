//! What the rules refuse is neither stored nor asked for, is counted, and does not come back.

use super::{Bed, PAPER};
use crate::town::answer;
use samestory::config::{Filter, Rule};
use std::fmt::Write as _;

/// A feed of entries with their whole text.
fn feed_of(items: &[(&str, &str)]) -> crate::town::Says {
    let mut text = String::from("<rss version='2.0'><channel><title>P</title>");
    for (name, words) in items {
        let body = format!("{words} ").repeat(90);
        let _ = write!(
            text,
            "<item><guid>{name}</guid><title>{name}</title><link>http://paper.example/{name}</link>\
             <description><![CDATA[<p>{body}</p>]]></description></item>"
        );
    }
    text.push_str("</channel></rss>");
    answer(200, &[("Content-Type", "application/rss+xml")], text)
}

fn rule(set: impl FnOnce(&mut Rule)) -> Rule {
    let mut rule = Rule::default();
    set(&mut rule);
    rule
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_rule_refuses_is_counted_and_neither_stored_nor_asked_for() {
    let mut bed = Bed::new(&[("paper", "http://paper.example/rss")]).await;
    let entries = [
        ("harbour-seals", "Wardens counted thirty seven grey seals below the light on Sunday"),
        ("horoscope-today", "The stars advise patience with relatives and with their kitchen"),
        ("storm", "A bookmaker took bets on how many trees the storm would fell in town"),
    ];
    bed.town.says(PAPER, "/rss", [feed_of(&entries), feed_of(&entries)]);
    bed.settings.filter = Filter {
        keep: Vec::new(),
        block: vec![
            rule(|rule| rule.title = Some("horoscope".to_owned())),
            rule(|rule| rule.text = Some("bookmaker".to_owned())),
        ],
    };
    let first = bed.pass(0).await;
    assert_eq!((first.documents, first.kept_out, first.waiting), (1, 2, 0));
    let stored: Vec<String> = bed.documents().into_iter().map(|frame| frame.document.title).collect();
    assert_eq!(stored, ["harbour-seals"]);
    assert_eq!(bed.town.paths(), ["/rss"], "no page is wanted");
    let again = bed.pass(30).await;
    assert_eq!((again.documents, again.kept_out), (0, 0), "it is known by now");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_something_is_kept_by_language_the_rest_stays_out() {
    let mut bed = Bed::new(&[("paper", "http://paper.example/rss")]).await;
    let entries = [
        ("robben", "Die Wärter zählten am Sonntag unterhalb des Leuchtturms siebenunddreißig Kegelrobben"),
        ("seals", "Wardens counted thirty seven grey seals below the light on Sunday morning"),
    ];
    bed.town.says(PAPER, "/rss", [feed_of(&entries)]);
    bed.settings.filter = Filter { keep: vec![rule(|rule| rule.lang = Some("de".to_owned()))], block: Vec::new() };
    let pass = bed.pass(0).await;
    assert_eq!((pass.documents, pass.kept_out), (1, 1));
    assert_eq!(bed.documents()[0].document.title, "robben");
}
