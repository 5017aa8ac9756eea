//! The tables of DynamoDB that the live library asks for: state and callbacks here, rules through the store.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, Select, TransactWriteItem};
use connect_rules_dynamo::{DynamoStore, Names, Table};
use connect_rules_engine::dates;
use connect_rules_engine::problem::causes;
use connect_rules_engine::value::Text;
use connect_rules_live::tables::{Callback, StateChange, StateRow, TableError, Tables};
use connect_rules_store::{Snapshot, Store as _};
use std::collections::HashMap;
use std::time::Duration;
use uuid::Uuid;

/// Rows that one transaction may change.
const TRANSACTION: usize = 100;
/// Attempts at a transaction that met another.
const ATTEMPTS: u32 = 4;
const PAUSE: Duration = Duration::from_millis(20);
/// `QueueArn` of the row that keeps a number from waiting twice (L-20).
const GUARD: &str = "#any";
const MARK: &str = "LastChangeTimestamp";

type Item = HashMap<String, AttributeValue>;

/// The tables of one environment.
pub struct DynamoTables {
    client: Client,
    store: DynamoStore,
    state: String,
    callbacks: String,
    config: String,
}

fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn n(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

fn text(item: &Item, name: &str) -> Option<Text> {
    item.get(name)?.as_s().ok().map(|text| Text::from(text.as_str()))
}

fn number(item: &Item, name: &str) -> i64 {
    item.get(name).and_then(|it| it.as_n().ok()).and_then(|it| it.parse().ok()).unwrap_or(0)
}

fn failed(table: &str, error: &dyn std::error::Error) -> TableError {
    TableError::Failed(format!("table {table}: {}", causes(error)))
}

/// What a failed transaction means.
enum Refused {
    /// A condition does not hold.
    Condition,
    /// Another transaction was at the same rows: try again.
    Busy,
    /// Anything else.
    Other(TableError),
}

fn refused(table: &str, error: &SdkError<TransactWriteItemsError>) -> Refused {
    let canceled = match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => canceled,
        Some(TransactWriteItemsError::TransactionInProgressException(_)) => return Refused::Busy,
        _ => return Refused::Other(failed(table, error)),
    };
    let has = |code: &str| canceled.cancellation_reasons().iter().any(|it| it.code() == Some(code));
    if has("ConditionalCheckFailed") {
        Refused::Condition
    } else if has("TransactionConflict") || has("ThrottlingError") {
        Refused::Busy
    } else {
        Refused::Other(failed(table, error))
    }
}

impl DynamoTables {
    /// The tables of a stage and a service; `STATE_TABLE`, `CALLBACK_TABLE` and `CONFIG_TABLE` may name others.
    pub fn new(
        client: Client,
        store: DynamoStore,
        names: &Names,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let name = |over: &str, table| {
            variable(over).filter(|name| !name.is_empty()).unwrap_or_else(|| names.of(table))
        };
        DynamoTables {
            state: name("STATE_TABLE", Table::State),
            callbacks: name("CALLBACK_TABLE", Table::Callback),
            config: name("CONFIG_TABLE", Table::Config),
            client,
            store,
        }
    }

    /// Writes items together, as long as others are at them again and again.
    async fn transact(&self, table: &str, items: Vec<TransactWriteItem>) -> Result<bool, TableError> {
        // One token for all attempts: what was written although its answer got lost is not written again.
        let token = Uuid::new_v4().to_string();
        for attempt in 1..=ATTEMPTS {
            let request = self.client.transact_write_items().set_transact_items(Some(items.clone()));
            let request = request.client_request_token(&token);
            let Err(error) = request.send().await else { return Ok(true) };
            match refused(table, &error) {
                Refused::Condition => return Ok(false),
                Refused::Busy => tokio::time::sleep(PAUSE * attempt).await,
                Refused::Other(error) => return Err(error),
            }
        }
        Err(TableError::Failed(format!("table {table}: others write the same rows all the time")))
    }

    fn state_write(&self, contact_id: &str, change: &StateChange) -> Result<TransactWriteItem, TableError> {
        let mut values = HashMap::new();
        let mut names = HashMap::new();
        let mut condition = match &change.expected {
            None => "attribute_not_exists(ContactId)".to_owned(),
            Some(old) => {
                names.insert("#v".to_owned(), "Value".to_owned());
                values.insert(":old".to_owned(), s(old));
                "#v = :old".to_owned()
            }
        };
        if let Some(token) = &change.expected_token {
            names.insert("#t".to_owned(), "Token".to_owned());
            values.insert(":token".to_owned(), s(token));
            condition.push_str(" AND #t = :token");
        }
        let names = (!names.is_empty()).then_some(names);
        let values = (!values.is_empty()).then_some(values);
        let incomplete = |error| failed(&self.state, &error);
        let mut item =
            Item::from([("ContactId".to_owned(), s(contact_id)), ("What".to_owned(), s(&change.what))]);
        Ok(match &change.value {
            None => {
                let delete = Delete::builder()
                    .table_name(&self.state)
                    .set_key(Some(item))
                    .condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .build()
                    .map_err(incomplete)?;
                TransactWriteItem::builder().delete(delete).build()
            }
            Some(value) => {
                item.insert("Value".to_owned(), s(value));
                item.insert("Expiry".to_owned(), n(change.expiry));
                if let Some(token) = change.token.as_ref().or(change.expected_token.as_ref()) {
                    item.insert("Token".to_owned(), s(token));
                }
                let put = Put::builder()
                    .table_name(&self.state)
                    .set_item(Some(item))
                    .condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .build()
                    .map_err(incomplete)?;
                TransactWriteItem::builder().put(put).build()
            }
        })
    }

    /// Whether rows are what changes were to make of them.
    async fn is_written(&self, contact_id: &str, changes: &[&StateChange]) -> bool {
        let Ok(rows) = self.state(contact_id).await else { return false };
        let value = |what: &str| rows.iter().find(|row| &*row.what == what).map(|row| &row.value);
        changes.iter().any(|change| change.value != change.expected)
            && changes.iter().all(|change| value(&change.what) == change.value.as_ref())
    }

    /// Rows of a number that have not expired.
    async fn waiting(&self, number: &str, now: i64) -> Result<Vec<Item>, TableError> {
        let pages = self
            .client
            .query()
            .table_name(&self.callbacks)
            .consistent_read(true)
            .key_condition_expression("PhoneNumber = :number")
            .filter_expression("Expiry > :now")
            .expression_attribute_values(":number", s(number))
            .expression_attribute_values(":now", n(now.div_euclid(1000)));
        let mut pages = pages.into_paginator().items().send();
        let mut out = Vec::new();
        while let Some(item) = pages.next().await {
            out.push(item.map_err(|error| failed(&self.callbacks, &error))?);
        }
        Ok(out)
    }

    fn callback_put(&self, callback: &Callback, queue: &str) -> Result<TransactWriteItem, TableError> {
        let item = Item::from([
            ("PhoneNumber".to_owned(), s(&callback.number)),
            ("QueueArn".to_owned(), s(queue)),
            ("Timestamp".to_owned(), s(&dates::iso_utc(callback.now))),
            ("ExpiryTimestamp".to_owned(), s(&dates::iso_utc(callback.expiry * 1000))),
            ("Expiry".to_owned(), n(callback.expiry)),
            ("ContactId".to_owned(), s(&callback.contact_id)),
        ]);
        let put = Put::builder()
            .table_name(&self.callbacks)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(PhoneNumber) OR Expiry <= :now")
            .expression_attribute_values(":now", n(callback.now.div_euclid(1000)))
            .build()
            .map_err(|error| failed(&self.callbacks, &error))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

impl Tables for DynamoTables {
    async fn change_mark(&self) -> Result<Option<Text>, TableError> {
        let request = self.client.get_item().table_name(&self.config).consistent_read(true);
        let reply =
            request.key("ConfigKey", s(MARK)).send().await.map_err(|error| failed(&self.config, &error))?;
        Ok(reply.item().and_then(|item| text(item, "ConfigData")))
    }

    async fn start_change_mark(&self) -> Result<(), TableError> {
        let now = dates::iso_utc(connect_rules_live::log::now_ms());
        let request = self
            .client
            .put_item()
            .table_name(&self.config)
            .item("ConfigKey", s(MARK))
            .item("ConfigData", s(&now))
            .item("LastUpdate", s(&now))
            .condition_expression("attribute_not_exists(ConfigKey)");
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(PutItemError::is_conditional_check_failed_exception) =>
            {
                Ok(())
            }
            Err(error) => Err(failed(&self.config, &error)),
        }
    }

    async fn model(&self) -> Result<(Snapshot, Vec<String>), TableError> {
        let told = |error: connect_rules_store::Error| TableError::Failed(error.to_string());
        let now = self.store.snapshot().await.map_err(told)?;
        let orphans = self.store.orphans().await.map_err(told)?;
        let warning =
            |key: &connect_rules_store::Key| format!("rule {} has no rule set: it is left out", key.id);
        Ok((Snapshot::clone(&now), orphans.iter().map(warning).collect()))
    }

    async fn state(&self, contact_id: &str) -> Result<Vec<StateRow>, TableError> {
        let query = self
            .client
            .query()
            .table_name(&self.state)
            .consistent_read(true)
            .key_condition_expression("ContactId = :contact")
            .expression_attribute_values(":contact", s(contact_id));
        let mut pages = query.into_paginator().items().send();
        let mut out = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(|error| failed(&self.state, &error))?;
            out.push(StateRow {
                what: text(&item, "What").unwrap_or_default(),
                value: text(&item, "Value").unwrap_or_default(),
                expiry: number(&item, "Expiry"),
                token: text(&item, "Token"),
            });
        }
        Ok(out)
    }

    async fn save(&self, contact_id: &str, changes: &[StateChange]) -> Result<(), TableError> {
        // What a rule left for its flow goes first: with only that, the contact is where it was, and the
        // invocation that repeats a failed one writes the same.
        let (flow, rest): (Vec<_>, Vec<_>) =
            changes.iter().partition(|it| it.what.starts_with("CurrentRule_"));
        let changes: Vec<&StateChange> = flow.into_iter().chain(rest).collect();
        for part in changes.chunks(TRANSACTION) {
            let items: Result<Vec<_>, _> =
                part.iter().map(|change| self.state_write(contact_id, change)).collect();
            match self.transact(&self.state, items?).await {
                Ok(true) => {}
                Ok(false) => return Err(TableError::Changed),
                // Only the answer may have been lost: who is told of an error asks again, and would count twice.
                Err(_) if self.is_written(contact_id, part).await => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn has_callback(&self, number: &str, now: i64) -> Result<bool, TableError> {
        Ok(!self.waiting(number, now).await?.is_empty())
    }

    async fn callbacks_in(&self, queue_arn: &str, now: i64) -> Result<u32, TableError> {
        let query = self
            .client
            .query()
            .table_name(&self.callbacks)
            .index_name("QueueIndex")
            .key_condition_expression("QueueArn = :queue AND ExpiryTimestamp > :now")
            .expression_attribute_values(":queue", s(queue_arn))
            .expression_attribute_values(":now", s(&dates::iso_utc(now)))
            .select(Select::Count);
        let mut pages = query.into_paginator().send();
        let mut count = 0_i32;
        while let Some(page) = pages.next().await {
            match page {
                Ok(page) => count += page.count(),
                // A table that the original made has no such index.
                Err(error) if is_without_index(&error) => {
                    return self.callbacks_by_scan(queue_arn, now).await;
                }
                Err(error) => return Err(failed(&self.callbacks, &error)),
            }
        }
        Ok(u32::try_from(count).unwrap_or(0))
    }

    async fn create_callback(&self, callback: &Callback) -> Result<bool, TableError> {
        for item in self.waiting(&callback.number, callback.now).await? {
            let queue = text(&item, "QueueArn").unwrap_or_default();
            if *queue == *callback.queue_arn {
                return Ok(text(&item, "ContactId").as_ref() == Some(&callback.contact_id));
            }
            if *queue != *GUARD {
                return Ok(false);
            }
        }
        let items =
            vec![self.callback_put(callback, &callback.queue_arn)?, self.callback_put(callback, GUARD)?];
        self.transact(&self.callbacks, items).await
    }

    async fn delete_callback(&self, number: &str, queue_arn: &str) -> Result<(), TableError> {
        for queue in [queue_arn, GUARD] {
            let request = self.client.delete_item().table_name(&self.callbacks);
            let request = request.key("PhoneNumber", s(number)).key("QueueArn", s(queue));
            request.send().await.map_err(|error| failed(&self.callbacks, &error))?;
        }
        Ok(())
    }
}

fn is_without_index(error: &SdkError<aws_sdk_dynamodb::operation::query::QueryError>) -> bool {
    use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
    error.as_service_error().is_some_and(|it| it.code() == Some("ValidationException"))
}

impl DynamoTables {
    async fn callbacks_by_scan(&self, queue_arn: &str, now: i64) -> Result<u32, TableError> {
        let scan = self
            .client
            .scan()
            .table_name(&self.callbacks)
            .filter_expression("QueueArn = :queue AND Expiry > :now")
            .expression_attribute_values(":queue", s(queue_arn))
            .expression_attribute_values(":now", n(now.div_euclid(1000)))
            .select(Select::Count);
        let mut pages = scan.into_paginator().send();
        let mut count = 0_i32;
        while let Some(page) = pages.next().await {
            count += page.map_err(|error| failed(&self.callbacks, &error))?.count();
        }
        Ok(u32::try_from(count).unwrap_or(0))
    }
}
