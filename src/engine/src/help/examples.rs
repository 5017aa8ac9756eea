//! What worked examples are about; what comes of them is worked out, so it cannot be wrong.

/// State that the templates below are rendered with.
pub const STATE: &str = r#"{"Customer":{"Name":"Ann","Plan":"gold","Cents":"1005","Balance":"-250","Phone":"0412345678",
"Products":["Broadband","Mobile"],"Born":"05081990"},"Call":{"At":"2022-11-27T12:20:00Z","Slot":"17:30"},"Key":"Name"}"#;

/// A template for each helper.
pub const TEMPLATES: &[(&str, &str)] = &[
    ("if", "{{#if Customer.Name}}Hello {{Customer.Name}}{{else}}Hello{{/if}}"),
    ("unless", "{{#unless Customer.Email}}We have no email address of yours.{{/unless}}"),
    ("each", "{{#each Customer.Products}}{{this}}{{#unless @last}}, {{/unless}}{{/each}}"),
    ("with", "{{#with Customer}}{{Name}} is on {{Plan}}{{/with}}"),
    ("lookup", "{{lookup Customer Key}}"),
    ("log", "Before{{log \"seen\"}}, after"),
    ("ifeq", "{{#ifeq Customer.Plan \"gold\"}}Thank you.{{else}}Consider gold.{{/ifeq}}"),
    ("includes", "{{#includes Customer.Products \"Mobile\"}}You have a mobile.{{/includes}}"),
    ("notempty", "{{#notempty Customer.Products}}You have products.{{/notempty}}"),
    ("empty", "{{#empty Customer.Email}}No email.{{/empty}}"),
    (
        "switch",
        "{{#switch Customer.Plan}}{{#case \"gold\"}}first{{/case}}{{#case \"silver\"}}second{{/case}}{{/switch}}",
    ),
    (
        "case",
        "{{#switch Customer.Name}}{{#case \"Ann\"}}It is Ann.{{else}}Somebody else.{{/case}}{{/switch}}",
    ),
    ("json", "{{{json Customer.Products}}}"),
    ("inc", "{{inc Customer.Cents}}"),
    ("paddedRandom", "{{paddedRandom \"7\" \"8\" \"4\"}}"),
    ("upgradePhone", "{{upgradePhone Customer.Phone \"+61\"}}"),
    ("characterSpeechSlow", "{{characterSpeechSlow Customer.Cents}}"),
    ("characterSpeechFast", "{{characterSpeechFast Customer.Cents}}"),
    ("formatCentsAsDollars", "{{formatCentsAsDollars Customer.Cents}}"),
    ("formatBalanceCentsAsDollars", "{{formatBalanceCentsAsDollars Customer.Balance}}"),
    ("formatRinggit", "{{formatRinggit \"12.50\"}}"),
    ("dateFormat", "{{dateFormat Call.At \"dddd, Do of MMMM YYYY\"}}"),
    ("dateFormatLocal", "{{dateFormatLocal Call.At \"h:mma\" \"Australia/Melbourne\"}}"),
    ("dateHuman", "{{dateHuman Call.At}}"),
    ("timeHuman", "{{timeHuman Call.At}}"),
    ("dateLocalHuman", "{{dateLocalHuman Call.At \"Australia/Melbourne\"}}"),
    ("shortDateLocalHuman", "{{shortDateLocalHuman Call.At \"Australia/Melbourne\"}}"),
    ("dayLocalHuman", "{{dayLocalHuman Call.At \"Australia/Melbourne\"}}"),
    ("dayOfMonthLocalHuman", "{{dayOfMonthLocalHuman Call.At \"Australia/Melbourne\"}}"),
    ("monthLocalHuman", "{{monthLocalHuman Call.At \"Australia/Melbourne\"}}"),
    ("timeLocalHuman", "{{timeLocalHuman Call.At \"Australia/Melbourne\"}}"),
    ("dateOfBirthHuman", "{{dateOfBirthHuman Customer.Born}}"),
    ("timeSlotHuman", "{{timeSlotHuman Call.Slot}}"),
];

/// An operation, what it means, and pairs of what is in state (JSON; empty for nothing) and the value.
pub type Meaning = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

/// Every operation.
pub const OPERATIONS: &[Meaning] = &[
    (
        "contains",
        "Holds when the state is a text with the value in it, or a list with just the value as an element.",
        &[("\"broadband\"", "band"), ("[\"a\",\"b\"]", "b"), ("[\"ab\"]", "a"), ("", "a")],
    ),
    (
        "notcontains",
        "Holds when `contains` does not: also when there is nothing, and for numbers and objects.",
        &[("\"broadband\"", "band"), ("\"mobile\"", "band"), ("", "a")],
    ),
    (
        "endswith",
        "Holds when the state is a text that ends with the value.",
        &[("\"AB12\"", "12"), ("", "12")],
    ),
    (
        "notendswith",
        "Holds when `endswith` does not: also for everything that is no text.",
        &[("\"AB12\"", "12"), ("", "12")],
    ),
    (
        "equals",
        "Holds when the state is exactly the value. The value is a text, so a number inside a JSON object or the \
         length of a list is never equal to it; use `lessthan` or `greaterthan` there.",
        &[("\"gold\"", "gold"), ("\"Gold\"", "gold"), ("2", "2"), ("", "gold")],
    ),
    (
        "notequals",
        "Holds when `equals` does not: also when there is nothing.",
        &[("\"gold\"", "gold"), ("\"silver\"", "gold"), ("", "gold")],
    ),
    (
        "lessthan",
        "Holds when the state is below the value: as numbers if both are numbers, else by the order of letters. \
         Never when there is nothing.",
        &[("\"9\"", "10"), ("\"10\"", "9"), ("\"apple\"", "banana"), ("", "10")],
    ),
    (
        "greaterthan",
        "Holds when the state is above the value: as numbers if both are numbers, else by the order of letters. \
         Never when there is nothing.",
        &[("\"10\"", "9"), ("2", "1"), ("\"9\"", "10"), ("", "1")],
    ),
    (
        "isempty",
        "Holds when there is nothing, an empty text or an empty list. Blanks, 0, false and an empty object are \
         something. Takes no value.",
        &[("", ""), ("\"\"", ""), ("[]", ""), ("\" \"", ""), ("{}", "")],
    ),
    ("isnotempty", "Holds when `isempty` does not. Takes no value.", &[("", ""), ("\"x\"", ""), ("[]", "")]),
    (
        "ismobile",
        "Holds for an Australian mobile number: a text that starts with +614, or with 04 and has ten characters. \
         Takes no value.",
        &[("\"+61412345678\"", ""), ("\"0412345678\"", ""), ("\"04123\"", ""), ("", "")],
    ),
    (
        "isnotmobile",
        "Holds when there is nothing, or for a text that starts with neither +614 nor 04. What starts with 04 but is \
         too short is neither mobile nor not. Takes no value.",
        &[("\"+61390000000\"", ""), ("\"0412345678\"", ""), ("\"04123\"", ""), ("", "")],
    ),
    (
        "isnull",
        "Holds when there is nothing. An empty text is something. Takes no value.",
        &[("", ""), ("\"\"", "")],
    ),
    ("isnotnull", "Holds when there is something, be it empty. Takes no value.", &[("", ""), ("\"\"", "")]),
    (
        "startswith",
        "Holds when the state is a text that starts with the value.",
        &[("\"+61390000000\"", "+613"), ("[\"a\"]", "a"), ("", "a")],
    ),
    (
        "notstartswith",
        "Holds when `startswith` does not: also for everything that is no text.",
        &[("\"+61390000000\"", "+613"), ("", "a")],
    ),
];
