//! Carrying out a plan (`spec/contactflows.md` 11.6).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fmt, fs};

use connect_rules_flows::token::TokenKind;
use connect_rules_flows::{Environment, Flow, FlowType, files, hash, render};
use connect_rules_store::exchange::Backups;
use connect_rules_store::{Actor, Operation, Service, Store};
use serde::{Deserialize, Serialize};

use super::flows::parsed;
use super::functions::{CONNECT, allows};
use super::names::{self, Names, PRODUCT};
use super::{Observer, Plan, Scope, Step, outbound};
use crate::cache;
use crate::gateway::{
    Asked, CallError, Cause, Cloud, FlowContent, FlowSummary, NewFlow, Permission, Section,
};

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// The step.
    pub step: Step,
    /// What came of it.
    pub result: Came,
}

/// What came of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "came")]
pub enum Came {
    /// It is done.
    Done,
    /// There was nothing to do any more.
    Already,
    /// It was not begun.
    Skipped {
        /// Why.
        why: String,
    },
    /// It failed.
    Failed {
        /// Why.
        what: String,
        /// What to do about it.
        fix: String,
        /// What Amazon Connect refuses in a flow, each with its action.
        problems: Vec<String>,
    },
}

impl Came {
    /// One word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Came::Done => "done",
            Came::Already => "already",
            Came::Skipped { .. } => "skipped",
            Came::Failed { .. } => "failed",
        }
    }

    /// Whether it is as it should be now.
    pub fn is_right(&self) -> bool {
        matches!(self, Came::Done | Came::Already)
    }

    fn failed(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Came::Failed { what: what.into(), fix: fix.into(), problems: Vec::new() }
    }
}

impl From<CallError> for Came {
    fn from(error: CallError) -> Self {
        let problems = match &error.cause {
            Cause::Invalid(problems) => problems.clone(),
            _ => Vec::new(),
        };
        let fix = match &error.cause {
            Cause::Unreachable => "run repair again: it sees what was done and goes on from there".to_owned(),
            _ => error.fix(),
        };
        Came::Failed { what: error.to_string(), fix, problems }
    }
}

/// Why nothing is done at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Why.
    pub what: String,
    /// What to do about it.
    pub fix: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Refused {}

/// Refuses to write to a place that may not be written to, or that the credentials do not belong to.
///
/// # Errors
/// Why.
pub async fn admit(cloud: &Cloud, actor: &Actor) -> Result<(), Refused> {
    let place = &cloud.place;
    let refuse = |what: String, fix: &str| Err(Refused { what, fix: fix.to_owned() });
    if place.read_only {
        let what = format!("nothing may be written to environment {}", place.environment);
        return refuse(what, "take read_only out of its file, or choose another environment");
    }
    if let Err(error) = actor.check(Operation::RefreshCache) {
        return refuse(error.to_string(), "log in as an administrator");
    }
    match cloud.identity.who().await {
        Err(error) => refuse(error.to_string(), &error.fix()),
        Ok(who) if who.account != place.account => {
            let what = format!(
                "the credentials are of account {}, the environment is {}",
                who.account, place.account
            );
            refuse(what, "choose another profile, or another environment")
        }
        Ok(_) => Ok(()),
    }
}

/// Carries out a plan: each step by itself, so that one that fails keeps only those back that need it, and doing it
/// again goes on where it ended. What is overwritten is saved in the folder `backups` first. At the end the store
/// reads the flows anew.
///
/// # Errors
/// Nothing was done, because nothing may be.
pub async fn apply<S: Store>(
    cloud: &Cloud,
    service: &Service<S>,
    actor: &Actor,
    plan: &Plan,
    scope: &Scope,
    backups: &Path,
    observer: &Observer,
) -> Result<Vec<Outcome>, Refused> {
    admit(cloud, actor).await?;
    let flows = match cloud.connect.flows().await {
        Ok(flows) => flows,
        Err(error) => return Err(Refused { what: error.to_string(), fix: error.fix() }),
    };
    let mut work =
        Work { cloud, scope, backups, flows, resolved: None, adopted: Vec::new(), failed: Vec::new() };
    let mut out: Vec<Outcome> = Vec::new();
    let mut over: Option<String> = None;
    let total = plan.steps.len() + 1;
    for (at, step) in plan.steps.iter().enumerate() {
        if observer.is_cancelled() {
            over.get_or_insert_with(|| "cancelled".to_owned());
        }
        let result = if let Some(why) = &over {
            Came::Skipped { why: why.clone() }
        } else {
            observer.tell(at, total, format!("{} {}", step.kind(), step.name()));
            if let Step::Refresh { sections, .. } = step {
                let sections: Vec<Section> = sections.iter().filter_map(|it| Section::parse(it)).collect();
                refresh(cloud, service, actor, &sections).await
            } else {
                let now = match service.snapshot().await {
                    Ok(now) => now,
                    Err(error) => return Err(Refused { what: error.to_string(), fix: error.explain().fix }),
                };
                work.step(step, &now).await
            }
        };
        if let Came::Failed { what, .. } = &result {
            work.failed.push(step.name().to_owned());
            if what.contains("no valid credentials") {
                over = Some("there are no valid credentials".to_owned());
            }
        }
        out.push(Outcome { step: step.clone(), result });
    }
    let touched =
        |it: &Outcome| matches!(it.step, Step::Stub { .. } | Step::Unarchive { .. }) && it.result.is_right();
    let is_read = |it: &Outcome| matches!(&it.step, Step::Refresh { sections, .. } if sections.iter().any(|it| it == Section::ContactFlows.key()));
    if out.iter().any(touched) && !out.iter().any(is_read) {
        let sections = vec![Section::ContactFlows.key().to_owned()];
        observer.tell(total - 1, total, "refresh contact flows");
        let result = refresh(cloud, service, actor, &[Section::ContactFlows]).await;
        out.push(Outcome { step: Step::Refresh { sections, calls: 1 }, result });
    }
    observer.tell(total, total, "done");
    Ok(out)
}

async fn refresh<S: Store>(cloud: &Cloud, service: &Service<S>, actor: &Actor, sections: &[Section]) -> Came {
    match cache::refresh(cloud, service, actor, sections, &Observer::default()).await {
        Err(error) => Came::failed(error.to_string(), error.explain().fix),
        Ok(done) => match done.sections.into_iter().find_map(|it| it.read.err()) {
            Some(error) => error.into(),
            None => Came::Done,
        },
    }
}

/// What is known while a plan is carried out.
struct Work<'a> {
    cloud: &'a Cloud,
    scope: &'a Scope,
    backups: &'a Path,
    flows: Vec<FlowSummary>,
    /// What placeholders become, once the flows are there; or why no flow is written.
    resolved: Option<Result<Environment, String>>,
    /// Flows that were taken over.
    adopted: Vec<String>,
    /// Names of what failed.
    failed: Vec<String>,
}

impl Work<'_> {
    async fn step(&mut self, step: &Step, now: &connect_rules_store::Snapshot) -> Came {
        let done = match step {
            Step::Permit { name, .. } => self.permit(name).await,
            Step::AssociateFunction { arn, .. } => {
                self.cloud.connect.associate_function(arn).await.map(|()| Came::Done)
            }
            Step::AssociateBot { arn, .. } => {
                self.cloud.connect.associate_bot(arn).await.map(|()| Came::Done)
            }
            Step::Stub { name, flow_type, flow } => self.stub(name, flow_type, flow).await,
            Step::Unarchive { id, .. } => self.cloud.connect.unarchive_flow(id).await.map(|()| Came::Done),
            Step::Adopt { name, arn } => {
                let done = self.cloud.connect.tag(arn, &self.tags()).await;
                if done.is_ok() {
                    self.adopted.push(name.clone());
                }
                done.map(|()| Came::Done)
            }
            Step::Write { flow, name, seen, .. } => self.write(flow, name, seen.as_deref(), now).await,
            Step::Tag { arn, hash, .. } => {
                let mut tags = self.tags();
                tags.insert("content-sha256".to_owned(), hash.clone());
                self.cloud.connect.tag(arn, &tags).await.map(|()| Came::Done)
            }
            Step::Whisper { id, flow, seen, .. } => self.whisper(id, flow, seen.as_deref()).await,
            Step::Route { id, flow, .. } => self.route(id, flow).await,
            // The caller does it: it needs the store.
            Step::Refresh { .. } => Ok(Came::Already),
        };
        match done {
            Err(CallError { cause: Cause::Duplicate, .. }) => Came::Already,
            Err(error) => error.into(),
            Ok(came) => came,
        }
    }

    fn tags(&self) -> crate::gateway::Names {
        let place = &self.cloud.place;
        [("managed-by", PRODUCT), ("stage", &place.stage), ("service", &place.service)]
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    async fn permit(&self, name: &str) -> Asked<Came> {
        let place = &self.cloud.place;
        let permission = Permission {
            id: format!("connect-{}", place.instance),
            principal: CONNECT.to_owned(),
            source_arn: place.instance_arn(),
            source_account: place.account.clone(),
        };
        match self.cloud.functions.permit(name, &permission).await {
            Err(error) if error.cause == Cause::Duplicate => {
                let held = self.cloud.functions.permissions(name).await?;
                if allows(&held, CONNECT, &place.instance_arn(), &place.account) {
                    return Ok(Came::Already);
                }
                let what = format!(
                    "the policy of {name} has a statement {} that allows something else",
                    permission.id
                );
                Ok(Came::failed(what, "remove that statement, then run repair again"))
            }
            done => done.map(|()| Came::Done),
        }
    }

    fn found(&self, name: &str) -> Option<&FlowSummary> {
        self.flows.iter().find(|it| it.name == name)
    }

    async fn stub(&mut self, name: &str, flow_type: &str, flow: &str) -> Asked<Came> {
        if self.found(name).is_some() {
            return Ok(Came::Already);
        }
        let (Some(stub), Some(wanted)) =
            (stub(flow_type), self.scope.flows.iter().find(|it| it.name == flow))
        else {
            return Ok(Came::failed(format!("there is no flow {flow}"), "make a new plan with this program"));
        };
        let fresh = NewFlow {
            name: name.to_owned(),
            flow_type: flow_type.to_owned(),
            description: wanted.description.clone(),
            content: stub.document.to_string(),
            tags: self.tags(),
        };
        match self.cloud.connect.create_flow(&fresh).await {
            Ok((id, arn)) => {
                let (name, flow_type) = (fresh.name, fresh.flow_type);
                let (state, status) = ("ACTIVE".to_owned(), "PUBLISHED".to_owned());
                self.flows.push(FlowSummary { id, arn, name, flow_type, state, status });
                Ok(Came::Done)
            }
            // It may be there all the same: made by others, or before the connection broke.
            Err(error) if matches!(error.cause, Cause::Duplicate | Cause::Unreachable) => {
                self.flows = self.cloud.connect.flows().await?;
                match self.found(name) {
                    Some(it) if it.flow_type == flow_type => Ok(Came::Already),
                    Some(it) => {
                        let what =
                            format!("a flow of this name is there by now, and it is a {}", it.flow_type);
                        Ok(Came::failed(what, "rename it, then run repair again"))
                    }
                    None => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }

    /// What placeholders become. All flows are rendered before the first is written: if one cannot be, none is.
    async fn resolve(&mut self, now: &connect_rules_store::Snapshot) -> Asked<Result<Environment, String>> {
        if let Some(resolved) = &self.resolved {
            return Ok(resolved.clone());
        }
        let (cloud, scope) = (self.cloud, self.scope);
        let functions = cloud.functions.list().await?;
        let needs = |kind| names::need(&scope.flows, kind);
        let known = Names {
            flows: self.flows.clone(),
            targets: names::targets(cloud, scope, &functions).await?,
            bots: if needs(TokenKind::Bot) { cloud.bots.list().await? } else { Vec::new() },
            prompts: if needs(TokenKind::Prompt) { names::prompts(cloud).await? } else { Vec::new() },
        };
        let environment = known.environment(cloud, scope, now, false);
        let missing = scope.flows.iter().filter_map(|flow| render(flow, &environment).err()).flatten().next();
        let resolved = match missing {
            None => Ok(environment),
            Some(it) => Err(format!("{} of {}: {}", it.token, it.file, it.what)),
        };
        self.resolved = Some(resolved.clone());
        Ok(resolved)
    }

    async fn write(
        &mut self,
        flow: &str,
        name: &str,
        seen: Option<&str>,
        now: &connect_rules_store::Snapshot,
    ) -> Asked<Came> {
        let environment = match self.resolve(now).await? {
            Ok(environment) => environment,
            Err(why) => return Ok(Came::Skipped { why: format!("no flow is written: {why}") }),
        };
        let (Some(wanted), Some(found)) =
            (self.scope.flows.iter().find(|it| it.name == flow), self.found(name))
        else {
            return Ok(Came::failed("the flow is not there", "run health, then repair again"));
        };
        let (id, arn) = (found.id.clone(), found.arn.clone());
        let Ok(content) = render(wanted, &environment) else {
            return Ok(Came::failed("a placeholder has nothing behind it", "run health, then repair again"));
        };
        let (text, wanted_hash) = (content.to_string(), hash(&content));
        let published = self.cloud.connect.flow(&id, false).await?;
        let now_hash = hash(&parsed(&published.content));
        let is_own = published.tags.get("managed-by").is_some_and(|it| it == PRODUCT);
        if !is_own && !self.adopted.iter().any(|it| it == name) {
            let what = "a flow of this name is there by now that this product did not make";
            return Ok(Came::failed(what, "run health, then `repair --adopt` if it may be taken over"));
        }
        let is_stub = stub(wanted.flow_type.name()).is_some_and(|it| hash(&it.document) == now_hash);
        let expected = match seen {
            Some(seen) => seen == now_hash,
            None => is_stub,
        };
        let draft = if is_stub { None } else { Some(self.cloud.connect.flow(&id, true).await?) };
        let draft = draft.filter(|it| hash(&parsed(&it.content)) != now_hash);
        if !expected && now_hash != wanted_hash {
            let what = "somebody has changed it since the scan";
            return Ok(Came::failed(what, "run health again and look at what is different now"));
        }
        let mut came = Came::Already;
        if now_hash != wanted_hash || draft.is_some() {
            if let Err(came) = self.save(&published, is_stub, draft.as_ref()) {
                return Ok(came);
            }
            self.cloud.connect.update_flow(&id, &text).await?;
            came = Came::Done;
        }
        if published.tags.get("content-sha256") != Some(&wanted_hash) {
            let mut tags = self.tags();
            tags.insert("content-sha256".to_owned(), wanted_hash);
            self.cloud.connect.tag(&arn, &tags).await?;
            came = Came::Done;
        }
        Ok(came)
    }

    /// Saves what is about to be overwritten.
    fn save(&self, published: &FlowContent, is_stub: bool, draft: Option<&FlowContent>) -> Result<(), Came> {
        let saved = |content: &FlowContent, kind: &str| {
            let written = save(self.backups, &content.summary.name, kind, &content.content);
            written.map(|_| ()).map_err(|error| {
                let what = format!("what is there could not be saved in {}: {error}", self.backups.display());
                Came::failed(what, "make the folder writable; the flow was not touched")
            })
        };
        if !is_stub {
            saved(published, "")?;
        }
        draft.map_or(Ok(()), |it| saved(it, ".draft"))
    }

    async fn whisper(&self, id: &str, flow: &str, seen: Option<&str>) -> Asked<Came> {
        if let Some(came) = self.kept_back(flow) {
            return Ok(came);
        }
        let Some(found) = self.found(flow) else {
            return Ok(Came::failed(format!("there is no flow {flow}"), "run repair again"));
        };
        let queue = self.cloud.connect.queue(id).await?;
        match queue.whisper_flow_id.as_deref() {
            Some(now) if now == found.id => Ok(Came::Already),
            now if now != seen || now.is_some_and(|it| !outbound::may_go(it, &self.flows)) => {
                let what = "somebody has chosen another whisper flow since the scan";
                Ok(Came::failed(what, "run health again"))
            }
            _ => self.cloud.connect.set_whisper(&queue, &found.id).await.map(|()| Came::Done),
        }
    }

    async fn route(&self, id: &str, flow: &str) -> Asked<Came> {
        if let Some(came) = self.kept_back(flow) {
            return Ok(came);
        }
        let Some(found) = self.found(flow) else {
            return Ok(Came::failed(format!("there is no flow {flow}"), "run repair again"));
        };
        self.cloud.connect.route_number(id, &found.id).await.map(|()| Came::Done)
    }

    /// No contact is led into a flow that could not be written.
    fn kept_back(&self, flow: &str) -> Option<Came> {
        let is_unwritten = self.failed.iter().any(|it| it == flow) || matches!(self.resolved, Some(Err(_)));
        is_unwritten.then(|| Came::Skipped { why: format!("{flow} was not written") })
    }
}

fn stub(flow_type: &str) -> Option<Flow> {
    files::stub(FlowType::parse(flow_type)?).ok()
}

/// Folder in which repairs save what they overwrite, with the backups beside a store's file.
pub fn saved_in(store: &Path) -> PathBuf {
    Backups::beside(store).folder.join("flows")
}

/// Writes a content into a folder under a name of its own; what is saved already is not saved again.
///
/// # Errors
/// The folder cannot be written to.
pub fn save(folder: &Path, name: &str, kind: &str, content: &str) -> std::io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '_' })
        .collect();
    let short: String = hash(&parsed(content)).chars().take(8).collect();
    let file = folder.join(format!("{plain}-{short}{kind}.json"));
    if !file.exists() {
        let fresh = file.with_extension("new");
        fs::write(&fresh, content)?;
        fs::rename(&fresh, &file)?;
    }
    Ok(file)
}

/// How many steps came out how, by word.
pub fn counted(outcomes: &[Outcome]) -> BTreeMap<&'static str, usize> {
    let mut out = BTreeMap::new();
    for it in outcomes {
        *out.entry(it.result.word()).or_default() += 1;
    }
    out
}
