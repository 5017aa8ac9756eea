//! The JSON export of rule sets (`spec/model.md` 14.1): a bare array, two-space indent, no identifiers,
//! rule sets in name order, rules in running order.

use std::borrow::Borrow;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::compat::Compat;
use crate::model::{Params, Rule, RuleSet, Weight};
use crate::references::{in_name_order, in_rule_order};
use crate::value::{Text, Value};

/// The export file of rule sets; the original imports it.
pub fn json<R: Borrow<RuleSet>>(rule_sets: &[R], compat: Compat) -> String {
    serde_json::to_string_pretty(&listed(rule_sets, compat)).unwrap_or_default()
}

/// What an enveloped export says about itself.
#[derive(Clone, Debug, Default)]
pub struct Envelope {
    /// Version of the program.
    pub version: String,
    /// Name of the environment.
    pub environment: String,
    /// Who made the export.
    pub exported_by: String,
    /// When, UTC with milliseconds.
    pub exported_at: String,
    /// Only some of the rule sets are in it: never a full import.
    pub partial: bool,
}

/// The export in an envelope `{type: "RulesEngineRuleSets", …, ruleSets}`.
pub fn envelope<R: Borrow<RuleSet>>(rule_sets: &[R], about: &Envelope, compat: Compat) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct File<'a> {
        r#type: &'static str,
        version: &'a str,
        environment_name: &'a str,
        format: u8,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        partial: bool,
        exported_by: &'a str,
        exported_at: &'a str,
        rule_set_count: usize,
        rule_sets: Vec<RuleSetFile<'a>>,
    }
    let file = File {
        r#type: "RulesEngineRuleSets",
        version: &about.version,
        environment_name: &about.environment,
        format: 1,
        partial: about.partial,
        exported_by: &about.exported_by,
        exported_at: &about.exported_at,
        rule_set_count: rule_sets.len(),
        rule_sets: listed(rule_sets, compat),
    };
    serde_json::to_string_pretty(&file).unwrap_or_default()
}

/// One rule set as it stands in an export.
pub fn value(rule_set: &RuleSet, compat: Compat) -> Value {
    serde_json::to_string(&rule_set_file(rule_set, compat))
        .ok()
        .and_then(|text| crate::json::parse(&text).ok())
        .unwrap_or_default()
}

fn listed<R: Borrow<RuleSet>>(rule_sets: &[R], compat: Compat) -> Vec<RuleSetFile<'_>> {
    in_name_order(rule_sets).into_iter().map(|rule_set| rule_set_file(rule_set, compat)).collect()
}

fn rule_set_file(rule_set: &RuleSet, compat: Compat) -> RuleSetFile<'_> {
    let rules = in_rule_order(rule_set, compat).into_iter().map(rule_file).collect();
    RuleSetFile {
        name: &rule_set.name,
        description: &rule_set.description,
        enabled: rule_set.enabled,
        end_points: rule_set.end_points.iter().map(|name| &**name).collect(),
        folder: &rule_set.folder,
        rules,
    }
}

fn rule_file(rule: &Rule) -> RuleFile<'_> {
    RuleFile {
        name: &rule.name,
        description: &rule.description,
        priority: &rule.priority,
        activation: rule.activation.as_deref(),
        r#type: rule.rule_type.name(),
        enabled: rule.enabled,
        params: ParamsFile(&rule.params),
        weights: rule.weights.iter().map(WeightFile::from).collect(),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RuleSetFile<'a> {
    name: &'a str,
    description: &'a str,
    enabled: bool,
    end_points: Vec<&'a str>,
    folder: &'a str,
    rules: Vec<RuleFile<'a>>,
}

#[derive(Serialize)]
struct RuleFile<'a> {
    name: &'a str,
    description: &'a str,
    priority: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    activation: Option<&'a str>,
    r#type: &'a str,
    enabled: bool,
    params: ParamsFile<'a>,
    weights: Vec<WeightFile<'a>>,
}

struct ParamsFile<'a>(&'a Params);

impl Serialize for ParamsFile<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0.iter() {
            out.serialize_entry(&**name, value)?;
        }
        out.end()
    }
}

/// A weight as it stands in documents, without its identifier.
#[derive(Serialize)]
pub(super) struct WeightFile<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a Text>,
    operation: &'a Text,
    #[serde(skip_serializing_if = "is_absent")]
    value: &'a Value,
    #[serde(skip_serializing_if = "is_absent")]
    weight: &'a Value,
}

fn is_absent(value: &Value) -> bool {
    matches!(value, Value::Undefined)
}

impl<'a> From<&'a Weight> for WeightFile<'a> {
    fn from(weight: &'a Weight) -> Self {
        WeightFile {
            field: weight.field.as_ref(),
            operation: &weight.operation,
            value: &weight.value,
            weight: &weight.weight,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;

    #[test]
    fn exports_are_those_of_the_original() {
        golden::each("export", |record| {
            let sets = golden::rule_sets(&golden::text(record, "workspace"));
            let got = crate::json::parse(&json(&sets, Compat::Original)).unwrap();
            golden::same(&got, &record.member("result").member("ruleSets"))
        });
    }

    #[test]
    fn the_sample_file_comes_out_byte_for_byte() {
        let text = golden::example("ruleset-export.json");
        let mut sets = golden::parse(&text);
        sets.reverse();
        for compat in [Compat::Original, Compat::Corrected] {
            assert!(json(&sets, compat) == text, "the export differs");
        }
    }

    #[test]
    fn an_envelope_reads_back_as_the_same_rule_sets() {
        let sets = golden::parse(
            r#"[{"name":"A","rules":[{"name":"r","type":"X","params":{"2":1,"1":[{}]},"weights":[{"operation":"isnull"}]}]}]"#,
        );
        let about = Envelope { partial: true, ..Envelope::default() };
        let text = envelope(&sets, &about, Compat::Corrected);
        assert!(text.contains("\"partial\": true") && text.contains("\"ruleSetCount\": 1"));
        assert_eq!(golden::parse(&text), sets);
    }
}
