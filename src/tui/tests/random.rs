//! Random keys, pastes and sizes over the whole program: nothing panics, the focus is always somewhere that
//! has keys and can be left, nothing is written that no key of the table stands for, and nothing that is
//! stored changes the terminal. The cloud is the emulated one, with faults now and then: what is deployed there
//! changes only after a question.
//!
//! `CONNECT_RULES_EVENTS` and `CONNECT_RULES_SEED` make it longer and different:
//! `CONNECT_RULES_EVENTS=1000000 cargo test --release -p connect-rules-tui --test random -- --nocapture`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first error")]

#[path = "support/cloud.rs"]
mod cloud;
#[path = "support/limits.rs"]
mod limits;
#[path = "support/odd.rs"]
mod odd;
mod support;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use connect_rules_cloud::Instance;
use connect_rules_cloud::emulator::{Emulator, Fault, FaultKind, PRACTICE};
use connect_rules_engine::chance::SplitMix64;
use connect_rules_store::service::Edit;
use connect_rules_store::service::rules::UpdateRule;
use connect_rules_store::{Actor, Entity};
use connect_rules_tui::cloud::Door;
use connect_rules_tui::draw::SMALLEST;
use connect_rules_tui::harness::{Harness, NOW};
use connect_rules_tui::keys::{self, Writes};
use connect_rules_tui::screen::ScreenId;
use connect_rules_tui::session::Clock;

/// As many as a debug build does in some twenty seconds.
const EVENTS: u64 = 2_000;
/// After so many events the program is started anew, every second time on a fresh store.
const LIFE: u64 = 20_000;
/// So often the way out is tried, and the next screen is opened.
const WAY_OUT: u64 = 200;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
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
    "",
    "\r\n\r\n",
    "-1",
    "99999999999999999999",
    "message: \"^Hello$\"\ninput: \"1\"\nterminate: \"\"",
    "[{\"key\":\"a\",\"value\":\"b\"}]",
    "\u{e9}e\u{301}\u{200d}\u{fe0f}",
];

/// What is pressed more often than its share of the table: what leads on.
const OFTEN: &[&str] = &[
    "enter",
    "enter",
    "tab",
    "down",
    "down",
    "ctrl-s",
    "right",
    "esc",
    "space",
    "y",
    "shift-tab",
    "up",
    "f2",
    "ctrl-n",
    "ctrl-p",
    "/",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Key,
    Paste,
    Other,
}

fn event(program: &mut Harness, random: &mut SplitMix64, all: &[&'static str]) -> (Kind, String) {
    match random.next_u64() % 100 {
        0 => {
            let size = match random.next_u64() % 6 {
                0 => (1, 1),
                1 => ((random.next_u64() % 90 + 1) as u16, (random.next_u64() % 30 + 1) as u16),
                2 => ((random.next_u64() % 400 + 1) as u16, (random.next_u64() % 120 + 1) as u16),
                3 => (400, 120),
                _ => SMALLEST,
            };
            program.resize(size.0, size.1);
            // Every size is drawn before the next one.
            program.frame();
            if size.0 < SMALLEST.0 || size.1 < SMALLEST.1 {
                program.resize(SMALLEST.0, SMALLEST.1);
            }
            (Kind::Other, format!("resize {size:?}"))
        }
        1 => {
            program.wait((random.next_u64() % 7_000) as i64);
            (Kind::Other, "wait".to_owned())
        }
        2..=4 => {
            let text = *pick(random, TEXTS);
            program.paste(text);
            (Kind::Paste, format!("paste {text:?}"))
        }
        5..=10 => {
            // One character at a time, so that each is checked by itself.
            let characters: Vec<char> = pick(random, TEXTS).chars().collect();
            let character = characters.get((random.next_u64() % 20) as usize).unwrap_or(&'a').to_string();
            program.text(&character);
            (Kind::Key, format!("text {character:?}"))
        }
        11..=40 => {
            let key = *pick(random, OFTEN);
            program.keys(key);
            (Kind::Key, key.to_owned())
        }
        41..=80 => {
            // What is bound here and nowhere else, so that every place is used, not only reached.
            let place = program.app.place();
            let here: Vec<&str> = keys::at(place)
                .iter()
                .filter(|binding| !binding.place.is_empty())
                .flat_map(|binding| binding.keys.iter().copied())
                .collect();
            let key = *pick(random, if here.is_empty() { all } else { &here });
            program.keys(key);
            (Kind::Key, key.to_owned())
        }
        _ => {
            let key = *pick(random, all);
            program.keys(key);
            (Kind::Key, key.to_owned())
        }
    }
}

/// Somebody else writes into a rule, so that forms and lists meet what changes below them.
fn meddle(store: &odd::Store, random: &mut SplitMix64) {
    let now = odd::wait(store.snapshot()).unwrap();
    let sets: Vec<_> = now.rule_sets.iter().filter(|set| !set.rules.is_empty()).collect();
    if sets.is_empty() {
        return;
    }
    let set = *pick(random, &sets);
    let mut rule = pick(random, &set.rules).clone();
    let text = *pick(random, TEXTS);
    rule.description = text.into();
    rule.enabled = random.next_u64().is_multiple_of(2);
    rule.params.insert("message", text.into());
    let edit = Edit::of(&now, Entity::Rule(set.id.clone().unwrap(), rule)).unwrap();
    // The store may refuse it, as any change.
    let _ = odd::wait(store.run(&Actor::local("bea"), &UpdateRule(edit)));
}

/// Somebody else changes what is deployed, or a call is refused from now on, once.
fn disturb(cloud: &Emulator, random: &mut SplitMix64) {
    let practice = pick(random, &PRACTICE);
    let targets = ["RulesEngineMain", "RulesEngineWait", "evaluator", "ratelimiter", "Sales", ""];
    // Not everything can happen to everything.
    let _ = cloud.practise(practice.name, pick::<&str>(random, &targets));
    if random.next_u64().is_multiple_of(3) {
        let calls = [
            "lambda:ListFunctions",
            "connect:DescribeContactFlow",
            "connect:ListQueues",
            "logs:FilterLogEvents",
        ];
        cloud
            .plant(Fault { call: Some((*pick(random, &calls)).to_owned()), ..Fault::at(FaultKind::Deny, 0) })
            .unwrap();
    }
}

/// What is deployed: the flows with their content, and which code every version and alias has.
fn deployed(cloud: &Emulator) -> u64 {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let state = cloud.state().unwrap();
    let mut hash = DefaultHasher::new();
    for it in &state.flows {
        (&it.id, &it.archived, &it.published, &it.saved).hash(&mut hash);
    }
    for it in state.functions.values() {
        it.function.code_sha256.hash(&mut hash);
        it.versions.iter().for_each(|version| version.version.hash(&mut hash));
        it.aliases.iter().for_each(|alias| (&alias.name, &alias.version).hash(&mut hash));
    }
    hash.finish()
}

/// The place is one that the program has, and belongs to what is in front.
fn check_focus(program: &Harness, after: &VecDeque<String>) {
    let place = program.app.place();
    let root = place.split('.').next().unwrap_or_default();
    let dialogs = program.app.dialogs().count();
    let wanted = if dialogs > 0 { "dialog".to_owned() } else { program.app.screen.name().to_lowercase() };
    assert_eq!(root, wanted, "focus at {place:?} after {after:?}");
    assert!(dialogs < 30, "{dialogs} dialogs after {after:?}");
}

/// Nothing in the cells changes the terminal or the direction of text.
fn check_cells(program: &mut Harness, after: &VecDeque<String>) {
    let harmful = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let buffer = program.frame();
    for cell in &buffer.content {
        assert!(!cell.symbol().chars().any(harmful), "{:?} after {after:?}", cell.symbol());
    }
}

/// From everywhere there is a way out with one key, a question on the way agreed to.
fn check_way_out(program: &mut Harness, after: &VecDeque<String>) {
    for round in 0..60 {
        if program.app.dialogs().next().is_none() && !program.app.typing() {
            break;
        }
        match program.app.place() {
            "dialog.confirm" => program.keys("y enter"),
            // Whether to keep a draft is asked as a choice.
            "dialog.choose" if round % 3 == 2 => program.keys("enter"),
            _ => program.keys("ctrl-g"),
        };
    }
    let place = program.app.place();
    assert!(program.app.dialogs().next().is_none(), "no way out of {place} after {after:?}");
    if program.app.typing() {
        program.keys("esc");
    }
    assert!(!program.app.typing(), "typing goes on at {place} after {after:?}");
    program.keys("1");
    assert_eq!(program.app.screen, ScreenId::Home, "from {place} after {after:?}");
}

fn mark(program: &Harness) -> connect_rules_engine::value::Text {
    program.world.runtime.block_on(program.world.backend.mark()).unwrap()
}

/// The cloud of a store; it keeps nobody waiting.
fn cloud_of(store: &odd::Store) -> Emulator {
    let stored = Instance::of(&odd::wait(store.snapshot()).unwrap());
    Emulator::in_memory(cloud::place(), &stored, (1_000_000.0, 1_000_000.0))
}

fn start(store: &odd::Store, cloud: &Emulator, folder: &Path) -> Harness {
    let mut session = Harness::session();
    session.stubs = std::sync::Arc::new(support::bundle().stubs);
    session.state = Some(folder.join("state"));
    session.file = Some(folder.join("store.db"));
    session.limits = limits::session(&limits::rows()).limits;
    session.clock = Clock::Fixed(NOW);
    session.cloud = Door::to(cloud.cloud());
    Harness::new(store.clone(), session, SMALLEST)
}

/// What was seen on the way.
#[derive(Default)]
struct Seen {
    places: BTreeMap<&'static str, u64>,
    commands: BTreeSet<&'static str>,
    writes: u64,
    /// So often what is deployed was changed.
    deployed: u64,
}

impl Seen {
    /// Whoever wrote was asked to by a key that the table says writes.
    fn check_writes(
        &mut self,
        program: &Harness,
        kind: Kind,
        place: &str,
        changed: bool,
        after: &VecDeque<String>,
    ) {
        let asked: Vec<&String> = program
            .done
            .iter()
            .filter(|effect| {
                ["Change(", "Undo", "Redo"].iter().any(|it| effect.starts_with(it))
                    // A repair also reads the instance anew.
                    || changed && effect.starts_with("Job(") && effect.contains("repairing")
            })
            .collect();
        if asked.is_empty() && !changed {
            return;
        }
        self.writes += 1;
        assert!(!changed || !asked.is_empty(), "the store changed and nobody asked: {after:?}");
        assert!(kind == Kind::Key, "{asked:?} without a key: {after:?}");
        let command = program.app.last_command;
        let binding =
            keys::by_id(command).unwrap_or_else(|| panic!("{asked:?} without a command: {after:?}"));
        match binding.writes {
            Writes::AtOnce => {}
            // A form or a question was open, and its own key agreed.
            Writes::Confirms => {
                assert!(place.starts_with("dialog"), "{asked:?} by {command} at {place}: {after:?}");
            }
            Writes::No | Writes::Asks => panic!("{asked:?} by {command} at {place}: {after:?}"),
        }
        let destroys = |effect: &&String| effect.contains("Delete") || effect.contains("Import");
        assert!(
            !asked.iter().any(destroys) || matches!(place, "dialog.confirm" | "dialog.typed"),
            "{asked:?} without a question at {place}: {after:?}"
        );
    }
}

#[test]
fn random_keys_pastes_and_sizes() {
    let all: Vec<&str> = keys::all().flat_map(|binding| binding.keys.iter().copied()).collect();
    let events = number("CONNECT_RULES_EVENTS", EVENTS);
    let seed = number("CONNECT_RULES_SEED", 1);
    let mut random = SplitMix64::new(seed);
    let began = std::time::Instant::now();
    let mut noted = Seen::default();
    let mut trail = VecDeque::new();
    let mut folder = tempfile::tempdir().unwrap();
    // Whatever is exported by chance is written there.
    std::env::set_current_dir(folder.path()).unwrap();
    let mut store = odd::store(&odd::NAMES);
    let mut cloud = cloud_of(&store);
    let mut program = start(&store, &cloud, folder.path());
    let (mut there, mut calls) = (deployed(&cloud), cloud.calls());
    let mut before = mark(&program);
    for number in 0..events {
        if number > 0 && number.is_multiple_of(LIFE) {
            if number.is_multiple_of(2 * LIFE) {
                folder = tempfile::tempdir().unwrap();
                std::env::set_current_dir(folder.path()).unwrap();
                store = odd::store(&odd::NAMES);
                cloud = cloud_of(&store);
            }
            program = start(&store, &cloud, folder.path());
            there = deployed(&cloud);
            before = mark(&program);
            trail.push_back("start".to_owned());
        }
        if random.next_u64().is_multiple_of(100) {
            meddle(&store, &mut random);
            before = mark(&program);
            disturb(&cloud, &mut random);
            there = deployed(&cloud);
        }
        program.done.clear();
        let place = program.app.place();
        *noted.places.entry(place).or_default() += 1;
        let (kind, told) = event(&mut program, &mut random, &all);
        noted.commands.insert(program.app.last_command);
        trail.push_back(told);
        if trail.len() > 60 {
            trail.pop_front();
        }
        check_focus(&program, &trail);
        let after = mark(&program);
        noted.check_writes(&program, kind, place, before != after, &trail);
        before = after;
        // Without a call nothing there has changed.
        if cloud.calls() != calls {
            calls = cloud.calls();
            let now = deployed(&cloud);
            if now != there {
                noted.deployed += 1;
                let is_asked = matches!(place, "dialog.confirm" | "dialog.typed");
                assert!(is_asked, "what is deployed changed without a question at {place}: {trail:?}");
            }
            there = now;
        }
        if number.is_multiple_of(8) {
            check_cells(&mut program, &trail);
        }
        if number % WAY_OUT == WAY_OUT - 1 {
            check_way_out(&mut program, &trail);
            program.keys(&(number / WAY_OUT % 9 + 1).to_string());
            before = mark(&program);
        }
        program.ended = false;
        program.copied.clear();
    }
    let unseen: Vec<&str> =
        keys::all().map(|binding| binding.id).filter(|id| !noted.commands.contains(id)).collect();
    println!(
        "{events} events of seed {seed} in {:.1?}, {} writes, {} of what is deployed, {} places, commands never run: {unseen:?}",
        began.elapsed(),
        noted.writes,
        noted.deployed,
        noted.places.len()
    );
    println!("{:?}", noted.places);
    assert!(noted.writes > 0 || events < 1_000, "nothing was ever written");
    for command in ["functions.invoke", "functions.follow", "health.scan", "health.open"] {
        assert!(noted.commands.contains(command) || events < EVENTS, "{command} was never run");
    }
    if events >= EVENTS {
        for id in ScreenId::ALL {
            let name = id.name().to_lowercase();
            assert!(
                noted.places.keys().any(|place| place.split('.').next() == Some(&*name)),
                "{name} never seen"
            );
        }
    }
}
