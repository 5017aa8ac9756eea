//! Who uses a number of the instance as caller ID, from what is known of the instance (`spec/rate-limiting.md` 9).

use std::collections::BTreeMap;

use connect_rules_engine::value::{Text, Value};
use connect_rules_store::Snapshot;

use crate::number::normalise;

/// By number: the queues that call with it, else its description. A number of which neither is known is not in it.
pub type Callers = BTreeMap<Text, Text>;

/// Names of the row with that list, as they are read from tables and from documents.
fn list<'a>(now: &'a Snapshot, names: [&str; 2]) -> &'a [Value] {
    let row = now.config.iter().find(|row| names.contains(&&*row.key));
    row.and_then(|row| row.value.as_array()).unwrap_or_default()
}

fn member(of: &Value, name: &str) -> Option<Text> {
    of.member(name).as_str().map(str::trim).filter(|text| !text.is_empty()).map(Text::from)
}

/// An identifier; of an ARN its end.
fn id(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or(text)
}

/// Who uses which number.
pub fn callers(now: &Snapshot) -> Callers {
    let queues: Vec<(Text, Text)> = list(now, ["Queues", "queues"])
        .iter()
        .filter_map(|queue| {
            let number = member(&queue.member("OutboundCallerConfig"), "OutboundCallerIdNumberId")?;
            Some((number, member(queue, "Name")?))
        })
        .collect();
    let mut out = Callers::new();
    for it in list(now, ["PhoneNumbers", "phoneNumbers"]) {
        let Some(number) = member(it, "PhoneNumber").and_then(|text| normalise(&text)) else { continue };
        let own = [member(it, "Id"), member(it, "Arn")];
        let is = |given: &Text| own.iter().flatten().any(|own| id(own) == id(given));
        let mut names: Vec<&str> =
            queues.iter().filter(|(number, _)| is(number)).map(|(_, name)| &**name).collect();
        names.sort_unstable();
        let described = || ["Description", "PhoneNumberDescription"].iter().find_map(|name| member(it, name));
        let told = if names.is_empty() { described() } else { Some(Text::from(names.join(", "))) };
        if let Some(told) = told {
            out.insert(Text::from(number.text), told);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use connect_rules_engine::json;
    use connect_rules_store::ConfigRow;

    use super::*;

    fn snapshot(rows: &[(&str, &str)]) -> Snapshot {
        let row = |(key, text): &(&str, &str)| ConfigRow {
            key: Text::from(*key),
            value: json::parse(text).unwrap(),
        };
        Snapshot { config: rows.iter().map(row).collect(), ..Snapshot::default() }
    }

    #[test]
    fn queues_name_their_number_and_a_description_stands_in() {
        let queues = r#"[{"Name":"Staff","OutboundCallerConfig":{"OutboundCallerIdNumberId":"n1"}},
            {"Name":"Cards","OutboundCallerConfig":{"OutboundCallerIdNumberId":"arn:aws:connect:r:1:phone-number/n1"}},
            {"Name":"Loans","OutboundCallerConfig":{"OutboundCallerIdName":"Us"}}, {"Name":"Web"}, 5,
            {"OutboundCallerConfig":{"OutboundCallerIdNumberId":"n2"}}]"#;
        let numbers = r#"[{"PhoneNumber":"+1 800 555 0001","Id":"n1","Description":"not this"},
            {"PhoneNumber":"+18005550002","Id":"n2","Description":"  Sydney office "},
            {"PhoneNumber":"+18005550003","Id":"n3","Description":""}, {"Id":"n4"}, "odd",
            {"PhoneNumber":"+18005550005","Arn":"arn:aws:connect:r:1:phone-number/n5","PhoneNumberDescription":"New"}]"#;
        for [queue_row, number_row] in [["Queues", "PhoneNumbers"], ["queues", "phoneNumbers"]] {
            let known = callers(&snapshot(&[(queue_row, queues), (number_row, numbers)]));
            let known: Vec<(&str, &str)> = known.iter().map(|(number, told)| (&**number, &**told)).collect();
            assert_eq!(
                known,
                [
                    ("+18005550001", "Cards, Staff"),
                    ("+18005550002", "Sydney office"),
                    ("+18005550005", "New")
                ]
            );
        }
    }

    #[test]
    fn what_is_not_known_is_nothing() {
        assert!(callers(&snapshot(&[])).is_empty());
        assert!(callers(&snapshot(&[("Queues", "{}"), ("PhoneNumbers", "\"none\"")])).is_empty());
    }
}
