//! Things as people describe them: a document that is stored or in a file, with single values changed by
//! options.

use std::path::Path;

use connect_rules_engine::json;
use connect_rules_engine::model::read;
use connect_rules_engine::model::{RuleSet, read::json_problem};
use connect_rules_engine::problem::{Problem, Severity, has_errors};
use connect_rules_engine::script::{ReadOptions, TestDocument};
use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_store::{EndPoint, Entity, Holiday, Kind};

use super::session::read_text;
use crate::args::Global;
use crate::exit::Failure;
use crate::say;

/// What a member holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    Text,
    Flag,
    List,
    Object,
    Any,
}

/// Members of documents that a person may give.
fn known(kind: Kind) -> &'static [(&'static str, Holds)] {
    use Holds::{Any, Flag, List, Object, Text};
    match kind {
        Kind::RuleSet => &[
            ("name", Text),
            ("description", Text),
            ("enabled", Flag),
            ("endPoints", List),
            ("folder", Text),
            ("rules", List),
        ],
        Kind::Rule => &[
            ("name", Text),
            ("description", Text),
            ("priority", Any),
            ("activation", Any),
            ("type", Text),
            ("enabled", Flag),
            ("params", Object),
            ("weights", List),
        ],
        Kind::EndPoint => {
            &[("name", Text), ("description", Text), ("inboundNumbers", List), ("enabled", Flag)]
        }
        Kind::Holiday => &[("when", Text), ("name", Text), ("description", Text), ("closed", Flag)],
        Kind::Test => &[
            ("name", Text),
            ("productionReady", Flag),
            ("folder", Text),
            ("testReference", Text),
            ("description", Text),
            ("endPoint", Text),
            ("testDateTime", Text),
            ("customerPhoneNumber", Text),
            ("payload", Text),
            ("contactAttributes", Object),
            ("scriptVersion", Any),
            ("mocks", Object),
        ],
        Kind::User | Kind::Config => &[],
    }
}

/// Members that documents of a store have beside what a person may give; they are left alone.
const STAMPS: [&str; 8] =
    ["ruleSetId", "ruleId", "endPointId", "holidayId", "testId", "rev", "updatedAt", "updatedBy"];

/// A document being put together.
pub struct Draft {
    kind: Kind,
    /// Its members so far.
    pub members: Map,
}

impl Draft {
    /// A new thing with the defaults of its kind.
    pub fn fresh(kind: Kind) -> Self {
        let defaults: &[(&str, Value)] = &match kind {
            Kind::RuleSet => vec![
                ("enabled", true.into()),
                ("endPoints", vec![].into()),
                ("folder", "/".into()),
                ("rules", vec![].into()),
            ],
            Kind::Rule => {
                vec![
                    ("priority", "0".into()),
                    ("activation", "0".into()),
                    ("params", Map::new().into()),
                    ("weights", vec![].into()),
                    ("enabled", true.into()),
                ]
            }
            Kind::EndPoint => vec![("enabled", true.into())],
            Kind::Holiday => vec![("closed", true.into())],
            Kind::Test => vec![
                ("folder", "/".into()),
                ("productionReady", true.into()),
                ("customerPhoneNumber", "anonymous".into()),
                ("scriptVersion", Value::Number(2.0)),
            ],
            Kind::User | Kind::Config => vec![],
        };
        let members = defaults.iter().cloned().collect();
        Draft { kind, members }
    }

    /// A stored thing.
    pub fn of(entity: &Entity) -> Self {
        Draft { kind: entity.kind(), members: entity.document() }
    }

    /// Takes the members of the document in a file.
    ///
    /// # Errors
    /// It cannot be read, is no JSON object, or has members that are unknown or hold the wrong thing.
    pub fn read(&mut self, file: Option<&Path>) -> Result<(), Failure> {
        let Some(file) = file else { return Ok(()) };
        let (name, given) = object(file)?;
        let mut problems = Vec::new();
        for (member, value) in &given {
            let Some((_, holds)) = known(self.kind).iter().find(|(known, _)| **known == **member) else {
                if !STAMPS.contains(&&**member) {
                    let names: Vec<&str> = known(self.kind).iter().map(|(name, _)| *name).collect();
                    let what = format!("a {} has no such member", self.kind);
                    let fix = format!("use {}", names.join(", "));
                    problems.push(Problem::error(member.to_string(), what, fix).in_file(&name));
                }
                continue;
            };
            let (fits, wanted) = match holds {
                Holds::Text => (value.as_str().is_some(), "a text"),
                Holds::Flag => (matches!(value, Value::Bool(_)), "true or false"),
                Holds::List => (value.as_array().is_some(), "a list"),
                Holds::Object => (value.as_object().is_some(), "an object"),
                Holds::Any => (value.as_str().is_some() || value.is_number(), "a text or a number"),
            };
            if !fits {
                let what = format!("must be {wanted}");
                problems.push(Problem::error(member.to_string(), what, "write it so").in_file(&name));
            }
            self.members.insert(Text::clone(member), value.clone());
        }
        if problems.is_empty() { Ok(()) } else { Err(Failure::data(problems)) }
    }

    /// Sets a member if a value is given.
    pub fn set(&mut self, member: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.members.insert(member, value.into());
        }
    }

    /// Sets a member to a list of texts if there are any, or if there are to be none.
    pub fn set_list(&mut self, member: &str, texts: &[String], none: bool) {
        let list: Vec<Value> = texts.iter().map(|text| text.as_str().into()).collect();
        self.set(member, (none || !list.is_empty()).then_some(list));
    }

    fn text(&self, member: &str) -> Text {
        self.members.get(member).filter(|value| !value.is_nil()).map(Value::text).unwrap_or_default()
    }

    fn flag(&self, member: &str) -> bool {
        matches!(self.members.get(member), Some(Value::Bool(true)))
    }

    /// The draft as a rule set; a draft of a rule as the only rule of one.
    ///
    /// # Errors
    /// The document is not that of one.
    pub fn rule_set(&self, global: &Global) -> Result<RuleSet, Failure> {
        let document = json::print(&Value::from(self.members.clone())).unwrap_or_default();
        let text = match self.kind {
            Kind::Rule => format!("[{{\"name\":\"-\",\"rules\":[{document}]}}]"),
            _ => format!("[{document}]"),
        };
        let mut read = read::rule_sets(&text).map_err(|problem| Failure::data(vec![problem]))?;
        if has_errors(&read.problems) {
            return Err(Failure::data(read.problems));
        }
        say::warnings(&read.problems, global);
        let wrong =
            || Failure::refused("", "this is no document of a rule set", "see `export json` for the form");
        read.rule_sets.pop().ok_or_else(wrong)
    }

    /// The draft as an end point.
    pub fn end_point(&self) -> EndPoint {
        let numbers = self.members.get("inboundNumbers").and_then(Value::as_array).unwrap_or_default();
        EndPoint {
            id: self.text("endPointId"),
            name: self.text("name"),
            description: self.text("description"),
            inbound_numbers: numbers.iter().map(Value::text).collect(),
            enabled: self.flag("enabled"),
        }
    }

    /// The draft as a holiday.
    pub fn holiday(&self) -> Holiday {
        Holiday {
            id: self.text("holidayId"),
            when: self.text("when"),
            name: self.text("name"),
            description: self.text("description"),
            closed: self.flag("closed"),
        }
    }

    /// The draft as a test; `now` stands for a missing date and time.
    ///
    /// # Errors
    /// A member is missing or holds the wrong thing.
    pub fn test(&self, now: &str) -> Result<TestDocument, Failure> {
        let (test, findings) =
            TestDocument::read(&self.members, "", &ReadOptions { now, absent_ready: true });
        let errors: Vec<Problem> = findings
            .into_iter()
            .map(Problem::from)
            .filter(|problem| problem.severity == Severity::Error)
            .collect();
        if errors.is_empty() {
            return Ok(test);
        }
        Err(Failure { problems: errors, ..Failure::refused("", "", "") })
    }
}

/// A JSON object in a file, and the name of the file.
///
/// # Errors
/// It cannot be read or is no JSON object.
pub fn object(file: &Path) -> Result<(String, Map), Failure> {
    let (name, value) = value(file)?;
    if let Some(members) = value.as_object() {
        return Ok((name, members.clone()));
    }
    let problem = Problem::error("", "expected a JSON object", "write {\"member\": value}");
    Err(Failure::data(vec![problem.in_file(&name)]))
}

fn value(file: &Path) -> Result<(String, Value), Failure> {
    let (name, text) = read_text(file)?;
    let value = json::parse(&text).map_err(|e| Failure::data(vec![json_problem(&e).in_file(&name)]))?;
    Ok((name, value))
}
