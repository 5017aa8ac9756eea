//! The pane of answers and logs: lines with a cursor that stays at the end while new ones come.

use std::collections::HashSet;

use connect_rules_cloud::gateway::{Invocation, LogLine};
use jiff::tz::TimeZone;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::clean;
use crate::cloud::{Newest, Trouble, ask};
use crate::overlay::Explain;
use crate::screen::{Cx, View};
use crate::theme::Role;
use crate::times;
use crate::widgets::{List, panel};

/// So many lines are kept.
const MOST: usize = 5000;
/// So many lines are asked for at once.
const PAGE: usize = 500;
/// So often a log is asked, in milliseconds.
const EVERY: i64 = 2000;
/// A log is followed from so many milliseconds ago.
const BEFORE: i64 = 900_000;

/// What a log said.
struct Polled(Result<Vec<LogLine>, Trouble>);

/// A log that is followed.
struct Follow {
    name: String,
    from: i64,
    seen: HashSet<String>,
    paused: bool,
    next: i64,
    asked: Newest,
}

/// The pane.
#[derive(Default)]
pub(super) struct Output {
    title: String,
    lines: Vec<(Role, String)>,
    list: List,
    follow: Option<Follow>,
}

impl Output {
    /// Whether there is anything to see.
    pub fn is_used(&self) -> bool {
        !self.title.is_empty()
    }

    /// Whether a log is shown.
    pub fn follows(&self) -> bool {
        self.follow.is_some()
    }

    fn begin(&mut self, title: String) {
        self.title = title;
        self.lines.clear();
        self.list = List::new(0);
        self.follow = None;
    }

    fn push(&mut self, role: Role, text: String) {
        let at_end = self.list.cursor() + 1 >= self.lines.len();
        self.lines.push((role, text));
        if self.lines.len() > MOST {
            self.lines.drain(..MOST / 10);
        }
        self.list.resize(self.lines.len());
        if at_end {
            self.list.run("move.last");
        }
    }

    /// Shows these lines from their beginning.
    pub fn show(&mut self, title: String, lines: Vec<(Role, String)>) {
        self.begin(title);
        self.lines = lines;
        self.list = List::new(self.lines.len());
    }

    /// Shows what a call gave.
    pub fn answer(&mut self, short: &str, qualifier: &str, it: &Invocation) {
        let mut lines = Vec::new();
        let of = if qualifier.is_empty() { "$LATEST" } else { qualifier };
        let version = if it.version.is_empty() { String::new() } else { format!(", version {}", it.version) };
        match &it.error {
            None => lines.push((Role::Good, format!("✓ answered in {} ms{version}", it.took_ms))),
            Some(error) => {
                lines.push((Role::Bad, format!("✗ failed ({error}) in {} ms{version}", it.took_ms)));
            }
        }
        let tidy = serde_json::from_str::<serde_json::Value>(&it.payload)
            .and_then(|value| serde_json::to_string_pretty(&value));
        let text = tidy.unwrap_or_else(|_| it.payload.clone());
        lines.extend(clean::lines(&text).into_iter().map(|line| (Role::Text, line)));
        if !it.log.trim().is_empty() {
            lines.push((Role::Title, "Log".to_owned()));
            lines.extend(clean::lines(it.log.trim_end()).into_iter().map(|line| (Role::Dim, line)));
        }
        self.show(format!("Answer of {short} ({of})"), lines);
    }

    /// Shows why something was not done.
    pub fn failed(&mut self, title: String, trouble: &Trouble) {
        let lines = [(Role::Bad, format!("✗ {}", trouble.what)), (Role::Text, trouble.fix.clone())];
        self.show(title, lines.into());
    }

    /// Begins to follow the log of a function.
    pub fn follow(&mut self, name: &str, short: &str, cx: &mut Cx<'_>) {
        self.begin(format!("Log of {short}"));
        let now = cx.session.clock.now();
        self.follow = Some(Follow {
            name: name.to_owned(),
            from: now - BEFORE,
            seen: HashSet::new(),
            paused: false,
            next: now,
            asked: Newest::default(),
        });
        self.poll(cx);
    }

    fn poll(&mut self, cx: &mut Cx<'_>) {
        let Some(follow) = &mut self.follow else { return };
        let (door, name, from) = (cx.session.cloud.clone(), follow.name.clone(), follow.from);
        follow.asked.look(cx, "", move |job| {
            let read = || {
                let cloud = door.enter(job)?;
                ask(job, cloud.watch.logs(&name, from, PAGE))
            };
            Polled(read())
        });
    }

    /// Takes what a log said.
    ///
    /// # Errors
    /// It is something else: it is given back.
    pub fn take(
        &mut self,
        parcel: crate::message::Parcel,
        cx: &mut Cx<'_>,
    ) -> Result<(), crate::message::Parcel> {
        let Some(follow) = &mut self.follow else { return Err(parcel) };
        let Some(Polled(result)) = follow.asked.take::<Polled>(parcel)? else { return Ok(()) };
        follow.next = cx.session.clock.now() + EVERY;
        let zone = cx.data.and_then(|data| data.workspace.zone());
        match result {
            Ok(lines) => {
                let new: Vec<LogLine> =
                    lines.into_iter().filter(|it| !follow.seen.contains(&it.id)).collect();
                if let Some(last) = new.last() {
                    // Lines of the same millisecond may still come; those that were seen are told by their names.
                    if last.at_ms > follow.from {
                        follow.from = last.at_ms;
                        follow.seen.clear();
                    }
                    let from = follow.from;
                    follow.seen.extend(new.iter().filter(|it| it.at_ms >= from).map(|it| it.id.clone()));
                }
                for line in new {
                    let text = log_line(&line, zone);
                    self.push(look(&line.message), text);
                }
            }
            Err(trouble) => {
                // Asking again and again would not help; space goes on.
                follow.paused = true;
                self.push(Role::Bad, format!("✗ {}", trouble.line()));
            }
        }
        Ok(())
    }

    /// When the log is to be asked again.
    pub fn wakes(&self) -> Option<i64> {
        let follow = self.follow.as_ref()?;
        (!follow.paused && !follow.asked.is_running()).then_some(follow.next)
    }

    /// Asks the log again.
    pub fn woken(&mut self, cx: &mut Cx<'_>) {
        self.poll(cx);
    }

    /// A command of the pane. Tells whether it was one.
    pub fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        match command {
            "functions.pause" => {
                if let Some(follow) = &mut self.follow {
                    follow.paused = !follow.paused;
                    follow.next = cx.session.clock.now();
                }
            }
            "functions.clear" => {
                self.lines.clear();
                self.list = List::new(0);
            }
            "functions.line" => {
                if let Some((_, text)) = self.lines.get(self.list.cursor()) {
                    cx.open(Explain::new(self.title.clone(), text.clone()));
                }
            }
            _ => return self.list.run(command),
        }
        true
    }

    /// The line under the cursor.
    pub fn copied(&self) -> Option<String> {
        self.lines.get(self.list.cursor()).map(|(_, text)| text.clone())
    }

    /// Draws it.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let state = match &self.follow {
            Some(follow) if follow.paused => " ── ‖ paused, space goes on",
            Some(_) => " ── following, space pauses",
            None => "",
        };
        let title = if self.is_used() { self.title.as_str() } else { "Answer and log" };
        let inside = panel::panel(frame, area, &format!("{title}{state}"), view);
        if self.lines.is_empty() {
            let text = match &self.follow {
                Some(follow) if follow.asked.is_running() => "asking…",
                Some(_) => "no lines in the last 15 minutes; new ones come by themselves",
                None => "i calls the function, f follows its log",
            };
            return panel::notice(frame, inside, text, view);
        }
        let wide = (inside.width as usize).saturating_sub(2);
        self.list.draw(frame, inside, view, |at| {
            let (role, text) = &self.lines[at];
            Line::styled(format!(" {}", clean::fit(text, wide)), view.style(*role))
        });
    }
}

fn log_line(line: &LogLine, zone: Option<&TimeZone>) -> String {
    let at = times::seconds(line.at_ms, zone);
    let message = line.message.trim_end().replace('\t', "  ");
    format!("{} {message}", at.get(11..).unwrap_or_default())
}

/// Lines that tell of something wrong stand out.
fn look(message: &str) -> Role {
    let has = |words: &[&str]| words.iter().any(|word| message.contains(word));
    match () {
        () if has(&["ERROR", "\"error\"", "Task timed out", "panicked"]) => Role::Bad,
        () if has(&["WARN", "\"warn\""]) => Role::Warn,
        () if message.starts_with("START ")
            || message.starts_with("END ")
            || message.starts_with("REPORT ") =>
        {
            Role::Dim
        }
        () => Role::Text,
    }
}
