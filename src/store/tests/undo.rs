//! Undo after any change gives back what was there, and redo what was changed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod common;

use common::wait;
use connect_rules_engine::value::Text;
use connect_rules_store::contract::{end_point, rule, rule_set, test};
use connect_rules_store::exchange::{ImportRuleSets, Mode, Reset};
use connect_rules_store::service::end_points::{
    AssignEndPoint, CreateEndPoint, DeleteEndPoints, RenameEndPoint,
};
use connect_rules_store::service::folders::{RenameFolder, Tree};
use connect_rules_store::service::holidays::CreateHoliday;
use connect_rules_store::service::rule_sets::{
    CloneRuleSet, CreateRuleSet, DeleteRuleSets, EnableRuleSets, MoveRuleSets, RenameRuleSet,
};
use connect_rules_store::service::rules::{
    CloneRule, CreateRule, DeleteRules, EnableRules, MoveRules, RenameRule, ReorderRules,
};
use connect_rules_store::service::settings::SetConfig;
use connect_rules_store::service::tests::{CopyTests, CreateTest, DeleteTests, MoveTests, OnSameName};
use connect_rules_store::service::weights::{CreateWeight, DeleteWeight};
use connect_rules_store::service::{Action, Picked};
use connect_rules_store::{Actor, Applied, Error, Holiday, Service, Snapshot, SqliteStore, Store as _};
use proptest::prelude::*;

/// One step: what is done, to which of the things that are there, with which name or folder.
type Step = (u8, u8, u8);

const NAMES: [&str; 6] = ["Alpha", "Beta", "Gamma", "alpha", "Delta 2", "Omega"];
const FOLDERS: [&str; 4] = ["/", "/a", "/a/b", "/ab"];

struct Model {
    service: Service<SqliteStore>,
    actor: Actor,
}

impl Model {
    fn run(&self, action: &impl Action) -> Result<Applied, Error> {
        wait(self.service.run(&self.actor, action))
    }

    fn state(&self) -> Snapshot {
        let mut out = wait(self.service.store().snapshot()).unwrap();
        // What the service kept and brought up to date is what is stored.
        assert_eq!(*wait(self.service.snapshot()).unwrap(), out);
        out.stamps.clear();
        out.mark = Text::default();
        out
    }

    /// Does a step; things that are not there make it an error, as names that are taken do.
    fn step(&self, (what, which, with): Step) -> Result<Applied, Error> {
        let now = wait(self.service.snapshot()).unwrap();
        let which = usize::from(which);
        let name = Text::from(NAMES[usize::from(with) % NAMES.len()]);
        let folder = Text::from(FOLDERS[usize::from(with) % FOLDERS.len()]);
        let nothing = || Error::NothingTo("do");
        let set = now.rule_sets.get(which % now.rule_sets.len().max(1)).ok_or_else(nothing);
        let set_id = set.as_ref().map(|set| set.id.clone().unwrap()).map_err(Clone::clone);
        let a_rule =
            set.as_ref().ok().and_then(|set| set.rules.get(usize::from(with) % set.rules.len().max(1)));
        let rule_id = a_rule.map(|rule| rule.id.clone().unwrap()).ok_or_else(nothing);
        let point = now.end_points.get(which % now.end_points.len().max(1)).ok_or_else(nothing);
        let a_test = now.tests.get(which % now.tests.len().max(1)).ok_or_else(nothing);
        let test_id = a_test.as_ref().map(|test| test.test_id.clone().unwrap()).map_err(Clone::clone);
        let one = |id: Text| vec![Picked::any(id)];
        match what {
            0 => {
                let mut set = rule_set(&name);
                set.rules = vec![rule("first", "hi"), rule("second", "ho")];
                self.run(&CreateRuleSet(set))
            }
            1 => self.run(&RenameRuleSet { which: Picked::any(set_id?), name }),
            2 => self.run(&CloneRuleSet { id: set_id?, name, repoint: true }),
            3 => self.run(&MoveRuleSets { which: one(set_id?), folder }),
            4 => self.run(&EnableRuleSets { which: one(set_id?), enabled: with % 2 == 0 }),
            5 => self.run(&DeleteRuleSets { which: one(set_id?), anyway: with % 2 == 0 }),
            6 => {
                let mut new = rule(&name, "hi");
                let target = set?;
                new.rule_type = connect_rules_engine::kinds::RuleType::RuleSet;
                new.params =
                    [("ruleSetName", Text::clone(&target.name).into()), ("returnHere", "false".into())]
                        .into_iter()
                        .collect();
                self.run(&CreateRule { rule_set_id: set_id?, rule: new })
            }
            7 => self.run(&RenameRule { which: Picked::any(rule_id?), name }),
            8 => self.run(&CloneRule { id: rule_id?, name, into: None }),
            9 => self.run(&DeleteRules(one(rule_id?))),
            10 => self.run(&EnableRules { which: one(rule_id?), enabled: with % 2 == 0 }),
            11 => {
                let mut order: Vec<Text> = set?.rules.iter().map(|rule| rule.id.clone().unwrap()).collect();
                let turn = usize::from(with) % order.len().max(1);
                order.rotate_left(turn);
                self.run(&ReorderRules { rule_set_id: set_id?, order })
            }
            12 => {
                let weight = connect_rules_engine::model::Weight {
                    id: None,
                    field: Some(Text::from("a.b")),
                    operation: Text::from("equals"),
                    value: "x".into(),
                    weight: with.to_string().into(),
                };
                self.run(&CreateWeight { rule_id: rule_id?, weight })
            }
            13 => {
                let weight_id =
                    a_rule.and_then(|rule| rule.weights.first()).and_then(|weight| weight.id.clone());
                self.run(&DeleteWeight { rule_id: rule_id?, weight_id: weight_id.ok_or_else(nothing)? })
            }
            14 => self.run(&MoveRules { which: one(rule_id?), to: now.rule_sets[0].id.clone().unwrap() }),
            15 => self.run(&CreateEndPoint(end_point(&name, &[]))),
            16 => self.run(&AssignEndPoint { id: Text::clone(&point?.id), rule_set_id: set_id.ok() }),
            17 => self.run(&RenameEndPoint { which: Picked::any(Text::clone(&point?.id)), name }),
            18 => self.run(&DeleteEndPoints(one(Text::clone(&point?.id)))),
            19 => self.run(&CreateTest(test(&folder, &name, &point?.name))),
            20 => self.run(&MoveTests { which: one(test_id?), folder }),
            21 => self.run(&CopyTests { ids: vec![test_id?], folder, on_same_name: OnSameName::Rename }),
            22 => self.run(&DeleteTests(one(test_id?))),
            23 => {
                let rules = r#"[{"name":"one","type":"Message","params":{"message":"hi"},"weights":[]}]"#;
                let file = format!(
                    r#"[{{"name":"{name}","description":"{which}","folder":"{folder}","rules":{rules}}}]"#
                );
                let mode = [Mode::Full, Mode::Merge, Mode::Add][which % 3];
                self.run(&ImportRuleSets::file("file", file, mode))
            }
            24 => self.run(&CreateHoliday(Holiday {
                id: Text::default(),
                when: Text::from(format!("202612{:02}", 1 + with % 28)),
                name,
                description: folder,
                closed: which % 2 == 0,
            })),
            25 => self.run(&SetConfig { key: Text::from("motto"), value: name.into() }),
            26 if which % 4 == 0 => self.run(&Reset::default()),
            _ => {
                let tree = if which % 2 == 0 { Tree::RuleSets } else { Tree::Tests };
                self.run(&RenameFolder { tree, from: Text::from("/a"), to: folder })
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn undo_after_do_is_identity(steps in prop::collection::vec((0_u8..29, any::<u8>(), any::<u8>()), 1..40)) {
        let service = Service::new(SqliteStore::in_memory().unwrap());
        let model = Model { service, actor: Actor::local("ada") };
        // Something to work on.
        for step in [(0, 0, 0), (0, 0, 1), (15, 0, 2), (19, 0, 3)] {
            model.step(step).unwrap();
        }
        let mut states = vec![model.state()];
        for step in steps {
            let before = states.last().unwrap().clone();
            let done = model.step(step);
            let after = model.state();
            match done {
                Ok(applied) if applied.entry.is_some() => {
                    wait(model.service.undo(&model.actor)).unwrap();
                    prop_assert_eq!(&model.state(), &before);
                    wait(model.service.redo(&model.actor)).unwrap();
                    prop_assert_eq!(&model.state(), &after);
                    states.push(after);
                }
                _ => prop_assert_eq!(&after, &before),
            }
        }
        // All the way back.
        states.pop();
        while let Some(state) = states.pop() {
            wait(model.service.undo(&model.actor)).unwrap();
            prop_assert_eq!(model.state(), state);
        }
        model.service.store().check().unwrap();
    }
}
