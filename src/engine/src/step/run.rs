//! A request under way: finding the next rule, starting it, and what rule types share.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use jiff::tz::TimeZone;

use super::reply::{Reply, Transfer};
use super::{Code, Contact, StepError, select};
use crate::compat::{Compat, Profile};
use crate::host::{Branch, Detail, Host, Question, RuleAt, Seen};
use crate::lex::{self, Recognition};
use crate::plan::{self, Export, Plan};
use crate::rules;
use crate::slots::Moment;
use crate::state::{Path, State};
use crate::template::{Budget, Leak, Root, Scope, Template, TemplateError, is_template};
use crate::value::{Map, Text, Value};
use crate::workspace::{Active, ActiveRule, Workspace};

/// Keys that the step machine writes often, made once.
pub(crate) struct Names {
    pub contact_id: Text,
    pub customer_phone_number: Text,
    pub original_customer_number: Text,
    pub current_rule_set: Text,
    pub current_rule: Text,
    pub current_rule_type: Text,
    pub rule_set_start: Text,
    pub rule_start: Text,
    pub next_rule_set: Text,
    pub return_stack: Text,
    pub phase: Text,
    pub error_count: Text,
    pub valid_input: Text,
    pub input: Text,
    pub confirm: Text,
    pub yes: Text,
    pub no: Text,
}

/// The one set of [`Names`].
pub(crate) static NAMES: LazyLock<Names> = LazyLock::new(|| Names {
    contact_id: Text::from("ContactId"),
    customer_phone_number: Text::from("CustomerPhoneNumber"),
    original_customer_number: Text::from("OriginalCustomerNumber"),
    current_rule_set: Text::from("CurrentRuleSet"),
    current_rule: Text::from("CurrentRule"),
    current_rule_type: Text::from("CurrentRuleType"),
    rule_set_start: Text::from("RuleSetStart"),
    rule_start: Text::from("RuleStart"),
    next_rule_set: Text::from("NextRuleSet"),
    return_stack: Text::from("ReturnStack"),
    phase: Text::from("CurrentRule_phase"),
    error_count: Text::from("CurrentRule_errorCount"),
    valid_input: Text::from("CurrentRule_validInput"),
    input: Text::from("input"),
    confirm: Text::from("confirm"),
    yes: Text::from("true"),
    no: Text::from("false"),
});

/// A request under way.
pub(crate) struct Run<'a, H> {
    pub workspace: &'a Workspace,
    pub contact: &'a mut Contact,
    pub host: &'a mut H,
    pub detail: Detail,
    /// The rule that answers.
    pub at: RuleAt,
}

/// State as rules see it: configuration rows of the catalogue lie over it where the profile says so (Q8).
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub state: &'a State,
    pub overlay: Option<&'a Map>,
    /// What `switch` left at the root in this request; nothing under corrected (Q11).
    pub leak: &'a Leak,
}

impl<'a> View<'a> {
    /// State and overlay of a contact.
    fn new(workspace: &'a Workspace, contact: &'a Contact) -> Self {
        View { state: &contact.state, overlay: workspace.overlay(), leak: &contact.leak }
    }

    /// The value at a path.
    pub fn lookup(&self, path: &Path) -> Cow<'a, Value> {
        if let Some(left) = self.leak.get(path.top()) {
            return Cow::Owned(path.rest().iter().fold(left, |value, segment| value.member(segment)));
        }
        if let Some(top) = self.overlay.and_then(|overlay| overlay.get(path.top())) {
            return Cow::Owned(path.rest().iter().fold(top.clone(), |value, segment| value.member(segment)));
        }
        self.state.lookup(path)
    }
}

/// State as templates see it; what `switch` leaves behind is the renderer's own business.
struct Rendered<'a> {
    state: &'a State,
    overlay: Option<&'a Map>,
}

impl Root for Rendered<'_> {
    fn get(&self, key: &str) -> Option<&Value> {
        self.overlay.and_then(|overlay| overlay.get(key)).or_else(|| self.state.get(key))
    }

    fn to_map(&self) -> Map {
        let mut map: Map = self.state.iter().map(|(k, v)| (Text::clone(k), v.clone())).collect();
        for (k, v) in self.overlay.into_iter().flatten() {
            map.insert(Text::clone(k), v.clone());
        }
        map
    }
}

/// What selection came to.
pub(crate) enum Selected {
    /// A rule fires.
    Rule,
    /// No rule fires and there is nothing to return to: an error on the test and live path, the end on the
    /// API path (Q10).
    Nothing(StepError),
}

/// A frame of the return stack.
struct Frame {
    rule_set: Text,
    rule: Text,
}

impl<'a, H: Host> Run<'a, H> {
    pub fn new(workspace: &'a Workspace, contact: &'a mut Contact, host: &'a mut H) -> Self {
        let detail = host.detail();
        Run { workspace, contact, host, detail, at: RuleAt { rule_set: 0, rule: 0 } }
    }

    /// State as rules see it.
    pub fn view(&self) -> View<'_> {
        View::new(self.workspace, self.contact)
    }

    pub fn is_original(&self) -> bool {
        self.workspace.options().compat == Compat::Original
    }

    /// Whether the contact is a real one.
    pub fn is_live(&self) -> bool {
        self.workspace.options().profile == Profile::Live
    }

    pub fn active(&self) -> &'a Active {
        self.workspace.active(self.at.rule_set)
    }

    pub fn rule(&self) -> &'a ActiveRule {
        &self.active().rules[self.at.rule as usize]
    }

    // --- state -------------------------------------------------------------------------------------

    /// Writes a top-level key by the update rules of 4.1.
    pub fn set(&mut self, key: &Text, value: impl Into<Value>) {
        self.contact.state.set(key, value.into());
    }

    /// Writes a dotted path by the update rules of 4.1.
    pub fn update(&mut self, path: &str, value: impl Into<Value>) {
        self.contact.state.update_text(path, value.into());
    }

    /// Removes a top-level key.
    pub fn remove(&mut self, key: &str) {
        self.contact.state.remove(key);
    }

    /// Writes the contact clock as a timestamp.
    pub fn stamp(&mut self, key: &Text) {
        let now = self.contact.timestamp();
        self.contact.state.set(key, Value::String(now));
    }

    /// The value of a state key; undefined if it is not there.
    pub fn get(&self, key: &str) -> Value {
        self.contact.state.get(key).cloned().unwrap_or_default()
    }

    /// The text of a state key; nothing if it is missing or empty.
    pub fn text(&self, key: &str) -> Option<Text> {
        self.contact.state.get(key).filter(|v| !v.is_empty_string()).map(Value::text)
    }

    /// Whether a state key holds exactly this text.
    pub fn is(&self, key: &str, text: &str) -> bool {
        self.contact.state.get(key).and_then(Value::as_str) == Some(text)
    }

    // --- rendering ---------------------------------------------------------------------------------

    /// Renders a deferred template against the present state.
    pub fn render_text(&mut self, key: &str, text: &Value) -> Result<Value, StepError> {
        self.render_against(key, text, None)
    }

    /// Renders a deferred template against the present state, or against a copy of it.
    pub fn render_against(
        &mut self,
        key: &str,
        text: &Value,
        state: Option<&State>,
    ) -> Result<Value, StepError> {
        let Value::String(source) = text else { return Ok(text.clone()) };
        if !is_template(source) {
            return Ok(text.clone());
        }
        let template = Template::parse(source).map_err(|e| StepError::template(key, &e))?;
        let view =
            Rendered { state: state.unwrap_or(&self.contact.state), overlay: self.workspace.overlay() };
        let draws = &mut self.contact.draws;
        let mut draw = || draws.draw();
        let mut scope = scope(self.workspace, self.contact.clock, &mut draw, &mut self.contact.leak);
        template.render(&view, &mut scope).map(Value::from).map_err(|e| StepError::template(key, &e))
    }

    // --- observing ---------------------------------------------------------------------------------

    /// Tells an observer that a branch was taken.
    pub fn took(&mut self, branch: Branch<'_>) {
        if self.detail >= Detail::Coverage {
            self.host.observe(&Seen::Took { rule: self.at, branch });
        }
    }

    /// Tells an observer that a reference parameter was used.
    pub fn used(&mut self, param: &str, target: &Value) {
        if self.detail >= Detail::Coverage {
            self.host.observe(&Seen::Used { rule: self.at, param, target: &target.text() });
        }
    }

    // --- moving on ---------------------------------------------------------------------------------

    /// Sends the contact to another rule set with the next request.
    pub fn go_to(&mut self, param: &str, target: &Value) {
        self.used(param, target);
        self.set(&NAMES.next_rule_set, target.clone());
    }

    /// 6.4 step 1: enters the rule set that an earlier rule chose.
    pub fn enter_next_rule_set(&mut self) {
        let Some(next) = self.text(&NAMES.next_rule_set) else { return };
        self.set(&NAMES.current_rule_set, Value::String(Text::clone(&next)));
        self.stamp(&NAMES.rule_set_start);
        self.remove(&NAMES.next_rule_set);
        self.remove(&NAMES.current_rule);
        if self.is_live() {
            self.remove(&NAMES.current_rule_type);
            self.remove(&NAMES.rule_start);
        }
        if self.detail >= Detail::Coverage
            && let Some(rule_set) = self.workspace.find(&next)
        {
            self.host.observe(&Seen::Entered { rule_set });
        }
    }

    /// The enabled rule set of a name.
    pub fn find_rule_set(&self, name: &Value) -> Result<u32, StepError> {
        name.as_str().and_then(|name| self.workspace.find(name)).ok_or_else(|| {
            let code = if name.is_nil() { Code::UnknownContact } else { Code::NoNextRule };
            StepError::new(
                code,
                format!("ContactId: {} Failed to find rule set for name: {name}", self.contact.id),
            )
        })
    }

    /// 6.5: selects the next activated rule, starts and executes it.
    pub fn next(&mut self) -> Result<Reply, StepError> {
        if let Selected::Nothing(error) = self.select_next()? {
            return Err(error);
        }
        self.begin()?;
        self.contact.state.checkpoint();
        let reply = rules::execute(self)?;
        if self.detail >= Detail::Coverage {
            self.host.observe(&Seen::Executed { rule: self.at });
        }
        Ok(reply)
    }

    /// Finds the next activated rule, returning to calling rule sets where one ends.
    pub fn select_next(&mut self) -> Result<Selected, StepError> {
        loop {
            let name = self.get(&NAMES.current_rule_set);
            let rule_set = self.find_rule_set(&name)?;
            let active = self.workspace.active(rule_set);
            let start = match self.text(&NAMES.current_rule) {
                None => 0,
                Some(rule) => active.find(&rule).ok_or_else(|| {
                    StepError::new(
                        Code::NoNextRule,
                        format!(
                            "Failed locate rule by name: [{rule}] on rule set: [{name}] for contact id: [{}]",
                            self.contact.id
                        ),
                    )
                })? + 1,
            };
            if start as usize >= active.rules.len() {
                if self.pop()? {
                    continue;
                }
                return Err(StepError::new(
                    Code::NoNextRule,
                    format!(
                        "Contact id: {} reached the end of a ruleset with no return stack: {name}",
                        self.contact.id
                    ),
                ));
            }
            if let Some(rule) = select::first_activated(self, rule_set, start)? {
                self.at = RuleAt { rule_set, rule };
                return Ok(Selected::Rule);
            }
            if !self.pop()? {
                return Ok(Selected::Nothing(StepError::new(
                    Code::NoNextRule,
                    format!(
                        "Contact id: {} failed to find next rule and had no return stack in ruleset: {name} with \
                         startIndex: {start}",
                        self.contact.id
                    ),
                )));
            }
        }
    }

    /// Takes the top of the return stack and goes back there; answers whether there was one.
    fn pop(&mut self) -> Result<bool, StepError> {
        let Some(Value::Array(stack)) = self.contact.state.get(&NAMES.return_stack) else { return Ok(false) };
        let Some(top) = stack.last() else { return Ok(false) };
        let frame = Frame { rule_set: top.member("ruleSetName").text(), rule: top.member("ruleName").text() };
        let mut rest = Arc::clone(stack);
        Arc::make_mut(&mut rest).pop();
        self.contact.state.set_raw(&NAMES.return_stack, Value::Array(rest));
        let rule_set = self.find_rule_set(&Value::String(Text::clone(&frame.rule_set)))?;
        let rule = self.workspace.active(rule_set).find(&frame.rule).ok_or_else(|| {
            StepError::new(
                Code::NoNextRule,
                format!(
                    "Failed to find rule: {} on rule set: {} for contact id: {}",
                    frame.rule, frame.rule_set, self.contact.id
                ),
            )
        })?;
        self.set(&NAMES.current_rule_set, Value::String(frame.rule_set));
        self.set(&NAMES.current_rule, Value::String(frame.rule));
        if self.detail >= Detail::Coverage {
            let rule = RuleAt { rule_set, rule };
            self.host.observe(&Seen::Returned { rule });
            self.host.observe(&Seen::Took { rule, branch: Branch::Return });
        }
        Ok(true)
    }

    /// Renders, looks up and exports the parameters of the selected rule.
    pub fn begin(&mut self) -> Result<(), StepError> {
        let rule = self.rule();
        let rendered;
        let exports: &[Export] = match &rule.plan {
            Plan::Fixed(Ok(exports)) => exports,
            Plan::Fixed(Err(error)) => return Err(error.clone()),
            Plan::Rendered(params) => {
                rendered = self.render_params(rule, params)?;
                &rendered
            }
        };
        let state = &mut self.contact.state;
        state.remove_prefix("CurrentRule_");
        // The order of the original: old keys go, new ones come last.
        for name in [&NAMES.current_rule, &NAMES.current_rule_type, &NAMES.rule_start] {
            state.remove(name);
        }
        state.set(&NAMES.current_rule_type, Value::String(Text::clone(&rule.type_name)));
        state.set(&NAMES.current_rule, Value::String(Text::clone(&rule.name)));
        self.stamp(&NAMES.rule_start);
        for export in exports {
            if export.path.rest().is_empty() {
                self.contact.state.set_raw(export.path.top(), export.value.clone());
            } else {
                self.contact.state.update(&export.path, export.value.clone());
            }
        }
        Ok(())
    }

    fn render_params(&mut self, rule: &ActiveRule, params: &[plan::Param]) -> Result<Vec<Export>, StepError> {
        let view = Rendered { state: &self.contact.state, overlay: self.workspace.overlay() };
        let draws = &mut self.contact.draws;
        let mut draw = || draws.draw();
        let mut scope = scope(self.workspace, self.contact.clock, &mut draw, &mut self.contact.leak);
        plan::render(&rule.rule_type, params, self.workspace, |template| template.render(&view, &mut scope))
    }

    /// Where dates are checked: the contact clock in the call centre's zone; UTC under the original (8.4).
    pub fn moment(&self) -> Moment<'a> {
        let zone = if self.is_original() { None } else { self.workspace.zone() };
        Moment { now_ms: self.contact.clock, zone: zone.unwrap_or(const { &TimeZone::UTC }) }
    }

    // --- bots --------------------------------------------------------------------------------------

    /// Finds a bot by the short name that a rule holds.
    pub fn find_bot(&self, name: &Value) -> Result<&'a crate::catalogue::Bot, StepError> {
        self.workspace.catalogue().bot_by_simple_name(&name.text()).ok_or_else(|| {
            StepError::new(
                Code::LookupFailed,
                format!("LexUtils.findLexBotBySimpleName() could not find Lex bot by simple name: {name}"),
            )
        })
    }

    /// Asks a bot and reads its answer.
    pub fn ask(&mut self, bot: &crate::catalogue::Bot, text: &str) -> Result<Recognition, StepError> {
        let id = Text::clone(&self.contact.id);
        let question = Question { bot, contact_id: &id, text };
        let response =
            self.host.ask_bot(&question).map_err(|cause| StepError::new(Code::RuleFailed, cause))?;
        // The bot that confirms is named by no parameter.
        if self.detail >= Detail::Coverage && self.is("CurrentRule_lexBotName", &bot.simple_name) {
            self.host.observe(&Seen::Used { rule: self.at, param: "lexBotName", target: &bot.simple_name });
        }
        let recognition = lex::read(&response);
        // Live, the bot's own fulfilment hook writes to the store.
        if !self.is_original() && !self.is_live() {
            self.contact.remember_answer(bot, &recognition);
        }
        Ok(recognition)
    }

    // --- answering ---------------------------------------------------------------------------------

    /// An answer of the current rule with nothing but the common members.
    pub fn reply(&self, input_required: bool) -> Reply {
        let (active, rule) = (self.active(), self.rule());
        Reply {
            contact_id: Text::clone(&self.contact.id),
            rule_set: Text::clone(&active.name),
            rule_set_id: Text::clone(&active.id),
            folder: Text::clone(&active.folder),
            rule: Text::clone(&rule.name),
            rule_id: Text::clone(&rule.id),
            rule_type: Text::clone(&rule.type_name),
            input_required: Some(input_required),
            message: None,
            terminate: false,
            queue: None,
            transfer: None,
            data_type: None,
            lex_response: None,
            integration_status: None,
            integration_error_cause: None,
            disconnected: false,
        }
    }

    /// An answer with a message.
    pub fn say(&self, message: Value, input_required: bool) -> Reply {
        Reply {
            message: Some(message).filter(|m| !matches!(m, Value::Undefined)),
            ..self.reply(input_required)
        }
    }

    /// An answer that sends the contact to an external number.
    pub fn transfer(&self, number: Text, resume: bool) -> Reply {
        Reply { transfer: Some(Transfer { number, resume }), ..self.reply(false) }
    }
}

/// What rendering may use besides state.
pub(crate) fn scope<'s>(
    workspace: &Workspace,
    clock: i64,
    draws: &'s mut dyn FnMut() -> f64,
    leak: &'s mut Leak,
) -> Scope<'s> {
    Scope {
        now: clock,
        zone: workspace.zone().cloned(),
        draws,
        leak: (workspace.options().compat == Compat::Original).then_some(leak),
        budget: Budget::default(),
    }
}

/// Renders a template for a weight.
pub(crate) fn render_weight<H: Host>(
    run: &mut Run<'_, H>,
    template: &Template,
) -> Result<String, TemplateError> {
    let view = Rendered { state: &run.contact.state, overlay: run.workspace.overlay() };
    let draws = &mut run.contact.draws;
    let mut draw = || draws.draw();
    let mut scope = scope(run.workspace, run.contact.clock, &mut draw, &mut run.contact.leak);
    template.render(&view, &mut scope)
}
