//! The loop of a function: events in, answers out.

use connect_rules_engine::json;
use connect_rules_engine::value::Value;
use connect_rules_live::{Code, Failure};
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde_json::value::RawValue;
use std::future::Future;
use std::time::{Duration, Instant, SystemTime};

/// A function.
pub trait Function: Send + Sync + 'static {
    /// Answers an event until a deadline.
    fn answer(&self, event: &Value, deadline: Instant)
    -> impl Future<Output = Result<Value, Failure>> + Send;
}

/// Answers events until the process is stopped.
///
/// # Errors
/// The runtime of Lambda cannot be reached.
pub async fn serve<F: Function>(function: F) -> Result<(), Error> {
    let function = &function;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Box<RawValue>>| async move {
        let deadline = deadline(event.context.deadline);
        let bad = |error: String| told(&Failure::new(Code::BadEvent, error));
        let event = json::parse(event.payload.get()).map_err(|error| bad(error.to_string()))?;
        let answer = function.answer(&event, deadline).await.map_err(|failure| told(&failure))?;
        let text = json::print(&answer).unwrap_or_else(|| "null".into());
        RawValue::from_string(text).map_err(|error| bad(error.to_string()))
    }))
    .await
}

/// A failure as Lambda reports it: its code is the type of the error.
fn told(failure: &Failure) -> Diagnostic {
    Diagnostic { error_type: failure.code.name().to_owned(), error_message: failure.to_string() }
}

/// The instant of a deadline in milliseconds since 1970.
fn deadline(at: u64) -> Instant {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Instant::now() + Duration::from_millis(at).saturating_sub(now)
}
