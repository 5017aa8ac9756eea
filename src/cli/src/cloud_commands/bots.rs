//! `bots`: Lex bots of files and of the environment.

use std::fmt::Write as _;

use connect_rules_cloud::bots::{self, Came, Means};
use connect_rules_cloud::deploy::DeployError;
use connect_rules_cloud::gateway::BotDefinition;
use connect_rules_engine::problem::Problem;
use connect_rules_store::Operation;

use super::reach::{Reach, json, refused};
use crate::args::Global;
use crate::args::cloud::{BotsCommand, WhichBots};
use crate::exit::{Exit, Failure};
use crate::model_commands::output;

/// Runs `bots`.
///
/// # Errors
/// A file is no bot, a call failed, or nobody agreed. That a bot could not be built, or did not understand, is the
/// status 1.
pub fn run(command: &BotsCommand, global: &Global) -> Result<Exit, Failure> {
    match command {
        BotsCommand::List(which) => list(which, global),
        BotsCommand::Build { which, force, confirm } => {
            let files = files(which)?;
            let reach = Reach::open(global, Operation::RefreshCache)?;
            reach.agree("build bots", "live bots change", false, true, confirm)?;
            let means = means(&reach)?;
            let observer = reach.observer();
            let came = reach.done(bots::build(&reach.cloud, &files, &means, *force, &observer))?;
            let failed = came.iter().any(|it| matches!(it.came, Came::Failed { .. } | Came::Skipped));
            if global.json {
                json(&came)?;
            } else {
                let mut text = String::new();
                for it in &came {
                    let told = match &it.came {
                        Came::Built { version } => format!("version {version} is built and live"),
                        Came::Unchanged => "unchanged".to_owned(),
                        Came::Failed { what, fix } => format!("failed: {what}\n    fix: {fix}"),
                        Came::Skipped => "not begun".to_owned(),
                    };
                    text.extend([&*it.name, ": ", &told, "\n"]);
                }
                output::text(&text)?;
            }
            Ok(if failed { Exit::Failed } else { Exit::Success })
        }
        BotsCommand::Test(which) => test(which, global),
        BotsCommand::Delete { names, yes, confirm } => {
            let reach = Reach::open(global, Operation::RefreshCache)?;
            reach.agree("delete bots", &names.join(", "), false, *yes, confirm)?;
            let gone = reach.done(bots::delete(&reach.cloud, names, &reach.observer()))?;
            if global.json {
                json(&gone)
            } else {
                output::text(&format!("done: deleted {}\n", gone.join(", ")))
            }
        }
    }
}

/// The bots of the files, those that are named or all.
fn files(which: &WhichBots) -> Result<Vec<BotDefinition>, Failure> {
    let all = match &which.dir {
        None => bots::carried(),
        Some(dir) => bots::folder(dir).map_err(|error| {
            let file = error.file.display().to_string();
            let fix = "mend the file; data/bots/README.md tells what may be in it";
            Failure::data(vec![Problem::error("", error.what, fix).in_file(&file)])
        })?,
    };
    if which.names.is_empty() {
        return Ok(all);
    }
    let one = |name: &String| {
        all.iter().find(|it| it.name == *name).cloned().ok_or_else(|| {
            let names: Vec<&str> = all.iter().map(|it| it.name.as_str()).collect();
            Failure::usage(
                format!("there is no file of a bot {name}"),
                format!("there are {}; --dir names another folder", names.join(", ")),
            )
        })
    };
    which.names.iter().map(one).collect()
}

/// What bots are built with: the fulfilment function, and the role of the environment's file, else that of the stack.
fn means(reach: &Reach<'_>) -> Result<Means, Failure> {
    let place = &reach.cloud.place;
    let given = reach.site.environment.as_ref().is_some_and(|(it, _)| it.is_set("lex_role_arn"));
    let stack = reach.wait(reach.cloud.stacks.stack(&place.stack())).map_err(|it| refused(&it))?;
    let made = stack.and_then(|it| it.outputs.get("LexRoleArn").cloned()).filter(|_| !given);
    Ok(Means {
        function_arn: format!(
            "{}:{}",
            place.function_arn("lexfulfillment"),
            connect_rules_cloud::deploy::template::LIVE
        ),
        role_arn: made.unwrap_or_else(|| reach.setting("lex_role_arn")),
    })
}

fn list(which: &WhichBots, global: &Global) -> Result<Exit, Failure> {
    let files = files(which)?;
    let reach = Reach::open(global, Operation::ReadConnect)?;
    let there = reach.wait(reach.cloud.bots.list()).map_err(|it| refused(&it))?;
    let means = means(&reach)?;
    let prefix = reach.cloud.place.prefix();
    let mut rows = Vec::new();
    for state in &there {
        let short = state.name.strip_prefix(&prefix).unwrap_or(&state.name);
        if !which.names.is_empty() && !which.names.iter().any(|it| it == short) {
            continue;
        }
        let alias = bots::alias(&reach.cloud, state);
        let file = match files.iter().find(|it| it.name == short) {
            Some(file) if bots::hash(&reach.cloud, file, &means) == state.built_from => "same",
            Some(_) => "differs",
            None => "-",
        };
        let version = alias.map_or("-", |it| it.version.as_str());
        rows.push([short, &state.status, version, file].map(str::to_owned).to_vec());
    }
    for file in
        files.iter().filter(|it| !there.iter().any(|held| held.name == format!("{prefix}{}", it.name)))
    {
        rows.push([file.name.as_str(), "missing", "-", "not built"].map(str::to_owned).to_vec());
    }
    if global.json {
        let object = |row: &Vec<String>| serde_json::json!({ "name": row[0], "status": row[1], "live": row[2], "file": row[3] });
        return json(&rows.iter().map(object).collect::<Vec<_>>());
    }
    output::table(&["NAME", "STATUS", "LIVE", "FILE"], &rows)
}

fn test(which: &WhichBots, global: &Global) -> Result<Exit, Failure> {
    let files = files(which)?;
    let reach = Reach::open(global, Operation::ReadConnect)?;
    let observer = reach.observer();
    let tried = reach.done(bots::test(&reach.cloud, &files, &observer))?;
    if observer.is_cancelled() {
        return Err(super::reach::failed(&DeployError::Cancelled("nothing was changed".to_owned())));
    }
    let failed = tried.iter().filter(|it| !it.passed()).count();
    if global.json {
        json(&tried)?;
    } else {
        let mut text = String::new();
        for it in &tried {
            let came = match &it.error {
                Some(error) => format!("failed: {error}"),
                None if it.passed() => format!("{} ({:.2})", it.intent, it.confidence),
                None => format!("{} ({:.2}), not {}", it.intent, it.confidence, it.wanted),
            };
            let mark = if it.passed() { "ok   " } else { "WRONG" };
            text.extend([mark, " ", &*it.bot, ": ", &it.utterance, " -> ", &came, "\n"]);
        }
        let _ = writeln!(text, "{} understood, {failed} not", tried.len() - failed);
        output::text(&text)?;
    }
    Ok(if failed > 0 { Exit::Failed } else { Exit::Success })
}
