//! Environments: files, the choice between them, and commands and screens on tables of a server of the test's own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test ends at the first error")]

mod pty;

use std::path::Path;
use std::process::Command;

use pty::Pty;
use serde_json::{Value, json};

/// The account that the server says its tables belong to.
const ACCOUNT: &str = "000000000000";

const KEYS: [(&str, &str); 5] = [
    ("AWS_ACCESS_KEY_ID", "local"),
    ("AWS_SECRET_ACCESS_KEY", "local"),
    ("AWS_EC2_METADATA_DISABLED", "true"),
    ("AWS_CONFIG_FILE", "/nowhere"),
    ("AWS_SHARED_CREDENTIALS_FILE", "/nowhere"),
];

/// A server on that address, for as long as the runtime lives.
fn server(address: &str) -> (tokio::runtime::Runtime, String) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind(address)).unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    runtime.spawn(dynoxide::server::serve_on(listener, dynoxide::Database::memory().unwrap()));
    (runtime, endpoint)
}

/// A person with folders of their own.
struct Person(tempfile::TempDir);

impl Person {
    fn new() -> Self {
        Person(tempfile::tempdir().unwrap())
    }

    fn home(&self) -> &Path {
        self.0.path()
    }

    /// Runs the program; answers status, output and errors.
    fn run(&self, args: &[&str]) -> (i32, String, String) {
        let mut command = Command::new(pty::PROGRAM);
        command.args(args).env_clear().current_dir(self.home()).env("HOME", self.home()).env("USER", "bea");
        for (name, folder) in
            [("XDG_DATA_HOME", "data"), ("XDG_STATE_HOME", "state"), ("XDG_CONFIG_HOME", "config")]
        {
            command.env(name, self.home().join(folder));
        }
        let out = command.envs(KEYS).stdin(std::process::Stdio::null()).output().unwrap();
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
        serde_json::from_str(&self.done(&[args, &["--json"]].concat())).unwrap()
    }

    #[track_caller]
    fn refused(&self, args: &[&str], reasons: &[&str]) {
        let (status, out, said) = self.run(args);
        assert_ne!(status, 0, "{args:?}: {out}");
        for reason in reasons {
            assert!(said.contains(reason), "{args:?} does not say {reason:?}:\n{said}");
        }
    }

    /// Writes the file of an environment on that server.
    fn environment(&self, name: &str, endpoint: &str, more: &[&str]) {
        let endpoint = format!("endpoint_url={endpoint}");
        let settings = [
            "stage=dev",
            "region=ap-southeast-2",
            "instance_id=01234567-89ab-cdef-0123-456789abcdef",
            &endpoint,
        ];
        let mut args = vec!["env", "new", name];
        for setting in settings.iter().chain(more) {
            args.extend(["--set", setting]);
        }
        self.done(&args);
    }
}

fn account(number: &str) -> String {
    format!("account_number={number}")
}

#[test]
fn files_are_written_listed_chosen_and_checked_without_a_network() {
    let person = Person::new();
    assert!(person.done(&["env", "list"]).contains("env new"));
    let told = person.done(&["env", "new", "lab", "--set", "store=embedded"]);
    assert!(told.contains("config") && told.contains("lab.toml") && !told.contains("to fill in"), "{told}");
    let told = person.json(&["env", "new", "cloud"]);
    let missing: Vec<&str> = told["missing"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(missing.len() == 3 && missing.iter().any(|it| it.starts_with("account_number")), "{missing:?}");
    person.refused(&["env", "new", "lab"], &["lab.toml", "stays as it is"]);
    person.refused(
        &["env", "new", "bad", "--set", "regio=x", "--set", "production=maybe"],
        &["regio", "`maybe`"],
    );
    // What is wrong is told with file, line and setting.
    person.refused(&["env", "check", "cloud"], &["cloud.toml", "account_number", "instance_id"]);
    let file = person.home().join("config/connect-rules/env/cloud.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("region = \"\"", "region = \"sydney\"")).unwrap();
    let line = text.lines().position(|line| line.starts_with("region")).unwrap() + 1;
    person.refused(&["ruleset", "list", "--env", "cloud"], &["cloud.toml", &format!("line {line}, region")]);
    let (status, _, said) = person.run(&["env", "check", "cloud", "--json"]);
    let said: Value = serde_json::from_str(&said).unwrap();
    assert!(status == 65 && said["problems"][0]["place"] == format!("line {line}, region"), "{said}");

    assert_eq!(person.json(&["env", "use"])["inUse"], Value::Null);
    person.refused(&["env", "use", "nowhere"], &["`nowhere`", "cloud, lab"]);
    person.done(&["env", "use", "lab"]);
    let all = person.json(&["env", "list"]);
    assert!(
        all[1]["name"] == "lab" && all[1]["inUse"] == true && all[0]["marks"][0] == "3 mistakes",
        "{all}"
    );
    // The environment in use, the one that is named, and the file that wins over both have stores of their own.
    person.done(&["ruleset", "create", "Only in the lab"]);
    let has = |args: &[&str]| person.done(&[&["ruleset", "list"], args].concat()).contains("Only in the lab");
    assert!(has(&[]) && has(&["--env", "lab"]) && !has(&["--env", "none"]));
    assert!(person.home().join("data/connect-rules/environments/lab/store.sqlite").exists());
    let file = person.home().join("other.db").display().to_string();
    person.done(&["ruleset", "create", "Elsewhere", "--store", &file, "--env", "lab"]);
    assert!(!has(&["--store", &file, "--env", "lab"]));
    person.done(&["env", "use", "none"]);
    assert!(!has(&[]));
    assert!(person.done(&["env", "fields"]).contains("callback_expiry_hours"));
    assert!(person.done(&["env", "fields", "--example"]).contains("required: first part"));
}

/// An address that says of all credentials that they are of this account.
fn accounts(account: &str) -> String {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let result = format!("<GetCallerIdentityResult><Account>{account}</Account></GetCallerIdentityResult>");
    let body = format!("<GetCallerIdentityResponse>{result}</GetCallerIdentityResponse>");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let (mut read, mut seen) = ([0; 4096], Vec::new());
            while !String::from_utf8_lossy(&seen).contains("Action=GetCallerIdentity") {
                let n = stream.read(&mut read).unwrap();
                seen.extend_from_slice(&read[..n]);
                if n == 0 {
                    break;
                }
            }
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = stream.write_all((head + &body).as_bytes());
        }
    });
    address
}

#[test]
fn a_new_environment_is_asked_for_at_a_terminal() {
    let person = Person::new();
    let sts = accounts("111122223333");
    let keys: Vec<(&str, &str)> = KEYS.into_iter().chain([("AWS_ENDPOINT_URL_STS", &*sts)]).collect();
    let mut screen = Pty::start(person.home(), (100, 40), &["env", "new", "cloud"], &keys);
    screen.expect("store [dynamodb]:").send("\r").expect("stage [cloud]:").send("Prod!\r");
    screen.expect("`Prod!` is not").send("prod\r").expect("service [rules-engine]:").send("\r");
    screen.expect("region [later]:").send("?ap-\r").expect("ap-southeast-2").send("ap-southeast-2\r");
    screen.expect("account_number [111122223333]:").send("\r");
    screen.expect("instance_id [later]:").send("01234567-89ab-cdef-0123-456789abcdef\r");
    screen
        .expect("call_centre_time_zone [Australia/Melbourne]:")
        .send("\r")
        .expect("next: connect-rules env check");
    assert_eq!(screen.wait(), 0);
    let told = person.done(&["env", "check", "cloud", "--offline"]);
    assert!(told.contains("no mistakes"), "{told}");
    let all = person.json(&["env", "list"]);
    assert_eq!(all[0]["place"], "ap-southeast-2 · 111122223333");

    // Who leaves has written nothing; a name that is taken is told before anything is asked.
    let mut screen = Pty::start(person.home(), (100, 40), &["env", "new", "lab"], &keys);
    screen.expect("store [dynamodb]:").send("\u{4}").expect("no file was written");
    assert_ne!(screen.wait(), 0);
    let mut screen = Pty::start(person.home(), (100, 40), &["env", "new", "cloud"], &keys);
    screen.expect("stays as it is");
    assert_ne!(screen.wait(), 0);
    assert_eq!(person.json(&["env", "list"]).as_array().unwrap().len(), 1);
}

#[test]
fn commands_work_on_the_tables_of_an_environment() {
    let (_runtime, endpoint) = server("127.0.0.1:0");
    let person = Person::new();
    person.environment("dev", &endpoint, &[&account(ACCOUNT)]);
    person.environment("look", &endpoint, &[&account(ACCOUNT), "read_only=true"]);
    person.environment("other", &endpoint, &[&account("123456789012")]);
    // No tables yet.
    person.refused(&["env", "check", "dev"], &["dev-rules-engine-rules-ddb", "store migrate --env dev"]);
    person.done(&["env", "check", "dev", "--offline"]);
    person.refused(&["store", "migrate", "--env", "look", "--yes"], &["`look`", "read_only = true"]);
    let told = person.done(&["store", "migrate", "--env", "dev", "--yes"]);
    assert!(told.contains("create table journal-ddb"), "{told}");
    person.refused(&["store", "push", "--env", "look", "--yes"], &["read-only here", "look.toml"]);
    assert!(person.done(&["store", "push", "--env", "dev", "--yes"]).contains("60 created"));
    let told = person.done(&["env", "check", "dev"]);
    assert!(told.contains("rule sets") && told.contains(ACCOUNT), "{told}");

    // Another account is refused before anything is read.
    for args in [
        &["env", "check", "other"][..],
        &["ruleset", "list", "--env", "other"],
        &["store", "migrate", "--env", "other", "--yes"],
    ] {
        person.refused(args, &["another account", ACCOUNT, "123456789012"]);
    }

    // Reading and editing.
    let names = person.done(&["ruleset", "list", "--env", "dev"]);
    assert!(names.contains("Account Balance"), "{names}");
    person.done(&["env", "use", "dev"]);
    assert_eq!(person.done(&["ruleset", "list"]), names);
    assert!(person.done(&["whoami"]).contains("environment dev (tables dev-rules-engine)"));
    person.done(&["ruleset", "rename", "Account Balance", "Balance of the account"]);
    assert!(!person.done(&["ruleset", "list", "--env", "none"]).contains("Balance of the account"));
    assert!(person.done(&["ruleset", "list", "--env", "look"]).contains("Balance of the account"));
    person.done(&["undo"]);
    assert_eq!(person.done(&["ruleset", "list"]), names);
    assert!(person.done(&["audit"]).contains("bea"));
    let linted = person.run(&["lint"]);
    assert!(linted.2.contains("environment dev"), "{linted:?}");
    person.done(&["backup"]);
    let backups = person.home().join("data/connect-rules/environments/dev/backups");
    assert!(std::fs::read_dir(backups).unwrap().count() >= 3);

    // To be read only, with the reason.
    for args in [
        &["ruleset", "create", "New", "--env", "look"][..],
        &["undo", "--env", "look"],
        &["demo", "reset", "--env", "look", "--yes"],
        &["endpoint", "create", "New line", "--env", "look"],
    ] {
        person.refused(args, &["read-only here", "look.toml"]);
    }
    person.done(&["ruleset", "create", "New", "--env", "look", "--plan"]);
    assert_eq!(person.done(&["ruleset", "list"]), names);
}

/// Asks the server itself, as the function of the environment does.
fn ask(endpoint: &str, call: &str, body: &Value) -> Value {
    use std::io::{Read as _, Write as _};
    let host = endpoint.trim_start_matches("http://");
    let (mut stream, body) = (std::net::TcpStream::connect(host).unwrap(), body.to_string());
    let credential = "Credential=local/20260101/ap-southeast-2/dynamodb/aws4_request";
    write!(
        stream,
        "POST / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n\
         Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: DynamoDB_20120810.{call}\r\n\
         X-Amz-Date: 20260101T000000Z\r\n\
         Authorization: AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=none\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{call}: {answer}");
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

/// Now, in milliseconds since 1970, and the day of UTC.
fn moment() -> (i64, String) {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let ms = i64::try_from(now.as_millis()).unwrap();
    let day = connect_rules_engine::dates::iso_utc(ms);
    (ms, day[..10].to_owned())
}

#[test]
fn limits_of_an_environment_are_shown_tried_and_released() {
    let (_runtime, endpoint) = server("127.0.0.1:0");
    let person = Person::new();
    person.environment("dev", &endpoint, &[&account(ACCOUNT)]);
    person.environment("look", &endpoint, &[&account(ACCOUNT), "read_only=true"]);
    person.environment("other", &endpoint, &[&account("123456789012")]);
    person.refused(&["limits", "status", "--env", "dev"], &["store migrate"]);
    person.done(&["store", "migrate", "--env", "dev", "--yes"]);
    person.done(&["store", "push", "--env", "dev", "--yes"]);
    assert!(person.done(&["limits", "status", "--env", "dev"]).contains("caller IDs: no attempts"));

    // What the function and the cache of the instance would have written.
    let (now, day) = moment();
    // A window that is not over however slow this machine is.
    let later = now + 600_000;
    let text = |text: &str| json!({ "S": text });
    let number = |number: i64| json!({ "N": number.to_string() });
    let put = |table: &str, item: Value| {
        ask(&endpoint, "PutItem", &json!({ "TableName": format!("dev-rules-engine-{table}"), "Item": item }));
    };
    for (key, party, usage) in [("+12065550100", "customer", 3), ("system#+18005550001", "system", 11)] {
        put(
            "ratelimit-ddb",
            json!({ "phoneNumber": text(key), "type": text(party), "usage": number(usage),
                "windowStart": number(now), "updatedAt": number(later), "lastContactId": text("c-11"),
                "expiry": number(now / 1000 + 86_400) }),
        );
    }
    put(
        "ratelimit-decisions-ddb",
        json!({ "contactId": text("c-11"), "initialContactId": text("c-11"), "status": text("DONE"),
            "owner": text("o"), "at": number(now), "day": text(&day), "customer": text("+12065550100"),
            "system": text("+18005550001"), "initiation": text("OUTBOUND"), "customerAttempt": number(3),
            "systemAttempt": number(11), "customerLimit": number(5), "systemLimit": number(10),
            "allowed": { "BOOL": false }, "reason": text("system"), "retryAt": number(now + 60_001),
            "stopStatus": text("STOPPED"), "agentArn": text(""), "agentName": text("ada"),
            "taskStatus": text("REQUESTED"), "expiry": number(now / 1000 + 604_800) }),
    );
    let config = |key: &str, data: Value| {
        put("config-ddb", json!({ "ConfigKey": text(key), "ConfigData": text(&data.to_string()) }));
    };
    config("PhoneNumbers", json!([{ "PhoneNumber": "+18005550001", "Id": "n1" }]));
    config(
        "Queues",
        json!([{ "Name": "Collections", "Id": "q", "Arn": "arn:q",
            "OutboundCallerConfig": { "OutboundCallerIdNumberId": "n1" } }]),
    );
    let status = |more: &[&str]| {
        let (status, out, said) =
            person.run(&[&["limits", "status", "--json", "--env", "dev"], more].concat());
        let out: Value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{said}"));
        (status, out)
    };
    let (exit, seen) = status(&[]);
    assert_eq!(exit, 2, "a caller ID is blocked: {seen}");
    let numbers = seen["numbers"].as_array().unwrap();
    assert_eq!(numbers.len(), 2, "{seen}");
    let system = numbers.iter().find(|it| it["type"] == "system").unwrap();
    assert_eq!(
        (&system["number"], &system["state"], &system["usedBy"]),
        (&"+*******0001".into(), &"BLOCKED".into(), &"Collections".into())
    );
    let customer = numbers.iter().find(|it| it["type"] == "customer").unwrap();
    assert!(customer["usage"] == 3 && customer.get("usedBy").is_none(), "{customer}");
    assert_eq!((&seen["today"]["attempts"], &seen["today"]["system"]), (&1.into(), &1.into()));
    let whole = status(&["--unmasked", "--number", "0001"]).1;
    assert_eq!(whole["numbers"][0]["number"], "+18005550001", "{whole}");
    let (exit, shown, _) = person.run(&["limits", "status", "--env", "look"]);
    assert!(exit == 2 && shown.contains("QUEUE") && shown.contains("Collections"), "{shown}");
    let (exit, shown, _) = person.run(&["limits", "watch", "--times", "1", "--env", "dev"]);
    assert!(exit == 2 && shown.contains("blocked for the customer"), "{shown}");

    let mut screen = Pty::start(person.home(), (120, 40), &["--env", "dev"], &KEYS);
    screen.expect("dynamodb · ada (ADMINISTRATOR)").keys("6").expect("BLOCKED").expect("Collections");
    screen.send("q");
    assert_eq!(screen.wait(), 0);

    // Calls are made up under the limits of the environment, and its counters stay as they are.
    config("RateLimit", json!({ "customerLimit": 2 }));
    let script = person.home().join("calls.csv");
    let calls = "t_ms,agent,contact,customer,system,kind,expect,fault\n\
        0,ada,,+12065550100,+18005550001,direct,allow,\n1000,ada,,+12065550100,+18005550001,direct,allow,\n\
        2000,ada,,+12065550100,+18005550001,direct,customer,\n";
    std::fs::write(&script, calls).unwrap();
    let script = script.display().to_string();
    assert!(person.done(&["limits", "dial", &script, "--env", "dev"]).contains("as expected: 3, not: 0"));
    person.refused(&["limits", "dial", &script, "--env", "dev", "--keep"], &["this machine only"]);
    let (exit, seen) = status(&[]);
    assert_eq!((exit, seen["config"]["customerLimit"].as_u64()), (2, Some(2)), "{seen}");
    assert_eq!(seen["today"]["attempts"], 1, "{seen}");

    // Released by who may, where something may be written, in the right account, and with a reason.
    let reset = |environment: &'static str| {
        let call = ["limits", "reset", "+1 800 555 0001", "--system", "--reason", "a campaign ended"];
        [&call[..], &["--yes", "--env", environment]].concat()
    };
    person.refused(&reset("look"), &["read-only here", "look.toml"]);
    person.refused(&reset("other"), &["another account"]);
    assert_eq!(status(&[]).0, 2);
    assert!(person.done(&reset("dev")).contains("a campaign ended"));
    let left = ask(&endpoint, "Scan", &json!({ "TableName": "dev-rules-engine-ratelimit-ddb" }));
    assert_eq!(left["Count"], 1, "{left}");
    assert!(person.done(&["audit", "--env", "dev"]).contains("a campaign ended"));
    assert_eq!(status(&[]).0, 0);
    person.refused(&reset("dev"), &["nobody dialled this number"]);
}

#[test]
fn the_screens_show_an_environment_and_what_others_change_there() {
    let (_runtime, endpoint) = server("127.0.0.1:0");
    let person = Person::new();
    person.environment("dev", &endpoint, &[&account(ACCOUNT)]);
    person.environment("look", &endpoint, &[&account(ACCOUNT), "read_only=true", "production=true"]);
    person.done(&["store", "migrate", "--env", "dev", "--yes"]);
    person.done(&["store", "push", "--env", "dev", "--yes"]);
    let mut screen = Pty::start(person.home(), (120, 40), &["--env", "dev"], &KEYS);
    screen.expect("dev · ap-southeast-2 · 000000000000").expect("dynamodb · ada (ADMINISTRATOR)");
    screen.keys("2").expect("Account Balance");
    person.done(&["ruleset", "rename", "Account Balance", "Aaa", "--env", "dev"]);
    screen.expect("changed by bea").expect("Aaa").gone("Account Balance");
    // What is changed on the screens is there for commands.
    person.done(&["undo", "--env", "dev"]);
    screen.expect("Account Balance");
    screen.send("q");
    assert_eq!(screen.wait(), 0);

    let mut screen = Pty::start(person.home(), (120, 40), &["--env", "look"], &KEYS);
    screen.expect("PRODUCTION").expect("READ-ONLY").expect("rules, 0 disabled");
    screen.send("q");
    assert_eq!(screen.wait(), 0);
}

#[test]
fn a_screen_waits_for_tables_that_are_not_reached() {
    // An address that nobody listens at.
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let person = Person::new();
    person.environment("dev", &format!("http://{address}"), &[&account(ACCOUNT)]);
    let mut screen = Pty::start(person.home(), (80, 24), &["--env", "dev"], &KEYS);
    screen.expect("dev · ap-southeast-2").expect("Opening");
    screen.expect("the service does not answer").expect("What to do").expect("trying again");
    // It is there now, without tables, then with tables.
    let (_runtime, _) = server(&address);
    screen.expect("the table is not there").expect("store migrate");
    person.done(&["store", "migrate", "--env", "dev", "--yes"]);
    screen.expect("[1 Home]").gone("Opening").expect("(ADMINISTRATOR)");
    screen.send("q");
    assert_eq!(screen.wait(), 0);
}

#[test]
fn a_screen_waits_for_a_server_that_takes_calls_and_never_answers() {
    // Whoever calls is connected, and hears nothing.
    let mute = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = mute.local_addr().unwrap().to_string();
    let person = Person::new();
    person.environment("dev", &format!("http://{address}"), &[&account(ACCOUNT)]);
    let mut screen = Pty::start(person.home(), (80, 24), &["--env", "dev"], &KEYS);
    screen.expect("dev · ap-southeast-2").expect("Opening").expect("reaching its tables");
    screen.expect("the service does not answer").expect("What to do").expect("trying again");
    // Something else listens there now, as after a change of the network.
    drop(mute);
    let (_runtime, _) = server(&address);
    screen.expect("the table is not there").expect("store migrate");
    person.done(&["store", "migrate", "--env", "dev", "--yes"]);
    screen.expect("[1 Home]").gone("Opening").expect("(ADMINISTRATOR)");
    screen.send("q");
    assert_eq!(screen.wait(), 0);
}
