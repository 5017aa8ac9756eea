//! `env`: files of environments written, listed, chosen and checked (`spec/admin.md` 18.1, 20).

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use connect_rules_aws::identity;
use connect_rules_dynamo::{Account, DynamoStore, Settings};
use connect_rules_engine::problem::Problem;
use connect_rules_engine::value::{Map, Value};
use connect_rules_environment::{Environment, FIELDS, Field, FileError, Form, StoreKind};
use connect_rules_store::{Error, RemoteFault, Store as _};

use crate::args::Global;
use crate::args::environments::EnvCommand;
use crate::exit::{Exit, Failure};
use crate::model_commands::output;
use crate::model_commands::session::failed;
use crate::site::{self, NONE};
use crate::wizard::{self, Instances, Values, Wizard};

/// How long the account of the credentials is waited for where it is only a suggestion.
const PATIENCE: Duration = Duration::from_secs(3);

/// Runs `env`.
///
/// # Errors
/// There is no such environment, its file has mistakes or cannot be written, or its tables are not as they should be.
pub fn run(command: &EnvCommand, global: &Global) -> Result<Exit, Failure> {
    match command {
        EnvCommand::New { name, set } => new(name, set, global),
        EnvCommand::List => list(global),
        EnvCommand::Use { name } => choose(name.as_deref(), global),
        EnvCommand::Check { name, offline } => check(name.as_deref(), *offline, global),
        EnvCommand::Fields { example: true } => output::text(&Environment::write(&[])),
        EnvCommand::Fields { example: false } => fields(global),
    }
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::from(members.into_iter().collect::<Map>())
}

fn texts(all: &[String]) -> Value {
    all.iter().map(|it| Value::from(it.as_str())).collect::<Vec<_>>().into()
}

/// A value that is not there is `null`.
fn or_null(text: Option<&str>) -> Value {
    text.map_or(Value::Null, Value::from)
}

fn new(name: &str, set: &[(String, String)], global: &Global) -> Result<Exit, Failure> {
    if name == NONE {
        return Err(Failure::usage("`none` stands for the store of this machine", "choose another name"));
    }
    let folders = site::folders()?;
    folders.free(name).map_err(|error| site::failed(&error))?;
    let Some(set) = asked(name, set, global)? else {
        return Err(Failure::refused(name, "no file was written", "answer the questions, or give --set"));
    };
    let mut values: Vec<(&str, &str)> = set.iter().map(|(name, value)| (&**name, &**value)).collect();
    let is_set = |field: &str| values.iter().any(|(name, _)| *name == field);
    if !is_set("stage") && Form::Label.refuse(name).is_none() {
        values.push(("stage", name));
    }
    let mut wrong = Vec::new();
    for (setting, value) in &values {
        let Some(field) = FIELDS.iter().find(|field| field.name == *setting) else {
            let fix = "`connect-rules env fields` lists every setting";
            wrong.push(Problem::error(*setting, "there is no such setting", fix));
            continue;
        };
        if let Some(what) = field.form.refuse(value) {
            wrong.push(Problem::error(*setting, what, field.about));
        }
    }
    if !wrong.is_empty() {
        return Err(Failure { exit: Exit::Usage, problems: wrong, why: None });
    }
    let text = Environment::write(&values);
    let file = folders.create(name, &text).map_err(|error| site::failed(&error))?;
    let missing: Vec<String> = Environment::read(name, &text)
        .err()
        .unwrap_or_default()
        .iter()
        .map(|it| format!("{} {}", it.field, it.what))
        .collect();
    if global.json {
        let file = file.display().to_string();
        let out = [("name", name.into()), ("file", file.as_str().into()), ("missing", texts(&missing))];
        return output::json(&object(out));
    }
    let mut told = format!("wrote {}\n", file.display());
    for line in &missing {
        told.extend(["  to fill in: ", line, "\n"]);
    }
    told.extend(["next: connect-rules env check ", name, ", then connect-rules env use ", name, "\n"]);
    output::text(&told)
}

/// The given settings, and at a terminal those that are asked for where something is missing; none if the person left.
fn asked(name: &str, given: &[(String, String)], global: &Global) -> Result<Option<Values>, Failure> {
    let is_odd = |(name, value): &(String, String)| {
        FIELDS.iter().find(|field| field.name == name).is_none_or(|field| field.form.refuse(value).is_some())
    };
    let given = given.to_vec();
    let terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    // What was given comes first: if it is wrong, that is told before anything is asked.
    if global.json || !terminal || !wizard::lacks(&given) || given.iter().any(is_odd) {
        return Ok(Some(given));
    }
    let (account, instances) = (own_account, own_instances);
    let mut wizard = Wizard { input: io::stdin().lock(), output: io::stdout().lock(), account, instances };
    wizard.ask(name, given).map_err(|error| Failure::writing("the terminal", &error))
}

/// How the person reaches AWS with these settings.
fn settings_of(values: &Values) -> Settings {
    let get = |name: &str| values.iter().find(|(setting, _)| setting == name).map(|(_, value)| value.clone());
    Settings {
        region: get("region"),
        profile: get("profile"),
        role: get("role_arn"),
        endpoint: get("endpoint_url"),
        patience: PATIENCE,
        ..Settings::new("", "")
    }
}

/// Asks AWS something that helps but is not needed: no answer in time is none.
fn in_time<T>(asked: impl Future<Output = T>) -> Option<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    runtime.block_on(async { tokio::time::timeout(PATIENCE, Box::pin(asked)).await }).ok()
}

/// The account of the person's credentials, if they work with these settings.
fn own_account(values: &Values) -> Option<String> {
    let settings = settings_of(values);
    match in_time(async { settings.caller(&settings.shared().await).await })?.ok()? {
        Account::Known(account) => Some(account),
        Account::Untold(_) => None,
    }
}

/// The instances that the person's credentials see with these settings.
fn own_instances(values: &Values) -> Instances {
    let settings = settings_of(values);
    let asked = async { identity::instances(&settings.shared().await).await };
    in_time(asked).and_then(Result::ok).unwrap_or_default()
}

fn list(global: &Global) -> Result<Exit, Failure> {
    let folders = site::folders()?;
    let current = folders.current();
    let mut rows = Vec::new();
    let mut documents = Vec::new();
    for found in folders.list() {
        let used = current.as_deref() == Some(&*found.name);
        let read = folders.open(&found.name);
        let (store, place, marks) = match &read {
            Ok(environment) => (store(environment), environment.place(), marks(environment)),
            Err(error) => (String::new(), String::new(), vec![mistakes(error)]),
        };
        let file = found.file.display().to_string();
        documents.push(object([
            ("name", found.name.as_str().into()),
            ("inUse", Value::Bool(used)),
            ("store", store.as_str().into()),
            ("place", place.as_str().into()),
            ("marks", texts(&marks)),
            ("file", file.as_str().into()),
        ]));
        let mark = if used { "*" } else { "" };
        rows.push(vec![mark.to_owned(), found.name, store, place, marks.join(", "), file]);
    }
    if global.json {
        return output::json(&documents.into());
    }
    if rows.is_empty() {
        return output::text("there is none; `connect-rules env new NAME` writes one\n");
    }
    output::table(&["", "NAME", "STORE", "PLACE", "MARKS", "FILE"], &rows)
}

fn mistakes(error: &FileError) -> String {
    match error {
        FileError::Wrong { wrong, .. } => format!("{} mistakes", wrong.len()),
        other => other.to_string(),
    }
}

fn store(environment: &Environment) -> String {
    match environment.store() {
        StoreKind::DynamoDb => "dynamodb",
        StoreKind::Embedded => "embedded",
    }
    .to_owned()
}

fn marks(environment: &Environment) -> Vec<String> {
    let marks = [("production", "production"), ("read_only", "read-only")];
    marks.iter().filter(|(field, _)| environment.is(field)).map(|(_, mark)| (*mark).to_owned()).collect()
}

fn choose(name: Option<&str>, global: &Global) -> Result<Exit, Failure> {
    let folders = site::folders()?;
    if let Some(name) = name {
        folders.choose(Some(name).filter(|name| *name != NONE)).map_err(|error| site::failed(&error))?;
    }
    let current = folders.current();
    if global.json {
        return output::json(&object([("inUse", or_null(current.as_deref()))]));
    }
    match current {
        Some(name) => output::text(&format!("in use: {name}\n")),
        None => output::text("in use: none, the store of this machine\n"),
    }
}

fn check(name: Option<&str>, offline: bool, global: &Global) -> Result<Exit, Failure> {
    let folders = site::folders()?;
    let name = name.map(str::to_owned).or_else(|| global.env.clone()).or_else(|| folders.current());
    let Some(name) = name.filter(|name| name != NONE) else {
        return Err(Failure::usage(
            "no environment is in use",
            "name one; `connect-rules env list` lists them",
        ));
    };
    let (environment, file) = site::find(&folders, &name)?;
    let tables = site::tables(&environment).filter(|_| !offline);
    let mut found = vec!["the file has no mistakes".to_owned()];
    if let Some(settings) = &tables {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| Failure::writing("the asynchronous runtime", &e))?;
        found.extend(runtime.block_on(Box::pin(reach(settings, &name)))?);
    }
    if global.json {
        let file = file.display().to_string();
        return output::json(&object([
            ("name", name.as_str().into()),
            ("file", file.as_str().into()),
            ("store", store(&environment).as_str().into()),
            ("place", environment.place().as_str().into()),
            ("reached", Value::Bool(tables.is_some())),
            ("found", texts(&found)),
        ]));
    }
    let mut told = format!("{name}: {}\n", file.display());
    for line in &found {
        told.extend(["  ", line, "\n"]);
    }
    output::text(&told)
}

/// Reaches the tables of an environment; answers what is right.
async fn reach(settings: &Settings, name: &str) -> Result<Vec<String>, Failure> {
    // The account comes first: nothing is read where it is another.
    let shared = settings.shared().await;
    let caller = settings.caller(&shared).await.map_err(|error| failed(&error))?;
    let store = match DynamoStore::open_with(&shared, settings).await {
        Ok(store) => store,
        Err(Error::Remote { fault: RemoteFault::NoTable, .. }) => {
            let store = DynamoStore::with_client(settings.client_of(&shared, None), settings);
            return Err(missing(&store, settings, name).await);
        }
        Err(error) => return Err(failed(&error)),
    };
    let plan = store.migration().await.map_err(|error| failed(&error))?;
    if !plan.tables.is_empty() {
        return Err(missing(&store, settings, name).await);
    }
    let now = store.snapshot().await.map_err(|error| failed(&error))?;
    let account = settings.account.as_deref().unwrap_or("any");
    let mut found = vec![
        match caller {
            Account::Known(account) => format!("the credentials belong to account {account}"),
            Account::Untold(own) => format!("{own} does not say whose the credentials are"),
        },
        format!("the tables {}-{} are in account {account}", settings.stage, settings.service),
        format!("they hold {} rule sets and {} tests", now.rule_sets.len(), now.tests.len()),
    ];
    if !plan.is_empty() {
        found.push(format!("`connect-rules store migrate --env {name}` would: {}", plan.lines().join("; ")));
    }
    Ok(found)
}

/// The tables that are not there, as a failure.
async fn missing(store: &DynamoStore, settings: &Settings, name: &str) -> Failure {
    let plan = match store.migration().await {
        Ok(plan) => plan,
        Err(error) => return failed(&error),
    };
    let names = connect_rules_dynamo::Names::new(&settings.stage, &settings.service);
    let problem = |table| {
        let fix =
            format!("check stage, service and region, or run `connect-rules store migrate --env {name}`");
        Problem::error(names.of(table), "the table is not there", fix)
    };
    Failure::found(plan.tables.iter().map(|table| problem(*table)).collect())
}

fn fields(global: &Global) -> Result<Exit, Failure> {
    if global.json {
        let document = |field: &Field| {
            object([
                ("name", field.name.into()),
                ("required", Value::Bool(field.required)),
                ("default", field.default.into()),
                ("about", field.about.into()),
            ])
        };
        return output::json(&FIELDS.iter().map(document).collect::<Vec<_>>().into());
    }
    let row = |field: &Field| {
        let default = if field.required { "required" } else { field.default };
        vec![field.name.to_owned(), default.to_owned(), field.about.to_owned()]
    };
    output::table(&["SETTING", "DEFAULT", "WHAT FOR"], &FIELDS.iter().map(row).collect::<Vec<_>>())
}
