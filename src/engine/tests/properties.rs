//! What holds for every input, tried on random ones. `PROPTEST_CASES=10000` tries more.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/generate.rs"]
mod generate;
#[path = "support/regex_oracle.rs"]
mod regex_oracle;

use std::cmp::Ordering;
use std::io::Read as _;
use std::path::Path as FilePath;
use std::sync::LazyLock;

use connect_rules_engine::bundle::Bundle;
use connect_rules_engine::chance::Draws;
use connect_rules_engine::collate;
use connect_rules_engine::compat::{Compat, Profile};
use connect_rules_engine::host::{Detail, Seen};
use connect_rules_engine::json;
use connect_rules_engine::model::Weight;
use connect_rules_engine::offline::{Observer, Offline, Stubs};
use connect_rules_engine::pattern::Pattern;
use connect_rules_engine::script::{RecordOptions, RecordedReply, Recorder, Script, Severity, lint_script};
use connect_rules_engine::state::{Path, State, canonical};
use connect_rules_engine::step::{Code, Contact, Request, step};
use connect_rules_engine::template::{Budget, Scope, Template};
use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_engine::weight::{self, Comparand, CompiledWeight, Operation, Outcome};
use connect_rules_engine::workspace::{Options, Workspace};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::Config;

fn config() -> Config {
    Config { failure_persistence: None, ..Config::default() }
}

// --- state ---------------------------------------------------------------------------------------------

#[derive(Clone, Debug)]
enum Change {
    Update(String, Value),
    Set(String, Value),
    SetRaw(String, Value),
    Remove(String),
    RemovePrefix(String),
    Increment(String),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = prop_oneof![
        6 => (generate::path(), generate::value()).prop_map(|(path, value)| Change::Update(path, value)),
        2 => (generate::path(), generate::value()).prop_map(|(key, value)| Change::Set(key, value)),
        1 => (generate::path(), generate::value()).prop_map(|(key, value)| Change::SetRaw(key, value)),
        2 => generate::path().prop_map(Change::Remove),
        1 => "[abc]?".prop_map(Change::RemovePrefix),
        2 => generate::path().prop_map(Change::Increment),
    ];
    vec(change, 0..12)
}

fn apply(state: &mut State, changes: &[Change]) {
    for change in changes {
        match change {
            Change::Update(path, value) => state.update_text(path, value.clone()),
            Change::Set(key, value) => state.set(&Text::from(&**key), value.clone()),
            Change::SetRaw(key, value) => state.set_raw(&Text::from(&**key), value.clone()),
            Change::Remove(key) => state.remove(key),
            Change::RemovePrefix(prefix) => state.remove_prefix(prefix),
            Change::Increment(path) => state.increment(&Path::new(path)),
        }
    }
}

/// State after a finished request.
fn finished(changes: &[Change]) -> State {
    let mut state = State::new();
    apply(&mut state, changes);
    state.finish();
    state.forget_changes();
    state
}

fn printed(state: &State) -> String {
    json::print(&Value::from(state.to_map())).unwrap()
}

/// The texts a store keeps.
fn stored(state: &State) -> Vec<(Text, Text)> {
    let text = |value: &Value| match value {
        Value::String(text) => Text::clone(text),
        other => Text::from(json::print(other).unwrap()),
    };
    state.iter().map(|(key, value)| (Text::clone(key), text(value))).collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_failed_request_restores_the_state(before in changes(), during in changes()) {
        let mut state = finished(&before);
        let was = printed(&state);
        apply(&mut state, &during);
        state.rollback();
        prop_assert_eq!(printed(&state), was);
        prop_assert_eq!(state.take_changes().set.len(), 0);
    }

    #[test]
    fn a_checkpoint_survives_a_failure(before in changes(), saved in changes(), lost in changes()) {
        let mut state = finished(&before);
        apply(&mut state, &saved);
        let mut wanted = state.clone();
        wanted.finish();
        state.checkpoint();
        apply(&mut state, &lost);
        state.rollback();
        prop_assert_eq!(printed(&state), printed(&wanted));
        prop_assert_eq!(state.take_changes(), wanted.take_changes());
    }

    #[test]
    fn finishing_twice_is_finishing_once(all in changes()) {
        let mut state = finished(&all);
        let once = printed(&state);
        for (key, value) in state.to_map().iter() {
            prop_assert_eq!(&canonical(value.clone()), value);
            state.set_raw(key, value.clone());
        }
        state.finish();
        prop_assert_eq!(printed(&state), once);
    }

    #[test]
    fn a_state_reads_back_as_it_was_written(all in changes()) {
        let state = finished(&all);
        let loaded = State::load(stored(&state));
        prop_assert_eq!(printed(&loaded), printed(&state));
        prop_assert_eq!(stored(&loaded), stored(&state));
    }

    #[test]
    fn changes_lead_from_one_reply_to_the_next(before in changes(), during in changes()) {
        let mut state = finished(&before);
        let mut replayed = state.to_map();
        apply(&mut state, &during);
        state.finish();
        let changes = state.take_changes();
        for key in &changes.removed {
            replayed.remove(key);
        }
        for (key, value) in changes.set {
            replayed.insert(key, value);
        }
        let sorted = |map: &Map| map.iter().map(|(k, v)| (Text::clone(k), v.clone())).collect::<std::collections::BTreeMap<_, _>>();
        prop_assert_eq!(sorted(&replayed), sorted(&state.to_map()));
    }
}

// --- names ---------------------------------------------------------------------------------------------

proptest! {
    #![proptest_config(config())]

    #[test]
    fn names_have_one_order(a in "[ -~]{0,8}", b in "[ -~]{0,8}", c in "[ -~]{0,8}") {
        prop_assert_eq!(collate::compare(&a, &b), collate::compare(&b, &a).reverse());
        prop_assert_eq!(collate::compare(&a, &b) == Ordering::Equal, a == b);
        let mut names = [a, b, c];
        names.sort_by(|x, y| collate::compare(x, y));
        let [low, middle, high] = &names;
        prop_assert!(collate::compare(low, middle).is_le());
        prop_assert!(collate::compare(middle, high).is_le());
        prop_assert!(collate::compare(low, high).is_le(), "{:?} after {:?}", low, high);
    }

    #[test]
    fn upper_case_only_decides_between_equals(a in "[aAbB ]{0,4}", b in "[aAbB ]{0,4}") {
        let folded = collate::compare(&a.to_lowercase(), &b.to_lowercase());
        if folded != Ordering::Equal {
            prop_assert_eq!(collate::compare(&a, &b), folded);
        }
        prop_assert_eq!(collate::compare(&a, &b), collate::compare(&b, &a).reverse());
    }
}

// --- templates -----------------------------------------------------------------------------------------

fn render(source: &str, context: &Map) -> String {
    let mut draws = || 0.5;
    let mut scope = Scope { now: 0, zone: None, draws: &mut draws, leak: None, budget: Budget::default() };
    Template::parse(source).unwrap().render(context, &mut scope).unwrap()
}

fn unescaped(text: &str) -> String {
    let entities =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&#x60;", "`"), ("&#x3D;", "=")];
    entities.iter().fold(text.to_owned(), |text, (entity, c)| text.replace(entity, c)).replace("&amp;", "&")
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn values_are_escaped(text in prop_oneof!["[ -~]{0,20}", "[&<>\"'`=a;#x]{0,20}", any::<String>()]) {
        let context: Map = [("x", Value::from(&*text))].into_iter().collect();
        let escaped = render("{{x}}", &context);
        prop_assert!(!escaped.contains(['<', '>', '"', '\'', '`', '=']), "{}", escaped);
        prop_assert_eq!(unescaped(&escaped), &*text);
        prop_assert_eq!(render("{{{x}}}", &context), text);
    }

    #[test]
    fn text_without_mustaches_stays(text in "[^{\\\\\\x00]{0,40}") {
        prop_assert_eq!(render(&text, &Map::new()), text);
    }

    #[test]
    fn no_template_breaks_its_budget(
        parts in vec(prop::sample::select(vec![
            "{{#each l}}", "{{/each}}", "{{#if t}}", "{{else}}", "{{/if}}", "{{this}}", "{{t}}", "{{../t}}", "text ",
            "{{#*inline \"p\"}}", "{{/inline}}", "{{> p}}", "{{json this}}", "{{paddedRandom 1 9 70000}}", "{{~t~}}",
            "{{#switch t}}", "{{#case \"x\"}}", "{{/case}}", "{{/switch}}", "{{lookup l 0}}", "{{#with l}}", "{{/with}}",
        ]), 0..16),
        output in 0..300_usize,
    ) {
        let source = parts.concat();
        if let Ok(template) = Template::parse(&source) {
            let context: Map =
                [("l", Value::from(vec![Value::from("a"); 7])), ("t", Value::from("x"))].into_iter().collect();
            let mut draws = || 0.5;
            let budget = Budget { output, steps: 100_000 };
            let mut scope = Scope { now: 0, zone: None, draws: &mut draws, leak: None, budget };
            if let Ok(text) = template.render(&context, &mut scope) {
                prop_assert!(text.len() <= output, "{} bytes, {} allowed", text.len(), output);
            }
        }
    }
}

// --- weights -------------------------------------------------------------------------------------------

const OPERATIONS: [(&str, &str); 7] = [
    ("equals", "notequals"),
    ("contains", "notcontains"),
    ("startswith", "notstartswith"),
    ("endswith", "notendswith"),
    ("isnull", "isnotnull"),
    ("isempty", "isnotempty"),
    ("lessthan", "greaterthan"),
];

proptest! {
    #![proptest_config(config())]

    #[test]
    fn weights_take_any_value(raw in generate::value(), value in generate::value(), number in generate::value()) {
        for compat in [Compat::Original, Compat::Corrected] {
            for name in OPERATIONS.iter().flat_map(|(a, b)| [*a, *b]).chain(["ismobile", "isnotmobile"]) {
                let operation = Operation::parse(name);
                prop_assert!(!matches!(operation, Operation::Unknown(_)), "{}", name);
                let weight = Weight {
                    id: None,
                    field: Some(Text::from(" a.b ")),
                    operation: Text::from(name),
                    value: value.clone(),
                    weight: number.clone(),
                };
                let compiled = CompiledWeight::new(0, &weight);
                let (path, comparand) = weight::prepare(&weight, compat);
                prop_assert_eq!(&**path.source(), "a.b");
                if let Comparand::Fixed(value, number) = comparand {
                    let outcome = weight::test(&operation, &raw, &value, number).unwrap();
                    let (met, counted) = weight::counts(outcome, &operation, &compiled, compat);
                    prop_assert!(met || counted == 0.0);
                }
            }
        }
    }

    #[test]
    fn an_operation_and_its_opposite_never_agree(raw in generate::value(), value in generate::value()) {
        for (name, opposite) in OPERATIONS {
            let number = weight::number_of(&value);
            let outcome = |name| weight::test(&Operation::parse(name), &raw, &value, number).unwrap() != Outcome::Unmet;
            if name == "lessthan" {
                prop_assert!(!(outcome(name) && outcome(opposite)), "both {} and {}", name, opposite);
            } else {
                prop_assert_ne!(outcome(name), outcome(opposite), "{}", name);
            }
        }
    }
}

// --- steps ---------------------------------------------------------------------------------------------

/// The feature workspaces of the reference data, in each way they can be evaluated.
static WORKSPACES: LazyLock<Vec<(String, Workspace, Stubs)>> = LazyLock::new(|| {
    let file = FilePath::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden.tar.zst");
    let unpacked = ruzstd::decoding::StreamingDecoder::new(std::fs::File::open(file).unwrap()).unwrap();
    let mut workspaces = Vec::new();
    for entry in tar::Archive::new(unpacked).entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_string_lossy().into_owned();
        if !path.contains("workspaces/features/") || FilePath::new(&path).extension() != Some("json".as_ref())
        {
            continue;
        }
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        let bundle = Bundle::read(&path, &text).unwrap();
        for (compat, profile) in [
            (Compat::Original, Profile::Test),
            (Compat::Corrected, Profile::Test),
            (Compat::Corrected, Profile::Api),
            (Compat::Corrected, Profile::Live),
        ] {
            let workspace = bundle.workspace(Options { compat, profile, strict_original_state: false });
            workspaces.push((format!("{path} {compat:?} {profile:?}"), workspace, bundle.stubs.clone()));
        }
    }
    workspaces.retain(|(_, workspace, _)| !workspace.end_points().is_empty());
    assert!(workspaces.len() > 60, "reference data is incomplete");
    workspaces
});

/// A workspace and requests to it.
fn conversations() -> impl Strategy<Value = (usize, Vec<Request>)> {
    (0..WORKSPACES.len()).prop_flat_map(|at| {
        let end_points: Vec<String> =
            WORKSPACES[at].1.end_points().iter().map(|(name, _)| name.to_string()).collect();
        let first = generate::request(end_points.clone())
            .prop_filter("starts", |request| matches!(request, Request::NewInteraction(_)));
        (Just(at), first, vec(generate::request(end_points), 0..24)).prop_map(|(at, first, mut rest)| {
            rest.insert(0, first);
            (at, rest)
        })
    })
}

fn new_contact() -> Contact {
    let mut draws = Draws::new(7);
    let id = draws.contact_id();
    Contact::new(id, 1_686_713_140_123, draws)
}

/// An observer that looks at everything.
struct Looking;

impl Observer for Looking {
    fn detail(&self) -> Detail {
        Detail::Trace
    }
    fn observe(&mut self, seen: &Seen<'_>) {
        assert!(!format!("{seen:?}").is_empty());
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn golden_workspaces_answer_any_requests((at, requests) in conversations()) {
        let (name, workspace, stubs) = &WORKSPACES[at];
        let mut host = Offline::new(stubs, workspace.options().compat, ());
        let mut watched = Offline::new(stubs, workspace.options().compat, Looking);
        let mut contact = new_contact();
        let mut twin = contact.clone();
        for request in &requests {
            let before = printed(&contact.state);
            let result = step(workspace, &mut contact, request, &mut host);
            let after = printed(&contact.state);
            let again = step(workspace, &mut twin, request, &mut watched);
            prop_assert_eq!(&again, &result, "{}: another answer when watched", name);
            prop_assert_eq!(printed(&twin.state), after.clone(), "{}: another state when watched", name);
            match result {
                Ok(reply) => {
                    prop_assert_eq!(&reply.contact_id, &contact.id);
                    prop_assert!(json::parse(&serde_json::to_string(&reply).unwrap()).is_ok());
                }
                // Only a rule that was chosen, exported and then failed leaves a trace.
                Err(error) => {
                    let early = matches!(
                        error.code,
                        Code::NoNextRule | Code::UnknownEndPoint | Code::UnknownContact | Code::BadPhase
                            | Code::Disconnected
                    );
                    let chooses = matches!(request, Request::NewInteraction(_) | Request::NextRule);
                    let one_step = workspace.options().profile == Profile::Test;
                    if one_step && (early || !chooses) {
                        prop_assert_eq!(after, before, "{}: {:?} failed and left something", name, request);
                    } else {
                        let chosen = contact.state.get("CurrentRule").is_some();
                        prop_assert!(after == before || chosen, "{}: no rule, yet another state", name);
                    }
                }
            }
            let reloaded = State::load(stored(&contact.state));
            prop_assert_eq!(printed(&reloaded), printed(&contact.state), "{}: not in stored form", name);
        }
    }
}

// --- patterns ------------------------------------------------------------------------------------------

proptest! {
    #![proptest_config(config())]

    #[test]
    fn patterns_match_as_a_plain_matcher_says(regex in regex_oracle::regex(), texts in vec("[abcd]{0,7}", 1..6)) {
        let source = regex.source();
        let pattern = Pattern::new(&source, false).unwrap();
        let folded = Pattern::new(&source.to_uppercase(), true).unwrap();
        for text in texts {
            let wanted = regex.matches(&text.chars().collect::<Vec<_>>());
            prop_assert_eq!(pattern.is_match(&text), Ok(wanted), "/{}/ on {:?}", source, text);
            prop_assert_eq!(folded.is_match(&text), Ok(wanted), "/{}/i on {:?}", source, text);
        }
    }

    #[test]
    fn any_pattern_compiles_or_says_why(source in "[ab()\\[\\]{}|*+?^$.\\\\dwk<>=!:,0-9-]{0,16}", text in "[ab01 ]{0,8}") {
        match Pattern::new(&source, false) {
            Ok(pattern) => drop(pattern.is_match(&text)),
            Err(error) => prop_assert!(error.to_string().contains(&source)),
        }
    }
}

// --- scripts -------------------------------------------------------------------------------------------

#[derive(Clone, Debug)]
enum Event {
    Says(String),
    Queues(String, String),
    Transfers(String),
    Keys(String),
    Ends,
    HangsUp,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        4 => generate::text().prop_map(Event::Says),
        1 => (generate::text(), generate::text()).prop_map(|(message, queue)| Event::Queues(message, queue)),
        1 => generate::text().prop_map(Event::Transfers),
        3 => generate::text().prop_map(Event::Keys),
        1 => Just(Event::Ends),
        1 => Just(Event::HangsUp),
    ];
    vec(event, 1..10)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_recorded_script_says_what_happened(events in events()) {
        let mut recorder = Recorder::new(RecordOptions::default(), "# recorded");
        let mut wanted: Vec<(&str, &str)> = Vec::new();
        for event in &events {
            let base = RecordedReply { rule_type: "Message", ..RecordedReply::default() };
            match event {
                Event::Says(text) => {
                    recorder.reply(&RecordedReply { message: Some(text), ..base });
                    wanted.extend((!text.is_empty()).then_some(("message", &**text)));
                }
                Event::Queues(text, queue) => {
                    recorder.reply(&RecordedReply { message: Some(text), queue: Some(queue), ..base });
                    wanted.extend((!text.is_empty()).then_some(("message", &**text)));
                    wanted.push(("queue", queue));
                }
                Event::Transfers(number) => {
                    recorder.reply(&RecordedReply { external_number: Some(number), ..base });
                    wanted.push(("externalNumber", number));
                }
                Event::Keys(text) => {
                    recorder.input(text);
                    wanted.push(("input", text));
                }
                Event::Ends => {
                    recorder.reply(&RecordedReply { terminate: true, ..base });
                    wanted.push(("terminate", ""));
                }
                Event::HangsUp => {
                    recorder.hang_up();
                    wanted.push(("hangup", ""));
                }
            }
        }
        let script = Script::parse(recorder.script(), 2);
        prop_assert_eq!(&script.failure, &None);
        prop_assert_eq!(script.lines.len(), wanted.len(), "{}", recorder.script());
        for (line, (kind, text)) in script.lines.iter().zip(wanted) {
            prop_assert_eq!(&*line.kind, kind);
            let payload = line.payload.text();
            if matches!(kind, "message" | "queue" | "externalNumber") {
                let pattern = Pattern::new(&payload, false).unwrap();
                prop_assert_eq!(pattern.is_match(text), Ok(true), "{:?}", text);
                prop_assert_eq!(pattern.is_match(&format!("{text}x")), Ok(false), "{:?}", text);
            } else {
                prop_assert_eq!(&*payload, text);
            }
        }
        let broken = lint_script(&script, 2).into_iter().find(|finding| finding.severity == Severity::Error);
        prop_assert_eq!(broken, None);
    }
}
