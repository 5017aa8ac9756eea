//! The head row: which version of the model this program wrote last, and the job that is under way.
//!
//! Every write of this program replaces it under the condition that nobody else did, so writes are one after
//! the other, whoever makes them.

use aws_sdk_dynamodb::types::AttributeValue;
use connect_rules_engine::value::Text;

use crate::item::{Item, n, number, s, string};

/// The head of the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    /// Rises with every write; 0: there is no head yet.
    pub version: u64,
    /// Number of the latest entry of the log.
    pub seq: u64,
    /// The change mark that was written last.
    pub mark: Text,
    /// The one before.
    pub prev: Text,
    /// Rows of a change that is decided but not written yet.
    pub job: Option<Job>,
}

/// A decided change whose rows are still being written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Job {
    /// Identifier of its images.
    pub id: Text,
    /// Number of image rows.
    pub chunks: u64,
}

impl Head {
    /// The head of its row.
    pub fn read(item: &Item) -> Self {
        let text = |name| Text::from(string(item, name).unwrap_or_default());
        let whole = |name| number(item, name).unwrap_or_default();
        let job = string(item, "Job").map(|id| Job { id: Text::from(id), chunks: whole("Chunks") });
        Head { version: whole("Version"), seq: whole("Last"), mark: text("Mark"), prev: text("Prev"), job }
    }

    /// Its row.
    pub fn write(&self) -> Item {
        let mut out = Item::from([
            ("Part".to_owned(), s(PART)),
            ("Seq".to_owned(), n(0)),
            ("Version".to_owned(), n(self.version)),
            ("Last".to_owned(), n(self.seq)),
            ("Mark".to_owned(), s(&*self.mark)),
            ("Prev".to_owned(), s(&*self.prev)),
        ]);
        if let Some(job) = &self.job {
            out.insert("Job".to_owned(), s(&*job.id));
            out.insert("Chunks".to_owned(), n(job.chunks));
            out.insert("Done".to_owned(), n(0));
        }
        out
    }
}

/// The part of the journal that holds the head.
pub(crate) const PART: &str = "head";

/// Keys of a row of the journal.
pub(crate) fn journal_key(part: &str, seq: u64) -> Item {
    Item::from([("Part".to_owned(), s(part)), ("Seq".to_owned(), AttributeValue::N(seq.to_string()))])
}
