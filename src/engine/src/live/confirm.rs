//! The answer to a yes/no question (`spec/lambdas.md` 6.6). Refusals use up attempts like wrong inputs,
//! which the original forgot (Q74).

use super::keys::{clear, flag};
use super::{Call, inputs, menus};
use crate::host::{Branch, Host};
use crate::kinds::RuleType;
use crate::step::{NAMES, Run, StepError};
use crate::value::Map;

impl<H: Host> Call<'_, H> {
    /// `Yes` and `1` confirm what the current rule asked; anything else, or nothing, refuses it.
    ///
    /// # Errors
    /// The current rule asks nothing, or there is nothing to confirm.
    pub fn confirm(&mut self, answer: Option<&str>) -> Result<Map, StepError> {
        self.on_rule(|run| confirm(run, matches!(answer, Some("Yes" | "1"))).map(|()| None))
    }
}

fn confirm<H: Host>(run: &mut Run<'_, H>, yes: bool) -> Result<(), StepError> {
    let rule_type = run.get(&NAMES.current_rule_type);
    let rule_type = RuleType::parse(rule_type.as_str().unwrap_or_default());
    match (&rule_type, yes) {
        (RuleType::DTMFInput, true) => {
            inputs::accept_keys(run)?;
            run.took(Branch::Confirmed);
        }
        (RuleType::NLUInput, true) => inputs::accept_slot(run)?,
        (RuleType::NLUMenu, true) => menus::accept_intent(run)?,
        (RuleType::DTMFInput, false) => inputs::refuse_keys(run),
        (RuleType::NLUInput, false) => {
            clear(run, "slotValue");
            inputs::refuse_slot(run);
        }
        (RuleType::NLUMenu, false) => menus::refuse_intent(run),
        (other, _) => {
            return Err(StepError::rule(format!(
                "handleConfirm() missing handler for confirm on rule: {other}"
            )));
        }
    }
    if yes {
        flag(run, "done", true);
        flag(run, "terminate", false);
    }
    Ok(())
}
