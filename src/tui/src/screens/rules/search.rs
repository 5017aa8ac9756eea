//! What the filters look at: names, folders, descriptions, end points, and the weights of rules.

use connect_rules_engine::model::{Rule, RuleSet};

/// The words of a filter, in lower case; each has to be found.
pub(super) fn words(filter: &str) -> Vec<String> {
    filter.split_whitespace().map(str::to_lowercase).collect()
}

/// Whether a text contains a word that is given in lower case.
fn has(text: &str, word: &str) -> bool {
    if text.is_ascii() && word.is_ascii() {
        let word = word.as_bytes();
        text.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word))
    } else {
        text.to_lowercase().contains(word)
    }
}

fn word_in_rule(rule: &Rule, word: &str) -> bool {
    has(&rule.name, word)
        || has(rule.rule_type.name(), word)
        || has(&rule.description, word)
        || rule.weights.iter().any(|weight| {
            weight.field.as_ref().is_some_and(|field| has(field, word)) || has(weight.value_text(), word)
        })
}

/// Whether every word is found in a rule.
pub(super) fn rule_has(rule: &Rule, words: &[String]) -> bool {
    words.iter().all(|word| word_in_rule(rule, word))
}

/// Whether every word is found somewhere in a rule set.
pub(super) fn set_has(set: &RuleSet, words: &[String]) -> bool {
    words.iter().all(|word| {
        has(&set.name, word)
            || has(&set.folder, word)
            || has(&set.description, word)
            || set.end_points.iter().any(|name| has(name, word))
            || set.rules.iter().any(|rule| word_in_rule(rule, word))
    })
}

#[cfg(test)]
mod tests {
    use super::has;

    #[test]
    fn case_does_not_matter_in_any_script() {
        assert!(has("Main Menu", "main") && has("ÄRGER", "ärger") && has("漢字", "字"));
        assert!(!has("Main", "menu") && !has("", "x"));
    }
}
