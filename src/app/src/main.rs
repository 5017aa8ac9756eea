//! The program: arguments in, a command or the screens run, a status out. Nothing else.

use std::io;
use std::process::ExitCode;
use std::sync::Arc;

use connect_rules_cli::exit::Exit;
use connect_rules_cli::terminal::{self, Place};
use connect_rules_tui::cloud::{Door, Trouble};
use connect_rules_tui::effects::World;
use connect_rules_tui::limits::{Gate, Rows};
use connect_rules_tui::run::Who;
use connect_rules_tui::session::{Clock, Environment, Preferences, Session};

fn main() -> ExitCode {
    let cli = match connect_rules_cli::parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(exit) => return exit.into(),
    };
    // The message of a panic is printed by the runtime; the status has to say whose mistake it was.
    std::panic::catch_unwind(|| connect_rules_cli::run(&cli, screens, connect_rules_tui::help::pages))
        .unwrap_or(Exit::Internal)
        .into()
}

/// Runs the terminal program on an open store.
fn screens(place: Place) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let (daily, handle) = (place.daily(), runtime.handle().clone());
    let (cloud, limits) = (place.cloud(), place.limits());
    let session = Session {
        actor: place.actor(),
        environment: place.environment.map_or_else(
            || Environment { name: "local".to_owned(), ..Environment::default() },
            |it| Environment {
                name: it.get("environment_name"),
                place: it.place(),
                production: it.is("production"),
                read_only: place.read_only,
            },
        ),
        store: if place.is_remote { "dynamodb" } else { "embedded" }.to_owned(),
        limits: Gate::new(move || {
            let opening = limits();
            Box::pin(async move {
                let rows: Arc<dyn Rows> = Arc::new(Arc::new(opening.await.map_err(Trouble::from)?));
                Ok(rows)
            })
        }),
        file: Some(place.file),
        stubs: place.stubs,
        cloud: Door::new(move || {
            let opening = cloud();
            Box::pin(async move { opening.await.map_err(|(what, fix)| Trouble::new(what, fix)) })
        }),
        state: Some(place.state),
        themes: Some(place.themes),
        preferences: Preferences::default(),
        options: place.options,
        clock: Clock::System,
    };
    let world = World {
        backend: place.service,
        actor: session.actor.clone(),
        options: session.options,
        runtime: runtime.handle().clone(),
    };
    let who = match place.who {
        terminal::Who::Known(_) => Who::Known,
        terminal::Who::Asked(why) => Who::Asked(why),
        terminal::Who::Unknown { key, user } => Who::Unknown { key, user },
    };
    connect_rules_tui::run::run(session, world, Box::new(move || handle.block_on(daily)), who)
}
