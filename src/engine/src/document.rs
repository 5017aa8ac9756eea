//! Reading hand-written JSON documents with errors that say where, what was expected and what was found.

use crate::json;
use crate::value::{Map, Text, Value};

/// A document that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {path}: expected {expected}, found {found}")]
pub struct DocumentError {
    /// The document, such as `lex.json`.
    pub file: &'static str,
    /// The place, such as `bots.number.utterances[2].match`.
    pub path: String,
    /// What would be right there.
    pub expected: &'static str,
    /// What is there, shortened.
    pub found: String,
}

/// A value of a document and its place.
#[derive(Clone, Debug)]
pub(crate) struct Node<'a> {
    file: &'static str,
    path: String,
    value: &'a Value,
}

static ABSENT: Value = Value::Undefined;

impl<'a> Node<'a> {
    pub(crate) fn root(file: &'static str, value: &'a Value) -> Self {
        Self { file, path: String::new(), value }
    }

    /// The same place with another value.
    pub(crate) fn with<'b>(&self, value: &'b Value) -> Node<'b> {
        Node { file: self.file, path: self.path.clone(), value }
    }

    pub(crate) fn value(&self) -> &'a Value {
        self.value
    }

    pub(crate) fn is_absent(&self) -> bool {
        matches!(self.value, Value::Undefined)
    }

    /// A member; absent ones can be asked on.
    pub(crate) fn member(&self, name: &str) -> Node<'a> {
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        let value = self.value.as_object().and_then(|map| map.get(name)).unwrap_or(&ABSENT);
        Node { file: self.file, path, value }
    }

    pub(crate) fn error(&self, expected: &'static str) -> DocumentError {
        let mut found = json::print(self.value).unwrap_or_else(|| "nothing".to_owned());
        if let Some((end, _)) = found.char_indices().nth(60) {
            found.truncate(end);
            found.push('…');
        }
        let path = if self.path.is_empty() { "document".to_owned() } else { self.path.clone() };
        DocumentError { file: self.file, path, expected, found }
    }

    pub(crate) fn object(&self) -> Result<&'a Map, DocumentError> {
        self.value.as_object().ok_or_else(|| self.error("an object"))
    }

    /// The members of an object; none when it is absent.
    pub(crate) fn members(&self) -> Result<Vec<(&'a Text, Node<'a>)>, DocumentError> {
        if self.is_absent() {
            return Ok(Vec::new());
        }
        Ok(self.object()?.iter().map(|(name, _)| (name, self.member(name))).collect())
    }

    /// The elements of an array; none when it is absent.
    pub(crate) fn items(&self) -> Result<Vec<Node<'a>>, DocumentError> {
        if self.is_absent() {
            return Ok(Vec::new());
        }
        let items = self.value.as_array().ok_or_else(|| self.error("a list"))?;
        Ok(items
            .iter()
            .enumerate()
            .map(|(i, value)| Node { file: self.file, path: format!("{}[{i}]", self.path), value })
            .collect())
    }

    pub(crate) fn text(&self) -> Result<Text, DocumentError> {
        match self.value {
            Value::String(text) => Ok(Text::clone(text)),
            _ => Err(self.error("a text")),
        }
    }

    /// A text, or `default` when it is absent.
    pub(crate) fn text_or(&self, default: &str) -> Result<Text, DocumentError> {
        if self.is_absent() { Ok(Text::from(default)) } else { self.text() }
    }

    /// A number (or numeric text) of a range; `None` when it is absent.
    pub(crate) fn number(
        &self,
        range: std::ops::RangeInclusive<f64>,
        expected: &'static str,
    ) -> Result<Option<f64>, DocumentError> {
        if self.is_absent() {
            return Ok(None);
        }
        let scalar = matches!(self.value, Value::Number(_) | Value::String(_));
        let number = self.value.num();
        if scalar && self.value.is_number() && range.contains(&number) {
            Ok(Some(number))
        } else {
            Err(self.error(expected))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_where_and_what() {
        let value = json::parse(r#"{"bots":{"a":[1,{"text":5}]}}"#).unwrap();
        let node = Node::root("lex.json", &value);
        let item = node.member("bots").member("a").items().unwrap().remove(1);
        let error = item.member("text").text().unwrap_err();
        assert_eq!(error.to_string(), "lex.json: bots.a[1].text: expected a text, found 5");
        assert_eq!(node.member("x").object().unwrap_err().found, "nothing");
    }
}
