//! Reaching a store that is not on this machine: who works there is known once it answers, and until then it says
//! what is missing and tries again.

use std::time::Duration;

use connect_rules_store::{Actor, Error, RemoteFault};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::Dialog;
use super::login::Login;
use crate::clean;
use crate::message::{Effect, Parcel};
use crate::screen::{Cx, Request, View};
use crate::theme::Role;
use crate::widgets::panel;

/// How long the next try waits.
const AGAIN: Duration = Duration::from_secs(2);
/// After so long without an answer that is told, and tried again; later tries wait longer each, for what is slow.
const PATIENCE: Duration = Duration::from_secs(4);
/// How many times that at most.
const LONGEST: u32 = 8;

/// What the store said.
struct Answered(Result<Actor, Error>);

/// The wait. Nothing is read until it ends; leaving it ends the program.
pub struct Opening {
    key: Option<String>,
    user: String,
    trouble: Option<Error>,
    tries: usize,
}

impl Opening {
    /// The wait for the holder of a key, or for that user of the operating system.
    pub fn new(key: Option<String>, user: String) -> Self {
        Opening { key, user, trouble: None, tries: 0 }
    }

    /// Asks the store who works there.
    fn start(&mut self, cx: &mut Cx<'_>) {
        let (key, user, tries) = (self.key.clone(), self.user.clone(), self.tries);
        self.tries += 1;
        cx.look("reaching the store", move |job| {
            if tries > 0 {
                std::thread::sleep(AGAIN);
            }
            let asked = async {
                match &key {
                    Some(key) => job.backend.log_in(key).await,
                    None => job.backend.local_actor(&user).await,
                }
            };
            let patience = PATIENCE * u32::try_from(tries).unwrap_or(LONGEST).saturating_add(1).min(LONGEST);
            let answer = job.wait(async { tokio::time::timeout(patience, asked).await });
            Answered(answer.unwrap_or_else(|_| {
                Err(Error::Remote {
                    place: "tables of the environment".to_owned(),
                    fault: RemoteFault::Unreachable,
                    message: format!("no answer within {} s", patience.as_secs()),
                })
            }))
        });
    }

    fn ask(&self, error: &Error, cx: &mut Cx<'_>) {
        let why = match self.key {
            Some(_) => format!("not logged in with the key that is kept: {error}"),
            None => "This store is open to people with a key only.".to_owned(),
        };
        cx.close();
        cx.open(Login::new(why));
    }

    fn lines(&self, view: &View<'_>) -> Vec<(Role, String)> {
        let environment = &view.session.environment;
        let mut lines = vec![(Role::Text, format!("Environment {}", environment.name))];
        if !environment.place.is_empty() {
            lines.push((Role::Dim, environment.place.clone()));
        }
        lines.push((Role::Text, String::new()));
        match &self.trouble {
            None => lines.push((Role::Text, "reaching its tables…".to_owned())),
            Some(error) => {
                let it = error.explain();
                lines.push((Role::Bad, format!("not reached: {}", it.what)));
                lines.push((Role::Text, format!("Where: {}", it.place)));
                lines.push((Role::Text, format!("Why: {}", it.why)));
                lines.push((Role::Text, format!("What to do: {}", it.fix)));
                lines.push((Role::Dim, format!("tried {} times, trying again…", self.tries.max(1) - 1)));
            }
        }
        lines
    }
}

impl Dialog for Opening {
    fn opened(&mut self, cx: &mut Cx<'_>) {
        self.start(cx);
    }

    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        match command {
            "dialog.cancel" | "app.quit" => cx.effects.push(Effect::Quit),
            _ => return false,
        }
        true
    }

    fn message(&mut self, parcel: Parcel, cx: &mut Cx<'_>) {
        let Ok(answered) = parcel.downcast::<Answered>() else { return };
        match answered.0 {
            Ok(actor) => {
                cx.close();
                cx.requests.push(Request::LoggedIn(actor));
            }
            Err(error @ (Error::Unauthenticated | Error::Expired(_) | Error::Throttled(_))) => {
                self.ask(&error, cx);
            }
            Err(error) => {
                self.trouble = Some(error);
                self.start(cx);
            }
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let wide = area.width.min(90);
        let room = (wide as usize).saturating_sub(4).max(10);
        let rows: Vec<Line<'_>> = self
            .lines(view)
            .into_iter()
            .flat_map(|(role, text)| {
                let style = view.style(role);
                let wrapped = clean::wrap(&text, room);
                wrapped.into_iter().map(move |row| Line::styled(format!(" {row}"), style)).collect::<Vec<_>>()
            })
            .collect();
        let height = (rows.len() as u16).saturating_add(4).min(area.height);
        let inside = panel::window(frame, area, (wide, height), "Opening", view);
        let text = Rect { height: inside.height.saturating_sub(2), ..inside };
        panel::lines(frame, text, rows);
        if inside.height > 0 {
            frame.render_widget(
                Line::styled(" esc quit", view.style(Role::Dim)),
                Rect { y: inside.bottom() - 1, height: 1, ..inside },
            );
        }
    }
}
