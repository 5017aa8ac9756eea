//! Statuses, messages and the commands that run nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod tool;

use tool::{ferry, run, scratch};

#[test]
fn bad_usage_ends_with_64() {
    for args in [
        &["simulate", "--nonsense"][..],
        &["simulate", "--seed", "x"],
        &["simulate", "--now", "soon"],
        &["simulate", "--state", "some"],
        &["simulate", "--compat", "other"],
        &["dance"],
        &["export", "xml"],
        &["export", "json", "--wide"],
        &["graph", "--kinds", "sideways"],
        &["graph", "--focus", "nobody"],
    ] {
        let outcome = run(args, "");
        assert_eq!((outcome.status, outcome.out.as_str()), (64, ""), "{args:?}: {}", outcome.err);
        assert!(!outcome.err.is_empty(), "{args:?}");
    }
    assert_eq!(run(&["--version"], "").status, 0);
    assert_eq!(run(&["simulate", "--help"], "").status, 0);
}

#[test]
fn unreadable_workspaces_end_with_65_and_say_where() {
    let folder = scratch("unreadable");
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    };
    let broken = file("broken.json", b"[\n {\"name\" 5}\n]");
    let latin = file("latin.json", b"[\n {\"name\": \"caf\xe9\"}]");
    let other = file("other.json", b"{\"queues\": []}");
    let escape = file("escape.json", b"[{\"name\":\"a\\u001b[2Jb\",\"rules\":5}]");
    let missing = folder.join("missing").display().to_string();
    let empty = folder.display().to_string();
    for (workspace, words) in [
        (&broken, &["broken.json", "line 2 column 10", "not valid JSON"][..]),
        (&latin, &["latin.json", "line 2 column 15", "UTF-8"]),
        (&other, &["other.json", "ruleSets"]),
        (&escape, &["escape.json", "ruleSets[0]", "\\u{1b}[2J", "rules"]),
        (&missing, &["missing", "cannot be read"]),
        (&empty, &["rulesets.json", "cannot be read"]),
    ] {
        for command in [&["simulate"][..], &["lint"], &["graph"], &["export", "csv"]] {
            let args: Vec<&str> = command.iter().copied().chain(["--workspace", workspace]).collect();
            let outcome = run(&args, "");
            assert_eq!((outcome.status, outcome.out.as_str()), (65, ""), "{args:?}");
            for word in words {
                assert!(outcome.err.contains(word), "{args:?}: {word} is not in {}", outcome.err);
            }
            assert!(!outcome.err.contains('\u{1b}'));
            assert!(outcome.err.contains(" - "), "what to do: {}", outcome.err);
        }
    }
    let outcome = run(&["lint", "--json", "--workspace", &broken], "");
    let document: serde_json::Value = serde_json::from_str(&outcome.err).unwrap();
    assert_eq!(document["status"], 65);
    assert_eq!(document["problems"][0]["place"], "line 2 column 10");
}

#[test]
fn lint_reports_in_three_forms_and_fails_as_asked() {
    let folder = scratch("lint");
    let file = folder.join("odd.json");
    let rules = r#"[{"name":"A","endPoints":["e"],"rules":[{"name":"r","type":"Queue","enabled":true,"priority":"1",
        "activation":"0","params":{"queueName":"{{#if x}}"},"weights":[]}]}]"#;
    std::fs::write(&file, rules.replace("\"endPoints\"", "\"enabled\":true,\"endPoints\"")).unwrap();
    let file = file.display().to_string();
    let lint = |more: &[&str]| {
        let args: Vec<&str> = ["lint", "--rulesets", &file].into_iter().chain(more.iter().copied()).collect();
        run(&args, "")
    };
    let text = lint(&[]);
    assert_eq!(text.status, 1, "{}", text.out);
    assert!(text.out.contains("odd.json: error"), "{}", text.out);
    assert_eq!(lint(&["--fail-on", "never"]).status, 0);
    let findings: Vec<serde_json::Value> = serde_json::from_str(&lint(&["--json"]).out).unwrap();
    assert!(!findings.is_empty());
    let errors: Vec<serde_json::Value> =
        serde_json::from_str(&lint(&["--json", "--min-severity", "error"]).out).unwrap();
    assert!(errors.iter().all(|finding| finding["severity"] == "error") && errors.len() <= findings.len());
    let sarif: serde_json::Value = serde_json::from_str(&lint(&["--format", "sarif"]).out).unwrap();
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), findings.len());
    assert_eq!(run(&["lint", "--workspace", &ferry(), "--min-severity", "error"], "").status, 0);
}

#[test]
fn graphs_come_in_every_form_and_can_be_narrowed() {
    let ferry = ferry();
    for (format, word) in [
        ("text", "Ferry welcome"),
        ("dot", "digraph"),
        ("mermaid", "flowchart"),
        ("json", "\"nodes\""),
        ("original", "\"nodes\""),
    ] {
        let outcome = run(&["graph", "--workspace", &ferry, "--format", format], "");
        assert_eq!(outcome.status, 0, "{format}: {}", outcome.err);
        assert!(outcome.out.contains(word), "{format}: {}", outcome.out);
    }
    let narrow = run(&["graph", "--workspace", &ferry, "--json", "--from", "Ferry staff"], "");
    assert!(!narrow.out.contains("Ferry transfer") && narrow.out.contains("Bookings"), "{}", narrow.out);
}

#[test]
fn exports_read_back_and_tables_have_their_columns() {
    let ferry = ferry();
    let export = run(&["export", "json", "--workspace", &ferry], "");
    let folder = scratch("export");
    let file = folder.join("again.json");
    std::fs::write(&file, &export.out).unwrap();
    let again = run(&["export", "json", "--rulesets", &file.display().to_string()], "");
    assert_eq!(export.out, again.out);
    let table = run(&["export", "csv", "--workspace", &ferry], "").out;
    let wide = run(&["export", "csv", "--workspace", &ferry, "--wide"], "").out;
    assert!(table.starts_with("\"RuleSet\",") && wide.lines().next().unwrap().ends_with("\"Weights\""));
    let none = run(&["export", "csv", "--workspace", &ferry, "--folder", "/Fer"], "");
    assert_eq!(none.out, "", "a folder is not a prefix of letters");
}

#[test]
fn the_reference_and_completions_are_printed() {
    assert!(run(&["rule-types"], "").out.contains("DTMFMenu"));
    for shell in ["bash", "zsh", "fish"] {
        assert!(run(&["completions", shell], "").out.contains("connect-rules"), "{shell}");
    }
}
