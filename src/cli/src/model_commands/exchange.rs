//! `import`, `restore` and `demo reset`: whole files into a store; and `export` of what only a store has.

use connect_rules_engine::value::{Map, Value};
use connect_rules_store::Operation;
use connect_rules_store::exchange::export::{self, About, Selection};
use connect_rules_store::exchange::{
    Backups, ImportRuleSets, ImportTests, Mode, Reset, Restore, SourceFile, settings, tree,
};
use jiff::Timestamp;

use super::output;
use super::session::{self, Purpose, Session, failed, read_text};
use crate::args::Global;
use crate::args::export::{ExportArgs, ExportForm};
use crate::args::store::{ImportArgs, ImportMode, RestoreArgs, Write};
use crate::exit::{Exit, Failure};
use crate::model::print_exactly;
use crate::open;

impl From<ImportMode> for Mode {
    fn from(mode: ImportMode) -> Self {
        match mode {
            ImportMode::Full => Mode::Full,
            ImportMode::Merge => Mode::Merge,
            ImportMode::Add => Mode::Add,
        }
    }
}

/// Shows a plan: lines, or the JSON text of it.
fn show(lines: &[String], json: &str, global: &Global) -> Result<Exit, Failure> {
    if global.json {
        output::text(&format!("{json}\n"))
    } else {
        output::text(&format!("{}\n", lines.join("\n")))
    }
}

/// Shows a plan that has no JSON form of its own.
///
/// # Errors
/// Standard output cannot be written.
pub fn show_lines(lines: &[String], global: &Global) -> Result<Exit, Failure> {
    let list: Vec<Value> = lines.iter().map(|line| Value::from(line.as_str())).collect();
    let json: Map = [("plan", list.into())].into_iter().collect();
    show(lines, &serde_json::to_string_pretty(&json).unwrap_or_default(), global)
}

/// Runs `import`: rule sets from a file or a folder tree, tests, or settings. What is stored is saved once a person agreed.
///
/// # Errors
/// A file is not valid (all its problems are told), or nobody agreed to what would be lost.
pub fn import(args: &ImportArgs, global: &Global) -> Result<Exit, Failure> {
    let session = session::open(global, Purpose::filling(args.write))?;
    let mode = Mode::from(args.mode);
    let loses = args.mode == ImportMode::Full;
    if args.path.is_dir() {
        let files = tree::read(&args.path).map_err(|error| failed(&error))?;
        return rule_sets(&session, &ImportRuleSets::tree(files, mode), args.write, loses);
    }
    let (name, text) = read_text(&args.path)?;
    let kind = serde_json::from_str::<Typed>(&text).map(|it| it.kind).unwrap_or_default();
    if kind == settings::TYPE {
        if !loses {
            let what = "settings become what the file holds";
            return Err(Failure::usage(what, "leave --mode out, and look at --plan first"));
        }
        let settings = Some(SourceFile { name, text });
        return bring_back(&session, &Restore { settings, ..Restore::default() }, args.write);
    }
    if kind != "RulesEngineTests" {
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
    session.replace(&import, args.write, loses)
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
    session.replace(import, write, loses)
}

/// Runs `restore`: brings back a backup. What is stored now is saved first.
///
/// # Errors
/// There is no such backup, it is not valid, or nobody agreed.
pub fn restore(args: &RestoreArgs, global: &Global) -> Result<Exit, Failure> {
    let session = session::open(global, Purpose::filling(args.write))?;
    let folder =
        args.folder.clone().map_or_else(|| Backups::beside(&session.site.file), |folder| Backups { folder });
    let backups = folder.list().map_err(|error| failed(&error))?;
    let Some(backup) = backups.iter().find(|backup| backup.stem == args.backup) else {
        let place = folder.folder.display().to_string();
        return Err(Failure::refused(
            place,
            format!("there is no backup {:?}", args.backup),
            "choose one that `backup list` names",
        ));
    };
    let restore = backup.restore().map_err(|error| failed(&error))?;
    bring_back(&session, &restore, args.write)
}

fn bring_back(session: &Session<'_>, restore: &Restore, write: Write) -> Result<Exit, Failure> {
    if write.plan {
        let plan = restore.preview(&*session.now()?).map_err(|error| failed(&error))?;
        return show_lines(&plan.lines(), session.global);
    }
    session.replace(restore, write, true)
}

/// Runs `export` of a form that only a store has.
///
/// # Errors
/// The options do not fit, the role does not allow it, or the result cannot be written.
pub fn export(args: &ExportArgs, global: &Global) -> Result<Exit, Failure> {
    if args.workspace.is_given() {
        let fix = "leave out what names a workspace; --store names the store";
        return Err(Failure::usage("this form is for stores only", fix));
    }
    let session = session::open(global, Purpose::Read)?;
    let compat = global.compat().unwrap_or_default();
    let about = About {
        exported_by: session.actor.user.to_string(),
        exported_at: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        ..open::about()
    };
    let which = args.folder.as_ref().map_or(Selection::All, |folder| Selection::Folder {
        folder: folder.as_str().into(),
        recursive: true,
    });
    if args.form == ExportForm::Tests {
        let now = session.read(Operation::ReadTests)?;
        let text = export::tests(&now, &which, &about).map_err(|error| failed(&error))?;
        return print_exactly(&text, args.output.as_deref());
    }
    if args.form == ExportForm::Settings && args.folder.is_none() {
        // They say who may do what.
        let now = session.read(Operation::ReadUsers)?;
        return print_exactly(&settings::export(&now, &about), args.output.as_deref());
    }
    let now = session.read(Operation::ExportRuleSets)?;
    if args.form == ExportForm::Envelope {
        let text = export::rule_sets_envelope(&now, &which, &about, compat);
        return print_exactly(&text, args.output.as_deref());
    }
    if args.folder.is_some() {
        return Err(Failure::usage("this form holds all folders", "leave --folder out"));
    }
    let Some(root) = &args.output else {
        return Err(Failure::usage("a tree needs a folder", "name it with --output"));
    };
    let work = tree::Work::find(&now.rule_sets, root, compat).map_err(|error| failed(&error))?;
    if !work.delete.is_empty() && !args.yes {
        let lost = format!("{} files of rule sets that are gone are deleted", work.delete.len());
        session::agree(&format!("export to {}", root.display()), &lost)?;
    }
    work.run(root).map_err(|error| failed(&error))?;
    let written: Vec<String> = work.write.into_iter().map(|file| file.name).collect();
    let deleted = work.delete;
    if global.json {
        let list =
            |all: Vec<String>| Value::from(all.into_iter().map(|it| it.as_str().into()).collect::<Vec<_>>());
        let out: Map = [("written", list(written)), ("deleted", list(deleted))].into_iter().collect();
        return output::json(&out.into());
    }
    let mut text = format!("{} files written, {} deleted\n", written.len(), deleted.len());
    for (sign, names) in [("+", &written), ("-", &deleted)] {
        text.extend(names.iter().map(|name| format!("{sign} {name}\n")));
    }
    output::text(&text)
}

/// Runs `demo reset`: the store holds the demo and nothing else.
///
/// # Errors
/// Nobody agreed, or the store refuses it.
pub fn reset(write: Write, global: &Global) -> Result<Exit, Failure> {
    let session = session::open(global, Purpose::filling(write))?;
    let seed = open::demo_seed().map_err(|error| failed(&error))?;
    let is_new = session.now()?.rule_sets.is_empty();
    session.replace(&Reset { seed: Some(seed) }, write, !is_new)
}
