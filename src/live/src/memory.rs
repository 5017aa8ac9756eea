//! Tables and services in memory: for trying functions out, and for their tests.

use crate::services::{Attributes, Fleet, Services, Shelf};
use crate::tables::{Callback, StateChange, StateRow, TableError, Tables};
use connect_rules_engine::catalogue::Bot;
use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_store::Snapshot;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;

#[derive(Debug, Default)]
struct Rows {
    mark: Option<Text>,
    model: Snapshot,
    warnings: Vec<String>,
    state: BTreeMap<Text, BTreeMap<Text, StateRow>>,
    callbacks: Vec<Callback>,
    failures: Vec<TableError>,
    saves: u32,
}

/// Tables in memory.
#[derive(Debug, Default)]
pub struct Memory {
    rows: Mutex<Rows>,
}

impl Memory {
    /// Tables with these rules.
    pub fn new(model: Snapshot) -> Self {
        let mark = if model.mark.is_empty() { None } else { Some(Text::clone(&model.mark)) };
        Memory { rows: Mutex::new(Rows { mark, model, ..Rows::default() }) }
    }

    fn with<R>(&self, work: impl FnOnce(&mut Rows) -> R) -> R {
        work(&mut self.rows.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The next write fails with this.
    pub fn fail_next_save(&self, error: TableError) {
        self.with(|rows| rows.failures.push(error));
    }

    /// Replaces the rules, as somebody who saves them.
    pub fn put_model(&self, model: Snapshot) {
        self.with(|rows| {
            rows.mark = Some(Text::clone(&model.mark));
            rows.model = model;
        });
    }

    /// How many writes of state there were.
    pub fn saves(&self) -> u32 {
        self.with(|rows| rows.saves)
    }

    /// A value of a contact's state as it is stored.
    pub fn value(&self, contact_id: &str, what: &str) -> Option<Text> {
        self.with(|rows| rows.state.get(contact_id)?.get(what).map(|row| Text::clone(&row.value)))
    }

    /// Writes a value of a contact's state, whatever was there.
    pub fn put(&self, contact_id: &str, what: &str, value: &str) {
        let row = StateRow { what: Text::from(what), value: Text::from(value), expiry: 0, token: None };
        self.with(|rows| rows.state.entry(Text::from(contact_id)).or_default().insert(Text::from(what), row));
    }
}

impl Tables for Memory {
    async fn change_mark(&self) -> Result<Option<Text>, TableError> {
        Ok(self.with(|rows| rows.mark.clone()))
    }

    async fn start_change_mark(&self) -> Result<(), TableError> {
        self.with(|rows| {
            rows.mark.get_or_insert_with(|| Text::from("2026-01-01T00:00:00.000Z"));
        });
        Ok(())
    }

    async fn model(&self) -> Result<(Snapshot, Vec<String>), TableError> {
        Ok(self.with(|rows| (rows.model.clone(), rows.warnings.clone())))
    }

    async fn state(&self, contact_id: &str) -> Result<Vec<StateRow>, TableError> {
        Ok(self.with(|rows| {
            rows.state.get(contact_id).map(|state| state.values().cloned().collect()).unwrap_or_default()
        }))
    }

    async fn save(&self, contact_id: &str, changes: &[StateChange]) -> Result<(), TableError> {
        self.with(|rows| {
            if let Some(error) = rows.failures.pop() {
                return Err(error);
            }
            rows.saves += 1;
            let state = rows.state.entry(Text::from(contact_id)).or_default();
            for change in changes {
                let row = state.get(&change.what);
                let token = row.and_then(|row| row.token.as_ref());
                if row.map(|row| &row.value) != change.expected.as_ref()
                    || (change.expected_token.is_some() && token != change.expected_token.as_ref())
                {
                    return Err(TableError::Changed);
                }
            }
            for change in changes {
                match &change.value {
                    None => {
                        state.remove(&change.what);
                    }
                    Some(value) => {
                        let before = state.get(&change.what).and_then(|row| row.token.clone());
                        let row = StateRow {
                            what: Text::clone(&change.what),
                            value: Text::clone(value),
                            expiry: change.expiry,
                            token: change.token.clone().or(before),
                        };
                        state.insert(Text::clone(&change.what), row);
                    }
                }
            }
            Ok(())
        })
    }

    async fn has_callback(&self, number: &str, now: i64) -> Result<bool, TableError> {
        let waits = |it: &Callback| &*it.number == number && it.expiry > now / 1000;
        Ok(self.with(|rows| rows.callbacks.iter().any(waits)))
    }

    async fn callbacks_in(&self, queue_arn: &str, now: i64) -> Result<u32, TableError> {
        let waits = |it: &&Callback| &*it.queue_arn == queue_arn && it.expiry > now / 1000;
        Ok(self.with(|rows| u32::try_from(rows.callbacks.iter().filter(waits).count()).unwrap_or(u32::MAX)))
    }

    async fn create_callback(&self, callback: &Callback) -> Result<bool, TableError> {
        Ok(self.with(|rows| {
            rows.callbacks.retain(|it| it.expiry > callback.now / 1000);
            let known = rows.callbacks.iter().find(|it| it.number == callback.number);
            if let Some(known) = known {
                known.contact_id == callback.contact_id && known.queue_arn == callback.queue_arn
            } else {
                rows.callbacks.push(callback.clone());
                true
            }
        }))
    }

    async fn delete_callback(&self, number: &str, queue_arn: &str) -> Result<(), TableError> {
        self.with(|rows| {
            rows.callbacks.retain(|it| &*it.number != number || &*it.queue_arn != queue_arn);
        });
        Ok(())
    }
}

/// Services that answer as they are told, and keep what they are asked for.
#[derive(Debug, Default)]
pub struct Desk {
    /// What bots answer: a `RecognizeText` reply.
    pub understood: Option<Value>,
    /// Why functions cannot be called.
    pub refuses_calls: Option<String>,
    /// Why text messages cannot be sent.
    pub refuses_sms: Option<String>,
    /// What functions answer.
    pub answer: Option<Value>,
    /// Attributes that Connect holds.
    pub attributes: Map,
    asked: Mutex<Vec<(String, Value)>>,
}

impl Desk {
    fn note(&self, what: String, with: Value) {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push((what, with));
    }

    /// What was asked for, in order: the service and what it got.
    pub fn asked(&self) -> Vec<(String, Value)> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn refused(cause: Option<&String>) -> Result<(), String> {
    cause.map_or(Ok(()), |cause| Err(cause.clone()))
}

impl Services for Desk {
    async fn invoke(&self, function_arn: &str, event: &Value) -> Result<(), String> {
        self.note(format!("invoke {function_arn}"), event.clone());
        refused(self.refuses_calls.as_ref())
    }

    async fn recognize(&self, bot: &Bot, _: &str, text: &str) -> Result<Value, String> {
        self.note(format!("recognize {}", bot.name), text.into());
        self.understood.clone().ok_or_else(|| "the bot understands nothing".to_owned())
    }

    async fn send_sms(&self, number: &str, message: &str) -> Result<(), String> {
        self.note(format!("sms {number}"), message.into());
        refused(self.refuses_sms.as_ref())
    }

    async fn count_metric(&self, name: &str, value: f64) -> Result<(), String> {
        self.note(format!("metric {name}"), Value::Number(value));
        Ok(())
    }
}

impl Attributes for Desk {
    async fn attributes(&self, contact_id: &str) -> Result<Map, String> {
        self.note(format!("attributes {contact_id}"), Value::Undefined);
        Ok(self.attributes.clone())
    }

    async fn update_attributes(&self, contact_id: &str, changes: &Map) -> Result<(), String> {
        self.note(format!("update {contact_id}"), changes.clone().into());
        Ok(())
    }
}

impl Fleet for Desk {
    async fn call(&self, function_arn: &str, event: &Value) -> Result<Value, String> {
        self.note(format!("call {function_arn}"), event.clone());
        refused(self.refuses_calls.as_ref())?;
        self.answer.clone().ok_or_else(|| "the function answers nothing".to_owned())
    }
}

impl Shelf for Desk {
    async fn keep(&self, key: &str, text: String) -> Result<(), String> {
        self.note(format!("keep {key}"), text.into());
        Ok(())
    }

    async fn find(&self, key: &str) -> Result<Option<String>, String> {
        let name = format!("keep {key}");
        let kept = self.asked().into_iter().rev().find(|(what, _)| *what == name);
        Ok(kept.map(|(_, text)| text.text().to_string()))
    }
}
