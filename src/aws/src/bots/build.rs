//! Building a bot. The draft is made anew each time; what callers talk to is a numbered version, which the
//! environment's alias is pointed to only after everything before it has worked.

use aws_sdk_lexmodelsv2::error::BuildError;
use aws_sdk_lexmodelsv2::types::{
    BotAliasLocaleSettings, BotAliasStatus, BotLocaleStatus, BotStatus, BotVersionLocaleDetails,
    CodeHookSpecification, DataPrivacy, FulfillmentCodeHookSettings, LambdaCodeHook, Message, MessageGroup,
    PlainTextMessage, PromptSpecification, SampleUtterance, SlotConstraint, SlotPriority,
    SlotValueElicitationSetting,
};
use connect_rules_cloud::gateway::{Asked, BotDefinition, BotIntent, BotSlot, BotState, CallError, Cause};
use std::collections::HashMap;

use super::{AwsBots, HASH, text};

/// The version that is worked on, and the alias of it that every bot has.
const DRAFT: &str = "DRAFT";
const DRAFT_ALIAS: &str = "TSTALIASID";
/// How sure an intent must be (`spec/contactflows.md` 11.8).
const SURE: f64 = 0.4;
/// Seconds that a conversation is kept.
const IDLE: i32 = 300;
/// How often something is looked at until it is ready.
const LOOKS: usize = 300;
/// Versions of a bot that are kept besides those that aliases point to; Lex takes 100.
const KEPT: usize = 5;
/// Times that a question is asked again.
const RETRIES: i32 = 2;

/// What is being built.
struct Work<'a> {
    name: String,
    id: String,
    function_arn: &'a str,
}

#[allow(clippy::needless_pass_by_value, reason = "errors are mapped by it")]
fn incomplete(error: BuildError) -> CallError {
    CallError::new("lex:BuildBotLocale", "", Cause::Invalid(Vec::new()), error.to_string())
}

fn stuck(action: &str, name: &str, what: &str) -> CallError {
    CallError::new(action, name, Cause::Conflict, format!("{what} is still not ready"))
}

fn broken(action: &str, name: &str, reasons: &[String]) -> CallError {
    CallError::new(action, name, Cause::Invalid(reasons.to_vec()), "")
}

/// When and what a slot is asked for.
fn asked_for(slot: &BotSlot) -> Result<SlotValueElicitationSetting, BuildError> {
    let setting = SlotValueElicitationSetting::builder();
    if slot.prompt.is_empty() {
        return setting.slot_constraint(SlotConstraint::Optional).build();
    }
    let words = PlainTextMessage::builder().value(&slot.prompt).build()?;
    let group = MessageGroup::builder().message(Message::builder().plain_text_message(words).build()).build();
    let prompt = PromptSpecification::builder().message_groups(group).max_retries(RETRIES).build()?;
    setting.slot_constraint(SlotConstraint::Required).prompt_specification(prompt).build()
}

impl AwsBots {
    /// See [`connect_rules_cloud::gateway::Bots::build`].
    pub(super) async fn built(
        &self,
        bot: &BotDefinition,
        hash: &str,
        function_arn: &str,
        role_arn: &str,
        progress: &(dyn Fn(&str) + Sync),
    ) -> Asked<BotState> {
        let name = format!("{}{}", self.caller.place.prefix(), bot.name);
        let there = self.names().await?.into_iter().find(|(found, ..)| *found == name);
        let id = if let Some((_, id, _)) = there {
            id
        } else {
            progress("creating the bot");
            self.create(bot, &name, role_arn).await?
        };
        let work = Work { name, id, function_arn };
        self.wait_for_bot(&work).await?;
        progress("making the draft anew");
        self.new_locale(&work).await?;
        for intent in &bot.intents {
            progress(&format!("intent {}", intent.name));
            Box::pin(self.intent(&work, intent)).await?;
        }
        progress("building");
        self.build_locale(&work).await?;
        for test in &bot.tests {
            progress(&format!("test \"{}\"", test.utterance));
            let (intent, sure) = self.taken_for(&work.name, &work.id, DRAFT_ALIAS, &test.utterance).await?;
            if intent != test.intent {
                let why = format!(
                    "\"{}\" is taken for {intent} ({:.0} %), not for {}",
                    test.utterance,
                    sure * 100.0,
                    test.intent
                );
                return Err(broken("lex:RecognizeText", &work.name, &[why]));
            }
        }
        progress("publishing a version");
        let version = self.version(&work).await?;
        progress(&format!("pointing {} to version {version}", self.caller.place.bot_alias));
        self.point(&work, &version).await?;
        if let Err(error) = self.prune(&work).await {
            progress(&format!("old versions stay: {error}"));
        }
        let tags = HashMap::from([(HASH.to_owned(), hash.to_owned())]);
        let request = self.client.tag_resource().resource_arn(self.bot_arn(&work.id)).set_tags(Some(tags));
        self.call("lex:TagResource", &work.name, || request.clone().send()).await?;
        self.state(work.name, work.id, BotStatus::Available.as_str().to_owned()).await
    }

    async fn create(&self, bot: &BotDefinition, name: &str, role_arn: &str) -> Asked<String> {
        let place = &self.caller.place;
        let tags = [("managed-by", "connect-rules"), ("stage", &*place.stage), ("service", &*place.service)];
        let tags = tags.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let request = self
            .client
            .create_bot()
            .bot_name(name)
            .set_description(Some(bot.description.clone()).filter(|it| !it.is_empty()))
            .role_arn(role_arn)
            .data_privacy(DataPrivacy::builder().child_directed(false).build())
            .idle_session_ttl_in_seconds(IDLE)
            .set_bot_tags(Some(tags));
        let reply = self.call("lex:CreateBot", name, || request.clone().send()).await?;
        Ok(text(reply.bot_id()))
    }

    async fn wait_for_bot(&self, work: &Work<'_>) -> Asked<()> {
        const ACTION: &str = "lex:DescribeBot";
        let request = self.client.describe_bot().bot_id(&work.id);
        for _ in 0..LOOKS {
            let now = self.call(ACTION, &work.name, || request.clone().send()).await?;
            match now.bot_status() {
                Some(BotStatus::Available) => return Ok(()),
                Some(BotStatus::Failed) => return Err(broken(ACTION, &work.name, now.failure_reasons())),
                _ => self.caller.rest().await,
            }
        }
        Err(stuck(ACTION, &work.name, "the bot"))
    }

    /// State of the draft's locale and what is wrong with it; none if there is none.
    async fn locale(&self, work: &Work<'_>) -> Asked<Option<(BotLocaleStatus, Vec<String>)>> {
        let request = self.client.describe_bot_locale().bot_id(&work.id).bot_version(DRAFT);
        let request = request.locale_id(&self.caller.place.bot_locale);
        match self.call("lex:DescribeBotLocale", &work.name, || request.clone().send()).await {
            Ok(it) => Ok(it.bot_locale_status.map(|status| (status, it.failure_reasons.unwrap_or_default()))),
            Err(error) if error.cause == Cause::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// An empty locale in the draft.
    async fn new_locale(&self, work: &Work<'_>) -> Asked<()> {
        let locale = &self.caller.place.bot_locale;
        if self.locale(work).await?.is_some() {
            let request =
                self.client.delete_bot_locale().bot_id(&work.id).bot_version(DRAFT).locale_id(locale);
            self.call("lex:DeleteBotLocale", &work.name, || request.clone().send()).await?;
            let mut gone = false;
            for _ in 0..LOOKS {
                gone = self.locale(work).await?.is_none();
                if gone {
                    break;
                }
                self.caller.rest().await;
            }
            if !gone {
                return Err(stuck("lex:DeleteBotLocale", &work.name, "the draft's locale"));
            }
        }
        let request = self.client.create_bot_locale().bot_id(&work.id).bot_version(DRAFT).locale_id(locale);
        let request = request.nlu_intent_confidence_threshold(SURE);
        self.call("lex:CreateBotLocale", &work.name, || request.clone().send()).await?;
        self.wait_for_locale(work, &[BotLocaleStatus::NotBuilt, BotLocaleStatus::Built]).await
    }

    async fn wait_for_locale(&self, work: &Work<'_>, wanted: &[BotLocaleStatus]) -> Asked<()> {
        for _ in 0..LOOKS {
            match self.locale(work).await? {
                Some((status, _)) if wanted.contains(&status) => return Ok(()),
                Some((BotLocaleStatus::Failed, why)) => {
                    return Err(broken("lex:BuildBotLocale", &work.name, &why));
                }
                _ => self.caller.rest().await,
            }
        }
        Err(stuck("lex:BuildBotLocale", &work.name, "the draft"))
    }

    async fn intent(&self, work: &Work<'_>, intent: &BotIntent) -> Asked<()> {
        let locale = &self.caller.place.bot_locale;
        let mut said = Vec::new();
        for utterance in &intent.utterances {
            said.push(SampleUtterance::builder().utterance(utterance).build().map_err(incomplete)?);
        }
        let fulfil = (!work.function_arn.is_empty())
            .then(|| FulfillmentCodeHookSettings::builder().enabled(true).build());
        let request = self
            .client
            .create_intent()
            .bot_id(&work.id)
            .bot_version(DRAFT)
            .locale_id(locale)
            .intent_name(&intent.name)
            .set_fulfillment_code_hook(fulfil.clone());
        // Utterances may name slots only once these are there.
        let first = Some(said.clone()).filter(|_| intent.slots.is_empty());
        let request = request.set_sample_utterances(first);
        let reply = self.call("lex:CreateIntent", &work.name, || request.clone().send()).await?;
        let id = text(reply.intent_id());
        if intent.slots.is_empty() {
            return Ok(());
        }
        let mut order = Vec::new();
        for (at, slot) in (1..).zip(&intent.slots) {
            let request = self
                .client
                .create_slot()
                .bot_id(&work.id)
                .bot_version(DRAFT)
                .locale_id(locale)
                .intent_id(&id)
                .slot_name(&slot.name)
                .slot_type_id(&slot.slot_type)
                .value_elicitation_setting(asked_for(slot).map_err(incomplete)?);
            let reply = self.call("lex:CreateSlot", &work.name, || request.clone().send()).await?;
            let place = SlotPriority::builder().priority(at).slot_id(text(reply.slot_id())).build();
            order.push(place.map_err(incomplete)?);
        }
        let request = self
            .client
            .update_intent()
            .bot_id(&work.id)
            .bot_version(DRAFT)
            .locale_id(locale)
            .intent_id(&id)
            .intent_name(&intent.name)
            .set_sample_utterances(Some(said))
            .set_fulfillment_code_hook(fulfil)
            .set_slot_priorities(Some(order));
        self.call("lex:UpdateIntent", &work.name, || request.clone().send()).await.map(|_| ())
    }

    async fn build_locale(&self, work: &Work<'_>) -> Asked<()> {
        let request = self.client.build_bot_locale().bot_id(&work.id).bot_version(DRAFT);
        let request = request.locale_id(&self.caller.place.bot_locale);
        self.call("lex:BuildBotLocale", &work.name, || request.clone().send()).await?;
        self.wait_for_locale(work, &[BotLocaleStatus::Built, BotLocaleStatus::ReadyExpressTesting]).await
    }

    /// A numbered version of the draft.
    async fn version(&self, work: &Work<'_>) -> Asked<String> {
        const ACTION: &str = "lex:CreateBotVersion";
        let draft =
            BotVersionLocaleDetails::builder().source_bot_version(DRAFT).build().map_err(incomplete)?;
        let request = self.client.create_bot_version().bot_id(&work.id);
        let request = request.bot_version_locale_specification(&self.caller.place.bot_locale, draft);
        let reply = self.call(ACTION, &work.name, || request.clone().send()).await?;
        let version = text(reply.bot_version());
        let request = self.client.describe_bot_version().bot_id(&work.id).bot_version(&version);
        for _ in 0..LOOKS {
            match self.call("lex:DescribeBotVersion", &work.name, || request.clone().send()).await {
                Ok(now) => match now.bot_status() {
                    Some(BotStatus::Available) => return Ok(version),
                    Some(BotStatus::Failed) => return Err(broken(ACTION, &work.name, now.failure_reasons())),
                    _ => {}
                },
                // It takes a moment until it can be seen.
                Err(error) if error.cause == Cause::NotFound => {}
                Err(error) => return Err(error),
            }
            self.caller.rest().await;
        }
        Err(stuck(ACTION, &work.name, "the version"))
    }

    /// Deletes all but the newest versions, and none that an alias points to.
    async fn prune(&self, work: &Work<'_>) -> Asked<()> {
        let (mut versions, mut next) = (Vec::new(), None);
        loop {
            let request = self.client.list_bot_versions().bot_id(&work.id).set_next_token(next);
            let page = self.call("lex:ListBotVersions", &work.name, || request.clone().send()).await?;
            versions.extend(
                page.bot_version_summaries().iter().filter_map(|it| it.bot_version()?.parse::<u32>().ok()),
            );
            next = page.next_token;
            if next.is_none() {
                break;
            }
        }
        versions.sort_unstable();
        versions.truncate(versions.len().saturating_sub(KEPT));
        let aliases = self.aliases(&work.name, &work.id).await?;
        for version in versions.into_iter().map(|it| it.to_string()) {
            if aliases.iter().any(|it| it.version == version) {
                continue;
            }
            let request = self.client.delete_bot_version().bot_id(&work.id).bot_version(&version);
            self.call("lex:DeleteBotVersion", &work.name, || request.clone().send()).await?;
        }
        Ok(())
    }

    /// Points the environment's alias to a version; what else it is set to stays.
    async fn point(&self, work: &Work<'_>, version: &str) -> Asked<()> {
        let place = &self.caller.place;
        let mut settings = BotAliasLocaleSettings::builder().enabled(true);
        if !work.function_arn.is_empty() {
            let hook =
                LambdaCodeHook::builder().lambda_arn(work.function_arn).code_hook_interface_version("1.0");
            let hook = hook.build().map_err(incomplete)?;
            settings = settings
                .code_hook_specification(CodeHookSpecification::builder().lambda_code_hook(hook).build());
        }
        let settings = settings.build();
        let there =
            self.aliases(&work.name, &work.id).await?.into_iter().find(|it| it.name == place.bot_alias);
        let id = if let Some(alias) = there {
            let request = self.client.describe_bot_alias().bot_id(&work.id).bot_alias_id(&alias.id);
            let now = self.call("lex:DescribeBotAlias", &work.name, || request.clone().send()).await?;
            let request = self
                .client
                .update_bot_alias()
                .bot_id(&work.id)
                .bot_alias_id(&alias.id)
                .bot_alias_name(&place.bot_alias)
                .set_description(now.description)
                .set_bot_alias_locale_settings(now.bot_alias_locale_settings)
                .set_conversation_log_settings(now.conversation_log_settings)
                .set_sentiment_analysis_settings(now.sentiment_analysis_settings)
                .bot_version(version)
                .bot_alias_locale_settings(&place.bot_locale, settings);
            self.call("lex:UpdateBotAlias", &work.name, || request.clone().send()).await?;
            alias.id
        } else {
            let request = self
                .client
                .create_bot_alias()
                .bot_id(&work.id)
                .bot_alias_name(&place.bot_alias)
                .bot_version(version)
                .bot_alias_locale_settings(&place.bot_locale, settings);
            let reply = self.call("lex:CreateBotAlias", &work.name, || request.clone().send()).await?;
            text(reply.bot_alias_id())
        };
        let request = self.client.describe_bot_alias().bot_id(&work.id).bot_alias_id(&id);
        for _ in 0..LOOKS {
            let now = self.call("lex:DescribeBotAlias", &work.name, || request.clone().send()).await?;
            match now.bot_alias_status() {
                Some(BotAliasStatus::Available) => return Ok(()),
                Some(BotAliasStatus::Failed) => return Err(broken("lex:UpdateBotAlias", &work.name, &[])),
                _ => self.caller.rest().await,
            }
        }
        Err(stuck("lex:UpdateBotAlias", &work.name, "the alias"))
    }
}
