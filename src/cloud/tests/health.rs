//! Health, repair and the cache on the cloud of this machine: what is found, what is done about it, and what remains
//! after calls that go wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod world;

use std::collections::BTreeSet;

use connect_rules_cloud::cache;
use connect_rules_cloud::emulator::{Emulator, Fault, FaultKind};
use connect_rules_cloud::gateway::Section;
use connect_rules_cloud::health::{
    Came, Grade, Group, Home, Observer, Outcome, Plan, Report, Status, Step, apply, scan,
};
use connect_rules_cloud::instance::{Instance, Sort};
use connect_rules_flows::compare::About;
use jiff::Timestamp;
use world::{FAST, USUAL, World, actor, files_in, listed};

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
    let (now, started) = (world.service.snapshot().await.unwrap(), tokio::time::Instant::now());
    let read = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
    let last = std::sync::Arc::clone(&read);
    let observer = Observer::new(move |it| {
        if it.doing.starts_with("RulesEngine") {
            let ms = u64::try_from(started.elapsed().as_millis()).unwrap();
            last.store(ms, std::sync::atomic::Ordering::Relaxed);
        }
    });
    let report = scan(&world.cloud, &now, &world.scope, &observer).await;
    assert_eq!((report.grade(), report.throttled), (Grade::Healthy, 0), "{}", listed(&report));
    // The flows come first, whatever else is looked at; a call each for profiles and queues comes last.
    let flows = read.load(std::sync::atomic::Ordering::Relaxed);
    println!("the flows take {flows} ms of a whole scan of {} ms, {} calls", report.took_ms, report.calls);
    assert!((1..=9_000 + further).contains(&flows), "{flows} ms");
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
