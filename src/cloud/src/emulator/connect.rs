//! Amazon Connect.

use async_trait::async_trait;
use base64::Engine as _;
use connect_rules_engine::json;
use connect_rules_engine::value::Value;
use serde_json::{Map, Value as Json, json as document};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::state::{FlowRow, State, text};
use super::{Emulator, content, missing};
use crate::gateway::{
    Asked, CallError, Cause, Connect, ConnectInstance, Family, FlowContent, FlowSummary, Names, NewFlow,
    NumberRoute, OutboundQueue, Place, ProfileState, Section,
};

/// Things on a page of a list.
const PAGE: usize = 100;
/// Longest name of a flow.
const NAME: usize = 127;
/// Most tags.
const TAGS: usize = 50;

/// A new identifier.
pub fn fresh_id() -> String {
    Uuid::new_v4().hyphenated().to_string()
}

/// SHA-256 in base64, as Lambda tells it.
pub fn hash(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(Sha256::digest(bytes))
}

fn flow_arn(place: &Place, id: &str) -> String {
    format!("{}/contact-flow/{id}", place.instance_arn())
}

fn summary(place: &Place, row: &FlowRow) -> FlowSummary {
    FlowSummary {
        id: row.id.clone(),
        arn: flow_arn(place, &row.id),
        name: row.name.clone(),
        flow_type: row.flow_type.clone(),
        state: if row.archived { "ARCHIVED" } else { "ACTIVE" }.to_owned(),
        status: if row.published.is_some() { "PUBLISHED" } else { "SAVED" }.to_owned(),
    }
}

fn invalid<T>(call: &str, about: &str, problems: Vec<String>) -> Asked<T> {
    Err(CallError::new(call, about, Cause::Invalid(problems), ""))
}

fn quota(state: &State, name: &str) -> f64 {
    let all = state.quotas.get("connect").into_iter().flatten();
    all.into_iter().find(|it| it.name == name).map_or(f64::INFINITY, |it| it.value)
}

/// The document with these members only.
fn kept(it: &Map<String, Json>, members: &[&str]) -> Map<String, Json> {
    members.iter().filter_map(|name| Some(((*name).to_owned(), it.get(*name)?.clone()))).collect()
}

impl Emulator {
    async fn connect<T>(
        &self,
        call: &str,
        about: &str,
        work: impl FnOnce(&mut State) -> Asked<T>,
    ) -> Asked<T> {
        self.call(Family::Connect, &format!("connect:{call}"), about, work).await
    }

    /// A list, page by page.
    async fn pages<T: Clone>(
        &self,
        (family, call): (Family, &str),
        list: impl Fn(&State) -> Vec<T>,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Asked<Vec<T>> {
        let mut out = Vec::new();
        loop {
            let from = out.len();
            let (page, is_last) = self
                .call(family, call, "", |state| {
                    let all = list(state);
                    let to = (from + PAGE).min(all.len());
                    Ok((all.get(from.min(to)..to).unwrap_or_default().to_vec(), to == all.len()))
                })
                .await?;
            out.extend(page);
            progress(out.len());
            if is_last {
                return Ok(out);
            }
        }
    }

    /// The things of a list, each described by itself.
    async fn described(
        &self,
        list: &str,
        (listing, describing): (&str, &str),
        members: &[&str],
        progress: &(dyn Fn(usize) + Sync),
    ) -> Asked<Vec<Json>> {
        let names =
            self.pages((Family::Connect, listing), |state| state.list(list).to_vec(), &|_| ()).await?;
        let mut out = Vec::new();
        for it in names {
            let (id, name) = (text(&it, "Id").to_owned(), text(&it, "Name").to_owned());
            let found = self
                .connect(describing, &name, |state| {
                    let now = state.list(list).iter().find(|it| text(it, "Id") == id);
                    now.map_or_else(
                        || missing(&format!("connect:{describing}"), &name),
                        |it| Ok(kept(it, members)),
                    )
                })
                .await?;
            out.push(found.into());
            progress(out.len());
        }
        Ok(out)
    }

    async fn plain(
        &self,
        list: &str,
        listing: &str,
        members: &[&str],
        progress: &(dyn Fn(usize) + Sync),
    ) -> Asked<Vec<Json>> {
        let all = self.pages((Family::Connect, listing), |state| state.list(list).to_vec(), progress).await?;
        Ok(all.iter().map(|it| kept(it, members).into()).collect())
    }

    async fn read_section(&self, section: Section, progress: &(dyn Fn(usize) + Sync)) -> Asked<Vec<Json>> {
        let place = &self.shared.place;
        match section {
            Section::OperatingHours => {
                let calls = ("connect:ListHoursOfOperations", "DescribeHoursOfOperation");
                let members = ["Name", "Description", "Id", "Arn", "Timezone", "Config"];
                self.described("operatingHours", calls, &members, progress).await
            }
            Section::Queues => {
                let calls = ("connect:ListQueues", "DescribeQueue");
                let members = [
                    "Name",
                    "Description",
                    "Id",
                    "Arn",
                    "OutboundCallerConfig",
                    "MaxContacts",
                    "Status",
                    "HoursOfOperationId",
                ];
                self.described("queues", calls, &members, progress).await
            }
            Section::RoutingProfiles => {
                let calls = ("connect:ListRoutingProfiles", "ListRoutingProfileQueues");
                self.described("routingProfiles", calls, &["Name", "Id", "Arn", "Queues"], progress).await
            }
            Section::ContactFlows => {
                let list = |state: &State| state.flows.clone();
                let all = self.pages((Family::Connect, "connect:ListContactFlows"), list, progress).await?;
                Ok(all.iter().map(|it| summary(place, it)).map(|it| {
                    document!({ "Name": it.name, "Id": it.id, "Arn": it.arn, "Type": it.flow_type, "State": it.state })
                }).collect())
            }
            Section::Prompts => {
                self.plain("prompts", "connect:ListPrompts", &["Name", "Id", "Arn"], progress).await
            }
            Section::PhoneNumbers => {
                let members = ["PhoneNumber", "Id", "Arn", "CountryCode", "Type"];
                self.plain("phoneNumbers", "connect:ListPhoneNumbers", &members, progress).await
            }
            Section::LambdaFunctions => {
                let list = |state: &State| state.functions.values().map(|it| it.function.clone()).collect();
                let all = self.pages((Family::Lambda, "lambda:ListFunctions"), list, progress).await?;
                let own = all.iter().filter(|it| it.name.starts_with(&place.prefix()));
                Ok(own.map(|it| document!({ "Name": it.name, "Arn": it.arn })).collect())
            }
            Section::LexBots => {
                let list = |state: &State| state.bots.values().map(|it| it.bot.clone()).collect();
                let all = self.pages((Family::Lex, "lex:ListBots"), list, &|_| ()).await?;
                let mut out = Vec::new();
                for bot in all.into_iter().filter(|it| it.name.starts_with(&place.prefix())) {
                    let aliases =
                        self.call(Family::Lex, "lex:ListBotAliases", &bot.name, |_| Ok(bot.aliases.clone()));
                    let aliases = aliases.await?;
                    let Some(alias) = aliases.iter().find(|it| it.name == place.bot_alias) else {
                        let what = format!("the bot has no alias {}", place.bot_alias);
                        return Err(CallError::new("lex:ListBotAliases", &bot.name, Cause::NotFound, what));
                    };
                    let simple = bot.name.strip_prefix(&place.prefix()).unwrap_or(&bot.name);
                    out.push(document!({
                        "Name": bot.name, "SimpleName": simple, "Arn": alias.arn, "Id": bot.id,
                        "LocaleId": place.bot_locale, "AliasId": alias.id,
                    }));
                    progress(out.len());
                }
                Ok(out)
            }
        }
    }
}

#[async_trait]
impl Connect for Emulator {
    async fn instance(&self) -> Asked<ConnectInstance> {
        let place = &self.shared.place;
        let out = ConnectInstance {
            id: place.instance.clone(),
            arn: place.instance_arn(),
            alias: place.stack(),
            status: "ACTIVE".to_owned(),
        };
        self.connect("DescribeInstance", "", |_| Ok(out)).await
    }

    async fn section(&self, section: Section, progress: &(dyn Fn(usize) + Sync)) -> Asked<Vec<Value>> {
        let mut out: Vec<Json> = self.read_section(section, progress).await?;
        let name = |it: &Json| {
            let member = if section == Section::PhoneNumbers { "PhoneNumber" } else { "Name" };
            it.get(member).and_then(Json::as_str).unwrap_or_default().to_lowercase()
        };
        if section != Section::LexBots {
            out.sort_by_cached_key(name);
        }
        Ok(out.iter().filter_map(|it| json::parse(&it.to_string()).ok()).collect())
    }

    async fn flows(&self) -> Asked<Vec<FlowSummary>> {
        let place = &self.shared.place;
        let list = |state: &State| state.flows.iter().map(|it| summary(place, it)).collect();
        self.pages((Family::Connect, "connect:ListContactFlows"), list, &|_| ()).await
    }

    async fn flow(&self, id: &str, draft: bool) -> Asked<FlowContent> {
        let place = &self.shared.place;
        let about = self.flow_name(id);
        self.connect("DescribeContactFlow", &about, |state| {
            let Some(row) = state.flow(id) else { return missing("connect:DescribeContactFlow", id) };
            let mut summary = summary(place, row);
            let saved = row.saved.as_ref().filter(|_| draft || row.published.is_none());
            if saved.is_some() {
                "SAVED".clone_into(&mut summary.status);
            }
            let content = saved.or(row.published.as_ref()).cloned().unwrap_or_default();
            Ok(FlowContent { summary, description: row.description.clone(), content, tags: row.tags.clone() })
        })
        .await
    }

    async fn create_flow(&self, flow: &NewFlow) -> Asked<(String, String)> {
        let place = &self.shared.place;
        self.connect("CreateContactFlow", &flow.name, |state| {
            const CALL: &str = "connect:CreateContactFlow";
            let length = flow.name.chars().count();
            if length == 0 || length > NAME || flow.tags.len() > TAGS {
                let what = format!("a name has 1 to {NAME} characters and there are at most {TAGS} tags");
                return Err(CallError::new(CALL, &flow.name, Cause::Invalid(Vec::new()), what));
            }
            if state.flows.iter().any(|it| it.name == flow.name) {
                return Err(CallError::new(CALL, &flow.name, Cause::Duplicate, ""));
            }
            if state.flows.len() as f64 >= quota(state, "Contact flows per instance") {
                return Err(CallError::new(CALL, &flow.name, Cause::Limit, "Contact flows per instance"));
            }
            let problems = content::problems(state, &flow.name, &flow.flow_type, &flow.content);
            if !problems.is_empty() {
                return invalid(CALL, &flow.name, problems);
            }
            let id = fresh_id();
            state.flows.push(FlowRow {
                id: id.clone(),
                name: flow.name.clone(),
                flow_type: flow.flow_type.clone(),
                description: flow.description.clone(),
                archived: false,
                published: Some(flow.content.clone()),
                saved: None,
                tags: flow.tags.clone(),
            });
            let arn = flow_arn(place, &id);
            Ok((id, arn))
        })
        .await
    }

    async fn update_flow(&self, id: &str, content: &str) -> Asked<()> {
        let about = self.flow_name(id);
        self.connect("UpdateContactFlowContent", &about, |state| {
            const CALL: &str = "connect:UpdateContactFlowContent";
            let Some(row) = state.flow(id) else { return missing(CALL, id) };
            if row.archived {
                return Err(CallError::new(CALL, &row.name, Cause::Conflict, "the flow is in the archive"));
            }
            let problems = content::problems(state, &row.name, &row.flow_type, content);
            if !problems.is_empty() {
                return invalid(CALL, &row.name, problems);
            }
            if let Some(row) = state.flow_mut(id) {
                row.published = Some(content.to_owned());
                row.saved = None;
            }
            Ok(())
        })
        .await
    }

    async fn unarchive_flow(&self, id: &str) -> Asked<()> {
        let about = self.flow_name(id);
        self.connect("UpdateContactFlowMetadata", &about, |state| match state.flow_mut(id) {
            Some(row) => {
                row.archived = false;
                Ok(())
            }
            None => missing("connect:UpdateContactFlowMetadata", id),
        })
        .await
    }

    async fn tag(&self, arn: &str, tags: &Names) -> Asked<()> {
        let id = arn.rsplit('/').next().unwrap_or_default();
        let about = self.flow_name(id);
        self.connect("TagResource", &about, |state| match state.flow_mut(id) {
            Some(row) => {
                row.tags.extend(tags.clone());
                Ok(())
            }
            None => missing("connect:TagResource", arn),
        })
        .await
    }

    async fn associated_functions(&self) -> Asked<Vec<String>> {
        let list = |state: &State| state.associated_functions.clone();
        self.pages((Family::Connect, "connect:ListLambdaFunctions"), list, &|_| ()).await
    }

    async fn associate_function(&self, arn: &str) -> Asked<()> {
        self.connect("AssociateLambdaFunction", arn, |state| {
            const CALL: &str = "connect:AssociateLambdaFunction";
            let name = arn.split(':').nth(6).unwrap_or_default();
            if !state.functions.contains_key(name) {
                return missing(CALL, arn);
            }
            if state.associated_functions.len() as f64 >= quota(state, "AWS Lambda functions per instance") {
                return Err(CallError::new(CALL, arn, Cause::Limit, "AWS Lambda functions per instance"));
            }
            if !state.associated_functions.iter().any(|it| it == arn) {
                state.associated_functions.push(arn.to_owned());
            }
            Ok(())
        })
        .await
    }

    async fn associated_bots(&self) -> Asked<Vec<String>> {
        let list = |state: &State| state.associated_bots.clone();
        self.pages((Family::Connect, "connect:ListBots"), list, &|_| ()).await
    }

    async fn associate_bot(&self, alias_arn: &str) -> Asked<()> {
        self.connect("AssociateBot", alias_arn, |state| {
            let mut aliases = state.bots.values().flat_map(|it| &it.bot.aliases);
            if !aliases.any(|it| it.arn == alias_arn) {
                return missing("connect:AssociateBot", alias_arn);
            }
            if !state.associated_bots.iter().any(|it| it == alias_arn) {
                state.associated_bots.push(alias_arn.to_owned());
            }
            Ok(())
        })
        .await
    }

    async fn numbers(&self) -> Asked<Vec<NumberRoute>> {
        let place = &self.shared.place;
        let list = |state: &State| state.list("phoneNumbers").to_vec();
        let all = self.pages((Family::Connect, "connect:ListPhoneNumbersV2"), list, &|_| ()).await?;
        let mut out = Vec::new();
        for page in all.chunks(PAGE) {
            let routes = self.connect("BatchGetFlowAssociation", "", |_| Ok(page.to_vec())).await?;
            out.extend(routes.iter().map(|it| NumberRoute {
                id: text(it, "Id").to_owned(),
                arn: text(it, "Arn").to_owned(),
                number: text(it, "PhoneNumber").to_owned(),
                flow_arn: Some(text(it, "FlowId")).filter(|it| !it.is_empty()).map(|id| flow_arn(place, id)),
            }));
        }
        Ok(out)
    }

    async fn route_number(&self, number_id: &str, flow_id: &str) -> Asked<()> {
        self.connect("AssociatePhoneNumberContactFlow", number_id, |state| {
            const CALL: &str = "connect:AssociatePhoneNumberContactFlow";
            if state.flow(flow_id).is_none() {
                return missing(CALL, flow_id);
            }
            let mut numbers = state.lists.get_mut("phoneNumbers").into_iter().flatten();
            match numbers.find(|it| text(it, "Id") == number_id) {
                Some(number) => {
                    number.insert("FlowId".to_owned(), flow_id.into());
                    Ok(())
                }
                None => missing(CALL, number_id),
            }
        })
        .await
    }

    async fn queue(&self, id: &str) -> Asked<OutboundQueue> {
        self.connect("DescribeQueue", id, |state| {
            let Some(it) = state.list("queues").iter().find(|it| text(it, "Id") == id) else {
                return missing("connect:DescribeQueue", id);
            };
            let outbound = |member: &str| {
                let config = it.get("OutboundCallerConfig").and_then(Json::as_object)?;
                Some(text(config, member).to_owned()).filter(|it| !it.is_empty())
            };
            Ok(OutboundQueue {
                id: id.to_owned(),
                arn: text(it, "Arn").to_owned(),
                name: text(it, "Name").to_owned(),
                caller_name: outbound("OutboundCallerIdName"),
                caller_number_id: outbound("OutboundCallerIdNumberId"),
                whisper_flow_id: outbound("OutboundFlowId"),
            })
        })
        .await
    }

    async fn set_whisper(&self, queue: &OutboundQueue, flow_id: &str) -> Asked<()> {
        self.connect("UpdateQueueOutboundCallerConfig", &queue.name, |state| {
            const CALL: &str = "connect:UpdateQueueOutboundCallerConfig";
            if state.flow(flow_id).is_none_or(|it| it.flow_type != "OUTBOUND_WHISPER") {
                return missing(CALL, flow_id);
            }
            state.own.insert(queue.id.clone());
            let mut queues = state.lists.get_mut("queues").into_iter().flatten();
            let Some(it) = queues.find(|it| text(it, "Id") == queue.id) else {
                return missing(CALL, &queue.name);
            };
            let mut config = Map::new();
            let members = [
                ("OutboundCallerIdName", queue.caller_name.clone()),
                ("OutboundCallerIdNumberId", queue.caller_number_id.clone()),
                ("OutboundFlowId", Some(flow_id.to_owned())),
            ];
            for (member, value) in members {
                if let Some(value) = value {
                    config.insert(member.to_owned(), value.into());
                }
            }
            it.insert("OutboundCallerConfig".to_owned(), config.into());
            Ok(())
        })
        .await
    }

    async fn profiles(&self) -> Asked<Vec<(String, String)>> {
        let one = |it: &Map<String, Json>| (text(it, "Id").to_owned(), text(it, "Name").to_owned());
        let list = |state: &State| state.list("routingProfiles").iter().map(one).collect();
        self.pages((Family::Connect, "connect:ListRoutingProfiles"), list, &|_| ()).await
    }

    async fn profile(&self, id: &str) -> Asked<ProfileState> {
        self.connect("DescribeRoutingProfile", id, |state| {
            let Some(it) = state.list("routingProfiles").iter().find(|it| text(it, "Id") == id) else {
                return missing("connect:DescribeRoutingProfile", id);
            };
            let first = it.get("Queues").and_then(Json::as_array).and_then(|it| it.first());
            let first = first.and_then(|it| it.get("QueueId")).and_then(Json::as_str).unwrap_or_default();
            let outbound = text(it, "OutboundQueueId");
            let outbound = if outbound.is_empty() { first } else { outbound };
            let concurrency = it.get("Concurrency").and_then(|it| serde_json::from_value(it.clone()).ok());
            let usual = || [("VOICE".to_owned(), 1), ("CHAT".to_owned(), 2), ("TASK".to_owned(), 1)].into();
            Ok(ProfileState {
                id: id.to_owned(),
                name: text(it, "Name").to_owned(),
                outbound_queue_id: Some(outbound.to_owned()).filter(|it| !it.is_empty()),
                concurrency: concurrency.unwrap_or_else(usual),
            })
        })
        .await
    }
}

impl Emulator {
    /// Name of a flow, for errors.
    fn flow_name(&self, id: &str) -> String {
        self.lock().state.flow(id).map_or_else(|| id.to_owned(), |it| it.name.clone())
    }
}
