//! The rule form in the whole program: mistakes, conflicts, drafts, roles and odd input; nothing typed is lost.

#![allow(clippy::unwrap_used, reason = "a test ends at the first error")]

mod support;
#[path = "support/form.rs"]
mod through;

use std::path::PathBuf;
use std::sync::Arc;

use connect_rules_engine::value::{Text, Value};
use connect_rules_store::Role;
use connect_rules_store::service::Picked;
use connect_rules_store::service::rules::DeleteRules;
use connect_rules_tui::harness::Harness;
use connect_rules_tui::message::Message;
use connect_rules_tui::screens::rules::form::drafts;
use through::*;

#[test]
fn saving_is_refused_with_the_list_and_the_focus_on_the_first_mistake() {
    let (mut program, store) = program((80, 24));
    create(&mut program, SET);
    let rules = wait(store.snapshot()).unwrap().rule_set_named(SET).unwrap().rules.len();
    program.text("x").expect("shorter than 2 characters");
    fill(&mut program, "Priority", "many");
    program.expect("`many` is not a whole number");
    program.keys("ctrl-s").expect("Not saved: 3 things are wrong").expect("✗ Message: `Message` is missing");
    program.keys("enter");
    assert!(is_at(&mut program, "Name"), "{}", program.screen());
    program.keys("ctrl-u").text(&first(&store, SET)).expect("has a rule");
    program.keys("ctrl-u").text("Fine");
    fill(&mut program, "Priority", "1");
    program.keys("ctrl-s").expect("Not saved: 1 thing is wrong").keys("enter");
    assert!(is_at(&mut program, "Message"), "{}", program.screen());
    program.text("{{#if}}").expect("the template fails");
    program.keys("ctrl-u").text("<speak>a & b").expect("⚠ speech markup must end with");
    program.keys("ctrl-u").text("<speak>ok</speak>").reject("⚠ speech").expect("speech markup");
    program.keys("ctrl-u").text("prompt:gas").expect("prompts: gas-warning.wav");
    program.keys("f2").text("gas").keys("enter").expect("prompt gas-warning.wav");
    assert_eq!(wait(store.snapshot()).unwrap().rule_set_named(SET).unwrap().rules.len(), rules);
    save(&mut program);
    assert_eq!(rule(&store, SET, "Fine").unwrap().params.text("message"), Some("prompt:gas-warning.wav"));
}

#[test]
fn edits_of_different_fields_by_two_people_both_survive() {
    let (mut program, store) = program((120, 34));
    let name = message(&store);
    edit(&mut program, SET, &name);
    fill(&mut program, "Priority", "7");
    other(&store, SET, &name, |rule| rule.description = "by bea".into());
    program.wait(6000).expect("changed elsewhere by bea").expect("● 1 change");
    save(&mut program);
    let saved = rule(&store, SET, &name).unwrap();
    assert_eq!((&*saved.priority, &*saved.description), ("7", "by bea"));
}

#[test]
fn clashes_are_settled_field_by_field_and_nothing_is_lost() {
    let (mut program, store) = program((120, 34));
    let name = message(&store);
    edit(&mut program, SET, &name);
    fill(&mut program, "Priority", "7");
    fill(&mut program, "Fires at", "70");
    fill(&mut program, "Description", "mine");
    other(&store, SET, &name, |rule| {
        rule.priority = "8".into();
        rule.activation = Some("80".into());
        rule.description = "theirs".into();
        rule.params.insert("message", Value::from("New words."));
    });
    program.keys("ctrl-s enter").expect("bea changed the same fields").expect("? not settled");
    program.keys("ctrl-s").expect("settle every field first");
    // Back to the form: all of it is there; then again.
    program.keys("esc").expect("Edit rule").expect("● 3 changes").keys("ctrl-s enter");
    for _ in 0..3 {
        let screen = program.screen();
        let here = screen.lines().find(|line| line.contains('▌')).unwrap_or_default().to_owned();
        match () {
            () if here.contains("description") => program.keys("e").keys("ctrl-u").text("both").keys("enter"),
            () if here.contains("priority") => program.keys("m"),
            () => program.keys("t"),
        };
    }
    program.keys("ctrl-s").reject("changed the same fields").reject("Edit rule");
    let saved = rule(&store, SET, &name).unwrap();
    assert_eq!(
        (&*saved.priority, saved.activation.as_deref(), &*saved.description, saved.params.text("message")),
        ("7", Some("80"), "both", Some("New words."))
    );
}

#[test]
fn a_rule_that_was_deleted_elsewhere_can_be_saved_as_new() {
    let (mut program, store) = program((120, 34));
    let name = message(&store);
    edit(&mut program, SET, &name);
    fill(&mut program, "Description", "still here");
    let id = rule(&store, SET, &name).unwrap().id.unwrap();
    run(&store, &DeleteRules(vec![Picked::any(Text::clone(&id))]));
    program.wait(6000).expect("deleted elsewhere").expect("still here");
    program.keys("ctrl-s enter").expect("The rule is gone").keys("y enter").reject("Edit rule");
    let saved = rule(&store, SET, &name).unwrap();
    assert_eq!(&*saved.description, "still here");
    assert_ne!(saved.id.unwrap(), id);
}

#[test]
fn drafts_are_found_again_after_a_hang_up_and_removed_after_saving() {
    let folder = tempfile::tempdir().unwrap();
    let state: PathBuf = folder.path().join("state");
    let store = support::demo_store();
    let start = || support::on(Arc::clone(&store), Some(state.clone()), (80, 24));
    let name = message(&store);
    let mut program = start();
    edit(&mut program, SET, &name);
    fill(&mut program, "Description", "日本 👩‍👩‍👧 draft");
    program.send(Message::HangUp);
    let found = drafts(&state);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].title, format!("{SET} / {name}"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&found[0].path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let mut program = start();
    program.expect("1 draft was kept").expect(&format!("rule {SET} / {name}")).keys("esc");
    program.expect("the drafts are kept").reject("1 draft was kept");
    edit(&mut program, SET, &name);
    program.expect("Resume the draft?").keys("esc").reject("Edit rule");
    edit(&mut program, SET, &name);
    program.keys("enter").reject("Resume the draft?").expect("日本").expect("● 1 change");
    save(&mut program);
    assert!(drafts(&state).is_empty());
    assert_eq!(&*rule(&store, SET, &name).unwrap().description, "日本 👩‍👩‍👧 draft");

    // A new rule: kill -9 leaves what was written when the field was left.
    create(&mut program, SET);
    program.text("Half done").keys("tab");
    assert_eq!(drafts(&state).len(), 1);
    let mut program = start();
    program.keys("esc ctrl-p").text(SET).text(" rule set").keys("enter tab n").expect("Resume the draft?");
    program.keys("r").expect("Half done").keys("esc").expect("Leave with");
    program.text("Keep").keys("enter").reject("New rule ──");
    assert_eq!(drafts(&state).len(), 1);
    program.keys("n").expect("Resume the draft?").keys("d").reject("Half done");
    assert!(drafts(&state).is_empty());
    program.text("again and again").keys("esc").text("Stay").keys("enter").expect("again and again");
    program.keys("esc").text("Discard").keys("enter").reject("New rule ──");
    assert!(drafts(&state).is_empty());
}

#[test]
fn a_resumed_draft_notices_what_others_stored_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let state: PathBuf = folder.path().join("state");
    let store = support::demo_store();
    let name = message(&store);
    let mut program = support::on(Arc::clone(&store), Some(state.clone()), (120, 34));
    edit(&mut program, SET, &name);
    fill(&mut program, "Priority", "7");
    program.send(Message::HangUp);
    other(&store, SET, &name, |rule| rule.priority = "8".into());
    let mut program = support::on(Arc::clone(&store), Some(state), (120, 34));
    program.expect("1 draft was kept").keys("enter").expect("changed elsewhere by bea").keys("ctrl-s enter");
    program.expect("bea changed the same fields").keys("m ctrl-s").reject("Edit rule");
    assert_eq!(&*rule(&store, SET, &name).unwrap().priority, "7");
}

#[test]
fn testers_are_told_why_they_may_not_edit() {
    let store = support::demo_store();
    let mut session = Harness::session();
    session.actor.role = Role::Tester;
    let mut program = Harness::new(Arc::clone(&store) as _, session, (120, 34));
    edit(&mut program, SET, "Hang up");
    program
        .reject("Edit rule")
        .expect("Rule ── Goodbye / Hang up")
        .expect("cannot be changed")
        .expect("TESTER may not");
    program.keys("ctrl-s").expect("TESTER may not change a rule; it takes POWER_USER");
    program.keys("ctrl-n ctrl-x").text("xyz").paste("pasted").reject("Add").expect("Hang up");
    program.keys("esc").reject("Rule ──");
    let shown = rule(&store, SET, "Hang up").unwrap();
    assert_eq!(&*shown.name, "Hang up");
}

#[test]
fn who_may_only_look_sees_every_value_in_full() {
    let store = support::demo_store();
    let name = message(&store);
    let stored = rule(&store, SET, &name).unwrap();
    let long = format!("{} ", "a long text that no row can hold").repeat(8);
    other(&store, SET, &name, |rule| {
        rule.description = Text::from(long.trim());
        rule.params
            .insert("message", Value::from("first\nsecond\nthird\nfourth\nfifth\nsixth\nseventh\nlast line"));
    });
    let mut session = Harness::session();
    session.environment.production = true;
    session.environment.read_only = Some("production is read-only".to_owned());
    let mut program = Harness::new(store.clone(), session, (120, 34));
    edit(&mut program, SET, &name);
    program.expect("Rule ── ").expect("cannot be changed").expect("read-only: production");
    program.expect(stored.rule_type.name());
    go(&mut program, "Description");
    program.keys("enter").expect("can hold a long text").keys("esc");
    go(&mut program, "Message");
    program.keys("enter").expect("last line").keys("enter");
    // Choices and marks do not turn, and nothing is kept as a draft.
    go(&mut program, "Type");
    program.keys("right space left").expect(stored.rule_type.name());
    program.keys("ctrl-s").expect("read-only: production is read-only").keys("esc").reject("Rule ── ");
    assert_eq!(rule(&store, SET, &name).unwrap().rule_type, stored.rule_type);
}

#[test]
fn drafts_are_offered_at_the_start_opened_kept_or_discarded() {
    let folder = tempfile::tempdir().unwrap();
    let state: PathBuf = folder.path().join("state");
    let store = support::demo_store();
    let start = |size| support::on(Arc::clone(&store), Some(state.clone()), size);
    let name = message(&store);
    let mut program = start((120, 34));
    program.reject("kept");
    edit(&mut program, SET, &name);
    fill(&mut program, "Description", "one");
    program.send(Message::HangUp);
    let mut program = start((120, 34));
    program.keys("esc");
    create(&mut program, SET);
    program.text("Two").send(Message::HangUp);
    // A draft of another place is not of this one, and a broken file is none.
    std::fs::write(
        state.join("drafts/rule-elsewhere-new.json"),
        r#"{"ruleSetId":"elsewhere","rule":{"name":"x"}}"#,
    )
    .unwrap();
    std::fs::write(state.join("drafts/rule-broken.json"), "{").unwrap();

    // Ignored, they stay; so they do when the program ends with the offer open.
    for end in ["esc", "ctrl-c"] {
        let mut program = start((80, 24));
        program.expect("2 drafts were kept").expect("rule Goodbye / Two").keys(end);
        program.send(Message::HangUp);
        assert_eq!(drafts(&state).iter().filter(|it| &*it.rule_set_id != "elsewhere").count(), 2, "{end}");
    }
    let mut program = start((120, 34));
    let which = |program: &mut Harness| {
        let screen = program.screen();
        let line = screen.lines().find(|line| line.contains("▌rule")).unwrap().to_owned();
        line.contains("/ Two")
    };
    if !which(&mut program) {
        program.keys("down");
    }
    program.keys("d").expect("Discard the draft?").keys("n").expect("2 drafts were kept");
    program.keys("d y enter").expect("the draft of rule Goodbye / Two is gone").expect("1 draft was kept");
    program.keys("enter").expect("Edit rule").expect("● 1 change").expect("one");
    save(&mut program);
    assert_eq!(&*rule(&store, SET, &name).unwrap().description, "one");
    start((80, 24)).reject("kept");
}

#[test]
fn escapes_wide_characters_and_a_large_paste_are_shown_safely_and_kept() {
    let (mut program, store) = program((80, 24));
    create(&mut program, SET);
    program.text("Odd");
    go(&mut program, "Message");
    program.paste("漢字 \u{1b}[31m👩‍👩‍👧\u{202e}x\r\nnext");
    let screen = program.screen();
    assert!(screen.contains('漢') && screen.contains('␛'), "{screen}");
    save(&mut program);
    let saved = rule(&store, SET, "Odd").unwrap();
    assert_eq!(saved.params.text("message"), Some("漢字 \u{1b}[31m👩‍👩‍👧\u{202e}x\nnext"));
    edit(&mut program, SET, "Odd");
    go(&mut program, "Message");
    let much = "0123456789abcdef".repeat(1 << 16);
    program.paste(&much).expect("characters, more than 1024").expect("too long for a preview");
    program.text("z").keys("tab").expect("● 1 change").keys("ctrl-s").expect("Not saved").keys("enter");
    program.resize(200, 60).expect("Edit rule").resize(1, 1).frame();
    program.resize(80, 24).keys("esc").text("Discard").keys("enter").reject("Edit rule");
    assert_eq!(
        rule(&store, SET, "Odd").unwrap().params.text("message"),
        Some("漢字 \u{1b}[31m👩‍👩‍👧\u{202e}x\nnext")
    );
}

#[test]
fn lint_warns_without_blocking_and_help_lists_the_keys() {
    let (mut program, store) = program((120, 34));
    create(&mut program, SET);
    program.text("Warned").keys("ctrl-n").text("Nobody.SetsThis").keys("tab tab").text("x").keys("ctrl-s");
    fill(&mut program, "Message", "Hi");
    program.keys("tab").expect("Nobody.SetsThis").expect("lint W");
    program.keys("f1 ?").expect("Keys of the rule form").keys("enter");
    save(&mut program);
    assert!(rule(&store, SET, "Warned").is_some());
}
