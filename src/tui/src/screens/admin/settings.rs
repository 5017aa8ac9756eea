//! Settings: the rows of the configuration with what they mean, and the look of the program.

use connect_rules_engine::value::{Text, Value};
use connect_rules_engine::{dates, json};
use connect_rules_environment::preferences::refresh_seconds;
use connect_rules_store::service::settings::{REQUIRE_LOGIN, SetConfig};
use connect_rules_store::{Key, Kind, Operation};
use ratatui::Frame;
use ratatui::layout::Rect;

use super::table::{Column, Row, Table, Wide, facts, last_change, split};
use super::{Part, thing_form, users};
use crate::message::{Level, Parcel};
use crate::overlay::{Choose, Chosen, Confirm, Edit, Submit, Then, choose::Candidate};
use crate::screen::{Cx, Request, Target, View};
use crate::screens::functions::warm;
use crate::theme::{Role, Theme};
use crate::widgets::form::{Field, Form, Kind as Holds};
use crate::widgets::panel;

const COLUMNS: &[Column] =
    &[("Setting", Wide::Share(3)), ("Value", Wide::Share(4)), ("What it is", Wide::Share(6))];

/// A row that is no row of the store but a preference of the person: the theme of this terminal.
const THEME: &str = "Theme";
/// The other one: how often the outbound limits are read.
const REFRESH: &str = "Limits refresh";
const ZONE: &str = "CallCentreTimeZone";

/// Rows that the program knows: key and meaning.
const KNOWN: [(&str, &str); 16] = [
    (ZONE, "time zone of the call centre: dates of holidays, System.TimeLocal and the rest"),
    (
        REQUIRE_LOGIN,
        "whether everybody gives the key of a user; else whoever starts the program is administrator",
    ),
    ("KeepWarm", "functions that are called now and then so that they answer fast; Functions calls them now"),
    ("stage", "stage of the deployment, part of names of functions and bots"),
    ("service", "service of the deployment, part of names of functions and bots"),
    ("region", "AWS region of the instance"),
    ("accountNumber", "AWS account of the instance"),
    ("instanceId", "identifier of the Amazon Connect instance"),
    ("OperatingHours", "operating hours: section Op. hours"),
    ("Queues", "queues: section Connect data"),
    ("RoutingProfiles", "routing profiles: section Connect data"),
    ("ContactFlows", "contact flows: section Connect data"),
    ("Prompts", "prompts: section Connect data"),
    ("PhoneNumbers", "phone numbers: section Connect data"),
    ("LambdaFunctions", "functions: section Connect data"),
    ("LexBots", "bots: section Connect data"),
];

/// The names of the themes, which lie in files too.
struct Themes(Vec<String>);

/// The section.
pub(super) struct Settings {
    table: Table,
}

impl Settings {
    /// The section before anything is read.
    pub fn new() -> Self {
        Settings { table: Table::new(COLUMNS, "") }
    }

    fn edit(&self, cx: &mut Cx<'_>) {
        let (Some(row), Some(data)) = (self.table.current(), cx.data) else { return };
        let key = Text::clone(&row.key);
        match &*key {
            THEME => {
                let folder = cx.session.themes.clone();
                cx.look("reading themes", move |_| {
                    Themes(Theme::all(folder.as_deref()).0.into_iter().map(|theme| theme.name).collect())
                });
            }
            REFRESH => refresh_form(cx),
            REQUIRE_LOGIN => users::switch_login(cx),
            "KeepWarm" => warm::edit(&warm::known(&data.snapshot), "", cx),
            "OperatingHours" => cx.go(Target::Admin("hours", Text::default())),
            "Queues" | "RoutingProfiles" | "ContactFlows" | "Prompts" | "PhoneNumbers"
            | "LambdaFunctions" | "LexBots" => {
                cx.go(Target::Admin("connect", Text::default()));
            }
            _ => {
                let stored = data.snapshot.config.iter().find(|it| it.key == key).map(|it| &it.value);
                form(&key, stored, cx);
            }
        }
    }

    fn create(cx: &mut Cx<'_>) {
        let fields = vec![
            Field::new("configKey", "Key", Holds::Line, "").hint("rules read it by this name"),
            Field::new("value", "Value", Holds::Area(5), "")
                .hint("a text; what starts with { or [ is read as JSON"),
        ];
        let edit = Edit::new("New setting", Form::new(fields), |form, cx| {
            let key = form.value("configKey").trim().to_owned();
            if cx.data.is_some_and(|data| data.snapshot.config.iter().any(|it| *it.key == *key)) {
                return Submit::Refused(format!("{key} is there already; edit it"));
            }
            set(&key, &form.value("value"), cx)
        });
        cx.open(edit.check(|form, _| {
            let mut wrong = check_value("", &form.value("value"));
            if form.value("configKey").trim().is_empty() {
                wrong.push(("configKey".to_owned(), "is missing".to_owned()));
            }
            wrong
        }));
    }

    fn delete(&self, cx: &mut Cx<'_>) {
        let Some(row) = self.table.current() else { return };
        let key = Text::clone(&row.key);
        let body = "Rules and the program no longer find it.".to_owned();
        let then =
            Then::Change(cx.me(), Box::new(SetConfig { key: Text::clone(&key), value: Value::Undefined }));
        cx.open(
            Confirm::new(format!("Delete {key}?"), body, "Delete", then).guarded(&cx.session.environment),
        );
    }
}

/// The form of how often the outbound limits are read.
fn refresh_form(cx: &mut Cx<'_>) {
    let now = cx.session.preferences.limits_refresh().to_string();
    let field = Field::new("seconds", "Seconds", Holds::Line, &now).hint("1 to 60, usually 2");
    let edit =
        Edit::new("How often the limits are read", Form::new(vec![field]), |form, cx| match refresh_seconds(
            &form.value("seconds"),
        ) {
            Ok(seconds) => {
                cx.requests.push(Request::LimitsRefresh(seconds));
                Submit::Done
            }
            Err(why) => Submit::Refused(why),
        });
    cx.open(edit.check(|form, _| {
        let wrong = refresh_seconds(&form.value("seconds")).err();
        wrong.map(|why| ("seconds".to_owned(), why)).into_iter().collect()
    }));
}

/// The form of a row.
fn form(key: &Text, stored: Option<&Value>, cx: &mut Cx<'_>) {
    let text = match stored {
        Some(Value::String(text)) => text.to_string(),
        Some(value) => {
            let plain = json::print(value).unwrap_or_default();
            let tidy = serde_json::from_str::<serde_json::Value>(&plain)
                .and_then(|it| serde_json::to_string_pretty(&it));
            tidy.unwrap_or(plain)
        }
        None => String::new(),
    };
    let about = KNOWN.iter().find(|(known, _)| **known == **key).map_or("read by rules", |(_, about)| about);
    let kind = match (&**key, stored) {
        (ZONE, _) => Holds::Pick,
        (_, None | Some(Value::String(_))) if !text.contains('\n') => Holds::Line,
        _ => Holds::Area(8),
    };
    let field = Field::new("value", key.to_string(), kind, &text).hint(about);
    let (name, checked) = (key.to_string(), key.to_string());
    let edit = Edit::new(format!("Setting {key}"), Form::new(vec![field]), move |form, cx| {
        set(&name, &form.value("value"), cx)
    });
    let edit = edit.check(move |form, _| check_value(&checked, &form.value("value")));
    cx.open(edit.candidates(|_, _, _| thing_form::zones()));
}

fn check_value(key: &str, text: &str) -> Vec<(String, String)> {
    let text = text.trim();
    let why = if key == ZONE && dates::zone(text).is_none() {
        "there is no such time zone; write one such as Australia/Melbourne, or choose with enter".to_owned()
    } else if text.starts_with(['{', '[']) {
        match json::parse(text) {
            Ok(_) => return Vec::new(),
            Err(error) => format!("is no JSON: {error}"),
        }
    } else {
        return Vec::new();
    };
    vec![("value".to_owned(), why)]
}

fn set(key: &str, text: &str, cx: &mut Cx<'_>) -> Submit {
    let text = text.trim();
    let value = if text.starts_with(['{', '[']) {
        match json::parse(text) {
            Ok(value) => value,
            Err(error) => return Submit::Refused(error.to_string()),
        }
    } else {
        Value::from(text)
    };
    cx.change(SetConfig { key: Text::from(key), value });
    Submit::Sent
}

fn short(value: &Value) -> String {
    match value {
        Value::Array(all) => format!("{} entries", all.len()),
        Value::Object(all) => format!("{} members", all.len()),
        other => other.text().to_string(),
    }
}

impl Part for Settings {
    fn name(&self) -> &'static str {
        "settings"
    }

    fn title(&self) -> &'static str {
        "Settings"
    }

    fn place(&self) -> &'static str {
        "admin.settings"
    }

    fn table(&mut self) -> Option<&mut Table> {
        Some(&mut self.table)
    }

    fn table_here(&self) -> Option<&Table> {
        Some(&self.table)
    }

    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        match command {
            "admin.settings.edit" => self.edit(cx),
            "admin.settings.new" => Self::create(cx),
            "admin.settings.delete" => self.delete(cx),
            _ => return false,
        }
        true
    }

    fn refuses(&self, command: &'static str, view: &View<'_>) -> Option<String> {
        let row = self.table.current()?;
        let goes = KNOWN.iter().any(|(key, about)| **key == *row.key && about.contains("section"));
        match command {
            "admin.settings.edit" if matches!(&*row.key, THEME | REFRESH) || goes => None,
            "admin.settings.edit" => view.session.refuses(Some(Operation::RefreshCache), true),
            "admin.settings.delete" => {
                let stored =
                    view.data.is_some_and(|data| data.snapshot.config.iter().any(|it| it.key == row.key));
                if goes {
                    Some("it holds things of the instance; remove those one by one".to_owned())
                } else {
                    (!stored).then(|| "it is not set".to_owned())
                }
            }
            _ => None,
        }
    }

    fn select(&mut self, thing: &str, _: &mut Cx<'_>) {
        self.table.select(thing);
    }

    fn loaded(&mut self, cx: &mut Cx<'_>) {
        let Some(data) = cx.data else { return };
        let config = &data.snapshot.config;
        let row = |key: &str, value: Option<&Value>, about: &str| Row {
            key: Text::from(key),
            at: 0,
            cells: vec![key.to_owned(), value.map_or_else(|| "not set".to_owned(), short), about.to_owned()],
            role: if value.is_some() { Role::Text } else { Role::Dim },
        };
        let preference = |key: &str, about: &str| Row {
            key: Text::from(key),
            at: 0,
            cells: vec![key.to_owned(), "of this terminal".to_owned(), about.to_owned()],
            role: Role::Text,
        };
        let mut rows = vec![
            preference(THEME, "the look of the program; ctrl-t changes it, too"),
            preference(REFRESH, "seconds between two readings of the screen Limits and of `limits watch`"),
        ];
        rows.extend(KNOWN.iter().map(|(key, about)| {
            row(key, config.iter().find(|it| &*it.key == *key).map(|it| &it.value), about)
        }));
        let others = config.iter().filter(|it| !KNOWN.iter().any(|(key, _)| *it.key == **key));
        rows.extend(others.map(|it| row(&it.key, Some(&it.value), "read by rules")));
        self.table.fill(None, rows);
    }

    fn message(&mut self, parcel: Parcel, cx: &mut Cx<'_>) -> Option<Parcel> {
        let parcel = match parcel.downcast::<Themes>() {
            Ok(themes) => {
                let all = themes.0.iter().map(|name| Candidate::plain(name.as_str())).collect();
                cx.open(Choose::new("Theme", "settings.theme", cx.me(), all));
                return None;
            }
            Err(parcel) => parcel,
        };
        match parcel.downcast::<Chosen>() {
            Ok(chosen) if chosen.tag == "settings.theme" => {
                cx.requests.push(Request::Theme(chosen.value.to_string()));
                cx.toast(Level::Note, format!("theme {}", chosen.value));
                None
            }
            Ok(other) => Some(other),
            Err(parcel) => Some(parcel),
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let (list, below) = split(area, 7);
        let inside = panel::panel(frame, list, &format!("Settings ── {}", self.table.told()), view);
        self.table.draw(frame, inside, view);
        let Some(row) = self.table.current().filter(|_| below.height > 2) else { return };
        let quiet = View { focused: false, ..*view };
        let inside = panel::panel(frame, below, &row.key, &quiet);
        let value = match &*row.key {
            THEME => view.theme.name.clone(),
            REFRESH => format!("{} s", view.session.preferences.limits_refresh()),
            _ => row.cells[1].clone(),
        };
        let mut lines = vec![("Value", value), ("What it is", row.cells[2].clone())];
        let stamp = view
            .data
            .and_then(|data| data.snapshot.stamps.get(&Key::new(Kind::Config, Text::clone(&row.key))));
        lines.extend(stamp.map(|stamp| ("Last change", last_change(stamp, view))));
        facts(frame, inside, &lines, view);
    }
}
