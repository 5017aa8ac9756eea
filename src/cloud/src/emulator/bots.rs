//! Lex. Bots understand what is written in their files word by word, and what shares the most words with it.

use std::collections::BTreeSet;

use async_trait::async_trait;

use super::state::BotRow;
use super::{Emulator, connect, missing};
use crate::gateway::{Asked, BotAlias, BotDefinition, BotState, Bots, CallError, Cause, Family};

/// What nothing else fits.
const FALLBACK: &str = "AMAZON.FallbackIntent";

fn words(text: &str) -> BTreeSet<String> {
    let plain = |c: char| !(c.is_alphanumeric() || matches!(c, '\'' | '{' | '}'));
    text.to_lowercase().split(plain).filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

/// The intent that a text is taken for, and how sure that is.
fn understand(bot: &BotDefinition, text: &str) -> (String, f64) {
    let said = words(text);
    let score = |utterance: &str| {
        let wanted = words(utterance);
        let slots = wanted.iter().filter(|it| it.starts_with('{')).count();
        let shared = wanted.intersection(&said).count() + slots;
        let all = wanted.len().max(said.len());
        // A slot by itself takes whatever is said.
        let least = if slots > 0 && slots == wanted.len() { 0.5 } else { 0.0 };
        if all == 0 { 0.0 } else { (shared.min(all) as f64 / all as f64).max(least) }
    };
    let best = bot
        .intents
        .iter()
        .flat_map(|intent| intent.utterances.iter().map(move |it| (&intent.name, it)))
        .map(|(name, utterance)| (name, score(utterance)))
        .max_by(|a, b| a.1.total_cmp(&b.1));
    match best {
        Some((name, score)) if score >= 0.5 => (name.clone(), score),
        _ => (FALLBACK.to_owned(), 0.0),
    }
}

#[async_trait]
impl Bots for Emulator {
    async fn list(&self) -> Asked<Vec<BotState>> {
        let prefix = self.shared.place.prefix();
        let all: Vec<BotState> = self
            .call(Family::Lex, "lex:ListBots", "", |state| {
                Ok(state.bots.values().map(|it| it.bot.clone()).collect())
            })
            .await?;
        let mut out = Vec::new();
        for bot in all.into_iter().filter(|it| it.name.starts_with(&prefix)) {
            let name = bot.name.clone();
            out.push(self.call(Family::Lex, "lex:ListBotAliases", &name, |_| Ok(bot)).await?);
        }
        Ok(out)
    }

    async fn build(
        &self,
        bot: &BotDefinition,
        hash: &str,
        function_arn: &str,
        _role_arn: &str,
        progress: &(dyn for<'t> Fn(&'t str) + Sync),
    ) -> Asked<BotState> {
        let place = &self.shared.place;
        let name = place.prefix() + &bot.name;
        for (call, doing) in [
            ("lex:CreateBot", "making the bot"),
            ("lex:CreateIntent", "writing its intents"),
            ("lex:BuildBotLocale", "building"),
        ] {
            progress(doing);
            self.call(Family::Lex, call, &name, |_| Ok(())).await?;
        }
        for test in &bot.tests {
            progress(&format!("trying \"{}\"", test.utterance));
            let (intent, _) = self
                .call(Family::Lex, "lex:RecognizeText", &name, |_| Ok(understand(bot, &test.utterance)))
                .await?;
            if intent != test.intent {
                let what = format!("\"{}\" is taken for {intent}, not for {}", test.utterance, test.intent);
                return Err(CallError::new("lex:RecognizeText", &name, Cause::Invalid(vec![what]), ""));
            }
        }
        progress("pointing the alias to it");
        self.call(Family::Lex, "lex:UpdateBotAlias", &name, |state| {
            let row = state.bots.entry(name.clone()).or_insert_with(|| {
                let id = connect::fresh_id().replace('-', "").to_uppercase().chars().take(10).collect();
                BotRow { bot: BotState { name: name.clone(), id, ..BotState::default() }, definition: None }
            });
            let (region, account, id) = (&place.region, &place.account, row.bot.id.clone());
            "Available".clone_into(&mut row.bot.status);
            hash.clone_into(&mut row.bot.built_from);
            row.bot.connect_may = true;
            row.definition = Some(bot.clone());
            let function = Some(function_arn.to_owned()).filter(|it| !it.is_empty());
            if let Some(alias) = row.bot.aliases.iter_mut().find(|it| it.name == place.bot_alias) {
                let last = alias.version.parse::<u32>().unwrap_or(0);
                alias.version = (last + 1).to_string();
                alias.function_arn = function;
            } else {
                let alias_id = id.chars().rev().collect::<String>();
                row.bot.aliases.push(BotAlias {
                    name: place.bot_alias.clone(),
                    arn: format!("arn:aws:lex:{region}:{account}:bot-alias/{id}/{alias_id}"),
                    id: alias_id,
                    version: "1".to_owned(),
                    function_arn: function,
                });
            }
            Ok(row.bot.clone())
        })
        .await
    }

    async fn recognize(&self, bot: &BotState, text: &str) -> Asked<(String, f64)> {
        const CALL: &str = "lex:RecognizeText";
        self.call(Family::Lex, CALL, &bot.name, |state| match state.bots.get(&bot.name) {
            None => missing(CALL, &bot.name),
            Some(BotRow { definition: Some(definition), .. }) => Ok(understand(definition, text)),
            // Nobody knows what it was built from.
            Some(_) => Ok((FALLBACK.to_owned(), 0.0)),
        })
        .await
    }

    async fn delete(&self, bot: &BotState) -> Asked<()> {
        const CALL: &str = "lex:DeleteBot";
        self.call(Family::Lex, CALL, &bot.name, |state| match state.bots.remove(&bot.name) {
            None => missing(CALL, &bot.name),
            Some(row) => {
                state.own.insert(bot.name.clone());
                state.associated_bots.retain(|it| !row.bot.aliases.iter().any(|alias| alias.arn == *it));
                Ok(())
            }
        })
        .await
    }
}
