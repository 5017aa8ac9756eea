//! How the tables are, for health checks, and how they are removed for good.
//!
//! Each request takes from the budgets of the process and is one request: the client's own repeats are off here.

use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use aws_config::retry::RetryConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{TableDescription, TableStatus, TimeToLiveStatus};
use connect_rules_cloud::gateway::{
    Asked, Budgets, CallError, Cause, Failed, Family, Table as State, Tables,
};
use connect_rules_store::{Error, RemoteFault};

use crate::faults;
use crate::settings::Settings;
use crate::tables::{Names, Table};

/// How often something is tried.
const TRIES: u32 = 5;
/// How often a table that is being changed is asked to go.
const LOOKS: u32 = 30;

/// The tables of an environment.
#[derive(Debug)]
pub struct DynamoTables {
    client: Client,
    names: Names,
    settings: Settings,
    budgets: Arc<Budgets>,
}

/// What a failed request means.
fn failed(action: &str, table: &str, error: Error) -> CallError {
    let (call, cause, message) = match error {
        Error::Remote { fault, message, .. } => match fault {
            RemoteFault::Denied(permission) => (permission, Cause::Denied, message),
            RemoteFault::Expired | RemoteFault::NoCredentials | RemoteFault::WrongAccount => {
                (action.to_owned(), Cause::Credentials, message)
            }
            RemoteFault::Throttled => (action.to_owned(), Cause::Throttled, message),
            RemoteFault::NoTable => (action.to_owned(), Cause::NotFound, message),
            RemoteFault::Unreachable => (action.to_owned(), Cause::Unreachable, message),
            _ => (action.to_owned(), Cause::Other, message),
        },
        other => (action.to_owned(), Cause::Other, other.to_string()),
    };
    CallError::new(&call, table, cause, message)
}

impl DynamoTables {
    /// The tables of an environment through a client.
    pub fn with_client(client: &Client, settings: &Settings, budgets: Arc<Budgets>) -> Self {
        let once = client.config().to_builder().retry_config(RetryConfig::disabled()).build();
        let names = Names::new(&settings.stage, &settings.service);
        DynamoTables { client: Client::from_conf(once), names, settings: settings.clone(), budgets }
    }

    /// A request, again if there were too many or the service failed.
    async fn call<T, E, F>(
        &self,
        action: &str,
        table: &str,
        attempt: impl Fn() -> F + Send + Sync,
    ) -> Asked<T>
    where
        T: Send,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send,
    {
        let attempt = &attempt;
        let once = || async move {
            let error = match Box::pin(attempt()).await {
                Ok(reply) => return Ok(reply),
                Err(error) => error,
            };
            let broken = error.raw_response().is_some_and(|it| it.status().as_u16() >= 500);
            let busy = error.code() == Some("ResourceInUseException");
            let mut error = failed(action, table, faults::told(table, action, &error));
            if busy {
                error.cause = Cause::Conflict;
            }
            let again = error.cause == Cause::Throttled || broken;
            Err(Failed { error, again })
        };
        self.budgets.of(Family::Other).spend(TRIES, self.settings.pace, once).await
    }

    /// A table as it is described; none if it is not there.
    async fn describe(&self, name: &str) -> Asked<Option<TableDescription>> {
        const ACTION: &str = "dynamodb:DescribeTable";
        let request = self.client.describe_table().table_name(name);
        let table = match self.call(ACTION, name, || request.clone().send()).await {
            Ok(reply) => reply.table,
            Err(error) if error.cause == Cause::NotFound => None,
            Err(error) => return Err(error),
        };
        let arn = table.as_ref().and_then(TableDescription::table_arn).unwrap_or_default();
        match (&self.settings.account, arn.split(':').nth(4)) {
            (Some(wanted), Some(found)) if found != wanted => {
                let message = format!("the table belongs to {found}, the environment to {wanted}");
                Err(CallError::new(ACTION, name, Cause::Credentials, message))
            }
            _ => Ok(table),
        }
    }

    /// The attribute by which rows expire.
    async fn expires_by(&self, name: &str) -> Asked<Option<String>> {
        let request = self.client.describe_time_to_live().table_name(name);
        let reply = self.call("dynamodb:DescribeTimeToLive", name, || request.clone().send()).await?;
        let on = |status: &TimeToLiveStatus| {
            matches!(status, TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)
        };
        let description =
            reply.time_to_live_description.filter(|it| it.time_to_live_status().is_some_and(on));
        Ok(description.and_then(|it| it.attribute_name))
    }

    async fn state(&self, table: Table) -> Asked<State> {
        let name = self.names.of(table);
        let should_expire = table.lifetime().is_some();
        let Some(now) = self.describe(&name).await? else {
            let status = "MISSING".to_owned();
            return Ok(State { name, status, should_expire, ..State::default() });
        };
        let has =
            |index: &str| now.global_secondary_indexes().iter().any(|it| it.index_name() == Some(index));
        let missing = table.indexes().iter().map(|&(index, ..)| index).filter(|index| !has(index));
        let status = now.table_status().map(TableStatus::as_str).unwrap_or_default().to_owned();
        Ok(State {
            status,
            expires_by: if should_expire { self.expires_by(&name).await? } else { None },
            should_expire,
            missing_indexes: missing.map(str::to_owned).collect(),
            rows: now.item_count().unwrap_or_default().unsigned_abs(),
            name,
        })
    }
}

#[async_trait]
impl Tables for DynamoTables {
    async fn tables(&self) -> Asked<Vec<State>> {
        let mut out = Vec::new();
        for table in Table::ALL {
            out.push(self.state(table).await?);
        }
        Ok(out)
    }

    async fn delete(&self, name: &str) -> Asked<()> {
        const ACTION: &str = "dynamodb:DeleteTable";
        let Some(now) = self.describe(name).await? else {
            return Err(CallError::new(ACTION, name, Cause::NotFound, "there is no such table"));
        };
        if now.deletion_protection_enabled().unwrap_or_default() {
            let request = self.client.update_table().table_name(name).deletion_protection_enabled(false);
            self.call("dynamodb:UpdateTable", name, || request.clone().send()).await?;
        }
        let request = self.client.delete_table().table_name(name);
        let mut tried = 0;
        loop {
            match self.call(ACTION, name, || request.clone().send()).await {
                // Taking the protection off takes a moment.
                Err(error) if error.cause == Cause::Conflict && tried < LOOKS => tried += 1,
                other => return other.map(|_| ()),
            }
            tokio::time::sleep(self.settings.pace * (1 << tried.min(5))).await;
        }
    }
}
