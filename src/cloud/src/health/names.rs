//! What placeholders of flows become on an instance: looked up there, not in the cache.

use std::collections::BTreeSet;

use connect_rules_flows::token::{self, TokenKind};
use connect_rules_flows::{Environment, Flow};
use connect_rules_store::Snapshot;

use super::Scope;
use crate::gateway::{Asked, BotState, Cloud, FlowSummary, Function, Section};
use crate::instance::{Instance, Sort};

/// Alias of functions that live calls go to.
pub const LIVE: &str = "live";

/// Value of the tag `managed-by`.
pub const PRODUCT: &str = "connect-rules";

/// A function as flows call it: its alias for live calls, if it has one.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The function.
    pub function: Function,
    /// Its name with the alias.
    pub name: String,
    /// Its ARN with the alias.
    pub arn: String,
}

impl Target {
    /// The function with its alias for live calls, if it has one.
    pub async fn of(cloud: &Cloud, function: Function) -> Asked<Target> {
        let aliases = cloud.functions.aliases(&function.name).await?;
        let (mut name, mut arn) = (function.name.clone(), function.arn.clone());
        if aliases.iter().any(|it| it.name == LIVE) {
            name.extend([":", LIVE]);
            arn.extend([":", LIVE]);
        }
        Ok(Target { function, name, arn })
    }
}

/// The placeholders of some flows: kind and name.
pub fn tokens(flows: &[Flow]) -> BTreeSet<(TokenKind, String)> {
    let mut out = BTreeSet::new();
    for flow in flows {
        token::texts(&flow.document, &mut |_, text| {
            out.extend(token::token(text).map(|it| (it.kind, it.name.to_owned())));
        });
    }
    out
}

/// Whether some flows have a placeholder of a kind.
pub fn need(flows: &[Flow], kind: TokenKind) -> bool {
    tokens(flows).iter().any(|(it, _)| *it == kind)
}

/// What was looked up.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Flows of the instance.
    pub flows: Vec<FlowSummary>,
    /// Functions that flows call.
    pub targets: Vec<Target>,
    /// Bots.
    pub bots: Vec<BotState>,
    /// Prompts: name and ARN.
    pub prompts: Vec<(String, String)>,
}

impl Names {
    /// What placeholders become. Queues and hours are taken from what the store knows. A flow that is not there has an
    /// ARN that says so if `planned`, as it will have one.
    pub fn environment(&self, cloud: &Cloud, scope: &Scope, now: &Snapshot, planned: bool) -> Environment {
        let mut out = scope.flow_settings.clone();
        for flow in &scope.flows {
            let full = scope.full(&flow.name);
            match self.flows.iter().find(|it| it.name == full) {
                Some(found) if found.flow_type == flow.flow_type.name() => {
                    out.add(TokenKind::Flow, &full, &found.arn)
                }
                Some(_) => {}
                None if planned => out.add(
                    TokenKind::Flow,
                    &full,
                    &format!("{}/contact-flow/{full} (new)", cloud.place.instance_arn()),
                ),
                None => {}
            }
        }
        for target in &self.targets {
            out.add(TokenKind::Lambda, &target.function.name, &target.arn);
        }
        for bot in &self.bots {
            if let Some(alias) = bot.aliases.iter().find(|it| it.name == cloud.place.bot_alias) {
                out.add(TokenKind::Bot, &bot.name, &alias.arn);
            }
        }
        for (name, arn) in &self.prompts {
            out.add(TokenKind::Prompt, name, arn);
        }
        let instance = Instance::of(now);
        for (kind, sort) in [(TokenKind::Queue, Sort::Queue), (TokenKind::Hours, Sort::Hours)] {
            for it in instance.list(sort) {
                let text = |member: &str| it.get(member).map(|it| it.text().to_string()).unwrap_or_default();
                out.add(kind, &text("Name"), &text("Arn"));
            }
        }
        out
    }
}

/// Prompts of the instance: name and ARN.
pub async fn prompts(cloud: &Cloud) -> Asked<Vec<(String, String)>> {
    let all = cloud.connect.section(Section::Prompts, &|_| ()).await?;
    Ok(all
        .iter()
        .map(|it| (it.member("Name").text().to_string(), it.member("Arn").text().to_string()))
        .collect())
}

/// Functions that flows call, as they call them.
pub async fn targets(cloud: &Cloud, scope: &Scope, all: &[Function]) -> Asked<Vec<Target>> {
    let mut out = Vec::new();
    for wanted in scope.functions.iter().filter(|it| it.by_flows) {
        let full = cloud.place.prefix() + &wanted.short;
        if let Some(function) = all.iter().find(|it| it.name == full) {
            out.push(Target::of(cloud, function.clone()).await?);
        }
    }
    Ok(out)
}
