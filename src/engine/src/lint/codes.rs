//! The table of everything lint can find: code, severity, reason and remedy. The reference page and the
//! SARIF rules are made from it.

use std::fmt::Write as _;

use crate::problem::Severity::{self, Error, Note, Warning};

/// One kind of finding.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// Stable code, such as `W001`.
    pub code: &'static str,
    /// Short name.
    pub title: &'static str,
    /// How bad it is; findings in disabled rules are notes.
    pub severity: Severity,
    /// Why it matters.
    pub why: &'static str,
    /// What to do about it.
    pub fix: &'static str,
}

macro_rules! codes {
    ($($name:ident $code:literal $severity:ident $title:literal, $why:literal, $fix:literal;)*) => {
        $(#[doc = $title]
        pub static $name: Code =
            Code { code: $code, title: $title, severity: $severity, why: $why, fix: $fix };)*
        /// Every code, in order.
        pub static ALL: &[&Code] = &[$(&$name),*];
    };
}

codes! {
    DANGLING "W001" Error "Reference to a rule set that does not exist",
        "A contact that follows it fails on the next step.",
        "Choose a rule set that exists, or clear the parameter.";
    DYNAMIC "W002" Note "Rule set chosen by a template",
        "Where it leads is known only when the rule runs; rename and delete cannot follow it.",
        "Check by hand that every outcome names a rule set.";
    ESCAPED "W003" Warning "Name escaped by a template",
        "`{{x}}` turns &, <, >, quotes and = into HTML, so names that hold them are not found.",
        "Write `{{{x}}}`.";
    DISABLED_TARGET "W004" Error "Reference to a disabled rule set",
        "Calls do not see disabled rule sets; a contact that follows it fails on the next step.",
        "Enable the rule set or choose another one.";
    UNREACHABLE_SET "W005" Warning "Rule set that no contact can reach",
        "No end point leads to it through any rule.",
        "Refer to it, give it an end point, or remove it.";
    DISABLED_END_POINT "W006" Warning "End point of a disabled rule set",
        "Contacts of the end point find no rule set.",
        "Enable the rule set or move the end point.";
    SHARED_END_POINT "W007" Error "End point claimed by two rule sets",
        "The rule set that is later by name gets every contact, the other one none.",
        "Take the end point from one of them.";
    NO_END_POINT "W008" Warning "No rule set has an end point",
        "No contact can start.",
        "Give an enabled rule set an end point.";
    SHADOWED "W010" Warning "Rule that can never run",
        "A rule above it always fires and does not come back.",
        "Raise the priority of this rule, or add a weight to the rule above.";
    UNREACHED_ACTIVATION "W011" Warning "Activation that the weights cannot reach",
        "All positive weights together are less than the activation, so the rule never fires.",
        "Lower the activation or raise a weight.";
    BAD_ACTIVATION "W012" Warning "Activation that is not a number",
        "The rule never fires.",
        "Give a number, 0 for always.";
    BAD_PRIORITY "W013" Warning "Priority that is not a number",
        "It counts as 0, so the rule runs last.",
        "Give a whole number from 0 to 100000.";
    CONTRADICTION "W014" Warning "Weights that cannot hold together",
        "The activation needs one field to have two values at once, so the rule never fires.",
        "Lower the activation, or split the rule.";
    BAD_WEIGHT "W015" Warning "Weight that is not valid",
        "It does not test what it seems to test, or fails the contact.",
        "Mend the weight.";
    LENGTH_EQUALS "W016" Warning "`equals` on a length",
        "Lengths are numbers and never equal a text.",
        "Use greaterthan or lessthan.";
    FORWARD_LOOP "W020" Error "Rule sets that forward to each other for ever",
        "Each one always goes on to the next and nothing stops the contact.",
        "Break the loop with a weight, a question or an end.";
    LOOP "W021" Warning "Loop without a question, a wait or an end",
        "A contact can go round without anybody noticing until the step limit stops it.",
        "Make sure that a weight ends the loop, or ask the customer in between.";
    RETURN_LOOP "W022" Warning "Rule sets that call each other to return",
        "Every round adds to the return stack, which never shrinks.",
        "Let one of them go on without returning.";
    RUNS_OFF "W023" Note "Rule set that can run off its end",
        "When no rule is left and nothing is waiting for a return, the contact ends without a word.",
        "Add a last rule that always fires and goes on, transfers or terminates.";
    EMPTY_SET "W024" Warning "Rule set without enabled rules",
        "A contact that arrives here has nowhere to go.",
        "Add a rule or remove the references.";
    BAD_TEMPLATE "W030" Error "Template that fails",
        "A contact that reaches the rule fails, or a weight compares with the raw text.",
        "Mend the template.";
    UNKNOWN_HELPER "W031" Error "Helper that does not exist",
        "Rendering fails when the rule runs.",
        "Use a helper of the reference, or a state key without arguments.";
    HELPER_KEY "W032" Warning "State key with the name of a helper",
        "Templates call the helper and never see the key.",
        "Choose another key.";
    UNKNOWN_ZONE "W033" Warning "Time zone that does not exist",
        "Times are silently shown in UTC.",
        "Write an IANA name such as Australia/Melbourne.";
    NO_QUEUE "W040" Error "Queue that does not exist",
        "A contact that reaches the rule fails.",
        "Choose a queue of the instance.";
    NO_PROMPT "W041" Warning "Prompt that does not exist",
        "The name of the prompt is spoken instead.",
        "Choose a prompt of the instance.";
    NO_FUNCTION "W042" Error "Function that does not exist",
        "A contact that reaches the rule fails.",
        "Deploy the function or choose another one.";
    NO_BOT "W043" Error "Bot that does not exist",
        "A contact that reaches the rule fails.",
        "Add the bot to the instance or choose another one.";
    NO_FLOW "W044" Error "Contact flow that does not exist",
        "A contact that reaches the rule fails, although nothing uses the flow.",
        "Remove the parameter.";
    DUPLICATE_THING "W045" Note "Two things of the instance with one name",
        "The first one is used, the other one never.",
        "Rename one of them in Amazon Connect.";
    NO_ZONE "W046" Error "Call centre without a time zone",
        "No contact can start.",
        "Set the time zone.";
    DUPLICATE_RULE "W050" Warning "Two rules of a rule set with one name",
        "A contact that leaves the later one resumes after the first and repeats it for ever.",
        "Rename one of them.";
    DUPLICATE_SET "W051" Error "Two rule sets with one name",
        "References cannot tell them apart.",
        "Rename one of them.";
    BAD_NAME "W052" Note "Name outside the rules",
        "It works, but saving refuses it.",
        "Use 2 to 64 letters, digits, blanks, - and _.";
    CASE_NAME "W053" Note "Names that differ only in case",
        "People take one for the other.",
        "Rename one of them.";
    UNKNOWN_PARAM "W060" Note "Parameter that the type does not know",
        "It has no effect on the rule, apart from being visible to templates.",
        "Check the spelling or remove it.";
    RETIRED_TYPE "W061" Error "Retired type",
        "Nothing runs this type; a contact that reaches the rule fails.",
        "Replace the rule by one of today's types.";
    UNKNOWN_TYPE "W062" Error "Unknown type",
        "Nothing runs this type; a contact that reaches the rule fails.",
        "Choose one of the 17 types.";
    RETIRED_PARAM "W063" Note "Retired parameter",
        "It has no effect or is not offered any more.",
        "Remove it when the rule is next edited.";
    MISSING_VALUE "W064" Error "Missing value",
        "A contact that reaches the rule fails.",
        "Give a value.";
    BAD_VALUE "W065" Warning "Value that is not valid",
        "The rule does not do what it seems to do.",
        "Give a value that the form accepts.";
    TOO_LONG "W066" Warning "Text that is too long",
        "Saving refuses it, and some channels cut it.",
        "Shorten it.";
    RESERVED_KEY "W067" Warning "State key that the engine owns",
        "Writing it can send the contact elsewhere or break it.",
        "Choose another key.";
    FORM_ONLY "W068" Note "Value that the form refuses",
        "It works when it runs, but the rule cannot be saved like this.",
        "Mend it when the rule is next edited.";
    NEVER_SET "W071" Note "State key that no rule sets",
        "The weight tests something that is always missing, unless it comes from outside.",
        "Check the spelling.";
    NEVER_SET_READ "W072" Note "Template that reads a state key that no rule sets",
        "The text has a gap at this place, unless the key comes from outside.",
        "Check the spelling.";
    BAD_SHARES "W073" Error "Shares above 100 percent",
        "A contact that reaches the rule fails.",
        "Lower the percentages to 100 or less.";
    MAPPED_FALLBACK "W074" Warning "Fallback intent with a rule set",
        "No input and misunderstood input ask for a confirmation without a message.",
        "Use the error rule set instead.";
    UNUSED_INTENT "W075" Note "Intent without a rule set",
        "The message or confidence of the intent is never used.",
        "Choose a rule set for the intent, or remove the rest.";
}

/// The code of that name.
pub fn code(name: &str) -> Option<&'static Code> {
    ALL.iter().copied().find(|code| code.code == name)
}

/// The reference of all codes as Markdown.
pub fn markdown() -> String {
    let mut out = String::from(
        "# What lint finds\n\nMade from the table in the program; change that, not this page.\n",
    );
    for code in ALL {
        let _ = write!(
            out,
            "\n## {} {}\n\nSeverity: {}. {} {}\n",
            code.code, code.title, code.severity, code.why, code.fix
        );
    }
    out
}
