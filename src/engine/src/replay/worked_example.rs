//! The worked example of `spec/testing.md` section 7: its workspace, its three tests, its transcript and its
//! replay vectors, as the original answered them.

use super::batch::{Totals, sort};
use super::tests::{test_document, to_value};
use super::{LineResult, Recording, Settings, TestResult, Verdict, run};
use crate::bundle::{Bundle, Parts};
use crate::chance::Draws;
use crate::compat::Compat;
use crate::coverage::{CoverageDetail, Kind, Population, Recorder, ReplyCoverage};
use crate::json;
use crate::offline::{Offline, Stubs};
use crate::script::{ReadOptions, Severity, TestDocument, read_tests};
use crate::step::{Contact, Opening, Request, step};
use crate::value::{Map, Text, Value};
use crate::workspace::{Options, Workspace};

macro_rules! ferry {
    ($name:literal) => {
        include_str!(concat!("../../../../tests/ferry/", $name))
    };
}

pub(super) fn ferry() -> (Workspace, Stubs) {
    let parts = Parts {
        rule_sets: Some(("rulesets.json", ferry!("rulesets.json"))),
        connect: Some(("connect.json", ferry!("connect.json"))),
        lex: Some(("lex.json", ferry!("lex.json"))),
        functions: Some(("functions.json", ferry!("functions.json"))),
        tests: None,
    };
    let bundle = Bundle::from_parts(&parts).unwrap();
    assert!(bundle.problems.is_empty(), "{:?}", bundle.problems);
    (bundle.workspace(Options { compat: Compat::Original, ..Options::default() }), bundle.stubs)
}

fn tests() -> Vec<TestDocument> {
    let options = ReadOptions { now: "", absent_ready: false };
    let file = read_tests(ferry!("tests.json"), &options);
    assert!(file.findings.iter().all(|f| f.severity == Severity::Warning), "{:?}", file.findings);
    file.tests
}

fn lines_of(text: &str) -> impl Iterator<Item = Value> {
    text.lines().filter(|line| !line.is_empty()).map(|line| json::parse(line).unwrap())
}

/// The three tests with what was covered.
fn replayed<T>(then: impl FnOnce(Vec<TestResult>, &mut Recorder<'_, '_>) -> T) -> T {
    let (workspace, stubs) = ferry();
    let population = Population::new(&workspace);
    let mut recorder = Recorder::new(&population);
    let mut results = Vec::new();
    for test in tests() {
        recorder.begin(&test.folder, &test.name);
        let settings = Settings::default();
        results.push(run(&workspace, &stubs, &test, &test.script(), &settings, &mut recorder));
    }
    sort(&mut results);
    then(results, &mut recorder)
}

#[test]
fn verdicts_of_the_three_tests() {
    replayed(|results, _| {
        let got: Vec<_> = results.iter().map(|r| (&*r.test.name, r.verdict(), r.steps)).collect();
        assert_eq!(
            got,
            [
                ("Change a booking by voice", Verdict::Success, 12),
                ("Times, loosely", Verdict::Warning, 9),
                ("Wrong queue", Verdict::Error, 9)
            ]
        );
        assert_eq!(results[1].warnings, ["Reached terminate with no terminate check"]);
        assert_eq!(results[1].lines[0].warnings, ["Case insensitive match found"]);
        assert_eq!(results[2].lines[2].warnings, ["Expected: ^Sales$\nActual: Bookings"]);
        let totals = Totals::of(&results);
        assert!(!totals.success() && totals.warned);
    });
}

#[test]
fn replies_of_the_three_tests() {
    replayed(|_, recorder| {
        let coverage = ReplyCoverage::of(recorder);
        assert_eq!((coverage.covered, coverage.uncovered), (64, 36));
        let got: Vec<_> = coverage
            .rule_sets
            .iter()
            .map(|set| {
                let rules: Vec<String> =
                    set.rules.iter().map(|r| format!("{} {}", r.name, r.count)).collect();
                format!("{} {} {}: {}", set.name, set.covered, set.count, rules.join(", "))
            })
            .collect();
        assert_eq!(
            got,
            [
                "Ferry bookings 100 3: Ask topic 3",
                "Ferry goodbye 0 0: Bye 0",
                "Ferry staff 100 4: Count staff 2, To staff 2",
                "Ferry stub 0 0: Only message 0",
                "Ferry times 100 3: Count 1, Times 1, End 1",
                "Ferry transfer 0 0: First transfer 0, Second transfer 0, Pause 0, Stop 0",
                "Ferry welcome 100 20: Greeting 3, Load traveller 3, Gold greeting 3, Tag call 3, Main menu 8",
            ]
        );
    });
}

#[test]
fn items_of_the_three_tests() {
    replayed(|_, recorder| {
        let detail = CoverageDetail::of(recorder, "2023-06-16T01:02:03Z");
        let measure = |kind| {
            let m = detail.summary.of(kind);
            (m.covered, m.total, m.percent)
        };
        assert_eq!(measure(Kind::RuleSet), (4, 7, Some(57)));
        assert_eq!(measure(Kind::Rule), (11, 17, Some(64)));
        // Only the gold greeting can be skipped; every rule can be activated.
        assert_eq!(measure(Kind::Activation), (11, 18, Some(61)));
        assert_eq!(measure(Kind::Weight), (1, 2, Some(50)));
        let welcome = detail.rule_sets.iter().find(|set| &*set.name == "Ferry welcome").unwrap();
        let menu = welcome.rules.iter().find(|rule| &*rule.name == "Main menu").unwrap();
        assert_eq!((welcome.entered, menu.executions, menu.replies), (Some(3), 3, 8));
        assert_eq!((menu.activation.activated, menu.activation.skipped), (Some(3), None));
        let branches: Vec<_> =
            menu.branches.iter().map(|b| (&*b.id, b.target.as_deref().unwrap_or("-"), b.hits)).collect();
        assert_eq!(
            branches,
            [
                ("key:1", "Ferry times", 1),
                ("key:2", "Ferry bookings", 1),
                ("retry", "-", 2),
                ("error", "Ferry goodbye", 0),
                ("noInput", "Ferry staff", 1),
            ]
        );
        let unreached = to_value(&detail).member("unreached");
        let first = json::parse(
            r#"{"item":["branch","Ferry welcome","Main menu","error"],"reason":"branch never taken"}"#,
        );
        assert!(unreached.as_array().unwrap().contains(&first.unwrap()));
        assert_eq!(detail.disabled, [["rule", "Ferry welcome", "Old notice"].map(Text::from)]);
        let reference = detail.references.iter().find(|r| &*r.param == "dtmf1").unwrap();
        assert_eq!((&*reference.kind, &*reference.target, reference.hits), ("ruleSet", "Ferry times", 1));
        let hits = |target: &str| detail.references.iter().find(|r| &*r.target == target).unwrap().hits;
        assert_eq!(
            [hits("Ferry line"), hits("Dead end"), hits("ferry"), hits("integrationecho")],
            [3, 0, 1, 3]
        );
        let count =
            detail.hits_by_test.iter().find(|h| h.item == ["rule", "Ferry times", "Count"].map(Text::from));
        let names: Vec<_> = count.unwrap().tests.iter().map(|n| &*detail.tests[*n].name).collect();
        assert_eq!(names, ["Times, loosely"]);
    });
}

#[test]
fn the_transcript() {
    let (workspace, stubs) = ferry();
    let mut host = Offline::new(&stubs, Compat::Original, ());
    let mut contact = Contact::new("C1", 0, Draws::new(0));
    let lines: Vec<Value> = lines_of(ferry!("transcript.jsonl")).collect();
    assert_eq!(lines.len(), 24);
    for pair in lines.chunks(2) {
        let (asked, want) = (&pair[0], &pair[1]);
        let request = match asked.member("eventType").as_str().unwrap() {
            "NEW_INTERACTION" => Request::NewInteraction(Opening {
                end_point: asked.member("endPoint"),
                customer_phone_number: asked.member("customerPhoneNumber"),
                interaction_date_time: asked.member("interactionDateTime"),
                contact_attributes: asked.member("contactAttributes"),
            }),
            "NEXT_RULE" => Request::NextRule,
            _ => Request::Input(asked.member("input")),
        };
        let reply = step(&workspace, &mut contact, &request, &mut host).unwrap();
        let mut got = to_value(&reply).as_object().unwrap().clone();
        got.remove("ruleSetId");
        got.remove("ruleId");
        assert_eq!(Value::from(got), *want, "{asked}");
    }
    let mut state = contact.state.to_map();
    for key in ["ContactId", "RuleStart", "RuleSetStart", "IntegrationStart", "IntegrationEnd"] {
        assert!(state.remove(key).is_some(), "{key}");
    }
    let mut system: Map = state.get("System").unwrap().as_object().unwrap().clone();
    assert_eq!(system.remove("ContactId"), Some(Value::from("C1")));
    state.insert("System", system.into());
    assert_eq!(Value::from(state), json::parse(ferry!("state.json")).unwrap());
}

#[test]
fn the_vectors() {
    let (workspace, stubs) = ferry();
    let mut count = 0;
    for vector in lines_of(ferry!("vectors.jsonl")) {
        count += 1;
        let id = vector.member("id");
        let mut document: Map = vector.as_object().unwrap().clone();
        for (name, value) in [("name", "V"), ("folder", "/"), ("testDateTime", "2023-06-14T22:15:00Z")] {
            document.insert(name, value.into());
        }
        document.insert("customerPhoneNumber", "+61400111222".into());
        let test = test_document(&document.into());
        let result = run(&workspace, &stubs, &test, &test.script(), &Settings::default(), ());
        assert_eq!(result.verdict().name(), &*vector.member("verdict").text(), "{id}: {:?}", result.warnings);
        assert_eq!(f64::from(result.steps), vector.member("steps").num(), "{id}");
        assert_eq!(result.interactions.len(), result.steps as usize, "{id}");
        let brief = Settings { recording: Recording::Verdict, ..Settings::default() };
        let brief = run(&workspace, &stubs, &test, &test.script(), &brief, ());
        assert_eq!((brief.verdict(), &brief.warnings), (result.verdict(), &result.warnings), "{id}");
        let line = |l: &LineResult| (l.success, l.warnings.clone());
        assert!(brief.lines.iter().map(line).eq(result.lines.iter().map(line)), "{id}");
        assert!(brief.interactions.is_empty() && brief.lines.iter().all(|l| l.info.is_empty()), "{id}");
        let root = vector.member("root");
        assert_eq!(result.warnings.len(), root.as_array().unwrap().len(), "{id}: {:?}", result.warnings);
        for (got, want) in result.warnings.iter().zip(root.as_array().unwrap()) {
            assert!(agrees(got, &want.text()), "{id}: {got}, want {want}");
        }
        let lines = vector.member("lines");
        assert_eq!(result.lines.len(), lines.as_array().unwrap().len(), "{id}");
        for (got, want) in result.lines.iter().zip(lines.as_array().unwrap()) {
            assert_eq!(*got.kind, *want.member("0").text(), "{id}");
            assert_eq!(Value::Bool(got.success == Some(true)), want.member("1"), "{id}: {got:?}");
            let warnings = want.member("2");
            let warnings = warnings.as_array().unwrap_or_default();
            assert_eq!(got.warnings.len(), warnings.len(), "{id}: {got:?}");
            for (got, want) in got.warnings.iter().zip(warnings) {
                assert!(agrees(got, &want.text()), "{id}: {got}, want {want}");
            }
        }
    }
    assert_eq!(count, 35);
}

/// `*` at the end is any text.
fn agrees(got: &str, want: &str) -> bool {
    match want.strip_suffix('*') {
        Some(head) => got.starts_with(head),
        None => got == want,
    }
}

#[test]
fn any_script_gets_a_verdict_for_every_line() {
    let (workspace, stubs) = ferry();
    let parts = [
        "message: \"Press\"",
        "message: \".*\"",
        "message: \"(\"",
        "message: 1",
        "input: \"1\"",
        "input: \"2\"",
        "input: \"change\"",
        "input: null",
        "queue: \"B\"",
        "queue: \"(\"",
        "terminate: \"\"",
        "hangup: \"\"",
        "externalNumber: \"\"",
        "attribute: null",
        "attribute: {\"key\":\"channel\",\"value\":\"ivr\"}",
        "state: {\"key\":\"Traveller.Tier\"}",
        "input: \"NOINPUT\"",
        "message: \"ferry\"",
        "oops",
    ];
    let mut random = crate::chance::SplitMix64::new(20_230_614);
    for _ in 0..600 {
        let mut below = |n: u64| (random.next_u64() % n) as usize;
        let script: Vec<&str> = (0..below(9)).map(|_| parts[below(parts.len() as u64)]).collect();
        let end_point = ["Ferry line", "Transfer line", "Dead end", "None"][below(4)];
        let mut document = Map::new();
        document.insert("name", "R".into());
        document.insert("endPoint", end_point.into());
        document.insert("payload", script.join("\n").into());
        document.insert("scriptVersion", Value::Number((1 + below(2)) as f64));
        let test = test_document(&document.into());
        let parsed = test.script();
        let settings = Settings { max_steps: 40, ..Settings::default() };
        let result = run(&workspace, &stubs, &test, &parsed, &settings, ());
        assert_eq!(result.lines.len(), parsed.lines.len());
        assert!(result.lines.iter().all(|line| line.success.is_some()), "{script:?}");
        let failed = result.lines.iter().any(|line| line.success == Some(false));
        assert!(!failed || result.verdict() == Verdict::Error, "{script:?}");
        assert!(result.lines.iter().all(|l| l.success == Some(true) || !l.warnings.is_empty()), "{script:?}");
        assert_eq!(result.interactions.len(), result.steps as usize);
        assert_eq!(run(&workspace, &stubs, &test, &parsed, &settings, ()), result);
    }
}
