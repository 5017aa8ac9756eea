//! Comparing what a line expects with what was found (`spec/testing.md` 3.5).

use std::sync::Arc;

use super::result::LineResult;
use crate::pattern::{Pattern, PatternError};
use crate::state::{Path, State};
use crate::value::{Text, Value};

/// The pattern of a payload: texts as they are, other values as their text.
pub(super) fn pattern_text(payload: &Value) -> Text {
    payload.text()
}

/// A `queue` or `externalNumber` line against the actual name or number; case is never ignored (R13).
///
/// # Errors
/// The pattern is unusable; the line is left alone.
pub(super) fn outcome(
    line: &mut LineResult,
    actual: &str,
    info: Option<&dyn Fn(&str) -> String>,
) -> Result<(), PatternError> {
    let pattern = pattern_text(&line.payload);
    if Pattern::new(&pattern, false)?.is_match(actual)? {
        line.success = Some(true);
        if let Some(info) = info {
            line.info.push(info(&pattern));
        }
    } else {
        line.fail(format!("Expected: {pattern}\nActual: {actual}"));
    }
    Ok(())
}

/// What an `attribute` or `state` line looks at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    Attribute,
    State,
}

impl Subject {
    fn word(self) -> &'static str {
        match self {
            Subject::Attribute => "attribute",
            Subject::State => "state",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Subject::Attribute => "Attribute",
            Subject::State => "State",
        }
    }
}

/// An `attribute` or `state` line against the state of the last answer.
pub(super) fn check(subject: Subject, line: &mut LineResult, state: &State, version: u8, full: bool) {
    let key = line.payload.member("key");
    if key.is_empty_string() || line.payload.as_object().is_none() {
        line.fail(format!("{} with invalid key", subject.title()));
        return;
    }
    let key = key.text();
    let actual = match subject {
        Subject::Attribute => match state.get("ContactAttributes") {
            None => {
                line.fail("No ContactAttributes found in last state");
                return;
            }
            Some(Value::Object(attributes)) => attributes.get(&key).cloned().unwrap_or_default(),
            Some(other) => other.member(&key),
        },
        Subject::State => state.path(&Path::new(&key)),
    };
    let wanted = line.payload.member("value");
    if wanted.is_empty_string() {
        if actual.is_empty_string() {
            line.success = Some(true);
            if full {
                line.info.push(format!("Matched empty {}: {key}", subject.word()));
            }
        } else {
            line.fail(format!("Expected: Empty\nActual: {}", actual_text(&actual)));
        }
        return;
    }
    let pattern = pattern_text(&wanted);
    // A missing value is the word `undefined` in version 1 (R7), the empty text in version 2.
    let actual = if version >= 2 && actual.is_nil() { Text::from("") } else { actual_text(&actual) };
    match search(&pattern, &actual) {
        Err(cause) => line.fail(format!("{} verification failed: {cause}", subject.title())),
        Ok(None) => line.fail(format!("Expected: {pattern}\nActual: {actual}")),
        Ok(Some(exact)) => {
            line.success = Some(true);
            if full {
                let word = subject.word();
                line.info.push(format!("Matched {word}: {key} = {pattern}\nActual value: {actual}"));
            }
            if !exact {
                line.warnings.push("Case insensitive match found".to_owned());
            }
        }
    }
}

fn actual_text(actual: &Value) -> Text {
    match actual {
        Value::String(text) => Arc::clone(text),
        other => other.text(),
    }
}

/// Whether the pattern is found: exactly, or only when case is ignored.
fn search(pattern: &str, text: &str) -> Result<Option<bool>, PatternError> {
    if Pattern::new(pattern, false)?.is_match(text)? {
        return Ok(Some(true));
    }
    Ok(Pattern::new(pattern, true)?.is_match(text)?.then_some(false))
}
