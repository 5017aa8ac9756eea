//! Keys of the screen Admin.

use connect_rules_store::Operation;

use crate::keys::Binding;

/// Keys of the screen.
pub const KEYS: &[Binding] = &[
    Binding::new(
        "admin.open",
        &["enter", "right", "l"],
        "admin.sections",
        "open",
        "Go into the section under the cursor",
    ),
    Binding::new("admin.back", &["esc", "ctrl-g"], "admin", "sections", "Go back to the column of sections"),
    Binding::new("admin.sectionBefore", &["["], "admin", "", "Show the section before"),
    Binding::new("admin.sectionNext", &["]"], "admin", "", "Show the next section"),
    Binding::new(
        "admin.filterKeep",
        &["enter"],
        "admin.filter",
        "keep filter",
        "Keep the filter and go to the rows",
    ),
    Binding::new(
        "admin.filterClear",
        &["esc", "ctrl-g"],
        "admin.filter",
        "clear filter",
        "Show all rows again",
    ),
    // Users
    Binding::new("admin.users.new", &["n"], "admin.users", "new", "Create a user; the key is shown once")
        .asks(Operation::CreateUser),
    Binding::new(
        "admin.users.edit",
        &["enter", "e"],
        "admin.users",
        "edit",
        "Edit the user: names, e-mail, role, enabled",
    )
    .asks(Operation::UpdateUser),
    Binding::new("admin.users.enable", &["space"], "admin.users", "on/off", "Enable or disable the user")
        .at_once(Operation::UpdateUser),
    Binding::new(
        "admin.users.key",
        &["r"],
        "admin.users",
        "reset key",
        "Give the user a new key; the old one stops working",
    )
    .asks(Operation::UpdateUser),
    Binding::new("admin.users.delete", &["d", "del"], "admin.users", "delete", "Delete the user")
        .asks(Operation::DeleteUser),
    Binding::new(
        "admin.users.login",
        &["L"],
        "admin.users",
        "require login",
        "Require people to log in with a key, or no longer",
    )
    .asks(Operation::RefreshCache),
    // End points
    Binding::new(
        "admin.endPoints.open",
        &["enter"],
        "admin.endPoints",
        "rule set",
        "Open the rule set that the end point leads to",
    ),
    Binding::new(
        "admin.endPoints.simulate",
        &["s"],
        "admin.endPoints",
        "simulate",
        "Simulate a call to the end point",
    )
    .needs(Operation::Simulate),
    Binding::new("admin.endPoints.new", &["n"], "admin.endPoints", "new", "Create an end point")
        .asks(Operation::CreateEndPoint),
    Binding::new(
        "admin.endPoints.edit",
        &["e"],
        "admin.endPoints",
        "edit",
        "Edit description, numbers and the enabled mark",
    )
    .asks(Operation::UpdateEndPoint),
    Binding::new(
        "admin.endPoints.addNumber",
        &["+"],
        "admin.endPoints",
        "number",
        "Add a number that no end point has",
    )
    .asks(Operation::UpdateEndPoint),
    Binding::new(
        "admin.endPoints.removeNumber",
        &["-"],
        "admin.endPoints",
        "",
        "Remove a number of the end point",
    )
    .asks(Operation::UpdateEndPoint),
    Binding::new(
        "admin.endPoints.assign",
        &["a"],
        "admin.endPoints",
        "assign",
        "Choose the rule set that the end point leads to",
    )
    .asks(Operation::UpdateRuleSet),
    Binding::new(
        "admin.endPoints.rename",
        &["r"],
        "admin.endPoints",
        "rename",
        "Rename the end point; rule sets and tests follow",
    )
    .asks(Operation::UpdateEndPoint),
    Binding::new(
        "admin.endPoints.enable",
        &["space"],
        "admin.endPoints",
        "on/off",
        "Enable or disable the end point",
    )
    .at_once(Operation::UpdateEndPoint),
    Binding::new(
        "admin.endPoints.uses",
        &["w"],
        "admin.endPoints",
        "",
        "Show the rule sets and tests that use the end point",
    ),
    Binding::new(
        "admin.endPoints.delete",
        &["d", "del"],
        "admin.endPoints",
        "delete",
        "Delete the end point; refused while it is used",
    )
    .asks(Operation::DeleteEndPoint),
    // Holidays
    Binding::new("admin.holidays.new", &["n"], "admin.holidays", "new", "Create a holiday")
        .asks(Operation::CreateHoliday),
    Binding::new("admin.holidays.edit", &["enter", "e"], "admin.holidays", "edit", "Edit the holiday")
        .asks(Operation::UpdateHoliday),
    Binding::new(
        "admin.holidays.closed",
        &["space"],
        "admin.holidays",
        "closed",
        "Mark the holiday closed or open",
    )
    .at_once(Operation::UpdateHoliday),
    Binding::new(
        "admin.holidays.copy",
        &["c"],
        "admin.holidays",
        "next year",
        "Copy the holiday to the next year",
    )
    .asks(Operation::CreateHoliday),
    Binding::new("admin.holidays.delete", &["d", "del"], "admin.holidays", "delete", "Delete the holiday")
        .asks(Operation::DeleteHoliday),
    Binding::new("admin.holidays.past", &["p"], "admin.holidays", "past", "Show or hide past holidays"),
    Binding::new(
        "admin.holidays.monthBefore",
        &["left", "h", "<"],
        "admin.holidays",
        "◀ month",
        "Show the month before",
    ),
    Binding::new(
        "admin.holidays.monthNext",
        &["right", "l", ">"],
        "admin.holidays",
        "▶ month",
        "Show the next month",
    ),
    Binding::new("admin.holidays.today", &["t"], "admin.holidays", "", "Show the present month"),
    // Operating hours
    Binding::new("admin.hours.edit", &["enter", "e"], "admin.hours", "edit", "Edit the operating hours")
        .asks(Operation::RefreshCache),
    Binding::new("admin.hours.new", &["n"], "admin.hours", "new", "Add operating hours")
        .asks(Operation::RefreshCache),
    Binding::new(
        "admin.hours.delete",
        &["d", "del"],
        "admin.hours",
        "delete",
        "Delete the operating hours; refused while they are used",
    )
    .asks(Operation::RefreshCache),
    Binding::new(
        "admin.hours.section",
        &["r"],
        "admin.hours",
        "refresh",
        "Read the operating hours of the instance anew; u undoes it",
    )
    .at_once(Operation::RefreshCache),
    Binding::new("admin.hours.uses", &["w"], "admin.hours", "used by", "Show what uses the operating hours"),
    // Connect data
    Binding::new("admin.connect.edit", &["enter", "e"], "admin.connect", "edit", "Edit the thing")
        .asks(Operation::RefreshCache),
    Binding::new("admin.connect.new", &["n"], "admin.connect", "new", "Add a thing of this kind")
        .asks(Operation::RefreshCache),
    Binding::new(
        "admin.connect.delete",
        &["d", "del"],
        "admin.connect",
        "delete",
        "Remove the thing; refused while rules name it",
    )
    .asks(Operation::RefreshCache),
    Binding::new("admin.connect.uses", &["w"], "admin.connect", "used by", "Show what uses the thing"),
    Binding::new("admin.connect.before", &["left", "h"], "admin.connect", "◀ kind", "Show the kind before"),
    Binding::new("admin.connect.next", &["right", "l"], "admin.connect", "▶ kind", "Show the next kind"),
    Binding::new(
        "admin.connect.refresh",
        &["r"],
        "admin.connect",
        "refresh",
        "Read everything of the instance anew, and show what changed; u undoes it",
    )
    .at_once(Operation::RefreshCache),
    Binding::new(
        "admin.connect.section",
        &["R"],
        "admin.connect",
        "",
        "Read only the things of this kind anew",
    )
    .at_once(Operation::RefreshCache),
    Binding::new("admin.connect.cancel", &["X"], "admin.connect", "", "Give up reading the instance"),
    Binding::new("admin.connect.import", &["i"], "admin.connect", "import", "Import connect.json")
        .asks(Operation::RefreshCache),
    Binding::new("admin.connect.export", &["x"], "admin.connect", "export", "Export connect.json")
        .needs(Operation::ReadConnect),
    // Import and export
    Binding::new(
        "admin.import.plan",
        &["enter", "ctrl-s"],
        "admin.import",
        "show the plan",
        "Read the file and show what would change",
    )
    .asks(Operation::ImportRuleSets),
    Binding::new("admin.export.write", &["enter", "ctrl-s"], "admin.export", "write", "Write the export"),
    // Backups
    Binding::new(
        "admin.backups.restore",
        &["enter", "r"],
        "admin.backups",
        "restore",
        "Show what a restore would change, and do it",
    )
    .asks(Operation::ImportRuleSets),
    Binding::new("admin.backups.new", &["n"], "admin.backups", "new", "Write a backup now")
        .needs(Operation::ExportRuleSets),
    Binding::new(
        "admin.backups.prune",
        &["p"],
        "admin.backups",
        "prune",
        "Delete backups that are older than some days",
    )
    .asks(Operation::ImportRuleSets),
    // Audit
    Binding::new(
        "admin.audit.open",
        &["enter"],
        "admin.audit",
        "details",
        "Show the rows that the change wrote, before and after",
    ),
    Binding::new(
        "admin.audit.mine",
        &["m"],
        "admin.audit",
        "only mine",
        "Show only your own changes, or all",
    ),
    // Settings
    Binding::new("admin.settings.edit", &["enter", "e"], "admin.settings", "edit", "Change the setting"),
    Binding::new("admin.settings.new", &["n"], "admin.settings", "new", "Write a row that is not there yet")
        .asks(Operation::RefreshCache),
    Binding::new("admin.settings.delete", &["d", "del"], "admin.settings", "delete", "Delete the row")
        .asks(Operation::RefreshCache),
];
