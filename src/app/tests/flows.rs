//! `flows check` and `flows render`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod tool;

use serde_json::{Value, json};
use tool::{run, scratch};

#[test]
fn the_flows_of_the_program_are_in_order() {
    let outcome = run(&["flows", "check"], "");
    assert_eq!(
        (outcome.status, outcome.out.as_str()),
        (0, "22 flows, 0 errors, 0 warnings\n"),
        "{}",
        outcome.err
    );
    assert_eq!(run(&["flows", "check", "--json"], "").out, "[]\n");
    assert_eq!(run(&["flows", "check", "--store", "x.sqlite"], "").status, 64);
}

#[test]
fn findings_say_where_what_why_and_what_to_do() {
    let folder = scratch("flows-check");
    let flow = |name: &str, next: &str| {
        let path = folder.join(format!("{name}.json"));
        let content = json!({ "Version": "2019-10-30", "StartAction": "say", "Actions": [
            { "Identifier": "say", "Type": "MessageParticipant", "Parameters": { "Text": "Hello" },
              "Transitions": { "NextAction": next, "Errors": [{ "NextAction": "bye", "ErrorType": "NoMatchingError" }] } },
            { "Identifier": "bye", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {} }] });
        let file = json!({ "name": name, "type": "CONTACT_FLOW", "description": "d", "channels": ["VOICE"], "content": content });
        std::fs::write(&path, file.to_string()).unwrap();
        path.display().to_string()
    };
    let (good, bad) = (flow("Good", "bye"), flow("Bad", "nowhere"));
    assert_eq!(run(&["flows", "check", &good], "").out, "1 flows, 0 errors, 0 warnings\n");
    let outcome = run(&["flows", "check", &good, &bad], "");
    assert_eq!(outcome.status, 1);
    for word in [
        "Bad.json: error V03: action say: it leads to \"nowhere\"",
        "A branch into nothing",
        "lead it to",
        "2 flows, 1 errors",
    ] {
        assert!(outcome.out.contains(word), "{word} is not in {}", outcome.out);
    }
    let outcome = run(&["flows", "check", "--json", &bad], "");
    let findings: Value = serde_json::from_str(&outcome.out).unwrap();
    assert_eq!(
        (outcome.status, &findings[0]["check"], &findings[0]["action"]),
        (1, &json!("V03"), &json!("say"))
    );
    let missing = folder.join("missing.json").display().to_string();
    assert_eq!(run(&["flows", "check", &missing], "").status, 65);
}

#[test]
fn flows_are_rendered_whole_or_not_at_all() {
    let folder = scratch("flows-render");
    let names = run(&["flows", "render", "Nobody", "--instance", "x"], "");
    assert_eq!(names.status, 64);
    let names: Vec<&str> = names.err.split("use ").nth(1).unwrap().trim().split(", ").collect();
    assert_eq!(names.len(), 22);
    let arn = |name: &str| json!({ "Name": name, "Arn": format!("arn:{name}") });
    let mut document = json!({
        "stage": "prod", "service": "ivr",
        "contactFlows": names.iter().map(|it| arn(&format!("RulesEngine{it}"))).collect::<Vec<_>>(),
        "prompts": [arn("CustomerQueue.wav")],
        "settings": { "voiceId": "Amy" },
    });
    let file = folder.join("connect.json");
    let env = file.display().to_string();
    let write = |document: &Value| std::fs::write(&file, document.to_string()).unwrap();
    write(&document);
    let out = folder.join("out");
    let dir = out.display().to_string();
    let outcome = run(&["flows", "render", "--instance", &env, "--dir", &dir], "");
    assert_eq!(outcome.status, 1);
    let lacking = "contactflows/Main.json: action next / Parameters.LambdaFunctionARN: {{lambda:evaluator}}: the instance has no function \"prod-ivr-evaluator\"";
    assert!(outcome.err.contains(lacking), "{}", outcome.err);
    assert!(!out.exists());

    document["lambdaFunctions"] = json!([arn("prod-ivr-evaluator"), arn("prod-ivr-ratelimiter")]);
    write(&document);
    let outcome =
        run(&["flows", "render", "--instance", &env, "--dir", &dir, "--setting", "voiceEngine=Standard"], "");
    assert_eq!((outcome.status, outcome.out.as_str()), (0, ""), "{}", outcome.err);
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 22);
    let bootstrap = std::fs::read_to_string(out.join("RulesEngineBootstrap.json")).unwrap();
    assert!(
        bootstrap.contains("\"TextToSpeechVoice\":\"Amy\"")
            && bootstrap.contains("\"TextToSpeechEngine\":\"Standard\"")
    );

    let one: Value =
        serde_json::from_str(&run(&["flows", "render", "Main", "--instance", &env], "").out).unwrap();
    assert_eq!(one["Actions"][0]["Parameters"]["LambdaFunctionARN"], "arn:prod-ivr-evaluator");
    let all: Value = serde_json::from_str(&run(&["flows", "render", "--instance", &env], "").out).unwrap();
    assert_eq!((all.as_object().unwrap().len(), &all["RulesEngineMain"]), (22, &one));

    for setting in ["voiceEngine=Loud", "mood=good", "voiceId"] {
        assert_eq!(
            run(&["flows", "render", "--instance", &env, "--setting", setting], "").status,
            64,
            "{setting}"
        );
    }
    document["settings"] = json!({ "interruptSeconds": 1 });
    write(&document);
    let outcome = run(&["flows", "render", "--instance", &env], "");
    assert!(outcome.status == 65 && outcome.err.contains("settings.interruptSeconds"), "{}", outcome.err);
    std::fs::write(&file, "{").unwrap();
    assert_eq!(run(&["flows", "render", "--instance", &env], "").status, 65);
    assert_eq!(run(&["flows", "render"], "").status, 64);
}

#[test]
fn flows_are_rendered_for_an_environment_with_what_its_store_knows() {
    let home = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_connect-rules"));
        command.args(args).env_clear().env("HOME", home.path()).current_dir(home.path());
        let out = command.stdin(std::process::Stdio::null()).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (out.status.code().unwrap(), text(out.stdout), text(out.stderr))
    };
    let new =
        ["env", "new", "lab", "--set", "store=embedded", "--set", "voice_id=Amy", "--set", "service=ivr"];
    assert_eq!(run(&new).0, 0);
    let names = run(&["flows", "render", "Nobody", "--env", "lab"]).2;
    let names: Vec<&str> = names.split("use ").nth(1).unwrap().trim().split(", ").collect();
    let arn = |name: &str| json!({ "Name": name, "Arn": format!("arn:{name}") });
    let file = home.path().join("connect.json").display().to_string();
    let import = |document: &Value| {
        std::fs::write(&file, document.to_string()).unwrap();
        let (status, _, said) = run(&["connect-data", "import", &file, "--env", "lab", "--yes", "--empty"]);
        assert_eq!(status, 0, "{said}");
    };
    let mut document = json!({
        "contactFlows": names.iter().map(|it| arn(&format!("RulesEngine{it}"))).collect::<Vec<_>>(),
        "prompts": [arn("CustomerQueue.wav")],
    });
    import(&document);
    let (status, _, said) = run(&["flows", "render", "Main", "--env", "lab"]);
    assert!(status == 1 && said.contains("the instance has no function \"lab-ivr-evaluator\""), "{said}");
    document["lambdaFunctions"] = json!([arn("lab-ivr-evaluator"), arn("lab-ivr-ratelimiter")]);
    import(&document);
    let (status, out, said) = run(&["flows", "render", "Main", "--env", "lab"]);
    assert_eq!(status, 0, "{said}");
    assert!(out.contains("\"arn:lab-ivr-evaluator\"") && !out.contains("{{"), "{out}");
    let (_, out, said) = run(&["flows", "render", "Bootstrap", "--env", "lab"]);
    assert!(out.contains("Amy"), "{out}{said}");
    // One place is enough.
    let (status, _, said) = run(&["flows", "render", "Main", "--instance", &file, "--env", "lab"]);
    assert!(status == 64 && said.contains("--env"), "{said}");
}
