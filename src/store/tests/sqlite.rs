//! The embedded store keeps the contract, its file is private, and files of newer programs are refused.

mod common;

use common::wait;
use connect_rules_store::contract::{changes, rule_set};
use connect_rules_store::{Change, Entity, Error, SqliteStore, Store, contract};

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
fn a_file_of_a_newer_program_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    drop(SqliteStore::open(&path).unwrap());
    rusqlite::Connection::open(&path).unwrap().execute("UPDATE schema_version SET version = 99", []).unwrap();
    let refused = SqliteStore::open(&path).err().unwrap();
    assert!(matches!(refused, Error::Newer { found: 99, .. }), "{refused}");
    assert!(refused.explain().fix.contains("newer program"));
}

#[test]
fn a_file_that_is_no_store_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    std::fs::write(&path, "this is not a database, however long the text may be made").unwrap();
    assert!(matches!(SqliteStore::open(&path).err().unwrap(), Error::Storage { .. }));
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("this is not"));
}
