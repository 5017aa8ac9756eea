//! Walks flows action by action, as Amazon Connect runs them, on what a [`Host`] answers. Nothing here knows
//! rules: a host may call the real functions, or answer from a script.
//!
//! A [`Book`] holds the flows as an environment gets them. [`Walk::run`] starts a contact in a flow and follows
//! it until it ends, waits in a queue, or leaves; [`Walk::hook`] then runs what was set for an event, such as
//! the whisper when an agent answers. What was said and done is in [`Walk::events`].

mod act;
mod host;
mod values;

use std::collections::BTreeMap;
use std::fmt;

pub use host::{Ask, Call, Dial, Dialled, Enqueued, Host, Keys, Metrics, Music, Turn, Turned, Waited};

use crate::environment::Environment;
use crate::flow::{Content, Flow};
use crate::render::{self, Unresolved};
use crate::token::TokenKind;

/// Actions that one walk may run.
pub const STEPS: u32 = 20_000;

/// Flows as an environment gets them.
#[derive(Clone, Debug)]
pub struct Book {
    environment: Environment,
    flows: BTreeMap<String, Content>,
}

impl Book {
    /// Renders flows for an environment.
    ///
    /// # Errors
    /// Placeholders that the environment has nothing for.
    pub fn new(flows: &[Flow], environment: Environment) -> Result<Self, Vec<Unresolved>> {
        let mut out = BTreeMap::new();
        for flow in flows {
            let content = render::render(flow, &environment)?;
            // What was read once is read again: rendering keeps the form.
            out.insert(flow.name.clone(), Content::read(&content).unwrap_or_default());
        }
        Ok(Book { environment, flows: out })
    }

    /// The environment.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }
}

/// A contact as Amazon Connect knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    /// `VOICE`, `CHAT` or `TASK`.
    pub channel: String,
    /// Its identifier.
    pub contact_id: String,
    /// Identifier of the contact that it started as.
    pub initial_contact_id: String,
    /// Number of the customer.
    pub customer_number: Option<String>,
    /// Number that was dialled.
    pub dialled_number: Option<String>,
    /// Attributes.
    pub attributes: BTreeMap<String, String>,
    /// The agent, once there is one: `ARN`, `UserName`, `FirstName`, `LastName`.
    pub agent: BTreeMap<String, String>,
}

impl Contact {
    /// A call.
    pub fn voice(id: &str, customer: &str, dialled: &str) -> Self {
        Contact {
            channel: "VOICE".to_owned(),
            contact_id: id.to_owned(),
            initial_contact_id: id.to_owned(),
            customer_number: Some(customer.to_owned()),
            dialled_number: Some(dialled.to_owned()),
            ..Contact::default()
        }
    }

    /// A chat.
    pub fn chat(id: &str) -> Self {
        Contact {
            channel: "CHAT".to_owned(),
            contact_id: id.to_owned(),
            initial_contact_id: id.to_owned(),
            ..Contact::default()
        }
    }
}

/// Something that is said or written to the customer or agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Speech {
    /// Plain text.
    Text(String),
    /// Speech markup.
    Ssml(String),
    /// A recording, by its name.
    Prompt(String),
}

impl fmt::Display for Speech {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Speech::Text(words) | Speech::Ssml(words) => f.write_str(words),
            Speech::Prompt(name) => write!(f, "prompt:{name}"),
        }
    }
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A flow was entered.
    Flow(String),
    /// Something was said, before an input included.
    Said(Speech),
    /// A function was called.
    Called {
        /// Short name of the function.
        function: String,
        /// Its parameter `action`.
        action: String,
        /// Whether it answered.
        worked: bool,
    },
    /// Attributes of the contact were set.
    Attributes(BTreeMap<String, String>),
    /// A flow was set for an event.
    Hook(String, String),
    /// The queue that the contact goes to was chosen: its ARN.
    Queue(String),
    /// The priority in the queue was set.
    Priority(String),
    /// A callback was noted: its number.
    Callback(String),
    /// A task was made, a contact of its own.
    Task {
        /// The flow that runs for it.
        flow: String,
        /// What agents see first.
        name: String,
        /// What it is about.
        description: String,
        /// Its attributes.
        attributes: BTreeMap<String, String>,
    },
    /// Music was played: its parts.
    Music(Vec<Speech>),
    /// Voice, language, recording or logging was set: type of the action, and the values.
    Set(String, Vec<String>),
}

/// How a walk ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The flow ended the contact.
    Disconnected,
    /// The customer has left.
    HungUp,
    /// The contact waits in this queue (ARN).
    Queued(String),
    /// An agent took the contact.
    Answered,
    /// The contact was given to this number for good.
    Transferred(String),
    /// The flow of an event has ended.
    Returned,
}

/// Why a walk cannot go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WalkError {
    /// There is no such flow.
    UnknownFlow(String),
    /// An action has no branch for what happened: flow, action, what.
    NoBranch(String, String, String),
    /// The walker does not know this type of action: flow, action, type.
    UnknownAction(String, String, String),
    /// More than [`STEPS`] actions were run; the flow and action.
    Steps(String, String),
}

impl fmt::Display for WalkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WalkError::UnknownFlow(name) => write!(f, "there is no flow {name:?}"),
            WalkError::NoBranch(flow, action, what) => {
                write!(f, "{flow}: action {action} has no branch for {what}")
            }
            WalkError::UnknownAction(flow, action, kind) => {
                write!(f, "{flow}: action {action} is of the type {kind}, which the walker does not know")
            }
            WalkError::Steps(flow, action) => write!(f, "{flow}: stopped at {action} after {STEPS} actions"),
        }
    }
}

impl std::error::Error for WalkError {}

/// What a bot understood: intent, confidence, slots.
type Heard = (String, Option<f64>, BTreeMap<String, String>);

/// A contact on its way through flows.
#[derive(Clone, Debug)]
pub struct Walk<'b> {
    book: &'b Book,
    /// The contact; an agent may be given to it between runs.
    pub contact: Contact,
    /// What happened so far.
    pub events: Vec<Event>,
    external: BTreeMap<String, String>,
    stored: Option<String>,
    lex: Option<Heard>,
    metrics: Option<Metrics>,
    queue: Option<String>,
    callback_number: Option<String>,
    hooks: BTreeMap<String, String>,
    steps: u32,
}

impl<'b> Walk<'b> {
    /// A contact that has not entered a flow yet.
    pub fn new(book: &'b Book, contact: Contact) -> Self {
        Walk {
            book,
            contact,
            events: Vec::new(),
            external: BTreeMap::new(),
            stored: None,
            lex: None,
            metrics: None,
            queue: None,
            callback_number: None,
            hooks: BTreeMap::new(),
            steps: 0,
        }
    }

    /// Gives the contact what a function would have answered before: for walks that start in the middle.
    pub fn answered(&mut self, answer: impl IntoIterator<Item = (String, String)>) {
        self.external = answer.into_iter().collect();
    }

    /// Enters a flow, by its name without prefix, and follows it to its end.
    ///
    /// # Errors
    /// The walk cannot go on: see [`WalkError`].
    pub fn run<H: Host>(&mut self, flow: &str, host: &mut H) -> Result<End, WalkError> {
        let mut flow = flow.to_owned();
        loop {
            match self.follow(&flow, host)? {
                act::Left::For(other) => flow = other,
                act::Left::End(end) => return Ok(end),
            }
        }
    }

    /// Runs the flow that was set for an event (`CustomerQueue`, `AgentWhisper`, `CustomerWhisper`,
    /// `CustomerHold`, `CustomerRemaining`); none when none was. It does not see the last answer.
    ///
    /// # Errors
    /// The walk cannot go on: see [`WalkError`].
    pub fn hook<H: Host>(&mut self, event: &str, host: &mut H) -> Result<Option<End>, WalkError> {
        let Some(flow) = self.hooks.get(event).cloned() else { return Ok(None) };
        self.external.clear();
        self.run(&flow, host).map(Some)
    }

    /// The flow that was set for an event.
    pub fn hooked(&self, event: &str) -> Option<&str> {
        self.hooks.get(event).map(String::as_str)
    }

    /// Everything that was said, in order.
    pub fn spoken(&self) -> Vec<String> {
        let said = self.events.iter().filter_map(|it| match it {
            Event::Said(speech) => Some(speech.to_string()),
            _ => None,
        });
        said.collect()
    }

    /// The actions that functions were called for, in order; those that failed with a `!` behind.
    pub fn called(&self) -> Vec<String> {
        let called = self.events.iter().filter_map(|it| match it {
            Event::Called { action, worked, .. } => {
                Some(format!("{action}{}", if *worked { "" } else { "!" }))
            }
            _ => None,
        });
        called.collect()
    }

    fn queue_name(&self) -> Option<String> {
        let arn = self.queue.as_deref()?;
        self.book.environment.name_of(TokenKind::Queue, arn).map(str::to_owned)
    }
}
