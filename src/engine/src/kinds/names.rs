//! Names, folders and keys that people choose: what is allowed (`spec/model.md` 5 and 8,
//! `spec/evaluator.md` 1.5).

use crate::model::RuleSet;
use crate::problem::Problem;
use crate::value::{Map, trim, utf16_len};

/// What saving refuses in a rule set itself: name, description, folder. Its rules are for
/// [`super::validate`], uniqueness is for the caller.
pub fn rule_set_problems(rule_set: &RuleSet) -> Vec<Problem> {
    let mut out = Vec::new();
    if let Some(reason) = name_problem(&rule_set.name) {
        let fix = "use 2 to 64 letters, digits, blanks, - and _";
        out.push(Problem::error("name", format!("the name {reason}"), fix));
    }
    if utf16_len(&rule_set.description) > 1024 {
        out.push(Problem::error(
            "description",
            "the description is longer than 1024 characters",
            "shorten it",
        ));
    }
    if let Some(reason) = folder_problem(&rule_set.folder) {
        out.push(Problem::error("folder", format!("the folder {reason}"), "write it like /Service/Night"));
    }
    out
}

/// Why a name of a rule set, rule, end point or test is refused; `None` for a good one.
///
/// 2 to 64 characters without blanks at the ends: letters, digits, blanks, `-` and `_`, no two blanks in a
/// row.
pub fn name_problem(name: &str) -> Option<&'static str> {
    let length = utf16_len(name);
    if trim(name) != name {
        Some("has blanks at its start or end")
    } else if length < 2 {
        Some("is shorter than 2 characters")
    } else if length > 64 {
        Some("is longer than 64 characters")
    } else if !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_')) {
        Some("has characters other than letters, digits, blank, - and _")
    } else if name.contains("  ") {
        Some("has two blanks in a row")
    } else {
        None
    }
}

/// Why a folder is refused; `None` for a good one.
pub fn folder_problem(folder: &str) -> Option<&'static str> {
    if trim(folder).is_empty() {
        Some("is empty")
    } else if !folder.starts_with('/') {
        Some("does not start with /")
    } else if folder.len() > 1 && folder.ends_with('/') {
        Some("ends with /")
    } else if folder.contains("//") {
        Some("has an empty element")
    } else if folder.contains("..") {
        Some("has two dots in a row")
    } else if folder.contains('&') {
        Some("has a &")
    } else if folder.contains('#') {
        Some("has a #")
    } else if folder.contains("  ") {
        Some("has two blanks in a row")
    } else if folder.chars().any(char::is_control) {
        Some("has control characters")
    } else if utf16_len(folder) > 1024 {
        Some("is longer than 1024 characters")
    } else {
        None
    }
}

/// Whether a text has only the characters of state paths.
pub fn is_path_text(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

/// Whether people may not write this state key: the engine or the configuration owns it.
pub fn is_reserved_key(key: &str, config: Option<&Map>) -> bool {
    const TOP: [&str; 9] = [
        "System",
        "ContactAttributes",
        "NextRuleSet",
        "CurrentRuleSet",
        "CurrentRule",
        "CurrentRuleType",
        "ReturnStack",
        "ContactId",
        "LexResponses",
    ];
    let top = key.split('.').next().unwrap_or(key);
    TOP.contains(&top)
        || top.starts_with("CurrentRule_")
        || config.is_some_and(|config| config.contains_key(top))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["ab", "A b-c_9", &"x".repeat(64)] {
            assert_eq!(name_problem(good), None, "{good}");
        }
        for bad in ["", "a", " ab", "ab ", "a.b", "é2", "O'Neil", "a  b", "a\tb", &"x".repeat(65)] {
            assert!(name_problem(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn folders() {
        for good in ["/", "/a", "/a/b", "/.", "/a.b", "/a b", "/ a", "/a?b", "/a\"b<", "/é"] {
            assert_eq!(folder_problem(good), None, "{good}");
        }
        for bad in ["a", "", "  ", "/a/", "//", "/a//b", "/..", "/a..b", "/a&b", "/a#b", "/a  b"] {
            assert!(folder_problem(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn rule_sets_say_which_member_is_refused() {
        let text = format!(r#"[{{"name":"a","folder":"b","description":"{}"}}]"#, "x".repeat(1025));
        let sets = crate::golden::parse(&text);
        let places: Vec<String> = rule_set_problems(&sets[0]).into_iter().map(|p| p.place).collect();
        assert_eq!(places, ["name", "description", "folder"]);
    }

    #[test]
    fn reserved_keys_include_what_lies_below_them() {
        for key in ["System", "System.x", "ContactAttributes.a", "CurrentRule_x", "ReturnStack"] {
            assert!(is_reserved_key(key, None), "{key}");
        }
        assert!(!is_reserved_key("Systems", None) && !is_reserved_key("Customer.System", None));
        let config: Map = [("Queues", crate::value::Value::Null)].into_iter().collect();
        assert!(is_reserved_key("Queues.0", Some(&config)));
    }
}
