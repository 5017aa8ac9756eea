//! The demo with names that are hard to draw: wide characters, joined emoji, escapes, characters that turn
//! the direction of text, and long ones.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file uses what it needs and ends at the first error"
)]

use std::sync::Arc;

use connect_rules_engine::json;
use connect_rules_engine::script::{ReadOptions, read_tests};
use connect_rules_engine::value::Text;
use connect_rules_store::exchange::{Reset, Seed};
use connect_rules_store::service::end_points::UpdateEndPoint;
use connect_rules_store::service::holidays::CreateHoliday;
use connect_rules_store::service::tests::CreateTest;
use connect_rules_store::service::users::CreateUser;
use connect_rules_store::service::{Action, Edit};
use connect_rules_store::{Actor, Entity, Holiday, Role, Service, SqliteStore, User};

use crate::support;

pub type Store = Arc<Service<SqliteStore>>;

/// Names, each of another kind of difficulty. The first two are only wide.
pub const NAMES: [&str; 5] = [
    "漢字の受付メニュー",
    "👩‍👩‍👧 家族 ☎️ family",
    "\u{1b}[31mRed\u{7} alert",
    "\u{202e}turned\u{200b} e\u{301}",
    "A name that is much longer than any column on a screen of eighty columns can ever be, and then some more",
];

pub fn wait<T>(call: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(call)
}

fn run(store: &Store, action: &impl Action) {
    wait(store.run(&Actor::local("seed"), action)).unwrap();
}

fn quoted(text: &str) -> String {
    json::print(&text.into()).unwrap()
}

/// A word as hard as the names are.
fn wide(names: &[&str]) -> &'static str {
    if names.iter().all(|name| name.is_ascii()) { "word" } else { "漢字" }
}

/// Rule sets of these names, each leading to the next one.
fn rule_sets(names: &[&str]) -> String {
    let of = |(at, name): (usize, &&str)| {
        let next = quoted(names[(at + 1) % names.len()]);
        let wide = wide(names);
        let folder = if at < 2 { format!("/Wide {wide}/{name}") } else { format!("/Wide {wide}") };
        let (name, folder) = (quoted(name), quoted(&folder));
        let rule = |number: u32, kind: &str, params: &str| {
            let numbered = quoted(&format!("{} {number}", names[at]));
            format!(
                r#"{{"name":{numbered},"description":{name},"priority":"{}","activation":"0","type":"{kind}","enabled":true,"params":{params},
                "weights":[{{"field":"ContactAttributes.{wide}","operation":"equals","value":{name},"weight":"100"}}]}}"#,
                1000 - number
            )
        };
        let rules = [
            rule(1, "Message", &format!(r#"{{"message":{name}}}"#)),
            rule(2, "SetAttributes", &format!(r#"{{"setAttributes":[{{"key":"{wide}","value":{name}}}]}}"#)),
            rule(
                3,
                "DTMFMenu",
                &format!(
                    r#"{{"offerMessage":{name},"inputCount":"1","errorCount":"0","errorMessage1":{name},"dtmf1":{next},"dtmf2":{name},
                    "errorRuleSetName":{next},"noInputRuleSetName":{next}}}"#
                ),
            ),
            rule(4, "RuleSet", &format!(r#"{{"ruleSetName":{next},"returnHere":"false","message":""}}"#)),
        ];
        format!(
            r#"{{"name":{name},"description":{name},"enabled":true,"endPoints":[{name}],"folder":{folder},"rules":[{}]}}"#,
            rules.join(",")
        )
    };
    names.iter().enumerate().map(of).collect::<Vec<_>>().join(",")
}

/// The demo and things of these names.
pub fn store(names: &[&str]) -> Store {
    let mut bundle = support::bundle();
    let text = format!("[{}]", rule_sets(names));
    let parts = connect_rules_engine::bundle::Parts { rule_sets: Some(("odd", &text)), ..Default::default() };
    let odd = connect_rules_engine::bundle::Bundle::from_parts(&parts).unwrap();
    bundle.rule_sets.extend(odd.rule_sets);
    let store: Store = Arc::new(Service::new(SqliteStore::in_memory().unwrap()));
    let seed = Seed::new(&bundle, "1970-01-01T00:00:00Z").unwrap();
    run(&store, &Reset { seed: Some(seed) });
    for (at, name) in names.iter().enumerate() {
        let when = format!("202612{:02}", at + 10);
        run(
            &store,
            &CreateHoliday(Holiday {
                id: Text::default(),
                when: when.into(),
                name: Text::from(*name),
                description: Text::from(*name),
                closed: true,
            }),
        );
        let user = User {
            id: Text::default(),
            first_name: Text::from(*name),
            last_name: Text::from(wide(names)),
            email: format!("user{at}@example.com").into(),
            role: Role::Tester,
            enabled: true,
            key_hash: None,
            key_start: Text::default(),
            key_expires: None,
        };
        run(&store, &CreateUser { user, key: format!("{at:08}").repeat(5) });
        let (quoted_name, wide) = (quoted(name), wide(names));
        let document = format!(
            r#"[{{"name":"Odd {at}","productionReady":true,"folder":"/Wide","testReference":{quoted_name},"description":{quoted_name},
            "endPoint":{quoted_name},"testDateTime":"2024-05-14T04:15:00Z","customerPhoneNumber":"anonymous","payload":"message: \"^{wide}$\""}}]"#
        );
        let read = read_tests(&document, &ReadOptions { now: "", absent_ready: true });
        assert_eq!(read.tests.len(), 1, "{document}");
        for test in read.tests {
            run(&store, &CreateTest(test));
        }
        let now = wait(store.snapshot()).unwrap();
        let mut end_point = now.end_points.iter().find(|it| &*it.name == *name).unwrap().clone();
        end_point.description = Text::from(*name);
        let edit = Edit::of(&now, Entity::EndPoint(end_point)).unwrap();
        run(&store, &UpdateEndPoint(edit));
    }
    store
}
