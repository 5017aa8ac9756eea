//! The form of a thing of the Connect instance, made from the fields of its sort.

use connect_rules_cloud::Sort;
use connect_rules_cloud::instance::{self, Holds, Instance, name_of};
use connect_rules_cloud::local::{AddItem, EditItem};
use connect_rules_engine::value::Map;
use jiff::tz;

use crate::overlay::{Candidate, Edit, Submit};
use crate::screen::Cx;
use crate::widgets::form::{Field, Form, Kind};

/// Opens the form of a thing, or of a new one of that sort.
pub(super) fn open(sort: Sort, base: Option<&Map>, instance: &Instance, cx: &mut Cx<'_>) {
    let empty = Map::new();
    let document = base.unwrap_or(&empty);
    let fields = sort.fields().iter().map(|field| {
        let mut value = instance::shown(instance, sort, document, field);
        if base.is_none() && value.is_empty() {
            field.default.clone_into(&mut value);
        }
        let kind = match field.holds {
            Holds::Choice(all) => Kind::Choice(all.iter().map(|it| (*it).to_owned()).collect()),
            Holds::Zone | Holds::Of(_) => Kind::Pick,
            Holds::Week | Holds::Queues => Kind::Area(3),
            Holds::Text(..) | Holds::Number(..) | Holds::Telephone => Kind::Line,
        };
        let must = if field.required { "needed · " } else { "" };
        Field::new(field.name, field.name, kind, &value).hint(format!("{must}{}", field.help))
    });
    let form = Form::new(fields.collect());
    let title = match base {
        Some(base) => format!("{sort} {}", name_of(sort, base)),
        None => format!("New {sort}"),
    };
    let base = base.cloned();
    let save_base = base.clone();
    let edit = Edit::new(title, form, move |form, cx| {
        let Some(data) = cx.data else { return Submit::Refused("the store is not read yet".to_owned()) };
        let instance = Instance::of(&data.snapshot);
        let document = match document_of(sort, save_base.as_ref(), &instance, form) {
            Ok(document) => document,
            Err(wrong) => {
                return Submit::Refused(wrong.into_iter().map(|(_, why)| why).collect::<Vec<_>>().join("; "));
            }
        };
        match save_base.clone() {
            Some(base) => cx.change(EditItem { sort, base, document }),
            None => cx.change(AddItem { sort, document }),
        }
        Submit::Sent
    });
    let edit = edit.check(move |form, cx| {
        let Some(data) = cx.data else { return Vec::new() };
        let instance = Instance::of(&data.snapshot);
        document_of(sort, base.as_ref(), &instance, form).err().unwrap_or_default()
    });
    cx.open(edit.candidates(move |id, _, cx| candidates(sort, id, cx)));
}

/// The document that a form says. Fields that were not changed stay as they were read.
fn document_of(
    sort: Sort,
    base: Option<&Map>,
    instance: &Instance,
    form: &Form,
) -> Result<Map, Vec<(String, String)>> {
    let mut document = base.cloned().unwrap_or_default();
    let mut wrong = Vec::new();
    for field in sort.fields() {
        let Some(shown) = form.field(field.name) else { continue };
        let text = shown.value();
        if field.required && text.trim().is_empty() {
            wrong.push((field.name.to_owned(), format!("{} is missing: {}", field.name, field.help)));
        } else if (base.is_none() || shown.is_changed())
            && let Err(problem) = instance::set(instance, sort, &mut document, field.name, &text)
        {
            wrong.push((field.name.to_owned(), format!("{}; {}", problem.what, problem.fix)));
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    // What the store would refuse is told while typing.
    let at = base.and_then(|base| instance.find(sort, &name_of(sort, base)));
    let problems = match instance::Item::read(sort, &document) {
        Err(problems) => problems,
        Ok(item) => instance::check(instance, &item, &document, at),
    };
    if problems.is_empty() {
        return Ok(document);
    }
    let field = |place: &str| place.split('[').next().unwrap_or(place).to_owned();
    Err(problems.into_iter().map(|it| (field(&it.place), format!("{}; {}", it.what, it.fix))).collect())
}

/// What a field can be picked from.
fn candidates(sort: Sort, id: &str, cx: &Cx<'_>) -> Vec<Candidate> {
    let Some(data) = cx.data else { return Vec::new() };
    match sort.field(id).map(|field| field.holds) {
        Some(Holds::Zone) => zones(),
        Some(Holds::Of(of)) => {
            let instance = Instance::of(&data.snapshot);
            instance.list(of).iter().map(|it| Candidate::plain(name_of(of, it))).collect()
        }
        _ => Vec::new(),
    }
}

/// Every time zone that the program knows.
pub(super) fn zones() -> Vec<Candidate> {
    tz::db().available().map(|zone| Candidate::plain(zone.as_str())).collect()
}
