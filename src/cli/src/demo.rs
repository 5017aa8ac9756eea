//! The demo workspace, part of the program so that every command has something to work on.

use connect_rules_engine::bundle::Parts;

/// Its documents.
pub const PARTS: Parts<'static> = Parts {
    rule_sets: Some(("demo/rulesets.json", include_str!("../../../data/demo/rulesets.json"))),
    connect: Some(("demo/connect.json", include_str!("../../../data/demo/connect.json"))),
    lex: Some(("demo/lex.json", include_str!("../../../data/demo/lex.json"))),
    functions: Some(("demo/functions.json", include_str!("../../../data/demo/functions.json"))),
    tests: None,
};

/// Its recorded tests: name and text of each file.
pub const TESTS: &[(&str, &str)] = &[];
