//! Reads the rules of a robots.txt once, and asks them for many addresses.
//!
//! Promises memory in proportion to the text (RFC 9309 asks for at least 500 KiB of it to be read) and, for each
//! address, a time in proportion to the text and to the address: a rule is kept as it stands and compared, never
//! compiled. What publishers misspell counts as what they meant. Whose rules count, for how long, and what a host
//! that fails means is for `robots`.

use url::{Position, Url};

/// Bytes of a text that are read: what RFC 9309 asks for at least.
const MOST: usize = 512_000;

/// Ways to write a name, as publishers do.
const USER_AGENT: &[&str] = &["user-agent", "user agent", "useragent"];
const ALLOW: &[&str] = &["allow"];
const DISALLOW: &[&str] = &["disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"];
const DELAY: &[&str] = &["crawl-delay", "crawl delay", "crawldelay"];

/// What one line says.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Line<'a> {
    Agent(&'a str),
    Rule { allows: bool, pattern: &'a str },
    Delay(f32),
}

/// The value behind one of these names; a colon or a blank stands between them.
fn value<'a>(line: &'a str, names: &[&str]) -> Option<&'a str> {
    let rest = names.iter().find_map(|name| {
        let head = line.get(..name.len())?;
        head.eq_ignore_ascii_case(name).then(|| &line[name.len()..])
    })?;
    let after = rest.trim_start_matches([' ', '\t']);
    match after.strip_prefix(':') {
        Some(value) => Some(value.trim()),
        None if after.len() < rest.len() => Some(after.trim()),
        None => None,
    }
}

fn read(line: &str) -> Option<Line<'_>> {
    let line = line.trim_start_matches([' ', '\t']);
    let line = line.split('#').next().unwrap_or_default();
    if let Some(agent) = value(line, USER_AGENT) {
        return Some(Line::Agent(agent));
    }
    if let Some(pattern) = value(line, ALLOW) {
        return Some(Line::Rule { allows: true, pattern });
    }
    if let Some(pattern) = value(line, DISALLOW) {
        // "Disallow:" with nothing behind it allows all.
        let allows = pattern.is_empty();
        return Some(Line::Rule { allows, pattern: if allows { "/" } else { pattern } });
    }
    let delay = value(line, DELAY)?.parse::<f32>().ok().filter(|delay| *delay >= 0.0)?;
    Some(Line::Delay(delay))
}

/// Signs of a rule that stand in an address by their numbers.
fn encoded(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    for byte in pattern.bytes() {
        if byte.is_ascii_control() || !byte.is_ascii() || matches!(byte, b' ' | b'"' | b'<' | b'>' | b'`') {
            out.push_str(&format!("%{byte:02X}"));
        } else {
            out.push(char::from(byte));
        }
    }
    out
}

/// One rule, as it stands in the text but for signs that no address has.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    pattern: Box<str>,
    allows: bool,
}

impl Rule {
    /// Whether an address, from its path on, begins as the rule says: `*` is any run, `$` the end.
    fn fits(&self, address: &str) -> bool {
        let (pattern, whole) = match self.pattern.strip_suffix('$') {
            Some(pattern) => (pattern, true),
            None => (&*self.pattern, false),
        };
        if pattern.contains('$') {
            // Nothing stands behind an end.
            return false;
        }
        let mut parts = pattern.split('*');
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = address.strip_prefix(first) else { return false };
        let mut last = None;
        for part in parts.filter(|part| !part.is_empty()) {
            if let Some(part) = last.replace(part) {
                match rest.find(part) {
                    Some(place) => rest = &rest[place + part.len()..],
                    None => return false,
                }
            }
        }
        let open = pattern.ends_with('*') || !whole;
        match last {
            None => open || rest.is_empty(),
            Some(part) if open => rest.contains(part),
            Some(part) => rest.ends_with(part),
        }
    }
}

/// What a robots.txt says to one agent.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Rules {
    /// The longest first; of two of one length that which allows.
    rules: Vec<Rule>,
    delay: Option<f32>,
}

impl Rules {
    /// Reads a text for an agent; a group that names it counts instead of that for all.
    pub(super) fn read(body: &[u8], agent: &str) -> Self {
        let body = &body[..body.len().min(MOST)];
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let ends = |byte: &u8| matches!(byte, b'\n' | b'\r' | 0);
        // A line that is no text is no rule, and takes no other with it.
        let lines = || body.split(ends).filter_map(|line| std::str::from_utf8(line).ok()).filter_map(read);
        let names =
            |line: Line<'_>, wanted: &str| matches!(line, Line::Agent(name) if name.eq_ignore_ascii_case(wanted));
        let agent = if lines().any(|line| names(line, agent)) { agent } else { "*" };
        let grouped = lines().any(|line| matches!(line, Line::Agent(_)));
        let (mut ours, mut within_names) = (!grouped, false);
        let (mut rules, mut delay, mut before) = (Vec::new(), None, None);
        let mut begun = false;
        for line in lines() {
            match line {
                Line::Agent(_) => {
                    ours = names(line, agent) || (ours && within_names);
                    (within_names, begun) = (true, true);
                    continue;
                }
                Line::Rule { allows, pattern } if ours => {
                    rules.push(Rule { pattern: encoded(pattern).into_boxed_str(), allows });
                }
                Line::Rule { .. } => {}
                Line::Delay(seconds) => {
                    if ours && delay.is_none() {
                        delay = Some(seconds);
                    }
                    if !begun {
                        before = Some(seconds);
                    }
                }
            }
            within_names = false;
        }
        rules.sort_by_key(|rule: &Rule| (std::cmp::Reverse(rule.pattern.len()), !rule.allows));
        Self { rules, delay: delay.or(before) }
    }

    /// Whether an address may be asked for.
    pub(super) fn allow(&self, url: &Url) -> bool {
        let address = &url[Position::BeforePath..];
        address == "/robots.txt" || self.rules.iter().find(|rule| rule.fits(address)).is_none_or(|rule| rule.allows)
    }

    /// The seconds between two requests that it asks for.
    pub(super) fn delay(&self) -> Option<f32> {
        self.delay
    }

    /// About how many bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        self.rules.iter().map(|rule| size_of::<Rule>() + rule.pattern.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(text: &str, path: &str) -> bool {
        let url = format!("https://paper.example{path}").parse().expect("an address");
        Rules::read(text.as_bytes(), "samestory").allow(&url)
    }

    #[test]
    fn patterns_are_those_of_the_standard() {
        for (pattern, path, fits) in [
            ("/fish", "/fish.html", true),
            ("/fish", "/Fish.asp", false),
            ("/fish*", "/fishheads/yummy.html", true),
            ("/fish/", "/fish", false),
            ("/*.php", "/folder/any.php.file", true),
            ("/*.php$", "/filename.php?x", false),
            ("/*.php$", "/folder/filename.php", true),
            ("/*.php$", "/a.php/b.php", true),
            ("/fish*.php", "/fishheads/catfish.php?p=1", true),
            ("/a*b*c$", "/a-b-c-c", true),
            ("/a*b*c$", "/a-c-b", false),
            ("*/print$", "/news/print", true),
            ("/a$b", "/a$b", false),
            ("/page$", "/page", true),
            ("/page$", "/pages", false),
            ("/a***b", "/aXb", true),
            ("/*$", "/anything", true),
            ("/caf\u{e9}", "/caf%C3%A9/1", true),
            ("fish", "/fish", false),
        ] {
            let text = format!("User-agent: *\nDisallow: {pattern}\n");
            assert_eq!(!allows(&text, path), fits, "{pattern} {path}");
        }
    }

    #[test]
    fn the_longest_rule_counts_and_of_equals_the_kinder() {
        let text = "User-agent: *\nAllow: /p\nDisallow: /\nAllow: /folder\nDisallow: /folder\nDisallow: /x/*.html\n";
        for (path, expected) in [("/page", true), ("/folder/page", true), ("/other", false), ("/x/1.html", false)] {
            assert_eq!(allows(text, path), expected, "{path}");
        }
        assert!(allows("User-agent: *\nDisallow:\n", "/a"));
        assert!(allows("User-agent: *\nDisallow: /\n", "/robots.txt"));
    }

    #[test]
    fn a_group_of_ones_own_counts_instead_of_that_for_all() {
        let text = "User-agent: *\nDisallow: /\n\nuser agent: other\nUseragent : SameStory\ndisalow /private # no\n";
        assert!(allows(text, "/news") && !allows(text, "/private/1"));
        let without = "Disallow: /private\nCrawl-delay: 3\n";
        assert!(allows(without, "/news") && !allows(without, "/private/1"));
        assert_eq!(Rules::read(without.as_bytes(), "samestory").delay(), Some(3.0));
        let other = "User-agent: other\nDisallow: /\nCrawl-delay: 9\n";
        assert_eq!((allows(other, "/news"), Rules::read(other.as_bytes(), "samestory").delay()), (true, None));
    }

    #[test]
    fn one_line_that_is_no_text_loses_no_other() {
        let text = b"User-agent: *\nDisallow: /\xff\xfe\nDisallow: /private\0Disallow: /secret\rDisallow: /hidden";
        let rules = Rules::read(text, "samestory");
        for path in ["/private", "/secret", "/hidden"] {
            assert!(!rules.allow(&format!("https://a.example{path}").parse().expect("an address")), "{path}");
        }
    }

    #[test]
    fn a_text_of_many_rules_takes_little_more_than_its_own_size() {
        let text: String =
            (0..26_000).fold("User-agent: *\n".to_owned(), |text, n| text + &format!("Disallow: /{n}*x$\n"));
        let rules = Rules::read(text.as_bytes(), "samestory");
        assert!(
            rules.rules.len() > 25_000 && rules.bytes() < 4 * text.len(),
            "{} {}",
            rules.rules.len(),
            rules.bytes()
        );
        let stars = format!("User-agent: *\n{}", format!("Disallow: /{}\n", "*a".repeat(500)).repeat(500));
        let long = format!("https://a.example/{}", "a".repeat(400)).parse().expect("an address");
        assert!(Rules::read(stars.as_bytes(), "samestory").allow(&long));
    }

    #[test]
    fn verdicts_are_those_of_another_reader_of_the_standard() {
        let lines = [
            "User-agent: *",
            "User-agent: samestory",
            "USER AGENT : other",
            "Disallow: /",
            "Disallow:",
            "Allow: /a",
            "Allow:",
            "disallow /a/*",
            "Disallow: /*b$",
            "Disallow: *c",
            "Allow: /a*b*c",
            "Disallow: /a b",
            "Crawl-delay: 4",
            "crawl delay 7.5",
            "Crawl-delay: x",
            "Sitemap: https://a.example/s.xml",
            "# nothing",
            "",
            "noise",
            "Disallow: /\u{e9}",
            "Disallow: /a?x=*&y",
            "Allow: /b/$",
            "Disallow: /b # so",
            "Disallow: /**a",
        ];
        let paths =
            ["/", "/a", "/a/", "/a/b", "/b", "/b/", "/ab/xc", "/%C3%A9/1", "/a%20b", "/a?x=1&y", "/c", "/robots.txt"];
        let mut seed = 7u32;
        let mut next = |most: usize| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as usize % most
        };
        for _ in 0..300 {
            let text: String = (0..next(12)).map(|_| format!("{}\n", lines[next(lines.len())])).collect();
            let (ours, theirs) =
                (Rules::read(text.as_bytes(), "samestory"), texting_robots::Robot::new("samestory", text.as_bytes()));
            let theirs = theirs.expect("it reads");
            assert_eq!(ours.delay(), theirs.delay, "{text}");
            for path in paths {
                let url: Url = format!("https://a.example{path}").parse().expect("an address");
                assert_eq!(ours.allow(&url), theirs.allowed(url.as_str()), "{path}\n{text}");
            }
        }
    }
}
