//! Health, repair and the cache on the cloud of this machine: what is found, what is done about it, and what remains
//! after calls that go wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use connect_rules_cloud::cache;
use connect_rules_cloud::emulator::{Emulator, Fault, FaultKind};
use connect_rules_cloud::gateway::{Cloud, Place, Section};
use connect_rules_cloud::health::{
    Came, Check, Grade, Group, Home, Observer, Outcome, Plan, Refused, Report, Scope, Status, Step, apply,
    scan,
};
use connect_rules_cloud::instance::{Instance, Sort};
use connect_rules_engine::bundle::{Bundle, Parts};
use connect_rules_engine::compat::Compat;
use connect_rules_flows::compare::About;
use connect_rules_store::exchange::Seed;
use connect_rules_store::service::limits::SetLimits;
use connect_rules_store::{Actor, Service, SqliteStore};
use jiff::Timestamp;

/// The demo in a store, and a cloud that has what it tells of.
struct World {
    service: Service<SqliteStore>,
    emulator: Emulator,
    cloud: Cloud,
    scope: Scope,
    backups: tempfile::TempDir,
}

/// As fast as it goes, where time does not matter.
const FAST: (f64, f64) = (1e6, 1e6);
/// What Amazon Connect allows.
const USUAL: (f64, f64) = (2.0, 5.0);

fn actor() -> Actor {
    Actor::local("olga")
}

impl World {
    async fn new(limit: (f64, f64)) -> Self {
        let parts = Parts {
            rule_sets: Some(("rulesets.json", include_str!("../../../data/demo/rulesets.json"))),
            connect: Some(("connect.json", include_str!("../../../data/demo/connect.json"))),
            lex: Some(("lex.json", include_str!("../../../data/demo/lex.json"))),
            functions: Some(("functions.json", include_str!("../../../data/demo/functions.json"))),
            tests: None,
        };
        let service = Service::new(SqliteStore::in_memory().unwrap());
        let bundle = Bundle::from_parts(&parts).unwrap();
        service.run(&actor(), &Seed::new(&bundle, "1970-01-01T00:00:00Z").unwrap()).await.unwrap();
        let stored = Instance::of(&service.snapshot().await.unwrap());
        let identity = stored.identity();
        let place = Place {
            environment: "practice".to_owned(),
            stage: identity.stage.to_string(),
            service: identity.service.to_string(),
            region: identity.region.to_string(),
            account: identity.account.to_string(),
            instance: identity.instance_id.to_string(),
            bot_alias: "PROD".to_owned(),
            bot_locale: "en_AU".to_owned(),
            ..Place::default()
        };
        let emulator = Emulator::in_memory(place.clone(), &stored, limit);
        let cloud = emulator.cloud();
        let scope = Scope::of(&place, Timestamp::now());
        World { service, emulator, cloud, scope, backups: tempfile::tempdir().unwrap() }
    }

    /// One where everything was repaired.
    async fn healthy(limit: (f64, f64)) -> Self {
        let out = World::new(FAST).await;
        out.repair().await;
        assert_eq!(out.scan().await.grade(), Grade::Healthy, "{}", listed(&out.scan().await));
        if limit == FAST {
            return out;
        }
        // The same cloud in the pace of Amazon Connect.
        let state = out.emulator.state().unwrap();
        let stored = Instance::of(&out.service.snapshot().await.unwrap());
        let emulator = Emulator::in_memory(out.cloud.place.clone(), &stored, limit);
        emulator.edit(|it| *it = state).unwrap();
        World { cloud: emulator.cloud(), emulator, ..out }
    }

    /// Writes the row of the limits as somebody who does not ask whether it may be so.
    async fn limits(&self, row: &str) {
        let value = connect_rules_engine::json::parse(row).unwrap_or_else(|_| row.into());
        self.service.run(&actor(), &SetLimits { value }).await.unwrap();
    }

    async fn scan(&self) -> Report {
        let now = self.service.snapshot().await.unwrap();
        scan(&self.cloud, &now, &self.scope, &Observer::default()).await
    }

    async fn apply(&self, plan: &Plan) -> Result<Vec<Outcome>, Refused> {
        let (backups, observer) = (self.backups.path(), Observer::default());
        apply(&self.cloud, &self.service, &actor(), plan, &self.scope, backups, &observer).await
    }

    fn plan(report: &Report) -> Plan {
        Plan::of(report, false, USUAL)
    }

    async fn repair(&self) -> Vec<Outcome> {
        self.apply(&World::plan(&self.scan().await)).await.unwrap()
    }

    async fn status(&self, flow: &str) -> (Status, Vec<(About, String, String)>) {
        let report = self.scan().await;
        let check =
            report.find(Group::Flows, &format!("RulesEngine{flow}")).unwrap_or_else(|| panic!("{flow}"));
        let told = |it: &connect_rules_flows::compare::Difference| {
            (it.about, it.action.clone().unwrap_or_default(), it.place.clone())
        };
        (check.status, check.differences.iter().map(told).collect())
    }

    fn flows(&self) -> BTreeMap<String, String> {
        let state = self.emulator.state().unwrap();
        let out: BTreeMap<String, String> = state
            .flows
            .iter()
            .map(|it| (it.name.clone(), it.published.clone().unwrap_or_default()))
            .collect();
        assert_eq!(out.len(), state.flows.len(), "no name is there twice");
        out
    }
}

fn listed(report: &Report) -> String {
    let ill = report.checks.iter().filter(|it| it.grade != Grade::Healthy || !it.steps.is_empty());
    let line = |it: &Check| {
        format!("{:?} {} {}: {} ({:?})", it.group, it.name, it.status.word(), it.detail, it.steps)
    };
    ill.map(line).collect::<Vec<_>>().join("\n")
}

fn files_in(folder: &Path) -> Vec<String> {
    let mut out: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    out.sort();
    out
}

#[tokio::test(start_paused = true)]
async fn an_empty_instance_is_repaired_in_one_go() {
    let world = World::new(FAST).await;
    let report = world.scan().await;
    assert_eq!(report.overall(), "UNHEALTHY");
    assert_eq!(report.summary(Group::Flows), "22 problems: 22 MISSING");
    let plan = World::plan(&report);
    assert!(plan.left.is_empty(), "{:?}", plan.left);
    assert_eq!(plan.steps.iter().filter(|it| matches!(it, Step::Stub { .. })).count(), 22);
    let last = plan.steps.iter().rfind(|it| matches!(it, Step::Write { .. })).unwrap();
    assert_eq!(last.name(), "RulesEngineBootstrap", "where contacts enter comes last");

    let outcomes = world.apply(&plan).await.unwrap();
    let wrong: Vec<&Outcome> = outcomes.iter().filter(|it| it.result != Came::Done).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");

    let report = world.scan().await;
    assert_eq!(report.overall(), "HEALTHY", "{}", listed(&report));
    assert!(World::plan(&report).is_empty());
    // The store leads contacts to the flows that were made.
    let now = world.service.snapshot().await.unwrap();
    let known = Instance::of(&now);
    for flow in world.cloud.connect.flows().await.unwrap() {
        let arn = known.get(Sort::ContactFlow, &flow.name).unwrap().get("Arn").unwrap().text().to_string();
        assert_eq!(arn, flow.arn);
    }
    assert_eq!(files_in(world.backups.path()), Vec::<String>::new(), "stubs are not worth saving");
}

#[tokio::test(start_paused = true)]
async fn flows_are_read_in_nine_seconds_and_nothing_is_too_much() {
    let mut world = World::healthy(USUAL).await;
    world.scope.groups = [Group::Flows, Group::Functions, Group::Tables, Group::Quotas, Group::Cache].into();
    let report = world.scan().await;
    assert_eq!((report.grade(), report.throttled), (Grade::Healthy, 0), "{}", listed(&report));
    // 21 flows take 9 seconds at most; each further one is a call more.
    let further = 500 * (world.scope.flows.len() as u64 - 21);
    assert!(report.took_ms <= 9_000 + further, "{} ms", report.took_ms);

    tokio::time::sleep(std::time::Duration::from_mins(1)).await;
    world.scope.drafts = true;
    let report = world.scan().await;
    assert_eq!((report.grade(), report.throttled), (Grade::Healthy, 0));
    assert!(report.took_ms <= 20_000 + 2 * further, "{} ms", report.took_ms);

    tokio::time::sleep(std::time::Duration::from_mins(1)).await;
    world.scope.drafts = false;
    world.scope.groups = Group::ALL.into();
    let report = world.scan().await;
    assert_eq!((report.grade(), report.throttled), (Grade::Healthy, 0), "{}", listed(&report));
    assert!(report.took_ms <= 20_000, "{} ms", report.took_ms);
}

#[tokio::test(start_paused = true)]
async fn whoever_does_not_wait_is_refused() {
    let world = World::new(USUAL).await;
    // Another program spends the calls of the account.
    let stored = Instance::of(&world.service.snapshot().await.unwrap());
    let other = Emulator::in_memory(world.cloud.place.clone(), &stored, USUAL);
    drop(other);
    for _ in 0..3 {
        world.emulator.plant(Fault { times: 2, ..Fault::at(FaultKind::Throttle, 3) }).unwrap();
    }
    let report = world.scan().await;
    assert!(report.throttled > 0);
    assert!(report.checks.iter().all(|it| it.status != Status::Error), "{}", listed(&report));
}

#[tokio::test(start_paused = true)]
async fn formatting_is_no_drift() {
    let world = World::healthy(FAST).await;
    let before = world.flows();
    for flow in ["Main", "Queue", "CustomerQueue", "Bootstrap"] {
        world.emulator.practise("reformat", flow).unwrap();
    }
    let after = world.flows();
    assert_ne!(before["RulesEngineMain"], after["RulesEngineMain"]);
    let report = world.scan().await;
    assert_eq!(report.overall(), "HEALTHY", "{}", listed(&report));
}

/// The first action of a type.
fn action<'c>(content: &'c mut serde_json::Value, kind: &str) -> &'c mut serde_json::Value {
    let all = content["Actions"].as_array_mut().unwrap();
    all.iter_mut().find(|it| it["Type"] == kind).unwrap_or_else(|| panic!("{kind}"))
}

#[tokio::test(start_paused = true)]
async fn each_change_is_told_at_its_action() {
    let world = World::healthy(FAST).await;
    let change = |flow: &str, work: &dyn Fn(&mut serde_json::Value)| {
        world
            .emulator
            .edit(|state| {
                let row = state.flows.iter_mut().find(|it| it.name == format!("RulesEngine{flow}")).unwrap();
                let mut content = serde_json::from_str(row.published.as_deref().unwrap()).unwrap();
                work(&mut content);
                row.published = Some(content.to_string());
            })
            .unwrap();
    };
    change("Error", &|it| action(it, "MessageParticipant")["Parameters"]["Text"] = "Bye".into());
    let (status, told) = world.status("Error").await;
    assert_eq!((status, told.len()), (Status::Changed, 1));
    assert_eq!((told[0].0, &*told[0].2), (About::Message, "Parameters.Text"));
    assert!(!told[0].1.is_empty(), "the action is named");

    change("Main", &|it| {
        action(it, "InvokeLambdaFunction")["Parameters"]["InvocationTimeLimitSeconds"] = "3".into();
    });
    let (status, told) = world.status("Main").await;
    assert_eq!(status, Status::Changed);
    assert_eq!((told[0].0, &*told[0].2), (About::Parameter, "Parameters.InvocationTimeLimitSeconds"));

    change("Queue", &|it| {
        let other = it["StartAction"].clone();
        for at in it["Actions"].as_array_mut().unwrap() {
            if let Some(next) = at.pointer_mut("/Transitions/Errors/0/NextAction") {
                *next = other;
                return;
            }
        }
        panic!("no branch");
    });
    let (status, told) = world.status("Queue").await;
    assert_eq!((status, told[0].0), (Status::Changed, About::Transition), "{told:?}");

    change("Disconnect", &|it| {
        let to = action(it, "TransferToFlow");
        to["Parameters"]["ContactFlowId"] =
            "arn:aws:connect:us-east-1:1:instance/i/contact-flow/other".into();
    });
    let (status, told) = world.status("Disconnect").await;
    assert_eq!((status, told[0].0), (Status::Changed, About::Reference), "{told:?}");
    assert_eq!(told[0].2, "Parameters.ContactFlowId");

    let changed = world.flows();
    let outcomes = world.repair().await;
    assert!(outcomes.iter().all(|it| it.result == Came::Done), "{outcomes:?}");
    assert_eq!(world.scan().await.overall(), "HEALTHY");
    // What was overwritten can be brought back.
    let saved = files_in(world.backups.path());
    assert_eq!(saved.len(), 4, "{saved:?}");
    let file = saved.iter().find(|it| it.starts_with("RulesEngineError-")).unwrap();
    let saved = std::fs::read_to_string(world.backups.path().join(file)).unwrap();
    assert_eq!(saved, changed["RulesEngineError"]);
}

#[tokio::test(start_paused = true)]
async fn everything_that_people_do_in_the_console_is_found_and_mended() {
    for (practice, flow, wanted) in [
        ("change-message", "Error", Status::Changed),
        ("reroute", "Queue", Status::Changed),
        ("save-draft", "Error", Status::Draft),
        ("archive", "Wait", Status::Archived),
        ("delete-flow", "Message", Status::Missing),
    ] {
        let mut world = World::healthy(FAST).await;
        world.scope.drafts = true;
        world.emulator.practise(practice, flow).unwrap_or_else(|error| panic!("{practice}: {error:?}"));
        assert_eq!(world.status(flow).await.0, wanted, "{practice}");
        let outcomes = world.repair().await;
        assert!(outcomes.iter().all(|it| it.result.is_right()), "{practice}: {outcomes:#?}");
        let report = world.scan().await;
        assert_eq!(report.overall(), "HEALTHY", "{practice}: {}", listed(&report));
        assert!(World::plan(&report).is_empty(), "{practice}");
    }
}

#[tokio::test(start_paused = true)]
async fn drafts_are_saved_before_they_are_lost() {
    let world = World::healthy(FAST).await;
    world.emulator.practise("save-draft", "Queue").unwrap();
    world.emulator.practise("reroute", "Queue").unwrap();
    world.repair().await;
    let saved = files_in(world.backups.path());
    assert!(saved.iter().any(|it| it.ends_with(".draft.json")), "{saved:?}");
}

#[tokio::test(start_paused = true)]
async fn flows_of_others_are_taken_over_only_after_a_yes() {
    let world = World::healthy(FAST).await;
    world.emulator.practise("delete-flow", "Wait").unwrap();
    world.emulator.practise("foreign-flow", "RulesEngineWait").unwrap();
    let theirs = world.flows()["RulesEngineWait"].clone();
    assert_eq!(world.status("Wait").await.0, Status::Foreign);
    let outcomes = world.repair().await;
    assert!(outcomes.iter().all(|it| it.step.name() != "RulesEngineWait"), "{outcomes:?}");
    assert_eq!(world.flows()["RulesEngineWait"], theirs);

    let plan = Plan::of(&world.scan().await, true, USUAL);
    let outcomes = world.apply(&plan).await.unwrap();
    assert!(outcomes.iter().all(|it| it.result.is_right()), "{outcomes:?}");
    assert_ne!(world.flows()["RulesEngineWait"], theirs);
    assert_eq!(world.scan().await.overall(), "HEALTHY");
}

#[tokio::test(start_paused = true)]
async fn a_flow_of_another_type_is_left_and_said() {
    let world = World::healthy(FAST).await;
    world.emulator.practise("wrong-type", "Wait").unwrap();
    assert_eq!(world.status("Wait").await.0, Status::WrongType);
    let plan = World::plan(&world.scan().await);
    assert!(plan.left.iter().any(|it| it.name == "RulesEngineWait" && !it.fix.is_empty()), "{:?}", plan.left);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_written_while_a_placeholder_has_nothing_behind_it() {
    let world = World::new(FAST).await;
    world.emulator.practise("remove-prompt", "CustomerQueue.wav").unwrap();
    let report = world.scan().await;
    assert_eq!(report.find(Group::Flows, "RulesEngineCustomerQueue").unwrap().status, Status::Unresolved);
    let plan = World::plan(&report);
    assert!(
        !plan.steps.iter().any(|it| matches!(it, Step::Stub { .. } | Step::Write { .. })),
        "{:?}",
        plan.steps
    );
    world.apply(&plan).await.unwrap();
    assert_eq!(world.flows().len(), 0);

    // It goes away after the plan was made: stubs are made, and no content is written.
    let world = World::new(FAST).await;
    let plan = World::plan(&world.scan().await);
    world.emulator.practise("remove-prompt", "CustomerQueue.wav").unwrap();
    let outcomes = world.apply(&plan).await.unwrap();
    let written = outcomes.iter().filter(|it| matches!(it.step, Step::Write { .. }));
    assert!(written.clone().all(|it| matches!(it.result, Came::Skipped { .. })), "{written:?}");
}

#[tokio::test(start_paused = true)]
async fn quotas_are_looked_at_before_anything_is_made() {
    let world = World::new(FAST).await;
    world.emulator.practise("fill-quota", "").unwrap();
    let report = world.scan().await;
    assert_eq!(report.find(Group::Quotas, "Contact flows per instance").unwrap().grade, Grade::Problem);
    let plan = World::plan(&report);
    assert!(!plan.steps.iter().any(|it| matches!(it, Step::Stub { .. })), "{:?}", plan.steps);
    assert!(plan.left.iter().any(|it| it.why.contains("quota")), "{:?}", plan.left);
}

#[tokio::test(start_paused = true)]
async fn what_changed_since_the_scan_is_not_overwritten() {
    let world = World::healthy(FAST).await;
    world.emulator.practise("change-message", "Error").unwrap();
    let plan = World::plan(&world.scan().await);
    world.emulator.practise("reroute", "Error").unwrap();
    let before = world.flows();
    let outcomes = world.apply(&plan).await.unwrap();
    assert!(
        matches!(&outcomes[0].result, Came::Failed { what, .. } if what.contains("since the scan")),
        "{outcomes:?}"
    );
    assert_eq!(world.flows(), before);
}

#[tokio::test(start_paused = true)]
async fn functions_permissions_and_numbers_are_looked_after() {
    let world = World::healthy(FAST).await;
    for (practice, function, group) in [
        ("remove-permission", "evaluator", Group::Permissions),
        ("forget-function", "evaluator", Group::Permissions),
        ("break-function", "scheduler", Group::Functions),
        ("delete-function", "contactevents", Group::Functions),
    ] {
        world.emulator.practise(practice, function).unwrap();
        let report = world.scan().await;
        assert!(report.of(group).any(|it| it.grade == Grade::Problem), "{practice}: {}", listed(&report));
    }
    let outcomes = world.repair().await;
    assert!(outcomes.iter().all(|it| it.result.is_right()), "{outcomes:?}");
    let report = world.scan().await;
    assert!(report.of(Group::Permissions).all(|it| it.grade == Grade::Healthy), "{}", listed(&report));
    assert!(report.of(Group::Numbers).all(|it| it.grade == Grade::Healthy), "{}", listed(&report));
}

/// What was found about a thing that outbound calls need.
async fn found(world: &World, name: &str) -> Check {
    let report = world.scan().await;
    report.find(Group::Outbound, name).cloned().unwrap_or_else(|| panic!("{name}: {:#?}", report.checks))
}

/// What Amazon Connect has for the outbound calls of a queue.
async fn config_of(world: &World, queue: &str) -> serde_json::Value {
    let state = world.emulator.state().unwrap();
    let row = state.lists["queues"].iter().find(|it| it["Name"] == queue).unwrap();
    row["OutboundCallerConfig"].clone()
}

#[tokio::test(start_paused = true)]
async fn queues_that_calls_leave_by_run_the_whisper_flow_of_the_product() {
    let mut world = World::healthy(FAST).await;
    world.scope.groups = [Group::Outbound].into();
    let name = "queue Customer Care";
    assert_eq!(found(&world, name).await.grade, Grade::Healthy);
    let before = config_of(&world, "Customer Care").await;
    // Those that run none, one that is gone or that of the limiter before are mended; number and name stay.
    for (practice, status, told) in [
        ("remove-whisper", Status::Missing, "no whisper flow"),
        ("old-whisper", Status::Changed, "Outbound Rate Limiting Whisper Flow"),
        ("gone", Status::Changed, "is gone"),
    ] {
        if practice == "gone" {
            world.emulator.practise("other-whisper", "Customer Care").unwrap();
            world.emulator.practise("delete-flow", "Our whisper").unwrap();
        } else {
            world.emulator.practise(practice, "Customer Care").unwrap();
        }
        assert_ne!(config_of(&world, "Customer Care").await, before, "{practice}");
        let check = found(&world, name).await;
        assert_eq!((check.grade, check.status, check.steps.len()), (Grade::Warning, status, 1), "{practice}");
        assert!(check.detail.contains(told), "{practice}: {}", check.detail);
        // Nothing happens before somebody agrees.
        let plan = World::plan(&world.scan().await);
        assert_ne!(config_of(&world, "Customer Care").await, before, "{practice}");
        let outcomes = world.apply(&plan).await.unwrap();
        assert!(outcomes.iter().all(|it| it.result == Came::Done), "{practice}: {outcomes:?}");
        assert_eq!(config_of(&world, "Customer Care").await, before, "{practice}");
        assert_eq!(world.scan().await.overall(), "HEALTHY", "{practice}");
    }
    // One that somebody has chosen is told, with what to do, and stays.
    world.emulator.practise("other-whisper", "Customer Care").unwrap();
    let theirs = config_of(&world, "Customer Care").await;
    let report = world.scan().await;
    let check = report.find(Group::Outbound, name).unwrap();
    assert_eq!((check.grade, check.status), (Grade::Warning, Status::Changed));
    assert!(check.detail.contains("Our whisper") && check.fix.contains("RulesEngineOutboundWhisper"));
    let plan = World::plan(&report);
    assert!(plan.is_empty() && plan.left.iter().any(|it| it.name == name && it.fix == check.fix), "{plan:?}");
    assert_eq!(config_of(&world, "Customer Care").await, theirs);
}

#[tokio::test(start_paused = true)]
async fn a_whisper_flow_that_was_chosen_since_the_scan_stays() {
    let mut world = World::healthy(FAST).await;
    world.scope.groups = [Group::Outbound].into();
    for (before, after) in [
        ("remove-whisper", "other-whisper"),
        ("old-whisper", "other-whisper"),
        ("old-whisper", "remove-whisper"),
        ("remove-whisper", "old-whisper"),
    ] {
        world.emulator.practise(before, "Sales").unwrap();
        let plan = World::plan(&world.scan().await);
        assert_eq!(plan.steps.len(), 1, "{before}: {plan:?}");
        world.emulator.practise(after, "Sales").unwrap();
        let theirs = config_of(&world, "Sales").await;
        let outcomes = world.apply(&plan).await.unwrap();
        assert!(
            matches!(&outcomes[0].result, Came::Failed { what, .. } if what.contains("since the scan")),
            "{before}, {after}: {outcomes:?}"
        );
        assert_eq!(config_of(&world, "Sales").await, theirs, "{before}, {after}");
    }
}

#[tokio::test(start_paused = true)]
async fn numbers_that_calls_show_and_tasks_of_agents_are_looked_at() {
    let mut world = World::healthy(FAST).await;
    world.scope.groups = [Group::Outbound].into();
    world.emulator.practise("hide-number", "Customer Care").unwrap();
    world.emulator.practise("refuse-tasks", "Care").unwrap();
    let (queue, profile) =
        (found(&world, "queue Customer Care").await, found(&world, "routing profile Care").await);
    assert_eq!((queue.grade, queue.status), (Grade::Warning, Status::Warning));
    assert!(queue.detail.contains("shows no number") && queue.fix.contains("caller number"), "{queue:?}");
    assert_eq!((profile.grade, profile.status), (Grade::Warning, Status::Warning));
    assert!(profile.detail.contains("no tasks") && profile.fix.contains("TASK"), "{profile:?}");
    let report = world.scan().await;
    assert_eq!(report.summary(Group::Outbound).split(", ").nth(1), Some("2 warnings: 2 WARNING"));
    assert_eq!(report.overall(), "DEGRADED");
    assert!(World::plan(&report).is_empty(), "nobody but a person can choose these");
    // Both at once: what repair does is told beside what a person has to do.
    world.emulator.practise("remove-whisper", "Customer Care").unwrap();
    let queue = found(&world, "queue Customer Care").await;
    assert!(queue.detail.contains("no whisper flow; agents call out of it"), "{}", queue.detail);
    world.repair().await;
    assert_eq!(found(&world, "queue Customer Care").await.status, Status::Warning);
    // A queue that no profile calls out of needs no number.
    world
        .emulator
        .edit(|state| {
            for it in state.lists.get_mut("routingProfiles").unwrap() {
                it.insert("OutboundQueueId".into(), it["Queues"][0]["QueueId"].clone());
                if it["Name"] == "Care" {
                    it.insert("OutboundQueueId".into(), "".into());
                    it.insert("Queues".into(), serde_json::json!([]));
                }
            }
        })
        .unwrap();
    let report = world.scan().await;
    let check = report.find(Group::Outbound, "queue Customer Care");
    assert!(check.is_none_or(|it| it.grade == Grade::Healthy), "{check:?}");
    let profile = report.find(Group::Outbound, "routing profile Care").unwrap();
    assert_eq!(profile.grade, Grade::Healthy, "its agents make no calls: {profile:?}");
    // Without tasks of the limits nobody has to take any.
    world.emulator.practise("refuse-tasks", "Sales").unwrap();
    assert_eq!(found(&world, "routing profile Sales").await.grade, Grade::Warning);
    world.limits(r#"{"notifyAgent":false}"#).await;
    assert_eq!(found(&world, "routing profile Sales").await.grade, Grade::Healthy);
}

#[tokio::test(start_paused = true)]
async fn profiles_are_those_of_the_instance_and_not_of_the_cache() {
    let mut world = World::healthy(FAST).await;
    world.scope.groups = [Group::Outbound].into();
    world
        .emulator
        .edit(|state| {
            let all = state.lists.get_mut("routingProfiles").unwrap();
            let mut fresh = all[0].clone();
            fresh.insert("Name".into(), "Fresh".into());
            fresh.insert("Id".into(), "fresh".into());
            fresh.insert("Concurrency".into(), serde_json::json!({ "VOICE": 1 }));
            all.push(fresh);
            all.retain(|it| it["Name"] != "Care");
        })
        .unwrap();
    let report = world.scan().await;
    assert!(report.find(Group::Outbound, "routing profile Care").is_none(), "{}", listed(&report));
    assert_eq!(report.find(Group::Outbound, "routing profile Fresh").unwrap().grade, Grade::Warning);
    // One that cannot be read keeps none of the others back.
    let gone =
        Fault { call: Some("connect:DescribeRoutingProfile".to_owned()), ..Fault::at(FaultKind::Deny, 0) };
    world.emulator.plant(gone).unwrap();
    let report = world.scan().await;
    let unknown: Vec<&Check> = report.checks.iter().filter(|it| it.grade == Grade::Unknown).collect();
    assert_eq!(unknown.len(), 1, "{}", listed(&report));
    assert!(unknown[0].fix.contains("connect:DescribeRoutingProfile"), "{unknown:?}");
}

#[tokio::test(start_paused = true)]
async fn limits_that_can_hardly_be_meant_are_told() {
    let mut world = World::healthy(FAST).await;
    world.scope.groups = [Group::Outbound].into();
    assert!(found(&world, "limits").await.detail.contains("as by default"));
    for (row, place, compat, told) in [
        ("no JSON", "RateLimit", Compat::Corrected, "limits by default count"),
        (r#"{"customerLimit":"abc"}"#, "RateLimit", Compat::Corrected, "limits by default count"),
        (r#"{"windowSeconds":0}"#, "RateLimit / windowSeconds", Compat::Corrected, "limits by default count"),
        (r#"{"customerLimit":1}"#, "RateLimit / customerLimit", Compat::Original, "lets one call through"),
        (r#"{"systemLimit":1}"#, "RateLimit / systemLimit", Compat::Original, "lets one call through"),
        (
            r#"{"customerLimit":0,"systemLimit":0}"#,
            "RateLimit / customerLimit",
            Compat::Corrected,
            "neither number has a limit",
        ),
        (
            r#"{"prefixes":[],"failMode":"closed"}"#,
            "RateLimit / failMode",
            Compat::Corrected,
            "stops calls to every number",
        ),
    ] {
        world.scope.compat = compat;
        world.limits(row).await;
        let check = found(&world, place).await;
        assert_eq!(check.grade, Grade::Warning, "{row}");
        assert!(check.detail.contains(told) && check.fix.contains("screen 6"), "{row}: {check:?}");
    }
    // Under corrected limits 1 is one like others, and what is switched off stops nobody.
    world.scope.compat = Compat::Corrected;
    for row in [
        r#"{"customerLimit":1}"#,
        r#"{"enabled":false,"customerLimit":0,"systemLimit":0}"#,
        r#"{"prefixes":[],"failMode":"open"}"#,
    ] {
        world.limits(row).await;
        assert_eq!(found(&world, "limits").await.grade, Grade::Healthy, "{row}");
    }
}

#[tokio::test(start_paused = true)]
async fn tables_of_the_limits_and_schedules_are_looked_at() {
    let mut world = World::healthy(FAST).await;
    world.scope.groups = [Group::Tables, Group::Schedules].into();
    let prefix = world.cloud.place.prefix();
    for table in ["ratelimit", "ratelimit-decisions"] {
        let full = |table: &str| format!("{prefix}{table}-ddb");
        world.emulator.practise("keep-rows", table).unwrap();
        let report = world.scan().await;
        let check = report.find(Group::Tables, &full(table)).unwrap();
        assert_eq!((check.grade, check.status), (Grade::Warning, Status::Warning), "{check:?}");
        assert!(check.detail.contains("never expire") && !check.fix.is_empty(), "{check:?}");
        world.emulator.practise("remove-table", &full(table)).unwrap();
        let report = world.scan().await;
        let check = report.find(Group::Tables, &full(table)).unwrap();
        assert_eq!((check.grade, check.status), (Grade::Problem, Status::Missing), "{check:?}");
        assert!(check.fix.contains("connect-rules deploy"), "{check:?}");
    }
    world.emulator.practise("stop-schedule", "cache").unwrap();
    let report = world.scan().await;
    let check = report.find(Group::Schedules, &format!("{prefix}cache")).unwrap();
    assert_eq!((check.grade, check.status), (Grade::Warning, Status::Warning), "{check:?}");
}

#[tokio::test(start_paused = true)]
async fn numbers_that_lead_nowhere_are_led_to_the_first_flow() {
    let mut world = World::healthy(FAST).await;
    world.scope.groups = [Group::Numbers, Group::Flows].into();
    let mut now = connect_rules_store::Snapshot::clone(&world.service.snapshot().await.unwrap());
    let number = "+61370105500";
    now.end_points[0].inbound_numbers = vec![number.into(), "+61399999999".into()];
    let look = async || scan(&world.cloud, &now, &world.scope, &Observer::default()).await;
    let report = look().await;
    let told = |report: &Report, number: &str| {
        let check = report.of(Group::Numbers).find(|it| it.name.starts_with(number)).unwrap();
        (check.grade, check.status)
    };
    assert_eq!(told(&report, number), (Grade::Problem, Status::Missing));
    assert_eq!(told(&report, "+61399999999"), (Grade::Problem, Status::Missing));
    let outcomes = world.apply(&World::plan(&report)).await.unwrap();
    assert_eq!(outcomes.len(), 1, "{outcomes:?}");
    assert_eq!(told(&look().await, number), (Grade::Healthy, Status::Healthy));
    // Calls that others lead elsewhere stay where they are.
    let flows = world.cloud.connect.flows().await.unwrap();
    let (main, numbers) = (
        flows.iter().find(|it| it.name == "RulesEngineMain").unwrap(),
        world.cloud.connect.numbers().await.unwrap(),
    );
    let id = &numbers.iter().find(|it| it.number == number).unwrap().id;
    world.cloud.connect.route_number(id, &main.id).await.unwrap();
    let report = look().await;
    assert_eq!(told(&report, number), (Grade::Warning, Status::Changed));
    assert!(World::plan(&report).steps.is_empty());
}

#[tokio::test(start_paused = true)]
async fn rules_that_name_what_is_gone_are_named() {
    let world = World::healthy(FAST).await;
    world.emulator.practise("remove-prompt", "welcome-chime.wav").unwrap();
    let report = world.scan().await;
    let check =
        report.find(Group::Rules, "welcome-chime.wav").unwrap_or_else(|| panic!("{}", listed(&report)));
    assert_eq!((check.grade, check.status), (Grade::Problem, Status::Missing));
}

#[tokio::test(start_paused = true)]
async fn a_place_that_may_not_be_written_to_is_not() {
    let mut world = World::new(FAST).await;
    let plan = World::plan(&world.scan().await);
    world.cloud.place.read_only = true;
    let refused = world.apply(&plan).await.unwrap_err();
    assert!(refused.what.contains("practice"), "{refused:?}");
    assert_eq!(world.flows().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn cancelling_ends_between_two_steps_and_the_rest_is_done_later() {
    let world = World::new(FAST).await;
    let plan = World::plan(&world.scan().await);
    let flag = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let set = std::sync::Arc::clone(&flag);
    let observer = Observer::new(move |it| {
        if it.done == 12 {
            set.store(true, std::sync::atomic::Ordering::Relaxed);
        }
    })
    .stopped_by(flag);
    let (service, backups) = (&world.service, world.backups.path());
    let outcomes =
        apply(&world.cloud, service, &actor(), &plan, &world.scope, backups, &observer).await.unwrap();
    assert!(outcomes[12].result == Came::Done && matches!(outcomes[13].result, Came::Skipped { .. }));
    world.repair().await;
    assert_eq!(world.scan().await.overall(), "HEALTHY");
}

#[tokio::test(start_paused = true)]
async fn reports_and_plans_can_be_saved_and_read() {
    let world = World::healthy(FAST).await;
    world.emulator.practise("change-message", "Error").unwrap();
    let report = world.scan().await;
    let read: Report = serde_json::from_value(report.json()).unwrap();
    assert_eq!(read, report);
    let plan = World::plan(&read);
    let read: Plan = serde_json::from_str(&serde_json::to_string(&plan).unwrap()).unwrap();
    assert_eq!(read, plan);
    assert!(world.apply(&read).await.unwrap().iter().all(|it| it.result.is_right()));
}

/// What counts in the end, whatever happened on the way: which flows there are, and what runs, with names in place of
/// identifiers.
fn end(world: &World) -> BTreeMap<String, String> {
    let state = world.emulator.state().unwrap();
    let named = |content: &str| {
        state.flows.iter().fold(content.to_owned(), |text, flow| text.replace(&flow.id, &flow.name))
    };
    world
        .flows()
        .into_iter()
        .map(|(name, content)| {
            let own = named(&content);
            let content: serde_json::Value = serde_json::from_str(&own).unwrap();
            // Prompts have identifiers of their own in each cloud.
            (name, connect_rules_flows::canonical::canonical(&content).to_string())
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn calls_that_go_wrong_anywhere_leave_nothing_half_done() {
    let clean = World::new(FAST).await;
    let prompts = clean.emulator.state().unwrap().lists["prompts"].clone();
    let started = clean.emulator.calls();
    clean.repair().await;
    let (calls, wanted) = (clean.emulator.calls() - started, end(&clean));
    assert!(calls > 100, "{calls}");
    let kinds = [FaultKind::Throttle, FaultKind::Error, FaultKind::CutBefore, FaultKind::CutAfter];
    for at in 0..u32::try_from(calls).unwrap() {
        // Each call goes wrong in a way of its own, and every way meets every kind of call.
        let kind = kinds[at as usize % kinds.len()];
        broken(kind, at, &prompts, &wanted).await;
    }
}

type Prompts = Vec<serde_json::Map<String, serde_json::Value>>;

async fn broken(kind: FaultKind, at: u32, prompts: &Prompts, wanted: &BTreeMap<String, String>) {
    let mut world = World::new(FAST).await;
    world.emulator.edit(|state| state.lists.insert("prompts".to_owned(), prompts.clone())).unwrap();
    let times = if matches!(kind, FaultKind::Throttle | FaultKind::Error) { 8 } else { 1 };
    world.emulator.plant(Fault { times, ..Fault::at(kind, at) }).unwrap();
    let report = world.scan().await;
    let met = world.emulator.state().unwrap().faults.is_empty();
    // A scan that met it says so and goes on.
    if met {
        let unknown = report.checks.iter().filter(|it| it.status == Status::Error).count();
        assert!(unknown >= 1, "{kind:?} at {at}: {}", listed(&report));
    }
    let _ = world.apply(&World::plan(&report)).await;
    world.emulator.edit(|state| state.faults.clear()).unwrap();
    for state in world.emulator.state().unwrap().flows {
        let content: serde_json::Value = serde_json::from_str(state.published.as_deref().unwrap()).unwrap();
        assert!(content["Actions"].is_array(), "{kind:?} at {at}: {} is half written", state.name);
    }
    // What the rules are like has nothing to do with it.
    world.scope.groups =
        [Group::Flows, Group::Permissions, Group::Numbers, Group::Outbound, Group::Cache].into();
    for _ in 0..2 {
        let plan = World::plan(&world.scan().await);
        if !plan.is_empty() {
            let _ = world.apply(&plan).await;
        }
    }
    let report = world.scan().await;
    assert_eq!(report.overall(), "HEALTHY", "{kind:?} at {at}: {}", listed(&report));
    assert!(World::plan(&report).is_empty(), "{kind:?} at {at}");
    assert_eq!(&end(&world), wanted, "{kind:?} at {at}");
}

#[tokio::test(start_paused = true)]
async fn flows_come_home_as_the_files_they_were() {
    let world = World::healthy(FAST).await;
    let now = world.service.snapshot().await.unwrap();
    let home = Home::new(&world.cloud, &world.scope, &now).await.unwrap();
    for (name, file) in connect_rules_flows::files::FLOWS {
        let out = home.extract(&world.cloud, &world.scope, name).await.unwrap();
        assert_eq!(out.text, file, "{name}");
        assert!(!out.is_changed && out.leftovers.is_empty(), "{name}");
    }
    // An edit in the console changes the file where it was made, and nowhere else.
    world.emulator.practise("change-message", "Error").unwrap();
    let out = home.extract(&world.cloud, &world.scope, "Error").await.unwrap();
    let file = connect_rules_flows::files::FLOWS.iter().find(|it| it.0 == "Error").unwrap().1;
    assert!(out.is_changed && out.leftovers.is_empty(), "{:?}", out.leftovers);
    assert!(out.findings.iter().all(|it| it.warning), "{:?}", out.findings);
    let other = out.text.lines().zip(file.lines()).filter(|(a, b)| a != b).count();
    assert_eq!((other, out.text.lines().count()), (1, file.lines().count()), "{}", out.text);
    // What nobody knows here is named.
    let stranger = "arn:aws:connect:us-east-1:1:instance/i/contact-flow/other";
    world
        .emulator
        .edit(|state| {
            let row = state.flows.iter_mut().find(|it| it.name == "RulesEngineDisconnect").unwrap();
            let mut content: serde_json::Value =
                serde_json::from_str(row.published.as_deref().unwrap()).unwrap();
            let all = content["Actions"].as_array_mut().unwrap();
            let to = all.iter_mut().find(|it| it["Type"] == "TransferToFlow").unwrap();
            to["Parameters"]["ContactFlowId"] = stranger.into();
            row.published = Some(content.to_string());
        })
        .unwrap();
    let out = home.extract(&world.cloud, &world.scope, "Disconnect").await.unwrap();
    assert!(out.leftovers.iter().any(|it| it.1 == stranger), "{:?}", out.leftovers);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_tells_what_became_of_everything() {
    let world = World::healthy(FAST).await;
    world
        .emulator
        .edit(|state| {
            let queues = state.lists.get_mut("queues").unwrap();
            queues.retain(|it| it["Name"] != "Sales");
            queues
                .iter_mut()
                .find(|it| it["Name"] == "Faults")
                .unwrap()
                .insert("Name".into(), "Faults 2".into());
            let mut fresh = queues[0].clone();
            fresh.insert("Name".into(), "Fresh".into());
            fresh.insert("Id".into(), "fresh".into());
            queues.push(fresh);
        })
        .unwrap();
    let (service, sections) = (&world.service, [Section::Queues]);
    let done =
        cache::refresh(&world.cloud, service, &actor(), &sections, &Observer::default()).await.unwrap();
    let it = &done.sections[0];
    assert_eq!((it.read.clone().unwrap(), it.added, it.removed, it.renamed), (8, 1, 1, 1));
    let told: BTreeSet<String> = done.notes.iter().map(ToString::to_string).collect();
    assert!(told.iter().any(|it| it.contains("names the queue \"Sales\"")), "{told:?}");
    let now = world.service.snapshot().await.unwrap();
    assert!(Instance::of(&now).find(Sort::Queue, "Fresh").is_some());
    assert!(cache::standing(&now).iter().all(|it| !it.is_stale(Timestamp::now())));
}

#[tokio::test(start_paused = true)]
async fn a_section_that_cannot_be_read_stays_as_it_is() {
    let world = World::healthy(FAST).await;
    let fault = Fault { call: Some("connect:ListPrompts".to_owned()), ..Fault::at(FaultKind::Deny, 0) };
    world.emulator.plant(fault).unwrap();
    let before = Instance::of(&world.service.snapshot().await.unwrap());
    let sections = [Section::Prompts, Section::PhoneNumbers];
    let done = cache::refresh(&world.cloud, &world.service, &actor(), &sections, &Observer::default())
        .await
        .unwrap();
    assert!(done.sections[0].read.as_ref().unwrap_err().fix().contains("connect:ListPrompts"));
    assert_eq!(done.sections[1].read.clone().unwrap(), 3);
    let after = Instance::of(&world.service.snapshot().await.unwrap());
    assert_eq!(before.list(Sort::Prompt), after.list(Sort::Prompt));
}
