//! What customers hear in the flows of rule types.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod script;

use connect_rules_flows::walk::{Dialled, End, Waited};
use script::{Script, call, chat};

const SORRY: &str = "We are sorry, something went wrong. Please try again later.";

fn message(key: &str, words: &str, kind: &str) -> [(String, String); 3] {
    let key = format!("CurrentRule_{key}");
    [
        (format!("{key}Type"), kind.to_owned()),
        (format!("{key}PromptArn"), "arn:prompt/hello".to_owned()),
        (key, words.to_owned()),
    ]
}

/// A script whose state has these messages as text.
fn with(messages: &[(&str, &str)], more: &[(&str, &str)]) -> Script {
    let mut script = Script::new(more);
    for (key, words) in messages {
        script.state.extend(message(key, words, "text"));
    }
    script
}

#[test]
fn messages_of_every_kind() {
    for flow in ["Message", "RuleSet"] {
        for (kind, heard, written) in [
            ("text", vec!["Hi"], vec!["Hi"]),
            ("ssml", vec!["Hi"], vec![]),
            ("prompt", vec!["prompt:hello.wav"], vec![]),
            ("none", vec![], vec![]),
        ] {
            let script = || {
                let mut script = Script::new(&[]);
                script.state.extend(message("message", "Hi", kind));
                script
            };
            let outcome = call(flow, script());
            assert_eq!(outcome.said, heard, "{flow} {kind}");
            assert_eq!(outcome.called, ["next"], "{flow} {kind}");
            assert_eq!(outcome.end, End::Disconnected);
            assert_eq!(chat(flow, script()).said, written, "{flow} {kind}");
        }
    }
    // Without a type, a Message is text and a RuleSet is silent; an empty text ends nothing.
    let untyped = || Script::new(&[("CurrentRule_message", "Hi")]);
    assert_eq!(
        (call("Message", untyped()).said, call("RuleSet", untyped()).said),
        (vec!["Hi".to_owned()], vec![])
    );
    assert_eq!(call("Message", Script::new(&[])).called, ["next"]);
}

#[test]
fn a_contact_enters_and_errors_are_told() {
    let outcome = call("Bootstrap", Script::new(&[]));
    assert_eq!(
        (outcome.called, outcome.said.len(), outcome.end),
        (vec!["next".to_owned()], 0, End::Disconnected)
    );
    let outcome = call("Bootstrap", Script::new(&[]).fails("next"));
    assert_eq!((outcome.said, outcome.end), (vec![SORRY.to_owned()], End::Disconnected));
    // A flow that does not exist.
    let outcome = call("Main", Script::new(&[]).answer("next", &[("CurrentRule_nextFlowArn", "arn:other")]));
    assert_eq!(outcome.said, [SORRY]);
    let outcome = call("Main", Script::new(&[]).answer("next", &[]));
    assert_eq!(outcome.said, [SORRY]);
}

#[test]
fn answers_that_are_not_flat_texts_fail() {
    let mut script = Script::new(&[]).answer("next", &[("n", "5")]);
    script.numbers = true;
    let outcome = call("Main", script);
    assert_eq!((outcome.called, outcome.said), (vec!["next!".to_owned()], vec![SORRY.to_owned()]));
}

const WRONG: [(&str, &str); 4] = [
    ("CurrentRule_validSelection", "false"),
    ("CurrentRule_validInput", "false"),
    ("CurrentRule_done", "false"),
    ("CurrentRule_terminate", "false"),
];
const ERROR: [(&str, &str); 2] =
    [("CurrentRule_errorMessage", "Pardon?"), ("CurrentRule_errorMessageType", "text")];

/// The answer to a wrong input, with attempts left or not.
fn wrong(done: bool, terminate: bool) -> Vec<(&'static str, &'static str)> {
    let mut out = [&WRONG[..], &ERROR[..]].concat();
    out.push(("CurrentRule_done", if done { "true" } else { "false" }));
    out.push(("CurrentRule_terminate", if terminate { "true" } else { "false" }));
    out
}

fn menu() -> Script {
    with(&[("offerMessage", "Press 1")], &[])
}

#[test]
fn dtmf_menu() {
    let outcome =
        call("DTMFMenu", menu().keys(&["1"]).answer("dtmf_menu", &[("CurrentRule_validSelection", "true")]));
    assert_eq!(outcome.said, ["Press 1"]);
    assert_eq!(outcome.seen[..2], ["keys 1 5", "dtmf_menu selectedOption=1"]);
    assert_eq!(outcome.called, ["dtmf_menu", "next"]);

    // A wrong key, silence, then no attempts left.
    let script = menu()
        .keys(&["7", ""])
        .answer("dtmf_menu", &wrong(false, false))
        .answer("dtmf_menu", &wrong(false, false))
        .answer("dtmf_menu", &wrong(true, false));
    let outcome = call("DTMFMenu", script);
    assert_eq!(outcome.said, ["Press 1", "Pardon?", "Press 1", "Pardon?", "Press 1", "Pardon?"]);
    assert_eq!(outcome.seen[1], "dtmf_menu selectedOption=7");
    assert_eq!((outcome.seen[3].as_str(), outcome.called.len()), ("dtmf_menu selectedOption=Timeout", 4));

    let outcome = call("DTMFMenu", menu().keys(&["*"]).answer("dtmf_menu", &wrong(true, true)));
    assert_eq!(outcome.seen[1], "dtmf_menu selectedOption=*");
    assert_eq!((outcome.called, outcome.end), (vec!["dtmf_menu".to_owned()], End::Disconnected));
    assert_eq!(outcome.said, ["Press 1", "Pardon?"]);

    // A prompt that is missing counts as no input; the customer may leave.
    let mut script = Script::new(&[]).answer("dtmf_menu", &wrong(true, true));
    script.state.insert("CurrentRule_offerMessageType".to_owned(), "prompt".to_owned());
    assert_eq!(call("DTMFMenu", script).seen, ["dtmf_menu selectedOption=NOINPUT"]);
    assert_eq!(call("DTMFMenu", menu().keys(&["hangup"])).end, End::HungUp);
    assert_eq!(call("DTMFMenu", menu().keys(&["1"]).fails("dtmf_menu")).said, ["Press 1", SORRY]);
}

fn digits(length: &str) -> Script {
    with(&[("offerMessage", "Your number?")], &[("CurrentRule_maxLength", length)])
}

const ASKS: [(&str, &str); 4] = [
    ("CurrentRule_validInput", "true"),
    ("CurrentRule_done", "false"),
    ("CurrentRule_confirmationMessage", "1234, right?"),
    ("CurrentRule_confirmationMessageType", "text"),
];
const DONE: [(&str, &str); 2] = [("CurrentRule_done", "true"), ("CurrentRule_errorMessageType", "none")];

#[test]
fn dtmf_input() {
    for (length, most) in [("1", 1), ("4", 4), ("6", 6), ("8", 8), ("10", 10), ("5", 20), ("20", 20)] {
        let accepted = [("CurrentRule_validInput", "true"), ("CurrentRule_confirmationMessageType", "none")];
        let outcome = call("DTMFInput", digits(length).keys(&["12#"]).answer("dtmf_input", &accepted));
        let sent = if most == 1 { "dtmf_input input=1" } else { "dtmf_input input=12" };
        assert_eq!(outcome.seen[..2], [format!("keys {most} 10"), sent.to_owned()]);
        assert_eq!((outcome.said.len(), outcome.called.len()), (1, 2));
    }
    let script = digits("4").keys(&["99*1234#", "1"]).answer("dtmf_input", &ASKS).answer("confirm", &DONE);
    let outcome = call("DTMFInput", script);
    assert_eq!(outcome.said, ["Your number?", "1234, right?"]);
    assert_eq!(outcome.seen[1..4], ["dtmf_input input=1234", "keys 1 10", "confirm answer=1"]);

    // Refusing asks again, without a word about an error; the last time it is told.
    let script = digits("4")
        .keys(&["1234", "2", "", "1234", ""])
        .answer("dtmf_input", &ASKS)
        .answer("confirm", &wrong(false, false))
        .answer("dtmf_input", &wrong(false, false))
        .answer("dtmf_input", &ASKS)
        .answer("confirm", &wrong(true, false));
    let outcome = call("DTMFInput", script);
    assert_eq!(
        outcome.said,
        [
            "Your number?",
            "1234, right?",
            "Your number?",
            "Pardon?",
            "Your number?",
            "1234, right?",
            "Pardon?"
        ]
    );
    assert_eq!(outcome.called.last().unwrap(), "next");
    assert!(outcome.seen.contains(&"confirm answer=Timeout".to_owned()));
}

fn bot(messages: &[(&str, &str)]) -> Script {
    with(messages, &[("CurrentRule_lexBotArn", "arn:bot"), ("CurrentRule_yesNoBotArn", "arn:yesno")])
}

fn understood(kind: &'static str, sure: &'static str) -> Vec<(&'static str, &'static str)> {
    vec![
        ("CurrentRule_validInput", "true"),
        ("CurrentRule_done", "true"),
        ("CurrentRule_terminate", "false"),
        ("CurrentRule_autoConfirmNow", sure),
        ("CurrentRule_confirmationMessageFinal", "Tomorrow?"),
        ("CurrentRule_confirmationMessageFinalType", kind),
    ]
}

#[test]
fn nlu_input() {
    let offer = || bot(&[("offerMessage", "When?")]);
    let heard = ("intentdata", 0.9, "2024-01-01");
    let script = offer()
        .turns(&[heard, ("Yes", 1.0, "")])
        .answer("nlu_input", &understood("text", "false"))
        .answer("confirm", &DONE);
    let outcome = call("NLUInput", script);
    assert_eq!(outcome.said, ["When?", "Tomorrow?"]);
    assert_eq!(
        outcome.seen[..4],
        [
            "bot arn:bot c-1",
            "nlu_input intentConfidence=0.9 matchedIntent=intentdata slotValue=2024-01-01",
            "bot arn:yesno c-1",
            "confirm answer=Yes"
        ]
    );
    let outcome = call("NLUInput", offer().turns(&[heard]).answer("nlu_input", &understood("ssml", "true")));
    assert_eq!(
        (outcome.said, outcome.called),
        (vec!["When?".into(), "Tomorrow?".into()], vec!["nlu_input".to_owned(), "next".to_owned()])
    );
    // Not understood, refused, the bot fails, and the last attempt ends the contact.
    let script = offer()
        .turns(&[("FallbackIntent", 0.2, ""), heard, ("No", 1.0, ""), ("", 0.0, "")])
        .answer("nlu_input", &wrong(false, false))
        .answer("nlu_input", &understood("text", "false"))
        .answer("confirm", &wrong(false, false))
        .answer("nlu_input", &wrong(true, true));
    let outcome = call("NLUInput", script);
    assert_eq!(outcome.said, ["When?", "Pardon?", "When?", "Tomorrow?", "When?", "Pardon?"]);
    assert_eq!(outcome.seen.last().unwrap(), "nlu_input matchedIntent=NOINPUT");
    assert_eq!(outcome.end, End::Disconnected);
    // No data, with a rule set for that: nothing is said.
    let silent = [("CurrentRule_validInput", "false"), ("CurrentRule_terminate", "false"), DONE[0], DONE[1]];
    let outcome = call("NLUInput", offer().turns(&[("nodata", 0.95, "")]).answer("nlu_input", &silent));
    assert_eq!((outcome.said.len(), outcome.called.len()), (1, 2));
}

#[test]
fn nlu_menu_by_voice_and_in_a_chat() {
    let offer = || bot(&[("offerMessage", "What can we do?")]);
    for talk in [call, chat] {
        let script = offer()
            .turns(&[("Bills", 0.6, ""), ("No", 1.0, ""), ("Bills", 0.6, ""), ("Yes", 0.9, "")])
            .answer("nlu_menu", &understood("text", "false"))
            .answer("confirm", &wrong(false, false))
            .answer("nlu_menu", &understood("text", "false"))
            .answer("confirm", &DONE);
        let outcome = talk("NLUMenu", script);
        assert_eq!(outcome.said, ["What can we do?", "Tomorrow?", "What can we do?", "Tomorrow?"]);
        assert_eq!(outcome.called.last().unwrap(), "next");
        let script = offer().turns(&[("Bills", 0.9, "")]).answer("nlu_menu", &understood("text", "true"));
        assert_eq!(talk("NLUMenu", script).said, ["What can we do?", "Tomorrow?"]);
    }
    // A chat that is silent; the words of the bot are the message itself.
    let script = offer().turns(&[("silence", 0.0, "")]).answer("nlu_menu", &wrong(true, false));
    let outcome = chat("NLUMenu", script);
    assert_eq!(outcome.seen[1], "nlu_menu matchedIntent=NOMATCH");
    assert_eq!(outcome.said, ["What can we do?", "Pardon?"]);
    // A confirmation that a chat cannot show still asks.
    let script = offer()
        .turns(&[("Bills", 0.6, ""), ("Yes", 0.9, "")])
        .answer("nlu_menu", &understood("none", "false"))
        .answer("confirm", &DONE);
    assert_eq!(chat("NLUMenu", script).called, ["nlu_menu", "confirm", "next"]);
}

#[test]
fn integrations() {
    let start = |status| {
        with(&[("functionMessage", "One moment")], &[])
            .answer("integration_start", &[("IntegrationStatus", status)])
    };
    for status in ["DONE", "ERROR", "TIMEOUT"] {
        assert_eq!(call("Integration", start(status)).called, ["integration_start", "next"], "{status}");
    }
    let running = [("IntegrationStatus", "RUN")];
    let outcome = call(
        "Integration",
        start("START")
            .answer("integration_check", &running)
            .answer("integration_check", &running)
            .answer("integration_check", &[("IntegrationStatus", "DONE")]),
    );
    assert_eq!(outcome.said, ["One moment", "One moment"]);
    assert_eq!(outcome.called.len(), 5);
    assert_eq!(call("Integration", start("RUN").fails("integration_check")).said, ["One moment", SORRY]);
}

#[test]
fn text_messages() {
    assert_eq!(
        call("SMSMessage", Script::new(&[]).answer("send_sms", &[("Success", "true")])).called,
        ["send_sms", "next"]
    );
    assert_eq!(call("SMSMessage", Script::new(&[]).fails("send_sms")).said, [SORRY]);
}

#[test]
fn waiting_chats() {
    let wait = || Script::new(&[("CurrentRule_waitTimeSeconds", "60"), ("CurrentRule_ruleSetName", "Back")]);
    assert_eq!(call("Wait", wait()).seen, ["next"]);
    assert_eq!(chat("Wait", wait()).seen, ["wait 60", "next"]);
    let mut script = wait().answer("set_state", &[]);
    script.waits.push_back(Waited::Returned);
    assert_eq!(chat("Wait", script).seen, ["wait 60", "set_state key1=NextRuleSet value1=Back", "next"]);
    let mut script = wait();
    script.waits.push_back(Waited::Failed);
    assert_eq!(chat("Wait", script).said, [SORRY]);
}

#[test]
fn external_numbers() {
    let number = |resume: &'static str, keys: &'static str| {
        Script::new(&[
            ("CurrentRule_externalNumber", "+61255501234"),
            ("CurrentRule_resume", resume),
            ("CurrentRule_sendDTMF", keys),
            ("CurrentRule_dtmf", "12#"),
        ])
    };
    let outcome = call("ExternalNumber", number("false", "false"));
    assert_eq!(outcome.seen, ["dial +61255501234 None false"]);
    assert_eq!(outcome.end, End::Transferred("+61255501234".to_owned()));
    for (result, called, said) in
        [(Dialled::Returned, 1, 0), (Dialled::TimedOut, 0, 1), (Dialled::Failed, 0, 1)]
    {
        let mut script = number("true", "true");
        script.dialled = Some(result);
        let outcome = call("ExternalNumber", script);
        assert_eq!(outcome.seen[0], "dial +61255501234 Some(\"12#\") true");
        assert_eq!((outcome.called.len(), outcome.said.len()), (called, said), "{result:?}");
    }
    let mut script = number("false", "true");
    script.dialled = Some(Dialled::Failed);
    assert_eq!(call("ExternalNumber", script).said, [SORRY]);
}
