//! The settings of an environment, each declared once.

/// What a setting may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Lower-case letters, digits and hyphens: part of every resource's name.
    Label,
    /// Any text.
    Text,
    /// A region such as `ap-southeast-2`.
    Region,
    /// Twelve digits.
    Account,
    /// An identifier of the form `8-4-4-4-12`.
    Id,
    /// An ARN.
    Arn,
    /// A time zone of the IANA database.
    Zone,
    /// `true` or `false`.
    Switch,
    /// A whole number from 1.
    Number,
    /// A number above 0.
    Rate,
    /// An address that starts with `http://` or `https://`.
    Address,
    /// A phone number in E.164.
    Phone,
    /// One of these.
    One(&'static [&'static str]),
}

/// Regions that have Amazon Connect; new ones are taken all the same.
pub const REGIONS: [&str; 11] = [
    "af-south-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-west-2",
    "us-east-1",
    "us-gov-west-1",
    "us-west-2",
];

/// A setting.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Name in the file.
    pub name: &'static str,
    /// What it may hold.
    pub form: Form,
    /// Whether an environment in the cloud cannot be without it.
    pub required: bool,
    /// What it is when it is not given; empty where that depends on others.
    pub default: &'static str,
    /// What it is for, in one line.
    pub about: &'static str,
}

const fn field(name: &'static str, form: Form, default: &'static str, about: &'static str) -> Field {
    Field { name, form, required: false, default, about }
}

const fn required(name: &'static str, form: Form, about: &'static str) -> Field {
    Field { name, form, required: true, default: "", about }
}

/// Every setting, in the order of the example file.
pub const FIELDS: &[Field] = &[
    required("stage", Form::Label, "first part of every resource's name"),
    field("service", Form::Label, "rules-engine", "second part of every resource's name"),
    field(
        "environment_name",
        Form::Text,
        "",
        "shown in the header and written into exports; the stage if empty",
    ),
    field("store", Form::One(&["dynamodb", "embedded"]), "dynamodb", "where the rules live"),
    field(
        "file",
        Form::Text,
        "",
        "file of an embedded store, from this one's folder; one in the data folder if empty",
    ),
    field(
        "production",
        Form::Switch,
        "false",
        "mistakes reach customers: dangerous actions ask for the name",
    ),
    field("read_only", Form::Switch, "false", "nothing can be written from here"),
    field(
        "compat",
        Form::One(&["corrected", "original"]),
        "corrected",
        "how the deployed functions evaluate rules",
    ),
    required("region", Form::Region, "region of the tables, functions and the instance"),
    required("account_number", Form::Account, "account of the environment; any other is refused"),
    required("instance_id", Form::Id, "the Amazon Connect instance"),
    field("instance_arn", Form::Arn, "", "built from region, account and instance if empty"),
    field("profile", Form::Text, "", "profile of the AWS configuration files"),
    field("role_arn", Form::Arn, "", "role to assume on top of those credentials"),
    field(
        "endpoint_url",
        Form::Address,
        "",
        "another address for every AWS call, for tests and private endpoints",
    ),
    field(
        "connect_rate",
        Form::Rate,
        "2",
        "calls per second to Amazon Connect at most; if not set, 2 until Service Quotas tells more or less",
    ),
    field("connect_burst", Form::Number, "5", "calls to Amazon Connect at once"),
    field("clear_api_keys", Form::Switch, "true", "keep API keys as the original's login needs them"),
    field("bot_locale_id", Form::Text, "en_AU", "locale of the Lex bots"),
    field("bot_alias", Form::Text, "PROD", "alias of the Lex bots"),
    field("voice_id", Form::Text, "Olivia", "voice of the contact flows"),
    field("voice_language", Form::Text, "en-AU", "language of that voice and of the analytics"),
    field("call_centre_time_zone", Form::Zone, "Australia/Melbourne", "time zone of a new environment"),
    field("callback_expiry_hours", Form::Number, "2", "how long a callback waits"),
    field("batch_size", Form::Number, "10", "tests that are run at once"),
    field("outbound_number", Form::Phone, "", "number that outbound calls show"),
    field("origination_number", Form::Phone, "", "number that text messages come from"),
    field("pinpoint_application_id", Form::Text, "", "Pinpoint application that sends text messages"),
    field("deploy_version", Form::Text, "", "version to show; that of the program if empty"),
    field("deployment_bucket", Form::Text, "", "STAGE-SERVICE-deployment-ACCOUNT if empty"),
    field(
        "conversational_logs_bucket_arn",
        Form::Arn,
        "",
        "arn:aws:s3:::STAGE-SERVICE-lex-REGION-ACCOUNT if empty",
    ),
    field("lex_role_arn", Form::Arn, "", "role STAGE-SERVICE-REGION-lexrole if empty"),
];

impl Form {
    /// Why a text is not of this form; none if it is.
    pub fn refuse(self, text: &str) -> Option<String> {
        let all = |ok: fn(&char) -> bool| !text.is_empty() && text.chars().all(|c| ok(&c));
        let (ok, wanted) = match self {
            Form::Label => (
                all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-')
                    && text.len() <= 40
                    && !text.starts_with('-')
                    && !text.ends_with('-'),
                "up to 40 lower-case letters, digits and inner hyphens",
            ),
            Form::Text => (!text.chars().any(char::is_control), "one line of text"),
            Form::Region => (is_region(text), "a region such as ap-southeast-2"),
            Form::Account => (text.len() == 12 && all(char::is_ascii_digit), "12 digits in quotes"),
            Form::Id => (is_id(text), "an identifier such as 01234567-89ab-cdef-0123-456789abcdef"),
            Form::Arn => (text.starts_with("arn:") && text.split(':').count() >= 6, "an ARN"),
            Form::Zone => (
                connect_rules_engine::dates::zone(text).is_some(),
                "a time zone such as Australia/Melbourne or UTC",
            ),
            Form::Switch => (matches!(text, "true" | "false"), "true or false, without quotes"),
            Form::Number => {
                (text.parse::<u32>().is_ok_and(|n| n > 0), "a whole number from 1, without quotes")
            }
            Form::Rate => (
                text.parse::<f64>().is_ok_and(|n| n > 0.0 && n <= 1000.0),
                "a number above 0, without quotes",
            ),
            Form::Address => (
                text.strip_prefix("https://")
                    .or_else(|| text.strip_prefix("http://"))
                    .is_some_and(|rest| !rest.is_empty()),
                "an address that starts with http:// or https://",
            ),
            Form::Phone => (
                text.strip_prefix('+').is_some_and(|digits| {
                    (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
                }),
                "a phone number such as +61390000000",
            ),
            Form::One(names) => {
                return (!names.contains(&text)).then(|| format!("`{text}` is none of {}", names.join(", ")));
            }
        };
        (!ok).then(|| format!("`{text}` is not {wanted}"))
    }
}

/// `ap-southeast-2`, `us-gov-west-1`.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.len() >= 3
        && parts.last().is_some_and(|last| last.len() == 1 && last.bytes().all(|b| b.is_ascii_digit()))
        && parts.iter().all(|part| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        })
}

fn is_id(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}
