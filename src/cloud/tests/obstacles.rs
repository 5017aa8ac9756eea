//! What stands in the way of health, repair and deploying: each is found, told with the next step, and told before
//! anything is done where it can be known before.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod world;

use connect_rules_cloud::deploy::{self, Examined, Finding};
use connect_rules_cloud::emulator::{Fault, FaultKind, PRACTICE};
use connect_rules_cloud::gateway::Place;
use connect_rules_cloud::health::{Came, Grade, Group, Observer, Outcome, Status, Step};
use world::{FAST, World, listed};

async fn doctor(world: &World) -> Vec<Finding> {
    let now = world.service.snapshot().await.unwrap();
    let what = Examined { now: &now, local: &[], bucket: "bucket", endpoint: None };
    deploy::doctor(&world.cloud, &what, &world.scope, &Observer::default()).await
}

/// What failed of a repair: what it was, why, what to do, and what Amazon Connect refuses.
fn failures(outcomes: &[Outcome]) -> Vec<(&Step, &str, &str, &[String])> {
    let failed = |it: &Outcome| matches!(it.result, Came::Failed { .. });
    let told = outcomes.iter().filter(|it| failed(it)).map(|it| match &it.result {
        Came::Failed { what, fix, problems } => (&it.step, what.as_str(), fix.as_str(), problems.as_slice()),
        other => panic!("{other:?}"),
    });
    told.collect()
}

#[tokio::test(start_paused = true)]
async fn whatever_can_be_practised_is_found_and_told_with_the_next_step() {
    let mut world = World::healthy(FAST).await;
    world.scope.drafts = true;
    let healthy = world.emulator.state().unwrap();
    for it in PRACTICE {
        // What only formats is no drift, and a stack is the business of the doctor.
        if matches!(it.name, "reformat" | "break-stack") {
            continue;
        }
        let target = match (it.name, it.target) {
            ("foreign-flow", _) => "RulesEngineWait",
            (_, "flow") => "Error",
            (_, "function") => "evaluator",
            (_, "prompt") => "welcome-chime.wav",
            // Rules lead into it.
            (_, "queue") => "Customer Care",
            (_, "profile") => "Care",
            (_, "table") => "ratelimit",
            (_, "schedule") => "cache",
            _ => "",
        };
        if it.name == "fill-quota" {
            world.emulator.practise("delete-flow", "Error").unwrap();
        }
        world.emulator.practise(it.name, target).unwrap_or_else(|error| panic!("{}: {error:?}", it.name));
        let report = world.scan().await;
        let ill: Vec<_> = report.checks.iter().filter(|it| it.grade != Grade::Healthy).collect();
        assert!(!ill.is_empty(), "{} is not found", it.name);
        for check in ill {
            let says = !check.detail.is_empty() || !check.differences.is_empty();
            assert!(says && !check.fix.is_empty(), "{}: {check:?}", it.name);
        }
        world.emulator.edit(|state| *state = healthy.clone()).unwrap();
    }
    assert_eq!(world.scan().await.grade(), Grade::Healthy);
}

#[tokio::test(start_paused = true)]
async fn a_flow_that_is_refused_tells_its_problems_by_action_and_keeps_no_other_back() {
    let world = World::healthy(FAST).await;
    world.emulator.practise("reroute", "RulesEngineMain").unwrap();
    world.emulator.practise("change-message", "Error").unwrap();
    let plan = World::plan(&world.scan().await);
    // Since the plan was made the instance has forgotten the function: what calls it is refused.
    world.emulator.practise("forget-function", "evaluator").unwrap();
    let before = world.flows()["RulesEngineMain"].clone();
    let outcomes = world.apply(&plan).await.unwrap();
    let failed = failures(&outcomes);
    let (_, what, fix, problems) =
        failed.iter().find(|it| it.0.name() == "RulesEngineMain").unwrap_or_else(|| panic!("{outcomes:#?}"));
    assert!(what.contains("connect:UpdateContactFlowContent") && what.contains("refused"), "{what}");
    assert_eq!(*fix, "correct what is named and try again");
    assert!(!problems.is_empty());
    for problem in *problems {
        let is_told =
            problem.starts_with("action ") && problem.contains("is not associated with the instance");
        assert!(is_told, "{problem}");
    }
    assert_eq!(world.flows()["RulesEngineMain"], before, "it is as it was");
    let other = outcomes.iter().find(|it| it.step.name() == "RulesEngineError").unwrap();
    assert_eq!(other.result, Came::Done);
    // One repair of what health tells then mends both.
    world.repair().await;
    assert_eq!(world.scan().await.overall(), "HEALTHY");
}

#[tokio::test(start_paused = true)]
async fn a_missing_permission_is_named_with_the_line_that_grants_it() {
    let line = |call: &str| format!("{{\"Effect\": \"Allow\", \"Action\": \"{call}\", \"Resource\": \"*\"}}");
    // Calls of a scan.
    for call in [
        "connect:ListContactFlows",
        "connect:DescribeContactFlow",
        "connect:ListLambdaFunctions",
        "connect:ListBots",
        "connect:ListPhoneNumbersV2",
        "connect:ListRoutingProfiles",
        "connect:DescribeRoutingProfile",
        "connect:DescribeQueue",
        "lambda:ListFunctions",
        "lambda:GetPolicy",
        "lex:ListBots",
        "dynamodb:DescribeTable",
        "events:ListRules",
        "servicequotas:ListServiceQuotas",
    ] {
        let world = World::new(FAST).await;
        if call == "connect:DescribeContactFlow" {
            world.repair().await;
        }
        let fault = Fault { call: Some(call.to_owned()), times: 1000, ..Fault::at(FaultKind::Deny, 0) };
        world.emulator.plant(fault).unwrap();
        let report = world.scan().await;
        let told: Vec<_> = report.checks.iter().filter(|it| it.status == Status::Error).collect();
        assert!(!told.is_empty(), "{call} {}", listed(&report));
        assert!(
            told.iter().all(|it| it.grade == Grade::Unknown && it.fix.contains(&line(call))),
            "{told:#?}"
        );
        // It ends nothing: the groups that need not that call are told.
        assert!(report.groups().count() >= 9, "{call}: {:?}", report.groups().collect::<Vec<_>>());
    }
    // Calls of a repair.
    for call in [
        "lambda:AddPermission",
        "connect:AssociateLambdaFunction",
        "connect:CreateContactFlow",
        "connect:UpdateContactFlowContent",
        "connect:UpdateQueueOutboundCallerConfig",
    ] {
        let world = World::new(FAST).await;
        world.emulator.practise("remove-permission", "evaluator").unwrap();
        let plan = World::plan(&world.scan().await);
        let fault = Fault { call: Some(call.to_owned()), ..Fault::at(FaultKind::Deny, 0) };
        world.emulator.plant(fault).unwrap();
        let outcomes = world.apply(&plan).await.unwrap();
        let failed = failures(&outcomes);
        assert!(
            failed.iter().any(|it| it.1.contains(call) && it.2.contains(&line(call))),
            "{call}: {failed:#?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_instance_that_is_not_there_is_told_and_nothing_is_made() {
    let world = World::new(FAST).await;
    let plan = World::plan(&world.scan().await);
    world.emulator.practise("hide-instance", "").unwrap();
    let next = "check the environment's region, account and instance";
    let report = world.scan().await;
    let check = report.find(Group::Flows, "contact flows").unwrap();
    assert!(check.status == Status::Error && check.fix.contains(next), "{check:?}");
    assert!(check.detail.contains("not found"), "{check:?}");
    // Nothing is said of numbers, queues and flows as long as nobody knows the flows.
    assert!(World::plan(&report).steps.iter().all(|it| it.phase() < 2 || it.phase() == 7), "{report:#?}");
    let found = doctor(&world).await;
    let it = found.iter().find(|it| it.name == "Amazon Connect instance").unwrap();
    assert!(it.grade == Grade::Problem && it.fix.contains(next), "{it:?}");
    assert!(it.detail.contains("connect:DescribeInstance"), "{it:?}");
    // A plan of before is refused as a whole.
    let before = world.emulator.state().unwrap();
    let refused = world.apply(&plan).await.unwrap_err();
    assert!(refused.fix.contains(next), "{refused:?}");
    assert_eq!(world.emulator.state().unwrap(), before);
    world.emulator.heal().unwrap();
    assert!(!world.apply(&plan).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn credentials_of_another_account_repair_nothing() {
    let mut world = World::new(FAST).await;
    let plan = World::plan(&world.scan().await);
    let before = world.emulator.state().unwrap();
    world.cloud.place = Place { account: "999999999999".to_owned(), ..world.cloud.place.clone() };
    let refused = world.apply(&plan).await.unwrap_err();
    assert!(refused.what.contains("account") && refused.what.contains("999999999999"), "{refused:?}");
    assert!(refused.fix.contains("another profile"), "{refused:?}");
    assert_eq!(world.emulator.state().unwrap(), before);
}

#[tokio::test(start_paused = true)]
async fn a_quota_that_is_used_up_is_told_before_anything_is_made() {
    // Also where nobody asked for quotas: a repair of the flows alone.
    let mut world = World::new(FAST).await;
    world.scope.groups = [Group::Flows].into();
    world.emulator.practise("fill-quota", "").unwrap();
    let plan = World::plan(&world.scan().await);
    assert!(plan.steps.is_empty(), "{:?}", plan.steps);
    let left = plan.left.iter().find(|it| it.name == "RulesEngineMain").unwrap();
    assert!(
        left.why.contains("Contact flows per instance") && left.why.contains("22 are needed"),
        "{left:?}"
    );
    assert!(left.fix.contains("Service Quotas console"), "{left:?}");
    // Functions that the instance may know.
    let world = World::new(FAST).await;
    let set = |value: f64| {
        world
            .emulator
            .edit(|state| {
                let all = state.quotas.get_mut("connect").unwrap();
                let quota = all.iter_mut().find(|it| it.name == "AWS Lambda functions per instance").unwrap();
                quota.value = value;
            })
            .unwrap();
    };
    set(1.0);
    let plan = World::plan(&world.scan().await);
    let makes = |it: &Step| matches!(it, Step::AssociateFunction { .. } | Step::Stub { .. });
    assert!(!plan.steps.iter().any(makes), "{:?}", plan.steps);
    let left = plan.left.iter().find(|it| it.why.contains("AWS Lambda functions per instance")).unwrap();
    assert!(left.why.contains("0 of 1 are there, 2 are needed"), "{left:?}");
    assert!(left.fix.contains("cannot be raised"), "{left:?}");
    set(2.0);
    world.repair().await;
    assert_eq!(world.scan().await.overall(), "HEALTHY");
    // What is there already needs no more room.
    set(1.0);
    assert_eq!(world.scan().await.overall(), "HEALTHY");
    // Filled after the plan was made: the call is refused, and that is told with the quota.
    let world = World::new(FAST).await;
    let plan = World::plan(&world.scan().await);
    world.emulator.practise("fill-quota", "").unwrap();
    let outcomes = world.apply(&plan).await.unwrap();
    let failed = failures(&outcomes);
    assert!(failed[0].1.contains("quota reached (Contact flows per instance)"), "{failed:#?}");
    assert!(failed[0].2.contains("Service Quotas console"), "{failed:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_function_that_does_not_start_and_a_stack_that_is_stuck_are_told() {
    let world = World::healthy(FAST).await;
    world.emulator.practise("break-function", "ratelimiter").unwrap();
    let report = world.scan().await;
    let name = world.cloud.place.prefix() + "ratelimiter";
    let check = report.find(Group::Functions, &name).unwrap();
    assert!((check.grade, check.status) == (Grade::Problem, Status::Error), "{check:?}");
    assert!(check.detail.contains("does not start") && check.detail.contains("cannot execute"), "{check:?}");
    assert!(check.fix.contains("roll it back") && check.fix.contains("connect-rules functions"), "{check:?}");

    let (problem, fix) = world.emulator.practise("break-stack", "").unwrap_err();
    assert!(problem.contains("no stack") && fix.contains("connect-rules deploy"), "{problem}: {fix}");
    world
        .emulator
        .edit(|state| {
            let row = state.stacks.entry(world.cloud.place.stack()).or_default();
            row.stack.parameters.insert("CodeBucket".to_owned(), "bucket".to_owned());
            "UPDATE_COMPLETE".clone_into(&mut row.stack.status);
        })
        .unwrap();
    world.emulator.practise("break-stack", "").unwrap();
    let found = doctor(&world).await;
    let it = found.iter().find(|it| it.name == "stack").unwrap();
    assert!(it.grade == Grade::Problem && it.detail.contains("UPDATE_ROLLBACK_FAILED"), "{it:?}");
    assert!(it.fix.contains("continue-update-rollback"), "{it:?}");
    let it = found.iter().find(|it| it.name.ends_with("ratelimiter") && it.grade == Grade::Problem).unwrap();
    assert!(it.detail.contains("does not start") && !it.fix.is_empty(), "{it:?}");
    world.emulator.heal().unwrap();
    let found = doctor(&world).await;
    assert_eq!(found.iter().find(|it| it.name == "stack").unwrap().grade, Grade::Healthy);
}
