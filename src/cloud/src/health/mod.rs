//! Whether an environment is as it should be, and making it so (`spec/contactflows.md` 11.5, 11.6, `spec/admin.md` 8):
//! [`scan`] gives a [`Report`], that a [`Plan`], and [`apply`] carries out a plan that a person saw. Each of them is a
//! plain value that can be printed, saved and compared.

mod apply;
mod check;
mod extract;
mod flows;
mod functions;
mod names;
mod observer;
mod outbound;
mod plan;
mod report;
mod rest;
mod scan;
mod scope;

pub use apply::{Came, Outcome, Refused, admit, apply, counted, save, saved_in};
pub use check::{Check, Grade, Group, Status};
pub use extract::{Extracted, Home};
pub use observer::{Observer, Progress};
pub use outbound::BEFORE;
pub use plan::{Left, Plan, Step};
pub use report::Report;
pub use scan::scan;
pub use scope::{Scope, Wanted};
