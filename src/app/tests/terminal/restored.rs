//! However the program ends or pauses, the terminal is the shell's again.

use super::program;
use super::pty::{PROGRAM, Pty, command};

#[test]
fn signals_end_it_with_the_terminal_restored() {
    for signal in ["TERM", "INT", "HUP"] {
        let home = tempfile::tempdir().unwrap();
        let mut terminal = program(home.path(), (100, 30));
        assert!(!terminal.is_cooked(), "keys reach the program one by one");
        terminal.signal(signal);
        assert_eq!(terminal.wait(), 0, "{signal}");
        assert!(terminal.is_restored(), "{signal}");
    }
}

#[test]
fn quitting_and_an_error_at_the_start_leave_the_terminal_as_it_was() {
    let home = tempfile::tempdir().unwrap();
    let mut terminal = program(home.path(), (80, 24));
    // While something runs, it asks.
    terminal.gone("checking").send("q");
    assert_eq!(terminal.wait(), 0);
    assert!(terminal.is_restored());
    let raw = terminal.raw();
    let text = String::from_utf8(raw).unwrap();
    for (on, off) in
        [("\x1b[?1049h", "\x1b[?1049l"), ("\x1b[?25l", "\x1b[?25h"), ("\x1b[?2004h", "\x1b[?2004l")]
    {
        let (first, last) = (text.find(on).unwrap(), text.rfind(off).unwrap());
        assert!(first < last && text.rfind(on).unwrap() < last, "{off:?} ends what {on:?} began");
    }
    assert!(!text.contains("\x1b[?1000h") && !text.contains("\x1b[6n"), "no mouse, no questions");

    // The store is none: told in words, on the plain screen.
    let store = home.path().join("store.sqlite");
    std::fs::write(&store, "this is no store, it is only some text that lies where one should be").unwrap();
    let mut terminal = Pty::start(home.path(), (80, 24), &["--store", store.to_str().unwrap()], &[]);
    assert_ne!(terminal.wait(), 0);
    assert!(terminal.is_restored());
    terminal.expect("store.sqlite");
}

#[test]
fn ctrl_z_gives_the_shell_its_terminal_and_fg_brings_everything_back() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = command("bash", home.path(), &[("PS1", "shell> "), ("PATH", "/usr/bin:/bin")]);
    shell.args(["--norc", "--noprofile", "-i"]);
    let mut terminal = Pty::run(shell, (100, 30));
    terminal.expect("shell>").send(&format!("{PROGRAM}\r"));
    terminal.expect("[1 Home]").expect("Rule sets");
    terminal.keys("2 ctrl-z").expect("Stopped");
    // A plain shell on the plain screen: it echoes what is typed.
    terminal.gone("[2 Rules]").send("stty -a | grep -o ' icanon' ; echo $((41 + 1))\r").expect("\n icanon");
    terminal.expect("\n42");
    assert!(!terminal.on_other_screen());
    terminal.send("fg\r").expect("[2 Rules]").expect("Rule sets (60)");
    assert!(terminal.on_other_screen());
    terminal
        .keys("ctrl-l 3")
        .expect("No call is under way")
        .keys("q")
        .expect(&format!("shell> fg\n{PROGRAM}\nshell>"));
    terminal.send("echo left $?\r").expect("\nleft 0");
    assert!(!terminal.on_other_screen());
}

#[test]
fn what_was_typed_into_a_form_is_there_after_ctrl_z_and_fg() {
    let home = tempfile::tempdir().unwrap();
    let mut shell = command("bash", home.path(), &[("PS1", "shell> "), ("PATH", "/usr/bin:/bin")]);
    shell.args(["--norc", "--noprofile", "-i"]);
    let mut terminal = Pty::run(shell, (120, 40));
    terminal.expect("shell>").send(&format!("{PROGRAM}\r"));
    terminal.expect("[1 Home]").expect("Rule sets");
    terminal.keys("ctrl-p").expect("Find").send("Account Balance / Read the balance");
    terminal.expect("Account Balance / Read the balance").keys("enter").gone("Find").keys("e");
    terminal.expect("Edit rule").send("\x1b[F").send(" alpha").expect("Read the balance alpha");
    terminal.keys("ctrl-z").expect("Stopped").gone("Edit rule");
    assert!(!terminal.on_other_screen());
    terminal.send("echo $((41 + 1))\r").expect("\n42");
    terminal.send("fg\r").expect("Edit rule").expect("Read the balance alpha").expect("● 1 change");
    // The cursor is where it was, too.
    terminal.send(" bravo").expect("Read the balance alpha bravo");
    assert!(terminal.on_other_screen());
}

/// Runs in the terminal of the test below.
#[test]
#[ignore = "needs a terminal of its own"]
fn panics() {
    let _guard = connect_rules_tui::term::Guard::enter().unwrap();
    println!("on the full screen");
    panic!("this was not foreseen");
}

#[test]
fn a_panic_is_told_on_the_terminal_as_it_was() {
    let home = tempfile::tempdir().unwrap();
    let program = std::env::current_exe().unwrap();
    let mut itself = command(program.to_str().unwrap(), home.path(), &[]);
    itself.args(["--ignored", "--exact", "restored::panics", "--nocapture"]);
    let mut terminal = Pty::run(itself, (100, 30));
    assert_ne!(terminal.wait(), 0);
    assert!(terminal.is_restored());
    terminal.expect("this was not foreseen").gone("on the full screen");
}
