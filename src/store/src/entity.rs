//! The stored things (`spec/model.md` 4): rule sets, rules, end points, users, holidays, tests and
//! configuration rows, each under a key and with a stamp of its last change.

use std::fmt;

use connect_rules_engine::model::{Rule, RuleSet};
use connect_rules_engine::script::TestDocument;
use connect_rules_engine::value::{Map, Text, Value};

use crate::roles::Role;

/// Number of a stored row's version: 1 for a new row, one more with every change. 0 stands for no row.
pub type Rev = u64;

/// Sorts of stored things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names are those of spec/model.md 4")]
pub enum Kind {
    RuleSet,
    Rule,
    EndPoint,
    User,
    Holiday,
    Test,
    Config,
}

impl Kind {
    /// Every kind, referred-to kinds before those that refer to them.
    pub const ALL: [Kind; 7] =
        [Kind::RuleSet, Kind::Rule, Kind::EndPoint, Kind::User, Kind::Holiday, Kind::Test, Kind::Config];

    /// The name in journals and files.
    pub fn name(self) -> &'static str {
        match self {
            Kind::RuleSet => "ruleSet",
            Kind::Rule => "rule",
            Kind::EndPoint => "endPoint",
            Kind::User => "user",
            Kind::Holiday => "holiday",
            Kind::Test => "test",
            Kind::Config => "config",
        }
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Kind> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::RuleSet => "rule set",
            Kind::Rule => "rule",
            Kind::EndPoint => "end point",
            Kind::User => "user",
            Kind::Holiday => "holiday",
            Kind::Test => "test",
            Kind::Config => "setting",
        })
    }
}

/// What a row is found by: its kind and identifier (UUID v4; configuration rows: their key).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Sort of thing.
    pub kind: Kind,
    /// Identifier.
    pub id: Text,
}

impl Key {
    /// The key of a thing.
    pub fn new(kind: Kind, id: impl Into<Text>) -> Self {
        Key { kind, id: id.into() }
    }
}

/// Version, time and author of a row's last change (`spec/model.md` 13).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Version.
    pub rev: Rev,
    /// UTC, `YYYY-MM-DDTHH:mm:ss.SSSZ`.
    pub updated_at: Text,
    /// E-mail address or operating-system user.
    pub updated_by: Text,
}

/// An end point: a name that telephone numbers lead to (4.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndPoint {
    /// Identifier.
    pub id: Text,
    /// Name, unique ignoring case.
    pub name: Text,
    /// Free text.
    pub description: Text,
    /// Telephone numbers, E.164; each belongs to one end point only.
    pub inbound_numbers: Vec<Text>,
    /// Numbers of a disabled end point are not routed.
    pub enabled: bool,
}

/// A person who may use the program (4.5).
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// Identifier.
    pub id: Text,
    /// First name.
    pub first_name: Text,
    /// Last name.
    pub last_name: Text,
    /// E-mail address, unique ignoring case.
    pub email: Text,
    /// What the person may do.
    pub role: Role,
    /// The key of a disabled user is refused.
    pub enabled: bool,
    /// Salted slow hash of the API key ([`crate::keys`]); absent: no way to log in.
    pub key_hash: Option<Text>,
    /// First 4 characters of the API key, for display.
    pub key_start: Text,
    /// Last day (UTC, `YYYY-MM-DD`) that the API key works; absent: it works for ever.
    pub key_expires: Option<Text>,
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .field("email", &self.email)
            .field("role", &self.role)
            .field("enabled", &self.enabled)
            .finish_non_exhaustive()
    }
}

/// A holiday of the call centre (4.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holiday {
    /// Identifier.
    pub id: Text,
    /// `YYYYMMDD` in the call centre's zone.
    pub when: Text,
    /// Name of the day.
    pub name: Text,
    /// Free text.
    pub description: Text,
    /// Shown only.
    pub closed: bool,
}

/// A configuration row (4.9).
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigRow {
    /// Its key.
    pub key: Text,
    /// A text, or a list or object.
    pub value: Value,
}

/// One stored thing.
#[derive(Clone, Debug, PartialEq)]
pub enum Entity {
    /// A rule set; its `rules` are rows of their own and stay empty here.
    RuleSet(RuleSet),
    /// A rule with its weights, and the identifier of the rule set that holds it.
    Rule(Text, Rule),
    /// An end point.
    EndPoint(EndPoint),
    /// A user.
    User(User),
    /// A holiday.
    Holiday(Holiday),
    /// A test.
    Test(TestDocument),
    /// A configuration row.
    Config(ConfigRow),
}

impl Entity {
    /// Sort of thing.
    pub fn kind(&self) -> Kind {
        match self {
            Entity::RuleSet(_) => Kind::RuleSet,
            Entity::Rule(..) => Kind::Rule,
            Entity::EndPoint(_) => Kind::EndPoint,
            Entity::User(_) => Kind::User,
            Entity::Holiday(_) => Kind::Holiday,
            Entity::Test(_) => Kind::Test,
            Entity::Config(_) => Kind::Config,
        }
    }

    /// Identifier; empty if it has none yet.
    pub fn id(&self) -> Text {
        match self {
            Entity::RuleSet(it) => it.id.clone().unwrap_or_default(),
            Entity::Rule(_, it) => it.id.clone().unwrap_or_default(),
            Entity::EndPoint(it) => Text::clone(&it.id),
            Entity::User(it) => Text::clone(&it.id),
            Entity::Holiday(it) => Text::clone(&it.id),
            Entity::Test(it) => it.test_id.clone().unwrap_or_default(),
            Entity::Config(it) => Text::clone(&it.key),
        }
    }

    /// Kind and identifier.
    pub fn key(&self) -> Key {
        Key { kind: self.kind(), id: self.id() }
    }

    /// Its document as it is stored; rules without the identifier of their rule set, users with the hash of
    /// their key.
    pub fn document(&self) -> Map {
        crate::codec::document(self)
    }

    /// The name that people know it by.
    pub fn name(&self) -> &Text {
        match self {
            Entity::RuleSet(it) => &it.name,
            Entity::Rule(_, it) => &it.name,
            Entity::EndPoint(it) => &it.name,
            Entity::User(it) => &it.email,
            Entity::Holiday(it) => &it.name,
            Entity::Test(it) => &it.name,
            Entity::Config(it) => &it.key,
        }
    }
}

/// A new identifier: UUID v4, lower case.
pub fn new_id() -> Text {
    Text::from(uuid::Uuid::new_v4().hyphenated().to_string())
}
