//! Weights: compiled tests on state and the operations they name (`spec/evaluator.md` section 2).

use crate::compat::Compat;
use crate::model::Weight;
use crate::phone;
use crate::state::Path;
use crate::template::{Template, is_template};
use crate::value::{Text, Value, text_num, text_number, trim, utf16_cmp};

/// The operations of 2.3 in the order that menus list them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are those of spec/evaluator.md 2.3")]
pub enum Operation {
    Contains,
    NotContains,
    EndsWith,
    NotEndsWith,
    Equals,
    NotEquals,
    LessThan,
    GreaterThan,
    IsEmpty,
    IsNotEmpty,
    IsMobile,
    IsNotMobile,
    IsNull,
    IsNotNull,
    StartsWith,
    NotStartsWith,
    /// Any other text; testing it is an error.
    Unknown(Text),
}

impl Operation {
    /// Operations and their names, in the order that menus list them.
    pub const ALL: [(Operation, &'static str); 16] = [
        (Operation::Contains, "contains"),
        (Operation::NotContains, "notcontains"),
        (Operation::EndsWith, "endswith"),
        (Operation::NotEndsWith, "notendswith"),
        (Operation::Equals, "equals"),
        (Operation::NotEquals, "notequals"),
        (Operation::LessThan, "lessthan"),
        (Operation::GreaterThan, "greaterthan"),
        (Operation::IsEmpty, "isempty"),
        (Operation::IsNotEmpty, "isnotempty"),
        (Operation::IsMobile, "ismobile"),
        (Operation::IsNotMobile, "isnotmobile"),
        (Operation::IsNull, "isnull"),
        (Operation::IsNotNull, "isnotnull"),
        (Operation::StartsWith, "startswith"),
        (Operation::NotStartsWith, "notstartswith"),
    ];

    /// The operation that a text names; case sensitive.
    pub fn parse(name: &str) -> Operation {
        Self::ALL
            .iter()
            .find(|(_, n)| *n == name)
            .map_or_else(|| Operation::Unknown(Text::from(name)), |(op, _)| op.clone())
    }

    /// Whether the operation looks at the weight's value at all.
    pub fn takes_value(&self) -> bool {
        use Operation::{IsEmpty, IsMobile, IsNotEmpty, IsNotMobile, IsNotNull, IsNull};
        !matches!(self, IsEmpty | IsNotEmpty | IsMobile | IsNotMobile | IsNull | IsNotNull)
    }
}

/// What a weight compares with.
#[derive(Debug)]
pub enum Comparand {
    /// A value known when the rule set is compiled, with its number if it is one.
    Fixed(Value, Option<f64>),
    /// A template, with the text that is compared when rendering fails.
    Template(Template, Text),
    /// A template that does not compile: its text is compared.
    Broken(Text),
}

/// A compiled test: path, operation, comparison value. Equal tests of a rule set share one.
#[derive(Debug)]
pub struct Test {
    /// Index of the path among the rule set's distinct paths.
    pub path: u32,
    /// What is tested.
    pub operation: Operation,
    /// What it is tested against.
    pub comparand: Comparand,
}

/// A weight of a compiled rule.
#[derive(Debug)]
pub struct CompiledWeight {
    /// Index of the test among the rule set's distinct tests.
    pub test: u32,
    /// `num` of the weight.
    pub number: f64,
    /// Whether the weight as text is truthy, which the text branch of `lessthan` and `greaterthan` uses.
    pub truthy: bool,
}

impl CompiledWeight {
    /// The number side of a weight.
    pub fn new(test: u32, weight: &Weight) -> Self {
        let truthy = match &weight.weight {
            Value::Undefined | Value::Null => false,
            Value::Bool(b) => *b,
            Value::Number(n) => *n != 0.0,
            Value::String(s) => !s.is_empty(),
            Value::Array(_) | Value::Object(_) => true,
        };
        CompiledWeight { test, number: weight.weight.num(), truthy }
    }
}

/// The path and comparison value of a weight, trimmed as 2.1 step 1 says.
///
/// A template that the original cannot compile is compared as text under [`Compat::Original`] (Q21).
pub fn prepare(weight: &Weight, compat: Compat) -> (Path, Comparand) {
    let path = Path::new(trim(weight.field.as_deref().unwrap_or("")));
    let comparand = match &weight.value {
        Value::String(text) => {
            let trimmed = trim(text);
            let text = if trimmed.len() == text.len() { Text::clone(text) } else { Text::from(trimmed) };
            if is_template(&text) {
                match Template::parse(&text) {
                    Ok(template) if compat == Compat::Corrected || !template.ends_path_in_number() => {
                        Comparand::Template(template, text)
                    }
                    _ => Comparand::Broken(text),
                }
            } else {
                fixed(Value::String(text))
            }
        }
        nil @ (Value::Undefined | Value::Null) => fixed(nil.clone()),
        other => fixed(Value::String(other.text())),
    };
    (path, comparand)
}

fn fixed(value: Value) -> Comparand {
    let number = number_of(&value);
    Comparand::Fixed(value, number)
}

/// The number of a value by the number test, if it passes.
pub fn number_of(value: &Value) -> Option<f64> {
    match value {
        Value::String(s) => text_number(s),
        v if v.is_number() => Some(v.num()),
        _ => None,
    }
}

/// How a test came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The operation does not hold.
    Unmet,
    /// It holds; the weight counts by its number.
    Met,
    /// It holds by the text branch of 2.4; the weight counts by its text.
    MetAsText,
}

/// Tests `raw` against `value`.
///
/// # Errors
/// The name of an operation that does not exist.
pub fn test(operation: &Operation, raw: &Value, value: &Value, number: Option<f64>) -> Result<Outcome, Text> {
    let held = match operation {
        Operation::Equals => raw.strictly_equals(value),
        Operation::NotEquals => !raw.strictly_equals(value),
        Operation::Contains => contains(raw, value),
        Operation::NotContains => !contains(raw, value),
        Operation::StartsWith => affix(raw, value, |r, v| r.starts_with(v)),
        Operation::NotStartsWith => !affix(raw, value, |r, v| r.starts_with(v)),
        Operation::EndsWith => affix(raw, value, |r, v| r.ends_with(v)),
        Operation::NotEndsWith => !affix(raw, value, |r, v| r.ends_with(v)),
        Operation::IsNull => raw.is_nil(),
        Operation::IsNotNull => !raw.is_nil(),
        Operation::IsEmpty => is_empty(raw),
        Operation::IsNotEmpty => !is_empty(raw),
        Operation::IsMobile => phone::is_mobile(raw),
        Operation::IsNotMobile => phone::is_not_mobile(raw),
        Operation::LessThan => return Ok(compare(raw, value, number, std::cmp::Ordering::is_lt)),
        Operation::GreaterThan => return Ok(compare(raw, value, number, std::cmp::Ordering::is_gt)),
        Operation::Unknown(name) => return Err(Text::clone(name)),
    };
    Ok(if held { Outcome::Met } else { Outcome::Unmet })
}

/// Whether the weight counts, and what it adds to the total.
///
/// Under [`Compat::Original`] a number that cannot be read poisons the total (Q54), and `notequals` and
/// `isnotempty` also hold where the positive test would count for nothing.
pub fn counts(
    outcome: Outcome,
    operation: &Operation,
    weight: &CompiledWeight,
    compat: Compat,
) -> (bool, f64) {
    let worthless = weight.number == 0.0 || weight.number.is_nan();
    if compat == Compat::Corrected {
        let met = outcome != Outcome::Unmet && !weight.number.is_nan();
        return (met, if met { weight.number } else { 0.0 });
    }
    let met = match operation {
        Operation::NotEquals | Operation::IsNotEmpty => outcome != Outcome::Unmet || worthless,
        _ => match outcome {
            Outcome::Unmet => false,
            Outcome::Met => !worthless,
            Outcome::MetAsText => weight.truthy,
        },
    };
    (met, if met { weight.number } else { 0.0 })
}

fn is_empty(raw: &Value) -> bool {
    match raw {
        Value::Array(items) => items.is_empty(),
        other => other.is_empty_string(),
    }
}

fn contains(raw: &Value, value: &Value) -> bool {
    match raw {
        Value::Array(items) => items.iter().any(|item| item.strictly_equals(value)),
        Value::String(s) => match value {
            Value::String(v) => s.contains(&**v),
            other => s.contains(&*other.text()),
        },
        _ => false,
    }
}

fn affix(raw: &Value, value: &Value, holds: impl Fn(&str, &str) -> bool) -> bool {
    match (raw, value) {
        (Value::String(r), Value::String(v)) => holds(r, v),
        (Value::String(r), other) => holds(r, &other.text()),
        _ => false,
    }
}

/// `lessthan` and `greaterthan`: numbers where both are, else the mixed comparison of 2.4.
fn compare(
    raw: &Value,
    value: &Value,
    number: Option<f64>,
    holds: impl Fn(std::cmp::Ordering) -> bool,
) -> Outcome {
    if raw.is_nil() {
        return Outcome::Unmet;
    }
    let as_numbers = |a: f64, b: f64| a.partial_cmp(&b).is_some_and(&holds);
    if let Some(b) = number
        && let Some(a) = number_of(raw)
    {
        return if as_numbers(a, b) { Outcome::Met } else { Outcome::Unmet };
    }
    let flat;
    let raw = match raw {
        Value::Array(_) | Value::Object(_) => {
            flat = Value::String(raw.text());
            &flat
        }
        other => other,
    };
    let held = match (raw, value) {
        (Value::String(a), Value::String(b)) => holds(utf16_cmp(a, b)),
        (a, Value::String(b)) => as_numbers(a.num(), text_num(b)),
        (a, b) => as_numbers(a.num(), b.num()),
    };
    if held { Outcome::MetAsText } else { Outcome::Unmet }
}
