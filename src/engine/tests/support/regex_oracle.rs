//! Small regular expressions as trees, and a matcher that is slow and plainly right: it follows every way
//! at once.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;

/// A regular expression over a few letters.
#[derive(Clone, Debug)]
pub enum Regex {
    Letter(char),
    Any,
    Class { letters: String, inverted: bool },
    Start,
    End,
    Sequence(Vec<Regex>),
    Either(Vec<Regex>),
    Repeat { what: Box<Regex>, from: usize, to: Option<usize>, lazy: bool },
    Group { what: Box<Regex>, captures: bool },
    Ahead { what: Box<Regex>, negative: bool },
}

/// Any small expression over `a`, `b`, `c`.
pub fn regex() -> impl Strategy<Value = Regex> {
    let class =
        ("[abc]{1,3}", any::<bool>()).prop_map(|(letters, inverted)| Regex::Class { letters, inverted });
    let leaf = prop_oneof![
        6 => prop::sample::select(vec!['a', 'b', 'c']).prop_map(Regex::Letter),
        1 => Just(Regex::Any),
        1 => class,
        1 => Just(Regex::Start),
        1 => Just(Regex::End),
    ];
    leaf.prop_recursive(4, 16, 4, |inner| {
        let counts = prop::sample::select(vec![
            (0, None),
            (1, None),
            (0, Some(1)),
            (2, Some(2)),
            (0, Some(2)),
            (2, None),
            (1, Some(3)),
            (0, Some(0)),
        ]);
        let boxed = inner.clone().prop_map(Box::new);
        prop_oneof![
            3 => vec(inner.clone(), 0..4).prop_map(Regex::Sequence),
            2 => vec(inner, 1..4).prop_map(Regex::Either),
            3 => (boxed.clone(), counts, any::<bool>())
                .prop_map(|(what, (from, to), lazy)| Regex::Repeat { what, from, to, lazy }),
            1 => (boxed.clone(), any::<bool>()).prop_map(|(what, captures)| Regex::Group { what, captures }),
            1 => (boxed, any::<bool>()).prop_map(|(what, negative)| Regex::Ahead { what, negative }),
        ]
    })
}

impl Regex {
    /// As a pattern.
    pub fn source(&self) -> String {
        match self {
            Regex::Letter(c) => c.to_string(),
            Regex::Any => ".".into(),
            Regex::Class { letters, inverted } => format!("[{}{letters}]", if *inverted { "^" } else { "" }),
            Regex::Start => "^".into(),
            Regex::End => "$".into(),
            Regex::Sequence(parts) => format!("(?:{})", parts.iter().map(Regex::source).collect::<String>()),
            Regex::Either(parts) => {
                format!("(?:{})", parts.iter().map(Regex::source).collect::<Vec<_>>().join("|"))
            }
            Regex::Repeat { what, from, to, lazy } => {
                let counts = match (from, to) {
                    (0, None) => "*".into(),
                    (1, None) => "+".into(),
                    (0, Some(1)) => "?".into(),
                    (from, None) => format!("{{{from},}}"),
                    (from, Some(to)) if from == to => format!("{{{from}}}"),
                    (from, Some(to)) => format!("{{{from},{to}}}"),
                };
                format!("(?:{}){counts}{}", what.source(), if *lazy { "?" } else { "" })
            }
            Regex::Group { what, captures } => {
                format!("({}{})", if *captures { "" } else { "?:" }, what.source())
            }
            Regex::Ahead { what, negative } => {
                format!("(?{}{})", if *negative { "!" } else { "=" }, what.source())
            }
        }
    }

    /// Whether it matches anywhere in the text.
    pub fn matches(&self, text: &[char]) -> bool {
        (0..=text.len()).any(|at| !self.ends(text, at).is_empty())
    }

    /// Where matches that begin at `at` end.
    fn ends(&self, text: &[char], at: usize) -> BTreeSet<usize> {
        let when = |holds: bool, end: usize| if holds { BTreeSet::from([end]) } else { BTreeSet::new() };
        let next = text.get(at);
        match self {
            Regex::Letter(c) => when(next == Some(c), at + 1),
            Regex::Any => when(next.is_some_and(|c| *c != '\n'), at + 1),
            Regex::Class { letters, inverted } => {
                when(next.is_some_and(|c| letters.contains(*c) != *inverted), at + 1)
            }
            Regex::Start => when(at == 0, at),
            Regex::End => when(at == text.len(), at),
            Regex::Sequence(parts) => {
                parts.iter().fold(BTreeSet::from([at]), |from, part| part.step(text, &from))
            }
            Regex::Either(parts) => parts.iter().flat_map(|part| part.ends(text, at)).collect(),
            Regex::Repeat { what, from, to, .. } => {
                let mut now = BTreeSet::from([at]);
                for _ in 0..*from {
                    now = what.step(text, &now);
                }
                let mut all = now.clone();
                // More turns than the text has places lead nowhere new.
                for _ in *from..to.unwrap_or(from + text.len() + 1) {
                    now = what.step(text, &now);
                    all.extend(&now);
                }
                all
            }
            Regex::Group { what, .. } => what.ends(text, at),
            Regex::Ahead { what, negative } => when(what.ends(text, at).is_empty() == *negative, at),
        }
    }

    fn step(&self, text: &[char], from: &BTreeSet<usize>) -> BTreeSet<usize> {
        from.iter().flat_map(|at| self.ends(text, *at)).collect()
    }
}
