//! The rows and panes of the screens of an environment are those that have a command, and all of them are drawn.

#![allow(clippy::unwrap_used, reason = "a test ends at the first error")]

#[path = "support/cloud.rs"]
mod cloud;
#[path = "support/limits.rs"]
mod limits;
mod support;
#[allow(dead_code, reason = "keys and their commands are looked at where commands can be typed")]
#[path = "../../app/tests/parity/twins.rs"]
mod twins;

use connect_rules_tui::harness::Harness;

/// Titles of the panels.
fn titles(screen: &str) -> Vec<String> {
    let tops = screen.split(['┌', '├']).skip(1);
    let text = tops.map(|top| top.split(['┐', '┤', '\n']).next().unwrap());
    let title = |text: &str| text.trim_matches(['─', ' ', '[', ']']).split(" ── ").next().unwrap().to_owned();
    text.map(title).filter(|it| !it.is_empty()).collect()
}

/// The first column of the first panel, as far as it is not empty.
fn labels(screen: &str, wide: usize) -> Vec<String> {
    let rows = screen.lines().filter(|line| line.starts_with('│'));
    let cell = |row: &str| row.chars().skip(2).take(wide).collect::<String>().trim().to_owned();
    rows.map(cell).filter(|it| !it.is_empty() && !it.starts_with(['·', '⚠', '✗'])).collect()
}

#[test]
fn every_row_and_pane_that_is_drawn_has_a_command_and_none_is_missing() {
    let (store, emulator) = cloud::both();
    let mut session = cloud::session(&emulator);
    session.limits = limits::session(&limits::rows()).limits;
    let mut program = Harness::new(store, session, (200, 60));
    for (key, rows) in twins::ROWS {
        program.keys(&key.to_string());
        let mut seen = Vec::new();
        match key {
            '1' => seen = labels(&program.screen(), 22),
            '9' => seen = labels(&program.screen(), 16),
            '8' => seen.extend(titles(program.keys("s").screen().as_str())),
            // Every pane comes to the front.
            _ => {
                for _ in 0..7 {
                    seen.extend(titles(program.keys("tab").screen().as_str()));
                }
            }
        }
        for (row, ..) in *rows {
            assert!(seen.iter().any(|it| it.starts_with(row)), "{row:?} of {key} is not drawn: {seen:?}");
        }
        for it in &seen {
            assert!(rows.iter().any(|(row, ..)| it.starts_with(row)), "{it:?} of {key} has no command");
        }
    }
}
