//! Steps of the call: what the customer does, on to the next question, other ways, the same on other rules.

use connect_rules_engine::value::{Text, Value};

use super::call::{Asked, Call, Phase, Ran};
use super::{Focus, Simulate, dialogs};
use crate::message::Level;
use crate::overlay::{Candidate, Choose};
use crate::screen::Cx;
use crate::theme::Role;

impl Simulate {
    pub(super) fn speak(&mut self, asked: Asked, cx: &mut Cx<'_>) {
        let Some(env) = self.env(cx) else { return };
        let Some(call) = &mut self.call else { return };
        if !call.may_speak() {
            cx.toast(Level::Note, "the customer is not asked for anything here");
            return;
        }
        let fresh = self.stale;
        let mut ran = if call.push(asked, &env, fresh) { Ran::Done } else { Ran::Full };
        if ran == Ran::Done && !self.settings.break_on_rule && !call.is_playing() {
            ran = call.run_on(&env, fresh);
        }
        self.input.set("");
        self.prefill.clear();
        self.stepped(Some(ran), cx);
    }

    pub(super) fn next(&mut self, cx: &mut Cx<'_>) {
        let Some(env) = self.env(cx) else { return };
        let Some(call) = &mut self.call else { return };
        match call.last().phase() {
            Phase::Ended => cx.toast(Level::Note, "the call is over"),
            Phase::Input => {
                if let Some(asked) = call.next_input().cloned() {
                    self.speak(asked, cx);
                } else {
                    self.focus = Focus::Input;
                    cx.toast(Level::Note, "the customer is asked: type the input and press enter");
                }
            }
            Phase::Next | Phase::Failed => {
                let ran = if call.push(Asked::Next, &env, self.stale) { Ran::Done } else { Ran::Full };
                self.stepped(Some(ran), cx);
            }
        }
    }

    /// To the next question; the inputs of a test are sent as long as there are any.
    pub(super) fn auto(&mut self, cx: &mut Cx<'_>) {
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

    pub(super) fn tell_verdict(&self, cx: &mut Cx<'_>) {
        let over = self.call.as_ref().is_some_and(|call| call.last().phase() == Phase::Ended);
        match self.verdict.as_ref().filter(|_| over) {
            Some(None) => cx.toast(Level::Good, "the test passes"),
            Some(Some(why)) => cx.toast(Level::Bad, format!("the test does not pass: {why}")),
            None => {}
        }
    }

    pub(super) fn branch(&mut self, cx: &mut Cx<'_>) {
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

    pub(super) fn branches(&self, cx: &mut Cx<'_>) {
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

    pub(super) fn rerun(&mut self, cx: &mut Cx<'_>) {
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

    pub(super) fn send(&mut self, cx: &mut Cx<'_>) {
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
}
