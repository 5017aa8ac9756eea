//! Three ways to settle a field that somebody else changed too: theirs, mine, or something new.

use connect_rules_engine::json;
use connect_rules_engine::model::Rule;
use connect_rules_engine::value::{Text, Value};
use connect_rules_store::Entity;
use connect_rules_store::merge::{self, Clash};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::clean;
use crate::message::{Level, Owner, Parcel};
use crate::overlay::{Chosen, Dialog, edit};
use crate::screen::{Cx, Request, View};
use crate::theme::Role;
use crate::widgets::{List, panel};

/// How a field is settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Take {
    /// As I wrote it.
    Mine,
    /// As it is stored.
    Theirs,
    /// As it is written now.
    Written(Text),
}

/// The answer of the dialog: every field with how it is settled.
pub struct Settled(
    /// Field of the clash, and what is taken.
    pub Vec<(String, Take)>,
);

/// The fields that both sides changed.
pub struct Conflict {
    owner: Owner,
    who: String,
    rows: Vec<(Clash, Option<Take>)>,
    list: List,
}

impl Conflict {
    /// The clashes of an edit with what that person stored.
    pub fn new(owner: Owner, who: &str, clashes: Vec<Clash>) -> Self {
        let rows: Vec<_> = clashes.into_iter().map(|clash| (clash, None)).collect();
        Conflict { owner, who: who.to_owned(), list: List::new(rows.len()), rows }
    }

    fn take(&mut self, take: Take) {
        let at = self.list.cursor();
        if let Some((_, taken)) = self.rows.get_mut(at) {
            *taken = Some(take);
            if let Some(next) = self.rows.iter().position(|(_, taken)| taken.is_none()) {
                self.list.select(next);
            }
        }
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Undefined | Value::Null => String::new(),
        Value::String(text) => text.to_string(),
        other => json::print(other).unwrap_or_default(),
    }
}

fn words(value: &Value) -> String {
    if value.is_nil() { "(nothing)".to_owned() } else { text(value) }
}

impl Dialog for Conflict {
    fn place(&self) -> &'static str {
        "dialog.rule.conflict"
    }

    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        match command {
            "dialog.cancel" => cx.close(),
            "rule.mine" => self.take(Take::Mine),
            "rule.theirs" => self.take(Take::Theirs),
            "rule.rewrite" => {
                if let Some((clash, _)) = self.rows.get(self.list.cursor()) {
                    let tag = self.list.cursor().to_string();
                    let owner = cx.me();
                    cx.open(edit::ask("Write it anew", &clash.field, &text(&clash.mine), &tag, owner));
                }
            }
            "dialog.save" | "dialog.ok" => {
                let settled: Option<Vec<_>> = self
                    .rows
                    .iter()
                    .map(|(clash, taken)| Some((clash.field.clone(), taken.clone()?)))
                    .collect();
                match settled {
                    Some(settled) => {
                        cx.close();
                        cx.requests.push(Request::Answer(self.owner, Box::new(Settled(settled))));
                    }
                    None => cx.toast(Level::Bad, "settle every field first: m mine, t theirs, e write anew"),
                }
            }
            _ => return self.list.run(command),
        }
        true
    }

    fn message(&mut self, parcel: Parcel, _: &mut Cx<'_>) {
        if let Ok(chosen) = parcel.downcast::<Chosen>()
            && let Ok(at) = chosen.tag.parse()
        {
            self.list.select(at);
            self.take(Take::Written(chosen.value));
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let title = format!("{} changed the same fields; nothing is saved yet", self.who);
        let inside = panel::window(frame, area, (area.width.min(110), area.height.min(26)), &title, view);
        if inside.height < 6 {
            return;
        }
        let top = (self.rows.len() as u16).min((inside.height - 2) / 3).max(1);
        let rows = Rect { height: top, ..inside };
        self.list.draw(frame, rows, view, |at| {
            let (clash, taken) = &self.rows[at];
            let taken = match taken {
                None => "? not settled",
                Some(Take::Mine) => "✓ mine",
                Some(Take::Theirs) => "✓ theirs",
                Some(Take::Written(_)) => "✓ written anew",
            };
            Line::from(vec![
                Span::raw(format!(" {}", clean::pad(&clash.field, (rows.width as usize).saturating_sub(20)))),
                Span::styled(taken, view.style(Role::Changed)),
            ])
        });
        if let Some((clash, taken)) = self.rows.get(self.list.cursor()) {
            let wide = (inside.width as usize).saturating_sub(12);
            let written;
            let mut sides = vec![("before", &clash.base), ("mine", &clash.mine), ("theirs", &clash.theirs)];
            if let Some(Take::Written(text)) = taken {
                written = Value::String(Text::clone(text));
                sides.push(("anew", &written));
            }
            let each = (((inside.height - 2 - top) as usize) / sides.len()).max(1);
            let mut out = vec![Line::styled("─".repeat(inside.width as usize), view.style(Role::Border))];
            for (name, value) in sides {
                let lines = clean::wrap(&words(value), wide);
                for (at, line) in lines.into_iter().take(each).enumerate() {
                    let label = if at == 0 { name } else { "" };
                    out.push(Line::from(vec![
                        Span::styled(format!(" {label:<8} "), view.style(Role::Title)),
                        Span::raw(line),
                    ]));
                }
            }
            let below = Rect { y: inside.y + top, height: inside.height - top - 1, ..inside };
            panel::lines(frame, below, out);
        }
        frame.render_widget(
            Line::styled(
                " m take mine  t take theirs  e write anew  ctrl-s save again  esc back",
                view.style(Role::Dim),
            ),
            Rect { y: inside.bottom() - 1, height: 1, ..inside },
        );
    }
}

/// The rule that comes of an edit, what is stored, and how their clashes are settled.
///
/// # Errors
/// Clashes that are not settled.
pub fn settle(
    rule_set_id: &Text,
    base: &Rule,
    mine: &Rule,
    theirs: &Rule,
    settled: &[(String, Take)],
) -> Result<Rule, Vec<Clash>> {
    let (mut base, mut mine) = (base.clone(), mine.clone());
    for (field, take) in settled {
        match take {
            Take::Theirs => copy(&mut mine, theirs, field),
            Take::Mine => copy(&mut base, theirs, field),
            Take::Written(text) => {
                copy(&mut base, theirs, field);
                write(&mut mine, field, text);
            }
        }
    }
    let entity = |rule: &Rule| Entity::Rule(Text::clone(rule_set_id), rule.clone());
    match merge::merge(&entity(&base), &entity(&mine), &entity(theirs))? {
        Entity::Rule(_, rule) => Ok(rule),
        _ => Ok(mine),
    }
}

/// Makes one field as it is in another rule.
fn copy(to: &mut Rule, from: &Rule, field: &str) {
    match field {
        "name" => to.name = Text::clone(&from.name),
        "description" => to.description = Text::clone(&from.description),
        "priority" => to.priority = Text::clone(&from.priority),
        "activation" => to.activation.clone_from(&from.activation),
        "enabled" => to.enabled = from.enabled,
        "type" => {
            to.rule_type = from.rule_type.clone();
            to.params = from.params.clone();
        }
        "weights" => to.weights.clone_from(&from.weights),
        _ => {
            if let Some(param) = field.strip_prefix("params / ") {
                match from.params.get(param) {
                    Some(value) => to.params.insert(param, value.clone()),
                    None => drop(to.params.remove(param)),
                }
            } else if let Some(id) = field.strip_prefix("weights / id ") {
                let is = |weight: &&connect_rules_engine::model::Weight| weight.id.as_deref() == Some(id);
                let other = from.weights.iter().find(is).cloned();
                match (to.weights.iter().position(|weight| weight.id.as_deref() == Some(id)), other) {
                    (Some(at), Some(other)) => to.weights[at] = other,
                    (Some(at), None) => drop(to.weights.remove(at)),
                    (None, Some(other)) => to.weights.push(other),
                    (None, None) => {}
                }
            } else {
                to.weights.clone_from(&from.weights);
            }
        }
    }
}

fn write(rule: &mut Rule, field: &str, text: &Text) {
    match field {
        "name" => rule.name = Text::clone(text),
        "description" => rule.description = Text::clone(text),
        "priority" => rule.priority = Text::clone(text),
        "activation" => rule.activation = Some(Text::clone(text)),
        _ => {
            if let Some(param) = field.strip_prefix("params / ") {
                // A list is written as JSON; a text that is none stays a text and is refused when saved.
                let list = rule.params.get(param).is_some_and(|value| value.as_array().is_some());
                let value = list.then(|| json::parse(text).ok()).flatten();
                rule.params.insert(param, value.unwrap_or_else(|| Value::String(Text::clone(text))));
            }
        }
    }
}
