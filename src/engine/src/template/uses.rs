//! What a template reads and calls, for lint and editor help.

use super::ast::{Call, Expr, Node, Path, Program, Start, Target};
use super::catalogue;
use crate::value::{Text, Value};

/// What a template reads and calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// Dotted paths read from the state, as far as they are fixed. Inside `each` and `with` only `@root`
    /// paths and paths that lead back to the top are listed.
    pub paths: Vec<String>,
    /// Every helper called, in order.
    pub helpers: Vec<HelperUse>,
    /// Time zones given as literal texts.
    pub zones: Vec<String>,
}

/// One call of a helper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelperUse {
    /// The name as written.
    pub name: String,
    /// How many arguments it gets, named ones left out.
    pub arguments: usize,
    /// Whether it opens a block.
    pub block: bool,
    /// Whether there is such a helper.
    pub known: bool,
}

/// Collects the uses of a whole template.
pub fn uses(program: &Program) -> Uses {
    let mut collector = Collector { uses: Uses::default(), levels: 0 };
    collector.program(program);
    collector.uses
}

struct Collector {
    uses: Uses,
    /// How many blocks around change the context.
    levels: usize,
}

impl Collector {
    fn program(&mut self, program: &Program) {
        for node in &program.body {
            match node {
                Node::Content(_) | Node::Comment(_) => {}
                Node::Mustache { call, .. } => self.call(call, false),
                Node::Block(block) => {
                    self.call(&block.call, true);
                    let name = block.call.path.parts.first().map_or("", |part| part);
                    let level = match block.call.target {
                        Target::Helper(_) => matches!(name, "each" | "with"),
                        _ => true,
                    };
                    self.levels += usize::from(level);
                    block.program.iter().for_each(|p| self.program(p));
                    self.levels -= usize::from(level);
                    block.inverse.iter().for_each(|p| self.program(p));
                }
                Node::Partial(partial) => {
                    partial.context.iter().for_each(|e| self.expr(e));
                    partial.hash.iter().for_each(|(_, e)| self.expr(e));
                    partial.fallback.iter().for_each(|p| self.program(p));
                }
                Node::Inline { program, .. } => self.program(program),
            }
        }
    }

    fn call(&mut self, call: &Call, block: bool) {
        match call.target {
            Target::Path => self.path(&call.path),
            Target::Helper(_) | Target::Missing => {
                let name = call.path.original.to_string();
                let zone = catalogue::find(&name)
                    .and_then(|spec| spec.arguments.iter().position(|argument| *argument == "zone"))
                    .and_then(|at| call.params.get(at));
                if let Some(Expr::Literal(Value::String(zone))) = zone {
                    self.uses.zones.push(zone.to_string());
                }
                let known = matches!(call.target, Target::Helper(_));
                self.uses.helpers.push(HelperUse { name, arguments: call.params.len(), block, known });
            }
        }
        call.params.iter().for_each(|e| self.expr(e));
        call.hash.iter().for_each(|(_, e)| self.expr(e));
    }

    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Literal(_) => {}
            Expr::Path(path) => self.path(path),
            Expr::Call(call) => self.call(call, false),
        }
    }

    fn path(&mut self, path: &Path) {
        let parts: &[Text] = match path.start {
            Start::Context(up) if up == self.levels => &path.parts,
            Start::Data(_) if path.parts.first().is_some_and(|name| &**name == "root") => &path.parts[1..],
            _ => return,
        };
        if !parts.is_empty() {
            let dotted = parts.join(".");
            if !self.uses.paths.contains(&dotted) {
                self.uses.paths.push(dotted);
            }
        }
    }
}
