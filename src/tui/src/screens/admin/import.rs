//! Import: a file or folder, its plan, and nothing before that is agreed to (`spec/model.md` 14.3).

use connect_rules_engine::problem::Problem;
use connect_rules_store::exchange::Mode;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::review::Review;
use super::source::{Planned, Wanted, plan};
use super::{Apply, Part};
use crate::clean;
use crate::message::{Level, Parcel};
use crate::overlay::{Candidate, Choose, Chosen};
use crate::screen::{Cx, View};
use crate::theme::Role;
use crate::widgets::form::{Field, Form, Kind};
use crate::widgets::{List, panel};

const MODES: [(&str, Mode); 3] = [
    ("merge: replace what is there, keep the rest", Mode::Merge),
    ("add: create what is new, change nothing else", Mode::Add),
    ("full: become as the file, delete all others", Mode::Full),
];

/// What reading came to.
struct Read(Option<Result<Planned, Vec<Problem>>>);

/// The section.
pub(super) struct Import {
    form: Form,
    reading: bool,
    /// What was wrong with the file, wrapped, with the path that was read.
    wrong: Vec<String>,
    about: String,
    list: List,
}

impl Import {
    /// The section with an empty form.
    pub fn new() -> Self {
        let modes = MODES.map(|(words, _)| words.to_owned()).to_vec();
        let form = Form::new(vec![
            Field::new("path", "File or folder", Kind::Line, "")
                .hint("rule sets (JSON or a folder tree), tests, or connect.json"),
            Field::new("mode", "Stored ones", Kind::Choice(modes), MODES[0].0)
                .hint("← → change it; tests know merge and full; Connect data becomes as the file says"),
            Field::new("ready", "All tests", Kind::Flag, "false")
                .hint("space turns it: take tests that are not production ready, too"),
            Field::new("plan", "Show the plan", Kind::Button, "")
                .hint("nothing is changed before you agree to the plan"),
        ]);
        Import { form, reading: false, wrong: Vec::new(), about: String::new(), list: List::new(0) }
    }

    fn wanted(&self) -> Wanted {
        let words = self.form.value("mode");
        let mode = MODES.iter().find(|(known, _)| *known == words).map_or(Mode::Merge, |(_, mode)| *mode);
        Wanted { path: self.form.value("path"), mode, not_ready: self.form.value("ready") == "true" }
    }

    fn start(&mut self, cx: &mut Cx<'_>) {
        let wanted = self.wanted();
        if wanted.path.trim().is_empty() {
            self.form.set_errors(&[("path".to_owned(), "is missing: where is the file?".to_owned())]);
            self.form.focus_first_error();
            return;
        }
        if self.reading {
            return cx.toast(Level::Note, "a file is being read already; f10 cancels it");
        }
        self.form.set_errors(&[]);
        self.reading = true;
        self.about.clone_from(&wanted.path);
        cx.job(format!("reading {}", wanted.path.trim()), move |job| Read(plan(&wanted, job)));
    }

    fn told(&mut self, problems: &[Problem]) {
        let texts = problems.iter().flat_map(|problem| clean::wrap(&format!("✗ {problem}"), 60));
        self.wrong = texts.collect();
        self.list = List::new(self.wrong.len());
    }
}

impl Part for Import {
    fn name(&self) -> &'static str {
        "import"
    }

    fn title(&self) -> &'static str {
        "Import"
    }

    fn place(&self) -> &'static str {
        "admin.import"
    }

    fn typing(&self) -> bool {
        self.form.typing()
    }

    fn key(&mut self, key: KeyEvent, _: &mut Cx<'_>) -> bool {
        if matches!(
            key.code,
            KeyCode::Tab | KeyCode::BackTab | KeyCode::PageUp | KeyCode::PageDown | KeyCode::Enter
        ) {
            return false;
        }
        let did = self.form.key(key);
        if did == crate::widgets::form::Did::Changed {
            self.form.set_errors(&[]);
        }
        did != crate::widgets::form::Did::Nothing
    }

    fn paste(&mut self, text: &str) {
        self.form.paste(text.trim());
    }

    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        super::export::move_in(&mut self.form, command) || {
            match command {
                "admin.import.plan" => match self.form.focused().map(|field| &field.kind) {
                    Some(Kind::Choice(all)) => {
                        let all = all.iter().map(|it| Candidate::plain(it.as_str())).collect();
                        let choose = Choose::new("Stored ones", "import.mode", cx.me(), all);
                        cx.open(choose.at(&self.form.value("mode")));
                    }
                    _ => self.start(cx),
                },
                "move.pageUp" | "move.pageDown" => return self.list.run(command),
                _ => return false,
            }
            true
        }
    }

    fn select(&mut self, _: &str, _: &mut Cx<'_>) {
        self.form.focus_on("path");
    }

    fn message(&mut self, parcel: Parcel, cx: &mut Cx<'_>) -> Option<Parcel> {
        let parcel = match parcel.downcast::<Chosen>() {
            Ok(chosen) if chosen.tag == "import.mode" => {
                if let Some(field) = self.form.field_mut("mode") {
                    field.set(&chosen.value);
                }
                return None;
            }
            Ok(other) => return Some(other),
            Err(parcel) => parcel,
        };
        match parcel.downcast::<Read>() {
            Ok(read) => {
                self.reading = false;
                match read.0 {
                    None => cx.toast(Level::Note, "cancelled; nothing was changed"),
                    Some(Err(problems)) => {
                        let count = problems.len();
                        self.told(&problems);
                        let them = if count == 1 { "1 problem" } else { &format!("{count} problems") };
                        cx.toast(Level::Bad, format!("not imported: {them}, listed below"));
                    }
                    Some(Ok(planned)) => {
                        self.told(&[]);
                        let apply = Apply { title: format!("{}?", planned.title), action: planned.action };
                        cx.open(Review::new(planned.title, planned.lines, planned.loses, apply));
                    }
                }
                None
            }
            Err(parcel) => Some(parcel),
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let top = Rect { height: (self.form.height() + 4).min(area.height), ..area };
        let inside = panel::panel(frame, top, "Import", view);
        self.form.draw(frame, inside, view);
        let below = Rect { y: top.bottom(), height: area.height - top.height, ..area };
        if below.height < 3 {
            return;
        }
        let quiet = View { focused: false, ..*view };
        if self.wrong.is_empty() {
            let inside = panel::panel(frame, below, "How it goes", &quiet);
            let text = if self.reading {
                "reading…"
            } else {
                "The whole file is checked and every change is listed first. You agree to the plan or leave it; \
                 a backup is written before it is carried out, and one undo takes all of it back."
            };
            panel::notice(frame, inside, text, view);
            return;
        }
        let title = format!("Not imported: {} ── pgup/pgdn scroll", self.about);
        let inside = panel::panel(frame, below, &title, &quiet);
        self.list.draw(frame, inside, &quiet, |at| {
            let text = clean::fit(&self.wrong[at], (inside.width as usize).saturating_sub(2)).into_owned();
            Line::styled(format!(" {text}"), view.style(Role::Text))
        });
    }

    fn copied(&self, _: &View<'_>) -> Option<String> {
        (!self.wrong.is_empty()).then(|| self.wrong.join("\n"))
    }
}
