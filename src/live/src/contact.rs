//! A contact's state between its rows and the engine (`spec/lambdas.md` 4).

use crate::failure::Failure;
use crate::tables::{StateChange, StateRow, TableError, Tables};
use connect_rules_engine::chance::Draws;
use connect_rules_engine::json;
use connect_rules_engine::live::Channel;
use connect_rules_engine::state::State;
use connect_rules_engine::step::Contact;
use connect_rules_engine::value::{Text, Value};
use rustc_hash::FxHashMap;

/// Key of the row that also holds the run token.
pub const STATUS: &str = "IntegrationStatus";

/// How long the rows of a contact are kept, in seconds: chats and tasks wait for days (L-06).
pub fn lifetime(channel: Channel) -> i64 {
    match channel {
        Channel::Chat | Channel::Task => 8 * 24 * 3600,
        Channel::Voice | Channel::Email => 24 * 3600,
    }
}

/// A contact with the rows it was made from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The contact, for the engine.
    pub contact: Contact,
    rows: FxHashMap<Text, StateRow>,
}

/// The value of a row as the table keeps it; `None` where the row is to go.
pub(crate) fn stored(value: &Value) -> Option<Text> {
    match value {
        Value::Array(_) | Value::Object(_) => json::print(value).map(Text::from),
        other if other.is_nil() || other.is_empty_string() => None,
        other => Some(other.text()),
    }
}

impl Loaded {
    /// The contact of these rows at a time in milliseconds since 1970; `seed` is of all chance.
    pub fn new(contact_id: &str, rows: Vec<StateRow>, now: i64, seed: u64) -> Self {
        let mut contact = Contact::new(contact_id, now, Draws::new(seed));
        contact.state = State::load(rows.iter().map(|row| (Text::clone(&row.what), Text::clone(&row.value))));
        let rows = rows.into_iter().map(|row| (Text::clone(&row.what), row)).collect();
        Loaded { contact, rows }
    }

    /// Reads a contact for who needs no chance.
    ///
    /// # Errors
    /// The table cannot be read.
    pub async fn read<T: Tables>(tables: &T, contact_id: &str, now: i64) -> Result<Self, Failure> {
        Ok(Loaded::new(contact_id, tables.state(contact_id).await?, now, 0))
    }

    /// A row as it was read.
    pub fn row(&self, what: &str) -> Option<&StateRow> {
        self.rows.get(what)
    }

    /// The run token of the integration.
    pub fn token(&self) -> Option<&Text> {
        self.rows.get(STATUS)?.token.as_ref()
    }

    /// What has to be written: keys that differ from their rows, and rows that are past half of their life.
    /// Each is conditioned on what was read, so that a repeated or parallel invocation counts nothing twice.
    ///
    /// `token` is the run token of an integration that has just started.
    pub fn changes(&self, channel: Channel, token: Option<&Text>) -> Vec<StateChange> {
        let life = lifetime(channel);
        let now = self.contact.clock.div_euclid(1000);
        let mut out = Vec::new();
        let mut seen: Vec<&Text> = Vec::new();
        for (key, value) in self.contact.state.touched() {
            seen.push(key);
            let value = stored(value);
            let row = self.rows.get(key);
            let expected = row.map(|row| Text::clone(&row.value));
            let is_status = &**key == STATUS;
            if value == expected && !(is_status && token.is_some()) {
                continue;
            }
            out.push(StateChange {
                what: Text::clone(key),
                value,
                expected,
                expiry: now + life,
                token: token.filter(|_| is_status).cloned(),
                expected_token: row.filter(|_| is_status).and_then(|row| row.token.clone()),
            });
        }
        if !out.is_empty() {
            let old = |row: &&StateRow| row.expiry != 0 && row.expiry < now + life / 2;
            for row in self.rows.values().filter(old).filter(|row| !seen.contains(&&row.what)) {
                out.push(StateChange {
                    what: Text::clone(&row.what),
                    value: Some(Text::clone(&row.value)),
                    expected: Some(Text::clone(&row.value)),
                    expiry: now + life,
                    token: None,
                    expected_token: row.token.clone(),
                });
            }
        }
        out
    }

    /// Writes what has changed.
    ///
    /// # Errors
    /// [`TableError::Changed`] if a row is not what it was; nothing was written then.
    pub async fn save<T: Tables>(
        &mut self,
        tables: &T,
        channel: Channel,
        token: Option<&Text>,
    ) -> Result<(), TableError> {
        let changes = self.changes(channel, token);
        if changes.is_empty() {
            return Ok(());
        }
        tables.save(&self.contact.id, &changes).await?;
        for change in changes {
            match change.value {
                None => {
                    self.rows.remove(&change.what);
                }
                Some(value) => {
                    let token = change.token.or(change.expected_token);
                    let row = StateRow { what: change.what, value, expiry: change.expiry, token };
                    self.rows.insert(Text::clone(&row.what), row);
                }
            }
        }
        self.contact.state.forget_changes();
        Ok(())
    }
}
