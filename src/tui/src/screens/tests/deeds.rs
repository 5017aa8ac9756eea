//! The commands of the screen, and what is done to tests.

use std::sync::atomic::Ordering;

use connect_rules_engine::dates;
use connect_rules_engine::script::TestDocument;
use connect_rules_engine::value::{Map, Text};
use connect_rules_store::Kind as Sort;
use connect_rules_store::service::Picked;
use connect_rules_store::service::tests::DeleteTests;

use super::editor::TestEditor;
use super::forms::Runs;
use super::script::Leads;
use super::{LISTED, Pane, Tests, forms, reports};
use crate::message::{Level, Owner};
use crate::overlay::{Confirm, Then, edit};
use crate::screen::{Cx, ScreenId, Target};

impl Tests {
    pub(super) fn act(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        match command {
            "tests.run" | "tests.runFolder" | "tests.runAll" | "tests.again" => self.run_command(command, cx),
            "tests.stop" => {
                if let Some(live) = &self.live {
                    live.stop.store(true, Ordering::Relaxed);
                    cx.toast(Level::Note, "stopping the tests");
                }
            }
            "tests.open" if self.tree.leaf().is_none() => self.tree.toggle(),
            "tests.open" | "tests.step" => {
                if let Some(id) = self.tree.leaf() {
                    cx.go(Target::Replay(Text::clone(id)));
                }
            }
            "tests.edit" => self.edit(cx),
            "tests.new" => {
                let mut test = blank(cx, &self.tree.folder());
                if let Some(like) = self.tree.leaf().and_then(|id| cx.data?.snapshot.test(id).ok()) {
                    test.end_point = Text::clone(&like.end_point);
                }
                let editor = TestEditor::new(&test, None, cx);
                cx.open(editor);
            }
            "tests.copy" => cx.open(forms::copy_tests(self.chosen(), &self.tree.folder())),
            "tests.move" => {
                if let Some(data) = cx.data {
                    cx.open(forms::move_tests(&self.chosen(), &self.tree.folder(), &data.snapshot));
                }
            }
            "tests.delete" => self.delete(cx),
            "tests.draft" => {
                if let Some(draft) = self.draft.take() {
                    let editor = TestEditor::restored(draft, cx);
                    cx.open(editor);
                }
            }
            "tests.mark" => self.mark(),
            "tests.clear" => {
                self.marked.clear();
                self.tree_filter.set("");
                self.tree.set_filter("");
                self.count();
            }
            "tests.failures" => {
                self.failures_only = !self.failures_only;
                if let Some(data) = cx.data {
                    self.leaves(data);
                }
            }
            "tests.nextFailure" => self.walk_failures(true, cx),
            "tests.previousFailure" => self.walk_failures(false, cx),
            "tests.coverage" => {
                self.pane = if self.pane == Pane::Coverage { Pane::Tree } else { Pane::Coverage };
            }
            "tests.export" => {
                let zone = cx.data.and_then(|data| data.workspace.zone());
                let marked = self.marked.iter().cloned().collect();
                cx.open(forms::export(marked, &self.tree.folder(), cx.session.clock.now(), zone));
            }
            "tests.report" => {
                if let Some(run) = self.run.clone() {
                    cx.open(reports::ask(run));
                }
            }
            "tests.missing" => self.search(cx),
            "tests.import" => cx.open(edit::ask("Import tests", "File", "", "import", cx.me())),
            "tests.runs" => cx.open(Runs::new(self.runs.iter().cloned().collect())),
            "tests.script.expand" | "tests.script.line" => {
                if command == "tests.script.expand" {
                    self.expanded = !self.expanded;
                    self.open.clear();
                } else if let Some(line) = self.rows.get(self.script.cursor()).and_then(|row| row.number)
                    && !self.open.remove(&line)
                {
                    self.open.insert(line);
                }
                if let Some(data) = cx.data {
                    self.write_rows(data);
                }
            }
            "tests.script.open" => {
                let leads =
                    self.rows.get(self.script.cursor()).map_or(Leads::Nowhere, |row| row.leads.clone());
                self.follow(leads, cx);
            }
            "tests.coverage.open" => self.open_covered(cx),
            "tests.coverage.walkers" => self.list_walkers(cx),
            "app.filter" => {
                self.typing = true;
                if self.pane == Pane::Script {
                    self.pane = Pane::Tree;
                }
            }
            "pane.next" | "pane.previous" => {
                let order = [Pane::Tree, Pane::Script, Pane::Coverage];
                let at = order.iter().position(|pane| *pane == self.pane).unwrap_or_default();
                self.pane = order[(at + if command == "pane.next" { 1 } else { 2 }) % 3];
            }
            _ => {
                return match self.pane {
                    Pane::Tree => self.tree.run(command),
                    Pane::Coverage => self.coverage.run(command),
                    Pane::Script => match command {
                        "move.left" => {
                            self.left = self.left.saturating_sub(8);
                            true
                        }
                        "move.right" => {
                            self.left += 8;
                            true
                        }
                        _ => self.script.run(command),
                    },
                };
            }
        }
        true
    }

    pub(super) fn edit(&self, cx: &mut Cx<'_>) {
        let Some(data) = cx.data else { return };
        let Some(test) = self.tree.leaf().and_then(|id| data.snapshot.test(id).ok()) else { return };
        let rev = data.snapshot.rev(Sort::Test, test.test_id.as_deref().unwrap_or_default());
        let line = self.rows.get(self.script.cursor()).and_then(|row| row.number);
        let line = line.or_else(|| {
            self.rows[..self.script.cursor().min(self.rows.len())].iter().rev().find_map(|row| row.number)
        });
        let editor = TestEditor::new(test, Some((test.clone(), rev)), cx);
        cx.open(editor.at_line(line.unwrap_or(1)));
    }

    pub(super) fn delete(&self, cx: &mut Cx<'_>) {
        let Some(data) = cx.data else { return };
        let ids = self.chosen();
        let names: Vec<String> = ids
            .iter()
            .filter_map(|id| data.snapshot.tests.get(*self.index.get(id)?))
            .take(LISTED)
            .map(|test| format!("{} · {}", test.name, test.folder))
            .collect();
        let more =
            if ids.len() > LISTED { format!("\n… and {} more", ids.len() - LISTED) } else { String::new() };
        let seen =
            ids.iter().map(|id| Picked { id: Text::clone(id), rev: Some(data.snapshot.rev(Sort::Test, id)) });
        let action = DeleteTests(seen.collect());
        let title = format!("Delete {}?", forms::count(ids.len()));
        let then = Then::Change(Owner::Screen(ScreenId::Tests), Box::new(action));
        cx.open(
            Confirm::new(title, format!("{}{more}", names.join("\n")), "Delete", then)
                .guarded(&cx.session.environment),
        );
    }

    pub(super) fn mark(&mut self) {
        let here = match self.tree.leaf() {
            Some(id) => vec![Text::clone(id)],
            None => self.tree.under(&self.tree.folder()),
        };
        if here.iter().all(|id| self.marked.contains(id)) {
            self.marked.retain(|id| !here.contains(id));
        } else {
            self.marked.extend(here);
        }
        self.tree.run("move.down");
    }
}

/// A new test in that folder.
pub(super) fn blank(cx: &Cx<'_>, folder: &str) -> TestDocument {
    let end_point = cx.data.and_then(|data| Some(Text::clone(data.workspace.end_points().first()?.0)));
    TestDocument {
        test_id: None,
        name: Text::default(),
        production_ready: true,
        folder: Text::from(folder),
        test_reference: Text::default(),
        description: Text::default(),
        end_point: end_point.unwrap_or_default(),
        test_date_time: Text::from(dates::iso_utc(cx.session.clock.now())),
        customer_phone_number: Text::from("anonymous"),
        contact_attributes: Map::new(),
        payload: Text::default(),
        script_version: 2,
        mocks: None,
    }
}
