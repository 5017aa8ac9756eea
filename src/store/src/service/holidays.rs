//! Holidays: create, edit, delete (`spec/model.md` 4.6, `spec/admin.md` 11).

use connect_rules_engine::problem::Problem;

use super::check::Members;
use super::{Action, Edit, Picked, Plan};
use crate::change::Change;
use crate::entity::{Entity, Holiday, Kind, new_id};
use crate::errors::Error;
use crate::roles::{Actor, Operation};
use crate::snapshot::Snapshot;

fn check(it: &Holiday) -> Result<(), Error> {
    let mut members = Members::new(Kind::Holiday, &it.name);
    members.length("name", &it.name, 4, 512);
    members.length("description", &it.description, 0, 1024);
    let good = it.when.len() == 8
        && it.when.bytes().all(|b| b.is_ascii_digit())
        && jiff::civil::Date::strptime("%Y%m%d", &*it.when).is_ok();
    if !good {
        members.refuse("when", format!("`{}` is not a date", it.when), "write it like 20251225");
    }
    members.finish()
}

fn same_day(now: &Snapshot, it: &Holiday) -> Vec<Problem> {
    let same = now.holidays.iter().filter(|other| other.id != it.id && other.when == it.when);
    same.map(|other| {
        let what = format!("\"{}\" is on the same day", other.name);
        Problem::warning("when", what, "one entry a day is enough")
    })
    .collect()
}

/// Creates a holiday; its identifier is made.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateHoliday(
    /// What is created.
    pub Holiday,
);

impl Action for CreateHoliday {
    fn operation(&self) -> Operation {
        Operation::CreateHoliday
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let it = Holiday { id: new_id(), ..self.0.clone() };
        check(&it)?;
        let (title, notes) = (format!("create holiday {}", it.name), same_day(now, &it));
        Ok(Plan { title, changes: vec![Change::create(Entity::Holiday(it))], notes })
    }
}

/// Changes a holiday.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateHoliday(
    /// What was read and what it is to be.
    pub Edit,
);

impl Action for UpdateHoliday {
    fn operation(&self) -> Operation {
        Operation::UpdateHoliday
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let (Entity::Holiday(it), _, expected) = self.0.resolve(now)? else {
            return Err(Error::NotFound { kind: Kind::Holiday, id: self.0.mine.id() });
        };
        check(&it)?;
        let (title, notes) = (format!("change holiday {}", it.name), same_day(now, &it));
        Ok(Plan { title, changes: vec![Change::Put { entity: Entity::Holiday(it), expected }], notes })
    }
}

/// Deletes holidays.
#[derive(Clone, Debug, PartialEq)]
pub struct DeleteHolidays(
    /// Which.
    pub Vec<Picked>,
);

impl Action for DeleteHolidays {
    fn operation(&self) -> Operation {
        Operation::DeleteHoliday
    }

    fn plan(&self, now: &Snapshot, _: &Actor) -> Result<Plan, Error> {
        let changes: Result<_, _> = self.0.iter().map(|picked| picked.delete(now, Kind::Holiday)).collect();
        Ok(Plan::new(format!("delete {} holidays", self.0.len()), changes?))
    }
}
