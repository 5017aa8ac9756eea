//! The first rows of an environment: an administrator with a key, the time zone, what is kept warm. What is there
//! stays, unless that is asked for.

use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_store::service::settings::SetConfig;
use connect_rules_store::service::users::{CreateUser, ResetKey};
use connect_rules_store::service::{Action, Picked};
use connect_rules_store::{Actor, Error, Role, Service, Snapshot, Store, User, keys};
use serde::Serialize;

/// An administrator to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Admin {
    /// Address.
    pub email: String,
    /// First name.
    pub first: String,
    /// Last name.
    pub last: String,
}

/// What an environment starts with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bootstrap {
    /// Who may do everything; none if nobody is to be made.
    pub admin: Option<Admin>,
    /// Time zone of the call centre.
    pub time_zone: String,
    /// Functions to keep warm by short name, and how many of each.
    pub warm: Vec<(String, usize)>,
    /// What is there is replaced: rows are written anew, the administrator gets a new key.
    pub force: bool,
}

/// What became, or would become, of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// Which.
    pub name: String,
    /// `made`, `replaced` or `kept`.
    pub state: String,
    /// What it holds, in a few words.
    pub value: String,
    /// The key of the administrator, which is told this once only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// What one row needs.
struct Need {
    row: Row,
    action: Option<Box<dyn Action>>,
}

/// Writes the first rows; with `plan` only tells what would be written.
///
/// # Errors
/// A row is refused, or the store cannot be reached; rows before it are written, and are kept the next time.
pub async fn bootstrap<S: Store>(
    service: &Service<S>,
    actor: &Actor,
    wanted: &Bootstrap,
    plan: bool,
) -> Result<Vec<Row>, Error> {
    let now = service.snapshot().await?;
    let warm: Vec<Value> = wanted.warm.iter().map(|(name, count)| warm(name, *count)).collect();
    let shown: Vec<String> = wanted.warm.iter().map(|(name, count)| format!("{name} {count}")).collect();
    let mut needs = vec![
        config(&now, "CallCentreTimeZone", wanted.time_zone.as_str().into(), &wanted.time_zone, wanted.force),
        config(&now, "KeepWarm", warm.into(), &shown.join(", "), wanted.force),
    ];
    if let Some(admin) = &wanted.admin {
        needs.push(administrator(&now, admin, wanted.force));
    }
    let mut out = Vec::new();
    for Need { mut row, action } in needs {
        match action {
            Some(action) if plan => {
                service.plan(actor, &*action).await?;
                row.key = None;
            }
            Some(action) => {
                service.run(actor, &*action).await?;
            }
            None => {}
        }
        out.push(row);
    }
    Ok(out)
}

fn warm(name: &str, count: usize) -> Value {
    let members = [("Name", Value::from(name)), ("Count", Value::Number(count as f64))];
    Value::from(members.into_iter().collect::<Map>())
}

fn row(name: &str, state: &str, value: impl Into<String>) -> Row {
    Row { name: name.to_owned(), state: state.to_owned(), value: value.into(), key: None }
}

fn config(now: &Snapshot, key: &str, value: Value, shown: &str, force: bool) -> Need {
    let there = now.config.iter().find(|it| &*it.key == key);
    let state = match there {
        Some(held) if !force || held.value == value => {
            let held = held.value.as_str().map_or_else(|| "as it is".to_owned(), str::to_owned);
            return Need { row: row(key, "kept", held), action: None };
        }
        Some(_) => "replaced",
        None => "made",
    };
    Need { row: row(key, state, shown), action: Some(Box::new(SetConfig { key: key.into(), value })) }
}

fn administrator(now: &Snapshot, admin: &Admin, force: bool) -> Need {
    const NAME: &str = "administrator";
    let rules = |it: &&User| it.enabled && it.role == Role::Administrator;
    if let Some(one) = now.users.iter().find(rules)
        && !force
    {
        return Need { row: row(NAME, "kept", &*one.email), action: None };
    }
    let key = keys::new_key();
    let named = now.users.iter().find(|it| it.email.eq_ignore_ascii_case(admin.email.trim()));
    let (state, action): (_, Box<dyn Action>) = if let Some(user) = named {
        let which = Picked::any(Text::clone(&user.id));
        ("replaced", Box::new(ResetKey { which, key: key.clone(), expires: None }))
    } else {
        let user = User {
            id: Text::default(),
            first_name: admin.first.as_str().into(),
            last_name: admin.last.as_str().into(),
            email: admin.email.as_str().into(),
            role: Role::Administrator,
            enabled: true,
            key_hash: None,
            key_start: Text::default(),
            key_expires: None,
        };
        ("made", Box::new(CreateUser { user, key: key.clone() }))
    };
    Need { row: Row { key: Some(key), ..row(NAME, state, admin.email.trim()) }, action: Some(action) }
}
