//! SetAttributes and UpdateStates (7.12, 7.15).

use super::param;
use crate::host::{Branch, Host};
use crate::state::Path;
use crate::step::{Reply, Run, StepError};
use crate::value::{Map, Text, Value};

/// Sets or removes contact attributes. Keys are literal; values are kept as they are. Live, each is an
/// update below `ContactAttributes` instead (Q58).
pub(crate) fn set_attributes<H: Host>(run: &mut Run<'_, H>) -> Result<Reply, StepError> {
    let Value::Array(items) = run.get(param!("setAttributes")) else {
        return Err(StepError::rule("SetAttributes.execute() missing required config"));
    };
    if run.is_live() {
        for item in items.iter() {
            run.update(&format!("ContactAttributes.{}", item.member("key").text()), item.member("value"));
        }
        run.took(Branch::Next);
        return Ok(run.reply(false));
    }
    let attributes = Text::from("ContactAttributes");
    let mut map = run.get(&attributes).as_object().cloned().unwrap_or_else(Map::new);
    for item in items.iter() {
        let key = item.member("key").text();
        let value = item.member("value");
        if value.is_nullish() {
            map.remove(&key);
        } else {
            map.insert(key, value);
        }
    }
    run.contact.state.set_raw(&attributes, map.into());
    run.took(Branch::Next);
    Ok(run.reply(false))
}

/// Updates state keys one after the other; `increment` counts.
pub(crate) fn update_states<H: Host>(run: &mut Run<'_, H>) -> Result<Reply, StepError> {
    let items = match run.get(param!("updateStates")) {
        Value::Array(items) if !items.is_empty() => items,
        _ => return Err(StepError::rule("UpdateStates.execute() missing required config")),
    };
    for item in items.iter() {
        let key = item.member("key");
        if key.is_nil() {
            continue;
        }
        let path = Path::new(&key.text());
        let value = item.member("value");
        if value.as_str() == Some("increment") {
            run.contact.state.increment(&path);
        } else {
            run.contact.state.update(&path, value);
        }
    }
    run.took(Branch::Next);
    Ok(run.reply(false))
}
