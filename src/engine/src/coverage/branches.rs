//! Branches of rules: where each can go and what it takes to go there (`spec/testing.md` 4.3).

use super::references::{is_templated, text};
use crate::chance::percent_sum;
use crate::host::Branch;
use crate::kinds::RuleType;
use crate::model::Rule;
use crate::value::{Text, text_num};

/// A branch and the rule set, queue or number it leads to; `terminate` where it ends the contact, nothing
/// where the contact goes on.
pub(super) type BranchItem<'w> = (Branch<'w>, Option<Text>);

/// What a flag parameter can be: on, off. Only the text `true` is on.
fn flag(rule: &Rule, name: &str) -> (bool, bool) {
    let on = rule.params.text(name) == Some("true");
    if is_templated(rule, name) { (true, true) } else { (on, !on) }
}

/// Whether a rule has more than one attempt; a count that is no number allows it.
fn retries(rule: &Rule) -> bool {
    text(rule, "inputCount").is_none_or(|count| {
        let count = text_num(&count);
        count.is_nan() || count > 1.0
    })
}

/// Where the last failed attempt leads.
fn or_terminate(target: Option<Text>) -> Option<Text> {
    target.or_else(|| Some(Text::from("terminate")))
}

/// Parameters of a prefix that hold something, with what follows the prefix.
fn suffixed<'w>(rule: &'w Rule, prefix: &'static str) -> impl Iterator<Item = (&'w str, Text)> {
    rule.params.iter().filter_map(move |(name, value)| {
        let suffix = name.strip_prefix(prefix).filter(|suffix| !suffix.is_empty())?;
        if value.is_empty_string() { None } else { Some((suffix, value.text())) }
    })
}

/// The branches of a rule that a simulation can take.
pub(super) fn branches(rule: &Rule) -> Vec<BranchItem<'_>> {
    let mut out = Vec::new();
    let target = |name: &str| text(rule, name);
    match &rule.rule_type {
        RuleType::Message | RuleType::Metric | RuleType::SetAttributes | RuleType::UpdateStates => {
            out.push((Branch::Next, None));
        }
        RuleType::SMSMessage => out.extend([(Branch::Sent, None), (Branch::NoNumber, None)]),
        RuleType::Terminate => out.push((Branch::Terminate, or_terminate(None))),
        RuleType::Queue => out.push((Branch::Queue, target("queueName"))),
        RuleType::ExternalNumber => {
            let (resume, leave) = flag(rule, "resume");
            out.extend(resume.then(|| (Branch::Resume, target("externalNumber"))));
            out.extend(leave.then(|| (Branch::Leave, target("externalNumber"))));
        }
        RuleType::RuleSet => {
            let (returns, goes) = flag(rule, "returnHere");
            out.extend(goes.then(|| (Branch::Goto, target("ruleSetName"))));
            if returns {
                out.extend([(Branch::Call, target("ruleSetName")), (Branch::Return, None)]);
            }
        }
        RuleType::Distribution => distribution(rule, &mut out),
        RuleType::DTMFMenu => {
            out.extend(suffixed(rule, "dtmf").map(|(key, to)| (Branch::Key(key), Some(to))));
            out.extend(retries(rule).then_some((Branch::Retry, None)));
            out.push((Branch::Error, or_terminate(target("errorRuleSetName"))));
            out.push((Branch::NoInput, or_terminate(target("noInputRuleSetName"))));
        }
        RuleType::DTMFInput => {
            let templated = is_templated(rule, "confirmationMessage");
            let asks = target("confirmationMessage").is_some();
            if templated || !asks {
                out.push((Branch::Accepted, None));
            }
            if asks {
                out.extend([(Branch::Confirmed, None), (Branch::Rejected, None)]);
            }
            out.extend([(Branch::Retry, None), (Branch::Error, target("errorRuleSetName"))]);
        }
        RuleType::NLUMenu => {
            let auto = flag(rule, "autoConfirm").0;
            for (intent, to) in suffixed(rule, "intentRuleSet_") {
                out.push((Branch::IntentConfirmed(intent), Some(Text::clone(&to))));
                out.push((Branch::IntentRejected(intent), None));
                out.extend(auto.then_some((Branch::IntentAuto(intent), Some(to))));
            }
            out.extend(retries(rule).then_some((Branch::Retry, None)));
            let error = target("errorRuleSetName");
            if error.is_none() || is_templated(rule, "errorRuleSetName") {
                out.push((Branch::FallThrough, None));
            }
            out.push((Branch::Error, or_terminate(error)));
        }
        RuleType::NLUInput => {
            out.extend([(Branch::Confirmed, None), (Branch::Rejected, None)]);
            out.extend(flag(rule, "autoConfirm").0.then_some((Branch::Auto, None)));
            out.extend(retries(rule).then_some((Branch::Retry, None)));
            out.extend(target("noInputRuleSetName").map(|to| (Branch::NoInput, Some(to))));
            out.push((Branch::Error, or_terminate(target("errorRuleSetName"))));
        }
        RuleType::TextInference => {
            for (intent, to) in suffixed(rule, "intentRuleSet_") {
                out.push((Branch::Intent(intent), Some(to)));
                out.push((Branch::IntentLow(intent), None));
            }
            out.extend([(Branch::NoMatch, None), (Branch::NoText, None)]);
        }
        RuleType::Integration => {
            out.extend([(Branch::Done, None), (Branch::Failed, None), (Branch::TimedOut, None)]);
        }
        RuleType::Wait => out.extend([(Branch::Input, target("ruleSetName")), (Branch::Timeout, None)]),
        RuleType::Retired(_) | RuleType::Unknown(_) => {}
    }
    out
}

/// Options in order, and the default if the percentages leave something for it, or may do so.
fn distribution<'w>(rule: &'w Rule, out: &mut Vec<BranchItem<'w>>) {
    let count = text(rule, "optionCount").map_or(0.0, |count| text_num(&count));
    let templated = is_templated(rule, "optionCount");
    // A count that is no number allows none, as when the rule runs.
    let count = if templated { FORM_OPTIONS } else { count.ceil().clamp(0.0, MAX_OPTIONS) as usize };
    let mut percents = Vec::new();
    for i in 0..count {
        let Some(to) = text(rule, &format!("ruleSetName{i}")) else { continue };
        out.push((Branch::Option(i), Some(to)));
        percents.push(text(rule, &format!("percentage{i}")).map_or(f64::NAN, |percent| text_num(&percent)));
    }
    let known = !templated && percents.iter().all(|percent| percent.is_finite());
    if !known || percent_sum(&percents) < 100.0 {
        out.push((Branch::Default, text(rule, "defaultRuleSetName")));
    }
}

/// Options that the form of a rule has.
const FORM_OPTIONS: usize = 10;
/// More options than any rule has.
const MAX_OPTIONS: f64 = 1000.0;
