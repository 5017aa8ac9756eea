//! The function `lexfulfillment`: keeps what Lex bots understood.

use connect_rules_engine::value::Value;
use connect_rules_lambdas::start::{Start, start};
use connect_rules_lambdas::{Function, serve};
use connect_rules_live::warm::Warm;
use connect_rules_live::{Failure, lex};
use std::time::Instant;

struct It(Start, Warm);

impl Function for It {
    async fn answer(&self, event: &Value, _: Instant) -> Result<Value, Failure> {
        if let Some(request) = Warm::request(event) {
            return Ok(self.1.reply(&request, Instant::now()));
        }
        let answer = lex::handle(&*self.0.tables, &self.0.settings, event).await;
        if let Err(failure) = &answer {
            self.0.log.failed("lexfulfillment", None, failure);
        }
        answer
    }
}

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(It(start().await?, Warm::default())).await
}
