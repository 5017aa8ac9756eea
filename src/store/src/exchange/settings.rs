//! The settings document (`spec/model.md` 17): end points, holidays, time zone, keep warm, users without
//! keys, and the rows that say what the Connect instance holds, which an embedded store has from nowhere
//! else; written for backups and read back by a restore.

use connect_rules_engine::collate;
use connect_rules_engine::model::read::json_problem;
use connect_rules_engine::problem::Problem;
use connect_rules_engine::value::{Map, Text, Value};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use super::export::About;
use super::{SourceFile, accept, remove, write};
use crate::change::Change;
use crate::entity::{ConfigRow, EndPoint, Entity, Holiday, Kind, User, new_id};
use crate::errors::Error;
use crate::roles::Role;
use crate::service::settings::OWN;
use crate::snapshot::Snapshot;
use crate::sqlite::MARK;

/// What the document says it is.
pub const TYPE: &str = "RulesEngineSettings";
const ZONE: &str = "CallCentreTimeZone";
const WARM: &str = "KeepWarm";

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    r#type: String,
    version: String,
    environment_name: String,
    format: u8,
    exported_by: String,
    exported_at: String,
    end_points: Vec<EndPointFile>,
    holidays: Vec<HolidayFile>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_zone: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_warm: Option<Value>,
    users: Vec<UserFile>,
    /// All other rows. Earlier backups have none, and then a restore leaves the rows alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rows: Option<Map>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct EndPointFile {
    name: Text,
    description: Text,
    inbound_numbers: Vec<Text>,
    enabled: bool,
}

#[derive(Serialize, Deserialize)]
struct HolidayFile {
    when: Text,
    name: Text,
    description: Text,
    closed: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserFile {
    first_name: Text,
    last_name: Text,
    email_address: Text,
    user_role: Text,
    user_enabled: bool,
}

/// The settings document of a snapshot: two-space indent, everything in order of names.
pub fn export(now: &Snapshot, about: &About) -> String {
    let mut end_points: Vec<&EndPoint> = now.end_points.iter().collect();
    end_points.sort_by(|a, b| collate::compare(&a.name, &b.name));
    let mut holidays: Vec<&Holiday> = now.holidays.iter().collect();
    holidays.sort_by(|a, b| (&a.when, &a.name).cmp(&(&b.when, &b.name)));
    let mut users: Vec<&User> = now.users.iter().collect();
    users.sort_by(|a, b| collate::compare(&a.email, &b.email));
    let row = |key: &str| now.config.iter().find(|row| &*row.key == key).map(|row| &row.value);
    let document = Document {
        r#type: TYPE.to_owned(),
        version: about.version.clone(),
        environment_name: about.environment.clone(),
        format: 1,
        exported_by: about.exported_by.clone(),
        exported_at: about.exported_at.clone(),
        end_points: end_points
            .into_iter()
            .cloned()
            .map(|it| EndPointFile {
                name: it.name,
                description: it.description,
                inbound_numbers: it.inbound_numbers,
                enabled: it.enabled,
            })
            .collect(),
        holidays: holidays
            .into_iter()
            .cloned()
            .map(|it| HolidayFile {
                when: it.when,
                name: it.name,
                description: it.description,
                closed: it.closed,
            })
            .collect(),
        time_zone: row(ZONE).map(Value::text),
        keep_warm: row(WARM).cloned(),
        users: users
            .into_iter()
            .cloned()
            .map(|it| UserFile {
                first_name: it.first_name,
                last_name: it.last_name,
                email_address: it.email,
                user_role: Text::from(it.role.name()),
                user_enabled: it.enabled,
            })
            .collect(),
        rows: Some(
            now.config
                .iter()
                .filter(|row| is_other(&row.key))
                .map(|row| (Text::clone(&row.key), row.value.clone()))
                .collect(),
        ),
    };
    serde_json::to_string_pretty(&document).unwrap_or_default()
}

/// Whether a row has no member of its own and is no setting of the program.
fn is_other(key: &str) -> bool {
    ![ZONE, WARM, MARK].contains(&key) && !OWN.contains(&key)
}

/// What a restore of settings would do.
pub(super) struct Restored {
    pub changes: Vec<Change>,
    /// End points afterwards, those included that may have to stay because they are used.
    pub end_points: Vec<EndPoint>,
    /// Stored end points that the document lacks.
    pub surplus: Vec<EndPoint>,
    pub warnings: Vec<Problem>,
}

fn read(file: &SourceFile) -> Result<Document, Error> {
    let refuse = |problem: Problem| Error::Invalid {
        kind: Kind::Config,
        name: Text::from(&*file.name),
        problems: vec![problem.in_file(&file.name)],
    };
    let document: Document =
        serde_json::from_str(&file.text).map_err(|error| refuse(json_problem(&error)))?;
    if document.r#type != TYPE {
        let what = format!("type is {:?}, not \"{TYPE}\"", document.r#type);
        return Err(refuse(Problem::error("type", what, "choose a backup of settings")));
    }
    let mut problems = Vec::new();
    let (mut names, mut numbers, mut emails) =
        (FxHashSet::default(), FxHashSet::default(), FxHashSet::default());
    for (at, it) in document.end_points.iter().enumerate() {
        let again = !names.insert(it.name.to_lowercase())
            || it.inbound_numbers.iter().any(|number| !numbers.insert(Text::clone(number)));
        if again {
            let what = format!("the name or a number of end point \"{}\" is there twice", it.name);
            problems.push(Problem::error(format!("endPoints[{at}]"), what, "remove one of the two"));
        }
    }
    for (at, it) in document.users.iter().enumerate() {
        if !emails.insert(it.email_address.to_lowercase()) {
            let what = format!("user {} is there twice", it.email_address);
            problems.push(Problem::error(format!("users[{at}]"), what, "remove one of the two"));
        }
    }
    let problems = problems.into_iter().map(|problem| problem.in_file(&file.name)).collect();
    accept(Kind::Config, &file.name, problems)?;
    Ok(document)
}

/// What it takes to bring the settings back. Users that the document lacks stay, and nobody's key changes.
pub(super) fn restore(now: &Snapshot, file: &SourceFile) -> Result<Restored, Error> {
    let document = read(file)?;
    let mut changes = Vec::new();
    let mut warnings = Vec::new();
    let (end_points, surplus) = restore_end_points(now, document.end_points, &mut changes);
    restore_holidays(now, document.holidays, &mut changes);
    restore_users(now, document.users, &file.name, &mut changes, &mut warnings)?;
    for (key, value) in [(ZONE, document.time_zone.map(Value::String)), (WARM, document.keep_warm)] {
        let stored = now.config.iter().find(|row| &*row.key == key);
        match (value, stored) {
            (Some(value), stored) if stored.is_none_or(|row| row.value != value) => {
                changes.push(write(now, Entity::Config(ConfigRow { key: Text::from(key), value })));
            }
            (None, Some(_)) => changes.push(remove(now, Kind::Config, &Text::from(key))),
            _ => {}
        }
    }
    if let Some(rows) = document.rows {
        restore_rows(now, &rows, &mut changes);
    }
    Ok(Restored { changes, end_points, surplus, warnings })
}

fn restore_rows(now: &Snapshot, rows: &Map, changes: &mut Vec<Change>) {
    let stored = now.config_map();
    for (key, value) in rows.iter().filter(|(key, value)| is_other(key) && stored.get(key) != Some(*value)) {
        let row = ConfigRow { key: Text::clone(key), value: value.clone() };
        changes.push(write(now, Entity::Config(row)));
    }
    let gone = now.config.iter().filter(|row| is_other(&row.key) && !rows.contains_key(&row.key));
    changes.extend(gone.map(|row| remove(now, Kind::Config, &row.key)));
}

fn restore_end_points(
    now: &Snapshot,
    files: Vec<EndPointFile>,
    changes: &mut Vec<Change>,
) -> (Vec<EndPoint>, Vec<EndPoint>) {
    let mut stored: FxHashMap<String, &EndPoint> =
        now.end_points.iter().map(|it| (it.name.to_lowercase(), it)).collect();
    let mut after = Vec::with_capacity(files.len());
    for it in files {
        let old = stored.remove(&it.name.to_lowercase());
        let it = EndPoint {
            id: old.map_or_else(new_id, |old| Text::clone(&old.id)),
            name: it.name,
            description: it.description,
            inbound_numbers: it.inbound_numbers,
            enabled: it.enabled,
        };
        if old != Some(&it) {
            changes.push(write(now, Entity::EndPoint(it.clone())));
        }
        after.push(it);
    }
    let surplus: Vec<EndPoint> =
        now.end_points.iter().filter(|it| stored.contains_key(&it.name.to_lowercase())).cloned().collect();
    after.extend(surplus.iter().cloned());
    (after, surplus)
}

fn restore_holidays(now: &Snapshot, files: Vec<HolidayFile>, changes: &mut Vec<Change>) {
    let mut stored: FxHashMap<(Text, Text), Vec<&Holiday>> = FxHashMap::default();
    for it in now.holidays.iter().rev() {
        stored.entry((Text::clone(&it.when), Text::clone(&it.name))).or_default().push(it);
    }
    let mut kept = FxHashSet::default();
    for it in files {
        let old = stored.get_mut(&(Text::clone(&it.when), Text::clone(&it.name))).and_then(Vec::pop);
        let it = Holiday {
            id: old.map_or_else(new_id, |old| Text::clone(&old.id)),
            when: it.when,
            name: it.name,
            description: it.description,
            closed: it.closed,
        };
        kept.insert(Text::clone(&it.id));
        if old != Some(&it) {
            changes.push(write(now, Entity::Holiday(it)));
        }
    }
    let gone = now.holidays.iter().filter(|it| !kept.contains(&it.id));
    changes.extend(gone.map(|it| remove(now, Kind::Holiday, &it.id)));
}

fn restore_users(
    now: &Snapshot,
    files: Vec<UserFile>,
    file: &str,
    changes: &mut Vec<Change>,
    warnings: &mut Vec<Problem>,
) -> Result<(), Error> {
    let mut stored: FxHashMap<String, &User> =
        now.users.iter().map(|it| (it.email.to_lowercase(), it)).collect();
    let mut after = Vec::new();
    for it in files {
        let old = stored.remove(&it.email_address.to_lowercase());
        let it = User {
            id: old.map_or_else(new_id, |old| Text::clone(&old.id)),
            first_name: it.first_name,
            last_name: it.last_name,
            email: it.email_address,
            role: Role::parse(&it.user_role),
            enabled: it.user_enabled,
            key_hash: old.and_then(|old| old.key_hash.clone()),
            key_start: old.map(|old| Text::clone(&old.key_start)).unwrap_or_default(),
            key_expires: old.and_then(|old| old.key_expires.clone()),
        };
        if old.is_none() {
            let what = "comes back without a key, because backups hold none";
            warnings.push(Problem::warning(it.email.to_string(), what, "issue a new key"));
        }
        if old != Some(&it) {
            changes.push(write(now, Entity::User(it.clone())));
        }
        after.push(it);
    }
    for left in now.users.iter().filter(|it| stored.contains_key(&it.email.to_lowercase())) {
        let what = "is not in the backup and stays";
        warnings.push(Problem::warning(left.email.to_string(), what, "delete the user if that is meant"));
        after.push(left.clone());
    }
    let may_log_in = |it: &User| it.enabled && it.role == Role::Administrator && it.key_hash.is_some();
    if now.users.iter().any(may_log_in) && !after.iter().any(may_log_in) {
        let what = "no administrator with a key would be left, and nobody could manage users";
        let fix = "restore without settings, or make another administrator first";
        return Err(Error::invalid(Kind::User, file, "users", what, fix));
    }
    Ok(())
}
