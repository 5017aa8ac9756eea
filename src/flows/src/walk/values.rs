//! References and comparisons while walking.

use std::collections::BTreeMap;

use super::Walk;
use super::host::Metrics;
use crate::reference::{is_reference, references};

impl Walk<'_> {
    /// The value of a reference; none when it is not there or empty.
    pub(super) fn value(&self, path: &str) -> Option<String> {
        let contact = &self.contact;
        let named = |map: &BTreeMap<String, String>, name: &str| map.get(name).cloned();
        let value = match path {
            "$.StoredCustomerInput" => self.stored.clone(),
            "$.Channel" => Some(contact.channel.clone()),
            "$.ContactId" => Some(contact.contact_id.clone()),
            "$.InitialContactId" => Some(contact.initial_contact_id.clone()),
            "$.CustomerEndpoint.Address" => contact.customer_number.clone(),
            "$.SystemEndpoint.Address" => contact.dialled_number.clone(),
            "$.Queue.ARN" => self.queue.clone(),
            "$.Queue.Name" => self.queue_name(),
            "$.Lex.IntentName" => self.lex.as_ref().map(|(intent, ..)| intent.clone()),
            "$.Lex.IntentConfidence.Score" => {
                self.lex.as_ref().and_then(|(_, confidence, _)| confidence.map(|it| it.to_string()))
            }
            _ => {
                let rest = path.strip_prefix("$.")?;
                let (root, name) = rest.split_once('.')?;
                match root {
                    "External" => named(&self.external, name),
                    "Attributes" => named(&contact.attributes, name),
                    "Agent" => named(&contact.agent, name),
                    "Lex" => {
                        let (_, _, slots) = self.lex.as_ref()?;
                        named(slots, name.strip_prefix("Slots.")?)
                    }
                    "Metrics" => self.metrics.as_ref().and_then(|it| metric(it, name)),
                    _ => None,
                }
            }
        };
        value.filter(|it| !it.is_empty())
    }

    /// A text with its references filled in; a text that is nothing but a reference has its value.
    pub(super) fn filled(&self, text: &str) -> Option<String> {
        if is_reference(text) {
            return self.value(text);
        }
        let mut out = String::new();
        let mut rest = text;
        for path in references(text) {
            let (before, after) = rest.split_once(path)?;
            out.push_str(before);
            out.push_str(&self.value(path).unwrap_or_default());
            rest = after;
        }
        out.push_str(rest);
        Some(out)
    }
}

fn metric(metrics: &Metrics, name: &str) -> Option<String> {
    let number = match name {
        "Queue.Name" => return metrics.name.clone(),
        "Queue.Size" => metrics.size,
        "Queue.OldestContactAge" => metrics.oldest_seconds,
        "Agents.Online.Count" => metrics.online,
        "Agents.Staffed.Count" => metrics.staffed,
        "Agents.Available.Count" => metrics.available,
        _ => None,
    };
    number.map(|it| it.to_string())
}

/// Whether a condition holds. Numbers are compared as numbers; what is none holds no such condition.
pub(super) fn holds(operator: &str, value: &str, operand: &str) -> bool {
    let numbers = || Some((value.trim().parse::<f64>().ok()?, operand.trim().parse::<f64>().ok()?));
    match operator {
        "Equals" => value == operand,
        "TextStartsWith" => value.starts_with(operand),
        "TextEndsWith" => value.ends_with(operand),
        "TextContains" => value.contains(operand),
        "NumberGreaterThan" => numbers().is_some_and(|(a, b)| a > b),
        "NumberGreaterOrEqualTo" => numbers().is_some_and(|(a, b)| a >= b),
        "NumberLessThan" => numbers().is_some_and(|(a, b)| a < b),
        "NumberLessOrEqualTo" => numbers().is_some_and(|(a, b)| a <= b),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn conditions() {
        for (operator, value, operand, expected) in [
            ("Equals", "a", "a", true),
            ("Equals", "a", "A", false),
            ("TextStartsWith", "abc", "ab", true),
            ("TextEndsWith", "abc", "ab", false),
            ("TextContains", "abc", "b", true),
            ("NumberGreaterThan", "10", "9", true),
            ("NumberGreaterThan", "9", "9", false),
            ("NumberGreaterOrEqualTo", "9", "9", true),
            ("NumberLessThan", "", "9", false),
            ("NumberLessOrEqualTo", "9", "10", true),
            ("Other", "a", "a", false),
        ] {
            assert_eq!(holds(operator, value, operand), expected, "{operator} {value} {operand}");
        }
    }
}
