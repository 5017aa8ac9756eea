//! The screen Simulate: calls from any place, as any caller, at any time; what is heard, why each rule
//! fired, what changed in state; and the recording of a call as a test.

mod call;
mod dialogs;
mod keep;
mod keys;
mod pane;
mod state;
mod trace;
mod transcript;
mod view;
mod why;

use std::collections::HashSet;
use std::sync::Arc;

use connect_rules_engine::offline::Stubs;
use connect_rules_engine::script::TestDocument;
use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_store::{Applied, Error};
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;

use crate::data::Data;
use crate::keys::{Chord, Found as FoundKey, find};
use crate::message::{Effect, Level, Parcel};
use crate::overlay::{Candidate, Choose, Chosen, Confirm, Then};
use crate::screen::{Cx, Request, Screen, ScreenId, Target, View};
use crate::screens::rules::form::preview::{AskState, SampleState};
use crate::session::Session;
use crate::theme::Role;
use crate::widgets::Editor;
use call::{Asked, Call, Env, Phase, Ran, Start};
use keep::{Kept, Settings};
use pane::{Pane, Piece};
use transcript::Expected;

pub use keys::KEYS;

/// The state of the contact of the call after its latest step; other screens preview with it.
#[derive(Clone, Debug, PartialEq)]
pub struct LastState(pub Map);

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
    /// What is wrong with the test that is played, from a headless run of it.
    verdict: Option<Option<String>>,
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
        }
    }

    fn env(&self, cx: &Cx<'_>) -> Option<Env> {
        let workspace = Arc::clone(&cx.data?.workspace);
        Some(Env { workspace, stubs: Arc::clone(&self.stubs), record: self.settings.record() })
    }

    /// Bots and functions of a start: those of the session, with the mocks of its test over them.
    fn use_stubs(&mut self, start: &Start, cx: &mut Cx<'_>) {
        self.stubs = Arc::clone(&cx.session.stubs);
        let Some((mocks, data)) = start.test.as_ref().and_then(|test| test.mocks.as_ref()).zip(cx.data)
        else {
            return;
        };
        match self.stubs.with_mocks(mocks, &data.workspace.catalogue().prefix()) {
            Ok(stubs) => self.stubs = Arc::new(stubs),
            Err(error) => cx.toast(Level::Bad, format!("the mocks of the test are not used: {error}")),
        }
    }

    // --- the life of a call --------------------------------------------------------------------------

    fn begin(&mut self, begin: Begin, cx: &mut Cx<'_>) {
        let Begin { start, attributes, typed, sure } = begin;
        if !sure && self.call.as_ref().is_some_and(Call::is_worth_keeping) {
            let body = "The call under way is not saved as a test. Starting another loses it.";
            let again = Begin { start, attributes, typed, sure: true };
            let then = Then::Send(ScreenId::Simulate, Box::new(again));
            cx.open(Confirm::new("Start another call?", body, "Start", then));
            return;
        }
        self.use_stubs(&start, cx);
        let Some(env) = self.env(cx) else {
            cx.toast(Level::Bad, "the store is not read yet: try again in a moment");
            return;
        };
        if let Some(attributes) = attributes {
            self.settings.attributes = Text::from(attributes);
            self.settings.end_point = Text::clone(&start.end_point);
            self.settings.rule_set = Text::clone(&start.rule_set);
            self.settings.caller = Text::clone(&start.caller);
            self.settings.seed = start.seed;
            self.when = typed.or_else(|| self.when.take());
            self.keep_settings(cx);
        }
        let played = start.test.is_some();
        self.verdict = start
            .test
            .as_ref()
            .map(|test| dialogs::trouble(&dialogs::verdict(test, &env.workspace, &cx.session.stubs)));
        let mut call = Call::start(start, &env);
        let ran = if self.settings.break_on_rule || played { Ran::Done } else { call.run_on(&env, false) };
        self.call = Some(call);
        self.kept = None;
        self.fresh(cx);
        self.stepped(Some(ran), cx);
    }

    /// The call is another one: panes begin anew.
    fn fresh(&mut self, cx: &Cx<'_>) {
        self.stale = false;
        self.saving = None;
        self.data = cx.data.cloned();
        self.focus = Focus::Input;
        self.input.set("");
        self.prefill.clear();
        self.filter.set("");
    }

    fn close(&mut self, cx: &mut Cx<'_>) {
        self.call = None;
        self.verdict = None;
        self.focus = Focus::Transcript;
        self.rebuild();
        self.forget(cx);
    }

    fn keep(&self, cx: &mut Cx<'_>) {
        if let (Some(call), Some(state)) = (&self.call, &cx.session.state) {
            let (path, text) = (keep::call_file(state), keep::write_call(call));
            cx.effects.push(Effect::WriteFile { path, text, told: None });
        }
    }

    fn forget(&self, cx: &mut Cx<'_>) {
        if let Some(state) = &cx.session.state {
            cx.effects.push(Effect::RemoveFile(keep::call_file(state)));
        }
    }

    fn keep_settings(&self, cx: &mut Cx<'_>) {
        if let Some(state) = &cx.session.state {
            let (path, text) = (keep::settings_file(state), self.settings.write());
            cx.effects.push(Effect::WriteFile { path, text, told: None });
        }
    }

    /// The shown step is another one: panes, file and other screens follow.
    fn stepped(&mut self, ran: Option<Ran>, cx: &mut Cx<'_>) {
        self.rebuild();
        self.transcript.select(usize::MAX);
        self.look();
        let Some(call) = &self.call else { return };
        match ran {
            Some(Ran::Paused) => cx.toast(Level::Note, "many rules ran without a question: a goes on"),
            Some(Ran::Full) => cx.toast(Level::Bad, "the call has 1000 steps: it can only be stepped back"),
            Some(Ran::Done) | None => {}
        }
        let speaks = call.may_speak();
        self.expected = transcript::expected(call.last(), &self.workspace_of(cx));
        let next = match call.next_input() {
            Some(Asked::Say(said)) if speaks => said.text().to_string(),
            _ => String::new(),
        };
        if self.input.text() == self.prefill {
            self.input.set(&next);
            self.prefill = next;
        }
        if speaks && self.focus == Focus::Transcript && ran.is_some() {
            self.focus = Focus::Input;
        } else if !speaks && self.focus == Focus::Input {
            self.focus = Focus::Transcript;
        }
        let map = call.last().contact.state.to_map();
        cx.send(ScreenId::Rules, LastState(map));
        self.keep(cx);
    }

    fn workspace_of(&self, cx: &Cx<'_>) -> Arc<connect_rules_engine::workspace::Workspace> {
        let data = cx.data.or(self.data.as_ref());
        data.map_or_else(
            || {
                Arc::new(connect_rules_engine::workspace::Workspace::new(
                    Vec::new(),
                    Default::default(),
                    cx.session.options,
                ))
            },
            |data| Arc::clone(&data.workspace),
        )
    }

    // --- steps ---------------------------------------------------------------------------------------

    fn speak(&mut self, asked: Asked, cx: &mut Cx<'_>) {
        let Some(env) = self.env(cx) else { return };
        let Some(call) = &mut self.call else { return };
        if !call.may_speak() {
            cx.toast(Level::Note, "the customer is not asked for anything here");
            return;
        }
        let fresh = self.stale;
        let mut ran = if call.push(asked, &env, fresh) { Ran::Done } else { Ran::Full };
        let played = call.start.test.is_some() && call.next_input().is_some();
        if ran == Ran::Done && !self.settings.break_on_rule && !played {
            ran = call.run_on(&env, fresh);
        }
        self.input.set("");
        self.prefill.clear();
        self.stepped(Some(ran), cx);
    }

    fn next(&mut self, cx: &mut Cx<'_>) {
        let Some(env) = self.env(cx) else { return };
        let Some(call) = &mut self.call else { return };
        match call.last().phase() {
            Phase::Ended => cx.toast(Level::Note, "the call is over"),
            Phase::Input => match call.next_input().cloned() {
                Some(asked) => self.speak(asked, cx),
                None => {
                    self.focus = Focus::Input;
                    cx.toast(Level::Note, "the customer is asked: type the input and press enter");
                }
            },
            Phase::Next | Phase::Failed => {
                let ran = if call.push(Asked::Next, &env, self.stale) { Ran::Done } else { Ran::Full };
                self.stepped(Some(ran), cx);
            }
        }
    }

    /// To the next question; the inputs of a test are sent as long as there are any.
    fn auto(&mut self, cx: &mut Cx<'_>) {
        let Some(env) = self.env(cx) else { return };
        let Some(call) = &mut self.call else { return };
        let mut ran = call.run_on(&env, self.stale);
        while ran == Ran::Done
            && call.last().phase() == Phase::Input
            && let Some(asked) = call.next_input().cloned()
        {
            if !call.push(asked, &env, self.stale) {
                ran = Ran::Full;
                break;
            }
            ran = call.run_on(&env, self.stale);
        }
        self.stepped(Some(ran), cx);
        self.tell_verdict(cx);
    }

    fn tell_verdict(&self, cx: &mut Cx<'_>) {
        let over = self.call.as_ref().is_some_and(|call| call.last().phase() == Phase::Ended);
        match self.verdict.as_ref().filter(|_| over) {
            Some(None) => cx.toast(Level::Good, "the test passes"),
            Some(Some(why)) => cx.toast(Level::Bad, format!("the test does not pass: {why}")),
            None => {}
        }
    }

    fn branch(&mut self, cx: &mut Cx<'_>) {
        let at = self.step_here();
        let Some(call) = &mut self.call else { return };
        // The line of an input is about what was said: another way begins before it.
        let is_said = matches!(call.branch().steps[at].asked, Asked::Say(_) | Asked::HangUp)
            && self.transcript.current().is_some_and(|piece| piece.role == Role::Spoken);
        let at = if is_said { at.saturating_sub(1) } else { at };
        let Some(at) = call.question_near(at) else {
            cx.toast(Level::Note, "the call asks nothing, so there is nothing to answer differently");
            return;
        };
        call.split(at);
        self.focus = Focus::Input;
        self.stepped(Some(Ran::Done), cx);
        cx.toast(Level::Note, format!("a new way from step {}: B switches between them", at + 1));
    }

    fn branches(&self, cx: &mut Cx<'_>) {
        let Some(call) = &self.call else { return };
        let rows = call.branches.iter().enumerate().map(|(at, branch)| {
            let last = branch.steps.last().map(|step| step.outcome()).unwrap_or_default();
            Candidate {
                value: Text::from(at.to_string()),
                label: format!("{} ({} steps)", branch.label, branch.steps.len()),
                detail: last,
                refused: None,
            }
        });
        let here = call.here.to_string();
        let choose = Choose::new("Ways that the call went", "branch", cx.me(), rows.collect());
        cx.open(choose.at(&here));
    }

    fn rerun(&mut self, cx: &mut Cx<'_>) {
        if let Some(start) = self.call.as_ref().map(|call| call.start.clone()) {
            self.use_stubs(&start, cx);
        }
        let Some(env) = self.env(cx) else { return };
        let Some(call) = &mut self.call else { return };
        let left = call.rerun(&env);
        let differs = call.branch().differs.clone();
        if let Some(test) = &call.start.test {
            self.verdict = Some(dialogs::trouble(&dialogs::verdict(test, &env.workspace, &cx.session.stubs)));
        }
        self.stale = false;
        self.data = cx.data.cloned();
        self.stepped(Some(Ran::Done), cx);
        let lost = match left {
            0 => String::new(),
            1 => "; 1 input had no question".to_owned(),
            left => format!("; {left} inputs had no question"),
        };
        match differs {
            None => cx.toast(Level::Good, "the call goes as before"),
            Some((at, was)) => {
                let line = self
                    .transcript
                    .pieces()
                    .iter()
                    .position(|piece| piece.role == Role::Warn && piece.item == at);
                if let Some(line) = line {
                    self.transcript.select(line);
                    self.look();
                }
                cx.toast(Level::Bad, format!("it differs from step {} on; {was}{lost}", at + 1));
            }
        }
    }

    fn send(&mut self, cx: &mut Cx<'_>) {
        let text = self.input.text();
        let text = text.trim();
        if text.is_empty() {
            cx.toast(Level::Note, "nothing is typed; f5 is no input, f6 no match");
        } else {
            let said = match self.call.as_ref().and_then(Call::next_input) {
                Some(Asked::Say(said)) if *said.text() == *text => said.clone(),
                _ => Value::from(text),
            };
            self.speak(Asked::Say(said), cx);
            self.tell_verdict(cx);
        }
    }

    // --- panes ---------------------------------------------------------------------------------------

    /// The step of the transcript line under the cursor.
    fn step_here(&self) -> usize {
        let last = self.call.as_ref().map_or(0, |call| call.branch().at);
        self.transcript.current().map_or(last, |piece| piece.item.min(last))
    }

    fn rebuild(&mut self) {
        let (lines, script) = match &self.call {
            Some(call) => (transcript::pieces(call, &self.settings), call.script()),
            None => (Vec::new(), ""),
        };
        let script = script.lines().enumerate().map(|(at, line)| {
            let role = match line.split(':').next().unwrap_or_default() {
                "input" | "hangup" => Role::Spoken,
                "message" => Role::Heard,
                line if line.starts_with('#') => Role::Dim,
                _ => Role::Good,
            };
            Piece::new(at, role, line, 2)
        });
        self.script.set(script.collect());
        self.script.select(usize::MAX);
        self.transcript.set(lines);
        self.look();
    }

    /// Why and state are about the step under the cursor of the transcript.
    fn look(&mut self) {
        let at = self.step_here();
        let none: &[Arc<call::Step>] = &[];
        let steps = self.call.as_ref().map_or(none, Call::shown);
        let (title, lines) = why::pieces(steps, at);
        let tree = state::tree(steps, at, &self.open, &self.filter.text());
        self.why_title = title;
        self.why.set(lines);
        self.changed = tree.changed;
        self.rows = tree.rows;
        self.state.set(tree.pieces);
    }

    fn fold(&mut self, open: Option<bool>) {
        let Some(row) = self.state.current().and_then(|piece| self.rows.get(piece.item)) else { return };
        let path = Text::clone(&row.path);
        match (row.open, open) {
            (Some(is), None) if is => drop(self.open.remove(&path)),
            (Some(_), Some(true) | None) => drop(self.open.insert(path)),
            (Some(true), Some(false)) => drop(self.open.remove(&path)),
            (_, Some(false)) => {
                let parent = path.rsplit_once('.').map(|(parent, _)| parent).unwrap_or_default();
                if let Some(at) = self.rows.iter().position(|row| *row.path == *parent) {
                    self.state.select(at);
                }
            }
            (None, _) => {}
        }
        self.look();
    }

    fn go_round(&mut self, forward: bool) {
        let mut order = vec![Focus::Transcript, Focus::Why, Focus::State, Focus::Script];
        if self.call.as_ref().is_some_and(Call::may_speak) {
            order.insert(0, Focus::Input);
        }
        let here = order.iter().position(|it| *it == self.focus).unwrap_or_default();
        let step = if forward { 1 } else { order.len() - 1 };
        self.focus = order[(here + step) % order.len()];
        if matches!(self.focus, Focus::Why | Focus::State | Focus::Script) {
            self.side = self.focus;
        }
    }

    fn move_cursor(&mut self, command: &str) -> bool {
        match self.focus {
            Focus::Why => self.why.run(command),
            Focus::State | Focus::Filter => self.state.run(command),
            Focus::Script => self.script.run(command),
            Focus::Input | Focus::Transcript => {
                let moved = self.transcript.run(command);
                if moved {
                    self.look();
                }
                moved
            }
        }
    }

    /// Identifiers of the rule under the cursor.
    fn rule_here(&self, data: Option<&Arc<Data>>) -> Option<Target> {
        let call = self.call.as_ref()?;
        let step = &call.branch().steps[self.step_here()];
        let (rule_set, rule) = step.rule();
        let set = data?.rule_set_named(rule_set)?;
        let id = set.id.clone()?;
        let rule = set.rules.iter().find(|it| it.name == *rule).and_then(|it| it.id.clone());
        Some(
            rule.map_or_else(
                || Target::RuleSet(Text::clone(&id)),
                |rule| Target::Rule(Text::clone(&id), rule),
            ),
        )
    }

    fn open_start(&self, cx: &mut Cx<'_>) {
        let Some(data) = cx.data else { return };
        let now = || dialogs::wall_clock(cx.session.clock.now(), data.workspace.zone());
        let when = self.when.clone().unwrap_or_else(now);
        let dialog = dialogs::start(&self.settings, &when, data);
        cx.open(dialog);
    }

    fn resume(&mut self, cx: &mut Cx<'_>) {
        let Some(kept) = self.kept.take() else { return };
        let start = kept.start().clone();
        self.use_stubs(&start, cx);
        let Some(env) = self.env(cx) else { return };
        self.verdict = start
            .test
            .as_ref()
            .map(|test| dialogs::trouble(&dialogs::verdict(test, &env.workspace, &cx.session.stubs)));
        self.call = Some(kept.rebuild(&env));
        self.fresh(cx);
        self.stepped(Some(Ran::Done), cx);
        cx.go(Target::Screen(ScreenId::Simulate));
    }

    fn found(&mut self, found: OnDisk, cx: &mut Cx<'_>) {
        if let Some(text) = found.settings {
            self.settings = Settings::read(&text);
        }
        let Some(text) = found.call else { return };
        self.kept = Kept::read(&text);
        if self.call.is_some() {
            return;
        }
        match &self.kept {
            Some(kept) => {
                let body = format!(
                    "{} was not finished. Its inputs are played again on the rules as they are now.",
                    kept.about()
                );
                let then = Then::Send(ScreenId::Simulate, Box::new(Resume));
                cx.open(Confirm::new("Resume the call?", body, "Resume", then));
            }
            None => cx.toast(Level::Bad, "the call of last time cannot be read; its file is left as it is"),
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
        let is_key = |c: char| c.is_ascii_digit() || matches!(c, '*' | '#' | '+');
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
            "simulate.back" | "move.left" => {
                if self.call.as_mut().is_some_and(Call::back) {
                    self.stepped(None, cx);
                }
            }
            "simulate.forward" | "move.right" => {
                if self.call.as_mut().is_some_and(Call::forward) {
                    self.stepped(None, cx);
                }
            }
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
            "simulate.back" if call.branch().at == 0 => "this is the first step",
            "simulate.forward" if call.branch().at + 1 == call.branch().steps.len() => {
                "this is the last step"
            }
            "simulate.branches" if call.branches.len() == 1 => "the call went one way only: b begins another",
            "simulate.save" if !call.start.rule_set.is_empty() => {
                "a test starts at an end point; this call started inside a rule set"
            }
            "simulate.save" if call.script().is_empty() => "the script has no line yet",
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
                cx.job("looking for an unfinished call", move |_| OnDisk {
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
                self.forget(cx);
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

    fn changed(&mut self, _: &Result<Applied, Error>, _: &mut Cx<'_>) -> bool {
        false
    }

    fn message(&mut self, parcel: Parcel, cx: &mut Cx<'_>) {
        let parcel = match parcel.downcast::<Begin>() {
            Ok(begin) => return self.begin(*begin, cx),
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<AskState>() {
            Ok(ask) => {
                if let Some(call) = &self.call {
                    let label = format!("last call {}", call.start.caller);
                    let sample = SampleState { label, state: call.last().contact.state.to_map() };
                    cx.requests.push(Request::Answer(ask.0, Box::new(sample)));
                }
                return;
            }
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
            Some(_) => self.forget(cx),
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
