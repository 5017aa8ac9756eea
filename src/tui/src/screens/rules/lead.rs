//! Following references: where a rule leads, who leads to a rule set, the simulator and the graph.

use connect_rules_engine::kinds::{self, ParamKind};
use connect_rules_engine::model::{Rule, RuleSet};
use connect_rules_engine::value::Text;

use super::Rules;
use super::facts::{self, Used};
use super::words;
use crate::data::Data;
use crate::message::Level;
use crate::overlay::{Candidate, Choose, Explain};
use crate::screen::{Cx, ScreenId, Target};

impl Rules {
    /// Commands that lead elsewhere. Tells whether it was one.
    pub(super) fn run_leading(&mut self, command: &str, cx: &mut Cx<'_>) -> bool {
        let Some(data) = cx.data.cloned() else { return false };
        let set = self.the_set(&data);
        match command {
            "rules.goto" => {
                let rule = self.the_rule(&data).filter(|_| self.on_rule);
                let (what, rules) = match (set, rule) {
                    (_, Some((_, rule))) => (&rule.name, std::slice::from_ref(rule)),
                    (Some(set), None) => (&set.name, &set.rules[..]),
                    (None, None) => return true,
                };
                let places = leads_to(rules, &data);
                match &places[..] {
                    [] => cx.toast(Level::Note, format!("{what} leads to no other rule set")),
                    [only] => match &only.refused {
                        Some(why) => cx.toast(Level::Bad, format!("{}: {why}", only.label)),
                        None => go(&only.value, cx),
                    },
                    _ => cx.open(Choose::new(format!("{what} leads to"), "goto", cx.me(), places)),
                }
            }
            "rules.used" => {
                if let Some(set) = set {
                    let places = self.leads_here(set, &data);
                    if places.is_empty() {
                        cx.toast(
                            Level::Note,
                            format!("nothing leads to {}: no rule, no end point", set.name),
                        );
                    } else {
                        cx.open(Choose::new(
                            format!("{} is reached from", set.name),
                            "used",
                            cx.me(),
                            places,
                        ));
                    }
                }
            }
            "rules.simulate" => {
                if let Some(set) = set {
                    cx.go(Target::Simulate { rule_set: Text::clone(&set.name), end_point: Text::default() });
                }
            }
            "rules.graph" => {
                if let Some(set) = set {
                    cx.go(Target::GraphOf(Text::clone(&set.name)));
                }
            }
            "rules.findings" => self.explain_findings(&data, cx),
            _ => return false,
        }
        true
    }

    fn leads_here(&self, set: &RuleSet, data: &Data) -> Vec<Candidate> {
        let facts = self.facts.as_ref().filter(|facts| facts.mark == data.snapshot.mark);
        let mut out = match facts {
            Some(facts) => user_candidates(facts.users(&set.name), data),
            None => user_candidates(facts::users(data).get(&set.name).map_or(&[][..], Vec::as_slice), data),
        };
        for name in &set.end_points {
            let it = data.snapshot.end_points.iter().find(|it| it.name == *name);
            let numbers = it.map(|it| it.inbound_numbers.join(", ")).unwrap_or_default();
            out.push(Candidate {
                value: Text::from(format!("endPoint {}", it.map_or("", |it| &*it.id))),
                label: format!("☎ {name}"),
                detail: numbers,
                refused: it.is_none().then(|| "there is no such end point".to_owned()),
            });
        }
        for test in data.snapshot.tests.iter().filter(|test| set.end_points.contains(&test.end_point)) {
            out.push(Candidate {
                value: Text::from(format!("test {}", test.test_id.as_deref().unwrap_or_default())),
                label: format!("test {}", test.name),
                detail: format!("starts at {}", test.end_point),
                refused: None,
            });
        }
        out
    }

    fn explain_findings(&self, data: &Data, cx: &mut Cx<'_>) {
        let Some(facts) = &self.facts else {
            cx.toast(Level::Note, "the rules are being checked");
            return;
        };
        let Some(set) = self.the_set(data) else {
            cx.toast(Level::Note, "choose a rule set; Home lists the findings of all");
            return;
        };
        let rule = self.the_rule(data).filter(|_| self.on_rule).map(|(_, rule)| &rule.name);
        let chosen = facts.findings(&set.name).filter(|it| rule.is_none() || it.rule.as_ref() == rule);
        let texts: Vec<String> = chosen
            .map(|it| {
                format!(
                    "{} {} {}\n  {}\n  Why: {}\n  What to do: {}",
                    it.severity,
                    it.code,
                    it.place(),
                    it.what,
                    it.why,
                    it.fix
                )
            })
            .collect();
        let name = rule.unwrap_or(&set.name);
        if texts.is_empty() {
            cx.toast(Level::Good, format!("lint finds nothing about {name}"));
        } else {
            cx.open(Explain::new(format!("Findings ── {name}"), texts.join("\n\n")));
        }
    }
}

/// Goes to a place that a picker answered.
pub(super) fn go(place: &str, cx: &mut Cx<'_>) {
    let Some((what, id)) = place.split_once(' ') else { return };
    cx.go(match what {
        "ruleSet" => Target::RuleSet(Text::from(id)),
        "rule" => match id.split_once(' ') {
            Some((set, rule)) => Target::Rule(Text::from(set), Text::from(rule)),
            None => return,
        },
        "endPoint" => Target::EndPoint(Text::from(id)),
        "test" => Target::Test(Text::from(id)),
        "connect" => Target::Admin("connect", Text::from(id)),
        _ => Target::Screen(ScreenId::Rules),
    });
}

/// Rules that refer to something, as places to go to.
pub(super) fn user_candidates(users: &[Used], data: &Data) -> Vec<Candidate> {
    let candidate = |used: &Used| {
        let (set, rule) = data.rule(&used.set, &used.rule)?;
        let off = if set.enabled && rule.enabled { "" } else { " · disabled" };
        let label = kinds::spec_of(&rule.rule_type, &used.param);
        let param =
            label.map_or_else(|| used.param.to_string(), |(spec, suffix)| format!("{} {suffix}", spec.label));
        Some(Candidate {
            value: Text::from(format!("rule {} {}", used.set, used.rule)),
            label: format!("{} / {}", set.name, rule.name),
            detail: format!("{}{off}", param.trim_end()),
            refused: None,
        })
    };
    users.iter().filter_map(candidate).collect()
}

/// What rules lead to, each place once.
fn leads_to(rules: &[Rule], data: &Data) -> Vec<Candidate> {
    let mut out: Vec<Candidate> = Vec::new();
    for rule in rules {
        for reference in kinds::references(rule) {
            let name = reference.target;
            let (value, refused) = match reference.kind {
                _ if reference.dynamic => (String::new(), Some("known only when the rule runs".to_owned())),
                ParamKind::RuleSet => match data.rule_set_named(name) {
                    Some(set) => (format!("ruleSet {}", set.id.as_deref().unwrap_or_default()), None),
                    None => (String::new(), Some("there is no such rule set".to_owned())),
                },
                _ => (format!("connect {name}"), None),
            };
            let label = format!("{} {name}", words::edge(rule, &reference));
            if !out.iter().any(|known| known.label == label) {
                out.push(Candidate {
                    value: Text::from(value),
                    label,
                    detail: rule.name.to_string(),
                    refused,
                });
            }
        }
    }
    out
}
