//! `rule` and `weight`: rules of a rule set and what they weigh.

use connect_rules_engine::compat::Compat;
use connect_rules_engine::json;
use connect_rules_engine::kinds::{ParamKind, RuleType, spec_of};
use connect_rules_engine::model::{Rule, Weight};
use connect_rules_engine::references::in_rule_order;
use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_store::service::rules::{
    CloneRule, CreateRule, DeleteRules, EnableRules, MoveRules, RenameRule, ReorderRules, UpdateRule,
};
use connect_rules_store::service::weights::{CreateWeight, DeleteWeight, UpdateWeight};
use connect_rules_store::service::{Edit, Picked};
use connect_rules_store::{Entity, Kind, Operation, Snapshot};

use super::draft::{self, Draft};
use super::session::{self, Purpose, Session, failed};
use super::{find, output};
use crate::args::Global;
use crate::args::rules::{RuleCommand, RuleName, RuleNames, RuleValues, WeightCommand, WeightText};
use crate::args::store::Write;
use crate::exit::{Exit, Failure};

/// Runs `rule`.
///
/// # Errors
/// Whatever refuses it.
pub fn run(command: &RuleCommand, global: &Global) -> Result<Exit, Failure> {
    match command {
        RuleCommand::List { rule_set } => list(rule_set, global),
        RuleCommand::Show { which } => {
            let session = session::open(global, Purpose::Read)?;
            let now = session.read(Operation::ReadRule)?;
            let (set, rule) = find::rule(&now, &which.rule_set, &which.rule)?;
            let entity = Entity::Rule(find::id(set.id.as_ref()), rule.clone());
            output::show(output::document(&entity, &now), global.json)
        }
        RuleCommand::Create { rule_set, name, values, write } => {
            let session = session::open(global, (*write).into())?;
            let set = find::id(find::rule_set(&*session.now()?, rule_set)?.id.as_ref());
            let mut draft = Draft::fresh(Kind::Rule);
            draft.read(values.from.as_deref())?;
            draft.set("name", name.as_deref());
            fill(&mut draft, values)?;
            let rule = finished(&draft, global)?;
            session.change(&CreateRule { rule_set_id: set, rule }, *write, false)
        }
        RuleCommand::Edit { which, values, write } => edit(which, values, *write, global),
        RuleCommand::Rename { which, to, write } => {
            let session = session::open(global, (*write).into())?;
            let id = one(&*session.now()?, which)?;
            let action = RenameRule { which: Picked::any(id), name: to.as_str().into() };
            session.change(&action, *write, false)
        }
        RuleCommand::Clone { which, to, into, write } => {
            let session = session::open(global, (*write).into())?;
            let now = session.now()?;
            let into = into.as_deref().map(|set| find::rule_set(&now, set)).transpose()?;
            let into = into.map(|set| find::id(set.id.as_ref()));
            let action = CloneRule { id: one(&now, which)?, name: to.as_str().into(), into };
            session.change(&action, *write, false)
        }
        RuleCommand::Move { which, to } => {
            let session = session::open(global, which.write.into())?;
            let now = session.now()?;
            let to = find::id(find::rule_set(&now, to)?.id.as_ref());
            session.change(&MoveRules { which: some(&now, which)?, to }, which.write, false)
        }
        RuleCommand::Enable(which) => enable(which, true, global),
        RuleCommand::Disable(which) => enable(which, false, global),
        RuleCommand::Reorder(which) => {
            let session = session::open(global, which.write.into())?;
            let now = session.now()?;
            let rule_set_id = find::id(find::rule_set(&now, &which.rule_set)?.id.as_ref());
            let order = some(&now, which)?.into_iter().map(|picked| picked.id).collect();
            session.change(&ReorderRules { rule_set_id, order }, which.write, false)
        }
        RuleCommand::Delete(which) => {
            let session = session::open(global, which.write.into())?;
            let picked = some(&*session.now()?, which)?;
            session.change(&DeleteRules(picked), which.write, true)
        }
    }
}

fn one(now: &Snapshot, which: &RuleName) -> Result<Text, Failure> {
    Ok(find::id(find::rule(now, &which.rule_set, &which.rule)?.1.id.as_ref()))
}

fn some(now: &Snapshot, which: &RuleNames) -> Result<Vec<Picked>, Failure> {
    find::all(&which.rules, |rule| Ok(find::id(find::rule(now, &which.rule_set, rule)?.1.id.as_ref())))
}

fn enable(which: &RuleNames, enabled: bool, global: &Global) -> Result<Exit, Failure> {
    let session = session::open(global, which.write.into())?;
    let picked = some(&*session.now()?, which)?;
    session.change(&EnableRules { which: picked, enabled }, which.write, false)
}

fn edit(which: &RuleName, values: &RuleValues, write: Write, global: &Global) -> Result<Exit, Failure> {
    let session = session::open(global, write.into())?;
    let now = session.now()?;
    let (set, old) = find::rule(&now, &which.rule_set, &which.rule)?;
    let set = find::id(set.id.as_ref());
    let mut draft = Draft::of(&Entity::Rule(Text::clone(&set), old.clone()));
    if values.r#type.as_deref().is_some_and(|name| name != old.rule_type.name()) {
        draft.set("params", Some(Map::new()));
    }
    draft.read(values.from.as_deref())?;
    fill(&mut draft, values)?;
    let mut mine = finished(&draft, global)?;
    mine.id.clone_from(&old.id);
    let edit = Edit::of(&now, Entity::Rule(set, mine)).map_err(|error| failed(&error))?;
    session.change(&UpdateRule(edit), write, false)
}

fn finished(draft: &Draft, global: &Global) -> Result<Rule, Failure> {
    let wrong =
        || Failure::refused("", "this is no document of a rule", "see `rule show --json` for the form");
    draft.rule_set(global)?.rules.pop().ok_or_else(wrong)
}

/// Lays the values of options over a draft.
fn fill(draft: &mut Draft, values: &RuleValues) -> Result<(), Failure> {
    draft.set("type", values.r#type.as_deref());
    draft.set("priority", values.priority.as_deref());
    draft.set("activation", values.activation.as_deref());
    draft.set("description", values.description.as_deref());
    draft.set("enabled", values.enabled);
    if let Some(file) = &values.params {
        draft.set("params", Some(draft::object(file)?.1));
    }
    let mut params = draft.members.get("params").and_then(Value::as_object).cloned().unwrap_or_default();
    let rule_type = draft.members.get("type").map(Value::text).unwrap_or_default();
    let rule_type = RuleType::parse(&rule_type);
    for (name, text) in &values.set {
        params.insert(name.as_str(), param(&rule_type, name, text)?);
    }
    for name in &values.unset {
        params.remove(name);
    }
    draft.set("params", Some(params));
    let weights: Vec<Value> = values.weight.iter().map(|given| weight_document(given).into()).collect();
    draft.set("weights", (!weights.is_empty()).then_some(weights));
    Ok(())
}

/// The value of a parameter: text, or a list where the parameter holds one.
fn param(rule_type: &RuleType, name: &str, text: &str) -> Result<Value, Failure> {
    let kind = spec_of(rule_type, name).map(|(spec, _)| spec.kind);
    if !matches!(kind, Some(ParamKind::Attributes | ParamKind::States | ParamKind::Behaviours)) {
        return Ok(text.into());
    }
    match json::parse(text) {
        Ok(list) if list.as_array().is_some() => Ok(list),
        _ => Err(Failure::usage(
            format!("--set {name}: this parameter is a list"),
            "write it as JSON: [{...}]",
        )),
    }
}

fn weight_document(given: &WeightText) -> Map {
    [
        ("field", given.field.as_str()),
        ("operation", &given.operation),
        ("value", &given.value),
        ("weight", &given.number),
    ]
    .into_iter()
    .map(|(name, value)| (name, Value::from(value)))
    .collect()
}

fn list(rule_set: &str, global: &Global) -> Result<Exit, Failure> {
    let session = session::open(global, Purpose::Read)?;
    let now = session.read(Operation::ReadRuleSets)?;
    let set = find::rule_set(&now, rule_set)?;
    let rules = in_rule_order(set, Compat::Corrected);
    if global.json {
        let id = find::id(set.id.as_ref());
        let document = |rule: &Rule| output::document(&Entity::Rule(Text::clone(&id), rule.clone()), &now);
        return output::json(&rules.into_iter().map(|rule| document(rule).into()).collect::<Vec<_>>().into());
    }
    table(&rules)
}

/// Writes rules as a table.
///
/// # Errors
/// Standard output cannot be written.
pub fn table(rules: &[&Rule]) -> Result<Exit, Failure> {
    let row = |rule: &&Rule| {
        vec![
            rule.priority.to_string(),
            rule.name.to_string(),
            rule.rule_type.name().to_owned(),
            rule.activation.as_deref().unwrap_or("never").to_owned(),
            rule.weights.len().to_string(),
            if rule.enabled { "yes" } else { "no" }.to_owned(),
        ]
    };
    let headings = ["PRIORITY", "NAME", "TYPE", "ACTIVATION", "WEIGHTS", "ENABLED"];
    output::table(&headings, &rules.iter().map(row).collect::<Vec<_>>())
}

/// Runs `weight`.
///
/// # Errors
/// Whatever refuses it.
pub fn weight(command: &WeightCommand, global: &Global) -> Result<Exit, Failure> {
    match command {
        WeightCommand::List { which } => {
            let session = session::open(global, Purpose::Read)?;
            let now = session.read(Operation::ReadRule)?;
            weights(find::rule(&now, &which.rule_set, &which.rule)?.1, &session)
        }
        WeightCommand::Add { which, weight, write } => {
            let session = session::open(global, (*write).into())?;
            let rule_id = one(&*session.now()?, which)?;
            let action = CreateWeight { rule_id, weight: made(weight, None) };
            session.change(&action, *write, false)
        }
        WeightCommand::Edit { which, at, weight, write } => {
            let session = session::open(global, (*write).into())?;
            let now = session.now()?;
            let base = weight_at(&now, which, at)?;
            let (rule_id, mine) = (one(&now, which)?, made(weight, base.id.clone()));
            session.change(&UpdateWeight { rule_id, base: Some(base.clone()), mine }, *write, false)
        }
        WeightCommand::Delete { which, at, write } => {
            let session = session::open(global, (*write).into())?;
            let now = session.now()?;
            let weight_id = find::id(weight_at(&now, which, at)?.id.as_ref());
            session.change(&DeleteWeight { rule_id: one(&now, which)?, weight_id }, *write, true)
        }
    }
}

fn made(given: &WeightText, id: Option<Text>) -> Weight {
    Weight {
        id,
        field: Some(Text::from(given.field.as_str())),
        operation: Text::from(given.operation.as_str()),
        value: given.value.as_str().into(),
        weight: given.number.as_str().into(),
    }
}

/// The weight of that number, from 1, or identifier.
fn weight_at<'a>(now: &'a Snapshot, which: &RuleName, at: &str) -> Result<&'a Weight, Failure> {
    let rule = find::rule(now, &which.rule_set, &which.rule)?.1;
    let numbered = || rule.weights.get(at.parse::<usize>().ok()?.checked_sub(1)?);
    let found = rule.weights.iter().find(|weight| weight.id.as_deref() == Some(at)).or_else(numbered);
    found.ok_or_else(|| {
        let what = format!("there is no weight {at}; the rule has {}", rule.weights.len());
        Failure::refused(format!("rule \"{}\"", rule.name), what, "see `weight list`")
    })
}

fn weights(rule: &Rule, session: &Session<'_>) -> Result<Exit, Failure> {
    if session.global.json {
        let document = Entity::Rule(Text::default(), rule.clone()).document();
        return output::json(document.get("weights").unwrap_or(&Value::Undefined));
    }
    let row = |(at, weight): (usize, &Weight)| {
        vec![
            (at + 1).to_string(),
            weight.field.as_deref().unwrap_or_default().to_owned(),
            weight.operation.to_string(),
            weight.value_text().to_owned(),
            weight.number_text().to_string(),
        ]
    };
    let rows: Vec<_> = rule.weights.iter().enumerate().map(row).collect();
    output::table(&["", "FIELD", "OPERATION", "VALUE", "WEIGHT"], &rows)
}
