//! The screen Home: the state of the environment, a line for each thing that matters; enter opens its screen.

use std::sync::Arc;

use connect_rules_cloud::cache;
use connect_rules_engine::lint::Finding;
use connect_rules_engine::problem::Severity;
use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::clean;
use crate::data::Data;
use crate::keys::Binding;
use crate::message::Parcel;
use crate::overlay::Explain;
use crate::screen::{Cx, Screen, ScreenId, Target, View};
use crate::screens::limits::blocked;
use crate::theme::Role;
use crate::times;
use crate::widgets::{List, panel};

/// Keys of the screen.
pub const KEYS: &[Binding] = &[
    Binding::new("home.open", &["enter"], "home", "open", "Open what the line is about"),
    Binding::new(
        "home.explain",
        &["e"],
        "home",
        "explain",
        "Explain the lint finding of the line: why and what to do",
    ),
];

/// How the last run of tests went; the Tests screen sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestRun {
    /// Tests that passed.
    pub passed: usize,
    /// Tests that ran.
    pub total: usize,
    /// Coverage in words, such as `rules 97 % · branches 93 %`.
    pub coverage: String,
}

/// What another screen last found of the cloud, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    screen: ScreenId,
    role: Role,
    text: String,
}

impl Noted {
    /// Of the deployed functions.
    pub fn functions(role: Role, text: impl Into<String>) -> Self {
        Noted { screen: ScreenId::Functions, role, text: text.into() }
    }

    /// Of the outbound limits.
    pub fn limits(role: Role, text: impl Into<String>) -> Self {
        Noted { screen: ScreenId::Limits, role, text: text.into() }
    }

    /// Of the health of the instance.
    pub fn health(role: Role, text: impl Into<String>) -> Self {
        Noted { screen: ScreenId::Health, role, text: text.into() }
    }
}

/// What a reading of the store was found to hold.
struct Found {
    findings: Arc<[Finding]>,
    /// Who changed what, and when.
    latest: Option<(String, String, String)>,
}

/// A line of the screen.
#[derive(Clone)]
struct Row {
    label: &'static str,
    text: String,
    role: Role,
    target: Target,
    finding: Option<usize>,
}

/// The screen.
pub struct Home {
    found: Option<Found>,
    tests: Option<TestRun>,
    health: Option<Noted>,
    functions: Option<Noted>,
    limits: Option<Noted>,
    /// The lines before those of the findings, which are made when they are seen.
    rows: Vec<Row>,
    list: List,
}

impl Home {
    /// The screen before anything is read.
    pub fn new() -> Self {
        Home {
            found: None,
            tests: None,
            health: None,
            functions: None,
            limits: None,
            rows: Vec::new(),
            list: List::new(0),
        }
    }

    fn rebuild(&mut self, data: Option<&Arc<Data>>, now: i64) {
        let mut rows = Vec::new();
        let of = |label, noted: &Option<Noted>, otherwise: &str, screen| Row {
            label,
            text: noted.as_ref().map_or_else(|| otherwise.to_owned(), |it| it.text.clone()),
            role: noted.as_ref().map_or(Role::Text, |it| it.role),
            target: Target::Screen(screen),
            finding: None,
        };
        rows.push(of(
            "Health",
            &self.health,
            "not scanned in this session: 8, then s scans",
            ScreenId::Health,
        ));
        if let Some(data) = data {
            rows.push(cache_row(data, now));
        }
        rows.push(of("Functions", &self.functions, "not asked in this session: 7 asks", ScreenId::Functions));
        rows.push(of("Blocked calls now", &self.limits, "not known here: 6 says why", ScreenId::Limits));
        if let Some(data) = data {
            counts(data, &mut rows);
        }
        let text = self.tests.as_ref().map_or_else(
            || "not run yet in this session: 4, then A runs all".to_owned(),
            |run| format!("{} of {} passed · {}", run.passed, run.total, run.coverage),
        );
        let role = match &self.tests {
            Some(run) if run.passed == run.total => Role::Good,
            Some(_) => Role::Bad,
            None => Role::Text,
        };
        rows.push(Row {
            label: "Last test run",
            text,
            role,
            target: Target::Screen(ScreenId::Tests),
            finding: None,
        });
        if let Some(found) = &self.found {
            if let Some((at, by, title)) = &found.latest {
                // Who and when come first: a long title is what may be cut.
                let at = times::told(at, data.and_then(|data| data.workspace.zone()), now);
                let text = format!("{by}, {at} · {title}");
                rows.push(Row {
                    label: "Last change",
                    text,
                    role: Role::Text,
                    target: Target::Admin("audit", "".into()),
                    finding: None,
                });
            }
            rows.push(lint_row(&found.findings));
        } else {
            rows.push(Row {
                label: "Lint",
                text: "checking…".to_owned(),
                role: Role::Dim,
                target: Target::Screen(ScreenId::Rules),
                finding: None,
            });
        }
        self.rows = rows;
        self.list.resize(self.rows.len() + self.findings().len());
    }

    fn findings(&self) -> &[Finding] {
        self.found.as_ref().map_or(&[], |found| &found.findings)
    }

    /// A line of the screen.
    fn row(&self, at: usize, data: Option<&Arc<Data>>) -> Option<Row> {
        match at.checked_sub(self.rows.len()) {
            None => self.rows.get(at).cloned(),
            Some(finding) => Some(finding_row(finding, self.findings().get(finding)?, data)),
        }
    }
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

/// How old what is known of the instance is: its oldest section.
fn cache_row(data: &Data, now: i64) -> Row {
    let at = Timestamp::from_millisecond(now).unwrap_or_default();
    let all = cache::standing(&data.snapshot);
    let missing = all.iter().filter(|it| it.things.is_none()).count();
    let stale = all.iter().filter(|it| it.is_stale(at)).count();
    let oldest = all.iter().filter_map(|it| it.age(at)).max().map(cache::told);
    let (text, role) = match oldest {
        None => ("⚠ nothing is known of the instance: enter, then r reads it".to_owned(), Role::Warn),
        Some(age) if missing > 0 => {
            (format!("⚠ {age} old, nothing is known of {missing} of {} sections", all.len()), Role::Warn)
        }
        Some(age) if stale > 0 => (format!("⚠ {age} old: enter, then r reads it anew"), Role::Warn),
        Some(age) => (format!("✓ {age} old"), Role::Good),
    };
    Row { label: "Connect cache", text, role, target: Target::Admin("connect", "".into()), finding: None }
}

/// Asks how many numbers are blocked now, where there are limits.
fn count_blocked(cx: &mut Cx<'_>) {
    if cx.session.limits.leads_somewhere() {
        let session = cx.session.clone();
        cx.start(String::new(), false, Arc::default(), move |job| blocked(job, &session));
    }
}

fn counts(data: &Data, rows: &mut Vec<Row>) {
    let now = &data.snapshot;
    let mut add =
        |label, text, target| rows.push(Row { label, text, role: Role::Text, target, finding: None });
    let rules: usize = now.rule_sets.iter().map(|set| set.rules.len()).sum();
    let off = now.rule_sets.iter().filter(|set| !set.enabled).count();
    add(
        "Rule sets",
        format!("{} with {rules} rules, {off} disabled", now.rule_sets.len()),
        Target::Screen(ScreenId::Rules),
    );
    let unassigned = now
        .end_points
        .iter()
        .filter(|it| !now.rule_sets.iter().any(|set| set.end_points.contains(&it.name)))
        .count();
    add(
        "End points",
        format!("{}, {unassigned} lead nowhere", now.end_points.len()),
        Target::Admin("endPoints", "".into()),
    );
    add("Tests", format!("{}", now.tests.len()), Target::Screen(ScreenId::Tests));
    add("Holidays", format!("{}", now.holidays.len()), Target::Admin("holidays", "".into()));
    let catalogue = data.workspace.catalogue();
    let text = format!(
        "{} queues, {} prompts, {} functions, {} bots, {} opening hours",
        catalogue.queues.len(),
        catalogue.prompts.len(),
        catalogue.lambda_functions.len(),
        catalogue.lex_bots.len(),
        catalogue.operating_hours.len()
    );
    add("Amazon Connect data", text, Target::Admin("connect", "".into()));
}

fn lint_row(findings: &[Finding]) -> Row {
    let of = |severity| findings.iter().filter(|it| it.severity == severity).count();
    let (errors, warnings) = (of(Severity::Error), of(Severity::Warning));
    let notes = of(Severity::Note);
    let (mark, role) = match (errors, warnings) {
        (0, 0) => ("✓", Role::Good),
        (0, _) => ("⚠", Role::Warn),
        _ => ("✗", Role::Bad),
    };
    let of = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let text = format!("{mark} {}, {}, {}", of(errors, "error"), of(warnings, "warning"), of(notes, "note"));
    Row { label: "Lint", text, role, target: Target::Screen(ScreenId::Rules), finding: None }
}

fn finding_row(at: usize, finding: &Finding, data: Option<&Arc<Data>>) -> Row {
    let (mark, role) = match finding.severity {
        Severity::Error => ("✗", Role::Bad),
        Severity::Warning => ("⚠", Role::Warn),
        Severity::Note => ("·", Role::Text),
    };
    let text = format!("{mark} {} {}: {}", finding.code, finding.place(), finding.what);
    let target = data.and_then(|data| target_of(finding, data)).unwrap_or(Target::Screen(ScreenId::Rules));
    Row { label: "", text, role, target, finding: Some(at) }
}

fn target_of(finding: &Finding, data: &Data) -> Option<Target> {
    let set = data.rule_set_named(finding.rule_set.as_ref()?)?;
    let id = set.id.clone()?;
    let rule =
        finding.rule.as_ref().and_then(|name| set.rules.iter().find(|rule| rule.name == *name)?.id.clone());
    Some(rule.map_or_else(|| Target::RuleSet(id.clone()), |rule| Target::Rule(id.clone(), rule)))
}

impl Screen for Home {
    fn place(&self) -> &'static str {
        "home"
    }

    fn run(&mut self, command: &'static str, cx: &mut Cx<'_>) -> bool {
        match command {
            "home.open" => {
                if let Some(row) = self.row(self.list.cursor(), cx.data) {
                    cx.go(row.target);
                }
            }
            "home.explain" => {
                let row = self.row(self.list.cursor(), cx.data);
                if let Some(it) = row.and_then(|row| self.findings().get(row.finding?)) {
                    let text = format!(
                        "{}\n\nWhere: {}\nWhy: {}\nWhat to do: {}",
                        it.what,
                        it.place(),
                        it.why,
                        it.fix
                    );
                    cx.open(Explain::new(it.code, text));
                }
            }
            _ => return self.list.run(command),
        }
        true
    }

    fn refuses(&self, command: &'static str, _: &View<'_>) -> Option<String> {
        let finding = self.row(self.list.cursor(), None).and_then(|row| row.finding);
        (command == "home.explain" && finding.is_none()).then(|| "the line is no lint finding".to_owned())
    }

    fn whereabouts(&self) -> Target {
        Target::Screen(ScreenId::Home)
    }

    fn enter(&mut self, _: &Target, cx: &mut Cx<'_>) {
        count_blocked(cx);
    }

    fn loaded(&mut self, cx: &mut Cx<'_>) {
        self.rebuild(cx.data, cx.session.clock.now());
        count_blocked(cx);
        if let Some(data) = cx.data.cloned() {
            cx.look("checking the rules", move |job| {
                let latest =
                    job.wait(job.backend.journal(1)).ok().and_then(|entries| entries.into_iter().next());
                let latest = latest.map(|it| (it.at.to_string(), it.by.to_string(), it.title));
                Found { findings: data.findings(), latest }
            });
        }
    }

    fn message(&mut self, parcel: Parcel, cx: &mut Cx<'_>) {
        let parcel = match parcel.downcast::<Found>() {
            Ok(found) => {
                self.found = Some(*found);
                return self.rebuild(cx.data, cx.session.clock.now());
            }
            Err(parcel) => parcel,
        };
        match parcel.downcast::<TestRun>() {
            Ok(run) => self.tests = Some(*run),
            Err(parcel) => {
                if let Ok(noted) = parcel.downcast::<Noted>() {
                    let at = match noted.screen {
                        ScreenId::Health => &mut self.health,
                        ScreenId::Limits => &mut self.limits,
                        _ => &mut self.functions,
                    };
                    *at = Some(*noted);
                }
            }
        }
        self.rebuild(cx.data, cx.session.clock.now());
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: &View<'_>) {
        let inside = panel::panel(frame, area, "State of the environment", view);
        if view.data.is_none() {
            panel::notice(frame, inside, "reading the store…", view);
            return;
        }
        let wide = inside.width as usize;
        self.list.draw(frame, inside, view, |at| {
            let Some(row) = self.row(at, None) else { return Line::raw("") };
            if row.label.is_empty() {
                // What was found takes the room of the label, too.
                let text = format!("   {}", clean::fit(&row.text, wide.saturating_sub(4)));
                return Line::styled(text, view.style(row.role));
            }
            Line::from(vec![
                Span::styled(format!(" {}", clean::pad(row.label, 22)), view.style(Role::Title)),
                Span::styled(
                    clean::fit(&row.text, wide.saturating_sub(24)).into_owned(),
                    view.style(row.role),
                ),
            ])
        });
    }

    fn copied(&self, _: &View<'_>) -> Option<String> {
        self.row(self.list.cursor(), None).map(|row| row.text)
    }
}
