//! Where an instance is, and the identifiers and ARNs of its things: the same for the same names every time.

use connect_rules_engine::value::{Map, Text, Value};
use uuid::Uuid;

use super::sort::Sort;

/// Region, account and identifier of an instance, and the prefix of its functions and bots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Deployment stage, such as `dev`.
    pub stage: Text,
    /// Service name, such as `rules-engine`.
    pub service: Text,
    /// Such as `ap-southeast-2`.
    pub region: Text,
    /// Number of the AWS account.
    pub account: Text,
    /// Identifier of the instance.
    pub instance_id: Text,
}

impl Identity {
    /// What `names` says; what it does not say is taken from the first ARN that has it, else made up.
    pub(super) fn of(names: &Map, lists: &[Option<Vec<Map>>; 8]) -> Self {
        let said =
            |name: &str| names.get(name).and_then(Value::as_str).filter(|it| !it.is_empty()).map(Text::from);
        let arns = lists.iter().flatten().flatten().filter_map(|it| it.get("Arn").and_then(Value::as_str));
        // arn:aws:connect:<region>:<account>:instance/<instance>/...
        let found = arns
            .map(|arn| arn.split(':').collect::<Vec<_>>())
            .find(|parts| parts.len() == 6 && parts[2] == "connect" && parts[5].starts_with("instance/"));
        let part = |at: usize| found.as_ref().map(|parts| Text::from(parts[at])).filter(|it| !it.is_empty());
        let instance = part(5).and_then(|it| it.split('/').nth(1).map(Text::from));
        let stage = said("stage").unwrap_or_else(|| Text::from("dev"));
        let service = said("service").unwrap_or_else(|| Text::from("rules-engine"));
        let made = || made_id(&format!("connect-instance/{stage}/{service}"));
        Identity {
            region: said("region").or_else(|| part(3)).unwrap_or_else(|| Text::from("us-east-1")),
            account: said("accountNumber").or_else(|| part(4)).unwrap_or_else(|| Text::from("123456789012")),
            instance_id: said("instanceId").or(instance).unwrap_or_else(made),
            stage,
            service,
        }
    }

    /// `<stage>-<service>-`.
    pub fn prefix(&self) -> String {
        format!("{}-{}-", self.stage, self.service)
    }

    /// The name that a thing is listed by: functions and bots with the prefix.
    pub fn full(&self, sort: Sort, name: &str) -> String {
        let prefix = self.prefix();
        if sort.is_prefixed() && !name.starts_with(&prefix) { prefix + name } else { name.to_owned() }
    }

    /// The name that rules use: functions and bots without the prefix.
    pub fn short<'a>(&self, sort: Sort, name: &'a str) -> &'a str {
        if sort.is_prefixed() { name.strip_prefix(&*self.prefix()).unwrap_or(name) } else { name }
    }

    /// Adds the identifier and ARN that a document lacks. `taken` says whether an identifier is in use.
    pub fn complete(&self, sort: Sort, document: &mut Map, taken: &dyn Fn(&str) -> bool) {
        let name = super::name_of(sort, document);
        let lacks = |document: &Map, member: &str| document.get(member).is_none_or(Value::is_empty_string);
        if sort == Sort::Bot && lacks(document, "SimpleName") {
            document.insert("SimpleName", self.short(sort, &name).into());
        }
        if sort != Sort::Function && lacks(document, "Id") {
            let ids = (1..).map(|turn| self.id(sort, &name, turn));
            if let Some(id) = ids.take(1000).find(|id| !taken(id)) {
                document.insert("Id", id.into());
            }
        }
        if sort == Sort::Bot && lacks(document, "AliasId") {
            document.insert("AliasId", "TSTALIASID".into());
        }
        if lacks(document, "Arn") {
            document.insert("Arn", self.arn(sort, document).into());
        }
    }

    /// The identifier of the thing of that name; later turns give others.
    fn id(&self, sort: Sort, name: &str, turn: u32) -> Text {
        let turn = if turn == 1 { String::new() } else { format!("#{turn}") };
        let id = made_id(&format!("{}/{}/{}/{name}{turn}", self.account, self.instance_id, sort.list()));
        if sort == Sort::Bot {
            // Lex has ten capital letters and digits.
            return Text::from(id.replace('-', "").to_uppercase().get(..10).unwrap_or_default());
        }
        id
    }

    fn arn(&self, sort: Sort, document: &Map) -> String {
        let Identity { region, account, instance_id, .. } = self;
        let text = |member: &str| document.get(member).map(Value::text).unwrap_or_default();
        let id = text("Id");
        let within =
            |word: &str| format!("arn:aws:connect:{region}:{account}:instance/{instance_id}/{word}/{id}");
        match sort {
            Sort::Queue => within("queue"),
            Sort::Prompt => within("prompt"),
            Sort::ContactFlow => within("contact-flow"),
            Sort::Hours => within("operating-hours"),
            Sort::RoutingProfile => within("routing-profile"),
            Sort::PhoneNumber => format!("arn:aws:connect:{region}:{account}:phone-number/{id}"),
            Sort::Function => format!("arn:aws:lambda:{region}:{account}:function:{}", text("Name")),
            Sort::Bot => format!("arn:aws:lex:{region}:{account}:bot-alias/{id}/{}", text("AliasId")),
        }
    }
}

fn made_id(of: &str) -> Text {
    Text::from(Uuid::new_v5(&Uuid::NAMESPACE_URL, of.as_bytes()).hyphenated().to_string())
}
