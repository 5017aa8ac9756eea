//! `test list`, `test create` and so on: recorded tests of a store.

use std::path::Path;

use connect_rules_engine::collate;
use connect_rules_engine::dates;
use connect_rules_engine::script::{TestDocument, to_script_file};
use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_store::exchange::export::{self, About, Selection};
use connect_rules_store::service::tests::{
    CopyTests, CreateTest, DeleteTests, MoveTests, OnSameName, UpdateTest,
};
use connect_rules_store::service::{Edit, Picked};
use connect_rules_store::{Entity, Kind, Operation, Snapshot};

use super::draft::Draft;
use super::rule_sets::is_listed;
use super::session::{self, Purpose, failed, read_text};
use super::{find, output};
use crate::args::Global;
use crate::args::store::{InFolder, Moved, Renamed, SameName, Several, StoredTestCommand, TestValues};
use crate::clock::real_time;
use crate::exit::{Exit, Failure};
use crate::model::print_exactly;
use crate::open;

/// Runs the command.
///
/// # Errors
/// Whatever refuses it.
pub fn run(command: &StoredTestCommand, global: &Global) -> Result<Exit, Failure> {
    match command {
        StoredTestCommand::List(folder) => list(folder, global),
        StoredTestCommand::Show { name } => {
            let session = session::open(global, Purpose::Read)?;
            let now = session.read(Operation::ReadTests)?;
            let entity = Entity::Test(find::test(&now, name)?.clone());
            output::show(output::document(&entity, &now), global.json)
        }
        StoredTestCommand::Create { name, values, write } => {
            let session = session::open(global, (*write).into())?;
            let mut draft = Draft::fresh(Kind::Test);
            fill(&mut draft, values)?;
            draft.set("name", name.as_deref());
            session.change(&CreateTest(draft.test(&dates::iso_utc(real_time()))?), *write, false)
        }
        StoredTestCommand::Edit { name, values, write } => {
            let session = session::open(global, (*write).into())?;
            let now = session.now()?;
            let old = find::test(&now, name)?;
            let mut draft = Draft::of(&Entity::Test(old.clone()));
            fill(&mut draft, values)?;
            let mine = TestDocument { test_id: old.test_id.clone(), ..draft.test(&old.test_date_time)? };
            let edit = Edit::of(&now, Entity::Test(mine)).map_err(|error| failed(&error))?;
            session.change(&UpdateTest(edit), *write, false)
        }
        StoredTestCommand::Rename(Renamed { name, to, write }) => {
            let session = session::open(global, (*write).into())?;
            let now = session.now()?;
            let mine = TestDocument { name: to.as_str().into(), ..find::test(&now, name)?.clone() };
            let edit = Edit::of(&now, Entity::Test(mine)).map_err(|error| failed(&error))?;
            session.change(&UpdateTest(edit), *write, false)
        }
        StoredTestCommand::Clone(Renamed { name, to, write }) => {
            let session = session::open(global, (*write).into())?;
            let old = find::test(&*session.now()?, name)?.clone();
            let clone = TestDocument { test_id: None, name: to.as_str().into(), ..old };
            session.change(&CreateTest(clone), *write, false)
        }
        StoredTestCommand::Move(Moved { which: Several { names, write }, to }) => {
            let session = session::open(global, (*write).into())?;
            let which = picked(&*session.now()?, names)?;
            session.change(&MoveTests { which, folder: to.as_str().into() }, *write, false)
        }
        StoredTestCommand::Copy { which: Moved { which: Several { names, write }, to }, same_name } => {
            let session = session::open(global, (*write).into())?;
            let which = picked(&*session.now()?, names)?;
            let on_same_name = match same_name {
                SameName::Refuse => OnSameName::Refuse,
                SameName::Skip => OnSameName::Skip,
                SameName::Replace => OnSameName::Replace,
                SameName::Rename => OnSameName::Rename,
            };
            let ids = which.into_iter().map(|picked| picked.id).collect();
            let action = CopyTests { ids, folder: to.as_str().into(), on_same_name };
            session.change(&action, *write, *same_name == SameName::Replace)
        }
        StoredTestCommand::Export { names, folder, output } => {
            export(names, folder, output.as_deref(), global)
        }
        StoredTestCommand::Delete(Several { names, write }) => {
            let session = session::open(global, (*write).into())?;
            let which = picked(&*session.now()?, names)?;
            session.change(&DeleteTests(which), *write, true)
        }
    }
}

fn picked(now: &Snapshot, names: &[String]) -> Result<Vec<Picked>, Failure> {
    find::all(names, |name| Ok(find::id(find::test(now, name)?.test_id.as_ref())))
}

/// Writes tests as the original exports them, or one as a script text.
fn export(
    names: &[String],
    folder: &InFolder,
    output: Option<&Path>,
    global: &Global,
) -> Result<Exit, Failure> {
    let session = session::open(global, Purpose::Read)?;
    let now = session.read(Operation::ReadTests)?;
    let ids: Vec<Text> = picked(&now, names)?.into_iter().map(|picked| picked.id).collect();
    let is_chosen = |it: &TestDocument| {
        is_listed(&it.folder, folder)
            && (ids.is_empty() || it.test_id.as_ref().is_some_and(|id| ids.contains(id)))
    };
    let tests: Vec<&TestDocument> = now.tests.iter().map(|it| &**it).filter(|it| is_chosen(it)).collect();
    let which = match &folder.folder {
        _ if !ids.is_empty() => Selection::Ids(ids),
        Some(path) => Selection::Folder { folder: path.as_str().into(), recursive: folder.recursive },
        None => Selection::All,
    };
    let is_script = output.and_then(Path::extension).is_some_and(|it| it.eq_ignore_ascii_case("rescript"));
    let text = match tests.as_slice() {
        [] => return Err(Failure::refused("test export", "there is no such test", "see `test list`")),
        [one] if is_script => to_script_file(one),
        _ if is_script => {
            let what = format!("a .rescript file holds one test, not {}", tests.len());
            return Err(Failure::refused("test export", what, "name one test, or a .json file"));
        }
        _ => {
            let about = About {
                environment: "local".to_owned(),
                exported_by: session.actor.user.to_string(),
                exported_at: dates::iso_utc(real_time()),
                ..open::about()
            };
            export::tests(&now, &which, &about).map_err(|error| failed(&error))?
        }
    };
    print_exactly(&text, output)
}

fn fill(draft: &mut Draft, values: &TestValues) -> Result<(), Failure> {
    draft.read(values.from.as_deref())?;
    draft.set("folder", values.folder.as_deref());
    draft.set("endPoint", values.end_point.as_deref());
    draft.set("customerPhoneNumber", values.phone.as_deref());
    draft.set("testDateTime", values.date_time.as_deref());
    draft.set("testReference", values.reference.as_deref());
    draft.set("description", values.description.as_deref());
    draft.set("productionReady", values.ready);
    if let Some(file) = &values.payload {
        draft.set("payload", Some(read_text(file)?.1.trim()));
    }
    let attributes: Map =
        values.attribute.iter().map(|(name, value)| (name.as_str(), value.as_str().into())).collect();
    draft.set("contactAttributes", (!attributes.is_empty()).then_some(attributes));
    Ok(())
}

fn list(folder: &InFolder, global: &Global) -> Result<Exit, Failure> {
    let session = session::open(global, Purpose::Read)?;
    let now = session.read(Operation::ReadTests)?;
    let mut all: Vec<&TestDocument> =
        now.tests.iter().map(|it| &**it).filter(|it| is_listed(&it.folder, folder)).collect();
    all.sort_by(|a, b| {
        collate::compare(&a.folder, &b.folder).then_with(|| collate::compare(&a.name, &b.name))
    });
    if global.json {
        let document = |it: &TestDocument| Value::from(output::document(&Entity::Test(it.clone()), &now));
        return output::json(&all.into_iter().map(document).collect::<Vec<_>>().into());
    }
    let row = |it: &TestDocument| {
        vec![
            it.folder.to_string(),
            it.name.to_string(),
            it.end_point.to_string(),
            it.test_reference.to_string(),
            if it.production_ready { "yes" } else { "no" }.to_owned(),
        ]
    };
    let headings = ["FOLDER", "NAME", "END POINT", "REFERENCE", "READY"];
    output::table(&headings, &all.into_iter().map(row).collect::<Vec<_>>())
}
