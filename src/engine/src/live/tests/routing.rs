//! Where a contact starts, which rules are run in one call, what the answer shows.

use super::*;
use crate::live::{Channel, MAX_BYTES, answer};
use crate::step::Code;

const MESSAGE: (&str, &str) = ("Message", r#"{"message":"hi {{Motto}}"}"#);

fn failure(scene: &mut Scene, end_points: &[EndPoint]) -> String {
    scene.call().next(end_points, 9).unwrap_err().message
}

#[test]
fn the_dialled_number_leads_through_an_enabled_end_point() {
    let sets = rule_set("Main", "E", &[MESSAGE]);
    let mut scene = Scene::new(&sets, Compat::Corrected);
    let answer = scene.next().unwrap();
    assert_eq!(shown(&answer, "CurrentRule_message"), "hi hello");
    assert_eq!(shown(&answer, "CurrentRule_nextFlowArn"), "flow/message");
    assert_eq!(scene.key("System.DialledNumber"), "+6130");
    assert_eq!(scene.key("System.OperatingHours.Day.Open"), "true");
    assert_eq!(scene.key("System.EndPoint"), "-");
    assert_eq!(
        (scene.key("CustomerPhoneNumber"), scene.key("OriginalCustomerNumber")),
        ("+6140".into(), "+6140".into())
    );
    // The configuration is laid over state but never in it.
    assert_eq!(scene.key("Motto"), "-");

    let mut scene = Scene::new(&sets, Compat::Corrected);
    let none = failure(&mut scene, &[end_point("E", false, "+6130"), end_point("F", true, "+6131")]);
    assert_eq!(none, "Failed to find end point by dialled number: +6130 for contact id: C");
    assert_eq!(scene.contact.state.touched().count(), 0);
    let lost = failure(&mut scene, &[end_point("F", true, "+6130")]);
    assert_eq!(lost, "Failed to find rule set by dialled number: +6130 and end point: F for contact id: C");
    scene.data.dialled_number = None;
    let unknown = failure(&mut scene, &[]);
    assert_eq!(unknown, "Failed to find end point by dialled number: Unknown for contact id: C");
}

#[test]
fn the_last_of_two_end_points_with_one_number_counts() {
    let sets = [rule_set("A", "EA", &[MESSAGE]), rule_set("B", "EB", &[MESSAGE])].join(",");
    let both = [end_point("EB", true, "+6130"), end_point("EA", true, "+6130")];
    for (compat, wanted) in [(Compat::Corrected, "B"), (Compat::Original, "A")] {
        let mut scene = Scene::new(&sets, compat);
        scene.call().next(&both, 9).unwrap();
        assert_eq!(scene.key("CurrentRuleSet"), wanted, "{compat:?}");
    }
}

#[test]
fn the_attribute_leads_to_any_end_point() {
    let mut scene = Scene::new(&rule_set("Main", "E", &[MESSAGE]), Compat::Corrected);
    scene.data.attributes.insert("RulesEngineEndPoint", "E".into());
    scene.call().next(&[], 9).unwrap();
    assert_eq!((scene.key("System.EndPoint"), scene.key("CurrentRuleSet")), ("E".into(), "Main".into()));
    assert_eq!(scene.key("ContactAttributes.RulesEngineEndPoint"), "E");
    let mut scene = Scene::new(&rule_set("Main", "E", &[MESSAGE]), Compat::Corrected);
    scene.data.attributes.insert("RulesEngineEndPoint", "X".into());
    // Q79.
    assert_eq!(failure(&mut scene, &[]), "C failed to find ruleset for attribute end point: X");
}

#[test]
fn rules_that_only_compute_are_run_in_one_call() {
    let sets = [
        rule_set(
            "Main",
            "E",
            &[
                (
                    "UpdateStates",
                    r#"{"updateStates":[{"key":"n","value":"increment"},{"key":"j","value":"[1] "}]}"#,
                ),
                (
                    "SetAttributes",
                    r#"{"setAttributes":[{"key":"a.b","value":"{\"x\":1}"},{"key":"gone","value":""}]}"#,
                ),
                ("Metric", r#"{"metricName":"calls","metricValue":""}"#),
                ("Metric", r#"{"metricName":""}"#),
                ("TextInference", r#"{"input":"words","lexBotName":"menu"}"#),
                ("Wait", r#"{"ruleSetName":"Main","waitTimeSeconds":"5"}"#),
                ("Distribution", r#"{"optionCount":"1","ruleSetName0":"Next","percentage0":"100"}"#),
            ],
        ),
        rule_set("Next", "", &[("RuleSet", r#"{"ruleSetName":"End","returnHere":"true"}"#)]),
        rule_set("End", "", &[("RuleSet", r#"{"ruleSetName":"Main","message":"bye"}"#)]),
    ]
    .join(",");
    let mut scene = Scene::new(&sets, Compat::Corrected);
    scene.data.attributes.insert("gone", "x".into());
    let answer = scene.next().unwrap();
    assert_eq!((scene.key("CurrentRuleSet"), scene.key("CurrentRule")), ("End".into(), "a".into()));
    // A rule set change with a message is for the flow.
    assert_eq!(shown(&answer, "CurrentRule_message"), "bye");
    assert_eq!(scene.key("NextRuleSet"), "Main");
    assert_eq!(scene.key("ReturnStack.0.ruleSetName"), "Next");
    assert_eq!(scene.key("n"), "1");
    // Saved and read again, the text with a blank is a list (Q62).
    assert_eq!(scene.key("j.length"), "1");
    // Updates below ContactAttributes: dots nest, JSON is parsed, empty deletes (Q58).
    assert_eq!(
        (scene.key("ContactAttributes.a.b.x"), scene.key("ContactAttributes.gone")),
        ("1".into(), "-".into())
    );
    // The value is 1 by default (Q76); a metric without a name is no failure.
    assert_eq!(scene.host.metrics, [("calls".to_owned(), 1.0)]);
    // The next call goes on from there, round to the same rule.
    scene.next().unwrap();
    assert_eq!(scene.key("n"), "2");
}

#[test]
fn a_circle_of_rule_sets_is_stopped_and_nothing_is_left() {
    let sets = rule_set(
        "Main",
        "E",
        &[
            ("UpdateStates", r#"{"updateStates":[{"key":"n","value":"increment"}]}"#),
            ("RuleSet", r#"{"ruleSetName":"Main"}"#),
        ],
    );
    let mut scene = Scene::new(&sets, Compat::Corrected);
    let error = scene.next().unwrap_err();
    assert_eq!(error.code, Code::RuleLoop);
    assert!(error.message.starts_with("ContactId: C was stopped after 200 rules"), "{error}");
    assert_eq!(scene.key("n"), "-");
    // The original has saved each round.
    let mut scene = Scene::new(&sets, Compat::Original);
    scene.next().unwrap_err();
    assert_eq!(scene.key("n"), "100");
}

#[test]
fn text_inference_goes_where_the_intent_leads_or_on() {
    let sets = [
        rule_set("Main", "E", &[
            ("TextInference", r#"{"input":"words","lexBotName":"menu","intentRuleSet_Pay":"Pay","intentConfidence_Pay":"0.5"}"#),
            ("Message", r#"{"message":"missed"}"#),
        ]),
        rule_set("Pay", "", &[MESSAGE]),
    ]
    .join(",");
    for (intent, wanted) in [(Some(("Pay", 0.5)), "Pay"), (Some(("Pay", 0.4)), "Main"), (None, "Main")] {
        let mut scene = Scene::new(&sets, Compat::Corrected);
        scene.host.intent = intent;
        scene.next().unwrap();
        assert_eq!(scene.key("CurrentRuleSet"), wanted, "{intent:?}");
        // The bot's own hook writes this.
        assert_eq!(scene.key("LexResponses"), "-");
    }
}

#[test]
fn only_a_chat_waits() {
    let sets = rule_set("Main", "E", &[("Wait", r#"{"ruleSetName":"Main","waitTimeSeconds":"5"}"#), MESSAGE]);
    for (channel, wanted) in [
        (Channel::Chat, "Wait"),
        (Channel::Voice, "Message"),
        (Channel::Task, "Message"),
        (Channel::Email, "Message"),
    ] {
        let mut scene = Scene::new(&sets, Compat::Corrected);
        scene.data.channel = channel;
        scene.next().unwrap();
        assert_eq!(scene.key("CurrentRuleType"), wanted, "{channel:?}");
    }
}

#[test]
fn entering_a_rule_set_clears_the_rule() {
    // The weight sees what is left of the previous rule: nothing but its parameters (6.10, Q86).
    let sets = r#"{"name":"Main","enabled":true,"endPoints":["E"],"rules":[
        {"name":"a","priority":"0","activation":"3","type":"Message","enabled":true,"params":{"message":"m"},"weights":[
            {"field":"CurrentRuleType","operation":"isnull","value":"","weight":"1"},
            {"field":"RuleStart","operation":"isnull","value":"","weight":"1"},
            {"field":"CurrentRule_x","operation":"equals","value":"y","weight":"1"}]}]}"#;
    let mut scene = Scene::new(sets, Compat::Corrected);
    scene.load(&[
        ("System", "{}"),
        ("CurrentRuleSet", "Old"),
        ("CurrentRule", "o"),
        ("CurrentRuleType", "Message"),
        ("RuleStart", "t"),
        ("CurrentRule_x", "y"),
        ("NextRuleSet", "Main"),
    ]);
    scene.next().unwrap();
    assert_eq!(
        (scene.key("CurrentRule"), scene.key("NextRuleSet"), scene.key("CurrentRule_x")),
        ("a".into(), "-".into(), "-".into())
    );
}

#[test]
fn the_end_of_the_rules_is_an_error() {
    let mut scene = Scene::new(&rule_set("Main", "E", &[MESSAGE]), Compat::Corrected);
    scene.next().unwrap();
    let error = scene.next().unwrap_err();
    assert_eq!(error.message, "Contact id: C reached the end of a ruleset with no return stack: Main");
    assert_eq!(scene.key("CurrentRule"), "a");
}

#[test]
fn a_queue_rule_exports_the_attributes_that_changed() {
    let sets = rule_set(
        "Main",
        "E",
        &[
            (
                "SetAttributes",
                r#"{"setAttributes":[{"key":"new","value":"{\"x\":1}"},{"key":"same","value":"1"},{"key":"other","value":"2"}]}"#,
            ),
            ("Queue", r#"{"queueName":"Sales"}"#),
        ],
    );
    let mut scene = Scene::new(&sets, Compat::Corrected);
    scene.data.attributes.insert("same", "1".into());
    scene.data.attributes.insert("other", "1".into());
    let answer = scene.next().unwrap();
    assert_eq!(scene.current("attributeCount attributeKey0 attributeKey1 attributeKey2"), "2 other new -");
    assert_eq!(shown(&answer, "CurrentRule_attributeValue0"), "2");
    // A value that is JSON is answered as text, and the page is filled up.
    assert_eq!(shown(&answer, "CurrentRule_attributeValue1"), r#"{"x":1}"#);
    assert_eq!(shown(&answer, "CurrentRule_attributeKey24"), "other");
    assert_eq!(shown(&answer, "CurrentRule_attributeKey25"), "-");
    // None.
    let mut scene =
        Scene::new(&rule_set("Main", "E", &[("Queue", r#"{"queueName":"Sales"}"#)]), Compat::Corrected);
    let answer = scene.next().unwrap();
    assert_eq!(
        (shown(&answer, "CurrentRule_attributeCount"), shown(&answer, "CurrentRule_attributeKey0")),
        ("0".into(), "-".into())
    );
}

#[test]
fn more_than_200_attributes_are_an_error() {
    let items: Vec<String> = (0..201).map(|i| format!(r#"{{"key":"k{i}","value":"v"}}"#)).collect();
    let params = format!(r#"{{"setAttributes":[{}]}}"#, items.join(","));
    let queue = ("Queue", r#"{"queueName":"Sales"}"#);
    let mut scene =
        Scene::new(&rule_set("Main", "E", &[("SetAttributes", &params), queue]), Compat::Corrected);
    assert_eq!(
        scene.next().unwrap_err().message,
        "ContactId: C found: 201 contact attributes which exceeds the maximum: 200"
    );
    let mut scene =
        Scene::new(&rule_set("Main", "E", &[("SetAttributes", &params), queue]), Compat::Corrected);
    scene.data.attributes.insert("k0", "v".into());
    scene.next().unwrap();
    assert_eq!(scene.current("attributeCount"), "200");
}

#[test]
fn the_facts_of_a_chat_are_renewed_after_half_an_hour() {
    for (channel, minutes, wanted) in
        [(Channel::Chat, 31, "Chat"), (Channel::Chat, 29, "-"), (Channel::Voice, 31, "-")]
    {
        let mut scene = Scene::new(&rule_set("Main", "E", &[MESSAGE, MESSAGE]), Compat::Corrected);
        scene.data.channel = channel;
        scene.next().unwrap();
        scene.contact.state.update_text("System.LastSMSStatus", "SENT".into());
        scene.contact.clock += minutes * 60_000;
        scene.next().unwrap();
        let renewed = scene.key("System.DateTimeUTC") != "2022-08-01T12:00:00Z";
        assert_eq!(renewed, wanted == "Chat", "{channel:?} {minutes}");
        assert_eq!(
            (scene.key("System.LastSMSStatus"), scene.key("System.DialledNumber")),
            ("SENT".into(), "+6130".into())
        );
    }
}

#[test]
fn the_answer_holds_texts_that_flows_use() {
    let state = [
        ("CurrentRule_message", "m"),
        ("CurrentRule_list", "[1]"),
        ("CurrentRule_functionPayload", "p"),
        ("CurrentRule_queueBehaviours", "b"),
        ("QueueBehaviour_type", "None"),
        ("Secret", "s"),
        ("OriginalCustomerNumber", "1"),
        ("CurrentRuleSet", "Main"),
        ("System", r#"{"x":1}"#),
    ];
    let mut scene = Scene::at(&state);
    let corrected = scene.call().load_state().unwrap();
    let keys: Vec<&str> = corrected.iter().map(|(k, _)| &**k).collect();
    assert_eq!(
        keys,
        ["CurrentRuleSet", "CurrentRule_message", "OriginalCustomerNumber", "QueueBehaviour_type"]
    );
    let mut scene = Scene::at_with(&state, Compat::Original);
    let original = scene.call().load_state().unwrap();
    // All texts, configuration included; no lists or objects.
    assert_eq!((shown(&original, "Secret"), shown(&original, "Motto")), ("s".into(), "hello".into()));
    assert_eq!(
        (shown(&original, "System"), shown(&original, "CurrentRule_list"), shown(&original, "Queues")),
        ("-".into(), "-".into(), "-".into())
    );
}

#[test]
fn messages_of_a_chat_are_plain_text() {
    let state = [
        ("CurrentRule_message", "<speak>hi</speak>"),
        ("CurrentRule_messageType", "ssml"),
        ("CurrentRule_offerMessage", "prompt:hi.wav"),
        ("CurrentRule_offerMessageType", "prompt"),
    ];
    let mut scene = Scene::at(&state);
    scene.data.channel = Channel::Chat;
    let chat = scene.call().load_state().unwrap();
    assert_eq!(
        (shown(&chat, "CurrentRule_message"), shown(&chat, "CurrentRule_messageType")),
        ("hi".into(), "text".into())
    );
    assert_eq!(shown(&chat, "CurrentRule_offerMessageType"), "none");
    assert_eq!(scene.key("CurrentRule_messageType"), "ssml");
    scene.data.channel = Channel::Voice;
    assert_eq!(shown(&scene.call().load_state().unwrap(), "CurrentRule_messageType"), "ssml");
}

#[test]
fn an_answer_that_is_too_large_fails_before_anything_is_saved() {
    let long = "x".repeat(MAX_BYTES);
    let mut scene = Scene::at(&[("CurrentRule_a", &long), ("CurrentRule_b", "y")]);
    let error =
        scene.call().set_state(&[("key1".into(), Some("k".into())), ("value1".into(), Some("v".into()))]);
    let error = error.unwrap_err();
    assert_eq!(error.code, Code::ResponseTooLarge);
    assert!(error.message.contains("CurrentRule_a (30002), CurrentRule_b (3)"), "{error}");
    assert_eq!(scene.key("k"), "-");
    assert!(
        answer(&Scene::at_with(&[], Compat::Original).workspace, &scene.contact.state, Channel::Voice)
            .is_ok()
    );
}

#[test]
fn other_profiles_are_refused() {
    let bundle = Bundle::read("b", "[]").unwrap();
    let mut scene = Scene::at(&[]);
    scene.workspace = bundle.workspace(Options::default());
    assert_eq!(scene.next().unwrap_err().code, Code::Internal);
}

#[test]
fn events_are_read_leniently() {
    let event = json::parse(
        r#"{"Details":{"ContactData":{"Attributes":null,"Channel":"CHAT","ContactId":"c","InitialContactId":"",
            "CustomerEndpoint":null,"SystemEndpoint":{"Address":"+61"}},"Parameters":{"a":"1","b":"","c":null,"d":5}}}"#,
    )
    .unwrap();
    let data = ContactData::read(&event);
    assert_eq!((data.contact_id.as_deref(), data.channel), (Some("c"), Channel::Chat));
    assert_eq!((data.customer_number, data.dialled_number.as_deref()), (None, Some("+61")));
    let parameters = crate::live::parameters(&event);
    let given: Vec<_> = parameters.iter().map(|(k, v)| (&**k, v.as_deref())).collect();
    assert_eq!(given, [("a", Some("1")), ("b", None), ("c", None), ("d", Some("5"))]);
    assert_eq!(ContactData::read(&json::parse("{}").unwrap()), ContactData::default());
}
