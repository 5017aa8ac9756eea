//! Tests: create, edit, move, copy, delete (`spec/model.md` 4.7, 9).

use std::collections::HashSet;
use std::sync::Arc;

use connect_rules_engine::problem::{Problem, Severity};
use connect_rules_engine::script::{TestDocument, check_test};
use connect_rules_engine::value::Text;

use super::check::{Members, taken, trimmed};
use super::edit::put;
use super::{Action, Edit, Picked, Plan};
use crate::change::Change;
use crate::entity::{Entity, Kind, new_id};
use crate::errors::Error;
use crate::roles::{Actor, Operation};
use crate::snapshot::Snapshot;

fn check(now: &Snapshot, test: &TestDocument, old: Option<&TestDocument>) -> Result<(), Error> {
    let mut members = Members::new(Kind::Test, &test.name);
    let kept = |place: &str| match (place, old) {
        ("name", Some(old)) => old.name == test.name,
        ("folder", Some(old)) => old.folder == test.folder,
        _ => false,
    };
    let found = check_test(test, "").into_iter().filter(|it| it.severity == Severity::Error && !kept(&it.at));
    members.take(found.map(Problem::from));
    members.finish()?;
    clear(now, test)
}

/// Folder and name of a test are its own.
fn clear(now: &Snapshot, test: &TestDocument) -> Result<(), Error> {
    let same = |other: &&Arc<TestDocument>| {
        other.test_id != test.test_id && other.folder == test.folder && other.name == test.name
    };
    match now.tests.iter().find(same) {
        Some(other) => Err(taken(
            Kind::Test,
            "name",
            &test.name,
            &Text::from(format!("{} {}", other.folder, other.name)),
        )),
        None => Ok(()),
    }
}

/// Creates a test; its identifier is made.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateTest(
    /// What is created.
    pub TestDocument,
);

impl Action for CreateTest {
    fn operation(&self) -> Operation {
        Operation::CreateTest
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let mut test = self.0.clone();
        (test.test_id, test.name) = (Some(new_id()), trimmed(&test.name));
        check(now, &test, None)?;
        let title = format!("create test {}", test.name);
        Ok(Plan::new(title, vec![Change::create(Entity::Test(test))]))
    }
}

/// Creates several tests, all or none; their identifiers are made.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateTests(
    /// What is created.
    pub Vec<TestDocument>,
);

impl Action for CreateTests {
    fn operation(&self) -> Operation {
        Operation::CreateTest
    }

    fn plan(&self, now: &Snapshot, actor: &Actor) -> Result<Plan, Error> {
        let mut names = HashSet::new();
        let mut changes = Vec::with_capacity(self.0.len());
        for test in &self.0 {
            changes.extend(CreateTest(test.clone()).plan(now, actor)?.changes);
            let name = trimmed(&test.name);
            if !names.insert((&test.folder, Text::clone(&name))) {
                return Err(taken(Kind::Test, "name", &name, &Text::from(format!("{} {name}", test.folder))));
            }
        }
        let tests = if self.0.len() == 1 { "test" } else { "tests" };
        Ok(Plan::new(format!("add {} {tests} that were missing", self.0.len()), changes))
    }
}

/// Changes a test.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateTest(
    /// What was read and what it is to be.
    pub Edit,
);

impl Action for UpdateTest {
    fn operation(&self) -> Operation {
        Operation::UpdateTest
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let (Entity::Test(test), Entity::Test(old), expected) = self.0.resolve(now)? else {
            return Err(Error::NotFound { kind: Kind::Test, id: self.0.mine.id() });
        };
        check(now, &test, Some(&old))?;
        let title = format!("change test {}", test.name);
        Ok(Plan::new(title, vec![Change::Put { entity: Entity::Test(test), expected }]))
    }
}

/// Moves tests to a folder, all or none.
#[derive(Clone, Debug, PartialEq)]
pub struct MoveTests {
    /// Which.
    pub which: Vec<Picked>,
    /// Where to.
    pub folder: Text,
}

impl Action for MoveTests {
    fn operation(&self) -> Operation {
        Operation::MoveTests
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let mut changes = Vec::new();
        for picked in &self.which {
            picked.check(now, Kind::Test)?;
            let old = now.test(&picked.id)?;
            let test = TestDocument { folder: Text::clone(&self.folder), ..old.clone() };
            super::folders::check(&test.folder)?;
            clear(now, &test)?;
            changes.push(put(now, Entity::Test(test)));
        }
        Ok(Plan::new(format!("move {} tests to {}", self.which.len(), self.folder), changes))
    }
}

/// What a copy does where the folder has a test of that name already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnSameName {
    /// Refuse everything.
    #[default]
    Refuse,
    /// Leave that test out.
    Skip,
    /// Write over the test that is there; it keeps its identifier.
    Replace,
    /// Give the copy the next free number.
    Rename,
}

/// Copies tests to a folder. Tests that are in that folder already are left out unless they are renamed.
#[derive(Clone, Debug, PartialEq)]
pub struct CopyTests {
    /// Identifiers.
    pub ids: Vec<Text>,
    /// Where to.
    pub folder: Text,
    /// What to do about names that are taken.
    pub on_same_name: OnSameName,
}

impl Action for CopyTests {
    fn operation(&self) -> Operation {
        Operation::CopyTests
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        super::folders::check(&self.folder)?;
        let mut changes = Vec::new();
        let mut names: Vec<(Text, Option<Text>)> = now
            .tests
            .iter()
            .filter(|test| test.folder == self.folder)
            .map(|test| (Text::clone(&test.name), test.test_id.clone()))
            .collect();
        for id in &self.ids {
            let old = now.test(id)?;
            if old.folder == self.folder && self.on_same_name != OnSameName::Rename {
                continue;
            }
            let mut test = TestDocument { folder: Text::clone(&self.folder), ..old.clone() };
            test.test_id = Some(new_id());
            let there = names.iter().find(|(name, _)| *name == test.name).map(|(_, id)| id.clone());
            match (there, self.on_same_name) {
                (None, _) => {}
                (Some(_), OnSameName::Skip) => continue,
                (Some(Some(id)), OnSameName::Replace) => test.test_id = Some(id),
                (Some(_), OnSameName::Rename) => {
                    let number = (2..=u32::MAX).find(|n| {
                        let next = format!("{} {n}", old.name);
                        !names.iter().any(|(name, _)| **name == *next)
                    });
                    test.name = Text::from(format!("{} {}", old.name, number.unwrap_or_default()));
                }
                (Some(_), _) => return Err(taken(Kind::Test, "name", &test.name, &test.name)),
            }
            names.push((Text::clone(&test.name), None));
            changes.push(put(now, Entity::Test(test)));
        }
        Ok(Plan::new(format!("copy {} tests to {}", changes.len(), self.folder), changes))
    }
}

/// Deletes tests; the history of their runs stays.
#[derive(Clone, Debug, PartialEq)]
pub struct DeleteTests(
    /// Which.
    pub Vec<Picked>,
);

impl Action for DeleteTests {
    fn operation(&self) -> Operation {
        Operation::DeleteTest
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let changes: Result<_, _> = self.0.iter().map(|picked| picked.delete(now, Kind::Test)).collect();
        Ok(Plan::new(format!("delete {} tests", self.0.len()), changes?))
    }
}
