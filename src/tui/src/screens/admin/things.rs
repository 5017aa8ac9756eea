//! Operating hours and the other things of the Connect instance that the store knows (`spec/admin.md` 7, 10).

use connect_rules_cloud::gateway::Section;
use connect_rules_cloud::health::Progress;
use connect_rules_cloud::hours::opening;
use connect_rules_cloud::instance::{Holds, Instance, name_of, shown};
use connect_rules_cloud::local::{RemoveItems, users};
use connect_rules_cloud::{Sort, cache};
use connect_rules_engine::hours::OperatingHours;
use connect_rules_engine::value::{Map, Text, Value};
use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::table::{Column, Row, Table, Wide, facts, split};
use super::{Part, grid, refresh, thing_form};
use crate::cloud::{Doing, Newest};
use crate::message::Parcel;
use crate::overlay::{Confirm, Explain, Then};
use crate::screen::{Cx, Target, View};
use crate::theme::Role;
use crate::widgets::panel;

/// Who names a thing.
struct UsedBy {
    what: String,
    by: Vec<String>,
    place: &'static str,
}

/// Hours, or one of the other sorts of things.
pub(super) struct Things {
    sort: Sort,
    only_hours: bool,
    table: Table,
    instance: Instance,
    /// The hours under the cursor, to draw.
    week: Option<OperatingHours>,
    counts: Vec<(Sort, usize)>,
    /// How old what is known of each sort is, in words.
    ages: Vec<(Sort, String)>,
    now: Timestamp,
    refreshing: Newest,
    doing: Doing,
}

/// The other sorts, in the order of their tabs.
const SORTS: [Sort; 7] = [
    Sort::Queue,
    Sort::Prompt,
    Sort::ContactFlow,
    Sort::Function,
    Sort::Bot,
    Sort::PhoneNumber,
    Sort::RoutingProfile,
];

impl Things {
    /// The section of operating hours.
    pub fn hours() -> Self {
        Self::of(Sort::Hours, "no operating hours; n adds some")
    }

    /// The section of everything else.
    pub fn connect() -> Self {
        Self::of(Sort::Queue, "none of this kind; n adds one, i imports connect.json")
    }

    fn of(sort: Sort, empty: &'static str) -> Self {
        Things {
            sort,
            only_hours: sort == Sort::Hours,
            table: Table::new(&[("Name", Wide::Share(1))], empty),
            instance: Instance::default(),
            week: None,
            counts: Vec::new(),
            ages: Vec::new(),
            refreshing: Newest::default(),
            doing: Doing(Progress::default()),
            now: Timestamp::UNIX_EPOCH,
        }
    }

    fn here(&self) -> Option<&Map> {
        self.instance.list(self.sort).get(self.table.current()?.at)
    }

    fn columns(&self) -> Vec<Column> {
        if self.only_hours {
            return vec![
                ("Name", Wide::Share(4)),
                ("Now", Wide::Is(8)),
                ("Changes", Wide::Is(16)),
                ("Zone", Wide::Share(4)),
            ];
        }
        let wide = |field: &&connect_rules_cloud::instance::Field| match field.holds {
            Holds::Number(..) | Holds::Text(_, 2 | 10) => Wide::Is(11),
            Holds::Choice(_) => Wide::Is(14),
            _ => Wide::Share(if field.name == self.sort.key() { 4 } else { 3 }),
        };
        self.fields().iter().map(|field| (field.name, wide(field))).collect()
    }

    /// The fields that the table shows.
    fn fields(&self) -> Vec<&'static connect_rules_cloud::instance::Field> {
        let of_note = |name: &str| {
            !matches!(
                name,
                "Id" | "Arn"
                    | "OutboundCallerIdName"
                    | "OutboundCallerIdNumberId"
                    | "OutboundFlowId"
                    | "Description"
            )
        };
        self.sort.fields().iter().filter(|field| of_note(field.name)).collect()
    }

    fn fill(&mut self) {
        let (sort, instance) = (self.sort, &self.instance);
        let fields = self.fields();
        let rows = instance.list(sort).iter().enumerate().map(|(at, document)| {
            let cells = if self.only_hours {
                self.hours_cells(document)
            } else {
                fields.iter().map(|field| shown(instance, sort, document, field)).collect()
            };
            let off = |name: &str, value: &str| document.get(name).and_then(Value::as_str) == Some(value);
            let dim = off("Status", "DISABLED") || off("State", "ARCHIVED");
            Row { key: name_of(sort, document), at, cells, role: if dim { Role::Dim } else { Role::Text } }
        });
        let rows = rows.collect();
        let columns = self.columns();
        self.table.fill(Some(&columns), rows);
        self.look();
    }

    fn hours_cells(&self, document: &Map) -> Vec<String> {
        let hours = OperatingHours::from_value(&document.clone().into());
        let found = opening(&hours, self.now);
        let changes = found.changes.map_or_else(
            || "not for 14 days".to_owned(),
            |at| at.to_zoned(hours.zone().clone()).strftime("%a %d %b %H:%M").to_string(),
        );
        let zone = document.get("Timezone").map(Value::text).unwrap_or_default();
        let now = if found.open { "✓ open" } else { "✗ closed" };
        vec![name_of(Sort::Hours, document).to_string(), now.to_owned(), changes, zone.to_string()]
    }

    fn look(&mut self) {
        let week = self.here().filter(|_| self.only_hours).cloned();
        self.week = week.map(|document| OperatingHours::from_value(&document.into()));
    }

    fn turn(&mut self, step: usize) {
        let at = SORTS.iter().position(|sort| *sort == self.sort).unwrap_or_default();
        self.sort = SORTS[(at + step) % SORTS.len()];
        self.table.fill(None, Vec::new());
        self.fill();
    }

    fn remove(&self, cx: &mut Cx<'_>) {
        let Some(document) = self.here() else { return };
        let (sort, name) = (self.sort, name_of(self.sort, document));
        let body = "Rules can no longer name it. It is refused while something does; w shows what does.";
        let then = Then::Change(cx.me(), Box::new(RemoveItems { sort, which: vec![Text::clone(&name)] }));
        let title = format!("Remove {sort} {name}?");
        cx.open(Confirm::new(title, body, "Remove", then).guarded(&cx.session.environment));
    }

    fn uses(&self, cx: &mut Cx<'_>) {
        let (Some(document), Some(data)) = (self.here().cloned(), cx.data) else { return };
        let (sort, data, place) = (self.sort, std::sync::Arc::clone(data), self.place());
        let what = format!("{sort} {}", name_of(sort, &document));
        cx.look(format!("looking for uses of {what}"), move |_| {
            let instance = Instance::of(&data.snapshot);
            let by = users(&data.snapshot, &instance, sort, &document);
            UsedBy {
                what,
                by: by.iter().map(|by| format!("· {} {} ({})", by.kind, by.name, by.place)).collect(),
                place,
            }
        });
    }
}

impl Part for Things {
    fn name(&self) -> &'static str {
        if self.only_hours { "hours" } else { "connect" }
    }

    fn title(&self) -> &'static str {
        if self.only_hours { "Op. hours" } else { "Connect data" }
    }

    fn place(&self) -> &'static str {
        if self.only_hours { "admin.hours" } else { "admin.connect" }
    }

    fn table(&mut self) -> Option<&mut Table> {
        Some(&mut self.table)
    }

    fn table_here(&self) -> Option<&Table> {
        Some(&self.table)
    }

    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        let Some(own) = command.strip_prefix(self.place()).and_then(|rest| rest.strip_prefix('.')) else {
            return false;
        };
        match own {
            "new" => thing_form::open(self.sort, None, &self.instance, cx),
            "edit" => {
                if let Some(document) = self.here() {
                    thing_form::open(self.sort, Some(document), &self.instance, cx);
                }
            }
            "delete" => self.remove(cx),
            "uses" => self.uses(cx),
            "before" => self.turn(SORTS.len() - 1),
            "next" => self.turn(1),
            "refresh" | "section" => {
                let all = Section::ALL.into_iter().filter(|it| own == "refresh" || it.sort() == self.sort);
                self.doing = Doing(Progress::default());
                refresh::start(&mut self.refreshing, all.collect(), cx);
            }
            "cancel" => self.refreshing.stop(),
            "import" => cx.go(Target::Admin("import", "connect".into())),
            "export" => cx.go(Target::Admin("export", "connect".into())),
            _ => return false,
        }
        true
    }

    fn refuses(&self, command: &'static str, _: &View<'_>) -> Option<String> {
        let own = command.strip_prefix(self.place())?;
        match (own, self.refreshing.is_running()) {
            (".refresh" | ".section", true) => return Some("it is being read already".to_owned()),
            (".cancel", false) => return Some("nothing is being read".to_owned()),
            _ => {}
        }
        let takes_one = matches!(own, ".edit" | ".delete" | ".uses");
        (takes_one && self.table.current().is_none())
            .then(|| format!("there is no {} under the cursor; n adds one", self.sort))
    }

    fn select(&mut self, thing: &str, _: &mut Cx<'_>) {
        if !self.only_hours
            && let Some(sort) = SORTS.into_iter().find(|sort| self.instance.find(*sort, thing).is_some())
            && sort != self.sort
        {
            self.sort = sort;
            self.fill();
        }
        if let Some(at) = self.instance.find(self.sort, thing) {
            let name = name_of(self.sort, &self.instance.list(self.sort)[at]);
            self.table.select(&name);
        }
        self.look();
    }

    fn moved(&mut self, cx: &mut Cx<'_>) {
        let now = Timestamp::from_millisecond(cx.session.clock.now()).unwrap_or_default();
        if self.only_hours && now.as_second() / 60 != self.now.as_second() / 60 {
            self.now = now;
            self.fill();
        }
        self.look();
    }

    fn loaded(&mut self, cx: &mut Cx<'_>) {
        let Some(data) = cx.data else { return };
        self.now = Timestamp::from_millisecond(cx.session.clock.now()).unwrap_or_default();
        self.instance = Instance::of(&data.snapshot);
        let standing = cache::standing(&data.snapshot);
        let told = |it: &cache::Standing| {
            it.age(self.now).map_or("never read".to_owned(), |age| format!("{} old", cache::told(age)))
        };
        self.ages = standing.iter().map(|it| (it.section.sort(), told(it))).collect();
        self.counts = SORTS.iter().map(|sort| (*sort, self.instance.list(*sort).len())).collect();
        self.fill();
    }

    fn message(&mut self, parcel: Parcel, cx: &mut Cx<'_>) -> Option<Parcel> {
        let parcel = match parcel.downcast::<Doing>() {
            Ok(doing) if self.refreshing.is_running() => {
                self.doing = *doing;
                return None;
            }
            Ok(doing) => doing as Parcel,
            Err(parcel) => parcel,
        };
        let Err(parcel) = refresh::take(&mut self.refreshing, parcel, cx) else { return None };
        match parcel.downcast::<UsedBy>() {
            Ok(used) if used.place == self.place() => {
                let text = if used.by.is_empty() {
                    "Nothing names it; it can be removed.".to_owned()
                } else {
                    used.by.join("\n")
                };
                cx.open(Explain::new(format!("Used by: {}", used.what), text));
                None
            }
            Ok(other) => Some(other),
            Err(parcel) => Some(parcel),
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let tabs = Rect { height: u16::from(!self.only_hours), ..area };
        if !self.only_hours {
            let mut spans = Vec::new();
            for (sort, count) in &self.counts {
                let here = *sort == self.sort;
                let text = if here { format!("[{sort} {count}]") } else { format!(" {sort} {count} ") };
                spans.push(Span::styled(text, view.style(if here { Role::TabHere } else { Role::Tab })));
            }
            // The present kind is always to be seen: what is before it goes first.
            let width = |spans: &[Span<'_>]| spans.iter().map(Span::width).sum::<usize>();
            let at = SORTS.iter().position(|sort| *sort == self.sort).unwrap_or_default();
            let mut gone = 0;
            while gone < at && width(&spans) > tabs.width as usize {
                spans.remove(0);
                gone += 1;
            }
            frame.render_widget(Line::from(spans), tabs);
        }
        let area = Rect { y: area.y + tabs.height, height: area.height - tabs.height, ..area };
        let (list, below) = if self.only_hours {
            let height = 12.min(area.height.saturating_sub(6));
            let list = Rect { height: area.height - height, ..area };
            (list, Rect { y: list.bottom(), height, ..area })
        } else {
            split(area, 10)
        };
        let name =
            if self.only_hours { "Operating hours".to_owned() } else { format!("Connect: {}", self.sort) };
        let age = if self.refreshing.is_running() {
            self.doing.told("reading")
        } else {
            let age = self.ages.iter().find(|(sort, _)| *sort == self.sort);
            age.map_or_else(String::new, |(_, age)| age.clone())
        };
        let inside = panel::panel(frame, list, &format!("{name} ── {} ── {age}", self.table.told()), view);
        self.table.draw(frame, inside, view);
        let Some(document) = self.here().filter(|_| below.height > 2) else { return };
        let quiet = View { focused: false, ..*view };
        let title = name_of(self.sort, document);
        let inside = panel::panel(frame, below, &title, &quiet);
        if let Some(week) = &self.week {
            let description = document.get("Description").map(Value::text).unwrap_or_default();
            let mut lines = grid::lines(week, self.now, inside.width as usize, view);
            if !description.is_empty() {
                let text =
                    crate::clean::fit(&description, inside.width.saturating_sub(6) as usize).into_owned();
                lines.push(Line::styled(format!("     {text}"), view.style(Role::Dim)));
            }
            panel::lines(frame, inside, lines);
            return;
        }
        let lines: Vec<(&str, String)> = self
            .sort
            .fields()
            .iter()
            .map(|field| (field.name, shown(&self.instance, self.sort, document, field)))
            .collect();
        facts(frame, inside, &lines, view);
    }
}
