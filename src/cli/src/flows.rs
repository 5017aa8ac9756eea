//! `flows`: contact flows checked without an instance, and rendered for one.

use std::fs;
use std::path::{Path, PathBuf};

use connect_rules_cloud::instance::Instance;
use connect_rules_engine::problem::Problem;
use connect_rules_flows::environment::Environment;
use connect_rules_flows::render::Unresolved;
use connect_rules_flows::token::{Token, TokenKind};
use connect_rules_flows::{Finding, Flow, check_all, files, render};
use connect_rules_store::Operation;
use serde_json::{Map, Value, json};

use crate::args::Global;
use crate::args::flows::FlowsAction;
use crate::exit::{Exit, Failure};
use crate::model::print_exactly;
use crate::model_commands::session::{self, Purpose};
use crate::site;

/// Runs the command.
///
/// # Errors
/// A file cannot be read or written, or a placeholder has nothing to become.
pub fn run(action: &FlowsAction, global: &Global) -> Result<Exit, Failure> {
    match action {
        FlowsAction::Check { files } => check(files, global),
        FlowsAction::Diff { names, looked } => crate::operate::flows::diff(names, looked, global),
        FlowsAction::Extract { names, dir, looked } => {
            crate::operate::flows::extract(names, dir.as_deref(), looked, global)
        }
        FlowsAction::Render { names, instance, setting, dir } => {
            let flows = chosen(names)?;
            let mut environment = match instance {
                Some(path) => in_file(path)?,
                None => in_store(global)?,
            };
            for (key, value) in setting {
                let refused = |fix| Failure::usage(format!("--setting {key}={value} cannot be"), fix);
                environment.set(key, value).map_err(refused)?;
            }
            write(&flows, &environment, dir.as_deref(), names.len() == 1 && !global.json)
        }
    }
}

/// The flows that the program carries.
fn product() -> Result<Vec<Flow>, Failure> {
    files::flows().map_err(|findings| {
        let problem =
            |it: Finding| Problem::error(it.action.unwrap_or_default(), it.what, it.fix).in_file(&it.file);
        Failure { exit: Exit::Internal, problems: findings.into_iter().map(problem).collect(), why: None }
    })
}

fn check(paths: &[PathBuf], global: &Global) -> Result<Exit, Failure> {
    let mut findings = Vec::new();
    let mut flows = Vec::new();
    for path in paths {
        let text = fs::read_to_string(path).map_err(|error| Failure::reading(path, &error))?;
        match Flow::read(&path.display().to_string(), &text) {
            Ok(flow) => flows.push(flow),
            Err(found) => findings.extend(found),
        }
    }
    if paths.is_empty() {
        flows = product()?;
    }
    findings.extend(check_all(&flows));
    let (errors, warnings): (Vec<&Finding>, Vec<&Finding>) = findings.iter().partition(|it| !it.warning);
    let report = if global.json {
        format!("{}\n", findings.iter().map(document).collect::<Value>())
    } else {
        let count = if paths.is_empty() { flows.len() } else { paths.len() };
        let mut lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
        lines.push(format!("{count} flows, {} errors, {} warnings\n", errors.len(), warnings.len()));
        lines.join("\n")
    };
    print_exactly(&report, None)?;
    Ok(if errors.is_empty() { Exit::Success } else { Exit::Failed })
}

fn document(finding: &Finding) -> Value {
    json!({
        "check": finding.check,
        "severity": if finding.warning { "warning" } else { "error" },
        "file": finding.file,
        "action": finding.action,
        "what": finding.what,
        "why": finding.why,
        "fix": finding.fix,
    })
}

/// The flows with these names, all without any.
fn chosen(names: &[String]) -> Result<Vec<Flow>, Failure> {
    let mut flows = product()?;
    for name in names {
        if !flows.iter().any(|it| it.name == *name) {
            let known: Vec<&str> = flows.iter().map(|it| it.name.as_str()).collect();
            return Err(Failure::usage(
                format!("there is no flow `{name}`"),
                format!("use {}", known.join(", ")),
            ));
        }
    }
    flows.retain(|it| names.is_empty() || names.contains(&it.name));
    Ok(flows)
}

/// Settings of flows that an environment has too.
const SETTINGS: [(&str, &str); 2] = [("voiceId", "voice_id"), ("voiceLanguage", "voice_language")];

/// The instance as a store knows it; names and settings are those of its environment.
fn in_store(global: &Global) -> Result<Environment, Failure> {
    if !global.names_place() && site::environment(global)?.is_none() {
        let fix = "give --env NAME or --store FILE whose store knows it, or --instance FILE";
        return Err(Failure::usage("no instance is named", fix));
    }
    let session = session::open(global, Purpose::Read)?;
    let now = session.read(Operation::ReadConnect)?;
    let place = session.site.name();
    let problem = |at: String, what: String, fix: String| Problem::error(at, what, fix).in_file(&place);
    let mut document = serde_json::to_value(Instance::export(&now)).unwrap_or_default();
    if let Some((own, _)) = &session.site.environment {
        for name in ["stage", "service"] {
            document[name] = own.get(name).into();
        }
        let settings: Map<String, Value> =
            SETTINGS.iter().map(|(key, name)| ((*key).to_owned(), own.get(name).into())).collect();
        document["settings"] = settings.into();
    }
    Environment::read(&document).map_err(|problems| {
        Failure::data(problems.into_iter().map(|(at, what, fix)| problem(at, what, fix)).collect())
    })
}

/// The instance as a file describes it.
fn in_file(path: &Path) -> Result<Environment, Failure> {
    let text = fs::read_to_string(path).map_err(|error| Failure::reading(path, &error))?;
    let problem = |place: String, what: String, fix: String| {
        Problem::error(place, what, fix).in_file(&path.display().to_string())
    };
    let document: Value = serde_json::from_str(&text).map_err(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        Failure::data(vec![problem(place, "this is not valid JSON".to_owned(), "mend the place".to_owned())])
    })?;
    Environment::read(&document).map_err(|problems| {
        Failure::data(problems.into_iter().map(|(place, what, fix)| problem(place, what, fix)).collect())
    })
}

fn unresolved(missing: Unresolved) -> Problem {
    let place = format!("action {} / {}", missing.action, missing.place);
    Problem::error(place, format!("{}: {}", missing.token, missing.what), missing.fix).in_file(&missing.file)
}

/// Renders the flows and writes them, all or none: into a folder, or as one document.
fn write(flows: &[Flow], environment: &Environment, dir: Option<&Path>, bare: bool) -> Result<Exit, Failure> {
    let (mut rendered, mut missing) = (Map::new(), Vec::new());
    for flow in flows {
        match render(flow, environment) {
            Ok(content) => {
                let name = Token { kind: TokenKind::Flow, name: &flow.name };
                rendered.insert(environment.full_name(name), content);
            }
            Err(found) => missing.extend(found),
        }
    }
    if !missing.is_empty() {
        let problems = missing.into_iter().map(unresolved).collect();
        return Err(Failure { exit: Exit::Failed, problems, why: None });
    }
    let Some(dir) = dir else {
        let document = match rendered.values().next() {
            Some(content) if bare => content.to_string(),
            _ => Value::Object(rendered).to_string(),
        };
        return print_exactly(&format!("{document}\n"), None);
    };
    let failed = |path: &Path, error| Failure::writing(&path.display().to_string(), &error);
    fs::create_dir_all(dir).map_err(|error| failed(dir, error))?;
    for (name, content) in rendered {
        let path = dir.join(format!("{name}.json"));
        fs::write(&path, format!("{content}\n")).map_err(|error| failed(&path, error))?;
    }
    Ok(Exit::Success)
}
