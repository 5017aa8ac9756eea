//! Keys of the screen Health.

use connect_rules_store::Operation;

use crate::keys::Binding;

/// Keys of the screen.
pub const KEYS: &[Binding] = &[
    Binding::new(
        "health.open",
        &["enter"],
        "health.checks",
        "difference",
        "Show what was found in full, what differs in a flow action by action; open or close a group",
    ),
    Binding::new(
        "health.step",
        &["enter"],
        "health.plan",
        "whole line",
        "Show the step in full, and what came of it",
    ),
    Binding::new(
        "health.filterKeep",
        &["enter"],
        "health.filter",
        "keep filter",
        "Keep the filter and go to the checks",
    ),
    Binding::new(
        "health.filterClear",
        &["esc", "ctrl-g"],
        "health.filter",
        "clear filter",
        "Show all checks again",
    ),
    Binding::new(
        "health.scan",
        &["s", "r"],
        "health",
        "scan",
        "Look at everything that the environment consists of; nothing is changed",
    ),
    Binding::new(
        "health.drafts",
        &["D"],
        "health",
        "",
        "Scan, and look for flows that were edited and not published: one more call for each",
    ),
    Binding::new("health.plan", &["p"], "health", "plan", "Go to what a repair would do"),
    Binding::new(
        "health.apply",
        &["A"],
        "health",
        "apply plan",
        "Carry out the plan; what failed or was cancelled before goes on",
    )
    .asks(Operation::UpdateContactFlow),
    Binding::new(
        "health.adopt",
        &["o"],
        "health",
        "",
        "Plan to take over flows that others made under the names of the product, or to leave them",
    ),
    Binding::new(
        "health.problems",
        &["t"],
        "health",
        "problems",
        "Show only what is not healthy, or everything",
    ),
    Binding::new(
        "health.export",
        &["e"],
        "health",
        "export",
        "Write the report to a file: text, or JSON with .json",
    ),
    Binding::new(
        "health.cancel",
        &["x"],
        "health",
        "",
        "Stop the scan or the repair; what is begun is ended",
    ),
    Binding::new("health.back", &["esc", "ctrl-g"], "health", "", "Go back to the checks"),
];
