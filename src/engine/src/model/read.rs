//! Rule sets from JSON: one fast pass that borrows from the text, tolerates what the original's data
//! holds (`spec/model.md` 1, 14.3) and reports every problem with its place.

mod raw;

use std::borrow::Cow;
use std::fmt::Write as _;

use rustc_hash::{FxBuildHasher, FxHashSet};
use serde::de::DeserializeSeed as _;

use raw::{Document, List, Members, RawRule, RawRuleSet, RawValue, RawWeight, Scalar};

use super::{Params, Rule, RuleSet, Weight};
use crate::kinds::RuleType;
use crate::problem::Problem;
use crate::value::{Text, Value};

/// Texts up to this length share one allocation with their equals.
const SHARED_LENGTH: usize = 48;

/// Parameters of one rule, items of one list, weights of one rule: more than this is refused.
const MOST_ITEMS: usize = 10_000;

/// Up to so many things are compared one by one, which is faster than hashing them.
const FEW: usize = 24;

/// Rule sets of a document and what was found wrong with them.
#[derive(Debug, Default)]
pub struct RuleSets {
    /// Rule sets in document order. Those that could not be read at all are left out.
    pub rule_sets: Vec<RuleSet>,
    /// Problems in document order; see [`crate::problem::has_errors`].
    pub problems: Vec<Problem>,
}

/// Reads a rule-set export: a bare array, or the envelope `{type: "RulesEngineRuleSets", ruleSets: […]}`.
///
/// Missing optional members get their defaults, numbers and booleans are accepted where texts are
/// stored, names outside today's rules are kept. Everything that would leave half a rule set is an
/// error in `problems`.
///
/// # Errors
/// The text is not JSON of this outline; the error holds line and column.
pub fn rule_sets(text: &str) -> Result<RuleSets, Problem> {
    let mut reader = Reader::default();
    let mut parser = serde_json::Deserializer::from_str(text);
    let found = Document(&mut reader).deserialize(&mut parser).and_then(|found| parser.end().map(|()| found));
    match found {
        Ok(None) => Ok(RuleSets { rule_sets: reader.rule_sets, problems: reader.problems }),
        Ok(Some("an object")) => Err(Problem::error(
            "",
            "the document is an object without `ruleSets`",
            "give an array of rule sets, or {\"ruleSets\": [...]}",
        )),
        Ok(Some(kind)) => Err(Problem::error(
            "",
            format!("expected an array of rule sets, found {kind}"),
            "give the array that a rule-set export holds",
        )),
        Err(error) => Err(json_problem(&error)),
    }
}

/// A problem for text that is not JSON: what the parser said, with line and column.
pub fn json_problem(error: &serde_json::Error) -> Problem {
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or(&text).to_owned();
    Problem::error(
        format!("line {} column {}", error.line(), error.column()),
        format!("not valid JSON here: {what}"),
        "mend the file at this place; nothing was read from it",
    )
}

/// Turns raw rule sets into the model, sharing equal texts and noting problems.
#[derive(Default)]
struct Reader {
    rule_sets: Vec<RuleSet>,
    names: FxHashSet<Text>,
    shared: FxHashSet<Text>,
    problems: Vec<Problem>,
}

/// Where the reader is; the text is only made when there is a problem to place.
#[derive(Clone, Copy)]
struct Place<'a> {
    rule_set: (usize, &'a str),
    rule: Option<(usize, &'a str)>,
    weight: Option<usize>,
}

impl Place<'_> {
    fn at(&self, member: &str) -> String {
        let mut out = format!("ruleSets[{}] \"{}\"", self.rule_set.0, self.rule_set.1);
        if let Some((i, name)) = self.rule {
            let _ = write!(out, " / rules[{i}] \"{name}\"");
        }
        if let Some(i) = self.weight {
            let _ = write!(out, " / weights[{i}]");
        }
        if !member.is_empty() {
            out += " / ";
            out += member;
        }
        out
    }
}

impl Reader {
    /// Takes one rule set of the document, number `i`.
    fn add(&mut self, i: usize, raw: RawRuleSet<'_>) {
        let name = raw.name.shown();
        let place = Place { rule_set: (i, &name), rule: None, weight: None };
        if let Some(kind) = raw.kind {
            self.error(
                place.at(""),
                format!("expected a rule set, found {kind}"),
                "give an object with name and rules",
            );
            return;
        }
        let Some(rule_set) = self.rule_set(raw, place) else { return };
        if !self.names.insert(Text::clone(&rule_set.name)) {
            self.error(
                place.at("name"),
                "another rule set of this file has the same name; references could not tell them apart",
                "rename or remove one of them",
            );
        }
        self.rule_sets.push(rule_set);
    }

    fn rule_set(&mut self, raw: RawRuleSet<'_>, place: Place<'_>) -> Option<RuleSet> {
        let name = self.required(raw.name, place, "name")?;
        let folder = self.optional(raw.folder, place, "folder").unwrap_or_else(|| self.share("/"));
        let mut rules = Vec::new();
        match raw.rules {
            Some(List::Items(items, _)) => {
                rules.reserve_exact(items.len());
                let few = items.len() <= FEW;
                let room = if few { 0 } else { items.len() };
                let mut names: FxHashSet<Text> = FxHashSet::with_capacity_and_hasher(room, FxBuildHasher);
                for (i, raw) in items.into_iter().enumerate() {
                    let rule_name = raw.name.shown();
                    let place = Place { rule: Some((i, &rule_name)), ..place };
                    if let Some(kind) = raw.kind {
                        self.error(
                            place.at(""),
                            format!("expected a rule, found {kind}"),
                            "give an object with name, type and params",
                        );
                        continue;
                    }
                    let Some(rule) = self.rule(raw, place) else { continue };
                    let again = if few {
                        rules.iter().any(|other: &Rule| other.name == rule.name)
                    } else {
                        !names.insert(Text::clone(&rule.name))
                    };
                    if again {
                        self.problems.push(Problem::warning(
                            place.at("name"),
                            "another rule of this rule set has the same name; a contact that leaves the later one \
                             resumes after the first and repeats it for ever",
                            "rename one of them; an import adds a number to the later one",
                        ));
                    }
                    rules.push(rule);
                }
            }
            Some(List::Other(kind)) => self.error(
                place.at("rules"),
                format!("expected an array, found {kind}"),
                "give the rules as an array",
            ),
            None => {}
        }
        Some(RuleSet {
            id: self.own(raw.id, place, "ruleSetId"),
            name,
            description: self
                .optional(raw.description, place, "description")
                .unwrap_or_else(|| self.share("")),
            enabled: self.flag(raw.enabled, place, "enabled"),
            end_points: self.names(raw.end_points, place),
            folder: if folder.is_empty() { self.share("/") } else { folder },
            rules,
        })
    }

    fn rule(&mut self, raw: RawRule<'_>, place: Place<'_>) -> Option<Rule> {
        let name = self.required(raw.name, place, "name")?;
        let type_name = self.required(raw.rule_type, place, "type")?;
        let params = match raw.params {
            None | Some(Members::Other("null")) => Params::default(),
            Some(Members::Items(items)) => self.params(items, place)?,
            Some(Members::Other(kind)) => {
                self.error(
                    place.at("params"),
                    format!("expected an object, found {kind}"),
                    "give the parameters as an object",
                );
                return None;
            }
        };
        let weights = match raw.weights {
            None | Some(List::Other("null")) => {
                self.problems.push(Problem::warning(
                    place.at("weights"),
                    "`weights` is missing; it is read as an empty list",
                    "add [] for none",
                ));
                Vec::new()
            }
            Some(List::Items(items, _)) if items.len() > MOST_ITEMS => {
                self.error(place.at("weights"), format!("more than {MOST_ITEMS} weights"), "split the rule");
                return None;
            }
            Some(List::Items(items, _)) => {
                // Collected, they would stay in the much larger room of the outline.
                let mut weights = Vec::with_capacity(items.len());
                for (i, raw) in items.into_iter().enumerate() {
                    weights.extend(self.weight(raw, Place { weight: Some(i), ..place }));
                }
                weights
            }
            Some(List::Other(kind)) => {
                self.error(
                    place.at("weights"),
                    format!("expected an array, found {kind}"),
                    "give the weights as an array, [] for none",
                );
                return None;
            }
        };
        Some(Rule {
            id: self.own(raw.id, place, "ruleId"),
            name,
            description: self
                .optional(raw.description, place, "description")
                .unwrap_or_else(|| self.share("")),
            priority: self.optional(raw.priority, place, "priority").unwrap_or_else(|| self.share("0")),
            activation: self.optional(raw.activation, place, "activation"),
            rule_type: RuleType::parse(&type_name),
            enabled: self.flag(raw.enabled, place, "enabled"),
            params,
            weights,
        })
    }

    /// Parameters in their order; small objects, as nearly all are, without hashing.
    fn params(&mut self, items: Vec<(Cow<'_, str>, RawValue<'_>)>, place: Place<'_>) -> Option<Params> {
        let length = |value: &RawValue<'_>| match value {
            RawValue::Other(Value::Array(items)) => items.len(),
            _ => 0,
        };
        let longest = items.iter().map(|(_, value)| length(value)).max().unwrap_or(0);
        if items.len().max(longest) > MOST_ITEMS {
            self.error(
                place.at("params"),
                format!("more than {MOST_ITEMS} parameters, or items in one of them"),
                "split the rule; a store row could not hold it either",
            );
            return None;
        }
        let few = items.len() <= FEW;
        let entries = items.into_iter().map(|(k, v)| (self.share(&k), self.value(v)));
        if !few {
            return Some(entries.collect());
        }
        let mut params = Params(Vec::with_capacity(entries.len()));
        for (name, value) in entries {
            params.insert(name, value);
        }
        Some(params)
    }

    fn weight(&mut self, raw: RawWeight<'_>, place: Place<'_>) -> Option<Weight> {
        if let Some(kind) = raw.kind {
            self.error(
                place.at(""),
                format!("expected a weight, found {kind}"),
                "give an object with field, operation, value, weight",
            );
            return None;
        }
        Some(Weight {
            id: self.own(raw.id, place, "weightId"),
            field: self.optional(raw.field, place, "field"),
            operation: self.operation(raw.operation, place),
            value: self.scalar(raw.value, place, "value", true),
            weight: self.scalar(raw.weight, place, "weight", false),
        })
    }

    fn names(&mut self, raw: Option<List<'_, Scalar<'_>>>, place: Place<'_>) -> Vec<Text> {
        match raw {
            None | Some(List::Other("null")) => Vec::new(),
            Some(List::Items(items, _)) => {
                let mut names = Vec::with_capacity(items.len());
                for raw in items {
                    names.extend(self.required(raw, place, "endPoints"));
                }
                names
            }
            Some(List::Other(kind)) => {
                self.error(
                    place.at("endPoints"),
                    format!("expected an array of end point names, found {kind}"),
                    "give the names as an array, [] for none",
                );
                Vec::new()
            }
        }
    }

    fn required(&mut self, raw: Scalar<'_>, place: Place<'_>, member: &str) -> Option<Text> {
        if matches!(raw, Scalar::Absent | Scalar::Null) {
            self.error(place.at(member), format!("`{member}` is missing"), "add it");
            return None;
        }
        if matches!(raw, Scalar::Other(Value::Number(_) | Value::Bool(_))) {
            self.problems.push(Problem::warning(
                place.at(member),
                format!("`{member}` is no text; it is read as one"),
                "put it in quotes",
            ));
        }
        self.optional(raw, place, member)
    }

    fn optional(&mut self, raw: Scalar<'_>, place: Place<'_>, member: &str) -> Option<Text> {
        match raw {
            Scalar::Absent | Scalar::Null => None,
            Scalar::Text(text) => Some(self.share(&text)),
            Scalar::Other(value @ (Value::Number(_) | Value::Bool(_))) => {
                Some(self.share(&value.to_string()))
            }
            Scalar::Other(value) => {
                let kind = if matches!(value, Value::Array(_)) { "an array" } else { "an object" };
                self.error(place.at(member), format!("expected a text, found {kind}"), "give a text");
                None
            }
        }
    }

    /// A text that is like no other, such as an identifier: not looked up among the shared ones.
    fn own(&mut self, raw: Scalar<'_>, place: Place<'_>, member: &str) -> Option<Text> {
        match raw {
            Scalar::Text(text) => Some(Text::from(&*text)),
            other => self.optional(other, place, member),
        }
    }

    /// A missing operation is kept as the text that the evaluator then refuses.
    fn operation(&mut self, raw: Scalar<'_>, place: Place<'_>) -> Text {
        if let Some(text) = self.optional(raw, place, "operation") {
            return text;
        }
        self.problems.push(Problem::warning(
            place.at("operation"),
            "`operation` is missing; a contact that reaches this rule fails",
            "add it",
        ));
        self.share("undefined")
    }

    /// A value that keeps the difference between absent, null and given; texts out of numbers (Q51) on
    /// request.
    fn scalar(&mut self, raw: Scalar<'_>, place: Place<'_>, member: &str, as_text: bool) -> Value {
        match raw {
            Scalar::Absent => Value::Undefined,
            Scalar::Null => Value::Null,
            Scalar::Other(value @ (Value::Number(_) | Value::Bool(_))) if !as_text => value,
            raw => self.optional(raw, place, member).map_or(Value::Undefined, Value::String),
        }
    }

    /// Only the text or boolean `true` is true; anything else disables (`spec/model.md` 1).
    fn flag(&mut self, raw: Scalar<'_>, place: Place<'_>, member: &str) -> bool {
        match raw {
            Scalar::Other(Value::Bool(flag)) => flag,
            raw => self.optional(raw, place, member).is_some_and(|text| &*text == "true"),
        }
    }

    fn error(&mut self, place: String, what: impl Into<String>, fix: &str) {
        self.problems.push(Problem::error(place, what, fix));
    }

    fn value(&mut self, value: RawValue<'_>) -> Value {
        match value {
            RawValue::Text(text) => Value::String(self.share(&text)),
            RawValue::Other(value) => value,
        }
    }

    fn share(&mut self, text: &str) -> Text {
        if text.len() > SHARED_LENGTH {
            return Text::from(text);
        }
        if let Some(shared) = self.shared.get(text) {
            return Text::clone(shared);
        }
        let shared = Text::from(text);
        self.shared.insert(Text::clone(&shared));
        shared
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_and_tolerated_kinds() {
        let read = rule_sets(r#"[{"name":"A","enabled":true,"rules":[{"name":"r","type":"Message","enabled":"true","priority":5}]}]"#).unwrap();
        let places: Vec<&str> = read.problems.iter().map(|p| p.place.as_str()).collect();
        assert_eq!(places, ["ruleSets[0] \"A\" / rules[0] \"r\" / weights"]);
        let set = &read.rule_sets[0];
        assert_eq!((&*set.folder, set.enabled, set.end_points.len()), ("/", true, 0));
        let rule = &set.rules[0];
        assert_eq!((&*rule.priority, &rule.activation, rule.enabled), ("5", &None, true));
    }

    #[test]
    fn problems_say_where() {
        let read = rule_sets(r#"[{"name":"A","rules":[{"name":"r","type":"Message","weights":[{"field":{},"operation":"equals"}]}]},7,{"name":"A"}]"#).unwrap();
        let places: Vec<&str> = read.problems.iter().map(|p| p.place.as_str()).collect();
        assert_eq!(
            places,
            [
                "ruleSets[0] \"A\" / rules[0] \"r\" / weights[0] / field",
                "ruleSets[1] \"\"",
                "ruleSets[2] \"A\" / name"
            ]
        );
    }

    #[test]
    fn broken_json_has_line_and_column() {
        let problem = rule_sets("[\n {\"name\": }\n]").unwrap_err();
        assert_eq!(problem.place, "line 2 column 11");
    }
}
