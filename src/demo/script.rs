//! Reads the story files: plain text with a few `name: value` lines before each document.
//!
//! ```text
//! story: bridge                       counts for all that follows, until the next
//! @@ khapnoi-de                       a document of that publisher begins
//! path: /de/cau-da-lon                its address on the publisher's host
//! date: 2026-11-10T08:05:00+07:00
//! role: translation                   original (the default), translation, copy, update
//! title: …                            optional: article, by, caption, source, pass, updated
//!
//! Paragraph.                          paragraphs with an empty line between them
//! ```
//!
//! An `update` repeats the path of the text that it replaces, and is its next revision. Lines that
//! begin with `#` are for the reader of the file.

use super::{DemoError, Publisher};
use jiff::Timestamp;
use samestory_model::Role;

/// One text of the world in one revision.
#[derive(Debug, Clone)]
pub struct Written {
    /// Name of its publisher.
    pub publisher: String,
    /// Host of its publisher.
    pub host: String,
    /// Its path there.
    pub path: String,
    /// Its language.
    pub lang: String,
    /// Which event it reports.
    pub story: String,
    /// Which piece of journalism it is a version of.
    pub article: String,
    /// Its part in the article.
    pub role: Role,
    /// Headline.
    pub title: String,
    /// Author, where the page names one.
    pub by: Option<String>,
    /// Caption of its picture, where it has one.
    pub caption: Option<String>,
    /// The address of the original that the page names.
    pub source: Option<String>,
    /// When it was published.
    pub published: Timestamp,
    /// When it was changed, for a revision.
    pub updated: Option<Timestamp>,
    /// The pass in which it is first to be seen.
    pub pass: u8,
    /// 0 for the first text at its address.
    pub revision: u32,
    /// Its paragraphs.
    pub paragraphs: Vec<String>,
}

impl Written {
    /// Its whole address.
    pub fn url(&self) -> String {
        format!("http://{}{}", self.host, self.path)
    }

    /// Its text, a paragraph a line.
    pub fn text(&self) -> String {
        self.paragraphs.join("\n")
    }
}

/// Reads one story file.
pub(super) fn read(file: &str, text: &str, publishers: &[Publisher]) -> Result<Vec<Written>, DemoError> {
    let mut documents: Vec<Written> = Vec::new();
    let mut story = String::new();
    let mut open: Option<Draft> = None;
    for (index, line) in text.lines().enumerate() {
        let wrong = |what: String| DemoError::Script { file: format!("{file}.txt"), line: index + 1, what };
        if line.starts_with('#') {
            continue;
        }
        if let Some(key) = line.strip_prefix("story: ") {
            finish(open.take(), &mut documents).map_err(&wrong)?;
            key.trim().clone_into(&mut story);
        } else if let Some(name) = line.strip_prefix("@@ ") {
            finish(open.take(), &mut documents).map_err(&wrong)?;
            let publisher = publishers
                .iter()
                .find(|publisher| publisher.name == name.trim())
                .ok_or_else(|| wrong(format!("no publisher `{name}`")))?;
            open = Some(Draft::new(publisher, &story));
        } else if let Some(draft) = &mut open {
            draft.line(line).map_err(&wrong)?;
        } else if !line.is_empty() {
            return Err(wrong(format!("text before the first document: `{line}`")));
        }
    }
    let wrong = |what: String| DemoError::Script { file: format!("{file}.txt"), line: text.lines().count(), what };
    finish(open, &mut documents).map_err(wrong)?;
    Ok(documents)
}

struct Draft {
    written: Written,
    dated: bool,
    in_text: bool,
}

impl Draft {
    fn new(publisher: &Publisher, story: &str) -> Self {
        let written = Written {
            publisher: publisher.name.clone(),
            host: publisher.host.clone(),
            path: String::new(),
            lang: publisher.lang.clone(),
            story: story.to_owned(),
            article: story.to_owned(),
            role: Role::Original,
            title: String::new(),
            by: None,
            caption: None,
            source: None,
            published: Timestamp::UNIX_EPOCH,
            updated: None,
            pass: 1,
            revision: 0,
            paragraphs: Vec::new(),
        };
        Self { written, dated: false, in_text: false }
    }

    fn line(&mut self, line: &str) -> Result<(), String> {
        if line.trim().is_empty() {
            self.in_text = true;
            return Ok(());
        }
        if self.in_text {
            self.written.paragraphs.push(line.trim().to_owned());
            return Ok(());
        }
        let (name, value) = line.split_once(": ").ok_or_else(|| format!("`{line}` is not `name: value`"))?;
        let value = value.trim().to_owned();
        let written = &mut self.written;
        match name {
            "path" => written.path = value,
            "title" => written.title = value,
            "article" => written.article = value,
            "by" => written.by = Some(value),
            "caption" => written.caption = Some(value),
            "source" => written.source = Some(value),
            "pass" => written.pass = value.parse().map_err(|_| format!("`{value}` is no pass"))?,
            "date" => {
                written.published = value.parse().map_err(|error| format!("{error}"))?;
                self.dated = true;
            }
            "updated" => written.updated = Some(value.parse().map_err(|error| format!("{error}"))?),
            "role" => {
                written.role = match value.as_str() {
                    "original" => Role::Original,
                    "translation" => Role::Translation,
                    "copy" => Role::Copy,
                    "update" => Role::Update,
                    _ => return Err(format!("`{value}` is no role")),
                }
            }
            _ => return Err(format!("unknown name `{name}`")),
        }
        Ok(())
    }
}

fn finish(draft: Option<Draft>, documents: &mut Vec<Written>) -> Result<(), String> {
    let Some(Draft { mut written, dated, .. }) = draft else { return Ok(()) };
    if written.path.is_empty() || written.title.is_empty() || written.story.is_empty() || !dated {
        return Err(format!("the document before this line lacks path, title, story or date: `{}`", written.title));
    }
    if written.paragraphs.is_empty() {
        return Err(format!("`{}` has no text", written.title));
    }
    if written.role == Role::Update {
        let earlier = documents.iter().filter(|known| known.host == written.host && known.path == written.path).count();
        written.revision = u32::try_from(earlier).map_err(|error| error.to_string())?;
    }
    documents.push(written);
    Ok(())
}
