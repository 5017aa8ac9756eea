//! What the terminal program works on, opened the way every command opens it.

use std::path::PathBuf;
use std::sync::Arc;

use connect_rules_engine::bundle::{Bundle, Parts};
use connect_rules_engine::offline::Stubs;
use connect_rules_engine::workspace::Options;
use connect_rules_store::{Actor, Service, SqliteStore};

use crate::args::Global;
use crate::demo;
use crate::exit::Failure;
use crate::model_commands::session;
use crate::open;

/// An open store and what belongs to it.
pub struct Place {
    /// The model.
    pub service: Arc<Service<SqliteStore>>,
    /// Its file.
    pub file: PathBuf,
    /// Who works on it.
    pub actor: Actor,
    /// What bots and functions answer offline: the demo's, as for commands on a store.
    pub stubs: Arc<Stubs>,
    /// Why people are to say who they are before anything is shown, if so; `actor` is nobody then.
    pub ask: Option<String>,
    /// How rules are evaluated.
    pub options: Options,
    /// Folder for drafts, recordings and preferences.
    pub state: PathBuf,
    /// Folder with the person's own themes.
    pub themes: PathBuf,
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
}

/// Opens the store of the options; one that is new starts with the demo.
///
/// # Errors
/// The file is no store.
pub fn open(global: &Global) -> Result<Place, Failure> {
    let folders = session::folders()?;
    let (opened, ask) = session::open_or_ask(global)?;
    let bundle =
        Bundle::from_parts(&Parts { tests: None, rule_sets: None, ..demo::PARTS }).map_err(Failure::data)?;
    let state = folders.state_dir().unwrap_or_else(|| folders.data_dir()).to_owned();
    Ok(Place {
        service: Arc::new(opened.service),
        file: opened.file,
        actor: opened.actor,
        ask,
        stubs: Arc::new(bundle.stubs),
        options: Options { compat: global.compat().unwrap_or_default(), ..Options::default() },
        state,
        themes: folders.config_dir().join("themes"),
    })
}
