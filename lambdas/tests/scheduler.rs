//! The program of the scheduler as Lambda runs it, against servers that speak as Connect, Lambda, Lex and S3 do.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use common::Environment;
use common::cloud::{Cloud, INSTANCE};
use common::function::Function;
use connect_rules_engine::value::Value;
use connect_rules_live::tables::Tables as _;
use connect_rules_store::Store as _;
use serde_json::json;

const SCHEDULER: &str = env!("CARGO_BIN_EXE_scheduler");

fn run(test: impl Future<Output = ()>) {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(2).enable_all().build().unwrap().block_on(test);
}

async fn scheduler(environment: &Environment, cloud: &Cloud) -> Function {
    let variables = [
        ("AWS_ENDPOINT_URL", &*cloud.endpoint),
        ("AWS_ENDPOINT_URL_DYNAMODB", &*environment.endpoint),
        ("STAGE", &*environment.stage),
        ("INSTANCE_ID", INSTANCE),
        ("ACCOUNT_NUMBER", "111122223333"),
        ("BACKUP_BUCKET_NAME", "backups"),
    ];
    Function::start(SCHEDULER, &variables).await
}

/// Names in a list of the configuration.
async fn names(environment: &Environment, row: &str) -> Vec<String> {
    let now = environment.store().snapshot().await.unwrap();
    let list = now.config.iter().find(|it| &*it.key == row).map(|it| it.value.clone()).unwrap_or_default();
    list.as_array().unwrap_or_default().iter().map(|it| it.member("Name").text().to_string()).collect()
}

#[test]
fn the_cache_is_read_page_by_page_within_its_budget_and_functions_are_kept_warm() {
    run(async {
        let environment = Environment::demo().await;
        let prefix = format!("{}-rules-engine-", environment.stage);
        let cloud = Cloud::start(&prefix).await;
        let mut it = scheduler(&environment, &cloud).await;
        let tables = environment.tables();
        let before = tables.change_mark().await.unwrap();

        // A section that cannot be read is told, and nothing has changed.
        cloud.refuse(Some("/queues/"));
        let (kind, message) = it.ask(r#"{"task":"cache"}"#).await.unwrap_err();
        assert_eq!(kind, "SERVICE_FAILED", "{message}");
        assert!(
            message.contains("queues: connect:DescribeQueue: ") && message.contains("may not do it"),
            "{message}"
        );
        assert_eq!(tables.change_mark().await.unwrap(), before);
        assert!(!names(&environment, "Queues").await.contains(&"Moving".to_owned()));

        cloud.refuse(None);
        cloud.seen();
        assert_eq!(it.ask(r#"{"task":"cache"}"#).await.unwrap()["success"], true);
        let mut seen = cloud.seen();
        // Each family has a budget of its own; the others have larger ones.
        seen.retain(|(_, path)| !path.contains("/2015-03-31/") && !path.contains("/bots"));
        for (at, (first, _)) in seen.iter().enumerate() {
            for (more, (last, path)) in seen.iter().enumerate().skip(at) {
                let most = 5.0 + 2.0 * (*last - *first).as_secs_f64() + 1.0;
                assert!((more - at + 1) as f64 <= most, "{path} came too soon");
            }
        }
        for (row, wanted) in [
            ("OperatingHours", vec!["Always", "Office", "Weekend"]),
            ("Queues", vec!["Sales", "Billing", "Moving"]),
            ("ContactFlows", vec!["One", "Two", "Three"]),
            ("Prompts", vec!["One", "Two", "Three"]),
        ] {
            let mut found = names(&environment, row).await;
            let mut wanted: Vec<String> = wanted.into_iter().map(str::to_owned).collect();
            found.sort();
            wanted.sort();
            assert_eq!(found, wanted, "{row}: every page");
        }
        let now = environment.store().snapshot().await.unwrap();
        let list = |row: &str| now.config.iter().find(|it| &*it.key == row).unwrap().value.clone();
        let queue = list("Queues").as_array().unwrap()[0].clone();
        assert_eq!(queue.member("MaxContacts"), Value::Number(7.0), "what only a description says");
        let hours = list("OperatingHours").as_array().unwrap()[0].clone();
        assert_eq!(&*hours.member("Timezone").text(), "Australia/Perth");
        assert_eq!(
            list("RoutingProfiles").as_array().unwrap()[0].member("Queues").as_array().unwrap().len(),
            3
        );
        assert_eq!(names(&environment, "LambdaFunctions").await.len(), 2, "those of others are none of ours");
        let bots = list("LexBots");
        let bots = bots.as_array().unwrap();
        assert_eq!(bots.len(), 2);
        let of = |name: &str| bots.iter().find(|it| it.member("SimpleName") == Value::from(name)).unwrap();
        assert_eq!(&*of("yesno").member("AliasId").text(), "A1");
        assert!(of("data").member("Error").text().contains("alias PROD"), "one bot stops no other");

        // The same again changes nothing.
        let after = tables.change_mark().await.unwrap();
        assert_ne!(after, before);

        cloud.seen();
        let warm = it.ask(r#"{"task":"warm"}"#).await.unwrap();
        assert!(warm["keepWarm"].as_array().unwrap().iter().any(|it| it["success"] == true), "{warm}");
        let called = cloud.seen();
        assert!(called.iter().any(|(_, path)| path.contains("evaluator") && path.ends_with("/invocations")));
        assert_eq!(tables.change_mark().await.unwrap(), after);
    });
}

#[test]
fn a_backup_is_put_into_the_bucket_once_for_each_change() {
    run(async {
        let environment = Environment::demo().await;
        let cloud = Cloud::start("").await;
        let mut it = scheduler(&environment, &cloud).await;
        for _ in 0..2 {
            assert_eq!(it.ask(r#"{"task":"backup"}"#).await.unwrap()["success"], true);
        }
        let objects = cloud.objects();
        assert_eq!(objects.len(), 3, "{:?}", objects.keys());
        let written = cloud.seen().iter().filter(|(_, path)| path.starts_with("PUT")).count();
        assert_eq!(written, 3, "the second time nothing has changed");
        let mark = environment.tables().change_mark().await.unwrap().unwrap();
        assert_eq!(objects["backups/backups/last-change"], *mark);
        let rule_sets = objects.iter().find(|(key, _)| key.ends_with("-ruleset-backup.json")).unwrap().1;
        let rule_sets: serde_json::Value = serde_json::from_str(rule_sets).unwrap();
        assert_eq!(rule_sets["type"], json!("RulesEngineRuleSets"));

        let (kind, message) = it.ask(r#"{"task":"sweep"}"#).await.unwrap_err();
        assert!(kind == "UNKNOWN_ACTION" && message.contains("sweep"), "{kind} {message}");
        cloud.refuse(Some("last-change"));
        let (_, message) = it.ask(r#"{"task":"backup"}"#).await.unwrap_err();
        assert!(message.contains("the backup was not kept"), "{message}");
    });
}
