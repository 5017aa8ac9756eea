//! Random keys, pastes and sizes over the whole program: nothing panics, the focus is always somewhere that
//! has keys, and nothing is written that no key of the table stands for.

mod support;

use connect_rules_engine::chance::SplitMix64;
use connect_rules_tui::draw::SMALLEST;
use connect_rules_tui::harness::Harness;
use connect_rules_tui::keys::{self, Writes};

/// How many events: `CONNECT_RULES_EVENTS`, else as many as a test run has time for.
fn events() -> u64 {
    std::env::var("CONNECT_RULES_EVENTS").ok().and_then(|text| text.parse().ok()).unwrap_or(6_000)
}

fn pick<'a, T>(random: &mut SplitMix64, from: &'a [T]) -> &'a T {
    &from[(random.next_u64() % from.len() as u64) as usize]
}

const TEXTS: &[&str] = &[
    "Main",
    "漢字 👩‍👩‍👧",
    "\u{1b}[31mred\u{7}",
    "{{Customer.Name}}",
    "9",
    "a\nb\tc",
    "\u{202e}x",
    "prompt:",
    "<speak>",
    "0",
];

fn event(program: &mut Harness, random: &mut SplitMix64, all: &[&'static str]) -> String {
    match random.next_u64() % 100 {
        0..=1 => {
            let size = if random.next_u64().is_multiple_of(3) {
                ((random.next_u64() % 400 + 1) as u16, (random.next_u64() % 120 + 1) as u16)
            } else {
                SMALLEST
            };
            program.resize(size.0, size.1);
            format!("resize {size:?}")
        }
        2..=4 => {
            let text = *pick(random, TEXTS);
            program.paste(text);
            format!("paste {text:?}")
        }
        5..=12 => {
            // One character at a time, so that each is checked by itself.
            let characters: Vec<char> = pick(random, TEXTS).chars().collect();
            let character = pick(random, &characters).to_string();
            program.text(&character);
            format!("text {character:?}")
        }
        // What leads on is pressed more often than its share of the table.
        13..=40 => {
            let key =
                *pick(random, &["enter", "tab", "down", "down", "ctrl-s", "right", "esc", "space", "y"]);
            program.keys(key);
            key.to_owned()
        }
        _ => {
            let key = *pick(random, all);
            program.keys(key);
            key.to_owned()
        }
    }
}

#[test]
fn random_keys_pastes_and_sizes() {
    let folder = tempfile::tempdir().unwrap();
    // Whatever is exported by chance is written there.
    std::env::set_current_dir(folder.path()).unwrap();
    let all: Vec<&str> = keys::all().flat_map(|binding| binding.keys.iter().copied()).collect();
    let seed = std::env::var("CONNECT_RULES_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let mut random = SplitMix64::new(seed);
    let mut program = support::on(support::demo_store(), Some(folder.path().join("state")), (80, 24));
    let mut trail = std::collections::VecDeque::new();
    let mut writes = 0;
    for number in 0..events() {
        program.done.clear();
        let told = event(&mut program, &mut random, &all);
        trail.push_back(told);
        if trail.len() > 40 {
            trail.pop_front();
        }
        let place = program.app.place();
        assert!(!place.is_empty() && !keys::at(place).is_empty(), "no keys at {place:?} after {trail:?}");
        for effect in &program.done {
            let is_write = ["Change(", "Undo", "Redo"].iter().any(|it| effect.starts_with(it));
            if is_write {
                writes += 1;
                let command = program.app.last_command;
                let binding =
                    keys::by_id(command).unwrap_or_else(|| panic!("{effect} without a command: {trail:?}"));
                assert!(
                    matches!(binding.writes, Writes::AtOnce | Writes::Confirms),
                    "{effect} after {command}: {trail:?}"
                );
            }
        }
        if number % 16 == 0 {
            let screen = program.screen();
            assert!(!screen.chars().any(|c| c.is_control() && c != '\n'), "{screen:?} after {trail:?}");
        }
        if program.ended {
            program.ended = false;
        }
    }
    assert!(writes > 0 || events() < 1_000, "nothing was ever written");
}
