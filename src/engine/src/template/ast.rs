//! The parsed form of a template.

use super::catalogue::Helper;
use crate::value::{Text, Value};

/// `~` on the left and right side of a tag.
#[derive(Clone, Copy, Debug, Default)]
pub struct Strip {
    pub open: bool,
    pub close: bool,
}

/// A sequence of nodes: the whole template, the body of a block or its else branch.
#[derive(Debug, Default)]
pub struct Program {
    pub body: Vec<Node>,
    /// Names after `as |…|`.
    pub params: Vec<Text>,
    /// The branch of an `{{else helper}}`: its only node is that block.
    pub chained: bool,
    /// Whether the body defines inline partials.
    pub defines: bool,
}

/// One piece of a template.
#[derive(Debug)]
pub enum Node {
    Content(Content),
    Mustache {
        call: Call,
        escaped: bool,
        strip: Strip,
    },
    Block(Box<Block>),
    Partial(Box<Partial>),
    /// `{{#*inline "name"}}…{{/inline}}`.
    Inline {
        name: Expr,
        program: Program,
        open: Strip,
        close: Strip,
    },
    Comment(Strip),
}

/// Literal text. `original` is kept only until white space has been settled.
#[derive(Debug)]
pub struct Content {
    pub value: String,
    pub original: String,
    pub left_stripped: bool,
    pub right_stripped: bool,
}

/// `{{#call}}program{{else}}inverse{{/call}}`.
#[derive(Debug)]
pub struct Block {
    pub call: Call,
    pub program: Option<Program>,
    pub inverse: Option<Program>,
    pub open: Strip,
    pub middle: Strip,
    pub close: Strip,
}

/// `{{> name context key=value}}`, or with a body `{{#> name}}…{{/name}}`.
#[derive(Debug)]
pub struct Partial {
    pub name: Expr,
    pub context: Option<Expr>,
    pub hash: Vec<(Text, Expr)>,
    pub fallback: Option<Program>,
    pub indent: String,
    pub open: Strip,
    pub close: Strip,
}

/// A name with arguments: a helper call, or just a path.
#[derive(Debug)]
pub struct Call {
    pub path: Path,
    pub params: Vec<Expr>,
    pub hash: Vec<(Text, Expr)>,
    pub target: Target,
}

/// What a call means, settled when the template is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The value at the path.
    Path,
    /// A helper.
    Helper(Helper),
    /// Arguments are given but there is no helper of that name.
    Missing,
}

/// An argument.
#[derive(Debug)]
pub enum Expr {
    Literal(Value),
    Path(Path),
    Call(Box<Call>),
}

/// Where a path starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// The context, this many levels up.
    Context(usize),
    /// A data variable (`@index`), this many loops up.
    Data(usize),
    /// A block parameter: how many parameter lists up, and which of it.
    Param(usize, usize),
}

/// A path such as `a.b.[c d]`, `../x`, `@root.y`.
#[derive(Debug)]
pub struct Path {
    pub start: Start,
    pub parts: Vec<Text>,
    /// As written, brackets taken off.
    pub original: Text,
}

impl Path {
    /// Whether the path is marked as a path by `.` or `this`.
    pub fn scoped(&self) -> bool {
        if self.original.starts_with('.') {
            return true;
        }
        let mut rest = &*self.original;
        while let Some(at) = rest.find("this") {
            rest = &rest[at + 4..];
            if !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
                return true;
            }
        }
        false
    }

    /// Whether the path is one plain name.
    pub fn simple(&self) -> bool {
        self.parts.len() == 1 && matches!(self.start, Start::Context(0) | Start::Data(0)) && !self.scoped()
    }
}
