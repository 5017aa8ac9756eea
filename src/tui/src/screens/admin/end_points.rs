//! End points: names that telephone numbers lead to, and the rule sets that they lead to (`spec/admin.md` 12).

use connect_rules_engine::value::Text;
use connect_rules_store::service::Edit as Change;
use connect_rules_store::service::end_points::{
    AssignEndPoint, CreateEndPoint, DeleteEndPoints, RenameEndPoint, UpdateEndPoint, users,
};
use connect_rules_store::{EndPoint, Entity, Kind};
use ratatui::Frame;
use ratatui::layout::Rect;
use rustc_hash::{FxHashMap, FxHashSet};

use super::table::{Column, Row, Table, Wide, facts, split};
use super::{Part, picked};
use crate::data::Data;
use crate::message::{Level, Parcel};
use crate::overlay::{Candidate, Choose, Chosen, Confirm, Edit, Explain, Submit, Then};
use crate::screen::{Cx, Target, View};
use crate::theme::Role;
use crate::widgets::form::{Field, Form, Kind as Holds};
use crate::widgets::panel;

const COLUMNS: &[Column] = &[
    ("Name", Wide::Share(4)),
    ("Numbers", Wide::Share(4)),
    ("Leads to", Wide::Share(4)),
    ("Enabled", Wide::Is(7)),
];

const ADD: &str = "endPoints.add";
const REMOVE: &str = "endPoints.remove";
const ASSIGN: &str = "endPoints.assign";

/// The section.
pub(super) struct EndPoints {
    table: Table,
    /// Identifiers and names of the rule sets that hold each end point, by its name.
    holders: FxHashMap<Text, Vec<(Text, Text)>>,
    /// What the open question is about.
    asked: Text,
}

impl EndPoints {
    /// The section before anything is read.
    pub fn new() -> Self {
        EndPoints {
            table: Table::new(COLUMNS, "no end points yet; n creates one"),
            holders: FxHashMap::default(),
            asked: Text::default(),
        }
    }

    fn here<'a>(&self, data: &'a Data) -> Option<&'a EndPoint> {
        data.snapshot.end_points.get(self.table.current()?.at)
    }

    fn holders(&self, name: &Text) -> &[(Text, Text)] {
        self.holders.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    fn create(cx: &mut Cx<'_>) {
        let mut fields =
            vec![Field::new("name", "Name", Holds::Line, "").hint("what rule sets and tests call it")];
        fields.extend(members("", &[], true));
        let form = Edit::new("New end point", Form::new(fields), |form, cx| {
            cx.change(CreateEndPoint(EndPoint {
                id: Text::default(),
                name: Text::from(form.value("name").trim()),
                description: Text::from(form.value("description")),
                inbound_numbers: numbers(&form.value("inboundNumbers")),
                enabled: form.value("enabled") == "true",
            }));
            Submit::Sent
        });
        let form = form.check(|form, cx| {
            let mut wrong = check_numbers(form, "", cx);
            if form.value("name").trim().is_empty() {
                wrong.push(("name".to_owned(), "is missing".to_owned()));
            }
            wrong
        });
        cx.open(form.candidates(free_numbers));
    }

    fn edit(&self, cx: &mut Cx<'_>) {
        let Some(data) = cx.data else { return };
        let Some(base) = self.here(data).cloned() else { return };
        let rev = data.snapshot.rev(Kind::EndPoint, &base.id);
        let mut fields =
            vec![Field::new("name", "Name", Holds::Line, &base.name).fixed().hint("r renames it")];
        fields.extend(members(&base.description, &base.inbound_numbers, base.enabled));
        let mut form = Form::new(fields);
        form.focus_on("description");
        let own = base.id.to_string();
        let form = Edit::new(format!("End point {}", base.name), form, move |form, cx| {
            let mine = EndPoint {
                description: Text::from(form.value("description")),
                inbound_numbers: numbers(&form.value("inboundNumbers")),
                enabled: form.value("enabled") == "true",
                ..base.clone()
            };
            let (base, mine) = (Entity::EndPoint(base.clone()), Entity::EndPoint(mine));
            cx.change(UpdateEndPoint(Change { base, rev, mine }));
            Submit::Sent
        });
        let form = form.check(move |form, cx| check_numbers(form, &own, cx));
        cx.open(form.candidates(free_numbers));
    }

    fn rename(&self, cx: &mut Cx<'_>) {
        let Some(data) = cx.data else { return };
        let Some(it) = self.here(data) else { return };
        let which = picked(data, Kind::EndPoint, &it.id);
        let field = Field::new("name", "New name", Holds::Line, &it.name)
            .hint("rule sets and tests that name it follow in the same change");
        cx.open(Edit::new(
            format!("Rename end point {}", it.name),
            Form::new(vec![field]),
            move |form, cx| {
                let name = Text::from(form.value("name").trim());
                cx.change(RenameEndPoint { which: which.clone(), name });
                Submit::Sent
            },
        ));
    }

    fn enable(&self, cx: &mut Cx<'_>) {
        let Some(data) = cx.data else { return };
        if let Some(it) = self.here(data) {
            Self::update(&data.snapshot, EndPoint { enabled: !it.enabled, ..it.clone() }, cx);
        }
    }

    fn update(now: &connect_rules_store::Snapshot, mine: EndPoint, cx: &mut Cx<'_>) {
        if let Ok(change) = Change::of(now, Entity::EndPoint(mine)) {
            cx.change(UpdateEndPoint(change));
        }
    }

    fn delete(&self, cx: &mut Cx<'_>) {
        let Some(data) = cx.data else { return };
        let Some(it) = self.here(data) else { return };
        let body = format!("Calls to its {} numbers are no longer routed.", it.inbound_numbers.len());
        let action = DeleteEndPoints(vec![picked(data, Kind::EndPoint, &it.id)]);
        let then = Then::Change(cx.me(), Box::new(action));
        let title = format!("Delete end point {}?", it.name);
        cx.open(Confirm::new(title, body, "Delete", then).guarded(&cx.session.environment));
    }

    fn ask(&mut self, tag: &'static str, cx: &mut Cx<'_>) {
        let Some(data) = cx.data else { return };
        let Some(it) = self.here(data) else { return };
        self.asked = Text::clone(&it.id);
        let owner = cx.me();
        let choose = match tag {
            ADD => {
                let choose = Choose::new(format!("Number for {}", it.name), tag, owner, unused(data));
                choose.free()
            }
            REMOVE => {
                let all =
                    it.inbound_numbers.iter().map(|number| Candidate::plain(Text::clone(number))).collect();
                Choose::new(format!("Remove which number of {}", it.name), tag, owner, all)
            }
            _ => {
                let none = Candidate {
                    value: Text::default(),
                    label: "(no rule set)".to_owned(),
                    detail: "calls to it are not routed".to_owned(),
                    refused: None,
                };
                let sets = data.snapshot.rule_sets.iter().map(|set| Candidate {
                    value: set.id.clone().unwrap_or_default(),
                    label: set.name.to_string(),
                    detail: set.folder.to_string(),
                    refused: None,
                });
                let all = std::iter::once(none).chain(sets).collect();
                let at = self.holders(&it.name).first().map(|(id, _)| id.to_string()).unwrap_or_default();
                Choose::new(format!("{} leads to", it.name), tag, owner, all).at(&at)
            }
        };
        cx.open(choose);
    }

    fn answered(&self, chosen: &Chosen, cx: &mut Cx<'_>) {
        let Some(data) = cx.data else { return };
        let Ok(it) = data.snapshot.end_point(&self.asked) else {
            return cx.toast(Level::Bad, "the end point is gone");
        };
        let mut mine = it.clone();
        match &*chosen.tag {
            ADD => {
                let number = Text::from(chosen.value.trim());
                if !mine.inbound_numbers.contains(&number) {
                    mine.inbound_numbers.push(number);
                }
                Self::update(&data.snapshot, mine, cx);
            }
            REMOVE => {
                mine.inbound_numbers.retain(|number| *number != chosen.value);
                Self::update(&data.snapshot, mine, cx);
            }
            _ => {
                let rule_set_id = Some(Text::clone(&chosen.value)).filter(|id| !id.is_empty());
                cx.change(AssignEndPoint { id: Text::clone(&it.id), rule_set_id });
            }
        }
    }
}

fn members(description: &str, numbers: &[Text], enabled: bool) -> Vec<Field> {
    let numbers: Vec<&str> = numbers.iter().map(|number| &**number).collect();
    vec![
        Field::new("description", "Description", Holds::Line, description),
        Field::new("inboundNumbers", "Numbers", Holds::Line, &numbers.join(", ")).hint(
            "with country code and comma between: +61390000000, +61390000001; + in the list offers free ones",
        ),
        Field::new("enabled", "Enabled", Holds::Flag, if enabled { "true" } else { "false" })
            .hint("numbers of a disabled end point are not routed"),
    ]
}

/// The numbers of a text.
fn numbers(text: &str) -> Vec<Text> {
    text.split([',', ';', '\n'])
        .map(|part| part.replace([' ', '-', '(', ')'], ""))
        .filter(|part| !part.is_empty())
        .map(Text::from)
        .collect()
}

/// What is wrong with the numbers of a form; `own`: identifier of the end point that is edited.
fn check_numbers(form: &Form, own: &str, cx: &Cx<'_>) -> Vec<(String, String)> {
    let mut seen = FxHashSet::default();
    for number in numbers(&form.value("inboundNumbers")) {
        let digits = number.strip_prefix('+').unwrap_or_default();
        let good = (2..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        let holder = cx.data.and_then(|data| {
            data.snapshot.end_points.iter().find(|it| &*it.id != own && it.inbound_numbers.contains(&number))
        });
        let why = match holder {
            _ if !good => format!("{number} is not a number with its country code, such as +61390000000"),
            Some(other) => format!("end point {} has {number}", other.name),
            None if !seen.insert(Text::clone(&number)) => format!("{number} is there twice"),
            None => continue,
        };
        return vec![("inboundNumbers".to_owned(), why)];
    }
    Vec::new()
}

/// Numbers of the instance that no end point has.
fn unused(data: &Data) -> Vec<Candidate> {
    let taken: FxHashSet<&str> = data
        .snapshot
        .end_points
        .iter()
        .flat_map(|it| it.inbound_numbers.iter().map(|number| &**number))
        .collect();
    let known = data.workspace.catalogue().config.get("PhoneNumbers").and_then(|list| list.as_array());
    let free = known.unwrap_or_default().iter().filter_map(|it| {
        let number = it.member("PhoneNumber").text();
        let detail = format!("{} {}", it.member("CountryCode").text(), it.member("Type").text());
        (!number.is_empty() && !taken.contains(&*number)).then(|| Candidate::plain(number).detail(detail))
    });
    free.collect()
}

fn free_numbers(_: &str, _: &Form, cx: &Cx<'_>) -> Vec<Candidate> {
    cx.data.map(|data| unused(data)).unwrap_or_default()
}

impl Part for EndPoints {
    fn name(&self) -> &'static str {
        "endPoints"
    }

    fn title(&self) -> &'static str {
        "End points"
    }

    fn place(&self) -> &'static str {
        "admin.endPoints"
    }

    fn table(&mut self) -> Option<&mut Table> {
        Some(&mut self.table)
    }

    fn table_here(&self) -> Option<&Table> {
        Some(&self.table)
    }

    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        let here = cx.data.and_then(|data| self.here(data)).cloned();
        match (command, here) {
            ("admin.endPoints.new", _) => Self::create(cx),
            ("admin.endPoints.open", Some(it)) => {
                if let Some((id, _)) = self.holders(&it.name).first() {
                    cx.go(Target::RuleSet(Text::clone(id)));
                }
            }
            ("admin.endPoints.simulate", Some(it)) => {
                cx.go(Target::Simulate { rule_set: Text::default(), end_point: it.name });
            }
            ("admin.endPoints.edit", _) => self.edit(cx),
            ("admin.endPoints.rename", _) => self.rename(cx),
            ("admin.endPoints.enable", _) => self.enable(cx),
            ("admin.endPoints.delete", _) => self.delete(cx),
            ("admin.endPoints.addNumber", _) => self.ask(ADD, cx),
            ("admin.endPoints.removeNumber", _) => self.ask(REMOVE, cx),
            ("admin.endPoints.assign", _) => self.ask(ASSIGN, cx),
            ("admin.endPoints.uses", Some(it)) => {
                let Some(data) = cx.data else { return true };
                let by: Vec<String> = users(&data.snapshot, &it.name)
                    .iter()
                    .map(|by| format!("· {} {} ({})", by.kind, by.name, by.place))
                    .collect();
                let text = if by.is_empty() { "Nothing uses it.".to_owned() } else { by.join("\n") };
                cx.open(Explain::new(format!("Used by: {}", it.name), text));
            }
            _ => return false,
        }
        true
    }

    fn refuses(&self, command: &'static str, view: &View<'_>) -> Option<String> {
        let own = command.strip_prefix("admin.endPoints.").filter(|own| *own != "new")?;
        let Some(it) = view.data.and_then(|data| self.here(data)) else {
            return Some("there is no end point; n creates one".to_owned());
        };
        let why = match own {
            "open" if self.holders(&it.name).is_empty() => "it leads to no rule set; a chooses one",
            "simulate" if self.holders(&it.name).is_empty() => {
                "it leads to no rule set, so a call to it ends at once; a chooses one"
            }
            "removeNumber" if it.inbound_numbers.is_empty() => "it has no number",
            _ => return None,
        };
        Some(why.to_owned())
    }

    fn select(&mut self, thing: &str, cx: &mut Cx<'_>) {
        if !self.table.select(thing)
            && let Some(it) =
                cx.data.and_then(|data| data.snapshot.end_points.iter().find(|it| &*it.name == thing))
        {
            self.table.select(&it.id);
        }
    }

    fn loaded(&mut self, cx: &mut Cx<'_>) {
        let Some(data) = cx.data else { return };
        self.holders.clear();
        for set in &data.snapshot.rule_sets {
            for name in &set.end_points {
                let holder = (set.id.clone().unwrap_or_default(), Text::clone(&set.name));
                self.holders.entry(Text::clone(name)).or_default().push(holder);
            }
        }
        let mut rows: Vec<Row> = data
            .snapshot
            .end_points
            .iter()
            .enumerate()
            .map(|(at, it)| {
                let holders = self.holders(&it.name);
                let mut leads =
                    holders.first().map_or("⚠ nowhere".to_owned(), |(_, name)| name.to_string());
                if holders.len() > 1 {
                    leads = format!("⚠ {leads} and {} more", holders.len() - 1);
                }
                let numbers = match it.inbound_numbers.as_slice() {
                    [] => "none".to_owned(),
                    [one] => one.to_string(),
                    [first, rest @ ..] => format!("{first} +{}", rest.len()),
                };
                Row {
                    key: Text::clone(&it.id),
                    at,
                    cells: vec![
                        it.name.to_string(),
                        numbers,
                        leads,
                        if it.enabled { "✓ yes" } else { "✗ no" }.to_owned(),
                    ],
                    role: if it.enabled { Role::Text } else { Role::Dim },
                }
            })
            .collect();
        rows.sort_by_cached_key(|row| row.cells[0].to_lowercase());
        self.table.fill(None, rows);
    }

    fn message(&mut self, parcel: Parcel, cx: &mut Cx<'_>) -> Option<Parcel> {
        match parcel.downcast::<Chosen>() {
            Ok(chosen) if chosen.tag.starts_with("endPoints.") => {
                self.answered(&chosen, cx);
                None
            }
            Ok(other) => Some(other),
            Err(parcel) => Some(parcel),
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let (list, below) = split(area, 10);
        let inside = panel::panel(frame, list, &format!("End points ── {}", self.table.told()), view);
        self.table.draw(frame, inside, view);
        let Some(it) = view.data.filter(|_| below.height > 2).and_then(|data| self.here(data)) else {
            return;
        };
        let quiet = View { focused: false, ..*view };
        let inside = panel::panel(frame, below, &it.name, &quiet);
        let holders = self.holders(&it.name);
        let leads = match holders {
            [] => "⚠ no rule set: calls to it are not routed; a chooses one".to_owned(),
            [(_, name)] => name.to_string(),
            many => {
                let names: Vec<&str> = many.iter().map(|(_, name)| &**name).collect();
                format!("⚠ several: {}; only one of them takes its calls, a chooses which", names.join(", "))
            }
        };
        let mut numbers = it.inbound_numbers.join(", ");
        if numbers.is_empty() {
            "⚠ none: nobody can call it; + adds one".clone_into(&mut numbers);
        }
        let lines = [
            ("Leads to", leads),
            ("Numbers", numbers),
            ("Description", it.description.to_string()),
            ("Enabled", if it.enabled { "yes" } else { "no: its numbers are not routed" }.to_owned()),
        ];
        facts(frame, inside, &lines, view);
    }
}
