//! What a repair would do, before anything is done (`spec/contactflows.md` 11.6). A plan is made of a report alone,
//! without a call.

use serde::{Deserialize, Serialize};

use super::rest::{FLOWS_QUOTA, FUNCTIONS_QUOTA};
use super::{Check, Grade, Group, Report, Status};

/// One step of a repair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub enum Step {
    /// Lets the instance call a function.
    Permit {
        /// Full name of the function.
        name: String,
        /// Its ARN.
        arn: String,
    },
    /// Makes a function known to the instance.
    AssociateFunction {
        /// Full name.
        name: String,
        /// ARN.
        arn: String,
    },
    /// Makes a bot known to the instance.
    AssociateBot {
        /// Full name.
        name: String,
        /// ARN of its alias.
        arn: String,
    },
    /// Creates a flow with a content that only holds the place.
    Stub {
        /// Name in the product.
        flow: String,
        /// Name on the instance.
        name: String,
        /// Type.
        flow_type: String,
    },
    /// Takes a flow out of the archive.
    Unarchive {
        /// Name on the instance.
        name: String,
        /// Identifier.
        id: String,
    },
    /// Makes a flow that others made one of the product: only after a yes.
    Adopt {
        /// Name on the instance.
        name: String,
        /// ARN.
        arn: String,
    },
    /// Writes and publishes the content of a flow.
    Write {
        /// Name in the product.
        flow: String,
        /// Name on the instance.
        name: String,
        /// Hash of the content that the scan saw; none where it was not there.
        seen: Option<String>,
        /// Hash of the draft that the scan saw, if one lies beside the published content.
        draft: Option<String>,
    },
    /// Marks a flow that is right as right.
    Tag {
        /// Name on the instance.
        name: String,
        /// ARN.
        arn: String,
        /// Hash of its content.
        hash: String,
    },
    /// Lets outbound calls of a queue run the outbound whisper flow.
    Whisper {
        /// Name of the queue.
        name: String,
        /// Its identifier.
        id: String,
        /// Name of the flow on the instance.
        flow: String,
        /// Identifier of the flow that the scan saw them run, and that may be replaced; none where they ran none.
        #[serde(default)]
        seen: Option<String>,
    },
    /// Leads the calls of a number that leads nowhere into the first flow.
    Route {
        /// The number.
        name: String,
        /// Its identifier.
        id: String,
        /// Name of the flow on the instance.
        flow: String,
    },
    /// Reads what the store knows of the instance anew.
    Refresh {
        /// Sections, by their keys in `connect.json`; the flows are read anew after every repair.
        sections: Vec<String>,
        /// Calls that this takes.
        calls: usize,
    },
}

impl Step {
    /// When it comes: steps of the same phase in the order of the report.
    pub fn phase(&self) -> u8 {
        match self {
            Step::Permit { .. } => 0,
            Step::AssociateFunction { .. } | Step::AssociateBot { .. } => 1,
            Step::Stub { .. } => 2,
            Step::Unarchive { .. } | Step::Adopt { .. } => 3,
            Step::Write { .. } => 4,
            Step::Tag { .. } => 5,
            Step::Whisper { .. } | Step::Route { .. } => 6,
            Step::Refresh { .. } => 7,
        }
    }

    /// What it does, in a word or two.
    pub fn kind(&self) -> &'static str {
        match self {
            Step::Permit { .. } => "allow",
            Step::AssociateFunction { .. } | Step::AssociateBot { .. } => "associate",
            Step::Stub { .. } => "create",
            Step::Unarchive { .. } => "unarchive",
            Step::Adopt { .. } => "adopt",
            Step::Write { .. } => "write",
            Step::Tag { .. } => "tag",
            Step::Whisper { .. } => "set whisper",
            Step::Route { .. } => "route",
            Step::Refresh { .. } => "refresh",
        }
    }

    /// What it is done to.
    pub fn name(&self) -> &str {
        match self {
            Step::Permit { name, .. }
            | Step::AssociateFunction { name, .. }
            | Step::AssociateBot { name, .. }
            | Step::Stub { name, .. }
            | Step::Unarchive { name, .. }
            | Step::Adopt { name, .. }
            | Step::Write { name, .. }
            | Step::Tag { name, .. }
            | Step::Whisper { name, .. }
            | Step::Route { name, .. } => name,
            Step::Refresh { .. } => "cache",
        }
    }

    /// What exactly.
    pub fn detail(&self) -> String {
        match self {
            Step::Permit { .. } => "let the instance call it".to_owned(),
            Step::AssociateFunction { .. } => "make the function known to the instance".to_owned(),
            Step::AssociateBot { .. } => "make the bot known to the instance".to_owned(),
            Step::Stub { flow_type, .. } => {
                format!("{flow_type}, holding the place until the content is written")
            }
            Step::Unarchive { .. } => "take it out of the archive".to_owned(),
            Step::Adopt { .. } => "tag it as one of this product".to_owned(),
            Step::Write { draft: Some(_), .. } => {
                "overwrite and publish; the draft is saved first".to_owned()
            }
            Step::Write { seen: None, .. } => "write and publish the content".to_owned(),
            Step::Write { .. } => "overwrite and publish; the present content is saved first".to_owned(),
            Step::Tag { .. } => "write down the hash of its content".to_owned(),
            Step::Whisper { flow, .. } => format!("outbound calls run {flow}; caller name and number stay"),
            Step::Route { flow, .. } => format!("its calls enter {flow}"),
            Step::Refresh { sections, .. } => format!("read {} anew", sections.join(", ")),
        }
    }

    /// How many calls to Amazon Connect it takes.
    pub fn calls(&self) -> usize {
        match self {
            Step::Permit { .. } => 0,
            Step::AssociateFunction { .. }
            | Step::AssociateBot { .. }
            | Step::Stub { .. }
            | Step::Unarchive { .. }
            | Step::Adopt { .. }
            | Step::Tag { .. }
            | Step::Route { .. } => 1,
            Step::Whisper { .. } => 2,
            Step::Write { draft, .. } => 3 + usize::from(draft.is_some()),
            Step::Refresh { calls, .. } => *calls,
        }
    }

    fn is_of_flows(&self) -> bool {
        (2..=6).contains(&self.phase())
    }
}

/// Something that a repair leaves as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Left {
    /// What it is about.
    pub group: Group,
    /// Name of the thing.
    pub name: String,
    /// Why.
    pub why: String,
    /// What to do about it.
    pub fix: String,
}

/// What a repair would do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Name of the environment.
    pub environment: String,
    /// When the report was made that it follows.
    pub when: String,
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// What is not.
    pub left: Vec<Left>,
    /// How many calls to Amazon Connect it takes.
    pub calls: usize,
    /// How long that takes within the budget, in seconds, as far as can be told.
    pub seconds: f64,
}

impl Plan {
    /// What a repair would do about a report. Flows that others made are left as they are unless `adopt` says that
    /// they may be taken over. `rate` and `burst` are those of the budget of Amazon Connect.
    pub fn of(report: &Report, adopt: bool, (rate, burst): (f64, f64)) -> Self {
        let ill = |it: &&Check| it.status != Status::Healthy || !it.steps.is_empty();
        let (no_flow, no_function) = (blocked(report), used_up(report, FUNCTIONS_QUOTA));
        let (mut steps, mut left) = (Vec::new(), Vec::new());
        for check in report.checks.iter().filter(ill) {
            let mut leave = |why: &str, fix: &str| {
                let (why, fix) = (why.to_owned(), fix.to_owned());
                left.push(Left { group: check.group, name: check.name.clone(), why, fix });
            };
            let of_flows = check.steps.iter().any(Step::is_of_flows);
            let of_functions = check.steps.iter().any(|it| matches!(it, Step::AssociateFunction { .. }));
            if check.steps.is_empty() {
                leave(&check.detail, &check.fix);
            } else if let Some((why, fix)) = no_flow.as_ref().filter(|_| of_flows) {
                leave(why, fix);
            } else if let Some((why, fix)) = no_function.as_ref().filter(|_| of_functions) {
                leave(why, fix);
            } else if check.status == Status::Foreign && !adopt {
                leave(&check.detail, "agree to take it over (`repair --adopt`), or rename it");
            } else {
                steps.extend(check.steps.iter().cloned());
            }
        }
        steps.sort_by_key(Step::phase);
        let calls: usize = steps.iter().map(Step::calls).sum();
        // The flows are read anew at the end.
        let writes = usize::from(!steps.is_empty());
        let over = (calls + writes) as f64 - burst;
        Plan {
            environment: report.environment.clone(),
            when: report.when.clone(),
            steps,
            left,
            calls: calls + writes,
            seconds: if rate > 0.0 { (over / rate).max(0.0) } else { 0.0 },
        }
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

/// Why no flow is made or written at all, and what to do: one names something that is not there, or there is no room
/// for those that are missing.
fn blocked(report: &Report) -> Option<(String, String)> {
    let flows = || report.of(Group::Flows);
    if flows().any(|it| it.status == Status::Unresolved) {
        let why = "no flow is written while one names something that is not there";
        return Some((why.to_owned(), "do what the flows that are UNRESOLVED say first".to_owned()));
    }
    // A flow that calls a function that the instance does not know is refused.
    used_up(report, FUNCTIONS_QUOTA).or_else(|| {
        flows().any(|it| it.status == Status::Missing).then(|| used_up(report, FLOWS_QUOTA)).flatten()
    })
}

/// That a quota is used up, and what to do, if it is.
fn used_up(report: &Report, quota: &str) -> Option<(String, String)> {
    let quota = report.find(Group::Quotas, quota).filter(|it| it.grade == Grade::Problem)?;
    Some((format!("the quota {} is used up: {}", quota.name, quota.detail), quota.fix.clone()))
}
