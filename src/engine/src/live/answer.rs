//! The map a contact flow gets back: one flat object of texts (`spec/lambdas.md` 3.2).

use super::data::Channel;
use crate::compat::Compat;
use crate::json;
use crate::prompt::strip_ssml;
use crate::state::State;
use crate::step::{Code, StepError};
use crate::value::{Map, Text, Value};
use crate::workspace::Workspace;

/// Longest answer, in bytes of JSON; Connect refuses 32 KB.
pub const MAX_BYTES: usize = 30_000;

/// Keys that flows use besides `CurrentRule_*` and `QueueBehaviour_*`.
const KEYS: [&str; 7] = [
    "OriginalCustomerNumber",
    "CustomerPhoneNumber",
    "IntegrationStatus",
    "IntegrationErrorCause",
    "CurrentRule",
    "CurrentRuleType",
    "CurrentRuleSet",
];
/// Keys that are large and that no flow uses.
const HIDDEN: [&str; 2] = ["CurrentRule_functionPayload", "CurrentRule_queueBehaviours"];
/// How many attributes a flow sets with one block.
const PAGE: usize = 25;

/// The answer for a state in stored form: its top-level texts.
///
/// Under `compat = original` these are all of them, configuration rows included. Else they are the keys that
/// flows use; for a chat, messages are plain text.
///
/// # Errors
/// [`Code::ResponseTooLarge`] above [`MAX_BYTES`] (not under `compat = original`).
pub fn answer(workspace: &Workspace, state: &State, channel: Channel) -> Result<Map, StepError> {
    if workspace.options().compat == Compat::Original {
        return Ok(everything(workspace, state));
    }
    let mut out = Map::new();
    for (key, value) in state.iter() {
        let used = key.starts_with("CurrentRule_") || key.starts_with("QueueBehaviour_");
        if (used && !HIDDEN.contains(&&**key)) || KEYS.contains(&&**key) {
            match value {
                Value::String(_) => out.insert(Text::clone(key), value.clone()),
                Value::Number(_) | Value::Bool(_) => out.insert(Text::clone(key), value.text().into()),
                _ => {}
            }
        }
    }
    attributes(state, &mut out);
    if channel == Channel::Chat {
        plain_messages(&mut out);
    }
    let size = |value: &Value| json::print(value).map_or(0, |text| text.len());
    let bytes = size(&Value::from(out.clone()));
    if bytes > MAX_BYTES {
        let mut largest: Vec<(usize, &Text)> = out.iter().map(|(k, v)| (size(v), k)).collect();
        largest.sort_by(|a, b| b.cmp(a));
        let largest: Vec<String> =
            largest.iter().take(5).map(|(size, key)| format!("{key} ({size})")).collect();
        return Err(StepError::new(
            Code::ResponseTooLarge,
            format!(
                "The answer has {bytes} bytes, more than {MAX_BYTES}; the largest keys: {}",
                largest.join(", ")
            ),
        ));
    }
    Ok(out)
}

fn everything(workspace: &Workspace, state: &State) -> Map {
    let texts = |(key, value): (&Text, &Value)| value.as_str().map(|_| (Text::clone(key), value.clone()));
    let mut out: Map = state.iter().filter_map(texts).collect();
    for (key, value) in workspace.overlay().into_iter().flatten() {
        out.remove(key);
        if value.as_str().is_some() {
            out.insert(Text::clone(key), value.clone());
        }
    }
    out
}

/// Attribute values as text, also those that are JSON. The last page is filled up with a repeated pair, as
/// a block with an empty key fails.
fn attributes(state: &State, out: &mut Map) {
    let count = out.get("CurrentRule_attributeCount").map_or(0.0, Value::num);
    if !(1.0..=200.0).contains(&count) {
        return;
    }
    let count = count as usize;
    let key = |i: usize| format!("CurrentRule_attributeKey{i}");
    let value = |i: usize| format!("CurrentRule_attributeValue{i}");
    let mut shortest: Option<(usize, Text, Text)> = None;
    for i in 0..count {
        let name = out.get(&key(i)).map_or_else(|| Text::from(""), Value::text);
        let text = super::values::text_of(state.get(&value(i)).unwrap_or(&Value::Undefined));
        let length = name.len() + text.len();
        out.insert(value(i), Value::String(Text::clone(&text)));
        if shortest.as_ref().is_none_or(|(least, ..)| length < *least) {
            shortest = Some((length, name, text));
        }
    }
    let Some((_, name, text)) = shortest else { return };
    for i in count..count.next_multiple_of(PAGE) {
        out.insert(key(i), Value::String(Text::clone(&name)));
        out.insert(value(i), Value::String(Text::clone(&text)));
    }
}

/// Speech markup becomes text, recorded prompts are not played.
fn plain_messages(out: &mut Map) {
    let messages: Vec<(Text, Text)> = out
        .iter()
        .filter_map(|(key, value)| Some((Text::from(key.strip_suffix("Type")?), Text::from(value.as_str()?))))
        .collect();
    for (message, kind) in messages {
        let kind = match &*kind {
            "ssml" => {
                if let Some(text) = out.get(&message).and_then(Value::as_str).map(strip_ssml) {
                    out.insert(Text::clone(&message), text.into());
                }
                "text"
            }
            "prompt" => "none",
            _ => continue,
        };
        out.insert(format!("{message}Type"), kind.into());
    }
}
