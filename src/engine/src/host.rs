//! What a step needs from outside the engine - bots and functions - and what it tells an observer.

use crate::catalogue::Bot;
use crate::functions::{Outcome, Uses};
use crate::state::State;
use crate::value::{Text, Value};

/// A text put to a bot.
#[derive(Debug)]
pub struct Question<'a> {
    /// The bot, as the catalogue holds it.
    pub bot: &'a Bot,
    /// Session id: the contact id.
    pub contact_id: &'a str,
    /// What the customer said.
    pub text: &'a str,
}

/// A call of an integration function.
#[derive(Debug)]
pub struct Invocation<'a> {
    /// Short name, as the rule writes it.
    pub function: &'a str,
    /// ARN from the catalogue.
    pub arn: &'a str,
    /// The contact.
    pub contact_id: &'a str,
    /// The payload after rendering and export (Q28).
    pub payload: &'a Value,
    /// State at the moment of the call.
    pub state: &'a State,
    /// How long the rule waits, in seconds; NaN never finishes.
    pub timeout_seconds: f64,
    /// Use counters of offline responses, kept with the contact.
    pub uses: &'a mut Uses,
}

/// How much an observer wants to be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Nothing: the fastest.
    #[default]
    None,
    /// Everything but the raw values of weights: for coverage.
    Coverage,
    /// Everything: for `--trace` and the why pane.
    Trace,
}

/// A rule by position: rule set in name order, rule in evaluation order (enabled ones only).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RuleAt {
    /// Index into [`crate::workspace::Workspace::active`].
    pub rule_set: u32,
    /// Index into [`crate::workspace::Active::rules`].
    pub rule: u32,
}

/// One weight of a tested rule, for a trace.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightSeen {
    /// Path that was looked up.
    pub field: Text,
    /// Name of the operation.
    pub operation: Text,
    /// Comparison value after templating.
    pub value: Value,
    /// What was found at the path.
    pub raw: Value,
    /// What the weight adds.
    pub weight: Value,
    /// Whether it counted.
    pub met: bool,
}

/// A branch of a rule that a contact took (`spec/testing.md` 4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is the branch id of spec/testing.md 4.3 that `Display` prints")]
pub enum Branch<'a> {
    Next,
    Sent,
    NoNumber,
    Terminate,
    Queue,
    Resume,
    Leave,
    Goto,
    Call,
    Return,
    Option(usize),
    Default,
    Key(&'a str),
    Retry,
    Error,
    NoInput,
    Accepted,
    Confirmed,
    Rejected,
    Auto,
    IntentConfirmed(&'a str),
    IntentRejected(&'a str),
    IntentAuto(&'a str),
    Intent(&'a str),
    IntentLow(&'a str),
    FallThrough,
    NoMatch,
    NoText,
    Done,
    Failed,
    TimedOut,
    Input,
    Timeout,
}

impl std::fmt::Display for Branch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let plain = match self {
            Branch::Next => "next",
            Branch::Sent => "sent",
            Branch::NoNumber => "noNumber",
            Branch::Terminate => "terminate",
            Branch::Queue => "queue",
            Branch::Resume => "resume",
            Branch::Leave => "leave",
            Branch::Goto => "goto",
            Branch::Call => "call",
            Branch::Return => "return",
            Branch::Default => "default",
            Branch::Retry => "retry",
            Branch::Error => "error",
            Branch::NoInput => "noInput",
            Branch::Accepted => "accepted",
            Branch::Confirmed => "confirmed",
            Branch::Rejected => "rejected",
            Branch::Auto => "auto",
            Branch::FallThrough => "fallThrough",
            Branch::NoMatch => "noMatch",
            Branch::NoText => "noText",
            Branch::Done => "DONE",
            Branch::Failed => "ERROR",
            Branch::TimedOut => "TIMEOUT",
            Branch::Input => "input",
            Branch::Timeout => "timeout",
            Branch::Option(i) => return write!(f, "option:{i}"),
            Branch::Key(k) => return write!(f, "key:{k}"),
            Branch::IntentConfirmed(i) => return write!(f, "intent:{i}:confirmed"),
            Branch::IntentRejected(i) => return write!(f, "intent:{i}:rejected"),
            Branch::IntentAuto(i) => return write!(f, "intent:{i}:auto"),
            Branch::Intent(i) => return write!(f, "intent:{i}"),
            Branch::IntentLow(i) => return write!(f, "intent:{i}:low"),
        };
        f.write_str(plain)
    }
}

/// Something that happened during a step, in order.
#[derive(Debug)]
pub enum Seen<'a> {
    /// A contact started on an end point.
    Started {
        /// Name of the end point.
        end_point: &'a str,
        /// Rule set it led to.
        rule_set: u32,
    },
    /// A rule set was entered: at the start or through `NextRuleSet` (not on return).
    Entered {
        /// Index into [`crate::workspace::Workspace::active`].
        rule_set: u32,
    },
    /// Control came back to a rule that called with "return here".
    Returned {
        /// The calling rule.
        rule: RuleAt,
    },
    /// A rule was tested. Rules after the one that fires are not tested.
    Tested {
        /// The rule.
        rule: RuleAt,
        /// Sum of the weights that counted.
        total: f64,
        /// Whether the total reached the activation threshold.
        activated: bool,
        /// Per weight, in stored order, whether it counted.
        met: &'a [bool],
        /// The weights with their values; empty below [`Detail::Trace`].
        weights: &'a [WeightSeen],
    },
    /// The activated rule was rendered, looked up and executed without error.
    Executed {
        /// The rule.
        rule: RuleAt,
    },
    /// A branch was taken.
    Took {
        /// The rule.
        rule: RuleAt,
        /// The branch.
        branch: Branch<'a>,
    },
    /// The value of a reference parameter was used.
    Used {
        /// The rule.
        rule: RuleAt,
        /// Name of the parameter.
        param: &'a str,
        /// Its value after rendering.
        target: &'a str,
    },
}

/// Bots, functions and the observer of a step.
///
/// Time and chance are part of the [`crate::step::Contact`], so that a contact can be copied, stepped
/// back and resumed with the same outcome.
pub trait Host {
    /// Asks a bot; the answer is a Lex V2 `RecognizeText` reply.
    ///
    /// # Errors
    /// The cause, for the message of the step's error.
    fn ask_bot(&mut self, question: &Question<'_>) -> Result<Value, String>;

    /// Runs an integration function.
    ///
    /// One that takes as long as the rule's timeout or longer is dropped.
    fn invoke(&mut self, call: &mut Invocation<'_>) -> Outcome;

    /// Sends a text message; only live contacts do.
    ///
    /// # Errors
    /// Why it was not sent.
    fn send_sms(&mut self, number: &str, message: &str) -> Result<(), String> {
        let _ = (number, message);
        Ok(())
    }

    /// Counts a metric of a Metric rule; only live contacts do. Failures are the host's to log.
    fn count_metric(&mut self, name: &str, value: f64) {
        let _ = (name, value);
    }

    /// How much [`Host::observe`] wants to see.
    fn detail(&self) -> Detail {
        Detail::None
    }

    /// Told what happens, as far as [`Host::detail`] asks for it.
    fn observe(&mut self, seen: &Seen<'_>) {
        let _ = seen;
    }
}
