//! The declarations of the Queue type (`spec/evaluator.md` 7.10), of the retired types (7.18), and of
//! parameters that any type may carry.

use super::spec::Condition::{Is, IsNot};
use super::spec::ParamKind::{
    Behaviours, Choice, ContactFlow, Flag, Message, Number, Queue, RuleSet, StateKey, StatePath, Text,
};
use super::spec::ParamName::{Exact, Numbered};
use super::spec::{Condition, EdgeKind, Flow, ParamKind, ParamSpec, RuleKind};
use super::table::{ERROR_1, ERROR_2, ERROR_3, ERROR_COUNT, ERROR_RULE_SET, OFFER};

const fn param(name: &'static str, label: &'static str, kind: ParamKind, doc: &'static str) -> ParamSpec {
    ParamSpec::new(Exact(name), label, kind, doc)
}

const CALLBACK: Condition = Is("callbackEnabled", "true");
const SEARCH: Condition = Is("profileSearchEnabled", "true");

/// Keys by which a customer profile can be found.
const PROFILE_KEYS: &[&str] = &[
    "_account",
    "_assetId",
    "_caseId",
    "_ctrContactId",
    "_email",
    "_fullName",
    "_marketoLeadId",
    "_orderId",
    "_phone",
    "_profileId",
    "_salesforceAccountId",
    "_salesforceAssetId",
    "_salesforceContactId",
    "_segmentUserId",
    "_serviceNowIncidentId",
    "_serviceNowSystemId",
    "_shopifyCustomerId",
    "_shopifyOrderId",
    "_zendeskExternalId",
    "_zendeskTicketId",
    "_zendeskUserId",
];

pub(super) const QUEUE: RuleKind = RuleKind {
    name: "Queue",
    title: "Queue",
    summary: "Transfers the contact to a queue.",
    params: &[
        param("queueName", "Queue", Queue, "Where the contact waits for an agent.")
            .required()
            .edge(EdgeKind::Exit),
        param("queueRoutingPriority", "Routing priority", Number(1.0, 10.0, true), "1 is served first.")
            .default(""),
        param("message", "Message", Message, "Said before the transfer.").default(""),
        param("agentWhisperMessage", "Agent whisper", Message, "Said to the agent only.").default(""),
        param("customerWhisperMessage", "Customer whisper", Message, "Said to the customer when connected.")
            .default(""),
        param("outOfHoursTerminate", "Out of hours: end", Flag, "End the contact when the queue is closed.")
            .default("false"),
        param("outOfHoursMessage", "Out of hours message", Message, "Said before the contact ends.")
            .editor_when(Is("outOfHoursTerminate", "true")),
        param(
            "outOfHoursRuleSetName",
            "Out of hours rule set",
            RuleSet,
            "Where contacts go when the queue is closed.",
        )
        .editor_when(IsNot("outOfHoursTerminate", "true"))
        .edge(EdgeKind::Hours),
        param(
            "unstaffedQueueTransfer",
            "Unstaffed: other queue",
            Flag,
            "Use another queue when nobody is there.",
        )
        .default("false"),
        param("unstaffedQueueName", "Unstaffed queue", Queue, "The other queue.")
            .editor_when(Is("unstaffedQueueTransfer", "true"))
            .edge(EdgeKind::Staffing),
        param("unstaffedMessage", "Unstaffed message", Message, "Said before the other queue.")
            .editor_when(Is("unstaffedQueueTransfer", "true")),
        param(
            "unstaffedRuleSetName",
            "Unstaffed rule set",
            RuleSet,
            "Where contacts go when nobody is there.",
        )
        .editor_when(IsNot("unstaffedQueueTransfer", "true"))
        .edge(EdgeKind::Staffing),
        param("callbackEnabled", "Callback", Flag, "Offer to call back.").default("false"),
        param(
            "queueDisableCallbacksOverride",
            "Callback override key",
            StatePath,
            "State key whose value `true` switches callbacks off.",
        ),
        param(
            "queueClosesInMinsThreshold",
            "Minutes to closing",
            Number(0.0, 600.0, true),
            "No offer when the queue closes sooner.",
        )
        .editor_when(CALLBACK),
        param(
            "oldestContactInQueueMinsThreshold",
            "Longest wait",
            Number(0.0, 600.0, true),
            "No offer while nobody waits this many minutes.",
        )
        .editor_when(CALLBACK),
        param(
            "numberOfContactsInQueueThreshold",
            "Contacts in queue",
            Number(0.0, 10_000.0, true),
            "No offer while fewer wait.",
        )
        .editor_when(CALLBACK),
        param(
            "callbackQueueMaxCountThreshold",
            "Most callbacks",
            Number(0.0, 10_000.0, true),
            "No offer when more callbacks are waiting.",
        )
        .editor_when(CALLBACK),
        param("offerCallbackMessage", "Offer callback", Message, "Offers the callback.")
            .editor_when(CALLBACK),
        param("askForCallbackNumberMessage", "Ask for number", Message, "Asks for the number to call.")
            .editor_when(CALLBACK),
        param("addedToCallbackQueueMessage", "Callback added", Message, "Said when the callback is noted.")
            .editor_when(CALLBACK),
        param("inCallbackQueueMessage", "Callback exists", Message, "Said when there is one already.")
            .editor_when(CALLBACK),
        param(
            "addToCallbackQueueFailedMessage",
            "Callback failed",
            Message,
            "Said when it could not be noted.",
        )
        .editor_when(CALLBACK),
        param(
            "callbackCustomerWhisperMessage",
            "Callback whisper",
            Message,
            "Said to the customer on the callback.",
        ),
        param("profileSearchEnabled", "Profile search", Flag, "Show the agent the customer's profile.")
            .default("false"),
        param("profileSearchKey", "Profile key", Choice(PROFILE_KEYS), "By what the profile is found.")
            .editor_when(SEARCH),
        param("profileSearchValue", "Profile value", Text(0, 1024), "Usually a template.")
            .editor_when(SEARCH),
        param("queueBehaviours", "In-queue behaviours", Behaviours, "What happens while the contact waits."),
        param(
            "currentIndex",
            "Current index",
            Number(-1.0, 10_000.0, true),
            "Written by the form, never read.",
        )
        .default("-1"),
        param("onHoldPromptNames", "Hold prompts", Text(0, 99_999), "Written by older forms.").retired(),
    ],
    writes: "",
    flow: Flow::Ends,
    retired: false,
};

/// Parameters that rules of any type may carry: they are looked up and have no other effect.
pub(super) static ANY: [ParamSpec; 2] = [
    param("flowName", "Contact flow", ContactFlow, "Must exist, has no other effect.").retired(),
    param("flowId", "Contact flow id", Text(0, 1024), "Has no effect.").retired(),
];

const SELECTED: ParamSpec =
    param("ruleSetName", "Rule set", RuleSet, "Where the contact went.").edge(EdgeKind::Route);

const fn retired(
    name: &'static str,
    title: &'static str,
    summary: &'static str,
    params: &'static [ParamSpec],
) -> RuleKind {
    RuleKind { name, title, summary, params, writes: "", flow: Flow::Ends, retired: true }
}

/// Types that old data may hold and nothing runs; their parameters are kept.
pub static RETIRED_KINDS: [RuleKind; 7] = [
    retired(
        "SecureDTMFInput",
        "Secure DTMF input",
        "Collected card data.",
        &[
            OFFER,
            ERROR_RULE_SET,
            ERROR_1,
            ERROR_2,
            ERROR_3,
            param(
                "sequenceShiftFieldName",
                "Field",
                Choice(&["Payshield-IVR-PAN", "Payshield-IVR-CVV"]),
                "Which part of the card.",
            ),
            param(
                "outputStateKey",
                "Output state key",
                StateKey(1, 1024),
                "State key that received the result.",
            ),
            ERROR_COUNT,
        ],
    ),
    retired(
        "DTMFSelector",
        "DTMF selector",
        "Offered a list of values by key.",
        &[
            OFFER,
            SELECTED.edge(EdgeKind::MenuKey),
            param("outputKey", "Output key", StateKey(1, 1024), "State key that received the value."),
            param("optionCount", "Options", Number(0.0, 9.0, true), "How many keys."),
            ParamSpec::new(Numbered("dtmf", 1, 9), "Value", Text(0, 1024), "Value of this key."),
            ERROR_RULE_SET,
            ERROR_1,
            ERROR_2,
            ERROR_3,
        ],
    ),
    retired("RuleSetBail", "Rule set bail", "Offered to leave for a rule set.", &[OFFER, SELECTED]),
    retired(
        "RuleSetPrompt",
        "Rule set prompt",
        "Asked whether to go to a rule set.",
        &[OFFER, SELECTED, ERROR_RULE_SET, ERROR_1, ERROR_2, ERROR_3],
    ),
    retired("SetAttribute", "Set attribute", "Set one contact attribute.", &[]),
    retired("UpdateState", "Update state", "Set one state key.", &[]),
    retired("Staffing", "Staffing", "Tested whether a queue is staffed.", &[]),
];
