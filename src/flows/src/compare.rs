//! What differs between two contents, action by action, whatever their formatting.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::canonical::canonical;

/// What a difference is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum About {
    /// Version or first action.
    Flow,
    /// An action that only the other has.
    Added,
    /// An action that the other lacks.
    Removed,
    /// Another type of action.
    Type,
    /// Words that are said or written.
    Message,
    /// Which flow, function, queue, prompt, … is meant.
    Reference,
    /// Any other setting.
    Parameter,
    /// Where it leads.
    Transition,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// What it is about.
    pub about: About,
    /// Identifier of the action; none for the flow itself.
    pub action: Option<String>,
    /// Place in the action, such as `Parameters.Text` or `Transitions.Errors.NoMatchingError`.
    pub place: String,
    /// How it is in the first.
    pub ours: Option<String>,
    /// How it is in the second.
    pub theirs: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(action) = &self.action {
            write!(f, "{action}: ")?;
        }
        match self.about {
            About::Added => return write!(f, "is new"),
            About::Removed => return write!(f, "is missing"),
            _ => write!(f, "{}: ", self.place)?,
        }
        let shown =
            |side: &Option<String>| side.as_ref().map_or("nothing".to_owned(), |it| format!("{it:?}"));
        write!(f, "{} became {}", shown(&self.ours), shown(&self.theirs))
    }
}

/// The differences of two contents, in order of the identifiers; none when their canonical forms are equal.
pub fn compare(ours: &Value, theirs: &Value) -> Vec<Difference> {
    let (ours, theirs) = (canonical(ours), canonical(theirs));
    let mut out = Vec::new();
    for place in ["Version", "StartAction"] {
        difference(&mut out, None, place, About::Flow, ours.get(place), theirs.get(place));
    }
    let (ours, theirs) = (actions(&ours), actions(&theirs));
    let ids: BTreeSet<&str> = ours.keys().chain(theirs.keys()).copied().collect();
    for id in ids {
        match (ours.get(id), theirs.get(id)) {
            (Some(a), Some(b)) => action(&mut out, id, a, b),
            (a, _) => out.push(Difference {
                about: if a.is_some() { About::Removed } else { About::Added },
                action: Some(id.to_owned()),
                place: String::new(),
                ours: None,
                theirs: None,
            }),
        }
    }
    out
}

fn actions(content: &Value) -> BTreeMap<&str, &Value> {
    let list = content.get("Actions").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    list.iter().filter_map(|it| Some((it.get("Identifier")?.as_str()?, it))).collect()
}

fn difference(
    out: &mut Vec<Difference>,
    action: Option<&str>,
    place: &str,
    about: About,
    ours: Option<&Value>,
    theirs: Option<&Value>,
) {
    if ours != theirs {
        let text = |it: &Value| it.as_str().map_or_else(|| it.to_string(), str::to_owned);
        out.push(Difference {
            about,
            action: action.map(str::to_owned),
            place: place.to_owned(),
            ours: ours.map(text),
            theirs: theirs.map(text),
        });
    }
}

fn action(out: &mut Vec<Difference>, id: &str, ours: &Value, theirs: &Value) {
    difference(out, Some(id), "Type", About::Type, ours.get("Type"), theirs.get("Type"));
    let (mut left, mut right) = (BTreeMap::new(), BTreeMap::new());
    for (action, leaves) in [(ours, &mut left), (theirs, &mut right)] {
        if let Some(parameters) = action.get("Parameters") {
            flatten(parameters, "Parameters".to_owned(), DEPTH, leaves);
        }
    }
    let places: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    for place in places {
        let (a, b) = (left.get(place), right.get(place));
        let either =
            [a, b].into_iter().flatten().any(|it| it.as_str().is_some_and(|it| it.starts_with("arn:")));
        difference(out, Some(id), place, about(place, either), a.copied(), b.copied());
    }
    let (left, right) = (branches(ours), branches(theirs));
    let places: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    for place in places {
        let (a, b) = (left.get(place).map(Value::as_str), right.get(place).map(Value::as_str));
        if a != b {
            let text = |it: Option<Option<&str>>| it.flatten().map(str::to_owned);
            out.push(Difference {
                about: About::Transition,
                action: Some(id.to_owned()),
                place: place.clone(),
                ours: text(a),
                theirs: text(b),
            });
        }
    }
}

/// As deep as parameters may be nested.
const DEPTH: usize = 32;

fn flatten<'v>(value: &'v Value, place: String, left: usize, out: &mut BTreeMap<String, &'v Value>) {
    let members = value.as_object().filter(|it| !it.is_empty());
    let list = value.as_array().filter(|it| !it.is_empty());
    match (left.checked_sub(1), members, list) {
        (Some(left), Some(members), _) => {
            members.iter().for_each(|(name, it)| flatten(it, format!("{place}.{name}"), left, out));
        }
        (Some(left), _, Some(list)) => {
            list.iter().enumerate().for_each(|(i, it)| flatten(it, format!("{place}[{i}]"), left, out));
        }
        _ => {
            out.insert(place, value);
        }
    }
}

fn about(place: &str, arn: bool) -> About {
    let name = place.rsplit('.').next().unwrap_or(place);
    match name {
        "Text" | "SSML" => About::Message,
        _ if arn || name.ends_with("Id") || name.ends_with("ARN") || name.ends_with("Arn") => {
            About::Reference
        }
        _ => About::Parameter,
    }
}

/// Branches by what takes them. The order of conditions counts: the first that holds wins.
fn branches(action: &Value) -> BTreeMap<String, Value> {
    let mut out = BTreeMap::new();
    let empty = Map::new();
    let transitions = action.get("Transitions").and_then(Value::as_object).unwrap_or(&empty);
    let mut put = |place: String, branch: &Value| {
        out.insert(format!("Transitions.{place}"), branch.get("NextAction").cloned().unwrap_or(Value::Null));
    };
    if transitions.contains_key("NextAction") {
        put("NextAction".to_owned(), &Value::Object(transitions.clone()));
    }
    for (name, key) in [("Conditions", "Condition"), ("Errors", "ErrorType")] {
        let list = transitions.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for (i, branch) in list.iter().enumerate() {
            let test = branch.get(key).unwrap_or(&Value::Null);
            match test.as_str() {
                Some(error) => put(format!("{name}.{error}"), branch),
                None => put(format!("{name}[{i}] {}", condition(test)), branch),
            }
        }
    }
    out
}

fn condition(test: &Value) -> String {
    let operator = test.get("Operator").and_then(Value::as_str).unwrap_or_default();
    let operands = test.get("Operands").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let operands: Vec<String> =
        operands.iter().map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned)).collect();
    format!("{operator} {}", operands.join(","))
}
