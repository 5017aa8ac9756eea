//! The action `task`: what came of the task for the agent (`spec/rate-limiting.md` 6.7).

use connect_rules_engine::value::{Map, Value};

use crate::decision::TaskStatus;
use crate::limiter::{Limiter, given};
use crate::stop::Stopper;
use crate::store::Store;
use crate::world::World;

impl<S: Store, P: Stopper, W: World> Limiter<S, P, W> {
    /// Notes what the flow of a task tells; the answer, and what went wrong.
    pub async fn task(&self, event: &Value) -> (Map, Option<String>) {
        let details = event.member("Details");
        let parameters = details.member("Parameters");
        let source = given(&parameters.member("SourceContactId"));
        let status = match parameters.member("status").as_str() {
            Some("STARTED") => Some(TaskStatus::Started),
            Some("REJECTED") => Some(TaskStatus::Rejected),
            _ => None,
        };
        let task = given(&details.member("ContactData").member("ContactId")).unwrap_or_default();
        let trouble = match (source, status) {
            (Some(source), Some(status)) => match self.store().note_task(&source, status, &task).await {
                Ok(true) => None,
                Ok(false) => Some(format!("there is no decision about contact {source}")),
                Err(error) => Some(error.to_string()),
            },
            _ => Some("the event names no contact or no status STARTED or REJECTED".to_owned()),
        };
        let mut reply = Map::new();
        reply.insert("Result", if trouble.is_none() { "SUCCESS" } else { "ERROR" }.into());
        (reply, trouble)
    }
}
