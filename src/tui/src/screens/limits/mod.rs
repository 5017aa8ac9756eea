//! The screen Limits: how often numbers are dialled and may be, who was blocked, and what AWS lets the program do.
//!
//! Everything is read in jobs: again and again while the screen is in front, less often where reading takes long. What
//! cannot be read leaves what is shown as it is. A frame is drawn when something changed, and each second only while a
//! window is seen to run out.

mod arrange;
mod aws;
mod cells;
mod detail;
mod dialler;
mod draw;
mod feed;
mod header;
mod keys;
mod release;
mod settings;

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use connect_rules_cloud::gateway::{Family, Quota, Standing as Budget};
use connect_rules_engine::value::Text;
use connect_rules_limits::counting::Counter;
use connect_rules_limits::decision::day;
use connect_rules_limits::{Callers, Config, Decision, callers};
use connect_rules_store::{Operation, Role as Rights};
use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::Rect;

use self::arrange::{Arranged, PANES, Shown, Wish, arrange};
use self::cells::Facts;
use self::dialler::{Dialled, Typed, Wanted};
use self::feed::{Answer, Question, Reading};
use self::release::Agreed;
use crate::cloud::{Newest, Trouble};
use crate::limits::ask;
use crate::message::{Effect, JobContext, Level, Parcel};
use crate::overlay::{Chosen, Explain, edit};
use crate::screen::{Cx, Screen, ScreenId, Target, View};
use crate::screens::home::Noted;
use crate::session::Session;
use crate::theme::Role;
use crate::widgets::grid::{Did, Grid};
use crate::widgets::table::Table;

pub use self::keys::KEYS;

/// Reading takes at most this share of the time: one part in so many.
const SHARE: u32 = 20;
/// Rows that are copied at once; a file takes all of them.
const COPIED: usize = 5_000;

/// How often rows are read, in milliseconds.
fn every(session: &Session) -> i64 {
    i64::from(session.preferences.limits_refresh()) * 1_000
}

/// How many numbers are blocked now, for Home.
pub fn blocked(job: &JobContext, session: &Session) -> Noted {
    match feed::blocked(job, &session.limits, session.clock.now(), session.options.compat) {
        Ok((config, numbers)) => told(&config, numbers),
        Err(trouble) => Noted::limits(Role::Warn, trouble.line()),
    }
}

fn told(config: &Config, [customers, systems]: [usize; 2]) -> Noted {
    let of = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let text = format!("{}, {}", of(customers, "customer number"), of(systems, "caller ID"));
    match (config.enabled, customers, systems) {
        (false, ..) => Noted::limits(Role::Text, "limits are switched off"),
        (_, 0, 0) => Noted::limits(Role::Good, format!("✓ {text}")),
        (_, _, 0) => Noted::limits(Role::Warn, format!("⚠ {text}")),
        _ => Noted::limits(Role::Bad, format!("✗ {text} blocked for all")),
    }
}

fn question(session: &Session, held: Option<Arc<Reading>>, day: &Text, wish: Wish) -> Question {
    Question {
        gate: session.limits.clone(),
        held,
        day: Text::clone(day),
        now: session.clock.now(),
        most: feed::most(session.is_remote()),
        compat: session.options.compat,
        wish,
        older: false,
    }
}

/// The result of a release.
struct Released {
    shown: String,
    result: Result<bool, Trouble>,
}

/// The screen.
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Limits {
    /// Which pane has the focus: those of [`arrange`], then budgets and quotas.
    pane: usize,
    grids: [Grid; PANES],
    budget_table: Table,
    quota_table: Table,
    budgets: Vec<(Family, Budget)>,
    quotas: Vec<Quota>,
    held: Option<Arc<Reading>>,
    arranged: Arranged,
    shown: Shown,
    reading: Newest,
    arranging: Newest,
    asking: Newest,
    /// The day of panes 3 and 4, if it is not today.
    day: Option<Text>,
    paused: bool,
    whole: bool,
    /// Why the rows cannot be read, if so.
    trouble: Option<Trouble>,
    /// Why budgets or quotas cannot be had, if so.
    no_budgets: Option<Trouble>,
    no_quotas: Option<Trouble>,
    /// When rows were found to be as they are shown, in milliseconds since the epoch.
    checked: i64,
    /// When they are read next.
    due: i64,
    /// Whether there are rows at all.
    there: bool,
    /// Whether a window is seen to run out, and when that was drawn last.
    ticking: Cell<bool>,
    ticked: i64,
    typed: Typed,
    /// Who calls with which number of the instance.
    callers: Arc<Callers>,
}

impl Limits {
    /// The screen before anything is read.
    pub fn new() -> Self {
        Limits {
            pane: 0,
            grids: [cells::NUMBERS, cells::CALLERS, cells::BLOCKED, cells::TASKS].map(Grid::new),
            budget_table: Table::new(aws::BUDGETS, "no budgets"),
            quota_table: Table::new(aws::QUOTAS, "not read yet: r reads them"),
            budgets: Vec::new(),
            quotas: Vec::new(),
            held: None,
            arranged: Arranged::default(),
            shown: Shown::default(),
            reading: Newest::default(),
            arranging: Newest::default(),
            asking: Newest::default(),
            day: None,
            paused: false,
            whole: false,
            trouble: None,
            no_budgets: None,
            no_quotas: None,
            checked: 0,
            due: 0,
            there: false,
            ticking: Cell::new(false),
            ticked: 0,
            typed: Typed::new(),
            callers: Arc::default(),
        }
    }

    fn wish(&self) -> Wish {
        Wish {
            filters: [0, 1, 2, 3].map(|pane| self.grids[pane].filter()),
            orders: [0, 1, 2, 3].map(|pane| self.grids[pane].order),
            shown: self.shown,
            callers: Arc::clone(&self.callers),
        }
    }

    fn today(session: &Session) -> Text {
        day(session.clock.now())
    }

    /// Reads the rows; `told` says so in the footer.
    fn read(&mut self, told: bool, older: bool, cx: &mut Cx<'_>) {
        let day = self.day.clone().unwrap_or_else(|| Self::today(cx.session));
        let mut question = question(cx.session, self.held.clone(), &day, self.wish());
        question.older = older;
        let work = move |job: &JobContext| feed::read(job, question);
        if told {
            self.reading.look(cx, "reading the limits", work);
        } else {
            self.reading.poll(cx, work);
        }
    }

    fn ask_aws(&mut self, quotas: bool, cx: &mut Cx<'_>) {
        let door = cx.session.cloud.clone();
        if quotas {
            self.asking.look(cx, "reading quotas", move |job| aws::read(job, &door, true));
        } else if !self.asking.is_running() {
            self.asking.poll(cx, move |job| aws::read(job, &door, false));
        }
    }

    fn rearrange(&mut self, cx: &mut Cx<'_>) {
        let Some(held) = self.held.clone() else { return };
        let (wish, now) = (self.wish(), cx.session.clock.now());
        self.arranging.poll(cx, move |_| arrange(&held, &wish, now));
    }

    /// When the rows are to be read again.
    fn rest(&mut self, took: Duration, cx: &Cx<'_>) {
        let long = i64::try_from((took * SHARE).as_millis()).unwrap_or(i64::MAX);
        self.due = cx.session.clock.now() + every(cx.session).max(long);
    }

    /// The counter at a place of a pane.
    fn counter(&self, pane: usize, at: usize) -> Option<&Counter> {
        let row = *self.arranged.rows.get(pane)?.get(at)?;
        self.held.as_ref()?.numbers.get(pane)?.get(row as usize)
    }

    /// The decision at a place of a pane.
    fn decision(&self, pane: usize, at: usize) -> Option<&Decision> {
        let row = *self.arranged.rows.get(pane)?.get(at)?;
        self.held.as_ref()?.decisions.get(row as usize)
    }

    fn key_at(&self, pane: usize, at: usize) -> Option<&Text> {
        if pane < 2 {
            self.counter(pane, at).map(|row| &row.phone_number)
        } else {
            self.decision(pane, at).map(|row| &row.contact_id)
        }
    }

    /// Shows other rows; cursors stay on their things unless they are on the first.
    fn show(&mut self, reading: Option<Arc<Reading>>, arranged: Arranged) {
        let kept: [Option<Text>; PANES] = [0, 1, 2, 3].map(|pane| {
            let at = self.grids[pane].list.cursor();
            if at == 0 { None } else { self.key_at(pane, at).cloned() }
        });
        if let Some(reading) = reading {
            self.held = Some(reading);
        }
        self.arranged = arranged;
        for (pane, key) in kept.into_iter().enumerate() {
            let count = self.arranged.rows[pane].len();
            let at = key.and_then(|key| (0..count).find(|at| self.key_at(pane, *at) == Some(&key)));
            let list = &mut self.grids[pane].list;
            list.resize(count);
            if let Some(at) = at {
                list.select(at);
            }
        }
    }

    fn was_read(&mut self, result: Result<Answer, Trouble>, cx: &mut Cx<'_>) {
        let now = cx.session.clock.now();
        match result {
            Ok(answer) => {
                if self.trouble.take().is_some() {
                    cx.draw();
                }
                self.checked = now;
                match answer {
                    Answer::Same { took } => {
                        self.rest(took, cx);
                        if self.arranged.wish != self.wish() {
                            self.rearrange(cx);
                        }
                    }
                    Answer::New(reading, arranged) => {
                        self.rest(reading.took, cx);
                        cx.send(ScreenId::Home, told(&reading.config, reading.locked));
                        let outdated = arranged.wish != self.wish();
                        self.show(Some(reading), *arranged);
                        if outdated {
                            self.rearrange(cx);
                        }
                        cx.draw();
                    }
                }
            }
            Err(trouble) => {
                // Its age is told anew each time.
                self.trouble = Some(trouble);
                self.rest(Duration::ZERO, cx);
                cx.draw();
            }
        }
    }

    fn was_asked(&mut self, asked: aws::Asked, cx: &mut Cx<'_>) {
        let before = (
            self.no_budgets.clone(),
            self.budget_table.rows().iter().map(|it| it.cells.clone()).collect::<Vec<_>>(),
        );
        match asked.budgets {
            Ok(budgets) => {
                (self.budgets, self.no_budgets) = (budgets, None);
                self.budget_table.fill(None, aws::budget_rows(&self.budgets));
            }
            Err(trouble) => self.no_budgets = Some(trouble),
        }
        let same = before.0 == self.no_budgets
            && before.1.iter().eq(self.budget_table.rows().iter().map(|it| &it.cells));
        match asked.quotas {
            Some(Ok(quotas)) => {
                (self.quotas, self.no_quotas) = (quotas, None);
                self.quota_table.fill(None, aws::quota_rows(&self.quotas));
            }
            Some(Err(trouble)) => self.no_quotas = Some(trouble),
            None if same => return,
            None => {}
        }
        cx.draw();
    }

    fn was_dialled(&mut self, dialled: Dialled, cx: &mut Cx<'_>) {
        match dialled.result {
            Ok(lines) => {
                let title = format!("{} calls under {}", lines.len(), dialled.title);
                cx.open(Explain::new(title, dialler::told(&lines)));
            }
            Err(trouble) => cx.open(Explain::new("Not dialled", trouble.line())),
        }
        if dialled.here {
            self.read(false, false, cx);
        }
    }

    fn release(noted: Agreed, cx: &mut Cx<'_>) {
        let gate = cx.session.limits.clone();
        cx.job(format!("releasing {}", noted.shown), move |job| {
            let release = || {
                let rows = gate.enter(job)?;
                ask(job, rows.release(&noted.key, noted.updated_at))
            };
            let result = release();
            Released { shown: noted.shown, result }
        });
    }

    fn was_released(&mut self, released: Released, cx: &mut Cx<'_>) {
        let shown = released.shown;
        match released.result {
            Ok(true) => cx.toast(Level::Good, format!("{shown} is released")),
            Ok(false) => cx.toast(
                Level::Bad,
                format!("{shown} was dialled meanwhile and is not released; x tries again"),
            ),
            Err(trouble) => cx.open(Explain::new("Not released", trouble.line())),
        }
        self.read(false, false, cx);
    }

    fn config(&self, session: &Session) -> Config {
        self.held.as_ref().map_or_else(|| Config::of(session.options.compat), |it| it.config.clone())
    }

    /// What cells are made of.
    fn facts<'a>(&'a self, view: &'a View<'_>) -> Option<Facts<'a>> {
        Some(Facts {
            reading: self.held.as_deref()?,
            arranged: &self.arranged,
            now: view.session.clock.now(),
            mask: !self.whole,
            zone: view.data.and_then(|data| data.workspace.zone()),
        })
    }

    fn facts_of<'a>(&'a self, cx: &'a Cx<'_>) -> Option<Facts<'a>> {
        Some(Facts {
            reading: self.held.as_deref()?,
            arranged: &self.arranged,
            now: cx.session.clock.now(),
            mask: !self.whole,
            zone: cx.data.and_then(|data| data.workspace.zone()),
        })
    }

    fn open(&self, cx: &mut Cx<'_>) {
        let at = self.grids.get(self.pane).map_or(0, |grid| grid.list.cursor());
        let told = match self.pane {
            0 | 1 => self.facts_of(cx).and_then(|facts| {
                let row = self.counter(self.pane, at)?;
                Some((facts.number(row.number()).into_owned(), detail::number(row, &facts)))
            }),
            2 | 3 => self.facts_of(cx).and_then(|facts| {
                let it = self.decision(self.pane, at)?;
                Some((format!("Contact {}", it.contact_id), detail::decision(it, &facts)))
            }),
            4 => self.budget_table.current().map(|row| (format!("Calls of {}", row.key), BUDGET.to_owned())),
            _ => self.quota_table.current().and_then(|row| {
                let quota = self.quotas.get(row.at)?;
                Some((quota.name.clone(), aws::told(quota)))
            }),
        };
        if let Some((title, text)) = told {
            cx.open(Explain::new(title, text));
        }
    }

    /// The rows of the pane as CSV, at most so many; and how many there are.
    fn csv(&self, most: usize, facts: Option<&Facts<'_>>) -> Option<(String, usize)> {
        if self.pane >= PANES {
            let (table, columns) = if self.pane == 4 {
                (&self.budget_table, aws::BUDGETS)
            } else {
                (&self.quota_table, aws::QUOTAS)
            };
            let rows = table.rows().iter().map(|row| row.cells.clone());
            return Some((cells::csv(columns, rows), table.rows().len()));
        }
        let facts = facts?;
        let count = self.arranged.rows[self.pane].len();
        let rows = (0..count.min(most)).filter_map(|at| match self.pane {
            0 | 1 => self.counter(self.pane, at).map(|row| facts.number_cells(row).0),
            2 => self.decision(2, at).map(|it| facts.blocked_cells(it).0),
            _ => self.decision(3, at).map(|it| facts.task_cells(it).0),
        });
        Some((cells::csv(&self.grids[self.pane].columns, rows), count))
    }

    fn copy(&self, cx: &mut Cx<'_>) {
        let Some((text, count)) = self.csv(COPIED, self.facts_of(cx).as_ref()) else {
            return cx.toast(Level::Note, "there is nothing to copy yet");
        };
        let seen = count.min(COPIED);
        cx.toast(
            Level::Note,
            format!("copied {seen} of {count} rows as CSV; w writes all of them to a file"),
        );
        cx.effects.push(Effect::Copy(text));
    }

    fn write(&self, path: &str, cx: &mut Cx<'_>) {
        let Some((text, count)) = self.csv(usize::MAX, self.facts_of(cx).as_ref()) else { return };
        let told = Some(format!("{count} rows written to {path}"));
        cx.effects.push(Effect::WriteFile { path: path.into(), text, told });
    }

    fn step(&mut self, forward: bool, cx: &mut Cx<'_>) {
        let count = PANES + 2;
        self.pane = (self.pane + if forward { 1 } else { count - 1 }) % count;
        if self.pane >= PANES {
            let first = self.quotas.is_empty() && self.no_quotas.is_none();
            self.ask_aws(first, cx);
        }
    }

    fn days(&mut self, back: bool, cx: &mut Cx<'_>) {
        let today = Self::today(cx.session);
        self.day = if back {
            let shown = self.day.clone().unwrap_or(today);
            shown
                .parse::<jiff::civil::Date>()
                .ok()
                .and_then(|it| it.yesterday().ok())
                .map(|it| Text::from(it.to_string()))
        } else {
            None
        };
        self.read(true, false, cx);
    }

    fn table_mut(&mut self) -> Option<&mut Table> {
        match self.pane {
            4 => Some(&mut self.budget_table),
            5 => Some(&mut self.quota_table),
            _ => None,
        }
    }

    fn move_in(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        if let Some(table) = self.table_mut() {
            return table.run(command);
        }
        match self.grids[self.pane].run(command) {
            Did::Nothing => return false,
            Did::Moved => {}
            Did::Wished => self.rearrange(cx),
        }
        true
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}

const BUDGET: &str = "So many calls this program makes to AWS, whoever in it makes them.\n\n\
    Left: calls that could be made at once now, and how many at most.\n\
    A second: how fast calls come back; Amazon Connect has connect_rate and connect_burst of the environment.\n\
    Calls: made since the start.\n\
    Waits: calls that had to wait for their turn since the start.\n\
    Refused: calls that AWS throttled as too many, because other programs share the same quota. If that grows, give \
    the environment a smaller connect_rate.";

impl Screen for Limits {
    fn place(&self) -> &'static str {
        const PLACES: [&str; PANES + 2] = [
            "limits.customers",
            "limits.callerIds",
            "limits.blocked",
            "limits.tasks",
            "limits.budgets",
            "limits.quotas",
        ];
        if self.typing() { "limits.filter" } else { PLACES[self.pane] }
    }

    fn typing(&self) -> bool {
        match self.pane {
            4 => self.budget_table.typing(),
            5 => self.quota_table.typing(),
            pane => self.grids[pane].typing(),
        }
    }

    fn key(&mut self, key: KeyEvent, cx: &mut Cx<'_>) -> bool {
        if !self.typing() {
            return false;
        }
        if let Some(table) = self.table_mut() {
            return table.key(key);
        }
        let (used, changed) = self.grids[self.pane].key(key);
        if changed {
            self.rearrange(cx);
        }
        used
    }

    fn paste(&mut self, text: &str, cx: &mut Cx<'_>) {
        if !self.typing() {
            return;
        }
        if let Some(table) = self.table_mut() {
            table.paste(text);
        } else {
            self.grids[self.pane].paste(text);
            self.rearrange(cx);
        }
    }

    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        match command {
            "pane.next" => self.step(true, cx),
            "pane.previous" => self.step(false, cx),
            "limits.open" => self.open(cx),
            "limits.states" => {
                self.shown = self.shown.next();
                self.rearrange(cx);
            }
            "limits.pause" => {
                self.paused = !self.paused;
                if !self.paused {
                    self.read(false, false, cx);
                }
            }
            "limits.refresh" => {
                self.read(true, false, cx);
                if self.pane >= PANES {
                    self.ask_aws(true, cx);
                }
            }
            "limits.dial" => {
                let may_write = !cx.session.is_remote()
                    && cx.session.limits.leads_somewhere()
                    && cx.session.refuses(Some(Operation::ChangeLimits), true).is_none();
                dialler::ask(&self.config(cx.session), &self.typed, may_write, cx);
            }
            "limits.edit" => settings::edit(&self.config(cx.session), cx.session.options.compat, cx),
            "limits.release" => {
                let at = self.grids.get(self.pane).map_or(0, |grid| grid.list.cursor());
                if let (Some(row), Some(facts)) = (self.counter(self.pane, at).cloned(), self.facts_of(cx)) {
                    let (shown, usage) =
                        (facts.number(row.number()).into_owned(), facts.standing(&row).usage);
                    release::ask(&row, shown, usage, cx);
                }
            }
            "limits.earlier" => self.days(true, cx),
            "limits.today" => self.days(false, cx),
            "limits.more" => self.read(true, true, cx),
            "limits.mask" => self.whole = !self.whole,
            "limits.copy" => self.copy(cx),
            "limits.write" => {
                let name = self.place().trim_start_matches("limits.");
                let path = format!("limits-{name}-{}.csv", Self::today(cx.session));
                cx.open(edit::ask("Write the table to a file", "File", &path, "limits.file", cx.me()));
            }
            _ => return self.move_in(command, cx),
        }
        true
    }

    fn refuses(&self, command: &'static str, view: &View<'_>) -> Option<String> {
        let no = |text: &str| Some(text.to_owned());
        let here = self.grids.get(self.pane).is_some_and(|grid| !grid.list.is_empty());
        match command {
            "limits.states" | "limits.release" if self.pane > 1 => {
                no("only numbers have a state: tab goes to them")
            }
            "limits.release" if !here => no("there is no number"),
            "limits.open" if self.pane < PANES && !here => no("there is nothing under the cursor"),
            "limits.edit" if self.held.is_none() => no("the limits are not read yet"),
            "limits.more" if self.held.as_ref().is_none_or(|it| it.next.is_none()) => {
                no("all decisions of the day are read")
            }
            "limits.mask" if !self.whole => {
                let may = matches!(view.session.actor.role, Rights::Administrator | Rights::PowerUser);
                (!may).then(|| {
                    format!("{} may not see whole numbers; it takes POWER_USER", view.session.actor.role)
                })
            }
            _ => None,
        }
    }

    fn enter(&mut self, _: &Target, cx: &mut Cx<'_>) {
        self.there = cx.session.limits.leads_somewhere();
        if !self.paused && !self.reading.is_running() {
            self.read(self.held.is_none(), false, cx);
        }
        if self.pane >= PANES {
            self.ask_aws(false, cx);
        }
    }

    fn whereabouts(&self) -> Target {
        Target::Screen(ScreenId::Limits)
    }

    fn loaded(&mut self, cx: &mut Cx<'_>) {
        let known = cx.data.map(|data| callers(&data.snapshot)).unwrap_or_default();
        if known != *self.callers {
            self.callers = Arc::new(known);
            if cx.screen == ScreenId::Limits {
                self.rearrange(cx);
            }
        }
        // The limits may be other ones.
        if cx.screen == ScreenId::Limits && self.held.is_some() && !self.reading.is_running() {
            self.due = 0;
        }
    }

    fn wakes(&self) -> Option<i64> {
        let due = (self.there && !self.paused && !self.reading.is_running()).then_some(self.due);
        let tick = self.ticking.get().then_some(self.ticked + 1000);
        due.into_iter().chain(tick).min()
    }

    fn woken(&mut self, cx: &mut Cx<'_>) {
        let now = cx.session.clock.now();
        if self.ticking.get() && now >= self.ticked + 1000 {
            self.ticked = now;
            cx.draw();
        }
        if self.there && !self.paused && !self.reading.is_running() && now >= self.due {
            self.read(false, false, cx);
            if self.pane >= PANES {
                self.ask_aws(false, cx);
            }
        }
    }

    fn message(&mut self, parcel: Parcel, cx: &mut Cx<'_>) {
        let parcel = match self.reading.take::<Result<Answer, Trouble>>(parcel) {
            Ok(result) => return result.into_iter().for_each(|result| self.was_read(result, cx)),
            Err(parcel) => parcel,
        };
        let parcel = match self.arranging.take::<Arranged>(parcel) {
            Ok(arranged) => {
                if let Some(arranged) = arranged {
                    self.show(None, arranged);
                    cx.draw();
                }
                return;
            }
            Err(parcel) => parcel,
        };
        let parcel = match self.asking.take::<aws::Asked>(parcel) {
            Ok(asked) => return asked.into_iter().for_each(|asked| self.was_asked(asked, cx)),
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<Wanted>() {
            Ok(wanted) => {
                self.typed.clone_from(&wanted.typed);
                let gate = cx.session.limits.clone();
                return cx.job("dialling", move |job| dialler::run(job, &gate, &wanted));
            }
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<Dialled>() {
            Ok(dialled) => return self.was_dialled(*dialled, cx),
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<Agreed>() {
            Ok(noted) => return Self::release(*noted, cx),
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<Released>() {
            Ok(released) => return self.was_released(*released, cx),
            Err(parcel) => parcel,
        };
        if let Ok(chosen) = parcel.downcast::<Chosen>() {
            self.write(chosen.value.trim(), cx);
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        self.ticking.set(false);
        self.draw_all(frame, area, view);
    }

    fn copied(&self, view: &View<'_>) -> Option<String> {
        self.csv(COPIED, self.facts(view).as_ref()).map(|(text, _)| text)
    }
}
