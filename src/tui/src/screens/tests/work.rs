//! Work beside the screen: runs, exports and imports, and what is done with what they make.

use std::sync::Arc;

use connect_rules_engine::value::Text;

use super::TestDraft;
use super::editor::TestEditor;
use super::forms::{Exported, FromRuns, ImportDialog, Read};
use super::run::{Live, Run, Wanted};
use super::{Covered, Found, KEPT, Pane, Saved, Start, Tests, Written, forms, missing, reports, run};
use crate::message::{Effect, Level, Parcel};
use crate::overlay::{Chosen, Confirm, Explain, Then};
use crate::screen::{Cx, ScreenId, Target};
use crate::screens::home::TestRun;

impl Tests {
    /// What a person chose for the draft of a test when the program started.
    fn offered_draft(&mut self, what: &TestDraft, cx: &mut Cx<'_>) {
        let draft = self.draft.take();
        if let (TestDraft::Open, Some(draft)) = (what, draft) {
            let editor = TestEditor::restored(draft, cx);
            cx.go(Target::Screen(ScreenId::Tests));
            cx.open(editor);
        }
    }

    /// Searches for tests that are missing, as a job; what is found is looked through before it is added.
    pub(super) fn search(&mut self, cx: &mut Cx<'_>) {
        let Some(data) = cx.data.cloned() else { return };
        self.searching = true;
        let (stubs, folder, now) =
            (Arc::clone(&cx.session.stubs), self.tree.folder(), cx.session.clock.now());
        cx.job("searching for missing tests", move |job| missing::search(job, &data, &stubs, &folder, now));
    }

    pub(super) fn start(&mut self, wanted: Wanted, cx: &mut Cx<'_>) {
        let Some(data) = cx.data.cloned() else { return };
        if wanted.ids.is_empty() {
            cx.toast(Level::Note, format!("there is no test in {}", wanted.what));
            return;
        }
        let title = format!("running {}", wanted.what);
        let live = Arc::new(Live::new(wanted, data.snapshot.tests.len()));
        self.live = Some(Arc::clone(&live));
        let (stubs, user) = (Arc::clone(&cx.session.stubs), Text::clone(&cx.session.actor.user));
        let now = cx.session.clock.now();
        cx.job(title, move |job| run::run(job, &live, &data, &stubs, user, now));
    }

    pub(super) fn ended(&mut self, run: Run, cx: &mut Cx<'_>) {
        self.live = None;
        let run = Arc::new(run);
        let counts = run.counts();
        let level = if counts.failed > 0 { Level::Bad } else { Level::Good };
        cx.toast(level, format!("{}: {} · {}", run.wanted.what, run.status(), run.covered()));
        let (passed, total) = (counts.total() - counts.failed, counts.total());
        cx.send(ScreenId::Home, TestRun { passed, total, coverage: run.covered() });
        self.runs.push_front(Arc::clone(&run));
        self.runs.truncate(KEPT);
        self.show(run, cx);
    }

    pub(super) fn show(&mut self, run: Arc<Run>, cx: &mut Cx<'_>) {
        cx.send(ScreenId::Graph, Covered(Arc::clone(&run.coverage)));
        self.coverage.set(Some(Arc::clone(&run.coverage)));
        self.run = Some(run);
        self.shown = None;
        if let Some(data) = cx.data {
            self.compare(data);
            if self.failures_only {
                self.leaves(data);
            }
        }
        self.sync(cx);
    }

    pub(super) fn chose(&mut self, chosen: &Chosen, cx: &mut Cx<'_>) {
        match chosen.tag.as_str() {
            "walks" => {
                self.go_to(&chosen.value);
                self.pane = Pane::Script;
            }
            "import" => {
                let Some(data) = cx.data.cloned() else { return };
                let path = forms::path(&chosen.value);
                cx.job("reading the file of tests", move |_| forms::read(&path, &data));
            }
            _ => {}
        }
    }

    pub(super) fn exported(exported: Exported, cx: &mut Cx<'_>) {
        let Exported { path, text, exists, told } = exported;
        match text {
            Err(why) => cx.open(Explain::new("Not exported", why)),
            Ok(text) => {
                let body = format!("{} is there already.", path.display());
                let write = Effect::WriteFile { path, text, told: Some(told) };
                if exists {
                    cx.open(Confirm::new("Write over the file?", body, "Write over it", Then::Effect(write)));
                } else {
                    cx.effects.push(write);
                }
            }
        }
    }

    pub(super) fn run_command(&mut self, command: &'static str, cx: &mut Cx<'_>) {
        let leaf = self.tree.leaf().cloned();
        let folder = self.tree.folder();
        match command {
            "tests.run" => match leaf {
                Some(id) => {
                    let name =
                        self.tree.current().map_or_else(String::new, |row| format!("test {}", row.label));
                    self.start(Wanted { what: name, folder, ids: vec![id] }, cx);
                }
                None => self.run_command("tests.runFolder", cx),
            },
            "tests.runFolder" => {
                let ids = self.tree.under(&folder);
                self.start(Wanted { what: format!("folder {folder}"), folder, ids }, cx);
            }
            "tests.runAll" if !self.marked.is_empty() => {
                let ids = self.tree.under("/").into_iter().filter(|id| self.marked.contains(id)).collect();
                self.start(
                    Wanted { what: format!("{} selected", self.marked.len()), folder: "/".into(), ids },
                    cx,
                );
            }
            "tests.runAll" => {
                let Some(data) = cx.data else { return };
                let ids = data.snapshot.tests.iter().filter_map(|test| test.test_id.clone()).collect();
                self.start(Wanted { what: "all tests".to_owned(), folder: "/".into(), ids }, cx);
            }
            "tests.again" => {
                if let Some(mut wanted) = self.run.as_ref().map(|run| run.wanted.clone()) {
                    wanted.ids.retain(|id| self.index.contains_key(id));
                    self.start(wanted, cx);
                }
            }
            _ => {}
        }
    }

    /// Takes what a job made or a dialog answered.
    pub(super) fn take(&mut self, parcel: Parcel, cx: &mut Cx<'_>) {
        let parcel = match parcel.downcast::<Run>() {
            Ok(run) => return self.ended(*run, cx),
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<Chosen>() {
            Ok(chosen) => {
                self.chose(&chosen, cx);
                return self.sync(cx);
            }
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<Start>() {
            Ok(start) => {
                let Start::Export(work) = *start;
                return cx.job("exporting tests", move |_| work());
            }
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<Exported>() {
            Ok(exported) => return Self::exported(*exported, cx),
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<Written>() {
            Ok(written) => return Self::exported(written.0, cx),
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<Read>() {
            Ok(read) => {
                return match read.plans {
                    Ok(plans) => cx.open(ImportDialog::new(plans)),
                    Err(why) => cx.open(Explain::new("The file cannot be imported", why)),
                };
            }
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<FromRuns>() {
            Ok(chosen) => {
                match *chosen {
                    FromRuns::Show(at) => {
                        if let Some(run) = self.runs.get(at).cloned() {
                            self.show(run, cx);
                        }
                    }
                    FromRuns::Export(at) => {
                        if let Some(run) = self.runs.get(at).cloned() {
                            cx.open(reports::ask(run));
                        }
                    }
                }
                return;
            }
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<Saved>() {
            Ok(saved) => {
                self.saved = Some(*saved);
                return;
            }
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<reports::Report>() {
            Ok(report) => {
                let stubs = Arc::clone(&cx.session.stubs);
                cx.job("writing the result", move |job| Written(reports::write(job, &report, &stubs)));
                return;
            }
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<missing::Searched>() {
            Ok(searched) => {
                self.searching = false;
                return missing::review(*searched, cx);
            }
            Err(parcel) => parcel,
        };
        let parcel = match parcel.downcast::<TestDraft>() {
            Ok(what) => return self.offered_draft(&what, cx),
            Err(parcel) => parcel,
        };
        if let Ok(found) = parcel.downcast::<Found>() {
            self.draft = found.0;
            if let Some(draft) = &self.draft {
                cx.toast(Level::Note, format!("a draft of {} is kept: 4, then D opens it", draft.name()));
            }
        }
    }
}
