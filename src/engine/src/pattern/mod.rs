//! Regular expressions of test scripts (`spec/testing.md` 3.5): the ECMAScript dialect without the `u`
//! flag, over UTF-16 units, flags none or `i`, with a bound on the work one match may take.
//!
//! Patterns as the recorder writes them (`^escaped text$`, or a plain escaped text) are compared as texts;
//! everything else is compiled to a small program and run by a backtracking matcher that remembers dead ends.

mod charset;
mod compile;
mod matcher;
mod parse;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use crate::value::utf16_len;

/// Why a pattern could not be compiled, or a match not be decided.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// The pattern breaks the grammar.
    #[error("Invalid regular expression: /{pattern}/: {reason} at character {at}")]
    Syntax {
        /// The pattern as written.
        pattern: String,
        /// What is wrong.
        reason: &'static str,
        /// Where, as a 1-based count of UTF-16 units.
        at: usize,
    },
    /// The pattern is nested too deeply or is too long to be compiled.
    #[error("Regular expression /{pattern}/ is too large: simplify it or split it over several lines")]
    TooLarge {
        /// The pattern as written.
        pattern: String,
    },
    /// The match was given up after a fixed amount of work.
    #[error(
        "Regular expression /{pattern}/ needs more than {steps} steps on a text of {length} characters: \
         simplify nested repetitions such as (a+)+"
    )]
    TooComplex {
        /// The pattern as written.
        pattern: String,
        /// The step limit.
        steps: u32,
        /// Length of the text in UTF-16 units.
        length: usize,
    },
}

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct Pattern {
    source: Box<str>,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    /// A text compared directly.
    Literal(Literal),
    /// Everything else.
    Program(Box<compile::Program>),
}

#[derive(Clone, Debug)]
struct Literal {
    text: String,
    at_start: bool,
    at_end: bool,
    ignore_case: bool,
}

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// The pattern breaks the grammar, or is too large.
    pub fn new(source: &str, case_insensitive: bool) -> Result<Self, PatternError> {
        let kind = match Literal::read(source, case_insensitive) {
            Some(literal) => Kind::Literal(literal),
            None => Kind::Program(Box::new(compile::program(source, case_insensitive)?)),
        };
        Ok(Self { source: source.into(), kind })
    }

    /// Whether the pattern matches anywhere in `text`.
    ///
    /// # Errors
    /// [`PatternError::TooComplex`] when the step limit is reached.
    pub fn is_match(&self, text: &str) -> Result<bool, PatternError> {
        match &self.kind {
            Kind::Literal(literal) => Ok(literal.is_match(text)),
            Kind::Program(program) => {
                matcher::search(program, text).ok_or_else(|| PatternError::TooComplex {
                    pattern: self.source.to_string(),
                    steps: matcher::STEP_LIMIT,
                    length: utf16_len(text),
                })
            }
        }
    }

    /// The pattern as written.
    pub fn source(&self) -> &str {
        &self.source
    }
}

/// Puts a backslash before each of `. * + ? ^ $ { } ( ) | [ ] \`, as the recorder does.
pub fn escape(text: &str) -> Cow<'_, str> {
    let specials = text.bytes().filter(|b| is_special(*b)).count();
    if specials == 0 {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + specials);
    for c in text.chars() {
        if c.is_ascii() && is_special(c as u8) {
            out.push('\\');
        }
        out.push(c);
    }
    Cow::Owned(out)
}

/// The characters the recorder escapes.
const fn is_special(byte: u8) -> bool {
    matches!(
        byte,
        b'.' | b'*' | b'+' | b'?' | b'^' | b'$' | b'{' | b'}' | b'(' | b')' | b'|' | b'[' | b']' | b'\\'
    )
}

impl Literal {
    /// Reads `^`, escaped text, `$` (each end optional); nothing if any other syntax is met.
    fn read(source: &str, ignore_case: bool) -> Option<Self> {
        let (at_start, rest) = source.strip_prefix('^').map_or((false, source), |rest| (true, rest));
        let mut text = String::with_capacity(rest.len());
        let bytes = rest.as_bytes();
        let mut from = 0;
        let mut at = 0;
        let mut at_end = false;
        while let Some(&byte) = bytes.get(at) {
            if byte == b'\\' {
                if !bytes.get(at + 1).is_some_and(u8::is_ascii_punctuation) {
                    return None;
                }
                text.push_str(&rest[from..at]);
                from = at + 1;
                at += 2;
            } else if byte == b'$' && at + 1 == bytes.len() {
                at_end = true;
                break;
            } else if is_special(byte) && !matches!(byte, b']' | b'}') {
                return None;
            } else {
                at += 1;
            }
        }
        text.push_str(&rest[from..at]);
        if ignore_case && !text.is_ascii() {
            return None;
        }
        Some(Self { text, at_start, at_end, ignore_case })
    }

    fn is_match(&self, text: &str) -> bool {
        let (want, have) = (self.text.as_bytes(), text.as_bytes());
        if !self.ignore_case {
            return match (self.at_start, self.at_end) {
                (true, true) => want == have,
                (true, false) => have.starts_with(want),
                (false, true) => have.ends_with(want),
                (false, false) => text.contains(&self.text),
            };
        }
        let Some(spare) = have.len().checked_sub(want.len()) else { return false };
        match (self.at_start, self.at_end) {
            (true, true) => spare == 0 && have.eq_ignore_ascii_case(want),
            (true, false) => have[..want.len()].eq_ignore_ascii_case(want),
            (false, true) => have[spare..].eq_ignore_ascii_case(want),
            (false, false) => {
                want.is_empty() || have.windows(want.len()).any(|part| part.eq_ignore_ascii_case(want))
            }
        }
    }
}
