//! Findings about weights: whether the activation can be reached, and comparisons that never hold.

use std::cmp::Ordering;

use super::{Place, Report, codes};
use crate::model::{Rule, Weight};
use crate::template::is_template;
use crate::value::{text_num, trim};

pub(super) fn check(rule: &Rule, place: Place, out: &mut Report<'_>) {
    for (i, weight) in rule.weights.iter().enumerate() {
        let field = weight.field.as_deref().unwrap_or_default();
        if matches!(&*weight.operation, "equals" | "notequals") && trim(field).ends_with(".length") {
            let what = format!("`{field}` is a number and never equals a text");
            out.add(&codes::LENGTH_EQUALS, place, format!("weights[{i}]"), what);
        }
    }
    let Some(activation) = rule.activation.as_deref().map(text_num).filter(|n| !n.is_nan()) else { return };
    let most: f64 = rule.weights.iter().map(gain).sum();
    if most < activation {
        let what = format!("the weights reach {most} at most, the activation is {activation}");
        out.add(&codes::UNREACHED_ACTIVATION, place, "activation", what);
    } else if activation > 0.0 && rule.weights.len() > 1 {
        let possible = possible(&rule.weights);
        if possible < activation {
            let what = format!(
                "weights that can hold together reach {possible} at most, the activation is {activation}"
            );
            out.add(&codes::CONTRADICTION, place, "weights", what);
        }
    }
}

/// What a weight adds at most.
fn gain(weight: &Weight) -> f64 {
    Some(weight.weight.num()).filter(|n| n.is_finite()).unwrap_or(0.0).max(0.0)
}

/// What a weight demands of its field.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Demand<'a> {
    /// Missing or empty.
    Nothing,
    /// Exactly this text.
    Equal(&'a str),
    /// Not missing and not empty.
    Something,
}

fn demand(weight: &Weight) -> Option<Demand<'_>> {
    match &*weight.operation {
        "isnull" | "isempty" => Some(Demand::Nothing),
        "isnotnull" | "isnotempty" => Some(Demand::Something),
        "equals" => {
            let value = trim(weight.value.as_str()?);
            (!value.is_empty() && !is_template(value)).then_some(Demand::Equal(value))
        }
        _ => None,
    }
}

/// The most that weights can add when a field has one value at a time.
fn possible(weights: &[Weight]) -> f64 {
    let mut total = 0.0;
    let mut demands: Vec<(&str, Demand<'_>, f64)> = Vec::new();
    for weight in weights {
        let gain = gain(weight);
        match (demand(weight), weight.field.as_deref()) {
            (Some(demand), Some(field)) if gain > 0.0 => demands.push((trim(field), demand, gain)),
            _ => total += gain,
        }
    }
    demands.sort_by(|a, b| (a.0, a.1).partial_cmp(&(b.0, b.1)).unwrap_or(Ordering::Equal));
    for field in demands.chunk_by(|a, b| a.0 == b.0) {
        let mut best_equal = 0.0_f64;
        let (mut nothing, mut something) = (0.0, 0.0);
        for same in field.chunk_by(|a, b| a.1 == b.1) {
            let sum: f64 = same.iter().map(|(_, _, gain)| gain).sum();
            match same[0].1 {
                Demand::Nothing => nothing = sum,
                Demand::Something => something = sum,
                Demand::Equal(_) => best_equal = best_equal.max(sum),
            }
        }
        total += nothing.max(best_equal + something);
    }
    total
}
