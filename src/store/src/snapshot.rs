//! The store as of one moment: what changes are planned on.

use std::sync::Arc;

use connect_rules_engine::model::{Rule, RuleSet};
use connect_rules_engine::script::TestDocument;
use connect_rules_engine::value::{Map, Text};

use crate::change::{Changed, Changes};
use crate::entity::{ConfigRow, EndPoint, Entity, Holiday, Key, Kind, Rev, User};
use crate::errors::Error;
use crate::stamps::Stamps;

/// Everything that is stored, as of one moment; lists and rules are in the order of their identifiers.
///
/// A copy shares rule sets, tests and stamps with what it was made from, so it is cheap, and
/// [`Snapshot::update`] costs what has changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Change mark of that moment.
    pub mark: Text,
    /// Rule sets with their rules.
    pub rule_sets: Vec<Arc<RuleSet>>,
    /// End points.
    pub end_points: Vec<EndPoint>,
    /// Users.
    pub users: Vec<User>,
    /// Holidays.
    pub holidays: Vec<Holiday>,
    /// Tests.
    pub tests: Vec<Arc<TestDocument>>,
    /// Configuration rows, without the change mark.
    pub config: Vec<ConfigRow>,
    /// Stamps of all rows.
    pub stamps: Stamps,
}

fn missing(kind: Kind, id: &str) -> Error {
    Error::NotFound { kind, id: Text::from(id) }
}

impl Snapshot {
    /// Version of a row; 0 if there is none.
    pub fn rev(&self, kind: Kind, id: &str) -> Rev {
        self.stamps.get(&Key::new(kind, id)).map_or(0, |stamp| stamp.rev)
    }

    /// The rule set of that identifier.
    ///
    /// # Errors
    /// [`Error::NotFound`], as for all of these.
    pub fn rule_set(&self, id: &str) -> Result<&RuleSet, Error> {
        let at = place(&self.rule_sets, id, set_id).ok();
        at.and_then(|at| self.rule_sets.get(at)).map(|set| &**set).ok_or_else(|| missing(Kind::RuleSet, id))
    }

    /// The rule set of that name.
    pub fn rule_set_named(&self, name: &str) -> Option<&RuleSet> {
        self.rule_sets.iter().find(|set| &*set.name == name).map(|set| &**set)
    }

    /// The rule of that identifier and the rule set that holds it.
    pub fn rule(&self, id: &str) -> Result<(&RuleSet, &Rule), Error> {
        let set = self.stamps.rule_set_of(id).and_then(|set| self.rule_set(set).ok());
        set.and_then(|set| Some((set, set.rules.get(place(&set.rules, id, rule_id).ok()?)?)))
            .ok_or_else(|| missing(Kind::Rule, id))
    }

    /// The end point of that identifier.
    pub fn end_point(&self, id: &str) -> Result<&EndPoint, Error> {
        self.end_points.iter().find(|it| &*it.id == id).ok_or_else(|| missing(Kind::EndPoint, id))
    }

    /// The user of that identifier.
    pub fn user(&self, id: &str) -> Result<&User, Error> {
        self.users.iter().find(|it| &*it.id == id).ok_or_else(|| missing(Kind::User, id))
    }

    /// The holiday of that identifier.
    pub fn holiday(&self, id: &str) -> Result<&Holiday, Error> {
        self.holidays.iter().find(|it| &*it.id == id).ok_or_else(|| missing(Kind::Holiday, id))
    }

    /// The test of that identifier.
    pub fn test(&self, id: &str) -> Result<&TestDocument, Error> {
        let is = |it: &&Arc<TestDocument>| it.test_id.as_deref() == Some(id);
        self.tests.iter().find(is).map(|it| &**it).ok_or_else(|| missing(Kind::Test, id))
    }

    /// Configuration rows by key.
    pub fn config_map(&self) -> Map {
        self.config.iter().map(|row| (Text::clone(&row.key), row.value.clone())).collect()
    }

    /// The stored thing under a key; rule sets without their rules.
    pub fn entity(&self, key: &Key) -> Result<Entity, Error> {
        Ok(match key.kind {
            Kind::RuleSet => Entity::RuleSet(head(self.rule_set(&key.id)?)),
            Kind::Rule => {
                let (set, rule) = self.rule(&key.id)?;
                Entity::Rule(set.id.clone().unwrap_or_default(), rule.clone())
            }
            Kind::EndPoint => Entity::EndPoint(self.end_point(&key.id)?.clone()),
            Kind::User => Entity::User(self.user(&key.id)?.clone()),
            Kind::Holiday => Entity::Holiday(self.holiday(&key.id)?.clone()),
            Kind::Test => Entity::Test(self.test(&key.id)?.clone()),
            Kind::Config => Entity::Config(
                self.config
                    .iter()
                    .find(|row| row.key == key.id)
                    .cloned()
                    .ok_or_else(|| missing(Kind::Config, &key.id))?,
            ),
        })
    }

    /// Brings it up to date with what changed since its mark.
    pub fn update(&mut self, changes: Changes) {
        self.mark = changes.mark;
        for Changed { key, now, .. } in changes.rows {
            let (entity, stamp) = match now {
                Some((entity, stamp)) => (Some(entity), Some(stamp)),
                None => (None, None),
            };
            if key.kind == Kind::Rule {
                self.leave(&key.id);
            }
            let parent = match &entity {
                Some(Entity::Rule(parent, _)) => Text::clone(parent),
                _ => Text::default(),
            };
            self.take(&key, entity);
            match stamp {
                Some(stamp) => self.stamps.insert(key, stamp, parent),
                None => self.stamps.remove(&key),
            }
        }
    }

    /// Takes a rule out of the rule set that held it.
    fn leave(&mut self, id: &str) {
        let Some(parent) = self.stamps.rule_set_of(id) else { return };
        let Ok(at) = place(&self.rule_sets, parent, set_id) else { return };
        let set = Arc::make_mut(&mut self.rule_sets[at]);
        if let Ok(at) = place(&set.rules, id, rule_id) {
            set.rules.remove(at);
        }
    }

    fn take(&mut self, key: &Key, entity: Option<Entity>) {
        let id = &*key.id;
        match (key.kind, entity) {
            (Kind::RuleSet, Some(Entity::RuleSet(mut set))) => match place(&self.rule_sets, id, set_id) {
                Ok(at) => {
                    let held = Arc::make_mut(&mut self.rule_sets[at]);
                    set.rules = std::mem::take(&mut held.rules);
                    *held = set;
                }
                Err(at) => self.rule_sets.insert(at, Arc::new(set)),
            },
            (Kind::Rule, Some(Entity::Rule(parent, rule))) => {
                let Ok(at) = place(&self.rule_sets, &parent, set_id) else { return };
                let set = Arc::make_mut(&mut self.rule_sets[at]);
                put(&mut set.rules, id, rule_id, Some(rule));
            }
            (Kind::EndPoint, Some(Entity::EndPoint(it))) => {
                put(&mut self.end_points, id, |it| &it.id, Some(it));
            }
            (Kind::User, Some(Entity::User(it))) => put(&mut self.users, id, |it| &it.id, Some(it)),
            (Kind::Holiday, Some(Entity::Holiday(it))) => put(&mut self.holidays, id, |it| &it.id, Some(it)),
            (Kind::Test, Some(Entity::Test(it))) => put(&mut self.tests, id, test_id, Some(Arc::new(it))),
            (Kind::Config, Some(Entity::Config(it))) => put(&mut self.config, id, |it| &it.key, Some(it)),
            (Kind::RuleSet, _) => put(&mut self.rule_sets, id, set_id, None),
            (Kind::EndPoint, _) => put(&mut self.end_points, id, |it| &it.id, None),
            (Kind::User, _) => put(&mut self.users, id, |it| &it.id, None),
            (Kind::Holiday, _) => put(&mut self.holidays, id, |it| &it.id, None),
            (Kind::Test, _) => put(&mut self.tests, id, test_id, None),
            (Kind::Config, _) => put(&mut self.config, id, |it| &it.key, None),
            // A rule has left already.
            (Kind::Rule, _) => {}
        }
    }
}

fn set_id(set: &Arc<RuleSet>) -> &str {
    set.id.as_deref().unwrap_or_default()
}

fn rule_id(rule: &Rule) -> &str {
    rule.id.as_deref().unwrap_or_default()
}

fn test_id(test: &Arc<TestDocument>) -> &str {
    test.test_id.as_deref().unwrap_or_default()
}

/// Where a list in order of identifiers holds one, or would.
fn place<T>(list: &[T], id: &str, of: impl Fn(&T) -> &str) -> Result<usize, usize> {
    list.binary_search_by(|it| of(it).cmp(id))
}

/// Replaces, adds or removes one.
fn put<T>(list: &mut Vec<T>, id: &str, of: impl Fn(&T) -> &str, it: Option<T>) {
    match (place(list, id, of), it) {
        (Ok(at), Some(it)) => list[at] = it,
        (Err(at), Some(it)) => list.insert(at, it),
        (Ok(at), None) => {
            list.remove(at);
        }
        (Err(_), None) => {}
    }
}

/// A rule set without its rules.
pub fn head(set: &RuleSet) -> RuleSet {
    RuleSet {
        id: set.id.clone(),
        name: Text::clone(&set.name),
        description: Text::clone(&set.description),
        enabled: set.enabled,
        end_points: set.end_points.clone(),
        folder: Text::clone(&set.folder),
        rules: Vec::new(),
    }
}
