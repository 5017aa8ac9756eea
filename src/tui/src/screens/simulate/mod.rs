//! The screen Simulate: calls from any place, as any caller, at any time; what is heard, why each rule
//! fired, what changed in state; and the recording of a call as a test.

mod call;
mod dialogs;
mod keep;
mod keys;
mod life;
mod pane;
mod panes;
mod state;
mod steps;
mod trace;
mod transcript;
mod view;
mod why;

use std::collections::HashSet;
use std::sync::Arc;

use connect_rules_engine::offline::Stubs;
use connect_rules_engine::script::TestDocument;
use connect_rules_engine::value::{Text, Value};
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;

use crate::data::Data;
use crate::keys::{Chord, Found as FoundKey, find};
use crate::message::{Level, Parcel};
use crate::overlay::{Chosen, Confirm, Then};
use crate::screen::{Cx, Request, Screen, ScreenId, Target, View};
use crate::screens::rules::form::preview::{AskState, SampleState};
use crate::session::Session;
use crate::widgets::Editor;
use call::{Asked, Call, Ran, Start};
use keep::{Kept, Settings};
use pane::Pane;
use transcript::Expected;

pub use keys::KEYS;

/// Start a call.
struct Begin {
    start: Start,
    /// The attributes as they were typed, to remember them.
    attributes: Option<String>,
    /// The date and time as they were typed, if they were.
    typed: Option<String>,
    /// The person agreed to lose the call under way.
    sure: bool,
}

/// The script as a person edited it.
struct EditedScript(String);

/// A test is on its way to the store.
struct Saving(TestDocument);

/// The switches were set.
struct Switched(Settings);

/// What was found on disk.
struct OnDisk {
    call: Option<String>,
    settings: Option<String>,
}

/// Agreement to resume the call that was found.
struct Resume;

/// Agreement to lose the call under way.
struct Close;

/// Where the focus is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Focus {
    Input,
    Transcript,
    Why,
    State,
    Script,
    Filter,
}

/// The screen.
pub struct Simulate {
    settings: Settings,
    call: Option<Call>,
    /// What bots and functions answer in this call.
    stubs: Arc<Stubs>,
    /// Whether the test that is played passes a headless run, and why not.
    verdict: Option<Result<(), String>>,
    /// The data that the panes were made of.
    data: Option<Arc<Data>>,
    /// Whether the rules changed since the call ran.
    stale: bool,
    focus: Focus,
    /// The side pane where there is room for one.
    side: Focus,
    input: Editor,
    /// What was put into the input line beforehand.
    prefill: String,
    expected: Expected,
    transcript: Pane,
    why: Pane,
    why_title: String,
    state: Pane,
    rows: Vec<state::Row>,
    changed: usize,
    open: HashSet<Text>,
    filter: Editor,
    script: Pane,
    /// The date and time that were typed last.
    when: Option<String>,
    kept: Option<Kept>,
    looked: bool,
    saving: Option<TestDocument>,
    /// The state of the call that was closed last, for whoever asks.
    last: Option<SampleState>,
}

impl Simulate {
    /// The screen before anything is read.
    pub fn new(_: &Session) -> Self {
        Simulate {
            settings: Settings::default(),
            call: None,
            stubs: Arc::default(),
            verdict: None,
            data: None,
            stale: false,
            focus: Focus::Transcript,
            side: Focus::Why,
            input: Editor::line(""),
            prefill: String::new(),
            expected: Expected::default(),
            transcript: Pane::default(),
            why: Pane::default(),
            why_title: "Why".to_owned(),
            state: Pane::default(),
            rows: Vec::new(),
            changed: 0,
            open: HashSet::new(),
            filter: Editor::line(""),
            script: Pane::default(),
            when: None,
            kept: None,
            looked: false,
            saving: None,
            last: None,
        }
    }
}

impl Screen for Simulate {
    fn place(&self) -> &'static str {
        if self.call.is_none() {
            return "simulate.empty";
        }
        match self.focus {
            Focus::Input => "simulate.input",
            Focus::Transcript => "simulate.transcript",
            Focus::Why => "simulate.why",
            Focus::State => "simulate.state",
            Focus::Script => "simulate.script",
            Focus::Filter => "simulate.filter",
        }
    }

    fn typing(&self) -> bool {
        let speaks = || self.call.as_ref().is_some_and(Call::may_speak);
        self.call.is_some() && (self.focus == Focus::Filter || (self.focus == Focus::Input && speaks()))
    }

    fn key(&mut self, key: KeyEvent, cx: &mut Cx<'_>) -> bool {
        if self.focus == Focus::Filter {
            let used = self.filter.key(key);
            self.look();
            return used;
        }
        if !self.typing() {
            return false;
        }
        let moves = matches!(key.code, KeyCode::Left | KeyCode::Right | KeyCode::Home | KeyCode::End);
        if moves && self.input.text() == self.prefill {
            return false;
        }
        let chord = Chord::of(key);
        let is_key = |c: char| c.is_ascii_digit() || matches!(c, '*' | '#');
        if self.expected.keys && chord.is_text() && !matches!(chord.code, KeyCode::Char(c) if is_key(c)) {
            // Letters are no keys of a telephone: they are commands.
            if let FoundKey::Command(id) = find(&[chord], self.place()) {
                cx.requests.push(Request::Run(id));
            }
            return true;
        }
        if chord.is_text() && !self.prefill.is_empty() && self.input.text() == self.prefill {
            self.input.set("");
            self.prefill.clear();
        }
        self.input.key(key)
    }

    fn paste(&mut self, text: &str, _: &mut Cx<'_>) {
        if self.focus == Focus::Filter {
            self.filter.paste(text);
            self.look();
        } else if self.typing() {
            self.input.paste(text);
        }
    }

    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        match command {
            "simulate.start" | "simulate.begin" => self.open_start(cx),
            "simulate.resume" => self.resume(cx),
            "simulate.send" => self.send(cx),
            "simulate.noInput" => self.speak(Asked::Say(Value::from("NOINPUT")), cx),
            "simulate.noMatch" => self.speak(Asked::Say(Value::from("NOMATCH")), cx),
            "simulate.hangUp" => self.speak(Asked::HangUp, cx),
            "simulate.next" => {
                self.next(cx);
                self.tell_verdict(cx);
            }
            "simulate.auto" => self.auto(cx),
            "simulate.back" | "move.left" => self.walk(Call::back, false, cx),
            "simulate.forward" | "move.right" => self.walk(Call::forward, false, cx),
            "simulate.backQuestion" => self.walk(Call::back, true, cx),
            "simulate.forwardQuestion" => self.walk(Call::forward, true, cx),
            "simulate.branch" => self.branch(cx),
            "simulate.branches" => self.branches(cx),
            "simulate.rerun" => self.rerun(cx),
            "simulate.edit" => {
                if let Some(target) = self.rule_here(cx.data) {
                    cx.go(target);
                }
            }
            "simulate.save" => {
                if let Some(call) = &self.call {
                    let dialog = dialogs::save(call, Arc::clone(&cx.session.stubs));
                    cx.open(dialog);
                }
            }
            "simulate.close" => {
                if self.call.as_ref().is_some_and(Call::is_worth_keeping) {
                    let body = "The call is not saved as a test. Closing it loses it.";
                    let then = Then::Send(ScreenId::Simulate, Box::new(Close));
                    cx.open(Confirm::new("Close the call?", body, "Close", then));
                } else {
                    self.close(cx);
                }
            }
            "simulate.break" => {
                self.settings.break_on_rule = !self.settings.break_on_rule;
                let now = if self.settings.break_on_rule {
                    "pauses after every rule"
                } else {
                    "runs to the next question"
                };
                cx.toast(Level::Note, format!("the call {now}"));
                self.keep_settings(cx);
            }
            "simulate.switches" => {
                let dialog = dialogs::switches(&self.settings);
                cx.open(dialog);
            }
            "simulate.script" => {
                self.side = if self.side == Focus::Script { Focus::State } else { Focus::Script }
            }
            "simulate.editScript" => {
                if let Some(call) = &self.call {
                    let dialog = dialogs::script(call.script());
                    cx.open(dialog);
                }
            }
            "simulate.input" => {
                if self.call.as_ref().is_some_and(Call::may_speak) {
                    self.focus = Focus::Input;
                }
            }
            "simulate.leave" => self.focus = Focus::Transcript,
            "simulate.look" => (self.focus, self.side) = (Focus::Why, Focus::Why),
            "simulate.toggle" => self.fold(None),
            "simulate.fold" => self.fold(Some(false)),
            "simulate.unfold" => self.fold(Some(true)),
            "app.filter" if self.call.is_some() => (self.focus, self.side) = (Focus::Filter, Focus::State),
            "simulate.filtered" => self.focus = Focus::State,
            "simulate.unfilter" => {
                self.filter.set("");
                self.focus = Focus::State;
                self.look();
            }
            "pane.next" => self.go_round(true),
            "pane.previous" => self.go_round(false),
            _ => return self.move_cursor(command),
        }
        true
    }

    fn refuses(&self, command: &'static str, view: &View<'_>) -> Option<String> {
        let Some(call) = &self.call else {
            let needs_call = command.starts_with("simulate.")
                && !matches!(
                    command,
                    "simulate.start"
                        | "simulate.begin"
                        | "simulate.switches"
                        | "simulate.break"
                        | "simulate.resume"
                );
            return match command {
                "simulate.resume" if self.kept.is_none() => Some("there is no call of last time".to_owned()),
                _ if needs_call => Some("no call is under way: s starts one".to_owned()),
                _ => None,
            };
        };
        let why = match command {
            "simulate.noInput" | "simulate.noMatch" | "simulate.hangUp" if !call.may_speak() => {
                "the customer is not asked for anything here"
            }
            "simulate.back" | "simulate.backQuestion" if call.branch().at == 0 => "this is the first step",
            "simulate.forward" | "simulate.forwardQuestion"
                if call.branch().at + 1 == call.branch().steps.len() =>
            {
                "this is the last step"
            }
            "simulate.branches" if call.branches.len() == 1 => "the call went one way only: b begins another",
            "simulate.save" if !call.start.rule_set.is_empty() => {
                "a test starts at an end point; this call started inside a rule set"
            }
            "simulate.save" if self.script.pieces().is_empty() => "the script has no line yet",
            "simulate.edit" if self.rule_here(view.data).is_none() => "the rule is not there any more",
            _ => return None,
        };
        Some(why.to_owned())
    }

    fn enter(&mut self, target: &Target, cx: &mut Cx<'_>) {
        let Some(data) = cx.data else { return };
        match target {
            Target::Simulate { rule_set, end_point } => {
                // A rule set that an end point leads to is called through it: such calls can be saved.
                let through = data
                    .rule_set_named(rule_set)
                    .filter(|set| set.enabled)
                    .and_then(|set| set.end_points.first())
                    .filter(|_| end_point.is_empty());
                let (end_point, rule_set) = match through {
                    Some(through) => (Text::clone(through), Text::default()),
                    None if end_point.is_empty() => (Text::default(), Text::clone(rule_set)),
                    None => (Text::clone(end_point), Text::default()),
                };
                let zone = data.workspace.zone();
                let now = || dialogs::wall_clock(cx.session.clock.now(), zone);
                let when = self.when.clone().unwrap_or_else(now);
                let attributes =
                    connect_rules_engine::json::parse(&self.settings.attributes).unwrap_or_default();
                let start = Start {
                    end_point,
                    rule_set,
                    caller: Text::clone(&self.settings.caller),
                    when: dialogs::instant(&when, zone).unwrap_or_default(),
                    attributes: attributes.as_object().cloned().unwrap_or_default(),
                    seed: self.settings.seed,
                    test: None,
                };
                self.begin(Begin { start, attributes: None, typed: None, sure: false }, cx);
            }
            Target::Replay(id) => match data.snapshot.test(id) {
                Ok(test) => {
                    let start = Start::of_test(test.clone());
                    self.begin(Begin { start, attributes: None, typed: None, sure: false }, cx);
                }
                Err(error) => cx.toast(Level::Bad, error.to_string()),
            },
            _ => {}
        }
    }

    fn whereabouts(&self) -> Target {
        Target::Screen(ScreenId::Simulate)
    }

    fn loaded(&mut self, cx: &mut Cx<'_>) {
        if !self.looked {
            self.looked = true;
            if let Some(state) = cx.session.state.clone() {
                cx.look("looking for an unfinished call", move |_| OnDisk {
                    call: std::fs::read_to_string(keep::call_file(&state)).ok(),
                    settings: std::fs::read_to_string(keep::settings_file(&state)).ok(),
                });
            }
        }
        let Some(data) = cx.data.cloned() else { return };
        if let Some(saving) = &self.saving {
            let is_it = |test: &&Arc<TestDocument>| {
                test.name == saving.name && test.folder == saving.folder && test.payload == saving.payload
            };
            if let Some(stored) = data.snapshot.tests.iter().find(is_it).cloned() {
                self.saving = None;
                if let Some(call) = &mut self.call {
                    call.saved = true;
                    // Its name decides chance: what is shown stays, what is saved next writes over it.
                    if call.start.test.is_some() {
                        call.start.test = Some(TestDocument::clone(&stored));
                    }
                }
                life::forget(cx);
            }
        }
        let changed = |old: &Arc<Data>| {
            old.snapshot.rule_sets != data.snapshot.rule_sets || old.snapshot.config != data.snapshot.config
        };
        if self.call.is_some() && self.data.as_ref().is_some_and(changed) {
            if !self.stale {
                cx.toast(Level::Note, "the rules changed: R in Simulate runs the call again on them");
            }
            self.stale = true;
        } else if self.call.is_some() {
            self.stale = false;
        }
    }

    fn message(&mut self, parcel: Parcel, cx: &mut Cx<'_>) {
        let parcel = match parcel.downcast::<Begin>() {
            Ok(begin) => return self.begin(*begin, cx),
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<OnDisk>() {
            Ok(found) => return self.found(*found, cx),
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<Switched>() {
            Ok(switched) => {
                self.settings = switched.0;
                self.rebuild();
                return self.keep_settings(cx);
            }
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<EditedScript>() {
            Ok(script) => {
                if let Some(call) = &mut self.call {
                    call.edit_script(script.0);
                    self.rebuild();
                    self.keep(cx);
                }
                return;
            }
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<Saving>() {
            Ok(saving) => {
                self.saving = Some(saving.0);
                return;
            }
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<Chosen>() {
            Ok(chosen) => {
                if let (Some(call), Ok(at)) = (&mut self.call, chosen.value.parse::<usize>())
                    && at < call.branches.len()
                {
                    call.here = at;
                    self.stepped(Some(Ran::Done), cx);
                }
                return;
            }
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<AskState>() {
            Ok(asked) => {
                match self.sample().or_else(|| self.last.clone()) {
                    Some(sample) => cx.requests.push(Request::Answer(asked.0, Box::new(sample))),
                    None => cx.toast(Level::Note, "there was no call yet: 3 opens Simulate"),
                }
                return;
            }
            Err(parcel) => parcel,
        };
        if parcel.is::<Resume>() {
            self.resume(cx);
        } else if parcel.is::<Close>() {
            self.close(cx);
        }
    }

    fn unsaved(&self) -> Option<String> {
        let call = self.call.as_ref().filter(|call| call.is_worth_keeping())?;
        Some(format!("The call of {} to {} is not saved as a test", call.start.caller, call.start.place()))
    }

    fn save_drafts(&mut self, cx: &mut Cx<'_>) {
        match &self.call {
            Some(call) if call.is_worth_keeping() => self.keep(cx),
            // Nothing of it is the person's own work: it need not be offered again.
            Some(_) => life::forget(cx),
            None => {}
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        self.paint(frame, area, view);
    }

    fn copied(&self, _: &View<'_>) -> Option<String> {
        let call = self.call.as_ref()?;
        Some(match self.focus {
            Focus::Script => call.script().to_owned(),
            Focus::Why => self.why.text(),
            Focus::State | Focus::Filter => {
                let row = self.state.current().and_then(|piece| self.rows.get(piece.item))?;
                format!("{}: {}", row.path, why::shown(&row.value))
            }
            Focus::Input | Focus::Transcript => self.transcript.text(),
        })
    }
}
