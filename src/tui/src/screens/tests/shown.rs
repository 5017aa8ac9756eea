//! What is shown of what is stored and of what was run.

use std::sync::Arc;

use connect_rules_engine::replay::Verdict;
use connect_rules_engine::value::Text;
use connect_rules_store::Kind as Sort;

use super::run::Run;
use super::{Shown, Tests, run, script};
use crate::data::Data;
use crate::screen::Cx;
use crate::widgets::tree::Leaf;

impl Tests {
    /// The newest run that ran a test.
    pub(super) fn run_of(&self, id: &str) -> Option<&Arc<Run>> {
        self.run.iter().chain(&self.runs).find(|run| run.by_id.contains_key(id))
    }

    pub(super) fn leaves(&mut self, data: &Data) {
        let wanted = |id: &str| {
            !self.failures_only
                || self
                    .run
                    .as_ref()
                    .and_then(|run| run.outcome(id))
                    .is_some_and(|outcome| outcome.verdict != Verdict::Success)
        };
        let leaves = data
            .snapshot
            .tests
            .iter()
            .filter_map(|test| {
                let key = test.test_id.clone().filter(|id| wanted(id))?;
                Some(Leaf { folder: Text::clone(&test.folder), label: Text::clone(&test.name), key })
            })
            .collect();
        self.tree.set_leaves(leaves);
        self.count();
    }

    /// What of the shown run no longer holds.
    pub(super) fn compare(&mut self, data: &Data) {
        self.stale = false;
        self.edited.clear();
        let Some(run) = &self.run else { return };
        let (then, now) = (&run.data.snapshot, &data.snapshot);
        if then.mark == now.mark {
            return;
        }
        self.stale = then.rule_sets != now.rule_sets
            || then.end_points != now.end_points
            || then.holidays != now.holidays
            || then.config != now.config;
        for id in run.by_id.keys() {
            if then.rev(Sort::Test, id) != now.rev(Sort::Test, id) {
                self.edited.insert(Text::clone(id));
            }
        }
    }

    /// Makes the script pane show what the cursor of the tree is on.
    pub(super) fn sync(&mut self, cx: &Cx<'_>) {
        let Some(data) = cx.data else { return };
        let Some(row) = self.tree.current() else {
            (self.shown, self.played, self.headline) = (None, None, None);
            self.rows.clear();
            self.script.resize(0);
            return;
        };
        let leaf = self.tree.leaf().cloned();
        let run = match &leaf {
            Some(id) => self.run_of(id).cloned(),
            None => self.run.clone(),
        };
        let shown = Shown {
            key: Text::clone(&row.key),
            run: run.as_ref().map(|run| run.started),
            mark: Text::clone(&data.snapshot.mark),
        };
        let room = self.said(cx.size.0);
        let wider = room != std::mem::replace(&mut self.room, room);
        if self.shown.as_ref() == Some(&shown) {
            if wider {
                self.wrap_again(data);
            }
            return;
        }
        let same = self.shown.as_ref().is_some_and(|old| old.key == shown.key);
        self.shown = Some(shown);
        (self.played, self.headline) = (None, None);
        if !same {
            self.open.clear();
            self.left = 0;
        }
        if let (Some(id), Some(run)) = (&leaf, &run)
            && !self.edited.contains(id)
            && let Some(outcome) = run.outcome(id)
        {
            let played = run::play(&run.data, &cx.session.stubs, run.test(outcome));
            let since = if self.stale { " · rules changed since" } else { "" };
            self.headline = Some(format!("{}{since}", script::headline(&played)));
            self.played = Some(played);
        }
        self.write_rows(data);
        let first = script::first_failure(&self.rows);
        self.script.select(if same && first.is_none() { self.script.cursor() } else { first.unwrap_or(0) });
    }

    /// Breaks what is said about lines anew; the cursor stays at its line.
    fn wrap_again(&mut self, data: &Data) {
        let before = &self.rows[..self.rows.len().min(self.script.cursor() + 1)];
        let number = before.iter().rev().find_map(|row| row.number);
        self.write_rows(data);
        if let Some(at) = self.rows.iter().position(|row| row.number.is_some() && row.number == number) {
            self.script.select(at);
        }
    }

    pub(super) fn write_rows(&mut self, data: &Data) {
        self.rows = match self.tree.leaf().and_then(|id| self.index.get(id)) {
            Some(at) => {
                let test = &data.snapshot.tests[*at];
                script::rows(test, self.played.as_ref(), self.room, |line| {
                    self.expanded || self.open.contains(&line)
                })
            }
            None => match &self.run {
                Some(run) => script::folder_rows(run, &self.tree.under(&self.tree.folder())),
                None => Vec::new(),
            },
        };
        self.script.resize(self.rows.len());
    }
}
