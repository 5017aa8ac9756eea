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
pub const TESTS: &[(&str, &str)] = &[
    ("demo/tests/billing.json", include_str!("../../../data/demo/tests/billing.json")),
    ("demo/tests/digital.json", include_str!("../../../data/demo/tests/digital.json")),
    ("demo/tests/faults.json", include_str!("../../../data/demo/tests/faults.json")),
    ("demo/tests/moving.json", include_str!("../../../data/demo/tests/moving.json")),
    ("demo/tests/sales.json", include_str!("../../../data/demo/tests/sales.json")),
    ("demo/tests/shared.json", include_str!("../../../data/demo/tests/shared.json")),
    ("demo/tests/surveys.json", include_str!("../../../data/demo/tests/surveys.json")),
    ("demo/tests/welcome.json", include_str!("../../../data/demo/tests/welcome.json")),
];
