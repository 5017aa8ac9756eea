//! CloudFormation.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::primitives::DateTime;
use aws_sdk_cloudformation::types::{
    Capability, ChangeAction, ChangeSetStatus, ChangeSetType, Parameter, Replacement, ResourceAttribute,
    ResourceChange, ResourceChangeDetail, ResourceStatus, StackStatus, Tag,
};
use connect_rules_cloud::gateway::{
    Asked, Cause, Change, ChangeSet, Family, Names, Stack, StackEvent, StackResource, Stacks,
};

use crate::call::{Ask, Caller};

/// How often a change set is looked at until it is worked out.
const LOOKS: usize = 150;

/// Stacks of the account.
#[derive(Debug)]
pub struct AwsStacks {
    client: Client,
    caller: Arc<Caller>,
}

fn ask<'a>(action: &'static str, about: &'a str) -> Ask<'a> {
    Ask::of(Family::CloudFormation, action, about)
}

fn text(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}

fn milliseconds(time: Option<&DateTime>) -> i64 {
    time.and_then(|time| time.to_millis().ok()).unwrap_or_default()
}

fn pair(name: Option<&str>, value: Option<&str>) -> (String, String) {
    (text(name), text(value))
}

fn change(it: &ResourceChange) -> Change {
    let detail = |it: &ResourceChangeDetail| {
        let target = it.target()?;
        let attribute = target.attribute().map(ResourceAttribute::as_str)?;
        Some(target.name().map_or_else(|| attribute.to_owned(), |name| format!("{attribute}.{name}")))
    };
    let mut details: Vec<String> = it.details().iter().filter_map(detail).collect();
    details.dedup();
    Change {
        action: text(it.action().map(ChangeAction::as_str)),
        logical: text(it.logical_resource_id()),
        physical: text(it.physical_resource_id()),
        resource_type: text(it.resource_type()),
        replacement: text(it.replacement().map(Replacement::as_str)),
        details,
    }
}

/// Whether a change set failed only because there is nothing to change.
fn is_nothing(reason: &str) -> bool {
    let reason = reason.to_lowercase();
    reason.contains("didn't contain changes") || reason.contains("no updates are to be performed")
}

/// A name that no other change set has.
fn fresh_name() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("connect-rules-{}", now.as_millis())
}

impl AwsStacks {
    /// The stacks of a caller's account.
    pub fn new(configuration: &SdkConfig, caller: Arc<Caller>) -> Self {
        AwsStacks { client: Client::new(configuration), caller }
    }

    /// What a change set says, once it is worked out.
    async fn worked_out(&self, id: &str, stack: &str) -> Asked<ChangeSet> {
        let ask = ask("cloudformation:DescribeChangeSet", stack);
        let request = self.client.describe_change_set().change_set_name(id).stack_name(stack);
        let mut set = ChangeSet { id: id.to_owned(), stack: stack.to_owned(), changes: Vec::new() };
        for _ in 0..LOOKS {
            let page = self.caller.call(ask, || request.clone().send()).await?;
            match page.status() {
                Some(ChangeSetStatus::CreateComplete) => {
                    let mut page = page;
                    loop {
                        set.changes
                            .extend(page.changes().iter().filter_map(|it| it.resource_change()).map(change));
                        let Some(next) = page.next_token else { return Ok(set) };
                        page = self.caller.call(ask, || request.clone().next_token(&next).send()).await?;
                    }
                }
                Some(ChangeSetStatus::Failed) => {
                    let reason = text(page.status_reason());
                    self.forget(&set).await?;
                    if is_nothing(&reason) {
                        return Ok(set);
                    }
                    return Err(ask.failed(Cause::Invalid(vec![reason]), ""));
                }
                _ => self.caller.rest().await,
            }
        }
        Err(ask.failed(Cause::Unreachable, "the change set is still being worked out"))
    }
}

#[async_trait]
impl Stacks for AwsStacks {
    async fn stack(&self, name: &str) -> Asked<Option<Stack>> {
        let request = self.client.describe_stacks().stack_name(name);
        let reply = match self
            .caller
            .call(ask("cloudformation:DescribeStacks", name), || request.clone().send())
            .await
        {
            Ok(reply) => reply,
            Err(error) if error.cause == Cause::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(reply.stacks().first().map(|it| Stack {
            name: text(it.stack_name()),
            id: text(it.stack_id()),
            status: text(it.stack_status().map(StackStatus::as_str)),
            reason: text(it.stack_status_reason()),
            changed_ms: milliseconds(it.last_updated_time().or(it.creation_time())),
            parameters: it
                .parameters()
                .iter()
                .map(|it| pair(it.parameter_key(), it.parameter_value()))
                .collect(),
            outputs: it.outputs().iter().map(|it| pair(it.output_key(), it.output_value())).collect(),
        }))
    }

    async fn resources(&self, name: &str) -> Asked<Vec<StackResource>> {
        let ask = ask("cloudformation:ListStackResources", name);
        let (mut out, mut next) = (Vec::new(), None);
        loop {
            let request = self.client.list_stack_resources().stack_name(name).set_next_token(next);
            let page = self.caller.call(ask, || request.clone().send()).await?;
            out.extend(page.stack_resource_summaries().iter().map(|it| StackResource {
                logical: text(it.logical_resource_id()),
                physical: text(it.physical_resource_id()),
                resource_type: text(it.resource_type()),
                status: text(it.resource_status().map(ResourceStatus::as_str)),
            }));
            next = page.next_token;
            if next.is_none() {
                return Ok(out);
            }
        }
    }

    async fn plan(&self, name: &str, template: &str, parameters: &Names, tags: &Names) -> Asked<ChangeSet> {
        let is_new = self.stack(name).await?.is_none_or(|it| it.status == "REVIEW_IN_PROGRESS");
        let set = fresh_name();
        let mut request = self
            .client
            .create_change_set()
            .stack_name(name)
            .change_set_name(&set)
            .template_body(template)
            .change_set_type(if is_new { ChangeSetType::Create } else { ChangeSetType::Update })
            .capabilities(Capability::CapabilityNamedIam);
        for (key, value) in parameters {
            request =
                request.parameters(Parameter::builder().parameter_key(key).parameter_value(value).build());
        }
        for (key, value) in tags {
            request = request.tags(Tag::builder().key(key).value(value).build());
        }
        let ask = ask("cloudformation:CreateChangeSet", name);
        match self.caller.call(ask, || request.clone().send()).await {
            Ok(reply) => self.worked_out(reply.id().unwrap_or(&set), name).await,
            // Some servers say so at once.
            Err(error) if is_nothing(&error.message) => {
                Ok(ChangeSet { id: String::new(), stack: name.to_owned(), changes: Vec::new() })
            }
            Err(error) => Err(error),
        }
    }

    async fn execute(&self, change_set: &ChangeSet) -> Asked<()> {
        let request = self.client.execute_change_set().change_set_name(&change_set.id);
        let request = request.stack_name(&change_set.stack);
        let ask = ask("cloudformation:ExecuteChangeSet", &change_set.stack);
        self.caller.call(ask, || request.clone().send()).await.map(|_| ())
    }

    async fn forget(&self, change_set: &ChangeSet) -> Asked<()> {
        let stack = &change_set.stack;
        let request = self.client.delete_change_set().change_set_name(&change_set.id).stack_name(stack);
        let ask = ask("cloudformation:DeleteChangeSet", stack);
        self.caller.call(ask, || request.clone().send()).await?;
        // A change set for a new stack leaves an empty one behind.
        if self.stack(stack).await?.is_some_and(|it| it.status == "REVIEW_IN_PROGRESS") {
            self.delete(stack).await?;
        }
        Ok(())
    }

    async fn delete(&self, name: &str) -> Asked<()> {
        let request = self.client.delete_stack().stack_name(name);
        self.caller.call(ask("cloudformation:DeleteStack", name), || request.clone().send()).await.map(|_| ())
    }

    async fn events(&self, name: &str, since_ms: i64) -> Asked<Vec<StackEvent>> {
        let ask = ask("cloudformation:DescribeStackEvents", name);
        let (mut out, mut next) = (Vec::new(), None);
        'pages: loop {
            let request = self.client.describe_stack_events().stack_name(name).set_next_token(next);
            let page = match self.caller.call(ask, || request.clone().send()).await {
                Ok(page) => page,
                Err(error) if error.cause == Cause::NotFound => break,
                Err(error) => return Err(error),
            };
            // The newest come first.
            for it in page.stack_events() {
                let at_ms = milliseconds(it.timestamp());
                if at_ms < since_ms {
                    break 'pages;
                }
                out.push(StackEvent {
                    id: text(it.event_id()),
                    at_ms,
                    logical: text(it.logical_resource_id()),
                    resource_type: text(it.resource_type()),
                    status: text(it.resource_status().map(ResourceStatus::as_str)),
                    reason: text(it.resource_status_reason()),
                });
            }
            next = page.next_token;
            if next.is_none() {
                break;
            }
        }
        out.reverse();
        Ok(out)
    }
}
