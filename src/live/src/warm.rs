//! Requests that keep a function warm (`spec/lambdas.md` 7.4).

use connect_rules_engine::value::{Map, Text, Value};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Who asks.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    name: Value,
    arn: Value,
}

/// One process of a function.
#[derive(Debug)]
pub struct Warm {
    id: Text,
    cold: AtomicBool,
}

impl Default for Warm {
    fn default() -> Self {
        Warm { id: Text::from(uuid::Uuid::new_v4().to_string()), cold: AtomicBool::new(true) }
    }
}

impl Warm {
    /// The request, if the event is one to keep warm.
    pub fn request(event: &Value) -> Option<Request> {
        let request = event.member("keepWarm");
        request.as_object()?;
        Some(Request { name: request.member("name"), arn: request.member("arn") })
    }

    /// The answer; the first of a process says that it was cold.
    pub fn reply(&self, request: &Request, started: Instant) -> Value {
        let mut out = Map::new();
        out.insert("id", Value::String(Text::clone(&self.id)));
        out.insert("name", request.name.clone());
        out.insert("arn", request.arn.clone());
        out.insert("coldStart", Value::Bool(self.cold.swap(false, Ordering::Relaxed)));
        out.insert("runningTime", Value::Number(started.elapsed().as_secs_f64()));
        let mut reply = Map::new();
        reply.insert("keepWarm", Value::from(out));
        Value::from(reply)
    }
}
