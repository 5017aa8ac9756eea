//! What keys do to rows and groups: opening, adding, removing, moving, copying and pasting.

use connect_rules_engine::kinds::RuleType;
use connect_rules_engine::value::Value;

use super::RuleForm;
use super::rows::{self, At, BEHAVIOURS, Edited, WEIGHTS, Written};
use super::work::is_list;
use crate::message::Level;
use crate::screen::Cx;
use crate::widgets::form::Field;

impl RuleForm {
    /// The list that a row or the button below it belongs to.
    pub(super) fn list_at(&self, id: &str) -> Option<String> {
        if let Some(at) = At::parse(id) {
            return Some(at.list);
        }
        let name = id.strip_prefix("add/")?;
        (name == WEIGHTS || self.kind_of(name).is_some_and(is_list)).then(|| name.to_owned())
    }

    pub(super) fn len_of(&self, list: &str) -> usize {
        if list == WEIGHTS { self.work.rule.weights.len() } else { self.work.items(list).len() }
    }

    pub(super) fn open_row(&mut self, at: At, cx: &mut Cx<'_>) {
        let owner = cx.me();
        let edit = match (at.list.as_str(), at.weight) {
            (WEIGHTS, _) => {
                let weight = self.work.rule.weights.get(at.row).cloned();
                rows::weight_form(owner, at, weight.as_ref())
            }
            (_, Some(number)) => {
                let item = self.work.items(&at.list).get(at.row).cloned().unwrap_or_default();
                let weights = item.member("weights");
                let weight = weights.as_array().and_then(|list| list.get(number)).map(rows::weight_of);
                rows::weight_form(owner, at, weight.as_ref())
            }
            (BEHAVIOURS, None) => rows::behaviour_form(owner, at, &self.work),
            _ => rows::pair_form(owner, at, &self.work),
        };
        cx.open(edit);
    }

    /// A small form was saved.
    pub(super) fn edited(&mut self, edited: Edited, cx: &mut Cx<'_>) {
        let mut at = edited.at;
        match edited.value {
            Written::Weight(weight) if at.list == WEIGHTS => {
                let weights = &mut self.work.rule.weights;
                match weights.get_mut(at.row) {
                    Some(old) => *old = weight,
                    None => weights.push(weight),
                }
            }
            Written::Weight(weight) => {
                let mut place = 0;
                self.behaviour_weights(&at, |list, number| {
                    place = number.min(list.len());
                    match list.get_mut(number) {
                        Some(old) => *old = rows::weight_value(&weight),
                        None => list.push(rows::weight_value(&weight)),
                    }
                });
                at.weight = Some(place);
            }
            Written::Item(item) => {
                let mut items = self.work.items(&at.list);
                match items.get_mut(at.row) {
                    Some(old) => *old = item,
                    None => items.push(item),
                }
                self.work.rule.params.insert(at.list.as_str(), Value::from(items));
            }
            Written::List(items) => self.work.rule.params.insert(at.list.as_str(), Value::from(items)),
        }
        self.restructured(&at.id(), cx);
    }

    fn behaviour_weights(&mut self, at: &At, change: impl FnOnce(&mut Vec<Value>, usize)) {
        let mut items = self.work.items(&at.list);
        let Some(Value::Object(item)) = items.get(at.row) else { return };
        let mut item = connect_rules_engine::value::Map::clone(item);
        let mut weights = item.get("weights").and_then(Value::as_array).unwrap_or_default().to_vec();
        change(&mut weights, at.weight.unwrap_or(usize::MAX));
        item.insert("weights", Value::from(weights));
        items[at.row] = item.into();
        self.work.rule.params.insert(at.list.as_str(), Value::from(items));
    }

    /// Rows or members came or went: all fields are made anew.
    pub(super) fn restructured(&mut self, focus: &str, cx: &mut Cx<'_>) {
        self.unwritten = self.unwritten.saturating_add(1);
        self.fresh(cx);
        self.form.focus_on(focus);
        self.keep(cx);
        self.lint_due = true;
        self.show(cx);
    }

    pub(super) fn remove(&mut self, id: &str, cx: &mut Cx<'_>) {
        if let Some(at) = At::parse(id) {
            match at.weight {
                Some(_) => self.behaviour_weights(&at, |list, number| {
                    if number < list.len() {
                        list.remove(number);
                    }
                }),
                None if at.list == WEIGHTS => {
                    if at.row < self.work.rule.weights.len() {
                        self.work.rule.weights.remove(at.row);
                    }
                }
                None => {
                    let mut items = self.work.items(&at.list);
                    if at.row < items.len() {
                        items.remove(at.row);
                    }
                    self.work.rule.params.insert(at.list.as_str(), Value::from(items));
                }
            }
            let add = format!("add/{}", at.list);
            let next = at.id();
            self.restructured(&add, cx);
            self.form.focus_on(&next);
            return;
        }
        let stems = ["intentRuleSet_", "intentConfirmationMessage_", "intentConfidence_"];
        if let Some(intent) = stems.iter().find_map(|stem| id.strip_prefix(stem)) {
            for stem in stems {
                self.work.rule.params.remove(&format!("{stem}{intent}"));
            }
            return self.restructured("add/intent", cx);
        }
        let distribution = self.work.rule.rule_type == RuleType::Distribution;
        let share = id.strip_prefix("ruleSetName").or_else(|| id.strip_prefix("percentage"));
        if let Some(number) = share.filter(|_| distribution).and_then(|rest| rest.parse().ok()) {
            self.work.remove_share(number);
            return self.restructured("add/share", cx);
        }
        if self.work.rule.rule_type == RuleType::DTMFMenu && id.starts_with("dtmf") {
            self.work.rule.params.remove(id);
            return self.restructured("add/dtmf", cx);
        }
        if let Some(field) = self.form.focused_mut().filter(|field| field.is_text()) {
            field.set("");
            self.typed(cx);
        }
    }

    pub(super) fn shift(&mut self, at: &At, up: bool, cx: &mut Cx<'_>) {
        let number = at.weight.unwrap_or(at.row);
        let Some(other) = (if up { number.checked_sub(1) } else { Some(number + 1) }) else { return };
        let mut moved = at.clone();
        match at.weight {
            Some(_) => {
                self.behaviour_weights(at, |list, _| {
                    if number.max(other) < list.len() {
                        list.swap(number, other);
                    }
                });
                moved.weight = Some(other);
            }
            None if at.list == WEIGHTS => {
                if other < self.work.rule.weights.len() {
                    self.work.rule.weights.swap(number, other);
                }
                moved.row = other;
            }
            None => {
                let mut items = self.work.items(&at.list);
                if other < items.len() {
                    items.swap(number, other);
                }
                self.work.rule.params.insert(at.list.as_str(), Value::from(items));
                moved.row = other;
            }
        }
        self.restructured(&moved.id(), cx);
    }

    pub(super) fn copy(&mut self, cx: &mut Cx<'_>) {
        let id = self.form.focused().map(|field| field.id.clone()).unwrap_or_default();
        match self.list_at(&id) {
            Some(list) if list != WEIGHTS => cx.copy(rows::list_text(&list, &self.work.items(&list))),
            _ => cx.copy(self.form.focused().map(Field::value).unwrap_or_default()),
        }
    }

    /// A paste on a row or the button below: rows that were copied replace the rows here.
    pub(super) fn paste_rows(&mut self, text: &str, cx: &mut Cx<'_>) {
        let id = self.form.focused().map(|field| field.id.clone()).unwrap_or_default();
        let Some(list) = self.list_at(&id).filter(|list| list != WEIGHTS) else {
            cx.toast(Level::Note, "nothing can be pasted here");
            return;
        };
        match rows::list_of(&list, text) {
            Ok(items) => {
                cx.toast(Level::Good, format!("{} rows pasted", items.len()));
                let at = At { list, row: 0, weight: None };
                self.edited(Edited { at, value: Written::List(items) }, cx);
            }
            Err(why) => cx.toast(Level::Bad, format!("not pasted: {why}")),
        }
    }
}
