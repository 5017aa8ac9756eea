//! Failure texts, round trips, file forms and the reference data.

use std::cmp::Ordering;

use super::*;
use crate::json;
use crate::pattern::Pattern;
use crate::value::{Map, Text, Value, utf16_cmp};

const OPTIONS: ReadOptions<'_> = ReadOptions { now: "2024-01-02T03:04:05Z", absent_ready: false };

fn codes(findings: &[Finding]) -> Vec<(&str, &str)> {
    findings.iter().map(|f| (f.code, &*f.at)).collect()
}

fn document(name: &str, folder: &str) -> TestDocument {
    TestDocument {
        test_id: Some(Text::from("id")),
        name: Text::from(name),
        production_ready: true,
        folder: Text::from(folder),
        test_reference: Text::from("R-1"),
        description: Text::from(""),
        end_point: Text::from("Ferry line"),
        test_date_time: Text::from("2023-06-14T22:15:00Z"),
        customer_phone_number: Text::from("anonymous"),
        contact_attributes: Map::new(),
        payload: Text::from("input: \"1\"\nterminate: \"\""),
        script_version: 1,
        mocks: None,
    }
}

#[test]
fn failure_texts_of_the_grammar() {
    for (payload, version, line, start) in [
        (
            "input: \"1\"\n\nterminate",
            1,
            3,
            "Found invalid test line: terminate cause: no appropriate colon found",
        ),
        ("note: \"x\"", 1, 1, "Found invalid test line: note: \"x\" cause: no appropriate colon found"),
        ("é😀: 1", 1, 1, "Found invalid test line: é😀: 1 cause: no appropriate colon found"),
        ("message: hello", 1, 1, "Found invalid test line: message: hello cause: "),
        ("terminate:", 1, 1, "Found invalid test line: terminate: cause: "),
        ("\r\n  message:\"\"  \r\n", 1, 2, "Invalid empty message payload detected"),
        ("message: \"a\" \"b\"", 1, 1, "Found invalid test line: message: \"a\" \"b\" cause: "),
        ("hangupx: \"\"", 2, 1, "Found invalid test line: hangupx: \"\" cause: unknown type hangupx"),
        ("Message: \"a\"", 2, 1, "Found invalid test line: Message: \"a\" cause: unknown type Message"),
        ("queue", 2, 1, "Found invalid test line: queue cause: no appropriate colon found"),
    ] {
        let script = Script::parse(payload, version);
        let failure = script.failure.unwrap_or_default();
        assert!(failure.starts_with(start), "{payload:?}: {failure}");
        assert_eq!(script.failure_line, Some(line), "{payload:?}");
    }
    assert_eq!(Script::parse("input: 1\nbad\ninput: 2", 1).lines.len(), 1);
}

#[test]
fn lines_keep_their_number_type_and_value() {
    let payload =
        "\n# remark\r\n state : { \"key\": \"a:b\", \"value\": 1 } \r\nwhatever: null\ninput:\"{{x}}: #\"\n";
    let script = Script::parse(payload, 1);
    let got: Vec<_> =
        script.lines.iter().map(|l| (l.line, l.kind.to_string(), json::print(&l.payload).unwrap())).collect();
    let want =
        [(3, "state", r#"{"key":"a:b","value":1}"#), (4, "whatever", "null"), (5, "input", r#""{{x}}: #""#)];
    assert_eq!(got, want.map(|(n, k, p)| (n, k.to_owned(), p.to_owned())));
    assert_eq!(script.failure, None);
    let script = Script::parse("input: \"1\"\nterminate\nhangup :\nhangup: 5", 2);
    assert_eq!(script.failure, None);
    assert_eq!(
        script.lines.iter().map(|l| &*l.kind).collect::<Vec<_>>(),
        ["input", "terminate", "hangup", "hangup"]
    );
}

#[test]
fn the_recorder_writes_what_the_parser_reads() {
    let text = "5 * (2 + 1) = $15?\n\"{a|b}\" [c] \\d ^ é😀";
    let mut recorder = Recorder::new(RecordOptions::default(), "  # mine\n\n");
    let heard =
        |message| RecordedReply { rule_type: "Message", message: Some(message), ..RecordedReply::default() };
    recorder.reply(&heard("Hello Ada."));
    recorder.reply(&heard(""));
    recorder.input("NOINPUT");
    recorder.reply(&heard(text));
    recorder.reply(&RecordedReply { rule_type: "Metric", message: Some("Metric: X Value: 1"), ..heard("") });
    recorder.options.non_customer_messages = false;
    recorder.reply(&RecordedReply { rule_type: "Wait", message: Some("unheard"), ..heard("") });
    recorder.reply(&RecordedReply { external_number: Some("+61"), terminate: true, ..heard("") });
    recorder.options.messages = false;
    recorder.reply(&RecordedReply { queue: Some("A.B"), external_number: Some("+1"), ..heard("unrecorded") });
    recorder.reply(&RecordedReply { terminate: true, ..RecordedReply::default() });
    recorder.hang_up();
    let lines: Vec<&str> = recorder.script().split('\n').collect();
    assert_eq!(lines[..3], ["# mine", r#"message: "^Hello Ada\\.$""#, r#"input: "NOINPUT""#]);
    assert_eq!(
        lines[4..],
        [
            r#"message: "^Metric: X Value: 1$""#,
            r#"externalNumber: "^\\+61$""#,
            r#"queue: "^A\\.B$""#,
            r#"terminate: """#,
            r#"hangup: """#,
        ]
    );
    let script = Script::parse(recorder.script(), 2);
    assert_eq!(script.failure, None);
    assert!(Pattern::new(&script.lines[2].payload.text(), false).unwrap().is_match(text).unwrap());
}

#[test]
fn the_worked_example_reads_line_by_line() {
    let payload = "message: \"^Sorry, try again\\\\.\\nPress 1 for times, 2 for bookings\\\\.$\"\ninput: \"can I change it\"\nqueue: \"^Bookings$\"\n# added by hand\nattribute: { \"key\": \"vip\", \"value\": \"\" }\nstate: { \"key\": \"Traveller.Tier\", \"value\": \"^gold$\" }";
    let script = Script::parse(payload, 1);
    assert_eq!(script.lines.iter().map(|l| l.line).collect::<Vec<_>>(), [1, 2, 3, 5, 6]);
    let pattern = Pattern::new(&script.lines[0].payload.text(), false).unwrap();
    assert!(pattern.is_match("Sorry, try again.\nPress 1 for times, 2 for bookings.").unwrap());
    assert!(lint_script(&script, 1).is_empty());
}

#[test]
fn lints() {
    let payload = "hangup: \"\"\nqueue: \"\"\nqueue: \"a\"\nexternalNumber: \"1\"\nexternalNumber: \"2\"\n\
                   attribute: {\"key\":\"k\",\"value\":\".*\"}\nstate: {\"key\":\"k\",\"value\":{\"a\":1}}\n\
                   state: {\"value\":\"^x$\"}\nmessage: \"(\"\nterminate: \"\"\ninput: \"1\"";
    let got = lint_script(&Script::parse(payload, 1), 1);
    let want = [
        ("script-unknown-type", "line 1"),
        ("script-accepts-anything", "line 2"),
        ("script-repeated-outcome", "line 3"),
        ("script-repeated-transfer", "line 5"),
        ("script-matches-missing", "line 6"),
        ("script-object-value", "line 7"),
        ("script-matches-missing", "line 7"),
        ("script-invalid-key", "line 8"),
        ("script-broken-pattern", "line 9"),
        ("script-ends-with-input", "line 11"),
    ];
    assert_eq!(codes(&got), want);
    assert_eq!(codes(&lint_script(&Script::parse("terminate", 1), 1)), [("script-failure", "line 1")]);
    assert_eq!(codes(&lint_script(&Script::parse("# x", 1), 1)), [("script-empty", "")]);
    let fine = "externalNumber: \"1\"\nexternalNumber: \"2\"\nhangup\ninput: \"1\"";
    assert!(lint_script(&Script::parse(fine, 2), 2).is_empty());
}

#[test]
fn editor_rules() {
    assert!(check_test(&document("Good name-1_x", "/A b/C"), "").is_empty());
    for name in ["", "a", "a  b", "a.b", "é-name", &"n".repeat(65)] {
        assert_eq!(codes(&check_test(&document(name, "/"), "t")), [("test-name", "t.name")], "{name}");
    }
    for folder in ["", " ", "A", "/A/", "//", "/A//B", "/..", "/A&B", "/#", "/A  B"] {
        assert!(check_folder(folder, "folder").is_some(), "{folder:?}");
    }
    for folder in ["/", "/A", "/A/B c"] {
        assert_eq!(check_folder(folder, "folder"), None);
    }
    let mut bad = document("ok", "/");
    bad.end_point = Text::from("");
    bad.customer_phone_number = Text::from("1");
    bad.test_date_time = Text::from("yesterday");
    bad.description = Text::from("x".repeat(1025));
    bad.payload = Text::from(" \n");
    let places: Vec<_> = check_test(&bad, "").into_iter().map(|f| f.at).collect();
    assert_eq!(places, ["description", "endPoint", "customerPhoneNumber", "payload", "testDateTime"]);
}

#[test]
fn every_item_of_a_file_is_checked() {
    let text = r#"{"type":"RulesEngineTests","format":"1","testCount":9,"tests":[
        {"name":"A one","folder":"/","endPoint":"E","payload":"x"},
        7,
        {"name":"A one","folder":"/","endPoint":"E","payload":"x","productionReady":"true","extra":1},
        {"name":"B.","folder":5,"payload":"x","productionReady":"yes","contactAttributes":[],"scriptVersion":3}]}"#;
    let file = read_tests(text, &OPTIONS);
    let want = [
        ("test-file", "format"),
        ("test-file", "testCount"),
        ("test-member-type", "tests[1]"),
        ("test-unknown-member", "tests[2].extra"),
        ("test-member-type", "tests[3].productionReady"),
        ("test-member-type", "tests[3].folder"),
        ("test-member-missing", "tests[3].endPoint"),
        ("test-member-type", "tests[3].contactAttributes"),
        ("test-member-type", "tests[3].scriptVersion"),
        ("test-name", "tests[3].name"),
        ("test-duplicate", "tests[2]"),
    ];
    let mut got = codes(&file.findings);
    let mut want = want.to_vec();
    got.sort_unstable();
    want.sort_unstable();
    assert_eq!(got, want);
    assert!(file.has_errors());
    assert_eq!(file.form, FileForm::Export);
    assert_eq!(file.tests[0].customer_phone_number.as_ref(), "anonymous");
    assert_eq!(file.tests[0].test_date_time.as_ref(), OPTIONS.now);
    assert!(!file.tests[0].production_ready);
    assert!(file.tests[1].production_ready);
    for (text, at) in [
        (r#"{"type":"RulesEngineRuleSets","format":1}"#, "type"),
        (r#"{"tests":[]}"#, "type"),
        ("{\n\"type\": }", "line 2"),
        (r#"{"type":"RulesEngineTests","format":1,"testCount":0}"#, "tests"),
    ] {
        assert_eq!(codes(&read_tests(text, &OPTIONS).findings), [("test-file", at)]);
    }
}

#[test]
fn all_forms_read_the_same_test() {
    let mut test = document("Same test", "/F");
    test.test_id = None;
    test.script_version = 2;
    test.mocks = json::parse(r#"{"functions":{"f":{"status":"DONE"}}}"#).ok();
    let single = json::print(&Value::from(test.to_export())).unwrap();
    for (text, form) in [(single.clone(), FileForm::Single), (format!("[{single}]"), FileForm::List)] {
        let file = read_tests(&text, &OPTIONS);
        assert_eq!(file, TestFile { form, findings: Vec::new(), ..file.clone() });
        assert_eq!(file.tests, [test.clone()]);
    }
    let written = to_script_file(&test);
    assert!(written.starts_with("#! name: \"Same test\"\n#! productionReady: true\n"));
    let file = read_tests(&written, &OPTIONS);
    assert_eq!((file.form, &file.findings[..]), (FileForm::Script, &[][..]));
    let back = &file.tests[0];
    assert_eq!(TestDocument { payload: Text::clone(&test.payload), ..back.clone() }, test);
    assert_eq!(back.script().lines.len(), 2);
    assert_eq!(Script::parse(&written, 1).failure, None, "valid as a version 1 payload");
    assert_eq!(to_script_file(back), written);
    let file = read_tests("#! name: \"N n\"\n#! name: 1\n#! nmae: 1\n#! folder: x\ninput: \"1\"", &OPTIONS);
    let want = [
        ("test-header-line", "line 2"),
        ("test-unknown-member", "line 3"),
        ("test-header-line", "line 4"),
        ("test-member-missing", "endPoint"),
    ];
    assert_eq!(codes(&file.findings), want);
}

#[test]
fn exports_refuse_two_tests_of_one_name() {
    let header = header(ExportMethod::Backup);
    let tests = [document("B b", "/"), document("A a", "/"), document("B b", "/")];
    let refused = export_tests(&header, &tests, utf16_cmp);
    assert_eq!(refused, Err(ExportError::Duplicates(vec!["/ B b".to_owned()])));
    let text = export_tests(&header, &tests[..2], utf16_cmp).unwrap();
    assert!(!text.contains("method") && !text.contains("testId"));
    let file = read_tests(&text, &OPTIONS);
    assert_eq!(file.findings, []);
    assert_eq!(file.tests.iter().map(|t| &*t.name).collect::<Vec<_>>(), ["A a", "B b"]);
}

fn header(method: ExportMethod) -> ExportHeader {
    ExportHeader {
        version: Text::from("1"),
        environment_name: Text::from("Dev"),
        method,
        exported_by: Text::from("scheduled export"),
        exported_at: Text::from("2025-03-04T09:00:00Z"),
    }
}

#[test]
fn import_plan_counts_skipped_tests_as_present() {
    let mut draft = document("Draft", "/");
    draft.production_ready = false;
    let tests = [document("Old", "/"), document("New", "/"), draft];
    let stored = [("/", "Old"), ("/", "Draft"), ("/x", "Old"), ("/", "Old")];
    let want = ImportPlan { inserted: vec![1], replaced: vec![(0, 0)], skipped: vec![2], deleted: vec![2] };
    assert_eq!(plan_import(&stored, &tests, true), want);
    assert_eq!(plan_import(&stored, &tests, false), ImportPlan { deleted: Vec::new(), ..want });
}

/// Runs where the sample exports are.
#[test]
fn sample_exports_are_written_byte_for_byte() {
    for name in ["all", "folder", "selected"] {
        let text = crate::golden::example(&format!("tests-export-{name}.json"));
        let file = read_tests(&text, &OPTIONS);
        assert_eq!(file.findings, []);
        let Ok(Value::Object(top)) = json::parse(&text) else { panic!("{name} is no object") };
        let get = |key: &str| top.get(key).map_or(Text::from(""), Value::text);
        let method = match name {
            "all" => ExportMethod::All,
            "folder" => ExportMethod::Folder { folder: get("folder"), recursive: true },
            _ => ExportMethod::Selected,
        };
        let header = ExportHeader {
            version: get("version"),
            environment_name: get("environmentName"),
            method,
            exported_by: get("exportedBy"),
            exported_at: get("exportedAt"),
        };
        let mut tests = file.tests;
        tests.reverse();
        let order: fn(&str, &str) -> Ordering = utf16_cmp;
        assert_eq!(export_tests(&header, &tests, order).unwrap(), text, "{name}");
    }
}

/// Runs where the golden data is.
#[test]
fn golden_scripts_parse_as_in_the_original() {
    let records = crate::golden::file("units/batch.jsonl");
    let mut seen = 0;
    for record in records.lines() {
        let record = json::parse(record).unwrap();
        let payload = record.member("test").member("payload").text();
        let script = Script::parse(&payload, 1);
        let result = record.member("result");
        let lines = result.member("testLines");
        let want: Vec<_> = lines
            .as_array()
            .unwrap()
            .iter()
            .map(|l| (l.member("type").text(), l.member("payload")))
            .collect();
        let got: Vec<_> = script.lines.iter().map(|l| (Text::clone(&l.kind), l.payload.clone())).collect();
        assert_eq!(got, want, "{payload}");
        let prefix = "Failed to parse test script: ";
        let cut = |text: &str| text.split_once(" cause: ").map_or(text, |(left, _)| left).to_owned();
        let warnings = result.member("warnings");
        let failure = warnings
            .as_array()
            .unwrap_or_default()
            .iter()
            .find_map(|w| w.text().strip_prefix(prefix).map(cut));
        assert_eq!(script.failure.as_deref().map(cut), failure, "{payload}");
        seen += 1;
    }
    assert!(seen > 0);
}
