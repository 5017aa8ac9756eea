//! `record`: tests recorded again, as after a change of the rules that is meant.

use std::io::{self, Write};

use connect_rules_engine::collate;
use connect_rules_engine::problem::Problem;
use connect_rules_engine::replay::{Recording, record};
use connect_rules_engine::script::{ExportHeader, ExportMethod, export_tests};
use connect_rules_engine::value::Text;

use crate::args::{Global, RecordArgs, Shard};
use crate::exit::{self, Exit, Failure};
use crate::say::shown;
use crate::test::{select, settings};
use crate::{load, say};

/// Runs the command. Nothing is written unless every selected test could be played to its end.
///
/// # Errors
/// The workspace or a test is not valid, a test cannot be played, the file cannot be written.
pub fn run(args: &RecordArgs, global: &Global) -> Result<Exit, Failure> {
    let mut loaded = load::load(&args.workspace, global)?;
    let tests = select::read(&args.select, &loaded, global)?;
    let (mut tests, _) = select::select(tests, &args.select, Shard { index: 1, count: 1 });
    let workspace = loaded.workspace();
    let settings = settings(&args.run, Recording::Full);
    let mut problems = Vec::new();
    for test in &mut tests {
        match record(&workspace, &loaded.bundle.stubs, test, &settings) {
            Ok(payload) => {
                let changed = *payload != *test.payload;
                let what = if changed { "changed" } else { "as before" };
                say::notice(
                    &format!("{what}: {} {}", shown(&test.folder, false), shown(&test.name, false)),
                    global,
                );
                test.payload = Text::from(payload);
            }
            Err(cause) => problems.push(Problem::error(
                format!("{} {:?}", test.folder, &*test.name),
                format!("it cannot be played to its end: {cause}"),
                "give the inputs that the rules ask for now; nothing was written",
            )),
        }
    }
    if !problems.is_empty() {
        return Err(Failure::data(problems));
    }
    if tests.is_empty() {
        return Ok(Exit::Empty);
    }
    let header = ExportHeader {
        version: Text::from("3.1.0"),
        environment_name: Text::from(&*loaded.bundle.catalogue.stage),
        method: ExportMethod::Selected,
        exported_by: Text::from("connect-rules record"),
        exported_at: Text::clone(&tests[0].test_date_time),
    };
    let text = export_tests(&header, &tests, collate::compare).map_err(|error| {
        Failure::data(vec![Problem::error("tests", error.to_string(), "rename one of them")])
    })?;
    if args.output == "-" {
        exit::written(writeln!(io::stdout().lock(), "{text}"))?;
    } else {
        std::fs::write(&args.output, text).map_err(|e| Failure::writing(&args.output, &e))?;
    }
    Ok(Exit::Success)
}
