//! What `switch` remembers for `case`: per rendering and context, or in the state (Q11, Q12).

use super::context::{Place, Val};
use super::render::Render;
use crate::value::Value;

impl<'v> Render<'v, '_, '_> {
    /// Value and match kept on a context.
    pub(super) fn kept(&self, place: Place) -> Option<(Value, bool)> {
        match (place, self.scope.leak.as_deref()) {
            (Place::Root, Some(leak)) => {
                leak.switch_value.clone().map(|value| (value, leak.switch_break.unwrap_or(false)))
            }
            _ => self.remembered.get(&place).cloned(),
        }
    }

    pub(super) fn remember(&mut self, this: &Val<'v>, value: Value) {
        let Some(place) = this.place() else { return };
        match (place, self.scope.leak.as_deref_mut()) {
            (Place::Root, Some(leak)) => {
                leak.switch_value = Some(value);
                leak.switch_break = Some(false);
            }
            _ => {
                self.remembered.insert(place, (value, false));
            }
        }
    }

    pub(super) fn matched(&mut self, this: &Val<'v>) {
        let Some(place) = this.place() else { return };
        match (place, self.scope.leak.as_deref_mut()) {
            (Place::Root, Some(leak)) => leak.switch_break = Some(true),
            _ => {
                if let Some(kept) = self.remembered.get_mut(&place) {
                    kept.1 = true;
                }
            }
        }
    }

    /// The value `switch` remembered on this context.
    pub(super) fn recalled(&self, this: &Val<'v>) -> Val<'v> {
        let kept = this.place().and_then(|place| self.kept(place));
        Val::Own(kept.map(|k| k.0).unwrap_or_default())
    }
}
