//! Parameters of a rule from document to state: rendering, look-up, message typing, export
//! (`spec/evaluator.md` 3.1, section 5, 6.5).
//!
//! A rule without templates is prepared once when its rule set is compiled; starting it only writes
//! values that are already there.

use crate::compat::Compat;
use crate::json;
use crate::kinds::RuleType;
use crate::model::Rule;
use crate::prompt;
use crate::state::Path;
use crate::step::{Code, StepError};
use crate::template::{Template, TemplateError, is_template};
use crate::value::{Map, Text, Value};
use crate::workspace::Workspace;

/// How a rule's parameters get into state.
#[derive(Debug)]
pub enum Plan {
    /// Nothing to render: the exports are known, or the look-up is known to fail.
    Fixed(Result<Vec<Export>, StepError>),
    /// Something to render first.
    Rendered(Vec<Param>),
}

/// One `CurrentRule_<param>` and its value, JSON already parsed (4.1 step 2).
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    /// Where it is written.
    pub path: Path,
    /// What is written; never a value that deletes.
    pub value: Value,
}

/// A parameter before rendering.
#[derive(Debug)]
pub struct Param {
    name: Text,
    source: Source,
}

#[derive(Debug)]
enum Source {
    Fixed(Value),
    Template(Template),
    /// Compiling failed; rendering reports it.
    Broken(TemplateError),
    /// `setAttributes` and `updateStates`: each item with its value's template.
    Items(Vec<Item>),
}

#[derive(Debug)]
struct Item {
    members: Map,
    value: Option<Result<Template, TemplateError>>,
}

/// Parameters that are rendered when they are shown, not when the rule starts.
const DEFERRED: [&str; 2] = ["confirmationMessage", "autoConfirmMessage"];

/// Item lists whose values are rendered one by one, by the type that runs them.
fn item_list(rule_type: &RuleType) -> Option<&'static str> {
    match rule_type {
        RuleType::SetAttributes => Some("setAttributes"),
        RuleType::UpdateStates => Some("updateStates"),
        _ => None,
    }
}

/// Prepares the parameters of a rule.
pub fn compile(rule: &Rule, workspace: &Workspace) -> Plan {
    let items = item_list(&rule.rule_type);
    if let Some(list) = items
        && rule.params.get(list).is_none()
    {
        return Plan::Fixed(Err(StepError::new(
            Code::RuleFailed,
            format!("{}.execute() missing required config", rule.rule_type),
        )));
    }
    let params: Vec<Param> = rule
        .params
        .iter()
        .map(|(name, value)| Param { name: Text::clone(name), source: source(name, value, items) })
        .collect();
    if params.iter().all(|p| matches!(p.source, Source::Fixed(_))) {
        let values = params
            .into_iter()
            .filter_map(|p| match p.source {
                Source::Fixed(value) => Some((p.name, value)),
                _ => None,
            })
            .collect();
        return Plan::Fixed(enrich(&rule.rule_type, values, workspace));
    }
    Plan::Rendered(params)
}

fn source(name: &str, value: &Value, items: Option<&str>) -> Source {
    match value {
        Value::String(text) if is_template(text) && !DEFERRED.contains(&name) => {
            match Template::parse(text) {
                Ok(template) => Source::Template(template),
                Err(error) => Source::Broken(error),
            }
        }
        Value::Array(list) if items == Some(name) => {
            let items: Vec<Item> = list.iter().map(item).collect();
            if items.iter().all(|i| i.value.is_none()) {
                Source::Fixed(value.clone())
            } else {
                Source::Items(items)
            }
        }
        other => Source::Fixed(other.clone()),
    }
}

fn item(value: &Value) -> Item {
    let members = value.as_object().cloned().unwrap_or_default();
    let named = members.get("key").is_some_and(|k| !k.is_empty_string());
    let template = match members.get("value") {
        Some(Value::String(text)) if named && is_template(text) => Some(Template::parse(text)),
        _ => None,
    };
    Item { members, value: template }
}

/// Renders parameters with `render`, then looks them up.
///
/// # Errors
/// The first parameter that does not render, or a look-up that fails.
pub fn render(
    rule_type: &RuleType,
    params: &[Param],
    workspace: &Workspace,
    mut render: impl FnMut(&Template) -> Result<String, TemplateError>,
) -> Result<Vec<Export>, StepError> {
    let mut values = Vec::with_capacity(params.len() + 4);
    for param in params {
        let failed = |error: &TemplateError| StepError::template(&param.name, error);
        let value = match &param.source {
            Source::Fixed(value) => value.clone(),
            Source::Template(template) => Value::from(render(template).map_err(|e| failed(&e))?),
            Source::Broken(error) => return Err(failed(error)),
            Source::Items(items) => {
                let mut out = Vec::with_capacity(items.len());
                for item in items {
                    let mut members = item.members.clone();
                    match &item.value {
                        None => {}
                        Some(Ok(template)) => {
                            members.insert("value", Value::from(render(template).map_err(|e| failed(&e))?));
                        }
                        Some(Err(error)) => return Err(failed(error)),
                    }
                    out.push(members.into());
                }
                out.into()
            }
        };
        values.push((Text::clone(&param.name), value));
    }
    enrich(rule_type, values, workspace)
}

/// Look-ups and message types of section 5, then the values as they are exported.
fn enrich(
    rule_type: &RuleType,
    mut params: Vec<(Text, Value)>,
    workspace: &Workspace,
) -> Result<Vec<Export>, StepError> {
    let own = params.len();
    let mut derived = look_up(&params, workspace)?;
    for (name, value) in &params {
        classify(name, value, workspace, &mut derived);
    }
    let mut exports = Vec::with_capacity(own + derived.len() + 1);
    let flow = format!("RulesEngine{rule_type}");
    if let Some(arn) = workspace.catalogue().contact_flow(&flow).and_then(|flow| flow.arn.clone()) {
        exports.push(Export { path: Path::new("CurrentRule_nextFlowArn"), value: Value::String(arn) });
    }
    let original = workspace.options().compat == Compat::Original;
    params.append(&mut derived);
    for (name, value) in params {
        let value = match value {
            // Under the original a message that is JSON becomes a value (Q28).
            Value::String(text) => match json::auto_parse(&text) {
                Some(parsed) if original || !is_message_key(&name) => parsed,
                _ => Value::String(text),
            },
            // Numbers and booleans of message parameters are texts (Q27).
            Value::Number(_) | Value::Bool(_) if is_message_key(&name) => Value::String(value.text()),
            other => other,
        };
        if !deletes(&value) {
            exports.push(Export { path: Path::new(&format!("CurrentRule_{name}")), value });
        }
    }
    Ok(exports)
}

/// Whether writing the value removes the key (4.1 step 2).
fn deletes(value: &Value) -> bool {
    value.is_nullish() || value.is_empty_string()
}

/// Values that [`Catalogue`](crate::catalogue::Catalogue) look-ups add, in the order of section 5.
fn look_up(params: &[(Text, Value)], workspace: &Workspace) -> Result<Vec<(Text, Value)>, StepError> {
    let catalogue = workspace.catalogue();
    let given = |name: &str| {
        params.iter().find(|(k, v)| &**k == name && !matches!(v, Value::Undefined)).map(|(_, v)| v.text())
    };
    // Empty optional names count as absent (Q78).
    let optional = |name: &str| given(name).filter(|text| !text.is_empty());
    let mut out = Vec::new();
    let mut add = |name: &str, value: &Option<Text>| {
        if let Some(value) = value {
            out.push((Text::from(name), Value::String(Text::clone(value))));
        }
    };
    let missing = |what: &str, name: &str| Err(StepError::new(Code::LookupFailed, format!("{what}: {name}")));
    if let Some(name) = given("queueName") {
        match catalogue.queue(&name) {
            Some(queue) => {
                add("queueId", &queue.id);
                add("queueArn", &queue.arn);
            }
            None => return missing("Could not find queue", &name),
        }
    }
    if let Some(name) = optional("unstaffedQueueName") {
        match catalogue.queue(&name) {
            Some(queue) => {
                add("unstaffedQueueId", &queue.id);
                add("unstaffedQueueArn", &queue.arn);
            }
            None => return missing("Could not find unstaffed queue", &name),
        }
    }
    if let Some(name) = optional("flowName") {
        match catalogue.contact_flow(&name) {
            Some(flow) => {
                add("flowId", &flow.id);
                add("flowArn", &flow.arn);
            }
            None => return missing("Could not find contact flow", &name),
        }
    }
    if let Some(name) = given("lexBotName") {
        match catalogue.bot(&name) {
            Some(bot) => add("lexBotArn", &bot.arn),
            None => {
                return missing("Failed to locate lex bot", &format!("{}{name}", catalogue.prefix()));
            }
        }
    }
    if let Some(name) = given("functionName") {
        match catalogue.function(&name) {
            Some(function) => add("functionArn", &function.arn),
            None => {
                return missing("Could not find lambda function", &format!("{}{name}", catalogue.prefix()));
            }
        }
    }
    Ok(out)
}

/// Whether a parameter is a message: by the substring rule of section 5 (Q27).
pub fn is_message_key(name: &str) -> bool {
    const MESSAGE: &[u8] = b"message";
    name.as_bytes().windows(MESSAGE.len()).any(|w| w.eq_ignore_ascii_case(MESSAGE))
        && !name.ends_with("Type")
        && !name.ends_with("Arn")
}

/// `errorRuleSetNameSet`, and the type of a message with the prompt it plays.
fn classify(name: &str, value: &Value, workspace: &Workspace, out: &mut Vec<(Text, Value)>) {
    if name == "errorRuleSetName" {
        let set = value.as_str() != Some("");
        out.push((Text::from("errorRuleSetNameSet"), Value::from(if set { "true" } else { "false" })));
    }
    if !is_message_key(name) {
        return;
    }
    let text = if value.is_nil() { Text::from("") } else { value.text() };
    let mut typed = |kind: &str| out.push((Text::from(format!("{name}Type")), Value::from(kind)));
    match prompt::kind(&text) {
        prompt::Kind::None => typed("none"),
        prompt::Kind::Ssml => typed("ssml"),
        prompt::Kind::Text => typed("text"),
        prompt::Kind::Prompt(wanted) => {
            // An unknown prompt has no type at all (Q26).
            if let Some(prompt) = workspace.catalogue().prompt(wanted) {
                typed("prompt");
                if let Some(arn) = &prompt.arn {
                    out.push((Text::from(format!("{name}PromptArn")), Value::String(Text::clone(arn))));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{Catalogue, Named};
    use crate::workspace::Options;

    /// The exports of a Message rule with this message, by name without prefix.
    fn exported(message: &str) -> Vec<(String, String)> {
        let mut catalogue = Catalogue::empty();
        let arn = Some(Text::from("arn:w"));
        catalogue.prompts.push(Named { name: Text::from("welcome.wav"), id: None, arn });
        let workspace = Workspace::new(Vec::<crate::model::RuleSet>::new(), catalogue, Options::default());
        let params = vec![(Text::from("message"), Value::from(message))];
        enrich(&RuleType::Message, params, &workspace)
            .unwrap()
            .iter()
            .map(|e| (e.path.source().replace("CurrentRule_", ""), e.value.to_string()))
            .collect()
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn example_e16_message_types() {
        let ssml = " <speak>hi</speak> ";
        assert_eq!(exported(ssml), [pair("message", ssml), pair("messageType", "ssml")]);
        let prompt = "prompt:welcome.wav\nnote";
        assert_eq!(
            exported(prompt),
            [pair("message", prompt), pair("messageType", "prompt"), pair("messagePromptArn", "arn:w")]
        );
        assert_eq!(exported("prompt:nope.wav"), [pair("message", "prompt:nope.wav")]);
        assert_eq!(exported(" "), [pair("message", " "), pair("messageType", "none")]);
    }
}
