//! The start of a contact (`spec/evaluator.md` 6.3): what all profiles share, and the test path.

use super::run::{NAMES, Run};
use super::{Code, Opening, StepError};
use crate::compat::Compat;
use crate::dates;
use crate::host::{Detail, Host, Seen};
use crate::hours;
use crate::value::{Map, Text, Value};

/// 6.3 up to the first rule set.
pub(super) fn start<H: Host>(run: &mut Run<'_, H>, opening: &Opening) -> Result<(), StepError> {
    let interaction = interaction_time(run, &opening.interaction_date_time)?;
    let system = facts(run, &opening.end_point, interaction)?;
    open(run, system, &opening.contact_attributes);
    run.set(&NAMES.customer_phone_number, opening.customer_phone_number.clone());
    run.set(&NAMES.original_customer_number, opening.customer_phone_number.clone());
    let end_point = opening.end_point.text();
    let rule_set = run.workspace.find_by_end_point(&end_point).ok_or_else(|| {
        StepError::new(Code::UnknownEndPoint, format!("Failed to rule set for end point: {end_point}"))
    })?;
    enter_first(run, rule_set, &end_point);
    Ok(())
}

/// The `System` facts at an instant (1.4), operating hours included where the profile tells them (Q8).
pub(crate) fn facts<H: Host>(
    run: &Run<'_, H>,
    end_point: &Value,
    interaction: Option<i64>,
) -> Result<Map, StepError> {
    let zone = run
        .workspace
        .zone()
        .ok_or_else(|| StepError::new(Code::Internal, "Call centre time zone is not configured"))?;
    let holidays = run.workspace.catalogue().holidays.iter().map(|h| &*h.when);
    let mut system = hours::system(&run.contact.id, end_point, interaction, zone, holidays);
    if run.workspace.tells_operating_hours()
        && let Some(at) = interaction
    {
        let hours = hours::all_hours(run.workspace.operating_hours(), at, !run.is_original());
        system.insert("OperatingHours", hours.into());
    }
    Ok(system)
}

/// Writes `ContactId`, `System` and `ContactAttributes`.
pub(crate) fn open<H: Host>(run: &mut Run<'_, H>, system: Map, attributes: &Value) {
    let id = Text::clone(&run.contact.id);
    run.set(&NAMES.contact_id, Value::String(id));
    run.contact.state.set_raw(&Text::from("System"), system.into());
    let attributes = match attributes {
        Value::Undefined | Value::Null => Map::new().into(),
        given => given.json_clone(),
    };
    run.contact.state.set_raw(&Text::from("ContactAttributes"), attributes);
}

/// Enters the rule set that an end point leads to.
pub(crate) fn enter_first<H: Host>(run: &mut Run<'_, H>, rule_set: u32, end_point: &str) {
    if run.detail >= Detail::Coverage {
        run.host.observe(&Seen::Started { end_point, rule_set });
        run.host.observe(&Seen::Entered { rule_set });
    }
    let name = Text::clone(&run.workspace.active(rule_set).name);
    run.set(&NAMES.current_rule_set, Value::String(name));
    run.stamp(&NAMES.rule_set_start);
}

/// The instant a contact's `System` facts are computed for; nothing when it cannot be read (Q82).
pub(crate) fn interaction_time<H: Host>(run: &Run<'_, H>, given: &Value) -> Result<Option<i64>, StepError> {
    match given {
        Value::Undefined => return Ok(Some(run.contact.clock)),
        Value::String(text) => {
            if let Some(at) = dates::parse(text) {
                return Ok(Some(at));
            }
        }
        Value::Number(ms) if ms.is_finite() => return Ok(Some(*ms as i64)),
        _ => {}
    }
    if run.workspace.options().compat == Compat::Original {
        return Ok(None);
    }
    Err(StepError::new(Code::BadRequest, format!("Invalid interactionDateTime: {given}")))
}
