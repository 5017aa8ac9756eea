//! What every backend must do, as cases that run against any [`Store`]: one suite for all backends.

use std::future::Future;

use connect_rules_engine::kinds::RuleType;
use connect_rules_engine::model::{Params, Rule, RuleSet};
use connect_rules_engine::script::TestDocument;
use connect_rules_engine::value::{Map, Text, Value};

use crate::change::{Applied, Change, ChangeSet, Way};
use crate::entity::{ConfigRow, EndPoint, Entity, Holiday, Key, Kind, User, new_id};
use crate::errors::Error;
use crate::roles::{Operation, Role};
use crate::snapshot::{Snapshot, head};
use crate::store::Store;

/// What a case says when it fails.
pub type Outcome = Result<(), String>;

/// Runs every case on a fresh, empty store; answers how many ran.
///
/// # Errors
/// The first case that fails, with what was expected.
pub async fn run<S: Store>(factory: impl Fn() -> S) -> Result<usize, String> {
    let mut count = 0;
    macro_rules! cases {
        ($($case:ident),*) => {$(
            named(stringify!($case), $case(factory())).await?;
            count += 1;
        )*};
    }
    cases!(
        rows_come_back_with_stamps,
        changes_are_conditional_and_atomic,
        names_are_unique,
        names_can_be_swapped,
        rules_go_with_their_rule_set,
        end_points_in_use_stay,
        the_premise_is_kept,
        the_mark_rises_with_every_change,
        undo_and_redo_lead_there_and_back,
        undo_keeps_later_edits_of_other_fields,
        undo_belongs_to_the_person,
        keys_stay_out_of_the_audit_list,
        what_changed_since_a_mark_is_told,
        the_next_undo_and_redo_are_told
    );
    Ok(count)
}

async fn named(name: &str, case: impl Future<Output = Outcome>) -> Outcome {
    case.await.map_err(|why| format!("{name}: {why}"))
}

fn ensure(holds: bool, what: &str) -> Outcome {
    if holds { Ok(()) } else { Err(what.to_owned()) }
}

#[allow(clippy::needless_pass_by_value, reason = "errors are turned into texts by map_err")]
fn told(error: Error) -> String {
    error.to_string()
}

/// A rule set without rules under a new identifier.
pub fn rule_set(name: &str) -> RuleSet {
    RuleSet {
        id: Some(new_id()),
        name: Text::from(name),
        description: Text::default(),
        enabled: true,
        end_points: Vec::new(),
        folder: Text::from("/"),
        rules: Vec::new(),
    }
}

/// A message rule under a new identifier.
pub fn rule(name: &str, message: &str) -> Rule {
    Rule {
        id: Some(new_id()),
        name: Text::from(name),
        description: Text::default(),
        priority: Text::from("0"),
        activation: Some(Text::from("0")),
        rule_type: RuleType::Message,
        enabled: true,
        params: Params::from_iter([("message", Value::from(message))]),
        weights: Vec::new(),
    }
}

/// An end point under a new identifier.
pub fn end_point(name: &str, numbers: &[&str]) -> EndPoint {
    EndPoint {
        id: new_id(),
        name: Text::from(name),
        description: Text::default(),
        inbound_numbers: numbers.iter().map(|number| Text::from(*number)).collect(),
        enabled: true,
    }
}

/// A test under a new identifier.
pub fn test(folder: &str, name: &str, end_point: &str) -> TestDocument {
    TestDocument {
        test_id: Some(new_id()),
        name: Text::from(name),
        production_ready: true,
        folder: Text::from(folder),
        test_reference: Text::default(),
        description: Text::default(),
        end_point: Text::from(end_point),
        test_date_time: Text::from("2025-03-05T01:00:00Z"),
        customer_phone_number: Text::from("+61400000002"),
        contact_attributes: Map::new(),
        payload: Text::from("terminate: \"\""),
        script_version: 1,
        mocks: None,
    }
}

/// A user without a key under a new identifier.
pub fn user(email: &str, role: Role) -> User {
    User {
        id: new_id(),
        first_name: Text::from("First"),
        last_name: Text::from("Last"),
        email: Text::from(email),
        role,
        enabled: true,
        key_hash: None,
        key_start: Text::default(),
        key_expires: None,
    }
}

/// A change set of one person.
pub fn changes(by: &str, changes: Vec<Change>) -> ChangeSet {
    ChangeSet {
        by: Text::from(by),
        operation: Operation::UpdateRuleSet,
        title: "contract".to_owned(),
        premise: None,
        changes,
    }
}

async fn create(store: &impl Store, entities: Vec<Entity>) -> Result<Applied, String> {
    let list = entities.into_iter().map(Change::create).collect();
    store.apply(changes("ada", list)).await.map_err(told)
}

async fn put(store: &impl Store, by: &str, entity: Entity, expected: u64) -> Result<Applied, Error> {
    store.apply(changes(by, vec![Change::Put { entity, expected }])).await
}

/// Everything but stamps and mark.
fn content(mut snapshot: Snapshot) -> Snapshot {
    snapshot.stamps.clear();
    snapshot.mark = Text::default();
    snapshot
}

async fn now(store: &impl Store) -> Result<Snapshot, String> {
    store.snapshot().await.map_err(told)
}

async fn rows_come_back_with_stamps(store: impl Store) -> Outcome {
    let (set, one) = (rule_set("A"), rule("one", "hi"));
    let id = set.id.clone().unwrap_or_default();
    let day = Holiday {
        id: new_id(),
        when: Text::from("20251225"),
        name: Text::from("Christmas"),
        description: Text::default(),
        closed: true,
    };
    let all = vec![
        Entity::RuleSet(set.clone()),
        Entity::Rule(Text::clone(&id), one.clone()),
        Entity::EndPoint(end_point("Main", &["+61390000000"])),
        Entity::User(user("ada@example.com", Role::Administrator)),
        Entity::Holiday(day),
        Entity::Test(test("/", "first", "Main")),
        Entity::Config(ConfigRow { key: Text::from("Custom"), value: Value::from("x") }),
    ];
    let applied = create(&store, all.clone()).await?;
    ensure(applied.rows.len() == all.len(), "every row is reported")?;
    let snapshot = now(&store).await?;
    for entity in &all {
        ensure(snapshot.entity(&entity.key()).as_ref() == Ok(entity), "entities come back as written")?;
        let stamp = snapshot.stamps.get(&entity.key()).ok_or("every row has a stamp")?;
        let right = stamp.rev == 1 && stamp.updated_at == applied.mark && &*stamp.updated_by == "ada";
        ensure(right, "a new row has version 1, the time of the mark and its author")?;
    }
    ensure(
        snapshot.rule_sets.len() == 1 && snapshot.rule_sets[0].rules == [one],
        "rules are in their rule set",
    )?;
    let whole: Vec<RuleSet> = snapshot.rule_sets.iter().map(|set| RuleSet::clone(set)).collect();
    ensure(store.rule_sets().await.map_err(told)? == whole, "both ways to rule sets agree")?;
    let stray = Entity::Rule(new_id(), rule("stray", "hi"));
    let refused = store.apply(changes("ada", vec![Change::create(stray)])).await;
    ensure(matches!(refused, Err(Error::NotFound { kind: Kind::RuleSet, .. })), "no rule without a rule set")
}

async fn changes_are_conditional_and_atomic(store: impl Store) -> Outcome {
    let set = rule_set("A");
    create(&store, vec![Entity::RuleSet(set.clone())]).await?;
    let edited = RuleSet { description: Text::from("B"), ..set.clone() };
    put(&store, "ada", Entity::RuleSet(edited.clone()), 1).await.map_err(told)?;
    let before = now(&store).await?;
    for expected in [0, 1, 3] {
        let list = vec![
            Change::create(Entity::RuleSet(rule_set("New"))),
            Change::Put { entity: Entity::RuleSet(set.clone()), expected },
        ];
        match store.apply(changes("bob", list)).await {
            Err(Error::Stale(rows)) => {
                let theirs = rows.first().and_then(|row| row.theirs.clone());
                ensure(theirs == Some(Entity::RuleSet(edited.clone())), "what is stored comes along")?;
            }
            other => return Err(format!("expected stale, got {other:?}")),
        }
    }
    ensure(now(&store).await? == before, "a refused change set writes nothing")?;
    let gone = Change::Delete { key: Key::new(Kind::RuleSet, "nobody"), expected: 1 };
    let refused = store.apply(changes("bob", vec![gone])).await;
    ensure(matches!(refused, Err(Error::NotFound { .. })), "what is not there cannot be deleted")?;
    let refused = put(&store, "bob", Entity::RuleSet(rule_set("Z")), 4).await;
    ensure(matches!(refused, Err(Error::Stale(_))), "what was deleted is stale")
}

async fn names_are_unique(store: impl Store) -> Outcome {
    let (set, other) = (rule_set("A"), rule_set("B"));
    let id = set.id.clone().unwrap_or_default();
    let other_id = other.id.clone().unwrap_or_default();
    let held = vec![
        Entity::RuleSet(set),
        Entity::RuleSet(other),
        Entity::Rule(Text::clone(&id), rule("one", "x")),
        Entity::Rule(other_id, rule("one", "x")),
        Entity::EndPoint(end_point("Main", &["+611"])),
        Entity::User(user("Ada@example.com", Role::Tester)),
        Entity::Test(test("/", "first", "x")),
        Entity::Test(test("/x", "first", "x")),
        Entity::RuleSet(rule_set("a")),
    ];
    create(&store, held).await?;
    for (field, entity) in [
        ("name", Entity::RuleSet(rule_set("A"))),
        ("name", Entity::Rule(id, rule("one", "y"))),
        ("name", Entity::EndPoint(end_point("MAIN", &[]))),
        ("inboundNumbers", Entity::EndPoint(end_point("Other", &["+612", "+611"]))),
        ("emailAddress", Entity::User(user("aDA@example.com", Role::Tester))),
        ("name", Entity::Test(test("/x", "first", "y"))),
    ] {
        let kind = entity.kind();
        match store.apply(changes("ada", vec![Change::create(entity)])).await {
            Err(Error::Conflict { field: found, holder, .. }) if found == field && !holder.is_empty() => {}
            other => return Err(format!("{kind}: expected a conflict of {field}, got {other:?}")),
        }
    }
    Ok(())
}

async fn names_can_be_swapped(store: impl Store) -> Outcome {
    let (a, b) = (rule_set("A"), rule_set("B"));
    let (main, side) = (end_point("Main", &["+611"]), end_point("Side", &["+612"]));
    create(
        &store,
        vec![
            Entity::RuleSet(a.clone()),
            Entity::RuleSet(b.clone()),
            Entity::EndPoint(main.clone()),
            Entity::EndPoint(side.clone()),
        ],
    )
    .await?;
    let swapped = vec![
        Entity::RuleSet(RuleSet { name: Text::clone(&b.name), ..a.clone() }),
        Entity::RuleSet(RuleSet { name: a.name, ..b }),
        Entity::EndPoint(EndPoint { inbound_numbers: side.inbound_numbers.clone(), ..main.clone() }),
        Entity::EndPoint(EndPoint { inbound_numbers: main.inbound_numbers, ..side }),
    ];
    let list = swapped.into_iter().map(|entity| Change::Put { entity, expected: 1 }).collect();
    store.apply(changes("ada", list)).await.map_err(told)?;
    ensure(
        now(&store).await?.rule_set(&a.id.unwrap_or_default()).is_ok_and(|set| &*set.name == "B"),
        "names swap",
    )
}

async fn rules_go_with_their_rule_set(store: impl Store) -> Outcome {
    let set = rule_set("A");
    let id = set.id.clone().unwrap_or_default();
    let list = vec![
        Entity::RuleSet(set),
        Entity::Rule(Text::clone(&id), rule("one", "x")),
        Entity::Rule(Text::clone(&id), rule("two", "x")),
    ];
    create(&store, list).await?;
    let before = now(&store).await?;
    let delete = Change::Delete { key: Key::new(Kind::RuleSet, id), expected: 1 };
    let applied = store.apply(changes("ada", vec![delete])).await.map_err(told)?;
    ensure(applied.rows.len() == 3, "three rows are gone")?;
    ensure(now(&store).await?.rule_sets.is_empty(), "nothing is left")?;
    store.undo("ada", None).await.map_err(told)?;
    ensure(content(now(&store).await?) == content(before), "undo brings the rules back")
}

async fn end_points_in_use_stay(store: impl Store) -> Outcome {
    let (main, spare) = (end_point("Main", &[]), end_point("Spare", &[]));
    let mut set = rule_set("A");
    set.end_points = vec![Text::clone(&main.name)];
    let list = vec![
        Entity::EndPoint(main.clone()),
        Entity::EndPoint(spare.clone()),
        Entity::RuleSet(set.clone()),
        Entity::Test(test("/", "first", "Main")),
    ];
    create(&store, list).await?;
    let delete =
        |it: &EndPoint| Change::Delete { key: Key::new(Kind::EndPoint, Text::clone(&it.id)), expected: 1 };
    match store.apply(changes("ada", vec![delete(&main)])).await {
        Err(Error::InUse { by, .. }) if by.len() == 2 => {}
        other => return Err(format!("expected two users, got {other:?}")),
    }
    store.apply(changes("ada", vec![delete(&spare)])).await.map_err(told)?;
    // Of two tests of one name in different folders, only one lets go.
    let (point, here, there) =
        (end_point("Twice", &[]), test("/", "same", "Twice"), test("/x", "same", "Twice"));
    create(
        &store,
        vec![Entity::EndPoint(point.clone()), Entity::Test(here.clone()), Entity::Test(there.clone())],
    )
    .await?;
    let let_go = |it: &TestDocument| {
        let entity = Entity::Test(TestDocument { end_point: Text::from("Main"), ..it.clone() });
        Change::Put { entity, expected: 1 }
    };
    match store.apply(changes("ada", vec![delete(&point), let_go(&here)])).await {
        Err(Error::InUse { by, .. }) if by.len() == 1 => {}
        other => return Err(format!("expected one user, got {other:?}")),
    }
    let both = vec![delete(&point), let_go(&here), let_go(&there)];
    store.apply(changes("ada", both)).await.map_err(told)?;
    let renamed = Entity::EndPoint(EndPoint { name: Text::from("New"), ..main });
    let refused = put(&store, "ada", renamed, 1).await;
    ensure(matches!(refused, Err(Error::InUse { .. })), "a name in use does not vanish")
}

async fn the_premise_is_kept(store: impl Store) -> Outcome {
    let first = create(&store, vec![Entity::RuleSet(rule_set("A"))]).await?;
    let mut set = changes("ada", vec![Change::create(Entity::RuleSet(rule_set("B")))]);
    set.premise = Some(Text::clone(&first.mark));
    store.apply(set.clone()).await.map_err(told)?;
    set.changes = vec![Change::create(Entity::RuleSet(rule_set("C")))];
    ensure(store.apply(set).await == Err(Error::Moved), "a plan on an older state is refused")
}

async fn the_mark_rises_with_every_change(store: impl Store) -> Outcome {
    let mut last = Text::default();
    for n in 0..5 {
        let applied = create(&store, vec![Entity::RuleSet(rule_set(&format!("S{n}")))]).await?;
        ensure(applied.mark > last, "the mark rises")?;
        ensure(store.mark().await.map_err(told)? == applied.mark, "the mark is stored")?;
        last = applied.mark;
    }
    let same = now(&store).await?.rule_sets[0].clone();
    let applied = put(&store, "ada", Entity::RuleSet(head(&same)), 1).await.map_err(told)?;
    ensure(applied.entry.is_none() && applied.mark == last, "what changes nothing moves nothing")?;
    let undone = store.undo("ada", None).await.map_err(told)?;
    ensure(undone.mark > last, "undo moves the mark")
}

async fn undo_and_redo_lead_there_and_back(store: impl Store) -> Outcome {
    let set = rule_set("A");
    let mut states = vec![content(now(&store).await?)];
    create(&store, vec![Entity::RuleSet(set.clone())]).await?;
    states.push(content(now(&store).await?));
    for n in 1..4 {
        let edited = RuleSet { description: Text::from(n.to_string()), ..set.clone() };
        put(&store, "ada", Entity::RuleSet(edited), n).await.map_err(told)?;
        states.push(content(now(&store).await?));
    }
    for state in states[..4].iter().rev() {
        store.undo("ada", None).await.map_err(told)?;
        ensure(content(now(&store).await?) == *state, "undo leads back step by step")?;
    }
    ensure(store.undo("ada", None).await == Err(Error::NothingTo("undo")), "then there is nothing to undo")?;
    for state in &states[1..] {
        store.redo("ada").await.map_err(told)?;
        ensure(content(now(&store).await?) == *state, "redo leads forth step by step")?;
    }
    store.undo("ada", None).await.map_err(told)?;
    create(&store, vec![Entity::RuleSet(rule_set("B"))]).await?;
    ensure(store.redo("ada").await == Err(Error::NothingTo("redo")), "a new change ends redo")
}

async fn undo_keeps_later_edits_of_other_fields(store: impl Store) -> Outcome {
    let set = rule_set("A");
    create(&store, vec![Entity::RuleSet(set.clone())]).await?;
    let mine = RuleSet { description: Text::from("mine"), ..set.clone() };
    put(&store, "ada", Entity::RuleSet(mine.clone()), 1).await.map_err(told)?;
    let theirs = RuleSet { folder: Text::from("/theirs"), ..mine };
    put(&store, "bob", Entity::RuleSet(theirs.clone()), 2).await.map_err(told)?;
    store.undo("ada", None).await.map_err(told)?;
    let both = RuleSet::clone(&now(&store).await?.rule_sets[0]);
    let kept = both.description.is_empty() && &*both.folder == "/theirs";
    ensure(kept, "the description is back, the folder is kept")?;
    let clash = RuleSet { description: Text::from("clash"), ..both };
    put(&store, "bob", Entity::RuleSet(clash), 4).await.map_err(told)?;
    match store.redo("ada").await {
        Err(Error::Stale(rows)) => {
            let fields: Vec<&str> =
                rows.iter().flat_map(|row| &row.clashes).map(|c| c.field.as_str()).collect();
            ensure(fields == ["description"], "the field in question is named")
        }
        other => Err(format!("expected stale, got {other:?}")),
    }
}

async fn undo_belongs_to_the_person(store: impl Store) -> Outcome {
    create(&store, vec![Entity::RuleSet(rule_set("A"))]).await?;
    let list = vec![Change::create(Entity::RuleSet(rule_set("B")))];
    store.apply(changes("bob", list)).await.map_err(told)?;
    store.undo("ada", None).await.map_err(told)?;
    let left = now(&store).await?.rule_sets;
    ensure(left.len() == 1 && &*left[0].name == "B", "one's own change is undone")?;
    let journal = store.journal(10).await.map_err(told)?;
    let shown: Vec<(&str, bool)> = journal.iter().map(|entry| (&*entry.by, entry.undone)).collect();
    ensure(shown == [("bob", false), ("ada", true)], "the journal lists newest first")
}

async fn keys_stay_out_of_the_audit_list(store: impl Store) -> Outcome {
    let mut ada = user("ada@example.com", Role::Administrator);
    ada.key_hash = Some(Text::from("scrypt$secret"));
    create(&store, vec![Entity::User(ada)]).await?;
    let audit = store.audit(10).await.map_err(told)?;
    ensure(audit.len() == 1 && audit[0].details.contains("ada@example.com"), "the change is listed")?;
    ensure(!audit[0].details.contains("secret"), "without the hash of the key")
}

/// A snapshot of an earlier moment, brought up to date, is the snapshot of now.
async fn what_changed_since_a_mark_is_told(store: impl Store) -> Outcome {
    let (a, b) = (rule_set("A"), rule_set("B"));
    let [a_id, b_id] = [&a, &b].map(|set| set.id.clone().unwrap_or_default());
    let (one, two) = (rule("one", "x"), rule("two", "x"));
    let main = end_point("Main", &["+611"]);
    let days = ["20251225", "20251226"].map(|when| Holiday {
        id: new_id(),
        when: Text::from(when),
        name: Text::from(when),
        description: Text::default(),
        closed: true,
    });
    let custom =
        |value: &str| Entity::Config(ConfigRow { key: Text::from("Custom"), value: Value::from(value) });
    let mut known = vec![now(&store).await?];
    let in_a = |it: &Rule| Entity::Rule(Text::clone(&a_id), it.clone());
    let in_b = |it: &Rule| Entity::Rule(Text::clone(&b_id), it.clone());
    let put = |entity, expected| Change::Put { entity, expected };
    let delete =
        |kind, id: &Text, expected| Change::Delete { key: Key::new(kind, Text::clone(id)), expected };
    let one_id = one.id.clone().unwrap_or_default();
    let louder = Rule { priority: Text::from("9"), ..one.clone() };
    let moves = vec![
        vec![
            Change::create(Entity::RuleSet(b.clone())),
            Change::create(Entity::RuleSet(a.clone())),
            Change::create(in_a(&one)),
            Change::create(in_b(&two)),
            Change::create(Entity::EndPoint(main.clone())),
        ],
        vec![put(in_a(&louder), 1), Change::create(custom("x"))],
        vec![put(in_b(&louder), 2), Change::create(Entity::Test(test("/", "first", "Main")))],
        days.iter().map(|day| Change::create(Entity::Holiday(day.clone()))).collect(),
        vec![
            put(Entity::RuleSet(RuleSet { folder: Text::from("/x"), ..b.clone() }), 1),
            Change::create(Entity::User(user("bob@example.com", Role::Tester))),
            put(custom("y"), 1),
            delete(Kind::Holiday, &days[0].id, 1),
        ],
        vec![delete(Kind::Rule, &one_id, 3)],
        vec![delete(Kind::RuleSet, &b_id, 2)],
    ];
    for list in moves {
        store.apply(changes("ada", list)).await.map_err(told)?;
        known.push(now(&store).await?);
    }
    store.undo("ada", None).await.map_err(told)?;
    known.push(now(&store).await?);
    let last = known.last().cloned().unwrap_or_default();
    for old in &known {
        let since = store.changes_since(&old.mark).await.map_err(told)?.ok_or("it is not long ago")?;
        let named =
            since.rows.iter().all(|row| &*row.by == "ada" && row.at > old.mark && row.at <= last.mark);
        ensure(named, "it is told when and by whom")?;
        ensure(old.mark != last.mark || since.rows.is_empty(), "nothing changed since the last change")?;
        let mut updated = old.clone();
        updated.update(since);
        ensure(updated == last, "an old snapshot can be brought up to date")?;
    }
    // A rule set that was there and is gone.
    store.apply(changes("bob", vec![delete(Kind::RuleSet, &a_id, 1)])).await.map_err(told)?;
    let since = store.changes_since(&last.mark).await.map_err(told)?.ok_or("it is not long ago")?;
    let gone: Vec<(&Text, bool)> = since.rows.iter().map(|row| (&row.by, row.now.is_none())).collect();
    ensure(gone == [(&Text::from("bob"), true)], "deleted rows are told")?;
    let future = store.changes_since("9999-12-31T23:59:59.999Z").await.map_err(told)?;
    ensure(future.is_none(), "of a mark that was not reached yet nothing is known")
}

async fn the_next_undo_and_redo_are_told(store: impl Store) -> Outcome {
    let next = async |by: &str, way| {
        let entry = store.next_entry(by, way).await.map_err(told)?;
        Ok::<_, String>(entry.map(|entry| entry.seq))
    };
    ensure(next("ada", Way::Undo).await?.is_none(), "nothing was done yet")?;
    let mut seqs = Vec::new();
    for (by, name) in [("ada", "A"), ("ada", "B"), ("bob", "C")] {
        let list = vec![Change::create(Entity::RuleSet(rule_set(name)))];
        seqs.extend(store.apply(changes(by, list)).await.map_err(told)?.entry);
    }
    ensure(next("ada", Way::Undo).await? == Some(seqs[1]), "one's own latest change is next")?;
    ensure(next("ada", Way::Redo).await?.is_none(), "nothing was undone")?;
    store.undo("ada", None).await.map_err(told)?;
    store.undo("ada", None).await.map_err(told)?;
    ensure(next("ada", Way::Redo).await? == Some(seqs[0]), "what was undone last comes back first")?;
    ensure(next("ada", Way::Undo).await?.is_none(), "both are undone")?;
    ensure(next("bob", Way::Undo).await? == Some(seqs[2]), "others keep theirs")
}
