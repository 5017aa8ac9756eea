//! Actions of the rule flows: keys and intents, confirmation, state keys, text messages.

use super::*;
use crate::live::Heard;

const MENU: [(&str, &str); 9] = [
    ("CurrentRule_dtmf1", "A"),
    ("CurrentRule_dtmfStar", "S"),
    ("CurrentRule_errorMessage1", "prompt:hi.wav"),
    ("CurrentRule_errorMessage1Type", "prompt"),
    ("CurrentRule_errorMessage1PromptArn", "p"),
    ("CurrentRule_errorMessage2", "e2"),
    ("CurrentRule_errorMessage2Type", "text"),
    ("System", r#"{"LastSelectedDTMF":"9"}"#),
    ("CurrentRule_failureReason", "old"),
];

fn menu(extra: &[(&str, &str)]) -> Scene {
    Scene::at(&[&MENU[..], extra].concat())
}

const VERDICT: &str = "errorCount failureReason validSelection done terminate";

#[test]
fn dtmf_menu_with_a_known_key() {
    let mut scene = menu(&[("CurrentRule_inputCount", "2")]);
    let answer = scene.call().dtmf_menu(Some("1")).unwrap();
    assert_eq!(scene.current(VERDICT), "- - true true false");
    assert_eq!((scene.key("NextRuleSet"), scene.key("System.LastSelectedDTMF")), ("A".into(), "1".into()));
    assert_eq!(shown(&answer, "CurrentRule_validSelection"), "true");
    scene.call().dtmf_menu(Some("*")).unwrap();
    assert_eq!((scene.key("NextRuleSet"), scene.key("System.LastSelectedDTMF")), ("S".into(), "Star".into()));
}

#[test]
fn dtmf_menu_with_attempts_left() {
    for (option, reason) in [
        (Some("Timeout"), "NOINPUT"),
        (Some("NOINPUT"), "NOINPUT"),
        (None, "NOINPUT"),
        (Some("5"), "NOMATCH"),
        (Some("#"), "NOMATCH"),
    ] {
        let mut scene = menu(&[("CurrentRule_inputCount", "2")]);
        scene.call().dtmf_menu(option).unwrap();
        assert_eq!(scene.current(VERDICT), format!("1 {reason} false false false"), "{option:?}");
        assert_eq!(
            scene.current("errorMessage errorMessageType errorMessagePromptArn"),
            "prompt:hi.wav prompt p"
        );
        assert_eq!(
            (scene.key("NextRuleSet"), scene.key("System.LastSelectedDTMF")),
            ("-".into(), "-".into())
        );
    }
    // The original takes its own flow's NOINPUT for a wrong key.
    let mut scene = Scene::at_with(&MENU, Compat::Original);
    scene.call().dtmf_menu(Some("NOINPUT")).unwrap();
    assert_eq!(scene.current(VERDICT), "1 NOMATCH false false false");
}

#[test]
fn dtmf_menu_at_its_last_attempt() {
    let last = [("CurrentRule_inputCount", "2"), ("CurrentRule_errorCount", "1")];
    let targets = [("CurrentRule_noInputRuleSetName", "N"), ("CurrentRule_errorRuleSetName", "X")];
    for (option, with, target, verdict) in [
        ("Timeout", true, "N", "2 NOINPUT false true false"),
        ("5", true, "X", "2 NOMATCH false true false"),
        ("Timeout", false, "-", "2 NOINPUT false true true"),
        ("5", false, "-", "2 NOMATCH false true true"),
    ] {
        let mut scene = menu(&[&last[..], if with { &targets[..] } else { &[] }].concat());
        scene.call().dtmf_menu(Some(option)).unwrap();
        assert_eq!((scene.key("NextRuleSet"), scene.current(VERDICT)), (target.into(), verdict.into()));
        assert_eq!(scene.current("errorMessage errorMessageType errorMessagePromptArn"), "e2 text -");
    }
    // Three attempts by default; a message that is missing has the type none.
    let mut scene = menu(&[("CurrentRule_errorCount", "2")]);
    scene.call().dtmf_menu(Some("5")).unwrap();
    assert_eq!(
        scene.current("errorCount done terminate errorMessage errorMessageType"),
        "3 true true - none"
    );
}

const PIN: [(&str, &str); 9] = [
    ("CurrentRuleType", "DTMFInput"),
    ("CurrentRule_outputStateKey", "Customer.Pin"),
    ("CurrentRule_dataType", "Number"),
    ("CurrentRule_minLength", "4"),
    ("CurrentRule_maxLength", "4"),
    ("CurrentRule_errorRuleSetName", "X"),
    ("CurrentRule_errorMessage1", "e1"),
    ("CurrentRule_errorMessage1Type", "text"),
    ("CurrentRule_offerMessage", "{{raw}}"),
];
const ASK: (&str, &str) = ("CurrentRule_confirmationMessage", "{{Customer.Pin}}?");

#[test]
fn dtmf_input_asks_and_confirms() {
    let mut scene = Scene::at(&[&PIN[..], &[ASK]].concat());
    let answer = scene.call().dtmf_input(Some("1234")).unwrap();
    assert_eq!(shown(&answer, "CurrentRule_confirmationMessage"), "1234?");
    assert_eq!(shown(&answer, "CurrentRule_confirmationMessageType"), "text");
    assert_eq!(
        scene.current("input validInput done confirmationMessage"),
        "1234 true false {{Customer.Pin}}?"
    );
    assert_eq!(scene.key("Customer"), "-");
    scene.call().confirm(Some("1")).unwrap();
    assert_eq!(
        (scene.key("Customer.Pin"), scene.current("done terminate")),
        ("1234".into(), "true false".into())
    );
}

#[test]
fn dtmf_input_counts_errors_and_refusals_together() {
    let mut scene = Scene::at(&[&PIN[..], &[ASK]].concat());
    scene.call().dtmf_input(Some("Timeout")).unwrap();
    assert_eq!(scene.current("errorCount validInput done errorMessage"), "1 false false e1");
    scene.call().dtmf_input(Some("1234")).unwrap();
    scene.call().confirm(Some("2")).unwrap();
    assert_eq!(scene.current("errorCount validInput done input"), "2 false false -");
    scene.call().dtmf_input(None).unwrap();
    assert_eq!(
        (scene.current("errorCount done terminate"), scene.key("NextRuleSet")),
        ("3 true false".into(), "X".into())
    );
    // Without a rule set it falls through.
    let mut scene = Scene::at(&[("CurrentRule_errorCount", "2"), ("CurrentRuleType", "DTMFInput")]);
    scene.call().dtmf_input(Some("NOINPUT")).unwrap();
    assert_eq!(
        (scene.current("done terminate"), scene.key("NextRuleSet")),
        ("true false".into(), "-".into())
    );
}

#[test]
fn dtmf_input_checks() {
    for (data_type, min, keys, valid) in [
        ("Date", "8", "31022020", false),
        ("Date", "8", "28022020", true),
        ("Phone", "1", "0412345678", true),
        ("Phone", "1", "1412345678", false),
        ("CreditCardExpiry", "4", "0822", true),
        ("CreditCardExpiry", "4", "0722", false),
        ("CreditCardExpiry", "4", "a822", false),
        ("Other", "x", "??", true),
        ("Number", "3", "12", false),
    ] {
        let mut scene = Scene::at(&[
            ("CurrentRule_outputStateKey", "out"),
            ("CurrentRule_dataType", data_type),
            ("CurrentRule_minLength", min),
            ("CurrentRule_maxLength", "20"),
        ]);
        let answer = scene.call().dtmf_input(Some(keys)).unwrap();
        assert_eq!(scene.key("out"), if valid { keys } else { "-" }, "{data_type} {keys}");
        assert_eq!(shown(&answer, "CurrentRule_confirmationMessageType"), if valid { "none" } else { "-" });
    }
}

#[test]
fn dtmf_input_of_the_original_only_answers() {
    let mut scene = Scene::at_with(&[&PIN[..], &[ASK, ("raw", "<b>")]].concat(), Compat::Original);
    let answer = scene.call().dtmf_input(Some("1234")).unwrap();
    assert_eq!(shown(&answer, "CurrentRule_confirmationMessage"), "1234?");
    // Every template is rendered.
    assert_eq!(shown(&answer, "CurrentRule_offerMessage"), "&lt;b&gt;");
    assert_eq!(
        (shown(&answer, "CurrentRule_validInput"), scene.current("validInput input")),
        ("true".into(), "- -".into())
    );
    let answer = scene.call().dtmf_input(Some("1")).unwrap();
    assert_eq!(
        (shown(&answer, "CurrentRule_validInput"), scene.contact.state.touched().count()),
        ("false".into(), 0)
    );
}

const SLOT: [(&str, &str); 8] = [
    ("CurrentRuleType", "NLUInput"),
    ("CurrentRule_outputStateKey", "Customer.Age"),
    ("CurrentRule_dataType", "number"),
    ("CurrentRule_autoConfirmConfidence", "0.9"),
    ("CurrentRule_autoConfirmMessage", "auto {{Customer.Age}}"),
    ("CurrentRule_confirmationMessage", "<speak>{{Customer.Age}}?</speak>"),
    ("CurrentRule_inputCount", "2"),
    ("CurrentRule_errorMessage1", "e1"),
];
const AUTO: (&str, &str) = ("CurrentRule_autoConfirm", "true");

fn heard<'a>(intent: &'a str, confidence: &'a str, slot: &'a str) -> Heard<'a> {
    Heard { intent: Some(intent), confidence: Some(confidence), slot: Some(slot).filter(|s| !s.is_empty()) }
}

#[test]
fn nlu_input_is_sure() {
    let mut scene = Scene::at(&[&SLOT[..], &[AUTO]].concat());
    scene.call().nlu_input(&heard("intentdata", "0.9", "42")).unwrap();
    assert_eq!(scene.current("confirmationMessageFinal"), "auto 42");
    assert_eq!(
        scene.current("confirmationMessageFinalType autoConfirmNow validInput done terminate"),
        "text true true true false"
    );
    assert_eq!((scene.key("Customer.Age"), scene.key("System.LastNLUInputSlot")), ("42".into(), "42".into()));
}

#[test]
fn nlu_input_asks_and_confirms() {
    let mut scene = Scene::at(&[&SLOT[..], &[AUTO]].concat());
    scene.call().nlu_input(&heard("intentdata", "0.89", "42")).unwrap();
    assert_eq!(scene.current("confirmationMessageFinal"), "<speak>42?</speak>");
    assert_eq!(
        scene.current("confirmationMessageFinalType autoConfirmNow validInput slotValue yesNoBotArn"),
        "ssml false true 42 yesno-arn"
    );
    assert_eq!(scene.key("Customer"), "-");
    scene.call().confirm(Some("Yes")).unwrap();
    assert_eq!((scene.key("Customer.Age"), scene.current("done")), ("42".into(), "true".into()));
    // Without autoConfirm it always asks.
    let mut scene = Scene::at(&SLOT);
    scene.call().nlu_input(&heard("intentdata", "1", "42")).unwrap();
    assert_eq!(scene.current("autoConfirmNow"), "false");
}

#[test]
fn nlu_input_refusals_use_up_attempts() {
    let mut scene = Scene::at(&SLOT);
    for answer in [Some("No"), None] {
        scene.call().nlu_input(&heard("intentdata", "1", "42")).unwrap();
        scene.call().confirm(answer).unwrap();
    }
    assert_eq!(scene.current("errorCount validInput done terminate slotValue"), "2 false true true -");
    assert_eq!(scene.key("System.LastNLUInputSlot"), "-");
}

#[test]
fn nlu_input_not_understood() {
    for heard in [
        heard("intentdata", "1", "x"),
        heard("FallbackIntent", "1", "42"),
        heard("nodata", "0.9", ""),
        Heard::default(),
    ] {
        let mut scene = Scene::at(&SLOT);
        scene.call().nlu_input(&heard).unwrap();
        assert_eq!(
            scene.current("errorCount validInput done terminate errorMessage"),
            "1 false false false e1",
            "{heard:?}"
        );
        scene.call().nlu_input(&heard).unwrap();
        assert_eq!(scene.current("errorCount done terminate"), "2 true true");
    }
    let mut scene = Scene::at(
        &[&SLOT[..], &[("CurrentRule_errorCount", "1"), ("CurrentRule_errorRuleSetName", "X")]].concat(),
    );
    scene.call().nlu_input(&Heard::default()).unwrap();
    assert_eq!(
        (scene.current("done terminate"), scene.key("NextRuleSet")),
        ("true false".into(), "X".into())
    );
}

#[test]
fn nlu_input_without_data_needs_085() {
    for (confidence, target, verdict) in
        [("0.85", "N", "false true false -"), ("0.84", "-", "false false false 1")]
    {
        let mut scene = Scene::at(
            &[&SLOT[..], &[("CurrentRule_noInputRuleSetName", "N"), ("CurrentRule_slotValue", "1")]].concat(),
        );
        scene.call().nlu_input(&heard("nodata", confidence, "")).unwrap();
        assert_eq!(scene.key("NextRuleSet"), target, "{confidence}");
        assert_eq!(scene.current("validInput done terminate errorCount"), verdict);
    }
}

#[test]
fn nlu_input_reads_phone_numbers_from_the_words() {
    let phone = [
        ("CurrentRule_dataType", "phone"),
        ("CurrentRule_outputStateKey", "n"),
        AUTO,
        ("CurrentRule_autoConfirmConfidence", "0"),
    ];
    for (words, wanted) in [
        (
            r#"{"phone":{"inputTranscript":"eight four one two three four five six seven eight"}}"#,
            "0412345678",
        ),
        (r#"{"phone":{"inputTranscript":"oh four double one two triple five six"}}"#, "-"),
        ("{}", "0499999999"),
    ] {
        let mut scene = Scene::at(&[&phone[..], &[("LexResponses", words)]].concat());
        scene.call().nlu_input(&heard("intentdata", "1", "0499999999")).unwrap();
        assert_eq!(scene.key("n"), wanted, "{words}");
    }
}

#[test]
fn nlu_input_failures() {
    let mut scene = Scene::at(&[("CurrentRule_dataType", "odd")]);
    assert_eq!(
        scene.call().nlu_input(&heard("intentdata", "1", "x")).unwrap_err().message,
        "Unsupported data type: odd"
    );
    let mut scene = Scene::at(&SLOT);
    scene.workspace =
        Bundle::read("b", r#"{"connect":{"timeZone":"UTC"}}"#).unwrap().workspace(scene.workspace.options());
    scene.call().nlu_input(&heard("intentdata", "1", "42")).unwrap_err();
    assert_eq!(scene.current("slotValue validInput"), "- -");
}

const INTENTS: [(&str, &str); 9] = [
    ("CurrentRuleType", "NLUMenu"),
    ("CurrentRule_outputStateKey", "Choice"),
    ("CurrentRule_intentRuleSet_Pay", "Pay"),
    ("CurrentRule_intentConfirmationMessage_Pay", "to pay?"),
    ("CurrentRule_autoConfirmConfidence", "0.9"),
    ("CurrentRule_autoConfirmMessage", "{{Choice}} it is"),
    ("CurrentRule_inputCount", "2"),
    ("CurrentRule_errorMessage1", "e1"),
    ("Choice", "old"),
];

#[test]
fn nlu_menu_is_sure() {
    let mut scene = Scene::at(&[&INTENTS[..], &[AUTO]].concat());
    scene.call().nlu_menu(&heard("Pay", "0.95", "")).unwrap();
    assert_eq!(
        (scene.key("Choice"), scene.key("NextRuleSet"), scene.key("System.LastNLUMenuIntent")),
        ("Pay".into(), "Pay".into(), "Pay".into())
    );
    assert_eq!(
        scene.current("validInput confirmationRequired terminate autoConfirmNow done errorMessageType matchedIntent matchedIntentConfidence"),
        "true false false true true none Pay 0.95"
    );
    assert_eq!(scene.current("confirmationMessageFinal"), "Pay it is");
}

#[test]
fn nlu_menu_asks_and_confirms() {
    let mut scene = Scene::at(&[&INTENTS[..], &[AUTO, ("NextRuleSet", "stale")]].concat());
    scene.call().nlu_menu(&heard("Pay", "unsure", "")).unwrap();
    assert_eq!((scene.key("Choice"), scene.key("NextRuleSet")), ("-".into(), "-".into()));
    assert_eq!(
        scene.current("validInput confirmationRequired autoConfirmNow done matchedIntentRuleSet matchedIntentConfidence yesNoBotArn"),
        "true true false false Pay 0 yesno-arn"
    );
    assert_eq!(scene.current("confirmationMessageFinal confirmationMessageFinalType"), "to pay? text");
    scene.call().confirm(Some("Yes")).unwrap();
    assert_eq!(
        (scene.key("Choice"), scene.key("NextRuleSet"), scene.key("System.LastNLUMenuIntent")),
        ("Pay".into(), "Pay".into(), "Pay".into())
    );
    assert_eq!(scene.current("done terminate"), "true false");
}

#[test]
fn nlu_menu_not_understood_or_refused() {
    for errors in [Some("X"), None] {
        let extra = errors.map(|name| ("CurrentRule_errorRuleSetName", name));
        let mut scene = Scene::at(&[&INTENTS[..], extra.as_slice()].concat());
        scene.call().nlu_menu(&heard("Other", "1", "")).unwrap();
        assert_eq!(
            scene.current("errorCount validInput retryInput confirmationRequired autoConfirmNow done terminate matchedIntent errorMessage"),
            "1 false true false false false false Other e1"
        );
        assert_eq!(scene.key("Choice"), "-");
        // A refusal is the second error (Q74); without a rule set the menu falls through.
        scene.call().nlu_menu(&heard("Pay", "1", "")).unwrap();
        scene.call().confirm(Some("No")).unwrap();
        assert_eq!(scene.current("errorCount retryInput done terminate"), "2 false true false");
        assert_eq!(scene.key("NextRuleSet"), errors.unwrap_or("-"));
    }
    let mut scene = Scene::at(&INTENTS);
    scene.call().nlu_menu(&Heard::default()).unwrap();
    assert_eq!(scene.current("matchedIntent errorCount"), "NOMATCH 1");
}

#[test]
fn only_rules_that_ask_can_be_confirmed() {
    let mut scene = Scene::at(&[("CurrentRuleType", "Message")]);
    assert_eq!(
        scene.call().confirm(Some("1")).unwrap_err().message,
        "handleConfirm() missing handler for confirm on rule: Message"
    );
    for rule_type in ["DTMFInput", "NLUInput", "NLUMenu"] {
        let mut scene = Scene::at(&[("CurrentRuleType", rule_type)]);
        assert!(scene.call().confirm(Some("Yes")).is_err(), "{rule_type}");
    }
}

fn pairs(given: &[(&str, &str)]) -> Vec<(Text, Option<Text>)> {
    given.iter().map(|(k, v)| (Text::from(*k), Some(Text::from(*v)).filter(|v| !v.is_empty()))).collect()
}

#[test]
fn state_keys_are_set_in_order() {
    let given = pairs(&[
        ("value1", "a"),
        ("key1", ""),
        ("key2", "B"),
        ("value2", "b"),
        ("key3", "n"),
        ("value3", "increment"),
        ("key10", "n"),
        ("value10", "increment"),
        ("key4", "gone"),
        ("value4", ""),
        ("key5", "o.p"),
        ("value5", "[1]"),
    ]);
    let mut scene = Scene::at(&[("gone", "x"), ("n", "4")]);
    scene.call().set_state(&given).unwrap();
    assert_eq!(
        (scene.key("B"), scene.key("n"), scene.key("gone"), scene.key("o.p.0")),
        ("b".into(), "6".into(), "-".into(), "1".into())
    );
    // The original stops at the first key that is missing.
    let mut scene = Scene::at_with(&[], Compat::Original);
    scene
        .call()
        .set_state(&pairs(&[("key1", "a"), ("value1", "1"), ("key3", "c"), ("value3", "3")]))
        .unwrap();
    assert_eq!((scene.key("a"), scene.key("c")), ("1".into(), "-".into()));
}

#[test]
fn a_queue_that_cannot_be_entered() {
    let mut scene = Scene::at(&[("CurrentRule_outOfHoursRuleSetName", "Closed")]);
    scene.call().queue_exit("outOfHours").unwrap();
    assert_eq!(scene.key("NextRuleSet"), "Closed");
    assert!(scene.call().queue_exit("unstaffed").is_err());
}

#[test]
fn text_messages() {
    let rule = [
        ("CurrentRule_phoneNumberKey", "Customer.Phone"),
        ("CurrentRule_message", "hi"),
        ("Customer", r#"{"Phone":"+614"}"#),
    ];
    let mut scene = Scene::at(&rule);
    let answer = scene.call().send_sms().unwrap();
    assert_eq!(
        (scene.host.sent.join(""), scene.key("System.LastSMSStatus")),
        ("+614: hi".into(), "SENT".into())
    );
    assert_eq!((shown(&answer, "Success"), shown(&answer, "SMSStatus")), ("true".into(), "SENT".into()));
    let mut scene = Scene::at(&rule[..2]);
    let answer = scene.call().send_sms().unwrap();
    assert_eq!(
        (shown(&answer, "Success"), scene.key("System.LastSMSStatus")),
        ("false".into(), "ERROR".into())
    );
    let mut scene = Scene::at_with(&rule, Compat::Original);
    scene.host.refuses_sms = true;
    let answer = scene.call().send_sms().unwrap();
    assert_eq!(
        (shown(&answer, "Success"), scene.key("System.LastSMSStatus")),
        ("true".into(), "ERROR".into())
    );
    assert!(Scene::at(&rule[1..]).call().send_sms().is_err());
}

#[test]
fn integrations_start_with_a_clean_record() {
    let rule = [
        ("CurrentRule_functionArn", "f"),
        ("CurrentRule_functionPayload", r#"{"a":1}"#),
        ("IntegrationErrorCause", "old"),
        ("IntegrationEnd", "old"),
        ("IntegrationStatus", "ERROR"),
    ];
    let event = json::parse(r#"{"Name":"x"}"#).unwrap();
    for (compat, cause) in [(Compat::Corrected, "-"), (Compat::Original, "old")] {
        let mut scene = Scene::at_with(&rule, compat);
        let (answer, invoke) = scene.call().integration_start(&event).unwrap();
        assert_eq!(shown(&answer, "IntegrationStatus"), "START");
        assert_eq!(scene.key("IntegrationStart"), "2022-08-01T12:00:00.000+00:00");
        assert_eq!(
            (scene.key("IntegrationEnd"), scene.key("IntegrationErrorCause")),
            ("-".into(), cause.into())
        );
        assert_eq!(&*invoke.function_arn, "f");
        // The payload keeps its type, the flow's event is text.
        let sent = json::print(&invoke.event.into()).unwrap();
        assert_eq!(sent, r#"{"ContactId":"C","Payload":{"a":1},"OriginalRequest":"{\"Name\":\"x\"}"}"#);
    }
    assert!(Scene::at(&[]).call().integration_start(&event).is_err());
    let mut scene = Scene::at(&rule);
    scene.call().integration_failed("throttled").unwrap();
    assert_eq!(
        (scene.key("IntegrationStatus"), scene.key("IntegrationErrorCause")),
        ("ERROR".into(), "throttled".into())
    );
}

#[test]
fn integrations_run_out_of_time() {
    for (status, seconds, compat, wanted) in [
        ("RUN", 3, Compat::Corrected, "TIMEOUT"),
        ("START", 3, Compat::Corrected, "TIMEOUT"),
        ("RUN", 2, Compat::Corrected, "RUN"),
        ("DONE", 3, Compat::Corrected, "DONE"),
        ("DONE", 3, Compat::Original, "TIMEOUT"),
    ] {
        let mut scene = Scene::at_with(
            &[
                ("IntegrationStatus", status),
                ("IntegrationStart", "2022-08-01T12:00:00.000+00:00"),
                ("CurrentRule_functionTimeout", "2"),
            ],
            compat,
        );
        scene.contact.clock += seconds * 1000;
        let answer = scene.call().integration_check().unwrap();
        assert_eq!(shown(&answer, "IntegrationStatus"), wanted, "{status} {seconds} {compat:?}");
        assert_eq!(scene.key("IntegrationEnd") != "-", wanted == "TIMEOUT");
    }
    assert!(Scene::at(&[("CurrentRule_functionTimeout", "2")]).call().integration_check().is_err());
    assert!(Scene::at(&[("IntegrationStart", "2022-08-01T12:00:00Z")]).call().integration_check().is_err());
}

/// Branches that were taken.
#[derive(Default)]
struct Branches(Vec<String>);

impl crate::offline::Observer for Branches {
    fn detail(&self) -> crate::host::Detail {
        crate::host::Detail::Coverage
    }
    fn observe(&mut self, seen: &crate::host::Seen<'_>) {
        if let crate::host::Seen::Took { rule, branch } = seen {
            self.0.push(format!("{}/{} {branch}", rule.rule_set, rule.rule));
        }
    }
}

#[test]
fn observers_are_told_the_branch_of_the_current_rule() {
    let set = rule_set("Main", "E", &[("Message", "{}"), ("DTMFMenu", "{}")]);
    let stubs = crate::offline::Stubs::default();
    for (rule, wanted) in [("b", "0/1 key:1"), ("renamed", "")] {
        let mut scene = Scene::new(&set, Compat::Corrected);
        scene.load(&[("CurrentRuleSet", "Main"), ("CurrentRule", rule), ("CurrentRule_dtmf1", "A")]);
        let mut host = crate::offline::Offline::new(&stubs, Compat::Corrected, Branches::default());
        let mut call = Call {
            workspace: &scene.workspace,
            contact: &mut scene.contact,
            data: &scene.data,
            host: &mut host,
        };
        call.dtmf_menu(Some("1")).unwrap();
        assert_eq!(host.observer.0.join(","), wanted);
        assert_eq!(scene.key("NextRuleSet"), "A");
    }
}
