//! Calls of functions (V09), and that what is read of answers is in them (V10).

use std::collections::BTreeSet;

use super::graph::{self, Edge};
use crate::finding::Finding;
use crate::flow::{Action, Flow};
use crate::functions::{self, COMMON, Function, is_declared};
use crate::reference::references;
use crate::token::{self, TokenKind};

const EXTERNAL: &str = "$.External.";

/// The function that an action calls.
fn called(action: &Action) -> Option<&'static Function> {
    if action.kind != "InvokeLambdaFunction" {
        return None;
    }
    let token = token::token(action.text("LambdaFunctionARN")?).filter(|it| it.kind == TokenKind::Lambda)?;
    functions::function(token.name)
}

/// The parameters that a call gives, as pairs of name and value.
fn given(action: &Action) -> impl Iterator<Item = (&str, &str)> {
    let given = action.parameters.get("LambdaInvocationAttributes").and_then(|it| it.as_object());
    given.into_iter().flatten().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
}

/// What the function does in this call.
fn asked(action: &Action, function: &Function) -> Option<&'static functions::Action> {
    let (_, name) = given(action).find(|(name, _)| *name == "action")?;
    function.actions.iter().find(|it| it.name == name)
}

/// Whether the parameters are pairs from 1 on, without a gap.
fn are_pairs(names: &BTreeSet<&str>) -> bool {
    let count = names.len() / 2;
    count > 0
        && names.len().is_multiple_of(2)
        && (1..=count).all(|n| {
            names.contains(format!("key{n}").as_str()) && names.contains(format!("value{n}").as_str())
        })
}

/// One call (V09).
pub(super) fn check_call(action: &Action, out: &mut Vec<Finding>) {
    let Some(function) = called(action) else { return };
    let mut fault = |what: String, fix: String| out.push(Finding::new("V09", what, fix));
    let seconds = action.text("InvocationTimeLimitSeconds").unwrap_or_default();
    if seconds != function.seconds {
        fault(format!("{} gets {seconds:?} seconds", function.name), format!("give it {}", function.seconds));
    }
    let Some(asked) = asked(action, function) else {
        let known: Vec<&str> = function.actions.iter().map(|it| it.name).collect();
        return fault(
            format!("{} is asked for no action that it has", function.name),
            format!("set the parameter action to {}", known.join(", ")),
        );
    };
    let names: BTreeSet<&str> = given(action).map(|(name, _)| name).filter(|it| *it != "action").collect();
    if asked.pairs {
        if !are_pairs(&names) {
            fault(
                format!("{} gets no complete pairs", asked.name),
                "give key1, value1, key2, value2, …".to_owned(),
            );
        }
        return;
    }
    for name in asked.required.iter().filter(|name| !names.contains(**name)) {
        fault(format!("{} lacks the parameter {name}", asked.name), "add it".to_owned());
    }
    for name in names.into_iter().filter(|it| !asked.required.contains(it) && !asked.optional.contains(it)) {
        let known: Vec<&str> = asked.required.iter().chain(asked.optional).copied().collect();
        let fix =
            if known.is_empty() { "leave it out".to_owned() } else { format!("use {}", known.join(", ")) };
        fault(format!("{} gets the unknown parameter {name}", asked.name), fix);
    }
}

/// Keys that answers hold, as declarations.
type Held = BTreeSet<String>;

/// What every answer holds in this flow.
fn always(flow: &Flow) -> Held {
    let rule = functions::rule_keys(flow).iter().map(|it| format!("CurrentRule_{it}"));
    COMMON.iter().map(|it| (*it).to_owned()).chain(rule).collect()
}

/// What is held after an action worked.
fn after(action: &Action, always: &Held, before: &Held) -> Held {
    let Some(function) = called(action) else { return Held::new() };
    let Some(asked) = asked(action, function) else { return Held::new() };
    if !function.state {
        return asked.writes.iter().map(|it| (*it).to_owned()).collect();
    }
    // Keys of state stay in all answers; what only one answer holds does not.
    let stays = |it: &&String| it.contains('_') || it.starts_with("Integration");
    let mut held: Held = before.iter().filter(stays).chain(always).cloned().collect();
    held.extend(asked.writes.iter().map(|it| (*it).to_owned()));
    if asked.pairs {
        let keys = given(action).filter(|(name, _)| name.starts_with("key")).map(|(_, key)| key.to_owned());
        held.extend(keys.filter(|it| it.starts_with("CurrentRule_") || it.starts_with("QueueBehaviour_")));
    }
    held
}

/// What is read of answers (V10).
pub(super) fn check(flow: &Flow, out: &mut Vec<Finding>) {
    let always = always(flow);
    let first = if functions::is_rule_flow(flow) { always.clone() } else { Held::new() };
    let through = |action: &Action, edge: Edge<'_>, before: &Held| {
        let answered = action.kind == "InvokeLambdaFunction" && !matches!(edge, Edge::Error(_));
        Some(if answered { after(action, &always, before) } else { before.clone() })
    };
    let join = |known: &mut Held, other: &Held| {
        let length = known.len();
        known.retain(|it| other.contains(it));
        known.len() != length
    };
    let held = graph::flow(&flow.content, first, through, join);
    for action in &flow.content.actions {
        let Some(held) = held.get(action.id.as_str()) else { continue };
        let mut missing = BTreeSet::new();
        for value in action.parameters.values() {
            token::texts(value, &mut |_, text| {
                for key in references(text).iter().filter_map(|it| it.strip_prefix(EXTERNAL)) {
                    if !held.iter().any(|it| is_declared(it, key)) {
                        missing.insert(key.to_owned());
                    }
                }
            });
        }
        for key in missing {
            let what = format!("it reads {EXTERNAL}{key}, which the answers before it need not hold");
            let fix = "call the action that writes it on every way here, or read another key";
            out.push(Finding::new("V10", what, fix).at(&action.id));
        }
    }
}
