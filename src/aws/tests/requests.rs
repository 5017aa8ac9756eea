//! Every request that a gateway sends is as AWS's published service models say.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test ends at the first error")]

mod support;

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use connect_rules_aws::cloud_of;
use connect_rules_aws::contacts::Contacts;
use connect_rules_aws::identity;
use connect_rules_aws::messages::Messages;
use connect_rules_aws::services::{AwsAttributes, AwsFleet, AwsServices, Bucket};
use connect_rules_cloud::gateway::{
    BotDefinition, BotIntent, BotSlot, BotState, BotTest, Budgets, CallError, Cause, ChangeSet, Cloud, Names,
    NewFlow, OutboundQueue, Permission, Section,
};
use connect_rules_engine::catalogue::Bot;
use connect_rules_engine::value::{Map, Value};
use connect_rules_limits::{StopStatus, Stopper as _};
use connect_rules_live::Settings;
use connect_rules_live::services::{Attributes as _, Fleet as _, Services as _, Shelf as _};
use support::canned::{error, ok, xml_error};
use support::model::{Sent, check, operations, others};
use support::recorder::Recorder;
use support::{NoTables, place};

/// The traits as they are written, to find methods that no test calls.
const TRAITS: [&str; 8] = [
    include_str!("../../cloud/src/gateway/connect.rs"),
    include_str!("../../cloud/src/gateway/functions.rs"),
    include_str!("../../cloud/src/gateway/bots.rs"),
    include_str!("../../cloud/src/gateway/stacks.rs"),
    include_str!("../../cloud/src/gateway/watch.rs"),
    include_str!("../../cloud/src/gateway/rest.rs"),
    include_str!("../../live/src/services.rs"),
    include_str!("../../limits/src/stop.rs"),
];
/// Whether an operation is sent to tables or for a role: the tests of those crates check it the same way.
fn is_of_tables(operation: &str) -> bool {
    operation.starts_with("dynamodb.") || operation == "sts.AssumeRole"
}

/// `Connect::instance` and so on.
fn methods() -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for text in TRAITS {
        let mut of = "";
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("pub trait ") {
                of = rest.split(':').next().unwrap_or_default();
            }
            if line == "}" {
                of = "";
            }
            let line = line.trim_start();
            let method = line.strip_prefix("async fn ").or_else(|| line.strip_prefix("fn "));
            if let Some(rest) = method.filter(|_| !of.is_empty()) {
                out.insert(format!("{of}::{}", rest.split(['(', '<']).next().unwrap_or_default()));
            }
        }
    }
    out.retain(|method| !method.starts_with("Tables::"));
    out
}

/// Runs methods and notes what they sent.
struct Table {
    recorder: Recorder,
    called: BTreeSet<String>,
    sent: Vec<Sent>,
    operations: BTreeSet<String>,
    problems: Vec<String>,
}

impl Table {
    /// Calls a method, which has to succeed and to send something.
    async fn row<T, E: std::fmt::Display>(
        &mut self,
        method: &str,
        call: impl Future<Output = Result<T, E>>,
    ) -> T {
        let answer = match call.await {
            Ok(answer) => answer,
            Err(error) => {
                let sent = self.recorder.take();
                panic!("{method}: {error}; sent: {:#?}", sent.last());
            }
        };
        let sent = self.recorder.take();
        assert!(!sent.is_empty(), "{method} has sent nothing");
        for (request, checked) in sent {
            for problem in checked.problems {
                self.problems.push(format!("{method}: {}: {problem}", checked.operation));
            }
            self.operations.insert(checked.operation);
            self.sent.push(request);
        }
        self.called.insert(method.to_owned());
        answer
    }
}

fn open() -> (Cloud, Recorder) {
    let recorder = Recorder::default();
    let budgets = Arc::new(Budgets::new(1000.0, 1000.0));
    let pace = Duration::from_millis(250);
    (cloud_of(place(), &recorder.configuration(), pace, budgets, Arc::new(NoTables)), recorder)
}

fn names(all: &[(&str, &str)]) -> Names {
    all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn bot(name: &str) -> BotDefinition {
    BotDefinition {
        name: name.to_owned(),
        description: "Asks".to_owned(),
        intents: vec![
            BotIntent { name: "Yes".to_owned(), utterances: vec!["yes".to_owned()], slots: Vec::new() },
            BotIntent {
                name: "intentdata".to_owned(),
                utterances: vec!["{dataslot}".to_owned()],
                slots: vec![
                    BotSlot {
                        name: "dataslot".to_owned(),
                        slot_type: "AMAZON.Date".to_owned(),
                        prompt: "Which date?".to_owned(),
                    },
                    BotSlot {
                        name: "more".to_owned(),
                        slot_type: "AMAZON.Number".to_owned(),
                        prompt: String::new(),
                    },
                ],
            },
        ],
        tests: vec![BotTest { utterance: "yes".to_owned(), intent: "Yes".to_owned() }],
    }
}

async fn connect(table: &mut Table, cloud: &Cloud) {
    let connect = &cloud.connect;
    assert_eq!(table.row("Connect::instance", connect.instance()).await.status, "ACTIVE");
    for section in Section::ALL {
        let told = std::sync::atomic::AtomicUsize::new(0);
        let tell = |count| told.store(count, std::sync::atomic::Ordering::Relaxed);
        let items = table.row("Connect::section", connect.section(section, &tell)).await;
        assert_eq!(items.len(), 2, "both pages of {section:?}");
        assert_eq!(told.into_inner(), 2);
    }
    assert_eq!(table.row("Connect::flows", connect.flows()).await.len(), 2);
    assert_eq!(table.row("Connect::flow", connect.flow("f1", true)).await.content, "{}");
    let flow = NewFlow {
        name: "Main".to_owned(),
        flow_type: "CONTACT_FLOW".to_owned(),
        description: String::new(),
        content: "{}".to_owned(),
        tags: names(&[("managed-by", "connect-rules")]),
    };
    assert_eq!(table.row("Connect::create_flow", connect.create_flow(&flow)).await.0, "f2");
    table.row("Connect::update_flow", connect.update_flow("f1", "{}")).await;
    table.row("Connect::unarchive_flow", connect.unarchive_flow("f1")).await;
    table.row("Connect::tag", connect.tag("arn:aws:connect:x:1:y/z", &names(&[("stage", "dev")]))).await;
    assert_eq!(table.row("Connect::associated_functions", connect.associated_functions()).await.len(), 2);
    table.row("Connect::associate_function", connect.associate_function("arn:function")).await;
    assert_eq!(
        table.row("Connect::associated_bots", connect.associated_bots()).await,
        ["arn:alias", "arn:alias"]
    );
    table.row("Connect::associate_bot", connect.associate_bot("arn:aws:lex:x:1:bot-alias/A/B")).await;
    let numbers = table.row("Connect::numbers", connect.numbers()).await;
    assert!(numbers[0].flow_arn.as_deref().is_some_and(|arn| arn.ends_with("/contact-flow/f1")));
    table.row("Connect::route_number", connect.route_number("n1", "f1")).await;
    let queue: OutboundQueue = table.row("Connect::queue", connect.queue("q1")).await;
    assert_eq!(queue.caller_name.as_deref(), Some("Us"));
    table.row("Connect::set_whisper", connect.set_whisper(&queue, "f1")).await;
    assert_eq!(table.row("Connect::profiles", connect.profiles()).await[1].0, "r1", "both pages");
    assert_eq!(table.row("Connect::profile", connect.profile("r1")).await.concurrency["TASK"], 4);
}

async fn functions(table: &mut Table, cloud: &Cloud) {
    let (functions, name) = (&cloud.functions, "dev-rules-evaluator");
    let all = table.row("Functions::list", functions.list()).await;
    assert_eq!((all.len(), &*all[0].state, &*all[0].deployed_version), (2, "Active", "1.2.3"));
    assert_eq!(table.row("Functions::get", functions.get(name)).await.memory, 256);
    assert_eq!(table.row("Functions::versions", functions.versions(name)).await[0].version, "$LATEST");
    assert_eq!(table.row("Functions::aliases", functions.aliases(name)).await.len(), 2);
    let all: Vec<Permission> = table.row("Functions::permissions", functions.permissions(name)).await;
    assert_eq!(all[0].principal, "connect.amazonaws.com");
    table.row("Functions::permit", functions.permit(name, &all[0])).await;
    table.row("Functions::update_code", functions.update_code(name, b"PK")).await;
    assert_eq!(table.row("Functions::publish", functions.publish(name, "c2hh", "one")).await.version, "3");
    table.recorder.next("lambda.UpdateAlias", vec![error(404, "ResourceNotFoundException", "no alias")]);
    table.row("Functions::point", functions.point(name, "live", "3")).await;
    table.row("Functions::invoke", functions.invoke(name, "live", "{}")).await;
}

async fn bots(table: &mut Table, cloud: &Cloud) {
    let bots = &cloud.bots;
    let all: Vec<BotState> = table.row("Bots::list", bots.list()).await;
    assert_eq!((all.len(), all[0].connect_may, &*all[0].built_from), (2, true, "abc"));
    assert_eq!(all[0].aliases[0].function_arn.as_deref(), Some("arn:function"));
    assert_eq!(table.row("Bots::recognize", bots.recognize(&all[0], "yes")).await.0, "Yes");
    let role = "arn:aws:iam::123456789012:role/lex";
    let function = "arn:aws:lambda:ap-southeast-2:123456789012:function:dev-rules-lexfulfillment";
    let gone = || error(404, "ResourceNotFoundException", "no locale");
    let locale = |status: &str| ok(&serde_json::json!({"botLocaleStatus": status}));
    // One that is there already, with a locale that is deleted and an alias that is moved.
    let first = vec![locale("Built"), locale("Deleting"), gone(), locale("Creating"), locale("NotBuilt")];
    table.recorder.next("models-v2-lex.DescribeBotLocale", first);
    let (steps, yesno) = (std::sync::Mutex::new(Vec::new()), bot("yesno"));
    let note = |step: &str| steps.lock().unwrap().push(step.to_owned());
    let built = table.row("Bots::build", bots.build(&yesno, "abc", function, role, &note)).await;
    assert_eq!(built.name, "dev-rules-yesno");
    assert_eq!(steps.lock().unwrap().last().unwrap(), "pointing PROD to version 7");
    // Of the eight versions on two pages the newest five are kept, and those that an alias points to.
    let deleted = |it: &&Sent| {
        it.method == "DELETE" && it.uri.contains("/botversions/") && !it.uri.contains("/botlocales/")
    };
    let versions: Vec<&str> = table
        .sent
        .iter()
        .filter(deleted)
        .filter_map(|it| it.uri.trim_end_matches('/').rsplit('/').next())
        .collect();
    assert_eq!(versions, ["2"]);
    // One that is new.
    table
        .recorder
        .next("models-v2-lex.DescribeBotLocale", vec![gone(), locale("NotBuilt"), locale("Building")]);
    let without = || ok(&serde_json::json!({"botAliasSummaries": []}));
    table.recorder.next("models-v2-lex.ListBotAliases", vec![without()]);
    let date = bot("date");
    table.row("Bots::build", bots.build(&date, "abc", function, role, &|_| {})).await;
    table.row("Bots::delete", bots.delete(&built)).await;
}

async fn stacks(table: &mut Table, cloud: &Cloud) {
    let (stacks, name) = (&cloud.stacks, "dev-rules");
    let stack = table.row("Stacks::stack", stacks.stack(name)).await.expect("the stack");
    assert_eq!(stack.outputs["a"], "b");
    assert_eq!(table.row("Stacks::resources", stacks.resources(name)).await.len(), 2);
    table
        .recorder
        .next("cloudformation.DescribeStacks", vec![xml_error(400, "ValidationError", "a does not exist")]);
    let parameters = names(&[("Stage", "dev"), ("Service", "rules")]);
    let tags = names(&[("managed-by", "connect-rules")]);
    let plan = stacks.plan(name, "{}", &parameters, &tags);
    let set: ChangeSet = table.row("Stacks::plan", plan).await;
    assert_eq!((set.changes.len(), &*set.changes[0].details[0]), (2, "Properties.MemorySize"));
    table.row("Stacks::execute", stacks.execute(&set)).await;
    table.row("Stacks::forget", stacks.forget(&set)).await;
    table.row("Stacks::delete", stacks.delete(name)).await;
    let events = table.row("Stacks::events", stacks.events(name, 0)).await;
    assert_eq!(events.iter().map(|it| &*it.id).collect::<Vec<_>>(), ["e8", "e9"], "the oldest first");
}

async fn rest(table: &mut Table, cloud: &Cloud) {
    let functions = ["dev-rules-evaluator".to_owned()];
    let figures = table.row("Watch::metrics", cloud.watch.metrics(&functions, 0, 3_600_000)).await;
    assert_eq!(figures[0].invocations, 6.0);
    let lines = table.row("Watch::logs", cloud.watch.logs("dev-rules-evaluator", 0, 50)).await;
    assert_eq!((lines.len(), &*lines[0].message), (2, "line"));
    let (buckets, bucket) = (&cloud.buckets, "dev-rules-deployment-123456789012");
    assert!(table.row("Buckets::exists", buckets.exists(bucket)).await);
    table.recorder.next("s3.HeadBucket", vec![(404, Vec::new())]);
    assert!(!table.row("Buckets::exists", buckets.exists(bucket)).await);
    table.row("Buckets::create", buckets.create(bucket)).await;
    assert!(table.row("Buckets::has", buckets.has(bucket, "code/a.zip")).await);
    table.row("Buckets::put", buckets.put(bucket, "code/a.zip", b"PK")).await;
    assert_eq!(table.row("Buckets::empty", buckets.empty(bucket)).await, 2);
    table.row("Buckets::delete", buckets.delete(bucket)).await;
    assert_eq!(table.row("Quotas::list", cloud.quotas.list("connect")).await.len(), 2);
    assert_eq!(table.row("Schedules::list", cloud.schedules.list()).await.len(), 2);
    assert_eq!(table.row("Identity::who", cloud.identity.who()).await.account, "123456789012");
    let configuration = table.recorder.configuration();
    let instances = async {
        let asked = Box::pin(identity::instances(&configuration)).await;
        asked.map_err(|error| CallError::new("connect:ListInstances", "", Cause::Other, error))
    };
    let told = table.row("identity::instances", instances).await;
    assert_eq!(told, vec![("shop".to_owned(), "i".to_owned()); 2], "both pages");
    // It is no method of a gateway.
    table.called.remove("identity::instances");
}

/// What functions ask while a contact goes on.
async fn live(table: &mut Table) {
    let configuration = table.recorder.configuration();
    let settings = Settings::default();
    let place = place();
    let variable = |name: &str| {
        let value = match name {
            "INSTANCE_ID" => Some(place.instance.clone()),
            "ACCOUNT_NUMBER" => Some(place.account.clone()),
            _ => None,
        };
        value.filter(|it| !it.is_empty())
    };
    let contact = "22222222-2222-3333-4444-555555555555";
    let function = "arn:aws:lambda:ap-southeast-2:123456789012:function:dev-rules-integrationecho";
    let event = Value::from([("a", Value::from("b"))].into_iter().collect::<Map>());

    let services = AwsServices::new(&configuration, &settings);
    table.row("Services::invoke", services.invoke(function, &event)).await;
    let bot = Bot {
        name: "dev-rules-yesno".into(),
        simple_name: "yesno".into(),
        id: Some("BOT0000001".into()),
        alias_id: Some("ALIAS00001".into()),
        locale_id: Some("en_AU".into()),
        arn: None,
    };
    let heard = table.row("Services::recognize", services.recognize(&bot, contact, "yes")).await;
    assert!(connect_rules_engine::json::print(&heard).unwrap().contains("Yes"));
    table.row("Services::count_metric", services.count_metric("Calls", 1.0)).await;
    table.row("Services::send_sms", services.send_sms("0400000000", "Hello")).await;
    let pinpoint = |name: &str| match name {
        "PINPOINT_APPLICATION_ID" => Some("0123456789abcdef".to_owned()),
        "ORIGINATION_NUMBER" => Some("+61400000001".to_owned()),
        _ => None,
    };
    let messages = Messages::new(&configuration, pinpoint);
    table.row("Services::send_sms", messages.send("+61400000000", "Hello")).await;

    let attributes = AwsAttributes::new(&configuration, variable).unwrap();
    let held = table.row("Attributes::attributes", attributes.attributes(contact)).await;
    assert_eq!(held.get("Language").map(Value::text).as_deref(), Some("en"));
    let changes: Map = [("Language", Value::from("fr")), ("Gone", Value::from(""))].into_iter().collect();
    table.row("Attributes::update_attributes", attributes.update_attributes(contact, &changes)).await;

    let fleet = AwsFleet::new(&configuration);
    table.recorder.next("lambda.Invoke", vec![ok(&serde_json::json!({"warm": "yes"}))]);
    let answer = table.row("Fleet::call", fleet.call(function, &event)).await;
    assert!(connect_rules_engine::json::print(&answer).unwrap().contains("warm"));

    let bucket = Bucket::new(&configuration, &settings, variable).unwrap();
    let keep = bucket.keep("backups/2026/01/31/a.json", "kept".to_owned());
    table.row("Shelf::keep", Box::pin(keep)).await;
    let found = table.row("Shelf::find", bucket.find("backups/2026/01/31/a.json")).await;
    assert_eq!(found.as_deref(), Some(""));

    let contacts = Contacts::new(&configuration, variable);
    assert_eq!(table.row("Stopper::stop", contacts.stop(contact)).await, StopStatus::Stopped);
}

async fn whole_table() -> Table {
    let (cloud, recorder) = open();
    let mut table = Table {
        recorder,
        called: BTreeSet::new(),
        sent: Vec::new(),
        operations: BTreeSet::new(),
        problems: Vec::new(),
    };
    connect(&mut table, &cloud).await;
    functions(&mut table, &cloud).await;
    bots(&mut table, &cloud).await;
    stacks(&mut table, &cloud).await;
    rest(&mut table, &cloud).await;
    Box::pin(live(&mut table)).await;
    table
}

#[tokio::test(start_paused = true)]
async fn every_request_is_as_the_published_models_say() {
    let table = Box::pin(whole_table()).await;
    assert!(table.problems.is_empty(), "{:#?}", table.problems);
    assert_eq!(methods(), table.called, "methods of the gateways, and those that the table calls");
    let mut wanted = operations();
    wanted.retain(|operation| !is_of_tables(operation));
    assert_eq!(wanted, table.operations, "operations of the models, and those that were sent");
}

/// Services by the name of their crate.
const CRATES: [(&str, &str); 14] = [
    ("cloudformation", "cloudformation"),
    ("cloudwatch", "monitoring"),
    ("cloudwatchlogs", "logs"),
    ("connect", "connect"),
    ("dynamodb", "dynamodb"),
    ("eventbridge", "events"),
    ("lambda", "lambda"),
    ("lexmodelsv2", "models-v2-lex"),
    ("lexruntimev2", "runtime-v2-lex"),
    ("pinpoint", "pinpoint"),
    ("s3", "s3"),
    ("servicequotas", "servicequotas"),
    ("sns", "sns"),
    ("sts", "sts"),
];

/// Crates of services that a text names, each after `before`.
fn services(text: &str, before: &str) -> BTreeSet<&'static str> {
    let named = text.split(before).skip(1);
    let name = |it: &str| it.chars().take_while(char::is_ascii_alphanumeric).collect::<String>();
    let of = |it: String| {
        let found = CRATES.iter().find(|(own, _)| *own == it);
        found.unwrap_or_else(|| panic!("requests to {it} are not checked: models/trim.py leaves it out")).1
    };
    named.map(name).map(of).collect()
}

/// `describe_table` as `DescribeTable`.
fn camel(snake: &str) -> String {
    let upper = |word: &str| word[..1].to_uppercase() + &word[1..];
    snake.split('_').filter(|word| !word.is_empty()).map(upper).collect()
}

/// The methods without arguments that a source calls, by which a request begins.
fn called(source: &str) -> BTreeSet<String> {
    let before = source.match_indices("()").map(|(at, _)| &source[..at]);
    let name = |it: &str| {
        let start = it.rfind(|one: char| !one.is_ascii_lowercase() && !one.is_ascii_digit() && one != '_')?;
        (it[start..].starts_with('.') && start + 1 < it.len()).then(|| camel(&it[start + 1..]))
    };
    before.filter_map(name).collect()
}

/// Every file of a folder and of those in it.
fn sources(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let (mut out, mut left) = (Vec::new(), vec![folder.to_path_buf()]);
    while let Some(folder) = left.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { left.push(path) } else { out.push(path) }
        }
    }
    out
}

#[test]
fn no_source_begins_a_request_that_no_model_checks() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let crates = std::fs::read_dir(root.join("src")).unwrap().map(|it| it.unwrap().path());
    let (known, unchecked) = (operations(), others());
    let (mut used, mut wrong) = (BTreeSet::new(), Vec::new());
    for folder in crates.chain([root.join("lambdas")]) {
        let Ok(manifest) = std::fs::read_to_string(folder.join("Cargo.toml")) else { continue };
        let own = manifest.split("[dev-dependencies]").next().unwrap_or_default();
        let of_crate = services(own, "aws-sdk-");
        if of_crate.is_empty() {
            continue;
        }
        for file in sources(&folder.join("src")) {
            let source = std::fs::read_to_string(&file).unwrap();
            // A file that names services itself means those; one that names none may mean any of its crate.
            let named = services(&source, "aws_sdk_");
            let services = if named.is_empty() { &of_crate } else { &named };
            for name in called(&source) {
                let of = |all: &BTreeSet<String>| {
                    let full =
                        |service: &&str| Some(format!("{service}.{name}")).filter(|it| all.contains(it));
                    services.iter().filter_map(full).collect::<Vec<_>>()
                };
                let checked = of(&known);
                if checked.is_empty() {
                    wrong.extend(of(&unchecked).into_iter().map(|it| format!("{}: {it}", file.display())));
                }
                used.extend(checked);
            }
        }
    }
    assert!(wrong.is_empty(), "models/trim.py has no {wrong:#?}");
    // One is begun by the configuration of the SDK itself.
    let unused: Vec<_> = known.iter().filter(|it| !used.contains(*it) && *it != "sts.AssumeRole").collect();
    assert!(unused.is_empty(), "nothing begins {unused:?}");
}

/// The names and values that could be wrong in a JSON body, each changed by itself.
fn mutilated(sent: &Sent) -> Vec<(String, Sent)> {
    let with = |body: Vec<u8>| Sent { body, ..sent.clone() };
    let mut out = Vec::new();
    if sent.uri.contains("/invocations") {
        // What a function is given is its own affair.
    } else if let Ok(serde_json::Value::Object(body)) =
        serde_json::from_slice::<serde_json::Value>(&sent.body)
    {
        let mut more = body.clone();
        more.insert("Sonderbar".to_owned(), serde_json::json!(1));
        out.push(("a member too many".to_owned(), with(serde_json::to_vec(&more).unwrap())));
        for name in body.keys() {
            let mut other = body.clone();
            other.insert(name.clone(), serde_json::json!([[17]]));
            out.push((format!("{name} of another type"), with(serde_json::to_vec(&other).unwrap())));
        }
    } else if sent.body.starts_with(b"Action=") {
        out.push(("a member too many".to_owned(), with([&*sent.body, b"&Sonderbar=1"].concat())));
    } else if sent.body.starts_with(b"<") {
        let text = String::from_utf8(sent.body.clone()).unwrap();
        let at = text.rfind("</").unwrap();
        let more = format!("{}<Sonderbar>1</Sonderbar>{}", &text[..at], &text[at..]);
        out.push(("a member too many".to_owned(), with(more.into_bytes())));
    }
    let sign = if sent.uri.contains('?') { '&' } else { '?' };
    if !sent.uri.ends_with('/') && !sent.uri.contains("/service/") {
        out.push((
            "a parameter too many".to_owned(),
            Sent { uri: format!("{}{sign}sonderbar=1", sent.uri), ..sent.clone() },
        ));
        let header = ("x-amz-sonderbar".to_owned(), "1".to_owned());
        let headers = sent.headers.iter().cloned().chain([header]).collect();
        out.push(("a header too many".to_owned(), Sent { headers, ..sent.clone() }));
    }
    out.push(("another method".to_owned(), Sent { method: "PATCH".to_owned(), ..sent.clone() }));
    out
}

#[tokio::test(start_paused = true)]
async fn a_mutilated_request_is_found() {
    let table = Box::pin(whole_table()).await;
    let mut tried = 0;
    for sent in &table.sent {
        for (what, other) in mutilated(sent) {
            tried += 1;
            assert!(
                !check(&other).problems.is_empty(),
                "{what} was not found in {} {}",
                sent.method,
                sent.uri
            );
        }
    }
    assert!(tried > 500, "only {tried} were tried");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_not_understood_is_told() {
    let (cloud, recorder) = open();
    let odd = serde_json::json!({"FunctionName": "evaluator", "Timeout": "soon"});
    recorder.next("lambda.GetFunctionConfiguration", vec![ok(&odd)]);
    let told = cloud.functions.get("evaluator").await.unwrap_err().to_string();
    assert!(told.contains("evaluator") && told.contains("soon"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_or_not_allowed_is_found() {
    let (cloud, recorder) = open();
    let flow = NewFlow { name: String::new(), flow_type: "SONDERBAR".to_owned(), ..NewFlow::default() };
    let _ = cloud.connect.create_flow(&flow).await;
    let (mut sent, checked) = recorder.take().pop().expect("a request");
    let all = checked.problems.join("\n");
    assert!(all.contains("SONDERBAR is no value of ContactFlowType"), "{all}");
    assert!(all.contains("Name: length 0"), "{all}");
    let mut body: serde_json::Value = serde_json::from_slice(&sent.body).unwrap();
    body.as_object_mut().unwrap().remove("Content");
    sent.body = body.to_string().into_bytes();
    assert!(check(&sent).problems.iter().any(|it| it.contains("Content is missing")));
}
