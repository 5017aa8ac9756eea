//! Nothing of customers in logs or in the console, no keys in files (V13).

use std::collections::BTreeSet;

use serde_json::Value;

use super::graph::{self, Edge};
use super::leaves;
use crate::finding::Finding;
use crate::flow::{Action, Flow};
use crate::token;

pub(super) fn check(flow: &Flow, out: &mut Vec<Finding>) {
    metadata(flow, out);
    keys(flow, out);
    logging(flow, out);
}

/// Positions are all that a file may tell the console.
fn metadata(flow: &Flow, out: &mut Vec<Finding>) {
    let fix = "leave Metadata empty, or keep positions only";
    for (name, value) in &flow.content.metadata {
        match name.as_str() {
            "entryPointPosition" => {}
            "ActionMetadata" => {
                for (id, about) in value.as_object().into_iter().flatten() {
                    let extra = about.as_object().into_iter().flatten();
                    for (name, _) in
                        extra.filter(|(name, _)| !matches!(name.as_str(), "position" | "isFriendlyName"))
                    {
                        let what = format!("Metadata.ActionMetadata.{id}.{name} is more than a position");
                        out.push(Finding::new("V13", what, fix));
                    }
                }
            }
            _ => out.push(Finding::new("V13", format!("Metadata.{name} is more than positions"), fix)),
        }
    }
}

/// Access keys of AWS have a form of their own.
fn is_key(text: &str) -> bool {
    ["AKIA", "ASIA"].into_iter().any(|prefix| {
        text.match_indices(prefix).any(|(at, _)| {
            text.get(at..at + 20)
                .is_some_and(|it| it.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()))
        })
    })
}

fn keys(flow: &Flow, out: &mut Vec<Finding>) {
    for action in &flow.content.actions {
        for (name, value) in &action.parameters {
            token::texts(value, &mut |_, text| {
                if is_key(text) {
                    let finding = Finding::new(
                        "V13",
                        format!("{name} holds an access key"),
                        "remove it, and revoke it",
                    );
                    out.push(finding.at(&action.id));
                }
            });
        }
    }
}

/// Whether an action writes attributes whose names the rules choose.
fn exports(action: &Action) -> bool {
    let attributes = action.parameters.get("Attributes").and_then(Value::as_object);
    action.kind == "UpdateContactAttributes"
        && attributes.is_some_and(|it| it.keys().any(|it| it.starts_with("$.")))
}

fn logging(flow: &Flow, out: &mut Vec<Finding>) {
    // What the log may do at an action: true is that it is on.
    let through = |action: &Action, _: Edge<'_>, before: &BTreeSet<bool>| {
        Some(match action.text("FlowLoggingBehavior") {
            Some(now) => BTreeSet::from([now != "Disabled"]),
            None => before.clone(),
        })
    };
    let join = |known: &mut BTreeSet<bool>, other: &BTreeSet<bool>| {
        let length = known.len();
        known.extend(other);
        known.len() != length
    };
    let states = graph::flow(&flow.content, BTreeSet::from([true]), through, join);
    for action in &flow.content.actions {
        let Some(states) = states.get(action.id.as_str()) else { continue };
        if exports(action) && states.contains(&true) {
            let what = "attributes of the customer are written while the flow is logged";
            let fix = "put UpdateFlowLoggingBehavior Disabled before it";
            out.push(Finding::new("V13", what, fix).at(&action.id));
        }
        if leaves(action) && states.contains(&false) {
            let what = "the flow can be left while it is not logged";
            let fix = "put UpdateFlowLoggingBehavior Enabled before it";
            out.push(Finding::new("V13", what, fix).at(&action.id));
        }
    }
}
