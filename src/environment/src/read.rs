//! Reading an environment file: every mistake is told with its line, and a misspelt setting is not passed over.

use crate::Wrong;
use crate::fields::{FIELDS, Field, Form};
use connect_rules_engine::compat::Compat;
use std::collections::BTreeMap;
use toml::Value;

/// Where the rules of an environment live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreKind {
    /// Tables of DynamoDB, shared with the deployed functions.
    DynamoDb,
    /// A file on this machine.
    Embedded,
}

/// An environment: its settings, all of them of their form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// Name: that of its file.
    pub name: String,
    values: BTreeMap<&'static str, String>,
}

impl Environment {
    /// Reads the text of a file.
    ///
    /// # Errors
    /// Everything that is wrong in it.
    pub fn read(name: &str, text: &str) -> Result<Self, Vec<Wrong>> {
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let line = error.span().map_or(0, |span| line_of(text, span.start));
            vec![Wrong { line, field: String::new(), what: error.message().to_owned() }]
        })?;
        let mut wrong = Vec::new();
        let mut values = BTreeMap::new();
        for (key, value) in &table {
            let line = line_of_key(text, key);
            let mut say = |what: String| wrong.push(Wrong { line, field: key.clone(), what });
            let Some(field) = FIELDS.iter().find(|field| field.name == key) else {
                say(unknown(key));
                continue;
            };
            let shown = match value {
                Value::String(text) => text.clone(),
                Value::Integer(number) if field.form == Form::Account => {
                    say(format!("put the number {number} in quotes, so that it keeps leading zeros"));
                    continue;
                }
                Value::Integer(number) => number.to_string(),
                Value::Float(number) => number.to_string(),
                Value::Boolean(switch) => switch.to_string(),
                _ => {
                    say("a single value is expected here".to_owned());
                    continue;
                }
            };
            // An empty text is as good as none.
            if shown.is_empty() {
                continue;
            }
            match field.form.refuse(&shown) {
                Some(what) => say(what),
                None => {
                    values.insert(field.name, shown);
                }
            }
        }
        let embedded = values.get("store").is_some_and(|store| store == "embedded");
        let needed = |field: &&Field| field.required && (!embedded || field.name == "stage");
        for field in FIELDS.iter().filter(needed).filter(|field| !values.contains_key(field.name)) {
            if !wrong.iter().any(|it| it.field == field.name) {
                let what = format!("is missing: {}", field.about);
                wrong.push(Wrong { line: 0, field: field.name.to_owned(), what });
            }
        }
        wrong.sort_by_key(|it| (it.line == 0, it.line));
        if wrong.is_empty() { Ok(Environment { name: name.to_owned(), values }) } else { Err(wrong) }
    }

    /// A setting as text: as given, its default, or what follows from the others; empty if there is none.
    pub fn get(&self, name: &str) -> String {
        if let Some(value) = self.values.get(name) {
            return value.clone();
        }
        let prefix = format!("{}-{}", self.get_given("stage"), self.get_given("service"));
        let (region, account) = (self.get_given("region"), self.get_given("account_number"));
        match name {
            "environment_name" => self.get_given("stage"),
            "instance_arn" if !self.get_given("instance_id").is_empty() => {
                format!("arn:aws:connect:{region}:{account}:instance/{}", self.get_given("instance_id"))
            }
            "deployment_bucket" if !account.is_empty() => format!("{prefix}-deployment-{account}"),
            "conversational_logs_bucket_arn" if !account.is_empty() => {
                format!("arn:aws:s3:::{prefix}-lex-{region}-{account}")
            }
            "lex_role_arn" if !account.is_empty() => {
                format!("arn:aws:iam::{account}:role/{prefix}-{region}-lexrole")
            }
            _ => self.get_given(name),
        }
    }

    /// As given, or its default.
    fn get_given(&self, name: &str) -> String {
        let default = || FIELDS.iter().find(|field| field.name == name).map_or("", |field| field.default);
        self.values.get(name).cloned().unwrap_or_else(|| default().to_owned())
    }

    /// A setting that is there.
    pub fn given(&self, name: &str) -> Option<String> {
        Some(self.get(name)).filter(|value| !value.is_empty())
    }

    /// Whether the file itself holds a setting.
    pub fn is_set(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Whether a switch is on.
    pub fn is(&self, name: &str) -> bool {
        self.get(name) == "true"
    }

    /// A number; 0 for a setting that is none.
    pub fn number(&self, name: &str) -> f64 {
        self.get(name).parse().unwrap_or_default()
    }

    /// Where its rules live.
    pub fn store(&self) -> StoreKind {
        if self.get("store") == "embedded" { StoreKind::Embedded } else { StoreKind::DynamoDb }
    }

    /// How its functions evaluate rules.
    pub fn compat(&self) -> Compat {
        Compat::parse(&self.get("compat")).unwrap_or_default()
    }

    /// `ap-southeast-2 · 123456789012`, for the header; empty for a place without a cloud.
    pub fn place(&self) -> String {
        match (self.given("region"), self.given("account_number")) {
            (Some(region), Some(account)) => format!("{region} · {account}"),
            _ => String::new(),
        }
    }

    /// Whether keys of the AWS account may be used: it has to be the one that the file names.
    ///
    /// # Errors
    /// Both accounts, and what to do.
    pub fn guard(&self, account: &str) -> Result<(), String> {
        let own = self.get("account_number");
        if own == account {
            return Ok(());
        }
        let how = match self.given("profile") {
            Some(profile) => format!("profile `{profile}`"),
            None => "AWS_PROFILE and the credentials in use".to_owned(),
        };
        Err(format!(
            "these credentials belong to account {account}, environment `{}` is in account {own}: nothing was \
             called; check the {how}",
            self.name
        ))
    }

    /// The example file, or that of a new environment with the given values.
    pub fn write(values: &[(&str, &str)]) -> String {
        let mut out = String::from(
            "# An environment of connect-rules. Copy it to env/NAME.toml; `connect-rules env check NAME` checks it.\n\
             # Keys and passwords do not belong here: credentials come from the AWS configuration of the person.\n",
        );
        for field in FIELDS {
            let given = values.iter().find(|(name, _)| *name == field.name).map(|(_, value)| *value);
            let value = given.unwrap_or(field.default);
            let quoted = match field.form {
                Form::Switch | Form::Number | Form::Rate if !value.is_empty() => value.to_owned(),
                _ => format!("{value:?}"),
            };
            let off = if given.is_none() && !field.required { "# " } else { "" };
            out.extend(["\n# ", &about(field), "\n", off, field.name, " = ", &quoted, "\n"]);
        }
        out
    }
}

/// What a setting is for, and what it may hold.
fn about(field: &Field) -> String {
    let choice = match field.form {
        Form::One(names) => format!(" ({})", names.join(" or ")),
        _ => String::new(),
    };
    let first = if field.required { "required: " } else { "" };
    format!("{first}{}{choice}", field.about)
}

/// A setting that does not exist, with the one that was meant, if one is near.
fn unknown(key: &str) -> String {
    let plain = |name: &str| name.replace(['_', '-'], "").to_lowercase();
    match FIELDS.iter().find(|field| plain(field.name) == plain(key)) {
        Some(field) => format!("there is no such setting: it is written {}", field.name),
        None if key.to_lowercase().contains("secret") || key.to_lowercase().contains("access_key") => {
            "keys do not belong into this file: use a profile of the AWS configuration".to_owned()
        }
        None => "there is no such setting; `connect-rules env fields` lists them".to_owned(),
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|b| *b == b'\n').count() + 1
}

fn line_of_key(text: &str, key: &str) -> usize {
    let starts = |line: &str| {
        line.trim_start()
            .trim_start_matches(['"', '\''])
            .strip_prefix(key)
            .is_some_and(|rest| rest.trim_start_matches(['"', '\'']).trim_start().starts_with(['=', '.']))
    };
    text.lines().position(starts).map_or(0, |at| at + 1)
}
