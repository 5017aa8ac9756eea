//! Exports: rule sets into a file that people name.

use std::path::PathBuf;

use connect_rules_engine::compat::Compat;
use connect_rules_engine::export::CsvOptions;
use connect_rules_engine::value::Text;
use connect_rules_store::Operation;
use connect_rules_store::exchange::export::{self, About, FileKind, Selection, file_name};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Rules;
use super::sets::counted;
use crate::message::{Effect, Owner};
use crate::overlay::{Confirm, Edit, Submit, Then};
use crate::screen::{Cx, Request, ScreenId};
use crate::widgets::form::{Field, Form, Kind};

const JSON: &str = "JSON";
const ENVELOPE: &str = "JSON with its origin";
const CSV: &str = "CSV";
const WIDE: &str = "CSV with weights";

/// What is to be exported and where to.
pub(super) struct Wanted {
    which: Selection,
    format: String,
    path: String,
}

/// The text of an export.
pub(super) struct Made {
    path: PathBuf,
    text: String,
    exists: bool,
    count: usize,
}

impl Rules {
    /// The command of exports. Tells whether it was it.
    pub(super) fn run_export(&mut self, command: &str, cx: &mut Cx<'_>) -> bool {
        if command != "rules.export" {
            return false;
        }
        let Some(data) = cx.data else { return true };
        let mut choices: Vec<(String, Selection)> = Vec::new();
        if !self.marked_sets.is_empty() {
            let title = format!("{} marked", counted(self.marked_sets.len(), "rule set"));
            choices.push((title, Selection::Ids(self.chosen_sets())));
        }
        if let Some(set) = self.the_set(data) {
            let id = set.id.clone().unwrap_or_default();
            choices.push((format!("rule set {}", set.name), Selection::Ids(vec![id])));
        }
        let folder = self.tree.folder();
        if &*folder != "/" {
            let title = format!("folder {folder} and below");
            choices.push((title, Selection::Folder { folder, recursive: true }));
        }
        choices.push((format!("all {}", counted(data.snapshot.rule_sets.len(), "rule set")), Selection::All));
        let mut formats = vec![CSV.to_owned(), WIDE.to_owned()];
        if cx.session.refuses(Some(Operation::ExportRuleSets), false).is_none() {
            formats.splice(0..0, [JSON.to_owned(), ENVELOPE.to_owned()]);
        }
        let zone = data.workspace.zone().cloned().unwrap_or(TimeZone::UTC);
        let now =
            Timestamp::from_millisecond(cx.session.clock.now()).unwrap_or_default().to_zoned(zone).datetime();
        let first = formats[0].clone();
        let kind = if first == JSON { FileKind::RuleSets } else { FileKind::Csv };
        let path = self.export_path.clone().unwrap_or_else(|| file_name(kind, now));
        let titles: Vec<String> = choices.iter().map(|(title, _)| title.clone()).collect();
        let form = Form::new(vec![
            Field::new("what", "What", Kind::Choice(titles.clone()), &titles[0]),
            Field::new("format", "Format", Kind::Choice(formats), &first)
                .hint("JSON is what an import takes; the origin marks a selection as partial"),
            Field::new("path", "File", Kind::Line, &path).hint("the file is readable by you only"),
        ]);
        cx.open(
            Edit::new("Export rule sets", form, move |form, cx| {
                let what = form.value("what");
                let Some((_, which)) = choices.iter().find(|(title, _)| *title == what) else {
                    return Submit::Refused("choose what is exported".to_owned());
                };
                let wanted =
                    Wanted { which: which.clone(), format: form.value("format"), path: form.value("path") };
                cx.requests.push(Request::Answer(Owner::Screen(ScreenId::Rules), Box::new(wanted)));
                Submit::Done
            })
            .check(|form, _| {
                let empty = form.value("path").trim().is_empty() || form.value("path").ends_with('/');
                empty.then(|| ("path".to_owned(), "name a file".to_owned())).into_iter().collect()
            }),
        );
        true
    }

    /// Makes the text of an export beside the screen.
    pub(super) fn export(&mut self, wanted: Wanted, cx: &mut Cx<'_>) {
        let Some(data) = cx.data.cloned() else { return };
        self.export_path = Some(wanted.path.clone());
        let about = About {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            environment: cx.session.environment.name.clone(),
            exported_by: cx.session.actor.user.to_string(),
            exported_at: Timestamp::from_millisecond(cx.session.clock.now())
                .unwrap_or_default()
                .strftime("%Y-%m-%dT%H:%M:%SZ")
                .to_string(),
        };
        cx.job("exporting", move |_| {
            let now = &data.snapshot;
            let which = &wanted.which;
            let text = match &*wanted.format {
                ENVELOPE => export::rule_sets_envelope(now, which, &about, Compat::Corrected),
                CSV => export::rule_sets_csv(now, which, CsvOptions::default()),
                WIDE => export::rule_sets_csv(now, which, CsvOptions { wide: true, ..CsvOptions::default() }),
                _ => export::rule_sets(now, which, Compat::Corrected),
            };
            let count = now.rule_sets.iter().filter(|set| has(which, set.id.as_ref(), &set.folder)).count();
            let path = home(&wanted.path);
            Made { exists: path.exists(), path, text, count }
        });
    }
}

fn has(which: &Selection, id: Option<&Text>, folder: &str) -> bool {
    match which {
        Selection::All => true,
        Selection::Ids(ids) => id.is_some_and(|id| ids.contains(id)),
        Selection::Folder { folder: above, .. } => {
            connect_rules_store::service::folders::is_within(folder, above)
        }
    }
}

/// A path in which `~/` stands for the person's own folder.
fn home(path: &str) -> PathBuf {
    let path = path.trim();
    match (path.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => PathBuf::from(path),
    }
}

/// Writes an export; a file that is there is replaced only after a question.
pub(super) fn write(made: Made, cx: &mut Cx<'_>) {
    let told = format!("{} exported to {}", counted(made.count, "rule set"), made.path.display());
    let question = format!("{} exists. Replace it?", made.path.display());
    let effect = Effect::WriteFile { path: made.path, text: made.text, told: Some(told) };
    if made.exists {
        cx.open(Confirm::new("Replace the file?", question, "Replace", Then::Effect(effect)));
    } else {
        cx.effects.push(effect);
    }
}
