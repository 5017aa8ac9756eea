//! `import`, `backup`, `restore` and `demo reset`: whole files into a store and out of it.

use std::path::Path;

use connect_rules_engine::bundle::{Bundle, Parts};
use connect_rules_engine::value::{Map, Value};
use connect_rules_store::exchange::{
    Backups, ImportRuleSets, ImportTests, Mode, Reset, Seed, export::About, tree,
};
use jiff::Timestamp;

use super::output;
use super::session::{self, Purpose, Session, failed, read_text};
use crate::args::Global;
use crate::args::store::{ImportArgs, ImportMode, RestoreArgs, Write};
use crate::demo;
use crate::exit::{Exit, Failure};

impl From<ImportMode> for Mode {
    fn from(mode: ImportMode) -> Self {
        match mode {
            ImportMode::Full => Mode::Full,
            ImportMode::Merge => Mode::Merge,
            ImportMode::Add => Mode::Add,
        }
    }
}

/// What a backup says about its origin.
fn about() -> About {
    About { version: env!("CARGO_PKG_VERSION").to_owned(), ..About::default() }
}

/// Saves what is stored before much of it is replaced.
fn save(session: &Session<'_>) -> Result<String, Failure> {
    let backup = Backups::beside(&session.file).write(&*session.now()?, &about(), Timestamp::now());
    Ok(backup.map_err(|error| failed(&error))?.stem)
}

/// Shows a plan: lines, or the JSON text of it.
fn show(lines: &[String], json: &str, global: &Global) -> Result<Exit, Failure> {
    if global.json {
        output::text(&format!("{json}\n"))
    } else {
        output::text(&format!("{}\n", lines.join("\n")))
    }
}

/// Runs `import`: rule sets from a file or a folder tree, or tests. A backup is written first.
///
/// # Errors
/// A file is not valid (all its problems are told), or nobody agreed to what would be lost.
pub fn import(args: &ImportArgs, global: &Global) -> Result<Exit, Failure> {
    let session = session::open(global, args.write.into())?;
    let mode = Mode::from(args.mode);
    let loses = args.mode == ImportMode::Full;
    if args.path.is_dir() {
        let files = tree::read(&args.path).map_err(|error| failed(&error))?;
        return rule_sets(&session, &ImportRuleSets::tree(files, mode), args.write, loses);
    }
    let (name, text) = read_text(&args.path)?;
    let is_tests = serde_json::from_str::<Typed>(&text).is_ok_and(|it| it.kind == "RulesEngineTests");
    if !is_tests {
        return rule_sets(&session, &ImportRuleSets::file(name, text, mode), args.write, loses);
    }
    let import = ImportTests {
        full: loses,
        include_not_ready: args.include_not_ready,
        ..ImportTests::new(name, text)
    };
    if args.write.plan {
        let plan = import.preview(&*session.now()?).map_err(|error| failed(&error))?;
        return show(&plan.lines(), &plan.json(), global);
    }
    save(&session)?;
    session.change(&import, args.write, loses)
}

/// What a document says it is.
#[derive(serde::Deserialize)]
struct Typed {
    #[serde(rename = "type")]
    kind: String,
}

fn rule_sets(
    session: &Session<'_>,
    import: &ImportRuleSets,
    write: Write,
    loses: bool,
) -> Result<Exit, Failure> {
    if write.plan {
        let plan = import.preview(&*session.now()?).map_err(|error| failed(&error))?;
        return show(&plan.lines(), &plan.json(), session.global);
    }
    save(session)?;
    session.change(import, write, loses)
}

/// Runs `backup`: writes one beside the store, or lists those that are there.
///
/// # Errors
/// A backup cannot be written or read.
pub fn backup(list: bool, global: &Global) -> Result<Exit, Failure> {
    let session = session::open(global, Purpose::Read)?;
    let stems = if list {
        let backups = Backups::beside(&session.file).list().map_err(|error| failed(&error))?;
        backups.into_iter().map(|backup| backup.stem).collect()
    } else {
        vec![save(&session)?]
    };
    if global.json {
        return output::json(&stems.into_iter().map(Value::from).collect::<Vec<_>>().into());
    }
    output::text(&format!("{}\n", stems.join("\n")))
}

/// Runs `restore`: brings back a backup. What is stored now is saved first.
///
/// # Errors
/// There is no such backup, it is not valid, or nobody agreed.
pub fn restore(args: &RestoreArgs, global: &Global) -> Result<Exit, Failure> {
    let session = session::open(global, args.write.into())?;
    let folder =
        args.folder.clone().map_or_else(|| Backups::beside(&session.file), |folder| Backups { folder });
    let backups = folder.list().map_err(|error| failed(&error))?;
    let Some(backup) = backups.iter().find(|backup| backup.stem == args.backup) else {
        let place = folder.folder.display().to_string();
        return Err(Failure::refused(
            place,
            format!("there is no backup {:?}", args.backup),
            "choose one that `backup --list` names",
        ));
    };
    let restore = backup.restore().map_err(|error| failed(&error))?;
    if args.write.plan {
        let plan = restore.preview(&*session.now()?).map_err(|error| failed(&error))?;
        let lines = plan.lines();
        let json: Map =
            [("plan", lines.iter().map(|line| Value::from(line.as_str())).collect::<Vec<_>>().into())]
                .into_iter()
                .collect();
        return show(&lines, &serde_json::to_string_pretty(&json).unwrap_or_default(), global);
    }
    save(&session)?;
    session.change(&restore, args.write, true)
}

/// Runs `demo reset`: the store holds the demo and nothing else.
///
/// # Errors
/// Nobody agreed, or the store refuses it.
pub fn reset(write: Write, global: &Global) -> Result<Exit, Failure> {
    let session = session::open(global, write.into())?;
    let tests = demo::all_tests();
    let parts = Parts { tests: Some(("demo/tests", &tests)), ..demo::PARTS };
    let bundle = Bundle::from_parts(&parts).map_err(Failure::data)?;
    let seed = Seed::new(&bundle, "1970-01-01T00:00:00Z").map_err(|error| failed(&error))?;
    let is_new = session.now()?.rule_sets.is_empty();
    if !write.plan && !is_new && Path::new(&session.file).exists() {
        save(&session)?;
    }
    session.change(&Reset { seed: Some(seed) }, write, !is_new)
}
