//! A whole life of an environment through the clients of AWS, on moto, a server that behaves as AWS does: planned, made,
//! filled, changed, rolled back, taken away.
//!
//! `CONNECT_RULES_MOTO` is its address, such as `http://127.0.0.1:5000`; without it the test says so and passes.
//! `.ci/run cloud` starts one.
//!
//! Between the program and moto stands a way that takes out of the template what moto cannot do:
//!
//! * aliases of functions: moto's stacks have none, so that references to them become references to the functions; the
//!   program itself makes the aliases `live` where the stack has not;
//! * `DependsOn`: it names those aliases;
//! * numbers as parameters: moto hands them to functions as numbers, where they are texts in AWS;
//! * protection from deletion, over which moto stumbles, and what a stack keeps except where it could not be made, which
//!   moto does not keep: here it is kept always.
//!
//! Nor does it know: the figures of `functions list` (it speaks not their protocol), quotas, and Amazon Connect beyond an
//! instance. Those are tried on recorded answers and on the local cloud.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test ends at the first error")]

#[path = "../../../lambdas/tests/common/http.rs"]
#[allow(dead_code, missing_docs, reason = "of the whole only messages are used")]
mod http;

use std::path::Path;
use std::process::{Command, Stdio};

use http::Message;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

const FUNCTIONS: [&str; 6] =
    ["evaluator", "ratelimiter", "lexfulfillment", "contactevents", "scheduler", "integrationecho"];
const ACCOUNT: &str = "123456789012";

fn decoded(text: &str) -> String {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let mut digit = || (bytes.next().unwrap() as char).to_digit(16).unwrap() as u8;
        out.push(match byte {
            b'%' => digit() * 16 + digit(),
            b'+' => b' ',
            other => other,
        });
    }
    String::from_utf8(out).unwrap()
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|it| if it.is_ascii_alphanumeric() { (it as char).to_string() } else { format!("%{it:02X}") })
        .collect()
}

/// The template without what moto cannot do.
fn possible(template: &str) -> String {
    let mut document: Value = serde_json::from_str(template).unwrap();
    let resources = document["Resources"].as_object_mut().unwrap();
    resources.retain(|_, it| it["Type"] != "AWS::Lambda::Alias");
    for resource in resources.values_mut() {
        resource.as_object_mut().unwrap().remove("DependsOn");
        if resource["DeletionPolicy"] == "RetainExceptOnCreate" {
            resource["DeletionPolicy"] = "Retain".into();
        }
        resource["Properties"].as_object_mut().unwrap().remove("DeletionProtectionEnabled");
    }
    for parameter in document["Parameters"].as_object_mut().unwrap().values_mut() {
        let parameter = parameter.as_object_mut().unwrap();
        if parameter["Type"] == "Number" {
            parameter.retain(|name, _| name != "MinValue" && name != "MaxValue");
            parameter.insert("Type".to_owned(), "String".into());
        }
    }
    let mut text = document.to_string();
    for name in
        ["Evaluator", "Ratelimiter", "Lexfulfillment", "Contactevents", "Scheduler", "Integrationecho"]
    {
        let (alias, function) =
            (format!(r#"{{"Ref":"{name}Live"}}"#), format!(r#"{{"Fn::GetAtt":["{name}","Arn"]}}"#));
        text = text.replace(&alias, &function);
    }
    text
}

/// Hands a request on to moto, and its answer back as it is.
async fn handed_on(stream: TcpStream, moto: String) -> Option<()> {
    let mut client = BufReader::new(stream);
    let mut request = Message::read(&mut client).await?;
    request.headers.retain(|(name, _)| name != "connection");
    request.headers.push(("connection".to_owned(), "close".to_owned()));
    if request.body.starts_with(b"Action=CreateChangeSet") {
        let form = String::from_utf8(request.body).unwrap();
        let part = |it: &str| match it.strip_prefix("TemplateBody=") {
            Some(template) => format!("TemplateBody={}", encoded(&possible(&decoded(template)))),
            None => it.to_owned(),
        };
        request.body = form.split('&').map(part).collect::<Vec<_>>().join("&").into_bytes();
    }
    let mut server = BufReader::new(TcpStream::connect(moto).await.ok()?);
    request.write(&mut server).await;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).await.ok()?;
    client.write_all(&answer).await.ok()?;
    client.shutdown().await.ok()
}

/// The way to moto, for as long as the runtime lives.
fn way(moto: &str) -> (tokio::runtime::Runtime, String) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let moto = moto.trim_start_matches("http://").trim_end_matches('/').to_owned();
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(handed_on(stream, moto.clone()));
        }
    });
    (runtime, address)
}

struct Person(tempfile::TempDir);

impl Person {
    /// Runs the program; answers status, output and errors.
    fn run(&self, args: &[&str]) -> (i32, String, String) {
        let home = self.0.path();
        let mut command = Command::new(env!("CARGO_BIN_EXE_connect-rules"));
        command.args(args).env_clear().current_dir(home).env("HOME", home).env("USER", "bea");
        for (name, value) in [
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_CONFIG_FILE", "/nowhere"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/nowhere"),
        ] {
            command.env(name, value);
        }
        let out = command.stdin(Stdio::null()).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (out.status.code().unwrap(), text(out.stdout), text(out.stderr))
    }

    #[track_caller]
    fn done(&self, args: &[&str]) -> String {
        let (status, out, said) = self.run(args);
        assert_eq!(status, 0, "{args:?}: {out}{said}");
        out
    }

    #[track_caller]
    fn json(&self, args: &[&str]) -> Value {
        let out = self.done(&[args, &["--json"]].concat());
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{args:?}: {error}: {out}"))
    }

    /// Programs for Linux, as far as their first bytes go.
    fn programs(&self, version: &str) -> String {
        let folder = self.0.path().join("programs");
        std::fs::create_dir_all(&folder).unwrap();
        for name in FUNCTIONS {
            program(&folder, name, version);
        }
        folder.display().to_string()
    }
}

fn program(folder: &Path, name: &str, version: &str) {
    let head = [0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 62, 0, 1, 0, 0, 0];
    let program = [&head[..], &[0; 40], name.as_bytes(), version.as_bytes()].concat();
    std::fs::write(folder.join(name), program).unwrap();
}

/// The version to which `live` of a function points.
fn live(person: &Person, function: &str) -> String {
    let shown = person.json(&["functions", "show", function]);
    let aliases = shown["aliases"].as_array().unwrap();
    let live = aliases.iter().find(|it| it["name"] == "live").unwrap_or_else(|| panic!("{shown}"));
    live["version"].as_str().unwrap().to_owned()
}

#[test]
fn an_environment_is_made_changed_rolled_back_and_taken_away() {
    let Some(moto) = std::env::var("CONNECT_RULES_MOTO").ok().filter(|it| !it.is_empty()) else {
        eprintln!("not tried: CONNECT_RULES_MOTO names no server");
        return;
    };
    let (_runtime, endpoint) = way(&moto);
    let person = Person(tempfile::tempdir().unwrap());
    let stage = format!("m{}", std::process::id());
    let settings = [
        format!("stage={stage}"),
        format!("endpoint_url={endpoint}"),
        format!("account_number={ACCOUNT}"),
        "region=ap-southeast-2".to_owned(),
        "instance_id=01234567-89ab-cdef-0123-456789abcdef".to_owned(),
        format!("role_arn=arn:aws:iam::{ACCOUNT}:role/rules-administrator"),
    ];
    let mut args = vec!["env", "new", "lab"];
    for setting in &settings {
        args.extend(["--set", setting]);
    }
    person.done(&args);
    person.done(&["env", "use", "lab"]);
    let folder = person.programs("1");

    // A plan makes nothing.
    let plan = person.json(&["deploy", "--plan", "--programs", &folder]);
    assert!(plan["new"] == true && plan["makesBucket"] == true && plan["empty"] == false, "{plan}");
    let added = |kind: &str| {
        let changes = plan["changes"].as_array().unwrap().iter();
        changes.filter(|it| it["action"] == "Add" && it["type"] == kind).count()
    };
    assert_eq!((added("AWS::DynamoDB::Table"), added("AWS::Lambda::Function")), (12, 6), "{plan}");
    let again = person.json(&["deploy", "--plan", "--programs", &folder]);
    assert!(again["new"] == true && again["makesBucket"] == true, "{again}");

    // Made; a second time there is no code to send and nothing to move.
    let done = person.json(&["deploy", "--yes", "--programs", &folder]);
    assert_eq!(
        (done["sent"].as_array().unwrap().len(), done["live"].as_array().unwrap().len()),
        (6, 6),
        "{done}"
    );
    assert_eq!(live(&person, "evaluator"), "1");
    let done = person.json(&["deploy", "--yes", "--programs", &folder]);
    assert_eq!(
        (done["sent"].as_array().unwrap().len(), done["live"].as_array().unwrap().len()),
        (0, 0),
        "{done}"
    );
    assert_eq!(live(&person, "evaluator"), "1");

    // The first rows, into the tables of the stack.
    let told = person.done(&["bootstrap", "--email", "ada@example.com", "--yes"]);
    assert!(told.contains("administrator: made") && told.contains("key: "), "{told}");
    let told = person.done(&["bootstrap", "--email", "ada@example.com", "--yes"]);
    assert!(told.contains("administrator: kept"), "{told}");

    // Other code: one function is sent, its version is live; back, forth.
    program(&person.0.path().join("programs"), "evaluator", "2");
    let plan = person.json(&["deploy", "--plan", "--programs", &folder]);
    let differs = |it: &&Value| it["sha256"] != it["deployed"];
    let code: Vec<&Value> = plan["code"].as_array().unwrap().iter().filter(differs).collect();
    assert!(code.len() == 1 && code[0]["function"] == "evaluator" && plan["new"] == false, "{plan}");
    let done = person.json(&["deploy", "--yes", "--confirm", "lab", "--programs", &folder]);
    assert_eq!(done["sent"], serde_json::json!(["evaluator"]), "{done}");
    assert_eq!(done["live"][0]["from"], "1", "{done}");
    assert_eq!((live(&person, "evaluator"), live(&person, "scheduler")), ("2".to_owned(), "1".to_owned()));
    person.done(&["functions", "rollback", "evaluator"]);
    assert_eq!(live(&person, "evaluator"), "1");
    person.done(&["functions", "promote", "evaluator"]);
    assert_eq!(live(&person, "evaluator"), "2");
    program(&person.0.path().join("programs"), "evaluator", "3");
    person.done(&["functions", "deploy", "evaluator", "--no-promote", "--programs", &folder]);
    assert_eq!(live(&person, "evaluator"), "2");
    person.done(&["functions", "promote", "evaluator", "3"]);
    assert_eq!(live(&person, "evaluator"), "3");

    // Taken away, with everything in it.
    let (status, _, said) = person.run(&["destroy"]);
    assert!(status != 0 && said.contains("--confirm lab"), "{said}");
    let gone = person.json(&["destroy", "--with-data", "--confirm", "lab"]);
    assert!(gone["gone"].as_array().unwrap().len() >= 14, "{gone}");
    let told = person.done(&["destroy", "--with-data", "--plan"]);
    assert!(told.contains("there is nothing to take away"), "{told}");
    let left = person.json(&["functions", "list"]);
    assert_eq!(left.as_array().unwrap().len(), 0, "{left}");

    // Made once more and taken away without the data, which are then left alone.
    person.done(&["deploy", "--yes", "--programs", &folder]);
    let gone = person.json(&["destroy", "--confirm", "lab"]);
    let kept = gone["kept"].as_array().unwrap().len();
    let plan = person.json(&["deploy", "--plan", "--programs", &folder]);
    assert_eq!((kept, plan["leftAlone"].as_array().unwrap().len()), (13, 13), "{gone} {plan}");
}
