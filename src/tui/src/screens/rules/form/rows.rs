//! Rows of a rule: its weights, attributes, states and in-queue behaviours, and the small forms that edit one.

use connect_rules_engine::kinds::weights::weight_problems;
use connect_rules_engine::kinds::{RuleType, Surroundings, check_rule};
use connect_rules_engine::model::{Params, Rule, Weight};
use connect_rules_engine::template::{self, is_template};
use connect_rules_engine::value::{Map, Text, Value, text_number};
use connect_rules_engine::weight::Operation;

use super::picks;
use super::work::Work;
use crate::clean;
use crate::message::Owner;
use crate::overlay::{Edit, Submit};
use crate::screen::Request;
use crate::widgets::form::{Field, Form, Kind};

/// The list of weights among the lists of a rule.
pub const WEIGHTS: &str = "weights";
/// The list of in-queue behaviours.
pub const BEHAVIOURS: &str = "queueBehaviours";

/// The kinds of in-queue behaviours.
const SORTS: [&str; 8] = ["Message", "DTMF", "SMS", "UpdateState", "GOTO", "Return", "Continue", "Terminate"];

/// Members of an in-queue behaviour: name, label, the kinds that have it.
const MEMBERS: [(&str, &str, &[&str]); 6] = [
    ("message", "Message", &["Message", "DTMF", "SMS"]),
    ("phone", "Phone", &["SMS"]),
    ("outputKey", "Output key", &["DTMF", "UpdateState"]),
    ("value", "Value", &["UpdateState"]),
    ("index", "Go to number", &["GOTO"]),
    ("returnFlag", "Come back", &["GOTO"]),
];

/// Where a row is: its list, its number, and the number of its weight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At {
    /// `weights` or the name of a list parameter.
    pub list: String,
    /// Number in the list.
    pub row: usize,
    /// Number of a weight of that behaviour.
    pub weight: Option<usize>,
}

impl At {
    /// The row of a field.
    pub fn parse(id: &str) -> Option<At> {
        let mut parts = id.strip_prefix("row/")?.split('/');
        let list = parts.next()?.to_owned();
        let row = parts.next()?.parse().ok()?;
        let weight = parts.next().and_then(|number| number.parse().ok());
        Some(At { list, row, weight })
    }

    /// The identifier of its field.
    pub fn id(&self) -> String {
        match self.weight {
            Some(weight) => format!("row/{}/{}/{weight}", self.list, self.row),
            None => format!("row/{}/{}", self.list, self.row),
        }
    }
}

/// What a small form answers: where, and what is there now; a number behind the last adds one.
pub struct Edited {
    /// Where.
    pub at: At,
    /// What.
    pub value: Written,
}

/// What was written.
pub enum Written {
    /// A weight of the rule or of a behaviour.
    Weight(Weight),
    /// An item of a list.
    Item(Value),
    /// A whole list.
    List(Vec<Value>),
}

/// A weight of a behaviour, which is a plain object there.
pub fn weight_of(value: &Value) -> Weight {
    let member = |name: &str| Some(value.member(name)).filter(|it| !it.is_nil()).map(|it| it.text());
    Weight {
        id: None,
        field: member("field"),
        operation: member("operation").unwrap_or_default(),
        value: value.member("value"),
        weight: value.member("weight"),
    }
}

/// A weight as a behaviour holds it.
pub fn weight_value(weight: &Weight) -> Value {
    let mut map = Map::new();
    map.insert("field", Value::String(weight.field.clone().unwrap_or_default()));
    map.insert("operation", Value::String(Text::clone(&weight.operation)));
    map.insert("value", weight.value.clone());
    map.insert("weight", weight.weight.clone());
    map.into()
}

/// A weight as a row of the form.
pub fn weight_label(weight: &Weight, verdict: &str) -> String {
    format!(
        "{} {} {} {} {verdict}",
        clean::pad(weight.field.as_deref().unwrap_or_default(), 22),
        clean::pad(&weight.operation, 12),
        clean::pad(weight.value_text(), 10),
        clean::pad(&format!("+{}", weight.number_text()).replace("+-", "-"), 5),
    )
}

/// An item of a list as a row of the form.
pub fn item_label(list: &str, at: usize, item: &Value) -> String {
    let text = |name: &str| {
        let value = item.member(name);
        if value.is_nil() { String::new() } else { value.text().to_string() }
    };
    if list != BEHAVIOURS {
        return format!("{} = {}", clean::pad(&text("key"), 24), clean::line(&text("value")));
    }
    let what = match text("type").as_str() {
        "Message" => text("message"),
        "DTMF" => format!("{} → {}", text("message"), text("outputKey")),
        "SMS" => format!("to {}: {}", text("phone"), text("message")),
        "UpdateState" => format!("{} = {}", text("outputKey"), text("value")),
        "GOTO" if text("returnFlag") == "true" => format!("{}, and come back", text("index")),
        "GOTO" => text("index"),
        _ => String::new(),
    };
    let activation = text("activation");
    let when = if activation == "0" { "always".to_owned() } else { format!("≥ {activation}") };
    format!("{at:>2} {} {} {}", clean::pad(&text("type"), 11), clean::pad(&when, 7), clean::line(&what))
}

/// Opens nothing yet: the small form of a weight.
pub fn weight_form(owner: Owner, at: At, weight: Option<&Weight>) -> Edit {
    let new = Weight { value: Value::from(""), weight: Value::from("100"), ..Weight::default() };
    let old = weight.cloned().unwrap_or(new);
    let operations: Vec<String> = Operation::ALL.iter().map(|(_, name)| (*name).to_owned()).collect();
    let operation = if old.operation.is_empty() { "equals" } else { &*old.operation };
    let form = Form::new(vec![
        Field::new("field", "Field", Kind::Pick, old.field.as_deref().unwrap_or_default())
            .hint("Path into the state, such as Customer.Tier; enter lists known ones"),
        Field::new("operation", "Is", Kind::Choice(operations), operation)
            .hint("left and right change it, enter lists all 16"),
        Field::new("value", "Value", Kind::Line, old.value_text())
            .hint("What it is compared with; may be a template"),
        Field::new("weight", "Adds", Kind::Line, &old.number_text())
            .hint("Whole number from -1000 to 1000 that is added when it is met"),
    ]);
    let in_queue = at.list == BEHAVIOURS;
    let written = move |form: &Form| Weight {
        id: old.id.clone(),
        field: Some(Text::from(form.value("field"))),
        operation: Text::from(form.value("operation")),
        value: Value::from(form.value("value")),
        weight: Value::from(form.value("weight")),
    };
    let title = if weight.is_some() { "Edit weight" } else { "Add weight" };
    let again = written.clone();
    Edit::new(title, form, move |form, cx| {
        let answer = Edited { at: at.clone(), value: Written::Weight(written(form)) };
        cx.requests.push(Request::Answer(owner, Box::new(answer)));
        Submit::Done
    })
    .check(move |form, _| {
        let weight = again(form);
        let problems = weight_problems(&weight, in_queue).into_iter();
        let mut out: Vec<_> =
            problems.map(|it| (it.member.to_owned(), format!("{}; {}", it.what, it.fix))).collect();
        let value = weight.value_text();
        if is_template(value)
            && let Err(error) = template::check(value)
        {
            out.push(("value".to_owned(), format!("the template fails: {error}")));
        }
        out
    })
    .help(|form| match form.focused() {
        Some(field) if field.id == "operation" => format!("weight/{}", field.value()),
        _ => "guide/weights".to_owned(),
    })
    .candidates(|id, _, cx| if id == "field" { picks::state_paths(cx.data) } else { Vec::new() })
}

/// The small form of an attribute or a state.
pub fn pair_form(owner: Owner, at: At, work: &Work) -> Edit {
    let items = work.items(&at.list);
    let old = items.get(at.row);
    let text = |name: &str| old.map_or_else(String::new, |item| nil_text(&item.member(name)));
    let noun = if at.list == "setAttributes" { "attribute" } else { "state" };
    let hint = if noun == "state" {
        "`increment` adds one, empty removes the key; may be a template"
    } else {
        "What the attribute becomes; may be a template"
    };
    let form = Form::new(vec![
        Field::new("key", "Key", if noun == "state" { Kind::Pick } else { Kind::Line }, &text("key"))
            .hint("Name, at most 50 characters"),
        Field::new("value", "Value", Kind::Area(4), &text("value")).hint(hint),
    ]);
    let title = format!("{} {noun}", if old.is_some() { "Edit" } else { "Add" });
    let (list, rule_type) = (at.list.clone(), work.rule.rule_type.clone());
    Edit::new(title, form, move |form, cx| {
        let answer = Edited { at: at.clone(), value: Written::Item(pair(form)) };
        cx.requests.push(Request::Answer(owner, Box::new(answer)));
        Submit::Done
    })
    .check(move |form, cx| {
        let problems = item_problems(&rule_type, &list, vec![pair(form)], 0, cx.data);
        problems
            .into_iter()
            .map(|what| {
                let place = if what.contains("value") || what.contains("template") { "value" } else { "key" };
                (place.to_owned(), what)
            })
            .collect()
    })
    .candidates(|id, _, cx| if id == "key" { picks::state_paths(cx.data) } else { Vec::new() })
}

fn nil_text(value: &Value) -> String {
    if value.is_nil() { String::new() } else { value.text().to_string() }
}

fn pair(form: &Form) -> Value {
    let mut map = Map::new();
    map.insert("key", Value::from(form.value("key")));
    map.insert("value", Value::from(form.value("value")));
    map.into()
}

/// What the engine refuses in one item of a list.
fn item_problems(
    rule_type: &RuleType,
    list: &str,
    items: Vec<Value>,
    at: usize,
    data: Option<&std::sync::Arc<crate::data::Data>>,
) -> Vec<String> {
    let params: Params = [(list, Value::from(items))].into_iter().collect();
    let rule = Rule { params, ..Work::new(rule_type.clone()).rule };
    let exists = |_: &str| true;
    let catalogue = data.map(|data| data.workspace.catalogue());
    let around = Surroundings { catalogue, rule_set_exists: &exists, templates: true };
    let place = format!("params / {list}[{at}]");
    let own = |found: &str| {
        found == place || found.strip_prefix(&place).is_some_and(|rest| !rest.starts_with(" / weights"))
    };
    let found = check_rule(&rule, &around).into_iter().filter(|(_, problem)| own(&problem.place));
    found.map(|(_, problem)| format!("{}; {}", problem.what, problem.fix)).collect()
}

/// The small form of an in-queue behaviour; members of other kinds than the chosen one are left out.
pub fn behaviour_form(owner: Owner, at: At, work: &Work) -> Edit {
    let items = work.items(BEHAVIOURS);
    let old = items.get(at.row).cloned();
    let text = |name: &str| old.as_ref().map_or_else(String::new, |item| nil_text(&item.member(name)));
    let sorts = SORTS.iter().map(|sort| (*sort).to_owned()).collect();
    let sort = old.as_ref().map_or_else(|| "Message".to_owned(), |_| text("type"));
    let activation = old.as_ref().map_or_else(|| "0".to_owned(), |_| text("activation"));
    let mut fields = vec![
        Field::new("type", "Type", Kind::Choice(sorts), &sort).hint("What happens; enter lists all"),
        Field::new("activation", "Happens at", Kind::Line, &activation)
            .hint("Total of its weights from which it happens; 0 without weights is always"),
    ];
    for (name, label, sorts) in MEMBERS {
        let kind = match name {
            "message" => Kind::Area(3),
            "returnFlag" => Kind::Flag,
            _ => Kind::Line,
        };
        fields.push(Field::new(name, label, kind, &text(name)).hint(format!("For {}", sorts.join(", "))));
    }
    let title = if old.is_some() { "Edit behaviour" } else { "Add behaviour" };
    let count = items.len().max(at.row + 1);
    let row = at.row;
    let written = move |form: &Form| behaviour(form, old.as_ref());
    let again = written.clone();
    let rule_type = work.rule.rule_type.clone();
    Edit::new(title, Form::new(fields), move |form, cx| {
        let answer = Edited { at: at.clone(), value: Written::Item(written(form)) };
        cx.requests.push(Request::Answer(owner, Box::new(answer)));
        Submit::Done
    })
    .check(move |form, cx| {
        let mut list = vec![Value::from(Map::new()); count];
        list[row] = again(form);
        let sort = form.value("type");
        item_problems(&rule_type, BEHAVIOURS, list, row, cx.data)
            .into_iter()
            .map(|what| (member_of(&what, &sort).to_owned(), what))
            .collect()
    })
}

fn member_of(what: &str, sort: &str) -> &'static str {
    let named = MEMBERS.iter().map(|(name, ..)| *name).chain(["activation"]);
    named.into_iter().find(|name| what.contains(&format!("`{name}`"))).unwrap_or(match sort {
        "GOTO" => "index",
        "DTMF" | "UpdateState" => "outputKey",
        _ => "message",
    })
}

fn behaviour(form: &Form, old: Option<&Value>) -> Value {
    let number = |text: &str| text_number(text).map_or_else(|| Value::from(text), Value::from);
    let sort = form.value("type");
    let mut map = Map::new();
    map.insert("type", Value::from(sort.as_str()));
    map.insert("activation", number(&form.value("activation")));
    let weights = old.map(|item| item.member("weights")).filter(|list| list.as_array().is_some());
    map.insert("weights", weights.unwrap_or_else(|| Value::from(Vec::new())));
    for (name, _, sorts) in MEMBERS {
        if !sorts.contains(&sort.as_str()) {
            continue;
        }
        let text = form.value(name);
        let value = match name {
            "index" => number(&text),
            "returnFlag" => Value::from(text == "true"),
            _ => Value::from(text),
        };
        map.insert(name, value);
    }
    map.into()
}

/// A list as the text that copying gives: `{"queueBehaviours":[…]}`.
pub fn list_text(list: &str, items: &[Value]) -> String {
    let mut map = Map::new();
    map.insert(list, Value::from(items.to_vec()));
    serde_json::to_string_pretty(&Value::from(map)).unwrap_or_default()
}

/// The list that a copied text holds.
///
/// # Errors
/// Why it holds none.
pub fn list_of(list: &str, text: &str) -> Result<Vec<Value>, String> {
    let value = connect_rules_engine::json::parse(text).map_err(|error| format!("not JSON: {error}"))?;
    let items = if value.as_array().is_some() { value.clone() } else { value.member(list) };
    let items = items.as_array().ok_or_else(|| format!("give {{\"{list}\": [...]}}"))?;
    if items.iter().all(|item| item.as_object().is_some()) {
        Ok(items.to_vec())
    } else {
        Err("every item must be an object".to_owned())
    }
}

/// The form of a whole list as JSON.
pub fn list_form(owner: Owner, list: &str, items: &[Value]) -> Edit {
    let form = Form::new(vec![
        Field::new("json", "JSON", Kind::Area(14), &list_text(list, items)).hint("Replaces all rows"),
    ]);
    let (name, again) = (list.to_owned(), list.to_owned());
    Edit::new("Rows as JSON", form, move |form, cx| match list_of(&name, &form.value("json")) {
        Ok(items) => {
            let at = At { list: name.clone(), row: 0, weight: None };
            let answer = Edited { at, value: Written::List(items) };
            cx.requests.push(Request::Answer(owner, Box::new(answer)));
            Submit::Done
        }
        Err(why) => Submit::Refused(why),
    })
    .check(move |form, _| {
        list_of(&again, &form.value("json")).err().map(|why| ("json".to_owned(), why)).into_iter().collect()
    })
}
