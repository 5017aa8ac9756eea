//! The embedded store: one SQLite file (`spec/model.md` 18).
//!
//! Write-ahead log, so readers see committed data while somebody writes; immediate transactions, so writers
//! wait for each other instead of failing half way; every transaction is durable. The file is readable for
//! its owner only.

mod apply;
mod faults;
mod journal;
mod log;
mod logins;
mod open;
mod read;
mod rows;
mod schema;
mod worker;

use std::path::Path;
use std::sync::Arc;

use connect_rules_engine::model::RuleSet;
use connect_rules_engine::value::Text;
use jiff::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior};

pub(crate) use apply::MARK;
pub use open::{Opening, create_private};

use crate::change::{Applied, AuditEntry, Change, ChangeSet, Changes, JournalEntry, Way};
use crate::entity::Kind;
use crate::errors::{Error, Fault};
use crate::keys::Login;
use crate::snapshot::Snapshot;
use crate::store::Store;
use faults::{storage, unusable};
use open::{Opened, Source};
use worker::{GivenUp, Worker};

/// The embedded store.
///
/// Two threads of its own do the work, one writes and one reads, so that no executor waits for a disk or for
/// another program, and no reader for a writer. A future that is dropped gives its work up: a change is then
/// made as a whole or not at all.
pub struct SqliteStore {
    file: Arc<str>,
    writer: Option<Worker>,
    reader: Option<Worker>,
}

impl SqliteStore {
    /// Opens the store in that file; creates it, readable for its owner only, if it is not there.
    ///
    /// A file of an older format is copied to `backups/` beside it and brought up to date. A file that may not
    /// be written, by its own marks, those of its folder or its file system, is opened for reading.
    ///
    /// # Errors
    /// [`Error::Newer`] for a file of a newer program, [`Error::Unusable`], [`Error::Busy`],
    /// [`Error::Storage`]; the file is as it was.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::open_with(path, &Opening::default())
    }

    /// As [`SqliteStore::open`], with limits of one's own.
    ///
    /// # Errors
    /// As [`SqliteStore::open`].
    pub fn open_with(path: &Path, opening: &Opening) -> Result<Self, Error> {
        let file: Arc<str> = Arc::from(path.display().to_string());
        let start = |source| Worker::start(source, Arc::clone(&file));
        let (writer, reader) = match open::open(path, opening).map_err(|error| error.in_file(&file))? {
            Opened::Writable(writer, reader) => {
                (Some(start(Source::Held(writer, 0))?), start(Source::Held(reader, 0))?)
            }
            Opened::ReadOnly(source) => (None, start(source)?),
        };
        Ok(SqliteStore { file, writer, reader: Some(reader) })
    }

    /// A store that lives in memory and ends with this value.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn in_memory() -> Result<Self, Error> {
        let file: Arc<str> = Arc::from("");
        let writer = Worker::start(Source::Held(open::in_memory()?, 0), Arc::clone(&file))?;
        Ok(SqliteStore { file, writer: Some(writer), reader: None })
    }

    /// Whether nothing can be written.
    pub fn is_read_only(&self) -> bool {
        self.writer.is_none()
    }

    /// Checks the file as a whole: its pages, its foreign keys, and that every row can be read. The caller
    /// waits for it.
    ///
    /// # Errors
    /// [`Fault::Damaged`] with what is wrong.
    pub fn check(&self) -> Result<(), Error> {
        self.reader()?.wait(|connection, _| check(connection))
    }

    /// Writes a copy of the whole store, as of one moment, into a new file. The caller waits for it.
    ///
    /// # Errors
    /// [`Error::Storage`], also if the file is there already.
    pub fn copy_to(&self, path: &Path) -> Result<(), Error> {
        let path = path.to_owned();
        let worker = self.writer.as_ref().map_or_else(|| self.reader(), Ok)?;
        worker.wait(move |connection, _| open::vacuum_into(connection, &path))
    }

    /// A function that stops what the store is writing, for another thread to call; a write that is stopped
    /// leaves nothing behind. It does nothing between two statements, so call it until the write has ended.
    pub fn interrupter(&self) -> impl Fn() + Send + use<> {
        let handle = |connection: &mut Connection, _: &GivenUp| Ok(connection.get_interrupt_handle());
        let handle = self.writer.as_ref().and_then(|writer| writer.wait(handle).ok());
        move || {
            if let Some(handle) = &handle {
                handle.interrupt();
            }
        }
    }

    /// The thread that reads; that of a store in memory writes too.
    fn reader(&self) -> Result<&Worker, Error> {
        self.reader.as_ref().or(self.writer.as_ref()).ok_or_else(|| self.read_only())
    }

    fn read_only(&self) -> Error {
        unusable(Fault::ReadOnly, "it was opened for reading").in_file(&self.file)
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let writer = self.writer.as_ref().ok_or_else(|| self.read_only())?;
        let job = move |connection: &mut Connection, given_up: &GivenUp| {
            let transaction = connection
                .transaction_with_behavior(TransactionBehavior::Immediate)
                .map_err(storage("start to write"))?;
            let out = work(&transaction)?;
            given_up.check()?;
            transaction.commit().map_err(storage("write the store"))?;
            Ok(out)
        };
        writer.run(job).await
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let job = move |connection: &mut Connection, _: &GivenUp| {
            let transaction = connection.transaction().map_err(storage("start to read"))?;
            work(&transaction)
        };
        self.reader()?.run(job).await
    }
}

fn check(connection: &Connection) -> Result<(), Error> {
    let doing = storage("check the store");
    let said: String =
        connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).map_err(&doing)?;
    let dangling: bool = connection
        .prepare("PRAGMA foreign_key_check")
        .and_then(|mut statement| statement.exists([]))
        .map_err(&doing)?;
    if said != "ok" || dangling {
        let message = if dangling { "rows without the row they belong to".to_owned() } else { said };
        return Err(unusable(Fault::Damaged, message));
    }
    for kind in Kind::ALL {
        rows::all(connection, kind, |stored| rows::entity(&stored.row).map(|_| ()))?;
    }
    Ok(())
}

impl Store for SqliteStore {
    async fn apply(&self, set: ChangeSet) -> Result<Applied, Error> {
        self.write(move |transaction| apply::apply(transaction, set)).await
    }

    async fn undo(&self, by: &str, seq: Option<u64>) -> Result<Applied, Error> {
        let by = by.to_owned();
        self.write(move |transaction| journal::travel(transaction, &by, seq, Way::Undo)).await
    }

    async fn redo(&self, by: &str) -> Result<Applied, Error> {
        let by = by.to_owned();
        self.write(move |transaction| journal::travel(transaction, &by, None, Way::Redo)).await
    }

    async fn travel_plan(&self, by: &str, way: Way) -> Result<Vec<Change>, Error> {
        let by = by.to_owned();
        self.read(move |connection| journal::look_ahead(connection, &by, way)).await
    }

    async fn mark(&self) -> Result<Text, Error> {
        self.read(apply::mark).await
    }

    async fn snapshot(&self) -> Result<Snapshot, Error> {
        self.read(|connection| read::snapshot(connection, true)).await
    }

    async fn changes_since(&self, mark: &str) -> Result<Option<Changes>, Error> {
        let mark = mark.to_owned();
        self.read(move |connection| log::since(connection, &mark)).await
    }

    async fn next_entry(&self, by: &str, way: Way) -> Result<Option<JournalEntry>, Error> {
        let by = by.to_owned();
        self.read(move |connection| journal::next(connection, &by, way)).await
    }

    async fn settings(&self) -> Result<Snapshot, Error> {
        self.read(|connection| read::snapshot(connection, false)).await
    }

    async fn rule_sets(&self) -> Result<Vec<RuleSet>, Error> {
        self.read(read::rule_sets).await
    }

    async fn journal(&self, most: usize) -> Result<Vec<JournalEntry>, Error> {
        self.read(move |connection| journal::entries(connection, most)).await
    }

    async fn logins(&self) -> Result<Vec<Login>, Error> {
        self.read(logins::all).await
    }

    async fn note_login(&self, users: &[Text], accepted: bool, at: Timestamp) -> Result<(), Error> {
        let users = users.to_vec();
        self.write(move |transaction| logins::note(transaction, &users, accepted, at)).await
    }

    async fn audit(&self, most: usize) -> Result<Vec<AuditEntry>, Error> {
        self.read(move |connection| journal::audit_entries(connection, most)).await
    }
}
