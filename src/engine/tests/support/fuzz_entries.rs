//! What each fuzz target does with its bytes: the targets in `fuzz/` and the regression tests share it.
//!
//! Every entry returns normally on any input; a panic, an endless loop or a broken promise (`assert!`) is a
//! finding.

use std::sync::LazyLock;

use connect_rules_engine::api::{self, ApiRequest};
use connect_rules_engine::bundle::Bundle;
use connect_rules_engine::catalogue::Catalogue;
use connect_rules_engine::chance::Draws;
use connect_rules_engine::compat::{Compat, Profile};
use connect_rules_engine::export::{self, CsvOptions};
use connect_rules_engine::graph::{self, Network};
use connect_rules_engine::json;
use connect_rules_engine::lint;
use connect_rules_engine::live::{self, Call, CallbackFacts, ContactData, EndPoint, Heard};
use connect_rules_engine::model::read::rule_sets;
use connect_rules_engine::offline::{Offline, Stubs};
use connect_rules_engine::pattern::{Pattern, escape};
use connect_rules_engine::script::{ReadOptions, Script, check_test, lint_script, read_tests};
use connect_rules_engine::state::canonical;
use connect_rules_engine::step::{Contact, Opening, Reply, Request, StepError, step};
use connect_rules_engine::template::{Budget, Leak, Scope, Template, TemplateError};
use connect_rules_engine::value::{Map, Value};
use connect_rules_engine::workspace::{Options, Workspace};

/// A target's entry.
pub type Entry = fn(&[u8]);

/// The targets by name; each has its seeds in `fuzz/seeds/<name>`.
pub const TARGETS: [(&str, Entry); 5] = [
    ("request_lines", request_lines),
    ("live_events", live_events),
    ("script_text", script_text),
    ("import_files", import_files),
    ("templates", templates),
];

/// 14 June 2023, 03:25:40.123 UTC.
const NOW: i64 = 1_686_713_140_123;
/// Lines that one input may hold; more say nothing new.
const MAX_LINES: usize = 64;
/// Patterns of one input that are tried; each may use up its bound on the work a few times.
const MAX_PATTERNS: usize = 8;
/// Requests of one contact of an imported workspace.
const MAX_STEPS: usize = 50;
/// End points of an imported workspace that are called.
const MAX_CALLS: usize = 8;

/// Every way a workspace is evaluated.
const WAYS: [Options; 4] = [
    Options { compat: Compat::Original, profile: Profile::Test, strict_original_state: false },
    Options { compat: Compat::Corrected, profile: Profile::Test, strict_original_state: false },
    Options { compat: Compat::Corrected, profile: Profile::Api, strict_original_state: false },
    Options { compat: Compat::Corrected, profile: Profile::Live, strict_original_state: false },
];

/// One rule set with an end point for every rule type, compiled for each of [`WAYS`].
static EVERY_RULE: LazyLock<(Vec<Workspace>, Stubs)> = LazyLock::new(|| {
    let bundle = Bundle::read("every-rule.json", include_str!("every-rule.json"))
        .unwrap_or_else(|problems| panic!("{problems:?}"));
    (WAYS.map(|way| bundle.workspace(way)).into(), bundle.stubs)
});

/// What templates are rendered against.
static CONTEXT: LazyLock<Map> = LazyLock::new(|| {
    let text = include_str!("template-context.json");
    json::parse(text).ok().and_then(|value| value.as_object().cloned()).expect("an object")
});

/// Lines as `simulate` reads them: each goes to the contact that started last.
pub fn request_lines(data: &[u8]) {
    for way in 0..WAYS.len() {
        drop(answers(data, way));
    }
}

/// What the lines are answered when the workspace of every rule type is evaluated in one of [`WAYS`].
pub fn answers(data: &[u8], way: usize) -> Vec<Reply> {
    let (workspaces, stubs) = &*EVERY_RULE;
    let text = String::from_utf8_lossy(data);
    let mut started = 0;
    let mut contact = contact(started);
    let mut replies = Vec::new();
    for line in text.lines().take(MAX_LINES) {
        let Some(request) = json::parse(line).ok().as_ref().and_then(request) else { continue };
        if matches!(request, Request::NewInteraction(_)) {
            started += 1;
            contact = self::contact(started);
        }
        replies.extend(take(&workspaces[way], stubs, &mut contact, &request));
    }
    replies
}

/// A request from its line; `None` where the program answers without the engine.
pub fn request(line: &Value) -> Option<Request> {
    Some(match line.member("eventType").as_str()? {
        "NEW_INTERACTION" => Request::NewInteraction(Opening {
            end_point: line.member("endPoint"),
            customer_phone_number: line.member("customerPhoneNumber"),
            interaction_date_time: line.member("interactionDateTime"),
            contact_attributes: line.member("contactAttributes"),
        }),
        "NEXT_RULE" => Request::NextRule,
        "INPUT" => Request::Input(line.member("input")),
        "CONFIRM" => Request::Confirm(line.member("input")),
        "HANGUP" => Request::HangUp,
        _ => return None,
    })
}

/// Lines `{"action","event","text","confidence","slot","wait"}`: what contact flows ask for one real contact,
/// `wait` seconds after the line before. A line without an action is a request of the inference API.
pub fn live_events(data: &[u8]) {
    let (workspaces, stubs) = &*EVERY_RULE;
    let text = String::from_utf8_lossy(data);
    let lines: Vec<Value> = text.lines().take(MAX_LINES).filter_map(|line| json::parse(line).ok()).collect();
    for workspace in workspaces {
        let mut contact = contact(1);
        let mut host = Offline::new(stubs, workspace.options().compat, ());
        for line in &lines {
            if let Value::Undefined = line.member("action") {
                let reply =
                    api::run(workspace, &mut self::contact(2), &ApiRequest::from_value(line), &mut host);
                assert!(reply.success || reply.cause.is_some_and(|cause| !cause.is_empty()));
                continue;
            }
            let wait = Some(line.member("wait").num()).filter(|s| (0.0..=1e9).contains(s)).unwrap_or(1.0);
            contact.clock += (wait * 1000.0) as i64;
            let answer = flow_event(workspace, &mut contact, &mut host, line);
            contact.state.forget_changes();
            if let Ok(answer) = answer {
                assert!(answer.iter().all(|(_, value)| value.as_str().is_some()), "flows take texts only");
                let bytes = json::print(&answer.into()).map_or(0, |text| text.len());
                let bounded = workspace.options().compat == Compat::Corrected;
                assert!(!bounded || bytes <= live::MAX_BYTES, "Connect takes no answer of {bytes} bytes");
            }
        }
    }
}

/// One event of a contact flow.
fn flow_event(
    workspace: &Workspace,
    contact: &mut Contact,
    host: &mut Offline<'_, ()>,
    line: &Value,
) -> Result<Map, StepError> {
    let event = line.member("event");
    let data = ContactData::read(&event);
    let parameters = live::parameters(&event);
    let [text, confidence, slot] = ["text", "confidence", "slot"]
        .map(|name| Some(line.member(name)).filter(|v| !v.is_nil()).map(|v| v.text()));
    let heard = Heard { intent: text.as_deref(), confidence: confidence.as_deref(), slot: slot.as_deref() };
    let mut call = Call { workspace, contact, data: &data, host };
    match line.member("action").as_str().unwrap_or_default() {
        "load" => call.load_state(),
        "dtmf_menu" => call.dtmf_menu(text.as_deref()),
        "dtmf_input" => call.dtmf_input(text.as_deref()),
        "nlu_menu" => call.nlu_menu(&heard),
        "nlu_input" => call.nlu_input(&heard),
        "confirm" => call.confirm(text.as_deref()),
        "set" => call.set_state(&parameters),
        "queue" => call.queue_behaviour(&parameters),
        "queue_exit" => call.queue_exit(text.as_deref().unwrap_or_default()),
        "callback" => call.callback_status(&CallbackFacts {
            contacts_in_queue: Some(line.member("confidence").num()).filter(|n| n.is_finite()),
            ..CallbackFacts::default()
        }),
        "sms" => call.send_sms(),
        "start" => call.integration_start(&event).map(|(answer, _)| answer),
        "failed" => call.integration_failed(text.as_deref().unwrap_or_default()),
        "check" => call.integration_check(),
        _ => {
            let end_point =
                EndPoint { name: "Main".into(), enabled: true, inbound_numbers: vec!["+61299990000".into()] };
            call.next(&[end_point], live::RULE_LIMIT)
        }
    }
}

/// A contact that has not started, with chance of its own.
pub fn contact(number: u64) -> Contact {
    let mut draws = Draws::new(number);
    let id = draws.contact_id();
    Contact::new(id, NOW, draws)
}

/// One step. Whatever it answers can be printed, and the state is in its stored form.
pub fn take(workspace: &Workspace, stubs: &Stubs, contact: &mut Contact, request: &Request) -> Option<Reply> {
    let mut host = Offline::new(stubs, workspace.options().compat, ());
    let result = step(workspace, contact, request, &mut host);
    for (key, value) in contact.state.iter() {
        assert!(canonical(value.clone()) == *value, "{key} is not in its stored form: {value:?}");
    }
    contact.state.forget_changes();
    match result {
        Ok(reply) => {
            let text = serde_json::to_string(&reply).expect("a reply prints");
            assert!(json::parse(&text).is_ok(), "a reply is not JSON: {text}");
            Some(reply)
        }
        Err(error) => {
            assert!(!error.message.is_empty(), "an error without a message: {error:?}");
            None
        }
    }
}

/// A test script of both versions, its lint, and its patterns against texts.
pub fn script_text(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for version in [1, 2] {
        let script = Script::parse(&text, version);
        assert_eq!(script.failure.is_some(), script.failure_line.is_some());
        drop(lint_script(&script, version));
    }
    for line in Script::parse(&text, 1).lines.iter().take(MAX_PATTERNS) {
        let source = line.payload.text();
        let own = Pattern::new(&format!("^{}$", escape(&source)), false);
        assert!(own.is_ok_and(|own| own.is_match(&source) == Ok(true)), "recorded: {source:?}");
        for ignore_case in [false, true] {
            let Ok(pattern) = Pattern::new(&source, ignore_case) else { continue };
            for subject in ["", "Hello Ada.\nYour balance is $12.50", "aaaaaaaaaaaaaaaaaaaaaaaa!", &source] {
                drop(pattern.is_match(subject));
            }
        }
    }
}

/// A file someone imports: each reader on its own, then calls of the workspace it makes.
pub fn import_files(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    drop(rule_sets(&text));
    let options = ReadOptions { now: "2023-06-14T03:25:40Z", absent_ready: false };
    let file = read_tests(&text, &options);
    assert_eq!(file.tests.len(), file.places.len());
    for (test, place) in file.tests.iter().zip(&file.places) {
        drop(check_test(test, place));
        drop(lint_script(&test.script(), test.script_version));
    }
    if let Ok(value) = json::parse(&text) {
        drop(Catalogue::read(&value, &mut Vec::new()));
        drop(Stubs::read(&value, &Value::Undefined, "dev-rules-"));
        drop(Stubs::read(&Value::Undefined, &value, "dev-rules-"));
    }
    let Ok(bundle) = Bundle::read("import.json", &text) else { return };
    let way = WAYS[data.len() % WAYS.len()];
    look_over(&bundle, way.compat);
    let workspace = bundle.workspace(way);
    for (number, (end_point, _)) in workspace.end_points().into_iter().take(MAX_CALLS).enumerate() {
        call(&workspace, &bundle.stubs, number as u64, Value::from(&**end_point));
    }
}

/// Everything that is told about rule sets without running them. An export reads back as it was.
fn look_over(bundle: &Bundle, compat: Compat) {
    let findings = lint::lint(&bundle.rule_sets, &bundle.catalogue);
    drop((lint::text(&findings, None), lint::sarif(&findings, "0", None)));
    assert!(json::parse(&lint::json(&findings)).is_ok(), "lint does not print as JSON");
    let network = Network::build(&bundle.rule_sets);
    drop((graph::text(&network), graph::dot(&network), graph::mermaid(&network)));
    assert!(json::parse(&graph::json(&network)).is_ok(), "the network does not print as JSON");
    drop(graph::original(&bundle.rule_sets));
    drop(export::csv(&bundle.rule_sets, CsvOptions::default()));
    let exported = export::json(&bundle.rule_sets, compat);
    let again = rule_sets(&exported).map(|read| export::json(&read.rule_sets, compat));
    assert!(again.as_ref() == Ok(&exported), "exported {exported}\nand read back {again:?}");
}

/// Calls an end point and answers everything that is asked.
fn call(workspace: &Workspace, stubs: &Stubs, number: u64, end_point: Value) {
    let mut contact = contact(number);
    let opening =
        Opening { end_point, customer_phone_number: Value::from("+61400111222"), ..Opening::default() };
    let mut request = Request::NewInteraction(opening);
    for turn in 0..MAX_STEPS {
        if take(workspace, stubs, &mut contact, &request).is_none() {
            break;
        }
        let phase = contact.state.get("CurrentRule_phase").map(Value::text);
        request = match phase.as_deref() {
            Some("input" | "confirm") => {
                let answers = ["1", "yes", "NOINPUT", "14062023", "NOMATCH", "0400111222"];
                Request::Input(Value::from(answers[turn % answers.len()]))
            }
            _ => Request::NextRule,
        };
    }
}

/// A template, optionally followed by a unit separator and the JSON of its own context.
pub fn templates(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (source, context) = text.split_once('\u{1f}').unwrap_or((&text, ""));
    let own = json::parse(context).ok().and_then(|value| value.as_object().cloned());
    let context = own.as_ref().unwrap_or(&CONTEXT);
    let Ok(template) = Template::parse(source) else { return };
    drop(template.uses());
    let small = Budget { output: 200, steps: 2_000 };
    let large = Budget { output: 20_000, steps: 200_000 };
    for leaks in [false, true] {
        let tight = render(&template, context, small, leaks);
        let wide = render(&template, context, large, leaks);
        if let Ok(text) = tight {
            assert_eq!(Ok(text), wide, "a larger budget changes the answer");
        }
    }
}

fn render(template: &Template, context: &Map, budget: Budget, leaks: bool) -> Result<String, TemplateError> {
    let mut draws = || 0.5;
    let mut leak = Leak::default();
    let zone = EVERY_RULE.0[0].zone().cloned();
    let leak = leaks.then_some(&mut leak);
    let mut scope = Scope { now: NOW, zone, draws: &mut draws, leak, budget };
    let result = template.render(context, &mut scope);
    if let Ok(text) = &result {
        assert!(text.len() <= budget.output, "{} bytes, {} allowed", text.len(), budget.output);
    }
    result
}
