//! Configuration values that are too long for one row (`spec/lambdas.md` 7.6, L-30).
//!
//! Up to [`LONGEST`] bytes a value is one row, as the original has it. A longer one is in the rows `<Key>#1` to
//! `<Key>#n`; the row `<Key>` says how many there are and holds an empty value of the same sort for the original. If
//! the original writes a value of its own into that row, that is the value.

use std::borrow::Cow;

use connect_rules_engine::value::Text;

use crate::item::{Item, Place, n, number, s, string, sum};
use crate::tables::Table;

/// Longest value of one row, in bytes.
const LONGEST: usize = 350 * 1024;
/// Longest part of a value, in bytes.
const PART: usize = 300 * 1024;
/// How many parts there are.
const PARTS: &str = "Parts";
/// What the value that they make up comes to, so that parts of different values are not taken for one.
const SUM: &str = "PartsSum";
/// Whose part a row is.
const PART_OF: &str = "PartOf";
/// Values that stand for one that is in parts.
const EMPTY: [&str; 3] = ["[]", "{}", ""];

fn place(key: &str, part: u64) -> Place {
    Place { table: Table::Config, hash: Text::from(format!("{key}#{part}")), range: Text::default() }
}

/// Whether a row is a part of a value.
pub(crate) fn is_part(item: &Item) -> bool {
    item.contains_key(PART_OF)
}

/// The row that says how many parts there are, of a place that may be that of a part.
pub(crate) fn whole_of(part: &Place) -> Option<Place> {
    let (key, number) = part.hash.rsplit_once('#').filter(|_| part.table == Table::Config)?;
    number.parse::<u64>().ok()?;
    Some(Place { hash: Text::from(key), ..part.clone() })
}

/// How many parts the value of a row is in; 0 if the row holds it itself.
fn count(item: &Item) -> u64 {
    let is_empty = EMPTY.contains(&string(item, "ConfigData").unwrap_or_default());
    number(item, PARTS).filter(|_| is_empty).unwrap_or_default()
}

/// The places of the parts of a row's value.
pub(crate) fn places(item: &Item) -> impl Iterator<Item = Place> {
    let key = string(item, "ConfigKey").unwrap_or_default().to_owned();
    (1..=count(item)).map(move |part| place(&key, part))
}

fn sum_of(text: &str) -> u64 {
    sum(&Item::from([("ConfigData".to_owned(), s(text))]), &[])
}

/// The value of a row, taken from its parts if it is in parts.
///
/// # Errors
/// A part is missing, or they do not belong together.
pub(crate) fn text<'a>(
    item: &'a Item,
    part: impl Fn(&Place) -> Option<&'a Item>,
) -> Result<Cow<'a, str>, String> {
    if count(item) == 0 {
        return Ok(Cow::Borrowed(string(item, "ConfigData").unwrap_or_default()));
    }
    let mut out = String::new();
    for place in places(item) {
        let text = part(&place).filter(|it| is_part(it)).and_then(|it| string(it, "ConfigData"));
        out.push_str(text.ok_or_else(|| format!("its part {} is missing", place.hash))?);
    }
    if number(item, SUM) == Some(sum_of(&out)) {
        Ok(Cow::Owned(out))
    } else {
        Err("its parts do not belong together".to_owned())
    }
}

/// Takes the value of a row apart if it is too long; `text` is the value. Answers the parts by their places.
pub(crate) fn split(row: &mut Item, text: &str, now: &str) -> Vec<(Place, Item)> {
    let was_split = row.remove(PARTS).is_some();
    row.remove(SUM);
    let is_long = string(row, "ConfigData").is_some_and(|it| it.len() > LONGEST);
    if !was_split && !is_long {
        return Vec::new();
    }
    if text.len() <= LONGEST {
        row.insert("ConfigData".to_owned(), s(text));
        return Vec::new();
    }
    let key = string(row, "ConfigKey").unwrap_or_default().to_owned();
    let mut out = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (part, next) = rest.split_at(rest.floor_char_boundary(PART));
        rest = next;
        let place = place(&key, out.len() as u64 + 1);
        let item = Item::from([
            ("ConfigKey".to_owned(), s(&*place.hash)),
            ("ConfigData".to_owned(), s(part)),
            (PART_OF.to_owned(), s(&*key)),
            ("LastUpdate".to_owned(), s(now)),
        ]);
        out.push((place, item));
    }
    let empty = match text.as_bytes().first() {
        Some(b'[') => "[]",
        Some(b'{') => "{}",
        _ => "",
    };
    row.insert("ConfigData".to_owned(), s(empty));
    row.insert(PARTS.to_owned(), n(out.len() as u64));
    row.insert(SUM.to_owned(), n(sum_of(text)));
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn row(text: &str) -> Item {
        Item::from([("ConfigKey".to_owned(), s("Queues")), ("ConfigData".to_owned(), s(text))])
    }

    #[test]
    fn long_values_are_taken_apart_between_characters_and_put_together_again() {
        let long = format!("[\"{}\"]", "ü€".repeat(LONGEST / 4));
        let mut whole = row(&long);
        let parts = split(&mut whole, &long, "now");
        assert_eq!(parts.len(), long.len().div_ceil(PART));
        assert_eq!(string(&whole, "ConfigData"), Some("[]"));
        let find = |place: &Place| parts.iter().find(|(it, _)| it == place).map(|(_, item)| item);
        assert_eq!(text(&whole, find).unwrap(), long);
        assert_eq!(text(&whole, |_| None).unwrap_err(), "its part Queues#1 is missing");
        let twice = |_: &Place| parts.first().map(|(_, item)| item);
        assert_eq!(text(&whole, twice).unwrap_err(), "its parts do not belong together");
        // What the original writes over it counts.
        let mut own = whole.clone();
        own.insert("ConfigData".to_owned(), s("[1]"));
        assert_eq!(text(&own, find).unwrap(), "[1]");
        assert!(split(&mut own, "[1]", "now").is_empty());
        assert_eq!(own, row("[1]"));
    }

    #[test]
    fn values_that_fit_a_row_stay_as_they_are() {
        let text = "x".repeat(LONGEST);
        let mut whole = row(&text);
        assert!(split(&mut whole, &text, "now").is_empty());
        assert_eq!(whole, row(&text));
        let more = format!("{text}x");
        assert_eq!(split(&mut row(&more), &more, "now").len(), 2);
    }
}
