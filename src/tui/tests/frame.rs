//! The frame around every screen, in the whole program.

mod support;

use connect_rules_tui::keys;
use connect_rules_tui::screen::ScreenId;

#[test]
fn the_first_frame_tells_where_one_is() {
    let mut program = support::demo((80, 24));
    program
        .expect("connect-rules ─ test")
        .expect("ada (ADMINISTRATOR)")
        .expect("[1 Home]")
        .expect("9 Admin")
        .expect("? keys");
    program.expect("Rule sets");
}

#[test]
fn every_screen_opens_by_its_number_and_draws_at_every_size() {
    let mut program = support::demo((200, 60));
    for (at, id) in ScreenId::ALL.iter().enumerate() {
        program.keys(&(at + 1).to_string());
        assert_eq!(program.app.screen, *id);
        for size in [(80, 24), (120, 34), (200, 60), (81, 25)] {
            program.resize(size.0, size.1).expect(&format!("[{} {}]", at + 1, id.name()));
        }
    }
    program.resize(79, 24).expect("nothing is lost");
    program.resize(1, 1).frame();
    program.resize(400, 120).expect("[9 Admin]");
}

#[test]
fn help_lists_the_keys_of_the_place_and_runs_them() {
    let mut program = support::demo((100, 40));
    program.keys("?").expect("Keys of this place").expect("Show the keys of this place");
    program.keys("esc").reject("Keys of this place");
    program.keys("? ctrl-g").reject("Keys of this place");
}

#[test]
fn the_palette_finds_rule_sets_and_goes_there_and_back() {
    let mut program = support::demo((100, 40));
    program.keys("ctrl-p").expect("Find anything");
    program.text("open graph").keys("enter");
    assert_eq!(program.app.screen, ScreenId::Graph);
    program.keys("ctrl-o");
    assert_eq!(program.app.screen, ScreenId::Home);
}

#[test]
fn undo_says_when_there_is_nothing() {
    let mut program = support::demo((100, 40));
    program.keys("u").expect("nothing to undo");
    program.keys("enter").reject("nothing to undo");
}

#[test]
fn every_command_of_the_table_is_known_where_it_is_said_to_work() {
    for binding in keys::all() {
        assert!(!binding.about.is_empty() && !binding.keys.is_empty(), "{}", binding.id);
    }
}

/// The screen as a terminal would show it now, panes that wait for the cursor included.
fn now(program: &connect_rules_tui::harness::Harness) -> String {
    let mut terminal = ratatui::Terminal::new(ratatui::backend::TestBackend::new(120, 40)).unwrap();
    terminal.draw(|frame| connect_rules_tui::draw::draw(&program.app, frame)).unwrap();
    terminal.backend().to_string()
}

#[test]
fn panes_that_follow_the_cursor_wait_until_it_rests() {
    let mut program = support::demo((120, 40));
    program.keys("2 home down").frame();
    let first = now(&program);
    let set = |screen: &str| screen.lines().nth(2).unwrap().to_owned();
    program.keys("down");
    assert!(program.app.is_following());
    let moving = now(&program);
    assert_ne!(moving, first, "the cursor moved");
    assert_eq!(set(&moving), set(&first), "what it is on is not shown yet");
    let due = program.app.next_tick();
    program.wait(due - program.app.session.clock.now() - 1);
    assert_eq!(now(&program), moving);
    program.app.dirty = false;
    program.wait(1);
    assert!(program.app.dirty && !program.app.is_following());
    let rests = now(&program);
    assert_ne!(set(&rests), set(&first));

    // Every other key acts on the true cursor, and what it changes is shown at once.
    program.keys("down");
    assert_eq!(set(&now(&program)), set(&rests));
    program.keys("tab");
    assert!(!program.app.is_following());
    assert_ne!(set(&now(&program)), set(&rests));
    // So does another size.
    program.keys("shift-tab up");
    assert!(program.app.is_following());
    program.resize(110, 30);
    assert!(!program.app.is_following());
}
