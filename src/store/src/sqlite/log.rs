//! Which rows changed when, so that who holds a snapshot need not read everything again.

use connect_rules_engine::value::Text;
use rusqlite::{Connection, Transaction, params};

use super::apply::{mark, time_text};
use super::faults::storage;
use super::rows;
use crate::change::{Changed, Changes};
use crate::entity::{Key, Kind};
use crate::errors::Error;

/// Rows of one change that are listed; after a larger one everything is read again.
const MOST: usize = 5_000;

/// How long changes stay listed, in milliseconds. Programs look every few seconds.
const KEPT: i64 = 3_600_000;

/// Lists the rows that were written at a mark.
pub(super) fn record(
    transaction: &Transaction<'_>,
    at: &str,
    by: &str,
    written: &[(Key, Option<u64>)],
) -> Result<(), Error> {
    let doing = storage("list the changes");
    if written.len() > MOST {
        return forget(transaction, at);
    }
    let sql = "INSERT INTO changes (mark, kind, id, by) VALUES (?1, ?2, ?3, ?4)";
    let mut statement = transaction.prepare_cached(sql).map_err(&doing)?;
    for (key, _) in written {
        statement.execute(params![at, key.kind.name(), &*key.id, by]).map_err(&doing)?;
    }
    let oldest: String = transaction
        .query_row("SELECT mark FROM changes ORDER BY mark LIMIT 1", [], |row| row.get(0))
        .map_err(&doing)?;
    let millis = |mark: &str| mark.parse::<jiff::Timestamp>().map_or(0, jiff::Timestamp::as_millisecond);
    // Twice as long, so that not every change tidies up.
    if millis(&oldest) < millis(at).saturating_sub(2 * KEPT) {
        forget(transaction, &time_text(millis(at).saturating_sub(KEPT)))?;
    }
    Ok(())
}

/// Keeps no list up to a mark.
fn forget(transaction: &Transaction<'_>, until: &str) -> Result<(), Error> {
    transaction
        .execute("DELETE FROM changes WHERE mark <= ?1", [until])
        .and_then(|_| {
            transaction.execute("INSERT INTO changes (mark, kind, id, by) VALUES (?1, '', '', '')", [until])
        })
        .map(|_| ())
        .map_err(storage("list the changes"))
}

/// What changed since a mark; `None` if the list does not reach back so far.
pub(super) fn since(connection: &Connection, since: &str) -> Result<Option<Changes>, Error> {
    let doing = storage("read the changes");
    let now = mark(connection)?;
    if *now < *since {
        return Ok(None);
    }
    let mut out = Changes { mark: now, rows: Vec::new() };
    if *out.mark == *since {
        return Ok(Some(out));
    }
    let sql = "SELECT kind, id, max(mark), by FROM changes WHERE mark > ?1 GROUP BY kind, id";
    let mut statement = connection.prepare_cached(sql).map_err(&doing)?;
    let mut found = statement.query([since]).map_err(&doing)?;
    while let Some(row) = found.next().map_err(&doing)? {
        let kind: String = row.get(0).map_err(&doing)?;
        let Some(kind) = Kind::parse(&kind) else { return Ok(None) };
        let key = Key { kind, id: row.get::<_, Text>(1).map_err(&doing)? };
        let (at, by) = (row.get(2).map_err(&doing)?, row.get(3).map_err(&doing)?);
        let now = rows::get(connection, &key)?
            .map(|stored| Ok::<_, Error>((rows::entity(&stored.row)?, stored.stamp)))
            .transpose()?;
        out.rows.push(Changed { key, at, by, now });
    }
    out.rows.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(Some(out))
}
