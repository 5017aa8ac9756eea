//! Operating an environment from the command line, on the cloud of this machine: look, repair, break, look again,
//! functions, cache, deploying. What it says is for programs, too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// Runs the program in a home of its own; its status, standard output and standard error.
fn run(home: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_connect-rules"));
    command.args(args).args(["--env", "lab"]).env_clear().env("HOME", home).current_dir(home);
    let out = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (out.status.code().unwrap(), text(out.stdout), text(out.stderr))
}

/// A home with an environment whose cloud is on this machine and answers as fast as it can.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let mut args = vec!["env", "new", "lab"];
    for value in ["stage=dev", "store=embedded", "connect_rate=1000", "connect_burst=1000"] {
        args.extend(["--set", value]);
    }
    assert_eq!(run(home.path(), &args).0, 0);
    assert_eq!(run(home.path(), &["demo", "reset", "--yes"]).0, 0);
    home
}

/// A program for Linux, as far as its first bytes go.
fn program(folder: &Path, name: &str) {
    let head = [0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 62, 0, 1, 0, 0, 0];
    std::fs::write(folder.join(name), [&head[..], &[0; 40], name.as_bytes()].concat()).unwrap();
}

fn json(home: &Path, args: &[&str]) -> (i32, Value) {
    let (status, out, said) = run(home, &[args, &["--json"]].concat());
    (status, serde_json::from_str(&out).unwrap_or_else(|error| panic!("{args:?}: {error}: {out}{said}")))
}

#[test]
fn an_empty_instance_is_repaired_broken_and_repaired_again() {
    let home = home();
    let home = home.path();
    // Nothing is there: that is told, planned and made.
    let (status, report) = json(home, &["health"]);
    assert_eq!(status, 1, "{report}");
    let (status, plan) = json(home, &["repair", "--plan"]);
    assert_eq!(status, 0);
    let planned = plan.to_string();
    assert!(
        planned.contains("RulesEngineBootstrap") && planned.contains("RulesEngineRateLimitWarning"),
        "{plan}"
    );
    let (status, done, said) = run(home, &["repair", "--yes"]);
    // So many calls a second are more than an account is allowed; nothing else is amiss.
    assert_eq!(status, 2, "{done}{said}");
    let (status, out, _) = run(home, &["health", "--problems"]);
    assert!(status == 2 && out.contains("lower connect_rate") && !out.contains("MISSING"), "{out}");
    assert!(run(home, &["repair", "--plan"]).1.contains("nothing to repair"));

    // A flow that was saved without a change is as it was; one that says something else is not.
    assert_eq!(run(home, &["practice", "do", "reformat", "Error"]).0, 0);
    assert_eq!(run(home, &["health", "--only", "flows"]).0, 0);
    assert_eq!(run(home, &["practice", "do", "change-message", "Error"]).0, 0);
    let (status, out, _) = run(home, &["health", "--only", "flows", "--problems"]);
    assert!(status == 1 && out.contains("RulesEngineError") && out.contains("CHANGED"), "{out}");
    let (status, out, _) = run(home, &["flows", "diff", "Error"]);
    assert!(status != 0 && out.contains("Parameters.Text"), "{out}");
    let (status, out, _) = run(home, &["flows", "extract", "Error"]);
    assert!(status == 0 && out.contains("\"name\": \"Error\""), "{out}");

    // A call that is not allowed is told with what would allow it, and ends nothing.
    let denied = ["practice", "fail", "deny", "--call", "connect:DescribeContactFlow", "--about", "Main"];
    let (status, _, said) = run(home, &denied);
    assert_eq!(status, 0, "{said}");
    let (status, out, _) = run(home, &["health", "--only", "flows", "--problems"]);
    assert!(status != 0 && out.contains("RulesEngineError"), "the scan goes on: {out}");
    assert_eq!(run(home, &["practice", "heal"]).0, 0);
    let (status, out, said) = run(home, &["repair", "--yes", "--only", "flows"]);
    assert_eq!(status, 0, "{out}{said}");
    // What was overwritten is where the screen saves it, too, and that is told.
    let saved = home.join(".local/share/connect-rules/environments/lab/backups/flows");
    assert!(out.contains(&format!("what was overwritten is in {}\n", saved.display())), "{out}");
    let files: Vec<_> = std::fs::read_dir(&saved).unwrap().map(|it| it.unwrap().path()).collect();
    assert!(files.iter().any(|it| std::fs::read_to_string(it).unwrap().contains("Thank you.")), "{files:?}");
    assert_eq!(run(home, &["health", "--only", "flows"]).0, 0);
}

#[test]
fn outbound_calls_are_looked_at_and_mended_where_nobody_chose_otherwise() {
    let home = home();
    let home = home.path();
    let practise = |practice: &str, target: &str| {
        let (status, _, said) = run(home, &["practice", "do", practice, target]);
        assert_eq!(status, 0, "{practice}: {said}");
    };
    assert_eq!(run(home, &["repair", "--yes"]).0, 2);
    let (status, out, _) = run(home, &["health", "--only", "outbound"]);
    assert!(status == 0 && out.contains("outbound calls: ") && out.contains("queue Sales"), "{out}");
    practise("remove-whisper", "Sales");
    practise("hide-number", "Sales");
    practise("other-whisper", "Digital Team");
    practise("refuse-tasks", "Care");
    let (status, out, _) = run(home, &["health", "--only", "outbound", "--problems"]);
    assert_eq!(status, 2, "{out}");
    for told in ["no whisper flow; agents call out of it", "Our whisper", "take one TASK", "DEGRADED"] {
        assert!(out.contains(told), "{told}: {out}");
    }
    // What repair does and what it leaves is seen first.
    let (status, out, _) = run(home, &["repair", "--plan", "--only", "outbound"]);
    assert!(status == 0 && out.contains("set whisper  Sales  outbound calls run"), "{out}");
    assert!(
        out.contains("left as it is: queue Digital Team")
            && out.contains("left as it is: routing profile Care")
    );
    let (_, out, said) = run(home, &["repair", "--yes", "--only", "outbound"]);
    assert!(out.contains("done     set whisper Sales"), "{out}{said}");
    let (_, report) = json(home, &["health", "--only", "outbound"]);
    let check = |name: &str| {
        let all = report["checks"].as_array().unwrap();
        all.iter().find(|it| it["name"] == name).unwrap_or_else(|| panic!("{name}: {report}")).clone()
    };
    assert_eq!(check("queue Sales")["detail"], "agents call out of it, and it shows no number");
    assert_eq!(check("queue Digital Team")["status"], "CHANGED");
    // A wrong instance is told with the next step, and is found again.
    practise("hide-instance", "");
    let (status, out, _) = run(home, &["health", "--only", "flows", "--problems"]);
    assert!(status == 1 && out.contains("check the environment's region, account and instance"), "{out}");
    assert_eq!(run(home, &["practice", "heal"]).0, 0);
    assert_eq!(run(home, &["health", "--only", "flows"]).0, 0);

    // What was saved and not published, and what others made, is looked for and taken over on demand.
    assert_eq!(run(home, &["practice", "do", "save-draft", "Message"]).0, 0);
    let (_, out, _) = run(home, &["health", "--drafts", "--problems"]);
    assert!(out.contains("DRAFT"), "{out}");
    assert_eq!(run(home, &["practice", "do", "foreign-flow", "RulesEngineWait"]).0, 0);
    let adopts = |plan: &str| plan.lines().any(|line| line.starts_with("adopt "));
    assert!(!adopts(&run(home, &["repair", "--plan"]).1));
    let (status, plan, _) = run(home, &["repair", "--adopt", "--plan"]);
    assert!(status == 0 && adopts(&plan), "{plan}");
    assert_eq!(run(home, &["repair", "--adopt", "--yes", "--only", "flows"]).0, 0);
    assert_eq!(run(home, &["health", "--only", "flows"]).0, 0);
}

/// A log that is followed tells what is called meanwhile.
fn followed(home: &Path) {
    use std::io::{BufRead as _, BufReader};
    let mut command = Command::new(env!("CARGO_BIN_EXE_connect-rules"));
    command.args(["functions", "logs", "evaluator", "--follow", "--since", "60", "--env", "lab"]);
    command.env_clear().env("HOME", home).current_dir(home).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("REPORT")));
    assert_eq!(run(home, &["functions", "invoke", "evaluator", "{}"]).0, 0);
    assert!(lines.any(|line| line.contains("REPORT")), "what was called meanwhile did not come");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn functions_caches_and_bots_are_looked_at_and_changed() {
    let home = home();
    let home = home.path();
    let (status, rows) = json(home, &["functions", "list"]);
    assert!(status == 0 && rows.to_string().contains("-evaluator"), "{rows}");
    let (status, out, said) = run(home, &["functions", "show", "evaluator"]);
    assert!(status == 0 && out.contains("live"), "{out}{said}");
    let (status, _, said) = run(home, &["functions", "invoke", "evaluator", "{\"a\":1}"]);
    let lines: Vec<&str> = said.lines().collect();
    assert!(status == 0 && lines.len() > 1 && !said.contains("\\n"), "the log in lines of its own: {said}");
    assert!(lines[0].contains("answered after") && lines.iter().any(|it| it.starts_with("REPORT")), "{said}");
    assert_eq!(run(home, &["functions", "invoke", "nobody"]).0, 64);
    let (status, out, _) = run(home, &["functions", "logs", "evaluator"]);
    assert!(status == 0 && out.contains("REPORT"), "{out}");
    // One version only: there is nothing to go back to.
    assert_eq!(run(home, &["functions", "rollback", "evaluator"]).0, 64);

    // New code from a build, live; then back.
    let programs = home.join("programs");
    std::fs::create_dir(&programs).unwrap();
    program(&programs, "evaluator");
    let folder = programs.display().to_string();
    let (status, out, said) =
        run(home, &["functions", "deploy", "evaluator", "--no-promote", "--programs", &folder]);
    assert_eq!(status, 0, "{out}{said}");
    let live = || json(home, &["functions", "list", "--hours", "1"]).1.to_string();
    assert!(live().contains(r#""live":"1""#), "{}", live());
    let (status, out, said) = run(home, &["functions", "promote", "evaluator", "2"]);
    assert_eq!(status, 0, "{out}{said}");
    assert!(live().contains(r#""live":"2""#), "{}", live());
    let (status, out, said) = run(home, &["functions", "rollback", "evaluator"]);
    assert_eq!(status, 0, "{out}{said}");
    assert_eq!(run(home, &["functions", "promote", "evaluator"]).0, 0);

    followed(home);
    assert_eq!(run(home, &["cache", "refresh"]).0, 0);
    assert_eq!(run(home, &["cache", "refresh", "--section", "queues"]).0, 0);
    assert_eq!(run(home, &["cache", "refresh", "--section", "nothing"]).0, 64);
    let (status, ages) = json(home, &["cache", "status"]);
    assert!(status == 0 && ages.to_string().contains("queues"), "{ages}");
    let plan = run(home, &["warm", "set", "evaluator=1", "--plan"]);
    assert_eq!(plan.0, 0, "{}", plan.2);
    assert_eq!(run(home, &["warm", "set", "evaluator=1", "--yes"]).0, 0);
    assert!(run(home, &["warm", "list"]).1.contains("evaluator"));
    assert_eq!(run(home, &["warm", "run"]).0, 0);
    let (status, bots) = json(home, &["bots", "list"]);
    assert!(status == 0 && bots.to_string().contains("yesno"), "{bots}");
    let (status, _, said) = run(home, &["bots", "build", "yesno", "--force"]);
    assert_eq!(status, 0, "{said}");
    assert_eq!(run(home, &["bots", "test", "yesno"]).0, 0);
    let (_, doctor) = json(home, &["doctor"]);
    assert!(doctor.to_string().contains("credentials"), "{doctor}");
}

#[test]
fn an_environment_is_made_and_taken_away() {
    let home = home();
    let home = home.path();
    let programs = home.join("programs");
    std::fs::create_dir(&programs).unwrap();
    let (status, _, said) = run(home, &["deploy", "--plan", "--programs", &programs.display().to_string()]);
    assert!(status != 0 && said.contains("cargo build"), "what to build is said: {said}");
    for name in
        ["evaluator", "ratelimiter", "lexfulfillment", "contactevents", "scheduler", "integrationecho"]
    {
        program(&programs, name);
    }
    let folder = programs.display().to_string();
    let (status, plan, said) = run(home, &["deploy", "--plan", "--programs", &folder]);
    assert_eq!(status, 0, "{plan}{said}");
    let (status, done, said) = run(home, &["deploy", "--yes", "--programs", &folder]);
    assert_eq!(status, 0, "{done}{said}");
    let (status, done, said) = run(home, &["deploy", "--yes", "--programs", &folder]);
    assert_eq!(status, 0, "a second time there is nothing to do: {done}{said}");
    let (status, out, said) = run(home, &["bootstrap", "--email", "ada@example.com", "--yes"]);
    assert_eq!(status, 0, "{out}{said}");
    // Taking it away needs its name.
    assert_ne!(run(home, &["destroy"]).0, 0);
    let name = "lab";
    let (status, _, said) = run(home, &["destroy", "--confirm", name]);
    assert_eq!(status, 0, "{said}");
}
