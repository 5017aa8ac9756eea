//! Placeholders `{{kind:name}}` in flow files (`spec/contactflows.md` 11.2), and walking through the texts
//! of a document.

use std::fmt::Write as _;

use serde_json::Value;

/// What a placeholder stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TokenKind {
    /// A contact flow of this product.
    Flow,
    /// A function of this product.
    Lambda,
    /// A prompt of the instance.
    Prompt,
    /// A queue of the instance.
    Queue,
    /// Hours of operation of the instance.
    Hours,
    /// A bot, by its short name.
    Bot,
    /// A setting of the environment.
    Setting,
}

/// Every kind with its name in placeholders.
pub const TOKEN_KINDS: [(TokenKind, &str); 7] = [
    (TokenKind::Flow, "flow"),
    (TokenKind::Lambda, "lambda"),
    (TokenKind::Prompt, "prompt"),
    (TokenKind::Queue, "queue"),
    (TokenKind::Hours, "hours"),
    (TokenKind::Bot, "bot"),
    (TokenKind::Setting, "setting"),
];

impl TokenKind {
    /// The name in placeholders.
    pub fn name(self) -> &'static str {
        TOKEN_KINDS.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }
}

/// A placeholder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Token<'t> {
    /// What it stands for.
    pub kind: TokenKind,
    /// Which one.
    pub name: &'t str,
}

/// What a text is, as far as placeholders go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading<'t> {
    /// No placeholder.
    Plain,
    /// Nothing but a placeholder.
    Token(Token<'t>),
    /// A placeholder of a kind that does not exist.
    UnknownKind(&'t str),
    /// Braces that are no placeholder, or one inside a longer text.
    Malformed,
}

/// Looks for a placeholder in a text.
pub fn read(text: &str) -> Reading<'_> {
    if !text.contains("{{") && !text.contains("}}") {
        return Reading::Plain;
    }
    let inner = text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
    let Some((kind, name)) = inner.and_then(|inner| inner.split_once(':')) else { return Reading::Malformed };
    if name.trim() != name || name.is_empty() || name.contains(['{', '}']) || kind.contains(['{', '}']) {
        return Reading::Malformed;
    }
    match TOKEN_KINDS.iter().find(|(_, it)| *it == kind) {
        Some((kind, _)) => Reading::Token(Token { kind: *kind, name }),
        None => Reading::UnknownKind(kind),
    }
}

/// The placeholder that a text is.
pub fn token(text: &str) -> Option<Token<'_>> {
    match read(text) {
        Reading::Token(token) => Some(token),
        _ => None,
    }
}

/// How deep documents may be nested; what is deeper is not looked at, and Amazon Connect has nothing so deep.
const DEPTH: usize = 32;

/// Calls `seen` with each text of a document, keys of objects included, and its place such as
/// `Messages[0].PromptId`.
pub fn texts<'v>(value: &'v Value, seen: &mut dyn FnMut(&str, &'v str)) {
    descend(value, &mut String::new(), DEPTH, seen);
}

fn descend<'v>(value: &'v Value, place: &mut String, left: usize, seen: &mut dyn FnMut(&str, &'v str)) {
    let Some(left) = left.checked_sub(1) else { return };
    let length = place.len();
    match value {
        Value::String(text) => seen(place, text),
        Value::Array(list) => {
            for (i, item) in list.iter().enumerate() {
                // Writing to a text cannot fail.
                let _ = write!(place, "[{i}]");
                descend(item, place, left, seen);
                place.truncate(length);
            }
        }
        Value::Object(members) => {
            for (name, item) in members {
                if length > 0 {
                    place.push('.');
                }
                place.push_str(name);
                if name.starts_with("$.") || name.contains("{{") {
                    seen(place, name);
                }
                descend(item, place, left, seen);
                place.truncate(length);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_fill_the_whole_text() {
        let prompt = Token { kind: TokenKind::Prompt, name: "On hold: long.wav" };
        assert_eq!(read("{{prompt:On hold: long.wav}}"), Reading::Token(prompt));
        assert_eq!(read("plain"), Reading::Plain);
        assert_eq!(read("{{tune:x}}"), Reading::UnknownKind("tune"));
        for text in [
            "a {{flow:Main}}",
            "{{flow:Main}} ",
            "{{flow}}",
            "{{flow:}}",
            "{{flow: x}}",
            "{{flow:{{x}}}}",
            "}}",
        ] {
            assert_eq!(read(text), Reading::Malformed, "{text}");
        }
    }

    #[test]
    fn every_text_is_seen_with_its_place() {
        let value = serde_json::json!({"a": [{"b": "x"}], "$.External.k": "y", "n": 5});
        let mut seen = Vec::new();
        texts(&value, &mut |place, text| seen.push(format!("{place}={text}")));
        assert_eq!(seen, ["a[0].b=x", "$.External.k=$.External.k", "$.External.k=y"]);
    }
}
