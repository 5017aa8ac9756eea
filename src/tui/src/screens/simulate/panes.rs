//! What the panes show and where the focus is.

use std::sync::Arc;

use connect_rules_engine::value::Text;

use super::call::{self, Call};
use super::pane::Piece;
use super::{Focus, Simulate, state, transcript, why};
use crate::data::Data;
use crate::screen::Target;
use crate::theme::Role;

impl Simulate {
    /// The step of the transcript line under the cursor.
    pub(super) fn step_here(&self) -> usize {
        let last = self.call.as_ref().map_or(0, |call| call.branch().at);
        self.transcript.current().map_or(last, |piece| piece.item.min(last))
    }

    pub(super) fn rebuild(&mut self) {
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
    pub(super) fn look(&mut self) {
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

    pub(super) fn fold(&mut self, open: Option<bool>) {
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

    pub(super) fn go_round(&mut self, forward: bool) {
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

    pub(super) fn move_cursor(&mut self, command: &str) -> bool {
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
    pub(super) fn rule_here(&self, data: Option<&Arc<Data>>) -> Option<Target> {
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
}
