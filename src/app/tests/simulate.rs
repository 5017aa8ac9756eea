//! The contract of `simulate` (`spec/testing.md` 5.3, 7.6), kept with the program itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod tool;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tool::{Outcome, beside, ferry, run, run_bytes};

const START: &str = r#"{"eventType":"NEW_INTERACTION","endPoint":"Ferry line","customerPhoneNumber":"+61400111222","interactionDateTime":"2023-06-14T22:15:00Z"}"#;

fn simulate(options: &[&str], lines: &[&str]) -> Outcome {
    let ferry = ferry();
    let mut args = vec!["simulate", "--workspace", &ferry];
    args.extend(options);
    run(&args, &(lines.join("\n") + "\n"))
}

/// The error of the last reply: code and message.
fn last_error(outcome: &Outcome) -> (String, String) {
    let last = outcome.lines().pop().unwrap();
    let error = &last["error"];
    let text = |name: &str| error[name].as_str().unwrap_or_else(|| panic!("{last}")).to_owned();
    (text("code"), text("message").strip_prefix("Failed to inference: ").unwrap().to_owned())
}

#[test]
fn the_worked_example_is_answered_word_for_word() {
    let text = std::fs::read_to_string(beside("ferry/transcript.jsonl")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let requests: Vec<String> = lines
        .iter()
        .step_by(2)
        .map(|line| {
            let mut request: Value = serde_json::from_str(line).unwrap();
            // The newest contact is meant where none is named.
            request.as_object_mut().unwrap().remove("contactId");
            request.to_string()
        })
        .collect();
    let requests: Vec<&str> = requests.iter().map(String::as_str).collect();
    let outcome = simulate(&["--state", "none"], &requests);
    assert_eq!((outcome.status, outcome.err.as_str()), (0, ""));
    let replies = outcome.lines();
    let id = replies[0]["contactId"].as_str().unwrap().to_owned();
    assert!(id.starts_with("interactive-"), "{id}");
    for (reply, wanted) in replies.iter().zip(lines.iter().skip(1).step_by(2)) {
        let mut reply = reply.clone();
        let members = reply.as_object_mut().unwrap();
        assert!(members.remove("ruleSetId").is_some() && members.remove("ruleId").is_some());
        let reply: Value = serde_json::from_str(&reply.to_string().replace(&id, "C1")).unwrap();
        assert_eq!(reply, serde_json::from_str::<Value>(wanted).unwrap());
    }
    assert_eq!(replies.len(), lines.len() / 2);

    let outcome = simulate(&[], &requests);
    let mut state = outcome.lines().pop().unwrap()["state"].clone();
    let wanted = std::fs::read_to_string(beside("ferry/last-state.json")).unwrap();
    let volatile = ["ContactId", "RuleStart", "RuleSetStart", "IntegrationStart", "IntegrationEnd"];
    state.as_object_mut().unwrap().retain(|key, _| !volatile.contains(&key.as_str()));
    state["System"].as_object_mut().unwrap().remove("ContactId");
    let keys: Vec<&String> = state.as_object().unwrap().keys().collect();
    assert!(keys.is_sorted(), "{keys:?}");
    for (key, value) in serde_json::from_str::<Value>(&wanted).unwrap().as_object().unwrap() {
        if key != "System" {
            assert_eq!(&state[key], value, "{key}");
        }
    }
}

#[test]
fn changes_add_up_to_the_state() {
    let steps = [
        START,
        r#"{"eventType":"NEXT_RULE"}"#,
        r#"{"eventType":"NEXT_RULE"}"#,
        r#"{"eventType":"NEXT_RULE"}"#,
    ];
    let replies = simulate(&["--state", "full"], &steps).lines();
    let mut sum = serde_json::Map::new();
    for reply in &replies {
        let changes = &reply["changes"];
        for (key, value) in changes["set"].as_object().unwrap() {
            assert_ne!(sum.insert(key.clone(), value.clone()).as_ref(), Some(value), "{key} did not change");
        }
        for key in changes["removed"].as_array().unwrap() {
            assert!(sum.remove(key.as_str().unwrap()).is_some());
        }
        assert_eq!(reply["state"], Value::Object(sum.clone()));
    }
    let changes = simulate(&["--state", "changes"], &steps).lines();
    assert!(changes.iter().all(|reply| reply.get("state").is_none() && reply.get("changes").is_some()));
    let none = simulate(&["--state", "none"], &steps).lines();
    assert!(none.iter().all(|reply| reply.get("state").is_none() && reply.get("changes").is_none()));
}

#[test]
fn every_error_has_its_code() {
    let next = r#"{"eventType":"NEXT_RULE"}"#;
    let code = |lines: &[&str]| last_error(&simulate(&[], lines));
    let is = |lines: &[&str], code_wanted: &str, message: &str| {
        assert_eq!(code(lines), (code_wanted.to_owned(), message.to_owned()), "{lines:?}");
    };
    is(&[r#"{"eventType":"DANCE"}"#], "UNKNOWN_EVENT", "Unhandled event type: DANCE");
    is(
        &[r#"{"eventType":"NEW_INTERACTION","endPoint":"Nowhere"}"#],
        "UNKNOWN_END_POINT",
        "Failed to rule set for end point: Nowhere",
    );
    is(
        &[r#"{"eventType":"NEXT_RULE","contactId":"x"}"#],
        "UNKNOWN_CONTACT",
        "ContactId: x Failed to find rule set for name: undefined",
    );
    is(
        &[r#"{"eventType":"INPUT","contactId":"x","input":"1"}"#],
        "UNKNOWN_CONTACT",
        "Unhandled input phase: undefined",
    );
    is(&[r#"{"eventType":"CONFIRM","contactId":"x","input":"1"}"#], "UNKNOWN_CONTACT", "Unknown contact: x");
    is(&[r#"{"eventType":"HANGUP","contactId":"x"}"#], "UNKNOWN_CONTACT", "Unknown contact: x");
    is(&[START, r#"{"eventType":"INPUT","input":"1"}"#], "BAD_PHASE", "Unhandled input phase: undefined");
    is(
        &[START, next, next, next, next, r#"{"eventType":"CONFIRM","input":"1"}"#],
        "BAD_PHASE",
        "Unexpected CONFIRM in phase: input",
    );
    assert_eq!(code(&["[1]"]).0, "BAD_REQUEST");
    assert_eq!(code(&["{"]).0, "BAD_REQUEST");
    assert_eq!(code(&[r#"{"eventType":"INPUT","input":["1"]}"#]).0, "BAD_REQUEST");
    let late = r#"{"eventType":"NEW_INTERACTION","endPoint":"Ferry line","interactionDateTime":"soon"}"#;
    assert_eq!(code(&[late]).0, "BAD_REQUEST");
    let hang_up = r#"{"eventType":"HANGUP"}"#;
    let (refused, message) = code(&[START, hang_up, next]);
    assert!(refused == "DISCONNECTED" && message.starts_with("Contact is disconnected: interactive-"));
    let dead = r#"{"eventType":"NEW_INTERACTION","endPoint":"Dead end"}"#;
    let (none, message) = code(&[dead, next]);
    assert_eq!(none, "NO_NEXT_RULE");
    assert!(message.contains("reached the end of a ruleset with no return stack"), "{message}");
}

#[test]
fn an_error_carries_what_is_known() {
    let line = r#"{"eventType":"NEW_INTERACTION","endPoint":"Nowhere","requestId":7}"#;
    let outcome = simulate(&[], &[line]);
    assert_eq!(outcome.status, 0);
    assert_eq!(
        outcome.out,
        "{\"error\":{\"message\":\"Failed to inference: Failed to rule set for end point: Nowhere\",\
         \"code\":\"UNKNOWN_END_POINT\"},\"eventType\":\"NEW_INTERACTION\",\"requestId\":7}\n"
    );
}

#[test]
fn hang_up_ends_the_contact_and_keeps_its_state() {
    let replies = simulate(&[], &[START, r#"{"eventType":"HANGUP","requestId":null}"#]).lines();
    let hang_up = &replies[1];
    assert_eq!(hang_up["terminate"], json!(true));
    assert_eq!(hang_up["disconnected"], json!(true));
    assert_eq!(hang_up["inputRequired"], json!(false));
    assert_eq!(hang_up["rule"], json!("Greeting"));
    assert_eq!(hang_up["state"], replies[0]["state"]);
    assert_eq!(hang_up.get("requestId"), Some(&Value::Null));
}

#[test]
fn contacts_are_interleaved_and_deterministic() {
    let first = simulate(&["--seed", "9"], &[START, START]).lines();
    let (a, b) = (first[0]["contactId"].as_str().unwrap(), first[1]["contactId"].as_str().unwrap());
    assert_ne!(a, b);
    let next = |id: &str| format!(r#"{{"eventType":"NEXT_RULE","contactId":"{id}"}}"#);
    let lines = [START.to_owned(), START.to_owned(), next(a), next(b), next(a)];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let replies = simulate(&["--seed", "9"], &lines).lines();
    let rules: Vec<&str> = replies.iter().map(|r| r["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["Greeting", "Greeting", "Load traveller", "Load traveller", "Gold greeting"]);
    assert_eq!(simulate(&["--seed", "9"], &lines).out, simulate(&["--seed", "9"], &lines).out);
    assert_ne!(simulate(&["--seed", "8"], &lines).lines()[0]["contactId"], json!(a));
}

#[test]
fn the_clock_moves_by_requests_only() {
    let later = r#"{"eventType":"NEXT_RULE","now":"2023-06-14T23:00:00Z"}"#;
    let back = r#"{"eventType":"NEXT_RULE","now":"2020-01-01T00:00:00Z"}"#;
    let start = |options: &[&str]| {
        let replies = simulate(options, &[START, later, back]).lines();
        replies.iter().map(|r| r["state"]["RuleStart"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (first, second) = ("2023-06-14T22:15:00.000+00:00", "2023-06-14T23:00:00.000+00:00");
    assert_eq!(start(&[]), [first, second, second]);
    assert_eq!(start(&["--now", "2023-06-14T22:15:00Z"]), [first, second, second]);
    assert!(start(&["--now", "system"])[0].as_str() > "2024");
}

#[test]
fn the_trace_shows_tested_rules_and_branches() {
    let next = r#"{"eventType":"NEXT_RULE"}"#;
    let replies = simulate(&["--trace", "--branches"], &[START, next, next]).lines();
    let trace = &replies[2]["trace"][0];
    assert_eq!(trace["rule"], json!("Gold greeting"));
    assert_eq!(
        (&trace["activation"], &trace["weight"], &trace["activated"]),
        (&json!(10), &json!(10), &json!(true))
    );
    let weight = &trace["weights"][0];
    for (member, wanted) in [
        ("field", json!("Traveller.Tier")),
        ("operation", json!("equals")),
        ("value", json!("gold")),
        ("raw", json!("gold")),
        ("met", json!(true)),
    ] {
        assert_eq!(weight[member], wanted, "{member}");
    }
    let items = replies[2]["branches"].as_array().unwrap();
    for item in [
        json!(["rule", "Ferry welcome", "Gold greeting"]),
        json!(["activation", "Ferry welcome", "Gold greeting", "activated"]),
        json!(["weight", "Ferry welcome", "Gold greeting", "0", "met"]),
        json!(["branch", "Ferry welcome", "Gold greeting", "next"]),
    ] {
        assert!(items.contains(&item), "{item} is not in {items:?}");
    }
}

#[test]
fn broken_lines_are_answered_and_the_next_ones_too() {
    let ferry = ferry();
    let mut input = b"\n  \n\xff\xfe{}\n".to_vec();
    input.extend(vec![b'x'; (16 << 20) + 1]);
    input.extend(b"\n{\"eventType\":\"NEXT_RULE\",\"a\":");
    input.extend(vec![b'['; 100_000]);
    input.extend(b"\n");
    input.extend(START.as_bytes());
    let outcome = run_bytes(&["simulate", "--workspace", &ferry], &input);
    assert_eq!(outcome.status, 0, "{}", outcome.err);
    let replies = outcome.lines();
    let codes: Vec<&str> = replies.iter().map(|r| r["error"]["code"].as_str().unwrap_or("none")).collect();
    assert_eq!(codes, ["BAD_REQUEST", "BAD_REQUEST", "BAD_REQUEST", "none"]);
    let message = |i: usize| replies[i]["error"]["message"].as_str().unwrap();
    assert!(message(0).contains("not UTF-8 at byte 1"), "{}", message(0));
    assert!(message(1).contains("longer than 16 MiB"), "{}", message(1));
}

#[test]
fn a_person_gets_each_answer_at_once() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_connect-rules"))
        .args(["simulate", "--workspace", &ferry()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut replies = BufReader::new(child.stdout.take().unwrap()).lines();
    for line in [START, r#"{"eventType":"NEXT_RULE"}"#] {
        // The second half of the line comes late: the answer before must be out by then.
        stdin.write_all(line.as_bytes()).unwrap();
        stdin.write_all(b"\n{\"event").unwrap();
        stdin.flush().unwrap();
        assert!(replies.next().unwrap().unwrap().contains("contactId"));
        stdin.write_all(b"Type\":\"X\"}\n").unwrap();
        assert!(replies.next().unwrap().unwrap().contains("UNKNOWN_EVENT"));
    }
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_connect-rules"))
        .args(["simulate", "--workspace", &ferry()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    for _ in 0..1000 {
        if stdin.write_all(format!("{START}\n").as_bytes()).is_err() {
            break;
        }
    }
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn the_demo_is_there_without_a_workspace() {
    let line = r#"{"eventType":"NEW_INTERACTION","endPoint":"Wattlebird Main"}"#;
    let outcome = run(&["simulate", "-q"], &format!("{line}\n"));
    assert_eq!(outcome.status, 0);
    assert!(outcome.lines()[0].get("error").is_none(), "{}", outcome.out);
}

#[test]
fn what_the_instance_lacks_can_be_made_up() {
    let folder = tool::scratch("synthesise");
    let rules = r#"[{"name":"A","enabled":true,"endPoints":["Line"],"rules":[{"name":"q","type":"Queue","enabled":true,
        "priority":"1","activation":"0","params":{"queueName":"Sales"},"weights":[]}]}]"#;
    let file = folder.join("rules.json");
    std::fs::write(&file, rules).unwrap();
    let file = file.display().to_string();
    let line = "{\"eventType\":\"NEW_INTERACTION\",\"endPoint\":\"Line\"}\n";
    let with = |more: &[&str]| {
        let args: Vec<&str> = ["simulate", "-q", "--rulesets", &file].iter().chain(more).copied().collect();
        run(&args, line).lines().remove(0)
    };
    assert_eq!(with(&["--synthesise"])["queue"], json!("Sales"));
    assert!(with(&[]).get("error").is_some());
    let zone = folder.join("connect.json");
    std::fs::write(&zone, r#"{"timeZone":"Australia/Perth"}"#).unwrap();
    let reply = with(&["--connect", &zone.display().to_string()]);
    assert_eq!(reply["error"]["message"], json!("Failed to inference: Could not find queue: Sales"));
    assert_eq!(reply["error"]["code"], json!("LOOKUP_FAILED"));
    assert_eq!(reply.get("contactId"), None, "a rule that cannot be prepared leaves no contact");
    std::fs::write(&file, rules.replace("Queue", "Distribution").replace("queueName", "other")).unwrap();
    let reply = with(&["--connect", &zone.display().to_string()]);
    assert_eq!(reply["error"]["code"], json!("RULE_FAILED"));
    assert!(reply["contactId"].is_string(), "a rule that fails leaves one: {reply}");
}

#[test]
fn a_bundle_says_its_own_setting() {
    let folder = tool::scratch("compat");
    let rules = std::fs::read_to_string(beside("ferry/rulesets.json")).unwrap();
    let connect = std::fs::read_to_string(beside("ferry/connect.json")).unwrap();
    let first = |compat: &str, more: &[&str]| {
        let file = folder.join("bundle.json");
        std::fs::write(&file, format!("{{{compat}\"ruleSets\":{rules},\"connect\":{connect}}}")).unwrap();
        let file = file.display().to_string();
        let args: Vec<&str> = ["simulate", "--workspace", &file].iter().chain(more).copied().collect();
        run(
            &args,
            "{\"eventType\":\"NEW_INTERACTION\",\"endPoint\":\"Ferry line\",\"contactAttributes\":\"\"}\n",
        )
    };
    let is_error = |outcome: &Outcome| outcome.lines()[0].get("error").is_some();
    // The original takes an empty text for no attributes.
    assert!(is_error(&first("", &[])));
    assert!(!is_error(&first("\"compat\":\"original\",", &[])));
    assert!(is_error(&first("\"compat\":\"original\",", &["--compat", "corrected"])));
    let other = first("\"compat\":\"other\",", &[]);
    assert!(other.status == 65 && other.err.contains("compat"), "{}", other.err);
}
