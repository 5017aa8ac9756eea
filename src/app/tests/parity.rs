//! `docs/parity.md` names every control of the original, and keys and commands that there are.
#![allow(clippy::panic, reason = "a test ends at the first error")]

#[path = "parity/twins.rs"]
mod twins;

use std::collections::BTreeSet;
use std::path::Path;

use connect_rules_tui::keys::{Binding, TABLES};

const PAGE: &str = include_str!("../../../docs/parity.md");

/// Numbers of the controls: navigation, rule sets, rule set, rule, simulator, tests, results, and the others.
const ROWS: [std::ops::RangeInclusive<u32>; 12] = [
    1..=13,
    20..=32,
    40..=49,
    60..=77,
    90..=102,
    110..=122,
    130..=137,
    140..=142,
    150..=153,
    160..=163,
    170..=173,
    174..=176,
];

struct Row {
    number: u32,
    keys: Vec<&'static str>,
    commands: Vec<&'static str>,
    remarks: &'static str,
}

fn rows() -> Vec<Row> {
    let cells = |line: &'static str| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>();
    let table = PAGE.lines().filter(|line| line.starts_with('|')).map(cells);
    table
        .filter_map(|cells| Some((cells[0].parse().ok()?, cells)))
        .map(|(number, cells)| {
            assert_eq!(cells.len(), 5, "cells of row {number}");
            assert!(!cells[1].is_empty(), "row {number} names no control");
            Row { number, keys: code(cells[2]), commands: code(cells[3]), remarks: cells[4] }
        })
        .collect()
}

/// What stands between back quotes.
fn code(text: &'static str) -> Vec<&'static str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// Why a key such as `Rules/set: n` is not there; nothing if it is.
fn missing(named: &str) -> Result<(), String> {
    let (place, key) = named.split_once(": ").ok_or("is no `Screen: key`")?;
    let (screen, pane) = place.split_once('/').map_or((place, None), |(screen, pane)| (screen, Some(pane)));
    let (_, table) =
        TABLES.iter().find(|(title, _)| *title == screen).ok_or(format!("no screen {screen:?}"))?;
    let is_there = |binding: &Binding| {
        let (outer, last) = binding.place.rsplit_once('.').unwrap_or((binding.place, ""));
        // Without a pane it has to be a key of the whole screen.
        let fits = match pane {
            Some(pane) => last == pane && !outer.is_empty(),
            None => last.is_empty() || outer == "dialog",
        };
        fits && binding.keys.contains(&key)
    };
    if table.iter().any(is_there) { Ok(()) } else { Err("there is no such key".to_owned()) }
}

/// The words of a command line; single quotes hold words together.
fn words(line: &str) -> Vec<String> {
    let mut all = vec!["connect-rules".to_owned()];
    for (at, part) in line.split('\'').enumerate() {
        if at % 2 == 1 {
            all.push(part.to_owned());
        } else {
            all.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    all
}

#[test]
fn every_control_of_the_original_has_one_row() {
    let named: Vec<u32> = rows().iter().map(|row| row.number).collect();
    let wanted: Vec<u32> = ROWS.into_iter().flatten().collect();
    assert_eq!(named, wanted);
}

#[test]
fn every_row_has_a_place_or_says_why_not() {
    for row in rows() {
        let reasons = ["Dropped: ", "Later: ", "Not yet: "];
        assert!(
            !row.keys.is_empty()
                || !row.commands.is_empty()
                || reasons.iter().any(|it| row.remarks.starts_with(it)),
            "row {}",
            row.number
        );
    }
}

#[test]
fn every_key_on_the_page_is_there() {
    let all: BTreeSet<_> = rows().into_iter().flat_map(|row| row.keys).collect();
    let wrong: Vec<_> = all.iter().filter_map(|it| Some((it, missing(it).err()?))).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(all.len() > 80, "only {} keys found", all.len());
    assert!(missing("Rules/set: Q").is_err() && missing("Rules: n").is_err() && missing("Rulez: x").is_err());
}

#[test]
fn every_command_on_the_page_can_be_typed() {
    let mut count = 0;
    for row in rows() {
        for line in row.commands {
            count += 1;
            // Help is an answer of its own, with the status of success.
            if let Err(exit) = connect_rules_cli::parse(words(line)) {
                assert_eq!(exit, connect_rules_cli::exit::Exit::Success, "row {}: {line}", row.number);
            }
        }
    }
    assert!(count > 80, "only {count} commands found");
    assert!(connect_rules_cli::parse(words("ruleset list --foldr /A")).is_err());
}

/// Screens of an environment, whose every key has a twin and a test.
const SCREENS: [&str; 5] = ["Home", "Functions", "Health", "Limits", "Admin"];

/// A file of tests as one line, without what stands between the words of a command.
fn plain(file: &Path) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace("\", \"", " ").replace(['"', '[', '('], " ")
}

/// Why a command is not one that can be typed and is run by that file of tests.
fn untested(command: &str, file: &str) -> Result<(), String> {
    if let Err(exit) = connect_rules_cli::parse(words(command))
        && exit != connect_rules_cli::exit::Exit::Success
    {
        return Err(format!("{command:?} cannot be typed"));
    }
    let tests = plain(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(format!("{file}.rs")));
    // Tests of one command may leave its name to a function of theirs.
    let own = match file {
        "limits" => "limits ",
        "local" => "connect-data ",
        _ => "",
    };
    let path: Vec<&str> = command.split_whitespace().take_while(|word| is_word(word)).collect();
    // As many words of the path as name a command; what follows is its input.
    let full = (1..=path.len().min(2)).rev().map(|count| path[..count].join(" "));
    let is_run = |path: String| {
        let alone = path.strip_prefix(own).unwrap_or(&path);
        let ends = [" ", ",", "]", "\""];
        ends.iter()
            .any(|end| tests.contains(&format!(" {path}{end}")) || tests.contains(&format!(" {alone}{end}")))
    };
    let most = if is_group(path[0]) { 2 } else { 1 };
    if !full.filter(|it| it.split(' ').count() == most).any(is_run) {
        return Err(format!("{file}.rs does not run {command:?}"));
    }
    let flags = command.split_whitespace().filter(|word| word.starts_with("--"));
    let missing: Vec<_> = flags.filter(|flag| !tests.contains(*flag)).collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(format!("{file}.rs does not use {missing:?} of {command:?}"))
    }
}

fn is_word(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !word.starts_with('-')
}

/// Whether a command has commands below it.
fn is_group(name: &str) -> bool {
    use clap::CommandFactory as _;
    let all = connect_rules_cli::args::Cli::command();
    let found = all.find_subcommand(name).unwrap_or_else(|| panic!("no command {name}"));
    found.get_subcommands().any(|it| it.get_name() != "help") && name != "backup"
}

#[test]
fn every_key_and_row_of_the_screens_of_an_environment_has_a_command_and_both_have_tests() {
    let keys: Vec<&Binding> = TABLES
        .iter()
        .filter(|(title, _)| SCREENS.contains(title))
        .flat_map(|(_, table)| table.iter())
        .collect();
    assert!(keys.len() > 100, "only {} keys", keys.len());
    let screens = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tui/tests");
    let run: String = std::fs::read_dir(screens)
        .unwrap()
        .map(|it| it.unwrap().path())
        .filter(|it| it.is_file())
        .flat_map(|file| {
            let text = std::fs::read_to_string(file).unwrap();
            // What `ran` is told stops its test when no key ran it.
            text.split(".ran(&[")
                .skip(1)
                .map(|it| it.split("])").next().unwrap().to_owned())
                .collect::<Vec<_>>()
        })
        .collect();
    let mut wrong = Vec::new();
    for key in &keys {
        if !run.contains(&format!("\"{}\"", key.id)) {
            wrong.push(format!("no test of the screens runs {}", key.id));
        }
        let Some((_, twin, file)) = twins::ACTIONS.iter().find(|(id, ..)| *id == key.id) else {
            wrong.push(format!("{} has no twin", key.id));
            continue;
        };
        if twin.starts_with('(') {
            if key.writes.is_write() {
                wrong.push(format!("{} changes something and has no twin", key.id));
            }
        } else if let Err(why) = untested(twin, file) {
            wrong.push(format!("{}: {why}", key.id));
        }
    }
    for (row, twin, file) in twins::ROWS.iter().flat_map(|(_, rows)| rows.iter()) {
        if let Err(why) = untested(twin, file) {
            wrong.push(format!("row {row}: {why}"));
        }
    }
    for (id, ..) in twins::ACTIONS {
        if !keys.iter().any(|key| key.id == *id) {
            wrong.push(format!("{id} is no key"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(untested("functions promot evaluator", "operate").is_err());
    assert!(untested("functions promote evaluator", "limits").is_err());
    assert!(untested("health --settings a=b", "operate").is_err());
}
