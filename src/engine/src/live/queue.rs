//! What happens to a contact that waits in a queue (`spec/evaluator.md` 7.10.2, `spec/lambdas.md` 6.12).

use super::values::{self, text_of};
use super::{Call, keys};
use crate::host::Host;
use crate::model::Weight;
use crate::step::{Run, StepError, total};
use crate::value::{Map, Text, Value};

/// Behaviours that one call may run without the flow; the rest waits for the next interrupt of the music.
pub const HOP_LIMIT: u32 = 50;

/// Facts about the queue that the flow may give, kept as `QueueBehaviour_<name>`.
pub const METRICS: [&str; 5] =
    ["contactsInQueue", "oldestContactInQueue", "agentsOnline", "queueName", "queueStaffed"];

const INDEX: &str = "queueBehaviourIndex";
const RETURN_INDEX: &str = "queueBehaviourReturnIndex";

impl<H: Host> Call<'_, H> {
    /// The next thing to do for a contact in a queue: `QueueBehaviour_type` and its members, `None` when
    /// there is nothing. `parameters` may hold [`METRICS`], which weights can test.
    ///
    /// Behaviours that need no flow (`GOTO`, `Return`, `UpdateState`, `SMS`) are run on the way; under
    /// `compat = original` each is a call of its own and metrics are forgotten before they can be tested.
    ///
    /// # Errors
    /// A weight has an unknown operation, or a text does not render.
    pub fn queue_behaviour(&mut self, parameters: &[(Text, Option<Text>)]) -> Result<Map, StepError> {
        self.handle(|run| {
            if !run.is_original() {
                for name in METRICS {
                    if let Some((_, Some(value))) = parameters.iter().find(|(k, _)| &**k == name) {
                        write_member(run, name, Value::String(Text::clone(value)));
                    }
                }
            }
            let hops = if run.is_original() { 1 } else { HOP_LIMIT };
            for _ in 0..hops {
                if !matches!(&*step(run)?, "GOTO" | "Return" | "UpdateState" | "SMS") {
                    return Ok(None);
                }
            }
            if !run.is_original() {
                forget(run);
                write_member(run, "type", "None".into());
            }
            Ok(None)
        })
    }
}

fn write_member<H: Host>(run: &mut Run<'_, H>, name: &str, value: Value) {
    run.set(&Text::from(format!("QueueBehaviour_{name}")), value);
}

/// Deletes what the previous behaviour left, metrics only under the original.
fn forget<H: Host>(run: &mut Run<'_, H>) {
    let kept: Vec<(&str, Value)> = if run.is_original() {
        Vec::new()
    } else {
        METRICS.iter().map(|name| (*name, run.get(&format!("QueueBehaviour_{name}")))).collect()
    };
    run.contact.state.remove_prefix("QueueBehaviour_");
    for (name, value) in kept {
        write_member(run, name, value);
    }
}

/// Finds and runs the next activated behaviour; answers its type.
fn step<H: Host>(run: &mut Run<'_, H>) -> Result<Text, StepError> {
    forget(run);
    let behaviours = keys::get(run, "queueBehaviours");
    let behaviours = behaviours.as_array().unwrap_or_default();
    let start = keys::number(run, INDEX, 0.0).max(0.0);
    let mut index = start as usize;
    while let Some(behaviour) = behaviours.get(index) {
        if is_active(run, behaviour)? {
            break;
        }
        index += 1;
    }
    if index != start as usize {
        keys::put(run, INDEX, index.to_string());
    }
    let Some(behaviour) = behaviours.get(index) else {
        write_member(run, "type", "None".into());
        return Ok(Text::from("None"));
    };
    let members = rendered(run, behaviour)?;
    let kind = text_of(members.get("type").unwrap_or(&Value::Undefined));
    for (name, value) in &members {
        if &**name == "message" {
            keys::say(run, "QueueBehaviour_message", value, "none");
        } else {
            write_member(run, name, value.clone());
        }
    }
    let member = |name: &str| members.get(name).cloned().unwrap_or_default();
    let mut next = Some(index + 1);
    match &*kind {
        "GOTO" => {
            next = Some(member("index").num().max(0.0) as usize);
            if matches!(member("returnFlag"), Value::Bool(true))
                || member("returnFlag").as_str() == Some("true")
            {
                keys::put(run, RETURN_INDEX, (index + 1).to_string());
            }
        }
        "Return" => {
            next = Some(keys::number(run, RETURN_INDEX, (index + 1) as f64) as usize);
            keys::clear(run, RETURN_INDEX);
        }
        "UpdateState" => values::write(run, &text_of(&member("outputKey")), member("value")),
        "SMS" => {
            values::send(run, &member("phone"), &text_of(&member("message")));
        }
        "None" => next = None,
        _ => {}
    }
    if let Some(next) = next {
        keys::put(run, INDEX, next.to_string());
    }
    Ok(kind)
}

/// Activated: no weights and an activation of 0, or weights that reach it.
fn is_active<H: Host>(run: &mut Run<'_, H>, behaviour: &Value) -> Result<bool, StepError> {
    let activation = behaviour.member("activation").num();
    let weights = behaviour.member("weights");
    let weights: Vec<Weight> = weights.as_array().unwrap_or_default().iter().map(weight).collect();
    Ok(total(run, &weights)? >= activation)
}

fn weight(document: &Value) -> Weight {
    let field = document.member("field");
    Weight {
        id: None,
        field: if field.is_nil() { None } else { Some(field.text()) },
        operation: document.member("operation").text(),
        value: document.member("value"),
        weight: document.member("weight"),
    }
}

/// The members of a behaviour, texts rendered.
fn rendered<H: Host>(run: &mut Run<'_, H>, behaviour: &Value) -> Result<Map, StepError> {
    let mut members = Map::new();
    for (name, value) in behaviour.as_object().into_iter().flatten() {
        members.insert(Text::clone(name), run.render_text(name, value)?);
    }
    Ok(members)
}
