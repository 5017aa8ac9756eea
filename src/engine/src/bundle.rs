//! Workspace documents as one value: a bundle file, or the texts of its parts (`spec/testing.md` 5.1).

use std::collections::HashMap;

use serde_json::value::RawValue;

use crate::catalogue::Catalogue;
use crate::json;
use crate::model::RuleSet;
use crate::model::read;
use crate::offline::Stubs;
use crate::problem::{Problem, has_errors};
use crate::value::Value;
use crate::workspace::{Options, Workspace};

/// The parts of a workspace, read but not compiled.
#[derive(Clone, Debug, Default)]
pub struct Bundle {
    /// Rule sets in document order.
    pub rule_sets: Vec<RuleSet>,
    /// What the instance holds.
    pub catalogue: Catalogue,
    /// Offline bots and functions.
    pub stubs: Stubs,
    /// Test documents as found (`tests`), undefined if there are none.
    pub tests: Value,
    /// What was wrong but survivable.
    pub problems: Vec<Problem>,
}

/// Texts of the parts of a workspace, each with the name of the file it came from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Parts<'a> {
    /// Rule-set export.
    pub rule_sets: Option<(&'a str, &'a str)>,
    /// Connect catalogue.
    pub connect: Option<(&'a str, &'a str)>,
    /// Offline bots.
    pub lex: Option<(&'a str, &'a str)>,
    /// Offline functions.
    pub functions: Option<(&'a str, &'a str)>,
    /// Test documents.
    pub tests: Option<(&'a str, &'a str)>,
}

impl Bundle {
    /// Reads a bundle file: an object with the keys of 5.1. A bare array is rule sets alone.
    ///
    /// # Errors
    /// All problems found, at least one of them an error.
    pub fn read(file: &str, text: &str) -> Result<Bundle, Vec<Problem>> {
        if text.trim_start().starts_with('[') {
            return Bundle::from_parts(&Parts { rule_sets: Some((file, text)), ..Parts::default() });
        }
        let members: HashMap<std::borrow::Cow<'_, str>, &RawValue> =
            serde_json::from_str(text).map_err(|e| vec![read::json_problem(&e).in_file(file)])?;
        let part = |key: &str| members.get(key).map(|raw| (file, raw.get()));
        Bundle::from_parts(&Parts {
            rule_sets: part("ruleSets"),
            connect: part("connect"),
            lex: part("lex"),
            functions: part("functions"),
            tests: part("tests"),
        })
    }

    /// Reads the parts of a workspace; missing ones are empty.
    ///
    /// # Errors
    /// All problems found, at least one of them an error.
    pub fn from_parts(parts: &Parts<'_>) -> Result<Bundle, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut bundle = Bundle::default();
        if let Some((file, text)) = parts.rule_sets {
            match read::rule_sets(text) {
                Ok(read) => {
                    bundle.rule_sets = read.rule_sets;
                    problems.extend(read.problems.into_iter().map(|p| p.in_file(file)));
                }
                Err(problem) => problems.push(problem.in_file(file)),
            }
        }
        let mut value = |part: Option<(&str, &str)>| match part {
            None => Value::Undefined,
            Some((file, text)) => json::parse(text).unwrap_or_else(|e| {
                problems.push(read::json_problem(&e).in_file(file));
                Value::Undefined
            }),
        };
        let connect = value(parts.connect);
        let lex = value(parts.lex);
        let functions = value(parts.functions);
        bundle.tests = value(parts.tests);
        let mut found = Vec::new();
        bundle.catalogue =
            if connect.is_nil() { Catalogue::empty() } else { Catalogue::read(&connect, &mut found) };
        let connect_file = parts.connect.map_or("", |(file, _)| file);
        problems.extend(found.into_iter().map(|p| p.in_file(connect_file)));
        match Stubs::read(&lex, &functions, &bundle.catalogue.prefix()) {
            Ok(stubs) => bundle.stubs = stubs,
            Err(error) => {
                let part = if error.file == "lex.json" { parts.lex } else { parts.functions };
                let problem = Problem::error(
                    error.path.clone(),
                    format!("expected {}, found {}", error.expected, error.found),
                    "put the right kind of value there",
                );
                problems.push(problem.in_file(part.map_or(error.file, |(file, _)| file)));
            }
        }
        if has_errors(&problems) {
            return Err(problems);
        }
        bundle.problems = problems;
        Ok(bundle)
    }

    /// Compiles the workspace; the stubs and tests stay with the caller.
    pub fn workspace(&self, options: Options) -> Workspace {
        Workspace::new(self.rule_sets.clone(), self.catalogue.clone(), options)
    }
}
