//! What a store or a file says about an instance: queues, flows, prompts and the other sorts of things, each as
//! the document that is stored and as typed data.

mod check;
mod identity;
mod item;
mod sort;
mod text;

pub use check::check;
pub use identity::Identity;
pub use item::{
    Bot, ContactFlow, Function, HoursOfOperation, Item, OpeningRange, OutboundCaller, PhoneNumber,
    ProfileQueue, Prompt, Queue, RoutingProfile, TimeOfDay, value_of,
};
pub use sort::{Field, Holds, Sort};
pub use text::{set, shown};

use connect_rules_engine::catalogue::Catalogue;
use connect_rules_engine::problem::Problem;
use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_store::{Holiday, Snapshot, service};

/// Members of `connect.json` and rows of a store that say which instance it is.
pub(crate) const NAMES: [&str; 5] = ["stage", "service", "region", "accountNumber", "instanceId"];

/// The row of the call centre's time zone, and its name in `connect.json`.
pub(crate) const ZONE: (&str, &str) = ("CallCentreTimeZone", "timeZone");

/// An instance as a store or a file describes it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Instance {
    /// `stage`, `service`, `region`, `accountNumber` and `instanceId`, as far as they are said.
    pub names: Map,
    /// IANA zone of the call centre.
    pub time_zone: Option<Text>,
    /// Holidays without identifiers, if the description has them.
    pub holidays: Option<Vec<Holiday>>,
    lists: [Option<Vec<Map>>; 8],
}

fn at(sort: Sort) -> usize {
    Sort::ALL.iter().position(|it| *it == sort).unwrap_or_default()
}

impl Instance {
    /// What a store knows, without the holidays. Rows that nobody understands count as far as they are
    /// understood.
    pub fn of(now: &Snapshot) -> Self {
        let rows = now.config_map();
        let mut out = Instance::from_catalogue(&service::catalogue(now), &rows, &mut Vec::new());
        out.names = names(&rows);
        out.holidays = None;
        out
    }

    /// Everything that a store knows of the instance, holidays in the order of days, as `connect.json` has it.
    pub fn export(now: &Snapshot) -> Map {
        let mut holidays = now.holidays.clone();
        holidays.sort_by(|a, b| (&a.when, &a.name).cmp(&(&b.when, &b.name)));
        Instance { holidays: Some(holidays), ..Instance::of(now) }.document()
    }

    /// Reads `connect.json`, or what else [`Catalogue::read`] does. Things that are given by name only get what
    /// is missing made. Problems have the place `connect / queues[3] "Sales" / MaxContacts`.
    pub fn read(document: &Value, problems: &mut Vec<Problem>) -> Self {
        let catalogue = Catalogue::read(document, problems);
        let rows = document.as_object().cloned().unwrap_or_default();
        let mut out = Instance::from_catalogue(&catalogue, &rows, problems);
        out.names = names(&rows);
        out
    }

    fn from_catalogue(catalogue: &Catalogue, rows: &Map, problems: &mut Vec<Problem>) -> Self {
        let mut out = Instance { time_zone: catalogue.time_zone.clone(), ..Instance::default() };
        for sort in Sort::ALL {
            let Some(list) = catalogue.config.get(sort.row()) else { continue };
            let Some(list) = list.as_array() else {
                let place = format!("connect / {}", sort.list());
                note(problems, Problem::error(place, "expected a list", "write [{\"Name\": \"…\"}]"));
                continue;
            };
            let items = list.iter().enumerate().filter_map(|(i, value)| read_item(sort, i, value, problems));
            out.lists[at(sort)] = Some(items.collect());
        }
        let has_holidays = rows.contains_key("holidays") || catalogue.config.contains_key("Holidays");
        out.holidays = has_holidays.then(|| holidays(catalogue));
        out
    }

    /// The instance as `connect.json` has it.
    pub fn document(&self) -> Map {
        let mut out = self.names.clone();
        if let Some(zone) = &self.time_zone {
            out.insert(ZONE.1, Text::clone(zone).into());
        }
        for sort in Sort::ALL {
            if let Some(list) = self.row(sort) {
                out.insert(sort.list(), list);
            }
        }
        if let Some(holidays) = &self.holidays {
            out.insert("holidays", holidays.iter().map(holiday_document).collect::<Vec<_>>().into());
        }
        out
    }

    /// The value of the configuration row of a sort; `None` if nothing was ever said about it.
    pub fn row(&self, sort: Sort) -> Option<Value> {
        let list = self.lists[at(sort)].as_ref()?;
        Some(list.iter().map(|it| Value::from(it.clone())).collect::<Vec<_>>().into())
    }

    /// Documents of the things of a sort.
    pub fn list(&self, sort: Sort) -> &[Map] {
        self.lists[at(sort)].as_deref().unwrap_or_default()
    }

    /// Whether anything is said about a sort, if only that there is none.
    pub fn tells(&self, sort: Sort) -> bool {
        self.lists[at(sort)].is_some()
    }

    /// The things of a sort, to change them.
    pub(crate) fn list_mut(&mut self, sort: Sort) -> &mut Vec<Map> {
        self.lists[at(sort)].get_or_insert_default()
    }

    /// The things of a sort as typed data; those of another form are left out.
    pub fn items(&self, sort: Sort) -> impl Iterator<Item = Item> {
        self.list(sort).iter().filter_map(move |document| Item::read(sort, document).ok())
    }

    /// Which of its sort the thing of that name or identifier is: the name that it is listed by, that without
    /// `<stage>-<service>-`, or the identifier.
    pub fn find(&self, sort: Sort, given: &str) -> Option<usize> {
        let list = self.list(sort);
        let is = |member: &str, wanted: &str| {
            list.iter().position(|it| it.get(member).and_then(Value::as_str) == Some(wanted))
        };
        is(sort.key(), given)
            .or_else(|| is(sort.key(), &self.identity().full(sort, given)))
            .or_else(|| is("Id", given))
            .or_else(|| is("Arn", given))
    }

    /// The thing of that name or identifier.
    pub fn get(&self, sort: Sort, given: &str) -> Option<&Map> {
        self.find(sort, given).map(|at| &self.list(sort)[at])
    }

    /// Where the instance is: what it says, else what its ARNs say.
    pub fn identity(&self) -> Identity {
        Identity::of(&self.names, &self.lists)
    }
}

/// The name that a thing is listed by.
pub fn name_of(sort: Sort, document: &Map) -> Text {
    document.get(sort.key()).map(Value::text).unwrap_or_default()
}

fn names(rows: &Map) -> Map {
    let known = NAMES.into_iter().filter_map(|name| Some((name, rows.get(name)?.clone())));
    known.filter(|(_, value)| value.as_str().is_some()).collect()
}

/// Notes a problem of a place that has none yet.
fn note(problems: &mut Vec<Problem>, problem: Problem) {
    if problems.iter().all(|known| known.place != problem.place) {
        problems.push(problem);
    }
}

fn read_item(sort: Sort, i: usize, value: &Value, problems: &mut Vec<Problem>) -> Option<Map> {
    let document: Map = match value {
        Value::Object(map) => Map::clone(map),
        Value::String(name) => [(sort.key(), Value::from(Text::clone(name)))].into_iter().collect(),
        _ => Map::new(),
    };
    let name = name_of(sort, &document);
    let place = format!("connect / {}[{i}]", sort.list());
    if name.is_empty() {
        let fix = format!("add `{}`", sort.key());
        note(problems, Problem::error(place, "an entry without a name", fix));
        return None;
    }
    match Item::read(sort, &document) {
        Ok(_) => Some(document),
        Err(found) => {
            for it in found {
                let place = format!("{place} {name:?} / {}", it.place);
                note(problems, Problem { place, ..it });
            }
            None
        }
    }
}

fn holidays(catalogue: &Catalogue) -> Vec<Holiday> {
    let rows = catalogue.config.get("Holidays").and_then(Value::as_array).unwrap_or_default();
    let text = |row: &Value, name: &str| row.member(name).as_str().map(Text::from).unwrap_or_default();
    let known = rows.iter().filter(|row| !row.member("when").is_nil());
    known
        .map(|row| Holiday {
            id: Text::default(),
            when: text(row, "when"),
            name: text(row, "name"),
            description: text(row, "description"),
            closed: &*row.member("closed").text() != "false",
        })
        .collect()
}

fn holiday_document(it: &Holiday) -> Value {
    let out: Map = [
        ("when", Text::clone(&it.when).into()),
        ("name", Text::clone(&it.name).into()),
        ("description", Text::clone(&it.description).into()),
        ("closed", it.closed.into()),
    ]
    .into_iter()
    .collect();
    out.into()
}
