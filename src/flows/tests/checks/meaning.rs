//! Names, references, calls, ways through a flow, secrets: V07 to V14.

use connect_rules_flows::check::{Known, check};
use connect_rules_flows::{Flow, check_all};
use serde_json::{Value, json};

use super::{action, document, finds, remove};

#[test]
fn v07_identifiers_and_placeholders() {
    for (text, what) in [
        ("arn:aws:connect:ap-southeast-2:1:instance/2", "identifier of one instance"),
        ("{{flow:Nowhere}}", "Nowhere"),
        ("{{flow:CustomerHold}}", "CustomerHold"),
        ("{{tune:Main}}", "tune"),
        ("{{flow:Main}} ", "Main"),
    ] {
        finds(
            "Main",
            |it| action(it, "to-rule")["Parameters"]["ContactFlowId"] = text.into(),
            &[("V07", "to-rule", what)],
        );
    }
    finds(
        "Main",
        |it| action(it, "next")["Parameters"]["LambdaFunctionARN"] = "{{lambda:other}}".into(),
        &[("V07", "next", "other"), ("V10", "to-rule", "nextFlowArn")],
    );
    finds(
        "Error",
        |it| action(it, "sorry")["Parameters"]["Text"] = "{{setting:mood}}".into(),
        &[("V07", "sorry", "mood")],
    );
    finds(
        "Queue",
        |it| {
            action(it, "hook-agent-whisper")["Parameters"]["EventHooks"]["AgentWhisper"] =
                "{{flow:CustomerWhisper}}".into();
        },
        &[("V07", "hook-agent-whisper", "CustomerWhisper")],
    );
}

#[test]
fn v07_names_are_unique() {
    let flows: Vec<Flow> = ["a.json", "b.json"]
        .into_iter()
        .map(|file| Flow::read(file, &document("Main").to_string()).unwrap())
        .collect();
    assert_eq!(check_all(&flows[..1]), []);
    let found = check_all(&flows);
    assert_eq!((found.len(), found[0].check, found[0].file.as_str()), (1, "V07", "b.json"));
}

#[test]
fn v08_references() {
    for (text, what) in [
        ("Hello $.Customer.Name", "$.Customer.Name"),
        ("$.Agent.FirstName", "$.Agent.FirstName"),
        ("$.External.", "$.External"),
    ] {
        finds(
            "Error",
            |it| action(it, "sorry")["Parameters"]["Text"] = text.into(),
            &[("V08", "sorry", what)],
        );
    }
    finds(
        "AgentWhisper",
        |it| action(it, "whisper-text")["Parameters"]["Text"] = "Hello $.Agent.FirstName".into(),
        &[],
    );
}

#[test]
fn v09_calls() {
    let call = |name: &'static str, value: Value| {
        move |it: &mut Value| action(it, "chosen")["Parameters"]["LambdaInvocationAttributes"][name] = value
    };
    finds(
        "DTMFMenu",
        |it| action(it, "chosen")["Parameters"]["InvocationTimeLimitSeconds"] = "3".into(),
        &[("V09", "chosen", "\"3\"")],
    );
    finds("DTMFMenu", call("colour", "red".into()), &[("V09", "chosen", "colour")]);
    finds(
        "DTMFMenu",
        |it| remove(&mut action(it, "chosen")["Parameters"]["LambdaInvocationAttributes"], "selectedOption"),
        &[("V09", "chosen", "selectedOption")],
    );
    finds(
        "SMSMessage",
        |it| action(it, "send")["Parameters"]["LambdaInvocationAttributes"]["action"] = "dance".into(),
        &[("V09", "send", "no action")],
    );
    finds(
        "Wait",
        |it| remove(&mut action(it, "returned")["Parameters"]["LambdaInvocationAttributes"], "value1"),
        &[("V09", "returned", "pairs")],
    );
    let gap = |it: &mut Value| {
        let given = &mut action(it, "returned")["Parameters"]["LambdaInvocationAttributes"];
        given["key3"] = "a".into();
        given["value3"] = "b".into();
    };
    finds("Wait", gap, &[("V09", "returned", "pairs")]);
}

#[test]
fn v10_answers() {
    // The menu's answer is needed on both ways to the message.
    finds(
        "DTMFMenu",
        |it| {
            action(it, "no-input")["Parameters"]["LambdaInvocationAttributes"] =
                json!({ "action": "load_state" });
        },
        &[
            ("V10", "selection", "validSelection"),
            ("V10", "error", "errorMessageType"),
            ("V10", "error-text", "errorMessage"),
            ("V10", "error-ssml", "errorMessage"),
            ("V10", "error-prompt", "errorMessagePromptArn"),
            ("V10", "terminate", "terminate"),
            ("V10", "done", "done"),
        ],
    );
    finds(
        "Message",
        |it| action(it, "message-text")["Parameters"]["Text"] = "$.External.CurrentRule_offerMessage".into(),
        &[("V10", "message-text", "offerMessage")],
    );
    // What only one answer holds is gone after the next.
    finds(
        "SMSMessage",
        |it| action(it, "to-main")["Parameters"]["ContactFlowId"] = "$.External.SMSStatus".into(),
        &[],
    );
    finds(
        "AgentWhisper",
        |it| it["content"]["StartAction"] = "whisper".into(),
        &[
            ("V03", "load", "nothing leads"),
            ("V10", "whisper", "agentWhisperMessageType"),
            ("V10", "whisper-text", "agentWhisperMessage"),
            ("V10", "whisper-ssml", "agentWhisperMessage"),
            ("V10", "whisper-prompt", "agentWhisperMessagePromptArn"),
        ],
    );
    // set_state writes what it names.
    finds(
        "Queue",
        |it| action(it, "count-number")["Parameters"]["LambdaInvocationAttributes"]["key1"] = "Other".into(),
        &[("V10", "number-errors", "callbackNumberErrors")],
    );
}

#[test]
fn v11_circles() {
    finds(
        "DTMFMenu",
        |it| action(it, "done")["Transitions"]["NextAction"] = "terminate".into(),
        &[("V11", "done", "done, terminate")],
    );
}

#[test]
fn v12_ends() {
    // The only way on leads back to the music.
    finds(
        "Terminate",
        |it| {
            it["content"]["Actions"] = json!([{ "Identifier": "ask", "Type": "InvokeLambdaFunction",
            "Parameters": { "LambdaFunctionARN": "{{lambda:evaluator}}", "InvocationTimeLimitSeconds": "7",
                "LambdaInvocationAttributes": { "action": "load_state" } },
            "Transitions": { "NextAction": "ask", "Errors": [{ "NextAction": "ask", "ErrorType": "NoMatchingError" }] } }]);
            it["content"]["StartAction"] = "ask".into();
        },
        &[("V12", "ask", "no way"), ("V12", "ask", "NoMatchingError")],
    );
    // An error that only goes to another flow than Error.
    finds(
        "Main",
        |it| {
            action(it, "to-error")["Parameters"]["ContactFlowId"] = "{{flow:Message}}".into();
            action(it, "to-error")["Transitions"] = json!({ "NextAction": "to-error", "Errors": [{ "NextAction": "to-error", "ErrorType": "NoMatchingError" }] });
            it["content"]["Actions"].as_array_mut().unwrap().retain(|it| it["Identifier"] != "hang-up");
        },
        &[
            ("V11", "to-error", "to-error"),
            ("V12", "next", "NoMatchingError"),
            ("V12", "to-rule", "NoMatchingError"),
            ("V12", "to-error", "NoMatchingError"),
        ],
    );
}

#[test]
fn v13_secrets() {
    finds(
        "Main",
        |it| it["content"]["Metadata"] = json!({ "entryPointPosition": { "x": 1, "y": 2 }, "ActionMetadata": { "next": { "position": { "x": 1, "y": 1 } } } }),
        &[],
    );
    finds(
        "Main",
        |it| {
            it["content"]["Metadata"] =
                json!({ "snapToGrid": false, "ActionMetadata": { "next": { "dynamicParams": [] } } });
        },
        &[("V13", "", "snapToGrid"), ("V13", "", "dynamicParams")],
    );
    let key = format!("AKIA{}", "ABCDEFGH23456789");
    finds(
        "Error",
        |it| action(it, "sorry")["Parameters"]["Text"] = key.as_str().into(),
        &[("V13", "sorry", "access key")],
    );
    finds(
        "Queue",
        |it| action(it, "logging-off")["Parameters"]["FlowLoggingBehavior"] = "Enabled".into(),
        &(0..8)
            .map(|page| {
                (
                    "V13",
                    ["set-0", "set-25", "set-50", "set-75", "set-100", "set-125", "set-150", "set-175"][page],
                    "logged",
                )
            })
            .collect::<Vec<_>>(),
    );
    finds(
        "Queue",
        |it| action(it, "logging-on-error")["Parameters"]["FlowLoggingBehavior"] = "Disabled".into(),
        &[("V13", "to-error", "not logged"), ("V13", "hang-up", "not logged")],
    );
}

#[test]
fn v14_recorded_hashes() {
    let recorded = |document: &Value| {
        let flow = Flow::read("trial.json", &document.to_string()).unwrap();
        let mut found = check(&flow, &Known::with(&[]));
        found.retain(|it| it.check == "V14");
        found
    };
    let mut document = document("Terminate");
    assert_eq!(recorded(&document), []);
    document["content"]["Actions"][0]["Identifier"] = "bye".into();
    document["content"]["StartAction"] = "bye".into();
    let found = recorded(&document);
    assert!(found.len() == 1 && found[0].warning && found[0].fix.contains("`Terminate "), "{found:?}");
    document["name"] = "Mine".into();
    assert_eq!(recorded(&document), []);
}
