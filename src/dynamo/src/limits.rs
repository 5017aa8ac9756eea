//! Counters and decisions of outbound rate limits on tables of their own (`spec/rate-limiting.md` 6.1, 6.5).
//!
//! Every update is under a condition, and the service applies updates of one row one after another; what was there
//! comes back with a refusal, so that nothing has to be read.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{DisplayErrorContext, SdkError};
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure as OnRefusal,
};
use connect_rules_engine::value::Text;
use connect_rules_limits::config::{KEY, Mode};
use connect_rules_limits::store::{Page, Step};
use connect_rules_limits::{Counter, Decision, Status, Store, StoreError, TaskStatus, Touch};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::item::{Item, s};
use crate::tables::{Names, Table};

/// Rows that one request of a scan may look at.
const LOOKED_AT: i32 = 1_000;

/// The rows of one environment.
#[derive(Clone, Debug)]
pub struct DynamoLimits {
    client: Client,
    counters: String,
    decisions: String,
    config: String,
}

fn failed(table: &str, error: &(impl std::error::Error + 'static)) -> StoreError {
    let mut said = format!("table {table}: {}", DisplayErrorContext(error));
    if let Some((end, _)) = said.char_indices().nth(300) {
        said.truncate(end);
    }
    StoreError::Unavailable(said)
}

fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A flat row as attributes.
fn item(row: &impl Serialize) -> Result<Item, StoreError> {
    let odd = |what: String| StoreError::Unavailable(format!("a row cannot be written: {what}"));
    let Value::Object(members) = serde_json::to_value(row).map_err(|error| odd(error.to_string()))? else {
        return Err(odd("it is no object".to_owned()));
    };
    members
        .into_iter()
        .map(|(name, value)| {
            let value = match value {
                Value::String(text) => AttributeValue::S(text),
                Value::Number(number) => AttributeValue::N(number.to_string()),
                Value::Bool(yes) => AttributeValue::Bool(yes),
                other => return Err(odd(format!("{name} is {other}"))),
            };
            Ok((name, value))
        })
        .collect()
}

/// Attributes as a row; those of other kinds are left out.
fn row<T: DeserializeOwned>(table: &str, item: &Item) -> Result<T, StoreError> {
    let mut members = Map::new();
    for (name, value) in item {
        let value = match value {
            AttributeValue::S(text) => Value::String(text.clone()),
            AttributeValue::Bool(yes) => Value::Bool(*yes),
            AttributeValue::N(number) => match number.parse::<i64>() {
                Ok(number) => Value::from(number),
                Err(_) => continue,
            },
            _ => continue,
        };
        members.insert(name.clone(), value);
    }
    serde_json::from_value(Value::Object(members))
        .map_err(|error| StoreError::Unavailable(format!("table {table}: a row is odd: {error}")))
}

/// What was there, if the condition of an update did not hold.
#[allow(clippy::option_option, reason = "whether it was refused, and what was there")]
fn refused(error: &SdkError<UpdateItemError>) -> Option<Option<&Item>> {
    match error.as_service_error() {
        Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
            Some(refused.item().filter(|item| !item.is_empty()))
        }
        _ => None,
    }
}

impl DynamoLimits {
    /// The rows of an environment; nothing is asked of the service yet.
    pub fn new(client: Client, names: &Names) -> Self {
        DynamoLimits {
            client,
            counters: names.of(Table::Limits),
            decisions: names.of(Table::Decisions),
            config: names.of(Table::Config),
        }
    }

    async fn step(&self, touch: &Touch, update: &str, condition: &str) -> Result<Step, StoreError> {
        let anchor = match touch.mode {
            Mode::Idle => "updatedAt",
            Mode::Fixed => "windowStart",
        };
        let names = [
            ("#usage", "usage"),
            ("#anchor", anchor),
            ("#start", "windowStart"),
            ("#at", "updatedAt"),
            ("#last", "lastContactId"),
            ("#expiry", "expiry"),
            ("#type", "type"),
        ];
        let values = [
            (":now", number(touch.now)),
            (":one", number(1)),
            (":contact", s(&*touch.contact)),
            (":cutoff", number(touch.cutoff())),
            (":expiry", number(touch.expiry())),
            (":type", s(touch.party.name())),
        ];
        let mut request = self
            .client
            .update_item()
            .table_name(&self.counters)
            .key("phoneNumber", s(&*touch.key))
            .update_expression(update)
            .condition_expression(condition)
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(OnRefusal::AllOld);
        // What an expression does not use is refused.
        let used = |name: &str| update.contains(name) || condition.contains(name);
        for (short, name) in names.into_iter().filter(|(short, _)| used(short)) {
            request = request.expression_attribute_names(short, name);
        }
        for (short, value) in values.into_iter().filter(|(short, _)| used(short)) {
            request = request.expression_attribute_values(short, value);
        }
        match request.send().await {
            Ok(out) => row(&self.counters, &out.attributes.unwrap_or_default()).map(Step::Made),
            Err(error) => match refused(&error) {
                Some(old) => Ok(Step::Refused(old.map(|old| row(&self.counters, old)).transpose()?)),
                None => Err(failed(&self.counters, &error)),
            },
        }
    }

    /// Sends an update under a condition; answers whether it held.
    async fn made(&self, table: &str, request: UpdateItemFluentBuilder) -> Result<bool, StoreError> {
        match request.send().await {
            Ok(_) => Ok(true),
            Err(error) if refused(&error).is_some() => Ok(false),
            Err(error) => Err(failed(table, &error)),
        }
    }

    /// Writes a decision over the one that is there, if the condition holds.
    async fn replace(&self, decision: &Decision, from: &str, pending: bool) -> Result<bool, StoreError> {
        let mut request = self
            .client
            .put_item()
            .table_name(&self.decisions)
            .set_item(Some(item(decision)?))
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":from", s(from));
        request = if pending {
            request
                .condition_expression("#owner = :from AND #status = :pending")
                .expression_attribute_names("#status", "status")
                .expression_attribute_values(":pending", s(Status::Pending.name()))
        } else {
            request.condition_expression("#owner = :from")
        };
        match request.send().await {
            Ok(_) => Ok(true),
            Err(SdkError::ServiceError(error)) if error.err().is_conditional_check_failed_exception() => {
                Ok(false)
            }
            Err(error) => Err(failed(&self.decisions, &error)),
        }
    }
}

impl Store for DynamoLimits {
    async fn config(&self) -> Result<Option<Text>, StoreError> {
        let request = self.client.get_item().table_name(&self.config).key("ConfigKey", s(KEY));
        let reply = request.send().await.map_err(|error| failed(&self.config, &error))?;
        let text = reply.item().and_then(|item| item.get("ConfigData")?.as_s().ok());
        Ok(text.map(|text| Text::from(text.as_str())))
    }

    async fn claim(&self, pending: &Decision) -> Result<Option<Decision>, StoreError> {
        let request = self
            .client
            .put_item()
            .table_name(&self.decisions)
            .set_item(Some(item(pending)?))
            .condition_expression("attribute_not_exists(contactId)")
            .return_values_on_condition_check_failure(OnRefusal::AllOld);
        match request.send().await {
            Ok(_) => Ok(None),
            Err(SdkError::ServiceError(error)) if error.err().is_conditional_check_failed_exception() => {
                match error.err() {
                    aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(
                        refused,
                    ) if refused.item().is_some_and(|item| !item.is_empty()) => {
                        row(&self.decisions, refused.item().unwrap_or(&Item::new())).map(Some)
                    }
                    _ => self.decision(&pending.contact_id).await,
                }
            }
            Err(error) => Err(failed(&self.decisions, &error)),
        }
    }

    async fn take_over(&self, pending: &Decision, from: &str) -> Result<bool, StoreError> {
        self.replace(pending, from, true).await
    }

    async fn decision(&self, contact: &str) -> Result<Option<Decision>, StoreError> {
        let request = self.client.get_item().table_name(&self.decisions).consistent_read(true);
        let reply = request
            .key("contactId", s(contact))
            .send()
            .await
            .map_err(|error| failed(&self.decisions, &error))?;
        reply.item().map(|item| row(&self.decisions, item)).transpose()
    }

    async fn advance(&self, touch: &Touch) -> Result<Step, StoreError> {
        self.step(
            touch,
            "SET #usage = #usage + :one, #at = :now, #last = :contact, #expiry = :expiry",
            "attribute_exists(#usage) AND #anchor >= :cutoff AND #last <> :contact",
        )
        .await
    }

    async fn restart(&self, touch: &Touch) -> Result<Step, StoreError> {
        self.step(
            touch,
            "SET #usage = :one, #start = :now, #at = :now, #last = :contact, #expiry = :expiry, #type = :type",
            "attribute_not_exists(phoneNumber) OR #anchor < :cutoff",
        )
        .await
    }

    async fn finish(&self, decision: &Decision) -> Result<bool, StoreError> {
        self.replace(decision, &decision.owner, false).await
    }

    async fn note_blocked(&self, key: &str, at: i64) -> Result<(), StoreError> {
        let request = self
            .client
            .update_item()
            .table_name(&self.counters)
            .key("phoneNumber", s(key))
            .update_expression("SET blockedAt = :at")
            .condition_expression("attribute_exists(phoneNumber)")
            .expression_attribute_values(":at", number(at));
        self.made(&self.counters, request).await.map(|_| ())
    }

    async fn note_task(&self, contact: &str, status: TaskStatus, task: &str) -> Result<bool, StoreError> {
        let request = self
            .client
            .update_item()
            .table_name(&self.decisions)
            .key("contactId", s(contact))
            .update_expression("SET taskStatus = :status, taskContactId = :task")
            .condition_expression("attribute_exists(contactId)")
            .expression_attribute_values(":status", s(status.name()))
            .expression_attribute_values(":task", s(task));
        self.made(&self.decisions, request).await
    }

    async fn counter(&self, key: &str) -> Result<Option<Counter>, StoreError> {
        let request = self.client.get_item().table_name(&self.counters).consistent_read(true);
        let reply = request
            .key("phoneNumber", s(key))
            .send()
            .await
            .map_err(|error| failed(&self.counters, &error))?;
        reply.item().map(|item| row(&self.counters, item)).transpose()
    }

    async fn counters(
        &self,
        since: i64,
        most: usize,
        page: Option<&str>,
    ) -> Result<Page<Counter>, StoreError> {
        let start = page.map(|key| Item::from([("phoneNumber".to_owned(), s(key))]));
        let looked_at = i32::try_from(most).unwrap_or(LOOKED_AT).clamp(1, LOOKED_AT);
        let request = self
            .client
            .scan()
            .table_name(&self.counters)
            .filter_expression("updatedAt >= :since")
            .expression_attribute_values(":since", number(since))
            .limit(looked_at)
            .set_exclusive_start_key(start);
        let reply = request.send().await.map_err(|error| failed(&self.counters, &error))?;
        let rows = reply.items().iter().map(|item| row(&self.counters, item)).collect::<Result<_, _>>()?;
        let next = reply.last_evaluated_key().and_then(|key| key.get("phoneNumber")?.as_s().ok());
        Ok(Page { rows, next: next.map(|key| Text::from(key.as_str())) })
    }

    async fn decisions(
        &self,
        day: &str,
        most: usize,
        page: Option<&str>,
    ) -> Result<Page<Decision>, StoreError> {
        // A page begins after a time and a contact.
        let start = page.and_then(|page| page.split_once(' ')).map(|(at, contact)| {
            Item::from([
                ("day".to_owned(), s(day)),
                ("at".to_owned(), AttributeValue::N(at.to_owned())),
                ("contactId".to_owned(), s(contact)),
            ])
        });
        let request = self
            .client
            .query()
            .table_name(&self.decisions)
            .index_name("byDay")
            .key_condition_expression("#day = :day")
            .expression_attribute_names("#day", "day")
            .expression_attribute_values(":day", s(day))
            .scan_index_forward(false)
            .limit(i32::try_from(most).unwrap_or(LOOKED_AT).clamp(1, LOOKED_AT))
            .set_exclusive_start_key(start);
        let reply = request.send().await.map_err(|error| failed(&self.decisions, &error))?;
        let rows: Vec<Decision> =
            reply.items().iter().map(|item| row(&self.decisions, item)).collect::<Result<_, _>>()?;
        let more = reply.last_evaluated_key().is_some_and(|key| !key.is_empty());
        let last = rows.last().map(|it| Text::from(format!("{} {}", it.at, it.contact_id)));
        Ok(Page { next: last.filter(|_| more), rows })
    }

    async fn release(&self, key: &str, updated_at: i64) -> Result<bool, StoreError> {
        let request = self
            .client
            .delete_item()
            .table_name(&self.counters)
            .key("phoneNumber", s(key))
            .condition_expression("updatedAt = :at")
            .expression_attribute_values(":at", number(updated_at));
        match request.send().await {
            Ok(_) => Ok(true),
            Err(SdkError::ServiceError(error)) if error.err().is_conditional_check_failed_exception() => {
                Ok(false)
            }
            Err(error) => Err(failed(&self.counters, &error)),
        }
    }
}
