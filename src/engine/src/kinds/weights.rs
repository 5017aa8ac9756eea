//! Weights as people write them: operations and limits (`spec/evaluator.md` 2.3 and 2.5).

use super::names::is_path_text;
use crate::model::Weight;
use crate::value::{text_number, trim, utf16_len};
use crate::weight::Operation;

/// What is wrong with one member of a weight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeightProblem {
    /// It works when it runs; only the form refuses it.
    pub works: bool,
    /// `field`, `operation`, `value` or `weight`.
    pub member: &'static str,
    /// What is wrong and why it matters.
    pub what: String,
    /// What to do.
    pub fix: &'static str,
}

/// Everything the strictest form refuses in a weight. `in_queue` is for the weights of in-queue
/// behaviours, which need a value for more operations.
pub fn weight_problems(weight: &Weight, in_queue: bool) -> Vec<WeightProblem> {
    let mut out = Vec::new();
    let mut add = |works, member, what: String, fix| out.push(WeightProblem { works, member, what, fix });
    let field = trim(weight.field.as_deref().unwrap_or_default());
    if field.is_empty() {
        add(
            false,
            "field",
            "the field is empty, so it finds nothing".to_owned(),
            "give the path of a state key",
        );
    } else if !(2..=256).contains(&utf16_len(field)) || !is_path_text(field) {
        let what = format!("the form refuses the field `{field}`");
        add(true, "field", what, "use 2 to 256 letters, digits, dots, - and _");
    }
    let operation = Operation::parse(&weight.operation);
    if let Operation::Unknown(operation) = &operation {
        add(
            false,
            "operation",
            format!("there is no operation `{operation}`; a contact that tests this rule fails"),
            "choose one of the 16 operations; they are written in lower case",
        );
    }
    let value = weight.value_text();
    let needed = if in_queue {
        operation.takes_value() || matches!(operation, Operation::IsMobile | Operation::IsNotMobile)
    } else {
        use Operation::{Equals, GreaterThan, LessThan, NotEquals};
        matches!(operation, Equals | NotEquals | LessThan | GreaterThan)
    };
    if needed && trim(value).is_empty() {
        let what = format!("`{}` needs a value to compare with", weight.operation);
        add(false, "value", what, "give a value, or use isempty");
    }
    if utf16_len(value) > 1024 {
        add(true, "value", "the value is longer than 1024 characters".to_owned(), "shorten it");
    }
    let number = &*weight.number_text();
    match text_number(number) {
        Some(n) if (-1000.0..=1000.0).contains(&n) && n.fract() == 0.0 => {}
        Some(_) => {
            let what = format!("`{number}` is not a whole number from -1000 to 1000");
            add(true, "weight", what, "give such a number");
        }
        None => {
            let what = format!("`{number}` is not a number, so the weight adds nothing");
            add(false, "weight", what, "give a whole number from -1000 to 1000");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Text, Value};

    fn weight(field: &str, operation: &str, value: &str, number: &str) -> Weight {
        Weight {
            id: None,
            field: Some(Text::from(field)),
            operation: Text::from(operation),
            value: Value::from(value),
            weight: Value::from(number),
        }
    }

    fn members(weight: &Weight, in_queue: bool) -> Vec<&'static str> {
        weight_problems(weight, in_queue).into_iter().map(|p| p.member).collect()
    }

    #[test]
    fn each_member_is_checked() {
        assert_eq!(members(&weight("a.b", "equals", "x", "100"), false), Vec::<&str>::new());
        assert_eq!(members(&weight("a b", "Equals", "x", "1.5"), false), ["field", "operation", "weight"]);
        assert_eq!(members(&weight("a", "equals", " ", "-1001"), false), ["field", "value", "weight"]);
        assert_eq!(members(&weight("ab", "contains", "", "1"), false), Vec::<&str>::new());
        assert_eq!(members(&weight("ab", "contains", "", "1"), true), ["value"]);
    }
}
