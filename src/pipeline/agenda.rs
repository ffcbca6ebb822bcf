//! Says when the next pass is due, from what is stored of each source. Pure: the clock is an argument.
//!
//! The stored next polls are the only plan there is, so nothing piles up while a machine sleeps or its
//! clock stands wrong: a source that is due is asked once. A look at the plan comes at the latest after
//! `daemon.longest`, by the clock that only goes forward.

use crate::config::Settings;
use crate::schedule;
use jiff::Timestamp;
use samestory_model::{Source, SourceState};
use std::time::Duration;

/// How long no source is due, from `now` on; `None` where one is due already.
pub fn quiet_for(sources: &[(Source, SourceState)], settings: &Settings, now: Timestamp) -> Option<Duration> {
    let mut wait = Duration::from_secs(settings.daemon.longest);
    for (source, state) in sources.iter().filter(|(source, _)| source.enabled && source.kind.is_polled()) {
        let state = schedule::known(state, source);
        if state.gone {
            continue;
        }
        let next = state.next_poll.filter(|_| !schedule::due(source, &state, &settings.fetch, now))?;
        let seconds = u64::try_from(next.duration_since(now).as_secs()).unwrap_or(0);
        wait = wait.min(Duration::from_secs(seconds + 1));
    }
    Some(wait)
}

/// How long to wait before the next pass: at least `every`, then until a source is due, later by up to
/// `jitter`. `chance` is a number that is another one each time.
pub fn pause(sources: &[(Source, SourceState)], settings: &Settings, now: Timestamp, chance: u64) -> Duration {
    let due = quiet_for(sources, settings, now).unwrap_or_default();
    let settings = &settings.daemon;
    let jitter = Duration::from_secs(chance.checked_rem(settings.jitter + 1).unwrap_or(0));
    (due + jitter).max(Duration::from_secs(settings.every)).min(Duration::from_secs(settings.longest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use jiff::SignedDuration;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + seconds).expect("a time")
    }

    fn source(next: Option<i64>) -> (Source, SourceState) {
        let source = Source::feed("a", "https://a.example/".parse().expect("a URL"));
        let state = SourceState { of: Some(source.url.clone()), next_poll: next.map(at), ..SourceState::default() };
        (source, state)
    }

    #[test]
    fn a_pass_comes_when_someone_is_due_and_never_too_soon_or_too_late() {
        let settings =
            Settings { daemon: config::Daemon { every: 60, longest: 300, jitter: 20 }, ..Settings::default() };
        let seconds = |next: &[Option<i64>], chance: u64| {
            let sources: Vec<_> = next.iter().map(|next| source(*next)).collect();
            pause(&sources, &settings, at(0), chance).as_secs()
        };
        assert_eq!(seconds(&[Some(120)], 0), 121);
        assert_eq!(seconds(&[Some(120)], 20), 141);
        assert_eq!(seconds(&[Some(120), Some(90)], 21), 91);
        assert_eq!(seconds(&[Some(-5)], 3), 60, "not before the least time");
        assert_eq!(seconds(&[None], 3), 60, "a source that was never asked");
        assert_eq!(seconds(&[Some(86_400)], 7), 300, "a clock that was set back for a day costs five minutes");
        assert_eq!(seconds(&[], 7), 300);
    }

    #[test]
    fn who_is_gone_or_switched_off_is_waited_for_by_nobody() {
        let settings = Settings { daemon: config::Daemon { every: 1, longest: 300, jitter: 0 }, ..Settings::default() };
        let (mut off, mut gone) = (source(Some(-9)), source(Some(-9)));
        off.0.enabled = false;
        gone.1.gone = true;
        assert_eq!(quiet_for(&[off, gone], &settings, at(0)), Some(Duration::from_mins(5)));
        assert_eq!(
            quiet_for(&[source(Some(0))], &settings, at(0) - SignedDuration::from_secs(9)).map(|wait| wait.as_secs()),
            Some(10)
        );
    }
}
