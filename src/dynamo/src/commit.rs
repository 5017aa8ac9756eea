//! The one way that something is written: in one transaction, or as a job.

use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, Delete, Put, TransactWriteItem, Update};
use connect_rules_engine::value::Text;
use connect_rules_store::change::Way;
use connect_rules_store::{Applied, Error, Key, RemoteFault};
use jiff::Timestamp;

use crate::faults::remote;
use crate::head::{Head, Job, PART, journal_key};
use crate::images::{self, Image};
use crate::item::{Item, Place, n, s, size};
use crate::link::{Link, Outcome};
use crate::log;
use crate::plan::{self, Step, Write};
use crate::rows::{Keys, MARK};
use crate::state::{State, mark_of, stored_mark};
use crate::tables::Table;

/// Rows of one transaction.
const MOST: usize = 100;
/// Bytes of one transaction; the service takes 4 MB.
const BYTES: usize = 3_500_000;
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

fn put(
    link: &Link,
    table: Table,
    item: Item,
    condition: Option<Condition>,
) -> Result<TransactWriteItem, Error> {
    let name = link.names.of(table);
    let condition = condition.unwrap_or_default();
    let put = Put::builder()
        .table_name(&name)
        .set_item(Some(item))
        .set_condition_expression(condition.text)
        .set_expression_attribute_names(condition.names)
        .set_expression_attribute_values(condition.values)
        .build()
        .map_err(|error| remote(name, RemoteFault::Unreachable, &error))?;
    Ok(TransactWriteItem::builder().put(put).build())
}

/// A condition on what is stored.
#[derive(Default)]
struct Condition {
    text: Option<String>,
    names: Option<std::collections::HashMap<String, String>>,
    values: Option<Item>,
}

impl Condition {
    /// The row is exactly as given, or not there.
    fn is(before: Option<&Item>, table: Table) -> Self {
        let Some(before) = before else {
            let (hash, _) = table.keys();
            let names = std::collections::HashMap::from([("#k".to_owned(), hash.to_owned())]);
            return Condition {
                text: Some("attribute_not_exists(#k)".to_owned()),
                names: Some(names),
                values: None,
            };
        };
        let mut attributes: Vec<(&String, &AttributeValue)> = before.iter().collect();
        attributes.sort_by_key(|(name, _)| *name);
        let mut out = Condition { text: None, names: Some([].into()), values: Some(Item::new()) };
        let mut parts = Vec::new();
        for (at, (name, value)) in attributes.into_iter().enumerate() {
            parts.push(format!("#a{at} = :a{at}"));
            out.names.get_or_insert_default().insert(format!("#a{at}"), name.clone());
            out.values.get_or_insert_default().insert(format!(":a{at}"), value.clone());
        }
        out.text = Some(parts.join(" AND "));
        out
    }
}

/// Writes a row if it is as it was read. What others added to it stays.
fn write_guarded(link: &Link, write: &Write) -> Result<TransactWriteItem, Error> {
    let condition = Condition::is(write.before.as_ref(), write.place.table);
    match (&write.before, &write.after) {
        (Some(before), Some(after)) => change(link, &write.place, before, after, condition),
        (None, Some(after)) => put(link, write.place.table, after.clone(), Some(condition)),
        (_, None) => delete(link, &write.place, condition),
    }
}

/// Writes a row as it was decided.
fn write(link: &Link, write: &Write) -> Result<TransactWriteItem, Error> {
    match &write.after {
        Some(after) => put(link, write.place.table, after.clone(), None),
        None => delete(link, &write.place, Condition::default()),
    }
}

/// Sets and removes what differs.
fn change(
    link: &Link,
    place: &Place,
    before: &Item,
    after: &Item,
    condition: Condition,
) -> Result<TransactWriteItem, Error> {
    let name = link.names.of(place.table);
    let (mut names, mut values) = (condition.names.unwrap_or_default(), condition.values.unwrap_or_default());
    let (mut set, mut removed) = (Vec::new(), Vec::new());
    let mut changed: Vec<&String> = before.keys().chain(after.keys()).collect();
    changed.sort_unstable();
    changed.dedup();
    changed.retain(|name| before.get(*name) != after.get(*name));
    for (at, attribute) in changed.into_iter().enumerate() {
        names.insert(format!("#s{at}"), attribute.clone());
        match after.get(attribute) {
            Some(value) => {
                values.insert(format!(":s{at}"), value.clone());
                set.push(format!("#s{at} = :s{at}"));
            }
            None => removed.push(format!("#s{at}")),
        }
    }
    let mut text = String::new();
    for (word, list) in [("SET", set), ("REMOVE", removed)] {
        if !list.is_empty() {
            text = format!("{text} {word} {}", list.join(", "));
        }
    }
    let update = Update::builder()
        .table_name(&name)
        .set_key(Some(place.keys()))
        .update_expression(text.trim())
        .set_condition_expression(condition.text)
        .set_expression_attribute_names(Some(names))
        .set_expression_attribute_values(Some(values))
        .build()
        .map_err(|error| remote(name, RemoteFault::Unreachable, &error))?;
    Ok(TransactWriteItem::builder().update(update).build())
}

fn delete(link: &Link, place: &Place, condition: Condition) -> Result<TransactWriteItem, Error> {
    let name = link.names.of(place.table);
    let delete = Delete::builder()
        .table_name(&name)
        .set_key(Some(place.keys()))
        .set_condition_expression(condition.text)
        .set_expression_attribute_names(condition.names)
        .set_expression_attribute_values(condition.values)
        .build()
        .map_err(|error| remote(name, RemoteFault::Unreachable, &error))?;
    Ok(TransactWriteItem::builder().delete(delete).build())
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
fn mark_row(before: Option<&Item>, mark: &str) -> Item {
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
    let bytes: usize =
        order.iter().filter_map(|it| it.after.as_ref()).chain(&images).chain(&records.puts).map(size).sum();
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
        let images = order.into_iter().map(|write| Image { write, has_key: false }).collect();
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

fn update(
    link: &Link,
    key: Item,
    text: &str,
    condition: Option<&str>,
    values: Item,
) -> Result<TransactWriteItem, Error> {
    let name = link.names.of(Table::Journal);
    let update = Update::builder()
        .table_name(&name)
        .set_key(Some(key))
        .update_expression(text)
        .set_condition_expression(condition.map(str::to_owned))
        .set_expression_attribute_values(Some(values))
        .build()
        .map_err(|error| remote(name, RemoteFault::Unreachable, &error))?;
    Ok(TransactWriteItem::builder().update(update).build())
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

/// Writes the rows of a decided change and ends the job. Several programs may do so at once: each part is
/// fenced by the head, and rows are written as they were decided, so nothing is done twice.
///
/// # Errors
/// [`Error::Remote`]; what is left is done by whoever comes next.
pub(crate) async fn roll_forward(link: &Link, job: &Job, images: Vec<Image>) -> Result<(), Error> {
    let writes = with_keys(link, images).await?;
    for (done, part) in parts(&writes) {
        let values = Item::from([(":job".to_owned(), s(&*job.id)), (":done".to_owned(), n(done as u64))]);
        let fence = update(link, journal_key(PART, 0), "SET Done = :done", Some("Job = :job"), values)?;
        let mut items = vec![fence];
        for row in part {
            items.push(write(link, row)?);
        }
        if link.transact(items).await? != Outcome::Done {
            return Ok(());
        }
    }
    end(link, job).await
}

/// The writes of images, with keys in clear as they are stored.
async fn with_keys(link: &Link, images: Vec<Image>) -> Result<Vec<Write>, Error> {
    let users: Vec<Place> =
        images.iter().filter(|image| image.has_key).map(|image| image.write.place.clone()).collect();
    let stored = link.at(&users).await?;
    let whole = |image: Image| {
        let mut write = image.write;
        let key = stored.get(&write.place).and_then(|row| row.get("APIKey"));
        if let (true, Some(row), Some(key)) = (image.has_key, write.after.as_mut(), key) {
            row.insert("APIKey".to_owned(), key.clone());
        }
        write
    };
    Ok(images.into_iter().map(whole).collect())
}

/// Parts that fit a transaction, each with the number of rows done after it. The rows of a rule set stay
/// together where they fit.
fn parts(writes: &[Write]) -> Vec<(usize, &[Write])> {
    let bytes = |rows: &[Write]| rows.iter().filter_map(|row| row.after.as_ref()).map(size).sum::<usize>();
    let fits = |rows: &[Write]| rows.len() < MOST && bytes(rows) <= BYTES;
    let mut out = Vec::new();
    let (mut start, mut end) = (0, 0);
    while end < writes.len() {
        let same = |row: &&Write| writes.get(end).is_some_and(|it| it.place.hash == row.place.hash);
        let run = writes.get(end..).map_or(1, |rest| rest.iter().take_while(same).count()).max(1);
        let whole = writes.get(end..end + run).is_some_and(fits);
        let next = end + if whole { run } else { 1 };
        if end > start && !writes.get(start..next).is_some_and(fits) {
            out.extend(writes.get(start..end).map(|part| (end, part)));
            start = end;
        }
        end = next;
    }
    out.extend(writes.get(start..end).filter(|part| !part.is_empty()).map(|part| (end, part)));
    out
}

/// Takes the job out of the head and moves the change mark.
async fn end(link: &Link, job: &Job) -> Result<(), Error> {
    for attempt in 0..20 {
        let (head, row) = link.pair().await?;
        if head.job.as_ref() != Some(job) {
            return Ok(());
        }
        // Somebody else moved the mark meanwhile: whoever saw that must see this too.
        let seen = [&*head.mark, &*head.prev].contains(&stored_mark(row.as_ref()));
        let mark =
            if seen { Text::clone(&head.mark) } else { next_mark([&head.mark, stored_mark(row.as_ref())]) };
        let next = Head { version: head.version + 1, mark: Text::clone(&mark), job: None, ..head.clone() };
        let still = Condition {
            text: Some("Version = :version AND Job = :job".to_owned()),
            names: None,
            values: Some(Item::from([
                (":version".to_owned(), n(head.version)),
                (":job".to_owned(), s(&*job.id)),
            ])),
        };
        let items = vec![
            put(link, Table::Journal, next.write(), Some(still))?,
            put(
                link,
                Table::Config,
                mark_row(row.as_ref(), &mark),
                Some(Condition::is(row.as_ref(), Table::Config)),
            )?,
        ];
        if link.transact(items).await? == Outcome::Done {
            return Ok(());
        }
        link.pause(attempt).await;
    }
    Err(remote(link.names.of(Table::Journal), RemoteFault::Throttled, "others write all the time"))
}

/// Keys of changed things, sorted; for records.
pub(crate) fn keys_of(written: &[(Key, Option<u64>)]) -> Vec<&Key> {
    written.iter().map(|(key, _)| key).collect()
}
