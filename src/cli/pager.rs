//! Hands long output to a pager, on a terminal only.
//!
//! `SAMESTORY_PAGER`, else `PAGER`, else `less`; an empty name, `cat`, or `--no-pager` prints straight on. A
//! pager that cannot be started is no error.

use super::report::Report;
use std::io::{IsTerminal, Write};
use std::process::{Command, Stdio};

/// The pager and its arguments; `None` where none is wanted.
fn wanted(variable: impl Fn(&str) -> Option<String>) -> Option<Vec<String>> {
    let line = variable("SAMESTORY_PAGER").or_else(|| variable("PAGER")).unwrap_or_else(|| "less".to_owned());
    let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    (!matches!(words.first().map(String::as_str), None | Some("cat"))).then_some(words)
}

/// Prints a text, through a pager where it has more lines than the terminal. `false`: not all of it was read.
pub(super) fn print(text: &str, off: bool) -> Result<bool, Report> {
    let lines = std::env::var("LINES").ok().and_then(|text| text.parse().ok());
    let rows = lines.or_else(|| terminal_size::terminal_size().map(|size| usize::from(size.1.0)));
    let long = rows.is_some_and(|rows| text.lines().count() >= rows);
    let pager = wanted(|name| std::env::var(name).ok());
    let (true, false, Some(words)) = (long && std::io::stdout().is_terminal(), off, pager) else {
        return super::print_as(super::Form::Styled, text);
    };
    // Colours and links pass through less; it ends by itself where everything fits.
    let started = Command::new(&words[0])
        .args(&words[1..])
        .env("LESS", std::env::var("LESS").unwrap_or_else(|_| "FRX".to_owned()))
        .env("LESSCHARSET", "utf-8")
        .stdin(Stdio::piped())
        .spawn();
    let Ok(mut child) = started else { return super::print_as(super::Form::Styled, text) };
    // A pager that is left early has shown what was wanted.
    let _ = child.stdin.take().map(|mut stdin| stdin.write_all(super::Form::Styled.harmless(text).as_bytes()));
    let _ = child.wait();
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::wanted;

    #[test]
    fn the_program_s_own_variable_comes_first_and_nothing_means_none() {
        let of = |all: &[(&str, &str)]| {
            wanted(|name| all.iter().find(|pair| pair.0 == name).map(|pair| pair.1.to_owned()))
                .map(|words| words.join(" "))
        };
        assert_eq!(of(&[]).as_deref(), Some("less"));
        assert_eq!(of(&[("PAGER", "more -d")]).as_deref(), Some("more -d"));
        assert_eq!(of(&[("PAGER", "more"), ("SAMESTORY_PAGER", "less -S")]).as_deref(), Some("less -S"));
        assert_eq!(of(&[("PAGER", "more"), ("SAMESTORY_PAGER", "")]), None);
        assert_eq!(of(&[("PAGER", "cat")]), None);
    }
}
