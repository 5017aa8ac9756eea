//! Distribution (7.1): chooses a rule set by chance.

use crate::chance;
use crate::host::{Branch, Host};
use crate::step::{Reply, Run, StepError};
use crate::value::Value;

/// Draws one of the options, or the default.
pub(crate) fn execute<H: Host>(run: &mut Run<'_, H>) -> Result<Reply, StepError> {
    let state = &run.contact.state;
    let draws = &mut run.contact.draws;
    let param = |name: &str| state.get(&format!("CurrentRule_{name}")).cloned().unwrap_or_default();
    let chosen =
        chance::distribute(param, || draws.draw()).map_err(|error| StepError::rule(error.to_string()))?;
    let name = chosen.option.map_or("defaultRuleSetName".to_owned(), |i| format!("ruleSetName{i}"));
    let target: Value = chosen.rule_set;
    run.go_to(&name, &target);
    run.took(chosen.option.map_or(Branch::Default, Branch::Option));
    Ok(run.reply(false))
}
