//! The one way that something is written: in one transaction, or as a job.

use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, TransactWriteItem};
use connect_rules_engine::value::Text;
use connect_rules_store::change::Way;
use connect_rules_store::{Applied, Error, Key, RemoteFault};
use jiff::Timestamp;

use crate::encode::Keys;
use crate::faults::remote;
use crate::head::{Head, Job, journal_key};
use crate::images::{self, Image};
use crate::item::{Item, n, s, size};
use crate::job::roll_forward;
use crate::link::{Link, Outcome};
use crate::log;
use crate::plan::{self, Step, Write};
use crate::requests::{Condition, put, update, write_guarded};
use crate::rows::MARK;
use crate::state::{State, mark_of};
use crate::tables::Table;

/// Rows of one transaction.
pub(crate) const MOST: usize = 100;
/// Bytes of one transaction; the service takes 4 MB.
pub(crate) const BYTES: usize = 3_500_000;
/// How long the journal is kept, in seconds.
const KEPT: i64 = 400 * 86_400;

/// What is recorded about a change.
pub(crate) struct Entry<'a> {
    /// By whom.
    pub by: &'a str,
    /// Name of the operation.
    pub operation: &'a str,
    /// What is done in words.
    pub title: &'a str,
    /// The entry that is undone or made again, whose it is, and which way; a new one otherwise.
    pub travel: Option<(u64, &'a str, Way)>,
}

/// How a write went.
pub(crate) enum Committed {
    /// It is made.
    Yes(Applied),
    /// Somebody else was faster: nothing was written, look again.
    Raced,
    /// Rows are not as they were read, though nobody moved the change mark: read everything again.
    Unseen,
}

/// Now, or a millisecond after these marks if that is later (ruling 5).
pub(crate) fn next_mark(marks: [&str; 2]) -> Text {
    let millis = |mark: &str| mark.parse::<Timestamp>().map_or(i64::MIN, Timestamp::as_millisecond);
    let last = marks.into_iter().map(millis).max().unwrap_or(i64::MIN);
    let at = Timestamp::now().as_millisecond().max(last.saturating_add(1));
    let time = Timestamp::from_millisecond(at).unwrap_or_default();
    Text::from(time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
}

/// The row of the change mark: what is stored, with another time.
pub(crate) fn mark_row(before: Option<&Item>, mark: &str) -> Item {
    let mut row = before.cloned().unwrap_or_default();
    row.insert("ConfigKey".to_owned(), s(MARK));
    row.insert("ConfigData".to_owned(), s(mark));
    row.insert("LastUpdate".to_owned(), s(format!("{}Z", mark.get(..19).unwrap_or(mark))));
    row
}

/// Makes steps that were planned on that state, and brings the state up to date.
///
/// # Errors
/// [`Error::Conflict`] and others of [`plan::writes`], [`Error::Remote`]. A large change that is decided but
/// could not be finished is an error too; whoever writes next finishes it.
pub(crate) async fn commit(
    link: &Link,
    state: &mut State,
    steps: &[Step],
    entry: &Entry<'_>,
    keys: &Keys,
) -> Result<Committed, Error> {
    let at = next_mark([&state.mark, &state.head.mark]);
    let (writes, written) = plan::writes(state, steps, (&at, entry.by), &link.names, keys)?;
    let Some((seq, _, _)) =
        entry.travel.or_else(|| (!writes.is_empty()).then_some((state.head.seq + 1, "", Way::Redo)))
    else {
        let mark = Text::clone(&state.mark);
        return Ok(Committed::Yes(Applied { mark, entry: None, rows: written }));
    };
    let id = Text::from(uuid::Uuid::new_v4().to_string());
    let expiry = (Timestamp::now().as_second() + KEPT) as u64;
    let order = in_order(writes);
    let images = images::pack(&id, &order, expiry);
    let chunks = images.len() as u64;
    let head = Head {
        version: state.head.version + 1,
        seq: state.head.seq + 1,
        mark: Text::clone(&at),
        prev: Text::clone(&state.mark),
        job: None,
    };
    let records = log::records(&head, entry, steps, &order, &written, (&id, chunks), expiry);
    let new_mark = mark_row(state.mark_row.as_ref(), &at);
    let applied = Applied { mark: Text::clone(&at), entry: Some(seq), rows: written };
    // What a row was is sent, too: it is the condition.
    let rows = order.iter().flat_map(|it| [&it.before, &it.after]).flatten();
    let bytes: usize = rows.chain(&images).chain(&records.puts).map(size).sum();
    let small = order.len() + images.len() + records.puts.len() + 4 <= MOST && bytes <= BYTES;
    let head = if small { head } else { Head { job: Some(Job { id: Text::clone(&id), chunks }), ..head } };
    if !small {
        link.batch_put(Table::Journal, images.clone()).await?;
    }
    let mut items = vec![
        put(link, Table::Journal, head.write(), Some(head_is(&state.head)))?,
        if small {
            let condition = Condition::is(state.mark_row.as_ref(), Table::Config);
            put(link, Table::Config, new_mark.clone(), Some(condition))?
        } else {
            mark_stays(link, state.mark_row.as_ref())?
        },
    ];
    for record in records.puts {
        items.push(put(link, Table::Journal, record, None)?);
    }
    items.push(person(link, entry, head.seq)?);
    items.extend(undone(link, entry)?);
    let guarded = items.len();
    if small {
        for row in &order {
            items.push(write_guarded(link, row)?);
        }
        for image in images {
            items.push(put(link, Table::Journal, image, None)?);
        }
    }
    let outcome = match link.transact(items).await {
        Ok(outcome) => outcome,
        // The answer may have been lost on the way back.
        Err(error) if log::is_written(link, head.seq, &id).await.unwrap_or_default() => {
            let _ = error;
            Outcome::Done
        }
        Err(error) => return Err(error),
    };
    if let Outcome::Refused(which) = outcome {
        if log::is_written(link, head.seq, &id).await? {
            return finish_commit(link, state, head, new_mark, order, applied, small).await;
        }
        let unseen = which.iter().all(|at| *at >= guarded);
        return Ok(if unseen { Committed::Unseen } else { Committed::Raced });
    }
    finish_commit(link, state, head, new_mark, order, applied, small).await
}

/// Brings the state up to date with what was decided, and writes the rows of a job.
async fn finish_commit(
    link: &Link,
    state: &mut State,
    head: Head,
    new_mark: Item,
    order: Vec<Write>,
    applied: Applied,
    small: bool,
) -> Result<Committed, Error> {
    state.set(&link.names, order.iter().map(|row| (row.place.clone(), row.after.clone())))?;
    state.mark = Text::clone(&applied.mark);
    if small {
        state.mark_row = Some(new_mark);
    }
    let job = head.job.clone();
    state.head = head;
    if let Some(job) = job {
        let images = order.into_iter().map(Image::whole).collect();
        roll_forward(link, &job, images).await?;
        (state.head, state.mark_row) = link.pair().await?;
        state.mark = mark_of(&state.head, state.mark_row.as_ref());
    }
    Ok(Committed::Yes(applied))
}

/// The head is still this one.
fn head_is(head: &Head) -> Condition {
    if head.version == 0 {
        return Condition::is(None, Table::Journal);
    }
    Condition {
        text: Some("Version = :version AND attribute_not_exists(Job)".to_owned()),
        names: None,
        values: Some(Item::from([(":version".to_owned(), n(head.version))])),
    }
}

fn mark_stays(link: &Link, row: Option<&Item>) -> Result<TransactWriteItem, Error> {
    let condition = Condition::is(row, Table::Config);
    let name = link.names.of(Table::Config);
    let check = ConditionCheck::builder()
        .table_name(&name)
        .key("ConfigKey", s(MARK))
        .set_condition_expression(condition.text)
        .set_expression_attribute_names(condition.names)
        .set_expression_attribute_values(condition.values)
        .build()
        .map_err(|error| remote(name, RemoteFault::Unreachable, &error))?;
    Ok(TransactWriteItem::builder().condition_check(check).build())
}

/// Which entries the person may make again: a new change ends that.
fn person(link: &Link, entry: &Entry<'_>, latest: u64) -> Result<TransactWriteItem, Error> {
    let owner = entry.travel.map_or(entry.by, |(_, owner, _)| owner);
    let key = journal_key(&log::person(owner), 0);
    let Some((seq, _, way)) = entry.travel else {
        let values = Item::from([(":latest".to_owned(), n(latest))]);
        return update(link, key, "SET Latest = :latest REMOVE Redo", None, values);
    };
    let text = if way == Way::Undo { "ADD Redo :seq" } else { "DELETE Redo :seq" };
    let values = Item::from([(":seq".to_owned(), AttributeValue::Ns(vec![seq.to_string()]))]);
    update(link, key, text, None, values)
}

/// The mark of the entry that is undone or made again.
fn undone(link: &Link, entry: &Entry<'_>) -> Result<Option<TransactWriteItem>, Error> {
    let Some((seq, owner, way)) = entry.travel else { return Ok(None) };
    let values = Item::from([
        (":is".to_owned(), AttributeValue::Bool(way == Way::Undo)),
        (":was".to_owned(), AttributeValue::Bool(way == Way::Redo)),
    ]);
    let key = journal_key(&log::journal(owner), seq);
    update(link, key, "SET Undone = :is", Some("Undone = :was"), values).map(Some)
}

/// The order in which a job writes: what is new or changed by rule set, then rules that go, then rule sets.
fn in_order(mut writes: Vec<Write>) -> Vec<Write> {
    let rank = |write: &Write| {
        let gone = write.after.is_none();
        let set = gone && write.place.table == Table::RuleSets;
        let of_set = matches!(write.place.table, Table::RuleSets | Table::Rules);
        (gone, set, !of_set, Text::clone(&write.place.hash), write.place.clone())
    };
    writes.sort_by_cached_key(rank);
    writes
}

/// Keys of changed things, sorted; for records.
pub(crate) fn keys_of(written: &[(Key, Option<u64>)]) -> Vec<&Key> {
    written.iter().map(|(key, _)| key).collect()
}
