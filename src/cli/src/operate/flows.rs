//! `flows diff` and `flows extract`: the flows of the instance beside those of the product.

use std::fs;
use std::path::Path;

use connect_rules_cloud::health::{Check, Extracted, Group, Home, Status, scan};
use serde_json::json;

use super::{Opened, failed, observed, open, problem, scope};
use crate::args::Global;
use crate::args::operate::Looked;
use crate::exit::{Exit, Failure};
use crate::model_commands::output;
use crate::model_commands::session::Purpose;

fn unknown(name: &str, known: &[&str]) -> Failure {
    Failure::usage(format!("there is no flow `{name}`"), format!("use {}", known.join(", ")))
}

/// Tells what differs between the product and the instance.
///
/// # Errors
/// There is no such flow, or the store cannot be opened.
pub fn diff(names: &[String], looked: &Looked, global: &Global) -> Result<Exit, Failure> {
    let opened = open(global, Purpose::Read)?;
    let mut scope = scope(&opened, looked, global)?;
    scope.groups = [Group::Flows].into();
    let known: Vec<&str> = scope.flows.iter().map(|it| it.name.as_str()).collect();
    if let Some(name) = names.iter().find(|it| !known.contains(&it.as_str())) {
        return Err(unknown(name, &known));
    }
    let wanted: Vec<String> = names.iter().map(|it| scope.full(it)).collect();
    let observer = observed(global, false);
    let report = opened.session.block_on(scan(&opened.cloud, &opened.now, &scope, &observer));
    drop(observer);
    let is_meant = |it: &&Check| wanted.is_empty() || wanted.contains(&it.name);
    let checks: Vec<&Check> = report.checks.iter().filter(is_meant).collect();
    let same = checks.iter().filter(|it| it.status == Status::Healthy).count();
    if global.json {
        super::json(&checks)?;
    } else {
        let mut out = String::new();
        for check in checks.iter().filter(|it| it.status != Status::Healthy) {
            out.extend([format!("{} {}: {}\n", check.status.word(), check.name, check.detail)]);
            out.extend(check.differences.iter().map(|it| format!("    {it}\n")));
        }
        out.extend([format!("{same} of {} are as the product has them\n", checks.len())]);
        output::text(&out)?;
    }
    Ok(if same == checks.len() { Exit::Success } else { Exit::Failed })
}

/// Brings flows home into a folder, or one to standard output.
///
/// # Errors
/// There is no such flow, it cannot be read, or the folder cannot be written to.
pub fn extract(
    names: &[String],
    dir: Option<&Path>,
    looked: &Looked,
    global: &Global,
) -> Result<Exit, Failure> {
    let opened = open(global, Purpose::Read)?;
    let scope = scope(&opened, looked, global)?;
    let Opened { session, cloud, now } = &opened;
    let observer = observed(global, false);
    let home = session.block_on(Home::new(cloud, &scope, now)).map_err(|error| failed(&error))?;
    let there = home.names();
    if let Some(name) = names.iter().find(|it| !there.contains(&it.as_str())) {
        return Err(unknown(name, &there));
    }
    let wanted: Vec<String> = if names.is_empty() {
        scope.flows.iter().map(|it| it.name.clone()).filter(|it| there.contains(&it.as_str())).collect()
    } else {
        names.to_vec()
    };
    if dir.is_none() && wanted.len() != 1 && !global.json {
        return Err(Failure::usage("there are several flows", "name one, or give --dir"));
    }
    let mut out = Vec::new();
    for (at, name) in wanted.iter().enumerate() {
        observer.tell(at, wanted.len(), name);
        out.push(session.block_on(home.extract(cloud, &scope, name)).map_err(|error| failed(&error))?);
    }
    drop(observer);
    if let Some(dir) = dir {
        write(dir, &out)?;
    }
    shown(&out, dir, global)
}

fn write(dir: &Path, all: &[Extracted]) -> Result<(), Failure> {
    let wrong = |path: &Path, error| Failure::writing(&path.display().to_string(), &error);
    fs::create_dir_all(dir).map_err(|error| wrong(dir, error))?;
    for it in all {
        if it.name.contains(['/', '\\']) || it.name.starts_with('.') {
            return Err(problem(&format!("{:?} cannot be the name of a file", it.name), "rename the flow"));
        }
        let path = dir.join(format!("{}.json", it.name));
        fs::write(&path, &it.text).map_err(|error| wrong(&path, error))?;
    }
    Ok(())
}

fn shown(all: &[Extracted], dir: Option<&Path>, global: &Global) -> Result<Exit, Failure> {
    let is_wrong = |it: &Extracted| !it.leftovers.is_empty() || it.findings.iter().any(|it| !it.warning);
    if global.json {
        let one = |it: &Extracted| {
            let left: Vec<String> =
                it.leftovers.iter().map(|(place, text)| format!("{place}: {text}")).collect();
            let findings: Vec<String> = it.findings.iter().map(ToString::to_string).collect();
            json!({ "name": it.name, "changed": it.is_changed, "leftovers": left, "findings": findings, "text": it.text })
        };
        super::json(&all.iter().map(one).collect::<Vec<_>>())?;
    } else if dir.is_none() {
        let text: String = all.iter().map(|it| it.text.as_str()).collect();
        crate::model::print_exactly(&text, None)?;
    } else {
        let row = |it: &Extracted| {
            let state = if it.is_changed { "changed" } else { "as the product has it" };
            vec![it.name.clone(), state.to_owned()]
        };
        output::table(&["FLOW", ""], &all.iter().map(row).collect::<Vec<_>>())?;
    }
    for it in all.iter().filter(|_| !global.json) {
        let left = it
            .leftovers
            .iter()
            .map(|(place, text)| format!("{}: {place}: {text} belongs to this instance only", it.name));
        let findings = it.findings.iter().map(ToString::to_string);
        left.chain(findings).for_each(|line| crate::say::notice(&line, global));
    }
    Ok(if all.iter().any(is_wrong) { Exit::Failed } else { Exit::Success })
}
