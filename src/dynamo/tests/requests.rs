//! Every operation that the tables need is sent, and as AWS's published model says; every other test of this crate
//! checks its requests the same way.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test ends at the first error")]

mod common;

use std::sync::Arc;

use aws_sdk_dynamodb::config::{ProvideCredentials as _, RuntimeComponents, SharedHttpClient};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use common::checking::{checking, model, seen};
use common::{Server, client, run, shared, store};
use connect_rules_cloud::gateway::{Budgets, Tables as _};
use connect_rules_dynamo::{DynamoLimits, DynamoTables, Names, Settings, Table};
use connect_rules_store::contract::{changes, rule_set};
use connect_rules_store::{Change, Entity, Store as _};

#[test]
fn every_operation_of_the_model_is_sent_as_the_model_says() {
    run(async {
        let server = Server::start().await;
        let (sender, receiver) = std::sync::mpsc::channel();
        for _ in 0..40 {
            sender.send(server.environment().await).unwrap_or_default();
        }
        let environment = || receiver.recv().expect("an environment");
        connect_rules_store::contract::run(|| store(&environment())).await.unwrap();
        let settings = environment();
        let names = Names::new(&settings.stage, &settings.service);
        let limits = DynamoLimits::new(client(&settings), &names);
        connect_rules_limits::contract::run(&limits).await.unwrap();
        let health =
            DynamoTables::with_client(&client(&settings), &settings, Arc::new(Budgets::new(2.0, 5.0)));
        health.tables().await.unwrap();
        health.delete(&names.of(Table::Users)).await.unwrap();
        // More than a transaction holds.
        let sets = (0..120).map(|number| Change::create(Entity::RuleSet(rule_set(&format!("Set {number}")))));
        store(&environment()).apply(changes("ada", sets.collect())).await.unwrap();

        let mut wanted = model::operations();
        wanted.retain(|it| it.starts_with("dynamodb."));
        let mut sent = seen();
        sent.retain(|it| it.starts_with("dynamodb."));
        assert_eq!(wanted, sent, "operations of the model, and those that were sent");
        // Not every server knows this one.
        let _ = settings.caller(&shared()).await;
        assert!(seen().contains("sts.GetCallerIdentity"));
    });
}

/// A service that gives credentials to whoever asks.
#[derive(Clone, Debug)]
struct Giver;

impl HttpClient for Giver {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Giver)
    }
}

impl HttpConnector for Giver {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let body = "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId>\
            <SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2126-01-31T10:11:12Z\
            </Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";
        let status = StatusCode::try_from(200).expect("a status");
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(body))))
    }
}

#[test]
fn a_role_is_assumed_as_the_model_says() {
    run(async {
        let http = checking(SharedHttpClient::new(Giver));
        let time = aws_smithy_async::time::SystemTimeSource::new();
        let shared = shared().into_builder().http_client(http).time_source(time).build();
        let assumed = Settings::assumed(&shared, "arn:aws:iam::123456789012:role/rules-administrator").await;
        let credentials = assumed.credentials_provider().unwrap().provide_credentials().await.unwrap();
        assert_eq!(credentials.access_key_id(), "ASIAEXAMPLE");
        assert!(seen().contains("sts.AssumeRole"));
    });
}
