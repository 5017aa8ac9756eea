//! The gateways against moto, a server that behaves as AWS does.
//!
//! `CONNECT_RULES_MOTO` is its address, such as `http://127.0.0.1:5000`; without it the tests say so and pass.
//! `.ci/run cloud` starts one.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test ends at the first error")]

mod support;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Environment, FunctionCode, Runtime};
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};
use connect_rules_aws::cloud_of;
use connect_rules_cloud::gateway::{Budgets, Cause, Cloud, Names, Permission, Place};
use support::{NoTables, place};

fn configuration(endpoint: String) -> SdkConfig {
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("ap-southeast-2"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(endpoint)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build()
}

/// The cloud of a place that no other test uses; none without a server.
fn open(service: &str) -> Option<(Cloud, SdkConfig)> {
    let Some(endpoint) = std::env::var("CONNECT_RULES_MOTO").ok().filter(|it| !it.is_empty()) else {
        eprintln!("not tried: CONNECT_RULES_MOTO names no server");
        return None;
    };
    let configuration = configuration(endpoint);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let place = Place { service: format!("{service}{now}"), ..place() };
    let budgets = Arc::new(Budgets::new(1000.0, 1000.0));
    let cloud = cloud_of(place, &configuration, Duration::from_millis(5), budgets, Arc::new(NoTables));
    Some((cloud, configuration))
}

/// A package with one empty file, as `zip` makes it.
fn package(name: &str) -> Vec<u8> {
    let name = name.as_bytes();
    let length = (name.len() as u16).to_le_bytes();
    let local = [b"PK\x03\x04\x0a\0\0\0\0\0\0\0\x21\0".as_slice(), &[0; 12], &length, &[0; 2], name].concat();
    let central =
        [b"PK\x01\x02\x0a\0\x0a\0\0\0\0\0\0\0\x21\0".as_slice(), &[0; 12], &length, &[0; 16], name].concat();
    let (size, at) = ((central.len() as u32).to_le_bytes(), (local.len() as u32).to_le_bytes());
    let end = [b"PK\x05\x06\0\0\0\0\x01\0\x01\0".as_slice(), &size, &at, &[0; 2]].concat();
    [local, central, end].concat()
}

/// ARN of a role that functions may have, made by a stack.
async fn role_for_functions(cloud: &Cloud) -> String {
    let (stack, role) = (cloud.place.stack(), format!("{}role", cloud.place.prefix()));
    let may = serde_json::json!({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"});
    let trust = serde_json::json!({"Version": "2012-10-17", "Statement": [may]});
    let properties = serde_json::json!({"RoleName": role, "AssumeRolePolicyDocument": trust});
    let template =
        serde_json::json!({"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}});
    let plan = cloud.stacks.plan(&stack, &template.to_string(), &Names::new(), &Names::new()).await.unwrap();
    cloud.stacks.execute(&plan).await.unwrap();
    format!("arn:aws:iam::{}:role/{role}", cloud.place.account)
}

#[tokio::test]
async fn functions_are_listed_renewed_published_and_pointed_to() {
    let Some((cloud, configuration)) = open("fun") else { return };
    let name = format!("{}evaluator", cloud.place.prefix());
    let role = role_for_functions(&cloud).await;
    let sdk = aws_sdk_lambda::Client::new(&configuration);
    let create = sdk
        .create_function()
        .function_name(&name)
        .runtime(Runtime::Providedal2023)
        .role(role)
        .handler("bootstrap")
        .memory_size(256)
        .timeout(8)
        .environment(Environment::builder().variables("VERSION", "1.2.3").build())
        .code(FunctionCode::builder().zip_file(Blob::new(package("bootstrap"))).build());
    create.send().await.unwrap_or_else(|error| panic!("{error:?}"));
    let functions = &cloud.functions;
    let all = functions.list().await.unwrap();
    let [function] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((&*function.name, function.memory, function.timeout), (&*name, 256, 8));
    assert_eq!((&*function.state, &*function.deployed_version), ("Active", "1.2.3"));
    assert!(function.modified_ms > 1_700_000_000_000, "{}", function.modified_ms);
    assert_eq!(functions.get("nobody").await.unwrap_err().cause, Cause::NotFound);

    let new = functions.update_code(&name, &package("other")).await.unwrap();
    assert_ne!(new.code_sha256, function.code_sha256);
    let version = functions.publish(&name, &new.code_sha256, "the second").await.unwrap();
    assert_eq!((&*version.version, &*version.code_sha256), ("1", &*new.code_sha256));
    let versions = functions.versions(&name).await.unwrap();
    assert_eq!(versions.iter().map(|it| &*it.version).collect::<Vec<_>>(), ["$LATEST", "1"]);

    functions.point(&name, "live", "1").await.unwrap();
    functions.point(&name, "live", "$LATEST").await.unwrap();
    let aliases = functions.aliases(&name).await.unwrap();
    assert_eq!((aliases.len(), &*aliases[0].name, &*aliases[0].version), (1, "live", "$LATEST"));
    assert_eq!(functions.point("nobody", "live", "1").await.unwrap_err().cause, Cause::NotFound);

    assert_eq!(functions.permissions(&name).await.unwrap(), []);
    let permission = Permission {
        id: "connect".to_owned(),
        principal: "connect.amazonaws.com".to_owned(),
        source_arn: cloud.place.instance_arn(),
        source_account: cloud.place.account.clone(),
    };
    functions.permit(&name, &permission).await.unwrap();
    assert_eq!(functions.permissions(&name).await.unwrap(), [permission]);
}

#[tokio::test]
async fn buckets_are_made_filled_emptied_and_deleted() {
    let Some((cloud, _)) = open("buc") else { return };
    let (buckets, bucket) = (&cloud.buckets, &*cloud.place.deployment_bucket());
    assert!(!buckets.exists(bucket).await.unwrap());
    buckets.create(bucket).await.unwrap();
    assert!(buckets.exists(bucket).await.unwrap());
    assert_eq!(buckets.create(bucket).await.unwrap_err().cause, Cause::Duplicate);
    assert!(!buckets.has(bucket, "code/a.zip").await.unwrap());
    buckets.put(bucket, "code/a.zip", b"PK").await.unwrap();
    buckets.put(bucket, "code/b c.zip", b"").await.unwrap();
    assert!(buckets.has(bucket, "code/a.zip").await.unwrap());
    assert_eq!(buckets.delete(bucket).await.unwrap_err().cause, Cause::Conflict);
    assert_eq!(buckets.empty(bucket).await.unwrap(), 2);
    assert_eq!(buckets.empty(bucket).await.unwrap(), 0);
    buckets.delete(bucket).await.unwrap();
    assert!(!buckets.exists(bucket).await.unwrap());
}

#[tokio::test]
async fn stacks_are_planned_made_changed_and_deleted() {
    let Some((cloud, _)) = open("sta") else { return };
    let (stacks, name) = (&cloud.stacks, &*cloud.place.stack());
    let prefix = cloud.place.prefix();
    let template = |topics: &[&str]| {
        let one = |topic: &&str| {
            let properties = serde_json::json!({"TopicName": format!("{prefix}{topic}")});
            ((*topic).to_owned(), serde_json::json!({"Type": "AWS::SNS::Topic", "Properties": properties}))
        };
        let resources: serde_json::Map<_, _> = topics.iter().map(one).collect();
        let parameters = serde_json::json!({"Stage": {"Type": "String"}});
        serde_json::json!({"Parameters": parameters, "Resources": resources}).to_string()
    };
    let stage = Names::from([("Stage".to_owned(), "dev".to_owned())]);
    assert_eq!(stacks.stack(name).await.unwrap(), None);
    assert_eq!(stacks.events(name, 0).await.unwrap(), []);
    let plan = stacks.plan(name, &template(&["First"]), &stage, &Names::new()).await.unwrap();
    let told: Vec<_> = plan.changes.iter().map(|it| (&*it.action, &*it.logical)).collect();
    assert_eq!(told, [("Add", "First")]);
    stacks.execute(&plan).await.unwrap();
    let stack = stacks.stack(name).await.unwrap().unwrap();
    assert_eq!((&*stack.status, &*stack.parameters["Stage"]), ("CREATE_COMPLETE", "dev"));
    let plan = stacks.plan(name, &template(&["First", "Second"]), &stage, &Names::new()).await.unwrap();
    assert!(plan.changes.iter().any(|it| (&*it.action, &*it.logical) == ("Add", "Second")), "{plan:?}");
    stacks.execute(&plan).await.unwrap();
    assert_eq!(stacks.resources(name).await.unwrap().len(), 2);
    let events = stacks.events(name, 0).await.unwrap();
    assert!(events.windows(2).all(|two| two[0].at_ms <= two[1].at_ms), "{events:?}");
    assert!(events.iter().any(|it| it.status == "CREATE_COMPLETE"));
    stacks.delete(name).await.unwrap();
    let left = stacks.stack(name).await.unwrap();
    assert!(left.is_none_or(|it| it.status == "DELETE_COMPLETE"));
}

#[tokio::test]
async fn logs_and_schedules_are_read() {
    let Some((cloud, configuration)) = open("wat") else { return };
    let name = format!("{}evaluator", cloud.place.prefix());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64;
    // Nothing has happened yet. Figures and quotas are not tried: moto speaks not the protocol of the
    // one and knows not the operation of the other.
    assert_eq!(cloud.watch.logs(&name, 0, 10).await.unwrap(), []);
    let logs = aws_sdk_cloudwatchlogs::Client::new(&configuration);
    let group = format!("/aws/lambda/{name}");
    logs.create_log_group().log_group_name(&group).send().await.unwrap();
    logs.create_log_stream().log_group_name(&group).log_stream_name("one").send().await.unwrap();
    let line = |at: i64, text: &str| {
        let event = aws_sdk_cloudwatchlogs::types::InputLogEvent::builder().timestamp(at).message(text);
        event.build().unwrap()
    };
    let put = logs.put_log_events().log_group_name(&group).log_stream_name("one");
    put.log_events(line(now - 2000, "first\n"))
        .log_events(line(now - 1000, "second\n"))
        .send()
        .await
        .unwrap();
    let lines = cloud.watch.logs(&name, now - 1500, 10).await.unwrap();
    assert_eq!(lines.iter().map(|it| (it.at_ms, &*it.message)).collect::<Vec<_>>(), [(now - 1000, "second")]);
    assert_eq!(cloud.watch.logs(&name, 0, 1).await.unwrap().len(), 1);

    let events = aws_sdk_eventbridge::Client::new(&configuration);
    let rule = format!("{}cache", cloud.place.prefix());
    events.put_rule().name(&rule).schedule_expression("rate(1 hour)").send().await.unwrap();
    events.put_rule().name("other").schedule_expression("rate(1 day)").send().await.unwrap();
    let all = cloud.schedules.list().await.unwrap();
    assert_eq!((all.len(), &*all[0].name, &*all[0].state), (1, &*rule, "ENABLED"));
    assert_eq!(all[0].schedule, "rate(1 hour)");

    assert_eq!(cloud.identity.who().await.unwrap().account, "123456789012");
}
