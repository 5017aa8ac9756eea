//! Inline partials and partial blocks. There are no registered partials: any other name fails.

use super::ast::{Node, Partial, Program};
use super::context::Val;
use super::render::{Outcome, Render};
use super::{TemplateError, text};
use crate::value::{Map, Text, Value};

/// A partial that can be called: where it was defined decides what it sees.
#[derive(Clone)]
pub struct Known<'v> {
    pub name: Text,
    program: &'v Program,
    top: Val<'v>,
    outer: Vec<Val<'v>>,
    /// How many parameter lists it sees.
    params: usize,
}

impl<'v> Render<'v, '_, '_> {
    /// Inline partials are known in the whole body that defines them.
    pub(super) fn define(&mut self, program: &'v Program) -> Outcome {
        for node in &program.body {
            if let Node::Inline { name, program, .. } = node {
                let name = self.expr(name)?.text();
                self.know(name, program);
            }
        }
        Ok(())
    }

    fn know(&mut self, name: Text, program: &'v Program) {
        let (top, outer, params) = (self.top.clone(), self.outer.clone(), self.params.len());
        self.partials.push(Known { name, program, top, outer, params });
    }

    /// Renders `{{> name}}` or `{{#> name}}`.
    pub(super) fn partial(&mut self, partial: &'v Partial) -> Outcome {
        let name = self.expr(&partial.name)?.text();
        let mut context = match &partial.context {
            Some(expr) => self.expr(expr)?,
            None => self.context.clone(),
        };
        if !partial.hash.is_empty() {
            let mut members = match self.owned(&context) {
                Value::Object(map) => map.as_ref().clone(),
                _ => Map::new(),
            };
            self.spend(members.len())?;
            for (key, expr) in &partial.hash {
                let value = self.expr(expr)?;
                members.insert(Text::clone(key), self.owned(&value));
            }
            context = Val::Own(members.into());
        }
        let known = self.partials.iter().rev().find(|known| known.name == name).cloned();
        let before = self.partials.len();
        let known = match (known, &partial.fallback) {
            (None, Some(fallback)) => return self.run(fallback, context, None),
            (Some(known), Some(fallback)) => {
                self.know(Text::from("@partial-block"), fallback);
                known
            }
            (Some(known), None) => known,
            (None, None) => {
                return Err(TemplateError::render(format!("The partial {name} could not be found")));
            }
        };
        self.spend(known.outer.len())?;
        let from = self.out.len();
        let top = std::mem::replace(&mut self.top, known.top);
        let outer = std::mem::replace(&mut self.outer, known.outer);
        let hidden = self.params.split_off(known.params.min(self.params.len()));
        self.run(known.program, context, None)?;
        self.params.extend(hidden);
        self.top = top;
        self.outer = outer;
        self.partials.truncate(before);
        if !partial.indent.is_empty() {
            let made = self.out.split_off(from);
            text::indent(&mut self.out, &made, &partial.indent);
        }
        Ok(())
    }
}
