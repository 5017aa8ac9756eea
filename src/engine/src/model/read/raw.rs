//! The outline of a rule-set export as it stands in JSON, before anything is made of it: members borrow from
//! the text, and a member of the wrong kind is remembered instead of refused.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::Reader;
use crate::json::{Name, ValueVisitor};
use crate::value::Value;

macro_rules! not_this {
    ($make:expr) => {
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok($make("a boolean"))
        }
        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok($make("a number"))
        }
        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok($make("a number"))
        }
        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok($make("a number"))
        }
        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok($make("a text"))
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok($make("null"))
        }
    };
}

/// The whole document: hands each rule set to the reader as soon as it is parsed, so that only one of them
/// is held twice. Answers what stood in place of the rule sets, if anything did.
pub(super) struct Document<'r>(pub(super) &'r mut Reader);

impl<'de> DeserializeSeed<'de> for Document<'_> {
    type Value = Option<&'static str>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = Option<&'static str>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of rule sets")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut i = 0;
        while let Some(raw) = seq.next_element::<RawRuleSet<'de>>()? {
            self.0.add(i, raw);
            i += 1;
        }
        Ok(None)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut found = Some("an object");
        while let Some(Name(name)) = access.next_key()? {
            if name == "ruleSets" {
                found = access.next_value_seed(Document(&mut *self.0))?;
            } else {
                access.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
    not_this!(Some);
}

#[derive(Default)]
pub(super) struct RawRuleSet<'a> {
    pub(super) kind: Option<&'static str>,
    pub(super) id: Scalar<'a>,
    pub(super) name: Scalar<'a>,
    pub(super) description: Scalar<'a>,
    pub(super) enabled: Scalar<'a>,
    pub(super) end_points: Option<List<'a, Scalar<'a>>>,
    pub(super) folder: Scalar<'a>,
    pub(super) rules: Option<List<'a, RawRule<'a>>>,
}

#[derive(Default)]
pub(super) struct RawRule<'a> {
    pub(super) kind: Option<&'static str>,
    pub(super) id: Scalar<'a>,
    pub(super) name: Scalar<'a>,
    pub(super) description: Scalar<'a>,
    pub(super) priority: Scalar<'a>,
    pub(super) activation: Scalar<'a>,
    pub(super) rule_type: Scalar<'a>,
    pub(super) enabled: Scalar<'a>,
    pub(super) params: Option<Members<'a>>,
    pub(super) weights: Option<List<'a, RawWeight<'a>>>,
}

#[derive(Default)]
pub(super) struct RawWeight<'a> {
    pub(super) kind: Option<&'static str>,
    pub(super) id: Scalar<'a>,
    pub(super) field: Scalar<'a>,
    pub(super) operation: Scalar<'a>,
    pub(super) value: Scalar<'a>,
    pub(super) weight: Scalar<'a>,
}

/// A member that should be a text; what else it was is kept for the report.
#[derive(Default)]
pub(super) enum Scalar<'a> {
    #[default]
    Absent,
    Null,
    Text(Cow<'a, str>),
    Other(Value),
}

impl<'a> Scalar<'a> {
    /// The text for the place of a problem; empty if it is none.
    pub(super) fn shown(&self) -> Cow<'a, str> {
        match self {
            Scalar::Text(text) => text.clone(),
            _ => Cow::Borrowed(""),
        }
    }
}

/// A list, or the name of what stood in its place.
pub(super) enum List<'a, T> {
    Items(Vec<T>, PhantomData<&'a ()>),
    Other(&'static str),
}

/// A value of which texts are still borrowed.
pub(super) enum RawValue<'a> {
    Text(Cow<'a, str>),
    Other(Value),
}

/// Members of an object in document order, or the name of what stood in its place.
pub(super) enum Members<'a> {
    Items(Vec<(Cow<'a, str>, RawValue<'a>)>),
    Other(&'static str),
}

/// A type filled member by member from an object.
pub(super) trait FromMembers<'de>: Default {
    fn member<A: MapAccess<'de>>(&mut self, name: &str, access: &mut A) -> Result<(), A::Error>;
    fn instead(kind: &'static str) -> Self;
}

pub(super) struct ObjectVisitor<T>(PhantomData<T>);

macro_rules! not_a_list {
    ($make:expr) => {
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            Ok($make("an array"))
        }
    };
}

impl<'de, T: FromMembers<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<T, A::Error> {
        let mut out = T::default();
        while let Some(Name(name)) = access.next_key::<Name<'de>>()? {
            out.member(&name, &mut access)?;
        }
        Ok(out)
    }
    not_this!(T::instead);
    not_a_list!(T::instead);
}

macro_rules! from_members {
    ($raw:ident { $($name:literal => $field:ident),* $(,)? }) => {
        impl<'de> FromMembers<'de> for $raw<'de> {
            fn member<A: MapAccess<'de>>(&mut self, name: &str, access: &mut A) -> Result<(), A::Error> {
                match name {
                    $($name => self.$field = access.next_value()?,)*
                    _ => { access.next_value::<IgnoredAny>()?; }
                }
                Ok(())
            }
            fn instead(kind: &'static str) -> Self {
                Self { kind: Some(kind), ..Self::default() }
            }
        }
        impl<'de> Deserialize<'de> for $raw<'de> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(ObjectVisitor(PhantomData))
            }
        }
    };
}

from_members!(RawRuleSet {
    "ruleSetId" => id, "name" => name, "description" => description, "enabled" => enabled,
    "endPoints" => end_points, "folder" => folder, "rules" => rules,
});
from_members!(RawRule {
    "ruleId" => id, "name" => name, "description" => description, "priority" => priority,
    "activation" => activation, "type" => rule_type, "enabled" => enabled, "params" => params,
    "weights" => weights,
});
from_members!(RawWeight {
    "weightId" => id, "field" => field, "operation" => operation, "value" => value, "weight" => weight,
});

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for List<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V<'a, T>(PhantomData<(&'a (), T)>);
        impl<'de, 'a, T: Deserialize<'de>> Visitor<'de> for V<'a, T> {
            type Value = List<'a, T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(List::Items(items, PhantomData))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
                while access.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(List::Other("an object"))
            }
            not_this!(List::Other);
        }
        deserializer.deserialize_any(V(PhantomData))
    }
}

impl<'de> Deserialize<'de> for RawValue<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = RawValue<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                ValueVisitor.expecting(f)
            }
            fn visit_borrowed_str<E>(self, v: &'de str) -> Result<Self::Value, E> {
                Ok(RawValue::Text(Cow::Borrowed(v)))
            }
            fn visit_str<E>(self, v: &str) -> Result<Self::Value, E> {
                Ok(RawValue::Text(Cow::Owned(v.to_owned())))
            }
            fn visit_bool<E: Error>(self, v: bool) -> Result<Self::Value, E> {
                ValueVisitor.visit_bool(v).map(RawValue::Other)
            }
            fn visit_i64<E: Error>(self, v: i64) -> Result<Self::Value, E> {
                ValueVisitor.visit_i64(v).map(RawValue::Other)
            }
            fn visit_u64<E: Error>(self, v: u64) -> Result<Self::Value, E> {
                ValueVisitor.visit_u64(v).map(RawValue::Other)
            }
            fn visit_f64<E: Error>(self, v: f64) -> Result<Self::Value, E> {
                ValueVisitor.visit_f64(v).map(RawValue::Other)
            }
            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                ValueVisitor.visit_unit().map(RawValue::Other)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                ValueVisitor.visit_seq(seq).map(RawValue::Other)
            }
            fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<Self::Value, A::Error> {
                ValueVisitor.visit_map(access).map(RawValue::Other)
            }
        }
        deserializer.deserialize_any(V)
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while let Some((Name(name), value)) = access.next_entry()? {
                    items.push((name, value));
                }
                Ok(Members::Items(items))
            }
            not_this!(Members::Other);
            not_a_list!(Members::Other);
        }
        deserializer.deserialize_any(V)
    }
}

impl<'de> Deserialize<'de> for Scalar<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Scalar<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }
            fn visit_borrowed_str<E>(self, v: &'de str) -> Result<Self::Value, E> {
                Ok(Scalar::Text(Cow::Borrowed(v)))
            }
            fn visit_str<E>(self, v: &str) -> Result<Self::Value, E> {
                Ok(Scalar::Text(Cow::Owned(v.to_owned())))
            }
            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Scalar::Null)
            }
            fn visit_bool<E>(self, v: bool) -> Result<Self::Value, E> {
                Ok(Scalar::Other(Value::Bool(v)))
            }
            fn visit_i64<E>(self, v: i64) -> Result<Self::Value, E> {
                Ok(Scalar::Other(Value::Number(v as f64)))
            }
            fn visit_u64<E>(self, v: u64) -> Result<Self::Value, E> {
                Ok(Scalar::Other(Value::Number(v as f64)))
            }
            fn visit_f64<E>(self, v: f64) -> Result<Self::Value, E> {
                Ok(Scalar::Other(Value::Number(v)))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Scalar::Other(Vec::new().into()))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
                while access.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Scalar::Other(crate::value::Map::new().into()))
            }
        }
        deserializer.deserialize_any(V)
    }
}
