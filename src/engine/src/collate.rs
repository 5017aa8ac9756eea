//! The order of names: rule sets, rules, phone and time bounds (`spec/evaluator.md` 1.2).

use std::cmp::Ordering;
use std::sync::LazyLock;

use icu_collator::options::{AlternateHandling, CollatorOptions, Strength};
use icu_collator::{Collator, CollatorBorrowed};

use crate::value::utf16_cmp;

/// Printable ASCII in primary order, lowest first; letters stand for both cases.
const ORDER: &[u8] = b" _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789abcdefghijklmnopqrstuvwxyz";

/// Primary rank of every ASCII character; 0 for those outside the table.
static RANKS: [u8; 128] = ranks();

const fn ranks() -> [u8; 128] {
    let mut table = [0_u8; 128];
    let mut at = 0;
    while at < ORDER.len() {
        table[ORDER[at] as usize] = at as u8 + 1;
        table[ORDER[at].to_ascii_uppercase() as usize] = at as u8 + 1;
        at += 1;
    }
    table
}

static COLLATOR: LazyLock<Option<CollatorBorrowed<'static>>> = LazyLock::new(|| {
    let mut options = CollatorOptions::default();
    options.strength = Some(Strength::Tertiary);
    options.alternate_handling = Some(AlternateHandling::NonIgnorable);
    Collator::try_new(icu_locale_core::locale!("en").into(), options).ok()
});

/// Order of two names: printable ASCII by the rank table, anything else by Unicode collation
/// (English, punctuation counts).
pub fn compare(a: &str, b: &str) -> Ordering {
    if is_plain(a) && is_plain(b) {
        return compare_plain(a.as_bytes(), b.as_bytes());
    }
    COLLATOR.as_ref().map_or_else(|| utf16_cmp(a, b), |collator| collator.compare(a, b))
}

fn is_plain(text: &str) -> bool {
    text.bytes().all(|b| (0x20..0x7f).contains(&b))
}

fn compare_plain(a: &[u8], b: &[u8]) -> Ordering {
    let rank = |b: &u8| RANKS[usize::from(*b & 0x7f)];
    a.iter().map(rank).cmp(b.iter().map(rank)).then_with(|| {
        a.iter().zip(b).find(|(x, y)| x != y).map_or(Ordering::Equal, |(x, _)| {
            if x.is_ascii_lowercase() { Ordering::Less } else { Ordering::Greater }
        })
    })
}

/// Puts the rules of a rule set in the order they run: priority descending, then name.
///
/// `priority` gives `num` of a rule's priority. One that is no number (NaN) counts as 0; with `original` it
/// compares as equal to everything, so that its place depends on where it stood by name.
pub fn order_rules<T>(
    rules: &mut [T],
    name: impl Fn(&T) -> &str,
    priority: impl Fn(&T) -> f64,
    original: bool,
) {
    rules.sort_by(|a, b| compare(name(a), name(b)));
    if original && rules.iter().any(|rule| priority(rule).is_nan()) {
        insertion_sort(rules, |a, b| priority(b) - priority(a) < 0.0);
    } else {
        let number = |rule: &T| Some(priority(rule)).filter(|p| !p.is_nan()).unwrap_or(0.0);
        rules.sort_by(|a, b| number(b).partial_cmp(&number(a)).unwrap_or(Ordering::Equal));
    }
}

/// Binary insertion behind the leading run, as the original's runtime sorts short lists. With an order that is
/// not consistent the outcome depends on the method. `before(a, b)`: a goes strictly before b.
fn insertion_sort<T>(items: &mut [T], before: impl Fn(&T, &T) -> bool) {
    if items.len() < 2 {
        return;
    }
    let descending = before(&items[1], &items[0]);
    let mut run = 2;
    while run < items.len() && before(&items[run], &items[run - 1]) == descending {
        run += 1;
    }
    if descending {
        items[..run].reverse();
    }
    for at in run..items.len() {
        let (mut left, mut right) = (0, at);
        while left < right {
            let middle = left + (right - left) / 2;
            if before(&items[at], &items[middle]) {
                right = middle;
            } else {
                left = middle + 1;
            }
        }
        items[left..=at].rotate_right(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;
    use crate::value::Value;

    fn order_of(rules: &[(&str, &str)]) -> Vec<String> {
        let mut rules: Vec<(f64, &str)> = rules.iter().map(|(p, n)| (Value::from(*p).num(), *n)).collect();
        order_rules(&mut rules, |r| r.1, |r| r.0, false);
        rules.into_iter().map(|(_, name)| name.to_owned()).collect()
    }

    #[test]
    fn rules_run_by_priority_then_name() {
        let rules = [("9", "z"), ("10", "y"), ("9", "B"), ("9", "b"), ("9", "_a"), ("9", "1")];
        assert_eq!(order_of(&rules), ["y", "_a", "1", "b", "B", "z"]);
        assert_eq!(order_of(&[("-1", "a"), ("x", "b"), ("1", "c")]), ["c", "b", "a"]);
    }

    #[test]
    fn the_rank_table_agrees_with_unicode_collation() {
        let collator = COLLATOR.as_ref().unwrap();
        let mut seed = 7_u64;
        let mut next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as usize
        };
        let alphabet: Vec<char> = (b' '..=b'~').map(char::from).collect();
        for round in 0..4000 {
            let mut word = |n: usize| (0..n).map(|_| alphabet[next() % alphabet.len()]).collect::<String>();
            let a = word(round % 4);
            let mut b = word((round / 4) % 4);
            if round % 3 == 0 {
                b = a.chars().map(|c| if c.is_lowercase() { c.to_ascii_uppercase() } else { c }).collect();
            }
            assert_eq!(compare(&a, &b), collator.compare(&a, &b), "{a:?} {b:?}");
        }
    }

    #[test]
    fn accents_and_other_scripts() {
        let mut names = ["Z", "é", "e", "東", "b", "B", "A-b", "A b", "a", "9", "10", "1", "_x"];
        names.sort_by(|a, b| compare(a, b));
        assert_eq!(names, ["_x", "1", "10", "9", "a", "A b", "A-b", "b", "B", "e", "é", "Z", "東"]);
    }

    #[test]
    fn golden_ordering() {
        golden::each("ordering", |record| {
            let got: Vec<Value> = if let Some(rules) = record.member("rules").as_array() {
                let mut rules: Vec<(f64, String)> =
                    rules.iter().map(|r| (r.member("priority").num(), golden::text(r, "name"))).collect();
                order_rules(&mut rules, |r| &r.1, |r| r.0, true);
                rules.into_iter().map(|(_, name)| name.into()).collect()
            } else {
                let mut names = record.member("ruleSets").as_array().unwrap().to_vec();
                names.sort_by(|a, b| compare(&a.text(), &b.text()));
                names
            };
            golden::same(&got.into(), &record.member("order"))
        });
    }
}
