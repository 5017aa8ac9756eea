//! Made-up workspaces of a given size, and a driver that keeps contacts going through them.

#![allow(clippy::panic, dead_code, reason = "benches share this file and stop at the first error")]

use connect_rules_engine::bundle::{Bundle, Parts};
use connect_rules_engine::chance::Draws;
use connect_rules_engine::compat::Compat;
use connect_rules_engine::offline::{Offline, Stubs};
use connect_rules_engine::replay::{Settings, record};
use connect_rules_engine::script::TestDocument;
use connect_rules_engine::step::{Contact, Opening, Reply, Request, step};
use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_engine::workspace::{Options, Workspace};
use std::fmt::Write as _;

/// What the catalogue of every made-up workspace holds.
pub const CONNECT: &str = r#"{"timeZone":"Australia/Melbourne","queues":[{"Name":"Enquiries","Id":"q1","Arn":"arn:q1"}],
  "contactFlows":[{"Name":"RulesEngineMessage","Id":"f1","Arn":"arn:f1"},{"Name":"RulesEngineDTMFMenu","Id":"f2","Arn":"arn:f2"}]}"#;

/// Contact attributes that the weights look at.
const FIELDS: [(&str, &str); 10] = [
    ("tier", "gold"),
    ("state", "VIC"),
    ("balance", "250"),
    ("channel", "voice"),
    ("product", "broadband"),
    ("age", "41"),
    ("language", "en"),
    ("overdue", "false"),
    ("visits", "3"),
    ("segment", "retail"),
];

/// A rule-set export of `rule_sets` × `rules` rules with `weights` weights each.
///
/// In each rule set three rules speak, one is a menu and the last leads to the next rule set; the others
/// are tested and do not fire.
pub fn export(rule_sets: usize, rules: usize, weights: usize) -> String {
    let mut out = String::from("[");
    for s in 0..rule_sets {
        let next = (s + 1) % rule_sets;
        let end_points = if s == 0 { r#""Main""# } else { "" };
        let _ = write!(
            out,
            r#"{}{{"name":"Set {s:05}","description":"","enabled":true,"endPoints":[{end_points}],"folder":"/f{}","rules":["#,
            if s == 0 { "" } else { "," },
            s % 20
        );
        for r in 0..rules {
            let last = r + 1 == rules;
            let speaks = r % (rules / 3).max(1) == 0;
            let menu = r == rules / 2;
            let fires = last || speaks || menu;
            let (kind, params) = if last {
                ("RuleSet", format!(r#"{{"ruleSetName":"Set {next:05}","returnHere":"false","message":""}}"#))
            } else if menu {
                (
                    "DTMFMenu",
                    format!(
                        r#"{{"offerMessage":"Press 1 to go on, {{{{ContactAttributes.tier}}}} customer.","inputCount":"3","errorMessage1":"Sorry?","errorMessage2":"Again?","errorMessage3":"Goodbye.","dtmf1":"Set {next:05}","errorRuleSetName":"Set {next:05}","noInputRuleSetName":"","errorCount":"0"}}"#
                    ),
                )
            } else {
                ("Message", format!(r#"{{"message":"This is message {r} of set {s}."}}"#))
            };
            let _ = write!(
                out,
                r#"{}{{"name":"Rule {r:04}","description":"","priority":"{}","activation":"{}","type":"{kind}","enabled":true,"params":{params},"weights":["#,
                if r == 0 { "" } else { "," },
                10_000 - r,
                if fires { 0 } else { 100 },
            );
            for w in 0..weights {
                let (field, value) = FIELDS[(r * 3 + w) % FIELDS.len()];
                let value = if w == 0 && !fires { "other" } else { value };
                let operation = ["equals", "notequals", "contains", "startswith"][(r + w) % 4];
                let _ = write!(
                    out,
                    r#"{}{{"field":"ContactAttributes.{field}","operation":"{}","value":"{value}","weight":"{}"}}"#,
                    if w == 0 { "" } else { "," },
                    if fires { operation } else { "equals" },
                    if fires { 10 } else { 10 + w },
                );
            }
            out.push_str("]}");
        }
        out.push_str("]}");
    }
    out.push(']');
    out
}

/// One rule set of `rules` rules with 3 weights, of which only the last activates; it comes back to itself.
pub fn only_the_last(rules: usize) -> String {
    let mut out = String::from(
        r#"[{"name":"Long","description":"","enabled":true,"endPoints":["Main"],"folder":"/","rules":["#,
    );
    for r in 0..rules {
        let last = r + 1 == rules;
        let _ = write!(
            out,
            r#"{}{{"name":"Rule {r:05}","description":"","priority":"{}","activation":"{}","type":"RuleSet","enabled":true,"params":{{"ruleSetName":"Long","returnHere":"false"}},"weights":["#,
            if r == 0 { "" } else { "," },
            100_000 - r,
            if last { 30 } else { 31 + r % 7 },
        );
        for w in 0..3 {
            let (field, value) = FIELDS[(r + w * 3) % FIELDS.len()];
            let value = if last { value.to_owned() } else { format!("{value}{}", (r + w) % 97) };
            let _ = write!(
                out,
                r#"{}{{"field":"ContactAttributes.{field}","operation":"equals","value":"{value}","weight":"10"}}"#,
                if w == 0 { "" } else { "," },
            );
        }
        out.push_str("]}");
    }
    out.push_str("]}]");
    out
}

/// Reads an export into a workspace under the original's rules.
pub fn workspace(export: &str) -> (Workspace, Stubs) {
    let parts = Parts {
        rule_sets: Some(("rulesets.json", export)),
        connect: Some(("connect.json", CONNECT)),
        ..Parts::default()
    };
    match Bundle::from_parts(&parts) {
        Ok(bundle) => (
            Workspace::new(
                bundle.rule_sets,
                bundle.catalogue,
                Options { compat: Compat::Original, ..Options::default() },
            ),
            bundle.stubs,
        ),
        Err(problems) => panic!("{}", problems[0]),
    }
}

/// Keeps one contact going, and starts a new one when its time is up.
pub struct Driver<'a> {
    workspace: &'a Workspace,
    host: Offline<'a, ()>,
    contact: Contact,
    request: Request,
    turns: usize,
    opening: Request,
}

impl<'a> Driver<'a> {
    /// A driver with a contact that has not started.
    pub fn new(workspace: &'a Workspace, stubs: &'a Stubs) -> Self {
        let attributes: Map = FIELDS.iter().map(|(k, v)| (*k, Value::from(*v))).collect();
        let opening = Request::NewInteraction(Opening {
            end_point: Value::from("Main"),
            customer_phone_number: Value::from("+61400111222"),
            interaction_date_time: Value::from("2023-06-14T03:25:40Z"),
            contact_attributes: attributes.into(),
        });
        let contact = Contact::new("interactive-1", 1_686_713_140_000, Draws::new(1));
        Driver {
            workspace,
            host: Offline::new(stubs, Compat::Original, ()),
            contact,
            request: opening.clone(),
            turns: 0,
            opening,
        }
    }

    /// One turn.
    pub fn turn(&mut self) -> Reply {
        let reply = match step(self.workspace, &mut self.contact, &self.request, &mut self.host) {
            Ok(reply) => reply,
            Err(error) => panic!("{error}"),
        };
        self.contact.state.forget_changes();
        self.turns += 1;
        if self.turns == 200 {
            self.turns = 0;
            self.contact = Contact::new("interactive-1", 1_686_713_140_000, Draws::new(1));
            self.request = self.opening.clone();
        } else if reply.wants_input() {
            self.request = Request::Input(Value::String(Text::from("1")));
        } else {
            self.request = Request::NextRule;
        }
        reply
    }
}

/// A recorded test of 11 turns or so through a made-up workspace, with every assertion.
pub fn recorded(workspace: &Workspace, stubs: &Stubs) -> TestDocument {
    let inputs = "input: \"1\"\ninput: \"1\"\nhangup: \"\"";
    let mut test = TestDocument {
        test_id: None,
        name: Text::from("Three menus"),
        production_ready: true,
        folder: Text::from("/"),
        test_reference: Text::from(""),
        description: Text::from(""),
        end_point: Text::from("Main"),
        test_date_time: Text::from("2023-06-14T03:25:40Z"),
        customer_phone_number: Text::from("+61400111222"),
        contact_attributes: FIELDS.iter().map(|(k, v)| (*k, Value::from(*v))).collect(),
        payload: Text::from(inputs),
        script_version: 2,
        mocks: None,
    };
    match record(workspace, stubs, &test, &Settings::default()) {
        Ok(payload) => test.payload = Text::from(payload),
        Err(cause) => panic!("{cause}"),
    }
    test
}
