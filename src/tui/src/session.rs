//! Who works where: the person, the environment and what this terminal can do.

use std::path::PathBuf;
use std::sync::Arc;

use connect_rules_engine::offline::Stubs;
use connect_rules_engine::workspace::Options;
use connect_rules_store::{Actor, Operation};

use crate::cloud::Door;
use crate::limits::Gate;

pub use connect_rules_environment::Preferences;

/// The environment that the program works on (`spec/admin.md` 5, 18).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// Name, as in `env/*.toml`; `demo` for the embedded demo.
    pub name: String,
    /// Region and account, shown in the header; empty offline.
    pub place: String,
    /// Whether mistakes here reach customers: the header warns and destructive actions ask for the name.
    pub production: bool,
    /// Why nothing may be written, if so.
    pub read_only: Option<String>,
}

/// Who works where.
#[derive(Clone, Debug)]
pub struct Session {
    /// The person and their role.
    pub actor: Actor,
    /// Where.
    pub environment: Environment,
    /// The store in a word: `embedded` or `dynamodb`.
    pub store: String,
    /// File of the embedded store, beside which backups lie; none for other stores.
    pub file: Option<PathBuf>,
    /// What bots and functions answer in simulations and tests.
    pub stubs: Arc<Stubs>,
    /// The way to the cloud of the place: Amazon Connect, functions and the rest.
    pub cloud: Door,
    /// The way to counters and decisions of the outbound limits.
    pub limits: Gate,
    /// Folder for drafts and recordings (files of mode 0600); none keeps nothing.
    pub state: Option<PathBuf>,
    /// Folder with the person's own themes.
    pub themes: Option<PathBuf>,
    /// What the person chose for the program itself; it is kept in `state`.
    pub preferences: Preferences,
    /// How rules are evaluated.
    pub options: Options,
    /// Now, in milliseconds since the epoch: the real clock, or a fixed one in tests.
    pub clock: Clock,
}

/// Where the time comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The clock of the machine.
    System,
    /// Always this, in milliseconds since the epoch.
    Fixed(i64),
}

impl Clock {
    /// Milliseconds since the epoch.
    pub fn now(self) -> i64 {
        match self {
            Clock::System => jiff::Timestamp::now().as_millisecond(),
            Clock::Fixed(at) => at,
        }
    }
}

impl Session {
    /// Whether the store is not on this machine.
    pub fn is_remote(&self) -> bool {
        self.store == "dynamodb"
    }

    /// Why something that takes that permission cannot be done here; `None` if it can.
    pub fn refuses(&self, needs: Option<Operation>, writes: bool) -> Option<String> {
        if writes && let Some(why) = &self.environment.read_only {
            return Some(format!("read-only: {why}"));
        }
        let needs = needs?;
        (!needs.allows(&self.actor.role))
            .then(|| format!("{} may not {needs}; it takes {}", self.actor.role, needs.least_role()))
    }
}
