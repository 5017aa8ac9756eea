//! Functions and bots: there, working, and allowed to be used by the instance.

use super::names::Target;
use super::{Check, Grade, Group, Scope, Status, Step};
use crate::gateway::functions::fits;
use crate::gateway::{Asked, BotState, CallError, Cloud, Function, Permission, Place};

/// Longest time that a flow waits for a function, in seconds.
const LONGEST: u32 = 8;

/// Whether a service may call a function from there.
pub fn allows(permissions: &[Permission], principal: &str, source: &str, account: &str) -> bool {
    permissions.iter().any(|it| {
        it.principal == principal
            && (it.source_arn.is_empty() || fits(&it.source_arn, source))
            && (it.source_account.is_empty() || it.source_account == account)
    })
}

/// What was found about the functions.
pub fn functions(scope: &Scope, place: &Place, all: &Asked<Vec<Function>>) -> Vec<Check> {
    let all = match all {
        Ok(all) => all,
        Err(error) => return vec![Check::unknown(Group::Functions, "functions", error)],
    };
    let one = |wanted: &super::Wanted| {
        let name = place.prefix() + &wanted.short;
        let Some(it) = all.iter().find(|it| it.name == name) else {
            let (detail, fix) = ("the function is not deployed", "deploy it: `connect-rules deploy`");
            return Check::of(Group::Functions, name, Grade::Problem, Status::Missing, detail, fix);
        };
        let ill = |grade, status, detail: String, fix: &str| {
            Check::of(Group::Functions, &name, grade, status, detail, fix)
        };
        match () {
            () if it.state == "Failed" => {
                let detail = format!("it does not start: {}", it.state_reason);
                ill(
                    Grade::Problem,
                    Status::Error,
                    detail,
                    "deploy it again, or roll it back: `connect-rules functions`",
                )
            }
            () if it.last_update == "Failed" => {
                let detail = "the last update failed; what was there before runs".to_owned();
                ill(Grade::Problem, Status::Error, detail, "deploy it again")
            }
            () if it.state == "Pending" || it.last_update == "InProgress" => ill(
                Grade::Warning,
                Status::Warning,
                "it is being updated".to_owned(),
                "look again in a minute",
            ),
            () if wanted.by_flows && it.timeout > LONGEST => {
                let detail = format!("it may take {} s, but a flow waits {LONGEST} s at most", it.timeout);
                ill(Grade::Warning, Status::Warning, detail, "deploy the stack anew")
            }
            () if !it.deployed_version.is_empty() && it.deployed_version != env!("CARGO_PKG_VERSION") => {
                let detail = format!(
                    "it is version {}, this program {}",
                    it.deployed_version,
                    env!("CARGO_PKG_VERSION")
                );
                ill(
                    Grade::Warning,
                    Status::Changed,
                    detail,
                    "deploy this version, or work with the program of that one",
                )
            }
            () => Check::healthy(Group::Functions, &name, format!("{} MB, {} s", it.memory, it.timeout)),
        }
    };
    scope.functions.iter().map(one).collect()
}

/// Whether a function may be called: what is told if it may, and what is wrong and mends it if not.
fn callable(name: String, may: Asked<bool>, (well, detail, fix): (&str, &str, &str)) -> Check {
    match may {
        Err(error) => Check::unknown(Group::Permissions, name, &error),
        Ok(true) => Check::healthy(Group::Permissions, name, well),
        Ok(false) => Check::of(Group::Permissions, name, Grade::Problem, Status::Missing, detail, fix),
    }
}

/// Whether the instance may call the functions that flows call, and Lex those that bots call.
pub async fn permissions(cloud: &Cloud, scope: &Scope, targets: &[Target], all: &[Function]) -> Vec<Check> {
    let place = &cloud.place;
    let mut out = Vec::new();
    for target in targets {
        let held = cloud.functions.permissions(&target.name).await;
        let held = held.map(|held| allows(&held, CONNECT, &place.instance_arn(), &place.account));
        let detail = "the policy of the function does not let the instance call it";
        let told = ("the instance may call it", detail, "repair allows it");
        let check = callable(format!("{} callable", target.name), held, told);
        out.push(if check.grade == Grade::Problem {
            check.with(Step::Permit { name: target.name.clone(), arn: target.arn.clone() })
        } else {
            check
        });
    }
    for wanted in scope.functions.iter().filter(|it| it.by_bots) {
        let full = place.prefix() + &wanted.short;
        if !all.iter().any(|it| it.name == full) {
            continue;
        }
        let source = format!("arn:aws:lex:{}:{}:bot-alias/B/A", place.region, place.account);
        let held = cloud.functions.permissions(&full).await;
        let held = held.map(|held| allows(&held, "lex.amazonaws.com", &source, &place.account));
        let detail = "the policy of the function does not let Lex call it";
        let told = ("bots may call it", detail, "deploy the stack anew");
        out.push(callable(format!("{full} callable by bots"), held, told));
    }
    out
}

/// Who calls functions from flows.
pub const CONNECT: &str = "connect.amazonaws.com";

/// Whether the instance knows the functions that flows call.
pub fn associations(targets: &[Target], known: &Asked<Vec<String>>) -> Vec<Check> {
    let known = match known {
        Ok(known) => known,
        Err(error) => return vec![Check::unknown(Group::Permissions, "associated functions", error)],
    };
    let one = |target: &Target| {
        let name = format!("{} associated", target.name);
        if known.contains(&target.arn) {
            return Check::healthy(Group::Permissions, name, "the instance knows it");
        }
        let detail = "the instance does not know the function, so flows that call it are refused";
        Check::of(Group::Permissions, name, Grade::Problem, Status::Missing, detail, "repair associates it")
            .with(Step::AssociateFunction { name: target.name.clone(), arn: target.arn.clone() })
    };
    targets.iter().map(one).collect()
}

/// What was found about the bots.
pub fn bots(place: &Place, all: &Asked<Vec<BotState>>, known: &Asked<Vec<String>>) -> Vec<Check> {
    let unknown = |error: &CallError| vec![Check::unknown(Group::Bots, "bots", error)];
    let (all, known) = match (all, known) {
        (Ok(all), Ok(known)) => (all, known),
        (Err(error), _) | (_, Err(error)) => return unknown(error),
    };
    let one = |bot: &BotState| {
        let ill = |grade, status, detail: String, fix: &str| {
            Check::of(Group::Bots, &bot.name, grade, status, detail, fix)
        };
        let build = "build it again: `connect-rules bots build`";
        let Some(alias) = bot.aliases.iter().find(|it| it.name == place.bot_alias) else {
            let detail = format!("it has no alias {}", place.bot_alias);
            return ill(Grade::Problem, Status::Missing, detail, build);
        };
        match () {
            () if bot.status != "Available" => {
                ill(Grade::Problem, Status::Error, format!("it is {}", bot.status), "wait, or build it again")
            }
            () if alias.function_arn.is_none() => {
                let detail = format!("alias {} has no function that fulfils its intents", alias.name);
                ill(Grade::Problem, Status::Changed, detail, build)
            }
            () if !bot.connect_may => {
                let detail = "its policy does not let the instance use it".to_owned();
                ill(Grade::Problem, Status::Missing, detail, build)
            }
            () if !known.contains(&alias.arn) => {
                let detail = "the instance does not know it".to_owned();
                ill(Grade::Problem, Status::Missing, detail, "repair associates it")
                    .with(Step::AssociateBot { name: bot.name.clone(), arn: alias.arn.clone() })
            }
            () => Check::healthy(
                Group::Bots,
                &bot.name,
                format!("alias {}, version {}", alias.name, alias.version),
            ),
        }
    };
    all.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_policies() {
        for (pattern, text, wanted) in [
            ("arn:a/b", "arn:a/b", true),
            ("arn:a/b", "arn:a/bc", false),
            ("arn:*/b", "arn:a/x/b", true),
            ("arn:a/*", "arn:a/", true),
            ("arn:a/*/c*", "arn:a/b/cd", true),
            ("arn:a/*/c", "arn:a/b/d", false),
            ("*", "anything", true),
        ] {
            assert_eq!(fits(pattern, text), wanted, "{pattern} {text}");
        }
    }
}
