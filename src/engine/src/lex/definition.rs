//! Bots given by the original's bot definition files (`spec/evaluator.md` 9.4).

use jiff::civil::Date;

use super::{FALLBACK, Intent, intent, object, score, slot_value};
use crate::document::{DocumentError, Node};
use crate::phone;
use crate::value::{Map, Text, Value, is_blank, text_number, trim};

/// A bot's intents with their tests and utterances.
#[derive(Clone, Debug)]
pub(super) struct Definition {
    locale: Value,
    /// Rows of `tests`, then of `utterances`, as normalised texts.
    rows: Vec<(String, Intent)>,
    /// Whether `intentdata` takes free data (`{dataslot}`).
    free_data: bool,
}

/// Lower case, blanks collapsed, without closing `.`, `?`, `!`.
pub(super) fn norm(text: &str) -> String {
    super::squeeze(text).trim_end_matches(['.', '?', '!']).trim_end().to_owned()
}

impl Definition {
    pub(super) fn read(node: &Node<'_>) -> Result<Self, DocumentError> {
        let mut tests = Vec::new();
        let mut literals = Vec::new();
        let mut free_data = false;
        for row in node.member("intents").items()? {
            let name = row.member("name").text()?;
            for test in row.member("tests").items()? {
                let said = test.member("utterance").text()?;
                let mut answer = test_intent(&test, &name)?;
                answer.confidence = Some(answer.confidence.unwrap_or(1.0));
                tests.push((norm(&said), answer));
            }
            for utterance in row.member("utterances").items()? {
                let said = utterance.text()?;
                if said.contains('{') {
                    free_data |= &*name == "intentdata" && trim(&said) == "{dataslot}";
                } else {
                    literals.push((norm(&said), Intent::plain(&name, Some(1.0))));
                }
            }
        }
        tests.append(&mut literals);
        Ok(Self { locale: node.member("localeId").value().clone(), rows: tests, free_data })
    }

    /// Texts that are recognised, normalised, with their intents.
    pub(super) fn utterances(&self) -> impl Iterator<Item = (&str, &Text)> {
        self.rows.iter().map(|(said, intent)| (said.as_str(), &intent.name))
    }

    /// Names of the intents, as often as they have rows.
    pub(super) fn intents(&self) -> impl Iterator<Item = &Text> {
        self.rows.iter().map(|(_, intent)| &intent.name)
    }

    /// The intent of a text: a test, an utterance, free data, else the fallback.
    pub(super) fn intent(&self, bot: &str, text: &str) -> Intent {
        let said = norm(text);
        if let Some((_, intent)) = self.rows.iter().find(|(row, _)| *row == said) {
            return intent.clone();
        }
        match self.free_data.then(|| data(bot, text)).flatten() {
            Some(value) => Intent {
                slots: vec![(Text::from("dataslot"), value.into())],
                ..Intent::plain("intentdata", Some(1.0))
            },
            None => Intent::plain(FALLBACK, None),
        }
    }

    /// The whole answer for an intent.
    pub(super) fn answer(&self, intent: &Intent, full_name: &str, contact: &Text, text: &str) -> Value {
        let slots: Map = intent
            .slots
            .iter()
            .map(|(name, slot)| {
                let slot = if slot.as_str().is_some() {
                    object([("shape", "Scalar".into()), ("value", slot_value(text, slot))])
                } else {
                    slot.clone()
                };
                (Text::clone(name), slot)
            })
            .collect();
        let answered = object([
            ("name", Text::clone(&intent.name).into()),
            ("slots", slots.into()),
            ("state", "Fulfilled".into()),
            ("confirmationState", "None".into()),
        ]);
        let mut first: Map = [("intent", answered.clone())].into_iter().collect();
        if let Some(confidence) = intent.confidence {
            first.insert("nluConfidence", score(confidence));
        }
        object([
            ("sessionId", Text::clone(contact).into()),
            ("inputTranscript", text.into()),
            ("interpretations", vec![first.into()].into()),
            ("sessionState", object([("intent", answered)])),
            ("bot", object([("name", full_name.into()), ("localeId", self.locale.clone())])),
        ])
    }
}

/// A row of `tests`: its intent is the one it stands in.
fn test_intent(test: &Node<'_>, name: &Text) -> Result<Intent, DocumentError> {
    let mut row = test.object()?.clone();
    row.insert("intent", Value::String(Text::clone(name)));
    let row = Value::from(row);
    // Places in errors are those of the row itself.
    intent(&test.with(&row))
}

/// What a text means to the data bots: digits, phone, date or time.
fn data(bot: &str, text: &str) -> Option<String> {
    match bot {
        "number" => {
            let packed: String = text.chars().filter(|c| !is_blank(*c) && *c != ',').collect();
            let digits = packed.strip_prefix('-').unwrap_or(&packed);
            let shaped = digits.starts_with(|c: char| c.is_ascii_digit())
                && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
            (shaped && text_number(&packed).is_some()).then_some(packed)
        }
        "phone" => {
            let packed: String = text.chars().filter(|c| !is_blank(*c)).collect();
            let number =
                if text_number(&packed).is_some() { packed } else { phone::expand_phone_number(text)? };
            text_number(&number).is_some().then_some(number)
        }
        "date" => date(trim(text)).map(|date| date.to_string()),
        "time" => time(&norm(text)),
        _ => None,
    }
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

fn number<T: std::str::FromStr>(text: &str, digits: std::ops::RangeInclusive<usize>) -> Option<T> {
    let shaped = digits.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if shaped { text.parse().ok() } else { None }
}

/// `YYYY-MM-DD`, `DD/MM/YYYY` or `D Month YYYY`.
fn date(text: &str) -> Option<Date> {
    let (year, month, day) = if let [year, month, day] = text.split('-').collect::<Vec<_>>()[..] {
        (year, number(month, 2..=2)?, number(day, 2..=2)?)
    } else if let [day, month, year] = text.split('/').collect::<Vec<_>>()[..] {
        (year, number(month, 1..=2)?, number(day, 1..=2)?)
    } else {
        let said = super::squeeze(text);
        let [day, month, year] = said.split(' ').collect::<Vec<_>>()[..] else { return None };
        let day = ["st", "nd", "rd", "th"].iter().find_map(|end| day.strip_suffix(end)).unwrap_or(day);
        let month = MONTHS.iter().position(|name| *name == month)?;
        let day = number(day, 1..=2)?;
        return Date::new(number(year, 4..=4)?, i8::try_from(month).ok()? + 1, day).ok();
    };
    Date::new(number(year, 4..=4)?, month, day).ok()
}

/// `HH:mm` or `H[:mm]am|pm`, as `HH:mm`.
fn time(text: &str) -> Option<String> {
    let packed: String = text.chars().filter(|c| *c != ' ').collect();
    let (clock, noon) = match (packed.strip_suffix("am"), packed.strip_suffix("pm")) {
        (Some(clock), _) => (clock, Some(0)),
        (_, Some(clock)) => (clock, Some(12)),
        _ => (packed.as_str(), None),
    };
    let (hour, minute) = match clock.split_once(':') {
        Some((hour, minute)) => (hour, number::<u8>(minute, 2..=2)?),
        None if noon.is_some() => (clock, 0),
        None => return None,
    };
    let hour = match noon {
        Some(noon) => number::<u8>(hour, 1..=2).filter(|h| (1..=12).contains(h))? % 12 + noon,
        None => number::<u8>(hour, 2..=2)?,
    };
    (hour < 24 && minute < 60).then(|| format!("{hour:02}:{minute:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_data() {
        for (bot, said, meant) in [
            ("number", "1, 234", Some("1234")),
            ("number", "-1.5", Some("-1.5")),
            ("number", "0x10", None),
            ("number", "ten", None),
            ("phone", "0422 529 062", Some("0422529062")),
            ("phone", "oh four double two", Some("0422")),
            ("phone", "call me", None),
            ("date", "2022-02-28", Some("2022-02-28")),
            ("date", "28/2/2022", Some("2022-02-28")),
            ("date", "1st  March 2022", Some("2022-03-01")),
            ("date", "30/2/2022", None),
            ("time", "09:30", Some("09:30")),
            ("time", "9:30 pm", Some("21:30")),
            ("time", "12am", Some("00:00")),
            ("time", "12pm.", Some("12:00")),
            ("time", "13pm", None),
            ("time", "9:30", None),
            ("menu", "1", None),
        ] {
            assert_eq!(data(bot, said).as_deref(), meant, "{bot} {said}");
        }
    }
}
