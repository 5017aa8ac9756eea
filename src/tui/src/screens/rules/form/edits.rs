//! What keys do to the rule: typing, picking, adding, removing and moving.

use std::fmt::Write as _;

use connect_rules_engine::kinds::{ParamKind, RuleType, Surroundings, check_rule};
use connect_rules_engine::prompt;
use connect_rules_engine::value::{Text, Value};

use super::preview::{self, AskState, SampleState};
use super::rows::{self, At, BEHAVIOURS, WEIGHTS};
use super::{RuleForm, fields, picks, ssml};
use crate::keys;
use crate::message::{Effect, Level};
use crate::overlay::{Candidate, Choose, Chosen, Edit, Explain, Submit};
use crate::screen::{Cx, Request, ScreenId, Target};
use crate::widgets::form::{Field, Form, Kind};

/// A state that was typed for the preview.
pub(super) struct StateTyped(pub SampleState);

impl RuleForm {
    /// Takes what the focused field holds into the rule.
    pub(super) fn typed(&mut self, cx: &mut Cx<'_>) {
        let Some(field) = self.form.focused() else { return };
        let (id, value, kind) = (field.id.clone(), field.value(), field.kind.clone());
        let rule = &mut self.work.rule;
        match id.as_str() {
            "name" => rule.name = Text::from(value.as_str()),
            "enabled" => rule.enabled = value == "true",
            "priority" => rule.priority = Text::from(value.as_str()),
            "activation" => rule.activation = Some(Text::from(value.as_str())),
            "description" => rule.description = Text::from(value.as_str()),
            "type" => self.work.retype(&value),
            _ => rule.params.insert(id.as_str(), Value::from(value.as_str())),
        }
        self.touched.insert(id.clone());
        self.unwritten = self.unwritten.saturating_add(1);
        match kind {
            Kind::Choice(_) if id == "type" => {
                self.fresh(cx);
                self.form.focus_on("type");
            }
            Kind::Line => {}
            Kind::Area(rows) if rows >= fields::rows_of(&value) => {}
            _ => self.rebuild(cx),
        }
        self.check(cx);
    }

    /// Finds what is wrong, marks it and makes the preview.
    pub(super) fn check(&mut self, cx: &Cx<'_>) {
        let built = self.work.built();
        let catalogue = cx.data.map(|data| data.workspace.catalogue());
        let catalogue = catalogue.filter(|it| it.config.contains_key("Queues"));
        let exists = |name: &str| cx.data.is_none_or(|data| data.rule_set_named(name).is_some());
        let around = Surroundings { catalogue, rule_set_exists: &exists, templates: true };
        let old_name = self.base.as_ref().is_some_and(|(rule, _)| rule.name == built.name);
        self.problems.clear();
        for (_, problem) in check_rule(&built, &around) {
            if !(problem.place == "name" && old_name) {
                let field = fields::of_place(&problem.place, self.form.fields());
                self.problems.push((field, format!("{}; {}", problem.what, problem.fix)));
            }
        }
        let set = cx.data.and_then(|data| data.rule_set(&self.rule_set_id));
        let taken = |it: &&connect_rules_engine::model::Rule| it.name == built.name && it.id != built.id;
        if !old_name && set.is_some_and(|set| set.rules.iter().any(|it| taken(&it))) {
            let why = format!("this rule set has a rule {} already; choose another name", built.name);
            self.problems.push(("name".to_owned(), why));
        }
        self.mark();
        self.show(cx);
    }

    /// Puts errors and warnings on their fields. New forms complain only of what was touched.
    pub(super) fn mark(&mut self) {
        let all = self.attempted || self.base.is_some();
        let errors: Vec<_> = self
            .problems
            .iter()
            .filter(|(id, _)| all || self.touched.contains(id) || id.starts_with("row/"))
            .cloned()
            .collect();
        self.form.set_errors(&errors);
        let warnings: Vec<(String, String)> = self
            .findings
            .iter()
            .map(|it| (fields::of_place(&it.part, self.form.fields()), format!("{} ({})", it.what, it.code)))
            .collect();
        let ids: Vec<(String, bool)> = self
            .form
            .fields()
            .iter()
            .map(|field| (field.id.clone(), matches!(field.kind, Kind::Area(_))))
            .collect();
        for (id, area) in ids {
            let message = area && self.kind_of(&id) == Some(ParamKind::Message);
            if let Some(field) = self.form.field_mut(&id) {
                let lint = || {
                    warnings.iter().find(|(at, _)| *at == id && at != "type").map(|(_, what)| what.clone())
                };
                let markup = if message { ssml::problem(&field.value()) } else { None };
                field.warning = markup.or_else(lint);
            }
        }
    }

    pub(super) fn kind_of(&self, id: &str) -> Option<ParamKind> {
        fields::param_kind(&self.work, id)
    }

    /// Makes the preview of the focused message, or of the one that was shown last.
    pub(super) fn show(&mut self, cx: &Cx<'_>) {
        let is_message = |id: &str| self.kind_of(id) == Some(ParamKind::Message);
        let focused = self.form.focused().map(|field| field.id.clone()).filter(|id| is_message(id));
        let known = self.message_field.clone().filter(|id| self.form.field(id).is_some() && is_message(id));
        let first = || self.form.fields().iter().map(|field| field.id.clone()).find(|id| is_message(id));
        let found = focused.or(known).or_else(first);
        self.message_field = found;
        let Some(field) = self.message_field.as_ref().and_then(|id| self.form.field(id)) else {
            self.shown = (String::new(), Vec::new(), String::new());
            return;
        };
        let workspace = cx.data.map(|data| &*data.workspace);
        let (lines, note) = preview::message(&field.value(), &self.sample, workspace, cx.session.clock.now());
        self.shown = (field.label.clone(), lines, note);
    }

    /// Enter: acts where there is something to act on, else goes to the next field.
    pub(super) fn enter(&mut self, cx: &mut Cx<'_>) -> bool {
        let acts = self.form.focused().is_some_and(|field| {
            matches!(field.kind, Kind::Pick | Kind::Choice(_) | Kind::Button | Kind::Row) && !field.fixed
        });
        if acts {
            return self.press(crossterm::event::KeyCode::Enter, cx);
        }
        let before = self.form.focused().map(|field| field.id.clone());
        self.form.step(true);
        self.after(before, cx);
        true
    }

    /// Lists candidates for a field.
    pub(super) fn pick(&mut self, id: &str, cx: &mut Cx<'_>) {
        let Some(field) = self.form.field(id) else { return };
        let value = field.value();
        let choose = if let Kind::Choice(options) = &field.kind {
            let about = |name: &str| {
                connect_rules_engine::kinds::kind(&RuleType::parse(name)).map_or("", |kind| kind.summary)
            };
            let list = options.iter().map(|it| {
                let plain = Candidate::plain(it.as_str());
                if id == "type" { plain.detail(about(it)) } else { plain }
            });
            Choose::new(field.label.clone(), id, cx.me(), list.collect()).at(&value)
        } else {
            let Some(kind) = self.kind_of(id) else { return };
            let candidates = picks::of(kind, cx.data);
            if candidates.is_empty() && kind != ParamKind::Message {
                cx.toast(Level::Note, "there is nothing to list for this field");
                return;
            }
            Choose::new(field.label.clone(), id, cx.me(), candidates).at(&value).free()
        };
        cx.open(choose);
    }

    /// A button or a row was pressed.
    pub(super) fn pressed(&mut self, id: &str, cx: &mut Cx<'_>) {
        if let Some(at) = At::parse(id) {
            return self.open_row(at, cx);
        }
        match id {
            "add/dtmf" => {
                let free = |digit: &u8| self.work.rule.params.get(&format!("dtmf{digit}")).is_none();
                let keys = (0..=9u8).filter(free).map(|digit| Candidate::plain(digit.to_string()));
                let choose = Choose::new("Add key", "add/dtmf", cx.me(), keys.collect());
                cx.open(choose);
            }
            "add/intent" => {
                let bot = self.form.value("lexBotName");
                let known = picks::intents(&bot, cx.data, cx.session);
                let new = known
                    .into_iter()
                    .filter(|intent| self.work.rule.params.get(&format!("intentRuleSet_{intent}")).is_none());
                let title =
                    if bot.is_empty() { "Add intent".to_owned() } else { format!("Intents of {bot}") };
                let choose = Choose::new(title, "add/intent", cx.me(), new.map(Candidate::plain).collect());
                cx.open(choose.free());
            }
            "add/share" => {
                let number = self.work.shares();
                self.work.add_share();
                self.restructured(&format!("ruleSetName{number}"), cx);
            }
            other => {
                if let Some(list) = self.list_at(other) {
                    let row = self.len_of(&list);
                    self.open_row(At { list, row, weight: None }, cx);
                }
            }
        }
    }

    /// Commands of the form that edit. Tells whether it was one.
    pub(super) fn edit_command(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        let id = self.form.focused().map(|field| field.id.clone()).unwrap_or_default();
        let at = At::parse(&id);
        match command {
            "rule.preview" => Self::pick_sample(cx),
            "rule.weight" => {
                let row = self.work.rule.weights.len();
                self.open_row(At { list: WEIGHTS.to_owned(), row, weight: None }, cx);
            }
            "rule.pick" => self.pick(&id, cx),
            "rule.go" => self.go(&id, cx),
            "rule.remove" | "rule.row.delete" => self.remove(&id, cx),
            "rule.row.add" => {
                if let Some(list) = self.list_at(&id) {
                    let inner = at.as_ref().filter(|at| at.weight.is_some()).map(|at| at.row);
                    match inner {
                        Some(row) => self.open_row(At { list, row, weight: Some(usize::MAX) }, cx),
                        None => self.pressed(&format!("add/{list}"), cx),
                    }
                }
            }
            "rule.row.weight" => match at {
                Some(at) if at.list == BEHAVIOURS => {
                    self.open_row(At { weight: Some(usize::MAX), ..at }, cx);
                }
                _ => cx.toast(Level::Note, "only in-queue behaviours have weights of their own"),
            },
            "rule.row.up" | "rule.row.down" => {
                if let Some(at) = at {
                    self.shift(&at, command == "rule.row.up", cx);
                }
            }
            "rule.row.json" => match self.list_at(&id) {
                Some(list) if list != WEIGHTS => {
                    let form = rows::list_form(cx.me(), &list, &self.work.items(&list));
                    cx.open(form);
                }
                _ => cx.toast(Level::Note, "weights are edited one by one"),
            },
            _ => return false,
        }
        true
    }

    /// An answer of a list: a value for a field, or what a button asked for.
    pub(super) fn chosen(&mut self, chosen: &Chosen, cx: &mut Cx<'_>) {
        match chosen.tag.as_str() {
            "leave" => self.left(&chosen.value, cx),
            "preview" => self.sampled(&chosen.value, cx),
            "add/dtmf" => {
                let name = format!("dtmf{}", chosen.value);
                self.work.rule.params.insert(name.as_str(), Value::from(""));
                self.restructured(&name, cx);
            }
            "add/intent" => {
                let name = format!("intentRuleSet_{}", chosen.value.trim());
                if !chosen.value.trim().is_empty() {
                    self.work.rule.params.insert(name.as_str(), Value::from(""));
                    if self.work.rule.rule_type == RuleType::TextInference
                        && &*chosen.value != "FallbackIntent"
                    {
                        let confidence = format!("intentConfidence_{}", chosen.value.trim());
                        self.work.rule.params.insert(confidence, Value::from("1.0"));
                    }
                    self.restructured(&name, cx);
                }
            }
            id => {
                if let Some(field) = self.form.field_mut(id) {
                    field.set(&chosen.value);
                    self.form.focus_on(id);
                    self.typed(cx);
                }
            }
        }
    }

    /// Goes to what the field names; the form stays as a draft.
    fn go(&mut self, id: &str, cx: &mut Cx<'_>) {
        let name = self.form.value(id);
        let target = match self.kind_of(id) {
            Some(ParamKind::RuleSet) => {
                let set = cx.data.and_then(|data| data.rule_set_named(&name)).and_then(|set| set.id.clone());
                set.map(Target::RuleSet)
            }
            Some(ParamKind::Queue | ParamKind::Function) if !name.is_empty() => {
                Some(Target::Admin("connect", Text::from(name.as_str())))
            }
            _ => None,
        };
        let Some(target) = target else {
            cx.toast(Level::Note, "this field names nothing to go to");
            return;
        };
        if self.work.changes() > 0 {
            if self.draft_path.is_none() {
                cx.toast(Level::Bad, "save or leave the form first: there is no folder for drafts");
                return;
            }
            self.keep(cx);
            cx.toast(Level::Note, "the form is kept as a draft; open the rule again to go on");
        }
        cx.close();
        cx.go(target);
    }

    fn pick_sample(cx: &mut Cx<'_>) {
        let candidates = vec![
            Candidate::plain("empty").detail("no state at all"),
            Candidate::plain("last call").detail("state of the latest call in Simulate"),
            Candidate::plain("typed").detail("a JSON object typed by hand"),
        ];
        let choose = Choose::new("Preview state", "preview", cx.me(), candidates);
        cx.open(choose);
    }

    fn sampled(&mut self, which: &str, cx: &mut Cx<'_>) {
        match which {
            "empty" => self.look_with(SampleState::empty(), cx),
            "last call" => {
                cx.toast(
                    Level::Note,
                    "Simulate is asked for its latest call; the preview changes if there is one",
                );
                let owner = cx.me();
                cx.send(ScreenId::Simulate, AskState(owner));
            }
            _ => {
                let owner = cx.me();
                let text = serde_json::to_string_pretty(&Value::from(self.sample.state.clone()));
                let field = Field::new("state", "State", Kind::Area(12), &text.unwrap_or_default())
                    .hint("A JSON object such as {\"Customer\": {\"Tier\": \"gold\"}}");
                let edit = Edit::new("State for the preview", Form::new(vec![field]), move |form, cx| {
                    match SampleState::typed(&form.value("state")) {
                        Ok(state) => {
                            cx.requests.push(Request::Answer(owner, Box::new(StateTyped(state))));
                            Submit::Done
                        }
                        Err(why) => Submit::Refused(why),
                    }
                });
                cx.open(edit.check(|form, _| {
                    let wrong = SampleState::typed(&form.value("state")).err();
                    wrong.map(|why| ("state".to_owned(), why)).into_iter().collect()
                }));
            }
        }
    }

    pub(super) fn look_with(&mut self, sample: SampleState, cx: &mut Cx<'_>) {
        self.sample = sample;
        self.rebuild(cx);
        self.check(cx);
    }

    fn left(&mut self, how: &str, cx: &mut Cx<'_>) {
        match how {
            "Keep draft" => {
                self.keep(cx);
                cx.toast(Level::Note, "the draft is kept; open the rule again to go on");
                cx.close();
            }
            "Discard" => {
                if let Some(path) = &self.draft_path {
                    cx.effects.push(Effect::RemoveFile(path.clone()));
                }
                cx.close();
            }
            _ => {}
        }
    }

    /// The keys of the form and what they do.
    pub(super) fn help(&mut self, cx: &mut Cx<'_>) {
        use crate::overlay::Dialog as _;
        let mut text = String::new();
        for binding in keys::at(self.place()).iter().filter(|it| it.place.starts_with("dialog")) {
            let _ = writeln!(text, "{:<12} {}", binding.keys.join(" "), binding.about);
        }
        text.push_str(
            "tab, ↑ ↓     Go to the next or previous field; in a message ↑ ↓ move in the text first\n",
        );
        text.push_str("enter        List what can be chosen, open a row, or go to the next field\n");
        text.push_str("space ← →    Turn a yes/no field, change a choice");
        cx.open(Explain::new("Keys of the rule form", text));
    }

    /// Whether a message names a prompt, for the preview.
    pub(super) fn names_prompt(&self) -> bool {
        let text = self.message_field.as_ref().map(|id| self.form.value(id)).unwrap_or_default();
        matches!(prompt::kind(&text), prompt::Kind::Prompt(_))
    }
}
