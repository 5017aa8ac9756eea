//! The Rules screen in the whole program: every command, what is stored afterwards, and undo.

#![allow(clippy::unwrap_used, reason = "a test ends at the first error")]

mod support;

use std::sync::Arc;

use connect_rules_engine::model::{Rule, RuleSet};
use connect_rules_engine::references::in_rule_order;
use connect_rules_engine::value::Text;
use connect_rules_store::change::{Change, ChangeSet};
use connect_rules_store::entity::{Entity, new_id};
use connect_rules_store::exchange::{ImportRuleSets, Mode};
use connect_rules_store::service::Action;
use connect_rules_store::service::Picked;
use connect_rules_store::service::rule_sets::{EnableRuleSets, MoveRuleSets};
use connect_rules_store::service::rules::DeleteRules;
use connect_rules_store::{Actor, Operation, Role, Service, Snapshot, SqliteStore, Store as _};
use connect_rules_tui::harness::Harness;
use connect_rules_tui::screen::{ScreenId, Target};

type Store = Arc<Service<SqliteStore>>;

fn wait<T>(call: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(call)
}

fn now(store: &Store) -> Arc<Snapshot> {
    wait(store.snapshot()).unwrap()
}

fn set(store: &Store, name: &str) -> Option<RuleSet> {
    now(store).rule_set_named(name).cloned()
}

fn rule(store: &Store, set_name: &str, name: &str) -> Option<Rule> {
    set(store, set_name)?.rules.into_iter().find(|rule| &*rule.name == name)
}

fn order(store: &Store, name: &str) -> Vec<String> {
    let set = set(store, name).unwrap();
    in_rule_order(&set, connect_rules_engine::compat::Compat::Corrected)
        .iter()
        .map(|rule| rule.name.to_string())
        .collect()
}

/// Somebody else changes the store.
fn other(store: &Store, action: &impl Action) {
    wait(store.run(&Actor::local("bea"), action)).unwrap();
}

/// The program on the demo, on the Rules screen with the cursor on a rule set.
fn at(name: &str, size: (u16, u16)) -> (Harness, Store) {
    let store = support::demo_store();
    let mut program = support::on(Arc::clone(&store), None, size);
    program.keys("2");
    find(&mut program, name);
    (program, store)
}

/// Puts the tree's cursor on a rule set through the palette.
fn find(program: &mut Harness, name: &str) {
    program.keys("ctrl-p").text(name).text(" rule set").keys("enter");
    program.expect(&format!("{name} ── "));
}

#[test]
fn the_tree_leads_to_rules_in_the_order_they_run_and_to_their_details() {
    let (mut program, store) = at("Billing Menu", (200, 60));
    program.expect("Rule set Billing Menu").expect("Used by").expect("Folder");
    let wanted = order(&store, "Billing Menu");
    program.keys("enter");
    let screen = program.screen();
    let places: Vec<usize> = wanted.iter().map(|name| screen.find(&format!("  {name}")).unwrap()).collect();
    assert!(places.is_sorted() && !places.is_empty(), "{wanted:?}\n{screen}");
    program.expect("── fires at");
    program.keys("left").expect("[ Rule sets (60) ]").keys("shift-tab").expect("[ Rule set Billing Menu ]");
    // What refers to it is found by the job after the first visit.
    program.reject("checking…");
}

#[test]
fn a_filter_matches_names_and_weights_and_is_kept_or_cleared() {
    let (mut program, _) = at("Billing Menu", (120, 34));
    program.keys("/").text("LoyaltyLevel no such").expect("nothing matches");
    program.keys("esc").expect("Rule sets (60)").expect("Billing Menu ── ");
    // A field of a weight, in another case.
    program.keys("/").text("customer.balancecents").expect("of 60)").keys("enter");
    program.expect("Account Balance").reject("Bill Copy");
    program.keys("esc").expect("Rule sets (60)").expect("Bill Copy");
    program.keys("tab /").text("zzz").expect("nothing matches").keys("esc").reject("nothing matches");
    // Going elsewhere shows what is hidden by the filter.
    program.keys("shift-tab /").text("billing").keys("enter");
    find(&mut program, "Goodbye");
    program.expect("Rule sets (60)");
}

#[test]
fn a_rule_set_is_created_with_an_end_point_and_its_refusals_are_told_while_typing() {
    let (mut program, store) = at("Billing Menu", (120, 34));
    let end_point = now(&store).end_points[0].name.to_string();
    program.keys("n").expect("New rule set").text("Billing Menu").expect("there is a rule set of this name");
    program.keys("ctrl-s").expect("not saved").text(" two").reject("there is a rule set of this name");
    program.keys("tab tab").text("made here").keys("tab space space tab").text(&end_point);
    program.expect("release it there first");
    program.keys("ctrl-u").text("No such").expect("there is no end point No such");
    program.keys("ctrl-u enter").expect("claim").keys("esc ctrl-s");
    program
        .expect("create rule set Billing Menu two")
        .expect("Billing Menu two ── 0 rules")
        .expect("no rules yet");
    let made = set(&store, "Billing Menu two").unwrap();
    assert_eq!((&*made.folder, &*made.description, made.enabled), ("/Billing", "made here", true));
    program.keys("u");
    assert!(set(&store, "Billing Menu two").is_none());
    program.keys("ctrl-r");
    assert!(set(&store, "Billing Menu two").is_some());
}

#[test]
fn end_points_are_released_and_claimed_by_choosing() {
    let store = support::demo_store();
    let holder = now(&store).rule_sets.iter().find(|set| !set.end_points.is_empty()).cloned().unwrap();
    let end_point = Text::clone(&holder.end_points[0]);
    let mut program = support::on(Arc::clone(&store), None, (120, 34));
    program.keys("2");
    find(&mut program, &holder.name);
    program.keys("e tab tab tab enter").expect("release").text(&end_point).keys("enter ctrl-s");
    assert!(!set(&store, &holder.name).unwrap().end_points.contains(&end_point));
    find(&mut program, "Billing Menu");
    program.keys("e tab tab tab enter").text(&end_point).expect("claim").keys("enter ctrl-s");
    assert_eq!(set(&store, "Billing Menu").unwrap().end_points, std::slice::from_ref(&end_point));
    program.expect("☎ 1");
    program.keys("u u");
    assert!(set(&store, &holder.name).unwrap().end_points.contains(&end_point));
}

#[test]
fn attributes_of_two_people_merge_and_clash_only_where_both_wrote() {
    let (mut program, store) = at("Billing Menu", (120, 34));
    let id = set(&store, "Billing Menu").unwrap().id.unwrap();
    let folder =
        |folder: &str| MoveRuleSets { which: vec![Picked::any(Text::clone(&id))], folder: folder.into() };
    program.keys("e tab").text(" mine");
    other(&store, &folder("/Elsewhere"));
    program.keys("ctrl-s").reject("Edit rule set");
    let merged = set(&store, "Billing Menu").unwrap();
    assert!(&*merged.folder == "/Elsewhere" && merged.description.ends_with(" mine"));
    program.expect("Billing Menu ── ");
    // The same field.
    program.keys("e ctrl-u").text("/Mine");
    other(&store, &folder("/Theirs"));
    program.keys("ctrl-s").expect("bea made it \"/Theirs\" meanwhile").expect("/Mine");
    assert_eq!(&*set(&store, "Billing Menu").unwrap().folder, "/Theirs");
    program.keys("ctrl-s").reject("Edit rule set");
    assert_eq!(&*set(&store, "Billing Menu").unwrap().folder, "/Mine");
}

#[test]
fn a_rename_shows_every_place_first_and_rewrites_them() {
    let (mut program, store) = at("Billing Menu", (120, 40));
    let places =
        |name: &str| connect_rules_store::service::rule_sets::referring(&now(&store), name, &[]).len();
    let before = places("Billing Menu");
    assert!(before > 1);
    program
        .keys("r ctrl-u")
        .text("Accounts")
        .keys("enter")
        .expect("Rename?")
        .expect("will name \"Accounts\"");
    assert_eq!(places("Billing Menu"), before, "nothing is written before the yes");
    program.keys("enter").reject("Rename?");
    assert!(set(&store, "Accounts").is_none(), "Cancel is chosen beforehand");
    program.keys("r ctrl-u").text("Accounts").keys("enter y enter").expect("Accounts ── ");
    assert_eq!((places("Billing Menu"), places("Accounts")), (0, before));
    program.keys("u");
    assert_eq!((places("Billing Menu"), places("Accounts")), (before, 0));
    program.keys("r ctrl-u").text("Goodbye").expect("there is a rule set of this name");
}

#[test]
fn a_clone_is_opened_and_the_way_back_leads_to_the_original() {
    let (mut program, store) = at("Billing Menu", (120, 34));
    program.keys("c").expect("Billing Menu copy").keys("enter").expect("Billing Menu copy ── ");
    let (old, new) = (set(&store, "Billing Menu").unwrap(), set(&store, "Billing Menu copy").unwrap());
    assert_eq!(old.rules.len(), new.rules.len());
    assert!(new.end_points.is_empty() && new.id != old.id);
    program.keys("ctrl-o").expect("Billing Menu ── ");
    program.keys("u");
    assert!(set(&store, "Billing Menu copy").is_none());
}

#[test]
fn marked_rule_sets_move_to_a_folder_together() {
    let (mut program, store) = at("Account Balance", (120, 34));
    program.keys("v v").expect("2 marked");
    program.keys("m").expect("Move 2 rule sets").text("/New place").keys("ctrl-s").expect("▾ New place");
    program.reject("marked");
    for name in ["Account Balance", "Bill Copy"] {
        assert_eq!(&*set(&store, name).unwrap().folder, "/New place");
    }
    program.keys("u");
    assert_eq!(&*set(&store, "Bill Copy").unwrap().folder, "/Billing");
    find(&mut program, "Bill Copy");
    program.keys("m").text("a//b").keys("ctrl-s").expect("empty element").expect("/a//b");
    program.keys("ctrl-u").text("/ok").keys("enter");
    assert_eq!(&*set(&store, "Bill Copy").unwrap().folder, "/ok");
}

#[test]
fn a_folder_is_renamed_with_all_below() {
    let (mut program, store) = at("Account Balance", (120, 34));
    program.keys("up").expect("Folder /Billing").expect("12 rule sets");
    program.keys("r ctrl-u").text("/Money").keys("enter").expect("▾ Money");
    assert_eq!(&*set(&store, "Card Payment").unwrap().folder, "/Money/Payments");
    program.keys("u").expect("▾ Billing");
}

#[test]
fn delete_is_refused_while_referenced_and_leads_to_who_refers() {
    let (mut program, store) = at("Billing Menu", (120, 34));
    program.keys("d").expect("Billing Menu cannot be deleted while these lead there").expect("Delete anyway");
    program.keys("enter");
    assert!(matches!(program.app.front().whereabouts(), Target::Rule(..)));
    assert!(set(&store, "Billing Menu").is_some());
    // One that nobody refers to.
    program.keys("shift-tab c").expect("copy").keys("ctrl-u");
    program.text("Lonely").keys("enter").expect("Lonely ── ");
    program.keys("d").expect("Delete Lonely?").expect("1 rule set with").keys("enter");
    assert!(set(&store, "Lonely").is_some(), "Cancel is chosen beforehand");
    program.keys("d y enter");
    assert!(set(&store, "Lonely").is_none());
    program.keys("u");
    assert!(set(&store, "Lonely").is_some());
}

#[test]
fn an_administrator_deletes_anyway_and_a_power_user_is_not_offered_it() {
    let (mut program, store) = at("Billing Menu", (120, 34));
    program.keys("d").text("anyway").keys("enter").expect("references will lead nowhere").keys("y enter");
    assert!(set(&store, "Billing Menu").is_none());
    program.keys("u");
    assert!(set(&store, "Billing Menu").is_some());
    let mut session = Harness::session();
    session.actor.role = Role::PowerUser;
    let mut program = Harness::new(Arc::clone(&store) as _, session, (120, 34));
    program.keys("2");
    find(&mut program, "Billing Menu");
    program.keys("d").expect("cannot be deleted").reject("anyway");
}

#[test]
fn space_turns_rule_sets_and_rules_at_once() {
    let (mut program, store) = at("Billing Menu", (120, 34));
    program.keys("space").expect("· disabled").expect("off");
    assert!(!set(&store, "Billing Menu").unwrap().enabled);
    program.keys("u").reject("· disabled");
    let first = order(&store, "Billing Menu").remove(0);
    program.keys("enter space").expect("disabled · ");
    assert!(!rule(&store, "Billing Menu", &first).unwrap().enabled);
    program.keys("u v v space");
    assert!(
        order(&store, "Billing Menu")[..2]
            .iter()
            .all(|name| !rule(&store, "Billing Menu", name).unwrap().enabled)
    );
}

#[test]
fn priorities_follow_the_cursor_up_and_down() {
    let (mut program, store) = at("Account Balance", (120, 34));
    let before = order(&store, "Account Balance");
    program.keys("enter J J");
    let after = order(&store, "Account Balance");
    assert_eq!(after, [&*before[1], &*before[2], &*before[0], &*before[3]]);
    program.expect(&format!("{} ── Message ── fires at", before[0]));
    program.keys("K");
    assert_eq!(order(&store, "Account Balance")[1], before[0]);
    program.keys("u u u");
    assert_eq!(order(&store, "Account Balance"), before);
    program.keys("home K").expect("it is the first");
    program.keys("/").text("read").keys("enter J").expect("clear the filter first");
    assert_eq!(order(&store, "Account Balance"), before);
}

#[test]
fn rules_are_cloned_renamed_moved_and_deleted() {
    let (mut program, store) = at("Account Balance", (120, 34));
    let first = order(&store, "Account Balance").remove(0);
    program.keys("enter c").expect(&format!("{first} copy")).keys("enter");
    program.expect(&format!("{first} copy ── Message"));
    assert!(rule(&store, "Account Balance", &format!("{first} copy")).is_some());
    // Into another rule set.
    program.keys("c ctrl-u").text("Elsewhere").keys("tab ctrl-u").text("Goodbye").keys("ctrl-s");
    assert!(rule(&store, "Goodbye", "Elsewhere").is_some());
    program.expect("Goodbye ── ").expect("Elsewhere ── Message");
    program.keys("r ctrl-u").text("Renamed").keys("enter");
    assert!(rule(&store, "Goodbye", "Renamed").is_some());
    program.keys("m").text("bill copy").keys("enter");
    assert!(rule(&store, "Goodbye", "Renamed").is_none() && rule(&store, "Bill Copy", "Renamed").is_some());
    program.keys("u").expect("Renamed");
    program.keys("ctrl-p").text("Goodbye / Renamed").keys("enter").expect("Renamed ── Message");
    program.keys("d").expect("Delete Renamed?").keys("y enter");
    assert!(rule(&store, "Goodbye", "Renamed").is_none());
    program.keys("u");
    assert!(rule(&store, "Goodbye", "Renamed").is_some());
}

#[test]
fn copied_rules_are_pasted_under_free_names_from_inside_and_outside() {
    let (mut program, store) = at("Account Balance", (120, 34));
    program.keys("enter v v y");
    let copied = program.copied.last().unwrap().clone();
    assert!(copied.starts_with(r#"[{"name":""#), "{copied}");
    program.keys("p");
    let names = order(&store, "Account Balance");
    assert_eq!(names.iter().filter(|name| name.ends_with(" copy")).count(), 2, "{names:?}");
    program.keys("u");
    assert_eq!(order(&store, "Account Balance").len(), names.len() - 2, "one undo takes both back");
    find(&mut program, "Goodbye");
    program.paste(&copied).expect("Paste rules?").keys("y enter");
    assert!(rule(&store, "Goodbye", &names[0]).is_some());
    program.paste("not rules").expect("only rules that were copied");
}

#[test]
fn references_are_followed_both_ways() {
    let (mut program, store) = at("Billing Menu", (120, 34));
    program.keys("w").expect("Billing Menu is reached from").keys("enter");
    let Target::Rule(holder, _) = program.app.front().whereabouts() else { panic!("no rule") };
    assert_ne!(Some(holder), set(&store, "Billing Menu").unwrap().id);
    program.keys("ctrl-o").expect("Billing Menu ── ");
    program
        .keys("g d")
        .expect("leads to")
        .text("account balance")
        .keys("enter")
        .expect("Account Balance ── ");
    program.keys("ctrl-o").expect("Billing Menu ── ").keys("ctrl-l");
    program.keys("s");
    assert_eq!(program.app.screen, ScreenId::Simulate);
    program.keys("ctrl-o").expect("Billing Menu ── ").keys("o");
    assert_eq!(program.app.screen, ScreenId::Graph);
}

#[test]
fn exports_hold_what_was_chosen_and_replace_nothing_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.json");
    let (mut program, store) = at("Account Balance", (120, 34));
    program.keys("v v x").expect("2 rule sets marked");
    program.keys("tab tab ctrl-u").text(path.to_str().unwrap()).keys("enter").expect("2 rule sets exported");
    let text = std::fs::read_to_string(&path).unwrap();
    let read = connect_rules_engine::model::read::rule_sets(&text).unwrap().rule_sets;
    assert_eq!(read.iter().map(|set| &*set.name).collect::<Vec<_>>(), ["Account Balance", "Bill Copy"]);
    program
        .keys("esc x tab right right")
        .expect("‹ CSV ›")
        .keys("ctrl-s")
        .expect("Replace the file?")
        .keys("esc");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    drop(store);
}

#[test]
fn testers_see_everything_and_change_nothing() {
    let store = support::demo_store();
    let before = now(&store).mark.clone();
    let mut session = Harness::session();
    session.actor.role = Role::Tester;
    let mut program = Harness::new(Arc::clone(&store) as _, session, (120, 34));
    program.keys("2");
    find(&mut program, "Billing Menu");
    for key in ["e", "n", "c", "r", "m", "d", "space", "x", "p"] {
        program.keys("tab tab tab").keys(key).expect("may not");
    }
    program.keys("enter");
    program.keys("e").expect("cannot be changed").expect("TESTER may not").keys("esc");
    for key in ["n", "c", "r", "m", "d", "space", "J", "p"] {
        program.keys(key).expect("may not");
    }
    program.paste("[]").expect("may not");
    assert_eq!(now(&store).mark, before);
}

#[test]
fn a_change_by_somebody_else_leaves_the_cursor_on_its_thing() {
    let (mut program, store) = at("Account Balance", (120, 34));
    program.keys("enter down down");
    let Target::Rule(_, here) = program.app.front().whereabouts() else { panic!("no rule") };
    let names = order(&store, "Account Balance");
    let first = rule(&store, "Account Balance", &names[0]).unwrap().id.unwrap();
    other(&store, &DeleteRules(vec![Picked::any(first)]));
    let id = set(&store, "Account Balance").unwrap().id.unwrap();
    other(&store, &MoveRuleSets { which: vec![Picked::any(Text::clone(&id))], folder: "/Z".into() });
    program.wait(6000);
    assert_eq!(program.app.front().whereabouts(), Target::Rule(Text::clone(&id), here));
    program.expect("Account Balance ── 3 rules");
    // Gone altogether: the screen goes on.
    let action = connect_rules_store::service::rule_sets::DeleteRuleSets {
        which: vec![Picked::any(id)],
        anyway: true,
    };
    other(&store, &action);
    program.wait(6000).reject("Account Balance ── ").expect("Rule sets (59)");
    program.keys("up down tab tab");
}

#[test]
fn wide_names_and_escapes_keep_the_columns() {
    let store = support::demo_store();
    let id = new_id();
    let wide = RuleSet {
        id: Some(Text::clone(&id)),
        name: "漢字の名前 👩‍👩‍👧 \u{1b}[31mred\u{202e}".into(),
        description: "a\tb\u{7}".into(),
        enabled: true,
        end_points: vec!["\u{1b}]0;x\u{7}".into()],
        folder: "/Billing/日本".into(),
        rules: Vec::new(),
    };
    let mut rule = rule(&store, "Account Balance", &order(&store, "Account Balance")[0]).unwrap();
    rule.id = Some(new_id());
    rule.name = "規則\u{1b}[2J 🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂".into();
    rule.description = "\u{1b}[31mred".into();
    let set = ChangeSet {
        by: "bea".into(),
        operation: Operation::CreateRuleSet,
        title: "odd names".into(),
        premise: None,
        changes: vec![
            Change::create(Entity::RuleSet(wide)),
            Change::create(Entity::Rule(Text::clone(&id), rule)),
        ],
    };
    wait(store.store().apply(set)).unwrap();
    let mut program = support::on(store, None, (80, 24));
    program.keys("2 /").text("漢字").keys("enter").expect("漢字の名前").expect("␛[31mred·");
    for size in [(80, 24), (120, 34), (200, 60)] {
        program.resize(size.0, size.1);
        for keys in ["left", "tab", "tab", "tab", "d", "esc", "c", "esc"] {
            program.keys(keys);
            let screen = program.screen();
            assert!(!screen.contains('\u{1b}') && !screen.contains('\u{202e}'));
            for row in screen.lines().skip(2).filter(|row| row.starts_with(['│', '┌', '└'])) {
                let width = unicode_width::UnicodeWidthStr::width(row);
                assert_eq!(width, size.0 as usize, "{keys}: {row}\n{screen}");
            }
        }
    }
}

#[test]
fn enabling_is_told_by_words_not_by_colour() {
    let (mut program, store) = at("Goodbye", (80, 24));
    let id = set(&store, "Goodbye").unwrap().id.unwrap();
    other(&store, &EnableRuleSets { which: vec![Picked::any(id)], enabled: false });
    program.wait(6000).expect("off").expect("calls never see");
}

#[test]
fn the_form_of_a_rule_opens_from_its_list_and_comes_back_to_it() {
    let (mut program, store) = at("Account Balance", (120, 34));
    let names = order(&store, "Account Balance");
    program.keys("enter down enter").expect("Edit rule").expect(&names[1]).keys("esc").reject("Edit rule");
    assert!(matches!(program.app.front().whereabouts(), Target::Rule(..)));
    program.keys("n").expect("New rule").keys("esc").reject("New rule");
    assert_eq!(order(&store, "Account Balance"), names);
}

#[test]
fn ten_thousand_rule_sets_are_walked_filtered_and_checked() {
    let rules = r#"[{"name":"Go on","description":"","priority":"10","activation":"0","type":"RuleSet","enabled":true,"params":{"ruleSetName":"Set 0"},"weights":[]}]"#;
    let sets: Vec<String> = (0..10_000)
        .map(|n| {
            let folder = format!("/F{}/G{}", n % 40, n % 400);
            format!(r#"{{"name":"Set {n}","description":"","enabled":true,"endPoints":[],"folder":"{folder}","rules":{rules}}}"#)
        })
        .collect();
    let service = Service::new(SqliteStore::in_memory().unwrap());
    let import = ImportRuleSets::file("many.json", format!("[{}]", sets.join(",")), Mode::Full);
    wait(service.run(&Actor::local("seed"), &import)).unwrap();
    let mut program = support::on(Arc::new(service), None, (200, 60));
    program.keys("2").expect("Rule sets (10000)").keys("end").expect("Set 9609 ── 1 rule");
    program
        .keys("/")
        .text("set 4321")
        .keys("enter")
        .expect("Rule sets (1 of 10000)")
        .expect("Set 4321 ── 1 rule");
    program.keys("g d").expect("Set 0 ── 1 rule").expect("and 9994 more (w)");
}

#[test]
fn the_list_of_rules_is_sorted_by_any_column_and_columns_are_hidden() {
    let mut program = support::demo((160, 40));
    program.keys("2");
    find(&mut program, "Billing Menu");
    program.keys("enter");
    let names = |program: &mut Harness, column: &str| -> Vec<String> {
        let screen = program.screen();
        let lines: Vec<&str> = screen.lines().collect();
        let head = lines.iter().position(|line| line.contains(column)).unwrap();
        let at = lines[head][..lines[head].find(column).unwrap()].chars().count();
        let rows = lines[head + 1..].iter().take_while(|line| !line.contains('└'));
        let cell = |line: &str| {
            line.chars().skip(at).collect::<String>().split("  ").next().unwrap_or_default().trim().to_owned()
        };
        rows.map(|line| cell(line)).filter(|cell| !cell.is_empty()).collect()
    };
    let own = names(&mut program, "rule  ");
    assert!(own.len() > 3, "{own:?}");
    // By priority, when it fires, type, name.
    program.keys("S").expect("prio↑").keys("S S").expect("type↑").keys("S").expect("rule↑");
    let mut sorted = own.clone();
    sorted.sort_by(|a, b| connect_rules_engine::collate::compare(a, b));
    assert_eq!(names(&mut program, "rule↑"), sorted);
    program.keys("O").expect("rule↓");
    sorted.reverse();
    assert_eq!(names(&mut program, "rule↓"), sorted);
    program.keys("J").expect("the list is sorted");
    // The cursor is on the same rule, and what is chosen holds for other rule sets.
    program.keys("S").expect("goes to↑").keys("|").reject("goes to").keys("S").reject("↑");
    assert_eq!(names(&mut program, "rule  "), own);
    program.keys("S |").reject("prio").expect("fires at").keys("S S S S |").expect("prio").expect("goes to");
    program.keys("tab tab S").expect("go to the list of rules first");
}
