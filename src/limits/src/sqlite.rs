//! The rows in tables of their own in the file of the embedded store.
//!
//! Counters are worth little after a minute, so writes wait for no disk: a machine that loses its power may forget
//! the last attempts, and the file stays whole.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use connect_rules_engine::value::Text;
use connect_rules_store::create_private;
use rusqlite::{Connection, OptionalExtension as _, Row, TransactionBehavior, params};

use crate::config::KEY;
use crate::counting::{Counter, Party, Touch};
use crate::decision::{Decision, Status, TaskStatus};
use crate::store::{Page, Step, Store, StoreError};

/// How long to wait while another program writes.
const PATIENCE: Duration = Duration::from_secs(10);

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS rate_limit (
    phone_number TEXT PRIMARY KEY, type TEXT NOT NULL, usage INTEGER NOT NULL,
    window_start INTEGER NOT NULL, updated_at INTEGER NOT NULL, last_contact_id TEXT NOT NULL,
    blocked_at INTEGER, expiry INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rate_limit_decisions (
    contact_id TEXT PRIMARY KEY, owner TEXT NOT NULL, status TEXT NOT NULL, day TEXT NOT NULL,
    at INTEGER NOT NULL, doc TEXT NOT NULL, expiry INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS rate_limit_by_day ON rate_limit_decisions (day, at, contact_id);
";

const COLUMNS: &str =
    "phone_number, type, usage, window_start, updated_at, last_contact_id, blocked_at, expiry";

const ADVANCE: [&str; 2] = [
    "UPDATE rate_limit SET usage = usage + 1, updated_at = ?3, last_contact_id = ?2, expiry = ?4
     WHERE phone_number = ?1 AND updated_at >= ?5 AND last_contact_id <> ?2 RETURNING ",
    "UPDATE rate_limit SET usage = usage + 1, updated_at = ?3, last_contact_id = ?2, expiry = ?4
     WHERE phone_number = ?1 AND window_start >= ?5 AND last_contact_id <> ?2 RETURNING ",
];

const RESTART: [&str; 2] = [
    "INSERT INTO rate_limit (phone_number, type, usage, window_start, updated_at, last_contact_id, expiry)
     VALUES (?1, ?6, 1, ?3, ?3, ?2, ?4) ON CONFLICT DO UPDATE SET usage = 1, window_start = ?3,
     updated_at = ?3, last_contact_id = ?2, type = ?6, expiry = ?4 WHERE rate_limit.updated_at < ?5 RETURNING ",
    "INSERT INTO rate_limit (phone_number, type, usage, window_start, updated_at, last_contact_id, expiry)
     VALUES (?1, ?6, 1, ?3, ?3, ?2, ?4) ON CONFLICT DO UPDATE SET usage = 1, window_start = ?3,
     updated_at = ?3, last_contact_id = ?2, type = ?6, expiry = ?4 WHERE rate_limit.window_start < ?5 RETURNING ",
];

/// The rows in a file. Every method blocks while another program writes.
#[derive(Debug)]
pub struct Sqlite {
    connection: Mutex<Connection>,
}

fn failed(error: &rusqlite::Error) -> StoreError {
    StoreError::Unavailable(error.to_string())
}

fn counter(row: &Row<'_>) -> rusqlite::Result<Counter> {
    let text = |at: usize| row.get::<_, String>(at).map(Text::from);
    let party = if row.get_ref(1)?.as_str()? == "system" { Party::System } else { Party::Customer };
    Ok(Counter {
        phone_number: text(0)?,
        party,
        usage: row.get(2)?,
        window_start: row.get(3)?,
        updated_at: row.get(4)?,
        last_contact_id: text(5)?,
        blocked_at: row.get(6)?,
        expiry: row.get(7)?,
    })
}

fn decision(text: &str) -> Result<Decision, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Unavailable(format!("a decision: {error}")))
}

fn document(decision: &Decision) -> Result<String, StoreError> {
    serde_json::to_string(decision).map_err(|error| StoreError::Unavailable(error.to_string()))
}

impl Sqlite {
    /// The rows in that file, which the embedded store may have open; rows that expired before `now` (milliseconds
    /// since 1970) go.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] for a file that cannot be written.
    pub fn open(path: &Path, now: i64) -> Result<Self, StoreError> {
        create_private(path).map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let connection = Connection::open(path).map_err(|error| failed(&error))?;
        Self::prepare(connection, now).map_err(|error| failed(&error))
    }

    /// Rows that live in memory.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub fn in_memory() -> Result<Self, StoreError> {
        let connection = Connection::open_in_memory().map_err(|error| failed(&error))?;
        Self::prepare(connection, 0).map_err(|error| failed(&error))
    }

    fn prepare(connection: Connection, now: i64) -> rusqlite::Result<Self> {
        connection.busy_timeout(PATIENCE)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.set_prepared_statement_cache_capacity(32);
        let there: bool =
            connection.prepare("SELECT 1 FROM sqlite_master WHERE name = 'rate_limit_by_day'")?.exists([])?;
        if !there {
            connection.execute_batch(TABLES)?;
        }
        for table in ["rate_limit", "rate_limit_decisions"] {
            let old: bool = connection
                .prepare(&format!("SELECT 1 FROM {table} WHERE expiry < ?1 LIMIT 1"))?
                .exists([now.div_euclid(1000)])?;
            if old {
                connection
                    .execute(&format!("DELETE FROM {table} WHERE expiry < ?1"), [now.div_euclid(1000)])?;
            }
        }
        Ok(Sqlite { connection: Mutex::new(connection) })
    }

    fn with<R>(&self, work: impl FnOnce(&mut Connection) -> rusqlite::Result<R>) -> Result<R, StoreError> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut connection).map_err(|error| failed(&error))
    }

    fn step(&self, touch: &Touch, update: &str) -> Result<Step, StoreError> {
        let (expiry, cutoff) = (touch.expiry(), touch.cutoff());
        self.with(|connection| {
            let mut statement = connection.prepare_cached(&format!("{update}{COLUMNS}"))?;
            let made = if statement.parameter_count() == 6 {
                let values = params![touch.key, touch.contact, touch.now, expiry, cutoff, touch.party.name()];
                statement.query_row(values, counter)
            } else {
                statement.query_row(params![touch.key, touch.contact, touch.now, expiry, cutoff], counter)
            };
            Ok(match made.optional()? {
                Some(row) => Step::Made(row),
                None => Step::Refused(one(connection, &touch.key)?),
            })
        })
    }

    /// Writes counters as they are, whatever was there: for figures and examples.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub fn fill(&self, rows: impl IntoIterator<Item = Counter>) -> Result<(), StoreError> {
        self.with(|connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            {
                let mut statement = transaction
                    .prepare("INSERT OR REPLACE INTO rate_limit VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
                for row in rows {
                    statement.execute(params![
                        row.phone_number,
                        row.party.name(),
                        row.usage,
                        row.window_start,
                        row.updated_at,
                        row.last_contact_id,
                        row.blocked_at,
                        row.expiry
                    ])?;
                }
            }
            transaction.commit()
        })
    }
}

fn one(connection: &Connection, key: &str) -> rusqlite::Result<Option<Counter>> {
    let text = format!("SELECT {COLUMNS} FROM rate_limit WHERE phone_number = ?1");
    connection.prepare_cached(&text)?.query_row([key], counter).optional()
}

impl Store for Sqlite {
    async fn config(&self) -> Result<Option<Text>, StoreError> {
        self.with(|connection| {
            let there: bool = connection
                .prepare_cached("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'config'")?
                .exists([])?;
            if !there {
                return Ok(None);
            }
            let mut statement =
                connection.prepare_cached("SELECT doc ->> 'configData' FROM config WHERE id = ?1")?;
            let text: Option<Option<String>> = statement.query_row([KEY], |row| row.get(0)).optional()?;
            Ok(text.flatten().map(Text::from))
        })
    }

    async fn claim(&self, pending: &Decision) -> Result<Option<Decision>, StoreError> {
        let document = document(pending)?;
        let old: Option<String> = self.with(|connection| {
            let made = connection
                .prepare_cached(
                    "INSERT INTO rate_limit_decisions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
                )?
                .execute(params![
                    pending.contact_id,
                    pending.owner,
                    pending.status.name(),
                    pending.day,
                    pending.at,
                    document,
                    pending.expiry
                ])?;
            if made == 1 { Ok(None) } else { found(connection, &pending.contact_id) }
        })?;
        old.as_deref().map(decision).transpose()
    }

    async fn take_over(&self, pending: &Decision, from: &str) -> Result<bool, StoreError> {
        self.write_decision(pending, from, true)
    }

    async fn decision(&self, contact: &str) -> Result<Option<Decision>, StoreError> {
        self.with(|connection| found(connection, contact))?.as_deref().map(decision).transpose()
    }

    async fn advance(&self, touch: &Touch) -> Result<Step, StoreError> {
        self.step(touch, ADVANCE[touch.mode as usize])
    }

    async fn restart(&self, touch: &Touch) -> Result<Step, StoreError> {
        self.step(touch, RESTART[touch.mode as usize])
    }

    async fn finish(&self, decision: &Decision) -> Result<bool, StoreError> {
        self.write_decision(decision, &decision.owner, false)
    }

    async fn note_blocked(&self, key: &str, at: i64) -> Result<(), StoreError> {
        self.with(|connection| {
            connection
                .prepare_cached("UPDATE rate_limit SET blocked_at = ?2 WHERE phone_number = ?1")?
                .execute(params![key, at])
                .map(|_| ())
        })
    }

    async fn note_task(
        &self,
        contact: &str,
        status: TaskStatus,
        task_contact: &str,
    ) -> Result<bool, StoreError> {
        self.with(|connection| {
            connection
                .prepare_cached(
                    "UPDATE rate_limit_decisions
                     SET doc = json_set(doc, '$.taskStatus', ?2, '$.taskContactId', ?3) WHERE contact_id = ?1",
                )?
                .execute(params![contact, status.name(), task_contact])
                .map(|count| count == 1)
        })
    }

    async fn counter(&self, key: &str) -> Result<Option<Counter>, StoreError> {
        self.with(|connection| one(connection, key))
    }

    async fn counters(
        &self,
        since: i64,
        most: usize,
        page: Option<&str>,
    ) -> Result<Page<Counter>, StoreError> {
        let mut rows = self.with(|connection| {
            let text = format!(
                "SELECT {COLUMNS} FROM rate_limit WHERE phone_number > ?1 AND updated_at >= ?2
                 ORDER BY phone_number LIMIT ?3"
            );
            let mut statement = connection.prepare_cached(&text)?;
            let limit = i64::try_from(most).unwrap_or(i64::MAX - 1) + 1;
            statement
                .query_map(params![page.unwrap_or_default(), since, limit], counter)?
                .collect::<rusqlite::Result<Vec<Counter>>>()
        })?;
        let more = rows.len() > most;
        rows.truncate(most);
        let last = rows.last().map(|row| Text::clone(&row.phone_number));
        Ok(Page { next: last.filter(|_| more), rows })
    }

    async fn decisions(
        &self,
        day: &str,
        most: usize,
        page: Option<&str>,
    ) -> Result<Page<Decision>, StoreError> {
        // A page begins after a time and a contact.
        let (at, contact) = page.and_then(|page| page.split_once(' ')).unwrap_or(("", ""));
        let at = at.parse::<i64>().unwrap_or(i64::MAX);
        let mut texts = self.with(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT doc FROM rate_limit_decisions WHERE day = ?1 AND (at, contact_id) < (?2, ?3)
                 ORDER BY at DESC, contact_id DESC LIMIT ?4",
            )?;
            let limit = i64::try_from(most).unwrap_or(i64::MAX - 1) + 1;
            statement
                .query_map(params![day, at, contact, limit], |row| row.get::<_, String>(0))?
                .collect::<rusqlite::Result<Vec<String>>>()
        })?;
        let more = texts.len() > most;
        texts.truncate(most);
        let rows = texts.iter().map(|text| decision(text)).collect::<Result<Vec<_>, _>>()?;
        let last = rows.last().map(|it| Text::from(format!("{} {}", it.at, it.contact_id)));
        Ok(Page { next: last.filter(|_| more), rows })
    }

    async fn release(&self, key: &str, updated_at: i64) -> Result<bool, StoreError> {
        self.with(|connection| {
            connection
                .execute(
                    "DELETE FROM rate_limit WHERE phone_number = ?1 AND updated_at = ?2",
                    params![key, updated_at],
                )
                .map(|count| count == 1)
        })
    }
}

fn found(connection: &Connection, contact: &str) -> rusqlite::Result<Option<String>> {
    let text = "SELECT doc FROM rate_limit_decisions WHERE contact_id = ?1";
    connection.prepare_cached(text)?.query_row([contact], |row| row.get(0)).optional()
}

impl Sqlite {
    fn write_decision(&self, row: &Decision, from: &str, pending: bool) -> Result<bool, StoreError> {
        let document = document(row)?;
        self.with(|connection| {
            let mut statement = connection.prepare_cached(
                "UPDATE rate_limit_decisions SET owner = ?2, status = ?3, day = ?4, at = ?5, doc = ?6, expiry = ?7
                 WHERE contact_id = ?1 AND owner = ?8 AND (NOT ?9 OR status = ?10)",
            )?;
            let values = params![
                row.contact_id,
                row.owner,
                row.status.name(),
                row.day,
                row.at,
                document,
                row.expiry,
                from,
                pending,
                Status::Pending.name()
            ];
            statement.execute(values).map(|count| count == 1)
        })
    }
}
