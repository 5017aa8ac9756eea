//! What the cursor is on, in full, as lines.

use connect_rules_engine::kinds::{self, ParamKind};
use connect_rules_engine::lint::Finding;
use connect_rules_engine::model::{Rule, RuleSet};
use connect_rules_engine::problem::Severity;
use connect_rules_engine::value::{Text, Value};
use connect_rules_store::entity::{Key, Kind};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

use super::facts::Facts;
use super::words;
use crate::clean;
use crate::data::Data;
use crate::screen::View;
use crate::theme::Role;
use crate::times;

/// How many findings are listed; `i` lists all.
const FINDINGS: usize = 100;
/// How many users are listed; `w` lists all.
const USERS: usize = 6;

/// Lines with labels in front.
pub(super) struct Sheet<'a> {
    lines: Vec<Line<'static>>,
    labels: usize,
    width: usize,
    view: &'a View<'a>,
}

impl<'a> Sheet<'a> {
    fn new(width: u16, view: &'a View<'a>) -> Self {
        let width = width as usize;
        Sheet { lines: Vec::new(), labels: if width < 70 { 17 } else { 23 }, width, view }
    }

    fn put(&mut self, label: &str, value: &str, role: Role) {
        let room = self.width.saturating_sub(self.labels + 2).max(8);
        for (at, part) in clean::wrap(value, room).into_iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            self.lines.push(Line::from(vec![
                Span::styled(format!(" {} ", clean::pad(label, self.labels - 1)), self.view.style(Role::Dim)),
                Span::styled(part, self.view.style(role)),
            ]));
        }
    }

    fn text(&mut self, label: &str, value: &str) {
        if !value.is_empty() {
            self.put(label, value, Role::Text);
        }
    }

    /// Values beside each other as far as they fit.
    fn list(&mut self, label: &str, values: &[String], role: Role) {
        let room = self.width.saturating_sub(self.labels + 2).max(8);
        let mut line = String::new();
        let mut label = label;
        for value in values {
            if !line.is_empty() && line.width() + value.width() + 3 > room {
                self.put(label, &line, role);
                label = "";
                line.clear();
            }
            if !line.is_empty() {
                line.push_str("   ");
            }
            line.push_str(value);
        }
        if !line.is_empty() {
            self.put(label, &line, role);
        }
    }
}

/// A rule with all its parameters, its weights and what lint says.
pub(super) fn rule_lines(
    set: &RuleSet,
    rule: &Rule,
    facts: Option<&Facts>,
    data: &Data,
    width: u16,
    view: &View<'_>,
) -> Vec<Line<'static>> {
    let mut sheet = Sheet::new(width, view);
    // Always, so that what follows keeps its place from rule to rule.
    if rule.enabled {
        sheet.put("Enabled", "yes", Role::Text);
    } else {
        sheet.put("Enabled", "no: the rule is never tested", Role::Warn);
    }
    sheet.text("Description", &rule.description);
    params(rule, &mut sheet);
    let fires = format!("{} or more", rule.activation.as_deref().unwrap_or("never"));
    if rule.weights.is_empty() {
        sheet.put("Weights", words::without_weights(rule), Role::Text);
    } else {
        sheet.put("Fires at", &fires, Role::Text);
        for (at, weight) in rule.weights.iter().enumerate() {
            let number = weight.number_text();
            let sign = if number.starts_with('-') { "" } else { "+" };
            let text = format!("{sign}{number}  if {}", words::weight(weight));
            sheet.put(if at == 0 { "Weights" } else { "" }, &text, Role::Text);
        }
    }
    if let Some(facts) = facts {
        findings(facts.of_rule(&set.name, &rule.name), &mut sheet);
    }
    used_by(set, facts, data, &mut sheet);
    changed(Kind::Rule, rule.id.as_ref(), data, &mut sheet);
    sheet.lines
}

/// A rule set: its attributes, who leads to it and what lint says.
pub(super) fn set_lines(
    set: &RuleSet,
    facts: Option<&Facts>,
    data: &Data,
    width: u16,
    view: &View<'_>,
) -> Vec<Line<'static>> {
    let mut sheet = Sheet::new(width, view);
    if set.enabled {
        sheet.put("Enabled", "yes", Role::Text);
    } else {
        sheet.put("Enabled", "no: calls never see the rule set", Role::Warn);
    }
    sheet.text("Description", &set.description);
    sheet.text("Folder", &set.folder);
    let numbers = |name: &Text| {
        let it = data.snapshot.end_points.iter().find(|it| it.name == *name);
        match it.map(|it| it.inbound_numbers.join(", ")) {
            Some(numbers) if !numbers.is_empty() => format!("☎ {name} ({numbers})"),
            Some(_) => format!("☎ {name}"),
            None => format!("⚠ {name} (there is no such end point)"),
        }
    };
    if set.end_points.is_empty() {
        sheet.put("End points", "none", Role::Dim);
    }
    for (at, name) in set.end_points.iter().enumerate() {
        sheet.put(if at == 0 { "End points" } else { "" }, &numbers(name), Role::Text);
    }
    used_by(set, facts, data, &mut sheet);
    if let Some(facts) = facts {
        findings(facts.findings(&set.name), &mut sheet);
    }
    changed(Kind::RuleSet, set.id.as_ref(), data, &mut sheet);
    sheet.lines
}

fn params(rule: &Rule, sheet: &mut Sheet<'_>) {
    let Some(kind) = kinds::kind(&rule.rule_type) else {
        sheet.put("Type", &format!("{} is no type that runs", rule.rule_type), Role::Bad);
        for (name, value) in rule.params.iter() {
            sheet.text(name, &value.to_string());
        }
        return;
    };
    let mut told = Vec::new();
    for spec in kind.params {
        let of = rule.params.iter().filter_map(|(name, value)| {
            let suffix = spec.name.suffix_of(name)?;
            let own = kinds::param_spec(Some(kind), name).is_some_and(|(it, _)| std::ptr::eq(it, spec));
            own.then_some((name, suffix, value))
        });
        let of: Vec<_> = of.collect();
        told.extend(of.iter().map(|(name, ..)| Text::clone(name)));
        let many = matches!(spec.name, kinds::ParamName::Numbered(..) | kinds::ParamName::Suffixed(_));
        if many && spec.kind == ParamKind::RuleSet {
            let filled =
                of.iter().filter(|(_, _, value)| value.as_str().is_some_and(|text| !text.is_empty()));
            let shown: Vec<String> = filled.map(|(_, suffix, value)| format!("{suffix} → {value}")).collect();
            sheet.list(spec.label, &shown, Role::Text);
            continue;
        }
        for (_, suffix, value) in of {
            let label =
                if suffix.is_empty() { spec.label.to_owned() } else { format!("{} {suffix}", spec.label) };
            param(&label, spec.kind, value, sheet);
        }
    }
    for (name, value) in rule.params.iter().filter(|(name, _)| !told.contains(name)) {
        sheet.text(name, &value.to_string());
    }
}

fn param(label: &str, kind: ParamKind, value: &Value, sheet: &mut Sheet<'_>) {
    match (kind, value) {
        (ParamKind::Flag, Value::String(text)) => {
            sheet.text(label, if &**text == "true" { "yes" } else { "no" });
        }
        (ParamKind::RuleSet, Value::String(text)) if !text.is_empty() => {
            sheet.text(label, &format!("→ {text}"));
        }
        (ParamKind::Queue, Value::String(text)) if !text.is_empty() => {
            sheet.text(label, &format!("⇒ {text}"));
        }
        (ParamKind::Attributes | ParamKind::States, Value::Array(_)) => {
            for (at, pair) in words::pairs(value).iter().enumerate() {
                sheet.text(if at == 0 { label } else { "" }, pair);
            }
        }
        (ParamKind::Behaviours, Value::Array(_)) => {
            for (at, item) in value.as_array().unwrap_or_default().iter().enumerate() {
                let of = |name: &str| Some(item.member(name)).filter(|it| !it.is_nil()).map(|it| it.text());
                let parts = ["type", "message", "phone", "outputKey", "value", "index"];
                let parts: Vec<String> =
                    parts.into_iter().filter_map(|name| Some(of(name)?.to_string())).collect();
                sheet.text(if at == 0 { label } else { "" }, &format!("{at}  {}", parts.join(" · ")));
            }
        }
        _ => sheet.text(label, &value.to_string()),
    }
}

fn findings<'f>(mut found: impl Iterator<Item = &'f Finding>, sheet: &mut Sheet<'_>) {
    for (at, it) in found.by_ref().take(FINDINGS).enumerate() {
        let (mark, role) = match it.severity {
            Severity::Error => ("✗ error", Role::Bad),
            Severity::Warning => ("⚠ warning", Role::Warn),
            Severity::Note => ("· note", Role::Text),
        };
        let place = it.rule.as_ref().map(|rule| format!("{rule}: ")).unwrap_or_default();
        sheet.put(if at == 0 { "Lint" } else { "" }, &format!("{mark} {} {place}{}", it.code, it.what), role);
    }
    if found.next().is_some() {
        sheet.put("", "and more (i)", Role::Dim);
    }
}

fn used_by(set: &RuleSet, facts: Option<&Facts>, data: &Data, sheet: &mut Sheet<'_>) {
    let Some(facts) = facts else {
        sheet.put("Used by", "checking…", Role::Dim);
        return;
    };
    let users = facts.users(&set.name);
    let name = |it: &super::facts::Used| {
        let (set, rule) = data.rule(&it.set, &it.rule)?;
        Some(format!("{} / {}", set.name, rule.name))
    };
    let mut shown: Vec<String> = users.iter().take(USERS).filter_map(name).collect();
    if users.len() > USERS {
        shown.push(format!("and {} more (w)", users.len() - USERS));
    }
    if users.is_empty() {
        sheet.put(
            "Used by",
            if set.end_points.is_empty() { "nothing leads here" } else { "no rule" },
            Role::Dim,
        );
    } else {
        sheet.list("Used by", &shown, Role::Link);
    }
}

fn changed(kind: Kind, id: Option<&Text>, data: &Data, sheet: &mut Sheet<'_>) {
    let stamp = id.and_then(|id| data.snapshot.stamps.get(&Key::new(kind, Text::clone(id))));
    if let Some(stamp) = stamp {
        let when = times::told(&stamp.updated_at, data.workspace.zone(), sheet.view.session.clock.now());
        sheet.put("Changed", &format!("{when} by {}", stamp.updated_by), Role::Dim);
    }
}
