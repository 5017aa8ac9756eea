//! Ways through the rule form, as keys.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    reason = "each test file uses what it needs and ends at the first error"
)]

use std::sync::Arc;

use connect_rules_engine::compat::Compat;
use connect_rules_engine::export;
use connect_rules_engine::json;
use connect_rules_engine::model::Rule;
use connect_rules_engine::value::Value;
use connect_rules_store::entity::Entity;
use connect_rules_store::service::rules::UpdateRule;
use connect_rules_store::service::{Action, Edit};
use connect_rules_store::{Actor, Service, SqliteStore};
use connect_rules_tui::harness::Harness;
use ratatui::style::Modifier;
use unicode_width::UnicodeWidthStr as _;

use crate::support;

pub type Store = Arc<Service<SqliteStore>>;

pub const SET: &str = "Goodbye";

pub fn wait<T>(call: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(call)
}

pub fn rule(store: &Store, set: &str, name: &str) -> Option<Rule> {
    let now = wait(store.snapshot()).unwrap();
    now.rule_set_named(set)?.rules.iter().find(|rule| &*rule.name == name).cloned()
}

/// A rule as it stands in an export.
pub fn exported(store: &Store, set: &str, name: &str) -> Value {
    let now = wait(store.snapshot()).unwrap();
    let set = export::value(now.rule_set_named(set).unwrap(), Compat::Corrected);
    let rules = set.member("rules");
    let is = |rule: &&Value| rule.member("name").as_str() == Some(name);
    rules.as_array().unwrap().iter().find(is).cloned().unwrap_or_default()
}

/// Somebody else changes a rule.
pub fn other(store: &Store, set: &str, name: &str, change: impl FnOnce(&mut Rule)) {
    let now = wait(store.snapshot()).unwrap();
    let set = now.rule_set_named(set).unwrap();
    let mut mine = set.rules.iter().find(|rule| &*rule.name == name).unwrap().clone();
    change(&mut mine);
    let entity = Entity::Rule(set.id.clone().unwrap(), mine);
    run(store, &UpdateRule(Edit::of(&now, entity).unwrap()));
}

pub fn run(store: &Store, action: &impl Action) {
    wait(store.run(&Actor::local("bea"), action)).unwrap();
}

/// The program on the demo with its store.
pub fn program(size: (u16, u16)) -> (Harness, Store) {
    let store = support::demo_store();
    (support::on(Arc::clone(&store), None, size), store)
}

/// Opens the form of a stored rule.
pub fn edit(program: &mut Harness, set: &str, name: &str) {
    program.keys("ctrl-p").text(&format!("{set} / {name}")).keys("enter e");
}

/// Opens the form of a new rule of a rule set.
pub fn create(program: &mut Harness, set: &str) {
    program.keys("ctrl-p").text(set).text(" rule set").keys("enter").expect(&format!("{set} ── "));
    program.keys("tab n").expect("New rule ──");
}

/// Whether the focus is on the field with that label: its label is bold.
pub fn is_at(program: &mut Harness, label: &str) -> bool {
    let screen = program.screen();
    let buffer = program.frame().clone();
    screen.lines().enumerate().any(|(y, line)| {
        line.match_indices(label).any(|(at, _)| {
            let x = line[..at].width() as u16;
            let before = line[..at].trim_start_matches(['│', ' ', '●', '✗', '▌', '[']);
            let after = line[at + label.len()..].chars().next().is_none_or(|c| c == ' ');
            let look = buffer[(x, y as u16)].modifier;
            before.is_empty() && after && look.intersects(Modifier::BOLD | Modifier::REVERSED)
        })
    })
}

/// Goes to the field with that label.
#[track_caller]
pub fn go(program: &mut Harness, label: &str) {
    for _ in 0..120 {
        if is_at(program, label) {
            return;
        }
        program.keys("tab");
    }
    panic!("no field {label:?}\n{}", program.screen());
}

/// Writes a field anew.
#[track_caller]
pub fn fill(program: &mut Harness, label: &str, text: &str) {
    go(program, label);
    program.keys("ctrl-u ctrl-k").text(text);
}

#[track_caller]
pub fn choose(program: &mut Harness, label: &str, text: &str) {
    go(program, label);
    program.keys("enter").text(text).keys("enter");
}

#[track_caller]
pub fn typed_as(program: &mut Harness, kind: &str) {
    choose(program, "Type", kind);
    program.expect(&format!("‹ {kind} ›"));
}

/// A new rule of a type, with its name and the focus on the type.
#[track_caller]
pub fn new(program: &mut Harness, kind: &str) {
    create(program, SET);
    program.text(&format!("Made {kind}"));
    typed_as(program, kind);
}

#[track_caller]
pub fn save(program: &mut Harness) {
    program.keys("ctrl-s").expect("enter save").keys("enter").reject("Edit rule").reject("New rule ──");
}

#[track_caller]
pub fn made(program: &mut Harness, store: &Store, kind: &str, params: &str) {
    save(program);
    let wanted = format!(
        r#"{{"name":"Made {kind}","description":"","priority":"0","activation":"0","type":"{kind}","enabled":true,"params":{params},"weights":[]}}"#
    );
    let wanted = json::parse(&wanted).unwrap();
    let found = exported(store, SET, &format!("Made {kind}"));
    assert_eq!(json::print(&found), json::print(&wanted), "{kind}");
}

/// The name of the first rule of a rule set.
pub fn first(store: &Store, set: &str) -> String {
    let now = wait(store.snapshot()).unwrap();
    now.rule_set_named(set).unwrap().rules[0].name.to_string()
}

/// The name of a message rule that the tests may change.
pub fn message(store: &Store) -> String {
    let now = wait(store.snapshot()).unwrap();
    let set = now.rule_set_named(SET).unwrap();
    set.rules.iter().find(|rule| rule.rule_type.name() == "Message").unwrap().name.to_string()
}
