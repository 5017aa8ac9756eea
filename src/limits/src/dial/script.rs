//! Calls, and scripts of them: CSV with a header, `#` before comments.

use connect_rules_engine::problem::Problem;
use connect_rules_engine::value::Text;

use super::faults::Fault;
use crate::decision::Reason;

/// How a call comes about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum How {
    /// The agent dials.
    #[default]
    Direct,
    /// The customer is called back.
    Callback,
}

impl How {
    /// Name in scripts.
    pub fn name(self) -> &'static str {
        match self {
            How::Direct => "direct",
            How::Callback => "callback",
        }
    }
}

/// What a script says that comes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// It goes on, counted.
    Allow,
    /// It is blocked for its customer number.
    Customer,
    /// It is blocked for its caller ID.
    System,
    /// It is not limited.
    Exempt,
}

impl Expect {
    /// Every expectation, with its name in scripts.
    pub const ALL: [(Expect, &str); 4] = [
        (Expect::Allow, "allow"),
        (Expect::Customer, "customer"),
        (Expect::System, "system"),
        (Expect::Exempt, "exempt"),
    ];

    /// Name in scripts.
    pub fn name(self) -> &'static str {
        Expect::ALL.into_iter().find(|(it, _)| *it == self).map_or("", |(_, name)| name)
    }

    /// Whether that is what came of it.
    pub fn is_met(self, reason: Reason) -> bool {
        match self {
            Expect::Allow => reason == Reason::None,
            Expect::Customer => reason == Reason::Customer,
            Expect::System => reason == Reason::System,
            Expect::Exempt => matches!(reason, Reason::Exempt | Reason::Disabled),
        }
    }
}

/// One call of an agent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dial {
    /// Milliseconds since the beginning.
    pub t_ms: i64,
    /// The agent.
    pub agent: Text,
    /// The contact; empty: one is made up.
    pub contact: Text,
    /// The customer number.
    pub customer: Text,
    /// The caller ID.
    pub system: Text,
    /// How it comes about.
    pub how: How,
    /// What is to come of it.
    pub expect: Option<Expect>,
    /// What goes wrong.
    pub fault: Option<Fault>,
}

const COLUMNS: [&str; 8] = ["t_ms", "agent", "contact", "customer", "system", "kind", "expect", "fault"];
const NEEDED: [&str; 2] = ["t_ms", "customer"];

/// Reads a script; calls come in order of their times.
///
/// # Errors
/// All lines that are wrong.
pub fn read(text: &str) -> Result<Vec<Dial>, Vec<Problem>> {
    let mut lines = text
        .lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line.trim()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let Some((_, header)) = lines.next() else {
        return Err(vec![Problem::error("line 1", "the script is empty", header_fix())]);
    };
    let header: Vec<&str> = header.trim_start_matches('\u{feff}').split(',').map(str::trim).collect();
    let odd: Vec<&&str> = header.iter().filter(|name| !COLUMNS.contains(name)).collect();
    if !odd.is_empty() || NEEDED.iter().any(|name| !header.contains(name)) {
        let what = "the header names no column `t_ms` and `customer`, or others than those of a script";
        return Err(vec![Problem::error("line 1", what, header_fix())]);
    }
    let (mut out, mut problems) = (Vec::new(), Vec::new());
    for (number, line) in lines {
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        let cell = |name: &str| {
            header.iter().position(|it| *it == name).and_then(|at| cells.get(at)).copied().unwrap_or("")
        };
        if cells.len() > header.len() || line.contains('"') {
            let what = "there are more cells than columns, or quotation marks";
            problems.push(Problem::error(
                format!("line {number}"),
                what,
                "cells are bare texts without commas",
            ));
            continue;
        }
        match dial(&cell) {
            Ok(dial) => out.push(dial),
            Err((column, what, fix)) => {
                problems.push(Problem::error(format!("line {number} / {column}"), what, fix));
            }
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    out.sort_by_key(|it| it.t_ms);
    Ok(out)
}

fn header_fix() -> String {
    format!("begin with a line such as {}", COLUMNS.join(","))
}

type Wrong = (&'static str, String, String);

fn dial<'a>(cell: &impl Fn(&str) -> &'a str) -> Result<Dial, Wrong> {
    let time = cell("t_ms");
    let bad = |column, value: &str, fix: &str| (column, format!("`{value}` cannot be"), fix.to_owned());
    let t_ms = time
        .parse::<i64>()
        .ok()
        .filter(|t| (0..=31_536_000_000).contains(t))
        .ok_or_else(|| bad("t_ms", time, "give milliseconds since the beginning, at most a year"))?;
    let how = match cell("kind") {
        "" | "direct" => How::Direct,
        "callback" => How::Callback,
        other => return Err(bad("kind", other, "give direct or callback")),
    };
    let expect = match cell("expect") {
        "" => None,
        name => Some(
            Expect::ALL
                .into_iter()
                .find(|(_, it)| *it == name)
                .ok_or_else(|| bad("expect", name, "give allow, customer, system or exempt"))?
                .0,
        ),
    };
    let fault = match cell("fault") {
        "" => None,
        text => Some(Fault::parse(text).ok_or_else(|| bad("fault", text, &Fault::forms()))?),
    };
    let text = |name: &str| Text::from(cell(name));
    let dial = Dial {
        t_ms,
        agent: text("agent"),
        contact: text("contact"),
        customer: text("customer"),
        system: text("system"),
        how,
        expect,
        fault,
    };
    if dial.customer.is_empty() {
        return Err(bad("customer", "", "give the number that is called"));
    }
    Ok(dial)
}

/// A script of these calls.
pub fn write(calls: &[Dial]) -> String {
    let mut out = COLUMNS.join(",");
    out.push('\n');
    for it in calls {
        let time = it.t_ms.to_string();
        let fault = it.fault.map(|fault| fault.to_string()).unwrap_or_default();
        let expect = it.expect.map_or("", Expect::name);
        let row = [&*time, &it.agent, &it.contact, &it.customer, &it.system, it.how.name(), expect, &fault];
        out.push_str(&row.join(","));
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_read_in_order_and_written_again() {
        let text = "# two calls\nt_ms,customer,kind,expect,fault\n\n900,+12,callback,exempt,\n0,+13,,allow,skew:-20\n";
        let calls = read(text).unwrap();
        assert_eq!(calls.iter().map(|it| it.t_ms).collect::<Vec<_>>(), [0, 900]);
        assert_eq!((calls[0].fault, calls[1].how), (Some(Fault::Skew(-20)), How::Callback));
        assert_eq!(read(&write(&calls)).unwrap(), calls);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let told = |text: &str| read(text).unwrap_err()[0].to_string();
        assert!(told("").contains("empty"));
        assert!(told("t_ms,number\n").contains("line 1"));
        for (line, column) in [
            ("x,a,+1,direct,,", "t_ms"),
            ("-1,a,+1,direct,,", "t_ms"),
            ("0,a,,direct,,", "customer"),
            ("0,a,+1,call,,", "kind"),
            ("0,a,+1,direct,never,", "expect"),
            ("0,a,+1,direct,,retry:9", "fault"),
        ] {
            let told = told(&format!("t_ms,agent,customer,kind,expect,fault\n{line}\n"));
            assert!(told.contains(&format!("line 2 / {column}")), "{told}");
        }
    }
}
