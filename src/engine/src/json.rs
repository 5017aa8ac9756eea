//! JSON text to values and back, as the original's language reads and writes it.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::value::{Map, Text, Value, trim};

/// Parses one JSON document.
///
/// # Errors
/// The text is not JSON; the error says line and column. Nesting deeper than 128 is refused.
pub fn parse(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str(text)
}

/// Compact JSON text of a value; an undefined value gives no text.
pub fn print(value: &Value) -> Option<String> {
    if matches!(value, Value::Undefined) {
        return None;
    }
    serde_json::to_string(value).ok()
}

/// A text that starts with `{` and ends with `}` (or `[` and `]`) and is JSON, as that value.
///
/// No trimming: `spec/evaluator.md` 4.1 step 2.
pub fn auto_parse(text: &str) -> Option<Value> {
    let wrapped =
        (text.starts_with('{') && text.ends_with('}')) || (text.starts_with('[') && text.ends_with(']'));
    if wrapped { parse(text).ok() } else { None }
}

/// The value a stored text is read back as: JSON if its trimmed text is wrapped in `{}` or `[]`
/// (`spec/evaluator.md` 4.3).
pub fn read_back(text: &str) -> Option<Value> {
    auto_parse(trim(text))
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Undefined | Value::Null => serializer.serialize_unit(),
            Value::Bool(b) => serializer.serialize_bool(*b),
            Value::Number(n) => serialize_number(*n, serializer),
            Value::String(s) => serializer.serialize_str(s),
            Value::Array(items) => {
                let mut seq = serializer.serialize_seq(Some(items.len()))?;
                for item in items.iter() {
                    seq.serialize_element(item)?;
                }
                seq.end()
            }
            Value::Object(map) => map.serialize(serializer),
        }
    }
}

impl Serialize for Map {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_map(None)?;
        for (k, v) in self {
            if !matches!(v, Value::Undefined) {
                out.serialize_entry(&**k, v)?;
            }
        }
        out.end()
    }
}

/// Whole numbers print without a fraction, others in shortest form; numbers that are not finite are null.
fn serialize_number<S: Serializer>(n: f64, serializer: S) -> Result<S::Ok, S::Error> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if !n.is_finite() {
        serializer.serialize_unit()
    } else if n.fract() == 0.0 && n.abs() <= EXACT {
        serializer.serialize_i64(n as i64)
    } else {
        // `RawValue` would be exact for exponents (`1e21` against `1e+21`); both are the same number.
        let text = ryu_js::Buffer::new().format_finite(n).to_owned();
        match serde_json::value::RawValue::from_string(text) {
            Ok(raw) => raw.serialize(serializer),
            Err(_) => serializer.serialize_f64(n),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

impl<'de> Deserialize<'de> for Map {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_map(ValueVisitor)? {
            Value::Object(map) => Ok(std::sync::Arc::unwrap_or_clone(map)),
            _ => Err(D::Error::custom("expected an object")),
        }
    }
}

/// A member's name, borrowed from the text unless something in it is escaped.
pub(crate) struct Name<'a>(pub Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Name<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }
            fn visit_borrowed_str<E>(self, v: &'de str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Borrowed(v)))
            }
            fn visit_str<E>(self, v: &str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Owned(v.to_owned())))
            }
        }
        deserializer.deserialize_str(V)
    }
}

/// Makes a value of what stands in the text.
pub(crate) struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_bool<E>(self, v: bool) -> Result<Value, E> {
        Ok(Value::Bool(v))
    }
    fn visit_i64<E>(self, v: i64) -> Result<Value, E> {
        Ok(Value::Number(v as f64))
    }
    fn visit_u64<E>(self, v: u64) -> Result<Value, E> {
        Ok(Value::Number(v as f64))
    }
    fn visit_f64<E>(self, v: f64) -> Result<Value, E> {
        Ok(Value::Number(v))
    }
    fn visit_str<E>(self, v: &str) -> Result<Value, E> {
        Ok(Value::String(Text::from(v)))
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(items.into())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut members = Vec::new();
        while let Some((name, value)) = access.next_entry::<Name<'de>, Value>()? {
            members.push((Text::from(&*name.0), value));
        }
        Ok(members.into_iter().collect::<Map>().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_order_and_numbers_their_form() {
        let text = r#"{"b":[1,2.5,-3,1e+21,null],"a":{"x":"é\n"},"0":true}"#;
        let value = parse(text).unwrap();
        assert_eq!(print(&value).unwrap(), r#"{"0":true,"b":[1,2.5,-3,1e+21,null],"a":{"x":"é\n"}}"#);
    }

    #[test]
    fn only_unpadded_wrapped_texts_parse_on_update() {
        assert!(auto_parse("{\"x\":1}").is_some());
        assert!(auto_parse(" {\"x\":1} ").is_none());
        assert!(auto_parse("{oops}").is_none());
        assert!(read_back(" [1] ").is_some());
    }
}
