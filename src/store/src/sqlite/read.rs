//! Reading the store as a whole.

use std::num::NonZero;
use std::sync::Arc;
use std::thread::{Scope, ScopedJoinHandle, available_parallelism, scope};

use connect_rules_engine::model::compact::Compact;
use connect_rules_engine::model::{Rule, RuleSet};
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

fn fetch(connection: &Connection, stamps: Option<&mut Stamps>) -> Result<Vec<RuleSet>, Error> {
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
    let compact = stamps.is_some();
    let mut kept = compact.then(Kept::default);
    let out = scope(|scope| {
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
            if let Some(kept) = &mut kept {
                kept.push(Kind::RuleSet, id, set)?;
            }
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
                        if let Some(kept) = &mut kept {
                            kept.push(Kind::Rule, held(row, 2)?, row)?;
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
    })?;
    if let (Some(stamps), Some(kept)) = (stamps, kept) {
        kept.give(&out, stamps);
    }
    Ok(out)
}

fn held<'a>(row: &'a Row<'_>, at: usize) -> Result<&'a str, Error> {
    let text = row.get_ref(at).map_err(storage("read the rule sets"))?.as_str();
    text.map_err(damaged)
}

/// Identifiers and stamps of rule sets, each followed by its rules, until their documents are read: what is kept
/// for long then shares its texts with them.
#[derive(Default)]
struct Kept {
    /// All identifiers, one behind the other, and where each ends.
    ids: String,
    rows: Vec<(usize, Kind, Stamp)>,
}

impl Kept {
    fn push(&mut self, kind: Kind, id: &str, row: &Row<'_>) -> Result<(), Error> {
        let rev: i64 = row.get(3).map_err(storage("read the rule sets"))?;
        let last = self.rows.last().map(|(_, _, stamp)| stamp);
        // Rows that were written together share their texts.
        let text = |last: Option<&Text>, now: &str| match last {
            Some(last) if **last == *now => Text::clone(last),
            _ => Text::from(now),
        };
        let stamp = Stamp {
            rev: rev as Rev,
            updated_at: text(last.map(|it| &it.updated_at), held(row, 4)?),
            updated_by: text(last.map(|it| &it.updated_by), held(row, 5)?),
        };
        self.ids.push_str(id);
        self.rows.push((self.ids.len(), kind, stamp));
        Ok(())
    }

    fn give(self, sets: &[RuleSet], stamps: &mut Stamps) {
        let shared = |known: Option<&Text>, id: &str| match known {
            Some(known) if **known == *id => Text::clone(known),
            _ => Text::from(id),
        };
        let mut sets = sets.iter().peekable();
        let (mut rules, mut parent) = ([].iter().peekable(), Text::default());
        let mut from = 0;
        for (end, kind, stamp) in self.rows {
            let id = &self.ids[std::mem::replace(&mut from, end)..end];
            if kind == Kind::RuleSet {
                // A document that could not be used has no place in the list.
                let set = sets.next_if(|set| set.id.as_deref() == Some(id));
                rules = set.map_or(&[][..], |set| &set.rules).iter().peekable();
                parent = shared(set.and_then(|set| set.id.as_ref()), id);
                stamps.insert(Key { kind, id: Text::clone(&parent) }, stamp, Text::default());
            } else {
                let rule: Option<&Rule> = rules.next_if(|rule: &&Rule| rule.id.as_deref() == Some(id));
                let id = shared(rule.and_then(|rule| rule.id.as_ref()), id);
                stamps.insert(Key { kind, id }, stamp, Text::clone(&parent));
            }
        }
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
