//! `limits`: how often numbers were dialled, calls made up to try limits out, and numbers released
//! (`spec/rate-limiting.md` 9, 10).

mod blocked;
mod dial;
mod status;

use connect_rules_engine::compat::Compat;
use connect_rules_engine::problem::Problem;
use connect_rules_engine::value::Text;
use connect_rules_limits::world::{Real, World as _};
use connect_rules_limits::{Callers, Config, Party, Store as _, StoreError, callers, number};
use connect_rules_store::Operation;
use connect_rules_store::service::limits::NoteRelease;

use crate::any_limits::AnyLimits;
use crate::args::Global;
use crate::args::limits::LimitsAction;
use crate::exit::{Exit, Failure};
use crate::model_commands::output;
use crate::model_commands::session::{self, Purpose, Session, agree, failed};
use crate::say;

/// Runs the command.
///
/// # Errors
/// The rows cannot be read, an option or a script is wrong, or the role does not allow it.
pub fn run(action: &LimitsAction, global: &Global) -> Result<Exit, Failure> {
    match action {
        LimitsAction::Status(status) => status::show(&Open::new(global)?, status),
        LimitsAction::Watch { every, times, status } => {
            status::watch(Open::new(global)?, status, *every, *times)
        }
        LimitsAction::Blocked(wanted) => blocked::show(&Open::new(global)?, wanted),
        LimitsAction::Dial(options) => dial::run_here(options, global),
        LimitsAction::Reset { number, system, reason, yes } => reset(number, *system, reason, *yes, global),
    }
}

/// An error of the rows as a failure.
fn told(error: &StoreError) -> Failure {
    let fix = "check that the store can be reached and that its tables are there: `connect-rules env check`";
    Failure::refused("limits", error.to_string(), fix)
}

/// The rows of a place, and who looks at them.
struct Open<'a> {
    session: Session<'a>,
    rows: AnyLimits,
    config: Config,
    compat: Compat,
    callers: Callers,
}

impl<'a> Open<'a> {
    fn new(global: &'a Global) -> Result<Self, Failure> {
        let session = session::open(global, Purpose::Read)?;
        let callers = callers(&*session.read(Operation::ReadMark)?);
        let rows = session.block_on(AnyLimits::open(&session.site, Real.now())).map_err(|it| told(&it))?;
        let compat = global.compat().or_else(|| session.site.compat()).unwrap_or(Compat::Corrected);
        let mut open = Open { session, rows, config: Config::of(compat), compat, callers };
        open.config = open.read_config()?;
        Ok(open)
    }

    /// The limits that count now.
    fn read_config(&self) -> Result<Config, Failure> {
        let read = self.session.block_on(self.rows.config()).map_err(|it| told(&it))?;
        let Some(text) = read else { return Ok(Config::of(self.compat)) };
        Ok(Config::read(&text, self.compat).unwrap_or_else(|problems| {
            let told = problems.into_iter().map(|it| Problem::warning(it.place, it.what, it.fix));
            say::warnings(&told.collect::<Vec<_>>(), self.session.global);
            Config::of(self.compat)
        }))
    }
}

fn reset(given: &str, system: bool, reason: &str, yes: bool, global: &Global) -> Result<Exit, Failure> {
    let open = Open::new(global)?;
    open.session.actor.check(Operation::ChangeLimits).map_err(|error| failed(&error))?;
    if let Some(why) = open.session.site.barred() {
        return Err(failed(&why));
    }
    let number = number::normalise(given).map_or_else(|| given.to_owned(), |it| it.text);
    let party = if system { Party::System } else { Party::Customer };
    let key = party.key(&number);
    let row = open.session.block_on(open.rows.counter(&key)).map_err(|it| told(&it))?;
    let Some(row) = row else {
        let fix = "`connect-rules limits status --all` lists the numbers that were dialled";
        return Err(Failure::refused(number, "nobody dialled this number", fix));
    };
    if !yes {
        agree(&format!("release {number}"), &format!("{} attempts are forgotten", row.usage))?;
    }
    // First why, which is in the audit list, then the counter.
    let note = NoteRelease {
        number: Text::from(&*number),
        party: Text::from(party.name()),
        usage: row.usage,
        at: Real.now(),
        reason: Text::from(reason),
    };
    let noted = open.session.service.run(&open.session.actor, &note);
    open.session.block_on(noted).map_err(|error| failed(&error))?;
    if !open.session.block_on(open.rows.release(&key, row.updated_at)).map_err(|it| told(&it))? {
        return Err(Failure::refused(
            number,
            "it was dialled meanwhile, so it is not released",
            "look again",
        ));
    }
    let by = &open.session.actor.user;
    if global.json {
        let out =
            serde_json::json!({ "released": number, "type": party.name(), "by": &**by, "reason": reason });
        return crate::model::print_exactly(&format!("{out}\n"), None);
    }
    output::text(&format!("released {number}: {reason}\n"))
}
