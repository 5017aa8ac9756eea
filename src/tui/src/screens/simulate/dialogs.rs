//! The dialogs of the screen: start a call, switches, edit the script, save as a test.

use std::sync::Arc;

use connect_rules_engine::offline::Stubs;
use connect_rules_engine::replay::{self, Recording, TestResult, Verdict};
use connect_rules_engine::script::{Script, Severity, TestDocument, check_test};
use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_engine::workspace::Workspace;
use connect_rules_engine::{dates, json};
use connect_rules_store::Entity;
use connect_rules_store::service::Edit as StoredEdit;
use connect_rules_store::service::tests::{CreateTest, UpdateTest};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::call::{Call, Start};
use super::keep::Settings;
use super::{Begin, EditedScript, Saving, Switched};
use crate::data::Data;
use crate::overlay::{Candidate, Edit, Submit};
use crate::screen::{Cx, ScreenId};
use crate::widgets::form::{Field, Form, Kind};

const CLOCK: &str = "%Y-%m-%d %H:%M";

/// An instant (milliseconds since the epoch) as wall clock of the call centre.
pub fn wall_clock(at: i64, zone: Option<&TimeZone>) -> String {
    let zone = zone.cloned().unwrap_or(TimeZone::UTC);
    jiff::Timestamp::from_millisecond(at)
        .map(|at| at.to_zoned(zone).strftime(CLOCK).to_string())
        .unwrap_or_default()
}

/// A wall clock of the call centre as an instant in UTC, `YYYY-MM-DDTHH:mm:ssZ`.
pub fn instant(text: &str, zone: Option<&TimeZone>) -> Result<Text, String> {
    let zone = zone.cloned().unwrap_or(TimeZone::UTC);
    let wrong = || "is no date and time such as 2026-11-02 10:00".to_owned();
    let local = DateTime::strptime(CLOCK, text.trim()).map_err(|_| wrong())?;
    let at = local.to_zoned(zone).map_err(|_| wrong())?;
    Ok(Text::from(at.timestamp().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()))
}

/// The wall clock of a start, and the name of its zone.
pub fn told_clock(start: &Start, data: Option<&Arc<Data>>) -> (String, String) {
    let zone = data.and_then(|data| data.workspace.zone()).cloned().unwrap_or(TimeZone::UTC);
    let name = zone.iana_name().unwrap_or("UTC").to_owned();
    let at = dates::parse(&start.when).and_then(|at| jiff::Timestamp::from_millisecond(at).ok());
    let told = at.map(|at| at.to_zoned(zone).strftime("%a %-d %b %Y %H:%M").to_string());
    (told.unwrap_or_else(|| start.when.to_string()), name)
}

/// Why that is no caller; `None` if it is one.
fn caller_fault(text: &str) -> Option<String> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let fits = (9..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    (text != "anonymous" && !fits)
        .then(|| "must be 9 to 15 digits, with or without +, or anonymous".to_owned())
}

fn attributes(text: &str) -> Result<Map, String> {
    match json::parse(text) {
        Ok(Value::Object(map)) => Ok(Map::clone(&map)),
        Ok(_) => Err("must be a JSON object, such as {\"lang\": \"en\"} or {}".to_owned()),
        Err(error) => Err(format!("is no JSON: {error}")),
    }
}

/// Where calls may start: end points of rule sets, by name; why not, if so.
pub fn end_points(data: &Data) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    for set in &data.snapshot.rule_sets {
        for name in &set.end_points {
            let refused = (!set.enabled).then(|| format!("cannot be called: {} is disabled", set.name));
            let detail = format!("leads to {}", set.name);
            found.push(Candidate { refused, ..Candidate::plain(Text::clone(name)).detail(detail) });
        }
    }
    found.sort_by(|a, b| a.value.cmp(&b.value));
    found
}

/// The dialog that starts a call.
pub fn start(settings: &Settings, when: &str, data: &Data) -> Edit {
    let end_points = end_points(data);
    let known = |name: &Text| end_points.iter().any(|it| it.value == *name && it.refused.is_none());
    let end_point = if known(&settings.end_point) || !settings.rule_set.is_empty() {
        Text::clone(&settings.end_point)
    } else {
        end_points.iter().find(|it| it.refused.is_none()).map(|it| Text::clone(&it.value)).unwrap_or_default()
    };
    let zone = data.workspace.zone().and_then(|zone| zone.iana_name().map(str::to_owned));
    let zone = zone.unwrap_or_else(|| "UTC".to_owned());
    let form = Form::new(vec![
        Field::new("endPoint", "End point", Kind::Pick, &end_point)
            .hint("enter lists the end points that lead somewhere"),
        Field::new("ruleSet", "or rule set", Kind::Pick, &settings.rule_set)
            .hint("starts inside this rule set instead; such a call cannot be saved as a test"),
        Field::new("caller", "Caller", Kind::Line, &settings.caller).hint("9 to 15 digits, or anonymous"),
        Field::new("when", "Date and time", Kind::Line, when).hint(format!("wall clock in {zone}")),
        Field::new("attributes", "Attributes", Kind::Area(3), &settings.attributes)
            .hint("contact attributes as a JSON object"),
        Field::new("seed", "Seed", Kind::Line, &settings.seed.to_string())
            .hint("chance of distributions; test runs use 0"),
    ]);
    Edit::new("New call", form, |form, cx| {
        let zone = cx.data.and_then(|data| data.workspace.zone());
        let when = match instant(&form.value("when"), zone) {
            Ok(when) => when,
            Err(why) => return Submit::Refused(why),
        };
        let start = Start {
            end_point: Text::from(form.value("endPoint").trim()),
            rule_set: Text::from(form.value("ruleSet").trim()),
            caller: Text::from(form.value("caller").trim()),
            when,
            attributes: attributes(&form.value("attributes")).unwrap_or_default(),
            seed: form.value("seed").trim().parse().unwrap_or_default(),
            test: None,
        };
        let attributes = form.value("attributes");
        let typed = form.field("when").filter(|field| field.is_changed()).map(Field::value);
        cx.send(ScreenId::Simulate, Begin { start, attributes: Some(attributes), typed, sure: false });
        Submit::Done
    })
    .check(check_start)
    .candidates(|id, _, cx| match (id, cx.data) {
        ("endPoint", Some(data)) => self::end_points(data),
        ("ruleSet", Some(data)) => data
            .snapshot
            .rule_sets
            .iter()
            .map(|set| Candidate {
                refused: (!set.enabled).then(|| "is disabled".to_owned()),
                ..Candidate::plain(Text::clone(&set.name)).detail(set.folder.to_string())
            })
            .collect(),
        _ => Vec::new(),
    })
}

fn check_start(form: &Form, cx: &Cx<'_>) -> Vec<(String, String)> {
    let mut errors = Vec::new();
    let mut wrong = |id: &str, why: String| errors.push((id.to_owned(), why));
    let (end_point, rule_set) = (form.value("endPoint"), form.value("ruleSet"));
    if let Some(data) = cx.data {
        if !rule_set.trim().is_empty() {
            match data.rule_set_named(rule_set.trim()) {
                None => wrong("ruleSet", "there is no rule set of that name".to_owned()),
                Some(set) if !set.enabled => wrong("ruleSet", "is disabled: enable it first".to_owned()),
                Some(_) => {}
            }
        } else if end_point.trim().is_empty() {
            wrong("endPoint", "choose where the call starts".to_owned());
        } else if let Some(found) = end_points(data).into_iter().find(|it| *it.value == *end_point.trim()) {
            if let Some(why) = found.refused {
                wrong("endPoint", why);
            }
        } else {
            wrong("endPoint", "no rule set has this end point".to_owned());
        }
        if let Err(why) = instant(&form.value("when"), data.workspace.zone()) {
            wrong("when", why);
        }
    }
    if let Some(why) = caller_fault(form.value("caller").trim()) {
        wrong("caller", why);
    }
    if let Err(why) = attributes(&form.value("attributes")) {
        wrong("attributes", why);
    }
    if form.value("seed").trim().parse::<u64>().is_err() {
        wrong("seed", format!("must be a number from 0 to {}", u64::MAX));
    }
    errors
}

/// The switches.
pub fn switches(settings: &Settings) -> Edit {
    let flag = |id: &str, label: &str, on: bool| {
        Field::new(id, label, Kind::Flag, if on { "true" } else { "false" })
    };
    let form = Form::new(vec![
        flag("breakOnRule", "Break on every rule", settings.break_on_rule).hint("n takes the next rule then"),
        Field::new("", "Record in the script", Kind::Heading, ""),
        flag("addMessages", "Messages", settings.add_messages).hint("what the customer hears"),
        flag("addOtherMessages", "Other messages", settings.add_other)
            .hint("text messages, metrics, integrations, waits"),
        Field::new("", "Show in the transcript", Kind::Heading, ""),
        flag("showSms", "Text messages", settings.show_sms),
        flag("showMetric", "Metrics", settings.show_metric),
        flag("showIntegration", "Integrations", settings.show_integration),
        flag("showWait", "Waits", settings.show_wait),
    ]);
    let before = settings.clone();
    Edit::new("Switches", form, move |form, cx| {
        let mut settings = before.clone();
        for (name, switch) in settings.switches() {
            *switch = form.value(name) == "true";
        }
        cx.send(ScreenId::Simulate, Switched(settings));
        Submit::Done
    })
}

/// The script in an editor.
pub fn script(text: &str) -> Edit {
    let samples = "message: \"…\"  input: \"…\"  queue: \"…\"  externalNumber: \"…\"  terminate: \"\"  hangup: \"\"  \
                   attribute: {\"key\": \"…\", \"value\": \"…\"}  state: {…}  # remark";
    let form = Form::new(vec![Field::new("script", "Script", Kind::Area(14), text).hint(samples)]);
    Edit::new("Script up to here", form, |form, cx| {
        cx.send(ScreenId::Simulate, EditedScript(form.value("script")));
        Submit::Done
    })
    .check(|form, _| {
        let script = Script::parse(&form.value("script"), 2);
        script.failure.map(|why| ("script".to_owned(), why)).into_iter().collect()
    })
}

/// How a test goes when it is run, with the settings of a headless run.
pub fn verdict(test: &TestDocument, workspace: &Workspace, stubs: &Stubs) -> TestResult {
    let settings = replay::Settings { recording: Recording::Verdict, ..replay::Settings::default() };
    replay::run(workspace, stubs, test, &test.script(), &settings, ())
}

/// What is wrong with a result, in a sentence; `None` if nothing is.
pub fn trouble(result: &TestResult) -> Option<String> {
    if result.verdict() == Verdict::Success {
        return None;
    }
    if let Some(warning) = result.warnings.first() {
        return Some(warning.clone());
    }
    let line = result.lines.iter().find(|line| line.success != Some(true) || !line.warnings.is_empty())?;
    let why = line.warnings.first().cloned().unwrap_or_default();
    Some(format!("line {} ({}): {}", line.line, line.kind, why.replace('\n', ", ")))
}

/// The dialog that saves a call as a test.
pub fn save(call: &Call, stubs: Arc<Stubs>) -> Edit {
    let start = &call.start;
    let opened = start.test.clone().filter(|test| test.test_id.is_some());
    let mut fields = Vec::new();
    if let Some(test) = &opened {
        let over = over(test);
        fields.push(
            Field::new("as", "Save as", Kind::Choice(vec![over.clone(), NEW.to_owned()]), &over)
                .hint("writing over the test changes its script only"),
        );
        if test.script_version < 2 {
            fields.push(
                Field::new("version", "Script version", Kind::Choice(vec!["1".into(), "2".into()]), "1")
                    .hint("2 knows hangup and one line for each transfer"),
            );
        }
    }
    let old = |field: fn(&TestDocument) -> &Text| start.test.as_ref().map(|test| field(test).to_string());
    let description = old(|test| &test.description)
        .unwrap_or_else(|| format!("Test interaction to {} from {}", start.end_point, start.caller));
    let ready = start.test.as_ref().is_none_or(|test| test.production_ready);
    let value = |text: Option<String>, other: &str| text.unwrap_or_else(|| other.to_owned());
    fields.extend([
        Field::new("name", "Name", Kind::Line, &value(old(|test| &test.name), ""))
            .hint("2 to 64 of A-Z a-z 0-9 space - _"),
        Field::new("folder", "Folder", Kind::Pick, &value(old(|test| &test.folder), "/"))
            .hint("enter lists the folders of tests; others may be typed"),
        Field::new("productionReady", "Ready", Kind::Flag, if ready { "true" } else { "false" })
            .hint("only ready tests are imported elsewhere"),
        Field::new("description", "Description", Kind::Line, &description),
        Field::new("testReference", "Reference", Kind::Line, &value(old(|test| &test.test_reference), ""))
            .hint("number of a case elsewhere"),
    ]);
    let form = Form::new(fields);
    let (check_with, payload) = (start.clone(), Text::from(call.script()));
    let checked = Text::clone(&payload);
    let save_with = start.clone();
    let mut agreed: Option<TestDocument> = None;
    Edit::new(format!("Save as test ({} lines)", call.script().lines().count()), form, move |form, cx| {
        let Some(data) = cx.data.cloned() else {
            return Submit::Refused("the store is not read yet".to_owned());
        };
        let mut test = document(form, &save_with, &payload);
        if let Some(stored) = test.test_id.as_ref().and_then(|id| data.snapshot.test(id).ok()) {
            // Others may have changed the rest of it meanwhile: only the script is written over.
            let (payload, script_version) = (test.payload, test.script_version);
            test = TestDocument { payload, script_version, ..stored.clone() };
        }
        let result = verdict(&test, &data.workspace, &stubs);
        if let Some(why) = trouble(&result)
            && agreed.as_ref() != Some(&test)
        {
            agreed = Some(test);
            return Submit::Refused(format!("a run would not pass: {why} · save again to save it anyway"));
        }
        cx.send(ScreenId::Simulate, Saving(test.clone()));
        if test.test_id.is_some() {
            match StoredEdit::of(&data.snapshot, Entity::Test(test)) {
                Ok(edit) => cx.change(UpdateTest(edit)),
                Err(error) => return Submit::Refused(format!("{error}; save it as a new test")),
            }
        } else {
            cx.change(CreateTest(test));
        }
        Submit::Sent
    })
    .check(move |form, cx| {
        let test = document(form, &check_with, &checked);
        if test.test_id.is_some() {
            return Vec::new();
        }
        let found = check_test(&test, "").into_iter().filter(|it| it.severity == Severity::Error);
        let mut errors: Vec<(String, String)> =
            found.map(|it| (it.at, format!("{}; {}", it.message, it.fix))).collect();
        let same = |data: &&Arc<Data>| {
            data.snapshot.tests.iter().any(|it| it.name == test.name && it.folder == test.folder)
        };
        if cx.data.as_ref().is_some_and(same) {
            errors.push(("name".to_owned(), "there is a test of that name in this folder".to_owned()));
        }
        errors
    })
    .candidates(|_, _, cx| {
        let mut folders: Vec<Text> = cx
            .data
            .map(|data| data.snapshot.tests.iter().map(|test| Text::clone(&test.folder)).collect())
            .unwrap_or_default();
        folders.push(Text::from("/"));
        folders.sort();
        folders.dedup();
        folders.into_iter().map(Candidate::plain).collect()
    })
}

const NEW: &str = "a new test";

fn over(test: &TestDocument) -> String {
    format!("{} (write over it)", test.name)
}

/// The test that the form describes; with an identifier if it writes over the one that was opened.
fn document(form: &Form, start: &Start, payload: &Text) -> TestDocument {
    let text = |id: &str| Text::from(form.value(id).trim());
    if let Some(test) = &start.test
        && form.field("as").is_some_and(|field| field.value() != NEW)
    {
        let version = if form.value("version") == "2" { 2 } else { test.script_version };
        return TestDocument { payload: Text::clone(payload), script_version: version, ..test.clone() };
    }
    TestDocument {
        test_id: None,
        name: text("name"),
        production_ready: form.value("productionReady") == "true",
        folder: text("folder"),
        test_reference: text("testReference"),
        description: text("description"),
        end_point: Text::clone(&start.end_point),
        test_date_time: Text::clone(&start.when),
        customer_phone_number: Text::clone(&start.caller),
        contact_attributes: start.attributes.clone(),
        payload: Text::clone(payload),
        script_version: 2,
        mocks: start.test.as_ref().and_then(|test| test.mocks.clone()),
    }
}
