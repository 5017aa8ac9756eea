//! The form of content that does not depend on how it was written, and its hash (`spec/contactflows.md` 11.4).

use std::fmt::Write as _;

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

/// Deepest nesting that is looked at; Amazon Connect has nothing so deep.
const DEPTH: usize = 64;

/// The same value with the keys of all objects in order.
pub fn sorted(value: &Value) -> Value {
    sort(value, DEPTH)
}

fn sort(value: &Value, left: usize) -> Value {
    let Some(left) = left.checked_sub(1) else { return value.clone() };
    match value {
        Value::Array(list) => list.iter().map(|it| sort(it, left)).collect(),
        Value::Object(members) => {
            let mut names: Vec<&String> = members.keys().collect();
            names.sort();
            names
                .into_iter()
                .map(|name| (name.clone(), sort(&members[name], left)))
                .collect::<Map<_, _>>()
                .into()
        }
        other => other.clone(),
    }
}

/// Numbers and truth values as the texts that the console writes.
fn texts(value: &mut Value, left: usize) {
    let Some(left) = left.checked_sub(1) else { return };
    match value {
        Value::Bool(on) => *value = Value::from(if *on { "True" } else { "False" }),
        Value::Number(number) => *value = Value::from(number.to_string()),
        Value::Array(list) => list.iter_mut().for_each(|it| texts(it, left)),
        Value::Object(members) => members.values_mut().for_each(|it| texts(it, left)),
        _ => {}
    }
}

/// The canonical form of content: without positions, actions by identifier, nothing that is empty.
pub fn canonical(content: &Value) -> Value {
    let mut content = sorted(content);
    let Some(object) = content.as_object_mut() else { return content };
    object.shift_remove("Metadata");
    if let Some(actions) = object.get_mut("Actions").and_then(Value::as_array_mut) {
        for action in actions.iter_mut().filter_map(Value::as_object_mut) {
            if let Some(parameters) = action.get_mut("Parameters") {
                texts(parameters, DEPTH);
            }
            if action.get("Parameters").and_then(Value::as_object).is_some_and(Map::is_empty) {
                action.shift_remove("Parameters");
            }
            if let Some(transitions) = action.get_mut("Transitions").and_then(Value::as_object_mut) {
                transitions.retain(|_, it| !it.as_array().is_some_and(Vec::is_empty));
                if let Some(errors) = transitions.get_mut("Errors").and_then(Value::as_array_mut) {
                    errors.sort_by_cached_key(|it| member(it, "ErrorType"));
                }
            }
        }
        actions.sort_by_cached_key(|it| member(it, "Identifier"));
    }
    content
}

fn member(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// SHA-256 of the canonical form, in hexadecimal.
pub fn hash(content: &Value) -> String {
    let digest = Sha256::digest(canonical(content).to_string().as_bytes());
    let mut out = String::with_capacity(64);
    for byte in digest {
        // Writing to a text cannot fail.
        let _ = write!(out, "{byte:02x}");
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn writing_does_not_count_and_meaning_does() {
        let a = json!({"Version": "2019-10-30", "StartAction": "a", "Metadata": {}, "Actions": [
            {"Identifier": "a", "Type": "X", "Parameters": {"n": "5", "on": "True"}, "Transitions": {"NextAction": "b",
                "Errors": [{"NextAction": "b", "ErrorType": "Z"}, {"NextAction": "b", "ErrorType": "A"}]}},
            {"Identifier": "b", "Type": "Y", "Parameters": {}, "Transitions": {}}]});
        let b = json!({"Actions": [
            {"Type": "Y", "Identifier": "b", "Transitions": {"Errors": [], "Conditions": []}},
            {"Type": "X", "Identifier": "a", "Transitions": {"Errors": [{"ErrorType": "A", "NextAction": "b"},
                {"NextAction": "b", "ErrorType": "Z"}], "Conditions": [], "NextAction": "b"}, "Parameters": {"on": true, "n": 5}}],
            "Metadata": {"entryPointPosition": {"x": 1, "y": 2}}, "StartAction": "a", "Version": "2019-10-30"});
        assert_eq!(hash(&a), hash(&b));
        let mut c = a.clone();
        c["Actions"][0]["Parameters"]["n"] = "6".into();
        assert_ne!(hash(&a), hash(&c));
        assert_eq!(hash(&a).len(), 64);
    }
}
