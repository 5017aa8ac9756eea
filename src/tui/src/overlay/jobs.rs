//! The jobs that run beside the screen, and how to cancel one.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::Dialog;
use crate::clean;
use crate::screen::{Cx, Request, View};
use crate::theme::Role;
use crate::widgets::{List, panel};

/// A job as shown.
#[derive(Clone, Debug)]
pub struct Row {
    /// Number.
    pub id: u64,
    /// What it does and how far it is.
    pub text: String,
}

/// The list of jobs as it was when it was opened.
pub struct Jobs {
    rows: Vec<Row>,
    list: List,
}

impl Jobs {
    /// A list of these.
    pub fn new(rows: Vec<Row>) -> Self {
        Jobs { list: List::new(rows.len()), rows }
    }
}

impl Dialog for Jobs {
    fn place(&self) -> &'static str {
        "dialog.jobs"
    }

    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        match command {
            "dialog.cancel" | "dialog.ok" | "app.jobs" => cx.close(),
            "dialog.cancelJob" => {
                if let Some(row) = self.rows.get(self.list.cursor()) {
                    cx.requests.push(Request::Cancel(row.id));
                }
                cx.close();
            }
            _ => return self.list.run(command),
        }
        true
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let inside = panel::window(frame, area, (70, self.rows.len() as u16 + 5), "Jobs", view);
        if inside.height < 2 {
            return;
        }
        let rows = Rect { height: inside.height - 1, ..inside };
        if self.rows.is_empty() {
            panel::notice(frame, rows, "no job is running", view);
        }
        self.list.draw(frame, rows, view, |at| {
            Line::raw(format!(" {}", clean::fit(&self.rows[at].text, rows.width as usize)))
        });
        frame.render_widget(
            Line::styled(" x cancel it  enter close", view.style(Role::Dim)),
            Rect { y: inside.bottom() - 1, height: 1, ..inside },
        );
    }
}
