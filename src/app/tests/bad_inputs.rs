//! Every file of `data/bad` is refused, warned about or stopped, with the words it must be told in.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod tool;

use std::path::{Path, PathBuf};

use tool::{Outcome, run};

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data")
}

/// The rows of the table in the guide: file name and outcome.
fn table() -> Vec<(String, String)> {
    let guide = std::fs::read_to_string(data().join("bad/README.md")).unwrap();
    guide
        .lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let name = cells.first()?.strip_prefix('`')?.strip_suffix('`')?;
            let outcome = cells.last()?;
            ["refused", "warned", "failed"]
                .contains(outcome)
                .then(|| (name.to_owned(), (*outcome).to_owned()))
        })
        .collect()
}

/// Runs the command that fits a file.
fn try_out(name: &str, outcome: &str) -> Outcome {
    let file = data().join("bad").join(name).display().to_string();
    let demo = data().join("demo").display().to_string();
    let kind = name.rsplit('.').nth(1).unwrap();
    match (kind, outcome) {
        ("tests", _) => run(&["test", &file, "--workspace", &demo], ""),
        ("rulesets", "failed") => {
            let lines = "{\"eventType\":\"NEW_INTERACTION\",\"endPoint\":\"Bad input\"}\n{\"eventType\":\"NEXT_RULE\"}\n";
            run(&["simulate", "--workspace", &demo, "--rulesets", &file, "--state", "none"], lines)
        }
        _ => run(&["lint", "--workspace", &demo, &format!("--{kind}"), &file], ""),
    }
}

/// What is wrong with how a file is taken, if anything.
fn check(name: &str, outcome: &str) -> Result<(), String> {
    let result = try_out(name, outcome);
    let is_test = name.ends_with(".tests.json");
    let fitting = match outcome {
        "refused" => result.status == 65,
        "warned" => result.status < 2,
        _ if is_test => result.status == 1,
        _ => result.status == 0 && result.out.contains("\"error\""),
    };
    if !fitting {
        return Err(format!("{name} is {outcome} with status {}: {}", result.status, start_of(&result)));
    }
    let said = format!("{}{}", result.out, result.err).to_lowercase();
    let wanted = std::fs::read_to_string(data().join("bad").join(format!("{name}.expected"))).unwrap();
    let missing: Vec<&str> =
        wanted.lines().filter(|words| !words.is_empty() && !said.contains(&words.to_lowercase())).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!("{name}: {missing:?} is not said in: {}", start_of(&result)))
}

fn start_of(result: &Outcome) -> String {
    format!("{}{}", result.err, result.out).chars().take(400).collect()
}

#[test]
fn the_guide_lists_every_file() {
    let listed = table();
    let mut files: Vec<String> = std::fs::read_dir(data().join("bad"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| Path::new(name).extension().is_some_and(|end| end == "json"))
        .collect();
    files.sort();
    let names: Vec<&String> = listed.iter().map(|(name, _)| name).collect();
    assert_eq!(names, files.iter().collect::<Vec<_>>());
}

#[test]
fn every_bad_input_is_taken_as_the_guide_says() {
    let failures: Vec<String> =
        table().iter().filter_map(|(name, outcome)| check(name, outcome).err()).collect();
    assert!(failures.is_empty(), "{} differ:\n{}", failures.len(), failures.join("\n"));
}
