//! The screen Admin in the whole program.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test ends at the first error")]

mod support;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use connect_rules_engine::value::Text;
use connect_rules_store::service::settings::login_required;
use connect_rules_store::service::users::CreateUser;
use connect_rules_store::{Actor, EndPoint, Role, Service, Snapshot, SqliteStore, User, keys};
use connect_rules_tui::harness::Harness;
use connect_rules_tui::screen::{ScreenId, Target};

/// What is stored now.
fn stored(program: &Harness) -> Arc<Snapshot> {
    program.world.runtime.block_on(program.world.backend.snapshot()).unwrap()
}

/// The program with Admin in front and the focus in that section.
fn at(mut program: Harness, section: usize) -> Harness {
    program.keys("9");
    for _ in 0..section {
        program.keys("down");
    }
    program.keys("enter");
    program
}

/// The same on the demo.
fn open(section: usize) -> Harness {
    at(support::demo((120, 34)), section)
}

/// The program as a person of that role.
fn person(role: Role, section: usize) -> Harness {
    let mut session = Harness::session();
    session.actor = Actor { user: Text::from("bo@example.com"), user_id: None, role };
    at(Harness::new(support::demo_store(), session, (120, 34)), section)
}

/// The program with a store file in that folder, so that it keeps backups.
fn with_file(folder: &Path, section: usize) -> Harness {
    let mut session = Harness::session();
    session.file = Some(folder.join("store.db"));
    at(Harness::new(support::demo_store(), session, (120, 34)), section)
}

fn user(email: &str, role: Role) -> CreateUser {
    let text = Text::from;
    let user = User {
        id: Text::default(),
        first_name: text("Cy"),
        last_name: text("Doe"),
        email: text(email),
        role,
        enabled: true,
        key_hash: None,
        key_start: Text::default(),
        key_expires: None,
    };
    CreateUser { user, key: keys::new_key() }
}

fn add(store: &Arc<Service<SqliteStore>>, action: &CreateUser) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(store.run(&Actor::local("seed"), action)).unwrap();
}

fn one_rule_set(folder: &Path) -> PathBuf {
    let file = folder.join("rules.json");
    let text =
        r#"[{"name":"Fresh set","description":"","enabled":true,"folder":"/","endPoints":[],"rules":[]}]"#;
    std::fs::write(&file, text).unwrap();
    file
}

const SECTIONS: [&str; 11] = [
    "users",
    "endPoints",
    "holidays",
    "hours",
    "connect",
    "import",
    "export",
    "backups",
    "audit",
    "settings",
    "about",
];

#[test]
fn every_section_draws_at_every_size() {
    for size in [(80, 24), (120, 34), (200, 60)] {
        let mut program = at(support::demo(size), 0);
        for section in SECTIONS {
            assert!(matches!(program.app.front().whereabouts(), Target::Admin(name, _) if name == section));
            program.expect("[9 Admin]");
            program.keys("esc ] enter");
        }
    }
}

#[test]
fn a_user_is_created_with_a_key_that_is_shown_once_and_copied() {
    let mut program = open(0);
    program
        .expect("no users")
        .keys("n")
        .text("Bo")
        .keys("tab")
        .text("Berg")
        .keys("tab")
        .text("bo@example.com");
    program.keys("ctrl-s").expect("shown this once").keys("y");
    let key = program.copied.pop().unwrap();
    let now = stored(&program);
    assert_eq!((now.users.len(), &*now.users[0].email), (1, "bo@example.com"));
    assert_eq!(now.users[0].role, Role::Tester);
    assert!(keys::matches(&key, now.users[0].key_hash.as_deref().unwrap()));
    program.expect(&key).keys("enter").reject(&key).expect("Bo Berg");
    program.keys("u");
    assert!(stored(&program).users.is_empty());
    program.ran(&["admin.users.new"]);
}

#[test]
fn a_wrong_user_is_refused_field_by_field_and_nothing_typed_is_lost() {
    let mut program = open(0);
    program.keys("n").text("Bo").keys("ctrl-s").expect("2 fields are refused").expect("must not be shorter");
    program.keys("esc").expect("would be lost").keys("esc").expect(" Bo");
    assert!(stored(&program).users.is_empty());
}

#[test]
fn users_are_disabled_edited_given_new_keys_and_deleted() {
    let store = support::demo_store();
    add(&store, &user("root@example.com", Role::Administrator));
    add(&store, &user("cy@example.com", Role::Tester));
    let mut program = at(support::on(store, None, (120, 34)), 0);
    let cy =
        |program: &Harness| stored(program).users.iter().find(|it| &*it.email == "cy@example.com").cloned();
    program.keys("/").text("cy@").keys("enter space");
    assert!(!cy(&program).unwrap().enabled);
    program.keys("u");
    assert!(cy(&program).unwrap().enabled);
    program.keys("enter tab").text("-Ray").keys("ctrl-s");
    assert_eq!(&*cy(&program).unwrap().last_name, "Doe-Ray");
    let before = cy(&program).unwrap().key_hash;
    program.keys("r enter");
    assert_eq!(cy(&program).unwrap().key_hash, before, "cancel is chosen beforehand");
    program.keys("r y enter").expect("shown this once").keys("enter");
    assert_ne!(cy(&program).unwrap().key_hash, before);
    program.keys("d y enter");
    assert!(cy(&program).is_none());
    program.keys("u");
    assert!(cy(&program).is_some());
    program.ran(&["admin.users.delete", "admin.users.edit", "admin.users.enable", "admin.users.key"]);
}

#[test]
fn the_last_administrator_stays_and_login_is_required_only_with_one() {
    let mut program = open(0);
    program.keys("L y enter").expect("nobody could log in").keys("enter");
    assert!(!login_required(&stored(&program)));
    let store = support::demo_store();
    add(&store, &user("root@example.com", Role::Administrator));
    let mut program = at(support::on(store, None, (120, 34)), 0);
    program.keys("d y enter").expect("last enabled").keys("enter");
    assert_eq!(stored(&program).users.len(), 1);
    program.keys("L y enter");
    assert!(login_required(&stored(&program)));
    program.keys("L y enter");
    assert!(!login_required(&stored(&program)));
    program.ran(&["admin.users.login"]);
}

#[test]
fn testers_and_power_users_are_told_why_not() {
    let refusals = [
        (Role::Tester, 0, "n", "TESTER may not create a user; it takes ADMINISTRATOR"),
        (Role::Tester, 1, "n", "TESTER may not create an end point; it takes POWER_USER"),
        (Role::Tester, 1, "space", "TESTER may not change an end point"),
        (Role::Tester, 2, "n", "TESTER may not create a holiday"),
        (Role::Tester, 3, "n", "TESTER may not refresh the cache"),
        (Role::PowerUser, 0, "L", "POWER_USER may not refresh the cache"),
        (Role::PowerUser, 4, "n", "POWER_USER may not refresh the cache; it takes ADMINISTRATOR"),
        (Role::PowerUser, 5, "enter", "POWER_USER may not import rule sets"),
        (Role::PowerUser, 6, "tab tab enter", "POWER_USER may not export rule sets"),
        (Role::PowerUser, 7, "n", "POWER_USER may not export rule sets"),
        (Role::PowerUser, 9, "down down enter", "POWER_USER may not refresh the cache"),
    ];
    for (role, section, keys, why) in refusals {
        let mut program = person(role, section);
        let mark = stored(&program).mark.clone();
        program.keys(keys).expect(why);
        assert_eq!(stored(&program).mark, mark, "{why}");
    }
    person(Role::Tester, 0).expect("TESTER may not read users; it takes ADMINISTRATOR");
    person(Role::PowerUser, 2).keys("n").expect("New holiday");
}

#[test]
fn end_points_are_created_numbered_assigned_renamed_and_deleted() {
    let mut program = open(1);
    let count = stored(&program).end_points.len();
    let find = |program: &Harness, name: &str| -> Option<EndPoint> {
        stored(program).end_points.iter().find(|it| &*it.name == name).cloned()
    };
    program.keys("n").text("Test line").keys("tab tab").text("12").expect("not a number");
    program.keys("backspace backspace").text("+61390009999").keys("ctrl-s");
    assert_eq!(find(&program, "Test line").unwrap().inbound_numbers, [Text::from("+61390009999")]);
    program.keys("/").text("test").keys("enter").expect("nowhere");
    program.keys("s").expect("it leads to no rule set");
    program.keys("+").text("+61390008888").keys("ctrl-s");
    assert_eq!(find(&program, "Test line").unwrap().inbound_numbers.len(), 2);
    program.keys("- enter");
    assert_eq!(find(&program, "Test line").unwrap().inbound_numbers.len(), 1);
    program.keys("space");
    assert!(!find(&program, "Test line").unwrap().enabled);
    program.keys("a down enter");
    let holds = |program: &Harness, name: &str| {
        stored(program).rule_sets.iter().filter(|set| set.end_points.iter().any(|it| &**it == name)).count()
    };
    assert_eq!(holds(&program, "Test line"), 1);
    program.keys("r ctrl-u").text("Test wire").keys("ctrl-s");
    assert_eq!((holds(&program, "Test line"), holds(&program, "Test wire")), (0, 1));
    program.keys("d y enter").expect("Not done").keys("enter");
    assert!(find(&program, "Test wire").is_some(), "refused while a rule set holds it");
    program.keys("a pgup enter");
    assert_eq!(holds(&program, "Test wire"), 0);
    program.keys("d y enter");
    assert_eq!(stored(&program).end_points.len(), count);
    program.keys("u");
    assert!(find(&program, "Test wire").is_some());
    program.ran(&[
        "admin.endPoints.addNumber",
        "admin.endPoints.assign",
        "admin.endPoints.delete",
        "admin.endPoints.enable",
        "admin.endPoints.new",
        "admin.endPoints.removeNumber",
        "admin.endPoints.rename",
    ]);
}

#[test]
fn an_end_point_leads_to_its_rule_set_and_to_a_simulation() {
    let mut program = open(1);
    program.keys("enter");
    assert_eq!(program.app.screen, ScreenId::Rules);
    program.keys("9 s");
    assert_eq!(program.app.screen, ScreenId::Simulate);
    program.ran(&["admin.endPoints.open", "admin.endPoints.simulate"]);
}

#[test]
fn holidays_are_created_closed_copied_moved_and_deleted() {
    let mut program = open(2);
    let count = stored(&program).holidays.len();
    program.expect("November 2026").expect("Mo  Tu  We");
    program.keys("n ctrl-u").text("32/12/2026").expect("is no date").keys("ctrl-u").text("24/12/2027");
    program.keys("tab").text("Long eve").keys("ctrl-s");
    let find = |program: &Harness, when: &str| {
        stored(program).holidays.iter().find(|it| &*it.name == "Long eve" && &*it.when == when).cloned()
    };
    assert!(find(&program, "20271224").unwrap().closed);
    program.keys("/").text("long eve").keys("enter").expect("December 2027").expect("[24]");
    program.keys("space");
    assert!(!find(&program, "20271224").unwrap().closed);
    program.keys("c ctrl-s");
    assert!(find(&program, "20281224").is_some());
    program.keys("u d y enter");
    assert_eq!(stored(&program).holidays.len(), count);
    program.keys("esc [ ] enter t").expect("November 2026");
    program.keys("left").expect("October 2026").keys("right right").expect("December 2026");
    program.ran(&[
        "admin.holidays.delete",
        "admin.holidays.new",
        "admin.holidays.closed",
        "admin.holidays.copy",
        "admin.holidays.monthBefore",
        "admin.holidays.monthNext",
        "admin.holidays.today",
    ]);
}

/// What people look for is the next holiday: its month is shown, and that of today where none is ahead.
#[test]
fn holidays_open_on_the_month_of_the_next_one() {
    let store = support::demo_store();
    let mut first = at(support::on(Arc::clone(&store), None, (120, 34)), 2);
    first.expect("November 2026").expect("no holidays ahead");
    first.keys("n ctrl-u").text("24/12/2027").keys("tab").text("Long eve").keys("ctrl-s");
    let mut next = at(support::on(store, None, (120, 34)), 2);
    next.expect("December 2027").expect("[24]").keys("t").expect("November 2026");
}

#[test]
fn hours_show_their_week_and_are_edited_as_text() {
    let mut program = open(3);
    program.expect("Mon ").expect("█ open").expect("◆ now");
    program.keys("n").text("Night desk").keys("tab tab tab tab").text("Nowhere/Land").keys("tab");
    program.text("MON-FRI 22:00-06:00").expect("there is no time zone");
    program.keys("up ctrl-u").text("UTC").keys("ctrl-s");
    let has = |program: &Harness| {
        let now = stored(program);
        let row = now.config.iter().find(|it| &*it.key == "OperatingHours").unwrap().value.clone();
        row.as_array().unwrap().iter().any(|it| &*it.member("Name").text() == "Night desk")
    };
    assert!(has(&program));
    program.keys("/").text("night desk").keys("enter").expect("22:00-24:00");
    program.keys("d y enter");
    assert!(!has(&program));
    program.keys("u");
    assert!(has(&program));
    program.ran(&["admin.filterKeep", "admin.hours.delete", "admin.hours.new"]);
}

#[test]
fn connect_data_is_added_edited_and_not_removed_while_named() {
    let mut program = open(4);
    program.expect("[queue").keys("d y enter").expect("Not done").keys("enter");
    program.keys("w").expect("Used by").keys("enter right").expect("[prompt");
    program.keys("n").text("new.wav").keys("ctrl-s");
    let prompts = |program: &Harness| {
        let now = stored(program);
        let rows = now.config.iter().find(|it| &*it.key == "Prompts").map(|it| it.value.clone()).unwrap();
        rows.as_array().unwrap().iter().map(|it| it.member("Name").text().to_string()).collect::<Vec<_>>()
    };
    assert!(prompts(&program).contains(&"new.wav".to_owned()));
    program.keys("/").text("new").keys("enter enter ctrl-u").text("newer.wav").keys("ctrl-s");
    assert!(prompts(&program).contains(&"newer.wav".to_owned()));
    program.keys("d y enter");
    assert!(!prompts(&program).iter().any(|it| it.starts_with("new")));
    program.ran(&[
        "admin.connect.delete",
        "admin.connect.edit",
        "admin.connect.new",
        "admin.connect.next",
        "admin.connect.uses",
    ]);
}

#[test]
fn an_import_is_planned_backed_up_agreed_to_and_undone() {
    let folder = tempfile::tempdir().unwrap();
    let file = one_rule_set(folder.path());
    let mut program = with_file(folder.path(), 5);
    let count = stored(&program).rule_sets.len();
    program.text(file.to_str().unwrap()).keys("enter").expect("create rule set \"Fresh set\"");
    program.keys("esc").reject("create rule set");
    assert_eq!(stored(&program).rule_sets.len(), count);
    program.keys("enter enter").expect("backup is written").keys("enter");
    assert_eq!(stored(&program).rule_sets.len(), count, "cancel is chosen beforehand");
    program.keys("enter y enter");
    assert_eq!(stored(&program).rule_sets.len(), count + 1);
    assert_eq!(std::fs::read_dir(folder.path().join("backups")).unwrap().count(), 3);
    program.keys("esc u");
    assert_eq!(stored(&program).rule_sets.len(), count);
    program.ran(&["admin.import.plan", "admin.back"]);
}

#[test]
fn a_backup_that_cannot_be_written_stops_the_import() {
    let folder = tempfile::tempdir().unwrap();
    let file = one_rule_set(folder.path());
    std::fs::write(folder.path().join("backups"), "no folder").unwrap();
    let mut program = with_file(folder.path(), 5);
    let mark = stored(&program).mark.clone();
    program.text(file.to_str().unwrap()).keys("enter enter y enter").expect("Not done");
    assert_eq!(stored(&program).mark, mark);
}

#[test]
fn everything_that_is_wrong_with_a_file_is_listed_and_the_form_stays() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bad.json");
    let text = r#"[{"name":"A set","description":"","enabled":true,"folder":"/","endPoints":[],
        "rules":[{"name":"First","type":"Message","weights":"none"},{"name":"Second","type":"Message","weights":7}]}]"#;
    std::fs::write(&file, text).unwrap();
    let mut program = with_file(folder.path(), 5);
    let mark = stored(&program).mark.clone();
    program
        .text(file.to_str().unwrap())
        .keys("enter")
        .expect("Not imported")
        .expect("First")
        .expect("Second");
    program.expect("bad.json");
    program.keys("ctrl-u").text("/no/such/file.json").keys("enter").expect("No such file");
    let table = folder.path().join("table.csv");
    std::fs::write(&table, "RuleSet,Rule\n").unwrap();
    program.keys("ctrl-u").text(table.to_str().unwrap()).keys("enter").expect("is for reading");
    assert_eq!(stored(&program).mark, mark);
}

#[test]
fn a_full_import_lists_what_goes() {
    let folder = tempfile::tempdir().unwrap();
    let file = one_rule_set(folder.path());
    let mut program = with_file(folder.path(), 5);
    program
        .text(file.to_str().unwrap())
        .keys("tab left")
        .expect("full: become as the file")
        .keys("tab tab enter");
    program.keys("end").expect("deleted").keys("enter").expect("Things that are stored now").keys("y enter");
    assert_eq!(stored(&program).rule_sets.len(), 1);
    program.keys("u");
    assert!(stored(&program).rule_sets.len() > 1);
}

#[test]
fn exports_are_written_private_and_come_back_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = with_file(folder.path(), 6);
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let names = ["all.json", "info.json", "all.csv", "tree", "tests.json", "settings.json", "connect.json"];
    for (at, name) in names.into_iter().enumerate() {
        program.keys("up up up up");
        if at > 0 {
            program.keys("right");
        }
        program.keys("down down ctrl-u").text(&path(name)).keys("enter").expect("written");
        assert!(Path::new(&path(name)).exists(), "{name}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(path("all.json")).unwrap().permissions().mode() & 0o777, 0o600);
    }
    program.keys("enter").expect("Replace").keys("enter");
    for name in ["all.json", "info.json", "tree", "tests.json", "connect.json"] {
        let mut program = with_file(folder.path(), 5);
        program.text(&path(name)).keys("enter end");
        let screen = program.screen();
        let unchanged = ["0 created, 0 replaced", "0 inserted, 0 replaced", "0 added, 0 changed"];
        assert!(unchanged.iter().any(|text| screen.contains(text)), "{name}\n{screen}");
    }
    program.ran(&["admin.export.write"]);
}

#[test]
fn a_backup_is_written_listed_restored_and_pruned() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = with_file(folder.path(), 7);
    program.expect("no backups yet").keys("n").expect("2026");
    let days = |now: &Snapshot| {
        let mut all: Vec<_> = now.holidays.iter().map(|it| (it.when.clone(), it.name.clone())).collect();
        all.sort();
        all
    };
    let before = days(&stored(&program));
    program.keys("esc [ [ [ [ [ enter p d y enter esc ] ] ] ] ] enter");
    assert_eq!(days(&stored(&program)).len() + 1, before.len());
    program.keys("r end").expect("settings: 1 changed").keys("enter y enter");
    assert_eq!(days(&stored(&program)), before);
    program
        .keys("p ctrl-u")
        .text("x")
        .expect("is no whole number")
        .keys("ctrl-u")
        .text("30")
        .keys("ctrl-s y enter");
    program.expect("0 backups deleted");
    program.ran(&[
        "admin.backups.new",
        "admin.backups.prune",
        "admin.backups.restore",
        "admin.sectionBefore",
    ]);
}

#[test]
fn the_audit_list_tells_who_what_and_the_rows_and_marks_what_is_undone() {
    let mut program = open(2);
    program.keys("n tab").text("Audit day").keys("ctrl-s u esc ] ] ] ] ] ] enter");
    program.expect("create holiday Audit day").expect("undone").expect("ada");
    program.keys("end").expect("seed").keys("m").expect("your own").reject("seed").keys("m");
    program.keys("/").text("create audit").keys("enter enter").expect("name: Audit day").keys("esc");
    program.ran(&["admin.audit.mine", "admin.audit.open"]);
}

#[test]
fn settings_are_checked_and_written_and_the_theme_changes() {
    let mut program = open(9);
    program.keys("enter").text("mono").keys("enter");
    assert_eq!(program.app.theme().name, "mono");
    program
        .keys("down down enter ctrl-u")
        .text("Mars/Base")
        .expect("no such time zone")
        .keys("ctrl-s")
        .expect("not saved");
    program.keys("ctrl-u").text("Europe/Oslo").keys("ctrl-s");
    let zone = |program: &Harness| {
        let now = stored(program);
        now.config.iter().find(|it| &*it.key == "CallCentreTimeZone").map(|it| it.value.text().to_string())
    };
    assert_eq!(zone(&program).as_deref(), Some("Europe/Oslo"));
    program.keys("u");
    assert_eq!(zone(&program).as_deref(), Some("Australia/Melbourne"));
    program.keys("n").text("Colour").keys("tab").text("{\"a\": ").expect("no JSON").text("1}").keys("ctrl-s");
    let has = |program: &Harness| stored(program).config.iter().any(|it| &*it.key == "Colour");
    assert!(has(&program));
    program.keys("/").text("colour").keys("enter d y enter");
    assert!(!has(&program));
    program.ran(&["admin.settings.delete", "admin.settings.edit", "admin.settings.new"]);
}

#[test]
fn targets_go_to_their_thing() {
    let mut program = support::demo((120, 34));
    let last = stored(&program).end_points.last().cloned().unwrap();
    program.keys("ctrl-p").text(&format!("end point {}", last.name)).keys("enter");
    assert_eq!(program.app.front().whereabouts(), Target::Admin("endPoints", last.id));
    let queue = Target::Admin("connect", "Life Support".into());
    let found = (0..20).any(|row| {
        program.keys("ctrl-p").text("queue life support");
        for _ in 0..row {
            program.keys("down");
        }
        program.keys("enter").app.front().whereabouts() == queue
    });
    assert!(found);
    program.expect("Life Support");
}

#[test]
fn escapes_in_names_never_reach_the_terminal() {
    let store = support::demo_store();
    let mut evil = user("evil@example.com", Role::Tester);
    evil.user.first_name = Text::from("\u{1b}[31mRed\u{202e}");
    add(&store, &evil);
    let mut program = at(support::on(store, None, (80, 24)), 0);
    program.expect("␛[31mRed·").keys("d").expect("␛[31mRed·").reject("\u{1b}").keys("esc");
    for _ in SECTIONS {
        program.reject("\u{1b}").reject("\u{202e}").keys("esc ] enter");
    }
    program.ran(&["admin.sectionNext"]);
}

#[test]
fn in_production_the_name_is_typed_before_something_goes() {
    let mut session = Harness::session();
    session.environment.production = true;
    session.environment.name = "live".to_owned();
    let mut program = at(Harness::new(support::demo_store(), session, (120, 34)), 2);
    let count = stored(&program).holidays.len();
    program.keys("p d tab enter").expect("type live to go on");
    assert_eq!(stored(&program).holidays.len(), count);
    program.text("live").keys("tab enter");
    assert_eq!(stored(&program).holidays.len() + 1, count);
    program.ran(&["admin.holidays.past"]);
}

#[test]
fn tables_are_sorted_by_any_column_and_columns_are_hidden() {
    let store = support::demo_store();
    for email in ["b@example.com", "a@example.com", "c@example.com"] {
        add(&store, &user(email, Role::Administrator));
    }
    let mut program = at(support::on(store, None, (140, 34)), 0);
    let order = |program: &mut Harness| -> Vec<char> {
        let screen = program.screen();
        let list = screen
            .lines()
            .filter_map(|line| line.find("@example.com").and_then(|at| line[..at].chars().last()));
        list.take(3).collect()
    };
    program.keys("S");
    let mut tries = 0;
    while !program.shows("E-mail↑") {
        program.keys("S");
        tries += 1;
        assert!(tries < 9, "{}", program.screen());
    }
    assert_eq!(order(&mut program), ['a', 'b', 'c']);
    program.keys("O").expect("↓");
    assert_eq!(order(&mut program), ['c', 'b', 'a']);
    let before = program.screen();
    let head = before.lines().find(|line| line.contains('↓')).unwrap();
    let title: String = head.split_whitespace().find(|word| word.contains('↓')).unwrap().to_owned();
    program.keys("|").reject(&title);
    for _ in 0..9 {
        if !program.screen().contains(['↑']) {
            break;
        }
        program.keys("S");
    }
    program.ran(&["admin.open"]);
}

#[test]
fn filters_are_cleared_and_things_are_edited_and_their_uses_told() {
    let mut program = open(1);
    let count = stored(&program).end_points.len();
    program.keys("/").text("nothing like it").expect("0 of").keys("esc");
    program.expect(&format!("{count} "));
    program.keys("e").expect("Description").keys("ctrl-a ctrl-k").text("Told anew").keys("ctrl-s");
    assert!(stored(&program).end_points.iter().any(|it| &*it.description == "Told anew"));
    program.keys("w").expect("Used by").keys("enter");
    program.ran(&["admin.filterClear", "admin.endPoints.edit", "admin.endPoints.uses"]);

    let mut program = open(2);
    program.keys("n ctrl-u").text("24/12/2027").keys("tab").text("Long eve").keys("ctrl-s");
    program
        .keys("/")
        .text("long eve")
        .keys("enter enter tab ctrl-a ctrl-k")
        .text("Longer eve")
        .keys("ctrl-s");
    assert!(stored(&program).holidays.iter().any(|it| &*it.name == "Longer eve"));
    program.ran(&["admin.holidays.edit"]);

    let mut program = open(3);
    program.keys("w").expect("Used by").keys("enter enter").expect("Description").keys("tab ctrl-a ctrl-k");
    program.text("Asked at night").keys("ctrl-s");
    let now = stored(&program);
    let row = now.config.iter().find(|it| &*it.key == "OperatingHours").unwrap();
    assert!(connect_rules_engine::json::print(&row.value).unwrap().contains("Asked at night"));
    program.ran(&["admin.hours.edit", "admin.hours.uses"]);
}

#[test]
fn connect_data_is_exported_and_imported_kind_by_kind_and_reading_it_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = with_file(folder.path(), 4);
    program.keys("right").expect("[prompt").keys("left").expect("[queue");
    program.keys("x").expect("connect.json");
    program.ran(&["admin.connect.before", "admin.connect.export"]);
    let mut program = with_file(folder.path(), 4);
    program.keys("i").expect("or connect.json");
    program.ran(&["admin.connect.import"]);
}
