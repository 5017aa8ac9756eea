//! Settings that flow files take from the environment: `{{setting:key}}`.

/// What a setting may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text that is not empty.
    Text,
    /// A whole number in these bounds.
    Number(u32, u32),
    /// One of these.
    Choice(&'static [&'static str]),
    /// Some of these, separated by commas; empty for none.
    Choices(&'static [&'static str]),
}

/// A setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name in placeholders and on the command line.
    pub key: &'static str,
    /// What it is unless the environment says otherwise.
    pub default: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// What it does.
    pub doc: &'static str,
}

const fn setting(key: &'static str, default: &'static str, kind: Kind, doc: &'static str) -> Setting {
    Setting { key, default, kind, doc }
}

/// Every setting.
pub const SETTINGS: [Setting; 14] = [
    setting("voiceId", "Olivia", Kind::Text, "Voice of Amazon Polly."),
    setting(
        "voiceEngine",
        "Neural",
        Kind::Choice(&["Standard", "Neural", "Generative"]),
        "How the voice is made.",
    ),
    setting("voiceLanguage", "en-AU", Kind::Text, "Language of voice, bots and call analytics."),
    setting("recording", "Agent,Customer", Kind::Choices(&["Agent", "Customer"]), "Who is recorded."),
    setting("analytics", "True", Kind::Choice(&["True", "False"]), "Whether calls are analysed."),
    setting("analyticsMode", "PostCall", Kind::Choice(&["PostCall", "RealTime"]), "When calls are analysed."),
    setting(
        "callbackCountry",
        "AU",
        Kind::Text,
        "Country of the numbers that customers key in for a callback.",
    ),
    setting(
        "errorMessage",
        "We are sorry, something went wrong. Please try again later.",
        Kind::Text,
        "Said before a contact ends with an error.",
    ),
    setting(
        "holdMessage",
        "Please hold the line.",
        Kind::Text,
        "Said while an agent has put the customer on hold.",
    ),
    setting(
        "interruptSeconds",
        "30",
        Kind::Number(20, 600),
        "Seconds of music in a queue between two looks at the rule.",
    ),
    setting(
        "chatAgentLeftMessage",
        "The agent has left. Write again within 15 minutes to be reconnected.",
        Kind::Text,
        "Written to a chat when its agent has left.",
    ),
    setting("chatReturnSeconds", "900", Kind::Number(1, 604_800), "How long a chat may come back."),
    setting(
        "chatReturnedMessage",
        "Welcome back. You are being reconnected.",
        Kind::Text,
        "Written when it does.",
    ),
    setting("chatGoodbyeMessage", "This chat has ended. Goodbye.", Kind::Text, "Written when it does not."),
];

/// The setting with a key.
pub fn find(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|it| it.key == key)
}

impl Setting {
    /// What is wrong with a value, if something is.
    pub fn objection(&self, value: &str) -> Option<String> {
        let one_of = |known: &[&str]| Some(format!("use {}", known.join(", ")));
        match self.kind {
            Kind::Text => value.trim().is_empty().then(|| "write a text".to_owned()),
            Kind::Number(least, most) => {
                let fits = value.parse::<u32>().is_ok_and(|number| (least..=most).contains(&number));
                (!fits).then(|| format!("write a whole number from {least} to {most}"))
            }
            Kind::Choice(known) => {
                if known.contains(&value) {
                    None
                } else {
                    one_of(known)
                }
            }
            Kind::Choices(known) => {
                if list(value).iter().all(|it| known.contains(it)) {
                    None
                } else {
                    one_of(known)
                }
            }
        }
    }
}

/// The parts of a list.
pub fn list(value: &str) -> Vec<&str> {
    value.split(',').map(str::trim).filter(|it| !it.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_allowed() {
        for setting in SETTINGS {
            assert_eq!(setting.objection(setting.default), None, "{}", setting.key);
        }
    }

    #[test]
    fn values_are_checked() {
        for (key, value) in [
            ("voiceId", " "),
            ("voiceEngine", "neural"),
            ("interruptSeconds", "5"),
            ("interruptSeconds", "x"),
            ("recording", "Agent,Nobody"),
        ] {
            assert!(find(key).unwrap().objection(value).is_some(), "{key}={value}");
        }
        assert_eq!(find("recording").unwrap().objection(""), None);
    }
}
