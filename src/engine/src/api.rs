//! The headless inference API (`spec/evaluator.md` 6.9): a contact runs to its end without input.
//!
//! The step machine and the rule types are those of the simulator; here is only what runs them in a row.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::host::{Detail, Host, Seen};
use crate::kinds::RuleType;
use crate::rules;
use crate::step::{
    Code, Contact, NAMES, Run, Selected, StepError, enter_first, facts, interaction_time, open,
};
use crate::value::{Map, Text, Value};
use crate::workspace::Workspace;

/// Rules that a request may run unless it says otherwise.
pub const RULE_LIMIT: u32 = 1000;

/// A request of the API.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiRequest {
    /// Name of the end point; undefined is reported as such.
    pub end_point: Value,
    /// Contact attributes; undefined for none.
    pub contact_attributes: Value,
    /// Interaction time, ISO 8601; undefined for the contact's clock (Q9).
    pub interaction_date_time: Value,
    /// The customer's number; undefined for none (Q9).
    pub customer_phone_number: Value,
    /// How many rules may run before the request counts as one that never ends.
    pub rule_limit: u32,
}

impl Default for ApiRequest {
    fn default() -> Self {
        ApiRequest {
            end_point: Value::Undefined,
            contact_attributes: Value::Undefined,
            interaction_date_time: Value::Undefined,
            customer_phone_number: Value::Undefined,
            rule_limit: RULE_LIMIT,
        }
    }
}

impl ApiRequest {
    /// Reads a request: members are spelled `EndPoint` as in the original, or `endPoint`. A null is absent.
    pub fn from_value(document: &Value) -> Self {
        let either = |old: &str, new: &str| {
            [old, new].iter().map(|name| document.member(name)).find(|v| !v.is_nil()).unwrap_or_default()
        };
        ApiRequest {
            end_point: either("EndPoint", "endPoint"),
            contact_attributes: either("ContactAttributes", "contactAttributes"),
            interaction_date_time: either("InteractionDateTime", "interactionDateTime"),
            customer_phone_number: either("CustomerPhoneNumber", "customerPhoneNumber"),
            rule_limit: RULE_LIMIT,
        }
    }
}

/// The answer of the API; it serialises as the original spells it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ApiReply {
    /// Whether the contact came to an end.
    pub success: bool,
    /// The contact; absent when it could not even be started.
    pub contact_id: Option<Text>,
    /// State in memory without `CurrentRule_*`, not in stored form; absent on failure.
    pub state: Option<Map>,
    /// Rules that were skipped, in the order they were met.
    pub warnings: Vec<String>,
    /// Why it failed.
    pub cause: Option<String>,
}

impl ApiReply {
    /// The answer of a caller that could not load what a contact needs.
    pub fn not_started(cause: impl Into<String>) -> Self {
        ApiReply { cause: Some(cause.into()), ..ApiReply::default() }
    }
}

impl Serialize for ApiReply {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_map(None)?;
        out.serialize_entry("Success", &self.success)?;
        if let Some(id) = &self.contact_id {
            out.serialize_entry("ContactId", id)?;
        }
        if let Some(state) = &self.state {
            out.serialize_entry("State", state)?;
            out.serialize_entry("Warnings", &self.warnings)?;
        }
        if let Some(cause) = &self.cause {
            out.serialize_entry("Cause", cause)?;
        }
        out.end()
    }
}

/// Runs a new contact from its end point until Terminate, Queue, the end of its rules, or a failure.
///
/// The contact is one that has not started; its id is [`crate::chance::Draws::api_contact_id`]. An
/// interaction time becomes its clock.
pub fn run<H: Host>(
    workspace: &Workspace,
    contact: &mut Contact,
    request: &ApiRequest,
    host: &mut H,
) -> ApiReply {
    let mut warnings = Vec::new();
    let mut run = Run::new(workspace, contact, host);
    let result = start(&mut run, request).and_then(|()| drive(&mut run, request.rule_limit, &mut warnings));
    let contact_id = Some(Text::clone(&contact.id));
    let reply = match &result {
        Ok(()) => {
            ApiReply { success: true, contact_id, state: Some(visible(contact)), warnings, cause: None }
        }
        Err(error) => ApiReply { contact_id, ..ApiReply::not_started(error.to_string()) },
    };
    contact.settle(result.is_ok());
    reply
}

/// State as the answer shows it, with what `switch` leaked under the original (Q11).
fn visible(contact: &Contact) -> Map {
    let mut state = contact.state.to_map();
    let own: Vec<Text> =
        state.iter().filter(|(k, _)| k.starts_with("CurrentRule_")).map(|(k, _)| Text::clone(k)).collect();
    for key in own {
        state.remove(&key);
    }
    for key in ["switch_break", "switch_value"] {
        if let Some(value) = contact.leak.get(key) {
            state.insert(key, value);
        }
    }
    state
}

fn start<H: Host>(run: &mut Run<'_, H>, request: &ApiRequest) -> Result<(), StepError> {
    let interaction = interaction_time(run, &request.interaction_date_time)?;
    if let Some(at) = interaction {
        run.contact.clock = at;
    }
    let system = facts(run, &request.end_point, interaction)?;
    open(run, system, &request.contact_attributes);
    run.set(&NAMES.customer_phone_number, request.customer_phone_number.clone());
    run.set(&NAMES.original_customer_number, request.customer_phone_number.clone());
    let end_point = request.end_point.text();
    let rule_set = run.workspace.find_by_end_point(&end_point).ok_or_else(|| {
        StepError::new(
            Code::UnknownEndPoint,
            format!("ContactId: {} Failed to find rule set for end point: {end_point}", run.contact.id),
        )
    })?;
    enter_first(run, rule_set, &end_point);
    Ok(())
}

/// Runs rule after rule. Rules that send each other round in circles are stopped at the limit.
fn drive<H: Host>(run: &mut Run<'_, H>, limit: u32, warnings: &mut Vec<String>) -> Result<(), StepError> {
    for _ in 0..limit {
        // Without a rule that fires the contact has come to its end; behind the last rule it has not (Q10).
        if let Selected::Nothing(_) = run.select_next()? {
            return Ok(());
        }
        run.begin()?;
        run.contact.state.checkpoint();
        let ended = execute(run, warnings).map_err(|error| {
            let id = &run.contact.id;
            let cause =
                format!("ContactId: {id} Failed to execute rule: {} due to: {error}", run.rule().type_name);
            StepError::new(error.code, cause)
        })?;
        if ended {
            return Ok(());
        }
        run.enter_next_rule_set();
    }
    Err(StepError::new(
        Code::RuleLoop,
        format!(
            "ContactId: {} was stopped after {limit} rules, as its rule sets do not come to an end; current rule \
             set: {} and rule: {}",
            run.contact.id,
            run.get(&NAMES.current_rule_set),
            run.get(&NAMES.current_rule)
        ),
    ))
}

/// Executes the rule that was just started; answers whether the contact ends with it.
fn execute<H: Host>(run: &mut Run<'_, H>, warnings: &mut Vec<String>) -> Result<bool, StepError> {
    let rule_type = &run.rule().rule_type;
    match rule_type {
        RuleType::Message | RuleType::Metric => {
            let (rule_set, rule) = (&run.active().name, &run.rule().name);
            warnings.push(format!("Skipped {rule_type} rule: {rule} in rule set: {rule_set}"));
            return Ok(false);
        }
        RuleType::Distribution
        | RuleType::Integration
        | RuleType::Queue
        | RuleType::RuleSet
        | RuleType::SetAttributes
        | RuleType::Terminate
        | RuleType::TextInference
        | RuleType::UpdateStates => {}
        other => return Err(StepError::rule(format!("Unhandled rule type: {other}"))),
    }
    let reply = rules::execute(run)?;
    if run.detail >= Detail::Coverage {
        run.host.observe(&Seen::Executed { rule: run.at });
    }
    if let Some(queue) = reply.queue {
        run.set(&Text::from("queue"), Value::String(queue));
        return Ok(true);
    }
    Ok(reply.terminate)
}

#[cfg(test)]
mod tests;
