//! Rows as the service holds them: attributes by name.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use connect_rules_engine::value::Text;

use crate::tables::Table;

/// Attributes by name; sets are in order.
pub type Item = HashMap<String, AttributeValue>;

/// Which row of which table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    /// Table.
    pub table: Table,
    /// Hash key.
    pub hash: Text,
    /// Range key; empty for tables without.
    pub range: Text,
}

impl Place {
    /// The place of a row of that table; `None` for rows without their keys.
    pub fn of(table: Table, item: &Item) -> Option<Self> {
        let (hash, range) = table.keys();
        let range = match range {
            Some(range) => string(item, range)?,
            None => "",
        };
        Some(Place { table, hash: Text::from(string(item, hash)?), range: Text::from(range) })
    }

    /// The keys in words.
    pub fn keys_text(&self) -> String {
        format!("{} {}", self.hash, self.range).trim_end().to_owned()
    }

    /// The keys as attributes.
    pub fn keys(&self) -> Item {
        let (hash, range) = self.table.keys();
        let mut out = Item::from([(hash.to_owned(), s(&*self.hash))]);
        if let Some(range) = range {
            out.insert(range.to_owned(), s(&*self.range));
        }
        out
    }
}

/// A text.
pub(crate) fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// A whole number.
pub(crate) fn n(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// The text under a name, if it is one.
pub(crate) fn string<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

/// The whole number under a name, if it is one.
pub(crate) fn number(item: &Item, name: &str) -> Option<u64> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

/// Brings sets into order, so that equal rows are equal values.
pub(crate) fn in_order(mut item: Item) -> Item {
    for value in item.values_mut() {
        if let AttributeValue::Ss(set) | AttributeValue::Ns(set) = value {
            set.sort_unstable();
        }
    }
    item
}

/// Bytes that a row counts with, at most.
pub(crate) fn size(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + value_size(value, 0)).sum()
}

/// Levels of lists and maps, more than the service allows.
const DEEPEST: usize = 64;

fn value_size(value: &AttributeValue, depth: usize) -> usize {
    if depth > DEEPEST {
        return 0;
    }
    match value {
        AttributeValue::S(text) => text.len() + 1,
        AttributeValue::N(text) => text.len() / 2 + 3,
        AttributeValue::B(bytes) => bytes.as_ref().len() + 1,
        AttributeValue::Ss(set) | AttributeValue::Ns(set) => {
            3 + set.iter().map(|it| it.len() + 1).sum::<usize>()
        }
        AttributeValue::Bs(set) => 3 + set.iter().map(|it| it.as_ref().len() + 1).sum::<usize>(),
        AttributeValue::L(list) => 3 + list.iter().map(|it| 1 + value_size(it, depth + 1)).sum::<usize>(),
        AttributeValue::M(map) => {
            3 + map.iter().map(|(name, it)| 1 + name.len() + value_size(it, depth + 1)).sum::<usize>()
        }
        _ => 1,
    }
}

/// A number of 40 bits that stands for the texts, numbers and sets of a row, those attributes apart. It is
/// stored, so it is the same for ever (FNV-1a).
pub(crate) fn sum(item: &Item, but: &[&str]) -> u64 {
    let mut names: Vec<&String> = item.keys().filter(|name| !but.contains(&name.as_str())).collect();
    names.sort_unstable();
    let mut sum = Sum(0xCBF2_9CE4_8422_2325);
    for name in names {
        sum.add(name);
        match item.get(name) {
            Some(AttributeValue::S(text) | AttributeValue::N(text)) => sum.add(text),
            Some(AttributeValue::Bool(is)) => sum.add(if *is { "true" } else { "false" }),
            Some(AttributeValue::Ss(set) | AttributeValue::Ns(set)) => set.iter().for_each(|it| sum.add(it)),
            _ => {}
        }
        sum.add("");
    }
    (sum.0 ^ (sum.0 >> 40)) & 0xFF_FFFF_FFFF
}

struct Sum(u64);

impl Sum {
    fn add(&mut self, text: &str) {
        for byte in text.bytes().chain([0xFF]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_tells_contents_apart_and_stays_as_it_is() {
        let row = |text: &str| Item::from([("A".to_owned(), s(text)), ("Rev".to_owned(), n(3))]);
        assert_eq!(sum(&row("x"), &["Rev"]), 0x3C_735D_E418);
        assert_ne!(sum(&row("x"), &["Rev"]), sum(&row("y"), &["Rev"]));
        assert_ne!(sum(&row("x"), &["Rev"]), sum(&row("x"), &[]));
    }
}
