//! Help pages in the whole program: opened from where one is, read, searched, and left again.

mod support;

use connect_rules_tui::help::pages;
use connect_rules_tui::screen::ScreenId;

#[test]
fn f1_opens_the_page_of_the_screen_and_esc_leads_back() {
    let mut program = support::demo((100, 34));
    for (at, id) in ScreenId::ALL.iter().enumerate() {
        program.keys(&(at + 1).to_string()).keys("f1").expect(&format!("Help ─ screen ─ {}", id.name()));
        program.keys("esc").reject("Help ─");
        assert_eq!(program.app.screen, *id);
    }
}

#[test]
fn f1_opens_the_page_of_what_the_cursor_is_on() {
    let mut program = support::demo((120, 34));
    program.keys("2").keys("/").text("faults menu").keys("enter");
    program.keys("f1").expect("Help ─ screen ─ Rules").keys("esc");
    program.keys("tab f1").expect("Help ─ rule type ─").keys("f1").reject("Help ─");
    program.keys("enter").expect("Priority");
    // In a field of text, too; nothing is typed into it.
    let before = program.screen();
    program.keys("f1").expect("Help ─ rule type ─").expect("Example").keys("esc");
    assert_eq!(program.screen(), before);
    program.keys("ctrl-n").expect("Add weight").keys("f1").expect("Weights and activation").keys("esc");
    program.keys("tab f1").expect("Help ─ weight operation ─ equals").keys("esc").expect("Add weight");
}

#[test]
fn the_keys_overlay_and_the_pages_lead_to_each_other() {
    let mut program = support::demo((100, 34));
    program.keys("? f1").expect("Help ─ screen ─ Home").reject("Keys of this place");
    program.keys("?").expect("Keys of this place").reject("Help ─").keys("esc").reject("Keys of");
}

#[test]
fn a_search_finds_pages_with_the_line_that_matches_and_marks_the_words() {
    let mut program = support::demo((110, 34));
    program.keys("f1 /").expect("Search help (").text("Notcontains");
    program.expect("weight operation").keys("enter").expect("Help ─ weight operation ─ notcontains");
    program.keys("/").keys("ctrl-u").text("isempty blanks").expect("Blanks, 0, false");
    program.keys("enter").expect("Help ─ weight operation ─ isempty");
    program.keys("/").keys("ctrl-u").text("no such words anywhere").expect("no page has all of these words");
    program.keys("esc").expect("Help ─ weight operation ─ isempty");
    program.keys("backspace").expect("─ notcontains").keys("backspace").expect("─ Home");
    // A word far down a long page is in sight when the page opens.
    program.keys("/").keys("ctrl-u").text("same-name").keys("enter").expect("--same-name");
    program.keys("home").reject("--same-name");
}

#[test]
fn pages_scroll_and_turn_and_can_be_copied() {
    let mut program = support::demo((100, 24));
    program.keys("2 f1").expect("1–").keys("end").reject("1–").keys("home").expect("Three panes");
    program.keys("right").expect("Help ─ screen ─ Rule form").keys("left").expect("Help ─ screen ─ Rules");
    program.keys("y").expect("copied");
    program.keys("left left").expect("Help ─ command ─");
}

#[test]
fn every_page_is_an_entry_of_the_palette() {
    let mut program = support::demo((100, 34));
    program.keys("ctrl-p").text("paddedRandom").keys("enter").expect("Help ─ template helper ─ paddedRandom");
    program.expect("0007").keys("esc");
    program.keys("ctrl-p").text("weights and activation").keys("enter").expect("Help ─ guide ─ Weights");
}

#[test]
fn every_page_can_be_read_at_every_size() {
    let mut program = support::demo((80, 24));
    program.keys("f1");
    for page in pages() {
        for size in [(80, 24), (120, 34), (200, 60)] {
            program.resize(size.0, size.1);
            program.expect(&format!("Help ─ {}", page.sort)).keys("pgdn end home");
        }
        program.keys("right");
    }
}
