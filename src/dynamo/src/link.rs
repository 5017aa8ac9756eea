//! Requests to the service: paging, unprocessed rows, transactions, and waiting with jitter in between.
//!
//! The client itself repeats what was throttled, timed out or failed; here is repeated what the service
//! answers as a success with something left to do, and transactions that met others.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError as WriteError;
use aws_sdk_dynamodb::types::{
    AttributeValue, Get, KeysAndAttributes, PutRequest, TransactGetItem, TransactWriteItem, WriteRequest,
};
use connect_rules_engine::value::Text;
use connect_rules_store::{Error, RemoteFault};

use crate::faults::{remote, told};
use crate::head::{Head, PART, journal_key};
use crate::item::{Item, Place, in_order, s};
use crate::rows::MARK;
use crate::tables::{Names, Table};

/// Rows that one request of a batch may read.
const READ_MOST: usize = 100;
/// Rows that one request of a batch may write.
const WRITE_MOST: usize = 25;
/// Times that something is asked for again.
const ATTEMPTS: u32 = 12;
/// Longest wait between two of them.
const LONGEST: Duration = Duration::from_secs(5);

/// How a transaction went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All of it was written.
    Done,
    /// Nothing was; the conditions with these numbers did not hold.
    Refused(Vec<usize>),
}

/// The way to the tables of one environment.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    /// The client.
    pub client: Client,
    /// Names of the tables.
    pub names: Names,
    /// First wait before something is asked for again.
    pub pace: Duration,
}

impl Link {
    /// Waits a random time, longer with every attempt.
    pub async fn pause(&self, attempt: u32) {
        let most = self.pace.saturating_mul(1 << attempt.min(10)).min(LONGEST);
        let chance = uuid::Uuid::new_v4().as_u128() as u32;
        tokio::time::sleep(most.mul_f64(f64::from(chance) / f64::from(u32::MAX))).await;
    }

    fn exhausted(&self, table: Table) -> Error {
        remote(self.names.of(table), RemoteFault::Throttled, "the service leaves requests undone")
    }

    /// One row.
    pub async fn get(&self, table: Table, keys: Item) -> Result<Option<Item>, Error> {
        let name = self.names.of(table);
        let request = self.client.get_item().table_name(&name).set_key(Some(keys)).consistent_read(true);
        let out = request.send().await.map_err(|error| told(&name, "dynamodb:GetItem", &error))?;
        Ok(out.item.map(in_order))
    }

    /// The head and the row of the change mark, as of one moment.
    pub async fn pair(&self) -> Result<(Head, Option<Item>), Error> {
        let mark = Item::from([("ConfigKey".to_owned(), s(MARK))]);
        let (journal, config) = (self.names.of(Table::Journal), self.names.of(Table::Config));
        let mut wanted = Vec::new();
        for (name, keys) in [(&journal, journal_key(PART, 0)), (&config, mark.clone())] {
            let get = Get::builder().table_name(name).set_key(Some(keys)).build();
            let get = get.map_err(|error| remote(name, RemoteFault::Unreachable, &error))?;
            wanted.push(TransactGetItem::builder().get(get).build());
        }
        for attempt in 0..ATTEMPTS {
            match self.client.transact_get_items().set_transact_items(Some(wanted.clone())).send().await {
                Ok(out) => {
                    let mut rows = out.responses.unwrap_or_default().into_iter().map(|row| row.item);
                    let head = rows.next().flatten().filter(|row| !row.is_empty());
                    let mark = rows.next().flatten().filter(|row| !row.is_empty());
                    return Ok((head.map(|row| Head::read(&row)).unwrap_or_default(), mark.map(in_order)));
                }
                Err(SdkError::ServiceError(error)) if error.err().is_resource_not_found_exception() => {
                    // Tables that only the original used have no journal yet.
                    return Ok((Head::default(), self.get(Table::Config, mark).await?));
                }
                Err(SdkError::ServiceError(error)) if error.err().is_transaction_canceled_exception() => {
                    self.pause(attempt).await;
                }
                Err(error) => return Err(told(&config, "dynamodb:GetItem", &error)),
            }
        }
        Err(self.exhausted(Table::Config))
    }

    /// All rows of a table.
    pub async fn scan(&self, table: Table) -> Result<Vec<Item>, Error> {
        let name = self.names.of(table);
        let mut out = Vec::new();
        let mut from = None;
        loop {
            let request =
                self.client.scan().table_name(&name).consistent_read(true).set_exclusive_start_key(from);
            let page = request.send().await.map_err(|error| told(&name, "dynamodb:Scan", &error))?;
            out.extend(page.items.unwrap_or_default());
            from = page.last_evaluated_key.filter(|key| !key.is_empty());
            if from.is_none() {
                return Ok(out);
            }
        }
    }

    /// Rows of the journal: at most so many of a part, in falling order of numbers unless `rising`, from a
    /// number on, those that `keep` likes.
    pub async fn part(
        &self,
        part: &str,
        from: Option<u64>,
        rising: bool,
        most: usize,
        keep: impl Fn(&Item) -> bool,
    ) -> Result<Vec<Item>, Error> {
        let name = self.names.of(Table::Journal);
        let mut out = Vec::new();
        let mut start = None;
        loop {
            let mut request = self
                .client
                .query()
                .table_name(&name)
                .consistent_read(true)
                .scan_index_forward(rising)
                .expression_attribute_values(":part", s(part))
                .set_exclusive_start_key(start);
            request = match from {
                Some(from) => request
                    .key_condition_expression("Part = :part AND Seq >= :from")
                    .expression_attribute_values(":from", AttributeValue::N(from.to_string())),
                None => request.key_condition_expression("Part = :part"),
            };
            if most < 100 {
                request = request.limit(100);
            }
            let page = match request.send().await {
                Ok(page) => page,
                Err(SdkError::ServiceError(error)) if error.err().is_resource_not_found_exception() => {
                    return Ok(out);
                }
                Err(error) => return Err(told(&name, "dynamodb:Query", &error)),
            };
            out.extend(page.items.unwrap_or_default().into_iter().filter(|row| keep(row)));
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() || out.len() >= most {
                out.truncate(most);
                return Ok(out);
            }
        }
    }

    /// Rows by their keys, in no order; those that are not there are left out.
    pub async fn batch_get(&self, table: Table, keys: Vec<Item>) -> Result<Vec<Item>, Error> {
        let name = self.names.of(table);
        let mut out = Vec::new();
        let mut left = keys;
        let mut attempt = 0;
        while !left.is_empty() {
            let rest = left.split_off(left.len().min(READ_MOST));
            let wanted = KeysAndAttributes::builder().set_keys(Some(left)).consistent_read(true).build();
            let wanted = wanted.map_err(|error| remote(&name, RemoteFault::Unreachable, &error))?;
            let request = self.client.batch_get_item().request_items(&name, wanted);
            let answer =
                request.send().await.map_err(|error| told(&name, "dynamodb:BatchGetItem", &error))?;
            out.extend(answer.responses.unwrap_or_default().into_values().flatten().map(in_order));
            left = rest;
            let undone = answer.unprocessed_keys.unwrap_or_default();
            let undone: Vec<Item> = undone.into_values().flat_map(|it| it.keys).collect();
            if undone.is_empty() {
                attempt = 0;
                continue;
            }
            left.extend(undone);
            attempt += 1;
            if attempt == ATTEMPTS {
                return Err(self.exhausted(table));
            }
            self.pause(attempt).await;
        }
        Ok(out)
    }

    /// Writes rows without conditions.
    pub async fn batch_put(&self, table: Table, rows: Vec<Item>) -> Result<(), Error> {
        let name = self.names.of(table);
        let mut left = Vec::with_capacity(rows.len());
        for row in rows {
            let put = PutRequest::builder().set_item(Some(row)).build();
            let put = put.map_err(|error| remote(&name, RemoteFault::Unreachable, &error))?;
            left.push(WriteRequest::builder().put_request(put).build());
        }
        let mut attempt = 0;
        while !left.is_empty() {
            let rest = left.split_off(left.len().min(WRITE_MOST));
            let request = self.client.batch_write_item().request_items(&name, left);
            let answer =
                request.send().await.map_err(|error| told(&name, "dynamodb:BatchWriteItem", &error))?;
            left = rest;
            let undone: HashMap<_, _> = answer.unprocessed_items.unwrap_or_default();
            let undone: Vec<WriteRequest> = undone.into_values().flatten().collect();
            if undone.is_empty() {
                attempt = 0;
                continue;
            }
            left.extend(undone);
            attempt += 1;
            if attempt == ATTEMPTS {
                return Err(self.exhausted(table));
            }
            self.pause(attempt).await;
        }
        Ok(())
    }

    /// Writes all of it or nothing. Asked again under the same token, so nothing is written twice.
    pub async fn transact(&self, writes: Vec<TransactWriteItem>) -> Result<Outcome, Error> {
        let place = format!("tables {}*", self.names.of(Table::Journal).trim_end_matches("journal-ddb"));
        let mut token = Text::from(uuid::Uuid::new_v4().to_string());
        for attempt in 0..ATTEMPTS {
            let request = self
                .client
                .transact_write_items()
                .set_transact_items(Some(writes.clone()))
                .client_request_token(&*token);
            let Err(error) = request.send().await else { return Ok(Outcome::Done) };
            match error.as_service_error() {
                Some(WriteError::TransactionCanceledException(cancelled)) => {
                    let codes: Vec<&str> = cancelled
                        .cancellation_reasons()
                        .iter()
                        .map(|it| it.code().unwrap_or_default())
                        .collect();
                    let refused =
                        |(at, code): (usize, &&str)| (*code == "ConditionalCheckFailed").then_some(at);
                    let refused: Vec<usize> = codes.iter().enumerate().filter_map(refused).collect();
                    if !refused.is_empty() {
                        return Ok(Outcome::Refused(refused));
                    }
                    let odd = codes.iter().position(|code| {
                        ![
                            "",
                            "None",
                            "TransactionConflict",
                            "ThrottlingError",
                            "ProvisionedThroughputExceeded",
                        ]
                        .contains(code)
                    });
                    if let Some(reason) = odd.and_then(|at| cancelled.cancellation_reasons().get(at)) {
                        let message = reason.message().unwrap_or("a transaction was refused");
                        let large = message.contains("size");
                        let fault = if large { RemoteFault::TooLarge } else { RemoteFault::Unreachable };
                        return Err(remote(place, fault, message));
                    }
                    // Nothing was written, and a refused token stays refused.
                    token = Text::from(uuid::Uuid::new_v4().to_string());
                }
                Some(WriteError::TransactionInProgressException(_)) => {}
                _ => return Err(told(&place, "dynamodb:TransactWriteItems", &error)),
            }
            self.pause(attempt).await;
        }
        Err(self.exhausted(Table::Journal))
    }

    /// The rows at these places, in no order.
    pub async fn at(&self, places: &[Place]) -> Result<HashMap<Place, Item>, Error> {
        let mut out = HashMap::new();
        for table in Table::MODEL {
            let keys: Vec<Item> =
                places.iter().filter(|place| place.table == table).map(Place::keys).collect();
            for row in self.batch_get(table, keys).await? {
                out.extend(Place::of(table, &row).map(|place| (place, row)));
            }
        }
        Ok(out)
    }
}
