//! The life of a call: it begins, is kept on disk, is found again, ends.

use std::sync::Arc;

use connect_rules_engine::value::Text;

use super::call::{Asked, Call, Env, Ran, Start};
use super::keep::{self, Kept, Settings};
use super::{Begin, Focus, OnDisk, Resume, Simulate, dialogs, transcript};
use crate::message::{Effect, Level};
use crate::overlay::{Confirm, Then};
use crate::screen::{Cx, ScreenId, Target};
use crate::screens::rules::form::preview::SampleState;

impl Simulate {
    pub(super) fn env(&self, cx: &Cx<'_>) -> Option<Env> {
        let workspace = Arc::clone(&cx.data?.workspace);
        Some(Env { workspace, stubs: Arc::clone(&self.stubs), record: self.settings.record() })
    }

    /// Bots and functions of a start: those of the session, with the mocks of its test over them.
    pub(super) fn use_stubs(&mut self, start: &Start, cx: &mut Cx<'_>) {
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

    pub(super) fn begin(&mut self, begin: Begin, cx: &mut Cx<'_>) {
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
    pub(super) fn fresh(&mut self, cx: &Cx<'_>) {
        self.stale = false;
        self.saving = None;
        self.data = cx.data.cloned();
        self.focus = Focus::Input;
        self.input.set("");
        self.prefill.clear();
        self.filter.set("");
    }

    /// The state of the call at its shown step.
    pub(super) fn sample(&self) -> Option<SampleState> {
        let call = self.call.as_ref()?;
        let label = format!("last call {} → {}", call.start.caller, call.start.place());
        Some(SampleState { label, state: call.last().contact.state.to_map() })
    }

    pub(super) fn close(&mut self, cx: &mut Cx<'_>) {
        self.last = self.sample();
        self.call = None;
        self.verdict = None;
        self.focus = Focus::Transcript;
        self.rebuild();
        self.forget(cx);
    }

    pub(super) fn keep(&self, cx: &mut Cx<'_>) {
        if let (Some(call), Some(state)) = (self.call.as_ref().filter(|call| !call.saved), &cx.session.state)
        {
            let (path, text) = (keep::call_file(state), keep::write_call(call));
            cx.effects.push(Effect::WriteFile { path, text, told: None });
        }
    }

    pub(super) fn forget(&self, cx: &mut Cx<'_>) {
        if let Some(state) = &cx.session.state {
            cx.effects.push(Effect::RemoveFile(keep::call_file(state)));
        }
    }

    pub(super) fn keep_settings(&self, cx: &mut Cx<'_>) {
        if let Some(state) = &cx.session.state {
            let (path, text) = (keep::settings_file(state), self.settings.write());
            cx.effects.push(Effect::WriteFile { path, text, told: None });
        }
    }

    /// The shown step is another one: panes, file and other screens follow.
    pub(super) fn stepped(&mut self, ran: Option<Ran>, cx: &mut Cx<'_>) {
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
        let data = cx.data.or(self.data.as_ref());
        self.expected =
            data.map(|data| transcript::expected(call.last(), &data.workspace)).unwrap_or_default();
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
        self.keep(cx);
    }

    pub(super) fn open_start(&self, cx: &mut Cx<'_>) {
        let Some(data) = cx.data else { return };
        let now = || dialogs::wall_clock(cx.session.clock.now(), data.workspace.zone());
        let when = self.when.clone().unwrap_or_else(now);
        let dialog = dialogs::start(&self.settings, &when, data);
        cx.open(dialog);
    }

    pub(super) fn resume(&mut self, cx: &mut Cx<'_>) {
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

    pub(super) fn found(&mut self, found: OnDisk, cx: &mut Cx<'_>) {
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
