//! Limits how deep elements nest, on the text, before a parser that is quadratic in depth sees it.

use std::borrow::Cow;

const VOID: [&str; 14] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];

/// The HTML with tags beyond `most` open elements dropped; their text stays.
pub fn limit_depth(html: &str, most: usize) -> Cow<'_, str> {
    if html.matches('<').count() <= most {
        return Cow::Borrowed(html);
    }
    let bytes = html.as_bytes();
    let (mut depth, mut place, mut kept) = (0usize, 0usize, 0usize);
    let mut out: Option<String> = None;
    while let Some(step) = html[place..].find('<') {
        let open = place + step;
        let Some(length) = html[open..].find('>') else { break };
        let close = open + length + 1;
        let ending = bytes.get(open + 1) == Some(&b'/');
        let name: String = html[open + 1 + usize::from(ending)..close]
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_ascii_lowercase();
        place = close;
        if name.is_empty() || VOID.contains(&name.as_str()) || html[open..close].ends_with("/>") {
            continue;
        }
        if ending {
            if depth > most {
                out.get_or_insert_default().push_str(&html[kept..open]);
                kept = close;
            }
            depth = depth.saturating_sub(1);
        } else {
            depth += 1;
            if depth > most {
                out.get_or_insert_default().push_str(&html[kept..open]);
                kept = close;
            }
        }
    }
    match out {
        None => Cow::Borrowed(html),
        Some(mut out) => {
            out.push_str(&html[kept..]);
            Cow::Owned(out)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::limit_depth;

    #[test]
    fn deep_nesting_is_flattened_and_its_text_kept() {
        let deep = format!("{}text{}", "<div>".repeat(1000), "</div>".repeat(1000));
        let flat = limit_depth(&deep, 100);
        assert_eq!(flat.matches("<div>").count(), 100);
        assert!(flat.contains("text"));
        assert_eq!(limit_depth("<p>a<br>b</p>", 5), "<p>a<br>b</p>");
    }
}
