//! DynamoDB as the cloud's gateways see it: how tables are, through the clients that the store uses.

use std::sync::Arc;

use async_trait::async_trait;
use connect_rules_cloud::gateway::{Asked, Budgets, CallError, Cause, Family, Table, Tables};
use connect_rules_dynamo::{Names, Settings, look};
use connect_rules_store::{Error, RemoteFault};

/// The tables of an environment.
pub struct AwsTables {
    settings: Settings,
    budgets: Arc<Budgets>,
    client: tokio::sync::OnceCell<aws_sdk_dynamodb::Client>,
}

impl AwsTables {
    /// Those of the settings; nothing is asked yet.
    pub fn new(settings: Settings, budgets: Arc<Budgets>) -> Self {
        AwsTables { settings, budgets, client: tokio::sync::OnceCell::new() }
    }

    async fn client(&self) -> &aws_sdk_dynamodb::Client {
        self.client.get_or_init(|| self.settings.client()).await
    }
}

fn failed(call: &str, about: &str, error: &Error) -> CallError {
    let Error::Remote { fault, message, .. } = error else {
        return CallError::new(call, about, Cause::Other, error.to_string());
    };
    let cause = match fault {
        RemoteFault::NoCredentials | RemoteFault::Expired => Cause::Credentials,
        RemoteFault::Denied(_) | RemoteFault::WrongAccount => Cause::Denied,
        RemoteFault::NoTable => Cause::NotFound,
        RemoteFault::Throttled => Cause::Throttled,
        RemoteFault::Unreachable => Cause::Unreachable,
        RemoteFault::BadRow | RemoteFault::TooLarge => Cause::Other,
    };
    let call = match fault {
        RemoteFault::Denied(permission) => permission.as_str(),
        _ => call,
    };
    CallError::new(call, about, cause, message.as_str())
}

#[async_trait]
impl Tables for AwsTables {
    async fn tables(&self) -> Asked<Vec<Table>> {
        let client = self.client().await;
        let mut out = Vec::new();
        for it in look::expected(&Names::new(&self.settings.stage, &self.settings.service)) {
            self.budgets.of(Family::Other).take().await;
            let looked = look::look(client, &it).await;
            let looked = looked.map_err(|error| failed("dynamodb:DescribeTable", &it.name, &error))?;
            out.push(Table {
                name: it.name,
                status: looked.status,
                expires_by: looked.expires_by,
                should_expire: it.lifetime.is_some(),
                missing_indexes: looked.missing_indexes,
                rows: looked.rows,
            });
        }
        Ok(out)
    }

    async fn delete(&self, name: &str) -> Asked<()> {
        const CALL: &str = "dynamodb:DeleteTable";
        self.budgets.of(Family::Other).take().await;
        match look::delete(self.client().await, name).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(CallError::new(CALL, name, Cause::NotFound, "the table is not there")),
            Err(error) => Err(failed(CALL, name, &error)),
        }
    }
}
