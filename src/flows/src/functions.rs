//! What flows may ask of functions, and what the answers hold (`spec/lambdas.md` 9, 3.2).

use crate::flow::Flow;

/// A function that flows call.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    /// Short name.
    pub name: &'static str,
    /// `InvocationTimeLimitSeconds`.
    pub seconds: &'static str,
    /// Whether its answers hold state: keys of [`COMMON`] and of the rule, and what earlier answers held of it.
    pub state: bool,
    /// Values of the parameter `action`.
    pub actions: &'static [Action],
}

/// One thing that a function does for flows.
#[derive(Clone, Copy, Debug)]
pub struct Action {
    /// Value of the parameter `action`.
    pub name: &'static str,
    /// Parameters that must be given.
    pub required: &'static [&'static str],
    /// Parameters that may be given.
    pub optional: &'static [&'static str],
    /// Whether pairs `key<n>`, `value<n>` are given.
    pub pairs: bool,
    /// Keys of the answer that it writes, besides those of [`COMMON`] and of the rule; `…` stands for a message,
    /// its type and its prompt.
    pub writes: &'static [&'static str],
}

const fn action(
    name: &'static str,
    required: &'static [&'static str],
    optional: &'static [&'static str],
    writes: &'static [&'static str],
) -> Action {
    Action { name, required, optional, pairs: false, writes }
}

/// Every function that flows call.
pub const FUNCTIONS: [Function; 2] = [EVALUATOR, RATE_LIMITER];

/// Counts calls that agents make (`spec/rate-limiting.md` 6).
const RATE_LIMITER: Function = Function {
    name: "ratelimiter",
    seconds: "6",
    state: false,
    actions: &[
        action(
            "check",
            &["InitialContactId", "AgentARN", "AgentName"],
            &[],
            &[
                "Result",
                "CallAllowed",
                "Reason",
                "NotifyAgent",
                "Attempt",
                "Limit",
                "RetryAfterSeconds",
                "Stopped",
            ],
        ),
        action("task", &["SourceContactId", "status"], &[], &["Result"]),
    ],
};

/// Runs rules.
const EVALUATOR: Function = Function {
    name: "evaluator",
    seconds: "7",
    state: true,
    actions: &[
        action("next", &[], &[], &["CurrentRule_nextFlowArn"]),
        action(
            "dtmf_menu",
            &["selectedOption"],
            &[],
            &[
                "CurrentRule_validSelection",
                "CurrentRule_failureReason",
                "CurrentRule_done",
                "CurrentRule_terminate",
                "CurrentRule_errorMessage…",
            ],
        ),
        action(
            "dtmf_input",
            &["input"],
            &[],
            &[
                "CurrentRule_validInput",
                "CurrentRule_confirmationMessage…",
                "CurrentRule_done",
                "CurrentRule_terminate",
                "CurrentRule_errorMessage…",
            ],
        ),
        action(
            "nlu_input",
            &["matchedIntent"],
            &["intentConfidence", "slotValue"],
            &[
                "CurrentRule_validInput",
                "CurrentRule_slotValue",
                "CurrentRule_autoConfirmNow",
                "CurrentRule_confirmationMessageFinal…",
                "CurrentRule_yesNoBotArn",
                "CurrentRule_done",
                "CurrentRule_terminate",
                "CurrentRule_errorMessage…",
            ],
        ),
        action(
            "nlu_menu",
            &["matchedIntent"],
            &["intentConfidence"],
            &[
                "CurrentRule_validInput",
                "CurrentRule_matchedIntent",
                "CurrentRule_autoConfirmNow",
                "CurrentRule_confirmationMessageFinal…",
                "CurrentRule_yesNoBotArn",
                "CurrentRule_done",
                "CurrentRule_terminate",
                "CurrentRule_errorMessage…",
            ],
        ),
        action(
            "confirm",
            &["answer"],
            &[],
            &[
                "CurrentRule_validInput",
                "CurrentRule_done",
                "CurrentRule_terminate",
                "CurrentRule_errorMessage…",
            ],
        ),
        action("integration_start", &[], &[], &["IntegrationStatus"]),
        action("integration_check", &[], &[], &["IntegrationStatus", "IntegrationErrorCause"]),
        Action { pairs: true, ..action("set_state", &[], &[], &[]) },
        action("load_state", &[], &[], &[]),
        action("send_sms", &[], &[], &["Success", "SMSStatus"]),
        action(
            "queue_step",
            &[],
            &["contactsInQueue", "oldestContactInQueue", "agentsOnline", "queueName", "queueStaffed"],
            &["QueueBehaviour_type", "QueueBehaviour_message…", "QueueBehaviour_outputKey"],
        ),
        action("queue_exit", &["reason"], &[], &[]),
        action(
            "callback_status",
            &["QueueMetrics_contactsInQueue", "QueueMetrics_oldestContactInQueue"],
            &[],
            &["CurrentRule_CallbackStatus", "CurrentRule_CallbackStatusReason"],
        ),
        action("callback_create", &["phoneNumber"], &[], &["CurrentRule_CreateCallbackStatus"]),
        action("callback_delete", &[], &[], &[]),
    ],
};

/// Keys that every answer of the evaluator may hold.
pub const COMMON: [&str; 5] =
    ["OriginalCustomerNumber", "CustomerPhoneNumber", "CurrentRule", "CurrentRuleType", "CurrentRuleSet"];

/// Keys of `CurrentRule_` that flows read, by type of the rule; `…` as in [`Action::writes`].
pub const RULES: [(&str, &[&str]); 10] = [
    ("Message", &["message…"]),
    ("RuleSet", &["message…", "ruleSetName"]),
    ("SMSMessage", &["message…"]),
    ("DTMFMenu", &["offerMessage…"]),
    ("DTMFInput", &["offerMessage…", "minLength", "maxLength", "outputStateKey"]),
    ("NLUInput", &["offerMessage…", "lexBotArn", "outputStateKey"]),
    ("NLUMenu", &["offerMessage…", "lexBotArn", "outputStateKey"]),
    ("Integration", &["functionMessage…", "functionTimeout"]),
    ("ExternalNumber", &["externalNumber", "resume", "sendDTMF", "dtmf"]),
    ("Wait", &["waitTimeSeconds", "ruleSetName"]),
];

/// As [`RULES`] for the type Queue, whose rule goes on while the contact waits and talks.
pub const QUEUE_RULE: [&str; 23] = [
    "message…",
    "queueArn",
    "queueRoutingPriority",
    "outOfHoursTerminate",
    "outOfHoursMessage…",
    "unstaffedQueueTransfer",
    "unstaffedQueueArn",
    "unstaffedMessage…",
    "callbackEnabled",
    "offerCallbackMessage…",
    "askForCallbackNumberMessage…",
    "addedToCallbackQueueMessage…",
    "inCallbackQueueMessage…",
    "addToCallbackQueueFailedMessage…",
    "agentWhisperMessage…",
    "customerWhisperMessage…",
    "callbackCustomerWhisperMessage…",
    "profileSearchEnabled",
    "profileSearchKey",
    "profileSearchValue",
    "attributeCount",
    "attributeKey#",
    "attributeValue#",
];

/// Flows that run for a contact whose rule is of the type Queue.
const OF_QUEUE: [&str; 6] =
    ["Queue", "CustomerQueue", "CustomerHold", "AgentWhisper", "CustomerWhisper", "OutboundWhisper"];

/// The function with a short name.
pub fn function(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|it| it.name == name)
}

/// What flows of the rule's own read of it.
pub fn rule_keys(flow: &Flow) -> &'static [&'static str] {
    if OF_QUEUE.contains(&flow.name.as_str()) {
        return &QUEUE_RULE;
    }
    RULES.iter().find(|(name, _)| *name == flow.name).map_or(&[], |(_, keys)| keys)
}

/// Whether the flow starts right after an answer that led to it: that of a rule type.
pub fn is_rule_flow(flow: &Flow) -> bool {
    flow.name == "Queue" || RULES.iter().any(|(name, _)| *name == flow.name)
}

/// Whether a key is what a declaration says: `…` is a message, its type and its prompt, `#` any number.
pub fn is_declared(declared: &str, key: &str) -> bool {
    if let Some(message) = declared.strip_suffix('…') {
        return key.strip_prefix(message).is_some_and(|rest| matches!(rest, "" | "Type" | "PromptArn"));
    }
    match declared.strip_suffix('#') {
        Some(prefix) => key
            .strip_prefix(prefix)
            .is_some_and(|it| !it.is_empty() && it.bytes().all(|b| b.is_ascii_digit())),
        None => declared == key,
    }
}
