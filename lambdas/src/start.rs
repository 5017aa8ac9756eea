//! What each function starts with.

use crate::tables::DynamoTables;
use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_dynamodb::Client;
use connect_rules_aws::clients::{LIMIT_ATTEMPT, TABLE_ATTEMPT, TABLE_ATTEMPTS, configuration};
use connect_rules_dynamo::{DynamoLimits, DynamoStore, Names, Settings as StoreSettings, Table};
use connect_rules_live::Settings;
use connect_rules_live::log::Log;
use lambda_runtime::Error;
use std::sync::Arc;

/// Settings, log, clients and tables of a process.
pub struct Start {
    /// Settings from the environment.
    pub settings: Settings,
    /// The log.
    pub log: Log,
    /// Credentials and region.
    pub configuration: SdkConfig,
    /// The tables.
    pub tables: Arc<DynamoTables>,
    of: StoreSettings,
}

impl Start {
    /// The store of the same tables.
    pub fn store(&self) -> DynamoStore {
        DynamoStore::with_client(self.of.client_of(&self.configuration, None), &self.of)
    }

    /// Counters and decisions of the outbound limits of the same environment: an agent waits for them.
    pub fn limits(&self) -> DynamoLimits {
        let of = StoreSettings { patience: LIMIT_ATTEMPT, ..self.of.clone() };
        let retry = RetryConfig::standard().with_max_attempts(TABLE_ATTEMPTS).with_initial_backoff(of.pace);
        let client =
            of.client_of(&self.configuration, None).config().to_builder().retry_config(retry).build();
        DynamoLimits::new(Client::from_conf(client), &Names::new(&of.stage, &of.service))
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Reads the environment.
///
/// # Errors
/// The variable that is wrong.
pub async fn start() -> Result<Start, Error> {
    start_without(&[]).await
}

/// As [`start`], without tables that the function has no business with, and that its role does not let it read.
///
/// # Errors
/// Those of [`start`].
pub async fn start_without(unread: &'static [Table]) -> Result<Start, Error> {
    let settings = Settings::read(variable)?;
    let log = Log::stdout(&settings);
    let configuration = configuration().await;
    let mut of = StoreSettings::new(&*settings.stage, &*settings.service);
    of.endpoint = variable("AWS_ENDPOINT_URL_DYNAMODB").or_else(|| variable("AWS_ENDPOINT_URL"));
    of.patience = TABLE_ATTEMPT;
    of.unread = unread;
    // A call in progress cannot wait as long as a person who saves.
    let retry = RetryConfig::standard().with_max_attempts(TABLE_ATTEMPTS).with_initial_backoff(of.pace);
    let client = of.client_of(&configuration, None).config().to_builder().retry_config(retry).build();
    let client = Client::from_conf(client);
    let names = Names::new(&settings.stage, &settings.service);
    let store = DynamoStore::with_client(client.clone(), &of);
    let tables = Arc::new(DynamoTables::new(client, store, &names, variable));
    Ok(Start { settings, log, configuration, tables, of })
}
