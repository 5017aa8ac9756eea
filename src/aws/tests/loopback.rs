//! Amazon Connect over real connections: limits, repeats, faults, and whose account it is.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test ends at the first error")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};
use connect_rules_aws::cloud_of;
use connect_rules_cloud::gateway::{Budgets, Cause, Cloud, Family, NewFlow, Place};
use support::loopback::{Fault, Loopback};
use support::{NoTables, place};

fn configuration(endpoint: &str) -> SdkConfig {
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
    let http = aws_smithy_http_client::Builder::new().build_http();
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("ap-southeast-2"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(endpoint)
        .http_client(http)
        .build()
}

/// The cloud of a place on a server, with a budget for Amazon Connect.
fn cloud(endpoint: &str, place: Place, rate: f64, burst: f64) -> Cloud {
    let budgets = Arc::new(Budgets::new(rate, burst));
    cloud_of(place, &configuration(endpoint), Duration::from_millis(2), budgets, Arc::new(NoTables))
}

fn flow(name: &str, content: &str) -> NewFlow {
    NewFlow {
        name: name.to_owned(),
        flow_type: "CONTACT_FLOW".to_owned(),
        content: content.to_owned(),
        ..NewFlow::default()
    }
}

/// Asks many things at once, all of which have to be answered.
async fn ask_at_once(cloud: &Cloud, count: usize) {
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..count {
        let connect = Arc::clone(&cloud.connect);
        all.spawn(async move { connect.queue("q1").await });
    }
    for answer in all.join_all().await {
        answer.unwrap();
    }
}

#[tokio::test]
async fn within_its_budget_nothing_is_refused() {
    // A few at once more than the budget, as a slow machine sends some later than it is allowed to.
    let server = Loopback::start(10.0, 8.0).await;
    let cloud = cloud(&server.endpoint, place(), 10.0, 5.0);
    ask_at_once(&cloud, 20).await;
    assert_eq!(server.throttled(), 0);
    let standing = cloud.budgets.of(Family::Connect).standing();
    assert_eq!((standing.calls, standing.throttled), (20, 0));
    assert!(standing.waits >= 10, "{standing:?}");
}

#[tokio::test]
async fn beyond_the_limit_it_slows_down_and_everything_is_answered() {
    let server = Loopback::start(10.0, 5.0).await;
    let budgets = Arc::new(Budgets::new(1000.0, 1000.0));
    let pace = Duration::from_millis(100);
    let cloud = cloud_of(place(), &configuration(&server.endpoint), pace, budgets, Arc::new(NoTables));
    ask_at_once(&cloud, 15).await;
    let refused = server.throttled();
    assert!(refused > 0);
    let standing = cloud.budgets.of(Family::Connect).standing();
    assert_eq!((standing.throttled, standing.calls), (refused as u64, 15 + refused as u64));
}

#[tokio::test]
async fn a_passing_fault_is_tried_again_and_no_other() {
    let server = Loopback::start(1000.0, 1000.0).await;
    let cloud = cloud(&server.endpoint, place(), 1000.0, 1000.0);
    server.faults(&[Fault::Throttle, Fault::Internal, Fault::None]);
    cloud.connect.create_flow(&flow("Main", "{}")).await.unwrap();
    assert_eq!(
        server.asked(),
        ["sts.GetCallerIdentity"]
            .iter()
            .chain(&["connect.CreateContactFlow"; 3])
            .copied()
            .collect::<Vec<_>>()
    );
    server.faults(&[Fault::Denied]);
    let error = cloud.connect.flows().await.unwrap_err();
    assert_eq!((&error.cause, &*error.call), (&Cause::Denied, "connect:ListContactFlows"));
    assert_eq!(server.asked().len(), 1);
    server.faults(&[Fault::Throttle; 20]);
    assert_eq!(cloud.connect.flows().await.unwrap_err().cause, Cause::Throttled);
    assert_eq!(server.asked().len(), 8);
    server.faults(&[Fault::Internal; 20]);
    assert_eq!(cloud.connect.flows().await.unwrap_err().cause, Cause::Unreachable);
    assert_eq!(server.asked().len(), 8);
}

#[tokio::test]
async fn a_cut_connection_is_told_and_not_tried_again() {
    let server = Loopback::start(1000.0, 1000.0).await;
    let cloud = cloud(&server.endpoint, place(), 1000.0, 1000.0);
    server.faults(&[Fault::CutBefore]);
    let error = cloud.connect.create_flow(&flow("Main", "{}")).await.unwrap_err();
    assert_eq!(
        (&error.cause, &*error.about, server.flows().len()),
        (&Cause::Unreachable, "Main", 0),
        "{error}"
    );
    server.faults(&[Fault::CutAfter]);
    assert_eq!(cloud.connect.create_flow(&flow("Main", "{}")).await.unwrap_err().cause, Cause::Unreachable);
    assert_eq!(server.flows(), ["Main"]);
    // Whoever tries again learns that it is there.
    assert_eq!(cloud.connect.create_flow(&flow("Main", "{}")).await.unwrap_err().cause, Cause::Duplicate);
    assert_eq!(server.asked().len(), 4);
}

#[tokio::test]
async fn problems_of_a_flow_are_listed() {
    let server = Loopback::start(1000.0, 1000.0).await;
    let cloud = cloud(&server.endpoint, place(), 1000.0, 1000.0);
    let wanted = Cause::Invalid(vec!["Invalid JSON".to_owned(), "No actions".to_owned()]);
    assert_eq!(cloud.connect.create_flow(&flow("Main", "{")).await.unwrap_err().cause, wanted);
    let (id, _) = cloud.connect.create_flow(&flow("Main", "{}")).await.unwrap();
    assert_eq!(cloud.connect.update_flow(&id, "no").await.unwrap_err().cause, wanted);
    cloud.connect.update_flow(&id, "[1]").await.unwrap();
    assert_eq!(cloud.connect.flow(&id, true).await.unwrap().content, "[1]");
    assert_eq!(cloud.connect.flow("other", false).await.unwrap_err().cause, Cause::NotFound);
    server.asked();
}

#[tokio::test]
async fn another_account_is_asked_for_nothing() {
    let server = Loopback::start(1000.0, 1000.0).await;
    let elsewhere = Place { account: "999999999999".to_owned(), ..place() };
    let cloud = cloud(&server.endpoint, elsewhere, 1000.0, 1000.0);
    let error = cloud.connect.create_flow(&flow("Main", "{}")).await.unwrap_err();
    assert_eq!(error.cause, Cause::Credentials);
    assert!(error.message.contains("123456789012") && error.message.contains("999999999999"), "{error}");
    cloud.functions.list().await.unwrap_err();
    cloud.stacks.delete("dev-rules").await.unwrap_err();
    assert_eq!(server.asked(), ["sts.GetCallerIdentity"]);
    // Whose credentials they are may still be asked.
    assert_eq!(cloud.identity.who().await.unwrap().account, "123456789012");
}

#[tokio::test]
async fn nobody_there_is_told() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let cloud = cloud(&endpoint, place(), 1000.0, 1000.0);
    let error = cloud.connect.instance().await.unwrap_err();
    assert_eq!((&error.cause, &*error.call), (&Cause::Unreachable, "sts:GetCallerIdentity"), "{error}");
}
