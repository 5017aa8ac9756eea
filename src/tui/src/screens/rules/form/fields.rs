//! The fields of the form: head, parameters as the engine declares them, groups and rows.

use connect_rules_engine::kinds::{KINDS, ParamKind, ParamName, ParamSpec, Required, RuleKind, kind};
use connect_rules_engine::model::Rule;

use super::preview::{SampleState, Verdict, verdicts};
use super::rows::{At, BEHAVIOURS, WEIGHTS, item_label, weight_label, weight_of};
use super::work::{Work, is_kept, is_list};
use crate::widgets::form::{Field, Kind};

/// What rows need to tell how weights come out.
pub struct Shown<'a> {
    /// The state they are looked at with.
    pub sample: &'a SampleState,
    /// The workspace, for time zones and prompts.
    pub workspace: Option<&'a connect_rules_engine::workspace::Workspace>,
    /// Now, in milliseconds since the epoch.
    pub now: i64,
    /// How the weights of the rule come out.
    pub verdicts: &'a [Verdict],
}

/// All fields of a rule.
pub fn of(work: &Work, shown: &Shown<'_>) -> Vec<Field> {
    let mut out = head(work);
    if let Some(kind) = kind(&work.rule.rule_type) {
        let title = if kind.retired { format!("{} (retired)", kind.title) } else { kind.title.to_owned() };
        out.push(Field::new("heading/params", &title, Kind::Heading, "").hint(kind.summary));
        params(work, kind, shown, &mut out);
    }
    out.push(Field::new("heading/weights", "Weights", Kind::Heading, ""));
    for (at, weight) in work.rule.weights.iter().enumerate() {
        let verdict = shown.verdicts.get(at).map(Verdict::text).unwrap_or_default();
        let row = At { list: WEIGHTS.to_owned(), row: at, weight: None };
        out.push(row_field(&row, weight_label(weight, &verdict), ROW_HINT));
    }
    out.push(button(
        "add/weights",
        "+ add weight",
        "A test on the state; the rule fires when the total is reached",
    ));
    out
}

const ROW_HINT: &str = "enter edit  a add  d delete  J K move  t as JSON";

fn row_field(at: &At, label: String, hint: &str) -> Field {
    Field::new(at.id(), label, Kind::Row, "").hint(hint)
}

fn button(id: &str, label: &str, hint: &str) -> Field {
    Field::new(id, label, Kind::Button, "").hint(hint)
}

fn head(work: &Work) -> Vec<Field> {
    let rule = &work.rule;
    let new = Work::new(rule.rule_type.clone()).rule;
    let was = work.opened.as_ref().unwrap_or(&new);
    let mut types: Vec<String> = KINDS.iter().map(|kind| kind.name.to_owned()).collect();
    if !types.iter().any(|name| name == rule.rule_type.name()) {
        types.push(rule.rule_type.name().to_owned());
    }
    let flag = |on: bool| if on { "true" } else { "false" };
    let activation = |rule: &Rule| rule.activation.as_deref().unwrap_or_default().to_owned();
    let lines = text_kind(&rule.description);
    vec![
        field("name", "Name", Kind::Line, &rule.name, &was.name)
            .hint("2 to 64 letters, digits, blanks, - and _; unique in its rule set"),
        field("enabled", "Enabled", Kind::Flag, flag(rule.enabled), flag(was.enabled))
            .hint("space turns it; a disabled rule is never tested"),
        field("type", "Type", Kind::Choice(types), rule.rule_type.name(), was.rule_type.name())
            .hint("enter lists the 17 types; what is typed for one type comes back with it"),
        field("priority", "Priority", Kind::Line, &rule.priority, &was.priority)
            .hint("0 to 100000; higher is tested first"),
        field("activation", "Fires at", Kind::Line, &activation(rule), &activation(was))
            .hint("0 to 1000; fires when its weights add up to it; 0 without weights always fires"),
        field("description", "Description", lines, &rule.description, &was.description)
            .hint("At most 1024 characters"),
    ]
}

fn field(id: &str, label: &str, kind: Kind, value: &str, was: &str) -> Field {
    let mut field = Field::new(id, label, kind, value);
    if value != was {
        was.clone_into(&mut field.initial);
    }
    field
}

/// One line, or as many as the text has.
fn text_kind(text: &str) -> Kind {
    let rows = rows_of(text);
    if rows == 1 { Kind::Line } else { Kind::Area(rows) }
}

/// Rows that a text of many lines needs.
pub fn rows_of(text: &str) -> u16 {
    (text.split('\n').take(8).count() as u16).clamp(1, 6)
}

fn params(work: &Work, kind: &'static RuleKind, shown: &Shown<'_>, out: &mut Vec<Field>) {
    for spec in kind.params {
        if is_kept(spec) || (spec.retired && matches!(spec.name, ParamName::Suffixed(_))) {
            continue;
        }
        match spec.name {
            ParamName::Exact(name) if spec.retired => {
                let value = work.shown(spec, name);
                if !value.is_empty() {
                    out.push(param(work, spec, name, spec.label).fixed());
                }
            }
            ParamName::Exact(name) if is_list(spec.kind) => list(work, spec, name, shown, out),
            ParamName::Exact(name) if work.wanted(spec, "") => {
                out.push(param(work, spec, name, spec.label));
            }
            ParamName::Numbered("ruleSetName", ..) => shares(work, kind, out),
            // Beside the rule set of its share.
            ParamName::Exact(_) | ParamName::Numbered("percentage", ..) => {}
            ParamName::Numbered(stem, ..) => {
                for name in work.family(spec.name) {
                    let label = format!("{} {}", spec.label, &name[stem.len()..]);
                    out.push(param(work, spec, &name, &label));
                }
                if !kind.retired {
                    out.push(button("add/dtmf", "+ add key", "Keys 0 to 9; ctrl-x on a key takes it out"));
                }
            }
            ParamName::Suffixed("intentRuleSet_") => intents(work, kind, spec, out),
            ParamName::Suffixed(_) => {}
        }
    }
}

fn shares(work: &Work, kind: &'static RuleKind, out: &mut Vec<Field>) {
    for number in 0..work.shares() {
        for spec in kind.params {
            if let ParamName::Numbered(stem, ..) = spec.name {
                let label = format!("{} {}", spec.label, number + 1);
                out.push(param(work, spec, &format!("{stem}{number}"), &label));
            }
        }
    }
    if work.shares() < 10 {
        out.push(button("add/share", "+ add share", "At most 10; ctrl-x on a share takes it out"));
    }
}

fn intents(work: &Work, kind: &'static RuleKind, spec: &'static ParamSpec, out: &mut Vec<Field>) {
    for name in work.family(spec.name) {
        let intent = name.strip_prefix(spec.name.stem()).unwrap_or_default().to_owned();
        out.push(param(work, spec, &name, &format!("{intent} goes to")));
        for other in kind.params.iter().filter(|other| !other.retired && other.name != spec.name) {
            let ParamName::Suffixed(stem) = other.name else { continue };
            let fallback = other.kind != ParamKind::Message && intent == "FallbackIntent";
            if !fallback && work.wanted(other, &intent) {
                let what = if other.kind == ParamKind::Message { "confirmation" } else { "confidence" };
                out.push(param(work, other, &format!("{stem}{intent}"), &format!("{intent} {what}")));
            }
        }
    }
    out.push(button(
        "add/intent",
        "+ add intent",
        "Lists the intents of the bot; ctrl-x on an intent takes it out",
    ));
}

fn param(work: &Work, spec: &ParamSpec, name: &str, label: &str) -> Field {
    let value = work.shown(spec, name);
    let kind = match spec.kind {
        ParamKind::Message if spec.required == Required::Always => Kind::Area(rows_of(&value).max(2)),
        ParamKind::Message => Kind::Area(rows_of(&value)),
        ParamKind::Payload => Kind::Area(rows_of(&value).max(3)),
        ParamKind::Flag => Kind::Flag,
        ParamKind::Choice(choices) => {
            let mut choices: Vec<String> = choices.iter().map(|choice| (*choice).to_owned()).collect();
            if matches!(spec.required, Required::Never) {
                choices.insert(0, String::new());
            }
            Kind::Choice(choices)
        }
        ParamKind::RuleSet
        | ParamKind::Queue
        | ParamKind::Function
        | ParamKind::Bot
        | ParamKind::ContactFlow
        | ParamKind::StateKey(..)
        | ParamKind::StatePath => Kind::Pick,
        _ => text_kind(&value),
    };
    let was = work.opened.as_ref().filter(|rule| rule.rule_type == work.rule.rule_type);
    let was = was.map_or_else(
        || Work::new(work.rule.rule_type.clone()).shown(spec, name),
        |rule| {
            rule.params
                .get(name)
                .filter(|it| !it.is_nil())
                .map_or_else(String::new, |it| it.text().to_string())
        },
    );
    let limit = limits(spec.kind);
    let need = match spec.required {
        Required::Never => "",
        _ => "Needed. ",
    };
    field(name, label, kind, &value, &was.replace("\r\n", "\n")).hint(format!("{need}{}{limit}", spec.doc))
}

fn limits(kind: ParamKind) -> String {
    match kind {
        ParamKind::Number(least, most, true) => format!(" Whole number from {least} to {most}."),
        ParamKind::Number(least, most, false) => format!(" Number from {least} to {most}."),
        ParamKind::Message => " f2 picks a prompt.".to_owned(),
        ParamKind::RuleSet => " enter lists rule sets, f4 goes there.".to_owned(),
        ParamKind::Queue | ParamKind::Function | ParamKind::Bot | ParamKind::ContactFlow => {
            " enter lists them.".to_owned()
        }
        ParamKind::StateKey(..) | ParamKind::StatePath => " enter lists known keys.".to_owned(),
        _ => String::new(),
    }
}

fn list(work: &Work, spec: &ParamSpec, name: &str, shown: &Shown<'_>, out: &mut Vec<Field>) {
    if spec.kind == ParamKind::Behaviours {
        out.push(Field::new("heading/queueBehaviours", spec.label, Kind::Heading, ""));
    }
    for (at, item) in work.items(name).iter().enumerate() {
        let row = At { list: name.to_owned(), row: at, weight: None };
        let hint = if name == BEHAVIOURS { BEHAVIOUR_HINT } else { ROW_HINT };
        out.push(row_field(&row, item_label(name, at, item), hint));
        let weights: Vec<_> =
            item.member("weights").as_array().unwrap_or_default().iter().map(weight_of).collect();
        let verdicts = verdicts(&weights, shown.sample, shown.workspace, shown.now);
        for (number, (weight, verdict)) in weights.iter().zip(verdicts).enumerate() {
            let row = At { list: name.to_owned(), row: at, weight: Some(number) };
            out.push(row_field(&row, format!("  {}", weight_label(weight, &verdict.text())), ROW_HINT));
        }
    }
    let noun = match spec.kind {
        ParamKind::Attributes => "+ add attribute",
        ParamKind::States => "+ add state",
        _ => "+ add behaviour",
    };
    out.push(button(&format!("add/{name}"), noun, spec.doc));
}

const BEHAVIOUR_HINT: &str = "enter edit  a add  w add weight  d delete  J K move  y copy all  t as JSON";

/// The field that a problem of the engine is about.
pub fn of_place(place: &str, fields: &[Field]) -> String {
    let place = place.strip_prefix("params / ").unwrap_or(place);
    let has = |id: &str| fields.iter().any(|field| field.id == id);
    if has(place) {
        return place.to_owned();
    }
    if let Some((list, rest)) = place.split_once('[') {
        let (row, rest) = rest.split_once(']').unwrap_or((rest, ""));
        let at = At { list: list.to_owned(), row: row.parse().unwrap_or_default(), weight: None };
        if let Some(weight) = rest.strip_prefix(" / weights[").and_then(|rest| rest.split(']').next()) {
            let inner = At { weight: weight.parse().ok(), ..at.clone() }.id();
            if has(&inner) {
                return inner;
            }
        }
        if has(&at.id()) {
            return at.id();
        }
    }
    let add = match place {
        "optionCount" => "add/share".to_owned(),
        "dtmf" => "add/dtmf".to_owned(),
        "intentRuleSet_" => "add/intent".to_owned(),
        other => format!("add/{other}"),
    };
    if has(&add) { add } else { "type".to_owned() }
}

/// Kind of the parameter that a field edits.
pub fn param_kind(work: &Work, id: &str) -> Option<ParamKind> {
    let (spec, _) = connect_rules_engine::kinds::param_spec(kind(&work.rule.rule_type), id)?;
    Some(spec.kind)
}
