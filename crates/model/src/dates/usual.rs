//! Knows the zone that a time without one is in, by the country and the language of what it stands in.

use crate::Lang;
use crate::languages;

/// Zones by the domain of a country that has one, or as good as one.
const COUNTRIES: &[(&str, &str)] = &[
    ("ae", "Asia/Dubai"),
    ("al", "Europe/Tirane"),
    ("am", "Asia/Yerevan"),
    ("at", "Europe/Vienna"),
    ("az", "Asia/Baku"),
    ("ba", "Europe/Sarajevo"),
    ("bd", "Asia/Dhaka"),
    ("be", "Europe/Brussels"),
    ("bg", "Europe/Sofia"),
    ("bh", "Asia/Bahrain"),
    ("by", "Europe/Minsk"),
    ("ch", "Europe/Zurich"),
    ("cn", "Asia/Shanghai"),
    ("cr", "America/Costa_Rica"),
    ("cy", "Asia/Nicosia"),
    ("cz", "Europe/Prague"),
    ("de", "Europe/Berlin"),
    ("dk", "Europe/Copenhagen"),
    ("dz", "Africa/Algiers"),
    ("ee", "Europe/Tallinn"),
    ("eg", "Africa/Cairo"),
    ("et", "Africa/Addis_Ababa"),
    ("fi", "Europe/Helsinki"),
    ("fr", "Europe/Paris"),
    ("ge", "Asia/Tbilisi"),
    ("gh", "Africa/Accra"),
    ("gr", "Europe/Athens"),
    ("gt", "America/Guatemala"),
    ("hk", "Asia/Hong_Kong"),
    ("hr", "Europe/Zagreb"),
    ("hu", "Europe/Budapest"),
    ("ie", "Europe/Dublin"),
    ("il", "Asia/Jerusalem"),
    ("in", "Asia/Kolkata"),
    ("iq", "Asia/Baghdad"),
    ("ir", "Asia/Tehran"),
    ("is", "Atlantic/Reykjavik"),
    ("it", "Europe/Rome"),
    ("jo", "Asia/Amman"),
    ("jp", "Asia/Tokyo"),
    ("ke", "Africa/Nairobi"),
    ("kh", "Asia/Phnom_Penh"),
    ("kr", "Asia/Seoul"),
    ("kw", "Asia/Kuwait"),
    ("la", "Asia/Vientiane"),
    ("lb", "Asia/Beirut"),
    ("lk", "Asia/Colombo"),
    ("lt", "Europe/Vilnius"),
    ("lu", "Europe/Luxembourg"),
    ("lv", "Europe/Riga"),
    ("ma", "Africa/Casablanca"),
    ("md", "Europe/Chisinau"),
    ("mk", "Europe/Skopje"),
    ("mm", "Asia/Yangon"),
    ("mt", "Europe/Malta"),
    ("my", "Asia/Kuala_Lumpur"),
    ("ng", "Africa/Lagos"),
    ("nl", "Europe/Amsterdam"),
    ("no", "Europe/Oslo"),
    ("np", "Asia/Kathmandu"),
    ("om", "Asia/Muscat"),
    ("pe", "America/Lima"),
    ("ph", "Asia/Manila"),
    ("pk", "Asia/Karachi"),
    ("pl", "Europe/Warsaw"),
    ("qa", "Asia/Qatar"),
    ("ro", "Europe/Bucharest"),
    ("rs", "Europe/Belgrade"),
    ("sa", "Asia/Riyadh"),
    ("se", "Europe/Stockholm"),
    ("sg", "Asia/Singapore"),
    ("si", "Europe/Ljubljana"),
    ("sk", "Europe/Bratislava"),
    ("th", "Asia/Bangkok"),
    ("tn", "Africa/Tunis"),
    ("tr", "Europe/Istanbul"),
    ("tw", "Asia/Taipei"),
    ("tz", "Africa/Dar_es_Salaam"),
    ("ua", "Europe/Kyiv"),
    ("uk", "Europe/London"),
    ("uy", "America/Montevideo"),
    ("uz", "Asia/Tashkent"),
    ("ve", "America/Caracas"),
    ("vn", "Asia/Ho_Chi_Minh"),
    ("za", "Africa/Johannesburg"),
];

/// The zone that times without one are in: that of the country that the host's domain is of, else that of the language.
pub fn usual(lang: Option<Lang>, host: Option<&str>) -> Option<&'static str> {
    let domain = host.and_then(|host| host.rsplit('.').next());
    let country = domain.and_then(|domain| COUNTRIES.iter().find(|row| row.0 == domain)).map(|row| row.1);
    country.or_else(|| lang.and_then(languages::of).and_then(|own| own.calendar.zone))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_has_a_zone_of_the_database() {
        for (country, zone) in COUNTRIES {
            assert!(super::super::zones::place(zone).is_some(), "{country} {zone}");
        }
        assert!(COUNTRIES.is_sorted_by_key(|row| row.0));
    }

    #[test]
    fn a_country_counts_before_a_language() {
        let lang = |tag: &str| Lang::parse(tag);
        for (tag, host, zone) in [
            ("vi", None, Some("Asia/Ho_Chi_Minh")),
            ("de", Some("www.zeitung.at"), Some("Europe/Vienna")),
            ("en", Some("daily.in"), Some("Asia/Kolkata")),
            ("en", Some("daily.com"), None),
            ("", Some("bao.vn"), Some("Asia/Ho_Chi_Minh")),
        ] {
            assert_eq!(usual(lang(tag), host), zone, "{tag} {host:?}");
        }
    }
}
