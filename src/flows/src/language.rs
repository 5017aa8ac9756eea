//! The actions of the flow language that flows of this product may use: parameters and where they are
//! allowed (`spec/contactflows.md` 10.2).

use crate::flow::FlowType::{
    self, AgentWhisper, ContactFlow, CustomerHold, CustomerQueue, CustomerWhisper, OutboundWhisper,
};

/// What a parameter holds.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A text, which may contain references.
    Text,
    /// Nothing but one reference.
    Path,
    /// A fixed text or nothing but one reference.
    Reference,
    /// A fixed whole number in these bounds.
    Number(u32, u32),
    /// As [`Shape::Number`], or one reference.
    NumberOrPath(u32, u32),
    /// One of these.
    Choice(&'static [&'static str]),
    /// A list of some of these.
    Choices(&'static [&'static str]),
    /// Texts by names of the author's choice.
    Map,
    /// An object.
    Object(&'static [Parameter]),
    /// A list of objects, at least one.
    List(&'static [Parameter]),
}

/// A parameter.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// What it holds.
    pub shape: Shape,
}

/// On which channel an action works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Works {
    /// On all.
    Everywhere,
    /// Only on this one.
    Only(&'static str),
}

/// A type of action.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// `Type` in the flow language.
    pub kind: &'static str,
    /// Flows that may use it.
    pub allowed: &'static [FlowType],
    /// Channels it works on.
    pub works: Works,
    /// Its parameters.
    pub parameters: &'static [Parameter],
    /// Of each of these groups exactly one is there.
    pub one_of: &'static [&'static [&'static str]],
}

const fn must(name: &'static str, shape: Shape) -> Parameter {
    Parameter { name, required: true, shape }
}

const fn may(name: &'static str, shape: Shape) -> Parameter {
    Parameter { name, required: false, shape }
}

const ALL: &[FlowType] =
    &[ContactFlow, CustomerQueue, CustomerHold, AgentWhisper, CustomerWhisper, OutboundWhisper];
const NOT_HOLD: &[FlowType] = &[ContactFlow, CustomerQueue, AgentWhisper, CustomerWhisper, OutboundWhisper];
const INBOUND: &[FlowType] = &[ContactFlow];
const INBOUND_AND_QUEUE: &[FlowType] = &[ContactFlow, CustomerQueue];

/// The ways to say something.
const TEXT: Parameter = may("Text", Shape::Text);
const SSML: Parameter = may("SSML", Shape::Text);
const PROMPT: Parameter = may("PromptId", Shape::Reference);
const SPOKEN: &[&str] = &["Text", "SSML", "PromptId"];
const FLAG: Shape = Shape::Choice(&["True", "False"]);
const QUEUE: Parameter = may("QueueId", Shape::Reference);
const AGENT: Parameter = may("AgentId", Shape::Reference);

const fn everywhere(
    kind: &'static str,
    allowed: &'static [FlowType],
    parameters: &'static [Parameter],
) -> Spec {
    Spec { kind, allowed, works: Works::Everywhere, parameters, one_of: &[] }
}

/// Every type of action.
pub const ACTIONS: [Spec; 26] = [
    Spec { one_of: &[SPOKEN], ..everywhere("MessageParticipant", NOT_HOLD, &[TEXT, SSML, PROMPT]) },
    Spec {
        works: Works::Only("VOICE"),
        ..everywhere(
            "MessageParticipantIteratively",
            &[CustomerQueue, CustomerHold],
            &[
                must("Messages", Shape::List(&[TEXT, SSML, PROMPT])),
                may("InterruptFrequencySeconds", Shape::Number(1, 600)),
            ],
        )
    },
    Spec {
        works: Works::Only("VOICE"),
        one_of: &[SPOKEN],
        ..everywhere(
            "GetParticipantInput",
            INBOUND_AND_QUEUE,
            &[
                TEXT,
                SSML,
                PROMPT,
                must("InputTimeLimitSeconds", Shape::Number(1, 180)),
                must("StoreInput", FLAG),
                may(
                    "InputValidation",
                    Shape::Object(&[
                        may(
                            "CustomValidation",
                            Shape::Object(&[must("MaximumLength", Shape::Number(1, 1000))]),
                        ),
                        may(
                            "PhoneNumberValidation",
                            Shape::Object(&[
                                must("NumberFormat", Shape::Choice(&["Local", "E164"])),
                                may("CountryCode", Shape::Text),
                            ]),
                        ),
                    ]),
                ),
                may(
                    "DTMFConfiguration",
                    Shape::Object(&[
                        may("InputTerminationSequence", Shape::Text),
                        may("DisableCancelKey", FLAG),
                        may("InterdigitTimeLimitSeconds", Shape::Number(1, 20)),
                    ]),
                ),
            ],
        )
    },
    Spec {
        one_of: &[SPOKEN],
        ..everywhere(
            "ConnectParticipantWithLexBot",
            INBOUND_AND_QUEUE,
            &[
                TEXT,
                SSML,
                PROMPT,
                must("LexV2Bot", Shape::Object(&[must("AliasArn", Shape::Reference)])),
                may("LexSessionAttributes", Shape::Map),
                may("LexTimeoutSeconds", Shape::Object(&[must("Text", Shape::Number(1, 604_800))])),
            ],
        )
    },
    everywhere("DisconnectParticipant", INBOUND_AND_QUEUE, &[]),
    Spec {
        works: Works::Only("VOICE"),
        ..everywhere(
            "TransferParticipantToThirdParty",
            INBOUND_AND_QUEUE,
            &[
                must("ThirdPartyPhoneNumber", Shape::Reference),
                must("ThirdPartyConnectionTimeLimitSeconds", Shape::Number(0, 600)),
                must("ContinueFlowExecution", FLAG),
                may("ThirdPartyDTMFDigits", Shape::Reference),
                may(
                    "CallerId",
                    Shape::Object(&[may("Number", Shape::Reference), may("Name", Shape::Reference)]),
                ),
            ],
        )
    },
    everywhere("Compare", ALL, &[must("ComparisonValue", Shape::Path)]),
    everywhere("CheckHoursOfOperation", INBOUND_AND_QUEUE, &[may("HoursOfOperationId", Shape::Reference)]),
    everywhere(
        "CheckMetricData",
        INBOUND_AND_QUEUE,
        &[
            must(
                "MetricType",
                Shape::Choice(&[
                    "NumberOfAgentsAvailable",
                    "NumberOfAgentsStaffed",
                    "NumberOfAgentsOnline",
                    "OldestContactInQueueAgeSeconds",
                    "NumberOfContactsInQueue",
                ]),
            ),
            QUEUE,
            AGENT,
        ],
    ),
    everywhere(
        "GetMetricData",
        ALL,
        &[QUEUE, AGENT, may("QueueChannel", Shape::Choice(&["Voice", "Chat", "Task"]))],
    ),
    everywhere("TransferToFlow", INBOUND, &[must("ContactFlowId", Shape::Reference)]),
    everywhere("EndFlowExecution", &[CustomerQueue, AgentWhisper, CustomerWhisper, OutboundWhisper], &[]),
    Spec {
        works: Works::Only("CHAT"),
        ..everywhere(
            "Wait",
            INBOUND_AND_QUEUE,
            &[
                must("TimeLimitSeconds", Shape::NumberOrPath(1, 604_800)),
                may("Events", Shape::Choices(&["CustomerReturned", "BotParticipantDisconnected"])),
            ],
        )
    },
    everywhere(
        "UpdateFlowLoggingBehavior",
        ALL,
        &[must("FlowLoggingBehavior", Shape::Choice(&["Enabled", "Disabled"]))],
    ),
    everywhere(
        "InvokeLambdaFunction",
        ALL,
        &[
            must("LambdaFunctionARN", Shape::Reference),
            must("InvocationTimeLimitSeconds", Shape::Number(1, 8)),
            may("LambdaInvocationAttributes", Shape::Map),
            may(
                "ResponseValidation",
                Shape::Object(&[must("ResponseType", Shape::Choice(&["STRING_MAP", "JSON"]))]),
            ),
            may("InvocationType", Shape::Choice(&["SYNCHRONOUS", "ASYNCHRONOUS"])),
        ],
    ),
    everywhere(
        "CreateCallbackContact",
        INBOUND_AND_QUEUE,
        &[
            must("InitialCallDelaySeconds", Shape::Number(1, 259_200)),
            must("RetryDelaySeconds", Shape::Number(1, 259_200)),
            must("MaximumConnectionAttempts", Shape::Number(1, 1000)),
            QUEUE,
            AGENT,
            may("ContactFlowId", Shape::Reference),
            may("CallerId", Shape::Object(&[may("Number", Shape::Reference), may("Name", Shape::Reference)])),
        ],
    ),
    everywhere(
        "CreateTask",
        ALL,
        &[
            must("Name", Shape::Text),
            may("Description", Shape::Text),
            must("ContactFlowId", Shape::Reference),
            may("Attributes", Shape::Map),
        ],
    ),
    everywhere(
        "UpdateContactAttributes",
        ALL,
        &[must("Attributes", Shape::Map), may("TargetContact", Shape::Choice(&["Current", "Related"]))],
    ),
    everywhere("UpdateContactCallbackNumber", INBOUND_AND_QUEUE, &[must("CallbackNumber", Shape::Path)]),
    everywhere(
        "UpdateContactData",
        &[ContactFlow, AgentWhisper, CustomerWhisper, OutboundWhisper],
        &[
            may("LanguageCode", Shape::Text),
            may("Name", Shape::Text),
            may("Description", Shape::Text),
            may("References", Shape::Map),
        ],
    ),
    everywhere("UpdateContactEventHooks", ALL, &[must("EventHooks", Shape::Map)]),
    everywhere(
        "UpdateContactRecordingBehavior",
        &[ContactFlow, CustomerQueue, OutboundWhisper],
        &[
            must(
                "RecordingBehavior",
                Shape::Object(&[
                    may("RecordedParticipants", Shape::Choices(&["Agent", "Customer"])),
                    may("IVRRecordingBehavior", Shape::Choice(&["Enabled", "Disabled"])),
                ]),
            ),
            may(
                "AnalyticsBehavior",
                Shape::Object(&[
                    must("Enabled", FLAG),
                    may("AnalyticsMode", Shape::Choice(&["PostCall", "RealTime"])),
                    may("AnalyticsLanguage", Shape::Text),
                    may("AnalyticsRedactionBehavior", Shape::Choice(&["Enabled", "Disabled"])),
                    may(
                        "AnalyticsRedactionResults",
                        Shape::Choice(&["None", "RedactedOnly", "RedactedAndOriginal"]),
                    ),
                ]),
            ),
        ],
    ),
    Spec {
        one_of: &[&["QueuePriority", "QueueTimeAdjustmentSeconds"]],
        ..everywhere(
            "UpdateContactRoutingBehavior",
            INBOUND,
            &[
                may("QueuePriority", Shape::Number(1, 1_000_000)),
                may("QueueTimeAdjustmentSeconds", Shape::Number(0, 1_000_000)),
            ],
        )
    },
    Spec {
        one_of: &[&["QueueId", "AgentId"]],
        ..everywhere("UpdateContactTargetQueue", INBOUND, &[QUEUE, AGENT])
    },
    everywhere("TransferContactToQueue", INBOUND, &[]),
    everywhere(
        "UpdateContactTextToSpeechVoice",
        ALL,
        &[
            must("TextToSpeechVoice", Shape::Text),
            may("TextToSpeechEngine", Shape::Choice(&["Standard", "Neural", "Generative"])),
            may("TextToSpeechStyle", Shape::Text),
        ],
    ),
];

/// Names of event hooks, and the type of flow that each runs.
pub const HOOKS: [(&str, FlowType); 7] = [
    ("AgentWhisper", AgentWhisper),
    ("CustomerWhisper", CustomerWhisper),
    ("CustomerQueue", CustomerQueue),
    ("CustomerHold", CustomerHold),
    ("CustomerRemaining", ContactFlow),
    ("DefaultAgentUI", ContactFlow),
    ("DisconnectAgentUI", ContactFlow),
];

/// The declaration of a type of action.
pub fn spec(kind: &str) -> Option<&'static Spec> {
    ACTIONS.iter().find(|it| it.kind == kind)
}
