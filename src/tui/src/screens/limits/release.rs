//! Releasing a number: a reason, a question, a note for the audit list, then the counter goes.

use connect_rules_engine::value::Text;
use connect_rules_limits::counting::Counter;
use connect_rules_store::service::limits::NoteRelease;

use crate::overlay::{Confirm, Edit, Submit, Then};
use crate::screen::{Cx, ScreenId};
use crate::widgets::form::{Field, Form, Kind};

/// A release that is noted and is to be made.
pub struct Agreed {
    /// Key of the counter.
    pub key: Text,
    /// The number as it may be shown.
    pub shown: String,
    /// The last attempt that was seen.
    pub updated_at: i64,
}

/// Asks for the reason; what follows comes to the screen as [`Agreed`].
pub fn ask(row: &Counter, shown: String, usage: u32, cx: &mut Cx<'_>) {
    let field = Field::new("reason", "Reason", Kind::Line, "")
        .hint("who asked for it and why; it is in the audit list");
    let (key, updated_at) = (Text::clone(&row.phone_number), row.updated_at);
    let (number, party) = (Text::from(row.number()), Text::from(row.party.name()));
    let told = shown.clone();
    let edit = Edit::new(format!("Release {shown}"), Form::new(vec![field]), move |form, cx| {
        let note = NoteRelease {
            number: Text::clone(&number),
            party: Text::clone(&party),
            usage,
            at: cx.session.clock.now(),
            reason: Text::from(form.value("reason").trim()),
        };
        let body = format!(
            "Its {usage} attempts are forgotten and calls go on from the first. If somebody dials meanwhile, it stays as \
             it is.\n\nReason: {}\n\nThis cannot be undone.",
            note.reason
        );
        let then = Then::Change(cx.me(), Box::new(note));
        cx.open(
            Confirm::new(format!("Release {shown}?"), body, "Release", then).guarded(&cx.session.environment),
        );
        Submit::Asked
    });
    let edit = edit.check(|form, _| {
        let missing = form.value("reason").trim().is_empty();
        if missing { vec![("reason".to_owned(), "is missing".to_owned())] } else { Vec::new() }
    });
    cx.open(edit.verb("release…").after(move |_, cx| {
        let noted = Agreed { key: Text::clone(&key), shown: told.clone(), updated_at };
        cx.send(ScreenId::Limits, noted);
    }));
}
