//! Splits template text into tokens, with the modes of the original's template language: content,
//! inside a mustache, after an escaped mustache, and inside a raw block (`spec/evaluator.md` 3.2).

use std::borrow::Cow;

use super::TemplateError;
use crate::value::is_blank;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Content,
    Comment,
    OpenRawBlock,
    CloseRawBlock,
    EndRawBlock,
    OpenBlock,
    OpenInverse,
    OpenInverseChain,
    OpenEndBlock,
    Inverse,
    Open,
    OpenUnescaped,
    OpenPartial,
    OpenPartialBlock,
    Close,
    CloseUnescaped,
    OpenSexpr,
    CloseSexpr,
    Equals,
    Id,
    Sep,
    Str,
    Number,
    Boolean,
    Undefined,
    Null,
    Data,
    OpenBlockParams,
    CloseBlockParams,
    Eof,
}

/// One token: its text (quotes and escapes already taken off texts) and where it starts.
#[derive(Debug)]
pub struct Token<'s> {
    pub kind: Kind,
    pub text: Cow<'s, str>,
    pub at: usize,
}

/// All tokens of a template, ending with [`Kind::Eof`].
pub fn tokens(source: &str) -> Result<Vec<Token<'_>>, TemplateError> {
    let mut lexer = Lexer { source, at: 0, tokens: Vec::new() };
    lexer.content()?;
    lexer.push(Kind::Eof, "", source.len());
    Ok(lexer.tokens)
}

struct Lexer<'s> {
    source: &'s str,
    at: usize,
    tokens: Vec<Token<'s>>,
}

impl<'s> Lexer<'s> {
    fn push(&mut self, kind: Kind, text: impl Into<Cow<'s, str>>, at: usize) {
        self.tokens.push(Token { kind, text: text.into(), at });
    }

    fn push_content(&mut self, from: usize, to: usize) -> Result<(), TemplateError> {
        let text = &self.source[from..to];
        if let Some(nul) = text.find('\0') {
            return Err(self.error(from + nul, "the template contains a NUL character"));
        }
        if !text.is_empty() {
            self.push(Kind::Content, text, from);
        }
        Ok(())
    }

    fn error(&self, at: usize, text: &str) -> TemplateError {
        TemplateError::parse(self.source, at, text)
    }

    fn rest(&self) -> &'s str {
        &self.source[self.at..]
    }

    /// Text outside mustaches, up to the end of the template.
    fn content(&mut self) -> Result<(), TemplateError> {
        while self.at < self.source.len() {
            let from = self.at;
            let Some(open) = self.rest().find("{{").map(|i| from + i) else {
                self.at = self.source.len();
                return self.push_content(from, self.at);
            };
            let before = &self.source[from..open];
            self.at = open;
            if before.ends_with("\\\\") {
                self.push_content(from, open - 1)?;
                self.mustache()?;
            } else if before.ends_with('\\') {
                self.push_content(from, open - 1)?;
                self.escaped()?;
            } else {
                self.push_content(from, open)?;
                self.mustache()?;
            }
        }
        Ok(())
    }

    /// Content from an escaped mustache to the next mustache, escaped or not.
    fn escaped(&mut self) -> Result<(), TemplateError> {
        let from = self.at;
        let start = from + 2;
        let mut end = self.source[start..].find("{{").map_or(self.source.len(), |i| start + i);
        if end < self.source.len() {
            let before = &self.source[start..end];
            end -= if before.ends_with("\\\\") { 2 } else { usize::from(before.ends_with('\\')) };
        }
        self.at = end;
        self.push_content(from, end)
    }

    /// Tokens inside a mustache, up to its close.
    fn mustache(&mut self) -> Result<(), TemplateError> {
        loop {
            let rest = self.rest();
            let at = self.at;
            let Some(first) = rest.chars().next() else {
                return Ok(());
            };
            if is_blank(first) {
                self.at += first.len_utf8();
                continue;
            }
            let (kind, length) = match first {
                '(' => (Kind::OpenSexpr, 1),
                ')' => (Kind::CloseSexpr, 1),
                '=' => (Kind::Equals, 1),
                '@' => (Kind::Data, 1),
                '|' => (Kind::CloseBlockParams, 1),
                '{' if rest.starts_with("{{{{") => (Kind::OpenRawBlock, 4),
                '{' if rest.starts_with("{{") => {
                    if self.open(rest)? {
                        return Ok(());
                    }
                    continue;
                }
                '}' if rest.starts_with("}}}}") => {
                    self.push(Kind::CloseRawBlock, "}}}}", at);
                    self.at += 4;
                    return self.raw();
                }
                '}' | '~' => {
                    let Some((kind, length)) = close(rest) else {
                        return Err(self.error(at, "a mustache ends with '}}' or '}}}'"));
                    };
                    self.push(kind, &rest[..length], at);
                    self.at += length;
                    return Ok(());
                }
                '.' if rest.starts_with("..") => (Kind::Id, 2),
                '.' if rest[1..].starts_with(ends_id) => (Kind::Id, 1),
                '.' | '/' => (Kind::Sep, 1),
                '"' | '\'' => {
                    self.quoted(rest, first)?;
                    continue;
                }
                '[' => {
                    let Some(length) = delimited(rest, ']') else {
                        return Err(self.error(at, "'[' without ']'"));
                    };
                    self.push(Kind::Id, unescape_segment(&rest[..length]), at);
                    self.at += length;
                    continue;
                }
                _ => match word(rest) {
                    Some(found) => found,
                    None => return Err(self.error(at, "unexpected character inside a mustache")),
                },
            };
            self.push(kind, &rest[..length], at);
            self.at += length;
        }
    }

    /// A `{{…` at the current place. Answers whether the mustache is over already (a comment, `{{else}}`).
    fn open(&mut self, rest: &'s str) -> Result<bool, TemplateError> {
        let at = self.at;
        let tilde = usize::from(rest[2..].starts_with('~'));
        let after = &rest[2 + tilde..];
        let mark = 2 + tilde;
        if after.starts_with("!--") {
            let end = comment_end(rest)
                .ok_or_else(|| self.error(at, "a comment that starts with '{{!--' ends with '--}}'"))?;
            self.push(Kind::Comment, &rest[..end], at);
            self.at += end;
            return Ok(true);
        }
        if after.starts_with('!')
            && let Some(end) = rest.find("}}")
        {
            self.push(Kind::Comment, &rest[..end + 2], at);
            self.at += end + 2;
            return Ok(true);
        }
        let inverse = |word: &str| {
            let tail = after.strip_prefix('^').filter(|_| word == "^");
            let tail = tail.or_else(|| after.trim_start_matches(is_blank).strip_prefix(word))?;
            let tail = tail.trim_start_matches(is_blank);
            let tail = tail.strip_prefix('~').unwrap_or(tail).strip_prefix("}}")?;
            Some(rest.len() - tail.len())
        };
        let whole_inverse = if after.starts_with('^') { inverse("^") } else { inverse("else") };
        if let Some(length) = whole_inverse {
            self.push(Kind::Inverse, &rest[..length], at);
            self.at += length;
            return Ok(true);
        }
        let else_length = after
            .trim_start_matches(is_blank)
            .strip_prefix("else")
            .filter(|tail| !tail.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
            .map(|tail| rest.len() - tail.len());
        let (kind, length) = match after.as_bytes().first() {
            Some(b'>') => (Kind::OpenPartial, mark + 1),
            Some(b'#') if after.starts_with("#>") => (Kind::OpenPartialBlock, mark + 2),
            Some(b'#') if after.starts_with("#*") => (Kind::OpenBlock, mark + 2),
            Some(b'#') => (Kind::OpenBlock, mark + 1),
            Some(b'/') => (Kind::OpenEndBlock, mark + 1),
            Some(b'^') => (Kind::OpenInverse, mark + 1),
            Some(b'{') => (Kind::OpenUnescaped, mark + 1),
            Some(b'&' | b'*') => (Kind::Open, mark + 1),
            _ => else_length.map_or((Kind::Open, mark), |length| (Kind::OpenInverseChain, length)),
        };
        self.push(kind, &rest[..length], at);
        self.at += length;
        Ok(false)
    }

    fn quoted(&mut self, rest: &'s str, quote: char) -> Result<(), TemplateError> {
        let at = self.at;
        let length = delimited(rest, quote).ok_or_else(|| self.error(at, "a text without closing quote"))?;
        let inner = &rest[1..length - 1];
        let text = if inner.contains('\\') {
            Cow::Owned(inner.replace(&format!("\\{quote}"), quote.encode_utf8(&mut [0; 4])))
        } else {
            Cow::Borrowed(inner)
        };
        self.push(Kind::Str, text, at);
        self.at += length;
        Ok(())
    }

    /// The body of a raw block: content until its end mark, raw blocks inside included.
    fn raw(&mut self) -> Result<(), TemplateError> {
        let mut depth = 1_usize;
        while self.at < self.source.len() {
            let rest = self.rest();
            let at = self.at;
            if rest.starts_with("{{{{") && !rest[4..].starts_with('/') {
                if rest.len() == 4 {
                    break;
                }
                depth += 1;
                self.push_content(at, at + 4)?;
                self.at += 4;
            } else if let Some(name) = end_of_raw(rest) {
                let length = name.len() + 9;
                depth -= 1;
                self.at += length;
                if depth == 0 {
                    self.push(Kind::EndRawBlock, name, at);
                    return Ok(());
                }
                self.push_content(at, at + length)?;
            } else {
                let step = rest.chars().next().map_or(1, char::len_utf8);
                let Some(end) = rest[step..].find("{{{{").map(|i| i + step) else {
                    break;
                };
                self.push_content(at, at + end)?;
                self.at += end;
            }
        }
        Err(self.error(self.source.len(), "a raw block '{{{{name}}}}' ends with '{{{{/name}}}}'"))
    }
}

/// `{{{{/name}}}}` at the start: the name.
fn end_of_raw(rest: &str) -> Option<&str> {
    let tail = rest.strip_prefix("{{{{/")?;
    let length = tail.find(|c| !is_id(c))?;
    (length > 0 && tail[length..].starts_with("}}}}")).then(|| &tail[..length])
}

fn close(rest: &str) -> Option<(Kind, usize)> {
    for (text, kind) in [
        ("}}}", Kind::CloseUnescaped),
        ("}~}}", Kind::CloseUnescaped),
        ("~}}", Kind::Close),
        ("}}", Kind::Close),
    ] {
        if rest.starts_with(text) {
            return Some((kind, text.len()));
        }
    }
    None
}

/// End of a `{{!--` comment: after the first `--}}` or `--~}}`.
fn comment_end(rest: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(dashes) = rest[from..].find("--").map(|i| from + i) {
        let tail = &rest[dashes + 2..];
        let tail = tail.strip_prefix('~').unwrap_or(tail);
        if tail.starts_with("}}") {
            return Some(rest.len() - tail.len() + 2);
        }
        from = dashes + 1;
    }
    None
}

/// Length of a delimited text including both delimiters; a backslash keeps a delimiter inside, unless
/// there is no other one to end the text.
fn delimited(rest: &str, end: char) -> Option<usize> {
    let bytes = rest.as_bytes();
    let end = end as u8;
    let mut at = 1;
    let mut last_escaped = None;
    while at < bytes.len() {
        if bytes[at] == b'\\' && bytes.get(at + 1) == Some(&end) {
            last_escaped = Some(at + 2);
            at += 2;
        } else if bytes[at] == end {
            return Some(at + 1);
        } else {
            at += 1;
        }
    }
    last_escaped
}

/// `[odd key]` as it is written, with `\]` and `\\` undone.
fn unescape_segment(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some(&next @ ('\\' | ']'))) => {
                out.push(next);
                chars.next();
            }
            _ => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// A literal, a name, or the opening of block parameters at the start of `rest`.
fn word(rest: &str) -> Option<(Kind, usize)> {
    for (text, kind) in [
        ("true", Kind::Boolean),
        ("false", Kind::Boolean),
        ("undefined", Kind::Undefined),
        ("null", Kind::Null),
    ] {
        if rest.strip_prefix(text).is_some_and(|tail| tail.starts_with(ends_literal)) {
            return Some((kind, text.len()));
        }
    }
    if let Some(length) = number(rest) {
        return Some((Kind::Number, length));
    }
    if let Some(tail) = rest.strip_prefix("as") {
        let bar = tail.trim_start_matches(is_blank);
        if bar.len() < tail.len() && bar.starts_with('|') {
            return Some((Kind::OpenBlockParams, rest.len() - bar.len() + 1));
        }
    }
    let length = rest.find(|c| !is_id(c))?;
    (length > 0 && rest[length..].starts_with(ends_id)).then_some((Kind::Id, length))
}

fn number(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let start = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(start);
    if whole == 0 {
        return None;
    }
    let mut end = start + whole;
    if bytes.get(end) == Some(&b'.') {
        let fraction = digits(end + 1);
        if fraction > 0 {
            end += 1 + fraction;
        }
    }
    rest[end..].starts_with(ends_literal).then_some(end)
}

/// Characters a name may have.
fn is_id(c: char) -> bool {
    !is_blank(c)
        && !matches!(c, '!'..='#' | '%'..=',' | '.' | '/' | ';'..='>' | '@' | '['..='^' | '`' | '{'..='~')
}

fn ends_id(c: char) -> bool {
    is_blank(c) || matches!(c, '=' | '~' | '}' | '/' | '.' | ')' | '|')
}

fn ends_literal(c: char) -> bool {
    is_blank(c) || matches!(c, '~' | '}' | ')')
}
