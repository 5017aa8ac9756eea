//! What a rule would do on a sample state: the message as the customer gets it, and what its weights add up to.

use connect_rules_engine::catalogue::Catalogue;
use connect_rules_engine::compat::Compat;
use connect_rules_engine::json;
use connect_rules_engine::model::{Rule, Weight};
use connect_rules_engine::prompt::{self, Kind};
use connect_rules_engine::state::State;
use connect_rules_engine::template::{Budget, Scope, Template, is_template};
use connect_rules_engine::value::{Map, Text, Value, text_number};
use connect_rules_engine::weight::{Comparand, CompiledWeight, Operation, counts, number_of, prepare, test};
use connect_rules_engine::workspace::Workspace;

use crate::message::Owner;

/// What one rendering for the preview may do: enough for any message, too little to be felt.
const BUDGET: Budget = Budget { output: 1 << 16, steps: 200_000 };
/// The longest message that is rendered while typing, in bytes.
const LONGEST: usize = 1 << 16;

/// Asks the screen Simulate for the state of its latest call; it answers a [`SampleState`] to the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskState(
    /// Who gets the answer.
    pub Owner,
);

/// A state to look at a rule with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SampleState {
    /// Where it comes from, such as `last call +61400111222`.
    pub label: String,
    /// The state.
    pub state: Map,
}

impl SampleState {
    /// No state at all.
    pub fn empty() -> Self {
        SampleState { label: "empty state".to_owned(), state: Map::new() }
    }

    /// The state that a JSON object describes.
    ///
    /// # Errors
    /// Why the text is none.
    pub fn typed(text: &str) -> Result<Self, String> {
        match json::parse(text) {
            Ok(Value::Object(map)) => {
                Ok(SampleState { label: "state typed by hand".to_owned(), state: Map::clone(&map) })
            }
            Ok(_) => Err("give a JSON object such as {\"Customer\": {\"Tier\": \"gold\"}}".to_owned()),
            Err(error) => Err(format!("not JSON: {error}")),
        }
    }
}

/// A text rendered against the sample.
///
/// # Errors
/// Why it cannot be rendered.
pub fn rendered(
    text: &str,
    sample: &SampleState,
    workspace: Option<&Workspace>,
    now: i64,
) -> Result<String, String> {
    if !is_template(text) {
        return Ok(text.to_owned());
    }
    let template = Template::parse(text).map_err(|error| error.to_string())?;
    let zone = workspace.and_then(|workspace| workspace.zone().cloned());
    let mut draws = || 0.5;
    let mut scope = Scope { now, zone, draws: &mut draws, leak: None, budget: BUDGET };
    template.render(&sample.state, &mut scope).map_err(|error| error.to_string())
}

/// A message as the customer gets it: its lines, and what it is in a word.
pub fn message(
    text: &str,
    sample: &SampleState,
    workspace: Option<&Workspace>,
    now: i64,
) -> (Vec<String>, String) {
    if text.len() > LONGEST {
        return (Vec::new(), format!("{} characters; too long for a preview", text.chars().count()));
    }
    let said = match rendered(text, sample, workspace, now) {
        Ok(said) => said,
        Err(error) => return (Vec::new(), format!("cannot be rendered: {error}")),
    };
    let catalogue = workspace.map(Workspace::catalogue);
    let count = said.chars().count();
    let note = match prompt::kind(&said) {
        Kind::None => "nothing is said".to_owned(),
        Kind::Ssml => format!("speech markup · {count} characters"),
        Kind::Prompt(name) => prompt_note(name, catalogue),
        Kind::Text => format!("text · {count} characters"),
    };
    let lines = if note.starts_with("nothing") { "" } else { &*said };
    (lines.split('\n').filter(|_| !lines.is_empty()).map(str::to_owned).collect(), note)
}

fn prompt_note(name: &str, catalogue: Option<&Catalogue>) -> String {
    match catalogue {
        Some(catalogue) if catalogue.prompt(name).is_some() => format!("prompt {name}"),
        Some(catalogue) => {
            let like: Vec<&str> = catalogue
                .prompts
                .iter()
                .map(|prompt| &*prompt.name)
                .filter(|prompt| prompt.starts_with(name.trim()))
                .take(5)
                .collect();
            if like.is_empty() {
                format!("there is no prompt {name}; f2 lists them")
            } else {
                format!("prompts: {} · f2 picks one", like.join(", "))
            }
        }
        None => format!("prompt {name}"),
    }
}

/// How a weight comes out on the sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Whether it counts.
    pub met: bool,
    /// What it adds.
    pub adds: f64,
    /// What the state holds there, as text.
    pub raw: String,
    /// Why it cannot be tested.
    pub error: Option<String>,
}

impl Verdict {
    /// In words.
    pub fn text(&self) -> String {
        if let Some(error) = &self.error {
            return format!("✗ {error} {}", self.raw);
        }
        format!("{} {}", if self.met { "✓ met" } else { "✗ not met" }, self.raw)
    }
}

/// How the weights come out on the sample.
pub fn verdicts(
    weights: &[Weight],
    sample: &SampleState,
    workspace: Option<&Workspace>,
    now: i64,
) -> Vec<Verdict> {
    let mut state = State::new();
    for (key, value) in sample.state.iter() {
        state.set_raw(key, value.clone());
    }
    weights.iter().map(|weight| verdict(weight, &state, sample, workspace, now)).collect()
}

fn verdict(
    weight: &Weight,
    state: &State,
    sample: &SampleState,
    workspace: Option<&Workspace>,
    now: i64,
) -> Verdict {
    let (path, comparand) = prepare(weight, Compat::Corrected);
    let raw = state.lookup(&path);
    let shown = match &*raw {
        Value::Undefined => "(missing)".to_owned(),
        Value::String(text) => format!("\"{text}\""),
        other => json::print(other).unwrap_or_else(|| other.text().to_string()),
    };
    let (value, number) = match comparand {
        Comparand::Fixed(value, number) => (value, number),
        Comparand::Broken(text) => (Value::String(text), None),
        Comparand::Template(_, text) => {
            let value = rendered(&text, sample, workspace, now).map_or(Value::String(text), Value::from);
            let number = number_of(&value);
            (value, number)
        }
    };
    let operation = Operation::parse(&weight.operation);
    match test(&operation, &raw, &value, number) {
        Ok(outcome) => {
            let compiled = CompiledWeight::new(0, weight);
            let (met, adds) = counts(outcome, &operation, &compiled, Compat::Corrected);
            Verdict { met, adds, raw: shown, error: None }
        }
        Err(name) => {
            Verdict { met: false, adds: 0.0, raw: shown, error: Some(format!("no operation {name}")) }
        }
    }
}

/// The total of a rule on the sample in words, and whether it fires.
pub fn total(rule: &Rule, verdicts: &[Verdict]) -> (String, bool) {
    let total = verdicts.iter().fold(0.0, |total, verdict| total + verdict.adds);
    let wanted = rule.activation.clone().unwrap_or_else(|| Text::from("nothing"));
    let least = if wanted.trim().is_empty() { Some(0.0) } else { text_number(&wanted) };
    match least {
        Some(least) if total >= least => {
            let why = if rule.weights.is_empty() && least <= 0.0 { "always fires" } else { "fires" };
            (format!("total now {total} ≥ {least}: {why}"), true)
        }
        Some(least) => (format!("total now {total} < {least}: does not fire"), false),
        None => (format!("total now {total}, {wanted} is no number: never fires"), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(field: &str, operation: &str, value: &str, number: &str) -> Weight {
        Weight {
            id: None,
            field: Some(Text::from(field)),
            operation: Text::from(operation),
            value: Value::from(value),
            weight: Value::from(number),
        }
    }

    #[test]
    fn weights_are_explained_as_the_engine_counts_them() {
        let sample = SampleState::typed(r#"{"Customer":{"Tier":"gold","Total":150}}"#).unwrap();
        let weights = [
            weight("Customer.Tier", "equals", "gold", "100"),
            weight("Customer.Total", "greaterthan", "200", "100"),
            weight("Customer.Gone", "isnull", "", "-30"),
            weight("Customer.Tier", "equals", "{{Customer.Tier}}", "5"),
            weight("Customer.Tier", "resembles", "x", "5"),
        ];
        let found = verdicts(&weights, &sample, None, 0);
        assert_eq!(found[0].text(), "✓ met \"gold\"");
        assert_eq!(found[1].text(), "✗ not met 150");
        assert_eq!(found[2].text(), "✓ met (missing)");
        assert!(found[3].met);
        assert!(found[4].text().contains("no operation resembles"));
        let mut rule = super::super::work::Work::new(connect_rules_engine::kinds::RuleType::Message).rule;
        rule.activation = Some(Text::from("75"));
        assert_eq!(total(&rule, &found), ("total now 75 ≥ 75: fires".to_owned(), true));
        rule.activation = Some(Text::from("x"));
        assert!(!total(&rule, &found).1);
    }

    #[test]
    fn messages_are_rendered_and_named() {
        let sample = SampleState::typed(r#"{"Name":"Ada"}"#).unwrap();
        let (lines, note) = message("Hi {{Name}},\nbye", &sample, None, 0);
        assert_eq!((lines, note.as_str()), (vec!["Hi Ada,".into(), "bye".into()], "text · 11 characters"));
        assert!(message("{{#if}}", &sample, None, 0).1.contains("cannot be rendered"));
        assert!(SampleState::typed("[]").is_err() && SampleState::typed("{").is_err());
    }
}
