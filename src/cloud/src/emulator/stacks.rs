//! CloudFormation: stacks that are made of a template, a few things with every look at them.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::Value;

use super::state::{StackRow, State};
use super::template::{Made, Template};
use super::{Emulator, connect, missing, now_ms, seed};
use crate::gateway::{
    Alias, Asked, CallError, Cause, Change, ChangeSet, Family, Names, Permission, ScheduleState, Stack,
    StackEvent, StackResource, Stacks,
};

/// Things that are done between two looks.
const PACE: usize = 12;

/// Types of things that are made anew when their names change, with what is in them.
const NAMED: [&str; 4] =
    ["AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::Lambda::Function", "AWS::Events::Rule"];

fn event(row: &mut StackRow, resource: &StackResource, reason: &str) {
    row.events.push(StackEvent {
        id: connect::fresh_id(),
        at_ms: now_ms(),
        logical: resource.logical.clone(),
        resource_type: resource.resource_type.clone(),
        status: resource.status.clone(),
        reason: reason.to_owned(),
    });
}

fn told(row: &mut StackRow, status: &str) {
    status.clone_into(&mut row.stack.status);
    row.stack.changed_ms = now_ms();
    let own = StackResource {
        logical: row.stack.name.clone(),
        physical: row.stack.id.clone(),
        resource_type: "AWS::CloudFormation::Stack".to_owned(),
        status: status.to_owned(),
    };
    event(row, &own, "");
}

/// Goes on with what a stack is busy with.
fn advance(state: &mut State, name: &str) {
    let Some(row) = state.stacks.get_mut(name) else { return };
    let Some(becomes) = row.becomes.clone() else { return };
    let busy = |it: &StackResource| it.status.ends_with("_IN_PROGRESS");
    let mut ended = Vec::new();
    for resource in row.resources.iter_mut().filter(|it| busy(it)).take(PACE) {
        resource.status = resource.status.replace("_IN_PROGRESS", "_COMPLETE");
        ended.push(resource.clone());
    }
    for resource in &ended {
        event(row, resource, "");
    }
    row.resources.retain(|it| it.status != "DELETE_COMPLETE");
    if row.resources.iter().any(busy) {
        return;
    }
    told(row, &becomes);
    row.becomes = None;
    if becomes == "DELETE_COMPLETE" {
        state.stacks.remove(name);
    }
}

impl Emulator {
    /// Makes what a template says, as far as the other families tell of it.
    fn make(&self, state: &mut State, made: &Made) {
        let place = &self.shared.place;
        let text =
            |name: &str| made.properties.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let number = |name: &str, usual: u32| {
            made.properties
                .get(name)
                .and_then(Value::as_u64)
                .and_then(|it| u32::try_from(it).ok())
                .unwrap_or(usual)
        };
        match made.resource_type.as_str() {
            "AWS::Lambda::Function" => {
                let (memory, timeout) = (number("MemorySize", 128), number("Timeout", 3));
                // The alias waits for the first version that is published.
                let row = state.functions.entry(made.physical.clone()).or_insert_with(|| {
                    let mut row = seed::function(&made.physical, memory, timeout, place);
                    row.versions.clear();
                    let (name, version) = ("live".to_owned(), "$LATEST".to_owned());
                    row.aliases = vec![Alias { name, version, description: String::new() }];
                    row
                });
                (row.function.memory, row.function.timeout) = (memory, timeout);
                let key = made.properties.get("Code").and_then(|it| it.get("S3Key")).and_then(Value::as_str);
                if let Some(key) = key {
                    let hash = hash_in(key).unwrap_or_else(|| connect::hash(key.as_bytes()));
                    if row.function.code_sha256 != hash {
                        row.function.code_sha256 = hash;
                        row.function.modified_ms = now_ms();
                    }
                }
                let version =
                    made.properties.pointer("/Environment/Variables/VERSION").and_then(Value::as_str);
                if let Some(version) = version {
                    version.clone_into(&mut row.function.deployed_version);
                }
            }
            "AWS::Lambda::Permission" => {
                // A reference to the alias of a function says its name in the template.
                let target = text("FunctionName");
                let logical = target.trim_end_matches(".Arn");
                let (short, qualifier) = match logical.strip_suffix("Live") {
                    Some(short) => (short, "live"),
                    None => (logical, ""),
                };
                let Some(row) = state.functions.get_mut(&(place.prefix() + &short.to_lowercase())) else {
                    return;
                };
                let permission = Permission {
                    id: made.physical.clone(),
                    principal: text("Principal"),
                    source_arn: text("SourceArn"),
                    source_account: text("SourceAccount"),
                };
                let held = row.permissions.entry(qualifier.to_owned()).or_default();
                held.retain(|it| it.id != permission.id);
                held.push(permission);
            }
            "AWS::DynamoDB::Table" => {
                let expires =
                    made.properties.pointer("/TimeToLiveSpecification/AttributeName").and_then(Value::as_str);
                let short = made.physical.strip_prefix(&place.prefix()).unwrap_or(&made.physical);
                let mut table = seed::table(short.trim_end_matches("-ddb"), expires.is_some(), place);
                table.expires_by = expires.map(str::to_owned);
                state.tables.retain(|it| it.name != table.name);
                state.tables.push(table);
            }
            "AWS::S3::Bucket" => {
                state.buckets.entry(made.physical.clone()).or_default();
            }
            "AWS::Events::Rule" => {
                let schedule = ScheduleState {
                    name: made.physical.clone(),
                    state: Some(text("State")).filter(|it| !it.is_empty()).unwrap_or("ENABLED".to_owned()),
                    schedule: text("ScheduleExpression"),
                };
                state.schedules.retain(|it| it.name != schedule.name);
                state.schedules.push(schedule);
            }
            _ => {}
        }
    }
}

/// The hash of a package whose key ends with it, in base64.
fn hash_in(key: &str) -> Option<String> {
    use base64::Engine as _;
    let hex = key.rsplit('/').next()?.strip_suffix(".zip").filter(|it| it.len() == 64)?;
    let byte = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..64).step_by(2).map(byte).collect();
    Some(base64::engine::general_purpose::STANDARD.encode(bytes?))
}

/// Takes away what a stack made.
fn unmake(state: &mut State, resource: &StackResource) {
    let name = &resource.physical;
    match resource.resource_type.as_str() {
        "AWS::Lambda::Function" => {
            state.functions.remove(name);
        }
        "AWS::Events::Rule" => state.schedules.retain(|it| it.name != *name),
        // Tables and buckets are kept: what is in them is not the stack's.
        _ => {}
    }
}

fn refused<T>(name: &str, why: impl Into<String>) -> Asked<T> {
    Err(CallError::new("cloudformation:CreateChangeSet", name, Cause::Invalid(Vec::new()), why))
}

#[async_trait]
impl Stacks for Emulator {
    async fn stack(&self, name: &str) -> Asked<Option<Stack>> {
        self.call(Family::CloudFormation, "cloudformation:DescribeStacks", name, |state| {
            advance(state, name);
            Ok(state.stacks.get(name).map(|it| it.stack.clone()).filter(|it| !it.status.is_empty()))
        })
        .await
    }

    async fn resources(&self, name: &str) -> Asked<Vec<StackResource>> {
        const CALL: &str = "cloudformation:ListStackResources";
        self.call(Family::CloudFormation, CALL, name, |state| match state.stacks.get(name) {
            Some(row) => Ok(row.resources.clone()),
            None => missing(CALL, name),
        })
        .await
    }

    async fn plan(&self, name: &str, template: &str, parameters: &Names, tags: &Names) -> Asked<ChangeSet> {
        let document: Value = match serde_json::from_str(template) {
            Ok(document) => document,
            Err(error) => return refused(name, format!("Template format error: {error}")),
        };
        let place = self.shared.place.clone();
        self.call(Family::CloudFormation, "cloudformation:CreateChangeSet", name, |state| {
            let template = match Template::new(&document, parameters, &place) {
                Ok(template) => template,
                Err(why) => return refused(name, why),
            };
            let made = template.made();
            if made.is_empty() {
                return refused(name, "At least one Resources member must be defined.");
            }
            let row = state.stacks.entry(name.to_owned()).or_default();
            if row.stack.is_busy() {
                return Err(CallError::new(
                    "cloudformation:CreateChangeSet",
                    name,
                    Cause::Conflict,
                    format!("the stack is in {}", row.stack.status),
                ));
            }
            let defined: BTreeMap<String, String> = made
                .iter()
                .map(|(logical, it)| {
                    let text = serde_json::json!([it.resource_type, it.physical, it.properties]);
                    (logical.clone(), text.to_string())
                })
                .collect();
            let mut changes = Vec::new();
            for (logical, it) in &made {
                let old = row.resources.iter().find(|old| old.logical == *logical);
                let (action, replacement, details) = match old {
                    None => ("Add", "", Vec::new()),
                    Some(_) if row.defined.get(logical) == defined.get(logical) => continue,
                    Some(old) => {
                        let is_anew =
                            old.physical != it.physical && NAMED.contains(&it.resource_type.as_str());
                        let before: Value = row
                            .defined
                            .get(logical)
                            .and_then(|it| serde_json::from_str::<Value>(it).ok())
                            .and_then(|it| it.get(2).cloned())
                            .unwrap_or_default();
                        ("Modify", if is_anew { "True" } else { "False" }, differing(&before, &it.properties))
                    }
                };
                changes.push(Change {
                    action: action.to_owned(),
                    logical: logical.clone(),
                    physical: old.map(|it| it.physical.clone()).unwrap_or_default(),
                    resource_type: it.resource_type.clone(),
                    replacement: replacement.to_owned(),
                    details,
                });
            }
            let gone = row.resources.iter().filter(|it| !made.contains_key(&it.logical));
            changes.extend(gone.map(|it| Change {
                action: "Remove".to_owned(),
                logical: it.logical.clone(),
                physical: it.physical.clone(),
                resource_type: it.resource_type.clone(),
                ..Change::default()
            }));
            let id = format!(
                "arn:aws:cloudformation:{}:{}:changeSet/{}",
                place.region,
                place.account,
                connect::fresh_id()
            );
            let set = ChangeSet { id, stack: name.to_owned(), changes };
            if set.changes.is_empty() {
                return Ok(set);
            }
            let outputs = template.outputs();
            let mut brought = template.parameters();
            brought.extend(outputs.into_iter().map(|(name, value)| (format!("Outputs/{name}"), value)));
            brought.extend(tags.iter().map(|(name, value)| (format!("Tags/{name}"), value.clone())));
            row.planned.push((set.clone(), defined, brought));
            Ok(set)
        })
        .await
    }

    async fn execute(&self, change_set: &ChangeSet) -> Asked<()> {
        const CALL: &str = "cloudformation:ExecuteChangeSet";
        let place = self.shared.place.clone();
        let name = &change_set.stack;
        self.call(Family::CloudFormation, CALL, name, |state| {
            let Some(row) = state.stacks.get_mut(name) else { return missing(CALL, name) };
            let Some(at) = row.planned.iter().position(|it| it.0.id == change_set.id) else {
                return missing(CALL, &change_set.id);
            };
            let (set, defined, brought) = row.planned.swap_remove(at);
            row.planned.clear();
            let is_new = row.stack.status.is_empty();
            if is_new {
                let (region, account) = (&place.region, &place.account);
                name.clone_into(&mut row.stack.name);
                row.stack.id =
                    format!("arn:aws:cloudformation:{region}:{account}:stack/{name}/{}", connect::fresh_id());
            }
            told(row, if is_new { "CREATE_IN_PROGRESS" } else { "UPDATE_IN_PROGRESS" });
            row.becomes = Some(if is_new { "CREATE_COMPLETE" } else { "UPDATE_COMPLETE" }.to_owned());
            row.stack.parameters.clear();
            row.stack.outputs.clear();
            for (key, value) in brought {
                match key.split_once('/') {
                    Some(("Outputs", name)) => row.stack.outputs.insert(name.to_owned(), value),
                    Some(_) => None,
                    None => row.stack.parameters.insert(key, value),
                };
            }
            let (mut made, mut unmade) = (Vec::new(), Vec::new());
            for change in &set.changes {
                let old = row.resources.iter_mut().find(|it| it.logical == change.logical);
                if change.action == "Remove" {
                    if let Some(old) = old {
                        "DELETE_IN_PROGRESS".clone_into(&mut old.status);
                        unmade.push(old.clone());
                    }
                    continue;
                }
                let text = defined.get(&change.logical).map_or("", String::as_str);
                let Ok((resource_type, physical, properties)) = serde_json::from_str(text) else { continue };
                let it = Made { resource_type, physical, properties };
                let status = if old.is_some() { "UPDATE_IN_PROGRESS" } else { "CREATE_IN_PROGRESS" };
                let resource = StackResource {
                    logical: change.logical.clone(),
                    physical: it.physical.clone(),
                    resource_type: it.resource_type.clone(),
                    status: status.to_owned(),
                };
                match old {
                    Some(old) => *old = resource,
                    None => row.resources.push(resource),
                }
                made.push(it);
            }
            let begun: Vec<StackResource> =
                row.resources.iter().filter(|it| it.status.ends_with("_IN_PROGRESS")).cloned().collect();
            for resource in &begun {
                event(row, resource, "");
            }
            row.defined = defined;
            for it in &unmade {
                unmake(state, it);
            }
            // Who may call a function comes after the functions.
            made.sort_by_key(|it| it.resource_type == "AWS::Lambda::Permission");
            for it in &made {
                self.make(state, it);
            }
            Ok(())
        })
        .await
    }

    async fn forget(&self, change_set: &ChangeSet) -> Asked<()> {
        let name = &change_set.stack;
        self.call(Family::CloudFormation, "cloudformation:DeleteChangeSet", name, |state| {
            if let Some(row) = state.stacks.get_mut(name) {
                row.planned.retain(|it| it.0.id != change_set.id);
                if row.stack.status.is_empty() && row.planned.is_empty() {
                    state.stacks.remove(name);
                }
            }
            Ok(())
        })
        .await
    }

    async fn delete(&self, name: &str) -> Asked<()> {
        const CALL: &str = "cloudformation:DeleteStack";
        self.call(Family::CloudFormation, CALL, name, |state| {
            let Some(row) = state.stacks.get_mut(name) else { return Ok(()) };
            if row.stack.is_busy() {
                let what = format!("the stack is in {}", row.stack.status);
                return Err(CallError::new(CALL, name, Cause::Conflict, what));
            }
            told(row, "DELETE_IN_PROGRESS");
            row.becomes = Some("DELETE_COMPLETE".to_owned());
            for resource in &mut row.resources {
                "DELETE_IN_PROGRESS".clone_into(&mut resource.status);
            }
            for it in row.resources.clone() {
                unmake(state, &it);
            }
            Ok(())
        })
        .await
    }

    async fn events(&self, name: &str, since_ms: i64) -> Asked<Vec<StackEvent>> {
        self.call(Family::CloudFormation, "cloudformation:DescribeStackEvents", name, |state| {
            advance(state, name);
            let events = state.stacks.get(name).map_or(&[][..], |it| &it.events);
            Ok(events.iter().filter(|it| it.at_ms >= since_ms).cloned().collect())
        })
        .await
    }
}

/// Names of the properties that differ.
fn differing(before: &Value, after: &Value) -> Vec<String> {
    let empty = serde_json::Map::new();
    let (before, after) = (before.as_object().unwrap_or(&empty), after.as_object().unwrap_or(&empty));
    let mut names: Vec<&String> =
        before.keys().chain(after.keys()).filter(|name| before.get(*name) != after.get(*name)).collect();
    names.sort();
    names.dedup();
    names.into_iter().map(|name| format!("Properties.{name}")).collect()
}
