//! Environment files as people write them: what is right, what is refused and how.

#![allow(clippy::unwrap_used, reason = "tests")]

use connect_rules_environment::{Environment, FIELDS, FileError, Folders, StoreKind};

const GOOD: &str = r#"
stage = "dev"
region = "ap-southeast-2"
account_number = "012345678901"
instance_id = "01234567-89ab-cdef-0123-456789abcdef"
"#;

fn wrong(text: &str) -> String {
    let wrong = Environment::read("dev", text).unwrap_err();
    wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_is_not_given_follows_from_the_rest() {
    let env = Environment::read("dev", GOOD).unwrap();
    assert_eq!(env.get("service"), "rules-engine");
    assert_eq!(env.get("environment_name"), "dev");
    assert_eq!(
        env.get("instance_arn"),
        "arn:aws:connect:ap-southeast-2:012345678901:instance/01234567-89ab-cdef-0123-456789abcdef"
    );
    assert_eq!(env.get("deployment_bucket"), "dev-rules-engine-deployment-012345678901");
    assert_eq!(env.store(), StoreKind::DynamoDb);
    assert_eq!(env.place(), "ap-southeast-2 · 012345678901");
    assert!(!env.is("production") && env.is("clear_api_keys"));
}

#[test]
fn every_mistake_is_told_with_its_line_and_what_to_write() {
    let text = "stage = \"Dev\"\nregion = \"sydney\"\naccount_number = 12345\nstages = 1\nproduction = \"yes\"\ncallCentreTimeZone = \"x\"\naws_secret_access_key = \"k\"\n";
    let told = wrong(text);
    for expected in [
        "line 1: stage: `Dev` is not up to 40 lower-case letters",
        "line 2: region: `sydney` is not a region such as",
        "line 3: account_number: put the number 12345 in quotes",
        "line 4: stages: there is no such setting",
        "line 5: production: `yes` is not true or false",
        "line 6: callCentreTimeZone: there is no such setting: it is written call_centre_time_zone",
        "line 7: aws_secret_access_key: keys do not belong",
        "instance_id: is missing",
    ] {
        assert!(told.contains(expected), "{expected} is missing in\n{told}");
    }
    assert!(wrong("stage = ").starts_with("line 1: "));
}

#[test]
fn an_embedded_environment_needs_no_cloud() {
    let env = Environment::read("lab", "stage = \"lab\"\nstore = \"embedded\"\n").unwrap();
    assert_eq!((env.store(), env.place().as_str()), (StoreKind::Embedded, ""));
}

#[test]
fn another_account_is_refused_by_name() {
    let env = Environment::read("dev", GOOD).unwrap();
    assert!(env.guard("012345678901").is_ok());
    let told = env.guard("999999999999").unwrap_err();
    assert!(
        told.contains("999999999999") && told.contains("012345678901") && told.contains("`dev`"),
        "{told}"
    );
}

#[test]
fn the_example_shows_every_setting_and_is_up_to_date() {
    let example = Environment::write(&[]);
    for field in FIELDS {
        assert!(example.contains(&format!("{} = ", field.name)), "{}", field.name);
    }
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../env/example.toml");
    if std::env::var_os("CONNECT_RULES_WRITE").is_some() {
        std::fs::write(file, &example).unwrap();
    }
    let kept = std::fs::read_to_string(file).unwrap();
    assert_eq!(
        example, kept,
        "CONNECT_RULES_WRITE=1 cargo test -p connect-rules-environment writes it again"
    );
}

#[test]
fn a_new_file_reads_back_and_is_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let folders = Folders::new(&folder.path().join("work"), &folder.path().join("config"));
    let text = Environment::write(&[
        ("stage", "dev"),
        ("region", "ap-southeast-2"),
        ("account_number", "012345678901"),
        ("instance_id", "01234567-89ab-cdef-0123-456789abcdef"),
        ("production", "true"),
    ]);
    let file = folders.create("dev", &text).unwrap();
    assert!(file.starts_with(folder.path().join("config")));
    assert!(matches!(folders.create("dev", "x"), Err(FileError::File { .. })));
    assert!(matches!(folders.create("../dev", "x"), Err(FileError::Name(_))));
    assert!(folders.open("dev").unwrap().is("production"));
    let told = folders.open("prod").unwrap_err().to_string();
    assert!(told.contains("`prod`") && told.contains("there are dev"), "{told}");
    assert_eq!(folders.current(), None);
    folders.choose(Some("dev")).unwrap();
    assert_eq!(folders.current().as_deref(), Some("dev"));
    assert!(folders.choose(Some("prod")).is_err());
    folders.choose(None).unwrap();
    assert_eq!(folders.current(), None);
}
