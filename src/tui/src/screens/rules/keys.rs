//! The keys of the screen. Places: `rules.set` in the tree of rule sets, `rules.rule` in the list of rules;
//! each with the detail that belongs to it.

use connect_rules_store::Operation;

use crate::keys::Binding;

/// Keys of the screen.
pub const KEYS: &[Binding] = &[
    Binding::new("rules.filter.keep", &["enter"], "rules.filter", "keep", "Keep the filter and go on"),
    Binding::new("rules.filter.clear", &["esc", "ctrl-g"], "rules.filter", "clear", "Show everything again"),
    // Rule sets.
    Binding::new(
        "rules.open",
        &["enter"],
        "rules.set",
        "open",
        "Go to the rules of the rule set; open or close the folder",
    ),
    Binding::new(
        "rules.editSet",
        &["e"],
        "rules.set",
        "edit",
        "Edit folder, description, end points and the enabled mark of the rule set",
    )
    .asks(Operation::UpdateRuleSet),
    Binding::new("rules.createSet", &["n"], "rules.set", "new", "Create a rule set in this folder")
        .asks(Operation::CreateRuleSet),
    Binding::new(
        "rules.cloneSet",
        &["c"],
        "rules.set",
        "clone",
        "Clone the rule set with its rules, without its end points",
    )
    .asks(Operation::CloneRuleSet),
    Binding::new(
        "rules.renameSet",
        &["r"],
        "rules.set",
        "rename",
        "Rename the rule set and rewrite all references, or rename the folder",
    )
    .asks(Operation::RenameRuleSet),
    Binding::new(
        "rules.moveSets",
        &["m"],
        "rules.set",
        "move",
        "Move the marked rule sets, or this one, to a folder",
    )
    .asks(Operation::MoveRuleSets),
    Binding::new(
        "rules.deleteSets",
        &["d", "del"],
        "rules.set",
        "delete",
        "Delete the marked rule sets, or this one; refused while others refer to them",
    )
    .asks(Operation::DeleteRuleSet),
    Binding::new(
        "rules.toggleSets",
        &["space"],
        "rules.set",
        "on/off",
        "Enable or disable the marked rule sets, or this one",
    )
    .at_once(Operation::UpdateRuleSet),
    Binding::new(
        "rules.markSet",
        &["v"],
        "rules.set",
        "mark",
        "Mark the rule set, or all of the folder, for move, delete, on/off and export",
    ),
    // Rules.
    Binding::new(
        "rules.edit",
        &["enter", "e"],
        "rules.rule",
        "edit",
        "Open the form of the rule; it only shows the rule to people who may not change it",
    )
    .needs(Operation::ReadRule),
    Binding::new("rules.createRule", &["n"], "rules.rule", "new", "Create a rule in this rule set")
        .asks(Operation::CreateRule),
    Binding::new(
        "rules.clone",
        &["c"],
        "rules.rule",
        "clone",
        "Clone the rule, here or into another rule set",
    )
    .asks(Operation::CloneRule),
    Binding::new("rules.rename", &["r"], "rules.rule", "rename", "Rename the rule")
        .asks(Operation::RenameRule),
    Binding::new(
        "rules.move",
        &["m"],
        "rules.rule",
        "move",
        "Move the marked rules, or this one, to another rule set",
    )
    .asks(Operation::UpdateRule),
    Binding::new(
        "rules.delete",
        &["d", "del"],
        "rules.rule",
        "delete",
        "Delete the marked rules, or this one",
    )
    .asks(Operation::DeleteRule),
    Binding::new(
        "rules.toggle",
        &["space"],
        "rules.rule",
        "on/off",
        "Enable or disable the marked rules, or this one",
    )
    .at_once(Operation::UpdateRule),
    Binding::new("rules.up", &["K"], "rules.rule", "up", "Give the rule a higher priority: one place up")
        .at_once(Operation::UpdateRule),
    Binding::new(
        "rules.down",
        &["J"],
        "rules.rule",
        "down",
        "Give the rule a lower priority: one place down",
    )
    .at_once(Operation::UpdateRule),
    Binding::new(
        "rules.mark",
        &["v"],
        "rules.rule",
        "mark",
        "Mark the rule for move, delete, on/off and copy",
    ),
    Binding::new("rules.copy", &["y"], "rules.rule", "copy", "Copy the marked rules, or this one, as JSON"),
    // Both.
    Binding::new("rules.goto", &["g d"], "rules", "go to", "Go to what the rule or the rule set leads to"),
    Binding::new("rules.used", &["w"], "rules", "used by", "List who leads to this rule set, and go there"),
    Binding::new(
        "rules.simulate",
        &["s"],
        "rules",
        "simulate",
        "Simulate a call that starts at this rule set",
    ),
    Binding::new("rules.graph", &["o"], "rules", "graph", "Show the rule set in the graph"),
    Binding::new(
        "rules.findings",
        &["i"],
        "rules",
        "findings",
        "Explain the lint findings: why and what to do",
    ),
    Binding::new("rules.paste", &["p"], "rules", "paste", "Paste the copied rules into this rule set")
        .at_once(Operation::CreateRule),
    Binding::new(
        "rules.export",
        &["x"],
        "rules",
        "export",
        "Write marked rule sets, a folder or all of them to a file: JSON or CSV",
    )
    .needs(Operation::ExportCsv),
    Binding::new("rules.clear", &["esc"], "rules", "", "Clear marks and the filter of the pane"),
];
