//! The tables: names, keys, indexes and lifetimes (`spec/model.md` 3), and how missing ones are made.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType,
    PointInTimeRecoverySpecification, Projection, ProjectionType, ScalarAttributeType, SseSpecification,
    TableStatus, TimeToLiveSpecification,
};
use connect_rules_store::{Error, RemoteFault};

use crate::faults::{self, remote};

/// Tables of an environment: nine of the original, and those of this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Rule sets without their rules.
    RuleSets,
    /// Rules by rule set.
    Rules,
    /// End points.
    EndPoints,
    /// Users.
    Users,
    /// Tests.
    Tests,
    /// Configuration rows, the change mark and the holidays among them.
    Config,
    /// Runs of tests.
    Verify,
    /// State of contacts.
    State,
    /// Callbacks that were offered.
    Callback,
    /// What this program alone keeps: head, journal, audit list, jobs and logins.
    Journal,
    /// Counters of outbound rate limits.
    Limits,
    /// Decisions about outbound calls.
    Decisions,
}

/// Name, hash key and range key of an index, and whether it holds keys only.
type Index = (&'static str, &'static str, Option<&'static str>, bool);

impl Table {
    /// Every table.
    pub const ALL: [Table; 12] = [
        Table::RuleSets,
        Table::Rules,
        Table::EndPoints,
        Table::Users,
        Table::Tests,
        Table::Config,
        Table::Verify,
        Table::State,
        Table::Callback,
        Table::Journal,
        Table::Limits,
        Table::Decisions,
    ];

    /// Tables that hold the model.
    pub(crate) const MODEL: [Table; 6] =
        [Table::RuleSets, Table::Rules, Table::EndPoints, Table::Users, Table::Tests, Table::Config];

    /// The name after stage and service.
    pub fn suffix(self) -> &'static str {
        match self {
            Table::RuleSets => "rule-sets-ddb",
            Table::Rules => "rules-ddb",
            Table::EndPoints => "end-points-ddb",
            Table::Users => "users-ddb",
            Table::Tests => "tests-ddb",
            Table::Config => "config-ddb",
            Table::Verify => "verify-ddb",
            Table::State => "state-ddb",
            Table::Callback => "callback-ddb",
            Table::Journal => "journal-ddb",
            Table::Limits => "ratelimit-ddb",
            Table::Decisions => "ratelimit-decisions-ddb",
        }
    }

    /// Hash key and range key; all are texts but the range key of the journal, a number.
    pub fn keys(self) -> (&'static str, Option<&'static str>) {
        match self {
            Table::RuleSets => ("RuleSetId", None),
            Table::Rules => ("RuleSetId", Some("RuleId")),
            Table::EndPoints => ("EndPointId", None),
            Table::Users => ("UserId", None),
            Table::Tests => ("TestId", None),
            Table::Config => ("ConfigKey", None),
            Table::Verify => ("BatchId", None),
            Table::State => ("ContactId", Some("What")),
            Table::Callback => ("PhoneNumber", Some("QueueArn")),
            Table::Journal => ("Part", Some("Seq")),
            Table::Limits => ("phoneNumber", None),
            Table::Decisions => ("contactId", None),
        }
    }

    fn indexes(self) -> &'static [Index] {
        match self {
            Table::Users => {
                &[("APIKeyIndex", "APIKey", None, false), ("EmailAddressIndex", "EmailAddress", None, false)]
            }
            Table::Callback => &[("QueueIndex", "QueueArn", Some("ExpiryTimestamp"), true)],
            Table::Decisions => &[("byDay", "day", Some("at"), false)],
            _ => &[],
        }
    }

    /// Names of its indexes.
    pub fn index_names(self) -> Vec<&'static str> {
        self.indexes().iter().map(|index| index.0).collect()
    }

    /// The attribute with the second of the epoch after which a row is gone.
    pub fn lifetime(self) -> Option<&'static str> {
        match self {
            Table::Verify | Table::State | Table::Callback | Table::Journal => Some("Expiry"),
            Table::Limits | Table::Decisions => Some("expiry"),
            _ => None,
        }
    }

    /// Whether the table may only be deleted on purpose.
    fn precious(self) -> bool {
        Self::MODEL.contains(&self) && self != Table::EndPoints
    }
}

/// Names of the tables of one environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    prefix: String,
}

impl Names {
    /// The tables of a stage and a service.
    pub fn new(stage: &str, service: &str) -> Self {
        Names { prefix: format!("{stage}-{service}-") }
    }

    /// `<stage>-<service>-<suffix>`.
    pub fn of(&self, table: Table) -> String {
        self.with(table.suffix())
    }

    /// `<stage>-<service>-<suffix>` of any suffix.
    pub fn with(&self, suffix: &str) -> String {
        format!("{}{suffix}", self.prefix)
    }
}

/// Makes the tables that are missing, with their indexes and lifetimes; answers which were.
///
/// # Errors
/// [`Error::Remote`]; tables made before stay.
pub async fn create(client: &Client, names: &Names, tables: &[Table]) -> Result<Vec<Table>, Error> {
    let mut made = Vec::new();
    for &table in tables {
        if status(client, names, table).await?.is_none() {
            create_one(client, names, table).await?;
            made.push(table);
        }
    }
    for &table in &made {
        settle(client, names, table).await?;
        protect(client, names, table).await?;
    }
    Ok(made)
}

/// Tables that are not there.
///
/// # Errors
/// [`Error::Remote`].
pub(crate) async fn missing(client: &Client, names: &Names) -> Result<Vec<Table>, Error> {
    let mut out = Vec::new();
    for table in Table::ALL {
        if status(client, names, table).await?.is_none() {
            out.push(table);
        }
    }
    Ok(out)
}

/// How a table is; `None` if it is not there.
async fn status(client: &Client, names: &Names, table: Table) -> Result<Option<TableStatus>, Error> {
    let name = names.of(table);
    match client.describe_table().table_name(&name).send().await {
        Ok(out) => Ok(out.table.and_then(|it| it.table_status)),
        Err(SdkError::ServiceError(error)) if error.err().is_resource_not_found_exception() => Ok(None),
        Err(error) => Err(faults::told(&name, "dynamodb:DescribeTable", &error)),
    }
}

/// Waits until a table can be used.
async fn settle(client: &Client, names: &Names, table: Table) -> Result<(), Error> {
    for _ in 0..120 {
        if status(client, names, table).await? == Some(TableStatus::Active) {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    Err(remote(names.of(table), RemoteFault::Unreachable, "the table does not become active"))
}

async fn create_one(client: &Client, names: &Names, table: Table) -> Result<(), Error> {
    let name = names.of(table);
    let (hash, range) = table.keys();
    let mut attributes: Vec<&str> = vec![hash];
    attributes.extend(range);
    let mut request = client
        .create_table()
        .table_name(&name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_key_schema(Some(schema(hash, range)))
        .sse_specification(SseSpecification::builder().enabled(true).build())
        .deletion_protection_enabled(table.precious());
    for &(index, hash, range, keys_only) in table.indexes() {
        let shown = if keys_only { ProjectionType::KeysOnly } else { ProjectionType::All };
        let index = GlobalSecondaryIndex::builder()
            .index_name(index)
            .set_key_schema(Some(schema(hash, range)))
            .projection(Projection::builder().projection_type(shown).build())
            .build()
            .map_err(|error| remote(&name, RemoteFault::Unreachable, &error))?;
        request = request.global_secondary_indexes(index);
        for attribute in [Some(hash), range].into_iter().flatten() {
            if !attributes.contains(&attribute) {
                attributes.push(attribute);
            }
        }
    }
    for attribute in attributes {
        let sort =
            if matches!(attribute, "Seq" | "at") { ScalarAttributeType::N } else { ScalarAttributeType::S };
        let definition =
            AttributeDefinition::builder().attribute_name(attribute).attribute_type(sort).build();
        let definition = definition.map_err(|error| remote(&name, RemoteFault::Unreachable, &error))?;
        request = request.attribute_definitions(definition);
    }
    match request.send().await {
        Ok(_) => Ok(()),
        // Another program was faster.
        Err(SdkError::ServiceError(error)) if error.err().is_resource_in_use_exception() => Ok(()),
        Err(error) => Err(faults::told(&name, "dynamodb:CreateTable", &error)),
    }
}

fn schema(hash: &str, range: Option<&str>) -> Vec<KeySchemaElement> {
    let keys = [Some((hash, KeyType::Hash)), range.map(|range| (range, KeyType::Range))];
    let element = |(name, sort)| KeySchemaElement::builder().attribute_name(name).key_type(sort).build().ok();
    keys.into_iter().flatten().filter_map(element).collect()
}

/// Lifetime and recovery of a new table.
async fn protect(client: &Client, names: &Names, table: Table) -> Result<(), Error> {
    let name = names.of(table);
    if let Some(attribute) = table.lifetime() {
        let spec = TimeToLiveSpecification::builder().enabled(true).attribute_name(attribute).build();
        client
            .update_time_to_live()
            .table_name(&name)
            .set_time_to_live_specification(spec.ok())
            .send()
            .await
            .map_err(|error| faults::told(&name, "dynamodb:UpdateTimeToLive", &error))?;
    }
    let spec = PointInTimeRecoverySpecification::builder().point_in_time_recovery_enabled(true).build();
    let asked = client
        .update_continuous_backups()
        .table_name(&name)
        .set_point_in_time_recovery_specification(spec.ok())
        .send()
        .await;
    match asked {
        Ok(_) => Ok(()),
        // Servers on one's own machine keep no backups.
        Err(error) if error.code().is_some_and(|code| code.contains("Unknown")) => Ok(()),
        Err(error) => Err(faults::told(&name, "dynamodb:UpdateContinuousBackups", &error)),
    }
}
