//! Actions as a graph.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::flow::{Action, Content};

/// How an action was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edge<'f> {
    /// It worked.
    Next,
    /// The condition of this number held.
    Condition(usize),
    /// This error.
    Error(&'f str),
}

/// The ways out of an action.
pub(super) fn edges(action: &Action) -> impl Iterator<Item = (Edge<'_>, &str)> {
    let transitions = &action.transitions;
    let next = transitions.next.as_deref().map(|it| (Edge::Next, it));
    let conditions =
        transitions.conditions.iter().enumerate().map(|(i, it)| (Edge::Condition(i), it.next.as_str()));
    let errors = transitions.errors.iter().map(|it| (Edge::Error(&it.error), it.next.as_str()));
    next.into_iter().chain(conditions).chain(errors)
}

/// What each action can be reached with, from a first value. `through` gives the value after an edge, `join`
/// puts two together and tells whether the first has changed; it must not change for ever.
pub(super) fn flow<'f, T: Clone>(
    content: &'f Content,
    first: T,
    through: impl Fn(&'f Action, Edge<'f>, &T) -> Option<T>,
    join: impl Fn(&mut T, &T) -> bool,
) -> BTreeMap<&'f str, T> {
    let mut out: BTreeMap<&str, T> = BTreeMap::new();
    let Some(start) = content.action(&content.start) else { return out };
    out.insert(&start.id, first);
    let mut queue = VecDeque::from([start]);
    while let Some(action) = queue.pop_front() {
        let Some(value) = out.get(action.id.as_str()).cloned() else { continue };
        for (edge, target) in edges(action) {
            let (Some(target), Some(value)) = (content.action(target), through(action, edge, &value)) else {
                continue;
            };
            let changed = if let Some(known) = out.get_mut(target.id.as_str()) {
                join(known, &value)
            } else {
                out.insert(&target.id, value);
                true
            };
            if changed {
                queue.push_back(target);
            }
        }
    }
    out
}

/// The actions that lead to one that fits, those included.
pub(super) fn leading_to(content: &Content, fits: impl Fn(&Action) -> bool) -> BTreeSet<&str> {
    let mut out: BTreeSet<&str> =
        content.actions.iter().filter(|it| fits(it)).map(|it| it.id.as_str()).collect();
    loop {
        let more: Vec<&str> = content
            .actions
            .iter()
            .filter(|it| !out.contains(it.id.as_str()))
            .filter(|it| it.transitions.targets().any(|target| out.contains(target)))
            .map(|it| it.id.as_str())
            .collect();
        if more.is_empty() {
            return out;
        }
        out.extend(more);
    }
}
