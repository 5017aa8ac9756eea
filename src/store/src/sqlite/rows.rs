//! Rows of the entity tables: reading and writing one, reading all.

use connect_rules_engine::value::Text;
use rusqlite::{Connection, OptionalExtension, params};

use super::faults::{fault, storage, unusable};
use crate::codec::{self, Row};
use crate::entity::{Entity, Key, Kind, Rev, Stamp};
use crate::errors::{Error, Fault, UsedBy};

/// A row with its stamp.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub row: Row,
    pub stamp: Stamp,
}

/// The table of a kind.
pub(super) fn table(kind: Kind) -> &'static str {
    match kind {
        Kind::RuleSet => "rule_sets",
        Kind::Rule => "rules",
        Kind::EndPoint => "end_points",
        Kind::User => "users",
        Kind::Holiday => "holidays",
        Kind::Test => "tests",
        Kind::Config => "config",
    }
}

fn parent_column(kind: Kind) -> &'static str {
    if kind == Kind::Rule { "parent" } else { "''" }
}

/// What must be unique among the rows of the kind (rules: of the rule set).
pub(super) fn name_key(entity: &Entity) -> Option<String> {
    match entity {
        Entity::RuleSet(it) => Some(it.name.to_string()),
        Entity::Rule(_, it) => Some(it.name.to_string()),
        Entity::EndPoint(it) => Some(it.name.to_lowercase()),
        Entity::User(it) => Some(it.email.to_lowercase()),
        Entity::Test(it) => Some(format!("{}\n{}", it.folder, it.name)),
        Entity::Holiday(_) | Entity::Config(_) => None,
    }
}

/// One row.
pub(super) fn get(connection: &Connection, key: &Key) -> Result<Option<Stored>, Error> {
    let doing = storage("read a row");
    let sql = format!(
        "SELECT id, {}, doc, rev, updated_at, updated_by FROM {} WHERE id = ?1",
        parent_column(key.kind),
        table(key.kind)
    );
    let mut statement = connection.prepare_cached(&sql).map_err(&doing)?;
    statement.query_row([&*key.id], |row| stored(key.kind, row)).optional().map_err(&doing)
}

/// Rows of a kind, in order of identifiers; rules by rule set.
pub(super) fn all(
    connection: &Connection,
    kind: Kind,
    mut each: impl FnMut(Stored) -> Result<(), Error>,
) -> Result<(), Error> {
    let doing = storage("read the rows");
    let order = if kind == Kind::Rule { "parent, id" } else { "id" };
    let sql = format!(
        "SELECT id, {}, doc, rev, updated_at, updated_by FROM {} ORDER BY {order}",
        parent_column(kind),
        table(kind)
    );
    let mut statement = connection.prepare_cached(&sql).map_err(&doing)?;
    let mut rows = statement.query([]).map_err(&doing)?;
    while let Some(row) = rows.next().map_err(&doing)? {
        each(stored(kind, row).map_err(&doing)?)?;
    }
    Ok(())
}

/// Rules of a rule set.
pub(super) fn rules_of(connection: &Connection, rule_set: &str) -> Result<Vec<Stored>, Error> {
    let doing = storage("read the rules of a rule set");
    let sql = "SELECT id, parent, doc, rev, updated_at, updated_by FROM rules WHERE parent = ?1 ORDER BY id";
    let mut statement = connection.prepare_cached(sql).map_err(&doing)?;
    let rows = statement.query_map([rule_set], |row| stored(Kind::Rule, row)).map_err(&doing)?;
    rows.collect::<Result<_, _>>().map_err(&doing)
}

fn stored(kind: Kind, row: &rusqlite::Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored {
        row: Row { kind, id: row.get(0)?, parent: row.get(1)?, doc: row.get(2)? },
        stamp: Stamp { rev: row.get::<_, i64>(3)? as Rev, updated_at: row.get(4)?, updated_by: row.get(5)? },
    })
}

/// The entity of a stored row.
pub(super) fn entity(row: &Row) -> Result<Entity, Error> {
    codec::entity(row)
        .map_err(|message| unusable(Fault::Damaged, format!("{} {}: {message}", row.kind, row.id)))
}

/// Removes a row and what belongs to it.
pub(super) fn delete(connection: &Connection, key: &Key) -> Result<(), Error> {
    let doing = storage("delete a row");
    connection
        .prepare_cached(&format!("DELETE FROM {} WHERE id = ?1", table(key.kind)))
        .and_then(|mut statement| statement.execute([&*key.id]))
        .map_err(&doing)?;
    Ok(())
}

/// Frees the unique values of a row that is about to be written, so that rows can swap theirs.
pub(super) fn park(connection: &Connection, key: &Key) -> Result<(), Error> {
    let doing = storage("write a row");
    connection
        .prepare_cached(&format!("UPDATE {} SET name_key = char(1) || id WHERE id = ?1", table(key.kind)))
        .and_then(|mut statement| statement.execute([&*key.id]))
        .map_err(&doing)?;
    if key.kind == Kind::EndPoint {
        connection
            .execute("DELETE FROM end_point_numbers WHERE end_point = ?1", [&*key.id])
            .map_err(&doing)?;
    }
    Ok(())
}

/// Writes a row whose unique values are free.
pub(super) fn put(
    connection: &Connection,
    row: &Row,
    entity: &Entity,
    stamp: &Stamp,
    new: bool,
) -> Result<(), Error> {
    let (name, key) = (table(row.kind), name_key(entity));
    let rule = row.kind == Kind::Rule;
    let sql = match (new, rule) {
        (true, true) => format!(
            "INSERT INTO {name} (id, name_key, doc, rev, updated_at, updated_by, parent) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
        ),
        (true, false) => format!(
            "INSERT INTO {name} (id, name_key, doc, rev, updated_at, updated_by) SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE ?7 = ''"
        ),
        (false, true) => format!(
            "UPDATE {name} SET name_key = ?2, doc = ?3, rev = ?4, updated_at = ?5, updated_by = ?6, parent = ?7 WHERE id = ?1"
        ),
        (false, false) => format!(
            "UPDATE {name} SET name_key = ?2, doc = ?3, rev = ?4, updated_at = ?5, updated_by = ?6 WHERE id = ?1 AND ?7 = ''"
        ),
    };
    let result = connection.prepare_cached(&sql).and_then(|mut statement| {
        let stamped = (stamp.rev as i64, &*stamp.updated_at, &*stamp.updated_by);
        statement.execute(params![&*row.id, key, row.doc, stamped.0, stamped.1, stamped.2, &*row.parent])
    });
    match result {
        Ok(_) => {}
        Err(error) if is_unique(&error) => {
            return Err(taken(connection, entity, key.as_deref().unwrap_or_default()));
        }
        Err(error) => return Err(fault("write a row", &error)),
    }
    if let Entity::EndPoint(it) = entity {
        for number in &it.inbound_numbers {
            let mut statement = connection
                .prepare_cached("INSERT INTO end_point_numbers (number, end_point) VALUES (?1, ?2)")
                .map_err(storage("write a row"))?;
            match statement.execute([&**number, &*row.id]) {
                Ok(_) => {}
                Err(error) if is_unique(&error) => {
                    let holder = connection
                        .query_row(
                            "SELECT e.doc ->> 'name' FROM end_point_numbers n JOIN end_points e ON e.id = n.end_point WHERE number = ?1",
                            [&**number],
                            |row| row.get(0),
                        )
                        .unwrap_or_default();
                    let value = Text::clone(number);
                    return Err(Error::Conflict {
                        kind: Kind::EndPoint,
                        field: "inboundNumbers",
                        value,
                        holder,
                    });
                }
                Err(error) => return Err(fault("write a row", &error)),
            }
        }
    }
    Ok(())
}

fn is_unique(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    matches!(
        code,
        Some(rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE | rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY)
    )
}

fn taken(connection: &Connection, entity: &Entity, key: &str) -> Error {
    let kind = entity.kind();
    let (field, holder) = match kind {
        Kind::User => ("emailAddress", "doc ->> 'emailAddress'"),
        _ => ("name", "doc ->> 'name'"),
    };
    let sql = format!("SELECT {holder} FROM {} WHERE name_key = ?1 AND id <> ?2", table(kind));
    let found: Option<String> =
        connection.query_row(&sql, [key, &*entity.id()], |row| row.get(0)).optional().unwrap_or_default();
    let holder = Text::from(found.unwrap_or_else(|| "another".to_owned()));
    Error::Conflict { kind, field, value: Text::clone(entity.name()), holder }
}

/// Rule sets and tests that name an end point.
pub(super) fn end_point_users(connection: &Connection, name: &str) -> Result<Vec<(Key, UsedBy)>, Error> {
    let doing = storage("look for uses of an end point");
    let mut out = Vec::new();
    for (kind, place, sql) in [
        (
            Kind::RuleSet,
            "endPoints",
            "SELECT id, doc ->> 'name' FROM rule_sets WHERE EXISTS (SELECT 1 FROM json_each(doc, '$.endPoints') WHERE value = ?1) ORDER BY 2",
        ),
        (
            Kind::Test,
            "endPoint",
            "SELECT id, doc ->> 'name' FROM tests WHERE doc ->> 'endPoint' = ?1 ORDER BY 2",
        ),
    ] {
        let mut statement = connection.prepare_cached(sql).map_err(&doing)?;
        let used = |row: &rusqlite::Row<'_>| {
            let key = Key { kind, id: row.get(0)? };
            Ok((key, UsedBy { kind, name: row.get(1)?, place: Text::from(place) }))
        };
        for found in statement.query_map([name], used).map_err(&doing)? {
            out.push(found.map_err(&doing)?);
        }
    }
    Ok(out)
}
