use super::*;
use crate::bundle::{Bundle, Parts};
use crate::workspace::Options;

fn demo() -> (Workspace, Stubs) {
    let rule_sets = include_str!("../../../../data/demo/rulesets.json");
    let parts = Parts {
        rule_sets: Some(("rulesets.json", rule_sets)),
        connect: Some(("connect.json", include_str!("../../../../data/demo/connect.json"))),
        lex: Some(("lex.json", include_str!("../../../../data/demo/lex.json"))),
        functions: Some(("functions.json", include_str!("../../../../data/demo/functions.json"))),
        tests: None,
    };
    let bundle = Bundle::from_parts(&parts).unwrap();
    (Workspace::new(bundle.rule_sets, bundle.catalogue, Options::default()), bundle.stubs)
}

fn wanted<'a>(stubs: &'a Stubs, folder: &'a Text, limits: Limits) -> Wanted<'a> {
    Wanted { stubs, folder, at: 1_715_650_000_000, limits, is_taken: &|name| name.ends_with(" 002") }
}

#[test]
fn a_search_covers_most_of_the_demo_with_tests_that_pass() {
    let (workspace, stubs) = demo();
    let population = Population::new(&workspace);
    let folder = Text::from("/Missing");
    let mut covered = Recorder::new(&population);
    let limits = Limits::default();
    let found = explore(&population, &mut covered, &wanted(&stubs, &folder, limits), &mut |_, _| true);
    let found = found.unwrap();
    assert!(found.len() > 10, "{}", found.len());
    assert_eq!(found.iter().map(|it| it.adds).sum::<usize>(), covered.distinct());
    let replies = crate::coverage::ReplyCoverage::of(&covered);
    assert!(replies.covered >= 55, "{} %", replies.covered);
    let mut names = std::collections::HashSet::new();
    for it in &found {
        assert!(
            names.insert(Text::clone(&it.test.name)) && !it.test.name.ends_with(" 002"),
            "{}",
            it.test.name
        );
        assert!(crate::script::check_test(&it.test, "").is_empty(), "{}", it.test.name);
        let result = replay::run(&workspace, &stubs, &it.test, &it.test.script(), &Settings::default(), ());
        assert_eq!(result.verdict(), Verdict::Success, "{}\n{}", it.test.name, it.test.payload);
    }
    // What is covered is not looked for again, and the same search finds the same.
    let again = explore(&population, &mut covered, &wanted(&stubs, &folder, limits), &mut |_, _| true);
    let again = again.unwrap();
    // Chance is by name, so a way under another name may show a little more.
    assert!(again.len() * 4 < found.len() && again.iter().all(|it| it.adds > 0), "{}", again.len());
    let mut other = Recorder::new(&population);
    let same = explore(&population, &mut other, &wanted(&stubs, &folder, limits), &mut |_, _| true);
    assert_eq!(same.unwrap(), found);
}

#[test]
fn limits_hold_and_a_search_can_be_stopped() {
    let (workspace, stubs) = demo();
    let population = Population::new(&workspace);
    let folder = Text::from("/");
    let limits = Limits { tests: 3, requests: 2000, inputs: 2 };
    let mut covered = Recorder::new(&population);
    let found = explore(&population, &mut covered, &wanted(&stubs, &folder, limits), &mut |_, _| true);
    let found = found.unwrap();
    assert_eq!(found.len(), 3);
    assert!(found.iter().all(|it| it.test.payload.matches("input:").count() <= 2));
    let mut ticks = 0;
    let mut stop = |_, _| {
        ticks += 1;
        ticks < 3
    };
    let mut covered = Recorder::new(&population);
    assert!(explore(&population, &mut covered, &wanted(&stubs, &folder, limits), &mut stop).is_none());
    assert_eq!(covered.distinct(), 0);
}
