//! Offline bots: tables, definitions and built-in answers.

use super::*;
use crate::json;

fn bots(text: &str) -> Result<Bots, DocumentError> {
    Bots::from_value(&json::parse(text).unwrap(), "dev-rules-engine-")
}

fn ask(bots: &Bots, bot: &str, text: &str) -> Recognition {
    bots.recognise(bot, &"c-1".into(), text)
}

fn heard(bots: &Bots, bot: &str, text: &str) -> (String, f64, bool) {
    let answer = ask(bots, bot, text);
    (answer.intent.unwrap().to_string(), answer.confidence, answer.has_confidence)
}

const TABLE: &str = r#"{"version":1,"bots":{"number":{"utterances":[
    {"text":"Twenty  one","intent":"intentdata","confidence":0.92,"slots":{"dataslot":"21","other":null}},
    {"match":"contains","text":"not sure","intent":"nodata","confidence":0.8},
    {"match":"regex","text":"^human","intent":"Human"},
    {"match":"regex","text":"^Strict","flags":"","intent":"Strict","confidence":"0.5"},
    {"text":"raw","response":{"interpretations":[{"intent":{"name":"Raw"},"nluConfidence":0.4}],"x":1}}]}}}"#;

#[test]
fn the_first_entry_that_matches_answers() {
    let bots = bots(TABLE).unwrap();
    assert_eq!(heard(&bots, "number", " twenty ONE "), ("intentdata".into(), 0.92, true));
    assert_eq!(heard(&bots, "number", "I am NOT   sure"), ("nodata".into(), 0.8, true));
    assert_eq!(heard(&bots, "number", "Humans"), ("Human".into(), 0.0, false));
    assert_eq!(heard(&bots, "number", "strict"), ("FallbackIntent".into(), 0.0, false));
    assert_eq!(heard(&bots, "number", "Strict"), ("Strict".into(), 0.5, true));
    let raw = ask(&bots, "number", "raw");
    assert_eq!((raw.confidence, raw.response.member("x")), (0.4, 1.0.into()));
    assert_eq!(raw.slots, Value::Undefined);
}

#[test]
fn the_answer_has_exactly_these_members() {
    let bots = bots(TABLE).unwrap();
    assert_eq!(
        json::print(&ask(&bots, "number", "twenty one").response).unwrap(),
        r#"{"sessionId":"c-1","interpretations":[{"intent":{"name":"intentdata","slots":{"dataslot":{"value":{"originalValue":"twenty one","interpretedValue":"21","resolvedValues":["21"]}},"other":null}},"nluConfidence":{"score":0.92}}]}"#
    );
    assert_eq!(
        json::print(&ask(&bots, "number", "?").response).unwrap(),
        r#"{"sessionId":"c-1","interpretations":[{"intent":{"name":"FallbackIntent","slots":{}}}]}"#
    );
}

#[test]
fn undeclared_bots() {
    let bots = Bots::default();
    assert!(!bots.is_declared("yesno"));
    assert_eq!(heard(&bots, "yesno", "Yep"), ("Yes".into(), 1.0, true));
    assert_eq!(heard(&bots, "yesno", "wrong"), ("No".into(), 1.0, true));
    assert_eq!(heard(&bots, "yesno", "NOINPUT"), ("FallbackIntent".into(), 0.0, false));
    assert_eq!(heard(&bots, "other", "yes"), ("FallbackIntent".into(), 0.0, false));
}

#[test]
fn definitions_and_overrides() {
    let bots = bots(
        r#"{"bots":{"number":{"name":"number","localeId":"en_AU","intents":[
            {"name":"nodata","utterances":["I do not know"],"tests":[{"utterance":"Skip it","confidence":0.7}]},
            {"name":"intentdata","utterances":["{dataslot}"],
             "tests":[{"utterance":"a dozen","confidence":0.9,"slots":[{"name":"dataslot","value":"12"}]}]}]}},
          "overrides":[{"bot":"number","utterance":"42!","intent":"nodata"}]}"#,
    )
    .unwrap();
    assert_eq!(heard(&bots, "number", "42"), ("nodata".into(), 1.0, true));
    assert_eq!(heard(&bots, "number", "skip it."), ("nodata".into(), 0.7, true));
    assert_eq!(heard(&bots, "number", "I do not know"), ("nodata".into(), 1.0, true));
    assert_eq!(heard(&bots, "number", "hello"), ("FallbackIntent".into(), 0.0, false));
    assert_eq!(
        json::print(&ask(&bots, "number", "A dozen?").response).unwrap(),
        r#"{"sessionId":"c-1","inputTranscript":"A dozen?","interpretations":[{"intent":{"name":"intentdata","slots":{"dataslot":{"shape":"Scalar","value":{"originalValue":"A dozen?","interpretedValue":"12","resolvedValues":["12"]}}},"state":"Fulfilled","confirmationState":"None"},"nluConfidence":{"score":0.9}}],"sessionState":{"intent":{"name":"intentdata","slots":{"dataslot":{"shape":"Scalar","value":{"originalValue":"A dozen?","interpretedValue":"12","resolvedValues":["12"]}}},"state":"Fulfilled","confirmationState":"None"}},"bot":{"name":"dev-rules-engine-number","localeId":"en_AU"}}"#
    );
    assert_eq!(
        ask(&bots, "number", "43").slots.member("dataslot").member("value").member("interpretedValue"),
        "43".into()
    );
}

#[test]
fn bad_documents_say_where() {
    for (text, error) in [
        (
            r#"{"bots":{"a":{"utterances":[{"match":"fuzzy","text":"x","intent":"I"}]}}}"#,
            r#"bots.a.utterances[0].match: expected exact, contains or regex, found "fuzzy""#,
        ),
        (
            r#"{"bots":{"a":{"utterances":[{"match":"regex","text":"(","intent":"I"}]}}}"#,
            r#"bots.a.utterances[0].text: expected a regular expression, found "(""#,
        ),
        (
            r#"{"bots":{"a":{"utterances":[{"text":"x","intent":"I","confidence":2}]}}}"#,
            "bots.a.utterances[0].confidence: expected a number from 0 to 1, found 2",
        ),
        (
            r#"{"bots":{"a":{"intents":[{"name":"I","tests":[{"utterance":5}]}]}}}"#,
            "bots.a.intents[0].tests[0].utterance: expected a text, found 5",
        ),
        (r#"{"bots":[]}"#, "bots: expected an object, found []"),
    ] {
        assert_eq!(bots(text).unwrap_err().to_string(), format!("lex.json: {error}"));
    }
}
