//! The rule that is being edited: everything that was typed for any type, and the rule that saving would
//! write now. Driven by the declarations of the engine only.

use connect_rules_engine::compat::Compat;
use connect_rules_engine::export;
use connect_rules_engine::kinds::{Condition, ParamKind, ParamName, ParamSpec, Required, kind, param_spec};
use connect_rules_engine::model::{Params, Rule, RuleSet};
use connect_rules_engine::value::{Text, Value, text_number, trim};

/// Parameters that the form keeps itself: how many shares, mapped intents and wrong inputs there are.
const KEPT: [&str; 4] = ["errorCount", "intentCount", "currentIndex", "optionCount"];

/// The rule that is being edited.
#[derive(Clone, Debug)]
pub struct Work {
    /// The rule as it was when the form was opened; none for a new one.
    pub opened: Option<Rule>,
    /// Head and weights as typed; parameters of every type that was chosen meanwhile.
    pub rule: Rule,
}

/// Whether the form shows no field for a parameter because it keeps it itself.
pub fn is_kept(spec: &ParamSpec) -> bool {
    KEPT.contains(&spec.name.stem())
}

/// Whether a parameter holds a list that is edited row by row.
pub fn is_list(kind: ParamKind) -> bool {
    matches!(kind, ParamKind::Attributes | ParamKind::States | ParamKind::Behaviours)
}

impl Work {
    /// A stored rule.
    pub fn of(rule: &Rule) -> Self {
        Work { opened: Some(rule.clone()), rule: rule.clone() }
    }

    /// A new rule of a type.
    pub fn new(rule_type: connect_rules_engine::kinds::RuleType) -> Self {
        let rule = Rule {
            id: None,
            name: Text::default(),
            description: Text::default(),
            priority: Text::from("0"),
            activation: Some(Text::from("0")),
            rule_type,
            enabled: true,
            params: Params::default(),
            weights: Vec::new(),
        };
        Work { opened: None, rule }
    }

    /// The rule as it was opened, if its type is still the same.
    fn same(&self) -> Option<&Rule> {
        self.opened.as_ref().filter(|opened| opened.rule_type == self.rule.rule_type)
    }

    /// What a field of that parameter shows.
    pub fn shown(&self, spec: &ParamSpec, name: &str) -> String {
        match self.rule.params.get(name).filter(|value| self.fits(spec, value)) {
            Some(value) if value.is_nil() => String::new(),
            Some(value) => value.text().to_string(),
            None if self.same().is_some() => String::new(),
            None => spec.default.unwrap_or_default().to_owned(),
        }
    }

    /// A choice that another type left behind may be none of this one's.
    fn fits(&self, spec: &ParamSpec, value: &Value) -> bool {
        match spec.kind {
            ParamKind::Choice(choices) if self.same().is_none() => {
                value.as_str().is_some_and(|text| choices.contains(&text))
            }
            _ => is_list(spec.kind) == value.as_array().is_some() || self.same().is_some(),
        }
    }

    /// Text of a parameter as it would be saved.
    fn text(&self, name: &str) -> String {
        let spec = param_spec(kind(&self.rule.rule_type), name);
        spec.map_or_else(String::new, |(spec, _)| self.shown(spec, name))
    }

    /// Whether a parameter is shown and saved: its condition, if it has one, holds.
    pub fn wanted(&self, spec: &ParamSpec, suffix: &str) -> bool {
        let (Required::When(condition) | Required::EditorWhen(condition)) = spec.required else {
            return true;
        };
        match condition {
            Condition::Is(param, text) => self.text(param) == text,
            Condition::IsNot(param, text) => self.text(param) != text,
            Condition::AtLeast(param, least) => {
                text_number(&self.text(param)).is_some_and(|n| n >= f64::from(least))
            }
            Condition::NumberBelow(param) => {
                let own = text_number(suffix).unwrap_or(f64::INFINITY);
                text_number(&self.text(param)).is_some_and(|count| own < count)
            }
            Condition::Beside(prefix) => !trim(&self.text(&format!("{prefix}{suffix}"))).is_empty(),
        }
    }

    /// Names of a family of parameters that were typed, in their order.
    pub fn family(&self, name: ParamName) -> Vec<String> {
        let names = self.rule.params.iter().map(|(param, _)| param.to_string());
        let mut found: Vec<String> = names.filter(|param| name.suffix_of(param).is_some()).collect();
        if let ParamName::Numbered(prefix, ..) = name {
            found.sort_by_key(|param| param[prefix.len()..].parse::<u8>().unwrap_or(u8::MAX));
        }
        found
    }

    /// Items of a list parameter.
    pub fn items(&self, name: &str) -> Vec<Value> {
        self.rule.params.get(name).and_then(Value::as_array).unwrap_or_default().to_vec()
    }

    /// Another type; parameters of the same names keep what was typed, those of others come back with it.
    pub fn retype(&mut self, name: &str) {
        self.rule.rule_type = connect_rules_engine::kinds::RuleType::parse(name);
    }

    /// The rule that saving writes.
    pub fn built(&self) -> Rule {
        let mut params = Params::default();
        let kind = kind(&self.rule.rule_type);
        let mut names: Vec<String> = self
            .same()
            .map_or_else(Vec::new, |rule| rule.params.iter().map(|(k, _)| k.to_string()).collect());
        for spec in kind.map_or(&[][..], |kind| kind.params).iter().filter(|spec| !spec.retired) {
            match spec.name {
                ParamName::Exact(name) => names.push(name.to_owned()),
                family => names.extend(self.family(family)),
            }
        }
        for name in names {
            if params.get(&name).is_none()
                && let Some(value) = self.built_param(&name)
            {
                params.insert(name.as_str(), value);
            }
        }
        Rule { params, ..self.rule.clone() }
    }

    fn built_param(&self, name: &str) -> Option<Value> {
        let stored = self.same().and_then(|rule| rule.params.get(name));
        let typed = self.rule.params.get(name);
        let (spec, suffix) = match param_spec(kind(&self.rule.rule_type), name) {
            Some((spec, suffix)) if !spec.retired => (spec, suffix),
            // Retired and unknown parameters stay as they are while the type does.
            _ => return stored.and(typed).cloned(),
        };
        if is_kept(spec) {
            return self.kept(name, spec, stored);
        }
        if !self.wanted(spec, suffix) {
            let unwanted_before = self.same().is_some_and(|opened| !Work::of(opened).wanted(spec, suffix));
            return stored.filter(|value| Some(*value) == typed && unwanted_before).cloned();
        }
        if is_list(spec.kind) {
            let empty = matches!(spec.kind, ParamKind::Behaviours) && self.same().is_none();
            return typed
                .filter(|value| self.fits(spec, value))
                .cloned()
                .or_else(|| empty.then(|| Value::from(Vec::new())));
        }
        let typed = typed.filter(|value| self.fits(spec, value));
        match typed {
            Some(value) if !value.text().is_empty() && !value.is_nil() => Some(value.clone()),
            Some(value) if stored == Some(value) => Some(value.clone()),
            Some(_) => {
                let member = !matches!(spec.name, ParamName::Exact(_));
                (!member && (stored.is_some() || spec.default.is_some())).then(|| Value::from(""))
            }
            None if self.same().is_some() => None,
            None => spec.default.map(Value::from),
        }
    }

    fn kept(&self, name: &str, spec: &ParamSpec, stored: Option<&Value>) -> Option<Value> {
        let mapped = |rule: &Rule| {
            let filled = |(name, value): &(&Text, &Value)| {
                name.starts_with("intentRuleSet_") && !value.text().is_empty()
            };
            rule.params.iter().filter(filled).count()
        };
        match name {
            "optionCount" => self.rule.params.get(name).cloned().or_else(|| Some(Value::from("0"))),
            "intentCount" => {
                let count = mapped(&self.rule);
                if self.same().is_some_and(|opened| mapped(opened) == count) {
                    return stored.cloned();
                }
                let counts = stored.is_some() || self.rule.rule_type.name() == "TextInference";
                counts.then(|| Value::from(count.to_string()))
            }
            _ if self.same().is_some() => stored.cloned(),
            _ => spec.default.map(Value::from),
        }
    }

    /// How many members, parameters and weights differ from what was opened.
    pub fn changes(&self) -> usize {
        let new;
        let opened = if let Some(opened) = &self.opened {
            opened
        } else {
            new = Work::new(self.rule.rule_type.clone()).built();
            &new
        };
        let built = self.built();
        let head = [
            opened.name != built.name,
            opened.description != built.description,
            opened.priority != built.priority,
            opened.activation != built.activation,
            opened.enabled != built.enabled,
            opened.rule_type != built.rule_type,
        ];
        let mut count = head.into_iter().filter(|differs| *differs).count();
        for (name, value) in built.params.iter() {
            count += usize::from(opened.params.get(name) != Some(value));
        }
        count += opened.params.iter().filter(|(name, _)| built.params.get(name).is_none()).count();
        let most = opened.weights.len().max(built.weights.len());
        count + (0..most).filter(|at| opened.weights.get(*at) != built.weights.get(*at)).count()
    }

    /// Takes out share number `at` of a distribution; those behind it move up.
    pub fn remove_share(&mut self, at: usize) {
        let count = self.shares();
        for number in at..count {
            for stem in ["ruleSetName", "percentage"] {
                let next = self.rule.params.get(&format!("{stem}{}", number + 1)).cloned();
                let name = format!("{stem}{number}");
                match next.filter(|_| number + 1 < count) {
                    Some(value) => self.rule.params.insert(name, value),
                    None => drop(self.rule.params.remove(&name)),
                }
            }
        }
        self.rule.params.insert("optionCount", Value::from(count.saturating_sub(1).to_string()));
    }

    /// Adds an empty share of a distribution.
    pub fn add_share(&mut self) {
        let count = self.shares();
        if count < 10 {
            self.rule.params.insert(format!("ruleSetName{count}"), Value::from(""));
            self.rule.params.insert(format!("percentage{count}"), Value::from(""));
            self.rule.params.insert("optionCount", Value::from((count + 1).to_string()));
        }
    }

    /// How many shares a distribution has.
    pub fn shares(&self) -> usize {
        let count = self.rule.params.get("optionCount").and_then(|value| text_number(&value.text()));
        count.unwrap_or(0.0).clamp(0.0, 10.0) as usize
    }
}

/// A rule as it stands in an export, as text.
pub fn exported(rule: &Rule) -> String {
    let set = RuleSet {
        id: None,
        name: Text::default(),
        description: Text::default(),
        enabled: true,
        end_points: Vec::new(),
        folder: Text::from("/"),
        rules: vec![rule.clone()],
    };
    let value = export::value(&set, Compat::Corrected);
    let mut text = serde_json::to_string_pretty(&value.member("rules").member("0")).unwrap_or_default();
    text.push('\n');
    text
}
