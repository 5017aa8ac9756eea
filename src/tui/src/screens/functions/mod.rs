//! The screen Functions: what is deployed and how it runs; calling, deploying, promoting and rolling back; logs; what
//! is kept warm. A list of functions, below it the versions of one and the pane of answers and logs.

mod deeds;
mod keys;
mod output;
mod read;
mod rows;
pub(super) mod warm;

use std::collections::BTreeMap;
use std::path::PathBuf;

use connect_rules_cloud::warm::{Warm, listed};
use crossterm::event::KeyEvent;
use jiff::tz::TimeZone;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use self::deeds::{Came, Deed, Done, Payload, ask_deploy, ask_invoke, ask_promote, ask_roll_back};
pub use self::keys::KEYS;
use self::output::Output;
use self::read::{Built, Deployed, Fleet, Period};
use self::rows::Beside;
use crate::clean;
use crate::cloud::{Newest, Trouble};
use crate::message::{Effect, Level, Parcel};
use crate::screen::{Cx, Screen, ScreenId, Target, View};
use crate::screens::home::Noted;
use crate::theme::Role;
use crate::times;
use crate::widgets::table::{self, Table};
use crate::widgets::{List, panel};

/// From so many columns on versions and output stand beside each other.
const BESIDE: u16 = 120;

/// What a reading gave.
struct Read(Result<Fleet, Trouble>);

/// What was found of the local build.
struct Compared(Built);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pane {
    List,
    Versions,
    Output,
}

/// The screen.
pub struct Functions {
    fleet: Option<Fleet>,
    /// Why the last reading failed, if it did.
    trouble: Option<Trouble>,
    table: Table,
    versions: List,
    output: Output,
    pane: Pane,
    period: Period,
    kept: Vec<Warm>,
    payloads: BTreeMap<String, String>,
    /// Folder of the local build.
    programs: PathBuf,
    built: Built,
    reading: Newest,
    comparing: Newest,
    doing: Newest,
}

impl Functions {
    /// The screen before anything is asked.
    pub fn new() -> Self {
        Functions {
            fleet: None,
            trouble: None,
            table: Table::new(
                rows::COLUMNS,
                "no functions are deployed; `connect-rules deploy` deploys them",
            ),
            versions: List::new(0),
            output: Output::default(),
            pane: Pane::List,
            period: Period::default(),
            kept: Vec::new(),
            payloads: BTreeMap::new(),
            programs: PathBuf::from(deeds::PROGRAMS),
            built: Built::new(),
            reading: Newest::default(),
            comparing: Newest::default(),
            doing: Newest::default(),
        }
    }

    fn here(&self) -> Option<&Deployed> {
        self.fleet.as_ref()?.rows.get(self.table.current()?.at)
    }

    fn beside(&self, short: &str) -> Beside<'_> {
        Beside {
            warm: self.kept.iter().find(|it| it.name == short).map_or(0, |it| it.count),
            local: self.built.get(&self.programs.join(short)).map(|(_, hash)| hash.as_str()),
        }
    }

    /// Works out how the deployed code compares with the local build, if there is one.
    fn compare(&mut self, cx: &mut Cx<'_>) {
        let Some(fleet) = &self.fleet else { return };
        let (folder, known) = (self.programs.clone(), self.built.clone());
        let shorts: Vec<String> = fleet.rows.iter().map(|it| it.short.clone()).collect();
        self.comparing.look(cx, "looking at the local build", move |job| {
            Compared(read::local(&folder, &shorts, known, job))
        });
    }

    /// File with the payloads that functions were called with last.
    fn payload_file(cx: &Cx<'_>) -> Option<PathBuf> {
        cx.session.state.as_ref().map(|folder| folder.join("payloads.json"))
    }

    fn read(&mut self, cx: &mut Cx<'_>) {
        let (door, period, now) = (cx.session.cloud.clone(), self.period, cx.session.clock.now());
        let payloads = Self::payload_file(cx);
        self.reading.look(cx, "asking for functions", move |job| {
            Read(read::read(&door, period, now, payloads.as_deref(), job))
        });
    }

    fn fill(&mut self, zone: Option<&TimeZone>) {
        let Some(fleet) = &self.fleet else { return };
        let rows = fleet.rows.iter().enumerate();
        let rows = rows.map(|(at, it)| rows::row(at, it, &self.beside(&it.short), zone)).collect();
        self.table.fill(None, rows);
        self.moved();
    }

    /// The cursor is on another function, or that is told anew.
    fn moved(&mut self) {
        let count = self.here().map_or(0, |it| it.versions.as_ref().map_or(0, Vec::len));
        self.versions.resize(count);
    }

    fn is_read(&mut self, result: Result<Fleet, Trouble>, cx: &mut Cx<'_>) {
        match result {
            Ok(mut fleet) => {
                let mut payloads = std::mem::take(&mut fleet.payloads);
                payloads.append(&mut self.payloads);
                self.payloads = payloads;
                self.trouble = None;
                cx.send(ScreenId::Home, noted(&fleet, self.period));
                self.fleet = Some(fleet);
                self.fill(cx.data.and_then(|data| data.workspace.zone()));
                self.compare(cx);
            }
            Err(trouble) => {
                cx.send(ScreenId::Home, Noted::functions(Role::Warn, format!("⚠ {}", trouble.what)));
                self.trouble = Some(trouble);
            }
        }
    }

    fn perform(&mut self, deed: Deed, cx: &mut Cx<'_>) {
        if let Deed::Deploy { folder, .. } = &deed {
            self.programs.clone_from(folder);
        }
        if self.doing.is_running() {
            cx.toast(Level::Bad, "something is being done already; x gives it up");
            return;
        }
        let door = cx.session.cloud.clone();
        self.doing.job(cx, deed.title(), move |job| deed.perform(&door, job));
    }

    fn is_done(&mut self, done: Done, cx: &mut Cx<'_>) {
        let title = done.deed.title();
        match (done.result, done.deed) {
            (Ok(Came::Answer(answer)), Deed::Invoke { short, qualifier, .. }) => {
                self.output.answer(&short, &qualifier, &answer);
                self.pane = Pane::Output;
            }
            (Ok(Came::Answer(_)), _) => {}
            (Ok(Came::Lines(lines)), _) => {
                self.output.show("Kept warm".to_owned(), lines);
                self.pane = Pane::Output;
            }
            (Ok(Came::Changed(text)), _) => {
                cx.toast(Level::Good, text);
                self.read(cx);
            }
            (Err(trouble), deed) => {
                self.output.failed(format!("Not done: {title}"), &trouble);
                self.pane = Pane::Output;
                cx.toast(Level::Bad, trouble.what);
                if deed.changes() {
                    // Part of it may have been done.
                    self.read(cx);
                }
            }
        }
    }

    fn keep_payload(&mut self, name: String, payload: String, cx: &mut Cx<'_>) {
        self.payloads.insert(name, payload);
        if let Some(path) = Self::payload_file(cx)
            && let Ok(text) = serde_json::to_string_pretty(&self.payloads)
        {
            cx.effects.push(Effect::WriteFile { path, text, told: None });
        }
    }

    /// The version that p is about: that under the cursor, or the newest.
    fn promoted(&self) -> Option<String> {
        let here = self.here()?;
        let of_cursor = here.versions.as_ref().ok()?.get(self.versions.cursor());
        let chosen = of_cursor.filter(|_| self.pane == Pane::Versions).or_else(|| here.published().next())?;
        Some(chosen.version.clone())
    }

    fn go_round(&mut self, forward: bool) {
        self.pane = match (self.pane, forward) {
            (Pane::List, true) | (Pane::Output, false) => Pane::Versions,
            (Pane::Versions, true) | (Pane::List, false) => Pane::Output,
            (Pane::Output, true) | (Pane::Versions, false) => Pane::List,
        };
    }

    fn draw_versions(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let Some(here) = self.here() else {
            panel::panel(frame, area, "Versions", view);
            return;
        };
        let zone = view.data.and_then(|data| data.workspace.zone());
        let inside = panel::panel(frame, area, &here.function.name, view);
        let facts = rows::facts(here, &self.beside(&here.short), view.session.clock.now(), zone);
        let height = (facts.len() as u16).min(inside.height.saturating_sub(4));
        table::facts(frame, Rect { height, ..inside }, &facts, view);
        let wide = (inside.width as usize).saturating_sub(2);
        let list = Rect { y: inside.y + height, height: inside.height - height, ..inside };
        if list.height < 2 {
            return;
        }
        let head = format!(" {}", clean::fit("Version  Alias       Published         Code      About", wide));
        frame.render_widget(Line::styled(head, view.style(Role::Dim)), Rect { height: 1, ..list });
        let list = Rect { y: list.y + 1, height: list.height - 1, ..list };
        let versions = match &here.versions {
            Ok(versions) => versions,
            Err(trouble) => return panel::notice(frame, list, &trouble.line(), view),
        };
        self.versions.draw(frame, list, view, |at| {
            let it = &versions[at];
            let aliases = here.aliases_of(&it.version);
            let mark = if aliases.is_empty() { String::new() } else { format!("← {}", aliases.join(", ")) };
            let rest = format!(
                "{}  {}  {}",
                clean::pad(&rows::when(it.modified_ms, zone), 16),
                clean::pad(rows::short_hash(&it.code_sha256), 8),
                it.description
            );
            Line::from(vec![
                Span::raw(format!(" {}", clean::pad(&it.version, 9))),
                Span::styled(clean::pad(&mark, 12), view.style(Role::Good)),
                Span::raw(clean::fit(&rest, wide.saturating_sub(21)).into_owned()),
            ])
        });
    }

    fn title(&self, view: &View<'_>) -> String {
        let Some(fleet) = &self.fleet else { return "Functions".to_owned() };
        let zone = view.data.and_then(|data| data.workspace.zone());
        let at = times::seconds(fleet.at, zone);
        let figures = match &fleet.no_figures {
            None => format!("figures of the last {}", self.period.name()),
            Some(trouble) => format!("no figures: {}", trouble.what),
        };
        format!(
            "Functions ── {} ── {figures} ── asked {}",
            self.table.told(),
            at.get(11..).unwrap_or_default()
        )
    }
}

impl Default for Functions {
    fn default() -> Self {
        Self::new()
    }
}

/// The line of Home.
fn noted(fleet: &Fleet, period: Period) -> Noted {
    let bad = fleet.rows.iter().filter(|it| rows::state(it).1 != Role::Text).count();
    let sum = |of: fn(&connect_rules_cloud::gateway::FunctionMetrics) -> f64| {
        fleet.rows.iter().filter_map(|it| it.figures.as_ref()).map(of).sum::<f64>()
    };
    let (calls, errors) = (sum(|it| it.invocations), sum(|it| it.errors));
    let (mark, role) = match (bad, errors > 0.0) {
        (0, false) => ("✓", Role::Good),
        (0, true) => ("⚠", Role::Warn),
        _ => ("✗", Role::Bad),
    };
    let text = format!(
        "{mark} {} deployed, {bad} not active, {calls:.0} calls and {errors:.0} errors in the last {}",
        fleet.rows.len(),
        period.name()
    );
    Noted::functions(role, text)
}

impl Screen for Functions {
    fn place(&self) -> &'static str {
        match self.pane {
            Pane::List if self.table.typing() => "functions.filter",
            Pane::List => "functions.list",
            Pane::Versions => "functions.versions",
            Pane::Output => "functions.output",
        }
    }

    fn typing(&self) -> bool {
        self.pane == Pane::List && self.table.typing()
    }

    fn key(&mut self, key: KeyEvent, _: &mut Cx<'_>) -> bool {
        let used = self.typing() && self.table.key(key);
        self.moved();
        used
    }

    fn paste(&mut self, text: &str, _: &mut Cx<'_>) {
        if self.typing() {
            self.table.paste(text);
            self.moved();
        }
    }

    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        match command {
            "functions.refresh" => self.read(cx),
            "functions.period" => {
                self.period = self.period.next();
                self.read(cx);
            }
            "functions.versions" => self.pane = Pane::Versions,
            "functions.back" => self.pane = Pane::List,
            "functions.cancel" => {
                self.reading.stop();
                self.doing.stop();
            }
            "functions.follow" => {
                if let Some(here) = self.here() {
                    let (name, short) = (here.function.name.clone(), here.short.clone());
                    self.output.follow(&name, &short, cx);
                    self.pane = Pane::Output;
                }
            }
            "functions.invoke" => {
                if let Some(here) = self.here() {
                    let payload = self.payloads.get(&here.function.name).map_or("", String::as_str);
                    ask_invoke(here, payload, cx);
                }
            }
            "functions.deploy" => {
                if let Some(here) = self.here() {
                    ask_deploy(here, &self.programs.display().to_string(), cx);
                }
            }
            "functions.promote" => {
                if let (Some(here), Some(version)) = (self.here(), self.promoted()) {
                    ask_promote(here, &version, cx);
                }
            }
            "functions.rollBack" => {
                if let Some(here) = self.here() {
                    ask_roll_back(here, cx);
                }
            }
            "functions.warm" => {
                let mut names: Vec<String> = self
                    .fleet
                    .as_ref()
                    .map(|fleet| fleet.rows.iter().map(|it| it.short.clone()).collect())
                    .unwrap_or_default();
                if names.is_empty() {
                    names = cx.data.map(|data| warm::known(&data.snapshot)).unwrap_or_default();
                }
                let at = self.here().map(|it| it.short.clone()).unwrap_or_default();
                warm::edit(&names, &at, cx);
            }
            "functions.warmNow" => self.perform(Deed::Warm { kept: self.kept.clone() }, cx),
            "pane.next" => self.go_round(true),
            "pane.previous" => self.go_round(false),
            _ => {
                return match self.pane {
                    Pane::List => {
                        let used = self.table.run(command);
                        self.moved();
                        used
                    }
                    Pane::Versions => self.versions.run(command),
                    Pane::Output => self.output.run(command, cx),
                };
            }
        }
        true
    }

    fn refuses(&self, command: &'static str, _: &View<'_>) -> Option<String> {
        let own = command.strip_prefix("functions.")?;
        let here = self.here();
        let why = match own {
            "versions" | "follow" | "invoke" | "deploy" | "promote" | "rollBack" if here.is_none() => {
                match (&self.trouble, &self.fleet) {
                    (Some(trouble), None) => &trouble.what,
                    _ => "there is no function under the cursor",
                }
            }
            "promote" if self.promoted().is_none() => "no version is published; d deploys one",
            "promote" if self.promoted().as_deref() == Some("$LATEST") => {
                "an alias points to a published version; $LATEST is none"
            }
            "promote" if self.promoted().as_deref() == here.and_then(Deployed::live) => {
                "that version is live already; enter goes to the others"
            }
            "rollBack" if here.is_some_and(|it| it.live().is_none()) => "no version of it is live",
            "rollBack" if here.is_some_and(|it| it.before().is_none()) => {
                "no version was published before the live one"
            }
            "warmNow" if self.kept.is_empty() => "nothing is kept warm; w sets what is",
            "pause" if !self.output.follows() => "no log is followed; f follows one",
            "cancel" if !self.reading.is_running() && !self.doing.is_running() => "nothing is being asked",
            _ => return None,
        };
        Some(why.to_owned())
    }

    fn enter(&mut self, _: &Target, cx: &mut Cx<'_>) {
        if self.fleet.is_none() && self.trouble.is_none() && !self.reading.is_running() {
            self.read(cx);
        }
    }

    fn whereabouts(&self) -> Target {
        Target::Screen(ScreenId::Functions)
    }

    fn loaded(&mut self, cx: &mut Cx<'_>) {
        if let Some(data) = cx.data {
            self.kept = listed(&data.snapshot);
            self.fill(data.workspace.zone());
        }
    }

    fn message(&mut self, parcel: Parcel, cx: &mut Cx<'_>) {
        let parcel = match self.reading.take::<Read>(parcel) {
            Ok(read) => return read.map_or((), |read| self.is_read(read.0, cx)),
            Err(parcel) => parcel,
        };
        let parcel = match self.doing.take::<Done>(parcel) {
            Ok(done) => return done.map_or((), |done| self.is_done(done, cx)),
            Err(parcel) => parcel,
        };
        let Err(parcel) = self.output.take(parcel, cx) else { return };
        let parcel = match parcel.downcast::<Deed>() {
            Ok(deed) => return self.perform(*deed, cx),
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<Payload>() {
            Ok(payload) => return self.keep_payload(payload.0, payload.1, cx),
            Err(parcel) => parcel,
        };
        if let Ok(Some(compared)) = self.comparing.take::<Compared>(parcel) {
            self.built = compared.0;
            self.fill(cx.data.and_then(|data| data.workspace.zone()));
        }
    }

    fn wakes(&self) -> Option<i64> {
        self.output.wakes()
    }

    fn woken(&mut self, cx: &mut Cx<'_>) {
        self.output.woken(cx);
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let focus = |pane| View { focused: view.focused && self.pane == pane, ..*view };
        let Some(fleet) = &self.fleet else {
            let inside = panel::panel(frame, area, "Functions", view);
            return match &self.trouble {
                Some(trouble) => trouble.draw(frame, inside, view),
                None => panel::notice(frame, inside, "asking what is deployed…", view),
            };
        };
        let wanted = (fleet.rows.len() as u16).saturating_add(if self.typing() { 5 } else { 4 });
        let height = wanted.clamp(6, (area.height / 2).max(6));
        let top = Rect { height, ..area };
        let inside = panel::panel(frame, top, &self.title(view), &focus(Pane::List));
        let told = u16::from(self.trouble.is_some());
        if let Some(trouble) = &self.trouble {
            let text = clean::fit(&format!(" ✗ not refreshed: {}", trouble.line()), inside.width as usize)
                .into_owned();
            frame.render_widget(Line::styled(text, view.style(Role::Bad)), Rect { height: 1, ..inside });
        }
        let rows = Rect { y: inside.y + told, height: inside.height.saturating_sub(told), ..inside };
        self.table.draw(frame, rows, &focus(Pane::List));
        let under = Rect { y: top.bottom(), height: area.height - height, ..area };
        if under.height < 3 {
            return;
        }
        let (versions, output) = (focus(Pane::Versions), focus(Pane::Output));
        if area.width >= BESIDE {
            let left = Rect { width: area.width * 9 / 20, ..under };
            let right = Rect { x: under.x + left.width, width: under.width - left.width, ..under };
            view.follow(frame, left, |frame| self.draw_versions(frame, left, &versions));
            self.output.draw(frame, right, &output);
        } else if self.pane == Pane::Output || (self.pane == Pane::List && self.output.follows()) {
            self.output.draw(frame, under, &output);
        } else {
            view.follow(frame, under, |frame| self.draw_versions(frame, under, &versions));
        }
    }

    fn copied(&self, _: &View<'_>) -> Option<String> {
        match self.pane {
            Pane::List => self.here().map(|it| it.function.arn.clone()),
            Pane::Versions => {
                let here = self.here()?;
                let version = here.versions.as_ref().ok()?.get(self.versions.cursor())?;
                Some(format!("{}:{}", here.function.arn, version.version))
            }
            Pane::Output => self.output.copied(),
        }
    }
}
