//! Making things go wrong on purpose, as people and accidents do: to see what health tells and repair does.

use connect_rules_flows::files;
use serde_json::Value;

use super::state::{FlowRow, State, text};
use super::{Emulator, Fault, connect, seed};
use crate::health::BEFORE;

/// One thing that can be made to go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Practice {
    /// Name, in commands and screens.
    pub name: &'static str,
    /// What it is done to; empty where that is nothing.
    pub target: &'static str,
    /// What it does.
    pub about: &'static str,
}

const fn practice(name: &'static str, target: &'static str, about: &'static str) -> Practice {
    Practice { name, target, about }
}

/// Everything that can be made to go wrong.
pub const PRACTICE: [Practice; 26] = [
    practice(
        "change-message",
        "flow",
        "somebody changes a message in the console, which writes everything anew",
    ),
    practice("reformat", "flow", "somebody saves the flow in the console without changing anything"),
    practice("reroute", "flow", "somebody leads a branch elsewhere"),
    practice("save-draft", "flow", "somebody saves a change and does not publish it"),
    practice("archive", "flow", "somebody puts the flow into the archive"),
    practice("delete-flow", "flow", "somebody deletes the flow"),
    practice("foreign-flow", "flow", "somebody has made a flow of that name by hand"),
    practice("wrong-type", "flow", "a flow of that name has another type"),
    practice("break-function", "function", "a deployment goes wrong: the function does not start"),
    practice("delete-function", "function", "somebody deletes the function"),
    practice("remove-permission", "function", "the instance may no longer call the function"),
    practice("forget-function", "function", "the instance no longer knows the function"),
    practice("remove-prompt", "prompt", "somebody deletes a prompt"),
    practice("remove-queue", "queue", "somebody deletes a queue"),
    practice("remove-whisper", "queue", "somebody takes the whisper flow from the queue's outbound calls"),
    practice("old-whisper", "queue", "the queue's outbound calls run the flow of the limiter before"),
    practice("other-whisper", "queue", "the queue's outbound calls run a flow that somebody has made"),
    practice("hide-number", "queue", "the queue's outbound calls show no number"),
    practice("refuse-tasks", "profile", "agents of the routing profile take no tasks"),
    practice("remove-table", "table", "somebody deletes the table"),
    practice("keep-rows", "table", "rows of the table never expire"),
    practice("stop-schedule", "schedule", "somebody switches the schedule off"),
    practice("break-stack", "", "a change of the stack failed and could not be taken back"),
    practice("hide-instance", "", "there is no instance of that identifier"),
    practice("fill-quota", "", "there is no room for another contact flow"),
    practice("reset", "", "everything is as at first, without contact flows"),
];

/// The state of a stack that was broken on purpose.
const STUCK: &str = "UPDATE_ROLLBACK_FAILED";

impl Emulator {
    /// Makes something go wrong; answers what happened.
    ///
    /// # Errors
    /// There is no such practice or no such thing, or the file cannot be written: what, and what to do.
    pub fn practise(&self, name: &str, target: &str) -> Result<String, (String, String)> {
        let Some(known) = PRACTICE.iter().find(|it| it.name == name) else {
            let names: Vec<&str> = PRACTICE.iter().map(|it| it.name).collect();
            return Err((format!("there is no practice {name:?}"), format!("use {}", names.join(", "))));
        };
        let prefix = self.shared.place.prefix();
        let work = |state: &mut State| match known.target {
            "flow" => flow(state, name, target),
            "function" => function(state, name, target, &prefix),
            "prompt" => remove(state, "prompts", target),
            "queue" if name == "remove-queue" => remove(state, "queues", target),
            "queue" => queue(state, name, target),
            "profile" => profile(state, target),
            "table" => table(state, name, target, &prefix),
            "schedule" => schedule(state, target, &prefix),
            _ if name == "break-stack" => stack(state, &self.shared.place.stack()),
            _ if name == "hide-instance" => {
                state.hidden = true;
                Ok("the instance is not there".to_owned())
            }
            _ if name == "reset" => {
                *state = State::default();
                seed::follow(state, &self.shared.stored, &self.shared.place);
                Ok("everything is as at first".to_owned())
            }
            _ => {
                let count = state.flows.len() as f64;
                let quotas = state.quotas.entry("connect".to_owned()).or_default();
                if let Some(quota) = quotas.iter_mut().find(|it| it.name == "Contact flows per instance") {
                    quota.value = count;
                }
                Ok(format!("{count} contact flows are allowed, and there are as many"))
            }
        };
        self.edit(work).map_err(|error| (error.to_string(), "check the file beside the store".to_owned()))?
    }

    /// Makes calls go wrong from now on.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn plant(&self, fault: Fault) -> std::io::Result<()> {
        self.edit(|state| state.faults.push(fault))
    }

    /// Lets no more calls go wrong: the instance is found again, and a stack that was stuck is as it was before.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn heal(&self) -> std::io::Result<()> {
        self.edit(|state| {
            state.faults.clear();
            state.hidden = false;
            for row in state.stacks.values_mut().filter(|it| it.stack.status == STUCK) {
                "UPDATE_ROLLBACK_COMPLETE".clone_into(&mut row.stack.status);
            }
        })
    }
}

type Happened = Result<String, (String, String)>;

fn nothing(kind: &str, name: &str, known: impl Iterator<Item = String>) -> Happened {
    Err(there_is_no(kind, name, &known.collect::<Vec<_>>()))
}

fn there_is_no(kind: &str, name: &str, known: &[String]) -> (String, String) {
    let fix = if known.is_empty() {
        "there is none at all".to_owned()
    } else {
        format!("use {}", known.join(", "))
    };
    (format!("there is no {kind} {name:?}"), fix)
}

fn flow(state: &mut State, name: &str, target: &str) -> Happened {
    let is = |it: &FlowRow| it.name == target || it.name.ends_with(target) && !target.is_empty();
    if name == "foreign-flow" {
        state.flows.retain(|it| it.name != target);
        let stub = files::stub(connect_rules_flows::FlowType::ContactFlow).ok();
        let content = stub.map(|it| it.document.to_string());
        state.flows.push(FlowRow {
            id: connect::fresh_id(),
            name: target.to_owned(),
            flow_type: "CONTACT_FLOW".to_owned(),
            description: "made by hand".to_owned(),
            published: content,
            ..FlowRow::default()
        });
        return Ok(format!("there is a flow {target} that this product did not make"));
    }
    let exact = state.flows.iter().position(|it| it.name == target);
    let Some(at) = exact.or_else(|| nearest(state, is)) else {
        return nothing("contact flow", target, state.flows.iter().map(|it| it.name.clone()));
    };
    let row = &mut state.flows[at];
    let called = row.name.clone();
    let mut content: Value =
        row.published.as_deref().and_then(|it| serde_json::from_str(it).ok()).unwrap_or_default();
    let happened = match name {
        "change-message" => {
            let Some(action) = change_message(&mut content) else {
                return Err((format!("{called} says nothing"), "choose a flow with a message".to_owned()));
            };
            row.published = Some(by_console(&content));
            format!("the message of {action} is another")
        }
        "reformat" => {
            row.published = Some(by_console(&content));
            "it was saved without a change".to_owned()
        }
        "reroute" => {
            let Some(action) = reroute(&mut content) else {
                return Err((
                    format!("{called} has no branch to lead elsewhere"),
                    "choose another flow".to_owned(),
                ));
            };
            row.published = Some(by_console(&content));
            format!("{action} leads elsewhere")
        }
        "save-draft" => {
            let action = change_message(&mut content).or_else(|| reroute(&mut content)).unwrap_or_default();
            row.saved = Some(by_console(&content));
            format!("a change of {action} was saved and not published")
        }
        "archive" => {
            row.archived = true;
            "it is in the archive".to_owned()
        }
        "wrong-type" => {
            let other = if row.flow_type == "CONTACT_FLOW" { "CUSTOMER_QUEUE" } else { "CONTACT_FLOW" };
            other.clone_into(&mut row.flow_type);
            format!("its type is {other}")
        }
        _ => {
            state.flows.remove(at);
            "it is deleted".to_owned()
        }
    };
    Ok(format!("{called}: {happened}"))
}

/// The flow of the shortest name that fits.
fn nearest(state: &State, is: impl Fn(&FlowRow) -> bool) -> Option<usize> {
    let fitting = state.flows.iter().enumerate().filter(|(_, it)| is(it));
    fitting.min_by_key(|(_, it)| it.name.len()).map(|(at, _)| at)
}

/// The content as the console writes it: with line breaks, keys in another order, and positions.
fn by_console(content: &Value) -> String {
    let mut out = serde_json::Map::new();
    let empty = serde_json::Map::new();
    let members = content.as_object().unwrap_or(&empty);
    for (name, value) in members.iter().rev() {
        out.insert(name.clone(), value.clone());
    }
    if let Some(actions) = out.get_mut("Actions").and_then(Value::as_array_mut) {
        actions.reverse();
        for action in actions.iter_mut().filter_map(Value::as_object_mut) {
            let turned: serde_json::Map<String, Value> =
                action.iter().rev().map(|(name, value)| (name.clone(), value.clone())).collect();
            *action = turned;
        }
    }
    out.insert(
        "Metadata".to_owned(),
        serde_json::json!({ "entryPointPosition": { "x": 40, "y": 40 }, "snapToGrid": false }),
    );
    serde_json::to_string_pretty(&Value::Object(out)).unwrap_or_default()
}

fn actions(content: &mut Value) -> &mut [Value] {
    content.get_mut("Actions").and_then(Value::as_array_mut).map_or(&mut [], Vec::as_mut_slice)
}

/// Changes the first message, words before references to them; answers its action.
fn change_message(content: &mut Value) -> Option<String> {
    const PLACES: [&str; 2] = ["/Parameters/Text", "/Parameters/Messages/0/Text"];
    for of_words in [true, false] {
        for action in actions(content) {
            let id = action.get("Identifier").and_then(Value::as_str).unwrap_or_default().to_owned();
            for place in PLACES {
                let Some(at) = action.pointer_mut(place) else { continue };
                let Some(text) = at.as_str().filter(|it| it.starts_with('$') != of_words) else { continue };
                *at =
                    if of_words { format!("{text} Thank you.") } else { "Our menu has changed.".to_owned() }
                        .into();
                return Some(id);
            }
        }
    }
    None
}

/// Leads the first branch on errors back to where the flow starts; answers its action.
fn reroute(content: &mut Value) -> Option<String> {
    let start = content.get("StartAction")?.as_str()?.to_owned();
    for action in actions(content) {
        let id = action.get("Identifier").and_then(Value::as_str).unwrap_or_default().to_owned();
        if let Some(next) =
            action.pointer_mut("/Transitions/Errors/0/NextAction").filter(|it| **it != start.as_str())
        {
            *next = start.into();
            return Some(id);
        }
    }
    None
}

fn function(state: &mut State, name: &str, target: &str, prefix: &str) -> Happened {
    let full = if target.starts_with(prefix) { target.to_owned() } else { format!("{prefix}{target}") };
    let Some(row) = state.functions.get_mut(&full) else {
        return nothing("function", target, state.functions.keys().cloned());
    };
    let arn = row.function.arn.clone();
    Ok(match name {
        "break-function" => {
            row.broken = Some("Runtime exited with error: exit status 127".to_owned());
            "Failed".clone_into(&mut row.function.state);
            "The runtime could not be started: bootstrap: cannot execute"
                .clone_into(&mut row.function.state_reason);
            format!("{full} does not start")
        }
        "remove-permission" => {
            row.permissions.clear();
            format!("nobody may call {full}")
        }
        "forget-function" => {
            state.associated_functions.retain(|it| *it != arn && !it.starts_with(&format!("{arn}:")));
            format!("the instance does not know {full}")
        }
        _ => {
            state.functions.remove(&full);
            format!("{full} is deleted")
        }
    })
}

/// A thing of a list, by its name.
fn listed<'s>(
    state: &'s mut State,
    list: &str,
    kind: &str,
    target: &str,
) -> Result<&'s mut serde_json::Map<String, Value>, (String, String)> {
    let things = state.lists.entry(list.to_owned()).or_default();
    let names: Vec<String> = things.iter().map(|it| text(it, "Name").to_owned()).collect();
    match things.iter_mut().find(|it| text(it, "Name") == target) {
        Some(thing) => Ok(thing),
        None => Err(there_is_no(kind, target, &names)),
    }
}

fn queue(state: &mut State, name: &str, target: &str) -> Happened {
    listed(state, "queues", "queue", target)?;
    let flow = match name {
        "old-whisper" => Some(whisper_of_others(state, BEFORE)),
        "other-whisper" => Some(whisper_of_others(state, "Our whisper")),
        _ => None,
    };
    let row = listed(state, "queues", "queue", target)?;
    let id = text(row, "Id").to_owned();
    let config = row.entry("OutboundCallerConfig").or_insert_with(|| Value::Object(serde_json::Map::new()));
    let happened = if let Some((flow, flow_name)) = flow {
        config["OutboundFlowId"] = flow.into();
        format!("run {flow_name}")
    } else {
        let (member, happened) = match name {
            "hide-number" => ("OutboundCallerIdNumberId", "show no number"),
            _ => ("OutboundFlowId", "run no whisper flow"),
        };
        config.as_object_mut().and_then(|it| it.remove(member));
        happened.to_owned()
    };
    state.own.insert(id);
    Ok(format!("outbound calls of {target} {happened}"))
}

/// An outbound whisper flow of that name that this product did not make; its identifier and name.
fn whisper_of_others(state: &mut State, name: &str) -> (String, String) {
    if let Some(row) = state.flows.iter().find(|it| it.name == name) {
        return (row.id.clone(), name.to_owned());
    }
    let (id, kind) = (connect::fresh_id(), connect_rules_flows::FlowType::OutboundWhisper);
    state.flows.push(FlowRow {
        id: id.clone(),
        name: name.to_owned(),
        flow_type: kind.name().to_owned(),
        published: files::stub(kind).ok().map(|it| it.document.to_string()),
        ..FlowRow::default()
    });
    (id, name.to_owned())
}

fn profile(state: &mut State, target: &str) -> Happened {
    let row = listed(state, "routingProfiles", "routing profile", target)?;
    row.insert("Concurrency".to_owned(), serde_json::json!({ "VOICE": 1, "CHAT": 2 }));
    Ok(format!("agents of {target} take no tasks"))
}

fn table(state: &mut State, name: &str, target: &str, prefix: &str) -> Happened {
    let full = format!("{prefix}{target}-ddb");
    let names: Vec<String> = state.tables.iter().map(|it| it.name.clone()).collect();
    let Some(row) = state.tables.iter_mut().find(|it| it.name == target || it.name == full) else {
        return Err(there_is_no("table", target, &names));
    };
    Ok(if name == "keep-rows" {
        row.expires_by = None;
        format!("rows of {} never expire", row.name)
    } else {
        "MISSING".clone_into(&mut row.status);
        format!("{} is deleted", row.name)
    })
}

fn schedule(state: &mut State, target: &str, prefix: &str) -> Happened {
    let full = format!("{prefix}{target}");
    let names: Vec<String> = state.schedules.iter().map(|it| it.name.clone()).collect();
    let Some(row) = state.schedules.iter_mut().find(|it| it.name == target || it.name == full) else {
        return Err(there_is_no("schedule", target, &names));
    };
    "DISABLED".clone_into(&mut row.state);
    Ok(format!("{} is switched off", row.name))
}

fn stack(state: &mut State, name: &str) -> Happened {
    let Some(row) = state.stacks.get_mut(name) else {
        return Err((
            format!("there is no stack {name}"),
            "deploy it first: `connect-rules deploy`".to_owned(),
        ));
    };
    STUCK.clone_into(&mut row.stack.status);
    row.becomes = None;
    Ok(format!("{name} is {}", row.stack.status))
}

fn remove(state: &mut State, list: &str, target: &str) -> Happened {
    let kind = list.trim_end_matches('s');
    let things = state.lists.entry(list.to_owned()).or_default();
    let Some(at) = things.iter().position(|it| text(it, "Name") == target) else {
        return nothing(kind, target, things.iter().map(|it| text(it, "Name").to_owned()));
    };
    let gone = things.remove(at);
    state.own.insert(text(&gone, "Id").to_owned());
    Ok(format!("the {kind} {target} is deleted"))
}
