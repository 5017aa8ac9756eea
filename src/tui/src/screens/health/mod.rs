//! The screen Health: a scan of everything that an environment consists of, what differs in a flow, what a repair
//! would do, and the repair with what came of each step. Checks in groups, the one under the cursor beside them,
//! the plan below.

mod keys;
mod plan;
mod rows;
mod work;

use std::path::{Path, PathBuf};

use connect_rules_cloud::health::{Check, Plan, Progress, Report, saved_in};
use crossterm::event::KeyEvent;
use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

pub use self::keys::KEYS;
use self::plan::{PlanPane, steps};
use self::rows::{Counted, Row, Shown};
use self::work::{Found, Kept, Repaired, Scanned};
use crate::clean;
use crate::cloud::{Doing, Newest, Trouble};
use crate::message::{Effect, Level, Parcel};
use crate::overlay::{Confirm, Edit, Explain, Submit, Then};
use crate::screen::{Cx, Screen, ScreenId, Target, View};
use crate::screens::home::Noted;
use crate::theme::Role;
use crate::times;
use crate::widgets::form::{Field, Form, Kind};
use crate::widgets::{Editor, List, panel};

/// From so many columns on the check under the cursor stands beside the list.
const BESIDE: u16 = 120;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pane {
    Checks,
    Plan,
}

/// Agreement to a repair.
struct Agreed;

/// The screen.
pub struct Health {
    report: Option<Report>,
    counted: Counted,
    trouble: Option<Trouble>,
    /// Calls a second, and at once, that Amazon Connect is asked.
    budget: (f64, f64),
    shown: Shown,
    rows: Vec<Row>,
    list: List,
    filter: Editor,
    typing: bool,
    plan: PlanPane,
    adopt: bool,
    pane: Pane,
    doing: Doing,
    scanning: Newest,
    repairing: Newest,
    /// Whether the report of an earlier session was looked for.
    looked: bool,
}

impl Health {
    /// The screen before anything is scanned.
    pub fn new() -> Self {
        Health {
            report: None,
            counted: Counted::of(&Report::default()),
            trouble: None,
            budget: (2.0, 5.0),
            shown: Shown::default(),
            rows: Vec::new(),
            list: List::new(0),
            filter: Editor::line(""),
            typing: false,
            plan: PlanPane::default(),
            adopt: false,
            pane: Pane::Checks,
            doing: Doing(Progress::default()),
            scanning: Newest::default(),
            repairing: Newest::default(),
            looked: false,
        }
    }

    fn kept_in(cx: &Cx<'_>) -> Option<PathBuf> {
        cx.session.state.as_ref().map(|folder| folder.join("health.json"))
    }

    fn is_busy(&self) -> bool {
        self.scanning.is_running() || self.repairing.is_running()
    }

    fn scan(&mut self, drafts: bool, cx: &mut Cx<'_>) {
        let (door, now, keep) = (cx.session.cloud.clone(), cx.session.clock.now(), Self::kept_in(cx));
        self.doing = Doing(Progress::default());
        let asked = (drafts, cx.session.options.compat);
        self.scanning.look(cx, "scanning", move |job| work::scan(&door, asked, now, keep.as_deref(), job));
    }

    fn build(&mut self) {
        let here = self.rows.get(self.list.cursor()).copied();
        self.shown.words = self.filter.text();
        self.rows = self.report.as_ref().map(|report| self.shown.rows(report)).unwrap_or_default();
        self.list.resize(self.rows.len());
        if let Some(at) = here.and_then(|here| self.rows.iter().position(|row| *row == here)) {
            self.list.select(at);
        }
    }

    fn make_plan(&mut self) {
        let plan = self.report.as_ref().map(|report| Plan::of(report, self.adopt, self.budget));
        self.plan.set(plan);
    }

    fn show(&mut self, report: Report, cx: &mut Cx<'_>) {
        let zone = cx.data.and_then(|data| data.workspace.zone());
        self.counted = Counted::of(&report);
        let (text, role) = self.counted.verdict.clone();
        let when = times::told(&report.when, zone, cx.session.clock.now());
        cx.send(
            ScreenId::Home,
            Noted::health(role, format!("{text} · {} checks, {when}", report.checks.len())),
        );
        self.shown.open_ill(&report);
        self.report = Some(report);
        self.make_plan();
        self.build();
    }

    fn is_scanned(&mut self, result: Result<Found, Trouble>, cx: &mut Cx<'_>) {
        self.doing = Doing(Progress::default());
        match result {
            Ok(found) => {
                self.trouble = None;
                self.budget = found.budget;
                self.show(found.report, cx);
            }
            Err(trouble) => {
                if self.report.is_none() {
                    cx.send(ScreenId::Home, Noted::health(Role::Warn, format!("⚠ {}", trouble.what)));
                }
                self.trouble = Some(trouble);
            }
        }
    }

    fn is_repaired(
        &mut self,
        result: Result<Vec<connect_rules_cloud::health::Outcome>, Trouble>,
        cx: &mut Cx<'_>,
    ) {
        self.doing = Doing(Progress::default());
        match result {
            Ok(outcomes) => {
                self.plan.came(outcomes);
                let (level, text) = if self.plan.has_failed() {
                    (Level::Bad, "some steps are not done: see the plan; A goes on after the scan")
                } else {
                    (Level::Good, "repaired; what is there now is scanned")
                };
                cx.toast(level, text);
                self.pane = Pane::Plan;
                cx.effects.push(Effect::Load);
                self.scan(false, cx);
            }
            Err(trouble) => {
                cx.open(Explain::new("Not repaired", format!("{}\n\n{}", trouble.what, trouble.fix)));
            }
        }
    }

    /// Folder where contents that are overwritten are saved.
    fn backups(cx: &Cx<'_>) -> PathBuf {
        let (file, state) = (cx.session.file.as_deref(), cx.session.state.as_ref());
        let alone = || state.cloned().unwrap_or_else(|| std::env::temp_dir().join("connect-rules"));
        saved_in(&file.map_or_else(|| alone().join("tables"), Path::to_path_buf))
    }

    fn ask_apply(&self, cx: &mut Cx<'_>) {
        let Some(plan) = self.plan.plan() else { return };
        let mut kinds: Vec<(&str, usize)> = Vec::new();
        for step in &plan.steps {
            match kinds.iter_mut().find(|(kind, _)| *kind == step.kind()) {
                Some((_, count)) => *count += 1,
                None => kinds.push((step.kind(), 1)),
            }
        }
        let kinds: Vec<String> = kinds.iter().map(|(kind, count)| format!("{count} × {kind}")).collect();
        let body = format!(
            "{}. {} calls, about {:.0} s at {} calls a second. Contents that are overwritten are saved in {} first. \
             What somebody changes meanwhile is left as it is. x stops after the present step; A goes on later.",
            kinds.join(", "),
            plan.calls,
            plan.seconds.max(1.0),
            self.budget.0,
            Self::backups(cx).display()
        );
        let title = format!("Carry out {} in {}?", steps(plan.steps.len()), cx.session.environment.name);
        let then = Then::Send(ScreenId::Health, Box::new(Agreed));
        cx.open(Confirm::new(title, body, "Apply", then).guarded(&cx.session.environment));
    }

    fn apply(&mut self, cx: &mut Cx<'_>) {
        let Some(plan) = self.plan.plan().cloned().filter(|_| !self.is_busy()) else { return };
        let (door, actor, now) = (cx.session.cloud.clone(), cx.session.actor.clone(), cx.session.clock.now());
        let backups = Self::backups(cx);
        self.pane = Pane::Plan;
        self.repairing
            .job(cx, "repairing", move |job| work::repair(&door, &plan, &actor, now, &backups, job));
    }

    fn ask_export(&self, cx: &mut Cx<'_>) {
        let Some(report) = self.report.clone() else { return };
        let day: String = report.when.chars().take(10).collect();
        let name = format!("health-{}-{day}.txt", cx.session.environment.name);
        let field =
            Field::new("path", "File", Kind::Line, &name).hint("a text; JSON if the name ends with .json");
        let save = move |form: &Form, cx: &mut Cx<'_>| {
            let path = PathBuf::from(form.value("path").trim());
            if path.as_os_str().is_empty() {
                return Submit::Refused("give the file a name".to_owned());
            }
            let is_json = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("json"));
            let text = if is_json {
                serde_json::to_string_pretty(&report.json()).unwrap_or_default()
            } else {
                rows::text(&report)
            };
            let told = Some(format!("report written to {}", path.display()));
            cx.effects.push(Effect::WriteFile { path, text, told });
            Submit::Done
        };
        cx.open(Edit::new("Export the report", Form::new(vec![field]), save).verb("write"));
    }

    fn check_here(&self) -> Option<&Check> {
        match self.rows.get(self.list.cursor())? {
            Row::Group(_) => None,
            Row::Check(at) => self.report.as_ref()?.checks.get(*at),
        }
    }

    /// Opens or closes the group under the cursor, or that of the check under it.
    fn turn(&mut self, open: Option<bool>) {
        let group = match self.rows.get(self.list.cursor()) {
            Some(Row::Group(group)) => *group,
            Some(Row::Check(at)) => match self.report.as_ref().and_then(|report| report.checks.get(*at)) {
                Some(check) => check.group,
                None => return,
            },
            None => return,
        };
        let open = open.unwrap_or(!self.shown.open.contains(&group));
        if open {
            self.shown.open.insert(group);
        } else {
            self.shown.open.remove(&group);
        }
        self.build();
        if !open && let Some(at) = self.rows.iter().position(|row| *row == Row::Group(group)) {
            self.list.select(at);
        }
    }

    fn title(&self, view: &View<'_>) -> String {
        if self.scanning.is_running() {
            return format!("Health ── {}", self.doing.told("scanning"));
        }
        let Some(report) = &self.report else { return "Health".to_owned() };
        let zone = view.data.and_then(|data| data.workspace.zone());
        let at = report.when.parse::<Timestamp>().map(Timestamp::as_millisecond).unwrap_or_default();
        let full = times::seconds(at, zone);
        let age = view.session.clock.now() - at;
        let at = if age > 12 * 3_600_000 { full.get(..16) } else { full.get(11..) }.unwrap_or_default();
        let only = if self.shown.problems { " (only problems)" } else { "" };
        let cancelled = if report.cancelled { ", cancelled" } else { "" };
        format!(
            "Health{only} ── {} ── scanned {at}{cancelled}, {:.1} s, {} calls, {} throttled, {} checks",
            self.counted.verdict.0,
            report.took_ms as f64 / 1000.0,
            report.calls,
            report.throttled,
            report.checks.len()
        )
    }

    fn draw_checks(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let inside = panel::panel(frame, area, &self.title(view), view);
        let mut top = inside.y;
        if let Some(trouble) = &self.trouble {
            let text = clean::fit(&format!(" ✗ {}", trouble.line()), inside.width as usize).into_owned();
            frame.render_widget(Line::styled(text, view.style(Role::Bad)), Rect { height: 1, ..inside });
            top += 1;
        }
        if self.typing || !self.filter.is_empty() {
            let place = Rect { y: top, height: 1, ..inside };
            frame.render_widget(Line::styled(" / ", view.style(Role::Key)), place);
            let field = Rect { x: inside.x + 3, width: inside.width.saturating_sub(3), ..place };
            self.filter.draw(frame, field, &View { focused: view.focused && self.typing, ..*view });
            top += 1;
        }
        let body = Rect { y: top, height: inside.bottom().saturating_sub(top), ..inside };
        let Some(report) = &self.report else {
            let text = if self.scanning.is_running() { "scanning…" } else { HOW };
            return panel::notice(frame, body, text, view);
        };
        if self.rows.is_empty() {
            let text =
                if self.filter.is_empty() { "everything is healthy" } else { "nothing has these words" };
            return panel::notice(frame, body, text, view);
        }
        let wide = body.width as usize;
        self.list.draw(frame, body, view, |at| match self.rows[at] {
            Row::Group(group) => self.counted.line(group, self.shown.is_open(group), wide, view),
            Row::Check(at) => {
                report.checks.get(at).map_or_else(Line::default, |it| rows::check_line(it, wide, view))
            }
        });
    }

    fn draw_detail(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let quiet = View { focused: false, ..*view };
        let Some(check) = self.check_here() else {
            let inside = panel::panel(frame, area, "What was found", &quiet);
            let text = match self.rows.get(self.list.cursor()) {
                Some(Row::Group(_)) => "enter opens or closes the group",
                _ => "",
            };
            return panel::notice(frame, inside, text, view);
        };
        let inside = panel::panel(frame, area, &check.name, &quiet);
        let wide = (inside.width as usize).saturating_sub(2);
        let rows = clean::wrap(&rows::told(check), wide);
        panel::lines(frame, inside, rows.into_iter().map(|row| Line::raw(format!(" {row}"))));
    }
}

impl Default for Health {
    fn default() -> Self {
        Self::new()
    }
}

const HOW: &str = "s looks at contact flows, functions, permissions, bots, tables, schedules, numbers, quotas, \
    the cache and what rules name, within the budget of calls; nothing is changed. \
    D also looks for flows that were edited and not published.";

impl Screen for Health {
    fn place(&self) -> &'static str {
        match self.pane {
            Pane::Checks if self.typing => "health.filter",
            Pane::Checks => "health.checks",
            Pane::Plan => "health.plan",
        }
    }

    fn typing(&self) -> bool {
        self.pane == Pane::Checks && self.typing
    }

    fn key(&mut self, key: KeyEvent, _: &mut Cx<'_>) -> bool {
        let used = self.typing() && self.filter.key(key);
        if used {
            self.build();
        }
        used
    }

    fn paste(&mut self, text: &str, _: &mut Cx<'_>) {
        if self.typing() {
            self.filter.paste(text);
            self.build();
        }
    }

    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        match command {
            "health.scan" | "health.drafts" => {
                self.plan.forget();
                self.scan(command == "health.drafts", cx);
            }
            "health.cancel" => {
                self.scanning.stop();
                self.repairing.stop();
            }
            "health.plan" => self.pane = Pane::Plan,
            "health.back" => self.pane = Pane::Checks,
            "health.apply" => self.ask_apply(cx),
            "health.adopt" => {
                self.adopt = !self.adopt;
                self.make_plan();
                let text = if self.adopt {
                    "flows that others made are taken over by the plan"
                } else {
                    "flows that others made are left by the plan"
                };
                cx.toast(Level::Note, text);
            }
            "health.problems" => {
                self.shown.problems = !self.shown.problems;
                self.build();
            }
            "health.export" => self.ask_export(cx),
            "health.open" => match self.check_here() {
                Some(check) => cx.open(Explain::new(check.name.clone(), rows::told(check))),
                None => self.turn(None),
            },
            "health.step" => {
                if let Some(text) = self.plan.told() {
                    cx.open(Explain::new("Step", text));
                }
            }
            "health.filterKeep" => self.typing = false,
            "health.filterClear" => {
                self.typing = false;
                self.filter.set("");
                self.build();
            }
            "app.filter" if self.pane == Pane::Checks => self.typing = true,
            "pane.next" | "pane.previous" => {
                self.pane = if self.pane == Pane::Checks { Pane::Plan } else { Pane::Checks };
            }
            "move.left" if self.pane == Pane::Checks => self.turn(Some(false)),
            "move.right" if self.pane == Pane::Checks => self.turn(Some(true)),
            _ if self.pane == Pane::Plan => return self.plan.run(command),
            _ => return self.list.run(command),
        }
        true
    }

    fn refuses(&self, command: &'static str, _: &View<'_>) -> Option<String> {
        let own = command.strip_prefix("health.")?;
        let why = match own {
            "scan" | "drafts" | "apply" if self.repairing.is_running() => "a repair is under way; x stops it",
            "apply" if self.scanning.is_running() => "a scan is under way; wait for its plan",
            "apply" => match self.plan.plan() {
                None => "there is no plan yet; s scans",
                Some(plan) if plan.is_empty() => "there is nothing to do",
                Some(_) => return None,
            },
            "export" if self.report.is_none() => "there is no report yet; s scans",
            "adopt" if self.report.is_none() => "there is no plan yet; s scans",
            "cancel" if !self.is_busy() => "nothing is under way",
            _ => return None,
        };
        Some(why.to_owned())
    }

    fn whereabouts(&self) -> Target {
        Target::Screen(ScreenId::Health)
    }

    fn loaded(&mut self, cx: &mut Cx<'_>) {
        if !self.looked
            && let Some(path) = Self::kept_in(cx)
        {
            self.looked = true;
            cx.look("", move |_| work::kept(&path));
        }
    }

    fn message(&mut self, parcel: Parcel, cx: &mut Cx<'_>) {
        let parcel = match self.scanning.take::<Scanned>(parcel) {
            Ok(scanned) => return scanned.map_or((), |it| self.is_scanned(it.0, cx)),
            Err(parcel) => parcel,
        };
        let parcel = match self.repairing.take::<Repaired>(parcel) {
            Ok(repaired) => return repaired.map_or((), |it| self.is_repaired(it.0, cx)),
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<Doing>() {
            Ok(doing) if self.is_busy() => return self.doing = *doing,
            Ok(_) => return,
            Err(parcel) => parcel,
        };
        match parcel.downcast::<Kept>() {
            Ok(kept) => {
                if let Some(report) = kept.0.filter(|_| self.report.is_none()) {
                    self.show(report, cx);
                }
            }
            Err(parcel) if parcel.is::<Agreed>() => self.apply(cx),
            Err(_) => {}
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        if let (Some(trouble), None) = (&self.trouble, &self.report) {
            let inside = panel::panel(frame, area, "Health", view);
            return trouble.draw(frame, inside, view);
        }
        let under = if self.report.is_none() { 0 } else { (area.height * 2 / 5).min(16) };
        let checks = Rect { height: area.height - under, ..area };
        let plan = Rect { y: checks.bottom(), height: under, ..area };
        let here = |pane| View { focused: view.focused && self.pane == pane, ..*view };
        if area.width >= BESIDE && self.report.is_some() {
            let left = Rect { width: area.width * 3 / 5, ..checks };
            let right = Rect { x: left.right(), width: area.width - left.width, ..checks };
            self.draw_checks(frame, left, &here(Pane::Checks));
            view.follow(frame, right, |frame| self.draw_detail(frame, right, view));
        } else {
            self.draw_checks(frame, checks, &here(Pane::Checks));
        }
        if under > 2 {
            let doing = self.repairing.is_running().then(|| self.doing.told("repairing"));
            self.plan.draw(frame, plan, doing.as_deref(), &here(Pane::Plan));
        }
    }

    fn copied(&self, _: &View<'_>) -> Option<String> {
        match self.pane {
            Pane::Plan => self.plan.told(),
            Pane::Checks => self.check_here().map(|it| format!("{}\n{}", it.name, rows::told(it))),
        }
    }
}
