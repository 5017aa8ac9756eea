//! Log lines: one JSON object a line, without customer data unless the settings allow it (`spec/lambdas.md` 8).

use crate::failure::Failure;
use crate::settings::Settings;
use connect_rules_engine::json;
use connect_rules_engine::value::{Map, Text, Value};
use std::sync::Arc;

/// What stands for customer data.
pub const MASK: &str = "***";

/// Where lines go: standard output in a deployed function.
pub type Sink = Arc<dyn Fn(&str) + Send + Sync>;

/// Writes log lines.
#[derive(Clone)]
pub struct Log {
    sink: Sink,
    /// Whether customer data is written.
    pub customer_data: bool,
    environment: Text,
    namespace: Text,
}

/// One line under construction.
pub struct Line(Map);

impl From<Map> for Line {
    fn from(fields: Map) -> Self {
        Line(fields)
    }
}

impl Line {
    /// Adds a field.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name, value.into());
        self
    }

    /// Adds a field if there is something to tell.
    #[must_use]
    pub fn with_some(self, name: &str, value: Option<Text>) -> Self {
        match value {
            Some(value) => self.with(name, Value::String(value)),
            None => self,
        }
    }
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Log").field("customer_data", &self.customer_data).finish_non_exhaustive()
    }
}

impl Log {
    /// A log that writes through `sink`.
    pub fn new(settings: &Settings, sink: Sink) -> Self {
        Log {
            sink,
            customer_data: settings.log_customer_data,
            environment: Text::clone(&settings.stage),
            namespace: Text::clone(&settings.service),
        }
    }

    /// A log on standard output.
    pub fn stdout(settings: &Settings) -> Self {
        Log::new(settings, Arc::new(|line| println!("{line}")))
    }

    /// A line of analytics about a contact.
    pub fn analytics(contact_id: &str, code: &str) -> Line {
        Line(Map::new()).with("EventType", "ANALYTICS").with("EventCode", code).with("ContactId", contact_id)
    }

    /// What may have been said or keyed by a customer.
    pub fn masked(&self, text: Text) -> Value {
        if self.customer_data { Value::String(text) } else { Value::from(MASK) }
    }

    /// Writes a line.
    pub fn write(&self, line: Line) {
        if let Some(text) = json::print(&Value::from(line.0)) {
            (self.sink)(&text);
        }
    }

    /// Tells something that is wrong but stops nobody.
    pub fn warn(&self, code: &str, message: &str) {
        self.write(Line(Map::new()).with("Level", "WARN").with("Code", code).with("Message", message));
    }

    /// Tells why an invocation failed, and counts it (`EvaluatorErrors`).
    pub fn failed(&self, action: &str, contact_id: Option<&str>, failure: &Failure) {
        let mut line = Line(Map::new())
            .with("Level", "ERROR")
            .with("Code", failure.code.name())
            .with("Action", action)
            .with("Message", failure.message.as_str());
        if let Some(id) = contact_id {
            line = line.with("ContactId", id);
        }
        self.write(line);
        self.metric("EvaluatorErrors", action, 1.0, "Count");
        if failure.code.name() == "RULE_LOOP" {
            self.metric("RuleLoopAborted", action, 1.0, "Count");
        }
    }

    /// A metric by action in `CloudWatch`'s embedded metric format: no call is needed.
    pub fn metric(&self, name: &str, action: &str, value: f64, unit: &str) {
        self.measure(name, Some(("Action", action)), value, unit);
    }

    /// As [`Log::metric`], with a dimension of its own besides that of the environment, or none.
    pub fn measure(&self, name: &str, dimension: Option<(&str, &str)>, value: f64, unit: &str) {
        let list = |items: Vec<Value>| Value::from(items);
        let mut metric = Map::new();
        metric.insert("Name", name.into());
        metric.insert("Unit", unit.into());
        let mut dimensions: Vec<Value> = vec!["Environment".into()];
        dimensions.extend(dimension.map(|(name, _)| Value::from(name)));
        let mut directive = Map::new();
        directive.insert("Namespace", Value::String(Text::clone(&self.namespace)));
        directive.insert("Dimensions", list(vec![list(dimensions)]));
        directive.insert("Metrics", list(vec![metric.into()]));
        let mut aws = Map::new();
        aws.insert("Timestamp", Value::Number(now_ms() as f64));
        aws.insert("CloudWatchMetrics", list(vec![directive.into()]));
        let mut line = Line(Map::new())
            .with("_aws", aws)
            .with("Environment", Value::String(Text::clone(&self.environment)));
        if let Some((name, value)) = dimension {
            line = line.with(name, value);
        }
        self.write(line.with(name, Value::Number(value)));
    }
}

/// Now, in milliseconds since 1970.
pub fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
