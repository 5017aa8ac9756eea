//! What is counted, what is left out, and merging.

use super::*;
use crate::bundle::Bundle;
use crate::chance::Draws;
use crate::compat::Compat;
use crate::json;
use crate::offline::{Offline, Stubs};
use crate::step::{Contact, Opening, Request, step};
use crate::value::{Text, Value};
use crate::workspace::{Options, Workspace};

const BUNDLE: &str = r#"{"ruleSets":[
  {"name":"A","enabled":true,"endPoints":["Line"],"rules":[
    {"name":"Dead","type":"Message","enabled":true,"priority":"9","activation":"11","params":{"message":"x"},
     "weights":[{"field":"a","operation":"equals","value":"1","weight":"10"},{"field":"a","operation":"equals","value":"2","weight":"0"}]},
    {"name":"Maybe","type":"Message","enabled":true,"priority":"8","activation":"5","params":{"message":"prompt:hi.wav\nnote"},
     "weights":[{"field":"System.EndPoint","operation":"equals","value":"Line","weight":"5"},{"field":"a","operation":"equals","value":"1","weight":"-1"}]},
    {"name":"Off","type":"Message","enabled":false,"priority":"7","activation":"0","params":{"message":"x"}},
    {"name":"Sub","type":"RuleSet","enabled":true,"priority":"6","activation":"0","params":{"ruleSetName":"{{To}}","returnHere":"true"}},
    {"name":"Menu","type":"DTMFMenu","enabled":true,"priority":"5","activation":"0","params":{"inputCount":"1","offerMessage":"prompt:menu.wav","errorMessage1":"e","errorCount":"0","dtmf1":"B"}},
    {"name":"Q","type":"Queue","enabled":true,"priority":"4","activation":"0","params":{"queueName":"Sales","outOfHoursRuleSetName":"B"}}]},
  {"name":"B","enabled":true,"rules":[{"name":"Say","type":"Message","enabled":true,"priority":"1","activation":"0","params":{"message":"b"}}]},
  {"name":"Empty","enabled":true,"rules":[]},
  {"name":"Gone","enabled":false,"rules":[{"name":"R","type":"Wait","enabled":true,"priority":"1","activation":"0","params":{}}]}],
 "connect":{"timeZone":"UTC","queues":[{"Name":"Sales","Id":"q","Arn":"a"}],"prompts":[{"Name":"hi.wav","Id":"p","Arn":"p"},{"Name":"menu.wav","Id":"m","Arn":"m"}]}}"#;

fn workspace() -> (Workspace, Stubs) {
    let bundle = Bundle::read("w.json", BUNDLE).unwrap();
    (bundle.workspace(Options { compat: Compat::Corrected, ..Options::default() }), bundle.stubs)
}

/// One contact: `inputs` at prompts, `to` as the template's value.
fn call(workspace: &Workspace, stubs: &Stubs, recorder: &mut Recorder<'_, '_>, name: &str, inputs: &[&str]) {
    recorder.begin(&Text::from("/"), &Text::from(name));
    let mut contact = Contact::new("c", 0, Draws::new(1));
    contact.state.set_raw(&Text::from("To"), "B".into());
    let mut inputs = inputs.iter();
    let mut request = Request::NewInteraction(Opening { end_point: "Line".into(), ..Opening::default() });
    loop {
        let mut host = Offline::new(stubs, Compat::Corrected, &mut *recorder);
        let Ok(reply) = step(workspace, &mut contact, &request, &mut host) else { return };
        crate::offline::Observer::replied(&mut host.observer, &reply);
        request = match (reply.wants_input(), inputs.next_if(reply.wants_input())) {
            (false, _) if reply.queue.is_some() || reply.terminate => return,
            (false, _) => Request::NextRule,
            (true, Some(input)) => Request::Input(Value::from(*input)),
            (true, None) => return,
        };
    }
}

/// The next item, only if it is wanted.
trait NextIf: Iterator {
    fn next_if(&mut self, wanted: bool) -> Option<Self::Item> {
        if wanted { self.next() } else { None }
    }
}
impl<I: Iterator> NextIf for I {}

fn item(parts: &[&str]) -> Item {
    parts.iter().map(|p| Text::from(*p)).collect()
}

fn reason(detail: &CoverageDetail, parts: &[&str]) -> Option<String> {
    let item = item(parts);
    detail.unreached.iter().find(|u| u.item == item).map(|u| u.reason.to_string())
}

#[test]
fn what_cannot_happen_is_no_part_of_the_population() {
    let (workspace, _) = workspace();
    let detail = CoverageDetail::empty(&Population::new(&workspace), "");
    let rules = &detail.rule_sets[0].rules;
    assert_eq!(rules.iter().map(|r| &*r.name).collect::<Vec<_>>(), ["Dead", "Maybe", "Sub", "Menu", "Q"]);
    assert!(rules[0].dead && !rules[1].dead);
    assert_eq!((rules[0].activation.activated, rules[0].activation.skipped), (None, Some(0)));
    assert_eq!((rules[0].weights[0].met, rules[0].weights[1].met), (Some(0), None));
    assert_eq!((rules[1].activation.activated, rules[1].activation.skipped), (Some(0), Some(0)));
    assert_eq!((rules[2].activation.activated, rules[2].activation.skipped), (Some(0), None));
    let ids = |at: usize| rules[at].branches.iter().map(|b| b.id.to_string()).collect::<Vec<_>>();
    assert_eq!(ids(2), ["call", "return"]);
    // One attempt only: no retry. Without rule sets errors end the contact.
    assert_eq!(ids(3), ["key:1", "error", "noInput"]);
    assert_eq!(rules[3].branches[1].target.as_deref(), Some("terminate"));
    let references: Vec<_> =
        detail.references.iter().map(|r| (&*r.rule, &*r.param, &*r.kind, &*r.target)).collect();
    assert_eq!(
        references,
        [
            ("", "endPoint", "endPoint", "Line"),
            ("Maybe", "message", "prompt", "hi.wav"),
            ("Sub", "ruleSetName", "ruleSet", "{{To}}"),
            ("Menu", "offerMessage", "prompt", "menu.wav"),
            ("Menu", "dtmf1", "ruleSet", "B"),
            ("Q", "queueName", "queue", "Sales"),
        ]
    );
    let empty = &detail.rule_sets[2];
    assert_eq!((&*empty.name, empty.entered), ("Empty", None));
    assert_eq!(detail.summary.rule_set.total, 2);
    assert_eq!(
        detail.disabled,
        [item(&["rule", "A", "Off"]), item(&["ruleSet", "Gone"]), item(&["rule", "Gone", "R"])]
    );
    assert_eq!(reason(&detail, &["rule", "B", "Say"]).as_deref(), Some("rule set never entered"));
}

#[test]
fn hits_come_from_what_happened() {
    let (workspace, stubs) = workspace();
    let population = Population::new(&workspace);
    let mut recorder = Recorder::new(&population);
    call(&workspace, &stubs, &mut recorder, "one", &["1"]);
    call(&workspace, &stubs, &mut recorder, "two", &["5"]);
    let detail = CoverageDetail::of(&mut recorder, "now");
    let rules = &detail.rule_sets[0].rules;
    assert_eq!((rules[1].executions, rules[1].tested, rules[3].executions, rules[3].replies), (2, 2, 2, 4));
    assert_eq!((rules[1].weights[0].met, rules[1].weights[0].unmet), (Some(2), Some(0)));
    let hits: Vec<_> = detail.references.iter().map(|r| (&*r.target, r.hits)).collect();
    assert_eq!(hits, [("Line", 2), ("hi.wav", 2), ("{{To}}", 2), ("menu.wav", 2), ("B", 1), ("Sales", 0)]);
    assert_eq!(detail.references[2].seen, [Text::from("B")]);
    assert_eq!(detail.rule_sets[1].entered, Some(3));
    let branches: Vec<_> = rules[2].branches.iter().map(|b| b.hits).collect();
    assert_eq!(branches, [2, 2]);
    assert_eq!(reason(&detail, &["branch", "A", "Menu", "noInput"]).as_deref(), Some("branch never taken"));
    assert_eq!(reason(&detail, &["branch", "A", "Q", "queue"]).as_deref(), Some("rule never tested"));
    assert_eq!(reason(&detail, &["rule", "A", "Dead"]).as_deref(), Some("rule never activated"));
    assert_eq!(
        reason(&detail, &["weight", "A", "Maybe", "0", "unmet"]).as_deref(),
        Some("weight never unmet")
    );
    let by = |parts: &[&str]| {
        detail.hits_by_test.iter().find(|h| h.item == item(parts)).map(|h| (h.tests.clone(), h.hits))
    };
    assert_eq!(by(&["branch", "A", "Menu", "key:1"]), Some((vec![0], 1)));
    assert_eq!(by(&["ruleSet", "B"]), Some((vec![0, 1], 3)));
    assert_eq!(by(&["branch", "A", "Menu", "noInput"]), None);
}

#[test]
fn recorders_and_documents_merge_to_the_same() {
    let (workspace, stubs) = workspace();
    let population = Population::new(&workspace);
    let [mut one, mut two, mut both] = [(); 3].map(|()| Recorder::new(&population));
    for (recorder, name, key) in [(&mut one, "one", "1"), (&mut two, "two", "5")] {
        call(&workspace, &stubs, recorder, name, &[key]);
        call(&workspace, &stubs, &mut both, name, &[key]);
    }
    let whole = CoverageDetail::of(&mut both, "t");
    let mut merged = CoverageDetail::of(&mut one, "t");
    merged.merge(CoverageDetail::of(&mut two, "t"));
    assert_eq!(merged, whole);
    // Thread by thread, in the other order.
    two.absorb(one);
    assert_eq!(CoverageDetail::of(&mut two, "t"), whole);
    // Through a file.
    let text = serde_json::to_string(&whole).unwrap();
    let read: CoverageDetail = serde_json::from_str(&text).unwrap();
    assert_eq!(read, whole);
    let shown = json::parse(&text).unwrap();
    assert_eq!(shown.member("summary").member("ruleSet").member("percent"), Value::Number(100.0));
    assert_eq!(
        shown.member("ruleSets").member("0").member("rules").member("0").member("dead"),
        Value::Bool(true)
    );
}

#[test]
fn hits_on_what_is_no_more_are_stale() {
    let (workspace, stubs) = workspace();
    let population = Population::new(&workspace);
    let mut recorder = Recorder::new(&population);
    call(&workspace, &stubs, &mut recorder, "one", &["1"]);
    let old = CoverageDetail::of(&mut recorder, "t");
    let bundle = Bundle::read("w.json", &BUNDLE.replace(r#""name":"Say""#, r#""name":"Tell""#)).unwrap();
    let renamed = bundle.workspace(Options::default());
    let mut detail = CoverageDetail::empty(&Population::new(&renamed), "t");
    detail.merge(old.clone());
    detail.merge(old);
    let stale: Vec<_> = detail.stale.iter().map(|s| (s.item.join("/"), s.hits)).collect();
    assert_eq!(
        stale,
        [
            ("activation/B/Say/activated".to_owned(), 4),
            ("branch/B/Say/next".to_owned(), 4),
            ("rule/B/Say".to_owned(), 4)
        ]
    );
    assert_eq!(detail.rule_sets[0].rules[1].executions, 2);
    assert!(detail.hits_by_test.iter().all(|h| !h.item.contains(&Text::from("Say"))));
    assert_eq!(reason(&detail, &["rule", "B", "Tell"]).as_deref(), Some("rule never tested"));
}

#[test]
fn thresholds() {
    let mut summary = Summary::default();
    assert_eq!(summary.below(None, 100), []);
    summary.rule.count(1);
    summary.rule.count(0);
    summary.branch.count(1);
    assert_eq!(summary.rule.percent, Some(50));
    assert_eq!(summary.below(None, 51), [Kind::Rule]);
    assert_eq!(summary.below(Kind::parse("branch"), 100), []);
    assert_eq!(summary.below(Some(Kind::Rule), 50), []);
    assert_eq!(serde_json::to_string(&summary.weight).unwrap(), r#"{"covered":0,"total":0,"percent":null}"#);
}

/// Collects what happened without a place in the population.
struct Lost<'p, 'w> {
    population: &'p Population<'w>,
    found: std::collections::BTreeSet<String>,
    events: usize,
}

impl crate::offline::Observer for &mut Lost<'_, '_> {
    fn detail(&self) -> crate::host::Detail {
        crate::host::Detail::Coverage
    }

    fn observe(&mut self, seen: &crate::host::Seen<'_>) {
        use crate::host::Seen;
        let (at, known) = match seen {
            Seen::Took { rule, branch } => {
                let items = &self.population.sets[rule.rule_set as usize].rules[rule.rule as usize];
                (rule, items.branches.iter().any(|(b, _)| b == branch))
            }
            Seen::Used { rule, param, target } => {
                let items = &self.population.sets[rule.rule_set as usize].rules[rule.rule as usize];
                let known = |r: &references::ReferenceItem| {
                    &*r.param == *param && (r.dynamic || r.kind == "prompt" || &*r.target == *target)
                };
                (rule, items.references.iter().any(known))
            }
            _ => return,
        };
        self.events += 1;
        if !known {
            let rule = self.population.workspace().rule(*at);
            self.found.insert(format!("{} {}: {seen:?}", rule.rule_type, rule.name));
        }
    }
}

/// The contacts of the reference cases, whatever they answer.
#[test]
fn golden_everything_that_happens_has_a_place() {
    use crate::golden;
    let mut events = 0;
    let mut workspaces: std::collections::BTreeMap<String, Vec<Value>> = std::collections::BTreeMap::new();
    for (_, text) in golden::files("cases/") {
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let case = json::parse(line).unwrap();
            workspaces.entry(golden::text(&case, "workspace")).or_default().push(case);
        }
    }
    for (name, cases) in workspaces {
        let bundle = Bundle::read(&name, &golden::file(&format!("workspaces/{name}"))).unwrap();
        let workspace = bundle.workspace(Options { compat: Compat::Original, ..Options::default() });
        let population = Population::new(&workspace);
        let mut lost = Lost { population: &population, found: std::collections::BTreeSet::new(), events: 0 };
        for case in &cases {
            let now = golden::millis(&golden::text(case, "now"));
            let mut contact = Contact::new("c", now, Draws::new(1));
            for asked in case.member("requests").as_array().unwrap() {
                let request = match asked.member("eventType").as_str().unwrap_or_default() {
                    "NEW_INTERACTION" => {
                        contact = Contact::new("c", now, Draws::new(1));
                        Request::NewInteraction(Opening {
                            end_point: asked.member("endPoint"),
                            customer_phone_number: asked.member("customerPhoneNumber"),
                            interaction_date_time: asked.member("interactionDateTime"),
                            contact_attributes: asked.member("contactAttributes"),
                        })
                    }
                    "NEXT_RULE" => Request::NextRule,
                    _ => Request::Input(asked.member("input")),
                };
                let mut host = Offline::new(&bundle.stubs, Compat::Original, &mut lost);
                drop(step(&workspace, &mut contact, &request, &mut host));
                contact.state.forget_changes();
            }
        }
        assert!(lost.found.is_empty(), "{name}: {:#?}", lost.found);
        events += lost.events;
    }
    println!("{events} branches and references");
}
