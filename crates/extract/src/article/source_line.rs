//! Knows the line that names where a text comes from: `Quelle: https://…`, `出处：…`, `Theo …`.
//!
//! A label is believed where some language's list of [`languages`] holds it. "Tickets: https://…" and "Study: https://…"
//! have the same shape and are no sources, so another label, or none, is believed only as mirrors have it
//! ([`is_mirrors`]). A line is only believed at the end: [`super::clean`] sees to that.

use super::shape;
use samestory_model::{Lang, address_slug, languages, same_site};
use url::Url;

/// What a source line says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SourceLine {
    /// The original's address.
    pub url: Option<Url>,
    /// The outlet's name, where the line gives one, else none.
    pub name: Option<String>,
    /// Whether its label is one for a source.
    pub is_labelled: bool,
}

/// Whether an address under a text on `page` is that of the original, whatever stands before it: an article's of
/// another site, whose headline in the address is the mirror's own; on a text without an address, an article's.
pub(super) fn is_mirrors(address: &Url, page: Option<&Url>) -> bool {
    let slug = address_slug(address);
    match page.filter(|page| page.has_host()) {
        Some(page) => slug.is_some() && !same_site(address, page) && slug == address_slug(page),
        None => slug.is_some(),
    }
}

/// Reads a line as a source line.
pub(super) fn read(line: &str) -> Option<SourceLine> {
    let line = line.trim().trim_start_matches(['(', '[', '（', '-', '–', '—', '*', '>', '•', '|', '/']).trim();
    let line = line.trim_end_matches([')', ']', '）']).trim();
    if shape::weight(line) > 400 || line.len() > 1200 {
        return None;
    }
    if let Some(at) = address_start(line) {
        let (head, address) = line.split_at(at);
        let mut parts = address.split_whitespace();
        let url = parse(parts.next()?)?;
        // Words after the address make it a sentence about a link.
        if parts.clone().any(|part| address_start(part).is_none() && part.chars().any(char::is_alphabetic)) {
            return None;
        }
        let head = head.trim().trim_end_matches(['(', '[', '<', '-', '–', '—', '|']).trim();
        if head.is_empty() {
            return Some(at_front(url, None, false));
        }
        let (label, name) =
            split_label(head).or_else(|| sign_ended(head)).or_else(|| is_label(head).then_some((head, "")))?;
        if shape::weight(label) > 40 || shape::weight(name) > 80 || shape::ends_as_sentence(name) {
            return None;
        }
        let named = (!name.is_empty()).then(|| name.to_owned());
        return Some(at_front(url, named, is_label(label)));
    }
    let (label, name) = split_label(line)?;
    if is_host(name) && shape::weight(label) <= 30 && !label.is_empty() {
        let url = parse(&format!("https://{}", name.trim_end_matches('.')));
        return url.map(|url| at_front(url, None, is_label(label)));
    }
    let opens = line[label.len()..].trim_start().starts_with([':', '：', '︰', '﹕']);
    let known = is_label(label) || !opens && languages::is_open_source_label(&label.to_lowercase());
    if !known || name.is_empty() || shape::weight(name) > 60 || shape::is_prose(name) {
        return None;
    }
    // `Theo` and `via` begin sentences as well: without a colon only a name may follow.
    if !opens && !is_name(name) {
        return None;
    }
    let name = name.trim_end_matches(['.', '。']).trim();
    let named = || SourceLine { url: None, name: Some(name.to_owned()), is_labelled: true };
    (!name.is_empty() && shape::sentences(name) <= 1).then(named)
}

/// Whether a few words are the name of an outlet and no sentence: no comma, no verb that a capital would show, and the
/// last word with a capital, as in `báo Tuổi Trẻ`, `TTXVN`, `Reuters.`
fn is_name(words: &str) -> bool {
    let words = words.trim_end_matches(['.', '。']);
    let all: Vec<&str> = words.split_whitespace().collect();
    let capital = |word: &&str| word.chars().find(|sign| sign.is_alphabetic()).is_some_and(|sign| !sign.is_lowercase());
    let small = all.iter().filter(|word| !capital(word)).count();
    !words.chars().any(shape::is_comma) && all.len() <= 6 && small * 2 <= all.len() && all.last().is_some_and(capital)
}

/// An outlet's front page, in whichever language, is its name, not the address of one text: taken for an address it would
/// put every text of that outlet together.
fn at_front(url: Url, name: Option<String>, is_labelled: bool) -> SourceLine {
    let path = url.path().trim_matches('/');
    let is_home = path.is_empty() || matches!(path.len(), 2 | 3) && Lang::parse(path).is_some();
    if !is_home || url.query().is_some() {
        return SourceLine { url: Some(url), name, is_labelled };
    }
    let host = url.host_str().map(|host| host.trim_start_matches("www.").to_owned());
    SourceLine { url: None, name: name.or(host), is_labelled }
}

/// Whether a word looks like a host, with or without a path.
fn is_host(word: &str) -> bool {
    let host = word.trim_end_matches('.').split('/').next().unwrap_or("");
    let Some((name, last)) = host.rsplit_once('.') else { return false };
    !word.contains(char::is_whitespace)
        && name.len() >= 2
        && (2..=12).contains(&last.len())
        && last.bytes().all(|byte| byte.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
        && name.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// Whether a line is a source label that waits for its address on the next line.
pub(super) fn is_bare_label(line: &str) -> bool {
    let line = line.trim();
    let bare = line.trim_end_matches([':', '：']).trim();
    bare.len() < line.len() && shape::weight(bare) <= 30 && is_label(bare)
}

/// Splits the source line off the end of a paragraph that runs into it.
pub(super) fn split_off(line: &str) -> Option<(&str, SourceLine)> {
    let at = address_start(line)?;
    if at == 0 || shape::weight(line) < 60 {
        return None;
    }
    let head = &line[..at];
    let sentence_end = head
        .char_indices()
        .rev()
        .find(|&(_, sign)| shape::is_terminator(sign) || shape::is_closer(sign))
        .map(|(index, sign)| index + sign.len_utf8())?;
    let found = read(&line[sentence_end..]).filter(|found| found.is_labelled)?;
    (!head[sentence_end..].trim().is_empty()).then(|| (line[..sentence_end].trim_end(), found))
}

fn is_label(label: &str) -> bool {
    let label = label.trim().to_lowercase();
    languages::is_source_label(&label)
}

/// Label and rest: at a colon of any script, or after a listed label that needs none (`Theo …`).
fn split_label(line: &str) -> Option<(&str, &str)> {
    if let Some((label, rest)) = line.split_once([':', '：', '︰', '﹕']) {
        return Some((label.trim(), rest.trim()));
    }
    let first = line.split_whitespace().next()?;
    (languages::is_open_source_label(&first.to_lowercase()) && line.len() > first.len())
        .then(|| (first, line[first.len()..].trim()))
}

/// A label that ends with another sign than a colon, as scripts with marks of their own have it.
fn sign_ended(head: &str) -> Option<(&str, &str)> {
    let label = head.trim_end_matches(|sign: char| !sign.is_alphanumeric());
    let sign = head[label.len()..].chars().next()?;
    (!label.is_empty() && !shape::is_terminator(sign) && !shape::is_comma(sign) && !shape::is_closer(sign))
        .then_some((label, ""))
}

/// Where an address starts in a line.
fn address_start(line: &str) -> Option<usize> {
    [line.find("https://"), line.find("http://"), line.find("www.")].into_iter().flatten().min()
}

fn parse(address: &str) -> Option<Url> {
    let address = address.split(['<', '>', '"', ']', '”', '|']).next().unwrap_or(address);
    let address = address.trim_end_matches(['.', ',', ';', ')', ']', '>', '"', '”', '。', '）']);
    let url = if address.starts_with("www.") { Url::parse(&format!("https://{address}")) } else { Url::parse(address) };
    url.ok().filter(|url| url.host_str().is_some_and(|host| host.contains('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_label_and_an_address_is_read_in_every_form() {
        for line in [
            "Quelle: https://blatt.example/a.html",
            "Nguồn: https://blatt.example/a.html",
            "출처: https://blatt.example/a.html",
            "Zzyzx qux: https://blatt.example/a.html",
            "来源：https://blatt.example/a.html",
            "(Källa: https://blatt.example/a.html)",
            "https://blatt.example/a.html",
            "Qqq: blatt.example/a.html",
            "ምንጭ፦ https://blatt.example/a.html",
            "Source: [https://blatt.example/a.html](https://blatt.example/a.html)",
            "Quelle: <https://blatt.example/a.html>",
        ] {
            let found = read(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!(found.url.expect("an address").as_str(), "https://blatt.example/a.html", "{line}");
        }
    }

    #[test]
    fn a_label_is_one_for_a_source_where_some_language_says_so() {
        let labelled = |line: &str| read(line).is_some_and(|found| found.is_labelled);
        for line in [
            "Quelle: https://blatt.example/a.html",
            "来源：https://blatt.example/a.html",
            "Nguồn: blatt.example/a.html",
        ] {
            assert!(labelled(line), "{line}");
        }
        for line in [
            "Tickets: https://blatt.example/a.html",
            "Study: https://doi.org/10.1000/xyz123",
            "AP NFL: https://blatt.example/nfl",
            "Đặt vé: https://blatt.example/ve",
            "https://blatt.example/a.html",
            "Hotline: blatt.example/a.html",
        ] {
            assert!(!labelled(line), "{line}");
        }
    }

    #[test]
    fn a_mirror_names_an_article_with_its_own_headline_on_another_site() {
        let url = |address: &str| Url::parse(address).expect("an address");
        let original = url("https://bao.example/cau-lam-khe-mo-lai-sau-bao-post812345.html");
        let page = url("https://mirror.example/de/cau-lam-khe-mo-lai-sau-bao");
        assert!(is_mirrors(&original, Some(&page)) && is_mirrors(&original, None));
        assert!(!is_mirrors(&original, Some(&url("https://paper.example/another-article-of-this-paper"))));
        assert!(!is_mirrors(&url("https://mirror.example/sv/cau-lam-khe-mo-lai-sau-bao"), Some(&page)));
        for address in ["https://doi.org/10.1000/182", "https://video.example/watch?v=abc", "https://s.example/x7Gk2"] {
            assert!(!is_mirrors(&url(address), None), "{address}");
        }
    }

    #[test]
    fn a_sentence_that_begins_like_a_source_is_none() {
        for line in [
            "Theo kế hoạch, phà chạy lại vào thứ Sáu.",
            "Theo ông Hậu, đê sẽ mở lại trước mùa hè.",
            "Via Zoom, the mayor joined from Oslo.",
            "Via Appia is closed on Sundays",
            "Theo Bộ Y tế có hai ca bệnh",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
        for line in ["Theo TTXVN", "Theo báo Tuổi Trẻ", "Via Reuters.", "Theo Báo Nhân Dân"] {
            assert!(read(line).is_some(), "{line}");
        }
    }

    #[test]
    fn names_count_after_a_known_label_only() {
        assert_eq!(read("Theo Báo Nhân Dân").and_then(|found| found.name).as_deref(), Some("Báo Nhân Dân"));
        assert_eq!(read("Fuente: EFE").and_then(|found| found.name).as_deref(), Some("EFE"));
        assert_eq!(read("Result: Two to one"), None);
        // A front page names the outlet and no text.
        for line in ["Nguồn: nhandan.example", "Qqq: nhandan.example", "Quelle: https://www.nhandan.example/"] {
            let found = read(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!((found.url, found.name.as_deref()), (None, Some("nhandan.example")), "{line}");
        }
        assert_eq!(read("See https://blatt.example for more about it."), None);
    }

    #[test]
    fn a_source_can_hang_on_the_last_paragraph() {
        let line = "Die Brücke bleibt bis zum Sommer gesperrt, sagte der Rat. Quelle: https://blatt.example/a";
        let (text, found) = split_off(line).expect("a source");
        assert!(text.ends_with("der Rat."));
        assert!(found.url.is_some());
    }
}
