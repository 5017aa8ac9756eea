//! Every check finds what it is for, and only that: each case changes one thing in a flow that passes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod form;
mod meaning;

use std::sync::LazyLock;

use connect_rules_flows::check::{Known, check};
use connect_rules_flows::files::FLOWS;
use connect_rules_flows::{Finding, Flow};
use serde_json::Value;

static KNOWN: LazyLock<Known> = LazyLock::new(|| Known::with(&[]));

fn document(name: &str) -> Value {
    let (_, text) = FLOWS.iter().find(|(it, _)| *it == name).unwrap();
    let mut document: Value = serde_json::from_str(text).unwrap();
    if name != "Main" {
        return document;
    }
    // A flow whose hash is not recorded, so that each case has one finding.
    document["name"] = "Trial".into();
    document
}

fn findings(document: &Value) -> Vec<Finding> {
    match Flow::read("trial.json", &document.to_string()) {
        Ok(flow) => {
            let mut known = KNOWN.clone();
            known.flows.insert(flow.name.clone(), flow.flow_type);
            check(&flow, &known).into_iter().filter(|it| it.check != "V14").collect()
        }
        Err(findings) => findings,
    }
}

/// The action with an identifier.
fn action<'d>(document: &'d mut Value, id: &str) -> &'d mut Value {
    let actions = document["content"]["Actions"].as_array_mut().unwrap();
    actions.iter_mut().find(|it| it["Identifier"] == id).unwrap_or_else(|| panic!("no action {id}"))
}

fn remove(value: &mut Value, name: &str) {
    assert!(value.as_object_mut().unwrap().shift_remove(name).is_some(), "{name}");
}

/// Changes a flow of the product and expects findings: check, action, and a word of what is wrong.
#[track_caller]
fn finds(flow: &str, change: impl FnOnce(&mut Value), expected: &[(&str, &str, &str)]) {
    let mut document = document(flow);
    assert_eq!(findings(&document), [], "{flow} passes as it is");
    change(&mut document);
    let found = findings(&document);
    let shown: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), expected.len(), "{}", shown.join("\n"));
    for (finding, (check, action, what)) in found.iter().zip(expected) {
        assert_eq!((finding.check, finding.action.as_deref().unwrap_or("")), (*check, *action), "{finding}");
        assert!(finding.what.contains(what), "{what} is not in: {finding}");
        assert!(
            !finding.why.is_empty() && !finding.fix.is_empty() && finding.file == "trial.json",
            "{finding}"
        );
    }
}
