//! What is wrong with an environment is said in plain words, and nothing is written.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test ends at the first error")]

mod common;

use aws_sdk_dynamodb::config::SharedHttpClient;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use common::{Server, run, store, store_through};
use connect_rules_dynamo::{DynamoStore, Settings};
use connect_rules_store::contract::{changes, rule_set};
use connect_rules_store::{Change, Entity, Error, RemoteFault, Store as _};

/// A service that refuses everything in one way.
#[derive(Clone, Debug)]
struct Refusing(&'static str, &'static str);

impl HttpConnector for Refusing {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let body = format!(r#"{{"__type":"com.amazon.coral.service#{}","message":"{}"}}"#, self.0, self.1);
        let status = StatusCode::try_from(400).unwrap();
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(body))))
    }
}

impl HttpClient for Refusing {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &aws_sdk_dynamodb::config::RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

fn fault(error: &Error) -> &RemoteFault {
    match error {
        Error::Remote { fault, .. } => fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_the_service_refuses_is_told() {
    run(async {
        let mut settings = Settings::new("dev", "rules-engine");
        settings.endpoint = Some("http://127.0.0.1:1".to_owned());
        settings.pace = std::time::Duration::from_millis(1);
        let denied = "User: arn:aws:iam::111122223333:user/ada is not authorized to perform: dynamodb:Scan on resource: x";
        for (code, message, wanted, says) in [
            ("ExpiredTokenException", "The security token is expired", RemoteFault::Expired, "Sign in again"),
            ("UnrecognizedClientException", "invalid token", RemoteFault::NoCredentials, "profile"),
            (
                "AccessDeniedException",
                denied,
                RemoteFault::Denied("dynamodb:Scan".to_owned()),
                "dynamodb:Scan is missing",
            ),
            ("ResourceNotFoundException", "not found", RemoteFault::NoTable, "stage, service and region"),
            ("ThrottlingException", "slow down", RemoteFault::Throttled, "Wait a little"),
        ] {
            let store = store_through(&settings, SharedHttpClient::new(Refusing(code, message)));
            let error = store.snapshot().await.unwrap_err();
            assert_eq!(fault(&error), &wanted, "{error}");
            let text = error.explain().to_string();
            assert!(text.contains(says) && text.contains("dev-rules-engine-"), "{text}");
        }
        let error = store(&settings).snapshot().await.unwrap_err();
        assert_eq!(fault(&error), &RemoteFault::Unreachable, "{error}");
    });
}

#[test]
fn tables_that_are_not_there_are_not_made_by_a_write() {
    run(async {
        let server = Server::start().await;
        let settings = server.settings();
        let store = store(&settings);
        let list = vec![Change::create(Entity::RuleSet(rule_set("A")))];
        let error = store.apply(changes("ada", list)).await.unwrap_err();
        assert_eq!(fault(&error), &RemoteFault::NoTable, "{error}");
        let plan = store.migration().await.unwrap();
        assert_eq!(plan.tables, connect_rules_dynamo::Table::ALL);
        store.migrate("ada").await.unwrap();
        assert!(store.migration().await.unwrap().is_empty());
    });
}

#[test]
fn another_account_is_refused() {
    run(async {
        let server = Server::start().await;
        let mut settings = server.environment().await;
        settings.region = Some("ap-southeast-2".to_owned());
        settings.account = Some("999999999999".to_owned());
        let opened = DynamoStore::open_with(common::client(&settings), &settings).await;
        let error = opened.err().unwrap();
        assert_eq!(fault(&error), &RemoteFault::WrongAccount, "{error}");
        settings.account = Some("000000000000".to_owned());
        DynamoStore::open_with(common::client(&settings), &settings).await.unwrap();
    });
}

#[test]
fn a_row_that_would_be_too_large_is_refused_before_anything_is_written() {
    run(async {
        let server = Server::start().await;
        let store = store(&server.environment().await);
        let mut set = rule_set("A");
        set.description = "x".repeat(400 * 1024).into();
        let list = vec![Change::create(Entity::RuleSet(set)), Change::create(Entity::RuleSet(rule_set("B")))];
        let error = store.apply(changes("ada", list)).await.unwrap_err();
        assert_eq!(fault(&error), &RemoteFault::TooLarge, "{error}");
        assert!(store.snapshot().await.unwrap().rule_sets.is_empty());
    });
}
