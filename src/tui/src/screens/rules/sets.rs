//! What is done to rule sets and folders.

use std::sync::Arc;

use connect_rules_engine::kinds::names::{folder_problem, name_problem};
use connect_rules_engine::model::RuleSet;
use connect_rules_engine::value::{Text, trim};
use connect_rules_store::entity::{Entity, Kind as Thing};
use connect_rules_store::service::folders::{RenameFolder, Tree as Folders, is_within, normal};
use connect_rules_store::service::rule_sets::{
    CloneRuleSet, CreateRuleSet, DeleteRuleSets, EnableRuleSets, MoveRuleSets, RenameRuleSet, UpdateRuleSet,
};
use connect_rules_store::service::{Edit as Edited, Picked, Plan};
use connect_rules_store::snapshot::head;
use connect_rules_store::{Applied, Error, Role};

use super::Rules;
use super::facts::{self, Used};
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
            "rules.markSet" => self.mark_sets(),
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

    fn mark_sets(&mut self) {
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
        let which = self.chosen_sets().into_iter().map(Picked::any).collect();
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
            body.push_str(&format!("\n\nThese end points lead nowhere then: {}.", numbers.join(", ")));
        }
        if !users.is_empty() {
            body.push_str(&format!("\n\n{} will lead nowhere.", counted(users.len(), "reference")));
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
        let fresh;
        let facts = self.facts.as_ref().filter(|facts| facts.mark == data.snapshot.mark);
        if facts.is_none() {
            fresh = facts::users(data);
        } else {
            fresh = rustc_hash::FxHashMap::default();
        }
        let of = |name: &str| {
            facts.map_or_else(|| fresh.get(name).map_or(&[][..], Vec::as_slice), |it| it.users(name))
        };
        let inside = |used: &&Used| !sets.iter().any(|set| set.id.as_ref() == Some(&used.set));
        sets.iter().flat_map(|set| of(&set.name).iter().filter(inside)).cloned().collect()
    }
}

/// `1 rule`, `2 rules`.
pub(super) fn counted(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
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

/// The folders of all rule sets.
fn folders(data: &Data) -> Vec<Candidate> {
    let mut all: Vec<&str> = vec!["/"];
    for set in data.workspace.rule_sets() {
        let mut folder = &*set.folder;
        while !folder.is_empty() {
            all.push(folder);
            folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
        }
    }
    all.sort_unstable();
    all.dedup();
    all.into_iter().map(Candidate::plain).collect()
}

/// Why a name cannot be that of a rule set.
fn refused_name(name: &str, own: Option<&Text>, cx: &Cx<'_>) -> Option<String> {
    let name = trim(name);
    if own.is_some_and(|own| &**own == name) {
        return None;
    }
    if let Some(problem) = name_problem(name) {
        return Some(format!("the name {problem}"));
    }
    let taken = cx.data.is_some_and(|data| data.rule_set_named(name).is_some());
    taken.then(|| "there is a rule set of this name".to_owned())
}

fn attributes(set: &RuleSet) -> Vec<Field> {
    vec![
        Field::new("folder", "Folder", Kind::Pick, &set.folder)
            .hint("enter lists the folders; a new one is made by writing it"),
        Field::new("description", "Description", Kind::Area(3), &set.description),
        Field::new("enabled", "Enabled", Kind::Flag, if set.enabled { "true" } else { "false" })
            .hint("calls never see a disabled rule set; space changes it"),
        Field::new("endPoints", "End points", Kind::Pick, &set.end_points.join(", "))
            .hint("whose calls start here, with commas; enter lists them: choosing claims or releases one"),
    ]
}

fn names(list: &str) -> Vec<Text> {
    let mut out: Vec<Text> = Vec::new();
    for name in list.split(',').map(trim).filter(|name| !name.is_empty()) {
        if !out.iter().any(|known| &**known == name) {
            out.push(Text::from(name));
        }
    }
    out
}

fn filled(set: &mut RuleSet, form: &Form, only_changed: bool) {
    for field in form.fields().iter().filter(|field| !only_changed || field.is_changed()) {
        let value = field.value();
        match &*field.id {
            "folder" => set.folder = normal(&value),
            "description" => set.description = Text::from(value),
            "enabled" => set.enabled = value == "true",
            "endPoints" => set.end_points = names(&value),
            _ => {}
        }
    }
}

/// What is wrong with the attributes of a rule set; `own` are the end points it has already.
fn check(form: &Form, id: Option<&Text>, own: &[Text], cx: &Cx<'_>) -> Vec<(String, String)> {
    let mut out = Vec::new();
    if let Some(problem) = folder_problem(&normal(&form.value("folder"))) {
        out.push(("folder".to_owned(), format!("the folder {problem}; write it like /Service/Night")));
    }
    if form.value("description").chars().count() > 1024 {
        out.push(("description".to_owned(), "is longer than 1024 characters".to_owned()));
    }
    let Some(data) = cx.data else { return out };
    for name in names(&form.value("endPoints")).iter().filter(|name| !own.contains(name)) {
        let known = data.snapshot.end_points.iter().any(|it| it.name == *name);
        let why = match holder(name, id, data) {
            Some(set) => format!("{name} leads to {} already; release it there first", set.name),
            None if !known => format!("there is no end point {name}; Admin makes one"),
            None => continue,
        };
        out.push(("endPoints".to_owned(), why));
        break;
    }
    out
}

fn holder<'a>(end_point: &Text, not: Option<&Text>, data: &'a Data) -> Option<&'a RuleSet> {
    let sets = data.workspace.rule_sets();
    sets.iter().find(|set| set.id.as_ref() != not && set.end_points.contains(end_point))
}

fn candidates(field: &str, form: &Form, id: Option<&Text>, cx: &Cx<'_>) -> Vec<Candidate> {
    let Some(data) = cx.data else { return Vec::new() };
    if field == "folder" {
        return folders(data);
    }
    let held = names(&form.value("endPoints"));
    let mut out = Vec::new();
    for it in &data.snapshot.end_points {
        let has = held.contains(&it.name);
        let mut list: Vec<Text> = held.iter().filter(|name| **name != it.name).cloned().collect();
        if !has {
            list.push(Text::clone(&it.name));
        }
        list.sort_unstable();
        let other = holder(&it.name, id, data).filter(|_| !has);
        let numbers: Vec<&str> = it.inbound_numbers.iter().map(|number| &**number).collect();
        out.push(Candidate {
            value: Text::from(list.join(", ")),
            label: format!("{} {}", if has { "release" } else { "claim  " }, it.name),
            detail: numbers.join(", "),
            refused: other.map(|set| format!("leads to {}", set.name)),
        });
    }
    out
}

/// The form of a new rule set.
fn create(folder: &Text) -> Edit {
    let set = RuleSet {
        id: None,
        name: Text::default(),
        description: Text::default(),
        enabled: true,
        end_points: Vec::new(),
        folder: Text::clone(folder),
        rules: Vec::new(),
    };
    let mut fields = vec![Field::new("name", "Name", Kind::Line, "")];
    fields.extend(attributes(&set));
    Edit::new("New rule set", Form::new(fields), move |form, cx| {
        let mut set = set.clone();
        filled(&mut set, form, false);
        set.name = Text::from(trim(&form.value("name")));
        cx.change(CreateRuleSet(set));
        Submit::Sent
    })
    .check(|form, cx| {
        let mut out = check(form, None, &[], cx);
        out.extend(refused_name(&form.value("name"), None, cx).map(|why| ("name".to_owned(), why)));
        out
    })
    .candidates(|field, form, cx| candidates(field, form, None, cx))
    .after(go_to_new)
}

/// Goes to the rule set that a change created.
fn go_to_new(applied: &Applied, cx: &mut Cx<'_>) {
    if let Some((key, _)) = applied.rows.iter().find(|(key, _)| key.kind == Thing::RuleSet) {
        cx.go(Target::RuleSet(Text::clone(&key.id)));
    }
}

/// The form of the attributes of a rule set.
fn edit(set: &RuleSet, data: &Data) -> Edit {
    let base = head(set);
    let id = base.id.clone().unwrap_or_default();
    let rev = data.snapshot.rev(Thing::RuleSet, &id);
    let mut fields = vec![Field::new("name", "Name", Kind::Line, &set.name).fixed()];
    fields.extend(attributes(set));
    let mut form = Form::new(fields);
    form.focus_on("folder");
    let (own, me) = (base.end_points.clone(), base.id.clone());
    let other = me.clone();
    Edit::new(format!("Edit rule set ── {}", set.name), form, move |form, cx| {
        let (mut base, mut rev, mut told) = (base.clone(), rev, false);
        // Once told what the other person wrote, saving again means mine, for what I changed.
        if form.fields().iter().any(|field| field.warning.is_some())
            && let Some((now, theirs)) = cx.data.and_then(|data| Some((&data.snapshot, data.rule_set(&id)?)))
        {
            (base, rev, told) = (head(theirs), now.rev(Thing::RuleSet, &id), true);
        }
        let mut mine = base.clone();
        filled(&mut mine, form, told);
        cx.change(UpdateRuleSet(Edited { base: Entity::RuleSet(base), rev, mine: Entity::RuleSet(mine) }));
        Submit::Sent
    })
    .check(move |form, cx| check(form, me.as_ref(), &own, cx))
    .candidates(move |field, form, cx| candidates(field, form, other.as_ref(), cx))
}

/// The form of a clone.
fn clone(set: &RuleSet) -> Edit {
    let id = set.id.clone().unwrap_or_default();
    let form = Form::new(vec![
        Field::new("name", "Name of the clone", Kind::Line, &format!("{} copy", set.name)),
        Field::new("repoint", "Own references", Kind::Flag, "true")
            .hint("rules that lead back to the rule set lead to the clone; no: to the original"),
    ]);
    Edit::new(format!("Clone rule set ── {}", set.name), form, move |form, cx| {
        let name = Text::from(trim(&form.value("name")));
        cx.change(CloneRuleSet { id: Text::clone(&id), name, repoint: form.value("repoint") == "true" });
        Submit::Sent
    })
    .check(|form, cx| {
        refused_name(&form.value("name"), None, cx).map(|why| ("name".to_owned(), why)).into_iter().collect()
    })
    .after(go_to_new)
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
    cx.job("planning the rename", move |job| {
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
        body.push_str(&format!("\n· {}: {}", note.place, note.what));
        if !note.fix.is_empty() {
            body.push_str(&format!("; {}", note.fix));
        }
    }
    let action = RenameRuleSet { which: Picked::any(to.id), name: to.name };
    let then = Then::Change(Owner::Screen(ScreenId::Rules), Box::new(action));
    cx.open(Confirm::new("Rename?", body, "Rename", then).guarded(&cx.session.environment));
}

/// Asks for the new path of a folder.
fn rename_folder(from: &Text) -> Edit {
    let from = Text::clone(from);
    let field = Field::new("folder", "Path", Kind::Line, &from)
        .hint("everything in the folder and below it moves along");
    Edit::new(format!("Rename folder ── {from}"), Form::new(vec![field]), move |form, cx| {
        let to = normal(&form.value("folder"));
        if to == from {
            return Submit::Refused("this is its path now".to_owned());
        }
        if is_within(&to, &from) {
            return Submit::Refused("a folder cannot be moved into itself".to_owned());
        }
        cx.change(RenameFolder { tree: Folders::RuleSets, from: Text::clone(&from), to });
        Submit::Sent
    })
    .check(|form, _| {
        let problem = folder_problem(&normal(&form.value("folder")));
        problem.map(|why| ("folder".to_owned(), format!("the folder {why}"))).into_iter().collect()
    })
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
