//! Reading the store as a whole.

use connect_rules_engine::model::RuleSet;
use connect_rules_engine::value::Text;
use rusqlite::Connection;

use super::faults::{storage, unusable};
use super::{apply, rows};
use crate::codec;
use crate::entity::{Entity, Key, Kind};
use crate::errors::{Error, Fault};
use crate::snapshot::Snapshot;

/// All rule sets: the documents are put together to one text and read in one pass.
pub(super) fn rule_sets(connection: &Connection) -> Result<Vec<RuleSet>, Error> {
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
        use_it(text.map_err(|error| unusable(Fault::Damaged, error))?);
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
    codec::rule_sets(&text).map_err(|message| unusable(Fault::Damaged, message))
}

pub(super) fn snapshot(connection: &Connection, whole: bool) -> Result<Snapshot, Error> {
    let mut out = Snapshot { mark: apply::mark(connection)?, ..Snapshot::default() };
    if whole {
        out.rule_sets = rule_sets(connection)?;
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
                Entity::Config(it) if &*it.key != apply::MARK => out.config.push(it),
                _ => return Ok(()),
            }
            out.stamps.insert(Key { kind, id: Text::clone(&stored.row.id) }, stored.stamp);
            Ok(())
        })?;
    }
    Ok(out)
}
