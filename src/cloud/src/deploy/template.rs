//! The template of the stack, and what of it has a name of its own.

use std::collections::BTreeSet;

/// The template as it is kept.
const TEMPLATE: &str = include_str!("../../../../lambdas/template.json");

/// Bytes that `CloudFormation` takes as a template at once.
pub const LARGEST: usize = 51_200;

/// A function that is deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shipped {
    /// Its name without `<stage>-<service>-`; that of its program too.
    pub short: &'static str,
    /// Its name in the template.
    pub logical: &'static str,
    /// Whether the original has a function of that name, which may be there already.
    pub shared: bool,
}

const fn shipped(short: &'static str, logical: &'static str, shared: bool) -> Shipped {
    Shipped { short, logical, shared }
}

/// The functions (`spec/lambdas.md` 9).
pub const FUNCTIONS: [Shipped; 6] = [
    shipped("evaluator", "Evaluator", false),
    shipped("ratelimiter", "Ratelimiter", false),
    shipped("lexfulfillment", "Lexfulfillment", true),
    shipped("contactevents", "Contactevents", false),
    shipped("scheduler", "Scheduler", false),
    shipped("integrationecho", "Integrationecho", true),
];

/// The tables: name in the template, and name without `<stage>-<service>-`.
pub const TABLES: [(&str, &str); 12] = [
    ("RuleSetsTable", "rule-sets-ddb"),
    ("RulesTable", "rules-ddb"),
    ("EndPointsTable", "end-points-ddb"),
    ("UsersTable", "users-ddb"),
    ("TestsTable", "tests-ddb"),
    ("VerifyTable", "verify-ddb"),
    ("ConfigTable", "config-ddb"),
    ("StateTable", "state-ddb"),
    ("CallbackTable", "callback-ddb"),
    ("JournalTable", "journal-ddb"),
    ("RateLimitTable", "ratelimit-ddb"),
    ("RateLimitDecisionsTable", "ratelimit-decisions-ddb"),
];

/// Name of the backup bucket in the template.
pub const BACKUP_BUCKET: &str = "BackupBucket";

/// The alias through which everything but a direct call reaches a function.
pub const LIVE: &str = "live";

/// The function of a short or full name.
pub fn function(name: &str) -> Option<Shipped> {
    FUNCTIONS.into_iter().find(|it| it.short == name || name.ends_with(&format!("-{}", it.short)))
}

fn document() -> serde_json::Value {
    // A test keeps it readable.
    serde_json::from_str(TEMPLATE).unwrap_or_default()
}

/// The template without blanks: with them it would be larger than what is taken at once.
pub fn text() -> String {
    document().to_string()
}

/// Names of the parameters that the template has.
pub fn parameters() -> BTreeSet<String> {
    let names = |it: &serde_json::Map<String, serde_json::Value>| it.keys().cloned().collect();
    document()["Parameters"].as_object().map(names).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_fits_into_one_call_and_has_what_is_named_here() {
        let (document, text) = (document(), text());
        assert!(text.len() <= LARGEST, "{} bytes", text.len());
        let parameters = parameters();
        let resource = |logical: &str| &document["Resources"][logical];
        for (logical, suffix) in TABLES {
            let table = resource(logical);
            assert_eq!(table["Type"], "AWS::DynamoDB::Table", "{logical}");
            assert_eq!(table["DeletionPolicy"], "RetainExceptOnCreate", "{logical}");
            assert_eq!(
                table["Properties"]["TableName"]["Fn::Sub"],
                format!("${{Stage}}-${{Service}}-{suffix}").as_str()
            );
            assert!(parameters.contains(&format!("Make{logical}")));
        }
        for it in FUNCTIONS {
            assert_eq!(resource(it.logical)["Type"], "AWS::Lambda::Function", "{}", it.logical);
            assert!(parameters.contains(&format!("{}Key", it.logical)));
            assert_eq!(parameters.contains(&format!("Make{}", it.logical)), it.shared);
        }
        assert_eq!(resource(BACKUP_BUCKET)["DeletionPolicy"], "RetainExceptOnCreate");
        let all = document["Resources"].as_object().unwrap();
        let of = |kind: &str| all.values().filter(|it| it["Type"] == kind).count();
        assert_eq!(
            (of("AWS::DynamoDB::Table"), of("AWS::Lambda::Function")),
            (TABLES.len(), FUNCTIONS.len())
        );
    }

    #[test]
    fn no_role_may_do_everything_and_none_reads_users_but_the_scheduler() {
        let document = document();
        for (logical, resource) in document["Resources"].as_object().unwrap() {
            let text = resource.to_string();
            let is_role = resource["Type"] == "AWS::IAM::Role";
            if is_role {
                assert!(!text.contains(r#":*""#) || !text.contains(r#""Action":"*""#), "{logical}");
                assert_eq!(text.contains("users-ddb"), logical == "SchedulerRole", "{logical}");
            }
        }
    }
}
