//! The embedded store: one SQLite file (`spec/model.md` 18).
//!
//! Write-ahead log, so readers see committed data while somebody writes; immediate transactions, so writers
//! wait for each other instead of failing half way; every transaction is durable. The file is readable for
//! its owner only.

mod apply;
mod journal;
mod logins;
mod rows;
mod schema;

use std::future::{Future, ready};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use connect_rules_engine::model::RuleSet;
use connect_rules_engine::value::Text;
use jiff::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior};

pub(crate) use apply::MARK;

use crate::change::{Applied, AuditEntry, Change, ChangeSet, JournalEntry};
use crate::codec;
use crate::entity::{Entity, Key, Kind};
use crate::errors::Error;
use crate::keys::Login;
use crate::snapshot::Snapshot;
use crate::store::Store;

/// How long a writer waits for another one.
const PATIENCE: Duration = Duration::from_secs(10);

/// The embedded store.
///
/// Its futures answer at once: the work is done by the thread that calls, which waits up to ten seconds
/// while another program writes.
pub struct SqliteStore {
    connection: Mutex<Connection>,
}

/// Makes an error of the storage out of what it said.
fn fault(doing: &'static str, error: &rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => Error::Busy,
        _ => Error::Storage { doing, message: error.to_string() },
    }
}

fn storage(doing: &'static str) -> impl Fn(rusqlite::Error) -> Error {
    move |error| fault(doing, &error)
}

impl SqliteStore {
    /// Opens the store in that file; creates it, readable for its owner only, if it is not there.
    ///
    /// A file of an older format is copied to `backups/` beside it and brought up to date.
    ///
    /// # Errors
    /// [`Error::Newer`] for a file of a newer program, [`Error::Storage`], [`Error::Busy`].
    pub fn open(path: &Path) -> Result<Self, Error> {
        let doing = storage("open the store");
        create_private(path)
            .map_err(|error| Error::Storage { doing: "create the store file", message: error.to_string() })?;
        let mut connection = Connection::open(path).map_err(&doing)?;
        connection.busy_timeout(PATIENCE).map_err(&doing)?;
        connection.pragma_update(None, "journal_mode", "WAL").map_err(&doing)?;
        let path = path.to_owned();
        prepare(&mut connection, |connection, from| back_up(connection, &path, from))?;
        Ok(SqliteStore { connection: Mutex::new(connection) })
    }

    /// A store that lives in memory and ends with this value.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn in_memory() -> Result<Self, Error> {
        let mut connection = Connection::open_in_memory().map_err(storage("open the store"))?;
        prepare(&mut connection, |_, _| Ok(()))?;
        Ok(SqliteStore { connection: Mutex::new(connection) })
    }

    /// Checks the file as a whole: its pages, its foreign keys, and that every row can be read.
    ///
    /// # Errors
    /// [`Error::Storage`] with what is wrong.
    pub fn check(&self) -> Result<(), Error> {
        let connection = self.connection();
        let doing = storage("check the store");
        let said: String =
            connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).map_err(&doing)?;
        let dangling: bool = connection
            .prepare("PRAGMA foreign_key_check")
            .and_then(|mut statement| statement.exists([]))
            .map_err(&doing)?;
        if said != "ok" || dangling {
            let message = if dangling { "rows without the row they belong to".to_owned() } else { said };
            return Err(Error::Storage { doing: "check the store", message });
        }
        for kind in Kind::ALL {
            rows::all(&connection, kind, |stored| rows::entity(&stored.row).map(|_| ()))?;
        }
        Ok(())
    }

    /// Writes a copy of the whole store, as of one moment, into a new file.
    ///
    /// # Errors
    /// [`Error::Storage`], also if the file is there already.
    pub fn copy_to(&self, path: &Path) -> Result<(), Error> {
        vacuum_into(&self.connection(), path)
    }

    /// A function that stops what the store is doing, for another thread to call; a write that is stopped
    /// leaves nothing behind. It does nothing between two statements, so call it until the write has ended.
    pub fn interrupter(&self) -> impl Fn() + Send + use<> {
        let handle = self.connection().get_interrupt_handle();
        move || handle.interrupt()
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A panic of another thread leaves no half transaction: it is rolled back when it is dropped.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn transact<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let mut connection = self.connection();
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(storage("start to write"))?;
        let out = work(&transaction)?;
        transaction.commit().map_err(storage("write the store"))?;
        Ok(out)
    }

    fn consistent<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        let mut connection = self.connection();
        let transaction = connection.transaction().map_err(storage("start to read"))?;
        work(&transaction)
    }
}

fn prepare(
    connection: &mut Connection,
    before: impl FnOnce(&Connection, i64) -> Result<(), Error>,
) -> Result<(), Error> {
    let doing = storage("open the store");
    connection.pragma_update(None, "synchronous", "FULL").map_err(&doing)?;
    connection.pragma_update(None, "foreign_keys", true).map_err(&doing)?;
    connection.pragma_update(None, "cache_size", -65_536).map_err(&doing)?;
    connection.set_prepared_statement_cache_capacity(64);
    schema::migrate(connection, schema::STEPS, before)
}

/// Creates the file if it is missing; nobody but its owner may read it.
fn create_private(path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(|_| ())
}

fn back_up(connection: &Connection, path: &Path, from: i64) -> Result<(), Error> {
    let doing = |error: std::io::Error| Error::Storage { doing: "back up", message: error.to_string() };
    let folder = path.parent().unwrap_or(Path::new(".")).join("backups");
    std::fs::create_dir_all(&folder).map_err(doing)?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let now = Timestamp::now().strftime("%Y%m%dT%H%M%S%.3fZ").to_string();
    let target: PathBuf = folder.join(format!("{stem}-format{from}-{now}.db"));
    vacuum_into(connection, &target)
}

fn vacuum_into(connection: &Connection, path: &Path) -> Result<(), Error> {
    if path.exists() {
        let message = "there is such a file already".to_owned();
        return Err(Error::Storage { doing: "copy the store", message });
    }
    create_private(path)
        .map_err(|error| Error::Storage { doing: "copy the store", message: error.to_string() })?;
    connection
        .execute("VACUUM INTO ?1", [path.to_string_lossy()])
        .map(|_| ())
        .map_err(storage("copy the store"))
}

/// All rule sets: the documents are put together to one text and read in one pass.
fn read_rule_sets(connection: &Connection) -> Result<Vec<RuleSet>, Error> {
    let doing = storage("read the rule sets");
    let mut text = String::from("[");
    let mut rules =
        connection.prepare_cached("SELECT parent, doc FROM rules ORDER BY parent, id").map_err(&doing)?;
    let mut rules = rules.query([]).map_err(&doing)?;
    let mut next = rules.next().map_err(&doing)?;
    let mut sets = connection.prepare_cached("SELECT id, doc FROM rule_sets ORDER BY id").map_err(&doing)?;
    let mut sets = sets.query([]).map_err(&doing)?;
    let held = |row: &rusqlite::Row<'_>, at: usize, use_it: &mut dyn FnMut(&str)| -> Result<(), Error> {
        let text = row.get_ref(at).map_err(&doing)?.as_str();
        use_it(
            text.map_err(|error| Error::Storage { doing: "read the rule sets", message: error.to_string() })?,
        );
        Ok(())
    };
    while let Some(set) = sets.next().map_err(&doing)? {
        if text.len() > 1 {
            text.push(',');
        }
        held(set, 1, &mut |doc| text.push_str(doc.strip_suffix('}').unwrap_or(doc)))?;
        text.push_str(",\"rules\":[");
        let mut first = true;
        while let Some(rule) = next {
            let (mut of_this_set, mut doc_end) = (false, std::cmp::Ordering::Equal);
            held(set, 0, &mut |id| {
                if let Ok(Ok(parent)) = rule.get_ref(0).map(|parent| parent.as_str()) {
                    doc_end = parent.cmp(id);
                    of_this_set = parent == id;
                }
            })?;
            if of_this_set {
                if !first {
                    text.push(',');
                }
                first = false;
                held(rule, 1, &mut |doc| text.push_str(doc))?;
            } else if doc_end == std::cmp::Ordering::Greater {
                break;
            }
            next = rules.next().map_err(&doing)?;
        }
        text.push_str("]}");
    }
    text.push(']');
    codec::rule_sets(&text).map_err(|message| Error::Storage { doing: "read the rule sets", message })
}

fn read_snapshot(connection: &Connection, whole: bool) -> Result<Snapshot, Error> {
    let mut out = Snapshot { mark: apply::mark(connection)?, ..Snapshot::default() };
    if whole {
        out.rule_sets = read_rule_sets(connection)?;
    }
    if whole {
        for kind in [Kind::RuleSet, Kind::Rule] {
            rows::stamps(connection, kind, |key, stamp| {
                out.stamps.insert(key, stamp);
            })?;
        }
    }
    for kind in [Kind::EndPoint, Kind::User, Kind::Holiday, Kind::Test, Kind::Config] {
        rows::all(connection, kind, |stored| {
            match rows::entity(&stored.row)? {
                Entity::EndPoint(it) => out.end_points.push(it),
                Entity::User(it) => out.users.push(it),
                Entity::Holiday(it) => out.holidays.push(it),
                Entity::Test(it) => out.tests.push(it),
                Entity::Config(it) if &*it.key != MARK => out.config.push(it),
                _ => return Ok(()),
            }
            out.stamps.insert(Key { kind, id: Text::clone(&stored.row.id) }, stored.stamp);
            Ok(())
        })?;
    }
    Ok(out)
}

impl Store for SqliteStore {
    fn apply(&self, set: ChangeSet) -> impl Future<Output = Result<Applied, Error>> + Send {
        ready(self.transact(|transaction| apply::apply(transaction, &set)))
    }

    fn undo(&self, by: &str, seq: Option<u64>) -> impl Future<Output = Result<Applied, Error>> + Send {
        ready(self.transact(|transaction| journal::travel(transaction, by, seq, journal::Way::Undo)))
    }

    fn redo(&self, by: &str) -> impl Future<Output = Result<Applied, Error>> + Send {
        ready(self.transact(|transaction| journal::travel(transaction, by, None, journal::Way::Redo)))
    }

    fn travel_plan(&self, by: &str, again: bool) -> impl Future<Output = Result<Vec<Change>, Error>> + Send {
        let way = if again { journal::Way::Redo } else { journal::Way::Undo };
        ready(self.consistent(|connection| journal::look_ahead(connection, by, way)))
    }

    fn mark(&self) -> impl Future<Output = Result<Text, Error>> + Send {
        ready(apply::mark(&self.connection()))
    }

    fn snapshot(&self) -> impl Future<Output = Result<Snapshot, Error>> + Send {
        ready(self.consistent(|connection| read_snapshot(connection, true)))
    }

    fn settings(&self) -> impl Future<Output = Result<Snapshot, Error>> + Send {
        ready(self.consistent(|connection| read_snapshot(connection, false)))
    }

    fn rule_sets(&self) -> impl Future<Output = Result<Vec<RuleSet>, Error>> + Send {
        ready(self.consistent(read_rule_sets))
    }

    fn journal(&self, most: usize) -> impl Future<Output = Result<Vec<JournalEntry>, Error>> + Send {
        ready(journal::entries(&self.connection(), most))
    }

    fn logins(&self) -> impl Future<Output = Result<Vec<Login>, Error>> + Send {
        ready(logins::all(&self.connection()))
    }

    fn note_login(
        &self,
        users: &[Text],
        accepted: bool,
        at: Timestamp,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        ready(self.transact(|transaction| logins::note(transaction, users, accepted, at)))
    }

    fn audit(&self, most: usize) -> impl Future<Output = Result<Vec<AuditEntry>, Error>> + Send {
        ready(journal::audit_entries(&self.connection(), most))
    }
}
