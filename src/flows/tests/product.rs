//! The flows of the product pass every check, and render.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use connect_rules_flows::environment::Environment;
use connect_rules_flows::flow::{Content, FLOW_TYPES, Flow};
use connect_rules_flows::token::{Token, TokenKind};
use connect_rules_flows::{check_all, compare, files, hash, render};
use serde_json::Value;

fn flows() -> Vec<Flow> {
    files::flows().unwrap_or_else(|findings| panic!("{}", findings[0]))
}

#[test]
fn every_flow_and_every_stub_passes_every_check() {
    let findings = check_all(&flows());
    let shown: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(findings.is_empty(), "{}", shown.join("\n"));
    for (flow_type, _) in FLOW_TYPES {
        let stub = files::stub(flow_type).unwrap();
        assert_eq!(stub.flow_type, flow_type);
        assert_eq!(check_all(&[stub]), []);
    }
}

#[test]
fn every_flow_renders_and_is_read_again_as_it_was() {
    let all = flows();
    let environment = Environment::sample(&all);
    for flow in &all {
        let content = render(flow, &environment).unwrap();
        let text = content.to_string();
        assert!(!text.contains("{{") && !text.contains('\n'), "{}", flow.name);
        let again = Content::read(&serde_json::from_str(&text).unwrap()).unwrap();
        assert_eq!(
            (again.start, again.actions.len()),
            (flow.content.start.clone(), flow.content.actions.len())
        );
        // A second time gives the same, and the console has a place for each block.
        assert_eq!(render(flow, &environment).unwrap().to_string(), text);
        let places = content["Metadata"]["ActionMetadata"].as_object().unwrap();
        let mut spots: Vec<String> = places.values().map(|it| it["position"].to_string()).collect();
        spots.sort();
        spots.dedup();
        assert_eq!(spots.len(), flow.content.actions.len(), "{}", flow.name);
        // What the console changes in form is no difference.
        let mut moved: Value = serde_json::from_str(&text).unwrap();
        moved["Metadata"] = serde_json::json!({ "snapToGrid": true });
        moved["Actions"].as_array_mut().unwrap().reverse();
        assert_eq!(hash(&moved), hash(&content));
        assert_eq!(compare(&content, &moved), []);
    }
}

#[test]
fn what_an_environment_lacks_is_listed_whole() {
    let all = flows();
    let queue = all.iter().find(|it| it.name == "Queue").unwrap();
    let mut environment = Environment::default();
    environment.add(TokenKind::Flow, "RulesEngineMain", "arn:a");
    environment.add(TokenKind::Flow, "RulesEngineMain", "arn:b");
    environment.add(TokenKind::Flow, "RulesEngineError", "arn:e");
    environment.add(TokenKind::Flow, "Error", "arn:not-ours");
    let missing = render(queue, &environment).unwrap_err();
    let lines: Vec<String> =
        missing.iter().map(|it| format!("{} {} {}", it.action, it.place, it.what)).collect();
    for line in [
        "hook-agent-whisper Parameters.EventHooks.AgentWhisper the instance has no contact flow \"RulesEngineAgentWhisper\"",
        "to-main Parameters.ContactFlowId there are several contact flows of the name \"RulesEngineMain\"",
        "callback Parameters.LambdaFunctionARN the instance has no function \"dev-rules-engine-evaluator\"",
    ] {
        assert!(lines.iter().any(|it| it == line), "{line} is not in {lines:#?}");
    }
    assert_eq!(missing.len(), 13, "{lines:#?}");
    assert!(missing.iter().all(|it| it.file == "contactflows/Queue.json" && !it.fix.is_empty()));
}

#[test]
fn environments_are_read() {
    let document = serde_json::json!({
        "stage": "prod", "service": "ivr", "flowPrefix": "Ivr ",
        "contactFlows": [{ "Name": "Ivr Main", "Arn": "arn:main" }, { "Name": "Other" }, "bare"],
        "LambdaFunctions": [{ "Name": "prod-ivr-evaluator", "Arn": "arn:evaluator" }],
        "settings": { "interruptSeconds": 45, "recording": "Agent" },
    });
    let environment = Environment::read(&document).unwrap();
    let resolve = |kind, name| environment.resolve(Token { kind, name });
    assert_eq!(resolve(TokenKind::Flow, "Main").unwrap(), "arn:main");
    assert_eq!(resolve(TokenKind::Lambda, "evaluator").unwrap(), "arn:evaluator");
    assert_eq!(resolve(TokenKind::Setting, "interruptSeconds").unwrap(), "45");
    assert_eq!(resolve(TokenKind::Setting, "recording").unwrap(), serde_json::json!(["Agent"]));
    assert_eq!(resolve(TokenKind::Setting, "voiceId").unwrap(), "Olivia");
    assert!(resolve(TokenKind::Setting, "mood").is_err() && resolve(TokenKind::Flow, "Other").is_err());
    assert_eq!(environment.name_of(TokenKind::Flow, "arn:main"), Some("Main"));
    let broken = serde_json::json!({
        "queues": 5, "prompts": [{ "Arn": "x" }], "settings": { "mood": "good", "interruptSeconds": "1" },
    });
    let places: Vec<String> =
        Environment::read(&broken).unwrap_err().into_iter().map(|(place, ..)| place).collect();
    assert_eq!(places, ["prompts[0]", "queues", "settings.mood", "settings.interruptSeconds"]);
    assert!(Environment::read(&serde_json::json!([])).is_err());
}

#[test]
fn differences_are_told_by_what_they_are_about() {
    let all = flows();
    let ours =
        render(all.iter().find(|it| it.name == "Message").unwrap(), &Environment::sample(&all)).unwrap();
    let mut theirs = ours.clone();
    let at = |content: &mut Value, id: &str, change: &dyn Fn(&mut Value)| {
        let actions = content["Actions"].as_array_mut().unwrap();
        change(actions.iter_mut().find(|it| it["Identifier"] == id).unwrap());
    };
    at(&mut theirs, "message-text", &|it| it["Parameters"]["Text"] = "Hello".into());
    at(&mut theirs, "to-main", &|it| it["Parameters"]["ContactFlowId"] = "arn:other".into());
    at(&mut theirs, "message-ssml", &|it| it["Transitions"]["Errors"][0]["NextAction"] = "hang-up".into());
    at(&mut theirs, "message", &|it| {
        it["Parameters"]["ComparisonValue"] = "$.Channel".into();
        it["Transitions"]["Conditions"].as_array_mut().unwrap().pop();
    });
    at(&mut theirs, "message-prompt", &|it| it["Type"] = "Wait".into());
    let actions = theirs["Actions"].as_array_mut().unwrap();
    actions.retain(|it| it["Identifier"] != "hang-up");
    actions
        .push(serde_json::json!({ "Identifier": "new", "Type": "DisconnectParticipant", "Transitions": {} }));
    theirs["StartAction"] = "new".into();
    let found = compare(&ours, &theirs);
    let lines: Vec<String> = found.iter().map(|it| format!("{:?} {it}", it.about)).collect();
    let main = Environment::sample(&all).resolve(Token { kind: TokenKind::Flow, name: "Main" }).unwrap();
    assert_eq!(
        lines,
        [
            "Flow StartAction: \"message\" became \"new\"".to_owned(),
            "Removed hang-up: is missing".to_owned(),
            "Parameter message: Parameters.ComparisonValue: \"$.External.CurrentRule_messageType\" became \"$.Channel\"".to_owned(),
            "Transition message: Transitions.Conditions[3] Equals none: \"to-main\" became nothing".to_owned(),
            "Type message-prompt: Type: \"MessageParticipant\" became \"Wait\"".to_owned(),
            "Transition message-ssml: Transitions.Errors.NoMatchingError: \"to-main\" became \"hang-up\"".to_owned(),
            "Message message-text: Parameters.Text: \"$.External.CurrentRule_message\" became \"Hello\"".to_owned(),
            "Added new: is new".to_owned(),
            format!("Reference to-main: Parameters.ContactFlowId: {main} became \"arn:other\""),
        ]
    );
}

#[test]
fn what_others_refer_to_is_deployed_first() {
    let all = flows();
    let order: Vec<&str> = files::deployment_order(&all).into_iter().map(|it| it.name.as_str()).collect();
    assert_eq!(order.len(), all.len());
    let at = |name: &str| order.iter().position(|it| *it == name).unwrap();
    for flow in &all {
        for name in files::references(flow) {
            assert!(at(&name) < at(&flow.name), "{name} comes before {}", flow.name);
        }
    }
    assert_eq!(order.last(), Some(&"Bootstrap"));
    assert!(at("RateLimitWarning") < at("OutboundWhisper"));
    // Flows that refer to each other do not stop it.
    let mut circle = all.clone();
    let error = circle.iter_mut().find(|it| it.name == "Error").unwrap();
    error.document["Actions"][0]["Parameters"]["Text"] = "{{flow:Main}}".into();
    assert_eq!(files::deployment_order(&circle).len(), all.len());
}
