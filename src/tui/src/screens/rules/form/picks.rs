//! What can be picked for a field: names of rule sets, of things of the instance, and known state keys.

use std::sync::Arc;

use connect_rules_engine::kinds::{ParamKind, RuleType, kind, param_spec};
use connect_rules_engine::value::{Text, Value};

use crate::data::Data;
use crate::overlay::Candidate;
use crate::session::Session;

/// Keys that the engine keeps in the state of every contact.
const SYSTEM: [&str; 13] = [
    "CustomerPhoneNumber",
    "OriginalCustomerNumber",
    "System.DateTimeLocal",
    "System.DateTimeUTC",
    "System.DialledNumber",
    "System.EndPoint",
    "System.Holiday",
    "System.LastNLUInputSlot",
    "System.LastNLUMenuIntent",
    "System.LastSMSStatus",
    "System.LastSelectedDTMF",
    "System.TimeLocal",
    "System.TimeOfDay",
];

/// The candidates for a parameter of that kind.
pub fn of(kind: ParamKind, data: Option<&Arc<Data>>) -> Vec<Candidate> {
    let Some(data) = data else { return Vec::new() };
    let catalogue = data.workspace.catalogue();
    let named = |names: &[connect_rules_engine::catalogue::Named]| {
        names.iter().map(|it| Candidate::plain(Text::clone(&it.name))).collect::<Vec<_>>()
    };
    match kind {
        ParamKind::RuleSet => rule_sets(data),
        ParamKind::Queue => named(&catalogue.queues),
        ParamKind::ContactFlow => named(&catalogue.contact_flows),
        ParamKind::Message => catalogue
            .prompts
            .iter()
            .map(|it| Candidate {
                label: it.name.to_string(),
                ..Candidate::plain(format!("prompt:{}", it.name))
            })
            .collect(),
        ParamKind::Function => {
            let prefix = catalogue.prefix();
            let short = |name: &Text| Text::from(name.strip_prefix(&prefix).unwrap_or(name));
            let functions = catalogue.lambda_functions.iter().map(|it| short(&it.name));
            functions.filter(|name| name.starts_with("integration")).map(Candidate::plain).collect()
        }
        ParamKind::Bot => {
            let bots = catalogue.lex_bots.iter();
            bots.map(|it| Candidate::plain(Text::clone(&it.simple_name)).detail(&*it.name)).collect()
        }
        ParamKind::StateKey(..) | ParamKind::StatePath => state_paths(Some(data)),
        _ => Vec::new(),
    }
}

fn rule_sets(data: &Data) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = data
        .workspace
        .rule_sets()
        .iter()
        .map(|set| {
            let note = if set.enabled { "" } else { " · disabled" };
            Candidate::plain(Text::clone(&set.name)).detail(format!("{}{note}", set.folder))
        })
        .collect();
    found.sort_by(|a, b| a.value.cmp(&b.value));
    found
}

/// State keys that rules write or test, and those of the engine.
pub fn state_paths(data: Option<&Arc<Data>>) -> Vec<Candidate> {
    let mut found: Vec<(Text, &str)> = SYSTEM.iter().map(|key| (Text::from(*key), "engine")).collect();
    for rule in data.into_iter().flat_map(|data| data.workspace.rule_sets()).flat_map(|set| &set.rules) {
        let declared = kind(&rule.rule_type);
        for (name, value) in rule.params.iter() {
            match (param_spec(declared, name).map(|(spec, _)| spec.kind), value) {
                (Some(ParamKind::StateKey(..)), Value::String(key)) => {
                    found.push((Text::clone(key), "written"));
                }
                (Some(ParamKind::States), Value::Array(items)) => {
                    found.extend(items.iter().map(|item| (item.member("key").text(), "written")));
                }
                _ => {}
            }
        }
        found.extend(rule.weights.iter().filter_map(|weight| Some((weight.field.clone()?, "tested"))));
    }
    found.sort();
    found.dedup_by(|a, b| a.0 == b.0);
    found.retain(|(key, _)| !key.is_empty());
    found.into_iter().map(|(key, how)| Candidate::plain(key).detail(how)).collect()
}

/// Intents of a bot: those it is known to answer, and those that other rules map.
pub fn intents(bot: &str, data: Option<&Arc<Data>>, session: &Session) -> Vec<Text> {
    let mut found = session.stubs.bots.intents(bot);
    let types = [RuleType::NLUMenu, RuleType::TextInference];
    for rule in data.into_iter().flat_map(|data| data.workspace.rule_sets()).flat_map(|set| &set.rules) {
        if types.contains(&rule.rule_type) && rule.params.text("lexBotName") == Some(bot) {
            let names = rule.params.iter().filter_map(|(name, _)| name.strip_prefix("intentRuleSet_"));
            found.extend(names.map(Text::from));
        }
    }
    found.push(Text::from("FallbackIntent"));
    found.sort();
    found.dedup();
    found
}
