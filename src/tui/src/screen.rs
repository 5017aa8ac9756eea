//! What a screen is, where one can go, and what screens may use while they update and draw.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use connect_rules_engine::value::Text;
use connect_rules_store::service::Action;
use connect_rules_store::{Actor, Applied, Error};
use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::data::Data;
use crate::message::{Effect, Job, JobContext, Level, Owner, Parcel};
use crate::overlay::Dialog;
use crate::session::Session;
use crate::theme::{Role, Theme};

/// The nine screens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are those of the tabs")]
pub enum ScreenId {
    Home,
    Rules,
    Simulate,
    Tests,
    Graph,
    Limits,
    Functions,
    Health,
    Admin,
}

impl ScreenId {
    /// In the order of the tabs.
    pub const ALL: [ScreenId; 9] = [
        ScreenId::Home,
        ScreenId::Rules,
        ScreenId::Simulate,
        ScreenId::Tests,
        ScreenId::Graph,
        ScreenId::Limits,
        ScreenId::Functions,
        ScreenId::Health,
        ScreenId::Admin,
    ];

    /// The name on its tab.
    pub fn name(self) -> &'static str {
        match self {
            ScreenId::Home => "Home",
            ScreenId::Rules => "Rules",
            ScreenId::Simulate => "Simulate",
            ScreenId::Tests => "Tests",
            ScreenId::Graph => "Graph",
            ScreenId::Limits => "Limits",
            ScreenId::Functions => "Functions",
            ScreenId::Health => "Health",
            ScreenId::Admin => "Admin",
        }
    }
}

/// Somewhere to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A screen as it was left.
    Screen(ScreenId),
    /// A rule set, by identifier.
    RuleSet(Text),
    /// A rule, by identifiers of rule set and rule.
    Rule(Text, Text),
    /// A stored test, by identifier.
    Test(Text),
    /// An end point, by identifier.
    EndPoint(Text),
    /// A holiday, by identifier.
    Holiday(Text),
    /// A user, by identifier.
    User(Text),
    /// A section of Admin, by its name, and a thing in it; empty for none.
    Admin(&'static str, Text),
    /// A call that starts at this rule set (by name), or at the end point of that name.
    Simulate {
        /// Name of the rule set; empty to use the end point.
        rule_set: Text,
        /// Name of the end point; empty to use the rule set.
        end_point: Text,
    },
    /// A stored test played in Simulate, by identifier.
    Replay(Text),
    /// The graph with its focus on the rule set of that name.
    GraphOf(Text),
}

impl Target {
    /// The screen that shows it.
    pub fn screen(&self) -> ScreenId {
        match self {
            Target::Screen(id) => *id,
            Target::RuleSet(_) | Target::Rule(..) => ScreenId::Rules,
            Target::Test(_) => ScreenId::Tests,
            Target::EndPoint(_) | Target::Holiday(_) | Target::User(_) | Target::Admin(..) => ScreenId::Admin,
            Target::Simulate { .. } | Target::Replay(_) => ScreenId::Simulate,
            Target::GraphOf(_) => ScreenId::Graph,
        }
    }
}

/// Something that a screen or a dialog asks the program for, beside effects.
pub enum Request {
    /// Tell something short.
    Toast(Level, String),
    /// Open a dialog on top.
    Open(Box<dyn Dialog>),
    /// Close the dialog that asks.
    Close,
    /// Go somewhere; the way back is kept.
    Go(Target),
    /// Hand something to a screen, as if it came as a message.
    Send(ScreenId, Parcel),
    /// Hand an answer to who asked for it.
    Answer(Owner, Parcel),
    /// Run a command by its id, at the place below the dialogs.
    Run(&'static str),
    /// Draw a frame: what is seen changed.
    Draw,
    /// Start a job.
    Job(Job),
    /// Cancel a job.
    Cancel(u64),
    /// Somebody said who they are: they work here from now on.
    LoggedIn(Actor),
    /// Look of the program: the theme of that name.
    Theme(String),
    /// Read the outbound limits every so many seconds from now on.
    LimitsRefresh(u32),
}

/// What screens may use while they update.
pub struct Cx<'a> {
    /// What is stored; none until the first reading is done.
    pub data: Option<&'a Arc<Data>>,
    /// Who works where.
    pub session: &'a Session,
    /// Number of the dialog that is asked, 0 for screens.
    pub dialog: u64,
    /// Which screen is in front.
    pub screen: ScreenId,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// What is asked of the world.
    pub effects: &'a mut Vec<Effect>,
    /// What is asked of the program.
    pub requests: &'a mut Vec<Request>,
}

impl Cx<'_> {
    /// Who asks now.
    pub fn me(&self) -> Owner {
        if self.dialog == 0 { Owner::Screen(self.screen) } else { Owner::Dialog(self.dialog) }
    }

    /// Makes a change; the answer comes to [`Screen::changed`] or [`Dialog::changed`] of who asks.
    pub fn change(&mut self, action: impl Action + Send + 'static) {
        let owner = self.me();
        self.effects.push(Effect::Change { owner, action: Box::new(action) });
    }

    /// Opens a dialog.
    pub fn open(&mut self, dialog: impl Dialog + 'static) {
        self.requests.push(Request::Open(Box::new(dialog)));
    }

    /// Closes the dialog that asks.
    pub fn close(&mut self) {
        self.requests.push(Request::Close);
    }

    /// Tells something short.
    pub fn toast(&mut self, level: Level, text: impl Into<String>) {
        self.requests.push(Request::Toast(level, text.into()));
    }

    /// Goes somewhere.
    pub fn go(&mut self, target: Target) {
        self.requests.push(Request::Go(target));
    }

    /// Hands something to a screen.
    pub fn send<T: Send + 'static>(&mut self, screen: ScreenId, value: T) {
        self.requests.push(Request::Send(screen, Box::new(value)));
    }

    /// Puts a text on the person's clipboard.
    pub fn copy(&mut self, text: impl Into<String>) {
        let text = text.into();
        self.toast(Level::Note, format!("copied {} characters", text.chars().count()));
        self.effects.push(Effect::Copy(text));
    }

    /// Starts a job that a person asked for, such as running tests or an export: leaving the program before it
    /// is done is asked about. What it makes comes to `message` of who asks.
    pub fn job<T: Send + 'static>(
        &mut self,
        title: impl Into<String>,
        work: impl FnOnce(&JobContext) -> T + Send + 'static,
    ) {
        self.start(title.into(), true, Arc::default(), work);
    }

    /// Starts a job like [`Cx::job`] that only works out what is shown: nothing is lost if it never ends.
    pub fn look<T: Send + 'static>(
        &mut self,
        title: impl Into<String>,
        work: impl FnOnce(&JobContext) -> T + Send + 'static,
    ) {
        self.start(title.into(), false, Arc::default(), work);
    }

    /// Starts a job; the flag cancels it. One without a title is not told in the footer.
    pub(crate) fn start<T: Send + 'static>(
        &mut self,
        title: String,
        asked: bool,
        cancelled: Arc<AtomicBool>,
        work: impl FnOnce(&JobContext) -> T + Send + 'static,
    ) {
        let work = Box::new(move |context: &JobContext| Box::new(work(context)) as Parcel);
        let owner = self.me();
        self.requests.push(Request::Job(Job { title, owner, asked, quiet: false, cancelled, work }));
    }

    /// As [`Cx::start`] without a title, for what is looked at again and again: no frame is drawn unless who gets
    /// what it makes asks for one with [`Cx::draw`].
    pub(crate) fn poll<T: Send + 'static>(
        &mut self,
        cancelled: Arc<AtomicBool>,
        work: impl FnOnce(&JobContext) -> T + Send + 'static,
    ) {
        let work = Box::new(move |context: &JobContext| Box::new(work(context)) as Parcel);
        let (title, owner) = (String::new(), self.me());
        self.requests.push(Request::Job(Job { title, owner, asked: false, quiet: true, cancelled, work }));
    }

    /// Asks for a frame where nothing else does: after a quiet job, and when a screen is woken.
    pub fn draw(&mut self) {
        self.requests.push(Request::Draw);
    }
}

/// What drawing may use.
pub struct View<'a> {
    /// What is stored; none until the first reading is done.
    pub data: Option<&'a Arc<Data>>,
    /// Who works where.
    pub session: &'a Session,
    /// The look.
    pub theme: &'a Theme,
    /// Whether what is drawn has the focus; screens below a dialog have not.
    pub focused: bool,
    /// Panes as they are shown, for those that wait until the cursor rests.
    pub(crate) followers: &'a Followers,
}

/// Panes that follow the cursor: while it moves they stay as they are shown, so that a move sends few bytes and
/// a key that is held sends nothing for them.
#[derive(Debug, Default)]
pub(crate) struct Followers {
    shown: RefCell<Vec<Buffer>>,
    /// When they are drawn for the new place, in milliseconds since the epoch; none when they are.
    pub until: Option<i64>,
}

impl Followers {
    /// A frame begins: unless the cursor moves, what is shown is drawn anew.
    pub fn begin(&self) {
        if self.until.is_none() {
            self.shown.borrow_mut().clear();
        }
    }
}

impl View<'_> {
    /// Whether the cursor moves: what follows it waits.
    pub fn is_moving(&self) -> bool {
        self.followers.until.is_some()
    }

    /// Draws a pane that follows the cursor of another one; while that moves, the pane stays as it is shown.
    pub fn follow(&self, frame: &mut Frame<'_>, area: Rect, draw: impl FnOnce(&mut Frame<'_>)) {
        let area = area.intersection(frame.area());
        let shown = self.followers.shown.borrow();
        let kept = shown.iter().position(|it| it.area == area);
        if let Some(kept) = kept.filter(|_| self.is_moving()) {
            return frame.buffer_mut().merge(&shown[kept]);
        }
        drop(shown);
        draw(frame);
        let mut now = Buffer::empty(area);
        for y in area.top()..area.bottom() {
            for x in area.left()..area.right() {
                now[(x, y)] = frame.buffer_mut()[(x, y)].clone();
            }
        }
        self.followers.shown.borrow_mut().push(now);
    }

    /// The look of a role.
    pub fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }
}

/// One of the nine screens. Its state is its own; `draw` never changes what it means.
pub trait Screen: Send {
    /// Where the focus is, such as `rules.tree`: which bindings work.
    fn place(&self) -> &'static str;

    /// The page of help that what the cursor is on has; `None` for the page of the screen.
    fn help_page(&self, view: &View<'_>) -> Option<String> {
        let _ = view;
        None
    }

    /// Whether plain characters write into a text field now.
    fn typing(&self) -> bool {
        false
    }

    /// A key that no binding takes, or any key while a text field has the focus. Tells whether it was used.
    fn key(&mut self, key: KeyEvent, cx: &mut Cx<'_>) -> bool {
        let _ = (key, cx);
        false
    }

    /// Pasted text.
    fn paste(&mut self, text: &str, cx: &mut Cx<'_>) {
        let _ = (text, cx);
    }

    /// A command of the key table. Tells whether it is one of this screen.
    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool;

    /// Why a command cannot be run here now; `None` if it can. Roles and read-only are seen to elsewhere.
    fn refuses(&self, command: &'static str, view: &View<'_>) -> Option<String> {
        let _ = (command, view);
        None
    }

    /// The screen comes to the front, for a target or as it was left.
    fn enter(&mut self, target: &Target, cx: &mut Cx<'_>) {
        let _ = (target, cx);
    }

    /// Where the cursor is, for the way back.
    fn whereabouts(&self) -> Target;

    /// The store was read anew.
    fn loaded(&mut self, cx: &mut Cx<'_>) {
        let _ = cx;
    }

    /// The terminal has another size.
    fn resized(&mut self, cx: &mut Cx<'_>) {
        let _ = cx;
    }

    /// What came of a change it asked for. `false` leaves telling it to the program.
    fn changed(&mut self, result: &Result<Applied, Error>, cx: &mut Cx<'_>) -> bool {
        let _ = (result, cx);
        false
    }

    /// Something for this screen: what a job made, or what a dialog answered.
    fn message(&mut self, parcel: Parcel, cx: &mut Cx<'_>) {
        let _ = (parcel, cx);
    }

    /// When it wants to be woken while it is in front, in milliseconds since the epoch; `None` while it waits for
    /// nothing.
    fn wakes(&self) -> Option<i64> {
        None
    }

    /// The time has come that [`Screen::wakes`] named.
    fn woken(&mut self, cx: &mut Cx<'_>) {
        let _ = cx;
    }

    /// What would be lost if the program ended now, in words; `None` if nothing.
    fn unsaved(&self) -> Option<String> {
        None
    }

    /// The program ends or the terminal is gone: whatever should be found again is written now.
    fn save_drafts(&mut self, cx: &mut Cx<'_>) {
        let _ = cx;
    }

    /// Draws it.
    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>);

    /// What the cursor is on, as text for the clipboard.
    fn copied(&self, view: &View<'_>) -> Option<String> {
        let _ = view;
        None
    }
}
