//! The forms of rule sets and folders: what is asked and what is refused while it is written.

use connect_rules_engine::kinds::names::{folder_problem, name_problem};
use connect_rules_engine::model::RuleSet;
use connect_rules_engine::value::{Text, trim};
use connect_rules_store::Applied;
use connect_rules_store::entity::{Entity, Kind as Thing};
use connect_rules_store::service::Edit as Edited;
use connect_rules_store::service::folders::{RenameFolder, Tree as Folders, is_within, normal};
use connect_rules_store::service::rule_sets::{CloneRuleSet, CreateRuleSet, UpdateRuleSet};
use connect_rules_store::snapshot::head;

use crate::data::Data;
use crate::overlay::{Candidate, Edit, Submit};
use crate::screen::{Cx, Target};
use crate::widgets::form::{Field, Form, Kind};

/// The folders of all rule sets.
pub(super) fn folders(data: &Data) -> Vec<Candidate> {
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
pub(super) fn refused_name(name: &str, own: Option<&Text>, cx: &Cx<'_>) -> Option<String> {
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
            .hint("calls of these start here; enter lists them, choosing claims or releases one"),
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
            Some(set) => format!("{name} leads to {}: release it there first", set.name),
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
    let is_it = |set: &&RuleSet| set.id.as_ref() != not && set.end_points.contains(end_point);
    sets.iter().map(|set| &**set).find(is_it)
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
pub(super) fn create(folder: &Text) -> Edit {
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
pub(super) fn edit(set: &RuleSet, data: &Data) -> Edit {
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
pub(super) fn clone(set: &RuleSet) -> Edit {
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

/// Asks for the new path of a folder.
pub(super) fn rename_folder(from: &Text) -> Edit {
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
