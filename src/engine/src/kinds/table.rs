//! The declarations of the 17 rule types (`spec/evaluator.md` 7.1-7.17), in menu order; the Queue type
//! and the retired types have files of their own.

use super::spec::Condition::{AtLeast, Beside, Is, NumberBelow};
use super::spec::ParamKind::{
    Attributes, Bot, Choice, Flag, Function, Message, Number, Payload, PhoneNumber, RuleSet, StateKey,
    StatePath, States, Text,
};
use super::spec::ParamName::{Exact, Numbered, Suffixed};
use super::spec::{EdgeKind, Flow, ParamKind, ParamSpec, RuleKind};
use super::table_queue::QUEUE;

const fn param(name: &'static str, label: &'static str, kind: ParamKind, doc: &'static str) -> ParamSpec {
    ParamSpec::new(Exact(name), label, kind, doc)
}

pub(super) const OFFER: ParamSpec =
    param("offerMessage", "Offer message", Message, "What the customer is asked.").required();
pub(super) const ERROR_COUNT: ParamSpec = param(
    "errorCount",
    "Error count",
    Number(0.0, 2.0, true),
    "Wrong inputs so far; rules are saved with 0 and count up while they run.",
)
.default("0");
pub(super) const ERROR_1: ParamSpec =
    param("errorMessage1", "Error message 1", Message, "Said after the first wrong input.").required();
pub(super) const ERROR_2: ParamSpec =
    param("errorMessage2", "Error message 2", Message, "Said after the second wrong input.");
pub(super) const ERROR_3: ParamSpec =
    param("errorMessage3", "Error message 3", Message, "Said after the third wrong input.");
const INPUT_COUNT: ParamSpec =
    param("inputCount", "Attempts", Choice(&["1", "2", "3"]), "How often the customer may try.")
        .required()
        .default("3");
pub(super) const ERROR_RULE_SET: ParamSpec =
    param("errorRuleSetName", "Error rule set", RuleSet, "Where contacts go after the last wrong input.")
        .edge(EdgeKind::Error);
const NO_INPUT: ParamSpec =
    param("noInputRuleSetName", "No input rule set", RuleSet, "Where contacts go that gave no input.")
        .edge(EdgeKind::NoInput);
const OUTPUT_KEY: ParamSpec = param(
    "outputStateKey",
    "Output state key",
    StateKey(1, 256),
    "State key that receives the result; dots nest.",
)
.required();
const AUTO_CONFIRM: ParamSpec = param(
    "autoConfirm",
    "Auto confirm",
    Flag,
    "Skip the question whether the bot understood, when it is sure.",
)
.default("false");
const AUTO_MESSAGE: ParamSpec = param(
    "autoConfirmMessage",
    "Auto confirm message",
    Message,
    "Said instead of the confirmation when the bot is sure.",
)
.when(Is("autoConfirm", "true"))
.deferred();
const AUTO_CONFIDENCE: ParamSpec = param(
    "autoConfirmConfidence",
    "Auto confirm confidence",
    Number(0.0, 1.0, false),
    "From which confidence on the bot counts as sure.",
)
.required()
.default("1.0");
const BOT: ParamSpec = param("lexBotName", "Lex bot", Bot, "Short name of the bot that is asked.").required();
const INTENT_RULE_SET: ParamSpec = ParamSpec::new(
    Suffixed("intentRuleSet_"),
    "Intent rule set",
    RuleSet,
    "Where contacts with this intent go.",
)
.edge(EdgeKind::Intent);
const INTENT_COUNT: ParamSpec = param(
    "intentCount",
    "Intent count",
    Text(0, 16),
    "Number of mapped intents; written by the form, never read.",
);
const CONFIRMATION: ParamSpec = param(
    "confirmationMessage",
    "Confirmation message",
    Message,
    "Asks whether the input was understood; empty for no question.",
)
.deferred();

/// The rule types that run, in menu order.
pub static KINDS: [RuleKind; 17] = [
    RuleKind {
        name: "Distribution",
        title: "Distribution",
        summary: "Sends contacts to rule sets by percentage.",
        params: &[
            param("optionCount", "Options", Number(0.0, 10.0, true), "How many shares follow.").required(),
            ParamSpec::new(Numbered("ruleSetName", 0, 9), "Rule set", RuleSet, "Where this share goes.")
                .when(NumberBelow("optionCount"))
                .edge(EdgeKind::Chance),
            ParamSpec::new(
                Numbered("percentage", 0, 9),
                "Percentage",
                Number(0.0, 100.0, false),
                "Share of the contacts; all shares together are at most 100.",
            )
            .when(NumberBelow("optionCount")),
            param("defaultRuleSetName", "Default rule set", RuleSet, "Where the rest goes.")
                .editor()
                .edge(EdgeKind::Chance),
        ],
        writes: "`NextRuleSet`",
        flow: Flow::Leaves,
        retired: false,
    },
    RuleKind {
        name: "DTMFMenu",
        title: "DTMF menu",
        summary: "Offers a menu and waits for one key.",
        params: &[
            OFFER,
            INPUT_COUNT.editor(),
            ERROR_1,
            ERROR_2.when(AtLeast("inputCount", 2)),
            ERROR_3.when(AtLeast("inputCount", 3)),
            ERROR_RULE_SET.default(""),
            NO_INPUT.default(""),
            ParamSpec::new(Numbered("dtmf", 0, 9), "Key", RuleSet, "Where this key goes; at least one key is needed.")
                .edge(EdgeKind::MenuKey),
            ParamSpec::new(
                Suffixed("dtmf"),
                "Other key",
                RuleSet,
                "Where any other input goes that matches this text exactly; no form offers it.",
            )
            .edge(EdgeKind::MenuKey)
            .retired(),
            ERROR_COUNT,
        ],
        writes: "`CurrentRule_phase`, `CurrentRule_errorCount`, `CurrentRule_validInput`, `NextRuleSet`, \
                 `System.LastSelectedDTMF`",
        flow: Flow::Leaves,
        retired: false,
    },
    RuleKind {
        name: "DTMFInput",
        title: "DTMF input",
        summary: "Collects digits in up to three attempts and may ask for confirmation.",
        params: &[
            OFFER,
            param(
                "dataType",
                "Data type",
                Choice(&["CreditCardExpiry", "Date", "Number", "Phone"]),
                "What the digits must be.",
            )
            .required(),
            param("minLength", "Shortest length", Number(0.0, 20.0, true), "Fewest digits.").required(),
            param("maxLength", "Longest length", Number(0.0, 20.0, true), "Most digits.").required(),
            CONFIRMATION.default(""),
            ERROR_RULE_SET.required(),
            ERROR_1.editor(),
            ERROR_2.editor(),
            ERROR_3.editor(),
            param("outputStateKey", "Output state key", StateKey(2, 1024), "State key that receives the digits.")
                .required(),
            ERROR_COUNT.required(),
        ],
        writes: "the output key, `CurrentRule_phase`, `CurrentRule_errorCount`, `CurrentRule_validInput`, \
                 `CurrentRule_input`, `NextRuleSet`",
        flow: Flow::MayLeave,
        retired: false,
    },
    RuleKind {
        name: "ExternalNumber",
        title: "External number",
        summary: "Transfers the contact to a telephone number.",
        params: &[
            param("externalNumber", "Number", PhoneNumber, "Optional + and 11 digits, or 0 and 9 digits.")
                .required()
                .edge(EdgeKind::Exit),
            param("resume", "Resume", Flag, "Go on with the rules when the other side hangs up.").default("false"),
            param("sendDTMF", "Send keys", Flag, "Press keys when the call is answered.").default("false"),
            param("dtmf", "Keys", Text(0, 256), "Keys to press.").editor_when(Is("sendDTMF", "true")).default(""),
        ],
        writes: "",
        flow: Flow::Ends,
        retired: false,
    },
    RuleKind {
        name: "Integration",
        title: "Integration",
        summary: "Calls a function and waits for its result.",
        params: &[
            param("functionName", "Function", Function, "Short name, starting with `integration`.").required(),
            param("functionMessage", "Message", Message, "Said while the function works.").editor(),
            param("functionTimeout", "Timeout", Number(1.0, 20.0, false), "Seconds to wait for the result.")
                .required()
                .default("5"),
            param("functionOutputKey", "Output state key", StateKey(1, 256), "State key that receives the result.")
                .required(),
            param("functionPayload", "Payload", Payload, "What the function gets; JSON text is sent as JSON.")
                .default(""),
        ],
        writes: "`IntegrationStatus`, `IntegrationStart`, `IntegrationEnd`, `IntegrationErrorCause`; the function \
                 writes the output key",
        flow: Flow::Continues,
        retired: false,
    },
    RuleKind {
        name: "Message",
        title: "Message",
        summary: "Says or shows a message.",
        params: &[param("message", "Message", Message, "Text, SSML or `prompt:<name>`.").required()],
        writes: "",
        flow: Flow::Continues,
        retired: false,
    },
    RuleKind {
        name: "Metric",
        title: "Metric",
        summary: "Counts something.",
        params: &[
            param("metricName", "Metric", Text(2, 128), "Name of the metric.").required(),
            param("metricValue", "Value", Number(0.0, 10_000.0, false), "What is added.").editor().default("1"),
        ],
        writes: "",
        flow: Flow::Continues,
        retired: false,
    },
    RuleKind {
        name: "NLUInput",
        title: "NLU input",
        summary: "Asks for a date, number, phone number or time in the customer's own words.",
        params: &[
            OFFER,
            CONFIRMATION.editor(),
            AUTO_CONFIRM,
            AUTO_MESSAGE,
            AUTO_CONFIDENCE,
            INPUT_COUNT,
            ERROR_RULE_SET.default(""),
            NO_INPUT.default(""),
            param("dataType", "Data type", Choice(&["date", "number", "phone", "time"]), "What is asked for.")
                .required(),
            param(
                "minValue",
                "Smallest value",
                Text(0, 256),
                "Bound of the value; dates also `today`, `tomorrow`, `yesterday`.",
            )
            .default(""),
            param(
                "maxValue",
                "Largest value",
                Text(0, 256),
                "Bound of the value; dates also `today`, `tomorrow`, `yesterday`.",
            )
            .default(""),
            BOT,
            OUTPUT_KEY,
            ERROR_1,
            ERROR_2.when(AtLeast("inputCount", 2)),
            ERROR_3.when(AtLeast("inputCount", 3)),
            ERROR_COUNT.required(),
        ],
        writes: "the output key, `CurrentRule_phase`, `CurrentRule_errorCount`, `CurrentRule_validInput`, \
                 `CurrentRule_slotValue`, `NextRuleSet`, `System.LastNLUInputSlot`",
        flow: Flow::MayLeave,
        retired: false,
    },
    RuleKind {
        name: "NLUMenu",
        title: "NLU menu",
        summary: "Asks what the customer wants and routes by the bot's intent.",
        params: &[
            OFFER,
            AUTO_CONFIRM,
            AUTO_MESSAGE,
            AUTO_CONFIDENCE,
            INPUT_COUNT,
            ERROR_RULE_SET.default(""),
            NO_INPUT.retired(),
            BOT,
            OUTPUT_KEY,
            ERROR_1,
            ERROR_2.when(AtLeast("inputCount", 2)),
            ERROR_3.when(AtLeast("inputCount", 3)),
            INTENT_RULE_SET,
            ParamSpec::new(
                Suffixed("intentConfirmationMessage_"),
                "Intent confirmation",
                Message,
                "Asks whether the customer meant this intent.",
            )
            .editor_when(Beside("intentRuleSet_")),
            INTENT_COUNT,
            ERROR_COUNT.required(),
            param("intentOutputKey", "Intent output key", Text(0, 1024), "Older form of the output key.").retired(),
            param("errorOutputKey", "Error output key", Text(0, 1024), "Written by older forms.").retired(),
            param("alwaysConfirm", "Always confirm", Flag, "Written by older forms.").retired(),
        ],
        writes: "the output key, `CurrentRule_phase`, `CurrentRule_errorCount`, `CurrentRule_validInput`, \
                 `CurrentRule_matchedIntent`, `CurrentRule_matchedIntentRuleSet`, \
                 `CurrentRule_matchedIntentConfidence`, `NextRuleSet`, `System.LastNLUMenuIntent`",
        flow: Flow::MayLeave,
        retired: false,
    },
    QUEUE,
    RuleKind {
        name: "RuleSet",
        title: "Rule set",
        summary: "Goes to another rule set, for good or to come back.",
        params: &[
            param("ruleSetName", "Rule set", RuleSet, "Where to go.").required().edge(EdgeKind::Route),
            param("returnHere", "Return here", Flag, "Come back after this rule when that rule set has run out.")
                .default("false"),
            param("message", "Message", Message, "Said before leaving.").default(""),
        ],
        writes: "`NextRuleSet`, `ReturnStack`",
        flow: Flow::Leaves,
        retired: false,
    },
    RuleKind {
        name: "SetAttributes",
        title: "Set attributes",
        summary: "Sets contact attributes.",
        params: &[param("setAttributes", "Attributes", Attributes, "1 to 200 attributes with their values.").required()],
        writes: "`ContactAttributes`",
        flow: Flow::Continues,
        retired: false,
    },
    RuleKind {
        name: "SMSMessage",
        title: "SMS message",
        summary: "Sends a text message.",
        params: &[
            param("phoneNumberKey", "Phone number key", StatePath, "Path into state where the number stands.")
                .required(),
            param("message", "Message", Message, "Text to send.").required(),
        ],
        writes: "`System.LastSMSStatus`",
        flow: Flow::Continues,
        retired: false,
    },
    RuleKind {
        name: "Terminate",
        title: "Terminate",
        summary: "Ends the contact.",
        params: &[],
        writes: "",
        flow: Flow::Ends,
        retired: false,
    },
    RuleKind {
        name: "TextInference",
        title: "Text inference",
        summary: "Asks a bot about a text, without the customer, and routes by intent.",
        params: &[
            param("input", "Input", Text(0, 1024), "The text, usually a template.").editor(),
            BOT,
            INTENT_RULE_SET,
            ParamSpec::new(
                Suffixed("intentConfidence_"),
                "Intent confidence",
                Number(0.0, 1.0, false),
                "From which confidence on the intent counts; not used for FallbackIntent.",
            ),
            INTENT_COUNT,
        ],
        writes: "`NextRuleSet`",
        flow: Flow::MayLeave,
        retired: false,
    },
    RuleKind {
        name: "UpdateStates",
        title: "Update states",
        summary: "Sets, removes or increments state keys.",
        params: &[param(
            "updateStates",
            "States",
            States,
            "1 to 200 keys with their values; the value `increment` adds one, an empty value removes the key.",
        )
        .required()],
        writes: "its keys",
        flow: Flow::Continues,
        retired: false,
    },
    RuleKind {
        name: "Wait",
        title: "Wait",
        summary: "Waits for the customer to come back.",
        params: &[
            param("ruleSetName", "Rule set", RuleSet, "Where contacts go when the customer comes back in time.")
                .required()
                .edge(EdgeKind::Wait),
            param("waitTimeSeconds", "Wait time", Number(5.0, 604_800.0, false), "Seconds to wait.").required(),
        ],
        writes: "`CurrentRule_phase`, `NextRuleSet`",
        flow: Flow::MayLeave,
        retired: false,
    },
];
