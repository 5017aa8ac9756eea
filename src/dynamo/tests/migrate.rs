//! Tables that others made get the indexes and lifetimes that are missing, and keep what they hold.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first error")]

mod common;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    TimeToLiveStatus,
};
use common::{Server, client, run, store};
use connect_rules_dynamo::{Addition, Names, Table, tables};

/// The table of callbacks as it is without index and lifetime.
async fn bare_callbacks(client: &Client, name: &str) {
    let mut request = client.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
    for (key, sort) in [("PhoneNumber", KeyType::Hash), ("QueueArn", KeyType::Range)] {
        let text = AttributeDefinition::builder().attribute_name(key).attribute_type(ScalarAttributeType::S);
        request = request
            .attribute_definitions(text.build().unwrap())
            .key_schema(KeySchemaElement::builder().attribute_name(key).key_type(sort).build().unwrap());
    }
    request.send().await.unwrap();
}

#[test]
fn a_table_of_callbacks_gets_its_index_and_its_lifetime() {
    run(async {
        let server = Server::start().await;
        let settings = server.settings();
        let (client, store) = (client(&settings), store(&settings));
        let names = Names::new(&settings.stage, &settings.service);
        let name = names.of(Table::Callback);
        bare_callbacks(&client, &name).await;
        let others: Vec<Table> = Table::ALL.into_iter().filter(|table| *table != Table::Callback).collect();
        tables::create(&client, &names, &others).await.unwrap();
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let put = client.put_item().table_name(&name).item("PhoneNumber", text("+61400000000"));
        let put = put.item("QueueArn", text("q")).item("ExpiryTimestamp", text("2030-01-01T00:00:00.000Z"));
        put.send().await.unwrap();

        let plan = store.migration().await.unwrap();
        let wanted =
            [Addition::Index(Table::Callback, "QueueIndex"), Addition::Lifetime(Table::Callback, "Expiry")];
        assert_eq!((&*plan.additions, plan.tables.len()), (&wanted[..], 0));
        assert_eq!(
            plan.lines(),
            ["add index QueueIndex to table callback-ddb", "let rows of table callback-ddb expire by Expiry"]
        );
        store.migrate("ada").await.unwrap();
        assert!(store.migration().await.unwrap().is_empty());

        let found = client
            .query()
            .table_name(&name)
            .index_name("QueueIndex")
            .key_condition_expression("QueueArn = :queue AND ExpiryTimestamp > :now")
            .expression_attribute_values(":queue", text("q"))
            .expression_attribute_values(":now", text("2029"));
        assert_eq!(found.send().await.unwrap().count(), 1, "rows that were there are in the index");
        let lifetime = client.describe_time_to_live().table_name(&name).send().await.unwrap();
        let lifetime = lifetime.time_to_live_description.unwrap();
        assert_eq!(lifetime.attribute_name.as_deref(), Some("Expiry"));
        assert_eq!(lifetime.time_to_live_status, Some(TimeToLiveStatus::Enabled));
    });
}
