//! What each rule type does when it fires and when its input arrives (`spec/evaluator.md` section 7).
//!
//! Handlers read their parameters from `CurrentRule_*` in state, as rendered and exported.

pub(crate) mod distribution;
pub(crate) mod dtmf_input;
pub(crate) mod dtmf_menu;
pub(crate) mod exits;
pub(crate) mod inference;
pub(crate) mod integration;
pub(crate) mod nlu_input;
pub(crate) mod nlu_menu;
pub(crate) mod texts;
pub(crate) mod updates;
pub(crate) mod wait;

use crate::host::Host;
use crate::kinds::RuleType;
use crate::prompt::merge_prompts;
use crate::step::{Code, Reply, Run, StepError};
use crate::value::Value;

/// Executes the rule that was just started.
pub(crate) fn execute<H: Host>(run: &mut Run<'_, H>) -> Result<Reply, StepError> {
    match &run.rule().rule_type {
        RuleType::Distribution => distribution::execute(run),
        RuleType::DTMFMenu => dtmf_menu::execute(run),
        RuleType::DTMFInput => dtmf_input::execute(run),
        RuleType::ExternalNumber => exits::external_number(run),
        RuleType::Integration => integration::execute(run),
        RuleType::Message => texts::message(run),
        RuleType::Metric => texts::metric(run),
        RuleType::NLUInput => nlu_input::execute(run),
        RuleType::NLUMenu => nlu_menu::execute(run),
        RuleType::Queue => exits::queue(run),
        RuleType::RuleSet => exits::rule_set(run),
        RuleType::SetAttributes => updates::set_attributes(run),
        RuleType::SMSMessage => texts::sms(run),
        RuleType::Terminate => Ok(exits::terminate(run)),
        RuleType::TextInference => inference::execute(run),
        RuleType::UpdateStates => updates::update_states(run),
        RuleType::Wait => wait::execute(run),
        RuleType::Retired(name) | RuleType::Unknown(name) => {
            Err(StepError::new(Code::RuleFailed, format!("handleExecute() Unhandled rule type: {name}")))
        }
    }
}

/// The state key of a rule parameter, as a literal.
macro_rules! param {
    ($name:literal) => {
        concat!("CurrentRule_", $name)
    };
}
pub(crate) use param;

/// The attempt's error message in front of the offer (`mergePrompts`); a missing part is empty (Q81).
pub(crate) fn error_and_offer<H: Host>(run: &Run<'_, H>, errors: f64) -> Value {
    let error = run.get(&format!("CurrentRule_errorMessage{errors}"));
    let offer = run.get(param!("offerMessage"));
    let text = |v: &Value| if v.is_nil() { None } else { Some(v.text()) };
    Value::from(merge_prompts(&[text(&error).as_deref(), text(&offer).as_deref()]))
}

/// The attempt's error message alone; nothing if there is none.
pub(crate) fn error_message<H: Host>(run: &Run<'_, H>, errors: f64) -> Value {
    run.get(&format!("CurrentRule_errorMessage{errors}"))
}

/// Counts one more error in `CurrentRule_errorCount` and answers how many there are now.
pub(crate) fn count_error<H: Host>(run: &mut Run<'_, H>) -> f64 {
    let names = &*crate::step::NAMES;
    let old = run.get(&names.error_count);
    let errors = if old.is_number() { old.num() } else { 0.0 } + 1.0;
    run.set(&names.error_count, Value::Number(errors).text());
    errors
}
