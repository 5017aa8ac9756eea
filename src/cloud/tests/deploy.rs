//! Deploying, working on functions and bots, first rows and taking it all away, on the cloud of this machine; also with
//! every call cut off in turn.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;

use connect_rules_cloud::Instance;
use connect_rules_cloud::deploy::{
    self, Admin, Bootstrap, DeployError, Doomed, Examined, Package, Wanted, template,
};
use connect_rules_cloud::emulator::{Emulator, Fault, FaultKind};
use connect_rules_cloud::gateway::{Cloud, Place};
use connect_rules_cloud::health::{Grade, Observer, Scope};
use connect_rules_cloud::{bots, functions};
use connect_rules_store::{Actor, Service, Snapshot, SqliteStore};

const BUCKET: &str = "dev-rules-engine-deployment-123456789012";

fn place() -> Place {
    Place {
        environment: "dev".to_owned(),
        stage: "dev".to_owned(),
        service: "rules-engine".to_owned(),
        region: "ap-southeast-2".to_owned(),
        account: "123456789012".to_owned(),
        instance: "01234567-89ab-cdef-0123-456789abcdef".to_owned(),
        bot_alias: "PROD".to_owned(),
        bot_locale: "en_AU".to_owned(),
        production: false,
        read_only: false,
    }
}

/// A cloud in which nothing was deployed yet.
fn bare() -> Emulator {
    let emulator = Emulator::in_memory(place(), &Instance::default(), (1000.0, 1000.0));
    emulator
        .edit(|state| {
            state.functions.clear();
            state.tables.clear();
            state.buckets.clear();
            state.schedules.clear();
        })
        .unwrap();
    emulator
}

fn package(function: &str, version: u8) -> Package {
    let mut program = vec![0x7f, b'E', b'L', b'F', 2, 1];
    program.resize(18, 0);
    program.extend([0x3e, 0, version]);
    Package::of(function, &program).unwrap()
}

fn wanted(version: u8) -> Wanted {
    Wanted {
        packages: template::FUNCTIONS.iter().map(|it| package(it.short, version)).collect(),
        version: version.to_string(),
        bucket: BUCKET.to_owned(),
        ..Wanted::default()
    }
}

async fn deploy(cloud: &Cloud, version: u8) -> Result<deploy::Applied, DeployError> {
    let plan = deploy::plan(cloud, wanted(version), &Observer::default()).await?;
    deploy::apply(cloud, &plan, &Observer::default()).await
}

/// What a deployment leaves: tables, and code and live version of each function.
fn left(emulator: &Emulator) -> (Vec<String>, BTreeMap<String, (String, String)>) {
    let state = emulator.state().unwrap();
    let mut tables: Vec<String> = state.tables.iter().map(|it| it.name.clone()).collect();
    tables.sort();
    let mut out = BTreeMap::new();
    for (name, row) in &state.functions {
        let live =
            row.aliases.iter().find(|it| it.name == "live").map(|it| it.version.clone()).unwrap_or_default();
        let code = row.versions.iter().find(|it| it.version == live).map(|it| it.code_sha256.clone());
        assert_eq!(code.as_ref(), Some(&row.function.code_sha256), "{name}: what is live is what was sent");
        out.insert(name.clone(), (row.function.code_sha256.clone(), row.function.deployed_version.clone()));
    }
    (tables, out)
}

#[tokio::test(start_paused = true)]
async fn a_new_environment_is_made_and_the_next_plan_is_empty() {
    let emulator = bare();
    let cloud = emulator.cloud();
    let plan = deploy::plan(&cloud, wanted(1), &Observer::default()).await.unwrap();
    assert!(plan.is_new && plan.makes_bucket && plan.left_alone.is_empty() && !plan.is_empty());
    assert_eq!(plan.losses().count(), 0);
    assert!(plan.lines().contains(&"+ UsersTable (DynamoDB Table)".to_owned()), "{:#?}", plan.lines());
    assert!(emulator.state().unwrap().tables.is_empty(), "a plan changes nothing");
    let done = deploy::apply(&cloud, &plan, &Observer::default()).await.unwrap();
    assert_eq!(done.sent.len(), 6);
    let (tables, code) = left(&emulator);
    assert_eq!((tables.len(), code.len()), (12, 6));
    let again = deploy::plan(&cloud, wanted(1), &Observer::default()).await.unwrap();
    assert!(again.is_empty() && !again.is_new && again.left_alone.is_empty(), "{:#?}", again.lines());
}

#[tokio::test(start_paused = true)]
async fn a_plan_that_is_given_up_leaves_nothing_behind() {
    let emulator = bare();
    let cloud = emulator.cloud();
    let plan = deploy::plan(&cloud, wanted(1), &Observer::default()).await.unwrap();
    deploy::forget(&cloud, &plan).await.unwrap();
    assert!(emulator.state().unwrap().stacks.is_empty());
}

#[tokio::test(start_paused = true)]
async fn only_one_function_changes_and_what_a_person_chose_stays() {
    let emulator = bare();
    let cloud = emulator.cloud();
    let chosen = [("WarmSchedule".to_owned(), "ENABLED".to_owned())].into();
    let plan = deploy::plan(&cloud, Wanted { chosen, ..wanted(1) }, &Observer::default()).await.unwrap();
    deploy::apply(&cloud, &plan, &Observer::default()).await.unwrap();
    let one = Wanted { packages: vec![package("evaluator", 2)], ..wanted(1) };
    let plan = deploy::plan(&cloud, one, &Observer::default()).await.unwrap();
    assert_eq!(plan.parameters["WarmSchedule"], "ENABLED");
    let changed: Vec<&str> = plan.change_set.changes.iter().map(|it| it.logical.as_str()).collect();
    assert_eq!((changed, plan.code.len()), (vec!["Evaluator"], 1));
    let done = deploy::apply(&cloud, &plan, &Observer::default()).await.unwrap();
    assert_eq!(done.live.len(), 1);
    assert_eq!((done.live[0].from.as_deref(), done.live[0].to.as_str()), (Some("1"), "2"));
    let unknown = [("Colour".to_owned(), "red".to_owned())].into();
    let error = deploy::plan(&cloud, Wanted { chosen: unknown, ..wanted(1) }, &Observer::default())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("Colour") && error.fix().contains("WarmSchedule"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn what_a_running_original_has_is_left_alone_and_outlives_the_environment() {
    let emulator = Emulator::in_memory(place(), &Instance::default(), (1000.0, 1000.0));
    emulator
        .edit(|state| {
            state.functions.retain(|name, _| name.ends_with("lexfulfillment"));
            state.tables.retain(|it| it.name.ends_with("users-ddb") || it.name.ends_with("rules-ddb"));
            state.buckets.insert("dev-rules-engine-backup-123456789012".to_owned(), BTreeMap::new());
        })
        .unwrap();
    let cloud = emulator.cloud();
    let code =
        emulator.state().unwrap().functions["dev-rules-engine-lexfulfillment"].function.code_sha256.clone();
    let plan = deploy::plan(&cloud, wanted(1), &Observer::default()).await.unwrap();
    let names = ["rules-ddb", "users-ddb", "lexfulfillment", "backup-123456789012"];
    assert_eq!(plan.left_alone, names.map(|it| format!("dev-rules-engine-{it}")));
    deploy::apply(&cloud, &plan, &Observer::default()).await.unwrap();
    let again = deploy::plan(&cloud, wanted(1), &Observer::default()).await.unwrap();
    assert!(again.is_empty() && again.left_alone.len() == 4);

    let doomed = deploy::doomed(&cloud, BUCKET, true, &Observer::default()).await.unwrap();
    assert_eq!(doomed.data.len(), 10, "{:?}", doomed.data);
    deploy::destroy(&cloud, &doomed, &Observer::default()).await.unwrap();
    let state = emulator.state().unwrap();
    let tables: Vec<&str> = state.tables.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(tables, ["dev-rules-engine-rules-ddb", "dev-rules-engine-users-ddb"]);
    assert_eq!(state.functions["dev-rules-engine-lexfulfillment"].function.code_sha256, code);
    assert_eq!(state.buckets.keys().collect::<Vec<_>>(), ["dev-rules-engine-backup-123456789012"]);
    assert!(state.stacks.is_empty());
}

#[tokio::test(start_paused = true)]
async fn tables_outlive_the_environment_and_belong_to_the_next_one() {
    let emulator = bare();
    let cloud = emulator.cloud();
    deploy(&cloud, 1).await.unwrap();
    let doomed = deploy::doomed(&cloud, BUCKET, false, &Observer::default()).await.unwrap();
    assert_eq!((doomed.data.len(), doomed.bucket.as_deref()), (13, Some(BUCKET)));
    let done = deploy::destroy(&cloud, &doomed, &Observer::default()).await.unwrap();
    assert_eq!((done.kept.len(), emulator.state().unwrap().tables.len()), (13, 12));
    assert!(emulator.state().unwrap().functions.is_empty());
    let again = deploy::doomed(&cloud, BUCKET, false, &Observer::default()).await.unwrap();
    assert_eq!(again, Doomed::default());
    let plan = deploy::plan(&cloud, wanted(1), &Observer::default()).await.unwrap();
    assert_eq!(plan.left_alone.len(), 13);
    deploy::apply(&cloud, &plan, &Observer::default()).await.unwrap();
    assert_eq!(left(&emulator).0.len(), 12);
}

#[tokio::test(start_paused = true)]
async fn whatever_call_is_cut_off_the_next_run_ends_where_an_undisturbed_one_does() {
    let undisturbed = bare();
    deploy(&undisturbed.cloud(), 1).await.unwrap();
    let first = left(&undisturbed);
    deploy(&undisturbed.cloud(), 2).await.unwrap();
    let second = left(&undisturbed);
    for kind in [FaultKind::CutBefore, FaultKind::CutAfter, FaultKind::Deny] {
        for version in [1_u8, 2] {
            let mut struck = 0;
            for after in 0.. {
                let emulator = bare();
                let cloud = emulator.cloud();
                if version == 2 {
                    deploy(&cloud, 1).await.unwrap();
                }
                emulator.edit(|state| state.faults.push(Fault::at(kind, after))).unwrap();
                let came = deploy(&cloud, version).await;
                if !emulator.state().unwrap().faults.is_empty() {
                    came.unwrap();
                    break;
                }
                struck += 1;
                if let Err(error) = &came {
                    assert!(!error.fix().is_empty() && error.to_string().contains(':'), "{error}");
                }
                deploy(&cloud, version)
                    .await
                    .unwrap_or_else(|error| panic!("{kind:?} after {after}: {error}"));
                let wanted = if version == 1 { &first } else { &second };
                assert_eq!(left(&emulator), *wanted, "{kind:?} after {after} calls");
            }
            assert!(struck > 20, "{struck} calls");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn taking_away_goes_on_whatever_call_is_cut_off() {
    for kind in [FaultKind::CutBefore, FaultKind::CutAfter] {
        for after in 0.. {
            let emulator = bare();
            let cloud = emulator.cloud();
            deploy(&cloud, 1).await.unwrap();
            emulator.edit(|state| state.faults.push(Fault::at(kind, after))).unwrap();
            let run = async || {
                let doomed = deploy::doomed(&cloud, BUCKET, true, &Observer::default()).await?;
                deploy::destroy(&cloud, &doomed, &Observer::default()).await
            };
            let came = run().await;
            let is_over = !emulator.state().unwrap().faults.is_empty();
            if is_over {
                came.unwrap();
            } else {
                run().await.unwrap_or_else(|error| panic!("{kind:?} after {after}: {error}"));
            }
            let state = emulator.state().unwrap();
            assert!(
                state.tables.is_empty() && state.functions.is_empty() && state.stacks.is_empty(),
                "after {after}"
            );
            assert!(state.buckets.is_empty(), "after {after}: {:?}", state.buckets);
            if is_over {
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_changed_where_nothing_may_be() {
    let emulator = bare();
    let mut cloud = emulator.cloud();
    cloud.place.read_only = true;
    let error = deploy(&cloud, 1).await.unwrap_err();
    assert!(error.to_string().contains("read_only"), "{error}");
    cloud.place.read_only = false;
    cloud.place.account = "210987654321".to_owned();
    let error = deploy(&cloud, 1).await.unwrap_err();
    assert!(matches!(&error, DeployError::Account { account, .. } if account == "123456789012"), "{error}");
    assert!(emulator.state().unwrap().stacks.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_stack_that_is_stuck_or_somebody_elses_is_told_with_the_next_step() {
    let emulator = bare();
    let cloud = emulator.cloud();
    deploy(&cloud, 1).await.unwrap();
    let name = cloud.place.stack();
    for (status, next) in [
        ("ROLLBACK_COMPLETE", "connect-rules destroy"),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback"),
        ("DELETE_FAILED", "destroy` again"),
    ] {
        let set = |state: &mut connect_rules_cloud::emulator::state::State| {
            let row = state.stacks.get_mut(&name).unwrap();
            status.clone_into(&mut row.stack.status);
        };
        emulator.edit(set).unwrap();
        let error = deploy(&cloud, 2).await.unwrap_err();
        assert!(error.to_string().contains(status) && error.fix().contains(next), "{error}: {}", error.fix());
    }
    emulator
        .edit(|state| {
            let row = state.stacks.get_mut(&name).unwrap();
            "UPDATE_COMPLETE".clone_into(&mut row.stack.status);
            row.stack.parameters.clear();
        })
        .unwrap();
    let error = deploy(&cloud, 2).await.unwrap_err();
    assert!(matches!(&error, DeployError::Foreign(stack) if *stack == name), "{error}");
    assert!(deploy::doomed(&cloud, BUCKET, true, &Observer::default()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_function_goes_forward_and_back() {
    let emulator = bare();
    let cloud = emulator.cloud();
    deploy(&cloud, 1).await.unwrap();
    let error = functions::roll_back(&cloud, "evaluator").await.unwrap_err();
    assert!(error.to_string().contains("before 1"), "{error}");
    let quiet = Observer::default();
    let (version, moved) =
        functions::send(&cloud, &package("evaluator", 2), "try", false, &quiet).await.unwrap();
    assert_eq!((version.version.as_str(), moved), ("2", None));
    let live = async || functions::live(&cloud, "dev-rules-engine-evaluator").await.unwrap();
    assert_eq!(live().await.as_deref(), Some("1"));
    let moved = functions::promote(&cloud, "evaluator", None).await.unwrap().unwrap();
    assert_eq!((moved.from.as_deref(), moved.to.as_str()), (Some("1"), "2"));
    assert_eq!(functions::promote(&cloud, "dev-rules-engine-evaluator", Some("2")).await.unwrap(), None);
    assert!(functions::promote(&cloud, "evaluator", Some("7")).await.unwrap_err().fix().contains("1, 2"));
    let moved = functions::roll_back(&cloud, "evaluator").await.unwrap();
    assert_eq!(
        (moved.from.as_deref(), moved.to.as_str(), live().await.as_deref()),
        (Some("2"), "1", Some("1"))
    );
    assert!(functions::promote(&cloud, "evaluater", None).await.unwrap_err().fix().contains("evaluator"));

    let known = functions::Known {
        local: vec![package("evaluator", 2), package("scheduler", 2)],
        warm: [("evaluator".to_owned(), 2)].into(),
        ..functions::Known::default()
    };
    let rows = functions::rows(&cloud, &known, &quiet).await.unwrap();
    let row = |short: &str| rows.iter().find(|it| it.short == short).unwrap();
    assert_eq!(
        (row("evaluator").is_local, row("evaluator").warm, row("evaluator").ours),
        (Some(true), 2, true)
    );
    assert_eq!((row("scheduler").is_local, row("ratelimiter").is_local), (Some(false), None));
    // A deployment brings back the code of the packages, whatever was sent beside it.
    deploy(&cloud, 1).await.unwrap();
    assert_eq!(left(&emulator).1["dev-rules-engine-evaluator"].0, package("evaluator", 1).sha256);
}

#[tokio::test(start_paused = true)]
async fn bots_are_built_once_tried_and_deleted() {
    let emulator = bare();
    let cloud = emulator.cloud();
    let quiet = Observer::default();
    let all = bots::carried();
    let with = bots::Means {
        function_arn: cloud.place.function_arn("lexfulfillment"),
        role_arn: "arn:r".to_owned(),
    };
    let came = bots::build(&cloud, &all, &with, false, &quiet).await.unwrap();
    assert!(came.iter().all(|it| matches!(it.came, bots::Came::Built { .. })), "{came:?}");
    assert_eq!(cloud.connect.associated_bots().await.unwrap().len(), 5);
    let came = bots::build(&cloud, &all, &with, false, &quiet).await.unwrap();
    assert!(came.iter().all(|it| it.came == bots::Came::Unchanged), "{came:?}");
    let other = bots::Means { role_arn: "arn:s".to_owned(), ..with.clone() };
    let came = bots::build(&cloud, &all[..1], &other, false, &quiet).await.unwrap();
    assert!(matches!(came[0].came, bots::Came::Built { .. }), "what it is built with counts");
    let tried = bots::test(&cloud, &all, &quiet).await.unwrap();
    assert!(tried.len() > 10 && tried.iter().all(bots::Tried::passed), "{tried:#?}");
    // One that fails keeps none of the others back.
    let fault = Fault { call: Some("lex:CreateBot".to_owned()), ..Fault::at(FaultKind::Deny, 0) };
    bots::delete(&cloud, &["date".to_owned(), "time".to_owned()], &quiet).await.unwrap();
    emulator.edit(|state| state.faults.push(fault)).unwrap();
    let came = bots::build(&cloud, &all, &with, false, &quiet).await.unwrap();
    let built = came.iter().filter(|it| matches!(it.came, bots::Came::Built { .. })).count();
    let failed = came.iter().filter(|it| matches!(it.came, bots::Came::Failed { .. })).count();
    assert!(built >= 1 && failed <= 1 && came.len() == 5, "{came:?}");
    assert!(bots::delete(&cloud, &["tim".to_owned()], &quiet).await.unwrap_err().fix().contains("yesno"));
}

#[tokio::test]
async fn first_rows_are_written_once_and_nothing_is_overwritten_unasked() {
    let service = Service::new(SqliteStore::in_memory().unwrap());
    let actor = Actor::local("somebody");
    let mut wanted = Bootstrap {
        admin: Some(Admin {
            email: "ada@example.com".to_owned(),
            first: "Ada".to_owned(),
            last: "L".to_owned(),
        }),
        time_zone: "Australia/Melbourne".to_owned(),
        warm: vec![("evaluator".to_owned(), 2)],
        force: false,
    };
    let planned = deploy::bootstrap(&service, &actor, &wanted, true).await.unwrap();
    assert!(planned.iter().all(|it| it.state == "made" && it.key.is_none()), "{planned:?}");
    assert!(service.snapshot().await.unwrap().users.is_empty());
    let made = deploy::bootstrap(&service, &actor, &wanted, false).await.unwrap();
    let key = made[2].key.clone().unwrap();
    assert_eq!(&*service.log_in(&key).await.unwrap().user, "ada@example.com");
    wanted.time_zone = "UTC".to_owned();
    let kept = deploy::bootstrap(&service, &actor, &wanted, false).await.unwrap();
    assert!(kept.iter().all(|it| it.state == "kept" && it.key.is_none()), "{kept:?}");
    assert_eq!(kept[0].value, "Australia/Melbourne");
    wanted.force = true;
    let replaced = deploy::bootstrap(&service, &actor, &wanted, false).await.unwrap();
    assert_eq!((replaced[0].state.as_str(), replaced[1].state.as_str()), ("replaced", "kept"));
    assert!(service.log_in(&key).await.is_err(), "the old key no longer works");
    assert!(service.log_in(replaced[2].key.as_ref().unwrap()).await.is_ok());
    assert_eq!(service.snapshot().await.unwrap().users.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_doctor_finds_what_is_in_the_way_and_says_what_to_do() {
    let emulator = bare();
    let cloud = emulator.cloud();
    let (now, local) = (Snapshot::default(), [package("evaluator", 2)]);
    let what = Examined { now: &now, local: &local, bucket: BUCKET, endpoint: None };
    let scope = Scope::of(&cloud.place, jiff::Timestamp::UNIX_EPOCH);
    let found = deploy::doctor(&cloud, &what, &scope, &Observer::default()).await;
    let one =
        |found: &[deploy::Finding], name: &str| found.iter().find(|it| it.name == name).cloned().unwrap();
    assert_eq!(one(&found, "stack").grade, Grade::Warning);
    assert_eq!(one(&found, "stack").fix, "connect-rules deploy");
    deploy(&cloud, 1).await.unwrap();
    let found = deploy::doctor(&cloud, &what, &scope, &Observer::default()).await;
    assert_eq!(one(&found, "stack").grade, Grade::Healthy);
    assert_eq!(one(&found, "code of evaluator").fix, "connect-rules deploy --only evaluator");
    assert_eq!(one(&found, "code of scheduler").grade, Grade::Healthy);
    let fault = Fault { call: Some("lex:ListBots".to_owned()), ..Fault::at(FaultKind::Deny, 0) };
    emulator.edit(|state| state.faults.push(fault)).unwrap();
    let found = deploy::doctor(&cloud, &what, &scope, &Observer::default()).await;
    let bots = one(&found, "may read bots");
    assert!(bots.grade == Grade::Problem && bots.fix.contains("lex:ListBots"), "{bots:?}");
}
