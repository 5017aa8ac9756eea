//! A workspace: everything a contact is evaluated against, compiled once and never changed.
//!
//! Rule sets are compiled when a contact first enters them, so that a workspace of half a million rules
//! opens as fast as its file is read.

use std::sync::{Arc, OnceLock};

use jiff::tz::TimeZone;
use rustc_hash::FxHashMap;

use crate::catalogue::Catalogue;
use crate::collate;
use crate::compat::{Compat, Profile};
use crate::dates;
use crate::hours::OperatingHours;
use crate::kinds::RuleType;
use crate::model::{Rule, RuleSet, Weight};
use crate::plan::{self, Plan};
use crate::state::Path;
use crate::value::{Map, Text, text_num};
use crate::weight::{self, Comparand, CompiledWeight, Operation, Test};

/// How contacts of a workspace are evaluated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Which of the original's answers are kept.
    pub compat: Compat,
    /// The execution path.
    pub profile: Profile,
    /// Leave out what the original's simulator lacks (`System.OperatingHours`, the configuration rows)
    /// although `compat` is corrected: for replaying recorded tests (Q8).
    pub strict_original_state: bool,
}

/// Rule sets and catalogue, ready to evaluate contacts.
#[derive(Debug)]
pub struct Workspace {
    options: Options,
    catalogue: Catalogue,
    zone: Option<TimeZone>,
    overlay: Option<Arc<Map>>,
    operating_hours: Vec<OperatingHours>,
    rule_sets: Vec<Arc<RuleSet>>,
    /// Enabled rule sets in name order, as positions in `rule_sets`.
    order: Vec<u32>,
    compiled: Vec<OnceLock<Active>>,
    by_name: FxHashMap<Text, u32>,
    by_end_point: FxHashMap<Text, u32>,
}

/// An enabled rule set with its enabled rules in evaluation order.
#[derive(Debug)]
pub struct Active {
    /// Position in [`Workspace::rule_sets`].
    pub document: u32,
    /// Name.
    pub name: Text,
    /// Identifier: that of the store, or a UUID v5 of the name.
    pub id: Text,
    /// Folder.
    pub folder: Text,
    /// Enabled rules in evaluation order (1.2).
    pub rules: Vec<ActiveRule>,
    by_name: FxHashMap<Text, u32>,
    /// Distinct tests of all weights.
    pub tests: Vec<Test>,
    /// Distinct paths of all tests.
    pub paths: Vec<Path>,
}

/// An enabled rule, compiled.
#[derive(Debug)]
pub struct ActiveRule {
    /// Position in the rule set's document.
    pub document: u32,
    /// Name.
    pub name: Text,
    /// Identifier: that of the store, or a UUID v5 of the names.
    pub id: Text,
    /// Type.
    pub rule_type: RuleType,
    /// Its name.
    pub type_name: Text,
    /// `num(activation)`; NaN never fires.
    pub activation: f64,
    /// Weights in stored order.
    pub weights: Vec<CompiledWeight>,
    /// Parameters, ready to render and export.
    pub plan: Plan,
}

impl Workspace {
    /// A workspace of these rule sets, which may be shared with others; nothing is compiled yet.
    pub fn new(
        rule_sets: impl IntoIterator<Item = impl Into<Arc<RuleSet>>>,
        catalogue: Catalogue,
        options: Options,
    ) -> Self {
        let rule_sets: Vec<Arc<RuleSet>> = rule_sets.into_iter().map(Into::into).collect();
        let mut order: Vec<u32> =
            (0..rule_sets.len() as u32).filter(|i| rule_sets[*i as usize].enabled).collect();
        order.sort_by(|a, b| collate::compare(&rule_sets[*a as usize].name, &rule_sets[*b as usize].name));
        let mut by_name = FxHashMap::default();
        let mut by_end_point = FxHashMap::default();
        for (at, document) in order.iter().enumerate() {
            let rule_set = &rule_sets[*document as usize];
            by_name.insert(Text::clone(&rule_set.name), at as u32);
            for end_point in &rule_set.end_points {
                by_end_point.insert(Text::clone(end_point), at as u32);
            }
        }
        let wants_overlay = options.profile == Profile::Live
            || (options.compat == Compat::Corrected && !options.strict_original_state);
        let overlay =
            (wants_overlay && !catalogue.config.is_empty()).then(|| Arc::new(catalogue.config.clone()));
        let zone = catalogue.time_zone.as_deref().map(|name| dates::zone(name).unwrap_or(TimeZone::UTC));
        let operating_hours = catalogue.operating_hours.iter().map(OperatingHours::from_value).collect();
        let compiled = order.iter().map(|_| OnceLock::new()).collect();
        Workspace {
            options,
            catalogue,
            zone,
            overlay,
            operating_hours,
            rule_sets,
            order,
            compiled,
            by_name,
            by_end_point,
        }
    }

    /// How contacts are evaluated.
    pub fn options(&self) -> Options {
        self.options
    }

    /// What the instance holds.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The call centre's zone.
    pub fn zone(&self) -> Option<&TimeZone> {
        self.zone.as_ref()
    }

    /// Configuration rows laid over state for look-ups (Q8); none under the original's test path.
    pub fn overlay(&self) -> Option<&Map> {
        self.overlay.as_deref()
    }

    /// Operating hours of the instance.
    pub fn operating_hours(&self) -> &[OperatingHours] {
        &self.operating_hours
    }

    /// Whether `System.OperatingHours` is part of a new contact's state (Q8).
    pub fn tells_operating_hours(&self) -> bool {
        self.options.profile == Profile::Live
            || (self.options.compat == Compat::Corrected && !self.options.strict_original_state)
    }

    /// All rule sets as documents, disabled ones included, in the order they were given.
    pub fn rule_sets(&self) -> &[Arc<RuleSet>] {
        &self.rule_sets
    }

    /// Number of enabled rule sets.
    pub fn active_count(&self) -> usize {
        self.order.len()
    }

    /// The document of the enabled rule set at a position of the name order; not compiled by this.
    pub fn active_document(&self, at: u32) -> &RuleSet {
        &self.rule_sets[self.order[at as usize] as usize]
    }

    /// The enabled rule set at a position of the name order, compiled on first use.
    pub fn active(&self, at: u32) -> &Active {
        self.compiled[at as usize].get_or_init(|| {
            let document = self.order[at as usize];
            Active::compile(document, &self.rule_sets[document as usize], self)
        })
    }

    /// Position of the enabled rule set of that name.
    pub fn find(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).copied()
    }

    /// Position of the enabled rule set that an end point leads to (last by name order, Q47).
    pub fn find_by_end_point(&self, end_point: &str) -> Option<u32> {
        self.by_end_point.get(end_point).copied()
    }

    /// End points that a contact can start on, with the rule set each leads to, sorted by name.
    pub fn end_points(&self) -> Vec<(&Text, u32)> {
        let mut out: Vec<_> = self.by_end_point.iter().map(|(name, at)| (name, *at)).collect();
        out.sort_by(|a, b| collate::compare(a.0, b.0));
        out
    }

    /// The document of a rule by position.
    pub fn rule(&self, at: crate::host::RuleAt) -> &Rule {
        let active = self.active(at.rule_set);
        &self.rule_sets[active.document as usize].rules[active.rules[at.rule as usize].document as usize]
    }
}

/// Enabled rules in evaluation order: priority descending, ties by name (1.2).
///
/// A priority that is not a number counts as 0 (`spec/README.md` ruling 3); with `original` it compares as
/// equal to everything.
pub fn evaluation_order(rule_set: &RuleSet, original: bool) -> Vec<u32> {
    let mut order: Vec<(u32, f64, &str)> = rule_set
        .rules
        .iter()
        .enumerate()
        .filter(|(_, rule)| rule.enabled)
        .map(|(i, rule)| (i as u32, text_num(&rule.priority), &*rule.name))
        .collect();
    collate::order_rules(&mut order, |entry| entry.2, |entry| entry.1, original);
    order.into_iter().map(|entry| entry.0).collect()
}

impl Active {
    fn compile(document: u32, rule_set: &RuleSet, workspace: &Workspace) -> Active {
        let compat = workspace.options.compat;
        let order = evaluation_order(rule_set, compat == Compat::Original);
        let mut pool = Pool::default();
        let mut rules = Vec::with_capacity(order.len());
        let mut by_name = FxHashMap::default();
        for i in order {
            let rule = &rule_set.rules[i as usize];
            by_name.entry(Text::clone(&rule.name)).or_insert(rules.len() as u32);
            rules.push(ActiveRule {
                document: i,
                name: Text::clone(&rule.name),
                id: rule.id.clone().unwrap_or_else(|| rule_id(&rule_set.name, &rule.name)),
                rule_type: rule.rule_type.clone(),
                type_name: Text::from(rule.rule_type.name()),
                activation: rule.activation.as_deref().map_or(f64::NAN, text_num),
                weights: rule.weights.iter().map(|w| CompiledWeight::new(pool.test(w, compat), w)).collect(),
                plan: plan::compile(rule, workspace),
            });
        }
        Active {
            document,
            name: Text::clone(&rule_set.name),
            id: rule_set.id.clone().unwrap_or_else(|| rule_set_id(&rule_set.name)),
            folder: Text::clone(&rule_set.folder),
            rules,
            by_name,
            tests: pool.tests,
            paths: pool.paths,
        }
    }

    /// Position of the first enabled rule of that name (Q46).
    pub fn find(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).copied()
    }
}

/// Distinct tests and paths of a rule set.
#[derive(Default)]
struct Pool {
    tests: Vec<Test>,
    paths: Vec<Path>,
    path_index: FxHashMap<Text, u32>,
    test_index: FxHashMap<(u32, Operation, Text), u32>,
}

impl Pool {
    fn test(&mut self, weight: &Weight, compat: Compat) -> u32 {
        let (path, comparand) = weight::prepare(weight, compat);
        let operation = Operation::parse(&weight.operation);
        let path = *self.path_index.entry(Text::clone(path.source())).or_insert_with(|| {
            self.paths.push(path);
            self.paths.len() as u32 - 1
        });
        // Templates are tested each time (they may draw by chance); only fixed texts are shared.
        let key = match &comparand {
            Comparand::Fixed(crate::value::Value::String(text), _) => {
                Some((path, operation.clone(), Text::clone(text)))
            }
            _ => None,
        };
        if let Some(at) = key.as_ref().and_then(|key| self.test_index.get(key)) {
            return *at;
        }
        let at = self.tests.len() as u32;
        self.tests.push(Test { path, operation, comparand });
        if let Some(key) = key {
            self.test_index.insert(key, at);
        }
        at
    }
}

/// Identifier of a rule set that has none: UUID v5 of `ruleset:<name>` (`spec/testing.md` 5.1).
pub fn rule_set_id(name: &str) -> Text {
    v5(&format!("ruleset:{name}"))
}

/// Identifier of a rule that has none: UUID v5 of `rule:<rule set>` LF `<rule>`.
pub fn rule_id(rule_set: &str, rule: &str) -> Text {
    v5(&format!("rule:{rule_set}\n{rule}"))
}

/// UUID v5 of a name in the URL namespace.
pub fn v5(name: &str) -> Text {
    let mut buffer = uuid::Uuid::encode_buffer();
    let id = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, name.as_bytes());
    Text::from(&*id.hyphenated().encode_lower(&mut buffer))
}
