//! Lex bots: what is there, and building one from its file.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::Asked;

/// An alias of a bot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BotAlias {
    /// Name, such as `PROD`.
    pub name: String,
    /// Identifier.
    pub id: String,
    /// ARN.
    pub arn: String,
    /// Version it points to.
    pub version: String,
    /// ARN of the function that fulfils its intents in the environment's locale, if one is set.
    pub function_arn: Option<String>,
}

/// A bot as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BotState {
    /// Full name.
    pub name: String,
    /// Identifier.
    pub id: String,
    /// `Available`, `Creating`, `Failed`, ….
    pub status: String,
    /// Aliases.
    pub aliases: Vec<BotAlias>,
    /// Hash of the file it was built from, if it was built by this program (a tag).
    pub built_from: String,
    /// Whether Amazon Connect may use it, by the policy of the environment's alias.
    pub connect_may: bool,
}

/// A slot of an intent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BotSlot {
    /// Name, such as `dataslot`.
    pub name: String,
    /// Type, such as `AMAZON.Date`.
    pub slot_type: String,
    /// What is asked if it is missing.
    #[serde(default)]
    pub prompt: String,
}

/// An intent of a bot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BotIntent {
    /// Name.
    pub name: String,
    /// What people say, with `{slot}` where a slot is.
    pub utterances: Vec<String>,
    /// Its slots.
    #[serde(default)]
    pub slots: Vec<BotSlot>,
}

/// Something said, and the intent that it is to be taken for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BotTest {
    /// What is said.
    pub utterance: String,
    /// The intent.
    pub intent: String,
}

/// A bot as its file says it should be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BotDefinition {
    /// Name without `<stage>-<service>-`.
    pub name: String,
    /// Description.
    #[serde(default)]
    pub description: String,
    /// Intents; `AMAZON.FallbackIntent` is there by itself.
    pub intents: Vec<BotIntent>,
    /// What it has to understand before it goes live.
    #[serde(default)]
    pub tests: Vec<BotTest>,
}

/// Lex.
#[async_trait]
pub trait Bots: Send + Sync {
    /// The bots whose names start with `<stage>-<service>-` (`ListBots`, `ListBotAliases`, …).
    async fn list(&self) -> Asked<Vec<BotState>>;

    /// Builds a bot in the environment's locale as a new version, tries its tests, and points the environment's alias
    /// to it; `hash` is kept as a tag, `progress` is told each step. An older version stays in use if anything fails.
    async fn build(
        &self,
        bot: &BotDefinition,
        hash: &str,
        function_arn: &str,
        role_arn: &str,
        progress: &(dyn for<'t> Fn(&'t str) + Sync),
    ) -> Asked<BotState>;

    /// What the environment's alias takes a text for: the intent, and how sure it is (0 to 1) (`RecognizeText`).
    async fn recognize(&self, bot: &BotState, text: &str) -> Asked<(String, f64)>;

    /// Deletes a bot with everything in it (`DeleteBot`).
    async fn delete(&self, bot: &BotState) -> Asked<()>;
}
