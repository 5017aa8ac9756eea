//! The test document (`spec/testing.md` 2.1) and its JSON form.

use super::finding::Finding;
use crate::json;
use crate::value::{Map, Text, Value};

/// A stored test: who calls where and when, and the script of what must happen.
#[derive(Clone, Debug, PartialEq)]
pub struct TestDocument {
    /// UUID; absent in files.
    pub test_id: Option<Text>,
    /// Name; with the folder it identifies the test for import and export.
    pub name: Text,
    /// Only such tests are imported.
    pub production_ready: bool,
    /// Folder path, `/` for the root.
    pub folder: Text,
    /// External case number.
    pub test_reference: Text,
    /// Free text.
    pub description: Text,
    /// Name of the end point that is called.
    pub end_point: Text,
    /// UTC, `YYYY-MM-DDTHH:mm:ssZ`.
    pub test_date_time: Text,
    /// Number of the caller, or `anonymous`.
    pub customer_phone_number: Text,
    /// Contact attributes at the start.
    pub contact_attributes: Map,
    /// The script text.
    pub payload: Text,
    /// 1 or 2.
    pub script_version: u8,
    /// Offline bots and functions of this test.
    pub mocks: Option<Value>,
}

/// How documents are read.
#[derive(Clone, Copy, Debug)]
pub struct ReadOptions<'a> {
    /// Stands for a missing `testDateTime`; UTC, `YYYY-MM-DDTHH:mm:ssZ`.
    pub now: &'a str,
    /// What an absent `productionReady` means: true in storage, false in files to import.
    pub absent_ready: bool,
}

/// Members of a document, in the order of an export.
pub(super) const FIELDS: [&str; 12] = [
    "name",
    "productionReady",
    "folder",
    "testReference",
    "description",
    "endPoint",
    "testDateTime",
    "customerPhoneNumber",
    "payload",
    "contactAttributes",
    "scriptVersion",
    "mocks",
];

impl TestDocument {
    /// Reads one document. Missing optional members get their defaults; a missing or unusable member that
    /// is required is found and read as empty. `at` is the key path of the document (empty for none).
    pub fn read(members: &Map, at: &str, options: &ReadOptions<'_>) -> (Self, Vec<Finding>) {
        let mut reader = Reader { members, at, findings: Vec::new() };
        let test = Self {
            test_id: members.get("testId").and_then(Value::as_str).map(Text::from),
            name: reader.required("name"),
            production_ready: reader.ready(options.absent_ready),
            folder: reader.required("folder"),
            test_reference: reader.text("testReference", ""),
            description: reader.text("description", ""),
            end_point: reader.required("endPoint"),
            test_date_time: reader.text("testDateTime", options.now),
            customer_phone_number: reader.text("customerPhoneNumber", "anonymous"),
            contact_attributes: reader.attributes(),
            payload: reader.required("payload"),
            script_version: reader.version(),
            mocks: reader.mocks(),
        };
        for (key, _) in members {
            if key.as_ref() != "testId" && !FIELDS.contains(&key.as_ref()) {
                let fix = format!("Remove it or use one of {}", FIELDS.join(", "));
                reader.findings.push(Finding::warning(
                    "test-unknown-member",
                    reader.path(key),
                    format!("A test has no member {key}, it is ignored"),
                    fix,
                ));
            }
        }
        (test, reader.findings)
    }

    /// The document as an export has it: without `testId`, the version only if it is 2.
    pub fn to_export(&self) -> Map {
        let mut out: Map = [
            ("name", Value::from(Text::clone(&self.name))),
            ("productionReady", Value::from(self.production_ready)),
            ("folder", Value::from(Text::clone(&self.folder))),
            ("testReference", Value::from(Text::clone(&self.test_reference))),
            ("description", Value::from(Text::clone(&self.description))),
            ("endPoint", Value::from(Text::clone(&self.end_point))),
            ("testDateTime", Value::from(Text::clone(&self.test_date_time))),
            ("customerPhoneNumber", Value::from(Text::clone(&self.customer_phone_number))),
            ("payload", Value::from(Text::clone(&self.payload))),
            ("contactAttributes", Value::from(self.contact_attributes.clone())),
        ]
        .into_iter()
        .collect();
        if self.script_version != 1 {
            out.insert("scriptVersion", Value::Number(f64::from(self.script_version)));
        }
        if let Some(mocks) = &self.mocks {
            out.insert("mocks", mocks.clone());
        }
        out
    }

    /// The script of this test.
    pub fn script(&self) -> super::Script {
        super::Script::parse(&self.payload, self.script_version)
    }
}

struct Reader<'a> {
    members: &'a Map,
    at: &'a str,
    findings: Vec<Finding>,
}

impl Reader<'_> {
    fn path(&self, key: &str) -> String {
        if self.at.is_empty() { key.to_owned() } else { format!("{}.{key}", self.at) }
    }

    fn get(&self, key: &str) -> Option<&Value> {
        self.members.get(key).filter(|v| !v.is_nil())
    }

    fn wrong(&mut self, key: &str, wanted: &str, got: &Value) {
        self.findings.push(Finding::error(
            "test-member-type",
            self.path(key),
            format!("{key} must be {wanted}, found {}", kind_of(got)),
            format!("Write {key} as {wanted}"),
        ));
    }

    fn text(&mut self, key: &str, default: &str) -> Text {
        match self.get(key).cloned() {
            None => Text::from(default),
            Some(Value::String(text)) => text,
            Some(other) => {
                self.wrong(key, "a text", &other);
                Text::from(default)
            }
        }
    }

    fn required(&mut self, key: &str) -> Text {
        let before = self.findings.len();
        let text = self.text(key, "");
        if text.is_empty() && self.findings.len() == before {
            // An empty script is a test that fails, not a file that cannot be read.
            let make =
                if key == "payload" && self.get(key).is_some() { Finding::warning } else { Finding::error };
            self.findings.push(make(
                "test-member-missing",
                self.path(key),
                format!("{key} is missing or empty, a test cannot do without it"),
                format!("Add {key} as a text"),
            ));
        }
        text
    }

    fn ready(&mut self, absent: bool) -> bool {
        match self.get("productionReady").cloned() {
            None => absent,
            Some(Value::Bool(ready)) => ready,
            Some(Value::String(text)) if matches!(&*text, "true" | "false") => &*text == "true",
            Some(other) => {
                self.wrong("productionReady", "true or false", &other);
                false
            }
        }
    }

    fn attributes(&mut self) -> Map {
        match self.get("contactAttributes").cloned() {
            None => Map::new(),
            Some(Value::Object(map)) => (*map).clone(),
            // Stored documents hold the object as JSON text.
            Some(other) => {
                if let Some(Ok(Value::Object(map))) = other.as_str().map(json::parse) {
                    return (*map).clone();
                }
                self.wrong("contactAttributes", "an object", &other);
                Map::new()
            }
        }
    }

    fn version(&mut self) -> u8 {
        match self.get("scriptVersion").cloned() {
            None | Some(Value::Number(1.0)) => 1,
            Some(Value::Number(2.0)) => 2,
            Some(other) => {
                self.wrong("scriptVersion", "the number 1 or 2", &other);
                1
            }
        }
    }

    fn mocks(&mut self) -> Option<Value> {
        let mocks = self.get("mocks")?.clone();
        if mocks.as_object().is_some() {
            return Some(mocks);
        }
        self.wrong("mocks", "an object with lex and functions", &mocks);
        None
    }
}

/// A value in words.
pub(super) fn kind_of(value: &Value) -> String {
    match value {
        Value::Undefined => "nothing".to_owned(),
        Value::Null => "null".to_owned(),
        Value::Bool(b) => b.to_string(),
        Value::Number(_) => format!("the number {value}"),
        Value::String(text) if text.is_empty() => "an empty text".to_owned(),
        Value::String(_) => "a text".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
