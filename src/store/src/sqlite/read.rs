//! Reading the store as a whole.

use std::num::NonZero;
use std::sync::Arc;
use std::thread::{Scope, ScopedJoinHandle, available_parallelism, scope};

use connect_rules_engine::model::RuleSet;
use connect_rules_engine::model::compact::Compact;
use connect_rules_engine::value::Text;
use rusqlite::fallible_streaming_iterator::FallibleStreamingIterator as _;
use rusqlite::{Connection, Row};

use super::faults::{storage, unusable};
use super::{apply, rows};
use crate::codec;
use crate::entity::{Entity, Key, Kind, Rev, Stamp};
use crate::errors::{Error, Fault};
use crate::snapshot::Snapshot;
use crate::stamps::Stamps;

/// Bytes of documents that are read by one thread in one go.
const CHUNK: usize = 1 << 20;

type Documents = Result<Vec<RuleSet>, String>;

/// Reads documents on other threads while the next ones are fetched.
struct Readers<'scope, 'env> {
    scope: &'scope Scope<'scope, 'env>,
    running: std::collections::VecDeque<ScopedJoinHandle<'scope, Documents>>,
    most: usize,
    /// Whether the rule sets are kept for long.
    compact: bool,
    out: Vec<RuleSet>,
}

fn damaged(message: impl ToString) -> Error {
    unusable(Fault::Damaged, message)
}

impl Readers<'_, '_> {
    fn take(&mut self, text: String) -> Result<(), Error> {
        let compact = self.compact;
        self.running.push_back(self.scope.spawn(move || documents(&text, compact)));
        while self.running.len() > self.most {
            self.next()?;
        }
        Ok(())
    }

    fn next(&mut self) -> Result<(), Error> {
        if let Some(done) = self.running.pop_front() {
            let read = done.join().map_err(|_| damaged("its documents cannot be read"))?;
            self.out.extend(read.map_err(damaged)?);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<RuleSet>, Error> {
        while !self.running.is_empty() {
            self.next()?;
        }
        Ok(self.out)
    }
}

fn documents(text: &str, compact: bool) -> Documents {
    let mut sets = codec::rule_sets(text)?;
    if compact {
        let mut compact = Compact::default();
        for set in &mut sets {
            compact.rule_set(set);
        }
    }
    Ok(sets)
}

/// All rule sets: their documents are put together to texts, and each text is read in one pass.
pub(super) fn rule_sets(connection: &Connection) -> Result<Vec<RuleSet>, Error> {
    fetch(connection, None)
}

fn fetch(connection: &Connection, mut stamps: Option<&mut Stamps>) -> Result<Vec<RuleSet>, Error> {
    let doing = storage("read the rule sets");
    let mut statement = connection
        .prepare_cached("SELECT parent, doc, id, rev, updated_at, updated_by FROM rules ORDER BY parent, id")
        .map_err(&doing)?;
    let mut rules = statement.query([]).map_err(&doing)?;
    rules.advance().map_err(&doing)?;
    let mut statement = connection
        .prepare_cached("SELECT id, doc, id, rev, updated_at, updated_by FROM rule_sets ORDER BY id")
        .map_err(&doing)?;
    let mut sets = statement.query([]).map_err(&doing)?;
    let mut last = Last::default();
    let compact = stamps.is_some();
    scope(|scope| {
        let most = available_parallelism().map_or(1, NonZero::get);
        let mut readers =
            Readers { scope, running: std::collections::VecDeque::new(), most, compact, out: Vec::new() };
        let mut text = String::from("[");
        while let Some(set) = sets.next().map_err(&doing)? {
            let id = held(set, 0)?;
            if text.len() > CHUNK {
                text.push(']');
                readers.take(std::mem::replace(&mut text, String::with_capacity(CHUNK + CHUNK / 8)))?;
                text.push('[');
            }
            if text.len() > 1 {
                text.push(',');
            }
            let doc = held(set, 1)?;
            text.push_str(doc.strip_suffix('}').unwrap_or(doc));
            text.push_str(",\"rules\":[");
            if let Some(stamps) = &mut stamps {
                stamps.insert(Key::new(Kind::RuleSet, id), last.stamp(set)?, Text::default());
            }
            let parent = stamps.as_ref().map(|_| Text::from(id));
            let mut first = true;
            while let Some(row) = rules.get() {
                match held(row, 0)?.cmp(id) {
                    std::cmp::Ordering::Greater => break,
                    std::cmp::Ordering::Less => {}
                    std::cmp::Ordering::Equal => {
                        if !first {
                            text.push(',');
                        }
                        first = false;
                        text.push_str(held(row, 1)?);
                        if let (Some(stamps), Some(parent)) = (&mut stamps, &parent) {
                            let key = Key::new(Kind::Rule, held(row, 2)?);
                            stamps.insert(key, last.stamp(row)?, Text::clone(parent));
                        }
                    }
                }
                rules.advance().map_err(&doing)?;
            }
            text.push_str("]}");
        }
        text.push(']');
        if readers.running.is_empty() {
            return documents(&text, compact).map_err(damaged);
        }
        readers.take(text)?;
        readers.finish()
    })
}

fn held<'a>(row: &'a Row<'_>, at: usize) -> Result<&'a str, Error> {
    let text = row.get_ref(at).map_err(storage("read the rule sets"))?.as_str();
    text.map_err(damaged)
}

/// The last stamp: rows that were written together share its texts.
#[derive(Default)]
struct Last {
    at: Text,
    by: Text,
}

impl Last {
    fn stamp(&mut self, row: &Row<'_>) -> Result<Stamp, Error> {
        let rev: i64 = row.get(3).map_err(storage("read the rule sets"))?;
        let (at, by) = (held(row, 4)?, held(row, 5)?);
        if *self.at != *at {
            self.at = Text::from(at);
        }
        if *self.by != *by {
            self.by = Text::from(by);
        }
        Ok(Stamp { rev: rev as Rev, updated_at: Text::clone(&self.at), updated_by: Text::clone(&self.by) })
    }
}

/// Everything, or everything but rule sets and rules.
pub(super) fn snapshot(connection: &Connection, whole: bool) -> Result<Snapshot, Error> {
    let mut out = Snapshot { mark: apply::mark(connection)?, ..Snapshot::default() };
    if whole {
        out.rule_sets = fetch(connection, Some(&mut out.stamps))?.into_iter().map(Arc::new).collect();
    }
    for kind in [Kind::EndPoint, Kind::User, Kind::Holiday, Kind::Test, Kind::Config] {
        rows::all(connection, kind, |stored| {
            match rows::entity(&stored.row)? {
                Entity::EndPoint(it) => out.end_points.push(it),
                Entity::User(it) => out.users.push(it),
                Entity::Holiday(it) => out.holidays.push(it),
                Entity::Test(it) => out.tests.push(Arc::new(it)),
                Entity::Config(it) if &*it.key != apply::MARK => out.config.push(it),
                _ => return Ok(()),
            }
            let key = Key { kind, id: Text::clone(&stored.row.id) };
            out.stamps.insert(key, stored.stamp, Text::default());
            Ok(())
        })?;
    }
    Ok(out)
}
