//! The vocabulary of the rule type declarations: what can be said about a type and its parameters.

use crate::value::Text;

/// One rule type with its parameters: the single declaration that every consumer reads.
#[derive(Debug)]
pub struct RuleKind {
    /// Name as written in documents.
    pub name: &'static str,
    /// Name as shown to people.
    pub title: &'static str,
    /// One sentence: what the rule does.
    pub summary: &'static str,
    /// Parameters in the order of the form.
    pub params: &'static [ParamSpec],
    /// What the rule leaves in state, apart from its own parameters; empty for none.
    pub writes: &'static str,
    /// How the contact goes on after the rule.
    pub flow: Flow,
    /// Old data may hold the type, nothing runs it.
    pub retired: bool,
}

/// How a contact goes on after a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// The next rule of the same rule set.
    Continues,
    /// Another rule set, always.
    Leaves,
    /// Another rule set for some inputs, else the next rule.
    MayLeave,
    /// The contact's run through the rules ends here.
    Ends,
}

/// Which parameters a declaration is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamName {
    /// Exactly this name.
    Exact(&'static str),
    /// The prefix and a whole number of the range, both ends included.
    Numbered(&'static str, u8, u8),
    /// The prefix and any text, such as the name of an intent.
    Suffixed(&'static str),
}

impl ParamName {
    /// What follows the prefix if this declaration covers the name (`""` for exact names).
    pub fn suffix_of<'a>(&self, name: &'a str) -> Option<&'a str> {
        match self {
            ParamName::Exact(exact) => (*exact == name).then_some(""),
            ParamName::Suffixed(prefix) => name.strip_prefix(prefix).filter(|rest| !rest.is_empty()),
            ParamName::Numbered(prefix, from, to) => {
                let rest = name.strip_prefix(prefix)?;
                let plain = rest.len() == 1 || !rest.starts_with('0');
                let number: u8 = rest.parse().ok()?;
                (plain && rest.as_bytes()[0].is_ascii_digit() && (*from..=*to).contains(&number))
                    .then_some(rest)
            }
        }
    }

    /// The name, or the prefix of the names.
    pub fn stem(&self) -> &'static str {
        match self {
            ParamName::Exact(stem) | ParamName::Suffixed(stem) | ParamName::Numbered(stem, ..) => stem,
        }
    }
}

/// What a parameter holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ParamKind {
    /// Free text with its shortest and longest length in characters.
    Text(usize, usize),
    /// Text, SSML or `prompt:<name>`, at most 1024 characters.
    Message,
    /// A number with its bounds; `true` for whole numbers only.
    Number(f64, f64, bool),
    /// One of these texts.
    Choice(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// Name of a rule set.
    RuleSet,
    /// Name of a queue.
    Queue,
    /// Short name of an integration function.
    Function,
    /// Short name of a bot.
    Bot,
    /// Name of a contact flow.
    ContactFlow,
    /// Key that the rule writes, not reserved; with its shortest and longest length in characters.
    StateKey(usize, usize),
    /// Path into state that the rule reads.
    StatePath,
    /// Telephone number to dial.
    PhoneNumber,
    /// Input of a function, at most 99999 characters.
    Payload,
    /// Array of `{key, value}` of contact attributes.
    Attributes,
    /// Array of `{key, value}` of state.
    States,
    /// Array of things that happen while the contact waits in a queue.
    Behaviours,
}

/// When a parameter has to be there and not empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Required {
    /// The rule fails without it when it runs.
    Always,
    /// May be left out.
    Never,
    /// Needed when the condition holds.
    When(Condition),
    /// The rule runs without it, but saving demands it.
    Editor,
    /// The rule runs without it, but saving demands it when the condition holds.
    EditorWhen(Condition),
}

/// A condition on another parameter of the same rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The parameter is exactly this text.
    Is(&'static str, &'static str),
    /// The parameter is not this text.
    IsNot(&'static str, &'static str),
    /// The parameter is a number not below this.
    AtLeast(&'static str, u8),
    /// This parameter's own number is below the number that the other one holds.
    NumberBelow(&'static str),
    /// The parameter with this prefix and the same suffix is set.
    Beside(&'static str),
}

/// When a parameter that is a template is rendered (`spec/evaluator.md` 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Templating {
    /// Once, when the rule is selected.
    Once,
    /// When it is shown, against the state of that moment.
    Deferred,
    /// The texts inside the array are rendered, not the parameter itself.
    Items,
}

/// What following a reference means for the contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum EdgeKind {
    /// A contact enters here: end point to rule set.
    Entry,
    /// The rule goes there.
    Route,
    /// A key of a menu.
    MenuKey,
    /// An intent of a bot.
    Intent,
    /// A share of the contacts.
    Chance,
    /// The rule goes there and the contact comes back.
    Return,
    /// Too many wrong inputs.
    Error,
    /// No input at all.
    NoInput,
    /// The queue is closed.
    Hours,
    /// Nobody works on the queue.
    Staffing,
    /// The customer came back while the rule waited.
    Wait,
    /// The contact leaves the rules: queue, external number, end.
    Exit,
}

impl EdgeKind {
    /// All kinds in the order of listings.
    pub const ALL: [EdgeKind; 12] = [
        EdgeKind::Entry,
        EdgeKind::Route,
        EdgeKind::MenuKey,
        EdgeKind::Intent,
        EdgeKind::Chance,
        EdgeKind::Return,
        EdgeKind::Error,
        EdgeKind::NoInput,
        EdgeKind::Hours,
        EdgeKind::Staffing,
        EdgeKind::Wait,
        EdgeKind::Exit,
    ];

    /// Name in listings, filters and documents.
    pub fn name(self) -> &'static str {
        match self {
            EdgeKind::Entry => "entry",
            EdgeKind::Route => "route",
            EdgeKind::MenuKey => "menuKey",
            EdgeKind::Intent => "intent",
            EdgeKind::Chance => "chance",
            EdgeKind::Return => "return",
            EdgeKind::Error => "error",
            EdgeKind::NoInput => "noInput",
            EdgeKind::Hours => "hours",
            EdgeKind::Staffing => "staffing",
            EdgeKind::Wait => "wait",
            EdgeKind::Exit => "exit",
        }
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<EdgeKind> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// One parameter (or a family of parameters) of a rule type.
#[derive(Clone, Copy, Debug)]
pub struct ParamSpec {
    /// Which names it covers.
    pub name: ParamName,
    /// Label of the form.
    pub label: &'static str,
    /// What it holds.
    pub kind: ParamKind,
    /// When it has to be there.
    pub required: Required,
    /// Value that a new rule gets.
    pub default: Option<&'static str>,
    /// When templates in it are rendered.
    pub templated: Templating,
    /// For references to rule sets and for exits: what following it means.
    pub edge: Option<EdgeKind>,
    /// Old data may hold it; it is kept and has no effect.
    pub retired: bool,
    /// What it is for.
    pub doc: &'static str,
}

impl ParamSpec {
    /// An optional parameter that is rendered once.
    pub(super) const fn new(
        name: ParamName,
        label: &'static str,
        kind: ParamKind,
        doc: &'static str,
    ) -> Self {
        let templated = match kind {
            ParamKind::Attributes | ParamKind::States | ParamKind::Behaviours => Templating::Items,
            _ => Templating::Once,
        };
        ParamSpec {
            name,
            label,
            kind,
            required: Required::Never,
            default: None,
            templated,
            edge: None,
            retired: false,
            doc,
        }
    }
    pub(super) const fn required(mut self) -> Self {
        self.required = Required::Always;
        self
    }
    pub(super) const fn editor(mut self) -> Self {
        self.required = Required::Editor;
        self
    }
    pub(super) const fn when(mut self, condition: Condition) -> Self {
        self.required = Required::When(condition);
        self
    }
    pub(super) const fn editor_when(mut self, condition: Condition) -> Self {
        self.required = Required::EditorWhen(condition);
        self
    }
    pub(super) const fn default(mut self, value: &'static str) -> Self {
        self.default = Some(value);
        self
    }
    pub(super) const fn deferred(mut self) -> Self {
        self.templated = Templating::Deferred;
        self
    }
    pub(super) const fn edge(mut self, edge: EdgeKind) -> Self {
        self.edge = Some(edge);
        self
    }
    pub(super) const fn retired(mut self) -> Self {
        self.retired = true;
        self
    }

    /// Whether this names a rule set.
    pub fn is_rule_set(&self) -> bool {
        self.kind == ParamKind::RuleSet
    }

    /// Whether the value is something that customers read or hear.
    pub fn is_message(&self) -> bool {
        self.kind == ParamKind::Message
    }
}

/// A mention of another thing in a parameter of a rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reference<'a> {
    /// Name of the parameter.
    pub param: &'a Text,
    /// What follows the declared prefix: the key, the intent, the number of the option.
    pub suffix: &'a str,
    /// The name that is referred to, or the template that makes it.
    pub target: &'a Text,
    /// What kind of thing it names.
    pub kind: ParamKind,
    /// What following it means.
    pub edge: Option<EdgeKind>,
    /// The name is a template: known only when the rule runs.
    pub dynamic: bool,
}
