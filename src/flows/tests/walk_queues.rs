//! The flow of queue rules, and what runs around a queue.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod script;

use connect_rules_flows::walk::{Contact, End, Event, Music, Waited, Walk};
use script::{Script, book, call, chat};

const MESSAGES: [&str; 7] = [
    "message",
    "offerCallbackMessage",
    "askForCallbackNumberMessage",
    "addedToCallbackQueueMessage",
    "inCallbackQueueMessage",
    "addToCallbackQueueFailedMessage",
    "unstaffedMessage",
];

/// A queue rule whose messages say their names.
fn rule(more: &[(&str, &str)]) -> Script {
    let mut script = Script::new(&[
        ("CurrentRule_queueArn", "arn:queue/sales"),
        ("CurrentRule_attributeCount", "0"),
        ("OriginalCustomerNumber", "+61491570156"),
    ]);
    for name in MESSAGES.iter().chain(&["outOfHoursMessage"]) {
        script.state.insert(format!("CurrentRule_{name}"), (*name).to_owned());
        script.state.insert(format!("CurrentRule_{name}Type"), "text".to_owned());
    }
    script.state.extend(more.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
    script
}

fn status(status: &'static str) -> Vec<(&'static str, &'static str)> {
    vec![("CurrentRule_CallbackStatus", status)]
}

fn queued() -> End {
    End::Queued("arn:queue/sales".to_owned())
}

#[test]
fn into_the_queue() {
    let outcome = call("Queue", rule(&[]).answer("callback_status", &status("UNAVAILABLE")));
    assert_eq!((outcome.said, outcome.end), (vec!["message".to_owned()], queued()));
    assert_eq!(
        outcome.seen,
        ["callback_status QueueMetrics_contactsInQueue=4 QueueMetrics_oldestContactInQueue=90"]
    );
    // A chat is never offered a callback.
    let outcome = chat("Queue", rule(&[]));
    assert_eq!((outcome.said, outcome.end, outcome.seen.len()), (vec!["message".to_owned()], queued(), 0));
    let mut full = rule(&[]).answer("callback_status", &status("UNAVAILABLE"));
    full.full = true;
    assert_eq!(call("Queue", full).said[1], "We are sorry, something went wrong. Please try again later.");
    assert_eq!(call("Queue", Script::new(&[("CurrentRule_attributeCount", "0")])).said.len(), 1);
}

#[test]
fn what_the_queue_rule_sets() {
    let mut state = vec![
        ("CurrentRule_attributeCount".to_owned(), "26".to_owned()),
        ("CurrentRule_profileSearchEnabled".to_owned(), "true".to_owned()),
        ("CurrentRule_profileSearchKey".to_owned(), "_phone".to_owned()),
        ("CurrentRule_profileSearchValue".to_owned(), "1".to_owned()),
        ("CurrentRule_queueRoutingPriority".to_owned(), "3".to_owned()),
    ];
    for i in 0..50 {
        let real = i.min(25);
        state.push((format!("CurrentRule_attributeKey{i}"), format!("k{real}")));
        state.push((format!("CurrentRule_attributeValue{i}"), format!("v{real}")));
    }
    let state: Vec<(&str, &str)> = state.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let book = book();
    let mut script = rule(&state).answer("callback_status", &status("UNAVAILABLE"));
    let mut walk = Walk::new(book, Contact::voice("c", "+61491570156", "+61370105500"));
    walk.answered(script.state.clone());
    assert_eq!(walk.run("Queue", &mut script).unwrap(), queued());
    assert_eq!(walk.contact.attributes.len(), 26 + 2);
    assert_eq!(
        (walk.contact.attributes["k25"].as_str(), walk.contact.attributes["profileSearchKey"].as_str()),
        ("v25", "_phone")
    );
    assert!(walk.events.contains(&Event::Priority("3".to_owned())));
    for (event, flow) in [
        ("AgentWhisper", "AgentWhisper"),
        ("CustomerWhisper", "CustomerWhisper"),
        ("CustomerQueue", "CustomerQueue"),
        ("CustomerHold", "CustomerHold"),
        ("CustomerRemaining", "Disconnect"),
    ] {
        assert_eq!(walk.hooked(event), Some(flow));
    }
    // Attributes are not in the log.
    let log: Vec<&str> = walk
        .events
        .iter()
        .filter_map(|it| match it {
            Event::Set(kind, values) if kind == "UpdateFlowLoggingBehavior" => Some(values[0].as_str()),
            Event::Attributes(set) if set.contains_key("k0") => Some("attributes"),
            _ => None,
        })
        .collect();
    assert_eq!(log, ["Disabled", "attributes", "Enabled"]);

    // Without a priority it is the last; a name that cannot be one is an error.
    let mut script = rule(&[]).answer("callback_status", &status("UNAVAILABLE"));
    let mut walk = Walk::new(book, Contact::voice("c", "+1", "+2"));
    walk.answered(script.state.clone());
    walk.run("Queue", &mut script).unwrap();
    assert!(walk.events.contains(&Event::Priority("10".to_owned())));
    let odd = rule(&[("CurrentRule_attributeCount", "1"), ("CurrentRule_attributeKey0", "no good")]);
    assert_eq!(call("Queue", odd).said, ["We are sorry, something went wrong. Please try again later."]);
}

#[test]
fn closed_and_unstaffed() {
    let closed = |more: &[(&str, &str)]| {
        let mut script = rule(more);
        script.closed.push("arn:queue/sales");
        script
    };
    let outcome = call("Queue", closed(&[("CurrentRule_outOfHoursTerminate", "true")]));
    assert_eq!((outcome.said, outcome.end), (vec!["outOfHoursMessage".to_owned()], End::Disconnected));
    let outcome = call("Queue", closed(&[]).answer("queue_exit", &[]));
    assert_eq!(outcome.seen, ["queue_exit reason=outOfHours", "next"]);

    let unstaffed = |more: &[(&str, &str)]| {
        let mut script = rule(more);
        script.unstaffed.push("arn:queue/sales");
        script
    };
    assert_eq!(
        call("Queue", unstaffed(&[]).answer("queue_exit", &[])).seen,
        ["queue_exit reason=unstaffed", "next"]
    );
    let other = [
        ("CurrentRule_unstaffedQueueTransfer", "true"),
        ("CurrentRule_unstaffedQueueArn", "arn:queue/evening"),
    ];
    let outcome = call("Queue", unstaffed(&other));
    assert_eq!(
        (outcome.said, outcome.end),
        (vec!["message".to_owned()], End::Queued("arn:queue/evening".to_owned()))
    );
    for list in [0, 1] {
        let mut script = unstaffed(&other);
        if list == 0 {
            script.closed.push("arn:queue/evening");
        } else {
            script.unstaffed.push("arn:queue/evening");
        }
        let outcome = call("Queue", script);
        assert_eq!((outcome.said, outcome.end), (vec!["unstaffedMessage".to_owned()], End::Disconnected));
    }
}

#[test]
fn callbacks() {
    let offer = || rule(&[]).answer("callback_status", &status("OFFER"));
    let created = [("CurrentRule_CreateCallbackStatus", "CREATED")];
    let outcome = call("Queue", offer().keys(&["1"]).answer("callback_create", &created));
    assert_eq!(outcome.said, ["offerCallbackMessage", "addedToCallbackQueueMessage"]);
    assert_eq!(
        outcome.seen[2..],
        ["callback_create phoneNumber=+61491570156", "call back +61491570156 arn:queue/sales"]
    );
    assert_eq!(outcome.end, End::Disconnected);

    // Another number, the second try is one.
    let script = offer()
        .keys(&["2", "123#", "0491570157#"])
        .answer("set_state", &[("CurrentRule_callbackNumberErrors", "1")]);
    let outcome = call("Queue", script.answer("callback_create", &created));
    assert_eq!(outcome.said[1..3], ["askForCallbackNumberMessage", "askForCallbackNumberMessage"]);
    assert!(
        outcome.seen.contains(&"set_state key1=CurrentRule_callbackNumberErrors value1=increment".to_owned())
    );
    assert_eq!(outcome.seen.last().unwrap(), "call back +61491570157 arn:queue/sales");
    // Three that are none.
    let count = |n| vec![("CurrentRule_callbackNumberErrors", n)];
    let script = offer()
        .keys(&["2", "1", "1", "1"])
        .answer("set_state", &count("1"))
        .answer("set_state", &count("2"))
        .answer("set_state", &count("3"));
    let outcome = call("Queue", script);
    assert_eq!(outcome.said[4..], ["addToCallbackQueueFailedMessage", "message"]);
    assert_eq!(outcome.end, queued());

    // Rather waiting; and what is there already, at once or when it is noted.
    for key in ["3", "9", ""] {
        let outcome = call("Queue", offer().keys(&[key]));
        assert_eq!((outcome.said.len(), outcome.end), (2, queued()), "{key}");
    }
    let outcome = call("Queue", rule(&[]).answer("callback_status", &status("EXISTING")));
    assert_eq!((outcome.said, outcome.end), (vec!["inCallbackQueueMessage".to_owned()], End::Disconnected));
    let existing = [("CurrentRule_CreateCallbackStatus", "EXISTING")];
    let outcome = call("Queue", offer().keys(&["1"]).answer("callback_create", &existing));
    assert_eq!(outcome.said[1..], ["inCallbackQueueMessage"]);

    // Noted but not created: it is forgotten, and the customer waits.
    let mut script = offer().keys(&["1"]).answer("callback_create", &created).answer("callback_delete", &[]);
    script.refuses_callbacks = true;
    let outcome = call("Queue", script);
    assert_eq!(outcome.said[1..], ["addToCallbackQueueFailedMessage", "message"]);
    assert_eq!(outcome.end, queued());
    let outcome = call("Queue", offer().keys(&["1"]).fails("callback_create"));
    assert_eq!(outcome.said[1..], ["addToCallbackQueueFailedMessage", "message"]);
}

/// Steps of what happens in a queue, and what then is heard.
fn in_queue(mut script: Script, music: &[Music]) -> (End, Vec<String>, Vec<String>) {
    let book = book();
    let mut walk = Walk::new(book, Contact::voice("c", "+61491570156", "+61370105500"));
    script = script.answer("callback_status", &status("UNAVAILABLE"));
    script.answers.rotate_right(1);
    walk.answered(script.state.clone());
    walk.run("Queue", &mut script).unwrap();
    script.music.extend(music);
    let spoken = walk.spoken().len();
    let end = walk.hook("CustomerQueue", &mut script).unwrap().unwrap();
    assert_eq!(script.answers.len(), 0);
    (end, walk.spoken().split_off(spoken), script.seen.split_off(1))
}

fn step(kind: &'static str) -> Vec<(&'static str, &'static str)> {
    vec![
        ("QueueBehaviour_type", kind),
        ("QueueBehaviour_message", "Still there?"),
        ("QueueBehaviour_messageType", "text"),
    ]
}

#[test]
fn while_waiting() {
    let (end, said, seen) = in_queue(rule(&[]), &[Music::Answered]);
    assert_eq!((end, said.len(), seen), (End::Answered, 0, vec!["music 30".to_owned()]));

    let script = rule(&[]).answer("queue_step", &step("Message")).answer("queue_step", &step("Continue"));
    let (end, said, seen) = in_queue(script, &[Music::Interrupted, Music::Answered]);
    assert_eq!((end, said), (End::Answered, vec!["Still there?".to_owned()]));
    let facts = "queue_step agentsOnline=1 contactsInQueue=4 oldestContactInQueue=90 queueName=Sales queueStaffed=true";
    assert_eq!(seen, ["music 30", facts, facts, "music 30"]);

    let mut collect = step("DTMF");
    collect.push(("QueueBehaviour_outputKey", "Choice"));
    let script = rule(&[])
        .keys(&["5", ""])
        .answer("queue_step", &collect)
        .answer("set_state", &[])
        .answer("queue_step", &collect)
        .answer("set_state", &[])
        .answer("queue_step", &step("Terminate"));
    let (end, said, seen) = in_queue(script, &[Music::Interrupted]);
    assert_eq!((end, said.len()), (End::Disconnected, 2));
    assert!(seen.contains(&"set_state key1=Choice value1=5".to_owned()), "{seen:?}");
    assert!(seen.contains(&"set_state key1=Choice value1=Timeout".to_owned()), "{seen:?}");

    // Whatever fails goes back to the music; what has nothing to say goes on at once.
    let mut silent = step("Message");
    silent[2].1 = "none";
    let script = rule(&[]).answer("queue_step", &silent).fails("queue_step");
    let (end, said, _) = in_queue(script, &[Music::Interrupted, Music::HungUp]);
    assert_eq!((end, said.len()), (End::HungUp, 0));
    let mut unplayable = step("DTMF");
    unplayable[2].1 = "prompt";
    let script = rule(&[])
        .answer("queue_step", &[&unplayable[..], &[("QueueBehaviour_outputKey", "Choice")]].concat())
        .answer("set_state", &[])
        .answer("queue_step", &step("None"));
    let (_, _, seen) = in_queue(script, &[Music::Interrupted]);
    assert!(seen.contains(&"set_state key1=Choice value1=NODATA".to_owned()), "{seen:?}");
    // Music that cannot be played ends the flow, not the contact.
    assert_eq!(in_queue(rule(&[]), &[Music::Failed]).0, End::Returned);
    let book = book();
    let mut walk = Walk::new(book, Contact::chat("c"));
    assert_eq!(walk.run("CustomerQueue", &mut rule(&[])).unwrap(), End::Returned);
}

#[test]
fn whispers_and_hold() {
    let loaded = [
        ("CurrentRule_agentWhisperMessage", "From sales"),
        ("CurrentRule_agentWhisperMessageType", "text"),
        ("CurrentRule_customerWhisperMessage", "Connecting you"),
        ("CurrentRule_customerWhisperMessageType", "text"),
        ("CurrentRule_callbackCustomerWhisperMessage", "You asked us to call"),
        ("CurrentRule_callbackCustomerWhisperMessageType", "text"),
    ];
    let load = || Script::new(&[]).answer("load_state", &loaded);
    let outcome = call("AgentWhisper", load().answer("callback_delete", &[]));
    assert_eq!(
        (outcome.said, outcome.called),
        (vec!["From sales".to_owned()], vec!["load_state".to_owned(), "callback_delete".to_owned()])
    );
    assert_eq!(outcome.end, End::Returned);
    assert_eq!(call("AgentWhisper", load().fails("callback_delete")).end, End::Returned);
    assert_eq!(call("CustomerWhisper", load()).said, ["Connecting you"]);
    assert_eq!(call("OutboundWhisper", load()).said, ["You asked us to call"]);
    for flow in ["AgentWhisper", "CustomerWhisper", "OutboundWhisper"] {
        let outcome = call(flow, Script::new(&[]).fails("load_state"));
        assert_eq!((outcome.end, outcome.said.len()), (End::Returned, 0), "{flow}");
    }
    let mut script = Script::new(&[]);
    script.music.push_back(Music::Answered);
    assert_eq!(call("CustomerHold", script).seen, ["music 0"]);
}

#[test]
fn when_the_agent_has_left() {
    let outcome = call("Disconnect", Script::new(&[]));
    assert_eq!((outcome.end, outcome.said.len()), (End::Disconnected, 0));
    let outcome = chat("Disconnect", Script::new(&[]));
    assert_eq!(
        (outcome.end, outcome.said.len(), outcome.seen),
        (End::Disconnected, 2, vec!["wait 900".to_owned()])
    );

    let book = book();
    let mut walk = Walk::new(book, Contact::chat("c"));
    let mut script = rule(&[]);
    walk.answered(script.state.clone());
    walk.run("Queue", &mut script).unwrap();
    script.waits.push_back(Waited::Returned);
    assert_eq!(walk.hook("CustomerRemaining", &mut script).unwrap(), Some(queued()));
    assert_eq!(walk.spoken()[2], "Welcome back. You are being reconnected.");
    assert_eq!(walk.hook("AgentHold", &mut script), Ok(None));
}
