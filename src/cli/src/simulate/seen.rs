//! What a step did, for `--trace` and `--branches` (`spec/testing.md` 4.2, 5.3).

use std::collections::HashMap;

use connect_rules_engine::coverage::{CoverageDetail, Population};
use connect_rules_engine::host::{Detail, RuleAt, Seen, WeightSeen};
use connect_rules_engine::json;
use connect_rules_engine::offline::Observer;
use connect_rules_engine::template::is_template;
use connect_rules_engine::value::{Text, Value};
use connect_rules_engine::workspace::Workspace;
use serde::Serialize as SerializeDerive;
use serde::ser::{Serialize, SerializeSeq, Serializer};

/// Keeps what happens in a step, as far as it is wanted.
#[derive(Debug)]
pub struct Recorder<'w> {
    workspace: &'w Workspace,
    detail: Detail,
    wants_items: bool,
    /// Kind and declared target of the references that count, by rule set, rule and parameter.
    references: HashMap<(String, String, String), (Text, Text)>,
    tested: Vec<Tested>,
    /// Coverage items as JSON texts.
    items: Vec<String>,
}

/// A rule that was tested.
#[derive(Debug)]
struct Tested {
    rule: RuleAt,
    total: f64,
    activated: bool,
    weights: Vec<WeightSeen>,
}

impl<'w> Recorder<'w> {
    /// A recorder for `--trace` and `--branches`.
    pub fn new(workspace: &'w Workspace, trace: bool, branches: bool) -> Self {
        let detail = match (trace, branches) {
            (true, _) => Detail::Trace,
            (false, true) => Detail::Coverage,
            (false, false) => Detail::None,
        };
        let mut references = HashMap::new();
        if branches {
            let all = CoverageDetail::empty(&Population::new(workspace), "").references;
            references.extend(all.into_iter().map(|row| {
                (
                    (row.rule_set.to_string(), row.rule.to_string(), row.param.to_string()),
                    (row.kind, row.target),
                )
            }));
        }
        Recorder {
            workspace,
            detail,
            wants_items: branches,
            references,
            tested: Vec::new(),
            items: Vec::new(),
        }
    }

    /// Forgets the step before.
    pub fn clear(&mut self) {
        self.tested.clear();
        self.items.clear();
    }

    /// The tested rules, as `trace` shows them.
    pub fn trace(&self) -> Trace<'_> {
        Trace(self)
    }

    /// The coverage items, as `branches` shows them.
    pub fn items(&self) -> Items<'_> {
        Items(&self.items)
    }

    fn names(&self, at: RuleAt) -> (&str, &str) {
        let active = self.workspace.active(at.rule_set);
        (&active.name, &active.rules[at.rule as usize].name)
    }

    /// Notes `[kind, rule set, rule, detail…]`, once per step.
    fn item(&mut self, kind: &str, at: RuleAt, detail: &[Value]) {
        let (rule_set, rule) = self.names(at);
        let head = [kind, rule_set, rule].map(Value::from);
        let item: Vec<Value> = head.into_iter().chain(detail.iter().cloned()).collect();
        self.note(item);
    }

    fn note(&mut self, item: Vec<Value>) {
        if let Some(text) = json::print(&Value::from(item))
            && !self.items.contains(&text)
        {
            self.items.push(text);
        }
    }

    fn items_of(&mut self, seen: &Seen<'_>) {
        match seen {
            Seen::Started { end_point, rule_set } => {
                let name = Value::from(&*self.workspace.active_document(*rule_set).name);
                let words = ["", "endPoint", "endPoint", end_point].map(Value::from);
                self.note([Value::from("reference"), name].into_iter().chain(words).collect());
            }
            Seen::Entered { rule_set } => {
                let name = Value::from(&*self.workspace.active_document(*rule_set).name);
                self.note(vec![Value::from("ruleSet"), name]);
            }
            Seen::Returned { .. } => {}
            Seen::Tested { rule, activated, met, .. } => {
                let outcome = if *activated { "activated" } else { "skipped" };
                self.item("activation", *rule, &[Value::from(outcome)]);
                for (i, met) in met.iter().enumerate() {
                    let outcome = if *met { "met" } else { "unmet" };
                    self.item("weight", *rule, &[Value::from(i.to_string()), Value::from(outcome)]);
                }
            }
            Seen::Executed { rule } => self.item("rule", *rule, &[]),
            Seen::Took { rule, branch } => {
                self.item("branch", *rule, &[Value::from(branch.to_string())]);
            }
            Seen::Used { rule, param, target } => {
                let (rule_set, name) = self.names(*rule);
                let key = (rule_set.to_owned(), name.to_owned(), (*param).to_owned());
                // One item for a template, whatever it gives.
                if let Some((kind, declared)) = self.references.get(&key).cloned() {
                    let declared = if is_template(&declared) { &*declared } else { target };
                    self.item(
                        "reference",
                        *rule,
                        &[Value::from(*param), Value::from(&*kind), Value::from(declared)],
                    );
                }
            }
        }
    }
}

impl Observer for Recorder<'_> {
    fn detail(&self) -> Detail {
        self.detail
    }

    fn observe(&mut self, seen: &Seen<'_>) {
        if let Seen::Tested { rule, total, activated, weights, .. } = seen
            && self.detail == Detail::Trace
        {
            let tested =
                Tested { rule: *rule, total: *total, activated: *activated, weights: weights.to_vec() };
            self.tested.push(tested);
        }
        if self.wants_items {
            self.items_of(seen);
        }
    }
}

/// Writes the tested rules of a step.
#[derive(Debug)]
pub struct Trace<'a>(&'a Recorder<'a>);

#[derive(SerializeDerive)]
#[serde(rename_all = "camelCase")]
struct TracedRule<'a> {
    rule_set: &'a str,
    rule: &'a str,
    activation: Value,
    weight: Value,
    activated: bool,
    weights: Vec<TracedWeight<'a>>,
}

#[derive(SerializeDerive)]
struct TracedWeight<'a> {
    field: &'a str,
    operation: &'a str,
    value: &'a Value,
    raw: &'a Value,
    weight: &'a Value,
    met: bool,
}

impl Serialize for Trace<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let recorder = self.0;
        let mut out = serializer.serialize_seq(Some(recorder.tested.len()))?;
        for tested in &recorder.tested {
            let (rule_set, rule) = recorder.names(tested.rule);
            let active = recorder.workspace.active(tested.rule.rule_set);
            out.serialize_element(&TracedRule {
                rule_set,
                rule,
                activation: Value::Number(active.rules[tested.rule.rule as usize].activation),
                weight: Value::Number(tested.total),
                activated: tested.activated,
                weights: tested
                    .weights
                    .iter()
                    .map(|seen| TracedWeight {
                        field: &seen.field,
                        operation: &seen.operation,
                        value: &seen.value,
                        raw: &seen.raw,
                        weight: &seen.weight,
                        met: seen.met,
                    })
                    .collect(),
            })?;
        }
        out.end()
    }
}

/// Writes coverage items.
#[derive(Debug)]
pub struct Items<'a>(&'a [String]);

impl Serialize for Items<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_seq(Some(self.0.len()))?;
        for text in self.0 {
            let raw: &serde_json::value::RawValue =
                serde_json::from_str(text).map_err(serde::ser::Error::custom)?;
            out.serialize_element(raw)?;
        }
        out.end()
    }
}
