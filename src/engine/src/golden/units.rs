//! Single functions of the original: weights, rules and look-ups. Tables of other modules are tested there.

use super::{each, same};
use crate::catalogue::Catalogue;
use crate::compat::Compat;
use crate::host::Detail;
use crate::kinds::RuleType;
use crate::model::{Params, Rule, RuleSet, Weight};
use crate::offline::{Observer, Offline, Stubs};
use crate::plan::{self, Plan};
use crate::step::{Contact, Request, step};
use crate::value::{Map, Text, Value};
use crate::workspace::{Options, Workspace};

fn weight(document: &Value) -> Weight {
    let text = |name: &str| match document.member(name) {
        Value::Undefined => None,
        given => Some(given.text()),
    };
    Weight {
        id: None,
        field: text("field"),
        operation: text("operation").unwrap_or_else(|| Text::from("undefined")),
        value: text("value").map_or(Value::Undefined, Value::String),
        weight: document.member("weight"),
    }
}

/// What the one rule of a test looked like when it was tested.
#[derive(Default)]
struct Watch {
    total: f64,
    activated: bool,
    met: Vec<bool>,
    raw: Vec<Value>,
    values: Vec<Value>,
}

impl Observer for &mut Watch {
    fn detail(&self) -> Detail {
        Detail::Trace
    }
    fn observe(&mut self, seen: &crate::host::Seen<'_>) {
        if let crate::host::Seen::Tested { total, activated, met, weights, .. } = seen {
            self.total = *total;
            self.activated = *activated;
            self.met = met.to_vec();
            self.raw = weights.iter().map(|w| w.raw.clone()).collect();
            self.values = weights.iter().map(|w| w.value.clone()).collect();
        }
    }
}

/// Tests a rule of these weights against a state.
fn tested(activation: Option<Text>, weights: Vec<Weight>, state: &Value) -> Result<Watch, String> {
    let rule = Rule {
        id: None,
        name: Text::from("r"),
        description: Text::from(""),
        priority: Text::from("0"),
        activation,
        rule_type: RuleType::Terminate,
        enabled: true,
        params: Params::default(),
        weights,
    };
    let rule_set = RuleSet {
        id: None,
        name: Text::from("s"),
        description: Text::from(""),
        enabled: true,
        end_points: Vec::new(),
        folder: Text::from("/"),
        rules: vec![rule],
    };
    let options = Options { compat: Compat::Original, ..Options::default() };
    let workspace = Workspace::new(vec![rule_set], Catalogue::empty(), options);
    let mut contact = Contact::new("c", 0, crate::chance::Draws::new(0));
    for (key, value) in state.as_object().into_iter().flatten() {
        contact.state.set_raw(key, value.clone());
    }
    contact.state.set_raw(&Text::from("CurrentRuleSet"), Value::from("s"));
    let mut watch = Watch::default();
    let stubs = Stubs::default();
    let mut host = Offline::new(&stubs, Compat::Original, &mut watch);
    match step(&workspace, &mut contact, &Request::NextRule, &mut host) {
        Err(error) if error.message.starts_with("Unhandled weight operation") => Err(error.message),
        _ => Ok(watch),
    }
}

/// A weight as the worked examples write it.
fn example(field: &str, operation: &str, value: &str, weight: &str) -> Weight {
    Weight {
        id: None,
        field: Some(Text::from(field)),
        operation: Text::from(operation),
        value: Value::from(value),
        weight: Value::from(weight),
    }
}

#[test]
fn example_e2_negative_weight() {
    let state = crate::json::parse(r#"{"Tier":"gold","Blocked":"x"}"#).unwrap();
    let weights =
        || vec![example("Tier", "equals", " gold ", "100"), example("Blocked", "isnotnull", "", "-50")];
    let watch = tested(Some(Text::from("60")), weights(), &state).unwrap();
    assert_eq!((watch.total, watch.activated), (50.0, false));
    assert!(tested(Some(Text::from("50")), weights(), &state).unwrap().activated);
}

#[test]
fn example_e3_length_and_template_value() {
    let state = crate::json::parse(r#"{"Products":[{"code":"a"},{"code":"b"}],"Want":"b"}"#).unwrap();
    let weights = vec![
        example("Products.length", "equals", "2", "1"),
        example("Products.length", "greaterthan", "1", "10"),
        example("Products.1.code", "equals", "{{Want}}", "100"),
    ];
    assert_eq!(tested(Some(Text::from("0")), weights, &state).unwrap().total, 110.0);
}

#[test]
fn golden_weights() {
    each("weights", |record| {
        let error = record.member("error");
        let watch =
            tested(Some(Text::from("0")), vec![weight(&record.member("weight"))], &record.member("state"));
        match watch {
            Err(message) => same(&Value::from(message), &error.member("message")),
            // Q50: mobile tests of what is no text answer instead of failing.
            Ok(_) if error.member("kind") == Value::from("internal") => Ok(()),
            Ok(_) if !error.is_nil() => Err("answered, want a failure".to_owned()),
            Ok(watch) => {
                same(&watch.raw[0], &record.member("raw"))?;
                same(&watch.values[0], &record.member("value"))?;
                same(&watch.met[0].into(), &record.member("passes"))
            }
        }
    });
}

#[test]
fn golden_rules() {
    each("rules", |record| {
        let activation = match record.member("activation") {
            Value::Undefined => None,
            given => Some(given.text()),
        };
        let weights = record.member("weights").as_array().unwrap().iter().map(weight).collect();
        let watch = tested(activation, weights, &record.member("state"))?;
        same(&Value::Number(watch.total).text().into(), &record.member("total"))?;
        same(&watch.activated.into(), &record.member("activated"))?;
        let met: Vec<Value> = watch.met.iter().map(|m| Value::Bool(*m)).collect();
        same(&met.into(), &record.member("weightActivated"))
    });
}

#[test]
fn golden_lookup() {
    let connect = super::units("lookup-connect");
    let Some(connect) = connect.first() else { return };
    let catalogue = Catalogue::read(connect, &mut Vec::new());
    let options = Options { compat: Compat::Original, ..Options::default() };
    let workspace = Workspace::new(Vec::<RuleSet>::new(), catalogue, options);
    each("lookup", |record| {
        let params = record.member("params");
        let rule = Rule {
            id: None,
            name: Text::from("r"),
            description: Text::from(""),
            priority: Text::from("0"),
            activation: None,
            rule_type: RuleType::Message,
            enabled: true,
            params: Params::from(params.as_object().unwrap()),
            weights: Vec::new(),
        };
        let error = record.member("error");
        match plan::compile(&rule, &workspace) {
            Plan::Fixed(Err(e)) => same(&e.message.into(), &error.member("message")),
            // Q27: a message that is a number is its text. Q78: empty optional names are absent.
            Plan::Fixed(Ok(_)) if error.member("kind") == Value::from("internal") => Ok(()),
            Plan::Fixed(Ok(_)) if record_is_blank_optional(&params) => Ok(()),
            Plan::Fixed(Ok(_)) if !error.is_nil() => Err("answered, want a failure".to_owned()),
            Plan::Fixed(Ok(exports)) => {
                let stored = |v: &Value| !v.is_nullish() && !v.is_empty_string();
                let got: Map = exports
                    .iter()
                    .filter_map(|e| {
                        Some((Text::from(e.path.source().strip_prefix("CurrentRule_")?), e.value.clone()))
                    })
                    .filter(|(name, _)| &**name != "nextFlowArn")
                    .collect();
                let after = record.member("after");
                let want: Map = after
                    .as_object()
                    .unwrap()
                    .iter()
                    .filter(|(_, v)| stored(v))
                    .map(|(k, v)| {
                        let parsed = v.as_str().and_then(crate::json::auto_parse);
                        (Text::clone(k), parsed.unwrap_or_else(|| v.clone()))
                    })
                    .collect();
                same(&got.into(), &want.into())
            }
            Plan::Rendered(_) => Ok(()),
        }
    });
}

fn record_is_blank_optional(params: &Value) -> bool {
    ["unstaffedQueueName", "flowName"].iter().any(|name| params.member(name) == Value::from(""))
}
