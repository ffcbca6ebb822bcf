//! Takes the power out of text from outside: control characters, terminal escapes, bidi overrides.
//!
//! [`inert`] is for a field of one line. What leaves the program as a whole goes through the form that fits it
//! (`cli/output.rs`), so that a field that was forgotten does no harm either.

use std::fmt::Write as _;

/// A sign that a terminal or a reader's eye may take for more than itself: controls of both sets (C0, C1), marks
/// that turn the direction of writing, line ends that are none everywhere.
fn is_harmful(sign: char) -> bool {
    sign.is_control()
        || matches!(sign, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{2028}' | '\u{2029}')
}

/// One line of text that changes nothing but what it says.
pub fn inert(text: &str) -> String {
    text.chars()
        .map(|sign| if sign.is_whitespace() && !is_harmful(sign) || sign == '\n' || sign == '\t' { ' ' } else { sign })
        .filter(|sign| !is_harmful(*sign))
        .collect()
}

/// Several lines that change nothing but what they say.
pub fn inert_lines(text: &str) -> String {
    text.lines().map(inert).collect::<Vec<_>>().join("\n")
}

/// A whole text for a person: lines and columns stay, everything else that is harmful goes.
pub fn inert_text(text: &str) -> String {
    text.chars().filter(|sign| matches!(sign, '\n' | '\t') || !is_harmful(*sign)).collect()
}

/// The same with what the tables themselves write: colours (`ESC [ … m`), links (`ESC ] 8 ; … ESC \`), and the
/// marks that keep a line of another direction to itself. Tables make what they quote inert before.
pub fn inert_styled(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        out.extend(rest[..at].chars().filter(|sign| is_styled(*sign)));
        let own = style(&rest[at..]);
        out.push_str(&rest[at..at + own]);
        rest = &rest[at + own.max(1)..];
    }
    out.extend(rest.chars().filter(|sign| is_styled(*sign)));
    out
}

fn is_styled(sign: char) -> bool {
    matches!(sign, '\n' | '\t' | '\u{2066}'..='\u{2069}') || !is_harmful(sign)
}

/// Length of the colour or link with which a text begins; 0 where it begins with another escape.
fn style(text: &str) -> usize {
    if let Some(rest) = text.strip_prefix("\u{1b}[") {
        let end = rest.find(|sign: char| !sign.is_ascii_digit() && sign != ';');
        return end.filter(|end| rest[*end..].starts_with('m')).map_or(0, |end| end + 3);
    }
    let Some(rest) = text.strip_prefix("\u{1b}]8;") else { return 0 };
    let end = rest.find(|sign: char| sign.is_control());
    end.filter(|end| rest[*end..].starts_with("\u{1b}\\")).map_or(0, |end| end + 6)
}

/// JSON whose strings write every harmful sign as an escape: the same data, and nothing that a terminal obeys.
pub fn inert_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for sign in json.chars() {
        if matches!(sign, '\n' | '\r' | '\t') || !is_harmful(sign) {
            out.push(sign);
        } else {
            // All of them lie in the basic plane.
            let _ = write!(out, "\\u{:04x}", u32::from(sign));
        }
    }
    out
}

/// A format for programs that is no JSON, without control characters; marks of direction are part of its texts.
pub fn inert_markup(text: &str) -> String {
    text.chars().filter(|sign| matches!(sign, '\n' | '\r' | '\t') || !sign.is_control()).collect()
}

/// Text for XML and HTML.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text
        .chars()
        .filter(|sign| !sign.is_control() || matches!(sign, '\n' | '\t'))
        .filter(|sign| !matches!(sign, '\u{fffe}' | '\u{ffff}'))
    {
        match sign {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_overrides_lose_their_power() {
        assert_eq!(inert("a\u{1b}[31mred\u{202e}txt\r\nb\u{9b}2J"), "a[31mredtxt b2J");
        assert_eq!(escaped("<script>\"&\u{1}"), "&lt;script&gt;&quot;&amp;");
        assert_eq!(inert("שלום — ไทย 日本"), "שלום — ไทย 日本");
    }

    const HARM: &str = "a\u{1b}[31mb\u{1b}]0;title\u{7}c\u{9b}2Jd\u{7f}e\u{202e}f\u{85}g\rh";

    #[test]
    fn every_form_of_output_has_its_own_way_to_be_harmless() {
        assert_eq!(inert_text(&format!("{HARM}\n\tx")), "a[31mb]0;titlec2Jdefgh\n\tx");
        assert_eq!(inert_markup(HARM), "a[31mb]0;titlec2Jde\u{202e}fg\rh");
        let json = serde_json::json!({ "title": HARM }).to_string();
        let harmless = inert_json(&json);
        assert!(!harmless.chars().any(is_harmful), "{harmless:?}");
        let read: serde_json::Value = serde_json::from_str(&harmless).expect("JSON");
        assert_eq!(read["title"], HARM);
    }

    #[test]
    fn a_table_keeps_its_own_colours_and_links_and_nothing_else() {
        let own =
            "\u{1b}[1mbold\u{1b}[0m \u{1b}]8;;https://a.example/\u{1b}\\here\u{1b}]8;;\u{1b}\\ \u{2068}ab\u{2069}\n";
        assert_eq!(inert_styled(own), own);
        assert_eq!(
            inert_styled("a\u{1b}[2Jb\u{1b}]0;t\u{7}c\u{1b}]8;;x\u{7}d\u{1b}\u{9b}1me\u{1b}[1"),
            "a[2Jb]0;tc]8;;xd1me[1"
        );
    }
}
