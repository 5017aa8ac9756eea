//! The sorts of things that an instance holds, and the fields of each: one declaration drives reading, checking,
//! forms and command lines (`spec/admin.md` 7, `spec/model.md` 4.9).

use std::fmt;

/// Sorts of things of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Sort {
    Queue,
    Prompt,
    ContactFlow,
    Function,
    Bot,
    Hours,
    PhoneNumber,
    RoutingProfile,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// A text with its shortest and longest length in characters.
    Text(usize, usize),
    /// A whole number with its bounds.
    Number(u32, u32),
    /// One of these texts.
    Choice(&'static [&'static str]),
    /// Name of an IANA time zone.
    Zone,
    /// A telephone number, E.164.
    Telephone,
    /// Identifier of a thing of that sort.
    Of(Sort),
    /// Opening ranges: `[{Day, StartTime: {Hours, Minutes}, EndTime}]`.
    Week,
    /// Queues of a routing profile: `[{QueueId, QueueArn, QueueName, Priority, Delay, Channel}]`.
    Queues,
}

/// A field of a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Name, as Connect has it.
    pub name: &'static str,
    /// The member that holds it, if it is not a member of the thing itself.
    pub within: Option<&'static str>,
    /// What it holds.
    pub holds: Holds,
    /// Whether it must be given.
    pub required: bool,
    /// What it is when nothing is said; empty: absent.
    pub default: &'static str,
    /// What it is for.
    pub help: &'static str,
}

const fn field(name: &'static str, holds: Holds, help: &'static str) -> Field {
    Field { name, within: None, holds, required: false, default: "", help }
}

const fn required(name: &'static str, holds: Holds, help: &'static str) -> Field {
    Field { required: true, ..field(name, holds, help) }
}

const fn defaulted(name: &'static str, holds: Holds, default: &'static str, help: &'static str) -> Field {
    Field { default, ..field(name, holds, help) }
}

const fn caller(name: &'static str, holds: Holds, help: &'static str) -> Field {
    Field { within: Some("OutboundCallerConfig"), ..field(name, holds, help) }
}

const NAME: Field = required("Name", Holds::Text(1, 127), "what rules call it");
const ID: Field = field("Id", Holds::Text(1, 256), "identifier; made if none is given");
const ARN: Field = field("Arn", Holds::Text(1, 1024), "ARN; made if none is given");
const DESCRIPTION: Field = field("Description", Holds::Text(0, 250), "free text");

const QUEUE: &[Field] = &[
    NAME,
    DESCRIPTION,
    ID,
    ARN,
    caller("OutboundCallerIdName", Holds::Text(1, 255), "name that callers see on outbound calls"),
    caller(
        "OutboundCallerIdNumberId",
        Holds::Of(Sort::PhoneNumber),
        "number that callers see on outbound calls",
    ),
    caller("OutboundFlowId", Holds::Of(Sort::ContactFlow), "flow that outbound calls run"),
    field("MaxContacts", Holds::Number(0, 999_999_999), "most contacts that wait in it"),
    defaulted("Status", Holds::Choice(&["ENABLED", "DISABLED"]), "ENABLED", "whether it takes contacts"),
    required("HoursOfOperationId", Holds::Of(Sort::Hours), "when it is open"),
];

const PROMPT: &[Field] = &[required("Name", Holds::Text(1, 256), "what rules call it"), ID, ARN];

/// Types of contact flows that the instance data has (`spec/admin.md` 7).
const FLOW_TYPES: &[&str] = &[
    "CONTACT_FLOW",
    "AGENT_WHISPER",
    "CUSTOMER_HOLD",
    "OUTBOUND_WHISPER",
    "CUSTOMER_WHISPER",
    "CUSTOMER_QUEUE",
];

const FLOW: &[Field] = &[
    NAME,
    ID,
    ARN,
    defaulted("Type", Holds::Choice(FLOW_TYPES), "CONTACT_FLOW", "where it runs"),
    defaulted("State", Holds::Choice(&["ACTIVE", "ARCHIVED"]), "ACTIVE", "whether it may run"),
];

const FUNCTION: &[Field] = &[
    required(
        "Name",
        Holds::Text(1, 140),
        "full name; <stage>-<service>- is put in front where it is missing",
    ),
    ARN,
];

const BOT: &[Field] = &[
    required(
        "Name",
        Holds::Text(1, 100),
        "full name; <stage>-<service>- is put in front where it is missing",
    ),
    field("SimpleName", Holds::Text(1, 100), "what rules call it; made if none is given"),
    ARN,
    ID,
    defaulted("LocaleId", Holds::Text(2, 10), "en_US", "language and country"),
    defaulted("AliasId", Holds::Text(1, 10), "TSTALIASID", "alias that calls go to"),
];

const HOURS: &[Field] = &[
    NAME,
    DESCRIPTION,
    ID,
    ARN,
    required("Timezone", Holds::Zone, "zone that the times are told in"),
    required("Config", Holds::Week, "when they are open, such as `MON-FRI 09:00-17:30, SAT 10:00-14:00`"),
];

const NUMBER_TYPES: &[&str] =
    &["DID", "TOLL_FREE", "UIFN", "SHARED", "THIRD_PARTY_TF", "THIRD_PARTY_DID", "SHORT_CODE"];

const NUMBER: &[Field] = &[
    required("PhoneNumber", Holds::Telephone, "the number, such as +61390000000"),
    ID,
    ARN,
    required("CountryCode", Holds::Text(2, 2), "country, such as AU"),
    defaulted("Type", Holds::Choice(NUMBER_TYPES), "DID", "what a call to it costs whom"),
];

const PROFILE: &[Field] = &[
    NAME,
    ID,
    ARN,
    required(
        "Queues",
        Holds::Queues,
        "queues with channel, priority and delay, such as `Sales:VOICE:1:0, Care`",
    ),
];

impl Sort {
    /// Every sort, in the order of the rows of the original's cache job.
    pub const ALL: [Sort; 8] = [
        Sort::Hours,
        Sort::Queue,
        Sort::RoutingProfile,
        Sort::ContactFlow,
        Sort::Prompt,
        Sort::PhoneNumber,
        Sort::Function,
        Sort::Bot,
    ];

    /// Key of the configuration row that lists them.
    pub fn row(self) -> &'static str {
        match self {
            Sort::Queue => "Queues",
            Sort::Prompt => "Prompts",
            Sort::ContactFlow => "ContactFlows",
            Sort::Function => "LambdaFunctions",
            Sort::Bot => "LexBots",
            Sort::Hours => "OperatingHours",
            Sort::PhoneNumber => "PhoneNumbers",
            Sort::RoutingProfile => "RoutingProfiles",
        }
    }

    /// Name of the list in `connect.json`.
    pub fn list(self) -> &'static str {
        match self {
            Sort::Queue => "queues",
            Sort::Prompt => "prompts",
            Sort::ContactFlow => "contactFlows",
            Sort::Function => "lambdaFunctions",
            Sort::Bot => "lexBots",
            Sort::Hours => "operatingHours",
            Sort::PhoneNumber => "phoneNumbers",
            Sort::RoutingProfile => "routingProfiles",
        }
    }

    /// Its fields, in the order that they are stored.
    pub fn fields(self) -> &'static [Field] {
        match self {
            Sort::Queue => QUEUE,
            Sort::Prompt => PROMPT,
            Sort::ContactFlow => FLOW,
            Sort::Function => FUNCTION,
            Sort::Bot => BOT,
            Sort::Hours => HOURS,
            Sort::PhoneNumber => NUMBER,
            Sort::RoutingProfile => PROFILE,
        }
    }

    /// The field of that name, in any case.
    pub fn field(self, name: &str) -> Option<&'static Field> {
        self.fields().iter().find(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// The member that it is known by.
    pub fn key(self) -> &'static str {
        if self == Sort::PhoneNumber { "PhoneNumber" } else { "Name" }
    }

    /// Whether its names start with `<stage>-<service>-`.
    pub fn is_prefixed(self) -> bool {
        matches!(self, Sort::Function | Sort::Bot)
    }
}

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Sort::Queue => "queue",
            Sort::Prompt => "prompt",
            Sort::ContactFlow => "contact flow",
            Sort::Function => "function",
            Sort::Bot => "bot",
            Sort::Hours => "operating hours",
            Sort::PhoneNumber => "phone number",
            Sort::RoutingProfile => "routing profile",
        })
    }
}
