//! What flows read of answers is what rules declare and the evaluator writes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use connect_rules_engine::kinds::KINDS;
use connect_rules_engine::live::{MAX_ATTRIBUTES, METRICS};
use connect_rules_flows::functions::{QUEUE_RULE, RULES, function};

/// Parameters that the evaluator adds to those of a rule.
const ADDED: [&str; 6] =
    ["lexBotArn", "queueArn", "unstaffedQueueArn", "attributeCount", "attributeKey#", "attributeValue#"];

#[test]
fn flows_read_parameters_that_rules_have() {
    for (rule_type, keys) in RULES.into_iter().chain([("Queue", &QUEUE_RULE[..])]) {
        let kind = KINDS.iter().find(|it| it.name == rule_type).unwrap();
        let reference = format!("{:?}", kind.params);
        for key in keys.iter().filter(|it| !ADDED.contains(it)) {
            let name = key.trim_end_matches('…');
            assert!(reference.contains(&format!("\"{name}\"")), "{rule_type} has no parameter {name}");
        }
    }
}

#[test]
fn queue_facts_are_those_of_the_evaluator() {
    let actions = function("evaluator").unwrap().actions;
    let step = actions.iter().find(|it| it.name == "queue_step").unwrap();
    assert_eq!(step.optional, METRICS);
    assert_eq!(MAX_ATTRIBUTES, 200, "the flow Queue sets eight pages of 25");
}
