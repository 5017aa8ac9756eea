//! What is done to rules.

use connect_rules_engine::compat::Compat;
use connect_rules_engine::export;
use connect_rules_engine::json;
use connect_rules_engine::kinds::names::name_problem;
use connect_rules_engine::model::{Rule, RuleSet, read};
use connect_rules_engine::value::{Text, trim};
use connect_rules_store::entity::Kind as Thing;
use connect_rules_store::service::rules::{
    CloneRule, CreateRule, DeleteRules, EnableRules, MoveRules, RenameRule, ReorderRules,
};
use connect_rules_store::service::{Action, Picked, Plan};
use connect_rules_store::{Actor, Applied, Error, Operation, Snapshot};

use super::Rules;
use super::form::{self, RuleForm};
use super::sets::counted;
use crate::data::Data;
use crate::message::{Level, Owner};
use crate::overlay::{Candidate, Choose, Confirm, Edit, Submit, Then};
use crate::screen::{Cx, ScreenId, Target};
use crate::widgets::form::{Field, Form, Kind};

impl Rules {
    /// Commands on rules. Tells whether it was one.
    pub(super) fn run_on_rules(&mut self, command: &str, cx: &mut Cx<'_>) -> bool {
        let Some(data) = cx.data.cloned() else { return false };
        let found = self.the_rule(&data);
        match command {
            "rules.edit" => {
                let form = self
                    .set
                    .as_ref()
                    .zip(self.rule_id())
                    .and_then(|(set, rule)| RuleForm::edit(cx, set, rule));
                if let Some(form) = form {
                    cx.open(form);
                }
            }
            "rules.createRule" => {
                if let Some(set) = &self.set {
                    cx.open(RuleForm::create(cx, set));
                }
            }
            "rules.clone" => {
                if let Some((set, rule)) = found {
                    cx.open(clone(set, rule));
                }
            }
            "rules.rename" => {
                if let Some((set, rule)) = found {
                    cx.open(rename(set, rule));
                }
            }
            "rules.move" => {
                let title = format!("Move {} to the rule set", counted(self.chosen_rules().len(), "rule"));
                cx.open(Choose::new(title, "moveRules", cx.me(), rule_sets(&data, self.set.as_ref())));
            }
            "rules.delete" => self.delete_rules(&data, cx),
            "rules.toggle" => {
                if let Some((_, rule)) = found {
                    let which = self.chosen_rules().into_iter().map(Picked::any).collect();
                    cx.change(EnableRules { which, enabled: !rule.enabled });
                }
            }
            "rules.up" => self.reorder(self.list.cursor().checked_sub(1), cx),
            "rules.down" => self.reorder(Some(self.list.cursor() + 1), cx),
            "rules.mark" => {
                if let Some(id) = self.rule_id().cloned() {
                    if !self.marked.remove(&id) {
                        self.marked.insert(id);
                    }
                    self.list.run("move.down");
                }
            }
            "rules.copy" => self.copy(&data, cx),
            "rules.paste" => {
                if let Some(rule_set_id) = self.set.clone() {
                    cx.change(PasteRules { rule_set_id, rules: self.clipboard.clone() });
                }
            }
            _ => return false,
        }
        true
    }

    /// Once after the start: what was typed and never saved is offered, to those who could save it.
    pub(super) fn look_for_drafts(&mut self, cx: &mut Cx<'_>) {
        if std::mem::replace(&mut self.looked, true)
            || cx.session.state.is_none()
            || cx.session.refuses(Some(Operation::UpdateRule), true).is_some()
        {
            return;
        }
        if let Some(data) = cx.data.cloned() {
            let session = cx.session.clone();
            cx.look("looking for drafts of rules", move |_| form::look(&session, &data));
        }
    }

    /// Goes on with a draft, on the screen of its rule.
    pub(super) fn open_draft(open: &form::OpenDraft, cx: &mut Cx<'_>) {
        match RuleForm::restored(cx, open) {
            Some(form) => {
                cx.go(open.place());
                cx.open(form);
            }
            None => cx.toast(Level::Bad, "the draft cannot be read, or its rule set is gone"),
        }
    }

    /// The marked rules in the order they run, or the one under the cursor.
    fn chosen_rules(&self) -> Vec<Text> {
        let marked = self.rows.iter().map(|row| &row.id).filter(|id| self.marked.contains(*id));
        let marked: Vec<Text> = marked.cloned().collect();
        if marked.is_empty() { self.rule_id().cloned().into_iter().collect() } else { marked }
    }

    /// Puts the rule under the cursor to another place. The list shows it at once, so that the next press of
    /// the key goes on from there.
    fn reorder(&mut self, to: Option<usize>, cx: &mut Cx<'_>) {
        let from = self.list.cursor();
        let (Some(to), Some(set)) = (to.filter(|to| *to < self.rows.len()), self.set.clone()) else { return };
        self.rows.swap(from, to);
        self.list.select(to);
        let order = self.rows.iter().map(|row| Text::clone(&row.id)).collect();
        cx.change(ReorderRules { rule_set_id: set, order });
    }

    fn delete_rules(&mut self, data: &Data, cx: &mut Cx<'_>) {
        let Some(set) = self.the_set(data) else { return };
        let ids = self.chosen_rules();
        let rules: Vec<&Rule> =
            set.rules.iter().filter(|rule| rule.id.as_ref().is_some_and(|id| ids.contains(id))).collect();
        if rules.is_empty() {
            return;
        }
        let weights: usize = rules.iter().map(|rule| rule.weights.len()).sum();
        let lines: Vec<String> =
            rules.iter().map(|rule| format!("  {} ({})", rule.name, rule.rule_type)).collect();
        let body = format!(
            "{} with {} deleted from {}:\n\n{}\n\nA contact that stands on it now starts the rule set again.",
            counted(rules.len(), "rule"),
            format_args!("{} {}", counted(weights, "weight"), if rules.len() == 1 { "is" } else { "are" }),
            set.name,
            lines.join("\n")
        );
        let picked = |id: Text| Picked { rev: Some(data.snapshot.rev(Thing::Rule, &id)), id };
        let action = DeleteRules(ids.into_iter().map(picked).collect());
        let then = Then::Change(Owner::Screen(ScreenId::Rules), Box::new(action));
        let title =
            if rules.len() == 1 { format!("Delete {}?", rules[0].name) } else { "Delete rules?".to_owned() };
        cx.open(Confirm::new(title, body, "Delete", then).guarded(&cx.session.environment));
    }

    /// Moves the chosen rules to the rule set with that identifier.
    pub(super) fn move_rules(&mut self, set: &str, cx: &mut Cx<'_>) {
        let which = self.chosen_rules().into_iter().map(Picked::any).collect();
        self.unmark = true;
        cx.change(MoveRules { which, to: Text::from(set) });
    }

    fn copy(&mut self, data: &Data, cx: &mut Cx<'_>) {
        let Some(set) = self.the_set(data) else { return };
        let ids = self.chosen_rules();
        let rules: Vec<Rule> = set
            .rules
            .iter()
            .filter(|rule| rule.id.as_ref().is_some_and(|id| ids.contains(id)))
            .cloned()
            .collect();
        let text = json_of(&rules);
        self.clipboard = rules;
        cx.copy(text);
    }

    /// Text from the terminal's clipboard: rules as they were copied are asked about.
    pub(super) fn paste_text(&mut self, text: &str, cx: &mut Cx<'_>) {
        if let Err(why) = cx.session.refuses(Some(Operation::CreateRule), true).map_or(Ok(()), Err) {
            cx.toast(Level::Bad, why);
            return;
        }
        let rules = rules_of(text);
        let set = cx.data.and_then(|data| self.the_set(data));
        let (Some(rules), Some(set)) = (rules, set) else {
            cx.toast(Level::Note, "only rules that were copied as JSON can be pasted into a rule set");
            return;
        };
        let names: Vec<&str> = rules.iter().map(|rule| &*rule.name).collect();
        let body = format!("{} get {}: {}.", set.name, counted(rules.len(), "rule"), names.join(", "));
        let action = PasteRules { rule_set_id: set.id.clone().unwrap_or_default(), rules: rules.clone() };
        self.clipboard = rules;
        let then = Then::Change(Owner::Screen(ScreenId::Rules), Box::new(action));
        cx.open(Confirm::new("Paste rules?", body, "Paste", then));
    }
}

/// Rules as a JSON list, as they stand in an export.
pub(super) fn json_of(rules: &[Rule]) -> String {
    let set = RuleSet {
        id: None,
        name: Text::from("copy"),
        description: Text::default(),
        enabled: true,
        end_points: Vec::new(),
        folder: Text::from("/"),
        rules: rules.to_vec(),
    };
    json::print(&export::value(&set, Compat::Corrected).member("rules")).unwrap_or_default()
}

/// The rules of such a list.
fn rules_of(text: &str) -> Option<Vec<Rule>> {
    let text = trim(text);
    if !text.starts_with('[') {
        return None;
    }
    let read = read::rule_sets(&format!(r#"[{{"name":"copy","rules":{text}}}]"#)).ok()?;
    let rules = read.rule_sets.into_iter().next()?.rules;
    (!rules.is_empty() && rules.iter().all(|rule| !rule.name.is_empty())).then_some(rules)
}

/// Adds copied rules to a rule set, under names that are free there.
struct PasteRules {
    rule_set_id: Text,
    rules: Vec<Rule>,
}

impl Action for PasteRules {
    fn operation(&self) -> Operation {
        Operation::CreateRule
    }

    fn plan(&self, now: &Snapshot, actor: &Actor) -> Result<Plan, Error> {
        let set = now.rule_set(&self.rule_set_id)?;
        let mut taken: Vec<Text> = set.rules.iter().map(|rule| Text::clone(&rule.name)).collect();
        let mut whole = Plan {
            title: format!("paste {} into {}", counted(self.rules.len(), "rule"), set.name),
            changes: Vec::new(),
            notes: Vec::new(),
        };
        for rule in &self.rules {
            let name = free_name(&rule.name, |name| taken.iter().any(|known| &**known == name));
            let rule = Rule { name: Text::clone(&name), ..rule.clone() };
            taken.push(name);
            let plan = CreateRule { rule_set_id: Text::clone(&self.rule_set_id), rule }.plan(now, actor)?;
            whole.changes.extend(plan.changes);
            whole.notes.extend(plan.notes);
        }
        Ok(whole)
    }
}

/// The name itself, or the first of `<name> copy`, `<name> copy 2`… that is free and not too long.
fn free_name(name: &str, is_taken: impl Fn(&str) -> bool) -> Text {
    if !is_taken(name) {
        return Text::from(name);
    }
    (1..10_000)
        .map(|n| {
            let end = if n == 1 { " copy".to_owned() } else { format!(" copy {n}") };
            let start: String = name.chars().take(64 - end.len()).collect();
            format!("{}{end}", start.trim_end())
        })
        .find(|name| !is_taken(name))
        .map_or_else(|| Text::from(name), Text::from)
}

fn rule_sets(data: &Data, without: Option<&Text>) -> Vec<Candidate> {
    let mut sets: Vec<&RuleSet> = data
        .workspace
        .rule_sets()
        .iter()
        .map(|set| &**set)
        .filter(|set| set.id.as_ref() != without)
        .collect();
    sets.sort_by(|a, b| a.name.cmp(&b.name));
    let candidate = |set: &RuleSet| Candidate {
        value: set.id.clone().unwrap_or_default(),
        label: set.name.to_string(),
        detail: set.folder.to_string(),
        refused: None,
    };
    sets.into_iter().map(candidate).collect()
}

fn refused_name(name: &str, set: Option<&RuleSet>) -> Option<String> {
    let name = trim(name);
    if let Some(problem) = name_problem(name) {
        return Some(format!("the name {problem}"));
    }
    let set = set?;
    let taken = set.rules.iter().any(|rule| &*rule.name == name);
    taken.then(|| format!("{} has a rule of this name", set.name))
}

/// The form of a clone.
fn clone(set: &RuleSet, rule: &Rule) -> Edit {
    let id = rule.id.clone().unwrap_or_default();
    let name = free_name(&rule.name, |name| set.rules.iter().any(|rule| &*rule.name == name));
    let form = Form::new(vec![
        Field::new("name", "Name of the clone", Kind::Line, &name),
        Field::new("into", "Into", Kind::Pick, &set.name).hint("the rule set that gets it; enter lists them"),
    ]);
    Edit::new(format!("Clone rule ── {} / {}", set.name, rule.name), form, move |form, cx| {
        let into = cx.data.and_then(|data| data.rule_set_named(trim(&form.value("into")))?.id.clone());
        cx.change(CloneRule { id: Text::clone(&id), name: Text::from(trim(&form.value("name"))), into });
        Submit::Sent
    })
    .check(|form, cx| {
        let mut out = Vec::new();
        let into = cx.data.and_then(|data| data.rule_set_named(trim(&form.value("into"))));
        if into.is_none() {
            out.push(("into".to_owned(), "there is no such rule set".to_owned()));
        }
        out.extend(refused_name(&form.value("name"), into).map(|why| ("name".to_owned(), why)));
        out
    })
    .candidates(|_, _, cx| {
        let sets = cx.data.map(|data| rule_sets(data, None)).unwrap_or_default();
        sets.into_iter().map(|it| Candidate { value: Text::from(it.label.as_str()), ..it }).collect()
    })
    .after(go_to_new)
}

/// Goes to the rule that a change created.
fn go_to_new(applied: &Applied, cx: &mut Cx<'_>) {
    // Its rule set is known from the next reading only: the screen finds it by the rule alone.
    if let Some((key, _)) = applied.rows.iter().find(|(key, _)| key.kind == Thing::Rule) {
        cx.go(Target::Rule(Text::default(), Text::clone(&key.id)));
    }
}

/// The form of a new name.
fn rename(set: &RuleSet, rule: &Rule) -> Edit {
    let (set_id, id) = (set.id.clone().unwrap_or_default(), rule.id.clone().unwrap_or_default());
    let own = Text::clone(&rule.name);
    let form = Form::new(vec![
        Field::new("name", "New name", Kind::Line, &own),
        Field::new("", "", Kind::Heading, ""),
        Field::new("", "Contacts that stand on this rule keep the old name and fail", Kind::Heading, ""),
        Field::new("", "at their next step: rename while few calls are running.", Kind::Heading, ""),
    ]);
    Edit::new(format!("Rename rule ── {} / {own}", set.name), form, move |form, cx| {
        let name = Text::from(trim(&form.value("name")));
        cx.change(RenameRule { which: Picked::any(Text::clone(&id)), name });
        Submit::Sent
    })
    .check(move |form, cx| {
        let name = form.value("name");
        let set = cx.data.and_then(|data| data.rule_set(&set_id));
        let why = if trim(&name) == &*own {
            Some("this is its name now".to_owned())
        } else {
            refused_name(&name, set)
        };
        why.map(|why| ("name".to_owned(), why)).into_iter().collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copied_rules_read_back_as_they_were() {
        let text = r#"[{"name":"r","description":"","priority":"10","activation":"0","type":"Terminate","enabled":true,"params":{},"weights":[]}]"#;
        let rules = rules_of(text).unwrap();
        assert_eq!(json_of(&rules), text);
        for bad in ["", "x", "[]", "{}", "[1]", r#"[{"name":"r"}],"x":[1"#] {
            assert!(rules_of(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn free_names_are_counted_and_stay_short() {
        assert_eq!(&*free_name("a", |name| matches!(name, "a" | "a copy")), "a copy 2");
        assert_eq!(free_name(&"x".repeat(64), |name| name.len() > 63 && name.ends_with('x')).len(), 64);
    }
}
