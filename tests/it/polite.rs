//! The ten promises to publishers (P1 to P10), held by the program itself: its clock is set by `--now`, and the
//! town records what it asks for. What each promise means in detail stands in `fetch` and `schedule`.

use crate::pass::command::{Desk, ended, text};
use crate::pass::{Entry, OTHER, PAPER, feed_of, hours, page, start, story};
use crate::town::{Says, answer, feed, redirect};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

const A: (&str, &str) = ("a", "http://paper.example/a.xml");
const B: (&str, &str) = ("b", "http://paper.example/b.xml");
const C: (&str, &str) = ("c", "http://other.example/c.xml");

impl Desk {
    /// Runs a command so many hours after the start; `run` may find sources that fail.
    async fn at(&self, hour: i64, arguments: &[&str]) -> String {
        let now = (start() + hours(hour)).to_string();
        let output = self.done(&[&["--now", &now], arguments].concat()).await;
        let told = text(&output.stderr);
        assert!(matches!(output.status.code(), Some(0 | 1)), "{:?}: {told}", output.status);
        text(&output.stdout) + &told
    }

    /// What `sources list` says of a source.
    async fn listed(&self, name: &str) -> Value {
        let listed = text(&self.done(&["sources", "list", "--format", "json"]).await.stdout);
        let listed: Value = serde_json::from_str(&listed).expect("JSON");
        let sources = listed["sources"].as_array().expect("a list").clone();
        sources.into_iter().find(|source| source["name"] == name).expect(name)
    }

    fn count(&self, path: &str) -> usize {
        self.town.paths().iter().filter(|asked| *asked == path).count()
    }

    /// A header of every request for a path, in order.
    fn sent(&self, path: &str, header: &str) -> Vec<Option<Vec<u8>>> {
        let calls = self.town.calls();
        calls.iter().filter(|call| call.path == path).map(|call| call.header(header).map(<[u8]>::to_vec)).collect()
    }
}

fn bytes(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn p1_only_the_first_request_of_ten_passes_is_unconditional_and_validators_go_back_byte_for_byte() {
    let desk = Desk::new().await;
    let odd = [("ETag", "W/\"a,b-é==\""), ("Last-Modified", "tuesday-ish")];
    desk.town.says(PAPER, "/a.xml", [feed(&odd), answer(304, &[], "")]);
    desk.follow(&[A]);
    for pass in 0..10 {
        desk.at(2 * pass, &["run"]).await;
    }
    let (tags, dates) = (desk.sent("/a.xml", "if-none-match"), desk.sent("/a.xml", "if-modified-since"));
    assert_eq!((tags.len(), &tags[0], &dates[0]), (10, &None, &None));
    assert!(tags[1..].iter().all(|tag| *tag == Some(bytes("W/\"a,b-é==\""))), "{tags:?}");
    assert!(dates[1..].iter().all(|date| *date == Some(bytes("tuesday-ish"))), "{dates:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn p2_validators_are_replaced_by_every_200_and_304_and_by_nothing_else() {
    let desk = Desk::new().await;
    let answers = [
        feed(&[("ETag", "\"1\""), ("Last-Modified", "then")]),
        answer(304, &[("ETag", "\"2\"")], ""),
        answer(304, &[], ""),
        answer(503, &[("ETag", "\"no\"")], "busy"),
        answer(200, &[("ETag", "\"no\"")], "<html><body>Sorry</body></html>"),
        feed(&[("ETag", "\"3\"")]),
        answer(304, &[], ""),
    ];
    desk.town.says(PAPER, "/a.xml", answers);
    desk.follow(&[A]);
    for day in 0..7 {
        desk.at(25 * day, &["run"]).await;
    }
    let two = Some(bytes("\"2\""));
    let tags = [None, Some(bytes("\"1\"")), two.clone(), two.clone(), two.clone(), two, Some(bytes("\"3\""))];
    assert_eq!(desk.sent("/a.xml", "if-none-match"), tags);
    let then = Some(bytes("then"));
    let dates = [None, then.clone(), then.clone(), then.clone(), then.clone(), then, None];
    assert_eq!(desk.sent("/a.xml", "if-modified-since"), dates);
}

#[tokio::test(flavor = "multi_thread")]
async fn p3_a_304_is_success_with_one_request_and_plans_by_its_own_headers() {
    let desk = Desk::new().await;
    desk.town.says(
        PAPER,
        "/a.xml",
        [feed(&[("ETag", "\"1\"")]), answer(500, &[], "no"), answer(304, &[("Cache-Control", "max-age=18000")], "")],
    );
    desk.follow(&[A]);
    desk.at(0, &["run"]).await;
    desk.at(3, &["run"]).await;
    assert!(!desk.listed("a").await["failure"].is_null());
    desk.at(6, &["run"]).await;
    let now = desk.listed("a").await;
    assert_eq!((desk.count("/a.xml"), &now["failure"], &now["failing_since"]), (3, &Value::Null, &Value::Null));
    assert_eq!(now["last_success"], (start() + hours(6)).to_string());
    assert_eq!(now["next_poll_rule"]["rule"], "max-age");
    let next: jiff::Timestamp = now["next_poll"].as_str().expect("a time").parse().expect("a time");
    assert!((start() + hours(11)..start() + hours(12)).contains(&next), "{next}");
}

#[tokio::test(flavor = "multi_thread")]
async fn p4_retry_after_holds_through_restarts_and_only_force_overrides_it_and_says_so() {
    let desk = Desk::new().await;
    desk.town.says(PAPER, "/a.xml", [answer(503, &[("Retry-After", "10800")], "busy"), feed(&[("ETag", "\"1\"")])]);
    desk.follow(&[A]);
    for hour in [0, 0, 1, 2] {
        desk.at(hour, &["run"]).await;
    }
    assert_eq!(desk.count("/a.xml"), 1);
    assert_eq!(desk.listed("a").await["next_poll_rule"]["rule"], "retry-after");
    let told = desk.at(2, &["run", "--force"]).await;
    assert!(told.contains("--force") && told.contains("against what publishers said"), "{told}");
    assert_eq!(desk.count("/a.xml"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn p5_freshness_and_hints_decide_when_and_every_rule_is_shown() {
    let desk = Desk::new().await;
    let slow = "<rss version=\"2.0\"><channel><title>P</title><ttl>300</ttl></channel></rss>";
    desk.town.says(PAPER, "/a.xml", [feed(&[("ETag", "\"1\""), ("Cache-Control", "max-age=7200"), ("Age", "0")])]);
    desk.town.says(PAPER, "/b.xml", [answer(200, &[("ETag", "\"1\"")], slow)]);
    desk.town.says(OTHER, "/c.xml", [feed(&[])]);
    desk.follow(&[A, B, C]).at(0, &["run"]).await;
    let doctor = desk.at(0, &["doctor"]).await;
    for (name, rule, told, least) in [
        ("a", "max-age", "max-age of the last answer", 2),
        ("b", "ttl", "ttl: 300 min", 5),
        ("c", "floor", "neither ETag nor", 24),
    ] {
        let listed = desk.listed(name).await;
        assert_eq!(listed["next_poll_rule"]["rule"], rule, "{name}");
        assert!(doctor.contains(told), "{name}: {doctor}");
        let next: jiff::Timestamp = listed["next_poll"].as_str().expect("a time").parse().expect("a time");
        assert!(next >= start() + hours(least), "{name}: {next}");
    }
    desk.at(1, &["run"]).await;
    assert_eq!(desk.town.calls().len(), 3, "nobody is due an hour later");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn p6_a_pass_that_is_killed_repeats_only_the_poll_that_was_in_flight() {
    let desk = Desk::new().await;
    let whole = Entry { id: "1", link: "http://other.example/1", title: "Rain", html: &story("rain"), minute: 0 };
    desk.town.says(PAPER, "/a.xml", [feed(&[("ETag", "\"1\"")])]);
    desk.town.says(PAPER, "/b.xml", [Says::Silence, feed(&[("ETag", "\"1\"")])]);
    desk.town.says(OTHER, "/c.xml", [feed_of(&[whole])]);
    let mut killed = desk.follow(&[A, B, C]).start(&["--now", &start().to_string(), "run"]);
    desk.asked("/b.xml").await;
    // Readers stand beside the writer: they see when the two answers are stored.
    let stored = async {
        while desk.listed("a").await["last_success"].is_null() || desk.listed("c").await["last_success"].is_null() {}
    };
    tokio::time::timeout(Duration::from_mins(1), stored).await.expect("stored while another source is being asked");
    killed.kill().expect("a running program");
    ended(killed).await;
    desk.at(0, &["run"]).await;
    assert_eq!((desk.count("/a.xml"), desk.count("/b.xml"), desk.count("/c.xml")), (1, 2, 1));
    let listed = desk.at(0, &["list", "--peek", "--format", "jsonl"]).await;
    assert!(listed.contains("Rain"), "what the killed pass had read is placed by the next: {listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn p6_a_second_pass_at_once_asks_nobody_and_after_three_days_each_once() {
    let desk = Desk::new().await;
    let twin = ("twin", "http://paper.example/a.xml/");
    for (host, path) in [(PAPER, "/a.xml"), (PAPER, "/b.xml"), (OTHER, "/c.xml")] {
        desk.town.says(host, path, [feed(&[("ETag", "\"1\"")])]);
    }
    desk.follow(&[A, twin, B, C]).at(0, &["run"]).await;
    desk.at(0, &["run"]).await;
    let mut paths = desk.town.paths();
    paths.sort();
    assert_eq!(paths, ["/a.xml", "/b.xml", "/c.xml"]);
    desk.at(72, &["run"]).await;
    desk.at(72, &["run"]).await;
    assert_eq!((desk.count("/a.xml"), desk.count("/b.xml"), desk.count("/c.xml")), (2, 2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn p7_a_permanent_redirect_is_kept_after_three_days_and_a_temporary_one_never() {
    let desk = Desk::new().await;
    desk.town.says(PAPER, "/a.xml", [redirect(301, "/new.xml")]).says(PAPER, "/new.xml", [feed(&[("ETag", "\"n\"")])]);
    desk.town.says(PAPER, "/b.xml", [redirect(302, "/for-now.xml")]);
    desk.town.says(PAPER, "/for-now.xml", [feed(&[("ETag", "\"f\"")])]);
    desk.follow(&[A, B]);
    for day in 0..5 {
        desk.at(25 * day, &["run"]).await;
    }
    assert_eq!((desk.count("/a.xml"), desk.count("/new.xml")), (3, 5));
    assert_eq!((desk.count("/b.xml"), desk.count("/for-now.xml")), (5, 5));
    assert!(desk.sent("/a.xml", "if-none-match").iter().all(Option::is_none), "validators belong to the final address");
    assert_eq!(desk.sent("/new.xml", "if-none-match")[1], Some(bytes("\"n\"")));
}

#[tokio::test(flavor = "multi_thread")]
async fn p8_gone_is_gone_for_thirty_days_and_failures_back_off_until_one_success() {
    let desk = Desk::new().await;
    desk.town.says(PAPER, "/a.xml", [answer(410, &[], "gone")]);
    let no = || answer(404, &[], "no");
    desk.town.says(PAPER, "/b.xml", [no(), no(), no(), feed(&[("ETag", "\"1\"")]), no()]);
    desk.follow(&[A, B]);
    let mut asked = Vec::new();
    for hour in 0..7 {
        let before = desk.count("/b.xml");
        desk.at(hour, &["run"]).await;
        if desk.count("/b.xml") > before {
            asked.push(hour);
        }
    }
    // An hour, two, four, each with its jitter on top.
    assert_eq!(asked[..2], [0, 2], "{asked:?}");
    assert!(asked.len() == 3 && asked[2] >= 4, "{asked:?}");
    let doctor = desk.at(7, &["doctor"]).await;
    assert!(doctor.contains("a: gone (410)"), "{doctor}");
    for day in [1, 2, 10, 30] {
        desk.at(24 * day, &["run"]).await;
    }
    assert_eq!(desk.count("/a.xml"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn p9_requests_are_clean_and_stay_within_what_was_configured() {
    let desk = Desk::new().await;
    let entry = Entry { id: "1", link: "http://paper.example/news/1", title: "Rain", html: "Short.", minute: 0 };
    let Says::Raw(mut listed) = feed_of(&[entry]) else { unreachable!("a feed is raw bytes") };
    let at = listed.windows(2).position(|pair| pair == b"\r\n").expect("a head") + 2;
    listed.splice(at..at, b"Set-Cookie: id=1; Path=/\r\n".iter().copied());
    desk.town.says(PAPER, "/a.xml", [redirect(302, "/b.xml")]).says(PAPER, "/b.xml", [Says::Raw(listed)]);
    desk.town.says(PAPER, "/news/1", [page("rain")]);
    desk.follow(&[A]);
    for day in 0..2 {
        desk.at(25 * day, &["run"]).await;
    }
    let agent = format!("samestory/{} (+test@home.example)", env!("CARGO_PKG_VERSION"));
    let known = ["accept", "accept-encoding", "host", "user-agent", "if-none-match", "if-modified-since"];
    for call in desk.town.calls() {
        assert_eq!((call.method.as_str(), call.text("user-agent")), ("GET", Some(agent.as_str())));
        let odd: Vec<_> =
            call.headers.iter().map(|pair| pair.0.as_str()).filter(|name| !known.contains(name)).collect();
        assert!(odd.is_empty(), "{}: {odd:?}", call.path);
    }
    let asked: BTreeSet<String> = desk.town.paths().into_iter().collect();
    let within = ["/a.xml", "/b.xml", "/news/1", "/robots.txt"].map(str::to_owned);
    assert_eq!(asked, BTreeSet::from(within));
    assert_eq!((desk.count("/news/1"), desk.count("/robots.txt")), (1, 1), "a page is fetched once");
}

#[tokio::test(flavor = "multi_thread")]
async fn p10_one_request_at_a_time_with_a_gap_and_no_more_pages_than_the_cap() {
    let desk = Desk::new().await;
    let pages = |from: usize| -> Vec<(String, String)> {
        (from..from + 12).map(|n| (format!("id-{n}"), format!("http://paper.example/news/{n}"))).collect()
    };
    let listed = |named: &[(String, String)]| {
        let entries: Vec<Entry<'_>> = named
            .iter()
            .enumerate()
            .map(|(place, (id, link))| Entry { id, link, title: "Rain", html: "Short.", minute: place as u8 })
            .collect();
        feed_of(&entries)
    };
    let named = pages(0);
    let renamed: Vec<_> = named.iter().map(|(id, link)| (format!("{id}-renamed"), link.clone())).collect();
    desk.town.says(PAPER, "/a.xml", [listed(&named), listed(&renamed)]).says(PAPER, "/b.xml", [feed(&[])]);
    desk.town.says(OTHER, "/c.xml", [feed(&[("ETag", "\"1\"")])]);
    desk.town.says(PAPER, "/robots.txt", [answer(200, &[], "User-agent: *\nDisallow: /news/11\n")]);
    for number in 0..12 {
        desk.town.says(PAPER, &format!("/news/{number}"), [page(&format!("rain of day {number}"))]);
    }
    desk.follow_with("host_gap_ms = 40\npages_per_host = 5\n", &[A, B, C]).at(0, &["run"]).await;
    let fetched = |desk: &Desk| desk.town.paths().iter().filter(|path| path.starts_with("/news/")).count();
    assert_eq!(fetched(&desk), 4, "five wishes, the newest of which robots.txt forbids");
    assert_eq!(desk.town.most_in_flight(PAPER), 1);
    let times: Vec<_> = desk.town.calls().into_iter().filter(|call| call.host == PAPER).map(|call| call.at).collect();
    let taken = times[times.len() - 1].duration_since(times[0]);
    // The first had come in before the second started: all gaps but one lie between.
    assert!(taken >= Duration::from_millis(40) * (times.len() as u32 - 2), "{taken:?} for {} requests", times.len());
    desk.at(0, &["run"]).await;
    assert_eq!(fetched(&desk), 9, "the rest waits for the next pass");
    assert_eq!((desk.count("/news/11"), desk.count("/robots.txt")), (0, 1));
    // All ids are new a day later; the addresses are not.
    desk.at(25, &["run"]).await;
    assert!(fetched(&desk) <= 9 + 5, "{}", fetched(&desk));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_article_page_is_asked_for_again_only_by_its_validators() {
    let desk = Desk::new().await;
    let entry = Entry { id: "1", link: "http://paper.example/1", title: "Rain", html: "Short.", minute: 0 };
    desk.town.says(PAPER, "/a.xml", [feed_of(&[entry]), feed_of(&[Entry { html: "Short, edited.", ..entry }])]);
    let Says::Raw(mut whole) = page("rain") else { unreachable!("a page is raw bytes") };
    let at = whole.windows(2).position(|pair| pair == b"\r\n").expect("a head") + 2;
    whole.splice(at..at, b"ETag: \"p1\"\r\n".iter().copied());
    desk.town.says(PAPER, "/1", [Says::Raw(whole), answer(304, &[], "")]);
    desk.follow(&[A]).at(0, &["run"]).await;
    desk.at(25, &["run"]).await;
    assert_eq!(desk.sent("/1", "if-none-match"), [None, Some(bytes("\"p1\""))]);
    let told = desk.at(50, &["run"]).await;
    assert_eq!(desk.count("/1"), 2, "it waits no longer: {told}");
    let listed = desk.at(50, &["list", "--peek", "--format", "jsonl"]).await;
    assert!(listed.contains("\"documents\":[{") && !listed.contains("\"role\":\"update\""), "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sitemaps_are_read_again_while_their_index_is_not_modified() {
    let desk = Desk::new().await;
    let index = "<sitemapindex><sitemap><loc>http://paper.example/news.xml</loc></sitemap></sitemapindex>";
    let map =
        |page: &str| answer(200, &[], format!("<urlset><url><loc>http://paper.example/{page}</loc></url></urlset>"));
    desk.town.says(PAPER, "/a.xml", [answer(200, &[("ETag", "\"i\"")], index), answer(304, &[], "")]);
    desk.town.says(PAPER, "/news.xml", [map("bridge"), map("ferry")]);
    desk.town.says(PAPER, "/bridge", [page("bridge")]).says(PAPER, "/ferry", [page("ferry")]);
    desk.follow(&[A]).at(0, &["run"]).await;
    desk.at(25, &["run"]).await;
    assert_eq!(desk.sent("/a.xml", "if-none-match"), [None, Some(bytes("\"i\""))]);
    assert_eq!((desk.count("/news.xml"), desk.count("/bridge"), desk.count("/ferry")), (2, 1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configured_proxy_is_asked_for_everybody_but_hosts_of_our_own() {
    let desk = Desk::new().await;
    let far = ("far", "http://far.example/feed.xml");
    desk.town.says("far.example", "http://far.example/feed.xml", [feed(&[("ETag", "\"1\"")])]);
    desk.town.says(PAPER, "/a.xml", [feed(&[("ETag", "\"1\"")])]);
    let settings = format!("host_gap_ms = 0\nproxy = \"http://reader:hush@{}\"\n", desk.town.addr);
    let told = desk.follow_with(&settings, &[A, far]).at(0, &["run"]).await;
    let mut paths = desk.town.paths();
    paths.sort();
    assert_eq!(paths, ["/a.xml", "http://far.example/feed.xml"]);
    assert!(!told.contains("hush"), "{told}");
    for (setting, key) in [("proxy = \"http://\"", "fetch.proxy"), ("ca_file = \"no-such.pem\"", "fetch.ca_file")] {
        let output = desk.follow_with(&format!("{setting}\n"), &[A]).done(&["run", "--force"]).await;
        let told = text(&output.stderr);
        assert!(output.status.code() != Some(0) && told.contains(key), "{setting}: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_gives_no_contact_is_told_so() {
    let desk = Desk::new().await;
    let mut config = String::from("[fetch]\nhost_gap_ms = 0\n");
    let _ =
        write!(config, "allow_private_hosts = [\"{PAPER}\"]\n[fetch.hosts]\n\"{PAPER}\" = \"{}\"\n", desk.town.addr);
    let _ = write!(config, "[[sources]]\nname = \"a\"\nurl = \"{}\"\n", A.1);
    std::fs::write(desk.folder.path().join("config.toml"), config).expect("room");
    desk.town.says(PAPER, "/a.xml", [feed(&[])]);
    let told = desk.at(0, &["run"]).await;
    assert!(told.contains("`fetch.contact` is empty"), "{told}");
    assert_eq!(desk.town.calls()[0].text("user-agent"), Some(concat!("samestory/", env!("CARGO_PKG_VERSION"))));
}
