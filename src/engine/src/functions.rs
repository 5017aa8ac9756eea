//! Offline integration functions: `functions.json` (`spec/testing.md` 5.7).

use std::collections::HashMap;

use rustc_hash::FxBuildHasher;

use crate::document::{DocumentError, Node};
use crate::json;
use crate::pattern::Pattern;
use crate::state::{Path, State};
use crate::value::{Map, Text, Value};

/// When the echo function obeys `SleepTime` and `ForcedError` in its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Controls {
    /// Only when the payload is still text when it is sent.
    Original,
    /// Whenever the payload is, or parses as, an object.
    Always,
    /// Never.
    Never,
}

/// What a function does.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Seconds of virtual time until it ends.
    pub delay_seconds: f64,
    /// The output for the rule's output key, or the cause of the failure.
    pub result: Result<Value, String>,
    /// Further state updates, in order: path and value.
    pub state: Vec<(Text, Value)>,
}

/// How often each canned response was used by a contact, by function and place in its list.
pub type Uses = HashMap<(Text, usize), u32, FxBuildHasher>;

/// The declared functions, by short name.
#[derive(Clone, Debug, Default)]
pub struct Functions {
    functions: HashMap<Text, Function, FxBuildHasher>,
}

#[derive(Clone, Debug)]
enum Function {
    Echo(Option<Controls>),
    Canned(Vec<Response>),
}

#[derive(Clone, Debug)]
struct Response {
    payload: Option<Value>,
    payload_pattern: Option<Pattern>,
    state: Vec<(Path, Option<Pattern>)>,
    times: Option<f64>,
    outcome: Outcome,
}

const ECHO: &str = "integrationecho";
const FILE: &str = "functions.json";

impl Functions {
    /// Reads the document.
    pub fn from_value(document: &Value) -> Result<Self, DocumentError> {
        let root = Node::root(FILE, document);
        root.object()?;
        let mut functions = HashMap::default();
        for (name, node) in root.member("functions").members()? {
            node.object()?;
            let kind = node.member("kind");
            let function = match &*kind.text()? {
                "echo" => Function::Echo(controls(&node.member("controls"))?),
                "canned" => {
                    let responses = node.member("responses").items()?;
                    Function::Canned(responses.iter().map(response).collect::<Result<_, _>>()?)
                }
                _ => return Err(kind.error("echo or canned")),
            };
            functions.insert(Text::clone(name), function);
        }
        Ok(Self { functions })
    }

    /// Puts other functions in the place of those of the same name.
    pub fn overlay(&mut self, over: Functions) {
        self.functions.extend(over.functions);
    }

    /// Whether the document declares a function.
    pub fn is_declared(&self, name: &str) -> bool {
        self.functions.contains_key(name)
    }

    /// What the function of this short name does with a payload (missing counts as empty text).
    ///
    /// `controls` holds for echo functions that do not say their own; `uses` are the counters of the contact.
    pub fn call(
        &self,
        name: &str,
        payload: &Value,
        state: &State,
        uses: &mut Uses,
        controls: Controls,
    ) -> Outcome {
        let empty = Value::from("");
        let payload = if payload.is_nil() { &empty } else { payload };
        match self.functions.get_key_value(name) {
            Some((_, Function::Echo(own))) => echo(payload, own.unwrap_or(controls)),
            Some((key, Function::Canned(responses))) => {
                for (i, response) in responses.iter().enumerate() {
                    let spent = uses.get(&(Text::clone(key), i)).copied().unwrap_or_default();
                    if response.times.is_none_or(|times| f64::from(spent) < times)
                        && response.holds(payload, state)
                    {
                        uses.insert((Text::clone(key), i), spent.saturating_add(1));
                        return response.outcome.clone();
                    }
                }
                failure(0.0, format!("No offline response for function: {name}"))
            }
            None if name == ECHO => echo(payload, controls),
            None => failure(0.0, format!("No offline declaration for function: {name}")),
        }
    }
}

fn failure(delay_seconds: f64, cause: String) -> Outcome {
    Outcome { delay_seconds, result: Err(cause), state: Vec::new() }
}

fn controls(node: &Node<'_>) -> Result<Option<Controls>, DocumentError> {
    if node.is_absent() {
        return Ok(None);
    }
    match &*node.text()? {
        "original" => Ok(Some(Controls::Original)),
        "always" => Ok(Some(Controls::Always)),
        "never" => Ok(Some(Controls::Never)),
        _ => Err(node.error("original, always or never")),
    }
}

/// Gives the payload back as it came.
fn echo(payload: &Value, controls: Controls) -> Outcome {
    let parsed = payload.as_str().and_then(|text| json::parse(text).ok());
    let orders = match controls {
        Controls::Never => None,
        Controls::Original => parsed.as_ref().and_then(Value::as_object),
        Controls::Always => parsed.as_ref().unwrap_or(payload).as_object(),
    };
    let order = |name: &str| orders.and_then(|map| map.get(name));
    let delay = order("SleepTime").filter(|v| v.is_number()).map_or(0.0, |v| v.num().max(0.0));
    match order("ForcedError") {
        Some(cause) => failure(delay, cause.to_string()),
        None => Outcome { delay_seconds: delay, result: Ok(payload.clone()), state: Vec::new() },
    }
}

fn response(node: &Node<'_>) -> Result<Response, DocumentError> {
    node.object()?;
    let when = node.member("when");
    if !when.is_absent() {
        when.object()?;
    }
    let payload = when.member("payload");
    if !(payload.is_absent() || matches!(payload.value(), Value::Object(_) | Value::String(_))) {
        return Err(payload.error("an object or a text"));
    }
    let tried = |place: &Node<'_>, source: &str| {
        Pattern::new(source, false).map_err(|_| place.error("a regular expression"))
    };
    let pattern = when.member("payloadRegex");
    let payload_pattern = if pattern.is_absent() { None } else { Some(tried(&pattern, &pattern.text()?)?) };
    let mut state = Vec::new();
    for (path, place) in when.member("state").members()? {
        let value = place.value();
        let pattern = if value.is_empty_string() { None } else { Some(tried(&place, &value.text())?) };
        state.push((Path::new(path), pattern));
    }
    let error = node.member("error");
    let result = if error.is_absent() {
        Ok(node.member("output").value().clone())
    } else {
        Err(error.text()?.to_string())
    };
    let updates = node.member("state").members()?;
    Ok(Response {
        payload: if payload.is_absent() { None } else { Some(payload.value().clone()) },
        payload_pattern,
        state,
        times: node.member("times").number(0.0..=f64::MAX, "a number of uses, 0 or more")?,
        outcome: Outcome {
            delay_seconds: node
                .member("delaySeconds")
                .number(0.0..=f64::MAX, "seconds, 0 or more")?
                .unwrap_or(0.0),
            result,
            state: updates
                .into_iter()
                .map(|(key, place)| (Text::clone(key), place.value().clone()))
                .collect(),
        },
    })
}

impl Response {
    fn holds(&self, payload: &Value, state: &State) -> bool {
        // A match that takes too long is none.
        let found = |pattern: &Pattern, text: &str| pattern.is_match(text).unwrap_or(false);
        let payload_text =
            || payload.as_str().map_or_else(|| json::print(payload).unwrap_or_default(), str::to_owned);
        let payload_holds = match &self.payload {
            None => true,
            Some(Value::Object(wanted)) => {
                let parsed = payload.as_str().and_then(|text| json::parse(text).ok());
                parsed.as_ref().unwrap_or(payload).as_object().is_some_and(|given| holds_all(wanted, given))
            }
            Some(text) => payload_text() == text.to_string(),
        };
        payload_holds
            && self.payload_pattern.as_ref().is_none_or(|pattern| found(pattern, &payload_text()))
            && self.state.iter().all(|(path, pattern)| {
                let value = state.lookup(path);
                match pattern {
                    Some(pattern) => found(pattern, &value.text()),
                    None => value.is_empty_string(),
                }
            })
    }
}

/// Every member wanted is there with an equal value; others do not count.
fn holds_all(wanted: &Map, given: &Map) -> bool {
    wanted.iter().all(|(name, value)| given.get(name).is_some_and(|other| equal(value, other)))
}

/// Deep equality in which scalars compare as text.
fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => a.len() == b.len() && holds_all(a, b),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| equal(a, b))
        }
        (Value::Object(_) | Value::Array(_), _) | (_, Value::Object(_) | Value::Array(_)) => false,
        (a, b) => a.text() == b.text(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn functions(text: &str) -> Result<Functions, DocumentError> {
        Functions::from_value(&json::parse(text).unwrap())
    }

    fn call(functions: &Functions, name: &str, payload: &str, uses: &mut Uses) -> Outcome {
        let mut state = State::new();
        state.update_text("System.EndPoint", "Test line".into());
        let payload = json::parse(payload).unwrap();
        functions.call(name, &payload, &state, uses, Controls::Original)
    }

    #[test]
    fn echo_obeys_its_controls() {
        let text = Value::from(r#" {"SleepTime":"2","ForcedError":"boom"} "#);
        let object = json::parse(text.as_str().unwrap()).unwrap();
        let failed = Outcome { delay_seconds: 2.0, result: Err("boom".into()), state: vec![] };
        let given = |v: &Value| Outcome { delay_seconds: 0.0, result: Ok(v.clone()), state: vec![] };
        assert_eq!(echo(&text, Controls::Original), failed);
        assert_eq!(echo(&object, Controls::Original), given(&object));
        assert_eq!(echo(&object, Controls::Always), failed);
        assert_eq!(echo(&text, Controls::Never), given(&text));
        assert_eq!(echo(&"[1]".into(), Controls::Always), given(&"[1]".into()));
    }

    #[test]
    fn first_response_that_holds() {
        let functions = functions(
            r#"{"functions":{"load":{"kind":"canned","responses":[
                {"when":{"payload":{"n":"1001"}},"delaySeconds":0.4,"output":{"Name":"Ada"}},
                {"when":{"state":{"System.EndPoint":"^Test"}},"times":1,"error":"Backend down"},
                {"when":{"payload":"whole"},"output":"w"},
                {"when":{"payloadRegex":"xyz"},"output":"r","state":{"Flags.Loaded":"true"}},
                {"when":{"state":{"Missing":""}},"times":2,"output":1}]}}}"#,
        )
        .unwrap();
        let mut uses = Uses::default();
        let mut next = |payload: &str| call(&functions, "load", payload, &mut uses);
        let first = next(r#"{"n":1001,"more":true}"#);
        assert_eq!(
            (first.delay_seconds, json::print(&first.result.unwrap()).unwrap().as_str()),
            (0.4, r#"{"Name":"Ada"}"#)
        );
        assert_eq!(next("\"whole\"").result, Err("Backend down".into()));
        assert_eq!(next("\"whole\"").result, Ok("w".into()));
        assert_eq!(next("{\"a\":\"xyz\"}").state, [("Flags.Loaded".into(), Value::from("true"))]);
        assert_eq!(next("null").result, Ok(1.0.into()));
        assert_eq!(next("null").result, Ok(1.0.into()));
        assert_eq!(next("null").result, Err("No offline response for function: load".into()));
    }

    #[test]
    fn undeclared_functions() {
        let functions = Functions::default();
        let mut uses = Uses::default();
        assert_eq!(call(&functions, ECHO, "{}", &mut uses).result, Ok(Map::new().into()));
        let other = call(&functions, "other", "{}", &mut uses);
        assert_eq!(other.result, Err("No offline declaration for function: other".into()));
    }

    #[test]
    fn bad_documents_say_where() {
        for (text, error) in [
            (
                r#"{"functions":{"a":{"kind":"x"}}}"#,
                r#"functions.a.kind: expected echo or canned, found "x""#,
            ),
            (
                r#"{"functions":{"a":{"kind":"canned","responses":[{"when":{"payloadRegex":"("}}]}}}"#,
                r#"functions.a.responses[0].when.payloadRegex: expected a regular expression, found "(""#,
            ),
            (
                r#"{"functions":{"a":{"kind":"canned","responses":[{"delaySeconds":-1}]}}}"#,
                "functions.a.responses[0].delaySeconds: expected seconds, 0 or more, found -1",
            ),
            ("[]", "document: expected an object, found []"),
        ] {
            assert_eq!(functions(text).unwrap_err().to_string(), format!("functions.json: {error}"));
        }
    }
}
