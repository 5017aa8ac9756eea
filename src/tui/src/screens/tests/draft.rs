//! What was typed into the editor of a test when the program ended, kept in a file and offered again.

use std::path::PathBuf;

use connect_rules_engine::json;
use connect_rules_engine::script::{ReadOptions, TestDocument};
use connect_rules_engine::value::{Text, Value};
use connect_rules_store::entity::Rev;
use serde::{Deserialize, Serialize};

use crate::session::Session;

/// A draft.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The test as it was read; none for a new one.
    pub base: Option<TestDocument>,
    /// Its version then.
    pub rev: Rev,
    /// Fields and what was typed into them.
    pub fields: Vec<(String, String)>,
    /// The script.
    pub script: String,
}

#[derive(Serialize, Deserialize)]
struct File {
    id: Option<String>,
    rev: Rev,
    base: Option<String>,
    fields: Vec<(String, String)>,
    script: String,
}

impl Draft {
    /// The draft as the text of its file.
    pub fn text(&self) -> String {
        let base = self.base.as_ref();
        let file = File {
            id: base.and_then(|base| base.test_id.as_deref()).map(str::to_owned),
            rev: self.rev,
            base: base.and_then(|base| json::print(&Value::from(base.to_export()))),
            fields: self.fields.clone(),
            script: self.script.clone(),
        };
        serde_json::to_string(&file).unwrap_or_default()
    }

    /// Reads the text of a draft; nothing if it is none.
    pub fn read(text: &str) -> Option<Draft> {
        let file: File = serde_json::from_str(text).ok()?;
        let base = match &file.base {
            Some(base) => {
                let document = json::parse(base).ok()?;
                let options = ReadOptions { now: "1970-01-01T00:00:00Z", absent_ready: true };
                let (mut base, _) = TestDocument::read(document.as_object()?, "", &options);
                base.test_id = file.id.as_deref().map(Text::from);
                Some(base)
            }
            None => None,
        };
        Some(Draft { base, rev: file.rev, fields: file.fields, script: file.script })
    }

    /// What it is a draft of, in words.
    pub fn name(&self) -> String {
        let typed = self.fields.iter().find(|(id, _)| id == "name").map_or("", |(_, name)| name.as_str());
        if typed.is_empty() { "a new test".to_owned() } else { typed.to_owned() }
    }
}

/// Where the draft is kept; nowhere if nothing is.
pub fn path(session: &Session) -> Option<PathBuf> {
    session.state.as_ref().map(|folder| folder.join("test-draft.json"))
}
