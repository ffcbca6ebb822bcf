//! `sources add`: what the publisher sees of it and of the first pass after it, and what is kept of its answer.

use super::bed::{Bed, Ran};
use super::engines::{Engine, over_engines};
use super::pass::{Entry, OTHER, PAPER, feed_of, page, story};
use super::town::{Says, Town, answer, redirect};
use serde_json::Value;
use std::time::Duration;
use tokio::runtime::Runtime;

pub const A: &str = "http://paper.example/a.xml";

/// A store on one of the engines, and a town of publishers.
pub struct Place {
    pub bed: Bed,
    pub town: Town,
    /// Further settings of `[fetch]`.
    pub settings: String,
    pub sources: String,
    _runtime: Runtime,
}

impl Place {
    pub fn new(bed: Bed) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let town = runtime.block_on(Town::open());
        Self { bed, town, settings: String::new(), sources: String::new(), _runtime: runtime }
    }

    /// Follows a source by the configuration, too.
    pub fn follow(mut self, name: &str, url: &str) -> Self {
        self.sources += &format!("[[sources]]\nname = \"{name}\"\nurl = \"{url}\"\n");
        self
    }

    /// With further settings of `[fetch]`, a line each.
    pub fn with(mut self, settings: &str) -> Self {
        settings.clone_into(&mut self.settings);
        self
    }

    /// Runs the program.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.at("2026-11-12T08:00:00Z", arguments)
    }

    /// The same at a time of its own.
    pub fn at(&self, time: &str, arguments: &[&str]) -> Ran {
        let gap = if self.settings.contains("host_gap_ms") { "" } else { "host_gap_ms = 0\n" };
        let address = self.town.addr;
        let config = format!(
            "[fetch]\ncontact = \"test@home.example\"\n{gap}{}\nallow_private_hosts = [\"{PAPER}\", \"{OTHER}\"]\n\
             hosts = {{ \"{PAPER}\" = \"{address}\", \"{OTHER}\" = \"{address}\" }}\n{}",
            self.settings, self.sources
        );
        let path = self.bed.file("config.toml", config);
        let all = [&["--config", path.to_str().expect("UTF-8")], arguments].concat();
        self.bed.command_at(time, &all).output().expect("the program starts").into()
    }

    pub fn count(&self, path: &str) -> usize {
        self.town.paths().iter().filter(|asked| *asked == path).count()
    }

    /// A header of every request for a path, in order.
    pub fn sent(&self, path: &str, header: &str) -> Vec<Option<String>> {
        let calls = self.town.calls();
        let value = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        calls.iter().filter(|call| call.path == path).map(|call| call.header(header).map(value)).collect()
    }

    /// What `sources list` says of a source.
    pub fn listed(&self, name: &str) -> Value {
        let listed: Value = self.run(&["sources", "list", "--format", "json"]).expect(0).json_lines().remove(0);
        let sources = listed["sources"].as_array().expect("a list");
        sources.iter().find(|source| source["name"] == name).expect(name).clone()
    }

    /// Headlines and changes of the stories that a reader has not seen.
    pub fn news(&self) -> Vec<(String, String)> {
        let stories = self.run(&["list", "--format", "jsonl"]).expect(0).json_lines();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut news: Vec<_> = stories.iter().map(|story| (text(&story["title"]), text(&story["change"]))).collect();
        news.sort();
        news
    }

    /// How many documents are stored.
    pub fn documents(&self) -> usize {
        let stories = self.run(&["list", "--since", "all", "--format", "jsonl"]).expect(0).json_lines();
        let articles = stories.iter().flat_map(|story| story["articles"].as_array().expect("a list"));
        articles.map(|article| article["documents"].as_array().expect("a list").len()).sum()
    }
}

pub fn new(titles: &[&str]) -> Vec<(String, String)> {
    titles.iter().map(|title| ((*title).to_owned(), "new".to_owned())).collect()
}

pub fn whole<'a>(id: &'a str, link: &'a str, title: &'a str, html: &'a str) -> Entry<'a> {
    Entry { id, link, title, html, minute: 0 }
}

/// Two articles that tell different events, whole in their feed.
pub fn two() -> [Entry<'static>; 2] {
    let rain = "<p>Heavy rain fell over the islands of Skerrin on Monday night, and the harbour of Vell was under water \
         until noon. Firemen pumped out forty cellars. Nobody was hurt, the mayor said, but the ferry to the mainland lay \
         still for nine hours, and the school remained closed. The weather service had warned of the storm two days \
         before, and most of the fishing boats were already tied up. A second front is expected on Thursday, though it \
         should bring more wind than water. The last flood of this kind came eleven years ago.</p>\
         <p>Insurers put the damage at two million crowns, and the council will meet on Friday to speak of a higher quay, \
         of new pumps, and of a road that does not end in the sea whenever the wind turns to the west. Until then, \
         sandbags lie ready at the fire station, and whoever needs them may come with a car. The market is moved to the \
         upper square for this week, and the library lends its hall to the school. Volunteers cook soup there at noon. \
         The harbour master asks everybody to keep away from the mole, where two lamps were torn off by the waves and \
         the railing hangs loose. Divers will look at the foundations as soon as the water is clear enough, which may \
         take until the weekend, and only then can larger ships come in again, among them the tanker that brings the \
         oil for the power station on the hill. Twelve families sleep at their neighbours' for the time being, and the \
         bakery in Quay Street, whose oven stood in the water, bakes its bread in the kitchen of the hospital. What the \
         sea has taken from the gardens below the church nobody has counted yet.</p>";
    let chess = "<p>Ida Morn, fourteen years old, has won the chess championship of the province after a final of six \
         hours. She beat the grandmaster Olen Brask with the black pieces, in an ending of rook and knight that experts \
         had called a draw. It is the first title for a player of her age since the tournament began in 1951. Her \
         teacher, a retired bus driver, had taught her the game in the waiting room of the depot. She wants to finish \
         school before she decides whether to play for a living.</p>\
         <p>The board on which the last game was played goes to the museum of games, and the winner's prize of five \
         thousand crowns into a fund for the youth club of her quarter. Brask praised her patience: he had offered a \
         draw on move forty, and she had smiled and shaken her head. Next month she travels to the masters in Tarn as \
         the youngest of sixteen players, with her little brother as second. The federation pays for the journey and \
         for a coach, the first one that she ever had apart from her teacher, who says that he has nothing left to \
         teach her but how to lose, which she has not needed so far. Tickets for the opening round were sold out within \
         an hour, and a screen will show the games on the market square, where pieces as high as a child stand ready \
         for everybody who wants to try what she does. A book with her games is to come out in spring, with notes by \
         the teacher, drawings by her brother, and an empty chapter at its end for those that she has not played. Her \
         mother, who drives a tram, says that she herself never learned how the knight moves.</p>";
    for text in [rain, chess] {
        assert!(text.len() > 1530, "{}: a summary of this length is the whole article", text.len());
    }
    [
        whole("1", "http://paper.example/1", "Flood in the harbour of Vell", rain),
        whole("2", "http://paper.example/2", "Girl of fourteen wins chess title", chess),
    ]
}

pub const TITLES: [&str; 2] = ["Flood in the harbour of Vell", "Girl of fourteen wins chess title"];

/// What a publisher answers who gives its whole feed once.
pub fn strict() -> Says {
    answer(429, &[("Retry-After", "86400")], "slow down")
}

fn one_whole_request_serves_adding_and_the_first_pass_and_nothing_is_lost(engine: Engine) {
    for bed in engine.beds() {
        let place = Place::new(bed);
        place.town.says(PAPER, "/a.xml", [feed_of(&two()), strict()]);
        let added = place.run(&["sources", "add", A, "--name", "a"]).expect(0);
        assert!(added.err.contains("2 items"), "{}", added.err);
        assert_eq!(place.news(), [], "nothing is listed before it is placed");
        assert!(!place.listed("a")["next_poll"].is_null(), "its next poll is planned");
        place.run(&["run"]).expect(0);
        place.run(&["run"]).expect(0);
        assert_eq!(place.town.paths(), ["/a.xml"], "one whole request");
        assert_eq!(place.news(), new(&TITLES));
        place.at("2026-11-14T09:00:00Z", &["run"]).expect(1);
        let sent = place.sent("/a.xml", "if-none-match");
        assert!(sent.len() == 2 && sent[1].is_some(), "the validators go back: {sent:?}");
        assert_eq!(place.news(), []);
    }
}

fn pages_wait_for_the_pass_and_what_a_pass_knows_is_known_to_the_next_source(engine: Engine) {
    for bed in engine.beds() {
        let place = Place::new(bed);
        let entry = whole("1", "http://paper.example/news/1", "Rain", "Short.");
        place.town.says(PAPER, "/a.xml", [feed_of(&[entry]), strict()]).says(PAPER, "/news/1", [page("rain")]);
        place.run(&["sources", "add", A]).expect(0);
        assert_eq!(place.town.paths(), ["/a.xml"]);
        place.run(&["run"]).expect(0);
        assert_eq!(place.town.paths(), ["/a.xml", "/robots.txt", "/news/1"]);
        assert_eq!(place.news().len(), 1);
        for twin in ["http://paper.example/a.xml/", "https://paper.example/a.xml", A] {
            let refused = place.run(&["sources", "add", twin, "--name", "other"]).expect(2);
            assert!(refused.err.contains("followed already"), "{}", refused.err);
        }
        assert_eq!(place.count("/a.xml"), 1, "one address is asked once");
    }
}

fn the_sitemaps_of_an_index_come_with_the_first_pass(engine: Engine) {
    for bed in engine.beds() {
        let place = Place::new(bed);
        let index = "<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\"><sitemap>\
             <loc>http://paper.example/news.xml</loc><lastmod>2026-11-12</lastmod></sitemap></sitemapindex>";
        let news = "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" \
             xmlns:n=\"http://www.google.com/schemas/sitemap-news/0.9\"><url><loc>http://paper.example/news/1</loc><n:news>\
             <n:publication><n:name>Paper</n:name><n:language>en</n:language></n:publication>\
             <n:publication_date>2026-11-12T07:00:00Z</n:publication_date><n:title>Rain</n:title></n:news></url></urlset>";
        place.town.says(PAPER, "/index.xml", [answer(200, &[("ETag", "\"1\"")], index), answer(304, &[], "")]);
        place.town.says(PAPER, "/news.xml", [answer(200, &[], news)]).says(PAPER, "/news/1", [page("rain")]);
        place.run(&["sources", "add", "http://paper.example/index.xml", "--kind", "sitemap"]).expect(0);
        assert_eq!(place.town.paths(), ["/index.xml"]);
        place.run(&["run"]).expect(0);
        assert_eq!(place.sent("/index.xml", "if-none-match"), [None, Some("\"1\"".to_owned())]);
        assert_eq!((place.count("/news.xml"), place.news().len()), (1, 1));
    }
}

fn a_host_that_asks_for_a_pause_while_a_source_is_added_is_left_alone_by_all_that_follows(engine: Engine) {
    for bed in engine.beds() {
        let place = Place::new(bed);
        place.town.says(PAPER, "/a.xml", [strict()]).says(PAPER, "/b.xml", [feed_of(&[])]);
        let refused = place.run(&["sources", "add", A]).expect(1);
        assert!(refused.err.contains("429") && refused.err.contains("--unchecked"), "{}", refused.err);
        let held = place.run(&["sources", "add", "http://paper.example/b.xml"]).expect(1);
        assert!(held.err.contains("asked to be left alone until 2026-11-13T08:00:00Z"), "{}", held.err);
        place.run(&["sources", "add", "http://paper.example/b.xml", "--unchecked"]).expect(0);
        place.run(&["run"]).expect(0);
        assert_eq!(place.town.paths(), ["/a.xml"]);
        place.at("2026-11-13T08:01:00Z", &["run"]).expect(0);
        assert_eq!(place.town.paths(), ["/a.xml", "/b.xml"]);
    }
}

#[test]
fn a_page_that_names_its_feed_is_asked_before_it_with_the_gap_between_them() {
    let place = Place::new(Bed::new()).with("host_gap_ms = 300\n");
    let home = "<html><head><link rel=alternate type=application/rss+xml href=/b.xml></head><body>Paper</body></html>";
    place.town.says(PAPER, "/a.xml", [redirect(302, "/home")]);
    place.town.says(PAPER, "/home", [answer(200, &[("Content-Type", "text/html"), ("ETag", "\"page\"")], home)]);
    let rain = story("rain");
    place.town.says(PAPER, "/b.xml", [feed_of(&[whole("1", "http://paper.example/1", "Rain", &rain)]), strict()]);
    place.run(&["sources", "add", A]).expect(0);
    let calls = place.town.calls();
    assert_eq!(place.town.paths(), ["/a.xml", "/home", "/b.xml"]);
    let gaps = calls.windows(2).map(|pair| pair[1].at - pair[0].at);
    assert!(gaps.min().expect("calls") >= Duration::from_millis(250), "{calls:?}");
    place.run(&["run"]).expect(0);
    assert_eq!((place.town.calls().len(), place.news().len()), (3, 1));
}

#[test]
fn nothing_is_asked_where_the_answer_could_not_be_kept() {
    let place = Place::new(Bed::new());
    place.town.says(PAPER, "/a.xml", [feed_of(&[])]);
    std::fs::write(place.bed.store(), "a file where the folder should be").expect("room");
    place.run(&["sources", "add", A]).expect(3);
    assert_eq!(place.town.paths(), [] as [&str; 0]);
}

#[test]
fn more_than_a_pass_takes_is_said_and_comes_with_the_next_passes() {
    let place = Place::new(Bed::new()).with("new_items = 2\n");
    let texts = [story("rain"), story("snow"), story("hail")];
    let links = ["http://paper.example/1", "http://paper.example/2", "http://paper.example/3"];
    let entries: Vec<Entry<'_>> =
        (0..3).map(|at| Entry { minute: at as u8, ..whole(links[at], links[at], links[at], &texts[at]) }).collect();
    place.town.says(PAPER, "/a.xml", [feed_of(&entries)]);
    let added = place.run(&["sources", "add", A]).expect(0);
    assert!(added.err.contains("2 of 3 new items taken"), "{}", added.err);
    place.run(&["run"]).expect(0);
    assert_eq!(place.documents(), 2);
    place.at("2026-11-12T10:00:00Z", &["run"]).expect(0);
    assert_eq!(place.sent("/a.xml", "if-none-match"), [None, None], "what was left is asked for");
    assert_eq!(place.documents(), 3);
}

#[test]
fn an_entry_that_cannot_be_read_is_said_when_its_source_is_added() {
    let place = Place::new(Bed::new());
    let rest = "<item><title>b</title><link>http://paper.example/2</link></item>".repeat(900);
    let feed = format!("<rss version='2.0'><channel><title>P</title><item><title>a</title>{rest}");
    place.town.says(PAPER, "/a.xml", [answer(200, &[("ETag", "\"1\"")], feed)]);
    let place = place.with("max_feed_bytes = 20000\n");
    let added = place.run(&["sources", "add", A, "--name", "a"]).expect(0);
    assert!(added.err.contains("larger than fetch.max_feed_bytes (20000 bytes)"), "{}", added.err);
    assert!(place.run(&["doctor"]).out.contains("a: larger than fetch.max_feed_bytes"));
}

over_engines! {
    each: [
        one_whole_request_serves_adding_and_the_first_pass_and_nothing_is_lost,
        pages_wait_for_the_pass_and_what_a_pass_knows_is_known_to_the_next_source,
        the_sitemaps_of_an_index_come_with_the_first_pass,
        a_host_that_asks_for_a_pause_while_a_source_is_added_is_left_alone_by_all_that_follows,
    ],
}
