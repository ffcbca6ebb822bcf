//! Decides which addresses of strangers may be links, for every output that has links.

/// Longest address that is made a link, in bytes.
const LONGEST: usize = 2000;

/// An address that may be a link: of the web, written as RFC 3986 wants it. What a browser would read as another
/// scheme, however it is spelled, is none.
pub(super) fn link(address: &str) -> Option<String> {
    let parsed = url::Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    Some(String::from(parsed)).filter(|text| text.len() <= LONGEST)
}

#[cfg(test)]
mod tests {
    use super::link;

    #[test]
    fn only_the_web_is_linked_however_another_scheme_is_spelled() {
        for other in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            " javascript:alert(1)",
            "\u{1}javascript:alert(1)",
            "java\tscript:alert(1)",
            "java\nscript:alert(1)",
            "javascript&colon;alert(1)",
            "&#106;avascript:alert(1)",
            "data:text/html,<script>alert(1)</script>",
            "vbscript:msgbox(1)",
            "file:///etc/passwd",
            "blob:https://a.example/1",
            "view-source:javascript:alert(1)",
            "//a.example/b",
            "/b",
            "",
        ] {
            assert_eq!(link(other), None, "{other:?}");
        }
        assert_eq!(link("https://a.example/b c<d>").as_deref(), Some("https://a.example/b%20c%3Cd%3E"));
        assert_eq!(link(" HTTPS://A.example/\tb").as_deref(), Some("https://a.example/b"));
        assert_eq!(link(&format!("https://a.example/{}", "x".repeat(3000))), None);
    }
}
