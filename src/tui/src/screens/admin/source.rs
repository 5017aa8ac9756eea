//! What a file or folder to import holds, and what its import would change; worked out in a job.

use std::path::{Path, PathBuf};

use connect_rules_cloud::local::Import as ImportConnect;
use connect_rules_engine::json;
use connect_rules_engine::model::read::json_problem;
use connect_rules_engine::problem::{Problem, Severity};
use connect_rules_engine::value::Value;
use connect_rules_store::exchange::{ImportRuleSets, ImportTests, Mode, Restore, SourceFile, settings, tree};
use connect_rules_store::{Error, Snapshot};

use crate::backend::AnyAction;
use crate::message::JobContext;

/// What is wanted of an import.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// The file or folder, as it was typed.
    pub path: String,
    /// What becomes of what is stored.
    pub mode: Mode,
    /// Also take tests that are not production ready.
    pub not_ready: bool,
}

/// What an import would do.
pub(super) struct Planned {
    /// What is imported, in words.
    pub title: String,
    /// The plan, line by line.
    pub lines: Vec<String>,
    /// Whether stored things go.
    pub loses: bool,
    /// The change.
    pub action: AnyAction,
}

/// What was typed as a path: a tilde at its start is the home folder.
pub(super) fn path_of(typed: &str) -> PathBuf {
    let typed = typed.trim();
    match (typed.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => PathBuf::from(typed),
    }
}

fn refused(place: &str, what: impl Into<String>, fix: &str) -> Vec<Problem> {
    vec![Problem::error("", what, fix).in_file(place)]
}

/// Everything that the store found wrong.
fn problems_of(error: Error) -> Vec<Problem> {
    match error {
        Error::Invalid { problems, .. } => {
            problems.into_iter().filter(|problem| problem.severity == Severity::Error).collect()
        }
        other => {
            let it = other.explain();
            vec![Problem::error(it.place, it.what, it.fix)]
        }
    }
}

/// Reads it and works out the plan; `None` if it was cancelled.
///
/// # Errors
/// Everything that is wrong with it.
pub(super) fn plan(wanted: &Wanted, job: &JobContext) -> Option<Result<Planned, Vec<Problem>>> {
    let path = path_of(&wanted.path);
    let now = match job.wait(job.backend.snapshot()) {
        Ok(now) => now,
        Err(error) => return Some(Err(problems_of(error))),
    };
    job.progress(1, 3);
    if path.is_dir() {
        let files = match tree::read(&path) {
            Ok(files) => files,
            Err(error) => return Some(Err(problems_of(error))),
        };
        job.progress(2, 3);
        return (!job.is_cancelled())
            .then(|| rule_sets(ImportRuleSets::tree(files, wanted.mode), &now, wanted));
    }
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => {
            return Some(Err(refused(
                &wanted.path,
                error.to_string(),
                "check the path and the rights of the file",
            )));
        }
    };
    job.progress(2, 3);
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    (!job.is_cancelled()).then(|| of_text(name, text, wanted, &now))
}

fn of_text(name: String, text: String, wanted: &Wanted, now: &Snapshot) -> Result<Planned, Vec<Problem>> {
    if Path::new(&name).extension().is_some_and(|end| end.eq_ignore_ascii_case("csv")) {
        let what = "a CSV export is for reading: it has no weights, priorities and end points";
        return Err(refused(&name, what, "import the JSON export or the folder tree"));
    }
    let document = json::parse(&text).map_err(|error| vec![json_problem(&error).in_file(&name)])?;
    if is_tests(&document) {
        let import = ImportTests {
            full: wanted.mode == Mode::Full,
            include_not_ready: wanted.not_ready,
            ..ImportTests::new(name.clone(), text)
        };
        let plan = import.preview(now).map_err(problems_of)?;
        return Ok(Planned {
            title: format!("Import tests of {name}"),
            loses: !plan.deleted.is_empty(),
            lines: plan.lines(),
            action: Box::new(import),
        });
    }
    if document.member("type").as_str() == Some(settings::TYPE) {
        let title = format!("Import settings of {name}");
        let import = Restore { settings: Some(SourceFile { name, text }), ..Restore::default() };
        let plan = import.preview(now).map_err(problems_of)?;
        return Ok(Planned { title, loses: true, lines: plan.lines(), action: Box::new(import) });
    }
    if is_connect(&document) {
        let import = ImportConnect::new(&document)
            .map_err(|all| all.into_iter().map(|it| it.in_file(&name)).collect::<Vec<_>>())?;
        let preview = import.preview(now);
        return Ok(Planned {
            title: format!("Import Connect data of {name}"),
            loses: preview.loses(),
            lines: preview.lines(),
            action: Box::new(import),
        });
    }
    rule_sets(ImportRuleSets::file(name, text, wanted.mode), now, wanted)
}

/// An export or a backup of tests.
fn is_tests(document: &Value) -> bool {
    document.member("type").as_str() == Some("RulesEngineTests")
}

/// A description of an instance: it has one of the lists, or names the instance, and no rule sets.
fn is_connect(document: &Value) -> bool {
    let Some(members) = document.as_object() else { return false };
    let lists = connect_rules_cloud::Sort::ALL;
    let own = lists.iter().any(|sort| members.contains_key(sort.list()) || members.contains_key(sort.row()));
    (own || members.contains_key("timeZone") || members.contains_key("instanceId"))
        && !members.contains_key("ruleSets")
}

fn rule_sets(import: ImportRuleSets, now: &Snapshot, wanted: &Wanted) -> Result<Planned, Vec<Problem>> {
    let plan = import.preview(now).map_err(problems_of)?;
    Ok(Planned {
        title: format!("Import rule sets of {}", wanted.path.trim()),
        loses: plan.count(connect_rules_store::exchange::Outcome::Delete) > 0,
        lines: plan.lines(),
        action: Box::new(import),
    })
}
