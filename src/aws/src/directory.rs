//! What an Amazon Connect instance holds, read through its API within a call budget (`spec/lambdas.md` 7.6).
//!
//! The answer has the shape of `connect.json`, so that refreshing the cache is importing it.

use std::future::Future;
use std::sync::Arc;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_connect::Client;
use aws_sdk_connect::config::http::HttpResponse;
use aws_sdk_connect::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_connect::types::{
    ContactFlowState, ContactFlowType, PhoneNumberCountryCode, PhoneNumberType, QueueStatus, QueueType,
};
use connect_rules_cloud::gateway::{Asked, Budgets, Family, Place, Section};
use connect_rules_engine::value::{Map, Value};

use crate::call::{Ask, Caller};

/// Types of the contact flows that rules and the deployment use.
pub(crate) const FLOW_TYPES: [ContactFlowType; 6] = [
    ContactFlowType::ContactFlow,
    ContactFlowType::AgentWhisper,
    ContactFlowType::CustomerHold,
    ContactFlowType::OutboundWhisper,
    ContactFlowType::CustomerWhisper,
    ContactFlowType::CustomerQueue,
];

/// Told how many things of a section were read.
type Progress<'a> = &'a (dyn Fn(usize) + Sync);

/// Reads an instance.
#[derive(Clone, Debug)]
pub struct Directory {
    connect: Client,
    lambda: aws_sdk_lambda::Client,
    lex: aws_sdk_lexmodelsv2::Client,
    caller: Arc<Caller>,
}

/// Object of the members that are there.
fn object(members: &[(&str, Option<Value>)]) -> Value {
    let mut out = Map::new();
    for (name, value) in members {
        if let Some(value) = value {
            out.insert(*name, value.clone());
        }
    }
    Value::from(out)
}

fn text(text: Option<&str>) -> Option<Value> {
    text.map(Value::from)
}

fn number(number: impl Into<f64>) -> Value {
    Value::Number(number.into())
}

impl Directory {
    /// The instance of a caller's place.
    pub fn new(configuration: &SdkConfig, caller: Arc<Caller>) -> Self {
        Directory {
            connect: Client::new(configuration),
            lambda: aws_sdk_lambda::Client::new(configuration),
            lex: aws_sdk_lexmodelsv2::Client::new(configuration),
            caller,
        }
    }

    /// The instance that a function of the same account reads.
    pub fn of_function(configuration: &SdkConfig, place: Place, budgets: Arc<Budgets>) -> Self {
        let once = configuration.to_builder().retry_config(RetryConfig::disabled()).build();
        let caller = Caller::trusted(&once, place, budgets);
        Directory::new(&once, Arc::new(caller))
    }

    /// Reads everything.
    ///
    /// # Errors
    /// The section, the call and why it failed; nothing else has happened then.
    pub async fn read(&self) -> Result<Value, String> {
        let mut out = Map::new();
        for section in Section::ALL {
            let items =
                self.section(section, &|_| {}).await.map_err(|why| format!("{}: {why}", section.key()))?;
            out.insert(section.key(), Value::from(items));
        }
        Ok(Value::from(out))
    }

    /// Reads a section; `progress` is told how many things were read. Given up by dropping it.
    pub async fn section(&self, section: Section, progress: Progress<'_>) -> Asked<Vec<Value>> {
        match section {
            Section::OperatingHours => self.operating_hours(progress).await,
            Section::Queues => self.queues(progress).await,
            Section::RoutingProfiles => self.routing_profiles(progress).await,
            Section::ContactFlows => self.contact_flows(progress).await,
            Section::Prompts => self.prompts(progress).await,
            Section::PhoneNumbers => self.phone_numbers(progress).await,
            Section::LambdaFunctions => self.functions(progress).await,
            Section::LexBots => self.bots(progress).await,
        }
    }

    async fn call<T, E, F>(&self, action: &'static str, attempt: impl Fn() -> F + Send + Sync) -> Asked<T>
    where
        T: Send,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send,
    {
        self.caller.call(Ask::of(Family::Connect, action, ""), attempt).await
    }

    async fn operating_hours(&self, progress: Progress<'_>) -> Asked<Vec<Value>> {
        let (mut out, mut next) = (Vec::new(), None);
        loop {
            let list = self.connect.list_hours_of_operations().instance_id(&self.caller.place.instance);
            let page = self
                .call("connect:ListHoursOfOperations", || list.clone().set_next_token(next.clone()).send())
                .await?;
            for summary in page.hours_of_operation_summary_list() {
                let Some(id) = summary.id() else { continue };
                let describe =
                    self.connect.describe_hours_of_operation().instance_id(&self.caller.place.instance);
                let reply = self
                    .call("connect:DescribeHoursOfOperation", || {
                        describe.clone().hours_of_operation_id(id).send()
                    })
                    .await?;
                let Some(hours) = reply.hours_of_operation() else { continue };
                let config: Vec<Value> = hours
                    .config()
                    .iter()
                    .map(|it| {
                        let time = |hours: i32, minutes: i32| {
                            object(&[("Hours", Some(number(hours))), ("Minutes", Some(number(minutes)))])
                        };
                        let start = it.start_time().map(|at| time(at.hours(), at.minutes()));
                        let end = it.end_time().map(|at| time(at.hours(), at.minutes()));
                        let day = Some(it.day().as_str());
                        object(&[("Day", text(day)), ("StartTime", start), ("EndTime", end)])
                    })
                    .collect();
                out.push(object(&[
                    ("Name", text(hours.name())),
                    ("Description", text(hours.description())),
                    ("Id", text(hours.hours_of_operation_id())),
                    ("Arn", text(hours.hours_of_operation_arn())),
                    ("Timezone", text(hours.time_zone())),
                    ("Config", Some(Value::from(config))),
                ]));
                progress(out.len());
            }
            next = page.next_token;
            if next.is_none() {
                return Ok(out);
            }
        }
    }

    async fn queues(&self, progress: Progress<'_>) -> Asked<Vec<Value>> {
        let (mut out, mut next) = (Vec::new(), None);
        loop {
            let list = self.connect.list_queues().instance_id(&self.caller.place.instance);
            let list = list.queue_types(QueueType::Standard).set_next_token(next);
            let page = self.call("connect:ListQueues", || list.clone().send()).await?;
            for summary in page.queue_summary_list() {
                let Some(id) = summary.id() else { continue };
                let describe =
                    self.connect.describe_queue().instance_id(&self.caller.place.instance).queue_id(id);
                let reply = self.call("connect:DescribeQueue", || describe.clone().send()).await?;
                let Some(queue) = reply.queue() else { continue };
                let caller = queue.outbound_caller_config().map(|it| {
                    object(&[
                        ("OutboundCallerIdName", text(it.outbound_caller_id_name())),
                        ("OutboundCallerIdNumberId", text(it.outbound_caller_id_number_id())),
                        ("OutboundFlowId", text(it.outbound_flow_id())),
                    ])
                });
                out.push(object(&[
                    ("Name", text(queue.name())),
                    ("Description", text(queue.description())),
                    ("Id", text(queue.queue_id())),
                    ("Arn", text(queue.queue_arn())),
                    ("OutboundCallerConfig", caller),
                    ("MaxContacts", queue.max_contacts().map(number)),
                    ("Status", text(queue.status().map(QueueStatus::as_str))),
                    ("HoursOfOperationId", text(queue.hours_of_operation_id())),
                ]));
                progress(out.len());
            }
            next = page.next_token;
            if next.is_none() {
                return Ok(out);
            }
        }
    }

    async fn routing_profiles(&self, progress: Progress<'_>) -> Asked<Vec<Value>> {
        let (mut out, mut next) = (Vec::new(), None);
        loop {
            let list = self.connect.list_routing_profiles().instance_id(&self.caller.place.instance);
            let page = self
                .call("connect:ListRoutingProfiles", || list.clone().set_next_token(next.clone()).send())
                .await?;
            for summary in page.routing_profile_summary_list() {
                let Some(id) = summary.id() else { continue };
                out.push(object(&[
                    ("Name", text(summary.name())),
                    ("Id", text(Some(id))),
                    ("Arn", text(summary.arn())),
                    ("Queues", Some(Value::from(self.queues_of(id).await?))),
                ]));
                progress(out.len());
            }
            next = page.next_token;
            if next.is_none() {
                return Ok(out);
            }
        }
    }

    async fn queues_of(&self, profile: &str) -> Asked<Vec<Value>> {
        let (mut out, mut next) = (Vec::new(), None);
        loop {
            let list = self.connect.list_routing_profile_queues().instance_id(&self.caller.place.instance);
            let list = list.routing_profile_id(profile).set_next_token(next);
            let page = self.call("connect:ListRoutingProfileQueues", || list.clone().send()).await?;
            for queue in page.routing_profile_queue_config_summary_list() {
                out.push(object(&[
                    ("QueueId", text(Some(queue.queue_id()))),
                    ("QueueArn", text(Some(queue.queue_arn()))),
                    ("QueueName", text(Some(queue.queue_name()))),
                    ("Priority", Some(number(queue.priority()))),
                    ("Delay", Some(number(queue.delay()))),
                    ("Channel", text(Some(queue.channel().as_str()))),
                ]));
            }
            next = page.next_token;
            if next.is_none() {
                return Ok(out);
            }
        }
    }

    async fn contact_flows(&self, progress: Progress<'_>) -> Asked<Vec<Value>> {
        let (mut out, mut next) = (Vec::new(), None);
        loop {
            let list = self.connect.list_contact_flows().instance_id(&self.caller.place.instance);
            let list = list.set_contact_flow_types(Some(FLOW_TYPES.to_vec())).set_next_token(next);
            let page = self.call("connect:ListContactFlows", || list.clone().send()).await?;
            for flow in page.contact_flow_summary_list() {
                out.push(object(&[
                    ("Name", text(flow.name())),
                    ("Id", text(flow.id())),
                    ("Arn", text(flow.arn())),
                    ("Type", text(flow.contact_flow_type().map(ContactFlowType::as_str))),
                    ("State", text(flow.contact_flow_state().map(ContactFlowState::as_str))),
                ]));
            }
            progress(out.len());
            next = page.next_token;
            if next.is_none() {
                return Ok(out);
            }
        }
    }

    async fn prompts(&self, progress: Progress<'_>) -> Asked<Vec<Value>> {
        let (mut out, mut next) = (Vec::new(), None);
        loop {
            let list = self.connect.list_prompts().instance_id(&self.caller.place.instance);
            let page =
                self.call("connect:ListPrompts", || list.clone().set_next_token(next.clone()).send()).await?;
            for prompt in page.prompt_summary_list() {
                out.push(object(&[
                    ("Name", text(prompt.name())),
                    ("Id", text(prompt.id())),
                    ("Arn", text(prompt.arn())),
                ]));
            }
            progress(out.len());
            next = page.next_token;
            if next.is_none() {
                return Ok(out);
            }
        }
    }

    async fn phone_numbers(&self, progress: Progress<'_>) -> Asked<Vec<Value>> {
        let (mut out, mut next) = (Vec::new(), None);
        loop {
            let list = self.connect.list_phone_numbers().instance_id(&self.caller.place.instance);
            let page = self
                .call("connect:ListPhoneNumbers", || list.clone().set_next_token(next.clone()).send())
                .await?;
            for it in page.phone_number_summary_list() {
                let country = it.phone_number_country_code().map(PhoneNumberCountryCode::as_str);
                out.push(object(&[
                    ("PhoneNumber", text(it.phone_number())),
                    ("Id", text(it.id())),
                    ("Arn", text(it.arn())),
                    ("CountryCode", text(country)),
                    ("Type", text(it.phone_number_type().map(PhoneNumberType::as_str))),
                ]));
            }
            progress(out.len());
            next = page.next_token;
            if next.is_none() {
                return Ok(out);
            }
        }
    }

    async fn functions(&self, progress: Progress<'_>) -> Asked<Vec<Value>> {
        let prefix = self.caller.place.prefix();
        let (mut out, mut next) = (Vec::new(), None);
        loop {
            let list = self.lambda.list_functions().set_marker(next);
            let page = self
                .caller
                .call(Ask::of(Family::Lambda, "lambda:ListFunctions", ""), || list.clone().send())
                .await?;
            for function in page.functions() {
                let name = function.function_name().unwrap_or_default();
                if name.starts_with(&*prefix) {
                    out.push(object(&[("Name", text(Some(name))), ("Arn", text(function.function_arn()))]));
                }
            }
            progress(out.len());
            next = page.next_marker;
            if next.is_none() {
                return Ok(out);
            }
        }
    }

    async fn bots(&self, progress: Progress<'_>) -> Asked<Vec<Value>> {
        let prefix = self.caller.place.prefix();
        let (mut out, mut next) = (Vec::new(), None);
        loop {
            let page = self
                .caller
                .call(Ask::of(Family::Lex, "lex:ListBots", ""), || {
                    self.lex.list_bots().set_next_token(next.clone()).send()
                })
                .await?;
            for bot in page.bot_summaries() {
                let name = bot.bot_name().unwrap_or_default();
                let (Some(simple), Some(id)) = (name.strip_prefix(&*prefix), bot.bot_id()) else {
                    continue;
                };
                let alias = self.alias(id).await?;
                let arn = |alias: &str| {
                    let Place { region, account, .. } = &self.caller.place;
                    format!("arn:aws:lex:{region}:{account}:bot-alias/{id}/{alias}")
                };
                let why = || format!("the bot has no alias {}", self.caller.place.bot_alias);
                out.push(object(&[
                    ("Name", text(Some(name))),
                    ("SimpleName", text(Some(simple))),
                    ("Arn", alias.as_deref().map(|alias| Value::from(arn(alias)))),
                    ("Id", text(Some(id))),
                    ("LocaleId", text(Some(&self.caller.place.bot_locale))),
                    ("AliasId", text(alias.as_deref())),
                    // One bot without its alias is told, and stops no other (L-28).
                    ("Error", alias.is_none().then(|| Value::from(why()))),
                ]));
                progress(out.len());
            }
            next = page.next_token;
            if next.is_none() {
                return Ok(out);
            }
        }
    }

    /// Identifier of a bot's alias.
    async fn alias(&self, bot: &str) -> Asked<Option<String>> {
        let mut next = None;
        loop {
            let list = self.lex.list_bot_aliases().bot_id(bot).set_next_token(next);
            let page = self
                .caller
                .call(Ask::of(Family::Lex, "lex:ListBotAliases", ""), || list.clone().send())
                .await?;
            let mut all = page.bot_alias_summaries().iter();
            if let Some(found) = all.find(|it| it.bot_alias_name() == Some(&self.caller.place.bot_alias)) {
                return Ok(found.bot_alias_id().map(str::to_owned));
            }
            next = page.next_token;
            if next.is_none() {
                return Ok(None);
            }
        }
    }
}
