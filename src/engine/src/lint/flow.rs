//! Findings about the way of contacts through rule sets: what cannot be reached, what never ends, what ends
//! without a word.

use super::{Place, Report, World, always_fires, asks, codes, flow_of};
use crate::graph::cycles::{cycles, distances};
use crate::kinds::{self, EdgeKind, Flow, RuleType};
use crate::value::Value;

/// What the rules of one rule set do to contacts.
#[derive(Default)]
struct Shape {
    /// Some enabled rule always fires and does not come back.
    ends: bool,
    /// The rule set that every contact is sent on to, whatever its state.
    forwards: Option<u32>,
    /// Some enabled rule asks the customer, waits, or ends the contact.
    stops: bool,
    /// The way on may be chosen by a template or by writing `NextRuleSet`.
    dynamic: bool,
}

pub(super) fn check(out: &mut Report<'_>) {
    let world = out.world;
    let count = world.sets.len();
    let mut shapes = Vec::with_capacity(count);
    let (mut all, mut silent, mut calls, mut moves) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for set in 0..count {
        if !world.sets[set].enabled {
            shapes.push(Shape::default());
            continue;
        }
        shapes.push(shape(world, set, out));
        for rule in world.rules[set].iter().filter(|rule| rule.enabled) {
            for reference in kinds::rule_set_references(rule) {
                let target = world.by_name.get(&**reference.target).copied();
                let Some(to) = target.filter(|to| world.sets[*to as usize].enabled) else { continue };
                let edge = (set as u32, to);
                all.push(edge);
                if reference.edge == Some(EdgeKind::Return) {
                    calls.push(edge);
                } else {
                    moves.push(edge);
                }
                if matches!(
                    rule.rule_type,
                    RuleType::RuleSet | RuleType::Distribution | RuleType::TextInference
                ) {
                    silent.push(edge);
                }
            }
        }
    }
    let starts: Vec<u32> = (0..count)
        .filter(|set| world.sets[*set].enabled && !world.sets[*set].end_points.is_empty())
        .map(|set| set as u32)
        .collect();
    unreachable(out, &shapes, &distances(count, &all, &starts), starts.is_empty());
    loops(out, &shapes, &silent, &calls);
    runs_off(out, &shapes, &distances(count, &moves, &starts));
}

/// Walks the rules of a rule set in running order and reports those that can never run.
fn shape(world: &World<'_>, set: usize, out: &mut Report<'_>) -> Shape {
    let mut shape = Shape::default();
    // Whether every contact gets to this rule without having been asked or sent elsewhere.
    let mut certain = true;
    let mut last: Option<usize> = None;
    for (at, rule) in world.rules[set].iter().enumerate() {
        if !rule.enabled {
            continue;
        }
        if let Some(last) = last {
            let what = format!("`{}` above always fires and does not come back", world.rules[set][last].name);
            out.add(&codes::SHADOWED, Place { set, rule: Some(at) }, "", what);
            continue;
        }
        let flow = flow_of(rule);
        shape.stops |= asks(rule) || flow == Flow::Ends;
        shape.dynamic |=
            writes_next(rule) || kinds::rule_set_references(rule).any(|reference| reference.dynamic);
        let always = always_fires(rule);
        if always && matches!(flow, Flow::Leaves | Flow::Ends) {
            shape.ends = true;
            last = Some(at);
            if certain && rule.rule_type == RuleType::RuleSet {
                let target = rule.params.text("ruleSetName").and_then(|name| world.by_name.get(name));
                shape.forwards = target.copied();
            }
        }
        certain &= flow == Flow::Continues && !writes_next(rule);
    }
    shape
}

/// Whether the rule sends the contact elsewhere by writing the engine's key.
fn writes_next(rule: &crate::model::Rule) -> bool {
    rule.params.get("updateStates").and_then(Value::as_array).is_some_and(|items| {
        items.iter().any(|item| {
            item.as_object().and_then(|item| item.get("key")).and_then(Value::as_str) == Some("NextRuleSet")
        })
    })
}

fn unreachable(out: &mut Report<'_>, shapes: &[Shape], steps: &[Option<u32>], no_start: bool) {
    if no_start {
        return;
    }
    let dynamic = steps.iter().zip(shapes).any(|(steps, shape)| steps.is_some() && shape.dynamic);
    for (set, steps) in steps.iter().enumerate() {
        if steps.is_none() && out.world.sets[set].enabled {
            let what = if dynamic {
                "no end point leads here, unless a template names it"
            } else {
                "no end point leads here"
            };
            out.add(&codes::UNREACHABLE_SET, Place { set, rule: None }, "", what);
        }
    }
}

fn loops(out: &mut Report<'_>, shapes: &[Shape], silent: &[(u32, u32)], calls: &[(u32, u32)]) {
    let count = shapes.len();
    let sure: Vec<(u32, u32)> = shapes
        .iter()
        .enumerate()
        .filter_map(|(set, shape)| Some((set as u32, shape.forwards?)))
        .filter(|(_, to)| out.world.sets[*to as usize].enabled)
        .collect();
    let mut known = vec![false; count];
    for cycle in cycles(count, &sure) {
        for set in &cycle {
            known[*set as usize] = true;
        }
        report_cycle(out, &codes::FORWARD_LOOP, &cycle);
    }
    let quiet: Vec<(u32, u32)> = silent
        .iter()
        .copied()
        .filter(|(from, to)| !shapes[*from as usize].stops && !shapes[*to as usize].stops)
        .collect();
    for cycle in cycles(count, &quiet) {
        if !cycle.iter().any(|set| known[*set as usize]) {
            report_cycle(out, &codes::LOOP, &cycle);
        }
    }
    for cycle in cycles(count, calls) {
        report_cycle(out, &codes::RETURN_LOOP, &cycle);
    }
}

/// One finding per cycle, at its first rule set.
fn report_cycle(out: &mut Report<'_>, code: &'static super::Code, cycle: &[u32]) {
    const SHOWN: usize = 8;
    let name = |set: &u32| format!("`{}`", out.world.sets[*set as usize].name);
    let Some(first) = cycle.first() else { return };
    let mut names: Vec<String> = cycle.iter().take(SHOWN).map(name).collect();
    if cycle.len() > SHOWN {
        names.push(format!("{} more", cycle.len() - SHOWN));
    }
    let what = if cycle.len() == 1 {
        format!("{} leads to itself", names[0])
    } else {
        format!("the loop holds {}", names.join(", "))
    };
    out.add(code, Place { set: *first as usize, rule: None }, "", what);
}

fn runs_off(out: &mut Report<'_>, shapes: &[Shape], steps: &[Option<u32>]) {
    for (set, shape) in shapes.iter().enumerate() {
        if !out.world.sets[set].enabled {
            continue;
        }
        let place = Place { set, rule: None };
        if !out.world.rules[set].iter().any(|rule| rule.enabled) {
            out.add(&codes::EMPTY_SET, place, "rules", "no rule is enabled");
        } else if steps[set].is_some() && !shape.ends {
            out.add(&codes::RUNS_OFF, place, "", "no last rule always goes on, transfers or terminates");
        }
    }
}
