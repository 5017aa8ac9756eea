//! Lex bots built from files (`spec/contactflows.md` 11.8, `spec/admin.md` 18.2). A bot whose file has not changed since
//! it was built is left alone; one that cannot be built keeps none of the others back.

use std::path::{Path, PathBuf};

use connect_rules_store::keys::hex;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::deploy::{DeployError, Doing as _, guard};
use crate::gateway::{BotDefinition, BotState, CallError, Cloud};
use crate::health::Observer;

/// The files that the program carries.
const CARRIED: [&str; 5] = [
    include_str!("../../../data/bots/date.json"),
    include_str!("../../../data/bots/number.json"),
    include_str!("../../../data/bots/phone.json"),
    include_str!("../../../data/bots/time.json"),
    include_str!("../../../data/bots/yesno.json"),
];

/// Bots that take a value: rules of the type `NLUInput` name one of them as data type.
const OF_DATA: [&str; 4] = ["date", "number", "phone", "time"];

/// Why a file is no bot.
#[derive(Debug, thiserror::Error)]
#[error("{}: {what}", .file.display())]
pub struct BotFileError {
    /// The file.
    pub file: PathBuf,
    /// Why.
    pub what: String,
}

/// What became of a bot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "came")]
pub enum Came {
    /// It was built and is live.
    Built {
        /// Version that is live.
        version: String,
    },
    /// It is built from the same file already.
    Unchanged,
    /// It could not be built: the version before is still live.
    Failed {
        /// Why.
        what: String,
        /// What to do about it.
        fix: String,
    },
    /// It was not begun, because others were to stop.
    Skipped,
}

/// A bot, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// Name without `<stage>-<service>-`.
    pub name: String,
    /// What became of it.
    #[serde(flatten)]
    pub came: Came,
}

/// A test of a bot, and how it came out.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tried {
    /// Name without `<stage>-<service>-`.
    pub bot: String,
    /// What was said.
    pub utterance: String,
    /// The intent that was wanted.
    pub wanted: String,
    /// The intent that it was taken for; empty if the call failed.
    pub intent: String,
    /// How sure the bot was, 0 to 1.
    pub confidence: f64,
    /// Why it could not be tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Tried {
    /// Whether it was understood.
    pub fn passed(&self) -> bool {
        self.intent == self.wanted
    }
}

/// The bots that the program carries.
pub fn carried() -> Vec<BotDefinition> {
    // A test keeps them readable.
    CARRIED.iter().filter_map(|text| read(text).ok()).collect()
}

/// A bot from the text of its file.
///
/// # Errors
/// What is wrong with it.
pub fn read(text: &str) -> Result<BotDefinition, String> {
    let bot: BotDefinition = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let fits = |name: &str| {
        !name.is_empty()
            && name.len() <= 60
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
    };
    if !fits(&bot.name) {
        return Err(format!("`{}` is no name of a bot: use up to 60 letters, digits, - and _", bot.name));
    }
    let intent = |name: &str| bot.intents.iter().find(|it| it.name == name);
    for it in &bot.intents {
        if !fits(&it.name) {
            return Err(format!(
                "`{}` is no name of an intent: use up to 60 letters, digits, - and _",
                it.name
            ));
        }
        if it.utterances.is_empty() {
            return Err(format!("the intent {} has no utterances", it.name));
        }
        for utterance in &it.utterances {
            for named in utterance.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
                if !it.slots.iter().any(|slot| slot.name == named) {
                    return Err(format!(
                        "`{utterance}` of {} names the slot {named}, which is not there",
                        it.name
                    ));
                }
            }
        }
    }
    for test in &bot.tests {
        if intent(&test.intent).is_none() && test.intent != "FallbackIntent" {
            return Err(format!(
                "the test `{}` wants the intent {}, which is not there",
                test.utterance, test.intent
            ));
        }
    }
    let needs: &[&str] = match bot.name.as_str() {
        name if OF_DATA.contains(&name) => &["intentdata", "nodata"],
        "yesno" => &["Yes", "No"],
        _ => &[],
    };
    if let Some(name) = needs.iter().find(|name| intent(name).is_none()) {
        return Err(format!("{} needs the intent {name}, which the functions look for", bot.name));
    }
    let takes = intent("intentdata").is_none_or(|it| it.slots.iter().any(|slot| slot.name == "dataslot"));
    if OF_DATA.contains(&bot.name.as_str()) && !takes {
        return Err(format!("intentdata of {} needs the slot dataslot, which the functions read", bot.name));
    }
    if bot.intents.is_empty() {
        return Err(format!("{} has no intents", bot.name));
    }
    Ok(bot)
}

/// The bots of the files in a folder, by name.
///
/// # Errors
/// The folder or a file cannot be read, or a file is no bot.
pub fn folder(folder: &Path) -> Result<Vec<BotDefinition>, BotFileError> {
    let failed = |file: &Path, what: String| BotFileError { file: file.to_owned(), what };
    let entries = std::fs::read_dir(folder).map_err(|error| failed(folder, error.to_string()))?;
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|file| file.extension().is_some_and(|it| it == "json"))
        .collect();
    files.sort();
    let one = |file: &PathBuf| {
        let text = std::fs::read_to_string(file).map_err(|error| failed(file, error.to_string()))?;
        read(&text).map_err(|what| failed(file, what))
    };
    files.iter().map(one).collect()
}

/// What a bot is built from, as a hash: its file and what else goes into it.
pub fn hash(cloud: &Cloud, bot: &BotDefinition, with: &Means) -> String {
    let text = serde_json::to_string(bot).unwrap_or_default();
    let mut hash = Sha256::new();
    for part in [&text, &cloud.place.bot_locale, &cloud.place.bot_alias, &with.function_arn, &with.role_arn] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hex(&hash.finalize()[..16])
}

/// What bots are built with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Means {
    /// ARN of the function that fulfils their intents.
    pub function_arn: String,
    /// ARN of their role.
    pub role_arn: String,
}

/// Builds the bots that have changed, or all of them with `force`, and makes them known to the instance.
///
/// # Errors
/// Nothing can be built: the bots that are there cannot be read.
pub async fn build(
    cloud: &Cloud,
    bots: &[BotDefinition],
    with: &Means,
    force: bool,
    observer: &Observer,
) -> Result<Vec<Outcome>, DeployError> {
    guard(cloud).await?;
    let there = cloud.bots.list().await.doing("looking at the bots")?;
    let mut known = cloud.connect.associated_bots().await.doing("looking at the bots of the instance")?;
    let mut out = Vec::new();
    for (done, bot) in bots.iter().enumerate() {
        if observer.is_cancelled() {
            out.push(Outcome { name: bot.name.clone(), came: Came::Skipped });
            continue;
        }
        observer.tell(done, bots.len(), &bot.name);
        let progress = |doing: &str| observer.tell(done, bots.len(), format!("{}: {doing}", bot.name));
        let came = one(cloud, bot, with, force, &there, &mut known, &progress).await;
        let came = came.unwrap_or_else(|error| Came::Failed { what: error.to_string(), fix: error.fix() });
        out.push(Outcome { name: bot.name.clone(), came });
    }
    Ok(out)
}

async fn one(
    cloud: &Cloud,
    bot: &BotDefinition,
    with: &Means,
    force: bool,
    there: &[BotState],
    known: &mut Vec<String>,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<Came, CallError> {
    let (hash, full) = (hash(cloud, bot, with), full(cloud, &bot.name));
    let held = there.iter().find(|it| it.name == full);
    let is_live = |it: &&BotState| alias(cloud, it).is_some();
    let (state, came) = match held.filter(is_live) {
        Some(state) if state.built_from == hash && !force => (state.clone(), Came::Unchanged),
        _ => {
            let state = cloud.bots.build(bot, &hash, &with.function_arn, &with.role_arn, progress).await?;
            let version = alias(cloud, &state).map(|it| it.version.clone()).unwrap_or_default();
            (state, Came::Built { version })
        }
    };
    if let Some(alias) = alias(cloud, &state)
        && !known.contains(&alias.arn)
    {
        progress("making it known to the instance");
        cloud.connect.associate_bot(&alias.arn).await?;
        known.push(alias.arn.clone());
    }
    Ok(came)
}

fn full(cloud: &Cloud, name: &str) -> String {
    format!("{}{name}", cloud.place.prefix())
}

/// The alias of a bot that the environment uses.
pub fn alias<'a>(cloud: &Cloud, bot: &'a BotState) -> Option<&'a crate::gateway::BotAlias> {
    bot.aliases.iter().find(|it| it.name == cloud.place.bot_alias)
}

/// Says to the live bots what the tests of their files say.
///
/// # Errors
/// The bots that are there cannot be read.
pub async fn test(
    cloud: &Cloud,
    bots: &[BotDefinition],
    observer: &Observer,
) -> Result<Vec<Tried>, DeployError> {
    let there = cloud.bots.list().await.doing("looking at the bots")?;
    let total: usize = bots.iter().map(|it| it.tests.len()).sum();
    let mut out = Vec::new();
    for bot in bots {
        let name = full(cloud, &bot.name);
        let state = there.iter().find(|it| it.name == name);
        for test in &bot.tests {
            if observer.is_cancelled() {
                return Ok(out);
            }
            observer.tell(out.len(), total, format!("{}: {}", bot.name, test.utterance));
            let answer = match state {
                Some(state) => {
                    cloud.bots.recognize(state, &test.utterance).await.map_err(|it| it.to_string())
                }
                None => Err(format!("there is no bot {name}: build it first")),
            };
            let (intent, confidence, error) = match answer {
                Ok((intent, confidence)) => (intent, confidence, None),
                Err(error) => (String::new(), 0.0, Some(error)),
            };
            out.push(Tried {
                bot: bot.name.clone(),
                utterance: test.utterance.clone(),
                wanted: test.intent.clone(),
                intent,
                confidence,
                error,
            });
        }
    }
    Ok(out)
}

/// Deletes bots with everything in them; answers their full names.
///
/// # Errors
/// One is not there, or a call failed; those before it are gone.
pub async fn delete(
    cloud: &Cloud,
    names: &[String],
    observer: &Observer,
) -> Result<Vec<String>, DeployError> {
    guard(cloud).await?;
    let there = cloud.bots.list().await.doing("looking at the bots")?;
    let mut doomed = Vec::new();
    for name in names {
        let full = full(cloud, name);
        let Some(state) = there.iter().find(|it| it.name == full || it.name == *name) else {
            let prefix = cloud.place.prefix();
            let all: Vec<&str> =
                there.iter().map(|it| it.name.strip_prefix(&prefix).unwrap_or(&it.name)).collect();
            return Err(DeployError::wrong(
                format!("there is no bot {full}"),
                format!("there are {}", all.join(", ")),
            ));
        };
        doomed.push(state);
    }
    for (done, state) in doomed.iter().enumerate() {
        observer.tell(done, doomed.len(), format!("deleting {}", state.name));
        cloud.bots.delete(state).await.doing(format!("deleting {}", state.name))?;
    }
    Ok(doomed.into_iter().map(|it| it.name.clone()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_carried_bots_are_those_that_rules_and_flows_expect() {
        let names: Vec<String> = carried().into_iter().map(|it| it.name).collect();
        assert_eq!(names, ["date", "number", "phone", "time", "yesno"]);
        for text in CARRIED {
            let bot = read(text).unwrap();
            assert!(!bot.tests.is_empty(), "{} is tried before it goes live", bot.name);
        }
    }

    #[test]
    fn a_file_that_the_functions_could_not_work_with_is_refused() {
        for (text, wanted) in [
            (r#"{"name":"a b","intents":[]}"#, "no name of a bot"),
            (r#"{"name":"a","intents":[]}"#, "no intents"),
            (r#"{"name":"a","intents":[{"name":"x","utterances":[]}]}"#, "no utterances"),
            (r#"{"name":"a","intents":[{"name":"x","utterances":["{y}"]}]}"#, "slot y"),
            (r#"{"name":"yesno","intents":[{"name":"Yes","utterances":["yes"]}]}"#, "intent No"),
            (
                r#"{"name":"date","intents":[{"name":"intentdata","utterances":["a"]},{"name":"nodata","utterances":["b"]}]}"#,
                "dataslot",
            ),
            (
                r#"{"name":"a","intents":[{"name":"x","utterances":["b"]}],"tests":[{"utterance":"c","intent":"y"}]}"#,
                "intent y",
            ),
            (r#"{"name":"a","intents":[],"more":1}"#, "more"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(wanted), "{text}: {error}");
        }
    }
}
