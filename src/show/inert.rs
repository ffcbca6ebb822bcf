//! Takes the power out of text from outside: control characters, terminal escapes, bidi overrides.

/// One line of text that changes nothing but what it says.
pub fn inert(text: &str) -> String {
    let harmful = |sign: char| {
        sign.is_control()
            || matches!(sign, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{2028}' | '\u{2029}')
    };
    text.chars()
        .map(|sign| if sign.is_whitespace() && !harmful(sign) || sign == '\n' || sign == '\t' { ' ' } else { sign })
        .filter(|sign| !harmful(*sign))
        .collect()
}

/// Several lines that change nothing but what they say.
pub fn inert_lines(text: &str) -> String {
    text.lines().map(inert).collect::<Vec<_>>().join("\n")
}

/// Text for XML and HTML.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text
        .chars()
        .filter(|sign| *sign >= ' ' || matches!(sign, '\n' | '\t'))
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
}
