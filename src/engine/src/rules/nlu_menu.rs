//! NLUMenu (7.9): a menu answered with words, through a bot.

use super::{count_error, error_and_offer, error_message, param};
use crate::host::{Branch, Host};
use crate::state::Path;
use crate::step::{NAMES, Reply, Run, StepError};
use crate::value::{Text, Value};

/// Intent of an answer that nothing matched.
const FALLBACK: &str = "FallbackIntent";
/// State path of the last confirmed intent.
const LAST_INTENT: &str = "System.LastNLUMenuIntent";

/// Checked configuration.
struct Config {
    attempts: f64,
    auto_confirm: bool,
    confidence: f64,
    output: Path,
}

fn check<H: Host>(run: &Run<'_, H>) -> Result<Config, StepError> {
    let required = [
        param!("errorCount"),
        param!("inputCount"),
        param!("lexBotName"),
        param!("outputStateKey"),
        param!("offerMessage"),
        param!("errorMessage1"),
    ];
    if required.iter().any(|key| run.text(key).is_none()) {
        return Err(StepError::rule("NLUMenu has invalid configuration"));
    }
    let auto_confirm = run.is(param!("autoConfirm"), "true");
    if auto_confirm && run.text(param!("autoConfirmMessage")).is_none() {
        return Err(StepError::rule(
            "NLUMenu auto confirm is enabled but an auto confirm message was not provided",
        ));
    }
    let errors = run.get(param!("errorCount"));
    if !errors.is_number() {
        return Err(StepError::rule("NLUMenu error count must be a number"));
    }
    if !(0.0..=2.0).contains(&errors.num()) {
        return Err(StepError::rule("NLUMenu error count must be between 0 and 2"));
    }
    let attempts = run.get(param!("inputCount"));
    if !attempts.is_number() {
        return Err(StepError::rule("NLUMenu input count must be a number"));
    }
    let attempts = attempts.num();
    if !(1.0..=3.0).contains(&attempts) {
        return Err(StepError::rule("NLUMenu input count must be between 1 and 3"));
    }
    let confidence = run.get(param!("autoConfirmConfidence"));
    if !confidence.is_number() || !(0.0..=1.0).contains(&confidence.num()) {
        return Err(StepError::rule("NLUMenu auto confirm confidence must be a number between 0.0 and 1.0"));
    }
    for n in [2.0, 3.0] {
        if attempts >= n && error_message(run, n).is_empty_string() {
            return Err(StepError::rule(format!("NLUMenu is missing required error message {n}")));
        }
    }
    Ok(Config {
        attempts,
        auto_confirm,
        confidence: confidence.num(),
        output: Path::new(&run.get(param!("outputStateKey")).text()),
    })
}

/// Offers the menu.
pub(crate) fn execute<H: Host>(run: &mut Run<'_, H>) -> Result<Reply, StepError> {
    let config = check(run)?;
    forget(run, &config);
    run.set(&NAMES.phase, Value::String(Text::clone(&NAMES.input)));
    Ok(run.say(run.get(param!("offerMessage")), true))
}

fn forget<H: Host>(run: &mut Run<'_, H>, config: &Config) {
    run.contact.state.update(&config.output, Value::Undefined);
    run.update(LAST_INTENT, Value::Undefined);
}

/// The customer said something.
pub(crate) fn input<H: Host>(run: &mut Run<'_, H>, text: Option<&Text>) -> Result<Reply, StepError> {
    let config = check(run)?;
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Err(StepError::rule("NLUMenu is missing required input"));
    };
    forget(run, &config);
    let bot = run.find_bot(&run.get(param!("lexBotName")))?;
    let (intent, confidence, lex_response) = if matches!(&**text, "NOINPUT" | "NOMATCH") {
        (Text::from(FALLBACK), f64::NAN, None)
    } else {
        let recognition = run.ask(bot, text)?;
        (recognition.intent_name(), recognition.confidence, Some(recognition.response))
    };
    let target = run.get(&format!("CurrentRule_intentRuleSet_{intent}"));
    if target.is_empty_string() {
        let reply = not_understood(run, &config);
        return Ok(Reply { lex_response, ..reply });
    }
    let (matched, matched_set) =
        (Text::from(param!("matchedIntent")), Text::from(param!("matchedIntentRuleSet")));
    run.set(&NAMES.valid_input, Value::String(Text::clone(&NAMES.yes)));
    run.set(&matched, Value::String(Text::clone(&intent)));
    run.set(&matched_set, target.clone());
    if config.auto_confirm && confidence >= config.confidence {
        accept(run, &config, &intent, &target);
        run.set(&Text::from(param!("matchedIntentConfidence")), Value::Number(confidence).text());
        run.took(Branch::IntentAuto(&intent));
        let message = run.get(param!("autoConfirmMessage"));
        let message = run.render_text("autoConfirmMessage", &message)?;
        return Ok(Reply { lex_response, ..run.say(message, false) });
    }
    run.remove(&NAMES.next_rule_set);
    run.set(&NAMES.phase, Value::String(Text::clone(&NAMES.confirm)));
    let message = run.get(&format!("CurrentRule_intentConfirmationMessage_{intent}"));
    Ok(Reply { lex_response, ..run.say(message, true) })
}

fn accept<H: Host>(run: &mut Run<'_, H>, config: &Config, intent: &Text, target: &Value) {
    run.contact.state.update(&config.output, Value::String(Text::clone(intent)));
    run.go_to(&format!("intentRuleSet_{intent}"), target);
    run.update(LAST_INTENT, Value::String(Text::clone(intent)));
}

/// No mapped intent. Without an error rule set the last attempt falls through to the next rule (Q37).
fn not_understood<H: Host>(run: &mut Run<'_, H>, config: &Config) -> Reply {
    let errors = count_error(run);
    run.set(&NAMES.valid_input, Value::String(Text::clone(&NAMES.no)));
    run.remove(&NAMES.next_rule_set);
    if errors < config.attempts {
        run.took(Branch::Retry);
        return run.say(error_and_offer(run, errors), true);
    }
    let target = run.get(param!("errorRuleSetName"));
    if target.is_empty_string() {
        run.took(Branch::FallThrough);
    } else {
        run.took(Branch::Error);
        run.go_to("errorRuleSetName", &target);
    }
    run.say(error_message(run, errors), false)
}

/// Yes or no.
pub(crate) fn confirm<H: Host>(run: &mut Run<'_, H>, text: Option<&Text>) -> Result<Reply, StepError> {
    let config = check(run)?;
    let text = text.filter(|text| !text.is_empty());
    let intent = run.text(param!("matchedIntent"));
    let target = run.text(param!("matchedIntentRuleSet"));
    let (Some(text), Some(intent), Some(target)) = (text, intent, target) else {
        return Err(StepError::rule("NLUMenu missing required input or matched intent during confirm"));
    };
    let bot = run.find_bot(&Value::from("yesno"))?;
    let recognition = run.ask(bot, text)?;
    let yes = &*recognition.intent_name() == "Yes";
    let lex_response = Some(recognition.response);
    if yes {
        accept(run, &config, &intent, &Value::String(target));
        run.took(Branch::IntentConfirmed(&intent));
        return Ok(Reply { lex_response, ..run.reply(false) });
    }
    run.took(Branch::IntentRejected(&intent));
    let errors = count_error(run);
    if errors >= config.attempts {
        run.took(Branch::Error);
        let target = run.get(param!("errorRuleSetName"));
        let ends = target.is_empty_string();
        if !ends {
            run.go_to("errorRuleSetName", &target);
        }
        return Ok(Reply { lex_response, terminate: ends, ..run.say(error_message(run, errors), false) });
    }
    run.set(&NAMES.phase, Value::String(Text::clone(&NAMES.input)));
    run.set(&NAMES.valid_input, Value::String(Text::clone(&NAMES.no)));
    run.remove(param!("matchedIntent"));
    run.remove(param!("matchedIntentRuleSet"));
    Ok(Reply { lex_response, ..run.say(run.get(param!("offerMessage")), true) })
}
