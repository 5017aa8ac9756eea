//! The pages that are made from declarations, with their worked examples.

use std::fmt::Write as _;

use super::examples::{Meaning, OPERATIONS, STATE, TEMPLATES};
use super::{DEMO, Page};
use crate::json;
use crate::kinds::{self, KINDS, RETIRED_KINDS, RuleKind};
use crate::lint;
use crate::model::{Rule, RuleSet, read};
use crate::template::{Budget, HELPERS, HelperSpec, Scope, Template};
use crate::value::{Map, Value};
use crate::weight::{self, Operation, Outcome, number_of};

/// Pages on choosing rules, rule types, operations of weights, templates, their helpers, and findings of lint.
pub fn pages() -> Vec<Page> {
    let demo = read::rule_sets(DEMO).map(|found| found.rule_sets).unwrap_or_default();
    let mut out = vec![Page::new("guide/rules", "guide", include_str!("rules.md"))];
    for kind in KINDS.iter().chain(&RETIRED_KINDS) {
        let text = kinds::doc::of(kind) + &example(kind, &demo);
        out.push(Page::new(format!("rule/{}", kind.name), "rule type", text));
    }
    out.push(Page::new("guide/weights", "guide", weights()));
    for it in OPERATIONS {
        out.push(Page::new(format!("weight/{}", it.0), "weight operation", operation(it)));
    }
    out.push(Page::new("guide/templates", "guide", templates()));
    let state = state();
    for spec in HELPERS {
        out.push(Page::new(format!("helper/{}", spec.name), "template helper", helper(spec, &state)));
    }
    out.push(Page::new("guide/lint", "guide", lint::codes::markdown()));
    out
}

/// The rule of the demo that says most about a type: the most parameters, the fewest words.
fn example(kind: &RuleKind, demo: &[RuleSet]) -> String {
    let rules = demo.iter().flat_map(|set| set.rules.iter().map(move |rule| (set, rule)));
    let best = rules.filter(|(_, rule)| rule.rule_type.name() == kind.name).max_by_key(|(_, rule)| {
        let filled = filled(rule);
        let length: usize = filled.iter().map(|(_, text)| text.len()).sum();
        (filled.len(), rule.weights.len().min(1), usize::MAX - length)
    });
    let Some((set, rule)) = best else { return String::new() };
    let mut out = format!(
        "\n## Example\n\nRule \"{}\" of rule set \"{}\" in the demo: priority {}, activation {}.\n",
        rule.name,
        set.name,
        rule.priority,
        rule.activation.as_deref().unwrap_or("none")
    );
    let values = filled(rule);
    if !values.is_empty() {
        out.push_str("\n| Parameter | Value |\n|---|---|\n");
        for (name, value) in values {
            let _ = writeln!(out, "| `{name}` | {} |", cell(&value));
        }
    }
    if !rule.weights.is_empty() {
        out.push_str("\n| Weight | Adds |\n|---|---|\n");
        for weight in &rule.weights {
            let test = format!(
                "{} {} {}",
                weight.field.as_deref().unwrap_or_default(),
                weight.operation,
                weight.value_text()
            );
            let _ = writeln!(out, "| {} | {} |", cell(test.trim()), weight.number_text());
        }
    }
    out
}

fn filled(rule: &Rule) -> Vec<(String, String)> {
    let texts = rule.params.iter().map(|(name, value)| {
        let text = value.as_str().map_or_else(|| json::print(value).unwrap_or_default(), str::to_owned);
        (name.to_string(), text)
    });
    texts.filter(|(_, text)| !text.is_empty()).collect()
}

/// A text as a cell of a table: in one line.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ⏎ ")
}

fn weights() -> String {
    let mut out = String::from(include_str!("weights.md"));
    out.push_str("\n## Operations\n\n| Operation | Meaning |\n|---|---|\n");
    for (name, doc, _) in OPERATIONS {
        let _ = writeln!(out, "| `{name}` | {doc} |");
    }
    out
}

fn operation((name, doc, examples): &Meaning) -> String {
    let operation = Operation::parse(name);
    let takes = operation.takes_value();
    let mut out = format!("# {name}\n\n{doc}\n\n## Examples\n\n");
    out.push_str(if takes {
        "| State | Value | Holds |\n|---|---|---|\n"
    } else {
        "| State | Holds |\n|---|---|\n"
    });
    for (state, value) in *examples {
        let raw = json::parse(state).unwrap_or(Value::Undefined);
        let against = Value::from(*value);
        let holds = weight::test(&operation, &raw, &against, number_of(&against));
        let holds = if holds.is_ok_and(|outcome| outcome != Outcome::Unmet) { "yes" } else { "no" };
        let state = if state.is_empty() { "nothing".to_owned() } else { format!("`{state}`") };
        let _ = if takes {
            writeln!(out, "| {state} | `{value}` | {holds} |")
        } else {
            writeln!(out, "| {state} | {holds} |")
        };
    }
    out
}

fn templates() -> String {
    let mut out = String::from(include_str!("templates.md"));
    out.push_str("\n## Helpers\n\n| Helper | Meaning |\n|---|---|\n");
    for spec in HELPERS {
        let _ = writeln!(out, "| `{}` | {} |", usage(spec), spec.doc);
    }
    out
}

/// How a helper is written.
fn usage(spec: &HelperSpec) -> String {
    let arguments: String = spec.arguments.iter().flat_map(|name| [" ", name]).collect();
    if spec.block {
        format!("{{{{#{0}{arguments}}}}}…{{{{/{0}}}}}", spec.name)
    } else {
        format!("{{{{{}{arguments}}}}}", spec.name)
    }
}

fn helper(spec: &HelperSpec, state: &Map) -> String {
    let mut out = format!("# {}\n\n{}\n\n    {}\n", spec.name, spec.doc, usage(spec));
    if spec.deprecated {
        out.push_str("\nKept for old rules: `dateFormat` and `dateFormatLocal` do the same and more.\n");
    }
    let Some((_, source)) = TEMPLATES.iter().find(|(name, _)| *name == spec.name) else { return out };
    let _ = writeln!(out, "\n## Example\n\n    {source}");
    let read = Template::parse(source).map(|template| template.uses().paths).unwrap_or_default();
    let known: Vec<_> = read.iter().filter_map(|path| Some((path, at(state, path)?))).collect();
    if !known.is_empty() {
        out.push_str("\n| State | Value |\n|---|---|\n");
    }
    for (path, value) in known {
        let _ = writeln!(out, "| `{path}` | {} |", cell(&value));
    }
    let _ = write!(out, "\nbecomes\n\n    {}\n", rendered(source, state));
    out
}

/// What a path leads to, as text.
fn at(state: &Map, path: &str) -> Option<String> {
    let mut value = Value::from(state.clone());
    for part in path.split('.') {
        value = value.member(part);
    }
    if value.is_nil() {
        return None;
    }
    Some(value.as_str().map_or_else(|| json::print(&value).unwrap_or_default(), str::to_owned))
}

fn state() -> Map {
    json::parse(STATE).ok().and_then(|state| state.as_object().cloned()).unwrap_or_default()
}

/// What a template of the examples becomes.
fn rendered(source: &str, state: &Map) -> String {
    let mut draws = || 0.0;
    let mut scope = Scope { now: 0, zone: None, draws: &mut draws, leak: None, budget: Budget::default() };
    let rendered = Template::parse(source).and_then(|template| template.render(state, &mut scope));
    rendered.unwrap_or_else(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::help::{find, search};

    #[test]
    fn every_type_operation_and_helper_has_a_page_with_an_example() {
        let pages = pages();
        let ids: BTreeSet<&str> = pages.iter().map(|page| page.id.as_str()).collect();
        assert_eq!(ids.len(), pages.len(), "ids are not used twice");
        let page = |id: String| pages.iter().find(|page| page.id == id).unwrap_or_else(|| panic!("{id}"));
        for kind in &KINDS {
            let text = &page(format!("rule/{}", kind.name)).text;
            assert!(text.starts_with(&format!("# {}\n", kind.name)) && text.contains("## Example"), "{text}");
        }
        for (_, name) in &Operation::ALL {
            let text = &page(format!("weight/{name}")).text;
            assert!(text.contains("| yes |") && text.contains("| no |"), "{text}");
        }
        assert_eq!(OPERATIONS.len(), Operation::ALL.len());
        for spec in HELPERS.iter().filter(|spec| !spec.name.ends_with("Missing")) {
            assert!(page(format!("helper/{}", spec.name)).text.contains("becomes"), "{}", spec.name);
        }
        assert!(TEMPLATES.iter().all(|(name, _)| find(&pages, name).is_some()));
    }

    #[test]
    fn examples_come_out_as_people_expect() {
        let state = state();
        for (name, wanted) in [
            ("each", "Broadband, Mobile"),
            ("ifeq", "Thank you."),
            ("paddedRandom", "0007"),
            ("formatCentsAsDollars", "$10.05"),
            ("upgradePhone", "+61412345678"),
            ("timeLocalHuman", "11:20pm"),
        ] {
            let source = TEMPLATES.iter().find(|it| it.0 == name).unwrap().1;
            assert_eq!(rendered(source, &state), wanted, "{name}");
        }
        for (name, source) in TEMPLATES {
            let text = rendered(source, &state);
            assert!(!text.is_empty() && !text.contains("{{") && !text.contains("rror"), "{name}: {text}");
        }
        let pages = pages();
        let text = &pages[find(&pages, "notcontains").unwrap()].text;
        assert!(
            text.contains("| `\"broadband\"` | `band` | no |") && text.contains("| nothing | `a` | yes |")
        );
    }

    #[test]
    fn the_page_of_a_thing_is_found_first_by_its_name() {
        let pages = pages();
        for name in ["Queue", "notcontains", "characterSpeechSlow", "DTMFMenu"] {
            assert_eq!(pages[search(&pages, name)[0].page].title, name);
        }
    }
}
