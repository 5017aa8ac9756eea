//! What the emulated cloud holds, as it is kept in its file.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::faults::Fault;
use crate::gateway::{
    Alias, BotDefinition, BotState, ChangeSet, Function, LogLine, Names, Permission, Quota, ScheduleState,
    Stack, StackEvent, StackResource, Table, Version,
};

/// A contact flow: what runs, and what was saved last.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FlowRow {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Type.
    pub flow_type: String,
    /// Description.
    pub description: String,
    /// In the archive.
    pub archived: bool,
    /// Content that runs; none if it was never published.
    pub published: Option<String>,
    /// Content that was saved later.
    pub saved: Option<String>,
    /// Tags.
    pub tags: Names,
}

/// A call of a function that is over.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Called {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// How long it took, in milliseconds.
    pub took_ms: f64,
    /// It failed.
    pub failed: bool,
}

/// A function.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FunctionRow {
    /// As it is now.
    pub function: Function,
    /// Published versions, the newest first.
    pub versions: Vec<Version>,
    /// Aliases.
    pub aliases: Vec<Alias>,
    /// Who may call it, by version or alias; an empty text stands for the function itself.
    pub permissions: BTreeMap<String, Vec<Permission>>,
    /// Its log.
    pub log: Vec<LogLine>,
    /// How its calls went.
    pub called: Vec<Called>,
    /// Why it does not start, if it does not.
    pub broken: Option<String>,
    /// It has run before.
    pub warm: bool,
}

/// A bot.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BotRow {
    /// As it is.
    pub bot: BotState,
    /// What it was built from, if that is known.
    pub definition: Option<BotDefinition>,
}

/// A stack.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StackRow {
    /// As it is.
    pub stack: Stack,
    /// What it made.
    pub resources: Vec<StackResource>,
    /// What happened.
    pub events: Vec<StackEvent>,
    /// The definition of each thing, by its name in the template.
    pub defined: BTreeMap<String, String>,
    /// The state that it will have when it is no longer busy.
    pub becomes: Option<String>,
    /// Change sets that were worked out and not executed, each with the definitions and parameters that it brings.
    pub planned: Vec<(ChangeSet, BTreeMap<String, String>, Names)>,
}

/// Everything.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct State {
    /// Contact flows.
    pub flows: Vec<FlowRow>,
    /// Hours, queues, routing profiles, prompts and numbers as `connect.json` has them, by the name of the list.
    /// Numbers have also `FlowId`, profiles `OutboundQueueId` and `Concurrency`.
    pub lists: BTreeMap<String, Vec<Map<String, Value>>>,
    /// Identifiers of things in lists that the store told of.
    pub from_store: BTreeSet<String>,
    /// Identifiers of things in lists that are otherwise here than the store says.
    pub own: BTreeSet<String>,
    /// ARNs of functions that flows may call.
    pub associated_functions: Vec<String>,
    /// ARNs of bot aliases that flows may use.
    pub associated_bots: Vec<String>,
    /// Functions by full name.
    pub functions: BTreeMap<String, FunctionRow>,
    /// Bots by full name.
    pub bots: BTreeMap<String, BotRow>,
    /// Stacks by name.
    pub stacks: BTreeMap<String, StackRow>,
    /// Buckets: sizes of their objects by key.
    pub buckets: BTreeMap<String, BTreeMap<String, usize>>,
    /// Quotas by service.
    pub quotas: BTreeMap<String, Vec<Quota>>,
    /// Schedules.
    pub schedules: Vec<ScheduleState>,
    /// Tables.
    pub tables: Vec<Table>,
    /// The instance cannot be found.
    pub hidden: bool,
    /// What goes wrong on purpose.
    pub faults: Vec<Fault>,
}

impl State {
    /// The flow of that identifier; `:$SAVED` behind it is ignored.
    pub fn flow(&self, id: &str) -> Option<&FlowRow> {
        self.flows.iter().find(|it| it.id == id)
    }

    /// As [`State::flow`], to change it.
    pub fn flow_mut(&mut self, id: &str) -> Option<&mut FlowRow> {
        self.flows.iter_mut().find(|it| it.id == id)
    }

    /// The things of a list.
    pub fn list(&self, list: &str) -> &[Map<String, Value>] {
        self.lists.get(list).map_or(&[], Vec::as_slice)
    }
}

/// A text of a document.
pub fn text<'d>(document: &'d Map<String, Value>, member: &str) -> &'d str {
    document.get(member).and_then(Value::as_str).unwrap_or_default()
}
