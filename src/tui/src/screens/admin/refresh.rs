//! Reading the instance anew (`spec/admin.md` 7): a job, the change that follows, and what changed section by section.

use std::fmt::Write as _;
use std::time::Duration;

use connect_rules_cloud::cache::{self, Done, Refresh};
use connect_rules_cloud::gateway::Section;
use jiff::Timestamp;

use crate::cloud::{Door, Newest, Trouble, observer};
use crate::message::{JobContext, Parcel};
use crate::overlay::Explain;
use crate::screen::Cx;

/// Reading that is stopped may still end the call that it makes for so long.
const GRACE: Duration = Duration::from_secs(2);

/// What was read.
struct Read(Result<(Refresh, Done), Trouble>);

/// Begins to read sections.
pub(super) fn start(newest: &mut Newest, sections: Vec<Section>, cx: &mut Cx<'_>) {
    let door = cx.session.cloud.clone();
    let at = Timestamp::from_millisecond(cx.session.clock.now()).unwrap_or_default();
    newest.job(cx, "refreshing the cache", move |job| Read(read(&door, &sections, at, job)));
}

fn read(
    door: &Door,
    sections: &[Section],
    at: Timestamp,
    job: &JobContext,
) -> Result<(Refresh, Done), Trouble> {
    let cloud = door.enter(job)?;
    let watch = observer(job);
    let read = job.wait_unless_cancelled(GRACE, cache::read(&cloud, sections, &watch));
    let read = read.filter(|_| !job.is_cancelled()).ok_or_else(Trouble::cancelled)?;
    if let Some(error) = read.iter().find_map(|it| it.things.as_ref().err())
        && read.iter().all(|it| it.things.is_err())
    {
        return Err(error.clone().into());
    }
    let refresh = Refresh::new(&read, at).map_err(|problems| {
        let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
        Trouble::new(all.join("; "), "nothing was changed")
    })?;
    let stored = job.wait(job.backend.snapshot())?;
    let done = cache::compared(&read, &refresh, &stored);
    Ok((refresh, done))
}

/// Takes what was read: makes the change and shows what it is.
///
/// # Errors
/// It is something else: it is given back.
pub(super) fn take(newest: &mut Newest, parcel: Parcel, cx: &mut Cx<'_>) -> Result<(), Parcel> {
    let Some(Read(result)) = newest.take::<Read>(parcel)? else { return Ok(()) };
    match result {
        Ok((refresh, done)) => {
            cx.change(refresh);
            cx.open(Explain::new("Cache refreshed", told(&done)));
        }
        Err(trouble) => {
            cx.open(Explain::new("Not refreshed", format!("{}\n\n{}", trouble.what, trouble.fix)))
        }
    }
    Ok(())
}

/// What changed, a line for each section, and what is worth knowing about it.
fn told(done: &Done) -> String {
    let mut out = String::new();
    for it in &done.sections {
        // Writing to a String cannot fail.
        let name = it.section.name();
        let _ = match &it.read {
            Ok(count) if it.added + it.removed + it.renamed + it.changed == 0 => {
                writeln!(out, "✓ {name}: {count}, nothing changed")
            }
            Ok(count) => writeln!(
                out,
                "✓ {name}: {count}, +{} −{} ~{} renamed, {} changed",
                it.added, it.removed, it.renamed, it.changed
            ),
            Err(error) => writeln!(out, "✗ {name}: {error}; it stays as it was. {}", error.fix()),
        };
    }
    if !done.notes.is_empty() {
        out.push_str("\nWorth knowing\n");
    }
    for note in &done.notes {
        let _ = writeln!(out, "⚠ {note}");
    }
    out.trim_end().to_owned()
}
