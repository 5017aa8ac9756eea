//! What is wrong with an environment is said in plain words, and nothing is written.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test ends at the first error")]

mod common;

use std::sync::{Arc, Mutex};

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
        let opened = DynamoStore::open_with(&common::shared(), &settings).await;
        let error = opened.err().unwrap();
        assert_eq!(fault(&error), &RemoteFault::WrongAccount, "{error}");
        settings.account = Some("000000000000".to_owned());
        DynamoStore::open_with(&common::shared(), &settings).await.unwrap();
    });
}

/// An answer that names no account.
const EMPTY: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult/></GetCallerIdentityResponse>";

/// An account without tables, whose answer to the question for the account is this; keeps what it is asked.
#[derive(Clone, Debug)]
struct Bare {
    status: u16,
    answer: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Bare {
    fn answering(status: u16, answer: impl Into<String>) -> Self {
        Bare { status, answer: answer.into(), asked: Arc::default() }
    }

    fn of(account: &str) -> Self {
        let result = format!(
            "<GetCallerIdentityResult><Arn>arn:aws:iam::{account}:user/ada</Arn><UserId>A</UserId>\
             <Account>{account}</Account></GetCallerIdentityResult>"
        );
        Bare::answering(200, format!("<GetCallerIdentityResponse>{result}</GetCallerIdentityResponse>"))
    }

    fn refusing(status: u16, code: &str) -> Self {
        let error = format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message></Error>");
        Bare::answering(status, format!("<ErrorResponse>{error}</ErrorResponse>"))
    }

    /// Whether the tables may be reached, and what was asked for it.
    async fn reach(self, settings: &Settings) -> (Result<Option<String>, Error>, Vec<String>) {
        let asked = Arc::clone(&self.asked);
        let shared = common::shared().into_builder().http_client(SharedHttpClient::new(self)).build();
        let reached = DynamoStore::reach_with(&shared, settings).await;
        let untold = reached.map(|store| store.untold().map(str::to_owned));
        let asked = asked.lock().unwrap().clone();
        (untold, asked)
    }
}

impl HttpConnector for Bare {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = request
            .headers()
            .get("x-amz-target")
            .map_or("GetCallerIdentity", |target| target.rsplit('.').next().unwrap_or_default());
        self.asked.lock().unwrap().push(operation.to_owned());
        let absent =
            r#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"x"}"#;
        let (status, body) =
            if operation == "GetCallerIdentity" { (self.status, &*self.answer) } else { (400, absent) };
        let status = StatusCode::try_from(status).unwrap();
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(body))))
    }
}

impl HttpClient for Bare {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &aws_sdk_dynamodb::config::RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

#[test]
fn without_tables_the_credentials_say_whose_the_account_is() {
    run(async {
        let mut settings = Settings::new("dev", "rules-engine");
        settings.account = Some("111122223333".to_owned());
        settings.pace = std::time::Duration::from_millis(1);
        let both = ["DescribeTable", "GetCallerIdentity"];
        let (right, asked) = Bare::of("111122223333").reach(&settings).await;
        assert_eq!((right, &*asked), (Ok(None), &both.map(str::to_owned)[..]));
        for (service, wanted, says) in [
            (Bare::of("999999999999"), RemoteFault::WrongAccount, "999999999999"),
            (Bare::refusing(403, "ExpiredToken"), RemoteFault::Expired, "Sign in again"),
            (Bare::refusing(403, "InvalidClientTokenId"), RemoteFault::NoCredentials, "profile"),
            (
                Bare::refusing(403, "AccessDenied"),
                RemoteFault::Denied("sts:GetCallerIdentity".to_owned()),
                "sts:GetCallerIdentity is missing",
            ),
            (Bare::answering(200, EMPTY), RemoteFault::UnknownAccount, "account"),
            (Bare::answering(400, "{}"), RemoteFault::Unreachable, "network"),
        ] {
            let (refused, asked) = service.reach(&settings).await;
            let error = refused.unwrap_err();
            assert_eq!(fault(&error), &wanted, "{error}");
            assert!(error.explain().to_string().contains(says), "{}", error.explain());
            assert_eq!(asked, both, "nothing else is asked for");
        }
        // Nobody asks where no account is wanted.
        settings.account = None;
        assert_eq!(Bare::of("999999999999").reach(&settings).await, (Ok(None), vec![]));
    });
}

#[test]
fn a_server_of_ones_own_that_knows_no_accounts_is_let_pass_on_this_machine_only() {
    run(async {
        let unknown =
            || Bare::answering(400, r#"{"__type":"com.amazon.coral.service#UnknownOperationException"}"#);
        let mut settings = Settings::new("dev", "rules-engine");
        settings.pace = std::time::Duration::from_millis(1);
        settings.account = Some("111122223333".to_owned());
        settings.endpoint = Some("https://tables.example.com".to_owned());
        let error = unknown().reach(&settings).await.0.unwrap_err();
        assert_eq!(fault(&error), &RemoteFault::UnknownAccount, "{error}");
        assert!(error.to_string().contains("https://tables.example.com"), "{error}");
        // Who answers is believed, wherever it is.
        let error = Bare::of("999999999999").reach(&settings).await.0.unwrap_err();
        assert_eq!(fault(&error), &RemoteFault::WrongAccount, "{error}");
        settings.endpoint = Some("http://127.0.0.1:8000".to_owned());
        let error = Bare::of("999999999999").reach(&settings).await.0.unwrap_err();
        assert_eq!(fault(&error), &RemoteFault::WrongAccount, "{error}");
        assert_eq!(unknown().reach(&settings).await.0, Ok(settings.endpoint.clone()));
        let failure = r#"{"__type":"com.amazonaws.dynamodb.v20120810#InternalFailure"}"#;
        let failed = Bare::answering(500, failure);
        assert_eq!(failed.reach(&settings).await.0, Ok(settings.endpoint.clone()), "DynamoDB Local");
        let error = Bare::refusing(500, "InternalFailure").reach(&settings).await.0.unwrap_err();
        assert_eq!(fault(&error), &RemoteFault::Unreachable, "AWS itself: {error}");

        // The servers that tests and people use.
        let server = Server::start().await;
        let mut settings = server.settings();
        settings.account = Some("111122223333".to_owned());
        let store = DynamoStore::reach_with(&common::shared(), &settings).await.unwrap();
        assert_eq!(store.untold(), settings.endpoint.as_deref());
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
