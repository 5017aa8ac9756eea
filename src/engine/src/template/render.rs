//! Renders a compiled template (`spec/evaluator.md` 3.2 and 3.3).

use std::collections::HashMap;
use std::fmt::Write as _;

use super::ast::{Block, Call, Expr, Node, Path, Program, Start, Target};
use super::catalogue::Helper;
use super::context::{Place, Val};
use super::parser::MAX_DEPTH;
use super::partial::Known;
use super::{Root, Scope, TemplateError, helpers, text};
use crate::value::{Map, Text, Value, array_index};

pub(super) type Outcome<T = ()> = Result<T, TemplateError>;

/// Renders `program` against `root`; `length` is that of the source, a first guess for the output.
pub fn render(program: &Program, length: usize, root: &dyn Root, scope: &mut Scope<'_>) -> Outcome<String> {
    let mut render = Render {
        root,
        steps: scope.budget.steps,
        scope,
        out: String::with_capacity(length.min(4096)),
        context: Val::Root,
        top: Val::Root,
        outer: Vec::new(),
        loops: Vec::new(),
        params: Vec::new(),
        partials: Vec::new(),
        remembered: HashMap::default(),
        boxes: 0,
        depth: 0,
    };
    render.body(program)?;
    Ok(render.out)
}

/// Data variables of one loop, and how far the loop is inside others.
#[derive(Clone, Default)]
pub(super) struct Turn {
    key: Value,
    index: Value,
    first: Value,
    last: Value,
}

/// One rendering in progress.
pub struct Render<'v, 's, 'a> {
    pub(super) root: &'v dyn Root,
    pub scope: &'s mut Scope<'a>,
    pub(super) steps: u64,
    pub(super) out: String,
    /// The current context, and the contexts `..` leads to: `top` is the innermost that made a level.
    pub(super) context: Val<'v>,
    pub(super) top: Val<'v>,
    pub(super) outer: Vec<Val<'v>>,
    pub(super) loops: Vec<Turn>,
    pub(super) params: Vec<Option<[Val<'v>; 2]>>,
    pub(super) partials: Vec<Known<'v>>,
    /// What `switch` remembers: value, and whether a case matched.
    pub(super) remembered: HashMap<Place, (Value, bool), rustc_hash::FxBuildHasher>,
    pub(super) boxes: u32,
    pub(super) depth: usize,
}

impl<'v> Render<'v, '_, '_> {
    /// Uses up some of the budget.
    pub fn spend(&mut self, steps: usize) -> Outcome {
        let Some(left) = self.steps.checked_sub(steps as u64) else {
            return Err(TemplateError::Budget("takes too many steps to render"));
        };
        self.steps = left;
        if self.out.len() > self.scope.budget.output {
            return Err(TemplateError::Budget("makes too much text"));
        }
        Ok(())
    }

    fn body(&mut self, program: &'v Program) -> Outcome {
        let known = self.partials.len();
        if program.defines {
            self.define(program)?;
        }
        for node in &program.body {
            self.spend(1)?;
            match node {
                Node::Content(content) => self.out.push_str(&content.value),
                Node::Mustache { call, escaped, .. } => self.mustache(call, *escaped)?,
                Node::Block(block) => self.block(block)?,
                Node::Partial(partial) => self.partial(partial)?,
                Node::Inline { .. } | Node::Comment(_) => {}
            }
        }
        self.spend(0)?;
        self.partials.truncate(known);
        Ok(())
    }

    /// Runs a block's body with a context; a context that differs from the one around makes a level.
    pub(super) fn run(
        &mut self,
        program: &'v Program,
        context: Val<'v>,
        params: Option<[Val<'v>; 2]>,
    ) -> Outcome {
        self.depth += 1;
        // Inline partials can call themselves; blocks are bounded by the parser.
        if self.depth > MAX_DEPTH {
            return Err(TemplateError::Budget("nests too deep"));
        }
        let stands_in = matches!(context, Val::Nothing) && matches!(self.top.value(), Some(Value::Null));
        let level = !stands_in && !context.loosely_equals(&self.top);
        let before = std::mem::replace(&mut self.context, context.clone());
        if level {
            let top = std::mem::replace(&mut self.top, context);
            self.outer.push(top);
        }
        let with_params = !program.params.is_empty();
        if with_params {
            self.params.push(params);
        }
        self.body(program)?;
        if with_params {
            self.params.pop();
        }
        if level && let Some(top) = self.outer.pop() {
            self.top = top;
        }
        self.context = before;
        self.depth -= 1;
        Ok(())
    }

    fn branch(&mut self, program: Option<&'v Program>, context: Val<'v>) -> Outcome {
        program.map_or(Ok(()), |program| self.run(program, context, None))
    }

    /// The context as helpers get it: a missing one becomes the stand-in.
    fn this(&self) -> Val<'v> {
        if self.context.is_nil() { Val::Nothing } else { self.context.clone() }
    }

    /// The context as the product's own block helpers get it: texts, numbers and booleans are objects.
    fn boxed_this(&mut self) -> Val<'v> {
        match self.this() {
            Val::Ref(v @ (Value::Bool(_) | Value::Number(_) | Value::String(_))) => self.boxed(v.clone()),
            Val::Own(v @ (Value::Bool(_) | Value::Number(_) | Value::String(_))) => self.boxed(v),
            other => other,
        }
    }

    fn boxed(&mut self, value: Value) -> Val<'v> {
        self.boxes = self.boxes.wrapping_add(1);
        Val::Boxed(value, self.boxes)
    }

    fn mustache(&mut self, call: &'v Call, escaped: bool) -> Outcome {
        let value = match call.target {
            Target::Path => self.path(&call.path, false)?,
            Target::Helper(helper) => self.inline_helper(helper, call)?,
            Target::Missing => self.missing(call)?,
        };
        self.write(&value, escaped)
    }

    fn write(&mut self, value: &Val<'v>, escaped: bool) -> Outcome {
        match value.value() {
            None => self.out.push_str("[object Object]"),
            Some(Value::Undefined | Value::Null) => {}
            Some(Value::String(s)) => {
                if s.len() > 256 {
                    self.spend(s.len() / 64)?;
                }
                if escaped { text::escape(&mut self.out, s) } else { self.out.push_str(s) }
            }
            Some(value @ Value::Array(_)) => {
                let printed = value.to_string();
                self.spend(printed.len() / 16)?;
                if escaped { text::escape(&mut self.out, &printed) } else { self.out.push_str(&printed) }
            }
            // Neither numbers nor booleans have anything to escape.
            Some(other) => {
                let _ = write!(self.out, "{other}");
            }
        }
        Ok(())
    }

    /// A name with arguments that is no helper: fails, unless there is nothing to call.
    fn missing(&mut self, call: &'v Call) -> Outcome<Val<'v>> {
        let name = &call.path.original;
        if self.path(&call.path, true)?.truthy() {
            return Err(TemplateError::render(format!("{name} is not a helper")));
        }
        if call.params.is_empty() {
            return Ok(Val::UNDEFINED);
        }
        Err(TemplateError::render(format!("Missing helper: \"{name}\"")))
    }

    fn arguments(&mut self, call: &'v Call) -> Outcome<Vec<Val<'v>>> {
        for (_, expr) in &call.hash {
            self.expr(expr)?;
        }
        let mut values = Vec::with_capacity(call.params.len());
        for expr in &call.params {
            values.push(self.expr(expr)?);
        }
        Ok(values)
    }

    pub(super) fn expr(&mut self, expr: &'v Expr) -> Outcome<Val<'v>> {
        self.spend(1)?;
        match expr {
            Expr::Literal(value) => Ok(Val::Ref(value)),
            Expr::Path(path) => self.path(path, false),
            Expr::Call(call) => match call.target {
                Target::Path => self.path(&call.path, false),
                Target::Helper(helper) => self.inline_helper(helper, call),
                Target::Missing => self.missing(call),
            },
        }
    }

    /// A helper that gives a value, outside a block.
    fn inline_helper(&mut self, helper: Helper, call: &'v Call) -> Outcome<Val<'v>> {
        let args = self.arguments(call)?;
        check_count(helper, args.len())?;
        match helper {
            Helper::Case if args.len() == 1 => {
                let this = self.boxed_this();
                let matches = self.recalled(&this).loosely_equals(&args[0]);
                if matches { Err(not_inline("case")) } else { Ok(Val::UNDEFINED) }
            }
            _ => match self.value_helper(helper, &args)? {
                Some(value) => Ok(value),
                None => Err(not_inline(&call.path.original)),
            },
        }
    }

    /// The value of a helper that has one; block helpers have none.
    fn value_helper(&mut self, helper: Helper, args: &[Val<'v>]) -> Outcome<Option<Val<'v>>> {
        match helper {
            Helper::Lookup => {
                let object = args[0].clone();
                if !object.truthy() {
                    return Ok(Some(object));
                }
                let key = args.get(1).ok_or_else(|| TemplateError::render(LOOKUP_ARGUMENTS))?.text();
                self.member(&object, &key).map(Some)
            }
            Helper::Log => Ok(Some(Val::UNDEFINED)),
            _ => helpers::call(self, helper, args),
        }
    }

    fn block(&mut self, block: &'v Block) -> Outcome {
        let (program, inverse) = (block.program.as_ref(), block.inverse.as_ref());
        let helper = match block.call.target {
            Target::Path => {
                let value = self.path(&block.call.path, false)?;
                return self.section(value, program, inverse);
            }
            Target::Missing => {
                let value = self.missing(&block.call)?;
                return self.write(&value, false);
            }
            Target::Helper(helper) => helper,
        };
        let mut args = self.arguments(&block.call)?;
        check_count(helper, args.len())?;
        let first = if args.is_empty() { Val::UNDEFINED } else { args.swap_remove(0) };
        let exact = |wanted: usize| {
            if block.call.params.len() == wanted {
                Ok(())
            } else {
                let name = &block.call.path.original;
                Err(TemplateError::render(format!("#{name} requires exactly {wanted} argument(s)")))
            }
        };
        match helper {
            Helper::If | Helper::Unless => {
                let zero = self.include_zero(&block.call)?;
                let falsy = (!zero && !first.truthy()) || first.is_empty();
                let shown = if falsy == (helper == Helper::Unless) { program } else { inverse };
                let this = self.this();
                self.branch(shown, this)
            }
            Helper::Each => self.each(&first, program, inverse),
            Helper::With if first.is_empty() => {
                let this = self.this();
                self.branch(inverse, this)
            }
            Helper::With => match program {
                Some(program) => self.run(program, first.clone(), Some([first, Val::UNDEFINED])),
                None => Ok(()),
            },
            Helper::IfEq | Helper::Includes => {
                exact(2)?;
                let second = args.pop().unwrap_or(Val::UNDEFINED);
                let shown = if helper == Helper::IfEq {
                    first.loosely_equals(&second)
                } else {
                    helpers::includes(&first, &second)
                };
                let this = self.boxed_this();
                self.branch(if shown { program } else { inverse }, this)
            }
            Helper::Empty | Helper::NotEmpty => {
                exact(1)?;
                let this = self.boxed_this();
                let shown = first.is_empty() == (helper == Helper::Empty);
                self.branch(if shown { program } else { inverse }, this)
            }
            Helper::Switch => {
                exact(1)?;
                let this = self.boxed_this();
                let value = self.owned(&first);
                self.remember(&this, value);
                self.branch(program, this)
            }
            Helper::Case => {
                exact(1)?;
                let this = self.boxed_this();
                if !self.recalled(&this).loosely_equals(&first) {
                    return Ok(());
                }
                self.matched(&this);
                self.branch(program, this)
            }
            _ => {
                args.push(first);
                let last = args.len() - 1;
                args.swap(0, last);
                match self.value_helper(helper, &args[..block.call.params.len()])? {
                    Some(value) => self.write(&value, false),
                    None => Ok(()),
                }
            }
        }
    }

    fn include_zero(&mut self, call: &'v Call) -> Outcome<bool> {
        match call.hash.iter().rev().find(|(name, _)| &**name == "includeZero") {
            Some((_, expr)) => Ok(self.expr(expr)?.truthy()),
            None => Ok(false),
        }
    }

    /// `{{#name}}…{{/name}}` where the name is no helper.
    fn section(
        &mut self,
        value: Val<'v>,
        program: Option<&'v Program>,
        inverse: Option<&'v Program>,
    ) -> Outcome {
        match value.value() {
            Some(Value::Bool(true)) if !matches!(value, Val::Boxed(..)) => {
                let this = self.context.clone();
                self.branch(program, this)
            }
            Some(Value::Bool(false)) if !matches!(value, Val::Boxed(..)) => {
                let this = self.context.clone();
                self.branch(inverse, this)
            }
            Some(Value::Undefined | Value::Null) => {
                let this = self.context.clone();
                self.branch(inverse, this)
            }
            Some(Value::Array(_)) => self.each(&value, program, inverse),
            _ => self.branch(program, value),
        }
    }

    fn each(
        &mut self,
        list: &Val<'v>,
        program: Option<&'v Program>,
        inverse: Option<&'v Program>,
    ) -> Outcome {
        let members: Map;
        let mut turns = 0;
        match list {
            Val::Root => {
                members = self.root_map();
                turns = members.len();
                self.each_member(&Val::Own(members.into()), program)?;
            }
            Val::Ref(Value::Array(items)) => {
                turns = items.len();
                self.loops.push(Turn::default());
                for (i, item) in items.iter().enumerate() {
                    self.turn(program, Val::Ref(item), &Value::Number(i as f64), i, items.len())?;
                }
                self.loops.pop();
            }
            Val::Own(Value::Array(items)) => {
                turns = items.len();
                self.loops.push(Turn::default());
                for (i, item) in items.iter().enumerate() {
                    self.turn(program, Val::Own(item.clone()), &Value::Number(i as f64), i, items.len())?;
                }
                self.loops.pop();
            }
            Val::Ref(Value::Object(map)) => {
                turns = map.len();
                self.loops.push(Turn::default());
                for (i, (name, item)) in map.iter().enumerate() {
                    self.turn(program, Val::Ref(item), &Value::String(Text::clone(name)), i, map.len())?;
                }
                self.loops.pop();
            }
            Val::Own(Value::Object(map)) => {
                turns = map.len();
                self.each_member(list, program)?;
            }
            Val::Nothing | Val::Boxed(..) | Val::Ref(_) | Val::Own(_) => {}
        }
        if turns == 0 {
            let this = self.this();
            return self.branch(inverse, this);
        }
        Ok(())
    }

    fn each_member(&mut self, list: &Val<'v>, program: Option<&'v Program>) -> Outcome {
        let Val::Own(Value::Object(map)) = list else { return Ok(()) };
        self.loops.push(Turn::default());
        for (i, (name, item)) in map.iter().enumerate() {
            self.turn(program, Val::Own(item.clone()), &Value::String(Text::clone(name)), i, map.len())?;
        }
        self.loops.pop();
        Ok(())
    }

    /// One turn of a loop.
    fn turn(
        &mut self,
        program: Option<&'v Program>,
        item: Val<'v>,
        key: &Value,
        index: usize,
        length: usize,
    ) -> Outcome {
        self.spend(1)?;
        let Some(program) = program else { return Ok(()) };
        if let Some(data) = self.loops.last_mut() {
            *data = Turn {
                key: key.clone(),
                index: Value::Number(index as f64),
                first: Value::Bool(index == 0),
                last: Value::Bool(index + 1 == length),
            };
        }
        let params = (!program.params.is_empty()).then(|| [item.clone(), Val::Own(key.clone())]);
        self.run(program, item, params)
    }

    /// The value at a path. `falsy` paths stop at any false value, others only at null and undefined.
    fn path(&mut self, path: &'v Path, falsy: bool) -> Outcome<Val<'v>> {
        let mut parts = path.parts.as_slice();
        let mut falsy = falsy;
        let mut value = match path.start {
            Start::Param(up, index) => {
                parts = &parts[1..];
                let list = self.params.iter().rev().nth(up).cloned().flatten();
                let Some(list) = list else {
                    let text = format!("the block gives no value for {}", path.original);
                    return Err(TemplateError::render(text));
                };
                list.into_iter().nth(index).unwrap_or(Val::UNDEFINED)
            }
            Start::Context(up) => {
                let value = match up {
                    0 => self.context.clone(),
                    up => self.outer.iter().rev().nth(up - 1).cloned().unwrap_or(Val::UNDEFINED),
                };
                // An empty first name stands for the context itself.
                if parts.first().is_some_and(|name| name.is_empty()) {
                    return Ok(value);
                }
                value
            }
            Start::Data(up) => {
                falsy = true;
                let Some((name, rest)) = parts.split_first() else {
                    return Ok(self.context.clone());
                };
                parts = rest;
                self.data(name, up)
            }
        };
        for name in parts {
            if value.is_nil() || (falsy && !value.truthy()) {
                break;
            }
            value = self.member(&value, name)?;
        }
        Ok(value)
    }

    fn data(&self, name: &str, up: usize) -> Val<'v> {
        if name == "root" && up <= self.loops.len() {
            return Val::Root;
        }
        let Some(turn) = self.loops.iter().rev().nth(up) else {
            return Val::UNDEFINED;
        };
        let value = match name {
            "index" => &turn.index,
            "key" => &turn.key,
            "first" => &turn.first,
            "last" => &turn.last,
            _ => return Val::UNDEFINED,
        };
        Val::Own(value.clone())
    }

    /// A member of a value, by reference where the value is one.
    fn member(&mut self, value: &Val<'v>, name: &str) -> Outcome<Val<'v>> {
        self.spend(1)?;
        if self.scope.leak.is_some()
            && matches!(name, "switch_value" | "switch_break")
            && let Some(kept) = value.place().and_then(|place| self.kept(place))
        {
            return Ok(Val::Own(if name == "switch_value" { kept.0 } else { Value::Bool(kept.1) }));
        }
        Ok(match value {
            Val::Root => self.root.get(name).map_or(Val::UNDEFINED, Val::Ref),
            Val::Nothing => Val::UNDEFINED,
            Val::Ref(Value::Object(map)) => map.get(name).map_or(Val::UNDEFINED, Val::Ref),
            Val::Ref(Value::Array(items)) => match array_index(name) {
                Some(i) => items.get(i as usize).map_or(Val::UNDEFINED, Val::Ref),
                None => Val::Own(value.value().map(|v| v.member(name)).unwrap_or_default()),
            },
            other => {
                let inner = other.value();
                if let Some(Value::String(s)) = inner {
                    self.spend(s.len() / 64)?;
                }
                Val::Own(inner.map(|v| v.member(name)).unwrap_or_default())
            }
        })
    }

    /// A value as a plain one; the state becomes an object.
    pub fn owned(&self, value: &Val<'v>) -> Value {
        match value {
            Val::Root => self.root_map().into(),
            Val::Nothing => Map::new().into(),
            Val::Ref(v) => (*v).clone(),
            Val::Own(v) | Val::Boxed(v, _) => v.clone(),
        }
    }

    /// The whole state, with what `switch` left in it.
    fn root_map(&self) -> Map {
        let mut map = self.root.to_map();
        if let Some(leak) = self.scope.leak.as_deref() {
            for key in ["switch_value", "switch_break"] {
                if let Some(value) = leak.get(key) {
                    map.insert(key, value);
                }
            }
        }
        map
    }
}

fn not_inline(name: &str) -> TemplateError {
    TemplateError::render(format!("{name} is a block helper: {{{{#{name} …}}}}…{{{{/{name}}}}}"))
}

const LOOKUP_ARGUMENTS: &str = "lookup requires an object and a key";

/// The argument counts that the language itself insists on.
fn check_count(helper: Helper, count: usize) -> Outcome {
    let text = match helper {
        Helper::If if count != 1 => "#if requires exactly one argument",
        Helper::Unless if count != 1 => "#unless requires exactly one argument",
        Helper::With if count != 1 => "#with requires exactly one argument",
        Helper::Each if count == 0 => "Must pass iterator to #each",
        Helper::Lookup if count == 0 => LOOKUP_ARGUMENTS,
        Helper::Reserved => "this name is reserved",
        _ => return Ok(()),
    };
    Err(TemplateError::render(text))
}
