//! The environment: where the program works, as whom, and what it cannot do here and why.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::Part;
use super::table::{Column, Row, Table, Wide, below, facts};
use crate::screen::{Cx, View};
use crate::theme::Role;
use crate::widgets::panel;

const COLUMNS: &[Column] = &[("", Wide::Is(16)), ("", Wide::Share(1))];

/// What takes an Amazon Connect instance, and what to do without.
const ELSEWHERE: [(&str, &str); 5] = [
    (
        "Refresh cache",
        "not here: this store has no instance behind it; edit Connect data or import connect.json",
    ),
    ("System health", "not here: flows and functions of an instance are checked; 8 Health tells more"),
    ("Repair", "not here: there is nothing deployed to repair"),
    ("Keep warm", "not here: the setting is kept, functions are called only when deployed"),
    (
        "Flow numbers",
        "not here: whether a number is attached to the entry flow is known to the instance only",
    ),
];

/// The section.
pub(super) struct Environment {
    table: Table,
}

impl Environment {
    /// The section before anything is read.
    pub fn new() -> Self {
        Environment { table: Table::new(COLUMNS, "") }
    }
}

impl Part for Environment {
    fn name(&self) -> &'static str {
        "about"
    }

    fn title(&self) -> &'static str {
        "Environment"
    }

    fn place(&self) -> &'static str {
        "admin.about"
    }

    fn table(&mut self) -> Option<&mut Table> {
        Some(&mut self.table)
    }

    fn table_here(&self) -> Option<&Table> {
        Some(&self.table)
    }

    fn run(&mut self, _: &'static str, _: &mut Cx<'_>) -> bool {
        false
    }

    fn loaded(&mut self, cx: &mut Cx<'_>) {
        let session = cx.session;
        let environment = &session.environment;
        let path = |path: Option<&std::path::PathBuf>, none: &str| {
            path.map_or_else(|| none.to_owned(), |path| path.display().to_string())
        };
        let state = path(session.state.as_ref(), "none: drafts and recordings are not kept");
        let mut facts: Vec<(&str, String)> = vec![
            ("Program", format!("connect-rules {}", env!("CARGO_PKG_VERSION"))),
            ("Environment", environment.name.clone()),
            (
                "Production",
                if environment.production {
                    "yes: its name is asked for before something goes"
                } else {
                    "no"
                }
                .to_owned(),
            ),
            (
                "Region, account",
                if environment.place.is_empty() {
                    "none: offline".to_owned()
                } else {
                    environment.place.clone()
                },
            ),
            (
                "Writes",
                environment
                    .read_only
                    .as_ref()
                    .map_or("allowed".to_owned(), |why| format!("read-only: {why}")),
            ),
            ("Store", session.store.clone()),
            ("Store file", path(session.file.as_ref().filter(|_| !session.is_remote()), "none")),
            ("State folder", state),
            ("Themes", path(session.themes.as_ref(), "those of the program only")),
            ("User", session.actor.user.to_string()),
            ("Role", session.actor.role.to_string()),
        ];
        if let Some(data) = cx.data {
            let now = &data.snapshot;
            facts.push(("Change mark", now.mark.to_string()));
            let rules: usize = now.rule_sets.iter().map(|set| set.rules.len()).sum();
            facts.push((
                "Holds",
                format!("{} rule sets, {rules} rules, {} tests", now.rule_sets.len(), now.tests.len()),
            ));
        }
        facts.extend(ELSEWHERE.map(|(what, why)| (what, why.to_owned())));
        let row = |(label, text): (&str, String)| Row {
            key: label.into(),
            at: 0,
            role: if text.starts_with("not here") { Role::Dim } else { Role::Text },
            cells: vec![label.to_owned(), text],
        };
        self.table.fill(None, facts.into_iter().map(row).collect());
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let (list, under) = below(area, 5);
        let inside = panel::panel(frame, list, "Environment", view);
        self.table.draw(frame, inside, view);
        let Some(row) = self.table.current() else { return };
        let quiet = View { focused: false, ..*view };
        let inside = panel::panel(frame, under, &row.cells[0], &quiet);
        facts(frame, inside, &[("", row.cells[1].clone())], view);
    }
}
