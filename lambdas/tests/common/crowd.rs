//! Many contacts at once over the tables, each compared with its single run.

use super::{Environment, settings, silent};
use connect_rules_engine::json;
use connect_rules_live::memory::{Desk, Memory};
use connect_rules_live::tables::Tables;
use connect_rules_live::{Evaluator, World};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Turns that are made at the same moment; all contacts are under way meanwhile.
const AT_ONCE: usize = 48;
/// When all of it happens, in milliseconds since 1970.
const NOW: i64 = 1_767_225_600_000;

/// A rule set that counts, remembers and asks; and one that says goodbye.
fn rules() -> String {
    let rule = |priority: u32, name: &str, kind: &str, params: serde_json::Value| {
        json!({"name": name, "description": "", "priority": priority.to_string(), "activation": "0",
               "type": kind, "enabled": true, "params": params, "weights": []})
    };
    let updates = json!([
        {"key": "Count", "value": "increment"},
        {"key": "Customer.number", "value": "{{CustomerPhoneNumber}}"},
        {"key": "Seen", "value": "{{Count}} of {{ContactAttributes.own}}"}
    ]);
    let ask = json!({"offerMessage": "1 again, 2 ends", "dtmf1": "Start", "dtmf2": "End", "inputCount": "3",
                     "errorCount": "0", "errorMessage1": "Sorry?"});
    let start = vec![
        rule(90, "Update", "UpdateStates", json!({"updateStates": updates})),
        rule(80, "Ask", "DTMFMenu", ask),
    ];
    let end = vec![rule(90, "Goodbye", "Message", json!({"message": "Goodbye"}))];
    let set = |name: &str, end_points: serde_json::Value, rules: Vec<serde_json::Value>| {
        json!({"name": name, "description": "", "enabled": true, "endPoints": end_points, "folder": "/",
               "rules": rules})
    };
    json!([set("Start", json!(["Main"]), start), set("End", json!([]), end)]).to_string()
}

/// What a contact does: some come back to the menu, some press a wrong key, some go on to the end.
fn script(contact: usize) -> Vec<(&'static str, &'static str)> {
    let mut out = vec![("next", "")];
    for _ in 0..contact % 3 {
        out.extend([("dtmf_menu", "1"), ("next", "")]);
    }
    if contact.is_multiple_of(5) {
        out.push(("dtmf_menu", "7"));
    }
    if contact % 4 > 1 {
        out.extend([("dtmf_menu", "2"), ("next", "")]);
    }
    out
}

fn event(contact: usize, action: &str, key: &str) -> String {
    json!({"Name": "ContactFlowEvent", "Details": {
        "ContactData": {"Attributes": {"own": format!("contact {contact}")}, "Channel": "VOICE",
            "InitialContactId": name(contact),
            "CustomerEndpoint": {"Address": format!("+6140000{contact:04}"), "Type": "TELEPHONE_NUMBER"},
            "SystemEndpoint": {"Address": "+61370105510", "Type": "TELEPHONE_NUMBER"}},
        "Parameters": {"action": action, "selectedOption": key}}})
    .to_string()
}

fn name(contact: usize) -> String {
    format!("crowd-{contact}")
}

fn evaluator<T: Tables>(tables: Arc<T>) -> Evaluator<T, Desk> {
    let settings = settings();
    let log = silent(&settings);
    let world = World { clock: Arc::new(|| NOW), chance: Arc::new(|| 7), watch: Duration::from_secs(1) };
    Evaluator::new(tables, Arc::new(Desk::default()), settings, log).within(world)
}

async fn turn<T: Tables>(evaluator: &Evaluator<T, Desk>, contact: usize, action: &str, key: &str) {
    let event = json::parse(&event(contact, action, key)).unwrap();
    let late = Instant::now() + Duration::from_mins(5);
    if let Err(failure) = evaluator.handle(&event, late).await {
        panic!("contact {contact}, {action} {key}: {failure}");
    }
}

async fn state<T: Tables>(tables: &T, contact: usize) -> BTreeMap<String, (String, i64)> {
    let rows = tables.state(&name(contact)).await.unwrap();
    rows.into_iter().map(|row| (row.what.to_string(), (row.value.to_string(), row.expiry))).collect()
}

/// Lets so many contacts call at once; answers how many turns they took and how long all of it did.
pub async fn run(contacts: usize) -> (usize, Duration) {
    let environment = Environment::with(&rules()).await;
    let tables = environment.tables();
    let (model, _) = tables.model().await.unwrap();
    let shared = Arc::new(evaluator(Arc::clone(&tables)));
    let gate = Arc::new(Semaphore::new(AT_ONCE));
    let started = Instant::now();
    let mut calls = JoinSet::new();
    for contact in 0..contacts {
        let (shared, gate) = (Arc::clone(&shared), Arc::clone(&gate));
        calls.spawn(async move {
            let script = script(contact);
            for (action, key) in &script {
                // In turn: nobody's call ends before all have begun.
                let _turn = gate.acquire().await.unwrap();
                turn(&shared, contact, action, key).await;
            }
            script.len()
        });
    }
    let mut turns = 0;
    while let Some(call) = calls.join_next().await {
        turns += call.unwrap();
    }
    let time = started.elapsed();

    for contact in 0..contacts {
        let alone = Arc::new(Memory::new(model.clone()));
        let single = evaluator(Arc::clone(&alone));
        for (action, key) in script(contact) {
            turn(&single, contact, action, key).await;
        }
        let (alone, together) = (state(&*alone, contact).await, state(&*tables, contact).await);
        assert_eq!(together, alone, "contact {contact}");
        let count = together["Count"].0.parse::<usize>().unwrap();
        assert_eq!(count, contact % 3 + 1, "contact {contact}");
        // Templates of a rule see what was there before it.
        let before = if count == 1 { String::new() } else { (count - 1).to_string() };
        assert_eq!(together["Seen"].0, format!("{before} of contact {contact}"));
    }
    (turns, time)
}
