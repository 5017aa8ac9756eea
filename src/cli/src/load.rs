//! Reading a workspace from a folder, a bundle file, single files or the built-in demo
//! (`spec/testing.md` 5.1).

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use connect_rules_engine::bundle::{Bundle, Parts};
use connect_rules_engine::compat::Compat;
use connect_rules_engine::json;
use connect_rules_engine::model::{RuleSet, read};
use connect_rules_engine::problem::Problem;
use connect_rules_engine::value::Value;
use connect_rules_engine::workspace::{Options, Workspace};
use connect_rules_store::service;
use connect_rules_store::{Actor, Operation};
use serde_json::value::RawValue;

use crate::args::{Global, WorkspaceArgs};
use crate::demo;
use crate::exit::Failure;
use crate::model_commands::session::{self, Purpose};
use crate::site::Site;
use crate::{instance, open, say, synthesise};

/// Larger files are refused: a workspace of half a million rules has about 100 MB.
const LARGEST_FILE: u64 = 1 << 30;

/// A workspace that was read.
#[derive(Debug)]
pub struct Loaded {
    /// Its documents.
    pub bundle: Bundle,
    /// `--compat`, else the workspace's own setting, else corrected.
    pub compat: Compat,
    /// The file that the rule sets came from, for reports; none for the demo.
    pub rule_sets_file: Option<String>,
    /// The folder with recorded tests, if the workspace is a folder that has one.
    pub tests_folder: Option<PathBuf>,
    /// Whether this is the built-in demo.
    pub is_demo: bool,
    /// Who works on the store, if the workspace is one.
    pub actor: Option<Actor>,
}

impl Loaded {
    /// Compiles the workspace; the stubs stay in the bundle.
    pub fn workspace(&mut self) -> Workspace {
        let options = Options { compat: self.compat, ..Options::default() };
        let rule_sets = std::mem::take(&mut self.bundle.rule_sets);
        Workspace::new(rule_sets, std::mem::take(&mut self.bundle.catalogue), options)
    }
}

/// Reads the workspace that the arguments name and says what is odd about it. Where they name none it is the store
/// that the screens open, else the built-in demo, and it is told which.
///
/// # Errors
/// A file cannot be read or is not valid.
pub fn load(args: &WorkspaceArgs, global: &Global) -> Result<Loaded, Failure> {
    if global.names_place() {
        return load_store(args, global);
    }
    if args.workspace.is_some() || args.rulesets.is_some() {
        return load_files(args, global);
    }
    // Without a home folder there is no store of this machine.
    let site = if open::folders().is_some() { Some(Site::of(global)?) } else { None };
    let site = site.filter(|site| site.environment.is_some() || site.file.exists());
    let what = match &site {
        None => "the built-in demo".to_owned(),
        Some(site) if site.environment.is_some() => site.name(),
        Some(site) => format!("the store {}", site.name()),
    };
    // Standard error of --json is JSON.
    if !global.json {
        say::notice(&format!("on {what} (--workspace, --store or --env name another place)"), global);
    }
    if site.is_some() { load_store(args, global) } else { load_files(args, global) }
}

/// Reads the built-in demo.
///
/// # Errors
/// It is not valid.
pub fn load_demo(global: &Global) -> Result<Loaded, Failure> {
    load_files(&WorkspaceArgs::default(), global)
}

fn load_files(args: &WorkspaceArgs, global: &Global) -> Result<Loaded, Failure> {
    let single = [&args.rulesets, &args.connect, &args.lex, &args.functions];
    let single = single.map(|path| path.as_deref().map(read_text).transpose());
    let [rule_sets, connect, lex, functions] = single;
    let single = [rule_sets?, connect?, lex?, functions?];

    let mut base: [Option<Document>; 5] = [const { None }; 5];
    let mut bundle_file = None;
    let mut tests_folder = None;
    match &args.workspace {
        Some(path) if path.is_dir() => {
            let names = ["rulesets.json", "connect.json", "lex.json", "functions.json"];
            for (at, name) in names.into_iter().enumerate() {
                let file = path.join(name);
                if single[at].is_none() && (file.exists() || at == 0) {
                    base[at] = Some(read_text(&file)?);
                }
            }
            tests_folder = Some(path.join("tests")).filter(|folder| folder.is_dir());
        }
        Some(path) => bundle_file = Some(read_text(path)?),
        None => {}
    }

    let mut parts = Parts::default();
    if args.workspace.is_none() && args.rulesets.is_none() {
        parts = demo::PARTS;
    }
    let mut compat = None;
    if let Some((file, text)) = &bundle_file {
        parts = bundle_parts(file, text, &mut compat)?;
    }
    let slots =
        [&mut parts.rule_sets, &mut parts.connect, &mut parts.lex, &mut parts.functions, &mut parts.tests];
    for (slot, document) in slots.into_iter().zip(&base) {
        if let Some((file, text)) = document {
            *slot = Some((file, text));
        }
    }
    let slots = [&mut parts.rule_sets, &mut parts.connect, &mut parts.lex, &mut parts.functions];
    for (slot, document) in slots.into_iter().zip(&single) {
        if let Some((file, text)) = document {
            *slot = Some((file, text));
        }
    }
    let mut bundle = Bundle::from_parts(&parts).map_err(Failure::data)?;
    if let Some((file, _)) = parts.connect {
        bundle.problems.extend(instance::check(&bundle.catalogue).into_iter().map(|p| p.in_file(file)));
    }
    say::warnings(&bundle.problems, global);
    if args.synthesise {
        synthesise::synthesise(&bundle.rule_sets, &mut bundle.catalogue);
    }
    let is_demo = args.workspace.is_none() && args.rulesets.is_none();
    let rule_sets_file = parts.rule_sets.filter(|_| !is_demo).map(|(file, _)| file.to_owned());
    Ok(Loaded {
        bundle,
        compat: global.compat().or(compat).unwrap_or_default(),
        rule_sets_file,
        tests_folder,
        is_demo,
        actor: None,
    })
}

/// Reads the workspace that a store holds. Stubs are those of the options, else the demo's.
fn load_store(args: &WorkspaceArgs, global: &Global) -> Result<Loaded, Failure> {
    if args.workspace.is_some() || args.rulesets.is_some() {
        let what = "--store or --env and --workspace or --rulesets do not go together";
        return Err(Failure::usage(what, "name one place that rule sets come from"));
    }
    let session = session::open(global, Purpose::Read)?;
    let now = session.read(Operation::ReadRuleSets)?;
    let texts = [&args.connect, &args.lex, &args.functions];
    let [connect, lex, functions] = texts.map(|path| path.as_deref().map(read_text).transpose());
    let (connect, lex, functions) = (connect?, lex?, functions?);
    // The stubs find their bots and functions by the prefix of the instance.
    let rows = json::print(&now.config_map().into()).unwrap_or_default();
    let parts = Parts {
        rule_sets: None,
        connect: part(connect.as_ref()).or(Some(("the store", &rows))),
        lex: part(lex.as_ref()).or(demo::PARTS.lex),
        functions: part(functions.as_ref()).or(demo::PARTS.functions),
        tests: None,
    };
    let mut bundle = Bundle::from_parts(&parts).map_err(Failure::data)?;
    if connect.is_none() {
        bundle.catalogue = service::catalogue(&now);
    }
    bundle.rule_sets = now.rule_sets.iter().map(|set| RuleSet::clone(set)).collect();
    bundle.tests = now.tests.iter().map(|test| Value::from(test.to_export())).collect::<Vec<_>>().into();
    say::warnings(&bundle.problems, global);
    if args.synthesise {
        synthesise::synthesise(&bundle.rule_sets, &mut bundle.catalogue);
    }
    Ok(Loaded {
        bundle,
        compat: global.compat().or(session.site.compat()).unwrap_or_default(),
        rule_sets_file: Some(session.site.name()),
        tests_folder: None,
        is_demo: false,
        actor: Some(session.actor),
    })
}

/// A file name and its text.
type Document = (String, String);

fn part(document: Option<&Document>) -> Option<(&str, &str)> {
    document.map(|(file, text)| (file.as_str(), text.as_str()))
}

/// The parts of a bundle file: an object with their keys, or an array of rule sets alone.
fn bundle_parts<'a>(file: &'a str, text: &'a str, compat: &mut Option<Compat>) -> Result<Parts<'a>, Failure> {
    if text.trim_start().starts_with('[') {
        return Ok(Parts { rule_sets: Some((file, text)), ..Parts::default() });
    }
    let members: HashMap<Cow<'a, str>, &'a RawValue> =
        serde_json::from_str(text).map_err(|e| Failure::data(vec![read::json_problem(&e).in_file(file)]))?;
    let part = |key: &str| members.get(key).map(|raw| (file, raw.get()));
    if let Some((_, given)) = part("compat") {
        let parsed = serde_json::from_str::<String>(given).ok().and_then(|name| Compat::parse(&name));
        let problem = || {
            Problem::error(
                "compat",
                format!("there is no setting {given}"),
                "write \"original\" or \"corrected\"",
            )
            .in_file(file)
        };
        *compat = Some(parsed.ok_or_else(|| Failure::data(vec![problem()]))?);
    }
    let parts = Parts {
        rule_sets: part("ruleSets"),
        connect: part("connect"),
        lex: part("lex"),
        functions: part("functions"),
        tests: part("tests"),
    };
    if parts.rule_sets.is_none() {
        let problem = Problem::error(
            "",
            "the workspace has no `ruleSets`",
            "give an object with ruleSets, connect, lex, functions, or an array of rule sets",
        );
        return Err(Failure::data(vec![problem.in_file(file)]));
    }
    Ok(parts)
}

/// Reads a text file as UTF-8, without its byte order mark.
///
/// # Errors
/// It cannot be read, is too large, or is not UTF-8; the last with line and column.
pub fn read_text(path: &Path) -> Result<Document, Failure> {
    let name = path.display().to_string();
    let refused = |place: String, what: String, fix: &str| {
        Failure::data(vec![Problem::error(place, what, fix).in_file(&name)])
    };
    if path.is_dir() {
        return Err(refused(String::new(), "is a folder, a file is needed here".to_owned(), "name the file"));
    }
    let file = File::open(path).map_err(|e| Failure::reading(path, &e))?;
    let mut bytes = Vec::new();
    if let Ok(length) = file.metadata().map(|m| m.len()) {
        bytes.reserve(length.min(LARGEST_FILE) as usize + 1);
    }
    file.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(|e| Failure::reading(path, &e))?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(refused(
            String::new(),
            format!("is larger than {} MiB", LARGEST_FILE >> 20),
            "split it, or check that it is the right file",
        ));
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok((name, text)),
        Err(error) => {
            let (place, byte) = bad_byte(error.as_bytes(), error.utf8_error().valid_up_to());
            Err(refused(
                place,
                format!("not UTF-8: byte 0x{byte:02x} is no character"),
                "save the file as UTF-8",
            ))
        }
    }
}

/// Line and column of a byte, and the byte itself.
fn bad_byte(bytes: &[u8], at: usize) -> (String, u8) {
    let before = &bytes[..at];
    let line = before.split(|b| *b == b'\n').count();
    let start = before.iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
    let column = String::from_utf8_lossy(&before[start..]).chars().count() + 1;
    (format!("line {line} column {column}"), bytes.get(at).copied().unwrap_or_default())
}
