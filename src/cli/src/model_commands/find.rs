//! Finding stored things by the names that people give.

use std::sync::Arc;

use connect_rules_engine::model::{Rule, RuleSet};
use connect_rules_engine::script::TestDocument;
use connect_rules_engine::value::Text;
use connect_rules_store::service::Picked;
use connect_rules_store::{EndPoint, Error, Holiday, Kind, Snapshot, User};

use super::session::failed;
use crate::exit::Failure;

/// The one thing of that identifier, or else of that name.
fn one<'a, T>(
    all: &'a [T],
    kind: Kind,
    given: &str,
    id: impl Fn(&T) -> Option<&str>,
    named: impl Fn(&T) -> bool,
) -> Result<&'a T, Failure> {
    if let Some(found) = all.iter().find(|it| id(it) == Some(given)) {
        return Ok(found);
    }
    let mut found = all.iter().filter(|it| named(it));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(failed(&Error::NotFound { kind, id: Text::from(format!("\"{given}\"")) })),
        (Some(_), Some(_)) => {
            let what = format!("there are {} of this name", all.iter().filter(|it| named(it)).count());
            Err(Failure::refused(format!("{kind} \"{given}\""), what, "give the identifier"))
        }
    }
}

/// A rule set by name or identifier.
///
/// # Errors
/// There is none, as for all of these.
pub fn rule_set<'a>(now: &'a Snapshot, given: &str) -> Result<&'a RuleSet, Failure> {
    let named = |it: &Arc<RuleSet>| &*it.name == given;
    one(&now.rule_sets, Kind::RuleSet, given, |it| it.id.as_deref(), named).map(|it| &**it)
}

/// A rule of a rule set by name or identifier.
pub fn rule<'a>(now: &'a Snapshot, set: &str, given: &str) -> Result<(&'a RuleSet, &'a Rule), Failure> {
    let set = rule_set(now, set)?;
    let rule = one(&set.rules, Kind::Rule, given, |it| it.id.as_deref(), |it| &*it.name == given)?;
    Ok((set, rule))
}

/// An end point by name, ignoring case, or identifier.
pub fn end_point<'a>(now: &'a Snapshot, given: &str) -> Result<&'a EndPoint, Failure> {
    let lower = given.to_lowercase();
    one(&now.end_points, Kind::EndPoint, given, |it| Some(&it.id), |it| it.name.to_lowercase() == lower)
}

/// A user by e-mail address, ignoring case, or identifier.
pub fn user<'a>(now: &'a Snapshot, given: &str) -> Result<&'a User, Failure> {
    let lower = given.to_lowercase();
    one(&now.users, Kind::User, given, |it| Some(&it.id), |it| it.email.to_lowercase() == lower)
}

/// A holiday by date, name or identifier.
pub fn holiday<'a>(now: &'a Snapshot, given: &str) -> Result<&'a Holiday, Failure> {
    let named = |it: &Holiday| &*it.when == given || &*it.name == given;
    one(&now.holidays, Kind::Holiday, given, |it| Some(&it.id), named)
}

/// A test by name, folder and name, or identifier.
pub fn test<'a>(now: &'a Snapshot, given: &str) -> Result<&'a TestDocument, Failure> {
    let named = |it: &Arc<TestDocument>| {
        let path = given.strip_suffix(&*it.name).and_then(|path| path.strip_suffix('/'));
        &*it.name == given || path.is_some_and(|path| path == it.folder.trim_end_matches('/'))
    };
    one(&now.tests, Kind::Test, given, |it| it.test_id.as_deref(), named).map(|it| &**it)
}

/// Identifier of a stored thing.
pub fn id(id: Option<&Text>) -> Text {
    id.cloned().unwrap_or_default()
}

/// All of the names, each found by `find`, as they are stored now.
///
/// # Errors
/// One is not there.
pub fn all(
    names: &[String],
    mut find: impl FnMut(&str) -> Result<Text, Failure>,
) -> Result<Vec<Picked>, Failure> {
    let mut out: Vec<Picked> = Vec::new();
    for name in names {
        let picked = Picked::any(find(name)?);
        if !out.contains(&picked) {
            out.push(picked);
        }
    }
    Ok(out)
}
