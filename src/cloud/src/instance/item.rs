//! The things of an instance as typed values.

use connect_rules_engine::json;
use connect_rules_engine::problem::Problem;
use connect_rules_engine::value::{Map, Text, Value};
use serde::{Deserialize, Serialize};

use super::sort::{Field, Holds, Sort};

/// A queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Queue {
    /// Name; rules refer to it.
    pub name: Text,
    /// Free text.
    pub description: Option<Text>,
    /// Identifier.
    pub id: Option<Text>,
    /// ARN.
    pub arn: Option<Text>,
    /// Who calls, on outbound calls.
    pub outbound_caller_config: Option<OutboundCaller>,
    /// Most contacts that wait in it.
    pub max_contacts: Option<u64>,
    /// `ENABLED` or `DISABLED`.
    pub status: Option<Text>,
    /// Identifier of its hours.
    pub hours_of_operation_id: Option<Text>,
}

/// Who calls, on outbound calls of a queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct OutboundCaller {
    /// Name shown.
    pub outbound_caller_id_name: Option<Text>,
    /// Identifier of the phone number shown.
    pub outbound_caller_id_number_id: Option<Text>,
    /// Identifier of the contact flow.
    pub outbound_flow_id: Option<Text>,
}

/// A prompt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Prompt {
    /// Name; messages of rules refer to it.
    pub name: Text,
    /// Identifier.
    pub id: Option<Text>,
    /// ARN.
    pub arn: Option<Text>,
}

/// A contact flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContactFlow {
    /// Name; rules refer to it.
    pub name: Text,
    /// Identifier.
    pub id: Option<Text>,
    /// ARN.
    pub arn: Option<Text>,
    /// Where it runs, such as `CONTACT_FLOW`.
    pub r#type: Option<Text>,
    /// `ACTIVE` or `ARCHIVED`.
    pub state: Option<Text>,
}

/// A Lambda function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Function {
    /// Full name; rules refer to it without `<stage>-<service>-`.
    pub name: Text,
    /// ARN.
    pub arn: Option<Text>,
}

/// A Lex bot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Bot {
    /// Full name.
    pub name: Text,
    /// Name without `<stage>-<service>-`; rules refer to it.
    pub simple_name: Option<Text>,
    /// ARN of the alias.
    pub arn: Option<Text>,
    /// Identifier.
    pub id: Option<Text>,
    /// Locale, such as `en_AU`.
    pub locale_id: Option<Text>,
    /// Identifier of the alias.
    pub alias_id: Option<Text>,
}

/// Hours of operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct HoursOfOperation {
    /// Name; rules know them as `System.OperatingHours.<name>`.
    pub name: Text,
    /// Free text.
    pub description: Option<Text>,
    /// Identifier.
    pub id: Option<Text>,
    /// ARN.
    pub arn: Option<Text>,
    /// IANA zone of the times.
    pub timezone: Option<Text>,
    /// Opening ranges.
    #[serde(default)]
    pub config: Vec<OpeningRange>,
}

/// One opening range of hours of operation, as [`connect_rules_engine::hours::Range`] has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct OpeningRange {
    /// `MONDAY` to `SUNDAY`.
    pub day: Text,
    /// First minute.
    pub start_time: TimeOfDay,
    /// Last minute.
    pub end_time: TimeOfDay,
}

/// A time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TimeOfDay {
    /// 0 to 23.
    pub hours: u32,
    /// 0 to 59.
    pub minutes: u32,
}

impl TimeOfDay {
    /// Minutes after midnight.
    pub fn minute(self) -> u32 {
        self.hours.saturating_mul(60).saturating_add(self.minutes)
    }
}

/// A telephone number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PhoneNumber {
    /// The number, E.164; end points have it.
    pub phone_number: Text,
    /// Identifier.
    pub id: Option<Text>,
    /// ARN.
    pub arn: Option<Text>,
    /// Country, such as `AU`.
    pub country_code: Option<Text>,
    /// Such as `DID` or `TOLL_FREE`.
    pub r#type: Option<Text>,
}

/// A routing profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RoutingProfile {
    /// Name.
    pub name: Text,
    /// Identifier.
    pub id: Option<Text>,
    /// ARN.
    pub arn: Option<Text>,
    /// Queues that its agents serve.
    #[serde(default)]
    pub queues: Vec<ProfileQueue>,
}

/// A queue of a routing profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ProfileQueue {
    /// Identifier of the queue.
    pub queue_id: Text,
    /// ARN of the queue.
    pub queue_arn: Option<Text>,
    /// Name of the queue.
    pub queue_name: Option<Text>,
    /// 1 is served first.
    pub priority: u32,
    /// Seconds that a contact waits before these agents serve it.
    pub delay: u32,
    /// `VOICE`, `CHAT`, `TASK` or `EMAIL`.
    pub channel: Text,
}

/// One thing of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Item {
    Queue(Queue),
    Prompt(Prompt),
    ContactFlow(ContactFlow),
    Function(Function),
    Bot(Bot),
    Hours(HoursOfOperation),
    PhoneNumber(PhoneNumber),
    RoutingProfile(RoutingProfile),
}

impl Item {
    /// Which sort of thing it is.
    pub fn sort(&self) -> Sort {
        match self {
            Item::Queue(_) => Sort::Queue,
            Item::Prompt(_) => Sort::Prompt,
            Item::ContactFlow(_) => Sort::ContactFlow,
            Item::Function(_) => Sort::Function,
            Item::Bot(_) => Sort::Bot,
            Item::Hours(_) => Sort::Hours,
            Item::PhoneNumber(_) => Sort::PhoneNumber,
            Item::RoutingProfile(_) => Sort::RoutingProfile,
        }
    }

    /// Reads the document of a thing.
    ///
    /// # Errors
    /// Every member that is missing or holds the wrong thing; places are member names.
    pub fn read(sort: Sort, document: &Map) -> Result<Item, Vec<Problem>> {
        let problems: Vec<Problem> =
            sort.fields().iter().filter_map(|field| shape(field, &value_of(field, document))).collect();
        if !problems.is_empty() {
            return Err(problems);
        }
        let text = json::print(&Value::from(document.clone())).unwrap_or_default();
        let item = match sort {
            Sort::Queue => serde_json::from_str(&text).map(Item::Queue),
            Sort::Prompt => serde_json::from_str(&text).map(Item::Prompt),
            Sort::ContactFlow => serde_json::from_str(&text).map(Item::ContactFlow),
            Sort::Function => serde_json::from_str(&text).map(Item::Function),
            Sort::Bot => serde_json::from_str(&text).map(Item::Bot),
            Sort::Hours => serde_json::from_str(&text).map(Item::Hours),
            Sort::PhoneNumber => serde_json::from_str(&text).map(Item::PhoneNumber),
            Sort::RoutingProfile => serde_json::from_str(&text).map(Item::RoutingProfile),
        };
        item.map_err(|error| {
            // Only the lists in it can be wrong now; the place in the document is all that is known.
            let what = error.to_string();
            let what = what.split(" at line ").next().unwrap_or_default();
            let place = sort.fields().iter().find(|it| matches!(it.holds, Holds::Week | Holds::Queues));
            let fix = "write it as an export of this program does";
            vec![Problem::error(place.map_or(sort.key(), |it| it.name), what, fix)]
        })
    }
}

/// The value of a field in a document; undefined if it is not there.
pub fn value_of(field: &Field, document: &Map) -> Value {
    match field.within {
        Some(holder) => document.get(holder).map(|holder| holder.member(field.name)).unwrap_or_default(),
        None => document.get(field.name).cloned().unwrap_or_default(),
    }
}

/// What is wrong with the form of a value: it is not what such fields hold, or is missing where the thing
/// cannot be without.
fn shape(field: &Field, value: &Value) -> Option<Problem> {
    let is_key = matches!(field.name, "Name" | "PhoneNumber");
    if value.is_nil() {
        return is_key.then(|| Problem::error(field.name, "is missing", "give it"));
    }
    let (fits, wanted) = match field.holds {
        Holds::Number(..) => {
            (matches!(value, Value::Number(n) if *n >= 0.0 && n.fract() == 0.0), "a whole number")
        }
        Holds::Week | Holds::Queues => (value.as_array().is_some(), "a list"),
        _ => (value.as_str().is_some(), "a text"),
    };
    let empty = is_key && value.is_empty_string();
    (!fits || empty).then(|| Problem::error(field.name, format!("must be {wanted}"), "write it so"))
}
