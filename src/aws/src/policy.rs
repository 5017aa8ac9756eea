//! Policies of resources: who may call a function or use a bot.

use connect_rules_cloud::gateway::functions::fits;
use serde_json::Value;

/// A statement that allows something to a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Statement {
    /// Its name.
    pub id: String,
    /// Who may, such as `connect.amazonaws.com`; `*` for anybody.
    pub principals: Vec<String>,
    /// What, such as `lambda:InvokeFunction`.
    pub actions: Vec<String>,
    /// From where; empty for anywhere.
    pub source_arn: String,
    /// From which account; empty for any.
    pub source_account: String,
}

/// The statements of a policy that allow something; none if it is no policy.
pub(crate) fn allowed(policy: &str) -> Vec<Statement> {
    let policy: Value = serde_json::from_str(policy).unwrap_or_default();
    let all = match &policy["Statement"] {
        Value::Array(all) => all.as_slice(),
        one => std::slice::from_ref(one),
    };
    let allow = |it: &&Value| it["Effect"] == "Allow";
    all.iter().filter(allow).map(statement).collect()
}

fn statement(it: &Value) -> Statement {
    let principals = match &it["Principal"] {
        Value::Object(kinds) => kinds.values().flat_map(texts).collect(),
        anybody => texts(anybody),
    };
    Statement {
        id: it["Sid"].as_str().unwrap_or_default().to_owned(),
        principals,
        actions: texts(&it["Action"]),
        source_arn: condition(it, "aws:sourcearn"),
        source_account: condition(it, "aws:sourceaccount"),
    }
}

/// A text or a list of texts.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(all) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// What a key must be like, whatever the operator; keys are of any case.
fn condition(statement: &Value, key: &str) -> String {
    let operators = statement["Condition"].as_object().into_iter().flat_map(|it| it.values());
    let mut pairs = operators.filter_map(Value::as_object).flatten();
    let found = pairs.find(|(name, _)| name.eq_ignore_ascii_case(key));
    found.and_then(|(_, value)| texts(value).into_iter().next()).unwrap_or_default()
}

impl Statement {
    /// Whether it allows an action to a service that asks from an ARN and an account.
    pub fn allows(&self, action: &str, principal: &str, from: &str, account: &str) -> bool {
        let named = |names: &[String], name: &str| names.iter().any(|it| like(it, name));
        named(&self.actions, action)
            && named(&self.principals, principal)
            && (self.source_arn.is_empty() || like(&self.source_arn, from))
            && (self.source_account.is_empty() || self.source_account == account)
    }
}

/// Whether a text is as a pattern with `*` says, in any case.
fn like(pattern: &str, text: &str) -> bool {
    fits(&pattern.to_lowercase(), &text.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        assert!(like("arn:*:instance/abc*", "arn:aws:connect:x:1:instance/abc/contact-flow/1"));
        assert!(like("*", "anything") && like("a", "A") && like("a*b*c", "aXbXc"));
        assert!(!like("a*b", "ac") && !like("ab", "abc") && !like("b*", "ab"));
    }

    #[test]
    fn only_what_allows_counts() {
        let policy = r#"{"Statement": [
            {"Sid": "one", "Effect": "Allow", "Principal": {"Service": "connect.amazonaws.com"},
             "Action": ["lex:RecognizeText", "lex:StartConversation"], "Resource": "x",
             "Condition": {"ArnEquals": {"AWS:SourceArn": "arn:instance/a"}, "StringEquals": {"AWS:SourceAccount": "1"}}},
            {"Sid": "two", "Effect": "Deny", "Principal": "*", "Action": "*"}]}"#;
        let all = allowed(policy);
        assert_eq!(all.len(), 1);
        let may = |from, account| all[0].allows("lex:RecognizeText", "connect.amazonaws.com", from, account);
        assert!(may("arn:instance/a", "1"));
        assert!(!may("arn:instance/b", "1") && !may("arn:instance/a", "2"));
        assert!(!all[0].allows("lex:DeleteSession", "connect.amazonaws.com", "arn:instance/a", "1"));
        assert!(allowed("no policy").is_empty());
    }
}
