//! Tables of the embedded store and how older files are brought up to date (`spec/model.md` 18).

use rusqlite::{Connection, TransactionBehavior};

use super::faults::{storage, unusable};
use crate::errors::{Error, Fault};

/// Steps from each format to the next; the format of a file is the number of steps it has taken.
pub(super) const STEPS: &[&str] = &[STEP_1, STEP_2, STEP_3];

const STEP_1: &str = "
CREATE TABLE rule_sets (
    id TEXT PRIMARY KEY, name_key TEXT UNIQUE, doc TEXT NOT NULL,
    rev INTEGER NOT NULL, updated_at TEXT NOT NULL, updated_by TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE rules (
    parent TEXT NOT NULL REFERENCES rule_sets(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    id TEXT NOT NULL UNIQUE, name_key TEXT, doc TEXT NOT NULL,
    rev INTEGER NOT NULL, updated_at TEXT NOT NULL, updated_by TEXT NOT NULL,
    PRIMARY KEY (parent, id), UNIQUE (parent, name_key)) STRICT, WITHOUT ROWID;
CREATE TABLE end_points (
    id TEXT PRIMARY KEY, name_key TEXT UNIQUE, doc TEXT NOT NULL,
    rev INTEGER NOT NULL, updated_at TEXT NOT NULL, updated_by TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE end_point_numbers (
    number TEXT PRIMARY KEY,
    end_point TEXT NOT NULL REFERENCES end_points(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
    ) STRICT, WITHOUT ROWID;
CREATE TABLE users (
    id TEXT PRIMARY KEY, name_key TEXT UNIQUE, doc TEXT NOT NULL,
    rev INTEGER NOT NULL, updated_at TEXT NOT NULL, updated_by TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX users_key ON users (json_extract(doc, '$.keyHash'));
CREATE TABLE holidays (
    id TEXT PRIMARY KEY, name_key TEXT, doc TEXT NOT NULL,
    rev INTEGER NOT NULL, updated_at TEXT NOT NULL, updated_by TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE tests (
    id TEXT PRIMARY KEY, name_key TEXT UNIQUE, doc TEXT NOT NULL,
    rev INTEGER NOT NULL, updated_at TEXT NOT NULL, updated_by TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE config (
    id TEXT PRIMARY KEY, name_key TEXT, doc TEXT NOT NULL,
    rev INTEGER NOT NULL, updated_at TEXT NOT NULL, updated_by TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE journal (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, by TEXT NOT NULL, operation TEXT NOT NULL,
    title TEXT NOT NULL, images TEXT NOT NULL, undone INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, by TEXT NOT NULL, operation TEXT NOT NULL,
    title TEXT NOT NULL, details TEXT NOT NULL) STRICT;
";

/// What changed at which mark, and the journal in rows instead of one text an entry. The row of `changes` without kind and identifier says that up to its mark nobody knows.
const STEP_2: &str = "
CREATE TABLE changes (
    mark TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, by TEXT NOT NULL,
    PRIMARY KEY (mark, kind, id)) STRICT, WITHOUT ROWID;
INSERT INTO changes SELECT doc ->> 'configData', '', '', '' FROM config WHERE id = 'LastChangeTimestamp';
CREATE INDEX journal_next ON journal (by, undone, seq);
CREATE TABLE journal_rows (
    seq INTEGER NOT NULL, number INTEGER NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
    before_parent TEXT, before TEXT, after_parent TEXT, after TEXT,
    PRIMARY KEY (seq, number)) STRICT, WITHOUT ROWID;
INSERT INTO journal_rows
SELECT journal.seq, image.key, image.value ->> 'kind', image.value ->> 'id',
    coalesce(image.value ->> '$.before.parent', ''), image.value ->> '$.before.doc',
    coalesce(image.value ->> '$.after.parent', ''), image.value ->> '$.after.doc'
FROM journal, json_each(journal.images) AS image;
ALTER TABLE journal DROP COLUMN images;
";

/// When keys were used and refused.
const STEP_3: &str = "
CREATE TABLE logins (
    user TEXT PRIMARY KEY, last_used TEXT NOT NULL, failures INTEGER NOT NULL, last_failure TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
";

/// Brings a file up to date. `before` is called once, with the old format, before a file with content is
/// changed: the place for a backup.
pub(super) fn migrate(
    connection: &mut Connection,
    steps: &[&str],
    before: impl FnOnce(&Connection, i64) -> Result<(), Error>,
) -> Result<(), Error> {
    let newest = steps.len() as i64;
    let found = version(connection)?;
    known(found, steps)?;
    if found == newest {
        return Ok(());
    }
    if found > 0 {
        before(connection, found)?;
    }
    let doing = storage("bring the store up to date");
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(&doing)?;
    // Another program may have been faster.
    let found = version(&transaction)?;
    for step in steps.iter().skip(found as usize) {
        transaction.execute_batch(step).map_err(&doing)?;
    }
    transaction
        .execute_batch("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL) STRICT; DELETE FROM schema_version;")
        .and_then(|()| transaction.execute("INSERT INTO schema_version VALUES (?1)", [newest.max(found)]))
        .map_err(&doing)?;
    transaction.commit().map_err(&doing)
}

/// Refuses a format that is newer than these steps lead to.
pub(super) fn known(found: i64, steps: &[&str]) -> Result<(), Error> {
    let known = steps.len() as i64;
    if found > known { Err(Error::Newer { file: String::new(), found, known }) } else { Ok(()) }
}

/// The format of the file; 0 for an empty one.
///
/// # Errors
/// [`Fault::NotAStore`] for a file with tables of something else.
pub(super) fn version(connection: &Connection) -> Result<i64, Error> {
    let doing = storage("read the format of the store");
    let there: bool = connection
        .query_row("SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'schema_version')", [], |row| {
            row.get(0)
        })
        .map_err(&doing)?;
    if !there {
        let other: bool = connection
            .query_row("SELECT EXISTS (SELECT 1 FROM sqlite_master)", [], |row| row.get(0))
            .map_err(&doing)?;
        return if other {
            Err(unusable(Fault::NotAStore, "it holds tables of something else"))
        } else {
            Ok(0)
        };
    }
    connection.query_row("SELECT version FROM schema_version", [], |row| row.get(0)).map_err(&doing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_move_forward_keep_their_rows_and_newer_ones_are_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        let one = ["CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('x')"];
        migrate(&mut connection, &one, |_, _| panic!("an empty file needs no backup")).unwrap();
        let two = [one[0], "ALTER TABLE t ADD COLUMN b TEXT DEFAULT 'y'"];
        let mut saved = None;
        migrate(&mut connection, &two, |_, from| {
            saved = Some(from);
            Ok(())
        })
        .unwrap();
        assert_eq!(saved, Some(1));
        let both: String = connection.query_row("SELECT a || b FROM t", [], |row| row.get(0)).unwrap();
        assert_eq!(both, "xy");
        let refused = migrate(&mut connection, &one, |_, _| Ok(())).unwrap_err();
        assert!(matches!(refused, Error::Newer { found: 2, known: 1, .. }), "{refused}");
    }

    #[test]
    fn every_older_format_leads_to_the_newest_one() {
        let tables = |connection: &Connection| -> Vec<String> {
            let sql = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name";
            let mut statement = connection.prepare(sql).unwrap();
            statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
        };
        let mut fresh = Connection::open_in_memory().unwrap();
        migrate(&mut fresh, STEPS, |_, _| Ok(())).unwrap();
        for from in 1..STEPS.len() {
            let mut connection = Connection::open_in_memory().unwrap();
            migrate(&mut connection, &STEPS[..from], |_, _| Ok(())).unwrap();
            let user = "INSERT INTO users VALUES ('u', 'ada', '{}', 1, '2026-01-01T00:00:00.000Z', 'ada')";
            connection.execute_batch(user).unwrap();
            let mut saved = None;
            migrate(&mut connection, STEPS, |_, from| {
                saved = Some(from);
                Ok(())
            })
            .unwrap();
            assert_eq!(saved, Some(from as i64), "it is saved before it changes");
            assert_eq!(tables(&connection), tables(&fresh), "from format {from}");
            let count = |table: &str| -> i64 {
                connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
            };
            assert_eq!((count("users"), count("logins")), (1, 0), "from format {from}");
        }
    }
}
