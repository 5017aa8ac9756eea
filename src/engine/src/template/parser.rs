//! Builds the tree of a template from its tokens (`spec/evaluator.md` 3.2).

use super::TemplateError;
use super::ast::{Block, Call, Content, Expr, Node, Partial, Path, Program, Start, Strip, Target};
use super::lexer::{Kind, Token, tokens};
use super::whitespace;
use crate::value::{Text, Value};

/// How deep blocks, else branches and calls inside calls may nest.
pub const MAX_DEPTH: usize = 200;

/// The tree of a template, white space settled, names not yet resolved.
///
/// Also tells whether a path ends in a number, which the original refuses (Q21).
pub fn parse(source: &str) -> Result<(Program, bool), TemplateError> {
    let mut parser = Parser { source, tokens: tokens(source)?, next: 0, depth: 0, numbered: false };
    let program = parser.program(true)?;
    if parser.peek() != Kind::Eof {
        return Err(parser.unexpected("the end of the template"));
    }
    Ok((program, parser.numbered))
}

struct Parser<'s> {
    source: &'s str,
    tokens: Vec<Token<'s>>,
    next: usize,
    depth: usize,
    numbered: bool,
}

/// `else` part of a block while it is being read.
struct Inverse {
    strip: Strip,
    program: Program,
    chained: bool,
}

/// Arguments by position and by name.
type Arguments = (Vec<Expr>, Vec<(Text, Expr)>);

/// The inside of an opening tag.
struct Opening {
    call: Call,
    params: Vec<Text>,
    strip: Strip,
    decorator: bool,
}

fn strip_of(open: &str, close: &str) -> Strip {
    let close = close.as_bytes();
    Strip {
        open: open.as_bytes().get(2) == Some(&b'~'),
        close: close.len() >= 3 && close[close.len() - 3] == b'~',
    }
}

impl Parser<'_> {
    fn peek(&self) -> Kind {
        self.tokens.get(self.next).map_or(Kind::Eof, |t| t.kind)
    }

    fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(self.source.len(), |t| t.at)
    }

    fn error(&self, at: usize, text: impl Into<String>) -> TemplateError {
        TemplateError::parse(self.source, at, text)
    }

    fn unexpected(&self, wanted: &str) -> TemplateError {
        let found = match self.tokens.get(self.next) {
            Some(t) if t.kind != Kind::Eof => format!("'{}'", t.text),
            _ => "the end of the template".to_owned(),
        };
        self.error(self.at(), format!("expected {wanted}, found {found}"))
    }

    /// Takes the next token, which must be of this kind; answers its text.
    fn take(&mut self, kind: Kind, wanted: &str) -> Result<String, TemplateError> {
        if self.peek() != kind {
            return Err(self.unexpected(wanted));
        }
        let text = self.tokens.get_mut(self.next).map(|t| std::mem::take(&mut t.text).into_owned());
        self.next += 1;
        Ok(text.unwrap_or_default())
    }

    fn accept(&mut self, kind: Kind) -> bool {
        let found = self.peek() == kind;
        self.next += usize::from(found);
        found
    }

    fn deeper(&mut self, by: usize) -> Result<(), TemplateError> {
        self.depth += by;
        if self.depth > MAX_DEPTH {
            return Err(self.error(self.at(), format!("nested more than {MAX_DEPTH} levels deep")));
        }
        Ok(())
    }

    fn program(&mut self, root: bool) -> Result<Program, TemplateError> {
        let mut program = Program::default();
        loop {
            let node = match self.peek() {
                Kind::Content => {
                    let text = self.take(Kind::Content, "text")?;
                    content(text)
                }
                Kind::Comment => {
                    let text = self.take(Kind::Comment, "a comment")?;
                    Node::Comment(strip_of(&text, &text))
                }
                Kind::Open | Kind::OpenUnescaped => self.mustache()?,
                Kind::OpenBlock | Kind::OpenInverse => self.block()?,
                Kind::OpenRawBlock => self.raw_block()?,
                Kind::OpenPartial => self.partial()?,
                Kind::OpenPartialBlock => self.partial_block()?,
                _ => break,
            };
            program.defines |= matches!(node, Node::Inline { .. });
            program.body.push(node);
        }
        whitespace::program(&mut program, root);
        Ok(program)
    }

    fn mustache(&mut self) -> Result<Node, TemplateError> {
        let at = self.at();
        let kind = self.peek();
        let open = self.take(kind, "'{{'")?;
        let call = self.call()?;
        let end = if kind == Kind::OpenUnescaped { Kind::CloseUnescaped } else { Kind::Close };
        let close = self.take(end, if end == Kind::Close { "'}}'" } else { "'}}}'" })?;
        if open.contains('*') {
            return Err(self.error(at, format!("unknown decorator \"{}\"", call.path.original)));
        }
        let escaped = !open.ends_with(['{', '&']) || open.len() == 2;
        Ok(Node::Mustache { call, escaped, strip: strip_of(&open, &close) })
    }

    fn opening(&mut self, kind: Kind) -> Result<Opening, TemplateError> {
        let open = self.take(kind, "an opening tag")?;
        let call = self.call()?;
        let mut params = Vec::new();
        if self.accept(Kind::OpenBlockParams) {
            while self.peek() == Kind::Id {
                params.push(segment(self.take(Kind::Id, "a name")?).0);
            }
            if params.is_empty() {
                return Err(self.unexpected("a name"));
            }
            self.take(Kind::CloseBlockParams, "'|'")?;
        }
        let close = self.take(Kind::Close, "'}}'")?;
        Ok(Opening { call, params, strip: strip_of(&open, &close), decorator: open.contains('*') })
    }

    /// `{{/name}}`, which must name what was opened.
    fn closing(&mut self, opened: &str, at: usize) -> Result<Strip, TemplateError> {
        let open = self.take(Kind::OpenEndBlock, &format!("'{{{{/{opened}}}}}'"))?;
        let (name, _) = self.name()?;
        let close = self.take(Kind::Close, "'}}'")?;
        self.matching(opened, &name, at)?;
        Ok(strip_of(&open, &close))
    }

    fn matching(&self, opened: &str, closed: &str, at: usize) -> Result<(), TemplateError> {
        if opened == closed {
            Ok(())
        } else {
            Err(self.error(at, format!("{opened} doesn't match {closed}")))
        }
    }

    fn block(&mut self) -> Result<Node, TemplateError> {
        let at = self.at();
        let inverted = self.peek() == Kind::OpenInverse;
        self.deeper(1)?;
        let opening = self.opening(self.peek())?;
        let name = Text::clone(&opening.call.path.original);
        let mut program = self.program(false)?;
        program.params.clone_from(&opening.params);
        let inverse = match self.peek() {
            Kind::Inverse => Some(self.plain_inverse()?),
            Kind::OpenInverseChain if !inverted => Some(self.inverse_chain()?),
            _ => None,
        };
        let close = self.closing(&name, at)?;
        self.depth -= 1;
        if opening.decorator {
            if inverse.is_some() {
                return Err(self.error(at, "a decorator has no else branch"));
            }
            return self.inline(opening, program, close, at);
        }
        Ok(finish_block(opening, program, inverse, Some(close), inverted))
    }

    fn inline(
        &self,
        opening: Opening,
        mut program: Program,
        close: Strip,
        at: usize,
    ) -> Result<Node, TemplateError> {
        if &*opening.call.path.original != "inline" {
            return Err(self.error(at, format!("unknown decorator \"{}\"", opening.call.path.original)));
        }
        let name = opening.call.params.into_iter().next();
        let name = name.ok_or_else(|| self.error(at, "an inline partial has a name"))?;
        whitespace::body(&mut program, opening.strip, close);
        Ok(Node::Inline { name, program, open: opening.strip, close })
    }

    fn plain_inverse(&mut self) -> Result<Inverse, TemplateError> {
        let tag = self.take(Kind::Inverse, "'{{else}}'")?;
        let program = self.program(false)?;
        Ok(Inverse { strip: strip_of(&tag, &tag), program, chained: false })
    }

    /// `{{else helper …}}` branches, read one after the other and then nested from the last inwards.
    fn inverse_chain(&mut self) -> Result<Inverse, TemplateError> {
        let mut links = Vec::new();
        let mut last = None;
        while self.peek() == Kind::OpenInverseChain {
            self.deeper(1)?;
            let opening = self.opening(Kind::OpenInverseChain)?;
            let mut program = self.program(false)?;
            program.params.clone_from(&opening.params);
            links.push((opening, program));
        }
        self.depth -= links.len();
        if self.peek() == Kind::Inverse {
            last = Some(self.plain_inverse()?);
        }
        let mut inverse = last;
        while let Some((opening, program)) = links.pop() {
            let strip = opening.strip;
            let own_close = inverse.as_ref().map(|i| i.strip);
            // The last link is closed by the link before it, the first one by the end of the block:
            // both are settled when the enclosing block is made.
            let node = finish_block(opening, program, inverse, own_close, false);
            let mut chained = Program { chained: true, ..Program::default() };
            chained.body.push(node);
            inverse = Some(Inverse { strip, program: chained, chained: true });
        }
        inverse.ok_or_else(|| self.unexpected("'{{else}}'"))
    }

    fn raw_block(&mut self) -> Result<Node, TemplateError> {
        let at = self.at();
        self.take(Kind::OpenRawBlock, "'{{{{'")?;
        let call = self.call()?;
        self.take(Kind::CloseRawBlock, "'}}}}'")?;
        let mut program = Program::default();
        while self.peek() == Kind::Content {
            program.body.push(content(self.take(Kind::Content, "text")?));
        }
        let end = self.take(Kind::EndRawBlock, "the end of the raw block")?;
        self.matching(&call.path.original, &end, at)?;
        let opening = Opening { call, params: Vec::new(), strip: Strip::default(), decorator: false };
        Ok(finish_block(opening, program, None, Some(Strip::default()), false))
    }

    /// The inside of `{{> …}}`: name, context, named arguments.
    fn partial_inside(&mut self) -> Result<(Expr, Text, Partial), TemplateError> {
        let at = self.at();
        let (name, original) = if self.peek() == Kind::OpenSexpr {
            (self.sexpr()?, Text::from(""))
        } else {
            let (original, _) = self.name()?;
            (Expr::Literal(Value::String(Text::clone(&original))), original)
        };
        let (params, hash) = self.arguments()?;
        if params.len() > 1 {
            return Err(self.error(at, "a partial takes at most one context"));
        }
        let partial = Partial {
            name: Expr::Literal(Value::Undefined),
            context: params.into_iter().next(),
            hash,
            fallback: None,
            indent: String::new(),
            open: Strip::default(),
            close: Strip::default(),
        };
        Ok((name, original, partial))
    }

    fn partial(&mut self) -> Result<Node, TemplateError> {
        let open = self.take(Kind::OpenPartial, "'{{>'")?;
        let (name, _, mut partial) = self.partial_inside()?;
        let close = self.take(Kind::Close, "'}}'")?;
        let strip = strip_of(&open, &close);
        partial.name = name;
        partial.open = strip;
        partial.close = strip;
        Ok(Node::Partial(Box::new(partial)))
    }

    fn partial_block(&mut self) -> Result<Node, TemplateError> {
        let at = self.at();
        self.deeper(1)?;
        let open = self.take(Kind::OpenPartialBlock, "'{{#>'")?;
        let (name, original, mut partial) = self.partial_inside()?;
        let end = self.take(Kind::Close, "'}}'")?;
        let strip = strip_of(&open, &end);
        let mut program = self.program(false)?;
        let close = self.closing(&original, at)?;
        self.depth -= 1;
        whitespace::body(&mut program, strip, close);
        partial.name = name;
        partial.fallback = Some(program);
        partial.open = strip;
        partial.close = close;
        Ok(Node::Partial(Box::new(partial)))
    }

    /// A name with arguments.
    fn call(&mut self) -> Result<Call, TemplateError> {
        let (original, path) = self.name()?;
        // A literal in the place of a name is the name of a member.
        let path = path.unwrap_or_else(|| Path {
            start: Start::Context(0),
            parts: vec![Text::clone(&original)],
            original,
        });
        let (params, hash) = self.arguments()?;
        Ok(Call { path, params, hash, target: Target::Path })
    }

    fn arguments(&mut self) -> Result<Arguments, TemplateError> {
        let mut params = Vec::new();
        let mut hash = Vec::new();
        loop {
            let named = self.peek() == Kind::Id
                && self.tokens.get(self.next + 1).is_some_and(|t| t.kind == Kind::Equals);
            if named {
                let name = segment(self.take(Kind::Id, "a name")?).0;
                self.take(Kind::Equals, "'='")?;
                hash.push((name, self.param()?));
                continue;
            }
            match self.peek() {
                Kind::OpenSexpr
                | Kind::Id
                | Kind::Data
                | Kind::Str
                | Kind::Number
                | Kind::Boolean
                | Kind::Undefined
                | Kind::Null
                    if hash.is_empty() =>
                {
                    params.push(self.param()?);
                }
                _ => return Ok((params, hash)),
            }
        }
    }

    fn param(&mut self) -> Result<Expr, TemplateError> {
        let text = |token: Option<&Token<'_>>| token.map_or_else(Text::default, |t| Text::from(&*t.text));
        let literal = match self.peek() {
            Kind::OpenSexpr => return self.sexpr(),
            Kind::Str => Value::String(text(self.tokens.get(self.next))),
            Kind::Number => Value::Number(Value::String(text(self.tokens.get(self.next))).num()),
            Kind::Boolean => Value::Bool(&*text(self.tokens.get(self.next)) == "true"),
            Kind::Undefined => Value::Undefined,
            Kind::Null => Value::Null,
            _ => {
                let (original, path) = self.name()?;
                return Ok(path.map_or(Expr::Literal(Value::String(original)), Expr::Path));
            }
        };
        self.next += 1;
        Ok(Expr::Literal(literal))
    }

    fn sexpr(&mut self) -> Result<Expr, TemplateError> {
        self.deeper(1)?;
        self.take(Kind::OpenSexpr, "'('")?;
        let call = self.call()?;
        self.take(Kind::CloseSexpr, "')'")?;
        self.depth -= 1;
        Ok(Expr::Call(Box::new(call)))
    }

    /// A path, a data variable or a literal, as text and, unless it is a literal, as a path.
    fn name(&mut self) -> Result<(Text, Option<Path>), TemplateError> {
        let kind = self.peek();
        let literal = match kind {
            Kind::Str | Kind::Boolean | Kind::Undefined | Kind::Null => self.take(kind, "a name")?,
            Kind::Number => {
                let text = self.take(kind, "a name")?;
                Value::Number(Value::from(text).num()).to_string()
            }
            Kind::Id | Kind::Data => {
                let path = self.path()?;
                return Ok((Text::clone(&path.original), Some(path)));
            }
            _ => return Err(self.unexpected("a name or a value")),
        };
        Ok((Text::from(literal), None))
    }

    fn path(&mut self) -> Result<Path, TemplateError> {
        let at = self.at();
        let data = self.accept(Kind::Data);
        let mut original = String::from(if data { "@" } else { "" });
        let mut parts: Vec<Text> = Vec::new();
        let mut depth = 0;
        let mut part = segment(self.take(Kind::Id, "a name")?);
        loop {
            original.push_str(&part.0);
            if !part.1 && matches!(&*part.0, ".." | "." | "this") {
                if !parts.is_empty() {
                    return Err(self.error(at, format!("Invalid path: {original}")));
                }
                depth += usize::from(&*part.0 == "..");
            } else {
                parts.push(part.0);
            }
            if self.peek() != Kind::Sep {
                break;
            }
            original.push_str(&self.take(Kind::Sep, "'.'")?);
            if self.peek() == Kind::Number {
                // A number at the end of a path is an element (Q21).
                self.numbered = true;
                let number = self.take(Kind::Number, "a name")?;
                original.push_str(&number);
                parts.extend(number.split('.').map(Text::from));
                break;
            }
            part = segment(self.take(Kind::Id, "a name")?);
        }
        let start = if data { Start::Data(depth) } else { Start::Context(depth) };
        Ok(Path { start, parts, original: original.into() })
    }
}

/// The text of a path segment, and whether it was in brackets.
fn segment(text: String) -> (Text, bool) {
    match text.strip_prefix('[').and_then(|t| t.strip_suffix(']')) {
        Some(inner) if !inner.contains('\n') => (Text::from(inner), true),
        _ => (Text::from(text), false),
    }
}

fn content(text: String) -> Node {
    Node::Content(Content {
        value: text.clone(),
        original: text,
        left_stripped: false,
        right_stripped: false,
    })
}

/// Puts a block together. A chained branch takes over the closing strip of what encloses it.
fn finish_block(
    opening: Opening,
    program: Program,
    inverse: Option<Inverse>,
    close: Option<Strip>,
    inverted: bool,
) -> Node {
    let close = close.unwrap_or_default();
    let mut middle = Strip::default();
    let mut other = None;
    if let Some(mut inverse) = inverse {
        middle = inverse.strip;
        if inverse.chained
            && let Some(Node::Block(first)) = inverse.program.body.first_mut()
        {
            first.close = close;
            whitespace::block(first);
        }
        other = Some(inverse.program);
    }
    let (program, inverse) = if inverted { (other, Some(program)) } else { (Some(program), other) };
    let block = Block { call: opening.call, program, inverse, open: opening.strip, middle, close };
    Node::Block(Box::new(block))
}
