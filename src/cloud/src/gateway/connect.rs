//! Amazon Connect: what health, repair and the cache refresh ask of an instance.

use async_trait::async_trait;
use connect_rules_engine::value::Value;

use super::{Asked, Names};

/// A part of the instance, in the order in which the cache reads them (`spec/admin.md` 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Section {
    /// Opening hours with their weeks.
    OperatingHours,
    /// Standard queues.
    Queues,
    /// Routing profiles with their queues.
    RoutingProfiles,
    /// Contact flows of the types that rules use.
    ContactFlows,
    /// Prompts.
    Prompts,
    /// Phone numbers.
    PhoneNumbers,
    /// Functions of the environment.
    LambdaFunctions,
    /// Lex bots of the environment.
    LexBots,
}

impl Section {
    /// Every section.
    pub const ALL: [Section; 8] = [
        Section::OperatingHours,
        Section::Queues,
        Section::RoutingProfiles,
        Section::ContactFlows,
        Section::Prompts,
        Section::PhoneNumbers,
        Section::LambdaFunctions,
        Section::LexBots,
    ];

    /// Its key in `connect.json`.
    pub fn key(self) -> &'static str {
        match self {
            Section::OperatingHours => "operatingHours",
            Section::Queues => "queues",
            Section::RoutingProfiles => "routingProfiles",
            Section::ContactFlows => "contactFlows",
            Section::Prompts => "prompts",
            Section::PhoneNumbers => "phoneNumbers",
            Section::LambdaFunctions => "lambdaFunctions",
            Section::LexBots => "lexBots",
        }
    }

    /// What a person calls it.
    pub fn name(self) -> &'static str {
        match self {
            Section::OperatingHours => "operating hours",
            Section::Queues => "queues",
            Section::RoutingProfiles => "routing profiles",
            Section::ContactFlows => "contact flows",
            Section::Prompts => "prompts",
            Section::PhoneNumbers => "phone numbers",
            Section::LambdaFunctions => "functions",
            Section::LexBots => "bots",
        }
    }
}

/// An instance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectInstance {
    /// Identifier.
    pub id: String,
    /// ARN.
    pub arn: String,
    /// Alias, as in its address.
    pub alias: String,
    /// `ACTIVE`, `CREATION_IN_PROGRESS` or `CREATION_FAILED`.
    pub status: String,
}

/// A flow as the list has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlowSummary {
    /// Identifier.
    pub id: String,
    /// ARN.
    pub arn: String,
    /// Name.
    pub name: String,
    /// Type, such as `CONTACT_FLOW`.
    pub flow_type: String,
    /// `ACTIVE` or `ARCHIVED`.
    pub state: String,
    /// `PUBLISHED` or `SAVED`.
    pub status: String,
}

/// A flow with its content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlowContent {
    /// As the list has it.
    pub summary: FlowSummary,
    /// Description.
    pub description: String,
    /// Content: JSON as text.
    pub content: String,
    /// Tags.
    pub tags: Names,
}

/// A flow to create; it is published.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewFlow {
    /// Name, up to 127 characters.
    pub name: String,
    /// Type, such as `CONTACT_FLOW`.
    pub flow_type: String,
    /// Description.
    pub description: String,
    /// Content: JSON as text.
    pub content: String,
    /// Tags, up to 50.
    pub tags: Names,
}

/// A queue as outbound calls see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutboundQueue {
    /// Identifier.
    pub id: String,
    /// ARN.
    pub arn: String,
    /// Name.
    pub name: String,
    /// Name shown to those who are called.
    pub caller_name: Option<String>,
    /// Identifier of the phone number shown.
    pub caller_number_id: Option<String>,
    /// Identifier of the outbound whisper flow.
    pub whisper_flow_id: Option<String>,
}

/// A routing profile as outbound calls and tasks see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileState {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Identifier of the default outbound queue.
    pub outbound_queue_id: Option<String>,
    /// Most contacts at once by channel, such as `TASK`.
    pub concurrency: std::collections::BTreeMap<String, u32>,
}

/// A phone number, and where its calls go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumberRoute {
    /// Identifier.
    pub id: String,
    /// ARN.
    pub arn: String,
    /// The number in E.164.
    pub number: String,
    /// ARN of the flow that its calls enter, if one is set.
    pub flow_arn: Option<String>,
}

/// Amazon Connect.
#[async_trait]
pub trait Connect: Send + Sync {
    /// The instance (`DescribeInstance`).
    async fn instance(&self) -> Asked<ConnectInstance>;

    /// A part of the instance in the shape of `connect.json`, everything of it; `progress` is told how many things were read.
    async fn section(&self, section: Section, progress: &(dyn Fn(usize) + Sync)) -> Asked<Vec<Value>>;

    /// Every flow of the types that are deployed (`ListContactFlows`).
    async fn flows(&self) -> Asked<Vec<FlowSummary>>;

    /// A flow with its content (`DescribeContactFlow`); with `draft`, as it was last saved and not as it is published.
    async fn flow(&self, id: &str, draft: bool) -> Asked<FlowContent>;

    /// Creates a flow, published (`CreateContactFlow`); answers its identifier and ARN.
    async fn create_flow(&self, flow: &NewFlow) -> Asked<(String, String)>;

    /// Writes and publishes the content of a flow (`UpdateContactFlowContent`).
    async fn update_flow(&self, id: &str, content: &str) -> Asked<()>;

    /// Takes a flow out of the archive (`UpdateContactFlowMetadata`).
    async fn unarchive_flow(&self, id: &str) -> Asked<()>;

    /// Adds tags (`TagResource`).
    async fn tag(&self, arn: &str, tags: &Names) -> Asked<()>;

    /// ARNs of the functions that flows may call (`ListLambdaFunctions`).
    async fn associated_functions(&self) -> Asked<Vec<String>>;

    /// Lets flows call a function (`AssociateLambdaFunction`).
    async fn associate_function(&self, arn: &str) -> Asked<()>;

    /// ARNs of the bot aliases that flows may use (`ListBots`).
    async fn associated_bots(&self) -> Asked<Vec<String>>;

    /// Lets flows use a bot alias (`AssociateBot`).
    async fn associate_bot(&self, alias_arn: &str) -> Asked<()>;

    /// Phone numbers and the flows that their calls enter (`ListPhoneNumbersV2`, `BatchGetFlowAssociation`).
    async fn numbers(&self) -> Asked<Vec<NumberRoute>>;

    /// Lets the calls of a number enter a flow (`AssociatePhoneNumberContactFlow`).
    async fn route_number(&self, number_id: &str, flow_id: &str) -> Asked<()>;

    /// A queue (`DescribeQueue`).
    async fn queue(&self, id: &str) -> Asked<OutboundQueue>;

    /// Sets the outbound whisper flow of a queue, keeping caller name and number (`UpdateQueueOutboundCallerConfig`).
    async fn set_whisper(&self, queue: &OutboundQueue, flow_id: &str) -> Asked<()>;

    /// The routing profiles: identifier and name (`ListRoutingProfiles`).
    async fn profiles(&self) -> Asked<Vec<(String, String)>>;

    /// A routing profile (`DescribeRoutingProfile`).
    async fn profile(&self, id: &str) -> Asked<ProfileState>;
}
