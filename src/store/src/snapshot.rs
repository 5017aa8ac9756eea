//! The store as of one moment: what changes are planned on.

use connect_rules_engine::model::{Rule, RuleSet};
use connect_rules_engine::script::TestDocument;
use connect_rules_engine::value::{Map, Text};
use rustc_hash::FxHashMap;

use crate::entity::{ConfigRow, EndPoint, Entity, Holiday, Key, Kind, Rev, Stamp, User};
use crate::errors::Error;

/// Everything that is stored, as of one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Change mark of that moment.
    pub mark: Text,
    /// Rule sets with their rules.
    pub rule_sets: Vec<RuleSet>,
    /// End points.
    pub end_points: Vec<EndPoint>,
    /// Users.
    pub users: Vec<User>,
    /// Holidays.
    pub holidays: Vec<Holiday>,
    /// Tests.
    pub tests: Vec<TestDocument>,
    /// Configuration rows, without the change mark.
    pub config: Vec<ConfigRow>,
    /// Stamps of all rows.
    pub stamps: FxHashMap<Key, Stamp>,
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
        let is = |set: &&RuleSet| set.id.as_deref() == Some(id);
        self.rule_sets.iter().find(is).ok_or_else(|| missing(Kind::RuleSet, id))
    }

    /// The rule set of that name.
    pub fn rule_set_named(&self, name: &str) -> Option<&RuleSet> {
        self.rule_sets.iter().find(|set| &*set.name == name)
    }

    /// The rule of that identifier and the rule set that holds it.
    pub fn rule(&self, id: &str) -> Result<(&RuleSet, &Rule), Error> {
        self.rule_sets
            .iter()
            .find_map(|set| Some((set, set.rules.iter().find(|rule| rule.id.as_deref() == Some(id))?)))
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
        let is = |it: &&TestDocument| it.test_id.as_deref() == Some(id);
        self.tests.iter().find(is).ok_or_else(|| missing(Kind::Test, id))
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
