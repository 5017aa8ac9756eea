//! `cache`: what the store knows of the instance, how old that is, and reading it anew.

use connect_rules_cloud::cache::{self, Done, Refresh, told};
use connect_rules_cloud::gateway::Section;
use connect_rules_store::Operation;
use jiff::Timestamp;
use serde_json::json;

use super::{observed, open};
use crate::args::Global;
use crate::args::operate::CacheCommand;
use crate::exit::{Exit, Failure};
use crate::model_commands::output;
use crate::model_commands::session::{self, Purpose};
use crate::say;

/// Runs the command.
///
/// # Errors
/// The store refuses it, or nothing could be read.
pub fn run(command: &CacheCommand, global: &Global) -> Result<Exit, Failure> {
    match command {
        CacheCommand::Status => status(global),
        CacheCommand::Refresh { section, plan } => {
            let sections = if section.is_empty() { Section::ALL.to_vec() } else { section.clone() };
            refresh(&sections, *plan, global)
        }
    }
}

fn status(global: &Global) -> Result<Exit, Failure> {
    let session = session::open(global, Purpose::Read)?;
    let (standing, at) = (cache::standing(&*session.now()?), Timestamp::now());
    let is_stale = standing.iter().any(|it| it.is_stale(at));
    if global.json {
        let all = standing.iter().map(|it| {
            json!({
                "section": it.section.key(), "things": it.things, "at": it.at.map(|it| it.to_string()),
                "ageSeconds": it.age(at), "stale": it.is_stale(at),
            })
        });
        super::json(&all.collect::<Vec<_>>())?;
    } else {
        let row = |it: &cache::Standing| {
            let things = it.things.map_or_else(String::new, |it| it.to_string());
            let age = it.age(at).map_or_else(|| "never read".to_owned(), told);
            vec![
                it.section.name().to_owned(),
                things,
                age,
                if it.is_stale(at) { "stale" } else { "" }.to_owned(),
            ]
        };
        output::table(&["SECTION", "THINGS", "AGE", ""], &standing.iter().map(row).collect::<Vec<_>>())?;
    }
    Ok(if is_stale { Exit::Warned } else { Exit::Success })
}

fn refresh(sections: &[Section], plan: bool, global: &Global) -> Result<Exit, Failure> {
    let opened = open(global, if plan { Purpose::Plan } else { Purpose::Write })?;
    let (session, cloud) = (&opened.session, &opened.cloud);
    session.actor.check(Operation::RefreshCache).map_err(|error| session::failed(&error))?;
    let observer = observed(global, false);
    let done = if plan {
        let read = session.block_on(cache::read(cloud, sections, &observer));
        drop(observer);
        if read.iter().all(|it| it.things.is_err()) {
            let errors = read.iter().filter_map(|it| it.things.as_ref().err());
            return Err(errors
                .map(super::failed)
                .next()
                .unwrap_or_else(|| super::problem("nothing was read", "")));
        }
        let refresh = Refresh::new(&read, Timestamp::now()).map_err(Failure::data)?;
        cache::compared(&read, &refresh, &opened.now)
    } else {
        if let Some(why) = session.site.barred() {
            return Err(session::failed(&why));
        }
        let done = cache::refresh(cloud, &session.service, &session.actor, sections, &observer);
        let done = session.wait(done);
        drop(observer);
        done?
    };
    shown(&done, global)
}

fn shown(done: &Done, global: &Global) -> Result<Exit, Failure> {
    let is_failed = done.sections.iter().any(|it| it.read.is_err());
    if global.json {
        let all = done.sections.iter().map(|it| {
            let error = it.read.as_ref().err();
            json!({
                "section": it.section.key(), "read": it.read.as_ref().ok(), "added": it.added, "removed": it.removed,
                "renamed": it.renamed, "changed": it.changed, "error": error.map(ToString::to_string),
                "fix": error.map(connect_rules_cloud::gateway::CallError::fix),
            })
        });
        let notes: Vec<String> = done.notes.iter().map(ToString::to_string).collect();
        super::json(&json!({ "sections": all.collect::<Vec<_>>(), "notes": notes }))?;
    } else {
        let row = |it: &cache::Refreshed| {
            let what = match &it.read {
                Err(error) => format!("{error}; {}", error.fix()),
                Ok(count) => {
                    let (added, removed, renamed, changed) = (it.added, it.removed, it.renamed, it.changed);
                    format!("read {count}  +{added} −{removed} ~{renamed} renamed, {changed} changed")
                }
            };
            vec![it.section.name().to_owned(), what]
        };
        output::table(&["SECTION", "READ"], &done.sections.iter().map(row).collect::<Vec<_>>())?;
        say::warnings(&done.notes, global);
    }
    Ok(if is_failed { Exit::Failed } else { Exit::Success })
}
