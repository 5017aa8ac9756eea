//! Bringing a flow home that was edited in the console: its content with placeholders in place of what belongs to one
//! instance (`spec/contactflows.md` 11.7).

use connect_rules_flows::check::Known;
use connect_rules_flows::token::{self, TokenKind};
use connect_rules_flows::{Environment, Finding, Flow, check, render};
use connect_rules_store::Snapshot;
use serde_json::{Map, Value, json};

use super::Scope;
use super::flows::parsed;
use super::names::{self, Names};
use crate::gateway::{Asked, CallError, Cause, Cloud, FlowContent};

/// As deep as content may be nested.
const DEPTH: usize = 32;

/// A flow that was brought home.
#[derive(Clone, Debug)]
pub struct Extracted {
    /// Name in the product.
    pub name: String,
    /// The file.
    pub text: String,
    /// What is left in it of the instance: place and text. Such a flow cannot be deployed elsewhere.
    pub leftovers: Vec<(String, String)>,
    /// What the checks of flow files say.
    pub findings: Vec<Finding>,
    /// Whether it differs from the product.
    pub is_changed: bool,
}

/// What is needed to bring flows home: looked up once.
pub struct Home {
    /// What placeholders become.
    wanted: Environment,
    /// What identifiers stand for: also those that flows of the product do not use.
    environment: Environment,
    flows: Vec<crate::gateway::FlowSummary>,
}

impl Home {
    /// Looks up what identifiers stand for.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn new(cloud: &Cloud, scope: &Scope, now: &Snapshot) -> Asked<Self> {
        let functions = cloud.functions.list().await?;
        let known = Names {
            flows: cloud.connect.flows().await?,
            targets: names::targets(cloud, scope, &functions).await?,
            bots: cloud.bots.list().await?,
            prompts: names::prompts(cloud).await?,
        };
        let wanted = known.environment(cloud, scope, now, true);
        let mut environment = wanted.clone();
        // Flows may have been edited to call the function itself, and flows that the product does not have.
        for target in &known.targets {
            environment.add(TokenKind::Lambda, &target.function.name, &target.function.arn);
        }
        for flow in
            known.flows.iter().filter(|it| !scope.flows.iter().any(|own| scope.full(&own.name) == it.name))
        {
            environment.add(TokenKind::Flow, &flow.name, &flow.arn);
        }
        Ok(Home { wanted, environment, flows: known.flows })
    }

    /// Names in the product of the flows of the instance that have its prefix.
    pub fn names(&self) -> Vec<&str> {
        let prefix = &self.environment.flow_prefix;
        self.flows.iter().filter_map(|it| it.name.strip_prefix(prefix.as_str())).collect()
    }

    /// Brings a flow home by its name in the product.
    ///
    /// # Errors
    /// There is no such flow, or it cannot be read.
    pub async fn extract(&self, cloud: &Cloud, scope: &Scope, name: &str) -> Asked<Extracted> {
        let full = scope.full(name);
        let Some(found) = self.flows.iter().find(|it| it.name == full) else {
            return Err(CallError::new(
                "connect:DescribeContactFlow",
                &full,
                Cause::NotFound,
                "there is no such flow",
            ));
        };
        let content = cloud.connect.flow(&found.id, false).await?;
        Ok(self.bring(scope, name, &content))
    }

    fn bring(&self, scope: &Scope, name: &str, content: &FlowContent) -> Extracted {
        let own = scope.flows.iter().find(|it| it.name == name);
        let mut theirs = parsed(&content.content);
        let mut leftovers = Vec::new();
        let list =
            |value: &Value| value.get("Actions").and_then(Value::as_array).cloned().unwrap_or_default();
        let rendered = own.and_then(|it| render(it, &self.wanted).ok()).unwrap_or_default();
        let (ours, rendered) = (own.map(|it| list(&it.document)).unwrap_or_default(), list(&rendered));
        let actions = theirs.get_mut("Actions").and_then(Value::as_array_mut);
        for action in actions.map_or(&mut [][..], Vec::as_mut_slice) {
            let id = action.get("Identifier").cloned().unwrap_or_default();
            let same = |all: &[Value]| all.iter().find(|it| it.get("Identifier") == Some(&id)).cloned();
            let (file, shown) = (same(&ours), same(&rendered));
            let part = |of: &Option<Value>| of.as_ref().and_then(|it| it.get("Parameters")).cloned();
            if let Some(parameters) = action.get_mut("Parameters") {
                let place = format!("action {} / Parameters", id.as_str().unwrap_or_default());
                self.value(
                    parameters,
                    (part(&file).as_ref(), part(&shown).as_ref()),
                    place,
                    DEPTH,
                    &mut leftovers,
                );
            }
        }
        let is_changed = own.is_none_or(|it| !connect_rules_flows::compare(&it.document, &theirs).is_empty());
        if let Some(own) = own.filter(|_| !is_changed) {
            theirs.clone_from(&own.document);
        } else if let Some(object) = theirs.as_object_mut() {
            object.insert("Metadata".to_owned(), json!({}));
        }
        let channels = own.map_or_else(|| vec!["VOICE".to_owned()], |it| it.channels.clone());
        let description = match (own, content.description.as_str()) {
            (Some(own), "") => own.description.clone(),
            (_, told) => told.to_owned(),
        };
        let document = json!({
            "name": name,
            "type": content.summary.flow_type,
            "description": description,
            "channels": channels,
            "content": in_order(&theirs, own.map(|it| &it.document)),
        });
        let text = connect_rules_flows::written(&document);
        let findings = match Flow::read(&format!("{name}.json"), &text) {
            Err(findings) => findings,
            Ok(flow) => {
                let known = Known::with(std::slice::from_ref(&flow));
                // The recorded hash is that of the product: a change of it is what is looked for.
                check(&flow, &known).into_iter().filter(|it| it.check != "V14").collect()
            }
        };
        Extracted { name: name.to_owned(), text, leftovers, findings, is_changed }
    }

    /// Puts placeholders back: where the product's file has one that stands for this value, else for identifiers.
    fn value(
        &self,
        value: &mut Value,
        (file, rendered): (Option<&Value>, Option<&Value>),
        place: String,
        left: usize,
        leftovers: &mut Vec<(String, String)>,
    ) {
        let Some(left) = left.checked_sub(1) else { return };
        let token = file.and_then(Value::as_str).filter(|it| token::token(it).is_some());
        if let Some(text) = token.filter(|_| rendered == Some(&*value)) {
            *value = text.into();
            return;
        }
        match value {
            Value::Object(members) => {
                for (name, it) in members.iter_mut() {
                    let next = (file.and_then(|it| it.get(name)), rendered.and_then(|it| it.get(name)));
                    self.value(it, next, format!("{place}.{name}"), left, leftovers);
                }
            }
            Value::Array(all) => {
                for (at, it) in all.iter_mut().enumerate() {
                    let next = (file.and_then(|it| it.get(at)), rendered.and_then(|it| it.get(at)));
                    self.value(it, next, format!("{place}[{at}]"), left, leftovers);
                }
            }
            Value::String(text) if text.contains("arn:") => {
                let kinds = [
                    TokenKind::Flow,
                    TokenKind::Lambda,
                    TokenKind::Prompt,
                    TokenKind::Queue,
                    TokenKind::Hours,
                    TokenKind::Bot,
                ];
                let found =
                    kinds.into_iter().find_map(|kind| Some((kind, self.environment.name_of(kind, text)?)));
                match found {
                    Some((kind, name)) => *text = format!("{{{{{}:{name}}}}}", kind.name()),
                    None => leftovers.push((place, text.clone())),
                }
            }
            _ => {}
        }
    }
}

/// The members of a value in the order that others have them in; lists that are empty and that the model lacks are
/// left out.
fn like(value: &Value, order: &[&str], model: Option<&Value>, left: usize) -> Value {
    let Some(left) = left.checked_sub(1) else { return value.clone() };
    if let Some(all) = value.as_array() {
        let of_model = |at: usize| model.and_then(|it| it.get(at));
        return all.iter().enumerate().map(|(at, it)| like(it, &[], of_model(at), left)).collect();
    }
    let Some(members) = value.as_object() else { return value.clone() };
    let model = model.and_then(Value::as_object);
    let modelled = model.into_iter().flat_map(|it| it.keys().map(String::as_str));
    let mut out = Map::new();
    for name in modelled.chain(order.iter().copied()).chain(members.keys().map(String::as_str)) {
        let Some(it) = members.get(name).filter(|_| !out.contains_key(name)) else { continue };
        let of_model = model.and_then(|it| it.get(name));
        if of_model.is_none() && it.as_array().is_some_and(Vec::is_empty) && name != "Actions" {
            continue;
        }
        out.insert(name.to_owned(), like(it, &[], of_model, left));
    }
    out.into()
}

/// Content in the order of the product's file, what is new at the end.
fn in_order(content: &Value, model: Option<&Value>) -> Value {
    let list = |of: Option<&Value>| {
        of.and_then(|it| it.get("Actions")).and_then(Value::as_array).cloned().unwrap_or_default()
    };
    let (models, id) = (list(model), |it: &Value| it.get("Identifier").cloned().unwrap_or_default());
    let mut out = Map::new();
    let members = content.as_object().into_iter().flatten();
    let known = ["Version", "StartAction", "Metadata", "Actions"].into_iter();
    for name in known.chain(members.map(|(name, _)| name.as_str())) {
        out.extend(content.get(name).map(|it| (name.to_owned(), it.clone())));
    }
    if let Some(actions) = out.get_mut("Actions").and_then(Value::as_array_mut) {
        actions.sort_by_key(|it| models.iter().position(|model| id(model) == id(it)).unwrap_or(models.len()));
        for action in actions {
            let model = models.iter().find(|it| id(it) == id(action));
            let mut ordered =
                like(action, &["Identifier", "Type", "Parameters", "Transitions"], model, DEPTH);
            if let Some(transitions) = ordered.get_mut("Transitions") {
                let of_model = model.and_then(|it| it.get("Transitions"));
                *transitions = like(transitions, &["NextAction", "Conditions", "Errors"], of_model, DEPTH);
            }
            *action = ordered;
        }
    }
    out.into()
}
