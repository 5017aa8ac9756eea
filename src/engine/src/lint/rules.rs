//! Findings about rule sets and rules one by one: names, types, parameters, references.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Code, Place, Report, codes};
use crate::kinds::{self, Check, ParamKind, RuleType, Surroundings, names};
use crate::model::Rule;
use crate::references::is_message_param;
use crate::value::{Text, Value, text_number};

/// Names, duplicates and end points of all rule sets.
pub(super) fn check_sets(out: &mut Report<'_>) {
    let mut exact: FxHashMap<&str, usize> = FxHashMap::default();
    let mut folded: FxHashMap<String, usize> = FxHashMap::default();
    let mut end_points: FxHashMap<&str, usize> = FxHashMap::default();
    let world = out.world;
    for (i, set) in world.sets.iter().enumerate() {
        let place = Place { set: i, rule: None };
        if let Some(reason) = names::name_problem(&set.name) {
            out.add(&codes::BAD_NAME, place, "name", format!("the name {reason}"));
        }
        if let Some(reason) = names::folder_problem(&set.folder) {
            out.add_with(
                &codes::BAD_NAME,
                place,
                "folder",
                format!("the folder {reason}"),
                "Choose another folder.",
            );
        }
        if exact.insert(&set.name, i).is_some() {
            out.add(
                &codes::DUPLICATE_SET,
                place,
                "name",
                format!("there are several rule sets `{}`", set.name),
            );
        } else if let Some(other) = folded.insert(set.name.to_lowercase(), i) {
            let what = format!("`{}` and `{}` differ only in case", world.sets[other].name, set.name);
            out.add(&codes::CASE_NAME, place, "name", what);
        }
        for end_point in &set.end_points {
            if !set.enabled {
                let what = format!("end point `{end_point}` belongs to this disabled rule set");
                out.add(&codes::DISABLED_END_POINT, place, "endPoints", what);
            } else if let Some(other) = end_points.insert(end_point, i) {
                let what = format!("end point `{end_point}` is also claimed by `{}`", world.sets[other].name);
                out.add(&codes::SHARED_END_POINT, place, "endPoints", what);
            }
        }
        let mut rule_names: FxHashSet<&str> = FxHashSet::default();
        for (at, rule) in world.rules[i].iter().enumerate() {
            if !rule_names.insert(&rule.name) {
                let place = Place { set: i, rule: Some(at) };
                out.add(
                    &codes::DUPLICATE_RULE,
                    place,
                    "name",
                    format!("several rules are called `{}`", rule.name),
                );
            }
        }
    }
    if !world.sets.is_empty() && end_points.is_empty() {
        out.add_instance(&codes::NO_END_POINT, "ruleSets", "no enabled rule set has an end point".to_owned());
    }
}

/// Everything about one rule that needs no other rule.
pub(super) fn check(rule: &Rule, place: Place, out: &mut Report<'_>) {
    match &rule.rule_type {
        RuleType::Retired(name) => {
            out.add(&codes::RETIRED_TYPE, place, "type", format!("`{name}` is a retired type"));
        }
        RuleType::Unknown(name) => {
            out.add(&codes::UNKNOWN_TYPE, place, "type", format!("there is no type `{name}`"));
        }
        _ => {}
    }
    if text_number(&rule.priority).is_none() && !rule.priority.is_empty() {
        out.add(&codes::BAD_PRIORITY, place, "priority", format!("`{}` is not a number", rule.priority));
    }
    let activation = rule.activation.as_deref();
    if activation.is_none_or(|text| !text.is_empty() && text_number(text).is_none()) {
        let what = format!("`{}` is not a number", activation.unwrap_or_default());
        out.add(&codes::BAD_ACTIVATION, place, "activation", what);
    }
    if rule.rule_type.is_live() {
        form(rule, place, out);
    }
    params(rule, place, out);
    references(rule, place, out);
    prompts(rule, place, out);
}

/// What the strictest form refuses and nothing else here reports.
fn form(rule: &Rule, place: Place, out: &mut Report<'_>) {
    let around = Surroundings { catalogue: None, rule_set_exists: &|_| true, templates: false };
    for (check, problem) in kinds::check_rule(rule, &around) {
        let code: &'static Code = match check {
            Check::Name => &codes::BAD_NAME,
            Check::Weight => &codes::BAD_WEIGHT,
            Check::Missing => &codes::MISSING_VALUE,
            Check::Length => &codes::TOO_LONG,
            Check::Value => &codes::BAD_VALUE,
            Check::Reserved => &codes::RESERVED_KEY,
            Check::Shares => &codes::BAD_SHARES,
            Check::Form => &codes::FORM_ONLY,
            // Numbers that are none have codes of their own.
            Check::Number | Check::Template | Check::Type | Check::Reference => continue,
        };
        out.add_with(code, place, problem.place, problem.what, sentence(&problem.fix));
    }
}

/// With a capital letter and a full stop.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), chars.as_str()))
}

fn params(rule: &Rule, place: Place, out: &mut Report<'_>) {
    let kind = kinds::kind(&rule.rule_type);
    if kind.is_none_or(|kind| kind.retired && kind.params.is_empty()) {
        return;
    }
    for (param, value) in rule.params.iter() {
        match kinds::param_spec(kind, param) {
            None => out.add(
                &codes::UNKNOWN_PARAM,
                place,
                format!("params / {param}"),
                format!("{} rules have no parameter `{param}`", rule.rule_type),
            ),
            Some((spec, _)) if spec.retired && !value.is_empty_string() => {
                out.add(
                    &codes::RETIRED_PARAM,
                    place,
                    format!("params / {param}"),
                    format!("`{param}` is retired"),
                );
            }
            _ => {}
        }
        let intent = param
            .strip_prefix("intentConfirmationMessage_")
            .or_else(|| param.strip_prefix("intentConfidence_"))
            .filter(|_| !value.is_empty_string());
        if let Some(intent) = intent
            && rule.params.get(&format!("intentRuleSet_{intent}")).is_none_or(Value::is_empty_string)
        {
            let what = format!("intent `{intent}` leads nowhere");
            out.add(&codes::UNUSED_INTENT, place, format!("params / {param}"), what);
        }
    }
    if rule.rule_type == RuleType::NLUMenu
        && rule.params.text("intentRuleSet_FallbackIntent").is_some_and(|text| !text.is_empty())
    {
        let part = "params / intentRuleSet_FallbackIntent";
        out.add(&codes::MAPPED_FALLBACK, place, part, "FallbackIntent has a rule set");
    }
}

fn references(rule: &Rule, place: Place, out: &mut Report<'_>) {
    let world = out.world;
    for reference in kinds::references(rule) {
        let target: &Text = reference.target;
        let missing = reference.kind == ParamKind::RuleSet
            && !reference.dynamic
            && !world.by_name.contains_key(&**target);
        let guess = if missing { out.guess(target) } else { String::new() };
        let mut add = |code: &'static Code, what: String| {
            out.add(code, place, format!("params / {}", reference.param), what);
        };
        if reference.dynamic {
            if escapes(target) {
                add(&codes::ESCAPED, format!("`{target}` is escaped"));
            }
            if reference.kind == ParamKind::RuleSet {
                add(&codes::DYNAMIC, format!("the rule set is `{target}`"));
            }
            continue;
        }
        match (reference.kind, world.catalogue) {
            (ParamKind::RuleSet, _) => match world.by_name.get(&**target) {
                None => {
                    add(&codes::DANGLING, format!("there is no rule set `{target}`{guess}"));
                }
                Some(to) if !world.sets[*to as usize].enabled => {
                    add(&codes::DISABLED_TARGET, format!("rule set `{target}` is disabled"));
                }
                Some(_) => {}
            },
            (ParamKind::Queue, Some(catalogue)) if catalogue.queue(target).is_none() => {
                add(&codes::NO_QUEUE, format!("there is no queue `{target}`"));
            }
            (ParamKind::Function, Some(catalogue)) if catalogue.function(target).is_none() => {
                add(&codes::NO_FUNCTION, format!("there is no function `{target}`"));
            }
            (ParamKind::Bot, Some(catalogue)) if catalogue.bot(target).is_none() => {
                add(&codes::NO_BOT, format!("there is no bot `{target}`"));
            }
            (ParamKind::ContactFlow, Some(catalogue)) if catalogue.contact_flow(target).is_none() => {
                add(&codes::NO_FLOW, format!("there is no contact flow `{target}`"));
            }
            _ => {}
        }
    }
    if matches!(rule.rule_type, RuleType::NLUInput | RuleType::NLUMenu)
        && world.catalogue.is_some_and(|catalogue| catalogue.bot("yesno").is_none())
    {
        let what = "there is no bot `yesno`, which the confirmation asks";
        out.add(&codes::NO_BOT, place, "type", what);
    }
}

/// Whether a template has a place that is escaped: two braces that are not three, with no `&`, block or
/// comment mark behind.
fn escapes(template: &str) -> bool {
    let mut rest = template;
    while let Some(at) = rest.find("{{") {
        let after = &rest[at + 2..];
        let inner = after.strip_prefix('~').unwrap_or(after);
        if after.starts_with('{') {
            rest = after.find("}}}").map_or("", |end| &after[end + 3..]);
            continue;
        }
        if !inner.starts_with(['&', '#', '/', '!', '^', '>']) && !inner.starts_with("else") {
            return true;
        }
        rest = after;
    }
    false
}

fn prompts(rule: &Rule, place: Place, out: &mut Report<'_>) {
    let Some(catalogue) = out.world.catalogue else { return };
    for (param, value) in rule.params.iter() {
        if let Value::String(text) = value
            && text.contains("prompt:")
            && is_message_param(param)
            && let Some(prompt) = kinds::prompt_name(text)
            && !crate::template::is_template(prompt)
            && catalogue.prompt(prompt).is_none()
        {
            let what = format!("there is no prompt `{prompt}`");
            out.add(&codes::NO_PROMPT, place, format!("params / {param}"), what);
        }
    }
}
