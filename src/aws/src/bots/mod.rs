//! Lex: the bots that are there. `build` makes one from its file.

mod build;

use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_lexmodelsv2::Client;
use aws_sdk_lexmodelsv2::config::http::HttpResponse;
use aws_sdk_lexmodelsv2::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_lexmodelsv2::operation::describe_bot_alias::DescribeBotAliasOutput;
use aws_sdk_lexmodelsv2::types::{BotAliasLocaleSettings, BotStatus};
use aws_sdk_lexruntimev2::types::ConfidenceScore;
use connect_rules_cloud::gateway::{
    Asked, BotAlias, BotDefinition, BotState, Bots, CallError, Cause, Family,
};

use crate::call::{Ask, Caller};
use crate::policy;

/// The tag with the hash of the file that a bot was built from.
const HASH: &str = "content-sha256";
/// What Amazon Connect has to be allowed.
const USES: [&str; 2] = ["lex:RecognizeText", "lex:StartConversation"];

/// Bots of the account.
#[derive(Debug)]
pub struct AwsBots {
    client: Client,
    runtime: aws_sdk_lexruntimev2::Client,
    caller: Arc<Caller>,
}

fn text(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}

/// The function that an alias calls in a locale.
fn function_of(alias: &DescribeBotAliasOutput, locale: &str) -> Option<String> {
    let settings = alias.bot_alias_locale_settings()?.get(locale)?;
    let hook = settings.code_hook_specification().and_then(|it| it.lambda_code_hook());
    hook.filter(|_| BotAliasLocaleSettings::enabled(settings)).map(|it| it.lambda_arn().to_owned())
}

impl AwsBots {
    /// The bots of a caller's account.
    pub fn new(configuration: &SdkConfig, caller: Arc<Caller>) -> Self {
        let runtime = aws_sdk_lexruntimev2::Client::new(configuration);
        AwsBots { client: Client::new(configuration), runtime, caller }
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
        self.caller.call(Ask::of(Family::Lex, action, about), attempt).await
    }

    fn bot_arn(&self, id: &str) -> String {
        let place = &self.caller.place;
        format!("arn:aws:lex:{}:{}:bot/{id}", place.region, place.account)
    }

    fn alias_arn(&self, bot: &str, alias: &str) -> String {
        let place = &self.caller.place;
        format!("arn:aws:lex:{}:{}:bot-alias/{bot}/{alias}", place.region, place.account)
    }

    /// Name, identifier and state of the bots of this environment.
    async fn names(&self) -> Asked<Vec<(String, String, String)>> {
        let prefix = self.caller.place.prefix();
        let (mut out, mut next) = (Vec::new(), None);
        loop {
            let request = self.client.list_bots().set_next_token(next);
            let page = self.call("lex:ListBots", "", || request.clone().send()).await?;
            for bot in page.bot_summaries() {
                let (name, id) = (text(bot.bot_name()), text(bot.bot_id()));
                if name.starts_with(&prefix) && !id.is_empty() {
                    out.push((name, id, text(bot.bot_status().map(BotStatus::as_str))));
                }
            }
            next = page.next_token;
            if next.is_none() {
                return Ok(out);
            }
        }
    }

    /// The aliases of a bot; the environment's one with its function.
    async fn aliases(&self, bot: &str, id: &str) -> Asked<Vec<BotAlias>> {
        let place = &self.caller.place;
        let (mut out, mut next) = (Vec::new(), None);
        loop {
            let request = self.client.list_bot_aliases().bot_id(id).set_next_token(next);
            let page = self.call("lex:ListBotAliases", bot, || request.clone().send()).await?;
            for alias in page.bot_alias_summaries() {
                let alias_id = text(alias.bot_alias_id());
                let mut found = BotAlias {
                    name: text(alias.bot_alias_name()),
                    arn: self.alias_arn(id, &alias_id),
                    id: alias_id,
                    version: text(alias.bot_version()),
                    function_arn: None,
                };
                if found.name == place.bot_alias {
                    let request = self.client.describe_bot_alias().bot_id(id).bot_alias_id(&found.id);
                    let described = self.call("lex:DescribeBotAlias", bot, || request.clone().send()).await?;
                    found.function_arn = function_of(&described, &place.bot_locale);
                }
                out.push(found);
            }
            next = page.next_token;
            if next.is_none() {
                return Ok(out);
            }
        }
    }

    /// Whether the policy of an alias lets the instance use it.
    async fn connect_may(&self, bot: &str, alias_arn: &str) -> Asked<bool> {
        let request = self.client.describe_resource_policy().resource_arn(alias_arn);
        let reply = match self.call("lex:DescribeResourcePolicy", bot, || request.clone().send()).await {
            Ok(reply) => reply,
            Err(error) if error.cause == Cause::NotFound => return Ok(false),
            Err(error) => return Err(error),
        };
        let all = policy::allowed(reply.policy().unwrap_or_default());
        let (place, from) = (&self.caller.place, self.caller.place.instance_arn());
        let may = |action: &&str| {
            all.iter().any(|it| it.allows(action, "connect.amazonaws.com", &from, &place.account))
        };
        Ok(USES.iter().all(may))
    }

    async fn state(&self, name: String, id: String, status: String) -> Asked<BotState> {
        let aliases = self.aliases(&name, &id).await?;
        let ours = aliases.iter().find(|it| it.name == self.caller.place.bot_alias);
        let connect_may = match ours {
            Some(alias) => self.connect_may(&name, &alias.arn).await?,
            None => false,
        };
        let request = self.client.list_tags_for_resource().resource_arn(self.bot_arn(&id));
        let reply = self.call("lex:ListTagsForResource", &name, || request.clone().send()).await?;
        let built_from = reply.tags().and_then(|tags| tags.get(HASH).cloned()).unwrap_or_default();
        Ok(BotState { name, id, status, aliases, built_from, connect_may })
    }

    /// What an alias takes a text for.
    async fn taken_for(&self, bot: &str, id: &str, alias: &str, said: &str) -> Asked<(String, f64)> {
        let request = self
            .runtime
            .recognize_text()
            .bot_id(id)
            .bot_alias_id(alias)
            .locale_id(&self.caller.place.bot_locale)
            .session_id(uuid::Uuid::new_v4().to_string())
            .text(said);
        let reply = self.call("lex:RecognizeText", bot, || request.clone().send()).await?;
        let best = reply.interpretations().first();
        let intent = best.and_then(|it| it.intent()).map(|it| it.name().to_owned()).unwrap_or_default();
        let sure = best.and_then(|it| it.nlu_confidence()).map_or(0.0, ConfidenceScore::score);
        Ok((intent, sure))
    }
}

#[async_trait]
impl Bots for AwsBots {
    async fn list(&self) -> Asked<Vec<BotState>> {
        let mut out = Vec::new();
        for (name, id, status) in self.names().await? {
            out.push(self.state(name, id, status).await?);
        }
        out.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(out)
    }

    async fn build(
        &self,
        bot: &BotDefinition,
        hash: &str,
        function_arn: &str,
        role_arn: &str,
        progress: &(dyn for<'a> Fn(&'a str) + Sync),
    ) -> Asked<BotState> {
        Box::pin(self.built(bot, hash, function_arn, role_arn, progress)).await
    }

    async fn recognize(&self, bot: &BotState, text: &str) -> Asked<(String, f64)> {
        let wanted = &self.caller.place.bot_alias;
        let Some(alias) = bot.aliases.iter().find(|it| it.name == *wanted) else {
            let message = format!("the bot has no alias {wanted}");
            return Err(CallError::new("lex:RecognizeText", &bot.name, Cause::NotFound, message));
        };
        self.taken_for(&bot.name, &bot.id, &alias.id, text).await
    }

    async fn delete(&self, bot: &BotState) -> Asked<()> {
        let request = self.client.delete_bot().bot_id(&bot.id).skip_resource_in_use_check(true);
        self.call("lex:DeleteBot", &bot.name, || request.clone().send()).await.map(|_| ())
    }
}
