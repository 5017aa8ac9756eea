//! Parts of transactions: rows under conditions.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem, Update};
use connect_rules_store::{Error, RemoteFault};

use crate::faults::remote;
use crate::item::{Item, Place};
use crate::link::Link;
use crate::plan::Write;
use crate::tables::Table;

/// Writes a row.
pub(crate) fn put(
    link: &Link,
    table: Table,
    item: Item,
    condition: Option<Condition>,
) -> Result<TransactWriteItem, Error> {
    let name = link.names.of(table);
    let condition = condition.unwrap_or_default();
    let put = Put::builder()
        .table_name(&name)
        .set_item(Some(item))
        .set_condition_expression(condition.text)
        .set_expression_attribute_names(condition.names)
        .set_expression_attribute_values(condition.values)
        .build()
        .map_err(|error| remote(name, RemoteFault::Unreachable, &error))?;
    Ok(TransactWriteItem::builder().put(put).build())
}

/// A condition on what is stored.
#[derive(Default)]
pub(crate) struct Condition {
    /// The expression.
    pub text: Option<String>,
    pub names: Option<HashMap<String, String>>,
    /// Values that it stands for.
    pub values: Option<Item>,
}

impl Condition {
    /// The row is exactly as given, or not there.
    pub fn is(before: Option<&Item>, table: Table) -> Self {
        let Some(before) = before else {
            let (hash, _) = table.keys();
            let names = HashMap::from([("#k".to_owned(), hash.to_owned())]);
            return Condition {
                text: Some("attribute_not_exists(#k)".to_owned()),
                names: Some(names),
                values: None,
            };
        };
        let mut attributes: Vec<(&String, &AttributeValue)> = before.iter().collect();
        attributes.sort_by_key(|(name, _)| *name);
        let mut out = Condition { text: None, names: Some([].into()), values: Some(Item::new()) };
        let mut parts = Vec::new();
        for (at, (name, value)) in attributes.into_iter().enumerate() {
            parts.push(format!("#a{at} = :a{at}"));
            out.names.get_or_insert_default().insert(format!("#a{at}"), name.clone());
            out.values.get_or_insert_default().insert(format!(":a{at}"), value.clone());
        }
        out.text = Some(parts.join(" AND "));
        out
    }
}

/// Writes a row if it is as it was read. What others added to it stays.
pub(crate) fn write_guarded(link: &Link, write: &Write) -> Result<TransactWriteItem, Error> {
    let condition = Condition::is(write.before.as_ref(), write.place.table);
    match (&write.before, &write.after) {
        // A part of a long value that stays is written again: that it is as it was read matters.
        (Some(before), Some(after)) if before == after => {
            put(link, write.place.table, after.clone(), Some(condition))
        }
        (Some(before), Some(after)) => change(link, &write.place, before, after, condition),
        (None, Some(after)) => put(link, write.place.table, after.clone(), Some(condition)),
        (_, None) => delete(link, &write.place, condition),
    }
}

/// Writes a row as it was decided.
pub(crate) fn write(link: &Link, write: &Write) -> Result<TransactWriteItem, Error> {
    match &write.after {
        Some(after) => put(link, write.place.table, after.clone(), None),
        None => delete(link, &write.place, Condition::default()),
    }
}

/// Sets and removes what differs.
fn change(
    link: &Link,
    place: &Place,
    before: &Item,
    after: &Item,
    condition: Condition,
) -> Result<TransactWriteItem, Error> {
    let name = link.names.of(place.table);
    let (mut names, mut values) = (condition.names.unwrap_or_default(), condition.values.unwrap_or_default());
    let (mut set, mut removed) = (Vec::new(), Vec::new());
    let mut changed: Vec<&String> = before.keys().chain(after.keys()).collect();
    changed.sort_unstable();
    changed.dedup();
    changed.retain(|name| before.get(*name) != after.get(*name));
    for (at, attribute) in changed.into_iter().enumerate() {
        names.insert(format!("#s{at}"), attribute.clone());
        match after.get(attribute) {
            Some(value) => {
                values.insert(format!(":s{at}"), value.clone());
                set.push(format!("#s{at} = :s{at}"));
            }
            None => removed.push(format!("#s{at}")),
        }
    }
    let mut text = String::new();
    for (word, list) in [("SET", set), ("REMOVE", removed)] {
        if !list.is_empty() {
            text = format!("{text} {word} {}", list.join(", "));
        }
    }
    let update = Update::builder()
        .table_name(&name)
        .set_key(Some(place.keys()))
        .update_expression(text.trim())
        .set_condition_expression(condition.text)
        .set_expression_attribute_names(Some(names))
        .set_expression_attribute_values(Some(values))
        .build()
        .map_err(|error| remote(name, RemoteFault::Unreachable, &error))?;
    Ok(TransactWriteItem::builder().update(update).build())
}

fn delete(link: &Link, place: &Place, condition: Condition) -> Result<TransactWriteItem, Error> {
    let name = link.names.of(place.table);
    let delete = Delete::builder()
        .table_name(&name)
        .set_key(Some(place.keys()))
        .set_condition_expression(condition.text)
        .set_expression_attribute_names(condition.names)
        .set_expression_attribute_values(condition.values)
        .build()
        .map_err(|error| remote(name, RemoteFault::Unreachable, &error))?;
    Ok(TransactWriteItem::builder().delete(delete).build())
}

/// Changes a row of the journal.
pub(crate) fn update(
    link: &Link,
    key: Item,
    text: &str,
    condition: Option<&str>,
    values: Item,
) -> Result<TransactWriteItem, Error> {
    let name = link.names.of(Table::Journal);
    let update = Update::builder()
        .table_name(&name)
        .set_key(Some(key))
        .update_expression(text)
        .set_condition_expression(condition.map(str::to_owned))
        .set_expression_attribute_values(Some(values))
        .build()
        .map_err(|error| remote(name, RemoteFault::Unreachable, &error))?;
    Ok(TransactWriteItem::builder().update(update).build())
}
