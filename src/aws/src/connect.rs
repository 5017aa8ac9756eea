//! Amazon Connect.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_connect::Client;
use aws_sdk_connect::config::http::HttpResponse;
use aws_sdk_connect::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_connect::operation::create_contact_flow::CreateContactFlowError;
use aws_sdk_connect::operation::update_contact_flow_content::UpdateContactFlowContentError;
use aws_sdk_connect::types::error::InvalidContactFlowException;
use aws_sdk_connect::types::{
    ContactFlowState, ContactFlowStatus, ContactFlowType, InstanceStatus, LexV2Bot, LexVersion,
    ListFlowAssociationResourceType, OutboundCallerConfig,
};
use connect_rules_cloud::gateway::{
    Asked, CallError, Cause, Connect, ConnectInstance, Family, FlowContent, FlowSummary, Names, NewFlow,
    NumberRoute, OutboundQueue, ProfileState, Section,
};
use connect_rules_engine::value::Value;

use crate::call::{Ask, Caller};
use crate::directory::{Directory, FLOW_TYPES};

/// Numbers that may be asked for at once.
const AT_ONCE: usize = 100;

/// The instance of an environment.
#[derive(Debug)]
pub struct AwsConnect {
    client: Client,
    directory: Directory,
    caller: Arc<Caller>,
}

fn text(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}

fn owned(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}

fn problems(error: Option<&InvalidContactFlowException>) -> Vec<String> {
    let all = error.map(InvalidContactFlowException::problems).unwrap_or_default();
    all.iter().filter_map(|problem| problem.message()).map(str::to_owned).collect()
}

/// An answer without the thing that was asked for.
fn missing(action: &str, about: &str) -> CallError {
    CallError::new(action, about, Cause::NotFound, "the answer does not hold it")
}

impl AwsConnect {
    /// The instance of a caller's place.
    pub fn new(configuration: &SdkConfig, caller: Arc<Caller>) -> Self {
        let directory = Directory::new(configuration, Arc::clone(&caller));
        AwsConnect { client: Client::new(configuration), directory, caller }
    }

    fn instance_id(&self) -> &str {
        &self.caller.place.instance
    }

    async fn call<T, E, F>(
        &self,
        action: &'static str,
        about: &str,
        attempt: impl Fn() -> F + Send + Sync,
    ) -> Asked<T>
    where
        T: Send,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send,
    {
        self.caller.call(Ask::of(Family::Connect, action, about), attempt).await
    }

    /// Sets where the calls of up to [`AT_ONCE`] numbers go.
    async fn route(&self, numbers: &mut [NumberRoute]) -> Asked<()> {
        let ids = numbers.iter().map(|number| number.arn.clone()).collect();
        let request = self.client.batch_get_flow_association().instance_id(self.instance_id());
        let request = request.set_resource_ids(Some(ids));
        let request = request.resource_type(ListFlowAssociationResourceType::VoicePhoneNumber);
        let reply = self.call("connect:BatchGetFlowAssociation", "", || request.clone().send()).await?;
        for found in reply.flow_association_summary_list() {
            let (Some(of), Some(flow)) = (found.resource_id(), found.flow_id()) else { continue };
            let flow = if flow.starts_with("arn:") {
                flow.to_owned()
            } else {
                format!("{}/contact-flow/{flow}", self.caller.place.instance_arn())
            };
            if let Some(number) = numbers.iter_mut().find(|it| it.arn == of || it.id == of) {
                number.flow_arn = Some(flow);
            }
        }
        Ok(())
    }
}

/// The identifier in an ARN, or what is one already.
fn id_of(name: &str) -> String {
    name.rsplit('/').next().unwrap_or_default().to_owned()
}

#[async_trait]
impl Connect for AwsConnect {
    async fn instance(&self) -> Asked<ConnectInstance> {
        const ACTION: &str = "connect:DescribeInstance";
        let request = self.client.describe_instance().instance_id(self.instance_id());
        let reply = self.call(ACTION, self.instance_id(), || request.clone().send()).await?;
        let it = reply.instance.ok_or_else(|| missing(ACTION, self.instance_id()))?;
        Ok(ConnectInstance {
            id: text(it.id()),
            arn: text(it.arn()),
            alias: text(it.instance_alias()),
            status: text(it.instance_status().map(InstanceStatus::as_str)),
        })
    }

    async fn section(&self, section: Section, progress: &(dyn Fn(usize) + Sync)) -> Asked<Vec<Value>> {
        self.directory.section(section, progress).await
    }

    async fn flows(&self) -> Asked<Vec<FlowSummary>> {
        let (mut out, mut next) = (Vec::new(), None);
        loop {
            let request = self
                .client
                .list_contact_flows()
                .instance_id(self.instance_id())
                .set_contact_flow_types(Some(FLOW_TYPES.to_vec()))
                .set_next_token(next);
            let page = self.call("connect:ListContactFlows", "", || request.clone().send()).await?;
            out.extend(page.contact_flow_summary_list().iter().map(|it| FlowSummary {
                id: text(it.id()),
                arn: text(it.arn()),
                name: text(it.name()),
                flow_type: text(it.contact_flow_type().map(ContactFlowType::as_str)),
                state: text(it.contact_flow_state().map(ContactFlowState::as_str)),
                status: text(it.contact_flow_status().map(ContactFlowStatus::as_str)),
            }));
            next = page.next_token;
            if next.is_none() {
                return Ok(out);
            }
        }
    }

    async fn flow(&self, id: &str, draft: bool) -> Asked<FlowContent> {
        const ACTION: &str = "connect:DescribeContactFlow";
        let asked = if draft { format!("{id}:$SAVED") } else { id.to_owned() };
        let request =
            self.client.describe_contact_flow().instance_id(self.instance_id()).contact_flow_id(asked);
        let reply = self.call(ACTION, id, || request.clone().send()).await?;
        let it = reply.contact_flow.ok_or_else(|| missing(ACTION, id))?;
        Ok(FlowContent {
            summary: FlowSummary {
                id: text(it.id()),
                arn: text(it.arn()),
                name: text(it.name()),
                flow_type: text(it.r#type().map(ContactFlowType::as_str)),
                state: text(it.state().map(ContactFlowState::as_str)),
                status: text(it.status().map(ContactFlowStatus::as_str)),
            },
            description: text(it.description()),
            content: text(it.content()),
            tags: it.tags.unwrap_or_default().into_iter().collect(),
        })
    }

    async fn create_flow(&self, flow: &NewFlow) -> Asked<(String, String)> {
        let tags: HashMap<_, _> = flow.tags.clone().into_iter().collect();
        let described = Some(flow.description.clone()).filter(|text| !text.is_empty());
        let request = self
            .client
            .create_contact_flow()
            .instance_id(self.instance_id())
            .name(&flow.name)
            .r#type(ContactFlowType::from(flow.flow_type.as_str()))
            .set_description(described)
            .content(&flow.content)
            .status(ContactFlowStatus::Published)
            .set_tags(Some(tags).filter(|tags| !tags.is_empty()));
        let ask = Ask::of(Family::Connect, "connect:CreateContactFlow", &flow.name);
        let listed = |error: &CreateContactFlowError| match error {
            CreateContactFlowError::InvalidContactFlowException(error) => problems(Some(error)),
            _ => Vec::new(),
        };
        let reply = self.caller.call_with(ask, listed, || request.clone().send()).await?;
        Ok((text(reply.contact_flow_id()), text(reply.contact_flow_arn())))
    }

    async fn update_flow(&self, id: &str, content: &str) -> Asked<()> {
        let request = self.client.update_contact_flow_content().instance_id(self.instance_id());
        let request = request.contact_flow_id(id).content(content);
        let ask = Ask::of(Family::Connect, "connect:UpdateContactFlowContent", id);
        let listed = |error: &UpdateContactFlowContentError| match error {
            UpdateContactFlowContentError::InvalidContactFlowException(error) => problems(Some(error)),
            _ => Vec::new(),
        };
        self.caller.call_with(ask, listed, || request.clone().send()).await.map(|_| ())
    }

    async fn unarchive_flow(&self, id: &str) -> Asked<()> {
        let request = self.client.update_contact_flow_metadata().instance_id(self.instance_id());
        let request = request.contact_flow_id(id).contact_flow_state(ContactFlowState::Active);
        self.call("connect:UpdateContactFlowMetadata", id, || request.clone().send()).await.map(|_| ())
    }

    async fn tag(&self, arn: &str, tags: &Names) -> Asked<()> {
        let tags = tags.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        let request = self.client.tag_resource().resource_arn(arn).set_tags(Some(tags));
        self.call("connect:TagResource", arn, || request.clone().send()).await.map(|_| ())
    }

    async fn associated_functions(&self) -> Asked<Vec<String>> {
        let (mut out, mut next) = (Vec::new(), None);
        loop {
            let request =
                self.client.list_lambda_functions().instance_id(self.instance_id()).set_next_token(next);
            let page = self.call("connect:ListLambdaFunctions", "", || request.clone().send()).await?;
            out.extend_from_slice(page.lambda_functions());
            next = page.next_token;
            if next.is_none() {
                return Ok(out);
            }
        }
    }

    async fn associate_function(&self, arn: &str) -> Asked<()> {
        let request =
            self.client.associate_lambda_function().instance_id(self.instance_id()).function_arn(arn);
        self.call("connect:AssociateLambdaFunction", arn, || request.clone().send()).await.map(|_| ())
    }

    async fn associated_bots(&self) -> Asked<Vec<String>> {
        let (mut out, mut next) = (Vec::new(), None);
        loop {
            let request = self.client.list_bots().instance_id(self.instance_id());
            let request = request.lex_version(LexVersion::V2).set_next_token(next);
            let page = self.call("connect:ListBots", "", || request.clone().send()).await?;
            let arn = |bot: &LexV2Bot| bot.alias_arn().map(str::to_owned);
            out.extend(page.lex_bots().iter().filter_map(|it| it.lex_v2_bot()).filter_map(arn));
            next = page.next_token;
            if next.is_none() {
                return Ok(out);
            }
        }
    }

    async fn associate_bot(&self, alias_arn: &str) -> Asked<()> {
        let bot = LexV2Bot::builder().alias_arn(alias_arn).build();
        let request = self.client.associate_bot().instance_id(self.instance_id()).lex_v2_bot(bot);
        self.call("connect:AssociateBot", alias_arn, || request.clone().send()).await.map(|_| ())
    }

    async fn numbers(&self) -> Asked<Vec<NumberRoute>> {
        let (mut out, mut next) = (Vec::new(), None);
        loop {
            let request =
                self.client.list_phone_numbers_v2().instance_id(self.instance_id()).set_next_token(next);
            let page = self.call("connect:ListPhoneNumbersV2", "", || request.clone().send()).await?;
            out.extend(page.list_phone_numbers_summary_list().iter().map(|it| NumberRoute {
                id: text(it.phone_number_id()),
                arn: text(it.phone_number_arn()),
                number: text(it.phone_number()),
                flow_arn: None,
            }));
            next = page.next_token;
            if next.is_none() {
                break;
            }
        }
        for some in out.chunks_mut(AT_ONCE) {
            self.route(some).await?;
        }
        Ok(out)
    }

    async fn route_number(&self, number_id: &str, flow_id: &str) -> Asked<()> {
        let request = self.client.associate_phone_number_contact_flow().instance_id(self.instance_id());
        let request = request.phone_number_id(number_id).contact_flow_id(flow_id);
        let action = "connect:AssociatePhoneNumberContactFlow";
        self.call(action, number_id, || request.clone().send()).await.map(|_| ())
    }

    async fn queue(&self, id: &str) -> Asked<OutboundQueue> {
        const ACTION: &str = "connect:DescribeQueue";
        let request = self.client.describe_queue().instance_id(self.instance_id()).queue_id(id);
        let reply = self.call(ACTION, id, || request.clone().send()).await?;
        let it = reply.queue.ok_or_else(|| missing(ACTION, id))?;
        let caller = it.outbound_caller_config();
        Ok(OutboundQueue {
            id: text(it.queue_id()),
            arn: text(it.queue_arn()),
            name: text(it.name()),
            caller_name: owned(caller.and_then(OutboundCallerConfig::outbound_caller_id_name)),
            caller_number_id: owned(caller.and_then(OutboundCallerConfig::outbound_caller_id_number_id)),
            whisper_flow_id: caller.and_then(OutboundCallerConfig::outbound_flow_id).map(id_of),
        })
    }

    async fn set_whisper(&self, queue: &OutboundQueue, flow_id: &str) -> Asked<()> {
        let config = OutboundCallerConfig::builder()
            .set_outbound_caller_id_name(queue.caller_name.clone())
            .set_outbound_caller_id_number_id(queue.caller_number_id.clone())
            .outbound_flow_id(flow_id)
            .build();
        let request = self.client.update_queue_outbound_caller_config().instance_id(self.instance_id());
        let request = request.queue_id(&queue.id).outbound_caller_config(config);
        let action = "connect:UpdateQueueOutboundCallerConfig";
        self.call(action, &queue.name, || request.clone().send()).await.map(|_| ())
    }

    async fn profiles(&self) -> Asked<Vec<(String, String)>> {
        let (mut out, mut next) = (Vec::new(), None);
        loop {
            let request =
                self.client.list_routing_profiles().instance_id(self.instance_id()).set_next_token(next);
            let page = self.call("connect:ListRoutingProfiles", "", || request.clone().send()).await?;
            out.extend(page.routing_profile_summary_list().iter().map(|it| (text(it.id()), text(it.name()))));
            next = page.next_token;
            if next.is_none() {
                return Ok(out);
            }
        }
    }

    async fn profile(&self, id: &str) -> Asked<ProfileState> {
        const ACTION: &str = "connect:DescribeRoutingProfile";
        let request =
            self.client.describe_routing_profile().instance_id(self.instance_id()).routing_profile_id(id);
        let reply = self.call(ACTION, id, || request.clone().send()).await?;
        let it = reply.routing_profile.ok_or_else(|| missing(ACTION, id))?;
        let most = |it: &aws_sdk_connect::types::MediaConcurrency| {
            (it.channel().as_str().to_owned(), it.concurrency().max(0).unsigned_abs())
        };
        Ok(ProfileState {
            id: text(it.routing_profile_id()),
            name: text(it.name()),
            outbound_queue_id: owned(it.default_outbound_queue_id()),
            concurrency: it.media_concurrencies().iter().map(most).collect(),
        })
    }
}
