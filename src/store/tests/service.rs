//! What the service layer does and refuses, on the embedded store.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod common;

use common::wait;
use connect_rules_engine::compat::Compat;
use connect_rules_engine::compat::Profile;
use connect_rules_engine::export::CsvOptions;
use connect_rules_engine::kinds::RuleType;
use connect_rules_engine::model::{Rule, RuleSet, Weight};
use connect_rules_engine::script::{ReadOptions, read_tests};
use connect_rules_engine::value::{Text, Value};
use connect_rules_engine::workspace::Options;
use connect_rules_store::contract::{end_point, rule, rule_set, test, user};
use connect_rules_store::exchange::export::{self, About, Selection};
use connect_rules_store::exchange::{ImportRuleSets, Mode};
use connect_rules_store::service::end_points::{
    AssignEndPoint, CreateEndPoint, DeleteEndPoints, RenameEndPoint, UpdateEndPoint,
};
use connect_rules_store::service::holidays::CreateHoliday;
use connect_rules_store::service::rule_sets::{
    CloneRuleSet, CreateRuleSet, DeleteRuleSets, RenameRuleSet, UpdateRuleSet,
};
use connect_rules_store::service::rules::{CreateRule, ReorderRules, UpdateRule};
use connect_rules_store::service::settings::SetConfig;
use connect_rules_store::service::tests::{CopyTests, CreateTest, OnSameName};
use connect_rules_store::service::users::{CreateUser, DeleteUser, ResetKey, UpdateUser};
use connect_rules_store::service::weights::{CreateWeight, UpdateWeight};
use connect_rules_store::service::{Action, Edit, Picked};
use connect_rules_store::snapshot::head;
use connect_rules_store::{
    Actor, Applied, Change, EndPoint, Entity, Error, Holiday, Role, Service, Snapshot, SqliteStore,
    Store as _, User, Way, keys,
};

struct Desk {
    service: Service<SqliteStore>,
    admin: Actor,
}

impl Desk {
    fn new() -> Self {
        Desk { service: Service::new(SqliteStore::in_memory().unwrap()), admin: Actor::local("ada") }
    }

    fn run(&self, action: &impl Action) -> Result<Applied, Error> {
        wait(self.service.run(&self.admin, action))
    }

    fn now(&self) -> Snapshot {
        Snapshot::clone(&wait(self.service.snapshot()).unwrap())
    }

    fn set(&self, name: &str, rules: Vec<Rule>) -> Text {
        self.run(&CreateRuleSet(RuleSet { rules, ..rule_set(name) })).unwrap();
        self.now().rule_set_named(name).unwrap().id.clone().unwrap()
    }
}

fn jump(name: &str, to: &str) -> Rule {
    let mut out = rule(name, "");
    out.rule_type = RuleType::RuleSet;
    out.params =
        [("ruleSetName", Value::from(to)), ("returnHere", Value::from("false"))].into_iter().collect();
    out
}

#[test]
fn a_rename_is_followed_by_every_reference_in_one_change() {
    let desk = Desk::new();
    let old = desk.set("Old", vec![rule("hello", "hi")]);
    desk.set("Other", vec![jump("go", "Old"), rule("Old", "Old")]);
    let before = wait(desk.service.store().journal(99)).unwrap().len();
    let action = RenameRuleSet { which: Picked::any(old), name: Text::from(" New ") };
    let plan = wait(desk.service.plan(&desk.admin, &action)).unwrap();
    assert!(plan.notes.iter().any(|note| note.place == "Other / go"), "{:?}", plan.notes);
    desk.run(&action).unwrap();
    let now = desk.now();
    assert_eq!(now.rule_set_named("New").unwrap().rules.len(), 1);
    let other = now.rule_set_named("Other").unwrap();
    let text = |name: &str, param: &str| {
        other.rules.iter().find(|rule| &*rule.name == name).unwrap().params.text(param).unwrap().to_owned()
    };
    assert_eq!((&*text("go", "ruleSetName"), &*text("Old", "message")), ("New", "Old"));
    assert_eq!(wait(desk.service.store().journal(99)).unwrap().len(), before + 1);
}

#[test]
fn rule_sets_in_use_are_kept_and_the_users_named() {
    let desk = Desk::new();
    let a = desk.set("Target", vec![]);
    let b = desk.set("Caller", vec![jump("go", "Target")]);
    desk.run(&CreateRule { rule_set_id: Text::clone(&a), rule: jump("self", "Target") }).unwrap();
    let which = |ids: &[&Text]| ids.iter().map(|id| Picked::any(Text::clone(id))).collect::<Vec<_>>();
    match desk.run(&DeleteRuleSets { which: which(&[&a]), anyway: false }) {
        Err(Error::InUse { by, .. }) => {
            assert_eq!(by.len(), 1, "its own reference does not count");
            assert_eq!((&*by[0].name, &*by[0].place), ("Caller / go", "ruleSetName"));
        }
        other => panic!("{other:?}"),
    }
    let power = Actor { role: Role::PowerUser, ..desk.admin.clone() };
    let forced = DeleteRuleSets { which: which(&[&a]), anyway: true };
    assert!(matches!(wait(desk.service.run(&power, &forced)), Err(Error::Forbidden { .. })));
    desk.run(&DeleteRuleSets { which: which(&[&a, &b]), anyway: false }).unwrap();
    assert!(desk.now().rule_sets.is_empty());
}

#[test]
fn what_a_form_refuses_is_refused_with_field_and_remedy() {
    let desk = Desk::new();
    let id = desk.set("Main", vec![rule("one", "hi")]);
    for (bad, field) in [
        (rule("x", "hi"), "name"),
        (rule("broken", "{{#if}}"), "params / message"),
        (Rule { priority: Text::from("abc"), ..rule("late", "hi") }, "priority"),
        (jump("nowhere", "Nothing"), "params / ruleSetName"),
    ] {
        match desk.run(&CreateRule { rule_set_id: Text::clone(&id), rule: bad }) {
            Err(Error::Invalid { problems, .. }) => {
                assert!(
                    problems.iter().any(|p| p.place == field && !p.fix.is_empty()),
                    "{field}: {problems:?}"
                );
            }
            other => panic!("{field}: {other:?}"),
        }
    }
    let taken = desk.run(&CreateRule { rule_set_id: Text::clone(&id), rule: rule("one", "hi") });
    assert!(matches!(taken, Err(Error::Conflict { field: "name", .. })));
    let missing = desk.run(&CreateRule { rule_set_id: Text::from("none"), rule: rule("two", "hi") });
    assert!(matches!(missing, Err(Error::NotFound { .. })));
    let bad_day = Holiday {
        id: Text::default(),
        when: Text::from("20250230"),
        name: Text::from("Never"),
        description: Text::default(),
        closed: true,
    };
    assert!(matches!(desk.run(&CreateHoliday(bad_day)), Err(Error::Invalid { .. })));
}

#[test]
fn edits_of_different_fields_merge_and_of_the_same_field_do_not() {
    let desk = Desk::new();
    desk.set("Main", vec![rule("one", "hi")]);
    let seen = desk.now();
    let entity = |change: &dyn Fn(&mut Rule)| {
        let set = &seen.rule_sets[0];
        let mut rule = set.rules[0].clone();
        change(&mut rule);
        Edit::of(&seen, Entity::Rule(set.id.clone().unwrap(), rule)).unwrap()
    };
    desk.run(&UpdateRule(entity(&|rule| rule.priority = Text::from("7")))).unwrap();
    desk.run(&UpdateRule(entity(&|rule| rule.description = Text::from("both")))).unwrap();
    let now = desk.now().rule_sets[0].rules[0].clone();
    assert_eq!((&*now.priority, &*now.description), ("7", "both"));
    match desk.run(&UpdateRule(entity(&|rule| rule.priority = Text::from("8")))) {
        Err(error @ Error::Stale(_)) => {
            let said = error.explain();
            assert!(said.why.contains("priority") && said.why.contains("ada"), "{said}");
            let Error::Stale(rows) = error else { return };
            assert_eq!(rows[0].clashes[0].theirs, Value::from("7"));
        }
        other => panic!("{other:?}"),
    }
    let mine = RuleSet { name: Text::from("Else"), ..head(&seen.rule_sets[0]) };
    let renamed = Edit::of(&seen, Entity::RuleSet(mine)).unwrap();
    assert!(
        matches!(desk.run(&UpdateRuleSet(renamed)), Err(Error::Invalid { .. })),
        "an edit does not rename"
    );
}

#[test]
fn clones_have_identifiers_of_their_own_and_no_end_points() {
    let desk = Desk::new();
    desk.run(&CreateEndPoint(end_point("Line", &[]))).unwrap();
    let set =
        RuleSet { end_points: vec![Text::from("Line")], rules: vec![rule("one", "hi")], ..rule_set("Main") };
    desk.run(&CreateRuleSet(set)).unwrap();
    let id = desk.now().rule_sets[0].id.clone().unwrap();
    desk.run(&CreateRule { rule_set_id: Text::clone(&id), rule: jump("again", "Main") }).unwrap();
    desk.run(&CloneRuleSet { id: Text::clone(&id), name: Text::from("Copy"), repoint: true }).unwrap();
    let now = desk.now();
    let (old, new) = (now.rule_set_named("Main").unwrap(), now.rule_set_named("Copy").unwrap());
    assert!(new.end_points.is_empty() && new.rules.len() == 2);
    assert!(new.rules.iter().all(|rule| !old.rules.iter().any(|other| other.id == rule.id)));
    let again = new.rules.iter().find(|rule| &*rule.name == "again").unwrap();
    assert_eq!(again.params.text("ruleSetName"), Some("Copy"));
    let twice = RuleSet { end_points: vec![Text::from("Line")], ..rule_set("Third") };
    let refused = desk.run(&CreateRuleSet(twice));
    assert!(matches!(refused, Err(Error::Conflict { field: "endPoints", .. })), "{refused:?}");
}

#[test]
fn end_points_are_renamed_everywhere_and_kept_while_in_use() {
    let desk = Desk::new();
    desk.run(&CreateEndPoint(end_point("Line", &["+61390000000"]))).unwrap();
    let set = desk.set("Main", vec![]);
    let id = Text::clone(&desk.now().end_points[0].id);
    desk.run(&AssignEndPoint { id: Text::clone(&id), rule_set_id: Some(set) }).unwrap();
    desk.run(&CreateTest(test("/", "first", "Line"))).unwrap();
    desk.run(&RenameEndPoint { which: Picked::any(Text::clone(&id)), name: Text::from("Desk") }).unwrap();
    let now = desk.now();
    assert_eq!((&*now.rule_sets[0].end_points[0], &*now.tests[0].end_point), ("Desk", "Desk"));
    match desk.run(&DeleteEndPoints(vec![Picked::any(Text::clone(&id))])) {
        Err(Error::InUse { by, .. }) => assert_eq!(by.len(), 2),
        other => panic!("{other:?}"),
    }
    let mine = EndPoint { inbound_numbers: vec![Text::from("12")], ..now.end_points[0].clone() };
    let edit = Edit::of(&now, Entity::EndPoint(mine)).unwrap();
    assert!(matches!(desk.run(&UpdateEndPoint(edit)), Err(Error::Invalid { .. })));
    let twin = end_point("Twin", &["+61390000000"]);
    assert!(matches!(desk.run(&CreateEndPoint(twin)), Err(Error::Conflict { .. })));
}

#[test]
fn weights_are_checked_and_a_changed_one_is_stale() {
    let desk = Desk::new();
    desk.set("Main", vec![rule("one", "hi")]);
    let rule_id = desk.now().rule_sets[0].rules[0].id.clone().unwrap();
    let weight = |number: &str| Weight {
        id: None,
        field: Some(Text::from("Customer.tier")),
        operation: Text::from("equals"),
        value: Value::from("gold"),
        weight: Value::from(number),
    };
    let bad = desk.run(&CreateWeight { rule_id: Text::clone(&rule_id), weight: weight("1001") });
    assert!(matches!(bad, Err(Error::Invalid { .. })));
    desk.run(&CreateWeight { rule_id: Text::clone(&rule_id), weight: weight("1") }).unwrap();
    let base = desk.now().rule_sets[0].rules[0].weights[0].clone();
    let update = |number: &str| UpdateWeight {
        rule_id: Text::clone(&rule_id),
        base: Some(base.clone()),
        mine: Weight { weight: Value::from(number), ..base.clone() },
    };
    desk.run(&update("2")).unwrap();
    assert!(matches!(desk.run(&update("3")), Err(Error::Stale(_))));
}

#[test]
fn rules_are_reordered_by_their_priorities() {
    let desk = Desk::new();
    let id = desk.set("Main", vec![rule("one", "1"), rule("two", "2"), rule("three", "3")]);
    let now = desk.now();
    let by_name = |name: &str| {
        now.rule_sets[0].rules.iter().find(|rule| &*rule.name == name).unwrap().id.clone().unwrap()
    };
    let order = vec![by_name("three"), by_name("one"), by_name("two")];
    desk.run(&ReorderRules { rule_set_id: Text::clone(&id), order: order.clone() }).unwrap();
    let now = desk.now();
    let priority = |id: &Text| now.rule(id).unwrap().1.priority.to_string();
    assert_eq!(order.iter().map(priority).collect::<Vec<_>>(), ["30", "20", "10"]);
    let short = ReorderRules { rule_set_id: id, order: order[..2].to_vec() };
    assert!(matches!(desk.run(&short), Err(Error::Invalid { .. })));
}

#[test]
fn tests_are_copied_with_names_of_their_own() {
    let desk = Desk::new();
    desk.run(&CreateTest(test("/a", "first", "Line"))).unwrap();
    assert!(matches!(desk.run(&CreateTest(test("/a", "first", "Line"))), Err(Error::Conflict { .. })));
    let ids = vec![desk.now().tests[0].test_id.clone().unwrap()];
    let copy =
        |folder: &str, on_same_name| CopyTests { ids: ids.clone(), folder: Text::from(folder), on_same_name };
    desk.run(&copy("/b", OnSameName::Refuse)).unwrap();
    assert!(matches!(desk.run(&copy("/b", OnSameName::Refuse)), Err(Error::Conflict { .. })));
    desk.run(&copy("/b", OnSameName::Skip)).unwrap();
    desk.run(&copy("/b", OnSameName::Rename)).unwrap();
    let now = desk.now();
    let mut names: Vec<String> = now.tests.iter().map(|it| format!("{} {}", it.folder, it.name)).collect();
    names.sort();
    assert_eq!(names, ["/a first", "/b first", "/b first 2"]);
}

#[test]
fn users_log_in_by_key_and_one_administrator_stays() {
    let desk = Desk::new();
    let key = keys::new_key();
    let required = SetConfig { key: Text::from("RequireLogin"), value: Value::from("true") };
    assert!(matches!(desk.run(&required), Err(Error::Invalid { .. })), "nobody could log in");
    desk.run(&CreateUser { user: user("ada@example.com", Role::Administrator), key: key.clone() }).unwrap();
    let twin = CreateUser { user: user("bob@example.com", Role::Tester), key: key.clone() };
    assert!(matches!(desk.run(&twin), Err(Error::Conflict { field: "apiKey", .. })));
    let twin = CreateUser { user: user("ADA@example.com", Role::Tester), key: keys::new_key() };
    assert!(matches!(desk.run(&twin), Err(Error::Conflict { field: "emailAddress", .. })));
    let ada = wait(desk.service.log_in(&key)).unwrap();
    assert_eq!((&*ada.user, &ada.role), ("ada@example.com", &Role::Administrator));
    for wrong in ["", &keys::new_key(), &key[..10]] {
        assert_eq!(wait(desk.service.log_in(wrong)), Err(Error::Unauthenticated));
    }
    assert!(wait(desk.service.local_actor("os")).is_ok());
    desk.run(&required).unwrap();
    assert_eq!(wait(desk.service.local_actor("os")), Err(Error::Unauthenticated));
    let now = desk.now();
    let stored = now.users[0].clone();
    let last = Edit::of(&now, Entity::User(User { enabled: false, ..stored.clone() })).unwrap();
    assert!(matches!(desk.run(&UpdateUser(last)), Err(Error::Invalid { .. })));
    let picked = Picked::any(Text::clone(&stored.id));
    assert!(matches!(desk.run(&DeleteUser(picked.clone())), Err(Error::Invalid { .. })));
    let new = keys::new_key();
    desk.run(&ResetKey { which: picked, key: new.clone(), expires: None }).unwrap();
    assert_eq!(wait(desk.service.log_in(&key)), Err(Error::Unauthenticated));
    assert!(wait(desk.service.log_in(&new)).is_ok());
    desk.run(&CreateUser { user: user("cyd@example.com", Role::Administrator), key: keys::new_key() })
        .unwrap();
    let now = desk.now();
    let edit = Edit::of(&now, Entity::User(User { enabled: false, ..now.user(&stored.id).unwrap().clone() }));
    desk.run(&UpdateUser(edit.unwrap())).unwrap();
    assert_eq!(wait(desk.service.log_in(&new)), Err(Error::Unauthenticated), "a disabled user is refused");
}

#[test]
fn a_key_stops_after_its_last_day_and_guessing_has_to_wait() {
    let desk = Desk::new();
    let key = keys::new_key();
    let ada = User { key_expires: Some(Text::from("2026-01-31")), ..user("ada@example.com", Role::Tester) };
    desk.run(&CreateUser { user: ada, key: key.clone() }).unwrap();
    let odd = User { key_expires: Some(Text::from("soon")), ..user("bob@example.com", Role::Tester) };
    assert!(matches!(
        desk.run(&CreateUser { user: odd, key: keys::new_key() }),
        Err(Error::Invalid { problems, .. }) if problems[0].place == "keyExpires"
    ));
    let mark = desk.now().mark;
    let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
    let last_day = at("2026-01-31T23:59:59Z");
    assert!(wait(desk.service.log_in_at(&key, last_day)).is_ok());
    let used = || wait(desk.service.store().logins()).unwrap();
    assert_eq!(&*used()[0].last_used, "2026-01-31T23:59:59Z");
    let late = wait(desk.service.log_in_at(&key, at("2026-02-01T00:00:00Z")));
    assert_eq!(late, Err(Error::Expired(Text::from("2026-01-31"))));

    let guess = format!("{}{}", &key[..4], "x".repeat(32));
    let start = at("2026-01-20T00:00:00Z");
    for _ in 0..5 {
        assert_eq!(wait(desk.service.log_in_at(&guess, start)), Err(Error::Unauthenticated));
    }
    let closed = wait(desk.service.log_in_at(&key, start));
    assert_eq!(closed, Err(Error::Throttled(Text::from("2026-01-20T00:00:01Z"))), "even for the right key");
    let stranger = wait(desk.service.log_in_at("another start", start));
    assert_eq!(stranger, Err(Error::Unauthenticated), "other keys are not kept out");
    let after = start + jiff::SignedDuration::from_secs(1);
    assert!(wait(desk.service.log_in_at(&key, after)).is_ok());
    assert_eq!(used().iter().map(|login| login.failures).max(), Some(1), "the count starts anew");
    assert_eq!(desk.now().mark, mark, "who logs in changes nothing");
}

#[test]
fn what_an_undo_would_change_is_what_it_changes() {
    let desk = Desk::new();
    desk.set("Main", vec![rule("one", "hi")]);
    let set = desk.now().rule_sets[0].id.clone().unwrap();
    desk.run(&DeleteRuleSets { which: vec![Picked::any(set)], anyway: false }).unwrap();
    for way in [Way::Undo, Way::Redo] {
        let before = desk.now();
        let plan = wait(desk.service.plan_undo(&desk.admin, way)).unwrap();
        assert_eq!(desk.now(), before, "a plan changes nothing");
        assert!(plan.title.starts_with(way.word()), "{}", plan.title);
        let (done, first) = match way {
            Way::Undo => (wait(desk.service.undo(&desk.admin)).unwrap(), 2),
            Way::Redo => (wait(desk.service.redo(&desk.admin)).unwrap(), 0),
        };
        let mut planned: Vec<_> = plan.changes.iter().map(Change::key).collect();
        let mut written: Vec<_> = done.rows.into_iter().map(|(key, _)| key).collect();
        planned.sort();
        written.sort();
        assert_eq!(planned, written);
        let puts = plan.changes.iter().filter(|it| matches!(it, Change::Put { .. })).count();
        assert_eq!(puts, first, "the rule set and its rule come back, and go again");
    }
    let stranger = Actor { role: Role::Tester, ..desk.admin.clone() };
    wait(desk.service.undo(&desk.admin)).unwrap();
    assert!(matches!(wait(desk.service.plan_undo(&stranger, Way::Redo)), Err(Error::Forbidden { .. })));
}

#[test]
fn roles_are_enforced_before_anything_else() {
    let desk = Desk::new();
    let tester = Actor { role: Role::Tester, ..desk.admin.clone() };
    let nothing = CreateRule { rule_set_id: Text::from("none"), rule: rule("one", "hi") };
    assert!(matches!(wait(desk.service.run(&tester, &nothing)), Err(Error::Forbidden { .. })));
    desk.set("Main", vec![]);
    let undone = wait(desk.service.undo(&tester));
    assert!(matches!(undone, Err(Error::Forbidden { .. })), "undo takes the role of what is undone");
    wait(desk.service.undo(&desk.admin)).unwrap();
}

const FILE: &str = r#"[
 {"name":"Main","description":"","enabled":true,"endPoints":["Line"],"folder":"/","rules":[
  {"name":"one","description":"","priority":"5","activation":"0","type":"Message","enabled":true,"params":{"message":"hi"},
   "weights":[{"field":"a.b","operation":"equals","value":"x","weight":"1"}]},
  {"name":"one","priority":"4","activation":"0","type":"Odd","enabled":true,"params":{}}]},
 {"name":"Other","enabled":true,"rules":[]}]"#;

#[test]
fn contacts_see_holidays_as_a_whole_and_rows_of_any_name() {
    let desk = Desk::new();
    let rows =
        [("motto", "hi"), ("Motto", "Hi"), ("stage", "prod"), ("RequireLogin", ""), ("BackupDays", "7")];
    for (key, value) in rows {
        let set = SetConfig { key: Text::from(key), value: Value::from(value) };
        let _ = wait(desk.service.run(&desk.admin, &set));
    }
    let day = Holiday {
        id: Text::default(),
        when: Text::from("20251225"),
        name: Text::from("Christmas Day"),
        description: Text::from("All desks"),
        closed: true,
    };
    desk.run(&CreateHoliday(day)).unwrap();
    let options = Options { profile: Profile::Live, ..Options::default() };
    let workspace = wait(desk.service.load_workspace(options)).unwrap();
    let seen = workspace.overlay().unwrap();
    assert_eq!((seen.get("motto"), seen.get("Motto")), (Some(&Value::from("hi")), Some(&Value::from("Hi"))));
    for kept_back in ["stage", "RequireLogin", "BackupDays"] {
        assert!(!seen.contains_key(kept_back), "{kept_back}");
    }
    let days = seen.get("Holidays").and_then(Value::as_array).unwrap();
    assert_eq!(days.len(), 1);
    assert_eq!(days[0].member("holidayId").text(), desk.now().holidays[0].id);
    assert_eq!(days[0].member("description"), Value::from("All desks"));
    assert_eq!(days[0].member("closed"), Value::from(true));
}

#[test]
fn the_workspace_and_the_export_hold_what_is_stored() {
    let desk = Desk::new();
    desk.run(&ImportRuleSets::file("file", FILE, Mode::Full)).unwrap();
    desk.run(&SetConfig { key: Text::from("CallCentreTimeZone"), value: Value::from("Australia/Melbourne") })
        .unwrap();
    let workspace = wait(desk.service.load_workspace(Options::default())).unwrap();
    assert_eq!(workspace.active_count(), 2);
    assert!(workspace.find_by_end_point("Line").is_some());
    assert_eq!(workspace.catalogue().time_zone.as_deref(), Some("Australia/Melbourne"));
    let text = export::rule_sets(&desk.now(), &Selection::All, Compat::Corrected);
    let again = ImportRuleSets::file("file", &*text, Mode::Full);
    let unchanged = again.plan(&desk.now(), &Actor::local("ada")).unwrap().changes;
    assert!(unchanged.is_empty(), "an export of one's own changes nothing");
    desk.run(&CreateTest(test("/a", "first", "Line"))).unwrap();
    desk.run(&CreateTest(test("/b", "second", "Line"))).unwrap();
    let folder = Selection::Folder { folder: Text::from("/b"), recursive: false };
    let text = export::tests(&desk.now(), &folder, &About::default()).unwrap();
    let file = read_tests(&text, &ReadOptions { now: "", absent_ready: false });
    assert_eq!((file.tests.len(), &*file.tests[0].name), (1, "second"));
    let csv = export::rule_sets_csv(&desk.now(), &Selection::All, CsvOptions::default());
    assert!(csv.lines().count() > 2, "{csv}");
}

#[test]
fn people_who_edit_one_rule_at_once_keep_all_their_weights() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let desk = Desk { service: Service::new(SqliteStore::open(&file).unwrap()), admin: Actor::local("ada") };
    desk.set("Main", vec![rule("one", "hi")]);
    let rule_id = desk.now().rule_sets[0].rules[0].id.clone().unwrap();
    std::thread::scope(|scope| {
        for person in 0..3 {
            let (file, rule_id) = (&file, &rule_id);
            scope.spawn(move || {
                let service = Service::new(SqliteStore::open(file).unwrap());
                let actor = Actor::local(format!("person {person}"));
                for n in 0..8 {
                    let weight = Weight {
                        id: None,
                        field: Some(Text::from(format!("field.{person}.{n}"))),
                        operation: Text::from("isnull"),
                        value: Value::from(""),
                        weight: Value::from("1"),
                    };
                    let add = CreateWeight { rule_id: Text::clone(rule_id), weight };
                    wait(service.run(&actor, &add)).unwrap();
                }
            });
        }
    });
    assert_eq!(desk.now().rule_sets[0].rules[0].weights.len(), 24);
}
