//! Two programs on one store, and a program beside commands: nobody's edit is lost.

use super::program;
use super::pty::{Pty, headless};

const RULE: &str = "Account Balance / What next";

fn open(terminal: &mut Pty) {
    terminal.keys("ctrl-p").expect("Find").send(RULE).expect(RULE).keys("enter").gone("Find").keys("e");
    terminal.expect("Edit rule").expect("‹ DTMFMenu ›");
}

/// The stored rule as JSON.
fn stored(home: &std::path::Path) -> serde_json::Value {
    let (status, said) = headless(home, &["rule", "show", "Account Balance", "What next", "--json"]);
    assert_eq!(status, 0, "{said}");
    serde_json::from_str(&said).unwrap()
}

#[test]
fn edits_of_two_programs_merge_and_clashes_are_asked() {
    let home = tempfile::tempdir().unwrap();
    let mut one = program(home.path(), (120, 40));
    let mut two = program(home.path(), (120, 40));
    // Different fields: both are kept without a question.
    open(&mut one);
    open(&mut two);
    one.send("\t\t\t\t\tfirst wrote this")
        .expect("● 1 change")
        .keys("ctrl-s")
        .expect("enter save")
        .keys("enter")
        .gone("Edit rule");
    two.send("\t\t\t\x15")
        .send("123")
        .expect("● 1 change")
        .keys("ctrl-s")
        .expect("enter save")
        .keys("enter")
        .gone("Edit rule");
    let rule = stored(home.path());
    assert_eq!(
        (&rule["description"], &rule["priority"]),
        (&"first wrote this".into(), &"123".into()),
        "{rule}"
    );

    // The same field: the second is asked. Theirs, mine and written anew.
    let mut before = "first wrote this";
    for (answer, kept) in [("t", "one t"), ("m", "two m"), ("e", "both e")] {
        for program in [&mut one, &mut two] {
            program.keys("f9").expect(before);
        }
        before = kept;
        open(&mut one);
        open(&mut two);
        one.send("\t\t\t\t\t\x15").send(&format!("one {answer}")).expect("● 1 change");
        two.send("\t\t\t\t\t\x15").send(&format!("two {answer}")).expect("● 1 change");
        one.keys("ctrl-s").expect("enter save").keys("enter").gone("Edit rule");
        two.keys("ctrl-s")
            .expect("enter save")
            .keys("enter")
            .expect("changed the same fields; nothing is saved yet");
        two.expect(&format!("one {answer}")).expect(&format!("two {answer}"));
        assert_eq!(
            stored(home.path())["description"],
            format!("one {answer}"),
            "nothing is overwritten unasked"
        );
        two.keys(answer);
        if answer == "e" {
            two.expect("Write").keys("ctrl-u").send(kept).keys("ctrl-s").expect("written anew");
        }
        two.keys("ctrl-s").gone("nothing is saved yet").gone("Edit rule");
        assert_eq!(stored(home.path())["description"], kept);
    }
}

#[test]
fn a_command_beside_the_program_merges_with_what_is_typed() {
    let home = tempfile::tempdir().unwrap();
    let mut one = program(home.path(), (120, 40));
    open(&mut one);
    one.send("\t\t\t\t\ttyped here").expect("● 1 change");
    let edit = ["rule", "edit", "Account Balance", "What next", "--priority", "77"];
    let (status, said) = headless(home.path(), &edit);
    assert_eq!(status, 0, "{said}");
    one.keys("ctrl-s").expect("enter save").keys("enter").gone("Edit rule");
    let rule = stored(home.path());
    assert_eq!((&rule["description"], &rule["priority"]), (&"typed here".into(), &"77".into()), "{rule}");
}
