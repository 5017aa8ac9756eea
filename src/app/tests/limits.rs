//! `limits`: how numbers stand, calls that are made up, and numbers released.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod tool;

use serde_json::Value;
use tool::{run, scratch};

const SCRIPT: &str = "t_ms,agent,contact,customer,system,kind,expect,fault
0,ada,,+12065550100,+18005550199,direct,allow,
1000,ada,,+12065550100,+18005550199,direct,allow,
2000,ada,,+12065550100,+18005550199,direct,customer,
3000,bob,,+61400000000,+18005550199,callback,exempt,
4000,bob,,+12065550100,+18005550199,direct,customer,stop-fails
";

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn watching_looks_as_often_as_the_screen_is_read_and_refuses_what_is_no_time() {
    let home = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_connect-rules"));
        command.args(args).env_clear().env("HOME", home.path()).current_dir(home.path());
        let out = command.stdin(std::process::Stdio::null()).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (out.status.code().unwrap(), text(out.stdout), text(out.stderr))
    };
    assert_eq!(run(&["env", "new", "lab", "--set", "store=embedded", "--set", "stage=dev"]).0, 0);
    assert_eq!(run(&["ruleset", "create", "First", "--env", "lab"]).0, 0);
    let state = home.path().join(".local/state/connect-rules/environments/lab");
    std::fs::create_dir_all(&state).unwrap();
    let prefer = |text: &str| std::fs::write(state.join("preferences.json"), text).unwrap();
    let watch = |more: &[&str]| {
        let began = std::time::Instant::now();
        let out = run(&[&["limits", "watch", "--times", "2", "--env", "lab"], more].concat());
        (out, began.elapsed().as_secs_f64())
    };
    // Long enough to tell it from the usual two seconds.
    prefer(r#"{"theme":"mono","limitsRefreshSeconds":5}"#);
    let ((status, _, said), took) = watch(&[]);
    assert!(status == 0 && took > 4.9, "{took} {said}");
    let ((status, ..), took) = watch(&["--every", "0.5"]);
    assert!(status == 0 && (0.5..4.0).contains(&took), "{took}");
    prefer(r#"{"limitsRefreshSeconds":90}"#);
    let ((status, _, said), _) = watch(&[]);
    assert_eq!(status, 65, "{said}");
    for word in ["preferences.json", "limitsRefreshSeconds", "`90`", "from 1 to 60", "--every"] {
        assert!(said.contains(word), "{word} is not in {said}");
    }
    assert_eq!(watch(&["--every", "1"]).0.0, 0);
    for odd in ["0", "0.4", "nan", "often", "4000"] {
        let ((status, _, said), _) = watch(&["--every", odd]);
        assert!(status == 64 && said.contains("0.5 to 3600"), "{odd}: {status} {said}");
    }
}

#[test]
fn calls_of_a_script_are_judged_and_kept() {
    let folder = scratch("limits");
    let (script, store) = (folder.join("calls.csv"), folder.join("store.sqlite"));
    std::fs::write(&script, SCRIPT).unwrap();
    let (script, store) = (script.display().to_string(), store.display().to_string());
    assert_eq!(run(&["limits", "status", "--store", &store], "").status, 65, "there is no store yet");
    assert_eq!(run(&["ruleset", "create", "First", "--store", &store, "--yes"], "").status, 0);
    let on = |args: &[&str]| {
        let mut all = vec!["limits"];
        all.extend(args);
        all.extend(["--store", store.as_str(), "--compat", "corrected"]);
        run(&all, "")
    };
    let first = on(&["status"]);
    assert_eq!(first.status, 0, "{}", first.err);
    assert!(first.out.contains("caller IDs: no attempts"), "{}", first.out);
    // The script expects what a limit of two lets through; one of three lets through one more.
    let right = on(&["dial", &script, "--customer-limit", "2"]);
    assert_eq!(right.status, 0, "{}{}", right.out, right.err);
    for word in ["BLOCKED customer, not stopped", "as expected: 5, not: 0", "longest lock: 63 s"] {
        assert!(right.out.contains(word), "{word} is not in {}", right.out);
    }
    let wrong = on(&["dial", &script, "--customer-limit", "3"]);
    assert_eq!(wrong.status, 1, "{}", wrong.out);
    assert!(wrong.out.contains("FAILED: customer was expected"), "{}", wrong.out);
    let beside = on(&["dial", &script, "--customer-limit", "2", "--against", "legacy", "--json"]);
    let pairs = &json(&beside.out)["pairs"];
    let differ: Vec<bool> =
        pairs.as_array().unwrap().iter().map(|it| it["differs"].as_bool().unwrap()).collect();
    assert_eq!(differ, [false, true, false, false, true], "{}", beside.out);
    let lines = on(&["dial", &script, "--customer-limit", "2", "--format", "csv"]).out;
    assert_eq!(lines.lines().count(), 6);
    let odd = on(&["dial", &script, "--window", "0"]);
    assert_eq!(odd.status, 64, "{}", odd.err);

    let kept = on(&["dial", "--agents", "3", "--rate", "30", "--systems", "1", "--seconds", "30", "--keep"]);
    assert_eq!(kept.status, 0, "{}", kept.err);
    let seen = on(&["status", "--json"]);
    assert_eq!(seen.status, 2, "45 calls of one caller ID block it: {}", seen.out);
    let seen = json(&seen.out);
    let blocked = seen["numbers"].as_array().unwrap().iter().find(|it| it["type"] == "system").unwrap();
    assert_eq!((&blocked["state"], &blocked["number"]), (&"BLOCKED".into(), &"+*******0000".into()));
    assert!(seen["today"]["system"].as_u64().unwrap() > 0);
    let watched = on(&["watch", "--every", "0.5", "--times", "2"]);
    assert_eq!((watched.status, watched.out.matches("caller IDs").count() >= 2), (2, true));
    // What was blocked, number by number, today and on another day; whole numbers where they are wanted.
    let blocked = json(&on(&["blocked", "--json"]).out);
    let contacts = blocked["contacts"].as_array().unwrap();
    assert_eq!(contacts.len() as u64, seen["today"]["system"].as_u64().unwrap(), "{blocked}");
    assert!(
        contacts.iter().all(|it| it["reason"] == "system" && it["system"] == "+*******0000"),
        "{blocked}"
    );
    assert_eq!(blocked["totals"], seen["today"]);
    let text = on(&["blocked", "--unmasked", "--number", "+18005550000"]).out;
    assert!(
        text.contains("+18005550000") && text.contains("CALLER ID") && text.contains("STOPPED"),
        "{text}"
    );
    assert!(on(&["blocked", "--number", "999999999"]).out.contains("no call was blocked"));
    assert!(on(&["blocked", "--day", "2001-01-31"]).out.starts_with("2001-01-31 UTC: 0 attempts"));
    assert_eq!(on(&["blocked", "--day", "31/1/2001"]).status, 64);
    let all = json(&on(&["status", "--all", "--unmasked", "--number", "+18005550000", "--json"]).out);
    assert_eq!(all["numbers"].as_array().unwrap().len(), 1, "{all}");
    // Other limits count at once.
    let limits = r#"{"customerLimit":12}"#;
    let set = run(&["connect-data", "set", "RateLimit", limits, "--store", &store, "--yes"], "");
    assert_eq!(set.status, 0, "{}", set.err);
    assert!(on(&["status"]).out.contains("customer 12 (lets 12 through)"));
    let unset = run(&["connect-data", "unset", "RateLimit", "--store", &store, "--yes"], "");
    assert_eq!(unset.status, 0, "{}", unset.err);
    let unset = run(&["connect-data", "unset", "RateLimit", "--store", &store, "--yes"], "");
    assert_eq!(unset.status, 1, "{}", unset.out);

    let released = on(&["reset", "+1 800 555 0000", "--system", "--reason", "a test", "--yes"]);
    assert_eq!(released.status, 0, "{}", released.err);
    let audit = run(&["audit", "--store", &store], "").out;
    assert!(audit.contains("a test"), "{audit}");
    assert_eq!(on(&["status"]).status, 0);
    let again = on(&["reset", "+18005550000", "--system", "--reason", "a test", "--yes"]);
    assert_eq!(again.status, 1, "{}", again.out);
}
