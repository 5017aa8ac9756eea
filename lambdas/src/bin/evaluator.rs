//! The function `evaluator`: answers contact flows and the headless inference API.

use connect_rules_aws::services::AwsServices;
use connect_rules_dynamo::Table;
use connect_rules_engine::value::Value;
use connect_rules_lambdas::start::start_without;
use connect_rules_lambdas::tables::DynamoTables;
use connect_rules_lambdas::{Function, serve};
use connect_rules_live::{Evaluator, Failure};
use std::sync::Arc;
use std::time::Instant;

struct It(Evaluator<DynamoTables, AwsServices>);

impl Function for It {
    async fn answer(&self, event: &Value, deadline: Instant) -> Result<Value, Failure> {
        self.0.handle(event, deadline).await
    }
}

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    let start = start_without(&[Table::Users, Table::Tests]).await?;
    let services = Arc::new(AwsServices::new(&start.configuration, &start.settings));
    serve(It(Evaluator::new(start.tables, services, start.settings, start.log))).await
}
