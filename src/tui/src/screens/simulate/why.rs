//! Why a rule fired: the rules that were tested, their weights with the values they met, and what was not
//! reached.

use std::sync::Arc;

use connect_rules_engine::host::WeightSeen;
use connect_rules_engine::json;
use connect_rules_engine::value::Value;

use super::call::{Asked, Step};
use super::pane::Piece;
use super::transcript::spoken;
use crate::theme::Role;

/// Title and lines for a step. A step that only took an input tells which branch that was, and then how its
/// rule came to fire before.
pub fn pieces(steps: &[Arc<Step>], at: usize) -> (String, Vec<Piece>) {
    let Some(step) = steps.get(at) else { return ("Why".to_owned(), Vec::new()) };
    let mut out = Vec::new();
    let (rule_set, rule) = step.rule();
    if let Asked::Say(said) = &step.asked {
        let text = format!("{rule_set} / {rule} took » {}", spoken(said));
        out.push(Piece::new(0, Role::Text, text, 2));
    }
    if !step.took.is_empty() {
        out.push(Piece::new(0, Role::Text, format!("branch {}", step.took.join(", ")), 2));
    }
    if let Err(failure) = &step.answer {
        out.push(Piece::new(0, Role::Bad, format!("✗ {}: {}", failure.code, failure.cause), 2));
    }
    let source = steps[..=at].iter().rposition(|step| !step.rounds.is_empty());
    let Some(source) = source else { return ("Why".to_owned(), out) };
    if source != at {
        out.push(Piece::new(0, Role::Dim, format!("no rule was tested; step {} chose it:", source + 1), 0));
    }
    let rounds = &steps[source].rounds;
    for round in rounds {
        if rounds.len() > 1 {
            out.push(Piece::new(0, Role::Title, format!("in {}", round.rule_set), 2));
        }
        for tested in &round.tested {
            let (mark, look) = if tested.activated { ("✓", Role::Good) } else { ("✗", Role::Text) };
            let always = if tested.weights.is_empty() && tested.activated { "   always" } else { "" };
            let mut piece = Piece::new(0, look, format!("{mark} {}", tested.rule), 2);
            piece.right = format!("{} of {}{always} ", number(tested.total), number(tested.activation));
            out.push(piece);
            for weight in &tested.weights {
                let (mark, look) = if weight.met { ("✓", Role::Good) } else { ("✗", Role::Dim) };
                let mut piece = Piece::new(0, look, format!("    {mark} {}", condition(weight)), 6);
                let adds = if weight.met { weight.weight.text().to_string() } else { "0".to_owned() };
                piece.right = format!("{}{adds} ", if adds.starts_with('-') { "" } else { "+" });
                out.push(piece);
                out.push(Piece::new(0, Role::Dim, format!("      is {}", shown(&weight.raw)), 8));
            }
        }
        if !round.unreached.is_empty() {
            let names: Vec<&str> = round.unreached.iter().map(|name| &**name).collect();
            let verb =
                if round.tested.iter().any(|tested| tested.activated) { "not reached" } else { "not tested" };
            out.push(Piece::new(0, Role::Dim, format!("· {}: {verb}", names.join(", ")), 2));
        }
    }
    let last = rounds.last();
    let tested = last.map_or(0, |round| round.tested.len());
    let total = tested + last.map_or(0, |round| round.unreached.len());
    let name = last.map(|round| round.rule_set.to_string()).unwrap_or_default();
    (format!("Why ─ {name}, {tested} of {total} tested"), out)
}

fn condition(weight: &WeightSeen) -> String {
    format!("{} {} {}", weight.field, weight.operation, weight.value.text())
}

/// A value as JSON; `(missing)` for none.
pub fn shown(value: &Value) -> String {
    match value {
        Value::Undefined => "(missing)".to_owned(),
        other => json::print(other).unwrap_or_default(),
    }
}

fn number(value: f64) -> String {
    Value::Number(value).text().to_string()
}
