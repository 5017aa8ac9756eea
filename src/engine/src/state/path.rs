//! Dotted paths into state (`spec/evaluator.md` 2.2), split once.

use std::borrow::Cow;

use crate::value::{Text, Value, array_index};

/// A dotted path: the top-level key and the segments below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    top: Text,
    rest: Vec<Text>,
    source: Text,
}

impl Path {
    /// Splits a path at its dots. Nothing is trimmed.
    pub fn new(source: &str) -> Self {
        match source.split_once('.') {
            None => {
                let top = Text::from(source);
                Self { source: Text::clone(&top), top, rest: Vec::new() }
            }
            Some((top, rest)) => Self {
                top: Text::from(top),
                rest: rest.split('.').map(Text::from).collect(),
                source: Text::from(source),
            },
        }
    }

    /// The first segment.
    pub fn top(&self) -> &Text {
        &self.top
    }

    /// The segments behind the first.
    pub fn rest(&self) -> &[Text] {
        &self.rest
    }

    /// The path as it was written.
    pub fn source(&self) -> &Text {
        &self.source
    }
}

impl From<&str> for Path {
    fn from(source: &str) -> Self {
        Self::new(source)
    }
}

/// The value below `from`; lengths and characters of texts are made on the way.
pub(super) fn walk<'a>(from: &'a Value, rest: &[Text]) -> Cow<'a, Value> {
    let mut at = from;
    for (i, segment) in rest.iter().enumerate() {
        let next = match at {
            Value::Object(map) => map.get(segment),
            Value::Array(items) => match array_index(segment) {
                Some(index) => items.get(index as usize),
                None => return made(at.member(segment), &rest[i + 1..]),
            },
            Value::String(_) => return made(at.member(segment), &rest[i + 1..]),
            _ => None,
        };
        match next {
            Some(value) => at = value,
            None => return Cow::Owned(Value::Undefined),
        }
    }
    Cow::Borrowed(at)
}

fn made<'a>(from: Value, rest: &[Text]) -> Cow<'a, Value> {
    Cow::Owned(rest.iter().fold(from, |value, segment| value.member(segment)))
}
