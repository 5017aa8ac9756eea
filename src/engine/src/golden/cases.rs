//! Whole simulated calls of the original, step by step, under `compat = original`.

use std::collections::BTreeMap;

use super::{files, fixes};
use crate::bundle::Bundle;
use crate::chance::Draws;
use crate::compat::Compat;
use crate::json;
use crate::offline::{Offline, Stubs};
use crate::step::{Code, Contact, Opening, Request, StepError, step};
use crate::value::{Map, Text, Value};
use crate::workspace::{Options, Workspace};

/// Keys whose values are free wherever they occur.
const VOLATILE: [&str; 8] = [
    "contactId",
    "ContactId",
    "ruleSetId",
    "ruleId",
    "RuleStart",
    "RuleSetStart",
    "IntegrationStart",
    "IntegrationEnd",
];

/// In front of the difference of a step that is answered where the original fails.
const FIXED: &str = "FIXED:";

/// Whether a failure is one that an always-on fix answers: an internal or template error, an empty optional
/// name (Q78), percentages that make exactly 100 (Q55).
///
/// Only for reference data that `tests/golden-fixes.toml` does not list.
fn is_always_fixed(case: &Value, step: usize) -> bool {
    let error = case.member("responses").member(&step.to_string()).member("error");
    let message = error.member("message").text();
    !error.member("kind").is_nil()
        || matches!(&*message, "Could not find unstaffed queue: " | "Could not find contact flow: ")
        || message.starts_with("Invalid Distribution configuration detected")
}

fn masked(value: &Value, contact: &str) -> Value {
    match value {
        Value::String(text) => Value::from(text.replace(contact, "<volatile>")),
        Value::Array(items) => items.iter().map(|v| masked(v, contact)).collect::<Vec<_>>().into(),
        Value::Object(map) => map
            .iter()
            .map(|(k, v)| {
                let free = VOLATILE.contains(&&**k);
                (Text::clone(k), if free { Value::from("<volatile>") } else { masked(v, contact) })
            })
            .collect::<Map>()
            .into(),
        other => other.clone(),
    }
}

/// The first difference of two values; members that `extra` allows may be missing in `want`.
fn difference(path: &str, got: &Value, want: &Value) -> Option<String> {
    match (got, want) {
        (Value::Object(g), Value::Object(w)) => {
            let mut names: Vec<&Text> = g.iter().chain(w.iter()).map(|(k, _)| k).collect();
            names.sort();
            names.dedup();
            names.into_iter().find_map(|name| {
                let (a, b) = (got.member(name), want.member(name));
                difference(&format!("{path}.{name}"), &a, &b)
            })
        }
        (Value::Array(g), Value::Array(w)) if g.len() == w.len() => g
            .iter()
            .zip(w.iter())
            .enumerate()
            .find_map(|(i, (a, b))| difference(&format!("{path}[{i}]"), a, b)),
        (a, b) if a == b => None,
        (a, b) => {
            let print = |v: &Value| json::print(v).unwrap_or_else(|| "nothing".into());
            Some(format!("{path}: got {}, want {}", print(a), print(b)))
        }
    }
}

fn request(document: &Value) -> Result<Request, StepError> {
    Ok(match document.member("eventType").as_str().unwrap_or_default() {
        "NEW_INTERACTION" => Request::NewInteraction(Opening {
            end_point: document.member("endPoint"),
            customer_phone_number: document.member("customerPhoneNumber"),
            interaction_date_time: document.member("interactionDateTime"),
            contact_attributes: document.member("contactAttributes"),
        }),
        "NEXT_RULE" => Request::NextRule,
        "INPUT" => Request::Input(document.member("input")),
        "HANGUP" => Request::HangUp,
        _ => {
            let name = document.member("eventType");
            return Err(StepError::new(Code::UnknownEvent, format!("Unhandled event type: {name}")));
        }
    })
}

/// Compares one step; the error says what differs.
fn compare(result: &Result<(Value, Value), StepError>, want: &Value, contact: &str) -> Result<(), String> {
    let error = want.member("error");
    match result {
        Err(got) => {
            if matches!(error, Value::Undefined) {
                return Err(format!("failed with `{got}`, want an answer"));
            }
            let message = got.message.replace(contact, "<volatile>");
            let wanted = error.member("message").text();
            if matches!(error.member("kind"), Value::Undefined) && *message != *wanted {
                return Err(format!("failed with `{message}`, want `{wanted}`"));
            }
            Ok(())
        }
        Ok((reply, state)) => {
            if !matches!(error, Value::Undefined) {
                return Err(format!("{FIXED} answered, want the failure `{}`", error.member("message")));
            }
            let reply = masked(reply, contact);
            let state = masked(state, contact);
            if let Some(different) = difference("state", &state, &want.member("state")) {
                return Err(different);
            }
            for (name, wanted) in want.as_object().into_iter().flatten() {
                if &**name != "state"
                    && let Some(different) = difference(name, &reply.member(name), wanted)
                {
                    return Err(different);
                }
            }
            for (name, got) in reply.as_object().into_iter().flatten() {
                let empty = got.is_empty_string() || *got == Value::Bool(false);
                let known =
                    ["message", "terminate", "queue", "externalNumber", "lexResponse", "inputRequired"];
                if known.contains(&&**name) && matches!(want.member(name), Value::Undefined) && !empty {
                    return Err(format!("{name}: got {got}, want none"));
                }
            }
            Ok(())
        }
    }
}

/// Runs one case; answers the steps that agreed and the first difference.
fn run(case: &Value, workspace: &Workspace, stubs: &Stubs) -> (usize, Option<(usize, String)>) {
    let now = super::millis(&case.member("now").text());
    let mut host = Offline::new(stubs, Compat::Original, ());
    let mut contacts: BTreeMap<u64, Contact> = BTreeMap::new();
    let (requests, responses) = (case.member("requests"), case.member("responses"));
    let mut latest = 0_u64;
    for (i, (document, want)) in
        requests.as_array().unwrap().iter().zip(responses.as_array().unwrap()).enumerate()
    {
        let parsed = request(document);
        if matches!(parsed, Ok(Request::NewInteraction(_))) {
            latest += 1;
            let mut draws = Draws::new(latest);
            let id = draws.contact_id();
            contacts.insert(latest, Contact::new(id, now, draws));
        }
        let named = document.member("contactId");
        let mut stranger = Contact::new(named.text(), now, Draws::new(0));
        let own = matches!(parsed, Ok(Request::NewInteraction(_)))
            || matches!(named.as_str(), Some("<volatile>") | None);
        let contact = match contacts.get_mut(&latest) {
            Some(contact) if own => contact,
            _ => &mut stranger,
        };
        let result = parsed.and_then(|request| step(workspace, contact, &request, &mut host)).map(|reply| {
            let reply = json::parse(&serde_json::to_string(&reply).unwrap()).unwrap();
            (reply, Value::from(contact.state.to_map()))
        });
        contact.state.forget_changes();
        let id = Text::clone(&contact.id);
        if let Err(different) = compare(&result, want, if own { &id } else { "<volatile>" }) {
            return (i, Some((i, different)));
        }
    }
    (requests.as_array().unwrap().len(), None)
}

#[test]
fn golden_cases() {
    let fixes = fixes();
    let mut used = std::collections::BTreeSet::new();
    let mut workspaces: BTreeMap<String, (Workspace, Stubs)> = BTreeMap::new();
    let mut failures = Vec::new();
    let (mut steps, mut cases, mut stopped) = (0, 0, 0);
    let elsewhere = std::env::var_os("CONNECT_RULES_GOLDEN").is_some();
    for (file, text) in files("cases/") {
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let case = json::parse(line).unwrap();
            let name = case.member("name").text();
            let at = case.member("workspace").text();
            let (workspace, stubs) = workspaces.entry(at.to_string()).or_insert_with(|| {
                let text = super::file(&format!("workspaces/{at}"));
                let bundle = Bundle::read(&at, &text).unwrap();
                let options = Options { compat: Compat::Original, ..Options::default() };
                (bundle.workspace(options), bundle.stubs)
            });
            let (agreed, failed) = run(&case, workspace, stubs);
            steps += agreed;
            cases += 1;
            let Some((at, different)) = failed else { continue };
            match fixes.iter().find(|fix| fix.matches(&file, &name, at)) {
                Some(fix) if different.starts_with(FIXED) => {
                    used.insert(fix.clone());
                }
                None if elsewhere && different.starts_with(FIXED) && is_always_fixed(&case, at) => {
                    stopped += 1;
                }
                _ => failures.push(format!("{file} / {name} / step {at}: {different}")),
            }
        }
    }
    println!("{cases} cases, {steps} steps agree, {} stopped at a fix", used.len() + stopped);
    assert!(
        failures.is_empty(),
        "{} of {cases} cases differ:\n{}",
        failures.len(),
        failures.iter().take(60).cloned().collect::<Vec<_>>().join("\n")
    );
}
