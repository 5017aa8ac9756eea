//! `endpoint` and `holiday`.

use connect_rules_engine::collate;
use connect_rules_engine::value::{Text, Value};
use connect_rules_store::service::end_points::{
    AssignEndPoint, CreateEndPoint, DeleteEndPoints, RenameEndPoint, UpdateEndPoint,
};
use connect_rules_store::service::holidays::{CreateHoliday, DeleteHolidays, UpdateHoliday};
use connect_rules_store::service::{Edit, Picked};
use connect_rules_store::{EndPoint, Entity, Holiday, Kind, Operation};

use super::draft::Draft;
use super::session::{self, Purpose, failed};
use super::{find, output};
use crate::args::Global;
use crate::args::store::{EndPointCommand, EndPointValues, HolidayCommand, HolidayValues, Renamed, Several};
use crate::exit::{Exit, Failure};

/// Runs `endpoint`.
///
/// # Errors
/// Whatever refuses it.
pub fn run(command: &EndPointCommand, global: &Global) -> Result<Exit, Failure> {
    match command {
        EndPointCommand::List => list(global),
        EndPointCommand::Show { name } => {
            let session = session::open(global, Purpose::Read)?;
            let now = session.read(Operation::ReadEndPoints)?;
            let entity = Entity::EndPoint(find::end_point(&now, name)?.clone());
            output::show(output::document(&entity, &now), global.json)
        }
        EndPointCommand::Create { name, values, write } => {
            let session = session::open(global, (*write).into())?;
            let mut draft = Draft::fresh(Kind::EndPoint);
            fill(&mut draft, values)?;
            draft.set("name", name.as_deref());
            session.change(&CreateEndPoint(draft.end_point()), *write, false)
        }
        EndPointCommand::Edit { name, values, write } => {
            let session = session::open(global, (*write).into())?;
            let now = session.now()?;
            let old = find::end_point(&now, name)?;
            let mut draft = Draft::of(&Entity::EndPoint(old.clone()));
            fill(&mut draft, values)?;
            let mine = EndPoint { id: Text::clone(&old.id), ..draft.end_point() };
            let edit = Edit::of(&now, Entity::EndPoint(mine)).map_err(|error| failed(&error))?;
            session.change(&UpdateEndPoint(edit), *write, false)
        }
        EndPointCommand::Rename(Renamed { name, to, write }) => {
            let session = session::open(global, (*write).into())?;
            let which = Picked::any(Text::clone(&find::end_point(&*session.now()?, name)?.id));
            session.change(&RenameEndPoint { which, name: to.as_str().into() }, *write, false)
        }
        EndPointCommand::Assign { name, rule_set, write } => {
            let session = session::open(global, (*write).into())?;
            let now = session.now()?;
            let id = Text::clone(&find::end_point(&now, name)?.id);
            let set = rule_set.as_deref().map(|name| find::rule_set(&now, name)).transpose()?;
            let rule_set_id = set.map(|set| find::id(set.id.as_ref()));
            session.change(&AssignEndPoint { id, rule_set_id }, *write, false)
        }
        EndPointCommand::Delete(Several { names, write }) => {
            let session = session::open(global, (*write).into())?;
            let now = session.now()?;
            let which = find::all(names, |name| Ok(Text::clone(&find::end_point(&now, name)?.id)))?;
            session.change(&DeleteEndPoints(which), *write, true)
        }
    }
}

fn fill(draft: &mut Draft, values: &EndPointValues) -> Result<(), Failure> {
    draft.read(values.from.as_deref())?;
    draft.set("description", values.description.as_deref());
    draft.set_list("inboundNumbers", &values.number, values.no_numbers);
    draft.set("enabled", values.enabled);
    Ok(())
}

fn list(global: &Global) -> Result<Exit, Failure> {
    let session = session::open(global, Purpose::Read)?;
    let now = session.read(Operation::ReadEndPoints)?;
    let mut all: Vec<&EndPoint> = now.end_points.iter().collect();
    all.sort_by(|a, b| collate::compare(&a.name, &b.name));
    if global.json {
        let document = |it: &EndPoint| Value::from(output::document(&Entity::EndPoint(it.clone()), &now));
        return output::json(&all.into_iter().map(document).collect::<Vec<_>>().into());
    }
    let row = |it: &EndPoint| {
        let leads = now.rule_sets.iter().find(|set| set.end_points.contains(&it.name));
        vec![
            it.name.to_string(),
            it.inbound_numbers.join(", "),
            if it.enabled { "yes" } else { "no" }.to_owned(),
            leads.map_or_else(String::new, |set| set.name.to_string()),
        ]
    };
    output::table(&["NAME", "NUMBERS", "ENABLED", "RULE SET"], &all.into_iter().map(row).collect::<Vec<_>>())
}

/// Runs `holiday`.
///
/// # Errors
/// Whatever refuses it.
pub fn holiday(command: &HolidayCommand, global: &Global) -> Result<Exit, Failure> {
    match command {
        HolidayCommand::List => holidays(global),
        HolidayCommand::Add { values, write } => {
            let session = session::open(global, (*write).into())?;
            let mut draft = Draft::fresh(Kind::Holiday);
            fill_holiday(&mut draft, values)?;
            session.change(&CreateHoliday(draft.holiday()), *write, false)
        }
        HolidayCommand::Edit { holiday, values, write } => {
            let session = session::open(global, (*write).into())?;
            let now = session.now()?;
            let old = find::holiday(&now, holiday)?;
            let mut draft = Draft::of(&Entity::Holiday(old.clone()));
            fill_holiday(&mut draft, values)?;
            let mine = Holiday { id: Text::clone(&old.id), ..draft.holiday() };
            let edit = Edit::of(&now, Entity::Holiday(mine)).map_err(|error| failed(&error))?;
            session.change(&UpdateHoliday(edit), *write, false)
        }
        HolidayCommand::Delete(Several { names, write }) => {
            let session = session::open(global, (*write).into())?;
            let now = session.now()?;
            let which = find::all(names, |name| Ok(Text::clone(&find::holiday(&now, name)?.id)))?;
            session.change(&DeleteHolidays(which), *write, true)
        }
    }
}

fn fill_holiday(draft: &mut Draft, values: &HolidayValues) -> Result<(), Failure> {
    draft.read(values.from.as_deref())?;
    draft.set("when", values.when.as_deref());
    draft.set("name", values.name.as_deref());
    draft.set("description", values.description.as_deref());
    draft.set("closed", values.closed);
    Ok(())
}

fn holidays(global: &Global) -> Result<Exit, Failure> {
    let session = session::open(global, Purpose::Read)?;
    let now = session.read(Operation::ReadHolidays)?;
    let mut all: Vec<&Holiday> = now.holidays.iter().collect();
    all.sort_by(|a, b| a.when.cmp(&b.when).then_with(|| collate::compare(&a.name, &b.name)));
    if global.json {
        let document = |it: &Holiday| Value::from(output::document(&Entity::Holiday(it.clone()), &now));
        return output::json(&all.into_iter().map(document).collect::<Vec<_>>().into());
    }
    let row = |it: &Holiday| {
        let closed = if it.closed { "yes" } else { "no" };
        vec![it.when.to_string(), it.name.to_string(), closed.to_owned(), it.description.to_string()]
    };
    output::table(&["DATE", "NAME", "CLOSED", "DESCRIPTION"], &all.into_iter().map(row).collect::<Vec<_>>())
}
