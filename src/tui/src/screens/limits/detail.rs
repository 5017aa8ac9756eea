//! Everything about a row, as a text.

use std::fmt::Write as _;

use connect_rules_limits::counting::{Counter, Party};
use connect_rules_limits::{Decision, Reason, State};

use super::cells::{Facts, reason, stopped, task};
use super::header::through;

/// Attempts that are listed.
const MOST: usize = 200;

/// A number: its counter, what that means, and its attempts of the day in their order.
pub fn number(row: &Counter, facts: &Facts<'_>) -> String {
    let it = facts.standing(row);
    let config = &facts.reading.config;
    let mut out = String::new();
    let mut line = |label: &str, text: String| {
        let _ = writeln!(out, "{label:<14} {text}");
    };
    line("Number", facts.number(&it.number).into_owned());
    line("Kind", if it.party == Party::Customer { "customer number" } else { "caller ID" }.to_owned());
    let used_by = facts.used_by(&it.number);
    if it.party == Party::System && !used_by.is_empty() {
        line("Queue", used_by.to_owned());
    }
    line("State", format!("{}: {}", it.state.word(), meaning(it.state)));
    line("Attempts", format!("{} in this window, blocked ones too", it.usage));
    line("Limit", format!("{}, {}", it.limit, through(config, it.limit)));
    line("Left", it.remaining.map_or_else(|| "any number".to_owned(), |left| left.to_string()));
    let idle = if config.mode == connect_rules_limits::Mode::Idle { " if nobody dials" } else { "" };
    line("Reset in", it.reset_seconds.map_or_else(|| "–".to_owned(), |seconds| format!("{seconds} s{idle}")));
    line("Window since", facts.clock(row.window_start));
    line("Last attempt", facts.clock(it.updated_at));
    line("Last contact", it.last_contact_id.to_string());
    line(
        "Last agent",
        facts.arranged.agents.get(&it.last_contact_id).map(ToString::to_string).unwrap_or_default(),
    );
    line("Last blocked", it.blocked_at.map_or_else(|| "never".to_owned(), |at| facts.clock(at)));
    if it.is_stuck(config) {
        line(
            "Advice",
            format!(
                "blocked for {} windows: it never rests, because every call begins the window anew. Windows of a fixed length (e) let it rest.",
                it.locked_windows
            ),
        );
    }
    let mine = |it: &&Decision| {
        let number = if row.party == Party::Customer { &it.customer } else { &it.system };
        **number == *row.number()
    };
    let attempts: Vec<&Decision> = facts.reading.decisions.iter().filter(mine).collect();
    let _ = write!(out, "\nAttempts of {}, in their order\n", facts.reading.day);
    if attempts.is_empty() {
        out.push_str("none\n");
    }
    if attempts.len() > MOST {
        let _ = writeln!(out, "… {} earlier ones", attempts.len() - MOST);
    }
    for it in attempts.iter().take(MOST).rev() {
        let attempt = if row.party == Party::Customer { it.customer_attempt } else { it.system_attempt };
        let attempt = attempt.map_or_else(|| "–".to_owned(), |attempt| attempt.to_string());
        let verdict =
            if it.allowed { "allowed".to_owned() } else { format!("blocked ({})", reason(it.reason)) };
        let _ = writeln!(out, "{} {attempt:>4} {verdict:<20} {}", facts.clock(it.at), it.agent_name);
    }
    out
}

/// What a state means.
pub fn meaning(state: State) -> &'static str {
    match state {
        State::Blocked => "attempts are blocked",
        State::Full => "the next attempt will be blocked",
        State::Warn => "one more attempt is let through",
        State::Ok => "more than one attempt is let through",
        State::Free => "nobody dialled within the window",
    }
}

/// A decision.
pub fn decision(it: &Decision, facts: &Facts<'_>) -> String {
    let mut out = String::new();
    let mut line = |label: &str, text: String| {
        if !text.is_empty() {
            let _ = writeln!(out, "{label:<14} {text}");
        }
    };
    let of = |attempt: Option<u32>, limit: u32| {
        attempt
            .map_or_else(|| "not counted".to_owned(), |attempt| format!("attempt {attempt}, limit {limit}"))
    };
    line("Contact", it.contact_id.to_string());
    line(
        "First contact",
        if it.initial_contact_id == it.contact_id {
            String::new()
        } else {
            it.initial_contact_id.to_string()
        },
    );
    line("When", format!("{} {}", it.day, facts.clock(it.at)));
    line("Agent", it.agent_name.to_string());
    line("Agent's ARN", it.agent_arn.to_string());
    line("Came about", it.initiation.to_string());
    line(
        "Customer",
        format!("{}: {}", facts.number(&it.customer), of(it.customer_attempt, it.customer_limit)),
    );
    line("Caller ID", format!("{}: {}", facts.number(&it.system), of(it.system_attempt, it.system_limit)));
    line("Verdict", if it.allowed { "allowed".to_owned() } else { format!("blocked: {}", why(it.reason)) });
    line("Call", stopped(it.stop_status).to_owned());
    line("Free again at", it.retry_at.map(|at| facts.clock(at)).unwrap_or_default());
    line("Task", task(it.task_status).to_owned());
    line("Task contact", it.task_contact_id.as_deref().unwrap_or_default().to_owned());
    line("Error", it.error.as_deref().unwrap_or_default().to_owned());
    out
}

fn why(reason: Reason) -> &'static str {
    match reason {
        Reason::Customer => "the customer number was called too often",
        Reason::System => "the caller ID was used too often",
        Reason::Error => "the limiter could not judge the call",
        Reason::None | Reason::Exempt | Reason::Disabled => "not limited",
    }
}
