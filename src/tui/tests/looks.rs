//! How every screen looks: as text, with its styles in 16 colours and without any, in ASCII, at 80×24 and at
//! 200×60, with plain names and with names that are hard to draw.
//!
//! The frames lie in `tests/looks` as plain text. After a change of a screen they are written anew with
//!
//! ```text
//! CONNECT_RULES_LOOKS=write cargo test -p connect-rules-tui --test looks
//! ```
//!
//! and the difference is read before it is committed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first error")]

#[path = "support/odd.rs"]
mod odd;
#[path = "support/still.rs"]
mod still;
mod support;

use std::collections::BTreeSet;
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use connect_rules_store::service::Edit;
use connect_rules_store::service::rules::UpdateRule;
use connect_rules_store::{Actor, Entity};
use connect_rules_tui::draw::SMALLEST;
use connect_rules_tui::harness::Harness;
use connect_rules_tui::run::Terminfo;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};
use still::Still;

const WIDE: (u16, u16) = (200, 60);
/// Ordinary names for what else has hard ones.
const PLAIN: [&str; 5] = ["Alpha desk", "Beta desk", "Gamma desk", "Delta desk", "Epsilon desk"];

/// Goes from the start of the program to what is looked at.
type Way = fn(&mut Harness);

fn section(program: &mut Harness, number: usize) {
    program.keys("9");
    for _ in 0..number {
        program.keys("down");
    }
    program.keys("enter");
}

fn find(program: &mut Harness, text: &str) {
    program.keys("ctrl-p").text(text).keys("enter");
}

fn call(program: &mut Harness) {
    program.keys("3 s ctrl-u").text("Wattlebird Main").keys("tab tab ctrl-u").text("+61400111222");
    program.keys("tab ctrl-u").text("2024-05-14 14:15").keys("ctrl-s").reject("New call");
}

fn form(program: &mut Harness) {
    find(program, "Account Balance / Read the balance");
    program.keys("e").expect("Edit rule");
}

/// Every screen and dialog, and how one comes there.
const SCREENS: &[(&str, Way)] = &[
    ("home", |_| {}),
    ("rules", |program| {
        find(program, "Main Menu rule set");
    }),
    ("rules-list", |program| {
        find(program, "Main Menu rule set");
        program.keys("tab");
    }),
    ("rule-form", form),
    ("rule-form-menu", |program| {
        find(program, "Billing Menu / DTMFMenu");
        program.keys("e");
    }),
    ("simulate-empty", |program| {
        program.keys("3");
    }),
    ("simulate-new", |program| {
        program.keys("3 s");
    }),
    ("simulate-call", |program| {
        call(program);
        program.text("12345678").keys("enter");
    }),
    ("tests", |program| {
        program.keys("4");
    }),
    ("tests-failed", |program| {
        program.keys("4 A /").text("Copy of the bill by post").keys("enter G");
    }),
    ("graph", |program| {
        program.keys("5");
    }),
    ("graph-list", |program| {
        program.keys("5 v");
    }),
    ("limits", |program| {
        program.keys("6");
    }),
    ("functions", |program| {
        program.keys("7");
    }),
    ("health", |program| {
        program.keys("8");
    }),
    ("admin-users", |program| section(program, 0)),
    ("admin-end-points", |program| section(program, 1)),
    ("admin-holidays", |program| section(program, 2)),
    ("admin-hours", |program| section(program, 3)),
    ("admin-connect", |program| section(program, 4)),
    ("admin-import", |program| section(program, 5)),
    ("admin-export", |program| section(program, 6)),
    ("admin-backups", |program| section(program, 7)),
    ("admin-audit", |program| section(program, 8)),
    ("admin-settings", |program| section(program, 9)),
    ("admin-about", |program| section(program, 10)),
    ("help", |program| {
        program.keys("2 ?");
    }),
    ("palette", |program| {
        program.keys("ctrl-p").text("menu");
    }),
    ("picker", |program| {
        section(program, 1);
        program.keys("a");
    }),
    ("confirm-production", |program| {
        program.app.session.environment.production = true;
        "live".clone_into(&mut program.app.session.environment.name);
        section(program, 2);
        program.keys("p d");
    }),
    ("read-only", |program| {
        program.app.session.environment.read_only = Some("the store is on a read-only disk".to_owned());
        section(program, 2);
        program.keys("n");
    }),
    ("error", |program| {
        section(program, 1);
        program.keys("d y enter").expect("Not done");
    }),
];

/// A store with things of these names besides those of the demo, and one message different from what its
/// test expects.
fn shop(names: &[&str]) -> odd::Store {
    let store = odd::store(names);
    let now = odd::wait(store.snapshot()).unwrap();
    let set = now.rule_set_named("Bill Copy").unwrap();
    let mut rule = set.rules.iter().find(|rule| &*rule.name == "No mobile number on file").unwrap().clone();
    rule.params.insert("message", "We have no number for you.".into());
    let edit = Edit::of(&now, Entity::Rule(set.id.clone().unwrap(), rule)).unwrap();
    odd::wait(store.run(&Actor::local("bea"), &UpdateRule(edit))).unwrap();
    store
}

/// The program on a store, gone to what is looked at.
fn at(store: &odd::Store, size: (u16, u16), way: Way) -> Harness {
    let mut session = Harness::session();
    session.stubs = Arc::new(support::bundle().stubs);
    session.file = Some(PathBuf::from("/var/lib/connect-rules/store.db"));
    let mut program = Harness::new(Arc::new(Still(store.clone())), session, size);
    // As people see it: lists know how many rows they show.
    program.frame();
    way(&mut program);
    program
}

/// The frame as a terminal of that environment gets it.
fn frame(program: &mut Harness, environment: &[(&str, &str)]) -> Buffer {
    let read = |name: &str| environment.iter().find(|(it, _)| *it == name).map(|(_, it)| (*it).to_owned());
    let info = Terminfo::probe(read);
    program.app.choose_theme(if info.mono { "mono" } else { "default" });
    program.app.ascii = info.ascii;
    program.frame().clone()
}

const SIXTEEN: &[(&str, &str)] = &[("TERM", "xterm-16color"), ("LANG", "en_AU.UTF-8")];
const NO_COLOUR: &[(&str, &str)] = &[("TERM", "xterm-256color"), ("LANG", "en_AU.UTF-8"), ("NO_COLOR", "1")];
const ASCII: &[(&str, &str)] = &[("TERM", "xterm-256color"), ("LANG", "C")];
const INSIDE: [&[(&str, &str)]; 3] = [
    &[("TERM", "screen"), ("TMUX", "/tmp/tmux"), ("LANG", "C.UTF-8")],
    &[("TERM", "tmux-256color"), ("TMUX", "/tmp/tmux"), ("LANG", "C.UTF-8")],
    &[("TERM", "screen-256color"), ("LANG", "C.UTF-8")],
];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/looks")
}

/// Writes the look or compares it with the one that is kept.
fn keep(name: &str, look: &str, wrong: &mut Vec<String>) {
    let path = folder().join(format!("{name}.txt"));
    if std::env::var("CONNECT_RULES_LOOKS").as_deref() == Ok("write") {
        std::fs::create_dir_all(folder()).unwrap();
        std::fs::write(path, look).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    if kept == look {
        return;
    }
    let differs = look.lines().zip(kept.lines().chain(std::iter::repeat(""))).enumerate();
    let lines: Vec<String> = differs
        .filter(|(_, (new, old))| new != old)
        .take(6)
        .map(|(at, (new, old))| format!("  {}: {old}\n  {}: {new}", at + 1, at + 1))
        .collect();
    wrong.push(format!("{name}:\n{}", lines.join("\n")));
}

fn told(wrong: &[String]) {
    assert!(
        wrong.is_empty(),
        "{} looks differ; if they should, write them anew (see the top of this file)\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// A screen as different terminals get it; each is gone to once for all tests.
struct Visit {
    name: &'static str,
    coloured: Buffer,
    mono: Buffer,
    ascii: Buffer,
    inside: [Buffer; 3],
    wide: Buffer,
    wide_ascii: Buffer,
}

fn visits() -> &'static [Visit] {
    static VISITS: OnceLock<Vec<Visit>> = OnceLock::new();
    VISITS.get_or_init(|| {
        let store = shop(&PLAIN);
        let visit = |(name, way): &(&'static str, Way)| {
            let mut small = at(&store, SMALLEST, *way);
            let mut large = at(&store, WIDE, *way);
            Visit {
                name,
                coloured: frame(&mut small, SIXTEEN),
                mono: frame(&mut small, NO_COLOUR),
                ascii: frame(&mut small, ASCII),
                inside: INSIDE.map(|inside| frame(&mut small, inside)),
                wide: frame(&mut large, SIXTEEN),
                wide_ascii: frame(&mut large, ASCII),
            }
        };
        SCREENS.iter().map(visit).collect()
    })
}

#[test]
fn every_screen_looks_as_it_is_kept_at_80_by_24() {
    let mut wrong = Vec::new();
    for Visit { name, coloured, mono, ascii, .. } in visits() {
        let look = format!(
            "== text\n{}== 16 colours\n{}== no colour\n{}== ASCII\n{}",
            still::text(coloured),
            still::styles(coloured),
            still::styles(mono),
            still::text(ascii)
        );
        keep(name, &look, &mut wrong);
    }
    told(&wrong);
}

#[test]
fn every_screen_looks_as_it_is_kept_at_200_by_60() {
    let mut wrong = Vec::new();
    for Visit { name, wide, .. } in visits() {
        keep(&format!("{name}-wide"), &still::text(wide), &mut wrong);
    }
    told(&wrong);
}

/// Screens that show the names of things, and how one comes to those of the test.
const HARD: &[(&str, Way)] = &[
    ("rules", |program| {
        program.keys("2 G");
    }),
    ("rules-list", |program| {
        program.keys("2 G tab down");
    }),
    ("rule-form", |program| {
        program.keys("2 G tab down down enter").expect("Edit rule");
    }),
    ("simulate-call", |program| {
        program.keys("2 G s");
    }),
    ("tests", |program| {
        program.keys("4 G");
    }),
    ("graph", |program| {
        program.keys("2 G o");
    }),
    ("graph-list", |program| {
        program.keys("2 G o v");
    }),
    ("admin-users", |program| section(program, 0)),
    ("admin-end-points", |program| section(program, 1)),
    ("admin-holidays", |program| section(program, 2)),
    ("admin-audit", |program| section(program, 8)),
    ("palette", |program| {
        program.keys("ctrl-p").text("漢");
    }),
];

/// What stands in columns behind names.
const WORDS: [&str; 4] = ["SetAttrib…", "DTMFMenu", "TESTER", "☎ 1"];

#[test]
fn names_that_are_hard_to_draw_leave_every_column_in_its_place() {
    let (plain, hard) = (shop(&PLAIN), shop(&odd::NAMES));
    let mut wrong = Vec::new();
    for (name, way) in HARD {
        let wanted = frame(&mut at(&plain, SMALLEST, *way), SIXTEEN);
        let found = frame(&mut at(&hard, SMALLEST, *way), SIXTEEN);
        keep(&format!("{name}-hard-names"), &still::text(&found), &mut wrong);
        let seen = terminal(&found);
        for (x, y) in sides(&found) {
            let told = format!("{name}: a border is not at {x}, {y}\n{}", still::text(&found));
            assert!(seen.cell(y, x).is_some_and(|cell| cell.contents() == "│"), "{told}");
        }
        // Where both have a border at one side it is the same one.
        let of = |buffer: &Buffer| sides(buffer).into_iter().map(|(x, _)| x).collect::<BTreeSet<u16>>();
        // A graph is laid out by its names.
        if !matches!(*name, "graph" | "palette") {
            assert_eq!(of(&wanted), of(&found), "{name}\n{}", still::text(&found));
        }
        for word in WORDS.iter().filter(|_| !matches!(*name, "graph" | "palette")) {
            let columns =
                |buffer: &Buffer| still::columns(buffer, word).into_iter().collect::<BTreeSet<u16>>();
            assert_eq!(columns(&wanted), columns(&found), "{word} in {name}\n{}", still::text(&found));
        }
    }
    told(&wrong);
}
/// Where the frame has a line between panes.
fn sides(buffer: &Buffer) -> Vec<(u16, u16)> {
    let area = buffer.area;
    let all = (0..area.height).flat_map(|y| (0..area.width).map(move |x| (x, y)));
    all.filter(|at| buffer[*at].symbol() == "│").collect()
}

/// What a terminal makes of a frame.
fn terminal(buffer: &Buffer) -> vt100::Screen {
    let (rows, columns) =
        (NonZero::new(buffer.area.height).unwrap(), NonZero::new(buffer.area.width).unwrap());
    let mut parser = vt100::Parser::new(rows, columns, 0);
    parser.process(&still::bytes(buffer));
    parser.screen().clone()
}

#[test]
fn in_tmux_and_screen_the_same_frame_arrives() {
    for Visit { name, coloured: wanted, inside, .. } in visits() {
        for found in inside {
            assert_eq!(still::text(found), still::text(wanted), "{name}");
            assert_eq!(still::styles(found), still::styles(wanted), "{name}");
        }
        let sent = String::from_utf8(still::bytes(wanted)).unwrap();
        for part in sent.split('\u{1b}').skip(1) {
            // Places and looks: what every terminal of the last decades knows.
            let end = part.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(0);
            let known = part.starts_with('[')
                && matches!(&part[end..=end], "m" | "H")
                && part[1..end].bytes().all(|b| b.is_ascii_digit() || b == b';');
            assert!(known && !part.starts_with("[58;"), "{name}: {:?}", &part[..=end]);
        }
        let seen = terminal(wanted);
        for y in 0..wanted.area.height {
            for x in 0..wanted.area.width {
                let (cell, want) = (seen.cell(y, x).unwrap(), &wanted[(x, y)]);
                let blank = cell.contents().is_empty() || cell.contents() == " ";
                assert!(
                    cell.contents() == want.symbol() || blank && want.symbol().trim().is_empty(),
                    "{name} at {x}, {y}"
                );
                assert_eq!(cell.inverse(), want.modifier.contains(Modifier::REVERSED), "{name} at {x}, {y}");
                assert_eq!(cell.bold(), want.modifier.contains(Modifier::BOLD), "{name} at {x}, {y}");
            }
        }
    }
}

#[test]
fn without_colour_nothing_but_bold_underlined_and_reversed_is_sent() {
    for Visit { name, mono, .. } in visits() {
        let sent = String::from_utf8(still::bytes(mono)).unwrap();
        let looks: BTreeSet<&str> = sent
            .split("\u{1b}[")
            .filter_map(|part| part.split_once('m').map(|(look, _)| look))
            .filter(|look| look.bytes().all(|b| b.is_ascii_digit() || b == b';'))
            .flat_map(|look| look.split(';'))
            .collect();
        assert!(looks.contains("1") && looks.contains("7"), "{name}: {looks:?}");
        // 39, 49 and 59 are the terminal's own colours.
        let plain = ["0", "1", "4", "7", "22", "24", "27", "39", "49", "59"];
        assert!(looks.iter().all(|look| plain.contains(look)), "{name}: {looks:?}");
    }
}

#[test]
fn an_ascii_terminal_gets_no_border_mark_or_bar_it_cannot_show() {
    for Visit { name, ascii, wide_ascii, .. } in visits() {
        for buffer in [ascii, wide_ascii] {
            let text = still::text(buffer);
            let bad: BTreeSet<char> = text.chars().filter(|c| !c.is_ascii()).collect();
            let lines: Vec<&str> = text.lines().filter(|line| !line.is_ascii()).collect();
            assert!(bad.is_empty(), "{name}: {bad:?}\n{}", lines.join("\n"));
        }
    }
}

/// Marks that tell a state by themselves.
const TELLING: &[&str] = &["✓", "✗", "⚠", "●", "·", "»", "▓", "█", "☎", "⇒"];

/// Every cell that a state's colour tells apart is told apart without colours, too: by its look, or by a mark
/// in its line or in the line above, which it goes on from.
#[test]
fn no_state_is_told_by_colour_alone() {
    for Visit { name, coloured, mono, .. } in visits() {
        let marked = |x: std::ops::Range<u16>, y: u16| {
            let text: String = x.map(|x| coloured[(x, y)].symbol()).collect();
            text.trim().is_empty() || TELLING.iter().any(|it| text.contains(it))
        };
        for y in 1..coloured.area.height {
            let mut x = 0;
            while x < coloured.area.width {
                let from = x;
                let of = |x: u16| (coloured[(x, y)].fg, mono[(x, y)].modifier.is_empty());
                let (fg, plain) = of(from);
                while x < coloured.area.width && of(x) == (fg, plain) {
                    x += 1;
                }
                let state = matches!(fg, Color::Green | Color::Red | Color::Yellow);
                assert!(
                    !plain || !state || marked(from..x, y) || marked(from..x, y - 1),
                    "{name}, row {y}: {fg} has neither a mark nor another look\n{}",
                    still::text(coloured)
                );
            }
        }
    }
}

#[test]
fn cursor_errors_and_production_have_their_own_look_in_every_theme() {
    let store = shop(&PLAIN);
    for theme in ["default", "mono"] {
        let mut program = at(&store, SMALLEST, |program| {
            program.app.session.environment.production = true;
        });
        program.app.choose_theme(theme);
        let production = program.frame().clone();
        program.app.session.environment.production = false;
        let other = program.frame().clone();
        assert!(still::text(&production).lines().next().unwrap().contains("PRODUCTION"), "{theme}");
        for x in 0..80 {
            let of = |buffer: &Buffer| {
                let cell = &buffer[(x, 0)];
                (cell.fg, cell.bg, cell.modifier)
            };
            assert_ne!(of(&production), of(&other), "{theme}: the header at {x}");
        }
        program.keys("2");
        let rules = program.frame().clone();
        let row = (0..24).find(|y| (2..20).all(|x| rules[(x, *y)].modifier.contains(Modifier::REVERSED)));
        assert!(row.is_some(), "{theme}: no cursor row\n{}", still::styles(&rules));
        let mut program = at(&store, SMALLEST, |program| {
            program.keys("4 A /").text("Copy of the bill by post").keys("enter G");
        });
        program.app.choose_theme(theme);
        let failed = program.frame().clone();
        let found = still::columns_at(&failed, "✗");
        let bold = |at: &(u16, u16)| failed[*at].modifier.contains(Modifier::BOLD);
        assert!(found.iter().any(bold), "{theme}: a failure is bold\n{}", still::styles(&failed));
    }
}

#[test]
fn no_look_is_kept_of_what_is_gone() {
    let mut known: BTreeSet<String> =
        SCREENS.iter().flat_map(|(name, _)| [format!("{name}.txt"), format!("{name}-wide.txt")]).collect();
    known.extend(HARD.iter().map(|(name, _)| format!("{name}-hard-names.txt")));
    for file in std::fs::read_dir(folder()).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        assert!(known.contains(&name), "{name} belongs to no screen");
    }
}
