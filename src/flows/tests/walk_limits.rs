//! Calls that agents make: what the limiter answers decides whether they go on, and what the agent is told.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod script;

use std::collections::BTreeMap;

use connect_rules_flows::walk::{Contact, End, Event, Walk};
use script::{Script, book};

const AGENT: &str = "arn:agent/ada";

/// A call of an agent to its end.
fn dialled(script: &mut Script) -> Walk<'static> {
    let mut contact = Contact::voice("the-call", "+12065550100", "+18005550199");
    contact.agent = BTreeMap::from([("ARN".into(), AGENT.into()), ("UserName".into(), "ada".into())]);
    let mut walk = Walk::new(book(), contact);
    assert_eq!(walk.run("OutboundWhisper", script), Ok(End::Returned));
    walk
}

/// Flow, name, description and attributes of the tasks that were made.
fn tasks(walk: &Walk<'_>) -> Vec<(String, String, String, BTreeMap<String, String>)> {
    let task = |event: &Event| match event {
        Event::Task { flow, name, description, attributes } => {
            Some((flow.clone(), name.clone(), description.clone(), attributes.clone()))
        }
        _ => None,
    };
    walk.events.iter().filter_map(task).collect()
}

fn blocked(reason: &'static str, stopped: &'static str) -> Vec<(&'static str, &'static str)> {
    vec![
        ("Result", "SUCCESS"),
        ("CallAllowed", "false"),
        ("Reason", reason),
        ("NotifyAgent", "true"),
        ("RetryAfterSeconds", "61"),
        ("Stopped", stopped),
    ]
}

#[test]
fn a_call_below_the_limits_goes_on() {
    let mut script = Script::new(&[]).answer("load_state", &[]);
    let walk = dialled(&mut script);
    assert_eq!((tasks(&walk).len(), walk.called()), (0, vec!["check".to_owned(), "load_state".to_owned()]));
    let asked = &script.limits_seen[0];
    let given = ["action", "InitialContactId", "AgentARN", "AgentName"].map(|name| asked[name].as_str());
    assert_eq!(given, ["check", "the-call", AGENT, "ada"]);
}

#[test]
fn a_blocked_call_makes_a_task_that_goes_to_the_agent() {
    for (reason, stopped, name, words) in [
        ("customer", "true", "Call blocked: number called too often", ["+12065550100", "61 seconds"]),
        ("system", "true", "Call blocked: caller ID used too often", ["+18005550199", "61 seconds"]),
        ("error", "true", "Call blocked: limiter error", ["this call was ended", "administrator"]),
        ("customer", "false", "Call over the limit was not stopped", ["hang up", "administrator"]),
    ] {
        let mut script = Script::new(&[]).limit(Some(&blocked(reason, stopped)));
        let walk = dialled(&mut script);
        assert_eq!(walk.called(), ["check"], "a blocked call is not prepared");
        let made = tasks(&walk);
        let (flow, told, description, attributes) = made[0].clone();
        assert_eq!((made.len(), &*flow, &*told), (1, "RateLimitWarning", name));
        assert!(words.iter().all(|it| description.contains(it)), "{description}");
        // The task is a contact of its own.
        let contact = Contact {
            channel: "TASK".to_owned(),
            contact_id: "the-task".to_owned(),
            initial_contact_id: "the-task".to_owned(),
            attributes,
            ..Contact::default()
        };
        let mut task = Walk::new(book(), contact.clone());
        let mut script = Script::new(&[]).limit(Some(&[("Result", "SUCCESS")]));
        assert_eq!(task.run(&flow, &mut script), Ok(End::Queued(AGENT.to_owned())));
        let given = ["action", "SourceContactId", "status"].map(|name| script.limits_seen[0][name].as_str());
        assert_eq!(given, ["task", "the-call", "STARTED"]);
        // The limiter may fail; a queue that is full ends the task, which is noted.
        for mut script in [Script::new(&[]).limit(None), Script { full: true, ..Script::default() }] {
            let full = script.full;
            let mut task = Walk::new(book(), contact.clone());
            let end = task.run(&flow, &mut script).unwrap();
            let last = script.limits_seen.last().unwrap()["status"].clone();
            let wanted = if full {
                (End::Disconnected, "REJECTED")
            } else {
                (End::Queued(AGENT.to_owned()), "STARTED")
            };
            assert_eq!((end, &*last), wanted);
        }
        // Without an agent there is no queue.
        let mut lost = Walk::new(book(), Contact { attributes: BTreeMap::new(), ..contact });
        assert_eq!(lost.run(&flow, &mut Script::default()), Ok(End::Disconnected));
    }
}

#[test]
fn who_wants_no_tasks_gets_none_and_a_limiter_that_fails_stops_nobody() {
    let quiet =
        [("CallAllowed", "false"), ("Reason", "customer"), ("NotifyAgent", "false"), ("Stopped", "true")];
    let walk = dialled(&mut Script::new(&[]).limit(Some(&quiet)));
    assert_eq!((tasks(&walk).len(), walk.called()), (0, vec!["check".to_owned()]));
    let walk = dialled(&mut Script::new(&[]).limit(None).answer("load_state", &[]));
    let made = tasks(&walk);
    assert_eq!((made.len(), &*made[0].1), (1, "Rate limiter unavailable"));
    assert!(made[0].2.contains("was not blocked"), "{}", made[0].2);
    assert_eq!(walk.called(), ["check!", "load_state"]);
    // Without an answer that allows it, a call is taken as blocked.
    let walk = dialled(&mut Script::new(&[]).limit(Some(&[])));
    assert_eq!((tasks(&walk).len(), walk.called()), (0, vec!["check".to_owned()]));
}
