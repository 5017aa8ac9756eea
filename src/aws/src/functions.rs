//! Lambda.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{
    AliasConfiguration, Architecture, FunctionConfiguration, LastUpdateStatus, LogType, Runtime, State,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connect_rules_cloud::gateway::{
    Alias, Asked, Cause, Family, Function, Functions, Invocation, Permission, Version,
};

use crate::call::{Ask, Caller};
use crate::policy;

/// Time for sending a package.
const SENDING: Duration = Duration::from_secs(300);
/// The longest that a function runs.
const RUNNING: Duration = Duration::from_secs(900);
/// How often a function is looked at until new code is in use.
const LOOKS: usize = 90;

/// Functions of the account.
#[derive(Debug)]
pub struct AwsFunctions {
    client: Client,
    caller: Arc<Caller>,
}

fn ask<'a>(action: &'static str, about: &'a str) -> Ask<'a> {
    Ask::of(Family::Lambda, action, about)
}

fn text(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}

/// Milliseconds since 1970 of a time such as `2026-01-31T10:11:12.000+0000`; 0 if it is none.
fn milliseconds(time: Option<&str>) -> i64 {
    let parsed = time.and_then(|time| jiff::fmt::strtime::parse("%Y-%m-%dT%H:%M:%S%.f%z", time).ok());
    parsed.and_then(|it| it.to_timestamp().ok()).map_or(0, jiff::Timestamp::as_millisecond)
}

/// A [`Function`] of an answer; two operations have types of their own with the same members.
macro_rules! function {
    ($it:expr) => {{
        let it = $it;
        let variables = it.environment().and_then(|it| it.variables());
        Function {
            name: text(it.function_name()),
            arn: unqualified(it.function_arn().unwrap_or_default()),
            runtime: text(it.runtime().map(Runtime::as_str)),
            architecture: text(it.architectures().first().map(Architecture::as_str)),
            memory: it.memory_size().unwrap_or_default().unsigned_abs(),
            timeout: it.timeout().unwrap_or_default().unsigned_abs(),
            state: text(it.state().map(State::as_str)),
            state_reason: text(it.state_reason()),
            last_update: text(it.last_update_status().map(LastUpdateStatus::as_str)),
            modified_ms: milliseconds(it.last_modified()),
            code_size: it.code_size().unsigned_abs(),
            code_sha256: text(it.code_sha256()),
            deployed_version: variables.and_then(|all| all.get("VERSION").cloned()).unwrap_or_default(),
        }
    }};
}

/// The ARN of a function without a version.
fn unqualified(arn: &str) -> String {
    arn.split(':').take(7).collect::<Vec<_>>().join(":")
}

fn version_of(it: &FunctionConfiguration) -> Version {
    Version {
        version: text(it.version()),
        description: text(it.description()),
        code_sha256: text(it.code_sha256()),
        modified_ms: milliseconds(it.last_modified()),
    }
}

impl AwsFunctions {
    /// The functions of a caller's account.
    pub fn new(configuration: &SdkConfig, caller: Arc<Caller>) -> Self {
        AwsFunctions { client: Client::new(configuration), caller }
    }

    async fn look(&self, name: &str) -> Asked<GetFunctionConfigurationOutput> {
        let request = self.client.get_function_configuration().function_name(name);
        self.caller.call(ask("lambda:GetFunctionConfiguration", name), || request.clone().send()).await
    }
}

#[async_trait]
impl Functions for AwsFunctions {
    async fn list(&self) -> Asked<Vec<Function>> {
        let prefix = self.caller.place.prefix();
        let (mut out, mut next): (Vec<Function>, _) = (Vec::new(), None);
        loop {
            let request = self.client.list_functions().set_marker(next);
            let page = self.caller.call(ask("lambda:ListFunctions", ""), || request.clone().send()).await?;
            let ours = |it: &&FunctionConfiguration| {
                it.function_name().is_some_and(|name| name.starts_with(&prefix))
            };
            out.extend(page.functions().iter().filter(ours).map(|it| function!(it)));
            next = page.next_marker;
            if next.is_none() {
                break;
            }
        }
        // The list does not tell the state.
        for function in &mut out {
            if function.state.is_empty() {
                *function = self.get(&function.name).await?;
            }
        }
        out.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(out)
    }

    async fn get(&self, name: &str) -> Asked<Function> {
        Ok(function!(self.look(name).await?))
    }

    async fn versions(&self, name: &str) -> Asked<Vec<Version>> {
        let (mut out, mut next) = (Vec::new(), None);
        loop {
            let request = self.client.list_versions_by_function().function_name(name).set_marker(next);
            let page = self
                .caller
                .call(ask("lambda:ListVersionsByFunction", name), || request.clone().send())
                .await?;
            out.extend(page.versions().iter().map(version_of));
            next = page.next_marker;
            if next.is_none() {
                break;
            }
        }
        out.sort_by_key(|it| std::cmp::Reverse(it.version.parse::<u64>().unwrap_or(u64::MAX)));
        Ok(out)
    }

    async fn aliases(&self, name: &str) -> Asked<Vec<Alias>> {
        let (mut out, mut next) = (Vec::new(), None);
        loop {
            let request = self.client.list_aliases().function_name(name).set_marker(next);
            let page = self.caller.call(ask("lambda:ListAliases", name), || request.clone().send()).await?;
            out.extend(page.aliases().iter().map(|it: &AliasConfiguration| Alias {
                name: text(it.name()),
                version: text(it.function_version()),
                description: text(it.description()),
            }));
            next = page.next_marker;
            if next.is_none() {
                return Ok(out);
            }
        }
    }

    async fn permissions(&self, name: &str) -> Asked<Vec<Permission>> {
        let request = self.client.get_policy().function_name(name);
        let reply = match self.caller.call(ask("lambda:GetPolicy", name), || request.clone().send()).await {
            Ok(reply) => reply,
            Err(error) if error.cause == Cause::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let calls = |it: &policy::Statement| {
            it.actions.iter().any(|it| it.starts_with("lambda:Invoke") || it.ends_with('*'))
        };
        let all = policy::allowed(reply.policy().unwrap_or_default()).into_iter().filter(calls);
        let each = all.flat_map(|it| {
            let of = it.clone();
            it.principals.into_iter().map(move |principal| Permission {
                id: of.id.clone(),
                principal,
                source_arn: of.source_arn.clone(),
                source_account: of.source_account.clone(),
            })
        });
        Ok(each.collect())
    }

    async fn permit(&self, name: &str, permission: &Permission) -> Asked<()> {
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let request = self
            .client
            .add_permission()
            .function_name(name)
            .statement_id(&permission.id)
            .action("lambda:InvokeFunction")
            .principal(&permission.principal)
            .set_source_arn(given(&permission.source_arn))
            .set_source_account(given(&permission.source_account));
        self.caller.call(ask("lambda:AddPermission", name), || request.clone().send()).await.map(|_| ())
    }

    async fn update_code(&self, name: &str, package: &[u8]) -> Asked<Function> {
        let ask = ask("lambda:UpdateFunctionCode", name).within(SENDING);
        let request = self.client.update_function_code().function_name(name).zip_file(Blob::new(package));
        self.caller.call(ask, || request.clone().send()).await?;
        for _ in 0..LOOKS {
            let now = self.look(name).await?;
            match now.last_update_status() {
                Some(LastUpdateStatus::InProgress) => self.caller.rest().await,
                Some(LastUpdateStatus::Failed) => {
                    return Err(ask.failed(Cause::Other, text(now.last_update_status_reason())));
                }
                _ => return Ok(function!(now)),
            }
        }
        Err(ask.failed(Cause::Conflict, "the new code is still not in use"))
    }

    async fn publish(&self, name: &str, code_sha256: &str, description: &str) -> Asked<Version> {
        let request = self.client.publish_version().function_name(name).code_sha256(code_sha256);
        let request = request.description(description);
        let sent = self.caller.call(ask("lambda:PublishVersion", name), || request.clone().send()).await;
        let reply = sent.map_err(|mut error| {
            // Somebody else has sent other code meanwhile.
            if matches!(error.cause, Cause::Invalid(_)) && error.message.to_lowercase().contains("codesha256")
            {
                error.cause = Cause::Conflict;
            }
            error
        })?;
        Ok(Version {
            version: text(reply.version()),
            description: text(reply.description()),
            code_sha256: text(reply.code_sha256()),
            modified_ms: milliseconds(reply.last_modified()),
        })
    }

    async fn point(&self, name: &str, alias: &str, version: &str) -> Asked<()> {
        let request = self.client.update_alias().function_name(name).name(alias).function_version(version);
        match self.caller.call(ask("lambda:UpdateAlias", name), || request.clone().send()).await {
            Ok(_) => return Ok(()),
            Err(error) if error.cause == Cause::NotFound => {}
            Err(error) => return Err(error),
        }
        let request = self.client.create_alias().function_name(name).name(alias).function_version(version);
        self.caller.call(ask("lambda:CreateAlias", name), || request.clone().send()).await.map(|_| ())
    }

    async fn invoke(&self, name: &str, qualifier: &str, payload: &str) -> Asked<Invocation> {
        let qualifier = Some(qualifier.to_owned()).filter(|text| !text.is_empty());
        let request = self.client.invoke().function_name(name).set_qualifier(qualifier);
        let request = request.log_type(LogType::Tail).payload(Blob::new(payload));
        let ask = ask("lambda:InvokeFunction", name).within(RUNNING).once();
        let begun = Instant::now();
        let reply = self.caller.call(ask, || request.clone().send()).await?;
        let read = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let log = reply.log_result().and_then(|log| STANDARD.decode(log).ok());
        Ok(Invocation {
            payload: reply.payload().map(|it| read(it.as_ref())).unwrap_or_default(),
            error: reply.function_error().map(str::to_owned),
            log: log.map(|log| read(&log)).unwrap_or_default(),
            version: text(reply.executed_version()),
            took_ms: begun.elapsed().as_millis() as u64,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_functions_are_read() {
        assert_eq!(milliseconds(Some("1970-01-01T00:00:01.500+0000")), 1500);
        assert_eq!(milliseconds(Some("1970-01-01T01:00:00.000+0100")), 0);
        assert_eq!(milliseconds(Some("yesterday")), 0);
    }

    #[test]
    fn a_version_is_no_part_of_the_function() {
        assert_eq!(unqualified("arn:aws:lambda:r:1:function:a:live"), "arn:aws:lambda:r:1:function:a");
    }
}
