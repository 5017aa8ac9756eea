//! What was typed and recorded is there again after the terminal or the program has gone.

use super::program;
use super::pty::{Pty, headless};

/// How many fields further a text is typed, and the text.
type Typed = (usize, &'static str);

/// Opens the form of a rule that the palette finds.
fn open(terminal: &mut Pty, rule: &str) {
    terminal.keys("ctrl-p").expect("Find").send(rule).expect(rule).keys("enter").gone("Find").keys("e");
}

#[test]
fn a_dropped_connection_loses_nothing_that_was_typed_into_a_rule() {
    // Rule, its type, and how many fields further each text is typed.
    let edits: [(&str, &str, &[Typed]); 4] = [
        (
            "Account Balance / Read the balance",
            "Message",
            &[(0, " alpha"), (3, "7"), (2, "bravo"), (1, "charlie")],
        ),
        ("Account Balance / What next", "DTMFMenu", &[(5, "delta"), (1, "echo")]),
        ("Chat Team / Connect to the chat team", "Queue", &[(0, " foxtrot"), (5, "golf")]),
        ("Outage Check / Outage was checked", "UpdateStates", &[(0, " hotel"), (5, "india")]),
    ];
    for signal in ["HUP", "TERM"] {
        let home = tempfile::tempdir().unwrap();
        for (rule, rule_type, fields) in edits {
            let mut terminal = program(home.path(), (120, 40));
            open(&mut terminal, rule);
            terminal.expect("Edit rule").expect(&format!("‹ {rule_type} ›"));
            for (tabs, text) in fields {
                terminal.send(&"\t".repeat(*tabs)).send("\x1b[F").send(text).expect(text);
            }
            let changed = format!("● {} change", fields.len());
            terminal.expect(&changed);
            // One key more, not waited for: the signal comes right behind it.
            terminal.signal(signal);
            assert_eq!(terminal.wait(), 0, "{signal}");
            assert!(terminal.is_restored(), "{signal}");

            let mut again = program(home.path(), (120, 40));
            again.expect("1 draft was kept").keys("esc").gone("1 draft was kept");
            open(&mut again, rule);
            again.expect("draft").keys("r").expect("nothing of it is saved yet").expect(&changed);
            for (_, text) in fields {
                again.expect(text);
            }
            again.keys("ctrl-s").expect("enter save").keys("enter").gone("Edit rule");
            again.signal("TERM");
            assert_eq!(again.wait(), 0);
        }
    }
}

#[test]
fn a_call_that_is_recorded_goes_on_where_it_was_and_becomes_a_test_that_passes() {
    for signal in ["HUP", "KILL"] {
        let home = tempfile::tempdir().unwrap();
        let mut terminal = program(home.path(), (120, 40));
        terminal.keys("3").expect("No call is under way").keys("s").expect("New call");
        terminal.keys("ctrl-u").send("Wattlebird Faults").keys("ctrl-s").gone("New call").expect("one digit");
        terminal.send("1\r").expect("» 1").keys("f5").expect("(no input)");
        terminal.expect("step ");
        let point = step(&terminal);
        terminal.signal(signal);
        terminal.wait();
        if signal == "HUP" {
            assert!(terminal.is_restored());
        }

        let mut again = Pty::start(home.path(), (120, 40), &[], &[]);
        again.expect("Resume the call?").expect("Wattlebird Faults").keys("y enter").expect("» 1");
        again.expect("(no input)").expect(&point);
        again.keys("f8").expect("hang").keys("w").expect("Save as test").send(&format!("After {signal}"));
        again.keys("tab ctrl-u").send("/Kept").keys("ctrl-s").gone("Save as test").expect("create test");
        again.signal("TERM");
        assert_eq!(again.wait(), 0);
        let name = format!("After {signal}");
        let store = home.path().join("data/connect-rules/store.sqlite");
        let arguments = ["test", "run", "--store", store.to_str().unwrap(), "--name", &name];
        let (status, said) = headless(home.path(), &arguments);
        assert!(status == 0 && said.contains(&format!("SUCCESS /Kept {name}")), "{status} {said}");

        let mut third = program(home.path(), (120, 40));
        third.gone("Resume the call?");
    }
}

fn step(terminal: &Pty) -> String {
    let screen = terminal.screen();
    let at = screen.find("step ").unwrap();
    screen[at..].split([' ', '─', '\n']).take(4).collect::<Vec<_>>().join(" ")
}
