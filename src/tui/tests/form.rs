//! The rule form in the whole program: every type created and edited by keys and what is stored compared with
//! the export shape; rows, weights, preview, change of type.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test ends at the first error")]

mod support;
#[path = "support/form.rs"]
mod through;

use connect_rules_engine::json;
use connect_rules_store::Store as _;
use through::*;

#[test]
fn message_rule_set_terminate_and_wait_are_created_by_keys() {
    let (mut program, store) = program((80, 24));
    create(&mut program, SET);
    program.text("Made Message");
    fill(&mut program, "Message", "Hello {{Customer.FirstName}}");
    made(&mut program, &store, "Message", r#"{"message":"Hello {{Customer.FirstName}}"}"#);
    new(&mut program, "RuleSet");
    choose(&mut program, "Rule set", "Main Menu");
    go(&mut program, "Return here");
    program.keys("space");
    made(&mut program, &store, "RuleSet", r#"{"ruleSetName":"Main Menu","returnHere":"true","message":""}"#);
    new(&mut program, "Terminate");
    made(&mut program, &store, "Terminate", "{}");
    new(&mut program, "Wait");
    fill(&mut program, "Rule set", "Main Menu");
    fill(&mut program, "Wait time", "60");
    made(&mut program, &store, "Wait", r#"{"ruleSetName":"Main Menu","waitTimeSeconds":"60"}"#);
    // One entry of the journal each.
    program.keys("u");
    assert!(rule(&store, SET, "Made Wait").is_none() && rule(&store, SET, "Made Terminate").is_some());
}

#[test]
fn menus_inputs_and_numbers_are_created_by_keys() {
    let (mut program, store) = program((120, 34));
    new(&mut program, "DTMFMenu");
    fill(&mut program, "Offer message", "Press 1 or 9.");
    choose(&mut program, "Attempts", "2");
    program.expect("Error message 2").reject("Error message 3");
    fill(&mut program, "Error message 1", "Again.");
    fill(&mut program, "Error message 2", "Sorry.");
    go(&mut program, "+ add key ]");
    program.keys("enter").text("9").keys("enter");
    fill(&mut program, "Key 9", "Main Menu");
    go(&mut program, "+ add key ]");
    program.keys("enter").text("1").keys("enter");
    choose(&mut program, "Key 1", "Account Balance");
    made(
        &mut program,
        &store,
        "DTMFMenu",
        r#"{"offerMessage":"Press 1 or 9.","inputCount":"2","errorMessage1":"Again.","errorMessage2":"Sorry.","errorRuleSetName":"","noInputRuleSetName":"","dtmf1":"Account Balance","dtmf9":"Main Menu","errorCount":"0"}"#,
    );
    new(&mut program, "DTMFInput");
    fill(&mut program, "Offer message", "Your number?");
    choose(&mut program, "Data type", "Phone");
    fill(&mut program, "Shortest length", "10");
    fill(&mut program, "Longest length", "10");
    fill(&mut program, "Error rule set", "Main Menu");
    for number in 1..=3 {
        fill(&mut program, &format!("Error message {number}"), "Again.");
    }
    fill(&mut program, "Output state key", "Customer.Phone");
    made(
        &mut program,
        &store,
        "DTMFInput",
        r#"{"offerMessage":"Your number?","dataType":"Phone","minLength":"10","maxLength":"10","confirmationMessage":"","errorRuleSetName":"Main Menu","errorMessage1":"Again.","errorMessage2":"Again.","errorMessage3":"Again.","outputStateKey":"Customer.Phone","errorCount":"0"}"#,
    );
    new(&mut program, "ExternalNumber");
    fill(&mut program, "Number", "12");
    program.expect("✗ `12` is not a telephone number");
    fill(&mut program, "Number", "+61370105500");
    go(&mut program, "Send keys");
    program.keys("space");
    fill(&mut program, "Keys", "1,2#");
    made(
        &mut program,
        &store,
        "ExternalNumber",
        r#"{"externalNumber":"+61370105500","resume":"false","sendDTMF":"true","dtmf":"1,2#"}"#,
    );
}

#[test]
fn functions_metrics_messages_and_bots_are_created_by_keys() {
    let (mut program, store) = program((200, 60));
    new(&mut program, "Integration");
    choose(&mut program, "Function", "bookvisit");
    fill(&mut program, "Message", "One moment.");
    fill(&mut program, "Output state key", "Visit");
    fill(&mut program, "Payload", r#"{"a":1}"#);
    made(
        &mut program,
        &store,
        "Integration",
        r#"{"functionName":"integrationbookvisit","functionMessage":"One moment.","functionTimeout":"5","functionOutputKey":"Visit","functionPayload":"{\"a\":1}"}"#,
    );
    new(&mut program, "Metric");
    fill(&mut program, "Metric", "Calls");
    made(&mut program, &store, "Metric", r#"{"metricName":"Calls","metricValue":"1"}"#);
    new(&mut program, "SMSMessage");
    fill(&mut program, "Phone number key", "Customer.Mobile");
    fill(&mut program, "Message", "See you.");
    made(&mut program, &store, "SMSMessage", r#"{"phoneNumberKey":"Customer.Mobile","message":"See you."}"#);
    new(&mut program, "NLUInput");
    fill(&mut program, "Offer message", "When?");
    fill(&mut program, "Confirmation message", "Right?");
    choose(&mut program, "Attempts", "1");
    choose(&mut program, "Data type", "date");
    fill(&mut program, "Smallest value", "today");
    choose(&mut program, "Lex bot", "date");
    fill(&mut program, "Output state key", "When");
    fill(&mut program, "Error message 1", "Again.");
    made(
        &mut program,
        &store,
        "NLUInput",
        r#"{"offerMessage":"When?","confirmationMessage":"Right?","autoConfirm":"false","autoConfirmConfidence":"1.0","inputCount":"1","errorRuleSetName":"","noInputRuleSetName":"","dataType":"date","minValue":"today","maxValue":"","lexBotName":"date","outputStateKey":"When","errorMessage1":"Again.","errorCount":"0"}"#,
    );
    new(&mut program, "NLUMenu");
    fill(&mut program, "Offer message", "What is it about?");
    choose(&mut program, "Attempts", "1");
    choose(&mut program, "Lex bot", "energyintent");
    fill(&mut program, "Output state key", "Intent");
    fill(&mut program, "Error message 1", "Again.");
    go(&mut program, "+ add intent ]");
    program.keys("enter").expect("Intents of energyintent").text("Billing").keys("enter");
    fill(&mut program, "Billing goes to", "Main Menu");
    fill(&mut program, "Billing confirmation", "Your bill?");
    made(
        &mut program,
        &store,
        "NLUMenu",
        r#"{"offerMessage":"What is it about?","autoConfirm":"false","autoConfirmConfidence":"1.0","inputCount":"1","errorRuleSetName":"","lexBotName":"energyintent","outputStateKey":"Intent","errorMessage1":"Again.","intentRuleSet_Billing":"Main Menu","intentConfirmationMessage_Billing":"Your bill?","errorCount":"0"}"#,
    );
    new(&mut program, "TextInference");
    fill(&mut program, "Input", "{{Question}}");
    choose(&mut program, "Lex bot", "energyintent");
    go(&mut program, "+ add intent ]");
    program.keys("enter").text("Fault").keys("enter");
    fill(&mut program, "Fault goes to", "Main Menu");
    fill(&mut program, "Fault confidence", "0.7");
    made(
        &mut program,
        &store,
        "TextInference",
        r#"{"input":"{{Question}}","lexBotName":"energyintent","intentRuleSet_Fault":"Main Menu","intentConfidence_Fault":"0.7","intentCount":"1"}"#,
    );
}

#[test]
fn shares_attributes_and_states_are_rows_that_come_go_and_move() {
    let (mut program, store) = program((120, 34));
    new(&mut program, "Distribution");
    for (number, (set, share)) in
        [("Main Menu", "40"), ("Goodbye", "1"), ("Account Balance", "70")].iter().enumerate()
    {
        go(&mut program, "+ add share ]");
        program.keys("enter");
        fill(&mut program, &format!("Rule set {}", number + 1), set);
        fill(&mut program, &format!("Percentage {}", number + 1), share);
    }
    program.expect("the percentages total 111");
    go(&mut program, "Percentage 2");
    program.keys("ctrl-x").reject("Percentage 3");
    fill(&mut program, "Percentage 2", "30");
    fill(&mut program, "Default rule set", "Goodbye");
    made(
        &mut program,
        &store,
        "Distribution",
        r#"{"optionCount":"2","ruleSetName0":"Main Menu","ruleSetName1":"Account Balance","percentage0":"40","percentage1":"30","defaultRuleSetName":"Goodbye"}"#,
    );
    new(&mut program, "SetAttributes");
    go(&mut program, "+ add attribute ]");
    program.keys("enter").text("bad key").expect("is not the name of a contact attribute");
    program.keys("ctrl-u").text("tier").keys("tab").text("{{Customer.Tier}}").keys("ctrl-s");
    program.expect("tier").keys("a").text("desk").keys("tab").text("1").keys("ctrl-s");
    program.keys("a").text("gone").keys("ctrl-s").expect("gone");
    program.keys("d").reject("gone");
    go(&mut program, "+ add attribute ]");
    program.keys("up K");
    made(
        &mut program,
        &store,
        "SetAttributes",
        r#"{"setAttributes":[{"key":"desk","value":"1"},{"key":"tier","value":"{{Customer.Tier}}"}]}"#,
    );
    new(&mut program, "UpdateStates");
    go(&mut program, "+ add state ]");
    program.keys("enter").text("System.X").expect("belongs to the engine");
    program.keys("ctrl-u").text("Visits").keys("tab").text("increment").keys("ctrl-s");
    made(&mut program, &store, "UpdateStates", r#"{"updateStates":[{"key":"Visits","value":"increment"}]}"#);
}

#[test]
fn a_queue_with_behaviours_and_their_weights_is_created_copied_and_pasted() {
    let (mut program, store) = program((120, 34));
    new(&mut program, "Queue");
    choose(&mut program, "Queue", "Customer Care");
    fill(&mut program, "Out of hours rule set", "Goodbye");
    fill(&mut program, "Unstaffed rule set", "Goodbye");
    go(&mut program, "+ add behaviour ]");
    program.keys("enter").expect("Add behaviour").keys("tab tab").text("Please wait.").keys("ctrl-s");
    program.expect("0 Message").keys("w").expect("Add weight").text("Queue.Position");
    program.keys("tab enter").text("greaterthan").keys("enter tab").text("5").keys("ctrl-s");
    program.expect("Queue.Position").expect("greaterthan").expect("✗ not met");
    program.keys("up enter tab").keys("ctrl-u").text("100").keys("ctrl-s").expect("≥ 100");
    program.keys("a").expect("Add behaviour").keys("enter").text("Terminate").keys("enter ctrl-s");
    program.expect("1 Terminate").keys("y");
    let copied = program.copied.last().unwrap().clone();
    assert!(copied.starts_with("{\n  \"queueBehaviours\": ["), "{copied}");
    let behaviours = r#"[{"type":"Message","activation":100,"weights":[{"field":"Queue.Position","operation":"greaterthan","value":"5","weight":"100"}],"message":"Please wait."},{"type":"Terminate","activation":0,"weights":[]}]"#;
    let head = r#""queueName":"Customer Care","queueRoutingPriority":"","message":"","agentWhisperMessage":"","customerWhisperMessage":"","outOfHoursTerminate":"false","outOfHoursRuleSetName":"Goodbye","unstaffedQueueTransfer":"false","unstaffedRuleSetName":"Goodbye","callbackEnabled":"false","profileSearchEnabled":"false""#;
    let params = format!(r#"{{{head},"queueBehaviours":{behaviours},"currentIndex":"-1"}}"#);
    made(&mut program, &store, "Queue", &params);

    edit(&mut program, SET, "Made Queue");
    program.expect("no changes");
    go(&mut program, "+ add behaviour ]");
    program
        .paste("nonsense")
        .expect("not pasted")
        .paste(r#"{"queueBehaviours":[{"type":"Return","activation":0,"weights":[]}]}"#);
    program.expect("1 rows pasted").expect("0 Return").reject("Terminate").expect("● 1 change");
    go(&mut program, "+ add behaviour ]");
    program.paste(&copied).expect("no changes").keys("t").expect("Rows as JSON").keys("esc");
    program.keys("esc").reject("Edit rule");
}

#[test]
fn weights_are_added_explained_edited_moved_and_deleted() {
    let (mut program, store) = program((120, 34));
    create(&mut program, SET);
    program.text("Weighed").keys("ctrl-n").expect("Add weight");
    program.text("a b").expect("the form refuses the field");
    program.keys("ctrl-s").expect("not saved").keys("ctrl-u").text("Customer.Tier");
    program.keys("tab tab").text("gold").keys("ctrl-s").expect("Customer.Tier").expect("✗ not met");
    program.expect("total now 0 ≥ 0: fires");
    program.keys("ctrl-n").text("Customer.Total").keys("tab enter").text("greaterthan").keys("enter");
    program.keys("tab").text("200").keys("tab ctrl-u").text("-30").keys("ctrl-s").expect("-30");
    fill(&mut program, "Fires at", "100");
    program.expect("total now 0 < 100: does not fire");
    program
        .keys("ctrl-p")
        .expect("Preview state")
        .text("typed")
        .keys("enter")
        .expect("State for the preview");
    program.keys("ctrl-u ctrl-k backspace backspace ctrl-u");
    program.paste(r#"{"Customer":{"Tier":"gold","Total":150}}"#).keys("ctrl-s");
    program.expect("✓ met \"gold\"").expect("✗ not met 150").expect("total now 100 ≥ 100: fires");
    fill(&mut program, "Message", "Hi {{Customer.Tier}}");
    program.expect("Hi gold").expect("text · 7 characters").expect("state typed by hand");
    go(&mut program, "+ add weight ]");
    program.keys("up K");
    save(&mut program);
    let weights = exported(&store, SET, "Weighed").member("weights");
    let wanted = r#"[{"field":"Customer.Total","operation":"greaterthan","value":"200","weight":"-30"},{"field":"Customer.Tier","operation":"equals","value":"gold","weight":"100"}]"#;
    assert_eq!(json::print(&weights).unwrap(), wanted);
    edit(&mut program, SET, "Weighed");
    go(&mut program, "+ add weight ]");
    program.keys("up d").expect("● 1 change").keys("ctrl-d").expect("Changes of").expect("-").keys("esc");
    save(&mut program);
    assert_eq!(rule(&store, SET, "Weighed").unwrap().weights.len(), 1);
}

#[test]
fn the_preview_takes_the_state_of_the_last_simulated_call() {
    let (mut program, _) = program((120, 34));
    edit(&mut program, SET, "Hang up");
    program
        .keys("ctrl-p")
        .text("last call")
        .keys("enter")
        .expect("State: empty state")
        .expect("there was no call yet");
    program.keys("esc ctrl-p").text("Main Menu rule set").keys("enter s").expect("[3 Simulate]");
    create(&mut program, SET);
    fill(&mut program, "Message", "You are in {{CurrentRuleSet}}.");
    program
        .keys("ctrl-p")
        .text("last call")
        .keys("enter")
        .expect("You are in Main Menu.")
        .expect("(last call ");
}

#[test]
fn a_change_of_type_swaps_the_fields_keeps_common_ones_and_can_be_taken_back() {
    let (mut program, store) = program((120, 34));
    edit(&mut program, "Chat Team", "Connect to the chat team");
    program.expect("Edit rule").expect("no changes").reject("✗");
    typed_as(&mut program, "Message");
    program.reject("Routing priority").expect("Someone will join you");
    typed_as(&mut program, "Queue");
    program.expect("no changes").expect("Digital Team");
    program.keys("ctrl-d").expect("nothing differs").keys("enter");
    typed_as(&mut program, "Message");
    save(&mut program);
    let params = exported(&store, "Chat Team", "Connect to the chat team").member("params");
    let wanted = r#"{"message":"Thank you. Someone will join you shortly."}"#;
    assert_eq!(json::print(&params).unwrap(), wanted);
}

#[test]
fn every_rule_of_the_demo_opens_without_changes_or_mistakes() {
    let (mut program, store) = program((80, 24));
    let now = wait(store.snapshot()).unwrap();
    let mut types = std::collections::BTreeSet::new();
    for set in &now.rule_sets {
        for rule in &set.rules {
            if !types.insert(rule.rule_type.name().to_owned()) && rule.rule_type.name() != "Queue" {
                continue;
            }
            edit(&mut program, &set.name, &rule.name);
            program.expect("Edit rule").expect("no changes").reject("wrong");
            program.keys("ctrl-s").expect("nothing changed").keys("esc").reject("Edit rule");
        }
    }
    assert_eq!(types.len(), 17);
}

#[test]
fn an_edit_keeps_what_it_does_not_show_and_is_one_journal_entry_with_a_new_name() {
    let (mut program, store) = program((120, 34));
    let before = exported(&store, "Main Menu", "Main menu");
    let name = if before.is_nil() { first(&store, "Main Menu") } else { "Main menu".to_owned() };
    let id = rule(&store, "Main Menu", &name).unwrap().id;
    let entries = wait(store.store().journal(1000)).unwrap().len();
    edit(&mut program, "Main Menu", &name);
    fill(&mut program, "Name", "Renamed here");
    fill(&mut program, "Priority", "77");
    program.expect("● 2 changes");
    save(&mut program);
    let after = rule(&store, "Main Menu", "Renamed here").unwrap();
    assert_eq!((after.id, &*after.priority), (id, "77"));
    assert_eq!(wait(store.store().journal(1000)).unwrap().len(), entries + 1);
    program.keys("u");
    assert!(rule(&store, "Main Menu", &name).is_some());
}
