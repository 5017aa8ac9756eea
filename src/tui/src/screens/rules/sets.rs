//! What is done to rule sets and folders.

use std::fmt::Write as _;
use std::sync::Arc;

use connect_rules_engine::kinds::names::folder_problem;
use connect_rules_engine::model::RuleSet;
use connect_rules_engine::value::{Text, trim};
use connect_rules_store::entity::Kind as Thing;
use connect_rules_store::service::folders::normal;
use connect_rules_store::service::rule_sets::{DeleteRuleSets, EnableRuleSets, MoveRuleSets, RenameRuleSet};
use connect_rules_store::service::{Picked, Plan};
use connect_rules_store::{Error, Role};
use rustc_hash::FxHashMap;

use super::Rules;
use super::facts::{self, Used};
use super::set_forms::{clone, create, edit, folders, refused_name, rename_folder};
use crate::data::Data;
use crate::message::{Level, Owner};
use crate::overlay::{Candidate, Choose, Chosen, Confirm, Edit, Submit, Then};
use crate::screen::{Cx, Request, ScreenId, Target};
use crate::widgets::form::{Field, Form, Kind};

/// A rule set is to get that name.
pub(super) struct RenameTo {
    id: Text,
    name: Text,
}

/// What a rename would change, or why it cannot be.
pub(super) struct RenamePlanned {
    rename: RenameTo,
    plan: Result<Plan, Error>,
}

impl Rules {
    /// Commands on rule sets. Tells whether it was one.
    pub(super) fn run_on_sets(&mut self, command: &str, cx: &mut Cx<'_>) -> bool {
        let Some(data) = cx.data.cloned() else {
            return command.ends_with("Set") || command.ends_with("Sets");
        };
        match command {
            "rules.open" => match self.tree.current().map(|row| row.open.is_some()) {
                Some(true) => {
                    self.tree.toggle();
                    self.follow(Some(&data));
                }
                Some(false) => self.focus(super::Pane::List),
                None => {}
            },
            "rules.createSet" => cx.open(create(&self.tree.folder())),
            "rules.editSet" => {
                if let Some(set) = self.the_set(&data) {
                    cx.open(edit(set, &data));
                }
            }
            "rules.cloneSet" => {
                if let Some(set) = self.the_set(&data) {
                    cx.open(clone(set));
                }
            }
            "rules.renameSet" => match (self.the_set(&data), self.tree.current()) {
                (Some(set), _) => cx.open(rename(set, &set.name)),
                (None, Some(row)) => cx.open(rename_folder(&row.key)),
                (None, None) => {}
            },
            "rules.moveSets" => self.ask_folder(&data, cx),
            "rules.deleteSets" => self.delete_sets(&data, false, cx),
            "rules.toggleSets" => self.toggle_sets(&data, cx),
            "rules.markSet" => self.mark_sets(&data),
            _ => return false,
        }
        true
    }

    /// The marked rule sets, or the one under the cursor, or those of the folder under it.
    pub(super) fn chosen_sets(&self) -> Vec<Text> {
        if !self.marked_sets.is_empty() {
            let mut marked: Vec<Text> = self.marked_sets.iter().cloned().collect();
            marked.sort_unstable();
            return marked;
        }
        match (&self.set, self.tree.current()) {
            (Some(set), _) => vec![Text::clone(set)],
            (None, Some(row)) => self.tree.under(&row.key),
            (None, None) => Vec::new(),
        }
    }

    fn mark_sets(&mut self, data: &Arc<Data>) {
        let ids = match (&self.set, self.tree.current()) {
            (Some(set), _) => vec![Text::clone(set)],
            (None, Some(row)) => self.tree.under(&row.key),
            (None, None) => return,
        };
        let all = ids.iter().all(|id| self.marked_sets.contains(id));
        for id in ids {
            if all {
                self.marked_sets.remove(&id);
            } else {
                self.marked_sets.insert(id);
            }
        }
        self.tree.list.run("move.down");
        self.follow(Some(data));
    }

    fn toggle_sets(&mut self, data: &Data, cx: &mut Cx<'_>) {
        let ids = self.chosen_sets();
        let first = self.the_set(data).filter(|set| set.id.as_ref().is_some_and(|id| ids.contains(id)));
        let first = first.or_else(|| data.rule_set(ids.first()?));
        if let Some(enabled) = first.map(|set| !set.enabled) {
            cx.change(EnableRuleSets { which: ids.into_iter().map(Picked::any).collect(), enabled });
        }
    }

    fn ask_folder(&mut self, data: &Data, cx: &mut Cx<'_>) {
        let count = self.chosen_sets().len();
        if count > 0 {
            let title = format!("Move {} to the folder", counted(count, "rule set"));
            let choose = Choose::new(title, "folder", cx.me(), folders(data)).at(&self.tree.folder());
            cx.open(choose.free());
        }
    }

    /// Moves what is chosen to a folder that was picked or typed.
    pub(super) fn move_to_folder(&mut self, folder: &str, cx: &mut Cx<'_>) {
        let folder = normal(&if folder.starts_with('/') { folder.to_owned() } else { format!("/{folder}") });
        if let Some(problem) = folder_problem(&folder) {
            cx.toast(Level::Bad, format!("not moved: the folder {problem}"));
            cx.open(crate::overlay::edit::ask("Move to the folder", "Folder", &folder, "folder", cx.me()));
            return;
        }
        let ids = self.chosen_sets();
        self.wanted = ids.first().map(|id| Target::RuleSet(Text::clone(id)));
        let which = ids.into_iter().map(Picked::any).collect();
        self.unmark = true;
        cx.change(MoveRuleSets { which, folder });
    }

    /// Asks whether the chosen rule sets are deleted, or shows who refers to them.
    pub(super) fn delete_sets(&mut self, data: &Arc<Data>, anyway: bool, cx: &mut Cx<'_>) {
        let ids = self.chosen_sets();
        let sets: Vec<&RuleSet> = ids.iter().filter_map(|id| data.rule_set(id)).collect();
        if sets.is_empty() {
            return;
        }
        let users = self.users_outside(&sets, data);
        if !users.is_empty() && !anyway {
            cx.open(in_use(&sets, &users, data, cx));
            return;
        }
        let count: usize = sets.iter().map(|set| set.rules.len()).sum();
        let names: Vec<String> =
            sets.iter().map(|set| format!("  {}/{}", set.folder.trim_end_matches('/'), set.name)).collect();
        let mut body = format!(
            "{} with {} {} deleted:\n\n{}",
            counted(sets.len(), "rule set"),
            counted(count, "rule"),
            if sets.len() == 1 { "is" } else { "are" },
            names.join("\n")
        );
        let numbers: Vec<&str> = sets.iter().flat_map(|set| &set.end_points).map(|name| &**name).collect();
        if !numbers.is_empty() {
            let _ = write!(body, "\n\nThese end points lead nowhere then: {}.", numbers.join(", "));
        }
        if !users.is_empty() {
            let _ = write!(body, "\n\n{} will lead nowhere.", counted(users.len(), "reference"));
        }
        let which = sets
            .iter()
            .map(|set| {
                let id = set.id.clone().unwrap_or_default();
                Picked { rev: Some(data.snapshot.rev(Thing::RuleSet, &id)), id }
            })
            .collect();
        let action = DeleteRuleSets { which, anyway };
        let then = Then::Change(Owner::Screen(ScreenId::Rules), Box::new(action));
        let title = if sets.len() == 1 {
            format!("Delete {}?", sets[0].name)
        } else {
            "Delete rule sets?".to_owned()
        };
        cx.open(Confirm::new(title, body, "Delete", then).guarded(&cx.session.environment));
    }

    fn users_outside(&self, sets: &[&RuleSet], data: &Data) -> Vec<Used> {
        let facts = self.facts.as_ref().filter(|facts| facts.mark == data.snapshot.mark);
        let fresh = if facts.is_none() { facts::users(data) } else { FxHashMap::default() };
        let of = |name: &str| match facts {
            Some(facts) => facts.users(name),
            None => fresh.get(name).map_or(&[][..], Vec::as_slice),
        };
        let inside = |used: &&Used| !sets.iter().any(|set| set.id.as_ref() == Some(&used.set));
        sets.iter().flat_map(|set| of(&set.name).iter().filter(inside)).cloned().collect()
    }
}

/// `1 rule`, `2 rules`.
pub(super) fn counted(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

/// What is in a folder, in lines.
pub(super) fn folder_lines(ids: &[Text], data: &Data) -> Vec<String> {
    let sets: Vec<&RuleSet> = ids.iter().filter_map(|id| data.rule_set(id)).collect();
    let off = sets.iter().filter(|set| !set.enabled).count();
    let rules = sets.iter().map(|set| set.rules.len()).sum();
    let numbers = sets.iter().map(|set| set.end_points.len()).sum();
    vec![
        format!("{}, {off} disabled", counted(sets.len(), "rule set")),
        counted(rules, "rule"),
        counted(numbers, "end point"),
        String::new(),
        "n creates a rule set here. r renames the folder with all that is in it and below.".to_owned(),
        "v marks all of it, for m move, d delete, space on/off and x export.".to_owned(),
    ]
}

/// Who refers to rule sets that cannot be deleted for it; choosing one goes there.
fn in_use(sets: &[&RuleSet], users: &[Used], data: &Data, cx: &Cx<'_>) -> Choose {
    let what = if sets.len() == 1 { sets[0].name.to_string() } else { counted(sets.len(), "rule set") };
    let mut candidates = super::lead::user_candidates(users, data);
    if cx.session.actor.role == Role::Administrator {
        let label = format!("Delete anyway: {} will lead nowhere", counted(users.len(), "reference"));
        candidates.push(Candidate {
            value: Text::from("anyway"),
            label,
            detail: String::new(),
            refused: None,
        });
    }
    Choose::new(format!("{what} cannot be deleted while these lead there"), "inUse", cx.me(), candidates)
}

/// Asks for the new name of a rule set; what follows from it is shown before it is done.
fn rename(set: &RuleSet, typed: &str) -> Edit {
    let (id, own) = (set.id.clone().unwrap_or_default(), Text::clone(&set.name));
    let mut field = Field::new("name", "New name", Kind::Line, &own)
        .hint("every place that names the rule set is shown before anything is written");
    field.set(typed);
    Edit::new(format!("Rename rule set ── {own}"), Form::new(vec![field]), move |form, cx| {
        let name = Text::from(trim(&form.value("name")));
        let rename = RenameTo { id: Text::clone(&id), name };
        cx.requests.push(Request::Answer(Owner::Screen(ScreenId::Rules), Box::new(rename)));
        Submit::Done
    })
    .check(move |form, cx| {
        let name = form.value("name");
        let same = trim(&name) == &*own;
        let why = if same { Some("this is its name now".to_owned()) } else { refused_name(&name, None, cx) };
        why.map(|why| ("name".to_owned(), why)).into_iter().collect()
    })
}

/// Finds out what a rename changes.
pub(super) fn plan_rename(rename: RenameTo, cx: &mut Cx<'_>) {
    let actor = cx.session.actor.clone();
    cx.look("planning the rename", move |job| {
        let action =
            RenameRuleSet { which: Picked::any(Text::clone(&rename.id)), name: Text::clone(&rename.name) };
        let plan = job.wait(job.backend.plan(&actor, &action));
        RenamePlanned { rename, plan }
    });
}

/// Shows what a rename changes and asks.
pub(super) fn show_rename(planned: RenamePlanned, cx: &mut Cx<'_>) {
    let RenamePlanned { rename: to, plan } = planned;
    let plan = match plan {
        Ok(plan) => plan,
        Err(error) => {
            // The name that was typed is offered again below the explanation.
            if let Some(set) = cx.data.and_then(|data| data.rule_set(&to.id)) {
                cx.open(rename(set, &to.name));
            }
            super::explain(&error, cx);
            return;
        }
    };
    let rules = plan.changes.len().saturating_sub(1);
    let mut body = format!(
        "{}\n\n{} rewritten.",
        plan.title,
        if rules == 1 { "1 rule is".to_owned() } else { format!("{rules} rules are") }
    );
    for note in &plan.notes {
        let _ = write!(body, "\n· {}: {}", note.place, note.what);
        if !note.fix.is_empty() {
            let _ = write!(body, "; {}", note.fix);
        }
    }
    let action = RenameRuleSet { which: Picked::any(to.id), name: to.name };
    let then = Then::Change(Owner::Screen(ScreenId::Rules), Box::new(action));
    cx.open(Confirm::new("Rename?", body, "Rename", then).guarded(&cx.session.environment));
}

impl Rules {
    /// The answer of a picker.
    pub(super) fn chosen(&mut self, chosen: &Chosen, cx: &mut Cx<'_>) {
        let Some(data) = cx.data.cloned() else { return };
        match (&*chosen.tag, &*chosen.value) {
            ("folder", folder) => self.move_to_folder(folder, cx),
            ("inUse", "anyway") => self.delete_sets(&data, true, cx),
            ("moveRules", set) => self.move_rules(set, cx),
            (_, place) => super::lead::go(place, cx),
        }
    }
}
