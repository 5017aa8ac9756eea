//! Every helper of the template language, declared once: for the renderer, lint, editor help and
//! documentation (`spec/evaluator.md` 3.3 and 3.4).

/// A helper the renderer knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Helper {
    If,
    Unless,
    Each,
    With,
    Lookup,
    Log,
    /// `helperMissing` and `blockHelperMissing`: reserved names that always fail.
    Reserved,
    IfEq,
    Includes,
    NotEmpty,
    Empty,
    Switch,
    Case,
    Json,
    Inc,
    PaddedRandom,
    UpgradePhone,
    SpeechSlow,
    SpeechFast,
    Cents,
    BalanceCents,
    Ringgit,
    DateFormat,
    DateFormatLocal,
    /// A date in UTC with a fixed format.
    Human(&'static str),
    /// A date in a zone with a fixed format.
    LocalHuman(&'static str),
    BirthHuman,
    SlotHuman,
}

/// The declaration of one helper.
#[derive(Clone, Copy, Debug)]
pub struct HelperSpec {
    /// The name in templates.
    pub name: &'static str,
    /// Whether it is used as `{{#name}}…{{/name}}`.
    pub block: bool,
    /// Names of its arguments, in order; all are required.
    pub arguments: &'static [&'static str],
    /// One line of help.
    pub doc: &'static str,
    /// Still works, but `dateFormat` or `dateFormatLocal` should be used instead.
    pub deprecated: bool,
    /// Part of the language itself: called even through a longer path such as `if.x`.
    pub(crate) built_in: bool,
    pub(crate) helper: Helper,
}

const fn spec(
    name: &'static str,
    block: bool,
    arguments: &'static [&'static str],
    helper: Helper,
    doc: &'static str,
) -> HelperSpec {
    HelperSpec { name, block, arguments, doc, deprecated: false, built_in: false, helper }
}

const fn built_in(
    name: &'static str,
    block: bool,
    arguments: &'static [&'static str],
    helper: Helper,
    doc: &'static str,
) -> HelperSpec {
    HelperSpec { name, block, arguments, doc, deprecated: false, built_in: true, helper }
}

const fn old(
    name: &'static str,
    arguments: &'static [&'static str],
    helper: Helper,
    doc: &'static str,
) -> HelperSpec {
    HelperSpec { name, block: false, arguments, doc, deprecated: true, built_in: false, helper }
}

/// All helpers, the language's own first.
pub const HELPERS: &[HelperSpec] = &[
    built_in(
        "if",
        true,
        &["value"],
        Helper::If,
        "Shows its body when the value is true, not empty and not 0.",
    ),
    built_in("unless", true, &["value"], Helper::Unless, "Shows its body when `if` would not."),
    built_in("each", true, &["list"], Helper::Each, "Repeats its body for every element or member."),
    built_in("with", true, &["value"], Helper::With, "Makes a value the context of its body."),
    built_in("lookup", false, &["object", "key"], Helper::Lookup, "The member of an object or list."),
    built_in("log", false, &[], Helper::Log, "Accepted; shows nothing."),
    built_in("helperMissing", false, &[], Helper::Reserved, "Reserved name; always fails."),
    built_in("blockHelperMissing", false, &[], Helper::Reserved, "Reserved name; always fails."),
    spec("ifeq", true, &["a", "b"], Helper::IfEq, "Shows its body when both values are loosely equal."),
    spec(
        "includes",
        true,
        &["container", "value"],
        Helper::Includes,
        "Shows its body when a text contains a text, or a list an element.",
    ),
    spec(
        "notempty",
        true,
        &["value"],
        Helper::NotEmpty,
        "Shows its body when the value is not empty (0 counts).",
    ),
    spec("empty", true, &["value"], Helper::Empty, "Shows its body when the value is empty."),
    spec("switch", true, &["value"], Helper::Switch, "Remembers a value for the `case` blocks in its body."),
    spec("case", true, &["value"], Helper::Case, "Shows its body when the value equals that of `switch`."),
    spec("json", false, &["value"], Helper::Json, "The value as JSON; use three braces to keep quotes."),
    spec("inc", false, &["number"], Helper::Inc, "The whole number at the front of a text, plus 1."),
    spec(
        "paddedRandom",
        false,
        &["min", "max", "length"],
        Helper::PaddedRandom,
        "A random whole number from min up to but not including max, padded with zeros.",
    ),
    spec(
        "upgradePhone",
        false,
        &["phone", "prefix"],
        Helper::UpgradePhone,
        "Replaces the leading 0 of a phone number with a prefix.",
    ),
    spec(
        "characterSpeechSlow",
        false,
        &["text"],
        Helper::SpeechSlow,
        "The characters one by one, with commas: read slowly.",
    ),
    spec(
        "characterSpeechFast",
        false,
        &["text"],
        Helper::SpeechFast,
        "The characters one by one, with blanks.",
    ),
    spec("formatCentsAsDollars", false, &["cents"], Helper::Cents, "Cents as dollars: 1005 is $10.05."),
    spec(
        "formatBalanceCentsAsDollars",
        false,
        &["cents"],
        Helper::BalanceCents,
        "Cents as dollars; a negative balance is in credit.",
    ),
    spec("formatRinggit", false, &["amount"], Helper::Ringgit, "An amount in ringgit and sen, for speech."),
    spec("dateFormat", false, &["date", "format"], Helper::DateFormat, "A date in UTC by a format."),
    spec(
        "dateFormatLocal",
        false,
        &["date", "format", "zone"],
        Helper::DateFormatLocal,
        "A date in a time zone by a format.",
    ),
    old("dateHuman", &["date"], Helper::Human("Do of MMMM, YYYY"), "27th of November, 2022 (UTC)."),
    old("timeHuman", &["date"], Helper::Human("h:mma"), "11:20pm (UTC)."),
    old(
        "dateLocalHuman",
        &["date", "zone"],
        Helper::LocalHuman("Do of MMMM YYYY"),
        "27th of November 2022 in a zone.",
    ),
    old(
        "shortDateLocalHuman",
        &["date", "zone"],
        Helper::LocalHuman("Do of MMMM"),
        "27th of November in a zone.",
    ),
    old(
        "dayLocalHuman",
        &["date", "zone"],
        Helper::LocalHuman("dddd, Do of MMMM"),
        "Sunday, 27th of November in a zone.",
    ),
    old("dayOfMonthLocalHuman", &["date", "zone"], Helper::LocalHuman("Do"), "27th in a zone."),
    old("monthLocalHuman", &["date", "zone"], Helper::LocalHuman("MMMM"), "November in a zone."),
    old("timeLocalHuman", &["date", "zone"], Helper::LocalHuman("h:mma"), "11:20pm in a zone."),
    old("dateOfBirthHuman", &["ddmmyyyy"], Helper::BirthHuman, "5th of August 1990 from 05081990."),
    old("timeSlotHuman", &["time"], Helper::SlotHuman, "5:30 pm from 17:30."),
];

/// The declaration of a helper by name.
pub fn find(name: &str) -> Option<&'static HelperSpec> {
    HELPERS.iter().find(|spec| spec.name == name)
}
