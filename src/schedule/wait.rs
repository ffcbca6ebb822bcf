//! Computes how long a source is left alone, and which rule says so.
//!
//! One function an outcome, from values to a [`Wait`]; jitter and skipped hours are put on top by
//! [`Wait::due_at`]. What a publisher asks for can only lengthen a wait, up to the longest that
//! is believed. The surprising fact: a short `max-age` says nothing about news, so below the
//! floor it is the ordinary interval that counts.

use crate::config;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use samestory_model::{Freshness, PollHints, PollRule, Refusal, Source};

/// Most items whose times are remembered for adaptive polling.
pub(super) const RECENT: usize = 32;

/// Polls between two items that adaptive polling aims at: a daily paper is asked every six hours.
const POLLS_AN_ITEM: i64 = 4;

/// Fewest gaps between items from which a rhythm is read.
const RHYTHM: usize = 4;

/// Longest jitter in seconds; below that a tenth of the wait.
const LONGEST_JITTER: u64 = 600;

/// Hours within which one is looked for that a feed does not ask to skip.
const SKIPPED_HOURS: u64 = 24 * 8;

/// How long, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wait {
    pub(super) seconds: u64,
    rule: &'static str,
    detail: String,
    /// Whether the publisher named a moment of its own, which needs no spreading.
    exact: bool,
}

impl Wait {
    fn new(seconds: u64, rule: &'static str, detail: impl Into<String>) -> Self {
        Self { seconds, rule, detail: detail.into(), exact: false }
    }

    /// The longer of two; the first where they are equal.
    fn or_longer(self, other: Self) -> Self {
        if other.seconds > self.seconds { other } else { self }
    }

    /// When the source is due, spread by its name and outside the hours it asks to skip.
    pub(super) fn due_at(self, hints: &PollHints, name: &str, now: Timestamp) -> (Timestamp, PollRule) {
        let spread = spread_of(name);
        let jitter = if self.exact { 0 } else { spread % (self.seconds / 10).clamp(1, LONGEST_JITTER) };
        let due = later(now, self.seconds + jitter);
        match first_allowed(due, hints) {
            Some(allowed) if allowed > due => {
                let rule = PollRule {
                    rule: "skip-hours".to_owned(),
                    detail: "the feed asks to be left alone until then (skipHours, skipDays)".to_owned(),
                };
                (later(allowed, spread % LONGEST_JITTER), rule)
            }
            _ => (due, PollRule { rule: self.rule.to_owned(), detail: self.detail }),
        }
    }
}

/// After an answer that was understood, a 304 included.
pub(super) fn after_answer(
    freshness: Freshness,
    has_validators: bool,
    hints: &PollHints,
    recent_items: &[Timestamp],
    source: &Source,
    settings: &config::Fetch,
) -> Wait {
    let (floor, floor_detail) = if has_validators {
        (settings.floor, "the shortest time between two polls")
    } else {
        (settings.floor_without_validators, "its answers carry neither ETag nor Last-Modified")
    };
    let asked = match freshness.lifetime() {
        Some((seconds, rule)) if seconds >= settings.floor => {
            Wait::new(seconds, rule, format!("{rule} of the last answer: {seconds} s"))
        }
        _ => ordinary(recent_items, settings),
    };
    let asked = match source.every_seconds {
        Some(every) => asked.or_longer(Wait::new(every, "interval", "set for this source")),
        None => asked,
    };
    let asked = asked.or_longer(Wait::new(floor, "floor", floor_detail));
    let asked = hinted(hints).into_iter().fold(asked, Wait::or_longer);
    believed(asked, settings)
}

/// After a refusal or no answer; `errors` counts this one.
pub(super) fn after_refusal(refusal: &Refusal, errors: u32, source: &Source, settings: &config::Fetch) -> Wait {
    let busy = matches!(refusal.status, Some(429 | 503));
    let asked = refusal.retry_after.map(|seconds| Wait {
        exact: true,
        ..Wait::new(seconds, super::RETRY_AFTER, format!("Retry-After of the last answer: {seconds} s"))
    });
    let least = Wait { exact: true, ..Wait::new(shortest(source, settings), "interval", "the time between two polls") };
    let wait = match asked {
        // A host that is too busy and says until when is believed; any other is asked ever more rarely.
        Some(asked) if busy => least.or_longer(asked),
        Some(asked) => back_off(errors, source, settings).or_longer(asked),
        None => back_off(errors, source, settings),
    };
    let wait = match freshness_of_refusal(refusal) {
        Some(seconds) if busy => {
            wait.or_longer(Wait::new(seconds, "max-age", format!("max-age of the refusal: {seconds} s")))
        }
        _ => wait,
    };
    believed(wait, settings)
}

/// After an answer that could not be read, or after any failure that says nothing of its own.
pub(super) fn back_off(errors: u32, source: &Source, settings: &config::Fetch) -> Wait {
    let doublings = errors.saturating_sub(1).min(32);
    let seconds = settings.back_off.saturating_mul(1 << doublings).min(settings.ceiling.max(settings.back_off));
    let times = if errors == 1 { "time" } else { "times" };
    let least = settings.floor.max(source.every_seconds.unwrap_or(0));
    Wait::new(seconds, "back-off", format!("failed {errors} {times} in a row")).or_longer(Wait::new(
        least,
        "floor",
        "the shortest time between two polls",
    ))
}

/// How long a whole host is left alone after a refusal.
pub(super) fn of_host(refusal: &Refusal, settings: &config::Fetch) -> u64 {
    let asked = refusal.retry_after.unwrap_or(0).max(freshness_of_refusal(refusal).unwrap_or(0));
    asked.max(settings.back_off).min(settings.retry_after_cap)
}

/// The longest that anything is put off: what is believed, the source's own wish, and a week of skipped hours with
/// what spreads it.
pub(super) fn longest(every: Option<u64>, settings: &config::Fetch) -> u64 {
    let config::Fetch { interval, floor, floor_without_validators, ceiling, back_off, retry_after_cap, .. } = settings;
    let waits = [*interval, *floor, *floor_without_validators, *ceiling, *back_off, *retry_after_cap];
    let asked = waits.into_iter().max().unwrap_or(0).max(every.unwrap_or(0));
    asked.saturating_add(SKIPPED_HOURS * 3600 + 3 * LONGEST_JITTER)
}

/// A moment some seconds later; as far as time goes, at the most.
pub(super) fn later(from: Timestamp, seconds: u64) -> Timestamp {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    from.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

fn freshness_of_refusal(refusal: &Refusal) -> Option<u64> {
    refusal.freshness.max_age.map(|seconds| seconds.saturating_sub(refusal.freshness.age))
}

fn shortest(source: &Source, settings: &config::Fetch) -> u64 {
    source.every_seconds.unwrap_or(0).max(settings.interval).max(settings.floor)
}

fn believed(wait: Wait, settings: &config::Fetch) -> Wait {
    if wait.seconds <= settings.retry_after_cap {
        return wait;
    }
    let detail = format!("{}, cut to the longest that is believed", wait.detail);
    Wait { seconds: settings.retry_after_cap, detail, ..wait }
}

/// The interval, or longer for a source that tells something new only now and then.
fn ordinary(recent_items: &[Timestamp], settings: &config::Fetch) -> Wait {
    let interval = Wait::new(settings.interval, "interval", "the ordinary time between two polls");
    let mut gaps: Vec<i64> =
        recent_items.windows(2).map(|pair| pair[0].as_second() - pair[1].as_second()).filter(|gap| *gap > 0).collect();
    if gaps.len() < RHYTHM {
        return interval;
    }
    gaps.sort_unstable();
    let typical = gaps[gaps.len() / 2];
    let seconds = u64::try_from(typical / POLLS_AN_ITEM).unwrap_or(0).min(settings.ceiling);
    interval.or_longer(Wait::new(seconds, "adaptive", format!("it tells something new about every {}", span(typical))))
}

fn span(seconds: i64) -> String {
    match seconds {
        ..172_800 => format!("{} h", (seconds + 1800) / 3600),
        _ => format!("{} days", (seconds + 43_200) / 86_400),
    }
}

fn hinted(hints: &PollHints) -> Vec<Wait> {
    let ttl = hints.ttl_minutes.map(|minutes| (u64::from(minutes) * 60, format!("the feed's ttl: {minutes} min")));
    let period = hints.update_seconds.map(|seconds| (seconds, format!("the feed's updatePeriod: {seconds} s")));
    ttl.into_iter().chain(period).map(|(seconds, detail)| Wait::new(seconds, "ttl", detail)).collect()
}

/// The first moment from `due` on that is in no skipped hour and day; `None` where all are skipped.
fn first_allowed(due: Timestamp, hints: &PollHints) -> Option<Timestamp> {
    let skipped = |moment: Timestamp| {
        let moment = moment.to_zoned(TimeZone::UTC);
        let day = u8::try_from(moment.weekday().to_monday_one_offset()).unwrap_or(0);
        let hour = u8::try_from(moment.hour()).unwrap_or(0);
        hints.skip_hours.contains(&hour) || hints.skip_days.contains(&day)
    };
    let hour = due.as_second().div_euclid(3600);
    let starts = (1..=SKIPPED_HOURS as i64).filter_map(|ahead| Timestamp::from_second((hour + ahead) * 3600).ok());
    std::iter::once(due).chain(starts).find(|moment| !skipped(*moment))
}

/// A number that a name always gives, spread evenly (FNV-1a with a final mix).
fn spread_of(name: &str) -> u64 {
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mixed = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    mixed ^ (mixed >> 33)
}
