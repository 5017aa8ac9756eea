//! The function `scheduler`: refreshes the cache, saves backups and keeps functions warm by the clock.

use connect_rules_aws::Budgets;
use connect_rules_aws::directory::Directory;
use connect_rules_aws::services::{AwsFleet, Bucket};
use connect_rules_cloud::gateway::Place;
use connect_rules_cloud::local::Import;
use connect_rules_engine::dates;
use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_lambdas::start::{Start, start};
use connect_rules_lambdas::{Function, serve};
use connect_rules_live::scheduler::{Task, backup, warm};
use connect_rules_live::{Code, Failure};
use connect_rules_store::exchange::export::About;
use connect_rules_store::{Actor, Service};
use std::sync::Arc;
use std::time::Instant;

/// Who the changes of this function are by.
const WHO: &str = "scheduler";
/// Calls a second to Amazon Connect, and at once.
const BUDGET: (f64, f64) = (2.0, 5.0);

struct It {
    start: Start,
    fleet: Arc<AwsFleet>,
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn service(cause: impl Into<String>) -> Failure {
    Failure::new(Code::Service, cause)
}

impl It {
    /// Reads the instance and writes what has changed, as one change.
    async fn cache(&self) -> Result<Value, Failure> {
        let settings = &self.start.settings;
        let instance = variable("INSTANCE_ID")
            .or_else(|| variable("INSTANCE_ARN").and_then(|arn| arn.rsplit('/').next().map(str::to_owned)))
            .ok_or_else(|| service("neither INSTANCE_ID nor INSTANCE_ARN is set"))?;
        let place = Place {
            instance,
            stage: settings.stage.to_string(),
            service: settings.service.to_string(),
            region: variable("REGION").or_else(|| variable("AWS_REGION")).unwrap_or_default(),
            account: variable("ACCOUNT_NUMBER").unwrap_or_default(),
            bot_alias: variable("BOT_ALIAS").unwrap_or_else(|| "PROD".to_owned()),
            bot_locale: variable("BOT_LOCALE_ID").unwrap_or_else(|| "en_AU".to_owned()),
            ..Place::default()
        };
        let budgets = Arc::new(Budgets::new(BUDGET.0, BUDGET.1));
        let directory = Directory::of_function(&self.start.configuration, place, budgets);
        let document = directory.read().await.map_err(service)?;
        let import = Import::new(&document).map_err(|problems| {
            let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
            service(format!("what the instance holds cannot be kept: {}", all.join("; ")))
        })?;
        let model = Service::new(self.start.store());
        let told = |error: connect_rules_store::Error| service(error.to_string());
        let now = model.snapshot().await.map_err(told)?;
        if !import.preview(&now).things.is_empty() {
            model.run(&Actor::local(Text::from(WHO)), &import).await.map_err(told)?;
        }
        let mut out = Map::new();
        out.insert("success", Value::Bool(true));
        Ok(Value::from(out))
    }

    async fn run(&self, event: &Value) -> Result<Value, Failure> {
        let start = &self.start;
        match Task::of(event)? {
            Task::Cache => self.cache().await,
            Task::Warm => warm(&*start.tables, &self.fleet, &start.settings).await,
            Task::Backup => {
                let bucket = Bucket::new(&start.configuration, &start.settings, variable).map_err(service)?;
                let about = About {
                    version: start.settings.version.to_string(),
                    environment: variable("ENVIRONMENT_NAME")
                        .unwrap_or_else(|| start.settings.stage.to_string()),
                    exported_by: "scheduled export".to_owned(),
                    exported_at: dates::iso_utc(connect_rules_live::log::now_ms()),
                };
                backup(&*start.tables, &bucket, &start.settings, &about, &start.log).await
            }
        }
    }
}

impl Function for It {
    async fn answer(&self, event: &Value, _: Instant) -> Result<Value, Failure> {
        let answer = self.run(event).await;
        if let Err(failure) = &answer {
            self.start.log.failed(WHO, None, failure);
        }
        answer
    }
}

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    let start = start().await?;
    let fleet = Arc::new(AwsFleet::new(&start.configuration));
    serve(It { start, fleet }).await
}
