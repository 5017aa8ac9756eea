//! What goes wrong on purpose: for practice, and for tests that have to live with it.

use serde::{Deserialize, Serialize};

use crate::gateway::{CallError, Cause};

/// How a call goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// It is one too many. The program tries again, so this shows only if there are many of it.
    Throttle,
    /// The service has an error of its own. The program tries again, too.
    Error,
    /// The credentials may not do it.
    Deny,
    /// The connection breaks before it is done.
    CutBefore,
    /// The connection breaks after it is done, so nobody knows that it is.
    CutAfter,
}

impl FaultKind {
    /// Every kind with its name on the command line.
    pub const ALL: [(&'static str, FaultKind); 5] = [
        ("throttle", FaultKind::Throttle),
        ("error", FaultKind::Error),
        ("deny", FaultKind::Deny),
        ("cut-before", FaultKind::CutBefore),
        ("cut-after", FaultKind::CutAfter),
    ];

    /// What the caller is told in the end.
    pub(super) fn failure(self, call: &str, about: &str) -> CallError {
        let (cause, message) = match self {
            FaultKind::Throttle => (Cause::Throttled, "Rate exceeded"),
            FaultKind::Error => (Cause::Other, "Internal service error"),
            FaultKind::Deny => (Cause::Denied, "the caller is not authorized to perform it"),
            FaultKind::CutBefore | FaultKind::CutAfter => (Cause::Unreachable, "connection reset by peer"),
        };
        CallError::new(call, about, cause, message)
    }
}

/// Something that goes wrong on purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// How.
    pub kind: FaultKind,
    /// Only this call, such as `connect:DescribeContactFlow`; any without it.
    #[serde(default)]
    pub call: Option<String>,
    /// Only about this, such as the name of a flow.
    #[serde(default)]
    pub about: Option<String>,
    /// After so many such calls that go right.
    #[serde(default)]
    pub after: u32,
    /// So often; it stays with the call that it strikes first.
    pub times: u32,
}

impl Fault {
    /// The next call of any sort goes wrong in this way, after `after` that go right.
    pub fn at(kind: FaultKind, after: u32) -> Self {
        Fault { kind, call: None, about: None, after, times: 1 }
    }

    fn is_for(&self, call: &str, about: &str) -> bool {
        self.call.as_deref().is_none_or(|it| it == call) && self.about.as_deref().is_none_or(|it| it == about)
    }
}

/// What a call meets: counts down and answers the fault that strikes.
pub(super) fn strike(faults: &mut Vec<Fault>, call: &str, about: &str) -> Option<FaultKind> {
    let mut struck = None;
    for fault in faults.iter_mut().filter(|it| it.is_for(call, about)) {
        if fault.after > 0 {
            fault.after -= 1;
        } else if struck.is_none() {
            fault.times = fault.times.saturating_sub(1);
            struck = Some(fault.kind);
            // It stays with the call that it struck first, so that trying again meets it, too.
            fault.call.get_or_insert_with(|| call.to_owned());
            fault.about.get_or_insert_with(|| about.to_owned());
        }
    }
    faults.retain(|it| it.times > 0);
    struck
}
