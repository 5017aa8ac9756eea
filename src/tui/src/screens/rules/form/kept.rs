//! Drafts of an earlier run, offered when the program starts: open one, keep them, or discard them.

use std::path::PathBuf;

use connect_rules_engine::kinds::RuleType;
use connect_rules_engine::value::Text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::RuleForm;
use super::drafts::{self, DraftInfo, drafts};
use super::work::Work;
use crate::clean;
use crate::data::Data;
use crate::message::{Effect, Level, Parcel};
use crate::overlay::{Confirm, Dialog, Then};
use crate::screen::{Cx, ScreenId, Target, View};
use crate::screens::tests::{TestDraft, draft_kept};
use crate::session::Session;
use crate::theme::Role;
use crate::times;
use crate::widgets::{List, panel};

/// What a draft is of.
#[derive(Clone, Debug)]
enum Of {
    Rule(DraftInfo),
    Test(PathBuf),
}

/// A draft that was found.
#[derive(Clone, Debug)]
struct Item {
    of: Of,
    title: String,
    /// When it was written, if that is known.
    at: Option<i64>,
}

/// What a job found in the state folder.
pub struct Found(Vec<Item>);

/// A person wants to go on with the draft of a rule.
pub struct OpenDraft(DraftInfo);

/// Agreement to discard the draft at that position.
struct Discard(usize);

/// Reads what drafts there are of this place: those of rule sets that are here, the newest first, and that of
/// a test.
pub fn look(session: &Session, data: &Data) -> Found {
    let mut items = Vec::new();
    let Some(state) = &session.state else { return Found(items) };
    for info in drafts(state) {
        if data.rule_set(&info.rule_set_id).is_some() {
            items.push(Item { title: format!("rule {}", info.title), at: Some(info.at), of: Of::Rule(info) });
        }
    }
    if let Some((path, name)) = draft_kept(session) {
        items.push(Item { title: format!("test {name}"), at: None, of: Of::Test(path) });
    }
    Found(items)
}

impl OpenDraft {
    /// Where the rule is that it is a draft of.
    pub fn place(&self) -> Target {
        let set = Text::clone(&self.0.rule_set_id);
        match &self.0.rule_id {
            Some(rule) => Target::Rule(set, Text::clone(rule)),
            None => Target::RuleSet(set),
        }
    }
}

/// The offer.
pub struct Kept {
    items: Vec<Item>,
    list: List,
}

impl Kept {
    /// The offer of what was found; nothing if there is no draft.
    pub fn new(found: Found) -> Option<Self> {
        let list = List::new(found.0.len());
        (!found.0.is_empty()).then_some(Kept { items: found.0, list })
    }
}

impl Dialog for Kept {
    fn place(&self) -> &'static str {
        "dialog.drafts"
    }

    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        let here = self.items.get(self.list.cursor());
        match command {
            "dialog.cancel" => {
                cx.toast(Level::Note, "the drafts are kept: a form offers its own when it opens");
                cx.close();
            }
            "dialog.ok" => {
                match here.map(|item| item.of.clone()) {
                    Some(Of::Rule(info)) => cx.send(ScreenId::Rules, OpenDraft(info)),
                    Some(Of::Test(_)) => cx.send(ScreenId::Tests, TestDraft::Open),
                    None => {}
                }
                cx.close();
            }
            "drafts.discard" => {
                if let Some(item) = here {
                    let body = format!("What was typed into {} is lost. Nothing stored changes.", item.title);
                    let then = Then::Answer(cx.me(), Box::new(Discard(self.list.cursor())));
                    cx.open(Confirm::new("Discard the draft?", body, "Discard", then));
                }
            }
            _ => return self.list.run(command),
        }
        true
    }

    fn message(&mut self, parcel: Parcel, cx: &mut Cx<'_>) {
        let Ok(discard) = parcel.downcast::<Discard>() else { return };
        if discard.0 >= self.items.len() {
            return;
        }
        let item = self.items.remove(discard.0);
        match item.of {
            Of::Rule(info) => cx.effects.push(Effect::RemoveFile(info.path)),
            Of::Test(path) => {
                cx.effects.push(Effect::RemoveFile(path));
                cx.send(ScreenId::Tests, TestDraft::Gone);
            }
        }
        cx.toast(Level::Note, format!("the draft of {} is gone", item.title));
        self.list.resize(self.items.len());
        if self.items.is_empty() {
            cx.close();
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let count = self.items.len();
        let title =
            if count == 1 { "1 draft was kept".to_owned() } else { format!("{count} drafts were kept") };
        let height = (count as u16).saturating_add(4).clamp(6, (area.height * 4 / 5).max(6));
        let inside = panel::window(frame, area, (area.width.min(84), height), &title, view);
        if inside.height < 3 {
            return;
        }
        let rows = Rect { height: inside.height - 1, ..inside };
        let wide = rows.width as usize;
        self.list.draw(frame, rows, view, |at| {
            let item = &self.items[at];
            let zone = view.data.and_then(|data| data.workspace.zone());
            let when = item.at.and_then(|at| jiff::Timestamp::from_millisecond(at).ok());
            let when = when.map_or_else(String::new, |at| times::shown(&at.to_string(), zone));
            let room = wide.saturating_sub(23);
            Line::from(vec![
                Span::styled(format!(" {} ", clean::pad(&item.title, room)), view.style(Role::Text)),
                Span::styled(when, view.style(Role::Dim)),
            ])
        });
        frame.render_widget(
            Line::styled(" enter open  esc keep all  d discard", view.style(Role::Dim)),
            Rect { y: inside.bottom() - 1, height: 1, ..inside },
        );
    }
}

impl RuleForm {
    /// The form as a draft left it; none if the draft or its rule set is gone.
    pub fn restored(cx: &mut Cx<'_>, open: &OpenDraft) -> Option<RuleForm> {
        let info = &open.0;
        let draft = drafts::read_file(&info.path)?;
        let set = Text::clone(&cx.data?.rule_set(&info.rule_set_id)?.name);
        let base = draft.base.clone();
        let work = base.as_ref().map_or_else(|| Work::new(RuleType::Message), |(rule, _)| Work::of(rule));
        let mut form = Self::of(cx, &info.rule_set_id, &set, work, base);
        form.draft_path = Some(info.path.clone());
        form.offer = Some(draft);
        form.start(cx);
        form.resume(cx);
        Some(form)
    }
}
