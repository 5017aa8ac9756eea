//! The screen Graph, in the whole program; and what holds for every drawing.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test ends at the first error")]

mod support;

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use connect_rules_engine::bundle::{Bundle, Parts};
use connect_rules_engine::coverage::{CoverageDetail, HitsByTest, Population, TestRef};
use connect_rules_engine::graph::{self, Network};
use connect_rules_store::exchange::{Reset, Seed};
use connect_rules_store::{Actor, Service, SqliteStore};
use connect_rules_tui::Message;
use connect_rules_tui::harness::Harness;
use connect_rules_tui::screen::ScreenId;
use connect_rules_tui::screens::graph::Covered;
use connect_rules_tui::screens::graph::layout::{Layout, Line, Shape, What};
use connect_rules_tui::screens::graph::scene::{Scene, Wanted};
use connect_rules_tui::screens::graph::whole::Whole;
use proptest::prelude::*;

/// A program on these rule sets.
fn on(rule_sets: &str, size: (u16, u16)) -> Harness {
    let bundle =
        Bundle::from_parts(&Parts { rule_sets: Some(("test", rule_sets)), ..Parts::default() }).unwrap();
    let service = Service::new(SqliteStore::in_memory().unwrap());
    let seed = Seed::new(&bundle, "1970-01-01T00:00:00Z").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(service.run(&Actor::local("seed"), &Reset { seed: Some(seed) })).unwrap();
    support::on(Arc::new(service), None, size)
}

/// A text as JSON writes it.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

fn set(name: &str, end_points: &[&str], rules: &[String]) -> String {
    let (name, about) = (quoted(name), quoted(&format!("about {name}")));
    format!(
        r#"{{"name":{name},"description":{about},"enabled":true,"endPoints":{end_points:?},"folder":"/F","rules":[{}]}}"#,
        rules.join(",")
    )
}

fn rule(at: usize, kind: &str, params: &str) -> String {
    format!(
        r#"{{"name":"rule {at}","description":"","priority":"{}","activation":"0","type":"{kind}","enabled":true,"params":{{{params}}},"weights":[]}}"#,
        1000 - at
    )
}

fn to(at: usize, name: &str) -> String {
    rule(at, "RuleSet", &format!(r#""ruleSetName":{},"returnHere":"false","message":"""#, quoted(name)))
}

fn menu(at: usize, options: &[(&str, &str)], error: &str) -> String {
    let mut params = String::from(
        r#""offerMessage":"Choose.","inputCount":"1","errorCount":"1","errorMessage1":"No.","noInputRuleSetName":"""#,
    );
    for (key, name) in options {
        let _ = write!(params, r#","dtmf{key}":{}"#, quoted(name));
    }
    let _ = write!(params, r#","errorRuleSetName":{}"#, quoted(error));
    rule(at, "DTMFMenu", &params)
}

/// A network of that many rule sets: menus, routes back, ends.
fn many(count: usize) -> String {
    let name = |at: usize| format!("Set {at:05}");
    let mut sets = Vec::new();
    for at in 0..count {
        let target = |by: usize| name((at * 3 + by) % count);
        let mut rules = vec![menu(
            0,
            &[("1", &target(1)), ("2", &target(2)), ("3", &name((at + 1) % count))],
            &name(at / 2),
        )];
        rules.push(if at % 5 == 0 { rule(1, "Terminate", "") } else { to(1, &target(3)) });
        let end_points: &[&str] = if at == 0 { &["+61 2 5550 0000"] } else { &[] };
        sets.push(set(&name(at), end_points, &rules));
    }
    format!("[{}]", sets.join(","))
}

fn small() -> String {
    format!(
        "[{},{},{},{},{},{}]",
        set("Welcome", &["+61 2 5550 1111"], &[to(0, "Cards - menu")]),
        set(
            "Cards - menu",
            &[],
            &[menu(0, &[("1", "Balance"), ("2", "漢字の窓口 👩‍👩‍👧")], "Cards - menu"), rule(1, "Terminate", "")]
        ),
        set("Balance", &[], &[to(0, "Welcome")]),
        set("漢字の窓口 👩‍👩‍👧", &[], &[to(0, "Nowhere at all")]),
        set("Old notice", &[], &[to(0, "Old other")]),
        set("Old other", &[], &[to(0, "Balance")]),
    )
}

/// The drawing alone: the pane below it tells every link of the node, drawn or not.
fn drawn(program: &mut Harness) -> String {
    let screen = program.screen();
    let (drawing, _) = screen.split_once("\n│── ").unwrap_or_else(|| panic!("no pane below: {screen}"));
    drawing.to_owned()
}

#[test]
fn the_demo_opens_around_its_front_door_and_edges_can_be_walked() {
    let mut program = support::demo((120, 34));
    program.keys("5").expect("focus: Welcome, depth 2").expect("▶▌Welcome").expect("☎ Wattlebird Main");
    program.keys("left").expect("▌☎ Wattlebird Main").expect("· end point");
    program.keys("right").expect("▌Welcome").keys("right").expect("▌Service Notices");
    program.keys("down").expect("▌Identify Caller").keys("up").expect("▌Service Notices");
    program.keys("end").reject("▌Service Notices").keys("home").expect("▌Service Notices");
    program.keys("left").expect("▌Welcome");
    // Beyond what is shown the focus comes along.
    program.keys("right down right right");
    program.reject("focus: Welcome");
    program.keys("y");
    assert_eq!(program.copied.len(), 1);
}

#[test]
fn focus_depth_and_the_whole() {
    let mut program = support::demo((200, 60));
    program.keys("5 right f").expect("focus: Service Notices, depth 2").expect("☎ Wattlebird Main");
    program.keys("-").expect("depth 1").reject("☎ Wattlebird Main").expect("Welcome +");
    program.keys("- -").expect("the depth stays 1").keys("+ =").expect("depth 3");
    program.keys("F").expect("Graph ─ all of it").expect("☎ Wattlebird Survey");
    program.keys("F").expect("focus: Service Notices, depth 3");
}

#[test]
fn rule_sets_open_and_the_way_back_leads_to_the_same_view() {
    let mut program = on(&small(), (100, 30));
    program.keys("5 right").expect("▌Cards - menu").keys("f right enter");
    assert_eq!(program.app.screen, ScreenId::Rules);
    program.keys("ctrl-o").expect("focus: Cards - menu").expect("▌Balance");
    program.keys("s");
    assert_eq!(program.app.screen, ScreenId::Simulate);
}

#[test]
fn the_palette_and_other_screens_can_focus_a_rule_set() {
    let mut program = on(&small(), (100, 30));
    program.keys("5 F U enter").expect("▌Old notice").keys("f").expect("focus: Old notice");
    program.keys("1 ctrl-o").expect("focus: Old notice");
}

#[test]
fn the_filter_finds_names_with_dashes_wherever_they_are() {
    let mut program = on(&small(), (100, 30));
    program.keys("5 /").text("Cards - m").expect("1 found, 1 shown");
    program.keys("enter").expect("▌Cards - menu");
    program.keys("/ ctrl-u").text("old").expect("2 found, 1 shown").keys("enter").expect("▌Old notice");
    program.expect("focus: Old notice").keys("n").expect("▌Old other").keys("N").expect("▌Old notice");
    program.keys("i").reject("Balance +").keys("i").expect("Balance");
    program.keys("esc").reject("/ old").keys("n").expect("there is no filter");
    // Descriptions and folders are looked into as well; what is typed is never a command.
    program.keys("/").text("ABOUT WELCOME q").expect("0 found").keys("esc").expect("Old notice");
}

#[test]
fn cycles_and_what_no_contact_reaches_are_marked_and_listed() {
    // Wide enough for all of the drawing, and the pane still below it.
    let mut program = on(&small(), (148, 40));
    program.keys("5").expect("Welcome ↺").expect("Cards - menu ↺").expect("↺ Cards - menu");
    program.expect("↺ in a cycle of 3");
    program.keys("c").expect("1 cycles").expect("↺ Balance, Cards - menu, Welcome").keys("enter");
    program.expect("▌Balance ↺").reject("1 cycles");
    program.keys("F").expect("Old notice ⚠").keys("U").expect("2 rule sets that no contact can reach");
    program.expect("nothing leads here").expect("only from Old notice").keys("down enter");
    program.expect("▌Old other ⚠").expect("no contact can reach it");
    let mut program = support::demo((120, 34));
    program.keys("5 U").expect("contacts can reach every enabled rule set");
}

#[test]
fn missing_rule_sets_show_who_names_them() {
    let mut program = on(&small(), (120, 34));
    program
        .keys("5 F /")
        .text("nowhere")
        .keys("enter")
        .expect("▌✗ Nowhere at all ?")
        .expect("does not exist");
    program.keys("enter").expect("Links of Nowhere at all").expect("rule 0 · route ruleSetName");
    program.keys("enter");
    assert_eq!(program.app.screen, ScreenId::Rules);
}

#[test]
fn kinds_of_edges_are_chosen() {
    let mut program = on(&small(), (120, 34));
    program.keys("5 right f").expect("─ 1 ─").expect("error");
    let mut kinds = |name: &str| {
        program.keys("e").expect(name);
        let drawn = drawn(&mut program);
        ["─ 1 ─", "■ end", "╌ error ╌", "Balance"].map(|text| drawn.contains(text))
    };
    assert_eq!(kinds("routes only"), [false, true, false, true]);
    assert_eq!(kinds("menus and intents only"), [true, false, false, true]);
    assert_eq!(kinds("errors, no input"), [false, false, true, false]);
    program.keys("e").expect("all links");
    program.keys("z").expect("1 (rule 0)").keys("z").reject("─ 1 ─").keys("z").expect("─ 1 ─");
}

#[test]
fn ends_stand_once_or_for_each_rule_set() {
    let ends = |program: &mut Harness| drawn(program).matches("⇒ General").count();
    let queue = format!(
        "[{},{},{}]",
        set("A", &["x"], &[to(0, "B"), rule(1, "Queue", r#""queueName":"General""#)]),
        set("B", &[], &[rule(0, "Queue", r#""queueName":"General""#), to(1, "C")]),
        set("C", &[], &[rule(0, "Queue", r#""queueName":"General""#)]),
    );
    let mut program = on(&queue, (120, 34));
    program.keys("5 F /").text("zzz").keys("esc");
    assert_eq!(ends(&mut program), 1);
    program.keys("t right");
    assert_eq!(ends(&mut program), 3);
}

#[test]
fn the_list_tells_the_same_and_can_be_walked() {
    let mut program = on(&small(), (80, 24));
    program.keys("5 v").expect("▌Welcome ↺").expect("──▶ Cards - menu ↺");
    program.keys("right right").expect("▌Cards - menu").keys("left").expect("▌");
    program.keys("/").text("balance").keys("enter i").expect("▌Balance").reject("▌Welcome");
    program.keys("esc v").expect("▌Balance");
}

fn covered(program: &Harness, walked: &[&str]) -> Covered {
    let workspace = &program.app.data.as_ref().unwrap().workspace;
    let mut detail = CoverageDetail::empty(&Population::new(workspace), "now");
    for row in &mut detail.references {
        row.hits = u64::from(walked.contains(&&*row.target) && walked.contains(&&*row.rule_set))
            + u64::from(&*row.kind == "endPoint");
    }
    for set in &mut detail.rule_sets {
        set.entered = Some(u64::from(walked.contains(&&*set.name)));
    }
    detail.tests = vec![TestRef { folder: "/T".into(), name: "Hello test".into() }];
    detail.hits_by_test =
        vec![HitsByTest { item: vec!["ruleSet".into(), "Welcome".into()], tests: vec![0], hits: 1 }];
    Covered(Arc::new(detail))
}

#[test]
fn what_no_test_walks_is_broken_and_marked() {
    let mut program = on(&small(), (120, 34));
    program.keys("5 o").expect("no tests were run in this session");
    let covered = covered(&program, &["Welcome", "Cards - menu"]);
    program.send(Message::Screen(ScreenId::Graph, Box::new(covered)));
    program.reject("no test walks here").keys("o").expect("no test walks here");
    program.expect("walked 1 times by 1 tests").expect("Hello test").expect("○ Balance").expect("╌ ○ 1 ╌");
    program.expect("──▶ Cards - menu").keys("right right").expect("○ never walked by a test");
    // The marks stay when the rules are read again, and go with the key.
    program.keys("f9").expect("○ Balance").keys("o").reject("○ Balance");
}

type Output = fn(&Network) -> String;

#[test]
fn exports_are_those_of_the_engine() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = support::demo((120, 34));
    let rule_sets = program.app.data.as_ref().unwrap().snapshot.rule_sets.clone();
    let network = Network::build(
        &rule_sets.iter().map(|set| connect_rules_engine::model::RuleSet::clone(set)).collect::<Vec<_>>(),
    );
    program.keys("5");
    let outputs: [(&str, &str, Output); 4] = [
        ("text", "graph.txt", graph::text),
        ("dot", "graph.dot", graph::dot),
        ("mermaid", "graph.mmd", graph::mermaid),
        ("json", "graph.json", graph::json),
    ];
    for (format, file, output) in outputs {
        let path = folder.path().join(file);
        program.keys("x").expect("Export the graph as").text(&format!("{format} whole")).keys("enter");
        program.expect(file).keys("ctrl-u").text(path.to_str().unwrap()).keys("enter");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), output(&network), "{format}");
        program.expect("the graph is in");
    }
    let path = folder.path().join("part.svg");
    program.keys("x").text("svg shown").keys("enter ctrl-u").text(path.to_str().unwrap()).keys("enter");
    let svg = std::fs::read_to_string(&path).unwrap();
    assert!(
        svg.starts_with("<svg ") && svg.ends_with("</svg>\n") && svg.contains("<title>rule set: Welcome")
    );
    program.keys("x").text("dot shown").keys("enter ctrl-u").text(path.to_str().unwrap()).keys("enter");
    let part = std::fs::read_to_string(&path).unwrap();
    assert!(part.contains("Identify Caller") && !part.contains("Survey Start"), "{part}");
    program.keys("x enter ctrl-u enter").expect("there is no file name");
}

#[test]
fn svg_escapes_what_names_hold() {
    let name = "a <b> & \"c\" \u{1b}[31m";
    let text = format!("[{}]", set("X", &[], &[])).replace("\"X\"", &serde_json::to_string(name).unwrap());
    let bundle = Bundle::from_parts(&Parts { rule_sets: Some(("t", &text)), ..Parts::default() }).unwrap();
    let scene = Scene::new(&Whole::new(&bundle.rule_sets), &Wanted::default(), None);
    let svg = connect_rules_tui::screens::graph::svg::svg(&scene, "t & t");
    assert!(svg.contains("a &lt;b&gt; &amp; &quot;c&quot; ␛[31m") && svg.contains("t &amp; t"), "{svg}");
    assert!(!svg.contains('\u{1b}'));
}

#[test]
fn wide_names_and_ascii_break_no_line() {
    let mut program = on(&small(), (80, 24));
    program.keys("5 F right right").expect("▌漢字の窓口 👩‍👩‍👧");
    for row in program.screen().lines().skip(3).take(17) {
        let width = unicode_width::UnicodeWidthStr::width(row);
        assert!(width == 80 || width == 0 || row.starts_with(' '), "{width}: {row}");
    }
    // Half of a wide character at the edge of the window is a blank.
    for _ in 0..12 {
        program.keys("L").frame();
        program.keys("H H K J").frame();
    }
    program.app.ascii = true;
    program.keys("e e e").screen();
    let screen = program.screen();
    assert!(screen.contains(". error ."), "{screen}");
    assert!(!screen.contains(['─', '╌', '│', '▶', '↺', '☎', '■']), "{screen}");
}

#[test]
fn an_empty_store_says_what_to_do() {
    let mut program = on("[]", (80, 24));
    program.keys("5").expect("There are no rule sets yet");
    for key in ["right", "f", "F", "v", "e", "x", "esc", "enter", "s", "r", "U", "c", "n", "down", "+", "L"] {
        program.keys(key).frame();
        program.keys("esc");
    }
}

#[test]
fn changes_of_the_rules_keep_the_view() {
    let mut program = on(&small(), (120, 34));
    program.keys("5 right f right").expect("▌Balance");
    let data = program.app.data.clone().unwrap();
    let mut snapshot = (*data.snapshot).clone();
    snapshot.mark = "later".into();
    snapshot.rule_sets.retain(|set| &*set.name != "Old notice");
    let data = connect_rules_tui::data::Data::new(
        Arc::new(snapshot),
        connect_rules_engine::workspace::Options::default(),
    );
    program.send(Message::Loaded(Ok(Arc::new(data))));
    program.expect("focus: Cards - menu").expect("▌Balance").expect("5 rule sets");
}

#[test]
fn a_thousand_rule_sets_can_be_read() {
    let mut program = on(&many(1000), (200, 60));
    program.keys("5").expect("1000 rule sets").expect("▌Set 00000");
    program.keys("F").expect("all of it").expect("▌Set 00000");
    program.keys("right down right").keys("/").text("Set 00777").keys("enter").expect("▌Set 00777");
    program.keys("f").expect("focus: Set 00777, depth 2").keys("+ + +").expect("depth 5");
    program.keys("F v").expect("▌Set 00777").keys("end home pgdn").frame();
}

#[test]
fn ten_thousand_rule_sets_are_laid_out_in_time_and_only_the_window_is_drawn() {
    let text = many(10_000);
    let bundle = Bundle::from_parts(&Parts { rule_sets: Some(("t", &text)), ..Parts::default() }).unwrap();
    let start = Instant::now();
    let whole = Whole::new(&bundle.rule_sets);
    let scene = Scene::new(&whole, &Wanted::default(), None);
    let took = start.elapsed();
    assert!(took < Duration::from_secs(30), "{took:?} without optimisation");
    check(&scene.layout, &edges_of(&scene), scene.part.nodes.len());
    let near = Instant::now();
    let focus = Wanted { focus: Some((5000, 2)), ..Wanted::default() };
    assert!(Scene::new(&whole, &focus, None).part.nodes.len() < 300);
    let near = near.elapsed();
    assert!(near * 20 < took, "the focus costs {near:?}, the whole {took:?}");

    let cost = |count: usize| {
        let mut program = on(&many(count), (200, 60));
        program.keys("5 F right right").frame();
        (0..5)
            .map(|_| {
                let start = Instant::now();
                for _ in 0..10 {
                    program.frame();
                }
                start.elapsed()
            })
            .min()
            .unwrap_or_default()
    };
    let (few, lots) = (cost(100), cost(3000));
    assert!(lots < few * 4, "100 rule sets: {few:?}, 3000: {lots:?}");
}

fn edges_of(scene: &Scene) -> Vec<(u32, u32)> {
    scene.part.edges.iter().map(|edge| (edge.from as u32, edge.to as u32)).collect()
}

/// What holds for every drawing.
fn check(layout: &Layout, edges: &[(u32, u32)], nodes: usize) {
    // Every node stands once, in its column.
    let mut seen = vec![0; nodes];
    for (y, row) in layout.rows.iter().enumerate() {
        for (x, _, what) in &row.texts {
            if let What::Node(node) = what {
                seen[*node as usize] += 1;
                let place = layout.places[*node as usize];
                assert_eq!((place.x, place.y as usize), (*x, y));
            }
        }
        // Texts and lines of a row do not overlap, but for a label on the line of its edge.
        assert!(row.texts.windows(2).all(|it| it[0].0 + it[0].1 <= it[1].0), "{row:?}");
        for pair in row.lines.windows(2) {
            let joined = pair[0].net == pair[1].net && pair[0].x.1 == pair[1].x.0;
            assert!(joined || pair[0].x.1 < pair[1].x.0, "{pair:?}");
        }
        for (x, wide, what) in &row.texts {
            for piece in row.lines.iter().filter(|piece| piece.x.0 < x + wide && piece.x.1 >= *x) {
                assert!(matches!(what, What::Label(edge) if piece.edge == Some(*edge)), "{what:?} {piece:?}");
            }
        }
    }
    assert!(seen.iter().all(|count| *count == 1), "{seen:?}");
    for (x, column) in &layout.columns {
        assert!(column.windows(2).all(|it| it[0].y.1 < it[1].y.0), "{column:?}");
        for piece in column {
            for y in piece.y.0..=piece.y.1 {
                let texts = &layout.rows[y as usize].texts;
                assert!(texts.iter().all(|(at, wide, _)| x < at || *x >= at + wide), "{piece:?} over text");
            }
        }
    }
    // Every edge is a jump beside its source, or its line leads to its target and nowhere else.
    let mut jumps = vec![false; edges.len()];
    for (y, row) in layout.rows.iter().enumerate() {
        for (_, _, what) in &row.texts {
            if let What::Jump(edge) = what {
                let from = layout.places[edges[*edge as usize].0 as usize];
                assert!((from.y as usize..(from.y + from.height) as usize).contains(&y));
                jumps[*edge as usize] = true;
            }
        }
    }
    assert_eq!(jumps, layout.jumps);
    let mut begun = vec![false; edges.len()];
    for (y, row) in layout.rows.iter().enumerate() {
        for piece in &row.lines {
            let Some(edge) = piece.edge.filter(|edge| !layout.jumps[*edge as usize]) else { continue };
            let (from, to) = edges[edge as usize];
            let source = layout.places[from as usize];
            assert!((source.y as usize..(source.y + source.height) as usize).contains(&y));
            assert!(piece.x.0 > source.x && piece.net == to);
            begun[edge as usize] = true;
            trace(layout, (y, *piece), to);
        }
    }
    assert!(begun.iter().zip(&layout.jumps).all(|(begun, jump)| *begun != *jump));
}

fn trace(layout: &Layout, start: (usize, connect_rules_tui::screens::graph::layout::Across), to: u32) {
    let (mut y, mut piece) = start;
    for _ in 0..1000 {
        if piece.arrow {
            let place = layout.places[to as usize];
            assert_eq!((piece.x.1 + 2, y), (place.x, place.y as usize));
            return;
        }
        let next = if piece.open.1 {
            layout.rows[y].lines.iter().find(|it| it.x.0 == piece.x.1 + 1 && it.net == to).map(|it| (y, *it))
        } else {
            let down = layout.columns[&piece.x.1].iter().find(|it| (it.y.0..=it.y.1).contains(&(y as u32)));
            let down = down.unwrap_or_else(|| panic!("no upright line at {piece:?}"));
            assert_eq!(down.net, Some(to));
            (down.y.0..=down.y.1).find_map(|y| {
                let lines = &layout.rows[y as usize].lines;
                lines
                    .iter()
                    .find(|it| it.x.0 == piece.x.1 && it.net == to && it.x.1 > it.x.0)
                    .map(|it| (y as usize, *it))
            })
        };
        (y, piece) = next.unwrap_or_else(|| panic!("{piece:?} in row {y} leads nowhere"));
    }
    panic!("a line without an end");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn drawings_are_whole(
        nodes in 1_usize..30,
        links in proptest::collection::btree_set((0_u32..30, 0_u32..30), 0..70),
        widths in proptest::collection::vec(1_u32..20, 30),
    ) {
        let shapes: Vec<Shape> = widths[..nodes]
            .iter()
            .enumerate()
            .map(|(at, width)| Shape { width: *width, start: at < 2 })
            .collect();
        let edges: Vec<(u32, u32)> =
            links.into_iter().filter(|(a, b)| (*a as usize) < nodes && (*b as usize) < nodes).collect();
        let lines: Vec<Line> = edges
            .iter()
            .map(|(from, to)| Line { from: *from, to: *to, label: (from * 7 + to) % 9, jump: 5 })
            .collect();
        check(&Layout::new(&shapes, &lines), &edges, nodes);
    }
}
