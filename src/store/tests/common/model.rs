//! A model for tests of files, and the sample documents of the original.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use connect_rules_engine::compat::Compat;
use connect_rules_engine::value::Text;
use connect_rules_store::contract::changes;
use connect_rules_store::exchange::export::{self, About, Selection};
use connect_rules_store::exchange::{ImportRuleSets, Mode};
use connect_rules_store::service::Action;
use connect_rules_store::{
    Actor, Applied, Change, Entity, Error, Service, Snapshot, SqliteStore, Store as _,
};

use super::{archive, wait};

/// Sample documents of the original by their name.
static EXAMPLES: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let named = |(path, text): (String, String)| (path.rsplit('/').next().unwrap().to_owned(), text);
    archive("examples.tar.zst").into_iter().map(named).collect()
});

/// A sample document of the original.
pub fn example(name: &str) -> &'static str {
    &EXAMPLES[name]
}

/// A model in memory and somebody who may do everything with it.
pub struct Model {
    pub service: Service<SqliteStore>,
    pub actor: Actor,
}

impl Model {
    pub fn new() -> Self {
        let service = Service::new(SqliteStore::in_memory().unwrap());
        Model { service, actor: Actor::local("ann") }
    }

    /// One that holds these.
    pub fn with(entities: Vec<Entity>) -> Self {
        let model = Model::new();
        let set = changes("ann", entities.into_iter().map(Change::create).collect());
        wait(model.service.store().apply(set)).unwrap();
        model
    }

    /// One that holds the sample export of the original.
    pub fn sample() -> Self {
        let model = Model::new();
        model.run(&ImportRuleSets::file("export", example("ruleset-export.json"), Mode::Full)).unwrap();
        model
    }

    pub fn run(&self, action: &impl Action) -> Result<Applied, Error> {
        wait(self.service.run(&self.actor, action))
    }

    pub fn now(&self) -> Snapshot {
        wait(self.service.store().snapshot()).unwrap()
    }

    /// What is stored, without stamps.
    pub fn state(&self) -> Snapshot {
        Snapshot { stamps: connect_rules_store::Stamps::default(), mark: Text::default(), ..self.now() }
    }

    pub fn import(&self, text: &str, mode: Mode) -> Result<Applied, Error> {
        self.run(&ImportRuleSets::file("file", text, mode))
    }
}

/// The rule sets as the original exports them.
pub fn bare(now: &Snapshot) -> String {
    export::rule_sets(now, &Selection::All, Compat::Original)
}

pub fn about() -> About {
    About {
        version: "3.1.0".to_owned(),
        environment: "Development".to_owned(),
        exported_by: "ann".to_owned(),
        exported_at: "2026-01-02T03:04:05Z".to_owned(),
    }
}
