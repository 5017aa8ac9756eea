//! What this program asks of the cloud, as traits of plain values: one for each family of calls, with two
//! implementations. `connect_rules_aws` asks AWS; [`crate::emulator`] is an instance in a file of this machine, so that
//! every screen and command works on a laptop.
//!
//! Whoever holds a [`Cloud`] need not know which of the two it is. Every call takes from the budget of its family
//! ([`Budgets`]) before it is made, and pages are fetched within a method.

pub mod bots;
pub mod budget;
pub mod connect;
pub mod error;
pub mod functions;
pub mod rest;
pub mod stacks;
pub mod watch;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use bots::{BotAlias, BotDefinition, BotIntent, BotSlot, BotState, BotTest, Bots};
pub use budget::{Budget, Budgets, Failed, Family, Standing};
pub use connect::{
    Connect, ConnectInstance, FlowContent, FlowSummary, NewFlow, NumberRoute, OutboundQueue, ProfileState,
    Section,
};
pub use error::{Asked, CallError, Cause};
pub use functions::{Alias, Function, Functions, Invocation, Permission, Version};
pub use rest::{Buckets, Identity, Quota, Quotas, ScheduleState, Schedules, Table, Tables, Who};
pub use stacks::{Change, ChangeSet, Stack, StackEvent, StackResource, Stacks};
pub use watch::{FunctionMetrics, LogLine, Watch};

/// Tags, parameters and outputs by name.
pub type Names = BTreeMap<String, String>;

/// Where an environment is: everything that names and ARNs are built of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Name of the environment, as it is typed to confirm what is dangerous.
    pub environment: String,
    /// First part of every name.
    pub stage: String,
    /// Second part of every name.
    pub service: String,
    /// Region of everything.
    pub region: String,
    /// Account of everything, 12 digits.
    pub account: String,
    /// Identifier of the Amazon Connect instance.
    pub instance: String,
    /// Alias of the bots.
    pub bot_alias: String,
    /// Locale of the bots.
    pub bot_locale: String,
    /// Mistakes reach customers.
    pub production: bool,
    /// Nothing may be written.
    pub read_only: bool,
}

impl Place {
    /// `<stage>-<service>-`: what the names of functions, tables and bots start with.
    pub fn prefix(&self) -> String {
        format!("{}-{}-", self.stage, self.service)
    }

    /// Name of the stack, `<stage>-<service>-connect-rules`: the original's own is `<stage>-<service>`, and has to stay.
    pub fn stack(&self) -> String {
        format!("{}connect-rules", self.prefix())
    }

    /// ARN of the instance.
    pub fn instance_arn(&self) -> String {
        format!("arn:aws:connect:{}:{}:instance/{}", self.region, self.account, self.instance)
    }

    /// ARN of a function by its short name, such as `evaluator`.
    pub fn function_arn(&self, short: &str) -> String {
        format!("arn:aws:lambda:{}:{}:function:{}{short}", self.region, self.account, self.prefix())
    }

    /// Bucket of what is deployed, `<stage>-<service>-deployment-<account>`.
    pub fn deployment_bucket(&self) -> String {
        format!("{}deployment-{}", self.prefix(), self.account)
    }
}

/// The cloud of an environment.
#[derive(Clone)]
pub struct Cloud {
    /// Where it is.
    pub place: Place,
    /// Contact flows, queues and what else the instance holds.
    pub connect: Arc<dyn Connect>,
    /// Lambda functions.
    pub functions: Arc<dyn Functions>,
    /// Lex bots.
    pub bots: Arc<dyn Bots>,
    /// CloudFormation.
    pub stacks: Arc<dyn Stacks>,
    /// CloudWatch metrics and logs.
    pub watch: Arc<dyn Watch>,
    /// S3.
    pub buckets: Arc<dyn Buckets>,
    /// Service Quotas.
    pub quotas: Arc<dyn Quotas>,
    /// EventBridge rules.
    pub schedules: Arc<dyn Schedules>,
    /// DynamoDB tables, as far as their state goes.
    pub tables: Arc<dyn Tables>,
    /// Whose credentials are used.
    pub identity: Arc<dyn Identity>,
    /// How many calls may be made.
    pub budgets: Arc<Budgets>,
}
