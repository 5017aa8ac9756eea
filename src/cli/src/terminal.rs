//! What the terminal program works on, opened the way every command opens it.

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use connect_rules_cloud::gateway::Cloud;
use connect_rules_engine::bundle::{Bundle, Parts};
use connect_rules_engine::offline::Stubs;
use connect_rules_engine::problem::Problem;
use connect_rules_engine::workspace::Options;
use connect_rules_environment::Environment;
use connect_rules_limits::StoreError;
use connect_rules_limits::world::{Real, World as _};
use connect_rules_store::{Actor, Service};

use crate::any_limits::AnyLimits;
use crate::any_store::AnyStore;
use crate::args::Global;
use crate::cloud;
use crate::demo;
use crate::exit::Failure;
use crate::model_commands::session;
use crate::open;
use crate::site::Site;

pub use crate::model_commands::session::Who;

/// A cloud that is being opened; or what is wrong, and what to do.
pub type Opening = Pin<Box<dyn Future<Output = Result<Cloud, (String, String)>> + Send>>;

/// Rows of the outbound limits that are being opened.
pub type OpeningLimits = Pin<Box<dyn Future<Output = Result<AnyLimits, StoreError>> + Send>>;

/// An open store and what belongs to it.
pub struct Place {
    /// The model.
    pub service: Arc<Service<AnyStore>>,
    /// Its file, or what stands for it where tables are the store.
    pub file: PathBuf,
    /// Whether tables are the store.
    pub is_remote: bool,
    /// The environment, if it is one.
    pub environment: Option<Environment>,
    /// Why nothing may be written there, if so.
    pub read_only: Option<String>,
    /// Who works on it; whoever it is, nothing is shown before they are known.
    pub who: Who,
    /// What bots and functions answer offline: the demo's, as for commands on a store.
    pub stubs: Arc<Stubs>,
    /// How rules are evaluated.
    pub options: Options,
    /// Folder for drafts, recordings and preferences.
    pub state: PathBuf,
    /// Folder with the person's own themes.
    pub themes: PathBuf,
    /// Where it is, for its cloud.
    site: Arc<Site>,
}

impl Place {
    /// What is due on the first start of a day: saves what the store holds beside it. Answers what to tell
    /// the person if that failed; nothing in the store depends on it.
    pub fn daily(&self) -> impl Future<Output = Option<String>> + Send + use<> {
        let (service, file) = (Arc::clone(&self.service), self.file.clone());
        async move {
            let error = open::save_daily(&service, &file).await.err()?;
            let explained = error.explain();
            Some(format!(
                "there is no backup of the present state: {}; mend it, then run `backup`",
                explained.what
            ))
        }
    }

    /// The way to the cloud of the place. Nothing is opened before it is called; what is wrong comes with its remedy.
    pub fn cloud(&self) -> impl Fn() -> Opening + Send + Sync + 'static + use<> {
        let (service, site) = (Arc::clone(&self.service), Arc::clone(&self.site));
        move || {
            let (service, site) = (Arc::clone(&service), Arc::clone(&site));
            Box::pin(async move {
                let now = service.snapshot().await.map_err(|error| {
                    let it = error.explain();
                    (it.what, it.fix)
                })?;
                let opened = cloud::open(&site, &now).await;
                opened.map_err(|failure| {
                    let told = |of: fn(&Problem) -> &str| {
                        failure.problems.iter().map(of).collect::<Vec<_>>().join("; ")
                    };
                    (told(|it| &it.what), told(|it| &it.fix))
                })
            })
        }
    }

    /// The way to counters and decisions of the outbound limits: beside the model, wherever that is.
    pub fn limits(&self) -> impl Fn() -> OpeningLimits + Send + Sync + 'static + use<> {
        let site = Arc::clone(&self.site);
        move || {
            let site = Arc::clone(&site);
            Box::pin(async move { AnyLimits::open(&site, Real.now()).await })
        }
    }

    /// Who works there, as far as that is known: nobody before they said so.
    pub fn actor(&self) -> Actor {
        match &self.who {
            Who::Known(actor) => actor.clone(),
            Who::Asked(_) | Who::Unknown { .. } => session::nobody(),
        }
    }
}

/// Opens the store of the options; a file that is new starts with the demo.
///
/// # Errors
/// The file is no store, or there is no such environment.
pub fn open(global: &Global) -> Result<Place, Failure> {
    let folders = session::folders()?;
    let (service, site, who) = session::open_for_screens(global)?;
    let bundle =
        Bundle::from_parts(&Parts { tests: None, rule_sets: None, ..demo::PARTS }).map_err(Failure::data)?;
    let state = site.state()?;
    let read_only = site.environment.as_ref().filter(|(environment, _)| environment.is("read_only"));
    let compat = global.compat().or(site.compat()).unwrap_or_default();
    Ok(Place {
        service: Arc::new(service),
        is_remote: site.tables.is_some(),
        read_only: read_only.map(|(_, file)| format!("{} says read_only = true", file.display())),
        environment: site.environment.as_ref().map(|(environment, _)| environment.clone()),
        file: site.file.clone(),
        site: Arc::new(site),
        who,
        stubs: Arc::new(bundle.stubs),
        options: Options { compat, ..Options::default() },
        state,
        themes: folders.config_dir().join("themes"),
    })
}
