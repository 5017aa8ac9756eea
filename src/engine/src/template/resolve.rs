//! Settles what the names in a parsed template mean: block parameter, helper or path; and drops what
//! is of no use for rendering.

use super::ast::{Block, Call, Expr, Node, Path, Program, Start, Target};
use super::catalogue;
use crate::value::Text;

/// Resolves a whole template.
pub fn resolve(program: &mut Program) {
    Resolver { scopes: Vec::new() }.program(program);
}

struct Resolver {
    /// Parameter lists of the blocks around, innermost last; only blocks that have some.
    scopes: Vec<Vec<Text>>,
}

impl Resolver {
    fn program(&mut self, program: &mut Program) {
        let scoped = !program.params.is_empty();
        if scoped {
            self.scopes.push(program.params.clone());
        }
        program.body.retain_mut(|node| match node {
            Node::Content(content) => {
                content.original = String::new();
                !content.value.is_empty()
            }
            Node::Comment(_) => false,
            _ => true,
        });
        for node in &mut program.body {
            self.node(node);
        }
        if scoped {
            self.scopes.pop();
        }
    }

    fn node(&mut self, node: &mut Node) {
        match node {
            Node::Content(_) | Node::Comment(_) => {}
            Node::Mustache { call, .. } => self.call(call, false),
            Node::Block(block) => {
                let Block { call, program, inverse, .. } = &mut **block;
                self.call(call, false);
                for branch in [program, inverse].into_iter().flatten() {
                    self.program(branch);
                }
            }
            Node::Partial(partial) => {
                self.expr(&mut partial.name);
                partial.context.iter_mut().for_each(|e| self.expr(e));
                partial.hash.iter_mut().for_each(|(_, e)| self.expr(e));
                if let Some(fallback) = &mut partial.fallback {
                    self.program(fallback);
                }
            }
            Node::Inline { name, program, .. } => {
                self.expr(name);
                self.program(program);
            }
        }
    }

    fn expr(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Literal(_) => {}
            Expr::Path(path) => self.path(path),
            Expr::Call(call) => self.call(call, true),
        }
    }

    /// A call is a helper call when it has arguments, stands in parentheses, or a helper has its name.
    fn call(&mut self, call: &mut Call, inner: bool) {
        call.params.iter_mut().for_each(|e| self.expr(e));
        call.hash.iter_mut().for_each(|(_, e)| self.expr(e));
        let simple = call.path.simple();
        let name = call.path.parts.first().map_or("", |part| part);
        let helper = catalogue::find(name);
        let with_arguments = inner || !call.params.is_empty() || !call.hash.is_empty();
        call.target = match helper {
            _ if simple && self.parameter(name).is_some() => Target::Path,
            Some(spec) if simple || (with_arguments && spec.built_in) => Target::Helper(spec.helper),
            _ if with_arguments => Target::Missing,
            _ => Target::Path,
        };
        self.path(&mut call.path);
    }

    fn path(&self, path: &mut Path) {
        if !matches!(path.start, Start::Context(0) | Start::Data(0)) || path.scoped() {
            return;
        }
        if let Some((up, index)) = path.parts.first().and_then(|name| self.parameter(name)) {
            path.start = Start::Param(up, index);
        }
    }

    fn parameter(&self, name: &str) -> Option<(usize, usize)> {
        self.scopes
            .iter()
            .rev()
            .enumerate()
            .find_map(|(up, names)| names.iter().position(|known| &**known == name).map(|index| (up, index)))
    }
}
