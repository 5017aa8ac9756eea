//! Log lines that tell how contacts go through the rules (`spec/lambdas.md` 8.1).

use crate::cache::Model;
use crate::evaluator::Action;
use crate::host::Happened;
use crate::log::{Line, Log};
use connect_rules_engine::dates;
use connect_rules_engine::state::{Path, State};
use connect_rules_engine::step::Contact;
use connect_rules_engine::value::{Text, Value};

/// Where a contact was before an action.
pub struct Analytics {
    rule_set: Option<Text>,
    rule_set_start: Option<Text>,
    rule: Option<Text>,
    rule_type: Option<Text>,
    rule_start: Option<Text>,
}

fn text(state: &State, key: &str) -> Option<Text> {
    let value = state.path(&Path::new(key));
    if value.is_nil() || value.is_empty_string() { None } else { Some(value.text()) }
}

fn or_dash(text: Option<&Text>) -> Value {
    text.map_or_else(|| Value::from("-"), |text| Value::String(Text::clone(text)))
}

impl Analytics {
    /// Remembers where a contact is.
    pub fn before(contact: &Contact) -> Self {
        let state = &contact.state;
        Analytics {
            rule_set: text(state, "CurrentRuleSet"),
            rule_set_start: text(state, "RuleSetStart"),
            rule: text(state, "CurrentRule"),
            rule_type: text(state, "CurrentRuleType"),
            rule_start: text(state, "RuleStart"),
        }
    }

    /// Tells what an action did.
    pub fn tell(
        mut self,
        log: &Log,
        action: Action,
        model: &Model,
        contact: &Contact,
        happened: &[Happened],
    ) {
        let state = &contact.state;
        let when = text(state, "RuleStart").or_else(|| text(state, "RuleSetStart"));
        for event in happened {
            match event {
                Happened::Entered(at) => {
                    let next = Text::clone(&model.live.active(*at).name);
                    self.end_rule(log, contact);
                    self.end_rule_set(log, contact, &next);
                    let line = Log::analytics(&contact.id, "RULESET_START")
                        .with("RuleSet", Value::String(Text::clone(&next)))
                        .with("Previous", or_dash(self.rule_set.as_ref()))
                        .with_some("When", when.clone());
                    log.write(line);
                    self.rule_set_start.clone_from(&when);
                    self.rule_set = Some(next);
                }
                Happened::Returned(rule) => {
                    self.end_rule(log, contact);
                    self.rule_set = Some(Text::clone(&model.live.active(rule.rule_set).name));
                }
                Happened::Started(rule) => {
                    self.end_rule(log, contact);
                    let set = model.live.active(rule.rule_set);
                    let Some(active) = set.rules.get(rule.rule as usize) else { continue };
                    self.rule = Some(Text::clone(&active.name));
                    self.rule_type = Some(Text::clone(&active.type_name));
                    self.rule_start.clone_from(&when);
                    let line = Log::analytics(&contact.id, "RULE_START")
                        .with("RuleSet", Value::String(Text::clone(&set.name)))
                        .with("RuleType", Value::String(Text::clone(&active.type_name)))
                        .with("RuleName", Value::String(Text::clone(&active.name)))
                        .with_some("When", when.clone());
                    log.write(line);
                }
            }
        }
        if let Some(line) = told(log, action, state, contact) {
            log.write(line);
        }
    }

    fn end_rule(&mut self, log: &Log, contact: &Contact) {
        let Some(rule) = self.rule.take() else { return };
        let line = Log::analytics(&contact.id, "RULE_END")
            .with("RuleSet", or_dash(self.rule_set.as_ref()))
            .with("RuleType", or_dash(self.rule_type.take().as_ref()))
            .with("RuleName", Value::String(rule));
        log.write(timed(line, self.rule_start.take().as_ref(), contact));
    }

    fn end_rule_set(&mut self, log: &Log, contact: &Contact, next: &Text) {
        let Some(rule_set) = &self.rule_set else { return };
        let line = Log::analytics(&contact.id, "RULESET_END")
            .with("RuleSet", Value::String(Text::clone(rule_set)))
            .with("Next", Value::String(Text::clone(next)));
        log.write(timed(line, self.rule_set_start.take().as_ref(), contact));
    }
}

/// Adds when something ended and how many milliseconds it took.
fn timed(line: Line, start: Option<&Text>, contact: &Contact) -> Line {
    let line = line.with("When", dates::iso_utc_ms(contact.clock));
    match start.and_then(|start| dates::parse(start)) {
        Some(start) => line.with("TimeCost", Value::Number((contact.clock - start).max(0) as f64)),
        None => line,
    }
}

/// The line of a menu or an input.
fn told(log: &Log, action: Action, state: &State, contact: &Contact) -> Option<Line> {
    let code = match action {
        Action::DtmfMenu => "DTMF_MENU_SELECTION",
        Action::NluMenu => "NLU_MENU",
        Action::NluInput => "NLU_INPUT",
        _ => return None,
    };
    let current = |name: &str| text(state, &format!("CurrentRule_{name}"));
    let masked = |line: Line, name: &str, value: Option<Text>| match value {
        Some(value) => line.with(name, log.masked(value)),
        None => line,
    };
    let line = Log::analytics(&contact.id, code)
        .with("RuleSet", or_dash(text(state, "CurrentRuleSet").as_ref()))
        .with("Rule", or_dash(text(state, "CurrentRule").as_ref()))
        .with("When", dates::iso_utc_ms(contact.clock));
    let line = match action {
        Action::DtmfMenu => masked(
            line.with_some("NextRuleSet", text(state, "NextRuleSet"))
                .with_some("ValidSelection", current("validSelection"))
                .with_some("FailureReason", current("failureReason")),
            "Selection",
            text(state, "System.LastSelectedDTMF"),
        ),
        Action::NluMenu => line
            .with_some("LexBotName", current("lexBotName"))
            .with_some("Intent", current("matchedIntent"))
            .with_some("Confidence", current("matchedIntentConfidence"))
            .with_some("ConfiguredRuleSet", current("matchedIntentRuleSet"))
            .with_some("ErrorRuleSet", current("errorRuleSetName"))
            .with_some("InputCount", current("inputCount"))
            .with_some("ErrorCount", current("errorCount"))
            .with_some("AutoConfirmed", current("autoConfirmNow"))
            .with_some("ConfirmationRequired", current("confirmationRequired"))
            .with_some("ValidIntent", current("validInput")),
        _ => masked(
            line.with_some("DataType", current("dataType"))
                .with_some("ValidSelection", current("validInput"))
                .with_some("ErrorCount", current("errorCount"))
                .with("Result", heard(state)),
            "SlotValue",
            current("slotValue").or_else(|| text(state, "System.LastNLUInputSlot")),
        ),
    };
    Some(line.with_some("Done", current("done")).with_some("Terminate", current("terminate")))
}

fn heard(state: &State) -> &'static str {
    let is = |name: &str, value: &str| {
        text(state, &format!("CurrentRule_{name}")).is_some_and(|text| &*text == value)
    };
    if is("validInput", "true") {
        return if is("autoConfirmNow", "true") { "AUTO_CONFIRM" } else { "MANUAL_CONFIRM" };
    }
    if is("done", "true") && is("errorMessageType", "none") { "NOINPUT" } else { "INVALID_INPUT" }
}
