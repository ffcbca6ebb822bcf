//! Rules of single sites: a user's file stands above the program's own, and a slip in it is reported by name.

use crate::bed::Bed;

const PAGE: &str = r#"<html lang="en"><head><title>Harbour</title><meta property="og:title" content="Harbour">
<link rel="canonical" href="https://www.paper.example/a"></head><body>
<h1>Harbour</h1><h2 class="real">Harbour stays shut until spring</h2><span class="when">On 4 March 2026</span>
<div class="story"><p>The council kept the harbour shut on Tuesday, because the quay still moves, it said.</p>
<div class="tips"><p>Our tip: the finest cafés by the water, and how to get a table there, as our readers know.</p></div>
<aside class="related"><p>The first part of this report told how the quay began to move, and who had warned of it.</p></aside>
<p>Repairs will take until spring and cost nine million, which the county is to pay in two parts.</p></div>
<div class="other"><p>Another text that is longer than the report itself, and that the page shows below it for whoever stays.</p>
<p>It has several paragraphs, and commas, too, so that it looks like an article to whoever does not know.</p>
<p>It goes on for a while, with names, places and sums, as texts of that kind do, and then it ends.</p></div>
</body></html>"#;

const RULES: &str = r#"
[[site]]
host = "paper.example"
keep = [".story", ".story aside"]
drop = [".tips"]
title = "h2.real"
date = ".when"
"#;

fn extracted(bed: &Bed, rules: &str) -> serde_json::Value {
    let page = bed.file("page.html", PAGE);
    bed.file("sites.toml", rules);
    let ran = bed.run_with("", &["extract", page.to_str().expect("UTF-8"), "--format", "json"]).expect(0);
    serde_json::from_str(&ran.out).expect("JSON")
}

#[test]
fn a_rule_beside_the_configuration_keeps_drops_and_names() {
    let bed = Bed::new();
    let plain = extracted(&bed, "");
    assert!(plain["text"].as_str().expect("a text").contains("Another text"), "{plain}");
    let ruled = extracted(&bed, RULES);
    let lines: Vec<&str> = ruled["text"].as_str().expect("a text").lines().collect();
    assert_eq!(lines.len(), 3, "{lines:#?}");
    assert!(lines[0].starts_with("The council") && lines[1].starts_with("The first part"), "{lines:#?}");
    assert_eq!(ruled["title"], "Harbour stays shut until spring");
    assert_eq!(ruled["published"], "2026-03-04T00:00:00Z");
    let by_rule = ruled["removed"].as_array().expect("a list").iter().filter(|removed| removed["why"] == "rule");
    assert!(by_rule.map(|removed| removed["text"].to_string()).any(|text| text.contains("Our tip")), "{ruled}");
}

#[test]
fn a_rule_of_another_site_or_one_that_selects_nothing_changes_nothing() {
    let bed = Bed::new();
    let plain = extracted(&bed, "");
    assert_eq!(extracted(&bed, &RULES.replace("paper.example", "aper.example")), plain);
    assert_eq!(extracted(&bed, "[[site]]\nhost = \"paper.example\"\nkeep = [\".gone\"]\ntitle = \"h6\"\n"), plain);
}

#[test]
fn a_slip_in_a_rule_is_told_with_its_place_and_a_hint() {
    let bed = Bed::new();
    let page = bed.file("page.html", PAGE);
    let page = page.to_str().expect("UTF-8");
    bed.file("sites.toml", "[[site]]\nhost = \"paper.example\"\n\ndrop = [\".tips >> p\"]\n");
    let told = bed.run_with("", &["extract", page]).expect(2).err;
    assert!(told.contains("sites.toml:4: the selector `.tips >> p` of paper.example"), "{told}");
    assert!(told.contains("hint: "), "{told}");
    let told = bed.run_with("[extract]\nsites = \"nowhere.toml\"\n", &["extract", page]).expect(2).err;
    assert!(told.contains("nowhere.toml") && told.contains("extract.sites"), "{told}");
}
