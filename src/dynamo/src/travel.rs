//! Undo and redo: the steps that lead back over the images of a change. Later edits of other fields are kept.

use std::collections::BTreeMap;

use connect_rules_store::change::Way;
use connect_rules_store::{Entity, Error, Key, Kind, Stale, merge};
use rustc_hash::FxHashSet;

use crate::images::Image;
use crate::item::{Item, Place};
use crate::plan::Step;
use crate::rows;
use crate::state::State;
use crate::tables::Names;

/// A thing in the images of a change.
#[derive(Default)]
struct Sides {
    before: Option<(Entity, Item)>,
    after: Option<(Entity, Item)>,
}

/// The steps that lead from how things are to how they were.
///
/// # Errors
/// [`Error::Stale`] where others changed the same fields since.
pub(crate) fn steps(state: &State, names: &Names, images: &[Image], way: Way) -> Result<Vec<Step>, Error> {
    let mut things: BTreeMap<Key, Sides> = BTreeMap::new();
    for is_after in [false, true] {
        let side = |image: &Image| {
            let row = if is_after { &image.write.after } else { &image.write.before };
            Some((image.write.place.clone(), row.clone()?))
        };
        let of_side: BTreeMap<Place, Item> = images.iter().filter_map(side).collect();
        // In the order of the images: of identifiers that are there twice the last counts.
        let items = images.iter().filter_map(|image| of_side.get_key_value(&image.write.place));
        for (place, item) in items {
            for (key, held) in rows::read(names, place.table, item, |part| of_side.get(part))? {
                let sides = things.entry(key).or_default();
                let side = if is_after { &mut sides.after } else { &mut sides.before };
                *side = Some((held.entity, item.clone()));
            }
        }
    }
    let mut clashing = Vec::new();
    let mut steps = Vec::new();
    for (key, sides) in things {
        let entity = |side: &Option<(Entity, Item)>| side.as_ref().map(|(entity, _)| entity.clone());
        if entity(&sides.before) == entity(&sides.after) {
            continue;
        }
        let (from, to) = match way {
            Way::Undo => (sides.after, sides.before),
            Way::Redo => (sides.before, sides.after),
        };
        let current = state.get(&key).cloned();
        let now = current.as_ref().map(|held| held.entity.clone());
        let (from, template, to) = (entity(&from), to.clone(), entity(&to));
        let target = if now == from {
            Ok(to.clone())
        } else if now == to {
            Ok(now.clone())
        } else if let (Some(from), Some(to), Some(now)) = (&from, &to, &now) {
            merge::merge(from, to, now).map(Some)
        } else {
            Err(Vec::new())
        };
        match target {
            Ok(after) => steps.push(Step { key, before: current, after, template, always: false }),
            Err(clashes) => {
                let stamp = current.map(|held| held.stamp);
                clashing.push(Stale { key, base: from, mine: to, theirs: now, stamp, clashes });
            }
        }
    }
    strangers(state, &steps, &mut clashing);
    if clashing.is_empty() { Ok(steps) } else { Err(Error::Stale(clashing)) }
}

/// Rules that others added to a rule set that would vanish.
fn strangers(state: &State, steps: &[Step], found: &mut Vec<Stale>) {
    let keys: FxHashSet<&Key> = steps.iter().map(|step| &step.key).collect();
    for step in steps.iter().filter(|step| step.after.is_none() && step.key.kind == Kind::RuleSet) {
        for (key, held) in state.rules_of(&step.key.id) {
            if !keys.contains(&key) {
                let (theirs, stamp) = (Some(held.entity.clone()), Some(held.stamp.clone()));
                found.push(Stale { key, base: None, mine: None, theirs, stamp, clashes: vec![] });
            }
        }
    }
}
