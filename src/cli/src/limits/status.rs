//! `limits status` and `limits watch`.

use std::fmt;
use std::time::Duration;

use connect_rules_engine::dates;
use connect_rules_engine::problem::Problem;
use connect_rules_environment::Preferences;
use connect_rules_limits::decision::day;
use connect_rules_limits::store::all_counters;
use connect_rules_limits::world::{Real, World as _};
use connect_rules_limits::{
    Config, Decision, Party, Reason, State, StopStatus, Store as _, View, number, view,
};
use connect_rules_store::Role;
use serde_json::json;

use super::{Open, told};
use crate::args::limits::Status;
use crate::exit::{Exit, Failure};
use crate::model::print_exactly;
use crate::model_commands::output;
use crate::site::Site;

/// Counters, and decisions of a day, that are looked at.
const MOST: usize = 5_000;

/// What came of the calls of a day.
#[derive(Default)]
pub(super) struct Totals {
    attempts: usize,
    allowed: usize,
    customer: usize,
    system: usize,
    errors: usize,
    stop_failures: usize,
}

impl Totals {
    /// Counts them.
    pub(super) fn of(rows: &[Decision]) -> Self {
        let count = |which: &dyn Fn(&Decision) -> bool| rows.iter().filter(|it| which(it)).count();
        Totals {
            attempts: rows.len(),
            allowed: count(&|it| it.allowed),
            customer: count(&|it| it.reason == Reason::Customer),
            system: count(&|it| it.reason == Reason::System),
            errors: count(&|it| it.reason == Reason::Error),
            stop_failures: count(&|it| it.stop_status == StopStatus::Failed),
        }
    }

    /// As a document.
    pub(super) fn json(&self) -> serde_json::Value {
        json!({ "attempts": self.attempts, "allowed": self.allowed, "customer": self.customer,
            "system": self.system, "errors": self.errors, "stopFailures": self.stop_failures })
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} attempts, {} allowed, {} blocked for the customer, {} for the caller ID, {} errors, {} not stopped",
            self.attempts, self.allowed, self.customer, self.system, self.errors, self.stop_failures
        )
    }
}

/// How numbers stand at a moment.
struct Seen {
    now: i64,
    views: Vec<View>,
    more: bool,
    totals: Totals,
}

impl Open<'_> {
    /// Who calls with a caller ID, if that is known.
    fn used_by(&self, it: &View) -> Option<&str> {
        let told = self.callers.get(&it.number).filter(|_| it.party == Party::System);
        told.map(|told| &**told)
    }
}

fn look(open: &Open<'_>, wanted: &Status) -> Result<Seen, Failure> {
    let now = Real.now();
    let since = if wanted.all { 0 } else { now - open.config.window() };
    let asked = async {
        let (rows, more) = all_counters(&open.rows, since, MOST).await?;
        let mut decisions = Vec::new();
        let mut page = None;
        loop {
            let got = open.rows.decisions(&day(now), 500, page.as_deref()).await?;
            decisions.extend(got.rows);
            page = got.next;
            if page.is_none() || decisions.len() >= MOST {
                return Ok((rows, more, decisions));
            }
        }
    };
    let (rows, more, decisions) = open.session.block_on(asked).map_err(|it| told(&it))?;
    let fits = |it: &View| {
        (wanted.all || it.live) && wanted.number.as_ref().is_none_or(|text| it.number.contains(text.as_str()))
    };
    let mut views: Vec<View> = rows.iter().map(|row| View::of(row, now, &open.config)).filter(fits).collect();
    view::sort(&mut views);
    Ok(Seen { now, views, more, totals: Totals::of(&decisions) })
}

fn limit(config: &Config, limit: u32) -> String {
    config
        .lets_through(limit)
        .map_or_else(|| "none".to_owned(), |most| format!("{limit} (lets {most} through)"))
}

fn header(config: &Config, seen: &Seen) -> String {
    let prefixes =
        if config.prefixes.is_empty() { "all numbers".to_owned() } else { config.prefixes.join(", ") };
    let enabled = if config.enabled { "" } else { "  switched OFF" };
    format!(
        "{}  windows {} {} s{enabled}\nlimits: customer {}, caller ID {}; prefixes {prefixes}; on errors {}\n\
         today: {}\n",
        dates::iso_utc(seen.now),
        config.mode.name(),
        config.window_seconds,
        limit(config, config.customer_limit),
        limit(config, config.system_limit),
        config.fail_mode.name(),
        seen.totals,
    )
}

fn print(open: &Open<'_>, wanted: &Status, seen: &Seen) -> Result<(), Failure> {
    let config = &open.config;
    let shown = |text: &str| if wanted.unmasked { text.to_owned() } else { number::mask(text) };
    if open.session.global.json {
        let rows: Vec<serde_json::Value> = seen
            .views
            .iter()
            .map(|it| {
                let mut out = serde_json::to_value(it).unwrap_or_default();
                out["number"] = shown(&it.number).into();
                if let Some(told) = open.used_by(it) {
                    out["usedBy"] = told.into();
                }
                out
            })
            .collect();
        let out = json!({
            "at": dates::iso_utc(seen.now), "config": config, "numbers": rows, "more": seen.more,
            "today": seen.totals.json(),
        });
        return print_exactly(&format!("{out}\n"), None).map(|_| ());
    }
    output::text(&header(config, seen))?;
    for (party, title) in [(Party::Customer, "customer numbers"), (Party::System, "caller IDs")] {
        let rows: Vec<Vec<String>> = seen
            .views
            .iter()
            .filter(|it| it.party == party)
            .map(|it| {
                let mut cells = vec![
                    shown(&it.number),
                    format!("{}/{}", it.usage, it.limit),
                    it.remaining.map_or_else(|| "any".to_owned(), |left| left.to_string()),
                    it.reset_seconds.map_or_else(|| "–".to_owned(), |seconds| format!("{seconds} s")),
                    it.state.word().to_owned(),
                    dates::iso_utc(it.updated_at),
                    it.last_contact_id.to_string(),
                ];
                if party == Party::System {
                    cells.insert(1, open.used_by(it).unwrap_or_default().to_owned());
                }
                cells
            })
            .collect();
        if rows.is_empty() {
            output::text(&format!("\n{title}: no attempts\n"))?;
        } else {
            output::text(&format!("\n{title}\n"))?;
            let mut columns = vec!["NUMBER", "USED", "LEFT", "RESET", "STATE", "LAST", "CONTACT"];
            if party == Party::System {
                columns.insert(1, "QUEUE");
            }
            output::table(&columns, &rows)?;
        }
    }
    if seen.more {
        output::text(&format!("\nthere are more than {MOST} numbers; these are some of them\n"))?;
    }
    if seen.views.iter().any(|it| it.is_stuck(config)) {
        output::text(
            "\na caller ID has been blocked for more than 5 windows: windows of mode fixed would end\n",
        )?;
    }
    Ok(())
}

fn verdict(seen: &Seen) -> Exit {
    let blocked = |it: &View| it.party == Party::System && it.state == State::Blocked;
    if seen.views.iter().any(blocked) { Exit::Warned } else { Exit::Success }
}

/// Whether whole numbers may be shown, if they are wanted.
pub(super) fn allowed(open: &Open<'_>, unmasked: bool) -> Result<(), Failure> {
    let role = &open.session.actor.role;
    if unmasked && !matches!(role, Role::Administrator | Role::PowerUser) {
        let fix = "leave --unmasked out, or ask an administrator";
        return Err(Failure::refused("--unmasked", "this role sees the last four digits only", fix));
    }
    Ok(())
}

/// Shows how numbers stand; [`Exit::Warned`] when a caller ID is blocked.
pub(super) fn show(open: &Open<'_>, wanted: &Status) -> Result<Exit, Failure> {
    allowed(open, wanted.unmasked)?;
    let seen = look(open, wanted)?;
    print(open, wanted, &seen)?;
    Ok(verdict(&seen))
}

/// Seconds between two looks: as often as the person has the screen read.
fn usual(site: &Site) -> Result<f64, Failure> {
    let state = site.state()?;
    let (preferences, wrong) = Preferences::read(Some(&state));
    if wrong.is_empty() {
        return Ok(f64::from(preferences.limits_refresh()));
    }
    let fix = "mend the file, choose it anew on the screen Admin, Settings, or give --every";
    let told = wrong.into_iter().map(|it| Problem::error(it.place(), it.what, fix)).collect();
    Err(Failure::data(told).in_file(&Preferences::file(&state)))
}

/// Shows how numbers stand again and again; limits that are changed meanwhile count from the next look on.
pub(super) fn watch(
    mut open: Open<'_>,
    wanted: &Status,
    every: Option<f64>,
    times: Option<u32>,
) -> Result<Exit, Failure> {
    allowed(&open, wanted.unmasked)?;
    let every = Duration::from_secs_f64(every.map_or_else(|| usual(&open.session.site), Ok)?);
    let mut looks = 0;
    loop {
        if looks > 0 {
            open.config = open.read_config()?;
        }
        let seen = look(&open, wanted)?;
        print(&open, wanted, &seen)?;
        looks += 1;
        if times.is_some_and(|times| looks >= times) {
            return Ok(verdict(&seen));
        }
        if !open.session.global.json {
            output::text("\n")?;
        }
        std::thread::sleep(every);
    }
}
