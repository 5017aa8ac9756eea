//! Users: who may log in, with which role; keys that are shown once (`spec/admin.md` 2 and 4).

use connect_rules_engine::value::{Text, Value};
use connect_rules_store::service::Edit as Change;
use connect_rules_store::service::settings::{REQUIRE_LOGIN, SetConfig, login_required};
use connect_rules_store::service::users::{CreateUser, DeleteUser, ResetKey, UpdateUser};
use connect_rules_store::{Entity, Kind, Operation, Role as Rights, User, keys};
use ratatui::Frame;
use ratatui::layout::Rect;

use super::key_shown::KeyShown;
use super::table::{Column, Row, Table, Wide, facts, last_change, split};
use super::{Part, picked};
use crate::data::Data;
use crate::message::{Owner, Parcel};
use crate::overlay::{Confirm, Edit, Submit, Then};
use crate::screen::{Cx, ScreenId, View};
use crate::theme::Role;
use crate::widgets::form::{Field, Form, Kind as Holds};
use crate::widgets::panel;

const COLUMNS: &[Column] = &[
    ("Name", Wide::Share(3)),
    ("E-mail", Wide::Share(4)),
    ("Role", Wide::Is(13)),
    ("Enabled", Wide::Is(8)),
    ("Key", Wide::Is(7)),
];

const ROLES: [&str; 3] = ["ADMINISTRATOR", "POWER_USER", "TESTER"];

/// A key that was handed to a change and is shown once that is made.
struct NewKey {
    email: String,
    key: String,
}

/// The section.
pub(super) struct Users {
    table: Table,
    waiting: Option<NewKey>,
}

impl Users {
    /// The section before anything is read.
    pub fn new() -> Self {
        let empty =
            "no users: whoever starts the program on this machine is its administrator; n creates one";
        Users { table: Table::new(COLUMNS, empty), waiting: None }
    }

    fn user<'a>(&self, data: &'a Data) -> Option<&'a User> {
        data.snapshot.users.get(self.table.current()?.at)
    }

    fn create(cx: &mut Cx<'_>) {
        let mut fields = person("", "", "", ROLES[2], true);
        let hint = "36 characters or more; shown once more when it is stored, never again";
        fields.push(Field::new("apiKey", "Key", Holds::Line, &keys::new_key()).hint(hint));
        let hint = "last day (UTC) that the key works, as YYYY-MM-DD; empty for ever";
        fields.push(Field::new("keyExpires", "Key expires", Holds::Line, "").hint(hint));
        let form = Edit::new("New user", Form::new(fields), |form, cx| {
            let user = User {
                id: Text::default(),
                first_name: said(form, "firstName"),
                last_name: said(form, "lastName"),
                email: said(form, "emailAddress"),
                role: Rights::parse(&form.value("userRole")),
                enabled: form.value("userEnabled") == "true",
                key_hash: None,
                key_start: Text::default(),
                key_expires: some(said(form, "keyExpires")),
            };
            let key = form.value("apiKey").trim().to_owned();
            cx.send(ScreenId::Admin, NewKey { email: user.email.to_string(), key: key.clone() });
            cx.change(CreateUser { user, key });
            Submit::Sent
        });
        cx.open(form.check(|form, _| {
            let mut wrong = missing(form);
            let length = form.value("apiKey").trim().chars().count();
            if length < keys::SHORTEST {
                let more = keys::SHORTEST - length;
                wrong.push((
                    "apiKey".to_owned(),
                    format!("{more} characters are missing; it takes {}", keys::SHORTEST),
                ));
            }
            wrong
        }));
    }

    fn edit(&self, cx: &mut Cx<'_>) {
        let Some(data) = cx.data else { return };
        let Some(base) = self.user(data).cloned() else { return };
        let rev = data.snapshot.rev(Kind::User, &base.id);
        let fields = person(&base.first_name, &base.last_name, &base.email, base.role.name(), base.enabled);
        let title = format!("User {}", base.email);
        let form = Edit::new(title, Form::new(fields), move |form, cx| {
            let mine = User {
                first_name: said(form, "firstName"),
                last_name: said(form, "lastName"),
                email: said(form, "emailAddress"),
                role: Rights::parse(&form.value("userRole")),
                enabled: form.value("userEnabled") == "true",
                ..base.clone()
            };
            cx.change(UpdateUser(Change { base: Entity::User(base.clone()), rev, mine: Entity::User(mine) }));
            Submit::Sent
        });
        cx.open(form.check(|form, _| missing(form)));
    }

    fn reset(&mut self, cx: &mut Cx<'_>) {
        let Some(data) = cx.data else { return };
        let Some(user) = self.user(data) else { return };
        let key = keys::new_key();
        let action = ResetKey {
            which: picked(data, Kind::User, &user.id),
            key: key.clone(),
            expires: user.key_expires.clone(),
        };
        let email = user.email.to_string();
        let body =
            format!("{email} gets a new key, which is shown once. The present key stops working at once.");
        self.waiting = Some(NewKey { email, key });
        let then = Then::Change(cx.me(), Box::new(action));
        cx.open(Confirm::new("New key?", body, "Reset", then).guarded(&cx.session.environment));
    }

    fn delete(&self, cx: &mut Cx<'_>) {
        let Some(data) = cx.data else { return };
        let Some(user) = self.user(data) else { return };
        let body = format!("{} {} ({}) can no longer log in.", user.first_name, user.last_name, user.email);
        let then = Then::Change(cx.me(), Box::new(DeleteUser(picked(data, Kind::User, &user.id))));
        cx.open(Confirm::new("Delete user?", body, "Delete", then).guarded(&cx.session.environment));
    }

    fn enable(&self, cx: &mut Cx<'_>) {
        let Some(data) = cx.data else { return };
        let Some(user) = self.user(data) else { return };
        let mine = Entity::User(User { enabled: !user.enabled, ..user.clone() });
        if let Ok(change) = Change::of(&data.snapshot, mine) {
            cx.change(UpdateUser(change));
        }
    }
}

/// Turns the requirement to log in, after a question.
pub(super) fn switch_login(cx: &mut Cx<'_>) {
    let Some(data) = cx.data else { return };
    let required = login_required(&data.snapshot);
    let (title, body, yes) = if required {
        (
            "Login no longer required?",
            "Whoever starts the program on this machine becomes its administrator.",
            "Switch off",
        )
    } else {
        (
            "Require login?",
            "From the next start on, everybody has to give the key of an enabled user. Keep the key of an administrator at hand.",
            "Require",
        )
    };
    let value = Value::from(if required { "false" } else { "true" });
    let then = Then::Change(
        Owner::Screen(ScreenId::Admin),
        Box::new(SetConfig { key: Text::from(REQUIRE_LOGIN), value }),
    );
    cx.open(Confirm::new(title, body, yes, then).guarded(&cx.session.environment));
}

fn said(form: &Form, id: &str) -> Text {
    Text::from(form.value(id).trim())
}

fn person(first: &str, last: &str, email: &str, role: &str, enabled: bool) -> Vec<Field> {
    let mut roles: Vec<String> = ROLES.map(str::to_owned).to_vec();
    if !roles.iter().any(|known| known == role) {
        roles.push(role.to_owned());
    }
    vec![
        Field::new("firstName", "First name", Holds::Line, first),
        Field::new("lastName", "Last name", Holds::Line, last),
        Field::new("emailAddress", "E-mail", Holds::Line, email).hint("what the person is known by in lists"),
        Field::new("userRole", "Role", Holds::Choice(roles), role)
            .hint("TESTER reads, tests and simulates · POWER_USER changes rules, too · ADMINISTRATOR does everything"),
        Field::new("userEnabled", "Enabled", Holds::Flag, if enabled { "true" } else { "false" })
            .hint("the key of a disabled user is refused"),
    ]
}

fn missing(form: &Form) -> Vec<(String, String)> {
    let least = [("firstName", 1), ("lastName", 1), ("emailAddress", 5)];
    let short = least.into_iter().filter(|(id, least)| form.value(id).trim().chars().count() < *least);
    short.map(|(id, least)| (id.to_owned(), format!("must not be shorter than {least}"))).collect()
}

impl Part for Users {
    fn name(&self) -> &'static str {
        "users"
    }

    fn title(&self) -> &'static str {
        "Users"
    }

    fn place(&self) -> &'static str {
        "admin.users"
    }

    fn table(&mut self) -> Option<&mut Table> {
        Some(&mut self.table)
    }

    fn table_here(&self) -> Option<&Table> {
        Some(&self.table)
    }

    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        match command {
            "admin.users.new" => Self::create(cx),
            "admin.users.edit" => self.edit(cx),
            "admin.users.enable" => self.enable(cx),
            "admin.users.key" => self.reset(cx),
            "admin.users.delete" => self.delete(cx),
            "admin.users.login" => switch_login(cx),
            _ => return false,
        }
        true
    }

    fn refuses(&self, command: &'static str, _: &View<'_>) -> Option<String> {
        let takes_one = matches!(
            command,
            "admin.users.edit" | "admin.users.enable" | "admin.users.key" | "admin.users.delete"
        );
        (takes_one && self.table.current().is_none()).then(|| "there is no user; n creates one".to_owned())
    }

    fn select(&mut self, thing: &str, _: &mut Cx<'_>) {
        self.table.select(thing);
    }

    fn loaded(&mut self, cx: &mut Cx<'_>) {
        let Some(data) = cx.data else { return };
        if cx.session.refuses(Some(Operation::ReadUsers), false).is_some() {
            self.table.fill(None, Vec::new());
            return;
        }
        let mut rows: Vec<Row> =
            data.snapshot.users.iter().enumerate().map(|(at, user)| row(at, user)).collect();
        rows.sort_by_cached_key(|row| row.cells[0].to_lowercase());
        self.table.fill(None, rows);
        let stored = |new: &NewKey| {
            let start = keys::start(&new.key);
            data.snapshot.users.iter().any(|user| {
                user.email.eq_ignore_ascii_case(&new.email)
                    && user.key_start == start
                    && user.key_hash.is_some()
            })
        };
        if let Some(new) = self.waiting.take_if(|new| stored(new)) {
            cx.open(KeyShown::new(new.email, new.key));
        }
    }

    fn failed(&mut self) {
        self.waiting = None;
    }

    fn message(&mut self, parcel: Parcel, _: &mut Cx<'_>) -> Option<Parcel> {
        match parcel.downcast::<NewKey>() {
            Ok(new) => {
                self.waiting = Some(*new);
                None
            }
            Err(parcel) => Some(parcel),
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let title = format!("Users ── {}", self.table.told());
        if let Some(why) = view.session.refuses(Some(Operation::ReadUsers), false) {
            let inside = panel::panel(frame, area, "Users", view);
            panel::notice(frame, inside, &why, view);
            return;
        }
        let (list, below) = split(area, 10);
        let inside = panel::panel(frame, list, &title, view);
        self.table.draw(frame, inside, view);
        let Some(data) = view.data.filter(|_| below.height > 2) else { return };
        let quiet = View { focused: false, ..*view };
        let inside = panel::panel(frame, below, "Detail", &quiet);
        let login = if login_required(&data.snapshot) {
            "required: everybody gives a key (L changes it)"
        } else {
            "not required: whoever starts the program here is administrator (L changes it)"
        };
        let mut lines = Vec::new();
        if let Some(user) = self.user(data) {
            lines.push(("Name", format!("{} {}", user.first_name, user.last_name)));
            lines.push(("E-mail", user.email.to_string()));
            lines.push(("May", may(&user.role).to_owned()));
            lines.push(("Key", key_text(user)));
            if let Some(stamp) =
                data.snapshot.stamps.get(&connect_rules_store::Key::new(Kind::User, Text::clone(&user.id)))
            {
                lines.push(("Last change", last_change(stamp, view)));
            }
        }
        lines.push(("Login", login.to_owned()));
        facts(frame, inside, &lines, view);
    }
}

fn may(role: &Rights) -> &'static str {
    match role {
        Rights::Administrator => "do everything",
        Rights::PowerUser => "change rules, tests, end points and holidays",
        Rights::Tester => "read, change and run tests, simulate",
        Rights::Other(_) => "log in, nothing else: this is not a role of the program",
    }
}

fn key_text(user: &User) -> String {
    match (&user.key_hash, user.enabled) {
        (None, _) => "none: cannot log in; r makes one".to_owned(),
        (Some(_), true) => format!("{}… (the rest is nowhere stored)", user.key_start),
        (Some(_), false) => format!("{}…, refused while the user is disabled", user.key_start),
    }
}

fn row(at: usize, user: &User) -> Row {
    let key = if user.key_hash.is_some() { format!("{}…", user.key_start) } else { "none".to_owned() };
    Row {
        key: Text::clone(&user.id),
        at,
        cells: vec![
            format!("{} {}", user.first_name, user.last_name),
            user.email.to_string(),
            user.role.name().to_owned(),
            if user.enabled { "✓ yes" } else { "✗ no" }.to_owned(),
            key,
        ],
        role: if user.enabled { Role::Text } else { Role::Dim },
    }
}

/// A text, unless it is empty.
fn some(text: Text) -> Option<Text> {
    (!text.is_empty()).then_some(text)
}
