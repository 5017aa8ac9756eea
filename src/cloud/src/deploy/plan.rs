//! What a deployment would change, before anything is changed.

use super::follow::Follow;
use super::package::Package;
use super::template::{self, BACKUP_BUCKET, FUNCTIONS, LIVE, Shipped, TABLES};
use super::{DeployError, Doing as _, guard};
use crate::gateway::{Cause, Change, ChangeSet, Cloud, Names, Stack};
use crate::health::Observer;
use serde::Serialize;

/// What is to be deployed.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Parameters of the template as the environment has them.
    pub settings: Names,
    /// Parameters that a person chose; they win, and stay with the stack until another is chosen.
    pub chosen: Names,
    /// Packages of all functions, or of those that are to change.
    pub packages: Vec<Package>,
    /// Version that the functions tell.
    pub version: String,
    /// Bucket of the packages.
    pub bucket: String,
}

/// What becomes of the code of a function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Code {
    /// Name without `<stage>-<service>-`.
    pub function: String,
    /// SHA-256 of the new package, base64.
    pub sha256: String,
    /// That of the deployed one; none if the function is not there.
    pub deployed: Option<String>,
    /// Key of the package in the bucket.
    pub key: String,
}

impl Code {
    /// Whether the code is the same.
    pub fn is_same(&self) -> bool {
        self.deployed.as_ref() == Some(&self.sha256)
    }
}

/// What a deployment would change.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Name of the stack.
    pub stack: String,
    /// Whether the stack is made.
    pub is_new: bool,
    /// Bucket of the packages.
    pub bucket: String,
    /// Whether that bucket is made.
    pub makes_bucket: bool,
    /// What the stack gets as parameters.
    pub parameters: Names,
    /// What the template changes.
    pub change_set: ChangeSet,
    /// What becomes of the code.
    pub code: Vec<Code>,
    /// Names of what is there already, belongs to something else, and is left alone.
    pub left_alone: Vec<String>,
    pub(super) packages: Vec<Package>,
    pub(super) version: String,
}

impl Plan {
    /// Whether everything is as it should be, so far as code and template go.
    pub fn is_empty(&self) -> bool {
        self.change_set.changes.is_empty() && self.code.iter().all(Code::is_same)
    }

    /// Changes after which something of the old is gone.
    pub fn losses(&self) -> impl Iterator<Item = &Change> {
        self.change_set.changes.iter().filter(|it| {
            it.action == "Remove"
                || it.replacement != "False" && it.action == "Modify" && !it.replacement.is_empty()
        })
    }

    /// The plan in lines for a person.
    pub fn lines(&self) -> Vec<String> {
        let mut out = Vec::new();
        if self.makes_bucket {
            out.push(format!("+ bucket {}", self.bucket));
        }
        for change in &self.change_set.changes {
            let mark = match (change.action.as_str(), change.replacement.as_str()) {
                ("Add" | "Import", _) => "+",
                ("Remove", _) => "-",
                (_, "True") => "!",
                (_, "Conditional") => "?",
                _ => "~",
            };
            let kind = change.resource_type.trim_start_matches("AWS::").replace("::", " ");
            let mut line = format!("{mark} {} ({kind})", change.logical);
            if mark == "!" {
                line.push_str(": made anew, what is in it is lost");
            }
            if mark == "?" {
                line.push_str(": perhaps made anew");
            }
            if !change.details.is_empty() {
                line.extend([": ", &change.details.join(", ")]);
            }
            out.push(line);
        }
        for code in self.code.iter().filter(|it| !it.is_same()) {
            let from = code.deployed.as_deref().map_or("nothing", |it| it.get(..8).unwrap_or(it));
            out.push(format!(
                "~ code of {}: {from} -> {}",
                code.function,
                &code.sha256[..8.min(code.sha256.len())]
            ));
        }
        out.extend(self.left_alone.iter().map(|name| format!("= {name} is there already and is left alone")));
        out
    }

    /// The plan for programs.
    pub fn json(&self) -> serde_json::Value {
        let change = |it: &Change| {
            serde_json::json!({
                "action": it.action, "logical": it.logical, "physical": it.physical, "type": it.resource_type,
                "replacement": it.replacement, "details": it.details,
            })
        };
        serde_json::json!({
            "stack": self.stack,
            "new": self.is_new,
            "bucket": self.bucket,
            "makesBucket": self.makes_bucket,
            "changes": self.change_set.changes.iter().map(change).collect::<Vec<_>>(),
            "code": self.code,
            "leftAlone": self.left_alone,
            "empty": self.is_empty(),
        })
    }
}

/// The stack of an environment once nothing is being done to it: none if there is none, or no more than a change set.
///
/// # Errors
/// It cannot be changed as it is, or belongs to something else.
pub(super) async fn settled(cloud: &Cloud, observer: &Observer) -> Result<Option<Stack>, DeployError> {
    let name = cloud.place.stack();
    let mut stack = cloud.stacks.stack(&name).await.doing("reading the stack")?;
    if stack.as_ref().is_some_and(Stack::is_busy) {
        observer.tell(0, 0, format!("waiting for what is being done to {name}"));
        stack = Follow::new(cloud, &name).await.wait(false, 0, observer).await?;
    }
    Ok(stack.filter(|it| !it.is_only_planned() && it.status != "DELETE_COMPLETE"))
}

/// Works out what a deployment would change: packages are compared by their hashes, the template by a change set. A
/// stack that is busy is waited for. Nothing is changed.
///
/// # Errors
/// What is in the way, with the next step.
pub async fn plan(cloud: &Cloud, wanted: Wanted, observer: &Observer) -> Result<Plan, DeployError> {
    guard(cloud).await?;
    let place = &cloud.place;
    let before = settled(cloud, observer).await?;
    if let Some(stack) = &before {
        if stack.is_stuck() {
            let (stack, status, reason) = (stack.name.clone(), stack.status.clone(), stack.reason.clone());
            return Err(DeployError::Stuck { stack, status, reason });
        }
        if !stack.parameters.contains_key("CodeBucket") {
            return Err(DeployError::Foreign(stack.name.clone()));
        }
    }
    observer.tell(0, 0, "looking at what is there");
    let owned = match &before {
        Some(stack) => cloud.stacks.resources(&stack.name).await.doing("reading what the stack made")?,
        None => Vec::new(),
    };
    let owns = |logical: &str| owned.iter().any(|it| it.logical == logical && it.status != "DELETE_COMPLETE");
    let tables = cloud.tables.tables().await.doing("looking at the tables")?;
    let functions = cloud.functions.list().await.doing("looking at the functions")?;
    let mut left_alone = Vec::new();
    let mut makes = Names::new();
    let mut decide = |logical: &str, name: String, is_there: bool| {
        let leave = is_there && !owns(logical);
        makes.insert(format!("Make{logical}"), (!leave).to_string());
        if leave {
            left_alone.push(name);
        }
    };
    for (logical, suffix) in TABLES {
        let name = format!("{}{suffix}", place.prefix());
        let is_there = tables.iter().any(|it| it.name == name && it.status != "MISSING");
        decide(logical, name, is_there);
    }
    for it in FUNCTIONS.into_iter().filter(|it| it.shared) {
        let name = format!("{}{}", place.prefix(), it.short);
        let is_there = functions.iter().any(|it| it.name == name);
        decide(it.logical, name, is_there);
    }
    let backups = format!("{}backup-{}", place.prefix(), place.account);
    let is_there = cloud.buckets.exists(&backups).await.doing("looking for the backup bucket")?;
    decide(BACKUP_BUCKET, backups, is_there);
    let makes_bucket =
        !cloud.buckets.exists(&wanted.bucket).await.doing("looking for the deployment bucket")?;

    let deployed = |it: Shipped| {
        let name = format!("{}{}", place.prefix(), it.short);
        functions.iter().find(|found| found.name == name)
    };
    let mut keys = Names::new();
    let mut code = Vec::new();
    for it in FUNCTIONS {
        let kept = before.as_ref().and_then(|stack| stack.parameters.get(&format!("{}Key", it.logical)));
        let parameter = format!("{}Key", it.logical);
        match (wanted.packages.iter().find(|package| package.function == it.short), kept) {
            (Some(package), _) => {
                keys.insert(parameter, package.key());
                if makes.get(&format!("Make{}", it.logical)).is_none_or(|it| it == "true") {
                    let deployed = deployed(it).map(|found| found.code_sha256.clone());
                    code.push(Code {
                        function: it.short.to_owned(),
                        sha256: package.sha256.clone(),
                        deployed,
                        key: package.key(),
                    });
                }
            }
            (None, Some(kept)) => {
                keys.insert(parameter, kept.clone());
            }
            (None, None) => {
                return Err(DeployError::wrong(
                    format!("there is no stack {} yet, and no package of {}", place.stack(), it.short),
                    "deploy all functions first, without --only",
                ));
            }
        }
    }
    let mut parameters = before.as_ref().map(|stack| stack.parameters.clone()).unwrap_or_default();
    parameters.extend(wanted.settings);
    if let Some(package) = wanted.packages.first() {
        if wanted.packages.iter().any(|it| it.architecture != package.architecture) {
            return Err(DeployError::wrong(
                "the packages are for different processors",
                "build all functions for one target",
            ));
        }
        parameters.insert("Architecture".to_owned(), package.architecture.clone());
    }
    let place_of = [
        ("Stage", place.stage.clone()),
        ("Service", place.service.clone()),
        ("InstanceArn", place.instance_arn()),
        ("CodeBucket", wanted.bucket.clone()),
        ("Version", wanted.version.clone()),
    ];
    parameters.extend(place_of.map(|(name, value)| (name.to_owned(), value)));
    parameters.extend(keys);
    parameters.extend(makes);
    let known = template::parameters();
    if let Some(name) = wanted.chosen.keys().find(|name| !known.contains(*name)) {
        let names: Vec<&str> = known.iter().map(String::as_str).collect();
        return Err(DeployError::wrong(
            format!("the template has no parameter {name}"),
            format!("there are {}", names.join(", ")),
        ));
    }
    parameters.extend(wanted.chosen);
    parameters.retain(|name, _| known.contains(name));

    observer.tell(0, 0, "working out what the template changes");
    let tags: Names = [("managed-by", "connect-rules"), ("stage", &place.stage), ("service", &place.service)]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let stack = place.stack();
    let change_set = cloud
        .stacks
        .plan(&stack, &template::text(), &parameters, &tags)
        .await
        .doing("working out what the template changes")?;
    Ok(Plan {
        stack,
        is_new: before.is_none(),
        bucket: wanted.bucket,
        makes_bucket,
        parameters,
        change_set,
        code,
        left_alone,
        packages: wanted.packages,
        version: wanted.version,
    })
}

/// Gives up a plan: nothing of it stays behind.
///
/// # Errors
/// The change set cannot be deleted.
pub async fn forget(cloud: &Cloud, plan: &Plan) -> Result<(), DeployError> {
    let is_gone = |error: &crate::gateway::CallError| error.cause == Cause::NotFound;
    if !plan.change_set.id.is_empty() && !plan.change_set.changes.is_empty() {
        match cloud.stacks.forget(&plan.change_set).await {
            Err(error) if is_gone(&error) => {}
            done => done.doing("giving up the change set")?,
        }
    }
    // What would have been made is an empty stack until then.
    let stack = cloud.stacks.stack(&plan.stack).await.doing("reading the stack")?;
    if plan.is_new && stack.is_some_and(|it| it.is_only_planned()) {
        cloud.stacks.delete(&plan.stack).await.doing("giving up the stack")?;
    }
    Ok(())
}

/// Description of a published version.
pub(super) fn description(version: &str) -> String {
    if version.is_empty() { LIVE.to_owned() } else { format!("connect-rules {version}") }
}
