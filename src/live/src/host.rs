//! The engine's host in a deployed function: bots and text messages are asked while a rule runs, metrics
//! are counted when everything is saved.

use crate::services::Services;
use connect_rules_engine::functions::Outcome;
use connect_rules_engine::host::{Detail, Host, Invocation, Question, RuleAt, Seen};
use connect_rules_engine::value::Value;
use std::sync::Arc;
use tokio::runtime::Handle;

/// What happened in the engine, for analytics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// A rule set was entered.
    Entered(u32),
    /// Control came back to the rule set of this rule.
    Returned(RuleAt),
    /// A rule was started.
    Started(RuleAt),
}

/// A text message, and whether it was sent.
type Sent = (String, String, Result<(), String>);

/// One invocation's host.
pub struct LiveHost<S> {
    services: Arc<S>,
    runtime: Handle,
    /// Text messages that were sent, so that running the action again sends none twice.
    sent: Vec<Sent>,
    replayed: usize,
    /// Metrics to count once everything is saved.
    pub metrics: Vec<(String, f64)>,
    /// What happened, in order.
    pub happened: Vec<Happened>,
}

impl<S: Services> LiveHost<S> {
    /// A host; the engine has to run where it may block.
    pub fn new(services: Arc<S>) -> Self {
        LiveHost {
            services,
            runtime: Handle::current(),
            sent: Vec::new(),
            replayed: 0,
            metrics: Vec::new(),
            happened: Vec::new(),
        }
    }

    /// Prepares for running the same action again on fresh state.
    pub fn again(&mut self) {
        self.replayed = 0;
        self.metrics.clear();
        self.happened.clear();
    }
}

impl<S: Services> Host for LiveHost<S> {
    fn ask_bot(&mut self, question: &Question<'_>) -> Result<Value, String> {
        let asked = self.services.recognize(question.bot, question.contact_id, question.text);
        self.runtime.block_on(asked)
    }

    fn invoke(&mut self, call: &mut Invocation<'_>) -> Outcome {
        Outcome {
            delay_seconds: 0.0,
            result: Err(format!("{} can only be called by a contact flow", call.function)),
            state: Vec::new(),
        }
    }

    fn send_sms(&mut self, number: &str, message: &str) -> Result<(), String> {
        if let Some((to, text, result)) = self.sent.get(self.replayed)
            && to == number
            && text == message
        {
            self.replayed += 1;
            return result.clone();
        }
        let result = self.runtime.block_on(self.services.send_sms(number, message));
        self.sent.truncate(self.replayed);
        self.sent.push((number.to_owned(), message.to_owned(), result.clone()));
        self.replayed += 1;
        result
    }

    fn count_metric(&mut self, name: &str, value: f64) {
        self.metrics.push((name.to_owned(), value));
    }

    fn detail(&self) -> Detail {
        Detail::Coverage
    }

    fn observe(&mut self, seen: &Seen<'_>) {
        let happened = match seen {
            Seen::Entered { rule_set } => Happened::Entered(*rule_set),
            Seen::Returned { rule } => Happened::Returned(*rule),
            Seen::Executed { rule } => Happened::Started(*rule),
            _ => return,
        };
        self.happened.push(happened);
    }
}
