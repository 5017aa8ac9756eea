//! The function `contactevents`: brings attributes that rules have set to Connect when a contact ends
//! (`spec/lambdas.md` 7.5).

use crate::contact::Loaded;
use crate::failure::{Code, Failure};
use crate::log::{Log, now_ms};
use crate::services::Attributes;
use crate::tables::Tables;
use connect_rules_engine::dates;
use connect_rules_engine::json;
use connect_rules_engine::value::{Map, Text, Value};
use std::future::Future;
use std::time::{Duration, Instant};

/// After this long `EventBridge` is to try again.
const BUDGET: Duration = Duration::from_secs(45);
const LEAST_PAUSE: Duration = Duration::from_millis(250);
const ATTEMPTS: u32 = 20;

/// A text as Connect holds an attribute; nothing is an empty one.
fn attribute(value: &Value) -> Text {
    match value {
        Value::Array(_) | Value::Object(_) => json::print(value).unwrap_or_default().into(),
        other if other.is_nil() => Text::from(""),
        other => other.text(),
    }
}

/// Answers an Amazon Connect Contact Event.
///
/// # Errors
/// The event has no contact, or Connect or the table could not be reached for 45 seconds.
pub async fn handle<T: Tables, S: Attributes>(
    tables: &T,
    services: &S,
    log: &Log,
    event: &Value,
) -> Result<Value, Failure> {
    let detail = event.member("detail");
    let kind = detail.member("eventType").text();
    let contact = detail.member("contactId");
    let initial = detail.member("initialContactId");
    let id = if initial.is_empty_string() { contact.clone() } else { initial };
    if id.is_empty_string() {
        return Err(Failure::new(
            Code::BadEvent,
            "detail.contactId is missing: only contact events of Amazon Connect are understood",
        ));
    }
    let id = id.text();
    let loaded = Loaded::read(tables, &id, now_ms()).await?;
    let state = &loaded.contact.state;
    if state.is_empty() {
        return Ok(Value::from(Map::new()));
    }
    let wanted = state.get("ContactAttributes").and_then(Value::as_object).cloned().unwrap_or_default();
    if &*kind == "DISCONNECTED" {
        let until = Instant::now() + BUDGET;
        let known = patiently(until, || services.attributes(&id)).await?;
        let mut changes = Map::new();
        for (name, value) in &wanted {
            let value = attribute(value);
            if known.get(name).map_or_else(|| Text::from(""), attribute) != value {
                changes.insert(Text::clone(name), Value::String(value));
            }
        }
        if !changes.is_empty() {
            patiently(until, || services.update_attributes(&id, &changes)).await?;
        }
    }
    let text = |key: &str| state.get(key).map_or_else(|| Value::from("-"), Value::clone);
    let mut names: Vec<&Text> = wanted.iter().map(|(name, _)| name).collect();
    names.sort();
    let mut shown = Map::new();
    for name in names {
        let value = wanted.get(name).map_or_else(|| Text::from(""), attribute);
        shown.insert(Text::clone(name), log.masked(value));
    }
    log.write(
        Log::analytics(&id, "CONTACT_EVENT")
            .with("ContactEventType", Value::String(kind))
            .with("RuleSet", text("CurrentRuleSet"))
            .with("RuleType", text("CurrentRuleType"))
            .with("RuleName", text("CurrentRule"))
            .with("When", dates::iso_utc_ms(now_ms()))
            .with("ContactAttributes", shown),
    );
    Ok(Value::from(Map::new()))
}

/// Tries again, with longer and longer pauses that differ between functions.
async fn patiently<A, F: Future<Output = Result<A, String>>>(
    until: Instant,
    call: impl Fn() -> F,
) -> Result<A, Failure> {
    let mut attempt = 0;
    loop {
        match call().await {
            Ok(answer) => return Ok(answer),
            Err(cause) => {
                let most = LEAST_PAUSE * 2_u32.pow(attempt.min(5));
                let share = f64::from((uuid::Uuid::new_v4().as_u64_pair().0 & 0xffff) as u16) / 65_536.0;
                let pause = most.mul_f64(share).max(LEAST_PAUSE);
                attempt += 1;
                if attempt == ATTEMPTS || Instant::now() + pause >= until {
                    return Err(Failure::new(Code::Service, cause));
                }
                tokio::time::sleep(pause).await;
            }
        }
    }
}
