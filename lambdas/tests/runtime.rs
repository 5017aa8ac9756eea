//! The programs of the functions as Lambda runs them: events from its Runtime API, tables behind a way that
//! counts requests and on which they can fail.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use common::Environment;
use common::function::{Answer, Function, TIME};
use common::way::{Fault, Way};
use connect_rules_live::tables::{StateChange, Tables as _};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const EVALUATOR: &str = env!("CARGO_BIN_EXE_evaluator");

/// Two rule sets: greets, counts, writes 12 keys, greets again, asks; and says goodbye.
fn rules() -> String {
    let mut updates: Vec<Value> =
        (1..=12).map(|at| json!({"key": format!("Key{at}"), "value": format!("value {at}")})).collect();
    updates.push(json!({"key": "Count", "value": "increment"}));
    let rule = |priority: u32, name: &str, kind: &str, params: Value| {
        json!({"name": name, "description": "", "priority": priority.to_string(), "activation": "0",
               "type": kind, "enabled": true, "params": params, "weights": []})
    };
    let set = |name: &str, end_points: Value, rules: Vec<Value>| {
        json!({"name": name, "description": "", "enabled": true, "endPoints": end_points, "folder": "/",
               "rules": rules})
    };
    let start = vec![
        rule(90, "Greet", "Message", json!({"message": "Hello"})),
        rule(80, "Update", "UpdateStates", json!({"updateStates": updates})),
        rule(70, "Again", "Message", json!({"message": "You were counted {{Count}} times"})),
        rule(
            60,
            "Ask",
            "DTMFMenu",
            json!({"offerMessage": "Press 1", "dtmf1": "End", "inputCount": "3", "errorCount": "0",
                   "errorMessage1": "Sorry?"}),
        ),
    ];
    let end = vec![
        rule(90, "Goodbye", "Message", json!({"message": "Goodbye"})),
        rule(80, "Stop", "Terminate", json!({})),
    ];
    json!([set("Start", json!(["Main"]), start), set("End", json!([]), end)]).to_string()
}

fn event(contact: &str, action: &str, parameters: &[(&str, &str)]) -> String {
    let mut all = json!({"action": action});
    for (name, value) in parameters {
        all[name] = json!(value);
    }
    json!({"Name": "ContactFlowEvent", "Details": {
        "ContactData": {"Attributes": {}, "Channel": "VOICE", "ContactId": "other",
            "InitialContactId": contact, "InitiationMethod": "INBOUND", "Queue": null,
            "CustomerEndpoint": {"Address": "+61400000000", "Type": "TELEPHONE_NUMBER"},
            "SystemEndpoint": {"Address": "+61370105510", "Type": "TELEPHONE_NUMBER"}},
        "Parameters": all}})
    .to_string()
}

/// Tables, the way to them, and the evaluator at its other end.
struct Scene {
    environment: Environment,
    way: Way,
    evaluator: Function,
}

async fn function(program: &str, environment: &Environment, way: &Way) -> Function {
    let url = format!("http://{}", way.address);
    Function::start(program, &[("AWS_ENDPOINT_URL_DYNAMODB", &url), ("STAGE", &environment.stage)]).await
}

impl Scene {
    async fn new() -> Self {
        let environment = Environment::with(&rules()).await;
        let way = Way::to(&environment.endpoint).await;
        let evaluator = function(EVALUATOR, &environment, &way).await;
        Scene { environment, way, evaluator }
    }

    async fn ask(&mut self, contact: &str, action: &str, parameters: &[(&str, &str)]) -> Answer {
        self.evaluator.ask(&event(contact, action, parameters)).await
    }

    /// The state of a contact as it is stored.
    async fn state(&self, contact: &str) -> BTreeMap<String, String> {
        state(&self.environment, contact).await
    }
}

async fn state(environment: &Environment, contact: &str) -> BTreeMap<String, String> {
    let rows = environment.tables().state(contact).await.unwrap();
    rows.into_iter().map(|row| (row.what.to_string(), row.value.to_string())).collect()
}

/// Writes rows of state; the token belongs to each.
async fn put(environment: &Environment, contact: &str, rows: &[(&str, &str)], token: Option<&str>) {
    let rows: Vec<StateChange> = rows
        .iter()
        .map(|(what, value)| StateChange {
            what: (*what).into(),
            value: Some((*value).into()),
            expected: None,
            expiry: i64::from(u32::MAX),
            token: token.map(Into::into),
            expected_token: None,
        })
        .collect();
    environment.tables().save(contact, &rows).await.unwrap();
}

fn run(test: impl Future<Output = ()>) {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(2).enable_all().build().unwrap().block_on(test);
}

#[test]
fn a_whole_call_goes_through_the_evaluator() {
    run(async {
        let mut it = Scene::new().await;
        let asked = r#"{"keepWarm":{"name":"evaluator","arn":"a"}}"#;
        let warm = &it.evaluator.ask(asked).await.unwrap()["keepWarm"];
        assert_eq!((&warm["name"], &warm["coldStart"]), (&json!("evaluator"), &json!(true)), "{warm}");

        let mut heard = Vec::new();
        for (action, key) in [("next", ""), ("next", ""), ("next", ""), ("dtmf_menu", "1"), ("next", "")] {
            let answer = it.ask("c", action, &[("selectedOption", key)]).await.unwrap();
            assert!(answer.as_object().unwrap().values().all(Value::is_string), "{answer}");
            heard.push(format!(
                "{} {}",
                answer["CurrentRule"].as_str().unwrap(),
                answer["CurrentRule_message"].as_str().unwrap_or("-")
            ));
        }
        assert_eq!(
            heard,
            ["Greet Hello", "Again You were counted 1 times", "Ask -", "Ask -", "Goodbye Goodbye"]
        );
        let last = it.ask("c", "next", &[]).await.unwrap();
        assert_eq!(last["CurrentRuleType"], "Terminate");
        let log = it.evaluator.log();
        assert!(log.contains(r#""EventCode":"RULE_START""#), "{log}");
        assert!(!log.contains("+6140"), "{log}");
    });
}

#[test]
fn what_cannot_be_done_is_told_by_its_code_and_writes_nothing() {
    run(async {
        let mut it = Scene::new().await;
        it.ask("c", "next", &[]).await.unwrap();
        let before = it.state("c").await;
        let long = "x".repeat(31_000);
        let no_contact = r#"{"Details":{"ContactData":{},"Parameters":{"action":"next"}}}"#.to_owned();
        let of = |action: &str, parameters: &[(&str, &str)]| event("c", action, parameters);
        let cases = [
            (of("nxet", &[]), "UNKNOWN_ACTION", "the action `nxet`: set it to one of next, dtmf_menu"),
            (of("", &[]), "UNKNOWN_ACTION", "no action"),
            ("{}".to_owned(), "UNKNOWN_ACTION", "no action"),
            ("[]".to_owned(), "UNKNOWN_ACTION", "no action"),
            (no_contact, "BAD_EVENT", "neither InitialContactId nor ContactId"),
            (
                of("set_state", &[("key1", "QueueBehaviour_x"), ("value1", &long)]),
                "RESPONSE_TOO_LARGE",
                "the largest keys: QueueBehaviour_x (31002)",
            ),
            ("[".repeat(10_000), "", ""),
            (r#"{"Details":"#.to_owned(), "", ""),
        ];
        for (event, code, text) in cases {
            let shown: String = event.chars().take(60).collect();
            let (kind, message) = it.evaluator.ask(&event).await.unwrap_err();
            if !code.is_empty() {
                assert_eq!(kind, code, "{shown}");
                assert!(message.starts_with(code), "{message}");
            }
            assert!(message.contains(text), "{shown}: {message}");
            assert!(message.len() < 1000, "{message}");
        }
        let late = it.evaluator.ask_within(&of("next", &[]), Duration::from_millis(900)).await;
        assert_eq!(late.unwrap_err().0, "OUT_OF_TIME");
        assert_eq!(it.state("c").await, before);
        assert!(it.evaluator.log().contains(r#""Code":"RESPONSE_TOO_LARGE""#));

        // The first attempt at reading takes a second.
        it.way.fail("Query", Fault::Silence, 1);
        let late = it.evaluator.ask_within(&of("next", &[]), Duration::from_millis(1800)).await;
        assert_eq!(late.unwrap_err().0, "OUT_OF_TIME");
        assert_eq!(it.state("c").await, before);

        it.way.fail("Query", Fault::Forbidden, 9);
        let (kind, message) = it.ask("c", "next", &[]).await.unwrap_err();
        assert_eq!(kind, "TABLE_FAILED");
        assert!(
            message.contains("-state-ddb") && message.contains("not authorized to perform: dynamodb:Query")
        );
        it.way.fail("TransactWriteItems", Fault::Forbidden, 9);
        assert_eq!(it.ask("c", "next", &[]).await.unwrap_err().0, "TABLE_FAILED");
        assert_eq!(it.state("c").await, before);
    });
}

#[test]
fn values_that_only_look_like_json_are_text() {
    run(async {
        let mut it = Scene::new().await;
        put(&it.environment, "c", &[("Customer", "{not json}"), ("List", "[1,")], None).await;
        assert_eq!(it.ask("c", "next", &[]).await.unwrap()["CurrentRule"], "Greet");
        let state = it.state("c").await;
        assert_eq!((&*state["Customer"], &*state["List"]), ("{not json}", "[1,"));
    });
}

#[test]
fn without_tables_or_with_wrong_settings_the_cause_is_told() {
    run(async {
        let environment = Environment::new().await;
        let way = Way::to(&environment.endpoint).await;
        let url = format!("http://{}", way.address);
        let endpoint = ("AWS_ENDPOINT_URL_DYNAMODB", &*url);
        let mut absent = Function::start(EVALUATOR, &[endpoint, ("STAGE", "absent")]).await;
        let (kind, message) = absent.ask(&event("c", "next", &[])).await.unwrap_err();
        assert_eq!(kind, "TABLE_FAILED");
        assert!(message.contains("table absent-rules-engine-config-ddb"), "{message}");
        assert!(message.contains("ResourceNotFound"), "{message}");

        let mut wrong = Function::start(EVALUATOR, &[endpoint, ("COMPAT", "both")]).await;
        assert_eq!(wrong.ended(Duration::from_secs(10)).await, Some(false));
    });
}

#[test]
fn a_warm_turn_reads_twice_at_once_and_writes_once() {
    run(async {
        let mut it = Scene::new().await;
        it.ask("c", "next", &[]).await.unwrap();
        for (action, key) in
            [("next", ""), ("next", ""), ("dtmf_menu", "7"), ("dtmf_menu", "1"), ("next", "")]
        {
            it.way.clear();
            it.way.expect_two_at_once();
            it.ask("c", action, &[("selectedOption", key)]).await.unwrap();
            assert_eq!(it.way.operations(), ["GetItem", "Query", "TransactWriteItems"], "{action} {key}");
            let seen = it.way.seen();
            assert_eq!(seen[2].operation, "TransactWriteItems");
            assert_eq!(seen[0].body["ConsistentRead"], true);
            assert_eq!(seen[1].body["ConsistentRead"], true);
            let changed = seen[2].body["TransactItems"].as_array().unwrap().len();
            assert!(changed <= 25, "{changed} keys");
            if it.state("c").await["CurrentRule"] == "Again" {
                assert!(changed >= 15, "{changed} keys");
            }
        }
        it.way.clear();
        it.ask("c", "load_state", &[]).await.unwrap();
        assert_eq!(it.way.operations(), ["GetItem", "Query"]);
    });
}

/// Lets one operation of a turn fail in every way, once and for good.
async fn faults_at(environment: &Environment, operation: &'static str) {
    let way = Way::to(&environment.endpoint).await;
    let mut evaluator = function(EVALUATOR, environment, &way).await;
    for fault in [Fault::Throttle, Fault::Internal, Fault::Silence, Fault::Lost] {
        for times in [1, 99] {
            let case = format!("{operation} {fault:?} {times}");
            let contact = format!("c {case}");
            evaluator.ask(&event(&contact, "next", &[])).await.unwrap();
            let before = state(environment, &contact).await;
            way.fail(operation, fault, times);
            let started = Instant::now();
            let answer = evaluator.ask(&event(&contact, "next", &[])).await;
            assert!(started.elapsed() < TIME, "{case}: Lambda would have stopped it");
            way.clear();
            let after = state(environment, &contact).await;
            let whole = |state: &BTreeMap<String, String>| {
                assert_eq!(state.get("Count").map(String::as_str), Some("1"), "{case}");
                assert_eq!((&*state["CurrentRule"], &*state["Key12"]), ("Again", "value 12"), "{case}");
                assert_eq!(state["CurrentRule_message"], "You were counted 1 times", "{case}");
            };
            match answer {
                Ok(answer) => {
                    let done = fault == Fault::Lost && operation == "TransactWriteItems";
                    assert!(times == 1 || done, "{case}: {answer}");
                    assert_eq!(answer["CurrentRule"], "Again", "{case}");
                    whole(&after);
                }
                Err((kind, message)) => {
                    assert_eq!(times, 99, "{case}: {message}");
                    assert_eq!(kind, "TABLE_FAILED", "{case}: {message}");
                    assert_eq!(after, before, "{case}");
                    // As Connect repeats a failed invocation.
                    let answer = evaluator.ask(&event(&contact, "next", &[])).await.unwrap();
                    assert_eq!(answer["CurrentRule"], "Again", "{case}");
                    whole(&state(environment, &contact).await);
                }
            }
        }
    }
}

#[test]
fn faults_of_the_tables_end_in_the_right_answer_or_an_error_and_never_in_between() {
    run(async {
        let environment = Environment::with(&rules()).await;
        tokio::join!(
            faults_at(&environment, "Query"),
            faults_at(&environment, "GetItem"),
            faults_at(&environment, "TransactWriteItems"),
        );
    });
}

#[test]
fn rules_that_cannot_be_read_are_read_by_the_next_call() {
    run(async {
        let mut it = Scene::new().await;
        it.way.fail("Scan", Fault::Internal, 99);
        assert_eq!(it.ask("c", "next", &[]).await.unwrap_err().0, "TABLE_FAILED");
        it.way.clear();
        assert_eq!(it.ask("c", "next", &[]).await.unwrap()["CurrentRule"], "Greet");
    });
}

#[test]
fn of_more_keys_than_one_write_takes_those_that_move_the_contact_on_come_last() {
    run(async {
        let environment = Environment::new().await;
        let rows: Vec<StateChange> = (0..150)
            .map(|at| StateChange {
                what: if at < 30 { format!("Moves{at}") } else { format!("CurrentRule_key{at}") }.into(),
                value: Some("x".into()),
                expected: (at == 0).then(|| "never there".into()),
                expiry: i64::from(u32::MAX),
                token: None,
                expected_token: None,
            })
            .collect();
        environment.tables().save("c", &rows).await.unwrap_err();
        let state = state(&environment, "c").await;
        assert!(state.keys().all(|key| key.starts_with("CurrentRule_")), "{state:?}");
        assert_eq!(state.len(), 100);
    });
}

#[test]
fn what_a_bot_understood_is_kept_and_the_echo_ends_its_integration() {
    run(async {
        let environment = Environment::new().await;
        let way = Way::to(&environment.endpoint).await;
        let mut lex = function(env!("CARGO_BIN_EXE_lexfulfillment"), &environment, &way).await;
        let bot = format!("{}-rules-engine-happy-days", environment.stage);
        let heard = json!({"sessionId": "c", "bot": {"name": bot}, "inputTranscript": "yes please",
            "sessionState": {"sessionAttributes": {}},
            "interpretations": [{"nluConfidence": 0.5, "intent": {"name": "yes", "slots": {}}}]});
        let answer = lex.ask(&heard.to_string()).await.unwrap();
        assert_eq!(answer["sessionState"]["dialogAction"]["type"], "Close");
        assert_eq!(answer["sessionState"]["intent"]["state"], "Fulfilled");
        let kept: Value = serde_json::from_str(&state(&environment, "c").await["LexResponses"]).unwrap();
        assert_eq!(kept["happy_days"]["sessionState"]["nluConfidence"], 0.5);
        let (kind, _) = lex.ask("{}").await.unwrap_err();
        assert_eq!(kind, "BAD_EVENT");

        put(&environment, "d", &[("CurrentRule_functionOutputKey", "Customer.Echo")], None).await;
        put(&environment, "d", &[("IntegrationStatus", "START")], Some("run 1")).await;
        let mut echo = function(env!("CARGO_BIN_EXE_integrationecho"), &environment, &way).await;
        let request = |token: &str| {
            json!({"ContactId": "d", "OriginalRequest": "{}", "IntegrationId": token,
                   "Payload": "{\"a\":[1]}"})
            .to_string()
        };
        echo.ask(&request("an older run")).await.unwrap();
        assert_eq!(state(&environment, "d").await["IntegrationStatus"], "START");
        echo.ask(&request("run 1")).await.unwrap();
        let after = state(&environment, "d").await;
        assert_eq!(after["IntegrationStatus"], "DONE");
        assert_eq!(after["Customer"], r#"{"Echo":{"a":[1]}}"#);
        assert_eq!(echo.ask(r#"{"ContactId":"d"}"#).await.unwrap_err().0, "BAD_EVENT");
    });
}
