//! `ruleset`: rule sets of a store.

use connect_rules_engine::compat::Compat;
use connect_rules_engine::model::RuleSet;
use connect_rules_engine::references::{in_name_order, in_rule_order};
use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_store::service::folders::is_within;
use connect_rules_store::service::rule_sets::{
    CloneRuleSet, CreateRuleSet, DeleteRuleSets, EnableRuleSets, MoveRuleSets, RenameRuleSet, UpdateRuleSet,
};
use connect_rules_store::service::{Edit, Picked};
use connect_rules_store::snapshot::head;
use connect_rules_store::{Entity, Kind, Operation, Snapshot};

use super::draft::Draft;
use super::session::{self, Purpose, failed};
use super::{find, output, rules};
use crate::args::Global;
use crate::args::rules::{RuleSetCommand, RuleSetValues};
use crate::args::store::{InFolder, Moved, Renamed, Several};
use crate::exit::{Exit, Failure};

/// Runs the command.
///
/// # Errors
/// Whatever refuses it.
pub fn run(command: &RuleSetCommand, global: &Global) -> Result<Exit, Failure> {
    match command {
        RuleSetCommand::List(folder) => list(folder, global),
        RuleSetCommand::Show { name } => show(name, global),
        RuleSetCommand::Create { name, values, write } => {
            let session = session::open(global, (*write).into())?;
            let mut draft = Draft::fresh(Kind::RuleSet);
            fill(&mut draft, name.as_deref(), values)?;
            session.change(&CreateRuleSet(draft.rule_set(global)?), *write, false)
        }
        RuleSetCommand::Edit { name, values, write } => {
            let session = session::open(global, (*write).into())?;
            let now = session.now()?;
            let old = Entity::RuleSet(head(find::rule_set(&now, name)?));
            let mut draft = Draft::of(&old);
            fill(&mut draft, None, values)?;
            let mut mine = draft.rule_set(global)?;
            if !mine.rules.is_empty() {
                let fix = "leave `rules` out, and use `rule create` and `rule edit`";
                return Err(Failure::refused(
                    "rules",
                    "an edit of a rule set does not change its rules",
                    fix,
                ));
            }
            mine.id = Some(old.id());
            let edit = Edit::of(&now, Entity::RuleSet(mine)).map_err(|error| failed(&error))?;
            session.change(&UpdateRuleSet(edit), *write, false)
        }
        RuleSetCommand::Rename(Renamed { name, to, write }) => {
            let session = session::open(global, (*write).into())?;
            let id = find::id(find::rule_set(&*session.now()?, name)?.id.as_ref());
            let action = RenameRuleSet { which: Picked::any(id), name: to.as_str().into() };
            session.change(&action, *write, false)
        }
        RuleSetCommand::Clone { name, to, repoint, write } => {
            let session = session::open(global, (*write).into())?;
            let id = find::id(find::rule_set(&*session.now()?, name)?.id.as_ref());
            session.change(&CloneRuleSet { id, name: to.as_str().into(), repoint: *repoint }, *write, false)
        }
        RuleSetCommand::Move(Moved { which: Several { names, write }, to }) => {
            let session = session::open(global, (*write).into())?;
            let which = picked(&*session.now()?, names)?;
            session.change(&MoveRuleSets { which, folder: to.as_str().into() }, *write, false)
        }
        RuleSetCommand::Enable(which) => enable(which, true, global),
        RuleSetCommand::Disable(which) => enable(which, false, global),
        RuleSetCommand::Delete { which: Several { names, write }, anyway } => {
            let session = session::open(global, (*write).into())?;
            let which = picked(&*session.now()?, names)?;
            session.change(&DeleteRuleSets { which, anyway: *anyway }, *write, true)
        }
    }
}

fn picked(now: &Snapshot, names: &[String]) -> Result<Vec<Picked>, Failure> {
    find::all(names, |name| Ok(find::id(find::rule_set(now, name)?.id.as_ref())))
}

fn enable(several: &Several, enabled: bool, global: &Global) -> Result<Exit, Failure> {
    let session = session::open(global, several.write.into())?;
    let which = picked(&*session.now()?, &several.names)?;
    session.change(&EnableRuleSets { which, enabled }, several.write, false)
}

fn fill(draft: &mut Draft, name: Option<&str>, values: &RuleSetValues) -> Result<(), Failure> {
    draft.read(values.from.as_deref())?;
    draft.set("name", name);
    draft.set("description", values.description.as_deref());
    draft.set("folder", values.folder.as_deref());
    draft.set_list("endPoints", &values.end_point, values.no_end_points);
    draft.set("enabled", values.enabled);
    Ok(())
}

/// Whether a folder is one that was asked for.
pub fn is_listed(folder: &str, asked: &InFolder) -> bool {
    asked.folder.as_deref().is_none_or(|above| {
        let above = if above.len() > 1 { above.trim_end_matches('/') } else { above };
        folder == above || asked.recursive && is_within(folder, above)
    })
}

fn list(folder: &InFolder, global: &Global) -> Result<Exit, Failure> {
    let session = session::open(global, Purpose::Read)?;
    let now = session.read(Operation::ReadRuleSets)?;
    let sets = in_name_order(&now.rule_sets).into_iter().filter(|set| is_listed(&set.folder, folder));
    if global.json {
        let documents = sets.map(|set| {
            let mut out = output::document(&Entity::RuleSet(head(set)), &now);
            out.insert("ruleCount", Value::Number(set.rules.len() as f64));
            Value::from(out)
        });
        return output::json(&documents.collect::<Vec<_>>().into());
    }
    let row = |set: &RuleSet| {
        vec![
            set.name.to_string(),
            set.folder.to_string(),
            if set.enabled { "yes" } else { "no" }.to_owned(),
            set.rules.len().to_string(),
            set.end_points.join(", "),
        ]
    };
    output::table(&["NAME", "FOLDER", "ENABLED", "RULES", "END POINTS"], &sets.map(row).collect::<Vec<_>>())
}

fn show(name: &str, global: &Global) -> Result<Exit, Failure> {
    let session = session::open(global, Purpose::Read)?;
    let now = session.read(Operation::ReadRuleSets)?;
    let set = find::rule_set(&now, name)?;
    let mut document: Map = output::document(&Entity::RuleSet(head(set)), &now);
    let rules_in_order = in_rule_order(set, Compat::Corrected);
    if global.json {
        let id = find::id(set.id.as_ref());
        let list = rules_in_order.into_iter().map(|rule| {
            let entity = Entity::Rule(Text::clone(&id), rule.clone());
            Value::from(entity.document())
        });
        document.insert("rules", list.collect::<Vec<_>>().into());
        return output::json(&document.into());
    }
    output::text(&output::members(&document))?;
    output::text("\n")?;
    rules::table(&rules_in_order)
}
