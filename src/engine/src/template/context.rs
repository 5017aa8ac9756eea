//! Values while a template is rendered: borrowed from the state or the template where possible.

use std::sync::Arc;

use crate::value::{Text, Value};

/// A value seen by a template.
#[derive(Clone, Debug)]
pub enum Val<'v> {
    /// The whole state.
    Root,
    /// The empty context that stands in for a missing one.
    Nothing,
    /// A value of the state or a literal of the template.
    Ref(&'v Value),
    /// A computed value.
    Own(Value),
    /// A text, number or boolean that became the context of one of the product's own block helpers: it
    /// is an object there, true even when empty, and with an identity.
    Boxed(Value, u32),
}

/// The identity of a context, which `switch` remembers its value on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    Root,
    Object(usize),
    Boxed(u32),
}

const UNDEFINED: &Value = &Value::Undefined;

impl Val<'_> {
    pub const UNDEFINED: Val<'static> = Val::Ref(UNDEFINED);

    /// The plain value, unless this is the state or the stand-in.
    pub fn value(&self) -> Option<&Value> {
        match self {
            Val::Root | Val::Nothing => None,
            Val::Ref(v) => Some(v),
            Val::Own(v) | Val::Boxed(v, _) => Some(v),
        }
    }

    pub fn is_nil(&self) -> bool {
        self.value().is_some_and(Value::is_nil)
    }

    /// Truth as the original's language has it.
    pub fn truthy(&self) -> bool {
        match self {
            Val::Root | Val::Nothing | Val::Boxed(..) => true,
            Val::Ref(v) => value_truthy(v),
            Val::Own(v) => value_truthy(v),
        }
    }

    /// "Empty test" of 3.4: false but not 0, or a list without elements.
    pub fn is_empty(&self) -> bool {
        match self {
            Val::Root | Val::Nothing | Val::Boxed(..) => false,
            Val::Ref(_) | Val::Own(_) => match self.value() {
                Some(Value::Array(items)) => items.is_empty(),
                Some(Value::Number(n)) => n.is_nan(),
                _ => !self.truthy(),
            },
        }
    }

    /// `text(v)`.
    pub fn text(&self) -> Text {
        self.value().map_or_else(|| Text::from("[object Object]"), Value::text)
    }

    /// Loose equality.
    pub fn loosely_equals(&self, other: &Val<'_>) -> bool {
        match (self, other) {
            (Val::Root, Val::Root) | (Val::Nothing, Val::Nothing) => true,
            (Val::Boxed(_, a), Val::Boxed(_, b)) => a == b,
            (Val::Boxed(_, _), v) | (v, Val::Boxed(_, _))
                if matches!(v.value(), None | Some(Value::Array(_) | Value::Object(_))) =>
            {
                false
            }
            (a, b) => match (a.value(), b.value()) {
                (Some(a), Some(b)) => a.loosely_equals(b),
                (None, Some(v)) | (Some(v), None) => v.as_str() == Some("[object Object]"),
                (None, None) => false,
            },
        }
    }

    /// The identity of an object.
    pub fn place(&self) -> Option<Place> {
        match self {
            Val::Root => Some(Place::Root),
            Val::Boxed(_, id) => Some(Place::Boxed(*id)),
            Val::Nothing => None,
            Val::Ref(_) | Val::Own(_) => match self.value() {
                Some(Value::Object(map)) => Some(Place::Object(Arc::as_ptr(map) as usize)),
                Some(Value::Array(items)) => Some(Place::Object(Arc::as_ptr(items) as usize)),
                _ => None,
            },
        }
    }
}

fn value_truthy(value: &Value) -> bool {
    match value {
        Value::Undefined | Value::Null => false,
        Value::Bool(b) => *b,
        Value::Number(n) => *n != 0.0 && !n.is_nan(),
        Value::String(s) => !s.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}
