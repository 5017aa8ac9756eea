//! Verdicts and coverage of the original, and what only this product does.

use super::batch::{BatchDocument, Totals, batch_id, sort};
use super::record;
use super::{Clock, Recording, Settings, TestResult, Verdict, run};
use crate::bundle::Bundle;
use crate::compat::Compat;
use crate::coverage::{CoverageDetail, Population, Recorder, ReplyCoverage};
use crate::golden;
use crate::json;
use crate::offline::Stubs;
use crate::script::{ReadOptions, TestDocument};
use crate::value::{Text, Value};
use crate::workspace::{Options, Workspace};
use std::collections::BTreeMap;

pub(super) fn test_document(value: &Value) -> TestDocument {
    let options = ReadOptions { now: "2023-06-14T22:15:00Z", absent_ready: true };
    TestDocument::read(value.as_object().unwrap(), "", &options).0
}

pub(super) fn to_value(document: &impl serde::Serialize) -> Value {
    json::parse(&serde_json::to_string(document).unwrap()).unwrap()
}

/// Workspaces of the reference data under `compat = original`, read once each.
#[derive(Default)]
struct Workspaces(std::cell::RefCell<BTreeMap<String, std::rc::Rc<(Workspace, Stubs)>>>);

impl Workspaces {
    fn get(&self, name: &str) -> std::rc::Rc<(Workspace, Stubs)> {
        std::rc::Rc::clone(self.0.borrow_mut().entry(name.to_owned()).or_insert_with(|| {
            let bundle = Bundle::read(name, &golden::file(&format!("workspaces/{name}"))).unwrap();
            let options = Options { compat: Compat::Original, ..Options::default() };
            std::rc::Rc::new((bundle.workspace(options), bundle.stubs))
        }))
    }
}

/// A warning as far as it is compared: causes of internal failures and unreadable scripts are free.
fn comparable(warning: &str) -> String {
    if warning.starts_with("Failed to inference: ") {
        return "Failed to inference: ".to_owned();
    }
    if warning.starts_with("Failed to parse test script: ") {
        return warning.split(" cause: ").next().unwrap().to_owned();
    }
    // Texts of the pattern compiler.
    match warning.split_once(" verification failed: ") {
        Some((head, _)) => head.to_owned(),
        None => warning.to_owned(),
    }
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().unwrap_or_default().iter().map(|v| comparable(&v.text())).collect()
}

fn same_result(got: &Value, want: &Value) -> Result<(), String> {
    for name in ["testName", "testReference", "customerPhoneNumber", "endPoint", "testDateTime", "success"] {
        let (a, b) = (got.member(name), want.member(name));
        if a != b {
            return Err(format!("{name}: got {a}, want {b}"));
        }
    }
    let flag = |v: &Value| v.member("warning") == Value::Bool(true);
    if flag(got) != flag(want) {
        return Err(format!("warning: got {}", flag(got)));
    }
    let (a, b) = (strings(&got.member("warnings")), strings(&want.member("warnings")));
    if a != b {
        return Err(format!("warnings: got {a:?}, want {b:?}"));
    }
    let (lines, wanted) = (got.member("testLines"), want.member("testLines"));
    let (lines, wanted) = (lines.as_array().unwrap(), wanted.as_array().unwrap());
    if lines.len() != wanted.len() {
        return Err(format!("{} lines, want {}", lines.len(), wanted.len()));
    }
    for (line, wanted) in lines.iter().zip(wanted) {
        let place = line.member("line");
        for name in ["type", "payload", "success"] {
            if line.member(name) != wanted.member(name) {
                return Err(format!("line {place} {name}: got {}", line.member(name)));
            }
        }
        for name in ["warnings", "info"] {
            let (a, b) = (strings(&line.member(name)), strings(&wanted.member(name)));
            if a != b {
                return Err(format!("line {place} {name}: got {a:?}, want {b:?}"));
            }
        }
        if flag(line) != flag(wanted) {
            return Err(format!("line {place} warning"));
        }
    }
    let names = |v: &Value, nested: bool| -> Vec<(String, String)> {
        let list = v.member("interactions");
        let list = list.as_array().unwrap_or_default();
        let response = |v: &Value| if nested { v.member("response") } else { v.clone() };
        let name = |v: &Value| {
            (response(v).member("ruleSet").text().to_string(), response(v).member("rule").text().to_string())
        };
        list.iter().map(name).collect()
    };
    let (a, b) = (names(got, true), names(want, false));
    if a != b {
        return Err(format!("interactions: got {a:?}, want {b:?}"));
    }
    Ok(())
}

#[test]
fn golden_batch() {
    let workspaces = Workspaces::default();
    golden::each("batch", |record| {
        let loaded = workspaces.get(&golden::text(record, "workspace"));
        let test = test_document(&record.member("test"));
        let now = golden::millis(&golden::text(record, "now"));
        let settings = Settings { clock: Clock::Fixed(now), ..Settings::default() };
        let result = run(&loaded.0, &loaded.1, &test, &test.script(), &settings, ());
        same_result(&to_value(&result.document(true)), &record.member("result"))?;
        let totals = Totals::of([&result]);
        golden::same(&totals.success().into(), &record.member("success"))?;
        golden::same(&totals.warned.into(), &record.member("warning"))
    });
}

#[test]
fn golden_coverage() {
    let workspaces = Workspaces::default();
    golden::each("coverage", |record| {
        let loaded = workspaces.get(&golden::text(record, "workspace"));
        let now = golden::millis(&golden::text(record, "now"));
        let settings =
            Settings { clock: Clock::Fixed(now), recording: Recording::Verdict, ..Settings::default() };
        let population = Population::new(&loaded.0);
        let mut recorder = Recorder::new(&population);
        let mut results = Vec::new();
        for test in record.member("tests").as_array().unwrap() {
            let test = test_document(test);
            recorder.begin(&test.folder, &test.name);
            results.push(run(&loaded.0, &loaded.1, &test, &test.script(), &settings, &mut recorder));
        }
        sort(&mut results);
        let verdicts = record.member("verdicts");
        for (result, want) in results.iter().zip(verdicts.as_array().unwrap()) {
            let flag = |name: &str| want.member(name) == Value::Bool(true);
            if *result.test.name != *want.member("testName").text()
                || result.success != flag("success")
                || result.warning != flag("warning")
            {
                return Err(format!("{}: {}", result.test.name, result.verdict()));
            }
        }
        let got = to_value(&ReplyCoverage::of(&recorder));
        golden::same(&without_ids(&got), &without_ids(&record.member("coverage")))
    });
}

/// Identifiers are free.
fn without_ids(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(without_ids).collect::<Vec<_>>().into(),
        Value::Object(map) => map
            .iter()
            .filter(|(name, _)| &***name != "id")
            .map(|(name, value)| (Text::clone(name), without_ids(value)))
            .collect::<crate::value::Map>()
            .into(),
        other => other.clone(),
    }
}

/// A small workspace: a greeting, two transfers, a prompt, an end.
fn small(compat: Compat) -> (Workspace, Stubs) {
    let text = r#"{"ruleSets":[{"name":"Main","enabled":true,"endPoints":["Line"],"rules":[
        {"name":"Hello","type":"Message","enabled":true,"priority":"9","activation":"0","params":{"message":"Hello"}},
        {"name":"One","type":"ExternalNumber","enabled":true,"priority":"8","activation":"0","params":{"externalNumber":"+611","resume":"true"}},
        {"name":"Two","type":"ExternalNumber","enabled":true,"priority":"7","activation":"0","params":{"externalNumber":"+612","resume":"true"}},
        {"name":"Menu","type":"DTMFMenu","enabled":true,"priority":"6","activation":"0","params":{"inputCount":"3","offerMessage":"Press 1","errorMessage1":"e1","errorMessage2":"e2","errorMessage3":"e3","errorCount":"0","dtmf1":"End"}},
        {"name":"Spin","type":"Message","enabled":true,"priority":"5","activation":"0","params":{"message":"never"}}]},
      {"name":"End","enabled":true,"endPoints":["Loop"],"rules":[
        {"name":"Call","type":"Integration","enabled":true,"priority":"9","activation":"0","params":{"functionName":"load","functionPayload":"{}","functionOutputKey":"Out","functionTimeout":"2"}},
        {"name":"Again","type":"RuleSet","enabled":true,"priority":"8","activation":"5","params":{"ruleSetName":"End"},"weights":[{"field":"System.EndPoint","operation":"equals","value":"Loop","weight":"5"}]},
        {"name":"To queue","type":"Queue","enabled":true,"priority":"7","activation":"0","params":{"queueName":"Sales"}}]}],
      "connect":{"timeZone":"UTC","queues":[{"Name":"Sales","Id":"q","Arn":"a"}],"lambdaFunctions":[{"Name":"dev-rules-engine-load","Arn":"l"}]}}"#;
    let bundle = Bundle::read("small.json", text).unwrap();
    (bundle.workspace(Options { compat, ..Options::default() }), bundle.stubs)
}

fn replay(compat: Compat, version: u8, payload: &str, more: &str) -> TestResult {
    let (workspace, stubs) = small(compat);
    let document = json::parse(&format!(
        r#"{{"name":"T","folder":"/F","endPoint":"Line","testDateTime":"2023-06-14T22:15:00Z","scriptVersion":{version},"payload":{}{more}}}"#,
        json::print(&Value::from(payload)).unwrap()
    ))
    .unwrap();
    let test = test_document(&document);
    run(&workspace, &stubs, &test, &test.script(), &Settings::default(), ())
}

fn line_warnings(result: &TestResult) -> Vec<(usize, String)> {
    result.lines.iter().flat_map(|l| l.warnings.iter().map(|w| (l.line, w.clone()))).collect()
}

const ENDS: &str = "\ninput: \"1\"\nqueue: \"^Sales$\"";

#[test]
fn version_2_takes_external_numbers_in_turn() {
    let both = format!("externalNumber: \"1$\"\nexternalNumber: \"2$\"{ENDS}");
    let result = replay(Compat::Corrected, 2, &both, "");
    assert_eq!(result.verdict(), Verdict::Success, "{:?} {:?}", result.warnings, line_warnings(&result));
    assert_eq!(replay(Compat::Corrected, 1, &both, "").verdict(), Verdict::Error);
    let one = replay(Compat::Corrected, 2, &format!("externalNumber: \"1$\"{ENDS}"), "");
    assert_eq!(one.verdict(), Verdict::Warning);
    assert_eq!(one.warnings, ["Reached external number: +612 with no external number check"]);
}

#[test]
fn version_2_hangs_up_and_may_end_with_input() {
    let numbers = "externalNumber: \"1\"\nexternalNumber: \"2\"\n";
    let result = replay(Compat::Corrected, 2, &format!("{numbers}message: \"Press\"\nhangup"), "");
    assert_eq!(result.verdict(), Verdict::Success, "{:?} {:?}", result.warnings, line_warnings(&result));
    assert_eq!(result.steps, 5);
    let last = to_value(&result.document(true)).member("interactions").member("4");
    assert_eq!(last.member("request").member("eventType"), Value::from("HANGUP"));
    assert_eq!(last.member("response").member("disconnected"), Value::Bool(true));
    let ends = format!("{numbers}input: \"1\"");
    let result = replay(Compat::Corrected, 2, &ends, "");
    assert_eq!(result.warnings, ["Reached queue: Sales with no queue check"]);
    assert_eq!(result.verdict(), Verdict::Warning);
    let result = replay(Compat::Corrected, 1, &ends, "");
    assert_eq!(result.warnings, ["Failed to inference: Script ends with an input line"]);
    assert_eq!(replay(Compat::Original, 2, "", "").warnings, ["Failed to inference: Script is empty"]);
}

#[test]
fn version_2_compares_missing_values_as_empty() {
    let script = format!(
        "externalNumber: \"1\"\nexternalNumber: \"2\"{ENDS}\nstate: {{\"key\":\"Nope\",\"value\":\"undef\"}}\nattribute: {{\"key\":\"n\",\"value\":\"^$\"}}"
    );
    let two = replay(Compat::Corrected, 2, &script, "");
    assert_eq!(line_warnings(&two), [(5, "Expected: undef\nActual: ".to_owned())]);
    let one = replay(Compat::Corrected, 1, &script, "");
    assert!(line_warnings(&one).iter().any(|(line, w)| *line == 6 && w == "Expected: ^$\nActual: undefined"));
}

#[test]
fn corrected_reports_unusable_patterns_on_their_line() {
    let script = "externalNumber: \"(\"\ninput: \"1\"\nqueue: \"(\"\nattribute: null\nstate: {\"key\":\"Gone\",\"value\":\"\"}";
    let result = replay(Compat::Corrected, 1, script, "");
    assert_eq!(result.verdict(), Verdict::Error);
    assert_eq!(result.warnings, Vec::<String>::new());
    let found = line_warnings(&result);
    assert_eq!(found.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [1, 1, 3, 4]);
    assert!(found[0].1.starts_with("Invalid regular expression: /(/"), "{found:?}");
    assert_eq!(found[3].1, "Attribute with invalid key");
    assert_eq!(result.lines[4].success, Some(true));
    let original = replay(Compat::Original, 1, script, "");
    assert!(original.warnings[0].starts_with("Failed to inference: Invalid regular expression"));
    assert!(original.lines.iter().all(|l| l.warnings == ["Test line not executed"]));
}

#[test]
fn loops_end_at_the_step_limit() {
    let (workspace, stubs) = small(Compat::Original);
    let mut test = test_document(
        &json::parse(r#"{"name":"L","folder":"/","endPoint":"Loop","payload":"terminate: \"\""}"#).unwrap(),
    );
    test.contact_attributes.insert("a", "b".into());
    let settings = Settings { max_steps: 25, ..Settings::default() };
    let result = run(&workspace, &stubs, &test, &test.script(), &settings, ());
    assert_eq!((result.steps, &*result.warnings[0]), (25, "Maximum steps reached: 25"));
    assert_eq!(result.verdict(), Verdict::Error);
    assert_eq!(result.interactions.len(), 25);
}

#[test]
fn limits_of_time_are_by_the_callers_clock() {
    let (workspace, stubs) = small(Compat::Original);
    let test = test_document(
        &json::parse(r#"{"name":"L","folder":"/","endPoint":"Loop","payload":"terminate: \"\""}"#).unwrap(),
    );
    let now = std::sync::atomic::AtomicI64::new(1_000);
    let tick = || now.fetch_add(10, std::sync::atomic::Ordering::Relaxed);
    let settings = Settings { time: Some(&tick), test_timeout_ms: 100, ..Settings::default() };
    let result = run(&workspace, &stubs, &test, &test.script(), &settings, ());
    assert!(result.warnings[0].starts_with("Test took longer than 100 ms"), "{:?}", result.warnings);
    assert_eq!((result.started, result.interactions[0].time_ms), (1_000, 10));
    let settings = Settings { time: Some(&tick), step_timeout_ms: 5, ..Settings::default() };
    let result = run(&workspace, &stubs, &test, &test.script(), &settings, ());
    assert_eq!((result.steps, &*result.warnings[0]), (1, "Step took longer than 5 ms: 10 ms"));
}

#[test]
fn mocks_of_a_test_lie_over_the_stubs() {
    let script = format!(
        "externalNumber: \"1\"\nexternalNumber: \"2\"{ENDS}\nstate: {{\"key\":\"Out.Name\",\"value\":\"^Ada$\"}}"
    );
    let mocks = r#","mocks":{"functions":{"functions":{"load":{"kind":"canned","responses":[{"output":{"Name":"Ada"}}]}}}}"#;
    let with = replay(Compat::Corrected, 2, &script, mocks);
    assert_eq!(with.verdict(), Verdict::Success, "{:?}", line_warnings(&with));
    assert_eq!(replay(Compat::Corrected, 2, &script, "").verdict(), Verdict::Error);
    let broken = replay(
        Compat::Corrected,
        2,
        &script,
        r#","mocks":{"functions":{"functions":{"load":{"kind":"x"}}}}"#,
    );
    assert_eq!(
        broken.warnings,
        [
            r#"Failed to start inferencing: mocks: functions.json: functions.load.kind: expected echo or canned, found "x""#
        ]
    );
}

#[test]
fn unexpected_messages_are_told_without_a_warning() {
    let result =
        replay(Compat::Corrected, 2, &format!("externalNumber: \"1\"\nexternalNumber: \"2\"{ENDS}"), "");
    assert_eq!(result.verdict(), Verdict::Success);
    assert_eq!(result.info[..2], ["Unexpected message: Hello", "Unexpected message: Press 1"]);
}

#[test]
fn equal_runs_give_equal_bytes() {
    let document = || {
        let results = [replay(Compat::Corrected, 2, "terminate", ""), TestResult::unknown(&"x".into(), 0)];
        let (workspace, _) = small(Compat::Corrected);
        let population = Population::new(&workspace);
        let mut recorder = Recorder::new(&population);
        let detail = CoverageDetail::of(&mut recorder, "2023-06-16T01:02:03Z");
        let batch = BatchDocument {
            batch_id: &batch_id(7),
            folder: "/",
            owner: None,
            results: &results,
            coverage: &ReplyCoverage::of(&recorder),
            coverage_detail: Some(&detail),
            skipped: &[],
            options: &Value::Null,
            started: 0,
            ended: 0,
            stable: true,
        };
        serde_json::to_string(&batch).unwrap()
    };
    let first = document();
    assert_eq!(first, document());
    let value = json::parse(&first).unwrap();
    assert_eq!(value.member("status"), Value::from("COMPLETE"));
    assert_eq!(value.member("testCount"), Value::Number(2.0));
    let unknown = value.member("results").member("1");
    assert_eq!(unknown.member("warnings").member("0"), Value::from("Failed to find test for id: x"));
    assert_eq!(unknown.member("verdict"), Value::from("ERROR"));
    assert_eq!(value.member("results").member("0").member("contactId").text().len(), 48);
}

#[test]
fn shares_leave_the_rest_to_success() {
    let totals = Totals { tests: 7, successes: 5, warnings: 1, errors: 1, ..Totals::default() };
    assert_eq!(totals.shares(), (72, 14, 14));
    assert_eq!(Totals::default().shares(), (100, 0, 0));
}

#[test]
fn checks_see_the_state_of_the_last_answer() {
    // The second rule is chosen and stored, then fails: the checks see the first.
    let rules = r#"{"ruleSets":[{"name":"Main","enabled":true,"endPoints":["Line"],"rules":[
        {"name":"Hello","type":"Message","enabled":true,"priority":"9","activation":"0","params":{"message":"Hello"}},
        {"name":"Broken","type":"Metric","enabled":true,"priority":"8","activation":"0","params":{"metricValue":"1"}}]}],
      "connect":{"timeZone":"UTC"}}"#;
    let bundle = Bundle::read("w.json", rules).unwrap();
    let workspace = bundle.workspace(Options { compat: Compat::Original, ..Options::default() });
    let script = r#"{"name":"T","folder":"/","endPoint":"Line","payload":"message: \"Hello\"\nstate: {\"key\":\"CurrentRule\",\"value\":\"^Hello$\"}\nstate: {\"key\":\"CurrentRule_metricValue\",\"value\":\"\"}"}"#;
    let test = test_document(&json::parse(script).unwrap());
    let result = run(&workspace, &bundle.stubs, &test, &test.script(), &Settings::default(), ());
    assert_eq!(result.warnings, ["Failed to request next rule: Request failed with status code 500"]);
    assert!(result.lines.iter().all(|line| line.success == Some(true)), "{:?}", line_warnings(&result));
    assert_eq!(result.last_state.get("CurrentRule"), Some(&"Hello".into()));
    assert_eq!(result.verdict(), Verdict::Error);
}

#[test]
fn a_recording_of_a_tests_inputs_replays_green() {
    let document =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/ferry/tests.json"))
            .unwrap();
    let first = json::parse(&document).unwrap().member("tests").member("0");
    let (workspace, stubs) = super::worked_example::ferry();
    let mut test = test_document(&first);
    let wanted = Text::clone(&test.payload);
    let inputs = "input: \"9\"\ninput: \"2\"\ninput: \"can I change it\"\ninput: \"yes\"";
    test.payload = Text::from(inputs);
    let recorded = record(&workspace, &stubs, &test, &Settings::default()).unwrap();
    assert_eq!(recorded, wanted.split("\n# added by hand").next().unwrap());
    test.payload = Text::from(format!("{inputs}\ninput: \"1\""));
    let refused = record(&workspace, &stubs, &test, &Settings::default()).unwrap_err();
    assert_eq!(refused, "the contact ended before line 5 of the script: 1");
}
