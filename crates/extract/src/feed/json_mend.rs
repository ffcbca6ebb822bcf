//! Finds values in broken JSON, and mends what is broken inside one.
//!
//! Nothing here asks for well-formedness: a value ends where its brackets and quotes do. `mended` gives back the same
//! value for JSON that is sound; what a string cannot hold (half a surrogate pair, a line break) becomes what it can.

/// Where a value that begins at `at` ends; `None` where the text ends first.
pub(super) fn value_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut depth = 0usize;
    let mut place = at;
    loop {
        match *bytes.get(place)? {
            b'"' => place = string_end(bytes, place)?,
            b'{' | b'[' => {
                depth += 1;
                place += 1;
            }
            b'}' | b']' | b',' if depth == 0 => return Some(place),
            b'}' | b']' => {
                depth -= 1;
                place += 1;
            }
            _ => {
                place += 1;
                continue;
            }
        }
        if depth == 0 {
            return Some(place);
        }
    }
}

/// Where the string that begins at `at` ends, behind its quote.
pub(super) fn string_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut place = at + 1;
    loop {
        match *bytes.get(place)? {
            b'\\' => place += 2,
            b'"' => return Some(place + 1),
            _ => place += 1,
        }
    }
}

/// Where blanks, and what else `also` takes, end.
pub(super) fn skip(bytes: &[u8], at: usize, also: &[u8]) -> usize {
    let blank = |byte: &u8| byte.is_ascii_whitespace() || also.contains(byte);
    at + bytes[at.min(bytes.len())..].iter().take_while(|byte| blank(byte)).count()
}

/// A value with its strings, words and commas as JSON has them.
pub fn mended(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len() + 16);
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                let end = string_end(bytes, at);
                string(&text[at + 1..end.map_or(bytes.len(), |end| end - 1)], &mut out);
                at = end.unwrap_or(bytes.len());
            }
            b',' => {
                let next = skip(bytes, at, b",");
                if !matches!(bytes.get(next), Some(b'}' | b']') | None) && !out.ends_with(['{', '[']) {
                    out.push(',');
                }
                at = next;
            }
            byte if byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.') => {
                let word = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
                let end = at + bytes[at..].iter().take_while(word).count();
                let word = &text[at..end];
                let lower = word.to_ascii_lowercase();
                let is_sound = serde_json::from_str::<serde_json::Number>(word).is_ok();
                let known = matches!(lower.as_str(), "true" | "false");
                out.push_str(if is_sound {
                    word
                } else if known {
                    &lower
                } else {
                    "null"
                });
                at = end;
            }
            byte if byte.is_ascii() => {
                out.push(char::from(byte));
                at += 1;
            }
            _ => at += text[at..].chars().next().map_or(1, char::len_utf8),
        }
    }
    out
}

/// The inside of a string, quoted again.
fn string(inside: &str, out: &mut String) {
    out.push('"');
    let mut rest = inside;
    while let Some(place) = rest.find(|sign: char| sign == '\\' || sign < ' ') {
        out.push_str(&rest[..place]);
        let sign = rest.as_bytes()[place];
        rest = &rest[place + 1..];
        if sign != b'\\' {
            out.push_str(&format!("\\u{sign:04x}"));
            continue;
        }
        match rest.as_bytes().first() {
            Some(b'u') => rest = escape(rest, out),
            Some(kind @ (b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't')) => {
                out.push('\\');
                out.push(char::from(*kind));
                rest = &rest[1..];
            }
            // `\\'` and the like mean the sign itself.
            _ => {}
        }
    }
    out.push_str(rest);
    out.push('"');
}

/// A sign by its number, from its `u` on; half of a pair becomes the sign that stands for a lost one.
fn escape<'a>(rest: &'a str, out: &mut String) -> &'a str {
    let number = |text: &str| text.get(..4).and_then(|hex| u16::from_str_radix(hex, 16).ok());
    let Some(code) = number(&rest[1..]) else { return rest };
    let after = &rest[5..];
    let low = after.strip_prefix("\\u").and_then(number).filter(|low| (0xDC00..0xE000).contains(low));
    match (code, low) {
        (0xD800..0xDC00, Some(low)) => {
            out.push_str(&format!("\\u{code:04x}\\u{low:04x}"));
            return &after[6..];
        }
        (0xD800..0xE000, _) => out.push('\u{fffd}'),
        _ => out.push_str(&format!("\\u{code:04x}")),
    }
    after
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_broken_is_mended_and_what_is_sound_stays() {
        for (broken, sound) in [
            (r#"{"a":"\ud83d x"}"#, "{\"a\":\"\u{fffd} x\"}"),
            (r#"{"a":"\udc00\ud83d\ude00"}"#, "{\"a\":\"\u{fffd}\\ud83d\\ude00\"}"),
            (r#"{"a":"\ud83d\ud83d\ude00"}"#, "{\"a\":\"\u{fffd}\\ud83d\\ude00\"}"),
            (r#"{"a":"it\'s \x41 \u12"}"#, r#"{"a":"it's x41 u12"}"#),
            ("{\"a\":\"one\ntwo\"}", r#"{"a":"one\u000atwo"}"#),
            (r#"{"a":NaN,"b":-Infinity,"c":undefined,"d":True}"#, r#"{"a":null,"b":null,"c":null,"d":true}"#),
            (r#"{"a":[1,2,],,"b":01,"c":1e999,}"#, r#"{"a":[1,2],"b":null,"c":null}"#),
            (r#"{"a":"open"#, r#"{"a":"open""#),
        ] {
            assert_eq!(mended(broken), sound, "{broken}");
        }
        let sound = r#"{"a": "\\ \" \u00e9 é {,]", "b": [1, -2.5e3, null, true, {}], "c": "日本"}"#;
        assert_eq!(mended(sound).replace(' ', ""), sound.replace(' ', "").replace("\\u00E9", "\\u00e9"));
    }

    #[test]
    fn a_value_ends_where_its_brackets_do() {
        let text = br#"{"a":"}]","b":[{}]} , 5"#;
        assert_eq!(value_end(text, 0), Some(19));
        assert_eq!(value_end(b"12,3", 0), Some(2));
        assert_eq!(value_end(b"{\"a\":1", 0), None);
    }
}
