//! When a source is asked again: the polite rules over simulated days, without a socket.

mod lasting;

use jiff::{SignedDuration, Timestamp};
use samestory::config::{Fetch, Settings};
use samestory::schedule::{self, Body, Outcome};
use samestory_model::{Answer, Failure, Fault, Freshness, PollHints, Refusal, Source, SourceState, Validators};
use std::collections::BTreeSet;
use url::Url;

fn settings() -> Fetch {
    Settings::default().fetch
}

/// A Monday at noon.
fn start() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().expect("an instant")
}

fn hours(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count)
}

fn url(text: &str) -> Url {
    text.parse().expect("a URL")
}

fn source() -> Source {
    Source::feed("paper", url("https://paper.example/feed"))
}

fn validators(etag: Option<&str>, last_modified: Option<&str>) -> Validators {
    let bytes = |text: Option<&str>| text.map(|text| text.as_bytes().to_vec());
    Validators { etag: bytes(etag), last_modified: bytes(last_modified) }
}

fn answer() -> Answer {
    Answer {
        url: source().url,
        validators: validators(Some("\"1\""), None),
        freshness: Freshness::default(),
        permanent: None,
        redirected: false,
    }
}

fn lasting(max_age: u64) -> Answer {
    Answer { freshness: Freshness { max_age: Some(max_age), ..Freshness::default() }, ..answer() }
}

fn read(answer: Answer) -> Outcome {
    Outcome::Fresh {
        answer,
        body: Body::Read { hash: 1, whole: true, items: Vec::new(), title: None, repairs: Vec::new() },
    }
}

fn unreadable(answer: Answer) -> Outcome {
    let failure = Failure::new("https://paper.example/feed", Fault::Publisher, "HTML, not a feed", "");
    Outcome::Fresh { answer, body: Body::Unreadable(failure) }
}

fn refused(status: u16, retry_after: Option<u64>) -> Refusal {
    Refusal {
        status: Some(status),
        retry_after,
        freshness: Freshness::default(),
        failure: Failure::new("https://paper.example/feed", Fault::Publisher, format!("answered {status}"), ""),
    }
}

fn failed(status: u16, retry_after: Option<u64>) -> Outcome {
    Outcome::Failed(refused(status, retry_after))
}

fn unreachable() -> Outcome {
    let failure = Failure::new("https://paper.example/feed", Fault::Network, "no connection", "");
    Outcome::Failed(Refusal { status: None, retry_after: None, freshness: Freshness::default(), failure })
}

fn step(state: &SourceState, outcome: &Outcome, now: Timestamp) -> SourceState {
    schedule::after(state, outcome, &PollHints::default(), &source(), &settings(), now)
}

/// Seconds from the poll to the next, and the rule that says so.
fn wait(outcome: &Outcome) -> (i64, String) {
    wait_with(outcome, &PollHints::default(), &source(), &settings())
}

fn wait_with(outcome: &Outcome, hints: &PollHints, source: &Source, settings: &Fetch) -> (i64, String) {
    let state = schedule::after(&SourceState::default(), outcome, hints, source, settings, start());
    let next = state.next_poll.expect("a next poll");
    (next.as_second() - start().as_second(), state.rule.expect("a rule").rule)
}

/// Whether a wait is as long as it should be, give or take the jitter that only lengthens.
fn about(seconds: i64, expected: i64) -> bool {
    (expected..=expected + (expected / 10).min(600)).contains(&seconds)
}

/// Polls whenever the source is due, minute by minute, and tells when that was.
fn simulate(
    days: i64,
    hints: &PollHints,
    mut outcome: impl FnMut(Timestamp) -> Outcome,
) -> (Vec<Timestamp>, SourceState) {
    let (mut state, mut polls) = (SourceState::default(), Vec::new());
    for minute in 0..days * 24 * 60 {
        let now = start() + SignedDuration::from_mins(minute);
        if schedule::due(&source(), &state, &settings(), now) {
            state = schedule::after(&state, &outcome(now), hints, &source(), &settings(), now);
            polls.push(now);
        }
    }
    (polls, state)
}

fn shortest_gap(polls: &[Timestamp]) -> i64 {
    polls.windows(2).map(|pair| pair[1].as_second() - pair[0].as_second()).min().expect("two polls")
}

#[test]
fn p2_validators_are_replaced_from_every_200_and_every_304_each_on_its_own() {
    let known = SourceState {
        validators: validators(Some("\"old\""), Some("then")),
        validators_of: Some(source().url),
        ..SourceState::default()
    };
    let with = |etag, last_modified| Answer { validators: validators(etag, last_modified), ..answer() };
    for (outcome, expected, why) in [
        (read(with(Some("\"new\""), Some("then"))), validators(Some("\"new\""), Some("then")), "200 with a new ETag"),
        (read(with(None, Some("later"))), validators(None, Some("later")), "200 that lacks an ETag"),
        (read(with(None, None)), validators(None, None), "200 without any"),
        (Outcome::NotModified(with(Some("\"new\""), None)), validators(Some("\"new\""), Some("then")), "304 with one"),
        (Outcome::NotModified(with(None, None)), known.validators.clone(), "304 without any"),
        (unreadable(with(Some("\"html\""), None)), known.validators.clone(), "200 that nobody can read"),
        (failed(404, None), known.validators.clone(), "404"),
        (failed(503, Some(60)), known.validators.clone(), "503"),
        (unreachable(), known.validators.clone(), "no answer"),
    ] {
        assert_eq!(step(&known, &outcome, start()).validators, expected, "{why}");
    }
}

#[test]
fn p3_a_304_changes_only_when_it_was_checked_and_what_went_wrong_before() {
    let before = step(&SourceState::default(), &read(lasting(7200)), start());
    let broken = step(&before, &failed(500, None), start() + hours(3));
    let later = start() + hours(6);
    let after = step(&broken, &Outcome::NotModified(lasting(10_800)), later);
    assert_eq!((after.errors, after.failing_since, after.failure.clone()), (0, None, None));
    assert_eq!((after.last_checked, after.last_success), (Some(later), Some(later)));
    let next = after.next_poll.expect("a next poll").as_second() - later.as_second();
    assert!(about(next, 10_800), "the 304's own max-age decides: {next}");
    let same = SourceState {
        last_checked: before.last_checked,
        last_success: before.last_success,
        next_poll: before.next_poll,
        rule: before.rule.clone(),
        ..after
    };
    assert_eq!(same, before);
}

#[test]
fn p4_retry_after_is_obeyed_where_it_is_longer_than_the_interval() {
    for status in [429, 503] {
        for (asked, expected, rule) in [
            (3599, 3600, "interval"),
            (3601, 3601, "retry-after"),
            (86_400, 86_400, "retry-after"),
            (31 * 86_400, 31 * 86_400, "retry-after"),
            (32 * 86_400, 31 * 86_400, "retry-after"),
            (u64::MAX, 31 * 86_400, "retry-after"),
        ] {
            assert_eq!(wait(&failed(status, Some(asked))), (expected, rule.to_owned()), "{status} {asked}");
        }
        let (seconds, rule) = wait(&failed(status, None));
        assert!(about(seconds, 3600) && rule == "back-off", "{status}: {seconds} {rule}");
    }
}

#[test]
fn p4_a_later_failure_still_believes_retry_after() {
    let mut state = SourceState::default();
    for _ in 0..4 {
        state = step(&state, &failed(503, None), start());
    }
    let state = step(&state, &failed(503, Some(4000)), start());
    assert_eq!(state.next_poll, Some(start() + SignedDuration::from_secs(4000)));
}

#[test]
fn p4_the_wait_survives_a_restart() {
    let state = step(&SourceState::default(), &failed(429, Some(7200)), start());
    let stored = serde_json::to_string(&state).expect("a state is plain data");
    let again: SourceState = serde_json::from_str(&stored).expect("its own form");
    assert!(!schedule::due(&source(), &again, &settings(), start() + SignedDuration::from_secs(7199)));
    assert!(schedule::due(&source(), &again, &settings(), start() + SignedDuration::from_secs(7200)));
}

#[test]
fn p4_max_age_on_a_429_counts_and_the_larger_wins() {
    let with = |max_age, retry_after| {
        let freshness = Freshness { max_age: Some(max_age), ..Freshness::default() };
        Outcome::Failed(Refusal { freshness, ..refused(429, retry_after) })
    };
    assert!(about(wait(&with(10_000, Some(5000))).0, 10_000));
    assert_eq!(wait(&with(5000, Some(10_000))).0, 10_000);
    assert!(about(wait(&with(20_000, None)).0, 20_000));
}

#[test]
fn p5_freshness_decides_above_the_floor_and_the_floor_below() {
    let with =
        |max_age, expires_in, age| read(Answer { freshness: Freshness { max_age, expires_in, age }, ..answer() });
    for (outcome, expected, rule, why) in [
        (with(Some(7200), None, 0), 7200, "max-age", "max-age"),
        (with(Some(7200), None, 1000), 6200, "max-age", "less Age"),
        (with(None, Some(9000), 0), 9000, "expires", "Expires"),
        (with(Some(7200), Some(90_000), 0), 7200, "max-age", "max-age beats Expires"),
        (with(Some(60), None, 0), 3600, "interval", "below the floor"),
        (with(Some(0), Some(90_000), 0), 3600, "interval", "max-age=0 beats Expires too"),
        (with(None, Some(-5), 0), 3600, "interval", "expired"),
        (with(Some(60), None, u64::MAX), 3600, "interval", "older than fresh"),
        (with(Some(1 << 31), None, 0), 31 * 86_400, "max-age", "longer than is believed"),
        (with(None, None, 0), 3600, "interval", "nothing said"),
    ] {
        let (seconds, by) = wait(&outcome);
        assert!(about(seconds, expected), "{why}: {seconds}");
        assert_eq!(by, rule, "{why}");
    }
}

#[test]
fn p5_a_source_without_validators_is_asked_once_a_day() {
    let bare = Answer { validators: Validators::default(), ..lasting(7200) };
    let (seconds, rule) = wait(&read(bare));
    assert!(about(seconds, 86_400), "{seconds}");
    assert_eq!(rule, "floor");
}

#[test]
fn p5_seven_days_never_hold_more_than_an_hourly_poll() {
    type Answers = fn(Timestamp) -> Outcome;
    let answers: [(&str, Answers); 5] = [
        ("max-age=0", |_| read(lasting(0))),
        ("304 without freshness", |_| Outcome::NotModified(answer())),
        ("nothing said", |_| read(answer())),
        ("now and then broken", |now| if now.as_second() % 7 == 0 { failed(500, None) } else { read(answer()) }),
        ("Retry-After: 1", |_| failed(503, Some(1))),
    ];
    for (why, outcome) in answers {
        let (polls, _) = simulate(7, &PollHints::default(), outcome);
        assert!((100..=168).contains(&polls.len()), "{why}: {} polls", polls.len());
        assert!(shortest_gap(&polls) >= 3600, "{why}");
    }
}

#[test]
fn p5_hints_of_the_feed_only_lengthen() {
    let with = |ttl_minutes, update_seconds| PollHints { ttl_minutes, update_seconds, ..PollHints::default() };
    for (hints, expected, rule) in [
        (with(Some(5), None), 7200, "max-age"),
        (with(Some(180), None), 10_800, "ttl"),
        (with(None, Some(60)), 7200, "max-age"),
        (with(None, Some(43_200)), 43_200, "ttl"),
        (with(Some(180), Some(43_200)), 43_200, "ttl"),
        (with(Some(u32::MAX), None), 31 * 86_400, "ttl"),
    ] {
        let (seconds, by) = wait_with(&read(lasting(7200)), &hints, &source(), &settings());
        assert!(about(seconds, expected), "{hints:?}: {seconds}");
        assert_eq!(by, rule, "{hints:?}");
    }
}

#[test]
fn p5_a_hint_still_counts_after_a_304() {
    let hints = PollHints { ttl_minutes: Some(240), ..PollHints::default() };
    let state = schedule::after(&SourceState::default(), &read(answer()), &hints, &source(), &settings(), start());
    let later = start() + hours(5);
    let state = step(&state, &Outcome::NotModified(answer()), later);
    assert!(about(state.next_poll.expect("a next poll").as_second() - later.as_second(), 14_400));
}

#[test]
fn p5_skipped_hours_and_days_hold_no_poll() {
    use jiff::tz::TimeZone;
    let hints = PollHints { skip_hours: (0..6).collect(), skip_days: vec![6, 7], ..PollHints::default() };
    let (polls, _) = simulate(14, &hints, |_| read(answer()));
    assert!(polls.len() > 100, "{}", polls.len());
    for poll in polls {
        let poll = poll.to_zoned(TimeZone::UTC);
        assert!(poll.hour() >= 6 && poll.weekday().to_monday_one_offset() < 6, "{poll}");
    }
    let always = PollHints { skip_hours: (0..24).collect(), ..PollHints::default() };
    let (seconds, _) = wait_with(&read(answer()), &always, &source(), &settings());
    assert!(about(seconds, 3600), "a feed that skips every hour is not asked never: {seconds}");
}

#[test]
fn p5_sources_with_equal_intervals_fall_due_apart_and_always_alike() {
    let due = |name: &str| {
        let source = Source::feed(name, source().url);
        wait_with(&read(answer()), &PollHints::default(), &source, &settings()).0
    };
    let names: Vec<String> = (0..30).map(|number| format!("paper-{number}")).collect();
    let moments: BTreeSet<i64> = names.iter().map(|name| due(name)).collect();
    assert!(moments.len() >= 25, "{} different seconds for 30 sources", moments.len());
    assert!(names.iter().all(|name| due(name) == due(name)));
}

#[test]
fn p5_a_source_that_rarely_tells_something_is_asked_rarely() {
    let every = |gap: i64| {
        let items = (0..10).map(|back| start() - hours(gap * back)).collect();
        let body = Body::Read { hash: 1, whole: true, items, title: None, repairs: Vec::new() };
        wait(&Outcome::Fresh { answer: answer(), body })
    };
    assert!(about(every(1).0, 3600));
    assert!(about(every(24).0, 6 * 3600));
    assert_eq!(every(24).1, "adaptive");
    assert!(about(every(24 * 30).0, 86_400), "never rarer than the ceiling");
}

#[test]
fn p5_the_users_own_interval_is_never_undercut() {
    let patient = Source { every_seconds: Some(50_000), ..source() };
    for outcome in [read(answer()), read(lasting(7200)), failed(404, None), failed(503, Some(4000)), unreachable()] {
        let (seconds, _) = wait_with(&outcome, &PollHints::default(), &patient, &settings());
        assert!(about(seconds, 50_000), "{outcome:?}: {seconds}");
    }
}

#[test]
fn a_clock_that_was_wrong_once_does_not_silence_a_source() {
    let state = step(&SourceState::default(), &read(answer()), start() + hours(24 * 365));
    assert!(schedule::due(&source(), &state, &settings(), start()));
}
