//! What a function is told by its environment (`spec/lambdas.md` 9).

use connect_rules_engine::compat::Compat;
use connect_rules_engine::value::Text;

/// Settings of a deployed function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Stage, such as `dev`.
    pub stage: Text,
    /// Service, such as `rules-engine`.
    pub service: Text,
    /// Version of the deployed code.
    pub version: Text,
    /// Whether answers follow the original to the letter.
    pub compat: Compat,
    /// Whether log lines may hold what customers said, keyed or were called by.
    pub log_customer_data: bool,
    /// Put before numbers that start with 0, in place of that 0.
    pub dial_prefix: Text,
    /// How long a callback waits, in hours.
    pub callback_hours: u32,
    /// Rules that one invocation may run.
    pub rule_limit: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            stage: Text::from("dev"),
            service: Text::from("rules-engine"),
            version: Text::from(env!("CARGO_PKG_VERSION")),
            compat: Compat::Corrected,
            log_customer_data: false,
            dial_prefix: Text::from("+61"),
            callback_hours: 2,
            rule_limit: connect_rules_engine::live::RULE_LIMIT,
        }
    }
}

impl Settings {
    /// Reads the settings from variables: `STAGE`, `SERVICE`, `VERSION`, `COMPAT`, `LOG_CUSTOMER_DATA`,
    /// `DEFAULT_DIAL_PREFIX`, `CALLBACK_EXPIRY_HOURS`, `RULE_LIMIT`. Absent and empty ones have defaults.
    ///
    /// # Errors
    /// The variable, what it holds and what it may hold.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        let mut out = Settings::default();
        let number = |name: &str, default: u32| match given(name) {
            None => Ok(default),
            Some(text) => text
                .parse::<u32>()
                .ok()
                .filter(|n| *n > 0)
                .ok_or_else(|| format!("{name} is `{text}`: it has to be a whole number above 0")),
        };
        out.callback_hours = number("CALLBACK_EXPIRY_HOURS", out.callback_hours)?;
        out.rule_limit = number("RULE_LIMIT", out.rule_limit)?;
        for (name, place) in [
            ("STAGE", &mut out.stage),
            ("SERVICE", &mut out.service),
            ("VERSION", &mut out.version),
            ("DEFAULT_DIAL_PREFIX", &mut out.dial_prefix),
        ] {
            if let Some(value) = given(name) {
                *place = Text::from(value);
            }
        }
        if let Some(name) = given("COMPAT") {
            out.compat = Compat::parse(&name)
                .ok_or_else(|| format!("COMPAT is `{name}`: it has to be `corrected` or `original`"))?;
        }
        out.log_customer_data = match given("LOG_CUSTOMER_DATA").as_deref() {
            None | Some("false" | "0") => false,
            Some("true" | "1") => true,
            Some(other) => {
                return Err(format!("LOG_CUSTOMER_DATA is `{other}`: it has to be `true` or `false`"));
            }
        };
        Ok(out)
    }

    /// A number in the form that calls and messages need: a leading 0 becomes the dial prefix, blanks and
    /// punctuation go.
    pub fn dialled(&self, number: &str) -> String {
        let digits: String = number.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
        match digits.strip_prefix('0') {
            Some(rest) => format!("{}{rest}", self.dial_prefix),
            None => digits,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Settings;

    #[test]
    fn refusals_name_the_variable_and_what_it_may_be() {
        for (name, value, wanted) in [
            ("COMPAT", "both", "`corrected` or `original`"),
            ("LOG_CUSTOMER_DATA", "yes", "`true` or `false`"),
            ("CALLBACK_EXPIRY_HOURS", "0", "above 0"),
        ] {
            let error = Settings::read(|n| (n == name).then(|| value.to_owned())).unwrap_err();
            assert!(error.contains(name) && error.contains(wanted), "{error}");
        }
        assert_eq!(Settings::read(|_| Some(String::new())).unwrap(), Settings::default());
    }

    #[test]
    fn national_numbers_get_the_prefix() {
        let settings = Settings::default();
        assert_eq!(settings.dialled("0412 345 678"), "+61412345678");
        assert_eq!(settings.dialled("+64 21-000 000"), "+6421000000");
    }
}
