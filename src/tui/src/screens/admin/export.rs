//! Export of rule sets, tests, settings and Connect data into files of mode 0600 (`spec/model.md` 14.1, 15-17).

use std::path::Path;

use connect_rules_cloud::Instance;
use connect_rules_engine::compat::Compat;
use connect_rules_engine::dates;
use connect_rules_engine::export::CsvOptions;
use connect_rules_engine::value::Text;
use connect_rules_store::exchange::export::{self, About, FileKind, Selection, file_name};
use connect_rules_store::exchange::{settings, tree};
use connect_rules_store::{Operation, Snapshot};
use crossterm::event::{KeyCode, KeyEvent};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::Frame;
use ratatui::layout::Rect;

use super::source::path_of;
use super::{Part, about};
use crate::effects::write_file;
use crate::message::{Level, Parcel};
use crate::overlay::{Candidate, Choose, Chosen, Confirm, Explain, Then};
use crate::screen::{Cx, ScreenId, View};
use crate::widgets::form::{Did, Field, Form, Kind};
use crate::widgets::panel;

/// What can be exported: words, what it takes, file kind if it has a usual name.
const WHAT: [(&str, Operation); 7] = [
    ("rule sets, JSON", Operation::ExportRuleSets),
    ("rule sets, JSON with origin", Operation::ExportRuleSets),
    ("rule sets, CSV table", Operation::ExportCsv),
    ("rule sets, folder tree", Operation::ExportRuleSets),
    ("tests, JSON", Operation::ReadTests),
    ("settings, JSON", Operation::ReadUsers),
    ("Connect data, JSON", Operation::ReadConnect),
];

/// An export that is to be written.
#[derive(Clone, Debug)]
struct Wanted {
    what: usize,
    folder: String,
    path: String,
    about: About,
    /// Whether something at the path may be replaced.
    replace: bool,
}

/// What writing came to.
enum Written {
    Done(String),
    /// Something is there already.
    There(Wanted, String),
    Failed(String),
}

/// The section.
pub(super) struct Export {
    form: Form,
    /// The path that was proposed; another one was typed by a person and stays.
    proposed: String,
}

impl Export {
    /// The section with its form.
    pub fn new() -> Self {
        let what = WHAT.map(|(words, _)| words.to_owned()).to_vec();
        let form = Form::new(vec![
            Field::new("what", "What", Kind::Choice(what), WHAT[0].0).hint("← → change it, enter lists all"),
            Field::new("folder", "Of folder", Kind::Line, "")
                .hint("rule sets or tests in and below it, such as /Sales; empty for all"),
            Field::new("path", "File", Kind::Line, "")
                .hint("written for your eyes only, whole or not at all"),
            Field::new("write", "Write", Kind::Button, ""),
        ]);
        Export { form, proposed: String::new() }
    }

    fn what(&self) -> usize {
        let words = self.form.value("what");
        WHAT.iter().position(|(known, _)| *known == words).unwrap_or_default()
    }

    /// Proposes the usual name for what is chosen, unless a person typed another.
    fn propose(&mut self, cx: &Cx<'_>) {
        if self.form.value("path") != self.proposed {
            return;
        }
        let zone =
            cx.data.and_then(|data| data.workspace.catalogue().time_zone.as_deref().and_then(dates::zone));
        let now = Timestamp::from_millisecond(cx.session.clock.now()).unwrap_or_default();
        let local = zone.unwrap_or(TimeZone::UTC).to_datetime(now);
        self.proposed = match self.what() {
            0 | 1 => file_name(FileKind::RuleSets, local),
            2 => file_name(FileKind::Csv, local),
            3 => "rulesets".to_owned(),
            4 if self.form.value("folder").trim().is_empty() => file_name(FileKind::TestsAll, local),
            4 => file_name(FileKind::TestsFolder, local),
            5 => file_name(FileKind::Settings, local),
            _ => "connect.json".to_owned(),
        };
        let proposed = self.proposed.clone();
        if let Some(field) = self.form.field_mut("path") {
            field.set(&proposed);
        }
    }

    fn start(&mut self, cx: &mut Cx<'_>) {
        if let Some(why) = cx.session.refuses(Some(WHAT[self.what()].1), false) {
            return cx.toast(Level::Bad, why);
        }
        let path = self.form.value("path");
        if path.trim().is_empty() {
            self.form.set_errors(&[("path".to_owned(), "is missing: where to?".to_owned())]);
            self.form.focus_first_error();
            return;
        }
        self.form.set_errors(&[]);
        let folder = self.form.value("folder").trim().to_owned();
        write(Wanted { what: self.what(), folder, path, about: about(cx.session), replace: false }, cx);
    }
}

/// Moves the focus of a form by the shared commands; leaves it to the caller at its ends, and what the field
/// itself understands is done.
pub(super) fn move_in(form: &mut Form, command: &str) -> bool {
    let at = |form: &Form| {
        form.fields().iter().position(|field| form.focused().is_some_and(|it| it.id == field.id))
    };
    let (here, last) = (at(form), form.fields().len().saturating_sub(1));
    let key = match command {
        "pane.next" if here == Some(last) => return false,
        "pane.previous" if here == Some(0) => return false,
        "pane.next" => KeyCode::Tab,
        "pane.previous" => KeyCode::BackTab,
        "move.up" => KeyCode::Up,
        "move.down" => KeyCode::Down,
        "move.left" => KeyCode::Left,
        "move.right" => KeyCode::Right,
        _ => return false,
    };
    form.key(KeyEvent::from(key)) != Did::Nothing
}

fn write(wanted: Wanted, cx: &mut Cx<'_>) {
    cx.job(format!("export to {}", wanted.path.trim()), move |job| {
        let now = match job.wait(job.backend.snapshot()) {
            Ok(now) => now,
            Err(error) => return Written::Failed(error.to_string()),
        };
        if job.is_cancelled() {
            return Written::Failed("cancelled; nothing was written".to_owned());
        }
        let path = path_of(&wanted.path);
        if !wanted.replace
            && let Some(there) = is_there(&path, wanted.what == 3)
        {
            return Written::There(wanted, there);
        }
        write_at(&wanted, &now, &path)
    });
}

/// What would be replaced, in words.
fn is_there(path: &Path, tree: bool) -> Option<String> {
    if tree {
        let full = std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some());
        let words = "The folder is not empty. Files of rule sets become as they are stored, those of rule sets \
                     that are gone are deleted; other files stay.";
        return full.then(|| words.to_owned());
    }
    path.exists().then(|| "There is a file of this name. It is replaced.".to_owned())
}

fn write_at(wanted: &Wanted, now: &Snapshot, path: &Path) -> Written {
    let which = if wanted.folder.is_empty() {
        Selection::All
    } else {
        Selection::Folder { folder: Text::from(wanted.folder.as_str()), recursive: true }
    };
    if wanted.what == 3 {
        return match tree::write(&now.rule_sets, path, Compat::Corrected) {
            Ok((written, deleted)) => Written::Done(format!(
                "{}: {} files written, {} deleted",
                path.display(),
                written.len(),
                deleted.len()
            )),
            Err(error) => Written::Failed(error.to_string()),
        };
    }
    let text = match wanted.what {
        0 => Ok(export::rule_sets(now, &which, Compat::Corrected)),
        1 => Ok(export::rule_sets_envelope(now, &which, &wanted.about, Compat::Corrected)),
        2 => Ok(export::rule_sets_csv(now, &which, CsvOptions { compat: Compat::Corrected, wide: true })),
        4 => export::tests(now, &which, &wanted.about),
        5 => Ok(settings::export(now, &wanted.about)),
        _ => Ok(serde_json::to_string_pretty(&Instance::export(now)).unwrap_or_default() + "\n"),
    };
    let text = match text {
        Ok(text) => text,
        Err(error) => {
            let it = error.explain();
            return Written::Failed(format!("{}\n\n{}", it.what, it.fix));
        }
    };
    match write_file(path, &text, true) {
        Ok(()) => Written::Done(format!("{}: {} bytes written", path.display(), text.len())),
        Err(error) => {
            Written::Failed(format!("{}: {error}\n\nCheck the folder and its rights.", path.display()))
        }
    }
}

impl Part for Export {
    fn name(&self) -> &'static str {
        "export"
    }

    fn title(&self) -> &'static str {
        "Export"
    }

    fn place(&self) -> &'static str {
        "admin.export"
    }

    fn typing(&self) -> bool {
        self.form.typing()
    }

    fn key(&mut self, key: KeyEvent, cx: &mut Cx<'_>) -> bool {
        if matches!(key.code, KeyCode::Tab | KeyCode::BackTab | KeyCode::Enter) {
            return false;
        }
        let on_path = self.form.focused().is_some_and(|field| field.id == "path");
        let did = self.form.key(key);
        if did == Did::Changed && !on_path {
            self.propose(cx);
        }
        did != Did::Nothing
    }

    fn paste(&mut self, text: &str) {
        self.form.paste(text.trim());
    }

    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        if move_in(&mut self.form, command) {
            self.propose(cx);
            return true;
        }
        if command != "admin.export.write" {
            return false;
        }
        if self.form.focused().is_some_and(|field| field.id == "what") {
            let all = WHAT.iter().map(|(words, needs)| Candidate {
                refused: cx.session.refuses(Some(*needs), false),
                ..Candidate::plain(*words)
            });
            let choose = Choose::new("Export what", "export.what", cx.me(), all.collect());
            cx.open(choose.at(&self.form.value("what")));
        } else {
            self.start(cx);
        }
        true
    }

    fn select(&mut self, thing: &str, cx: &mut Cx<'_>) {
        let at = if thing == "connect" { 6 } else { 0 };
        if let Some(field) = self.form.field_mut("what") {
            field.set(WHAT[at].0);
        }
        self.propose(cx);
        self.form.focus_on("path");
    }

    fn loaded(&mut self, cx: &mut Cx<'_>) {
        self.propose(cx);
    }

    fn message(&mut self, parcel: Parcel, cx: &mut Cx<'_>) -> Option<Parcel> {
        let parcel = match parcel.downcast::<Chosen>() {
            Ok(chosen) if chosen.tag == "export.what" => {
                if let Some(field) = self.form.field_mut("what") {
                    field.set(&chosen.value);
                }
                self.propose(cx);
                return None;
            }
            Ok(other) => return Some(other),
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<Wanted>() {
            Ok(wanted) => {
                write(*wanted, cx);
                return None;
            }
            Err(parcel) => parcel,
        };
        match parcel.downcast::<Written>() {
            Ok(written) => {
                match *written {
                    Written::Done(told) => cx.toast(Level::Good, told),
                    Written::Failed(why) => cx.open(Explain::new("Not exported", why)),
                    Written::There(wanted, what) => {
                        let title = format!("Replace {}?", wanted.path.trim());
                        let wanted = Wanted { replace: true, ..wanted };
                        cx.open(Confirm::new(
                            title,
                            what,
                            "Replace",
                            Then::Send(ScreenId::Admin, Box::new(wanted)),
                        ));
                    }
                }
                None
            }
            Err(parcel) => Some(parcel),
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let top = Rect { height: (self.form.height() + 4).min(area.height), ..area };
        let inside = panel::panel(frame, top, "Export", view);
        self.form.draw(frame, inside, view);
        let below = Rect { y: top.bottom(), height: area.height - top.height, ..area };
        if below.height < 3 {
            return;
        }
        let quiet = View { focused: false, ..*view };
        let inside = panel::panel(frame, below, "About it", &quiet);
        let at = self.what();
        let about = match at {
            0 => {
                "A bare list, as the original imports it. With a folder it is only a part: never import it as full."
            }
            1 => {
                "As above with version, environment, author and count, so that a cut or partial file is noticed."
            }
            2 => "A row for each parameter, for spreadsheets. It cannot be imported again.",
            3 => {
                "A file for each rule set in folders, which diffs well under version control. Folders apart, all of them."
            }
            4 => "Tests with their scripts, production ready or not.",
            5 => "End points, holidays, time zone, keep warm and users. Keys are never exported.",
            _ => "What the store knows of the Amazon Connect instance, as connect.json has it.",
        };
        let refused = view.session.refuses(Some(WHAT[at].1), false);
        let text = refused.map_or_else(|| about.to_owned(), |why| format!("{about}\n\n✗ {why}"));
        panel::notice(frame, inside, &text, view);
    }
}
