//! Names of time zones: abbreviations, long names, and the names of the time zone database.
//!
//! The database is the one that is compiled in, so that a text means the same on every machine.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};
use std::sync::LazyLock;

/// Where clocks show a time.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Place {
    /// So many minutes ahead of UTC.
    Ahead(i32),
    /// The same in North America, where the month stands first.
    American(i32),
    /// UTC by one of its names, which an offset may follow that then counts.
    Utc,
    /// The same by a name that several zones share: an offset beside it counts.
    Shared(i32),
    /// A zone of the database, with its summer time.
    Zone(TimeZone),
}

/// Zone names and their offsets in minutes.
const ZONES: &[(&str, i32)] = &[
    ("wet", 0),
    ("west", 60),
    ("adt", -180),
    ("nst", -210),
    ("ndt", -150),
    ("hne", -300),
    ("hae", -240),
    ("brt", -180),
    ("brst", -120),
    ("art", -180),
    ("clt", -240),
    ("clst", -180),
    ("cot", -300),
    ("pet", -300),
    ("vet", -240),
    ("bot", -240),
    ("uyt", -180),
    ("wat", 60),
    ("cet", 60),
    ("met", 60),
    ("mez", 60),
    ("cest", 120),
    ("mest", 120),
    ("mesz", 120),
    ("hec", 120),
    ("eet", 120),
    ("cat", 120),
    ("sast", 120),
    ("eest", 180),
    ("eat", 180),
    ("trt", 180),
    ("idt", 180),
    ("msk", 180),
    ("msd", 240),
    ("samt", 240),
    ("aft", 270),
    ("pkt", 300),
    ("uzt", 300),
    ("yekt", 300),
    ("npt", 345),
    ("bdt", 360),
    ("almt", 300),
    ("omst", 360),
    ("mmt", 390),
    ("ict", 420),
    ("wib", 420),
    ("krat", 420),
    ("novt", 420),
    ("wita", 480),
    ("sgt", 480),
    ("myt", 480),
    ("hkt", 480),
    ("hkst", 480),
    ("awst", 480),
    ("pht", 480),
    ("phst", 480),
    ("irkt", 480),
    ("ulat", 480),
    ("wit", 540),
    ("jst", 540),
    ("kst", 540),
    ("yakt", 540),
    ("acst", 570),
    ("acdt", 630),
    ("aest", 600),
    ("aedt", 660),
    ("vlat", 600),
    ("chst", 600),
    ("nzst", 720),
    ("nzdt", 780),
    ("irst", 210),
    ("irdt", 270),
    ("azt", 240),
];

/// Names of zones of North America.
const AMERICAN: &[(&str, i32)] = &[
    ("est", -300),
    ("edt", -240),
    ("cdt", -300),
    ("mst", -420),
    ("mdt", -360),
    ("pst", -480),
    ("pdt", -420),
    ("akst", -540),
    ("akdt", -480),
    ("hst", -600),
];

/// Names that several zones share, with the one that feeds mean.
const SHARED: &[(&str, i32)] = &[("cst", -360), ("ast", -240), ("bst", 60), ("ist", 330), ("gst", 240)];

/// Names of zones that change with the season.
const SEASONAL: &[(&str, &str)] =
    &[("et", "America/New_York"), ("ct", "America/Chicago"), ("mt", "America/Denver"), ("pt", "America/Los_Angeles")];

/// Zones by the first words of their long names, with the minutes of standard and of summer time: "eastern" stands
/// for "eastern time", "eastern standard time" and "eastern daylight time".
const LONG: &[(&str, i32, Option<i32>, &str)] = &[
    ("eastern", -300, Some(-240), "America/New_York"),
    ("us eastern", -300, Some(-240), "America/New_York"),
    ("central", -360, Some(-300), "America/Chicago"),
    ("mountain", -420, Some(-360), "America/Denver"),
    ("pacific", -480, Some(-420), "America/Los_Angeles"),
    ("alaska", -540, Some(-480), "America/Anchorage"),
    ("hawaii", -600, None, "Pacific/Honolulu"),
    ("atlantic", -240, Some(-180), "America/Halifax"),
    ("newfoundland", -210, Some(-150), "America/St_Johns"),
    ("brasilia", -180, Some(-120), "America/Sao_Paulo"),
    ("argentina", -180, None, "America/Argentina/Buenos_Aires"),
    ("colombia", -300, None, "America/Bogota"),
    ("greenwich mean", 0, None, "UTC"),
    ("coordinated universal", 0, None, "UTC"),
    ("universal", 0, None, "UTC"),
    ("british", 0, Some(60), "Europe/London"),
    ("gmt", 0, Some(60), "Europe/London"),
    ("western european", 0, Some(60), "Europe/Lisbon"),
    ("central european", 60, Some(120), "Europe/Paris"),
    ("central europe", 60, Some(120), "Europe/Paris"),
    ("w europe", 60, Some(120), "Europe/Berlin"),
    ("romance", 60, Some(120), "Europe/Paris"),
    ("eastern european", 120, Some(180), "Europe/Helsinki"),
    ("e europe", 120, Some(180), "Europe/Bucharest"),
    ("gtb", 120, Some(180), "Europe/Athens"),
    ("fle", 120, Some(180), "Europe/Helsinki"),
    ("israel", 120, Some(180), "Asia/Jerusalem"),
    ("south africa", 120, None, "Africa/Johannesburg"),
    ("central africa", 120, None, "Africa/Maputo"),
    ("west africa", 60, None, "Africa/Lagos"),
    ("east africa", 180, None, "Africa/Nairobi"),
    ("moscow", 180, None, "Europe/Moscow"),
    ("russian", 180, None, "Europe/Moscow"),
    ("turkey", 180, None, "Europe/Istanbul"),
    ("arabian", 180, None, "Asia/Riyadh"),
    ("arab", 180, None, "Asia/Riyadh"),
    ("iran", 210, None, "Asia/Tehran"),
    ("gulf", 240, None, "Asia/Dubai"),
    ("afghanistan", 270, None, "Asia/Kabul"),
    ("pakistan", 300, None, "Asia/Karachi"),
    ("india", 330, None, "Asia/Kolkata"),
    ("indian", 330, None, "Asia/Kolkata"),
    ("sri lanka", 330, None, "Asia/Colombo"),
    ("nepal", 345, None, "Asia/Kathmandu"),
    ("bangladesh", 360, None, "Asia/Dhaka"),
    ("myanmar", 390, None, "Asia/Yangon"),
    ("indochina", 420, None, "Asia/Bangkok"),
    ("se asia", 420, None, "Asia/Bangkok"),
    ("vietnam", 420, None, "Asia/Ho_Chi_Minh"),
    ("hanoi", 420, None, "Asia/Ho_Chi_Minh"),
    ("bangkok", 420, None, "Asia/Bangkok"),
    ("thailand", 420, None, "Asia/Bangkok"),
    ("western indonesia", 420, None, "Asia/Jakarta"),
    ("west indonesia", 420, None, "Asia/Jakarta"),
    ("central indonesia", 480, None, "Asia/Makassar"),
    ("eastern indonesia", 540, None, "Asia/Jayapura"),
    ("jakarta", 420, None, "Asia/Jakarta"),
    ("china", 480, None, "Asia/Shanghai"),
    ("beijing", 480, None, "Asia/Shanghai"),
    ("hong kong", 480, None, "Asia/Hong_Kong"),
    ("taipei", 480, None, "Asia/Taipei"),
    ("singapore", 480, None, "Asia/Singapore"),
    ("malaysia", 480, None, "Asia/Kuala_Lumpur"),
    ("philippine", 480, None, "Asia/Manila"),
    ("philippines", 480, None, "Asia/Manila"),
    ("manila", 480, None, "Asia/Manila"),
    ("australian western", 480, None, "Australia/Perth"),
    ("w australia", 480, None, "Australia/Perth"),
    ("japan", 540, None, "Asia/Tokyo"),
    ("tokyo", 540, None, "Asia/Tokyo"),
    ("korea", 540, None, "Asia/Seoul"),
    ("korean", 540, None, "Asia/Seoul"),
    ("seoul", 540, None, "Asia/Seoul"),
    ("australian central", 570, Some(630), "Australia/Adelaide"),
    ("australian eastern", 600, Some(660), "Australia/Sydney"),
    ("aus eastern", 600, Some(660), "Australia/Sydney"),
    ("new zealand", 720, Some(780), "Pacific/Auckland"),
];

/// Zones of the database whose clocks are named by [`AMERICAN`].
const AMERICAN_ZONES: &[&str] =
    &["America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Anchorage"];

/// Areas of the database that a zone's name begins with.
pub(super) const AREAS: &[&str] = &[
    "africa",
    "america",
    "antarctica",
    "arctic",
    "asia",
    "atlantic",
    "australia",
    "brazil",
    "canada",
    "chile",
    "etc",
    "europe",
    "indian",
    "mexico",
    "pacific",
    "us",
];

/// How far the clocks of a zone of the database are ahead when they show a time.
pub fn ahead(zone: &str, shown: DateTime) -> Option<Offset> {
    place(zone)?.offset(shown)
}

static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// The zone of that name in the database: `Asia/Tokyo`, in any case.
pub(super) fn place(name: &str) -> Option<Place> {
    if name.eq_ignore_ascii_case("utc") {
        return Some(Place::Utc);
    }
    DATABASE.get(name).ok().map(Place::Zone)
}

/// Every name of a zone that is known by its words.
pub(super) fn names() -> Vec<(String, Place)> {
    let mut all: Vec<(String, Place)> = Vec::new();
    all.extend(["utc", "gmt", "ut", "z"].map(|name| (name.to_owned(), Place::Utc)));
    all.extend(ZONES.iter().map(|(name, ahead)| ((*name).to_owned(), Place::Ahead(*ahead))));
    all.extend(AMERICAN.iter().map(|(name, ahead)| ((*name).to_owned(), Place::American(*ahead))));
    all.extend(SHARED.iter().map(|(name, ahead)| ((*name).to_owned(), Place::Shared(*ahead))));
    all.extend(SEASONAL.iter().filter_map(|(name, zone)| Some(((*name).to_owned(), place(zone)?))));
    for (name, standard, summer, zone) in LONG {
        let seasonal = if summer.is_some() { place(zone) } else { None };
        let ahead = if AMERICAN_ZONES.contains(zone) { Place::American } else { Place::Ahead };
        all.push((format!("{name} standard time"), ahead(*standard)));
        all.push((format!("{name} time"), seasonal.unwrap_or(ahead(*standard))));
        if let Some(summer) = summer {
            all.push((format!("{name} daylight time"), ahead(*summer)));
            all.push((format!("{name} summer time"), ahead(*summer)));
        }
    }
    all
}

impl Place {
    /// Whether the clocks are those of North America, where the month stands first.
    pub fn is_american(&self) -> bool {
        match self {
            Self::American(_) | Self::Shared(-360) => true,
            Self::Zone(zone) => zone.iana_name().is_some_and(|name| AMERICAN_ZONES.contains(&name)),
            _ => false,
        }
    }

    /// The offset at a time that clocks show there.
    pub fn offset(&self, at: DateTime) -> Option<Offset> {
        match self {
            Self::Ahead(minutes) | Self::American(minutes) | Self::Shared(minutes) => {
                Offset::from_seconds(minutes * 60).ok()
            }
            Self::Utc => Some(Offset::UTC),
            Self::Zone(zone) => {
                let instant: Timestamp = zone.to_ambiguous_timestamp(at).compatible().ok()?;
                Some(zone.to_offset(instant))
            }
        }
    }
}

/// Minutes ahead of UTC of an offset in figures: `hours` with so many digits, and minutes where they stand apart.
pub(super) fn figures(hours: u64, digits: u8, minutes: Option<u64>) -> Option<i32> {
    let (hours, minutes) = match (digits, minutes) {
        (1 | 2, minutes) => (hours, minutes.unwrap_or(0)),
        (3 | 4, None) => (hours / 100, hours % 100),
        _ => return None,
    };
    (hours <= 14 && minutes < 60).then_some((hours * 60 + minutes) as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_in_figures() {
        for (hours, digits, minutes, ahead) in
            [(7, 2, Some(0), 420), (530, 4, None, 330), (7, 1, None, 420), (530, 3, None, 330), (5, 1, Some(30), 330)]
        {
            assert_eq!(figures(hours, digits, minutes), Some(ahead));
        }
        for (hours, digits, minutes) in
            [(99, 2, None), (790, 4, None), (15, 2, None), (70_000, 5, None), (7, 2, Some(60))]
        {
            assert_eq!(figures(hours, digits, minutes), None);
        }
    }

    #[test]
    fn every_zone_that_is_named_is_in_the_database() {
        for zone in LONG.iter().map(|row| row.3).chain(SEASONAL.iter().map(|row| row.1)) {
            assert!(place(zone).is_some(), "{zone}");
        }
        for language in crate::languages::all() {
            for zone in language.calendar.zones.values().chain(&language.calendar.zone) {
                assert!(place(zone).is_some(), "{} {zone}", language.code);
            }
        }
    }
}
