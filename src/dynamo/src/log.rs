//! The journal table: what was done when, by whom, and which rows it concerned.
//!
//! | part | number | row |
//! | --- | --- | --- |
//! | `head` | 0 | [`Head`] |
//! | `log` | rising | every change, undo and redo: audit list, and what changed since a mark |
//! | `journal#<person>` | of its log row | what can be undone |
//! | `person#<person>` | 0 | what can be made again |
//! | `images#<id>` | 0… | rows before and after a change |
//! | `logins` | 0 | use of keys |

use aws_sdk_dynamodb::types::AttributeValue;
use connect_rules_engine::json;
use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_store::change::{AuditEntry, Way};
use connect_rules_store::{Entity, Error, JournalEntry, Key, Kind, Operation};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::commit::Entry;
use crate::head::{Head, Job, journal_key};
use crate::item::{Item, Place, n, number, s, string};
use crate::link::Link;
use crate::plan::{Step, Write};
use crate::tables::Table;

/// Things listed one by one in an audit entry; larger changes are counted.
const LISTED: usize = 200;
/// Bytes of an audit entry; of larger ones only which things it was about is kept.
const AUDIT_BYTES: usize = 100_000;
/// Things of a change that are listed so that readers need not read everything again.
pub(crate) const MOST: usize = 2_000;
/// Changes that readers follow one by one.
const FOLLOWED: u64 = 1_000;

/// The part with every change.
const LOG: &str = "log";

/// The part with what a person did.
pub(crate) fn journal(by: &str) -> String {
    format!("journal#{by}")
}

/// The part with what a person may make again.
pub(crate) fn person(by: &str) -> String {
    format!("person#{by}")
}

/// Rows of the journal that record a change.
pub(crate) struct Records {
    /// The rows.
    pub puts: Vec<Item>,
}

/// What is recorded about a change.
pub(crate) fn records(
    head: &Head,
    entry: &Entry<'_>,
    steps: &[Step],
    writes: &[Write],
    written: &[(Key, Option<u64>)],
    images: (&str, u64),
    expiry: u64,
) -> Records {
    let operation = match entry.travel {
        Some((_, _, way)) => format!("{} {}", way.word(), entry.operation),
        None => entry.operation.to_owned(),
    };
    let undoable = entry.travel.is_none() && Operation::parse(entry.operation).is_some();
    let common = |part: &str| {
        let mut row = journal_key(part, head.seq);
        for (name, text) in [("At", &*head.mark), ("By", entry.by), ("Title", entry.title), ("Id", images.0)]
        {
            row.insert(name.to_owned(), s(text));
        }
        row.insert("Expiry".to_owned(), AttributeValue::N(expiry.to_string()));
        row
    };
    let mut log = common(LOG);
    log.insert("Prev".to_owned(), s(&*head.prev));
    log.insert("Operation".to_owned(), s(operation));
    log.insert("Details".to_owned(), s(details(steps)));
    log.insert("New".to_owned(), AttributeValue::Bool(undoable));
    if written.len() <= MOST && writes.len() <= MOST {
        let keys = crate::commit::keys_of(written);
        let keys = keys.into_iter().map(|key| s(format!("{}\n{}", key.kind.name(), key.id))).collect();
        let place = |write: &Write| {
            let Place { table, hash, range } = &write.place;
            s(format!("{}\n{hash}\n{range}", table.suffix()))
        };
        log.insert("Keys".to_owned(), AttributeValue::L(keys));
        log.insert("Places".to_owned(), AttributeValue::L(writes.iter().map(place).collect()));
    }
    let mut puts = vec![log];
    if undoable {
        let mut row = common(&journal(entry.by));
        row.insert("Operation".to_owned(), s(entry.operation));
        row.insert("Undone".to_owned(), AttributeValue::Bool(false));
        row.insert("Chunks".to_owned(), n(images.1));
        puts.push(row);
    }
    Records { puts }
}

/// JSON list of the things for the audit list.
fn details(steps: &[Step]) -> String {
    let text = listed(steps, true);
    if text.len() <= AUDIT_BYTES { text } else { listed(steps, false) }
}

fn listed(steps: &[Step], images: bool) -> String {
    let mut list: Vec<Value> = Vec::new();
    for step in steps.iter().take(LISTED) {
        let mut entry: Map = [
            ("kind", Value::from(step.key.kind.name())),
            ("id", Value::String(Text::clone(&step.key.id))),
            ("created", step.before.is_none().into()),
            ("deleted", step.after.is_none().into()),
        ]
        .into_iter()
        .collect();
        if images && matches!(step.key.kind, Kind::User | Kind::EndPoint | Kind::Config | Kind::Holiday) {
            entry.insert("before", image(step.before.as_ref().map(|held| &held.entity)));
            entry.insert("after", image(step.after.as_ref()));
        }
        list.push(entry.into());
    }
    if steps.len() > LISTED {
        let more = (steps.len() - LISTED) as f64;
        list.push([("more", Value::Number(more))].into_iter().collect::<Map>().into());
    }
    json::print(&list.into()).unwrap_or_default()
}

/// A thing as the audit list shows it: without the hash of a key.
fn image(entity: Option<&Entity>) -> Value {
    let Some(entity) = entity else { return Value::Null };
    let mut members = entity.document();
    members.remove("keyHash");
    members.into()
}

/// Whether the change of that number and identifier is recorded.
pub(crate) async fn is_written(link: &Link, seq: u64, id: &str) -> Result<bool, Error> {
    let row = link.get(Table::Journal, journal_key(LOG, seq)).await?;
    Ok(row.is_some_and(|row| string(&row, "Id") == Some(id)))
}

fn text(row: &Item, name: &str) -> Text {
    Text::from(string(row, name).unwrap_or_default())
}

fn is(row: &Item, name: &str) -> bool {
    matches!(row.get(name), Some(AttributeValue::Bool(true)))
}

/// Places that changed from one head to a later one; `None` if that is too much or unknown.
///
/// The rows of a job that is still under way are left out: its images tell them.
pub(crate) async fn places(
    link: &Link,
    from: &Head,
    mark: &str,
    to: &Head,
) -> Result<Option<Vec<Place>>, Error> {
    if to.seq < from.seq || to.seq - from.seq > FOLLOWED {
        return Ok(None);
    }
    if to.seq == from.seq {
        return Ok((to.mark == from.mark).then(Vec::new));
    }
    let rows = link.part(LOG, Some(from.seq + 1), true, usize::MAX, |_| true).await?;
    let mut at = mark.to_owned();
    let mut out = Vec::new();
    let mut last = from.seq;
    for row in rows.iter().filter(|row| number(row, "Seq").is_some_and(|seq| seq <= to.seq)) {
        if string(row, "Prev") != Some(&at) || number(row, "Seq") != Some(last + 1) {
            return Ok(None);
        }
        last += 1;
        string(row, "At").unwrap_or_default().clone_into(&mut at);
        if last == to.seq && to.job.is_some() {
            continue;
        }
        let Some(AttributeValue::L(places)) = row.get("Places") else { return Ok(None) };
        for place in places.iter().filter_map(|it| it.as_s().ok()) {
            let mut parts = place.splitn(3, '\n');
            let suffix = parts.next();
            let table = Table::MODEL.into_iter().find(|table| Some(table.suffix()) == suffix);
            let (Some(table), Some(hash)) = (table, parts.next()) else { return Ok(None) };
            let range = Text::from(parts.next().unwrap_or_default());
            out.push(Place { table, hash: Text::from(hash), range });
        }
    }
    if last != to.seq || *at != *to.mark {
        return Ok(None);
    }
    out.sort_unstable();
    out.dedup();
    Ok(Some(out))
}

/// Things that changed since a mark, with time and person; `None` if that is too much or unknown.
pub(crate) async fn since(
    link: &Link,
    head: &Head,
    since: &str,
) -> Result<Option<FxHashMap<Key, (Text, Text)>>, Error> {
    let mut out = FxHashMap::default();
    let mut at = Text::clone(&head.mark);
    let mut below = head.seq;
    while *at != *since {
        let from = below.saturating_sub(31).max(1);
        let rows = link.part(LOG, Some(from), true, usize::MAX, |_| true).await?;
        let rows = rows.iter().rev().filter(|row| number(row, "Seq").is_some_and(|seq| seq <= below));
        let mut seen = 0;
        for row in rows {
            if *at == *since {
                break;
            }
            if string(row, "At") != Some(&at) || *at < *since {
                return Ok(None);
            }
            let (now, by) = (Text::clone(&at), text(row, "By"));
            let Some(AttributeValue::L(list)) = row.get("Keys") else { return Ok(None) };
            for key in list.iter().filter_map(|it| it.as_s().ok()) {
                let Some((kind, id)) = key.split_once('\n') else { return Ok(None) };
                let Some(kind) = Kind::parse(kind) else { return Ok(None) };
                out.entry(Key::new(kind, id)).or_insert_with(|| (Text::clone(&now), Text::clone(&by)));
            }
            at = text(row, "Prev");
            seen += 1;
        }
        if *at == *since {
            break;
        }
        if seen == 0 || from == 1 || head.seq - from > FOLLOWED || out.len() > MOST {
            return Ok(None);
        }
        below = from - 1;
    }
    Ok(Some(out))
}

/// A row of the journal as an entry; `None` for operations of which this version knows nothing.
fn entry(row: &Item) -> Option<JournalEntry> {
    Some(JournalEntry {
        seq: number(row, "Seq")?,
        at: text(row, "At"),
        by: text(row, "By"),
        operation: Operation::parse(string(row, "Operation")?)?,
        title: text(row, "Title").to_string(),
        undone: is(row, "Undone"),
    })
}

/// The entry that the person would undo or make again.
pub(crate) async fn next(link: &Link, by: &str, way: Way) -> Result<Option<JournalEntry>, Error> {
    if way == Way::Undo {
        let rows = link.part(&journal(by), None, false, 1, |row| !is(row, "Undone")).await?;
        return Ok(rows.first().and_then(entry));
    }
    let rows = link.part(&person(by), None, true, 1, |_| true).await?;
    let Some(first) = rows.first().and_then(|row| redo(row).into_iter().min()) else { return Ok(None) };
    let rows = link.part(&journal(by), Some(first), true, 1, |_| true).await?;
    Ok(rows.first().filter(|row| number(row, "Seq") == Some(first)).and_then(entry))
}

/// Entries that a person may make again.
fn redo(person: &Item) -> Vec<u64> {
    let set = person.get("Redo").and_then(|it| it.as_ns().ok());
    set.into_iter().flatten().filter_map(|seq| seq.parse().ok()).collect()
}

/// The entry that is undone or made again, and its images: the given one, or the next of that person.
pub(crate) async fn find(
    link: &Link,
    by: &str,
    seq: Option<u64>,
    way: Way,
) -> Result<Option<(JournalEntry, Job)>, Error> {
    let (owner, seq) = match seq {
        Some(seq) => {
            let row = link.part(LOG, Some(seq), true, 1, |_| true).await?.into_iter().next();
            let row = row.filter(|row| number(row, "Seq") == Some(seq));
            let Some(row) = row else { return Ok(None) };
            (text(&row, "By"), seq)
        }
        None => match next(link, by, way).await? {
            Some(entry) => (Text::from(by), entry.seq),
            None => return Ok(None),
        },
    };
    let rows = link.part(&journal(&owner), Some(seq), true, 1, |_| true).await?;
    let Some(row) = rows.first().filter(|row| number(row, "Seq") == Some(seq)) else { return Ok(None) };
    let Some(entry) = entry(row).filter(|entry| entry.undone == (way == Way::Redo)) else { return Ok(None) };
    let job = Job { id: text(row, "Id"), chunks: number(row, "Chunks").unwrap_or_default() };
    Ok(Some((entry, job)))
}

/// The latest entries of the undo journal, newest first. What was undone and can no longer be made again is
/// left out.
pub(crate) async fn entries(link: &Link, most: usize) -> Result<Vec<JournalEntry>, Error> {
    let rows = link.part(LOG, None, false, most.saturating_mul(2), |row| is(row, "New")).await?;
    let owners: FxHashSet<Text> = rows.iter().map(|row| text(row, "By")).collect();
    let keys = owners.iter().map(|by| journal_key(&person(by), 0)).collect();
    let people = link.batch_get(Table::Journal, keys).await?;
    let again: FxHashSet<u64> = people.iter().flat_map(redo).collect();
    let keys = rows.iter().map(|row| {
        journal_key(&journal(string(row, "By").unwrap_or_default()), number(row, "Seq").unwrap_or_default())
    });
    let rows = link.batch_get(Table::Journal, keys.collect()).await?;
    let mut out: Vec<JournalEntry> = rows.iter().filter_map(entry).collect();
    out.retain(|entry| !entry.undone || again.contains(&entry.seq));
    out.sort_by_key(|entry| std::cmp::Reverse(entry.seq));
    out.truncate(most);
    Ok(out)
}

/// The latest entries of the audit list, newest first.
pub(crate) async fn audit(link: &Link, most: usize) -> Result<Vec<AuditEntry>, Error> {
    let rows = link.part(LOG, None, false, most, |_| true).await?;
    let shown = |row: &Item| AuditEntry {
        seq: number(row, "Seq").unwrap_or_default(),
        at: text(row, "At"),
        by: text(row, "By"),
        operation: text(row, "Operation").to_string(),
        title: text(row, "Title").to_string(),
        details: text(row, "Details").to_string(),
    };
    Ok(rows.iter().map(shown).collect())
}
