//! The flows of the product pass every check, and render.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use connect_rules_flows::environment::Environment;
use connect_rules_flows::flow::{FLOW_TYPES, Flow};
use connect_rules_flows::{canonical, check_all, compare, files, render};

fn flows() -> Vec<Flow> {
    files::flows().unwrap_or_else(|findings| panic!("{}", findings[0]))
}

#[test]
fn every_flow_and_every_stub_passes_every_check() {
    let mut all = flows();
    let findings = check_all(&all);
    let shown: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(findings.is_empty(), "{}", shown.join("\n"));
    all.clear();
    for (flow_type, _) in FLOW_TYPES {
        let stub = files::stub(flow_type).unwrap();
        assert_eq!(stub.flow_type, flow_type);
        all.push(stub);
    }
    assert_eq!(check_all(&all), []);
}
