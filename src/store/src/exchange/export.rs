//! Exports of a snapshot (`spec/model.md` 14.1, 15, 16): what the original writes, byte for byte, and its
//! enveloped form.

use std::sync::Arc;

use connect_rules_engine::collate;
use connect_rules_engine::compat::Compat;
use connect_rules_engine::export::{self, CsvOptions, Envelope};
use connect_rules_engine::model::RuleSet;
use connect_rules_engine::problem::Problem;
use connect_rules_engine::script::{ExportError, ExportHeader, ExportMethod, TestDocument, export_tests};
use connect_rules_engine::value::Text;

use crate::entity::Kind;
use crate::errors::Error;
use crate::service::folders::is_within;
use crate::snapshot::Snapshot;

/// Which things of one sort are exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// All of them.
    All,
    /// Those of a folder.
    Folder {
        /// Its path.
        folder: Text,
        /// Whether folders below are included.
        recursive: bool,
    },
    /// Those with these identifiers.
    Ids(Vec<Text>),
}

impl Selection {
    fn has(&self, id: Option<&Text>, folder: &str) -> bool {
        match self {
            Selection::All => true,
            Selection::Folder { folder: above, recursive: true } => is_within(folder, above),
            Selection::Folder { folder: above, .. } => folder == &**above,
            Selection::Ids(ids) => id.is_some_and(|id| ids.contains(id)),
        }
    }

    fn rule_sets(&self, now: &Snapshot) -> Vec<Arc<RuleSet>> {
        now.rule_sets.iter().filter(|set| self.has(set.id.as_ref(), &set.folder)).cloned().collect()
    }
}

/// What an export says about its origin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Version of the program.
    pub version: String,
    /// Name of the environment.
    pub environment: String,
    /// Who exported; `scheduled export` for a backup.
    pub exported_by: String,
    /// When; UTC, `YYYY-MM-DDTHH:mm:ssZ`.
    pub exported_at: String,
}

/// Rule sets as a bare array, which the original imports.
pub fn rule_sets(now: &Snapshot, which: &Selection, compat: Compat) -> String {
    match which {
        Selection::All => export::json(&now.rule_sets, compat),
        some => export::json(&some.rule_sets(now), compat),
    }
}

/// Rule sets in an envelope; anything but all of them is marked as partial, so that it is never taken for
/// the whole.
pub fn rule_sets_envelope(now: &Snapshot, which: &Selection, about: &About, compat: Compat) -> String {
    let envelope = Envelope {
        version: about.version.clone(),
        environment: about.environment.clone(),
        exported_by: about.exported_by.clone(),
        exported_at: about.exported_at.clone(),
        partial: *which != Selection::All,
    };
    export::envelope(&which.rule_sets(now), &envelope, compat)
}

/// The table of all parameters.
pub fn rule_sets_csv(now: &Snapshot, which: &Selection, options: CsvOptions) -> String {
    export::csv(&which.rule_sets(now), options)
}

/// Tests, production ready or not.
///
/// # Errors
/// [`Error::Invalid`] with every folder and name that several of the tests share.
pub fn tests(now: &Snapshot, which: &Selection, about: &About) -> Result<String, Error> {
    let method = match which {
        Selection::All => ExportMethod::All,
        Selection::Folder { folder, recursive } => {
            ExportMethod::Folder { folder: Text::clone(folder), recursive: *recursive }
        }
        Selection::Ids(_) => ExportMethod::Selected,
    };
    tests_by(now, which, method, about)
}

/// Tests under a method of its own.
pub(super) fn tests_by(
    now: &Snapshot,
    which: &Selection,
    method: ExportMethod,
    about: &About,
) -> Result<String, Error> {
    let header = ExportHeader {
        version: Text::from(&*about.version),
        environment_name: Text::from(&*about.environment),
        method,
        exported_by: Text::from(&*about.exported_by),
        exported_at: Text::from(&*about.exported_at),
    };
    let has = |test: &&Arc<TestDocument>| which.has(test.test_id.as_ref(), &test.folder);
    let chosen: Vec<TestDocument> =
        now.tests.iter().filter(has).map(|test| TestDocument::clone(test)).collect();
    export_tests(&header, &chosen, collate::compare).map_err(|error| {
        let ExportError::Duplicates(names) = error;
        let fix = "rename or delete all but one of each";
        let problem = |place| Problem::error(place, "several tests share this folder and name", fix);
        let problems = names.into_iter().map(problem).collect();
        Error::Invalid { kind: Kind::Test, name: Text::from("export"), problems }
    })
}

/// Sorts of export files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// Rule sets as JSON.
    RuleSets,
    /// Rule sets as CSV.
    Csv,
    /// Tests, by selection.
    TestsAll,
    /// Tests of a folder.
    TestsFolder,
    /// Tests picked by hand.
    TestsSelected,
    /// Settings.
    Settings,
}

/// The name of an export file made at that local time.
pub fn file_name(kind: FileKind, local: jiff::civil::DateTime) -> String {
    let (start, end) = match kind {
        FileKind::RuleSets => ("RuleSets", "json"),
        FileKind::Csv => ("RuleSets", "csv"),
        FileKind::TestsAll => ("Tests-All", "json"),
        FileKind::TestsFolder => ("Tests-Folder", "json"),
        FileKind::TestsSelected => ("Tests-Selected", "json"),
        FileKind::Settings => ("Settings", "json"),
    };
    format!("{start}-{}.{end}", local.strftime("%Y-%m-%dT%H%M"))
}
