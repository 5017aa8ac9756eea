//! The embedded store keeps the contract, and its file is private.

mod common;

use common::wait;
use connect_rules_store::contract::{changes, rule_set};
use connect_rules_store::{Change, Entity, SqliteStore, Store as _, contract};

#[test]
fn the_contract_holds_in_memory() {
    let count = wait(contract::run(|| SqliteStore::in_memory().unwrap())).unwrap();
    assert!(count >= 12);
}

#[test]
fn the_contract_holds_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let number = std::cell::Cell::new(0);
    let fresh = || {
        number.set(number.get() + 1);
        SqliteStore::open(&folder.path().join(format!("{}.db", number.get()))).unwrap()
    };
    wait(contract::run(fresh)).unwrap();
}

#[test]
fn a_file_keeps_its_content_and_is_private() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/store.db");
    let store = SqliteStore::open(&path).unwrap();
    wait(store.apply(changes("ada", vec![Change::create(Entity::RuleSet(rule_set("A")))]))).unwrap();
    #[cfg(unix)]
    for file in std::fs::read_dir(folder.path().join("deep")).unwrap() {
        use std::os::unix::fs::PermissionsExt as _;
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.path());
    }
    assert!(folder.path().join("deep/store.db-wal").exists(), "readers do not wait for writers");
    let before = wait(store.snapshot()).unwrap();
    drop(store);
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(wait(store.snapshot()).unwrap(), before);
    store.check().unwrap();
    let copy = folder.path().join("copy.db");
    store.copy_to(&copy).unwrap();
    assert_eq!(wait(SqliteStore::open(&copy).unwrap().snapshot()).unwrap(), before);
    assert!(store.copy_to(&copy).is_err(), "no file is written over");
}

#[test]
fn a_change_that_nobody_waits_for_is_made_as_a_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("store.db")).unwrap();
    let before = wait(store.snapshot()).unwrap();
    let list =
        |n: usize| (0..n).map(|n| Change::create(Entity::RuleSet(rule_set(&format!("S{n}"))))).collect();
    let mut import = Box::pin(store.apply(changes("ada", list(20_000))));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(import.as_mut().poll(&mut context).is_pending(), "it blocks whoever calls");
    // One that was never asked for and one that waits behind the import.
    drop(store.apply(changes("ada", list(1))));
    let mut second = Box::pin(store.apply(changes("ada", list(1))));
    assert!(second.as_mut().poll(&mut context).is_pending());
    // It is in the middle of writing.
    std::thread::sleep(std::time::Duration::from_millis(20));
    drop(second);
    drop(import);
    assert_eq!(wait(store.snapshot()).unwrap(), before);
    wait(store.apply(changes("ada", list(1)))).unwrap();
    assert_eq!(wait(store.snapshot()).unwrap().rule_sets.len(), 1);
    store.check().unwrap();
}

#[test]
fn readers_do_not_wait_for_a_writer_of_the_same_program() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let store = SqliteStore::open(&file).unwrap();
    let other = rusqlite::Connection::open(&file).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut write =
        Box::pin(store.apply(changes("ada", vec![Change::create(Entity::RuleSet(rule_set("A")))])));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(write.as_mut().poll(&mut context).is_pending());
    assert_eq!(&*wait(store.mark()).unwrap(), "");
    assert!(write.as_mut().poll(&mut context).is_pending(), "it wrote while another did");
    other.execute_batch("ROLLBACK").unwrap();
    let applied = wait(write).unwrap();
    assert_eq!(wait(store.mark()).unwrap(), applied.mark);
}

#[test]
fn after_a_large_change_or_a_newer_format_everything_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let store = SqliteStore::open(&file).unwrap();
    let list = |from: usize, to: usize| {
        let sets = (from..to).map(|n| Change::create(Entity::RuleSet(rule_set(&format!("S{n}")))));
        changes("ada", sets.collect())
    };
    let first = wait(store.apply(list(0, 1))).unwrap().mark;
    let large = wait(store.apply(list(1, 5_002))).unwrap().mark;
    let small = wait(store.apply(list(5_002, 5_003))).unwrap().mark;
    let since = |store: &SqliteStore, mark: &str| {
        wait(store.changes_since(mark)).unwrap().map(|changes| changes.rows.len())
    };
    assert_eq!([&first, &large, &small].map(|mark| since(&store, mark)), [None, Some(1), Some(0)]);
    drop(store);
    let older = "DROP TABLE logins; DROP TABLE changes; DROP INDEX journal_next; UPDATE schema_version SET version = 1;
        ALTER TABLE journal ADD COLUMN images TEXT NOT NULL DEFAULT '[]';
        UPDATE journal SET images = (SELECT json_group_array(json_object('kind', kind, 'id', id, 'before', NULL,
            'after', json_object('doc', after))) FROM journal_rows WHERE seq = journal.seq);
        DROP TABLE journal_rows";
    rusqlite::Connection::open(&file).unwrap().execute_batch(older).unwrap();
    let store = SqliteStore::open(&file).unwrap();
    assert_eq!([&large, &small].map(|mark| since(&store, mark)), [None, Some(0)]);
    assert_eq!(wait(store.snapshot()).unwrap().rule_sets.len(), 5_003);
    let backups = std::fs::read_dir(folder.path().join("backups")).unwrap();
    assert_eq!(backups.count(), 1, "the older file was kept");
    wait(store.undo("ada", None)).unwrap();
    wait(store.undo("ada", None)).unwrap();
    assert_eq!(wait(store.snapshot()).unwrap().rule_sets.len(), 1, "its journal still leads back");
    wait(store.redo("ada")).unwrap();
    assert_eq!(wait(store.rule_sets()).unwrap().len(), 5_002);
}
