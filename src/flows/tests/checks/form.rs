//! Reading, bounds, connections, and what each action may have: V01 to V06.

use connect_rules_flows::Flow;
use serde_json::{Value, json};

use super::{action, document, findings, finds, remove};

#[test]
fn v01_reading() {
    finds("Main", |it| it["owner"] = "x".into(), &[("V01", "", "owner")]);
    finds("Main", |it| remove(it, "description"), &[("V01", "", "description")]);
    finds("Main", |it| it["type"] = "FLOW".into(), &[("V01", "", "FLOW")]);
    finds("Main", |it| it["channels"] = json!(["FAX"]), &[("V01", "", "channels")]);
    finds("Main", |it| remove(&mut it["content"], "Actions"), &[("V01", "", "Actions")]);
    finds("Main", |it| action(it, "next")["Note"] = 1.into(), &[("V01", "next", "Note")]);
    finds("Main", |it| remove(action(it, "next"), "Transitions"), &[("V01", "next", "Transitions")]);
    finds(
        "Main",
        |it| action(it, "next")["Transitions"]["NextAction"] = 5.into(),
        &[("V01", "next", "NextAction")],
    );
    finds("Main", |it| *it = it["content"].take(), &[("V01", "", "wrapper")]);
    let broken = Flow::read("f.json", "{").unwrap_err();
    assert!(broken[0].what.contains("line 1") && broken[0].file == "f.json");
    assert_eq!(Flow::read("f.json", "5").unwrap_err()[0].check, "V01");
}

#[test]
fn v02_bounds() {
    finds("Main", |it| it["content"]["Version"] = "2020".into(), &[("V02", "", "2020")]);
    finds(
        "Error",
        |it| it["content"]["StartAction"] = "x".into(),
        &[("V02", "", "\"x\""), ("V03", "sorry", "nothing leads"), ("V03", "hang-up", "nothing leads")],
    );
    for id in ["a:b", "constructor", "a-name-that-is-longer-than-fifty-characters-allows-it"] {
        finds(
            "Terminate",
            |it| {
                it["content"]["StartAction"] = id.into();
                action(it, "hang-up")["Identifier"] = id.into();
            },
            &[("V02", id, "identifier")],
        );
    }
    let double = |it: &mut Value| {
        let copy = action(it, "hang-up").clone();
        it["content"]["Actions"].as_array_mut().unwrap().push(copy);
    };
    finds("Terminate", double, &[("V02", "hang-up", "twice")]);
    let chain = |count: usize, text: &str, it: &mut Value| {
        let next = |i: usize| if i + 1 == count { "hang-up".to_owned() } else { format!("say-{}", i + 1) };
        for i in 0..count {
            let say = json!({ "Identifier": format!("say-{i}"), "Type": "MessageParticipant", "Parameters": { "Text": text },
                "Transitions": { "NextAction": next(i), "Errors": [{ "NextAction": next(i), "ErrorType": "NoMatchingError" }] } });
            it["content"]["Actions"].as_array_mut().unwrap().push(say);
        }
        it["content"]["StartAction"] = "say-0".into();
    };
    finds("Terminate", |it| chain(250, "Hi", it), &[("V02", "", "251 actions")]);
    finds("Terminate", |it| chain(100, &"x".repeat(1800), it), &[("V02", "", "characters")]);
    finds("Terminate", |it| chain(100, &"x".repeat(2400), it), &[("V02", "", "characters")]);
    let mut document = document("Terminate");
    chain(100, &"x".repeat(1800), &mut document);
    assert!(findings(&document)[0].warning);
}

#[test]
fn v03_connections() {
    finds(
        "Main",
        |it| action(it, "next")["Transitions"]["NextAction"] = "nowhere".into(),
        &[("V03", "next", "nowhere"), ("V03", "to-rule", "nothing leads")],
    );
}

#[test]
fn v04_allowed() {
    finds(
        "Terminate",
        |it| action(it, "hang-up")["Type"] = "Fly".into(),
        &[("V04", "hang-up", "Fly"), ("V12", "hang-up", "no way")],
    );
    finds(
        "CustomerWhisper",
        |it| action(it, "end")["Type"] = "DisconnectParticipant".into(),
        &[("V04", "end", "CUSTOMER_WHISPER")],
    );
    // A menu in a chat, a wait in a call.
    finds(
        "ExternalNumber",
        |it| it["channels"] = json!(["VOICE", "TASK"]),
        &[
            ("V04", "resume-dial-keys", "TASK"),
            ("V04", "resume-dial", "TASK"),
            ("V04", "dial-keys", "TASK"),
            ("V04", "dial", "TASK"),
        ],
    );
    let swap = |it: &mut Value| {
        action(it, "channel")["Transitions"]["Conditions"][0]["Condition"]["Operands"] = json!(["VOICE"]);
    };
    finds("Wait", swap, &[("V04", "wait", "CHAT only and is reached by VOICE")]);
    finds(
        "Error",
        |it| action(it, "sorry")["Parameters"] = json!({ "PromptId": "{{prompt:sorry.wav}}" }),
        &[("V04", "sorry", "VOICE")],
    );
    finds(
        "CustomerQueue",
        |it| action(it, "channel")["Transitions"]["Conditions"][0]["NextAction"] = "message-text".into(),
        &[
            ("V03", "music", "nothing leads"),
            ("V04", "message-text", "before the music"),
            ("V04", "message-ssml", "before the music"),
            ("V04", "message-prompt", "before the music"),
            ("V04", "collect-text", "before the music"),
            ("V04", "collect-ssml", "before the music"),
            ("V04", "collect-prompt", "before the music"),
            ("V10", "message-text", "QueueBehaviour_message"),
        ],
    );
}

#[test]
fn v05_parameters() {
    let set = |id: &'static str, name: &'static str, value: Value| {
        move |it: &mut Value| action(it, id)["Parameters"][name] = value
    };
    finds(
        "Main",
        |it| remove(&mut action(it, "to-rule")["Parameters"], "ContactFlowId"),
        &[("V05", "to-rule", "missing")],
    );
    finds("Main", set("to-rule", "Colour", "red".into()), &[("V05", "to-rule", "Colour")]);
    finds(
        "Error",
        set("sorry", "SSML", "<speak/>".into()),
        &[("V05", "sorry", "Text and SSML"), ("V04", "sorry", "CHAT")],
    );
    finds("Error", set("sorry", "Text", "".into()), &[("V05", "sorry", "Text")]);
    finds("Error", set("sorry", "Text", 5.into()), &[("V05", "sorry", "5")]);
    finds("Queue", set("create", "RetryDelaySeconds", "0".into()), &[("V05", "create", "RetryDelaySeconds")]);
    finds(
        "Queue",
        set("create", "RetryDelaySeconds", "$.External.CurrentRule_message".into()),
        &[("V05", "create", "$.")],
    );
    finds(
        "Queue",
        set("priority-1", "QueueTimeAdjustmentSeconds", "5".into()),
        &[("V05", "priority-1", "QueuePriority and")],
    );
    finds(
        "Queue",
        set("queue", "QueueId", "a $.External.CurrentRule_queueArn".into()),
        &[("V05", "queue", "QueueId")],
    );
    finds(
        "Queue",
        set("staffing", "MetricType", "NumberOfAgentsAsleep".into()),
        &[("V05", "staffing", "Asleep")],
    );
    finds(
        "Queue",
        set("profile", "ComparisonValue", "$.Channel or so".into()),
        &[("V05", "profile", "$.Channel or so")],
    );
    finds(
        "Queue",
        set("number-asked", "CallbackNumber", "+61491570156".into()),
        &[("V05", "number-asked", "+61")],
    );
    finds("Queue", set("set-profile", "Attributes", json!({})), &[("V05", "set-profile", "empty")]);
    let hooks = json!({ "AgentWhisper": "{{flow:AgentWhisper}}", "CustomerHold": "{{flow:CustomerHold}}" });
    finds(
        "Queue",
        set("hook-agent-whisper", "EventHooks", hooks),
        &[("V05", "hook-agent-whisper", "2 entries")],
    );
    finds(
        "Queue",
        set("hook-agent-whisper", "EventHooks", json!({ "Lunch": "{{flow:Main}}" })),
        &[("V05", "hook-agent-whisper", "Lunch")],
    );
    finds(
        "Queue",
        |it| {
            remove(
                &mut action(it, "ask-number-text")["Parameters"]["InputValidation"]["PhoneNumberValidation"],
                "CountryCode",
            );
        },
        &[("V05", "ask-number-text", "CountryCode")],
    );
    finds(
        "Queue",
        set("offer-text", "DTMFConfiguration", json!({ "DisableCancelKey": "True" })),
        &[("V05", "offer-text", "DTMFConfiguration")],
    );
    finds(
        "DTMFMenu",
        |it| remove(&mut action(it, "offer-text")["Parameters"]["InputValidation"], "CustomValidation"),
        &[("V05", "offer-text", "there is none")],
    );
    finds(
        "DTMFInput",
        |it| {
            action(it, "offer-4-text")["Parameters"]["DTMFConfiguration"]["InputTerminationSequence"] =
                "######".into();
        },
        &[("V05", "offer-4-text", "too long")],
    );
    finds("CustomerQueue", set("music", "Messages", json!([])), &[("V05", "music", "empty")]);
    finds(
        "CustomerQueue",
        set("music", "Messages", json!([{ "Text": "a", "SSML": "b" }])),
        &[("V05", "music", "Text and SSML")],
    );
    finds(
        "CustomerHold",
        set("hold", "InterruptFrequencySeconds", "30".into()),
        &[("V05", "hold", "Interrupt")],
    );
    finds(
        "Bootstrap",
        set("recording", "RecordingBehavior", json!({ "RecordedParticipants": ["Cat"] })),
        &[("V05", "recording", "Cat")],
    );
    finds(
        "Bootstrap",
        set("recording", "RecordingBehavior", "on".into()),
        &[("V05", "recording", "no object")],
    );
    finds("Wait", set("wait", "TimeLimitSeconds", "0".into()), &[("V05", "wait", "TimeLimitSeconds")]);
}

#[test]
fn v06_branches() {
    let transitions = |id: &'static str, name: &'static str, value: Value| {
        move |it: &mut Value| action(it, id)["Transitions"][name] = value
    };
    let error = |kind: &str, to: &str| json!([{ "NextAction": to, "ErrorType": kind }]);
    let condition = |operator: &str, operand: &str, to: &str| json!({ "NextAction": to, "Condition": { "Operator": operator, "Operands": [operand] } });
    finds(
        "Main",
        |it| remove(&mut action(it, "to-rule")["Transitions"], "NextAction"),
        &[("V06", "to-rule", "NextAction is missing")],
    );
    finds(
        "Main",
        |it| remove(&mut action(it, "next")["Transitions"], "Errors"),
        &[("V06", "next", "NoMatchingError")],
    );
    finds(
        "Main",
        transitions("hang-up", "NextAction", "next".into()),
        &[("V06", "hang-up", "has a NextAction")],
    );
    finds(
        "Bootstrap",
        transitions("logging", "Errors", error("NoMatchingError", "voice")),
        &[("V06", "logging", "NoMatchingError")],
    );
    finds(
        "Main",
        transitions("next", "Conditions", json!([condition("Equals", "a", "to-rule")])),
        &[("V06", "next", "1 conditions")],
    );
    finds(
        "Wait",
        transitions("channel", "Conditions", json!([condition("Equals", "", "wait")])),
        &[("V06", "channel", "operand")],
    );
    finds(
        "Queue",
        transitions(
            "hours",
            "Conditions",
            json!([condition("Equals", "True", "staffing"), condition("Equals", "Maybe", "closed")]),
        ),
        &[("V06", "hours", "conditions")],
    );
    finds(
        "Queue",
        transitions("staffing", "Conditions", json!([condition("NumberGreaterThan", "1", "channel")])),
        &[("V06", "staffing", "conditions")],
    );
    finds(
        "Queue",
        |it| {
            action(it, "offer-text")["Transitions"]["Conditions"][0]["Condition"]["Operands"] = json!(["12"]);
        },
        &[("V06", "offer-text", "conditions")],
    );
    finds(
        "Queue",
        |it| {
            action(it, "attributes")["Transitions"]["Conditions"][0]["Condition"]["Operands"] =
                json!(["many"]);
        },
        &[("V06", "attributes", "many")],
    );
    finds(
        "Queue",
        |it| {
            action(it, "attributes")["Transitions"]["Conditions"][0]["Condition"]["Operator"] =
                "Resembles".into();
        },
        &[("V06", "attributes", "Resembles")],
    );
    let two = json!([{ "NextAction": "to-error", "ErrorType": "NoMatchingError" }, { "NextAction": "hang-up", "ErrorType": "NoMatchingError" }]);
    finds("Main", transitions("next", "Errors", two), &[("V06", "next", "two branches")]);
    finds(
        "ExternalNumber",
        |it| {
            let errors = action(it, "resume-dial")["Transitions"]["Errors"].as_array_mut().unwrap();
            errors.retain(|it| it["ErrorType"] != "CallFailed");
        },
        &[("V06", "resume-dial", "CallFailed")],
    );
    finds(
        "CustomerQueue",
        |it| remove(&mut action(it, "music")["Parameters"], "InterruptFrequencySeconds"),
        &[("V06", "music", "conditions")],
    );
    finds(
        "NLUMenu",
        |it| {
            let errors = action(it, "ask")["Transitions"]["Errors"].as_array_mut().unwrap();
            errors.retain(|it| it["ErrorType"] != "NoMatchingCondition");
        },
        &[("V06", "ask", "NoMatchingCondition")],
    );
}
