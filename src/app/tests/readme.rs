//! README's tables of dependencies are those of the manifests.

use std::collections::BTreeSet;

const README: &str = include_str!("../../../README.md");
const WORKSPACE: &str = include_str!("../../../Cargo.toml");
const MANIFESTS: [&str; 13] = [
    include_str!("../Cargo.toml"),
    include_str!("../../cli/Cargo.toml"),
    include_str!("../../tui/Cargo.toml"),
    include_str!("../../cloud/Cargo.toml"),
    include_str!("../../store/Cargo.toml"),
    include_str!("../../flows/Cargo.toml"),
    include_str!("../../engine/Cargo.toml"),
    include_str!("../../dynamo/Cargo.toml"),
    include_str!("../../environment/Cargo.toml"),
    include_str!("../../live/Cargo.toml"),
    include_str!("../../aws/Cargo.toml"),
    include_str!("../../../lambdas/Cargo.toml"),
    include_str!("../../../fuzz/Cargo.toml"),
];

type Names = BTreeSet<&'static str>;

/// Names in the sections of a manifest whose heading fits; crates of the workspace itself are left out.
fn names(manifest: &'static str, fits: impl Fn(&str) -> bool) -> Names {
    let mut found = Names::new();
    let mut inside = false;
    for line in manifest.lines() {
        if let Some(heading) = line.strip_prefix('[') {
            inside = fits(heading.trim_end_matches(']'));
        } else if let Some((name, _)) =
            line.split_once(['.', '=']).filter(|_| inside && !line.starts_with('#'))
        {
            found.insert(name.trim());
        }
    }
    found.into_iter().filter(|name| !name.starts_with("connect-rules")).collect()
}

/// What the program is built with, and what only its tests, benches and fuzz targets need.
fn dependencies() -> (Names, Names) {
    let [program @ .., fuzz] = MANIFESTS;
    let built = |it: &str| it == "dependencies" || it.ends_with(".dependencies");
    let used: Names = program.into_iter().flat_map(|it| names(it, built)).collect();
    let mut tested: Names =
        program.into_iter().flat_map(|it| names(it, |it| it.ends_with("-dependencies"))).collect();
    tested.extend(names(fuzz, built));
    let only = tested.difference(&used).copied().collect();
    (used, only)
}

/// Names in the first column of the tables of a part of README.
fn listed(part: &'static str) -> Names {
    let mut found = Names::new();
    for line in part.lines().filter(|line| line.starts_with("| `")) {
        let cell = line.split('|').nth(1).unwrap_or_default().split(" (").next().unwrap_or_default();
        for name in cell.split('`').skip(1).step_by(2) {
            assert!(found.insert(name), "{name} is listed twice");
        }
        let what = line.split('|').nth(2).unwrap_or_default();
        assert!(!what.trim().is_empty(), "README does not say what {cell} is for");
    }
    found
}

#[test]
fn readme_lists_every_dependency_of_every_manifest_and_no_other() {
    let (_, part) = README.split_once("\n## Dependencies\n").expect("README has a section on dependencies");
    let part = part.split("\n## ").next().unwrap_or_default();
    let (program, only_tests) = part.split_once("\nOnly in tests").expect("the section has two tables");
    let (used, only) = dependencies();
    assert!(used.contains("rustix") && used.contains("serde") && only.contains("libfuzzer-sys"));
    assert_eq!(listed(program), used);
    assert_eq!(listed(only_tests), only);
}

#[test]
fn no_dependency_of_the_workspace_is_left_unused() {
    let (used, only) = dependencies();
    let outside = names(MANIFESTS[MANIFESTS.len() - 1], |it| it == "dependencies");
    let wanted: Names = names(WORKSPACE, |it| it == "workspace.dependencies");
    let unused: Vec<_> = wanted.iter().filter(|it| !used.contains(**it) && !only.contains(**it)).collect();
    assert!(unused.is_empty(), "{unused:?}");
    let undeclared: Vec<_> = used.union(&only).filter(|it| !wanted.contains(**it)).collect();
    assert!(undeclared.iter().all(|it| outside.contains(**it)), "{undeclared:?}");
}
