//! The function `integrationecho`: the example of an integration function; its output is its payload.

use connect_rules_engine::value::Value;
use connect_rules_lambdas::start::{Start, start};
use connect_rules_lambdas::{Function, serve};
use connect_rules_live::{Failure, echo};
use std::time::Instant;

struct It(Start);

impl Function for It {
    async fn answer(&self, event: &Value, _: Instant) -> Result<Value, Failure> {
        let answer = echo::handle(&*self.0.tables, &self.0.log, event).await;
        if let Err(failure) = &answer {
            self.0.log.failed("integrationecho", None, failure);
        }
        answer
    }
}

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(It(start().await?)).await
}
