//! The form of a rule.

use connect_rules_engine::value::Text;
use ratatui::Frame;
use ratatui::layout::Rect;

use crate::overlay::Dialog;
use crate::screen::{Cx, View};
use crate::widgets::panel;

/// The form of a rule.
pub struct RuleForm {
    title: String,
}

impl RuleForm {
    /// The form of a stored rule, by identifiers; none if it is gone.
    pub fn edit(cx: &Cx<'_>, rule_set_id: &Text, rule_id: &Text) -> Option<RuleForm> {
        let (set, rule) = cx.data?.rule(rule_set_id, rule_id)?;
        Some(RuleForm { title: format!("Edit rule ── {} / {}", set.name, rule.name) })
    }

    /// The form of a new rule of a rule set.
    pub fn create(cx: &Cx<'_>, rule_set_id: &Text) -> RuleForm {
        let set = cx.data.and_then(|data| data.rule_set(rule_set_id));
        RuleForm { title: format!("New rule ── {}", set.map_or("", |set| &*set.name)) }
    }
}

impl Dialog for RuleForm {
    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        let closes = matches!(command, "dialog.ok" | "dialog.cancel");
        if closes {
            cx.close();
        }
        closes
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let inside = panel::window(frame, area, (70, 5), &self.title, view);
        panel::notice(frame, inside, "this build has no form of rules", view);
    }
}
