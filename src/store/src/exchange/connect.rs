//! What imported rules name and what is not there: rule sets, and objects of the Connect instance
//! (`spec/model.md` 14.3, 2).

use connect_rules_engine::catalogue::{Catalogue, Named};
use connect_rules_engine::kinds::{ParamKind, prompt_name, references};
use connect_rules_engine::model::RuleSet;
use connect_rules_engine::problem::Problem;
use connect_rules_engine::references::is_message_param;
use connect_rules_engine::value::{Text, Value};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::service;
use crate::snapshot::Snapshot;

/// Names of what the instance holds, by sort.
struct Instance {
    queues: FxHashSet<Text>,
    flows: FxHashSet<Text>,
    prompts: FxHashSet<Text>,
    functions: FxHashSet<Text>,
    bots: FxHashSet<Text>,
}

fn names(list: &[Named]) -> FxHashSet<Text> {
    list.iter().map(|it| Text::clone(&it.name)).collect()
}

impl Instance {
    fn of(now: &Snapshot) -> Option<Self> {
        let known = now.config.iter().any(|row| &*row.key == "Queues" || &*row.key == "queues");
        known.then(|| Instance::new(&service::catalogue(now)))
    }

    fn new(catalogue: &Catalogue) -> Self {
        let prefix = catalogue.prefix();
        let short = |name: &Text| Text::from(name.strip_prefix(&*prefix).unwrap_or(name));
        Instance {
            queues: names(&catalogue.queues),
            flows: names(&catalogue.contact_flows),
            prompts: names(&catalogue.prompts),
            functions: catalogue.lambda_functions.iter().map(|it| short(&it.name)).collect(),
            bots: catalogue
                .lex_bots
                .iter()
                .flat_map(|it| [short(&it.name), Text::clone(&it.simple_name)])
                .collect(),
        }
    }
}

/// Everything that is missing, each thing once, with how often and where it is named first.
struct Missing {
    found: Vec<(&'static str, Text, String, usize)>,
    by_name: FxHashMap<(&'static str, Text), usize>,
}

impl Missing {
    fn note(&mut self, sort: &'static str, name: &str, set: &RuleSet, rule: &str) {
        let key = (sort, Text::from(name));
        if let Some(at) = self.by_name.get(&key) {
            self.found[*at].3 += 1;
            return;
        }
        self.by_name.insert(key.clone(), self.found.len());
        self.found.push((sort, key.1, format!("{} / {rule}", set.name), 1));
    }
}

/// Warnings about what rules of `sets` name and what will not be there. `exists`: the rule sets that will.
pub(super) fn missing(now: &Snapshot, sets: &[RuleSet], exists: &FxHashSet<Text>) -> Vec<Problem> {
    let instance = Instance::of(now);
    let mut missing = Missing { found: Vec::new(), by_name: FxHashMap::default() };
    for set in sets {
        for rule in &set.rules {
            for reference in references(rule).filter(|reference| !reference.dynamic) {
                let (sort, list) = match (reference.kind, &instance) {
                    (ParamKind::RuleSet, _) => ("rule set", exists),
                    (ParamKind::Queue, Some(known)) => ("queue", &known.queues),
                    (ParamKind::Function, Some(known)) => ("function", &known.functions),
                    (ParamKind::Bot, Some(known)) => ("bot", &known.bots),
                    (ParamKind::ContactFlow, Some(known)) => ("contact flow", &known.flows),
                    _ => continue,
                };
                if !list.contains(reference.target) {
                    missing.note(sort, reference.target, set, &rule.name);
                }
            }
            let Some(known) = &instance else { continue };
            for (_, value) in rule.params.iter().filter(|(param, _)| is_message_param(param)) {
                let Some(name) = prompt(value) else { continue };
                if !known.prompts.contains(name) {
                    missing.note("prompt", name, set, &rule.name);
                }
            }
        }
    }
    let told = missing.found.into_iter().map(|(sort, name, first, count)| {
        let more = if count > 1 { format!(" and {} more places", count - 1) } else { String::new() };
        if sort == "rule set" {
            let what = format!("names rule set \"{name}\", which will not be there{more}");
            return Problem::warning(first, what, "create it, or choose another rule set there");
        }
        let what = format!("names {sort} \"{name}\", which the Connect instance lacks{more}");
        Problem::warning(first, what, format!("create the {sort} in Connect, or choose another"))
    });
    told.collect()
}

/// The prompt that a message plays, if its name is known before the rule runs.
fn prompt(value: &Value) -> Option<&str> {
    let name = prompt_name(value.as_str()?)?;
    (!name.contains("{{")).then_some(name)
}
