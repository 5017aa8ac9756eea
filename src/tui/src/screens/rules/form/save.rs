//! Saving: what is wrong, what differs, what is written, and what to do when somebody else was faster.

use std::fmt::Write as _;

use connect_rules_engine::value::Text;
use connect_rules_store::entity::Kind;
use connect_rules_store::service::Edit;
use connect_rules_store::service::rules::{CreateRule, UpdateRule};
use connect_rules_store::{Applied, Entity, Error, Operation, Stale};

use super::conflict::{Conflict, Take, settle};
use super::work::{Work, exported};
use super::{RuleForm, fields};
use crate::message::{Effect, Level};
use crate::overlay::{Candidate, Choose, Confirm, Diff, Explain, Then};
use crate::screen::{Cx, Target};

/// Agreement to write what the difference showed.
pub(super) struct SaveNow;
/// Agreement to write the rule anew because the stored one is gone.
pub(super) struct SaveAsNew;

impl RuleForm {
    /// The rule before and after, as exports hold it.
    fn both(&self) -> (String, String) {
        let before = self.base.as_ref().map(|(rule, _)| exported(rule)).unwrap_or_default();
        (before, exported(&self.work.built()))
    }

    pub(super) fn diff(&mut self, cx: &mut Cx<'_>) {
        let (before, after) = self.both();
        cx.open(Diff::new(format!("Changes of {}", self.title()), &before, &after));
    }

    /// Ctrl-s: refuses with the list of what is wrong, or shows what would be written.
    pub(super) fn submit(&mut self, cx: &mut Cx<'_>) {
        if self.waiting {
            return;
        }
        let operation = if self.base.is_some() { Operation::UpdateRule } else { Operation::CreateRule };
        if let Some(why) = cx.session.refuses(Some(operation), true) {
            cx.toast(Level::Bad, why);
            return;
        }
        self.attempted = true;
        self.check(cx);
        if !self.problems.is_empty() {
            self.form.focus_first_error();
            self.show(cx);
            let mut text = String::new();
            for (id, why) in &self.problems {
                let label = self.form.field(id).map_or("", |field| field.label.trim_start_matches("+ "));
                let label: String = label.split_whitespace().collect::<Vec<_>>().join(" ");
                let _ = writeln!(text, "✗ {label}: {why}");
            }
            let count = self.problems.len();
            let noun = if count == 1 { "thing is" } else { "things are" };
            cx.open(Explain::new(format!("Not saved: {count} {noun} wrong"), text.trim_end()));
            return;
        }
        if self.base.is_some() && self.work.changes() == 0 {
            cx.toast(Level::Note, "nothing changed, so there is nothing to save");
            return;
        }
        let (before, after) = self.both();
        let owner = cx.me();
        let title = format!("Save {}?", self.title());
        cx.open(Diff::new(title, &before, &after).then("save", Then::Answer(owner, Box::new(SaveNow))));
    }

    /// Writes the rule.
    pub(super) fn send(&mut self, cx: &mut Cx<'_>) {
        if self.waiting {
            return;
        }
        self.waiting = true;
        self.keep(cx);
        let rule_set_id = Text::clone(&self.rule_set_id);
        let mut mine = self.work.built();
        match &self.base {
            None => cx.change(CreateRule { rule_set_id, rule: mine }),
            Some((base, rev)) => {
                mine.id.clone_from(&base.id);
                if mine.name != base.name {
                    mine.name = Text::from(mine.name.trim());
                }
                let entity = |rule| Entity::Rule(Text::clone(&rule_set_id), rule);
                cx.change(UpdateRule(Edit { base: entity(base.clone()), rev: *rev, mine: entity(mine) }));
            }
        }
    }

    /// What came of writing.
    pub(super) fn saved(&mut self, result: &Result<Applied, Error>, cx: &mut Cx<'_>) -> bool {
        self.waiting = false;
        match result {
            Ok(applied) => {
                if let Some(path) = self.draft_path.as_ref().filter(|_| self.draft_written) {
                    cx.effects.push(Effect::RemoveFile(path.clone()));
                }
                cx.close();
                let created = applied.rows.iter().find(|(key, rev)| key.kind == Kind::Rule && rev.is_some());
                if let (None, Some((key, _))) = (self.rule_id(), created) {
                    cx.go(Target::Rule(Text::clone(&self.rule_set_id), Text::clone(&key.id)));
                }
                false
            }
            Err(Error::Stale(rows)) => {
                if let Some(row) = rows.first() {
                    self.stale(row, cx);
                }
                true
            }
            Err(Error::Invalid { problems, .. }) => {
                self.attempted = true;
                self.problems = problems
                    .iter()
                    .map(|it| {
                        let field = fields::of_place(&it.place, self.form.fields());
                        (field, format!("{}; {}", it.what, it.fix))
                    })
                    .collect();
                self.mark();
                self.form.focus_first_error();
                false
            }
            Err(error @ Error::Conflict { field: "name", .. }) => {
                self.problems.push(("name".to_owned(), error.to_string()));
                self.touched.insert("name".to_owned());
                self.mark();
                self.form.focus_on("name");
                cx.toast(Level::Bad, format!("not saved: {error}"));
                true
            }
            Err(Error::NotFound { kind: Kind::Rule, .. }) if self.base.is_some() => {
                self.gone("somebody", cx);
                true
            }
            Err(_) => false,
        }
    }

    fn stale(&mut self, row: &Stale, cx: &mut Cx<'_>) {
        let who = row.stamp.as_ref().map_or("somebody", |stamp| &*stamp.updated_by).to_owned();
        if row.theirs.is_none() {
            return self.gone(&who, cx);
        }
        let owner = cx.me();
        cx.open(Conflict::new(owner, &who, row.clashes.clone()));
        self.elsewhere = Some(format!("changed elsewhere by {who}"));
        self.theirs = row.theirs.clone().zip(row.stamp.as_ref().map(|stamp| stamp.rev));
    }

    fn gone(&mut self, who: &str, cx: &mut Cx<'_>) {
        self.elsewhere = Some("deleted elsewhere".to_owned());
        let owner = cx.me();
        let body = format!(
            "{who} deleted the rule while this form was open. Nothing of what you typed is lost: it can be \
             saved as a new rule."
        );
        let then = Then::Answer(owner, Box::new(SaveAsNew));
        cx.open(Confirm::new("The rule is gone", body, "Save as new", then));
    }

    pub(super) fn save_as_new(&mut self, cx: &mut Cx<'_>) {
        self.forget(cx);
        self.base = None;
        self.work.rule.id = None;
        for weight in &mut self.work.rule.weights {
            weight.id = None;
        }
        self.draft_path =
            cx.session.state.as_ref().map(|state| super::drafts::path(state, &self.rule_set_id, None));
        self.elsewhere = None;
        self.send(cx);
    }

    /// Every clash is settled: the edit starts from what is stored now, and is written again.
    pub(super) fn settled(&mut self, settled: &[(String, Take)], cx: &mut Cx<'_>) {
        let Some((Entity::Rule(_, theirs), rev)) = self.theirs.take() else { return };
        let Some((base, _)) = &self.base else { return };
        match settle(&self.rule_set_id, base, &self.work.built(), &theirs, settled) {
            Ok(rule) => {
                self.work = Work { opened: Some(theirs.clone()), rule };
                self.base = Some((theirs, rev));
                self.elsewhere = None;
                self.fresh(cx);
                self.attempted = true;
                if self.problems.is_empty() {
                    self.send(cx);
                } else {
                    self.submit(cx);
                }
            }
            Err(clashes) => {
                self.theirs = Some((Entity::Rule(Text::clone(&self.rule_set_id), theirs), rev));
                let owner = cx.me();
                cx.open(Conflict::new(owner, "somebody", clashes));
            }
        }
    }

    /// Esc: leaves at once if nothing would be lost, else asks.
    pub(super) fn leave(&mut self, cx: &mut Cx<'_>) {
        let changes = self.work.changes();
        if changes == 0 {
            self.forget(cx);
            cx.close();
            return;
        }
        let mut keep = Candidate::plain("Keep draft").detail("it is offered again when the rule is opened");
        if self.draft_path.is_none() {
            keep.refused = Some("there is no folder for drafts".to_owned());
        }
        let candidates = vec![
            keep,
            Candidate::plain("Discard").detail("what was typed is lost"),
            Candidate::plain("Stay").detail("go on with the form"),
        ];
        let noun = if changes == 1 { "change" } else { "changes" };
        let choose =
            Choose::new(format!("Leave with {changes} unsaved {noun}?"), "leave", cx.me(), candidates);
        cx.open(choose);
    }
}
