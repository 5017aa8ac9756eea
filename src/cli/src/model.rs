//! `graph`, `export`, `rule-types` and `completions`: views of rule sets that run nothing.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

use clap::CommandFactory as _;
use connect_rules_engine::export::{CsvOptions, csv, json as export_json};
use connect_rules_engine::graph::{self, Filter, Network};
use connect_rules_engine::json;
use connect_rules_engine::kinds::{self, EdgeKind};
use connect_rules_engine::model::RuleSet;
use connect_rules_store::Operation;

use crate::args::export::{ExportArgs, ExportForm};
use crate::args::{Cli, CompletionsArgs, Global, GraphArgs, GraphFormat};
use crate::exit::{self, Exit, Failure};
use crate::model_commands::session::failed;
use crate::{load, model_commands, say};

/// Runs `graph`.
///
/// # Errors
/// The workspace is not valid, a name is unknown, or the result cannot be written.
pub fn graph(args: &GraphArgs, global: &Global) -> Result<Exit, Failure> {
    let format = args.format.unwrap_or(if global.json { GraphFormat::Json } else { GraphFormat::Text });
    let kinds = args
        .kinds
        .iter()
        .map(|name| {
            EdgeKind::parse(name).ok_or_else(|| {
                let known: Vec<&str> = EdgeKind::ALL.iter().map(|kind| kind.name()).collect();
                Failure::usage(
                    format!("there is no kind of link `{name}`"),
                    format!("use {}", known.join(", ")),
                )
            })
        })
        .collect::<Result<_, _>>()?;
    let loaded = load::load(&args.workspace, global)?;
    let rule_sets = &loaded.bundle.rule_sets;
    if format == GraphFormat::Original {
        return print(&json::print(&graph::original(rule_sets)).unwrap_or_default(), None);
    }
    let filter = Filter {
        focus: args.focus.clone().map(|name| (name, args.depth)),
        from: args.from.clone(),
        to: args.to.clone(),
        folder: args.folder.clone(),
        kinds,
    };
    let whole = Network::build(rule_sets);
    let network = if filter == Filter::default() {
        whole
    } else {
        whole.filtered(&filter).map_err(|unknown| {
            Failure::usage(unknown.to_string(), "see `connect-rules graph` for all names; case counts")
        })?
    };
    let text = match format {
        GraphFormat::Dot => graph::dot(&network),
        GraphFormat::Mermaid => graph::mermaid(&network),
        GraphFormat::Json => graph::json(&network),
        GraphFormat::Text | GraphFormat::Original => graph::text(&network),
    };
    print(&text, None)
}

/// Runs `export`.
///
/// # Errors
/// The workspace is not valid, or the result cannot be written.
pub fn export(args: &ExportArgs, global: &Global) -> Result<Exit, Failure> {
    if args.wide && args.form != ExportForm::Csv {
        return Err(Failure::usage("--wide is for the table only", "leave it out, or export csv"));
    }
    if !matches!(args.form, ExportForm::Json | ExportForm::Csv) {
        return model_commands::exchange::export(args, global);
    }
    let mut loaded = load::load(&args.workspace, global)?;
    if let Some(actor) = &loaded.actor {
        let operation =
            if args.form == ExportForm::Json { Operation::ExportRuleSets } else { Operation::ExportCsv };
        actor.check(operation).map_err(|error| failed(&error))?;
    }
    let rule_sets = &mut loaded.bundle.rule_sets;
    if let Some(folder) = &args.folder {
        rule_sets.retain(|rule_set| is_in(rule_set, folder));
    }
    let text = if args.form == ExportForm::Csv {
        csv(rule_sets, CsvOptions { compat: loaded.compat, wide: args.wide })
    } else {
        export_json(rule_sets, loaded.compat)
    };
    print_exactly(&text, args.output.as_deref())
}

fn is_in(rule_set: &RuleSet, folder: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    rule_set.folder.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Runs `rule-types`, of all types or of that one.
///
/// # Errors
/// There is no such type, or the result cannot be written.
pub fn rule_types(name: Option<&str>) -> Result<Exit, Failure> {
    let Some(name) = name else { return print(&kinds::doc::markdown(), None) };
    let mut all = kinds::KINDS.iter().chain(&kinds::RETIRED_KINDS);
    let Some(kind) = all.find(|kind| kind.name.eq_ignore_ascii_case(name)) else {
        let known: Vec<&str> = kinds::KINDS.iter().map(|kind| kind.name).collect();
        let what = format!("there is no rule type {name:?}");
        return Err(Failure::usage(what, format!("use one of {}", known.join(", "))));
    };
    print(&kinds::doc::of(kind), None)
}

/// Runs `completions`.
///
/// # Errors
/// The result cannot be written.
pub fn completions(args: &CompletionsArgs) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "connect-rules", &mut script);
    print(&String::from_utf8_lossy(&script), None)
}

/// Writes a text that ends with a line feed.
fn print(text: &str, file: Option<&Path>) -> Result<Exit, Failure> {
    if text.is_empty() || text.ends_with('\n') {
        return print_exactly(text, file);
    }
    print_exactly(&format!("{text}\n"), file)
}

/// Writes a text as it is; a terminal gets its control characters as escapes.
///
/// # Errors
/// The place cannot be written.
pub fn print_exactly(text: &str, file: Option<&Path>) -> Result<Exit, Failure> {
    if let Some(file) = file {
        std::fs::write(file, text).map_err(|e| Failure::writing(&file.display().to_string(), &e))?;
        return Ok(Exit::Success);
    }
    let mut out = io::stdout().lock();
    let text = if out.is_terminal() { say::shown(text, true) } else { text.into() };
    exit::written(out.write_all(text.as_bytes()).and_then(|()| out.flush()))?;
    Ok(Exit::Success)
}
