//! The configuration row `RateLimit` (`spec/rate-limiting.md` 5).

use connect_rules_engine::compat::Compat;
use connect_rules_engine::problem::{Problem, Severity};
use connect_rules_engine::value::Text;
use serde::{Deserialize, Serialize};

/// Key of the row in the table of configuration.
pub const KEY: &str = "RateLimit";
/// Largest limit.
pub const MOST: u32 = 10_000;
/// Longest window in seconds.
pub const LONGEST: u32 = 3_600;

/// What ends a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// So many seconds without an attempt, as in the original.
    #[default]
    Idle,
    /// So many seconds since its first attempt.
    Fixed,
}

impl Mode {
    /// Name in documents and options.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Idle => "idle",
            Mode::Fixed => "fixed",
        }
    }

    /// The mode of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Mode::Idle, Mode::Fixed].into_iter().find(|mode| mode.name() == name)
    }
}

/// What becomes of a call that could not be judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FailMode {
    /// It goes on.
    #[default]
    Open,
    /// It is stopped.
    Closed,
}

impl FailMode {
    /// Name in documents.
    pub fn name(self) -> &'static str {
        match self {
            FailMode::Open => "open",
            FailMode::Closed => "closed",
        }
    }
}

/// The limits of one environment.
#[allow(clippy::struct_excessive_bools, reason = "these are the switches of the row")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Config {
    /// `false`: every call is allowed and nothing is counted.
    pub enabled: bool,
    /// Limit of a customer number; 0: none. How many calls it lets through: [`Config::lets_through`].
    pub customer_limit: u32,
    /// Limit of a number of the instance; 0: none.
    pub system_limit: u32,
    /// Length of a window.
    pub window_seconds: u32,
    /// What ends a window.
    pub mode: Mode,
    /// Only customer numbers that begin with one of these are limited; empty: all.
    pub prefixes: Vec<Text>,
    /// Numbers that are never limited nor counted.
    pub exempt_numbers: Vec<Text>,
    /// Whether callbacks are not limited.
    pub exempt_callbacks: bool,
    /// Whether a call that is blocked for its customer number uses up what the caller ID may do.
    pub count_system_when_customer_blocked: bool,
    /// What becomes of a call that could not be judged.
    pub fail_mode: FailMode,
    /// Whether the agent gets a task that tells why a call was blocked.
    pub notify_agent: bool,
    /// `original`: a limit L lets L − 1 calls through, at least one; `corrected`: exactly L. Absent in a row: that of
    /// the environment.
    pub compat: Compat,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            enabled: true,
            customer_limit: 5,
            system_limit: 10,
            window_seconds: 60,
            mode: Mode::Idle,
            prefixes: vec![Text::from("+1")],
            exempt_numbers: Vec::new(),
            exempt_callbacks: false,
            count_system_when_customer_blocked: true,
            fail_mode: FailMode::Open,
            notify_agent: true,
            compat: Compat::Corrected,
        }
    }
}

fn wrong(member: &str, what: impl Into<String>, fix: impl Into<String>) -> Problem {
    Problem::error(format!("{KEY} / {member}"), what, fix)
}

/// A prefix of numbers: `+` and 1 to 6 digits.
fn is_prefix(text: &str) -> bool {
    text.strip_prefix('+')
        .is_some_and(|digits| matches!(digits.len(), 1..=6) && digits.bytes().all(|b| b.is_ascii_digit()))
}

impl Config {
    /// The default limits under that setting of the environment.
    pub fn of(compat: Compat) -> Self {
        Config { compat, ..Config::default() }
    }

    /// The default limits with those of the variables `CUSTOMER_RATE_LIMIT` and `SYSTEM_RATE_LIMIT`; what is no limit
    /// is a problem and leaves the default.
    pub fn from_variables(compat: Compat, variable: impl Fn(&str) -> Option<String>) -> (Self, Vec<Problem>) {
        let mut out = Config::of(compat);
        let mut problems = Vec::new();
        for (name, place) in
            [("CUSTOMER_RATE_LIMIT", &mut out.customer_limit), ("SYSTEM_RATE_LIMIT", &mut out.system_limit)]
        {
            let Some(text) = variable(name).filter(|text| !text.is_empty()) else { continue };
            match text.trim().parse::<u32>().ok().filter(|limit| *limit <= MOST) {
                Some(limit) => *place = limit,
                None => problems.push(Problem::warning(
                    name,
                    format!("`{text}` is no limit, so {place} counts"),
                    format!("give a whole number from 0 to {MOST}"),
                )),
            }
        }
        (out, problems)
    }

    /// Reads the value of the row. A limit of 1 is read as it is.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn read(text: &str, compat: Compat) -> Result<Self, Vec<Problem>> {
        let fix = "write it anew in the screen of the limits";
        let mut document: serde_json::Value =
            serde_json::from_str(text).map_err(|error| vec![Problem::error(KEY, error.to_string(), fix)])?;
        if let Some(members) = document.as_object_mut() {
            members.entry("compat").or_insert_with(|| compat.name().into());
        }
        let out: Config = serde_json::from_value(document)
            .map_err(|error| vec![Problem::error(KEY, error.to_string(), fix)])?;
        let problems: Vec<Problem> =
            out.problems(false).into_iter().filter(|it| it.severity == Severity::Error).collect();
        if problems.is_empty() { Ok(out) } else { Err(problems) }
    }

    /// The value of the row.
    pub fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What is wrong, and what is worth a warning. Who edits is refused a limit of 1 where it would behave as 2 (R-08).
    pub fn problems(&self, editing: bool) -> Vec<Problem> {
        let mut out = Vec::new();
        for (member, limit) in [("customerLimit", self.customer_limit), ("systemLimit", self.system_limit)] {
            if limit > MOST {
                out.push(wrong(
                    member,
                    format!("{limit} is above {MOST}"),
                    "give a smaller limit, or 0 for none",
                ));
            } else if limit == 1 && self.compat.is_original() {
                let (what, fix) = ("a limit of 1 lets one call through, as 2 does", "give 2, or 0 for none");
                let place = format!("{KEY} / {member}");
                out.push(if editing {
                    Problem::error(place, what, fix)
                } else {
                    Problem::warning(place, what, fix)
                });
            }
        }
        if !(1..=LONGEST).contains(&self.window_seconds) {
            let what = format!("{} is not between 1 and {LONGEST}", self.window_seconds);
            out.push(wrong("windowSeconds", what, "give the seconds of a window, usually 60"));
        }
        for prefix in self.prefixes.iter().filter(|it| !is_prefix(it)) {
            let what = format!("`{prefix}` is no beginning of a number");
            out.push(wrong("prefixes", what, "give `+` and 1 to 6 digits, such as +1"));
        }
        for number in self.exempt_numbers.iter().filter(|it| it.trim().is_empty()) {
            out.push(wrong("exemptNumbers", format!("`{number}` is no number"), "leave it out"));
        }
        let mut warn = |member: &str, what: &str, fix: &str| {
            out.push(Problem::warning(format!("{KEY} / {member}"), what, fix));
        };
        if self.customer_limit == 0 && self.system_limit == 0 {
            warn("customerLimit", "neither number has a limit", "give one of them, or set enabled to false");
        } else if self.system_limit != 0 && self.system_limit < self.customer_limit {
            let what = "a caller ID is blocked before a customer number can be";
            warn("systemLimit", what, "give a larger limit to the caller ID");
        }
        if self.prefixes.is_empty() && self.fail_mode == FailMode::Closed {
            let what = "an error of the limiter stops calls to every number";
            warn("failMode", what, "name the prefixes that are limited, or let calls go on");
        }
        out
    }

    /// How many calls a limit lets through in a window; `None`: any number (R-08, ruling 10).
    pub fn lets_through(&self, limit: u32) -> Option<u32> {
        match (limit, self.compat) {
            (0, _) => None,
            (limit, Compat::Original) => Some((limit - 1).max(1)),
            (limit, Compat::Corrected) => Some(limit),
        }
    }

    /// Length of a window in milliseconds.
    pub fn window(&self) -> i64 {
        i64::from(self.window_seconds) * 1000
    }
}

/// What `corrected` changes against `original`, by quirk. All other quirks are mended, or kept as options, under both.
pub const CORRECTED: [(&str, &str); 1] = [(
    "R-08",
    "a limit L lets exactly L calls through in a window instead of L − 1, and 1 is a limit of its own",
)];

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        Config::read(text, Compat::Original).unwrap_err()[0].to_string()
    }

    #[test]
    fn an_empty_row_is_the_default_and_comes_back() {
        let read = Config::read("{}", Compat::Original).unwrap();
        assert_eq!(read, Config::of(Compat::Original));
        assert_eq!(Config::read(&read.write(), Compat::Corrected).unwrap(), read);
    }

    #[test]
    fn what_is_no_configuration_is_refused_with_its_place() {
        assert!(refused("[").contains(KEY));
        for (text, place) in [
            (r#"{"customerLimit":"abc"}"#, "expected u32"),
            (r#"{"customerLimit":10001}"#, "customerLimit"),
            (r#"{"windowSeconds":0}"#, "windowSeconds"),
            (r#"{"windowSeconds":3601}"#, "windowSeconds"),
            (r#"{"prefixes":["1"]}"#, "prefixes"),
            (r#"{"prefixes":["+1234567"]}"#, "prefixes"),
            (r#"{"exemptNumbers":[" "]}"#, "exemptNumbers"),
            (r#"{"mode":"sliding"}"#, "sliding"),
            (r#"{"limits":5}"#, "limits"),
        ] {
            assert!(refused(text).contains(place), "{text}: {}", refused(text));
        }
    }

    #[test]
    fn one_is_read_but_not_edited_where_it_would_be_two() {
        let one = |compat| Config { customer_limit: 1, ..Config::of(compat) };
        assert!(Config::read(r#"{"customerLimit":1}"#, Compat::Original).is_ok());
        let severity = |config: Config, editing| config.problems(editing).first().map(|it| it.severity);
        assert_eq!(severity(one(Compat::Original), true), Some(Severity::Error));
        assert_eq!(severity(one(Compat::Original), false), Some(Severity::Warning));
        assert_eq!(severity(one(Compat::Corrected), true), None);
    }

    #[test]
    fn variables_that_are_no_limits_leave_the_default() {
        let (config, problems) = Config::from_variables(Compat::Original, |name| {
            Some(if name.starts_with("CUSTOMER") { "abc" } else { "7" }.to_owned())
        });
        assert_eq!((config.customer_limit, config.system_limit, problems.len()), (5, 7, 1));
    }

    #[test]
    fn what_a_limit_lets_through() {
        let through = |compat| [0, 1, 2, 5].map(|limit| Config::of(compat).lets_through(limit));
        assert_eq!(through(Compat::Original), [None, Some(1), Some(1), Some(4)]);
        assert_eq!(through(Compat::Corrected), [None, Some(1), Some(2), Some(5)]);
    }
}
