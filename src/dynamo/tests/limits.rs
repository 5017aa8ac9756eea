//! Outbound rate limits on the tables: the contract, sixty-four attempts at once, requests that are counted, and
//! rows that expire.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test ends at the first error")]

mod common;

use aws_sdk_dynamodb::types::AttributeValue;
use common::faulty::Faulty;
use common::{Server, client, run, shared};
use connect_rules_dynamo::{DynamoLimits, Names, Settings, Table, tables};
use connect_rules_engine::value::Text;
use connect_rules_limits::world::{Real, World as _};
use connect_rules_limits::{Call, Config, Limiter, Recorder, Store as _, contract};

async fn environment(server: &Server) -> Settings {
    let settings = server.settings();
    let names = Names::new(&settings.stage, &settings.service);
    let used = [Table::Config, Table::Limits, Table::Decisions];
    tables::create(&client(&settings), &names, &used).await.unwrap();
    settings
}

fn limits(settings: &Settings) -> DynamoLimits {
    DynamoLimits::new(client(settings), &Names::new(&settings.stage, &settings.service))
}

#[test]
fn the_tables_keep_the_contract() {
    run(async {
        let settings = environment(&Server::start().await).await;
        contract::run(&limits(&settings)).await.unwrap();
    });
}

#[test]
fn sixty_four_at_once_let_five_through() {
    run(async {
        let settings = environment(&Server::start().await).await;
        // All 1,000 rounds are among the figures.
        contract::rounds(limits(&settings), 3, 64, 5, "206").await.unwrap();
    });
}

#[test]
fn the_row_of_the_configuration_is_read() {
    run(async {
        let settings = environment(&Server::start().await).await;
        let store = limits(&settings);
        assert_eq!(store.config().await.unwrap(), None);
        let name = Names::new(&settings.stage, &settings.service).of(Table::Config);
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let put = client(&settings).put_item().table_name(name).item("ConfigKey", text("RateLimit"));
        put.item("ConfigData", text(r#"{"customerLimit":3}"#)).send().await.unwrap();
        assert_eq!(store.config().await.unwrap().as_deref(), Some(r#"{"customerLimit":3}"#));
    });
}

#[test]
fn an_attempt_writes_once_for_each_number_and_rows_expire() {
    run(async {
        let settings = environment(&Server::start().await).await;
        let counted = Faulty::new(None, 0);
        let names = Names::new(&settings.stage, &settings.service);
        let through = settings.client_of(&shared(), Some(counted.client()));
        let store = DynamoLimits::new(through, &names);
        let limiter = Limiter::new(store, Recorder::default(), Real, Config::default());
        let mut before = 0;
        let mut writes = Vec::new();
        for at in 0..3 {
            let call = Call {
                contact: Text::from(format!("contact-{at}")),
                customer: Text::from("+12065550100"),
                system: Text::from("+18005550199"),
                ..Call::default()
            };
            let checked = limiter.check(&call, Real.now() + 60_000).await;
            assert!(checked.decision.allowed && checked.failed.is_none(), "{checked:?}");
            writes.push(counted.singles() - before);
            before = counted.singles();
        }
        // Claim and end of the decision, and one update for each number, of the first attempt too.
        assert_eq!(writes, [4, 4, 4]);
        for (table, key, life) in
            [(Table::Limits, "phoneNumber", 86_400), (Table::Decisions, "contactId", 604_800)]
        {
            let rows = client(&settings).scan().table_name(names.of(table)).send().await.unwrap();
            for row in rows.items() {
                let expiry: i64 = row["expiry"].as_n().unwrap().parse().unwrap();
                let left = expiry - Real.now() / 1000;
                assert!((life - 60..=life).contains(&left), "{}: {left}", row[key].as_s().unwrap());
            }
            assert!(!rows.items().is_empty());
        }
    });
}
