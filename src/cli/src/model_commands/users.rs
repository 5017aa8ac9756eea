//! `users`, `login`, `logout` and `whoami`.

use std::io::{self, IsTerminal as _};
use std::path::Path;

use connect_rules_engine::collate;
use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_store::service::settings::{REQUIRE_LOGIN, SetConfig};
use connect_rules_store::service::users::{CreateUser, DeleteUser, ResetKey, UpdateUser};
use connect_rules_store::service::{Edit, Picked};
use connect_rules_store::{Entity, Operation, Role, Store as _, User, keys};

use super::session::{self, Care, Purpose, failed, read_text};
use super::{find, keyring, output};
use crate::args::Global;
use crate::args::people::{Expiry, LoginArgs, OneUser, UsersCommand};
use crate::args::store::Write;
use crate::exit::{Exit, Failure};
use crate::say;
use crate::site::Site;

/// Runs `users`.
///
/// # Errors
/// Whatever refuses it.
pub fn run(command: &UsersCommand, global: &Global) -> Result<Exit, Failure> {
    let text = |given: &Option<String>| given.as_deref().map(Text::from);
    match command {
        UsersCommand::List => list(global),
        UsersCommand::Add { email, first, last, role, expires, write } => {
            let session = session::open(global, (*write).into())?;
            let user = User {
                id: Text::default(),
                first_name: first.as_str().into(),
                last_name: last.as_str().into(),
                email: email.as_str().into(),
                role: Role::parse(role),
                enabled: true,
                key_hash: None,
                key_start: Text::default(),
                key_expires: day(expires),
            };
            let key = keys::new_key();
            let action = CreateUser { user, key: key.clone() };
            session.carry_out(&action, *write, Care { once: Some(("key", &key)), ..Care::default() })
        }
        UsersCommand::Edit { user, email, first, last, role, expires, write } => {
            change(user, *write, global, |user| {
                user.email = text(email).unwrap_or_else(|| Text::clone(&user.email));
                user.first_name = text(first).unwrap_or_else(|| Text::clone(&user.first_name));
                user.last_name = text(last).unwrap_or_else(|| Text::clone(&user.last_name));
                if let Some(role) = role {
                    user.role = Role::parse(role);
                }
                if let Some(expires) = expires {
                    user.key_expires = day(expires);
                }
            })
        }
        UsersCommand::Enable(OneUser { user, write }) => {
            change(user, *write, global, |user| user.enabled = true)
        }
        UsersCommand::Disable(OneUser { user, write }) => {
            change(user, *write, global, |user| user.enabled = false)
        }
        UsersCommand::Remove(OneUser { user, write }) => {
            let session = session::open(global, (*write).into())?;
            let id = Text::clone(&find::user(&*session.read(Operation::ReadUsers)?, user)?.id);
            session.change(&DeleteUser(Picked::any(id)), *write, true)
        }
        UsersCommand::ResetKey { which: OneUser { user, write }, expires } => {
            let session = session::open(global, (*write).into())?;
            let id = Text::clone(&find::user(&*session.read(Operation::ReadUsers)?, user)?.id);
            let key = keys::new_key();
            let action = ResetKey { which: Picked::any(id), key: key.clone(), expires: day(expires) };
            session.carry_out(
                &action,
                *write,
                Care { loses: true, once: Some(("key", &key)), ..Care::default() },
            )
        }
        UsersCommand::RequireLogin { required, write } => {
            let session = session::open(global, (*write).into())?;
            let value = if *required { "true" } else { "false" };
            session.change(&SetConfig { key: REQUIRE_LOGIN.into(), value: value.into() }, *write, false)
        }
    }
}

fn day(expires: &Expiry) -> Option<Text> {
    expires.0.as_deref().map(Text::from)
}

fn change(user: &str, write: Write, global: &Global, edit: impl FnOnce(&mut User)) -> Result<Exit, Failure> {
    let session = session::open(global, write.into())?;
    let now = session.read(Operation::ReadUsers)?;
    let mut mine = find::user(&now, user)?.clone();
    edit(&mut mine);
    let edit = Edit::of(&now, Entity::User(mine)).map_err(|error| failed(&error))?;
    session.change(&UpdateUser(edit), write, false)
}

fn list(global: &Global) -> Result<Exit, Failure> {
    let session = session::open(global, Purpose::Read)?;
    let now = session.read(Operation::ReadUsers)?;
    let logins = session.wait(session.service.store().logins())?;
    let used = |it: &User| logins.iter().find(|login| login.user == it.id).map(|login| &login.last_used);
    let used = |it: &User| used(it).filter(|at| !at.is_empty());
    let mut all: Vec<&User> = now.users.iter().collect();
    all.sort_by(|a, b| collate::compare(&a.email, &b.email));
    if global.json {
        let document = |it: &User| {
            let mut out = output::document(&Entity::User(it.clone()), &now);
            if let Some(at) = used(it) {
                out.insert("keyLastUsed", Text::clone(at).into());
            }
            Value::from(out)
        };
        return output::json(&all.into_iter().map(document).collect::<Vec<_>>().into());
    }
    let row = |it: &User| {
        vec![
            it.email.to_string(),
            format!("{} {}", it.first_name, it.last_name),
            it.role.to_string(),
            if it.enabled { "yes" } else { "no" }.to_owned(),
            if it.key_hash.is_some() { format!("{}…", it.key_start) } else { "none".to_owned() },
            it.key_expires.as_deref().unwrap_or("never").to_owned(),
            used(it).map_or("never", |at| at.get(..16).unwrap_or(at)).to_owned(),
        ]
    };
    let headings = ["E-MAIL", "NAME", "ROLE", "ENABLED", "KEY", "EXPIRES", "LAST USED"];
    output::table(&headings, &all.into_iter().map(row).collect::<Vec<_>>())
}

/// Runs `login`.
///
/// # Errors
/// The key cannot be read, is unknown, or cannot be kept.
pub fn login(args: &LoginArgs, global: &Global) -> Result<Exit, Failure> {
    if args.key_file == Path::new("-") && io::stdin().is_terminal() {
        say::notice("Type the key, then Enter and Ctrl-D; it is seen on the screen.", global);
    }
    let (_, key) = read_text(&args.key_file)?;
    let key = key.trim();
    let (actor, site) = session::authenticate(global, key)?;
    keyring::keep(&site.file, key)?;
    tell(&actor.user, actor.role.name(), &site.name(), global)
}

/// Runs `logout`.
///
/// # Errors
/// The file of keys cannot be written.
pub fn logout(global: &Global) -> Result<Exit, Failure> {
    let known = keyring::forget(&Site::of(global)?.file)?;
    if global.json {
        let out: Map = [("loggedOut", Value::Bool(known))].into_iter().collect();
        return output::json(&out.into());
    }
    output::text(if known { "logged out\n" } else { "nobody was logged in\n" })
}

/// Runs `whoami`.
///
/// # Errors
/// There is no store, or nobody may work on it without a key.
pub fn whoami(global: &Global) -> Result<Exit, Failure> {
    let session = session::open(global, Purpose::Read)?;
    tell(&session.actor.user, session.actor.role.name(), &session.site.name(), global)
}

fn tell(user: &str, role: &str, store: &str, global: &Global) -> Result<Exit, Failure> {
    if global.json {
        let out: Map = [("user", user), ("role", role), ("store", store)]
            .into_iter()
            .map(|(name, value)| (name, Value::from(value)))
            .collect();
        return output::json(&out.into());
    }
    output::text(&format!("{user}, {role}, on {store}\n"))
}
