//! TextInference (7.14): routes by the intent of a text, without asking the customer.

use super::param;
use crate::host::{Branch, Host};
use crate::step::{Reply, Run, StepError};
use crate::value::Value;

/// Asks the bot about the text and goes where the intent leads, if it is sure enough. Live, a failure is a
/// miss (6.10).
pub(crate) fn execute<H: Host>(run: &mut Run<'_, H>) -> Result<Reply, StepError> {
    match infer(run) {
        Err(_) if run.is_live() => {
            run.took(Branch::NoMatch);
            Ok(run.reply(false))
        }
        result => result,
    }
}

fn infer<H: Host>(run: &mut Run<'_, H>) -> Result<Reply, StepError> {
    let bot_name = run.get(param!("lexBotName"));
    if bot_name.is_empty_string() {
        return Err(StepError::rule("TextInference.validateContext() invalid configuration detected"));
    }
    let bot = run.find_bot(&bot_name)?;
    let Some(text) = run.text(param!("input")) else {
        run.took(Branch::NoText);
        return Ok(run.reply(false));
    };
    let recognition = run.ask(bot, &text)?;
    let intent = recognition.intent_name();
    let target = run.get(&format!("CurrentRule_intentRuleSet_{intent}"));
    if target.is_empty_string() {
        run.took(Branch::NoMatch);
    } else {
        let needed = run.get(&format!("CurrentRule_intentConfidence_{intent}"));
        let needed = if needed.is_number() { needed.num() } else { 0.0 };
        if recognition.confidence >= needed {
            run.go_to(&format!("intentRuleSet_{intent}"), &target);
            run.took(Branch::Intent(&intent));
        } else {
            run.took(Branch::IntentLow(&intent));
        }
    }
    Ok(Reply { lex_response: Some(recognition.response), ..run.reply(false) })
}

/// Text of a value that should be one; empty if it is missing.
pub(crate) fn text_or_empty(value: &Value) -> String {
    if value.is_nil() { String::new() } else { value.to_string() }
}
