//! Configuration rows (`spec/model.md` 4.9) and whether login is required (`spec/admin.md` 1).

use connect_rules_engine::value::{Text, Value};

use super::edit::put;
use super::{Action, Plan};
use crate::change::Change;
use crate::entity::{ConfigRow, Entity, Key, Kind};
use crate::errors::Error;
use crate::roles::{Actor, Operation, Role};
use crate::snapshot::Snapshot;

/// The row that says whether login is required.
pub const REQUIRE_LOGIN: &str = "RequireLogin";

/// The row that says how many days backups are kept.
pub const BACKUP_DAYS: &str = "BackupDays";

/// The row of the outbound rate limits (`spec/rate-limiting.md` 5).
pub const RATE_LIMIT: &str = "RateLimit";

/// Rows that are settings of this program, and no facts of the instance that contacts may see.
pub const OWN: [&str; 5] = [REQUIRE_LOGIN, BACKUP_DAYS, REFRESHED, RATE_LIMIT, super::limits::RELEASED];

/// Row that says when which section was read from the instance: times (RFC 3339) by the name of the list.
pub const REFRESHED: &str = "ConnectRefreshed";

/// Whether people must log in with a key.
pub fn login_required(now: &Snapshot) -> bool {
    now.config.iter().any(|row| &*row.key == REQUIRE_LOGIN && &*row.value.text() == "true")
}

/// Writes a configuration row; an undefined value removes it.
#[derive(Clone, Debug, PartialEq)]
pub struct SetConfig {
    /// Its key.
    pub key: Text,
    /// A text, list or object.
    pub value: Value,
}

impl Action for SetConfig {
    fn operation(&self) -> Operation {
        Operation::RefreshCache
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let refuse = |what: &str, fix: &str| {
            Err(Error::invalid(Kind::Config, Text::clone(&self.key), "configKey", what, fix))
        };
        if self.key.is_empty() || &*self.key == crate::sqlite::MARK {
            return refuse("this key belongs to the program", "choose another key");
        }
        if &*self.key == "Holidays" {
            return refuse("holidays are kept one by one", "change the holidays themselves");
        }
        let admin =
            |it: &crate::entity::User| it.enabled && it.role == Role::Administrator && it.key_hash.is_some();
        if &*self.key == REQUIRE_LOGIN && &*self.value.text() == "true" && !now.users.iter().any(admin) {
            return refuse(
                "no administrator has a key, so nobody could log in",
                "create an administrator first",
            );
        }
        let days = self.value.text().parse::<u32>();
        if &*self.key == BACKUP_DAYS && !self.value.is_nil() && !days.is_ok_and(|days| days > 0) {
            return refuse("this is no number of days above 0", "give a number such as 30");
        }
        let title = format!("set {}", self.key);
        let change = if matches!(self.value, Value::Undefined) {
            let key = Key::new(Kind::Config, Text::clone(&self.key));
            now.entity(&key)?;
            Change::Delete { expected: now.rev(Kind::Config, &self.key), key }
        } else {
            put(now, Entity::Config(ConfigRow { key: Text::clone(&self.key), value: self.value.clone() }))
        };
        Ok(Plan::new(title, vec![change]))
    }
}
