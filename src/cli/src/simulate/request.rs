//! One line of input as a request: known members, their kinds, and what is wrong with them
//! (`spec/testing.md` 5.3).

use std::borrow::Cow;
use std::fmt;

use connect_rules_engine::compat::Compat;
use connect_rules_engine::dates;
use connect_rules_engine::json;
use connect_rules_engine::step::{Code, Opening, Request, StepError};
use connect_rules_engine::value::{Text, Value};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of a line; the last of several with one name counts, unknown ones are skipped.
#[derive(Debug, Default)]
pub struct Wire<'a> {
    /// `eventType`.
    pub event_type: Value,
    /// `contactId`.
    pub contact_id: Value,
    /// `requestId` exactly as it was written.
    pub request_id: Option<&'a RawValue>,
    end_point: Value,
    customer_phone_number: Value,
    interaction_date_time: Value,
    contact_attributes: Value,
    input: Value,
    now: Value,
    random: Value,
}

/// What moves the contact's clock and chance before the step.
#[derive(Debug, Default, PartialEq)]
pub struct Nudge {
    /// The clock goes forward to this instant.
    pub now: Option<i64>,
    /// Draws to be used before the generator.
    pub random: Vec<f64>,
}

impl<'a> Wire<'a> {
    /// Reads a line.
    ///
    /// # Errors
    /// It is not a JSON object; the text says where and why.
    pub fn parse(line: &'a str) -> Result<Self, StepError> {
        serde_json::from_str(line).map_err(|error| {
            let text = error.to_string();
            let what = text.split(" at line ").next().unwrap_or(&text);
            let column = error.column();
            bad(if error.is_data() && !line.trim_start().starts_with('{') {
                format!("expected a JSON object with eventType, found {}", shortened(line))
            } else {
                format!("not a JSON object: {what} at column {column}")
            })
        })
    }

    /// The request of these members.
    ///
    /// # Errors
    /// An unknown event, or a member of the wrong kind.
    pub fn request(&self, compat: Compat) -> Result<(Request, Nudge), StepError> {
        let event = match &self.event_type {
            Value::String(event) => Text::clone(event),
            Value::Undefined => Text::from("undefined"),
            other => return Err(wrong("eventType", "a text", other)),
        };
        let request = match &*event {
            "NEW_INTERACTION" => Request::NewInteraction(self.opening(compat)?),
            "NEXT_RULE" => Request::NextRule,
            "INPUT" => Request::Input(self.input()?),
            "CONFIRM" => Request::Confirm(self.input()?),
            "HANGUP" => Request::HangUp,
            _ => {
                return Err(StepError::new(Code::UnknownEvent, format!("Unhandled event type: {event}")));
            }
        };
        if !matches!(request, Request::NewInteraction(_))
            && !matches!(self.contact_id, Value::String(_) | Value::Undefined | Value::Null)
        {
            return Err(wrong("contactId", "a text", &self.contact_id));
        }
        Ok((request, self.nudge()?))
    }

    /// The instant that the contact's clock starts with, if the request has one that can be read.
    pub fn interaction_time(&self) -> Option<i64> {
        self.interaction_date_time.as_str().and_then(dates::parse)
    }

    fn opening(&self, compat: Compat) -> Result<Opening, StepError> {
        if !matches!(self.end_point, Value::String(_) | Value::Undefined) {
            return Err(wrong("endPoint", "the name of an end point", &self.end_point));
        }
        let phone = match &self.customer_phone_number {
            Value::Null => Value::Undefined,
            text @ (Value::String(_) | Value::Undefined) => text.clone(),
            other => return Err(wrong("customerPhoneNumber", "a text", other)),
        };
        if !matches!(self.interaction_date_time, Value::String(_) | Value::Undefined | Value::Null) {
            return Err(wrong("interactionDateTime", "an ISO 8601 instant", &self.interaction_date_time));
        }
        let contact_attributes = match &self.contact_attributes {
            Value::Undefined | Value::Null => Value::Undefined,
            object @ Value::Object(_) => object.clone(),
            // The original takes an empty text for none.
            Value::String(text) if text.is_empty() && compat == Compat::Original => Value::Undefined,
            other => return Err(wrong("contactAttributes", "an object", other)),
        };
        Ok(Opening {
            end_point: self.end_point.clone(),
            customer_phone_number: phone,
            interaction_date_time: self.interaction_date_time.clone(),
            contact_attributes,
        })
    }

    fn input(&self) -> Result<Value, StepError> {
        match &self.input {
            Value::Array(_) | Value::Object(_) => Err(wrong("input", "a text", &self.input)),
            input => Ok(input.clone()),
        }
    }

    fn nudge(&self) -> Result<Nudge, StepError> {
        let now = match &self.now {
            Value::Undefined | Value::Null => None,
            Value::String(text) => match dates::parse(text) {
                Some(at) => Some(at),
                None => return Err(wrong("now", "an ISO 8601 instant", &self.now)),
            },
            other => return Err(wrong("now", "an ISO 8601 instant", other)),
        };
        let random = match &self.random {
            Value::Undefined | Value::Null => Vec::new(),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .map(|(i, item)| match item {
                    Value::Number(draw) if (0.0..1.0).contains(draw) => Ok(*draw),
                    other => Err(wrong(&format!("random[{i}]"), "a number from 0 to below 1", other)),
                })
                .collect::<Result<_, _>>()?,
            other => return Err(wrong("random", "an array of numbers from 0 to below 1", other)),
        };
        Ok(Nudge { now, random })
    }
}

fn wrong(member: &str, expected: &str, found: &Value) -> StepError {
    let found = json::print(found).unwrap_or_default();
    bad(format!("{member}: expected {expected}, found {}", shortened(&found)))
}

/// A request that cannot be used.
pub fn bad(message: impl Into<String>) -> StepError {
    StepError::new(Code::BadRequest, message)
}

fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(60) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Wire<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Wire<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Wire<'de>, A::Error> {
                let mut out = Wire::default();
                while let Some(name) = map.next_key::<Cow<'de, str>>()? {
                    let slot = match &*name {
                        "eventType" => &mut out.event_type,
                        "contactId" => &mut out.contact_id,
                        "endPoint" => &mut out.end_point,
                        "customerPhoneNumber" => &mut out.customer_phone_number,
                        "interactionDateTime" => &mut out.interaction_date_time,
                        "contactAttributes" => &mut out.contact_attributes,
                        "input" => &mut out.input,
                        "now" => &mut out.now,
                        "random" => &mut out.random,
                        "requestId" => {
                            out.request_id = Some(map.next_value()?);
                            continue;
                        }
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                            continue;
                        }
                    };
                    *slot = map.next_value()?;
                }
                Ok(out)
            }
        }
        deserializer.deserialize_map(V)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(line: &str) -> String {
        let wire = match Wire::parse(line) {
            Ok(wire) => wire,
            Err(error) => return error.message,
        };
        wire.request(Compat::Corrected).unwrap_err().message
    }

    #[test]
    fn wrong_members_are_named() {
        assert_eq!(error("[1]"), "expected a JSON object with eventType, found [1]");
        assert!(
            error("{\"eventType\":").starts_with("not a JSON object: EOF"),
            "{}",
            error("{\"eventType\":")
        );
        assert_eq!(error("{}"), "Unhandled event type: undefined");
        assert_eq!(error(r#"{"eventType":5}"#), "eventType: expected a text, found 5");
        assert_eq!(
            error(r#"{"eventType":"INPUT","input":{"a":1}}"#),
            r#"input: expected a text, found {"a":1}"#
        );
        assert_eq!(
            error(r#"{"eventType":"NEXT_RULE","random":[0,1]}"#),
            "random[1]: expected a number from 0 to below 1, found 1"
        );
        assert_eq!(
            error(r#"{"eventType":"NEXT_RULE","now":"soon"}"#),
            r#"now: expected an ISO 8601 instant, found "soon""#
        );
        assert_eq!(
            error(r#"{"eventType":"NEXT_RULE","contactId":1}"#),
            "contactId: expected a text, found 1"
        );
    }

    #[test]
    fn members_of_other_events_are_not_looked_at() {
        let line = r#"{"eventType":"NEXT_RULE","input":[],"endPoint":7,"requestId":{"a":[1, 2.50]}}"#;
        let wire = Wire::parse(line).unwrap();
        assert_eq!(wire.request(Compat::Corrected).unwrap(), (Request::NextRule, Nudge::default()));
        assert_eq!(wire.request_id.unwrap().get(), r#"{"a":[1, 2.50]}"#);
    }
}
