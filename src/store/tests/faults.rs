//! A file that cannot be used: what is wrong, which file, why and what to do is said, and the file keeps
//! every byte.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod common;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use common::wait;
use connect_rules_engine::model::RuleSet;
use connect_rules_engine::value::Text;
use connect_rules_store::contract::{changes, rule, rule_set};
use connect_rules_store::sqlite::Opening;
use connect_rules_store::{Applied, Change, Entity, Error, Fault, Service, SqliteStore, Store as _};

/// A folder with a store of some rule sets.
struct Place {
    _folder: tempfile::TempDir,
    file: PathBuf,
}

const SETS: usize = 40;

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.db");
        let store = SqliteStore::open(&file).unwrap();
        let mut list = Vec::new();
        for n in 0..SETS {
            let set = rule_set(&format!("Set {n}"));
            let id = set.id.clone().unwrap();
            list.push(Change::create(Entity::RuleSet(set)));
            for r in 0..5 {
                let rule = rule(&format!("Rule {r}"), &"Hello ".repeat(50));
                list.push(Change::create(Entity::Rule(Text::clone(&id), rule)));
            }
        }
        wait(store.apply(changes("ada", list))).unwrap();
        drop(store);
        Place { _folder: folder, file }
    }

    fn bytes(&self) -> Vec<u8> {
        std::fs::read(&self.file).unwrap()
    }

    /// The error tells all that a person needs.
    fn told(&self, error: &Error) {
        let said = error.explain();
        let file = self.file.display().to_string();
        assert!(error.to_string().contains(&file), "no file in: {error}");
        assert!(said.place.contains(&file), "no file in: {said}");
        assert!(said.why.len() > 20 && said.fix.len() > 20, "too little in: {said}");
    }

    /// The file is refused with that fault, at opening or reading, and stays as it is.
    fn refused(&self, fault: Fault) {
        let before = self.bytes();
        let error = match SqliteStore::open(&self.file) {
            Err(error) => error,
            Ok(store) => {
                let error = wait(store.snapshot()).err().unwrap_or_else(|| panic!("it was read"));
                assert!(store.check().is_err());
                error
            }
        };
        assert!(matches!(error, Error::Unusable { fault: found, .. } if found == fault), "{error}");
        self.told(&error);
        assert!(self.bytes() == before, "the file was changed");
    }
}

fn create(store: &SqliteStore, name: &str) -> Result<Applied, Error> {
    wait(store.apply(changes("ada", vec![Change::create(Entity::RuleSet(rule_set(name)))])))
}

fn sql(file: &Path, text: &str) {
    rusqlite::Connection::open(file).unwrap().execute_batch(text).unwrap();
}

#[test]
fn a_store_of_a_newer_version_is_left_alone() {
    let place = Place::new();
    sql(&place.file, "UPDATE schema_version SET version = 99");
    let before = place.bytes();
    let error = SqliteStore::open(&place.file).err().unwrap();
    assert!(matches!(error, Error::Newer { found: 99, .. }), "{error}");
    assert!(error.explain().fix.contains("newer program"));
    place.told(&error);
    assert!(place.bytes() == before, "the file was changed");
    assert!(!place.file.with_file_name("store.db-wal").exists());
}

#[test]
fn a_store_that_another_program_holds_is_busy_after_the_waiting_time_and_free_afterwards() {
    let place = Place::new();
    let opening = Opening { patience: Duration::from_millis(200), ..Opening::default() };
    let other = rusqlite::Connection::open(&place.file).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let store = SqliteStore::open_with(&place.file, &opening).unwrap();
    let start = Instant::now();
    let error = create(&store, "New").unwrap_err();
    assert!(start.elapsed() >= Duration::from_millis(150), "it did not wait");
    assert!(matches!(error, Error::Busy { .. }), "{error}");
    place.told(&error);
    assert_eq!(wait(store.snapshot()).unwrap().rule_sets.len(), SETS, "readers do not wait");
    other.execute_batch("ROLLBACK").unwrap();
    create(&store, "New").unwrap();
    drop(store);
    other
        .execute_batch(
            "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; UPDATE config SET rev = rev; COMMIT",
        )
        .unwrap();
    let error = SqliteStore::open_with(&place.file, &opening).err().unwrap();
    assert!(matches!(error, Error::Busy { .. }), "{error}");
    place.told(&error);
}

#[cfg(unix)]
fn mark(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// It can be read, and what is written is refused.
#[cfg(unix)]
fn only_read(place: &Place) {
    let before = place.bytes();
    let store = SqliteStore::open(&place.file).unwrap();
    assert!(store.is_read_only());
    assert_eq!(wait(store.snapshot()).unwrap().rule_sets.len(), SETS);
    assert_eq!(wait(store.rule_sets()).unwrap().len(), SETS);
    for error in [create(&store, "New").unwrap_err(), wait(store.undo("ada", None)).unwrap_err()] {
        assert!(matches!(error, Error::Unusable { fault: Fault::ReadOnly, .. }), "{error}");
        place.told(&error);
    }
    store.check().unwrap();
    let service = Service::new(store);
    let guess = wait(service.log_in("no key of anybody")).unwrap_err();
    assert_eq!(guess, Error::Unauthenticated, "that guesses cannot be counted is nobody's business");
    drop(service);
    assert!(place.bytes() == before, "the file was changed");
}

#[cfg(unix)]
#[test]
fn a_read_only_file_is_read() {
    let place = Place::new();
    mark(&place.file, 0o400);
    only_read(&place);
    assert!(!place.file.with_file_name("store.db-wal").exists());
    assert!(!place.file.with_file_name("store.db-shm").exists());
}

#[cfg(unix)]
#[test]
fn a_store_in_a_read_only_folder_is_read() {
    let place = Place::new();
    let folder = place.file.parent().unwrap();
    mark(folder, 0o500);
    only_read(&place);
    mark(folder, 0o700);
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 1, "files were left in the folder");
}

#[cfg(unix)]
#[test]
fn a_reader_of_a_read_only_file_sees_what_its_owner_commits() {
    let place = Place::new();
    let owner = SqliteStore::open(&place.file).unwrap();
    create(&owner, "One").unwrap();
    mark(&place.file, 0o400);
    let reader = SqliteStore::open(&place.file).unwrap();
    assert!(reader.is_read_only());
    assert_eq!(wait(reader.snapshot()).unwrap().rule_sets.len(), SETS + 1);
    create(&owner, "Two").unwrap();
    assert_eq!(wait(reader.snapshot()).unwrap().rule_sets.len(), SETS + 2);
    drop(owner);
    assert_eq!(wait(reader.snapshot()).unwrap().rule_sets.len(), SETS + 2);
}

#[test]
fn a_full_disk_loses_the_change_only() {
    let place = Place::new();
    let pages = (place.bytes().len() / 4096) as u32;
    let full = Opening { most_pages: Some(pages + 8), ..Opening::default() };
    let store = SqliteStore::open_with(&place.file, &full).unwrap();
    let before = wait(store.snapshot()).unwrap();
    let large = RuleSet { description: Text::from("x".repeat(200_000)), ..rule_set("Large") };
    let list =
        vec![Change::create(Entity::RuleSet(rule_set("Small"))), Change::create(Entity::RuleSet(large))];
    let error = wait(store.apply(changes("ada", list.clone()))).unwrap_err();
    assert!(matches!(error, Error::Unusable { fault: Fault::Full, .. }), "{error}");
    place.told(&error);
    assert_eq!(wait(store.snapshot()).unwrap(), before, "half of it was saved");
    store.check().unwrap();
    drop(store);
    let store = SqliteStore::open(&place.file).unwrap();
    assert_eq!(wait(store.snapshot()).unwrap(), before);
    wait(store.apply(changes("ada", list))).unwrap();
}

#[test]
fn a_truncated_store_is_damaged() {
    let place = Place::new();
    let file = std::fs::OpenOptions::new().write(true).open(&place.file).unwrap();
    file.set_len(place.bytes().len() as u64 / 2 / 4096 * 4096).unwrap();
    place.refused(Fault::Damaged);
    // Within a page, too.
    file.set_len(10_000).unwrap();
    place.refused(Fault::Damaged);
}

#[test]
fn random_bytes_in_the_middle_are_damage() {
    let place = Place::new();
    let mut bytes = place.bytes();
    let (from, to) = (bytes.len() / 4, bytes.len() / 4 * 3);
    let mut state = 12_345_u64;
    for byte in &mut bytes[from..to] {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *byte = (state >> 56) as u8;
    }
    std::fs::write(&place.file, bytes).unwrap();
    place.refused(Fault::Damaged);
}

#[test]
fn a_row_that_the_program_never_writes_is_damage() {
    let place = Place::new();
    sql(&place.file, "UPDATE rules SET doc = '{\"ruleId\":' WHERE id = (SELECT min(id) FROM rules)");
    place.refused(Fault::Damaged);
}

#[test]
fn other_files_are_no_stores() {
    let place = Place::new();
    std::fs::write(&place.file, "this is a text, longer than the head of a database. ".repeat(200)).unwrap();
    place.refused(Fault::NotAStore);
    std::fs::remove_file(&place.file).unwrap();
    sql(&place.file, "CREATE TABLE photos (name TEXT); INSERT INTO photos VALUES ('cat')");
    place.refused(Fault::NotAStore);
}

#[test]
fn a_path_that_leads_nowhere_is_told() {
    let place = Place::new();
    for path in [place.file.join("below/a/file.db"), place.file.parent().unwrap().to_owned()] {
        let error = SqliteStore::open(&path).err().unwrap();
        assert!(matches!(error, Error::Unusable { fault: Fault::Denied, .. }), "{error}");
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    }
}
