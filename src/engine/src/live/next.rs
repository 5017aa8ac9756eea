//! On to the next rule that a flow has to act on (`spec/lambdas.md` 6.1). Rules that only compute are run
//! here, one after the other.

use super::Call;
use super::data::{Channel, ContactData, EndPoint};
use super::keys::put;
use super::values::text_of;
use crate::collate;
use crate::dates;
use crate::host::{Detail, Host, Seen};
use crate::kinds::RuleType;
use crate::rules;
use crate::step::{Code, NAMES, Run, Selected, StepError, enter_first, facts, open};
use crate::template::Leak;
use crate::value::{Map, Text, Value};

/// Rules that one call may run.
pub const RULE_LIMIT: u32 = 200;
/// Contact attributes that a Queue rule may change.
pub const MAX_ATTRIBUTES: usize = 200;
/// Age at which the facts of a chat or task are computed again.
const STALE_MS: i64 = 30 * 60 * 1000;

impl<H: Host> Call<'_, H> {
    /// Goes to the next rule that needs the flow and answers with its parameters; `CurrentRule_nextFlowArn`
    /// is the flow to go to. Starts the contact if it is new; `end_points` are those of the instance.
    ///
    /// # Errors
    /// Those of 6.5 and 6.10; [`Code::RuleLoop`] after `limit` rules ([`RULE_LIMIT`] by default).
    pub fn next(&mut self, end_points: &[EndPoint], limit: u32) -> Result<Map, StepError> {
        let data = self.data;
        self.handle(|run| {
            start(run, data)?;
            chain(run, data, end_points, limit)?;
            Ok(None)
        })
    }
}

/// Writes what a new contact starts with.
fn start<H: Host>(run: &mut Run<'_, H>, data: &ContactData) -> Result<(), StepError> {
    let now = run.contact.clock;
    let system = run.get("System");
    if system.is_nil() {
        let end_point = data.attribute("RulesEngineEndPoint");
        let named = end_point.clone().map_or(Value::Undefined, Value::String);
        let mut system = facts(run, &named, Some(now))?;
        let dialled = data.dialled_number.clone().unwrap_or_else(|| Text::from("Unknown"));
        system.insert("DialledNumber", Value::String(dialled));
        open(run, system, &data.attributes.clone().into());
        if let Some(end_point) = end_point {
            let rule_set = run.workspace.find_by_end_point(&end_point).ok_or_else(|| {
                let id = &run.contact.id;
                StepError::new(
                    Code::UnknownEndPoint,
                    format!("{id} failed to find ruleset for attribute end point: {end_point}"),
                )
            })?;
            enter_first(run, rule_set, &end_point);
        }
    } else if is_stale(run, data, &system) {
        let fresh = facts(run, &Value::Undefined, Some(now))?;
        let mut system = system.as_object().cloned().unwrap_or_default();
        for (key, value) in &fresh {
            system.insert(Text::clone(key), value.clone());
        }
        run.contact.state.set_raw(&Text::from("System"), system.into());
    }
    if run.text(&NAMES.customer_phone_number).is_none()
        && let Some(number) = &data.customer_number
    {
        run.set(&NAMES.customer_phone_number, Value::String(Text::clone(number)));
    }
    if run.text(&NAMES.original_customer_number).is_none() {
        let number = run.get(&NAMES.customer_phone_number);
        run.set(&NAMES.original_customer_number, number);
    }
    Ok(())
}

/// Chats and tasks can last for days: their facts do not.
fn is_stale<H: Host>(run: &Run<'_, H>, data: &ContactData, system: &Value) -> bool {
    let since = system.member("DateTimeUTC");
    !run.is_original()
        && matches!(data.channel, Channel::Chat | Channel::Task)
        && since.as_str().and_then(dates::parse).is_some_and(|at| run.contact.clock - at > STALE_MS)
}

/// Runs rule after rule until one is for the flow.
fn chain<H: Host>(
    run: &mut Run<'_, H>,
    data: &ContactData,
    end_points: &[EndPoint],
    limit: u32,
) -> Result<(), StepError> {
    for _ in 0..limit {
        if run.text(&NAMES.next_rule_set).is_some() {
            run.enter_next_rule_set();
        } else if run.text(&NAMES.current_rule_set).is_none() {
            dial(run, end_points)?;
        }
        if let Selected::Nothing(error) = run.select_next()? {
            return Err(error);
        }
        run.begin()?;
        if !run_here(run, data)? {
            return Ok(());
        }
        // As the original saves state and reads it again.
        run.contact.state.refresh();
        run.contact.leak = Leak::default();
        if run.is_original() {
            run.contact.state.checkpoint();
        }
    }
    Err(StepError::new(
        Code::RuleLoop,
        format!(
            "ContactId: {} was stopped after {limit} rules of one call; current rule set: {} and rule: {}",
            run.contact.id,
            run.get(&NAMES.current_rule_set),
            run.get(&NAMES.current_rule)
        ),
    ))
}

/// Enters the rule set of the dialled number. Of several end points with that number the last one counts:
/// by name, under the original as stored.
fn dial<H: Host>(run: &mut Run<'_, H>, end_points: &[EndPoint]) -> Result<(), StepError> {
    let number = run.get("System").member("DialledNumber").text();
    let lists = |e: &&EndPoint| e.enabled && e.inbound_numbers.contains(&number);
    let mut matching = end_points.iter().filter(lists);
    let end_point = if run.is_original() {
        matching.next_back()
    } else {
        matching.max_by(|a, b| collate::compare(&a.name, &b.name))
    };
    let failed = |what: String| Err(StepError::new(Code::UnknownEndPoint, what));
    let id = &run.contact.id;
    let Some(end_point) = end_point else {
        return failed(format!("Failed to find end point by dialled number: {number} for contact id: {id}"));
    };
    let name = &end_point.name;
    let Some(rule_set) = run.workspace.find_by_end_point(name) else {
        return failed(format!(
            "Failed to find rule set by dialled number: {number} and end point: {name} for contact id: {id}"
        ));
    };
    enter_first(run, rule_set, name);
    Ok(())
}

/// Runs the rule that was just started, if no flow has to; answers whether to go on.
fn run_here<H: Host>(run: &mut Run<'_, H>, data: &ContactData) -> Result<bool, StepError> {
    let goes_on = match run.rule().rule_type {
        RuleType::Distribution
        | RuleType::UpdateStates
        | RuleType::SetAttributes
        | RuleType::TextInference
        | RuleType::Metric => {
            rules::execute(run)?;
            true
        }
        RuleType::RuleSet => rules::execute(run)?.message.is_none(),
        RuleType::Queue => {
            export_attributes(run, data)?;
            false
        }
        // Only a chat can wait (Q73).
        RuleType::Wait => data.channel != Channel::Chat,
        _ => false,
    };
    if run.detail >= Detail::Coverage {
        run.host.observe(&Seen::Executed { rule: run.at });
    }
    Ok(goes_on)
}

/// Tells the flow which attributes differ from those that Connect holds.
fn export_attributes<H: Host>(run: &mut Run<'_, H>, data: &ContactData) -> Result<(), StepError> {
    let attributes = run.get("ContactAttributes").as_object().cloned().unwrap_or_else(Map::new);
    let original = run.is_original();
    let changed: Vec<(Text, Value)> = attributes
        .iter()
        .filter(|(_, value)| !value.is_nil())
        .filter(|(key, value)| match data.attributes.get(key) {
            None => true,
            // Values that are JSON always differ in the original.
            Some(known) if original => !value.strictly_equals(known),
            Some(known) => text_of(value) != text_of(known),
        })
        .map(|(key, value)| (Text::clone(key), value.clone()))
        .collect();
    if changed.len() > MAX_ATTRIBUTES {
        return Err(StepError::rule(format!(
            "ContactId: {} found: {} contact attributes which exceeds the maximum: {MAX_ATTRIBUTES}",
            run.contact.id,
            changed.len()
        )));
    }
    for (i, (key, value)) in changed.iter().enumerate() {
        put(run, &format!("attributeKey{i}"), Value::String(Text::clone(key)));
        put(run, &format!("attributeValue{i}"), value.clone());
    }
    put(run, "attributeCount", changed.len().to_string());
    Ok(())
}
