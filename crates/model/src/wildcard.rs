//! The one reading of patterns in which `*` stands for any run of signs.

/// Whether a text holds a pattern anywhere, in the same case. A part of the pattern that is empty fits everywhere.
pub fn holds_pattern(text: &str, pattern: &str) -> bool {
    let mut rest = text;
    pattern.split('*').all(|part| match rest.split_once(part) {
        // Splitting by nothing would step over a sign.
        _ if part.is_empty() => true,
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::holds_pattern;

    #[test]
    fn parts_stand_in_their_order_and_empty_ones_fit_everywhere() {
        assert!(holds_pattern("https://a.example/news/2026/x.html", "/news/*.html"));
        assert!(!holds_pattern("https://a.example/sport/x.html", "/news/*.html"));
        assert!(!holds_pattern("grey seals return", "return*grey") && !holds_pattern("grey", "Grey"));
        for pattern in ["", "*", "**", "*a", "a*", "*a**"] {
            assert!(holds_pattern("a", pattern), "{pattern}");
        }
        assert!(!holds_pattern("a", "a*a") && !holds_pattern("", "a") && holds_pattern("", "*"));
        assert!(holds_pattern("ß", "*ß*") && holds_pattern("橋は閉鎖", "橋*鎖"));
    }
}
