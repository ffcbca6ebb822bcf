//! Feeds HTML to html5ever's tokenizer markup by markup, so that no tag costs more than its length says.
//!
//! The tokenizer compares each attribute of a tag with those before it, and spends a message on each stray sign in
//! one: such tags are found before the tokenizer sees them, and go. Where a tag begins is not guessed from the text:
//! what the tokenizer gave out so far says whether a `<` stands in text, in a script or in a comment.

use html5ever::TokenizerResult;
use html5ever::buffer_queue::BufferQueue;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use std::cell::{Cell, RefCell};

/// Attributes of one element; a start tag with more goes, since each is compared with all before it.
pub(super) const MOST_ATTRIBUTES: usize = 500;
/// Bytes of one tag outside of quoted values; real tags have some hundreds.
const MOST_BARE: usize = 65_536;

/// What takes tokens and may have enough.
pub(super) trait Taker: TokenSink {
    /// Whether nothing further will be taken.
    fn full(&self) -> bool {
        false
    }
}

/// Where a tag ends, how many attributes it has, and its bytes outside of quoted values; `at` is after its name.
struct TagEnd {
    end: usize,
    attributes: usize,
    bare: usize,
}

impl TagEnd {
    fn costs_little(&self) -> bool {
        self.attributes <= MOST_ATTRIBUTES && self.bare <= MOST_BARE
    }
}

fn tag_end(bytes: &[u8], mut at: usize) -> TagEnd {
    let skip = |mut at: usize, what: fn(u8) -> bool| {
        while bytes.get(at).is_some_and(|&byte| what(byte)) {
            at += 1;
        }
        at
    };
    let (begin, mut quoted, mut attributes) = (at, 0, 0);
    let tag_end = |end: usize, attributes, quoted| {
        let end = end.min(bytes.len());
        TagEnd { end, attributes, bare: end.saturating_sub(begin + quoted) }
    };
    loop {
        at = skip(at, |byte| byte.is_ascii_whitespace() || byte == b'/');
        match bytes.get(at) {
            None => return tag_end(bytes.len(), attributes, quoted),
            Some(b'>') => return tag_end(at + 1, attributes, quoted),
            Some(_) => attributes += 1,
        }
        // The first sign of a name may be an equals sign.
        at = skip(at + 1, |byte| !byte.is_ascii_whitespace() && !matches!(byte, b'/' | b'>' | b'='));
        let equals = skip(at, |byte| byte.is_ascii_whitespace());
        if bytes.get(equals) != Some(&b'=') {
            continue;
        }
        at = skip(equals + 1, |byte| byte.is_ascii_whitespace());
        let from = at;
        at = match bytes.get(at) {
            Some(b'"') => skip(at + 1, |byte| byte != b'"') + 1,
            Some(b'\'') => skip(at + 1, |byte| byte != b'\'') + 1,
            _ => {
                at = skip(at, |byte| !byte.is_ascii_whitespace() && byte != b'>');
                continue;
            }
        };
        quoted += at - from;
    }
}

/// A taker, and what is seen of the tokens on their way to it.
struct Watched<T> {
    taker: T,
    /// Comments so far, and runs of text.
    comments: Cell<usize>,
    runs: Cell<usize>,
    /// The element whose inside is text until its own end tag.
    raw: RefCell<Option<String>>,
}

impl<T: Taker> TokenSink for Watched<T> {
    type Handle = T::Handle;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<T::Handle> {
        let mut name = None;
        match &token {
            Token::TagToken(tag) => {
                self.raw.take();
                name = (tag.kind == TagKind::StartTag).then(|| tag.name.clone());
            }
            Token::CommentToken(_) => self.comments.set(self.comments.get() + 1),
            Token::CharacterTokens(_) | Token::NullCharacterToken => self.runs.set(self.runs.get() + 1),
            _ => {}
        }
        let result = self.taker.process_token(token, line);
        let inside = match &result {
            TokenSinkResult::RawData(_) => name.map(|name| name.to_string()),
            // Nothing ends it: no tag has an empty name.
            TokenSinkResult::Plaintext => Some(String::new()),
            _ => None,
        };
        if inside.is_some() {
            self.raw.replace(inside);
        }
        result
    }

    fn end(&self) {
        self.taker.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.taker.adjusted_current_node_present_but_not_in_html_namespace()
    }
}

/// The text, the tokenizer, and how far it has got.
struct Feeder<'a, T: Taker> {
    html: &'a str,
    whole: StrTendril,
    tokenizer: Tokenizer<Watched<T>>,
    queue: BufferQueue,
    at: usize,
}

/// Goes through HTML token by token; gives back what took them.
pub(super) fn feed<T: Taker>(html: &str, taker: T) -> T {
    let watched = Watched { taker, comments: Cell::new(0), runs: Cell::new(0), raw: RefCell::new(None) };
    let mut feeder = Feeder {
        html,
        whole: StrTendril::from(html),
        tokenizer: Tokenizer::new(watched, TokenizerOpts::default()),
        queue: BufferQueue::default(),
        at: 0,
    };
    while feeder.at < html.len() && !feeder.tokenizer.sink.taker.full() {
        let raw = feeder.tokenizer.sink.raw.borrow().clone();
        match raw {
            None => feeder.next(),
            Some(name) => feeder.next_raw(&name),
        }
    }
    feeder.tokenizer.end();
    feeder.tokenizer.sink.taker
}

impl<T: Taker> Feeder<'_, T> {
    /// Feeds one piece; the tokenizer pauses at scripts and declared encodings, and goes on.
    fn give(&self, piece: StrTendril) {
        self.queue.push_back(piece);
        while !matches!(self.tokenizer.feed(&self.queue), TokenizerResult::Done) {}
    }

    /// Feeds the text up to `end`.
    fn up_to(&mut self, end: usize) {
        if end > self.at {
            self.give(self.whole.subtendril(self.at as u32, (end - self.at) as u32));
            self.at = end;
        }
    }

    /// Feeds the text up to a `<`, and that sign by itself where an entity before it may still be open: what is
    /// given out then belongs to the entity.
    fn up_to_mark(&mut self, mark: usize) {
        let open = self.html.as_bytes()[self.at..mark].contains(&b'&');
        self.up_to(mark);
        if open {
            self.up_to(mark + 1);
        }
    }

    fn find(&self, from: usize, what: u8) -> Option<usize> {
        self.html.as_bytes()[from..].iter().position(|&byte| byte == what).map(|found| from + found)
    }

    /// Feeds the text up to the next markup, and that.
    fn next(&mut self) {
        let bytes = self.html.as_bytes();
        let mut from = self.at;
        let (mark, next) = loop {
            let Some(mark) = self.find(from, b'<') else { return self.up_to(bytes.len()) };
            match bytes.get(mark + 1) {
                Some(&next) if next.is_ascii_alphabetic() || matches!(next, b'/' | b'!' | b'?') => break (mark, next),
                Some(_) => from = mark + 1,
                None => return self.up_to(bytes.len()),
            }
        };
        let closing = next == b'/';
        if next.is_ascii_alphabetic() || closing && bytes.get(mark + 2).is_some_and(u8::is_ascii_alphabetic) {
            return self.tag(mark, closing);
        }
        self.up_to_mark(mark);
        if bytes[mark..].starts_with(b"<!--") {
            return self.comment(mark + 4);
        }
        let cdata = self.tokenizer.sink.adjusted_current_node_present_but_not_in_html_namespace()
            && bytes[mark..].starts_with(b"<![CDATA[");
        let end = if cdata {
            self.html[mark..].find("]]>").map(|found| mark + found + 3)
        } else {
            self.find(mark + 2, b'>').map(|found| found + 1)
        };
        self.up_to(end.unwrap_or(bytes.len()));
    }

    /// Feeds a tag, or a blank in place of a start tag that would cost much.
    fn tag(&mut self, mark: usize, closing: bool) {
        let bytes = self.html.as_bytes();
        let name_at = mark + 1 + usize::from(closing);
        let ends_name = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>');
        let name_end = bytes[name_at..].iter().position(ends_name).map_or(bytes.len(), |found| name_at + found);
        let found = tag_end(bytes, name_end);
        if found.costs_little() {
            self.up_to_mark(mark);
            return self.up_to(found.end);
        }
        if closing {
            self.up_to_mark(mark);
            self.up_to(name_end);
            self.give(StrTendril::from_char('>'));
        } else {
            self.up_to(mark);
            self.give(StrTendril::from_char(' '));
        }
        self.at = found.end;
    }

    /// Feeds a comment: to each sign that may end it, until it has ended.
    fn comment(&mut self, inside: usize) {
        let before = self.tokenizer.sink.comments.get();
        let mut from = inside.min(self.html.len());
        while self.tokenizer.sink.comments.get() == before && self.at < self.html.len() {
            let bytes = self.html.as_bytes();
            let end = loop {
                match self.find(from, b'>') {
                    None => break bytes.len(),
                    Some(found) if found == inside || matches!(bytes[found - 1], b'-' | b'!') => break found + 1,
                    Some(found) => from = found + 1,
                }
            };
            self.up_to(end);
            from = end;
        }
    }

    /// Feeds the inside of an element that is text up to its end tag, and that tag.
    fn next_raw(&mut self, name: &str) {
        let bytes = self.html.as_bytes();
        let mut from = self.at;
        let (mark, after) = loop {
            let Some(mark) = self.find(from, b'<').filter(|_| !name.is_empty()) else {
                return self.up_to(bytes.len());
            };
            let after = mark + 2 + name.len();
            let named = bytes.get(mark + 1) == Some(&b'/')
                && bytes.get(mark + 2..after).is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()));
            if named && bytes.get(after).is_some_and(|byte| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>')) {
                break (mark, after);
            }
            from = mark + 1;
        };
        self.up_to_mark(mark);
        self.up_to(after);
        let before = self.tokenizer.sink.runs.get();
        self.up_to(after + 1);
        let still_raw = self.tokenizer.sink.raw.borrow().is_some();
        if !still_raw || self.tokenizer.sink.runs.get() > before {
            return;
        }
        let found = tag_end(bytes, after);
        if found.costs_little() {
            return self.up_to(found.end);
        }
        self.give(StrTendril::from_char('>'));
        self.at = found.end;
    }
}
