//! A slow link: 16 kB/s with 150 ms under way. What is drawn while a key is held must not pile up in it.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::pty::{Link, Pty, frames, headless};

/// From the release of the key to the last byte that the link delivers, its delay included.
const SETTLED: Duration = Duration::from_millis(300);
/// The link.
const LINK: Link = Link { speed: 16_000, delay: Duration::from_millis(150) };

/// Holds the key down; answers how long after the release the last byte came.
fn hold(terminal: &mut Pty, keys: u32) -> Duration {
    let start = Instant::now();
    for at in 0..keys {
        std::thread::sleep((Duration::from_secs(1) * at / 30).saturating_sub(start.elapsed()));
        terminal.keys("down");
    }
    let released = Instant::now();
    terminal.settle(Duration::from_millis(700));
    terminal.last().saturating_duration_since(released)
}

#[test]
fn after_a_held_key_the_screen_is_settled_at_once() {
    let home = tempfile::tempdir().unwrap();
    let mut sets = String::from("[");
    for at in 0..1000 {
        let _ = write!(
            sets,
            r#"{}{{"name":"Held {at:04}","description":"Number {}","enabled":true,"folder":"/","endPoints":[],"rules":[
            {{"name":"Say {at}","description":"","enabled":true,"priority":"100","activation":"0","type":"Message",
            "params":{{"message":"This is number {at}"}},"weights":[]}}]}}"#,
            if at == 0 { "" } else { "," },
            at * 7919,
        );
    }
    sets.push(']');
    let file = home.path().join("sets.json");
    std::fs::write(&file, sets).unwrap();
    let (status, said) = headless(home.path(), &["import", file.to_str().unwrap(), "--mode", "add", "--yes"]);
    assert_eq!(status, 0, "{said}");

    for size in [(80, 24), (120, 40)] {
        let mut terminal = Pty::far(home.path(), size, LINK);
        terminal
            .expect("Rule sets")
            .keys("2")
            .expect("Rule sets (1000)")
            .keys("ctrl-p")
            .send("Held 0003 rule set");
        terminal.expect("Held 0003").keys("enter").expect("┌ Held 0003 ──");
        terminal.settle(Duration::from_millis(500));
        // The machine may be busy with something else: one of three must be in time, and every key counts.
        let mut at = 3;
        let mut took = Vec::new();
        while took.len() < 3 && took.iter().all(|it| *it > SETTLED) {
            took.push(hold(&mut terminal, 90));
            at += 90;
            terminal.expect(&format!("┌ Held {at:04} ──"));
        }
        println!("settled {took:?} after the release at {size:?}");
        assert!(took.iter().any(|it| *it <= SETTLED), "{took:?}");
    }
}

/// Every row of a list scrolls: such frames take far longer than the key takes to come again.
#[test]
fn large_frames_do_not_pile_up_while_a_key_is_held() {
    let home = tempfile::tempdir().unwrap();
    let mut sets = String::from(
        r#"[{"name":"Many","description":"","enabled":true,"folder":"/","endPoints":[],"rules":["#,
    );
    for at in 0..400_u32 {
        // Rows that have little in common with the ones before them.
        let mixed = at.wrapping_mul(2_654_435_761);
        let _ = write!(
            sets,
            r#"{}{{"name":"Say {at:04} of {mixed:010}","description":"","enabled":true,"priority":"{}","activation":"{}",
            "type":"Message","params":{{"message":"This is {mixed:032b}, after {:010}"}},"weights":[]}}"#,
            if at == 0 { "" } else { "," },
            1000 - at,
            mixed % 1000,
            mixed.rotate_left(9),
        );
    }
    sets.push_str("]}]");
    let file = home.path().join("sets.json");
    std::fs::write(&file, sets).unwrap();
    let (status, said) = headless(home.path(), &["import", file.to_str().unwrap(), "--mode", "add", "--yes"]);
    assert_eq!(status, 0, "{said}");

    let mut terminal = Pty::far(home.path(), (200, 60), LINK);
    terminal.expect("Rule sets").keys("2").expect("Rule sets (1)").keys("ctrl-p").send("Many / Say 0060");
    terminal.expect("Many / Say 0060").keys("enter").expect("┌ Say 0060");
    terminal.settle(Duration::from_millis(500));
    let mut at = 60;
    let mut all = Vec::new();
    while all.len() < 3 && all.iter().all(|(took, limit)| took > limit) {
        let before = terminal.raw().len();
        let took = hold(&mut terminal, 90);
        at += 90;
        terminal.expect(&format!("┌ Say {at:04}"));
        let sent = frames(&terminal.raw()[before..]);
        let largest = sent.iter().copied().max().unwrap_or(0);
        assert!(largest > 2000, "the frames are large: {sent:?}");
        assert!(sent.len() < 60, "frames that nobody would see are not sent: {}", sent.len());
        // One of them may be under way at the release; then the cursor's last place, and what follows it.
        let each = Duration::from_secs(1) * largest as u32 / LINK.speed;
        all.push((took, SETTLED + each * 2));
    }
    println!("settled after the release, and limits: {all:?}");
    assert!(all.iter().any(|(took, limit)| took <= limit), "{all:?}");
}
