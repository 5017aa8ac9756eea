//! What the tables hold, in memory: rows as they are stored and the entities in them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use connect_rules_engine::value::Text;
use connect_rules_store::{Entity, Error, Key, Kind, Snapshot};

use crate::head::Head;
use crate::item::{Item, Place, in_order};
use crate::parts;
use crate::rows::{self, Held};
use crate::tables::{Names, Table};

/// The model as of one moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    /// The change mark.
    pub mark: Text,
    /// The row of the change mark as it is stored.
    pub mark_row: Option<Item>,
    /// What this program wrote last.
    pub head: Head,
    rows: BTreeMap<Place, Item>,
    held: BTreeMap<Key, Held>,
}

impl State {
    /// A state without rows.
    pub fn new(head: Head, mark_row: Option<Item>) -> Self {
        let mark = mark_of(&head, mark_row.as_ref());
        State { mark, mark_row, head, ..State::default() }
    }

    /// Puts rows in, or takes them out.
    ///
    /// # Errors
    /// A row cannot be read.
    pub fn set(
        &mut self,
        names: &Names,
        rows: impl IntoIterator<Item = (Place, Option<Item>)>,
    ) -> Result<(), Error> {
        // A thing that moves leaves its old row before it gets a new one.
        let mut fresh = Vec::new();
        let mut wholes = BTreeSet::new();
        for (place, item) in rows {
            self.forget(names, &place)?;
            self.rows.remove(&place);
            wholes.extend(parts::whole_of(&place));
            fresh.extend(item.map(|item| (place, in_order(item))));
        }
        let mut places: BTreeSet<Place> = BTreeSet::new();
        for (place, item) in fresh {
            self.rows.insert(place.clone(), item);
            places.insert(place);
        }
        // A value that is in several rows is read again when one of them is.
        for whole in wholes {
            if self.rows.contains_key(&whole) {
                self.forget(names, &whole)?;
                places.insert(whole);
            }
        }
        for place in places {
            let Some(item) = self.rows.get(&place) else { continue };
            for (key, held) in rows::read(names, place.table, item, |part| self.rows.get(part))? {
                // Identifiers that are there twice: the first counts.
                self.held.entry(key).or_insert(held);
            }
        }
        Ok(())
    }

    /// Forgets what is in a row.
    fn forget(&mut self, names: &Names, place: &Place) -> Result<(), Error> {
        let Some(old) = self.rows.get(place) else { return Ok(()) };
        for key in rows::keys(names, place, old)? {
            if self.held.get(&key).is_some_and(|held| held.place == *place) {
                self.held.remove(&key);
            }
        }
        Ok(())
    }

    /// A row as it is stored.
    pub fn row(&self, place: &Place) -> Option<&Item> {
        self.rows.get(place)
    }

    /// What is stored under a key.
    pub fn get(&self, key: &Key) -> Option<&Held> {
        self.held.get(key).filter(|held| !self.is_orphan(held))
    }

    /// Everything of a kind, in order of identifiers.
    pub fn all(&self, kind: Kind) -> impl Iterator<Item = (&Key, &Held)> {
        let from = Key::new(kind, "");
        self.held
            .range(from..)
            .take_while(move |(key, _)| key.kind == kind)
            .filter(|(_, held)| !self.is_orphan(held))
    }

    /// The rules of a rule set.
    pub fn rules_of<'a>(&'a self, rule_set: &'a str) -> impl Iterator<Item = (Key, &'a Held)> {
        let from = Place { table: Table::Rules, hash: Text::from(rule_set), range: Text::default() };
        self.rows
            .range(from..)
            .take_while(move |(place, _)| place.table == Table::Rules && &*place.hash == rule_set)
            .filter_map(|(place, _)| {
                let key = Key::new(Kind::Rule, Text::clone(&place.range));
                let held = self.held.get(&key).filter(|held| held.place == *place)?;
                Some((key, held))
            })
    }

    /// Whether it is a rule without its rule set.
    fn is_orphan(&self, held: &Held) -> bool {
        match &held.entity {
            Entity::Rule(parent, _) => !self.held.contains_key(&Key::new(Kind::RuleSet, Text::clone(parent))),
            _ => false,
        }
    }

    /// Rules whose rule set is not there; nothing else shows them.
    pub fn orphans(&self) -> Vec<Key> {
        self.held.iter().filter(|(_, held)| self.is_orphan(held)).map(|(key, _)| key.clone()).collect()
    }

    /// The snapshot; `whole` with rule sets and rules.
    pub fn snapshot(&self, whole: bool) -> Snapshot {
        let mut out = Snapshot { mark: Text::clone(&self.mark), ..Snapshot::default() };
        let mut rule_sets = Vec::new();
        let mut at: rustc_hash::FxHashMap<&Text, usize> = rustc_hash::FxHashMap::default();
        for (key, held) in &self.held {
            if !whole && matches!(key.kind, Kind::RuleSet | Kind::Rule) {
                continue;
            }
            let mut parent = Text::default();
            match &held.entity {
                Entity::RuleSet(it) => {
                    at.insert(&key.id, rule_sets.len());
                    rule_sets.push(it.clone());
                }
                Entity::Rule(set, it) => {
                    let Some(set_at) = at.get(set) else { continue };
                    parent = Text::clone(set);
                    if let Some(holder) = rule_sets.get_mut(*set_at) {
                        holder.rules.push(it.clone());
                    }
                }
                Entity::EndPoint(it) => out.end_points.push(it.clone()),
                Entity::User(it) => out.users.push(it.clone()),
                Entity::Holiday(it) => out.holidays.push(it.clone()),
                Entity::Test(it) => out.tests.push(Arc::new(it.clone())),
                Entity::Config(it) => out.config.push(it.clone()),
            }
            out.stamps.insert(key.clone(), held.stamp.clone(), parent);
        }
        out.rule_sets = rule_sets.into_iter().map(Arc::new).collect();
        out
    }

    /// Whether the mark was written by somebody else.
    pub fn is_foreign(&self) -> bool {
        is_foreign(&self.head, self.mark_row.as_ref())
    }
}

/// The change mark of that moment.
pub(crate) fn mark_of(head: &Head, mark_row: Option<&Item>) -> Text {
    if is_foreign(head, mark_row) {
        return Text::from(stored_mark(mark_row));
    }
    Text::clone(&head.mark)
}

/// The mark as its row holds it.
pub(crate) fn stored_mark(mark_row: Option<&Item>) -> &str {
    mark_row.and_then(|row| crate::item::string(row, "ConfigData")).unwrap_or_default()
}

/// Whether somebody else moved the mark since this program did.
pub(crate) fn is_foreign(head: &Head, mark_row: Option<&Item>) -> bool {
    let stored = stored_mark(mark_row);
    // While a job is under way the mark still stands where it was.
    stored != &*head.mark && (head.job.is_none() || stored != &*head.prev)
}
