//! `--synthesise`: what rules mention and the instance lacks, with ids derived from names
//! (`spec/testing.md` 5.1).

use connect_rules_engine::catalogue::{Bot, Catalogue, Named};
use connect_rules_engine::kinds::{self, ParamKind};
use connect_rules_engine::model::RuleSet;
use connect_rules_engine::template::is_template;
use connect_rules_engine::value::{Text, Value};

/// Adds queues, flows, functions, bots and prompts that rules name. Templates name nothing.
pub fn synthesise(rule_sets: &[RuleSet], catalogue: &mut Catalogue) {
    let prefix = catalogue.prefix();
    if catalogue.time_zone.is_none() {
        catalogue.time_zone = Some(Text::from("UTC"));
    }
    for rule in rule_sets.iter().flat_map(|set| &set.rules) {
        for reference in kinds::references(rule).filter(|reference| !reference.dynamic) {
            let name = reference.target;
            match reference.kind {
                ParamKind::Queue => add(&mut catalogue.queues, name, "queue"),
                ParamKind::ContactFlow => add(&mut catalogue.contact_flows, name, "contact-flow"),
                ParamKind::Function if catalogue.function(name).is_none() => {
                    add(&mut catalogue.lambda_functions, &Text::from(format!("{prefix}{name}")), "function");
                }
                ParamKind::Bot => add_bot(catalogue, name, &prefix),
                _ => {}
            }
        }
        for (_, value) in rule.params.iter() {
            if let Value::String(text) = value
                && !is_template(text)
                && let Some(name) = kinds::prompt_name(text)
            {
                add(&mut catalogue.prompts, &Text::from(name), "prompt");
            }
        }
        let flow = Text::from(format!("RulesEngine{}", rule.rule_type.name()));
        add(&mut catalogue.contact_flows, &flow, "contact-flow");
    }
    add_bot(catalogue, &Text::from("yesno"), &prefix);
}

fn add(list: &mut Vec<Named>, name: &Text, what: &str) {
    if list.iter().all(|known| known.name != *name) {
        list.push(Named {
            name: Text::clone(name),
            id: Some(id(what, name)),
            arn: Some(Text::from(format!("arn:synthetic:{what}/{}", id(what, name)))),
        });
    }
}

fn add_bot(catalogue: &mut Catalogue, name: &Text, prefix: &str) {
    if catalogue.bot(name).is_none() && catalogue.bot_by_simple_name(name).is_none() {
        catalogue.lex_bots.push(Bot {
            name: Text::from(format!("{prefix}{name}")),
            simple_name: Text::clone(name),
            id: Some(id("bot", name)),
            alias_id: Some(id("alias", name)),
            locale_id: Some(Text::from("en_AU")),
            arn: Some(Text::from(format!("arn:synthetic:bot-alias/{}", id("alias", name)))),
        });
    }
}

fn id(what: &str, name: &str) -> Text {
    connect_rules_engine::workspace::v5(&format!("{what}:{name}"))
}
