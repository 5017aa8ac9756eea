//! Deploying an environment (`spec/admin.md` 18, 20): [`plan`] says what would change, [`apply`] does it, [`destroy`]
//! takes it away again, [`bootstrap`] writes the first rows, [`doctor`] looks whether all of that is possible.
//!
//! Each step looks at what is there before it does anything, so that doing the same again goes on where it ended.

mod apply;
mod bootstrap;
mod destroy;
mod doctor;
mod error;
mod follow;
mod package;
mod plan;
pub mod template;

pub use apply::{Applied, Moved, apply};
pub use bootstrap::{Admin, Bootstrap, Row, bootstrap};
pub use destroy::{Destroyed, Doomed, destroy, doomed};
pub use doctor::{Examined, Finding, doctor};
pub use error::DeployError;
pub(crate) use error::Doing;
pub use package::{Package, PackageError, packages};
pub use plan::{Code, Plan, Wanted, forget, plan};

use crate::gateway::Cloud;

/// Whether something may be changed: the credentials are those of the environment's account, and it is not read only.
///
/// # Errors
/// Why nothing may be changed.
pub async fn guard(cloud: &Cloud) -> Result<(), DeployError> {
    let place = &cloud.place;
    if place.read_only {
        return Err(DeployError::ReadOnly(place.environment.clone()));
    }
    let who = cloud.identity.who().await.doing("looking whose credentials these are")?;
    if who.account != place.account {
        return Err(DeployError::Account {
            arn: who.arn,
            account: who.account,
            wanted: place.account.clone(),
        });
    }
    Ok(())
}
