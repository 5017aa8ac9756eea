//! Holidays: a calendar and a list, past ones apart (`spec/admin.md` 11).

use connect_rules_cloud::hours::month;
use connect_rules_engine::dates;
use connect_rules_engine::value::Text;
use connect_rules_store::service::Edit as Change;
use connect_rules_store::service::holidays::{CreateHoliday, DeleteHolidays, UpdateHoliday};
use connect_rules_store::{Entity, Holiday, Kind};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::table::{Column, Row, Table, Wide};
use super::{Part, picked};
use crate::clean;
use crate::data::Data;
use crate::overlay::{Confirm, Edit, Submit, Then};
use crate::screen::{Cx, View};
use crate::theme::Role;
use crate::widgets::form::{Field, Form, Kind as Holds};
use crate::widgets::panel;

const COLUMNS: &[Column] = &[
    ("Date", Wide::Is(14)),
    ("Name", Wide::Share(5)),
    ("Closed", Wide::Is(8)),
    ("In", Wide::Is(12)),
    ("Description", Wide::Share(4)),
];

/// A day of the month that is shown: which, and how many holidays it has.
type Cell = Option<(Date, usize)>;

/// The section.
pub(super) struct Holidays {
    table: Table,
    past: bool,
    hidden: usize,
    today: Date,
    /// First day of the month that is shown.
    month: Date,
    weeks: Vec<[Cell; 7]>,
}

impl Holidays {
    /// The section before anything is read.
    pub fn new() -> Self {
        let empty = "no holidays ahead; n creates one, p shows past ones";
        let table = Table::new(COLUMNS, empty);
        let (today, month) = (Date::constant(1970, 1, 1), Date::constant(1970, 1, 1));
        Holidays { table, past: false, hidden: 0, today, month, weeks: Vec::new() }
    }

    fn here<'a>(&self, data: &'a Data) -> Option<&'a Holiday> {
        data.snapshot.holidays.get(self.table.current()?.at)
    }

    /// Shows the month of a day.
    fn show(&mut self, day: Date, data: &Data) {
        self.month = day.first_of_month();
        let weeks = month(day.year(), day.month(), &data.snapshot.holidays).into_iter();
        let cell =
            |day: Option<connect_rules_cloud::hours::Day<'_>>| day.map(|day| (day.date, day.holidays.len()));
        self.weeks = weeks.map(|week| week.map(cell)).collect();
    }

    /// Goes to another month; the cursor goes to its first holiday.
    fn turn(&mut self, months: i32, cx: &mut Cx<'_>) {
        let Some(data) = cx.data else { return };
        let Ok(day) = self.month.checked_add(months.months()) else { return };
        self.show(day, data);
        let start = format!("{:04}{:02}", day.year(), day.month());
        let is =
            |row: &&Row| data.snapshot.holidays.get(row.at).is_some_and(|it| it.when.starts_with(&start));
        if let Some(key) = self.table.rows().iter().find(is).map(|row| Text::clone(&row.key)) {
            self.table.select(&key);
        }
    }

    fn form(title: String, base: Option<(Holiday, u64)>, it: &Holiday, cx: &mut Cx<'_>) {
        let shown = day_of(&it.when).map_or_else(|| it.when.to_string(), |day| day.to_string());
        let fields = vec![
            Field::new("when", "Date", Holds::Line, &shown)
                .hint("2026-12-25 or 25/12/2026, in the time zone of the call centre"),
            Field::new("name", "Name", Holds::Line, &it.name).hint("4 to 512 characters"),
            Field::new("closed", "Closed", Holds::Flag, if it.closed { "true" } else { "false" })
                .hint("shown only: rules see System.Holiday either way"),
            Field::new("description", "Description", Holds::Area(3), &it.description),
        ];
        let own = base.as_ref().map(|(it, _)| Text::clone(&it.id)).unwrap_or_default();
        let form = Edit::new(title, Form::new(fields), move |form, cx| {
            let when = read_day(&form.value("when"));
            let mine = Holiday {
                id: base.as_ref().map(|(it, _)| Text::clone(&it.id)).unwrap_or_default(),
                when: when.map_or_else(|| Text::from(form.value("when")), compact),
                name: Text::from(form.value("name").trim()),
                description: Text::from(form.value("description")),
                closed: form.value("closed") == "true",
            };
            match &base {
                Some((it, rev)) => cx.change(UpdateHoliday(Change {
                    base: Entity::Holiday(it.clone()),
                    rev: *rev,
                    mine: Entity::Holiday(mine),
                })),
                None => cx.change(CreateHoliday(mine)),
            }
            Submit::Sent
        });
        cx.open(form.check(move |form, cx| check(form, &own, cx)));
    }

    fn create(&self, cx: &mut Cx<'_>) {
        let (first, last) = (self.month, self.month.last_of_month());
        let day = if (first..=last).contains(&self.today) { self.today } else { first };
        let it = Holiday {
            id: Text::default(),
            when: compact(day),
            name: Text::default(),
            description: Text::default(),
            closed: true,
        };
        Self::form("New holiday".to_owned(), None, &it, cx);
    }

    fn edit(&self, cx: &mut Cx<'_>) {
        let Some(data) = cx.data else { return };
        let Some(it) = self.here(data).cloned() else { return };
        let rev = data.snapshot.rev(Kind::Holiday, &it.id);
        Self::form(format!("Holiday {}", it.name), Some((it.clone(), rev)), &it, cx);
    }

    fn copy(&self, cx: &mut Cx<'_>) {
        let Some(data) = cx.data else { return };
        let Some(it) = self.here(data) else { return };
        let next = day_of(&it.when).and_then(|day| day.checked_add(1.year()).ok());
        let next = Holiday { when: next.map_or_else(|| Text::clone(&it.when), compact), ..it.clone() };
        Self::form(format!("Copy {} to the next year", it.name), None, &next, cx);
    }

    fn closed(&self, cx: &mut Cx<'_>) {
        let Some(data) = cx.data else { return };
        let Some(it) = self.here(data) else { return };
        let mine = Entity::Holiday(Holiday { closed: !it.closed, ..it.clone() });
        if let Ok(change) = Change::of(&data.snapshot, mine) {
            cx.change(UpdateHoliday(change));
        }
    }

    fn delete(&self, cx: &mut Cx<'_>) {
        let Some(data) = cx.data else { return };
        let Some(it) = self.here(data) else { return };
        let day = day_of(&it.when).map_or_else(|| it.when.to_string(), long);
        let body = format!("{} on {day}: System.Holiday is no longer true on that day.", it.name);
        let then = Then::Change(cx.me(), Box::new(DeleteHolidays(vec![picked(data, Kind::Holiday, &it.id)])));
        cx.open(Confirm::new("Delete holiday?", body, "Delete", then).guarded(&cx.session.environment));
    }

    fn fill(&mut self, data: &Data) {
        let mut all: Vec<(usize, &Holiday)> = data.snapshot.holidays.iter().enumerate().collect();
        all.sort_by(|a, b| (&a.1.when, &a.1.name).cmp(&(&b.1.when, &b.1.name)));
        let today = compact(self.today);
        let (past, ahead): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, it)| *it.when < *today);
        self.hidden = if self.past { 0 } else { past.len() };
        // Those to come first, then the past ones, the latest first.
        let past = if self.past { past } else { Vec::new() };
        let rows = ahead.into_iter().chain(past.into_iter().rev()).map(|(at, it)| self.row(at, it)).collect();
        self.table.fill(None, rows);
    }

    fn row(&self, at: usize, it: &Holiday) -> Row {
        let day = day_of(&it.when);
        let days = day.and_then(|day| day.since(self.today).ok()).map(|span| span.get_days());
        let left = match days {
            None => "⚠ no date".to_owned(),
            Some(0) => "today".to_owned(),
            Some(1) => "tomorrow".to_owned(),
            Some(n) if n > 0 => format!("{n} days"),
            Some(_) => "past".to_owned(),
        };
        let when = day.map_or_else(|| it.when.to_string(), |day| day.strftime("%a %Y-%m-%d").to_string());
        Row {
            key: Text::clone(&it.id),
            at,
            role: if &*left == "past" { Role::Dim } else { Role::Text },
            cells: vec![
                when,
                it.name.to_string(),
                if it.closed { "closed" } else { "open" }.to_owned(),
                left,
                it.description.to_string(),
            ],
        }
    }

    fn draw_month(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let here = view.data.and_then(|data| self.here(data)).and_then(|it| day_of(&it.when));
        let mut lines = vec![Line::styled("  Mo  Tu  We  Th  Fr  Sa  Su", view.style(Role::Dim))];
        for week in &self.weeks {
            let mut spans = vec![Span::raw(" ")];
            for cell in week {
                let Some((day, count)) = cell else {
                    spans.push(Span::raw("    "));
                    continue;
                };
                // Brackets: the cursor's day. Star: a holiday. Underscores: today.
                let (left, right) = match () {
                    () if here == Some(*day) => ("[", "]"),
                    () if *count > 0 => ("*", " "),
                    () if self.today == *day => ("_", "_"),
                    () => (" ", " "),
                };
                let role = match () {
                    () if here == Some(*day) => Role::Cursor,
                    () if *count > 0 => Role::Warn,
                    () if self.today == *day => Role::Title,
                    () => Role::Text,
                };
                spans.push(Span::styled(format!("{left}{:>2}{right}", day.day()), view.style(role)));
            }
            lines.push(Line::from(spans));
        }
        if area.height > 8 {
            lines.push(Line::raw(""));
            lines.push(Line::styled(" *25 holiday  _2_ today", view.style(Role::Dim)));
        }
        panel::lines(frame, area, lines);
    }
}

/// `YYYYMMDD` as a day.
fn day_of(when: &str) -> Option<Date> {
    Date::strptime("%Y%m%d", when).ok()
}

fn compact(day: Date) -> Text {
    Text::from(day.strftime("%Y%m%d").to_string())
}

fn long(day: Date) -> String {
    day.strftime("%A, %e %B %Y").to_string()
}

/// What a person wrote as a day: `2026-12-25`, `25/12/2026` or `20261225`.
fn read_day(text: &str) -> Option<Date> {
    let text = text.trim();
    ["%Y-%m-%d", "%d/%m/%Y", "%Y%m%d"].iter().find_map(|form| Date::strptime(form, text).ok())
}

fn check(form: &Form, own: &Text, cx: &Cx<'_>) -> Vec<(String, String)> {
    let mut wrong = Vec::new();
    let name = form.value("name").trim().chars().count();
    if !(4..=512).contains(&name) {
        wrong.push(("name".to_owned(), format!("has {name} characters; use 4 to 512")));
    }
    let Some(day) = read_day(&form.value("when")) else {
        wrong.push(("when".to_owned(), "is no date; write 2026-12-25 or 25/12/2026".to_owned()));
        return wrong;
    };
    // Two entries for a day that are the same are a mistake; two of different names may be meant.
    let when = compact(day);
    let name = form.value("name").trim().to_lowercase();
    let same = |it: &&Holiday| it.id != *own && it.when == when && it.name.to_lowercase() == name;
    if cx.data.is_some_and(|data| data.snapshot.holidays.iter().any(|it| same(&it))) {
        wrong.push(("when".to_owned(), "this holiday is there already".to_owned()));
    }
    wrong
}

/// The day that it is in the call centre.
fn today(data: &Data, now: i64) -> Date {
    let zone = data.workspace.catalogue().time_zone.as_deref().and_then(dates::zone).unwrap_or(TimeZone::UTC);
    zone.to_datetime(Timestamp::from_millisecond(now).unwrap_or_default()).date()
}

impl Part for Holidays {
    fn name(&self) -> &'static str {
        "holidays"
    }

    fn title(&self) -> &'static str {
        "Holidays"
    }

    fn place(&self) -> &'static str {
        "admin.holidays"
    }

    fn table(&mut self) -> Option<&mut Table> {
        Some(&mut self.table)
    }

    fn table_here(&self) -> Option<&Table> {
        Some(&self.table)
    }

    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        match command {
            "admin.holidays.new" => self.create(cx),
            "admin.holidays.edit" => self.edit(cx),
            "admin.holidays.closed" => self.closed(cx),
            "admin.holidays.copy" => self.copy(cx),
            "admin.holidays.delete" => self.delete(cx),
            "admin.holidays.past" => {
                self.past = !self.past;
                if let Some(data) = cx.data {
                    self.fill(data);
                }
                self.moved(cx);
            }
            "admin.holidays.monthBefore" => self.turn(-1, cx),
            "admin.holidays.monthNext" => self.turn(1, cx),
            "admin.holidays.today" => {
                if let Some(data) = cx.data {
                    self.show(self.today, data);
                }
            }
            _ => return false,
        }
        true
    }

    fn refuses(&self, command: &'static str, _: &View<'_>) -> Option<String> {
        let takes_one = matches!(
            command,
            "admin.holidays.edit" | "admin.holidays.closed" | "admin.holidays.copy" | "admin.holidays.delete"
        );
        (takes_one && self.table.current().is_none())
            .then(|| "there is no holiday under the cursor; n creates one".to_owned())
    }

    fn select(&mut self, thing: &str, cx: &mut Cx<'_>) {
        if !self.table.select(thing)
            && let Some(data) = cx.data
            && !self.past
        {
            self.past = true;
            self.fill(data);
            self.table.select(thing);
        }
        self.moved(cx);
    }

    fn moved(&mut self, cx: &mut Cx<'_>) {
        let Some(data) = cx.data else { return };
        if let Some(day) = self.here(data).and_then(|it| day_of(&it.when)) {
            self.show(day, data);
        }
    }

    fn loaded(&mut self, cx: &mut Cx<'_>) {
        let Some(data) = cx.data else { return };
        let first = self.weeks.is_empty();
        self.today = today(data, cx.session.clock.now());
        self.fill(data);
        self.show(if first { self.today } else { self.month }, data);
        if first {
            // The cursor is on the next holiday: its month is what is looked for.
            self.moved(cx);
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let hidden = if self.hidden > 0 { format!(" ── p: {} past", self.hidden) } else { String::new() };
        let title = format!("Holidays ── {}{hidden}", self.table.told());
        let quiet = View { focused: false, ..*view };
        let name = self.month.strftime("%B %Y").to_string();
        let (calendar, list) = if area.width >= 100 {
            let left = Rect { width: 34, height: area.height.min(13), ..area };
            (left, Rect { x: area.x + 34, width: area.width - 34, ..area })
        } else {
            let top = Rect { height: 9.min(area.height), ..area };
            (top, Rect { y: area.y + top.height, height: area.height - top.height, ..area })
        };
        let inside = panel::panel(frame, calendar, &name, &quiet);
        self.draw_month(frame, inside, view);
        // What the cursor is on in words: beside or below the calendar, wherever there is room.
        let words = if area.width >= 100 {
            Rect { y: calendar.bottom(), height: area.bottom() - calendar.bottom(), ..calendar }
        } else {
            Rect { x: inside.x + 31, width: inside.width.saturating_sub(32), ..inside }
        };
        if let Some(it) = view.data.and_then(|data| self.here(data)) {
            let day = day_of(&it.when).map_or_else(|| format!("⚠ {} is no date", it.when), long);
            let mut lines =
                vec![day, it.name.to_string(), if it.closed { "closed" } else { "open" }.to_owned()];
            lines.extend(Some(it.description.to_string()).filter(|text| !text.is_empty()));
            let lines =
                lines.iter().flat_map(|line| clean::wrap(line, (words.width as usize).saturating_sub(1)));
            panel::lines(frame, words, lines.map(|line| Line::raw(format!(" {line}"))));
        }
        let inside = panel::panel(frame, list, &title, view);
        self.table.draw(frame, inside, view);
    }
}
