//! The keys of the screen.

use connect_rules_store::Operation;

use crate::keys::Binding;

/// Keys of the screen.
pub const KEYS: &[Binding] = &[
    Binding::new(
        "limits.filterKeep",
        &["enter"],
        "limits.filter",
        "keep filter",
        "Keep the filter and go back to the table",
    ),
    Binding::new(
        "limits.filterClear",
        &["esc", "ctrl-g"],
        "limits.filter",
        "clear filter",
        "Clear the filter",
    ),
    Binding::new(
        "limits.open",
        &["enter"],
        "limits",
        "detail",
        "Show everything about the row: attributes, decisions of the day, attempts in their order",
    ),
    Binding::new(
        "limits.states",
        &["f"],
        "limits",
        "all/live/blocked",
        "Show all numbers, those with a window that is not over, or those that are blocked",
    ),
    Binding::new("limits.pause", &["p"], "limits", "pause", "Stop reading again and again, or go on"),
    Binding::new("limits.refresh", &["r"], "limits", "", "Read everything now; quotas too"),
    Binding::new(
        "limits.dial",
        &["f5", "t"],
        "limits",
        "dial",
        "Try limits: agents dial on a clock of their own",
    ),
    Binding::new("limits.edit", &["e"], "limits", "edit", "Change the limits; shows the difference and asks")
        .asks(Operation::ChangeLimits),
    Binding::new(
        "limits.release",
        &["x"],
        "limits",
        "release",
        "Release the number: its counter begins anew; takes a reason, which is in the audit list",
    )
    .asks(Operation::ChangeLimits),
    Binding::new(
        "limits.earlier",
        &["d"],
        "limits",
        "",
        "Blocked contacts, tasks and totals of the day before",
    ),
    Binding::new("limits.today", &["D"], "limits", "", "Blocked contacts, tasks and totals of today"),
    Binding::new(
        "limits.more",
        &["+"],
        "limits",
        "",
        "Read older decisions of the day, where not all are read",
    ),
    Binding::new(
        "limits.mask",
        &["m"],
        "limits",
        "",
        "Show whole numbers, or their last four digits; takes POWER_USER",
    ),
    Binding::new("limits.copy", &["y"], "limits", "", "Copy the table of this pane as CSV"),
    Binding::new("limits.write", &["w"], "limits", "", "Write the table of this pane to a CSV file"),
];
