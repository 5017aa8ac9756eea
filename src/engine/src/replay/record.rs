//! Recording without a screen: the script that a person would have recorded while sending a test's inputs.

use super::{Recording, Settings, run};
use crate::offline::Stubs;
use crate::replay::result::Asked;
use crate::script::{RecordOptions, RecordedReply, Recorder, Script, ScriptLine, TestDocument};
use crate::step::Reply;
use crate::value::{Map, Text, Value};
use crate::workspace::Workspace;

/// What a reply adds to a recording: nothing when the contact was cut off by it.
pub fn hear(recorder: &mut Recorder, reply: &Reply) {
    if reply.disconnected {
        return;
    }
    recorder.reply(&RecordedReply {
        rule_type: &reply.rule_type,
        message: reply.message_text().as_deref(),
        queue: reply.queue.as_deref(),
        external_number: reply.transfer.as_ref().map(|transfer| &*transfer.number),
        terminate: reply.terminate,
    });
}

/// Plays the inputs (and the hang-up) of a test's script and records what is heard, as the simulator does
/// (`spec/testing.md` 2.4). Checks of `attribute` and `state` lines are kept at the end, other lines are
/// replaced.
///
/// # Errors
/// Why the contact could not be played to its end: a line that does not parse, a failed request, an input
/// that is missing or left over.
pub fn record(
    workspace: &Workspace,
    stubs: &Stubs,
    test: &TestDocument,
    settings: &Settings<'_>,
) -> Result<String, String> {
    let mut script = Script::parse(&test.payload, 2);
    if let Some(failure) = &script.failure {
        return Err(failure.clone());
    }
    let checks: Vec<String> = script
        .lines
        .iter()
        .filter(|line| matches!(&*line.kind, "attribute" | "state"))
        .map(|line| format!("\n{}: {}", line.kind, crate::json::print(&line.payload).unwrap_or_default()))
        .collect();
    script.lines.retain(|line| matches!(&*line.kind, "input" | "hangup"));
    if script.lines.is_empty() {
        // A script needs a line; this one always holds.
        let always = Map::from_iter([("key", Value::from("ContactId")), ("value", Value::from(".*"))]);
        script.lines.push(ScriptLine { line: 0, kind: Text::from("state"), payload: always.into() });
    }
    let played = TestDocument { script_version: 2, ..test.clone() };
    let settings = Settings { recording: Recording::Full, ..*settings };
    let result = run(workspace, stubs, &played, &script, &settings, ());
    let failed = |warning: &&String| !warning.starts_with("Reached ");
    if let Some(warning) = result.warnings.iter().find(failed) {
        return Err(warning.clone());
    }
    if let Some(line) = result.lines.iter().find(|line| line.success != Some(true)) {
        return Err(format!("the contact ended before line {} of the script: {}", line.line, line.payload));
    }
    let mut recorder = Recorder::new(RecordOptions::default(), "");
    for interaction in &result.interactions {
        match &interaction.asked {
            Asked::Input(said) => recorder.input(&said.text()),
            Asked::HangUp => recorder.hang_up(),
            Asked::NewInteraction | Asked::NextRule => {}
        }
        hear(&mut recorder, &interaction.reply);
    }
    Ok(format!("{}{}", recorder.script(), checks.concat()))
}
