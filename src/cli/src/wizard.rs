//! `env new` at a terminal: asks for the settings that were not given (`spec/admin.md` 18.1).
//!
//! Each answer is checked by the declaration of its setting, which also says what it is for. An empty answer takes
//! the default; one without a default is left to be filled in later. The end of input ends it all.

use std::io::{self, BufRead, Write};

use connect_rules_environment::{FIELDS, Field, Form, REGIONS};

use crate::say::shown;

/// Settings that are asked for, in this order; the rest have defaults that fit most places.
const QUESTIONS: [&str; 7] =
    ["store", "stage", "service", "region", "account_number", "instance_id", "call_centre_time_zone"];
/// Those that an embedded store has no use for.
const OF_THE_CLOUD: [&str; 4] = ["service", "region", "account_number", "instance_id"];
/// The setting that says which instance of Amazon Connect it is.
const INSTANCE: &str = "instance_id";
/// Characters of a line of a list.
const WIDTH: usize = 78;

/// Settings by name, in the order in which they were given.
pub type Values = Vec<(String, String)>;

/// Where answers come from.
pub struct Wizard<R, W, C, I> {
    /// What the person types.
    pub input: R,
    /// What the person reads.
    pub output: W,
    /// The account of the person's credentials, as far as they work with these settings.
    pub account: C,
    /// Alias and identifier of the instances that they see.
    pub instances: I,
}

/// Aliases of instances and their identifiers.
pub type Instances = Vec<(String, String)>;

/// What became of a question.
enum Answer {
    Given(String),
    Left,
    Ended,
}

/// Whether an environment of these settings lacks something that it cannot be without.
pub fn lacks(values: &Values) -> bool {
    let missing = |field: &&Field| get(values, field.name).is_none();
    FIELDS.iter().filter(|field| field.required && applies(field.name, values)).any(|field| missing(&field))
}

fn get<'a>(values: &'a Values, name: &str) -> Option<&'a str> {
    values.iter().find(|(setting, _)| setting == name).map(|(_, value)| value.as_str())
}

fn applies(name: &str, values: &Values) -> bool {
    get(values, "store") != Some("embedded") || !OF_THE_CLOUD.contains(&name)
}

impl<R, W, C, I> Wizard<R, W, C, I>
where
    R: BufRead,
    W: Write,
    C: Fn(&Values) -> Option<String>,
    I: Fn(&Values) -> Instances,
{
    /// Asks for what these settings leave open; answers all of them, or nothing if the person has left.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn ask(&mut self, name: &str, given: Values) -> io::Result<Option<Values>> {
        let mut values = given;
        writeln!(
            self.output,
            "Environment {}: enter takes what is in brackets, ? lists what there is, ctrl-d leaves.",
            shown(name, false)
        )?;
        let known = |name: &str| FIELDS.iter().find(|field| field.name == name);
        for field in QUESTIONS.into_iter().filter_map(known) {
            if get(&values, field.name).is_some() || !applies(field.name, &values) {
                continue;
            }
            let known = if field.name == INSTANCE { (self.instances)(&values) } else { Vec::new() };
            let default = match field.name {
                INSTANCE if known.len() == 1 => known.iter().map(|(_, id)| id.clone()).collect(),
                "stage" if Form::Label.refuse(name).is_none() => name.to_owned(),
                "account_number" => (self.account)(&values).unwrap_or_default(),
                "region" => own_region().unwrap_or_default(),
                _ => field.default.to_owned(),
            };
            match self.question(field, &default, &values, &known)? {
                Answer::Given(answer) => values.push((field.name.to_owned(), answer)),
                Answer::Left => {}
                Answer::Ended => return Ok(None),
            }
        }
        Ok(Some(values))
    }

    /// Asks until an answer fits.
    fn question(
        &mut self,
        field: &Field,
        default: &str,
        values: &Values,
        known: &Instances,
    ) -> io::Result<Answer> {
        let choice = match field.form {
            Form::One(names) => format!(" ({})", names.join(" or ")),
            _ => String::new(),
        };
        writeln!(self.output, "\n{}{choice}", field.about)?;
        for (alias, id) in known {
            writeln!(self.output, "  {id}  {}", shown(alias, false))?;
        }
        loop {
            let shown = if default.is_empty() { "later" } else { default };
            write!(self.output, "{} [{shown}]: ", field.name)?;
            self.output.flush()?;
            let mut line = String::new();
            if self.input.read_line(&mut line)? == 0 {
                writeln!(self.output)?;
                return Ok(Answer::Ended);
            }
            let typed = line.trim();
            if let Some(wanted) = typed.strip_prefix('?') {
                self.list(field, wanted.trim(), known)?;
                continue;
            }
            let answer = if typed.is_empty() { default } else { typed };
            if answer.is_empty() {
                return Ok(Answer::Left);
            }
            let named = known.iter().find(|(alias, _)| alias == answer);
            match read(field, named.map_or(answer, |(_, id)| id), values) {
                Ok(answer) => return Ok(Answer::Given(answer)),
                Err(why) => writeln!(self.output, "  {}", crate::say::shown(&why, false))?,
            }
        }
    }

    /// The known values that contain a text.
    fn list(&mut self, field: &Field, wanted: &str, known: &Instances) -> io::Result<()> {
        let all: Vec<String> = match field.form {
            Form::Region => REGIONS.map(str::to_owned).to_vec(),
            Form::Zone => jiff::tz::db().available().map(|name| name.to_string()).collect(),
            Form::One(names) => names.iter().map(|name| (*name).to_owned()).collect(),
            _ => known.iter().map(|(alias, id)| format!("{id} {}", shown(alias, false))).collect(),
        };
        let wanted = wanted.to_lowercase();
        let found: Vec<&String> = all.iter().filter(|name| name.to_lowercase().contains(&wanted)).collect();
        if found.is_empty() {
            let text = if all.is_empty() { "there is no list of these" } else { "none is like that" };
            return writeln!(self.output, "  {text}");
        }
        let mut line = String::new();
        for name in found {
            if !line.is_empty() && line.len() + name.len() + 4 > WIDTH {
                writeln!(self.output, "  {line}")?;
                line.clear();
            }
            line.push_str(if line.is_empty() { "" } else { "  " });
            line.push_str(name);
        }
        writeln!(self.output, "  {line}")
    }
}

/// An answer as its setting takes it: of an instance also its ARN.
fn read(field: &Field, answer: &str, values: &Values) -> Result<String, String> {
    let answer = match answer.strip_prefix("arn:") {
        Some(rest) if field.form == Form::Id => {
            let parts: Vec<&str> = rest.split(':').collect();
            let [_, "connect", region, account, resource] = parts[..] else {
                return Err(format!("`{answer}` is no ARN of an instance of Amazon Connect"));
            };
            for (name, found) in [("region", region), ("account_number", account)] {
                if get(values, name).is_some_and(|own| own != found) {
                    return Err(format!("that instance is of another {name}: {found}"));
                }
            }
            resource.strip_prefix("instance/").unwrap_or(resource)
        }
        _ => answer,
    };
    match field.form.refuse(answer) {
        Some(why) => Err(why),
        None => Ok(answer.to_owned()),
    }
}

/// The region that the person works in.
fn own_region() -> Option<String> {
    let region = |name: &str| std::env::var(name).ok().filter(|it| Form::Region.refuse(it).is_none());
    region("AWS_REGION").or_else(|| region("AWS_DEFAULT_REGION"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const ID: &str = "01234567-89ab-cdef-0123-456789abcdef";

    fn asked(given: &[(&str, &str)], typed: &str) -> (Option<Values>, String) {
        asked_among(given, typed, &[])
    }

    fn asked_among(
        given: &[(&str, &str)],
        typed: &str,
        instances: &[(&str, &str)],
    ) -> (Option<Values>, String) {
        let instances = |_: &Values| pairs(instances);
        let given = pairs(given);
        let mut output = Vec::new();
        let account = |_: &Values| Some("111122223333".to_owned());
        let values = Wizard { input: typed.as_bytes(), output: &mut output, account, instances }
            .ask("dev", given)
            .unwrap();
        (values, String::from_utf8(output).unwrap())
    }

    fn pairs(values: &[(&str, &str)]) -> Values {
        values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn defaults_are_taken_and_answers_checked() {
        let arn = format!("arn:aws:connect:eu-west-2:111122223333:instance/{ID}");
        let typed = format!("\n\n\nlondon\n?eu-\neu-west-2\n\nx\n{arn}\n?perth\nAustralia/Perth\n");
        let (values, told) = asked(&[], &typed);
        let wanted = [
            ("store", "dynamodb"),
            ("stage", "dev"),
            ("service", "rules-engine"),
            ("region", "eu-west-2"),
            ("account_number", "111122223333"),
            ("instance_id", ID),
            ("call_centre_time_zone", "Australia/Perth"),
        ];
        assert_eq!(values, Some(pairs(&wanted)), "{told}");
        for text in ["`london` is not a region", "  eu-central-1  eu-west-2\n", "`x` is not an identifier"] {
            assert!(told.contains(text), "{text}: {told}");
        }
        assert!(told.contains("  Australia/Perth\n"), "{told}");
    }

    #[test]
    fn what_was_given_is_not_asked_for_and_an_embedded_store_needs_little() {
        let (values, told) = asked(&[("store", "embedded"), ("call_centre_time_zone", "UTC")], "lab\n");
        let wanted = [("store", "embedded"), ("call_centre_time_zone", "UTC"), ("stage", "lab")];
        assert_eq!(values, Some(pairs(&wanted)), "{told}");
        assert!(!lacks(&values.unwrap()));
        assert!(lacks(&pairs(&[("stage", "dev")])));
    }

    #[test]
    fn what_is_left_open_stays_open_and_an_end_is_an_end() {
        let given =
            [("store", "dynamodb"), ("stage", "dev"), ("service", "ivr"), ("account_number", "222222222222")];
        let other = format!("arn:aws:connect:eu-west-2:111122223333:instance/{ID}\n");
        let (values, told) = asked(&given, &format!("eu-west-2\n{other}\n\n"));
        assert!(told.contains("another account_number: 111122223333"), "{told}");
        let values = values.unwrap();
        assert_eq!((get(&values, "instance_id"), get(&values, "region")), (None, Some("eu-west-2")));
        assert_eq!(asked(&[], "\n\n").0, None);
    }

    #[test]
    fn instances_are_listed_and_taken_by_their_alias_or_because_there_is_one_only() {
        let given = [
            ("store", "dynamodb"),
            ("stage", "dev"),
            ("service", "ivr"),
            ("region", "eu-west-2"),
            ("account_number", "111122223333"),
            ("call_centre_time_zone", "UTC"),
        ];
        let other = "11111111-89ab-cdef-0123-456789abcdef";
        let (values, told) = asked_among(&given, "\n", &[("shop", ID)]);
        assert_eq!(get(&values.unwrap(), INSTANCE), Some(ID), "{told}");
        let two = [("shop", ID), ("help\u{1b}[2J", other)];
        let (values, told) = asked_among(&given, "?elp\nshop\n", &two);
        assert_eq!(get(&values.unwrap(), INSTANCE), Some(ID), "{told}");
        assert!(told.contains(&format!("  {ID}  shop\n")) && told.contains("instance_id [later]"), "{told}");
        assert!(told.matches(other).count() == 2 && !told.contains('\u{1b}'), "{told}");
        assert_eq!(get(&asked_among(&given, "\n", &two).0.unwrap(), INSTANCE), None);
    }
}
