//! How tables are, and taking one away: for whoever looks after an environment rather than its rows.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::TimeToLiveStatus;
use connect_rules_store::Error;

use crate::faults::told;
use crate::tables::{Names, Table};

/// A table that an environment should have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Full name.
    pub name: String,
    /// The attribute by which its rows should expire.
    pub lifetime: Option<&'static str>,
    /// Indexes that it should have.
    pub indexes: Vec<&'static str>,
}

/// How a table is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// `ACTIVE` or what else it is; `MISSING` if it is not there.
    pub status: String,
    /// Attribute by which rows expire, if that is on.
    pub expires_by: Option<String>,
    /// Indexes that are missing.
    pub missing_indexes: Vec<String>,
    /// Rows, as the service counted them last.
    pub rows: u64,
}

/// The tables of an environment; those of outbound limits too.
pub fn expected(names: &Names) -> Vec<Expected> {
    let own = Table::ALL.into_iter().map(|table| Expected {
        name: names.of(table),
        lifetime: table.lifetime(),
        indexes: table.index_names(),
    });
    let limits = [("ratelimit-ddb", vec![]), ("ratelimit-decisions-ddb", vec!["byDay"])];
    let limits = limits.into_iter().map(|(suffix, indexes)| Expected {
        name: names.with(suffix),
        lifetime: Some("expiry"),
        indexes,
    });
    own.chain(limits).collect()
}

/// How a table is.
///
/// # Errors
/// [`Error::Remote`].
pub async fn look(client: &Client, table: &Expected) -> Result<Looked, Error> {
    let name = &table.name;
    let found = match client.describe_table().table_name(name).send().await {
        Ok(out) => out.table,
        Err(SdkError::ServiceError(error)) if error.err().is_resource_not_found_exception() => None,
        Err(error) => return Err(told(name, "dynamodb:DescribeTable", &error)),
    };
    let Some(found) = found else { return Ok(Looked { status: "MISSING".to_owned(), ..Looked::default() }) };
    let has = |index: &str| found.global_secondary_indexes().iter().any(|it| it.index_name() == Some(index));
    let missing = table.indexes.iter().filter(|it| !has(it)).map(|it| (*it).to_owned()).collect();
    let mut expires_by = None;
    if table.lifetime.is_some() {
        let out = client.describe_time_to_live().table_name(name).send().await;
        let out = out.map_err(|error| told(name, "dynamodb:DescribeTimeToLive", &error))?;
        expires_by = out
            .time_to_live_description
            .filter(|it| it.time_to_live_status() == Some(&TimeToLiveStatus::Enabled))
            .and_then(|it| it.attribute_name);
    }
    Ok(Looked {
        status: found.table_status().map_or_else(String::new, |it| it.as_str().to_owned()),
        expires_by,
        missing_indexes: missing,
        rows: found.item_count().and_then(|it| u64::try_from(it).ok()).unwrap_or_default(),
    })
}

/// Begins to delete a table with everything in it, protected or not; answers whether it was there.
///
/// # Errors
/// [`Error::Remote`].
pub async fn delete(client: &Client, name: &str) -> Result<bool, Error> {
    let unprotected = client.update_table().table_name(name).deletion_protection_enabled(false).send().await;
    match unprotected {
        Err(SdkError::ServiceError(error)) if error.err().is_resource_not_found_exception() => {
            return Ok(false);
        }
        // Without protection there is nothing to change, which some servers refuse; the deletion tells what is wrong.
        _ => {}
    }
    match client.delete_table().table_name(name).send().await {
        Ok(_) => Ok(true),
        Err(SdkError::ServiceError(error)) if error.err().is_resource_not_found_exception() => Ok(false),
        Err(error) => Err(told(name, "dynamodb:DeleteTable", &error)),
    }
}
