//! Selection: the first rule, in order, whose weights reach its activation threshold
//! (`spec/evaluator.md` 2.1, 6.5).

use std::borrow::Cow;

use super::run::{Run, View, render_weight};
use super::{Code, StepError};
use crate::compat::Compat;
use crate::host::{Detail, Host, RuleAt, Seen, WeightSeen};
use crate::model::Weight;
use crate::state::Path;
use crate::value::{Text, Value};
use crate::weight::{self, Comparand, CompiledWeight, Operation, Outcome};
use crate::workspace::Active;

/// Position of the first activated rule at or after `start`.
///
/// # Errors
/// A weight whose operation does not exist.
pub(crate) fn first_activated<H: Host>(
    run: &mut Run<'_, H>,
    rule_set: u32,
    start: u32,
) -> Result<Option<u32>, StepError> {
    let active = run.workspace.active(rule_set);
    let compat = run.workspace.options().compat;
    let mut memo = Memo::new(active);
    let mut met = Vec::new();
    for (i, rule) in active.rules.iter().enumerate().skip(start as usize) {
        if run.detail == Detail::None {
            let mut total = 0.0;
            for weight in &rule.weights {
                let outcome = memo.outcome(run, active, weight.test)?;
                total +=
                    weight::counts(outcome, &active.tests[weight.test as usize].operation, weight, compat).1;
            }
            if total >= rule.activation {
                return Ok(Some(i as u32));
            }
            continue;
        }
        if observed(run, &mut memo, &mut met, RuleAt { rule_set, rule: i as u32 }, compat)? {
            return Ok(Some(i as u32));
        }
    }
    Ok(None)
}

/// As the loop above, telling the observer.
fn observed<H: Host>(
    run: &mut Run<'_, H>,
    memo: &mut Memo,
    met: &mut Vec<bool>,
    at: RuleAt,
    compat: Compat,
) -> Result<bool, StepError> {
    let active = run.workspace.active(at.rule_set);
    let rule = &active.rules[at.rule as usize];
    met.clear();
    let mut seen = Vec::new();
    let mut total = 0.0;
    let documents = &run.workspace.rule(at).weights;
    for (weight, document) in rule.weights.iter().zip(documents) {
        let test = &active.tests[weight.test as usize];
        let outcome = memo.outcome(run, active, weight.test)?;
        let (counted, number) = weight::counts(outcome, &test.operation, weight, compat);
        total += number;
        met.push(counted);
        if run.detail >= Detail::Trace {
            let path = &active.paths[test.path as usize];
            let value = match &test.comparand {
                Comparand::Fixed(value, _) => value.clone(),
                Comparand::Broken(text) => Value::String(Text::clone(text)),
                Comparand::Template(template, text) => render_weight(run, template)
                    .map_or_else(|_| Value::String(Text::clone(text)), Value::from),
            };
            seen.push(WeightSeen {
                field: Text::clone(path.source()),
                operation: Text::clone(&document.operation),
                value,
                raw: run.view().lookup(path).into_owned(),
                weight: document.weight.clone(),
                met: counted,
            });
        }
    }
    let activated = total >= rule.activation;
    run.host.observe(&Seen::Tested { rule: at, total, activated, met, weights: &seen });
    Ok(activated)
}

/// What was found out about a rule set's distinct paths and tests during one selection.
///
/// State does not change while rules are tested, so each fixed test is made once however many rules
/// share it.
struct Memo {
    outcomes: Vec<Option<Outcome>>,
}

impl Memo {
    fn new(active: &Active) -> Self {
        Memo { outcomes: vec![None; active.tests.len()] }
    }

    fn outcome<H: Host>(
        &mut self,
        run: &mut Run<'_, H>,
        active: &Active,
        index: u32,
    ) -> Result<Outcome, StepError> {
        if let Some(outcome) = self.outcomes[index as usize] {
            return Ok(outcome);
        }
        let test = &active.tests[index as usize];
        let path = &active.paths[test.path as usize];
        let outcome = evaluate(run, path, &test.operation, &test.comparand)?;
        if matches!(test.comparand, Comparand::Fixed(..)) {
            self.outcomes[index as usize] = Some(outcome);
        }
        Ok(outcome)
    }
}

/// Makes one test on state as rules see it.
fn evaluate<H: Host>(
    run: &mut Run<'_, H>,
    path: &Path,
    operation: &Operation,
    comparand: &Comparand,
) -> Result<Outcome, StepError> {
    let rendered = match comparand {
        Comparand::Template(template, text) => {
            Some(render_weight(run, template).map_or_else(|_| Value::String(Text::clone(text)), Value::from))
        }
        Comparand::Broken(text) => Some(Value::String(Text::clone(text))),
        Comparand::Fixed(..) => None,
    };
    let view: View<'_> = run.view();
    let raw: Cow<'_, Value> = view.lookup(path);
    match (&rendered, comparand) {
        (Some(value), _) => weight::test(operation, &raw, value, weight::number_of(value)),
        (None, Comparand::Fixed(value, number)) => weight::test(operation, &raw, value, *number),
        (None, _) => Ok(Outcome::Unmet),
    }
    .map_err(|name| StepError::new(Code::RuleFailed, format!("Unhandled weight operation: {name}")))
}

/// Sum of the weights that count, for weights that belong to no compiled rule.
///
/// # Errors
/// A weight whose operation does not exist.
pub(crate) fn total<H: Host>(run: &mut Run<'_, H>, weights: &[Weight]) -> Result<f64, StepError> {
    let compat = run.workspace.options().compat;
    let mut total = 0.0;
    for document in weights {
        let (path, comparand) = weight::prepare(document, compat);
        let operation = Operation::parse(&document.operation);
        let outcome = evaluate(run, &path, &operation, &comparand)?;
        total += weight::counts(outcome, &operation, &CompiledWeight::new(0, document), compat).1;
    }
    Ok(total)
}
