//! Going about: from failure to failure, from lines to rules, from rules to the tests that walk there.

use std::collections::HashSet;

use connect_rules_engine::replay::Verdict;
use connect_rules_engine::value::Text;

use super::script::Leads;
use super::{Pane, Tests};
use crate::message::Level;
use crate::overlay::{Candidate, Choose};
use crate::screen::{Cx, Target};

impl Tests {
    pub(super) fn walk_failures(&mut self, forward: bool, cx: &mut Cx<'_>) {
        let Some(run) = &self.run else {
            cx.toast(Level::Note, "nothing was run yet: A runs all tests");
            return;
        };
        let order = self.tree.under("/");
        let failed: Vec<usize> = (0..order.len())
            .filter(|at| run.outcome(&order[*at]).is_some_and(|it| it.verdict == Verdict::Error))
            .collect();
        let here = self.tree.leaf().and_then(|id| order.iter().position(|other| other == id));
        let here = here.or_else(|| {
            let first = self.tree.under(&self.tree.folder());
            let at = order.iter().position(|other| Some(other) == first.first())?;
            if forward { at.checked_sub(1) } else { Some(at) }
        });
        let next = match (forward, here) {
            (true, Some(here)) => failed.iter().find(|at| **at > here).or(failed.first()),
            (false, Some(here)) => failed.iter().rev().find(|at| **at < here).or(failed.last()),
            (_, None) => failed.first(),
        };
        match next.map(|at| Text::clone(&order[*at])) {
            Some(id) => self.go_to(&id),
            None => cx.toast(Level::Note, "no test failed"),
        }
    }

    /// Puts the cursor on a test, whatever hides it.
    pub(super) fn go_to(&mut self, id: &str) {
        if !self.tree.select(id) {
            self.tree_filter.set("");
            self.tree.set_filter("");
            self.tree.select(id);
            self.count();
        }
    }

    pub(super) fn follow(&mut self, leads: Leads, cx: &mut Cx<'_>) {
        match leads {
            Leads::Nowhere => cx.toast(Level::Note, "no rule is known here: run the test first"),
            Leads::Rule(set, rule) => cx.go(Target::Rule(set, rule)),
            Leads::Test(id) => {
                self.go_to(&id);
                self.pane = Pane::Script;
            }
        }
    }

    pub(super) fn open_covered(&self, cx: &mut Cx<'_>) {
        let Some((set_name, rule_name)) = self.coverage.current() else { return };
        let set = cx.data.and_then(|data| data.rule_set_named(&set_name));
        let Some((set, id)) = set.and_then(|set| Some((set, set.id.clone()?))) else {
            cx.toast(Level::Note, format!("rule set {set_name} is not there any more"));
            return;
        };
        let rule = set.rules.iter().find(|rule| rule.name == rule_name).and_then(|rule| rule.id.clone());
        cx.go(rule
            .map_or_else(|| Target::RuleSet(Text::clone(&id)), |rule| Target::Rule(Text::clone(&id), rule)));
    }

    pub(super) fn list_walkers(&self, cx: &mut Cx<'_>) {
        let Some(data) = cx.data else { return };
        let walkers: HashSet<(Text, Text)> = self.coverage.tests().into_iter().collect();
        let here = data
            .snapshot
            .tests
            .iter()
            .filter(|test| walkers.contains(&(Text::clone(&test.folder), Text::clone(&test.name))));
        let candidates: Vec<Candidate> = here
            .filter_map(|test| {
                let mut candidate = Candidate::plain(test.test_id.clone()?).detail(test.folder.to_string());
                candidate.label = test.name.to_string();
                Some(candidate)
            })
            .collect();
        if candidates.is_empty() {
            cx.toast(Level::Note, "no test of this run walks here");
            return;
        }
        cx.open(Choose::new("Tests that walk here", "walks", cx.me(), candidates));
    }
}
