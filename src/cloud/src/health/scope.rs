//! What an environment should have, and what of it is looked at.

use std::collections::BTreeSet;

use connect_rules_engine::compat::Compat;
use connect_rules_flows::token::TokenKind;
use connect_rules_flows::{Environment, Flow, files};
use jiff::Timestamp;

use super::Group;
use crate::gateway::Place;

/// A function that an environment should have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Name without `<stage>-<service>-`.
    pub short: String,
    /// Contact flows call it, so the instance must be allowed to and must know it.
    pub by_flows: bool,
    /// Bots call it.
    pub by_bots: bool,
}

/// What an environment should have, and what of it is looked at.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The flows, those that others refer to first.
    pub flows: Vec<Flow>,
    /// Prefixes and settings of the flows; identifiers come from the instance.
    pub flow_settings: Environment,
    /// The functions.
    pub functions: Vec<Wanted>,
    /// The groups that are looked at.
    pub groups: BTreeSet<Group>,
    /// Whether drafts that were saved and not published are looked for: one more call for each flow.
    pub drafts: bool,
    /// Calls a second, and at once, that the environment allows itself to Amazon Connect.
    pub budget: (f64, f64),
    /// What a limit lets through where its row does not say.
    pub compat: Compat,
    /// Now.
    pub at: Timestamp,
}

impl Scope {
    /// What the product needs in a place.
    pub fn of(place: &Place, at: Timestamp) -> Self {
        // A test keeps the flows that the program carries readable.
        let flows = files::flows().unwrap_or_default();
        let mut flow_settings = Environment::default();
        flow_settings.prefix = place.prefix();
        let wanted = |short: &str, by_flows, by_bots| Wanted { short: short.to_owned(), by_flows, by_bots };
        let mut called = BTreeSet::new();
        for flow in &flows {
            connect_rules_flows::token::texts(&flow.document, &mut |_, text| {
                let token = connect_rules_flows::token::token(text);
                called.extend(token.filter(|it| it.kind == TokenKind::Lambda).map(|it| it.name.to_owned()));
            });
        }
        let mut functions: Vec<Wanted> = called.iter().map(|short| wanted(short, true, false)).collect();
        functions.push(wanted("lexfulfillment", false, true));
        functions.extend(
            ["contactevents", "scheduler", "integrationecho"].map(|short| wanted(short, false, false)),
        );
        Scope {
            flows: files::deployment_order(&flows).into_iter().cloned().collect(),
            flow_settings,
            functions,
            groups: Group::ALL.into_iter().collect(),
            drafts: false,
            budget: (2.0, 5.0),
            compat: Compat::Corrected,
            at,
        }
    }

    /// Name of a flow on the instance.
    pub fn full(&self, flow: &str) -> String {
        format!("{}{flow}", self.flow_settings.flow_prefix)
    }
}
