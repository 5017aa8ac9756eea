//! Functions over tables in memory: the vectors of `spec/lambdas.md` 11 as events and answers, retries,
//! conflicts, and what is refused.

#![allow(clippy::unwrap_used, reason = "tests")]

use connect_rules_engine::bundle::Bundle;
use connect_rules_engine::json;
use connect_rules_engine::value::{Text, Value};
use connect_rules_live::log::Log;
use connect_rules_live::memory::{Desk, Memory};
use connect_rules_live::tables::{TableError, Tables};
use connect_rules_live::{Code, Evaluator, Failure, Settings, echo, events, lex, scheduler};
use connect_rules_store::Snapshot;
use connect_rules_store::entity::{ConfigRow, EndPoint};
use connect_rules_store::exchange::export::About;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const CONTACT: &str = "c-1";

const CONNECT: &str = r#"{
    "Queues":[{"Name":"Sales","Id":"1","Arn":"q","HoursOfOperationId":"h"}],
    "OperatingHours":[{"Name":"Always","Id":"h","Timezone":"UTC","Config":[DAYS]}],
    "ContactFlows":[{"Name":"RulesEngineMessage","Id":"1","Arn":"flow/message"},{"Name":"RulesEngineQueue","Id":"2","Arn":"flow/queue"}],
    "LambdaFunctions":[{"Name":"dev-rules-engine-integrationecho","Arn":"fn/echo"}],
    "LexBots":[{"Name":"dev-rules-engine-yesno","SimpleName":"yesno","Id":"1","AliasId":"1","LocaleId":"en_AU","Arn":"yesno-arn"}],
    "CallCentreTimeZone":"UTC"}"#;

/// Lines that a function has logged.
type Lines = Arc<Mutex<Vec<String>>>;

struct Scene {
    tables: Arc<Memory>,
    desk: Arc<Desk>,
    evaluator: Evaluator<Memory, Desk>,
    lines: Lines,
}

fn model(rule_sets: &str, mark: &str) -> Snapshot {
    let bundle = Bundle::read("b", &format!(r#"{{"ruleSets":[{rule_sets}]}}"#)).unwrap();
    let days: Vec<String> = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]
        .iter()
        .map(|day| format!(r#"{{"Day":"{day}","StartTime":{{"Hours":0,"Minutes":0}},"EndTime":{{"Hours":0,"Minutes":0}}}}"#))
        .collect();
    let config = json::parse(&CONNECT.replace("DAYS", &days.join(","))).unwrap();
    let rows = config.as_object().unwrap().iter();
    Snapshot {
        mark: Text::from(mark),
        rule_sets: bundle.rule_sets.into_iter().map(Arc::new).collect(),
        end_points: vec![EndPoint {
            id: Text::from("e"),
            name: Text::from("Main"),
            description: Text::from(""),
            inbound_numbers: vec![Text::from("+6130")],
            enabled: true,
        }],
        config: rows.map(|(key, value)| ConfigRow { key: Text::clone(key), value: value.clone() }).collect(),
        ..Snapshot::default()
    }
}

fn rule_set(rules: &[(&str, &str)]) -> String {
    let rules: Vec<String> = rules
        .iter()
        .enumerate()
        .map(|(i, (kind, params))| {
            format!(
                r#"{{"name":"r{i}","priority":"{}","activation":"0","type":"{kind}","enabled":true,"params":{params},"weights":[]}}"#,
                100 - i
            )
        })
        .collect();
    format!(
        r#"{{"name":"Start","enabled":true,"endPoints":["Main"],"folder":"/","rules":[{}]}}"#,
        rules.join(",")
    )
}

impl Scene {
    fn new(rules: &[(&str, &str)]) -> Self {
        Scene::with(rules, Desk::default(), Settings::default())
    }

    fn with(rules: &[(&str, &str)], desk: Desk, settings: Settings) -> Self {
        let tables = Arc::new(Memory::new(model(&rule_set(rules), "2026-01-01T00:00:00.000Z")));
        let (desk, lines) = (Arc::new(desk), Lines::default());
        let log = logged(&settings, &lines);
        let evaluator = Evaluator::new(Arc::clone(&tables), Arc::clone(&desk), settings, log);
        Scene { tables, desk, evaluator, lines }
    }

    async fn ask(&self, action: &str, parameters: &[(&str, &str)]) -> Result<Value, Failure> {
        self.evaluator.handle(&event(action, parameters), soon()).await
    }

    /// State keys as they are stored; `-` if there is none.
    fn stored(&self, keys: &str) -> String {
        let value =
            |key: &str| self.tables.value(CONTACT, key).map_or("-".to_owned(), |text| text.to_string());
        keys.split(' ').map(value).collect::<Vec<_>>().join(" ")
    }

    fn put(&self, rows: &[(&str, &str)]) {
        for (key, value) in rows {
            self.tables.put(CONTACT, key, value);
        }
    }
}

fn logged(settings: &Settings, lines: &Lines) -> Log {
    let lines = Arc::clone(lines);
    Log::new(settings, Arc::new(move |line| lines.lock().unwrap().push(line.to_owned())))
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(7)
}

fn event(action: &str, parameters: &[(&str, &str)]) -> Value {
    let mut all = vec![format!(r#""action":"{action}""#)];
    all.extend(parameters.iter().map(|(k, v)| format!(r#""{k}":"{v}""#)));
    let text = format!(
        r#"{{"Name":"ContactFlowEvent","Details":{{"ContactData":{{"Attributes":{{}},"Channel":"VOICE","ContactId":"other",
        "InitialContactId":"{CONTACT}","CustomerEndpoint":{{"Address":"+6140"}},"SystemEndpoint":{{"Address":"+6130"}},
        "Queue":null}},"Parameters":{{{}}}}}}}"#,
        all.join(",")
    );
    json::parse(&text).unwrap()
}

fn shown(answer: &Value, key: &str) -> String {
    let value = answer.member(key);
    if value.is_nil() { "-".to_owned() } else { value.to_string() }
}

#[tokio::test]
async fn a_call_starts_on_its_number_and_gets_the_flow_of_its_first_rule() {
    let scene = Scene::new(&[("Message", r#"{"message":"Hello {{CustomerPhoneNumber}}"}"#)]);
    let answer = scene.ask("next", &[]).await.unwrap();
    assert_eq!(shown(&answer, "CurrentRule_nextFlowArn"), "flow/message");
    assert_eq!(shown(&answer, "CurrentRule_message"), "Hello +6140");
    assert_eq!(scene.stored("CurrentRuleSet CurrentRule CustomerPhoneNumber"), "Start r0 +6140");
    assert_eq!(scene.tables.saves(), 1, "one write for a turn");
}

#[tokio::test]
async fn vectors_1_to_4_menus_count_their_errors() {
    let menu = [("CurrentRule_dtmf1", "A"), ("CurrentRule_inputCount", "2"), ("CurrentRule_errorCount", "0")];
    let scene = Scene::new(&[]);
    scene.put(&menu);
    scene.ask("dtmf_menu", &[("selectedOption", "1")]).await.unwrap();
    assert_eq!(scene.stored("NextRuleSet CurrentRule_done CurrentRule_terminate"), "A true false");
    assert!(scene.tables.value(CONTACT, "System").unwrap().contains(r#""LastSelectedDTMF":"1""#));

    let scene = Scene::new(&[]);
    scene.put(&menu);
    let answer = scene.ask("dtmf_menu", &[("selectedOption", "Timeout")]).await.unwrap();
    assert_eq!(shown(&answer, "CurrentRule_failureReason"), "NOINPUT");
    assert_eq!(scene.stored("CurrentRule_errorCount CurrentRule_done"), "1 false");

    for (rows, expected) in
        [(&[("CurrentRule_noInputRuleSetName", "N")][..], "N true false"), (&[][..], "- true true")]
    {
        let scene = Scene::new(&[]);
        scene.put(&menu);
        scene.put(&[("CurrentRule_errorCount", "1")]);
        scene.put(rows);
        scene.ask("dtmf_menu", &[("selectedOption", "Timeout")]).await.unwrap();
        assert_eq!(scene.stored("NextRuleSet CurrentRule_done CurrentRule_terminate"), expected);
    }
}

#[tokio::test]
async fn vector_5_a_date_that_does_not_exist_is_no_input() {
    let scene = Scene::new(&[]);
    scene.put(&[
        ("CurrentRule_dataType", "Date"),
        ("CurrentRule_minLength", "8"),
        ("CurrentRule_maxLength", "8"),
        ("CurrentRule_outputStateKey", "Born"),
    ]);
    let answer = scene.ask("dtmf_input", &[("input", "31022020")]).await.unwrap();
    assert_eq!(shown(&answer, "CurrentRule_validInput"), "false");
    assert_eq!(scene.stored("Born"), "-");
}

#[tokio::test]
async fn vector_8_what_a_bot_understood_is_kept_under_its_short_name() {
    let tables = Memory::default();
    let event = r#"{"sessionId":"s","bot":{"name":"dev-rules-engine-happy-days"},"inputTranscript":"hi",
        "sessionState":{"sessionAttributes":{"ContactId":"c-1"},"intent":{"name":"a"}},
        "interpretations":[{"intent":{"name":"a","slots":{}},"nluConfidence":0.5}]}"#;
    let event = json::parse(event).unwrap();
    let answer = lex::handle(&tables, &Settings::default(), &event).await.unwrap();
    let kept = json::parse(&tables.value(CONTACT, "LexResponses").unwrap()).unwrap();
    let kept = kept.member("happy_days");
    assert_eq!(kept.member("sessionState").member("nluConfidence").text(), "0.5".into());
    let state = answer.member("sessionState");
    assert_eq!(&*state.member("dialogAction").member("type").text(), "Close");
    assert_eq!(&*state.member("intent").member("state").text(), "Fulfilled");
    assert!(answer.member("messages").is_nil());
}

#[tokio::test]
async fn vector_9_queue_behaviours_go_round() {
    let scene = Scene::new(&[]);
    scene.put(&[
        ("CurrentRule_queueBehaviours",
         r#"[{"type":"Message","message":"{{X}} there","activation":0,"weights":[]},{"type":"GOTO","index":"0","activation":0,"weights":[]}]"#),
        ("X", "Yo"),
    ]);
    for _ in 0..2 {
        let answer = scene.ask("queue_step", &[]).await.unwrap();
        assert_eq!(shown(&answer, "QueueBehaviour_type"), "Message");
        assert_eq!(shown(&answer, "QueueBehaviour_message"), "Yo there");
        assert_eq!(scene.stored("CurrentRule_queueBehaviourIndex"), "1");
    }
}

#[tokio::test]
async fn vector_10_a_late_function_times_out_but_a_finished_one_stays_finished() {
    for (status, expected) in [("RUN", "TIMEOUT"), ("DONE", "DONE")] {
        let scene = Scene::new(&[]);
        scene.put(&[
            ("CurrentRule_functionTimeout", "2"),
            ("IntegrationStatus", status),
            ("IntegrationStart", "2026-01-01T00:00:00.000+00:00"),
        ]);
        let answer = scene.ask("integration_check", &[]).await.unwrap();
        assert_eq!(shown(&answer, "IntegrationStatus"), expected);
    }
}

fn echo_event(payload: &str) -> Value {
    json::parse(&format!(r#"{{"ContactId":"{CONTACT}","Payload":{payload},"OriginalRequest":"{{}}"}}"#))
        .unwrap()
}

#[tokio::test]
async fn vectors_11_and_12_the_echo_function_echoes_or_fails_as_told() {
    let log = logged(&Settings::default(), &Lines::default());
    let tables = Memory::default();
    let put = |key: &str, value: &str| tables.put(CONTACT, key, value);
    put("IntegrationStatus", "START");
    put("CurrentRule_functionOutputKey", "Out.Value");
    echo::handle(&tables, &log, &echo_event(r#"{"SleepTime":"0.005","ForcedError":"x"}"#)).await.unwrap();
    let value = |key: &str| tables.value(CONTACT, key).map(|text| text.to_string());
    assert_eq!(value("IntegrationStatus").as_deref(), Some("ERROR"));
    assert_eq!(value("IntegrationErrorCause").as_deref(), Some("x"));
    assert_eq!(value("Out"), None);

    put("IntegrationStatus", "START");
    echo::handle(&tables, &log, &echo_event(r#""{ hello }""#)).await.unwrap();
    assert_eq!(value("IntegrationStatus").as_deref(), Some("DONE"));
    assert_eq!(value("Out").as_deref(), Some(r#"{"Value":"{ hello }"}"#));
    assert_eq!(value("IntegrationErrorCause"), None);

    put("IntegrationStatus", "TIMEOUT");
    put("Out", "kept");
    echo::handle(&tables, &log, &echo_event(r#""late""#)).await.unwrap();
    assert_eq!(value("Out").as_deref(), Some("kept"), "a result that comes too late is dropped");
}

#[tokio::test]
async fn vector_13_a_pair_without_a_key_is_left_out() {
    let scene = Scene::new(&[]);
    scene.ask("set_state", &[("key1", ""), ("value1", "a"), ("key2", "B"), ("value2", "b")]).await.unwrap();
    assert_eq!(scene.stored("B"), "b");
}

const CALLBACK: [(&str, &str); 8] = [
    ("OriginalCustomerNumber", "+61400000000"),
    ("CurrentRule_callbackEnabled", "true"),
    ("CurrentRule_queueName", "Sales"),
    ("CurrentRule_queueArn", "q"),
    ("CurrentRule_queueClosesInMinsThreshold", "30"),
    ("CurrentRule_oldestContactInQueueMinsThreshold", "0"),
    ("CurrentRule_numberOfContactsInQueueThreshold", "9"),
    ("CurrentRule_callbackQueueMaxCountThreshold", "2"),
];

#[tokio::test]
async fn vector_14_callbacks_are_offered_by_numbers_not_texts_and_only_once() {
    let scene = Scene::new(&[]);
    scene.put(&CALLBACK);
    let metrics = [("QueueMetrics_contactsInQueue", "10")];
    let status = |answer: Value| shown(&answer, "CurrentRule_CallbackStatus");
    assert_eq!(status(scene.ask("callback_status", &metrics).await.unwrap()), "OFFER");
    for _ in 0..2 {
        let answer = scene.ask("callback_create", &[("phoneNumber", "0400000000")]).await.unwrap();
        assert_eq!(
            shown(&answer, "CurrentRule_CreateCallbackStatus"),
            "CREATED",
            "a retry is the same callback"
        );
    }
    assert_eq!(scene.stored("AlternateCallbackPhoneNumber"), "+61400000000");
    assert_eq!(status(scene.ask("callback_status", &metrics).await.unwrap()), "EXISTING");
    scene.ask("callback_delete", &[]).await.unwrap();
    assert_eq!(status(scene.ask("callback_status", &metrics).await.unwrap()), "OFFER");
}

#[tokio::test]
async fn vector_15_too_many_attributes_fail_and_write_nothing() {
    let scene = Scene::new(&[("Queue", r#"{"queueName":"Sales"}"#)]);
    let attributes: Vec<String> = (0..201).map(|i| format!(r#""a{i}":"1""#)).collect();
    scene.put(&[("System", "{}"), ("CurrentRuleSet", "Start")]);
    scene.put(&[("ContactAttributes", &format!("{{{}}}", attributes.join(",")))]);
    let failure = scene.ask("next", &[]).await.unwrap_err();
    assert!(failure.message.contains("201"), "{failure}");
    assert_eq!(scene.stored("CurrentRule"), "-");
    assert_eq!(scene.tables.saves(), 0);
}

#[tokio::test]
async fn a_write_that_finds_other_values_is_made_again_and_counts_once() {
    let scene = Scene::new(&[]);
    scene.put(&[("CurrentRule_inputCount", "9"), ("CurrentRule_errorCount", "3")]);
    scene.tables.fail_next_save(TableError::Changed);
    scene.ask("dtmf_menu", &[("selectedOption", "5")]).await.unwrap();
    assert_eq!(scene.stored("CurrentRule_errorCount"), "4");

    scene.tables.fail_next_save(TableError::Failed("the table is throttled".to_owned()));
    let failure = scene.ask("dtmf_menu", &[("selectedOption", "5")]).await.unwrap_err();
    assert_eq!(failure.code, Code::Table);
    assert_eq!(scene.stored("CurrentRule_errorCount"), "4");
}

#[tokio::test]
async fn a_text_message_is_sent_once_though_its_write_is_repeated() {
    let scene = Scene::new(&[]);
    scene.put(&[
        ("CurrentRule_phoneNumberKey", "CustomerPhoneNumber"),
        ("CustomerPhoneNumber", "+6140"),
        ("CurrentRule_message", "hi"),
    ]);
    scene.tables.fail_next_save(TableError::Changed);
    let answer = scene.ask("send_sms", &[]).await.unwrap();
    assert_eq!(shown(&answer, "SMSStatus"), "SENT");
    assert_eq!(scene.desk.asked().len(), 1);
}

#[tokio::test]
async fn an_integration_is_called_with_its_run_token_and_its_end_is_seen() {
    let scene = Scene::new(&[]);
    scene.put(&[
        ("CurrentRule_functionArn", "fn/echo"),
        ("CurrentRule_functionPayload", r#"{"a":"b"}"#),
        ("CurrentRule_functionTimeout", "5"),
        ("CurrentRule_functionOutputKey", "Out"),
    ]);
    let tables = Arc::clone(&scene.tables);
    let desk = Arc::clone(&scene.desk);
    let log = logged(&Settings::default(), &Lines::default());
    // The function runs as soon as it is called.
    let function = tokio::spawn(async move {
        loop {
            if let Some((_, event)) = desk.asked().into_iter().next() {
                return echo::handle(&*tables, &log, &event).await;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    let answer = scene.ask("integration_start", &[]).await.unwrap();
    function.await.unwrap().unwrap();
    assert_eq!(shown(&answer, "IntegrationStatus"), "DONE");
    assert_eq!(scene.stored("Out"), r#"{"a":"b"}"#);
    let (_, event) = scene.desk.asked().remove(0);
    assert!(!event.member("IntegrationId").is_nil());
    let rows = scene.tables.state(CONTACT).await.unwrap();
    let status = rows.iter().find(|row| &*row.what == "IntegrationStatus").unwrap();
    assert_eq!(status.token.as_deref(), Some(&*event.member("IntegrationId").text()));
}

#[tokio::test]
async fn a_function_that_cannot_be_called_is_an_error_in_state_not_of_the_flow() {
    let mut desk = Desk::default();
    desk.refuses_calls = Some("throttled".to_owned());
    let scene = Scene::with(&[], desk, Settings::default());
    scene.put(&[("CurrentRule_functionArn", "fn/echo"), ("CurrentRule_functionTimeout", "5")]);
    let answer = scene.ask("integration_start", &[]).await.unwrap();
    assert_eq!(shown(&answer, "IntegrationStatus"), "ERROR");
    assert_eq!(scene.stored("IntegrationErrorCause"), "throttled");
}

#[tokio::test]
async fn rules_are_loaded_again_when_the_change_mark_moves() {
    let scene = Scene::new(&[("Message", r#"{"message":"old"}"#)]);
    assert_eq!(shown(&scene.ask("next", &[]).await.unwrap(), "CurrentRule_message"), "old");
    let changed = rule_set(&[("Message", r#"{"message":"new"}"#), ("Message", r#"{"message":"newer"}"#)]);
    scene.tables.put_model(model(&changed, "2026-01-02T00:00:00.000Z"));
    assert_eq!(shown(&scene.ask("next", &[]).await.unwrap(), "CurrentRule_message"), "newer");
}

#[tokio::test]
async fn what_is_not_understood_is_refused_with_what_would_be() {
    let scene = Scene::new(&[]);
    let failure = scene.ask("dance", &[]).await.unwrap_err();
    assert_eq!(failure.code, Code::UnknownAction);
    assert!(failure.message.contains("`dance`") && failure.message.contains("dtmf_menu"), "{failure}");
    for event in ["{}", "[]", "null", r#"{"Details":null}"#, r#"{"Details":{"Parameters":{"action":7}}}"#] {
        let answer = scene.evaluator.handle(&json::parse(event).unwrap(), soon()).await;
        assert_eq!(answer.unwrap_err().code, Code::UnknownAction, "{event}");
    }
    let bare = json::parse(r#"{"Details":{"Parameters":{"action":"next"}}}"#).unwrap();
    assert_eq!(scene.evaluator.handle(&bare, soon()).await.unwrap_err().code, Code::BadEvent);
    let failure = scene.evaluator.handle(&event("next", &[]), Instant::now()).await.unwrap_err();
    assert_eq!(failure.code, Code::OutOfTime);
    assert_eq!(scene.tables.saves(), 0);
}

#[tokio::test]
async fn the_first_request_to_keep_warm_finds_the_process_cold() {
    let scene = Scene::new(&[]);
    let event = json::parse(r#"{"keepWarm":{"name":"evaluator","arn":"a"}}"#).unwrap();
    for cold in ["true", "false"] {
        let answer = scene.evaluator.handle(&event, soon()).await.unwrap().member("keepWarm");
        assert_eq!(&*answer.member("coldStart").text(), cold);
        assert_eq!(&*answer.member("name").text(), "evaluator");
    }
}

#[tokio::test]
async fn the_inference_api_runs_to_the_queue() {
    let rules = [
        ("UpdateStates", r#"{"updateStates":[{"key":"Level","value":"{{ContactAttributes.level}}"}]}"#),
        ("Queue", r#"{"queueName":"Sales"}"#),
    ];
    let scene = Scene::new(&rules);
    for event in [
        r#"{"action":"api","endPoint":"Main","contactAttributes":{"level":"gold"}}"#,
        r#"{"action":"api","EndPoint":"Main","ContactAttributes":{"level":"gold"}}"#,
    ] {
        let answer = scene.evaluator.handle(&json::parse(event).unwrap(), soon()).await.unwrap();
        assert_eq!(shown(&answer, "Success"), "true", "{answer}");
        assert_eq!(&*answer.member("State").member("Level").text(), "gold");
    }
    let event = json::parse(r#"{"action":"api","endPoint":"Nowhere"}"#).unwrap();
    let answer = scene.evaluator.handle(&event, soon()).await.unwrap();
    assert_eq!(shown(&answer, "Success"), "false");
    assert!(!answer.member("Cause").is_nil());
}

#[tokio::test]
async fn attributes_that_rules_have_set_reach_connect_when_the_contact_ends() {
    let mut held = connect_rules_engine::value::Map::new();
    held.insert("same", "1".into());
    held.insert("gone", "2".into());
    let mut desk = Desk::default();
    desk.attributes = held;
    let tables = Memory::default();
    let lines = Lines::default();
    let log = logged(&Settings::default(), &lines);
    let event = |id: &str| {
        json::parse(&format!(r#"{{"detail":{{"eventType":"DISCONNECTED","contactId":"{id}"}}}}"#)).unwrap()
    };
    events::handle(&tables, &desk, &log, &event("unknown")).await.unwrap();
    assert!(desk.asked().is_empty(), "a contact without state is nobody's");
    tables.put(CONTACT, "ContactAttributes", r#"{"same":"1","gone":"","new":"secret","list":["a"]}"#);
    events::handle(&tables, &desk, &log, &event(CONTACT)).await.unwrap();
    let (_, changes) = desk.asked().pop().unwrap();
    assert_eq!(json::print(&changes).unwrap(), r#"{"gone":"","new":"secret","list":"[\"a\"]"}"#);
    let lines = lines.lock().unwrap().join("\n");
    assert!(lines.contains("CONTACT_EVENT") && !lines.contains("secret"), "{lines}");
}

#[tokio::test]
async fn log_lines_tell_the_way_but_not_what_the_customer_did() {
    let scene = Scene::new(&[("DTMFMenu", r#"{"offerMessage":"1 or 2","dtmf1":"Start","inputCount":"3"}"#)]);
    scene.ask("next", &[]).await.unwrap();
    scene.ask("dtmf_menu", &[("selectedOption", "1")]).await.unwrap();
    scene.ask("next", &[]).await.unwrap();
    let lines = scene.lines.lock().unwrap().join("\n");
    for code in [
        "RULESET_START",
        "RULE_START",
        "DTMF_MENU_SELECTION",
        "RULE_END",
        "RULESET_END",
        "EvaluatorLatencyMs",
    ] {
        assert!(lines.contains(code), "{code} is missing in {lines}");
    }
    assert!(lines.contains(r#""Selection":"***""#), "{lines}");
    assert!(!lines.contains("+6140"), "{lines}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_contacts_at_once_end_as_each_alone() {
    let rules = [
        ("UpdateStates", r#"{"updateStates":[{"key":"Count","value":"increment"}]}"#),
        ("DTMFMenu", r#"{"offerMessage":"1 or 2","dtmf1":"Start","inputCount":"3"}"#),
    ];
    let scene = Arc::new(Scene::new(&rules));
    let mut tasks = Vec::new();
    for id in 0..1000 {
        let scene = Arc::clone(&scene);
        tasks.push(tokio::spawn(async move {
            let text = |action: &str, key: &str| {
                format!(
                    r#"{{"Details":{{"ContactData":{{"InitialContactId":"n-{id}","SystemEndpoint":{{"Address":"+6130"}}}},
                    "Parameters":{{"action":"{action}","selectedOption":"{key}"}}}}}}"#
                )
            };
            for _ in 0..=id % 3 {
                for (action, key) in [("next", ""), ("dtmf_menu", "1")] {
                    let event = json::parse(&text(action, key)).unwrap();
                    let late = Instant::now() + Duration::from_mins(2);
                    scene.evaluator.handle(&event, late).await.unwrap();
                }
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    for id in 0..1000 {
        let count = scene.tables.value(&format!("n-{id}"), "Count").unwrap();
        assert_eq!(&*count, &*(id % 3 + 1).to_string(), "contact n-{id}");
    }
}

#[tokio::test]
async fn a_backup_is_made_once_for_each_change() {
    let settings = Settings::default();
    let log = logged(&settings, &Lines::default());
    let tables = Memory::new(model(&rule_set(&[("Terminate", "{}")]), "2026-01-01T00:00:00.000Z"));
    let desk = Desk::default();
    let about = About { version: "1".to_owned(), ..About::default() };
    for _ in 0..2 {
        scheduler::backup(&tables, &desk, &settings, &about, &log).await.unwrap();
    }
    let kept = desk.asked();
    assert_eq!(kept.len(), 3, "rule sets, tests and the mark, once");
    let rule_sets = json::parse(&kept[0].1.text()).unwrap();
    assert!(kept[0].0.ends_with("-ruleset-backup.json"));
    assert_eq!(&*rule_sets.member("type").text(), "RulesEngineRuleSets");
    assert_eq!(&*json::parse(&kept[1].1.text()).unwrap().member("type").text(), "RulesEngineTests");
    tables.put_model(model(&rule_set(&[("Terminate", "{}")]), "2026-01-02T00:00:00.000Z"));
    scheduler::backup(&tables, &desk, &settings, &about, &log).await.unwrap();
    assert_eq!(desk.asked().len(), 6);
}

#[tokio::test]
async fn functions_are_kept_warm_and_unknown_ones_are_told() {
    let mut now = model(&rule_set(&[]), "2026-01-01T00:00:00.000Z");
    let row = r#"[{"Name":"integrationecho","Count":3},{"Name":"nothing","Count":1},{"Name":"their-own","Count":1,"Arn":"a"}]"#;
    now.config.push(ConfigRow { key: Text::from("KeepWarm"), value: json::parse(row).unwrap() });
    let tables = Memory::new(now);
    let mut desk = Desk::default();
    desk.answer = Some(json::parse(r#"{"keepWarm":{"id":"p","coldStart":true,"runningTime":2}}"#).unwrap());
    let answer = scheduler::warm(&tables, &Arc::new(desk), &Settings::default()).await.unwrap();
    let entry = |at: &str| answer.member("keepWarm").member(at);
    let told = |at: &str, keys: &str| {
        keys.split(' ').map(|key| entry(at).member(key).to_string()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        told("0", "name success coldCount duplicates meanSeconds"),
        "dev-rules-engine-integrationecho true 3 2 2"
    );
    assert_eq!(told("1", "name success"), "dev-rules-engine-nothing false");
    assert_eq!(told("2", "name arn totalCount"), "their-own a 1");
}
