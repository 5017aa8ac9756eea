//! Whether the contact flows of an instance are those of the product (`spec/contactflows.md` 11.5).

use std::collections::BTreeMap;

use connect_rules_flows::render::Unresolved;
use connect_rules_flows::{Environment, Flow, compare, hash, render};
use serde_json::Value;

use super::names::PRODUCT;
use super::{Check, Grade, Group, Observer, Scope, Status, Step};
use crate::gateway::{Asked, Cloud, FlowContent, FlowSummary};

/// A flow that was read: what runs, and the draft if that was asked for.
pub struct Described {
    /// What runs.
    pub published: Asked<FlowContent>,
    /// What was saved last.
    pub draft: Option<Asked<FlowContent>>,
}

/// Reads the flows of the product, one after the other: one that cannot be read does not keep the others back.
pub async fn describe(
    cloud: &Cloud,
    scope: &Scope,
    flows: &[FlowSummary],
    observer: &Observer,
    done: &(dyn Fn(&str) + Sync),
) -> BTreeMap<String, Described> {
    let mut out = BTreeMap::new();
    for flow in &scope.flows {
        let full = scope.full(&flow.name);
        let Some(found) = flows.iter().find(|it| it.name == full) else { continue };
        if observer.is_cancelled() {
            break;
        }
        let published = cloud.connect.flow(&found.id, false).await;
        let draft = if scope.drafts { Some(cloud.connect.flow(&found.id, true).await) } else { None };
        out.insert(full.clone(), Described { published, draft });
        done(&full);
    }
    out
}

/// The content as a value; nothing is equal to what is no JSON.
pub fn parsed(content: &str) -> Value {
    serde_json::from_str(content).unwrap_or_else(|_| Value::String(content.to_owned()))
}

fn flow_check(name: &str, status: Status, detail: impl Into<String>, fix: impl Into<String>) -> Check {
    Check::of(Group::Flows, name, Grade::Problem, status, detail, fix)
}

/// Which placeholders have nothing behind them.
fn unresolved(missing: &[Unresolved]) -> (String, String) {
    let mut all: Vec<(&str, &str, &str)> =
        missing.iter().map(|it| (it.token.as_str(), it.what.as_str(), it.fix.as_str())).collect();
    all.sort_unstable();
    all.dedup();
    let detail: Vec<String> = all.iter().map(|(token, what, _)| format!("{token}: {what}")).collect();
    (detail.join("; "), all.first().map(|it| it.2.to_owned()).unwrap_or_default())
}

/// What was found about each flow, in the order in which they are deployed. `environment` has an ARN for flows that are
/// still to be made, too.
pub fn judge(
    scope: &Scope,
    environment: &Environment,
    flows: &[FlowSummary],
    described: &BTreeMap<String, Described>,
) -> Vec<Check> {
    let one = |flow: &Flow| {
        let name = scope.full(&flow.name);
        let found = flows.iter().find(|it| it.name == name);
        let wanted = render(flow, environment);
        let Some(found) = found else {
            return Some(match &wanted {
                Err(missing) => {
                    let (detail, fix) = unresolved(missing);
                    flow_check(&name, Status::Unresolved, format!("the flow is missing, and {detail}"), fix)
                }
                Ok(_) => {
                    flow_check(&name, Status::Missing, "there is no flow of this name", "repair creates it")
                        .with(Step::Stub {
                            flow: flow.name.clone(),
                            name: name.clone(),
                            flow_type: flow.flow_type.name().to_owned(),
                        })
                        .with(Step::Write {
                            flow: flow.name.clone(),
                            name: name.clone(),
                            seen: None,
                            draft: None,
                        })
                }
            });
        };
        if found.flow_type != flow.flow_type.name() {
            let detail = format!("it is a {}, not a {}", found.flow_type, flow.flow_type.name());
            let fix = "rename it or put it into the archive under another name; the type of a flow cannot be changed";
            return Some(flow_check(&name, Status::WrongType, detail, fix));
        }
        // What a cancelled scan did not read is left out.
        let described = described.get(&name)?;
        let content = match &described.published {
            Ok(content) => content,
            Err(error) => return Some(Check::unknown(Group::Flows, name, error)),
        };
        let wanted = match wanted {
            Ok(wanted) => wanted,
            Err(missing) => {
                let (detail, fix) = unresolved(&missing);
                return Some(flow_check(&name, Status::Unresolved, detail, fix));
            }
        };
        Some(compared(flow, &wanted, content, described.draft.as_ref()))
    };
    scope.flows.iter().filter_map(one).collect()
}

fn compared(flow: &Flow, wanted: &Value, content: &FlowContent, draft: Option<&Asked<FlowContent>>) -> Check {
    let name = &content.summary.name;
    let theirs = parsed(&content.content);
    let differences = compare(wanted, &theirs);
    let (wanted_hash, seen) = (hash(wanted), hash(&theirs));
    let saved = match draft {
        Some(Ok(draft)) if draft.content != content.content => {
            Some(parsed(&draft.content)).map(|it| hash(&it)).filter(|it| *it != seen)
        }
        _ => None,
    };
    let is_draft = content.summary.status == "SAVED";
    let write = Step::Write {
        flow: flow.name.clone(),
        name: name.clone(),
        seen: Some(seen.clone()),
        draft: saved.clone(),
    };
    let same = seen == wanted_hash;
    let is_own = content.tags.get("managed-by").is_some_and(|it| it == PRODUCT);
    let mut check = match () {
        () if content.summary.state == "ARCHIVED" => {
            let fix = "repair takes it out of the archive";
            let check =
                flow_check(name, Status::Archived, "it is in the archive, so nothing can run it", fix)
                    .with(Step::Unarchive { name: name.clone(), id: content.summary.id.clone() });
            if same { check } else { check.with(write) }
        }
        () if !is_own => {
            let detail = "a flow of this name is there that this product did not make";
            let fix = "`repair --adopt` takes it over: its content is saved, then overwritten";
            let arn = content.summary.arn.clone();
            let check =
                flow_check(name, Status::Foreign, detail, fix).with(Step::Adopt { name: name.clone(), arn });
            if same && saved.is_none() { check } else { check.with(write) }
        }
        () if is_draft || saved.is_some() => {
            let detail = match (is_draft, same) {
                (true, _) => "it was saved and never published",
                (false, true) => "a change was saved in the console and not published",
                (false, false) => "it is changed, and another change was saved and not published",
            };
            flow_check(
                name,
                Status::Draft,
                detail,
                "repair saves the draft and publishes the product's content",
            )
            .with(write)
        }
        () if !same => {
            flow_check(name, Status::Changed, "", "repair saves it and writes the product's content")
                .with(write)
        }
        () => Check::healthy(Group::Flows, name.clone(), "as the product has it"),
    };
    if !differences.is_empty() {
        let first = differences[0].to_string();
        let told = match differences.len() {
            1 => first,
            count => format!("{count} differences; the first: {first}"),
        };
        check.detail = if check.detail.is_empty() { told } else { format!("{}; {told}", check.detail) };
    }
    if let (Status::Healthy, Some(Err(error))) = (check.status, draft) {
        return Check::unknown(Group::Flows, name.clone(), error);
    }
    if check.status == Status::Healthy && content.tags.get("content-sha256") != Some(&wanted_hash) {
        check.steps.push(Step::Tag {
            name: name.clone(),
            arn: content.summary.arn.clone(),
            hash: wanted_hash,
        });
    }
    check.differences = differences;
    check
}
