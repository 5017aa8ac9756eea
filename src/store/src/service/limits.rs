//! The outbound limits as far as they are rows of the configuration (`spec/rate-limiting.md` 5, 9): the limits
//! themselves, and who released a number and why.

use connect_rules_engine::value::{Map, Text, Value};

use super::edit::put;
use super::settings::RATE_LIMIT;
use super::{Action, Plan};
use crate::entity::{ConfigRow, Entity, Kind};
use crate::errors::Error;
use crate::roles::{Actor, Operation};
use crate::snapshot::Snapshot;

/// The row of the number that was released last; those before are in the audit list.
pub const RELEASED: &str = "RateLimitReleased";

/// Writes the limits.
#[derive(Clone, Debug, PartialEq)]
pub struct SetLimits {
    /// The members of the row.
    pub value: Value,
}

impl Action for SetLimits {
    fn operation(&self) -> Operation {
        Operation::ChangeLimits
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let row = ConfigRow { key: Text::from(RATE_LIMIT), value: self.value.clone() };
        Ok(Plan::new("set the outbound limits", vec![put(now, Entity::Config(row))]))
    }
}

/// Notes that a number is released, before it is: the counter is no row of the model, the reason is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteRelease {
    /// The number.
    pub number: Text,
    /// `customer` or `system`.
    pub party: Text,
    /// Its attempts.
    pub usage: u32,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// Why.
    pub reason: Text,
}

impl Action for NoteRelease {
    fn operation(&self) -> Operation {
        Operation::ChangeLimits
    }

    fn plan(&self, now: &Snapshot, actor: &Actor) -> Result<Plan, Error> {
        if self.reason.trim().is_empty() {
            let (what, fix) = ("a number is not released without a reason", "say why in a few words");
            return Err(Error::invalid(Kind::Config, Text::from(RELEASED), "reason", what, fix));
        }
        let mut value = Map::new();
        value.insert("number", Value::String(Text::clone(&self.number)));
        value.insert("type", Value::String(Text::clone(&self.party)));
        value.insert("usage", Value::Number(f64::from(self.usage)));
        value.insert("at", Value::Number(self.at as f64));
        value.insert("by", Value::String(Text::clone(&actor.user)));
        value.insert("reason", Value::String(Text::clone(&self.reason)));
        let row = ConfigRow { key: Text::from(RELEASED), value: Value::from(value) };
        let title = format!("release {} from its limit: {}", self.number, self.reason);
        Ok(Plan::new(title, vec![put(now, Entity::Config(row))]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::Service;
    use crate::sqlite::SqliteStore;
    use crate::store::Store as _;

    #[tokio::test]
    async fn a_release_takes_a_reason_and_is_in_the_audit_list() {
        let service = Service::new(SqliteStore::in_memory().unwrap());
        let note = |reason: &str| NoteRelease {
            number: Text::from("+12065550100"),
            party: Text::from("customer"),
            usage: 7,
            at: 1,
            reason: Text::from(reason),
        };
        let ada = Actor::local("ada");
        assert!(service.run(&ada, &note(" ")).await.is_err());
        let tester = Actor { role: crate::roles::Role::PowerUser, ..ada.clone() };
        assert!(matches!(service.run(&tester, &note("asked for")).await, Err(Error::Forbidden { .. })));
        service.run(&ada, &note("asked for")).await.unwrap();
        let entry = &service.store().audit(1).await.unwrap()[0];
        assert!(entry.title.ends_with("asked for") && entry.details.contains("+12065550100"), "{entry:?}");
    }
}
