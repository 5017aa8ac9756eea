//! When keys were used and refused.

use connect_rules_engine::value::Text;
use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::storage;
use crate::errors::Error;
use crate::keys::Login;

/// All that is known.
pub(super) fn all(connection: &Connection) -> Result<Vec<Login>, Error> {
    let doing = storage("read who logged in");
    let sql = "SELECT user, last_used, failures, last_failure FROM logins";
    let mut statement = connection.prepare_cached(sql).map_err(&doing)?;
    let rows = statement.query_map([], |row| {
        let text = |at| row.get::<_, String>(at).map(Text::from);
        Ok(Login { user: text(0)?, last_used: text(1)?, failures: row.get(2)?, last_failure: text(3)? })
    });
    rows.and_then(Iterator::collect).map_err(&doing)
}

/// Notes an attempt of each of these users.
pub(super) fn note(
    connection: &Connection,
    users: &[Text],
    accepted: bool,
    at: Timestamp,
) -> Result<(), Error> {
    let known = all(connection)?;
    for user in users {
        let old = known.iter().find(|login| login.user == *user).cloned();
        let login = Login { user: Text::clone(user), ..old.unwrap_or_default() }.after(accepted, at);
        connection
            .execute(
                "INSERT OR REPLACE INTO logins (user, last_used, failures, last_failure) VALUES (?1, ?2, ?3, ?4)",
                params![&*login.user, &*login.last_used, login.failures, &*login.last_failure],
            )
            .map_err(storage("note who logged in"))?;
    }
    Ok(())
}
