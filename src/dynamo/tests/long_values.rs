//! Configuration values that are too long for one row: written in several, read as one by every reader.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first error")]

mod common;

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use common::{Server, client, run, store};
use connect_rules_dynamo::{DynamoStore, Names, Settings, Table};
use connect_rules_engine::value::Value;
use connect_rules_store::contract::changes;
use connect_rules_store::{Change, ConfigRow, Entity, Error, Key, Kind, RemoteFault, Store as _};

fn value(items: usize) -> Value {
    (0..items).map(|at| Value::from(format!("item {at} {}", "x".repeat(1000)))).collect::<Vec<_>>().into()
}

async fn put(store: &DynamoStore, value: Value) {
    let now = store.snapshot().await.unwrap();
    let expected = now.rev(Kind::Config, "Queues");
    let entity = Entity::Config(ConfigRow { key: "Queues".into(), value });
    store.apply(changes("ada", vec![Change::Put { entity, expected }])).await.unwrap();
}

async fn get(store: &DynamoStore) -> Option<Value> {
    let now = store.snapshot().await.unwrap();
    assert!(now.config.iter().all(|row| !row.key.contains('#')), "parts are no settings");
    now.config.iter().find(|row| &*row.key == "Queues").map(|row| row.value.clone())
}

fn table(settings: &Settings) -> String {
    Names::new(&settings.stage, &settings.service).of(Table::Config)
}

/// What is in the table, without the change mark.
async fn rows(settings: &Settings) -> BTreeMap<String, String> {
    let mut pages = client(settings).scan().table_name(table(settings)).into_paginator().items().send();
    let mut items = Vec::new();
    while let Some(item) = pages.next().await {
        items.push(item.unwrap());
    }
    let text = |item: &BTreeMap<String, AttributeValue>, name: &str| item[name].as_s().unwrap().clone();
    let items = items.into_iter().map(|item| item.into_iter().collect::<BTreeMap<_, _>>());
    let mut out: BTreeMap<_, _> = items.map(|it| (text(&it, "ConfigKey"), text(&it, "ConfigData"))).collect();
    out.remove("LastChangeTimestamp");
    out
}

#[test]
fn long_values_are_written_in_parts_and_read_as_one() {
    run(async {
        let server = Server::start().await;
        let settings = server.environment().await;
        let (writer, follower) = (store(&settings), store(&settings));
        put(&writer, value(10)).await;
        assert_eq!(get(&follower).await, Some(value(10)));
        assert_eq!(rows(&settings).await.len(), 1);

        for (items, parts) in [(500, 2), (1400, 5), (900, 3), (380, 2)] {
            put(&writer, value(items)).await;
            let all = rows(&settings).await;
            assert_eq!((all.len(), &*all["Queues"]), (parts + 1, "[]"), "{items}");
            assert!(all.values().all(|text| text.len() <= 300 * 1024), "{items}");
            // Who follows, who wrote it and who reads everything see the same.
            for reader in [&follower, &writer, &store(&settings)] {
                assert_eq!(get(reader).await, Some(value(items)), "{items}");
            }
            let stamps = |store: &connect_rules_store::Snapshot| store.rev(Kind::Config, "Queues");
            let (mine, theirs) =
                (writer.snapshot().await.unwrap(), store(&settings).snapshot().await.unwrap());
            assert_eq!(stamps(&mine), stamps(&theirs));
        }
        // There and back again.
        writer.undo("ada", None).await.unwrap();
        assert_eq!(get(&follower).await, Some(value(900)));
        assert_eq!(rows(&settings).await.len(), 4);
        writer.redo("ada").await.unwrap();
        assert_eq!(get(&store(&settings)).await, Some(value(380)));
        put(&writer, value(1)).await;
        assert_eq!(rows(&settings).await.len(), 1);
        writer.undo("ada", None).await.unwrap();
        let expected = writer.snapshot().await.unwrap().rev(Kind::Config, "Queues");
        let gone = Change::Delete { key: Key::new(Kind::Config, "Queues"), expected };
        writer.apply(changes("ada", vec![gone])).await.unwrap();
        assert_eq!((get(&follower).await, rows(&settings).await.len()), (None, 0));
        writer.undo("ada", None).await.unwrap();
        assert_eq!(get(&follower).await, Some(value(380)));
        writer.migrate("ada").await.unwrap();
        assert_eq!(get(&store(&settings)).await, Some(value(380)));
    });
}

#[test]
fn what_the_original_writes_over_parts_counts_and_missing_parts_are_told() {
    run(async {
        let server = Server::start().await;
        let settings = server.environment().await;
        put(&store(&settings), value(500)).await;
        let client = client(&settings);
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let part = client.delete_item().table_name(table(&settings)).key("ConfigKey", text("Queues#2"));
        part.send().await.unwrap();
        match store(&settings).snapshot().await.unwrap_err() {
            Error::Remote { place, fault: RemoteFault::BadRow, message } => {
                assert!(place.ends_with("row Queues") && message.contains("Queues#2"), "{place} {message}");
            }
            other => panic!("{other:?}"),
        }
        let row = client.put_item().table_name(table(&settings)).item("ConfigKey", text("Queues"));
        row.item("ConfigData", text("[\"own\"]")).send().await.unwrap();
        let store = store(&settings);
        let own: Value = vec![Value::from("own")].into();
        assert_eq!(get(&store).await, Some(own));
        put(&store, value(2)).await;
        assert_eq!(get(&store).await, Some(value(2)));
    });
}
