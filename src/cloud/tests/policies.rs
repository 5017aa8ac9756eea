//! The policies of people allow what the program calls, and each of their statements is explained.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn policy(name: &str) -> Value {
    let text = fs::read_to_string(root().join(format!("docs/policies/{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn allowed(policy: &Value) -> BTreeSet<String> {
    let statements = policy["Statement"].as_array().unwrap().iter();
    statements
        .flat_map(|it| it["Action"].as_array().unwrap())
        .map(|it| it.as_str().unwrap().to_owned())
        .collect()
}

/// Texts of all sources below a folder.
fn sources(folder: &Path, out: &mut String) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|it| it == "rs") {
            out.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

/// Calls that the gateways and the store make, as they name them.
fn calls() -> BTreeSet<String> {
    let mut text = String::new();
    for folder in ["src/aws/src", "src/dynamo/src", "src/cloud/src/emulator"] {
        sources(&root().join(folder), &mut text);
    }
    let families = [
        "cloudformation",
        "cloudwatch",
        "connect",
        "dynamodb",
        "events",
        "lambda",
        "lex",
        "logs",
        "s3",
        "servicequotas",
    ];
    let is_call = |it: &&str| {
        it.split_once(':').is_some_and(|(family, call)| {
            families.contains(&family)
                && call.starts_with(|c: char| c.is_ascii_uppercase())
                && call.chars().all(|c| c.is_ascii_alphanumeric())
        })
    };
    text.split('"').filter(is_call).map(str::to_owned).collect()
}

/// What policies call a call, where that differs.
fn actions(call: &str) -> Vec<&str> {
    match call {
        "dynamodb:TransactWriteItems" => {
            vec!["dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:ConditionCheckItem"]
        }
        "lambda:Invoke" => vec!["lambda:InvokeFunction"],
        "s3:HeadBucket" => vec!["s3:ListBucket"],
        "s3:HeadObject" => vec!["s3:GetObject"],
        "s3:DeleteObjects" => vec!["s3:DeleteObject", "s3:DeleteObjectVersion"],
        other => vec![other],
    }
}

fn reads(call: &str) -> bool {
    let verb = call.split(':').next_back().unwrap_or_default();
    ["BatchGet", "Describe", "Filter", "Get", "HeadBucket", "List", "Query", "Recognize", "Scan"]
        .iter()
        .any(|it| verb.starts_with(it))
}

#[test]
fn an_administrator_may_make_every_call() {
    let mut allowed = allowed(&policy("administrator"));
    allowed.extend(self::allowed(&policy("administrator-deploy")));
    let calls = calls();
    assert!(calls.len() > 50, "{calls:?}");
    for call in &calls {
        for action in actions(call) {
            assert!(allowed.contains(action), "{action} for {call}");
        }
    }
}

#[test]
fn looking_needs_no_more_than_a_tester_has() {
    // Objects, change sets and versions of bots are looked at only on the way to a change.
    let for_changes =
        ["cloudformation:DescribeChangeSet", "lex:ListBotVersions", "s3:GetObject", "s3:ListBucketVersions"];
    for name in ["tester", "power-user"] {
        let allowed = allowed(&policy(name));
        for call in calls().iter().filter(|it| reads(it) && !for_changes.contains(&it.as_str())) {
            for action in actions(call) {
                assert!(allowed.contains(action), "{name}: {action} for {call}");
            }
        }
        for family in ["connect:", "lambda:", "lex:", "cloudformation:", "s3:"] {
            let writes = |it: &&String| it.starts_with(family) && !reads(it);
            let writing: Vec<&String> =
                allowed.iter().filter(writes).filter(|it| *it != "lex:DeleteSession").collect();
            assert!(writing.is_empty(), "{name} writes: {writing:?}");
        }
    }
}

#[test]
fn each_statement_is_explained_and_none_allows_everything() {
    let readme = fs::read_to_string(root().join("docs/policies/README.md")).unwrap();
    for name in ["tester", "power-user", "administrator", "administrator-deploy"] {
        let policy = policy(name);
        let length = policy.to_string().len();
        assert!(length <= 6144, "{name} has {length} characters, too many for a managed policy");
        for statement in policy["Statement"].as_array().unwrap() {
            let sid = statement["Sid"].as_str().unwrap();
            assert!(readme.contains(&format!("| `{sid}` | ")), "{sid} is not explained");
            for action in statement["Action"].as_array().unwrap() {
                assert!(!action.as_str().unwrap().contains('*'), "{sid}: {action}");
            }
        }
    }
    let users = |name: &str| {
        let policy = policy(name);
        let statements = policy["Statement"].as_array().unwrap().clone();
        statements.iter().any(|it| {
            it["Action"].to_string().contains("PutItem") && it["Resource"].to_string().contains("users")
        })
    };
    assert!(!users("tester") && !users("power-user"));
}
