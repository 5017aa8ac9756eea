//! Selection: the first rule, in order, whose weights reach its activation threshold
//! (`spec/evaluator.md` 2.1, 6.5).

use super::run::{Run, render_weight};
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
                other => rendered_value(run, other).unwrap_or_default(),
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
/// State does not change while rules are tested, so each path is looked up and each fixed test is made
/// once, however many rules share it.
struct Memo {
    outcomes: Vec<Option<Outcome>>,
    raws: Vec<Option<Value>>,
}

impl Memo {
    fn new(active: &Active) -> Self {
        Memo { outcomes: vec![None; active.tests.len()], raws: vec![None; active.paths.len()] }
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
        let rendered = rendered_value(run, &test.comparand);
        let raw = self.raw(run, active, test.path);
        let outcome = judge(&test.operation, raw, &test.comparand, rendered.as_ref())?;
        // A template may draw by chance, and may leave a value behind at the root (Q11).
        if rendered.is_none() && !is_leaked(&active.paths[test.path as usize]) {
            self.outcomes[index as usize] = Some(outcome);
        }
        Ok(outcome)
    }

    fn raw<H: Host>(&mut self, run: &Run<'_, H>, active: &Active, index: u32) -> &Value {
        let path = &active.paths[index as usize];
        let slot = &mut self.raws[index as usize];
        if slot.is_none() || is_leaked(path) {
            *slot = Some(run.view().lookup(path).into_owned());
        }
        slot.get_or_insert_default()
    }
}

/// Whether the path reads what `switch` leaves at the root of state under the original.
fn is_leaked(path: &Path) -> bool {
    matches!(&**path.top(), "switch_value" | "switch_break")
}

/// The comparison value of a template, rendered; its text as it is where that fails. None for fixed values.
fn rendered_value<H: Host>(run: &mut Run<'_, H>, comparand: &Comparand) -> Option<Value> {
    match comparand {
        Comparand::Fixed(..) => None,
        Comparand::Broken(text) => Some(Value::String(Text::clone(text))),
        Comparand::Template(template, source) => Some(
            render_weight(run, template).map_or_else(|_| Value::String(Text::clone(source)), Value::from),
        ),
    }
}

/// Makes one test.
fn judge(
    operation: &Operation,
    raw: &Value,
    comparand: &Comparand,
    rendered: Option<&Value>,
) -> Result<Outcome, StepError> {
    match (rendered, comparand) {
        (Some(value), _) => weight::test(operation, raw, value, weight::number_of(value)),
        (None, Comparand::Fixed(value, number)) => weight::test(operation, raw, value, *number),
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
        let rendered = rendered_value(run, &comparand);
        let raw = run.view().lookup(&path).into_owned();
        let outcome = judge(&operation, &raw, &comparand, rendered.as_ref())?;
        total += weight::counts(outcome, &operation, &CompiledWeight::new(0, document), compat).1;
    }
    Ok(total)
}
