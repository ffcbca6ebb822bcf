//! Every bad input gets one clear line, the right exit code, and loses nothing.

use super::bed::{Bed, fixture};
use super::town::{Town, answer, feed};
use samestory_store::SledStore;
use std::time::Duration;

/// A configuration that follows the given addresses of a town.
fn following(town: &Town, addresses: &[(&str, &str)]) -> String {
    let mut text = "[fetch]\ncontact = \"test@samestory.example\"\nhost_gap_ms = 1\nconnect_timeout = 3\n".to_owned();
    let mut hosts: Vec<String> =
        addresses.iter().map(|(_, url)| url.split('/').nth(2).expect("a host").to_owned()).collect();
    hosts.sort();
    hosts.dedup();
    text.push_str(&format!("allow_private_hosts = {hosts:?}\n[fetch.hosts]\n"));
    for host in &hosts {
        let place = if host.starts_with("nobody") { "127.0.0.1:1".to_owned() } else { town.addr.to_string() };
        text.push_str(&format!("\"{host}\" = \"{place}\"\n"));
    }
    for (name, url) in addresses {
        text.push_str(&format!("[[sources]]\nname = \"{name}\"\nurl = \"{url}\"\n"));
    }
    text
}

fn town() -> (tokio::runtime::Runtime, Town) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let town = runtime.block_on(Town::open());
    (runtime, town)
}

#[test]
fn bad_sources_are_told_one_by_one_and_stop_no_pass() {
    let (_runtime, town) = town();
    let item = "<rss version=\"2.0\"><channel><title>A</title><item><guid>1</guid><title>Rain over the bay</title>\
                <link>http://good.example/1</link><pubDate>Wed, 11 Nov 2026 08:00:00 GMT</pubDate></item></channel></rss>";
    town.says("good.example", "/feed", [answer(200, &[("Content-Type", "application/rss+xml")], item)]);
    town.says("page.example", "/feed", [answer(
        200,
        &[("Content-Type", "text/html")],
        "<!doctype html><html><head><link rel=\"alternate\" type=\"application/rss+xml\" href=\"/real.xml\"></head><body><p>Hello</p></body></html>",
    )]);
    town.says("empty.example", "/feed", [answer(200, &[], "")]);
    let config = following(
        &town,
        &[
            ("good", "http://good.example/feed"),
            ("page", "http://page.example/feed"),
            ("empty", "http://empty.example/feed"),
            ("nobody", "http://nobody.example/feed"),
        ],
    );
    let bed = Bed::new();
    let ran = bed.run_with(&config, &["run"]).expect(1);
    for told in [
        "http://page.example/feed: this page is no feed (hint: it links to feeds: samestory sources add http://page.example/real.xml)",
        "http://empty.example/feed: the answer is empty",
        "http://nobody.example/feed: no connection",
    ] {
        assert_eq!(ran.err.matches(told).count(), 1, "{told}: {}", ran.err);
    }
    assert!(ran.err.contains("1 documents stored"), "{}", ran.err);
    let listed = bed.run_with(&config, &["list", "--peek", "--format", "jsonl"]).expect(0).json_lines();
    assert_eq!(listed[0]["title"], "Rain over the bay");
    let calls = town.calls().len();
    let again = bed.run_with(&config, &["run"]).expect(0);
    assert_eq!(town.calls().len(), calls, "a second pass at once asked again");
    assert!(again.err.contains("asked 0 sources"), "{}", again.err);
}

#[test]
fn an_address_that_is_no_source_is_not_followed() {
    let (_runtime, town) = town();
    town.says("good.example", "/feed", [feed(&[])]);
    town.says("page.example", "/", [answer(200, &[], "<html><body><a href=\"/rss.xml\">RSS</a></body></html>")]);
    let one = "<html><head><link rel=\"alternate\" type=\"application/rss+xml\" href=\"/feed\"></head></html>";
    town.says("good.example", "/", [answer(200, &[], one)]);
    let config = following(&town, &[("x", "http://nobody.example/feed")])
        .replace(
            "\"nobody.example\" = ",
            &format!("\"good.example\" = \"{0}\"\n\"page.example\" = \"{0}\"\n\"nobody.example\" = ", town.addr),
        )
        .replace("[\"nobody.example\"]", "[\"nobody.example\", \"good.example\", \"page.example\"]");
    let bed = Bed::new();
    let wrong = bed.run_with(&config, &["sources", "add", "http://page.example/"]).expect(1);
    assert!(wrong.err.contains("http://page.example/rss.xml: the publisher answered 404"), "{}", wrong.err);
    let refused = bed.run(&["sources", "add", "http://127.0.0.1:9/feed"]).expect(2);
    assert!(refused.err.contains("allow_private_hosts"), "{}", refused.err);
    let found = bed.run_with(&config, &["sources", "add", "http://good.example/"]).expect(0);
    assert!(found.err.contains("following http://good.example/feed as good.example"), "{}", found.err);
    let twice = bed.run_with(&config, &["sources", "add", "http://good.example/feed"]).expect(2);
    assert!(twice.err.contains("followed already"), "{}", twice.err);
    let listed = bed.run_with(&config, &["sources", "list"]).expect(0).out;
    assert!(listed.contains("good.example") && !listed.contains("page.example"), "{listed}");
    bed.run(&["sources", "remove", "good.example"]).expect(0);
    bed.run(&["sources", "remove", "good.example"]).expect(2);
}

#[test]
fn configuration_mistakes_are_named_with_their_place() {
    let bed = Bed::new();
    let ran = bed.run_with("[fetch]\nintervall = 3600\n", &["doctor"]).expect(2);
    assert!(ran.err.contains("config.toml:2") && ran.err.contains("fetch.intervall"), "{}", ran.err);
    assert!(ran.err.contains("hint:") && ran.err.contains("`interval`"), "{}", ran.err);
    let ran = bed.run_with("[fetch\n", &["doctor"]).expect(2);
    assert!(ran.err.contains("config.toml:1"), "{}", ran.err);
    let ran = bed.run(&["--config", "no-such-file.toml", "doctor"]).expect(2);
    assert!(ran.err.contains("no-such-file.toml"), "{}", ran.err);
    bed.run(&["nonsense"]).expect(2);
    assert_eq!(bed.run(&["--help"]).expect(0).err, "");
}

#[test]
fn a_page_of_fifty_megabytes_costs_no_more_than_a_large_one() {
    let bed = Bed::new();
    let paragraph = "<p>The council closed the old bridge on Monday, and a ferry takes its place until spring.</p>\n";
    let mut page = "<html><head><title>Bridge closed</title></head><body><h1>Bridge closed</h1><article>".to_owned();
    page.push_str(&paragraph.repeat(50 * 1024 * 1024 / paragraph.len()));
    let path = bed.file("huge.html", page);
    let (ran, spent) = bed.run_counted(&["extract", path.to_str().expect("UTF-8"), "--format", "json"]);
    assert!(ran.expect(0).out.contains("Bridge closed"));
    assert!(spent < Duration::from_secs(20), "{spent:?}");
}

#[test]
fn hostile_pages_are_refused_with_a_reason() {
    let bed = Bed::new();
    let deep = format!("<html><body>{}text{}</body></html>", "<div>".repeat(100_000), "</div>".repeat(100_000));
    for (name, bytes, told) in [
        ("paper.html", b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n1 0 obj".to_vec(), "PDF"),
        ("empty.html", Vec::new(), "empty"),
        ("scripts.html", b"<html><body><script>render()</script></body></html>".to_vec(), "only scripts"),
        ("frames.html", b"<html><frameset><frame src=\"a.html\"></frameset></html>".to_vec(), "frames"),
        ("deep.html", deep.into_bytes(), "not an article"),
    ] {
        let path = bed.file(name, bytes);
        let ran = bed.run(&["extract", path.to_str().expect("UTF-8")]).expect(1);
        assert!(ran.err.contains(told) && ran.err.contains(name), "{name}: {}", ran.err);
        assert_eq!(ran.out, "");
    }
    let ran = bed.run(&["extract", "no-such-page.html"]).expect(2);
    assert!(ran.err.contains("no-such-page.html"), "{}", ran.err);
}

#[test]
fn a_bad_file_or_line_never_stops_an_import() {
    let bed = Bed::new();
    let noise: Vec<u8> = (0..4096u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    bed.file("in/noise.txt", noise);
    bed.file("in/feed.xml", "<html><body>no feed</body></html>");
    bed.file(
        "in/lines.jsonl",
        "{\"id\":1,\"title\":\"Eine Brücke wird gesperrt\",\"text\":\"Die Brücke über die Elbe ist seit Montag gesperrt.\",\"lang\":\"de\"}\nno json\n{\"id\":3}\n",
    );
    let good = std::fs::read(fixture("saved/hospital-ship.txt")).expect("a fixture");
    bed.file("in/page.txt", good);
    let ran = bed.run(&["import", "in"]).expect(1);
    for told in ["noise.txt", "feed.xml", "lines.jsonl:2", "lines.jsonl:3"] {
        assert_eq!(ran.err.lines().filter(|line| line.contains(told)).count(), 1, "{told}: {}", ran.err);
    }
    assert!(ran.err.contains("2 documents stored"), "{}", ran.err);
    let again = bed.run(&["import", "in"]).expect(1);
    assert!(again.err.contains("0 documents stored, 2 known already"), "{}", again.err);
}

#[test]
fn a_store_that_is_being_written_is_read_and_not_written_twice() {
    let bed = Bed::new();
    let page = bed.file("a.txt", std::fs::read(fixture("saved/hospital-ship.txt")).expect("a fixture"));
    let page = page.to_str().expect("UTF-8");
    bed.run(&["import", page]).expect(0);
    let held = SledStore::open(&bed.store()).expect("the store");
    for arguments in [vec!["run"], vec!["import", page], vec!["sources", "add", "http://a.example/", "--unchecked"]] {
        let ran = bed.run_with("[store]\nwait = 0\n", &arguments).expect(3);
        assert!(ran.err.contains("another samestory") && ran.err.contains("process"), "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains("hint:"), "{}", ran.err);
    }
    for arguments in [vec!["list"], vec!["doctor"], vec!["sources", "list"]] {
        bed.run(&arguments).expect(0);
    }
    drop(held);
    bed.run(&["import", page]).expect(0);
}

#[test]
fn a_store_that_is_not_there_is_named_with_what_to_do() {
    let bed = Bed::new();
    for arguments in [vec!["list"], vec!["show", "s0000000000000"], vec!["explain", "d0000000000000"]] {
        let ran = bed.run(&arguments).expect(3);
        assert!(ran.err.contains("no store here yet") && ran.err.contains("samestory run"), "{}", ran.err);
    }
    let plain = Bed::new();
    plain.file("store", "this is no folder");
    let ran = plain.run(&["run"]).expect(3);
    assert!(ran.err.contains("store") && ran.err.contains("hint:"), "{}", ran.err);
}

#[test]
fn equal_ids_in_two_files_of_lines_are_two_documents() {
    let bed = Bed::new();
    let line =
        |title: &str, text: &str| format!("{{\"id\":1,\"title\":\"{title}\",\"text\":\"{text}\",\"lang\":\"en\"}}\n");
    bed.file("in/a.jsonl", line("Bridge closed for repairs", "The old bridge over the Elm stays closed until spring."));
    bed.file("in/b.jsonl", line("Rice harvest sets a record", "Farmers in the delta brought in more rice than ever."));
    bed.run(&["import", "in"]).expect(0);
    let stories = bed.run(&["list", "--format", "jsonl"]).expect(0).json_lines();
    assert_eq!(stories.len(), 2);
    assert!(stories[0]["articles"][0]["documents"][0]["url"].as_str().is_some_and(|url| url.contains(".jsonl")));
}

#[test]
fn what_opens_a_source_is_shown_nowhere() {
    let bed = Bed::new();
    let ran = bed.run(&["sources", "add", "https://reader:hush@a.example/feed", "--unchecked"]).expect(0);
    let listed = bed.run(&["sources", "list", "--format", "json"]).expect(0).out;
    let exported = bed.run(&["sources", "export"]).expect(0).out;
    let log = std::fs::read(bed.store().join("g1/stories-1.log")).expect("the log");
    assert!(listed.contains("a.example") && exported.contains("a.example"));
    for text in [ran.err, listed, exported, String::from_utf8_lossy(&log).into_owned()] {
        assert!(!text.contains("hush"), "{text}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(bed.store()).expect("the store").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_in_a_folder_is_told_and_not_waited_for() {
    let bed = Bed::new();
    bed.file("in/page.txt", std::fs::read(fixture("saved/hospital-ship.txt")).expect("a fixture"));
    let made = std::process::Command::new("mkfifo").arg(bed.path("in/pipe")).status();
    assert!(made.expect("mkfifo").success());
    let ran = bed.run(&["import", "in"]).expect(1);
    assert!(ran.err.contains("pipe: this is no file") && ran.err.contains("1 documents stored"), "{}", ran.err);
}

#[test]
fn a_page_that_leads_to_the_front_of_its_site_is_not_the_article() {
    let (_runtime, town) = town();
    let item = |number: u8, title: &str, text: &str| {
        format!(
            "<item><guid>{number}</guid><title>{title}</title><link>http://gone.example/news/{number}-story</link><description>{text}</description></item>"
        )
    };
    let feed = format!(
        "<rss version=\"2.0\"><channel><title>G</title>{}{}</channel></rss>",
        item(1, "A bridge is closed", "Engineers found a crack in the middle pier on Monday."),
        item(2, "The harvest was good", "Farmers in the delta brought in more rice than ever.")
    );
    town.says("gone.example", "/feed", [answer(200, &[("Content-Type", "application/rss+xml")], feed)]);
    for number in [1, 2] {
        town.says("gone.example", &format!("/news/{number}-story"), [answer(302, &[("Location", "/")], "")]);
    }
    let front = "<html><body><h1>Welcome</h1><p>This is the front of the paper, with many words about itself and its readers, every day.</p></body></html>";
    town.says("gone.example", "/", [answer(200, &[("Content-Type", "text/html")], front)]);
    let config = following(&town, &[("gone", "http://gone.example/feed")]);
    let bed = Bed::new();
    let ran = bed.run_with(&config, &["run"]).expect(0);
    assert_eq!(ran.err.matches("leads to the site's front").count(), 2, "{}", ran.err);
    let stories = bed.run_with(&config, &["list", "--format", "jsonl"]).expect(0).json_lines();
    let titles: Vec<&str> = stories.iter().filter_map(|story| story["title"].as_str()).collect();
    assert!(titles.contains(&"A bridge is closed") && titles.contains(&"The harvest was good"), "{titles:?}");
}

#[test]
fn a_followed_folder_that_is_gone_fails_the_pass_and_loses_nothing() {
    let bed = Bed::new();
    bed.file("in/page.txt", std::fs::read(fixture("saved/hospital-ship.txt")).expect("a fixture"));
    let config = format!(
        "[[sources]]\nname = \"here\"\nkind = \"folder\"\nurl = {:?}\n[[sources]]\nname = \"gone\"\nkind = \"folder\"\nurl = {:?}\n",
        bed.path("in"),
        bed.path("out")
    );
    let ran = bed.run_with(&config, &["run"]).expect(1);
    assert!(ran.err.contains("this folder is not there") && ran.err.contains("1 documents stored"), "{}", ran.err);
}

#[test]
fn a_file_of_nothing_but_damaged_lines_is_told_in_a_few() {
    let bed = Bed::new();
    let file = bed.file("all.jsonl", "{\"id\": \n".repeat(30_000));
    let ran = bed.run(&["import", file.to_str().expect("UTF-8")]).expect(1);
    assert!(ran.err.contains("all.jsonl:20: ") && ran.err.contains("29980 further lines"), "{}", ran.err);
    assert!(ran.err.lines().count() < 30, "{}", ran.err.lines().count());
}
