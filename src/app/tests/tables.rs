//! `store push`, `pull` and `migrate` against a server of the test's own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test ends at the first error")]

use std::path::Path;
use std::process::Command;

/// A server on a free port, for as long as the runtime lives.
fn server() -> (tokio::runtime::Runtime, String) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    runtime.spawn(dynoxide::server::serve_on(listener, dynoxide::Database::memory().unwrap()));
    (runtime, endpoint)
}

/// Runs the program on a store; answers status, output and errors.
fn run(store: &Path, keys: bool, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_connect-rules"));
    command.arg("--store").arg(store).args(args).env("AWS_REGION", "ap-southeast-2");
    command.env("AWS_EC2_METADATA_DISABLED", "true");
    command.env("AWS_CONFIG_FILE", "/nowhere").env("AWS_SHARED_CREDENTIALS_FILE", "/nowhere");
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        if keys {
            command.env(name, "local");
        } else {
            command.env_remove(name);
        }
    }
    let out = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (out.status.code().unwrap(), text(out.stdout), text(out.stderr))
}

#[test]
fn a_store_goes_to_the_tables_and_comes_back() {
    let (_runtime, endpoint) = server();
    let folder = tempfile::tempdir().unwrap();
    let (here, there) = (folder.path().join("here.db"), folder.path().join("there.db"));
    let tables = ["--endpoint", &endpoint, "--stage", "dev"];
    let store = |file: &Path, keys, words: &[&str]| run(file, keys, &[&["store"], words, &tables].concat());
    assert_eq!(run(&here, true, &["demo", "reset", "--yes"]).0, 0);
    // Without tables, and without credentials.
    let (status, _, said) = store(&here, true, &["push", "--yes"]);
    assert!(
        status != 0 && said.contains("dev-rules-engine-config-ddb") && said.contains("store migrate"),
        "{said}"
    );
    let (status, _, said) = store(&here, false, &["push", "--yes"]);
    assert!(status != 0 && said.contains("no usable credentials") && said.len() < 1500, "{said}");
    let (status, plan, _) = store(&here, true, &["migrate", "--plan"]);
    assert!(status == 0 && plan.lines().count() == 12 && plan.contains("create table journal-ddb"), "{plan}");
    let (status, _, said) = store(&here, true, &["migrate"]);
    assert!(status != 0 && said.contains("--yes"), "{said}");
    assert_eq!(store(&here, true, &["migrate", "--yes"]).0, 0);
    assert_eq!(store(&here, true, &["migrate", "--plan"]).1, "nothing to do\n");
    // There, and back into another store.
    let (status, plan, _) = store(&here, true, &["push", "--plan"]);
    assert!(status == 0 && plan.contains("60 created"), "{plan}");
    let (status, done, said) = store(&here, true, &["push", "--yes"]);
    assert!(status == 0 && done.contains("60 created"), "{done}{said}");
    let (_, plan, _) = store(&here, true, &["push", "--plan"]);
    assert!(plan.contains("60 unchanged") && plan.contains("settings: 0 changed"), "{plan}");
    assert_eq!(store(&there, true, &["pull", "--yes"]).0, 0);
    let export = |file: &Path| run(file, true, &["export", "json"]).1;
    assert!(export(&here).len() > 1000 && export(&here) == export(&there));
}
