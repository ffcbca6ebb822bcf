//! One host at a time, and what its robots.txt says.

use super::*;

#[tokio::test]
async fn p10_a_host_has_one_request_in_flight_with_a_gap_and_others_are_not_held_up() {
    let town = Town::open().await;
    let other = "other.example";
    let Says::Raw(slow) = feed(&[]) else { unreachable!("a feed is raw bytes") };
    for number in 0..12 {
        town.says(PAPER, &format!("/{number}"), [Says::Raw(slow.clone())]);
    }
    town.says(other, "/feed", [feed(&[])]);
    let settings = Fetch { host_gap_ms: 50, ..town.settings(&[PAPER, other]) };
    let fetcher = fetcher(&settings);
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..12 {
        let fetcher = fetcher.clone();
        tasks.spawn(async move { fresh(&fetcher, &format!("http://paper.example/{number}")).await });
    }
    fresh(&fetcher, "http://other.example/feed").await;
    let before = town.calls().iter().filter(|call| call.host == PAPER).count();
    tasks.join_all().await;
    // The first had come in before the second started: ten gaps lie between that and the last.
    let times: Vec<_> = town.calls().into_iter().filter(|call| call.host == PAPER).map(|call| call.at).collect();
    let taken = times[11].duration_since(times[0]);
    assert!(taken >= Duration::from_millis(10 * 50), "{taken:?}");
    assert_eq!(town.most_in_flight(PAPER), 1);
    assert!(before < 12, "the other host waited for all of this one's");
}

#[tokio::test]
async fn p10_a_slow_host_is_never_asked_twice_at_once_even_without_a_gap() {
    let town = Town::open().await;
    let Says::Raw(slow) = feed(&[]) else { unreachable!("a feed is raw bytes") };
    town.says(PAPER, "/feed", [Says::Late(Duration::from_millis(40), slow)]);
    let fetcher = fetcher(&town.settings(&[PAPER]));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let fetcher = fetcher.clone();
        tasks.spawn(async move { fresh(&fetcher, "http://paper.example/feed").await });
    }
    tasks.join_all().await;
    assert_eq!((town.calls().len(), town.most_in_flight(PAPER)), (6, 1));
}

#[tokio::test]
async fn p10_robots_txt_is_asked_once_a_day_and_obeyed() {
    let town = Town::open().await;
    town.says(PAPER, "/robots.txt", [answer(200, &[], "User-agent: *\nDisallow: /archive\nCrawl-delay: 7\n")]);
    let fetcher = fetcher(&town.settings(&[PAPER]));
    let mut known = None;
    for hour in 0..24 {
        let at = now() + SignedDuration::from_hours(hour);
        let allowed = fetcher.allowed(&url("http://paper.example/news/1?a=1"), &mut known, at).await;
        let archive = fetcher.allowed(&url("http://paper.example/archive/1"), &mut known, at).await;
        assert_eq!((allowed, archive), (Verdict::Allowed(Duration::from_secs(7)), Verdict::Disallowed));
        // The store may have written and read it in between.
        let stored = serde_json::to_string(&known).expect("a record is plain data");
        known = serde_json::from_str(&stored).expect("its own form");
    }
    assert_eq!(town.paths(), ["/robots.txt"]);
}

#[tokio::test]
async fn p10_a_day_later_or_on_another_host_robots_txt_is_asked_again() {
    let town = Town::open().await;
    let other = "other.example";
    town.says(PAPER, "/robots.txt", [answer(404, &[], ""), answer(200, &[], "User-agent: *\nDisallow: /\n")]);
    town.says(other, "/robots.txt", [answer(200, &[], "User-agent: samestory\nDisallow: /\n")]);
    let fetcher = fetcher(&town.settings(&[PAPER, other]));
    let page = url("http://paper.example/1");
    let mut known = None;
    assert_eq!(fetcher.allowed(&page, &mut known, now()).await, Verdict::Allowed(Duration::ZERO));
    let tomorrow = now() + SignedDuration::from_hours(24);
    assert_eq!(fetcher.allowed(&page, &mut known, tomorrow).await, Verdict::Disallowed);
    assert_eq!(fetcher.allowed(&url("http://other.example/1"), &mut known, tomorrow).await, Verdict::Disallowed);
    assert_eq!(town.paths().len(), 3);
}

#[tokio::test]
async fn p10_a_host_whose_robots_txt_fails_is_left_alone_for_a_while() {
    let town = Town::open().await;
    town.says(PAPER, "/robots.txt", [answer(503, &[("Retry-After", "7200")], ""), answer(404, &[], "")]);
    let fetcher = fetcher(&town.settings(&[PAPER]));
    let page = url("http://paper.example/1");
    let mut known = None;
    let until = now() + SignedDuration::from_hours(2);
    for minute in [0, 1, 119] {
        let at = now() + SignedDuration::from_mins(minute);
        assert_eq!(fetcher.allowed(&page, &mut known, at).await, Verdict::Wait(until));
    }
    assert_eq!(town.calls().len(), 1);
    assert_eq!(fetcher.allowed(&page, &mut known, until).await, Verdict::Allowed(Duration::ZERO));
}
