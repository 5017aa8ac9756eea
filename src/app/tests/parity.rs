//! `docs/parity.md` names every control of the original, and keys and commands that there are.

use std::collections::BTreeSet;

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
