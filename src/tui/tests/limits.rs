//! The screen Limits in the whole program, on counters in memory.

#![allow(clippy::unwrap_used, reason = "a test ends at the first error")]

#[path = "support/cloud.rs"]
mod cloud;
#[path = "support/limits.rs"]
mod limits;
mod support;

#[test]
fn scratch() {
    let store = limits::rows();
    for size in [(80, 24), (120, 34), (200, 60)] {
        let mut program = limits::program(&store, size);
        println!("{}", program.keys("6").screen());
        println!("{}", program.keys("tab tab").screen());
        println!("{}", program.keys("enter").screen());
        println!("{}", program.keys("esc tab tab").screen());
        println!("{}", program.keys("1").screen());
        println!("{}", program.keys("6 shift-tab e").screen());
        println!("{}", program.keys("ctrl-u 9 ctrl-s").screen());
        println!("{}", program.keys("esc esc esc esc y enter f5 ctrl-s").screen());
    }
    let mut program = limits::program(&store, (120, 40));
    program.keys("6 f5");
    println!("{}", program.screen());
    program.keys("ctrl-s");
    println!("{}", program.screen());
    program.keys("esc x");
    println!("{}", program.text("asked").keys("ctrl-s").screen());
    program.keys("y enter");
    println!("{}", program.screen());
    panic!();
}
