//! Drafts of rules that were not saved: one file each in the state folder, so that nothing that was typed is
//! lost when the terminal or the program goes away.

use std::fs;
use std::path::{Path, PathBuf};

use connect_rules_engine::json;
use connect_rules_engine::model::{Rule, read};
use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_store::Entity;

/// The largest draft that is read, in bytes.
const LARGEST: u64 = 16 << 20;

/// A draft that lies in the state folder.
#[derive(Clone, Debug, PartialEq)]
pub struct DraftInfo {
    /// Its file.
    pub path: PathBuf,
    /// Identifier of the rule set.
    pub rule_set_id: Text,
    /// Identifier of the rule; none for a new one.
    pub rule_id: Option<Text>,
    /// Rule set and rule, for people.
    pub title: String,
    /// When it was written, in milliseconds since the epoch.
    pub at: i64,
}

/// A draft as read from its file.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// What it is about.
    pub info: DraftInfo,
    /// The rule with what was typed for every type.
    pub rule: Rule,
    /// The stored rule that the edit started from, and its version.
    pub base: Option<(Rule, u64)>,
}

/// The file of the draft of a rule, or of a new rule of a rule set.
pub fn path(state: &Path, rule_set_id: &str, rule_id: Option<&str>) -> PathBuf {
    let plain = |id: &str| -> String {
        id.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).take(80).collect()
    };
    let name = format!("rule-{}-{}.json", plain(rule_set_id), plain(rule_id.unwrap_or("new")));
    state.join("drafts").join(name)
}

/// The drafts of a state folder, the newest first.
pub fn drafts(state: &Path) -> Vec<DraftInfo> {
    let files = fs::read_dir(state.join("drafts")).into_iter().flatten().flatten();
    let mut found: Vec<DraftInfo> = files
        .map(|file| file.path())
        .filter(|path| {
            path.file_name().and_then(|name| name.to_str()).is_some_and(|name| {
                name.starts_with("rule-") && path.extension().is_some_and(|it| it == "json")
            })
        })
        .filter_map(|path| Some(read_file(&path)?.info))
        .collect();
    found.sort_by_key(|draft| -draft.at);
    found
}

/// The draft in a file, if there is one that can be read.
pub fn read_file(path: &Path) -> Option<Draft> {
    if fs::metadata(path).ok()?.len() > LARGEST {
        return None;
    }
    parse(path, &fs::read_to_string(path).ok()?)
}

fn parse(path: &Path, text: &str) -> Option<Draft> {
    let value = json::parse(text).ok()?;
    let some = |name: &str| Some(value.member(name)).filter(|it| !it.is_nil());
    let rule = rule_of(&some("rule")?)?;
    let base = some("base").and_then(|it| rule_of(&it)).zip(some("rev").map(|rev| rev.num() as u64));
    let rule_id = some("ruleId").map(|id| id.text());
    let info = DraftInfo {
        path: path.to_owned(),
        rule_set_id: some("ruleSetId")?.text(),
        title: some("title").map_or_else(String::new, |title| title.text().to_string()),
        at: some("at").map_or(0, |at| at.num() as i64),
        rule_id,
    };
    Some(Draft { info, rule, base })
}

/// The text of a draft.
pub fn print(rule_set_id: &Text, title: &str, at: i64, rule: &Rule, base: Option<(&Rule, u64)>) -> String {
    let document = |rule: &Rule| Value::from(Entity::Rule(Text::clone(rule_set_id), rule.clone()).document());
    let mut map = Map::new();
    map.insert("type", Value::from("RuleDraft"));
    map.insert("format", Value::from(1.0));
    map.insert("ruleSetId", Value::String(Text::clone(rule_set_id)));
    map.insert("ruleId", base.and_then(|(rule, _)| rule.id.clone()).map_or(Value::Null, Value::String));
    map.insert("title", Value::from(title));
    map.insert("at", Value::from(at as f64));
    map.insert("rule", document(rule));
    if let Some((rule, rev)) = base {
        map.insert("base", document(rule));
        map.insert("rev", Value::from(rev as f64));
    }
    json::print(&map.into()).unwrap_or_default()
}

fn rule_of(document: &Value) -> Option<Rule> {
    // The reader takes rule sets and refuses nameless rules; a draft may have no name yet.
    let mut members = Map::clone(document.as_object()?);
    let name = members.get("name").map(Value::text).unwrap_or_default();
    members.insert("name", Value::from("-"));
    let text = format!("[{{\"name\":\"-\",\"rules\":[{}]}}]", json::print(&members.into())?);
    let mut rule = read::rule_sets(&text).ok()?.rule_sets.pop()?.rules.pop()?;
    rule.name = name;
    Some(rule)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effects::write_file;
    use crate::screens::rules::form::work::Work;
    use connect_rules_engine::kinds::RuleType;

    #[test]
    fn a_draft_is_found_again_as_it_was_typed() {
        let folder = tempfile::tempdir().unwrap();
        let base = Rule { id: Some("r".into()), ..Work::new(RuleType::Message).rule };
        let mut rule = base.clone();
        rule.params.insert("message", Value::from("日本 \u{1b}[31m\nnext"));
        rule.priority = "twelve".into();
        let set = Text::from("s/../x");
        let file = path(folder.path(), &set, Some("r"));
        assert!(
            file.starts_with(folder.path().join("drafts"))
                && file.parent() == Some(&folder.path().join("drafts"))
        );
        write_file(&file, &print(&set, "Set / Rule", 7, &rule, Some((&base, 3))), false).unwrap();
        fs::write(folder.path().join("drafts/rule-broken.json"), "{").unwrap();
        let found = drafts(folder.path());
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].title.as_str(), found[0].at), ("Set / Rule", 7));
        let draft = read_file(&found[0].path).unwrap();
        assert_eq!((draft.rule, draft.base), (rule, Some((base, 3))));
    }
}
