//! What lasts longer than one poll: redirects, failures, pauses.

use super::*;

#[test]
fn p7_a_permanent_redirect_is_believed_after_three_days_of_feeds() {
    let to = url("https://paper.example/new");
    let moved = read(Answer { permanent: Some(to.clone()), url: to.clone(), redirected: true, ..answer() });
    let mut state = SourceState::default();
    for hour in [0, 1, 2, 24, 25] {
        state = step(&state, &moved, start() + hours(hour));
        assert_eq!(state.moved_to, None, "after {hour} hours");
    }
    state = step(&state, &moved, start() + hours(48));
    assert_eq!(state.moved_to, Some(to.clone()));
    assert_eq!(state.validators_of, Some(to.clone()));
    // From now on that address is asked, and it redirects no more.
    state = step(&state, &read(Answer { url: to.clone(), ..answer() }), start() + hours(72));
    assert_eq!((state.moved_to, state.redirect), (Some(to), None));
}

#[test]
fn p7_a_redirect_that_is_not_steady_is_never_believed() {
    let to = |path: &str| url(&format!("https://paper.example/{path}"));
    let moved = |path: &str| read(Answer { permanent: Some(to(path)), redirected: true, ..answer() });
    let downgraded =
        || read(Answer { permanent: Some(url("http://paper.example/feed")), redirected: true, ..answer() });
    let html = || unreadable(Answer { permanent: Some(to("sorry")), redirected: true, ..answer() });
    let for_now = || read(Answer { permanent: None, redirected: true, ..answer() });
    for (why, days) in [
        ("two targets", vec![moved("a"), moved("b"), moved("a"), moved("b")]),
        ("back in between", vec![moved("a"), moved("a"), read(answer()), moved("a")]),
        ("temporary", vec![for_now(), for_now(), for_now(), for_now()]),
        ("HTML in between", vec![moved("a"), moved("a"), html(), moved("a")]),
        ("HTML", vec![html(), html(), html(), html()]),
        ("https to http", vec![downgraded(), downgraded(), downgraded(), downgraded()]),
    ] {
        let mut state = SourceState::default();
        for (day, outcome) in (0..).zip(&days) {
            state = step(&state, outcome, start() + hours(24 * day));
        }
        assert_eq!(state.moved_to, None, "{why}");
    }
}

#[test]
fn p8_a_source_that_is_gone_is_not_asked_for_thirty_days_and_can_come_back() {
    let (polls, state) =
        simulate(30, &PollHints::default(), |now| if now == start() { read(answer()) } else { failed(410, Some(60)) });
    assert_eq!(polls.len(), 2);
    assert!(state.gone && state.next_poll.is_none());
    assert_eq!(state.rule.clone().expect("a rule").rule, "gone");
    let later = start() + hours(24 * 31);
    assert!(schedule::due(&source(), &schedule::revived(&state), &settings(), later));
    assert!(!schedule::due(&Source { enabled: false, ..source() }, &schedule::revived(&state), &settings(), later));
}

#[test]
fn p8_failures_back_off_to_a_day_and_one_success_resets() {
    for outcome in [
        failed(404, None),
        failed(403, None),
        failed(401, None),
        failed(500, None),
        unreachable(),
        unreadable(answer()),
    ] {
        let (mut state, mut now) = (SourceState::default(), start());
        for (errors, expected) in (1..).zip([1, 2, 4, 8, 16, 24, 24]) {
            state = step(&state, &outcome, now);
            let next = state.next_poll.expect("a next poll");
            assert!(about(next.as_second() - now.as_second(), expected * 3600), "{outcome:?} {errors}");
            assert_eq!(state.errors, errors);
            assert_eq!(state.failure.as_ref().expect("a failure").next_try, Some(next));
            now = next;
        }
        assert_eq!(state.failing_since, Some(start()));
        state = step(&state, &read(answer()), now);
        assert_eq!((state.errors, state.failing_since, state.failure.clone()), (0, None, None));
        state = step(&state, &outcome, now);
        assert!(about(state.next_poll.expect("a next poll").as_second() - now.as_second(), 3600));
    }
}

#[test]
fn p8_a_person_is_told_after_three_days_of_failing() {
    let state = step(&SourceState::default(), &unreachable(), start());
    assert_eq!(schedule::failing_since(&state, start() + hours(71)), None);
    assert_eq!(schedule::failing_since(&state, start() + hours(72)), Some(start()));
    assert_eq!(state.last_checked, None, "nobody answered");
}

#[test]
fn p10_a_429_pauses_the_host_and_a_503_the_address() {
    let until = |seconds| Some(start() + SignedDuration::from_secs(seconds));
    let pause = |refusal: &Refusal, settings: &Fetch| schedule::host_pause(refusal, settings, start());
    assert_eq!(pause(&refused(429, Some(7200)), &settings()), until(7200));
    assert_eq!(pause(&refused(429, None), &settings()), until(3600));
    assert_eq!(pause(&refused(503, Some(7200)), &settings()), None);
    assert_eq!(pause(&refused(404, None), &settings()), None);
    let strict = Fetch { pause_host_on_503: true, ..settings() };
    assert_eq!(pause(&refused(503, Some(7200)), &strict), until(7200));

    let other = step(&SourceState::default(), &read(answer()), start());
    let held = schedule::held(&other, start() + hours(5));
    assert!(!schedule::due(&source(), &held, &settings(), start() + hours(4)));
    assert!(schedule::due(&source(), &held, &settings(), start() + hours(5)));
    let far = step(&SourceState::default(), &read(lasting(86_400)), start());
    assert_eq!(schedule::held(&far, start() + hours(5)), far, "a pause only lengthens");
}
