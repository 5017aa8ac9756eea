//! Keys of the screen Functions.

use connect_rules_store::Operation;

use crate::keys::Binding;

/// Keys of the screen.
pub const KEYS: &[Binding] = &[
    Binding::new(
        "functions.versions",
        &["enter"],
        "functions.list",
        "versions",
        "Go to the versions of the function under the cursor",
    ),
    Binding::new("functions.line", &["enter"], "functions.output", "whole line", "Show the line in full"),
    Binding::new(
        "functions.pause",
        &["space"],
        "functions.output",
        "pause",
        "Pause following the log, or go on where it was",
    ),
    Binding::new("functions.clear", &["c"], "functions.output", "clear", "Forget the lines that are shown"),
    Binding::new(
        "functions.filterKeep",
        &["enter"],
        "functions.filter",
        "keep filter",
        "Keep the filter and go to the rows",
    ),
    Binding::new(
        "functions.filterClear",
        &["esc", "ctrl-g"],
        "functions.filter",
        "clear filter",
        "Show all rows again",
    ),
    Binding::new("functions.refresh", &["r"], "functions", "refresh", "Ask again what is deployed"),
    Binding::new("functions.follow", &["f"], "functions", "log", "Follow the log of the function"),
    Binding::new(
        "functions.invoke",
        &["i"],
        "functions",
        "invoke",
        "Call the function with a payload; answer and log are shown",
    )
    .asks(Operation::ChangeFunction),
    Binding::new(
        "functions.deploy",
        &["d"],
        "functions",
        "deploy",
        "Send new code to the function and publish it as a version",
    )
    .asks(Operation::ChangeFunction),
    Binding::new(
        "functions.promote",
        &["p"],
        "functions",
        "promote",
        "Point an alias to the version under the cursor, or to the newest one",
    )
    .asks(Operation::ChangeFunction),
    Binding::new(
        "functions.rollBack",
        &["b"],
        "functions",
        "roll back",
        "Point an alias to the version before the one that it points to",
    )
    .asks(Operation::ChangeFunction),
    Binding::new(
        "functions.warm",
        &["w"],
        "functions",
        "keep warm",
        "Set how many copies of each function are kept warm",
    )
    .asks(Operation::RefreshCache),
    Binding::new("functions.warmNow", &["W"], "functions", "", "Call the functions that are kept warm now")
        .asks(Operation::ChangeFunction),
    Binding::new(
        "functions.period",
        &["m"],
        "functions",
        "period",
        "Figures of the last hour, day or week: the next of them",
    ),
    Binding::new("functions.cancel", &["x"], "functions", "", "Give up what is being asked or done"),
    Binding::new("functions.back", &["esc", "ctrl-g"], "functions", "", "Go back to the list of functions"),
];
