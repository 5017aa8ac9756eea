//! A server of its own for every test, and the rows of the original.
//!
//! `CONNECT_RULES_DYNAMODB` names another server, such as AWS's DynamoDB Local; without it the tests bring one.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "every test file uses some of them; a test ends at the first error"
)]

#[path = "../../../aws/tests/support/checking.rs"]
pub mod checking;
pub mod faulty;

use std::io::Read as _;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedHttpClient};
use aws_sdk_dynamodb::types::AttributeValue;
use connect_rules_dynamo::item::Item;
use connect_rules_dynamo::{DynamoStore, Names, Settings, Table, tables};

/// Runs a test on a runtime of its own.
pub fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(test);
}

/// A server, and a number for every environment on it.
pub struct Server {
    endpoint: String,
}

static ENVIRONMENTS: AtomicU32 = AtomicU32::new(1);

impl Server {
    pub async fn start() -> Self {
        if let Ok(endpoint) = std::env::var("CONNECT_RULES_DYNAMODB") {
            return Server { endpoint };
        }
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let database = dynoxide::Database::memory().unwrap();
        tokio::spawn(dynoxide::server::serve_on(listener, database));
        Server { endpoint }
    }

    /// Settings of an environment that nobody else uses.
    pub fn settings(&self) -> Settings {
        let number = ENVIRONMENTS.fetch_add(1, Ordering::Relaxed);
        let mut out = Settings::new(format!("t{}x{number}", std::process::id()), "rules-engine");
        out.endpoint = Some(self.endpoint.clone());
        out.pace = Duration::from_millis(2);
        out
    }

    /// A new environment with the tables that the store uses.
    pub async fn model(&self) -> Settings {
        let settings = self.settings();
        let names = Names::new(&settings.stage, &settings.service);
        let used = [
            Table::RuleSets,
            Table::Rules,
            Table::EndPoints,
            Table::Users,
            Table::Tests,
            Table::Config,
            Table::Journal,
        ];
        tables::create(&client(&settings), &names, &used).await.unwrap();
        settings
    }

    /// A new environment with its tables.
    pub async fn environment(&self) -> Settings {
        let settings = self.settings();
        store(&settings).create_tables().await.unwrap();
        settings
    }
}

/// Credentials of nobody, for servers that ask for none. Every request is checked against AWS's published model.
pub fn shared() -> aws_config::SdkConfig {
    let http = checking::checking(aws_smithy_http_client::Builder::new().build_http());
    aws_config::SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("ap-southeast-2"))
        .credentials_provider(aws_sdk_dynamodb::config::SharedCredentialsProvider::new(Credentials::new(
            "local", "local", None, None, "test",
        )))
        .sleep_impl(aws_sdk_dynamodb::config::SharedAsyncSleep::new(Sleep))
        .http_client(http)
        .build()
}

#[derive(Debug)]
struct Sleep;

impl aws_sdk_dynamodb::config::AsyncSleep for Sleep {
    fn sleep(&self, duration: Duration) -> aws_sdk_dynamodb::config::Sleep {
        aws_sdk_dynamodb::config::Sleep::new(tokio::time::sleep(duration))
    }
}

/// A client of these settings.
pub fn client(settings: &Settings) -> Client {
    settings.client_of(&shared(), None)
}

/// The store of these settings.
pub fn store(settings: &Settings) -> DynamoStore {
    DynamoStore::with_client(client(settings), settings)
}

/// The store of these settings whose requests go that way.
pub fn store_through(settings: &Settings, http: SharedHttpClient) -> DynamoStore {
    DynamoStore::with_client(settings.client_of(&shared(), Some(http)), settings)
}

/// Rows of the original by the name of their table.
pub fn original() -> Vec<(String, Vec<Item>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/examples.tar.zst");
    let unpacked = ruzstd::decoding::StreamingDecoder::new(std::fs::File::open(path).unwrap()).unwrap();
    for entry in tar::Archive::new(unpacked).entries().unwrap() {
        let mut entry = entry.unwrap();
        if entry.path().unwrap().ends_with("dynamodb-items.json") {
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            let tables: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
            let rows = |rows: &serde_json::Value| rows.as_array().unwrap().iter().map(item).collect();
            return tables.iter().map(|(name, list)| (name.clone(), rows(list))).collect();
        }
    }
    Vec::new()
}

fn item(json: &serde_json::Value) -> Item {
    let value = |typed: &serde_json::Value| {
        let (sort, value) = typed.as_object().unwrap().iter().next().unwrap();
        let text = || value.as_str().unwrap().to_owned();
        match sort.as_str() {
            "S" => AttributeValue::S(text()),
            "N" => AttributeValue::N(text()),
            "SS" => AttributeValue::Ss(
                value.as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect(),
            ),
            other => unreachable!("{other}"),
        }
    };
    json.as_object().unwrap().iter().map(|(name, typed)| (name.clone(), value(typed))).collect()
}

/// Puts the rows of the original into the tables of an environment.
pub async fn fill(settings: &Settings) {
    let client = client(settings);
    let skipped = ["verify-ddb", "state-ddb", "callback-ddb"];
    for (table, rows) in
        original().into_iter().filter(|(name, _)| !skipped.iter().any(|it| name.ends_with(it)))
    {
        let table = table.replace("dev-", &format!("{}-", settings.stage));
        for row in rows {
            client.put_item().table_name(&table).set_item(Some(row)).send().await.unwrap();
        }
    }
}
