//! What every store has to do, for the tests of stores: run it on rows of their own.

use std::sync::Arc;

use connect_rules_engine::compat::Compat;
use connect_rules_engine::value::Text;

use crate::config::{Config, Mode};
use crate::counting::{Counter, Party, Touch};
use crate::decision::{Decision, Reason, Status, TaskStatus, day};
use crate::limiter::{Call, Checked, Limiter};
use crate::stop::Recorder;
use crate::store::{Step, Store, StoreError, all_counters};
use crate::world::{Real, World as _};

/// What a store did not do.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// It fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It does something else.
    #[error("{0}")]
    Wrong(String),
}

type Done = Result<(), Broken>;

fn check(holds: bool, what: impl FnOnce() -> String) -> Done {
    if holds { Ok(()) } else { Err(Broken::Wrong(what())) }
}

fn call(contact: &str, customer: &str, system: &str) -> Call {
    Call {
        contact: Text::from(contact),
        initial_contact: Text::from(contact),
        customer: Text::from(customer),
        system: Text::from(system),
        initiation: Text::from("OUTBOUND"),
        ..Call::default()
    }
}

/// Runs all cases but the rounds of [`rounds`].
///
/// # Errors
/// The first thing that the store does not do.
pub async fn run<S: Store>(store: &S) -> Done {
    updates(store).await?;
    claims(store).await?;
    lists(store).await?;
    release(store).await
}

/// The two updates make what [`Touch`] says they make, and refuse with what is there.
async fn updates<S: Store>(store: &S) -> Done {
    for (mode, number) in [(Mode::Idle, "+12060000001"), (Mode::Fixed, "+12060000002")] {
        for party in [Party::Customer, Party::System] {
            let config = Config { mode, ..Config::of(Compat::Original) };
            let mut row: Option<Counter> = None;
            // Times around the edge of a window, in it, and a clock that steps back.
            let attempts = [
                ("a", 0),
                ("b", 60_000),
                ("b", 60_001),
                ("c", 59_990),
                ("d", 119_990),
                ("e", 179_991),
                ("e", 240_000),
                ("e", 240_200),
            ];
            for (contact, now) in attempts {
                let touch = Touch::new(party, number, contact, 1_700_000_000_000 + now, &config);
                for restart in [false, true] {
                    let (wanted, got) = if restart {
                        (touch.restart(row.as_ref()), store.restart(&touch).await?)
                    } else {
                        (touch.advance(row.as_ref()), store.advance(&touch).await?)
                    };
                    let step = match wanted {
                        Some(new) => {
                            row = Some(new.clone());
                            Step::Made(new)
                        }
                        None => Step::Refused(row.clone()),
                    };
                    check(got == step, || {
                        format!("{mode:?} {contact} at {now}, restart {restart}: {got:?}, not {step:?}")
                    })?;
                }
            }
            let key = party.key(number);
            store.note_blocked(&key, 77).await?;
            let found = store.counter(&key).await?;
            let wanted = row.map(|row| Counter { blocked_at: Some(77), ..row });
            check(found == wanted, || format!("{found:?}, not {wanted:?}"))?;
        }
    }
    store.note_blocked("+12069999999", 77).await?;
    let made = store.counter("+12069999999").await?;
    check(made.is_none(), || format!("a note made {made:?}"))
}

/// One contact, one decision, one owner.
async fn claims<S: Store>(store: &S) -> Done {
    let pending =
        |owner: &str, at| Decision::pending(&call("claimed", "+1206", "+1800"), Text::from(owner), at);
    let (first, second) = (pending("first", 1_000), pending("second", 7_000));
    let claimed = store.claim(&first).await?;
    check(claimed.is_none(), || format!("a new contact is claimed by {claimed:?}"))?;
    let old = store.claim(&second).await?;
    check(old.as_ref() == Some(&first), || format!("{old:?} is claimed, not {first:?}"))?;
    check(store.take_over(&second, "first").await?, || "nobody may take it over".to_owned())?;
    check(!store.take_over(&second, "first").await?, || "it is taken over twice".to_owned())?;
    let lost = Decision { status: Status::Done, ..first };
    check(!store.finish(&lost).await?, || "who lost it finishes it".to_owned())?;
    let done = Decision {
        status: Status::Done,
        allowed: false,
        reason: Reason::Customer,
        customer_attempt: Some(5),
        customer_limit: 5,
        retry_at: Some(99),
        error: Some(Text::from("odd, \"quoted\"")),
        ..second
    };
    check(store.finish(&done).await?, || "its owner cannot finish it".to_owned())?;
    check(!store.take_over(&done, "second").await?, || "what is judged is taken over".to_owned())?;
    check(store.note_task("claimed", TaskStatus::Started, "task").await?, || "no task is noted".to_owned())?;
    check(!store.note_task("nobody", TaskStatus::Started, "task").await?, || "a task of nobody".to_owned())?;
    let done =
        Decision { task_status: TaskStatus::Started, task_contact_id: Some(Text::from("task")), ..done };
    let found = store.decision("claimed").await?;
    check(found.as_ref() == Some(&done), || format!("{found:?}, not {done:?}"))?;
    let nobody = store.decision("nobody").await?;
    check(nobody.is_none(), || format!("{nobody:?} of nobody"))
}

/// Counters and decisions come in pages without gaps.
async fn lists<S: Store>(store: &S) -> Done {
    let (start, config) = (1_800_000_000_000, Config::default());
    for number in 0..25 {
        let touch =
            Touch::new(Party::Customer, &format!("+130500000{number:02}"), "c", start + number, &config);
        store.restart(&touch).await?;
        let decision = Decision::pending(
            &call(&format!("listed-{number:02}"), "+1", ""),
            Text::from("o"),
            start + number / 2,
        );
        store.claim(&decision).await?;
    }
    let (rows, more) = all_counters(store, start + 5, 1_000).await?;
    check(rows.len() == 20 && !more, || format!("{} counters, more: {more}", rows.len()))?;
    let (rows, more) = all_counters(store, start, 7).await?;
    check(rows.len() == 7 && more, || format!("{} counters, more: {more}", rows.len()))?;
    let (mut times, mut seen, mut page) = (Vec::new(), Vec::new(), None);
    loop {
        let got = store.decisions(&day(start), 10, page.as_deref()).await?;
        check(got.rows.len() <= 10, || format!("{} rows are a page", got.rows.len()))?;
        for row in got.rows {
            times.push(row.at);
            seen.push(row.contact_id);
        }
        page = got.next;
        if page.is_none() {
            break;
        }
    }
    check(times.is_sorted_by(|a, b| a >= b), || format!("not the newest first: {times:?}"))?;
    seen.sort();
    seen.dedup();
    check(seen.len() == 25, || format!("{} decisions", seen.len()))?;
    let none = store.decisions("1999-01-01", 10, None).await?;
    check(none.rows.is_empty() && none.next.is_none(), || format!("{none:?}"))
}

async fn release<S: Store>(store: &S) -> Done {
    let touch = Touch::new(Party::System, "+13051111111", "c", 1_000, &Config::default());
    store.restart(&touch).await?;
    check(!store.release(&touch.key, 999).await?, || "another row is released".to_owned())?;
    check(store.release(&touch.key, 1_000).await?, || "it cannot be released".to_owned())?;
    check(!store.release(&touch.key, 1_000).await?, || "it is released twice".to_owned())
}

/// What rounds came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rounds.
    pub rounds: usize,
    /// Contacts that dialled.
    pub contacts: usize,
    /// Invocations of contacts that had asked before.
    pub repeated: usize,
    /// Fewest and most contacts that a round let through.
    pub allowed: (usize, usize),
    /// Contacts that were counted more than once.
    pub doubles: usize,
}

impl Tally {
    /// With other rounds.
    #[must_use]
    pub fn and(self, other: Tally) -> Tally {
        if self.rounds == 0 || other.rounds == 0 {
            return if self.rounds == 0 { other } else { self };
        }
        Tally {
            rounds: self.rounds + other.rounds,
            contacts: self.contacts + other.contacts,
            repeated: self.repeated + other.repeated,
            allowed: (self.allowed.0.min(other.allowed.0), self.allowed.1.max(other.allowed.1)),
            doubles: self.doubles + other.doubles,
        }
    }
}

/// So many attempts at one number at once, round after round, each contact asking one to four times: as many go
/// through as the limit says, and every contact is counted once.
///
/// # Errors
/// The first round that came out differently.
pub async fn rounds<S: Store + Clone + 'static>(
    store: S,
    rounds: usize,
    attempts: usize,
    limit: u32,
    name: &str,
) -> Result<Tally, Broken> {
    let mut tally = Tally::default();
    let config = Config { customer_limit: limit, system_limit: 0, ..Config::default() };
    let limiter = Arc::new(Limiter::new(store, Recorder::default(), Real, config));
    for round in 0..rounds {
        let customer = format!("+1{name}{round:06}");
        let mut running = tokio::task::JoinSet::new();
        for attempt in 0..attempts {
            let call = call(&format!("{name}-{round}-{attempt}"), &customer, "");
            let limiter = Arc::clone(&limiter);
            // As an instance repeats what it took for failed: one after the other, while others dial.
            running.spawn(async move {
                let mut out = Vec::new();
                for _ in 0..=attempt % 4 {
                    let deadline = limiter.world().now() + 60_000;
                    out.push(limiter.check(&call, deadline).await);
                }
                out
            });
        }
        let mut answers: Vec<Checked> = Vec::new();
        while let Some(answer) = running.join_next().await {
            answers.extend(answer.map_err(|error| Broken::Wrong(error.to_string()))?);
        }
        if let Some(bad) = answers.iter().find(|it| it.failed.is_some()) {
            return Err(Broken::Wrong(format!("round {round}: {:?}", bad.troubles)));
        }
        let mut of: Vec<(Text, u32, bool)> = answers
            .iter()
            .map(|it| {
                let decision = &it.decision;
                (Text::clone(&decision.contact_id), decision.customer_attempt.unwrap_or(0), decision.allowed)
            })
            .collect();
        of.sort();
        of.dedup();
        let mut numbers: Vec<u32> = of.iter().map(|(_, attempt, _)| *attempt).collect();
        numbers.sort_unstable();
        let allowed = of.iter().filter(|(_, _, allowed)| *allowed).count();
        let usage = limiter.store().counter(&customer).await?.map_or(0, |row| row.usage);
        let right = of.len() == attempts
            && numbers.into_iter().eq(1..=attempts as u32)
            && allowed == (limit as usize).min(attempts)
            && usage as usize == attempts;
        let doubles = (usage as usize).saturating_sub(attempts);
        check(right, || {
            format!(
                "round {round}: {} answers to {attempts} contacts, {allowed} allowed, usage {usage}, {doubles} double",
                of.len()
            )
        })?;
        let repeated = answers.len() - attempts;
        let now = Tally { rounds: 1, contacts: attempts, repeated, allowed: (allowed, allowed), doubles };
        tally = tally.and(now);
    }
    Ok(tally)
}
