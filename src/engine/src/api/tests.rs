//! The API path row by row (6.9), and that API, live and test path visit the same rules.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::{ApiReply, ApiRequest, run};
use crate::bundle::Bundle;
use crate::chance::Draws;
use crate::compat::{Compat, Profile};
use crate::host::{Detail, RuleAt, Seen};
use crate::json;
use crate::live::{Call, ContactData};
use crate::offline::{Observer, Offline};
use crate::step::{Contact, Opening, Request, step};
use crate::value::{Map, Text, Value};
use crate::workspace::Options;

const CONNECT: &str = r#""connect":{"timeZone":"UTC","queues":[{"Name":"Sales","Id":"1","Arn":"q"}]}"#;

fn bundle(rule_sets: &str) -> Bundle {
    Bundle::read("b", &format!(r#"{{{CONNECT},"ruleSets":{rule_sets}}}"#)).unwrap()
}

/// A rule set `Main` of rules `a`, `b`, … of these types and params, on end point `E`.
fn main_of(rules: &[(&str, &str)]) -> String {
    let rules: Vec<String> = rules
        .iter()
        .enumerate()
        .map(|(i, (rule_type, params))| {
            let name = char::from(b'a' + i as u8);
            format!(
                r#"{{"name":"{name}","priority":"0","activation":"0","type":"{rule_type}","enabled":true,"params":{params},"weights":[]}}"#
            )
        })
        .collect();
    format!(r#"{{"name":"Main","enabled":true,"endPoints":["E"],"rules":[{}]}}"#, rules.join(","))
}

fn ask(rule_sets: &str, compat: Compat, request: &ApiRequest) -> (ApiReply, Contact) {
    let bundle = bundle(&format!("[{rule_sets}]"));
    let workspace = bundle.workspace(Options { compat, profile: Profile::Api, ..Options::default() });
    let mut draws = Draws::new(1);
    let id = draws.api_contact_id();
    let mut contact = Contact::new(id, 1_660_000_000_000, draws);
    let mut host = Offline::new(&bundle.stubs, compat, ());
    let reply = run(&workspace, &mut contact, request, &mut host);
    (reply, contact)
}

fn on_e() -> ApiRequest {
    ApiRequest { end_point: Value::from("E"), ..ApiRequest::default() }
}

fn corrected(rules: &[(&str, &str)]) -> ApiReply {
    ask(&main_of(rules), Compat::Corrected, &on_e()).0
}

fn cause(reply: &ApiReply) -> String {
    let id = reply.contact_id.clone().unwrap();
    reply.cause.clone().unwrap().replace(&*id, "ID")
}

#[test]
fn a_queue_ends_the_contact_and_is_named_in_state() {
    let (reply, contact) = ask(
        &main_of(&[
            ("SetAttributes", r#"{"setAttributes":[{"key":"k","value":""}]}"#),
            ("Queue", r#"{"queueName":"Sales"}"#),
        ]),
        Compat::Corrected,
        &on_e(),
    );
    assert!(reply.success && reply.warnings.is_empty());
    let state = reply.state.unwrap();
    assert_eq!(state.get("queue"), Some(&Value::from("Sales")));
    // The empty value stays, as on the test path (Q58).
    assert_eq!(state.get("ContactAttributes").unwrap().member("k"), Value::from(""));
    assert_eq!(state.get("CurrentRule"), Some(&Value::from("b")));
    assert!(state.iter().all(|(key, _)| !key.starts_with("CurrentRule_")));
    assert!(contact.state.get("CurrentRule_queueArn").is_some());
    assert!(contact.id.starts_with("api-"));
    assert!(state.get("CustomerPhoneNumber").is_none() && state.get("OriginalCustomerNumber").is_none());
}

#[test]
fn messages_and_metrics_are_skipped_with_a_warning() {
    let reply = corrected(&[
        ("Message", r#"{"message":"hi"}"#),
        ("Metric", r#"{"metricName":""}"#),
        ("Terminate", "{}"),
    ]);
    assert_eq!(
        reply.warnings,
        ["Skipped Message rule: a in rule set: Main", "Skipped Metric rule: b in rule set: Main"]
    );
    let print = serde_json::to_string(&reply).unwrap();
    assert!(print.starts_with(r#"{"Success":true,"ContactId":"api-"#) && print.contains(r#""Warnings":["#));
    // Skipped rules are still rendered.
    let broken = corrected(&[("Message", r#"{"message":"{{nope 1}}"}"#), ("Terminate", "{}")]);
    assert!(cause(&broken).contains("nope"), "{}", cause(&broken));
}

#[test]
fn types_that_need_a_customer_are_errors() {
    for rule_type in
        ["DTMFMenu", "DTMFInput", "NLUMenu", "NLUInput", "ExternalNumber", "SMSMessage", "Wait", "Odd"]
    {
        let reply = corrected(&[(rule_type, "{}")]);
        let wanted = format!(
            "ContactId: ID Failed to execute rule: {rule_type} due to: Unhandled rule type: {rule_type}"
        );
        assert_eq!(cause(&reply), wanted);
        assert!(reply.state.is_none());
        let print = serde_json::to_string(&reply).unwrap();
        assert!(
            print.starts_with(r#"{"Success":false,"ContactId":"#) && !print.contains("Warnings"),
            "{print}"
        );
    }
}

#[test]
fn the_end_of_the_rules() {
    // No rule fires: success. Behind the last rule: an error (Q10).
    let idle = main_of(&[("Terminate", "{}")]).replace(r#""activation":"0""#, r#""activation":"5""#);
    assert!(ask(&idle, Compat::Corrected, &on_e()).0.success);
    let reply = corrected(&[("UpdateStates", r#"{"updateStates":[{"key":"k","value":"v"}]}"#)]);
    assert_eq!(cause(&reply), "Contact id: ID reached the end of a ruleset with no return stack: Main");
}

#[test]
fn unknown_end_points_and_missing_set_up() {
    let request = ApiRequest { end_point: Value::from("X"), ..ApiRequest::default() };
    let (reply, contact) = ask(&main_of(&[]), Compat::Corrected, &request);
    assert_eq!(cause(&reply), "ContactId: ID Failed to find rule set for end point: X");
    assert_eq!(contact.state.iter().count(), 0);
    let print = serde_json::to_string(&ApiReply::not_started("no table")).unwrap();
    assert_eq!(print, r#"{"Success":false,"Cause":"no table"}"#);
}

#[test]
fn circles_stop_at_the_limit() {
    let circle = main_of(&[("RuleSet", r#"{"ruleSetName":"Main"}"#)]);
    let (reply, _) = ask(&circle, Compat::Corrected, &ApiRequest { rule_limit: 25, ..on_e() });
    assert!(cause(&reply).starts_with("ContactId: ID was stopped after 25 rules"), "{}", cause(&reply));
    assert!(cause(&ask(&circle, Compat::Corrected, &on_e()).0).contains("after 1000 rules"));
}

#[test]
fn interaction_time_and_number_are_optional() {
    let document = json::parse(
        r#"{"endPoint":"E","ContactAttributes":{"n":5},"interactionDateTime":"2022-12-24T14:00:00Z",
            "CustomerPhoneNumber":"+61400000000"}"#,
    )
    .unwrap();
    let (reply, contact) =
        ask(&main_of(&[("Terminate", "{}")]), Compat::Corrected, &ApiRequest::from_value(&document));
    let state = reply.state.unwrap();
    assert_eq!(state.get("System").unwrap().member("DateTimeUTC"), Value::from("2022-12-24T14:00:00Z"));
    assert_eq!(state.get("RuleStart"), Some(&Value::from("2022-12-24T14:00:00.000+00:00")));
    assert_eq!(state.get("OriginalCustomerNumber"), Some(&Value::from("+61400000000")));
    // In memory numbers stay numbers.
    assert_eq!(state.get("ContactAttributes").unwrap().member("n"), Value::Number(5.0));
    assert_eq!(contact.clock, 1_671_890_400_000);
    let odd = ApiRequest { interaction_date_time: Value::from("soon"), ..on_e() };
    let (reply, _) = ask(&main_of(&[("Terminate", "{}")]), Compat::Corrected, &odd);
    assert_eq!(cause(&reply), "Invalid interactionDateTime: soon");
}

#[test]
fn the_switch_leak_is_shown_under_the_original_only() {
    let rules = main_of(&[
        (
            "UpdateStates",
            r#"{"updateStates":[{"key":"k","value":"{{#switch 5}}{{#case 5}}five{{/case}}{{/switch}}"}]}"#,
        ),
        ("Terminate", "{}"),
    ]);
    let original = ask(&rules, Compat::Original, &on_e()).0.state.unwrap();
    assert_eq!(original.get("switch_value"), Some(&Value::Number(5.0)));
    let corrected = ask(&rules, Compat::Corrected, &on_e()).0.state.unwrap();
    assert!(corrected.get("switch_value").is_none() && corrected.get("k") == Some(&Value::from("five")));
}

/// Rules that fired, in order.
#[derive(Default)]
struct Fired(Vec<RuleAt>);

impl Observer for Fired {
    fn detail(&self) -> Detail {
        Detail::Coverage
    }
    fn observe(&mut self, seen: &Seen<'_>) {
        if let Seen::Tested { rule, activated: true, .. } = seen {
            self.0.push(*rule);
        }
    }
}

/// One rule: type, rule set it names, threshold, field its weight looks at.
fn rule() -> impl Strategy<Value = (u8, u8, u8, u8)> {
    (0..9u8, 0..4u8, 0..2u8, 0..4u8)
}

fn rule_json(at: usize, (kind, target, activation, field): (u8, u8, u8, u8)) -> String {
    let (rule_type, params) = match kind {
        0 => ("RuleSet", format!(r#"{{"ruleSetName":"S{target}"}}"#)),
        1 => ("RuleSet", format!(r#"{{"ruleSetName":"S{target}","returnHere":"true"}}"#)),
        2 => (
            "Distribution",
            format!(
                r#"{{"optionCount":"1","ruleSetName0":"S{target}","percentage0":"50","defaultRuleSetName":"S0"}}"#
            ),
        ),
        3 => ("UpdateStates", format!(r#"{{"updateStates":[{{"key":"k{field}","value":"increment"}}]}}"#)),
        4 => ("SetAttributes", r#"{"setAttributes":[{"key":"a","value":"{{k1}}"}]}"#.to_owned()),
        5 => ("Message", r#"{"message":"hello"}"#.to_owned()),
        6 => ("Metric", r#"{"metricName":"m"}"#.to_owned()),
        7 => ("Queue", r#"{"queueName":"Sales"}"#.to_owned()),
        _ => ("Terminate", "{}".to_owned()),
    };
    format!(
        r#"{{"name":"r{at}","priority":"0","activation":"{activation}","type":"{rule_type}","enabled":true,
            "params":{params},"weights":[{{"field":"k{field}","operation":"greaterthan","value":"1","weight":"1"}}]}}"#
    )
}

fn one(key: &str, value: &str) -> Map {
    [(key, Value::from(value))].into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn api_and_live_visit_the_rules_of_the_test_path(
        sets in prop::collection::vec(prop::collection::vec(rule(), 0..5), 4),
        draws in prop::collection::vec(0.0..1.0f64, 40),
    ) {
        const LIMIT: u32 = 40;
        let rule_sets: Vec<String> = sets.iter().enumerate().map(|(i, rules)| {
            let rules: Vec<String> = rules.iter().enumerate().map(|(at, r)| rule_json(at, *r)).collect();
            let end_points = if i == 0 { r#"["E"]"# } else { "[]" };
            format!(r#"{{"name":"S{i}","enabled":true,"endPoints":{end_points},"rules":[{}]}}"#, rules.join(","))
        }).collect();
        let bundle = bundle(&format!("[{}]", rule_sets.join(",")));
        let contact = || {
            let mut contact = Contact::new(Text::from("x"), 0, Draws::new(7));
            contact.draws.give(VecDeque::from(draws.clone()));
            contact
        };

        let api = bundle.workspace(Options { profile: Profile::Api, ..Options::default() });
        let mut host = Offline::new(&bundle.stubs, Compat::Corrected, Fired::default());
        let reply = run(&api, &mut contact(), &ApiRequest { rule_limit: LIMIT, ..on_e() }, &mut host);
        let by_api = host.observer.0;

        let test = bundle.workspace(Options::default());
        let mut host = Offline::new(&bundle.stubs, Compat::Corrected, Fired::default());
        let mut driven = contact();
        let opening = Opening { end_point: Value::from("E"), ..Opening::default() };
        let mut request = Request::NewInteraction(opening);
        let mut error = None;
        for _ in 0..LIMIT {
            match step(&test, &mut driven, &request, &mut host) {
                Ok(reply) if reply.queue.is_some() || reply.terminate => break,
                Ok(_) => request = Request::NextRule,
                Err(failed) => {
                    error = Some(failed.message);
                    break;
                }
            }
        }
        let by_test = host.observer.0;
        prop_assert_eq!(&by_api, &by_test);
        // Where the simulator fails, the API fails too, but for rules of which none fires (Q10).
        if let Some(error) = error {
            prop_assert_eq!(reply.success, error.contains("failed to find next rule"), "{}", error);
        }

        let live = bundle.workspace(Options { profile: Profile::Live, ..Options::default() });
        let mut host = Offline::new(&bundle.stubs, Compat::Corrected, Fired::default());
        let mut real = contact();
        let data = ContactData { attributes: one("RulesEngineEndPoint", "E"), ..ContactData::default() };
        for _ in 0..LIMIT {
            let mut call = Call { workspace: &live, contact: &mut real, data: &data, host: &mut host };
            match call.next(&[], LIMIT) {
                Ok(answer) if matches!(answer.get("CurrentRuleType").and_then(Value::as_str), Some("Queue" | "Terminate")) => break,
                Ok(_) if host.observer.0.len() < LIMIT as usize => {}
                _ => break,
            }
        }
        let by_live: Vec<RuleAt> = host.observer.0.into_iter().take(LIMIT as usize).collect();
        prop_assert_eq!(&by_live, &by_test);
    }
}
