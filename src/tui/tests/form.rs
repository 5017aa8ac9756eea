//! The rule form in the whole program: every type created and edited by keys, what is stored compared with
//! the export shape, pickers, rows, preview, mistakes, conflicts and drafts.

#![allow(clippy::unwrap_used, reason = "a test ends at the first error")]

mod support;

use std::path::PathBuf;
use std::sync::Arc;

use connect_rules_engine::compat::Compat;
use connect_rules_engine::export;
use connect_rules_engine::json;
use connect_rules_engine::model::Rule;
use connect_rules_engine::value::{Text, Value};
use connect_rules_store::entity::Entity;
use connect_rules_store::service::rules::{DeleteRules, UpdateRule};
use connect_rules_store::service::{Action, Edit, Picked};
use connect_rules_store::{Actor, Role, Service, SqliteStore, Store as _};
use connect_rules_tui::harness::Harness;
use connect_rules_tui::message::Message;
use connect_rules_tui::screens::rules::form::drafts;
use ratatui::style::Modifier;
use unicode_width::UnicodeWidthStr as _;

type Store = Arc<Service<SqliteStore>>;

const SET: &str = "Goodbye";

fn wait<T>(call: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(call)
}

fn rule(store: &Store, set: &str, name: &str) -> Option<Rule> {
    let now = wait(store.snapshot()).unwrap();
    now.rule_set_named(set)?.rules.iter().find(|rule| &*rule.name == name).cloned()
}

/// A rule as it stands in an export.
fn exported(store: &Store, set: &str, name: &str) -> Value {
    let now = wait(store.snapshot()).unwrap();
    let set = export::value(now.rule_set_named(set).unwrap(), Compat::Corrected);
    let rules = set.member("rules");
    let is = |rule: &&Value| rule.member("name").as_str() == Some(name);
    rules.as_array().unwrap().iter().find(is).cloned().unwrap_or_default()
}

/// Somebody else changes a rule.
fn other(store: &Store, set: &str, name: &str, change: impl FnOnce(&mut Rule)) {
    let now = wait(store.snapshot()).unwrap();
    let set = now.rule_set_named(set).unwrap();
    let mut mine = set.rules.iter().find(|rule| &*rule.name == name).unwrap().clone();
    change(&mut mine);
    let entity = Entity::Rule(set.id.clone().unwrap(), mine);
    run(store, &UpdateRule(Edit::of(&now, entity).unwrap()));
}

fn run(store: &Store, action: &impl Action) {
    wait(store.run(&Actor::local("bea"), action)).unwrap();
}

/// The program on the demo with its store.
fn program(size: (u16, u16)) -> (Harness, Store) {
    let store = support::demo_store();
    (support::on(Arc::clone(&store), None, size), store)
}

/// Opens the form of a stored rule.
fn edit(program: &mut Harness, set: &str, name: &str) {
    program.keys("ctrl-p").text(&format!("{set} / {name}")).keys("enter e");
}

/// Opens the form of a new rule of a rule set.
fn create(program: &mut Harness, set: &str) {
    program.keys("ctrl-p").text(set).text(" rule set").keys("enter").expect(&format!("{set} ── "));
    program.keys("tab n").expect("New rule ──");
}

/// Whether the focus is on the field with that label: its label is bold.
fn is_at(program: &mut Harness, label: &str) -> bool {
    let screen = program.screen();
    let buffer = program.frame().clone();
    screen.lines().enumerate().any(|(y, line)| {
        line.match_indices(label).any(|(at, _)| {
            let x = line[..at].width() as u16;
            let before = line[..at].trim_start_matches(['│', ' ', '●', '✗', '▌', '[']);
            let after = line[at + label.len()..].chars().next().is_none_or(|c| c == ' ');
            let look = buffer[(x, y as u16)].modifier;
            before.is_empty() && after && look.intersects(Modifier::BOLD | Modifier::REVERSED)
        })
    })
}

/// Goes to the field with that label.
#[track_caller]
fn go(program: &mut Harness, label: &str) {
    for _ in 0..120 {
        if is_at(program, label) {
            return;
        }
        program.keys("tab");
    }
    panic!("no field {label:?}\n{}", program.screen());
}

/// Writes a field anew.
#[track_caller]
fn fill(program: &mut Harness, label: &str, text: &str) {
    go(program, label);
    program.keys("ctrl-u ctrl-k").text(text);
}

#[track_caller]
fn choose(program: &mut Harness, label: &str, text: &str) {
    go(program, label);
    program.keys("enter").text(text).keys("enter");
}

#[track_caller]
fn typed_as(program: &mut Harness, kind: &str) {
    choose(program, "Type", kind);
    program.expect(&format!("‹ {kind} ›"));
}

/// A new rule of a type, with its name and the focus on the type.
#[track_caller]
fn new(program: &mut Harness, kind: &str) {
    create(program, SET);
    program.text(&format!("Made {kind}"));
    typed_as(program, kind);
}

#[track_caller]
fn save(program: &mut Harness) {
    program.keys("ctrl-s").expect("enter save").keys("enter").reject("Edit rule").reject("New rule ──");
}

#[track_caller]
fn made(program: &mut Harness, store: &Store, kind: &str, params: &str) {
    save(program);
    let wanted = format!(
        r#"{{"name":"Made {kind}","description":"","priority":"0","activation":"0","type":"{kind}","enabled":true,"params":{params},"weights":[]}}"#
    );
    let wanted = json::parse(&wanted).unwrap();
    let found = exported(store, SET, &format!("Made {kind}"));
    assert_eq!(json::print(&found), json::print(&wanted), "{kind}");
}

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
    program.keys("ctrl-p").text("Main Menu rule set").keys("enter s");
    if !program.shows("[3 Simulate]") {
        program.keys("3");
    }
    program.keys("ctrl-s enter");
    edit(&mut program, SET, "Hang up");
    program.keys("ctrl-p").text("last call").keys("enter").expect("Edit rule");
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

fn first(store: &Store, set: &str) -> String {
    let now = wait(store.snapshot()).unwrap();
    now.rule_set_named(set).unwrap().rules[0].name.to_string()
}

#[test]
fn saving_is_refused_with_the_list_and_the_focus_on_the_first_mistake() {
    let (mut program, store) = program((80, 24));
    create(&mut program, SET);
    let rules = wait(store.snapshot()).unwrap().rule_set_named(SET).unwrap().rules.len();
    program.text("x").expect("shorter than 2 characters");
    fill(&mut program, "Priority", "many");
    program.expect("`many` is not a whole number");
    program.keys("ctrl-s").expect("Not saved: 3 things are wrong").expect("✗ Message: `Message` is missing");
    program.keys("enter");
    assert!(is_at(&mut program, "Name"), "{}", program.screen());
    program.keys("ctrl-u").text(&first(&store, SET)).expect("has a rule");
    program.keys("ctrl-u").text("Fine");
    fill(&mut program, "Priority", "1");
    program.keys("ctrl-s").expect("Not saved: 1 thing is wrong").keys("enter");
    assert!(is_at(&mut program, "Message"), "{}", program.screen());
    program.text("{{#if}}").expect("the template fails");
    program.keys("ctrl-u").text("<speak>a & b").expect("⚠ speech markup must end with");
    program.keys("ctrl-u").text("<speak>ok</speak>").reject("⚠ speech").expect("speech markup");
    program.keys("ctrl-u").text("prompt:gas").expect("prompts: gas-warning.wav");
    program.keys("f2").text("gas").keys("enter").expect("prompt gas-warning.wav");
    assert_eq!(wait(store.snapshot()).unwrap().rule_set_named(SET).unwrap().rules.len(), rules);
    save(&mut program);
    assert_eq!(rule(&store, SET, "Fine").unwrap().params.text("message"), Some("prompt:gas-warning.wav"));
}

#[test]
fn edits_of_different_fields_by_two_people_both_survive() {
    let (mut program, store) = program((120, 34));
    let name = message(&store);
    edit(&mut program, SET, &name);
    fill(&mut program, "Priority", "7");
    other(&store, SET, &name, |rule| rule.description = "by bea".into());
    program.wait(6000).expect("changed elsewhere by bea").expect("● 1 change");
    save(&mut program);
    let saved = rule(&store, SET, &name).unwrap();
    assert_eq!((&*saved.priority, &*saved.description), ("7", "by bea"));
}

/// The name of a message rule that the tests may change.
fn message(store: &Store) -> String {
    let now = wait(store.snapshot()).unwrap();
    let set = now.rule_set_named(SET).unwrap();
    set.rules.iter().find(|rule| rule.rule_type.name() == "Message").unwrap().name.to_string()
}

#[test]
fn clashes_are_settled_field_by_field_and_nothing_is_lost() {
    let (mut program, store) = program((120, 34));
    let name = message(&store);
    edit(&mut program, SET, &name);
    fill(&mut program, "Priority", "7");
    fill(&mut program, "Fires at", "70");
    fill(&mut program, "Description", "mine");
    other(&store, SET, &name, |rule| {
        rule.priority = "8".into();
        rule.activation = Some("80".into());
        rule.description = "theirs".into();
        rule.params.insert("message", Value::from("New words."));
    });
    program.keys("ctrl-s enter").expect("bea changed the same fields").expect("? not settled");
    program.keys("ctrl-s").expect("settle every field first");
    // Back to the form: all of it is there; then again.
    program.keys("esc").expect("Edit rule").expect("● 3 changes").keys("ctrl-s enter");
    for _ in 0..3 {
        let screen = program.screen();
        let here = screen.lines().find(|line| line.contains('▌')).unwrap_or_default().to_owned();
        match () {
            () if here.contains("description") => program.keys("e").keys("ctrl-u").text("both").keys("enter"),
            () if here.contains("priority") => program.keys("m"),
            () => program.keys("t"),
        };
    }
    program.keys("ctrl-s").reject("changed the same fields").reject("Edit rule");
    let saved = rule(&store, SET, &name).unwrap();
    assert_eq!(
        (&*saved.priority, saved.activation.as_deref(), &*saved.description, saved.params.text("message")),
        ("7", Some("80"), "both", Some("New words."))
    );
}

#[test]
fn a_rule_that_was_deleted_elsewhere_can_be_saved_as_new() {
    let (mut program, store) = program((120, 34));
    let name = message(&store);
    edit(&mut program, SET, &name);
    fill(&mut program, "Description", "still here");
    let id = rule(&store, SET, &name).unwrap().id.unwrap();
    run(&store, &DeleteRules(vec![Picked::any(Text::clone(&id))]));
    program.wait(6000).expect("deleted elsewhere").expect("still here");
    program.keys("ctrl-s enter").expect("The rule is gone").keys("y enter").reject("Edit rule");
    let saved = rule(&store, SET, &name).unwrap();
    assert_eq!(&*saved.description, "still here");
    assert_ne!(saved.id.unwrap(), id);
}

#[test]
fn drafts_are_found_again_after_a_hang_up_and_removed_after_saving() {
    let folder = tempfile::tempdir().unwrap();
    let state: PathBuf = folder.path().join("state");
    let store = support::demo_store();
    let start = || support::on(Arc::clone(&store), Some(state.clone()), (80, 24));
    let name = message(&store);
    let mut program = start();
    edit(&mut program, SET, &name);
    fill(&mut program, "Description", "日本 👩‍👩‍👧 draft");
    program.send(Message::HangUp);
    let found = drafts(&state);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].title, format!("{SET} / {name}"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&found[0].path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let mut program = start();
    edit(&mut program, SET, &name);
    program.expect("Resume the draft?").keys("esc").reject("Edit rule");
    edit(&mut program, SET, &name);
    program.keys("enter").reject("Resume the draft?").expect("日本").expect("● 1 change");
    save(&mut program);
    assert!(drafts(&state).is_empty());
    assert_eq!(&*rule(&store, SET, &name).unwrap().description, "日本 👩‍👩‍👧 draft");

    // A new rule: kill -9 leaves what was written when the field was left.
    create(&mut program, SET);
    program.text("Half done").keys("tab");
    assert_eq!(drafts(&state).len(), 1);
    let mut program = start();
    program.keys("ctrl-p").text(SET).text(" rule set").keys("enter tab n").expect("Resume the draft?");
    program.keys("r").expect("Half done").keys("esc").expect("Leave with");
    program.text("Keep").keys("enter").reject("New rule ──");
    assert_eq!(drafts(&state).len(), 1);
    program.keys("n").expect("Resume the draft?").keys("d").reject("Half done");
    assert!(drafts(&state).is_empty());
    program.text("again and again").keys("esc").text("Stay").keys("enter").expect("again and again");
    program.keys("esc").text("Discard").keys("enter").reject("New rule ──");
    assert!(drafts(&state).is_empty());
}

#[test]
fn a_resumed_draft_notices_what_others_stored_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let state: PathBuf = folder.path().join("state");
    let store = support::demo_store();
    let name = message(&store);
    let mut program = support::on(Arc::clone(&store), Some(state.clone()), (120, 34));
    edit(&mut program, SET, &name);
    fill(&mut program, "Priority", "7");
    program.send(Message::HangUp);
    other(&store, SET, &name, |rule| rule.priority = "8".into());
    let mut program = support::on(Arc::clone(&store), Some(state), (120, 34));
    edit(&mut program, SET, &name);
    program.keys("enter").expect("changed elsewhere by bea").keys("ctrl-s enter");
    program.expect("bea changed the same fields").keys("m ctrl-s").reject("Edit rule");
    assert_eq!(&*rule(&store, SET, &name).unwrap().priority, "7");
}

#[test]
fn readers_may_look_but_not_save() {
    let store = support::demo_store();
    let mut session = Harness::session();
    session.actor.role = Role::Tester;
    let mut program = Harness::new(store, session, (120, 34));
    edit(&mut program, SET, "Hang up");
    if program.shows("Edit rule") {
        program.text("x").keys("ctrl-s").expect("may not");
    }
}

#[test]
fn escapes_wide_characters_and_a_large_paste_are_shown_safely_and_kept() {
    let (mut program, store) = program((80, 24));
    create(&mut program, SET);
    program.text("Odd");
    go(&mut program, "Message");
    program.paste("漢字 \u{1b}[31m👩‍👩‍👧\u{202e}x\r\nnext");
    let screen = program.screen();
    assert!(screen.contains('漢') && screen.contains('␛'), "{screen}");
    save(&mut program);
    let saved = rule(&store, SET, "Odd").unwrap();
    assert_eq!(saved.params.text("message"), Some("漢字 \u{1b}[31m👩‍👩‍👧\u{202e}x\nnext"));
    edit(&mut program, SET, "Odd");
    go(&mut program, "Message");
    let much = "0123456789abcdef".repeat(1 << 16);
    program.paste(&much).expect("characters, more than 1024").expect("too long for a preview");
    program.text("z").keys("tab").expect("● 1 change").keys("ctrl-s").expect("Not saved").keys("enter");
    program.resize(200, 60).expect("Edit rule").resize(1, 1).frame();
    program.resize(80, 24).keys("esc").text("Discard").keys("enter").reject("Edit rule");
    assert_eq!(
        rule(&store, SET, "Odd").unwrap().params.text("message"),
        Some("漢字 \u{1b}[31m👩‍👩‍👧\u{202e}x\nnext")
    );
}

#[test]
fn lint_warns_without_blocking_and_help_lists_the_keys() {
    let (mut program, store) = program((120, 34));
    create(&mut program, SET);
    program.text("Warned").keys("ctrl-n").text("Nobody.SetsThis").keys("tab tab").text("x").keys("ctrl-s");
    fill(&mut program, "Message", "Hi");
    program.keys("tab").expect("Nobody.SetsThis").expect("lint W");
    program.keys("f1").expect("Keys of the rule form").keys("enter");
    save(&mut program);
    assert!(rule(&store, SET, "Warned").is_some());
}

#[test]
#[ignore = "prints the screens for people to look at"]
fn screens() {
    for size in [(80, 24), (120, 34), (200, 60)] {
        let (mut program, _) = program(size);
        edit(&mut program, "Chat Team", "Connect to the chat team");
        println!("{}", program.screen());
        create_and_show(&mut program);
    }
}

fn create_and_show(program: &mut Harness) {
    program.keys("esc");
    create(program, SET);
    program
        .text("Gold greeting")
        .keys("ctrl-n")
        .text("Customer.Tier")
        .keys("tab tab")
        .text("gold")
        .keys("ctrl-s");
    fill(
        program,
        "Message",
        "Good {{System.TimeOfDay}} {{Customer.FirstName}},\nthank you for being a gold member.",
    );
    println!("{}", program.screen());
    program.keys("ctrl-s");
    println!("{}", program.screen());
    program.keys("esc esc");
    println!("{}", program.screen());
    program.text("Discard").keys("enter");
    edit(program, "Fault Desk", "Connect to the faults team");
    go(program, "+ add behaviour ]");
    program.keys("up up");
    println!("{}", program.screen());
    program.keys("enter");
    println!("{}", program.screen());
}
