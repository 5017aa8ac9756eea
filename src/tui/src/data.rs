//! What the screens show: one reading of the store with what follows from it. Never changed, only replaced.

use std::sync::{Arc, OnceLock};

use connect_rules_engine::lint::{Finding, lint};
use connect_rules_engine::model::{Rule, RuleSet};
use connect_rules_engine::value::Text;
use connect_rules_engine::workspace::{Options, Workspace};
use connect_rules_store::Snapshot;
use connect_rules_store::service::catalogue;
use rustc_hash::FxHashMap;

/// One reading of the store.
#[derive(Debug)]
pub struct Data {
    /// The rows.
    pub snapshot: Arc<Snapshot>,
    /// The rule sets compiled: what calls and tests run on.
    pub workspace: Arc<Workspace>,
    /// Position in `snapshot.rule_sets` by identifier.
    by_id: FxHashMap<Text, usize>,
    /// Position in `snapshot.rule_sets` by name.
    by_name: FxHashMap<Text, usize>,
    findings: OnceLock<Arc<[Finding]>>,
}

impl Data {
    /// What follows from a reading. Takes as long as compiling all rules does.
    pub fn new(snapshot: Arc<Snapshot>, options: Options) -> Self {
        let workspace = Workspace::new(snapshot.rule_sets.iter().cloned(), catalogue(&snapshot), options);
        let mut by_id = FxHashMap::default();
        let mut by_name = FxHashMap::default();
        for (at, set) in snapshot.rule_sets.iter().enumerate() {
            by_id.insert(set.id.clone().unwrap_or_default(), at);
            by_name.insert(Text::clone(&set.name), at);
        }
        Data { snapshot, workspace: Arc::new(workspace), by_id, by_name, findings: OnceLock::new() }
    }

    /// The rule set with that identifier.
    pub fn rule_set(&self, id: &str) -> Option<&RuleSet> {
        self.by_id.get(id).map(|at| &*self.snapshot.rule_sets[*at])
    }

    /// The rule set of that name.
    pub fn rule_set_named(&self, name: &str) -> Option<&RuleSet> {
        self.by_name.get(name).map(|at| &*self.snapshot.rule_sets[*at])
    }

    /// A rule of a rule set, by identifiers.
    pub fn rule(&self, rule_set: &str, rule: &str) -> Option<(&RuleSet, &Rule)> {
        let set = self.rule_set(rule_set)?;
        Some((set, set.rules.iter().find(|it| it.id.as_deref() == Some(rule))?))
    }

    /// What lint says of it; a second of work for thousands of rule sets, done once.
    pub fn findings(&self) -> Arc<[Finding]> {
        let found =
            self.findings.get_or_init(|| lint(self.workspace.rule_sets(), self.workspace.catalogue()).into());
        Arc::clone(found)
    }
}
