//! The tour of the README, played as it is written there.

use super::program;
use super::pty::Pty;

enum Step {
    Keys(String),
    Text(String),
}

/// Keys and texts of the first cell of a row, in their order.
fn steps(cell: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = cell;
    while let Some(at) = rest.find(['`', '“']) {
        let key = rest[at..].starts_with('`');
        let (open, close) = if key { ('`', '`') } else { ('“', '”') };
        let inside = &rest[at + open.len_utf8()..];
        let end = inside.find(close).unwrap();
        let text = inside[..end].to_owned();
        steps.push(if key { Step::Keys(text) } else { Step::Text(text) });
        rest = &inside[end + close.len_utf8()..];
    }
    steps
}

/// What the second cell of a row says is seen: its words in bold.
fn seen(cell: &str) -> Vec<&str> {
    cell.split("**").skip(1).step_by(2).collect()
}

/// Waits until nothing is being drawn, so that each key finds what the one before it opened.
fn press(terminal: &mut Pty, step: &Step) {
    let before = terminal.bytes();
    match step {
        Step::Keys(key) => terminal.keys(key),
        Step::Text(text) => terminal.send(text),
    };
    terminal.more_than(before).settle(std::time::Duration::from_millis(40));
}

fn play(size: (u16, u16)) {
    let readme = include_str!("../../../../README.md");
    let (_, tour) = readme.split_once("### A tour in ten minutes").unwrap();
    let rows = tour.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    let rows: Vec<_> = rows.take_while(|line| line.starts_with('|')).collect();
    assert!(rows.len() > 20);
    let home = tempfile::tempdir().unwrap();
    let mut terminal = program(home.path(), size);
    for row in rows {
        let cells: Vec<_> = row.trim_matches('|').split(" | ").collect();
        for step in steps(cells[0]) {
            press(&mut terminal, &step);
        }
        for text in seen(cells[1]) {
            terminal.expect(text);
        }
    }
    assert_eq!(terminal.wait(), 0);
    assert!(terminal.is_restored());
}

#[test]
fn the_tour_of_the_readme_shows_what_it_says_on_a_small_terminal() {
    play((80, 24));
}

#[test]
fn the_tour_of_the_readme_shows_what_it_says_on_a_large_terminal() {
    play((200, 60));
}
