//! Checks a rule before it is saved: everything that the strictest form of the original refuses
//! (`spec/evaluator.md` section 7, Q75), names, weights and templates.

use super::items;
use super::names::{is_reserved_key, name_problem};
use super::spec::{Condition, ParamKind, ParamName, ParamSpec, Required};
use super::weights::weight_problems;
use super::{kind, param_spec};
use crate::catalogue::Catalogue;
use crate::model::Rule;
use crate::problem::Problem;
use crate::prompt;
use crate::template::{self, is_template};
use crate::value::{Map, Value, text_number, trim, utf16_len};

/// What a rule is checked against.
pub struct Surroundings<'a> {
    /// Queues, functions, bots and contact flows; `None` when no instance is known.
    pub catalogue: Option<&'a Catalogue>,
    /// Whether there is a rule set of this name.
    pub rule_set_exists: &'a dyn Fn(&str) -> bool,
    /// Whether templates are compiled and rendered against empty state.
    pub templates: bool,
}

/// What sort of mistake a check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// A name or description.
    Name,
    /// Priority or activation.
    Number,
    /// A weight.
    Weight,
    /// A template.
    Template,
    /// A type that does not run.
    Type,
    /// A value that is needed and missing.
    Missing,
    /// A value that is too long.
    Length,
    /// A value that is not of its kind.
    Value,
    /// A key that the engine owns.
    Reserved,
    /// A thing that does not exist.
    Reference,
    /// Shares of a distribution.
    Shares,
    /// Works when it runs, but saving refuses it.
    Form,
}

/// Everything that is wrong with a rule; empty when it can be saved.
///
/// Places are relative to the rule: `name`, `params / queueName`, `weights[0] / field`. Rules of retired and
/// unknown types are refused. Duplicate names are for the caller, who knows the other rules.
pub fn validate(rule: &Rule, around: &Surroundings<'_>) -> Vec<Problem> {
    check_rule(rule, around).into_iter().map(|(_, problem)| problem).collect()
}

/// As [`validate`], with the sort of every mistake.
pub fn check_rule(rule: &Rule, around: &Surroundings<'_>) -> Vec<(Check, Problem)> {
    let mut report = Report { around, out: Vec::new(), prefix: "" };
    head(rule, &mut report);
    for (i, weight) in rule.weights.iter().enumerate() {
        for problem in weight_problems(weight, false) {
            report.error(
                if problem.works { Check::Form } else { Check::Weight },
                &format!("weights[{i}] / {}", problem.member),
                problem.what,
                problem.fix,
            );
        }
        let value = weight.value_text();
        if is_template(value) {
            report.template(&format!("weights[{i}] / value"), value);
        }
    }
    let Some(kind) = kind(&rule.rule_type).filter(|kind| !kind.retired) else {
        report.error(
            Check::Type,
            "type",
            format!("`{}` is not a type of rule that runs; contacts fail when they reach it", rule.rule_type),
            "choose one of the 17 types",
        );
        return report.out;
    };
    report.prefix = "params / ";
    for spec in kind.params {
        required(spec, rule, &mut report);
    }
    for (param, value) in rule.params.iter() {
        match param_spec(Some(kind), param) {
            Some((spec, _)) if spec.retired => {}
            Some((spec, _)) => check(spec, param, value, &mut report),
            None => report.text_template(param, value),
        }
    }
    together(rule, &mut report);
    report.out
}

fn head(rule: &Rule, report: &mut Report<'_>) {
    if let Some(reason) = name_problem(&rule.name) {
        report.error(
            Check::Name,
            "name",
            format!("the name {reason}"),
            "use 2 to 64 letters, digits, blanks, - and _",
        );
    }
    if utf16_len(&rule.description) > 1024 {
        report.error(
            Check::Name,
            "description",
            "the description is longer than 1024 characters",
            "shorten it",
        );
    }
    let activation = rule.activation.as_deref().unwrap_or_default();
    for (place, text, most) in [("priority", &*rule.priority, 100_000.0), ("activation", activation, 1000.0)]
    {
        let number = text_number(text);
        if number.is_some_and(|n| (0.0..=most).contains(&n) && n.fract() == 0.0) {
            continue;
        }
        let check = if number.is_some() { Check::Form } else { Check::Number };
        let what = format!("`{text}` is not a whole number from 0 to {most}");
        report.error(check, place, what, "give such a number, 0 if it does not matter");
    }
}

/// Collects problems of one rule.
pub(super) struct Report<'a> {
    around: &'a Surroundings<'a>,
    out: Vec<(Check, Problem)>,
    prefix: &'static str,
}

impl Report<'_> {
    pub(super) fn error(&mut self, check: Check, place: &str, what: impl Into<String>, fix: &str) {
        self.out.push((check, Problem::error(format!("{}{place}", self.prefix), what, fix)));
    }

    /// Notes a text that is a template and does not compile or render.
    pub(super) fn template(&mut self, place: &str, text: &str) {
        if self.around.templates
            && is_template(text)
            && let Err(message) = template::check(text)
        {
            self.error(Check::Template, place, format!("the template fails: {message}"), "mend the template");
        }
    }

    fn text_template(&mut self, place: &str, value: &Value) {
        if let Value::String(text) = value {
            self.template(place, text);
        }
    }

    /// The configuration rows whose names no rule may write.
    pub(super) fn config(&self) -> Option<&Map> {
        self.around.catalogue.map(|catalogue| &catalogue.config)
    }
}

fn filled(rule: &Rule, param: &str) -> bool {
    rule.params.get(param).is_some_and(|value| !value.is_nil() && !trim(&value.text()).is_empty())
        || rule.params.get(param).and_then(Value::as_array).is_some()
}

fn number_of(rule: &Rule, param: &str) -> Option<f64> {
    rule.params.get(param).and_then(|value| text_number(&value.text()))
}

/// Whether the condition holds for the parameter of this name suffix.
fn holds(condition: Condition, rule: &Rule, suffix: &str) -> bool {
    let is = |param: &str, text: &str| rule.params.get(param).is_some_and(|v| &*v.text() == text);
    match condition {
        Condition::Is(param, text) => is(param, text),
        Condition::IsNot(param, text) => !is(param, text),
        Condition::AtLeast(param, least) => number_of(rule, param).is_some_and(|n| n >= f64::from(least)),
        Condition::NumberBelow(param) => {
            let own = text_number(suffix).unwrap_or(f64::INFINITY);
            number_of(rule, param).is_some_and(|count| own < count)
        }
        Condition::Beside(prefix) => filled(rule, &format!("{prefix}{suffix}")),
    }
}

fn required(spec: &ParamSpec, rule: &Rule, report: &mut Report<'_>) {
    let (condition, check, why) = match spec.required {
        Required::Never => return,
        Required::Always => (None, Check::Missing, "the rule fails without it"),
        Required::When(condition) => (Some(condition), Check::Missing, "the rule fails without it"),
        Required::Editor => (None, Check::Form, "the form demands it"),
        Required::EditorWhen(condition) => (Some(condition), Check::Form, "the form demands it"),
    };
    let mut need = |name: &str, suffix: &str| {
        if condition.is_none_or(|condition| holds(condition, rule, suffix)) && !filled(rule, name) {
            report.error(check, name, format!("`{}` is missing; {why}", spec.label), "give a value");
        }
    };
    match (spec.name, condition) {
        (ParamName::Exact(name), _) => need(name, ""),
        (ParamName::Numbered(prefix, from, to), Some(Condition::NumberBelow(count))) => {
            let count = number_of(rule, count).unwrap_or(0.0).min(f64::from(to) + 1.0);
            for number in (from..=to).take_while(|number| f64::from(*number) < count) {
                need(&format!("{prefix}{number}"), &number.to_string());
            }
        }
        (ParamName::Suffixed(prefix), Some(Condition::Beside(beside))) => {
            for suffix in rule.params.iter().filter_map(|(name, _)| name.strip_prefix(beside)) {
                need(&format!("{prefix}{suffix}"), suffix);
            }
        }
        _ => {}
    }
}

fn check(spec: &ParamSpec, param: &str, value: &Value, report: &mut Report<'_>) {
    if matches!(spec.kind, ParamKind::Attributes | ParamKind::States | ParamKind::Behaviours) {
        items::check(spec.kind, param, value, report);
        return;
    }
    if matches!(value, Value::Array(_) | Value::Object(_)) {
        report.error(Check::Value, param, "holds a list or an object where a text belongs", "give a text");
        return;
    }
    let text = value.text();
    if value.is_nil() || trim(&text).is_empty() {
        return;
    }
    let length = utf16_len(&text);
    let longest = match spec.kind {
        ParamKind::Text(_, most) | ParamKind::StateKey(_, most) => most,
        ParamKind::Payload => 99_999,
        _ => 1024,
    };
    if length > longest {
        report.error(
            Check::Length,
            param,
            format!("has {length} characters, more than {longest}"),
            "shorten it",
        );
    }
    if is_template(&text) {
        report.template(param, &text);
        return;
    }
    if let Some((what, fix)) = problem_of(spec.kind, &text, report.around) {
        let check = match spec.kind {
            ParamKind::StateKey(..) if is_reserved_key(&text, report.config()) => Check::Reserved,
            ParamKind::Text(..) | ParamKind::StateKey(..) | ParamKind::StatePath => Check::Form,
            ParamKind::RuleSet
            | ParamKind::Queue
            | ParamKind::Bot
            | ParamKind::ContactFlow
            | ParamKind::Message => Check::Reference,
            _ => Check::Value,
        };
        report.error(check, param, what, &fix);
    }
}

/// What is wrong with the text of a parameter that is no template, and what to do.
fn problem_of(kind: ParamKind, text: &str, around: &Surroundings<'_>) -> Option<(String, String)> {
    let found = |found: bool, what: &str| {
        (!found).then(|| {
            (
                format!("there is no {what} `{text}`; contacts that get here fail"),
                format!("choose a {what} that exists"),
            )
        })
    };
    match kind {
        ParamKind::Text(least, _) if utf16_len(text) < least => {
            Some((format!("`{text}` is shorter than {least} characters"), "give a longer text".to_owned()))
        }
        ParamKind::StateKey(least, _) if utf16_len(text) < least => {
            Some((format!("`{text}` is shorter than {least} characters"), "give a longer key".to_owned()))
        }
        ParamKind::StateKey(..) if is_reserved_key(text, around.catalogue.map(|c| &c.config)) => Some((
            format!("`{text}` belongs to the engine; writing it breaks the contact"),
            "choose another key".to_owned(),
        )),
        ParamKind::StatePath if utf16_len(text) < 2 => Some((
            format!("`{text}` is shorter than 2 characters"),
            "give the path of a state key".to_owned(),
        )),
        ParamKind::Number(least, most, whole) => {
            let good = text_number(text)
                .is_some_and(|n| (least..=most).contains(&n) && (!whole || n.fract() == 0.0));
            let sort = if whole { "a whole number" } else { "a number" };
            (!good).then(|| {
                (format!("`{text}` is not {sort} from {least} to {most}"), "give such a number".to_owned())
            })
        }
        ParamKind::Choice(choices) if !choices.contains(&text) => {
            Some((format!("`{text}` is not one of the choices"), format!("choose {}", choices.join(", "))))
        }
        ParamKind::Flag if !matches!(text, "true" | "false") => Some((
            format!("`{text}` is neither true nor false and counts as false"),
            "write true or false".to_owned(),
        )),
        ParamKind::PhoneNumber if !is_phone_number(text) => Some((
            format!("`{text}` is not a telephone number"),
            "give an optional + and 11 digits, or 0 and 9 digits".to_owned(),
        )),
        ParamKind::RuleSet => found((around.rule_set_exists)(text), "rule set"),
        ParamKind::Queue => found(around.catalogue.is_none_or(|c| c.queue(text).is_some()), "queue"),
        ParamKind::Bot => found(around.catalogue.is_none_or(|c| c.bot(text).is_some()), "bot"),
        ParamKind::ContactFlow => {
            found(around.catalogue.is_none_or(|c| c.contact_flow(text).is_some()), "contact flow")
        }
        ParamKind::Function if !text.starts_with("integration") => Some((
            format!("`{text}` is not the name of an integration function"),
            "give a short name that starts with integration".to_owned(),
        )),
        ParamKind::Function => found(around.catalogue.is_none_or(|c| c.function(text).is_some()), "function"),
        ParamKind::Message => {
            let prompt = prompt_name(text)?;
            found(around.catalogue.is_none_or(|c| c.prompt(prompt).is_some()), "prompt").map(|_| {
                (
                    format!("there is no prompt `{prompt}`; its name is spoken instead"),
                    "choose a prompt that exists".to_owned(),
                )
            })
        }
        _ => None,
    }
}

/// The prompt that a message names, if it is one (`spec/evaluator.md` section 5).
pub fn prompt_name(message: &str) -> Option<&str> {
    match prompt::kind(message) {
        prompt::Kind::Prompt(name) => Some(name),
        _ => None,
    }
}

/// Optional `+` and 11 digits, or `0` and 9 digits; one blank may stand before each digit.
pub fn is_phone_number(text: &str) -> bool {
    let mut rest = text;
    let plus = rest.starts_with('+');
    if plus {
        rest = &rest[1..];
    }
    let mut digits = String::new();
    while !rest.is_empty() {
        let digit = rest.strip_prefix(' ').unwrap_or(rest);
        match digit.bytes().next() {
            Some(b) if b.is_ascii_digit() => digits.push(char::from(b)),
            _ => return false,
        }
        rest = &digit[1..];
    }
    digits.len() == 11 || (!plus && digits.len() == 10 && digits.starts_with('0'))
}

/// Checks that need more than one parameter.
fn together(rule: &Rule, report: &mut Report<'_>) {
    match rule.rule_type.name() {
        "Distribution" => {
            let count = number_of(rule, "optionCount").unwrap_or(0.0).clamp(0.0, 10.0) as usize;
            let total: f64 = (0..count).filter_map(|i| number_of(rule, &format!("percentage{i}"))).sum();
            let total = (total * 1e9).round() / 1e9;
            if total > 100.0 {
                report.error(
                    Check::Shares,
                    "optionCount",
                    format!("the percentages total {total}; contacts that get here fail"),
                    "lower them to 100 or less",
                );
            }
            if total < 100.0 {
                // Here the default is more than a wish of the form.
                for (check, problem) in &mut report.out {
                    if problem.place.ends_with("defaultRuleSetName") && *check == Check::Form {
                        *check = Check::Missing;
                    }
                }
            }
        }
        "DTMFMenu" => at_least_one("dtmf", "key", rule, report),
        "NLUMenu" => at_least_one("intentRuleSet_", "intent", rule, report),
        "TextInference" => {
            for (name, _) in rule.params.iter() {
                let Some(intent) = name.strip_prefix("intentRuleSet_") else { continue };
                let confidence = format!("intentConfidence_{intent}");
                if intent != "FallbackIntent" && filled(rule, name) && !filled(rule, &confidence) {
                    report.error(
                        Check::Missing,
                        &confidence,
                        "`Intent confidence` is missing",
                        "give a number from 0 to 1",
                    );
                }
            }
        }
        "DTMFInput" => {
            if let (Some(least), Some(most)) = (number_of(rule, "minLength"), number_of(rule, "maxLength"))
                && least > most
            {
                report.error(
                    Check::Value,
                    "minLength",
                    format!("the shortest length {least} is above the longest {most}, so no input is valid"),
                    "lower it",
                );
            }
        }
        "NLUInput" => bounds(rule, report),
        _ => {}
    }
}

fn at_least_one(prefix: &str, what: &str, rule: &Rule, report: &mut Report<'_>) {
    if !rule.params.iter().any(|(name, _)| name.starts_with(prefix) && filled(rule, name)) {
        report.error(
            Check::Value,
            prefix,
            format!("no {what} leads anywhere"),
            "choose a rule set for at least one",
        );
    }
}

fn bounds(rule: &Rule, report: &mut Report<'_>) {
    for name in ["minValue", "maxValue"] {
        let Some(text) = rule.params.text(name).filter(|text| !text.is_empty() && !is_template(text)) else {
            continue;
        };
        let good = match rule.params.text("dataType") {
            Some("number") => text_number(text).is_some(),
            Some("date") => {
                matches!(text, "today" | "tomorrow" | "yesterday")
                    || text.parse::<jiff::civil::Date>().is_ok()
            }
            _ => true,
        };
        if !good {
            report.error(
                Check::Value,
                name,
                format!("`{text}` is no bound for this type of data; it is ignored, or refuses every input"),
                "give a number, or for dates YYYY-MM-DD, today, tomorrow or yesterday",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden::parse;

    /// Sort and place of everything refused in a rule of this type with these parameters.
    fn refused(rule_type: &str, params: &str) -> Vec<(Check, String)> {
        let text = format!(
            r#"[{{"name":"S","rules":[{{"name":"r1","type":"{rule_type}","activation":"0","params":{{{params}}}}}]}}]"#
        );
        let sets = parse(&text);
        let around =
            Surroundings { catalogue: None, rule_set_exists: &|name| name == "Here", templates: true };
        check_rule(&sets[0].rules[0], &around)
            .into_iter()
            .map(|(check, problem)| (check, problem.place.replacen("params / ", "", 1)))
            .collect()
    }

    #[test]
    fn a_menu_needs_what_its_attempts_need() {
        let start = r#""offerMessage":"o","errorMessage1":"e","dtmf1":"Here""#;
        assert_eq!(refused("DTMFMenu", &format!(r#"{start},"inputCount":"1""#)), []);
        assert_eq!(
            refused("DTMFMenu", &format!(r#"{start},"inputCount":"3""#)),
            [(Check::Missing, "errorMessage2".to_owned()), (Check::Missing, "errorMessage3".to_owned())]
        );
        let no_key =
            refused("DTMFMenu", r#""offerMessage":"o","errorMessage1":"e","inputCount":"1","dtmf1":"""#);
        assert_eq!(no_key, [(Check::Value, "dtmf".to_owned())]);
    }

    #[test]
    fn shares_are_summed_as_decimals() {
        let shares = |a: &str, b: &str| {
            refused(
                "Distribution",
                &format!(
                    r#""optionCount":"2","ruleSetName0":"Here","percentage0":"{a}","ruleSetName1":"Here","percentage1":"{b}","defaultRuleSetName":"Here""#
                ),
            )
        };
        let no_default = |percentage: &str| {
            let params = format!(r#""optionCount":"1","ruleSetName0":"Here","percentage0":"{percentage}""#);
            refused("Distribution", &params)
        };
        assert_eq!(no_default("100"), [(Check::Form, "defaultRuleSetName".to_owned())]);
        assert_eq!(no_default("99"), [(Check::Missing, "defaultRuleSetName".to_owned())]);
        assert_eq!(shares("33.3", "66.7"), []);
        assert_eq!(shares("60", "41"), [(Check::Shares, "optionCount".to_owned())]);
        assert_eq!(shares("60", "x"), [(Check::Value, "percentage1".to_owned())]);
    }

    #[test]
    fn values_templates_and_references() {
        assert_eq!(refused("Wait", r#""ruleSetName":"Gone","waitTimeSeconds":"4""#).len(), 2);
        assert_eq!(refused("Wait", r#""ruleSetName":"{{x}}","waitTimeSeconds":"{{y}}""#), []);
        assert_eq!(refused("Message", r#""message":"{{bad x}}""#), [(Check::Template, "message".to_owned())]);
        assert_eq!(
            refused("UpdateStates", r#""updateStates":[{"key":"System.x","value":"{{bad x}}"}]"#),
            [
                (Check::Reserved, "updateStates[0]".to_owned()),
                (Check::Template, "updateStates[0]".to_owned())
            ]
        );
        let long = "x".repeat(1025);
        assert_eq!(
            refused("Message", &format!(r#""message":"{long}""#)),
            [(Check::Length, "message".to_owned())]
        );
        assert_eq!(refused("RuleSetBail", ""), [(Check::Type, "type".to_owned())]);
    }

    #[test]
    fn telephone_numbers() {
        for good in ["+61399990000", "61399990000", "0399990000", "+6 1 3 9 9 9 9 0 0 0 0"] {
            assert!(is_phone_number(good), "{good}");
        }
        for bad in ["", "+0399990000", "399990000", "+613999900001", "0399 99000x", "03  99990000"] {
            assert!(!is_phone_number(bad), "{bad}");
        }
    }
}
