//! Sets of UTF-16 units and the case folding of the `i` flag without `u`.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

/// A set of UTF-16 units.
#[derive(Clone, Debug, Default)]
pub(super) struct CharSet {
    ranges: Vec<(u16, u16)>,
    negated: bool,
}

/// Units matched by `\s`.
const SPACES: &[(u16, u16)] = &[
    (0x09, 0x0d),
    (0x20, 0x20),
    (0xa0, 0xa0),
    (0x1680, 0x1680),
    (0x2000, 0x200a),
    (0x2028, 0x2029),
    (0x202f, 0x202f),
    (0x205f, 0x205f),
    (0x3000, 0x3000),
    (0xfeff, 0xfeff),
];
const DIGITS: &[(u16, u16)] = &[(0x30, 0x39)];
const WORDS: &[(u16, u16)] = &[(0x30, 0x39), (0x41, 0x5a), (0x5f, 0x5f), (0x61, 0x7a)];
const LINE_ENDS: &[(u16, u16)] = &[(0x0a, 0x0a), (0x0d, 0x0d), (0x2028, 0x2029)];

impl CharSet {
    /// The set behind `.`.
    pub(super) fn dot() -> Self {
        Self { ranges: complement(LINE_ENDS), negated: false }
    }

    /// The set behind `\d \D \s \S \w \W`, by its letter.
    pub(super) fn escape(letter: u16) -> Option<Self> {
        let letter = u8::try_from(letter).ok()?;
        let listed = match letter.to_ascii_lowercase() {
            b'd' => DIGITS,
            b's' => SPACES,
            b'w' => WORDS,
            _ => return None,
        };
        let ranges = if letter.is_ascii_uppercase() { complement(listed) } else { listed.to_vec() };
        Some(Self { ranges, negated: false })
    }

    /// Adds the units `from..=to`.
    pub(super) fn add(&mut self, from: u16, to: u16) {
        self.ranges.push((from, to));
    }

    /// Adds all units of another set that is not negated.
    pub(super) fn add_all(&mut self, other: &Self) {
        self.ranges.extend_from_slice(&other.ranges);
    }

    /// Turns a class into `[^…]`; sorts what was added.
    pub(super) fn finish(&mut self, negated: bool) {
        self.negated = negated;
        self.ranges.sort_unstable();
        let mut merged: Vec<(u16, u16)> = Vec::with_capacity(self.ranges.len());
        for &(from, to) in &self.ranges {
            match merged.last_mut() {
                Some(last) if u32::from(from) <= u32::from(last.1) + 1 => last.1 = last.1.max(to),
                _ => merged.push((from, to)),
            }
        }
        self.ranges = merged;
    }

    /// Whether the set has this unit; under `i` the unit is a folded one, and any that folds to it counts.
    pub(super) fn contains(&self, unit: u16, ignore_case: bool) -> bool {
        let found = self.lists(unit) || (ignore_case && self.lists_variant(unit));
        found != self.negated
    }

    fn lists(&self, unit: u16) -> bool {
        let at = self.ranges.partition_point(|(_, to)| *to < unit);
        self.ranges.get(at).is_some_and(|(from, _)| *from <= unit)
    }

    fn lists_variant(&self, unit: u16) -> bool {
        if let Ok(byte) = u8::try_from(unit)
            && byte.is_ascii()
        {
            // Nothing beyond ASCII folds to ASCII.
            return byte.is_ascii_alphabetic() && self.lists(unit ^ 0x20);
        }
        variants().get(&unit).is_some_and(|all| all.iter().any(|v| self.lists(*v)))
    }
}

fn complement(ranges: &[(u16, u16)]) -> Vec<(u16, u16)> {
    let mut out = Vec::with_capacity(ranges.len() + 1);
    let mut next = 0_u32;
    for &(from, to) in ranges {
        if u32::from(from) > next {
            out.push((next as u16, from - 1));
        }
        next = u32::from(to) + 1;
    }
    if next <= 0xffff {
        out.push((next as u16, 0xffff));
    }
    out
}

/// Whether `\w` matches the unit.
pub(super) fn is_word(unit: u16) -> bool {
    u8::try_from(unit).is_ok_and(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// `Canonicalize` of the `i` flag without `u`: the upper case if that is one unit, never from beyond
/// ASCII into ASCII.
pub(super) fn fold(unit: u16) -> u16 {
    if unit < 0x80 {
        return u16::from((unit as u8).to_ascii_uppercase());
    }
    let Some(c) = char::from_u32(u32::from(unit)) else { return unit };
    let mut upper = c.to_uppercase();
    match (upper.next().map(|u| u16::try_from(u as u32)), upper.next()) {
        (Some(Ok(up)), None) if up >= 0x80 => up,
        _ => unit,
    }
}

/// All units beyond ASCII by what they fold to, for those that share it with another.
fn variants() -> &'static FxHashMap<u16, Vec<u16>> {
    static VARIANTS: OnceLock<FxHashMap<u16, Vec<u16>>> = OnceLock::new();
    VARIANTS.get_or_init(|| {
        let mut all: FxHashMap<u16, Vec<u16>> = FxHashMap::default();
        for unit in 0x80..=0xffff_u16 {
            let folded = fold(unit);
            if folded != unit {
                all.entry(folded).or_insert_with(|| vec![folded]).push(unit);
            }
        }
        all
    })
}
