//! Rule sets, rules and weights as documents: what an export holds and what a store keeps
//! (`spec/model.md` 4.1-4.3). [`read`] takes them from JSON, [`crate::workspace`] compiles them.

pub mod compact;
pub mod read;

use crate::kinds::RuleType;
use crate::value::{Map, Text, Value, array_index};

/// A rule set: the unit that rules refer to by name.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleSet {
    /// Identifier of the store; exports have none.
    pub id: Option<Text>,
    /// Unique name; every reference uses it.
    pub name: Text,
    /// Free text.
    pub description: Text,
    /// Disabled rule sets are invisible to calls.
    pub enabled: bool,
    /// Names of the end points whose contacts start here.
    pub end_points: Vec<Text>,
    /// Folder path, `/` for the root.
    pub folder: Text,
    /// Rules in document order (evaluation order is that of `spec/evaluator.md` 1.2).
    pub rules: Vec<Rule>,
}

/// A rule of a rule set.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Identifier of the store; exports have none.
    pub id: Option<Text>,
    /// Name, unique in its rule set.
    pub name: Text,
    /// Free text.
    pub description: Text,
    /// Decimal text; higher runs first.
    pub priority: Text,
    /// Decimal text; the rule fires when the total of its weights reaches it. Absent never fires.
    pub activation: Option<Text>,
    /// Type as written, one of the 17, a retired one, or unknown.
    pub rule_type: RuleType,
    /// Disabled rules are never tested.
    pub enabled: bool,
    /// Parameters in the order of the original's objects.
    pub params: Params,
    /// Tests on state whose numbers add up.
    pub weights: Vec<Weight>,
}

/// One weight of a rule: a test on state and what it adds when it holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weight {
    /// Identifier of the store; exports have none.
    pub id: Option<Text>,
    /// Path into state; absent looks up the empty key.
    pub field: Option<Text>,
    /// Name of the operation, case sensitive.
    pub operation: Text,
    /// Comparison value: a text, may be a template. Undefined and null are not the same as empty (Q52).
    pub value: Value,
    /// What the weight adds: number text, may be negative. Numbers and booleans are kept as given.
    pub weight: Value,
}

impl Weight {
    /// The comparison value as text; empty if there is none.
    pub fn value_text(&self) -> &str {
        self.value.as_str().unwrap_or_default()
    }

    /// What the weight adds, as text; empty if there is nothing.
    pub fn number_text(&self) -> Text {
        if self.weight.is_nil() { Text::from("") } else { self.weight.text() }
    }
}

/// Parameters of a rule: names and values in insertion order, integer-like names first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Params(Vec<(Text, Value)>);

impl Params {
    /// The value of a parameter, if it is there.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(k, _)| &**k == name).map(|(_, v)| v)
    }

    /// The text of a parameter, if it is there and is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }

    /// Sets a parameter; a new one goes last (integer-like names: to their place in front).
    pub fn insert(&mut self, name: impl Into<Text>, value: Value) {
        let name = name.into();
        if let Some((_, old)) = self.0.iter_mut().find(|(k, _)| *k == name) {
            *old = value;
            return;
        }
        match array_index(&name) {
            None => self.0.push((name, value)),
            Some(n) => {
                let at = self.0.iter().position(|(k, _)| array_index(k).is_none_or(|k| k > n));
                self.0.insert(at.unwrap_or(self.0.len()), (name, value));
            }
        }
    }

    /// Removes a parameter.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let at = self.0.iter().position(|(k, _)| &**k == name)?;
        Some(self.0.remove(at).1)
    }

    /// Changes a parameter in place.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.0.iter_mut().find(|(k, _)| &**k == name).map(|(_, v)| v)
    }

    /// Names and values in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Text, &Value)> {
        self.0.iter().map(|(k, v)| (k, v))
    }

    /// Number of parameters.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same as an object value.
    pub fn to_map(&self) -> Map {
        self.0.iter().cloned().collect()
    }
}

impl<K: Into<Text>> FromIterator<(K, Value)> for Params {
    fn from_iter<I: IntoIterator<Item = (K, Value)>>(iter: I) -> Self {
        Params::from(&iter.into_iter().collect::<Map>())
    }
}

impl From<&Map> for Params {
    fn from(map: &Map) -> Self {
        Params(map.iter().map(|(k, v)| (Text::clone(k), v.clone())).collect())
    }
}
