//! `audit`, `undo`, `redo`, `folder` and `where-used`.

use connect_rules_engine::json;
use connect_rules_engine::kinds::{ParamKind, prompt_name};
use connect_rules_engine::references::{in_name_order, uses};
use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_store::change::AuditEntry;
use connect_rules_store::service::end_points::users;
use connect_rules_store::service::folders::{RenameFolder, Tree};
use connect_rules_store::{Kind, Operation, Role, Snapshot, Store as _, Way};

use super::output;
use super::session::{self, Purpose};
use crate::args::Global;
use crate::args::store::{AuditArgs, FolderCommand, UsedKind, WhereUsedArgs, Write};
use crate::exit::{Exit, Failure};

/// Runs `audit`.
///
/// # Errors
/// The store cannot be read.
pub fn audit(args: AuditArgs, global: &Global) -> Result<Exit, Failure> {
    let session = session::open(global, Purpose::Read)?;
    let all = session.actor.role == Role::Administrator;
    let most = if all { args.most } else { usize::MAX >> 1 };
    let entries = session.wait(session.service.store().audit(most))?;
    let entries = entries.into_iter().filter(|entry| all || entry.by == session.actor.user).take(args.most);
    if global.json {
        let document = |it: AuditEntry| {
            let out: Map = [
                ("seq", Value::Number(it.seq as f64)),
                ("at", it.at.into()),
                ("by", it.by.into()),
                ("operation", it.operation.into()),
                ("title", it.title.into()),
                ("rows", json::parse(&it.details).unwrap_or_default()),
            ]
            .into_iter()
            .collect();
            Value::from(out)
        };
        return output::json(&entries.map(document).collect::<Vec<_>>().into());
    }
    let rows: Vec<_> =
        entries.map(|it| vec![it.at.to_string(), it.by.to_string(), it.operation, it.title]).collect();
    output::table(&["WHEN", "WHO", "WHAT", "TITLE"], &rows)
}

/// Runs `undo`, or `redo` if `again`.
///
/// # Errors
/// There is nothing to take back, or others changed the same since.
pub fn travel(again: bool, write: Write, global: &Global) -> Result<Exit, Failure> {
    let session = session::open(global, Purpose::Read)?;
    let plan =
        session.wait(session.service.plan_undo(&session.actor, if again { Way::Redo } else { Way::Undo }))?;
    if write.plan {
        return session.show_plan(&plan);
    }
    let applied = if again {
        session.long(&plan.title, session.service.redo(&session.actor))?
    } else {
        session.long(&plan.title, session.service.undo(&session.actor))?
    };
    session.done(&plan.title, &applied, &[], None)
}

/// Runs `folder`.
///
/// # Errors
/// Whatever refuses it.
pub fn folder(command: &FolderCommand, global: &Global) -> Result<Exit, Failure> {
    let FolderCommand::Rename { from, to, tests, write } = command;
    let session = session::open(global, (*write).into())?;
    let tree = if *tests { Tree::Tests } else { Tree::RuleSets };
    let from = if from.len() > 1 { from.trim_end_matches('/') } else { from };
    session.change(&RenameFolder { tree, from: from.into(), to: to.as_str().into() }, *write, false)
}

/// One use: sort of thing that is used, user and place.
struct Used {
    of: &'static str,
    kind: Kind,
    name: Text,
    place: Text,
    enabled: bool,
}

/// Runs `where-used`.
///
/// # Errors
/// The store cannot be read.
pub fn where_used(args: &WhereUsedArgs, global: &Global) -> Result<Exit, Failure> {
    let session = session::open(global, Purpose::Read)?;
    let now = session.read(Operation::ReadRuleSets)?;
    let found = find_uses(&now, args);
    if global.json {
        let document = |it: Used| {
            let out: Map = [
                ("of", Value::from(it.of)),
                ("kind", it.kind.name().into()),
                ("name", it.name.into()),
                ("place", it.place.into()),
                ("enabled", it.enabled.into()),
            ]
            .into_iter()
            .collect();
            Value::from(out)
        };
        return output::json(&found.into_iter().map(document).collect::<Vec<_>>().into());
    }
    if found.is_empty() {
        return output::text(&format!("nothing uses \"{}\"\n", args.name));
    }
    let row = |it: Used| {
        let off = if it.enabled { "" } else { "disabled" };
        vec![it.of.to_owned(), it.kind.to_string(), it.name.to_string(), it.place.to_string(), off.to_owned()]
    };
    output::table(&["AS", "BY", "NAME", "PLACE", ""], &found.into_iter().map(row).collect::<Vec<_>>())
}

fn find_uses(now: &Snapshot, args: &WhereUsedArgs) -> Vec<Used> {
    let wanted = |kind| args.kind.is_none_or(|only| only == kind);
    let mut out = Vec::new();
    let by_rules = [
        (UsedKind::Ruleset, "rule set", ParamKind::RuleSet),
        (UsedKind::Queue, "queue", ParamKind::Queue),
        (UsedKind::Function, "function", ParamKind::Function),
        (UsedKind::Bot, "bot", ParamKind::Bot),
        (UsedKind::Flow, "contact flow", ParamKind::ContactFlow),
    ];
    for (_, of, param) in by_rules.into_iter().filter(|(kind, ..)| wanted(*kind)) {
        out.extend(uses(&now.rule_sets, param, &args.name).into_iter().map(|it| Used {
            of,
            kind: Kind::Rule,
            name: Text::from(format!("{} / {}", it.rule_set, it.rule)),
            place: it.param,
            enabled: it.enabled,
        }));
    }
    if wanted(UsedKind::Prompt) {
        for set in in_name_order(&now.rule_sets) {
            for rule in &set.rules {
                let spoken = rule
                    .params
                    .iter()
                    .filter(|(_, value)| value.as_str().and_then(prompt_name) == Some(args.name.as_str()));
                out.extend(spoken.map(|(param, _)| Used {
                    of: "prompt",
                    kind: Kind::Rule,
                    name: Text::from(format!("{} / {}", set.name, rule.name)),
                    place: Text::clone(param),
                    enabled: set.enabled && rule.enabled,
                }));
            }
        }
    }
    if wanted(UsedKind::Endpoint) {
        out.extend(users(now, &Text::from(args.name.as_str())).into_iter().map(|it| {
            let off = now.rule_set_named(&it.name).is_some_and(|set| !set.enabled);
            Used {
                of: "end point",
                enabled: it.kind != Kind::RuleSet || !off,
                kind: it.kind,
                name: it.name,
                place: it.place,
            }
        }));
    }
    out
}
