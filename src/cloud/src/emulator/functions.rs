//! Lambda and CloudWatch: functions, their logs and figures.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::state::{Called, FunctionRow, State};
use super::{Emulator, connect, missing, now_ms};
use crate::gateway::{
    Alias, Asked, CallError, Cause, Family, Function, FunctionMetrics, Functions, Invocation, LogLine,
    Permission, Version, Watch,
};

/// Lines and calls of a function that are kept.
const KEPT: usize = 1000;
/// Versions of a function that are kept.
const VERSIONS: usize = 50;

/// Name and version or alias.
fn parted(name: &str) -> (&str, &str) {
    name.split_once(':').unwrap_or((name, ""))
}

fn row<'s>(state: &'s mut State, call: &str, name: &str) -> Asked<&'s mut FunctionRow> {
    match state.functions.get_mut(parted(name).0) {
        Some(row) => Ok(row),
        None => missing(call, name),
    }
}

impl FunctionRow {
    /// The version that a version or alias stands for.
    fn version(&self, qualifier: &str) -> Option<String> {
        if matches!(qualifier, "" | "$LATEST") {
            return Some("$LATEST".to_owned());
        }
        let alias = self.aliases.iter().find(|it| it.name == qualifier).map(|it| it.version.clone());
        alias.or_else(|| self.versions.iter().find(|it| it.version == qualifier).map(|it| it.version.clone()))
    }

    /// Writes a line into the log.
    fn say(&mut self, at_ms: i64, message: String) {
        self.log.push(LogLine { id: connect::fresh_id(), at_ms, message });
        let over = self.log.len().saturating_sub(KEPT);
        self.log.drain(..over);
    }
}

/// What a function answers: honestly that nothing runs here, or that it is warm.
fn answer(row: &FunctionRow, event: &Value) -> Value {
    let name = &row.function.name;
    if let Some(request) = event.get("keepWarm").filter(|it| it.is_object()) {
        return json!({ "keepWarm": {
            "id": format!("{name}-0"), "name": request.get("name"), "arn": request.get("arn"),
            "coldStart": !row.warm, "runningTime": 0.001,
        }});
    }
    json!({ "echo": event, "note": "functions do not run on this machine: this is what was sent" })
}

#[async_trait]
impl Functions for Emulator {
    async fn list(&self) -> Asked<Vec<Function>> {
        let prefix = self.shared.place.prefix();
        self.call(Family::Lambda, "lambda:ListFunctions", "", |state| {
            let all = state.functions.values().map(|it| it.function.clone());
            Ok(all.filter(|it| it.name.starts_with(&prefix)).collect())
        })
        .await
    }

    async fn get(&self, name: &str) -> Asked<Function> {
        const CALL: &str = "lambda:GetFunctionConfiguration";
        self.call(Family::Lambda, CALL, name, |state| row(state, CALL, name).map(|it| it.function.clone()))
            .await
    }

    async fn versions(&self, name: &str) -> Asked<Vec<Version>> {
        const CALL: &str = "lambda:ListVersionsByFunction";
        self.call(Family::Lambda, CALL, name, |state| row(state, CALL, name).map(|it| it.versions.clone()))
            .await
    }

    async fn aliases(&self, name: &str) -> Asked<Vec<Alias>> {
        const CALL: &str = "lambda:ListAliases";
        self.call(Family::Lambda, CALL, name, |state| row(state, CALL, name).map(|it| it.aliases.clone()))
            .await
    }

    async fn permissions(&self, name: &str) -> Asked<Vec<Permission>> {
        const CALL: &str = "lambda:GetPolicy";
        self.call(Family::Lambda, CALL, name, |state| {
            let (_, qualifier) = parted(name);
            row(state, CALL, name).map(|it| it.permissions.get(qualifier).cloned().unwrap_or_default())
        })
        .await
    }

    async fn permit(&self, name: &str, permission: &Permission) -> Asked<()> {
        const CALL: &str = "lambda:AddPermission";
        self.call(Family::Lambda, CALL, name, |state| {
            let (_, qualifier) = parted(name);
            let held = row(state, CALL, name)?.permissions.entry(qualifier.to_owned()).or_default();
            if held.iter().any(|it| it.id == permission.id) {
                let what = format!("there is a statement {}", permission.id);
                return Err(CallError::new(CALL, name, Cause::Duplicate, what));
            }
            held.push(permission.clone());
            Ok(())
        })
        .await
    }

    async fn update_code(&self, name: &str, package: &[u8]) -> Asked<Function> {
        const CALL: &str = "lambda:UpdateFunctionCode";
        let (hash, size) = (connect::hash(package), package.len() as u64);
        self.call(Family::Lambda, CALL, name, |state| {
            let row = row(state, CALL, name)?;
            row.function.code_sha256 = hash;
            row.function.code_size = size;
            row.function.modified_ms = now_ms();
            row.broken = None;
            row.warm = false;
            "Active".clone_into(&mut row.function.state);
            row.function.state_reason.clear();
            Ok(row.function.clone())
        })
        .await
    }

    async fn publish(&self, name: &str, code_sha256: &str, description: &str) -> Asked<Version> {
        const CALL: &str = "lambda:PublishVersion";
        self.call(Family::Lambda, CALL, name, |state| {
            let row = row(state, CALL, name)?;
            if row.function.code_sha256 != code_sha256 {
                return Err(CallError::new(CALL, name, Cause::Conflict, "the code is another by now"));
            }
            // What is published already is not published again.
            if let Some(newest) = row.versions.first().filter(|it| it.code_sha256 == code_sha256) {
                return Ok(newest.clone());
            }
            let last = row.versions.first().and_then(|it| it.version.parse::<u32>().ok()).unwrap_or(0);
            let version = Version {
                version: (last + 1).to_string(),
                description: description.to_owned(),
                code_sha256: code_sha256.to_owned(),
                modified_ms: now_ms(),
            };
            row.versions.insert(0, version.clone());
            row.versions.truncate(VERSIONS);
            Ok(version)
        })
        .await
    }

    async fn point(&self, name: &str, alias: &str, version: &str) -> Asked<()> {
        const CALL: &str = "lambda:UpdateAlias";
        self.call(Family::Lambda, CALL, name, |state| {
            let row = row(state, CALL, name)?;
            if version != "$LATEST" && !row.versions.iter().any(|it| it.version == version) {
                return missing(CALL, &format!("{name}:{version}"));
            }
            match row.aliases.iter_mut().find(|it| it.name == alias) {
                Some(alias) => version.clone_into(&mut alias.version),
                None => row.aliases.push(Alias {
                    name: alias.to_owned(),
                    version: version.to_owned(),
                    description: String::new(),
                }),
            }
            Ok(())
        })
        .await
    }

    async fn invoke(&self, name: &str, qualifier: &str, payload: &str) -> Asked<Invocation> {
        const CALL: &str = "lambda:InvokeFunction";
        self.call(Family::Lambda, CALL, name, |state| {
            let row = row(state, CALL, name)?;
            let Some(version) = row.version(qualifier) else {
                return missing(CALL, &format!("{name}:{qualifier}"));
            };
            let event = serde_json::from_str(payload).map_err(|error| {
                CallError::new(CALL, name, Cause::Invalid(vec![error.to_string()]), "the payload is not JSON")
            })?;
            let (at, request) = (now_ms(), connect::fresh_id());
            let took_ms = if row.warm { 12 } else { 240 };
            let is_broken = row.broken.clone();
            let answer = match &is_broken {
                Some(why) => json!({ "errorType": "Runtime.ExitError", "errorMessage": format!("RequestId: {request} Error: {why}") }),
                None => answer(row, &event),
            };
            let mut lines = vec![format!("START RequestId: {request} Version: {version}")];
            lines.extend(is_broken.as_ref().map(|why| format!("ERROR {why}")));
            lines.push(format!("END RequestId: {request}"));
            lines.push(format!("REPORT RequestId: {request}\tDuration: {took_ms}.00 ms\tMemory Size: {} MB", row.function.memory));
            let log = lines.join("\n");
            for line in lines {
                row.say(at, line);
            }
            row.warm = is_broken.is_none();
            row.called.push(Called { at_ms: at, took_ms: took_ms as f64, failed: is_broken.is_some() });
            let over = row.called.len().saturating_sub(KEPT);
            row.called.drain(..over);
            Ok(Invocation {
                payload: answer.to_string(),
                error: is_broken.map(|_| "Unhandled".to_owned()),
                log,
                version,
                took_ms,
            })
        })
        .await
    }
}

/// The value that a share of the others does not exceed.
fn percentile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    sorted.get(((last as f64) * share).round() as usize).copied()
}

#[async_trait]
impl Watch for Emulator {
    async fn metrics(&self, functions: &[String], from_ms: i64, to_ms: i64) -> Asked<Vec<FunctionMetrics>> {
        self.call(Family::CloudWatch, "cloudwatch:GetMetricData", "", |state| {
            let figures = |name: &String| {
                let called = state.functions.get(name).map_or(&[][..], |it| &it.called);
                let within: Vec<&Called> =
                    called.iter().filter(|it| (from_ms..to_ms).contains(&it.at_ms)).collect();
                let mut took: Vec<f64> = within.iter().map(|it| it.took_ms).collect();
                took.sort_by(f64::total_cmp);
                FunctionMetrics {
                    function: name.clone(),
                    invocations: within.len() as f64,
                    errors: within.iter().filter(|it| it.failed).count() as f64,
                    throttles: 0.0,
                    p50_ms: percentile(&took, 0.5),
                    p99_ms: percentile(&took, 0.99),
                }
            };
            Ok(functions.iter().map(figures).collect())
        })
        .await
    }

    async fn logs(&self, function: &str, from_ms: i64, most: usize) -> Asked<Vec<LogLine>> {
        self.call(Family::CloudWatch, "logs:FilterLogEvents", function, |state| {
            let log = state.functions.get(function).map_or(&[][..], |it| &it.log);
            Ok(log.iter().filter(|it| it.at_ms >= from_ms).take(most).cloned().collect())
        })
        .await
    }
}
