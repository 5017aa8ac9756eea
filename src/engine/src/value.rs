//! The value model of state, params and templates: JSON-like values with the conversions of the
//! original's language (`spec/evaluator.md` section 0).
//!
//! Values are cheap to clone: texts, arrays and objects are shared until they are changed.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

/// A shared, immutable text. Names that occur often share one allocation.
pub type Text = Arc<str>;

/// One JSON-like value.
///
/// `Undefined` is a value that is not there: a missing member, a hole in an array. It is never stored
/// at the top level of state and vanishes (object member) or becomes `null` (array element) in JSON.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// Absent.
    #[default]
    Undefined,
    /// JSON `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An IEEE double.
    Number(f64),
    /// A text. Lengths and ordering are those of UTF-16.
    String(Text),
    /// A list.
    Array(Arc<Vec<Value>>),
    /// Members in insertion order, integer-like names first in ascending order.
    Object(Arc<Map>),
}

/// The members of an object: insertion order, except that names that look like non-negative integers
/// come first in ascending order.
#[derive(Clone, Debug, Default)]
pub struct Map {
    entries: IndexMap<Text, Value, FxBuildHasher>,
    /// How many of the first entries have integer-like names.
    indices: usize,
}

impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

/// The number behind an integer-like member name (`"0"`, `"17"`; not `"01"`, `"-1"`, `"1.0"`).
///
/// Names up to `4294967294` count, as array indices do in the original's language.
pub fn array_index(name: &str) -> Option<u32> {
    let bytes = name.as_bytes();
    if bytes.is_empty() || bytes.len() > 10 || (bytes[0] == b'0' && bytes.len() > 1) {
        return None;
    }
    if !bytes.iter().all(u8::is_ascii_digit) {
        return None;
    }
    name.parse::<u32>().ok().filter(|n| *n != u32::MAX)
}

impl Map {
    /// An object without members.
    pub fn new() -> Self {
        Self::default()
    }

    /// The member called `name`, if there is one.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.entries.get(name)
    }

    /// The member called `name`, to change in place.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.entries.get_mut(name)
    }

    /// Sets a member; a new one goes to its place in the order, an old one keeps its place.
    pub fn insert(&mut self, name: impl Into<Text>, value: Value) {
        let name = name.into();
        if let Some(slot) = self.entries.get_mut(&name) {
            *slot = value;
            return;
        }
        match array_index(&name) {
            None => {
                self.entries.insert(name, value);
            }
            Some(number) => {
                let at = (0..self.indices)
                    .rev()
                    .find(|i| {
                        self.entries
                            .get_index(*i)
                            .and_then(|(k, _)| array_index(k))
                            .is_some_and(|k| k < number)
                    })
                    .map_or(0, |i| i + 1);
                self.entries.shift_insert(at, name, value);
                self.indices += 1;
            }
        }
    }

    /// Removes a member, keeping the order of the others. Answers what was there.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let (at, _, value) = self.entries.shift_remove_full(name)?;
        if at < self.indices {
            self.indices -= 1;
        }
        Some(value)
    }

    /// Members in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Text, &Value)> {
        self.entries.iter()
    }

    /// Number of members.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no members.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether there is a member called `name`.
    pub fn contains_key(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }
}

impl<K: Into<Text>> FromIterator<(K, Value)> for Map {
    /// Of several members with one name the last value counts, in the place of the first.
    fn from_iter<I: IntoIterator<Item = (K, Value)>>(iter: I) -> Self {
        let mut entries: IndexMap<Text, Value, FxBuildHasher> =
            iter.into_iter().map(|(name, value)| (name.into(), value)).collect();
        let indices = entries.keys().filter(|name| array_index(name).is_some()).count();
        if indices > 0 {
            entries.sort_by(|a, _, b, _| match (array_index(a), array_index(b)) {
                (Some(a), Some(b)) => a.cmp(&b),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => Ordering::Equal,
            });
        }
        Map { entries, indices }
    }
}

impl<'a> IntoIterator for &'a Map {
    type Item = (&'a Text, &'a Value);
    type IntoIter = indexmap::map::Iter<'a, Text, Value>;
    fn into_iter(self) -> Self::IntoIter {
        self.entries.iter()
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::String(Text::from(text))
    }
}
impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::String(Text::from(text))
    }
}
impl From<Text> for Value {
    fn from(text: Text) -> Self {
        Value::String(text)
    }
}
impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}
impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Value::Number(value)
    }
}
impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Value::Object(Arc::new(map))
    }
}
impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Value::Array(Arc::new(items))
    }
}

/// The text conversion of `spec/evaluator.md` section 0 (`text(v)`).
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Undefined => f.write_str("undefined"),
            Value::Null => f.write_str("null"),
            Value::Bool(b) => write!(f, "{b}"),
            Value::Number(n) => f.write_str(ryu_js::Buffer::new().format(*n)),
            Value::String(s) => f.write_str(s),
            Value::Array(items) => {
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        f.write_str(",")?;
                    }
                    if !matches!(item, Value::Undefined | Value::Null) {
                        write!(f, "{item}")?;
                    }
                }
                Ok(())
            }
            Value::Object(_) => f.write_str("[object Object]"),
        }
    }
}

impl Value {
    /// The text, if this is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(s) => Some(s),
            _ => None,
        }
    }

    /// The members, if this is an object.
    pub fn as_object(&self) -> Option<&Map> {
        match self {
            Value::Object(map) => Some(map),
            _ => None,
        }
    }

    /// The elements, if this is an array.
    pub fn as_array(&self) -> Option<&[Value]> {
        match self {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }

    /// `text(v)`: shares the text where the value is one already.
    pub fn text(&self) -> Text {
        match self {
            Value::String(s) => Text::clone(s),
            other => Text::from(other.to_string()),
        }
    }

    /// Undefined or null.
    pub fn is_nil(&self) -> bool {
        matches!(self, Value::Undefined | Value::Null)
    }

    /// `isEmptyString(v)`: undefined, null or `''`.
    pub fn is_empty_string(&self) -> bool {
        match self {
            Value::Undefined | Value::Null => true,
            Value::String(s) => s.is_empty(),
            _ => false,
        }
    }

    /// `isNullish(v)`: undefined, null, or exactly the text `null` or `undefined`.
    pub fn is_nullish(&self) -> bool {
        match self {
            Value::Undefined | Value::Null => true,
            Value::String(s) => matches!(&**s, "null" | "undefined"),
            _ => false,
        }
    }

    /// `isNumber(v)`, the number test used everywhere.
    pub fn is_number(&self) -> bool {
        match self {
            Value::Number(n) => n.is_finite(),
            Value::String(s) => text_number(s).is_some(),
            Value::Array(items) => match items.as_slice() {
                [one] => text_number(&one_element_text(one)).is_some(),
                _ => false,
            },
            _ => false,
        }
    }

    /// `num(v)`, the numeric conversion.
    pub fn num(&self) -> f64 {
        match self {
            Value::Undefined | Value::Object(_) => f64::NAN,
            Value::Null => 0.0,
            Value::Bool(b) => f64::from(u8::from(*b)),
            Value::Number(n) => *n,
            Value::String(s) => text_num(s),
            Value::Array(_) => text_num(&self.to_string()),
        }
    }

    /// Strict equality: same type and same value. Arrays and objects equal only themselves.
    pub fn strictly_equals(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Array(a), Value::Array(b)) => Arc::ptr_eq(a, b),
            (Value::Object(a), Value::Object(b)) => Arc::ptr_eq(a, b),
            (a, b) => a == b,
        }
    }

    /// Loose equality (`==`) of the original's language.
    pub fn loosely_equals(&self, other: &Value) -> bool {
        use Value::{Array, Bool, Null, Number, Object, String, Undefined};
        match (self, other) {
            (Undefined | Null, Undefined | Null) => true,
            (Undefined | Null, _) | (_, Undefined | Null) => false,
            (Number(_), Number(_)) | (String(_), String(_)) | (Bool(_), Bool(_)) => self == other,
            (Array(_) | Object(_), Array(_) | Object(_)) => self.strictly_equals(other),
            (Number(n), String(s)) | (String(s), Number(n)) => *n == text_num(s),
            (Bool(b), v) | (v, Bool(b)) => Number(f64::from(u8::from(*b))).loosely_equals(v),
            (v @ (Array(_) | Object(_)), scalar) | (scalar, v @ (Array(_) | Object(_))) => {
                String(v.text()).loosely_equals(scalar)
            }
        }
    }

    /// One step of a path: a member, an element, or `length`. Missing is [`Value::Undefined`].
    ///
    /// Texts have `length` (UTF-16 units) and characters by index.
    #[must_use]
    pub fn member(&self, segment: &str) -> Value {
        match self {
            Value::Object(map) => map.get(segment).cloned().unwrap_or_default(),
            Value::Array(items) => match array_index(segment) {
                Some(i) => items.get(i as usize).cloned().unwrap_or_default(),
                None if segment == "length" => Value::Number(items.len() as f64),
                None => Value::Undefined,
            },
            Value::String(s) => match array_index(segment) {
                Some(i) => s
                    .encode_utf16()
                    .nth(i as usize)
                    .map_or(Value::Undefined, |unit| Value::from(String::from_utf16_lossy(&[unit]))),
                None if segment == "length" => Value::Number(utf16_len(s) as f64),
                None => Value::Undefined,
            },
            _ => Value::Undefined,
        }
    }

    /// A copy as a JSON round trip makes it: undefined members vanish, holes become null, numbers that
    /// are not finite become null.
    #[must_use]
    pub fn json_clone(&self) -> Value {
        if self.is_json() {
            return self.clone();
        }
        match self {
            Value::Number(_) => Value::Null,
            Value::Array(items) => items
                .iter()
                .map(|v| match v.json_clone() {
                    Value::Undefined => Value::Null,
                    v => v,
                })
                .collect::<Vec<_>>()
                .into(),
            Value::Object(map) => map
                .iter()
                .filter(|(_, v)| !matches!(v, Value::Undefined))
                .map(|(k, v)| (Text::clone(k), v.json_clone()))
                .collect::<Map>()
                .into(),
            other => other.clone(),
        }
    }

    /// Whether a JSON round trip would change nothing (apart from an undefined value itself).
    fn is_json(&self) -> bool {
        match self {
            Value::Number(n) => n.is_finite(),
            Value::Array(items) => items.iter().all(|v| !matches!(v, Value::Undefined) && v.is_json()),
            Value::Object(map) => map.iter().all(|(_, v)| !matches!(v, Value::Undefined) && v.is_json()),
            _ => true,
        }
    }
}

fn one_element_text(element: &Value) -> Text {
    if element.is_nil() { Text::from("") } else { element.text() }
}

/// Number of UTF-16 units of a text.
pub fn utf16_len(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.encode_utf16().count() }
}

/// Order of two texts by UTF-16 units.
pub fn utf16_cmp(a: &str, b: &str) -> Ordering {
    if a.is_ascii() && b.is_ascii() { a.cmp(b) } else { a.encode_utf16().cmp(b.encode_utf16()) }
}

/// Whether the original's `trim` removes this character.
pub fn is_blank(c: char) -> bool {
    c == '\u{feff}' || (c.is_whitespace() && c != '\u{85}')
}

/// `trim` of the original's language.
pub fn trim(text: &str) -> &str {
    text.trim_matches(is_blank)
}

/// The finite number a text is, by the number test of `spec/evaluator.md` section 0.
pub fn text_number(text: &str) -> Option<f64> {
    let text = trim(text);
    if text.is_empty() {
        return None;
    }
    parse_numeric(text).filter(|n| n.is_finite())
}

/// `num` of a text: blank is 0, anything that is no number is NaN.
pub fn text_num(text: &str) -> f64 {
    let text = trim(text);
    if text.is_empty() {
        return 0.0;
    }
    match text {
        "Infinity" | "+Infinity" => f64::INFINITY,
        "-Infinity" => f64::NEG_INFINITY,
        _ => parse_numeric(text).unwrap_or(f64::NAN),
    }
}

/// A trimmed, non-empty text as a numeric literal; the value may be infinite (`1e400`).
fn parse_numeric(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    if bytes.len() > 2 && bytes[0] == b'0' {
        let radix = match bytes[1] {
            b'x' | b'X' => 16,
            b'o' | b'O' => 8,
            b'b' | b'B' => 2,
            _ => 0,
        };
        if radix != 0 {
            let mut value = 0.0_f64;
            for c in text[2..].chars() {
                value = value * f64::from(radix) + f64::from(c.to_digit(radix)?);
            }
            return Some(value);
        }
    }
    let mut digits = 0;
    let mut at = usize::from(matches!(bytes[0], b'+' | b'-'));
    while at < bytes.len() && bytes[at].is_ascii_digit() {
        at += 1;
        digits += 1;
    }
    if at < bytes.len() && bytes[at] == b'.' {
        at += 1;
        while at < bytes.len() && bytes[at].is_ascii_digit() {
            at += 1;
            digits += 1;
        }
    }
    if digits == 0 {
        return None;
    }
    if at < bytes.len() && matches!(bytes[at], b'e' | b'E') {
        at += 1;
        if at < bytes.len() && matches!(bytes[at], b'+' | b'-') {
            at += 1;
        }
        let from = at;
        while at < bytes.len() && bytes[at].is_ascii_digit() {
            at += 1;
        }
        if at == from {
            return None;
        }
    }
    if at != bytes.len() {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integer_like_names_come_first_in_ascending_order() {
        let map: Map = ["b", "10", "a", "2", "01"].into_iter().map(|k| (k, Value::Null)).collect();
        let order: Vec<&str> = map.iter().map(|(k, _)| &**k).collect();
        assert_eq!(order, ["2", "10", "b", "a", "01"]);
    }

    #[test]
    fn removing_an_index_keeps_the_order_of_later_inserts() {
        let mut map: Map = ["1", "3", "x"].into_iter().map(|k| (k, Value::Null)).collect();
        map.remove("1");
        map.insert("2", Value::Null);
        let order: Vec<&str> = map.iter().map(|(k, _)| &**k).collect();
        assert_eq!(order, ["2", "3", "x"]);
    }

    #[test]
    fn numbers_in_texts() {
        for good in ["5", " 5 ", "5.", ".5", "-1e3", "+2", "0x10", "0b11", "0o7"] {
            assert!(Value::from(good).is_number(), "{good}");
        }
        for bad in ["", " ", "5abc", "1,000", "1_000", "Infinity", "-0x10", "1e400", ".", "1e", "0x", "nan"] {
            assert!(!Value::from(bad).is_number(), "{bad}");
        }
    }

    #[test]
    fn numbers_print_as_in_the_original() {
        assert_eq!(Value::Number(1e21).to_string(), "1e+21");
        assert_eq!(Value::Number(0.1).to_string(), "0.1");
        assert_eq!(Value::Number(5.0).to_string(), "5");
        assert_eq!(Value::Number(-0.0).to_string(), "0");
    }
}
