//! Integration functions: the contract of `spec/lambdas.md` 7.2 for functions in Rust, and the echo function
//! (7.3) as the example of one.

use crate::contact::{Loaded, STATUS, lifetime};
use crate::failure::{Code, Failure};
use crate::log::{Log, now_ms};
use crate::tables::{StateChange, TableError, Tables};
use connect_rules_engine::dates;
use connect_rules_engine::json;
use connect_rules_engine::live::Channel;
use connect_rules_engine::value::{Map, Text, Value};
use std::future::Future;
use std::time::Duration;

/// Key that holds the dotted path for a function's output.
pub const OUTPUT: &str = "CurrentRule_functionOutputKey";
const CAUSE: &str = "IntegrationErrorCause";
const END: &str = "IntegrationEnd";
/// Longest sleep of the echo function.
const LONGEST: Duration = Duration::from_secs(55);

/// A request to an integration function.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The (initial) contact.
    pub contact_id: Text,
    /// What the rule sends: JSON that arrived as text is JSON here.
    pub payload: Value,
    /// Run token; the original sends none.
    pub token: Option<Text>,
}

impl Request {
    /// Reads a request.
    ///
    /// # Errors
    /// The member that is missing.
    pub fn read(event: &Value) -> Result<Self, Failure> {
        for name in ["ContactId", "Payload", "OriginalRequest"] {
            if event.member(name).is_nil() {
                return Err(Failure::new(
                    Code::BadEvent,
                    format!("the event has no {name}: integration functions are called by the evaluator"),
                ));
            }
        }
        let payload = event.member("Payload");
        let parsed = payload.as_str().and_then(json::read_back);
        let token = event.member("IntegrationId");
        Ok(Request {
            contact_id: event.member("ContactId").text(),
            payload: parsed.unwrap_or(payload),
            token: if token.is_empty_string() { None } else { Some(token.text()) },
        })
    }
}

/// Runs an integration: state says `RUN`, then what `work` made of the request, `DONE` or `ERROR`.
///
/// Nothing is written once the run is over: timed out, or replaced by a later one (L-10).
///
/// # Errors
/// The table cannot be read or written.
pub async fn run<T, W>(
    tables: &T,
    log: &Log,
    function: &str,
    request: &Request,
    work: W,
) -> Result<(), Failure>
where
    T: Tables,
    W: Future<Output = Result<Value, String>>,
{
    let started = now_ms();
    if !write(tables, request, "RUN", |_| {}).await? {
        log.warn("RUN_OVER", &format!("{function}: the run was over before it started"));
        return Ok(());
    }
    tell(log, request, "INTEGRATION_RUN", function, "RUN", None);
    let result = work.await;
    let status = if result.is_ok() { "DONE" } else { "ERROR" };
    let written = write(tables, request, status, |loaded| {
        let state = &mut loaded.contact.state;
        let output = state.get(OUTPUT).map(Value::text);
        let ended = Value::from(dates::iso_utc_ms(now_ms()));
        state.update_text(END, ended);
        let (value, cause) = match &result {
            Ok(value) => (value.clone(), Value::Undefined),
            Err(cause) => (Value::Undefined, Value::from(cause.as_str())),
        };
        if let Some(path) = output.filter(|path| !path.is_empty()) {
            state.update_text(&path, value);
        }
        state.update_text(CAUSE, cause);
    })
    .await?;
    if !written {
        log.warn("RUN_OVER", &format!("{function}: its result came too late and was dropped"));
    }
    tell(log, request, "INTEGRATION_END", function, status, Some(now_ms() - started));
    Ok(())
}

fn tell(log: &Log, request: &Request, code: &str, function: &str, status: &str, cost: Option<i64>) {
    let mut line = Log::analytics(&request.contact_id, code)
        .with("FunctionName", function)
        .with("Status", status)
        .with("When", dates::iso_utc_ms(now_ms()));
    if let Some(cost) = cost {
        line = line.with("Cost", Value::Number(cost as f64));
    }
    log.write(line);
}

/// Writes a status and what belongs to it, as long as the run goes on; answers whether it does.
async fn write<T: Tables>(
    tables: &T,
    request: &Request,
    status: &str,
    change: impl Fn(&mut Loaded),
) -> Result<bool, Failure> {
    for _ in 0..4 {
        let mut loaded = Loaded::read(tables, &request.contact_id, now_ms()).await?;
        let current = loaded.contact.state.get(STATUS).map(Value::text);
        let goes_on = matches!(current.as_deref(), Some("START" | "RUN"));
        // A flow of the original writes no token: then the status alone counts.
        let same =
            loaded.token().is_none() || request.token.is_none() || loaded.token() == request.token.as_ref();
        if !goes_on || !same {
            return Ok(false);
        }
        change(&mut loaded);
        loaded.contact.state.update_text(STATUS, Value::from(status));
        loaded.contact.state.refresh();
        let mut changes = loaded.changes(Channel::Voice, None);
        if !changes.iter().any(|it| &*it.what == STATUS) {
            changes.push(confirmed(&loaded, status));
        }
        match tables.save(&request.contact_id, &changes).await {
            Ok(()) => return Ok(true),
            Err(TableError::Changed) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Failure::new(
        Code::Table,
        format!("the state of contact {} is changed all the time", request.contact_id),
    ))
}

/// The status row as it is, so that the write depends on it.
fn confirmed(loaded: &Loaded, status: &str) -> StateChange {
    StateChange {
        what: Text::from(STATUS),
        value: Some(Text::from(status)),
        expected: Some(Text::from(status)),
        expiry: loaded.contact.clock.div_euclid(1000) + lifetime(Channel::Voice),
        token: loaded.token().cloned(),
        expected_token: loaded.token().cloned(),
    }
}

/// What the echo function makes of a payload: the payload. `SleepTime` (seconds) makes it slow,
/// `ForcedError` makes it fail with that cause.
///
/// # Errors
/// The cause that the payload asks for.
pub async fn echo(payload: Value) -> Result<Value, String> {
    let options = payload.as_object().cloned().unwrap_or_else(Map::new);
    if let Some(seconds) = options.get("SleepTime").filter(|value| value.is_number()) {
        let sleep = Duration::try_from_secs_f64(seconds.num().max(0.0)).unwrap_or(LONGEST);
        tokio::time::sleep(sleep.min(LONGEST)).await;
    }
    match options.get("ForcedError") {
        Some(cause) if !cause.is_empty_string() && !cause.is_nil() => Err(cause.text().to_string()),
        _ => Ok(payload),
    }
}

/// Answers an event of the function `integrationecho`.
///
/// # Errors
/// The event is not a request, or the table cannot be reached.
pub async fn handle<T: Tables>(tables: &T, log: &Log, event: &Value) -> Result<Value, Failure> {
    let request = Request::read(event)?;
    run(tables, log, "integrationecho", &request, echo(request.payload.clone())).await?;
    Ok(Value::Object(Map::new().into()))
}
