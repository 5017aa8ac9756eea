//! Findings about templates: those that fail, unknown helpers, unknown time zones. Each text is looked at
//! once however often it occurs.

use rustc_hash::{FxHashMap, FxHashSet};

use super::state_keys::Written;
use super::{Place, Report, codes, instance};
use crate::model::Rule;
use crate::template::{self, HELPERS, Template, is_template};
use crate::value::{Map, Value};

/// What was found out about one template.
#[derive(Default)]
struct TemplateFacts {
    /// Why it does not compile or does not render against empty state.
    error: Option<String>,
    /// Names that are called like helpers and are none.
    unknown_helpers: Vec<String>,
    /// Literal time zones given to helpers.
    zones: Vec<String>,
    /// Dotted paths that it reads from state, as far as they are fixed.
    paths: Vec<String>,
}

impl TemplateFacts {
    fn of(source: &str) -> Self {
        let error = template::check(source).err().map(|error| error.to_string());
        let Ok(compiled) = Template::parse(source) else {
            return TemplateFacts { error, ..TemplateFacts::default() };
        };
        let uses = compiled.uses();
        let unknown_helpers = uses.helpers.into_iter().filter(|h| !h.known).map(|h| h.name).collect();
        TemplateFacts { error, unknown_helpers, zones: uses.zones, paths: uses.paths }
    }
}

/// What is known about the templates seen so far.
pub(super) struct Cache<'a> {
    written: &'a Written<'a>,
    /// Paths that nothing writes and that are reported already.
    unset: FxHashSet<String>,
    known: FxHashMap<Box<str>, Option<TemplateFacts>>,
}

impl<'a> Cache<'a> {
    pub(super) fn new(written: &'a Written<'a>) -> Self {
        Cache { written, unset: FxHashSet::default(), known: FxHashMap::default() }
    }

    /// The facts of a template that has something to report.
    fn bad(&mut self, template: &str) -> Option<&mut TemplateFacts> {
        if !self.known.contains_key(template) {
            let mut facts = TemplateFacts::of(template);
            facts.zones.retain(|zone| !instance::is_zone(zone));
            facts.paths.retain(|path| {
                let plain = path.strip_prefix("@root.").unwrap_or(path);
                let plain = plain.strip_suffix(".length").unwrap_or(plain);
                let state = !plain.is_empty() && !plain.starts_with('@') && plain != "this";
                state && !self.written.may_hold(plain) && self.unset.insert(plain.to_owned())
            });
            let good = facts.error.is_none()
                && facts.unknown_helpers.is_empty()
                && facts.zones.is_empty()
                && facts.paths.is_empty();
            self.known.insert(Box::from(template), (!good).then_some(facts));
        }
        self.known.get_mut(template)?.as_mut()
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
        && HELPERS.iter().any(|helper| helper.name == key)
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
    for path in std::mem::take(&mut facts.paths) {
        out.add(&codes::NEVER_SET_READ, place, part(), format!("`{path}` is never set by any rule"));
    }
    for zone in &facts.zones {
        out.add(&codes::UNKNOWN_ZONE, place, part(), format!("there is no time zone `{zone}`"));
    }
}
