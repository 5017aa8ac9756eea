//! Whether an environment can be worked on: whose credentials these are, what is there, and whether each family of
//! calls is allowed. Everything is only read.

use std::collections::BTreeSet;

use connect_rules_store::Snapshot;
use serde::Serialize;

use super::package::Package;
use super::template::{self, LIVE};
use crate::functions;
use crate::gateway::{Asked, CallError, Cloud};
use crate::health::{self, Check, Grade, Group, Observer, Scope};

/// What was found about one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// What it is about.
    pub name: String,
    /// How bad it is.
    pub grade: Grade,
    /// It in one line.
    pub detail: String,
    /// What to do about it; empty where there is nothing to do.
    pub fix: String,
}

impl Finding {
    fn good(name: &str, detail: impl Into<String>) -> Self {
        Finding { name: name.to_owned(), grade: Grade::Healthy, detail: detail.into(), fix: String::new() }
    }

    fn bad(name: &str, grade: Grade, detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Finding { name: name.to_owned(), grade, detail: detail.into(), fix: fix.into() }
    }

    fn failed(name: &str, error: &CallError) -> Self {
        Finding::bad(name, Grade::Problem, error.to_string(), error.fix())
    }
}

impl From<Check> for Finding {
    fn from(check: Check) -> Self {
        let name = format!("{}: {}", check.group.name(), check.name);
        let detail = match check.grade {
            Grade::Healthy => check.detail,
            _ => format!("{} {}", check.status.word(), check.detail).trim_end().to_owned(),
        };
        Finding { name, grade: check.grade, detail, fix: check.fix }
    }
}

/// What is to be found out.
#[derive(Clone, Debug)]
pub struct Examined<'a> {
    /// What the store knows; an empty one where it cannot be read.
    pub now: &'a Snapshot,
    /// Packages of the local build; none where there is none.
    pub local: &'a [Package],
    /// Deployment bucket.
    pub bucket: &'a str,
    /// Address of the service, if it is not AWS's own.
    pub endpoint: Option<&'a str>,
}

/// Looks at everything that deploying and repairing need. A call that fails makes a finding and ends nothing.
pub async fn doctor(cloud: &Cloud, what: &Examined<'_>, scope: &Scope, observer: &Observer) -> Vec<Finding> {
    let mut out = vec![place(cloud, what.endpoint)];
    let steps = 8;
    observer.tell(0, steps, "credentials");
    out.push(identity(cloud).await);
    observer.tell(1, steps, "instance");
    out.push(instance(cloud).await);
    observer.tell(2, steps, "stack");
    out.push(stack(cloud).await);
    observer.tell(3, steps, "deployment bucket");
    out.push(bucket(cloud, what.bucket).await);
    observer.tell(4, steps, "code of the functions");
    out.extend(code(cloud, what.local).await);
    observer.tell(5, steps, "permissions");
    out.extend(permissions(cloud).await);
    observer.tell(6, steps, "tables, functions, schedules");
    let groups = BTreeSet::from([Group::Tables, Group::Functions, Group::Schedules]);
    let scope = Scope { groups, ..scope.clone() };
    let report = health::scan(cloud, what.now, &scope, observer).await;
    out.extend(report.checks.into_iter().map(Finding::from));
    out
}

fn place(cloud: &Cloud, endpoint: Option<&str>) -> Finding {
    let place = &cloud.place;
    let mut detail =
        format!("{}-{} in {}, account {}", place.stage, place.service, place.region, place.account);
    if let Some(endpoint) = endpoint {
        detail.extend([", at ", endpoint]);
    }
    if place.read_only {
        detail.push_str(", read only");
    }
    Finding::good("environment", detail)
}

async fn identity(cloud: &Cloud) -> Finding {
    const NAME: &str = "credentials";
    match cloud.identity.who().await {
        Ok(who) if who.account == cloud.place.account => Finding::good(NAME, who.arn),
        Ok(who) => Finding::bad(
            NAME,
            Grade::Problem,
            format!(
                "{} belongs to account {}, the environment to {}",
                who.arn, who.account, cloud.place.account
            ),
            "choose another profile, or another environment",
        ),
        Err(error) => Finding::failed(NAME, &error),
    }
}

async fn instance(cloud: &Cloud) -> Finding {
    const NAME: &str = "Amazon Connect instance";
    match cloud.connect.instance().await {
        Ok(it) if it.status == "ACTIVE" => Finding::good(NAME, format!("{} {}", it.alias, it.id)),
        Ok(it) => Finding::bad(
            NAME,
            Grade::Problem,
            format!("{} {} is {}", it.alias, it.id, it.status),
            "wait until it is ACTIVE, or set instance_id to another",
        ),
        Err(error) => Finding::failed(NAME, &error),
    }
}

async fn stack(cloud: &Cloud) -> Finding {
    const NAME: &str = "stack";
    let name = cloud.place.stack();
    match cloud.stacks.stack(&name).await {
        Ok(None) => {
            Finding::bad(NAME, Grade::Warning, format!("{name} is not there"), "connect-rules deploy")
        }
        Ok(Some(it)) if it.is_only_planned() => Finding::bad(
            NAME,
            Grade::Warning,
            format!("{name} is planned and not made"),
            "connect-rules deploy",
        ),
        Ok(Some(it)) if !it.parameters.contains_key("CodeBucket") => Finding::bad(
            NAME,
            Grade::Problem,
            format!("{name} was not made by connect-rules"),
            "choose another stage or service",
        ),
        Ok(Some(it)) if it.is_busy() => {
            Finding::bad(NAME, Grade::Warning, format!("{name} is {}", it.status), "wait until it is done")
        }
        Ok(Some(it)) if it.is_stuck() => {
            let stuck = super::DeployError::Stuck { stack: name, status: it.status, reason: it.reason };
            Finding::bad(NAME, Grade::Problem, stuck.to_string(), stuck.fix())
        }
        Ok(Some(it)) => Finding::good(NAME, format!("{name} is {}", it.status)),
        Err(error) => Finding::failed(NAME, &error),
    }
}

async fn bucket(cloud: &Cloud, name: &str) -> Finding {
    const NAME: &str = "deployment bucket";
    match cloud.buckets.exists(name).await {
        Ok(true) => Finding::good(NAME, name),
        Ok(false) => Finding::bad(
            NAME,
            Grade::Warning,
            format!("{name} is not there"),
            "connect-rules deploy makes it",
        ),
        Err(error) => Finding::failed(NAME, &error),
    }
}

/// Whether each function runs the code of the local build, and runs it live.
async fn code(cloud: &Cloud, local: &[Package]) -> Vec<Finding> {
    let Ok(all) = cloud.functions.list().await else { return Vec::new() };
    let mut out = Vec::new();
    for it in template::FUNCTIONS {
        let full = format!("{}{}", cloud.place.prefix(), it.short);
        let Some(function) = all.iter().find(|found| found.name == full) else { continue };
        let name = format!("code of {}", it.short);
        let live = match functions::live(cloud, &full).await {
            Ok(live) => live,
            Err(error) => {
                out.push(Finding::failed(&name, &error));
                continue;
            }
        };
        let same = local.iter().find(|it| it.function == function.name[cloud.place.prefix().len()..]);
        out.push(match (&live, same) {
            (None, _) => Finding::bad(
                &name,
                Grade::Warning,
                format!("there is no alias `{LIVE}`"),
                format!("connect-rules functions promote {}", it.short),
            ),
            (Some(_), Some(package)) if package.sha256 != function.code_sha256 => Finding::bad(
                &name,
                Grade::Warning,
                "differs from the local build",
                format!("connect-rules deploy --only {}", it.short),
            ),
            (Some(live), Some(_)) => Finding::good(&name, format!("the local build, version {live} is live")),
            (Some(live), None) => {
                Finding::good(&name, format!("version {live} is live; no local build to compare"))
            }
        });
    }
    out
}

/// One read of each family of calls.
async fn permissions(cloud: &Cloud) -> Vec<Finding> {
    fn of<T>(name: &str, call: &str, asked: Asked<T>) -> Finding {
        let name = format!("may read {name}");
        match asked {
            Ok(_) => Finding::good(&name, call),
            Err(error) => Finding::failed(&name, &error),
        }
    }
    let none: [String; 0] = [];
    vec![
        of("contact flows", "connect:ListContactFlows", cloud.connect.flows().await),
        of("functions", "lambda:ListFunctions", cloud.functions.list().await),
        of("bots", "lex:ListBots", cloud.bots.list().await),
        of("tables", "dynamodb:DescribeTable", cloud.tables.tables().await),
        of("schedules", "events:ListRules", cloud.schedules.list().await),
        of("quotas", "servicequotas:ListServiceQuotas", cloud.quotas.list("connect").await),
        of("figures", "cloudwatch:GetMetricData", cloud.watch.metrics(&none, 0, 1).await),
    ]
}
