//! The form for people who may only look, and where nothing may be written: every value, and no way to change
//! one.

use crate::message::Level;
use crate::overlay::Explain;
use crate::screen::Cx;
use crate::widgets::form::{Field, Kind};

use super::RuleForm;

/// The fields as something to look at: what adds something is left out, what holds a value is fixed.
pub(super) fn shown(fields: Vec<Field>) -> Vec<Field> {
    let mut shown: Vec<Field> =
        fields.into_iter().filter(|field| !matches!(field.kind, Kind::Button)).map(Field::fixed).collect();
    for field in &mut shown {
        if let Some(label) = field.label.strip_prefix("+ ") {
            field.label = label.to_owned();
        }
    }
    shown
}

impl RuleForm {
    /// A command in a form that only shows. Nothing for commands that are as in any form.
    pub(super) fn run_locked(&mut self, command: &'static str, cx: &mut Cx<'_>) -> Option<bool> {
        match command {
            "dialog.ok" => {
                if let Some(field) = self.form.focused() {
                    let value =
                        if matches!(field.kind, Kind::Row) { field.label.clone() } else { field.value() };
                    let text = if value.is_empty() { "(empty)".to_owned() } else { value };
                    let title = if matches!(field.kind, Kind::Row) { "Row" } else { field.label.trim() };
                    cx.open(Explain::new(title, text));
                }
            }
            "dialog.save" => self.refuse(cx),
            "dialog.cancel" | "rule.preview" | "rule.go" | "app.copy" => return None,
            _ if command.starts_with("rule.") => self.refuse(cx),
            _ => return None,
        }
        Some(true)
    }

    fn refuse(&self, cx: &mut Cx<'_>) {
        cx.toast(Level::Bad, self.locked.clone().unwrap_or_default());
    }
}
