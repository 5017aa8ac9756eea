//! Findings about templates: those that fail, unknown helpers, unknown time zones. Each text is looked at
//! once however often it occurs.

use rustc_hash::FxHashMap;

use super::{Place, Report, TemplateCheck, TemplateFacts, codes, instance};
use crate::kinds::is_template;
use crate::model::Rule;
use crate::value::{Map, Value};

/// What is known about the templates seen so far.
pub(super) struct Cache<'a> {
    check: &'a dyn TemplateCheck,
    known: FxHashMap<Box<str>, Option<TemplateFacts>>,
}

impl<'a> Cache<'a> {
    pub(super) fn new(check: &'a dyn TemplateCheck) -> Self {
        Cache { check, known: FxHashMap::default() }
    }

    /// The facts of a template that has something to report.
    fn bad(&mut self, template: &str) -> Option<&TemplateFacts> {
        if !self.known.contains_key(template) {
            let mut facts = self.check.facts(template);
            facts.zones.retain(|zone| !instance::is_zone(zone));
            let good = facts.error.is_none() && facts.unknown_helpers.is_empty() && facts.zones.is_empty();
            self.known.insert(Box::from(template), (!good).then_some(facts));
        }
        self.known.get(template)?.as_ref()
    }
}

pub(super) fn check(rule: &Rule, place: Place, cache: &mut Cache<'_>, out: &mut Report<'_>) {
    for (i, weight) in rule.weights.iter().enumerate() {
        if let Some(value) = weight.value.as_str().filter(|value| is_template(value)) {
            text(value, place, || format!("weights[{i}] / value"), cache, out);
        }
    }
    for (param, value) in rule.params.iter() {
        match value {
            Value::String(value) if is_template(value) => {
                text(value, place, || format!("params / {param}"), cache, out);
            }
            Value::Array(items) => {
                for (i, item) in items.iter().enumerate() {
                    if let Value::Object(item) = item {
                        members(item, place, param, i, cache, out);
                    }
                }
            }
            _ => {}
        }
    }
}

fn members(item: &Map, place: Place, param: &str, i: usize, cache: &mut Cache<'_>, out: &mut Report<'_>) {
    for (name, value) in item {
        if let Value::String(value) = value
            && &**name != "key"
            && is_template(value)
        {
            text(value, place, || format!("params / {param}[{i}] / {name}"), cache, out);
        }
    }
    if matches!(param, "updateStates")
        && let Some(key) = item.get("key").and_then(Value::as_str)
        && cache.check.is_helper(key)
    {
        let what = format!("`{key}` is the name of a helper");
        out.add(&codes::HELPER_KEY, place, format!("params / {param}[{i}] / key"), what);
    }
}

fn text(
    template: &str,
    place: Place,
    part: impl Fn() -> String,
    cache: &mut Cache<'_>,
    out: &mut Report<'_>,
) {
    let Some(facts) = cache.bad(template) else { return };
    if !facts.unknown_helpers.is_empty() {
        let what = format!("there is no helper `{}`", facts.unknown_helpers.join("`, `"));
        out.add(&codes::UNKNOWN_HELPER, place, part(), what);
    } else if let Some(error) = &facts.error {
        out.add(&codes::BAD_TEMPLATE, place, part(), error.as_str());
    }
    for zone in &facts.zones {
        out.add(&codes::UNKNOWN_ZONE, place, part(), format!("there is no time zone `{zone}`"));
    }
}
