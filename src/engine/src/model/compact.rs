//! Rule sets that are kept for long: equal texts share one allocation, lists take the room that they need.

use rustc_hash::FxHashSet;

use super::RuleSet;
use crate::value::{Text, Value};

/// Longer texts are hardly ever equal to others.
const LONGEST: usize = 40;

/// Texts that were met so far.
#[derive(Debug, Default)]
pub struct Compact {
    seen: FxHashSet<Text>,
}

impl Compact {
    /// Makes a rule set as small as it can be; its content stays as it is.
    pub fn rule_set(&mut self, set: &mut RuleSet) {
        self.text(&mut set.description);
        self.text(&mut set.folder);
        set.end_points.shrink_to_fit();
        set.rules.shrink_to_fit();
        for rule in &mut set.rules {
            for text in [&mut rule.name, &mut rule.description, &mut rule.priority] {
                self.text(text);
            }
            if let Some(text) = &mut rule.activation {
                self.text(text);
            }
            rule.params.0.shrink_to_fit();
            for (name, value) in &mut rule.params.0 {
                self.text(name);
                self.value(value);
            }
            rule.weights.shrink_to_fit();
            for weight in &mut rule.weights {
                if let Some(text) = &mut weight.field {
                    self.text(text);
                }
                self.text(&mut weight.operation);
                self.value(&mut weight.value);
                self.value(&mut weight.weight);
            }
        }
    }

    fn text(&mut self, text: &mut Text) {
        if text.len() > LONGEST {
            return;
        }
        match self.seen.get(text) {
            Some(same) => *text = Text::clone(same),
            None => {
                self.seen.insert(Text::clone(text));
            }
        }
    }

    fn value(&mut self, value: &mut Value) {
        if let Value::String(text) = value {
            self.text(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::golden::parse;

    #[test]
    fn equal_texts_become_one_and_nothing_else_changes() {
        let rule = |name: &str| {
            format!(
                r#"{{"name":"{name}","description":"","priority":"10","activation":"100","type":"Message","enabled":true,"params":{{"message":"Hello"}},"weights":[{{"field":"a.b","operation":"equals","value":"Hello","weight":"100"}}]}}"#
            )
        };
        let text = format!(
            r#"[{{"name":"A","description":"","enabled":true,"endPoints":[],"folder":"/","rules":[{},{}]}}]"#,
            rule("one"),
            rule("two")
        );
        let before = parse(&text);
        let mut after = before.clone();
        let mut compact = Compact::default();
        for set in &mut after {
            compact.rule_set(set);
        }
        assert_eq!(after, before);
        let [one, two] = &after[0].rules[..] else { panic!("two rules") };
        assert!(Arc::ptr_eq(&one.priority, &two.priority));
        assert!(Arc::ptr_eq(one.activation.as_ref().unwrap(), two.activation.as_ref().unwrap()));
        assert!(Arc::ptr_eq(&one.weights[0].operation, &two.weights[0].operation));
        let (Some(Value::String(said)), Value::String(tested)) =
            (one.params.get("message"), &two.weights[0].value)
        else {
            panic!("texts")
        };
        assert!(Arc::ptr_eq(said, tested));
        assert_eq!(one.weights.capacity(), 1);
    }
}
