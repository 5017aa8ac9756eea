//! Backups and restores.
#![allow(clippy::unwrap_used, reason = "a test ends at the first error")]

mod common;

use common::model::{Model, about, bare, example};
use common::wait;
use connect_rules_engine::json;
use connect_rules_engine::value::{Text, Value};
use connect_rules_store::contract::{changes, end_point, test, user};
use connect_rules_store::exchange::{Backups, Mode, Reset, Restore, SourceFile, settings};
use connect_rules_store::service::settings::{BACKUP_DAYS, SetConfig};
use connect_rules_store::{Change, ConfigRow, Entity, Error, Holiday, Role, Store as _};
use jiff::Timestamp;

#[test]
fn backups_bring_everything_back_but_keys() {
    let model = Model::sample();
    let mut ann = user("ann@example.test", Role::Administrator);
    ann.key_hash = Some(Text::from("hash"));
    let holiday = Holiday {
        id: Text::from("h"),
        when: Text::from("20261225"),
        name: Text::from("Christmas"),
        description: Text::default(),
        closed: true,
    };
    let zone = ConfigRow { key: Text::from("CallCentreTimeZone"), value: Value::from("Australia/Perth") };
    let row = |key: &str, text: &str| {
        Entity::Config(ConfigRow { key: Text::from(key), value: json::parse(text).unwrap() })
    };
    let more = vec![
        row("Queues", r#"[{"Name":"Sales"}]"#),
        Entity::User(ann),
        Entity::Holiday(holiday),
        Entity::Config(zone),
        Entity::EndPoint(end_point("Spare", &["+61390000009"])),
        Entity::Test(test("/a", "Draft", "Spare")),
    ];
    wait(model.service.store().apply(changes("ann", more.into_iter().map(Change::create).collect())))
        .unwrap();
    let before = model.state();
    let folder = tempfile::tempdir().unwrap();
    let backups = Backups::beside(&folder.path().join("store.db"));
    assert_eq!(backups.list().unwrap(), []);
    let at: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
    let backup = backups.write(&model.now(), &about(), at).unwrap();
    assert_eq!(backup.stem, "20260102T030405Z");
    assert_eq!(backups.write(&model.now(), &about(), at).unwrap().stem, "20260102T030406Z");
    let listed = backups.list().unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!(listed[1], backup);
    #[cfg(unix)]
    for entry in std::fs::read_dir(&backups.folder).unwrap() {
        use std::os::unix::fs::PermissionsExt as _;
        let bits = entry.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(bits & 0o777, 0o600);
    }
    let settings = std::fs::read_to_string(backup.settings.as_ref().unwrap()).unwrap();
    assert!(settings.contains("ann@example.test") && !settings.contains("hash"));
    assert_eq!(model.run(&backup.restore().unwrap()).unwrap().entry, None, "nothing changed yet");

    let surplus = vec![
        Entity::EndPoint(end_point("Surplus", &[])),
        row("Prompts", "[]"),
        Entity::User(user("later@example.test", Role::Tester)),
    ];
    wait(model.service.store().apply(changes("ann", surplus.into_iter().map(Change::create).collect())))
        .unwrap();
    let later = model.state();
    model.run(&Reset::default()).unwrap();
    assert!(model.now().rule_sets.is_empty() && model.now().end_points.is_empty());
    assert_eq!(model.now().users.len(), 2);
    wait(model.service.undo(&model.actor)).unwrap();
    assert_eq!(model.state(), later);

    model.import(r#"[{"name":"Only one","endPoints":["Surplus"],"rules":[]}]"#, Mode::Full).unwrap();
    let restore = backup.restore().unwrap();
    let plan = restore.preview(&model.now()).unwrap();
    assert!(plan.lines().iter().any(|line| line.contains("later@example.test")), "{:?}", plan.lines());
    model.run(&restore).unwrap();
    let after = model.state();
    assert_eq!(bare(&after), bare(&before));
    assert_eq!(
        (&after.tests, &after.holidays, &after.config),
        (&before.tests, &before.holidays, &before.config)
    );
    assert_eq!(after.end_points, before.end_points);
    assert_eq!(after.users.len(), 2);
    assert_eq!(after.user(&before.users[0].id).unwrap(), &before.users[0]);
}

#[test]
fn backups_of_the_original_are_listed_and_restored() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("2023/6/16");
    std::fs::create_dir_all(&place).unwrap();
    let stem = "2023-06-16-T01-02-03+00:00";
    std::fs::write(place.join(format!("{stem}-ruleset-backup.json")), example("ruleset-export.json"))
        .unwrap();
    std::fs::write(place.join(format!("{stem}-test-backup.json")), example("backup-tests.json")).unwrap();
    std::fs::write(place.join("notes.json"), "{}").unwrap();
    let backups = Backups { folder: folder.path().to_owned() };
    let listed = backups.list().unwrap();
    assert_eq!((listed.len(), listed[0].stem.as_str()), (1, stem));
    assert_eq!(listed[0].at, "2023-06-16T01:02:03Z".parse::<Timestamp>().unwrap());
    let model = Model::new();
    model.run(&listed[0].restore().unwrap()).unwrap();
    assert!(bare(&model.now()) == example("ruleset-export.json"));
    let now: Timestamp = "2023-07-16T01:02:04Z".parse().unwrap();
    assert_eq!(backups.prune(30, now).unwrap(), Vec::<String>::new(), "the latest stays");
    let newer = backups.write(&model.now(), &about(), now).unwrap();
    assert_eq!(backups.prune(31, now).unwrap(), Vec::<String>::new());
    assert_eq!(backups.prune(30, now).unwrap(), [stem]);
    assert_eq!(backups.list().unwrap(), [newer]);
}

#[test]
fn backups_are_due_once_a_day_after_a_change_and_kept_as_the_settings_say() {
    let folder = tempfile::tempdir().unwrap();
    let backups = Backups { folder: folder.path().to_owned() };
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let model = Model::sample();
    let first = at("2026-01-01T23:00:00Z");
    assert!(!backups.is_due("", first).unwrap(), "nothing was ever written");
    assert!(backups.is_due("2026-01-01T22:00:00.000Z", first).unwrap());
    backups.save(&model.now(), &about(), first).unwrap();
    let changed = "2026-01-01T23:30:00.000Z";
    assert!(!backups.is_due(changed, at("2026-01-01T23:59:59Z")).unwrap(), "one of today is there");
    assert!(backups.is_due(changed, at("2026-01-02T00:00:00Z")).unwrap());
    assert!(!backups.is_due("2026-01-01T22:00:00.000Z", at("2026-01-02T00:00:00Z")).unwrap(), "no change");

    // One that was cut short: settings and tests, but no rule sets yet.
    for end in ["settings", "test"] {
        std::fs::write(folder.path().join(format!("20260101T233000Z-{end}-backup.json")), "{}").unwrap();
    }
    assert_eq!(backups.list().unwrap().len(), 1);
    let days = |text: &str| SetConfig { key: Text::from(BACKUP_DAYS), value: Value::from(text) };
    for odd in ["0", "-1", "many"] {
        assert!(matches!(model.run(&days(odd)), Err(Error::Invalid { .. })), "{odd}");
    }
    model.run(&days("2")).unwrap();
    let saved = backups.save(&model.now(), &about(), at("2026-01-03T22:00:00Z")).unwrap();
    assert_eq!(backups.list().unwrap().len(), 2, "neither is older than two days");
    let again = backups.save(&model.now(), &about(), at("2026-01-04T00:00:00Z")).unwrap();
    assert_eq!(backups.list().unwrap(), [again, saved]);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 6, "what was cut short is gone, too");
    let catalogue = connect_rules_store::service::catalogue(&model.now());
    assert!(catalogue.config.get(BACKUP_DAYS).is_none(), "contacts do not see settings of the program");
}

#[test]
fn a_restore_of_a_broken_backup_writes_nothing() {
    let model = Model::sample();
    let before = model.now();
    let file = |text: &str| Some(SourceFile { name: "f".to_owned(), text: text.to_owned() });
    let good = settings::export(&before, &about());
    for (sets, tests, settings) in [
        (Some(example("ruleset-export.json")), Some("{"), Some(&*good)),
        (Some("[{}]"), None, Some(&*good)),
        (Some("[]"), None, Some("{}")),
    ] {
        let restore = Restore {
            rule_sets: sets.and_then(file),
            tests: tests.and_then(file),
            settings: settings.and_then(file),
        };
        assert!(matches!(model.run(&restore), Err(Error::Invalid { .. })));
    }
    assert_eq!(model.now(), before);
}
