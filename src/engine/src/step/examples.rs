//! Worked examples of `spec/evaluator.md` section 11 that take whole steps: E14-E22 and E25.

use super::{Contact, Opening, Reply, Request, StepError, step};
use crate::bundle::Bundle;
use crate::chance::Draws;
use crate::compat::Compat;
use crate::json;
use crate::offline::{Offline, Stubs};
use crate::state::Path;
use crate::value::Value;
use crate::workspace::{Options, Workspace};

/// A contact that takes one request after the other.
struct Call {
    workspace: Workspace,
    stubs: Stubs,
    contact: Contact,
}

const BOTH: [Compat; 2] = [Compat::Original, Compat::Corrected];

impl Call {
    /// Rule sets as JSON, bots as JSON; the contact has not started.
    fn new(compat: Compat, rule_sets: &str, lex: &str) -> Call {
        let text = format!(
            r#"{{"ruleSets":{rule_sets},"lex":{lex},"connect":{{"timeZone":"UTC",
            "prompts":[{{"Name":"welcome.wav","Id":"p","Arn":"arn:p"}}],
            "lambdaFunctions":[{{"Name":"dev-rules-engine-integrationecho","Arn":"arn:echo"}}],
            "lexBots":[{{"Name":"dev-rules-engine-date","SimpleName":"date","Arn":"a"}},{{"Name":"dev-rules-engine-yesno","SimpleName":"yesno","Arn":"b"}}]}}}}"#
        );
        let bundle = Bundle::read("example.json", &text).unwrap();
        let workspace = bundle.workspace(Options { compat, ..Options::default() });
        Call { workspace, stubs: bundle.stubs, contact: Contact::new("C1", 0, Draws::new(0)) }
    }

    /// Rules of one type, `R0`, `R1` …, in this order; params as JSON.
    fn of(compat: Compat, rules: &[(&str, &str)], lex: &str) -> Call {
        let rules: Vec<String> = rules
            .iter()
            .enumerate()
            .map(|(i, (kind, params))| {
                format!(
                    r#"{{"name":"R{i}","type":"{kind}","enabled":true,"priority":"{}","activation":"0","params":{params}}}"#,
                    100 - i
                )
            })
            .collect();
        let sets = format!(
            r#"[{{"name":"Main","enabled":true,"endPoints":["Line"],"rules":[{}]}},
                {{"name":"Sub","enabled":true,"rules":[{{"name":"s","type":"Terminate","enabled":true,"priority":"1","activation":"0","params":{{}}}}]}}]"#,
            rules.join(",")
        );
        Call::new(compat, &sets, lex)
    }

    fn send(&mut self, request: &Request) -> Result<Reply, StepError> {
        let compat = self.workspace.options().compat;
        let mut host = Offline::new(&self.stubs, compat, ());
        step(&self.workspace, &mut self.contact, request, &mut host)
    }

    fn start(&mut self) -> Reply {
        self.start_with("{}")
    }

    fn start_with(&mut self, attributes: &str) -> Reply {
        let opening = Opening {
            end_point: "Line".into(),
            customer_phone_number: "+61422555555".into(),
            contact_attributes: json::parse(attributes).unwrap(),
            ..Opening::default()
        };
        self.send(&Request::NewInteraction(opening)).unwrap()
    }

    fn next(&mut self) -> Reply {
        self.send(&Request::NextRule).unwrap()
    }

    fn input(&mut self, text: &str) -> Reply {
        self.send(&Request::Input(text.into())).unwrap()
    }

    fn state(&self, path: &str) -> Value {
        self.contact.state.path(&Path::new(path))
    }
}

fn message(reply: &Reply) -> String {
    reply.message.clone().unwrap_or_default().to_string()
}

#[test]
fn e14_update_states() {
    for compat in BOTH {
        let items = r#"{"updateStates":[{"key":"A","value":"1"},{"key":"B","value":"{{A}}2"},{"key":"C","value":"increment"},{"key":"C","value":"increment"},{"key":"D","value":"null"}]}"#;
        let mut call = Call::of(compat, &[("UpdateStates", items)], "null");
        call.start();
        assert_eq!(["A", "B", "C"].map(|key| call.state(key)), ["1", "2", "2"].map(Value::from));
        assert_eq!(call.state("D"), Value::Undefined);
    }
}

#[test]
fn e15_set_attributes() {
    for compat in BOTH {
        let items = r#"{"setAttributes":[{"key":"a","value":""},{"key":"c","value":"null"},{"key":"d","value":"{\"x\":1}"}]}"#;
        let mut call = Call::of(compat, &[("SetAttributes", items)], "null");
        call.start_with(r#"{"c":"old","z":"1"}"#);
        let want = json::parse(r#"{"z":"1","a":"","d":"{\"x\":1}"}"#).unwrap();
        assert_eq!(call.state("ContactAttributes"), want);
    }
}

#[test]
fn e16_message_types() {
    for compat in BOTH {
        for (text, kind, arn) in [
            (" <speak>hi</speak> ", "ssml".into(), Value::Undefined),
            ("prompt:welcome.wav\nnote", "prompt".into(), "arn:p".into()),
            ("prompt:nope.wav", Value::Undefined, Value::Undefined),
            (" ", "none".into(), Value::Undefined),
        ] {
            let params = format!(r#"{{"message":{}}}"#, json::print(&text.into()).unwrap());
            let mut call = Call::of(compat, &[("Message", &params)], "null");
            assert_eq!(message(&call.start()), text);
            assert_eq!(call.state("CurrentRule_messageType"), kind, "{text}");
            assert_eq!(call.state("CurrentRule_messagePromptArn"), arn, "{text}");
        }
        for (error, offer, merged) in
            [("<speak>a</speak>", "b", "<speak>\na\nb\n</speak>"), (" a ", " b ", "a \n b")]
        {
            let params = format!(
                r#"{{"inputCount":"2","errorCount":"0","offerMessage":"{offer}","errorMessage1":"{error}","errorMessage2":"x","dtmf1":"Sub"}}"#
            );
            let mut call = Call::of(compat, &[("DTMFMenu", &params)], "null");
            call.start();
            assert_eq!(message(&call.input("7")), merged);
        }
    }
}

#[test]
fn e17_the_last_error_picks_the_exit_of_a_menu() {
    let params = r#"{"inputCount":"2","errorCount":"0","offerMessage":"offer","errorMessage1":"e1","errorMessage2":"e2","dtmf1":"Sub","errorRuleSetName":"Sub"}"#;
    for compat in BOTH {
        let mut call = Call::of(compat, &[("DTMFMenu", params)], "null");
        call.start();
        let first = call.input("5");
        assert_eq!((message(&first).as_str(), first.wants_input()), ("e1\noffer", true));
        let last = call.input("NOINPUT");
        assert_eq!((message(&last).as_str(), last.terminate, last.wants_input()), ("e2", true, false));
        let mut call = Call::of(compat, &[("DTMFMenu", params)], "null");
        call.start();
        call.input("NOINPUT");
        let last = call.input("5");
        assert_eq!((message(&last).as_str(), last.terminate), ("e2", false));
        assert_eq!(call.state("NextRuleSet"), "Sub".into());
        assert_eq!(&*call.next().rule_set, "Sub");
    }
}

#[test]
fn e18_keys_with_a_confirmation() {
    let params = r#"{"offerMessage":"Enter pin","outputStateKey":"Customer.Pin","dataType":"Number","minLength":"4","maxLength":"4","errorCount":"0","errorMessage1":"e1","errorMessage2":"e2","errorMessage3":"e3","errorRuleSetName":"Sub","confirmationMessage":"{{characterSpeechFast Customer.Pin}}?"}"#;
    for compat in BOTH {
        let mut call = Call::of(compat, &[("DTMFInput", params)], "null");
        call.start();
        for (keys, said, errors, phase) in [
            ("12", "e1\nEnter pin", "1", "input"),
            ("1234", "1 2 3 4?", "1", "confirm"),
            ("2", "Enter pin", "2", "input"),
            ("1234", "1 2 3 4?", "2", "confirm"),
        ] {
            let reply = call.input(keys);
            assert_eq!((message(&reply).as_str(), reply.wants_input()), (said, true));
            assert_eq!(call.state("CurrentRule_errorCount"), errors.into());
            assert_eq!(call.state("CurrentRule_phase"), phase.into());
            assert_eq!(call.state("Customer.Pin"), Value::Undefined);
        }
        let done = call.input("1");
        assert_eq!((done.message.clone(), done.wants_input()), (None, false));
        assert_eq!(call.state("Customer.Pin"), "1234".into());
        assert_eq!(call.state("CurrentRule_errorCount"), "2".into());
    }
}

/// A birthday asked for by bot, confirmed by itself from `threshold` on.
fn birthday(compat: Compat, threshold: &str, auto: bool) -> Call {
    let params = format!(
        r#"{{"inputCount":"2","errorCount":"0","dataType":"date","lexBotName":"date","outputStateKey":"Customer.DOB","offerMessage":"When?","errorMessage1":"e1","errorMessage2":"e2","minValue":"","maxValue":"","autoConfirm":"{auto}","autoConfirmConfidence":"{threshold}","autoConfirmMessage":"auto [{{{{dateHuman Customer.DOB}}}}]","confirmationMessage":"conf [{{{{Customer.DOB}}}}]"}}"#
    );
    let lex = r#"{"bots":{"date":{"utterances":[{"text":"then","intent":"intentdata","confidence":0.9,"slots":{"dataslot":"2017-09-15"}}]}}}"#;
    let mut call = Call::of(compat, &[("NLUInput", &params)], lex);
    call.start();
    call
}

#[test]
fn e19_a_sure_bot_needs_no_confirmation() {
    for compat in BOTH {
        let mut call = birthday(compat, "0.9", true);
        let reply = call.input("then");
        assert_eq!(message(&reply), "auto [15th of September, 2017]");
        assert_eq!(reply.input_required, Some(false));
        assert_eq!(call.state("Customer.DOB"), "2017-09-15".into());
    }
}

#[test]
fn e20_a_nested_value_is_heard_in_its_confirmation_when_corrected() {
    for (compat, heard) in [(Compat::Original, "conf []"), (Compat::Corrected, "conf [2017-09-15]")] {
        let mut call = birthday(compat, "0.95", true);
        let reply = call.input("then");
        assert_eq!((message(&reply).as_str(), reply.wants_input()), (heard, true));
        assert_eq!(call.state("Customer.DOB"), Value::Undefined);
        assert!(!call.input("yes").wants_input());
        assert_eq!(call.state("Customer.DOB"), "2017-09-15".into());
    }
}

#[test]
fn e21_return_stack() {
    let rule = |name: &str, priority: u32, to: &str| {
        let (kind, params) = if to.is_empty() {
            ("Message", format!(r#"{{"message":"{name}"}}"#))
        } else {
            ("RuleSet", format!(r#"{{"ruleSetName":"{to}","returnHere":"true"}}"#))
        };
        format!(
            r#"{{"name":"{name}","type":"{kind}","enabled":true,"priority":"{priority}","activation":"0","params":{params}}}"#
        )
    };
    let set = |name: &str, end_points: &str, rules: &[String]| {
        format!(
            r#"{{"name":"{name}","enabled":true,"endPoints":[{end_points}],"rules":[{}]}}"#,
            rules.join(",")
        )
    };
    let sets = [
        set("Main", r#""Line""#, &[rule("a", 2, "L1"), rule("m", 1, "")]),
        set("L1", "", &[rule("x", 2, "Sub"), rule("y", 1, "")]),
        set("Sub", "", &[rule("s1", 1, "")]),
    ];
    for compat in BOTH {
        let mut call = Call::new(compat, &format!("[{}]", sets.join(",")), "null");
        let mut went = vec![call.start()];
        for _ in 0..4 {
            went.push(call.next());
        }
        let went: Vec<String> = went.iter().map(|r| format!("{}/{}", r.rule_set, r.rule)).collect();
        assert_eq!(went, ["Main/a", "L1/x", "Sub/s1", "L1/y", "Main/m"]);
        assert_eq!(
            call.send(&Request::NextRule).unwrap_err().message,
            "Contact id: C1 reached the end of a ruleset with no return stack: Main"
        );
    }
}

#[test]
fn e22_distribution() {
    let params = r#"{"optionCount":"2","ruleSetName0":"r0","percentage0":"30","ruleSetName1":"r1","percentage1":"50","defaultRuleSetName":"default"}"#;
    for compat in BOTH {
        for (draw, to) in [(0.0, "r0"), (0.3, "r1"), (0.799_999, "r1"), (0.8, "default"), (0.999, "default")]
        {
            let mut call = Call::of(compat, &[("Distribution", params)], "null");
            call.contact.draws.give([draw]);
            call.start();
            assert_eq!(call.state("NextRuleSet"), to.into(), "{draw}");
        }
    }
}

#[test]
fn e25_integration() {
    let payload = |text: &str| {
        let text = json::print(&text.into()).unwrap();
        format!(
            r#"{{"functionName":"integrationecho","functionPayload":{text},"functionOutputKey":"Out.data","functionTimeout":"2"}}"#
        )
    };
    let says = ("Message", r#"{"message":"{{Out.data.Hello}}"}"#);
    for compat in BOTH {
        let object = payload(r#"{"Hello":"{{CustomerPhoneNumber}}"}"#);
        let mut call = Call::of(compat, &[("Integration", &object), says], "null");
        assert_eq!(message(&call.start()), "Function: integrationecho IntegrationStatus: DONE");
        assert_eq!(message(&call.next()), "+61422555555");

        let text = payload(r#" {"ForcedError":"boom"} "#);
        let failed = "Function: integrationecho IntegrationStatus: ERROR\nCause: boom";
        let mut call = Call::of(compat, &[("Integration", &object), ("Integration", &text)], "null");
        call.start();
        assert_eq!(message(&call.next()), failed);
        assert_eq!(call.state("Out.data"), Value::Undefined);

        // Q29: the original's echo does not see controls in a payload that is JSON.
        let clean = payload(r#"{"ForcedError":"boom"}"#);
        let mut call = Call::of(compat, &[("Integration", &clean)], "null");
        let want = match compat {
            Compat::Original => "Function: integrationecho IntegrationStatus: DONE",
            Compat::Corrected => failed,
        };
        assert_eq!(message(&call.start()), want);
    }
}
