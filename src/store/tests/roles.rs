//! Every action asks for the operation that the role table knows, and every role is refused or let through as the
//! table says, before anything is looked up or written.
#![allow(clippy::unwrap_used, reason = "a test ends at the first error")]

mod common;

use std::collections::HashSet;

use common::wait;
use connect_rules_engine::model::Weight;
use connect_rules_engine::value::{Text, Value};
use connect_rules_store::contract::{end_point, rule, rule_set, test, user};
use connect_rules_store::exchange::{ImportRuleSets, ImportTests, Mode, Reset, Restore};
use connect_rules_store::service::end_points::{
    AssignEndPoint, CreateEndPoint, DeleteEndPoints, RenameEndPoint, UpdateEndPoint,
};
use connect_rules_store::service::folders::{RenameFolder, Tree};
use connect_rules_store::service::holidays::{CreateHoliday, DeleteHolidays, UpdateHoliday};
use connect_rules_store::service::limits::SetLimits;
use connect_rules_store::service::rule_sets::{
    CloneRuleSet, CreateRuleSet, DeleteRuleSets, EnableRuleSets, MoveRuleSets, RenameRuleSet, UpdateRuleSet,
};
use connect_rules_store::service::rules::{
    CloneRule, CreateRule, DeleteRules, EnableRules, MoveRules, RenameRule, ReorderRules, UpdateRule,
};
use connect_rules_store::service::settings::SetConfig;
use connect_rules_store::service::tests::{
    CopyTests, CreateTest, DeleteTests, MoveTests, OnSameName, UpdateTest,
};
use connect_rules_store::service::users::{CreateUser, DeleteUser, ResetKey, UpdateUser};
use connect_rules_store::service::weights::{CreateWeight, DeleteWeight, UpdateWeight};
use connect_rules_store::service::{Action, Edit, Picked};
use connect_rules_store::{Actor, Entity, Error, Holiday, Operation, Role, Service, SqliteStore, Store as _};

/// One action of each sort, on things that are not there: only a role may refuse them as forbidden.
fn actions() -> Vec<Box<dyn Action>> {
    let none = || Text::from("none");
    let one = || Picked::any(none());
    let some = || vec![one()];
    let edit = |mine: Entity| Edit { base: mine.clone(), rev: 1, mine };
    let day = || Holiday {
        id: none(),
        when: Text::from("20261225"),
        name: Text::from("Christmas"),
        description: Text::default(),
        closed: true,
    };
    let user = || user("ada@example.test", Role::Tester);
    let file = |text: &str| ImportRuleSets::file("file", text, Mode::Merge);
    vec![
        Box::new(file("[]")),
        Box::new(Restore::default()),
        Box::new(Reset::default()),
        Box::new(ImportTests::new("file", "[]")),
        Box::new(CreateRuleSet(rule_set("Main"))),
        Box::new(UpdateRuleSet(edit(Entity::RuleSet(rule_set("Main"))))),
        Box::new(RenameRuleSet { which: one(), name: Text::from("Other") }),
        Box::new(CloneRuleSet { id: none(), name: Text::from("Other"), repoint: false }),
        Box::new(MoveRuleSets { which: some(), folder: Text::from("/a") }),
        Box::new(EnableRuleSets { which: some(), enabled: true }),
        Box::new(DeleteRuleSets { which: some(), anyway: false }),
        Box::new(RenameFolder { tree: Tree::RuleSets, from: Text::from("/a"), to: Text::from("/b") }),
        Box::new(RenameFolder { tree: Tree::Tests, from: Text::from("/a"), to: Text::from("/b") }),
        Box::new(CreateRule { rule_set_id: none(), rule: rule("one", "hi") }),
        Box::new(UpdateRule(edit(Entity::Rule(none(), rule("one", "hi"))))),
        Box::new(RenameRule { which: one(), name: Text::from("two") }),
        Box::new(CloneRule { id: none(), name: Text::from("two"), into: None }),
        Box::new(MoveRules { which: some(), to: none() }),
        Box::new(EnableRules { which: some(), enabled: true }),
        Box::new(ReorderRules { rule_set_id: none(), order: Vec::new() }),
        Box::new(DeleteRules(some())),
        Box::new(CreateWeight { rule_id: none(), weight: Weight::default() }),
        Box::new(UpdateWeight { rule_id: none(), base: None, mine: Weight::default() }),
        Box::new(DeleteWeight { rule_id: none(), weight_id: none() }),
        Box::new(CreateEndPoint(end_point("Line", &[]))),
        Box::new(UpdateEndPoint(edit(Entity::EndPoint(end_point("Line", &[]))))),
        Box::new(RenameEndPoint { which: one(), name: Text::from("Desk") }),
        Box::new(AssignEndPoint { id: none(), rule_set_id: None }),
        Box::new(DeleteEndPoints(some())),
        Box::new(CreateHoliday(day())),
        Box::new(UpdateHoliday(edit(Entity::Holiday(day())))),
        Box::new(DeleteHolidays(some())),
        Box::new(CreateUser { user: user(), key: "short".to_owned() }),
        Box::new(UpdateUser(edit(Entity::User(user())))),
        Box::new(ResetKey { which: one(), key: "short".to_owned(), expires: None }),
        Box::new(DeleteUser(one())),
        Box::new(CreateTest(test("/a", "first", "Line"))),
        Box::new(UpdateTest(edit(Entity::Test(test("/a", "first", "Line"))))),
        Box::new(MoveTests { which: some(), folder: Text::from("/b") }),
        Box::new(CopyTests { ids: vec![none()], folder: Text::from("/b"), on_same_name: OnSameName::Skip }),
        Box::new(DeleteTests(some())),
        Box::new(SetConfig { key: Text::from("motto"), value: Value::from("hi") }),
        Box::new(SetLimits { value: Value::from("hi") }),
    ]
}

#[test]
fn every_action_is_refused_to_the_roles_that_may_not_do_it() {
    let mut seen = HashSet::new();
    for action in actions() {
        let operation = action.operation();
        seen.insert(operation);
        for role in ["ADMINISTRATOR", "POWER_USER", "TESTER", "ODD"] {
            let service = Service::new(SqliteStore::in_memory().unwrap());
            let actor = Actor { user: Text::from("ada"), user_id: None, role: Role::parse(role) };
            let forbidden = |done: &Result<_, Error>| matches!(done, Err(Error::Forbidden { .. }));
            let want = !operation.allows(&actor.role);
            let planned = wait(service.plan(&actor, &*action)).map(|_| ());
            assert_eq!(forbidden(&planned), want, "plan to {operation} as {role}: {planned:?}");
            let done = wait(service.run(&actor, &*action)).map(|_| ());
            assert_eq!(forbidden(&done), want, "{operation} as {role}: {done:?}");
            if want {
                assert_eq!(
                    wait(service.store().journal(9)).unwrap(),
                    [],
                    "{operation} as {role} wrote something"
                );
            }
        }
    }
    // What changes the model and has no action here: parts of others, or another crate's.
    let elsewhere = [Operation::CleanUpRuleSets, Operation::CleanUpTests];
    for operation in Operation::ALL.iter().filter(|it| it.moves_mark() && !elsewhere.contains(it)) {
        assert!(seen.contains(operation), "nothing asks for {operation}");
    }
}
