//! Replies and errors as lines of JSON, written straight into the output buffer (`spec/testing.md` 5.3).

use std::io;

use connect_rules_engine::state::{Changes, State};
use connect_rules_engine::step::{Reply, StepError};
use connect_rules_engine::value::{Text, Value};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

use super::seen::Recorder;

/// What is added to the reply of the step machine.
#[derive(Debug)]
pub struct Extras<'a> {
    /// The whole state.
    pub state: Option<&'a State>,
    /// What changed since the contact's previous reply.
    pub changes: Option<&'a Changes>,
    /// `requestId` of the request.
    pub request_id: Option<&'a RawValue>,
    /// Tested rules.
    pub trace: Option<&'a Recorder<'a>>,
    /// Coverage items.
    pub branches: Option<&'a Recorder<'a>>,
}

impl Extras<'_> {
    fn write<M: SerializeMap>(&self, out: &mut M) -> Result<(), M::Error> {
        if let Some(state) = self.state {
            out.serialize_entry("state", &WholeState(state))?;
        }
        if let Some(changes) = self.changes {
            out.serialize_entry("changes", &ChangedKeys(changes))?;
        }
        if let Some(id) = self.request_id {
            out.serialize_entry("requestId", id)?;
        }
        if let Some(recorder) = self.trace {
            out.serialize_entry("trace", &recorder.trace())?;
        }
        if let Some(recorder) = self.branches {
            out.serialize_entry("branches", &recorder.items())?;
        }
        Ok(())
    }
}

/// Writes a reply and a line feed.
///
/// # Errors
/// Those of the output.
pub fn answer(out: &mut impl io::Write, reply: &Reply, extras: &Extras<'_>) -> io::Result<()> {
    line(out, |map| {
        reply.write_members(map)?;
        extras.write(map)
    })
}

/// Writes an error and a line feed.
///
/// # Errors
/// Those of the output.
pub fn error(
    out: &mut impl io::Write,
    error: &StepError,
    contact_id: Option<&str>,
    event_type: &Value,
    extras: &Extras<'_>,
) -> io::Result<()> {
    line(out, |map| {
        map.serialize_entry("error", &ErrorMembers(error))?;
        if let Some(id) = contact_id {
            map.serialize_entry("contactId", id)?;
        }
        if let Value::String(event) = event_type {
            map.serialize_entry("eventType", event)?;
        }
        extras.write(map)
    })
}

fn line<W: io::Write>(
    out: &mut W,
    members: impl FnOnce(
        &mut serde_json::ser::Compound<'_, &mut W, serde_json::ser::CompactFormatter>,
    ) -> Result<(), serde_json::Error>,
) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::new(&mut *out);
    let mut map = serializer.serialize_map(None)?;
    members(&mut map)?;
    SerializeMap::end(map)?;
    out.write_all(b"\n")
}

struct ErrorMembers<'a>(&'a StepError);

impl Serialize for ErrorMembers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_map(Some(2))?;
        out.serialize_entry("message", &format!("Failed to inference: {}", self.0.message))?;
        out.serialize_entry("code", self.0.code.name())?;
        out.end()
    }
}

struct WholeState<'a>(&'a State);

impl Serialize for WholeState<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_map(None)?;
        for (key, value) in self.0.iter() {
            out.serialize_entry(key, value)?;
        }
        out.end()
    }
}

struct ChangedKeys<'a>(&'a Changes);

impl Serialize for ChangedKeys<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Set<'a>(&'a [(Text, Value)]);
        impl Serialize for Set<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
            }
        }
        let mut out = serializer.serialize_map(Some(2))?;
        out.serialize_entry("set", &Set(&self.0.set))?;
        out.serialize_entry("removed", &self.0.removed)?;
        out.end()
    }
}
