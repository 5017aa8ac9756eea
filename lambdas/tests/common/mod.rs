//! A server like DynamoDB with the demo on it. Requests to it are checked against AWS's published model.
//!
//! `CONNECT_RULES_DYNAMODB` names another server, such as AWS's DynamoDB Local; without it the tests bring one.
#![allow(dead_code, clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

#[path = "../../../src/aws/tests/support/checking.rs"]
pub mod checking;
pub mod cloud;
pub mod crowd;
pub mod function;
pub mod http;
pub mod way;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use connect_rules_cli::open::demo_seed;
use connect_rules_dynamo::{DynamoStore, Names, Settings as StoreSettings};
use connect_rules_engine::bundle::{Bundle, Parts};
use connect_rules_lambdas::tables::DynamoTables;
use connect_rules_live::Settings;
use connect_rules_live::log::Log;
use connect_rules_store::entity::EndPoint;
use connect_rules_store::exchange::Seed;
use connect_rules_store::service::Edit;
use connect_rules_store::service::end_points::UpdateEndPoint;
use connect_rules_store::{Actor, Entity, Kind, Service};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

static ENVIRONMENTS: AtomicU32 = AtomicU32::new(1);

/// Tables of an environment that nobody else uses.
pub struct Environment {
    /// Address of the server.
    pub endpoint: String,
    /// Stage of the environment.
    pub stage: String,
    of: StoreSettings,
    shared: SdkConfig,
}

impl Environment {
    /// An environment with its tables and nothing in them.
    pub async fn new() -> Self {
        let endpoint = if let Ok(endpoint) = std::env::var("CONNECT_RULES_DYNAMODB") {
            endpoint
        } else {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let endpoint = format!("http://{}", listener.local_addr().unwrap());
            tokio::spawn(dynoxide::server::serve_on(listener, dynoxide::Database::memory().unwrap()));
            endpoint
        };
        let number = ENVIRONMENTS.fetch_add(1, Ordering::Relaxed);
        let stage = format!("l{}x{number}", std::process::id());
        let mut of = StoreSettings::new(stage.clone(), "rules-engine");
        of.endpoint = Some(endpoint.clone());
        of.pace = Duration::from_millis(2);
        let credentials = Credentials::new("local", "local", None, None, "test");
        let shared = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("ap-southeast-2"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(checking::checking(aws_smithy_http_client::Builder::new().build_http()))
            .sleep_impl(aws_smithy_async::rt::sleep::SharedAsyncSleep::new(
                aws_smithy_async::rt::sleep::TokioSleep::new(),
            ))
            .build();
        let out = Environment { endpoint, stage, of, shared };
        out.store().create_tables().await.unwrap();
        out
    }

    /// An environment with the demo.
    pub async fn demo() -> Self {
        Environment::of(&demo_seed().unwrap()).await
    }

    /// An environment with rule sets in their exported form, and the demo's Connect.
    pub async fn with(rule_sets: &str) -> Self {
        let parts = Parts {
            rule_sets: Some(("rulesets.json", rule_sets)),
            connect: Some(("connect.json", include_str!("../../../data/demo/connect.json"))),
            lex: None,
            functions: None,
            tests: None,
        };
        let bundle = Bundle::from_parts(&parts).unwrap();
        Environment::of(&Seed::new(&bundle, "1970-01-01T00:00:00Z").unwrap()).await
    }

    async fn of(seed: &Seed) -> Self {
        let out = Environment::new().await;
        let service = Service::new(out.store());
        let actor = Actor::local("test");
        service.run(&actor, seed).await.unwrap();
        // The end points are reached by name: here each gets a number.
        let now = service.snapshot().await.unwrap();
        for (at, end_point) in now.end_points.iter().enumerate() {
            let base = Entity::EndPoint(end_point.clone());
            let inbound_numbers = vec![format!("+6137010551{at}").into()];
            let mine = Entity::EndPoint(EndPoint { inbound_numbers, enabled: true, ..end_point.clone() });
            let rev = now.rev(Kind::EndPoint, &end_point.id);
            service.run(&actor, &UpdateEndPoint(Edit { base, mine, rev })).await.unwrap();
        }
        out
    }

    /// A client of the server.
    pub fn client(&self) -> Client {
        self.of.client_of(&self.shared, None)
    }

    /// The store of the tables.
    pub fn store(&self) -> DynamoStore {
        DynamoStore::with_client(self.client(), &self.of)
    }

    /// The tables as functions use them.
    pub fn tables(&self) -> Arc<DynamoTables> {
        let names = Names::new(&self.stage, "rules-engine");
        Arc::new(DynamoTables::new(self.client(), self.store(), &names, |_| None))
    }
}

/// Settings of functions: the demo's names start with `dev`, whatever the tables are called.
pub fn settings() -> Settings {
    Settings::default()
}

/// A log that tells nobody.
pub fn silent(settings: &Settings) -> Log {
    Log::new(settings, Arc::new(|_| {}))
}
