//! The function `lexfulfillment`: keeps what a Lex V2 bot understood (`spec/lambdas.md` 7.1).

use crate::contact::{Loaded, lifetime};
use crate::failure::{Code, Failure};
use crate::log::now_ms;
use crate::settings::Settings;
use crate::tables::{StateChange, TableError, Tables};
use connect_rules_engine::json;
use connect_rules_engine::live::Channel;
use connect_rules_engine::value::{Map, Text, Value};

/// Key of the row that holds the answers of bots.
const RESPONSES: &str = "LexResponses";
/// Most that is kept of one bot, in bytes of JSON.
const KEPT: usize = 32 * 1024;

/// Answers an event of a bot's fulfilment hook.
///
/// # Errors
/// The event has no session, or the table cannot be reached.
pub async fn handle<T: Tables>(tables: &T, settings: &Settings, event: &Value) -> Result<Value, Failure> {
    let session = event.member("sessionId");
    if session.is_empty_string() {
        return Err(Failure::new(Code::BadEvent, "the event has no sessionId: only Lex can ask for this"));
    }
    let attributes = event.member("sessionState").member("sessionAttributes");
    let contact = attributes.member("ContactId");
    let contact = if contact.is_empty_string() { session.text() } else { contact.text() };
    if !contact.starts_with("test-") {
        keep(tables, settings, &contact, event).await?;
    }
    Ok(closed(event))
}

async fn keep<T: Tables>(
    tables: &T,
    settings: &Settings,
    contact: &str,
    event: &Value,
) -> Result<(), Failure> {
    let (name, kept) = (bot_name(settings, event), kept(event));
    for _ in 0..4 {
        let now = now_ms();
        let mut loaded = Loaded::read(tables, contact, now).await?;
        let before = loaded.row(RESPONSES).cloned();
        let mut all =
            loaded.contact.state.get(RESPONSES).and_then(Value::as_object).cloned().unwrap_or_default();
        all.insert(Text::clone(&name), kept.clone());
        loaded.contact.state.set_raw(&Text::from(RESPONSES), Value::from(all.clone()));
        let change = StateChange {
            what: Text::from(RESPONSES),
            value: json::print(&Value::from(all)).map(Text::from),
            expected: before.map(|row| row.value),
            expiry: now.div_euclid(1000) + lifetime(Channel::Voice),
            token: None,
            expected_token: None,
        };
        match tables.save(contact, &[change]).await {
            Ok(()) => return Ok(()),
            Err(TableError::Changed) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Failure::new(Code::Table, format!("the state of contact {contact} is changed all the time")))
}

/// The bot's name in state: without stage and service, other characters than letters and digits as `_`.
fn bot_name(settings: &Settings, event: &Value) -> Text {
    let name = event.member("bot").member("name").text();
    let prefix = format!("{}-{}-", settings.stage, settings.service);
    let short = name.strip_prefix(&*prefix).unwrap_or(&name);
    Text::from(short.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect::<String>())
}

/// The event as it is kept: with the confidence where rules look for it, and not too large.
fn kept(event: &Value) -> Value {
    let mut event = event.as_object().cloned().unwrap_or_default();
    let mut interpretations: Vec<Value> =
        event.get("interpretations").and_then(Value::as_array).unwrap_or_default().to_vec();
    let mut confidence = Value::Number(0.0);
    if let Some(first) = interpretations.first_mut() {
        let known = first.member("nluConfidence");
        confidence = if known.is_nil() { confidence } else { known };
        if let Some(mut with) = first.as_object().cloned() {
            with.insert("nluConfidence", confidence.clone());
            *first = Value::from(with);
        }
    }
    let mut session = event.get("sessionState").and_then(Value::as_object).cloned().unwrap_or_default();
    session.insert("nluConfidence", confidence);
    event.insert("sessionState", Value::from(session));
    let size = |event: &Map| json::print(&Value::from(event.clone())).map_or(0, |text| text.len());
    event.insert("interpretations", Value::from(interpretations.clone()));
    if size(&event) > KEPT {
        event.remove("transcriptions");
    }
    if size(&event) > KEPT {
        interpretations.truncate(1);
        event.insert("interpretations", Value::from(interpretations));
    }
    Value::from(event)
}

/// The answer: the intent is fulfilled, the bot says nothing.
fn closed(event: &Value) -> Value {
    let object = |members: &[(&str, Value)]| {
        let mut out = Map::new();
        for (name, value) in members.iter().filter(|(_, value)| !value.is_nil()) {
            out.insert(*name, value.clone());
        }
        Value::from(out)
    };
    let first = event.member("interpretations").member("0").member("intent");
    let mut intent = first.as_object().cloned().unwrap_or_default();
    intent.insert("state", "Fulfilled".into());
    intent.insert("confirmationState", "Confirmed".into());
    let attributes = event.member("sessionState").member("sessionAttributes");
    let session = object(&[
        ("sessionAttributes", attributes),
        ("dialogAction", object(&[("type", "Close".into())])),
        ("intent", Value::from(intent)),
    ]);
    object(&[("sessionState", session), ("requestAttributes", event.member("requestAttributes"))])
}
