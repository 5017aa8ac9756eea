//! The document as it is typed, and what is to be said about it.

use connect_rules_engine::json;
use connect_rules_engine::script::{Severity, TestDocument, check_test, lint_script};
use connect_rules_engine::value::{Map, Text, Value};

use super::super::run::play;
use super::super::script;
use super::{Remark, TestEditor};
use crate::screen::Cx;
use crate::theme::Role;
use crate::times;

impl TestEditor {
    /// The document as it is typed, and what is wrong with its fields.
    pub(super) fn document(&self, cx: &Cx<'_>) -> (TestDocument, Vec<(String, String)>) {
        let mut refused: Vec<(String, String)> = Vec::new();
        let value = |id: &str| self.form.value(id);
        let text = |id: &str| Text::from(value(id));
        let attributes = match json::parse(value("contactAttributes").trim()) {
            Ok(Value::Object(map)) => (*map).clone(),
            _ if value("contactAttributes").trim().is_empty() => Map::new(),
            Ok(_) => {
                refused.push((
                    "contactAttributes".into(),
                    "is no JSON object; write {\"name\":\"value\"}".into(),
                ));
                Map::new()
            }
            Err(error) => {
                refused.push(("contactAttributes".into(), format!("{error}; write {{\"name\":\"value\"}}")));
                Map::new()
            }
        };
        let mocks = match json::parse(value("mocks").trim()) {
            _ if value("mocks").trim().is_empty() => None,
            Ok(mocks @ Value::Object(_)) => {
                let prefix = cx.data.map(|data| data.workspace.catalogue().prefix()).unwrap_or_default();
                if let Err(error) = cx.session.stubs.with_mocks(&mocks, &prefix) {
                    refused.push(("mocks".into(), error.to_string()));
                }
                Some(mocks)
            }
            Ok(_) => {
                refused.push(("mocks".into(), "is no JSON object".into()));
                None
            }
            Err(error) => {
                refused.push(("mocks".into(), error.to_string()));
                None
            }
        };
        let when = self.form.field("testDateTime");
        let zone = cx.data.and_then(|data| data.workspace.zone());
        let time = match (when, &self.old) {
            // Seconds that the field does not show are kept.
            (Some(field), Some((old, _))) if !field.is_changed() => Text::clone(&old.test_date_time),
            _ => match times::stored(&value("testDateTime"), zone) {
                Ok(time) => Text::from(time),
                Err(why) => {
                    refused.push(("testDateTime".into(), why));
                    Text::from("1970-01-01T00:00:00Z")
                }
            },
        };
        let document = TestDocument {
            test_id: self.old.as_ref().and_then(|(old, _)| old.test_id.clone()),
            name: Text::from(value("name").trim()),
            production_ready: value("productionReady") == "true",
            folder: text("folder"),
            test_reference: text("testReference"),
            description: text("description"),
            end_point: text("endPoint"),
            test_date_time: time,
            customer_phone_number: text("customerPhoneNumber"),
            contact_attributes: attributes,
            payload: Text::from(self.script.text().trim()),
            script_version: if value("scriptVersion") == "2" { 2 } else { 1 },
            mocks,
        };
        for found in check_test(&document, "").into_iter().filter(|it| it.severity == Severity::Error) {
            if !refused.iter().any(|(id, _)| *id == found.at) {
                refused.push((found.at, format!("{}; {}", found.message, found.fix)));
            }
        }
        (document, refused)
    }

    /// How many lines the trimmed script lost at its beginning.
    pub(super) fn skipped(&self) -> usize {
        self.script.lines().iter().take_while(|line| line.trim().is_empty()).count()
    }

    /// Works out what is to be said about the script.
    pub(super) fn remark(&mut self, cx: &Cx<'_>) {
        let (test, refused) = self.document(cx);
        let skipped = self.skipped();
        let lines = lint_script(&test.script(), test.script_version).into_iter().map(|found| Remark {
            line: found
                .at
                .strip_prefix("line ")
                .and_then(|at| at.parse::<usize>().ok())
                .map(|at| at + skipped),
            role: if found.severity == Severity::Error { Role::Bad } else { Role::Warn },
            text: format!("{}. {}", found.message, found.fix),
        });
        let whole = refused.iter().filter(|(id, _)| id == "payload");
        let whole = whole.map(|(_, why)| Remark { line: None, role: Role::Bad, text: why.clone() });
        self.remarks = whole.chain(lines).collect();
        self.refused = refused;
        let known = cx.data.is_none_or(|data| {
            data.snapshot.end_points.iter().any(|it| it.name == test.end_point)
                || data.workspace.find_by_end_point(&test.end_point).is_some()
        });
        let leads = cx.data.is_none_or(|data| data.workspace.find_by_end_point(&test.end_point).is_some());
        if let Some(field) = self.form.field_mut("endPoint") {
            field.warning = match (known, leads) {
                _ if test.end_point.is_empty() => None,
                (false, _) => Some("there is no such end point".to_owned()),
                (true, false) => Some("leads to no enabled rule set: the call cannot start".to_owned()),
                _ => None,
            };
        }
    }

    pub(super) fn changed_text(&mut self, cx: &Cx<'_>) {
        self.tried = None;
        self.verdicts.clear();
        self.remark(cx);
        self.form.set_errors(&self.refused);
    }

    /// Plays the script as it is typed and marks its lines.
    pub(super) fn try_it(&mut self, cx: &mut Cx<'_>) {
        let Some(data) = cx.data else { return };
        let (test, _) = self.document(cx);
        let played = play(data, &cx.session.stubs, &test);
        let skipped = self.skipped();
        let rows = script::rows(&test, Some(&played), usize::MAX >> 1, |_| false);
        self.verdicts = rows.iter().filter_map(|row| Some((row.number? + skipped, row.verdict?))).collect();
        let mut told = Vec::new();
        let mut line = None;
        for row in &rows {
            if let Some(number) = row.number {
                line = Some(number + skipped);
            } else {
                let said = format!("{} {}", row.label, row.text).trim().to_owned();
                told.push(Remark { line, role: row.role, text: said });
            }
        }
        if let Some(first) = told.iter().find_map(|remark| remark.line) {
            self.script.jump(first - 1, 0);
        }
        self.tried = Some((script::headline(&played), told));
    }

    pub(super) fn said(&self) -> impl Iterator<Item = &Remark> {
        self.remarks.iter().chain(self.tried.iter().flat_map(|(_, told)| told))
    }
}
