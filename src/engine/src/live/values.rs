//! Actions of flows that set values: state keys, the rule set after a queue, text messages
//! (`spec/lambdas.md` 6.9, 6.11, 9).

use super::{Call, keys};
use crate::host::Host;
use crate::json;
use crate::state::Path;
use crate::step::{NAMES, Run, StepError};
use crate::value::{Map, Text, Value};

/// A value as text; lists and objects as JSON, nothing as empty text.
pub(super) fn text_of(value: &Value) -> Text {
    match value {
        Value::Undefined | Value::Null => Text::from(""),
        Value::Array(_) | Value::Object(_) => json::print(value).map_or_else(|| value.text(), Text::from),
        other => other.text(),
    }
}

/// Writes a value at a path; `increment` counts.
pub(super) fn write<H: Host>(run: &mut Run<'_, H>, path: &str, value: Value) {
    let path = Path::new(path);
    if value.as_str() == Some("increment") {
        run.contact.state.increment(&path);
    } else {
        run.contact.state.update(&path, value);
    }
}

impl<H: Host> Call<'_, H> {
    /// Writes `key<n>` = `value<n>` in the order of their numbers (from 1). A missing value deletes,
    /// `increment` counts, a pair without a key is left out; under `compat = original` it is the end.
    ///
    /// # Errors
    /// The answer is too large.
    pub fn set_state(&mut self, parameters: &[(Text, Option<Text>)]) -> Result<Map, StepError> {
        let numbered = |name: &str, prefix: &str| {
            name.strip_prefix(prefix).and_then(|n| n.parse::<u32>().ok()).filter(|n| *n > 0)
        };
        let mut pairs: Vec<(u32, &Text)> = parameters
            .iter()
            .filter_map(|(name, value)| Some((numbered(name, "key")?, value.as_ref()?)))
            .collect();
        pairs.sort_by_key(|(n, _)| *n);
        self.handle(|run| {
            for (at, (n, key)) in pairs.into_iter().enumerate() {
                if run.is_original() && n as usize != at + 1 {
                    break;
                }
                let name = format!("value{n}");
                let value = parameters.iter().find(|(k, _)| **k == *name).and_then(|(_, v)| v.clone());
                write(run, key, value.map_or(Value::Undefined, Value::String));
            }
            Ok(None)
        })
    }

    /// The contact could not enter its queue: goes to `CurrentRule_<reason>RuleSetName`, where `reason` is
    /// `outOfHours` or `unstaffed`.
    ///
    /// # Errors
    /// The rule has no such rule set.
    pub fn queue_exit(&mut self, reason: &str) -> Result<Map, StepError> {
        self.on_rule(|run| {
            let param = format!("{reason}RuleSetName");
            let target = keys::get(run, &param);
            if target.is_empty_string() {
                return Err(StepError::rule(format!("Queue rule is missing required config: {param}")));
            }
            run.go_to(&param, &target);
            Ok(None)
        })
    }

    /// Sends the text message of an `SMSMessage` rule and keeps `System.LastSMSStatus`. The answer also has
    /// `Success` and `SMSStatus`. A failure to send is no error of the action.
    ///
    /// # Errors
    /// The rule has no number key or message.
    pub fn send_sms(&mut self) -> Result<Map, StepError> {
        let mut sent = false;
        let mut answer = self.handle(|run| {
            let key = keys::get(run, "phoneNumberKey");
            let message = keys::get(run, "message");
            if key.is_empty_string() || message.is_empty_string() {
                return Err(StepError::rule("SMSMessage.execute() missing required config"));
            }
            let number = run.view().lookup(&Path::new(&key.text())).into_owned();
            sent = send(run, &number, &text_of(&message));
            Ok(None)
        })?;
        // The original always reports success.
        let success = sent || self.workspace.options().compat == crate::compat::Compat::Original;
        answer.insert("Success", if success { "true" } else { "false" }.into());
        answer.insert("SMSStatus", if sent { "SENT" } else { "ERROR" }.into());
        Ok(answer)
    }
}

/// Sends a text message; keeps and answers whether that worked.
pub(super) fn send<H: Host>(run: &mut Run<'_, H>, number: &Value, message: &str) -> bool {
    let sent = !number.is_empty_string() && run.host.send_sms(&number.text(), message).is_ok();
    run.update("System.LastSMSStatus", if sent { "SENT" } else { "ERROR" });
    sent
}

/// Deletes `NextRuleSet`.
pub(super) fn stay<H: Host>(run: &mut Run<'_, H>) {
    run.remove(&NAMES.next_rule_set);
}
