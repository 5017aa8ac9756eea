//! Rules in few words: why one fires and where it leads.

use connect_rules_engine::kinds::{self, EdgeKind, ParamKind, Reference};
use connect_rules_engine::model::{Rule, Weight};
use connect_rules_engine::value::{Value, text_num};
use connect_rules_engine::weight::Operation;

/// An operation as people read it between a field and a value.
pub(super) fn operation(operation: &Operation) -> &str {
    use Operation::{
        Contains, EndsWith, Equals, GreaterThan, IsEmpty, IsMobile, IsNotEmpty, IsNotMobile, IsNotNull,
        IsNull, LessThan, NotContains, NotEndsWith, NotEquals, NotStartsWith, StartsWith, Unknown,
    };
    match operation {
        Contains => "contains",
        NotContains => "does not contain",
        EndsWith => "ends with",
        NotEndsWith => "does not end with",
        Equals => "=",
        NotEquals => "≠",
        LessThan => "<",
        GreaterThan => ">",
        IsEmpty => "is empty",
        IsNotEmpty => "is not empty",
        IsMobile => "is a mobile number",
        IsNotMobile => "is no mobile number",
        IsNull => "is not set",
        IsNotNull => "is set",
        StartsWith => "starts with",
        NotStartsWith => "does not start with",
        Unknown(name) => name,
    }
}

/// A weight without its number: `Customer.Level = gold`.
pub(super) fn weight(weight: &Weight) -> String {
    let parsed = Operation::parse(&weight.operation);
    let field = weight.field.as_deref().unwrap_or_default();
    let words = operation(&parsed);
    if parsed.takes_value() {
        format!("{field} {words} {}", weight.value_text())
    } else {
        format!("{field} {words}")
    }
}

/// The weights of a rule, in a line; empty if it has none.
pub(super) fn why(rule: &Rule) -> String {
    let shown: Vec<String> = rule.weights.iter().take(4).map(weight).collect();
    let more = if rule.weights.len() > 4 { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

/// When a rule without weights fires.
pub(super) fn without_weights(rule: &Rule) -> &'static str {
    match rule.activation.as_deref().map(text_num) {
        Some(least) if least <= 0.0 => "none: always fires",
        _ => "none: never fires",
    }
}

/// What leads along a reference: a key of a menu, an intent, a share, an accident.
pub(super) fn edge(rule: &Rule, reference: &Reference<'_>) -> String {
    match reference.kind {
        ParamKind::Queue => return "⇒".to_owned(),
        ParamKind::Function => return "ƒ".to_owned(),
        ParamKind::Bot => return "bot".to_owned(),
        ParamKind::ContactFlow => return "flow".to_owned(),
        _ => {}
    }
    match reference.edge {
        Some(EdgeKind::MenuKey | EdgeKind::Intent) => format!("{} →", reference.suffix),
        Some(EdgeKind::Chance) => {
            let share = format!("percentage{}", reference.suffix);
            match rule.params.text(&share) {
                Some(share) if !reference.suffix.is_empty() => format!("{share} % →"),
                _ => "else →".to_owned(),
            }
        }
        Some(EdgeKind::Error) => "error →".to_owned(),
        Some(EdgeKind::NoInput) => "no input →".to_owned(),
        Some(EdgeKind::Hours) => "closed →".to_owned(),
        Some(EdgeKind::Staffing) => "unstaffed →".to_owned(),
        Some(EdgeKind::Return) => "⇄".to_owned(),
        _ => "→".to_owned(),
    }
}

/// Where a rule leads, in a line; empty if nowhere.
pub(super) fn targets(rule: &Rule) -> String {
    let mut out: Vec<String> = Vec::new();
    for reference in kinds::references(rule).take(12) {
        out.push(format!("{} {}", edge(rule, &reference), reference.target));
    }
    if let Some(number) = rule.params.text("externalNumber") {
        out.push(format!("⇒ {number}"));
    }
    out.join("  ")
}

/// The first words that a rule says or writes, for rules that lead nowhere.
pub(super) fn says(rule: &Rule) -> String {
    let text = rule.params.iter().find_map(|(name, value)| {
        let text = value.as_str()?;
        (name.to_lowercase().contains("message") && !text.is_empty()).then(|| text.to_owned())
    });
    if let Some(text) = text {
        return format!("“{text}”");
    }
    let pairs = rule.params.iter().find_map(|(_, value)| Some(pairs(value)).filter(|it| !it.is_empty()));
    pairs.unwrap_or_default().join(", ")
}

/// `key = value` of each item of a list of such.
pub(super) fn pairs(value: &Value) -> Vec<String> {
    let items = value.as_array().unwrap_or_default();
    let pair = |item: &Value| {
        let key = item.member("key");
        (!key.is_nil()).then(|| format!("{} = {}", key.text(), item.member("value").text()))
    };
    items.iter().filter_map(pair).collect()
}

/// Why it fires and where it goes, in a line.
pub(super) fn why_and_where(rule: &Rule) -> String {
    let why = why(rule);
    let mut goes = targets(rule);
    if goes.is_empty() {
        goes = says(rule);
    }
    match (why.is_empty(), goes.is_empty()) {
        (true, _) => goes,
        (false, true) => why,
        (false, false) => {
            format!("{why}  {}{goes}", if goes.starts_with(['→', '⇒', 'ƒ']) { "" } else { "· " })
        }
    }
}
