//! Lists of sources go in and out without loss, and a second import changes nothing.

use super::bed::Bed;
use serde_json::Value;
use std::fmt::Write as _;
use std::time::Duration;

/// Everything that a source can be set to, as TOML.
const SET: &str = "[[sources]]\nname = \"a\"\nurl = \"https://a.example/feed?x=1&y=2\"\ntitle = \"Ä & \\\"B\\\"\"\n\
                   lang = \"vi\"\ntags = [\"Việt Nam\", \"a/b, c\", \"Kinh tế\"]\nfull_text = \"page\"\nevery = 7200\n\
                   enabled = false\n[[sources]]\nname = \"b\"\nurl = \"https://b.example/\"\nkind = \"listing\"\n\
                   link_pattern = \"/news/*\"\nlink_selector = \"h2 > a[href]\"\nfull_text = \"feed\"\n\
                   [[sources]]\nname = \"c\"\nurl = \"https://c.example/map.xml\"\nkind = \"sitemap\"\ntags = [\"Việt Nam\"]\n";

fn sources(bed: &Bed) -> Value {
    serde_json::from_str(&bed.run(&["sources", "list", "--format", "json"]).expect(0).out).expect("JSON")
}

#[test]
fn what_is_exported_reads_back_whole_and_only_once() {
    let first = Bed::new();
    let list = first.file("list.toml", SET);
    first.run(&["sources", "import", list.to_str().expect("UTF-8")]).expect(0);
    let exported = first.run(&["sources", "export"]).expect(0).out;
    let second = Bed::new();
    let file = second.file("list.opml", &exported);
    let file = file.to_str().expect("UTF-8");
    second.run(&["sources", "import", file]).expect(0);
    assert_eq!(second.run(&["sources", "export"]).expect(0).out, exported);
    assert_eq!(sources(&first), sources(&second));
    let again = second.run(&["sources", "import", file]).expect(0);
    assert!(again.err.contains("following 0 more sources (3 in all)"), "{}", again.err);
    for kept in ["samestoryFullText=\"page\"", "samestoryEvery=\"7200\"", "samestoryEnabled=\"false\""] {
        assert!(exported.contains(kept), "{exported}");
    }
}

#[test]
fn folders_of_other_readers_become_tags() {
    let bed = Bed::new();
    let file = bed.file(
        "list.opml",
        "<opml version='1.0'><body><outline text='News'><outline text='Asia'>\
         <outline text='Sông' type='rss' xmlUrl='https://song.example/feed' category='/rivers,water'/></outline></outline>\
         <outline title='Loose' xmlUrl='https://loose.example/feed'/></body></opml>",
    );
    bed.run(&["sources", "import", file.to_str().expect("UTF-8")]).expect(0);
    let listed = sources(&bed);
    assert_eq!(listed["sources"][0]["tags"], serde_json::json!([]));
    assert_eq!(listed["sources"][1]["tags"], serde_json::json!(["News", "Asia", "rivers", "water"]));
}

#[test]
fn two_thousand_sources_are_imported_and_exported_at_once() {
    let bed = Bed::new();
    let mut list = String::from("<opml version=\"2.0\"><body><outline text=\"All\">");
    for number in 0..2000 {
        let host = number % 300;
        let _ = write!(list, "<outline text=\"Same title\" xmlUrl=\"https://host{host}.example/feed?n={number}\"/>");
    }
    let file = bed.file("list.opml", list + "</outline></body></opml>");
    let file = file.to_str().expect("UTF-8");
    // What nothing optimises may take longer.
    let limit = Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 3 });
    for expected in ["following 2000 more", "following 0 more"] {
        let (ran, spent) = bed.run_counted(&["sources", "import", file]);
        let ran = ran.expect(0);
        assert!(ran.err.contains(expected), "{}", ran.err);
        assert!(spent < limit, "{spent:?}");
    }
    assert_eq!(bed.run(&["sources", "export"]).expect(0).out.matches("xmlUrl=").count(), 2000);
}

#[test]
fn what_cannot_be_followed_is_named_and_the_rest_is_in_one_spelling() {
    let bed = Bed::new();
    let file = bed.file(
        "list.opml",
        "<opml version='2.0' xmlns:frss='https://freshrss.org/opml'><head><title>R & D</title></head><body> & \
         <outline text='Vie\u{302}\u{323}t & Nam'><outline text='Pa\u{309}per' xmlUrl='feed://paper.example/f?a=1&b=2'/></outline>\
         <outline text='Other'><outline text='Paper' xmlUrl='http://paper.example/f?a=1&amp;b=2'/></outline>\
         <outline text='Made' type='HTML+XPath' frss:xPathItem='//li' xmlUrl='https://made.example/list'/>\
         <outline text='Runs' xmlUrl='javascript:alert(1)'/><outline text='Disk' xmlUrl='file:///etc/passwd'/>\
         <outline text='Old' xmlUrl='ftp://old.example/rss'/></body></opml>",
    );
    let ran = bed.run(&["sources", "import", file.to_str().expect("UTF-8")]).expect(1);
    for named in ["Made", "HTML+XPath", "`javascript:`", "`file:`", "`ftp:`", "following 1 more"] {
        assert!(ran.err.contains(named), "{named}: {}", ran.err);
    }
    let listed = sources(&bed);
    assert_eq!(listed["sources"][0]["url"], "http://paper.example/f?a=1&b=2");
    assert_eq!(listed["sources"][0]["title"], "P\u{1ea3}per");
    assert_eq!(listed["sources"][0]["tags"], serde_json::json!(["Vi\u{1ec7}t & Nam", "Other"]));
    let exported = bed.run(&["sources", "export"]).expect(0).out;
    assert!(exported.contains("title=\"P\u{1ea3}per\""), "{exported}");
    bed.run(&["sources", "add", "feed://b.example/f", "--unchecked", "--tag", "Vie\u{302}\u{323}t"]).expect(0);
    let listed = sources(&bed);
    assert_eq!(
        (&listed["sources"][0]["url"], &listed["sources"][0]["tags"][0]),
        (&"http://b.example/f".into(), &"Vi\u{1ec7}t".into())
    );
}
