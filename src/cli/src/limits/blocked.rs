//! `limits blocked`: the contacts of a day that were blocked, and the tasks that tell agents of it.

use connect_rules_engine::dates;
use connect_rules_limits::decision::day;
use connect_rules_limits::world::{Real, World as _};
use connect_rules_limits::{Decision, Store as _, number};
use serde_json::json;

use super::status::{Totals, allowed};
use super::{Open, told};
use crate::args::limits::Blocked;
use crate::exit::{Exit, Failure};
use crate::model::print_exactly;
use crate::model_commands::output;

/// Decisions of one request, and most of a day.
const PAGE: usize = 500;
const MOST: usize = 100_000;

const HEADINGS: [&str; 9] =
    ["TIME", "AGENT", "CUSTOMER", "CALLER ID", "REASON", "ATTEMPT", "CALL", "TASK", "CONTACT"];

/// Shows blocked contacts, newest first.
pub(super) fn show(open: &Open<'_>, wanted: &Blocked) -> Result<Exit, Failure> {
    allowed(open, wanted.unmasked)?;
    let of = wanted.day.clone().unwrap_or_else(|| day(Real.now()).to_string());
    let asked = async {
        let (mut all, mut page) = (Vec::new(), None);
        loop {
            let got = open.rows.decisions(&of, PAGE, page.as_deref()).await?;
            all.extend(got.rows);
            page = got.next;
            if page.is_none() || all.len() >= MOST {
                return Ok((all, page.is_some()));
            }
        }
    };
    let (all, more) = open.session.block_on(asked).map_err(|it| told(&it))?;
    let totals = Totals::of(&all);
    let fits = |it: &&Decision| {
        let has = |text: &str| it.customer.contains(text) || it.system.contains(text);
        it.is_blocked() && wanted.number.as_deref().is_none_or(has)
    };
    let shown = |text: &str| if wanted.unmasked { text.to_owned() } else { number::mask(text) };
    let rows: Vec<&Decision> = all.iter().filter(fits).collect();
    if open.session.global.json {
        let masked = |it: &&Decision| {
            let mut out = serde_json::to_value(it).unwrap_or_default();
            out["customer"] = shown(&it.customer).into();
            out["system"] = shown(&it.system).into();
            out
        };
        let contacts: Vec<serde_json::Value> = rows.iter().map(masked).collect();
        let out = json!({ "day": of, "totals": totals.json(), "contacts": contacts, "more": more });
        return print_exactly(&format!("{out}\n"), None);
    }
    output::text(&format!("{of} UTC: {totals}\n"))?;
    if rows.is_empty() {
        return output::text("no call was blocked\n");
    }
    let cells = |it: &&Decision| {
        vec![
            dates::iso_utc(it.at).get(11..19).unwrap_or_default().to_owned(),
            it.agent_name.to_string(),
            shown(&it.customer),
            shown(&it.system),
            it.reason.name().to_owned(),
            it.deciding().map(|(attempt, limit)| format!("{attempt}/{limit}")).unwrap_or_default(),
            it.stop_status.name().to_owned(),
            it.task_status.name().to_owned(),
            it.contact_id.to_string(),
        ]
    };
    output::table(&HEADINGS, &rows.iter().map(cells).collect::<Vec<_>>())?;
    if more {
        output::text(&format!("\nthere are more than {MOST} attempts; the newest are shown\n"))?;
    }
    Ok(Exit::Success)
}
