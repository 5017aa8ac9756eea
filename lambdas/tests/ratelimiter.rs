//! The program of the function `ratelimiter` as Lambda runs it: events from its Runtime API, its tables on a server,
//! and an instance that ends calls as it is told.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use common::Environment;
use common::function::Function;
use common::http::{self, Message};
use common::way::{Fault, Way};
use connect_rules_dynamo::item::Item;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const PROGRAM: &str = env!("CARGO_BIN_EXE_ratelimiter");

/// An instance: what it was asked for, and what it answers next.
#[derive(Clone, Default)]
struct Instance {
    asked: Arc<Mutex<Vec<Value>>>,
    answers: Arc<Mutex<Vec<(u16, &'static str)>>>,
}

impl Instance {
    async fn start(&self) -> String {
        let it = self.clone();
        http::serve(move |request| {
            let it = it.clone();
            async move {
                it.asked.lock().unwrap().push(serde_json::from_slice(&request.body).unwrap_or_default());
                match it.answers.lock().unwrap().pop() {
                    None => Message::answer(200, &[], "{}"),
                    Some((status, kind)) => {
                        Message::answer(status, &[("x-amzn-errortype", kind)], r#"{"Message":"no"}"#)
                    }
                }
            }
        })
        .await
    }
}

struct Scene {
    environment: Environment,
    way: Way,
    instance: Instance,
    function: Function,
}

impl Scene {
    async fn new(config: &Value) -> Self {
        let environment = Environment::new().await;
        if !config.is_null() {
            let item = Item::from([
                ("ConfigKey".to_owned(), text("RateLimit")),
                ("ConfigData".to_owned(), text(&config.to_string())),
            ]);
            let name = format!("{}-rules-engine-config-ddb", environment.stage);
            let put = environment.client().put_item().table_name(name).set_item(Some(item));
            put.send().await.unwrap();
        }
        let way = Way::to(&environment.endpoint).await;
        let instance = Instance::default();
        let (tables, connect) = (format!("http://{}", way.address), instance.start().await);
        let function = Function::start(
            PROGRAM,
            &[
                ("AWS_ENDPOINT_URL_DYNAMODB", &tables),
                ("AWS_ENDPOINT_URL_CONNECT", &format!("http://{connect}")),
                ("STAGE", &environment.stage),
                ("INSTANCE_ARN", "arn:aws:connect:ap-southeast-2:1:instance/the-instance"),
                ("COMPAT", "original"),
            ],
        )
        .await;
        Scene { environment, way, instance, function }
    }

    async fn ask(&mut self, contact: &str) -> Value {
        self.function.ask(&event(contact, &json!({"action": "check"}))).await.unwrap()
    }
}

fn text(text: &str) -> aws_sdk_dynamodb::types::AttributeValue {
    aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned())
}

fn event(contact: &str, parameters: &Value) -> String {
    json!({"Name": "ContactFlowEvent", "Details": {
        "ContactData": {"ContactId": contact, "InitiationMethod": "OUTBOUND",
            "CustomerEndpoint": {"Address": "+1 206 555 0100", "Type": "TELEPHONE_NUMBER"},
            "SystemEndpoint": {"Address": "+18005550199", "Type": "TELEPHONE_NUMBER"}},
        "Parameters": parameters}})
    .to_string()
}

fn run(test: impl Future<Output = ()>) {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(2).enable_all().build().unwrap().block_on(test);
}

#[test]
fn calls_are_counted_blocked_ended_and_told() {
    run(async {
        let mut it = Scene::new(&json!({"customerLimit": 3})).await;
        let warm = it.function.ask(r#"{"keepWarm":{"name":"ratelimiter","arn":"a"}}"#).await.unwrap();
        assert_eq!(warm["keepWarm"]["name"], "ratelimiter");
        for attempt in 1..=2 {
            let answer = it.ask(&format!("c{attempt}")).await;
            assert_eq!(
                answer,
                json!({"Result": "SUCCESS", "CallAllowed": "true", "Reason": "none", "NotifyAgent": "false",
                       "Attempt": attempt.to_string(), "Limit": "3"})
            );
        }
        // Throttled once, an error of the service once, then it is ended.
        *it.instance.answers.lock().unwrap() =
            vec![(500, "InternalServiceException"), (429, "ThrottlingException")];
        let blocked = it.ask("c3").await;
        assert_eq!((&blocked["CallAllowed"], &blocked["Stopped"]), (&json!("false"), &json!("true")));
        assert_eq!((&blocked["Reason"], &blocked["RetryAfterSeconds"]), (&json!("customer"), &json!("61")));
        let asked = it.instance.asked.lock().unwrap().clone();
        assert_eq!(asked, vec![json!({"ContactId": "c3", "InstanceId": "the-instance"}); 3]);
        assert_eq!(it.ask("c3").await, blocked, "the same contact gets the same answer");
        it.instance.answers.lock().unwrap().push((404, "ResourceNotFoundException"));
        assert_eq!(it.ask("c4").await["Stopped"], "true", "what is gone is over");
        it.instance.answers.lock().unwrap().push((400, "InvalidRequestException"));
        let failed = it.ask("c5").await;
        assert_eq!((&failed["CallAllowed"], &failed["Stopped"]), (&json!("false"), &json!("false")));

        let task = json!({"action": "task", "SourceContactId": "c3", "status": "STARTED"});
        assert_eq!(it.function.ask(&event("t", &task)).await.unwrap(), json!({"Result": "SUCCESS"}));
        let lost = json!({"action": "task", "SourceContactId": "nobody", "status": "STARTED"});
        assert_eq!(it.function.ask(&event("t", &lost)).await.unwrap(), json!({"Result": "ERROR"}));
        let log = it.function.log();
        assert!(log.contains(r#""EventCode":"RATE_LIMIT_DECISION","ContactId":"c3""#), "{log}");
        assert!(log.contains(r#""RateLimitBlocked":1"#) && log.contains(r#""Kind":"stop""#), "{log}");
        assert!(!log.contains("+1206"), "{log}");
    });
}

#[test]
fn whatever_fails_the_flow_gets_an_answer() {
    run(async {
        let mut it = Scene::new(&Value::Null).await;
        for odd in ["{}", "[]", r#"{"Name":"ContactFlowEvent","Details":{"ContactData":{}}}"#] {
            let answer = it.function.ask(odd).await.unwrap();
            assert_eq!(
                (&answer["Result"], &answer["CallAllowed"]),
                (&json!("ERROR"), &json!("true")),
                "{odd}"
            );
        }
        // The store is silent: three tries of 400 ms, and the call goes on.
        for (operation, fault) in [("UpdateItem", Fault::Silence), ("UpdateItem", Fault::Forbidden)] {
            it.way.fail(operation, fault, 99);
            let answer = it.ask(&format!("{fault:?}")).await;
            let got = [&answer["Result"], &answer["CallAllowed"], &answer["NotifyAgent"]];
            assert_eq!(got, [&json!("ERROR"), &json!("true"), &json!("false")], "{operation} {fault:?}");
            it.way.clear();
        }
        let late = event("late", &json!({"action": "check"}));
        let answer = it.function.ask_within(&late, Duration::from_millis(450)).await.unwrap();
        assert_eq!((&answer["Result"], &answer["Reason"]), (&json!("ERROR"), &json!("error")));
        assert!(it.function.log().contains("TIMEOUT"));
        // An answer that was lost after the row was written counts once.
        it.way.fail("UpdateItem", Fault::Lost, 1);
        assert_eq!(it.ask("lost").await["Attempt"], "1");
        assert_eq!(it.ask("next").await["Attempt"], "2");

        let mut closed = Scene::new(&json!({"failMode": "closed"})).await;
        closed.way.fail("UpdateItem", Fault::Forbidden, 99);
        let answer = closed.ask("closed").await;
        let got = [&answer["Result"], &answer["CallAllowed"], &answer["NotifyAgent"], &answer["Stopped"]];
        assert_eq!(got, [&json!("ERROR"), &json!("false"), &json!("true"), &json!("true")]);
        assert_eq!(closed.instance.asked.lock().unwrap().len(), 1);
        let name = format!("{}-rules-engine-ratelimit-ddb", closed.environment.stage);
        let rows = closed.environment.client().scan().table_name(name).send().await.unwrap();
        assert_eq!(rows.count(), 0);
    });
}
