//! Flow files as an instance gets them: placeholders replaced, blocks placed (`spec/contactflows.md` 11.2).

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Map, Value, json};

use crate::canonical::sorted;
use crate::environment::Environment;
use crate::flow::{Content, Flow};
use crate::token::{self, Reading};

/// A placeholder that an environment has nothing for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unresolved {
    /// The flow file.
    pub file: String,
    /// Identifier of the action.
    pub action: String,
    /// Place in the action, such as `Parameters.ContactFlowId`.
    pub place: String,
    /// The placeholder as written.
    pub token: String,
    /// What is missing.
    pub what: String,
    /// What to do about it.
    pub fix: String,
}

/// The content of a flow for an environment: keys sorted, placeholders replaced, blocks laid out.
///
/// # Errors
/// Every placeholder that cannot be replaced.
pub fn render(flow: &Flow, environment: &Environment) -> Result<Value, Vec<Unresolved>> {
    let mut missing = Vec::new();
    let mut content = flow.document.clone();
    if let Some(actions) = content.get_mut("Actions").and_then(Value::as_array_mut) {
        for action in actions {
            let id = action.get("Identifier").and_then(Value::as_str).unwrap_or_default().to_owned();
            for part in ["Parameters", "Transitions"] {
                let Some(value) = action.get_mut(part) else { continue };
                let mut fill = Fill { flow, environment, action: &id, missing: &mut missing };
                fill.value(value, part.to_owned(), DEPTH);
            }
        }
    }
    if !missing.is_empty() {
        return Err(missing);
    }
    if let Some(object) = content.as_object_mut() {
        object.insert("Metadata".to_owned(), layout(&flow.content));
    }
    Ok(sorted(&content))
}

/// The content as it is sent: one line.
///
/// # Errors
/// Those of [`render`].
pub fn render_text(flow: &Flow, environment: &Environment) -> Result<String, Vec<Unresolved>> {
    render(flow, environment).map(|content| content.to_string())
}

/// As deep as [`token::texts`] looks.
const DEPTH: usize = 32;

struct Fill<'a> {
    flow: &'a Flow,
    environment: &'a Environment,
    action: &'a str,
    missing: &'a mut Vec<Unresolved>,
}

impl Fill<'_> {
    fn value(&mut self, value: &mut Value, place: String, left: usize) {
        let Some(left) = left.checked_sub(1) else { return };
        match value {
            Value::Array(list) => {
                for (i, item) in list.iter_mut().enumerate() {
                    self.value(item, format!("{place}[{i}]"), left);
                }
            }
            Value::Object(members) => {
                for (name, item) in members.iter_mut() {
                    self.value(item, format!("{place}.{name}"), left);
                }
            }
            Value::String(text) => {
                if let Some(new) = self.text(text, place) {
                    *value = new;
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str, place: String) -> Option<Value> {
        let refused = match token::read(text) {
            Reading::Plain => return None,
            Reading::Token(token) => match self.environment.resolve(token) {
                Ok(value) => return Some(value),
                Err(refused) => refused,
            },
            Reading::UnknownKind(kind) => {
                (format!("there is no kind of placeholder {kind:?}"), "use one that exists".to_owned())
            }
            Reading::Malformed => {
                ("a placeholder is not the whole text".to_owned(), "give it a text of its own".to_owned())
            }
        };
        self.missing.push(Unresolved {
            file: self.flow.file.clone(),
            action: self.action.to_owned(),
            place,
            token: text.to_owned(),
            what: refused.0,
            fix: refused.1,
        });
        None
    }
}

/// Pixels between two columns and two rows of blocks in the console.
const STEP: (usize, usize) = (280, 220);

/// Where the console shows the blocks: in columns by their distance from the start.
fn layout(content: &Content) -> Value {
    let mut columns: BTreeMap<&str, usize> = BTreeMap::new();
    let mut rows: Vec<usize> = Vec::new();
    let mut actions = Map::new();
    let mut queue = VecDeque::from([(content.start.as_str(), 0)]);
    while let Some((id, column)) = queue.pop_front() {
        let Some(action) = content.action(id) else { continue };
        if columns.contains_key(id) {
            continue;
        }
        columns.insert(id, column);
        if rows.len() <= column {
            rows.push(0);
        }
        let row = rows.get_mut(column).map_or(0, |row| {
            *row += 1;
            *row - 1
        });
        let place = json!({ "x": 200 + column * STEP.0, "y": 40 + row * STEP.1 });
        actions.insert(id.to_owned(), json!({ "isFriendlyName": true, "position": place }));
        queue.extend(action.transitions.targets().map(|next| (next, column + 1)));
    }
    json!({ "ActionMetadata": actions, "entryPointPosition": { "x": 20, "y": 40 } })
}
