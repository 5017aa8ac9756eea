//! Keys of the Tests screen and its dialogs.

use connect_rules_store::Operation;

use crate::keys::Binding;

/// Keys of the screen.
pub const KEYS: &[Binding] = &[
    Binding::new("tests.run", &["r"], "tests", "run", "Run the test under the cursor, or its folder")
        .needs(Operation::StartBatch),
    Binding::new("tests.runFolder", &["R"], "tests", "folder", "Run the tests of this folder and below")
        .needs(Operation::StartBatch),
    Binding::new(
        "tests.runAll",
        &["A"],
        "tests",
        "all",
        "Run the selected tests, or all if none is selected",
    )
    .needs(Operation::StartBatch),
    Binding::new("tests.again", &["f5"], "tests", "", "Run the tests of the last run again")
        .needs(Operation::StartBatch),
    Binding::new("tests.stop", &["x"], "tests", "", "Stop the run; what is done is kept"),
    Binding::new(
        "tests.edit",
        &["e"],
        "tests",
        "edit",
        "Edit the test: its script with checking, and its fields; it only shows the test to people who may not change it",
    )
    .needs(Operation::ReadTests),
    Binding::new("tests.new", &["n"], "tests.tree", "new", "Make a new test in this folder")
        .asks(Operation::CreateTest),
    Binding::new(
        "tests.open",
        &["enter"],
        "tests.tree",
        "step",
        "Step through the test in Simulate; open or close a folder",
    ),
    Binding::new("tests.step", &["s"], "tests", "", "Step through the test in Simulate"),
    Binding::new("tests.nextFailure", &["]"], "tests", "next ✗", "Go to the next test that failed"),
    Binding::new("tests.previousFailure", &["["], "tests", "", "Go to the previous test that failed"),
    Binding::new(
        "tests.failures",
        &["t"],
        "tests",
        "failures",
        "Show only tests that failed or warned, or all again",
    ),
    Binding::new("tests.coverage", &["C"], "tests", "coverage", "Go to what the run covered, and back"),
    Binding::new(
        "tests.mark",
        &["space"],
        "tests.tree",
        "select",
        "Select the test, or the tests of the folder, for copy, move, delete, export, run",
    ),
    Binding::new("tests.clear", &["esc"], "tests.tree", "", "Select nothing, filter nothing"),
    Binding::new("tests.copy", &["c"], "tests.tree", "", "Copy the selected tests to a folder")
        .asks(Operation::CopyTests),
    Binding::new("tests.move", &["m"], "tests.tree", "", "Move the selected tests to a folder")
        .asks(Operation::MoveTests),
    Binding::new("tests.delete", &["d", "del"], "tests.tree", "", "Delete the selected tests")
        .asks(Operation::DeleteTest),
    Binding::new(
        "tests.export",
        &["X"],
        "tests.tree",
        "",
        "Export the selected tests, a folder or all to a file",
    )
    .needs(Operation::ReadTests),
    Binding::new(
        "tests.import",
        &["I"],
        "tests.tree",
        "",
        "Import a file of tests, in part or in full; the plan is shown first",
    )
    .asks(Operation::ImportTests),
    Binding::new(
        "tests.runs",
        &["B"],
        "tests",
        "runs",
        "List the runs of this session; show one again or export its result",
    )
    .needs(Operation::ReadBatches),
    Binding::new(
        "tests.report",
        &["E"],
        "tests",
        "report",
        "Export the result of the shown run to a file: JUnit, HTML or JSON",
    )
    .needs(Operation::ReadBatches),
    Binding::new(
        "tests.missing",
        &["M"],
        "tests",
        "missing",
        "Search for tests of what no test covers; they are shown before they are added to this folder",
    )
    .asks(Operation::CreateTest),
    Binding::new(
        "tests.missing.leave",
        &["space"],
        "dialog.missing",
        "leave out",
        "Leave the test out, or take it again",
    ),
    Binding::new("tests.draft", &["D"], "tests", "", "Open the draft that was kept when the program ended")
        .asks(Operation::UpdateTest),
    Binding::new(
        "tests.script.open",
        &["enter", "g d"],
        "tests.script",
        "rule",
        "Open the rule that answered at this line",
    ),
    Binding::new(
        "tests.script.line",
        &["space"],
        "tests.script",
        "",
        "Show what the line was matched with, or hide it",
    ),
    Binding::new(
        "tests.script.expand",
        &["o"],
        "tests.script",
        "expand",
        "Show what every line was matched with, or hide it",
    ),
    Binding::new(
        "tests.coverage.open",
        &["enter", "g d"],
        "tests.coverage",
        "open rule",
        "Open the rule under the cursor",
    ),
    Binding::new(
        "tests.coverage.toggle",
        &["space"],
        "tests.coverage",
        "",
        "Open or close the rule set or rule",
    ),
    Binding::new(
        "tests.coverage.walkers",
        &["w"],
        "tests.coverage",
        "tests",
        "List the tests that reach what the cursor is on",
    ),
    Binding::new(
        "tests.coverage.covered",
        &["c"],
        "tests.coverage",
        "covered",
        "Show or hide what is covered",
    ),
    Binding::new(
        "tests.coverage.partial",
        &["p"],
        "tests.coverage",
        "partial",
        "Show or hide what is covered in part",
    ),
    Binding::new(
        "tests.coverage.uncovered",
        &["n"],
        "tests.coverage",
        "uncovered",
        "Show or hide what is not covered",
    ),
    Binding::new(
        "tests.coverage.unreached",
        &["U"],
        "tests.coverage",
        "unreached",
        "List what no test reaches, with the reason",
    ),
    Binding::new(
        "tests.edit.insert",
        &["f4"],
        "dialog.testEdit",
        "insert",
        "Insert a sample line: message, input, queue and others",
    ),
    Binding::new(
        "tests.edit.try",
        &["f5"],
        "dialog.testEdit",
        "try",
        "Play the script as it is typed and mark its lines",
    ),
    Binding::new("tests.edit.next", &["f6"], "dialog.testEdit", "next", "Go to the next remark"),
    Binding::new(
        "tests.import.full",
        &["f"],
        "dialog.importTests",
        "full",
        "Also delete stored tests that are not in the file",
    ),
    Binding::new(
        "tests.import.drafts",
        &["r"],
        "dialog.importTests",
        "",
        "Also take tests that are not production ready",
    ),
    Binding::new(
        "tests.runs.export",
        &["e"],
        "dialog.runs",
        "export",
        "Export the result of the run to a file: JUnit, HTML or JSON",
    ),
    Binding::new(
        "tests.runs.failures",
        &["t"],
        "dialog.runs",
        "",
        "Show only runs with failures, or all again",
    ),
];
