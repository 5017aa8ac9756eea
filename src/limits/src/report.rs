//! What an invocation tells: the answer to the flow, the log line and the metrics (`spec/rate-limiting.md` 6.3, 8).

use connect_rules_engine::dates;
use connect_rules_engine::value::{Map, Text, Value};

use crate::decision::Reason;
use crate::limiter::Checked;
use crate::number;

/// One value of a metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// Its name.
    pub name: &'static str,
    /// A dimension besides that of the environment.
    pub dimension: Option<(&'static str, &'static str)>,
    /// The value.
    pub value: f64,
    /// `Count` or `Milliseconds`.
    pub unit: &'static str,
}

fn yes(value: bool) -> Value {
    Value::from(if value { "true" } else { "false" })
}

impl Checked {
    /// The answer: a flat map of texts.
    pub fn reply(&self) -> Map {
        let decision = &self.decision;
        let mut out = Map::new();
        out.insert("Result", if self.failed.is_some() { "ERROR" } else { "SUCCESS" }.into());
        out.insert("CallAllowed", yes(decision.allowed));
        out.insert("Reason", decision.reason.name().into());
        out.insert("NotifyAgent", yes(self.notify));
        if let Some((attempt, limit)) = decision.deciding() {
            out.insert("Attempt", attempt.to_string().into());
            out.insert("Limit", limit.to_string().into());
        }
        if !decision.allowed {
            if let Some(seconds) = self.retry_after() {
                out.insert("RetryAfterSeconds", seconds.to_string().into());
            }
            out.insert("Stopped", yes(decision.stop_status.is_over()));
        }
        out
    }

    /// The fields of the log line; numbers show their last four digits only if `mask`.
    pub fn line(&self, mask: bool) -> Map {
        let decision = &self.decision;
        let shown = |number: &Text| Value::from(if mask { number::mask(number) } else { number.to_string() });
        let count = |number: Option<u32>| number.map_or(Value::Null, |it| Value::Number(f64::from(it)));
        let mut out = Map::new();
        out.insert("EventType", "ANALYTICS".into());
        out.insert("EventCode", "RATE_LIMIT_DECISION".into());
        out.insert("ContactId", Value::String(Text::clone(&decision.contact_id)));
        out.insert("When", dates::iso_utc(decision.at).into());
        out.insert("Allowed", Value::Bool(decision.allowed));
        out.insert("Reason", decision.reason.name().into());
        out.insert("CustomerNumber", shown(&decision.customer));
        out.insert("SystemNumber", shown(&decision.system));
        out.insert("CustomerAttempt", count(decision.customer_attempt));
        out.insert("CustomerLimit", count(Some(decision.customer_limit)));
        out.insert("SystemAttempt", count(decision.system_attempt));
        out.insert("SystemLimit", count(Some(decision.system_limit)));
        out.insert("Mode", self.mode.name().into());
        out.insert("Initiation", Value::String(Text::clone(&decision.initiation)));
        out.insert("StopStatus", decision.stop_status.name().into());
        out.insert(
            "RetryAfterSeconds",
            self.retry_after().map_or(Value::Null, |it| Value::Number(it as f64)),
        );
        out.insert("Replayed", Value::Bool(self.replayed));
        out.insert("TimeCost", Value::Number(self.cost as f64));
        out
    }

    /// The metrics of the invocation.
    pub fn measures(&self) -> Vec<Measure> {
        let count = |name, dimension| Measure { name, dimension, value: 1.0, unit: "Count" };
        let mut out = Vec::new();
        match self.decision.reason {
            Reason::Exempt | Reason::Disabled => out.push(count("RateLimitExempt", None)),
            _ => out.push(count("RateLimitAttempts", None)),
        }
        if !self.decision.allowed {
            out.push(count("RateLimitBlocked", Some(("Reason", self.decision.reason.name()))));
        }
        for trouble in &self.troubles {
            out.push(count("RateLimitErrors", Some(("Kind", trouble.kind.name()))));
        }
        let (value, unit) = (self.cost as f64, "Milliseconds");
        out.push(Measure { name: "RateLimitLatencyMs", dimension: None, value, unit });
        out
    }
}
