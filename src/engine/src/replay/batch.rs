//! Many results as one batch: verdict, order, shares and the batch document (`spec/testing.md` 3.2, 3.9,
//! 5.8).

use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};

use super::result::{TestResult, Verdict};
use crate::chance::Draws;
use crate::collate;
use crate::coverage::{CoverageDetail, ReplyCoverage};
use crate::dates;
use crate::value::{Text, Value};

/// Sorts results as batches list them: by test name, then by folder.
pub fn sort(results: &mut [TestResult]) {
    results.sort_by(|a, b| {
        collate::compare(&a.test.name, &b.test.name)
            .then_with(|| collate::compare(&a.test.folder, &b.test.folder))
    });
}

/// The id of a batch of that seed: a UUID v4 of the generator's first outputs.
pub fn batch_id(seed: u64) -> Text {
    Text::from(Draws::new(seed).uuid().to_string())
}

/// A batch in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Tests that ran.
    pub tests: usize,
    /// With the verdict SUCCESS.
    pub successes: usize,
    /// With the verdict WARNING.
    pub warnings: usize,
    /// With the verdict ERROR.
    pub errors: usize,
    /// Script lines of all tests.
    pub lines: usize,
    /// Requests of all tests.
    pub steps: usize,
    /// Whether any test, failed or not, has a warning.
    pub warned: bool,
}

impl Totals {
    /// Counts results.
    pub fn of<'a>(results: impl IntoIterator<Item = &'a TestResult>) -> Totals {
        let mut totals = Totals::default();
        for result in results {
            totals.tests += 1;
            match result.verdict() {
                Verdict::Success => totals.successes += 1,
                Verdict::Warning => totals.warnings += 1,
                Verdict::Error => totals.errors += 1,
            }
            totals.lines += result.lines.len();
            totals.steps += result.steps as usize;
            totals.warned |= result.warning;
        }
        totals
    }

    /// Whether no test failed.
    pub fn success(&self) -> bool {
        self.errors == 0
    }

    /// The batch's verdict.
    pub fn verdict(&self) -> Verdict {
        Verdict::of(self.success(), self.warned)
    }

    /// Percent of success, warning and error; the last two are floored, success takes the rest (3.11).
    pub fn shares(&self) -> (usize, usize, usize) {
        let percent = |part: usize| (100 * part).checked_div(self.tests).unwrap_or_default();
        let (warning, error) = (percent(self.warnings), percent(self.errors));
        (100 - warning - error, warning, error)
    }
}

/// A test that was not run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Folder of the test.
    pub folder: Text,
    /// Its name.
    pub name: Text,
    /// Why it was not run.
    pub reason: Text,
}

/// Who ran a batch, for stores that keep it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// User id.
    pub user_id: Text,
    /// E-mail address.
    pub email: Text,
    /// When the batch expires, in seconds since the epoch.
    pub expiry: i64,
}

/// A complete batch in the form of 3.9, to be serialised.
#[derive(Clone, Copy, Debug)]
pub struct BatchDocument<'a> {
    /// Identifier.
    pub batch_id: &'a str,
    /// Folder the batch was started for.
    pub folder: &'a str,
    /// Who ran it; nothing in headless use.
    pub owner: Option<&'a Owner>,
    /// Results, in order ([`sort`]).
    pub results: &'a [TestResult],
    /// The original's measure.
    pub coverage: &'a ReplyCoverage,
    /// What was measured beyond it.
    pub coverage_detail: Option<&'a CoverageDetail>,
    /// Tests that were deselected.
    pub skipped: &'a [Skipped],
    /// The options of the run, for whoever repeats it.
    pub options: &'a Value,
    /// The caller's time at the start, in milliseconds since the epoch.
    pub started: i64,
    /// The caller's time at the end.
    pub ended: i64,
    /// Leave out real times, so that equal runs give equal bytes (5.8).
    pub stable: bool,
}

impl Serialize for BatchDocument<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let totals = Totals::of(self.results);
        let mut out = serializer.serialize_map(None)?;
        out.serialize_entry("batchId", self.batch_id)?;
        out.serialize_entry("success", &totals.success())?;
        out.serialize_entry("warning", &totals.warned)?;
        out.serialize_entry("complete", &true)?;
        out.serialize_entry("testCount", &totals.tests)?;
        out.serialize_entry("completeCount", &totals.tests)?;
        if let Some(owner) = self.owner {
            out.serialize_entry("userId", &owner.user_id)?;
            out.serialize_entry("email", &owner.email)?;
        }
        out.serialize_entry("status", "COMPLETE")?;
        if let Some(owner) = self.owner {
            out.serialize_entry("expiry", &owner.expiry)?;
            let expires = dates::iso_utc_ms(owner.expiry.saturating_mul(1000));
            out.serialize_entry("expiryTimestamp", &expires.replace(".000+00:00", "Z"))?;
        }
        let ids: Vec<&Text> = self.results.iter().filter_map(|r| r.test.test_id.as_ref()).collect();
        out.serialize_entry("testIds", &ids)?;
        // Equal runs start at the same instant: the earliest virtual one.
        let virtual_start = self.results.iter().map(|r| r.virtual_start).min().unwrap_or_default();
        let (started, ended) =
            if self.stable { (virtual_start, virtual_start) } else { (self.started, self.ended) };
        out.serialize_entry("startTime", &dates::iso_utc_ms(started))?;
        out.serialize_entry("endTime", &dates::iso_utc_ms(ended))?;
        out.serialize_entry("folder", self.folder)?;
        out.serialize_entry("results", &Results { results: self.results, stable: self.stable })?;
        out.serialize_entry("coverage", self.coverage)?;
        if let Some(detail) = self.coverage_detail {
            out.serialize_entry("coverageDetail", detail)?;
        }
        out.serialize_entry("skipped", self.skipped)?;
        out.serialize_entry("options", self.options)?;
        out.end()
    }
}

struct Results<'a> {
    results: &'a [TestResult],
    stable: bool,
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.results.iter().map(|result| result.document(self.stable)))
    }
}
