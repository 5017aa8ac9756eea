//! Contacts in a queue: behaviours and the offer of a callback.

use super::*;
use crate::live::CallbackFacts;

fn waiting(behaviours: &str, compat: Compat, extra: &[(&str, &str)]) -> Scene {
    Scene::at_with(&[&[("CurrentRule_queueBehaviours", behaviours)], extra].concat(), compat)
}

/// Types and indices of some calls in a row.
fn calls(scene: &mut Scene, count: usize) -> Vec<String> {
    (0..count)
        .map(|_| {
            let answer = scene.call().queue_behaviour(&[]).unwrap();
            format!("{} {}", shown(&answer, "QueueBehaviour_type"), scene.current("queueBehaviourIndex"))
        })
        .collect()
}

const TALK: &str = r#"[{"type":"Message","activation":0,"weights":[],"message":"{{X}} there"},{"type":"GOTO","activation":0,"weights":[],"index":0}]"#;

#[test]
fn goto_is_run_on_the_way() {
    let mut scene = waiting(TALK, Compat::Corrected, &[("X", "Yo")]);
    assert_eq!(calls(&mut scene, 3), ["Message 1", "Message 1", "Message 1"]);
    assert_eq!(scene.key("QueueBehaviour_message"), "Yo there");
    assert_eq!(scene.key("QueueBehaviour_messageType"), "text");
    let mut scene = waiting(TALK, Compat::Original, &[("X", "Yo")]);
    assert_eq!(calls(&mut scene, 3), ["Message 1", "GOTO 0", "Message 1"]);
}

#[test]
fn each_type_moves_on_as_it_says() {
    let list = r#"[
        {"type":"GOTO","activation":0,"weights":[],"index":3,"returnFlag":true},
        {"type":"UpdateState","activation":0,"weights":[],"outputKey":"o.n","value":"increment"},
        {"type":"Continue","activation":0,"weights":[]},
        {"type":"UpdateState","activation":0,"weights":[],"outputKey":"o.x","value":"{{X}}!"},
        {"type":"Return","activation":0,"weights":[]},
        {"type":"DTMF","activation":0,"weights":[],"message":"prompt:hi.wav","outputKey":"d"},
        {"type":"Terminate","activation":0,"weights":[]}]"#;
    let mut scene = waiting(list, Compat::Original, &[("X", "x")]);
    assert_eq!(calls(&mut scene, 4), ["GOTO 3", "UpdateState 4", "Return 1", "UpdateState 2"]);
    assert_eq!((scene.key("o.x"), scene.key("o.n")), ("x!".into(), "1".into()));
    assert_eq!(scene.current("queueBehaviourReturnIndex"), "-");
    assert_eq!(calls(&mut scene, 3), ["Continue 3", "UpdateState 4", "Return 5"]);
    assert_eq!(calls(&mut scene, 1), ["DTMF 6"]);
    assert_eq!(
        (
            scene.key("QueueBehaviour_messageType"),
            scene.key("QueueBehaviour_messagePromptArn"),
            scene.key("QueueBehaviour_outputKey")
        ),
        ("prompt".into(), "p".into(), "d".into())
    );
    assert_eq!(calls(&mut scene, 3), ["Terminate 7", "None 7", "None 7"]);
    // What an earlier behaviour said is gone.
    assert_eq!(scene.key("QueueBehaviour_message"), "-");
    let mut scene = waiting(list, Compat::Corrected, &[("X", "x")]);
    assert_eq!(calls(&mut scene, 4), ["Continue 3", "DTMF 6", "Terminate 7", "None 7"]);
}

#[test]
fn behaviours_that_are_not_activated_are_skipped_for_good() {
    let list = r#"[
        {"type":"Message","activation":10,"weights":[{"field":"VIP","operation":"equals","value":"{{Yes}}","weight":"10"}],"message":"vip"},
        {"type":"Message","activation":5,"weights":[{"field":"N","operation":"greaterthan","value":"1","weight":"3"},{"field":"N","operation":"lessthan","value":"9","weight":"2"}],"message":"prompt:lost.wav"},
        {"type":"Message","activation":1,"weights":[],"message":"never"}]"#;
    let mut scene = waiting(list, Compat::Corrected, &[("Yes", "y"), ("N", "5")]);
    assert_eq!(calls(&mut scene, 1), ["Message 2"]);
    // A prompt that is not known is not played.
    assert_eq!(scene.key("QueueBehaviour_messageType"), "none");
    assert_eq!(calls(&mut scene, 1), ["None 3"]);
    let mut scene = waiting(list, Compat::Corrected, &[("Yes", "y"), ("VIP", "y")]);
    assert_eq!(calls(&mut scene, 2), ["Message 1", "None 3"]);
    assert_eq!(calls(&mut waiting("none", Compat::Corrected, &[]), 1), ["None -"]);
    let odd = r#"[{"type":"Message","activation":0,"weights":[{"field":"N","operation":"like","value":"1","weight":"3"}]}]"#;
    assert_eq!(
        waiting(odd, Compat::Corrected, &[]).call().queue_behaviour(&[]).unwrap_err().message,
        "Unhandled weight operation: like"
    );
}

#[test]
fn an_endless_circle_goes_back_to_the_music() {
    let list = r#"[{"type":"GOTO","activation":0,"weights":[],"index":0}]"#;
    assert_eq!(calls(&mut waiting(list, Compat::Corrected, &[]), 2), ["None 0", "None 0"]);
}

#[test]
fn queue_metrics_can_be_tested() {
    let list = r#"[{"type":"Message","activation":1,"weights":[{"field":"QueueBehaviour_contactsInQueue","operation":"greaterthan","value":"9","weight":"1"}],"message":"{{QueueBehaviour_queueName}}"}]"#;
    let given = [
        ("contactsInQueue".into(), Some("10".into())),
        ("queueName".into(), Some("Sales".into())),
        ("other".into(), Some("x".into())),
    ];
    let mut scene = waiting(list, Compat::Corrected, &[]);
    scene.call().queue_behaviour(&given).unwrap();
    assert_eq!(scene.key("QueueBehaviour_message"), "Sales");
    assert_eq!(scene.key("QueueBehaviour_other"), "-");
    // The original forgets what the flow wrote.
    let mut scene = waiting(list, Compat::Original, &[("QueueBehaviour_contactsInQueue", "10")]);
    assert_eq!(calls(&mut scene, 1), ["None 1"]);
    assert_eq!(scene.key("QueueBehaviour_contactsInQueue"), "-");
    let mut scene = waiting(list, Compat::Corrected, &[("QueueBehaviour_contactsInQueue", "10")]);
    assert_eq!(calls(&mut scene, 1), ["Message 1"]);
}

#[test]
fn text_messages_do_not_stop_the_script() {
    let list = r#"[{"type":"SMS","activation":0,"weights":[],"phone":"{{{CustomerPhoneNumber}}}","message":"soon"},{"type":"Terminate","activation":0,"weights":[]}]"#;
    for (refuses, status) in [(false, "SENT"), (true, "ERROR")] {
        let mut scene = waiting(list, Compat::Corrected, &[("CustomerPhoneNumber", "+614")]);
        scene.host.refuses_sms = refuses;
        assert_eq!(calls(&mut scene, 1), ["Terminate 2"]);
        assert_eq!(scene.key("System.LastSMSStatus"), status);
        assert_eq!(scene.host.sent.len(), usize::from(!refuses));
    }
}

const OFFER: [(&str, &str); 9] = [
    ("OriginalCustomerNumber", "+614"),
    ("CurrentRule_callbackEnabled", "true"),
    ("CurrentRule_queueName", "Sales"),
    ("CurrentRule_queueArn", "q"),
    ("CurrentRule_queueClosesInMinsThreshold", "60"),
    ("CurrentRule_oldestContactInQueueMinsThreshold", "5"),
    ("CurrentRule_numberOfContactsInQueueThreshold", "9"),
    ("CurrentRule_callbackQueueMaxCountThreshold", "3"),
    ("CurrentRule_queueDisableCallbacksOverride", "Off.Callbacks"),
];
const BUSY: CallbackFacts = CallbackFacts {
    contacts_in_queue: Some(10.0),
    oldest_contact_seconds: Some(241.0),
    has_callback: false,
    callbacks_in_queue: 2,
};

/// The decision and its reason, with some keys changed (an empty value removes).
fn decide(
    changed: &[(&str, &str)],
    facts: &CallbackFacts,
    clock: i64,
) -> Result<(String, String), StepError> {
    let kept = OFFER.iter().filter(|(k, _)| !changed.iter().any(|(c, _)| c == k));
    let state: Vec<_> = kept.chain(changed.iter().filter(|(_, v)| !v.is_empty())).copied().collect();
    let mut scene = Scene::at(&state);
    scene.contact.clock = clock;
    let answer = scene.call().callback_status(facts)?;
    assert_eq!(shown(&answer, "CurrentRule_CallbackStatus"), scene.current("CallbackStatus"));
    Ok((scene.current("CallbackStatus"), scene.current("CallbackStatusReason")))
}

#[test]
fn callback_decisions_in_order() {
    let status =
        |changed: &[(&str, &str)], facts: &CallbackFacts, clock: i64| decide(changed, facts, clock).unwrap();
    let minutes = |n: i64| NOON + n * 60_000;
    assert_eq!(status(&[], &BUSY, NOON).0, "OFFER");
    let mut reasons = Vec::new();
    let mut unavailable = |(status, reason): (String, String)| {
        assert_eq!(status, "UNAVAILABLE", "{reason}");
        reasons.push(reason);
    };
    unavailable(status(&[("OriginalCustomerNumber", "")], &BUSY, NOON));
    unavailable(status(&[("CurrentRule_callbackEnabled", "yes")], &BUSY, NOON));
    unavailable(status(&[("Off", r#"{"Callbacks":"true"}"#)], &BUSY, NOON));
    unavailable(status(&[], &CallbackFacts { callbacks_in_queue: 3, ..BUSY }, NOON));
    unavailable(status(&[], &CallbackFacts { oldest_contact_seconds: Some(240.0), ..BUSY }, NOON));
    unavailable(status(&[], &CallbackFacts { contacts_in_queue: None, ..BUSY }, NOON));
    unavailable(status(&[], &BUSY, minutes(241)));
    unavailable(status(&[], &BUSY, minutes(301)));
    reasons.dedup();
    assert_eq!(reasons.len(), 8, "{reasons:?}");
    // An hour before the queue closes is early enough (Q7).
    assert_eq!(status(&[], &BUSY, minutes(240)).0, "OFFER");
    // A number that waits already is told so before the queue is looked at.
    let twice = CallbackFacts { has_callback: true, callbacks_in_queue: 9, ..BUSY };
    assert_eq!(status(&[], &twice, minutes(301)).0, "EXISTING");
    assert_eq!(status(&[("Off", r#"{"Callbacks":"true"}"#)], &twice, NOON).0, "UNAVAILABLE");
}

#[test]
fn callback_decisions_need_their_configuration() {
    for (name, _) in &OFFER[2..8] {
        assert!(decide(&[(name, "")], &BUSY, NOON).is_err(), "{name}");
    }
    assert!(decide(&[("CurrentRule_queueArn", "x")], &BUSY, NOON).is_err());
    assert!(decide(&[("CurrentRule_queueArn", "l")], &BUSY, NOON).is_err());
}

#[test]
fn one_callback_more_under_the_original() {
    let mut scene = Scene::at_with(&OFFER, Compat::Original);
    scene.call().callback_status(&CallbackFacts { callbacks_in_queue: 3, ..BUSY }).unwrap();
    assert_eq!(scene.current("CallbackStatus"), "OFFER");
}
