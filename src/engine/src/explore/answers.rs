//! What a customer might say to a question.

use crate::host::RuleAt;
use crate::kinds::RuleType;
use crate::model::Rule;
use crate::offline::Stubs;
use crate::step::Reply;
use crate::value::{Text, Value};
use crate::workspace::Workspace;

/// Answers that are tried at one question.
const MOST: usize = 32;
/// Digits of any length.
const DIGITS: &str = "12345678901234567890123456789012";

/// Answers to the question of a reply: good ones first, then what is wrong, then silence.
pub(super) fn of(workspace: &Workspace, stubs: &Stubs, reply: &Reply, confirming: bool) -> Vec<Text> {
    let found = workspace.find(&reply.rule_set).and_then(|set| {
        let active = workspace.active(set);
        let at = active.find(&reply.rule)?;
        let rule = workspace.rule(RuleAt { rule_set: set, rule: at });
        Some((&active.rules[at as usize].rule_type, rule))
    });
    let Some((rule_type, rule)) = found else { return vec![Text::from("NOINPUT")] };
    let mut out: Vec<Text> = Vec::new();
    match (rule_type, confirming) {
        (RuleType::DTMFMenu | RuleType::DTMFInput, true) => push(&mut out, ["1", "2"]),
        (_, true) => push(&mut out, ["yes", "no"]),
        (RuleType::DTMFMenu, false) => {
            let keys = rule.params.iter().filter(|(_, goal)| !goal.is_empty_string());
            push(&mut out, keys.filter_map(|(name, _)| name.strip_prefix("dtmf")));
            push(&mut out, ["NOMATCH"]);
        }
        (RuleType::DTMFInput, false) => digits(&mut out, workspace, rule),
        (RuleType::NLUMenu | RuleType::NLUInput, false) => {
            wanted(&mut out, workspace, rule);
            let bot = rule.params.text("lexBotName").unwrap_or_default();
            out.extend(stubs.bots.utterances(bot));
            push(&mut out, ["nothing that anybody knows"]);
        }
        _ => push(&mut out, ["hello"]),
    }
    out.retain(|answer| !answer.is_empty());
    out.truncate(MOST);
    push(&mut out, ["NOINPUT"]);
    let mut known = std::collections::HashSet::new();
    out.retain(|answer| known.insert(Text::clone(answer)));
    out
}

fn push<'a>(out: &mut Vec<Text>, texts: impl IntoIterator<Item = &'a str>) {
    out.extend(texts.into_iter().map(Text::from));
}

/// Digits of the lengths that a rule takes and does not take, and dates, cards and times among them.
fn digits(out: &mut Vec<Text>, workspace: &Workspace, rule: &Rule) {
    wanted(out, workspace, rule);
    let length = |name: &str| rule.params.text(name).and_then(|text| text.parse::<usize>().ok());
    let least = length("minLength").unwrap_or(1).clamp(1, DIGITS.len());
    let most = length("maxLength").unwrap_or(least).clamp(least, DIGITS.len());
    push(out, [&DIGITS[..least], &DIGITS[..most]]);
    push(out, ["4111111111111111", "01012030", "01011980", "0130", "1230", "0400000000", "100", "0"]);
    if least > 1 {
        push(out, [&DIGITS[..least - 1]]);
    }
}

/// What weights compare the answer with, where it is kept in state.
fn wanted(out: &mut Vec<Text>, workspace: &Workspace, rule: &Rule) {
    let Some(key) = rule.params.text("outputStateKey").filter(|key| !key.is_empty()) else { return };
    let weights = workspace.rule_sets().iter().flat_map(|set| &set.rules).flat_map(|rule| &rule.weights);
    let of_key = weights.filter(|weight| weight.field.as_deref() == Some(key));
    let values = of_key.filter_map(|weight| match &weight.value {
        Value::String(text) if !crate::template::is_template(text) => Some(Text::clone(text)),
        _ => None,
    });
    out.extend(values.take(MOST / 2));
}
