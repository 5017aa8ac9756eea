//! What a CloudFormation template makes of its parameters, as far as names go.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::gateway::{Names, Place};

/// How deep conditions and functions may be nested.
const DEPTH: usize = 16;

/// A thing that a template makes.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    /// Type.
    pub resource_type: String,
    /// Name in the account.
    pub physical: String,
    /// Its properties with parameters filled in.
    pub properties: Value,
}

/// A template with the values of its parameters.
pub struct Template<'t> {
    document: &'t Map<String, Value>,
    names: BTreeMap<String, String>,
}

impl<'t> Template<'t> {
    /// The template with parameters; those that are not given have their defaults.
    ///
    /// # Errors
    /// A parameter has no value, or one is given that the template does not have.
    pub fn new(document: &'t Value, given: &Names, place: &Place) -> Result<Self, String> {
        let Some(document) = document.as_object() else { return Err("the template is no object".to_owned()) };
        let empty = Map::new();
        let parameters = document.get("Parameters").and_then(Value::as_object).unwrap_or(&empty);
        if let Some(unknown) = given.keys().find(|it| !parameters.contains_key(*it)) {
            return Err(format!("Parameters: [{unknown}] do not exist in the template"));
        }
        let mut names: BTreeMap<String, String> = [
            ("AWS::Region", place.region.as_str()),
            ("AWS::AccountId", &place.account),
            ("AWS::Partition", "aws"),
            ("AWS::StackName", &place.stack()),
            ("AWS::URLSuffix", "amazonaws.com"),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
        for (name, parameter) in parameters {
            let default =
                parameter.get("Default").map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned));
            let Some(value) = given.get(name).cloned().or(default) else {
                return Err(format!("Parameters: [{name}] must have values"));
            };
            names.insert(name.clone(), value);
        }
        Ok(Template { document, names })
    }

    /// The things that it makes, by their names in it.
    pub fn made(&self) -> BTreeMap<String, Made> {
        let empty = Map::new();
        let resources = self.document.get("Resources").and_then(Value::as_object).unwrap_or(&empty);
        let wanted = resources.iter().filter(|(_, it)| {
            it.get("Condition").and_then(Value::as_str).is_none_or(|name| self.condition(name, DEPTH))
        });
        wanted
            .map(|(logical, it)| {
                let resource_type = it.get("Type").and_then(Value::as_str).unwrap_or_default().to_owned();
                let properties = self.filled(it.get("Properties").unwrap_or(&Value::Null), DEPTH);
                let member = match resource_type.rsplit("::").next().unwrap_or_default() {
                    "Rule" | "Alias" => "Name".to_owned(),
                    kind => format!("{kind}Name"),
                };
                let named = properties.get(&member).and_then(Value::as_str);
                let physical = named
                    .map_or_else(|| format!("{}-{logical}", self.names["AWS::StackName"]), str::to_owned);
                (logical.clone(), Made { resource_type, physical, properties })
            })
            .collect()
    }

    /// What it tells in the end.
    pub fn outputs(&self) -> Names {
        let outputs = self.document.get("Outputs").and_then(Value::as_object).into_iter().flatten();
        let told = |it: &Value| it.as_str().map_or_else(|| it.to_string(), str::to_owned);
        outputs
            .filter_map(|(name, it)| Some((name.clone(), told(&self.filled(it.get("Value")?, DEPTH)))))
            .collect()
    }

    /// The values of its parameters.
    pub fn parameters(&self) -> Names {
        self.names
            .iter()
            .filter(|(name, _)| !name.starts_with("AWS::"))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect()
    }

    fn condition(&self, name: &str, left: usize) -> bool {
        let condition = self.document.get("Conditions").and_then(|it| it.get(name));
        condition.is_none_or(|it| self.holds(it, left))
    }

    fn holds(&self, condition: &Value, left: usize) -> bool {
        let Some(left) = left.checked_sub(1) else { return false };
        let Some((function, value)) = condition.as_object().and_then(|it| it.iter().next()) else {
            return false;
        };
        let all = value.as_array().map_or(&[][..], Vec::as_slice);
        match function.as_str() {
            "Condition" => value.as_str().is_some_and(|it| self.condition(it, left)),
            "Fn::Equals" => {
                matches!(all, [a, b] if self.filled(a, left) == self.filled(b, left))
            }
            "Fn::Not" => all.first().is_some_and(|it| !self.holds(it, left)),
            "Fn::And" => all.iter().all(|it| self.holds(it, left)),
            "Fn::Or" => all.iter().any(|it| self.holds(it, left)),
            _ => false,
        }
    }

    fn filled(&self, value: &Value, left: usize) -> Value {
        let Some(left) = left.checked_sub(1) else { return value.clone() };
        match value {
            Value::Array(all) => {
                all.iter().map(|it| self.filled(it, left)).filter(|it| !it.is_null()).collect()
            }
            Value::Object(members) => match members.iter().next().filter(|_| members.len() == 1) {
                Some((function, value)) if function == "Ref" => {
                    self.named(value.as_str().unwrap_or_default()).into()
                }
                Some((function, value)) if function == "Fn::Sub" => {
                    let text = value.as_str().or_else(|| value.get(0)?.as_str()).unwrap_or_default();
                    self.substituted(text).into()
                }
                Some((function, value)) if function == "Fn::GetAtt" => {
                    let parts: Vec<&str> =
                        value.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                    parts.join(".").into()
                }
                Some((function, value)) if function == "Fn::If" => {
                    match value.as_array().map(Vec::as_slice) {
                        Some([Value::String(name), yes, no]) => {
                            self.filled(if self.condition(name, left) { yes } else { no }, left)
                        }
                        _ => Value::Null,
                    }
                }
                _ => {
                    let filled = members.iter().map(|(name, it)| (name.clone(), self.filled(it, left)));
                    Value::Object(filled.filter(|(_, it)| !it.is_null()).collect())
                }
            },
            other => other.clone(),
        }
    }

    fn named(&self, name: &str) -> String {
        if name == "AWS::NoValue" {
            return String::new();
        }
        self.names.get(name).cloned().unwrap_or_else(|| name.to_owned())
    }

    fn substituted(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, behind)) = after.split_once('}') else { break };
            out.extend([before, &self.named(name)]);
            rest = behind;
        }
        out + rest
    }
}
