//! The form of a test for people who may only look, and where nothing may be written: fields and script can be
//! read and tried, and not changed.

use super::TestEditor;
use crate::message::Level;
use crate::overlay::Explain;
use crate::screen::Cx;

impl TestEditor {
    /// A command in a form that only shows. Nothing for commands that are as in any form.
    pub(super) fn run_locked(&mut self, command: &'static str, cx: &mut Cx<'_>) -> Option<bool> {
        let why = self.locked.clone()?;
        let (row, column) = self.script.cursor();
        let last = self.script.lines().len().saturating_sub(1);
        match command {
            "dialog.ok" => self.explain(cx),
            "dialog.save" | "tests.edit.insert" => cx.toast(Level::Bad, why),
            "move.up" if self.in_script => self.script.jump(row.saturating_sub(1), column),
            "move.down" if self.in_script => self.script.jump((row + 1).min(last), column),
            "move.first" if self.in_script => self.script.jump(0, 0),
            "move.last" if self.in_script => self.script.jump(last, 0),
            "move.up" => self.form.step(false),
            "move.down" => self.form.step(true),
            _ => return None,
        }
        Some(true)
    }

    /// Shows the field or the line under the cursor in full.
    fn explain(&self, cx: &mut Cx<'_>) {
        let (title, text) = if self.in_script {
            let row = self.script.cursor().0;
            let line = self.script.lines().get(row).cloned().unwrap_or_default();
            (format!("Line {}", row + 1), line)
        } else {
            let Some(field) = self.form.focused() else { return };
            (field.label.clone(), field.value())
        };
        cx.open(Explain::new(title, if text.is_empty() { "(empty)".to_owned() } else { text }));
    }
}
