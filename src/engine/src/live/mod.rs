//! Real contacts (`spec/evaluator.md` 6.10 and 7.10.2, `spec/lambdas.md` section 6): what the contact flows
//! of Amazon Connect ask for, as logic without I/O.
//!
//! A caller loads the contact's state, makes a [`Call`], uses one of its methods, saves what
//! [`crate::state::State::touched`] lists, and answers the flow with the map it got. A method that fails
//! leaves nothing to save (under `compat = original`: what the original had saved by then). The contact's
//! clock is real time, set by the caller.

mod answer;
mod callback;
mod confirm;
mod data;
mod inputs;
mod integration;
mod keys;
mod menus;
mod next;
mod queue;
mod values;

pub use answer::{MAX_BYTES, answer};
pub use callback::CallbackFacts;
pub use data::{Channel, ContactData, EndPoint, parameters};
pub use inputs::Heard;
pub use integration::Invoke;
pub use next::{MAX_ATTRIBUTES, RULE_LIMIT};
pub use queue::{HOP_LIMIT, METRICS};

use crate::compat::Profile;
use crate::host::{Detail, Host, RuleAt};
use crate::state::State;
use crate::step::{Code, Contact, NAMES, Run, StepError};
use crate::value::Map;
use crate::workspace::Workspace;

/// One invocation by a contact flow.
pub struct Call<'a, H> {
    /// Rules and catalogue; of the profile `live`.
    pub workspace: &'a Workspace,
    /// The contact: its state as loaded, its clock at real time.
    pub contact: &'a mut Contact,
    /// What the flow's event says about the contact.
    pub data: &'a ContactData,
    /// Bots, text messages and metrics.
    pub host: &'a mut H,
}

impl<H: Host> Call<'_, H> {
    /// The answer map without any change: for whisper flows.
    ///
    /// # Errors
    /// The answer is too large.
    pub fn load_state(&mut self) -> Result<Map, StepError> {
        self.handle(|_| Ok(None))
    }

    /// Runs an action; the answer shows the contact's state after it, or the copy that the action gives.
    fn handle(
        &mut self,
        action: impl FnOnce(&mut Run<'_, H>) -> Result<Option<State>, StepError>,
    ) -> Result<Map, StepError> {
        let workspace = self.workspace;
        if workspace.options().profile != Profile::Live {
            return Err(StepError::new(Code::Internal, "The workspace is not set up for live contacts"));
        }
        let mut run = Run::new(workspace, self.contact, self.host);
        let result = action(&mut run).and_then(|shown| {
            self.contact.state.refresh();
            match shown {
                None => answer(workspace, &self.contact.state, self.data.channel),
                Some(mut copy) => {
                    copy.refresh();
                    answer(workspace, &copy, self.data.channel)
                }
            }
        });
        self.contact.settle(result.is_ok());
        result
    }

    /// As [`Call::handle`] for an action of the current rule, which takes branches of it.
    fn on_rule(
        &mut self,
        action: impl FnOnce(&mut Run<'_, H>) -> Result<Option<State>, StepError>,
    ) -> Result<Map, StepError> {
        self.handle(|run| {
            locate(run);
            action(run)
        })
    }
}

/// Makes the contact's current rule the one that an observer is told about. Actions read everything from
/// state, so that a rule which has just been renamed or removed does no harm.
fn locate<H: Host>(run: &mut Run<'_, H>) {
    let at =
        run.text(&NAMES.current_rule_set).and_then(|name| run.workspace.find(&name)).and_then(|rule_set| {
            let rule = run.workspace.active(rule_set).find(&run.text(&NAMES.current_rule)?)?;
            Some(RuleAt { rule_set, rule })
        });
    match at {
        Some(at) => run.at = at,
        None => run.detail = Detail::None,
    }
}

#[cfg(test)]
mod tests;
