//! Users: create, edit, new keys, delete (`spec/model.md` 4.5, `spec/admin.md` 4).

use std::fmt;

use connect_rules_engine::value::{Text, utf16_len};

use super::check::{Members, taken, trimmed};
use super::edit::put;
use super::{Action, Edit, Picked, Plan};
use crate::change::Change;
use crate::entity::{Entity, Kind, User, new_id};
use crate::errors::Error;
use crate::keys;
use crate::roles::{Actor, Operation, Role};
use crate::snapshot::Snapshot;

fn check(now: &Snapshot, user: &User) -> Result<(), Error> {
    let mut members = Members::new(Kind::User, &user.email);
    members.length("firstName", &user.first_name, 1, 1024);
    members.length("lastName", &user.last_name, 1, 1024);
    members.length("emailAddress", &user.email, 5, 1024);
    if let Role::Other(name) = &user.role
        && !now.user(&user.id).is_ok_and(|old| old.role == user.role)
    {
        let what = format!("`{name}` is not a role; such a user could only log in");
        members.refuse("userRole", what, "choose ADMINISTRATOR, POWER_USER or TESTER");
    }
    if user.key_expires.as_deref().is_some_and(|day| keys::day(day).is_none()) {
        members.refuse("keyExpires", "this is no day".to_owned(), "write it as 2030-12-31");
    }
    members.finish()?;
    let same = |other: &&User| other.id != user.id && other.email.to_lowercase() == user.email.to_lowercase();
    match now.users.iter().find(same) {
        Some(other) => Err(taken(Kind::User, "emailAddress", &user.email, &other.email)),
        None => Ok(()),
    }
}

/// Gives a user a key that nobody else has.
fn keyed(now: &Snapshot, user: &mut User, key: &str) -> Result<(), Error> {
    let refuse =
        |what: &str, fix: &str| Error::invalid(Kind::User, Text::clone(&user.email), "apiKey", what, fix);
    if !(keys::SHORTEST..=1024).contains(&utf16_len(key)) {
        return Err(refuse("the key has not 36 to 1024 characters", "take the key that is proposed"));
    }
    let start = keys::start(key);
    for other in now.users.iter().filter(|other| other.id != user.id && other.key_start == start) {
        if other.key_hash.as_deref().is_some_and(|hash| keys::matches(key, hash)) {
            return Err(taken(Kind::User, "apiKey", &Text::from(format!("{start}…")), &other.email));
        }
    }
    user.key_hash = Some(keys::hash(key).ok_or_else(|| refuse("the key could not be hashed", "try again"))?);
    user.key_start = start;
    Ok(())
}

/// Refuses to leave the store without an enabled administrator.
fn one_stays(now: &Snapshot, id: &Text, left: Option<&User>) -> Result<(), Error> {
    let rules = |user: &User| user.enabled && user.role == Role::Administrator;
    let old = now.user(id)?;
    let others = now.users.iter().any(|user| user.id != *id && rules(user));
    if rules(old) && !others && !left.is_some_and(rules) {
        let what = "this is the last enabled administrator; nobody could manage users any more";
        let fix = "make another user administrator first";
        return Err(Error::invalid(Kind::User, Text::clone(&old.email), "userRole", what, fix));
    }
    Ok(())
}

/// Creates a user with a key; the identifier is made.
#[derive(Clone, PartialEq)]
pub struct CreateUser {
    /// What is created; its key members are ignored.
    pub user: User,
    /// The key in clear: 36 to 1024 characters, such as [`keys::new_key`] makes.
    pub key: String,
}

impl fmt::Debug for CreateUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateUser").field("user", &self.user).finish_non_exhaustive()
    }
}

impl Action for CreateUser {
    fn operation(&self) -> Operation {
        Operation::CreateUser
    }

    fn issues(&self) -> Option<&str> {
        Some(&self.key)
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let mut user = User { id: new_id(), email: trimmed(&self.user.email), ..self.user.clone() };
        check(now, &user)?;
        keyed(now, &mut user, &self.key)?;
        let title = format!("create user {}", user.email);
        Ok(Plan::new(title, vec![Change::create(Entity::User(user))]))
    }
}

/// Changes a user; the key stays.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateUser(
    /// What was read and what it is to be.
    pub Edit,
);

impl Action for UpdateUser {
    fn operation(&self) -> Operation {
        Operation::UpdateUser
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let (Entity::User(mut user), Entity::User(old), expected) = self.0.resolve(now)? else {
            return Err(Error::NotFound { kind: Kind::User, id: self.0.mine.id() });
        };
        (user.key_hash, user.key_start) = (old.key_hash, old.key_start);
        check(now, &user)?;
        one_stays(now, &user.id, Some(&user))?;
        let title = format!("change user {}", user.email);
        Ok(Plan::new(title, vec![Change::Put { entity: Entity::User(user), expected }]))
    }
}

/// Gives a user a new key; the old one no longer works.
#[derive(Clone, PartialEq, Eq)]
pub struct ResetKey {
    /// Which user.
    pub which: Picked,
    /// The key in clear: 36 to 1024 characters.
    pub key: String,
    /// Last day (UTC, `YYYY-MM-DD`) that it works; none for ever.
    pub expires: Option<Text>,
}

impl Action for ResetKey {
    fn operation(&self) -> Operation {
        Operation::UpdateUser
    }

    fn issues(&self) -> Option<&str> {
        Some(&self.key)
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        self.which.check(now, Kind::User)?;
        let mut user = User { key_expires: self.expires.clone(), ..now.user(&self.which.id)?.clone() };
        check(now, &user)?;
        keyed(now, &mut user, &self.key)?;
        let title = format!("new key for user {}", user.email);
        Ok(Plan::new(title, vec![put(now, Entity::User(user))]))
    }
}

/// Deletes a user: not oneself, not the last enabled administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteUser(
    /// Which.
    pub Picked,
);

impl Action for DeleteUser {
    fn operation(&self) -> Operation {
        Operation::DeleteUser
    }

    fn plan(&self, now: &Snapshot, actor: &Actor) -> Result<Plan, Error> {
        let user = now.user(&self.0.id)?;
        if actor.user_id.as_ref() == Some(&user.id) {
            let (what, fix) = ("nobody deletes their own user", "ask another administrator");
            return Err(Error::invalid(Kind::User, Text::clone(&user.email), "userId", what, fix));
        }
        one_stays(now, &user.id, None)?;
        Ok(Plan::new(format!("delete user {}", user.email), vec![self.0.delete(now, Kind::User)?]))
    }
}
