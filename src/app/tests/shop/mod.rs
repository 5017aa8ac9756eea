//! A store of its own for each test, worked on with the program itself.
#![allow(dead_code, reason = "every test file uses some of it")]

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::tool::{Outcome, scratch};

/// A store in a folder of its own, with a home of its own.
pub struct Shop {
    /// Where everything of the test lies.
    pub folder: PathBuf,
}

impl Shop {
    /// A shop of that name.
    pub fn new(name: &str) -> Self {
        Shop { folder: scratch(&format!("store-{name}")) }
    }

    /// Its store.
    pub fn file(&self) -> PathBuf {
        self.folder.join("rules.sqlite")
    }

    /// Runs a command with that input.
    pub fn run(&self, args: &[&str], input: &str) -> Outcome {
        let mut child = Command::new(env!("CARGO_BIN_EXE_connect-rules"))
            .args(args)
            .env("HOME", &self.folder)
            .env("XDG_DATA_HOME", self.folder.join("data"))
            .env("XDG_STATE_HOME", self.folder.join("state"))
            .env("XDG_CONFIG_HOME", self.folder.join("config"))
            .env("USER", "olga")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that reads nothing closes the pipe.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        Outcome {
            status: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs a command on the store.
    pub fn on(&self, args: &[&str], input: &str) -> Outcome {
        let file = self.file().display().to_string();
        let mut all = args.to_vec();
        all.extend(["--store", &file, "--empty"]);
        self.run(&all, input)
    }

    /// Runs a command that must succeed.
    pub fn ok(&self, args: &[&str]) -> String {
        let outcome = self.on(args, "");
        assert_eq!(outcome.status, 0, "{args:?}: {}", outcome.err);
        outcome.out
    }

    /// Runs a command that must succeed, with --json.
    pub fn json(&self, args: &[&str]) -> Value {
        let mut all = args.to_vec();
        all.push("--json");
        let out = self.ok(&all);
        serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {out}"))
    }

    /// Runs a command that must be refused; answers what it said.
    pub fn refused(&self, args: &[&str]) -> String {
        let outcome = self.on(args, "");
        assert_eq!((outcome.status, outcome.out.as_str()), (1, ""), "{args:?}: {}", outcome.err);
        outcome.err
    }

    /// Three rule sets from the shell: a greeting, a menu and a goodbye.
    pub fn journey(&self) {
        self.ok(&["connect-data", "set", "CallCentreTimeZone", "Australia/Melbourne"]);
        self.ok(&["endpoint", "create", "Main line", "--number", "+61390000000"]);
        self.ok(&["ruleset", "create", "Goodbye", "--folder", "/Ends"]);
        self.ok(&["rule", "create", "Goodbye", "Hang up", "--type", "Terminate"]);
        self.ok(&["ruleset", "create", "Menu", "--folder", "/Menus"]);
        let menu = [
            "offerMessage=Press 1 to leave",
            "errorMessage1=No",
            "errorMessage2=No",
            "errorMessage3=No",
            "errorCount=2",
            "inputCount=3",
            "dtmf1=Goodbye",
            "errorRuleSetName=Goodbye",
            "noInputRuleSetName=Goodbye",
            "noInputCount=3",
            "noInputMessage1=Hello",
            "noInputMessage2=Hello",
            "noInputMessage3=Hello",
            "inputTimeout=10",
        ];
        let mut args = vec!["rule", "create", "Menu", "Ask", "--type", "DTMFMenu"];
        for pair in menu {
            args.extend(["--set", pair]);
        }
        self.ok(&args);
        self.ok(&["ruleset", "create", "Start", "--end-point", "Main line"]);
        let greet = ["rule", "create", "Start", "Greet", "--type", "Message", "--priority", "20"];
        self.ok(&[&greet[..], &["--set", "message=Welcome, {{CustomerPhoneNumber}}"]].concat());
        let go = ["rule", "create", "Start", "Go on", "--type", "RuleSet", "--priority", "10"];
        let weight = "System.DateTimeLocal isnotnull 10";
        self.ok(&[&go[..], &["--set", "ruleSetName=Menu", "--weight", weight, "--activation", "10"]].concat());
    }
}

/// Names of the documents of a list.
pub fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect()
}
