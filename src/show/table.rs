//! Stories for a terminal: a quiet table, and one story whole.
//!
//! The headline is the first that stands in a language the reader prefers. Widths are counted in
//! terminal cells, so wide scripts keep the columns straight.

use super::headline::{Headline, Reading, count, named, tag, versions};
use super::inert::inert;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use samestory_model::{Change, DocumentView, Lang, StoryView};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How a terminal wants it.
#[derive(Debug, Clone)]
pub struct Style {
    /// Cells in a line.
    pub width: usize,
    /// Whether colours may be used; they repeat what words say.
    pub colour: bool,
    /// Which headlines the reader prefers.
    pub reading: Reading,
    /// The clock.
    pub now: Timestamp,
    /// Whether a terminal reads it, which turns right-to-left text about and has to be told where that ends.
    pub terminal: bool,
    /// Whether the terminal follows links.
    pub links: bool,
}

impl Style {
    /// A text whose direction leaves the rest of its line alone: between isolates on a terminal.
    pub(super) fn isolated(&self, text: &str) -> String {
        if self.terminal && text.chars().any(turns) { format!("\u{2068}{text}\u{2069}") } else { text.to_owned() }
    }

    /// A text that leads to an address, where the terminal follows links.
    pub(super) fn linked(&self, text: &str, address: &str) -> String {
        let plain = address.starts_with("http") && address.bytes().all(|byte| byte.is_ascii_graphic());
        if self.links && plain {
            format!("\u{1b}]8;;{address}\u{1b}\\{text}\u{1b}]8;;\u{1b}\\")
        } else {
            text.to_owned()
        }
    }
}

/// Whether a sign is written from right to left.
fn turns(sign: char) -> bool {
    matches!(u32::from(sign), 0x0590..=0x08FF | 0xFB1D..=0xFDFF | 0xFE70..=0xFEFC | 0x10800..=0x10FFF | 0x1E800..=0x1EFFF)
}

/// A text cut to a number of cells.
pub(super) fn fit(text: &str, cells: usize) -> String {
    if text.width() <= cells {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for sign in text.chars() {
        let wide = sign.width().unwrap_or(0);
        if used + wide + 1 > cells {
            break;
        }
        used += wide;
        out.push(sign);
    }
    out.push('…');
    out
}

/// A span of time in the largest unit that fits.
fn span(seconds: i64) -> String {
    match seconds {
        ..3600 => format!("{} min", seconds.max(0) / 60),
        3600..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// How long ago.
fn ago(time: Timestamp, now: Timestamp) -> String {
    match now.duration_since(time).as_secs() {
        ..60 => "just now".to_owned(),
        seconds => format!("{} ago", span(seconds)),
    }
}

/// Over how long a story was told, where that is an hour or more, and when last.
fn when(story: &StoryView, now: Timestamp) -> String {
    let last = ago(story.last_published, now);
    match story.last_published.duration_since(story.first_published).as_secs() {
        ..3600 => last,
        seconds => format!("over {}, {last}", span(seconds)),
    }
}

fn clock(time: Timestamp) -> String {
    time.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M").to_string()
}

fn sources(story: &StoryView) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    for version in versions(story) {
        if !found.contains(&version.source.as_str()) {
            found.push(&version.source);
        }
    }
    found
}

pub(super) fn painted(text: &str, code: &str, style: &Style) -> String {
    if style.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// Stories, two lines each: headline; then counts, languages, time, outlets and the id.
pub fn table(stories: &[StoryView], style: &Style) -> String {
    let mut out = String::new();
    for story in stories {
        let mark = match story.change {
            Change::New => painted("new  ", "1;32", style),
            Change::Grown => painted("grown", "1;33", style),
        };
        let Headline { text, version, .. } = style.reading.headline(story);
        let title = fit(&inert(named(text)), style.width.saturating_sub(6).max(20));
        let title = style.isolated(&painted(&title, "1", style));
        let title = version.map_or_else(|| title.clone(), |version| style.linked(&title, &version.url));
        out.push_str(&format!("{mark} {title}\n"));
        let languages: Vec<&str> = story.languages.iter().map(Lang::as_str).collect();
        let texts = versions(story).count();
        let facts = format!(
            "{}, {} · {} · {} · {}",
            count(story.articles.len(), "report", "reports"),
            count(texts, "text", "texts"),
            languages.join(" "),
            when(story, style.now),
            inert(&sources(story).join(", "))
        );
        let room = style.width.saturating_sub(22).max(30);
        out.push_str(&format!("      {} {}\n", painted(&story.story.to_string(), "2", style), fit(&facts, room)));
    }
    out
}

/// One story whole, as a timeline: its articles by time, and under each its versions in columns.
pub fn story(story: &StoryView, style: &Style) -> String {
    let languages: Vec<&str> = story.languages.iter().map(Lang::as_str).collect();
    let mut out = format!(
        "{}\n{}  {} to {} UTC\n{}, {} · {}\n",
        style.isolated(&painted(&inert(named(style.reading.headline(story).text)), "1", style)),
        story.story,
        clock(story.first_published),
        clock(story.last_published),
        count(story.articles.len(), "report", "reports"),
        count(versions(story).count(), "text", "texts"),
        languages.join(" "),
    );
    let widest = versions(story).map(|version| inert(&version.source).width()).max().unwrap_or(0).min(24);
    for article in &story.articles {
        let first = article.documents.iter().filter_map(|version| version.published).min();
        let time = first.map_or_else(|| "no date".to_owned(), clock);
        out.push_str(&format!(
            "\n{}  {}\n",
            painted(&time, "1", style),
            painted(&article.article.to_string(), "2", style)
        ));
        for version in &article.documents {
            out.push_str(&versioned(version, first, widest, style));
        }
    }
    if let Some([one, other, ..]) =
        story.articles.iter().map(|article| article.documents.as_slice()).find(|all| all.len() > 1)
    {
        let compare = format!("samestory show --compare {} {}", one.document, other.document);
        out.push_str(&format!("\nside by side: {}\n", painted(&compare, "2", style)));
    }
    out
}

/// One version: its columns, its address, and why it is here.
fn versioned(version: &DocumentView, first: Option<Timestamp>, widest: usize, style: &Style) -> String {
    let tag = tag(version.lang);
    let later = match (version.published, first) {
        (Some(time), Some(first)) if time > first => format!("+{}", span(time.duration_since(first).as_secs())),
        (Some(_), _) => String::new(),
        (None, _) => "no date".to_owned(),
    };
    let source = fit(&inert(&version.source), widest);
    let source = format!("{source}{}", " ".repeat(widest.saturating_sub(source.width())));
    let columns = format!("  {tag:<3} {:<11} {later:>8}  {source}  ", version.role);
    let room = style.width.saturating_sub(columns.width()).max(20);
    let title = style.isolated(&fit(&inert(named(&version.title)), room));
    let address = inert(&version.url);
    let mut out = format!("{columns}{}\n", style.linked(&title, &version.url));
    out.push_str(&format!("      {}  {address}\n", painted(&version.document.to_string(), "2", style)));
    if let Some(address) = &version.source_url {
        out.push_str(&format!("      names as its source: {}\n", inert(address)));
    }
    if let Some(why) = version.signals.first() {
        let score = why.score.map(|score| format!(" ({score:.2})")).unwrap_or_default();
        let line = format!("here because: {}{score}: {}", why.signal.label(), inert(&why.evidence));
        out.push_str(&format!("      {}\n", style.isolated(&line)));
    }
    out
}
