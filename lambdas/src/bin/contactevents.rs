//! The function `contactevents`: brings attributes that rules have set to Connect when a contact ends.

use connect_rules_aws::services::AwsAttributes;
use connect_rules_engine::value::Value;
use connect_rules_lambdas::start::{Start, start};
use connect_rules_lambdas::{Function, serve};
use connect_rules_live::{Failure, events};
use std::time::Instant;

struct It(Start, AwsAttributes);

impl Function for It {
    async fn answer(&self, event: &Value, _: Instant) -> Result<Value, Failure> {
        let answer = events::handle(&*self.0.tables, &self.1, &self.0.log, event).await;
        if let Err(failure) = &answer {
            self.0.log.failed("contactevents", None, failure);
        }
        answer
    }
}

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    let start = start().await?;
    let attributes = AwsAttributes::new(&start.configuration, |name| std::env::var(name).ok())?;
    serve(It(start, attributes)).await
}
