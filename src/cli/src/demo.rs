//! The demo workspace, part of the program so that every command has something to work on.

use std::io::{self, Write};

use clap::Parser as _;
use connect_rules_engine::bundle::Parts;
use connect_rules_engine::replay::{Asked, Recording, TestResult, run as replay};
use connect_rules_engine::value::Value;
use connect_rules_engine::{help, json};

use crate::args::{Cli, Command, Global, SelectArgs, Shard};
use crate::exit::{self, Exit, Failure};
use crate::say::shown;
use crate::{load, test};

/// Its documents.
pub const PARTS: Parts<'static> = Parts {
    rule_sets: Some(("demo/rulesets.json", help::DEMO)),
    connect: Some(("demo/connect.json", include_str!("../../../data/demo/connect.json"))),
    lex: Some(("demo/lex.json", include_str!("../../../data/demo/lex.json"))),
    functions: Some(("demo/functions.json", include_str!("../../../data/demo/functions.json"))),
    tests: None,
};

/// Its recorded tests: name and text of each file.
pub const TESTS: &[(&str, &str)] = &[
    ("demo/tests/billing.json", include_str!("../../../data/demo/tests/billing.json")),
    ("demo/tests/digital.json", include_str!("../../../data/demo/tests/digital.json")),
    ("demo/tests/faults.json", include_str!("../../../data/demo/tests/faults.json")),
    ("demo/tests/moving.json", include_str!("../../../data/demo/tests/moving.json")),
    ("demo/tests/sales.json", include_str!("../../../data/demo/tests/sales.json")),
    ("demo/tests/shared.json", include_str!("../../../data/demo/tests/shared.json")),
    ("demo/tests/surveys.json", include_str!("../../../data/demo/tests/surveys.json")),
    ("demo/tests/welcome.json", include_str!("../../../data/demo/tests/welcome.json")),
];

/// Every recorded test as one document.
pub fn all_tests() -> String {
    let tests = TESTS
        .iter()
        .filter_map(|(_, text)| json::parse(text).ok())
        .flat_map(|file| file.member("tests").as_array().map(<[Value]>::to_vec).unwrap_or_default());
    json::print(&tests.collect::<Vec<_>>().into()).unwrap_or_default()
}

/// The recorded test that `demo` plays as a call.
const CALL: &str = "Wrong key then the right one";

/// Runs the command `demo`: one call as a person hears it, then every recorded test.
///
/// # Errors
/// Standard output cannot be written.
pub fn run(global: &Global) -> Result<Exit, Failure> {
    let mut loaded = load::load_demo(global)?;
    let wanted = SelectArgs { name: Some(CALL.to_owned()), ..SelectArgs::default() };
    let tests = test::select::read(&wanted, &loaded, global)?;
    let (tests, _) = test::select::select(tests, &wanted, Shard { index: 1, count: 1 });
    // The defaults of `test` are those of its declaration.
    let arguments = ["connect-rules", "test"];
    let Ok(Cli { command: Some(Command::Test(all)), .. }) = Cli::try_parse_from(arguments) else {
        return Ok(Exit::Internal);
    };
    if let Some(call) = tests.first() {
        let workspace = loaded.workspace();
        let settings = test::settings(&all.run.run, Recording::Full);
        let result = replay(&workspace, &loaded.bundle.stubs, call, &call.script(), &settings, ());
        exit::written(tell(&mut io::stdout().lock(), &result))?;
    }
    test::run_on(load::load_demo(global)?, &all.run, global)
}

/// Writes a call the way a person would tell it.
fn tell(out: &mut impl Write, result: &TestResult) -> io::Result<()> {
    let call = &result.test;
    writeln!(
        out,
        "A call from {} to {}, {}\n",
        call.customer_phone_number, call.end_point, call.test_date_time
    )?;
    for interaction in &result.interactions {
        let reply = &interaction.reply;
        if let Asked::Input(input) = &interaction.asked {
            writeln!(out, "  » {}", shown(&input.text(), false))?;
        } else {
            writeln!(out, "{} / {}  ({})", reply.rule_set, reply.rule, reply.rule_type)?;
        }
        if let Some(message) = reply.message_text() {
            writeln!(out, "  « {}", shown(&message, true).replace('\n', "\n    "))?;
        }
        if let Some(queue) = &reply.queue {
            writeln!(out, "  ⇒ queue {}", shown(queue, false))?;
        }
    }
    writeln!(out)
}
