//! The calls that AWS lets the program make: budgets of this process, and quotas of the account against what is
//! recommended.

use std::fmt::Write as _;

use connect_rules_cloud::gateway::{Family, Quota, Standing};
use connect_rules_engine::value::Text;

use crate::cloud::{Door, Trouble, ask};
use crate::message::JobContext;
use crate::theme::Role;
use crate::widgets::panel;
use crate::widgets::table::{Column, Row, Wide};

/// Columns of budgets.
pub const BUDGETS: &[Column] = &[
    ("Calls of", Wide::Share(1)),
    ("Left", Wide::Is(9)),
    ("", Wide::Is(6)),
    ("A second", Wide::From(8, 70)),
    ("Calls", Wide::From(6, 80)),
    ("Waits", Wide::Is(5)),
    ("Refused", Wide::Is(7)),
    ("State", Wide::Is(9)),
];

/// Columns of quotas.
pub const QUOTAS: &[Column] = &[
    ("Quota", Wide::Share(1)),
    ("Allowed", Wide::Is(9)),
    ("Wanted", Wide::Is(7)),
    ("", Wide::From(6, 70)),
    ("State", Wide::Is(5)),
    ("More", Wide::From(9, 76)),
];

/// What a contact centre of this kind should be allowed: part of the name of a quota, how much, and what for. The
/// counts are what the program's own things take and the service's defaults for the rest.
const WANTED: [(&str, f64, &str); 8] = [
    ("concurrent active calls", 100.0, "calls at the same time; the default of 10 is for trying out"),
    ("contact flows per instance", 100.0, "flows of the program and of others"),
    ("lambda functions per instance", 50.0, "associated functions; it cannot be raised"),
    ("queues per instance", 50.0, "queues that rule sets lead to"),
    ("phone numbers per instance", 10.0, "numbers that end points have and agents call from"),
    ("prompts per instance", 500.0, "prompts that messages play"),
    ("hours of operation per instance", 100.0, "hours that queues and rules are open"),
    ("routing profiles per instance", 100.0, "profiles with outbound queues"),
];

/// From this share of what is allowed on, more should be asked for.
const NEAR: f64 = 0.8;

/// Budgets and, if they were asked for, quotas.
pub struct Asked {
    /// How the budgets stand.
    pub budgets: Result<Vec<(Family, Standing)>, Trouble>,
    /// The quotas.
    pub quotas: Option<Result<Vec<Quota>, Trouble>>,
}

/// Asks for them.
pub fn read(job: &JobContext, door: &Door, quotas: bool) -> Asked {
    let cloud = match door.enter(job) {
        Ok(cloud) => cloud,
        Err(trouble) => return Asked { quotas: quotas.then(|| Err(trouble.clone())), budgets: Err(trouble) },
    };
    let quotas = quotas.then(|| ask(job, cloud.quotas.list("connect")));
    Asked { budgets: Ok(cloud.budgets.standing()), quotas }
}

fn count(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.1}") }
}

/// Budgets as rows.
pub fn budget_rows(budgets: &[(Family, Standing)]) -> Vec<Row> {
    let row = |(at, (family, it)): (usize, &(Family, Standing))| {
        let left = it.tokens.max(0.0).floor();
        let (state, role) = match () {
            () if it.tokens < 0.0 => ("WAITING", Role::Bad),
            () if it.throttled > 0 => ("THROTTLED", Role::Warn),
            () if left < it.burst * (1.0 - NEAR) => ("LOW", Role::Warn),
            () => ("OK", Role::Text),
        };
        Row {
            key: Text::from(family.name()),
            at,
            cells: vec![
                family.name().to_owned(),
                format!("{}/{}", count(left), count(it.burst)),
                panel::bar(left / it.burst, 6),
                count(it.rate),
                it.calls.to_string(),
                it.waits.to_string(),
                it.throttled.to_string(),
                state.to_owned(),
            ],
            role,
        }
    };
    budgets.iter().enumerate().map(row).collect()
}

/// What is recommended for a quota of that name: how much, and what for.
pub fn wanted(name: &str) -> Option<(f64, &'static str)> {
    let name = name.to_lowercase();
    WANTED.iter().find(|(part, ..)| name.contains(part)).map(|(_, most, about)| (*most, *about))
}

/// Quotas as rows: those with a recommendation first, what is short of it before the others.
pub fn quota_rows(quotas: &[Quota]) -> Vec<Row> {
    let mut rows: Vec<(u8, Row)> = Vec::new();
    for (at, quota) in quotas.iter().enumerate() {
        let wanted = wanted(&quota.name);
        let share =
            wanted.map(|(most, _)| if quota.value > 0.0 { most / quota.value } else { f64::INFINITY });
        let (rank, state, role) = match share {
            Some(share) if share > 1.0 => (0, "SHORT", Role::Bad),
            Some(share) if share > NEAR => (1, "WARN", Role::Warn),
            Some(_) => (2, "OK", Role::Text),
            None => (3, "–", Role::Dim),
        };
        let cells = vec![
            quota.name.clone(),
            count(quota.value),
            wanted.map_or_else(|| "–".to_owned(), |(most, _)| count(most)),
            share.map(|share| panel::bar(share, 6)).unwrap_or_default(),
            state.to_owned(),
            if quota.adjustable { "on demand" } else { "fixed" }.to_owned(),
        ];
        rows.push((rank, Row { key: Text::from(&*quota.code), at, cells, role }));
    }
    rows.sort_by(|(a, left), (b, right)| a.cmp(b).then_with(|| left.cells[0].cmp(&right.cells[0])));
    rows.into_iter().map(|(_, row)| row).collect()
}

/// What a quota is about, at length.
pub fn told(quota: &Quota) -> String {
    let mut out = format!("{}\n\nAllowed: {}\nCode: {}\n", quota.name, count(quota.value), quota.code);
    match wanted(&quota.name) {
        Some((most, about)) => {
            let share = if quota.value > 0.0 { most / quota.value * 100.0 } else { f64::INFINITY };
            let most = count(most);
            let _ = writeln!(out, "Recommended: {most} ({about})\nThat is {share:.0} % of what is allowed.");
            if share > 100.0 {
                out.push_str("SHORT: what is recommended does not fit.\n");
            } else if share > NEAR * 100.0 {
                out.push_str("WARN: what is recommended takes more than 80 %.\n");
            }
        }
        None => out.push_str("Nothing is recommended for it.\n"),
    }
    let more = if quota.adjustable {
        "More can be asked for: Service Quotas in the console of AWS, service Amazon Connect."
    } else {
        "It cannot be raised."
    };
    out + "\n" + more
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quota(name: &str, value: f64) -> Quota {
        Quota { code: name.to_owned(), name: name.to_owned(), value, adjustable: true }
    }

    #[test]
    fn quotas_that_are_short_come_first_and_more_than_80_percent_warns() {
        let quotas = [
            quota("Users per instance", 500.0),
            quota("Prompts per instance", 1000.0),
            quota("Queues per instance", 60.0),
            quota("Concurrent active calls per instance", 10.0),
            quota("Contact flows per instance", 125.0),
        ];
        let rows: Vec<_> = quota_rows(&quotas).iter().map(|row| (row.at, row.cells[4].clone())).collect();
        let rows: Vec<_> = rows.iter().map(|(at, state)| (*at, state.as_str())).collect();
        assert_eq!(rows, [(3, "SHORT"), (2, "WARN"), (4, "OK"), (1, "OK"), (0, "–")]);
    }

    #[test]
    fn a_budget_says_in_a_word_how_it_stands() {
        let standing =
            |tokens, throttled| Standing { tokens, rate: 2.0, burst: 5.0, calls: 0, waits: 0, throttled };
        let word = |it| budget_rows(&[(Family::Connect, it)])[0].cells[7].clone();
        assert_eq!(word(standing(5.0, 0)), "OK");
        assert_eq!(word(standing(0.5, 0)), "LOW");
        assert_eq!(word(standing(5.0, 1)), "THROTTLED");
        assert_eq!(word(standing(-1.0, 1)), "WAITING");
    }
}
