//! References `$.…` in texts: which there are, and where they may stand (`spec/contactflows.md` 10.2).

/// References that stand alone.
const EXACT: [&str; 13] = [
    "$.StoredCustomerInput",
    "$.Channel",
    "$.ContactId",
    "$.InitialContactId",
    "$.CustomerEndpoint.Address",
    "$.SystemEndpoint.Address",
    "$.Queue.Name",
    "$.Queue.ARN",
    "$.Queue.OutboundCallerId.Address",
    "$.Lex.IntentName",
    "$.Lex.IntentConfidence.Score",
    "$.Task.ContactId",
    "$.InstanceARN",
];
/// References with one more name behind them.
const OPEN: [&str; 3] = ["$.External.", "$.Attributes.", "$.Lex.Slots."];
const QUEUE_METRICS: [&str; 4] = ["Size", "OldestContactAge", "Name", "ARN"];
const AGENT_METRICS: [&str; 7] =
    ["Online", "Available", "Staffed", "AfterContactWork", "Busy", "Missed", "NonProductive"];
const AGENT: [&str; 4] = ["$.Agent.ARN", "$.Agent.UserName", "$.Agent.FirstName", "$.Agent.LastName"];

/// What a reference is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
    /// One that any flow may use.
    Known,
    /// One that needs an agent.
    Agent,
    /// None.
    Unknown,
}

/// What a reference is.
pub fn root(path: &str) -> Root {
    let named = |name: &str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
    };
    let open = OPEN.iter().any(|root| path.strip_prefix(root).is_some_and(named));
    let metric = path.strip_prefix("$.Metrics.Queue.").is_some_and(|it| QUEUE_METRICS.contains(&it))
        || path
            .strip_prefix("$.Metrics.Agents.")
            .and_then(|it| it.strip_suffix(".Count"))
            .is_some_and(|it| AGENT_METRICS.contains(&it));
    match () {
        () if EXACT.contains(&path) || open || metric => Root::Known,
        () if AGENT.contains(&path) => Root::Agent,
        () => Root::Unknown,
    }
}

/// The references in a text, in order.
pub fn references(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("$.") {
        let from = &rest[start..];
        let end = from[2..]
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')))
            .map_or(from.len(), |end| end + 2);
        // A full stop that ends a sentence belongs to the sentence.
        let path = from[..end].trim_end_matches(['.', '-']);
        let path = if path.len() < 2 { &from[..2] } else { path };
        out.push(path);
        rest = &from[path.len().max(2)..];
    }
    out
}

/// Whether a text is nothing but one reference.
pub fn is_reference(text: &str) -> bool {
    text.starts_with("$.") && references(text).first().is_some_and(|it| it.len() == text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_found_in_sentences() {
        let text = "Wait $.External.RetryAfterSeconds seconds for $.CustomerEndpoint.Address. Bye $.";
        assert_eq!(references(text), ["$.External.RetryAfterSeconds", "$.CustomerEndpoint.Address", "$."]);
        assert!(
            is_reference("$.External.a") && !is_reference("$.External.a.") && !is_reference("x $.Channel")
        );
        assert!(references("10 $ and . and $x").is_empty());
    }

    #[test]
    fn roots() {
        for path in [
            "$.External.a_b",
            "$.Lex.Slots.dataslot",
            "$.Metrics.Queue.Size",
            "$.Metrics.Agents.Online.Count",
        ] {
            assert_eq!(root(path), Root::Known, "{path}");
        }
        assert_eq!(root("$.Agent.ARN"), Root::Agent);
        for path in [
            "$.External.",
            "$.External.a.b",
            "$.Metrics.Queue.Length",
            "$.Metrics.Agents.Online",
            "$.Foo",
            "$.",
        ] {
            assert_eq!(root(path), Root::Unknown, "{path}");
        }
    }
}
