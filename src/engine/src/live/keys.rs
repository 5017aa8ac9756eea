//! Keys that flows read after an action: messages with their type, and the count of wrong inputs.

use crate::host::Host;
use crate::prompt::{Kind, kind};
use crate::rules::{count_error, error_message};
use crate::step::Run;
use crate::value::{Text, Value};

/// Writes `CurrentRule_<name>` by the update rules.
pub(super) fn put<H: Host>(run: &mut Run<'_, H>, name: &str, value: impl Into<Value>) {
    run.set(&Text::from(format!("CurrentRule_{name}")), value.into());
}

/// Removes `CurrentRule_<name>`.
pub(super) fn clear<H: Host>(run: &mut Run<'_, H>, name: &str) {
    run.remove(&format!("CurrentRule_{name}"));
}

/// Writes `CurrentRule_<name>` as `true` or `false`.
pub(super) fn flag<H: Host>(run: &mut Run<'_, H>, name: &str, on: bool) {
    put(run, name, if on { "true" } else { "false" });
}

/// The value of `CurrentRule_<name>`.
pub(super) fn get<H: Host>(run: &Run<'_, H>, name: &str) -> Value {
    run.get(&format!("CurrentRule_{name}"))
}

/// The number in `CurrentRule_<name>`, if it is one.
pub(super) fn number<H: Host>(run: &Run<'_, H>, name: &str, default: f64) -> f64 {
    let value = get(run, name);
    if value.is_number() { value.num() } else { default }
}

/// Type of a message that is rendered by now, and the ARN of its prompt; `unknown` is the type of a prompt
/// that does not exist.
pub(super) fn message_type<'w, H: Host>(
    run: &Run<'w, H>,
    message: &str,
    unknown: &'static str,
) -> (&'static str, Option<&'w Text>) {
    match kind(message) {
        Kind::None => ("none", None),
        Kind::Ssml => ("ssml", None),
        Kind::Text => ("text", None),
        Kind::Prompt(name) => match run.workspace.catalogue().prompt(name) {
            Some(prompt) => ("prompt", prompt.arn.as_ref()),
            None => (unknown, None),
        },
    }
}

/// Writes a rendered message with its type: `<key>`, `<key>Type`, `<key>PromptArn`. It is never parsed.
pub(super) fn say<H: Host>(run: &mut Run<'_, H>, key: &str, message: &Value, unknown: &'static str) {
    let text = if message.is_nil() { Text::from("") } else { message.text() };
    let (kind, arn) = message_type(run, &text, unknown);
    let arn = arn.map_or(Value::Undefined, |arn| Value::String(Text::clone(arn)));
    let state = &mut run.contact.state;
    if text.is_empty() {
        state.remove(key);
    } else {
        state.set_raw(&Text::from(key), Value::String(text));
    }
    state.set(&Text::from(format!("{key}Type")), kind.into());
    state.set(&Text::from(format!("{key}PromptArn")), arn);
}

/// Writes the message that asks for confirmation or says what was understood. A prompt that does not exist
/// is spoken as text (Q26).
pub(super) fn ask<H: Host>(run: &mut Run<'_, H>, message: &Value) {
    say(run, "CurrentRule_confirmationMessageFinal", message, "text");
}

/// No error message is to be played.
pub(super) fn no_error<H: Host>(run: &mut Run<'_, H>) {
    clear(run, "errorMessage");
    clear(run, "errorMessagePromptArn");
    put(run, "errorMessageType", "none");
}

/// What happens when there are no attempts left.
pub(super) struct Limit<'p> {
    /// How many wrong inputs there may be.
    pub attempts: f64,
    /// The parameter with the rule set that takes over.
    pub param: &'p str,
    /// Without such a rule set: whether to hang up, or go on with the next rule.
    pub hang_up: bool,
}

/// Counts one more wrong input: the attempt's error message, `done` and `terminate`, and the rule set that
/// takes over. Answers whether that was the last attempt.
pub(super) fn refuse<H: Host>(run: &mut Run<'_, H>, limit: &Limit<'_>) -> bool {
    let errors = count_error(run);
    let message = error_message(run, errors);
    if message.is_empty_string() {
        no_error(run);
    } else {
        for suffix in ["", "Type", "PromptArn"] {
            let value = get(run, &format!("errorMessage{errors}{suffix}"));
            let key = Text::from(format!("CurrentRule_errorMessage{suffix}"));
            run.contact.state.set_raw(&key, value);
        }
    }
    let last = errors >= limit.attempts;
    let target = get(run, limit.param);
    let takes_over = last && !target.is_empty_string();
    if takes_over {
        run.go_to(limit.param, &target);
    }
    flag(run, "done", last);
    flag(run, "terminate", last && !takes_over && limit.hang_up);
    last
}
