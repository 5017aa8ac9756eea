//! The template language of rule parameters and messages: Handlebars with the helpers of the original
//! (`spec/evaluator.md` section 3).
//!
//! A template is parsed once and rendered often; rendering reads values by reference.

mod ast;
mod catalogue;
mod context;
mod helpers;
mod lexer;
mod parser;
mod partial;
mod render;
mod resolve;
mod switch;
mod text;
mod uses;
mod whitespace;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;

use jiff::tz::TimeZone;

pub use catalogue::{HELPERS, HelperSpec};
pub use parser::MAX_DEPTH;
pub use uses::{HelperUse, Uses};

use crate::value::{Map, Value};

/// Whether a text is a template: it has both `{{` and `}}`, in any order (`spec/evaluator.md` 3.1).
pub fn is_template(text: &str) -> bool {
    text.contains("{{") && text.contains("}}")
}

/// Why a template could not be parsed or rendered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// The text is no template of the language. `line` and `column` count from 1.
    #[error("Parse error on line {line}, column {column}: {text}")]
    Parse {
        /// Line of the mistake.
        line: usize,
        /// Column of the mistake, in characters.
        column: usize,
        /// What is wrong.
        text: String,
    },
    /// Rendering failed: a helper was misused or does not exist.
    #[error("{0}")]
    Render(String),
    /// Rendering would have taken too long or made too much text.
    #[error("the template {0}")]
    Budget(&'static str),
}

impl TemplateError {
    fn parse(source: &str, at: usize, text: impl Into<String>) -> Self {
        let before = source.get(..at).unwrap_or(source);
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        TemplateError::Parse {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            text: text.into(),
        }
    }

    fn render(text: impl Into<String>) -> Self {
        TemplateError::Render(text.into())
    }
}

/// What a template is rendered against: the whole state of a contact.
pub trait Root {
    /// The value of a top-level key.
    fn get(&self, key: &str) -> Option<&Value>;
    /// All keys and values, for `{{#each this}}` and `{{json this}}`.
    fn to_map(&self) -> Map;
}

impl Root for Map {
    fn get(&self, key: &str) -> Option<&Value> {
        Map::get(self, key)
    }
    fn to_map(&self) -> Map {
        self.clone()
    }
}

/// What `switch` and `case` leave behind in the state during one request of the original (Q11): keys
/// `switch_value` and `switch_break`, readable by later templates and weights of that request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Leak {
    /// `switch_value`, once a `switch` has run at the top level.
    pub switch_value: Option<Value>,
    /// `switch_break`: whether a case of the latest `switch` has matched.
    pub switch_break: Option<bool>,
}

impl Leak {
    /// The leaked value under this key.
    pub fn get(&self, key: &str) -> Option<Value> {
        match key {
            "switch_value" => self.switch_value.clone(),
            "switch_break" => self.switch_break.map(Value::Bool),
            _ => None,
        }
    }
}

/// How much one rendering may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Longest output, in bytes.
    pub output: usize,
    /// Most evaluation steps; one node, path segment or loop turn is one step, long texts count more.
    pub steps: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Budget { output: 1 << 20, steps: 5_000_000 }
    }
}

/// What rendering may use besides the state.
pub struct Scope<'a> {
    /// The contact clock, in milliseconds since 1970.
    pub now: i64,
    /// The call-centre zone, if one is configured.
    pub zone: Option<TimeZone>,
    /// Uniform draws from 0 up to but not including 1.
    pub draws: &'a mut dyn FnMut() -> f64,
    /// Where `switch` at the top level leaves its value; `None` keeps it inside the rendering.
    pub leak: Option<&'a mut Leak>,
    /// Bounds of the rendering.
    pub budget: Budget,
}

/// Checks a template as saving a rule does: it has to compile, and to render against empty state
/// (`spec/evaluator.md` 3.1).
///
/// # Errors
/// What is wrong with it.
pub fn check(source: &str) -> Result<(), TemplateError> {
    let template = Template::parse(source)?;
    let mut draws = || 0.0;
    let mut scope = Scope { now: 0, zone: None, draws: &mut draws, leak: None, budget: Budget::default() };
    template.render(&Map::new(), &mut scope).map(|_| ())
}

/// A compiled template.
#[derive(Debug)]
pub struct Template {
    program: ast::Program,
    length: usize,
    numbered: bool,
}

impl Template {
    /// Compiles a template. Text without mustaches is a template, too.
    ///
    /// # Errors
    /// [`TemplateError::Parse`] when the text is not well formed or nests deeper than [`MAX_DEPTH`].
    pub fn parse(source: &str) -> Result<Template, TemplateError> {
        let (mut program, numbered) = parser::parse(source)?;
        resolve::resolve(&mut program);
        Ok(Template { program, length: source.len(), numbered })
    }

    /// Whether a path ends in a number (`{{a.0}}`), which the original refuses to compile (Q21).
    pub fn ends_path_in_number(&self) -> bool {
        self.numbered
    }

    /// Renders the template against the state.
    ///
    /// # Errors
    /// A helper or partial that does not exist, a misused helper, or a budget that is used up.
    pub fn render(&self, root: &dyn Root, scope: &mut Scope<'_>) -> Result<String, TemplateError> {
        render::render(&self.program, self.length, root, scope)
    }

    /// What the template reads and calls, for lint and editor help.
    pub fn uses(&self) -> Uses {
        uses::uses(&self.program)
    }
}
